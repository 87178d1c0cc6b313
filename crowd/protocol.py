"""The crowd-generation benchmark: how near a made crowd comes to a recorded one, and replayed people to theirs.

I. Bae, J. Lee, H.-G. Jeon, Continuous Locomotive Crowd Behavior Generation (CrowdES), CVPR 2025, arXiv 2504.04756:
Dens, Freq, Cov, Pop, Kinem, DTW, Div and Col as its code computes them. W1 is the earth mover's distance of two samples
of numbers. Where we depart: people outside of the picture are not counted (there they fall into its outermost quadrats,
but its tracks end at the edge), and DTW is always that of a clock of 25 fps, see `measure_generated`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import wasserstein_distance

from crowd.compiled import compiled
from crowd.data import resample
from crowd.realism import clock_fps, col_share
from crowd.site import PEDESTRIAN, VEHICLE, Site
from crowd.trajectory import CrowdTrajectory, FloatArray

IntArray = npt.NDArray[np.int64]

QUADRATS = 10  # the picture is cut into as many columns and rows
COLLISION = 0.2  # m between two centres
DTW_FPS = 25.0  # the clock that DTW is told for, that of the ETH and UCY recordings


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scenario:
    """A crowd at a site from time 0 to the end, recorded or made; see `scenario`.

    Attributes:
        trajectory: metres, on an even clock from 0 on; rows in which nobody is there are part of it.
        types: (N,) int64, PEDESTRIAN, RIDER or VEHICLE of `crowd.site`.
        pictured: (T, N, 2) float64, where people are in the picture, scaled to [0, 1), x right and y down; NaN where
            absent or outside of the picture.
    """

    trajectory: CrowdTrajectory
    types: IntArray
    pictured: FloatArray

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ValueError: the clock is not even or does not begin at 0, or shapes or values are out of order.
        """
        clock_fps(self.trajectory)
        start, shape = float(self.trajectory.times[0]), self.trajectory.valid.shape
        if start != 0.0:
            raise ValueError(f"trajectory: expected a clock from 0 s on, got one from {start:g} s; see `scenario`")
        if self.types.shape != shape[1:] or np.any((self.types < PEDESTRIAN) | (self.types > VEHICLE)):
            raise ValueError(f"types: expected ({shape[1]},) of 0 to 2, got {self.types.shape}; give one a person")
        if self.pictured.shape != (*shape, 2) or np.any((self.pictured < 0.0) | (self.pictured >= 1.0)):
            raise ValueError(f"pictured: expected {(*shape, 2)} in [0, 1) or NaN, got {self.pictured.shape}; scale it")

    @property
    def fps(self) -> float:
        """Rows a second."""
        return clock_fps(self.trajectory)


def scenario(trajectory: CrowdTrajectory, types: IntArray, site: Site, duration: float, fps: float) -> Scenario:
    """Return what happens at `site` from 0 to `duration` seconds, `fps` times a second.

    Each person goes by PCHIP from its first to its last recorded time, see `crowd.data.resample`; whoever is at none of
    the times is dropped.

    Args:
        trajectory: metres on the ground of the site; its times need not be even, nor begin at 0.
        types: (N,) int64 of its people.

    Raises:
        ValueError: `types` do not fit, or the duration holds no step of the clock.
    """
    if types.shape != trajectory.person_ids.shape:
        raise ValueError(f"types: expected {trajectory.person_ids.shape}, got {types.shape}; give one a person")
    if not (fps > 0.0 and duration * fps >= 1.0 - 1e-6):
        raise ValueError(f"duration, fps: expected one step or more, got {duration:g} s at {fps:g} fps; make it longer")
    dt, rows = 1.0 / fps, int(np.floor(duration * fps + 1e-6)) + 1
    before = min(0, int(np.floor(trajectory.times[0] * fps))) if len(trajectory.times) else 0
    even = resample(_padded(trajectory, before * dt, (rows + 1) * dt), dt)
    positions = even.positions[-before : rows - before]
    valid = ~np.isnan(positions[:, :, 0])
    seen = valid.any(axis=0)
    pictured = site.to_pixels(positions[:, seen]) / np.asarray(site.size, np.float64)
    pictured[~((pictured >= 0.0) & (pictured < 1.0)).all(axis=2)] = np.nan
    return Scenario(
        trajectory=CrowdTrajectory(
            times=np.arange(rows) / fps,
            person_ids=trajectory.person_ids[seen],
            positions=positions[:, seen],
            valid=valid[:, seen],
        ),
        types=types[seen],
        pictured=pictured,
    )


