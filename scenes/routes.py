"""The way from here to there, as people tell it: legs, turns, what one passes, and what stands where one turns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Literal

import numpy as np
import shapely
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry

from scenes.scene import DESTINATIONS, FloatArray, Landmark, Scene
from scenes.walkable import Walkable

Turn = Literal["straight", "left", "right", "around", "slight_left", "slight_right"]
Side = Literal["left", "right", "ahead"]

STRAIGHT = np.radians(20.0)  # a smaller bend is no turn
SLIGHT = np.radians(50.0)  # a smaller turn is a slight one
AROUND = np.radians(150.0)
AHEAD = np.radians(30.0)  # what lies within this of the heading lies ahead
NO_WAY = 0.5  # m; nearer than this, one is there
SHORT = 2.0  # m, a shorter stretch is no leg
CUT = 10.0  # m, a longer slanting leg between two turns is a leg of its own
SQUARE = 1.5  # times the slanting leg that the way round its corner is at most; 1.41 round a right angle
WIGGLE = 1.0  # m, deviations from a straight leg that nobody would mention
PASSING = 6.0  # m, how near a leg a landmark is passed
TURNING = 5.0  # m, how near the end of a leg a landmark marks it
BESIDE = 9.0  # m, how near the goal another shop is beside it
MENTIONED = 2  # landmarks that one leg passes, at most


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteStep:
    """One leg: turn, then walk.

    Attributes:
        turn: relative to the heading before the leg.
        heading: world yaw of the leg, radians. distance: metres. end: (x, y) where it ends, metres, world.
        passes: landmarks passed close by, in order, and on which side.
        until: landmark at the end of the leg, or "". until_side: where it is as one comes, "" without one.
    """

    turn: Turn
    heading: float
    distance: float
    passes: tuple[tuple[str, Literal["left", "right"]], ...]
    until: str
    until_side: Literal["left", "right", "ahead", ""]
    end: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Route:
    """A way to a landmark.

    Attributes:
        goal: its name. steps: the legs; none where one stands before it.
        side: on which side it appears at arrival. beside: the nearest other shop next to it, or "".
        length: metres of the shortest path. path: (K, 2) that path, metres, world.
    """

    goal: str
    steps: tuple[RouteStep, ...]
    side: Side
    beside: str
    length: float
    path: FloatArray


def wrap(angle: float) -> float:
    """Return the angle in (-pi, pi]."""
    return float(np.pi - (np.pi - angle) % (2 * np.pi))


def _name_turn(angle: float) -> Turn:
    size = abs(wrap(angle))
    if size <= STRAIGHT:
        return "straight"
    if size >= AROUND:
        return "around"
    if size <= SLIGHT:
        return "slight_left" if wrap(angle) > 0 else "slight_right"
    return "left" if wrap(angle) > 0 else "right"


def _name_side(origin: FloatArray, heading: float, target: Sequence[float]) -> Side:
    bearing = wrap(float(np.arctan2(target[1] - origin[1], target[0] - origin[0])) - heading)
    if abs(bearing) <= AHEAD:
        return "ahead"
    return "left" if bearing > 0 else "right"


def simplify_path(path: FloatArray) -> FloatArray:
    """Return the corners (K, 2) of a path at which one really turns: no short legs, no bends that nobody notices."""
    points = shapely.get_coordinates(LineString(path).simplify(WIGGLE))
    while len(points) > 2:
        legs = np.diff(points, axis=0)
        headings = np.arctan2(legs[:, 1], legs[:, 0])
        bends = np.abs([wrap(b - a) for a, b in pairwise(headings)])
        lengths = np.hypot(*legs.T)
        short = int(lengths.argmin())
        if bends.min() <= STRAIGHT:
            drop = 1 + int(bends.argmin())
        elif lengths[short] < SHORT:
            inner = [corner for corner in (short, short + 1) if 0 < corner < len(points) - 1]
            drop = min(inner, key=lambda corner: bends[corner - 1])
        else:
            break
        points = np.delete(points, drop, axis=0)
    return points


def square_corners(points: FloatArray, ground: BaseGeometry) -> FloatArray:
    """Return the corners (K, 2) with two turns the same way round a corner made one, where the ground allows it.

    A shortest path cuts corners by a slanting leg; people walk and tell the two streets. Not where that would lead them
    far past the corner and back.
    """
    index = 1
    while index < len(points) - 2:
        a, b, c, d = points[index - 1 : index + 3]
        first, cut, second = b - a, c - b, d - c
        turns = first[0] * cut[1] - first[1] * cut[0], cut[0] * second[1] - cut[1] * second[0]
        cross = first[0] * second[1] - first[1] * second[0]
        if turns[0] * turns[1] > 0 and cross * turns[0] > 0 and np.hypot(*cut) < CUT:
            corner = b + first * (cut[0] * second[1] - cut[1] * second[0]) / cross
            longer = np.hypot(*(corner - b)) + np.hypot(*(c - corner))
            if longer <= SQUARE * np.hypot(*cut) and ground.covers(LineString([a, corner, d])):
                points = np.vstack([points[:index], corner, points[index + 2 :]])
                continue
        index += 1
    return points


class _Sights:
    """Who can be seen from where: across the free ground, over benches and bollards, not through houses."""

    def __init__(self, scene: Scene) -> None:
        self.ground: BaseGeometry = shapely.union_all([region.polygon for region in scene.regions]).buffer(0.05)
        shapely.prepare(self.ground)
        self.landmarks = scene.landmarks
        self.anchors = np.array([mark.anchor[:2] for mark in scene.landmarks]).reshape(-1, 2)
        self.fronts = np.array([mark.position for mark in scene.landmarks]).reshape(-1, 2)

    def near(self, points: FloatArray, radius: float, skip: Iterable[str]) -> list[tuple[float, Landmark]]:
        """Return distance and landmark of those seen at most `radius` metres away, nearest first.

        `points` is one point (2,), or (L, 2) with one for each landmark.
        """
        points = np.broadcast_to(points, self.anchors.shape)
        gaps = np.hypot(*(self.anchors - points).T)
        names = set(skip)
        found = [
            (float(gap), mark)
            for gap, point, front, mark in zip(gaps, points, self.fronts, self.landmarks, strict=True)
            if gap <= radius and mark.name not in names and self.ground.covers(LineString([point, front]))
        ]
        return sorted(found, key=lambda pair: (pair[0], pair[1].name))

    def passed(
        self, start: FloatArray, end: FloatArray, skip: Iterable[str]
    ) -> list[tuple[str, Literal["left", "right"]]]:
        """Return the landmarks nearest to a leg that one passes on it, in order, and on which side."""
        leg = (end - start) / np.hypot(*(end - start))
        length = float((end - start) @ leg)
        reach = self.anchors - start
        along, across = reach @ leg, leg[0] * reach[:, 1] - leg[1] * reach[:, 0]
        place = {mark.name: k for k, mark in enumerate(self.landmarks)}
        near = self.near(start + np.clip(along, 0.0, length)[:, None] * leg, PASSING, skip)
        indices = [place[mark.name] for _, mark in near if 1.0 < along[place[mark.name]] < length - 1.0]
        return [
            (self.landmarks[k].name, "left" if across[k] > 0 else "right")
            for k in sorted(indices[:MENTIONED], key=lambda k: along[k])
        ]


def plan_route(scene: Scene, walkable: Walkable, position: tuple[float, float], yaw: float, goal_name: str) -> Route:
    """Return the way from a point with a heading to a landmark.

    Args:
        scene: the place.
        walkable: its ground for the body that walks.
        position: (x, y) metres, world; snapped to the ground.
        yaw: radians, where one faces before the first step.
        goal_name: a landmark of the scene.

    Raises:
        KeyError: no such landmark.
        ValueError: no way leads there.
    """
    goal = scene.landmark(goal_name)
    path = walkable.shortest_path(walkable.snap(position), walkable.snap(goal.position))
    length = float(np.linalg.norm(np.diff(path, axis=0), axis=1).sum())
    sights = _Sights(scene)
    points = square_corners(simplify_path(path), sights.ground) if length > NO_WAY else path[:1]
    heading, steps = yaw, []
    for index, (start, end) in enumerate(pairwise(points)):
        last = index == len(points) - 2
        before, heading = heading, float(np.arctan2(end[1] - start[1], end[0] - start[0]))
        marks = [goal] if last else [mark for _, mark in sights.near(end, TURNING, [goal.name])[:1]]
        until, until_side = "", ""
        if marks:
            coming = path[-1] if last else end - SHORT * (end - start) / np.hypot(*(end - start))
            until, until_side = marks[0].name, _name_side(coming, heading, marks[0].anchor)
        steps.append(
            RouteStep(
                turn=_name_turn(heading - before),
                heading=heading,
                distance=float(np.hypot(*(end - start))),
                passes=tuple(sights.passed(start, end, [goal.name, until])),
                until=until,
                until_side=until_side,  # type: ignore[arg-type]
                end=(float(end[0]), float(end[1])),
            )
        )
    others = [mark.name for mark in scene.landmarks if mark.kind not in DESTINATIONS]
    across = [mark.name for mark in scene.landmarks if abs(wrap(mark.facing - goal.facing)) > SLIGHT]
    neighbours = sights.near(np.array(goal.position), BESIDE, [goal.name, *others, *across])
    return Route(
        goal=goal.name,
        steps=tuple(steps),
        side=_name_side(path[-1], heading, goal.anchor),
        beside=neighbours[0][1].name if neighbours else "",
        length=length,
        path=path,
    )


class LandmarkGraph:
    """Which places lie how far from which: landmarks, and the junctions where two regions meet.

    Attributes:
        nodes: name -> (x, y) metres, on the ground; a junction is called "square/mill lane".
        edges: name -> name -> metres on foot, between nodes of one region.
    """

    def __init__(self, scene: Scene, walkable: Walkable) -> None:
        self._walkable = walkable
        self._landmarks = [mark.name for mark in scene.landmarks]
        spots: dict[str, tuple[Sequence[float], set[str]]] = {
            mark.name: (mark.position, {mark.region}) for mark in scene.landmarks
        }
        for a, b in combinations(scene.regions, 2):
            border = a.polygon.intersection(b.polygon)
            if not border.is_empty:
                spots[f"{a.name}/{b.name}"] = (border.centroid.coords[0], {a.name, b.name})
        snapped = {name: walkable.snap(spot) for name, (spot, _) in spots.items()}
        self.nodes: dict[str, tuple[float, float]] = {name: (float(x), float(y)) for name, (x, y) in snapped.items()}
        self.edges: dict[str, dict[str, float]] = {name: {} for name in self.nodes}
        for name, (_, regions) in spots.items():
            others = [other for other, (_, theirs) in spots.items() if other != name and regions & theirs]
            lengths = walkable.geodesics(self.nodes[name], [self.nodes[other] for other in others])
            self.edges[name] = {
                other: float(length) for other, length in zip(others, lengths, strict=True) if np.isfinite(length)
            }

    def distances(self, position: tuple[float, float]) -> dict[str, float]:
        """Return metres on foot from a point (x, y) to every landmark, inf where no way leads."""
        lengths = self._walkable.geodesics(
            self._walkable.snap(position), [self.nodes[name] for name in self._landmarks]
        )
        return dict(zip(self._landmarks, lengths.tolist(), strict=True))

    def within(self, position: tuple[float, float], radius: float) -> tuple[str, ...]:
        """Return the landmarks at most `radius` metres on foot from a point (x, y), nearest first."""
        distances = self.distances(position)
        return tuple(sorted((name for name in distances if distances[name] <= radius), key=distances.__getitem__))
