"""How garments of the trunk, and skirts, are cut and hang (offline, for `bake.py`)."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.interpolate import RegularGridInterpolator
from scipy.ndimage import gaussian_filter1d
from scipy.spatial import cKDTree

from motion.people import Person
from motion.tailor import (
    Piece,
    Template,
    border,
    clear,
    clip,
    extend,
    inflate,
    loft,
    normals,
    patch,
    reach,
    rim,
    smooth,
    subdivide,
)  # fmt: skip

FloatArray = npt.NDArray[np.float64]
ARM = ("shoulder", "elbow", "wrist")
LEG = ("hip", "knee", "ankle")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """How a garment of the trunk is cut; lengths in metres for a person of 1.75 m.

    Attributes:
        sleeve: where sleeves end along the arm, 0 shoulder, 1 elbow, 2 wrist. hem: below the pelvis joint.
        ease: off the body. room: least radii of a sleeve at shoulder, elbow and wrist. taper: how far the cloth follows
            the body back inwards, metres per metre of fall. flare: wider at the hem. folds: their depth at the hem.
        collar: "crew", "shirt", "coat", "hood" or "roll". rise: of the neck line above the neck joint.
        tuck: whether it goes into the lower garment.
        gap: half width of the front opening at collar, chest, waist and hem; below 0 closed.
        lapel: width of lapels. rib: whether hem and cuffs are drawn in.
    """

    sleeve: float = 1.93
    hem: float = 0.08
    ease: float = 0.012
    room: tuple[float, float, float] = (0.062, 0.054, 0.043)
    taper: float = 0.25
    flare: float = 0.0
    folds: float = 0.0
    collar: str = "crew"
    rise: float = 0.025
    gap: tuple[float, float, float, float] = (-1.0, -1.0, -1.0, -1.0)
    lapel: float = 0.0
    rib: bool = False
    tuck: bool = False

    @property
    def open(self) -> bool:
        """Whether the front stands open."""
        return max(self.gap) > 0


CUTS: dict[str, Cut] = {
    "T-shirt": Cut(sleeve=0.66, hem=0.05, ease=0.010, room=(0.070, 0.074, 0.05), folds=0.006, rise=0.0),
    "blouse": Cut(hem=-0.02, ease=0.012, room=(0.058, 0.056, 0.046), taper=0.7, collar="shirt", rise=0.015, tuck=True),
    "shirt": Cut(hem=0.07, ease=0.014, taper=0.2, collar="shirt", folds=0.008),
    "jumper": Cut(hem=0.05, ease=0.018, room=(0.070, 0.062, 0.048), taper=0.22, rib=True, folds=0.003),
    "hoodie": Cut(hem=0.05, ease=0.022, room=(0.076, 0.068, 0.050), taper=0.15, collar="hood", rib=True, folds=0.004),
    "cardigan": Cut(
        hem=0.09, ease=0.020, room=(0.068, 0.062, 0.050), taper=0.15, collar="crew", rise=0.0,
        gap=(0.055, 0.045, 0.05, 0.08), folds=0.006,
    ),
    "open shirt": Cut(
        hem=0.09, ease=0.018, room=(0.066, 0.060, 0.046), taper=0.1, collar="shirt", rise=0.0,
        gap=(0.05, 0.065, 0.08, 0.11), folds=0.008,
    ),
    "blazer": Cut(
        hem=0.13, ease=0.018, room=(0.066, 0.058, 0.046), taper=0.45, collar="coat", rise=0.0,
        gap=(0.055, 0.035, -0.01, 0.05), lapel=0.065,
    ),
    "suit jacket": Cut(
        hem=0.15, ease=0.020, room=(0.070, 0.060, 0.047), taper=0.3, collar="coat", rise=0.0,
        gap=(0.055, 0.038, -0.01, 0.05), lapel=0.075,
    ),
    "coat": Cut(
        hem=0.40, ease=0.026, room=(0.080, 0.072, 0.054), taper=0.02, folds=0.010, collar="coat", rise=0.02,
        lapel=0.05,
    ),
    "open coat": Cut(
        hem=0.42, ease=0.026, room=(0.080, 0.072, 0.054), taper=0.02, folds=0.010, collar="coat", rise=0.0,
        gap=(0.06, 0.06, 0.08, 0.12), lapel=0.07,
    ),
    "dress": Cut(
        sleeve=0.5, hem=0.42, ease=0.008, room=(0.062, 0.068, 0.05), taper=0.8, flare=0.045, folds=0.014, rise=0.0,
    ),
}  # fmt: skip
INNER = Cut(hem=-0.03, ease=0.005, taper=0.5, rise=0.022)


def limb(template: Template, points: FloatArray, chain: tuple[str, ...]) -> tuple[FloatArray, FloatArray]:
    """Return where points lie along the limb of their side, 0 at its first joint, 1 at the second, and its axis there.

    Returns:
        (V,) the place, below 0 towards the trunk and above 2 beyond the last joint; (V, 3) the point of the axis.
    """
    place, axis = np.zeros(len(points)), np.zeros((len(points), 3))
    for side, mine in (("left", points[:, 1] >= 0), ("right", points[:, 1] < 0)):
        joints = [template.joint(f"{side}_{name}") for name in chain]
        best = np.full(mine.sum(), np.inf)
        own = points[mine]
        for start, (a, b) in enumerate(itertools.pairwise(joints)):
            t = (own - a) @ (b - a) / ((b - a) @ (b - a))
            t = np.clip(t, -5.0 if start == 0 else 0.0, 1.0 if start == 0 else 5.0)
            foot = a + t[:, None] * (b - a)
            distance = np.linalg.norm(own - foot, axis=1)
            nearer = distance < best
            best[nearer] = distance[nearer]
            index = np.flatnonzero(mine)[nearer]
            place[index], axis[index] = (start + t)[nearer], foot[nearer]
    return place, axis


def along_arm(template: Template, points: FloatArray) -> FloatArray:
    """Return where points lie along the nearer arm: -1 on the trunk, 0 shoulder, 1 elbow, 2 wrist."""
    place, axis = limb(template, points, ARM)
    near = np.linalg.norm(points - axis, axis=1) < 0.10 * template.joint("neck")[2] / 1.4
    return np.where(near, place, -1.0)


def below_collar(template: Template, points: FloatArray, rise: float) -> FloatArray:
    """Return metres below a plane `rise` above the neck joint that leans forward, as collars do."""
    neck = template.joint("neck")
    return np.asarray(neck[2] + rise - points[:, 2] - 0.45 * (points[:, 0] - neck[0]))


def ease_in(x: FloatArray) -> FloatArray:
    """Return the smooth step of x."""
    x = np.clip(x, 0.0, 1.0)
    return np.asarray(x * x * (3 - 2 * x))


def crumple(points: FloatArray, wavelength: float, seed: int) -> FloatArray:
    """Return ridges (V,) in [-1, 1] that wander through space, like folds of cloth."""
    rng = np.random.default_rng(seed)
    total = np.zeros(len(points))
    for _ in range(5):
        wave = rng.standard_normal(3)
        wave[2] = 1.3 * np.sign(wave[2]) + wave[2]  # folds lie across rather than along
        wave *= 2 * np.pi / (wavelength * np.linalg.norm(wave))
        total += np.sin(points @ wave + rng.uniform(0, 2 * np.pi))
    return np.asarray(np.tanh(0.9 * total))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fall:
    """The outline of cloth that hangs round the trunk: radius over angle and height about an upright axis.

    Attributes:
        axis: (2,) x, y. radius: of angle in [-pi, pi] and height.
    """

    axis: FloatArray
    radius: RegularGridInterpolator

    def polar(self, points: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return angle and radius of points (V, 3) about the axis."""
        offset = points[:, :2] - self.axis
        return np.arctan2(offset[:, 1], offset[:, 0]), np.linalg.norm(offset, axis=1)

    def at(self, angle: FloatArray, height: FloatArray) -> FloatArray:
        """Return the cloth's points (..., 3) at angles and heights."""
        low, high = self.radius.grid[1][0], self.radius.grid[1][-1]
        r = self.radius(np.stack([angle, np.clip(height, low, high)], axis=-1))
        return np.stack([self.axis[0] + r * np.cos(angle), self.axis[1] + r * np.sin(angle), height], axis=-1)


