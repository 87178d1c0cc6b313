"""How near the robot came to people.

E. T. Hall, The Hidden Dimension, 1966, for the zones; A. Francis et al., Principles and Guidelines for Evaluating
Social Robot Navigation Algorithms, ACM THRI 2025, for minimum distance to human and space compliance. Distances are
from surface to surface; below zero bodies overlap.
"""

from __future__ import annotations

import numpy as np

from safety.collision import count_contacts
from safety.report import FloatArray, SafetyReport, Tracks

INTIMATE_ZONE = 0.45  # m, Hall 1966
PERSONAL_ZONE = 1.2  # m, Hall 1966


def surface_distances(tracks: Tracks) -> FloatArray:
    """Return (T, N) metres between the surfaces of the robot and of each person, inf where absent."""
    centres = np.linalg.norm(tracks.people - tracks.robot[:, None, :], axis=-1)
    distances: FloatArray = np.where(np.isnan(centres), np.inf, centres - tracks.robot_radius - tracks.people_radii)
    return distances


def nearest_distances(tracks: Tracks) -> FloatArray:
    """Return (T,) metres to the nearest person, inf where nobody is present."""
    distances: FloatArray = np.min(surface_distances(tracks), axis=1, initial=np.inf)
    return distances


def measure_min_distance(tracks: Tracks) -> float:
    """Return the smallest distance to a person, metres; inf without people."""
    return float(np.min(nearest_distances(tracks), initial=np.inf))


def measure_intrusion(tracks: Tracks, zone: float) -> float:
    """Return the share of time with a person nearer than `zone` metres; every sample lasts half way to the next."""
    if len(tracks.times) < 2:
        return float(np.any(nearest_distances(tracks) < zone))
    intervals = np.diff(tracks.times)
    weights = np.concatenate([intervals, [0.0]]) + np.concatenate([[0.0], intervals])
    return float(np.average(nearest_distances(tracks) < zone, weights=weights))


def assess(tracks: Tracks) -> SafetyReport:
    """Return what one episode did to people."""
    contacts = count_contacts(tracks)
    return SafetyReport(
        min_distance=measure_min_distance(tracks),
        human_collisions=contacts,
        collided=contacts > 0,
        personal_space=measure_intrusion(tracks, PERSONAL_ZONE),
    )
