"""How good a motion is by itself."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from motion.body import load_body
from motion.clip import JOINT_NAMES
from motion.data import Z_UP
from motion.measures import measure, path_error
from motion.retarget import figure_of

PACK = Path(__file__).resolve().parents[2].parent / "shared/data/motion"
FIGURE = figure_of(load_body("woman_adult").joints)
TOES = [JOINT_NAMES.index("left_foot"), JOINT_NAMES.index("right_foot")]


def still(frames: int = 40) -> np.ndarray:
    return np.tile(FIGURE, (frames, 1, 1))


def test_who_stands_still_is_perfect_and_who_glides_skates() -> None:
    assert measure(still(), 30.0) == {
        "skate": 0.0, "slide": 0.0, "jerk": 0.0, "acceleration": 0.0, "bone_variation": pytest.approx(0.0, abs=1e-12),
        "penetration": 0.0,
    }  # fmt: skip
    glides = still() + 0.02 * np.arange(40)[:, None, None] * np.array([1.0, 0.0, 0.0])
    found = measure(glides, 30.0)
    assert (
        found["skate"] == pytest.approx(0.6) and found["slide"] == 1.0 and found["jerk"] == pytest.approx(0.0, abs=1e-6)
    )
    hops = still()
    hops[10:30, :, 2] += 0.3
    hops[10:29] += 0.05 * np.arange(19)[:, None, None] * np.array([0.0, 1.0, 0.0])
    assert measure(hops, 30.0)["skate"] < measure(glides, 30.0)["skate"]


def test_jerk_is_the_third_derivative() -> None:
    t = np.arange(60) / 30.0
    thrown = still(60) + (2.0 * t**3)[:, None, None] * np.array([0.0, 0.0, 1.0])
    found = measure(thrown, 30.0)
    assert found["jerk"] == pytest.approx(12.0) and found["acceleration"] == pytest.approx(12.0 * t.mean(), rel=0.03)


def test_stretched_bones_and_sunken_feet_are_told() -> None:
    stretched = still()
    stretched[::2, JOINT_NAMES.index("left_wrist"), 2] -= 0.1
    assert 0.003 < measure(stretched, 30.0)["bone_variation"] < 0.03
    sunken = still()
    sunken[:20, TOES[0], 2] = -0.06
    assert measure(sunken, 30.0)["penetration"] == pytest.approx(0.03)
    assert path_error(still() + np.array([0.03, 0.04, 0.0]), np.tile(FIGURE[0, :2], (40, 1))) == pytest.approx(0.05)


def test_bad_shapes_are_one_line() -> None:
    with pytest.raises(ValueError, match="expected four frames or more, got 3"):
        measure(still(3), 30.0)
    with pytest.raises(ValueError, match=r"positions: expected \(T, 22, 3\)"):
        measure(np.zeros((9, 21, 3)), 30.0)
    with pytest.raises(ValueError, match=r"path: expected \(40, 2\)"):
        path_error(still(), np.zeros((39, 2)))


@pytest.mark.skipif(not PACK.is_dir(), reason="the recordings are not beside the checkout (shared/data/motion)")
def test_recorded_dancers_have_the_values_that_were_measured_elsewhere() -> None:
    pairs = json.loads((PACK / "pairs.json").read_text())["pairs"]
    with np.load(PACK / "cmu_60_61_salsa_j22_30fps.npz") as file:
        tests = [[file[key] / 1000.0 @ Z_UP.T for key in pair["keys_j22"]]
                 for pair in pairs if pair["split"] == "test" and "keys_j22" in pair]  # fmt: skip
    for who, skate, slide, jerk, acceleration in ((0, 0.335, 0.271, 194, 4.9), (1, 0.477, 0.385, 293, 7.5)):
        rows = [measure(pair[who], 30.0) for pair in tests]
        for name, value in (("skate", skate), ("slide", slide), ("jerk", jerk), ("acceleration", acceleration)):
            assert np.mean([row[name] for row in rows]) == pytest.approx(value, rel=0.015), name
