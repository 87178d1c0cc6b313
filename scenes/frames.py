"""World axes and quaternions of other systems: the only place where they are converted.

Our world is right-handed, x forward at yaw 0, y left, z up; quaternions are (x, y, z, w). Each conversion permutes and
negates components, so positions and quaternions come back bit by bit.

| frame | axes | quaternion | used by |
|---|---|---|---|
| world | x forward, y left, z up | x, y, z, w | this project |
| habitat | x right, y up, -z forward | x, y, z, w | episode files of Habitat, R2R-CE, RxR-CE |
| habitat_sim | x right, y up, -z forward | w, x, y, z | objects of the simulator |
| unity | x right, y up, z forward, left-handed | x, y, z, w | Unity, SOLO, FreeAskWorld's protocol |
| ros | x forward, y left, z up (REP 103) | x, y, z, w | ROS messages |
| pybullet | z up | x, y, z, w | PyBullet |
| r2r | x right (east), y forward (north), z up | x, y, z, w | connectivity graphs of R2R, `pose[16]` row-major |

A body's axes are named like its world's, so a body that faces "forward" in one frame faces forward in all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
FrameName = Literal["world", "habitat", "habitat_sim", "unity", "ros", "pybullet", "r2r"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Axes of a system.

    Attributes:
        axes: signed axis of the system along our x, y and z, counted from 1; (-3, -1, 2): x = -z', y = -x', z = y'.
        real_first: its quaternions are (w, x, y, z).
    """

    axes: tuple[int, int, int]
    real_first: bool = False

    @property
    def matrix(self) -> FloatArray:
        """(3, 3), takes a column of the system's coordinates to ours; determinant -1 when it is left-handed."""
        rows = np.zeros((3, 3))
        for row, axis in enumerate(self.axes):
            rows[row, abs(axis) - 1] = np.sign(axis)
        return rows


FRAMES: dict[FrameName, Frame] = {
    "world": Frame(axes=(1, 2, 3)),
    "habitat": Frame(axes=(-3, -1, 2)),
    "habitat_sim": Frame(axes=(-3, -1, 2), real_first=True),
    "unity": Frame(axes=(3, -1, 2)),
    "ros": Frame(axes=(1, 2, 3)),
    "pybullet": Frame(axes=(1, 2, 3)),
    "r2r": Frame(axes=(2, -1, 3)),
}


def convert_positions(positions: npt.ArrayLike, source: FrameName, target: FrameName = "world") -> FloatArray:
    """Return positions, velocities or other arrows (..., 3) of `source` in the axes of `target`.

    Raises:
        KeyError: no such frame. ValueError: another shape.
    """
    points = _components(positions, 3, "positions")
    return _turn(points, FRAMES[target].matrix.T @ FRAMES[source].matrix)


def convert_quaternions(quaternions: npt.ArrayLike, source: FrameName, target: FrameName = "world") -> FloatArray:
    """Return rotations (..., 4) of `source` as `target` writes them, signs kept.

    The vector part turns like an arrow; a mirrored frame reverses it once more, since it reverses every turn.

    Raises:
        KeyError: no such frame. ValueError: another shape.
    """
    values = _components(quaternions, 4, "quaternions")
    if FRAMES[source].real_first:
        values = np.roll(values, -1, axis=-1)
    turn = FRAMES[target].matrix.T @ FRAMES[source].matrix
    vector = _turn(values[..., :3], turn * round(float(np.linalg.det(turn))))
    out = np.concatenate([vector, values[..., 3:]], axis=-1)
    return np.roll(out, 1, axis=-1) if FRAMES[target].real_first else out


def convert_poses(poses: npt.ArrayLike, source: FrameName, target: FrameName = "world") -> FloatArray:
    """Return transforms (..., 4, 4), or (..., 16) row-major, of `source` as (..., 4, 4) of `target`.

    Raises:
        KeyError: no such frame. ValueError: another shape.
    """
    values = np.asarray(poses, dtype=np.float64)
    if values.shape[-1:] == (16,):
        values = values.reshape(*values.shape[:-1], 4, 4)
    if values.shape[-2:] != (4, 4):
        raise ValueError(f"poses: expected (..., 4, 4) or (..., 16), got {values.shape}; give whole transforms")
    turn = np.eye(4)
    turn[:3, :3] = FRAMES[target].matrix.T @ FRAMES[source].matrix
    out: FloatArray = turn @ values @ turn.T + 0.0
    return out


def yaw_of(quaternion: npt.ArrayLike) -> float:
    """Return the heading of x, radians in (-pi, pi], of a rotation (4,) of the world frame.

    For an upright body this is 2 atan2(z, w), what Habitat calls 2 atan2(y, w).
    """
    x, y, z, w = (float(value) for value in np.asarray(quaternion, dtype=np.float64))
    return float(np.arctan2(2.0 * (x * y + w * z), 1.0 - 2.0 * (y * y + z * z)))


def quaternion_of(yaw: float) -> tuple[float, float, float, float]:
    """Return the rotation (x, y, z, w), w >= 0, of an upright body in the world frame with this heading, radians."""
    half = 0.5 * float(np.arctan2(np.sin(yaw), np.cos(yaw)))
    return (0.0, 0.0, float(np.sin(half)), float(np.cos(half)))


def _turn(points: FloatArray, matrix: FloatArray) -> FloatArray:
    """Return signed components of (..., 3), picked by a signed permutation; no rounding, no negative zero."""
    axes = np.argmax(np.abs(matrix), axis=1)
    out: FloatArray = points[..., axes] * matrix[np.arange(3), axes] + 0.0
    return out


def _components(values: npt.ArrayLike, count: int, name: str) -> FloatArray:
    array = np.asarray(values, dtype=np.float64)
    if array.shape[-1:] != (count,):
        raise ValueError(f"{name}: expected (..., {count}), got {array.shape}; give {count} numbers each")
    return array
