"""Wheelchairs and walking sticks (offline, for `bake.py`)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from motion.clip import JOINT_NAMES
from motion.garments import LEG, along_arm, limb
from motion.solids import box, rigid, ring, tube
from motion.tailor import Piece, Template

FloatArray = npt.NDArray[np.float64]
LEFT_AID, RIGHT_AID = 22, 23
CLEARANCE = 0.06  # m of the foot rests above the ground
CUSHION = 0.055  # m thick
SAG = 0.012  # m by which sitting presses flesh and cushion together


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Aid:
    """What somebody moves with.

    Attributes:
        pieces: its shells. origins: (2, 3) of the left and right aid in the rest pose, metres.
        seat, stick: as in `Body`.
    """

    pieces: list[Piece]
    origins: FloatArray
    seat: float = 0.0
    stick: float = 0.0


def _bottom(template: Template) -> float:
    """Return metres from the pelvis joint down to what one sits on, the thighs level."""
    tights = template.piece("tights", "lower")
    place, axis = limb(template, tights.vertices, LEG)
    thigh = (place > 0.15) & (place < 0.7) & (along_arm(template, tights.vertices) < 0)
    behind = float(np.percentile((axis - tights.vertices)[thigh, 0], 95))
    return behind + float(template.joints[0, 2] - template.joint("left_hip")[2])


def build_wheelchair(template: Template, size: float, level: int) -> Aid:
    """Return a wheelchair that fits a person; it goes with the pelvis, so that it floats in the rest pose.

    The person sits upright: thighs level, shanks upright, feet level on the foot rests. Dimensions after common manual
    chairs: 24 inch wheels, seat about 0.5 m high, back rest 0.4 m (ISO 7176-7 names them).
    """
    size = 0.35 + 0.65 * size
    pelvis, hip = template.joints[0], template.joint("left_hip")
    knee, ankle = template.joint("left_knee"), template.joint("left_ankle")
    thigh, shank = np.linalg.norm(knee - hip), np.linalg.norm(ankle - knee)
    seat = CLEARANCE + ankle[2] + shank + pelvis[2] - hip[2]  # the pelvis above the ground
    ground = pelvis[2] - seat  # where the ground lies in the rest pose
    cushion = seat - _bottom(template) + SAG  # top of it above the ground
    width = max(0.19 * size, hip[1] + 0.10)
    front, back = pelvis[0] + thigh - 0.10, pelvis[0] - 0.15 * size
    wheel = 0.305 * (0.5 + 0.5 * size)
    axle = np.array([pelvis[0] - 0.05, 0.0, ground + wheel])
    sides, fine = (8, 4, 3)[level], (32, 18, 12)[level]
    pieces: list[Piece] = []

    def add(shape: tuple[FloatArray, npt.NDArray[np.int64]], material: str, joint: int = 0) -> None:
        pieces.append(rigid(*shape, material, joint))

    def at(x: float, y: float, z: float) -> list[float]:
        return [x, y, ground + z]

    def pipe(points: list[list[float]], radius: float, material: str = "metal", joint: int = 0) -> None:
        add(tube(np.array(points), radius, sides), material, joint)

    low = cushion - CUSHION
    add(box(np.array(at(back, -width, low)), np.array(at(front, width, cushion)), 0.022, (2, 1, 0)[level]), "plastic")
    rest = cushion + 0.40 * size
    add(
        box(
            np.array(at(back - 0.035, -width, low + 0.04)),
            np.array(at(back - 0.010, width, rest)),
            0.012,
            (1, 1, 0)[level],
        ),
        "plastic",
    )
    foot = knee[0] * 0 + pelvis[0] + thigh - 0.02 + (hip[0] - pelvis[0])
    plate = CLEARANCE - 0.004
    for sign, joint in ((1.0, LEFT_AID), (-1.0, RIGHT_AID)):
        y = sign * (width + 0.012)
        pipe(
            [
                at(back - 0.02, y, low - 0.12),
                at(back - 0.02, y, rest + 0.07),
                at(back - 0.04, y, rest + 0.10),
                at(back - 0.09, y, rest + 0.105),
                at(back - 0.15, y, rest + 0.10),
            ],
            0.011,
        )
        pipe([at(back - 0.095, y, rest + 0.105), at(back - 0.16, y, rest + 0.099)], 0.017, "rubber")
        bend = front + 0.05
        pipe(
            [
                at(back - 0.02, y, low - 0.012),
                at(front - 0.03, y, low - 0.012),
                at(bend, y, low - 0.04),
                at(bend + 0.035, y, low - 0.10),
                at(foot - 0.02, sign * 0.16 * size, plate + 0.05),
                at(foot, sign * 0.15 * size, plate + 0.01),
            ],
            0.012,
        )
        pipe(
            [
                at(back + 0.02, y, low - 0.015),
                at(back + 0.02, y, wheel - 0.05),
                at(front - 0.05, y, wheel - 0.10),
                at(front - 0.02, y, low - 0.02),
            ],
            0.011,
        )
        add(
            box(
                np.array(at(foot - 0.07, sign * 0.09 - 0.075 * size, plate - 0.012)),
                np.array(at(foot + 0.15 * size, sign * 0.09 + 0.075 * size, plate)),
                0.006,
                (1, 1, 0)[level],
            ),
            "rubber",
        )
        guard = np.array([at(back + 0.03, y - 0.004, low), at(front - 0.12, y + 0.004, cushion + 0.13 * size)])
        if level < 2:
            add(box(np.minimum(*guard), np.maximum(*guard), 0.004, 1), "plastic")
        # the caster in front
        small = 0.075
        fork = at(front - 0.01, y, small)
        pipe(
            [
                at(front - 0.03, y, wheel - 0.09),
                at(front - 0.03, y, 2 * small + 0.02),
                at(front - 0.01, y + 0.022, 2 * small),
                at(front - 0.01, y + 0.022, small),
            ],
            0.009,
        )
        add(ring(np.array(fork), small - 0.014, 0.014, fine // 2, max(3, sides - 2)), "rubber")
        if level < 2:
            half = np.array([0.035, 0.008, 0.035])
            add(box(np.array(fork) - half, np.array(fork) + half, 0.03, 1), "metal")
        # the large wheel
        out = np.array([0.0, sign, 0.0])
        hub = axle + (width + 0.052) * out
        add(ring(hub, wheel - 0.014, 0.014, fine, max(3, sides - 2)), "rubber", joint)
        if level < 2:
            add(ring(hub, wheel - 0.034, 0.009, fine, 4), "metal", joint)
        push = hub + 0.032 * out
        add(ring(push, wheel - 0.045, 0.009, fine, max(3, sides - 2)), "metal", joint)
        pipe([list(hub - 0.05 * out), list(hub + 0.012 * out)], 0.024, "metal", joint)
        spokes = (16, 8, 5)[level]
        for k in range(spokes):
            angle = 2 * np.pi * k / spokes
            way = np.array([np.cos(angle), 0.0, np.sin(angle)])
            skew = np.array([-np.sin(angle), 0.0, np.cos(angle)]) * (0.02 if k % 2 else -0.02)
            side = np.array([0.0, sign * (0.008 if k % 2 else -0.012), 0.0])
            add(
                tube(np.array([hub + skew + side, hub + way * (wheel - 0.034)]), (0.0022, 0.003, 0.005)[level], 3),
                "metal",
                joint,
            )
        for k in range(6 if level < 2 else 0):
            angle = 2 * np.pi * (k + 0.5) / 6
            way = np.array([np.cos(angle), 0.0, np.sin(angle)])
            add(tube(np.array([hub + way * (wheel - 0.034), push + way * (wheel - 0.045)]), 0.004, 3), "metal", joint)
    pipe([at(back + 0.0, -width, low - 0.03), at(back + 0.0, width, low - 0.03)], 0.010)
    pipe([at(back + 0.03, -width, wheel), at(back + 0.03, width, wheel)], 0.012)
    origins = axle + np.array([[0.0, width + 0.052, 0.0], [0.0, -width - 0.052, 0.0]])
    return Aid(pieces=pieces, origins=origins, seat=float(seat))


def build_stick(template: Template, height: float, level: int) -> Aid:
    """Return a walking stick whose handle lies in the right hand of the rest pose.

    Its length is the height of the crease of the wrist above the ground with the arm hanging, about half the height
    (Kumar et al. 1995, Archives of Physical Medicine and Rehabilitation 76).
    """
    wrist, elbow = template.joint("right_wrist"), template.joint("right_elbow")
    along = (wrist - elbow) / np.linalg.norm(wrist - elbow)
    handle = wrist + along * 0.075 * height / 1.75 + np.array([0.0, 0.0, -0.015])
    length = 0.5 * height
    sides = (8, 6, 4)[level]
    shaft = np.array([[0.0, 0.0, -length], [0.0, 0.0, -length + 0.03], [0.0, 0.0, -0.02], [0.0, 0.0, -0.005]])
    crook = np.array(
        [
            [-0.050, 0, -0.006],
            [-0.045, 0, 0.002],
            [-0.02, 0, 0.006],
            [0.02, 0, 0.004],
            [0.055, 0, -0.004],
            [0.068, 0, -0.014],
        ]
    )
    tip = np.array([[0.0, 0.0, -length], [0.0, 0.0, -length + 0.028]])
    pieces = [
        rigid(*tube(shaft + handle, 0.010, sides), "plastic", RIGHT_AID),
        rigid(*tube(crook + handle, np.array([0.010, 0.013, 0.014, 0.014, 0.012, 0.008]), sides), "plastic", RIGHT_AID),
        rigid(*tube(tip + handle, 0.0135, sides), "rubber", RIGHT_AID),
    ]
    pelvis = template.joints[0]
    return Aid(pieces=pieces, origins=np.stack([pelvis, handle]), stick=length)


def build_aid(template: Template, kind: str, height: float, level: int) -> Aid:
    """Return what somebody moves with; nothing for "" ."""
    if kind == "wheelchair":
        return build_wheelchair(template, height / 1.75, level)
    if kind == "stick":
        return build_stick(template, height, level)
    pelvis = template.joints[JOINT_NAMES.index("pelvis")]
    return Aid(pieces=[], origins=np.stack([pelvis, pelvis]))
