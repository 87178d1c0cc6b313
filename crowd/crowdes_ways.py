"""CrowdES, what no network does: ways to goals, walls, bodies and smoothing (arXiv 2504.04756, section 3.4).

Departures: the point ahead on the way comes from one distance field per goal instead of A* per person, with the same
shortest way as result; where `paper_compat` is off, bodies are kept apart and steps out of walls, which was not done.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.ndimage import distance_transform_edt
from scipy.spatial import cKDTree

from crowd.compiled import compiled
from crowd.ground import CLEARANCE, Float32Array, Ground, WayArray, sees, wall_at, way_at
from crowd.site import Site, extended
from crowd.trajectory import FloatArray

NODES = 1e6  # of the raster of a ground at most
BODY = 0.4  # m between the centres of two people at least
RELAX = 0.9  # share of a displacement by bodies or walls that is left after a step
ANGLES = np.radians([0, 25, -25, 50, -50, 75, -75])  # in which a step blocked by a wall is tried, shortened by cosine


class Ways:
    """The ground of a site and what lies beyond its picture's edge, and the ways to goals on it."""

    def __init__(self, site: Site) -> None:
        wide = extended(site)
        left, bottom, right, top = wide.walkable.bounds
        self.site = site
        self.ground = Ground(wide.walkable, cell=max(0.1, math.sqrt((right - left) * (top - bottom) / NODES)))
        rows, columns = distance_transform_edt(~site.walked, return_distances=False, return_indices=True)
        self._nearest: FloatArray = np.stack((columns, rows), 2) + 0.5  # the middle of the pixel

    def ahead(self, starts: FloatArray, goals: FloatArray, lengths: FloatArray) -> FloatArray:
        """Return the points (K, 2) `lengths` (K,) metres along the ways from `starts` (K, 2) to `goals` (K, 2).

        Past the goal the way goes on in its last direction. Where no way leads to the goal it is the straight line.
        """
        if len(starts) == 0:
            return np.zeros((0, 2))
        unique, which = np.unique(goals, axis=0, return_inverse=True)
        snapped = np.array([self.ground.snap((float(x), float(y))) for x, y in unique])
        fields = np.array([self.ground.field((float(x), float(y))) for x, y in snapped])
        ground, which = self.ground, which.reshape(-1)
        return ahead_many(
            ground.distance, ground.origin, ground.cell, ground.way, fields[which], np.ascontiguousarray(starts),
            snapped[which], lengths,
        )  # fmt: skip

    def snap(self, points: FloatArray, *, always: bool = False) -> FloatArray:
        """Return `points` (K, 2), metres, where nobody can walk moved to the middle of the nearest pixel to walk on.

        Args:
            points: metres.
            always: True moves every point there, as published.
        """
        pixels = self.site.to_pixels(points)
        cells = np.clip(np.nan_to_num(pixels), 0, np.array(self.site.size) - 1).astype(np.int64)
        found: FloatArray = self.site.to_metres(self._nearest[cells[:, 1], cells[:, 0]])
        return found if always else np.where(self.site.free(points)[:, None], points, found)

    def slide(self, here: FloatArray, there: FloatArray) -> FloatArray:
        """Return where steps from `here` (K, 2) to `there` (K, 2) end that go along walls instead of into them.

        One who stands where nobody can walk may go anywhere.
        """
        step = there - here
        cos, sin = np.cos(ANGLES), np.sin(ANGLES)
        turned = np.stack(
            (step[:, :1] * cos - step[:, 1:] * sin, step[:, :1] * sin + step[:, 1:] * cos), 2
        ) * cos[None, :, None]  # fmt: skip
        ends = here[:, None] + turned
        along = here[:, None] + np.array([0.34, 0.67, 1.0])[:, None, None, None] * turned
        good = self.site.free(along).all(axis=0) | ~self.site.free(here)[:, None]
        everybody, first = np.arange(len(here)), np.argmax(good, axis=1)
        return np.asarray(np.where(good[everybody, first, None], ends[everybody, first], here), np.float64)


def separate(
    positions: FloatArray, pace: FloatArray, ways: Ways, *, distance: float = BODY, rounds: int = 6
) -> FloatArray:
    """Return `positions` (K, 2) with pairs nearer than `distance` metres pushed apart, but not into walls.

    Args:
        positions: metres.
        pace: (K,) how readily each gives way, above 0; of a pair the readier one moves more.
        ways: where people can walk.
        distance: metres between centres wanted. rounds: of pushing at most.
    """
    for _ in range(rounds):
        pairs = cKDTree(positions).query_pairs(distance - 1e-6, output_type="ndarray")
        if len(pairs) == 0:
            break
        first, second = pairs.T
        between = positions[first] - positions[second]
        length = np.hypot(between[:, 0], between[:, 1])[:, None]
        angle = 2.4 * (first + second)  # of two in one place, a direction of their own
        alone = np.stack((np.cos(angle), np.sin(angle)), 1)
        away = np.where(length > 1e-6, between / np.maximum(length, 1e-6), alone) * (distance - length)
        share = (pace[first] / (pace[first] + pace[second]))[:, None]
        push = np.zeros_like(positions)
        np.add.at(push, first, share * away)
        np.add.at(push, second, (share - 1.0) * away)
        moved = positions + push
        positions = np.where((ways.site.free(moved) | ~ways.site.free(positions))[:, None], moved, positions)
    return positions


