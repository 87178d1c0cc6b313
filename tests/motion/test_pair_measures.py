"""Measures of two people against what can be said without them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from motion.body import load_body
from motion.capsules import NAMES, capsules_of, nearest, overlaps
from motion.clip import FloatArray, MotionClip, PairClip
from motion.pair_measures import contact_onsets, facings, measure_pair, penetrations, wrist_distances
from motion.retarget import figure_of
from motion.skeleton import pose_joints

FIGURE = figure_of(load_body("man_young").joints)
COUNT = 40


def standing(x: FloatArray | float, yaw: float, y: float = 0.0) -> MotionClip:
    """Return somebody who stands upright and slides along x, metres, and faces along yaw."""
    root = np.tile(FIGURE[0], (COUNT, 1))
    root[:, 0], root[:, 1] = x, y
    rotations = np.tile([0.0, 0.0, 0.0, 1.0], (COUNT, 22, 1))
    rotations[:, 0] = Rotation.from_euler("z", yaw).as_quat()
    positions = pose_joints(rotations, root, FIGURE)[..., :3, 3]
    return MotionClip(root=root, rotations=rotations, positions=positions, fps=30.0)


def pair(first: MotionClip, second: MotionClip) -> PairClip:
    return PairClip(clips=(first, second), figures=(FIGURE, FIGURE), text="both", texts=("one", "other"))


def test_people_face_to_face_far_from_each_other_do_not_touch() -> None:
    values = measure_pair(pair(standing(0.0, 0.0), standing(2.0, np.pi)))
    assert values["distance"] == pytest.approx(2.0) and values["facing"] == pytest.approx(0.0, abs=1e-9)
    assert values["wrist_share"] == values["contact_share"] == values["penetration"] == values["deepest"] == 0.0
    wrist = FIGURE[20] - FIGURE[0]
    assert values["wrists"] == pytest.approx(2.0 - 2.0 * wrist[0], abs=1e-9)


def test_facing_is_how_far_each_looks_past_the_other() -> None:
    angles = facings(pair(standing(0.0, 0.3), standing(2.0, np.pi / 2.0)))
    np.testing.assert_allclose(angles, np.tile([0.3, np.pi / 2.0], (COUNT, 1)), atol=1e-9)
    assert measure_pair(pair(standing(0.0, 0.0), standing(2.0, 0.0)))["facing"] == pytest.approx(np.pi / 2.0)


def test_somebody_in_the_place_of_another_is_in_them_and_nobody_else() -> None:
    assert penetrations(pair(standing(0.0, 0.0), standing(0.0, 0.0))).min() > 0.2
    apart = np.linspace(0.0, 0.6, COUNT)
    depth = penetrations(pair(standing(0.0, 0.0), standing(apart, np.pi)))
    assert depth[-1] == 0.0 and depth[apart < 0.2].min() > 0.1
    assert (np.diff(depth[apart > 0.25]) <= 1e-9).all()


def test_depth_is_by_how_much_radii_exceed_the_distance() -> None:
    wide = NAMES.index("head")
    first, second = capsules_of(standing(0.0, 0.0), FIGURE), capsules_of(standing(0.15, 0.0), FIGURE)
    depth, way = overlaps(first, second)
    np.testing.assert_allclose(depth[:, wide, wide], 2.0 * first[1][wide] - 0.15, atol=1e-9)
    np.testing.assert_allclose(way[:, wide, wide], np.tile([-1.0, 0.0, 0.0], (COUNT, 1)), atol=1e-9)


def test_hands_and_forearms_may_meet() -> None:
    depth, _ = overlaps(capsules_of(standing(0.0, 0.0), FIGURE), capsules_of(standing(0.0, 0.0), FIGURE))
    hand, fore, chest = (NAMES.index(name) for name in ("left_hand", "left_elbow left_wrist", "spine2 spine3"))
    assert depth[:, hand, hand].max() < 0.0 and depth[:, hand, fore].max() < 0.0
    assert depth[:, chest, chest].min() > 0.0


def test_the_shortest_way_between_lines_is_found_by_trying_all() -> None:
    rng, share = np.random.default_rng(0), np.linspace(0.0, 1.0, 401)
    for _ in range(60):
        a, b, c, d = rng.normal(size=(4, 3))
        one, other = (p + share[:, None] * (q - p) for p, q in ((a, b), (c, d)))
        tried = np.linalg.norm(one[:, None] - other[None], axis=-1).min()
        found = np.linalg.norm(nearest(a, b, c, d))
        assert found <= tried + 1e-9 and tried - found < 0.02
    np.testing.assert_allclose(nearest(np.zeros(3), np.zeros(3), np.ones(3), np.ones(3)), -np.ones(3))  # points


def test_the_world_may_be_turned_and_moved() -> None:
    first, second = standing(np.linspace(0.0, 0.65, COUNT), 0.2), standing(0.8, 2.8, 0.1)
    turn, shift = Rotation.from_euler("z", 1.1), np.array([3.0, -7.0, 0.0])

    def moved(clip: MotionClip) -> MotionClip:
        root, rotations = turn.apply(clip.root) + shift, clip.rotations.copy()
        rotations[:, 0] = (turn * Rotation.from_quat(rotations[:, 0])).as_quat()
        return replace(clip, root=root, rotations=rotations, positions=pose_joints(rotations, root, FIGURE)[..., :3, 3])

    here, there = measure_pair(pair(first, second)), measure_pair(pair(moved(first), moved(second)))
    assert here["deepest"] > 0.0
    assert here == pytest.approx(there, abs=1e-9)
    swapped = measure_pair(pair(second, first))
    assert here == pytest.approx(swapped, abs=1e-9)


def test_contact_begins_when_wrists_come_within_25_cm() -> None:
    wrist = 2.0 * float(FIGURE[20, 0] - FIGURE[0, 0])
    apart = np.linspace(1.0, 0.0, COUNT) + wrist + 0.005
    both = pair(standing(0.0, 0.0), standing(apart, np.pi))
    first = int(np.flatnonzero(wrist_distances(both) < 0.25)[0])
    assert abs(apart[first] - wrist - 0.25) < 0.05
    onsets = contact_onsets([both, pair(standing(0.0, 0.0), standing(2.0, 0.0))])
    assert onsets[0] == first / 30.0 and np.isnan(onsets[1])
