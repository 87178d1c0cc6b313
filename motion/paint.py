"""Paint the texture layers of a baked body and place its vertices on them (offline, used by `motion/bake.py`)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.interpolate import LinearNDInterpolator
from scipy.ndimage import gaussian_filter

from motion.palette import CELLS, HEIGHT, MATERIALS, WIDTH

FloatArray = npt.NDArray[np.float64]
FACE_PITCH = 0.240 / 384  # m per px across the face cell, for a head of scale 1
FACE_CHIN = 0.135  # m from the lower edge of the face cell to the eyes, for a head of scale 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Landmarks:
    """Where things are on a template body, person frame, metres.

    Attributes:
        eye: (3,) mid-point of the eyes. eyes: (2, 3) left, right. eye_radius: of an eyeball.
        scale: size of the head, 1 for 0.1125 m from eye to crown.
        hem, collar: heights where the upper garment ends. waist: height where the lower one begins. spine: x of the
            trunk's axis.
        ankle: height of the ankles.
    """

    eye: FloatArray
    eyes: FloatArray
    eye_radius: float
    scale: float
    hem: float
    collar: float
    waist: float
    spine: float
    ankle: float


def unroll(angle: FloatArray) -> FloatArray:
    """Return the share of a cell's width for an angle about the trunk (0 ahead, up to 1.2 half turns)."""
    return np.asarray(0.5 + 0.5 * np.sign(angle) * (np.abs(angle) / (1.2 * np.pi)) ** 0.75)


def place(material: str, vertices: FloatArray, marks: Landmarks, beyond: float = 0.0) -> FloatArray:
    """Return uv (V, 2) in pixels of the atlas for vertices (V, 3) of one material.

    Args:
        material: its cell. vertices: metres. marks: of the body.
        beyond: added to negative angles about the trunk, radians; 2 pi continues the left side across the back.
    """
    left, bottom, right, top = CELLS["skin" if material == "hands" else material]
    x, y, z = vertices.T
    if material == "face":
        u = 0.5 * (right - left) + y / (FACE_PITCH * marks.scale)
        v = (z - marks.eye[2]) / (FACE_PITCH * marks.scale) + FACE_CHIN / FACE_PITCH
        uv = np.stack([left + u, bottom + v], axis=1)
    elif material == "eye":
        side = np.where((y > 0)[:, None], marks.eyes[0], marks.eyes[1])
        offset = (vertices - side)[:, 1:] / marks.eye_radius
        uv = np.stack([left + 32 + 30 * offset[:, 0], bottom + 32 + 30 * offset[:, 1]], axis=1)
    elif material == "upper":
        around = np.arctan2(y, x - marks.spine)
        around = unroll(np.where(around < 0, around + beyond, around))
        rise = (z - marks.hem) / (marks.collar - marks.hem)
        uv = np.stack([left + around * (right - left), bottom + rise * (top - bottom)], axis=1)
    elif material == "lower":
        around = np.abs(np.arctan2(y, x - marks.spine)) / np.pi
        rise = (z - marks.ankle) / (marks.waist - marks.ankle)
        uv = np.stack([left + around * (right - left), bottom + rise * (top - bottom)], axis=1)
    elif material == "shoes":
        uv = np.stack([np.full_like(z, 0.5 * (left + right)), bottom + z / 0.10 * (top - bottom)], axis=1)
    elif material == "hair":
        around = np.abs(np.arctan2(y, x - marks.eye[0] + 0.1 * marks.scale)) / np.pi
        uv = np.stack(
            [left + around * (right - left), bottom + (z - marks.eye[2] + 0.3) / 0.45 * (top - bottom)], axis=1
        )
    else:
        uv = np.stack([np.full_like(z, 0.5 * (left + right)), np.full_like(z, 0.5 * (bottom + top))], axis=1)
    return np.clip(uv, [left + 1.5, bottom + 1.5], [right - 1.5, top - 1.5])


@dataclass(slots=True, kw_only=True, eq=False)
class Layers:
    """The atlas while it is painted, row 0 at the bottom."""

    base: npt.NDArray[np.uint8]
    over: npt.NDArray[np.uint8]
    mix: FloatArray
    shade: FloatArray

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


def pixels(cell: str) -> tuple[FloatArray, FloatArray]:
    """Return the column and row centres (h, w) of a cell, in pixels from its lower left corner."""
    left, bottom, right, top = CELLS[cell]
    v, u = np.meshgrid(np.arange(top - bottom) + 0.5, np.arange(right - left) + 0.5, indexing="ij")
    return u, v


