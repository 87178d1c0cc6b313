"""CrowdNav's collision, danger and discomfort.

C. Chen et al., Crowd-Robot Interaction, ICRA 2019 (vita-epfl/CrowdNav). The distance of a step is the least one within
it, robot and person each going straight; a collision is a distance below zero, danger one below DISCOMFORT that is
not; the danger frequency is the share of steps, and the reward loses FACTOR (d - DISCOMFORT) dt in each.
"""

from __future__ import annotations

import numpy as np

from safety.kinematics import people_offsets
from safety.report import FloatArray, Tracks

DISCOMFORT = 0.2  # m, surface to surface
FACTOR = 0.5


def step_distances(tracks: Tracks) -> FloatArray:
    """Return (T - 1,) metres, the least distance to a person within each step; inf with nobody there."""
    offsets = people_offsets(tracks)
    moves = np.diff(offsets, axis=0)
    squares = np.sum(moves**2, axis=2)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.where(squares > 0, -np.sum(offsets[:-1] * moves, axis=2) / squares, 0.0)
    nearest = np.linalg.norm(offsets[:-1] + np.clip(shares, 0, 1)[..., None] * moves, axis=2)
    distances = np.where(np.isnan(nearest), np.inf, nearest - tracks.people_radii - tracks.robot_radius)
    least: FloatArray = np.min(distances, axis=1, initial=np.inf)
    return least


def measure_crowdnav(tracks: Tracks) -> dict[str, float]:
    """Return collision (0 or 1), danger frequency, mean least distance in danger (NaN without), and the penalty."""
    if len(tracks.times) < 2:
        return dict.fromkeys(("collision", "danger_frequency", "danger_min_dist", "discomfort_penalty"), np.nan)
    least = step_distances(tracks)
    danger = (least >= 0) & (least < DISCOMFORT)
    penalty = FACTOR * (least[danger] - DISCOMFORT) * np.diff(tracks.times)[danger]
    return {
        "collision": float(np.any(least < 0)),
        "danger_frequency": float(danger.mean()),
        "danger_min_dist": float(least[danger].mean()) if np.any(danger) else np.nan,
        "discomfort_penalty": float(penalty.sum()),
    }
