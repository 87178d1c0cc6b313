"""Where the surface of a body lies on its texture: one map per kind of piece (offline, used by `motion/bake.py`).

Every map is a function of the position in the rest pose alone, so that all levels of detail share one texture.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from motion.clip import JOINT_NAMES
from motion.palette import AXIS, CELLS, RISE, TURN
from motion.tailor import Piece, compact

FloatArray = npt.NDArray[np.float64]

MARGIN = 1.5  # px of a cell that stay free, so that neighbours do not bleed into it
_ARM = ("shoulder", "elbow", "wrist")
DORSAL = (0.62, 0.74, 0.26)  # out of the back of the left hand in the rest pose
_STRANDS = ((-0.50, -0.10, 0.18), (0.0, 0.35, 1.0))  # of hair: metres along the curve of the head from eye level up


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Landmarks:
    """Where things are on a template body, person frame, metres.

    Attributes:
        eye: (3,) mid-point of the eyes. eyes: (2, 3) left, right. eye_radius: of an eyeball.
        scale: size of the head, 1 for 0.1125 m from eye to crown.
        hem, collar: heights where the upper garment ends. waist: height where the lower one begins. spine: x of the
            trunk's axis.
        ankle: height of the ankles.
    """

    eye: FloatArray
    eyes: FloatArray
    eye_radius: float
    scale: float
    hem: float
    collar: float
    waist: float
    spine: float
    ankle: float


def unroll(angle: FloatArray) -> FloatArray:
    """Return the share of a cell's width for an angle about the trunk (0 ahead, up to 1.2 half turns)."""
    return np.asarray(0.5 + 0.5 * np.sign(angle) * (np.abs(angle) / (1.2 * np.pi)) ** 0.75)


def unwrap(piece: Piece, marks: Landmarks, joints: FloatArray) -> list[tuple[Piece, FloatArray]]:
    """Return the parts of a piece, each with its uv (V, 2) in pixels of the atlas.

    A piece is cut where its map has a seam, and goes to other cells where it has arms or hands: "upper" and "inner"
    have sleeves, "hands" are the bare arms and "skin" the bare legs of a body, "face" the whole head and neck.

    Args:
        piece: its `material` names the cell. marks: of the body. joints: (22, 3) metres, of the body.
    """
    result = []
    for part in _cut_arms(piece, joints):
        material = part.material
        if material in ("face", "upper", "inner"):
            axis = _head_axis(marks) if material == "face" else marks.spine
            angle = np.arctan2(part.vertices[:, 1], part.vertices[:, 0] - axis)
            across = np.ptp(angle[part.faces], axis=1) > np.pi
            for pick, beyond in ((~across, 0.0), (across, 2 * np.pi)):
                if pick.any():
                    side = compact(replace(part, faces=part.faces[pick]))
                    result.append((side, place(material, side.vertices, marks, joints, beyond)))
        else:
            result.append((part, place(material, part.vertices, marks, joints)))
    return result


def place(material: str, vertices: FloatArray, marks: Landmarks, joints: FloatArray, beyond: float = 0.0) -> FloatArray:
    """Return uv (V, 2) in pixels of the atlas for vertices (V, 3) of one cell.

    Args:
        material: its cell, or "back" and "palm" for the hands. vertices: metres. marks, joints: of the body.
        beyond: added to negative angles about the trunk, radians; 2 pi continues the left side across the back.
    """
    x, y, z = vertices.T
    if material == "face":
        angle = np.degrees(_turn(x - _head_axis(marks), y, beyond))
        u = 0.5 + 0.5 * np.sign(angle) * np.interp(np.abs(angle), *TURN)
        v = np.interp((z - marks.eye[2]) / marks.scale, *RISE)
    elif material == "eye":
        side = np.where((y > 0)[:, None], marks.eyes[0], marks.eyes[1])
        u, v = (0.5 + 0.46 * (vertices - side)[:, 1:] / marks.eye_radius).T
    elif material in ("upper", "inner"):
        u = unroll(_turn(x - marks.spine, y, beyond))
        v = (z - marks.hem) / (marks.collar - marks.hem)
    elif material in ("lower", "leg"):
        centre = _leg_axis(z, joints, split=material == "leg")
        u = np.abs(np.arctan2(np.abs(y) - centre[1], x - centre[0])) / np.pi
        v = z / (marks.waist + 0.05)
    elif material == "skirt":
        u = np.abs(np.arctan2(y, x - marks.spine)) / np.pi
        v = z / (marks.waist + 0.05)
    elif material in ("sleeve", "inner_sleeve", "arm"):
        along, around = arm_coordinates(vertices, joints)
        low, high = (0.0, 0.55) if material == "arm" else (0.0, 1.0)
        u = around / np.pi
        v = high - (along + 0.35) / 2.55 * (high - low)
    elif material in ("back", "palm"):
        across, ahead = hand_coordinates(vertices, joints)
        u = 0.02 + (across + 0.112) / 0.172 * 0.46 + 0.5 * (material == "palm")
        v = 0.57 + (ahead + 0.02) / 0.26 * 0.43
    elif material == "shoes":
        heel = joints[JOINT_NAMES.index("left_ankle"), 0] - 0.08
        middle = 0.5 * (joints[JOINT_NAMES.index("left_ankle")] + joints[JOINT_NAMES.index("left_foot")])
        u = (x - heel) / 0.32
        v = 1.0 - np.arctan2(np.abs(np.abs(y) - middle[1]), z - 0.03) / np.pi
    elif material == "hair":
        ahead = x - _head_axis(marks)
        curve = 0.115 * np.arctan2(np.maximum(z - marks.eye[2], 0.0), np.hypot(ahead, y))
        u = np.abs(np.arctan2(y, ahead)) / np.pi
        v = np.interp(np.where(z > marks.eye[2], curve, (z - marks.eye[2]) / marks.scale), *_STRANDS)
    else:
        u = v = np.full_like(z, 0.5)
    left, bottom, right, top = CELLS["arm" if material in ("back", "palm") else material]
    uv = np.stack([left + u * (right - left), bottom + v * (top - bottom)], axis=1)
    return np.clip(uv, [left + MARGIN, bottom + MARGIN], [right - MARGIN, top - MARGIN])


