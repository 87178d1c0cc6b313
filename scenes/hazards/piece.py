"""What hazards are built of: pieces and shapes in the hazard's own frame, x forward, y left, z up, ground at z = 0.

The renderers draw opaque surfaces only: smoke, steam and sprays are clouds of many small two-sided flakes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from scenes.procedural.geometry import ball, join, lathe, make_mesh, sheet, transform, tube
from scenes.procedural.texture import Color, Texture, lettering, noise, planks, speckle
from scenes.scene import FloatArray, Material, Mesh

State = Literal["unsafe", "safe"]
Values = Mapping[str, float]
STATES: tuple[State, ...] = ("unsafe", "safe")

DECAL = 0.016  # m above the ground of what lies flat on it, above the markings of roads
LAYER = 0.006  # m between flat things that lie on one another


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Piece:
    """One drawn piece of a hazard.

    Attributes:
        name: of the piece within the hazard ("flames").
        label: what a viewer would call it, "" for what the whole hazard is called.
        semantic: name of its class. text: the words that can be read on it. solid: as in SceneObject.
    """

    name: str
    mesh: Mesh
    material: Material
    label: str = ""
    semantic: str = "Obstacle"
    text: str = ""
    solid: bool = True


Builder = Callable[[np.random.Generator, State, Values], list[Piece]]


def body(
    name: str,
    meshes: Mesh | Sequence[Mesh],
    material: Material,
    *,
    label: str = "",
    semantic: str = "Obstacle",
    text: str = "",
) -> Piece:
    """Return a piece that bodies and rays hit."""
    mesh = meshes if isinstance(meshes, Mesh) else join(meshes)
    return Piece(name=name, mesh=mesh, material=material, label=label, semantic=semantic, text=text)


def skin(
    name: str,
    meshes: Mesh | Sequence[Mesh],
    material: Material,
    *,
    label: str = "",
    semantic: str = "Obstacle",
    text: str = "",
) -> Piece:
    """Return a piece that is seen only."""
    return replace(body(name, meshes, material, label=label, semantic=semantic, text=text), solid=False)


def paint(red: float, green: float, blue: float, specular: float = 0.05) -> Material:
    """Return a plain material of an sRGB colour in [0, 1]."""
    return Material(color=(red, green, blue), specular=specular)


def shine(red: float, green: float, blue: float) -> Material:
    """Return a material that is seen in the dark."""
    return Material(color=(red, green, blue), emissive=1.0, glow=1.0)


def wood(rng: np.random.Generator, color: Color = (0.58, 0.41, 0.25)) -> Material:
    """Return planed boards."""
    return Material(texture=planks(rng, color))


def grain(rng: np.random.Generator, color: Color, *, rough: float = 0.12, specular: float = 0.05) -> Material:
    """Return a surface with fine and coarse variation: stone, rust, soil, food."""
    return Material(texture=speckle(rng, color, fine=rough, coarse=0.6 * rough), specular=specular)


def water(rng: np.random.Generator, color: Color) -> Material:
    """Return water that mirrors the sky, with ripples."""
    ripples = 0.5 * noise(rng, 128, 2.5) + 0.5 * noise(rng, 128, 6.0)
    crest = np.clip(ripples - 0.9, 0.0, 1.0)[..., None]
    picture = np.asarray(color) * (1.0 + 0.10 * ripples[..., None]) + 0.35 * crest
    return Material(texture=(np.clip(picture, 0, 1) * 255).astype(np.uint8), specular=0.9)


def words(
    text: str, ink: Color, ground: Color, *, width: int = 256, height: int = 128, emissive: float = 0.25
) -> Material:
    """Return a board with words as large as they fit, and a border in their colour."""
    picture = lettering(text, ink, ground, width=width, height=height, border=ink)
    return Material(texture=picture, emissive=emissive, glow=0.5)


def turn(
    mesh: Mesh, *, roll: float = 0.0, pitch: float = 0.0, yaw: float = 0.0, about: Sequence[float] = (0, 0, 0)
) -> Mesh:
    """Return the mesh turned about x, then y, then z through the point `about` (3,), radians."""
    pose = np.eye(4)
    pose[:3, :3] = Rotation.from_euler("xyz", (roll, pitch, yaw)).as_matrix()
    pose[:3, 3] = np.asarray(about) - pose[:3, :3] @ np.asarray(about, dtype=np.float64)
    return transform(mesh, pose)


def two_sided(mesh: Mesh) -> Mesh:
    """Return the mesh and its back."""
    return join([mesh, make_mesh(mesh.vertices, mesh.faces[:, ::-1], -mesh.normals, mesh.uv)])


def blob(rng: np.random.Generator, length: float, width: float, *, rough: float = 0.16, corners: int = 40) -> Polygon:
    """Return the outline of a spill, about `length` along x and `width` along y, metres."""
    angles = np.linspace(0.0, 2 * np.pi, corners, endpoint=False)
    waves = sum(rng.uniform(0.3, 1.0) / k * np.sin(k * angles + rng.uniform(0, 2 * np.pi)) for k in range(2, 7))
    reach = 1.0 + rough * np.asarray(waves) / np.abs(waves).max()
    ring = np.column_stack([0.5 * length * np.cos(angles), 0.5 * width * np.sin(angles)]) * reach[:, None]
    return Polygon(ring * (0.5 * np.array([length, width]) / np.abs(ring).max(axis=0)))


def lay(shape: BaseGeometry, layer: int = 0, *, tile: float = 1.0) -> Mesh:
    """Return something flat on the ground, in one of several layers."""
    return sheet(shape, DECAL + LAYER * layer, tile)


def flakes(rng: np.random.Generator, centers: npt.ArrayLike, size: float | FloatArray, *, upright: float = 0.0) -> Mesh:
    """Return small two-sided squares at `centers` (N, 3), about `size` metres wide, one or (N,), turned at random.

    `upright` near 1 makes them narrow and tall: sparks, drops.
    """
    spots = np.array(centers, dtype=np.float64)
    spots[:, 2] = np.maximum(spots[:, 2], DECAL)
    count = len(spots)
    way = rng.standard_normal((count, 3))
    way[:, 2] *= 1.0 - upright
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    side = np.cross(way, rng.standard_normal((count, 3)) * (1.0 - upright) + np.array([0.0, 0.0, upright]))
    side /= np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-9)
    up = np.cross(way, side)
    reach = (
        0.5 * np.broadcast_to(np.asarray(size, dtype=np.float64), (count,))[:, None] * rng.uniform(0.6, 1.4, (count, 1))
    )
    corners = spots[:, None] + np.stack([-side - up, side - up, side + up, up - side], axis=1) * reach[:, None]
    corners = spots[:, None] + (corners - spots[:, None]) * np.array([1.0, 1.0, 1.0 + 2.0 * upright])
    faces = (4 * np.arange(count)[:, None, None] + np.array([(0, 1, 2), (0, 2, 3)])).reshape(-1, 3)
    flat = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    flat /= np.linalg.norm(flat, axis=1, keepdims=True)
    uv = np.tile([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)], (count, 1))
    return two_sided(make_mesh(corners.reshape(-1, 3), faces, np.repeat(flat, 4, axis=0), uv))


def plume(
    rng: np.random.Generator, at: Sequence[float], height: float, spread: float, count: int, size: float = 0.07
) -> Mesh:
    """Return smoke or steam that rises from `at` (3,), `spread` metres wide at its top."""
    share = rng.uniform(0.0, 1.0, count) ** 0.8
    wide = spread * (0.15 + 0.85 * share)
    sway = 0.25 * spread * np.sin(4.0 * share + rng.uniform(0, 6))
    centers = np.column_stack(
        [0.3 * wide * rng.standard_normal(count) + sway, 0.3 * wide * rng.standard_normal(count), height * share]
    )
    return flakes(rng, centers + np.asarray(at), size * (0.6 + 0.8 * share))


def tongue(rng: np.random.Generator, at: Sequence[float], radius: float, height: float) -> Mesh:
    """Return one tongue of flame that stands at `at` (3,) and leans a little."""
    outline = [(0.55, 0.0), (0.95, 0.12), (1.0, 0.25), (0.78, 0.45), (0.48, 0.65), (0.2, 0.85), (0.0, 1.0)]
    mesh = lathe([(radius * r, height * z) for r, z in outline], 9)
    vertices = mesh.vertices.astype(np.float64)
    lift = np.clip(vertices[:, 2] / height, 0.0, 1.0)
    lean, phase = rng.uniform(-0.35, 0.35, 2) * height, rng.uniform(0, 6)
    vertices[:, :2] += lift[:, None] ** 2 * lean + (0.25 * radius * np.sin(5.0 * lift + phase) * lift)[:, None]
    return make_mesh(vertices + np.asarray(at), mesh.faces, mesh.normals, mesh.uv)


def fire(rng: np.random.Generator) -> Material:
    """Return what flames look like: nearly white below, yellow, then orange and red at the tips."""
    y = np.linspace(1.0, 0.0, 64)[:, None] + 0.09 * noise(rng, 64, 4.0)
    stops = (0.0, 0.25, 0.55, 0.85, 1.0)
    colors = np.array([(1.0, 0.96, 0.70), (1.0, 0.86, 0.28), (1.0, 0.58, 0.08), (0.93, 0.28, 0.03), (0.75, 0.12, 0.02)])
    picture = np.stack([np.interp(y, stops, colors[:, k]) for k in range(3)], axis=2)
    return Material(texture=(picture * 255).astype(np.uint8), emissive=1.0, glow=1.0)


def flames(rng: np.random.Generator, at: Sequence[float], radius: float, height: float, count: int = 9) -> list[Mesh]:
    """Return a fire of several tongues over a disc, the tallest in the middle."""
    found = [tongue(rng, at, 0.42 * radius, height)]
    for k in range(count - 1):
        angle, reach = 2.4 * k + rng.uniform(-0.3, 0.3), radius * rng.uniform(0.35, 0.85)
        foot = (at[0] + reach * np.cos(angle), at[1] + reach * np.sin(angle), at[2])
        size = float(rng.uniform(0.4, 0.8))
        found.append(
            tongue(rng, foot, 0.34 * radius * (0.6 + 0.5 * size), height * size * (1.15 - 0.5 * reach / radius))
        )
    return found


def hose(points: npt.ArrayLike, radius: float, segments: int = 6) -> Mesh:
    """Return a cable or rope through points (K, 3)."""
    path = np.asarray(points, dtype=np.float64)
    return join([tube(p, q, radius, segments) for p, q in pairwise(path)])


def wander(
    rng: np.random.Generator, start: Sequence[float], end: Sequence[float], swing: float, z: float
) -> FloatArray:
    """Return a path (25, 3) on the ground from `start` (2,) to `end` (2,) in loops of `swing` metres."""
    share = np.linspace(0.0, 1.0, 25)
    a, b = np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)
    along = (b - a) / np.linalg.norm(b - a)
    aside = swing * np.sin(np.pi * share) * np.sin(2.6 * np.pi * share + rng.uniform(-0.4, 0.4))
    path = a + share[:, None] * (b - a) + aside[:, None] * np.array([-along[1], along[0]])
    return np.column_stack([path, np.full(25, z)])


def steps(low: float, high: float, step: float) -> list[float]:
    """Return numbers from `low`, before `high`, a step apart."""
    return [float(value) for value in np.arange(low, high, step)]


def ticks(low: float, high: float, count: int) -> list[float]:
    """Return evenly spaced numbers from `low` to `high`, both among them."""
    return [float(value) for value in np.linspace(low, high, count)]


def rock(
    rng: np.random.Generator, low: float, high: float, *, rough: float = 0.2, flat: float = 1.0, level: int = 1
) -> Mesh:
    """Return a lump about the origin, its semi-axes drawn between `low` and `high` metres, the upright one `flat`."""
    x, y, z = rng.uniform(low, high, 3).tolist()
    return ball((x, y, flat * z), rng, rough, level)


def number(values: Values, name: str, default: float) -> float:
    """Return a value of the hazard, or what it is where nothing is said."""
    return float(values.get(name, default))


def picture_of(texture: Texture, *, emissive: float = 0.2) -> Material:
    """Return a printed picture."""
    return Material(texture=texture, emissive=emissive, glow=0.4)
