"""The road and what belongs to it: cars, markings, signs, road blocks. Frames as in `furniture`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from scipy.spatial.transform import Rotation
from shapely.geometry import Polygon, box
from shapely.geometry.base import BaseGeometry

from scenes.procedural.draft import Part
from scenes.procedural.furniture import Palette
from scenes.procedural.geometry import box as block
from scenes.procedural.geometry import cylinder, join, move, prism, transform, tube, wall
from scenes.procedural.texture import Texture, lettering, stripes
from scenes.scene import Material, Mesh

CAR_COLORS = (
    (0.72, 0.10, 0.10), (0.12, 0.24, 0.48), (0.80, 0.81, 0.82), (0.14, 0.15, 0.16), (0.90, 0.89, 0.85),
    (0.16, 0.38, 0.28), (0.86, 0.66, 0.16),
)  # fmt: skip


def _slice(outline: Sequence[tuple[float, float]], width: float) -> Mesh:
    """Return a solid of `width` along y with a side view (x, z)."""
    flat = prism(Polygon(outline), -width / 2, width / 2, floor=True)
    pose = np.eye(4)
    pose[:3, :3] = Rotation.from_euler("x", np.pi / 2).as_matrix()  # (x, y, z) -> (x, -z, y)
    return transform(flat, pose)


def _wheel(radius: float, width: float) -> Mesh:
    """Return a closed wheel about the y axis, its outer side towards +y."""
    pose = np.eye(4)
    pose[:3, :3] = Rotation.from_euler("x", -np.pi / 2).as_matrix()
    return transform(cylinder(radius, width, 12), pose)


def _at_corner(wheel: Mesh, x: float, y: float) -> Mesh:
    """Return a wheel at the corner (x, y) of a car, its outer side away from the middle."""
    return move(wheel, x, y, 0.31, 0.0 if y > 0 else np.pi)


def build_car(rng: np.random.Generator, palette: Palette) -> list[Part]:
    """Return a small car, 4.1 m x 1.74 m x 1.45 m."""
    paint = Material(color=CAR_COLORS[int(rng.integers(len(CAR_COLORS)))], specular=0.4)
    body = _slice(
        [
            (-2.05, 0.35),
            (-1.95, 0.25),
            (1.95, 0.25),
            (2.05, 0.4),
            (2.0, 0.68),
            (1.0, 0.86),
            (-1.85, 0.9),
            (-2.05, 0.75),
        ],
        1.74,
    )
    cabin = _slice([(-1.75, 0.88), (0.95, 0.84), (0.3, 1.34), (-1.35, 1.34)], 1.5)
    roof = _slice([(-1.38, 1.34), (0.33, 1.34), (0.2, 1.43), (-1.25, 1.43)], 1.46)
    posts = [block((0.1, 1.52, 0.46), (-0.5, 0, 0.88))]
    corners = [(x, side) for x in (-1.25, 1.3) for side in (1, -1)]
    wheels = [_at_corner(_wheel(0.31, 0.1), x, 0.78 * side) for x, side in corners]
    hubs = [_at_corner(_wheel(0.17, 0.015), x, 0.88 * side) for x, side in corners]
    lights = [block((0.06, 0.34, 0.13), (2.0, y, 0.52)) for y in (-0.6, 0.6)]
    rear = [block((0.06, 0.3, 0.14), (-2.03, y, 0.6)) for y in (-0.62, 0.62)]
    plate = _plate(rng)
    return [
        Part(mesh=join([body, roof, *posts]), material=paint),
        Part(mesh=cabin, material=palette.glass),
        Part(mesh=join(wheels), material=palette.rubber),
        Part(mesh=join(hubs), material=Material(color=(0.7, 0.71, 0.72), specular=0.5)),
        Part(mesh=join(lights), material=palette.lamp),
        Part(mesh=join(rear), material=Material(color=(0.7, 0.05, 0.05), emissive=0.2)),
        Part(
            mesh=join([wall((2.07, 0.26), (2.07, -0.26), 0.3, 0.42), wall((-2.08, -0.26), (-2.08, 0.26), 0.42, 0.54)]),
            material=Material(texture=plate),
        ),
    ]


def _plate(rng: np.random.Generator) -> Texture:
    letters = "".join(rng.choice(list("ABCDEFGHKLMNPRSTUVXYZ"), 2))
    return lettering(
        f"{letters} {int(rng.integers(100, 999))}", (0.05, 0.05, 0.08), (0.95, 0.95, 0.93), width=104, height=24
    )


def build_barrier() -> list[Part]:
    """Return a red and white road block, 1.5 m along y."""
    paint = stripes((0.85, 0.1, 0.08), (0.96, 0.96, 0.95), count=4, slant=0.4)
    beams = [block((0.06, 1.5, 0.2), (0, 0, z), bottom=True) for z in (0.45, 0.85)]
    feet = [block((0.5, 0.08, 0.08), (0, y, 0)) for y in (-0.6, 0.6)]
    posts = [block((0.05, 0.05, 1.05), (0, y, 0)) for y in (-0.6, 0.6)]
    return [
        Part(mesh=join(beams), material=Material(texture=paint)),
        Part(mesh=join([*feet, *posts]), material=Material(color=(0.35, 0.35, 0.36))),
    ]


def build_traffic_sign(picture: Texture, round_face: bool) -> list[Part]:
    """Return a sign on a pole that faces x, its face 0.6 m at a height of 2.1 m to 2.7 m."""
    pole = tube((0, 0, 0), (0, 0, 2.75), 0.035, 8)
    if round_face:
        angles = np.arange(16) * np.pi / 8
        ring = Polygon(0.3 * np.column_stack([np.cos(angles), np.sin(angles)]))
    else:
        ring = box(-0.3, -0.3, 0.3, 0.3)
    face = prism(ring, 0.04, 0.06, tile=0.6)
    pose = np.eye(4)
    pose[:3, :3] = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]])  # its x to y (a viewer's right), y up, z out
    pose[:3, 3] = 0, 0, 2.4
    back = prism(ring, 0.03, 0.04, cap=False, floor=True)
    front = transform(face, pose)
    shifted = Mesh(vertices=front.vertices, faces=front.faces, normals=front.normals, uv=front.uv + np.float32(0.5))
    grey = Material(color=(0.62, 0.63, 0.65), specular=0.3)
    return [
        Part(mesh=shifted, material=Material(texture=picture, emissive=0.15)),
        Part(mesh=join([pole, transform(back, pose)]), material=grey),
    ]


def paint_sign(kind: str) -> tuple[Texture, bool]:
    """Return the face of a traffic sign, 96 pixels square, and whether it is round.

    `kind` is "no entry", "crossing", "parking" or "no parking".
    """
    y, x = np.mgrid[0:96, 0:96] / 48.0 - 1.0 + 1.0 / 96
    radius = np.hypot(x, y)
    face = np.empty((96, 96, 3))
    red, white, blue, dark = (0.8, 0.05, 0.07), (0.97, 0.97, 0.97), (0.05, 0.25, 0.65), (0.08, 0.08, 0.1)
    if kind == "no entry":
        face[:] = red
        face[(np.abs(y) < 0.17) & (np.abs(x) < 0.68)] = white
    elif kind == "no parking":
        face[:] = blue
        face[(radius > 0.78) | (np.abs(x - y) < 0.16)] = red
    elif kind == "parking":
        return lettering("P", white, blue, width=96, height=96, border=white), False
    else:
        face[:] = blue
        triangle = (y < 0.68) & (y > -0.72) & (np.abs(x) < 0.8 * (y + 0.72) / 1.4)
        face[triangle] = white
        head = np.hypot(x - 0.05, y + 0.22) < 0.11
        trunk = (np.abs(x - 0.02) < 0.09) & (y > -0.1) & (y < 0.25)
        legs = (np.abs(np.abs(x) - 0.55 * (y - 0.2)) < 0.07) & (y >= 0.2) & (y < 0.58)
        face[triangle & (head | trunk | legs)] = dark
        return (face * 255).astype(np.uint8), False
    return (face * 255).astype(np.uint8), True


def mark_crosswalk(crosswalk: Polygon) -> BaseGeometry:
    """Return the stripes of a crosswalk over a road along x: bars along the road, 0.5 m wide and apart."""
    west, south, east, north = crosswalk.bounds
    return shapely.union_all([box(west, y, east, y + 0.5) for y in np.arange(south + 0.3, north - 0.5, 1.0).tolist()])


def mark_lane(road: Polygon, y: float, keep_out: Polygon) -> BaseGeometry:
    """Return dashes on the road along a line of constant y, 1.5 m long and apart, off the ground `keep_out`."""
    west, _, east, _ = road.bounds
    dashes = [box(x, y - 0.06, x + 1.5, y + 0.06) for x in np.arange(west + 1.0, east, 3.0).tolist()]
    return shapely.union_all(dashes).intersection(road.buffer(-0.3)).difference(keep_out.buffer(0.6))


def mark_bays(bays: Sequence[Polygon]) -> BaseGeometry:
    """Return the outlines of parking bays, 0.1 m wide."""
    return shapely.union_all([bay.exterior.buffer(0.05, cap_style="flat", join_style="mitre") for bay in bays])
