"""Recorded people who walk as they did, and give way to a robot where it is near."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from shapely.geometry import MultiPolygon, Polygon

from crowd.bending import FREE, bend
from crowd.ground import Ground
from crowd.heading import attend, turn
from crowd.placement import Placement
from crowd.recording import recorded_people
from crowd.track import Timetable, Track, rest, walk
from crowd.trajectory import Arrival, CrowdState, CrowdTrajectory, FloatArray, Order, Others

IntArray = npt.NDArray[np.int64]

SUBSTEP = 0.05  # s, longest
RADIUS = 0.25  # m, half the shoulder breadth of an adult
INSTANT = 1e-6  # s, rounding of times
CLEAR = 0.1  # m between the body of one who enters and others
SOON = 6.0  # s before and after its recording over which a person is bound to it more and more
HALT = 0.6  # s in which the own clock of one who is asked to stop comes to rest
PATIENCE, GIVE_UP = 0.8, 2.0  # m behind its track: the own clock of one who is kept back slows down, stands still
HURRY, CATCH_UP = 1.5, 1.1  # rates of the own clock of one who is late: on its way to the recording, a little late
PUNCTUAL, LATE = 0.3, 1.2  # s: between the two, recorded distances count less and less
MOVING = 0.2  # m/s: slower people keep facing where they face


@dataclass(slots=True, kw_only=True)
class _Detour:
    """A way that an order asked for: its track, its own clock, and whether it leads back to the person's own way."""

    track: Track
    back: bool
    clock: float = 0.0


