"""Parked cars: bodies lofted over their side view, painted once with panels, glass, lamps and plates; wheels.

Frame: x forwards, the ground at z = 0, the middle between the axles near the origin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.spatial.transform import Rotation

from scenes.procedural.draft import Part
from scenes.procedural.geometry import box, join, lathe, make_mesh, move, transform
from scenes.procedural.texture import Color
from scenes.procedural.vehicle_paint import HEIGHT_SHARE, paint_body, paint_rim
from scenes.scene import FloatArray, Material, Mesh

COLORS: tuple[Color, ...] = (
    (0.62, 0.08, 0.09), (0.10, 0.18, 0.38), (0.74, 0.75, 0.77), (0.13, 0.14, 0.15), (0.90, 0.90, 0.88),
    (0.14, 0.30, 0.24), (0.80, 0.62, 0.14), (0.42, 0.44, 0.47), (0.30, 0.46, 0.62), (0.36, 0.22, 0.16),
)  # fmt: skip
UNDER = 0.21  # m, of the sills over the ground


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A type of car; metres.

    Attributes:
        top: (x, z) of its middle line from the tail over the roof to the nose.
        belt: height of the lower edge of the windows. tumble: width of the roof as a share of the width.
        windows: (x, z) outline of the side windows. pillars: x of what divides them.
        axles: x of the front and rear wheels.
        screen: x of the foot and the head of the windscreen; rear: of the rear window, head and foot.
    """

    name: str
    length: float
    width: float
    height: float
    top: tuple[tuple[float, float], ...]
    belt: float
    tumble: float
    windows: tuple[tuple[float, float], ...]
    pillars: tuple[float, ...]
    axles: tuple[float, float]
    wheel: float
    screen: tuple[float, float]
    rear: tuple[float, float]


MODELS: tuple[Model, ...] = (
    Model(
        name="hatchback", length=4.04, width=1.76, height=1.48, belt=0.93, tumble=0.70, axles=(1.27, -1.27), wheel=0.31,
        top=((-2.02, 0.60), (-2.01, 0.80), (-1.96, 0.98), (-1.72, 1.33), (-1.50, 1.43), (-0.6, 1.48), (0.0, 1.45),
             (0.25, 1.36), (0.86, 1.01), (1.0, 0.97), (1.6, 0.87), (1.88, 0.76), (2.02, 0.56)),
        windows=((-1.55, 1.0), (-1.38, 1.31), (-0.6, 1.38), (0.0, 1.35), (0.66, 0.98)), pillars=(-0.42, -1.12),
        screen=(0.9, 0.1), rear=(-1.58, -1.93),
    ),
    Model(
        name="saloon", length=4.6, width=1.80, height=1.44, belt=0.92, tumble=0.69, axles=(1.42, -1.36), wheel=0.32,
        top=((-2.3, 0.60), (-2.29, 0.86), (-2.2, 0.98), (-1.6, 1.03), (-1.0, 1.33), (-0.6, 1.42), (0.1, 1.44),
             (0.4, 1.39), (1.24, 0.99), (1.4, 0.95), (2.05, 0.84), (2.2, 0.74), (2.3, 0.55)),
        windows=((-1.35, 0.99), (-0.9, 1.27), (-0.5, 1.35), (0.1, 1.36), (0.35, 1.32), (1.0, 0.97)), pillars=(-0.15,),
        screen=(1.28, 0.44), rear=(-0.92, -1.56),
    ),
    Model(
        name="estate", length=4.5, width=1.84, height=1.64, belt=1.03, tumble=0.73, axles=(1.36, -1.36), wheel=0.34,
        top=((-2.25, 0.66), (-2.24, 0.95), (-2.18, 1.1), (-1.95, 1.5), (-1.75, 1.59), (-0.6, 1.64), (0.2, 1.61),
             (0.45, 1.53), (1.1, 1.12), (1.25, 1.08), (1.9, 0.97), (2.13, 0.86), (2.25, 0.62)),
        windows=((-1.85, 1.1), (-1.68, 1.45), (-0.6, 1.53), (0.2, 1.5), (0.88, 1.09)), pillars=(-0.38, -1.3),
        screen=(1.14, 0.28), rear=(-1.8, -2.15),
    ),
    Model(
        name="van", length=4.9, width=1.92, height=1.95, belt=1.12, tumble=0.86, axles=(1.55, -1.45), wheel=0.33,
        top=((-2.45, 0.62), (-2.44, 1.2), (-2.42, 1.72), (-2.36, 1.88), (-2.15, 1.94), (0.6, 1.95), (0.95, 1.92),
             (1.2, 1.82), (1.78, 1.2), (1.95, 1.12), (2.25, 0.98), (2.38, 0.84), (2.45, 0.58)),
        windows=((0.42, 1.16), (0.42, 1.72), (0.98, 1.74), (1.5, 1.2)), pillars=(),
        screen=(1.8, 1.14), rear=(-2.40, -2.44),
    ),
    Model(
        name="city car", length=3.5, width=1.62, height=1.58, belt=0.98, tumble=0.78, axles=(1.14, -1.18), wheel=0.28,
        top=((-1.75, 0.60), (-1.745, 0.92), (-1.70, 1.15), (-1.58, 1.46), (-1.40, 1.55), (-0.4, 1.58), (0.35, 1.55),
             (0.55, 1.47), (1.05, 1.06), (1.15, 1.02), (1.5, 0.93), (1.66, 0.82), (1.75, 0.56)),
        windows=((-1.42, 1.04), (-1.32, 1.42), (-0.4, 1.47), (0.3, 1.44), (0.86, 1.03)), pillars=(-0.3, -1.05),
        screen=(1.07, 0.4), rear=(-1.5, -1.71),
    ),
)  # fmt: skip