def _turn(ahead: FloatArray, aside: FloatArray, beyond: float) -> FloatArray:
    angle = np.arctan2(aside, ahead)
    return np.asarray(np.where(angle < 0, angle + beyond, angle))


def _head_axis(marks: Landmarks) -> float:
    """Return x of the upright axis about which heads are unrolled."""
    return float(marks.eye[0] - AXIS * marks.scale)


def _leg_axis(height: FloatArray, joints: FloatArray, *, split: bool) -> FloatArray:
    """Return x, y (2, V) of the left leg's axis at heights; where trousers are one it moves to the middle."""
    chain = joints[[JOINT_NAMES.index(f"left_{name}") for name in ("ankle", "knee", "hip")]]
    x, y = (np.interp(height, chain[:, 2], chain[:, k]) for k in (0, 1))
    apart = 1.0 if split else np.clip((chain[2, 2] + 0.02 - height) / 0.12, 0.0, 1.0)
    return np.stack([x, y * apart])


def arm_coordinates(vertices: FloatArray, joints: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return where vertices lie along the nearer arm (1 the elbow, 2 the wrist), and the angle 0 (out) to pi (in)."""
    chain = joints[[JOINT_NAMES.index(f"left_{name}") for name in _ARM]]
    points = vertices * np.where(vertices[:, 1:2] < 0, [1.0, -1.0, 1.0], 1.0)
    best, along, around = np.full(len(points), np.inf), np.zeros(len(points)), np.zeros(len(points))
    for start in (0, 1):
        axis = chain[start + 1] - chain[start]
        t = np.clip((points - chain[start]) @ axis / (axis @ axis), *((-2.0, 1.0) if start == 0 else (0.0, 3.0)))
        offset = points - chain[start] - t[:, None] * axis
        distance = np.linalg.norm(offset, axis=1)
        unit = axis / np.linalg.norm(axis)
        out = np.array([0.0, 0.7, 0.7]) - (np.array([0.0, 0.7, 0.7]) @ unit) * unit
        aside = np.cross(unit, out)
        angle = np.abs(np.arctan2(offset @ aside, offset @ out))
        nearer = distance < best
        best[nearer], along[nearer], around[nearer] = distance[nearer], start + t[nearer], angle[nearer]
    return along, around


def hand_coordinates(vertices: FloatArray, joints: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return metres across the hand (the thumb's side negative) and from the wrist towards the fingertips."""
    elbow, wrist = joints[JOINT_NAMES.index("left_elbow")], joints[JOINT_NAMES.index("left_wrist")]
    points = vertices * np.where(vertices[:, 1:2] < 0, [1.0, -1.0, 1.0], 1.0) - wrist
    dorsal = np.array(DORSAL) / np.linalg.norm(DORSAL)
    ahead = (wrist - elbow) - ((wrist - elbow) @ dorsal) * dorsal
    ahead /= np.linalg.norm(ahead)
    return points @ np.cross(dorsal, ahead), points @ ahead


def _cut_arms(piece: Piece, joints: FloatArray) -> list[Piece]:
    """Return the parts of a piece that lie in cells of their own."""
    along = arm_coordinates(piece.vertices, joints)[0]
    corners = piece.vertices[piece.faces]
    if piece.material in ("upper", "inner") and not piece.lined:
        arms = [JOINT_NAMES.index(f"{side}_{name}") for side in ("left", "right") for name in _ARM]
        arm = piece.weights[:, arms].sum(axis=1)[piece.faces].mean(axis=1) > 0.5
        names = {piece.material: ~arm, "sleeve" if piece.material == "upper" else "inner_sleeve": arm}
    elif piece.material == "hands":
        hand = along[piece.faces].mean(axis=1) > 1.97
        outward = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        mirrored = np.where(corners[:, 0, 1:2] < 0, [1.0, -1.0, 1.0], 1.0) * np.array(DORSAL)
        dorsal = (outward * mirrored).sum(axis=1) > 0
        names = {"arm": ~hand, "back": hand & dorsal, "palm": hand & ~dorsal}
    elif piece.material == "skin":
        names = {"leg": np.ones(len(piece.faces), dtype=bool)}
    else:
        return [piece]
    return [
        compact(replace(piece, material=name, faces=piece.faces[pick])) for name, pick in names.items() if pick.any()
    ]