def halves(real: Scenario) -> tuple[Scenario, Scenario]:
    """Return the first and the second half, each on a clock from 0, for the noise floor of `measure_generated`.

    Who is there at the cut is in both, with its part of the track. Of an odd number of rows the last is dropped.

    Raises:
        ValueError: there are fewer than four rows.
    """
    middle = len(real.trajectory.times) // 2
    if middle < 2:
        raise ValueError(f"real: expected four rows or more, got {len(real.trajectory.times)}; take a longer recording")
    return _cut(real, 0, middle), _cut(real, middle, 2 * middle)


def measure_generated(real: Scenario, made: Scenario) -> dict[str, float]:
    """Return how near `made` comes to `real`: 0 is best, but for `div`, of which 1 is best.

    - dens, freq, cov: W1 of the samples once a second of what is in the 100 quadrats of the picture: people per
      quadrat, kinds of people in a quadrat, and the share of quadrats with anybody in them. Empty seconds are 0.
    - pop: W1 of the number of people in the picture over the seconds that have any, through the real mean.
    - kinem: mean of kinem_distance, kinem_speed, kinem_acceleration and kinem_time, each W1 of one number per person
      through the real mean: sum of the steps, mean speed, mean norm of the acceleration, time from first to last.
      A person who is not there long enough for one of them (two rows for a speed, three for an acceleration) is left
      out of it. Where no real person ever accelerates it is 0 if no made one does, and infinity if one does.
    - dtw, metres: D[i, j] is the root of the least sum of squared distances over warpings of two tracks; dtw is the
      mean of each real track's least D and each made track's least D, through 25.
      A warping of tracks with f rows a second visits f times as many pairs as one with 1 row a second, of the same
      distances: the sum grows as f, and D as its root, D25 = D_f sqrt(25 / f). So the published value, through 25, is
      D_f sqrt(25 / f) / 25 = D_f / sqrt(25 f), which is what we compute: D25 / 25 at 25 fps, D5 sqrt(5) / 25 at 5.
      (At 5 fps steps are coarser and the value 2 to 20 % higher, most where people come near one another. The
      published code divides D_f by f, which depends on the clock: it tells sqrt(25 / f) times ours.)
    - div: mean of the shares of real tracks that are the nearest of a made one, and of made that are of a real one.
    - col: share of the made person-frames in which another centre is nearer than 0.2 m.

    Where there is nobody in `made`, or in `real`, nothing can be told of people, and pop, kinem*, dtw and div are NaN
    (pop also where they never are in the picture); col is NaN where there is nobody in `made`; dens, freq and cov are
    numbers always.

    Raises:
        ValueError: the two clocks differ.
    """
    rows, others = len(real.trajectory.times), len(made.trajectory.times)
    if rows != others or abs(made.fps / real.fps - 1.0) > 1e-6:
        raise ValueError(
            f"made: expected the clock of real, {rows} rows at {real.fps:g} fps, got {others} at {made.fps:g}; "
            "make both with one duration and fps"
        )
    seen, sampled = _quadrats(real), _quadrats(made)
    result = {
        name: float(wasserstein_distance(a, b))
        for name, a, b in zip(("dens", "freq", "cov"), seen, sampled, strict=True)
    }
    result["pop"] = _relative(seen[0][seen[0] > 0], sampled[0][sampled[0] > 0])
    kinematics = {
        f"kinem_{name}": _relative(a, b)
        for (name, a), b in zip(_kinematics(real).items(), _kinematics(made).values(), strict=True)
    }
    result["kinem"] = float(np.mean(list(kinematics.values())))
    result |= kinematics
    result["dtw"], result["div"] = _dtw_and_diversity(_tracks(real), _tracks(made), real.fps)
    result["col"] = col_share(made.trajectory, COLLISION)
    return result


def nearest_tracks(
    tracks: Sequence[FloatArray], others: Sequence[FloatArray]
) -> tuple[FloatArray, IntArray, FloatArray, IntArray]:
    """Return for each track the DTW to the nearest other and which that is, and for each other the same of the tracks.

    DTW is the root of the least sum of squared distances over warpings. Of equally near ones the first is named. The
    result is that of the full matrix; but pairs are taken in the order of a lower bound of their sum (ends meet ends,
    and no point can be nearer than the box round the other track), and those that can be nearest to neither are left.

    Args:
        tracks: N of (n, 2) points, metres, n of 1 or more. others: M of them.

    Returns:
        (N,) metres, (N,) int64, (M,) metres, (M,) int64.

    Raises:
        ValueError: there is no track on a side, or a track is empty or not one of points.
    """
    one, other = _packed(tracks, "tracks"), _packed(others, "others")
    bounds = _lower_bounds(*one, *other)
    order = np.argsort(bounds, axis=None, kind="stable")
    sums, nearest, back_sums, back_nearest = _nearest_pairs(*one, *other, bounds, order)
    return np.sqrt(sums), nearest, np.sqrt(back_sums), back_nearest


