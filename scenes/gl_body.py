"""What moves, on the graphics side: people bent on the CPU, and the rigid links of a robot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import moderngl
import numpy as np
import numpy.typing as npt

from scenes.backend import SkinnedMesh
from scenes.gl_batch import LOOK_LAYOUT, LOOK_NAMES, WHITE, make_look, pack_ids, stored_size, upload_textures
from scenes.scene import PERSON_INSTANCE_BASE, ROBOT_INSTANCE, SEMANTIC_ID, FloatArray, Mesh
from scenes.skinning import Float32Array, Skin
from scenes.urdf import LinkVisual

IDLE_SHAPES = 64  # that nobody has and that are kept for the next person
PIXELS_PER_TRIANGLE = 12.0  # of a person, below which a coarser level of detail serves


class Programs:
    """A context and the two programs that draw solid things."""

    def __init__(self, context: moderngl.Context, lit: moderngl.Program, shadow: moderngl.Program) -> None:
        self.context, self.lit, self.shadow = context, lit, shadow


class Drawable:
    """Triangles whose vertices change from frame to frame."""

    def __init__(
        self,
        programs: Programs,
        count: int,
        uv: moderngl.Buffer,
        index: moderngl.Buffer,
        texture: moderngl.TextureArray,
        look: npt.NDArray[np.void],
    ) -> None:
        """Make room for `count` vertices; `uv`, `index` and `texture` belong to the caller."""
        context = programs.context
        self._texture = texture
        self._moving = context.buffer(reserve=24 * count, dynamic=True)
        self._look = context.buffer(look.tobytes())
        parts = [
            (self._moving, "3f4 3f4", "in_position", "in_normal"),
            (uv, "2f4", "in_uv"),
            (self._look, LOOK_LAYOUT, *LOOK_NAMES),
        ]
        self._lit = context.vertex_array(programs.lit, parts, index)
        self._shadow = context.vertex_array(programs.shadow, [(self._moving, "3f4 12x", "in_position")], index)

    def write(self, vertices: Float32Array) -> None:
        """Take new vertices (V, 6), world positions and normals."""
        self._moving.write(vertices)

    def draw(self) -> None:
        """Draw colour, depth and ids."""
        self._texture.use(0)
        self._lit.render()

    def draw_shadow(self) -> None:
        """Draw into the shadow map."""
        self._shadow.render()

    def release(self) -> None:
        """Free what was uploaded."""
        for thing in (self._lit, self._shadow, self._moving, self._look):
            thing.release()


class Shape:
    """One level of detail of a body, shared by all people who have it: what does not move of it."""

    def __init__(self, context: moderngl.Context, mesh: SkinnedMesh) -> None:
        self.mesh = mesh
        self.skin = Skin(mesh)
        self.uv = context.buffer(mesh.uv.astype(np.float32).tobytes())
        self.index = context.buffer(mesh.faces.astype(np.uint32).tobytes())
        self.users = 0

    def release(self) -> None:
        """Free what was uploaded."""
        self.uv.release()
        self.index.release()


class Shapes:
    """The shapes in use, and some that were: meshes with the same array of vertices are one shape."""

    def __init__(self, context: moderngl.Context) -> None:
        self._context = context
        self._held: dict[int, Shape] = {}  # by id of the vertices, which the shape keeps alive; the newest last

    def take(self, mesh: SkinnedMesh) -> Shape:
        """Return the shape of a mesh; give it back by `users -= 1`."""
        key = id(mesh.vertices)
        shape = self._held.pop(key, None) or Shape(self._context, mesh)
        self._held[key] = shape
        shape.users += 1
        idle = [old for old, other in self._held.items() if other.users == 0]
        for old in idle[: max(len(idle) - IDLE_SHAPES, 0)]:
            self._held.pop(old).release()
        return shape


class Figure:
    """One person: a texture, and a drawable for each level of detail it has been seen at."""

    def __init__(self, programs: Programs, shapes: Shapes, person_id: int, mesh: SkinnedMesh) -> None:
        self.height = mesh.height
        self._levels = (mesh, *mesh.lods)
        self._programs, self._shapes = programs, shapes
        self._texture, _ = upload_textures(programs.context, stored_size(mesh.texture), [mesh.texture])
        ids = pack_ids(SEMANTIC_ID["Human"], PERSON_INSTANCE_BASE + person_id)
        self._look = make_look((1.0, 1.0, 1.0), 0.0, 0, 0.0, ids)
        self._drawn: dict[int, tuple[Shape, Drawable]] = {}
        self._bent_by: dict[int, FloatArray] = {}

    def bend(self, joints: FloatArray, pixels: float) -> Drawable:
        """Return the person bent by world joints (J, 4, 4), as detailed as one `pixels` tall needs."""
        level = self.choose_level(self._levels, pixels)
        if level not in self._drawn:
            shape = self._shapes.take(self._levels[level])
            count = len(shape.mesh.vertices)
            drawable = Drawable(self._programs, count, shape.uv, shape.index, self._texture, self._look)
            self._drawn[level] = (shape, drawable)
        shape, drawable = self._drawn[level]
        if self._bent_by.get(level) is not joints:
            drawable.write(shape.skin.bend(joints))
            self._bent_by[level] = joints
        return drawable

    def release(self) -> None:
        """Free what was uploaded, and give the shapes back."""
        for shape, drawable in self._drawn.values():
            shape.users -= 1
            drawable.release()
        self._texture.release()

    @staticmethod
    def choose_level(levels: Sequence[SkinnedMesh], pixels: float) -> int:
        """Return the index of the coarsest of `levels`, finest first, with enough triangles at `pixels` of height."""
        wanted = 0.25 * pixels * pixels / PIXELS_PER_TRIANGLE  # a person fills about a quarter of its height squared
        enough = [k for k, mesh in enumerate(levels) if len(mesh.faces) >= wanted]
        return enough[-1] if enough else 0


class Machine:
    """The robot: rigid meshes, drawn together by colour."""

    def __init__(self, programs: Programs, visuals: Sequence[LinkVisual]) -> None:
        self._texture, _ = upload_textures(programs.context, (1, 1), [WHITE])
        self._pieces: list[tuple[list[LinkVisual], Drawable]] = []
        self._buffers: list[moderngl.Buffer] = []
        for color in dict.fromkeys(visual.color for visual in visuals):
            same = [visual for visual in visuals if visual.color == color]
            counts = [len(visual.mesh.vertices) for visual in same]
            firsts = np.cumsum([0, *counts])
            faces = np.concatenate([v.mesh.faces + first for v, first in zip(same, firsts[:-1], strict=True)])
            uv = programs.context.buffer(bytes(8 * int(firsts[-1])))
            index = programs.context.buffer(faces.astype(np.uint32).tobytes())
            look = make_look(color, 0.0, 0, 0.3, pack_ids(SEMANTIC_ID["Robot"], ROBOT_INSTANCE))
            self._pieces.append((same, Drawable(programs, int(firsts[-1]), uv, index, self._texture, look)))
            self._buffers += [uv, index]

    def move(self, links: Mapping[str, FloatArray]) -> list[Drawable]:
        """Return the drawables, with each link at its pose (4, 4), link to world."""
        for visuals, drawable in self._pieces:
            drawable.write(np.concatenate([_place(visual.mesh, links[visual.link]) for visual in visuals]))
        return [drawable for _, drawable in self._pieces]

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
