"""Hats and scarves on a template head (offline, for `bake.py`)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from motion.clip import JOINT_NAMES
from motion.tailor import Piece, clear, clip, join, loft, normals, rim

FloatArray = npt.NDArray[np.float64]


def _dome(points: FloatArray, centre: FloatArray, polar: FloatArray, around: FloatArray, margin: float) -> FloatArray:
    """Return (polar, around, 3) points that clear `points` as seen from `centre` by `margin` metres."""
    directions = np.stack(
        [
            np.sin(polar)[:, None] * np.cos(around),
            np.sin(polar)[:, None] * np.sin(around),
            np.broadcast_to(np.cos(polar)[:, None], (len(polar), len(around))),
        ],
        axis=-1,
    )
    offset = points - centre
    distance = np.linalg.norm(offset, axis=1)
    cosine = np.einsum("pad,nd->pan", directions, offset / distance[:, None])
    radius = np.where(cosine > np.cos(0.16), distance, 0.0).max(axis=2)
    return np.asarray(centre + directions * (radius + margin)[..., None])


def _head_only(piece: Piece) -> Piece:
    weights = np.zeros((len(piece.vertices), len(JOINT_NAMES)))
    weights[:, JOINT_NAMES.index("head")] = 1.0
    return replace(piece, weights=weights)


def cut_hat(kind: str, head: Piece, hair: list[Piece], eye: FloatArray, scale: float) -> list[Piece]:
    """Return a cap, a woolly hat or a hat with a brim."""
    points = np.concatenate([head.vertices, *(piece.vertices for piece in hair)])
    points = points[points[:, 2] > eye[2] + 0.01 * scale]
    centre = eye + np.array([-0.105, 0.0, 0.03]) * scale
    around = np.linspace(-np.pi, np.pi, 40, endpoint=False)
    low = {"cap": 1.38, "woolly hat": 1.62, "hat": 1.42}[kind]
    polar = np.linspace(0.02, low, 12)
    dome = _dome(points, centre, polar, around, 0.006 * scale)
    dome[..., 2] += 0.012 * scale * np.cos(polar)[:, None] ** 2
    pieces: list[Piece] = []
    last = dome[-1]
    out = last - centre
    out[:, 2] = 0.0
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    up = np.array([0.0, 0.0, 1.0])
    if kind == "cap":
        rows = np.concatenate(
            [dome, (last - 0.012 * scale * up)[None], (last - 0.010 * scale * up - 0.012 * out)[None]]
        )
        pieces.append(loft(rows, head, "hat"))
        wide = np.abs(around) < 1.05
        edge, way = last[wide] - 0.008 * scale * up, around[wide]
        length = 0.078 * scale * np.cos(way / 1.05 * np.pi / 2) ** 0.5
        rows = []
        for t, drop in ((0.0, 0.0), (0.5, 0.004), (1.0, 0.016)):
            row = edge.copy()
            row[:, 0] += t * length
            row[:, 2] -= drop * scale + 0.020 * scale * (way / 1.05) ** 2 * t
            rows.append(row)
        brim = np.array(rows)
        thick = brim - 0.004 * scale * up
        pieces.append(loft(np.concatenate([brim, thick[::-1]]), head, "hat", closed=False))
    elif kind == "woolly hat":
        pieces.append(loft(dome, head, "hat"))
        band = [
            last + 0.002 * out + 0.040 * scale * up,
            last + 0.010 * out + 0.034 * scale * up,
            last + 0.011 * out - 0.004 * scale * up,
            last + 0.002 * out - 0.010 * scale * up,
            last - 0.010 * out - 0.006 * scale * up,
        ]
        pieces.append(loft(np.array(band), head, "hat"))
    else:
        dent = np.exp(-((np.arange(len(polar)) / 3.0) ** 2))[:, None] * (0.6 + 0.4 * np.cos(2 * around))
        dome[..., 2] += 0.020 * scale * np.sin(polar)[:, None] ** 2 * (polar < 1.2)[:, None]
        dome[..., 2] -= 0.018 * scale * dent
        wave = -0.010 * scale * np.cos(2 * around)[:, None] * up
        rows = [*dome, last - 0.004 * up]
        flat = [last + 0.050 * scale * out + 0.4 * wave, last + 0.060 * scale * out + wave + 0.004 * up]
        under = [last + 0.058 * scale * out + wave - 0.003 * up, last - 0.008 * up - 0.004 * out]
        pieces.append(loft(np.array([*rows, *flat, *under]), head, "hat"))
        ribbon = np.stack([last + 0.004 * out + (0.030 * up if k == 0 else 0.001 * up) for k in range(2)])
        pieces.append(loft(ribbon, head, "plastic"))
    return [_head_only(piece) for piece in pieces]


def cut_headscarf(head: Piece, upper: Piece, eye: FloatArray, neck: FloatArray, scale: float) -> Piece:
    """Return a scarf that leaves the face free, wraps the neck and lies on the shoulders."""
    centre = eye + np.array([-0.095, 0.0, 0.01]) * scale
    around = np.linspace(-np.pi, np.pi, 56, endpoint=False)
    dome = _dome(head.vertices, centre, np.linspace(0.02, 1.75, 16), around, 0.009 * scale)
    last = dome[-1]
    radius = np.linalg.norm(last[:, :2] - centre[:2], axis=1)
    out = np.stack([np.cos(around), np.sin(around)], axis=1)
    ahead = np.clip(np.cos(around), 0.0, 1.0)
    rows, end = [], neck[2] - 0.02 * scale - 0.075 * scale * ahead
    count = 12
    for t in np.arange(1, count + 1) / count:
        z = last[:, 2] + t * (end - last[:, 2])
        middle = centre[:2] + t * (neck[:2] + np.array([0.012, 0.0]) - centre[:2])
        wanted = radius * (1 - 0.24 * np.sin(0.5 * np.pi * min(1.0, 1.5 * t))) + 0.030 * scale * t**2 * ahead
        wanted = wanted + 0.004 * np.sin(7 * around + 6 * t) * t
        rows.append(np.column_stack([middle + out * wanted[:, None], z]))
    source = join([replace(head, material="scarf"), upper])
    scarf = loft(np.concatenate([dome, rows]), source, "scarf", triangles=3.0)
    skin = head.vertices, normals(head.vertices, head.faces)
    scarf = clear(scarf, *skin, np.where(scarf.vertices[:, 2] > neck[2] + 0.03, 0.008, 0.0))
    x, y, z = ((scarf.vertices - eye) / scale).T
    opening = np.hypot(y / 0.062, (z + 0.016) / np.where(z > -0.016, 0.070, 0.095)) - 1.0
    scarf = clip(scarf, np.where(x > -0.075, opening, 1.0))
    return rim(scarf, 0.010)
