"""The 262 numbers of a person."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from motion.body import load_body
from motion.clip import JOINT_NAMES, MotionClip
from motion.features import (
    CONTACTS,
    POSITIONS,
    ROTATIONS,
    SIZE,
    VELOCITIES,
    canonical,
    decode,
    encode,
    from_columns,
    mirrored,
    mirrored_numbers,
    origin_of,
    seen_from,
)
from motion.retarget import figure_of
from motion.skeleton import pose_joints

FIGURE = figure_of(load_body("woman_adult").joints)
LEFT_KNEE, RIGHT_KNEE = JOINT_NAMES.index("left_knee"), JOINT_NAMES.index("right_knee")


def dance(frames: int = 40, seed: int = 0) -> MotionClip:
    """Return somebody whose joints all turn smoothly, 1 m/s along a line at 30 degrees."""
    rng = np.random.default_rng(seed)
    t = np.arange(frames)[:, None, None] / 30.0
    vectors = 0.4 * np.sin(rng.uniform(1.0, 5.0, (1, 22, 3)) * t + rng.uniform(0.0, 6.0, (1, 22, 3)))
    vectors[:, 0, 2] += 2.0
    rotations = Rotation.from_rotvec(vectors.reshape(-1, 3)).as_quat(canonical=True).reshape(frames, 22, 4)
    root = np.array([3.0, -2.0, FIGURE[0, 2]]) + t[:, 0] * np.array([np.cos(0.5), np.sin(0.5), 0.0])
    positions = pose_joints(rotations, root, FIGURE)[..., :3, 3]
    return MotionClip(root=root, rotations=rotations, positions=positions, fps=30.0)


def standing(frames: int = 10) -> MotionClip:
    rotations = np.tile([0.0, 0.0, 0.0, 1.0], (frames, 22, 1))
    root = np.tile([0.0, 0.0, FIGURE[0, 2]], (frames, 1))
    return MotionClip(
        root=root, rotations=rotations, positions=pose_joints(rotations, root, FIGURE)[..., :3, 3], fps=30.0
    )


def test_what_is_encoded_is_decoded_with_its_rotations() -> None:
    clip = dance()
    again = decode(encode(clip), FIGURE)
    np.testing.assert_allclose(again.positions, clip.positions[:-1], atol=1e-9)
    np.testing.assert_allclose(again.root, clip.root[:-1], atol=1e-12)
    np.testing.assert_allclose(np.abs((again.rotations * clip.rotations[:-1]).sum(axis=2)), 1.0, atol=1e-9)


def test_numbers_are_in_their_axes_and_order() -> None:
    clip = dance()
    features = encode(clip)
    assert features.shape == (39, SIZE) == (39, 262)
    head = features[:, POSITIONS].reshape(-1, 22, 3)[:, JOINT_NAMES.index("head")]
    ours = clip.positions[:-1, JOINT_NAMES.index("head")]
    np.testing.assert_allclose(head, ours[:, [1, 2, 0]])  # left, up, ahead
    np.testing.assert_allclose(features[:, VELOCITIES][:, :3] * 30.0, np.tile([np.sin(0.5), 0.0, np.cos(0.5)], (39, 1)))
    bent = standing()
    knee = Rotation.from_euler("y", 40, degrees=True)  # about our left: their x
    bent.rotations[:, LEFT_KNEE] = knee.as_quat()
    six = encode(bent)[0, ROTATIONS].reshape(21, 6)
    np.testing.assert_allclose(
        six[LEFT_KNEE - 1], Rotation.from_euler("x", 40, degrees=True).as_matrix()[:, :2].T.ravel()
    )
    np.testing.assert_allclose(six[RIGHT_KNEE - 1], [1, 0, 0, 0, 1, 0])


def test_feet_touch_the_ground_when_they_are_low_and_still() -> None:
    clip = standing()
    assert (encode(clip)[:, CONTACTS] == 1.0).all()
    lifted = clip.positions.copy()
    lifted[:, JOINT_NAMES.index("left_foot"), 2] += 0.05
    assert encode(replace(clip, positions=lifted))[:, CONTACTS].mean(axis=0).tolist() == [1.0, 0.0, 1.0, 1.0]
    slid = clip.positions + 0.04 * np.arange(10)[:, None, None] * np.array([1.0, 0.0, 0.0])
    assert (encode(replace(clip, positions=slid))[:, CONTACTS] == 0.0).all()


def test_bones_keep_their_length_whatever_the_numbers() -> None:
    noisy = encode(dance()) + np.random.default_rng(0).normal(0.0, 0.05, (39, SIZE))
    clip = decode(noisy, FIGURE)
    for joint, parent in ((4, 1), (20, 18), (15, 12)):
        bone = np.linalg.norm(clip.positions[:, joint] - clip.positions[:, parent], axis=1)
        np.testing.assert_allclose(bone, np.linalg.norm(FIGURE[joint] - FIGURE[parent]))
    turned = from_columns(np.array([2.0, 0.0, 0.0]), np.array([1.0, 0.5, 0.0]))
    np.testing.assert_allclose(turned, np.eye(3), atol=1e-12)


def test_a_canonical_clip_begins_at_the_origin_and_ahead() -> None:
    clip = dance()
    moved = canonical(clip)
    across = moved.positions[0, 1] - moved.positions[0, 2]
    assert across[0] == pytest.approx(0.0, abs=1e-9) and across[1] > 0.1
    np.testing.assert_allclose(moved.root[0, :2], 0.0, atol=1e-12)
    assert moved.positions[..., 2].min() == pytest.approx(0.0)
    np.testing.assert_allclose(pose_joints(moved.rotations, moved.root, FIGURE)[..., :3, 3], moved.positions, atol=1e-9)


def test_a_mirrored_clip_bends_the_other_knee_and_mirrored_again_is_itself() -> None:
    clip = dance()
    flipped = mirrored(clip)
    posed = pose_joints(flipped.rotations, flipped.root, FIGURE)[..., :3, 3]
    np.testing.assert_allclose(posed, flipped.positions, atol=2e-3)  # the figure is symmetric to a millimetre or two
    one = Rotation.from_quat(clip.rotations[:, LEFT_KNEE]).magnitude()
    np.testing.assert_allclose(Rotation.from_quat(flipped.rotations[:, RIGHT_KNEE]).magnitude(), one)
    again = mirrored(flipped)
    np.testing.assert_allclose(again.positions, clip.positions)
    np.testing.assert_allclose(again.rotations, clip.rotations)


def test_bad_clips_are_one_line() -> None:
    clip = dance()
    for bad, match in (
        (replace(clip, fps=60.0), "expected 30 frames a second, got 60"),
        (replace(clip, positions=clip.positions[:1]), "expected two frames or more, got 1"),
        (replace(clip, positions=np.where(clip.positions > 2.5, np.nan, clip.positions)), "got NaN or infinity"),
    ):
        with pytest.raises(ValueError, match=match):
            encode(bad)
    with pytest.raises(ValueError, match=r"expected \(T, 262\), got \(3, 258\)"):
        decode(np.zeros((3, 258)), FIGURE)


def test_numbers_seen_from_where_somebody_stands_are_those_of_the_canonical_clip_and_go_back() -> None:
    clip = dance()
    told = encode(clip)
    origin = origin_of(told[0])
    seen = seen_from(told, origin)
    low = np.array([0.0, clip.positions[..., 2].min(), 0.0])  # canonical clips stand on the floor
    expected = encode(canonical(clip))
    expected[:, POSITIONS] += np.tile(low, 22)
    np.testing.assert_allclose(seen[:, :258], expected[:, :258], atol=1e-9)
    np.testing.assert_allclose(seen_from(seen, origin, back=True), told, atol=1e-12)
    np.testing.assert_allclose(origin_of(seen[0]), [0.0, 0.0, 1.0, 0.0], atol=1e-12)


def test_mirrored_numbers_are_those_of_the_mirrored_clip() -> None:
    clip = dance()
    np.testing.assert_allclose(mirrored_numbers(encode(clip)), encode(mirrored(clip)), atol=1e-12)
