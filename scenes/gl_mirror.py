"""The world upside down, as wet ground mirrors it: a picture of half the size, with mipmaps for what is rough."""

from __future__ import annotations

import moderngl
import numpy as np

from scenes.scene import FloatArray

FLIP = np.diag([1.0, 1.0, -1.0, 1.0])  # about the ground, z = 0


class Mirror:
    """A picture for each size of camera, to be drawn into and then looked up where the ground is wet."""

    def __init__(self, context: moderngl.Context) -> None:
        self._context = context
        self._targets: dict[tuple[int, int], tuple[moderngl.Texture, moderngl.Framebuffer]] = {}

    def begin(self, size: tuple[int, int]) -> moderngl.Framebuffer:
        """Return what to draw into for a camera whose picture has `size` (width, height)."""
        if size not in self._targets:
            small = (max(size[0] // 2, 1), max(size[1] // 2, 1))
            texture = self._context.texture(small, 4)
            texture.repeat_x = texture.repeat_y = False
            texture.filter = (moderngl.LINEAR_MIPMAP_LINEAR, moderngl.LINEAR)
            depth = self._context.depth_renderbuffer(small)
            self._targets[size] = texture, self._context.framebuffer([texture], depth)
        return self._targets[size][1]

    def end(self, size: tuple[int, int], unit: int) -> None:
        """Make what was drawn ready to be looked up."""
        texture = self._targets[size][0]
        texture.build_mipmaps()
        texture.use(unit)


def flip_pose(pose: FloatArray) -> FloatArray:
    """Return the pose (4, 4) of a camera's mirror image: left-handed, as what it sees is."""
    return np.asarray(FLIP @ pose)
