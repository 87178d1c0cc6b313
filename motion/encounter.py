"""Two people who do something together while everybody moves: pair clips laid over another motion model.

Whoever takes part goes over from what the model does to what the clip says, and back, joint by joint by minimum jerk.
Bones, aids and the jaw stay those of the model. Who holds a stick in the right hand uses the left one; who sits in a
wheelchair or leans on a stick moves head and one arm alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from motion.clip import DRAWN_NAMES, DRAWN_PARENTS, JOINT_NAMES, Body, Cue, FloatArray, MotionModel, PairClip, RootPaths
from motion.contact import min_jerk
from motion.retarget import pose_body

BLEND = 0.5  # s in which somebody goes over to a clip, and back
HEAD = ("neck", "head")
ARMS = {
    side: tuple(f"{side}_{part}" for part in ("collar", "shoulder", "elbow", "wrist")) for side in ("left", "right")
}
WRISTS = {side: JOINT_NAMES.index(f"{side}_wrist") for side in ARMS}
OTHERS = {"left": "right", "right": "left"}
MIRROR = np.array([1.0, -1.0, 1.0])  # y to the left


@dataclass(slots=True, kw_only=True)
class _Part:
    """What one of two does.

    Attributes:
        root: (T, 3) metres, world; rotations: (T, 22, 3, 3) relative to the parent, of the joints that are drawn.
        joints: which of them follow the clip. fps: of it.
        partner: the other person. until: seconds at which it is over; time: how long it has lasted.
    """

    root: FloatArray
    rotations: FloatArray
    joints: npt.NDArray[np.intp]
    fps: float
    partner: int
    until: float
    time: float = 0.0

    def pose(self, base: FloatArray) -> FloatArray:
        """Return the transforms (25, 4, 4) now of somebody whom the model poses as in `base` (25, 4, 4)."""
        share = float(min(min_jerk(self.time / BLEND), min_jerk((self.until - self.time) / BLEND)))
        at = min(self.time * self.fps, len(self.root) - 1.0)
        first = min(int(at + 1e-6), len(self.root) - 2)
        local = _local(base)
        before, after = self.rotations[first, self.joints], self.rotations[first + 1, self.joints]
        there = slerp(before, after, max(at - first, 0.0))
        local[self.joints, :3, :3] = slerp(local[self.joints, :3, :3], there, share)
        if 0 in self.joints:
            root = self.root[first] + (at - first) * (self.root[first + 1] - self.root[first])
            local[0, :3, 3] += share * (root - local[0, :3, 3])
        return _world(local)


class Encounters:
    """A `MotionModel` over another one that lets two people play a `PairClip`."""

    def __init__(self, base: MotionModel) -> None:
        """Lay pair clips over what `base` does."""
        self._base = base
        self._bodies: Mapping[int, Body] = {}
        self._parts: dict[int, _Part] = {}

    def reset(self, bodies: Mapping[int, Body], rng: np.random.Generator) -> None:
        """Forget everybody; `bodies` holds the body of every person_id that can appear, `rng` is for the model."""
        self._base.reset(bodies, rng)
        self._bodies = bodies
        self._parts = {}

    def begin(self, people: tuple[int, int], pair: PairClip) -> None:
        """Let two people play a clip, where it is, from the next step on; what they played before is over.

        Raises:
            KeyError: a person without a body.
            ValueError: one person twice, or a clip shorter than two frames.
        """
        if people[0] == people[1]:
            raise ValueError(f"people: expected two, got {people[0]} twice; name both")
        if len(pair.clips[0].root) < 2:
            raise ValueError(f"clips: expected two frames or more, got {len(pair.clips[0].root)}; make a longer one")
        parts = [_make_part(pair, side, self._bodies[person], people[1 - side]) for side, person in enumerate(people)]
        for person in people:
            self.stop(person)
        self._parts.update(zip(people, parts, strict=True))

    def stop(self, person: int) -> None:
        """Let somebody and its partner go back to what the model does, from now on; nothing for who plays nothing."""
        part = self._parts.get(person)
        for who in (person, part.partner) if part is not None else ():
            if (its := self._parts.get(who)) is not None:
                its.until = min(its.until, its.time + BLEND)

    def playing(self, person: int) -> bool:
        """Tell whether somebody plays a clip, coming and going included."""
        return person in self._parts

    def step(self, dt: float, paths: RootPaths, partners: Mapping[int, int], cues: Mapping[int, Cue]) -> FloatArray:
        """Return transforms (N, 25, 4, 4) by `DRAWN_NAMES`, each to world, in the order of `paths.person_ids`.

        The first step after `begin` shows the beginning of the clip. Who is not there any more is forgotten, and its
        partner stops.

        Raises:
            KeyError, ValueError: as the model that is laid under.
        """
        out = self._base.step(dt, paths, partners, cues)
        rows = {int(person): row for row, person in enumerate(paths.person_ids)}
        for person in [person for person in self._parts if person not in rows]:
            self.stop(person)
            del self._parts[person]
        for person, part in list(self._parts.items()):
            if part.time >= part.until - 1e-9:
                del self._parts[person]
                continue
            out[rows[person]] = part.pose(out[rows[person]])
            part.time += dt
        return out


def slerp(first: FloatArray, second: FloatArray, share: float) -> FloatArray:
    """Return the rotations (K, 3, 3) that lie `share` of the way from `first` to `second`."""
    way = Rotation.from_matrix(np.swapaxes(first, -1, -2) @ second).as_rotvec()
    return np.asarray(first @ Rotation.from_rotvec(share * way).as_matrix())


def _make_part(pair: PairClip, side: int, body: Body, partner: int) -> _Part:
    """Return what one of two, 0 or 1, does with its body, at the place where it begins."""
    clip = pair.clips[side]
    start = clip.root[0] * np.array([1.0, 1.0, 0.0])  # the root is scaled about it
    near = replace(clip, root=clip.root - start, positions=clip.positions - start)
    world = pose_body(near, body, pair.figures[side])
    rotations = _local(world)[:, : len(JOINT_NAMES), :3, :3]
    names: Sequence[str] = JOINT_NAMES
    if body.aid:
        raised = max(WRISTS, key=lambda hand: float(world[:, WRISTS[hand], 2, 3].max()))
        if body.aid == "stick" and raised == "right":
            rotations, raised = _mirrored(rotations), "left"
        names = (*HEAD, *ARMS[raised])
    return _Part(
        root=world[:, 0, :3, 3] + start,
        rotations=rotations,
        joints=np.array([JOINT_NAMES.index(name) for name in names]),
        fps=clip.fps,
        partner=partner,
        until=(len(clip.root) - 1) / clip.fps,
    )


def _mirrored(rotations: FloatArray) -> FloatArray:
    """Return rotations (T, 22, 3, 3) with left and right exchanged."""
    swapped = [JOINT_NAMES.index(OTHERS.get(side, side) + mark + part)
               for side, mark, part in (name.partition("_") for name in JOINT_NAMES)]  # fmt: skip
    return np.asarray(MIRROR[:, None] * rotations[:, swapped] * MIRROR)


def _local(world: FloatArray) -> FloatArray:
    """Return transforms (..., 25, 4, 4) relative to the parent; the pelvis stays relative to the world."""
    result = np.array(world)
    above = np.linalg.inv(world[..., list(DRAWN_PARENTS[1:]), :, :])
    result[..., 1:, :, :] = above @ world[..., 1:, :, :]
    return result


def _world(local: FloatArray) -> FloatArray:
    """Return transforms (25, 4, 4) to the world, by those relative to the parent."""
    result = np.array(local)
    for joint in range(1, len(DRAWN_NAMES)):
        result[joint] = result[DRAWN_PARENTS[joint]] @ local[joint]
    return result
