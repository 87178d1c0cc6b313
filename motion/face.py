"""Paint faces, eyes, hair and hands (offline, used by `motion/paint.py`), and make the face of a template friendlier.

Lengths are for a head of scale 1 (0.1125 m from eye to crown) and an eyeball of 15 mm; proportions of eyes, brows and
lips after Farkas, "Anthropometry of the Head and Face", 1994.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from motion.layers import Layers, noise
from motion.raster import Surface
from motion.tailor import border
from motion.unwrap import Landmarks, hand_coordinates

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Features:
    """What is known of a face besides its shape.

    Attributes:
        lids, mouth: (V, 3) points on the rims of the lids and on the line between the lips, metres.
        nose: (3,) its tip. lips: (V, 4) x, y, z and redness in [0, 1] of points of the head.
        hair: (V, 3) points of the hair; empty for none.
        female: 0 to 1. age: years. beard: 0 none, 0.3 stubble, 1 full.
    """

    lids: FloatArray
    mouth: FloatArray
    nose: FloatArray
    lips: FloatArray
    hair: FloatArray
    female: float
    age: float
    beard: float


def _bump(distance: FloatArray, width: float) -> FloatArray:
    return np.asarray(np.exp(-((distance / width) ** 2)))


def _step(value: FloatArray, low: float, high: float) -> FloatArray:
    t = np.clip((value - low) / (high - low), 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t))


def _near(points: FloatArray, texels: FloatArray, reach: float) -> FloatArray:
    """Return metres (H, W) from texels to the nearest of points, `reach` where they are farther."""
    if not len(points):
        return np.full(texels.shape[:2], reach)
    distance = cKDTree(points).query(texels.reshape(-1, 3), distance_upper_bound=reach)[0]
    return np.asarray(np.minimum(distance, reach).reshape(texels.shape[:2]))


def paint_face(layers: Layers, surface: Surface, marks: Landmarks, features: Features) -> None:
    """Paint the head: light, blush, lips, brows, lashes, beard, lines of age, and where the hair begins."""
    size, old = marks.scale, float(np.clip((features.age - 38.0) / 40.0, 0.0, 1.0))
    place = (surface.position - marks.eye) / size
    x, z = place[..., 0], place[..., 2]
    y = np.abs(place[..., 1])
    nose = (features.nose - marks.eye) / size
    apart, r = abs(marks.eyes[0, 1]) / size, marks.eye_radius / size
    across, rise = (y - apart) / r, z / r  # from the centre of the eye, in radii, outwards and upwards
    front = _step(x, -0.075, -0.03)
    shape = y.shape
    fine, broad = noise(shape, 0.9, 1), noise(shape, 9.0, 2)

    layers.multiply("face", _light(surface.light, 0.62))
    layers.multiply("face", 1.0 + 0.010 * fine + 0.010 * broad)

    # Blush: cheeks, nose, ears, chin, lids.
    ears = (
        _step(y, 0.069, 0.076)
        * _step(x, -0.135, -0.120)
        * _step(-x, 0.045, 0.060)
        * _step(-np.abs(z + 0.005), -0.05, -0.04)
    )
    cheek = np.exp(-(((y - 0.046) / 0.017) ** 2 + ((z + 0.038) / 0.016) ** 2)) * front
    tip = _bump(np.linalg.norm(place - nose, axis=-1), 0.013)
    chin = np.exp(-((y / 0.015) ** 2 + ((z - nose[2] + 0.063) / 0.012) ** 2)) * front
    lid = np.exp(-((across / 1.15) ** 2 + ((rise - 0.15) / 0.8) ** 2)) * front
    blush = 0.34 * cheek + 0.34 * tip + 0.12 * chin + 0.22 * lid + 0.26 * ears
    layers.add("face", "blush", np.clip(blush * (1.0 + 0.25 * broad), 0.0, 0.6))
    spots = np.clip(noise(shape, 0.75, 3) - 1.1, 0.0, 0.6) * _bump(z + 0.030, 0.022) * _step(-y, -0.066, -0.03) * front
    layers.add("face", "freckle", np.where(spots > 0.05, np.clip(0.8 * spots, 0.0, 0.38), 0.0))

    # Lips, darker towards the line between them, a light on the lower one.
    red = _interpolate(features.lips, surface.position) * front
    layers.add("face", "lips", np.clip(1.5 * (red - 0.12), 0.0, 1.0) * (0.92 - 0.10 * old))
    parting = _near(features.mouth, surface.position, 0.02) / size
    layers.multiply("face", 1.0 - 0.50 * _bump(parting, 0.0017) * _step(-y, -0.029, -0.022) * front)
    layers.multiply("face", 1.0 + 0.10 * red * _bump(z - nose[2] + 0.039, 0.004) * _bump(y, 0.011))
    layers.multiply("face", 1.0 - 0.10 * _bump(z - nose[2] + 0.050, 0.0045) * _bump(y, 0.014) * front)  # below the lip

    # Nose: nostrils, the wings' creases.
    hole = place - (nose + np.array([-0.0115, 0.0, -0.0085]))
    hole = np.stack([hole[..., 0] / 0.0042, (y - 0.0070) / 0.0034, hole[..., 2] / 0.0032], axis=-1)
    layers.multiply("face", 1.0 - 0.55 * np.exp(-(hole**2).sum(axis=-1)))
    wing = np.exp(-(((y - 0.0185) / 0.0028) ** 2 + ((z - nose[2] + 0.002) / 0.008) ** 2)) * front
    layers.multiply("face", 1.0 - 0.14 * wing)

    _paint_eyes(layers, marks, features, across, rise, front)
    _paint_brows(layers, across, rise, front, features)
    if features.beard > 0.0:
        _paint_beard(layers, y, z - nose[2], x, red, features.beard, shape)
    _paint_age(layers, y, z, across, rise, nose, front, old)

    # Under the hair: roots, ending in strands.
    if len(features.hair):
        margin = _near(features.hair, surface.position, 0.05) / size
        ragged = margin + 0.0007 * noise(shape, (3.0, 0.5), 6)
        layers.add("face", "hair", 1.02 * _step(-ragged, -0.0085, -0.0015) ** 1.5 * (1.0 - ears))


def _light(seen: FloatArray, strength: float) -> FloatArray:
    """Return a factor for the share of the sky that is seen; what lies open keeps its colour."""
    return np.asarray(np.maximum(1.0 - strength * (1.0 - np.clip((seen - 0.08) / 0.72, 0.0, 1.0)) ** 1.3, 0.5))


def _interpolate(points: FloatArray, texels: FloatArray) -> FloatArray:
    """Return the values (points' last column) at texels (H, W, 3), from the four nearest points."""
    distance, index = cKDTree(points[:, :3]).query(texels.reshape(-1, 3), k=4)
    weight = 1.0 / (distance + 3e-4) ** 2
    return np.asarray(((weight * points[index, 3]).sum(axis=1) / weight.sum(axis=1)).reshape(texels.shape[:2]))


def _rim(features: Features, marks: Landmarks) -> FloatArray:
    """Return (V, 2) outwards and up from the eye's centre, in radii: the rim of the lids as one sees it from ahead."""
    aside = np.abs(features.lids[:, 1]) - abs(marks.eyes[0, 1])
    return np.stack([aside, features.lids[:, 2] - marks.eye[2]], axis=1) / marks.eye_radius


def _paint_eyes(
    layers: Layers,
    marks: Landmarks,
    features: Features,
    across: FloatArray,
    rise: FloatArray,
    front: FloatArray,
) -> None:
    """Paint lashes along the rim of the lids, the fold of the upper lid, and the shade in the corner by the nose."""
    edge = _rim(features, marks)
    rim, nearest = cKDTree(edge).query(np.stack([across, rise], axis=-1))
    upper = _step(rise - np.median(edge[:, 1]), -0.02, 0.10)
    width = (0.055 + 0.040 * features.female) * upper + 0.04 * (1.0 - upper)
    width = width * (1.0 + 0.6 * np.clip(across, 0.0, 1.0) * upper)  # longer outwards
    lash = (0.74 + 0.18 * features.female) * upper + 0.26 * (1.0 - upper)
    near = front * (np.hypot(across, rise) < 1.6) * (nearest >= 0)
    layers.add("face", "lash", lash * _step(-rim / width, -1.8, -0.8) * near)
    fold = np.abs(rise - (0.70 - 0.16 * (across - 0.1) ** 2))
    layers.multiply("face", 1.0 - 0.17 * _bump(fold, 0.09) * _step(-np.abs(across), -1.25, -0.9) * front)
    layers.multiply("face", 1.0 - 0.10 * np.exp(-(((across + 1.25) / 0.35) ** 2 + ((rise - 0.35) / 0.6) ** 2)) * front)
    layers.multiply("face", 1.0 - 0.05 * np.exp(-((across / 0.95) ** 2 + ((rise + 0.85) / 0.30) ** 2)) * front)


def _paint_brows(layers: Layers, across: FloatArray, rise: FloatArray, front: FloatArray, features: Features) -> None:
    female = features.female
    spine = np.interp(across, (-1.15, -0.5, 0.4, 1.1, 1.95), (1.40, 1.52, 1.70, 1.72, 1.50)) + 0.06 * female
    half = np.interp(across, (-1.2, -0.9, 0.0, 0.9, 2.0), (0.12, 0.25, 0.26, 0.19, 0.04)) * (1.0 - 0.38 * female)
    half = half * (1.0 if features.age > 14 else 0.75)
    away = (rise - spine) / np.maximum(half, 1e-3)
    ends = _step(across, -1.25, -0.95) * _step(-across, -2.0, -1.5)
    # Strokes rise at the inner end and lie down towards the temple.
    lean = np.clip(0.9 - 0.55 * across, 0.1, 1.4)
    phase = 38.0 * (across - (rise - spine) * lean) + 2.0 * noise(across.shape, 2.5, 4)
    strokes = 0.84 + 0.16 * np.sin(phase)
    layers.add("face", "brow", 0.92 * _step(1.25 - np.abs(away), 0.0, 0.75) * ends * strokes * front)


def _paint_beard(
    layers: Layers, y: FloatArray, z: FloatArray, x: FloatArray, red: FloatArray, beard: float, shape: tuple[int, ...]
) -> None:
    """Lay hair on chin, jaw and upper lip; `z` is above the tip of the nose."""
    cheek_line = np.interp(y, (0.0, 0.020, 0.035, 0.055, 0.070, 0.09), (-0.004, -0.010, -0.030, -0.026, 0.005, 0.03))
    inside = _step(cheek_line - z, 0.0, 0.012) * _step(z, -0.125, -0.095) * _step(x, -0.115, -0.085)
    bare = np.exp(-((y / 0.012) ** 2 + ((z + 0.049) / 0.004) ** 2)) * 0.5  # below the lower lip
    hairs = 0.92 + 0.06 * np.clip(noise((shape[0], shape[1]), (1.4, 0.6), 5), -1.5, 1.5)
    amount = np.clip(inside - bare, 0.0, 1.0) * hairs * (1.0 - np.clip(4.0 * red, 0.0, 1.0))
    layers.add("face", "stubble", amount * np.clip(1.1 * beard + 0.08, 0.0, 1.0))


def _paint_age(
    layers: Layers,
    y: FloatArray,
    z: FloatArray,
    across: FloatArray,
    rise: FloatArray,
    nose: FloatArray,
    front: FloatArray,
    old: float,
) -> None:
    """Paint furrows as soft valleys with a lit edge below; the young have a hint of them."""
    below = np.clip(nose[2] + 0.004 - z, 0.0, 0.04)
    smile = y - 0.0205 - 0.38 * below  # from the wing of the nose round the mouth
    reach = _step(nose[2] + 0.006 - z, 0.0, 0.01) * _step(z - nose[2], -0.040, -0.022)
    layers.multiply("face", 1.0 - (0.035 + 0.12 * old) * _bump(smile, 0.0030) * reach * front)
    layers.multiply("face", 1.0 + 0.05 * old * _bump(smile - 0.005, 0.004) * reach * front)
    if old <= 0.0:
        return
    wave = 0.0012 * noise(y.shape, 12.0, 7)
    for level, depth in ((0.036, 0.7), (0.044, 1.0), (0.052, 0.8)):
        line = z - level - wave + 0.10 * np.clip(y - 0.02, 0.0, 1.0)
        reach = _step(-y, -0.042, -0.025) * front
        layers.multiply(
            "face", 1.0 - old * depth * reach * (0.085 * _bump(line, 0.0018) - 0.04 * _bump(line + 0.004, 0.002))
        )
    angle = np.arctan2(rise, np.maximum(across - 0.9, 1e-3))
    crow = np.clip(np.cos(9.0 * angle), 0.0, 1.0) ** 3 * _step(across, 1.3, 1.5) * _step(-across, -2.1, -1.7)
    layers.multiply("face", 1.0 - 0.09 * old * crow * _step(-np.abs(rise), -0.8, -0.5) * front)
    frown = _bump(y - 0.0075, 0.0014) * _step(z, 0.010, 0.016) * _step(-z, -0.032, -0.024)
    layers.multiply("face", 1.0 - 0.06 * old * frown * front)
    for depth, low in ((0.11, -1.02), (0.06, -1.35)):
        bag = np.abs(rise - low - 0.18 * (across - 0.1) ** 2)
        layers.multiply("face", 1.0 - old * depth * _bump(bag, 0.11) * _step(-np.abs(across), -1.2, -0.7) * front)
    corner = _bump(y - 0.0275 - 0.1 * (nose[2] - 0.035 - z), 0.003) * _bump(z - nose[2] + 0.046, 0.008)
    layers.multiply("face", 1.0 - 0.08 * old * corner * front)


def paint_eyeball(layers: Layers, marks: Landmarks, features: Features) -> None:
    """Paint an eye seen from the front; its cell holds one radius in 0.46 of its width.

    It looks ahead and a bit down, to where the middle between its lids is.
    """
    u, v = layers.grid("eye")
    u, v = (u - 0.5) / 0.46, (v - 0.5) / 0.46
    edge = _rim(features, marks)
    middle = edge[np.abs(edge[:, 0]) < 0.45, 1]
    top, bottom = float(middle.max()), float(middle.min())
    iris = 0.0060 / marks.eye_radius * (1.15 if features.age > 12 else 1.28)  # 6 mm; children's eyes show less white
    level = min(0.5 * (top + bottom) + 0.04, top - 0.72 * iris)
    radius, angle = np.hypot(u, v - level), np.arctan2(v - level, u)
    soft = 0.045
    layers.add("eye", "blush", 0.30 * _step(np.abs(u), 0.55, 0.95))
    layers.add("eye", "iris", np.clip((iris - radius) / soft + 0.5, 0.0, 1.0))
    layers.add("eye", "rim", 1.01 * _bump(radius - iris + 0.03, 0.05) * (radius < iris))
    layers.add("eye", "dark", 1.02 * np.clip((0.40 * iris - radius) / soft + 0.5, 0.0, 1.0))
    within = radius < iris
    layers.multiply(
        "eye", 1.0 + within * (0.05 * np.sin(31 * angle) + 0.22 * _bump(v - level + 0.5 * iris, 0.5 * iris))
    )
    above = top - 0.35 * u**2 - v  # radii below the upper lid
    shade = 1.0 - 0.55 * _step(-above, -0.30, 0.02) - 0.10 * _step(-v, -bottom - 0.15, -bottom + 0.05)
    shade -= 0.14 * _step(np.abs(u), 0.45, 0.90)
    layers.multiply("eye", np.where(within, 0.35 + 0.65 * shade, shade))
    light = np.hypot(u - 0.38 * iris, v - level - 0.36 * iris)
    layers.add("eye", "glint", 1.03 * np.clip((0.085 - light) / 0.05, 0.0, 0.92))


def paint_hair(layers: Layers, surface: Surface, cut: str) -> None:
    """Paint strands of two tones, dark roots, a soft light around the crown, and a parting."""
    u, v = layers.grid("hair")
    shape = u.shape
    curl = 0.25 if cut in ("curly", "afro") else 1.0
    along = 14.0 * curl + 1.2
    strands = noise(shape, (along, 0.8), 11) * 0.6 + noise(shape, (along, 2.4), 12) * 0.6
    layers.multiply("hair", np.clip(1.0 + 0.085 * strands, 0.75, 1.25))
    layers.add("hair", "strand", np.clip(0.28 + 0.30 * noise(shape, (along, 3.5), 13), 0.0, 0.75))
    wave = 0.02 * noise(shape, (3.0, 12.0), 14)
    layers.multiply("hair", 1.0 + 0.15 * _bump(v - 0.70 - wave, 0.085) - 0.06 * _bump(v - 0.86, 0.07))
    layers.multiply("hair", _light(surface.light, 0.60) * (1.0 - 0.14 * _step(0.36 - v, 0.0, 0.36)))
    if cut in ("bob", "long", "bun", "tail"):
        line = _bump(u - 0.004, 0.010) * _step(v, 0.68, 0.74)
        layers.multiply("hair", 1.0 - 0.32 * line)


def paint_hands(layers: Layers, surface: Surface, joints: FloatArray, tips: FloatArray) -> None:
    """Paint bare arms and hands: light, redder knuckles, nails, paler palms."""
    u, v = layers.grid("arm")
    place = surface.position
    ahead = hand_coordinates(place.reshape(-1, 3), joints)[1]
    ahead, hand = ahead.reshape(u.shape), v > 0.57
    palm = hand & (u > 0.5)
    length = float(np.linalg.norm(tips - joints[20], axis=1).max()) if len(tips) else 0.18
    layers.multiply("arm", _light(surface.light, 0.55))
    layers.multiply("arm", 1.0 + 0.02 * noise(u.shape, 1.0, 21) + 0.02 * noise(u.shape, 7.0, 22))
    layers.add("arm", "palm", 0.85 * palm * _step(ahead, 0.0, 0.03))
    knuckles = np.sum([_bump(ahead - share * length, 0.007) for share in (0.50, 0.70, 0.85)], axis=0)
    layers.add("arm", "blush", 0.42 * np.clip(knuckles, 0.0, 1.0) * (hand & ~palm))
    bend = np.sum([_bump(ahead - share * length, 0.0016) for share in (0.69, 0.71, 0.85)], axis=0)
    layers.multiply("arm", 1.0 - 0.08 * bend * hand)
    mirrored = place * np.where(place[..., 1:2] < 0, [1.0, -1.0, 1.0], 1.0)
    if len(tips):
        wrist = joints[20]
        centres = tips - 0.0055 * (tips - wrist) / np.linalg.norm(tips - wrist, axis=1, keepdims=True)
        near = _near(centres, mirrored, 0.02)
        layers.add("arm", "nail", 0.75 * np.clip((0.0062 - near) / 0.0025, 0.0, 1.0) * (hand & ~palm))


def find_tips(vertices: FloatArray, joints: FloatArray) -> FloatArray:
    """Return (V, 3) the tips of the fingers of the left hand: the points farthest from the wrist around themselves."""
    wrist = joints[20]
    reach = np.linalg.norm(vertices - wrist, axis=1)
    hand = vertices[(vertices[:, 1] > 0) & (reach < 0.25) & (reach > 0.085)]
    if not len(hand):
        return np.zeros((0, 3))
    reach = np.linalg.norm(hand - wrist, axis=1)
    near = cKDTree(hand).query_ball_point(hand, 0.013)
    best = np.array([reach[index].max() for index in near])
    return np.asarray(hand[reach >= best - 1e-9])


def paint_legs(layers: Layers, surface: Surface, joints: FloatArray) -> None:
    """Paint bare legs: light, redder knees, a shin's sheen."""
    u, _ = layers.grid("leg")
    height = surface.position[..., 2]
    knee = _bump(height - joints[4, 2] + 0.01, 0.035) * _bump(u, 0.22)
    layers.multiply("leg", _light(surface.light, 0.6) * (1.0 + 0.02 * noise(u.shape, 6.0, 31)))
    layers.add("leg", "blush", 0.30 * knee)
    layers.multiply("leg", 1.0 - 0.06 * _bump(height - joints[4, 2] + 0.05, 0.012) * _bump(u, 0.25))


def calm_face(
    vertices: FloatArray, faces: npt.NDArray[np.int64], marks: Landmarks
) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Return vertices and faces of a template's skin with a friendlier mouth and closed lips."""
    calm = brighten(vertices, marks, 3.6)
    return calm, close_mouth(calm, faces, marks)


def brighten(vertices: FloatArray, marks: Landmarks, millimetres: float) -> FloatArray:
    """Return vertices with the corners of the mouth lifted a little: the faces of the template rest with them down."""
    place = (vertices - marks.eye) / marks.scale
    y = np.abs(place[:, 1])
    lift = _bump(y - 0.027, 0.011) * _bump(place[:, 2] + 0.072, 0.016) * _step(place[:, 0], -0.05, -0.01)
    result = vertices.copy()
    result[:, 2] += 1e-3 * millimetres * marks.scale * lift
    result[:, 1] += 0.35e-3 * millimetres * marks.scale * lift * np.sign(place[:, 1])
    return result


def close_mouth(vertices: FloatArray, faces: npt.NDArray[np.int64], marks: Landmarks) -> npt.NDArray[np.int64]:
    """Return faces (F, 3) with the gap between the lips closed by a strip from one corner to the other."""
    follow = dict(border(faces).tolist())
    place = (vertices - marks.eye) / marks.scale
    mouth = (np.abs(place[:, 1]) < 0.035) & (place[:, 2] < -0.045) & (place[:, 2] > -0.10) & (place[:, 0] > -0.04)
    starts = [v for v in follow if mouth[v]]
    if not starts:
        return faces
    start = max(starts, key=lambda v: float(vertices[v, 1]))
    loop = [start]
    while follow[loop[-1]] != start:
        loop.append(follow[loop[-1]])
    strip, low, high = [], 0, len(loop)
    while high - low > 2:  # against the sense of the loop, as the faces around it
        strip.append((loop[(low + 1) % len(loop)], loop[low], loop[high % len(loop)]))
        low += 1
        if high - low > 2:
            strip.append((loop[low], loop[high % len(loop)], loop[high - 1]))
            high -= 1
    return np.concatenate([faces, np.array(strip, dtype=np.int64)])
