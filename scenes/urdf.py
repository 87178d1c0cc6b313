"""How the links of a URDF look: its visuals as meshes."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from scenes.meshfile import read_triangles
from scenes.scene import FloatArray, Mesh

SIDES = 28  # of a cylinder or sphere


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LinkVisual:
    """One visual of a link: a mesh in the link's frame, and its colour (r, g, b) in [0, 1], sRGB."""

    link: str
    mesh: Mesh
    color: tuple[float, float, float]


def read_visuals(urdf: Path) -> tuple[LinkVisual, ...]:
    """Return the visuals of a URDF file: boxes, cylinders, spheres, and meshes in OBJ or STL files beside it.

    Raises:
        FileNotFoundError: the URDF or one of its meshes is absent.
        ValueError: not a URDF, or a geometry or mesh format that is not known.
    """
    try:
        root = ElementTree.fromstring(urdf.read_bytes().strip())
    except ElementTree.ParseError as error:
        raise ValueError(f"{urdf}: expected a URDF (XML), got {error}") from error
    colors = {m.get("name", ""): m.find("color") for m in root.findall("material")}
    visuals = []
    for link in root.findall("link"):
        for visual in link.findall("visual"):
            geometry = visual.find("geometry")
            if geometry is None or len(geometry) == 0:
                raise ValueError(f"{urdf}: link {link.get('name')}: expected a geometry in each visual, got none")
            material = visual.find("material")
            color = None
            if material is not None:
                own = material.find("color")
                color = own if own is not None else colors.get(material.get("name", ""))
            rgba = _floats(color, "rgba", "0.7 0.7 0.7 1") if color is not None else np.full(4, 0.7)
            mesh = _move(_build(geometry[0], urdf.parent), visual.find("origin"))
            r, g, b = rgba[:3].tolist()
            visuals.append(LinkVisual(link=link.get("name", ""), mesh=mesh, color=(r, g, b)))
    return tuple(visuals)


def _build(shape: ElementTree.Element, folder: Path) -> Mesh:
    if shape.tag == "box":
        return _box(_floats(shape, "size", "1 1 1"))
    if shape.tag == "cylinder":
        radius, length = float(shape.get("radius", "1")), float(shape.get("length", "1"))
        half = length / 2
        return _revolve([(0, -half), (radius, -half), (radius, -half), (radius, half), (radius, half), (0, half)])
    if shape.tag == "sphere":
        angles = np.linspace(-np.pi / 2, np.pi / 2, SIDES // 2 + 1)
        profile = float(shape.get("radius", "1")) * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        return _revolve(np.repeat(profile, 2, axis=0)[1:-1].tolist(), smooth=True)
    if shape.tag == "mesh":
        name = shape.get("filename", "").removeprefix("package://")
        found = [parent / name for parent in (folder, *folder.parents) if (parent / name).is_file()]
        return _read_mesh(found[0] if found else folder / name, _floats(shape, "scale", "1 1 1"))
    raise ValueError(f"geometry: expected box, cylinder, sphere or mesh, got {shape.tag}")


def _box(size: FloatArray) -> Mesh:
    """Return a box of `size` (3,) around the origin; each face has vertices of its own."""
    vertices, normals = [], []
    for axis in range(3):
        for sign in (-1.0, 1.0):
            normal, u = np.zeros(3), np.zeros(3)
            normal[axis], u[(axis + 1) % 3] = sign, 1.0
            v = np.cross(normal, u)
            vertices += [(normal + a * u + b * v) * size / 2 for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
            normals += [normal] * 4
    faces = np.array([[4 * k + i for i in corner] for k in range(6) for corner in ((0, 1, 2), (0, 2, 3))])
    return _mesh(np.array(vertices), faces, np.array(normals))


def _revolve(profile: list[tuple[float, float]], *, smooth: bool = False) -> Mesh:
    """Turn pieces of a profile (radius, z), given as pairs of points from the bottom up, about the z axis."""
    angle = np.linspace(0.0, 2 * np.pi, SIDES + 1)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    vertices: list[FloatArray] = []
    normals: list[FloatArray] = []
    faces: list[npt.NDArray[np.int64]] = []
    for (r0, z0), (r1, z1) in zip(profile[::2], profile[1::2], strict=True):
        first = (SIDES + 1) * len(vertices)
        for r, z in ((r0, z0), (r1, z1)):
            slope = np.array([r, z]) if smooth else np.array([z1 - z0, r0 - r1])
            slope = slope / np.linalg.norm(slope)
            vertices.append(np.column_stack([r * circle, np.full(SIDES + 1, z)]))
            normals.append(np.column_stack([slope[0] * circle, np.full(SIDES + 1, slope[1])]))
        low = first + np.arange(SIDES)
        high = low + SIDES + 1
        faces += [np.stack([low, low + 1, high + 1], axis=1)] if r0 > 0 else []
        faces += [np.stack([low, high + 1, high], axis=1)] if r1 > 0 else []
    return _mesh(np.concatenate(vertices), np.concatenate(faces), np.concatenate(normals))


def _read_mesh(path: Path, scale: FloatArray) -> Mesh:
    """Read a mesh file, flat shaded."""
    corners = read_triangles(path)
    vertices = corners.reshape(-1, 3) * scale
    edges = vertices.reshape(-1, 3, 3)
    normals = np.cross(edges[:, 1] - edges[:, 0], edges[:, 2] - edges[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    return _mesh(vertices, np.arange(len(vertices)).reshape(-1, 3), np.repeat(normals, 3, axis=0))


def _move(mesh: Mesh, origin: ElementTree.Element | None) -> Mesh:
    if origin is None:
        return mesh
    rotation = Rotation.from_euler("xyz", _floats(origin, "rpy", "0 0 0"))
    vertices = rotation.apply(mesh.vertices) + _floats(origin, "xyz", "0 0 0")
    return _mesh(vertices, mesh.faces, rotation.apply(mesh.normals))


def _mesh(vertices: FloatArray, faces: npt.NDArray[np.integer], normals: FloatArray) -> Mesh:
    return Mesh(
        vertices=vertices.astype(np.float32),
        faces=faces.astype(np.int32),
        normals=normals.astype(np.float32),
        uv=np.zeros((len(vertices), 2), dtype=np.float32),
    )


def _floats(element: ElementTree.Element, key: str, default: str) -> FloatArray:
    return np.array([float(word) for word in element.get(key, default).split()])
