"""Hazards in a scene: what they add to it, the ground that they take, and the people and lamps that belong to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from shapely.affinity import rotate, translate
from shapely.geometry import MultiPoint, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from scenes.hazards.models import BUILDERS, LABELS, LAMPS, PEOPLE
from scenes.hazards.piece import STATES, Piece, State, Values
from scenes.procedural.geometry import pose_at
from scenes.scene import ROBOT_INSTANCE, SEMANTIC_ID, FloatArray, Lamp, Mesh, Scene, SceneObject

LOW, HEAD = 0.03, 1.9  # m above the ground, between which what is solid is in the way
SMALLEST = 2.0  # m^2 of walkable ground that is kept when a hazard cuts it off
GROUND = ("Floor", "Road")  # classes of what lies flat
BLOCK = 24  # instance ids kept for one hazard, so that those of the next are the same in both states
ROUNDED = 0.02  # m, of footprints


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedHazard:
    """A hazard, or its safe counterpart, in a place.

    Attributes:
        kind: one of `BUILDERS`. position: (x, y) of its frame, metres, world. yaw: of its front, radians.
        state: "unsafe" as it is, "safe" once it is dealt with. seed: of what is drawn at random; the same for both.
        values: its parameters by name; those that no builder knows are left alone.
        name: of its objects in the scene, "" for its kind in words and the next free number ("bonfire 1").
    """

    kind: str
    position: tuple[float, float]
    yaw: float = 0.0
    state: State = "unsafe"
    seed: int = 0
    values: Mapping[str, float] = field(default_factory=dict)
    name: str = ""


def build(kind: str, state: State, seed: int = 0, values: Values | None = None) -> list[Piece]:
    """Return the pieces of a hazard in its own frame.

    Raises:
        ValueError: no such kind or state.
    """
    if kind not in BUILDERS:
        raise ValueError(f"kind: expected one of {', '.join(BUILDERS)}, got {kind!r}")
    if state not in STATES:
        raise ValueError(f"state: expected unsafe or safe, got {state!r}")
    return list(_build(kind, state, seed, tuple(sorted((values or {}).items()))))


def place_hazards(scene: Scene, placed: Sequence[PlacedHazard]) -> Scene:
    """Return the scene with hazards in it, its walkable ground cut by what of them has a body.

    All else is as it was; lamps are added where a hazard has some. Objects of a hazard that share a label share an
    instance id.

    Raises:
        ValueError: no such kind or state, a name twice, or no instance ids left.
    """
    objects, lamps = list(scene.objects), list(scene.lamps)
    taken = {item.name for item in objects}
    first = 1 + max((item.instance for item in objects), default=0)
    cuts: list[BaseGeometry] = []
    for count, hazard in enumerate(placed):
        name = hazard.name or _number(hazard.kind, taken)
        pieces = build(hazard.kind, hazard.state, hazard.seed, hazard.values)
        if first + BLOCK * (count + 1) > ROBOT_INSTANCE:
            raise ValueError(f"instances: expected fewer than {ROBOT_INSTANCE} things, got more; place fewer hazards")
        added = _furnish(name, hazard, pieces, first + BLOCK * count)
        twice = sorted({item.name for item in added} & taken)
        if twice:
            raise ValueError(f"name: expected one that is free, got {name!r} twice; name each hazard differently")
        taken |= {item.name for item in added}
        objects += added
        cuts.append(move_shape(_block(pieces), hazard.position, hazard.yaw))
        lamps += (
            [_move_lamp(lamp, hazard) for lamp in LAMPS[hazard.kind](hazard.state, hazard.values)]
            if hazard.kind in LAMPS
            else []
        )
    return replace(scene, objects=tuple(objects), walkable=_cut(scene.walkable, cuts), lamps=tuple(lamps))


def people_spots(placed: PlacedHazard) -> tuple[tuple[float, float, float], ...]:
    """Return where people stand who are part of a hazard: (x, y, yaw) each, world; most hazards have none."""
    if placed.kind not in PEOPLE:
        return ()
    c, s = np.cos(placed.yaw), np.sin(placed.yaw)
    x0, y0 = placed.position
    return tuple(
        (
            float(x0 + c * x - s * y),
            float(y0 + s * x + c * y),
            float(np.arctan2(np.sin(yaw + placed.yaw), np.cos(yaw + placed.yaw))),
        )
        for x, y, yaw in PEOPLE[placed.kind](placed.state, placed.values)
    )


def footprint(kind: str, values: Values | None = None) -> Polygon:
    """Return the ground that a hazard needs in either state, in its own frame: a convex outline.

    Raises:
        ValueError: no such kind.
    """
    return _outline(kind, tuple(sorted((values or {}).items())))


def extent(kind: str, values: Values | None = None) -> tuple[FloatArray, FloatArray]:
    """Return the lowest and the highest corner (3,) of a hazard in either state, in its own frame, smoke left out."""
    return _measure(kind, tuple(sorted((values or {}).items())))


def move_shape(shape: BaseGeometry, position: tuple[float, float], yaw: float) -> BaseGeometry:
    """Return a shape of the hazard's frame in the world."""
    return translate(rotate(shape, yaw, origin=(0.0, 0.0), use_radians=True), *position)


