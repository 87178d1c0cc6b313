"""What a depth camera gets wrong.

Axial noise: Nguyen, Izadi and Lovell, Modeling Kinect Sensor Noise for Improved 3D Reconstruction and Tracking, 3DIMPVT
2012, eq. 3: sigma_z = 0.0012 + 0.0019 (z - 0.4)^2, metres, for surfaces seen at less than 60 degrees. We take it for
all surfaces and leave out the lateral noise of edges. Beside it a multiplicative error and pixels without a return.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def axial_deviation(depth: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the standard deviation of a depth, metres, for a depth (H, W) in metres (eq. 3)."""
    return np.float32(0.0012) + np.float32(0.0019) * (depth - np.float32(0.4)) ** 2


def add_depth_noise(
    depth: npt.NDArray[np.float32],
    rng: np.random.Generator,
    *,
    relative: float = 0.0,
    axial: float = 0.0,
    dropout: float = 0.0,
) -> npt.NDArray[np.float32]:
    """Return a depth image (H, W), metres, with the errors of a sensor; inf stays inf, nothing falls below 0.

    Args:
        depth: metres along the optical axis, inf beyond range.
        rng: draws two numbers per pixel, whatever the strengths.
        relative: standard deviation as a share of the depth.
        axial: times the deviation of the Kinect (eq. 3).
        dropout: share of the pixels that give no return, inf.
    """
    normal = rng.standard_normal(depth.shape, dtype=np.float32)
    lost = rng.random(depth.shape, dtype=np.float32) < dropout
    seen = np.isfinite(depth)
    true = np.where(seen, depth, np.float32(0.0))
    deviation = np.hypot(np.float32(relative) * true, np.float32(axial) * axial_deviation(true))
    noisy = np.maximum(true + deviation * normal, np.float32(0.0))
    return np.where(seen & ~lost, noisy, np.float32(np.inf))
