"""A URDF as a place: the visuals of its links where its joints put them at zero, or at the limit nearest to zero."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import numpy as np
import trimesh
from scipy.spatial.transform import Rotation

from scenes.mesh_load import Loaded, load_mesh
from scenes.mesh_piece import Look, Piece, make_piece
from scenes.scene import FloatArray

DEPTH = 6  # folders above the URDF in which `package://` is looked for


def load_urdf(path: Path) -> Loaded:
    """Read a URDF with its meshes.

    Raises:
        ValueError: no URDF, a mesh is missing, or of a format that is not read.
    """
    text = path.read_bytes().decode("utf-8", errors="replace").strip()
    try:
        root = ElementTree.fromstring(re.sub(r"^<\?xml.*?\?>", "", text, flags=re.DOTALL))
    except ElementTree.ParseError as error:
        raise ValueError(f"{path}: expected a URDF (XML), got {error}; if it is xacro, expand it first") from error
    if root.tag != "robot" or root.find("link") is None:
        raise ValueError(f"{path}: expected <robot> with links, got <{root.tag}>; give a URDF")
    colors = {item.get("name", ""): _color(item) for item in root.findall("material")}
    poses = _link_poses(path, root)
    pieces: list[Piece] = []
    notes: list[str] = []
    for link in root.findall("link"):
        name = link.get("name", "")
        for visual in link.findall("visual"):
            geometry = visual.find("geometry")
            if geometry is None or len(geometry) == 0:
                raise ValueError(f"{path}: link {name}: expected a geometry in each visual, got none; add one")
            material = visual.find("material")
            color = None if material is None else _color(material) or colors.get(material.get("name", ""))
            matrix = poses[name] @ _origin(visual)
            found = _read_shape(path, name, geometry[0], notes)
            pieces += [_place(piece, name, matrix, color) for piece in found]
    if not pieces:
        raise ValueError(f"{path}: expected links with visuals, got none; add <visual>")
    return Loaded(pieces=tuple(pieces), notes=tuple(dict.fromkeys(notes)))


def _place(piece: Piece, link: str, matrix: FloatArray, color: tuple[float, float, float] | None) -> Piece:
    """Return a piece in the frame of the URDF, under the name of its link; a colour counts where the mesh has none."""
    plain = piece.look.material == ""
    look = (
        replace(piece.look, base=replace(piece.look.base, color=color)) if plain and color is not None else piece.look
    )
    names = tuple(dict.fromkeys((link, *piece.names)))
    return replace(piece.moved(matrix), names=names, node=f"{link}/{piece.node}", look=look)


def _read_shape(path: Path, link: str, shape: ElementTree.Element, notes: list[str]) -> list[Piece]:
    if shape.tag == "mesh":
        file = _find_mesh(path, link, shape.get("filename", ""))
        loaded = load_mesh(file)
        notes.extend(loaded.notes)
        scale = np.diag([*_numbers(shape, "scale", "1 1 1"), 1.0])
        return [piece.moved(scale) for piece in loaded.pieces]
    if shape.tag == "box":
        solid = trimesh.creation.box(_numbers(shape, "size", "1 1 1"))
    elif shape.tag == "cylinder":
        solid = trimesh.creation.cylinder(float(shape.get("radius", 1)), float(shape.get("length", 1)), sections=32)
    elif shape.tag == "sphere":
        solid = trimesh.creation.icosphere(subdivisions=3, radius=float(shape.get("radius", 1)))
    else:
        raise ValueError(f"{path}: link {link}: expected box, cylinder, sphere or mesh, got {shape.tag}")
    piece = make_piece(path, (link,), shape.tag, solid.vertices, solid.faces, Look(two_sided=False))
    return [] if piece is None else [piece]


def _find_mesh(path: Path, link: str, name: str) -> Path:
    """Return the file of a mesh: relative to the URDF, or to a folder above it, with or without its package's name."""
    plain = re.sub(r"^(package|model|file)://", "", name)
    for folder in [path.parent, *path.resolve().parents[:DEPTH]]:
        for word in (plain, plain.partition("/")[2]):
            if word and (folder / word).is_file():
                return folder / word
    raise ValueError(
        f"{path}: link {link}: expected the mesh {name!r} beside the URDF or in a folder above, found no such file; "
        "put it there"
    )


def _link_poses(path: Path, root: ElementTree.Element) -> dict[str, FloatArray]:
    """Return the pose (4, 4) of each link, joints at zero or at the limit nearest to it."""
    joints = {}
    for joint in root.findall("joint"):
        parent, child = joint.find("parent"), joint.find("child")
        if parent is not None and child is not None:
            joints[child.get("link", "")] = (parent.get("link", ""), _origin(joint) @ _rest(joint))
    names = {link.get("name", "") for link in root.findall("link")}
    poses: dict[str, FloatArray] = {}
    for name in names:
        chain: list[FloatArray] = []
        at = name
        while at in joints and len(chain) <= len(joints):
            parent_name, matrix = joints[at]
            chain.append(matrix)
            at = parent_name
        if at not in names or len(chain) > len(joints):
            raise ValueError(f"{path}: joint of {name}: expected a chain of links that ends, got {at}; mend its parent")
        pose = np.eye(4)
        for matrix in reversed(chain):
            pose = pose @ matrix
        poses[name] = pose
    return poses


def _rest(joint: ElementTree.Element) -> FloatArray:
    matrix, limit, axis = np.eye(4), joint.find("limit"), joint.find("axis")
    kind = joint.get("type", "fixed")
    if limit is None or kind not in ("revolute", "prismatic"):
        return matrix
    value = float(
        np.clip(0.0, float(limit.get("lower", 0)), max(float(limit.get("upper", 0)), float(limit.get("lower", 0))))
    )
    way = np.array([1.0, 0.0, 0.0]) if axis is None else _numbers(axis, "xyz", "1 0 0")
    if kind == "prismatic":
        matrix[:3, 3] = value * way
    else:
        matrix[:3, :3] = Rotation.from_rotvec(value * way / max(float(np.linalg.norm(way)), 1e-12)).as_matrix()
    return matrix


def _origin(element: ElementTree.Element) -> FloatArray:
    matrix, origin = np.eye(4), element.find("origin")
    if origin is not None:
        matrix[:3, :3] = Rotation.from_euler("xyz", _numbers(origin, "rpy", "0 0 0")).as_matrix()
        matrix[:3, 3] = _numbers(origin, "xyz", "0 0 0")
    return matrix


def _color(material: ElementTree.Element) -> tuple[float, float, float] | None:
    color = material.find("color")
    if color is None:
        return None
    red, green, blue = _numbers(color, "rgba", "0.7 0.7 0.7 1")[:3].tolist()
    return (red, green, blue)


def _numbers(element: ElementTree.Element, key: str, default: str) -> FloatArray:
    return np.array([float(word) for word in element.get(key, default).split()])
