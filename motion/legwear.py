"""How trousers, leggings, shorts and shoes are cut (offline, for `bake.py`)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from motion.clip import JOINT_NAMES
from motion.garments import CUTS, LEG, along_arm, crumple, ease_in, limb
from motion.people import Person
from motion.tailor import (
    Piece,
    Template,
    border,
    clear,
    clip,
    extend,
    inflate,
    join,
    loft,
    normals,
    patch,
    reach,
    rim,
    smooth,
    subdivide,
)  # fmt: skip

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class LegCut:
    """How legs are cut; lengths in metres for a person of 1.75 m.

    Attributes:
        end: where legs end, 0 hip, 1 knee, 2 ankle. ease: off the body. room: least radii at hip, knee and ankle.
        crease: depth of pressed creases. folds: depth of wrinkles. stack: how far the cloth stacks up at the shoe.
    """

    end: float = 2.0
    ease: float = 0.008
    room: tuple[float, float, float] = (0.0, 0.074, 0.074)
    crease: float = 0.0
    folds: float = 0.004
    stack: float = 0.002


LEGS: dict[str, LegCut] = {
    "jeans": LegCut(ease=0.007, room=(0.0, 0.070, 0.068), folds=0.0035, stack=0.003),
    "trousers": LegCut(ease=0.011, room=(0.0, 0.080, 0.080), folds=0.003, stack=0.002, crease=0.004),
    "suit trousers": LegCut(ease=0.012, room=(0.0, 0.082, 0.082), folds=0.002, stack=0.002, crease=0.007),
    "leggings": LegCut(end=1.93, ease=0.003, room=(0.0, 0.0, 0.0), folds=0.002, stack=0.0),
    "shorts": LegCut(end=0.88, ease=0.014, room=(0.0, 0.105, 0.105), folds=0.005, stack=0.0),
}


def _stiff_hem(weights: FloatArray) -> FloatArray:
    """Let trouser legs follow the shank where they hang over the foot."""
    result = weights.copy()
    for side in ("left", "right"):
        knee, ankle, foot = (JOINT_NAMES.index(f"{side}_{name}") for name in ("knee", "ankle", "foot"))
        result[:, knee] += result[:, ankle] + result[:, foot]
        result[:, [ankle, foot]] = 0.0
    return result


def cut_legs(template: Template, person: Person, top: float, belted: bool) -> list[Piece]:
    """Return trousers, leggings or shorts up to `top` metres, where a belt or another garment holds or hides them."""
    cut, size = LEGS[person.lower], person.height / 1.75
    tights = template.piece("tights", "lower")
    place, _ = limb(template, tights.vertices, LEG)
    trunk = along_arm(template, tights.vertices) < 0.0
    inside = np.minimum(top + 0.03 - tights.vertices[:, 2], np.where(trunk, 1.0, -1.0))
    legs = subdivide(clip(tights, np.minimum(inside, cut.end + 0.15 - place)))
    place, _ = limb(template, legs.vertices, LEG)
    end = min(cut.end, 1.93)
    legs = clip(legs, np.minimum(top - legs.vertices[:, 2], end - place))
    legs = smooth(legs, 6 if cut.ease > 0.005 else 2)
    hidden = np.interp(legs.vertices[:, 2], [top - 0.10 * size, top - 0.03 * size], [1.0, 0.5 if belted else 0.2])
    legs = inflate(legs, cut.ease * size * hidden)
    points = legs.vertices.copy()
    hip, knee = template.joint("left_hip"), template.joint("left_knee")
    # cloth spans the crotch
    if cut.ease > 0.005:
        crotch = hip[2] - 0.085 * size
        near = np.exp(-((points[:, 1] / (0.035 * size)) ** 2)) * (points[:, 2] < hip[2])
        under = np.exp(-(((points[:, 2] - crotch) / (0.05 * size)) ** 2))
        points[:, 2] -= 0.022 * size * near * under
    place, axis = limb(template, points, LEG)
    offset = (points - axis) * [1.0, 1.0, 0.0]
    distance = np.linalg.norm(offset, axis=1)
    thigh = np.interp(0.45, [0, 1], [0.0, 1.0])
    room = np.interp(place, [thigh, 1.0, 2.0], [0.0, cut.room[1], cut.room[2]]) * size
    if person.lower == "shorts":
        room = np.interp(place, [0.3, 0.9], [0.0, cut.room[1]]) * size
    share = ease_in((place - 0.3) / 0.3)
    grown = np.maximum(distance, room)
    angle = np.arctan2(offset[:, 1], offset[:, 0])
    if cut.crease:
        grown = grown + cut.crease * size * share * np.maximum(np.abs(np.cos(angle)), 0) ** 12
    points = points + offset / np.maximum(distance, 1e-6)[:, None] * (share * (grown - distance))[:, None]
    bend = np.exp(-(((place - 1.03) / 0.14) ** 2)) + 0.7 * np.exp(-(((place - 0.12) / 0.16) ** 2)) * hidden
    low = ease_in((place - 1.6) / 0.25)
    ripple = np.sin(points[:, 2] / (0.042 * size) * 2 * np.pi + 1.6 * np.sin(angle + person.age))
    depth = cut.folds * bend * crumple(points, 0.085 * size, person.age) + cut.stack * low * ripple
    points = points + normals(points, legs.faces) * (depth * size)[:, None]
    bare = template.piece("tights", "lower")
    legs = clear(
        replace(legs, vertices=points), bare.vertices, normals(bare.vertices, bare.faces), 0.5 * cut.ease * size
    )
    if cut.end >= 2.0:  # down over the shoe
        edges = border(legs.faces)
        edges = edges[(legs.vertices[edges, 2] < knee[2] - 0.2 * size).all(axis=1)]
        ring = legs.vertices[np.unique(edges)]
        rows = np.empty((4, len(ring), 3))
        side = np.where(ring[:, 1:2] >= 0, 1.0, -1.0)
        ankle = template.joint("left_ankle")
        centre = np.where(side > 0, ankle[:2], ankle[:2] * [1.0, -1.0])
        around = ring[:, :2] - centre
        span = np.linalg.norm(around, axis=1, keepdims=True)
        # the front rests on the shoe, the back comes lower
        ahead = around[:, 0] / span[:, 0]
        floor = (0.052 + 0.022 * np.clip(ahead, 0, 1)) * size
        for row, t in enumerate((0.25, 0.5, 0.75, 1.0)):
            wide = np.maximum(span, cut.room[2] * size * (1 + 0.05 * t))
            z = ring[:, 2] + t * (floor - ring[:, 2])
            wave = 1 + 0.03 * (cut.stack > 0) * np.sin(2.2 * np.pi * t + 0.7 * np.sign(ahead))
            rows[row] = np.column_stack([centre + around / span * wide * wave[:, None], z])
        nearest = np.repeat(legs.weights[np.unique(edges)][None], 4, axis=0)
        legs = extend(legs, edges, rows, nearest)
        legs = replace(legs, weights=_stiff_hem(legs.weights))
    return [rim(legs, 0.012)]


def cut_bare(template: Template, low: float, high: float) -> Piece:
    """Return legs without trousers between two heights, metres."""
    tights = template.piece("tights", "leg", 0.8)
    height = tights.vertices[:, 2]
    trunk = along_arm(template, tights.vertices) < 0.0
    return clip(tights, np.minimum(np.minimum(high - height, height - low), np.where(trunk, 1.0, -1.0)))


# Shoes: how high they reach above the ankle joint, thickness of the sole's edge and of its heel, metres at 1.75 m.
SHOES: dict[str, tuple[float, float, float]] = {
    "sneakers": (-0.004, 0.030, 0.0),
    "shoes": (-0.012, 0.017, 0.011),
    "boots": (0.095, 0.022, 0.014),
}


def cut_shoes(template: Template, person: Person) -> list[Piece]:
    """Return a pair of shoes: uppers and soles with heels."""
    collar, edge, heel = (value * person.height / 1.75 for value in SHOES[person.shoes])
    ankle = template.joint("left_ankle")
    tights = template.piece("tights", "shoes", 2.0)
    height = tights.vertices[:, 2]
    lean = 0.25 * (tights.vertices[:, 0] - ankle[0])  # higher over the instep
    shoes = subdivide(clip(tights, ankle[2] + collar + 0.02 + lean - height))
    height = shoes.vertices[:, 2]
    lean = 0.25 * (shoes.vertices[:, 0] - ankle[0])
    shoes = clip(shoes, ankle[2] + collar + np.maximum(lean, -0.01) - height)
    shoes = inflate(smooth(shoes, 4), 0.006)
    pieces: list[Piece] = []
    for sign in (1.0, -1.0):
        one = clip(shoes, sign * shoes.vertices[:, 1])
        pieces.append(_cut_sole(one, edge, heel))
    body = shoes.vertices.copy()
    body[:, 2] = np.maximum(body[:, 2], 0.006)
    shoes = rim(replace(shoes, vertices=body), 0.010)
    return [shoes, replace(join(pieces), triangles=2.0)]


def _cut_sole(shoe: Piece, edge: float, heel: float) -> Piece:
    """Return the sole of one shoe, its edge and its heel so many metres thick."""
    low = shoe.vertices[shoe.vertices[:, 2] < shoe.vertices[:, 2].min() + 0.035, :2]
    centre = 0.5 * (low.min(axis=0) + low.max(axis=0))
    angles = np.linspace(0.0, 2 * np.pi, 28, endpoint=False)
    direction = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    radius = reach(low - centre, direction)
    along = (centre[0] + direction[:, 0] * radius - low[:, 0].min()) / np.ptp(low[:, 0])
    spring = 0.012 * np.clip((along - 0.72) / 0.28, 0, 1) ** 2  # the toe stands off the ground
    bottom = spring + heel * ease_in((along - 0.30) / 0.04) * (1 - ease_in((along - 0.52) / 0.14))

    def row(grow: float, z: FloatArray) -> FloatArray:
        return np.column_stack([centre + direction * (radius + grow)[:, None], z])

    flat = np.column_stack([centre + 0.02 * direction, np.full(len(angles), 0.002)])
    walls = [
        row(-0.012, edge + spring + 0.004),
        row(0.003, edge + spring),
        row(0.004, bottom + 0.5 * edge),
        row(0.001, bottom + 0.001),
        row(-0.012, bottom),
        flat,
    ]
    return loft(np.stack(walls), shoe, "shoes", triangles=1.6)


def cut_lower(template: Template, person: Person, top: float) -> list[Piece]:
    """Return what is worn on the legs up to `top` metres, with a belt."""
    belted = CUTS[person.upper].tuck or CUTS[person.upper].open
    legs = cut_legs(template, person, top, belted)
    if not belted:
        return legs
    height = legs[0].vertices[:, 2]
    band = np.minimum(top - 0.004 - height, height - top + 0.038)
    return [*legs, patch(legs[0], band, "plastic", 0.003, triangles=2.0)]
