"""People on the graphics side: bent on the CPU, at the level of detail that their size asks for.

What one person leaves behind, the next one takes: people come and go with every episode, and memory does not grow.
"""

from __future__ import annotations

from collections.abc import Sequence

import moderngl
import numpy as np

from scenes.backend import SkinnedMesh
from scenes.gl_batch import make_look, pack_ids, stored_size, to_pixels, upload_textures
from scenes.gl_body import Drawable
from scenes.scene import PERSON_INSTANCE_BASE, SEMANTIC_ID, FloatArray, Material
from scenes.skinning import Skin, find_parts

IDLE_SHAPES = 128  # that nobody has and that are kept for the next person
PIXELS_PER_TRIANGLE = 7.0  # of a person, below which a coarser level of detail serves


class Shape:
    """One level of detail of a body, whoever has it: what does not move of it, and drawables to lend."""

    def __init__(self, context: moderngl.Context, mesh: SkinnedMesh, finest: SkinnedMesh) -> None:
        self.mesh = mesh
        self.skin = Skin(mesh, finest)
        self.users = 0
        self._context = context
        self._uv = context.buffer(mesh.uv.astype(np.float32).tobytes())
        self._index = context.buffer(mesh.faces.astype(np.uint32).tobytes())
        self._parts = context.buffer((1 + find_parts(mesh)).astype(np.uint32).tobytes())
        self._idle: list[Drawable] = []

    def lend(self) -> Drawable:
        """Return a drawable of this shape, to be dressed."""
        self.users += 1
        if self._idle:
            return self._idle.pop()
        return Drawable(self._context, len(self.mesh.vertices), self._uv, self._index, self._parts)

    def take_back(self, drawable: Drawable) -> None:
        """Keep a drawable for the next person."""
        self.users -= 1
        self._idle.append(drawable)

    def release(self) -> None:
        """Free what was uploaded."""
        for drawable in self._idle:
            drawable.release()
        for buffer in (self._uv, self._index, self._parts):
            buffer.release()


class Wardrobe:
    """Shapes and textures, in use or left by those who had them."""

    def __init__(self, context: moderngl.Context) -> None:
        self._context = context
        self._shapes: dict[int, Shape] = {}  # by id of the vertices, which the shape keeps alive; the newest last
        self._textures: dict[tuple[int, int], list[moderngl.TextureArray]] = {}  # idle ones, by size

    def find_shape(self, mesh: SkinnedMesh, finest: SkinnedMesh) -> Shape:
        """Return the shape of a level of a body; meshes with the same array of vertices share one."""
        key = id(mesh.vertices)
        shape = self._shapes.pop(key, None) or Shape(self._context, mesh, finest)
        idle = [old for old, other in self._shapes.items() if other.users == 0]
        for old in idle[: max(len(idle) - IDLE_SHAPES, 0)]:
            self._shapes.pop(old).release()
        self._shapes[key] = shape
        return shape

    def lend_texture(self, mesh: SkinnedMesh) -> moderngl.TextureArray:
        """Return the texture of a mesh."""
        size = stored_size(mesh.texture)
        idle = self._textures.setdefault(size, [])
        if not idle:
            return upload_textures(self._context, size, [mesh.texture])[0]
        texture = idle.pop()
        texture.write(to_pixels(mesh.texture, size).tobytes())
        texture.build_mipmaps()
        return texture

    def take_back(self, texture: moderngl.TextureArray) -> None:
        """Keep a texture for the next person."""
        self._textures[texture.size[:2]].append(texture)


class Figure:
    """One person: a texture, and a drawable for each level of detail it has been seen at."""

    def __init__(self, wardrobe: Wardrobe, person_id: int, mesh: SkinnedMesh) -> None:
        self.height = mesh.height
        self.rest = np.asarray(np.linalg.inv(mesh.inverse_bind)[:, :3, 3])  # (J, 3) places of its joints at rest
        self.borne = np.unique(mesh.joint_indices[mesh.joint_weights > 0.0])  # joints that bear some of the surface
        ids = pack_ids(SEMANTIC_ID["Human"], PERSON_INSTANCE_BASE + person_id)
        self._look = make_look(Material(color=(1.0, 1.0, 1.0), specular=0.0), ids)
        self._levels = (mesh, *mesh.lods)
        self._wardrobe = wardrobe
        self._texture = wardrobe.lend_texture(mesh)
        self._drawn: dict[int, tuple[Shape, Drawable]] = {}
        self._bent_by: dict[int, FloatArray] = {}

    def bend(self, joints: FloatArray, pixels: float) -> Drawable:
        """Return the person bent by world joints (J, 4, 4), as detailed as one `pixels` tall needs."""
        level = self.choose_level(self._levels, pixels)
        if level not in self._drawn:
            shape = self._wardrobe.find_shape(self._levels[level], self._levels[0])
            self._drawn[level] = (shape, shape.lend())
            self._drawn[level][1].dress(self._texture, self._look)
        shape, drawable = self._drawn[level]
        if self._bent_by.get(level) is not joints:
            drawable.write(shape.skin.bend(joints))
            self._bent_by[level] = joints
        return drawable

    def leave(self) -> None:
        """Give everything back."""
        for shape, drawable in self._drawn.values():
            shape.take_back(drawable)
        self._wardrobe.take_back(self._texture)

    @staticmethod
    def choose_level(levels: Sequence[SkinnedMesh], pixels: float) -> int:
        """Return the index of the coarsest of `levels`, finest first, with enough triangles at `pixels` of height."""
        wanted = 0.25 * pixels * pixels / PIXELS_PER_TRIANGLE  # a person fills about a quarter of its height squared
        enough = [k for k, mesh in enumerate(levels) if len(mesh.faces) >= wanted]
        return enough[-1] if enough else 0
