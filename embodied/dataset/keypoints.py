"""The 17 keypoints of COCO (Lin et al. 2014, arXiv 1405.0312) of simulated people, and whether a camera sees them."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

from motion.body import load_body
from motion.clip import DRAWN, DRAWN_NAMES, JOINT_NAMES, Body, FloatArray
from scenes.backend import Camera, Frame
from scenes.optics import Lens

FACE = ("nose", "left_eye", "right_eye", "left_ear", "right_ear")
LIMBS = tuple(
    f"{side}_{part}" for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle") for side in ("left", "right")
)
KEYPOINTS: tuple[str, ...] = (*FACE, *LIMBS)
SKELETON = (
    (16, 14), (14, 12), (17, 15), (15, 13), (12, 13), (6, 12), (7, 13), (6, 7), (6, 8), (7, 9), (8, 10), (9, 11),
    (2, 3), (1, 2), (1, 3), (2, 4), (3, 5), (4, 6), (5, 7),
)  # fmt: skip  # COCO's own, numbers from 1
HIDDEN, VISIBLE = 1, 2
HEAD = JOINT_NAMES.index("head")
_JOINTS = np.array([JOINT_NAMES.index(name) for name in LIMBS])

# Places of the eyes and ears from the head joint (x ahead, y left, z up), where the nose is 1 ahead; measured on the
# bald one of the baked heads, which are one mesh (MakeHuman's) in different shapes.
_FACE = np.array([[0.78, 0.26, 0.26], [0.78, -0.26, 0.26], [-0.04, 0.68, 0.14], [-0.04, -0.68, 0.14]])

# How far behind the surface that is seen a visible keypoint may lie, metres: joints are inside the limb or trunk.
_DEPTHS = np.array([0.05] * 3 + [0.08] * 2 + [0.17] * 2 + [0.11] * 4 + [0.22] * 2 + [0.15] * 2 + [0.11] * 2)

# The joints whose flesh may cover a visible keypoint: its own, what it hangs on, and what hangs on it.
_COVERS = {
    "head": ("head", "neck", "jaw"),
    "shoulder": ("collar", "shoulder", "spine3", "neck", "elbow"),
    "elbow": ("shoulder", "elbow"),
    "wrist": ("elbow", "wrist"),
    "hip": ("pelvis", "hip", "spine1", "spine2", "knee"),
    "knee": ("hip", "knee"),
    "ankle": ("knee", "ankle", "foot"),
}


def _covers(keypoint: str) -> list[int]:
    """Return the values of `Frame.part` that may stand where a keypoint is visible."""
    side, _, part = keypoint.partition("_")
    names = _COVERS["head" if keypoint in FACE else part]
    return [1 + DRAWN_NAMES.index(n if n in DRAWN_NAMES else f"{side}_{n}") for n in names]


_PARTS = np.zeros((len(KEYPOINTS), 1 + DRAWN), dtype=np.bool_)
for _number, _name in enumerate(KEYPOINTS):
    _PARTS[_number, _covers(_name)] = True


@cache
def _face_points(name: str) -> FloatArray:
    """Return the points (5, 3) of a body's face from its head joint, person frame, metres."""
    body = load_body(name)
    mesh = body.meshes[0]
    owner = mesh.joint_indices[np.arange(len(mesh.vertices)), mesh.joint_weights.argmax(axis=1)]
    head = mesh.vertices[owner == HEAD] - body.joints[HEAD]
    middle = head[(np.abs(head[:, 1]) < 0.02) & (head[:, 2] > -0.06) & (head[:, 2] < 0.05)]  # below brims of hats
    nose = middle[middle[:, 0].argmax()].astype(np.float64)
    nose[1] = 0.0
    return np.vstack([nose, nose[0] * _FACE + (0.0, 0.0, nose[2])])


def place_keypoints(body: Body, joints: FloatArray) -> FloatArray:
    """Return the keypoints (17, 3) of a posed person, world frame, metres.

    Args:
        body: whose rest pose has joint frames with the axes of the person.
        joints: (22 or more, 4, 4) joints to world.
    """
    head = joints[HEAD]
    return np.vstack([_face_points(body.name) @ head[:3, :3].T + head[:3, 3], joints[_JOINTS, :3, 3]])


def project_points(camera: Camera, lens: Lens, points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the pixels (K, 2), column and row, and the planar depths (K,) of world points (K, 3) seen through a lens.

    Pixels are NaN behind the camera and where the lens would fold the picture.
    """
    local = (points - camera.pose[:3, 3]) @ camera.pose[:3, :3]
    pixels = np.full((len(points), 2), np.nan)
    ahead = local[:, 2] > camera.near
    if any(lens.distortion):
        reach = np.abs(lens.rays(camera)).max(axis=(0, 1))
        ahead &= (np.abs(local[:, :2]) <= 1.05 * reach * np.maximum(local[:, 2:], camera.near)).all(axis=1)
    if ahead.any():
        there, k = np.ascontiguousarray(local[ahead]), camera.intrinsics()
        pixels[ahead] = cv2.projectPoints(there, np.zeros(3), np.zeros(3), k, np.array(lens.distortion))[0][:, 0]
    return pixels, local[:, 2]


def label_keypoints(
    frame: Frame, instance: int, pixels: FloatArray, depths: FloatArray
) -> list[tuple[float, float, int]]:
    """Return x, y, v of each keypoint: 0 outside the picture, 1 in it but hidden, 2 seen.

    A keypoint is seen where a pixel on or beside it belongs to the person, to a part of the body that may cover it, and
    to a surface not far before it. Without `Frame.part` (the fallback renderer) the last alone tells front from back.

    Args:
        frame: the picture, with `part` where the renderer has it.
        instance: of the person.
        pixels: (17, 2); depths: (17,) metres, planar; from `project_points`.
    """
    height, width = frame.instance.shape
    labels = []
    for number, ((u, v), depth) in enumerate(zip(pixels.tolist(), depths.tolist(), strict=True)):
        if not (0.0 <= u < width and 0.0 <= v < height):  # False for NaN
            labels.append((0.0, 0.0, 0))
            continue
        row, column = int(v), int(u)
        near = np.s_[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2]
        own = (frame.instance[near] == instance) & (frame.depth[near] > depth - _DEPTHS[number])
        if frame.part is not None:
            own &= _PARTS[number, frame.part[near]]
        labels.append((round(u, 2), round(v, 2), VISIBLE if own.any() else HIDDEN))
    return labels