def hang(template: Template, top: float, bottom: float, cut: Cut, size: float, seed: int, over: float = 0.016) -> Fall:
    """Return how cloth hangs from `top` to `bottom` metres: round the body, falling where the body recedes.

    Below the waist it stays `over` metres off the body, above what is worn there.
    """
    tights = template.piece("tights", "upper")
    trunk = tights.vertices[along_arm(template, tights.vertices) < 0.15]
    axis = trunk[np.abs(trunk[:, 2] - template.joints[0, 2] - 0.08 * size) < 0.04, :2].mean(axis=0) * [1, 0]
    angles = np.linspace(-np.pi, np.pi, 97)
    directions = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    step = 0.015
    heights = np.arange(top, bottom - step, -step)
    rows: list[FloatArray] = []
    outlines: list[FloatArray] = []
    waist = template.joints[0, 2] + 0.10 * size
    for z in heights:
        near = trunk[np.abs(trunk[:, 2] - z) < 0.02, :2]
        row = gaussian_filter1d(reach(near - axis, directions)[:-1], 1.6, mode="wrap")
        row = np.append(row, row[0])
        outlines.append(row)
        low = np.clip(
            (waist + 0.05 * size - z) / (0.08 * size), 0.0, 1.0
        )  # below the waist over, or under, other garments
        row = row + size * (cut.ease + low * ((0.003 if cut.tuck else max(cut.ease, over + 0.006)) - cut.ease))
        rows.append(row if not rows else np.maximum(row, rows[-1] - cut.taper * step))
    radius = np.array(rows)
    rng = np.random.default_rng(seed)
    share = np.clip((waist - heights) / max(waist - bottom, 0.01), 0.0, 1.0)[:, None]
    radius += cut.flare * size * share
    count = 9 if cut.flare > 0.05 else 7
    phase = rng.uniform(0, 2 * np.pi)
    wave = np.cos(count * angles + 0.8 * np.sin(2 * angles + phase) + phase) + 0.5 * np.cos(
        (2 * count - 5) * angles + 3 * phase + 2.0 * share
    )
    radius += cut.folds * size * share**1.3 * wave
    if cut.rib:
        radius -= 0.020 * size * np.clip(1 - (heights - bottom) / 0.05, 0.0, 1.0)[:, None] ** 0.5
    radius = np.maximum(radius, np.array(outlines) + (0.003 if cut.tuck else over) * size)
    order = slice(None, None, -1)
    return Fall(
        axis=axis,
        radius=RegularGridInterpolator((angles, heights[order]), radius[order].T, method="linear"),
    )


