"""The road and what belongs to it: cars, markings, signs, road blocks. Frames as in `furniture`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from shapely.geometry import Polygon, box
from shapely.geometry.base import BaseGeometry

from scenes.procedural.draft import Part
from scenes.procedural.geometry import box as block
from scenes.procedural.geometry import join, prism, transform, tube
from scenes.procedural.texture import Texture, lettering, stripes
from scenes.scene import Material, Mesh


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
