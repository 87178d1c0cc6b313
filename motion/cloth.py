"""Paint clothes and shoes: light, folds, seams, pockets, buttons, soles (offline, used by `motion/paint.py`)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from motion.clip import JOINT_NAMES
from motion.layers import Layers, noise
from motion.palette import CELLS
from motion.raster import Surface
from motion.unwrap import Landmarks, arm_coordinates

FloatArray = npt.NDArray[np.float64]

BUTTONED = ("shirt", "blouse", "cardigan", "coat", "blazer", "suit jacket", "open shirt", "open coat")
RIBBED = ("jumper", "cardigan", "hoodie", "jacket")
DENIM = ("jeans",)
STITCH = 0.0013  # m, half the width of a seam as painted: wider than a thread, so that it survives a metre away


def bump(distance: FloatArray, width: float) -> FloatArray:
    """Return a bell of height 1 over `distance`."""
    return np.asarray(np.exp(-((distance / width) ** 2)))


def step(value: FloatArray, low: float, high: float) -> FloatArray:
    """Return 0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((value - low) / (high - low), 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t))


def light(seen: FloatArray, strength: float) -> FloatArray:
    """Return a factor for the share of the sky that is seen; what lies open keeps its colour, nothing is black."""
    return np.asarray(np.maximum(1.0 - strength * (1.0 - np.clip((seen - 0.08) / 0.72, 0.0, 1.0)) ** 1.3, 0.52))


def folds(shape: tuple[int, ...], scale: tuple[float, float], tilt: float, seed: int) -> FloatArray:
    """Return the light on folds, about -1 to 1: `scale` pixels along rows and columns, sheared by `tilt`."""
    height = noise(shape, scale, seed)
    rows = np.arange(shape[0])[:, None]
    columns = (np.arange(shape[1])[None, :] + np.rint(tilt * rows).astype(int)) % shape[1]
    height = height[rows, columns]
    sharp = np.sign(height) * np.abs(height) ** 0.8
    across = np.gradient(sharp, axis=0 if scale[0] < scale[1] else 1)
    return np.asarray(np.clip(across / (2.0 * across.std()), -1.3, 1.3))


def seam(layers: Layers, cell: str, distance: FloatArray, where: FloatArray | float = 1.0, depth: float = 0.22) -> None:
    """Paint a seam where `distance` (h, w), metres, is 0: a dark line with a lit lip beside it."""
    layers.multiply(cell, 1.0 - depth * bump(distance, STITCH * 1.6) * where)
    layers.multiply(cell, 1.0 + 0.35 * depth * bump(distance - 3.5 * STITCH, STITCH * 1.6) * where)


def stitch(layers: Layers, cell: str, distance: FloatArray, where: FloatArray | float = 1.0) -> None:
    """Paint a line of thread where `distance` is 0."""
    layers.add(cell, "trim", 0.62 * np.clip(1.7 - np.abs(distance) / STITCH, 0.0, 1.0) * where)


