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
}
MATERIALS: tuple[str, ...] = (
    "skin", "hair", "brow", "lips", "white", "iris", "dark", "upper", "inner", "lower", "shoes", "sole",
    "lining", "bag", "metal", "rubber", "plastic", "scarf", "hat", "glasses", "accessory", "blush", "palm", "nail",
    "lash", "stubble", "freckle", "rim", "glint", "trim", "button", "belt", "lace", "tights", "print", "strand",
)  # fmt: skip

Color = tuple[int, int, int]
CLOTH: dict[str, Color] = {
    "red": (176, 38, 40), "blue": (52, 92, 170), "dark blue": (34, 46, 84), "green": (50, 112, 70),
    "grey": (124, 126, 130), "black": (38, 38, 42), "white": (228, 226, 220), "yellow": (216, 172, 52),
    "orange": (208, 106, 42), "brown": (104, 74, 52), "beige": (196, 176, 144), "purple": (104, 62, 132),
    "pink": (214, 136, 158), "light blue": (138, 176, 214), "dark green": (44, 66, 50),
}  # fmt: skip
HAIR: dict[str, Color] = {
    "black": (28, 24, 24), "dark brown": (56, 38, 28), "brown": (94, 62, 40), "blond": (186, 148, 92),
    "red": (128, 62, 32), "grey": (140, 138, 136), "white": (212, 208, 202),
}  # fmt: skip
UPPER_COLORS = tuple(CLOTH)
LOWER_COLORS = ("blue", "dark blue", "black", "grey", "brown", "beige", "dark green")
SHOE_COLORS = ("black", "brown", "white", "grey", "dark blue", "red")


def compose(layers: tuple[npt.NDArray[np.uint8], ...], palette: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    """Return the picture (H, W, 3) of layers `base, over, mix, shade` (H, W) and a palette (materials, 3), sRGB."""
    base, over, mix, shade = layers
    weight = mix[..., None].astype(np.float64) / 255.0
    color = ((1.0 - weight) * palette[base] + weight * palette[over]) * (shade[..., None] / 128.0)
    return np.asarray(np.clip(np.rint(color), 0, 255), dtype=np.uint8)
