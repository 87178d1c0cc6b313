"""How people of a crowd move, beside one another and before walls: measures that the published protocol leaves out.

All take a `CrowdTrajectory` on an even clock, metres; "a person-frame" is one person at one time. A speed is that of
the step between two times, so that whoever is there once has none. Turning or shifting the world changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from crowd.compiled import compiled
from crowd.trajectory import CrowdTrajectory, FloatArray

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

ARRIVED = 1.0  # m from its goal, whoever is gone has arrived
HORIZON = 4.8  # s, the usual horizon of trajectory prediction
STOPPED = 0.1  # m/s: slower is standing; CrowdES leaves such frames out of a preferred speed
DISC = 2.0  # m, radius of the disc in which neighbours are counted
CROWDED = 40  # neighbours in the disc, 3.2 /m2: the last bin of a diagram holds these and more
# One group. Of the pairs marked by hand in eth, hotel, univ, zara1 and zara2 these find 76 to 98 %, and 46 to 94 % of
# those found are marked (people who stand together are not); with 1.5 m it is 69 to 96 % and 60 to 97 %.
GROUP_DISTANCE = 2.0  # m
GROUP_SPEED = 0.5  # m/s between two velocities
GROUP_SHARE = 0.8  # of the time in common
GROUP_TIME = 1.0  # s in common, at least; also the time over which a velocity is taken


def clock_fps(trajectory: CrowdTrajectory) -> float:
    """Return the rows a second of an even clock.

    Raises:
        ValueError: there are fewer than two times, or they are not even.
    """
    times = trajectory.times
    if times.ndim != 1 or len(times) < 2:
        raise ValueError(f"times: expected two or more, got {times.shape}; resample onto an even clock (crowd.data)")
    dt = float(times[-1] - times[0]) / (len(times) - 1)
    if not dt > 0.0 or np.abs(np.diff(times) - dt).max() > 1e-3 * dt:
        raise ValueError(
            f"times: expected an even clock, got steps of {np.diff(times).min():g} to {np.diff(times).max():g} s; "
            "resample (crowd.data)"
        )
    return 1.0 / dt


def speeds(trajectory: CrowdTrajectory) -> FloatArray:
    """Return (T-1, N) m/s, the speed of each step; NaN where a person is absent at either end of it."""
    fps = clock_fps(trajectory)
    return _norms(np.diff(trajectory.positions, axis=0)) * fps


def stop_share(trajectory: CrowdTrajectory, slower: float = STOPPED) -> float:
    """Return the share of person-frames in which a person is slower than `slower`, m/s; NaN where nobody steps."""
    known = _known(speeds(trajectory))
    return float((known < slower).mean()) if len(known) else np.nan


def acceleration(trajectory: CrowdTrajectory) -> float:
    """Return the mean norm of the acceleration over all person-frames, m/s2: second differences x fps2.

    NaN where nobody is there three times in a row.
    """
    return _mean_difference(trajectory, 2)


def jerk(trajectory: CrowdTrajectory) -> float:
    """Return the mean norm of the jerk over all person-frames, m/s3: third differences x fps3.

    It is dominated by noise and by how a recording was interpolated: compare crowds on one clock, made in one way.
    NaN where nobody is there four times in a row.
    """
    return _mean_difference(trajectory, 3)


def nearest_distances(trajectory: CrowdTrajectory) -> FloatArray:
    """Return (M,) metres from a person to the nearest other, over all person-frames in which somebody else is there.

    Centre to centre, by time, then by column; take percentiles of it.
    """
    nearest, _ = _beside(trajectory.positions, trajectory.valid, DISC)
    result: FloatArray = nearest[np.isfinite(nearest)]
    return result


def nn_p5(trajectory: CrowdTrajectory) -> float:
    """Return the fifth percentile of `nearest_distances`, metres; NaN where people are never together."""
    known = nearest_distances(trajectory)
    return float(np.percentile(known, 5)) if len(known) else np.nan


def col_share(trajectory: CrowdTrajectory, distance: float) -> float:
    """Return the share of all person-frames in which another centre is nearer than `distance`, metres.

    CrowdES, collision rate, with 0.2 m. NaN for a crowd of nobody.
    """
    nearest, _ = _beside(trajectory.positions, trajectory.valid, DISC)
    return float((nearest[trajectory.valid] < distance).mean()) if trajectory.valid.any() else np.nan


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WallTransitions:
    """How often people step from where one can walk to where one cannot.

    Attributes:
        counts: (N,) int64, such steps of each person. steps: of all people, of any kind.
    """

    counts: IntArray
    steps: int

    @property
    def share(self) -> float:
        """Such steps as a share of all; NaN where nobody steps."""
        return float(self.counts.sum()) / self.steps if self.steps else np.nan


def wall_transitions(trajectory: CrowdTrajectory, free: Callable[[FloatArray], BoolArray]) -> WallTransitions:
    """Count the steps that go from a free to a blocked place.

    Who comes into being within a wall, or walks on in it, is not counted again: recordings and masks are not exact.

    Args:
        free: tells of points (M, 2), metres, at which people can walk, (M,) bool.

    Raises:
        ValueError: `free` answers in another shape.
    """
    valid = trajectory.valid
    points = trajectory.positions[valid]
    answer = np.asarray(free(points), np.bool_)
    if answer.shape != (len(points),):
        raise ValueError(f"free: expected ({len(points)},) bool, one a point, got {answer.shape}; answer for each")
    open_there = np.zeros(valid.shape, np.bool_)
    open_there[valid] = answer
    stepped = valid[1:] & valid[:-1]
    entered = stepped & open_there[:-1] & ~open_there[1:]
    return WallTransitions(counts=entered.sum(axis=0, dtype=np.int64), steps=int(stepped.sum()))


def find_groups(trajectory: CrowdTrajectory) -> IntArray:
    """Return (N,) labels of the groups in which people move, counted from 0 by their first member; -1: alone.

    Two belong together who have been there together for 1 s or more and who in 80 % of that time were 2 m apart or
    less, with velocities that differ by 0.5 m/s or less, each over the last second (or since both came, where that is
    shorter); groups are the connected components. After Ge, Collins and Ruback, "Vision-based analysis of small groups
    in pedestrian crowds", PAMI 2012, who cluster people by distance and velocity over their time in common; the
    thresholds are ours. Standing together counts. Two strangers who follow one another closely count, too.
    """
    fps = clock_fps(trajectory)
    there = trajectory.valid
    first = np.where(there.any(axis=0), there.argmax(axis=0), len(there))
    last = np.where(there.any(axis=0), len(there) - 1 - there[::-1].argmax(axis=0), -1)
    heads = _join(
        np.ascontiguousarray(trajectory.positions.transpose(1, 0, 2)),
        first.astype(np.int64),
        last.astype(np.int64),
        max(1, round(GROUP_TIME * fps)),
        fps,
    )
    _, inverse, sizes = np.unique(heads, return_inverse=True, return_counts=True)
    several = sizes > 1
    labels = np.where(several, np.cumsum(several) - 1, -1)
    return labels[inverse].astype(np.int64)


def group_share(trajectory: CrowdTrajectory) -> float:
    """Return the share of people who move in a group, see `find_groups`; NaN for a crowd of nobody."""
    seen = trajectory.valid.any(axis=0)
    return float((find_groups(trajectory)[seen] >= 0).mean()) if seen.any() else np.nan


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FundamentalDiagram:
    """How fast people walk where it is how crowded.

    Attributes:
        densities: (B,) people per m2, 0, 1, 2, ... neighbours in the disc. counts: (B,) int64 person-frames.
        speeds: (B,) m/s, means; NaN where there are none.
    """

    densities: FloatArray
    speeds: FloatArray
    counts: IntArray


def fundamental_diagram(trajectory: CrowdTrajectory) -> FundamentalDiagram:
    """Return the mean speed by local density (Weidmann, Transporttechnik der Fussgänger, 1993).

    The density is the number of others within 2 m, through the area of that disc; the person itself is not counted,
    or else nobody would ever be at a density of 0. Walls and the edge of a recording are not cut out of the disc, so
    compare crowds of one place.
    """
    steps = speeds(trajectory)
    known = ~np.isnan(steps)
    _, beside = _beside(trajectory.positions, trajectory.valid, DISC)
    bins = np.minimum(beside[:-1][known], CROWDED)
    counts = np.bincount(bins, minlength=CROWDED + 1)
    sums = np.bincount(bins, weights=steps[known], minlength=CROWDED + 1)
    means = np.full(CROWDED + 1, np.nan)
    np.divide(sums, counts, out=means, where=counts > 0)
    densities = np.arange(CROWDED + 1) / (np.pi * DISC**2)
    return FundamentalDiagram(densities=densities, speeds=means, counts=counts.astype(np.int64))


def diagram_distance(real: FundamentalDiagram, made: FundamentalDiagram) -> float:
    """Return how far `made` is from `real`, m/s: the absolute difference of the speeds, weighted by the real counts.

    Densities that either does not reach are left out; NaN where nothing is left.
    """
    both = (real.counts > 0) & (made.counts > 0)
    if not both.any():
        return np.nan
    return float(np.average(np.abs(real.speeds - made.speeds)[both], weights=real.counts[both]))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReplayErrors:
    """Displacement errors of K runs of N people, NaN where there is nothing to compare; see `replay_errors`.

    Attributes:
        person_ids: (N,) int64.
        ade: (K, N) metres, the mean distance over all the time the real person is there.
        ade_48: (K, N) metres, the same over its first 4.8 s.
        ade_common: (K, N) metres, over the time that both are there only: a model that leaves early looks better.
        held: (K, N) share of the time the real person is there in which the simulated one was not.
    """

    person_ids: IntArray
    ade: FloatArray
    ade_48: FloatArray
    ade_common: FloatArray
    held: FloatArray

    @property
    def mean_ade(self) -> float:
        """Mean of `ade` over runs and people, metres."""
        return _mean(self.ade)

    @property
    def min_ade(self) -> float:
        """Mean over people of the least `ade` of the K runs, metres."""
        return _mean(self.ade.min(axis=0))

    @property
    def mean_ade_48(self) -> float:
        """As `mean_ade`, of the first 4.8 s."""
        return _mean(self.ade_48)

    @property
    def min_ade_48(self) -> float:
        """As `min_ade`, of the first 4.8 s."""
        return _mean(self.ade_48.min(axis=0))

    @property
    def mean_ade_common(self) -> float:
        """As `mean_ade`, of the time that both are there."""
        return _mean(self.ade_common)


def replay_errors(real: CrowdTrajectory, simulated: Sequence[CrowdTrajectory]) -> ReplayErrors:
    """Compare runs with the recording whose people come at the same times and places and want to the same goals.

    Compared are all times at which the real person is there, the first, where both are at one place, included; who is
    there only once is not compared. One who is not there in the simulation is held at the goal, if it was last seen
    within ARRIVED of it, or else where it was last seen, and before it was first seen (it has yet to be let in) where
    the real person came in.

    Args:
        real: on an even clock.
        simulated: K runs, each with the same people in the same order, on the same clock.

    Raises:
        ValueError: there is no run, a run has other people or another clock, or a person is never seen in it.
    """
    clock_fps(real)
    if not simulated:
        raise ValueError("simulated: expected one run or more, got none; simulate first")
    there = real.valid & (real.valid.sum(axis=0) > 1)
    first = there.argmax(axis=0)
    last = len(there) - 1 - there[::-1].argmax(axis=0)
    entries, goals = (np.take_along_axis(real.positions, ends[None, :, None], axis=0) for ends in (first, last))
    early = there & (real.times[:, None] <= real.times[first] + HORIZON + 1e-6)
    ade, ade_48, ade_common, held = (np.full((len(simulated), len(first)), np.nan) for _ in range(4))
    for run, one in enumerate(simulated):
        _check_run(real, one, run)
        latest = np.maximum.accumulate(np.where(one.valid, np.arange(len(one.times))[:, None], -1), axis=0)
        places = np.take_along_axis(one.positions, np.maximum(latest, 0)[:, :, None], axis=0)
        arrived = ~one.valid & (latest >= 0) & (_norms(places - goals) < ARRIVED)
        places = np.where(arrived[:, :, None], goals, places)
        errors = _norms(np.where(latest[:, :, None] >= 0, places, entries) - real.positions)
        ade[run], ade_48[run] = _mean_where(errors, there), _mean_where(errors, early)
        ade_common[run] = _mean_where(errors, there & one.valid)
        held[run] = _mean_where((~one.valid).astype(np.float64), there)
    return ReplayErrors(person_ids=real.person_ids, ade=ade, ade_48=ade_48, ade_common=ade_common, held=held)


def _norms(vectors: FloatArray) -> FloatArray:
    result: FloatArray = np.hypot(vectors[..., 0], vectors[..., 1])
    return result


def _known(values: FloatArray) -> FloatArray:
    result: FloatArray = values[~np.isnan(values)]
    return result


def _mean_difference(trajectory: CrowdTrajectory, order: int) -> float:
    fps = clock_fps(trajectory)
    known = _known(_norms(np.diff(trajectory.positions, n=order, axis=0)))
    return float(known.mean() * fps**order) if len(known) else np.nan


def _check_run(real: CrowdTrajectory, one: CrowdTrajectory, run: int) -> None:
    if not np.array_equal(one.person_ids, real.person_ids):
        raise ValueError(
            f"simulated[{run}]: expected the {len(real.person_ids)} people of real in the same order, "
            f"got {len(one.person_ids)}; give each its recorded person_id"
        )
    if one.times.shape != real.times.shape or np.abs(one.times - real.times).max() > 1e-6:
        raise ValueError(f"simulated[{run}]: expected the times of real, got others; resample both onto one clock")
    missing = np.extract(real.valid.any(axis=0) & ~one.valid.any(axis=0), real.person_ids)
    if len(missing):
        raise ValueError(
            f"simulated[{run}]: expected all people of real, never saw {missing.tolist()}; let them in, or drop them"
        )


def _mean(values: FloatArray) -> float:
    known = _known(values)
    return float(known.mean()) if len(known) else np.nan


def _mean_where(values: FloatArray, where: BoolArray) -> FloatArray:
    """Return (N,) the means of `values` (T, N) over the rows `where` holds; NaN where it holds nowhere."""
    counts = where.sum(axis=0)
    means = np.full(len(counts), np.nan)
    np.divide(np.where(where, values, 0.0).sum(axis=0), counts, out=means, where=counts > 0)
    return means


@compiled
def _beside(positions: FloatArray, valid: BoolArray, radius: float) -> tuple[FloatArray, IntArray]:
    """Return (T, N) metres to the nearest other (infinity: alone, NaN: absent), and how many are within `radius`."""
    rows, people = valid.shape
    nearest, count = np.full((rows, people), np.nan), np.zeros((rows, people), np.int64)
    for t in range(rows):
        here = np.flatnonzero(valid[t])
        nearest[t, here] = np.inf
        for p in range(len(here)):
            for q in range(p):
                i, j = here[p], here[q]
                apart = np.hypot(positions[t, i, 0] - positions[t, j, 0], positions[t, i, 1] - positions[t, j, 1])
                nearest[t, i], nearest[t, j] = min(nearest[t, i], apart), min(nearest[t, j], apart)
                if apart <= radius:
                    count[t, i] += 1
                    count[t, j] += 1
    return nearest, count


@compiled
def _join(tracks: FloatArray, first: IntArray, last: IntArray, lag: int, fps: float) -> IntArray:
    """Return (N,) for each person the lowest column of its group; tracks (N, T, 2), there from `first` to `last`."""
    people = len(tracks)
    heads = np.arange(people)
    for i in range(people):
        for j in range(i):
            begin, end = max(first[i], first[j]), min(last[i], last[j])
            if end - begin < GROUP_TIME * fps - 1e-6:
                continue
            common = near = 0
            for t in range(begin + 1, end + 1):
                x, y = tracks[i, t, 0] - tracks[j, t, 0], tracks[i, t, 1] - tracks[j, t, 1]
                s = max(begin, t - lag)
                # the velocities differ by the change of the vector between the two
                u = (x - tracks[i, s, 0] + tracks[j, s, 0]) * fps / (t - s)
                v = (y - tracks[i, s, 1] + tracks[j, s, 1]) * fps / (t - s)
                if np.isnan(u + v):
                    continue
                common += 1
                if x * x + y * y <= GROUP_DISTANCE**2 and u * u + v * v <= GROUP_SPEED**2:
                    near += 1
            if common >= GROUP_TIME * fps - 1e-6 and near >= GROUP_SHARE * common:
                one, other = min(heads[i], heads[j]), max(heads[i], heads[j])
                for k in range(i + 1):
                    if heads[k] == other:
                        heads[k] = one
    return heads
