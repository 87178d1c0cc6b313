"""BVH of anybody in, BVH of ours out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from motion.body import load_body
from motion.bvh import BvhClip, read_bvh, write_bvh
from motion.clip import JOINT_NAMES, MotionClip
from motion.data import Z_UP
from motion.exchange import bvh_of, import_bvh, recording_of
from motion.naming import SKELETONS
from motion.retarget import figure_of
from motion.skeleton import pose_joints

WOMAN, GIRL = (figure_of(load_body(name).joints) for name in ("woman_adult", "girl"))


@pytest.fixture(scope="module")
def walk() -> MotionClip:
    t = np.arange(60) / 30.0
    turns = np.zeros((60, 22, 3))
    for name, axis, size in (
        ("left_hip", 1, 0.5), ("right_hip", 1, -0.5), ("left_shoulder", 1, -0.4), ("right_shoulder", 0, -0.6),
        ("head", 2, 0.4),
    ):  # fmt: skip
        turns[:, JOINT_NAMES.index(name), axis] = size * np.sin(2.0 * np.pi * t)
    for name, sign in (("left_knee", 1.0), ("right_knee", 1.0), ("left_elbow", -1.0), ("right_elbow", -1.0)):
        turns[:, JOINT_NAMES.index(name), 1] = sign * 0.5 * (1.0 - np.cos(2.0 * np.pi * t))
    turns[:, 0, 2] = 0.8
    root = np.stack([np.cos(0.8) * t, np.sin(0.8) * t, np.full(60, WOMAN[0, 2])], axis=1)
    rotations = Rotation.from_rotvec(turns.reshape(-1, 3)).as_quat(canonical=True).reshape(60, 22, 4)
    return MotionClip(
        root=root, rotations=rotations, positions=pose_joints(rotations, root, WOMAN)[..., :3, 3], fps=30.0
    )


def degrees(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    turned = Rotation.from_quat(one.reshape(-1, 4)).inv() * Rotation.from_quat(other.reshape(-1, 4))
    return np.degrees(turned.magnitude()).reshape(one.shape[:2])


def test_a_clip_goes_out_as_bvh_and_comes_in_again(walk: MotionClip, tmp_path: Path) -> None:
    write_bvh(tmp_path / "walk.bvh", bvh_of(walk, WOMAN))
    clip = read_bvh(tmp_path / "walk.bvh")
    positions, _ = clip.world()
    order = [clip.names.index(name) for name in JOINT_NAMES]  # files go down each limb before the next
    np.testing.assert_allclose(positions[:, order][..., [2, 0, 1]] / 100.0, walk.positions, atol=1e-4)  # z ahead, y up
    rest = clip.offsets[clip.names.index("left_elbow")]
    assert rest[0] > 20.0 and abs(rest[1]) < 2.0  # the arms are stretched out at rest, centimetres
    again = import_bvh(tmp_path / "walk.bvh", WOMAN)
    assert degrees(again.rotations[:, 1:], walk.rotations[:, 1:]).max() < 0.5
    moved = np.linalg.norm(again.root[-1] - again.root[0])
    assert moved == pytest.approx(np.linalg.norm(walk.root[-1] - walk.root[0]), rel=0.01)


def renamed(clip: BvhClip, naming: str, scale: float, axes: np.ndarray, namespace: str = "") -> BvhClip:
    """Return the clip with the joints' names of others, in another unit and other axes."""
    names = tuple(namespace + SKELETONS[naming][name].title() for name in clip.names)
    turn = Rotation.from_matrix(axes)
    turned = (turn * Rotation.from_quat(clip.rotations.reshape(-1, 4)) * turn.inv()).as_quat()
    return replace(
        clip, names=names, offsets=scale * clip.offsets @ axes.T, translations=scale * clip.translations @ axes.T,
        ends={joint: scale * axes @ end for joint, end in clip.ends.items()},
        rotations=turned.reshape(clip.rotations.shape),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("naming", "scale", "axes"),
    [("cmu", 0.177, np.eye(3)), ("mixamo", 1.0, Z_UP), ("smpl", 0.01, np.eye(3))],
)
def test_skeletons_of_others_move_a_figure_of_another_size(
    walk: MotionClip, tmp_path: Path, naming: str, scale: float, axes: np.ndarray
) -> None:
    other = renamed(bvh_of(walk, WOMAN), naming, scale, axes, "mixamorig:" if naming == "mixamo" else "")
    write_bvh(tmp_path / "other.bvh", other, digits=8)
    clip = import_bvh(tmp_path / "other.bvh", GIRL, fps=15.0)
    assert clip.fps == 15.0 and len(clip.root) == 30
    assert degrees(clip.rotations[:, 1:], walk.rotations[::2, 1:]).max() < 1.5
    feet = clip.positions[:, [JOINT_NAMES.index("left_foot"), JOINT_NAMES.index("right_foot")], 2]
    assert feet.min() == pytest.approx(GIRL[JOINT_NAMES.index("left_foot"), 2], abs=0.02)


def test_a_skeleton_that_lies_in_knots_at_rest_is_told_from_its_motion(walk: MotionClip, tmp_path: Path) -> None:
    clip = bvh_of(walk, WOMAN)
    secret = Rotation.random(22, random_state=1)
    frames = clip.world()[1] @ secret.as_matrix()
    offsets, rotations, translations = clip.offsets.copy(), clip.rotations.copy(), clip.translations.copy()
    for joint, parent in enumerate(clip.parents):
        above = frames[:, parent] if parent >= 0 else np.tile(np.eye(3), (60, 1, 1))
        local = np.swapaxes(above, -1, -2) @ frames[:, joint]
        rotations[:, joint] = Rotation.from_matrix(local).as_quat()
        if parent >= 0:
            offsets[joint] = secret[parent].inv().apply(clip.offsets[joint])
            translations[:, joint] = offsets[joint]
    knotted = replace(clip, offsets=offsets, rotations=rotations, translations=translations)
    np.testing.assert_allclose(knotted.world()[0], clip.world()[0], atol=1e-6)
    recording, axes = recording_of(knotted, "knot")
    upright = pose_joints(walk.rotations, walk.root, WOMAN)[..., :3, :3]
    found = recording.frames @ axes
    off = np.degrees(Rotation.from_matrix((np.swapaxes(found, -1, -2) @ upright).reshape(-1, 3, 3)).magnitude())
    assert np.median(off) < 3.0 and np.percentile(off, 75) < 20.0


def test_what_cannot_be_taken_is_one_line(walk: MotionClip, tmp_path: Path) -> None:
    clip = bvh_of(walk, WOMAN)
    names = tuple("Wing" if name == "left_elbow" else name for name in clip.names)
    write_bvh(tmp_path / "bird.bvh", replace(clip, names=names))
    with pytest.raises(ValueError, match=r"bird\.bvh: skeleton: .* without left_elbow; rename them"):
        import_bvh(tmp_path / "bird.bvh", GIRL)
    short = replace(clip, rotations=clip.rotations[:3], translations=clip.translations[:3])
    write_bvh(tmp_path / "short.bvh", short)
    with pytest.raises(ValueError, match=r"short\.bvh: expected 0\.2 s or more, got 0\.1 s"):
        import_bvh(tmp_path / "short.bvh", GIRL)