def cling(template: Template, points: FloatArray) -> FloatArray:
    """Return weights (V, J) by which each side of a skirt or coat goes with its leg; the middle hangs between them."""
    tights = template.piece("tights", "upper")
    tights_index = np.flatnonzero(along_arm(template, tights.vertices) < 0.15)
    tree, weights = cKDTree(tights.vertices[tights_index]), tights.weights[tights_index]
    aside = points.copy()
    aside[:, 1] = np.where(aside[:, 1] >= 0, 1.0, -1.0) * np.maximum(np.abs(aside[:, 1]), 0.04)
    own, other = (weights[tree.query(p, k=6)[1]].mean(axis=1) for p in (aside, aside * [1.0, -1.0, 1.0]))
    share = 0.5 + 0.5 * ease_in(np.abs(points[:, 1:2]) / 0.07)
    return np.asarray(share * own + (1 - share) * other)


def cut_trunk(
    template: Template, cut: Cut, size: float, material: str, seed: int, over: float = 0.016
) -> tuple[Piece, Fall, float]:
    """Return a garment from collar to hem with sleeves, as one shell, how it hangs, and the height of its hem."""
    pelvis = template.joints[0, 2]
    tights = template.piece("tights", material)
    waist, hem = pelvis + 0.10 * size, pelvis - cut.hem * size
    along = along_arm(template, tights.vertices)
    arm = along > 0.0
    inside = np.where(arm, cut.sleeve + 0.2 - along, tights.vertices[:, 2] - waist + 0.08)
    body = subdivide(clip(tights, np.minimum(inside, below_collar(template, tights.vertices, cut.rise * size + 0.03))))
    along = along_arm(template, body.vertices)
    inside = np.where(along > 0.0, cut.sleeve - along, body.vertices[:, 2] - waist)
    garment = clip(body, np.minimum(inside, below_collar(template, body.vertices, cut.rise * size)))
    bare, outward = tights.vertices, normals(tights.vertices, tights.faces)
    garment = inflate(smooth(garment, 8), cut.ease * size)
    # the trunk hangs, the sleeves are tubes
    armpit = template.joint("left_shoulder")[2] - 0.06 * size
    fall = hang(template, armpit, hem, cut, size, seed, over)
    points, along = garment.vertices.copy(), along_arm(template, garment.vertices)
    angle, radius = fall.polar(points)
    share = ease_in((armpit - points[:, 2]) / (0.16 * size)) * (1 - ease_in((along + 0.3) / 0.3))
    wanted = fall.at(angle, points[:, 2])
    grow = (np.linalg.norm(wanted[:, :2] - fall.axis, axis=1) > radius) & (along <= 0.0)
    points = np.where(grow[:, None], points + share[:, None] * (wanted - points), points)
    place, axis = limb(template, points, ARM)
    sleeve = along > 0.0
    offset = points - axis
    distance = np.linalg.norm(offset, axis=1)
    room = np.interp(place, [0.0, 1.0, 2.0], cut.room) * size
    if cut.rib:
        room -= 0.012 * size * ease_in((place - cut.sleeve + 0.18) / 0.08)
    share = ease_in(place / 0.45) * sleeve
    target = np.maximum(distance, room)
    points = axis + offset * (1 + share * (target / np.maximum(distance, 1e-6) - 1))[:, None]
    direction = normals(points, garment.faces)
    bend = np.exp(-(((place - 1.05) / 0.28) ** 2)) * sleeve + 0.6 * np.exp(-(((place - 1.75) / 0.25) ** 2)) * sleeve
    low = np.exp(-(((points[:, 2] - waist - 0.05) / (0.09 * size)) ** 2)) * (along < -0.5)
    depth = (0.0055 * bend + 0.0045 * low) * size * (cut.ease > 0.007)
    points = points + direction * (depth * crumple(points, 0.075 * size, seed))[:, None]
    garment = replace(garment, vertices=points)
    garment = clear(garment, bare, outward, 0.6 * cut.ease * size)
    # below the waist it goes on as one sheet
    edges = border(garment.faces)
    level = (garment.vertices[edges, 2] < waist + 0.04).all(axis=1) & (
        along_arm(template, garment.vertices)[edges] < 0
    ).all(axis=1)
    edges = edges[level & (np.abs(garment.vertices[edges, 2] - waist) < 0.04).all(axis=1)]
    ring = garment.vertices[np.unique(edges)]
    count = max(2, int(np.ceil((waist - hem) / (0.024 * size))))
    angle, _ = fall.polar(ring)
    rows = np.empty((count, len(ring), 3))
    for row, t in enumerate(np.arange(1, count + 1) / count):
        z = ring[:, 2] + t * (hem - ring[:, 2])
        start = np.column_stack([ring[:, :2], z])
        rows[row] = start + ease_in(np.array((row + 1) / 2.5)) * (fall.at(angle, z) - start)
    garment = extend(garment, edges, rows, cling(template, rows.reshape(-1, 3)).reshape(count, len(ring), -1))
    return garment, fall, hem