@lru_cache(maxsize=64)
def _build(kind: str, state: State, seed: int, values: tuple[tuple[str, float], ...]) -> tuple[Piece, ...]:
    return tuple(BUILDERS[kind](np.random.default_rng(seed), state, dict(values)))


@lru_cache(maxsize=256)
def _outline(kind: str, values: tuple[tuple[str, float], ...]) -> Polygon:
    shapes: list[BaseGeometry] = []
    for state in STATES:
        pieces = build(kind, state, 0, dict(values))
        shapes.append(_block(pieces))
        shapes += [MultiPoint(p.mesh.vertices[:, :2].astype(np.float64)) for p in pieces if p.semantic in GROUND]
    hull = shapely.union_all([shape.convex_hull for shape in shapes]).convex_hull.buffer(0.05, join_style="mitre")
    return Polygon(shapely.get_coordinates(hull.simplify(0.02)))


@lru_cache(maxsize=256)
def _measure(kind: str, values: tuple[tuple[str, float], ...]) -> tuple[FloatArray, FloatArray]:
    pieces = [piece for state in STATES for piece in build(kind, state, 0, dict(values))]
    points = np.concatenate([piece.mesh.vertices for piece in pieces if piece.solid or piece.semantic in GROUND])
    return points.min(axis=0).astype(np.float64), points.max(axis=0).astype(np.float64)


def _number(kind: str, taken: set[str]) -> str:
    words = kind.replace("_", " ")
    count = 1
    while any(name.startswith(f"{words} {count} ") for name in taken):
        count += 1
    return f"{words} {count}"


def _furnish(name: str, hazard: PlacedHazard, pieces: Sequence[Piece], first: int) -> list[SceneObject]:
    """Return the pieces as objects of the scene, their ids from `first`."""
    pose = pose_at(*hazard.position, 0.0, hazard.yaw)
    seen: Counter[str] = Counter()
    ids: dict[str, int] = {}
    out = []
    for piece in pieces:
        seen[piece.name] += 1
        label = piece.label or LABELS.get(hazard.kind, hazard.kind.replace("_", " "))
        suffix = f" {seen[piece.name]}" if seen[piece.name] > 1 else ""
        out.append(
            SceneObject(
                name=f"{name} {piece.name}{suffix}",
                label=label,
                mesh=piece.mesh,
                material=piece.material,
                semantic=SEMANTIC_ID[piece.semantic],
                instance=ids.setdefault(label, first + min(len(ids), BLOCK - 1)),
                text=piece.text,
                pose=pose,
                solid=piece.solid,
            )
        )
    return out


def _block(pieces: Sequence[Piece]) -> BaseGeometry:
    """Return the ground under what is solid, in the frame of the hazard; what it shuts in is taken too."""
    hulls = [hull for piece in pieces if piece.solid for hull in _shade(piece.mesh)]
    whole = shapely.union_all(shapely.buffer(hulls, ROUNDED, quad_segs=1, join_style="mitre"), grid_size=0.001)
    filled = [Polygon(part.exterior) for part in shapely.get_parts(whole) if isinstance(part, Polygon)]
    return shapely.simplify(shapely.union_all(filled), ROUNDED)


def _shade(mesh: Mesh) -> list[BaseGeometry]:
    """Return the convex outline from above of every connected part of a mesh that is in the way of a body."""
    count, faces = len(mesh.vertices), mesh.faces
    links = coo_matrix((np.ones(3 * len(faces)), (faces.ravel(), np.roll(faces, 1, axis=1).ravel())), (count, count))
    parts, part = connected_components(links, directed=False)
    order = np.argsort(part, kind="stable")
    starts = np.searchsorted(part[order], np.arange(parts))
    heights = mesh.vertices[order, 2]
    low, high = np.minimum.reduceat(heights, starts), np.maximum.reduceat(heights, starts)
    kept = (low < HEAD) & (high > LOW)
    number = np.cumsum(kept) - 1
    chosen = order[kept[part[order]]]
    if not len(chosen):
        return []
    points = mesh.vertices[chosen, :2].astype(np.float64)
    clouds = np.asarray(shapely.multipoints(points, indices=number[part[chosen]]), dtype=object)
    return list(np.asarray(shapely.convex_hull(clouds), dtype=object).ravel())


def _cut(ground: Polygon | MultiPolygon, cuts: Sequence[BaseGeometry]) -> Polygon | MultiPolygon:
    """Return the ground without the cuts and without scraps that they leave."""
    if not cuts:
        return ground
    left = shapely.get_parts(ground.difference(shapely.union_all(cuts)))
    parts = [part for part in left if isinstance(part, Polygon)]
    largest = max(parts, key=lambda part: part.area, default=Polygon())
    kept = [part for part in parts if part is largest or part.area >= SMALLEST]
    return kept[0] if len(kept) == 1 else MultiPolygon(kept)


def _move_lamp(lamp: Lamp, hazard: PlacedHazard) -> Lamp:
    x, y, z, _ = pose_at(*hazard.position, 0.0, hazard.yaw) @ (*lamp.position, 1.0)
    return replace(lamp, position=(float(x), float(y), float(z)))
