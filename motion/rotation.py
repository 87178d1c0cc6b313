"""Small rotation kernels for the compiled gait: (3, 3) matrices that act on columns, vectors of 3. Radians."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import numpy as np
import numpy.typing as npt
from numba import njit

FloatArray = npt.NDArray[np.float64]
REACH = 0.998  # of a limb's length at most; its middle joint never locks
P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R], *, cache: bool = False) -> Callable[P, R]:
    """Compile `function`; with `cache` the code is kept on disk, where a folder for it can be written."""
    try:
        result: Callable[P, R] = njit(cache=cache, error_model="numpy")(function)
    except RuntimeError:  # numba: "cannot cache function: no locator available"
        result = njit(error_model="numpy")(function)
    return result


@compiled
def about_y(angle: float) -> FloatArray:
    """Return the rotation about y (pitch: positive leans forward, lifts a heel)."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])


@compiled
def about_z(angle: float) -> FloatArray:
    """Return the rotation about z (yaw: positive turns left)."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


@compiled
def compose(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return a @ b."""
    result = np.empty((3, 3))
    for i in range(3):
        for j in range(3):
            result[i, j] = a[i, 0] * b[0, j] + a[i, 1] * b[1, j] + a[i, 2] * b[2, j]
    return result


@compiled
def turn(a: FloatArray, v: FloatArray) -> FloatArray:
    """Return a @ v."""
    return np.array(
        [
            a[0, 0] * v[0] + a[0, 1] * v[1] + a[0, 2] * v[2],
            a[1, 0] * v[0] + a[1, 1] * v[1] + a[1, 2] * v[2],
            a[2, 0] * v[0] + a[2, 1] * v[1] + a[2, 2] * v[2],
        ]
    )


@compiled
def exp_map(v: FloatArray) -> FloatArray:
    """Return the rotation by a rotation vector (Rodrigues)."""
    angle = np.sqrt(v[0] ** 2 + v[1] ** 2 + v[2] ** 2)
    if angle < 1e-9:
        return np.eye(3)
    x, y, z = v[0] / angle, v[1] / angle, v[2] / angle
    c, s = np.cos(angle), np.sin(angle)
    d = 1.0 - c
    return np.array(
        [
            [c + x * x * d, x * y * d - z * s, x * z * d + y * s],
            [y * x * d + z * s, c + y * y * d, y * z * d - x * s],
            [z * x * d - y * s, z * y * d + x * s, c + z * z * d],
        ]
    )


@compiled
def log_map(a: FloatArray) -> FloatArray:
    """Return the rotation vector of a rotation by less than half a turn."""
    v = np.array([a[2, 1] - a[1, 2], a[0, 2] - a[2, 0], a[1, 0] - a[0, 1]])
    double_sine = np.sqrt(v[0] ** 2 + v[1] ** 2 + v[2] ** 2)
    angle = np.arctan2(0.5 * double_sine, 0.5 * (a[0, 0] + a[1, 1] + a[2, 2] - 1.0))
    return np.asarray(v * (angle / double_sine if double_sine > 1e-9 else 0.5))


@compiled
def mix(a: FloatArray, b: FloatArray, share: float) -> FloatArray:
    """Return the rotation that lies `share` of the way from a to b."""
    return compose(a, exp_map(share * log_map(compose(np.ascontiguousarray(a.T), b))))


@compiled
def unit(v: FloatArray) -> FloatArray:
    """Return v at length one; zero stays zero."""
    return np.asarray(v / max(np.sqrt(v[0] ** 2 + v[1] ** 2 + v[2] ** 2), 1e-12))


@compiled
def cross(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return the vector product."""
    return np.array([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])


@compiled
def limb_frame(along: FloatArray, ahead: FloatArray) -> FloatArray:
    """Return the rotation that takes a hanging limb (down, x ahead) to `along`, its front turned to `ahead`."""
    down = unit(along)
    side = unit(cross(ahead, down))
    front = cross(down, side)
    result = np.empty((3, 3))
    for i in range(3):
        result[i, 0], result[i, 1], result[i, 2] = front[i], side[i], -down[i]
    return result


@compiled
def two_bone(
    start: FloatArray, goal: FloatArray, upper: float, lower: float, ahead: FloatArray, sign: float
) -> tuple[FloatArray, FloatArray]:
    """Return the frames (as `limb_frame`) of two hinged bones that reach from `start` towards `goal`.

    Args:
        start, goal: (3,) metres. upper, lower: lengths of the bones, metres.
        ahead: (3,) the way the front of the limb faces. sign: +1 the middle joint goes ahead (knee), -1 back (elbow).
    """
    reach = goal - start
    distance = np.sqrt(reach[0] ** 2 + reach[1] ** 2 + reach[2] ** 2)
    distance = min(max(distance, abs(upper - lower) + 1e-4), (upper + lower) * REACH)
    axis = unit(reach)
    front = unit(ahead - axis * (axis[0] * ahead[0] + axis[1] * ahead[1] + axis[2] * ahead[2]))
    cosine = (upper * upper + distance * distance - lower * lower) / (2.0 * upper * distance)
    along = axis * cosine + front * (sign * np.sqrt(max(0.0, 1.0 - cosine * cosine)))
    rest = axis * distance - along * upper
    return limb_frame(along, front), limb_frame(rest, front)
