"""From made rotations to the transforms of a body: arms and gaze of cues, feet that keep their place. Compiled."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from motion.clip import JOINT_NAMES, PARENTS
from motion.feet import smooth
from motion.pose import hang_jaw
from motion.rotation import FloatArray, compiled, compose, exp_map, mix, turn, two_bone

FEET = np.dtype(
    [
        ("stands", "i8", (2,)),  # 1 while the foot keeps its place
        ("place", "f8", (2, 3)),  # m, world, where its toes stand
        ("shift", "f8", (2, 3)),  # m, by which the foot is moved from where it was made
        ("floats", "f8"),  # m, by which the body was made too high: some learned from figures with higher ankles
    ]
)
LOCKED, LOOSE = 0.5, 0.35  # probability of standing from which on a foot is kept, and below which it is let go
FADE = 0.10  # s, in which a foot that was let go goes back to where it is made
FAR = 0.12  # leg lengths, from where it is made beyond which a foot is let go
TIP = 0.06  # m above the floor, below which toes bend on it
SETTLED = 0.25  # s, in which a body that floats comes down
LIFT = 0.15  # leg lengths a foot is raised out of the floor at most
_PARENTS = np.array(PARENTS)
_SPINE2, _SPINE3, _NECK, _HEAD = (JOINT_NAMES.index(name) for name in ("spine2", "spine3", "neck", "head"))
_HIP, _KNEE, _ANKLE, _FOOT = 1, 4, 7, 10  # left; the right one follows each
_COLLAR = 13


@compiled
def _finish(
    feet: Any, state: Any, rig: Any, local: FloatArray, root: FloatArray, stands: FloatArray, dt: float, out: FloatArray
) -> None:
    """Write the transforms (25, 4, 4) by `DRAWN_NAMES` over those of the gait, which has the body do what cues say.

    Args:
        feet, state, rig: records of the person. local: (22, 3, 3) rotations from the upright stance, the pelvis' in the
            world, others relative to the parent. root: (3,) metres. stands: (2, 2) left, right: ankle and toes.
        out: holds what the gait does.
    """
    world, places = np.empty((22, 3, 3)), np.empty((22, 3))
    attend, talk, point = smooth(state.attend), smooth(state.talk), smooth(state.point)
    world[0], places[0] = local[0], root
    for joint in range(1, 22):
        parent = _PARENTS[joint]
        places[joint] = places[parent] + turn(compose(world[parent], rig.align[parent]), rig.offsets[joint])
        world[joint] = compose(world[parent], local[joint])
        share = 0.0
        if joint in (_SPINE2, _SPINE3, _NECK, _HEAD):
            share = attend
        elif joint >= _COLLAR and joint != _HEAD:
            arm = (joint - _COLLAR) % 2 if joint < 15 else joint % 2
            share = max(talk, point if state.arm == arm else 0.0)
            if rig.loaded == 1 and arm == 0:
                share = 1.0
        if share > 0.0:
            told = compose(np.ascontiguousarray(out[joint, :3, :3]), np.ascontiguousarray(rig.align[joint].T))
            world[joint] = mix(world[joint], told, share)
    lowest = np.inf
    for foot in range(2):
        if max(stands[foot, 0], stands[foot, 1]) > LOCKED:
            lowest = min(lowest, places[_FOOT + foot, 2] - rig.ball)
    if lowest < np.inf:
        feet.floats += (max(lowest, 0.0) - feet.floats) * (1.0 - np.exp(-dt / SETTLED))
    places[:, 2] -= feet.floats
    for foot in range(2):
        _keep(feet, rig, foot, stands[foot], dt, world, places)
        ball = _FOOT + foot
        share = min(max(1.0 - (places[ball, 2] - rig.ball) / TIP, 0.0), 1.0)
        ahead = world[ball][:, 0]
        if share > 0.0 and ahead[2] < 0.0:  # toes that point down are bent by the floor
            up = share * np.arcsin(min(-ahead[2], 1.0)) / max(np.sqrt(ahead[0] ** 2 + ahead[1] ** 2), 1e-9)
            world[ball] = compose(exp_map(np.array([ahead[1] * up, -ahead[0] * up, 0.0])), world[ball])
    for joint in range(22):
        turned = compose(world[joint], rig.align[joint])
        for i in range(3):
            for j in range(3):
                out[joint, i, j] = turned[i, j]
            out[joint, i, 3] = places[joint, i]
    for aid in range(2):
        out[22 + aid] = out[0]
        where = turn(world[0], rig.aids[aid])
        for i in range(3):
            out[22 + aid, i, 3] = places[0, i] + where[i]
    hang_jaw(state, rig, out)


@compiled
def _keep(feet: Any, rig: Any, foot: int, stands: FloatArray, dt: float, world: FloatArray, places: FloatArray) -> None:
    """Move a leg so that a foot which stands keeps its place, and none goes into the floor."""
    leg = rig.upper + rig.lower
    hip, knee, ankle, ball = _HIP + foot, _KNEE + foot, _ANKLE + foot, _FOOT + foot
    standing = max(stands[0], stands[1])
    shift = feet.shift[foot]
    if feet.stands[foot] == 0 and standing > LOCKED:
        feet.stands[foot] = 1
        feet.place[foot] = places[ball] + shift
    if feet.stands[foot] == 1:
        gap = feet.place[foot] - places[ball]
        if standing < LOOSE or np.sqrt(gap[0] ** 2 + gap[1] ** 2) > FAR * leg:
            feet.stands[foot] = 0
        else:
            for k in range(2):
                shift[k] = gap[k]
    rise = 0.0
    if feet.stands[foot] == 0:
        fade = np.exp(-dt / FADE)
        for k in range(2):
            shift[k] *= fade
    elif stands[1] > LOCKED:  # toes that stand are on the floor
        rise = rig.ball - places[ball, 2]
    least = max(rig.ball - places[ball, 2], 0.9 * rig.ankle[2] - places[ankle, 2])
    rise = min(max(rise, least), LIFT * leg)
    shift[2] += (rise - shift[2]) * (1.0 - np.exp(-dt / 0.03)) if dt < 0.05 else rise - shift[2]
    front = np.ascontiguousarray(world[hip][:, 0])
    goal = places[ankle] + shift
    made, made_lower = two_bone(places[hip], places[ankle], rig.upper, rig.lower, front, 1.0)
    moved, moved_lower = two_bone(places[hip], goal, rig.upper, rig.lower, front, 1.0)
    world[hip] = compose(compose(moved, np.ascontiguousarray(made.T)), world[hip])
    world[knee] = compose(compose(moved_lower, np.ascontiguousarray(made_lower.T)), world[knee])
    for joint in (knee, ankle, ball):
        parent = _PARENTS[joint]
        places[joint] = places[parent] + turn(compose(world[parent], rig.align[parent]), rig.offsets[joint])


def _compile(stamp: str) -> Callable[..., None]:
    """Return the compiled `_finish` of many people; `stamp` has numba's cache follow other files, see `motion.gait`."""

    def run(
        feet: Any, states: Any, rigs: Any, local: FloatArray, roots: FloatArray, stands: FloatArray, dt: float,
        out: FloatArray,
    ) -> None:  # fmt: skip
        if len(stamp) == 0:
            return
        for row in range(len(feet)):
            _finish(feet[row], states[row], rigs[row], local[row], roots[row], stands[row], dt, out[row])

    return compiled(run, cache=True)


_SOURCES = ("rotation.py", "state.py", "rig.py", "feet.py", "pose.py", "finish.py")
finish = _compile(sha256(b"".join(Path(__file__).with_name(n).read_bytes() for n in _SOURCES)).hexdigest())
