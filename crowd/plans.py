"""A plan: how one person means to go from an origin to a goal, where and when, and what that depends on.

A plan is the way from origin to goal at KNOTS even shares of its duration, told as departures from the straight (or
shortest) way walked at one pace: how far ahead, how far to the left, and how long it takes beside what the pace makes
one expect. So standing, strolling, bends and detours are points of one space, in which `plan_diffusion` draws.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from crowd.terrain import Terrain

FloatArray = npt.NDArray[np.float64]

KNOTS = 20  # pieces of a plan, even in time
VALUES = 2 * (KNOTS - 1) + 1
ALONG, ACROSS = 11, (-2.0, -1.0, 0.0, 1.0, 2.0)  # places along the way and metres aside at which the ground is felt
NEIGHBOURS, NEAR = 6, 8.0  # people that a plan knows of, and how far away, m
CLOSE = 1.5  # m: people so near at the start perhaps go together
CONDITIONS = 6 + 3 + ALONG * len(ACROSS) + 3 + 6 * NEIGHBOURS
CLEAR, EDGE = 2.0, 3.0  # m: farther walls, and edges of a picture, are told as so far
ALOFT = 0.05  # m: nearer goals give no direction
SHORT, SLOW = 0.3, 0.05  # m, m/s, added so that standing people have a duration to expect
BRIEF = 0.4  # s, added to durations so that they have a logarithm, and the shortest of a plan
LONGEST, FASTER = 5.0, 2.0  # logarithm of a duration by the expected at most; times the desired speed at most
MOVES = 0.1  # m/s: slower steps do not count for the desired speed (CrowdES)
FINE = 64  # pieces of a way


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trip:
    """Someone who sets out.

    Attributes:
        way: (FINE + 1, 2) metres, from origin to goal, even in length: straight, or the shortest.
        speed: m/s, desired. type: 0 pedestrian, 1 rider, 2 vehicle.
        others: (M, 2) metres, who else is within NEAR. velocities: (M, 2) m/s, theirs. present: of all others.
        flip: whether left and right are exchanged.
    """

    way: FloatArray
    speed: float
    type: int
    others: FloatArray
    velocities: FloatArray
    present: int
    flip: bool = False

    @property
    def length(self) -> float:
        """Metres of the way."""
        return float(np.hypot(*np.diff(self.way, axis=0).T).sum())

    @property
    def normals(self) -> FloatArray:
        """(FINE + 1, 2) unit vectors to the left of the way, or to the right of one that is flipped."""
        ahead = np.gradient(self.way, axis=0)
        norm = np.hypot(ahead[:, 0], ahead[:, 1])[:, None]
        ahead = np.where(norm * FINE > ALOFT, ahead / np.maximum(norm, 1e-12), (1.0, 0.0))
        left = np.stack([-ahead[:, 1], ahead[:, 0]], axis=1)
        return -left if self.flip else left

    @property
    def axes(self) -> tuple[FloatArray, FloatArray]:
        """Unit vectors (2,) ahead and aside at the start of the way."""
        aside = self.normals[0]
        return np.array([aside[1], -aside[0]]) * (-1.0 if self.flip else 1.0), aside


def straight(origin: FloatArray, goal: FloatArray) -> FloatArray:
    """Return the straight way (FINE + 1, 2) from `origin` (2,) to `goal` (2,)."""
    way: FloatArray = origin + np.linspace(0.0, 1.0, FINE + 1)[:, None] * (goal - origin)
    return way


def even(path: FloatArray) -> FloatArray:
    """Return a path (K, 2) as a way (FINE + 1, 2), even in length."""
    marks = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    at = np.linspace(0.0, marks[-1], FINE + 1)
    return np.stack([np.interp(at, marks, path[:, axis]) for axis in (0, 1)], axis=1)


def desired_speed(track: FloatArray, dt: float) -> float:
    """Return m/s of a track (T, 2): the mean of its steps above MOVES, or of all where there are none (CrowdES)."""
    speeds = np.hypot(*np.diff(track, axis=0).T) / dt
    moving = speeds[speeds > MOVES]
    return float((moving if len(moving) else speeds).mean()) if len(speeds) else 0.0


def expected(length: float, speed: float) -> float:
    """Return seconds that one expects a way of `length` metres to take."""
    return (length + SHORT) / (speed + SLOW)


def encode(track: FloatArray, dt: float, trip: Trip) -> FloatArray:
    """Return the plan (VALUES,) of somebody who walked `track` (T, 2), every `dt` s; the trip's way is straight."""
    length, last = trip.length, len(track) - 1
    shares = np.linspace(0.0, 1.0, KNOTS + 1)
    places = np.stack([np.interp(shares * last, np.arange(last + 1), track[:, axis]) for axis in (0, 1)], axis=1)
    ahead, aside = trip.axes
    offset = places - track[0]
    size = _size(length)
    forward, left = (offset @ ahead - shares * length) / size, offset @ aside / size
    duration = math.log((last * dt + BRIEF) / expected(length, trip.speed))
    return np.concatenate([_squeeze(forward[1:-1]), _squeeze(left[1:-1]), [duration]])


