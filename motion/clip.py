"""Contract of `motion`: bodies, skeletons, clips, and what moves them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

# The 22 body joints of SMPL, the order used by HumanML3D and InterHuman.
JOINT_NAMES: tuple[str, ...] = (
    "pelvis", "left_hip", "right_hip", "spine1", "left_knee", "right_knee", "spine2", "left_ankle", "right_ankle",
    "spine3", "left_foot", "right_foot", "neck", "left_collar", "right_collar", "head", "left_shoulder",
    "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
)  # fmt: skip
PARENTS: tuple[int, ...] = (-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19)


# What a person carries or sits in and that moves by itself follows the joints: a wheelchair's left and right wheel
# (about their axle, y), or a walking stick (its handle) in the right hand. Without an aid they go with the pelvis.
AID_NAMES: tuple[str, ...] = ("left_aid", "right_aid")
# Whatever moves a part of what is drawn: the joints, the aids, and the jaw, which turns about y in the head.
DRAWN_NAMES: tuple[str, ...] = (*JOINT_NAMES, *AID_NAMES, "jaw")
DRAWN_PARENTS: tuple[int, ...] = (*PARENTS, 0, 0, JOINT_NAMES.index("head"))
DRAWN = len(DRAWN_NAMES)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MotionClip:
    """A recorded motion of one person.

    Attributes:
        root: (T, 3) metres, world (Z up).
        rotations: (T, J, 4) joint rotations relative to the parent, quaternions (x, y, z, w).
        positions: (T, J, 3) metres, world.
        fps: frames per second.
    """

    root: FloatArray
    rotations: FloatArray
    positions: FloatArray
    fps: float


By = Literal["captured", "learned", "composed", "guided"]
# Roles in what two people do, each beside the one that answers it; whoever has the first begins. Alike: neither does.
ROLES: dict[str, str] = {
    "actor": "reactor", "leader": "follower", "giver": "receiver", "guide": "guided", "speaker": "listener",
    "alike": "alike",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairClip:
    """Two people who move together, in one world.

    Attributes:
        clips: of both, as long as each other and of one rate. figures: (22, 3) of each, upright stance, metres.
        text: what they do together. texts: what each does. roles: of ROLES, the first begins.
        by: how it was made. Captured: recorded as a pair; learned: by a network; composed: of clips of single people;
            guided: by inverse kinematics where no recording has it.

    Raises:
        ValueError: not two people, lengths or rates that differ, a text that is missing, or roles unknown.
    """

    clips: tuple[MotionClip, MotionClip]
    figures: tuple[FloatArray, FloatArray]
    text: str
    texts: tuple[str, str]
    roles: tuple[str, str] = ("alike", "alike")
    by: By = "learned"

    def __post_init__(self) -> None:
        """Check that both fit."""
        for name, values in (("clips", self.clips), ("figures", self.figures), ("texts", self.texts)):
            if len(values) != 2:
                raise ValueError(f"{name}: expected those of two people, got {len(values)}; give one for each")
        (first, second), rates = (len(clip.root) for clip in self.clips), {clip.fps for clip in self.clips}
        if first != second or len(rates) != 1:
            raise ValueError(
                f"clips: expected both as long and at one rate, got {first} and {second} frames at "
                f"{' and '.join(f'{clip.fps:g}' for clip in self.clips)} a second; cut or resample one"
            )
        for text in (self.text, *self.texts):
            if not text.strip():
                raise ValueError("texts: expected one of both and one of each person, got an empty one; write it")
        check_roles(self.roles)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BodyMesh:
    """One level of detail of a body, rest pose, person frame (x forward, y left, z up, feet at z = 0), metres.

    Attributes:
        vertices: (V, 3) float32; faces: (F, 3) int32; uv: (V, 2) float32.
        joint_indices: (V, 4) int32; joint_weights: (V, 4) float32, rows sum to 1.
    """

    vertices: npt.NDArray[np.float32]
    faces: npt.NDArray[np.int32]
    uv: npt.NDArray[np.float32]
    joint_indices: npt.NDArray[np.int32]
    joint_weights: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Body:
    """A person's body.

    Attributes:
        name: stable id of the baked body. description: words a stranger would use ("man, short dark hair, blue shirt").
        joints: (22, 3) float64 rest positions of the joints, person frame.
        inverse_bind: (25, 4, 4) float64, rest world to joint, by `DRAWN_NAMES`; in the rest pose every joint frame has
            the axes of the person frame, so a joint's world rotation is its deviation from rest.
        height: metres, crown to sole when standing.
        age: years. skin_tone: 1 (lightest) to 10, Monk scale. aid: what the person moves with.
        radius: metres, of the disc that the person takes seen from above.
        pace: factor on the speed at which people of 30 walk.
        split: appearance split; no body is in both.
        seat: metres, height of the pelvis joint above the ground when sitting in the wheelchair, 0 without one.
        stick: metres, length of the walking stick from the handle (the right aid's origin) down to its tip, 0 without.
        texture: (H, W, 3) uint8, the clothes' colours.
        meshes: finest first.
    """

    name: str
    description: str
    joints: FloatArray
    inverse_bind: FloatArray
    height: float
    texture: npt.NDArray[np.uint8]
    meshes: tuple[BodyMesh, ...]
    age: float = 30.0
    skin_tone: int = 4
    aid: Literal["", "wheelchair", "stick"] = ""
    radius: float = 0.25
    pace: float = 1.0
    split: Literal["train", "test"] = "train"
    seat: float = 0.0
    stick: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """What a body should express besides its path.

    `talk`, `listen` and `look` turn the body and head towards `target`; `point` also raises an arm at it. The mouth
    moves with `talk`, and with any other that is `spoken`. `react` is for models that know how a body answers what
    comes to be at `target`; others leave it.
    target: (x, y, z) metres, world. spoken: whether words go with it. what: is reacted to, see `motion.reacting.TEXTS`.
    """

    kind: Literal["talk", "listen", "look", "point", "react"]
    target: tuple[float, float, float]
    spoken: bool = False
    what: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RootPaths:
    """Where people are and are going.

    Attributes:
        person_ids: (N,) int64.
        positions: (N, 2) metres, now. velocities: (N, 2) m/s, now.
        yaws: (N,) radians, the wish of the crowd layer (heading of a walker, facing of a stander).
        planned: (N, K, 2) metres at 0.1 s spacing, up to 2 s ahead; K may be 0.
    """

    person_ids: npt.NDArray[np.int64]
    positions: FloatArray
    velocities: FloatArray
    yaws: FloatArray
    planned: FloatArray


class MotionModel(Protocol):
    """Turns paths into poses. People may come and go between steps."""

    def reset(self, bodies: Mapping[int, Body], rng: np.random.Generator) -> None:
        """Forget everybody; `bodies` holds the body of every person_id that can appear."""

    def step(self, dt: float, paths: RootPaths, partners: Mapping[int, int], cues: Mapping[int, Cue]) -> FloatArray:
        """Return transforms (N, 25, 4, 4) by `DRAWN_NAMES`, each to world, in the order of `paths.person_ids`."""


def check_roles(roles: Sequence[str]) -> None:
    """Check that two roles answer each other, in either order.

    Raises:
        ValueError: they do not.
    """
    if len(roles) != 2 or (ROLES.get(roles[0]) != roles[1] and ROLES.get(roles[1]) != roles[0]):
        known = ", ".join(f"{first} and {second}" for first, second in ROLES.items())
        raise ValueError(f"roles: expected {known}, got {' and '.join(map(str, roles)) or 'none'}; name a pair of them")


def check_joints(positions: npt.NDArray[np.floating], names: Sequence[str] = JOINT_NAMES) -> None:
    """Check the shape (T, J, 3).

    Raises:
        ValueError: another shape.
    """
    if positions.ndim != 3 or positions.shape[1:] != (len(names), 3):
        raise ValueError(f"positions: expected (T, {len(names)}, 3), got {positions.shape}")
