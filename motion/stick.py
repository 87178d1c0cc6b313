"""A walking stick in the right hand, planted and carried forward together with the left foot. Compiled.

Held on one side it goes with the opposite foot, so that it shares the load of the leg on its own side (Blount 1956,
"Don't throw away the cane").
"""

from __future__ import annotations

from typing import Any

import numpy as np

from motion.rotation import FloatArray, compiled, unit
from motion.state import spring

CLEARANCE = 0.05  # m, of the tip in swing
ASIDE = 0.10  # m, of the tip from the line of the right foot
AHEAD = 0.06  # m, of the tip ahead of the left foot's ball


@compiled
def _place(rig: Any, foot: FloatArray) -> tuple[float, float]:
    """Return where the tip goes beside a left foot (x, y, yaw)."""
    across = 2.0 * rig.stand[1] + ASIDE
    yaw = foot[2] - 0.12 - rig.toes
    c, s = np.cos(yaw), np.sin(yaw)
    return foot[0] + c * AHEAD + s * across, foot[1] + s * AHEAD - c * across


@compiled
def plant(state: Any, rig: Any) -> None:
    """Put down the stick of somebody who has just come."""
    foot = state.goal[0] if state.swinging[0] == 1 else state.planted[0]
    state.tip[0], state.tip[1] = _place(rig, foot)
    state.tip[2] = 0.0
    state.tip_origin[0], state.tip_origin[1] = state.tip[0], state.tip[1]
    state.tip_up = 0
    state.handle[0, 0], state.handle[1, 0] = 0.07, -0.27
    state.handle[:, 1] = 0.0


@compiled
def move_tip(state: Any, rig: Any) -> None:
    """Move the tip with the left foot."""
    if state.swinging[0] == 0:
        state.tip_up = 0
        state.tip[2] = 0.0
        return
    if state.tip_up == 0:
        state.tip_up = 1
        state.tip_origin[0], state.tip_origin[1] = state.tip[0], state.tip[1]
    x, y = _place(rig, state.goal[0])
    share = min(1.25 * state.reached[0], 1.0)  # down a little before the heel
    way = share * share * (3.0 - 2.0 * share)
    state.tip[0] = state.tip_origin[0] + way * (x - state.tip_origin[0])
    state.tip[1] = state.tip_origin[1] + way * (y - state.tip_origin[1])
    state.tip[2] = CLEARANCE * np.sin(np.pi * share) if share < 1.0 else 0.0


@compiled
def hold(state: Any, rig: Any, dt: float) -> tuple[FloatArray, FloatArray]:
    """Return the handle (3,) and the shaft's upward direction (3,), world.

    The handle is where the shaft, standing on its tip, comes nearest to where the hand likes to be: ahead of the hip
    and outside it, following the tip a little.
    """
    c, s = np.cos(state.yaw), np.sin(state.yaw)
    dx, dy = state.tip[0] - state.position[0], state.tip[1] - state.position[1]
    ahead, aside = c * dx + s * dy, -s * dx + c * dy
    wanted = np.empty(3)
    fore = 0.07 + 0.50 * min(max(ahead - 0.12, -0.5), 0.5)
    out = -0.27 + 0.35 * min(max(aside + 0.27, -0.3), 0.3)
    wanted[0] = fore
    wanted[1] = out
    for k in range(2):
        spring(state.handle[k], wanted[k], 14.0, dt)
    hand = np.array(
        [
            state.position[0] + c * state.handle[0, 0] - s * state.handle[1, 0],
            state.position[1] + s * state.handle[0, 0] + c * state.handle[1, 0],
            state.tip[2] + 0.97 * rig.stick,
        ]
    )
    up = unit(hand - state.tip)
    return state.tip + up * rig.stick, up


@compiled
def arm_turn(state: Any, up: FloatArray) -> FloatArray:
    """Return the world rotation of the stick: z along the shaft, x ahead."""
    front = np.array([np.cos(state.yaw), np.sin(state.yaw), 0.0])
    front = unit(front - up * (front[0] * up[0] + front[1] * up[1] + front[2] * up[2]))
    result = np.empty((3, 3))
    left = np.array(
        [
            up[1] * front[2] - up[2] * front[1],
            up[2] * front[0] - up[0] * front[2],
            up[0] * front[1] - up[1] * front[0],
        ]
    )
    for i in range(3):
        result[i, 0], result[i, 1], result[i, 2] = front[i], left[i], up[i]
    return result
