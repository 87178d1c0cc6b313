"""Hair shells grown from the head of a template body (offline, used by `motion/bake.py`)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from motion.clip import JOINT_NAMES
from motion.garments import crumple
from motion.tailor import Piece, Template, clip, ellipsoid, grid_faces, normals, subdivide

FloatArray = npt.NDArray[np.float64]

# Hairline: metres behind the eyes -> metres above the eyes, for a head that is 0.1125 m from eye to crown.
_HAIRLINE_X = (-0.25, -0.20, -0.155, -0.140, -0.125, -0.090, -0.080, -0.065, -0.045, -0.010, 0.03)
_HAIRLINE_Z = (-0.080, -0.070, -0.045, -0.02, 0.022, 0.024, -0.015, 0.010, 0.040, 0.062, 0.066)


def above_hairline(vertices: FloatArray, eye: FloatArray, scale: float, *, receding: float = 0.0) -> FloatArray:
    """Return metres above the hairline (V,), negative on the face and neck.

    Args:
        vertices: (V, 3). eye: (3,) mid-point of the eyes. scale: size of the head, 1 for 0.1125 m from eye to crown.
        receding: metres by which the front line has moved up.
    """
    x = (vertices[:, 0] - eye[0]) / scale
    z = (vertices[:, 2] - eye[2]) / scale
    line = np.interp(x, _HAIRLINE_X, _HAIRLINE_Z)
    line = line + receding * np.clip((x + 0.16) / 0.10, 0.0, 1.0)
    y = np.abs(vertices[:, 1] - eye[1]) / scale
    front = np.clip((x + 0.07) / 0.03, 0.0, 1.0)
    line = line + front * (0.010 * np.exp(-(((y - 0.042) / 0.016) ** 2)) + 0.002 * np.sin(310 * vertices[:, 1] / scale))
    return np.asarray((z - line) * scale)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """How hair stands off the head, metres on a head of scale 1.

    Attributes:
        thickness: near the hairline. volume: more of it away from there. receding: how far the front line has moved up.
        strands: depth of grooves from the crown outwards. curls: depth of bumps; curl: their size.
        parting: how far left the hair is parted, 0 for no parting.
    """

    thickness: float
    volume: float
    receding: float = 0.0
    strands: float = 0.0
    curls: float = 0.0
    curl: float = 0.035
    parting: float = 0.0


SHELLS: dict[str, Shell] = {
    "short": Shell(thickness=0.008, volume=0.014, strands=0.0025),
    "parting": Shell(thickness=0.009, volume=0.018, strands=0.003, parting=0.034),
    "crop": Shell(thickness=0.004, volume=0.003),
    "thinning": Shell(thickness=0.004, volume=0.002, receding=0.045, strands=0.001),
    "bob": Shell(thickness=0.009, volume=0.014, strands=0.002, parting=0.012),
    "long": Shell(thickness=0.009, volume=0.013, strands=0.002, parting=0.004),
    "bun": Shell(thickness=0.006, volume=0.008, strands=0.002),
    "tail": Shell(thickness=0.006, volume=0.009, strands=0.002),
    "curly": Shell(thickness=0.014, volume=0.024, receding=0.004, curls=0.006, curl=0.030),
    "afro": Shell(thickness=0.030, volume=0.052, receding=0.002, curls=0.005, curl=0.026),
}


def scalp(head: Piece, eye: FloatArray, scale: float, shell: Shell) -> Piece:
    """Return the hair that covers the head."""
    receding = shell.receding
    inside = above_hairline(head.vertices, eye, scale, receding=receding) + 0.004
    cap = subdivide(clip(replace(head, material="hair", triangles=2.2), inside))
    ears = np.abs(cap.vertices[:, 1]) > 0.079 * scale
    depth = above_hairline(cap.vertices, eye, scale, receding=receding)
    rise = np.clip((depth + 0.004) / 0.03, 0.0, 1.0)
    lift = -0.003 + (shell.thickness + 0.003) * np.sqrt(rise) + shell.volume * np.clip(depth / 0.09, 0.0, 1.0) ** 0.7
    direction = normals(cap.vertices, cap.faces)
    centre = eye + np.array([-0.105, 0.0, 0.03]) * scale
    radial = cap.vertices - centre
    radial /= np.linalg.norm(radial, axis=1, keepdims=True)
    direction = np.where(ears[:, None], radial, direction)
    if shell.volume > 0.03:
        direction = 0.3 * direction + 0.7 * radial
    offset = (cap.vertices - centre) / scale
    around = np.arctan2(offset[:, 1], offset[:, 0] + 0.02)
    if shell.strands:
        groove = np.sin(17 * around + 3.0 * np.sin(3 * around)) + 0.6 * np.sin(31 * around + 1.0)
        lift = lift + shell.strands * groove * np.clip(depth / 0.05, 0.0, 1.0)
    if shell.parting:
        y, x = offset[:, 1] - shell.parting, offset[:, 0]
        ahead = np.clip((x + 0.03) / 0.05, 0.0, 1.0) * np.clip(depth / 0.02, 0.0, 1.0)
        lift = lift - 0.013 * np.exp(-((y / 0.006) ** 2)) * ahead
        swept = np.exp(-(((y + 0.035) / 0.03) ** 2)) * ahead
        lift = lift + (0.010 if shell.parting > 0.02 else 0.0) * swept
    if shell.curls:
        lift = lift + shell.curls * crumple(cap.vertices, shell.curl * scale, 3) * rise
    return replace(cap, vertices=cap.vertices + direction * (lift * scale)[:, None])


def curtain(
    obstacle: FloatArray, eye: FloatArray, scale: float, length: float, *, front: float, weights: FloatArray
) -> Piece:
    """Return long hair that hangs around the back of the head.

    Args:
        obstacle: (V, 3) head, neck and clothes that the hair lies on.
        eye, scale: as in `above_hairline`.
        length: metres below the eyes where the hair ends.
        front: degrees from straight ahead where it begins.
        weights: (rows, J) joint weights from the top row to the lowest of 14 rows.
    """
    rows, columns = len(weights), 21
    centre = eye + np.array([-0.115, 0.0, 0.0]) * scale
    angles = np.radians(np.linspace(front, 360.0 - front, columns))
    heights = np.linspace(eye[2] + 0.055 * scale, eye[2] - length, rows)
    offset = obstacle - centre
    around = np.arctan2(offset[:, 1], offset[:, 0])
    reach = np.hypot(offset[:, 0], offset[:, 1])
    outer = np.empty((rows, columns, 3))
    previous = np.full(columns, 0.0)
    for row, z in enumerate(heights):
        near = np.abs(obstacle[:, 2] - z) < 0.025
        for column, angle in enumerate(angles):
            turn = np.abs((around - angle + np.pi) % (2 * np.pi) - np.pi) < 0.22
            hit = reach[near & turn]
            wanted = (hit.max() if len(hit) else 0.0) + 0.014 * scale
            side = abs(np.cos(angle / 2))  # 1 in front, 0 at the back
            limit = (0.104 + 0.02 * (1 - side)) * scale + max(0.0, eye[2] - z) * 0.25 * (1 - side)
            radius = max(min(wanted, limit), previous[column] - 0.012)
            previous[column] = radius
            outer[row, column] = (centre[0] + radius * np.cos(angle), centre[1] + radius * np.sin(angle), z)
    # A cross-section that tapers at both edges: outside, then back along the inside.
    inward = outer - np.stack(np.broadcast_arrays(centre[0], centre[1], outer[..., 2]), axis=-1)
    inner = outer - inward * (0.016 * scale / np.maximum(np.linalg.norm(inward, axis=-1, keepdims=True), 1e-6))
    ring = np.concatenate([outer, inner[:, ::-1]], axis=1)
    bottom = (
        np.concatenate([outer[-1], inner[-1, ::-1]]) * 0.55
        + 0.45 * np.concatenate([inner[-1], outer[-1, ::-1]])
        - np.array([0.0, 0.0, 0.012])
    )
    ring = np.concatenate([ring, bottom[None]], axis=0)
    around_count = ring.shape[1]
    weights = np.concatenate([weights, weights[-1:]])
    return Piece(
        material="hair",
        vertices=ring.reshape(-1, 3),
        faces=grid_faces(rows + 1, around_count, closed=True),
        weights=np.repeat(weights, around_count, axis=0),
        triangles=1.6,
    )


def ball(centre: FloatArray, radii: FloatArray, weights: FloatArray) -> Piece:
    """Return a bun or a pony tail: an ellipsoid with one row of joint weights (J,) for all its vertices."""
    vertices, faces = ellipsoid(centre, radii)
    return Piece(
        material="hair",
        vertices=vertices,
        faces=faces,
        weights=np.repeat(weights[None], len(vertices), axis=0),
        triangles=2.0,
    )


def grow_hair(template: Template, head: Piece, upper: Piece, cut: str, eye: FloatArray, scale: float) -> list[Piece]:
    """Return the hair of a cut (a key of `SHELLS`, or "bald") on a head above a garment."""
    if cut not in SHELLS:
        return []
    pieces = [scalp(head, eye, scale, SHELLS[cut])]
    joint = {name: np.eye(len(JOINT_NAMES))[JOINT_NAMES.index(name)] for name in ("head", "neck", "spine3")}
    crown = pieces[0].vertices[np.abs(pieces[0].vertices[:, 2] - eye[2] - 0.035 * scale) < 0.02 * scale]
    back = np.array([crown[:, 0].min() + 0.03 * scale, 0.0, eye[2]])
    if cut in ("bob", "long"):
        rows = 14
        length = (0.120 if cut == "bob" else 0.34) * scale
        below = np.linspace(-0.055 * scale, length, rows)
        share = np.clip((below - 0.10 * scale) / (0.16 * scale), 0.0, 1.0)[:, None]
        deeper = np.clip((below - 0.14 * scale) / (0.12 * scale), 0.0, 1.0)[:, None]
        weights = (1 - share) * joint["head"] + share * ((1 - deeper) * joint["neck"] + deeper * joint["spine3"])
        obstacle = head.vertices if cut == "bob" else np.concatenate([head.vertices, upper.vertices])
        pieces.append(curtain(obstacle, eye, scale, length, front=78.0 if cut == "bob" else 88.0, weights=weights))
    elif cut == "bun":
        pieces.append(ball(back + np.array([-0.055, 0, 0.045]) * scale, 0.042 * scale * np.ones(3), joint["head"]))
    elif cut == "tail":
        pieces.append(
            ball(back + np.array([-0.040, 0, 0.025]) * scale, np.array([0.026, 0.024, 0.028]) * scale, joint["head"])
        )
        pieces.append(
            ball(back + np.array([-0.058, 0, -0.075]) * scale, np.array([0.026, 0.030, 0.105]) * scale, joint["head"])
        )
    return pieces


def hidden_skull(vertices: FloatArray, eye: FloatArray, scale: float, cut: str) -> FloatArray:
    """Return metres inside the part of the head that hair or a scarf hides for sure (V,), negative elsewhere."""
    receding = SHELLS[cut].receding if cut in SHELLS else 0.0
    return above_hairline(vertices, eye, scale, receding=receding) - 0.022 * scale