def paint_trunk(layers: Layers, cell: str, surface: Surface, marks: Landmarks, kind: str, female: bool) -> None:
    """Paint the trunk of an upper garment."""
    x, y, z = np.moveaxis(surface.position, -1, 0)
    front = step(x - marks.spine, 0.0, 0.04)
    side = np.abs(y)
    shape = y.shape
    layers.multiply(cell, light(surface.light, 0.66))
    height = (z - marks.hem) / (marks.collar - marks.hem)
    hang = folds(shape, (26.0, 4.5), 0.15, 41) * (0.35 + 0.65 * step(-height, -0.75, -0.2))
    waist = folds(shape, (3.6, 22.0), 0.0, 42) * bump(z - marks.waist - 0.02, 0.07)
    armpit = folds(shape, (7.0, 7.0), 0.6, 43) * bump(height - 0.72, 0.16) * step(side, 0.07, 0.15)
    stiff = 0.6 if kind in ("coat", "blazer", "suit jacket", "open coat") else 1.0
    layers.multiply(cell, 1.0 + stiff * (0.060 * hang + 0.055 * waist + 0.055 * armpit))
    seam(layers, cell, x - marks.spine + 0.01, step(side, 0.05, 0.09) * (z < marks.waist + 0.22), 0.14)
    hem = z - marks.hem
    if kind in RIBBED:
        _rib(layers, cell, hem, 0.055, 0.14)
    else:
        seam(layers, cell, hem - 0.022, 1.0, 0.16)
    _paint_collar(layers, cell, surface, marks, kind, front)
    if kind in BUTTONED:
        _paint_buttons(layers, cell, y, z, hem, marks, front, kind, female)
    if kind in ("coat", "open coat", "blazer", "suit jacket", "cardigan", "jacket"):
        low = marks.waist - 0.045 if kind in ("coat", "open coat") else marks.hem + 0.13
        flap = (side > 0.075) & (side < 0.155)
        seam(layers, cell, z - low - 0.25 * (side - 0.115), front * flap, 0.30)
        if kind in ("blazer", "suit jacket"):
            seam(layers, cell, z - low + 0.045 - 0.25 * (side - 0.115), front * flap, 0.16)
    if kind in ("shirt", "open shirt", "blazer", "suit jacket"):
        box = np.maximum(np.abs(y - 0.085) - 0.048, np.abs(z - marks.collar + 0.215) - 0.06)
        if kind in ("blazer", "suit jacket"):
            box = np.where(np.abs(y - 0.085) < 0.048, z - marks.collar + 0.175, 1.0)
        seam(layers, cell, box, front, 0.16)
    if kind == "hoodie":
        pouch = np.maximum(
            side - 0.145 + 0.5 * np.clip(z - marks.hem - 0.10, 0.0, 0.1), np.abs(z - hem_middle(marks)) - 0.075
        )
        seam(layers, cell, pouch, front, 0.24)
        for string in (0.028,):
            cord = np.abs(side - string) / 0.0028
            layers.add(
                cell, "lace", 0.85 * np.clip(1.5 - cord, 0.0, 1.0) * front * step(height, 0.62, 0.64) * (height < 0.93)
            )
    if kind == "T-shirt":
        _paint_print(layers, cell, y, z - marks.collar + 0.20, front)


def _paint_print(layers: Layers, cell: str, y: FloatArray, z: FloatArray, front: FloatArray) -> None:
    """Paint a sun that sets behind bars, and a line that could be a name; it shows where a palette has a print."""
    size = 0.075
    disc = np.clip((size - np.hypot(y, z)) / 0.003, 0.0, 1.0)
    bars = np.where(z > -0.01, 1.0, step(np.abs((z + 0.5) % 0.016 - 0.008), 0.0022, 0.0045))
    letters = (np.abs(z + 0.100) < 0.009) & (np.abs(y) < 0.085) & ((y * 1000.0) % 14.0 < 9.5)
    layers.add(cell, "print", 0.9 * np.maximum(disc * bars, letters) * front)


def hem_middle(marks: Landmarks) -> float:
    """Return the height of a pouch at the belly."""
    return marks.hem + 0.145


def _rib(layers: Layers, cell: str, distance: FloatArray, width: float, depth: float) -> None:
    u, _ = layers.grid(cell)
    left, _, right, _ = CELLS[cell]
    inside = step(-distance, -width, -width + 0.004)
    layers.multiply(cell, 1.0 - 0.07 * inside * (0.5 + 0.5 * np.sin(u * (right - left) * 2.1)))
    seam(layers, cell, distance - width, 1.0, depth)


