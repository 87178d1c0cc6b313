"""The formats of others, by files that are made here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from motion.body import load_body
from motion.clip import JOINT_NAMES, PARENTS, MotionClip
from motion.data import Z_UP, MotionRecording
from motion.foreign import HUMANML3D, INTERHUMAN, T_POSE, read_amass, read_humanml3d, read_interhuman
from motion.retarget import aligned, aligned_at_rest, figure_of, retarget
from motion.skeleton import pose_joints

Reader = Callable[..., MotionRecording]
FIGURE = figure_of(load_body("woman_adult").joints)
SMPL = aligned_at_rest(T_POSE)
BENDS = {"left_knee": (1.0, 0.9), "right_knee": (1.0, 0.9), "left_elbow": (-1.0, 0.8), "right_elbow": (-1.0, 0.8)}


@pytest.fixture(scope="module")
def walk() -> MotionClip:
    """Return somebody who walks in a curve, swings limbs in opposite phases and bends knees and elbows only one way."""
    t = np.arange(90) / 30.0
    turns = np.zeros((90, 22, 3))
    swing = 0.45 * np.sin(2.0 * np.pi * t)
    for name, sign in (("left_hip", 1.0), ("right_hip", -1.0), ("left_shoulder", -0.7), ("right_shoulder", 0.7)):
        turns[:, JOINT_NAMES.index(name), 1] = sign * swing
    for name, (sign, most) in BENDS.items():
        phase = 0.0 if name.startswith("left") else np.pi
        turns[:, JOINT_NAMES.index(name), 1] = sign * most * (0.12 + 0.3 * (1.0 - np.cos(2.0 * np.pi * t + phase)))
    turns[:, JOINT_NAMES.index("spine2"), 2] = 0.15 * np.sin(2.0 * np.pi * t)
    turns[:, 1:3, ::2] = 0.15 * np.sin(3.0 * t[:, None, None] + np.arange(4).reshape(2, 2))
    turns[:, 0, 2] = 0.4 * t
    root = np.stack(
        [np.cumsum(np.cos(0.4 * t)) / 30.0, np.cumsum(np.sin(0.4 * t)) / 30.0, np.full(90, FIGURE[0, 2])], 1
    )
    rotations = Rotation.from_rotvec(turns.reshape(-1, 3)).as_quat(canonical=True).reshape(90, 22, 4)
    return MotionClip(
        root=root, rotations=rotations, positions=pose_joints(rotations, root, FIGURE)[..., :3, 3], fps=30.0
    )


def upright(clip: MotionClip) -> np.ndarray:
    return pose_joints(clip.rotations, clip.root, FIGURE)[..., :3, :3]


def smpl_rotations(clip: MotionClip) -> np.ndarray:
    """Return local rotations (T, 22, 3, 3) as SMPL has them, from its T pose."""
    frames = upright(clip) @ np.swapaxes(SMPL, -1, -2)
    local = frames.copy()
    for joint, parent in enumerate(PARENTS[1:], start=1):
        local[:, joint] = np.swapaxes(frames[:, parent], -1, -2) @ frames[:, joint]
    return local


def degrees(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    trace = np.trace(np.swapaxes(one, -1, -2) @ other, axis1=-2, axis2=-1)
    return np.degrees(np.arccos(np.clip((trace - 1.0) / 2.0, -1.0, 1.0)))


def test_a_motion_of_amass_is_what_it_was(walk: MotionClip, tmp_path: Path) -> None:
    local = smpl_rotations(walk)
    poses = np.zeros((90, 156))
    poses[:, :66] = Rotation.from_matrix(local.reshape(-1, 3, 3)).as_rotvec().reshape(90, 66)
    np.savez(
        tmp_path / "a.npz", poses=poses, trans=walk.root, mocap_framerate=30.0, betas=np.zeros(16), gender="neutral"
    )
    recording = read_amass(tmp_path / "a.npz", texts=("walks",))
    assert recording.fps == 30.0 and recording.name == "a" and recording.texts == ("walks",)
    assert degrees(recording.frames @ SMPL, upright(walk)).max() < 1e-3
    clip = retarget(recording, SMPL, FIGURE, 30.0)
    np.testing.assert_allclose(clip.rotations, walk.rotations, atol=1e-6)


@pytest.mark.parametrize("rows", [True, False], ids=["row by row, as InterHuman", "one column after the other"])
def test_a_person_of_interhuman_gets_back_the_turns_of_the_pelvis(walk: MotionClip, tmp_path: Path, rows: bool) -> None:
    local = smpl_rotations(walk)[:, 1:, :, :2]
    table = np.zeros((90, INTERHUMAN))
    table[:, :66] = walk.positions.reshape(90, 66)
    table[:, 186 : 186 + 126] = (local if rows else np.swapaxes(local, -1, -2)).reshape(90, 126)
    np.save(tmp_path / "p.npy", table.astype(np.float32))
    recording = read_interhuman(tmp_path / "p.npy")
    np.testing.assert_allclose(recording.positions, walk.positions, atol=1e-5)
    assert degrees(recording.frames @ SMPL, upright(walk)).max() < 2.0


def test_a_motion_of_humanml3d_bends_and_goes_as_it_did(walk: MotionClip, tmp_path: Path) -> None:
    positions = walk.positions @ Z_UP  # to y up
    heading = 0.4 * np.arange(90) / 30.0 + np.pi / 2  # about y, from z: theirs faces z at 0
    table = np.zeros((90, HUMANML3D))
    table[:-1, 0] = -np.diff(heading) / 2.0
    first = Rotation.from_euler("y", -heading[:1])
    there = Rotation.from_euler("y", -heading[:, None])
    steps = np.zeros((90, 3))
    steps[:-1] = np.diff(positions[:, 0], axis=0)
    ahead = np.array([there[k + 1].apply(steps[k]) for k in range(89)])
    table[:-1, 1:3] = ahead[:, [0, 2]]
    table[:, 3] = positions[:, 0, 1]
    local = positions[:, 1:] - positions[:, :1] * [1.0, 0.0, 1.0]
    table[:, 4:67] = np.einsum("tij,tkj->tki", there.as_matrix(), local).reshape(90, 63)
    np.save(tmp_path / "h.npy", table)
    recording = read_humanml3d(tmp_path / "h.npy")
    expected = first.apply((positions - positions[0, 0] * [1.0, 0.0, 1.0]).reshape(-1, 3)).reshape(positions.shape)
    np.testing.assert_allclose(recording.positions, expected @ Z_UP.T, atol=1e-9)
    clip = retarget(recording, aligned([recording]), FIGURE, 20.0)
    for name, (sign, _) in BENDS.items():
        bend = Rotation.from_quat(clip.rotations[:, JOINT_NAMES.index(name)]).as_rotvec()[:, 1]
        was = Rotation.from_quat(walk.rotations[:, JOINT_NAMES.index(name)]).as_rotvec()[:, 1]
        assert (sign * bend).max() == pytest.approx((sign * was).max(), abs=0.12), name
        assert (sign * bend).min() > -0.1, name


@pytest.mark.parametrize(
    ("reader", "table", "match"),
    [
        (read_interhuman, np.zeros((5, 262)), r"expected \(T, 492\) numbers of InterHuman, got \(5, 262\)"),
        (read_interhuman, np.zeros((1, INTERHUMAN)), "expected two frames or more, got 1"),
        (read_interhuman, np.full((5, INTERHUMAN), np.nan), "got NaN or infinity in frame 0"),
        (read_humanml3d, np.zeros((5, 251)), r"expected \(T, 263\) numbers of HumanML3D"),
    ],
)
def test_other_tables_are_one_line(
    reader: type[MotionRecording], table: np.ndarray, match: str, tmp_path: Path
) -> None:
    np.save(tmp_path / "x.npy", table)
    with pytest.raises(ValueError, match=match) as error:
        reader(tmp_path / "x.npy")
    assert "\n" not in str(error.value)


def test_other_files_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "text.npy").write_text("not an array")
    with pytest.raises(ValueError, match=r"expected a \.npy file of InterHuman, got another"):
        read_interhuman(tmp_path / "text.npy")
    with pytest.raises(FileNotFoundError):
        read_interhuman(tmp_path / "none.npy")
    np.savez(tmp_path / "bad.npz", poses=np.zeros((4, 30)), trans=np.zeros((4, 3)), mocap_framerate=30.0)
    with pytest.raises(ValueError, match=r"expected poses \(T, 66 or more\)"):
        read_amass(tmp_path / "bad.npz")
    np.savez(tmp_path / "none.npz", other=np.zeros(3))
    with pytest.raises(ValueError, match="expected a file of AMASS with poses and trans"):
        read_amass(tmp_path / "none.npz")
