"""What moves, on the graphics side: triangles with new vertices in every frame, and the robot made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import moderngl
import numpy as np
import numpy.typing as npt

from scenes.gl_batch import LOOK, LOOK_LAYOUT, LOOK_NAMES, WHITE, Arrays, make_look, pack_ids, upload_textures
from scenes.scene import ROBOT_INSTANCE, SEMANTIC_ID, FloatArray, Material, Mesh
from scenes.skinning import Float32Array
from scenes.urdf import LinkVisual


class Drawable:
    """Triangles whose vertices change from frame to frame."""

    texture: moderngl.TextureArray  # it belongs to the caller, as `uv`, `index` and `parts` do

    def __init__(
        self,
        context: moderngl.Context,
        count: int,
        uv: moderngl.Buffer,
        index: moderngl.Buffer,
        parts: moderngl.Buffer | None = None,
    ) -> None:
        """Make room for `count` vertices; `parts` is what `Frame.part` shows for each triangle, u4, None: 0."""
        self._moving = context.buffer(reserve=24 * count, dynamic=True)
        self._look = context.buffer(reserve=LOOK.itemsize)
        content = [
            (self._moving, "3f4 3f4", "in_position", "in_normal"),
            (uv, "2f4", "in_uv"),
            (self._look, LOOK_LAYOUT, *LOOK_NAMES),
        ]
        self._arrays = Arrays(context, content, index)
        self._parts = parts

    def dress(self, texture: moderngl.TextureArray, look: npt.NDArray[np.void]) -> None:
        """Take a texture of one layer, and an element of LOOK."""
        self.texture = texture
        self._look.write(look.tobytes())

    def write(self, vertices: Float32Array) -> None:
        """Take new vertices (V, 6), world positions and normals."""
        self._moving.write(vertices)

    def draw(self, program: moderngl.Program) -> None:
        """Draw with a program."""
        self.texture.use(0)
        if "u_has_parts" in program:
            program["u_has_parts"] = self._parts is not None
            if self._parts is not None:
                self._parts.bind_to_storage_buffer(0)
        self._arrays.of(program).render()

    def release(self) -> None:
        """Free what was uploaded."""
        for thing in (self._arrays, self._moving, self._look):
            thing.release()


class Machine:
    """The robot: rigid meshes, drawn together by colour."""

    def __init__(self, context: moderngl.Context, visuals: Sequence[LinkVisual]) -> None:
        self._texture, _ = upload_textures(context, (1, 1), [WHITE])
        self._visuals = tuple(visuals)
        self._pieces: list[tuple[list[LinkVisual], Drawable]] = []
        self._buffers: list[moderngl.Buffer] = []
        for color in dict.fromkeys(visual.color for visual in visuals):
            same = [visual for visual in visuals if visual.color == color]
            counts = [len(visual.mesh.vertices) for visual in same]
            firsts = np.cumsum([0, *counts])
            faces = np.concatenate([v.mesh.faces + first for v, first in zip(same, firsts[:-1], strict=True)])
            uv = context.buffer(bytes(8 * int(firsts[-1])))
            index = context.buffer(faces.astype(np.uint32).tobytes())
            drawable = Drawable(context, int(firsts[-1]), uv, index)
            ids = pack_ids(SEMANTIC_ID["Robot"], ROBOT_INSTANCE)
            drawable.dress(self._texture, make_look(Material(color=color, specular=0.3), ids))
            self._pieces.append((same, drawable))
            self._buffers += [uv, index]

    def move(self, links: Mapping[str, FloatArray]) -> list[Drawable]:
        """Return the drawables, with each link at its pose (4, 4), link to world."""
        for visuals, drawable in self._pieces:
            drawable.write(np.concatenate([_place(visual.mesh, links[visual.link]) for visual in visuals]))
        return [drawable for _, drawable in self._pieces]

    def measure_foot(self, links: Mapping[str, FloatArray]) -> tuple[FloatArray, float]:
        """Return the centre (3,), at its lowest, and the radius of what the robot covers, metres, world."""
        points = np.concatenate([_place(v.mesh, links[v.link])[:, :3] for v in self._visuals]).astype(np.float64)
        low, high = points.min(axis=0), points.max(axis=0)
        return np.array([*(low + high)[:2] / 2, low[2]]), float(np.max(high[:2] - low[:2])) / 2

    def release(self) -> None:
        """Free what was uploaded."""
        for _, drawable in self._pieces:
            drawable.release()
        for buffer in self._buffers:
            buffer.release()
        self._texture.release()


def _place(mesh: Mesh, pose: FloatArray) -> Float32Array:
    """Return (V, 6) float32 world positions and normals of a rigid mesh."""
    rotation = pose[:3, :3].T.astype(np.float32)
    return np.hstack([mesh.vertices @ rotation + pose[:3, 3].astype(np.float32), mesh.normals @ rotation])