def _padded(trajectory: CrowdTrajectory, start: float, end: float) -> CrowdTrajectory:
    """Return the trajectory with times from `start` to `end` at least, nobody there at the added ones."""
    times = trajectory.times
    before = 1 if not len(times) or times[0] > start else 0
    after = 1 if not len(times) or times[-1] < end else 0
    rows = ((before, after), (0, 0))
    return CrowdTrajectory(
        times=np.concatenate([[start] * before, times, [end] * after]),
        person_ids=trajectory.person_ids,
        positions=np.pad(trajectory.positions, (*rows, (0, 0)), constant_values=np.nan),
        valid=np.pad(trajectory.valid, rows),
    )


def _cut(whole: Scenario, begin: int, end: int) -> Scenario:
    seen = whole.trajectory.valid[begin:end].any(axis=0)
    return Scenario(
        trajectory=CrowdTrajectory(
            times=np.arange(end - begin) / whole.fps,
            person_ids=whole.trajectory.person_ids[seen],
            positions=whole.trajectory.positions[begin:end, seen],
            valid=whole.trajectory.valid[begin:end, seen],
        ),
        types=whole.types[seen],
        pictured=whole.pictured[begin:end, seen],
    )


def _quadrats(crowd: Scenario) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return (S,) each, once a second: people per quadrat, kinds of people per quadrat, share of quadrats in use."""
    seconds = int(np.floor((len(crowd.pictured) - 1) / crowd.fps + 1e-6)) + 1
    rows = np.round(np.arange(seconds) * crowd.fps).astype(np.int64)
    places = crowd.pictured[rows]
    row, column = np.nonzero(~np.isnan(places).any(axis=2))
    x, y = (places[row, column] * QUADRATS).astype(np.int64).T
    people = np.zeros((seconds, QUADRATS, QUADRATS, VEHICLE + 1), np.int64)
    np.add.at(people, (row, y, x, crowd.types[column]), 1)
    kinds = (people > 0).sum(axis=3)
    dens, freq, cov = (values.mean(axis=(1, 2)) for values in (people.sum(axis=3), kinds, kinds > 0))
    return dens, freq, cov


def _kinematics(crowd: Scenario) -> dict[str, FloatArray]:
    """Return for each measure one number per person who has it: metres, m/s, m/s2, seconds."""
    fps, values = crowd.fps, np.full((4, len(crowd.types)), np.nan)
    for person, there in enumerate(crowd.trajectory.valid.T):
        known = np.flatnonzero(there)
        if len(known) < 2:
            continue
        points = crowd.trajectory.positions[known[0] : known[-1] + 1, person]
        steps, turns = (np.hypot(*np.diff(points, n=order, axis=0).T) for order in (1, 2))
        steps, turns = steps[~np.isnan(steps)], turns[~np.isnan(turns)]
        values[0, person], values[3, person] = steps.sum(), (known[-1] - known[0]) / fps
        values[1, person] = steps.mean() * fps if len(steps) else np.nan
        values[2, person] = turns.mean() * fps**2 if len(turns) else np.nan
    names = ("distance", "speed", "acceleration", "time")
    return {name: row[~np.isnan(row)] for name, row in zip(names, values, strict=True)}


def _relative(real: FloatArray, made: FloatArray) -> float:
    """Return W1 through the real mean, NaN where either is empty."""
    if not len(real) or not len(made):
        return np.nan
    distance, mean = float(wasserstein_distance(real, made)), float(real.mean())
    return distance / mean if mean > 0.0 else 0.0 if distance == 0.0 else np.inf


def _tracks(crowd: Scenario) -> list[FloatArray]:
    trajectory = crowd.trajectory
    seen = np.flatnonzero(trajectory.valid.any(axis=0))
    return [trajectory.positions[trajectory.valid[:, person], person] for person in seen]


def _dtw_and_diversity(real: list[FloatArray], made: list[FloatArray], fps: float) -> tuple[float, float]:
    if not real or not made:
        return np.nan, np.nan
    near, nearest, back, back_nearest = nearest_tracks(real, made)
    dtw = (near.mean() + back.mean()) / 2 / np.sqrt(DTW_FPS * fps)
    diversity = (len(np.unique(nearest)) / len(made) + len(np.unique(back_nearest)) / len(real)) / 2
    return float(dtw), float(diversity)


def _packed(tracks: Sequence[FloatArray], name: str) -> tuple[FloatArray, IntArray]:
    """Return (2, P) the points of all tracks, one after the other, and (N + 1,) where each begins."""
    if not len(tracks):
        raise ValueError(f"{name}: expected one track or more, got none; leave the measure out")
    for track in tracks:
        if track.ndim != 2 or track.shape[1] != 2 or not len(track) or not np.isfinite(track).all():
            raise ValueError(f"{name}: expected tracks of (n, 2) finite points, got {track.shape}; drop or mend it")
    starts = np.concatenate([[0], np.cumsum([len(track) for track in tracks])])
    return np.ascontiguousarray(np.concatenate(tracks).T, np.float64), starts.astype(np.int64)


@compiled
def _lower_bounds(points: FloatArray, starts: IntArray, others: FloatArray, other_starts: IntArray) -> FloatArray:
    """Return (N, M) what no warped sum of squares can be below."""
    result = np.zeros((len(starts) - 1, len(other_starts) - 1))
    for i in range(len(starts) - 1):
        one = points[:, starts[i] : starts[i + 1]]
        for j in range(len(other_starts) - 1):
            other = others[:, other_starts[j] : other_starts[j + 1]]
            result[i, j] = max(_beyond(one, other), _beyond(other, one))
    return result


@compiled
def _beyond(one: FloatArray, other: FloatArray) -> float:
    """Return the sum of the squared distances of the points of `one` to the box of `other`, of its ends to its ends."""
    left, right = other[0].min(), other[0].max()
    bottom, top = other[1].min(), other[1].max()
    last, end, total = one.shape[1] - 1, other.shape[1] - 1, 0.0
    for k in range(1, last):
        x = max(left - one[0, k], one[0, k] - right, 0.0)
        y = max(bottom - one[1, k], one[1, k] - top, 0.0)
        total += x * x + y * y
    begin = (one[0, 0] - other[0, 0]) ** 2 + (one[1, 0] - other[1, 0]) ** 2
    finish = (one[0, last] - other[0, end]) ** 2 + (one[1, last] - other[1, end]) ** 2
    return float(total + (begin + finish if last > 0 else max(begin, finish)))


@compiled
def _nearest_pairs(
    points: FloatArray,
    starts: IntArray,
    others: FloatArray,
    other_starts: IntArray,
    bounds: FloatArray,
    order: IntArray,
) -> tuple[FloatArray, IntArray, FloatArray, IntArray]:
    n, m = bounds.shape
    best, which, back, back_which = np.full(n, np.inf), np.full(n, m), np.full(m, np.inf), np.full(m, n)
    for pair in order:
        i, j = pair // m, pair % m
        limit = max(best[i], back[j])
        if bounds[i, j] > limit * (1.0 + 1e-9):  # the bound is summed in another order: leave room for rounding
            continue
        total = _warp(points[:, starts[i] : starts[i + 1]], others[:, other_starts[j] : other_starts[j + 1]], limit)
        if total < best[i] or (total == best[i] and j < which[i]):
            best[i], which[i] = total, j
        if total < back[j] or (total == back[j] and i < back_which[j]):
            back[j], back_which[j] = total, i
    return best, which, back, back_which


@compiled
def _warp(one: FloatArray, other: FloatArray, limit: float) -> float:
    """Return the least sum of squared distances over warpings, or infinity where it is above `limit`.

    The table is filled by antidiagonals, whose cells do not depend on one another, so that the compiler takes several
    at once; `other` is turned round so that both are read forwards. Every warping has a cell in one of two
    antidiagonals that follow one another, and sums do not fall: the lesser of their minima is a lower bound.
    """
    n, m = one.shape[1], other.shape[1]
    one_x, one_y, back_x, back_y = one[0].copy(), one[1].copy(), other[0, ::-1].copy(), other[1, ::-1].copy()
    before, last, now = np.full(n + 1, np.inf), np.full(n + 1, np.inf), np.full(n + 1, np.inf)  # cell i at i + 1
    for diagonal in range(n + m - 1):
        low, high = max(0, diagonal - m + 1), min(n - 1, diagonal)
        shift = m - 1 - diagonal
        x, y = one_x[low : high + 1], one_y[low : high + 1]
        u, v = back_x[low + shift : high + shift + 1], back_y[low + shift : high + shift + 1]
        beside, below, both = last[low + 1 : high + 2], last[low : high + 1], before[low : high + 1]
        cells = now[low + 1 : high + 2]
        for k in range(len(cells)):
            step = min(min(beside[k], below[k]), both[k])
            cells[k] = (x[k] - u[k]) ** 2 + (y[k] - v[k]) ** 2 + (step if diagonal > 0 else 0.0)
        if diagonal % 16 == 15 and min(cells.min(), last[low : high + 2].min()) > limit:
            return np.inf
        before, last, now = last, now, before
    return float(last[n]) if last[n] <= limit else np.inf
