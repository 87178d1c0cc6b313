"""Crowds beside recordings: the arrivals that were recorded, and what a model makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from shapely.geometry import MultiPolygon, Polygon

from crowd.plans import desired_speed
from crowd.site import Recording
from crowd.trajectory import Arrival, CrowdModel, CrowdTrajectory, FloatArray, Others

NOBODY = Others(positions=np.zeros((0, 2)), velocities=np.zeros((0, 2)), radii=np.zeros(0))
SLOWEST, FASTEST = 0.5, 1.5  # times the desired speed, between which one guesses who draws nothing
BODY = 0.19  # m, radius of a body: half of how near people come to one another in most recordings
SPRINT = 10.0  # m/s: whoever was faster jumped from one person to another, and JuPedSim takes no more
TOGETHER, APART = 1.5, 2.0  # s, m between people who come as a group, at both ends


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Arrivals:
    """Who comes in a recording on an even clock from 0.

    Attributes:
        person_ids: (N,) int64. rows: (N,) index of the clock at which each comes; last: (N,) at which it is last seen.
        origins, goals: (N, 2) metres, its first and last place. speeds: (N,) m/s, desired.
        types: (N,) int64.
    """

    person_ids: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int64]
    last: npt.NDArray[np.int64]
    origins: FloatArray
    goals: FloatArray
    speeds: FloatArray
    types: npt.NDArray[np.int64]

    def at_pace(self, factor: float) -> Arrivals:
        """Return them, `factor` times as fast."""
        return replace(self, speeds=np.minimum(factor * self.speeds, SPRINT))


def true_arrivals(recording: Recording) -> Arrivals:
    """Return the arrivals of a recording on an even clock: whoever is seen at least twice."""
    track = recording.trajectory
    dt = float(track.times[1] - track.times[0])
    columns = np.flatnonzero(track.valid.sum(axis=0) >= 2)
    seen = [np.flatnonzero(track.valid[:, column]) for column in columns]
    tracks = [track.positions[rows, column] for rows, column in zip(seen, columns, strict=True)]
    return Arrivals(
        person_ids=track.person_ids[columns],
        rows=np.array([rows[0] for rows in seen], np.int64),
        last=np.array([rows[-1] for rows in seen], np.int64),
        origins=np.array([way[0] for way in tracks]).reshape(-1, 2),
        goals=np.array([way[-1] for way in tracks]).reshape(-1, 2),
        speeds=np.minimum([desired_speed(way, dt) for way in tracks], SPRINT),
        types=recording.types[columns],
    )


def find_parties(arrivals: Arrivals, dt: float) -> npt.NDArray[np.int64]:
    """Return the group (N,) of each, -1 alone: who come within TOGETHER s and APART m, and leave for places as near."""
    count = len(arrivals.rows)
    labels = np.arange(count)
    for i in range(count):
        near = np.abs(arrivals.rows - arrivals.rows[i]) * dt < TOGETHER
        near &= np.hypot(*(arrivals.origins - arrivals.origins[i]).T) < APART
        near &= np.hypot(*(arrivals.goals - arrivals.goals[i]).T) < APART
        near &= np.abs(arrivals.speeds - arrivals.speeds[i]) < 0.3
        same = np.isin(labels, labels[near])
        labels[same] = labels[near].min()
    sizes = np.bincount(labels, minlength=count)
    return np.where(sizes[labels] > 1, labels, -1)


def walk_straight(arrivals: Arrivals, times: FloatArray) -> CrowdTrajectory:
    """Return people who walk straight to their goals at their desired speed, at `times` (T,), an even clock."""
    since = times[:, None] - times[arrivals.rows]
    ways = arrivals.goals - arrivals.origins
    length = np.hypot(ways[:, 0], ways[:, 1])
    share = np.clip(since * arrivals.speeds / np.maximum(length, 1e-9), 0.0, 1.0)
    positions = arrivals.origins + share[..., None] * ways
    arrived = np.concatenate([np.zeros((1, len(length)), np.bool_), share[:-1] >= 1.0])
    valid = (since >= -1e-9) & ~arrived
    return CrowdTrajectory(
        times=times,
        person_ids=arrivals.person_ids,
        positions=np.where(valid[..., None], positions, np.nan),
        valid=valid,
    )


def walk_model(
    model: CrowdModel,
    walkable: Polygon | MultiPolygon,
    arrivals: Arrivals,
    times: FloatArray,
    rng: np.random.Generator,
    *,
    groups: npt.NDArray[np.int64] | None = None,
    body: float = BODY,
    pieces: int = 2,
) -> CrowdTrajectory:
    """Return what a model makes of arrivals, at `times` (T,), an even clock from 0.

    Who never finds room to come in is at its origin at the time when it should have come, and then no more.

    Args:
        model: a crowd. walkable: free ground, metres; every origin and goal is on one connected part of it.
        arrivals: who comes. times: seconds. rng: of the model.
        groups: (N,) labels, -1 alone; None: nobody belongs together.
        body: metres, radius of everybody. pieces: steps of the model between two times.
    """
    dt = float(times[1] - times[0])
    people: Sequence[Arrival] = [
        Arrival(
            person_id=k, time=float(times[arrivals.rows[k]]), origin=_pair(arrivals.origins[k]),
            goal=_pair(arrivals.goals[k]), desired_speed=max(float(arrivals.speeds[k]), 0.05), radius=body,
            group=-1 if groups is None else int(groups[k]),
        )
        for k in range(len(arrivals.rows))
    ]  # fmt: skip
    positions = np.full((len(times), len(people), 2), np.nan)
    state = model.reset(walkable, people, rng)
    positions[0, state.person_ids] = state.positions
    for row in range(1, len(times)):
        for _ in range(pieces):
            state = model.step(dt / pieces, NOBODY, {})
        positions[row, state.person_ids] = state.positions
    never = np.flatnonzero(np.isnan(positions[..., 0]).all(axis=0))
    positions[arrivals.rows[never], never] = arrivals.origins[never]
    return CrowdTrajectory(
        times=times, person_ids=arrivals.person_ids, positions=positions, valid=~np.isnan(positions).any(axis=2)
    )


def _pair(point: FloatArray) -> tuple[float, float]:
    return float(point[0]), float(point[1])
