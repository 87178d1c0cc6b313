"""A body and its motion as one binary glTF 2.0 file (.glb), with skin, texture and animation (Khronos Group, 2021).

Inside, everything has our axes, z up; the node above the pelvis turns them to those of glTF, y up. One unit is a metre.
Places in the picture are told from its upper left corner, where bodies tell them from the lower left.
"""

from __future__ import annotations

import io
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy.spatial.transform import Rotation

from motion.clip import DRAWN, DRAWN_NAMES, DRAWN_PARENTS, Body, FloatArray
from motion.files import write_whole

TYPES = {np.dtype("f4"): 5126, np.dtype("u4"): 5125, np.dtype("u2"): 5123}
SHAPES = {(): "SCALAR", (2,): "VEC2", (3,): "VEC3", (4,): "VEC4", (4, 4): "MAT4"}
VERTICES, INDICES = 34962, 34963  # what a view of the buffer is for
Y_UP = [-np.sqrt(0.5), 0.0, 0.0, np.sqrt(0.5)]  # quaternion: z up becomes y up


class Buffer:
    """The binary part of a file, and what tells of its parts."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.data = bytearray()
        self.views: list[dict[str, Any]] = []
        self.accessors: list[dict[str, Any]] = []

    def view(self, data: bytes, **more: int) -> int:
        """Append bytes and return the number of their view."""
        self.data += b"\0" * (-len(self.data) % 4)
        self.views.append({"buffer": 0, "byteOffset": len(self.data), "byteLength": len(data), **more})
        self.data += data
        return len(self.views) - 1

    def array(self, array: npt.NDArray[Any], *, bounds: bool = False, **more: int) -> int:
        """Append an array (N, ...) and return the number of its accessor; matrices go column by column."""
        whole = np.ascontiguousarray(np.swapaxes(array, -1, -2) if array.ndim == 3 else array)
        entry: dict[str, Any] = {
            "bufferView": self.view(whole.tobytes(), **more), "componentType": TYPES[array.dtype],
            "count": len(array), "type": SHAPES[array.shape[1:]],
        }  # fmt: skip
        if bounds:
            flat = array.reshape(len(array), -1)
            entry |= {"min": flat.min(axis=0).tolist(), "max": flat.max(axis=0).tolist()}
        self.accessors.append(entry)
        return len(self.accessors) - 1


def write_glb(path: str | Path, body: Body, transforms: FloatArray, fps: float, *, name: str = "motion") -> None:
    """Write a body that moves, whole or not at all.

    Args:
        transforms: (T, 25, 4, 4) by `DRAWN_NAMES`, each to world, metres, z up.
        fps: frames per second. name: of the animation.

    Raises:
        ValueError: transforms of another shape, or that are not finite.
    """
    if transforms.ndim != 4 or transforms.shape[1:] != (DRAWN, 4, 4) or not len(transforms):
        raise ValueError(f"transforms: expected (T, {DRAWN}, 4, 4), got {transforms.shape}; add those of aids and jaw")
    if not np.isfinite(transforms).all():
        raise ValueError("transforms: expected finite numbers, got NaN or infinity; mend or cut them")
    buffer, mesh = Buffer(), body.meshes[0]
    corners = {
        "POSITION": buffer.array(mesh.vertices, bounds=True, target=VERTICES),
        "NORMAL": buffer.array(_normals(mesh.vertices, mesh.faces), target=VERTICES),
        "TEXCOORD_0": buffer.array((mesh.uv * [1.0, -1.0] + [0.0, 1.0]).astype(np.float32), target=VERTICES),
        "JOINTS_0": buffer.array(
            np.where(mesh.joint_weights > 0, mesh.joint_indices, 0).astype(np.uint16), target=VERTICES
        ),
        "WEIGHTS_0": buffer.array(mesh.joint_weights.astype(np.float32), target=VERTICES),
    }
    faces = buffer.array(mesh.faces.astype(np.uint32).ravel(), target=INDICES)
    bind = buffer.array(body.inverse_bind.astype(np.float32))
    picture = io.BytesIO()
    Image.fromarray(body.texture).save(picture, "png")
    image = buffer.view(picture.getvalue())
    channels, samplers = _animation(buffer, transforms, fps)
    nodes = _nodes(transforms[0])
    document = {
        "asset": {"version": "2.0", "generator": "embodied"},
        "scene": 0,
        "scenes": [{"nodes": [DRAWN]}],
        "nodes": [
            *nodes,
            {"name": "person", "rotation": Y_UP, "children": [0, DRAWN + 1]},
            {"name": body.name, "mesh": 0, "skin": 0},  # below: for programs that do not know skins, it stands, too
        ],
        "meshes": [
            {"name": body.name, "primitives": [{"attributes": corners, "indices": faces, "material": 0}]}
        ],
        "skins": [{"joints": list(range(DRAWN)), "inverseBindMatrices": bind, "skeleton": 0}],
        "materials": [
            {
                "name": body.name,
                "pbrMetallicRoughness": {
                    "baseColorTexture": {"index": 0}, "metallicFactor": 0.0, "roughnessFactor": 0.9,
                },
                "doubleSided": True,
            }
        ],
        "textures": [{"source": 0, "sampler": 0}],
        "samplers": [{"magFilter": 9729, "minFilter": 9987, "wrapS": 33071, "wrapT": 33071}],
        "images": [{"bufferView": image, "mimeType": "image/png"}],
        "animations": [{"name": name, "channels": channels, "samplers": samplers}],
        "accessors": buffer.accessors,
        "bufferViews": buffer.views,
        "buffers": [{"byteLength": len(buffer.data)}],
    }  # fmt: skip
    _write(Path(path), document, bytes(buffer.data))


def _local(transforms: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return rotations (T, 25, 4) and places (T, 25, 3) relative to the parent."""
    local = transforms.copy()
    parents = list(DRAWN_PARENTS[1:])
    local[:, 1:] = np.linalg.inv(transforms[:, parents]) @ transforms[:, 1:]
    turned = Rotation.from_matrix(local[..., :3, :3].reshape(-1, 3, 3)).as_quat().reshape(*local.shape[:2], 4)
    for frame in range(1, len(turned)):  # the nearer of two quaternions, so that players turn the short way
        turned[frame] *= np.where((turned[frame] * turned[frame - 1]).sum(axis=1, keepdims=True) < 0.0, -1.0, 1.0)
    return turned, local[..., :3, 3]


