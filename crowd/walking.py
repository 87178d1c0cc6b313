"""A step of a crowd between its decisions: who is held, how bodies move, which way they face, and who has arrived.

Compiled, since a step of many people, or of many small crowds, would otherwise mostly be spent on arrays.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from crowd.compiled import compiled
from crowd.contact import move_off
from crowd.ground import Float32Array, WayArray
from crowd.heading import attend, turn
from crowd.neighbours import Int32Array
from crowd.steering import BRAKE, STAND, WALK, BoolArray, advance, wish
from crowd.trajectory import FloatArray

IntArray = npt.NDArray[np.int64]

HOLD = 3  # an activity beside those of `steering`: the person was asked to stop here
LOOK = 5  # steps after which a person looks anew whether it sees its goal, at least
LOOK_AHEAD, LONGEST = 2.0, 6.0  # m of free sight for each such while, and how many of them at most
LEAVE, PASSED = 0.6, 1.5  # m from its goal a person is gone: at once, or when it has passed it
ARRIVED = 0.25  # m from the target of an order a person stops there
STILL = 0.05  # m/s: one who brakes has come to rest
CRAWL = 0.15  # m/s: slower walkers hardly get on
PATIENCE, TURNING = 1.5, 2.5  # s of that before one turns its shoulders to get past others, and until it has done so
SHOULDER = 0.1  # m, half of a body's width less half of its depth
STANDING_SPEED = 1.5  # m/s, top speed of one who does not walk
UNDER_WAY, GONE, THERE = 0, 1, 2  # how far a person is


@compiled
def find_held(here: IntArray, activity: Int32Array, ordered: BoolArray, party: Int32Array, parties: int) -> BoolArray:
    """Return who of those `here` (N,) holds, or waits for one of its group who does.

    Of all people: activity (P,), ordered (P,) whether they follow an order, party (P,) index of the group, -1 alone.
    parties: how many groups.
    """
    held = np.zeros(len(here), np.bool_)
    waits = np.zeros(parties + 1, np.bool_)
    some = False
    for a in range(len(here)):
        k = here[a]
        if activity[k] == HOLD:
            held[a] = some = True
            if party[k] >= 0:
                waits[party[k]] = True
    if some:
        for a in range(len(here)):
            k = here[a]
            held[a] |= party[k] >= 0 and waits[party[k]] and not ordered[k] and activity[k] == WALK
    return held


@compiled
def act(
    here: IntArray, doing: Int32Array, held: BoolArray, stopped: BoolArray, ordered: BoolArray, party: Int32Array
) -> tuple[Int32Array, Int32Array]:
    """Return what the bodies of those `here` (N,) do, and with whom they walk (N,), -1 alone.

    doing, held: (N,). stopped: (P,) who has come to rest, of those who are held; the others are cleared in place.
    ordered, party: (P,), see `find_held`.
    """
    count = len(here)
    activity, company = np.empty(count, np.int32), np.empty(count, np.int32)
    for a in range(count):
        k = here[a]
        stopped[k] &= held[a]
        activity[a] = (STAND if stopped[k] else BRAKE) if held[a] else doing[a]
        company[a] = -1 if ordered[k] else party[k]
    return activity, company


@compiled
def desire(
    here: IntArray,
    activity: Int32Array,
    company: Int32Array,
    position: FloatArray,
    goal: FloatArray,
    field: Int32Array,
    sight: BoolArray,
    fresh: BoolArray,
    look: IntArray,
    speed: FloatArray,
    lane: FloatArray,
    parties: int,
    steps: int,
    distance: Float32Array,
    way: WayArray,
    origin: FloatArray,
    cell: float,
    reach: float,
) -> FloatArray:
    """Return the velocity (N, 2) that each of those `here` (N,) would like, see `wish`.

    activity, company: (N,). Of all: position, goal (P, 2), NaN none; field, speed, lane (P,); sight (P,) who sees its
    goal and look (P,) the step at which each looks anew, changed in place; fresh (P,) who does so now, cleared.
    """
    count = len(here)
    desired = np.zeros((count, 2))
    if len(way) == 0:
        return desired
    place, target, clear = np.empty((count, 2)), np.empty((count, 2)), np.zeros(count)
    which, sees_it, looks = np.empty(count, np.int32), np.empty(count, np.bool_), np.empty(count, np.bool_)
    pace, aside = np.empty(count), np.empty(count)
    for a in range(count):
        k = here[a]
        nowhere = math.isnan(goal[k, 0])
        for axis in range(2):
            place[a, axis] = position[k, axis]
            target[a, axis] = position[k, axis] if nowhere else goal[k, axis]
        which[a], pace[a], aside[a] = field[k], speed[k], lane[k]
        sees_it[a], looks[a] = sight[k], fresh[k] or steps >= look[k]
    desired = wish(
        place, target, which, sees_it, looks, pace, aside, activity, company, parties,
        distance, way, origin, cell, reach, clear,
    )  # fmt: skip
    for a in range(count):
        k = here[a]
        sight[k], fresh[k] = sees_it[a], False
        if looks[a]:
            look[k] = steps + int(LOOK * min(max(clear[a] / LOOK_AHEAD, 1.0), LONGEST))
    return desired


@compiled
def move(
    here: IntArray,
    desired: FloatArray,
    activity: Int32Array,
    company: Int32Array,
    held: BoolArray,
    asked: Int32Array,
    position: FloatArray,
    velocity: FloatArray,
    home: FloatArray,
    berth: FloatArray,
    top: FloatArray,
    stuck: FloatArray,
    stopped: BoolArray,
    facing: FloatArray,
    yaw: FloatArray,
    radius: FloatArray,
    other_position: FloatArray,
    other_velocity: FloatArray,
    other_radius: FloatArray,
    distance: Float32Array,
    origin: FloatArray,
    cell: float,
    side: float,
    dt: float,
    substeps: int,
) -> None:
    """Move those `here` (N,) by `dt` seconds in `substeps`, in place.

    Of those here: desired (N, 2) m/s, activity, company, held (N,). Of all: asked (P,), their activity as they were
    asked; position, velocity, home (P, 2); berth, metres, top, m/s, stuck, s (P,); stopped (P,); facing, yaw (P,)
    radians; radius (P,) metres. The others and the ground as in `advance`; who touches one of them is moved off it.
    """
    place, pace, post, room, thin, limit = take(here, activity, position, velocity, home, berth, top, stuck)
    for n in range(substeps):
        there = other_position + (n / substeps * dt) * other_velocity
        advance(
            place, pace, desired, post, room, thin, limit, activity, company,
            there, other_velocity, other_radius, distance, origin, cell, side, dt / substeps,
        )  # fmt: skip
    give(
        here, place, pace, post, activity, held, asked, position, velocity, home, stuck, stopped, facing, yaw, radius,
        other_position + dt * other_velocity, other_radius, distance, origin, cell, dt,
    )  # fmt: skip


@compiled
def take(
    here: IntArray,
    activity: Int32Array,
    position: FloatArray,
    velocity: FloatArray,
    home: FloatArray,
    berth: FloatArray,
    top: FloatArray,
    stuck: FloatArray,
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return of those `here` (N,) position, velocity, home (N, 2), radius, slim radius, top speed (N,), see `move`."""
    count = len(here)
    place, pace, post = np.empty((count, 2)), np.empty((count, 2)), np.empty((count, 2))
    room, thin, limit = np.empty(count), np.empty(count), np.empty(count)
    for a in range(count):
        k = here[a]
        for axis in range(2):
            place[a, axis], pace[a, axis], post[a, axis] = position[k, axis], velocity[k, axis], home[k, axis]
        room[a] = berth[k]
        thin[a] = berth[k] - SHOULDER * min(max((stuck[k] - PATIENCE) / TURNING, 0.0), 1.0)
        limit[a] = top[k] if activity[a] == WALK else STANDING_SPEED
    return place, pace, post, room, thin, limit


