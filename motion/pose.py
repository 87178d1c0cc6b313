"""From feet, clock and cues to the world transforms of the 22 joints. Compiled.

World rotation of a joint = deviation from the upright stance (hanging arms) @ rest-to-upright alignment of the body.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from motion.clip import JOINT_NAMES, PARENTS
from motion.rotation import FloatArray, about_y, about_z, compiled, compose, exp_map, mix, turn, two_bone
from motion.steps import Gait, lookup, scaled_speed, wrap

_PARENTS = np.array(PARENTS)
_NECK, _HEAD = JOINT_NAMES.index("neck"), JOINT_NAMES.index("head")
_SPINE2, _SPINE3 = JOINT_NAMES.index("spine2"), JOINT_NAMES.index("spine3")
_HIP, _KNEE, _ANKLE, _FOOT = 1, 4, 7, 10  # left; the right one follows each
_SHOULDER, _ELBOW, _WRIST = 16, 18, 20
PITCH = 0.8  # of the recorded foot pitch; shod feet of the bodies are stiffer than the source's
EXTENSION = 0.997  # of the leg at most
SINKING = 0.022  # leg lengths that the pelvis may go down over a step before the heel behind comes up
TIPTOE = 1.1  # rad, the steepest a heel is lifted
LOWERED = 0.020  # leg lengths by which walkers keep the pelvis below its height when standing


@compiled
def smooth(x: float) -> float:
    """Return the smooth step of x in [0, 1]."""
    x = min(max(x, 0.0), 1.0)
    return float(x * x * (3.0 - 2.0 * x))


@compiled
def wave(coefficients: FloatArray, phase: float) -> FloatArray:
    """Evaluate Fourier series (1 + 2 H, ..., 3) at a phase."""
    harmonics = (coefficients.shape[0] - 1) // 2
    result: FloatArray = coefficients[0].copy()
    for k in range(1, harmonics + 1):
        angle = 2.0 * np.pi * k * phase
        result += np.cos(angle) * coefficients[k] + np.sin(angle) * coefficients[harmonics + k]
    return result


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
def reach_gap(rig: Any, hip: FloatArray, ankle: FloatArray) -> float:
    """Return metres by which an ankle is out of reach of a hip, below zero inside."""
    dx, dy, dz = ankle[0] - hip[0], ankle[1] - hip[1], ankle[2] - hip[2]
    return float(np.sqrt(dx * dx + dy * dy + dz * dz) - EXTENSION * (rig.upper + rig.lower))


@compiled
def lift_heel(rig: Any, state: Any, foot: int, hip: FloatArray, angles: FloatArray, ankle: FloatArray) -> None:
    """Raise the heel of a foot that stays behind until its ankle (3,) is in reach of the hip (3,)."""
    x, y, yaw = state.planted[foot, 0], state.planted[foot, 1], state.planted[foot, 2]
    behind = np.cos(yaw) * (ankle[0] - hip[0]) + np.sin(yaw) * (ankle[1] - hip[1])
    if behind > 0.0 or angles[1] < 0.0 or reach_gap(rig, hip, ankle) <= 0.0:
        return
    low, high = angles[1], max(angles[1], TIPTOE)
    for _ in range(12):
        angles[1] = 0.5 * (low + high)
        set_ankle(rig, foot, x, y, yaw, angles[1], 0.0, ankle)
        if reach_gap(rig, hip, ankle) > 0.0:
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
        rise = max(rise, 0.03 * leg * np.sin(np.pi * share))
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


@compiled
def pose(state: Any, rig: Any, gait: Gait, duty: float, dt: float, out: FloatArray) -> None:
    """Write the joint transforms (22, 4, 4)."""
    leg = rig.upper + rig.lower
    swift = scaled_speed(gait, state.speed, leg)
    vigour = state.vigour
    standing = 1.0 - vigour
    local = wave(gait.rotations[0] + swift * gait.rotations[1], state.phase) * vigour
    shift = wave(gait.pelvis[0] + swift * gait.pelvis[1], state.phase) * (vigour * leg)
    t = state.clock
    sway = np.sin(2.0 * np.pi * (t * 0.13 + state.seed[1])) + 0.5 * np.sin(2.0 * np.pi * (t * 0.071 + state.seed[2]))
    breath = np.sin(2.0 * np.pi * (t * 0.27 + state.seed[3]))
    shift[1] += standing * 0.012 * leg * sway
    shift[0] += standing * 0.004 * leg * np.sin(2.0 * np.pi * (t * 0.19 + state.seed[0]))
    local[0, 0] -= standing * 0.012 * sway
    local[3, 0] += standing * 0.016 * sway
    local[_SPINE3, 1] -= 0.010 * breath
    local[_HEAD, 2] += standing * 0.05 * np.sin(2.0 * np.pi * (t * 0.043 + state.seed[3]))

    talk, point, attend = smooth(state.talk), smooth(state.point), smooth(state.attend)
    gesture = np.sin(2.0 * np.pi * (t * 0.9 + state.seed[0]))
    for foot in range(2):
        side = 1.0 - 2.0 * foot
        share = 0.5 + 0.5 * side * np.sin(2.0 * np.pi * (t * 0.17 + state.seed[2]))
        lively = talk * (0.35 + 0.65 * share)
        shoulder, elbow = _SHOULDER + foot, _ELBOW + foot
        local[shoulder, 0] += side * (standing * 0.16 + rig.girth + 0.06 * vigour + 0.06 * lively)
        local[shoulder, 1] += -0.28 * lively * (1.0 + 0.3 * gesture) - 0.015 * breath * standing
        local[shoulder, 2] += -side * (0.35 * standing + 0.25 * lively)
        local[elbow, 1] += -0.28 * standing - lively * (1.05 + 0.35 * np.sin(2.0 * np.pi * (t * 1.3 + state.seed[1])))
        local[elbow, 2] += side * 0.25 * lively * np.sin(2.0 * np.pi * (t * 0.7 + state.seed[3]))
    local[_HEAD, 1] += 0.05 * talk * np.sin(2.0 * np.pi * (t * 0.8 + state.seed[2]))

    # feet, then the pelvis as high as both feet allow
    ankles, angles = np.empty((2, 3)), np.empty((2, 3))
    firm = np.empty(2)
    for foot in range(2):
        angles[foot, 0], angles[foot, 1], angles[foot, 2], firm[foot] = place_foot(
            state, rig, gait, foot, duty, swift, ankles[foot]
        )
    heading = about_z(state.yaw)
    world = np.empty((22, 3, 3))
    places = np.empty((22, 3))
    world[0] = compose(heading, exp_map(local[0]))
    offset = turn(heading, np.array([shift[0], shift[1], 0.0]))
    height = rig.height + (0.012 * standing - LOWERED * vigour) * leg + shift[2]
    places[0, 0], places[0, 1] = state.position[0] + offset[0], state.position[1] + offset[1]
    needed, wanted_drop = 0.0, 0.0
    for foot in range(2):
        hip = turn(world[0], rig.offsets[_HIP + foot])
        if state.swinging[foot] == 0:
            lowest = places[0] + hip
            lowest[2] = height + hip[2] - SINKING * leg
            recorded = angles[foot, 1]
            lift_heel(rig, state, foot, lowest, angles[foot], ankles[foot])
            state.heel[foot] = angles[foot, 1] - recorded
        dx, dy = ankles[foot, 0] - places[0, 0] - hip[0], ankles[foot, 1] - places[0, 1] - hip[1]
        room = max((EXTENSION * leg) ** 2 - dx * dx - dy * dy, 0.04 * leg * leg)
        excess = height + hip[2] - ankles[foot, 2] - np.sqrt(room)
        wanted_drop = max(wanted_drop, firm[foot] * excess)
        if state.swinging[foot] == 0 and angles[foot, 1] < TIPTOE - 0.01:  # a foot on tiptoe may leave early
            needed = max(needed, excess)
    haste = 0.05 if wanted_drop > state.drop else 0.09  # s
    state.drop = max(needed, state.drop + (wanted_drop - state.drop) * (1.0 - np.exp(-dt / haste)))
    places[0, 2] = height - state.drop

    # head towards the target, in the frame of the trunk
    wanted = np.zeros(2)
    if attend > 0.0:
        dx, dy = state.target[0] - places[0, 0], state.target[1] - places[0, 1]
        eye = places[0, 2] + 0.70 * rig.height
        wanted[0] = min(max(wrap(np.arctan2(dy, dx) - state.yaw), -1.35), 1.35)
        wanted[1] = min(max(np.arctan2(state.target[2] - eye, max(np.sqrt(dx * dx + dy * dy), 0.3)), -0.6), 0.5)
    for k in range(2):
        state.gaze[k] += (attend * wanted[k] - state.gaze[k]) * (1.0 - np.exp(-dt / 0.12))

    for joint in range(1, 22):
        parent = _PARENTS[joint]
        places[joint] = places[parent] + turn(compose(world[parent], rig.align[parent]), rig.offsets[joint])
        if joint >= _HIP and joint < _HIP + 2:
            foot = joint - _HIP
            swivel = state.yaw + 0.5 * wrap(angles[foot, 0] - state.yaw)
            front = np.array([np.cos(swivel), np.sin(swivel), 0.0])
            thigh, shank = two_bone(places[joint], ankles[foot], rig.upper, rig.lower, front, 1.0)
            world[joint], world[_KNEE + foot] = thigh, shank
        elif joint >= _ANKLE and joint < _ANKLE + 2:
            world[joint] = compose(about_z(angles[joint - _ANKLE, 0]), about_y(angles[joint - _ANKLE, 1]))
        elif joint >= _FOOT and joint < _FOOT + 2:
            world[joint] = compose(about_z(angles[joint - _FOOT, 0]), about_y(angles[joint - _FOOT, 2]))
        elif joint >= _KNEE and joint < _KNEE + 2:
            pass
        else:
            world[joint] = compose(world[parent], exp_map(local[joint]))
            share = 0.0
            if joint in (_NECK, _HEAD):
                share = 0.36
            elif joint in (_SPINE2, _SPINE3):
                share = 0.14
            if share > 0.0:
                world[joint] = compose(
                    compose(world[joint], about_z(share * state.gaze[0])), about_y(-share * state.gaze[1])
                )
            if point > 0.0 and joint == _SHOULDER + state.arm:
                upper, fore = _aim(state, rig, places[joint])
                world[joint] = mix(world[joint], upper, point)
            elif point > 0.0 and joint == _ELBOW + state.arm:
                upper, fore = _aim(state, rig, places[_SHOULDER + state.arm])
                world[joint] = mix(world[joint], fore, point)

    out[:] = 0.0
    for joint in range(22):
        out[joint, :3, :3] = compose(world[joint], rig.align[joint])
        out[joint, :3, 3] = places[joint]
        out[joint, 3, 3] = 1.0


@compiled
def _aim(state: Any, rig: Any, shoulder: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the frames of upper arm and forearm that point from the shoulder (3,) at the target."""
    reach = state.target - shoulder
    reach = shoulder + reach * (0.985 * (rig.arm[0] + rig.arm[1]) / max(np.sqrt((reach * reach).sum()), 1e-6))
    side = 1.0 - 2.0 * state.arm
    # the elbow hangs down and out: its front faces up and in
    c, s = np.cos(state.yaw), np.sin(state.yaw)
    front = np.array([0.25 * side * s, -0.25 * side * c, 1.0])
    return two_bone(shoulder, reach, rig.arm[0], rig.arm[1], front, -1.0)
