"""The split of single people's clips, and samples composed of others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from motion.composed import GESTURES, wave_while_walking
from motion.data import read_bandai
from motion.local import path_of
from motion.measures import measure
from motion.phrases import describe
from motion.retarget import figure_from
from motion.single import HELD, Sample, kind_of, part_of, read_single

PACK = Path(__file__).resolve().parents[2].parent / "shared/data/motion"
real = pytest.mark.skipif(not PACK.is_dir(), reason="the recordings are not beside the checkout (shared/data/motion)")


@pytest.fixture(scope="module")
def held() -> list[Sample]:
    return [sample for sample, _ in read_single(str(PACK), ["bandai"], ["val"])]


@pytest.mark.slow
@real
def test_no_clip_is_in_two_parts_and_a_style_is_in_none_that_is_learned_from() -> None:
    parts: dict[str, set[str]] = {}
    for recording in read_bandai(PACK):
        parts.setdefault(part_of(recording), set()).add(recording.name)
        assert (recording.style == HELD) == (part_of(recording) == "style")
    assert {name: len(names) for name, names in parts.items()} == {"train": 477, "val": 71, "test": 100, "style": 79}
    assert sum(map(len, parts.values())) == len(set.union(*parts.values()))


@real
def test_samples_are_what_was_recorded_to_the_millimetre(held: list[Sample]) -> None:
    for sample in held[::12]:
        given = sample.recording.positions
        assert np.abs((sample.clip.positions - given)[..., :2]).max() < 1e-3
        assert np.ptp((sample.clip.positions - given)[..., 2]) < 1e-3  # the floor is at 0
        assert measure(sample.clip.positions, 30.0)["bone_variation"] < 1e-9


@real
def test_waves_are_put_on_walks(held: list[Sample]) -> None:
    made = wave_while_walking(held, 6, np.random.default_rng(0))
    assert len(made) == 6
    for sample in made:
        assert kind_of(sample.recording) == "walk-and-wave"
        assert "wav" in describe(sample.recording, np.random.default_rng(0), False)
        raised = sample.clip.positions[:, [20, 21], 2].max() > sample.clip.positions[:, 16, 2].mean() - 0.2
        assert raised
        assert np.ptp(path_of(sample.clip)[:, :2], axis=0).max() > 1.0
    assert (
        wave_while_walking([one for one in held if one.recording.content not in GESTURES], 2, np.random.default_rng(0))
        == []
    )


@real
def test_a_figure_has_the_bones_of_who_was_recorded(held: list[Sample]) -> None:
    from motion.retarget import aligned

    recordings = [sample.recording for sample in held[:4]]
    figure = figure_from(recordings, aligned(recordings))
    thigh = np.linalg.norm(recordings[0].positions[:, 4] - recordings[0].positions[:, 1], axis=1)
    assert np.linalg.norm(figure[4] - figure[1]) == pytest.approx(float(thigh.mean()), abs=1e-4)
    assert figure[[10, 11], 2].min() == pytest.approx(0.04)
