"""Pictures on meshes: opened with a bound on their size, reduced, and what see-through ones become."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

MOST_SIDE, MOST_PIXELS = 16_384, 100_000_000  # a texture with more is refused
KEPT_SIDE = 2_048  # pixels; larger textures are scaled down to it


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Texture:
    """A picture, ready to be shown.

    Attributes:
        pixels: (H, W, 3) uint8, row 0 at the top. alpha: (H, W) uint8, or None where it covers everything.
        size: (width, height) in the file, before it was reduced.
    """

    pixels: npt.NDArray[np.uint8]
    alpha: npt.NDArray[np.uint8] | None
    size: tuple[int, int]

    @property
    def reduced(self) -> bool:
        """Tell whether it was larger in the file."""
        return self.pixels.shape[:2] != self.size[::-1]


def open_texture(data: bytes, where: str) -> Texture:
    """Decode a picture of any common format; one larger than `KEPT_SIDE` is scaled down.

    Args:
        data: the bytes of the file.
        where: how a message names it.

    Raises:
        ValueError: no picture, or an enormous one.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image: Image.Image = Image.open(io.BytesIO(data))
        width, height = image.size
        if max(width, height) <= MOST_SIDE and width * height <= MOST_PIXELS:
            return _reduce(image)
        size = f"{width} x {height}"
    except Image.DecompressionBombError as error:
        size = str(error)
    except (OSError, SyntaxError, ValueError) as error:
        raise ValueError(f"{where}: expected a PNG or JPEG picture, got {error}; save it as PNG") from error
    raise ValueError(
        f"{where}: expected a texture of at most {MOST_SIDE} pixels a side and {MOST_PIXELS // 10**6} million in all, "
        f"got {size}; scale it down"
    )


def _reduce(image: Image.Image) -> Texture:
    size = image.size
    if image.mode in ("P", "LA", "PA"):
        image = image.convert("RGBA")
    if image.mode.startswith("I") or image.mode == "F":  # 16 bits a channel
        image = Image.fromarray((np.asarray(image, dtype=np.float64) / 257).astype(np.uint8))
    if max(size) > KEPT_SIDE:
        share = KEPT_SIDE / max(size)
        image = image.resize((max(1, round(size[0] * share)), max(1, round(size[1] * share))), Image.Resampling.BOX)
    alpha = None
    if "A" in image.getbands():
        alpha = np.array(image.getchannel("A"), dtype=np.uint8)
        alpha = None if alpha.min() == 255 else alpha
    return Texture(pixels=np.array(image.convert("RGB"), dtype=np.uint8), alpha=alpha, size=size)


def fill_holes(texture: Texture) -> npt.NDArray[np.uint8]:
    """Return (H, W, 3) the picture with the mean colour of what is there where it is see-through."""
    if texture.alpha is None:
        return texture.pixels
    there = texture.alpha >= 128
    mean = texture.pixels[there].mean(axis=0) if there.any() else texture.pixels.mean(axis=(0, 1))
    return np.where(there[..., None], texture.pixels, mean.astype(np.uint8)).astype(np.uint8)


def look_up(picture: npt.NDArray[np.uint8], uv: npt.NDArray[np.floating]) -> npt.NDArray[np.uint8]:
    """Return what a picture (H, W) or (H, W, 3) shows at (N, 2) texture coordinates, (0, 0) at the bottom left."""
    height, width = picture.shape[:2]
    column = np.floor(np.mod(uv[:, 0], 1.0) * width).astype(int).clip(0, width - 1)
    row = np.floor((1.0 - np.mod(uv[:, 1], 1.0)) * height).astype(int).clip(0, height - 1)
    found: npt.NDArray[np.uint8] = picture[row, column]
    return found
