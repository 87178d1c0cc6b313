"""Where a recording of pedestrians fits into a place: a rigid motion of its ground."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.signal import fftconvolve
from shapely.geometry import MultiPolygon, Polygon

from crowd.ground import Ground
from crowd.trajectory import CrowdTrajectory, FloatArray

TURN = math.radians(15.0)  # between the rotations that are tried
ROOM = 0.25  # m from walls that a recorded point should keep
LIKED = 0.02  # worth of a metre from walls (up to 2 m), as a share of the points: decides between equal fits
NEARLY = 0.01  # share of points by which a placement that is drawn may be worse than the best


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """A rigid motion from the ground of a recording to the world, and a start.

    Attributes:
        rotation: radians, applied first. translation: (x, y) metres.
        offset_time: second of the recording at which the episode starts.
        share: of the recorded points that lie on free ground.
    """

    rotation: float
    translation: tuple[float, float]
    offset_time: float
    share: float = 1.0

    def apply(self, positions: FloatArray) -> FloatArray:
        """Return `positions` (..., 2) of the recording in the world."""
        c, s = math.cos(self.rotation), math.sin(self.rotation)
        moved: FloatArray = positions @ np.array([[c, s], [-s, c]]) + np.array(self.translation)
        return moved


def place(
    trajectory: CrowdTrajectory,
    walkable: Polygon | MultiPolygon,
    rng: np.random.Generator | None = None,
    *,
    duration: float = 0.0,
) -> Placement:
    """Return the placement with the largest share of recorded points at least `ROOM` from walls.

    Args:
        trajectory: the recording.
        walkable: free ground for a point.
        rng: None: the best placement, from the start of the recording; else one drawn among those nearly as good,
            with a start drawn so that `duration` seconds follow, where the recording is that long.
        duration: seconds.

    Raises:
        ValueError: nobody was recorded.
    """
    points = trajectory.positions[trajectory.valid]
    if len(points) == 0:
        raise ValueError("trajectory: expected recorded people, got none")
    ground = Ground(walkable)
    cell = 2.0 * ground.cell
    distance = ground.distance[::2, ::2].astype(np.float64)
    free = (distance >= ROOM).astype(np.float64)
    liking = free + LIKED * np.clip(distance, 0.0, 2.0)
    middle = 0.5 * (points.min(axis=0) + points.max(axis=0))
    found = []
    for k in range(round(math.tau / TURN)):
        turned = Placement(rotation=k * TURN, translation=(0.0, 0.0), offset_time=0.0).apply(points - middle)
        low = turned.min(axis=0)
        nodes = np.rint((turned - low) / cell).astype(int)
        counts = np.zeros((nodes[:, 1].max() + 1, nodes[:, 0].max() + 1))
        np.add.at(counts, (nodes[:, 1], nodes[:, 0]), 1.0 / len(points))
        fit = np.round(fftconvolve(liking, counts[::-1, ::-1], mode="full"), 9)
        share = fftconvolve(free, counts[::-1, ::-1], mode="full")
        found.append((fit, share, low, counts.shape))
    best = max(float(fit.max()) for fit, *_ in found)
    good = [np.argwhere(fit >= best - (1e-6 if rng is None else NEARLY)) for fit, *_ in found]
    turns = [k for k, nodes in enumerate(good) if len(nodes)]
    if rng is None:  # of equal fits the one nearest to the middle of the ground
        turn = turns[0]
        middle_node = (np.array([walkable.centroid.y, walkable.centroid.x]) - ground.origin[::-1]) / cell
        offsets = good[turn] - 0.5 * np.array(found[turn][3]) - middle_node
        row, column = good[turn][int(np.hypot(offsets[:, 0], offsets[:, 1]).argmin())]
    else:
        turn = int(rng.choice(turns))
        row, column = good[turn][int(rng.integers(len(good[turn])))]
    _, share, low, (height, width) = found[turn]
    corner = ground.origin + cell * np.array([column - width + 1, row - height + 1])
    rotation = math.remainder(turn * TURN, math.tau)
    shift = corner - low - Placement(rotation=rotation, translation=(0.0, 0.0), offset_time=0.0).apply(middle)
    start, end = float(trajectory.times[0]), float(trajectory.times[-1])
    return Placement(
        rotation=rotation,
        translation=(float(shift[0]), float(shift[1])),
        offset_time=start if rng is None else float(rng.uniform(start, max(start, end - duration))),
        share=float(np.clip(share[row, column], 0.0, 1.0)),
    )