def _paint_collar(layers: Layers, cell: str, surface: Surface, marks: Landmarks, kind: str, front: FloatArray) -> None:
    """Paint the band round the neck and, on jackets, the edges of lapels."""
    x, y, z = np.moveaxis(surface.position, -1, 0)
    plane = z + 0.45 * (x - marks.spine)
    covered = surface.covered & (np.abs(y) < 0.1)
    top = float(np.percentile(plane[covered], 99.7)) if covered.any() else marks.collar
    below = (top - plane) / 1.1
    if kind in ("T-shirt", "jumper", "dress", "blouse", "crew"):
        seam(layers, cell, below - 0.024, 1.0, 0.22)
        layers.multiply(cell, 1.0 + 0.04 * (below < 0.022))
    elif kind in ("shirt", "open shirt", "coat", "open coat", "hoodie", "jacket"):
        point = 0.045 + 0.030 * bump(np.abs(y) - 0.045, 0.030) * front
        seam(layers, cell, below - point, 1.0, 0.30)
        layers.multiply(cell, 1.0 + 0.05 * (below < point))
    if kind in ("blazer", "suit jacket", "coat", "open coat"):
        fall = marks.collar - z
        edge = np.abs(y) - np.interp(fall, (0.0, 0.05, 0.09, 0.10, 0.30), (0.055, 0.090, 0.105, 0.085, 0.012))
        seam(layers, cell, edge, front * (fall < 0.30), 0.34)
        layers.multiply(cell, 1.0 + 0.05 * (edge < 0.0) * (fall < 0.30) * front)


def _paint_buttons(
    layers: Layers,
    cell: str,
    y: FloatArray,
    z: FloatArray,
    hem: FloatArray,
    marks: Landmarks,
    front: FloatArray,
    kind: str,
    female: bool,
) -> None:
    """Paint the placket and its buttons, on the side that men and women have them."""
    small = kind in ("shirt", "blouse", "open shirt", "cardigan")
    pitch, size = (0.085, 0.0052) if small else (0.115, 0.0095)
    edge = (0.014 if small else 0.045) * (-1.0 if female else 1.0)
    top = marks.collar - (0.035 if small else 0.29 if kind in ("blazer", "suit jacket") else 0.14)
    shut = front * (hem > 0.0)
    seam(layers, cell, (y - edge) * np.sign(edge), shut, 0.26)
    if kind in ("blouse", "shirt"):
        seam(layers, cell, (y + edge) * -np.sign(edge), shut, 0.12)
    row = (top - z + 0.5 * pitch) % pitch - 0.5 * pitch
    disc = np.hypot(y, row)
    last = hem > (0.06 if small else 0.22)
    where = shut * last * (z < top + 0.02)
    button = "inner_button" if cell == "inner" else "button"
    layers.add(cell, button, 0.95 * np.clip((size - disc) / 0.0016 + 0.5, 0.0, 1.0) * where)
    layers.multiply(cell, 1.0 - 0.25 * bump(np.hypot(y, row + 0.0016) - size, 0.0016) * where)