@compiled
def give(
    here: IntArray,
    place: FloatArray,
    pace: FloatArray,
    post: FloatArray,
    activity: Int32Array,
    held: BoolArray,
    asked: Int32Array,
    position: FloatArray,
    velocity: FloatArray,
    home: FloatArray,
    stuck: FloatArray,
    stopped: BoolArray,
    facing: FloatArray,
    yaw: FloatArray,
    radius: FloatArray,
    others: FloatArray,
    other_radius: FloatArray,
    distance: Float32Array,
    origin: FloatArray,
    cell: float,
    dt: float,
) -> None:
    """Put down what became of those `here` (N,) after `dt` s: place, pace, post (N, 2); the rest as in `move`.

    others: (M, 2) where robots are by then.
    """
    count = len(here)
    if len(others):
        move_off(place, radius[here], others, other_radius, distance, origin, cell)
    walks, attentive = np.empty(count, np.bool_), np.empty(count, np.bool_)
    face, heading = np.empty(count), np.empty(count)
    for a in range(count):
        k = here[a]
        for axis in range(2):
            position[k, axis], velocity[k, axis] = place[a, axis], pace[a, axis]
            home[k, axis] = post[a, axis] if activity[a] == STAND else place[a, axis]
        speed = math.sqrt(pace[a, 0] ** 2 + pace[a, 1] ** 2)
        stopped[k] |= held[a] and speed < STILL
        walks[a] = activity[a] == WALK
        attentive[a] = asked[k] == HOLD
        waited = stuck[k] + (dt if walks[a] and speed < CRAWL else -dt)
        stuck[k] = min(max(waited, 0.0), PATIENCE + 2 * TURNING)
        face[a], heading[a] = facing[k], yaw[k]
    face = attend(face, place, attentive, others)
    heading = turn(heading, face, pace, walks, dt)
    for a in range(count):
        yaw[here[a]] = heading[a]
        facing[here[a]] = heading[a] if walks[a] else face[a]


@compiled
def find_arrived(
    here: IntArray,
    position: FloatArray,
    velocity: FloatArray,
    goal: FloatArray,
    activity: Int32Array,
    ordered: BoolArray,
) -> npt.NDArray[np.int8]:
    """Return for those `here` (N,): UNDER_WAY, GONE, or THERE for those who stay, as they were told to go there.

    Of all: position, velocity, goal (P, 2), NaN none; activity, ordered (P,).
    """
    result = np.zeros(len(here), np.int8)
    for a in range(len(here)):
        k = here[a]
        if activity[k] != WALK:
            continue
        x, y = goal[k, 0] - position[k, 0], goal[k, 1] - position[k, 1]
        left = math.sqrt(x * x + y * y)
        passed = left < PASSED and x * velocity[k, 0] + y * velocity[k, 1] < 0.0
        if left < (ARRIVED if ordered[k] else LEAVE) or passed:
            result[a] = THERE if ordered[k] else GONE
    return result
