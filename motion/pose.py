"""From feet, clock and cues to the world transforms of the 22 joints, 2 aids and the jaw. Compiled.

World rotation of a joint = deviation from the upright stance (hanging arms) @ rest-to-upright alignment of the body.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from motion import stick, wheelchair
from motion.arms import PHONE, turn_hand, untwist
from motion.clip import DRAWN_NAMES, JOINT_NAMES, PARENTS
from motion.feet import EXTENSION, TIPTOE, lift_heel, place_foot, smooth
from motion.gesture import aim_arm
from motion.rotation import FloatArray, about_y, about_z, compiled, compose, exp_map, mix, turn, two_bone
from motion.state import spring
from motion.steps import Gait, scaled_speed, wrap

_PARENTS = np.array(PARENTS)
_NECK, _HEAD = JOINT_NAMES.index("neck"), JOINT_NAMES.index("head")
_JAW = DRAWN_NAMES.index("jaw")
_SPINE1, _SPINE2, _SPINE3 = (JOINT_NAMES.index(f"spine{k}") for k in (1, 2, 3))
_HIP, _KNEE, _ANKLE, _FOOT = 1, 4, 7, 10  # left; the right one follows each
_COLLAR, _SHOULDER, _ELBOW, _WRIST = 13, 16, 18, 20
_LIMBS = 16  # the first joint of the arms
SINKING = 0.022  # leg lengths that the pelvis may go down over a step before the heel behind comes up
LOWERED = 0.020  # leg lengths by which walkers keep the pelvis below its height when standing
SOFT = 0.007  # leg lengths over which the pelvis gives way to a foot that it could not reach
CONTRAPPOSTO = 0.050  # leg lengths that the pelvis goes over the leg that carries
HEARING, TURNED = 1.35, 0.6  # rad that head and chest turn at most to something, and look up or down


@compiled
def wave(gait: Gait, joint: int, swift: float, phase: float, result: FloatArray) -> None:
    """Write the oscillation of a joint (3,) around its mean at a phase: Fourier series (1 + 2 H, 3)."""
    harmonics = (gait.rotations.shape[1] - 1) // 2
    result[:] = 0.0
    for k in range(1, harmonics + 1):
        c, s = np.cos(2.0 * np.pi * k * phase), np.sin(2.0 * np.pi * k * phase)
        for i in range(3):
            cosine = gait.rotations[0, k, joint, i] + swift * gait.rotations[1, k, joint, i]
            sine = gait.rotations[0, harmonics + k, joint, i] + swift * gait.rotations[1, harmonics + k, joint, i]
            result[i] += c * cosine + s * sine


@compiled
def _sway(gait: Gait, swift: float, phase: float, result: FloatArray) -> None:
    """Write where the pelvis is against its mean path (3,), leg lengths."""
    harmonics = (gait.pelvis.shape[1] - 1) // 2
    result[:] = gait.pelvis[0, 0] + swift * gait.pelvis[1, 0]
    for k in range(1, harmonics + 1):
        c, s = np.cos(2.0 * np.pi * k * phase), np.sin(2.0 * np.pi * k * phase)
        for i in range(3):
            cosine = gait.pelvis[0, k, i] + swift * gait.pelvis[1, k, i]
            result[i] += c * cosine + s * (gait.pelvis[0, harmonics + k, i] + swift * gait.pelvis[1, harmonics + k, i])


@compiled
def bend_body(state: Any, rig: Any, gait: Gait, swift: float, local: FloatArray) -> None:
    """Write the rotation vectors (22, 3) of trunk, head and arms."""
    vigour, t = state.vigour, state.clock
    standing = 1.0 - vigour if rig.aid != 1 else 0.0
    part = np.empty(3)
    local[:] = 0.0
    for joint in (0, _SPINE1, _SPINE2, _SPINE3, _NECK, _HEAD):
        wave(gait, joint, swift, state.phase, part)
        for k in range(3):
            local[joint, k] = vigour * part[k]
    breath = np.sin(2.0 * np.pi * (t * (0.25 + 0.06 * state.seed[1]) + state.seed[3]))
    drift = np.sin(2.0 * np.pi * (t * 0.13 + state.seed[1])) + 0.5 * np.sin(2.0 * np.pi * (t * 0.071 + state.seed[2]))
    lean = state.lean[0] * standing
    local[0, 0] += 0.065 * lean - 0.006 * standing * drift
    local[0, 2] += 0.06 * lean
    local[_SPINE1, 0] += -0.050 * lean + 0.008 * standing * drift
    local[_SPINE2, 0] += -0.030 * lean
    local[_SPINE3, 0] += -0.012 * lean
    local[_SPINE3, 1] -= 0.010 * breath
    local[_SPINE1, 2] -= 0.03 * lean
    local[_NECK, 0] += 0.020 * lean
    local[_HEAD, 2] += standing * 0.03 * np.sin(2.0 * np.pi * (t * 0.043 + state.seed[3]))
    local[_HEAD, 0] += standing * 0.02 * drift
    stoop = rig.stoop + (wheelchair.lean(state) if rig.aid == 1 else 0.20 * max(swift, 0.0) * vigour)
    for joint in (_SPINE1, _SPINE2, _SPINE3):
        local[joint, 1] += stoop / 3.0
    local[_NECK, 1] -= 0.35 * stoop
    local[_HEAD, 1] += -0.45 * stoop + state.nod[0]
    if rig.aid == 2 and state.tip_up == 0:
        local[_SPINE1, 0] += 0.02 * vigour

    for arm in range(2):
        side = 1.0 - 2.0 * arm
        shoulder, elbow, wrist = _SHOULDER + arm, _ELBOW + arm, _WRIST + arm
        local[_COLLAR + arm, 0] += side * 0.012 * breath
        swing = vigour * state.free[arm, 0] * rig.swing
        if arm == 0 and rig.loaded == 1:
            swing *= 0.45
        wave(gait, shoulder, swift, state.phase, part)
        local[shoulder, 0] = 0.5 * swing * part[0]
        local[shoulder, 1] = 1.15 * swing * part[1] + 0.10 * swing
        local[shoulder, 2] = 0.45 * swing * part[2] - 0.04 * side * swing
        wave(gait, elbow, swift, state.phase, part)
        local[elbow, 1] = swing * (0.8 * part[1] - 0.08 - 0.3 * max(swift, 0.0))
        for k in range(3):
            local[shoulder, k] += state.held[arm, 0, k]
            local[elbow, k] += state.held[arm, 1, k]
            local[wrist, k] = state.held[arm, 2, k]
        local[shoulder, 0] += side * (state.wide[arm, 0] + 0.02 * vigour)
        local[shoulder, 1] -= 0.010 * breath
    if state.point > 0.0:
        # the hand goes on straight from the forearm
        fade = 1.0 - 0.8 * smooth(state.point)
        local[_WRIST + state.arm] = fade * local[_WRIST + state.arm]


@compiled
def turn_head(state: Any, rig: Any, pelvis: FloatArray, dt: float) -> None:
    """Turn the gaze, in the frame of the trunk, to the target of a cue or to whatever is looked at."""
    wanted_yaw, wanted_pitch = state.glance[0], state.glance[1]
    if state.idle == PHONE and wanted_yaw == 0.0 and state.vigour < 0.3:
        wanted_pitch = -0.50
        wanted_yaw = 0.12 * (1.0 - 2.0 * state.idle_side)
    if state.attend > 0.0:
        dx, dy = state.target[0] - pelvis[0], state.target[1] - pelvis[1]
        eye = pelvis[2] + 0.70 * rig.height
        wanted_yaw = wrap(np.arctan2(dy, dx) - state.yaw)
        wanted_pitch = np.arctan2(state.target[2] - eye, max(np.sqrt(dx * dx + dy * dy), 0.3))
    spring(state.gaze[0], min(max(wanted_yaw, -HEARING), HEARING), 7.5, dt)
    spring(state.gaze[1], min(max(wanted_pitch, -TURNED), 0.5), 7.5, dt)


@compiled
def seat_legs(state: Any, world: FloatArray) -> None:
    """Write the frames of the legs of somebody who sits: thighs level, shanks upright, feet level on the rests."""
    for foot in range(2):
        front = about_z(state.yaw)
        world[_HIP + foot] = compose(front, about_y(-0.5 * np.pi))
        world[_KNEE + foot], world[_ANKLE + foot], world[_FOOT + foot] = front, front, front


@compiled
def stand_legs(
    state: Any,
    rig: Any,
    gait: Gait,
    duty: float,
    swift: float,
    dt: float,
    world: FloatArray,
    places: FloatArray,
    ankles: FloatArray,
    angles: FloatArray,
) -> None:
    """Place the feet, then the pelvis `places[0]` as high as both feet allow."""
    leg = rig.upper + rig.lower
    standing = 1.0 - state.vigour
    shift = np.empty(3)
    _sway(gait, swift, state.phase, shift)
    for k in range(3):
        shift[k] *= state.vigour * leg
    t = state.clock
    shift[1] += (
        standing * leg * (CONTRAPPOSTO * state.lean[0] + 0.004 * np.sin(2.0 * np.pi * (t * 0.13 + state.seed[1])))
    )
    shift[0] += standing * 0.004 * leg * np.sin(2.0 * np.pi * (t * 0.19 + state.seed[0]))
    firm = np.empty(2)
    for foot in range(2):
        angles[foot, 0], angles[foot, 1], angles[foot, 2], firm[foot] = place_foot(
            state, rig, gait, foot, duty, swift, ankles[foot]
        )
    offset = turn(about_z(state.yaw), np.array([shift[0], shift[1], 0.0]))
    height = rig.height + (0.012 * standing - LOWERED * state.vigour - rig.sag) * leg + shift[2]
    places[0, 0], places[0, 1] = state.position[0] + offset[0], state.position[1] + offset[1]
    needed, pull = 0.0, 1.0
    for foot in range(2):
        hip = turn(world[0], rig.offsets[_HIP + foot])
        if state.swinging[foot] == 0:
            lowest = places[0] + hip
            lowest[2] = height + hip[2] - SINKING * leg
            recorded = angles[foot, 1]
            lift_heel(rig, state, foot, duty, lowest, angles[foot], ankles[foot])
            state.heel[foot] = angles[foot, 1] - recorded
        dx, dy = ankles[foot, 0] - places[0, 0] - hip[0], ankles[foot, 1] - places[0, 1] - hip[1]
        room = max((EXTENSION * leg) ** 2 - dx * dx - dy * dy, 0.04 * leg * leg)
        excess = height + hip[2] - ankles[foot, 2] - np.sqrt(room)
        pull += firm[foot] * np.exp(min(excess / (SOFT * leg), 40.0))
        if state.swinging[foot] == 0 and angles[foot, 1] < TIPTOE - 0.01:  # a foot on tiptoe may leave early
            needed = max(needed, excess)
    wanted = SOFT * leg * np.log(pull)  # a soft maximum of what the feet demand, and nothing
    state.drop = max(needed, state.drop + (wanted - state.drop) * (1.0 - np.exp(-dt / 0.035)))
    places[0, 2] = height - state.drop


@compiled
def pose(state: Any, rig: Any, gait: Gait, duty: float, dt: float, out: FloatArray) -> None:
    """Write the transforms (25, 4, 4) of joints, aids and jaw."""
    leg = rig.upper + rig.lower
    swift = scaled_speed(gait, state.speed, leg)
    local, world, places = np.empty((22, 3)), np.empty((22, 3, 3)), np.empty((22, 3))
    ankles, angles = np.empty((2, 3)), np.zeros((2, 3))
    bend_body(state, rig, gait, swift, local)
    if rig.aid == 1:
        world[0] = about_z(state.yaw)
        places[0, 0], places[0, 1], places[0, 2] = state.position[0], state.position[1], rig.seat
        seat_legs(state, world)
    else:
        world[0] = compose(about_z(state.yaw), exp_map(local[0]))
        stand_legs(state, rig, gait, duty, swift, dt, world, places, ankles, angles)
    turn_head(state, rig, places[0], dt)
    point = smooth(state.point)
    for joint in range(1, 22):
        parent = _PARENTS[joint]
        places[joint] = places[parent] + turn(compose(world[parent], rig.align[parent]), rig.offsets[joint])
        if joint in (_HIP, _HIP + 1) and rig.aid != 1:
            foot = joint - _HIP
            swivel = state.yaw + 0.5 * wrap(angles[foot, 0] - state.yaw)
            front = np.array([np.cos(swivel), np.sin(swivel), 0.0])
            thigh, shank = two_bone(places[joint], ankles[foot], rig.upper, rig.lower, front, 1.0)
            world[joint], world[_KNEE + foot] = thigh, shank
            world[_ANKLE + foot] = compose(about_z(angles[foot, 0]), about_y(angles[foot, 1]))
            world[_FOOT + foot] = compose(about_z(angles[foot, 0]), about_y(angles[foot, 2]))
        elif joint in (_SPINE1, _SPINE2, _SPINE3, _NECK, _HEAD) or joint >= _COLLAR:
            world[joint] = compose(world[parent], exp_map(local[joint]))
            share = 0.0
            if joint in (_NECK, _HEAD):
                share = 0.38
            elif joint in (_SPINE2, _SPINE3):
                share = 0.12
            if share > 0.0:
                tilt = compose(about_z(share * state.gaze[0, 0]), about_y(-share * state.gaze[1, 0]))
                world[joint] = compose(world[joint], tilt)
    if rig.loaded == 1:  # what the left hand carries hangs upright
        world[_WRIST] = mix(about_z(state.yaw), world[_ELBOW], 0.25)
    if point > 0.0:
        _point(state, rig, point, local, world, places)
    if rig.aid == 2:
        _hold_stick(state, rig, dt, world, places, out)
    if rig.aid == 1 and state.grip[0] > 1e-3:
        for hand in range(2):
            _grip_rim(state, rig, hand, point if hand == state.arm else 0.0, world, places)

    for joint in range(22):
        turned = compose(world[joint], rig.align[joint])
        for i in range(3):
            for j in range(3):
                out[joint, i, j] = turned[i, j]
            out[joint, i, 3] = places[joint, i]
            out[joint, 3, i] = 0.0
        out[joint, 3, 3] = 1.0
    for aid in range(2):
        if rig.aid == 2 and aid == 1:
            continue
        out[22 + aid] = out[0]
        where = turn(world[0], rig.aids[aid])
        turned = compose(world[0], about_y(state.wheel[aid])) if rig.aid == 1 else world[0]
        for i in range(3):
            out[22 + aid, i, 3] = places[0, i] + where[i]
            for j in range(3):
                out[22 + aid, i, j] = turned[i, j]
    hang_jaw(state, rig, out)


@compiled
def hang_jaw(state: Any, rig: Any, out: FloatArray) -> None:
    """Write the transform of the jaw by that of the head, both of `out` (25, 4, 4)."""
    head = np.ascontiguousarray(out[_HEAD, :3, :3])
    where, turned = turn(head, rig.jaw), compose(head, about_y(state.jaw))
    for i in range(3):
        for j in range(3):
            out[_JAW, i, j] = turned[i, j]
        out[_JAW, i, 3] = out[_HEAD, i, 3] + where[i]
        out[_JAW, 3, i] = 0.0
    out[_JAW, 3, 3] = 1.0


@compiled
def _follow_arm(rig: Any, arm: int, world: FloatArray, places: FloatArray) -> None:
    """Write where elbow and wrist are after the arm's frames have changed."""
    shoulder, elbow, wrist = _SHOULDER + arm, _ELBOW + arm, _WRIST + arm
    places[elbow] = places[shoulder] + turn(compose(world[shoulder], rig.align[shoulder]), rig.offsets[elbow])
    places[wrist] = places[elbow] + turn(compose(world[elbow], rig.align[elbow]), rig.offsets[wrist])


