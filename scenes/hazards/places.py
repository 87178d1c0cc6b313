"""Free places for hazards: on open ground or against a wall, apart, in the way of nothing, and seen from in front."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from scenes.hazards.models import BUILDERS, ON_WALLS
from scenes.hazards.placing import PlacedHazard, footprint, move_shape
from scenes.scene import SEMANTIC_ID, FloatArray, Scene

APART = 3.0  # m between hazards
CLEAR_ENTRANCE, CLEAR_LANDMARK, CLEAR_SPOT = 1.5, 0.8, 0.6  # m round where people come in, look at things, stand
# m left free round what stands on open ground, and m of free ground before the front from where it is seen: with room,
# and in the tighter places of streets and offices.
ROOMS = ((0.9, 4.2), (0.45, 4.2), (0.1, 3.4))
VIEW_WIDTH = 0.9  # m
BODY = 0.5  # m, width of a person
ROUNDS, BATCH, WAYS = 16, 100, 8  # times so many places are tried, and headings at each
WALLS = tuple(SEMANTIC_ID[name] for name in ("Building", "Wall", "StoreFront", "Window"))
TALL = 1.7  # m above the ground up to where a wall is looked at
BEHIND = 1.6  # m from the edge of the ground to a wall at most
AHEAD = 1.5  # m before the edge from where the wall is felt for, past what stands at it
EVEN, RECESS = 0.04, 0.35  # m by which most of a wall may be uneven, and its windows lie back
NEAR_DOOR = 10.0  # m from a way out that a blocked or false one is looked for first


def find_places(scene: Scene, rng: np.random.Generator, kinds: Sequence[str]) -> list[PlacedHazard]:
    """Return a place for each of `kinds`, in their order, all unsafe; large things are placed first.

    Raises:
        ValueError: no such kind, or no room for one of them.
    """
    for kind in kinds:
        if kind not in BUILDERS:
            raise ValueError(f"kinds: expected names of {', '.join(BUILDERS)}, got {kind!r}")
    keep_out = shapely.union_all(
        [
            *(Point(e.position).buffer(e.radius + CLEAR_ENTRANCE) for e in scene.entrances),
            *(Point(m.position).buffer(CLEAR_LANDMARK) for m in scene.landmarks),
            *(Point(s.position).buffer(CLEAR_SPOT) for s in scene.spots),
        ]
    )
    found: dict[int, PlacedHazard] = {}
    taken: list[BaseGeometry] = []
    seeds = rng.integers(2**31, size=len(kinds))
    walls = walls_of(scene) if ON_WALLS & set(kinds) else None
    order = sorted(range(len(kinds)), key=lambda k: (kinds[k] not in ON_WALLS, -footprint(kinds[k]).area, k))
    for k in order:
        kind = kinds[k]
        place = None
        for margin, view in ROOMS:
            if walls and kind in ON_WALLS:
                place = place or _hang(scene, rng, kind, keep_out, taken, walls, view)
            else:
                place = place or _stand(scene, rng, kind, keep_out, taken, margin, view)
        if place is None:
            raise ValueError(
                f"kinds: expected room for {kind} in {scene.name} beside {len(found)} more, found none; ask for fewer"
            )
        x, y, yaw = place
        found[k] = PlacedHazard(kind=kind, position=(x, y), yaw=yaw, seed=int(seeds[k]))
        taken.append(
            shapely.union_all([move_shape(footprint(kind), (x, y), yaw), _view(kind, (x, y), yaw, ROOMS[-1][1])])
        )
    return [found[k] for k in range(len(kinds))]


def _view(kind: str, position: tuple[float, float], yaw: float, length: float) -> BaseGeometry:
    """Return the ground before a hazard from where it is looked at."""
    return move_shape(_view_shape(kind, length), position, yaw)


def _view_shape(kind: str, length: float) -> BaseGeometry:
    front = footprint(kind).bounds[2]
    return shapely.box(front - 0.1, -VIEW_WIDTH / 2, front + length, VIEW_WIDTH / 2)


def _stand(
    scene: Scene,
    rng: np.random.Generator,
    kind: str,
    keep_out: BaseGeometry,
    taken: Sequence[BaseGeometry],
    margin: float,
    view: float,
) -> tuple[float, float, float] | None:
    """Return x, y and yaw on open ground, None where there is no room."""
    shape = footprint(kind)
    inner, ground, others = scene.walkable.buffer(-margin, quad_segs=2), scene.walkable, shapely.union_all(list(taken))
    if inner.is_empty:
        return None
    shapely.prepare([inner, ground, keep_out, others])
    west, south, east, north = inner.bounds
    for _ in range(ROUNDS):
        spots = rng.uniform((west, south), (east, north), (BATCH, 2))
        yaws = np.repeat(rng.uniform(-np.pi, np.pi, BATCH), WAYS) + np.tile(2 * np.pi * np.arange(WAYS) / WAYS, BATCH)
        yaws = np.arctan2(np.sin(yaws), np.cos(yaws))
        points = np.repeat(spots, WAYS, axis=0)
        outlines, sights = _turn(shape, points, yaws), _turn(_view_shape(kind, view), points, yaws)
        near = _corners_in(inner, outlines) & _corners_in(ground, sights)  # far cheaper than what follows
        points, yaws = points[near], yaws[near]
        bodies, views = (np.asarray(shapely.polygons(rings[near]), dtype=object) for rings in (outlines, sights))
        free = shapely.contains(inner, bodies) & shapely.contains(ground, views) & ~shapely.intersects(keep_out, bodies)
        if taken:
            free &= np.minimum(shapely.distance(others, bodies), shapely.distance(others, views)) >= APART
        for k in np.flatnonzero(free).tolist():
            if margin < BODY and _divides(ground, bodies[k]):
                continue
            return float(points[k, 0]), float(points[k, 1]), float(yaws[k])
    return None


def _divides(ground: BaseGeometry, body: BaseGeometry) -> bool:
    """Tell whether a person can no longer get from one part of the ground to another once `body` stands there."""
    before = shapely.get_parts(ground.buffer(-0.5 * BODY, quad_segs=2))
    after = shapely.get_parts(ground.difference(body).buffer(-0.5 * BODY, quad_segs=2))
    return int((shapely.area(after) > 1.0).sum()) > int((shapely.area(before) > 1.0).sum())


def _turn(shape: BaseGeometry, points: FloatArray, yaws: FloatArray) -> FloatArray:
    """Return the ring (K, N, 2) of a convex outline at each of points (K, 2), turned by each of yaws (K,)."""
    ring = shapely.get_coordinates(shape)
    c, s = np.cos(yaws)[:, None], np.sin(yaws)[:, None]
    turned = np.stack([c * ring[:, 0] - s * ring[:, 1], s * ring[:, 0] + c * ring[:, 1]], axis=2)
    return np.asarray(turned + points[:, None], dtype=np.float64)


def _corners_in(area: BaseGeometry, rings: FloatArray) -> npt.NDArray[np.bool_]:
    """Tell which of the rings (K, N, 2) have all their corners in an area, as those have that lie in it."""
    inside = np.ones(len(rings), dtype=bool)
    for corner in range(rings.shape[1] - 1):
        inside[inside] = shapely.intersects_xy(area, rings[inside, corner])
    return inside


def _hang(
    scene: Scene,
    rng: np.random.Generator,
    kind: str,
    keep_out: BaseGeometry,
    taken: Sequence[BaseGeometry],
    walls: Walls,
    length: float,
) -> tuple[float, float, float] | None:
    """Return x, y and yaw against a wall, near a way out for what is about ways out, None where there is no room."""
    shape = footprint(kind)
    _, low, front, high = shape.bounds
    body = shapely.intersection(shape, shapely.box(BEHIND * 0.5, low, front, high)) if front > BEHIND * 0.5 else None
    others = shapely.union_all(list(taken))
    doors = (
        [m.position for m in scene.landmarks if m.kind in ("exit", "door")]
        if kind in ("blocked_exit", "false_exit_sign")
        else []
    )
    places = walls.edges[rng.permutation(len(walls.edges))]
    if doors:
        gaps = np.min([np.hypot(places[:, 0] - x, places[:, 1] - y) for x, y in doors], axis=0)
        places = places[np.argsort(gaps > NEAR_DOOR, kind="stable")]
    shapely.prepare([scene.walkable, keep_out])
    for x, y, yaw in places.tolist():
        depth = walls.measure((x, y), yaw, low, high)
        if depth is None:
            continue
        position = (x - depth * np.cos(yaw), y - depth * np.sin(yaw))
        spot, view = move_shape(shape, position, yaw), _view(kind, position, yaw, length)
        ahead = (
            move_shape(shapely.box(BEHIND * 0.5, -0.5, front + 0.2, 0.5), position, yaw)
            if body is None
            else move_shape(body, position, yaw)
        )
        if keep_out.intersects(spot) or not scene.walkable.contains(ahead) or not scene.walkable.contains(view):
            continue
        if others.is_empty or float(others.distance(spot.union(view))) >= APART:
            return float(position[0]), float(position[1]), float(yaw)
    return None


class Walls:
    """The upright faces of a scene near its ground.

    Attributes:
        edges: (K, 3) x, y along the edge of the ground every half metre, and the yaw of its inward normal.
    """

    def __init__(self, scene: Scene) -> None:
        """Gather the faces of everything solid."""
        lines, flags = [], []
        west, south, east, north = scene.walkable.buffer(BEHIND + 0.5).bounds
        for item in scene.objects:
            if not item.solid:
                continue
            corners = (item.mesh.vertices @ item.pose[:3, :3].T + item.pose[:3, 3])[item.mesh.faces]
            low, high = corners[..., 2].min(axis=1), corners[..., 2].max(axis=1)
            kept = (low < TALL) & (high > 0.15)
            kept &= (corners[..., 0].max(axis=1) > west) & (corners[..., 0].min(axis=1) < east)
            kept &= (corners[..., 1].max(axis=1) > south) & (corners[..., 1].min(axis=1) < north)
            if not kept.any():
                continue
            lines.append(_project(corners[kept][..., :2]))
            flags.append(np.full(int(kept.sum()), item.semantic in WALLS))
        self._ends = np.concatenate(lines) if lines else np.zeros((0, 2, 2))
        self._tree = shapely.STRtree(np.asarray(shapely.linestrings(self._ends)))
        self._wall = np.concatenate(flags) if flags else np.zeros(0, dtype=bool)
        self.edges = _walk_edges(scene)

    def measure(self, point: tuple[float, float], yaw: float, low: float, high: float) -> float | None:
        """Return how far behind `point` an even wall stands that is free from y = low to high, None where none does."""
        out, aside = np.array([np.cos(yaw), np.sin(yaw)]), np.array([-np.sin(yaw), np.cos(yaw)])
        gaps = []
        across_at = np.linspace(low, high, max(4, int((high - low) / 0.3)))
        starts = np.asarray(point) + across_at[:, None] * aside + AHEAD * out
        rays = shapely.linestrings(np.stack([starts, starts - (BEHIND + AHEAD) * out], axis=1))
        struck, segments = self._tree.query(rays, predicate="intersects")
        if len(np.unique(struck)) < len(starts):
            return None
        for k, start in enumerate(starts):
            hits = segments[struck == k]
            p, q = self._ends[hits, 0] - start, self._ends[hits, 1] - start
            across, along = np.stack([p @ aside, q @ aside]), np.stack([-(p @ out), -(q @ out)])
            width = across[1] - across[0]
            share = np.where(np.abs(width) > 1e-9, -across[0] / np.where(np.abs(width) > 1e-9, width, 1.0), 0.0)
            reach = along[0] + np.clip(share, 0.0, 1.0) * (along[1] - along[0])
            nearest = float(reach.min())
            if not self._wall[hits[reach < nearest + 0.02]].any():
                return None
            gaps.append(nearest - AHEAD)
        least = float(np.min(gaps))
        even = np.mean(np.array(gaps) < least + EVEN) > 0.5 and np.ptp(gaps) < RECESS
        return least if even else None


@lru_cache(maxsize=1)
def walls_of(scene: Scene) -> Walls:
    """Return the walls of a scene; those of the last one are kept, for other tries."""
    return Walls(scene)


def _project(corners: FloatArray) -> FloatArray:
    """Return the longest side (F, 2, 2) of triangles (F, 3, 2) seen from above."""
    sides = np.stack([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]], axis=1)
    longest = np.linalg.norm(sides[:, :, 1] - sides[:, :, 0], axis=2).argmax(axis=1)
    return np.asarray(sides[np.arange(len(sides)), longest], dtype=np.float64)


def _walk_edges(scene: Scene) -> FloatArray:
    found = []
    for part in shapely.get_parts(shapely.orient_polygons(scene.walkable)):
        for ring in (part.exterior, *part.interiors):
            for p, q in pairwise(shapely.get_coordinates(ring)):
                length = float(np.hypot(*(q - p)))
                if length < 1.0:
                    continue
                yaw = float(np.arctan2(q[0] - p[0], -(q[1] - p[1])))  # the ground lies to the left
                for share in np.arange(0.25, length, 0.5) / length:
                    x, y = p + share * (q - p)
                    found.append((float(x), float(y), yaw))
    return np.array(found).reshape(-1, 3)
