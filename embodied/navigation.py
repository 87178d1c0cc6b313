"""How well a way was found: the measures of vision-and-language navigation, from arrays alone.

P. Anderson et al., On Evaluation of Embodied Navigation Agents, 2018 (arXiv 1807.06757): success, SPL. J. Krantz et
al., Beyond the Nav-Graph, ECCV 2020 (arXiv 2004.02857): NE, OSR, TL in continuous space. G. Ilharco et al., General
Evaluation for Instruction Conditioned Navigation, 2019 (arXiv 1907.05446): DTW, nDTW, SDTW. V. Jain et al., Stay on
the Path, ACL 2019 (arXiv 1905.12255): PC, EPL, LS, CLS. J. Thomason et al., Vision-and-Dialog Navigation, CoRL 2019
(arXiv 1907.04957): GP. SoftSPL as in Habitat.

Where we depart: nDTW and CLS measure straight distances where the papers speak of d(a, b) on a graph (so does VLN-CE);
`ndtw`, `pc` and `cls` are taken after both ways were resampled every SPACING metres, so that they depend neither on the
rate of the log nor on how many corners the reference has. `ndtw_nodes` takes the reference's corners as they are: a
very different number, never to be compared with the other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

FloatArray = npt.NDArray[np.float64]
SPACING = 0.25  # m, VLN-CE's forward step: its ground truth has a position for each
RATES = frozenset({"sr", "osr"})
NAMES: dict[str, tuple[str, str]] = {  # what each is, and its unit
    "sr": ("success", ""),
    "osr": ("oracle success", ""),
    "spl": ("success weighted by path length", ""),
    "soft_spl": ("progress weighted by path length", ""),
    "oracle_spl": ("best SPL of any stop on the way", ""),
    "ne": ("distance to the goal at the end", "m"),
    "one": ("smallest distance to the goal", "m"),
    "tl": ("length of the robot's way", "m"),
    "gp": ("progress to the goal", "m"),
    "ndtw": ("nearness to the reference path", ""),
    "sdtw": ("success weighted by nDTW", ""),
    "ndtw_nodes": ("nDTW to the corners of the reference path", ""),
    "pc": ("coverage of the reference path", ""),
    "ls": ("length score", ""),
    "epl": ("expected path length", "m"),
    "cls": ("coverage weighted by length score", ""),
    "stl": ("success weighted by time", ""),
    "steps": ("control steps", ""),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Walk:
    """The way of one agent through one episode.

    Attributes:
        positions: (T, D) metres, D 2 or 3, from the start to the end.
        distances: (T,) metres from each to the goal; along the shortest way, unless the reader of the file says else.
        stopped: whether the agent declared its arrival.
        shortest: metres from start to goal as measured at the reset.
        radius: metres, how near the goal is near enough.
        reference: (K, D) metres, the path that it should have taken; None: there is none.
        duration: seconds; NaN unknown.
        max_speed: m/s; NaN unknown.
        steps: actions with the stop, or control steps where there are no actions; None: unknown.
    """

    positions: FloatArray
    distances: FloatArray
    stopped: bool
    shortest: float
    radius: float
    reference: FloatArray | None = None
    duration: float = math.nan
    max_speed: float = math.nan
    steps: int | None = None

    def __post_init__(self) -> None:
        if self.positions.ndim != 2 or len(self.positions) == 0 or self.distances.shape != self.positions.shape[:1]:
            raise ValueError(
                f"positions, distances: expected (T, D) and (T,), got {self.positions.shape} and "
                f"{self.distances.shape}; give one distance for each of at least one position"
            )
        if not (np.isfinite(self.positions).all() and np.isfinite(self.distances).all() and self.shortest >= 0.0):
            raise ValueError(
                "positions, distances: expected finite numbers and a way from start to goal, got others; "
                "leave the episode out"
            )
        if not self.radius > 0.0:
            raise ValueError(f"radius: expected metres above 0, got {self.radius}; give the success radius")

    @property
    def length(self) -> float:
        """Metres walked (TL)."""
        return path_length(self.positions)

    @property
    def success(self) -> bool:
        """Whether the agent stopped strictly inside the radius."""
        return self.stopped and bool(self.distances[-1] < self.radius)


def measure(walk: Walk) -> dict[str, float]:
    """Return the measures of NAMES that are defined for a walk."""
    success, length = float(walk.success), walk.length
    values = {
        "sr": success,
        "osr": float(walk.distances.min() < walk.radius),
        "spl": success * efficiency(walk.shortest, length),
        "soft_spl": soft_spl(float(walk.distances[-1]), walk.shortest, length),
        "oracle_spl": oracle_spl(walk),
        "ne": float(walk.distances[-1]),
        "one": float(walk.distances.min()),
        "tl": length,
        "gp": walk.shortest - float(walk.distances[-1]),
    }
    if walk.reference is not None and len(walk.reference):
        path, dense = resample(walk.positions), resample(walk.reference)
        planned = path_length(walk.reference)
        coverage = path_coverage(path, dense, walk.radius)
        expected = coverage * planned
        values["ndtw"] = ndtw(path, dense, walk.radius)
        values["sdtw"] = success * values["ndtw"]
        values["ndtw_nodes"] = ndtw(path, walk.reference, walk.radius)
        values["pc"], values["epl"] = coverage, expected
        values["ls"] = length_score(expected, length)
        values["cls"] = coverage * values["ls"]
    if math.isfinite(walk.max_speed) and math.isfinite(walk.duration):
        values["stl"] = success * efficiency(walk.shortest / walk.max_speed, walk.duration)
    if walk.steps is not None:
        values["steps"] = float(walk.steps)
    return values


def path_length(points: FloatArray) -> float:
    """Return the sum of the straight distances between successive points (T, D), metres."""
    return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())


def efficiency(least: float, spent: float) -> float:
    """Return least / max(least, spent): 1 for whoever spent no more than the least; 1 if both are 0."""
    most = max(least, spent)
    return least / most if most > 0.0 else 1.0


def soft_spl(end: float, shortest: float, length: float) -> float:
    """Return SoftSPL: the share of the distance that was made good, weighted by path length.

    Args:
        end: metres to the goal at the end. shortest: metres to it at the start. length: metres walked.
    """
    progress = max(0.0, 1.0 - end / shortest) if shortest > 0.0 else float(end == 0.0)
    return progress * efficiency(shortest, length)


def oracle_spl(walk: Walk) -> float:
    """Return the best SPL that a stop on the way would have earned: that of the first step inside the radius."""
    inside = np.flatnonzero(walk.distances < walk.radius)
    return efficiency(walk.shortest, path_length(walk.positions[: inside[0] + 1])) if len(inside) else 0.0


def drop_repeats(points: FloatArray) -> FloatArray:
    """Return points (T, D) without those that equal the one before."""
    kept: FloatArray = points[np.concatenate([[True], np.any(np.diff(points, axis=0) != 0.0, axis=1)])]
    return kept


def resample(points: FloatArray, spacing: float = SPACING) -> FloatArray:
    """Return points (M, D) every `spacing` metres along a polyline (K, D), with its first and last."""
    corners = drop_repeats(points)
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(corners, axis=0), axis=1))])
    stations = np.arange(0.0, along[-1] - 1e-6, spacing)
    stations = np.concatenate([stations, along[-1:]])
    return np.stack([np.interp(stations, along, column) for column in corners.T], axis=1)


def dtw(path: FloatArray, reference: FloatArray) -> float:
    """Return the least sum of distances over all warpings of two polylines (T, D) and (K, D), metres.

    Exact, in O(T K) time and O(min(T, K)) memory, one anti-diagonal of the table at a time.
    """
    a, b = sorted((path, reference), key=len)
    n, m = len(a), len(b)
    backward = b[::-1]
    before, last = np.full(n + 1, np.inf), np.full(n + 1, np.inf)  # [i + 1] is row i of the diagonals k - 2, k - 1
    before[0] = 0.0
    for k in range(n + m - 1):
        low, high = max(0, k - m + 1), min(k, n - 1) + 1
        gap = a[low:high] - backward[m - 1 - k + low : m - 1 - k + high]
        best = np.minimum(np.minimum(last[low + 1 : high + 1], last[low:high]), before[low:high])
        here = np.full(n + 1, np.inf)
        here[low + 1 : high + 1] = np.sqrt(np.einsum("ij,ij->i", gap, gap)) + best
        before, last = last, here
    return float(last[n])


def ndtw(path: FloatArray, reference: FloatArray, radius: float) -> float:
    """Return exp(-DTW / (|R| radius)) of a path (T, D) and a reference (K, D); |R| is the number of its points.

    Repeated positions are dropped from the path, as VLN-CE does.
    """
    return math.exp(-dtw(drop_repeats(path), reference) / (len(reference) * radius))


def path_coverage(path: FloatArray, reference: FloatArray, radius: float) -> float:
    """Return PC: the mean over reference points (K, D) of exp(-distance to the path's points (T, D) / radius)."""
    nearest, _ = cKDTree(path).query(reference)
    return float(np.exp(-np.asarray(nearest) / radius).mean())


def length_score(expected: float, length: float) -> float:
    """Return LS: how well the length walked matches the expected path length, metres; 1 if both are 0."""
    total = expected + abs(expected - length)
    return expected / total if total > 0.0 else 1.0