def _stations(model: Model) -> FloatArray:
    """Return where along x sections are taken: at the corners of the side view and round the wheels."""
    xs = [x for x, _ in model.top]
    reach = model.wheel + 0.07
    for axle in model.axles:
        xs += (axle + reach * np.cos(np.linspace(0, np.pi, 7))).tolist()
        xs += [axle - reach - 0.012, axle + reach + 0.012]
    grid = np.unique(np.round(xs, 4))
    keep = np.concatenate([[True], np.diff(grid) > 0.011])
    return np.asarray(grid[keep], dtype=np.float64)


def _section(model: Model, x: float) -> FloatArray:
    """Return half a section (6, 2) of y and z at `x`, from the sill up to the middle of the roof."""
    tops = np.array(model.top)
    top = float(np.interp(x, tops[:, 0], tops[:, 1]))
    half, end = model.width / 2, model.length / 2
    taper = 1.0 - 0.13 * max(0.0, (abs(x) - 0.72 * end) / (0.28 * end)) ** 2
    sill = UNDER + 0.1 * max(0.0, (abs(x) - 0.86 * end) / (0.14 * end))
    for axle in model.axles:
        reach = model.wheel + 0.07
        if abs(x - axle) <= reach:
            sill = max(sill, model.wheel + float(np.sqrt(max(reach**2 - (x - axle) ** 2, 0.0))))
    belt = min(model.belt, top - 0.045)
    middle = max(sill + 0.02, 0.62 * belt + 0.02)
    middle = min(middle, belt - 0.02)
    share = np.clip((top - model.belt) / (model.height - model.belt), 0.0, 1.0)
    roof = half * taper * (0.86 * (1 - share) + model.tumble * share)
    shoulder = half * taper * 0.965
    edge = top - (0.035 + 0.03 * share)
    inner = roof * 0.8
    return np.array(
        [
            (0.94 * half * taper, sill),
            (half * taper, middle),
            (shoulder, belt),
            (roof, max(edge, belt + 0.005)),
            (inner, top - 0.012),
            (0.0, top),
        ]
    )


