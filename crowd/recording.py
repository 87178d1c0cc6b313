"""A recording as tracks in a place: from an entrance to the recorded points, along them, and out again."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from crowd.ground import Ground
from crowd.placement import Placement
from crowd.track import Track, joined, lead, through, walk
from crowd.trajectory import CrowdTrajectory, FloatArray

SLOWEST, FASTEST = 0.6, 1.6  # m/s, on the way to the recording and from it
LOOK = 2.0  # s of a recording that tell speed and heading at its ends
TURN_COST = 10.0  # m that an entrance straight behind (or ahead) may be farther away than one at right angles
JITTER = 1.0  # m: not everybody starts at the middle of an entrance
LONG_GONE = 300.0  # s: whoever was last recorded this long before the start has left


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RecordedPerson:
    """One person of a recording: its track, its walking speed, m/s, and its column in the trajectory."""

    track: Track
    speed: float
    column: int


def recorded_people(
    trajectory: CrowdTrajectory,
    placement: Placement,
    ground: Ground,
    entrances: FloatArray | None,
    side: float,
    rng: np.random.Generator,
) -> list[RecordedPerson]:
    """Return who is there from time 0 on, by time of coming, in seconds of the episode.

    entrances: (E, 2) metres; None: people appear and vanish where their recording begins and ends.

    Raises:
        ValueError: no way leads from an entrance to where somebody was recorded.
    """
    times = trajectory.times - placement.offset_time
    placed = placement.apply(trajectory.positions)
    people = []
    for column in np.flatnonzero(trajectory.valid.any(axis=0)):
        here = trajectory.valid[:, column]
        known, points = times[here], placed[here, column]
        if known[-1] < -LONG_GONE:
            continue
        track = through(known, points, recorded=True)
        if entrances is not None:
            parts = [track, _way_out(track, ground, entrances, side, rng)]
            if known[0] > 0.0:
                parts.insert(0, _way_in(track, ground, entrances, side, rng))
            track = joined(parts)
        if track.knots[-1] > 0.0:
            length = float(np.hypot(*np.diff(points, axis=0).T).sum())
            speed = float(np.clip(length / max(1e-9, known[-1] - known[0]), 0.9, FASTEST))
            people.append(RecordedPerson(track=track, speed=speed, column=int(column)))
    return sorted(people, key=lambda person: (float(person.track.knots[0]), person.column))


def _way_in(track: Track, ground: Ground, entrances: FloatArray, side: float, rng: np.random.Generator) -> Track:
    """Return the way from an entrance to where `track` begins, in time."""
    first = track.at(track.begin)[0]
    heading = track.at(min(track.end, track.begin + LOOK))[0] - first
    start = _entrance(first, -heading, ground, entrances, rng)
    path = lead(ground, start, first, heading, side * float(rng.uniform(0.1, 0.9)))
    return walk(path, float(np.clip(np.hypot(*heading) / LOOK, SLOWEST, FASTEST)), arrive=track.begin)


def _way_out(track: Track, ground: Ground, entrances: FloatArray, side: float, rng: np.random.Generator) -> Track:
    """Return the way from where `track` ends to an entrance."""
    last = track.at(track.end)[0]
    heading = last - track.at(max(track.begin, track.end - LOOK))[0]
    goal = _entrance(last, heading, ground, entrances, rng)
    path = lead(ground, goal, last, -heading, -side * float(rng.uniform(0.1, 0.9)))[::-1]
    return walk(path, float(np.clip(np.hypot(*heading) / LOOK, SLOWEST, FASTEST)), start=track.end)


def _entrance(
    point: FloatArray, heading: FloatArray, ground: Ground, entrances: FloatArray, rng: np.random.Generator
) -> tuple[float, float]:
    """Return a place in the entrance that is near to `point` and where `heading` leads."""
    here = (float(point[0]), float(point[1]))
    ahead = heading / max(1e-9, float(np.hypot(*heading)))
    costs = []
    for x, y in entrances:
        there = (float(x), float(y))
        costs.append(ground.cost(here, there) - TURN_COST * float(ahead @ ground.towards(here, there)))
    best = entrances[int(np.argmin(costs))]
    if not math.isfinite(min(costs)):
        raise ValueError(f"entrances: expected one with a way to {here}, got {entrances.tolist()}")
    place = best + rng.uniform(-JITTER, JITTER, 2)
    x, y = place if ground.sees(best, place) else best
    return float(x), float(y)