@compiled
def _point(state: Any, rig: Any, share: float, local: FloatArray, world: FloatArray, places: FloatArray) -> None:
    arm = state.arm
    upper, fore = aim_arm(state, rig, places[_SHOULDER + arm])
    world[_SHOULDER + arm] = mix(world[_SHOULDER + arm], upper, share)
    world[_ELBOW + arm] = mix(world[_ELBOW + arm], fore, share)
    world[_WRIST + arm] = compose(world[_ELBOW + arm], exp_map(local[_WRIST + arm]))
    _follow_arm(rig, arm, world, places)


@compiled
def _hold_stick(state: Any, rig: Any, dt: float, world: FloatArray, places: FloatArray, out: FloatArray) -> None:
    """Bring the right hand to the handle of the stick, and write the stick's transform."""
    handle, up = stick.hold(state, rig, dt)
    c, s = np.cos(state.yaw), np.sin(state.yaw)
    fingers = np.array([0.80 * c + 0.10 * s, 0.80 * s - 0.10 * c, -0.60])
    hand = turn_hand_world(rig, 1, state.yaw, np.array([0.80, 0.0, -0.60]), np.array([-0.45, 0.30, -0.80]))
    goal = handle - fingers * rig.palm
    goal[2] += 0.03
    pole = np.array([-0.9 * c + 0.35 * s, -0.9 * s - 0.35 * c, 0.0])
    upper, fore = two_bone(places[_SHOULDER + 1], goal, rig.arm[0], rig.arm[1], -pole, -1.0)
    fore = untwist(fore, hand)
    world[_SHOULDER + 1], world[_ELBOW + 1], world[_WRIST + 1] = upper, fore, hand
    _follow_arm(rig, 1, world, places)
    turned = stick.arm_turn(state, up)
    for i in range(3):
        for j in range(3):
            out[23, i, j] = turned[i, j]
        out[23, i, 3] = handle[i]
        out[23, 3, i] = 0.0
    out[23, 3, 3] = 1.0


