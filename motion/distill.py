"""Make `assets/gait/cmu_walk.npz` from walks of the CMU Graphics Lab Motion Capture Database. Offline tool.

Run it as `python -m motion.distill DATA_DIR`, where DATA_DIR holds `cmu_singles_60fps.npz` and `singles.json`. The
asset is a regression over many cycles of several walkers: no recording can be read back from it.

Heel strikes and toe-offs are found as the extremes of the foot relative to the pelvis along the walking direction
(Zeni, Richards & Higginson 2008, "Two simple methods for determining gait events"). Each quantity becomes a Fourier
series over the phase (0 = left heel strike) whose coefficients are linear in the dimensionless speed v / sqrt(g * leg),
leg = hip to ankle (Hof 1996, "Scaling gait data to body size"). Every cycle is used twice, the second time mirrored, so
that the asset is symmetrical.
"""

from __future__ import annotations

import argparse
import itertools
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d
from scipy.signal import argrelextrema
from scipy.spatial.transform import Rotation

from motion.clip import JOINT_NAMES, PARENTS

FloatArray = npt.NDArray[np.float64]
LOG = logging.getLogger(__name__)

CLIPS = (
    "cmu_02_01", "cmu_02_02", "cmu_05_01", "cmu_06_01", *(f"cmu_07_{trial:02d}" for trial in range(1, 13)),
)  # fmt: skip
PHASES = 64
HARMONICS = 5
SAMPLES = 33  # of a stance or swing
HEEL = 0.22  # leg lengths from heel to ball
GRAVITY = 9.81  # m/s^2
MIRROR = np.array([JOINT_NAMES.index(_n) for _n in (
    name.replace("left", "?").replace("right", "left").replace("?", "right") for name in JOINT_NAMES
)])  # fmt: skip
# The bones of the source in an upright stance with hanging arms, as columns in its own axes (x left, y up, z ahead).
_LIMB = np.diag([-1.0, -1.0, 1.0])  # x right, y down the limb, z ahead
_FOOT = np.array([[-1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]])  # x right, y ahead, z up
UPRIGHT = np.array(
    [
        _FOOT if name.endswith(("ankle", "foot"))
        else _LIMB if name.endswith(("hip", "knee", "shoulder", "elbow", "wrist"))
        else np.eye(3)
        for name in JOINT_NAMES
    ]
)  # fmt: skip
TO_PERSON = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])  # source axes to x ahead, y left, z up
TRUNK = [JOINT_NAMES.index(n) for n in ("pelvis", "spine1", "spine2", "spine3", "neck", "head")]
COLLARS = [JOINT_NAMES.index(n) for n in ("left_collar", "right_collar")]
ELBOWS = [JOINT_NAMES.index(n) for n in ("left_elbow", "right_elbow")]
# joints that the asset leaves at rest: the source holds them still, or says nothing reliable (wrists, toes)
FIXED = [i for i, n in enumerate(JOINT_NAMES) if n.endswith(("collar", "wrist", "_foot"))]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cycle:
    """One stride from left heel strike to left heel strike, resampled.

    Attributes:
        speed: v / sqrt(g leg). stride: in leg lengths. duty: share of the stride that the left foot stands.
        opposite: phase of the right heel strike.
        passing: share of the stance after which the pelvis is above the ball of the left foot.
        rotations: (PHASES, 22, 3) rotation vectors relative to the parent, from the upright stance.
        pelvis: (PHASES, 3) ahead of the mean path, to the left of it, and height, in leg lengths.
        stance: (SAMPLES,) pitch of the standing left foot, radians, heel up.
        swing: (SAMPLES, 3) of the swinging left foot: share of the way made, rise of its pivot (ball, or heel while the
            toes are up) in leg lengths, pitch.
        width: metres in leg lengths from the path to the ball of the standing foot.
    """

    speed: float
    stride: float
    duty: float
    opposite: float
    passing: float
    rotations: FloatArray
    pelvis: FloatArray
    stance: FloatArray
    swing: FloatArray
    width: float


def read_walk(data: npt.NDArray[np.int16], quaternions: npt.NDArray[np.int16]) -> tuple[FloatArray, FloatArray]:
    """Return joint positions (T, 22, 3) metres and rotation matrices from the upright stance (T, 22, 3, 3).

    Axes: x along the walk, y left, z up.
    """
    positions = data.astype(np.float64) / 1000.0 @ TO_PERSON.T
    shape = quaternions.shape[:2]
    glob = Rotation.from_quat(quaternions.reshape(-1, 4) / 32767.0).as_matrix().reshape(*shape, 3, 3)
    glob = TO_PERSON @ glob @ np.swapaxes(UPRIGHT, 1, 2) @ TO_PERSON.T
    way = positions[-1, 0, :2] - positions[0, 0, :2]
    turn = Rotation.from_euler("z", -np.arctan2(way[1], way[0])).as_matrix()
    glob[:, COLLARS] = glob[:, [JOINT_NAMES.index("spine3")]]  # the source's collar bones never move
    return positions @ turn.T, turn @ glob


