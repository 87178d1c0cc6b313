"""Paint the texture layers of a baked body (offline, used by `motion/bake.py`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from motion import cloth, face
from motion.layers import Layers, noise
from motion.palette import CELLS
from motion.people import Person
from motion.raster import draw_surface, even_out, sky_light
from motion.tailor import Piece, border, normals
from motion.unwrap import Landmarks, unwrap

FloatArray = npt.NDArray[np.float64]


def paint(
    pieces: Sequence[Piece], person: Person, marks: Landmarks, joints: FloatArray, lips: FloatArray
) -> dict[str, npt.NDArray[np.uint8]]:
    """Return the layers `base, over, mix, shade` (HEIGHT, WIDTH), row 0 at the top.

    Args:
        pieces: shells of the body before they are simplified. person: whom they make. marks, joints: of the body.
        lips: (V, 4) x, y, z and redness in [0, 1] of points of the head.
    """
    layers = Layers.blank()
    parts = [part for piece in pieces for part in unwrap(piece, marks, joints)]
    surface = draw_surface(parts, _light(pieces, parts, marks))
    window = {cell: surface.window(box) for cell, box in CELLS.items()}
    used = {cell for cell, view in window.items() if view.covered.any()}
    by_material = {piece.material: piece for piece in pieces}
    head = by_material["face"]
    hands = by_material["hands"].vertices if "hands" in by_material else np.zeros((0, 3))
    hair = [piece.vertices for piece in pieces if piece.material == "hair"]
    tips = face.find_tips(hands, joints)
    features = _features(head, hair, person, marks, lips)
    face.paint_face(layers, window["face"], marks, features)
    face.paint_eyeball(layers, marks, features)
    if "hair" in used:
        face.paint_hair(layers, window["hair"], person.cut)
    if "arm" in used:
        face.paint_hands(layers, window["arm"], joints, tips)
    if "leg" in used:
        face.paint_legs(layers, window["leg"], joints)
    female = person.gender > 0.5
    inner = "shirt" if person.upper in ("suit jacket", "blazer") or not female else "crew"
    if "upper" in used:
        cloth.paint_trunk(layers, "upper", window["upper"], marks, person.upper, female)
    if "sleeve" in used:
        cloth.paint_sleeve(layers, "sleeve", window["sleeve"], joints, person.upper)
    if "inner" in used:
        cloth.paint_trunk(layers, "inner", window["inner"], marks, inner, female)
    if "inner_sleeve" in used:
        cloth.paint_sleeve(layers, "inner_sleeve", window["inner_sleeve"], joints, inner)
    if "lower" in used:
        cloth.paint_trousers(layers, window["lower"], marks, joints, person.lower)
    if "skirt" in used:
        cloth.paint_skirt(layers, window["skirt"], marks)
    if "shoes" in used:
        cloth.paint_shoes(layers, window["shoes"], person.shoes)
    for cell in used & {"scarf", "hat", "bag", "accessory", "lining"}:
        layers.multiply(cell, 1.0 + 0.03 * noise(window[cell].light.shape, 2.0, 81))
    return layers.store()


def _light(pieces: Sequence[Piece], parts: Sequence[tuple[Piece, FloatArray]], marks: Landmarks) -> list[FloatArray]:
    """Return for every part the share of the sky that its vertices see, finer on the head."""
    points = np.concatenate([part.vertices for part, _ in parts])
    directions = np.concatenate([normals(part.vertices, part.faces) for part, _ in parts])
    seen = sky_light(list(pieces), points, directions, 0.007)
    top = [_above(piece, marks.eye[2] - 0.30 * marks.scale) for piece in pieces]
    head = points[:, 2] > marks.eye[2] - 0.18 * marks.scale
    seen[head] = sky_light([piece for piece in top if len(piece.faces)], points[head], directions[head], 0.0022)
    split = np.split(seen, np.cumsum([len(part.vertices) for part, _ in parts])[:-1])
    return [
        even_out(values, part.faces, 3 if part.material == "face" else 8)
        for values, (part, _) in zip(split, parts, strict=True)
    ]


def _above(piece: Piece, height: float) -> Piece:
    return replace(piece, faces=piece.faces[(piece.vertices[piece.faces, 2] > height).any(axis=1)])


def _features(
    head: Piece, hair: Sequence[FloatArray], person: Person, marks: Landmarks, lips: FloatArray
) -> face.Features:
    edge = head.vertices[np.unique(border(head.faces))]
    place = (edge - marks.eye) / marks.scale
    lids = np.linalg.norm(edge[:, None] - marks.eyes[None], axis=-1).min(axis=1) < 1.7 * marks.eye_radius
    middle = head.vertices[np.abs(head.vertices[:, 1]) < 0.004]
    nose = middle[np.argmax(middle[:, 0])]
    mouth = (np.abs(place[:, 1]) < 0.035) & (place[:, 0] > -0.03) & (place[:, 2] < -0.045) & (place[:, 2] > -0.10)
    return face.Features(
        lids=edge[lids], mouth=edge[mouth & ~lids], nose=nose, lips=lips,
        hair=np.concatenate(hair) if hair else np.zeros((0, 3)),
        female=person.gender, age=person.age, beard=person.beard,
    )  # fmt: skip
