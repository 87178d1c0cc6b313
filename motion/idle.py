"""What people do who do nothing: shift their weight, change how they hold their arms, look about. Compiled."""

from __future__ import annotations

from typing import Any

import numpy as np

from motion.arms import BEHIND, CLASP, FOLD, HANG, HIP, PHONE
from motion.rotation import compiled
from motion.state import between, draw, spring

HANDS_FULL = 0.35  # vigour from which on arms hang and swing
COLD = 6.0  # s for which one passer-by at most is looked at


@compiled
def choose_arms(state: Any, rig: Any) -> int:
    """Return an arm pose: often hanging, else one of the two that this person likes."""
    chance, liking = draw(state), int(state.seed[2] * 10.0)
    if rig.aid != 0 or chance < 0.42:
        return PHONE if rig.aid == 1 and chance < 0.12 else HANG
    first, second = CLASP, HIP
    if liking < 2:
        first, second = FOLD, HIP
    elif liking < 4:
        first, second = BEHIND, CLASP
    elif liking < 6:
        first, second = PHONE, FOLD
    elif liking < 8:
        first, second = FOLD, BEHIND
    if rig.lively > 1.25 and second in (FOLD, BEHIND):  # children
        second = CLASP
    pose = first if chance < 0.78 else second
    if rig.loaded == 1 and pose in (CLASP, FOLD, BEHIND):
        pose = PHONE if liking % 2 == 0 else HANG
    return CLASP if rig.packed == 1 and pose == BEHIND else pose


@compiled
def settle(state: Any, rig: Any) -> None:
    """Choose what somebody does who has just come."""
    state.idle = choose_arms(state, rig)
    state.idle_side = 1 if draw(state) < 0.75 or rig.loaded == 1 else 0
    state.idle_left = between(state, 4.0, 25.0)
    state.lean_goal, state.lean_left = 0.0, between(state, 0.3, 4.0)
    state.glance_left = between(state, 0.5, 5.0)
    state.seen, state.seen_left = -1, 0.0
    state.nod[:] = 0.0
    state.nod_left = between(state, 0.5, 3.0)
    state.word[:] = HANG
    state.word_left, state.beat_left = 0.0, 0.3
    state.posed[:] = HANG
    state.passing[:] = 0
    for arm in range(2):
        state.held[arm] = rig.arms[HANG, arm]
        state.free[arm, 0] = 1.0
    if state.vigour < HANDS_FULL:
        for arm in range(2):
            pose = HANG if arm == 0 and rig.loaded == 1 else idle_pose(state, arm)
            state.posed[arm] = pose
            state.held[arm] = rig.arms[pose, arm]
            state.free[arm, 0] = 1.0 if pose == HANG else 0.0


@compiled
def idle_pose(state: Any, arm: int) -> int:
    """Return the pose of one arm when there is nothing to do."""
    if state.idle in (HIP, PHONE) and arm != state.idle_side:
        return HANG
    return int(state.idle)


@compiled
def shift_weight(state: Any, rig: Any, dt: float) -> None:
    """Stand on the other leg every 4 to 10 s, sometimes with the free foot set elsewhere."""
    standing = state.vigour < 0.1 and state.rate == 0.0
    state.lean_left -= dt * rig.lively
    if state.lean_left <= 0.0:
        state.lean_left = between(state, 4.0, 10.0)
        if standing:
            side = -1.0 if state.lean_goal > 0.0 else 1.0
            if state.lean_goal == 0.0 and draw(state) < 0.5:
                side = -side
            state.lean_goal = 0.0 if draw(state) < 0.12 else side * between(state, 0.65, 1.0)
            if rig.aid == 2:
                state.lean_goal *= 0.4
            elif state.attend == 0.0 and draw(state) < 0.4:
                free = 1 if state.lean_goal > 0.0 else 0
                leg = rig.upper + rig.lower
                state.stray[free, 0] = between(state, -0.03, 0.09) * leg
                state.stray[free, 1] = between(state, -0.01, 0.06) * leg
                state.stray[free, 2] = between(state, -0.05, 0.25)
                state.stray[1 - free, 0] = between(state, -0.02, 0.02) * leg
                state.stray[1 - free, 1] = 0.0
                state.stray[1 - free, 2] = between(state, -0.05, 0.08)
                state.restless = 1
    if state.vigour > 0.3:
        state.stray[:] = 0.0
        state.lean_goal = 0.0
        state.lean_left = min(state.lean_left, 2.5)
    spring(state.lean, state.lean_goal if standing else 0.0, 3.2, dt)


