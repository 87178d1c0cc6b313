"""Colours of people: the cells of a body's texture, its materials, and how layers and a palette become a picture.

The texture of a body is an atlas of cells. It is stored as layers (two material indices, their mix, a shade), so that
any palette can be laid on it: `texture = ((1 - mix) * palette[base] + mix * palette[over]) * shade`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

WIDTH, HEIGHT = 1024, 512  # px of the atlas
# Cells of the atlas: left, bottom, right, top in pixels, origin at the bottom left (uv convention).
CELLS: dict[str, tuple[int, int, int, int]] = {
    "face": (0, 0, 384, 384),  # the whole head and neck
    "hair": (0, 384, 256, 512),
    "eye": (256, 384, 320, 448),
    "glasses": (256, 448, 320, 512),
    "skin": (320, 384, 352, 416),  # plain skin
    "lining": (352, 384, 384, 416),  # the inside of a coat or a skirt
    "scarf": (320, 416, 384, 512),
    "upper": (384, 0, 640, 224),  # the trunk of the outermost garment
    "lower": (640, 0, 832, 256),  # trousers
    "inner": (832, 0, 1024, 160),  # the trunk of a second garment below
    "sleeve": (384, 224, 480, 416),  # of the outermost garment, both arms
    "arm": (480, 224, 576, 416),  # bare arms and hands
    "leg": (576, 224, 640, 416),  # bare legs or tights
    "inner_sleeve": (384, 416, 480, 512),
    "shoes": (640, 256, 832, 352),
    "hat": (640, 352, 768, 448),
    "accessory": (640, 448, 768, 512),
    "bag": (832, 160, 1024, 304),
    "metal": (832, 304, 896, 368),
    "rubber": (896, 304, 960, 368),
    "plastic": (960, 304, 1024, 368),
    "skirt": (832, 368, 1024, 512),
    "mouth": (480, 416, 512, 448),  # its inside
    "teeth": (512, 416, 544, 448),
}
# Maps of a head: degrees from straight ahead -> share of the half width of its cell; metres above the eyes -> share of
# the height, for a head of scale 1. The face gets most of both. Beyond the middle of the back the two ends overlap.
# AXIS, metres: from the eyes back to the upright axis, for a head of scale 1.
AXIS = 0.095
TURN = ((0.0, 60.0, 110.0, 180.0, 1.15 * 180.0), (0.0, 0.60, 0.86, 0.97, 1.0))
RISE = ((-0.30, -0.145, 0.085, 0.125), (0.0, 0.16, 0.93, 1.0))
MATERIALS: tuple[str, ...] = (
    "skin", "hair", "brow", "lips", "white", "iris", "dark", "upper", "inner", "lower", "shoes", "sole",
    "lining", "bag", "metal", "rubber", "plastic", "scarf", "hat", "glasses", "accessory", "blush", "palm", "nail",
    "lash", "stubble", "freckle", "rim", "glint", "trim", "button", "belt", "lace", "tights", "print", "strand",
    "fade", "pattern", "blend", "inner_button", "mouth", "teeth",
)  # fmt: skip

Color = tuple[int, int, int]
# sRGB of cloth as worn: dyed and weathered, so neither pure black, nor pure white, nor neon.
CLOTH: dict[str, Color] = {
    "black": (37, 37, 40), "dark grey": (70, 72, 76), "grey": (124, 126, 129), "light grey": (176, 177, 176),
    "white": (226, 224, 218), "beige": (190, 171, 140), "brown": (96, 70, 51), "dark brown": (62, 47, 38),
    "dark blue": (38, 45, 66), "blue": (70, 94, 130), "light blue": (150, 174, 198), "dark green": (48, 64, 50),
    "olive": (92, 92, 62), "green": (66, 112, 78), "dark red": (102, 40, 44), "red": (152, 50, 46),
    "yellow": (204, 164, 68), "orange": (188, 104, 56), "pink": (206, 150, 158), "purple": (92, 66, 112),
}  # fmt: skip
HAIR: dict[str, Color] = {
    "black": (32, 27, 26), "dark brown": (58, 41, 31), "brown": (94, 65, 44), "blond": (178, 144, 96),
    "red": (116, 66, 42), "grey": (134, 131, 128), "white": (206, 203, 197),
}  # fmt: skip
# sRGB of skin at the ten levels of the Monk Skin Tone scale (Monk 2019): its order of lightness, with the hue that
# blood gives (the swatches of the scale are flat and yellower).
SKIN: tuple[Color, ...] = (
    (234, 203, 186), (228, 194, 173), (221, 183, 157), (209, 168, 139), (193, 149, 117),
    (165, 121, 90), (134, 94, 68), (105, 72, 53), (81, 55, 42), (62, 43, 35),
)  # fmt: skip
IRIS: dict[str, Color] = {
    "dark brown": (40, 27, 20), "brown": (80, 52, 32), "hazel": (118, 92, 52), "green": (98, 116, 82),
    "blue": (92, 122, 150), "grey": (118, 128, 134),
}  # fmt: skip


def compose(
    layers: tuple[npt.NDArray[np.uint8], ...],
    palette: npt.NDArray[np.float64],
    weave: npt.NDArray[np.floating] | None = None,
) -> npt.NDArray[np.uint8]:
    """Return the picture (H, W, 3) of layers `base, over, mix, shade` (H, W) and a palette (materials, 3), sRGB.

    Args:
        layers: as stored. palette: sRGB, 0 to 255. weave: (H, W) factors on the shade, of the cloth.
    """
    base, over, mix, shade = layers
    colors = palette.astype(np.float32)
    color = colors[base]
    mixed = mix > 0
    weight = mix[mixed][:, None].astype(np.float32) / np.float32(255.0)
    color[mixed] += weight * (colors[over[mixed]] - color[mixed])
    light = shade.astype(np.float32) / np.float32(128.0)
    if weave is not None:
        light = light * weave
    color *= light[..., None]
    return np.asarray(np.clip(np.rint(color), 0, 255), dtype=np.uint8)
