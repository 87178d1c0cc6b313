"""Street trees, shrubs and flowers: crowns of many small leafy faces over dark cores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scenes.procedural.draft import Part
from scenes.procedural.geometry import ball, box, join, lathe, make_mesh, move, tube
from scenes.procedural.surface import bark, leaves
from scenes.procedural.texture import slabs
from scenes.scene import FloatArray, Material, Mesh


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Greens:
    """Materials of plants, and the crowns that trees of one street share."""

    bark: Material
    leaf: Material
    core: Material
    shrub: Material
    soil: Material
    grate: Material
    pot: Material
    blooms: tuple[Material, ...]
    trees: tuple[tuple[Mesh, Mesh, Mesh], ...]

    @staticmethod
    def draw(rng: np.random.Generator, kind: int) -> Greens:
        """Return the plants of one street: one `kind` of tree, 0 to 3, in three shapes."""
        picture = leaves(rng)
        tint = ((0.52, 0.66, 0.42), (0.44, 0.60, 0.40), (0.62, 0.72, 0.36), (1.0, 0.80, 0.86))[kind]
        crown = picture if kind < 3 else np.repeat(picture.max(axis=2, keepdims=True), 3, axis=2)  # in blossom
        dark = tuple(0.42 * v for v in tint)
        tall = kind == 1
        return Greens(
            bark=Material(texture=bark(rng)),
            leaf=Material(color=tint, texture=crown),
            core=Material(color=(dark[0], dark[1], dark[2]), texture=crown),
            shrub=Material(color=(0.40, 0.52, 0.30), texture=picture),
            soil=Material(color=(0.25, 0.19, 0.14)),
            grate=Material(texture=slabs(rng, (0.30, 0.29, 0.28), rows=14, columns=7, joint=0.3), specular=0.15),
            pot=Material(color=(0.42, 0.41, 0.40), texture=slabs(rng, (0.9, 0.88, 0.85), rows=1, columns=1, joint=0.8)),
            blooms=tuple(Material(color=color) for color in ((0.86, 0.2, 0.3), (0.95, 0.8, 0.2), (0.72, 0.42, 0.82))),
            trees=tuple(_grow(rng, tall) for _ in range(3)),
        )


def _foliage(rng: np.random.Generator, centers: FloatArray, radii: FloatArray, count: int, size: float) -> Mesh:
    """Return leafy faces on ellipsoids at `centers` (K, 3) of semi-axes `radii` (K, 3), lit as the crown is."""
    share = radii.prod(axis=1) ** (2 / 3)
    owner = rng.choice(len(centers), count, p=share / share.sum())
    way = rng.standard_normal((count, 3))
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    spots = centers[owner] + way * radii[owner] * rng.uniform(0.84, 1.04, (count, 1))
    tilt = way + 0.42 * rng.standard_normal((count, 3))
    tilt /= np.linalg.norm(tilt, axis=1, keepdims=True)
    side = np.cross(tilt, rng.standard_normal((count, 3)))
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    up = np.cross(tilt, side)
    reach = size * rng.uniform(0.7, 1.3, (count, 4, 1))
    turn = np.stack([side, up, -side, -up], axis=1)
    skew = 0.16 * size * rng.standard_normal((count, 4, 3)) * (1.0, 1.0, 0.6)
    corners = spots[:, None] + turn * reach * (1.0, 1.0, 0.9) + skew
    middle = centers.mean(axis=0)
    normals = corners - middle + 0.4 * way[:, None]
    normals /= np.linalg.norm(normals, axis=2, keepdims=True)
    flat = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    flat /= np.linalg.norm(flat, axis=1, keepdims=True)
    normals = normals + 0.8 * flat[:, None]
    normals /= np.linalg.norm(normals, axis=2, keepdims=True)
    agree = np.einsum("ijk,ik->ij", normals, flat)
    normals = np.where((agree > 0.35)[..., None], normals, flat[:, None])
    at = rng.uniform(0, 1, (count, 1, 2))
    uv = at + 0.28 * np.array([(1, 0), (0, 1), (-1, 0), (0, -1)])
    faces = (4 * np.arange(count)[:, None, None] + np.array([(0, 1, 2), (0, 2, 3)])).reshape(-1, 3)
    vertices = corners.reshape(-1, 3)
    a, b, c = np.moveaxis(vertices[faces], 1, 0)
    across, shade = np.cross(b - a, c - a), normals.reshape(-1, 3)[faces].mean(axis=1)
    proper = np.einsum("ij,ij->i", across, shade) > 0.35 * np.linalg.norm(across, axis=1)
    return make_mesh(vertices, faces[proper], normals.reshape(-1, 3), uv.reshape(-1, 2))


def _grow(rng: np.random.Generator, tall: bool) -> tuple[Mesh, Mesh, Mesh]:
    """Return wood, core and leaves of a tree about 6 m high."""
    clear, crown = float(rng.uniform(2.3, 2.6)), (1.15, 2.2) if tall else (1.75, 1.6)
    middle = clear + crown[1] * 0.95
    trunk = lathe([(0.2, 0.0), (0.135, 0.35), (0.11, clear), (0.07, middle)], 8, turns=2)
    wood = [trunk]
    centers, radii = [(0.0, 0.0, middle + 0.25)], [(0.74 * crown[0], 0.74 * crown[0], 0.8 * crown[1])]
    start = rng.uniform(0, 2 * np.pi)
    for k in range(5):
        angle = start + k * 2 * np.pi / 5 + rng.uniform(-0.3, 0.3)
        reach, lift = 0.58 * crown[0] * rng.uniform(0.85, 1.15), middle + crown[1] * rng.uniform(-0.45, 0.25)
        tip = (reach * np.cos(angle), reach * np.sin(angle), lift)
        centers.append(tip)
        size = crown[0] * rng.uniform(0.42, 0.56)
        radii.append((size, size, size * rng.uniform(0.8, 1.05)))
        wood.append(tube((0, 0, clear - 0.1 + 0.08 * k), tip, 0.045, 5))
    c, r = np.array(centers), np.array(radii)
    core = join(
        [move(ball(0.74 * b, rng, 0.1, level=int(k == 0)), *a) for k, (a, b) in enumerate(zip(c, r, strict=True))]
    )
    core = make_mesh(core.vertices, core.faces, core.normals, 1.4 * core.uv)
    return join(wood), core, _foliage(rng, c, r, 370, 0.27)


def build_street_tree(rng: np.random.Generator, greens: Greens, *, old: bool = False) -> list[Part]:
    """Return a tree in a grate 1.2 m square; an old one is larger."""
    wood, core, crown = greens.trees[int(rng.integers(len(greens.trees)))]
    yaw, size = float(rng.uniform(0, 2 * np.pi)), 1.4 if old else float(rng.uniform(0.9, 1.15))
    wide = 1.35 if old else 1.0
    turned = [move(mesh, 0, 0, 0, yaw) for mesh in (wood, core, crown)]
    wood, core, crown = (
        make_mesh(m.vertices * (wide, wide, size), m.faces, _squash(m, size / wide), m.uv) for m in turned
    )
    plate = box((1.2, 1.2, 0.006), (0, 0, 0.0))
    return [
        Part(mesh=wood, material=greens.bark),
        Part(mesh=core, material=greens.core, solid=False),
        Part(mesh=crown, material=greens.leaf, solid=False),
        Part(mesh=plate, material=greens.grate, semantic="SideWalk", solid=False),
    ]


def _squash(mesh: Mesh, size: float) -> FloatArray:
    normals = mesh.normals.astype(np.float64) / (1.0, 1.0, size)
    out: FloatArray = normals / np.linalg.norm(normals, axis=1, keepdims=True)
    return out


def build_planter(rng: np.random.Generator, greens: Greens, size: Sequence[float] = (0.5, 1.3)) -> list[Part]:
    """Return a trough of concrete, `size` along x and y in metres, with shrubs and flowers."""
    deep, wide = float(size[0]), float(size[1])
    trough = box((deep, wide, 0.48), tile=1.0)
    count = max(2, round(wide / 0.32))
    ys = (np.arange(count) + 0.5) / count * wide - wide / 2
    centers = np.column_stack([rng.uniform(-0.05, 0.05, count), ys, np.full(count, 0.6)])
    radii = np.full((count, 3), 0.42 * deep) * rng.uniform(0.85, 1.15, (count, 1))
    core = join([move(ball(0.8 * r, rng, 0.1, level=0), *c) for c, r in zip(centers, radii, strict=True)])
    green = _foliage(rng, centers, radii, 14 * count, 0.09)
    bloom = _foliage(rng, centers + np.array((0.0, 0.0, 0.04)), 0.95 * radii, 9 * count, 0.022)
    return [
        Part(mesh=trough, material=greens.pot),
        Part(mesh=join([core, green]), material=greens.shrub, semantic="Vegetation", solid=False),
        Part(mesh=bloom, material=greens.blooms[int(rng.integers(3))], semantic="Vegetation", solid=False),
    ]