def paint_sleeve(layers: Layers, cell: str, surface: Surface, joints: FloatArray, kind: str) -> None:
    """Paint both sleeves."""
    along, around = (a.reshape(surface.light.shape) for a in arm_coordinates(surface.position.reshape(-1, 3), joints))
    shape = along.shape
    arm = [joints[JOINT_NAMES.index(f"left_{name}")] for name in ("shoulder", "elbow", "wrist")]
    lengths = np.linalg.norm(np.diff(arm, axis=0), axis=1)
    end = float(np.percentile(along[surface.covered], 99.5)) if surface.covered.any() else 2.0
    cuff = (end - along) * lengths[1 if end > 1.0 else 0]  # metres from the end
    layers.multiply(cell, light(surface.light, 0.62))
    bent = folds(shape, (3.2, 14.0), 0.25, 51) * bump(along - 1.0, 0.30)
    pushed = folds(shape, (2.8, 16.0), 0.15, 52) * bump(cuff - 0.05, 0.07) * (end > 1.3)
    long = folds(shape, (22.0, 7.0), 0.3, 53)
    stiff = 0.7 if kind in ("coat", "blazer", "suit jacket", "open coat") else 1.0
    layers.multiply(cell, 1.0 + stiff * (0.10 * bent + 0.08 * pushed + 0.045 * long))
    seam(layers, cell, (np.pi - around) * 0.05 - 0.004, 1.0, 0.14)
    if kind in RIBBED:
        _rib(layers, cell, cuff, 0.055, 0.18)
    elif kind in ("shirt", "blouse", "open shirt") and end > 1.3:
        seam(layers, cell, cuff - 0.055, 1.0, 0.26)
        disc = np.hypot(cuff - 0.028, (around - 2.2) * 0.035)
        layers.add(cell, "button", 0.9 * np.clip((0.0055 - disc) / 0.002 + 0.5, 0.0, 1.0))
    else:
        seam(layers, cell, cuff - 0.020, 1.0, 0.18)
        if kind in ("coat", "blazer", "suit jacket", "open coat"):
            for place in (0.03, 0.055, 0.08):
                disc = np.hypot(cuff - place, (around - 2.2) * 0.035)
                layers.add(cell, "button", 0.9 * np.clip((0.0065 - disc) / 0.002 + 0.5, 0.0, 1.0))
    shoulder = along - float(np.percentile(along[surface.covered], 3)) if surface.covered.any() else along
    seam(layers, cell, shoulder * lengths[0] - 0.01, 1.0, 0.18)


def paint_trousers(layers: Layers, surface: Surface, marks: Landmarks, joints: FloatArray, kind: str) -> None:
    """Paint trousers, jeans, leggings or shorts."""
    cell = "lower"
    u, _ = layers.grid(cell)
    _x, y, z = np.moveaxis(surface.position, -1, 0)
    side, shape = np.abs(y), y.shape
    knee, hip = joints[4], joints[1]
    front = step(0.5 - u, -0.02, 0.06)
    layers.multiply(cell, light(surface.light, 0.66))
    tight = 0.45 if kind == "leggings" else 1.0
    bent = folds(shape, (3.2, 18.0), 0.2, 61) * bump(z - knee[2], 0.09)
    crotch = folds(shape, (4.0, 12.0), -0.5, 62) * bump(z - hip[2] + 0.02, 0.085) * front
    ankle = folds(shape, (2.8, 20.0), 0.15, 63) * bump(z - marks.ankle - 0.03, 0.075)
    long = folds(shape, (34.0, 7.0), 0.1, 64)
    layers.multiply(cell, 1.0 + tight * (0.10 * bent + 0.085 * crotch + 0.10 * ankle + 0.05 * long))
    if kind == "leggings":
        return
    ends = float(np.percentile(z[surface.covered], 0.5)) if surface.covered.any() else marks.ankle
    seam(layers, cell, (u - 0.5) * 0.22, 1.0, 0.24)
    seam(layers, cell, z - ends - 0.022, 1.0, 0.22)
    fly = bump(side - 0.004, 0.0025) * (z > hip[2] - 0.03) * front
    layers.multiply(cell, 1.0 - 0.22 * fly)
    top = marks.waist - 0.01
    pocket = side - (hip[1] + 0.055) + 0.55 * (z - top + 0.10)
    inside = front * (z < top) * (z > top - 0.17)
    seam(layers, cell, pocket, inside, 0.26)
    behind = np.maximum(np.abs(side - 0.085) - 0.058, np.abs(z - hip[2] - 0.02) - 0.068) * 1.0
    back = step(u, 0.55, 0.65)
    seam(layers, cell, behind, back, 0.22)
    seam(layers, cell, side - 0.002, back * (z > hip[2] - 0.05), 0.2)
    if kind in DENIM:
        for offset in (-0.006, 0.006):
            stitch(layers, cell, (u - 0.5) * 0.22 - offset, step(u, 0.49, 0.51))
        stitch(layers, cell, z - ends - 0.026)
        stitch(layers, cell, pocket - 0.007, inside)
        stitch(layers, cell, behind + 0.006, back)
        stitch(layers, cell, side - 0.028, front * (z > hip[2] + 0.01))
        worn = bump(u, 0.22) * (bump(z - 0.5 * (knee[2] + hip[2]), 0.16) + 0.7 * bump(z - knee[2], 0.07))
        worn = worn + 0.8 * bump(u - 1.0, 0.25) * bump(z - hip[2] + 0.06, 0.10)
        layers.add(cell, "fade", np.clip(0.55 * worn * (1.0 + 0.25 * noise(shape, 3.0, 65)), 0.0, 0.7))
    elif kind in ("trousers", "suit trousers"):
        layers.multiply(cell, 1.0 + 0.07 * bump(u - 0.03, 0.02) * (z < hip[2] - 0.08))


