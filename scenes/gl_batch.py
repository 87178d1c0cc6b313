"""Static geometry on the graphics side: a few batches, culled per object, and their textures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import moderngl
import numpy as np
import numpy.typing as npt

from scenes.scene import FloatArray, Material, SceneObject

MAX_TEXTURE = 1024  # pixels per side; larger textures are scaled down
WHITE = np.full((1, 1, 3), 255, dtype=np.uint8)
INSTANCE_BITS, SEMANTIC_BITS = 24, 5  # of a pixel's word of ids; what is left tells ways that surfaces face

SHELLS, FLAT = (5.0, 10.0, 20.0, 40.0), 0.1  # m from the eye; m, half height of what is as flat as ground

VERTEX = np.dtype([("position", "<f4", 3), ("normal", "<f4", 3), ("uv", "<f4", 2)])
LOOK = np.dtype([("color", "u1", 4), ("surface", "<f4", 4), ("ids", "<u4")])  # once per object
LOOK_LAYOUT, LOOK_NAMES = "4f1 4f4 u4/i", ("in_color", "in_surface", "in_ids")


def pack_ids(semantic: int, instance: int) -> int:
    """Pack both ids in one word.

    Raises:
        ValueError: one of them does not fit.
    """
    if not 0 <= semantic < 1 << SEMANTIC_BITS:
        raise ValueError(f"semantic: expected 0 <= id < {1 << SEMANTIC_BITS}, got {semantic}; merge some classes")
    if not 0 <= instance < 1 << INSTANCE_BITS:
        raise ValueError(f"instance: expected 0 <= id < {1 << INSTANCE_BITS}, got {instance}; number people lower")
    return semantic << INSTANCE_BITS | instance


class Arrays:
    """Buffers, and how each program that draws them reads them."""

    def __init__(self, context: moderngl.Context, content: Sequence[tuple[Any, ...]], index: moderngl.Buffer) -> None:
        """Take `content` as moderngl takes it; what a program does not read is left out for it."""
        self._context, self._content, self._index = context, content, index
        self._arrays: dict[int, moderngl.VertexArray] = {}

    def of(self, program: moderngl.Program) -> moderngl.VertexArray:
        """Return the vertex array for a program."""
        if program.glo not in self._arrays:
            array = self._context.vertex_array(program, self._content, self._index, skip_errors=True)
            self._arrays[program.glo] = array
        return self._arrays[program.glo]

    def release(self) -> None:
        """Free the vertex arrays, not the buffers."""
        for array in self._arrays.values():
            array.release()
        self._arrays.clear()


class StaticBatch:
    """The objects of a scene whose textures have one size: one vertex array, one texture array, one draw call."""

    def __init__(
        self,
        context: moderngl.Context,
        size: tuple[int, int],
        objects: Sequence[SceneObject],
    ) -> None:
        """Upload `objects`, whose textures are scaled to `size` (width, height)."""
        self._firsts = [0] * (len(SHELLS) + 2)  # of each shell, in the commands
        self.triangles = sum(len(item.mesh.faces) for item in objects)
        self._texture, layers = upload_textures(context, size, [item.material.texture for item in objects])
        vertices = np.zeros(sum(len(item.mesh.vertices) for item in objects), dtype=VERTEX)
        self._commands = np.zeros(
            (len(objects), 5), dtype=np.uint32
        )  # count, instances, first index, base vertex, base
        self._low, self._high = np.zeros((len(objects), 3)), np.zeros((len(objects), 3))
        looks = np.zeros(len(objects), dtype=LOOK)
        faces = np.zeros(3 * self.triangles, dtype=np.uint32)
        vertex = index = 0
        for k, (item, layer) in enumerate(zip(objects, layers, strict=True)):
            mesh, count = item.mesh, len(item.mesh.vertices)
            part = vertices[vertex : vertex + count]
            part["position"] = mesh.vertices @ item.pose[:3, :3].T + item.pose[:3, 3]
            part["normal"] = mesh.normals @ item.pose[:3, :3].T
            part["uv"] = mesh.uv
            self._low[k], self._high[k] = part["position"].min(axis=0), part["position"].max(axis=0)
            looks[k] = make_look(item.material, pack_ids(item.semantic, item.instance), layer=layer, wets=True)
            self._commands[k] = (mesh.faces.size, 1, index, 0, k)
            faces[index : index + mesh.faces.size] = mesh.faces.ravel() + vertex
            vertex, index = vertex + count, index + mesh.faces.size
        vertex_buffer, look_buffer = context.buffer(vertices.tobytes()), context.buffer(looks.tobytes())
        index_buffer = context.buffer(faces.tobytes())
        self._indirect = context.buffer(reserve=self._commands.nbytes)
        content = [
            (vertex_buffer, "3f4 3f4 2f4", "in_position", "in_normal", "in_uv"),
            (look_buffer, LOOK_LAYOUT, *LOOK_NAMES),
        ]
        self._arrays = Arrays(context, content, index_buffer)
        self._owned = (self._arrays, vertex_buffer, look_buffer, index_buffer, self._indirect, self._texture)

    @property
    def bounds(self) -> tuple[FloatArray, FloatArray]:
        """Return the lowest and highest corner (3,) of all objects, world, metres."""
        return self._low.min(axis=0), self._high.max(axis=0)

    def choose(self, planes: FloatArray, eye: FloatArray) -> None:
        """Choose what reaches into the frustum `planes` (6, 4), inside where positive, and sort it into SHELLS."""
        center, half = (self._low + self._high) / 2, (self._high - self._low) / 2
        reach = center @ planes[:, :3].T + planes[:, 3] + half @ np.abs(planes[:, :3]).T
        seen = np.flatnonzero(np.all(reach > 0.0, axis=1))
        gap = np.maximum(np.maximum(self._low[seen] - eye, eye - self._high[seen]), 0.0)
        distance = np.linalg.norm(gap, axis=1)
        distance[half[seen, 2] < FLAT] += SHELLS[-1]  # ground lies behind what stands on it
        order = np.argsort(distance, kind="stable")
        self._firsts = [0, *np.searchsorted(distance[order], SHELLS).tolist(), len(order)]
        if len(order):
            self._indirect.write(self._commands[seen[order]].tobytes())

    def draw(self, program: moderngl.Program, shell: int) -> None:
        """Draw what was chosen in one shell, 0 to len(SHELLS), nearest first."""
        first, last = self._firsts[shell : shell + 2]
        if last > first:
            self._texture.use(0)
            self._arrays.of(program).render_indirect(self._indirect, count=last - first, first=first)

    def draw_all(self, program: moderngl.Program) -> None:
        """Draw everything with a program that needs positions only."""
        self._arrays.of(program).render()

    def release(self) -> None:
        """Free what was uploaded."""
        for thing in self._owned:
            thing.release()


def make_look(material: Material, ids: int, *, layer: int = 0, wets: bool = False) -> npt.NDArray[np.void]:
    """Return what is the same on a whole object, as one element of LOOK; `layer` of its texture array."""
    look = np.zeros((), dtype=LOOK)
    look["color"] = np.round(255.0 * np.clip([*material.color, material.emissive], 0.0, 1.0))
    look["surface"], look["ids"] = (layer, material.specular, wets, material.glow), ids
    return look


def group_by_texture(objects: Sequence[SceneObject]) -> dict[tuple[int, int], list[SceneObject]]:
    """Return the objects by the size (width, height) that their texture is stored with."""
    groups: dict[tuple[int, int], list[SceneObject]] = {}
    for item in objects:
        groups.setdefault(stored_size(WHITE if item.material.texture is None else item.material.texture), []).append(
            item
        )
    return groups


def stored_size(texture: npt.NDArray[np.uint8]) -> tuple[int, int]:
    """Return the size (width, height) that a texture is stored with: powers of two."""
    height, width = (min(1 << (side - 1).bit_length(), MAX_TEXTURE) for side in texture.shape[:2])
    return width, height


def upload_textures(
    context: moderngl.Context, size: tuple[int, int], textures: Sequence[npt.NDArray[np.uint8] | None]
) -> tuple[moderngl.TextureArray, list[int]]:
    """Return a texture array, and the layer of each texture; the same array object is stored once."""
    unique: dict[int, int] = {}
    images: list[npt.NDArray[np.uint8]] = []
    layers = []
    for texture in textures:
        image = WHITE if texture is None else texture
        if id(image) not in unique:
            unique[id(image)] = len(images)
            images.append(to_pixels(image, size))
        layers.append(unique[id(WHITE if texture is None else texture)])
    array = context.texture_array((*size, len(images)), 4, np.stack(images).tobytes())
    array.build_mipmaps()
    array.filter = (moderngl.LINEAR_MIPMAP_LINEAR, moderngl.LINEAR)
    return array, layers


def to_pixels(image: npt.NDArray[np.uint8], size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """Return an (H, W, 3) picture as OpenGL stores it: `size` (width, height), RGBA, the first row at the bottom."""
    if (image.shape[1], image.shape[0]) != size:
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    return np.asarray(cv2.cvtColor(image[::-1], cv2.COLOR_RGB2RGBA), dtype=np.uint8)
