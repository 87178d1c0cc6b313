"""Roofs over large halls: ceilings, skylights and trusses, to be seen from below; from above one looks in."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from shapely.geometry import Polygon

from scenes.procedural.draft import Part
from scenes.procedural.face import beam
from scenes.procedural.geometry import join, panels
from scenes.procedural.station_plan import StationPlan
from scenes.scene import FloatArray, Material, Mesh

GIRDER = 1.3  # m, depth of the lattice girders under a flat glass roof
TOOTH = 2.4  # m, rise of a sawtooth
TILE = 2.4  # m, of the texture of ceilings


def profile(plan: StationPlan) -> tuple[FloatArray, list[bool]]:
    """Return the section of the roof: (K, 2) y and z from south to north, and which of its K - 1 pieces are glass."""
    depth, height, rise = plan.depth, plan.height, plan.rise
    first, second = plan.rows
    if plan.roof == "vault":
        span, middle = second - first, (first + second) / 2
        radius = (span**2 / 4 + rise**2) / (2 * rise)
        half = np.arcsin(span / 2 / radius)
        angles = np.linspace(-half, half, 15)
        curve = np.column_stack([middle + radius * np.sin(angles), height + rise - radius * (1 - np.cos(angles))])
        points = np.vstack([(0.0, height), curve, (depth, height)])
        return points, [False, *(k in (2, 6, 7, 11) for k in range(14)), False]
    if plan.roof == "saddle":
        shares = np.array([0.0, 0.2, 0.33, 0.43, 0.5, 0.57, 0.67, 0.8, 1.0])
        points = np.column_stack([depth * shares, height + rise * (1 - np.abs(2 * shares - 1))])
        return points, [k in (1, 3, 4, 6) for k in range(8)]
    if plan.roof == "glazed":
        edges = np.linspace(3.0, depth - 3.0, round((depth - 6.0) / 2.2) + 1)
        points = np.column_stack([[0.0, *edges, depth], np.full(len(edges) + 2, height)])
        return points, [False, *([True] * (len(edges) - 1)), False]
    return np.array([(0.0, height), (depth, height)]), [False]


def end_outline(plan: StationPlan, side: str) -> Polygon:
    """Return the outline (y, z) of the west or east wall under the roof."""
    points, _ = profile(plan)
    if plan.roof == "sawtooth" and side == "west":
        points = np.add(points, (0.0, TOOTH))
    return Polygon([(0.0, 0.0), *points.tolist(), (plan.depth, 0.0)])


def long_outline(plan: StationPlan) -> Polygon:
    """Return the outline (x, z) of the walls along the hall."""
    if plan.roof != "sawtooth":
        return Polygon([(0.0, 0.0), (0.0, plan.height), (plan.length, plan.height), (plan.length, 0.0)])
    ring = [(0.0, 0.0)]
    for low, high in pairwise([0.0, *plan.columns, plan.length]):
        ring += [(low, plan.height + TOOTH), (high, plan.height)]
    return Polygon([*ring, (plan.length, 0.0)])


def build_roof(plan: StationPlan, ceiling: Material, steel: Material, bars: Material) -> list[Part]:
    """Return ceilings, skylights and trusses in world coordinates."""
    frames = [0.0, *plan.columns, plan.length]
    solid, thin, heavy = _saw(plan, frames) if plan.roof == "sawtooth" else _sweep(plan, frames)
    for y in plan.rows:
        z = plan.height - (GIRDER if plan.roof == "glazed" else 0.2)
        heavy.append(beam((0.0, y, z), (plan.length, y, z), 0.28, 0.45))
    return [
        Part(mesh=join(solid), material=ceiling, solid=False),
        Part(mesh=join(heavy), material=steel, solid=False),
        Part(mesh=join(thin), material=bars, semantic="Window", solid=False),
    ]


def _ceiling(corners: Sequence[tuple[float, float, float]]) -> Mesh:
    """Return a sloping rectangle, counter-clockwise from below."""
    a, b, _, d = (np.asarray(corner) for corner in corners)
    u, v = float(np.linalg.norm(b - a)) / TILE, float(np.linalg.norm(d - a)) / TILE
    return panels([corners], [[(0, 0), (u, 0), (u, v), (0, v)]])


def _sweep(plan: StationPlan, frames: Sequence[float]) -> tuple[list[Mesh], list[Mesh], list[Mesh]]:
    """Return solid pieces, thin bars and heavy members of a roof with the same section along its length."""
    points, glass = profile(plan)
    length = plan.length
    solid: list[Mesh] = []
    thin: list[Mesh] = []
    heavy: list[Mesh] = []
    for ((y0, z0), (y1, z1)), clear in zip(pairwise(points.tolist()), glass, strict=True):
        if not clear:
            solid.append(_ceiling([(0.0, y0, z0), (0.0, y1, z1), (length, y1, z1), (length, y0, z0)]))
            continue
        heavy += [beam((0.0, y, z), (length, y, z), 0.14, 0.22) for y, z in ((y0, z0), (y1, z1))]
        for low, high in pairwise(frames):
            for x in np.linspace(low, high, 6)[1:-1].tolist():
                thin.append(beam((x, y0, z0), (x, y1, z1), 0.06, 0.1))
        middle = ((y0 + y1) / 2, (z0 + z1) / 2)
        thin.append(beam((0.0, *middle), (length, *middle), 0.05, 0.08))
    for x in frames[1:-1]:
        heavy += _truss(plan, x, points)
    return solid, thin, heavy


def _truss(plan: StationPlan, x: float, points: FloatArray) -> list[Mesh]:
    """Return the members that carry the roof at one row of columns."""
    depth, height = plan.depth, plan.height
    first, second = plan.rows
    out = []
    if plan.roof == "vault":
        for (y0, z0), (y1, z1) in pairwise(points.tolist()):
            out.append(beam((x, y0, z0 - 0.2), (x, y1, z1 - 0.2), 0.24, 0.4))
        out.append(beam((x, first, height + 0.2), (x, second, height + 0.2), 0.06, 0.06))
        for share in (0.25, 0.5, 0.75):
            y = first + share * (second - first)
            top = float(np.interp(y, points[:, 0], points[:, 1])) - 0.3
            out.append(beam((x, y, height + 0.2), (x, y, top), 0.04, 0.04))
        return out
    low = height - GIRDER if plan.roof == "glazed" else height + 0.1
    nodes = np.linspace(0.0, depth, 2 * round(depth / 4.4) + 1)
    tops = np.interp(nodes, points[:, 0], points[:, 1]) - 0.12
    out.append(beam((x, 0.0, low), (x, depth, low), 0.16, 0.18))
    for k, (y, z) in enumerate(zip(nodes.tolist(), tops.tolist(), strict=True)):
        if k:
            out.append(beam((x, nodes[k - 1], tops[k - 1]), (x, y, z), 0.18, 0.22))
        if 0 < k < len(nodes) - 1 and z - low > 0.3:
            out.append(beam((x, y, low), (x, y, z), 0.09, 0.09))
        if k:
            falling = (k % 2 == 0) == (y <= depth / 2)
            a, b = ((nodes[k - 1], tops[k - 1]), (y, low)) if falling else ((nodes[k - 1], low), (y, z))
            out.append(beam((x, *a), (x, *b), 0.09, 0.09))
    return out


def _saw(plan: StationPlan, frames: Sequence[float]) -> tuple[list[Mesh], list[Mesh], list[Mesh]]:
    """Return solid pieces, thin bars and heavy members of a sawtooth roof, its teeth across the hall."""
    depth, low, high = plan.depth, plan.height, plan.height + TOOTH
    solid, thin, heavy = [], [], []
    panes = np.linspace(0.0, depth, round(depth / 1.1) + 1)
    for index, (x0, x1) in enumerate(pairwise(frames)):
        solid.append(_ceiling([(x0, 0.0, high), (x0, depth, high), (x1, depth, low), (x1, 0.0, low)]))
        heavy += [beam((x0, 0.0, z), (x0, depth, z), 0.2, 0.26) for z in (low, high - 0.1)]
        for y in panes[1:-1].tolist():
            thin.append(beam((x0, y, low), (x0, y, high), 0.06, 0.08))
        thin.append(beam((x0, 0.0, (low + high) / 2), (x0, depth, (low + high) / 2), 0.05, 0.07))
        if index == 0:
            continue
        nodes = np.linspace(0.0, depth, 2 * round(depth / 5.0) + 1).tolist()
        for k, (a, b) in enumerate(pairwise(nodes)):
            ends = ((a, low), (b, high)) if k % 2 == 0 else ((a, high), (b, low))
            heavy.append(beam((x0 + 0.12, *ends[0]), (x0 + 0.12, *ends[1]), 0.09, 0.12))
        for y in np.linspace(0.0, depth, 5)[1:-1].tolist():  # rafters
            heavy.append(beam((x0, y, high - 0.15), (x1, y, low - 0.15), 0.14, 0.26))
    return solid, thin, heavy