@compiled
def turn_hand_world(rig: Any, side: int, yaw: float, fingers: FloatArray, palm: FloatArray) -> FloatArray:
    """Return the world rotation of a hand given in the frame of the body."""
    return compose(about_z(yaw), turn_hand(rig, side, fingers, palm))


@compiled
def _grip_rim(state: Any, rig: Any, hand: int, busy: float, world: FloatArray, places: FloatArray) -> None:
    """Bring a hand to the rim of its wheel, as far as the hands are there."""
    share = smooth(state.grip[0]) * (1.0 - busy)
    flip = 1.0 - 2.0 * hand
    goal = wheelchair.reach_rim(state, rig, hand, places[0])
    c, s = np.cos(state.yaw), np.sin(state.yaw)
    pole = np.array([-c - 0.45 * flip * s, -s + 0.45 * flip * c, 0.25])
    upper, fore = two_bone(places[_SHOULDER + hand], goal, rig.arm[0], rig.arm[1], -pole, -1.0)
    turned = turn_hand_world(
        rig,
        hand,
        state.yaw,
        np.array([0.45 + 0.25 * np.sin(state.rim[hand]), -0.10 * flip, -0.85]),
        np.array([-0.2, -flip, -0.15]),
    )
    fore = untwist(fore, turned)
    world[_SHOULDER + hand] = mix(world[_SHOULDER + hand], upper, share)
    world[_ELBOW + hand] = mix(world[_ELBOW + hand], fore, share)
    world[_WRIST + hand] = mix(world[_WRIST + hand], turned, share)
    _follow_arm(rig, hand, world, places)
