"""Motion of one skeleton for another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from motion.body import load_body
from motion.clip import JOINT_NAMES, PARENTS, RootPaths
from motion.data import MotionRecording, read_cmu_singles
from motion.features import THEIRS
from motion.gait import GaitModel
from motion.retarget import LIMBS, aligned, aligned_at_rest, figure_of, pose_body, retarget
from motion.rig import stance

PACK = Path(__file__).resolve().parents[2].parent / "shared/data/motion"
DT = 1.0 / 30.0


@pytest.fixture(scope="module")
def walk() -> np.ndarray:
    """Return transforms (T, 22, 4, 4) of a tall man who stands, then walks."""
    model, body = GaitModel(), load_body("man_tall")
    model.reset({0: body}, np.random.default_rng(0))
    frames, x = [], 0.0
    for step in range(240):
        pace = 0.0 if step < 60 else 1.3
        x += pace * DT
        ahead = np.stack([x + 0.1 * pace * np.arange(1, 21), np.zeros(20)], axis=1)
        paths = RootPaths(
            person_ids=np.array([0]), positions=np.array([[x, 0.0]]), velocities=np.array([[pace, 0.0]]),
            yaws=np.zeros(1), planned=ahead[None],
        )  # fmt: skip
        frames.append(model.step(DT, paths, {}, {})[0, :22].copy())
    return np.array(frames)


def disguised(walk: np.ndarray) -> tuple[MotionRecording, np.ndarray]:
    """Return the walk with frames of bones turned at random, and its rotations from the upright stance."""
    upright = walk[..., :3, :3] @ np.swapaxes(stance(load_body("man_tall").joints), -1, -2)
    secret = Rotation.random(22, random_state=3).as_matrix()
    recording = MotionRecording(
        name="walk", source="cmu", skeleton="secret", texts=("A person walks.",), content="", style="",
        positions=walk[..., :3, 3], frames=upright @ secret, fps=30.0,
    )  # fmt: skip
    return recording, upright


def degrees(rotations: np.ndarray) -> np.ndarray:
    return np.degrees(np.arccos(np.clip((np.trace(rotations, axis1=-2, axis2=-1) - 1.0) / 2.0, -1.0, 1.0)))


def test_the_frames_of_an_unknown_skeleton_are_found(walk: np.ndarray) -> None:
    recording, upright = disguised(walk)
    found = recording.frames @ aligned([recording])
    off = dict(zip(JOINT_NAMES, degrees(np.swapaxes(upright, -1, -2) @ found).mean(axis=0), strict=True))
    twisted = {f"{side}_{part}" for side in ("left", "right") for part in ("shoulder", "elbow", "wrist")}
    assert max(value for name, value in off.items() if name not in twisted) < 9.0, off
    assert max(off[name] for name in ("left_hip", "right_knee")) < 0.1, off
    for arm in sorted(twisted)[:2] + sorted(twisted)[3:5]:  # the gait turns forearms in: bones do not tell
        joint = JOINT_NAMES.index(arm)
        np.testing.assert_allclose(found[:, joint, :, 2], upright[:, joint, :, 2], atol=0.02)


def test_a_figure_of_another_size_does_the_same_on_the_floor(walk: np.ndarray) -> None:
    recording, _ = disguised(walk)
    girl = load_body("girl")
    figure = figure_of(girl.joints)
    clip = retarget(recording, aligned([recording]), figure, 20.0)
    assert clip.fps == 20.0 and clip.rotations.shape == (160, 22, 4) and clip.positions.shape == (160, 22, 3)
    toes = clip.positions[:, [JOINT_NAMES.index("left_foot"), JOINT_NAMES.index("right_foot")], 2]
    assert toes.min() == pytest.approx(figure[JOINT_NAMES.index("left_foot"), 2], abs=0.02)
    far = np.linalg.norm(clip.root[-1, :2] - clip.root[0, :2])
    both = girl.joints, load_body("man_tall").joints
    legs = [np.linalg.norm(np.diff(joints[[1, 4, 7]], axis=0), axis=1).sum() for joints in both]
    whole = np.linalg.norm(walk[-1, 0, :2, 3] - walk[0, 0, :2, 3])
    assert far == pytest.approx(whole * legs[0] / legs[1], rel=0.02)
    for joint, parent in ((4, 1), (20, 18), (15, 12)):
        bone = np.linalg.norm(clip.positions[:, joint] - clip.positions[:, parent], axis=1)
        own = np.linalg.norm(girl.joints[joint] - girl.joints[parent])
        assert np.ptp(bone) < 1e-9 and bone[0] == pytest.approx(own)


def test_a_body_gets_back_its_own_motion(walk: np.ndarray) -> None:
    body = load_body("man_tall")
    recording, upright = disguised(walk)
    secret = np.swapaxes(upright[0], -1, -2) @ recording.frames[0]
    figure = figure_of(body.joints)
    clip = retarget(recording, np.swapaxes(secret, -1, -2), figure, 30.0)
    again = pose_body(clip, body, figure)
    assert again.shape == (240, 25, 4, 4)
    again = again[:, :22]
    np.testing.assert_allclose(again[..., :3, :3], walk[..., :3, :3], atol=1e-6)
    lift = again[0, 0, :3, 3] - walk[0, 0, :3, 3]
    np.testing.assert_allclose(again[..., :3, 3] - lift, walk[..., :3, 3], atol=0.004)
    assert abs(lift[2]) < 0.03 and np.abs(lift[:2]).max() < 1e-9


def test_bad_recordings_are_one_line(walk: np.ndarray) -> None:
    recording, _ = disguised(walk)
    with pytest.raises(ValueError, match="expected those of one skeleton, got other, secret"):
        aligned([recording, replace(recording, skeleton="other")])
    with pytest.raises(ValueError, match="expected those of one skeleton, got none"):
        aligned([])
    short = replace(recording, positions=recording.positions[:1], frames=recording.frames[:1])
    with pytest.raises(ValueError, match=r"expected 0\.05 s or more, got 0 s"):
        retarget(short, np.tile(np.eye(3), (22, 1, 1)), figure_of(load_body("girl").joints), 20.0)


@pytest.mark.skipif(not PACK.is_dir(), reason="the recordings are not beside the checkout (shared/data/motion)")
def test_recorded_knees_and_elbows_bend_about_their_axes() -> None:
    recordings = [r for r in read_cmu_singles(PACK) if r.skeleton.startswith("Dragon")]
    axes, figure = aligned(recordings), figure_of(load_body("man_young").joints)
    assert np.linalg.det(axes) == pytest.approx(1.0)
    for recording in recordings[2:60:12]:
        clip = retarget(recording, axes, figure, 30.0)
        for _, joint, _, sign in LIMBS:
            bend = Rotation.from_quat(clip.rotations[:, joint]).as_rotvec(degrees=True)
            assert np.hypot(bend[:, 0], bend[:, 2]).mean() < 3.0, JOINT_NAMES[joint]
            assert np.percentile(sign * bend[:, 1], 5) > -6.0, JOINT_NAMES[joint]


@pytest.mark.parametrize("pose", ["hanging", "stretched"])
def test_axes_are_told_by_the_rest_pose_where_people_stand_in_it(walk: np.ndarray, pose: str) -> None:
    body = load_body("man_tall")
    _, upright = disguised(walk)
    turns = np.tile(np.eye(3), (22, 1, 1))
    if pose == "stretched":
        for side, angle in (("left", 90.0), ("right", -90.0)):
            for part in ("shoulder", "elbow", "wrist"):
                turns[JOINT_NAMES.index(f"{side}_{part}")] = Rotation.from_euler("x", angle, degrees=True).as_matrix()
    figure = figure_of(body.joints)
    rest = figure.copy()
    for joint, parent in enumerate(PARENTS[1:], start=1):
        rest[joint] = rest[parent] + turns[parent] @ (figure[joint] - figure[parent])
    found = aligned_at_rest(100.0 * rest @ THEIRS.T)  # in centimetres, y up
    frames = THEIRS @ upright @ np.swapaxes(turns, -1, -2) @ THEIRS.T  # of bones that have the file's axes at rest
    again = THEIRS.T @ frames @ found
    assert degrees(np.swapaxes(upright, -1, -2) @ again).max() < 6.0
    with pytest.raises(ValueError, match="stands upright at rest"):
        aligned_at_rest(rest @ Rotation.from_euler("x", 45, degrees=True).as_matrix())
    rest[20, 2] += 1.2
    with pytest.raises(ValueError, match="got one that is up"):
        aligned_at_rest(rest)
