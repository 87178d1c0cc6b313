"""What the social force model says that robot and people do to each other.

M. Moussaïd et al., Experimental study of the behavioural mechanisms underlying self-organization in human crowds,
Proc. R. Soc. B 2009, with the parameters of lightsfm (robotics-upo), which HuNavSim uses. With e from i to j,
D = λ (v_i - v_j) + e, B = γ |D| and θ the angle from D to e, j acts on i with
F = A ( -exp(-d/B - (n' B θ)²) D/|D| - sign(θ) exp(-d/B - (n B θ)²) left normal of D ). Swapping i and j turns e and D
round and leaves θ, so that the force on the other is -F: one evaluation serves both.

Social work (Pérez-Higueras et al., HuNavSim, RA-L 2023; social force window planner) is the sum of the force on the
robot by people, of the force on it by obstacles, and of its force on each person. HuNavSim adds it up per message, so
that it grows with the rate; here it is integrated over time. Forces are per unit of mass, m/s².
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from safety.kinematics import people_offsets, people_velocities, robot_velocities, sample_weights, time_mean
from safety.report import FloatArray, Tracks

_LAMBDA, _GAMMA, _N, _N_PRIME, _FACTOR = 2.0, 0.35, 2.0, 3.0, 2.1
Angle = Callable[[FloatArray, FloatArray, FloatArray, FloatArray], FloatArray]
_OBSTACLE_FACTOR, _OBSTACLE_RANGE = 10.0, 0.2  # m/s², m


def angle_between(x: FloatArray, y: FloatArray, along: FloatArray, across: FloatArray) -> FloatArray:
    """Return (...) radians, the angle from the direction (along, across) to the direction (x, y), in [-π, π]."""
    theta: FloatArray = np.arctan2(along * y - across * x, along * x + across * y)
    return theta


def social_force(offsets: FloatArray, closing: FloatArray, angle: Angle = angle_between) -> FloatArray:
    """Return (..., 2) m/s², the force on one by another.

    Args:
        offsets: (..., 2) metres from the one to the other, centre to centre.
        closing: (..., 2) m/s, the velocity of the one less that of the other.
        angle: what makes θ from the unit vectors e and D/|D|; a peer's variant has another.
    """
    x, y = offsets[..., 0], offsets[..., 1]
    distances = np.maximum(np.hypot(x, y), 1e-9)
    x, y = x / distances, y / distances
    along, across = _LAMBDA * closing[..., 0] + x, _LAMBDA * closing[..., 1] + y
    length = np.maximum(np.hypot(along, across), 1e-9)
    along, across = along / length, across / length
    theta = angle(x, y, along, across)
    decay, spread = -distances / (_GAMMA * length), (_GAMMA * length * theta) ** 2
    slow = -_FACTOR * np.exp(decay - _N_PRIME**2 * spread)
    turn = -_FACTOR * np.sign(theta) * np.exp(decay - _N**2 * spread)
    return np.moveaxis(np.stack([slow * along - turn * across, slow * across + turn * along]), 0, -1)


def obstacle_force(clearance: FloatArray) -> FloatArray:
    """Return (...) m/s², the force of an obstacle at `clearance` (...) metres from the surface."""
    force: FloatArray = _OBSTACLE_FACTOR * np.exp(-clearance / _OBSTACLE_RANGE)
    return force


@lru_cache(maxsize=1)
def people_forces(tracks: Tracks) -> FloatArray:
    """Return (T, N, 2) m/s², the force of each person on the robot, 0 where absent or seen once; theirs is minus it."""
    closing = robot_velocities(tracks)[:, None, :] - people_velocities(tracks)
    forces = social_force(people_offsets(tracks), closing)
    forces[np.isnan(forces)] = 0.0
    forces.setflags(write=False)
    return forces


@lru_cache(maxsize=1)
def force_on_robot(tracks: Tracks) -> FloatArray:
    """Return (T,) m/s², the magnitude of the sum of people's forces on the robot."""
    force: FloatArray = np.linalg.norm(people_forces(tracks).sum(axis=1), axis=1)
    force.setflags(write=False)
    return force


@lru_cache(maxsize=1)
def force_on_people(tracks: Tracks) -> FloatArray:
    """Return (T,) m/s², the sum of the magnitudes of the robot's forces on people."""
    x, y = np.moveaxis(people_forces(tracks), -1, 0)
    force: FloatArray = np.hypot(x, y).sum(axis=1)
    force.setflags(write=False)
    return force


def work_rate(tracks: Tracks) -> FloatArray:
    """Return (T,) m/s², the social work per time; obstacles count where the clearance is known."""
    clearance = np.full(len(tracks.times), np.nan) if tracks.clearance is None else tracks.clearance
    rate: FloatArray = force_on_robot(tracks) + force_on_people(tracks) + np.nan_to_num(obstacle_force(clearance))
    return rate


def measure_social_work(tracks: Tracks) -> float:
    """Return the social work: its rate integrated over time, m/s."""
    return float(np.sum(work_rate(tracks) * sample_weights(tracks.times))) if len(tracks.times) > 1 else 0.0


def measure_social_work_mean(tracks: Tracks) -> float:
    """Return the mean over time of the rate of social work, m/s²; NaN without samples."""
    return time_mean(tracks.times, work_rate(tracks))


def measure_force_on_robot(tracks: Tracks) -> float:
    """Return the mean over time of people's force on the robot, m/s²; NaN without samples."""
    return time_mean(tracks.times, force_on_robot(tracks))


def measure_force_on_people(tracks: Tracks) -> float:
    """Return the mean over time of the robot's force on people, m/s²; NaN without samples."""
    return time_mean(tracks.times, force_on_people(tracks))


def measure_obstacle_force(tracks: Tracks) -> float:
    """Return the mean over time of the nearest obstacle's force on the robot, m/s²; NaN where unknown."""
    return np.nan if tracks.clearance is None else time_mean(tracks.times, obstacle_force(tracks.clearance))
