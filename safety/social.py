"""How near the robot came to people and things.

E. T. Hall, The Hidden Dimension, 1966, for the zones; A. Francis et al., Principles and Guidelines for Evaluating
Social Robot Navigation Algorithms, ACM THRI 2025, for minimum distance to human, clearing distance and space
compliance. Distances are from surface to surface; below zero bodies overlap.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from safety.collision import count_contacts
from safety.kinematics import people_offsets, robot_velocities, time_mean
from safety.report import FloatArray, SafetyReport, Tracks

INTIMATE_ZONE = 0.45  # m, Hall 1966
PERSONAL_ZONE = 1.2  # m, Hall 1966
SOCIAL_ZONE = 3.6  # m, Hall 1966


@lru_cache(maxsize=1)
def centre_distances(tracks: Tracks) -> FloatArray:
    """Return (T, N) metres between the centres of the robot and of each person, NaN where absent."""
    distances: FloatArray = np.hypot(*np.moveaxis(people_offsets(tracks), -1, 0))
    distances.setflags(write=False)
    return distances


@lru_cache(maxsize=1)
def surface_distances(tracks: Tracks) -> FloatArray:
    """Return (T, N) metres between the surfaces of the robot and of each person, inf where absent."""
    centres = centre_distances(tracks)
    distances: FloatArray = np.where(np.isnan(centres), np.inf, centres - tracks.robot_radius - tracks.people_radii)
    distances.setflags(write=False)
    return distances


@lru_cache(maxsize=1)
def nearest_distances(tracks: Tracks) -> FloatArray:
    """Return (T,) metres to the nearest person, inf where nobody is present."""
    distances: FloatArray = np.min(surface_distances(tracks), axis=1, initial=np.inf)
    distances.setflags(write=False)
    return distances


def measure_min_distance(tracks: Tracks) -> float:
    """Return the smallest distance to a person, metres; inf without people."""
    return float(np.min(nearest_distances(tracks), initial=np.inf))


def measure_mean_distance(tracks: Tracks) -> float:
    """Return the mean distance to the nearest person while there is one, metres; NaN without people."""
    nearest = nearest_distances(tracks)
    return time_mean(tracks.times, np.where(np.isinf(nearest), np.nan, nearest))


def measure_min_clearance(tracks: Tracks) -> float:
    """Return the smallest distance to a static obstacle, metres; NaN where unknown."""
    if tracks.clearance is None or np.all(np.isnan(tracks.clearance)):
        return np.nan
    return float(np.nanmin(tracks.clearance))


def measure_mean_clearance(tracks: Tracks) -> float:
    """Return the mean distance to the nearest static obstacle, metres; NaN where unknown."""
    return np.nan if tracks.clearance is None else time_mean(tracks.times, tracks.clearance)


def measure_intrusion(tracks: Tracks, zone: float) -> float:
    """Return the share of time with a person nearer than `zone` metres; every sample lasts half way to the next."""
    return time_mean(tracks.times, nearest_distances(tracks) < zone)


def measure_compliance(tracks: Tracks, zone: float) -> float:
    """Return the space compliance: the share of time with nobody nearer than `zone` metres; NaN without people."""
    if not np.isfinite(measure_min_distance(tracks)):
        return np.nan
    return 1.0 - measure_intrusion(tracks, zone)


def measure_speed_near(tracks: Tracks, zone: float) -> float:
    """Return the robot's greatest speed with a person nearer than `zone` metres, m/s; NaN if there never was one."""
    near = nearest_distances(tracks) < zone
    return float(np.max(np.linalg.norm(robot_velocities(tracks)[near], axis=1))) if np.any(near) else np.nan


def assess(tracks: Tracks) -> SafetyReport:
    """Return what one episode did to people."""
    contacts = count_contacts(tracks)
    return SafetyReport(
        min_distance=measure_min_distance(tracks),
        human_collisions=contacts,
        collided=contacts > 0,
        personal_space=measure_intrusion(tracks, PERSONAL_ZONE),
    )
