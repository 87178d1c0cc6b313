"""The timed way of one person, as piecewise cubics: recorded points, or a path walked at one speed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.interpolate import PchipInterpolator

from crowd.compiled import compiled
from crowd.ground import Ground
from crowd.trajectory import FloatArray

IntArray = npt.NDArray[np.int64]

TAPER = 5.0  # m over which a path changes sides or comes back to its end
MARGIN = 0.35  # m from walls that a path keeps
WIDE = 4.0  # m to either side that people spread over
LEAD = 1.5  # m, straight piece by which a path joins a recorded heading, where there is room


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Track:
    """A timed way; before its first knot and after its last one it rests.

    Attributes:
        knots: (K,) seconds, rising. coefficients: (K, 4, 2), highest power first, of time since the knot; the last
            row holds the end point.
        begin, end: seconds between which it is recorded; begin > end: nowhere.
    """

    knots: FloatArray
    coefficients: FloatArray
    begin: float = np.inf
    end: float = -np.inf

    def at(self, time: float) -> tuple[FloatArray, FloatArray]:
        """Return position (2,), metres, and velocity (2,), m/s."""
        found = evaluate(self.knots, self.coefficients, time)
        return found[0], found[1]


def rest(point: tuple[float, float], start: float) -> Track:
    """Return the track of one who comes at time `start` and stays at `point`."""
    return Track(knots=np.array([start]), coefficients=_last(np.array(point)))


def through(times: FloatArray, points: FloatArray, *, recorded: bool = False) -> Track:
    """Return the track through `points` (K, 2) at rising `times` (K,), by PCHIP."""
    begin, end = (float(times[0]), float(times[-1])) if recorded else (np.inf, -np.inf)
    if len(times) == 1:
        return Track(knots=times.astype(np.float64), coefficients=_last(points[0]), begin=begin, end=end)
    curve = PchipInterpolator(times, points)
    coefficients = np.concatenate([np.moveaxis(curve.c, 1, 0), _last(points[-1])])
    return Track(knots=times.astype(np.float64), coefficients=coefficients, begin=begin, end=end)


def walk(path: FloatArray, speed: float, *, start: float | None = None, arrive: float = 0.0) -> Track:
    """Return the track along `path` (K, 2) at `speed`, from time `start`, or so as to `arrive` at that time."""
    lengths = np.hypot(*np.diff(path, axis=0).T)
    path = path[np.concatenate([[True], lengths > 1e-6])]
    if len(path) < 2:
        return through(np.array([arrive if start is None else start]), path[:1])
    marks = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))]) / speed
    return through(marks + (arrive - marks[-1] if start is None else start), path)


def joined(tracks: list[Track]) -> Track:
    """Return tracks that follow one another in time and place as one."""
    return Track(
        knots=np.concatenate([track.knots[:-1] for track in tracks[:-1]] + [tracks[-1].knots]),
        coefficients=np.concatenate([track.coefficients[:-1] for track in tracks[:-1]] + [tracks[-1].coefficients]),
        begin=min(track.begin for track in tracks),
        end=max(track.end for track in tracks),
    )


def lead(ground: Ground, far: tuple[float, float], near: FloatArray, heading: FloatArray, lane: float) -> FloatArray:
    """Return the smooth path (K, 2) from `far` to `near` (2,), which it reaches in the direction `heading` (2,).

    lane: where on its half of the free width it keeps, from 0 at the right edge to 1 in the middle; from 0 to -1 the
    same for the left half.
    """
    speed = float(np.hypot(heading[0], heading[1]))
    via = near - LEAD * heading / max(1e-9, speed)
    if speed < 0.1 or not ground.sees(near, via):
        path = ground.path((float(near[0]), float(near[1])), far)[::-1].copy()
    else:
        steps = np.linspace(0.0, 1.0, 9)[1:, None]
        path = np.concatenate([ground.path((float(via[0]), float(via[1])), far)[::-1], via + steps * (near - via)])
    path[-1] = near
    path = rounded(path)
    ahead = np.gradient(path, axis=0)
    left = np.stack([-ahead[:, 1], ahead[:, 0]], axis=1) / np.maximum(1e-9, np.hypot(*ahead.T))[:, None]
    to_left, to_right = room(ground, path, left), room(ground, path, -left)
    half = 0.5 * (to_left + to_right)
    offset = lane * half - to_right if lane > 0.0 else to_left + lane * half
    window = np.hanning(2 * round(TAPER / 0.2) + 1)
    offset = np.convolve(np.pad(offset, len(window) // 2, mode="edge"), window / window.sum(), mode="valid")
    to_go = np.concatenate([np.cumsum(np.hypot(*np.diff(path[::-1], axis=0).T))[::-1], [0.0]])
    path = rounded(path + (offset * np.clip(to_go / TAPER, 0.0, 1.0))[:, None] * left)
    path[:-1] = ground.clear(path[:-1], MARGIN)
    return path


def room(ground: Ground, points: FloatArray, directions: FloatArray) -> FloatArray:
    """Return how far (K,) a body at `points` (K, 2) can move straight in `directions` (K, 2), at most WIDE metres."""
    free = np.zeros(len(points))
    for _ in range(12):
        free = np.minimum(free + np.maximum(ground.wall(points + free[:, None] * directions)[0] - MARGIN, 0.0), WIDE)
    return free


def rounded(path: FloatArray) -> FloatArray:
    """Return `path` (K, 2) with its bends rounded off, its ends kept."""
    path = path.copy()
    for _ in range(12):
        path[1:-1] = 0.25 * path[:-2] + 0.5 * path[1:-1] + 0.25 * path[2:]
    return path


class Timetable:
    """Many tracks, evaluated at once.

    Attributes:
        begin, end: (N,) seconds between which each is recorded. start, finish: (N,) its first and last knot.
    """

    def __init__(self, tracks: list[Track]) -> None:
        """Take the `tracks` (N,)."""
        self.begin = np.array([track.begin for track in tracks])
        self.end = np.array([track.end for track in tracks])
        self.start = np.array([track.knots[0] for track in tracks])
        self.finish = np.array([track.knots[-1] for track in tracks])
        self._first = np.cumsum([0] + [len(track.knots) for track in tracks])
        self._knots = np.concatenate([np.zeros(0), *(track.knots for track in tracks)])
        self._coefficients = np.concatenate([np.zeros((0, 4, 2)), *(track.coefficients for track in tracks)])

    def at(self, rows: IntArray, times: FloatArray) -> FloatArray:
        """Return positions and velocities (K, 2, 2) of the tracks `rows` (K,) at `times` (K,)."""
        return evaluate_many(self._knots, self._coefficients, self._first, rows, times)


@compiled
def evaluate(knots: FloatArray, coefficients: FloatArray, time: float) -> FloatArray:
    """Return position and velocity (2, 2) of a piecewise cubic; it rests before the first and after the last knot."""
    k = min(max(int(np.searchsorted(knots, time, side="right")) - 1, 0), len(knots) - 1)
    t = time - knots[k]
    result = np.zeros((2, 2))
    if t < 0.0 or k == len(knots) - 1:
        result[0] = coefficients[k, 3]
        return result
    a, b, c, d = coefficients[k, 0], coefficients[k, 1], coefficients[k, 2], coefficients[k, 3]
    result[0] = ((a * t + b) * t + c) * t + d
    result[1] = (3.0 * a * t + 2.0 * b) * t + c
    return result


@compiled
def evaluate_many(
    knots: FloatArray, coefficients: FloatArray, first: IntArray, rows: IntArray, times: FloatArray
) -> FloatArray:
    """Return positions and velocities (K, 2, 2) of tracks that lie one after another in `knots`."""
    result = np.empty((len(rows), 2, 2))
    for k in range(len(rows)):
        low, high = first[rows[k]], first[rows[k] + 1]
        result[k] = evaluate(knots[low:high], coefficients[low:high], times[k])
    return result


def _last(point: FloatArray) -> FloatArray:
    row = np.zeros((1, 4, 2))
    row[0, 3] = point
    return row