def decode(plan: FloatArray, trip: Trip) -> tuple[FloatArray, FloatArray]:
    """Return times (KNOTS + 1,), seconds from setting out, and places (KNOTS + 1, 2), metres, of a plan (VALUES,)."""
    length = trip.length
    shares = np.linspace(0.0, 1.0, KNOTS + 1)
    size = _size(length)
    ends = np.zeros(1)
    forward = np.concatenate([ends, size * _stretch(plan[: KNOTS - 1]), ends]) + shares * length
    left = np.concatenate([ends, size * _stretch(plan[KNOTS - 1 : -1]), ends])
    duration = math.exp(min(float(plan[-1]), LONGEST)) * expected(length, trip.speed) - BRIEF
    duration = max(duration, length / max(FASTER * trip.speed, SLOW), BRIEF)
    at = forward / max(length, 1e-9) * FINE if length > ALOFT else np.zeros(KNOTS + 1)
    places, normals = _on_way(trip.way, at), trip.normals[np.clip(np.rint(at), 0, FINE).astype(int)]
    if length <= ALOFT:
        places = places + forward[:, None] * trip.axes[0]
    return shares * duration, places + left[:, None] * normals


def conditions(trip: Trip, terrain: Terrain) -> FloatArray:
    """Return what a plan depends on (CONDITIONS,): lengths and pace, the ground about the way, and who is near."""
    length, speed = trip.length, trip.speed
    at = np.linspace(0.0, FINE, ALONG).round().astype(int)
    felt = trip.way[at][:, None] + np.array(ACROSS)[:, None] * trip.normals[at][:, None]
    clear = terrain.sample(felt)[0]
    edge = terrain.sample(trip.way[[0, FINE // 2, FINE]])[1]
    offsets = trip.others - trip.way[0]
    gaps = np.hypot(offsets[:, 0], offsets[:, 1])
    ahead, aside = trip.axes
    people = np.zeros((NEIGHBOURS, 6))
    nearest = [k for k in np.argsort(gaps, kind="stable")[:NEIGHBOURS] if gaps[k] < NEAR]
    for row, k in enumerate(nearest):
        place, velocity = offsets[k], trip.velocities[k]
        people[row] = (
            place @ ahead / 4.0, place @ aside / 4.0, velocity @ ahead, velocity @ aside, 1.0, gaps[k] < CLOSE
        )  # fmt: skip
    return np.concatenate([
        [math.log(length + SHORT), math.log(speed + SLOW), length / 10.0, speed],
        [trip.present / 20.0, float((gaps < NEAR / 2).sum()) / 5.0],
        np.eye(3)[trip.type], clear.ravel() / CLEAR, edge / EDGE, people.ravel(),
    ])  # fmt: skip


def batch(trips: Sequence[Trip], terrain: Terrain) -> FloatArray:
    """Return the conditions (N, CONDITIONS) of trips."""
    return np.stack([conditions(trip, terrain) for trip in trips]) if trips else np.zeros((0, CONDITIONS))


def _size(length: float) -> float:
    """Return metres by which departures from a way of this length are measured."""
    return 0.15 * length + 0.4


def _squeeze(values: FloatArray) -> FloatArray:
    result: FloatArray = np.sign(values) * np.log1p(np.abs(values))
    return result


def _stretch(values: FloatArray) -> FloatArray:
    values = np.clip(values, -3.0, 3.0)  # nobody strays twenty times as far as people do
    result: FloatArray = np.sign(values) * np.expm1(np.abs(values))
    return result


def _on_way(way: FloatArray, at: FloatArray) -> FloatArray:
    """Return the places (K, 2) at fractional indices of a way, which goes on straight beyond its ends."""
    inside = np.clip(at, 0.0, FINE)
    low = np.minimum(inside.astype(int), FINE - 1)
    share = (inside - low)[:, None]
    places = (1.0 - share) * way[low] + share * way[low + 1]
    beyond = (at - inside)[:, None]
    steps = np.where(beyond < 0.0, way[1] - way[0], way[-1] - way[-2])
    result: FloatArray = places + beyond * steps
    return result
