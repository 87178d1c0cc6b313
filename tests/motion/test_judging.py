"""Judges of made motion: what they see, what they find, and what they cannot."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from motion import judging
from motion.body import load_body
from motion.clip import JOINT_NAMES, MotionClip
from motion.judging import (
    PIECE,
    WINDOW,
    frames_of,
    jittered,
    kernel_distance,
    learn_actions,
    long_enough,
    shuffled,
    told_apart,
    two_sample_accuracy,
)
from motion.retarget import figure_of
from motion.single import read_single
from motion.skeleton import pose_joints

PACK = Path(__file__).resolve().parents[2].parent / "shared/data/motion"
FIGURE = figure_of(load_body("woman_adult").joints)
ARMS = {side: JOINT_NAMES.index(f"{side}_shoulder") for side in ("left", "right")}


def swinging(rng: np.random.Generator, frames: int = 90, *, arm: str = "left") -> MotionClip:
    """Return a clip of somebody who drifts ahead and swings an arm, at a pace and in a direction that are drawn."""
    t = np.arange(frames) / 30.0
    pace, swing, phase, yaw = (
        rng.uniform(0.2, 1.2),
        rng.uniform(0.5, 1.5),
        rng.uniform(0.0, 6.0),
        rng.uniform(-3.0, 3.0),
    )
    angles = np.zeros((frames, 22, 3))
    angles[:, 0, 2] = yaw
    angles[:, ARMS[arm], 1] = -swing * (1.0 + np.sin(4.0 * t + phase))
    rotations = Rotation.from_rotvec(angles.reshape(-1, 3)).as_quat(canonical=True).reshape(-1, 22, 4)
    ahead = np.array([np.cos(yaw), np.sin(yaw), 0.0])
    root = FIGURE[0] + rng.uniform(-5.0, 5.0, 3) * np.array([1.0, 1.0, 0.0]) + pace * t[:, None] * ahead
    return MotionClip(
        root=root, rotations=rotations, positions=pose_joints(rotations, root, FIGURE)[..., :3, 3], fps=30.0
    )


@pytest.fixture(scope="module")
def clips() -> list[MotionClip]:
    rng = np.random.default_rng(0)
    return [swinging(rng) for _ in range(15)]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "STEPS", {"sets": 60, "acts": 60})
    monkeypatch.setattr(judging, "BATCH", 24)


def test_place_direction_and_size_are_not_seen(clips: list[MotionClip]) -> None:
    clip, turn = clips[0], Rotation.from_euler("z", 2.0)
    whole = (turn * Rotation.from_quat(clip.rotations[:, 0])).as_quat(canonical=True)
    rotations = np.concatenate([whole[:, None], clip.rotations[:, 1:]], axis=1)
    moved = turn.apply(clip.positions.reshape(-1, 3)).reshape(clip.positions.shape) + np.array([30.0, -7.0, 0.0])
    elsewhere = replace(clip, root=moved[:, 0], rotations=rotations, positions=moved)
    larger = replace(clip, root=1.2 * clip.root, positions=1.2 * clip.positions)
    seen = frames_of(clip)
    assert seen.shape == (90, judging.CHANNELS)
    np.testing.assert_allclose(frames_of(elsewhere), seen, atol=2e-3)
    np.testing.assert_allclose(frames_of(larger), seen, atol=2e-3)
    assert np.abs(frames_of(jittered(clip, np.random.default_rng(0)))[:, 132:]).mean() > 5.0  # accelerations tell


def test_shuffled_keeps_the_frames_of_each_piece(clips: list[MotionClip]) -> None:
    clip = clips[0]
    other = shuffled(clip, np.random.default_rng(0))
    for at in range(0, 90, PIECE):
        np.testing.assert_array_equal(
            np.sort(other.positions[at : at + PIECE, 0, 0]), np.sort(clip.positions[at : at + PIECE, 0, 0])
        )
    assert not np.array_equal(other.positions, clip.positions)
    noise = jittered(clip, np.random.default_rng(0)).positions - clip.positions
    assert noise.std() == pytest.approx(0.005, rel=0.05)


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
def test_the_same_clips_are_told_apart_as_by_a_coin_and_worse_ones_are_found(clips: list[MotionClip]) -> None:
    rng = np.random.default_rng(1)
    assert two_sample_accuracy(clips, clips, 0) == pytest.approx(0.5)
    first, second = told_apart(clips, [jittered(clip, rng) for clip in clips], 0)
    assert first.shape == second.shape == (15,) and (first.mean() + second.mean()) / 2.0 >= 0.95
    others = [swinging(rng) for _ in range(15)]  # of the same kind: no more than chance lets it
    assert two_sample_accuracy(clips, others, 0) < 0.85


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
def test_the_same_seed_says_the_same_and_leaves_other_draws_alone(clips: list[MotionClip]) -> None:
    import torch

    worse = [shuffled(clip, np.random.default_rng(0)) for clip in clips]
    before = torch.random.get_rng_state()
    first = told_apart(clips, worse, 3)
    assert torch.equal(before, torch.random.get_rng_state())
    np.testing.assert_array_equal(first, told_apart(clips, worse, 3))


@pytest.mark.usefixtures("quick")
def test_acts_are_learned_and_features_tell_them_apart() -> None:
    rng = np.random.default_rng(0)
    acts = ["left", "right"] * 12
    actions = learn_actions([swinging(rng, arm=act) for act in acts], acts, 0)
    fresh = [swinging(rng, 40 if row < 4 else 100, arm=act) for row, act in enumerate(acts)]  # short ones, too
    assert not long_enough(fresh[0]) and actions.name(fresh) == acts
    features = actions.features(fresh)
    assert features.shape == (24, judging.FEATURES)
    (alike, _), (apart, (low, high)) = (
        kernel_distance(features[a], features[b], rng)
        for a, b in ((slice(0, 24, 4), slice(2, 24, 4)), (slice(0, 24, 2), slice(1, 24, 2)))
    )
    assert low <= apart <= high and apart > 10.0 * abs(alike)


def test_kernel_distance_is_the_unbiased_estimate() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((9, 4)), rng.standard_normal((7, 4)) + 0.5

    def k(x: np.ndarray, y: np.ndarray) -> float:
        return float((x @ y / 4.0 + 1.0) ** 3)

    within = [np.mean([k(x, y) for i, x in enumerate(one) for j, y in enumerate(one) if i != j]) for one in (a, b)]
    expected = sum(within) - 2.0 * np.mean([k(x, y) for x in a for y in b])
    assert kernel_distance(a, b, rng)[0] == pytest.approx(expected)
    many = [kernel_distance(rng.standard_normal((20, 4)), rng.standard_normal((20, 4)), rng)[0] for _ in range(60)]
    assert abs(np.mean(many)) < 3.0 * np.std(many) / 60**0.5  # 0 for two draws of one kind


def test_bad_input_is_one_line(clips: list[MotionClip]) -> None:
    with pytest.raises(ValueError, match="expected 5 or more of each set, got 2 and 2"):
        told_apart(clips[:2], clips[:2], 0)
    short = [swinging(np.random.default_rng(0), WINDOW - 1)] * 5
    with pytest.raises(ValueError, match="expected 60 frames or more"):
        told_apart(clips, short, 0)
    with pytest.raises(ValueError, match="30 a second, got 90 at 25"):
        frames_of(replace(clips[0], fps=25.0))
    with pytest.raises(ValueError, match="expected one for each clip, got 1 for 15"):
        learn_actions(clips, ["wave"], 0)
    with pytest.raises(ValueError, match="expected two clips or more of each set, got 1 and 5"):
        kernel_distance(np.zeros((1, 4)), np.zeros((5, 4)), np.random.default_rng(0))


@pytest.mark.slow
@pytest.mark.skipif(not PACK.is_dir(), reason="the recordings are not beside the checkout (shared/data/motion)")
def test_jitter_and_disorder_are_found_in_recordings() -> None:
    held = [sample.clip for sample, _ in read_single(str(PACK), ("bandai",), ("test",))]
    held = [clip for clip in held if long_enough(clip)]
    rng = np.random.default_rng(0)
    for worse in (jittered, shuffled):
        assert two_sample_accuracy(held, [worse(clip, rng) for clip in held], 0) >= 0.95
