"""How the body expresses a cue: talking hands, nods, and an arm that points. Compiled."""

from __future__ import annotations

from typing import Any

import numpy as np

from motion.arms import COUNT, HANG, HEART, OFFER, OPEN, RAISE, READY
from motion.rotation import FloatArray, compiled, two_bone
from motion.state import between, draw, spring
from motion.steps import wrap

BLEND = 0.4  # s, to fade a cue in or out
TALK, LISTEN, LOOK, POINT = 1, 2, 3, 4
ACROSS, ASIDE = 0.65, 1.75  # rad from straight ahead that an arm points at most, across the chest and out


@compiled
def express(state: Any, rig: Any, kind: int, target: FloatArray, dt: float) -> None:
    """Fade the cues in and out, choose words and nods, and remember the target (3,)."""
    step = dt / BLEND
    if kind == POINT:
        yaw = np.arctan2(target[1] - state.position[1], target[0] - state.position[0])
        flat = np.sqrt((target[0] - state.position[0]) ** 2 + (target[1] - state.position[1]) ** 2)
        pitch = np.arctan2(target[2] - 1.5 * rig.height, max(flat, 0.1))
        if state.point == 0.0:
            state.arm = 0 if (wrap(yaw - state.yaw) > 0.15 or rig.aid == 2) and rig.loaded == 0 else 1
            state.aim[0, 0], state.aim[1, 0] = yaw, pitch
            state.aim[:, 1] = 0.0
        spring(state.aim[0], state.aim[0, 0] + wrap(yaw - state.aim[0, 0]), 9.0, dt)
        spring(state.aim[1], pitch, 9.0, dt)
    if kind > 0:
        state.target[:] = target
    state.attend = min(1.0, state.attend + step) if kind > 0 else max(0.0, state.attend - step)
    state.talk = min(1.0, state.talk + step) if kind == TALK else max(0.0, state.talk - step)
    state.point = min(1.0, state.point + step) if kind == POINT else max(0.0, state.point - step)
    if kind == TALK:
        _speak(state, rig, dt)
    else:
        state.word_left = 0.0
    state.nod_left -= dt
    if kind in (TALK, LISTEN) and state.nod_left <= 0.0:
        deep = between(state, 0.7, 1.6) if kind == LISTEN else between(state, -0.9, 0.8)
        state.nod[1] += deep
        again = kind == LISTEN and draw(state) < 0.45  # nods come in twos and threes
        state.nod_left = 0.42 if again else between(state, 1.2, 4.5)
    spring(state.nod, 0.0, 9.0, dt)


@compiled
def _speak(state: Any, rig: Any, dt: float) -> None:
    """Choose the next gesture when the last one is over: strokes in clusters, with rests between them."""
    state.word_left -= dt
    if state.word_left <= 0.0:
        resting = state.word[0] == HANG and state.word[1] == HANG
        if not resting and draw(state) < 0.42:
            state.word[:] = HANG
            state.word_left = between(state, 0.5, 2.2) / rig.lively
        else:
            hands, which = draw(state), draw(state)
            word = READY
            if which < 0.30:
                word = OFFER
            elif which < 0.48:
                word = OPEN
            elif which < 0.58:
                word = HEART
            elif which < 0.68:
                word = RAISE
            elif which < 0.80:
                word = COUNT
            chief = 1 if (state.seed[3] < 0.8 or rig.loaded == 1) and rig.aid != 2 else 0
            state.word[chief] = word
            state.word[1 - chief] = HANG
            if hands < 0.45 and word != HEART and word != RAISE:
                state.word[1 - chief] = word
            elif hands < 0.60:
                state.word[1 - chief] = READY
            state.word_left = between(state, 0.55, 1.5)
            state.beat_left = between(state, 0.25, 0.45)
    state.beat_left -= dt
    if state.beat_left <= 0.0:
        state.beat_left = between(state, 0.28, 0.75)
        beat = between(state, 0.8, 2.4) * rig.lively * (1.0 if draw(state) < 0.7 else -1.0)
        for arm in range(2):
            if state.word[arm] != HANG:
                state.held_rate[arm, 1, 1] += beat
                state.held_rate[arm, 2, 1] += 0.7 * beat
                state.held_rate[arm, 0, 1] += 0.25 * beat
    if rig.aid == 2:
        state.word[1] = HANG


@compiled
def aim_arm(state: Any, rig: Any, shoulder: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the frames of upper arm and forearm that point from the shoulder (3,) at the target."""
    side = 1.0 - 2.0 * state.arm
    dx, dy = state.target[0] - shoulder[0], state.target[1] - shoulder[1]
    flat = max(np.sqrt(dx * dx + dy * dy), 0.2)
    # the aim as seen from the body's middle, corrected for where the shoulder is
    near = np.arctan2(state.target[1] - state.position[1], state.target[0] - state.position[0])
    yaw = state.aim[0, 0] + wrap(np.arctan2(dy, dx) - near)
    high = np.arctan2(state.target[2] - shoulder[2], flat)
    far = np.sqrt((state.target[0] - state.position[0]) ** 2 + (state.target[1] - state.position[1]) ** 2)
    pitch = state.aim[1, 0] + high - np.arctan2(state.target[2] - 1.5 * rig.height, max(far, 0.1))
    turned = side * wrap(yaw - state.yaw)
    turned = state.yaw + side * min(max(turned, -ACROSS), ASIDE)
    pitch = min(max(pitch, -1.2), 1.2)
    reach = 0.985 * (rig.arm[0] + rig.arm[1])
    c, s = np.cos(pitch) * reach, np.sin(pitch) * reach
    goal = shoulder + np.array([np.cos(turned) * c, np.sin(turned) * c, s])
    # the elbow hangs down and out: its front faces up and in
    cy, sy = np.cos(state.yaw), np.sin(state.yaw)
    front = np.array([0.25 * side * sy, -0.25 * side * cy, 1.0])
    return two_bone(shoulder, goal, rig.arm[0], rig.arm[1], front, -1.0)
