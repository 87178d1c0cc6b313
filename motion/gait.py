"""Walking, standing, turning, talking and pointing from a path: the motion model that needs no training.

Joint angles come from walks of the CMU Graphics Lab Motion Capture Database (`motion/distill.py`); feet are planned
(`motion/steps.py`) and reached by two-bone inverse kinematics (`motion/pose.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from motion.arms import fit_arms
from motion.clip import DRAWN, Body, Cue, FloatArray, RootPaths
from motion.gesture import express
from motion.idle import hold_arms, look_about, settle, shift_weight
from motion.pose import pose
from motion.rig import RIG, measure
from motion.rotation import compiled
from motion.speech import speak
from motion.state import STATE
from motion.steps import STANDING, Gait, advance, arrive, foresee, wrap
from motion.stick import move_tip, plant
from motion.wheelchair import roll, take_place

ASSET = Path(__file__).resolve().parents[1] / "assets" / "gait" / "cmu_walk.npz"
TELEPORT = 1.0  # m between two steps beyond which somebody is put down anew
VOICE = np.uint64(0x9E3779B97F4A7C15)  # tells the dice of the jaw from those of the gestures
IntArray = npt.NDArray[np.int64]
KINDS = {"react": 0, "talk": 1, "listen": 2, "look": 3, "point": 4}
# How far the body of somebody who stands may face away from the target of a cue, rad, by kind.
_FACING = np.array([np.inf, 0.15, 0.25, 0.45, 1.0])
DRIFT, BRISK = 0.5, 0.8  # m/s: nobody turns to where they drift below the first, everybody does from the second on
PASSING = 3.0  # m, within which people look at somebody ahead


@cache
def load_gait() -> Gait:
    """Load the gait asset."""
    with np.load(ASSET) as file:
        return Gait(**{key: np.ascontiguousarray(file[key].astype(np.float64)) for key in Gait._fields})


class GaitModel:
    """The procedural `MotionModel`: stateful per person, compiled, deterministic."""

    def __init__(self) -> None:
        self._gait = load_gait()
        self._bodies: Mapping[int, Body] = {}
        self._entropy = 0
        self._slots: dict[int, int] = {}
        self._rigs = np.zeros(0, dtype=RIG)
        self._states = np.zeros(0, dtype=STATE)

    def reset(self, bodies: Mapping[int, Body], rng: np.random.Generator) -> None:
        """Forget everybody; `bodies` holds the body of every person_id that can appear, read when it does."""
        self._bodies = bodies
        self._entropy = int(rng.integers(2**63))
        self._slots = {}
        self._rigs = np.zeros(0, dtype=RIG)
        self._states = np.zeros(0, dtype=STATE)

    def _welcome(self, ids: list[int]) -> None:
        """Measure those who appear for the first time.

        Raises:
            KeyError: a person without a body.
        """
        rigs, states = [], np.zeros(len(ids), dtype=STATE)
        for row, person_id in enumerate(ids):
            if person_id not in self._bodies:
                raise KeyError(f"person_ids: no body for {person_id}; pass it to reset()")
            rng = np.random.default_rng([self._entropy, person_id])
            states["seed"][row] = rng.random(4)
            states["dice"][row] = rng.integers(2**63)
            states["voice"][row] = states["dice"][row] ^ VOICE
            rigs.append(measure(self._bodies[person_id], rng))
            self._slots[person_id] = len(self._slots)
        self._rigs = np.concatenate([self._rigs, np.array(rigs, dtype=RIG)])
        self._states = np.concatenate([self._states, states])

    def records(self, ids: Sequence[int]) -> tuple[npt.NDArray[np.void], npt.NDArray[np.void]]:
        """Return the states and the rigs (N,) of people who have appeared, not to be changed."""
        slots = [self._slots[person_id] for person_id in ids]
        return self._states[slots], self._rigs[slots]

    def step(self, dt: float, paths: RootPaths, partners: Mapping[int, int], cues: Mapping[int, Cue]) -> FloatArray:
        """Return transforms (N, 25, 4, 4) by `DRAWN_NAMES`, each to world, in the order of `paths.person_ids`.

        Raises:
            KeyError: a person without a body.
            ValueError: dt is not positive, or `planned` has another shape than (N, K, 2).
        """
        ids = [int(person_id) for person_id in paths.person_ids]
        new = [person_id for person_id in ids if person_id not in self._slots]
        if new:
            self._welcome(new)
        if dt <= 0.0:
            raise ValueError(f"dt: expected seconds > 0, got {dt}")
        if paths.planned.ndim != 3 or len(paths.planned) != len(ids):
            raise ValueError(f"planned: expected ({len(ids)}, K, 2), got {paths.planned.shape}")
        slots = np.array([self._slots[person_id] for person_id in ids], dtype=np.int64)
        kinds = np.zeros(len(ids), dtype=np.int64)
        speaking, targets = np.zeros(len(ids), dtype=np.bool_), np.zeros((len(ids), 3))
        for row, person_id in enumerate(ids):
            if person_id in cues:
                kinds[row] = KINDS[cues[person_id].kind]
                targets[row] = cues[person_id].target
                speaking[row] = cues[person_id].kind == "talk" or cues[person_id].spoken
        gone = np.ones(len(self._states), dtype=bool)
        gone[slots] = False
        self._states["present"][gone] = 0
        out = np.empty((len(ids), DRAWN, 4, 4))
        _step(
            self._states, self._rigs, self._gait, np.array(ids, dtype=np.int64), slots, float(dt),
            np.ascontiguousarray(paths.positions, dtype=np.float64),
            np.ascontiguousarray(paths.velocities, dtype=np.float64),
            np.ascontiguousarray(paths.yaws, dtype=np.float64),
            np.ascontiguousarray(paths.planned, dtype=np.float64),
            kinds, speaking, targets, out,
        )  # fmt: skip
        return out


@compiled
def _find_passer(row: int, ids: IntArray, positions: FloatArray, yaw: float) -> tuple[int, float]:
    """Return the row of the nearest person ahead, -1 for none, and the bearing, rad, against `yaw`."""
    nearest, found, bearing = PASSING**2, -1, 0.0
    c, s = np.cos(yaw), np.sin(yaw)
    for other in range(len(ids)):
        dx, dy = positions[other, 0] - positions[row, 0], positions[other, 1] - positions[row, 1]
        square = dx * dx + dy * dy
        if other != row and square < nearest and c * dx + s * dy > 0.5 * np.sqrt(square):
            nearest, found, bearing = square, other, np.arctan2(c * dy - s * dx, c * dx + s * dy)
    return found, bearing


@compiled
def _choose_heading(
    state: Any,
    position: FloatArray,
    velocity: FloatArray,
    yaw: float,
    planned: FloatArray,
    kind: int,
    target: FloatArray,
) -> float:
    """Return where the body is to face: along the way, to the target of a cue, else where the crowd says."""
    speed = np.sqrt(velocity[0] ** 2 + velocity[1] ** 2)
    wish = yaw
    if kind > 0 and speed < 2.0 * STANDING:
        bearing = np.arctan2(target[1] - position[1], target[0] - position[0])
        wish = bearing + min(max(wrap(wish - bearing), -_FACING[kind]), _FACING[kind])
    if speed > DRIFT:
        ahead = foresee(position, velocity, planned, 0.3)
        dx, dy = ahead[0] - position[0], ahead[1] - position[1]
        if dx * dx + dy * dy < 0.0025:
            dx, dy = velocity[0], velocity[1]
        wish += wrap(np.arctan2(dy, dx) - wish) * min(1.0, (speed - DRIFT) / (BRISK - DRIFT))
    return float(wish)


def _compile(stamp: str) -> Callable[..., None]:
    """Return the compiled step of all people.

    Numba's cache looks at the file of a function alone; that `stamp` enters the key through the closure makes the cache
    follow the other files too.
    """

    def step(
        states: Any,
        rigs: Any,
        gait: Gait,
        ids: IntArray,
        slots: IntArray,
        dt: float,
        positions: FloatArray,
        velocities: FloatArray,
        yaws: FloatArray,
        planned: FloatArray,
        kinds: IntArray,
        speaking: npt.NDArray[np.bool_],
        targets: FloatArray,
        out: FloatArray,
    ) -> None:
        if len(stamp) == 0:
            return
        for row in range(len(slots)):
            state, rig = states[slots[row]], rigs[slots[row]]
            position, velocity = positions[row], velocities[row]
            moved = np.sqrt((position[0] - state.position[0]) ** 2 + (position[1] - state.position[1]) ** 2)
            if rig.fitted == 0:
                fit_arms(rig)
            if state.present == 0 or moved > TELEPORT + 4.0 * dt:
                arrive(state, rig, gait, position, velocity, yaws[row])
                settle(state, rig)
                if rig.aid == 1:
                    take_place(state, rig, position, state.yaw)
                elif rig.aid == 2:
                    plant(state, rig)
            state.clock += dt
            kind = kinds[row]
            express(state, rig, kind, targets[row], dt)
            speak(state, rig, speaking[row], dt)
            wish = _choose_heading(state, position, velocity, yaws[row], planned[row], kind, targets[row])
            duty = 1.0
            if rig.aid == 1:
                roll(state, rig, dt, position, velocity, planned[row], wish)
            else:
                shift_weight(state, rig, dt)
                duty = advance(state, rig, gait, dt, position, velocity, wish, planned[row])
                if rig.aid == 2:
                    move_tip(state, rig)
            hold_arms(state, rig, dt)
            passer, bearing = _find_passer(row, ids, positions, state.yaw)
            look_about(state, rig, dt, ids[passer] if passer >= 0 else -1, bearing)
            pose(state, rig, gait, duty, dt, out[row])

    return compiled(step, cache=True)


_SOURCES = (
    "rotation.py", "state.py", "steps.py", "feet.py", "arms.py", "idle.py", "gesture.py", "speech.py", "stick.py",
    "wheelchair.py", "pose.py", "gait.py",
)  # fmt: skip
_step = _compile(sha256(b"".join(Path(__file__).with_name(n).read_bytes() for n in _SOURCES)).hexdigest())


def yaw_of(transforms: npt.NDArray[np.float64]) -> FloatArray:
    """Return the heading of the pelvis (N,), radians, from joint transforms (N, J, 4, 4)."""
    return np.asarray(np.arctan2(transforms[:, 0, 1, 0], transforms[:, 0, 0, 0]))
