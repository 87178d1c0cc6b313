"""A small house as a mesh: two rooms with a doorway, furniture, a ceiling; and ways to write and to break files."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import trimesh
from PIL import Image

from scenes.mesh import MeshScene
from scenes.scene import SEMANTIC_CLASSES, Scene

Y_UP = np.array([[1.0, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1]])  # from z up
SIZE = (10.0, 6.0, 2.8)  # m, inside
DOORWAY = 0.9  # m, in the wall across x = 6


def block(size, at):
    """A box whose base is centred at `at`."""
    return trimesh.creation.box(size, trimesh.transformations.translation_matrix((at[0], at[1], at[2] + size[2] / 2)))


def house(*, ceiling=True, doorway=DOORWAY, floor_height=0.0, storeys=1):
    """Name -> mesh, z up: floor slab from (0, 0), walls, a wall with a doorway, a table and a red chair."""
    width, depth, height = SIZE
    parts = {}
    for level in range(storeys):
        z, tail = floor_height + level * (height + 0.3), "" if level == 0 else f" {level + 1}"
        parts[f"Floor slab{tail}"] = block((width + 0.4, depth + 0.4, 0.2), (width / 2, depth / 2, z - 0.2))
        for k, (x, y, dx, dy) in enumerate(
            [(-0.1, depth / 2, 0.2, depth + 0.4), (width + 0.1, depth / 2, 0.2, depth + 0.4),
             (width / 2, -0.1, width, 0.2), (width / 2, depth + 0.1, width, 0.2)]
        ):  # fmt: skip
            parts[f"Wall {k}{tail}"] = block((dx, dy, height), (x, y, z))
        side = (depth - doorway) / 2
        for k, y in enumerate((side / 2, depth - side / 2)):
            parts[f"Partition {k}{tail}"] = block((0.15, side, height), (6.0, y, z))
        parts[f"Lintel wall{tail}"] = block((0.15, doorway, height - 2.1), (6.0, depth / 2, z + 2.1))
    z = floor_height
    parts["Table_big"] = block((1.6, 0.8, 0.75), (3.0, 4.6, z))
    parts["RedChair.001"] = block((0.5, 0.5, 0.9), (8.5, 1.0, z))
    if ceiling:
        top = floor_height + storeys * (height + 0.3) - 0.3
        parts["Ceiling"] = block((width + 0.4, depth + 0.4, 0.1), (width / 2, depth / 2, top))
    return parts


def write(path: Path, parts, *, up="y", scale=1.0, picture=None) -> Path:
    """Write named meshes (z up) into a file whose `up` axis points up; `picture`: the floor's, (H, W, 3)."""
    turn = (Y_UP if up == "y" else np.eye(4)) @ np.diag([scale, scale, scale, 1.0])
    scene = trimesh.Scene()
    for name, mesh in parts.items():
        shown = mesh.copy()
        if picture is not None and name.startswith("Floor slab"):
            uv = shown.vertices[:, :2] / 10.0
            material = trimesh.visual.material.PBRMaterial(name="tiles", baseColorTexture=Image.fromarray(picture))
            shown.visual = trimesh.visual.TextureVisuals(uv=uv, material=material)
        shown.apply_transform(turn)
        scene.add_geometry(shown, node_name=name, geom_name=name)
    path.write_bytes(trimesh.exchange.gltf.export_glb(scene)) if path.suffix == ".glb" else scene.export(path)
    return path


def edit(path: Path, change) -> Path:
    """Change the JSON of a GLB by a function."""
    data = path.read_bytes()
    size = struct.unpack("<I", data[12:16])[0]
    tree = json.loads(data[20 : 20 + size])
    change(tree)
    text = json.dumps(tree).encode()
    text += b" " * (-len(text) % 4)
    rest = data[20 + size :]
    path.write_bytes(
        struct.pack("<4sII", b"glTF", 2, 20 + len(text) + len(rest))
        + struct.pack("<I4s", len(text), b"JSON")
        + text
        + rest
    )
    return path


def build(path: Path, seed: int = 0, **options) -> Scene:
    """Return the scene of a mesh file."""
    return MeshScene(path=str(path), **options).build(np.random.default_rng(seed), seed)


def classes(scene: Scene) -> dict[str, str]:
    """Return the class of each object by its name."""
    return {item.name: SEMANTIC_CLASSES[item.semantic] for item in scene.objects}
