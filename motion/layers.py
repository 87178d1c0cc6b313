"""The layers of a body's texture while they are painted (offline, for `motion/paint.py`)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter

from motion.palette import CELLS, HEIGHT, MATERIALS, WIDTH

FloatArray = npt.NDArray[np.float64]


def noise(shape: tuple[int, ...], scale: float | tuple[float, float], seed: int) -> FloatArray:
    """Return smooth noise of unit variance (H, W); `scale` in pixels, of rows and columns."""
    field = gaussian_filter(np.random.default_rng(seed).standard_normal(shape), scale, mode="wrap")
    return np.asarray(field / field.std())


@dataclass(slots=True, kw_only=True, eq=False)
class Layers:
    """The atlas, row 0 at the bottom."""

    base: npt.NDArray[np.uint8]
    over: npt.NDArray[np.uint8]
    mix: FloatArray
    shade: FloatArray

    @classmethod
    def blank(cls) -> Layers:
        """Return an atlas where every cell has the material of its name, as far as there is one."""
        size = (HEIGHT, WIDTH)
        layers = cls(
            base=np.zeros(size, np.uint8), over=np.zeros(size, np.uint8), mix=np.zeros(size), shade=np.ones(size)
        )
        names = {"eye": "white", "sleeve": "upper", "inner_sleeve": "inner", "skirt": "lower", "leg": "tights"}
        for cell, (left, bottom, right, top) in CELLS.items():
            name = names.get(cell, cell)
            layers.base[bottom:top, left:right] = MATERIALS.index(name) if name in MATERIALS else 0
        return layers

    @staticmethod
    def grid(cell: str) -> tuple[FloatArray, FloatArray]:
        """Return the share of a cell's width and height (h, w) at the centres of its pixels."""
        left, bottom, right, top = CELLS[cell]
        v, u = np.meshgrid(
            (np.arange(top - bottom) + 0.5) / (top - bottom), (np.arange(right - left) + 0.5) / (right - left),
            indexing="ij",
        )  # fmt: skip
        return u, v

    def add(self, cell: str, material: str, amount: FloatArray) -> None:
        """Lay `material` over a cell where `amount` (h, w) in [0, 1] exceeds what lies there already."""
        left, bottom, right, top = CELLS[cell]
        window = (slice(bottom, top), slice(left, right))
        stronger = amount > self.mix[window]
        self.over[window][stronger] = MATERIALS.index(material)
        self.mix[window][stronger] = amount[stronger]

    def multiply(self, cell: str, factor: FloatArray) -> None:
        """Darken or lighten a cell by `factor` (h, w)."""
        left, bottom, right, top = CELLS[cell]
        self.shade[bottom:top, left:right] *= factor

    def store(self) -> dict[str, npt.NDArray[np.uint8]]:
        """Return what is stored, row 0 at the top."""
        return {
            "base": self.base[::-1],
            "over": np.where(self.mix > 1 / 255, self.over, self.base)[::-1],
            "mix": np.rint(np.clip(self.mix, 0, 1) * 255).astype(np.uint8)[::-1],
            "shade": np.clip(np.rint(self.shade * 128), 0, 255).astype(np.uint8)[::-1],
        }
