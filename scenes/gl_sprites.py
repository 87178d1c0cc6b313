"""What has no body: the soft shade under feet, halos of lamps, and rain.

All are ellipses that fade towards their edges, one draw call for all. They colour what lies behind them and leave depth
and ids as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import moderngl
import numpy as np
import numpy.typing as npt

from scenes.gl_shaders import compose
from scenes.light_volume import LightVolume
from scenes.scene import FloatArray, Light, Scene

VERTEX = """
uniform mat4 u_view_projection;
uniform vec3 u_eye;
in vec2 in_corner;
in vec4 in_center;  // and metres by which it is pulled to the eye
in vec3 in_right;
in vec3 in_up;
in vec4 in_color;  // light added, share of what is behind that is taken away
out vec2 v_corner;
flat out vec4 v_color;
void main() {
    vec3 place = in_center.xyz + in_corner.x * in_right + in_corner.y * in_up;
    vec3 way = u_eye - place;
    place += way * min(in_center.w * inversesqrt(dot(way, way)), 0.5);
    v_corner = in_corner;
    v_color = in_color;
    gl_Position = u_view_projection * vec4(place, 1.0);
}
"""

FRAGMENT = """
in vec2 v_corner;
flat in vec4 v_color;
layout(location = 0) out vec4 out_color;
layout(location = 1) out uvec2 out_data;
void main() {
    float inside = max(1.0 - dot(v_corner, v_corner), 0.0);
    out_color = v_color * (inside * inside);
    out_data = uvec2(0u);  // masked
}
"""

SPRITE = np.dtype([("center", "<f4", 4), ("right", "<f4", 3), ("up", "<f4", 3), ("color", "<f4", 4)])
NOTHING = np.zeros(0, dtype=SPRITE)
FEW = 512  # sprites that there is room for at first

FAR_SHADE = 30.0  # m from the camera up to which feet darken the ground
WIDE, TIGHT = (0.5, 0.36), (0.19, 0.55)  # radius, m, and strength, of the shade below a body and a foot
FOOT = 0.13  # m above the sole, at rest, up to which a joint is part of a foot
FAR_LAMP = 90.0  # m

DROPS, BOX, FALL = 2600, 9.0, 8.5  # number in a cube that goes with the camera; its side, m; m/s
STREAK, THIN = 0.11, 0.0022  # m, half height and width of a drop during an exposure


class Sprites:
    """Draws sprites."""

    def __init__(self, context: moderngl.Context) -> None:
        self._context = context
        self._program = context.program(compose(VERTEX), compose(FRAGMENT))
        self._corners = context.buffer(np.array([-1, -1, 1, -1, -1, 1, 1, 1], dtype=np.float32).tobytes())
        self._reserve(FEW)

    def draw(self, clip: FloatArray, eye: FloatArray, sprites: npt.NDArray[np.void]) -> None:
        """Draw, in their order, into the framebuffer in use, behind what is nearer."""
        if len(sprites) == 0:
            return
        if len(sprites) > self._room:
            self._array.release()
            self._buffer.release()
            self._reserve(2 * len(sprites))
        self._buffer.write(sprites.tobytes())
        self._program["u_view_projection"] = tuple(clip.T.ravel().tolist())
        self._program["u_eye"] = tuple(eye)
        target = self._context.fbo
        data = len(target.color_attachments) > 1  # beside the colour
        if data:
            target.color_mask = ((True,) * 4, (False,) * 4)  # type: ignore[assignment]  # one for each target
        target.depth_mask = False
        self._context.enable_only(moderngl.DEPTH_TEST | moderngl.BLEND)
        self._context.blend_func = moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA
        self._array.render(moderngl.TRIANGLE_STRIP, instances=len(sprites))
        if data:
            target.color_mask = ((True,) * 4, (True,) * 4)  # type: ignore[assignment]
        target.depth_mask = True

    def _reserve(self, room: int) -> None:
        self._room = room
        self._buffer = self._context.buffer(reserve=room * SPRITE.itemsize, dynamic=True)
        self._array = self._context.vertex_array(
            self._program,
            [
                (self._corners, "2f4", "in_corner"),
                (self._buffer, "4f4 3f4 3f4 4f4/i", "in_center", "in_right", "in_up", "in_color"),
            ],
        )


def shade_people(
    joints: Iterable[FloatArray], rests: Iterable[FloatArray], eye: FloatArray, strength: float
) -> npt.NDArray[np.void]:
    """Return the shade below people: a wide one, and one below each joint of a foot, weaker as the foot is lifted.

    Args:
        joints: (J, 4, 4) per person, world. rests: (J, 3) per person, the same joints at rest, feet at z = 0.
    """
    found = []
    for pose, rest in zip(joints, rests, strict=True):
        places = pose[:, :3, 3]
        if np.sum((places[0] - eye) ** 2) > FAR_SHADE**2:
            continue
        ground = float(places[:, 2].min() - rest[:, 2].min())
        feet = np.flatnonzero(rest[:, 2] < FOOT)
        lifted = places[feet, 2] - ground - rest[feet, 2]
        centers = np.concatenate([places[:1], places[feet]])
        centers[:, 2] = ground + 0.01
        radii = np.array([WIDE[0], *[TIGHT[0]] * len(feet)])
        shares = np.concatenate([[WIDE[1]], TIGHT[1] * np.clip(1.0 - lifted / 0.2, 0.0, 1.0)])
        found.append(_lay(centers, radii, strength * shares))
    return np.concatenate(found) if found else NOTHING


def shade_disc(center: FloatArray, radius: float, share: float) -> npt.NDArray[np.void]:
    """Return the shade below something round that stands at `center` (3,)."""
    return _lay(np.asarray(center)[None] + [0.0, 0.0, 0.01], np.array([radius]), np.array([share]))


def place_halos(lamps: Sequence[tuple[FloatArray, FloatArray]], pose: FloatArray, light: Light) -> npt.NDArray[np.void]:
    """Return the halos of lamps, (position, sRGB colour) each, around a camera at `pose`; wider in fog and rain."""
    near = [(place, color) for place, color in lamps if np.linalg.norm(place - pose[:3, 3]) < FAR_LAMP]
    sprites = np.zeros(2 * len(near), dtype=SPRITE)
    haze = min(30.0 * light.fog, 1.0)
    for k, (place, color) in enumerate(near):
        seen = float(np.exp(-light.fog * np.linalg.norm(place - pose[:3, 3])))
        for row, radius, gain in ((2 * k, 1.1 + 1.2 * haze, 0.16 + 0.12 * haze), (2 * k + 1, 0.32, 0.6)):
            sprites[row]["center"] = *place, 0.3
            sprites[row]["right"], sprites[row]["up"] = radius * pose[:3, 0], radius * pose[:3, 1]
            sprites[row]["color"][:3] = gain * light.lamps * seen * np.asarray(color)
    return sprites


def let_rain(pose: FloatArray, time: float, light: Light, volume: LightVolume) -> npt.NDArray[np.void]:
    """Return the drops around a camera at `pose`, `time` seconds on; none where a roof keeps them off."""
    eye = pose[:3, 3]
    count = round(DROPS * light.rain)
    seeds = np.random.default_rng(1).random((count, 4))
    fall = np.array([0.9, 0.5, -FALL]) * (0.85 + 0.3 * seeds[:, 3:])
    low = eye - BOX / 2
    places = low + np.mod(seeds[:, :3] * BOX + fall * time - low, BOX)
    depth = (places - eye) @ pose[:3, 2]
    kept = (depth > 0.4) & _find_open(places, volume)
    places, depth, fall = places[kept], depth[kept], fall[kept]
    sprites = np.zeros(len(places), dtype=SPRITE)
    sprites["center"][:, :3] = places
    width = np.maximum(THIN, 0.0009 * depth)  # about half a pixel
    sprites["right"] = width[:, None] * pose[:3, 0]
    sprites["up"] = STREAK * fall / FALL
    bright = np.sqrt(np.mean(np.square(light.horizon))) + 0.15 * light.lamps
    gain = 0.55 * bright * np.minimum(THIN / width, 1.0)
    sprites["color"] = gain[:, None] * np.array([0.9, 0.95, 1.0, 0.6])
    return sprites


def list_lamps(scene: Scene) -> list[tuple[FloatArray, FloatArray]]:
    """Return the lamps that are seen from afar: position and sRGB colour."""
    return [(np.array(lamp.position), np.array(lamp.color)) for lamp in scene.lamps]


def _lay(centers: FloatArray, radii: FloatArray, shares: FloatArray) -> npt.NDArray[np.void]:
    sprites = np.zeros(len(centers), dtype=SPRITE)
    sprites["center"][:, :3], sprites["center"][:, 3] = centers, 0.04
    sprites["right"][:, 0], sprites["up"][:, 1] = radii, radii
    sprites["color"][:, 3] = shares
    return sprites


def _find_open(places: FloatArray, volume: LightVolume) -> npt.NDArray[np.bool_]:
    levels, rows, columns = volume.open.shape
    i, j, k = np.round((places - volume.origin) / volume.step).astype(int).T
    inside = (i >= 0) & (j >= 0) & (i < columns) & (j < rows)
    found = volume.open[k.clip(0, levels - 1), j.clip(0, rows - 1), i.clip(0, columns - 1)]
    return np.asarray(~inside | (found > 0.5))
