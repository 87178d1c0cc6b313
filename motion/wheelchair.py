"""A wheelchair: how it rolls after its path without skidding, and how hands push its rims. Compiled.

A push lasts about two fifths of a cycle, the hand moving with the rim; then it comes back for the next one
(Vanlandewijck, Theisen & Daly 2001, "Wheelchair propulsion biomechanics").
"""

from __future__ import annotations

from typing import Any

import numpy as np

from motion.rotation import FloatArray, compiled
from motion.state import spring
from motion.steps import foresee, wrap

SLACK = 0.10  # m to the side of its path at most that a chair is before it skids
PUSH = 0.42  # share of a cycle in which a hand holds the rim
BEGIN, END = -0.50, 0.70  # rad from the top of the wheel ahead, where a push begins and ends at the latest
RIM = 0.90  # of the wheel's radius
MOVES = 0.10  # m/s of a wheel from which on hands push


@compiled
def take_place(state: Any, rig: Any, position: FloatArray, yaw: float) -> None:
    """Put the chair of somebody who has just come under its path."""
    ahead = 0.5 * (rig.aids[0, 0] + rig.aids[1, 0])
    state.chair[0] = position[0] + np.cos(yaw) * ahead
    state.chair[1] = position[1] + np.sin(yaw) * ahead
    state.chair[2] = state.yaw = yaw
    state.chair_speed = 0.0
    state.wheel[:] = 2.0 * np.pi * state.seed[0]
    state.rim[:] = BEGIN
    state.push = state.seed[1]
    state.grip[:] = 0.0


@compiled
def _steer(state: Any, rig: Any, position: FloatArray, velocity: FloatArray, planned: FloatArray, wish: float) -> float:
    """Return the rate of turning, rad/s, that leads the chair back to its path."""
    speed = np.sqrt(velocity[0] ** 2 + velocity[1] ** 2)
    if speed < 0.12:
        return float(min(max(3.0 * wrap(wish - state.yaw), -1.3), 1.3) * rig.turning)
    soon = foresee(position, velocity, planned, 0.5)
    dx, dy = soon[0] - position[0], soon[1] - position[1]
    if dx * dx + dy * dy < 0.0025:
        dx, dy = velocity[0], velocity[1]
    course = wrap(np.arctan2(dy, dx) - state.yaw)
    if speed < 0.6 and abs(course) > 1.9 and abs(wrap(wish - state.yaw)) < 1.2:  # pushed back
        course = wrap(course + np.pi)
        speed = -speed
    aside = -np.sin(state.yaw) * (position[0] - state.position[0]) + np.cos(state.yaw) * (
        position[1] - state.position[1]
    )
    return float(min(max(4.0 * course + 4.0 * aside * speed, -2.6), 2.6))


@compiled
def roll(
    state: Any, rig: Any, dt: float, position: FloatArray, velocity: FloatArray, planned: FloatArray, wish: float
) -> None:
    """Move the chair after the person's path by dt seconds and turn its wheels; the person goes where it goes.

    The axle moves along the chair's heading alone; it skids only where the path has gone further aside than `SLACK`.
    """
    offset = 0.5 * (rig.aids[0, 0] + rig.aids[1, 0])
    radius, track = rig.seat + rig.aids[0, 2], rig.aids[0, 1]
    rate = _steer(state, rig, position, velocity, planned, wish)
    state.yaw_rate += (rate - state.yaw_rate) * (1.0 - np.exp(-dt / 0.10))
    turned = state.yaw_rate * dt
    half = state.yaw + 0.5 * turned
    state.yaw = wrap(state.yaw + turned)
    c, s = np.cos(state.yaw), np.sin(state.yaw)
    ex = position[0] + c * offset - state.chair[0]
    ey = position[1] + s * offset - state.chair[1]
    along = np.cos(half) * ex + np.sin(half) * ey
    aside = -np.sin(half) * ex + np.cos(half) * ey
    skid = aside - min(max(aside, -SLACK), SLACK)
    state.chair[0] += np.cos(half) * along - np.sin(half) * skid
    state.chair[1] += np.sin(half) * along + np.cos(half) * skid
    state.chair[2] = state.yaw
    state.position[0] = state.chair[0] - c * offset
    state.position[1] = state.chair[1] - s * offset
    state.wheel[0] += (along - track * turned) / radius
    state.wheel[1] += (along + track * turned) / radius
    state.chair_speed += (along / dt - state.chair_speed) * (1.0 - np.exp(-dt / 0.15))
    fastest = abs(state.chair_speed) + track * abs(state.yaw_rate)
    spring(state.grip, 1.0 if fastest > MOVES else 0.0, 4.5, dt)
    before = state.push
    state.push = (state.push + (0.55 + 0.40 * min(fastest, 1.8)) * dt) % 1.0
    for hand in range(2):
        side = 1.0 - 2.0 * hand
        turned_wheel = (along - side * track * turned) / radius
        begin = BEGIN if turned_wheel >= 0.0 else END - 0.3
        if state.push < PUSH:
            if before > state.push:
                before = 0.0
            state.rim[hand] = min(max(state.rim[hand] + turned_wheel, BEGIN - 0.2), END)
        else:  # back again, a share of what is left
            was, now = _eased(max(before, PUSH)), _eased(state.push)
            state.rim[hand] += (begin - state.rim[hand]) * min(1.0, (now - was) / max(1.0 - was, 1e-6))


@compiled
def _eased(push: float) -> float:
    share = (push - PUSH) / (1.0 - PUSH)
    return share * share * (3.0 - 2.0 * share)


@compiled
def lift(push: float) -> float:
    """Return metres by which a hand is off the rim."""
    if push < PUSH:
        return 0.0
    return float(0.05 * np.sin(np.pi * (push - PUSH) / (1.0 - PUSH)) ** 2)


@compiled
def lean(state: Any) -> float:
    """Return how far the trunk leans into the push, rad."""
    return float(state.grip[0] * (0.08 + 0.06 * np.cos(2.0 * np.pi * (state.push - 0.30))))


@compiled
def reach_rim(state: Any, rig: Any, hand: int, pelvis: FloatArray) -> FloatArray:
    """Return where the wrist (3,) is of a hand at its rim, world."""
    side = 1.0 - 2.0 * hand
    radius = rig.seat + rig.aids[hand, 2]
    out = RIM * radius + 0.075 + lift(state.push)
    angle = state.rim[hand]
    local = rig.aids[hand].copy()
    local[0] += out * np.sin(angle) - 0.02
    local[1] += side * (0.03 + 0.5 * lift(state.push))
    local[2] += out * np.cos(angle)
    c, s = np.cos(state.yaw), np.sin(state.yaw)
    return np.array(
        [pelvis[0] + c * local[0] - s * local[1], pelvis[1] + s * local[0] + c * local[1], pelvis[2] + local[2]]
    )