def _nodes(first: FloatArray) -> list[dict[str, Any]]:
    turned, places = _local(first[None])
    children: dict[int, list[int]] = {}
    for joint, parent in enumerate(DRAWN_PARENTS):
        children.setdefault(parent, []).append(joint)
    return [
        {
            "name": name, "translation": places[0, joint].tolist(), "rotation": turned[0, joint].tolist(),
            **({"children": children[joint]} if joint in children else {}),
        }
        for joint, name in enumerate(DRAWN_NAMES)
    ]  # fmt: skip


def _animation(buffer: Buffer, transforms: FloatArray, fps: float) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return channels and samplers: rotations of all, places of the pelvis and of what moves in its parent."""
    turned, places = _local(transforms)
    times = buffer.array((np.arange(len(transforms)) / fps).astype(np.float32), bounds=True)
    channels, samplers = list[dict[str, Any]](), list[dict[str, Any]]()
    for joint in range(DRAWN):
        tracks = {"rotation": turned[:, joint]}
        if np.ptp(places[:, joint], axis=0).max() > 1e-6:
            tracks["translation"] = places[:, joint]
        for kind, values in tracks.items():
            channels.append({"sampler": len(samplers), "target": {"node": joint, "path": kind}})
            samplers.append(
                {"input": times, "output": buffer.array(values.astype(np.float32)), "interpolation": "LINEAR"}
            )
    return channels, samplers


def _normals(vertices: npt.NDArray[np.float32], faces: npt.NDArray[np.int32]) -> npt.NDArray[np.float32]:
    """Return unit normals (V, 3), of corners at one place the same, by the areas of their faces."""
    corners = vertices[faces].astype(np.float64)
    areas = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    _, same = np.unique(np.round(vertices, 5), axis=0, return_inverse=True)
    total = np.zeros((same.max() + 1, 3))
    for k in range(3):
        np.add.at(total, same.ravel()[faces[:, k]], areas)
    total /= np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)
    total[np.linalg.norm(total, axis=1) < 0.5] = [0.0, 0.0, 1.0]
    return total[same.ravel()].astype(np.float32)


def _write(path: Path, document: dict[str, Any], data: bytes) -> None:
    text = json.dumps(document, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    data += b"\0" * (-len(data) % 4)
    whole = 12 + 8 + len(text) + 8 + len(data)
    write_whole(
        path,
        struct.pack("<4sII", b"glTF", 2, whole)
        + struct.pack("<I4s", len(text), b"JSON") + text
        + struct.pack("<I4s", len(data), b"BIN\0") + data,
    )  # fmt: skip