class Replay:
    """A recording in a place (a `CrowdModel`); those in `arrivals` stand and walk among the recorded people.

    Each person has its own clock: it stands still while the person holds, so that it goes on later with that delay.

    Attributes:
        placement: where the recording goes.
        recording: after `reset`: the recorded people as placed, seconds of the episode, the ids of this episode.
        sources: after `reset`: (N,) int64, the ids of the same people in the file.
    """

    recording: CrowdTrajectory

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
            trajectory: the recording.
            placement: where it goes, and when it starts: see `place`.
            entrances: (E, 2) metres, where people come from and leave by.
            approach: whether people walk in from an entrance and out to one; else they appear and vanish.
            first_id: the smallest id of a recorded person.
            side: the side that people keep when they meet head-on.

        Raises:
            ValueError: people are to walk in, but no entrance is given.
        """
        if approach and (entrances is None or len(entrances) == 0):
            raise ValueError("entrances: expected (E, 2) positions, got none; give some or set approach=False")
        self._trajectory, self.placement, self._first_id = trajectory, placement, first_id
        self._entrances = np.asarray(entrances, np.float64).reshape(-1, 2) if approach else None
        self._side = {"right": 1.0, "left": -1.0}[side]

    def reset(
        self, walkable: Polygon | MultiPolygon, arrivals: Sequence[Arrival], rng: np.random.Generator
    ) -> CrowdState:
        """Start the recording at its offset time.

        Args:
            walkable: free ground for a point.
            arrivals: others who come or stand there.
            rng: draws where in an entrance people start, and which line they keep.

        Raises:
            ValueError: an id is taken twice, or no way leads from an entrance to where somebody was recorded.
        """
        self._ground = Ground(walkable)
        people = recorded_people(self._trajectory, self.placement, self._ground, self._entrances, self._side, rng)
        columns = [person.column for person in people]
        ids = np.array([self._first_id + k for k in range(len(people))] + [a.person_id for a in arrivals], np.int64)
        if len(np.unique(ids)) != len(ids):
            taken = f"{self._first_id}..{self._first_id + len(people) - 1}"
            raise ValueError(f"arrivals: expected unique ids outside {taken}, which are recorded, got {ids.tolist()}")
        self.sources = self._trajectory.person_ids[columns]
        self.recording = CrowdTrajectory(
            times=self._trajectory.times - self.placement.offset_time,
            person_ids=ids[: len(people)],
            positions=self.placement.apply(self._trajectory.positions[:, columns]),
            valid=self._trajectory.valid[:, columns],
        )
        rows: list[tuple[int, Track, float, Arrival | None]] = [
            (self._first_id + k, person.track, person.speed, None) for k, person in enumerate(people)
        ]
        rows += [(arrival.person_id, self._track(arrival), arrival.desired_speed, arrival) for arrival in arrivals]
        rows.sort(key=lambda row: row[0])
        count = len(rows)
        self._ids = np.array([row[0] for row in rows], np.int64)
        self._tracks = Timetable([row[1] for row in rows])
        self._speeds = [row[2] for row in rows]
        extra = [row[3] for row in rows]
        self._labels = np.array([-1 if arrival is None else arrival.group for arrival in extra], np.int32)
        self._radius = np.array([RADIUS if arrival is None else arrival.radius for arrival in extra])
        self._yaw = np.array([0.0 if arrival is None else arrival.yaw for arrival in extra])
        self._facing = self._yaw.copy()  # of those who stay
        self._stays = np.array([arrival is not None and arrival.goal is None for arrival in extra], np.bool_)
        self._starts = self._tracks.start.copy()
        self._position, self._drift, self._velocity = (np.zeros((count, 2)) for _ in range(3))
        self._clock, self._rate = np.zeros(count), np.ones(count)
        self._held, self._delayed, self._bent, self._detoured, self._present, self._gone = (
            np.zeros(count, np.bool_) for _ in range(6)
        )
        self._detours: dict[int, _Detour] = {}
        self._time = 0.0
        self._others = Others(positions=np.zeros((0, 2)), velocities=np.zeros((0, 2)), radii=np.zeros(0))
        self._enter()
        return self._state()

    def step(self, dt: float, others: Others, orders: Mapping[int, Order]) -> CrowdState:
        """Move everybody by `dt` seconds along their tracks, bent by what is near; a `path` is not walked.

        Raises:
            KeyError: an order for a person that is not there.
            ValueError: an order to go where no way leads, or to follow.
        """
        for person_id, order in orders.items():
            self._obey(person_id, order)
        substeps = max(1, math.ceil(dt / SUBSTEP - 1e-9))
        h = dt / substeps
        for k in range(substeps):
            self._others = Others(
                positions=others.positions + k * h * others.velocities,
                velocities=others.velocities,
                radii=others.radii,
            )
            self._substep(np.flatnonzero(self._present), h)
        return self._state()

    def _track(self, arrival: Arrival) -> Track:
        if arrival.goal is None:
            return rest(self._ground.snap(arrival.origin), arrival.time)
        return walk(self._ground.path(arrival.origin, arrival.goal), arrival.desired_speed, start=arrival.time)

    def _substep(self, here: IntArray, h: float) -> None:
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
            self._others.positions,
            self._others.velocities,
            self._others.radii,
            self._ground.distance,
            self._ground.origin,
            self._ground.cell,
            self._side,
            h,
        )
        velocity = (then - now) / h + drift
        self._position[here], self._drift[here], self._bent[here] = position, drift, bent
        self._velocity[here] = velocity
        walks = np.hypot(velocity[:, 0], velocity[:, 1]) > MOVING
        facing = np.where(self._stays[here] & ~self._detoured[here], self._facing[here], self._yaw[here])
        facing = attend(facing, position, self._held[here], self._others.positions)
        self._yaw[here] = turn(self._yaw[here], facing, velocity, walks, h)
        self._arrive(here)
        self._enter()

    def _points(self, here: IntArray) -> FloatArray:
        """Return where the tracks of those `here` are (N, 2)."""
        points: FloatArray = self._tracks.at(here, self._clock[here])[:, 0]
        for row in np.flatnonzero(self._detoured[here]):
            detour = self._detours[int(here[row])]
            points[row] = detour.track.at(detour.clock)[0]
        return points

    def _advance_clocks(self, here: IntArray, now: FloatArray, h: float) -> None:
        """Advance the own clocks: slower for who holds or is kept back, faster for who is late on its way in."""
        along = self._velocity[here] - self._drift[here]
        behind = ((now - self._position[here]) * along).sum(axis=1) / np.maximum(0.1, np.hypot(*along.T))
        patience = np.clip((GIVE_UP - behind) / (GIVE_UP - PATIENCE), 0.0, 1.0)
        for row in np.flatnonzero(behind > PATIENCE):  # a track that turned round a corner waits there
            patience[row] *= self._ground.sees(self._position[here[row]], now[row])
        patience[(self._looseness(here) == 0.0) & ~self._bent[here]] = 1.0
        late = self._time - h - self._clock[here]
        hurry = np.where(self._delayed[here], 1.0, CATCH_UP)
        hurry[self._clock[here] < self._tracks.begin[here]] = HURRY
        hurry[(late < INSTANT) | (self._tracks.begin[here] == np.inf)] = 1.0
        aim = hurry * patience * ~self._held[here]
        self._rate[here] += np.clip(aim - self._rate[here], -h / HALT, h / HALT)
        seconds = self._rate[here] * h
        on = ~self._detoured[here]
        self._clock[here[on]] = np.minimum(self._clock[here[on]] + seconds[on], self._time)
        for row in np.flatnonzero(~on):
            self._detours[int(here[row])].clock += float(seconds[row])

    def _looseness(self, here: IntArray) -> FloatArray:
        """Return how little those `here` are bound to the recording (N,): see `bend`."""
        clock = self._clock[here]
        outside = np.maximum(self._tracks.begin[here] - clock, clock - self._tracks.end[here])
        late = self._time - clock
        recorded = outside < INSTANT
        loose = np.clip(np.where(recorded, (late - PUNCTUAL) / (LATE - PUNCTUAL), outside / SOON), 0.0, 1.0)
        loose[recorded & (self._delayed[here] | (late > 2 * LATE))] = FREE
        loose[self._held[here] | self._stays[here] | self._detoured[here]] = FREE
        return loose

    def _obey(self, person_id: int, order: Order) -> None:
        """Take an order to heart."""
        k = int(np.searchsorted(self._ids, person_id))
        if k == len(self._ids) or self._ids[k] != person_id or not self._present[k]:
            raise KeyError(f"orders: expected ids of people who are there, got {person_id}")
        if order.kind in ("follow", "settle", "leave"):
            raise ValueError(
                f"orders: expected go, hold or resume of who was recorded, got {order.kind}; use SocialForce"
            )
        if order.kind == "path":
            return
        detour = self._detours.get(k)
        if order.kind == "go":
            if order.target is None:
                raise ValueError("orders: `go` needs a target (x, y), got None")
            target = self._ground.snap(order.target)
            if detour is None or detour.back or not np.allclose(detour.track.at(np.inf)[0], target):
                self._lead(k, target, back=False)
        elif order.kind == "resume" and detour is not None and not detour.back:
            self._lead(k, self._own(k), back=True)
        self._held[k] = order.kind == "hold"
        self._delayed[k] |= order.kind != "resume"

    def _own(self, k: int) -> tuple[float, float]:
        """Return where the own track of person `k` waits for it."""
        x, y = self._tracks.at(np.array([k]), self._clock[[k]])[0, 0]
        return float(x), float(y)

    def _lead(self, k: int, target: tuple[float, float], *, back: bool) -> None:
        """Lead person `k` from where it is to `target`."""
        here = self._position[k]
        path = self._ground.path((float(here[0]), float(here[1])), target)
        path[0], path[-1] = here, target
        self._detours[k] = _Detour(track=walk(path, self._speeds[k], start=0.0), back=back)
        self._detoured[k] = True
        self._drift[k] = self._velocity[k]

    def _arrive(self, here: IntArray) -> None:
        """End the detours that led back, and let those go whose track has ended."""
        for k in here[self._detoured[here]]:
            detour = self._detours[int(k)]
            if detour.back and detour.clock >= detour.track.knots[-1]:
                del self._detours[int(k)]
                self._detoured[k] = False
        over = here[
            (self._clock[here] > self._tracks.finish[here] + INSTANT) & ~self._stays[here] & ~self._detoured[here]
        ]
        self._present[over], self._gone[over] = False, True

    def _enter(self) -> None:
        """Let those come who are due."""
        for k in np.flatnonzero(~self._present & ~self._gone & (self._starts <= self._time + INSTANT)):
            row, ahead = np.array([k]), self._time + 5.0
            (place, velocity), (later, _) = (self._tracks.at(row, np.array([t]))[0] for t in (self._time, ahead))
            self._position[k] = self._beside(k, place)
            self._velocity[k] = velocity
            self._present[k], self._clock[k] = True, self._time
            if np.hypot(*(later - place)) > 0.1:
                self._yaw[k] = math.atan2(later[1] - place[1], later[0] - place[0])

    def _beside(self, k: int, place: FloatArray) -> FloatArray:
        """Return `place`, or one near it where nobody stands in the way; recorded people mind only robots there."""
        bodies, reach = self._others.positions, self._others.radii + self._radius[k] + CLEAR
        if not self._tracks.begin[k] - INSTANT <= self._time <= self._tracks.end[k] + INSTANT:
            bodies = np.concatenate([bodies, self._position[self._present]])
            reach = np.concatenate([reach, self._radius[self._present] + self._radius[k] + CLEAR])
        place = self._ground.clear(place[None], self._radius[k] - CLEAR)[0]
        for ring in (0.0, 0.4, 0.8, 1.2):
            for angle in np.arange(8) * math.pi / 4:
                spot = place + ring * np.array([math.cos(angle), math.sin(angle)])
                if np.all(np.hypot(*(bodies - spot).T) > reach) and (ring == 0.0 or self._ground.sees(place, spot)):
                    return spot
        return place

    def _state(self) -> CrowdState:
        here = np.flatnonzero(self._present)
        clock = self._clock[here]
        recorded = (self._tracks.begin[here] <= clock + INSTANT) & (clock <= self._tracks.end[here] + INSTANT)
        words = np.where(recorded, "replay", np.where(self._stays[here], "stand", "walk"))
        goals: FloatArray = self._tracks.at(here, self._tracks.finish[here])[:, 0]
        goals[self._stays[here]] = np.nan
        for row in np.flatnonzero(self._detoured[here]):
            detour = self._detours[int(here[row])]
            there = not detour.back and detour.clock >= detour.track.knots[-1]
            words[row] = "stand" if there else "walk"
            if not detour.back:
                goals[row] = np.nan if there else detour.track.at(np.inf)[0]
        words[self._held[here]] = "hold"
        return CrowdState(
            person_ids=self._ids[here],
            positions=self._position[here],
            velocities=self._velocity[here],
            yaws=self._yaw[here],
            radii=self._radius[here],
            groups=self._labels[here],
            goals=goals,
            activities=tuple(words.tolist()),
        )
