"""Bags and their straps (offline, for `bake.py`)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from motion.clip import JOINT_NAMES
from motion.garments import along_arm
from motion.solids import box, rigid, tube
from motion.tailor import Piece, Template, patch, reach

FloatArray = npt.NDArray[np.float64]
SPINE3, SPINE1 = JOINT_NAMES.index("spine3"), JOINT_NAMES.index("spine1")


def hanging(joints: FloatArray, side: str) -> FloatArray:
    """Return the rotation (3, 3) from the rest pose to an arm that hangs straight, as the gait holds it."""
    shoulder, elbow, wrist = (joints[JOINT_NAMES.index(f"{side}_{n}")] for n in ("shoulder", "elbow", "wrist"))
    fore = wrist - elbow
    along = fore / np.linalg.norm(fore)
    hinge = np.cross(elbow - shoulder, fore)
    hinge -= along * (along @ hinge)
    hinge /= np.linalg.norm(hinge)
    rest = np.stack([along, hinge, np.cross(along, hinge)], axis=1)
    down, right = np.array([0.0, 0.0, -1.0]), np.array([0.0, -1.0, 0.0])
    return np.asarray(np.stack([down, right, np.cross(down, right)], axis=1) @ rest.T)


def cut_bag(kind: str, template: Template, garment: Piece, size: float) -> list[Piece]:
    """Return a backpack, a shoulder bag, a tote bag over the shoulder or a briefcase in the left hand.

    Args:
        kind: as in `Person.bag`. garment: the outermost, on which straps lie. size: of the person, 1 for 1.75 m.
    """
    return {"backpack": _backpack, "shoulder bag": _shoulder_bag, "tote bag": _tote, "briefcase": _briefcase}[kind](
        template, garment, size
    )


def _trunk(template: Template, garment: Piece) -> FloatArray:
    return garment.vertices[along_arm(template, garment.vertices) < 0.1]


def _backpack(template: Template, garment: Piece, size: float) -> list[Piece]:
    shoulder = template.joint("left_shoulder")
    trunk = _trunk(template, garment)
    size = 0.25 * 1.0 + 0.75 * size
    top = shoulder[2] + 0.01
    near = trunk[(trunk[:, 2] < top) & (trunk[:, 2] > top - 0.38 * size) & (np.abs(trunk[:, 1]) < 0.08)]
    back = np.percentile(near[:, 0], 2) + 0.012
    low, high = [back - 0.135 * size, -0.140 * size, top - 0.42 * size], [back, 0.140 * size, top]
    pieces = [rigid(*box(np.array(low), np.array(high), 0.05 * size, 3), "bag", SPINE3)]
    low, high = (
        [back - 0.175 * size, -0.115 * size, top - 0.40 * size],
        [back - 0.11 * size, 0.115 * size, top - 0.20 * size],
    )
    pieces.append(rigid(*box(np.array(low), np.array(high), 0.03 * size, 2), "bag", SPINE3, levels=2))
    loop = np.array(
        [
            [back - 0.02, -0.03, top],
            [back - 0.02, -0.02, top + 0.035],
            [back - 0.02, 0.02, top + 0.035],
            [back - 0.02, 0.03, top],
        ]
    )
    pieces.append(rigid(*tube(loop, 0.007, 5), "bag", SPINE3, levels=1))
    x, y, z = garment.vertices.T
    centre = np.interp(z, [shoulder[2] - 0.30 * size, shoulder[2]], [0.125, 0.105]) * size
    width = 0.026 * size - np.abs(np.abs(y) - centre)
    span = np.minimum(z - (shoulder[2] - 0.26 * size), np.where(x > back + 0.01, 1.0, -1.0))
    arm = along_arm(template, garment.vertices)
    strap = np.minimum(np.minimum(width, span), 0.35 - arm)
    pieces.append(patch(garment, strap, "bag", 0.009, triangles=2.0))
    return pieces


def _cross(template: Template, garment: Piece, size: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the strap's plane: a point near the right side of the neck, the place of the bag, the normal."""
    neck, pelvis = template.joint("neck"), template.joints[0]
    trunk = _trunk(template, garment)
    level = pelvis[2] - 0.02 * size
    near = trunk[np.abs(trunk[:, 2] - level) < 0.03]
    centre = near[:, :2].mean(axis=0)
    way = np.array([-0.34, 0.94])  # left and a little behind
    out = reach(near[:, :2] - centre, way[None])[0]
    bag = np.array([*(centre + way * (out + 0.002)), level])
    start = np.array([neck[0] - 0.01, -0.085 * size, neck[2]])
    normal = np.cross(bag - start, [1.0, 0.0, 0.0])
    return start, bag, normal / np.linalg.norm(normal)


