"""People who move by the single-person network, live: a token of 0.1 s for everybody at once, cues by the gait.

Who reacts to something has the body that MoReact makes along the way, from what was made before, see `motion.reacting`.

The gait of `motion.gait` goes along: it says where a body faces, holds the arms and the gaze of whoever talks, listens,
looks or points, and carries people with aids, whom no recording shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy.spatial.transform import Rotation
from torch import Tensor

from motion.clip import Body, Cue, FloatArray, RootPaths
from motion.codec import PATCH
from motion.denoiser import AHEAD, PAST, WINDOW
from motion.features import FPS, from_columns
from motion.finish import FEET, finish
from motion.gait import GaitModel
from motion.local import COLUMNS, LOCAL, OFFSET, STANDS, STEPS
from motion.reacting import TEXTS, Reactor
from motion.rolling import Rolling, frames_of
from motion.text import encode_ids
from motion.threads import one_thread
from motion.vectors import wrap
from motion.weights import knows_bandai, load_single

HOP = PATCH / FPS  # s, of a token
MOVING = 0.25  # m/s: slower than that people are said to stand
TURNING = 4.0  # 1/s, by which those who walk come to face along the way
OLD = 65.0  # years
STANDING, WALKING = "A person stands.", "A person walks."
OLD_WALKING = "A person walks like an old person."


class _Person:
    """What is kept of somebody: who it is, what was made, and the way so far."""

    def __init__(self, body: Body, leg: float, texts: tuple[int, int]) -> None:
        self.body, self.leg, self.texts = body, leg, texts
        self.frames = np.zeros((PATCH, LOCAL))
        self.way: list[FloatArray] = []  # x, y, yaw at the ticks so far, the last PAST and now
        self.began = False
        self.actor: list[FloatArray] = []  # x, y at the ticks so far of what is reacted to, the last PAST and now


class RollingModel:
    """The learned `MotionModel`. One seed gives the same motion, whoever else is there, up to rounding."""

    def __init__(self, weights: Path, reactor: Reactor | None = None) -> None:
        """Load the weights; the reactor makes bodies of those who react, in latents of the same codec.

        Raises:
            FileNotFoundError, ValueError: there are none, or they are another model's.
        """
        self._network, about = load_single(weights)
        self._reactor = reactor
        self._old = OLD if knows_bandai(about) else np.inf  # CMU's people are not said to be old
        self._gait = GaitModel()
        with torch.no_grad():
            self._told = self._network.read(encode_ids([STANDING, WALKING, OLD_WALKING]))
        self.reset({}, np.random.default_rng(0))

    def reset(self, bodies: Mapping[int, Body], rng: np.random.Generator) -> None:
        """Forget everybody; `bodies` holds the body of every person_id that can appear, read when it does."""
        self._gait.reset(bodies, rng)
        self._entropy = int(rng.integers(2**63))
        self._bodies = bodies
        self._people: dict[int, _Person] = {}
        self._feet: dict[int, Any] = {}
        self._rolling = Rolling(self._network)
        self._late = 0.0  # s since the last tick

    def step(self, dt: float, paths: RootPaths, partners: Mapping[int, int], cues: Mapping[int, Cue]) -> FloatArray:
        """Return transforms (N, 25, 4, 4) by `DRAWN_NAMES`, each to world, in the order of `paths.person_ids`.

        Raises:
            KeyError: a person without a body.
            ValueError: dt is not positive, or `planned` has another shape than (N, K, 2).
        """
        out = self._gait.step(dt, paths, partners, cues)
        ids = [int(person) for person in paths.person_ids]
        states, rigs = self._gait.records(ids)
        for person in [person for person in self._people if person not in set(ids)]:
            del self._people[person], self._feet[person]
            self._rolling.leave(person)
        rows = [row for row, person in enumerate(ids) if not self._bodies[person].aid]
        for row in rows:
            if ids[row] not in self._people:
                body = self._bodies[ids[row]]
                leg = float(rigs[row]["upper"] + rigs[row]["lower"])
                self._people[ids[row]] = _Person(body, leg, (0, 2 if body.age >= self._old else 1))
                self._feet[ids[row]] = np.zeros((), dtype=FEET)
        ahead = {row: _foresee(paths, row, float(states[row]["yaw"])) for row in rows}
        fresh = [row for row in rows if not self._people[ids[row]].began]
        self._late += dt
        ticks = int(self._late / HOP + 1e-6)
        self._late -= ticks * HOP
        with one_thread():
            for tick in range(max(ticks, 1 if fresh else 0)):
                due = rows if tick < ticks else fresh
                if due:
                    self._make([ids[row] for row in due], [ahead[row] for row in due], cues)
        if rows:
            self._pose(ids, rows, dt, states, rigs, ahead, out)
        return out

    def _make(self, ids: Sequence[int], ahead: Sequence[FloatArray], cues: Mapping[int, Cue]) -> None:
        """Make the next token of people (N), who are at and will go `ahead` (N of (AHEAD + 1, 3))."""
        steps = torch.zeros(len(ids), WINDOW, STEPS)
        told = torch.zeros(len(ids), WINDOW, self._told.shape[1])
        way = torch.ones(len(ids), WINDOW, dtype=torch.bool)
        for row, (person, coming) in enumerate(zip(ids, ahead, strict=True)):
            known = self._people[person]
            known.way = [*known.way[-PAST:], coming[0]]
            points = np.concatenate([known.way[:-1], coming]) if len(known.way) > 1 else coming
            numbers = _steps(points, known.leg)
            start = PAST - (len(known.way) - 1)
            steps[row, start:] = torch.from_numpy(numbers)
            moving = np.hypot(numbers[:, 0], numbers[:, 1]) * known.leg > MOVING
            which = torch.from_numpy(np.where(moving, known.texts[1], known.texts[0]))
            told[row, start:] = self._told[which]
            way[row, :start] = False
        there = torch.ones(len(ids), AHEAD, dtype=torch.bool)
        given = steps.repeat_interleave(PATCH, dim=1), told, there, way
        if new := [row for row, person in enumerate(ids) if not self._people[person].began]:
            rngs = [np.random.default_rng([self._entropy, ids[row]]) for row in new]
            self._rolling.begin([ids[row] for row in new], rngs, *(_rows(part, new) for part in given))
            for row in new:
                self._people[ids[row]].began = True
        near = self._rolling.advance(ids, *given, self._react(ids, ahead, cues))
        for person, frames in zip(ids, frames_of(self._network, *near), strict=True):
            self._people[person].frames = frames

    def _react(self, ids: Sequence[int], ahead: Sequence[FloatArray], cues: Mapping[int, Cue]) -> dict[int, Tensor]:
        """Return by row the latents (AHEAD, LATENT) of those who react."""
        rows = []
        for row, person in enumerate(ids):
            cue, known = cues.get(person), self._people[person]
            if self._reactor is None or cue is None or cue.kind != "react":
                known.actor = []
                continue
            known.actor = [*known.actor[-PAST:], np.array(cue.target[:2])]
            rows.append(row)
        if self._reactor is None or not rows:
            return {}
        people = [self._people[ids[row]] for row in rows]
        latents = self._reactor.bodies(
            [TEXTS[cues[ids[row]].what] for row in rows],
            np.stack([_padded(np.stack(known.way)) for known in people]),
            np.stack([_headed(_padded(np.stack(known.actor))) for known in people]),
            np.stack([ahead[row][1:] for row in rows]),
            torch.stack([self._rolling.past(ids[row]) for row in rows]),
            [np.random.default_rng([self._entropy, ids[row], 1]) for row in rows],
        )
        return dict(zip(rows, latents, strict=True))

    def _pose(
        self, ids: Sequence[int], rows: Sequence[int], dt: float, states: npt.NDArray[np.void],
        rigs: npt.NDArray[np.void], ahead: Mapping[int, FloatArray], out: FloatArray,
    ) -> None:  # fmt: skip
        """Write the transforms of those in `rows` over what the gait does."""
        frame = min(int(self._late * FPS + 1e-6), PATCH - 1)
        people = [self._people[ids[row]] for row in rows]
        local = np.stack([person.frames[frame] for person in people])
        columns = local[:, COLUMNS].reshape(-1, 22, 2, 3)
        matrices = from_columns(columns[..., 0, :], columns[..., 1, :])
        places = np.stack([ahead[row][0] for row in rows])
        turn = Rotation.from_euler("z", places[:, 2:]).as_matrix()
        matrices[:, 0] = turn @ matrices[:, 0]
        offsets = local[:, OFFSET] * np.array([person.leg for person in people])[:, None]
        roots = (turn @ offsets[..., None])[..., 0]
        roots[:, :2] += places[:, :2]
        feet = np.array([self._feet[ids[row]] for row in rows], dtype=FEET)
        stands = np.ascontiguousarray(local[:, STANDS].reshape(-1, 2, 2))
        moved = out[rows]
        finish(feet, states[rows], rigs[rows], np.ascontiguousarray(matrices), roots, stands, dt, moved)
        out[rows] = moved
        for row, kept in zip(rows, feet, strict=True):
            self._feet[ids[row]] = kept


def _rows(part: Tensor, rows: Sequence[int]) -> Tensor:
    return part[torch.tensor(rows)]


def _padded(way: FloatArray) -> FloatArray:
    """Return the last PAST + 1 points of a way (K, D); who has come later was where it came."""
    return np.pad(way, ((PAST + 1 - len(way), 0), (0, 0)), "edge")


def _headed(way: FloatArray) -> FloatArray:
    """Return a way (K, 2) as x, y, yaw (K, 3): faced is where it goes, or went last, or else along x."""
    steps = np.diff(way, axis=0)
    moves = np.hypot(steps[:, 0], steps[:, 1]) > MOVING * HOP
    yaws = np.arctan2(steps[:, 1], steps[:, 0])
    first = float(yaws[moves][0]) if moves.any() else 0.0
    faced = [first]
    for moved, yaw in zip(moves, yaws, strict=True):
        faced.append(float(yaw) if moved else faced[-1])
    return np.column_stack([way, np.unwrap(faced)])


def _foresee(paths: RootPaths, row: int, yaw: float) -> FloatArray:
    """Return where somebody is, will be and face (AHEAD + 1, 3), every 0.1 s; a plan goes on as it ends."""
    here, speed, planned = paths.positions[row], paths.velocities[row], paths.planned[row]
    points = np.empty((AHEAD + 1, 3))
    points[0, :2] = here
    count = min(len(planned), AHEAD)
    points[1 : count + 1, :2] = planned[:count]
    last = points[count, :2] - points[count - 1, :2] if count > 1 else speed * HOP
    points[count + 1 :, :2] = points[count, :2] + last * np.arange(1, AHEAD - count + 1)[:, None]
    smooth = points[:, :2].copy()
    smooth[1:-1] = 0.25 * points[:-2, :2] + 0.5 * points[1:-1, :2] + 0.25 * points[2:, :2]
    points[:, :2] = smooth
    points[0, 2] = yaw
    way = np.diff(points[:, :2], axis=0) / HOP
    pace = np.hypot(way[:, 0], way[:, 1])
    heading = np.arctan2(way[:, 1], way[:, 0])
    for k in range(AHEAD):
        wish = heading[k] if pace[k] > 2.0 * MOVING else paths.yaws[row] if pace[k] < MOVING else points[k, 2]
        points[k + 1, 2] = points[k, 2] + wrap(wish - points[k, 2]) * (1.0 - np.exp(-TURNING * HOP))
    return points


def _steps(points: FloatArray, leg: float) -> FloatArray:
    """Return the steps (K - 1, STEPS) between points (K, 3) at 0.1 s, see `motion.local.steps_of`."""
    way = np.diff(points[:, :2], axis=0) / HOP / leg
    bend = wrap(np.diff(points[:, 2]))
    c, s = np.cos(points[:-1, 2]), np.sin(points[:-1, 2])
    return np.column_stack([c * way[:, 0] + s * way[:, 1], c * way[:, 1] - s * way[:, 0], bend / HOP])
