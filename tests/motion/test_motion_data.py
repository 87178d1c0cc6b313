"""Naming of joints, and the readers of recorded motion."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from motion.bvh import BvhClip
from motion.clip import JOINT_NAMES, PARENTS
from motion.data import Z_UP, MotionRecording, read_bandai, read_cmu_singles, read_salsa
from motion.naming import BETWEEN, END, SKELETONS, find_naming, joints_of

PACK = Path(__file__).resolve().parents[2].parent / "shared/data/motion"
real = pytest.mark.skipif(not PACK.is_dir(), reason="the recordings are not beside the checkout (shared/data/motion)")
HEAD, LEFT_FOOT = JOINT_NAMES.index("head"), JOINT_NAMES.index("left_foot")


def clip_of(names: tuple[str, ...], parents: tuple[int, ...]) -> BvhClip:
    rng = np.random.default_rng(0)
    offsets = rng.normal(0.0, 0.2, (len(names), 3))
    turned = Rotation.random(3 * len(names), random_state=0).as_quat().reshape(3, len(names), 4)
    ends = {joint: np.array([0.1, 0.0, 0.05]) for joint in range(len(names)) if joint not in parents}
    return BvhClip(
        names=names, parents=parents, offsets=offsets, ends=ends, translations=np.tile(offsets, (3, 1, 1)),
        rotations=turned, fps=30.0,
    )  # fmt: skip


def test_names_are_known_whatever_their_case_and_namespace() -> None:
    clip = clip_of(tuple(f"Rig:{name.title()}" for name in JOINT_NAMES), PARENTS)
    where, frames = joints_of(clip)
    positions, turned = clip.world()
    np.testing.assert_allclose(where, positions)
    np.testing.assert_allclose(frames, turned)


def test_a_skeleton_without_toes_and_upper_chest_has_them_where_they_would_be() -> None:
    table = SKELETONS["daz"]
    names = tuple(name for name in table.values() if name != BETWEEN and not name.endswith(END))
    ours = [joint for joint, name in table.items() if name in names]
    parent = {joint: JOINT_NAMES[PARENTS[JOINT_NAMES.index(joint)]] for joint in ours[1:]}
    parents = (-1, *(ours.index(p if p in ours else "spine2") for p in parent.values()))
    clip = clip_of(names, parents)
    where, _ = joints_of(clip)
    positions, turned = clip.world()
    chest, neck, ankle = (names.index(name) for name in ("chest", "neck", "lFoot"))
    np.testing.assert_allclose(where[:, JOINT_NAMES.index("spine3")], (positions[:, chest] + positions[:, neck]) / 2)
    np.testing.assert_allclose(where[:, LEFT_FOOT], positions[:, ankle] + turned[:, ankle] @ [0.1, 0.0, 0.05])


def test_unknown_names_are_one_line_that_says_which_are_missing() -> None:
    names = list(JOINT_NAMES)
    names[HEAD] = "skull"
    with pytest.raises(ValueError, match="nearest is smpl, without head; rename them") as error:
        joints_of(replace(clip_of(JOINT_NAMES, PARENTS), names=tuple(names)))
    assert "\n" not in str(error.value)
    with pytest.raises(ValueError, match="got 2 others"):
        find_naming(("a", "b"))


def check(recording: MotionRecording) -> None:
    """Check what is true of every person: bones keep their length, the head is up, the frames are rotations."""
    assert recording.positions.shape[1:] == (22, 3) and len(recording.positions) > 10 and recording.texts[0]
    straight = [joint for joint in range(1, 22) if JOINT_NAMES[joint] not in ("spine3", "neck")]
    for joint in straight[:8]:
        bone = recording.positions[:, joint] - recording.positions[:, PARENTS[joint]]
        assert np.ptp(np.linalg.norm(bone, axis=1)) < 0.012, JOINT_NAMES[joint]
    up = recording.positions[:, HEAD, 2] - recording.positions[:, LEFT_FOOT, 2]
    assert np.median(up) > 0.8
    frames = recording.frames[:: len(recording.frames) // 5]
    np.testing.assert_allclose(frames @ np.swapaxes(frames, -1, -2), np.tile(np.eye(3), (*frames.shape[:2], 1, 1)),
                               atol=1e-3)  # fmt: skip
    assert np.linalg.det(frames) == pytest.approx(1.0, abs=1e-3)


@real
def test_singles_of_cmu_are_read() -> None:
    recordings = list(read_cmu_singles(PACK))
    assert len(recordings) == 69
    seconds = sum(len(r.positions) / r.fps for r in recordings)
    assert seconds == pytest.approx(8.5 * 60, rel=0.03)
    for recording in recordings[3:60:9]:
        check(recording)
    walk = next(r for r in recordings if r.name == "cmu_07_01")
    pace = np.linalg.norm(np.diff(walk.positions[:, 0, :2], axis=0), axis=1).mean() * walk.fps
    assert 0.9 < pace < 1.7


@real
def test_salsa_is_read_as_its_joints_are_given() -> None:
    leader, follower, part = next(iter(read_salsa(PACK)))
    assert part == "train" and leader.fps == 60.0 and len(leader.positions) == len(follower.positions)
    with np.load(PACK / "cmu_60_61_salsa_j22_30fps.npz") as file:
        for mine, key in ((leader, "60_61_01_a"), (follower, "60_61_01_b")):
            given = file[key] / 1000.0 @ Z_UP.T
            np.testing.assert_allclose(mine.positions[::2][: len(given)], given, atol=0.002)
            check(mine)


@real
def test_bandai_namco_is_read() -> None:
    recordings = []
    for recording in read_bandai(PACK):
        recordings.append(recording)
        if len(recordings) == 40:
            break
    for recording in recordings[::13]:
        assert recording.source == "bandai" and recording.content and recording.style
        check(recording)