def mirrored(positions: FloatArray, rotations: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Exchange left and right."""
    flip = np.diag([1.0, -1.0, 1.0])
    return positions[:, MIRROR] @ flip, flip @ rotations[:, MIRROR] @ flip


def sample(signal: FloatArray, times: FloatArray) -> FloatArray:
    """Interpolate (T, ...) at fractional frames (n,)."""
    frames = np.arange(len(signal))
    columns = [np.interp(times, frames, column) for column in signal.reshape(len(signal), -1).T]
    return np.stack(columns, axis=1).reshape(len(times), *signal.shape[1:])


def find_cycles(positions: FloatArray, rotations: FloatArray, fps: float) -> Iterator[Cycle]:
    """Yield the complete strides of a walk, left heel strike to left heel strike."""
    index = JOINT_NAMES.index
    leg = float(
        np.linalg.norm(positions[0, index("left_hip")] - positions[0, index("left_knee")])
        + np.linalg.norm(positions[0, index("left_knee")] - positions[0, index("left_ankle")])
    )
    pelvis = positions[:, 0]
    ahead = {s: gaussian_filter1d(positions[:, index(f"{s}_ankle"), 0] - pelvis[:, 0], 2.0) for s in ("left", "right")}
    trail = gaussian_filter1d(positions[:, index("left_foot"), 0] - pelvis[:, 0], 2.0)
    window = int(0.3 * fps)
    strikes = {s: argrelextrema(a, np.greater_equal, order=window)[0] for s, a in ahead.items()}
    offs = argrelextrema(trail, np.less_equal, order=window)[0]
    local = np.swapaxes(rotations[:, [max(p, 0) for p in PARENTS]], 2, 3) @ rotations
    local[:, 0] = rotations[:, 0]
    vectors = Rotation.from_matrix(local.reshape(-1, 3, 3)).as_rotvec().reshape(*local.shape[:2], 3)
    floor = np.percentile(positions[:, [index("left_foot"), index("right_foot")], 2], 5)
    pitch = np.arctan2(-rotations[:, index("left_ankle"), 2, 0], rotations[:, index("left_ankle"), 0, 0])
    left = [s for s in strikes["left"] if 2 <= s < len(pelvis) - 2]
    for start, end in itertools.pairwise(left):
        between_off = [o for o in offs if start < o < end]
        between_right = [o for o in strikes["right"] if start < o < end]
        if len(between_off) != 1 or len(between_right) != 1:
            continue
        times = start + (end - start) * np.arange(PHASES) / PHASES
        path = np.polynomial.Polynomial.fit([start, end], pelvis[[start, end], 0], 1)
        side = np.polynomial.Polynomial.fit(np.arange(start, end + 1), pelvis[start : end + 1, 1], 1)
        body = sample(pelvis, times)
        middle = np.stack([path(times), side(times), np.zeros(PHASES)], axis=1)
        stride, off = float(pelvis[end, 0] - pelvis[start, 0]), between_off[0]
        standing, swinging = np.linspace(start, off, SAMPLES), np.linspace(off, end, SAMPLES)
        frames = np.arange(len(pelvis))
        toe = positions[:, index("left_foot")]
        flat = np.interp(start + np.linspace(0.3, 0.5, 9) * (off - start), frames, pitch).mean()
        low = np.interp(start + np.linspace(0.3, 0.5, 9) * (off - start), frames, toe[:, 2]).mean()
        tilt = np.interp(swinging, frames, pitch) - flat
        rise = (np.interp(swinging, frames, toe[:, 2]) - low) / leg
        rise = rise - rise[0] * (1 - np.linspace(0, 1, SAMPLES)) - HEEL * np.sin(np.maximum(-tilt, 0.0))
        way = np.interp(swinging, frames, toe[:, 0])
        passed = np.interp(standing, frames, toe[:, 0] - pelvis[:, 0])
        yield Cycle(
            speed=stride * fps / (end - start) / np.sqrt(GRAVITY * leg),
            stride=stride / leg,
            duty=(off - start) / (end - start),
            opposite=(between_right[0] - start) / (end - start),
            passing=float(np.interp(0.0, -passed, np.linspace(0, 1, SAMPLES))),
            rotations=sample(vectors, times),
            pelvis=np.column_stack([(body - middle)[:, :2], body[:, 2] - floor]) / leg,
            stance=np.interp(standing, frames, pitch) - flat,
            swing=np.column_stack(
                [
                    (way - way[0]) / (way[-1] - way[0]),
                    np.maximum(rise, 0.0),
                    tilt,
                ]
            ),
            width=float(np.interp(standing, frames, toe[:, 1] - side(frames)).mean()) / leg,
        )


def fourier(signal: FloatArray) -> FloatArray:
    """Return (1 + 2 HARMONICS, ...) coefficients of a periodic signal (PHASES, ...): mean, cosines, sines."""
    angle = 2 * np.pi * np.arange(PHASES) / PHASES
    basis = [np.ones(PHASES)]
    basis += [np.cos(k * angle) for k in range(1, HARMONICS + 1)] + [np.sin(k * angle) for k in range(1, HARMONICS + 1)]
    matrix = np.stack(basis, axis=1)
    scale = np.full(len(basis), 2.0 / PHASES)
    scale[0] = 1.0 / PHASES
    return np.asarray(np.tensordot(matrix * scale, signal, axes=([0], [0])))


def regress(cycles: list[Cycle], value: FloatArray) -> FloatArray:
    """Return (2, ...): value at the mean speed and its slope over the speed, least squares over (C, ...) values."""
    speed = np.array([cycle.speed for cycle in cycles])
    design = np.stack([np.ones_like(speed), speed - speed.mean()], axis=1)
    flat = value.reshape(len(value), -1)
    return np.asarray(np.linalg.lstsq(design, flat, rcond=None)[0].reshape(2, *value.shape[1:]))


def distill(folder: Path) -> dict[str, FloatArray]:
    """Return the arrays of the asset."""
    rows = json.loads((folder / "singles.json").read_text())["singles"]
    rates = {row["key"]: row["fps_source"] for row in rows if row["id"] in CLIPS}
    cycles: list[Cycle] = []
    with np.load(folder / "cmu_singles_60fps.npz") as file:
        for clip in CLIPS:
            walk = read_walk(file[f"{clip}|pos_mm"], file[f"{clip}|gquat"])
            cycles += [*find_cycles(*walk, rates[clip]), *find_cycles(*mirrored(*walk), rates[clip])]
    vectors = np.stack([fourier(cycle.rotations) for cycle in cycles])
    vectors[:, 0, TRUNK] = 0.0  # a body's own rest pose says how its trunk is held
    vectors[:, :, FIXED] = 0.0
    vectors[:, :, ELBOWS, 0] *= 0.4  # the source's carrying angle is that of its own skeleton
    coefficients = regress(cycles, vectors)
    odd_harmonics = np.concatenate(
        [[1.0], (-1.0) ** np.arange(1, HARMONICS + 1), (-1.0) ** np.arange(1, HARMONICS + 1)]
    )
    # half a cycle later the body is its mirror image
    image = coefficients[:, :, MIRROR] * np.array([-1.0, 1.0, -1.0]) * odd_harmonics[None, :, None, None]
    pelvis = regress(cycles, np.stack([fourier(cycle.pelvis) for cycle in cycles]))
    pelvis[:, 0] = 0.0
    pelvis_image = pelvis * np.array([1.0, -1.0, 1.0]) * odd_harmonics[None, :, None]
    scalars = regress(cycles, np.array([(c.stride, c.duty, c.passing, c.width) for c in cycles]))
    speeds = np.array([cycle.speed for cycle in cycles])
    opposite = np.mean([cycle.opposite for cycle in cycles])
    LOG.info("%d cycles, speed %.2f to %.2f, right strike at %.3f", len(cycles), speeds.min(), speeds.max(), opposite)
    return {
        "speed": np.array([speeds.mean(), speeds.min(), speeds.max()]),
        "rotations": 0.5 * (coefficients + image),
        "pelvis": 0.5 * (pelvis + pelvis_image),
        "stride": scalars[:, 0],
        "duty": scalars[:, 1],
        "passing": scalars[:, 2],
        "width": scalars[:, 3],
        "stance": regress(cycles, np.stack([cycle.stance for cycle in cycles])),
        "swing": regress(cycles, np.stack([cycle.swing for cycle in cycles])),
    }


def main() -> None:
    """Write the asset."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument(
        "out", nargs="?", type=Path, default=Path(__file__).resolve().parents[1] / "assets/gait/cmu_walk.npz"
    )
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = {key: value.astype(np.float32) for key, value in distill(arguments.data).items()}
    np.savez_compressed(arguments.out, **arrays)


if __name__ == "__main__":
    main()