def paint(
    marks: Landmarks, lips: FloatArray, *, beard: float, opening: float, buttons: bool, age: float
) -> dict[str, npt.NDArray[np.uint8]]:
    """Return the layers `base, over, mix, shade` (HEIGHT, WIDTH), row 0 at the top.

    Args:
        marks: landmarks of the body.
        lips: (V, 3) y, z and redness in [0, 1] of points on the front of the face.
        beard: how much stubble, 0 to 1. opening: half width of an open jacket's gap, as a share of the half turn.
        buttons: a row of buttons. age: 0 young to 1 old; draws lines.
    """
    rng = np.random.default_rng(0)
    layers = Layers(
        base=np.zeros((HEIGHT, WIDTH), np.uint8), over=np.zeros((HEIGHT, WIDTH), np.uint8),
        mix=np.zeros((HEIGHT, WIDTH)), shade=np.ones((HEIGHT, WIDTH)),
    )  # fmt: skip
    for cell, material in (
        ("upper", "upper"),
        ("lower", "lower"),
        ("shoes", "shoes"),
        ("eye", "white"),
        ("hair", "hair"),
    ):
        left, bottom, right, top = CELLS[cell]
        layers.base[bottom:top, left:right] = MATERIALS.index(material)
    _paint_face(layers, marks, lips, beard, age)

    u, v = pixels("eye")
    radius = np.hypot(u - 32, v - 32) / 30
    layers.add("eye", "iris", np.clip((0.50 - radius) / 0.06, 0, 1))
    layers.add("eye", "dark", np.clip((0.24 - radius) / 0.06, 0, 1) * 1.01)

    u, v = pixels("upper")
    height, middle = v / v.max(), np.abs(u - 0.5 * (u.max() + 0.5))
    if opening > 0:
        width = 128 * (2 * unroll(np.array(opening * np.pi)) - 1) * (0.35 + 0.65 * height)
        layers.add("upper", "inner", np.clip(width - middle + 0.5, 0, 1))
        layers.multiply("upper", 1 - 0.30 * np.exp(-(((middle - width - 0.5) / 1.2) ** 2)))
    if buttons:
        layers.add("upper", "dark", 0.7 * np.clip(2.6 - np.hypot(middle, (v % 32) - 16), 0, 1))
        layers.multiply("upper", 1 - 0.12 * np.exp(-(((u - 140) / 0.8) ** 2)))
    layers.multiply("upper", 1 + 0.25 * gaussian_filter(rng.standard_normal(u.shape), (5, 4)))
    u, v = pixels("lower")
    layers.multiply("lower", 1 + 0.25 * gaussian_filter(rng.standard_normal(u.shape), (5, 4)))
    u, v = pixels("shoes")
    layers.add("shoes", "sole", np.clip((v - 19.5) / -2.0, 0, 1))
    u, v = pixels("hair")
    strands = gaussian_filter(rng.standard_normal(u.shape), (5, 0.6)) * 3
    layers.multiply("hair", np.clip(1 + 0.22 * strands, 0.6, 1.5))
    return {
        "base": layers.base[::-1],
        "over": layers.over[::-1],
        "mix": np.rint(np.clip(layers.mix, 0, 1) * 255).astype(np.uint8)[::-1],
        "shade": np.clip(np.rint(layers.shade * 128), 0, 255).astype(np.uint8)[::-1],
    }


def _paint_face(layers: Layers, marks: Landmarks, lips: FloatArray, beard: float, age: float) -> None:
    u, v = pixels("face")
    pitch = FACE_PITCH * marks.scale
    y = np.abs(u - 0.5 * u.max()) * pitch
    z = v * pitch - FACE_CHIN * marks.scale  # metres above the eyes
    apart, r = abs(marks.eyes[0, 1]), marks.eye_radius
    red = LinearNDInterpolator(lips[:, :2], lips[:, 2], fill_value=0.0)((u - 0.5 * u.max()) * pitch, z + marks.eye[2])
    layers.add("face", "lips", np.clip(0.9 * red, 0, 0.9))
    across = (y - apart) / r  # eye radii from the eye's centre, outwards
    arch = 1.45 + 0.25 * np.sqrt(np.clip(1 - ((across - 0.3) / 1.9) ** 2, 0, 1)) - 0.10 * np.abs(across - 0.4)
    thick = 0.30 * np.clip(1.15 - 0.35 * np.abs(across + 0.2), 0.25, 1.0)
    brow = np.clip((thick - np.abs(z / r - arch)) / 0.14, 0, 1) * np.clip((1.75 - np.abs(across - 0.15)) / 0.25, 0, 1)
    layers.add("face", "brow", 0.85 * brow)
    socket = np.exp(-((across / 1.3) ** 2 + (z / r / 0.95) ** 2))
    layers.multiply("face", 1 - 0.20 * socket)
    cheek = np.exp(-(((y - 1.3 * apart) / 0.016) ** 2 + ((z + 0.042 * marks.scale) / 0.016) ** 2))
    layers.add("face", "lips", 0.14 * cheek)
    if beard > 0:
        jaw = np.clip((-0.055 * marks.scale - z) / 0.012, 0, 1) * np.clip((0.075 - y) / 0.015, 0, 1)
        layers.add("face", "hair", beard * jaw * (1 - np.clip(3 * red, 0, 1)))
    if age > 0:
        furrow = np.exp(-(((y - 0.020 - 0.35 * np.clip(-z - 0.035, 0, 0.04)) / 0.0022) ** 2)) * (
            (z < -0.035) & (z > -0.075)
        )
        lines = sum(np.exp(-(((z - level) / 0.0016) ** 2)) for level in (0.040, 0.048, 0.056)) * (y < 0.035)
        bags = np.exp(-((across / 0.9) ** 2 + ((z / r + 1.25) / 0.25) ** 2))
        layers.multiply("face", 1 - age * (0.16 * furrow + 0.08 * lines + 0.14 * bags))
