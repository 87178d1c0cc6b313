"""How good a motion is by itself: feet that slide, jerk, bones that stretch, feet below the floor, the path it takes.

Definitions are those by which recorded clips at 30 fps were measured, so that made clips can be put beside them: toes
that are low count as standing, also in the fast swing of a walk, and dancers turn on theirs. Compare with recordings,
not with 0.
"""

from __future__ import annotations

import numpy as np

from motion.clip import JOINT_NAMES, PARENTS, FloatArray, check_joints

TOES = [JOINT_NAMES.index("left_foot"), JOINT_NAMES.index("right_foot")]
LOW, FLOOR = 0.05, 1.0  # m above the floor, that percentile of the heights of a clip's toes: a foot that should stand
SHORT = 1e-3  # m: some skeletons have bones without a length
SLIDES = 0.3  # m/s: faster than that it slides


def measure(positions: FloatArray, fps: float) -> dict[str, float]:
    """Return what there is to say of a clip.

    - skate: m/s, mean horizontal speed of toes while they are lower than LOW above the floor of the clip; slide: share
      of those steps that are faster than SLIDES.
    - jerk, acceleration: m/s3, m/s2, mean norm of the third and the second differences over all joints.
    - bone_variation: mean over the bones of the deviation of their length, as a share of it.
    - penetration: m, mean depth of the lower toe below z = 0 where it is below, 0 elsewhere.

    Args:
        positions: (T, 22, 3) metres, z up. fps: frames per second.

    Raises:
        ValueError: another shape, or fewer than four frames.
    """
    check_joints(positions)
    if len(positions) < 4:
        raise ValueError(f"positions: expected four frames or more, got {len(positions)}; take a longer clip")
    toes = positions[:, TOES]
    low = toes[:-1, :, 2] < np.percentile(toes[..., 2], FLOOR) + LOW
    speed = np.linalg.norm(np.diff(toes[..., :2], axis=0), axis=2) * fps
    standing = speed[low]
    parents = list(PARENTS[1:])
    bones = np.linalg.norm(positions[:, 1:] - positions[:, parents], axis=2)
    below = np.maximum(-toes[..., 2].min(axis=1), 0.0)
    return {
        "skate": float(standing.mean()),
        "slide": float((standing > SLIDES).mean()),
        "jerk": _differences(positions, 3) * fps**3,
        "acceleration": _differences(positions, 2) * fps**2,
        "bone_variation": float((bones.std(axis=0) / np.maximum(bones.mean(axis=0), SHORT)).mean()),
        "penetration": float(below.mean()),
    }


def path_error(positions: FloatArray, path: FloatArray) -> float:
    """Return the mean distance, metres, of the pelvis (T, 22, 3) to where it should be (T, 2), seen from above.

    Raises:
        ValueError: shapes that do not fit.
    """
    check_joints(positions)
    if path.shape != (len(positions), 2):
        raise ValueError(f"path: expected {(len(positions), 2)} to fit positions, got {path.shape}")
    return float(np.linalg.norm(positions[:, 0, :2] - path, axis=1).mean())


def _differences(positions: FloatArray, order: int) -> float:
    return float(np.linalg.norm(np.diff(positions, n=order, axis=0), axis=2).mean())
