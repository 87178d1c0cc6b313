"""What a person's motion remembers from step to step. Compiled."""

from __future__ import annotations

from typing import Any

import numpy as np

from motion.rotation import compiled

STATE = np.dtype(
    [
        ("present", "i8"),
        ("dice", "u8"),  # of the person's own random numbers
        ("seed", "f8", (4,)),  # random phases, [0, 1)
        ("clock", "f8"),  # s since the person came
        ("position", "f8", (2,)),  # m, world
        ("yaw", "f8"),  # rad, of the body
        ("yaw_rate", "f8"),  # rad/s
        ("speed", "f8"),  # m/s, smoothed
        ("ahead", "f8"),  # how much of the way goes forward, [0, 1], smoothed
        ("vigour", "f8"),  # 0 standing .. 1 walking forward, smoothed
        # steps
        ("phase", "f8"),  # of the stride, [0, 1)
        ("rate", "f8"),  # strides per second
        ("stepping", "i8"),  # 1 while taking steps in place
        ("planted", "f8", (2, 3)),  # left, right: x, y of the ball of the foot, yaw
        ("origin", "f8", (2, 3)),  # the same at the last lift-off
        ("goal", "f8", (2, 3)),  # the same at the coming landing
        ("swinging", "i8", (2,)),
        ("lifted", "f8", (2,)),  # share of the swing at which the foot left the floor
        ("reached", "f8", (2,)),  # share of the swing done
        ("heel", "f8", (2,)),  # rad, by which a heel had to be lifted beyond the recorded pitch
        ("drop", "f8"),  # m, by which the pelvis is lowered so that both feet reach the floor
        # standing
        ("lean", "f8", (2,)),  # where the weight is, -1 right .. 1 left, and its rate
        ("lean_goal", "f8"),
        ("lean_left", "f8"),  # s until it changes
        ("stray", "f8", (2, 3)),  # of the feet from where they would stand: ahead m, out m, turned out rad
        ("restless", "i8"),  # 1 until the feet stand at `stray`
        ("idle", "i8"),  # arm pose when there is nothing to do
        ("idle_side", "i8"),  # the arm that it takes where one is enough
        ("idle_left", "f8"),  # s until it changes
        # arms: rotation vectors of shoulder, elbow, wrist and their rates
        ("held", "f8", (2, 3, 3)),
        ("held_rate", "f8", (2, 3, 3)),
        ("wide", "f8", (2, 2)),  # rad, by which an arm keeps off the trunk while it moves, and its rate
        ("posed", "i8", (2,)),  # the arm pose on the way to which it is
        ("passing", "i8", (2,)),  # 1 while an arm hangs on its way from one pose to another
        ("free", "f8", (2, 2)),  # how much of the swing of walking an arm takes part in, and its rate
        # cues
        ("attend", "f8"),  # weights of the cues, [0, 1], linear in time
        ("talk", "f8"),
        ("point", "f8"),
        ("arm", "i8"),  # 0 left, 1 right: the arm that points
        ("aim", "f8", (2, 2)),  # rad: world yaw and pitch at which it points, and their rates
        ("target", "f8", (3,)),  # m, world, of the last cue
        ("word", "i8", (2,)),  # arm poses of the present gesture
        ("word_left", "f8"),  # s until the next one
        ("beat_left", "f8"),  # s until the next beat of the hands
        ("nod", "f8", (2,)),  # rad, of the head, and its rate
        ("nod_left", "f8"),  # s until the next one
        # speech
        ("voice", "u8"),  # dice of the jaw, which leave those of the gestures alone
        ("jaw", "f8"),  # rad, how far it is open
        ("aloud", "f8"),  # how much of the way to speech, [0, 1], linear in time
        ("opening", "f8", (2,)),  # rad: from where the jaw goes, and to where
        ("way", "f8", (2,)),  # share of that way, and its rate, 1/s
        ("phrase_left", "f8"),  # s until the next pause
        # head
        ("gaze", "f8", (2, 2)),  # rad: yaw and pitch of the head against the trunk, and their rates
        ("glance", "f8", (2,)),  # rad: where somebody idle looks
        ("glance_left", "f8"),  # s until it looks elsewhere
        ("seen", "i8"),  # the passer-by who was looked at last
        ("seen_left", "f8"),  # s for which it still is
        # aids
        ("chair", "f8", (3,)),  # x, y, yaw of the wheelchair's axle
        ("chair_speed", "f8"),  # m/s, smoothed
        ("wheel", "f8", (2,)),  # rad, turned so far
        ("rim", "f8", (2,)),  # rad from the top of the wheel ahead: where a hand is
        ("push", "f8"),  # phase of the push, [0, 1)
        ("grip", "f8", (2,)),  # how far the hands are at the rims, and its rate
        ("tip", "f8", (3,)),  # m: x, y, z of the stick's tip
        ("tip_origin", "f8", (2,)),
        ("tip_up", "i8"),
        ("handle", "f8", (2, 2)),  # m: ahead and left of the body, of the stick's handle, and their rates
    ]
)

_FACTOR, _STEP, _SHIFT = np.uint64(6364136223846793005), np.uint64(1442695040888963407), np.uint64(11)


@compiled
def _throw(dice: Any) -> Any:
    """Return what dice show next (a linear congruential generator, Knuth's MMIX)."""
    return dice * _FACTOR + _STEP


@compiled
def _read(dice: Any) -> float:
    """Return the number in [0, 1) that dice show: their upper 53 bits."""
    return float(float(dice >> _SHIFT) / 9007199254740992.0)


@compiled
def draw(state: Any) -> float:
    """Return a random number in [0, 1)."""
    state.dice = _throw(state.dice)
    return _read(state.dice)


@compiled
def roll(state: Any) -> float:
    """Return a random number in [0, 1) from the dice of the jaw."""
    state.voice = _throw(state.voice)
    return _read(state.voice)


@compiled
def between(state: Any, low: float, high: float) -> float:
    """Return a random number in [low, high)."""
    return low + (high - low) * draw(state)


@compiled
def spring(place: Any, goal: float, haste: float, dt: float) -> None:
    """Move `place` (2,), value and rate, to `goal` as a critically damped spring of `haste` rad/s does."""
    gap = place[0] - goal
    pull = (place[1] + haste * gap) * dt
    fade = np.exp(-haste * dt)
    place[0] = goal + (gap + pull) * fade
    place[1] = (place[1] - haste * pull) * fade