def smoothed(track: FloatArray, dt: float, *, rounds: int = 1) -> FloatArray:
    """Return a track (T, 2) after a Kalman smoother of constant acceleration whose noise EM fits to the track.

    As published the smoother knows nothing of walls. Tracks of fewer than 4 positions come back as they are.

    Args:
        track: metres, every `dt` seconds.
        dt: seconds.
        rounds: of expectation and maximisation (R. Shumway, D. Stoffer, J. Time Series Analysis 3, 1982).
    """
    if len(track) < 4:
        return track
    move = np.array([[1.0, dt, 0.5 * dt * dt], [0.0, 1.0, dt], [0.0, 0.0, 1.0]])
    see = np.array([[1.0, 0.0, 0.0]])
    drift, blur = np.diag([1e-4, 1e-2, 1.0]), 1e-2
    start = np.zeros((3, 2))
    start[0] = track[0]
    start[1] = (track[2] - track[0]) / (2 * dt)
    for left in range(rounds, -1, -1):
        means, spreads, gains = _filter(track, move, see, drift, blur, start)
        late_means, late_spreads = means.copy(), spreads.copy()
        for t in range(len(track) - 2, -1, -1):
            late_means[t] += gains[t] @ (late_means[t + 1] - move @ means[t])
            ahead = move @ spreads[t] @ move.T + drift
            late_spreads[t] += gains[t] @ (late_spreads[t + 1] - ahead) @ gains[t].T
        if left == 0:
            break
        rest = track - late_means[:, 0]
        blur = float((rest**2).mean() + late_spreads[:, 0, 0].mean())
        step = late_means[1:] - move @ late_means[:-1]
        cross = late_spreads[1:] @ np.swapaxes(gains[:-1], 1, 2)
        spread = late_spreads[1:] - cross @ move.T - move @ np.swapaxes(cross, 1, 2) + move @ late_spreads[:-1] @ move.T
        drift = np.einsum("tik,tjk->ij", step, step) / (2 * len(step)) + spread.mean(axis=0) + 1e-9 * np.eye(3)
    return late_means[:, 0]


def _filter(
    track: FloatArray, move: FloatArray, see: FloatArray, drift: FloatArray, blur: float, start: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return means (T, 3, 2) and covariances (T, 3, 3) of the filter, and the gains (T, 3, 3) of the smoother."""
    means, spreads, gains = np.zeros((len(track), 3, 2)), np.zeros((len(track), 3, 3)), np.zeros((len(track), 3, 3))
    mean, spread = start, np.diag([blur, 1.0, 1.0])
    for t, seen in enumerate(track):
        if t:
            ahead = move @ spread @ move.T + drift
            gains[t - 1] = np.linalg.solve(ahead, move @ spread).T
            mean, spread = move @ mean, ahead
        weight = spread @ see.T / (see @ spread @ see.T + blur)
        mean = mean + weight * (seen - mean[0])
        spread = spread - weight @ see @ spread
        means[t], spreads[t] = mean, 0.5 * (spread + spread.T)
    return means, spreads, gains


@compiled
def ahead_many(
    distance: Float32Array,
    origin: FloatArray,
    cell: float,
    way: WayArray,
    fields: npt.NDArray[np.int64],
    starts: FloatArray,
    goals: FloatArray,
    lengths: FloatArray,
) -> FloatArray:
    """Return the points (K, 2) `lengths` along the ways to `goals`, whose directions are way[fields]."""
    result = np.empty((len(starts), 2))
    for k in range(len(starts)):
        x, y = starts[k, 0], starts[k, 1]
        left, ux, uy = lengths[k], 0.0, 0.0
        while left > 1e-9:
            dx, dy = goals[k, 0] - x, goals[k, 1] - y
            away = math.sqrt(dx * dx + dy * dy)
            step = min(2.0 * cell, left)
            wx, wy = 0.0, 0.0
            if not sees(distance, origin, cell, x, y, goals[k, 0], goals[k, 1], CLEARANCE - 0.05):
                wx, wy = way_at(way[fields[k]], origin, cell, x, y)
            if wx == 0.0 and wy == 0.0:  # in sight, or out of reach
                if away > 1e-6:
                    ux, uy = dx / away, dy / away
                x, y = x + ux * left, y + uy * left
                break
            ux, uy = wx, wy
            x, y = x + step * wx, y + step * wy
            gap, gx, gy = wall_at(distance, origin, cell, x, y)
            if 0.0 < gap < 0.25:
                x, y = x + gx * (0.25 - gap), y + gy * (0.25 - gap)
            left -= step
        result[k, 0], result[k, 1] = x, y
    return result
