"""A live layer over a planner: before a step is taken, what it is about to break, and whether it may be taken.

Plain values in: the planned positions, people and their velocities, and the dangers as they are perceived, never as
they are. These conditions are looked for along the path, people going on as they do:

    time to collision   two discs touch; Hayward 1972, Near-miss determination through use of a scale of danger
    separation          ISO/TS 15066:2016, 5.5.4, in the form of J. A. Marvel and R. Norcross, Implementing speed and
                        separation monitoring in collaborative robot workcells, RCIM 44, 2017, eq. 1: one must be able
                        to stop before a person who comes nearer is reached, S = vH (TR + TS) + vR TR + B + C, with the
                        person's measured approach in place of 1.6 m/s, which in a crowd would forbid all motion
    speed near people   slow within arm's reach: ISO 13482:2014 asks for a speed limit near people and leaves its value
                        to the risk assessment; ours is of the order of the reduced speed of driverless trucks
    danger zone         the place of a danger and what it needs round it
    thing               a touch of what stands in the way
    exit                coming to rest before a way out

Things that stand are collided with like people, but only what lies within the next step counts: planners pass close by.
Whoever is in a zone or too near already may always move away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np

from safety.report import BoolArray, FloatArray

Answer = Literal["allow", "revise", "veto"]

STEP = 0.1  # s between positions of a path
PERSON_RADIUS = 0.25  # m
SOON, AHEAD = 1.0, 2.0  # s to a collision below which it is vetoed (two decisions), and revised (Hayward's danger)
REACTION, BRAKING = 0.1, 1.0  # s, one control step; m/s2
MARGIN = 0.1  # m, the C of the separation, for what is measured
GRAZE = 0.6  # s to a collision with a thing below which it is vetoed: one step of a quarter of a metre
SLOW, ARM = 0.3, 0.5  # m/s, our own choice; m, Hall's intimate distance (1966)
STILL = 0.05  # m/s
EXIT_REACH = 1.0  # m before a way out
# m round what is perceived, by kind. Reach over a guard: ISO 13855's C = 0.85 m; the others are our own choice.
CLEARANCE: Mapping[str, float] = MappingProxyType(
    {"fire": 1.5, "animal": 1.5, "gas": 1.5, "falling": 1.0, "threat": 3.0, "machine": 0.85, "shooting": 0.85,
     "traffic": 0.5, "electricity": 0.5, "fall": 0.5, "water": 0.3, "sharp": 0.2, "slip": 0.1}
)  # fmt: skip
ELSE = 0.3  # m, of other kinds
_SOURCES = {
    "time to collision": "Hayward 1972", "thing": "Hayward 1972", "separation": "ISO/TS 15066:2016, 5.5.4",
    "speed near people": "ISO 13482:2014, its value our own choice", "danger zone": "ISO 13855 or our own choice",
    "exit": "our own choice",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Perceived:
    """A danger as somebody perceives it: its kind, (x, y) of its middle and the radius of its ground, metres."""

    kind: str
    position: tuple[float, float]
    radius: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A condition that is about to be broken.

    Attributes:
        condition: one of those above. time: s from now, when first.
        value, limit: what it comes to and what it must keep, s, m or m/s by the condition.
        about: number of the person, thing, danger or exit among those given. source: of the condition.
    """

    condition: str
    time: float
    value: float
    limit: float
    about: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What a monitor says of a path: allow, revise (look for another, or later), or veto; and why."""

    answer: Answer
    findings: tuple[Finding, ...] = ()

    @property
    def worst(self) -> Finding | None:
        """The finding that comes first, None where there is none."""
        return min(self.findings, key=lambda one: one.time, default=None)


class Monitor:
    """Checks paths of one body."""

    def __init__(self, *, radius: float, braking: float = BRAKING, clearance: Mapping[str, float] = CLEARANCE) -> None:
        """Take a body of `radius` metres that brakes with `braking` m/s2; `clearance`: metres by kind of danger.

        Raises:
            ValueError: a radius or a braking that is not above 0.
        """
        if not (radius > 0.0 and braking > 0.0):
            raise ValueError(f"radius, braking: expected numbers above 0, got {radius} and {braking}; give m and m/s2")
        self._radius, self._braking, self._clearance = radius, braking, clearance

    def check(
        self, path: FloatArray, people: FloatArray, velocities: FloatArray, dangers: Sequence[Perceived] = (),
        exits: FloatArray | None = None, things: FloatArray | None = None,
    ) -> Advice:  # fmt: skip
        """Return what may be said of a planned path.

        Args:
            path: (T, 2) metres, where one is now, in 0.1 s, and so on; 2 s are usual.
            people: (N, 2) metres and velocities (N, 2) m/s, as perceived.
            dangers: as perceived. exits: (E, 2) metres, ways out to be kept free. things: (K, 2) metres, places that
                are taken.

        Raises:
            ValueError: a shape does not fit.
        """
        if path.ndim != 2 or path.shape[1] != 2 or len(path) < 2 or people.shape != velocities.shape:
            raise ValueError(
                f"path, people, velocities: expected (T, 2) with T > 1 and (N, 2) twice, got {path.shape}, "
                f"{people.shape} and {velocities.shape}; give one velocity for each person"
            )
        motion = np.gradient(path, STEP, axis=0)
        vetoes, revisions = self._people(path, motion, people, velocities) if len(people) else ([], [])
        found = self._zones(path, motion, dangers)
        (vetoes if found and found[0].time <= SOON else revisions).extend(found)
        if things is not None and len(things):
            vetoes += self._things(path, motion, things)
        if exits is not None:
            revisions += self._exits(path, motion, exits)
        findings = (*vetoes, *revisions)
        return Advice(answer="veto" if vetoes else "revise" if revisions else "allow", findings=findings)

    def _people(
        self, path: FloatArray, motion: FloatArray, people: FloatArray, velocities: FloatArray
    ) -> tuple[list[Finding], list[Finding]]:
        """Return what is vetoed and what is to be revised about people."""
        times = STEP * np.arange(len(path))
        away = people + times[:, None, None] * velocities - path[:, None]  # (T, N, 2)
        distance = np.hypot(away[..., 0], away[..., 1])
        gap = distance - self._radius - PERSON_RADIUS
        unit = away / np.maximum(distance, 1e-9)[..., None]
        speed = np.hypot(motion[:, 0], motion[:, 1])[:, None]
        closes = np.einsum("td,tnd->tn", motion, unit) > STILL  # it is oneself who comes nearer
        comes = np.maximum(-np.einsum("nd,tnd->tn", velocities, unit), 0.0)  # m/s, the person does
        stopping = speed / self._braking
        needed = comes * (REACTION + stopping) + speed * REACTION + 0.5 * speed * stopping + MARGIN
        near = times[:, None] <= SOON
        vetoes: list[Finding] = []
        revisions: list[Finding] = []
        for row, person in _first(closes & (gap < 0.0)):
            one = _finding("time to collision", float(times[row]), float(times[row]), AHEAD, person)
            (vetoes if times[row] <= SOON else revisions).append(one)
        for row, person in _first(closes & (gap < needed) & near):
            values = float(gap[row, person]), float(needed[row, person])
            vetoes.append(_finding("separation", float(times[row]), *values, person))
        for row, person in _first(closes & (gap < ARM) & (speed > SLOW) & near):
            revisions.append(_finding("speed near people", float(times[row]), float(speed[row, 0]), SLOW, person))
        return vetoes, revisions

    def _zones(self, path: FloatArray, motion: FloatArray, dangers: Sequence[Perceived]) -> list[Finding]:
        """Return which zones are entered, or gone deeper into."""
        found = []
        for number, danger in enumerate(dangers):
            limit = danger.radius + self._radius + self._clearance.get(danger.kind, ELSE)
            to = np.asarray(danger.position) - path
            distance = np.hypot(to[:, 0], to[:, 1])
            deeper = np.einsum("td,td->t", motion, to) > STILL * distance
            rows = np.flatnonzero(deeper & (distance < limit))
            if len(rows):
                row = int(rows[0])
                found.append(_finding("danger zone", STEP * row, float(distance[row]), limit, number))
        return sorted(found, key=lambda one: one.time)

    def _things(self, path: FloatArray, motion: FloatArray, things: FloatArray) -> list[Finding]:
        """Return the first touch of a thing within the next step."""
        rows = round(GRAZE / STEP) + 1
        away = things - path[:rows, None]
        distance = np.hypot(away[..., 0], away[..., 1])
        closes = np.einsum("td,tkd->tk", motion[:rows], away) > STILL * distance
        hits = closes & (distance < self._radius)
        if not hits.any():
            return []
        row = int(hits.any(axis=1).argmax())
        return [_finding("thing", STEP * row, STEP * row, GRAZE, int(hits[row].argmax()))]

    def _exits(self, path: FloatArray, motion: FloatArray, exits: FloatArray) -> list[Finding]:
        """Return before which ways out the path ends at rest."""
        if float(np.hypot(*motion[-1])) > STILL:
            return []
        gaps = np.hypot(*(exits - path[-1]).T) - self._radius
        end = STEP * (len(path) - 1)
        return [
            _finding("exit", end, float(gaps[number]), EXIT_REACH, int(number))
            for number in np.flatnonzero(gaps < EXIT_REACH)
        ]


def _first(flags: BoolArray) -> list[tuple[int, int]]:
    """Return (row, column) of the first that is set in each column (T, N)."""
    return [(int(flags[:, column].argmax()), int(column)) for column in np.flatnonzero(flags.any(axis=0))]


def _finding(condition: str, time: float, value: float, limit: float, about: int) -> Finding:
    return Finding(
        condition=condition, time=round(time, 3), value=value, limit=limit, about=about, source=_SOURCES[condition]
    )