def _smooth(corners: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return normals of faces (Q, 3) and of their corners (Q, 4, 3), smooth where they meet at less than 42 degrees."""
    normals = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    weights = np.linalg.norm(normals, axis=1, keepdims=True)
    flat = normals / np.maximum(weights, 1e-12)
    _, index = np.unique(corners.reshape(-1, 3).round(4), axis=0, return_inverse=True)
    index = index.reshape(-1, 4)
    around: dict[int, list[int]] = {}
    for face, points in enumerate(index.tolist()):
        for point in set(points):
            around.setdefault(point, []).append(face)
    out = np.empty((*corners.shape[:2], 3))
    for face, points in enumerate(index.tolist()):
        for k, point in enumerate(points):
            others = around[point]
            near = [f for f in others if flat[f] @ flat[face] > 0.74]
            total = normals[near].sum(axis=0) if near else flat[face]
            out[face, k] = total / max(float(np.linalg.norm(total)), 1e-12)
    return flat, out


def _project(model: Model, corners: FloatArray, flat: FloatArray) -> FloatArray:
    """Return texture coordinates (Q, 4, 2) by the view in which a face is largest, as `paint_body` lays them out."""
    x, y, z = np.moveaxis(corners, 2, 0)
    along = np.clip((x + model.length / 2) / model.length, 0.002, 0.998)
    side = np.stack([along, 1.0 - 0.375 * (1.0 - np.clip(z / HEIGHT_SHARE, 0, 1))], axis=2)
    top = np.stack([along, 0.625 - 0.25 * np.clip(np.abs(y) / (model.width / 2), 0.01, 0.99)], axis=2)
    across = np.clip(y / model.width + 0.5, 0.01, 0.99)
    level = 0.375 * np.clip(z / HEIGHT_SHARE, 0.005, 0.995)
    front = np.stack([0.5 * across, level], axis=2)
    rear = np.stack([0.5 + 0.5 * (1.0 - across), level], axis=2)
    nx, ny, _ = np.abs(flat).T
    sideways = (ny > 0.62) & (ny > nx)
    ends = ~sideways & (nx > 0.66)
    wanted = np.where(sideways, 0, np.where(ends, np.where(flat[:, 0] > 0, 2, 3), 1))
    return np.choose(wanted[:, None, None], [side, top, front, rear])


def loft_body(model: Model) -> Mesh:
    """Return the body of a car, without wheels."""
    xs = _stations(model)
    half = np.array([_section(model, float(x)) for x in xs])  # (S, 6, 2)
    points = np.concatenate([np.repeat(xs[:, None, None], 6, axis=1), half], axis=2)
    mirrored = points * (1.0, -1.0, 1.0)
    quads = []
    for k in range(5):
        a, b, c, d = points[:-1, k], points[1:, k], points[1:, k + 1], points[:-1, k + 1]
        quads.append(np.stack([b, a, d, c], axis=1))
        a, b, c, d = mirrored[:-1, k], mirrored[1:, k], mirrored[1:, k + 1], mirrored[:-1, k + 1]
        quads.append(np.stack([a, b, c, d], axis=1))
    for end, order in ((-1, 1), (0, -1)):
        ring, other = points[end], mirrored[end]
        cap = np.stack([other[:-1], ring[:-1], ring[1:], other[1:]], axis=1)
        quads.append(cap if order > 0 else cap[:, ::-1])
    corners = np.concatenate(quads)
    size = np.linalg.norm(np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1]), axis=1)
    corners = corners[size > 1e-7]
    flat, normals = _smooth(corners)
    uv = _project(model, corners, flat)
    faces = (4 * np.arange(len(corners))[:, None, None] + np.array([(0, 1, 2), (0, 2, 3)])).reshape(-1, 3)
    vertices = corners.reshape(-1, 3)
    a, b, c = np.moveaxis(vertices[faces], 1, 0)
    whole = np.linalg.norm(np.cross(b - a, c - a), axis=1) > 1e-7
    return make_mesh(vertices, faces[whole], normals.reshape(-1, 3), uv.reshape(-1, 2))


def _wheel(radius: float, width: float) -> tuple[Mesh, Mesh]:
    """Return tyre and rim of a wheel about the y axis, its outer side towards +y, the hub at the origin."""
    tyre = lathe(
        [(0.66 * radius, -width / 2), (0.93 * radius, -width / 2), (radius, -0.28 * width), (radius, 0.28 * width),
         (0.93 * radius, width / 2), (0.68 * radius, 0.46 * width)], 14
    )  # fmt: skip
    angles = np.arange(14) * 2 * np.pi / 14
    ring = 0.69 * radius * np.column_stack([np.cos(angles), np.sin(angles)])
    vertices = np.vstack([[(0.0, 0.0, 0.30 * width)], np.column_stack([ring, np.full(14, 0.42 * width)])])
    fan = np.array([(0, 1 + k, 1 + (k + 1) % 14) for k in range(14)])
    uv = np.vstack([[(0.5, 0.5)], 0.5 + 0.5 * ring / (0.69 * radius)])
    rim = make_mesh(vertices, fan, np.tile((0.0, 0.0, 1.0), (15, 1)), uv)
    pose = np.eye(4)
    pose[:3, :3] = Rotation.from_euler("x", -np.pi / 2).as_matrix()
    return transform(tyre, pose), transform(rim, pose)


class Garage:
    """Builds cars; each type is lofted once."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._bodies = {model.name: loft_body(model) for model in MODELS}
        self._rims = [Material(texture=paint_rim(rng, spokes), specular=0.35) for spokes in (5, 7, 10)]
        self._rubber = Material(color=(0.085, 0.085, 0.09))
        self._under = Material(color=(0.04, 0.04, 0.045))
        self._taxi = Material(color=(0.98, 0.86, 0.35), emissive=0.3, glow=1.0)

    def build(self, rng: np.random.Generator, model: Model, *, lift: float = 0.0, taxi: bool = False) -> list[Part]:
        """Return a car of some colour that stands at z = `lift` metres."""
        color = (0.93, 0.76, 0.14) if taxi else _choose(rng, model)
        skin = _paint(model, (float(color[0]), float(color[1]), float(color[2])), int(rng.integers(3)))
        half = model.width / 2
        tyres: list[Mesh] = []
        rims: list[Mesh] = []
        tyre, rim = _wheel(model.wheel, 0.2)
        for x in model.axles:
            for side in (1.0, -1.0):
                yaw = 0.0 if side > 0 else np.pi
                for mesh, found in ((tyre, tyres), (rim, rims)):
                    found.append(move(mesh, x, side * (half - 0.13), model.wheel, yaw))
        belly = box((0.88 * model.length, model.width - 0.42, 0.42), (0, 0, UNDER + 0.01), bottom=True)
        wells = [
            box((2 * model.wheel + 0.2, model.width - 0.3, 0.12), (x, 0, 2 * model.wheel + 0.02)) for x in model.axles
        ]
        foot = model.screen[0] - 0.28
        mirrors = [
            box((0.1, 0.2, 0.14), (foot, side * (half + 0.03), model.belt - 0.01), bottom=True) for side in (1.0, -1.0)
        ]
        parts = [
            Part(mesh=self._bodies[model.name], material=skin),
            Part(mesh=join([belly, *wells]), material=self._under),
            Part(mesh=join(tyres), material=self._rubber),
            Part(mesh=join(mirrors), material=self._rubber, solid=False),
            Part(mesh=join(rims), material=self._rims[int(rng.integers(3))], solid=False),
        ]
        if taxi:
            parts.append(
                Part(mesh=box((0.2, 0.5, 0.14), (-0.2, 0, model.height - 0.02)), material=self._taxi, solid=False)
            )
        if not lift:
            return parts
        return [
            Part(mesh=move(p.mesh, 0, 0, lift), material=p.material, semantic=p.semantic, text=p.text, solid=p.solid)
            for p in parts
        ]


@lru_cache(maxsize=96)
def _paint(model: Model, color: tuple[float, float, float], plate: int) -> Material:
    """Return the paint of a car with one of some number plates."""
    return Material(texture=paint_body(np.random.default_rng(plate), model, color), specular=0.42)


def _choose(rng: np.random.Generator, model: Model) -> Sequence[float]:
    """Return a paint; vans are mostly white or grey."""
    if model.name == "van" and rng.random() < 0.7:
        return ((0.90, 0.90, 0.89), (0.60, 0.62, 0.64))[int(rng.integers(2))]
    return COLORS[int(rng.integers(len(COLORS)))]
