"""Where a prompt goes: legs one after the other, on the spot or along a way, as a path (T, 3) at 30 fps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d

from motion.clip import FloatArray
from motion.contact import min_jerk
from motion.features import FPS
from motion.local import smooth
from motion.vectors import wrap

ACCELERATION = 1.0  # m/s2, of people who set off or stop
CURVE = 0.10  # rad/m, of a way that is not told
CORNER = 1.2  # m, radius of a turn to one side
ROUND = 0.35  # m, deviation of the Gaussian that rounds the corners of a path; less where the floor asks for it
PITCH = 0.02  # m between the points of a way
TURNS = 1.6  # rad/s, of turning on the spot, on average
SMOOTH = 1.25  # by which setting off and stopping take longer, as they begin and end smoothly
EASE = 0.15  # s, deviation of the Gaussian over headings
PACES = 0.25, 7.0  # m/s that a path can be walked at
SHORTEST = 1.0  # s of an act
FAR = 500.0  # m from the origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """What one act asks of the path.

    Attributes:
        pace: m/s, 0 on the spot. seconds: it usually takes; with a path, those who move take as long as it is.
        turn: rad to the left that it turns, on the spot or round a corner. aside: rad from ahead that it goes.
        toward: (x, y) that it faces, to `near` rad, on the spot.
    """

    pace: float
    seconds: float
    turn: float = 0.0
    aside: float = 0.0
    toward: tuple[float, float] | None = None
    near: float = 0.0


def lay(
    legs: Sequence[Leg], path: FloatArray | None, seconds: float | None,
    floor: Callable[[FloatArray], npt.NDArray[np.bool_]] | None = None,
) -> tuple[FloatArray, list[int]]:  # fmt: skip
    """Return the path (T, 3: x, y, yaw) of legs, and the frame before which each ends.

    Args:
        path: (P, 2) metres, through which those go that move; None: gently curved, from the origin along x.
        seconds: of the whole, or None. floor: tells which of points (N, 2) people can be on.

    Raises:
        ValueError: it leaves the floor or ends farther than 500 m away, or it cannot be done in that time.
    """
    moving = [number for number, leg in enumerate(legs) if leg.pace > 0.0]
    least = len(legs) * SHORTEST
    if seconds is not None and not least <= seconds < np.inf:
        raise ValueError(f"seconds={seconds:g}: expected {least:g} or more for {len(legs)} acts")
    if path is None and seconds is not None:
        legs = _fitting(legs, seconds)
    way = _way(legs) if path is None else _rounded(path, floor)
    if np.abs(way).max() > FAR:
        raise ValueError(f"path: expected points within {FAR:g} m, got {np.abs(way).max():.0f}; shorten it")
    if floor is not None:
        off = way[~np.asarray(floor(way), bool)] if moving else way[:1][~np.asarray(floor(way[:1]), bool)]
        if len(off):
            raise ValueError(
                f"path: expected all of it on the floor, it leaves it at ({off[0, 0]:.2f}, {off[0, 1]:.2f})"
            )
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(way, axis=0), axis=1))])
    if path is not None and seconds is not None:
        legs = _timed(legs, along[-1], seconds)
    speeds, ends = _speeds(legs, along[-1])
    gone = np.concatenate([[0.0], np.cumsum(speeds)[:-1]]) / FPS
    gone = np.minimum(gone, along[-1])
    place = np.column_stack([np.interp(gone, along, way[:, k]) for k in range(2)])
    return np.column_stack([place, _facings(legs, ends, gone, along, way, place)]), ends


def _fitting(legs: Sequence[Leg], seconds: float) -> list[Leg]:
    """Return legs along a way of their own that take `seconds` together, each its share."""

    def scaled(share: float) -> list[Leg]:
        return [replace(leg, seconds=leg.seconds * share) for leg in legs]

    low, high = 1e-3, 1e3
    for _ in range(60):
        share = float(np.sqrt(low * high))
        tried = scaled(share)
        length = sum(leg.pace * leg.seconds for leg in tried)
        low, high = (low, share) if _duration(tried, length) > seconds else (share, high)
    return scaled(low)


def _timed(legs: Sequence[Leg], length: float, seconds: float) -> list[Leg]:
    """Return legs that take `seconds` together along a path of a given length, which is walked faster or slower.

    Raises:
        ValueError: nobody is as fast or slow.
    """
    stays = sum(leg.seconds for leg in legs if not leg.pace)
    moves = [leg for leg in legs if leg.pace]
    if not moves:
        return _fitting(legs, seconds)

    def paced(factor: float) -> list[Leg]:
        return [replace(leg, pace=leg.pace * factor) for leg in moves]

    paces = [leg.pace for leg in moves]
    low, high = PACES[0] / min(paces), PACES[1] / max(paces)
    shortest, usual, longest = (_duration(paced(factor), length) for factor in (high, 1.0, low))
    least, most = shortest + SHORTEST * (len(legs) - len(moves)), longest + stays
    if not least <= seconds <= most:
        raise ValueError(f"seconds={seconds:g}: expected {least:.1f} to {most:.1f} along a path of {length:.1f} m")
    rest = float(np.clip(max(seconds - stays, seconds * usual / (usual + stays)), shortest, longest))
    for _ in range(40):  # the factor on the pace that fits
        factor = float(np.sqrt(low * high))
        low, high = (factor, high) if _duration(paced(factor), length) > rest else (low, factor)
    share = (seconds - rest) / stays if stays else 1.0
    return [
        replace(leg, pace=leg.pace * high) if leg.pace else replace(leg, seconds=leg.seconds * share) for leg in legs
    ]


def _duration(moves: Sequence[Leg], length: float) -> float:
    return len(_speeds(moves, length)[0]) / FPS


def _speeds(legs: Sequence[Leg], length: float) -> tuple[FloatArray, list[int]]:
    """Return m/s (T,) of legs, the frame before which each ends; those that move share a length by pace and time."""
    total = sum(leg.pace * leg.seconds for leg in legs)
    speeds: list[FloatArray] = []
    ends: list[int] = []
    entry = 0.0
    for number, leg in enumerate(legs):
        if not leg.pace:
            speeds.append(np.zeros(max(round(leg.seconds * FPS), 1)))
        else:
            after = legs[number + 1].pace if number + 1 < len(legs) else 0.0
            speeds.append(_trapezoid(length * leg.pace * leg.seconds / total, leg.pace, entry, min(leg.pace, after)))
            entry = float(speeds[-1][-1]) if after else 0.0
        ends.append((ends[-1] if ends else 0) + len(speeds[-1]))
    return np.concatenate(speeds), ends


def _trapezoid(length: float, pace: float, entry: float, leave: float) -> FloatArray:
    """Return m/s of frames that cover a length, from and to a speed, between them at a pace if it can be reached."""
    reach = np.sqrt(ACCELERATION * length / SMOOTH + (entry**2 + leave**2) / 2.0)
    top = max(min(pace, float(reach)), entry, leave)
    rises, falls = (SMOOTH * (top - speed) / ACCELERATION for speed in (entry, leave))
    cruise = max(length - rises * (top + entry) / 2.0 - falls * (top + leave) / 2.0, 0.0) / max(top, 1e-6)
    frames = max(round((rises + cruise + falls) * FPS), 2)
    times = (np.arange(frames) + 0.5) * (rises + cruise + falls) / frames
    up, down = times / max(rises, 1e-6), (times - rises - cruise) / max(falls, 1e-6)
    speeds = entry + (top - entry) * _ease(up) + (leave - top) * _ease(down)
    return np.asarray(speeds * (length * FPS / speeds.sum()))


def _ease(share: FloatArray) -> FloatArray:
    """Return 0 to 1 over a share 0 to 1, its slope at most 1.5."""
    x = np.clip(share, 0.0, 1.0)
    return np.asarray(x * x * (3.0 - 2.0 * x))


def _facings(
    legs: Sequence[Leg], ends: Sequence[int], gone: FloatArray, along: FloatArray, way: FloatArray, place: FloatArray
) -> FloatArray:
    """Return where (T,) the body faces: along the way, or to what a leg on the spot asks for."""
    step = np.diff(way, axis=0)
    tangent = np.unwrap(np.arctan2(step[:, 1], step[:, 0]))
    ahead = np.interp(gone, (along[1:] + along[:-1]) / 2.0, tangent)
    starts = [0, *ends[:-1]]
    ways = [float(ahead[row]) - legs[number].aside for number, row in enumerate(starts)]
    nexts = [next((ways[k] for k in range(number, len(legs)) if legs[k].pace), None) for number in range(len(legs))]
    yaw = nexts[0] if nexts[0] is not None else float(ahead[0])
    faced = np.zeros(len(gone))
    for number, (leg, start, end) in enumerate(zip(legs, starts, ends, strict=True)):
        rows = np.arange(start, end)
        if leg.pace:
            own = ahead[rows] - leg.aside
            own += 2.0 * np.pi * np.round((yaw - own[0]) / (2.0 * np.pi))
            fade = 1.0 - min_jerk((rows - start) / max(0.5 * FPS, abs(yaw - own[0]) / TURNS * FPS))
            faced[rows] = own + (yaw - own[0]) * fade
            yaw = float(faced[end - 1])
            continue
        goal = yaw + leg.turn
        if leg.toward is not None:
            off = float(wrap(np.arctan2(leg.toward[1] - place[start, 1], leg.toward[0] - place[start, 0]) - yaw))
            goal = yaw + np.sign(off) * max(abs(off) - leg.near, 0.0)
        first = min(abs(goal - yaw) / TURNS * FPS, len(rows))
        faced[rows] = yaw + (goal - yaw) * min_jerk((rows - start) / max(first, 1.0))
        following = nexts[number + 1] if number + 1 < len(legs) and legs[number + 1].pace else None
        back = 0.0 if following is None else float(wrap(following - goal))
        last = abs(back) / TURNS * FPS
        if abs(back) > 0.5 and first + last < len(rows):  # turns before it sets off
            faced[rows] += back * min_jerk((rows - (end - last)) / last)
            goal += back
        yaw = float(goal)
    return np.asarray(gaussian_filter1d(faced, EASE * FPS, mode="nearest"))


def _way(legs: Sequence[Leg]) -> FloatArray:
    """Return points (M, 2) from the origin on: gently curved, round a corner where a leg turns."""
    bends: list[FloatArray] = []
    for leg in legs:
        length = leg.pace * leg.seconds
        if not leg.pace:
            bends.append(np.array([leg.turn]))  # on the spot: the way goes on there
            continue
        bend = np.full(max(round(length / PITCH), 2), CURVE * PITCH * np.sign(len(bends) % 2 - 0.5))
        if leg.turn:
            arc = min(round(abs(leg.turn) * CORNER / PITCH), round(0.6 * len(bend)))
            first = (len(bend) - arc) // 2
            bend[:] = 0.0
            bend[first : first + arc] = leg.turn / arc
        bends.append(bend)
    walked = np.concatenate(
        [np.full(len(bend), PITCH if leg.pace else 0.0) for leg, bend in zip(legs, bends, strict=True)]
    )
    heading = np.cumsum(np.concatenate(bends))
    steps = walked[:, None] * np.stack([np.cos(heading), np.sin(heading)], axis=1)
    way = np.concatenate([np.zeros((1, 2)), np.cumsum(steps[walked > 0.0], axis=0)])
    return way if len(way) > 1 else np.array([[0.0, 0.0], [PITCH, 0.0]])


def _rounded(path: FloatArray, floor: Callable[[FloatArray], npt.NDArray[np.bool_]] | None) -> FloatArray:
    """Return points (M, 2) every PITCH along a path whose corners are rounded, as far as the floor lets them be."""
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    times = np.linspace(0.0, along[-1], max(round(along[-1] / PITCH), 2) + 1)
    sharp = np.column_stack([np.interp(times, along, path[:, k]) for k in range(2)])
    for deviation in (ROUND, ROUND / 2.0, ROUND / 4.0, 0.0):
        wide = min(deviation / PITCH, len(sharp) / 8.0)
        way = sharp if not deviation else smooth(sharp, wide)
        if floor is None or np.asarray(floor(way), bool).all():
            break
    return way
