"""Where feet go: when each foot lifts, swings and lands, so that standing feet do not slide. Compiled.

A clock of the gait runs from 0 to 1 over a stride (0: the left heel strikes; the right foot half a stride later). While
somebody walks the clock advances with the distance covered; somebody who stands takes steps in place when the feet have
come to lie too far from where the body wants them (after stopping, when turning on the spot, or to stand otherwise).
Whoever is pushed aside or back keeps facing the same way and takes short flat steps.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from motion.rotation import FloatArray, compiled

GRAVITY = 9.81  # m/s^2
STANDING = 0.12  # m/s, slower than this is standing
LONGEST = 0.62  # leg lengths from the pelvis to the ball of a landing foot
STEP_RATE = 0.95  # strides per second of steps in place
LATE = 0.03  # strides
SHUFFLE = 0.42  # share of a stride's length that remains when it does not go ahead
TOO_FAR = 0.10  # m off its place at which a standing foot is moved
TOO_TWISTED = 0.42  # rad off its heading at which a standing foot is moved
PLAN_DT = 0.1  # s between planned positions


class Gait(NamedTuple):
    """The asset made by `motion/distill.py`: [0] at the mean speed, [1] slope over the dimensionless speed."""

    speed: FloatArray  # mean, least, greatest
    rotations: FloatArray  # (2, 11, 22, 3)
    pelvis: FloatArray  # (2, 11, 3), leg lengths
    stride: FloatArray  # leg lengths
    duty: FloatArray
    passing: FloatArray
    width: FloatArray
    stance: FloatArray  # (2, 33) pitch
    swing: FloatArray  # (2, 33, 3) way, rise, pitch


@compiled
def wrap(angle: float) -> float:
    """Return the angle in (-pi, pi]."""
    return float(np.pi - (np.pi - angle) % (2.0 * np.pi))


@compiled
def scaled_speed(gait: Gait, speed: float, leg: float) -> float:
    """Return the dimensionless speed against the mean of the recordings, inside their range."""
    value = speed / np.sqrt(GRAVITY * leg)
    return float(min(max(value, gait.speed[1]), gait.speed[2]) - gait.speed[0])


@compiled
def duty_of(gait: Gait, speed: float, leg: float) -> float:
    """Return the share of a stride that a foot stands.

    The recordings' toe-offs, found as the hindmost points of the feet, come late by `LATE`; a share of 0.61 at 1.3 m/s
    and 0.57 at 2 m/s is what force plates say (Murray 1967, American Journal of Physical Medicine 46).
    """
    swift = scaled_speed(gait, speed, leg)
    return float(gait.duty[0] + gait.duty[1] * swift - LATE - 0.15 * max(swift, 0.0))


@compiled
def stride_length(gait: Gait, rig: Any, speed: float, ahead: float) -> float:
    """Return metres per stride; strides shrink towards half below the slowest recording, and where they go aside."""
    leg = rig.upper + rig.lower
    slow = min(1.0, speed / np.sqrt(GRAVITY * leg) / gait.speed[1])
    length = (gait.stride[0] + gait.stride[1] * scaled_speed(gait, speed, leg)) * leg * max(0.45, np.sqrt(slow))
    length /= rig.cadence * (1.0 + 0.25 * max(scaled_speed(gait, speed, leg), 0.0))
    return float(length * (SHUFFLE + (1.0 - SHUFFLE) * ahead))


@compiled
def lookup(table: FloatArray, share: float) -> float:
    """Interpolate a table over [0, 1]."""
    where = min(max(share, 0.0), 1.0) * (len(table) - 1)
    index = min(int(where), len(table) - 2)
    return float(table[index] + (where - index) * (table[index + 1] - table[index]))


@compiled
def foresee(position: FloatArray, velocity: FloatArray, planned: FloatArray, ahead: float) -> FloatArray:
    """Return where the person will be in `ahead` seconds (2,)."""
    result = np.empty(2)
    where = ahead / PLAN_DT
    index = min(int(where), len(planned))
    for k in range(2):
        if len(planned) == 0:
            result[k] = position[k] + velocity[k] * min(ahead, 0.8)
        elif index == len(planned):
            result[k] = planned[-1, k]
        else:
            before = position[k] if index == 0 else planned[index - 1, k]
            result[k] = before + (where - index) * (planned[index, k] - before)
    return result


@compiled
def when(position: FloatArray, planned: FloatArray, speed: float, distance: float) -> float:
    """Return in how many seconds the person will have walked `distance` metres; the end of the plan if never."""
    if len(planned) == 0:
        return distance / speed
    walked = 0.0
    x, y = position[0], position[1]
    for k in range(len(planned)):
        piece = np.sqrt((planned[k, 0] - x) ** 2 + (planned[k, 1] - y) ** 2)
        if walked + piece >= distance and piece > 0.0:
            return float((k + (distance - walked) / piece) * PLAN_DT)
        walked += piece
        x, y = planned[k, 0], planned[k, 1]
    return len(planned) * PLAN_DT


@compiled
def home(
    state: Any, rig: Any, gait: Gait, foot: int, x: float, y: float, yaw: float, walking: float
) -> tuple[float, float, float]:
    """Return x, y, yaw where a foot should stand under a pelvis at (x, y); `walking` in [0, 1] narrows the base."""
    side = 1.0 - 2.0 * foot
    leg = rig.upper + rig.lower
    standing = 1.0 - walking
    stray = state.stray[foot]
    width = rig.base * max(standing * rig.stand[1] + walking * gait.width[0] * leg, 0.045) + standing * stray[1]
    ahead = standing * (rig.stand[0] + stray[0])
    c, s = np.cos(yaw), np.sin(yaw)
    out = side * (0.16 - 0.06 * walking + rig.toes + standing * stray[2])
    return x + c * ahead - s * side * width, y + s * ahead + c * side * width, yaw + out


@compiled
def needs_step(state: Any, rig: Any, gait: Gait, foot: int) -> float:
    """Return how far a standing foot is from where it should be; above 1 it is to be moved."""
    x, y, yaw = home(state, rig, gait, foot, state.position[0], state.position[1], state.yaw, 0.0)
    off = np.sqrt((x - state.planted[foot, 0]) ** 2 + (y - state.planted[foot, 1]) ** 2)
    twist = wrap(yaw - state.planted[foot, 2])
    need = max(off / TOO_FAR, abs(twist) / TOO_TWISTED)
    if twist * (1.0 - 2.0 * foot) > 0.0:  # the foot on the inside of a turn goes first
        need += 0.02
    if state.restless == 1:
        need *= 3.0
    return float(need)


@compiled
def plan_landing(
    state: Any,
    rig: Any,
    gait: Gait,
    foot: int,
    landing: float,
    ahead: float,
    velocity: FloatArray,
    planned: FloatArray,
    yaw_wish: float,
    goal: FloatArray,
) -> None:
    """Write into `goal` (3,) where a foot should stand that lands in `landing` s and is passed over in `ahead` s."""
    leg = rig.upper + rig.lower
    place = foresee(state.position, velocity, planned, ahead)
    near = foresee(state.position, velocity, planned, max(0.0, ahead - 0.15))
    far = foresee(state.position, velocity, planned, ahead + 0.15)
    dx, dy = far[0] - near[0], far[1] - near[1]
    pace = np.sqrt(dx * dx + dy * dy) / 0.3
    walking = state.ahead * min(1.0, pace / (gait.speed[1] * np.sqrt(GRAVITY * leg)))
    heading = state.yaw + wrap(yaw_wish - state.yaw) * min(1.0, 4.0 * ahead)
    if pace > 0.3 and state.ahead > 0.8:
        heading = state.yaw + wrap(np.arctan2(dy, dx) - state.yaw)
    heading = state.yaw + min(max(heading - state.yaw, -0.7), 0.7)
    goal[0], goal[1], goal[2] = home(state, rig, gait, foot, place[0], place[1], heading, walking)
    body = foresee(state.position, velocity, planned, landing)
    out = np.sqrt((goal[0] - body[0]) ** 2 + (goal[1] - body[1]) ** 2)
    if out > LONGEST * leg:
        goal[0] = body[0] + (goal[0] - body[0]) * LONGEST * leg / out
        goal[1] = body[1] + (goal[1] - body[1]) * LONGEST * leg / out
    # never across the other foot
    other = state.planted[1 - foot]
    side = 1.0 - 2.0 * foot
    c, s = np.cos(heading), np.sin(heading)
    gap = side * (-s * (goal[0] - other[0]) + c * (goal[1] - other[1]))
    if gap < 0.07 * leg:
        goal[0] -= side * s * (0.07 * leg - gap)
        goal[1] += side * c * (0.07 * leg - gap)


@compiled
def arrive(state: Any, rig: Any, gait: Gait, position: FloatArray, velocity: FloatArray, yaw: float) -> None:
    """Put somebody down, in the middle of a stride when walking."""
    speed = np.sqrt(velocity[0] ** 2 + velocity[1] ** 2)
    leg = rig.upper + rig.lower
    state.present = 1
    state.position[:] = position
    state.yaw = np.arctan2(velocity[1], velocity[0]) if speed > 4.0 * STANDING else yaw
    state.yaw_rate, state.drop, state.stepping, state.restless = 0.0, 0.0, 0, 0
    state.stray[:] = 0.0
    state.heel[:] = 0.0
    state.attend, state.talk, state.point, state.aloud = 0.0, 0.0, 0.0, 0.0
    state.gaze[:] = 0.0
    state.glance[:] = 0.0
    state.lean[:] = 0.0
    state.held_rate[:] = 0.0
    state.wide[:] = 0.0
    state.free[:] = 0.0
    state.speed, state.ahead = speed, 1.0
    walking = min(1.0, speed / (gait.speed[1] * np.sqrt(GRAVITY * leg)))
    state.vigour = walking
    stride = stride_length(gait, rig, speed, 1.0)
    state.rate = speed / stride if speed > STANDING else 0.0
    state.phase = state.seed[0]
    duty = duty_of(gait, speed, leg)
    c, s = np.cos(state.yaw), np.sin(state.yaw)
    for foot in range(2):
        local = (state.phase + 0.5 * foot) % 1.0
        state.swinging[foot] = 0
        ahead = (gait.passing[0] * duty - local) * stride * walking  # ball relative to the pelvis
        x, y, turned = home(
            state, rig, gait, foot, position[0] + c * ahead, position[1] + s * ahead, state.yaw, walking
        )
        state.planted[foot, 0], state.planted[foot, 1], state.planted[foot, 2] = x, y, turned
        if walking > 0.0 and local >= duty:
            state.swinging[foot], state.lifted[foot] = 1, 0.0
            state.origin[foot] = state.planted[foot]
            state.goal[foot] = state.planted[foot]
            state.goal[foot, 0] += c * stride * walking
            state.goal[foot, 1] += s * stride * walking


@compiled
def head_for(state: Any, rig: Any, gait: Gait, dt: float, velocity: FloatArray, yaw_wish: float) -> None:
    """Advance heading, smoothed speed and vigour by dt seconds."""
    speed = np.sqrt(velocity[0] ** 2 + velocity[1] ** 2)
    state.speed += (speed - state.speed) * min(1.0, dt / 0.1)
    ahead = 1.0
    if speed > STANDING:
        ahead = max(0.0, np.cos(np.arctan2(velocity[1], velocity[0]) - state.yaw))
    state.ahead += (ahead - state.ahead) * (1.0 - np.exp(-dt / 0.15))
    slowest = gait.speed[1] * np.sqrt(GRAVITY * (rig.upper + rig.lower))
    vigour = min(1.0, speed / slowest) * state.ahead
    state.vigour += (vigour - state.vigour) * (1.0 - np.exp(-dt / 0.18))
    limit = (3.5 if speed > STANDING else 1.9) * min(rig.turning, 1.1)
    wish = min(max(5.0 * wrap(yaw_wish - state.yaw), -limit), limit)
    state.yaw_rate += (wish - state.yaw_rate) * (1.0 - np.exp(-dt / 0.12))
    state.yaw = wrap(state.yaw + state.yaw_rate * dt)


@compiled
def advance(
    state: Any,
    rig: Any,
    gait: Gait,
    dt: float,
    position: FloatArray,
    velocity: FloatArray,
    yaw_wish: float,
    planned: FloatArray,
) -> float:
    """Advance clock, heading and feet by dt seconds; return the duty factor."""
    leg = rig.upper + rig.lower
    speed = np.sqrt(velocity[0] ** 2 + velocity[1] ** 2)
    state.position[:] = position
    head_for(state, rig, gait, dt, velocity, yaw_wish)

    duty = duty_of(gait, speed, leg)
    worst, late, place = 0, 0.0, np.zeros(3)
    settled = True
    for foot in range(2):
        need = needs_step(state, rig, gait, foot)
        if need > late:
            worst, late = foot, need
        settled = settled and need < 0.45 and state.swinging[foot] == 0
    walking = speed > STANDING
    if late > 1.0 or state.swinging[0] + state.swinging[1] > 0:
        state.stepping = 1
    elif settled:
        state.stepping = 0
        state.restless = 0
    rate, stride = 0.0, stride_length(gait, rig, speed, state.ahead)
    paced = True  # the clock follows the distance
    if walking:
        rate = speed / stride
        soon = foresee(position, velocity, planned, 0.4)
        if (soon[0] - position[0]) ** 2 + (soon[1] - position[1]) ** 2 < (0.3 * speed) ** 2:
            paced = rate > 0.85 * STEP_RATE
            rate = max(rate, 0.85 * STEP_RATE)  # do not freeze in mid-stride when coming to a halt
    if state.stepping == 1:
        least = 0.5 if walking else STEP_RATE * np.sqrt(0.85 / leg) * min(1.0, max(0.6, late))
        paced = paced and rate >= least
        rate = max(rate, least)
    if state.rate == 0.0 and rate > 0.0 and state.swinging[0] + state.swinging[1] == 0:
        if walking:  # the foot that stays further behind begins
            c, s = velocity[0] / speed, velocity[1] / speed
            lead = c * (state.planted[0, 0] - state.planted[1, 0]) + s * (state.planted[0, 1] - state.planted[1, 1])
            worst = 0 if lead < 0.02 * (2.0 * state.seed[1] - 1.0) else 1
        # the other foot already stands under the body, as it does when a swing is one third done
        late = 0.3 if walking else 0.0
        state.phase = (duty + late * (1.0 - duty) - 0.5 * worst) % 1.0
    state.rate = rate
    state.phase = (state.phase + rate * dt) % 1.0

    for foot in range(2):
        local = (state.phase + 0.5 * foot) % 1.0
        if local < duty or rate == 0.0:
            if state.swinging[foot] == 1:
                state.planted[foot] = state.goal[foot]
                state.swinging[foot] = 0
            state.reached[foot] = 0.0
            continue
        done = (local - duty) / (1.0 - duty)
        landing, ahead = (1.0 - local) / rate, (1.0 - local + gait.passing[0] * duty) / rate
        if walking and paced:
            landing = when(state.position, planned, speed, landing * rate * stride)
            ahead = when(state.position, planned, speed, ahead * rate * stride)
        if state.swinging[foot] == 0:
            if not walking and (needs_step(state, rig, gait, foot) < 0.3 or state.swinging[1 - foot] == 1):
                continue
            if done > 0.5:
                continue
            state.swinging[foot] = 1
            state.lifted[foot] = 0.0 if rate * dt >= (1.0 - duty) * done else done
            state.origin[foot] = state.planted[foot]
            plan_landing(state, rig, gait, foot, landing, ahead, velocity, planned, yaw_wish, state.goal[foot])
        else:
            plan_landing(state, rig, gait, foot, landing, ahead, velocity, planned, yaw_wish, place)
            follow = 1.0 - np.exp(-dt / 0.08)
            state.goal[foot, 0] += (place[0] - state.goal[foot, 0]) * follow
            state.goal[foot, 1] += (place[1] - state.goal[foot, 1]) * follow
            state.goal[foot, 2] += wrap(place[2] - state.goal[foot, 2]) * follow
        state.reached[foot] = (done - state.lifted[foot]) / max(1.0 - state.lifted[foot], 1e-6)
    # a foot that is dragged out of reach slides after the body rather than leave it
    for foot in range(2):
        if state.swinging[foot] == 0:
            dx, dy = state.planted[foot, 0] - position[0], state.planted[foot, 1] - position[1]
            far = np.sqrt(dx * dx + dy * dy)
            if far > 0.85 * leg:
                state.planted[foot, 0] -= dx * (1.0 - 0.85 * leg / far)
                state.planted[foot, 1] -= dy * (1.0 - 0.85 * leg / far)
    return float(duty)
