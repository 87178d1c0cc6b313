"""Recordings of two people by depth cameras, to check made pairs against; nothing is ever learned from them.

SBU Kinect Interaction 2.0 (Yun et al., "Two-person interaction detection using body-pose features and multiple instance
learning", CVPR Workshops 2012) and the handshakes of jbutepage/human_robot_interaction_data. The pack's README tells
their origin, their flaws and that no licence is stated: they are for checks, and are never published.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from motion.clip import JOINT_NAMES, FloatArray, MotionClip, PairClip
from motion.data import Z_UP
from motion.vectors import wrap

SBU, KTH = "sbu_pairs_15joints.npz", "kth_kinect_pairs_8joints_mm.npz"
SBU_JOINTS = (
    "head", "neck", "torso", "left_shoulder", "left_elbow", "left_hand", "right_shoulder", "right_elbow", "right_hand",
    "left_hip", "left_knee", "left_foot", "right_hip", "right_knee", "right_foot",
)  # fmt: skip
# The first of each two is the right one: both people of all handshakes but one meet with it. Seen so, who stand face to
# face turn their backs on each other, so the file shows them as in a mirror.
KTH_JOINTS = (
    "torso", "head", "right_shoulder", "left_shoulder", "right_elbow", "left_elbow", "right_hand", "left_hand",
)  # fmt: skip
MIRROR = np.array([-1.0, 1.0, 1.0])
KTH_FPS = 30.0  # about; the file has no times
OURS = {"torso": "spine2", "left_hand": "left_wrist", "right_hand": "right_wrist",
        "left_foot": "left_ankle", "right_foot": "right_ankle"}  # fmt: skip
PALM = 0.3  # of the forearm from the wrist on: the middle of the hand
SKULL = 0.8  # of the neck from the joint of the head on: the middle of the head
BEGINS, MET = 0.2, 0.05  # share of the way of hands that have begun to reach, and m off their closest when they meet
STILL = 0.1  # m/s, slower than which trunks count as standing
SMOOTH = 5  # frames of a running mean over the distance of trunks: depth cameras are noisy


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KinectPair:
    """Two people before a depth camera.

    Attributes:
        name: of the recording. action: what they do, as its source says.
        positions: (2, T, J, 3) metres, world, z up. joints: J names.
        actor: 0 or 1 who acts, -1 both or unclear. fps: frames per second.
    """

    name: str
    action: str
    positions: FloatArray
    joints: tuple[str, ...]
    actor: int
    fps: float


def read_sbu(folder: str | Path) -> list[KinectPair]:
    """Return the recordings of SBU Kinect Interaction.

    Raises:
        FileNotFoundError: the file is missing.
    """
    with np.load(Path(folder) / SBU) as file:
        return [
            KinectPair(
                name=str(key), action=str(action), positions=_both(file[f"{key}_a"], file[f"{key}_b"]),
                joints=SBU_JOINTS, actor=int(actor), fps=float(file["fps"]),
            )
            for key, action, actor in zip(file["meta_key"], file["meta_label"], file["meta_actor"], strict=True)
        ]  # fmt: skip


def read_kth_handshakes(folder: str | Path) -> list[KinectPair]:
    """Return the handshakes of jbutepage/human_robot_interaction_data; only upper bodies, without hips.

    Raises:
        FileNotFoundError: the file is missing.
    """
    with np.load(Path(folder) / KTH) as file:
        names = sorted(key[:-2] for key in file if key.startswith("shaking") and key.endswith("_a"))
        return [
            KinectPair(
                name=name, action="shaking hands", positions=_both(file[f"{name}_a"], file[f"{name}_b"]) * MIRROR,
                joints=KTH_JOINTS, actor=-1, fps=KTH_FPS,
            )
            for name in names
        ]  # fmt: skip


def kinect_pair_of(pair: PairClip, action: str = "") -> KinectPair:
    """Return what a depth camera would have of a pair: the joints of SBU, hands in the palm, heads in the middle."""
    return KinectPair(
        name=pair.text, action=action, positions=np.stack([_seen(clip) for clip in pair.clips]), joints=SBU_JOINTS,
        actor=0 if pair.roles[0] == "actor" else -1, fps=pair.clips[0].fps,
    )  # fmt: skip


def contact_profile(pair: KinectPair) -> dict[str, float]:
    """Return what there is to compare of a pair, recorded or made.

    - contact_distance: m, of the closest hands across, at their closest; trunk_distance: m, of the trunks seen from
      above then, and closest: m, at their closest.
    - contact_time: s, of the reach: from when the hands have come BEGINS of the way nearer, measured against the
      trunks, to when they are within MET of their closest. Recordings that are cut differently, or in which people
      walk up to each other first, compare so.
    - approach_speed, departure_speed: m/s, 90th percentiles of how fast trunks come nearer and part, of the frames in
      which they do, faster than STILL; 0: never.
    - facing: rad, median of the angle between where one faces, at right angles to the shoulders, and where the other
      is, mean of both.
    """
    torso, hands, shoulders = (
        pair.positions[:, :, [pair.joints.index(name) for name in names]]
        for names in (("torso",), ("left_hand", "right_hand"), ("left_shoulder", "right_shoulder"))
    )
    first, second = torso[0, :, 0, :2], torso[1, :, 0, :2]
    trunks = np.linalg.norm(first - second, axis=1)
    closest = np.linalg.norm(hands[0][:, :, None] - hands[1][:, None], axis=-1).min(axis=(1, 2))
    meets = int(np.flatnonzero(closest <= closest.min() + MET)[0])
    way = (closest - trunks)[: meets + 1]
    waits = np.flatnonzero(way > way.max() - BEGINS * (way.max() - way[-1]))
    smooth = np.convolve(trunks, np.full(SMOOTH, 1.0 / SMOOTH), mode="valid") if len(trunks) > SMOOTH else trunks
    speed = np.diff(smooth) * pair.fps
    across = shoulders[:, :, 0] - shoulders[:, :, 1]
    facing = np.arctan2(-across[..., 0], across[..., 1])
    ways = np.stack([second - first, first - second])
    off = np.abs(wrap(np.arctan2(ways[..., 1], ways[..., 0]) - facing))
    return {
        "contact_distance": float(closest.min()),
        "trunk_distance": float(trunks[meets]),
        "closest": float(trunks.min()),
        "contact_time": float((meets - waits[-1]) / pair.fps) if len(waits) else 0.0,
        "approach_speed": _usual(-speed),
        "departure_speed": _usual(speed),
        "facing": float(np.median(off.mean(axis=0))),
    }


def _usual(speed: FloatArray) -> float:
    moving = speed[speed > STILL]
    return float(np.percentile(moving, 90.0)) if len(moving) else 0.0


def _both(first: FloatArray, second: FloatArray) -> FloatArray:
    return np.asarray(np.stack([first, second]) / 1000.0 @ Z_UP.T)


def _seen(clip: MotionClip) -> FloatArray:
    """Return the joints (T, 15, 3) of SBU, metres, of a clip."""
    seen = clip.positions[:, [JOINT_NAMES.index(OURS.get(name, name)) for name in SBU_JOINTS]].copy()
    for side in ("left", "right"):
        hand, elbow = SBU_JOINTS.index(f"{side}_hand"), SBU_JOINTS.index(f"{side}_elbow")
        seen[:, hand] += PALM * (seen[:, hand] - seen[:, elbow])
    seen[:, 0] += SKULL * (seen[:, 0] - seen[:, 1])
    return np.asarray(seen)