def _neck_ring(template: Template, garment: Piece, columns: int = 40) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the neck line of a garment by angle, -pi to pi: points (n, 3), outward (n, 3), angles (n,)."""
    edges = border(garment.faces)
    neck = template.joint("neck")
    high = garment.vertices[edges, 2] > neck[2] - 0.10
    inner = np.linalg.norm(garment.vertices[edges][..., :2] - neck[:2], axis=2) < 0.13
    points = garment.vertices[np.unique(edges[(high & inner).all(axis=1)])]
    centre = np.array([points[:, 0].mean(), 0.0])
    offset = points[:, :2] - centre
    angle = np.arctan2(offset[:, 1], offset[:, 0])
    order = np.argsort(angle)
    angles = np.linspace(-np.pi, np.pi, columns, endpoint=False)
    radius = np.interp(angles, angle[order], np.linalg.norm(offset, axis=1)[order], period=2 * np.pi)
    height = np.interp(angles, angle[order], points[order, 2], period=2 * np.pi)
    radius, height = (gaussian_filter1d(v, 1.0, mode="wrap") for v in (radius, height))
    outward = np.stack([np.cos(angles), np.sin(angles), np.zeros(columns)], axis=1)
    return np.column_stack([centre + radius[:, None] * outward[:, :2], height]), outward, angles


# Cross-sections of collars, from their outer edge over the top to the inside: (outwards, up) in metres, in front and
# at the back.
_SECTIONS: dict[str, tuple[tuple[tuple[float, float], ...], tuple[tuple[float, float], ...]]] = {
    "crew": (
        ((0.002, -0.016), (0.006, -0.006), (0.003, 0.006), (-0.004, 0.004), (-0.006, -0.014)),
        ((0.002, -0.016), (0.006, -0.006), (0.003, 0.006), (-0.004, 0.004), (-0.006, -0.014)),
    ),
    "roll": (
        ((0.006, -0.012), (0.010, 0.010), (0.002, 0.040), (-0.006, 0.040), (-0.010, -0.010)),
        ((0.006, -0.012), (0.010, 0.010), (0.002, 0.045), (-0.006, 0.045), (-0.010, -0.010)),
    ),
    "shirt": (
        ((0.026, -0.040), (0.018, -0.008), (0.000, 0.010), (-0.010, 0.006), (-0.008, -0.020)),
        ((0.012, -0.010), (0.012, 0.004), (-0.004, 0.022), (-0.012, 0.018), (-0.010, -0.014)),
    ),
    "coat": (
        ((0.034, -0.026), (0.026, -0.004), (0.006, 0.008), (-0.006, 0.004), (-0.008, -0.022)),
        ((0.024, -0.034), (0.022, -0.002), (0.002, 0.022), (-0.008, 0.016), (-0.010, -0.014)),
    ),
    "hood": (
        ((0.008, -0.018), (0.020, -0.004), (0.010, 0.012), (-0.004, 0.010), (-0.008, -0.018)),
        ((0.020, -0.095), (0.060, -0.070), (0.062, -0.010), (0.024, 0.020), (-0.008, -0.012)),
    ),
}  # fmt: skip


def cut_collar(template: Template, cut: Cut, garment: Piece, size: float) -> Piece:
    """Return the collar or hood of a garment."""
    ring, outward, angles = _neck_ring(template, garment)
    back = ease_in((np.abs(angles) - 0.6) / 1.9)
    front, rear = (np.array(section) for section in _SECTIONS[cut.collar])
    section = front[:, None] + back[:, None] * (rear - front)[:, None]
    rows = ring + size * (section[..., :1] * outward + section[..., 1:] * np.array([0.0, 0.0, 1.0]))
    # the leaf lies on the garment
    leaf = replace(garment, vertices=rows[:2].reshape(-1, 3))
    lifted = clear(leaf, garment.vertices, normals(garment.vertices, garment.faces), 0.005 * size).vertices
    rows[:2] += gaussian_filter1d(lifted.reshape(2, -1, 3) - rows[:2], 1.5, axis=1, mode="wrap")
    collar = loft(rows[::-1], garment, garment.material, triangles=12.0)
    if cut.collar in ("shirt", "coat"):
        gap = 0.75 if cut.lapel > 0 else 0.10 if cut.gap[0] < 0 else 0.5
        turn = np.abs(np.arctan2(collar.vertices[:, 1], collar.vertices[:, 0] - ring[:, 0].mean()))
        collar = clip(collar, turn - gap)
    return collar


def _gap(cut: Cut, height: FloatArray, marks: tuple[float, float, float, float], size: float) -> FloatArray:
    """Return the half width of the front opening at heights; `marks` are those of hem, waist, chest and collar."""
    return np.asarray(np.interp(height, marks, np.array(cut.gap[::-1]) * size))


def cut_upper(template: Template, person: Person) -> list[Piece]:
    """Return the garments of the trunk with collar, lapels and pockets, the outermost first."""
    cut, size = CUTS[person.upper], person.height / 1.75
    over = {"long skirt": 0.036, "skirt": 0.024}.get(person.lower, 0.016)
    garment, fall, hem = cut_trunk(template, cut, size, "upper", len(person.who) + person.age, over)
    pelvis, neck = template.joints[0, 2], template.joint("neck")[2]
    waist, chest, top = pelvis + 0.13 * size, neck - 0.16 * size, neck + 0.02 * size
    levels = (hem, waist, chest, top)
    pieces: list[Piece] = []
    collar = cut_collar(template, cut, garment, size)
    front = fall.axis[0] + 0.02
    along = along_arm(template, garment.vertices)
    if cut.open:
        inner_cut = replace(INNER, collar="shirt" if cut.lapel > 0 or person.gender < 0.5 else "crew")
        inner, _, _ = cut_trunk(template, inner_cut, size, "inner", 1)
        band = cut_collar(template, inner_cut, inner, size)
        x, y, z = inner.vertices.T
        inside = np.minimum(0.145 * size - np.abs(y), np.minimum(x - front + 0.03, z - pelvis + 0.02 * size))
        garment = clear(garment, inner.vertices, normals(inner.vertices, inner.faces), 0.008)
        inner = clip(inner, np.minimum(inside, 0.02 - along_arm(template, inner.vertices)))
        pieces += [inner, replace(band, material="inner")]
        if person.upper == "suit jacket":
            y, z = inner.vertices[:, 1], inner.vertices[:, 2]
            width = np.interp(z, [waist - 0.1, chest, top - 0.02, top], [0.036, 0.030, 0.014, 0.020]) * size
            pieces.append(patch(inner, width - np.abs(y), "accessory", 0.005, triangles=2.0, levels=2))
        width = _gap(cut, garment.vertices[:, 2], levels, size)
        opened = np.where(np.abs(fall.polar(garment.vertices)[0]) < 1.45, np.abs(garment.vertices[:, 1]) - width, 1.0)
        garment = clip(garment, np.where(along > 0.1, 1.0, opened))
    x, y, z = garment.vertices.T
    y = np.abs(y)
    along = along_arm(template, garment.vertices)
    ahead = np.where(along > 0.05, -1.0, 0.1 * (1.45 - np.abs(fall.polar(garment.vertices)[0])))
    if cut.lapel > 0:
        start = waist + 0.02 * size if cut.open else chest - 0.03 * size
        width = np.maximum(_gap(cut, z, levels, size), -0.004)
        reach_out = cut.lapel * size * ease_in((z - start) / (chest + 0.05 * size - start))
        inside = np.minimum(width + reach_out - y, ahead)
        inside = np.minimum(inside, np.minimum(z - start, neck - 0.035 * size - 0.35 * y - z + 0.02))
        pieces.append(patch(garment, inside, "upper", 0.006, triangles=2.0, levels=2))
    if person.upper in ("coat", "open coat", "blazer", "suit jacket", "cardigan"):
        level = pelvis - (0.05 if "coat" in person.upper else 0.02) * size
        flap = np.minimum(0.068 * size - np.abs(y - 0.125 * size), 0.030 * size - np.abs(z - level))
        pieces.append(patch(garment, np.minimum(flap, ahead), "upper", 0.005, triangles=2.0, levels=1))
    if person.upper == "hoodie":
        low = hem + 0.055 * size
        pocket = np.minimum(
            np.minimum(z - low, low + 0.17 * size - z), 0.155 * size - y - 0.45 * np.maximum(z - low - 0.06, 0)
        )
        pieces.append(patch(garment, np.minimum(pocket, ahead), "upper", 0.007, triangles=2.0, levels=2))
    if person.upper in ("shirt", "coat", "blouse"):
        strip = np.minimum(0.016 * size - y, ahead)
        pieces.append(patch(garment, strip, "upper", 0.003, triangles=1.5, levels=1))
    if cut.open or cut.hem > 0.3:
        shell = rim(garment, 0.008)
        inside = replace(inflate(garment, -0.006), material="lining", faces=garment.faces[:, ::-1], triangles=0.5)
        inside = replace(inside, levels=3 if cut.open else 2)
        shown = 1.0 if cut.open else min(pelvis, hem + 0.30 * size) - garment.vertices[:, 2]
        pieces.append(clip(inside, np.where(along > 0.1, -1.0, shown)))
        garment = shell
    else:
        garment = rim(garment, 0.022)
    return [garment, collar, *pieces]


def cut_skirt(template: Template, person: Person) -> tuple[list[Piece], float]:
    """Return a skirt, and the height of its hem."""
    long = person.lower == "long skirt"
    size, pelvis = person.height / 1.75, template.joints[0, 2]
    knee, ankle = template.joint("left_knee")[2], template.joint("left_ankle")[2]
    top, hem = pelvis + 0.09 * size, ankle + 0.06 * size if long else knee - 0.02 * size
    wide = long and not CUTS[person.upper].hem > 0.3
    shape = Cut(
        hem=(pelvis - hem) / size, ease=0.010, taper=0.05 if long else 0.12, flare=0.05 if wide else 0.015,
        folds=0.018 if wide else 0.006,
    )  # fmt: skip
    fall = hang(template, top, hem, shape, size, person.age, 0.010)
    angles = np.linspace(-np.pi, np.pi, 72, endpoint=False)
    heights = np.linspace(top, hem, 24 if long else 16)
    rows = np.stack([fall.at(angles, np.full(72, z)) for z in heights])
    over = CUTS[person.upper]
    if not over.tuck:  # closer to the body where another garment lies over it
        covered = pelvis - over.hem * size
        closer = np.interp(heights, [covered - 0.01, covered + 0.05], [1.0, 0.91])
        rows[..., :2] = fall.axis + (rows[..., :2] - fall.axis) * closer[:, None, None]
    inner = np.stack([fall.at(angles, np.full(72, z)) for z in (hem, hem + 0.12, hem + 0.30)])
    inner[..., :2] = fall.axis + (inner[..., :2] - fall.axis) * np.array([0.99, 0.96, 0.93])[:, None, None]
    skirt = loft(rows, template.piece("tights", "skirt"), "skirt")
    inside = loft(inner, template.piece("tights", "lining"), "lining", triangles=0.4)
    pieces = [replace(piece, weights=cling(template, piece.vertices)) for piece in (skirt, inside)]
    return pieces, float(hem)
