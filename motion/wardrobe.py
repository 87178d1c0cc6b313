"""What the baked people wear: recipes, and how skin, clothes, shoes and hair are cut (offline, for `bake.py`)."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from motion.clip import JOINT_NAMES
from motion.hair import ball, curtain, scalp
from motion.paint import Landmarks
from motion.tailor import Piece, clip, compact, drape, inflate, rim, smooth

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How one body is made.

    Attributes:
        phenotype: Anny's shape parameters in [0, 1]; height: metres, the body is scaled to it.
        sleeve: where sleeves end along the arm, 0 shoulder, 1 elbow, 2 wrist. hem: metres below the pelvis joint where
            the upper garment ends. tail: metres by which a coat goes on below the hem. collar: metres above the neck
            joint where it begins. loose: metres off the body.
        lower: "trousers" or "skirt". length: share of the leg that a skirt covers.
        cut: of the hair: "cap", "bald", "thin", "bob", "long", "bun", "tail" or "curly".
        beard, opening, buttons, age: as in `motion.paint.paint`.
    """

    phenotype: Mapping[str, float]
    height: float
    sleeve: float = 1.95
    hem: float = 0.0
    tail: float = 0.0
    collar: float = 0.03
    loose: float = 0.007
    lower: str = "trousers"
    length: float = 1.0
    cut: str = "cap"
    beard: float = 0.0
    opening: float = 0.0
    buttons: bool = False
    age: float = 0.0


def _shape(
    gender: float, age: float, muscle: float, weight: float, height: float, proportions: float = 0.6
) -> dict[str, float]:
    return {
        "gender": gender, "age": age, "muscle": muscle, "weight": weight, "height": height, "proportions": proportions,
    }  # fmt: skip


