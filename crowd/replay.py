"""Recorded people who walk as they did, and give way to a robot where it is near."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
from shapely.geometry import MultiPolygon, Polygon

from crowd.bending import FREE, bend
from crowd.ground import Ground
from crowd.heading import turn
from crowd.placement import Placement
from crowd.track import Track, joined, lead, rest, through, walk
from crowd.trajectory import Arrival, CrowdState, CrowdTrajectory, FloatArray, Order, Others

SUBSTEP = 0.05  # s, longest
RADIUS = 0.25  # m, half the shoulder breadth of an adult
SLOWEST, FASTEST = 0.6, 1.6  # m/s, on the way to the recording and from it
LOOK = 2.0  # s of a recording that tell speed and heading at its ends
TURN_COST = 10.0  # m that an entrance straight behind (or ahead) may be farther away than one at right angles
INSTANT = 1e-6  # s, rounding of times
SOON = 4.0  # s before and after its recording over which a person is bound to it more and more
JITTER = 1.0  # m: not everybody starts at the middle of an entrance
HALT = 0.6  # s in which the own clock of one who is asked to stop comes to rest
PATIENCE, GIVE_UP = 0.8, 2.5  # m behind its track: the own clock of one who is kept back slows down, stands still
HURRY = 1.5  # rate of the own clock of one who is late on its way to the recording
PUNCTUAL = 0.3  # s: who is later than this does not count on the recorded distances


class Replay:
    """A recording in a place (a `CrowdModel`); those in `arrivals` stand and walk among the recorded people.

    Attributes:
        recording: after `reset`: the recorded people as placed, seconds of the episode, the ids of this episode.
    """

    def __init__(
        self,
        trajectory: CrowdTrajectory,
        placement: Placement,
        *,
        entrances: FloatArray | None = None,
        approach: bool = True,
        first_id: int = 0,
        side: Literal["right", "left"] = "right",
    ) -> None:
        """Take a recording.

        Args:
            trajectory: the recording. placement: where it goes, and when it starts.
            placement: see `place`.
            entrances: (E, 2) metres, where people come from and leave by.
            approach: whether people walk in from an entrance and out to one; else they appear and vanish.
            first_id: the smallest id of a recorded person.
            side: the side that people keep when they meet head-on.

        Raises:
            ValueError: people are to walk in, but no entrance is given.
        """
        if approach and (entrances is None or len(entrances) == 0):
            raise ValueError("entrances: expected (E, 2) positions, got none; give some or set approach=False")
        self._trajectory, self._placement, self._first_id = trajectory, placement, first_id
        self._entrances = np.asarray(entrances, np.float64).reshape(-1, 2) if approach else None
        self._side = {"right": 1.0, "left": -1.0}[side]

    def reset(
        self, walkable: Polygon | MultiPolygon, arrivals: Sequence[Arrival], rng: np.random.Generator
    ) -> CrowdState:
        """Start the recording at its offset time.

        Args:
            walkable: free ground for a point.
            arrivals: others who come or stand there.
            rng: draws where in an entrance people start.

        Raises:
            ValueError: an id is taken twice, or no way leads from an entrance to where somebody was recorded.
        """
        self._ground = Ground(walkable)
        people = self._recorded(rng)
        tracks = [track for track, _ in people]
        ids = [self._first_id + k for k in range(len(people))]
        self._speeds = [speed for _, speed in people] + [arrival.desired_speed for arrival in arrivals]
        for arrival in arrivals:
            if arrival.goal is None:
                tracks.append(rest(self._ground.snap(arrival.origin)))
            else:
                path = self._ground.path(arrival.origin, arrival.goal)
                tracks.append(walk(path, arrival.desired_speed, start=arrival.time))
            ids.append(arrival.person_id)
        order = np.argsort(ids)
        self._ids = np.array(ids, np.int64)[order]
        if len(np.unique(self._ids)) != len(ids):
            raise ValueError(f"arrivals: expected ids outside {self._first_id}..{self._first_id + len(people) - 1}")
        self._tracks = [tracks[k] for k in order]
        self._speeds = [self._speeds[k] for k in order]
        count, named = len(ids), {arrival.person_id: arrival for arrival in arrivals}
        extra = [named.get(int(person_id)) for person_id in self._ids]
        self._labels = np.array([-1 if arrival is None else arrival.group for arrival in extra], np.int32)
        self._radius = np.array([RADIUS if arrival is None else arrival.radius for arrival in extra])
        self._stays = np.array([arrival is not None and arrival.goal is None for arrival in extra], np.bool_)
        self._starts = np.array(
            [
                track.knots[0] if arrival is None else arrival.time
                for track, arrival in zip(self._tracks, extra, strict=True)
            ]
        )
        self._yaw = np.array([0.0 if arrival is None else arrival.yaw for arrival in extra])
        self._position, self._drift, self._velocity = (np.zeros((count, 2)) for _ in range(3))
        self._clock, self._rate = np.zeros(count), np.ones(count)
        self._held = np.zeros(count, np.bool_)
        self._bent = np.zeros(count, np.bool_)  # off its track because of a robot
        self._delayed = np.zeros(count, np.bool_)  # by an order
        self._detours: dict[int, tuple[Track, float, bool]] = {}  # track, its own clock, whether it leads back
        self._present = np.zeros(count, np.bool_)
        self._gone = np.zeros(count, np.bool_)
        self._time = 0.0
        self._enter()
        return self._state()

    def step(self, dt: float, others: Others, orders: Mapping[int, Order]) -> CrowdState:
        """Move everybody by `dt` seconds along their tracks, bent by what is near.

        Raises:
            KeyError: an order for a person that is not there.
            ValueError: an order to go where no way leads.
        """
        for person_id, order in orders.items():
            self._obey(person_id, order)
        substeps = max(1, math.ceil(dt / SUBSTEP - 1e-9))
        h = dt / substeps
        for k in range(substeps):
            here = np.flatnonzero(self._present)
            now = self._points(here)
            self._time += h
            self._advance_clocks(here, now, h)
            then = self._points(here)
            position, drift, bent = self._position[here], self._drift[here], self._bent[here]
            bend(
                position,
                drift,
                bent,
                now,
                then,
                self._looseness(here),
                self._radius[here],
                others.positions + k * h * others.velocities,
                others.velocities,
                others.radii,
                self._ground.distance,
                self._ground.origin,
                self._ground.cell,
                self._side,
                h,
            )
            self._position[here], self._drift[here], self._bent[here] = position, drift, bent
            self._velocity[here] = (then - now) / h + drift
            walks = np.hypot(*self._velocity[here].T) > 0.2
            self._yaw[here] = turn(self._yaw[here], self._yaw[here], self._velocity[here], walks, h)
            self._arrive(here)
            self._enter()
        return self._state()

    def _recorded(self, rng: np.random.Generator) -> list[tuple[Track, float]]:
        """Return the tracks of the recorded people and their speeds, by time of coming, and set `recording`."""
        times = self._trajectory.times - self._placement.offset_time
        placed = self._placement.apply(self._trajectory.positions)
        found = []
        for column in range(len(self._trajectory.person_ids)):
            here = self._trajectory.valid[:, column]
            if not here.any():
                continue
            known, points = times[here], placed[here, column]
            track = through(known, points, recorded=True)
            length = float(np.hypot(*np.diff(points, axis=0).T).sum())
            speed = float(np.clip(length / max(1e-9, known[-1] - known[0]), 0.9, FASTEST))
            if self._entrances is not None:
                parts = [track]
                if known[0] > 0.0:
                    parts.insert(0, self._way_in(track, rng))
                if known[-1] > -120.0:  # whoever left long ago is gone for good
                    parts.append(self._way_out(track, rng))
                track = joined(parts)
            if track.knots[-1] > 0.0:
                found.append((track, speed, column))
        found.sort(key=lambda entry: (float(entry[0].knots[0]), entry[2]))
        columns = [column for *_, column in found]
        self.recording = CrowdTrajectory(
            times=times,
            person_ids=self._first_id + np.arange(len(columns)),
            positions=placed[:, columns],
            valid=self._trajectory.valid[:, columns],
        )
        return [(track, speed) for track, speed, _ in found]

    def _way_in(self, track: Track, rng: np.random.Generator) -> Track:
        """Return the way from an entrance to where `track` begins, in time."""
        first = track.at(track.begin)[0]
        heading = track.at(min(track.end, track.begin + LOOK))[0] - first
        path = lead(self._ground, self._entrance(first, -heading, rng), first, heading, self._lane(rng))
        return walk(path, float(np.clip(np.hypot(*heading) / LOOK, SLOWEST, FASTEST)), arrive=track.begin)

    def _way_out(self, track: Track, rng: np.random.Generator) -> Track:
        """Return the way from where `track` ends to an entrance."""
        last = track.at(track.end)[0]
        heading = last - track.at(max(track.begin, track.end - LOOK))[0]
        path = lead(self._ground, self._entrance(last, heading, rng), last, -heading, -self._lane(rng))[::-1]
        return walk(path, float(np.clip(np.hypot(*heading) / LOOK, SLOWEST, FASTEST)), start=track.end)

    def _lane(self, rng: np.random.Generator) -> float:
        """Draw where on its side of the way a person walks: see `lead`."""
        return self._side * float(rng.uniform(0.1, 0.9))

    def _entrance(self, point: FloatArray, heading: FloatArray, rng: np.random.Generator) -> tuple[float, float]:
        """Return a place in the entrance that is near to `point` and where `heading` leads."""
        assert self._entrances is not None
        here = (float(point[0]), float(point[1]))
        ahead = heading / max(1e-9, float(np.hypot(*heading)))
        costs = []
        for entrance in self._entrances:
            there = (float(entrance[0]), float(entrance[1]))
            costs.append(self._ground.cost(here, there) - TURN_COST * float(ahead @ self._ground.towards(here, there)))
        best = int(np.argmin(costs))
        if not math.isfinite(costs[best]):
            raise ValueError(f"entrances: expected one with a way to {here}, got {self._entrances.tolist()}")
        x, y = self._entrances[best] + rng.uniform(-JITTER, JITTER, 2)
        if not self._ground.sees(self._entrances[best], np.array([x, y])):
            x, y = self._entrances[best]
        return float(x), float(y)

    def _points(self, here: npt.NDArray[np.int64]) -> FloatArray:
        """Return where the tracks of those `here` are (N, 2)."""
        points = np.empty((len(here), 2))
        for row, k in enumerate(here):
            detour = self._detours.get(int(k))
            points[row] = self._tracks[k].at(self._clock[k])[0] if detour is None else detour[0].at(detour[1])[0]
        return points

    def _advance_clocks(self, here: npt.NDArray[np.int64], now: FloatArray, h: float) -> None:
        """Advance the own clocks: slower for who holds or is kept back, faster for who is late on its way in."""
        behind = now - self._position[here]
        along = self._velocity[here] - self._drift[here]
        behind_by = (behind * along).sum(axis=1) / np.maximum(0.1, np.hypot(along[:, 0], along[:, 1]))
        late = self._time - h - self._clock[here]
        coming = np.array([self._clock[k] < self._tracks[k].begin < np.inf for k in here], np.bool_)
        hurry = np.where(coming, HURRY, np.where(late < PUNCTUAL, 1.1, 1.0)) * (late > 1e-9) + (late <= 1e-9)
        aim = hurry * np.clip((GIVE_UP - behind_by) / (GIVE_UP - PATIENCE), 0.0, 1.0) * ~self._held[here]
        self._rate[here] += np.clip(aim - self._rate[here], -h / HALT, h / HALT)
        ahead = self._rate[here] * h
        for k, seconds in zip(here, ahead, strict=True):
            detour = self._detours.get(int(k))
            if detour is None:
                self._clock[k] = min(self._clock[k] + seconds, self._time)
            else:
                self._detours[int(k)] = (detour[0], detour[1] + float(seconds), detour[2])

    def _looseness(self, here: npt.NDArray[np.int64]) -> FloatArray:
        """Return how little those `here` are bound to the recording (N,): see `bend`."""
        loose = np.ones(len(here))
        for row, k in enumerate(here):
            if self._held[k] or self._stays[k] or int(k) in self._detours:
                loose[row] = FREE
            else:
                track, clock = self._tracks[k], self._clock[k]
                outside = max(track.begin - clock, clock - track.end)
                loose[row] = 0.0 if outside < INSTANT else min(1.0, outside / SOON)
                if loose[row] == 0.0 and self._time - clock > PUNCTUAL:
                    loose[row] = FREE if self._delayed[k] else 1.0
        return loose

    def _obey(self, person_id: int, order: Order) -> None:
        """Take an order to heart."""
        k = int(np.searchsorted(self._ids, person_id))
        if k == len(self._ids) or self._ids[k] != person_id or not self._present[k]:
            raise KeyError(f"orders: expected ids of people who are there, got {person_id}")
        if order.kind == "hold":
            self._held[k] = True
            return
        self._held[k], self._delayed[k] = False, True
        if order.kind == "go":
            if order.target is None:
                raise ValueError("orders: `go` needs a target (x, y), got None")
            target = self._ground.snap(order.target)
            detour = self._detours.get(k)
            if detour is None or detour[2] or not np.allclose(detour[0].at(np.inf)[0], target):
                self._detour(k, target, back=False)
        elif k in self._detours and not self._detours[k][2]:
            point = self._tracks[k].at(self._clock[k])[0]
            self._detour(k, (float(point[0]), float(point[1])), back=True)

    def _detour(self, k: int, target: tuple[float, float], *, back: bool) -> None:
        """Lead person `k` from where it is to `target`."""
        here = self._position[k]
        path = self._ground.path((float(here[0]), float(here[1])), target)
        path[0], path[-1] = here, target
        self._detours[k] = (walk(path, self._speeds[k], start=0.0), 0.0, back)
        self._drift[k] = 0.0

    def _arrive(self, here: npt.NDArray[np.int64]) -> None:
        """End the detours that led back, and let those go whose track has ended."""
        for k in here:
            detour = self._detours.get(int(k))
            if detour is not None:
                if detour[2] and detour[1] >= detour[0].knots[-1]:
                    del self._detours[int(k)]
            elif not self._stays[k] and self._clock[k] >= self._tracks[k].knots[-1]:
                self._present[k], self._gone[k] = False, True

    def _enter(self) -> None:
        """Let those come who are due."""
        for k in np.flatnonzero(~self._present & ~self._gone & (self._starts <= self._time + 1e-9)):
            track = self._tracks[k]
            self._present[k] = True
            self._clock[k] = self._time
            place, velocity = track.at(self._time)
            if not track.begin - INSTANT <= self._time <= track.end + INSTANT:
                place = self._beside(k, place)
            self._position[k] = place
            self._velocity[k] = velocity
            ahead = track.at(self._time + 5.0)[0] - track.at(self._time)[0]
            if not self._stays[k] and np.hypot(*ahead) > 0.1:
                self._yaw[k] = math.atan2(ahead[1], ahead[0])

    def _beside(self, k: int, place: FloatArray) -> FloatArray:
        """Return `place`, or a place near it where nobody stands in the way."""
        bodies = self._position[self._present & (np.arange(len(self._ids)) != k)]
        reach = self._radius[self._present & (np.arange(len(self._ids)) != k)] + self._radius[k] + 0.05
        for ring in (0.0, 0.4, 0.8, 1.2):
            for angle in np.arange(8) * math.pi / 4:
                spot = place + ring * np.array([math.cos(angle), math.sin(angle)])
                if np.all(np.hypot(*(bodies - spot).T) > reach) and (ring == 0.0 or self._ground.sees(place, spot)):
                    return spot
        return place

    def _state(self) -> CrowdState:
        here = np.flatnonzero(self._present)
        goals = np.full((len(here), 2), np.nan)
        words = []
        for row, k in enumerate(here):
            detour, track = self._detours.get(int(k)), self._tracks[k]
            stays = self._stays[k] if detour is None else detour[1] >= detour[0].knots[-1]
            recorded = detour is None and track.begin <= self._clock[k] <= track.end
            words.append("hold" if self._held[k] else "stand" if stays else "replay" if recorded else "walk")
            if not stays:
                goals[row] = track.at(np.inf)[0] if detour is None or detour[2] else detour[0].at(np.inf)[0]
        return CrowdState(
            person_ids=self._ids[here],
            positions=self._position[here],
            velocities=self._velocity[here],
            yaws=self._yaw[here],
            radii=self._radius[here],
            groups=self._labels[here],
            goals=goals,
            activities=tuple(words),
        )
