"""Where the ankles are: feet that roll over heel and toes, swing, and are reached by the legs. Compiled."""

from __future__ import annotations

from typing import Any

import numpy as np

from motion.rotation import FloatArray, about_y, about_z, compiled, turn
from motion.steps import Gait, lookup, wrap

PITCH = 0.8  # of the recorded foot pitch; shod feet of the bodies are stiffer than the source's
EXTENSION = 0.997  # of the leg at most
YIELD = 0.035  # of the leg, by which the knee has given way when the foot leaves the floor
TIPTOE = 1.1  # rad, the steepest a heel is lifted


@compiled
def smooth(x: float) -> float:
    """Return the smooth step of x in [0, 1]."""
    x = min(max(x, 0.0), 1.0)
    return float(x * x * (3.0 - 2.0 * x))


@compiled
def set_ankle(
    rig: Any, foot: int, x: float, y: float, yaw: float, pitch: float, rise: float, ankle: FloatArray
) -> None:
    """Write the ankle (3,) of a foot whose ball is over (x, y), `rise` above the floor.

    The foot rolls over the joint of its toes while the heel is up, over the edge of the heel while the toes are up.
    """
    ahead, up = (rig.heel, 0.0) if pitch < 0.0 else (0.0, rig.ball)
    arm = turn(about_y(pitch), np.array([rig.ankle[0] - ahead, (1.0 - 2.0 * foot) * rig.ankle[1], rig.ankle[2] - up]))
    arm[0] += ahead
    arm = turn(about_z(yaw), arm)
    ankle[0], ankle[1], ankle[2] = x + arm[0], y + arm[1], rise + up + arm[2]


@compiled
def reach_gap(rig: Any, hip: FloatArray, ankle: FloatArray, extension: float) -> float:
    """Return metres by which an ankle is out of reach of a hip at an extension of the leg, below zero inside."""
    dx, dy, dz = ankle[0] - hip[0], ankle[1] - hip[1], ankle[2] - hip[2]
    return float(np.sqrt(dx * dx + dy * dy + dz * dz) - extension * (rig.upper + rig.lower))


@compiled
def lift_heel(
    rig: Any, state: Any, foot: int, duty: float, hip: FloatArray, angles: FloatArray, ankle: FloatArray
) -> None:
    """Raise the heel of a foot that stays behind until its ankle (3,) is in reach of the hip (3,).

    Before the foot leaves the floor the knee gives way.
    """
    local = (state.phase + 0.5 * foot) % 1.0
    extension = EXTENSION - YIELD * state.vigour * smooth((local - 0.42) / max(duty - 0.42, 1e-3))
    x, y, yaw = state.planted[foot, 0], state.planted[foot, 1], state.planted[foot, 2]
    behind = np.cos(yaw) * (ankle[0] - hip[0]) + np.sin(yaw) * (ankle[1] - hip[1])
    if behind > 0.0 or angles[1] < 0.0 or reach_gap(rig, hip, ankle, extension) <= 0.0:
        return
    low, high = angles[1], max(angles[1], TIPTOE)
    for _ in range(12):
        angles[1] = 0.5 * (low + high)
        set_ankle(rig, foot, x, y, yaw, angles[1], 0.0, ankle)
        if reach_gap(rig, hip, ankle, extension) > 0.0:
            low = angles[1]
        else:
            high = angles[1]


@compiled
def place_foot(
    state: Any, rig: Any, gait: Gait, foot: int, duty: float, swift: float, ankle: FloatArray
) -> tuple[float, float, float, float]:
    """Write the ankle (3,) of a foot; return foot yaw, foot pitch, toe pitch and how firmly it must be reached."""
    leg = rig.upper + rig.lower
    local = (state.phase + 0.5 * foot) % 1.0
    rise, toe, firm = 0.0, 0.0, 1.0
    if state.swinging[foot] == 1:
        share = state.reached[foot]
        origin, goal = state.origin[foot], state.goal[foot]
        length = np.sqrt((goal[0] - origin[0]) ** 2 + (goal[1] - origin[1]) ** 2)
        vigour = min(1.0, max(length / (0.8 * leg), 0.3))
        way = lookup(gait.swing[0, :, 0] + swift * gait.swing[1, :, 0], share)
        rise = lookup(gait.swing[0, :, 1] + swift * gait.swing[1, :, 1], share) * leg * vigour
        rise = rig.clearance * max(rise, 0.03 * leg * np.sin(np.pi * share))
        pitch = PITCH * state.vigour * lookup(gait.swing[0, :, 2] + swift * gait.swing[1, :, 2], share)
        pitch += state.heel[foot] * max(0.0, 1.0 - 3.0 * share) ** 2
        x = origin[0] + way * (goal[0] - origin[0])
        y = origin[1] + way * (goal[1] - origin[1])
        yaw = origin[2] + share * wrap(goal[2] - origin[2])
        toe = min(pitch, 0.0) + max(pitch, 0.0) * smooth(2.0 * share)
        firm = smooth(2.0 * share - 0.8)
    else:
        share = min(local / duty, 1.0)
        pitch = PITCH * state.vigour * lookup(gait.stance[0] + swift * gait.stance[1], share)
        if state.rate == 0.0:
            pitch = 0.0
        x, y, yaw = state.planted[foot, 0], state.planted[foot, 1], state.planted[foot, 2]
        toe = min(pitch, 0.0)
    set_ankle(rig, foot, x, y, yaw, pitch, rise, ankle)
    return yaw, pitch, toe, firm