RECIPES: dict[str, Recipe] = {
    "man_young": Recipe(phenotype=_shape(0, 0.62, 0.58, 0.48, 0.55), height=1.79, sleeve=0.62, hem=0.005, beard=0.10),
    "woman_young": Recipe(
        phenotype=_shape(1, 0.62, 0.48, 0.45, 0.5), height=1.67, cut="long", lower="skirt", length=0.42, loose=0.010,
        buttons=True,
    ),
    "man_heavy": Recipe(
        phenotype=_shape(0, 0.75, 0.42, 1.0, 0.5), height=1.75, cut="bald", buttons=True, collar=0.04, beard=0.30,
        age=0.3,
    ),
    "woman_adult": Recipe(
        phenotype=_shape(1, 0.76, 0.5, 0.70, 0.5), height=1.70, cut="bob", loose=0.013, opening=0.10, hem=0.005,
        age=0.25,
    ),
    "man_old": Recipe(
        phenotype=_shape(0, 0.97, 0.35, 0.58, 0.4), height=1.71, cut="thin", loose=0.012, opening=0.07, hem=0.005,
        age=1.0,
    ),
    "woman_old": Recipe(
        phenotype=_shape(1, 0.97, 0.35, 0.60, 0.35), height=1.58, cut="bun", loose=0.012, buttons=True, tail=0.22,
        lower="skirt", length=0.66, age=1.0,
    ),
    "girl": Recipe(phenotype=_shape(1, 0.29, 0.5, 0.45, 0.5), height=1.40, cut="tail"),
    "man_tall": Recipe(
        phenotype=_shape(0, 0.66, 0.62, 0.40, 0.9), height=1.91, cut="curly", loose=0.012, opening=0.05, hem=0.005,
        beard=0.22,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Template:
    """One shape of Anny in the person frame: (V, 3) vertices, (V, 22) weights, joints, faces by group, lip redness."""

    vertices: FloatArray
    weights: FloatArray
    joints: FloatArray
    faces: Mapping[str, npt.NDArray[np.int64]]
    lips: FloatArray

    def piece(self, group: str, material: str, triangles: float) -> Piece:
        """Return a group of faces as a shell of its own."""
        return compact(
            Piece(
                material=material, vertices=self.vertices, faces=self.faces[group], weights=self.weights,
                triangles=triangles,
            )
        )  # fmt: skip


def find_landmarks(template: Template, recipe: Recipe) -> Landmarks:
    """Measure the face and the lines where garments end."""
    vertices, joints = template.vertices, template.joints
    eyeballs = vertices[np.unique(template.faces["eyes"])]
    sides = np.stack([eyeballs[eyeballs[:, 1] > 0].mean(axis=0), eyeballs[eyeballs[:, 1] < 0].mean(axis=0)])
    eye = sides.mean(axis=0)
    crown = vertices[np.unique(template.faces["body"])][:, 2].max()
    pelvis, neck, ankle = joints[0], joints[JOINT_NAMES.index("neck")], joints[JOINT_NAMES.index("left_ankle")]
    return Landmarks(
        eye=eye,
        eyes=sides,
        eye_radius=0.5 * float(np.ptp(eyeballs[eyeballs[:, 1] > 0][:, 1])),
        scale=float(crown - eye[2]) / 0.1125,
        hem=float(pelvis[2] - recipe.hem - recipe.tail),
        collar=float(neck[2] + recipe.collar),
        waist=float(pelvis[2] + 0.10),
        spine=float(neck[0]),
        ankle=float(ankle[2]),
    )


def _along_arm(joints: FloatArray, vertices: FloatArray) -> FloatArray:
    """Return where vertices lie along the nearer arm: below 0 the trunk, 1 the elbow, 2 the wrist."""
    best = np.full(len(vertices), np.inf)
    result = np.full(len(vertices), -1.0)
    for side in ("left", "right"):
        chain = [joints[JOINT_NAMES.index(f"{side}_{name}")] for name in ("shoulder", "elbow", "wrist")]
        for start, (a, b) in enumerate(itertools.pairwise(chain)):
            t = (vertices - a) @ (b - a) / ((b - a) @ (b - a))
            # the first segment goes on into the trunk, the last into the hand
            clipped = np.clip(t, -5.0 if start == 0 else 0.0, 1.0 if start == 0 else 5.0)
            distance = np.linalg.norm(vertices - a - clipped[:, None] * (b - a), axis=1)
            nearer = distance < best
            best[nearer], result[nearer] = distance[nearer], (start + clipped)[nearer]
    reach = 0.10 * joints[JOINT_NAMES.index("neck"), 2] / 1.4
    return np.where(best < reach, result, -1.0)


def cut_pieces(template: Template, recipe: Recipe, marks: Landmarks) -> list[Piece]:
    """Return the shells of a body: skin, eyes, clothes, shoes, hair."""
    tights = template.piece("tights", "upper", 0.0)
    skin = template.piece("body", "skin", 0.0)
    upper = _cut_upper(template, tights, recipe, marks)
    below = _below_collar(template, skin.vertices, recipe.collar - 0.045)  # the neck goes on under the collar
    head = clip(replace(skin, material="face", triangles=0.34), np.minimum(-below, 0.25 - np.abs(skin.vertices[:, 1])))
    along = _along_arm(template.joints, skin.vertices)
    hands = clip(replace(skin, material="hands", triangles=0.16), along - recipe.sleeve + 0.15)
    eyes = template.piece("eyes", "eye", 0.02)
    eyes = clip(eyes, eyes.vertices[:, 0] - marks.eye[0] + 0.1 * marks.eye_radius)
    lower = _cut_lower(template, tights, recipe, marks)
    return [*upper, *lower, _cut_shoes(tights, marks), head, hands, eyes, *_grow_hair(head, upper[0], recipe, marks)]


def _below_collar(template: Template, vertices: FloatArray, rise: float) -> FloatArray:
    """Return metres below a plane `rise` above the neck joint that leans forward, as collars do."""
    neck = template.joints[JOINT_NAMES.index("neck")]
    return np.asarray(neck[2] + rise - vertices[:, 2] - 0.45 * (vertices[:, 0] - neck[0]))


def _cut_upper(template: Template, tights: Piece, recipe: Recipe, marks: Landmarks) -> list[Piece]:
    points, hem = tights.vertices, marks.hem + recipe.tail
    along = _along_arm(template.joints, points)
    trunk = np.where(along > 0, 1.0, points[:, 2] - hem)
    inside = np.minimum(np.minimum(_below_collar(template, points, recipe.collar), trunk), recipe.sleeve - along)
    upper = smooth(clip(replace(tights, triangles=0.26), inside), 2)
    # it hangs clear of the lower garment
    upper = inflate(
        upper, np.interp(upper.vertices[:, 2], [hem, marks.waist + 0.05], [recipe.loose + 0.010, recipe.loose])
    )
    axis = np.array([marks.spine - 0.02, 0.0])
    sleeves = _along_arm(template.joints, upper.vertices) >= 0.0
    upper = drape(upper, marks.waist, 0.12, axis, ~sleeves)
    outward = upper.vertices * np.array([1.0, 1.0, 0.0]) - np.append(axis, 0.0)
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    outward[sleeves | (upper.vertices[:, 2] > marks.waist)] = np.nan
    pieces = [rim(upper, 0.025, outward)]
    if recipe.tail > 0:
        tail = template.piece("skirt", "upper", 0.07)
        height = tail.vertices[:, 2]
        tail = clip(tail, np.minimum(height - marks.hem, hem + 0.05 - height))
        hang = np.interp(tail.vertices[:, 2], [marks.hem, hem], [0.034, 0.012])
        pieces.append(replace(inflate(_cling(tail, tights), hang), lined=True))
    return pieces


def _cut_lower(template: Template, tights: Piece, recipe: Recipe, marks: Landmarks) -> list[Piece]:
    hip, size = template.joints[JOINT_NAMES.index("left_hip"), 2], float(template.joints[0, 2])
    top = marks.hem + 0.07  # the rest is hidden under the upper garment
    height = tights.vertices[:, 2]
    legs = np.where(_along_arm(template.joints, tights.vertices) > 0.3, -1.0, height - marks.ankle + 0.005)
    if recipe.lower == "trousers":
        trousers = clip(replace(tights, material="lower", triangles=0.20), np.minimum(top - height, legs))
        trousers = smooth(trousers, 2)
        widen = np.interp(trousers.vertices[:, 2], [marks.ankle, 0.55 * size, size], [0.017, 0.008, 0.003])
        return [rim(inflate(trousers, widen), 0.010)]
    end = hip - recipe.length * (hip - marks.ankle) - 0.02
    skirt = template.piece("skirt", "lower", 0.10)
    skirt = clip(skirt, np.minimum(skirt.vertices[:, 2] - end, top - skirt.vertices[:, 2]))
    hang = np.interp(skirt.vertices[:, 2], [end, marks.waist], [0.018, 0.004])
    bare = clip(replace(tights, material="skin", triangles=0.08), np.minimum(end + 0.04 - height, legs))
    return [replace(inflate(_cling(skirt, tights), hang), lined=True), bare]


def _cling(skirt: Piece, tights: Piece) -> Piece:
    """Let each side of a skirt move with its leg, so that no knee comes through; the middle hangs between them."""
    tree = cKDTree(tights.vertices)
    aside = skirt.vertices.copy()
    aside[:, 1] = np.where(aside[:, 1] >= 0, 1.0, -1.0) * np.maximum(np.abs(aside[:, 1]), 0.04)
    own, other = (
        tights.weights[tree.query(points, k=4)[1]].mean(axis=1)
        for points in (aside, aside * np.array([1.0, -1.0, 1.0]))
    )
    share = 0.5 + 0.5 * np.clip(np.abs(skirt.vertices[:, 1:2]) / 0.04, 0.0, 1.0)
    return replace(skirt, weights=share * own + (1 - share) * other)


def _cut_shoes(tights: Piece, marks: Landmarks) -> Piece:
    shoes = clip(replace(tights, material="shoes", triangles=0.06), marks.ankle + 0.015 - tights.vertices[:, 2])
    shoes = inflate(smooth(shoes, 3), 0.007)
    vertices = shoes.vertices.copy()
    low = vertices[:, 2] < 0.025
    vertices[low, 2] = np.maximum(0.0, (vertices[low, 2] - 0.008) * 25 / 17)  # a flat sole
    return rim(replace(shoes, vertices=vertices), 0.010)


def _grow_hair(head: Piece, upper: Piece, recipe: Recipe, marks: Landmarks) -> list[Piece]:
    eye, scale = marks.eye, marks.scale
    if recipe.cut == "bald":
        return []
    thickness, volume, receding = {
        "cap": (0.007, 0.016, 0.0), "thin": (0.004, 0.002, 0.045), "bob": (0.009, 0.014, 0.0),
        "long": (0.009, 0.013, 0.0), "bun": (0.006, 0.008, 0.0), "tail": (0.006, 0.007, 0.0),
        "curly": (0.020, 0.030, 0.004),
    }[recipe.cut]  # fmt: skip
    pieces = [scalp(head, eye, scale, thickness * scale, receding=receding, volume=volume * scale)]
    joint = {name: np.eye(len(JOINT_NAMES))[JOINT_NAMES.index(name)] for name in ("head", "neck", "spine3")}
    crown = pieces[0].vertices[np.abs(pieces[0].vertices[:, 2] - eye[2] - 0.035 * scale) < 0.02 * scale]
    back = np.array([crown[:, 0].min() + 0.03 * scale, 0.0, eye[2]])
    if recipe.cut in ("bob", "long"):
        rows = 14
        length = (0.165 if recipe.cut == "bob" else 0.34) * scale
        below = np.linspace(-0.055 * scale, length, rows)
        share = np.clip((below - 0.10 * scale) / (0.16 * scale), 0.0, 1.0)[:, None]
        deeper = np.clip((below - 0.14 * scale) / (0.12 * scale), 0.0, 1.0)[:, None]
        weights = (1 - share) * joint["head"] + share * ((1 - deeper) * joint["neck"] + deeper * joint["spine3"])
        obstacle = np.concatenate([head.vertices, upper.vertices])
        front = 78.0 if recipe.cut == "bob" else 88.0
        pieces.append(curtain(obstacle, eye, scale, length, front=front, weights=weights))
    elif recipe.cut == "bun":
        pieces.append(ball(back + np.array([-0.055, 0, 0.045]) * scale, 0.042 * scale * np.ones(3), joint["head"]))
    elif recipe.cut == "tail":
        pieces.append(
            ball(back + np.array([-0.042, 0, 0.025]) * scale, np.array([0.028, 0.026, 0.030]) * scale, joint["head"])
        )
        pieces.append(
            ball(back + np.array([-0.052, 0, -0.075]) * scale, np.array([0.026, 0.030, 0.105]) * scale, joint["head"])
        )
    return pieces