def _shoulder_bag(template: Template, garment: Piece, size: float) -> list[Piece]:
    start, bag, normal = _cross(template, garment, size)
    plane = (garment.vertices - start) @ normal
    height = garment.vertices[:, 2]
    inside = np.minimum(
        0.016 - np.abs(plane), np.minimum(height - bag[2] + 0.02, 0.4 - along_arm(template, garment.vertices))
    )
    strap = patch(garment, inside, "bag", 0.007, triangles=2.5)
    half = np.array([0.130, 0.040, 0.095]) * (0.4 + 0.6 * size)
    vertices, faces = box(-half, half, 0.025, 2)
    low = vertices[:, 2] < 0
    vertices[low, 1] *= 1.15
    flap, flap_faces = box(np.array([-1.02, 0.80, -0.35]) * half, np.array([1.02, 1.14, 1.03]) * half, 0.012, 1)
    turn = np.arctan2(0.94, -0.34) - np.pi / 2
    c, s = np.cos(turn), np.sin(turn)
    spin = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
    centre = bag + spin @ np.array([0.0, 0.75 * half[1], -0.6 * half[2]])
    pieces = [
        rigid(vertices @ spin.T + centre, faces, "bag", SPINE1),
        rigid(flap @ spin.T + centre, flap_faces, "bag", SPINE1, levels=2),
    ]
    return [strap, *pieces]


def _tote(template: Template, garment: Piece, size: float) -> list[Piece]:
    rest = hanging(template.joints, "left")
    wrist = template.joint("left_wrist")
    along = wrist - template.joint("left_elbow")
    grip = wrist + along / np.linalg.norm(along) * 0.085 * size
    half = np.array([0.17, 0.045, 0.155])
    vertices, faces = box(-half, half, 0.03, 2)
    vertices[:, 1] *= np.where(vertices[:, 2] > 0.05, 0.55, 1.0)
    vertices = vertices - [0.0, 0.0, half[2] + 0.13]
    pieces = [(vertices, faces, 3)]
    for y in (-0.018, 0.018):
        arc = np.array(
            [
                [-0.075, y, -0.17],
                [-0.068, y, -0.08],
                [-0.040, 0.4 * y, -0.012],
                [0.0, 0.0, 0.0],
                [0.040, 0.4 * y, -0.012],
                [0.068, y, -0.08],
                [0.075, y, -0.17],
            ]
        )
        pieces.append((*tube(arc, 0.0065, 5), 3))
    return _in_hand(pieces, rest, grip, "bag")


def _briefcase(template: Template, garment: Piece, size: float) -> list[Piece]:
    rest = hanging(template.joints, "left")
    wrist = template.joint("left_wrist")
    along = wrist - template.joint("left_elbow")
    grip = wrist + along / np.linalg.norm(along) * 0.085 * size
    half = np.array([0.20, 0.045, 0.14])
    vertices, faces = box(-half, half, 0.018, 2)
    flap, flap_faces = box(np.array([-0.203, -0.049, -0.03]), np.array([0.203, 0.049, 0.143]), 0.015, 1)
    drop = np.array([0.0, 0.0, half[2] + 0.045])
    arc = np.array([[-0.065, 0, -0.045], [-0.055, 0, -0.006], [0, 0, 0.0], [0.055, 0, -0.006], [0.065, 0, -0.045]])
    return _in_hand(
        [(vertices - drop, faces, 3), (flap - drop, flap_faces, 2), (*tube(arc, 0.010, 6), 3)], rest, grip, "bag"
    )


def _in_hand(
    parts: list[tuple[FloatArray, npt.NDArray[np.int64], int]], rest: FloatArray, grip: FloatArray, material: str
) -> list[Piece]:
    """Turn what hangs upright from the origin to where it is in the rest pose, held by the left hand."""
    hand = JOINT_NAMES.index("left_wrist")
    return [replace(rigid(v @ rest + grip, f, material, hand), levels=levels) for v, f, levels in parts]