def paint_skirt(layers: Layers, surface: Surface, marks: Landmarks) -> None:
    """Paint a skirt: folds that open downwards, a hem, a side seam."""
    u, _ = layers.grid("skirt")
    z = surface.position[..., 2]
    low = float(z[surface.covered].min()) if surface.covered.any() else 0.0
    fall = np.clip((marks.waist - z) / max(marks.waist - low, 0.1), 0.0, 1.0)
    layers.multiply("skirt", light(surface.light, 0.5))
    layers.multiply("skirt", 1.0 + (0.03 + 0.09 * fall) * folds(z.shape, (60.0, 4.5), 0.0, 71))
    seam(layers, "skirt", z - low - 0.022, 1.0, 0.20)
    seam(layers, "skirt", (u - 0.5) * 0.5, 1.0, 0.16)


def paint_shoes(layers: Layers, surface: Surface, kind: str) -> None:
    """Paint shoes: sole, welt, toe cap, laces."""
    x, _y, z = np.moveaxis(surface.position, -1, 0)
    _, v = layers.grid("shoes")
    covered = surface.covered
    toe = float(x[covered].max()) if covered.any() else 0.2
    heel = float(x[covered].min()) if covered.any() else -0.1
    sneaker = kind == "sneakers"
    sole = 0.026 if sneaker else 0.018
    layers.multiply("shoes", light(surface.light, 0.35))
    layers.add("shoes", "sole", np.clip((sole - z) / 0.002 + 0.5, 0.0, 1.0))
    layers.multiply("shoes", 1.0 - 0.30 * bump(z - sole, 0.0018))
    ahead = toe - x
    seam(layers, "shoes", ahead - 0.062, (z > sole) * 1.0, 0.26)
    layers.multiply("shoes", 1.0 + 0.10 * bump(ahead - 0.035, 0.02) * step(v, 0.7, 0.95))
    if kind != "boots":
        seam(layers, "shoes", x - heel - 0.065, (z > sole) * 1.0, 0.18)
        lace = (ahead > 0.075) & (ahead < 0.150)
        tongue = lace * step(v, 0.86, 0.90)
        layers.multiply("shoes", 1.0 - 0.18 * tongue)
        row = np.abs((ahead - 0.083) % 0.014 - 0.007) / 0.0022
        layers.add("shoes", "lace", 0.9 * np.clip(1.6 - row, 0.0, 1.0) * tongue)
    else:
        crease = np.abs(ahead - 0.10) % 0.012 - 0.006
        layers.multiply("shoes", 1.0 - 0.12 * bump(crease, 0.0022) * bump(ahead - 0.105, 0.03) * step(v, 0.55, 0.8))
    if sneaker:
        stripe = (x - heel - 0.115 + 0.55 * (z - 0.05)) % 0.022 - 0.011
        where = (np.abs(x - heel - 0.125) < 0.033) * (z > sole + 0.008) * (z < 0.075) * (v < 0.82)
        layers.add("shoes", "lace", 0.8 * np.clip(1.6 - np.abs(stripe) / 0.003, 0.0, 1.0) * where)