@compiled
def _off_hanging(state: Any, rig: Any, arm: int) -> float:
    """Return how far an arm is from hanging, rad."""
    square = 0.0
    for joint in range(2):
        for k in range(3):
            square += (state.held[arm, joint, k] - rig.arms[HANG, arm, joint, k]) ** 2
    return float(np.sqrt(square))


@compiled
def hold_arms(state: Any, rig: Any, dt: float) -> None:
    """Move both arms towards the pose that they should be in."""
    state.idle_left -= dt
    if state.idle_left <= 0.0:
        state.idle_left = between(state, 10.0, 35.0)
        state.idle = choose_arms(state, rig)
        state.idle_side = 1 if draw(state) < 0.75 or rig.loaded == 1 else 0
    for arm in range(2):
        pose, haste = HANG, 4.5
        if state.talk > 0.0 and state.word_left > 0.0:
            pose, haste = state.word[arm], 7.0
        elif state.vigour < HANDS_FULL:
            pose = idle_pose(state, arm)
        if state.point > 0.0 and (arm == state.arm or pose != HIP):
            pose = HANG
        if arm == 0 and rig.loaded == 1:
            pose = HANG
        # arms hang between two poses where they could go through the trunk
        was = state.posed[arm]
        if was != HANG and pose not in (HANG, was) and (pose in (BEHIND, HIP) or was in (BEHIND, HIP)):
            state.passing[arm] = 1
        if state.passing[arm] == 1:
            pose, haste = HANG, 6.0
            if state.posed[arm] == HANG and _off_hanging(state, rig, arm) < 0.25:
                state.passing[arm] = 0
        if pose != state.posed[arm]:
            away = 0.9
            if pose == BEHIND or was == BEHIND:
                away = 6.0
            elif pose == HIP or was == HIP:
                away = 2.6
            state.wide[arm, 1] += away
            state.posed[arm] = pose
        spring(state.wide[arm], 0.0, 5.0, dt)
        spring(state.free[arm], 1.0 if pose == HANG else 0.0, haste, dt)
        for joint in range(3):
            for k in range(3):
                gap = state.held[arm, joint, k] - rig.arms[pose, arm, joint, k]
                pull = (state.held_rate[arm, joint, k] + haste * gap) * dt
                fade = np.exp(-haste * dt)
                state.held[arm, joint, k] = rig.arms[pose, arm, joint, k] + (gap + pull) * fade
                state.held_rate[arm, joint, k] = (state.held_rate[arm, joint, k] - haste * pull) * fade


@compiled
def look_about(state: Any, rig: Any, dt: float, passer: int, bearing: float) -> None:
    """Choose where the head of somebody without a cue turns.

    Args:
        passer: the id of the nearest person ahead, -1 for none. bearing: rad, of that person against the body.
    """
    state.seen_left -= dt
    if passer >= 0 and (passer == state.seen or state.seen_left < -COLD):
        if passer != state.seen:
            state.seen, state.seen_left = passer, between(state, 0.7, 1.4)
        if state.seen_left > 0.0:
            state.glance[0], state.glance[1] = bearing, 0.0
            state.glance_left = 0.1
            return
    state.glance_left -= dt * rig.lively
    if state.glance_left > 0.0:
        return
    if state.glance[0] != 0.0 or state.glance[1] != 0.0:
        state.glance[:] = 0.0
        state.glance_left = between(state, 2.0, 8.0)
    else:
        reach = 0.85 - 0.40 * state.vigour
        state.glance[0] = (1.0 if draw(state) < 0.5 else -1.0) * between(state, 0.25, 1.0) * reach
        state.glance[1] = between(state, -0.15, 0.10)
        state.glance_left = between(state, 0.9, 2.6)
