"""The jaw of a baked body: where it turns, the skin that goes with it, and lips that part. Made when a body is loaded.

Faces are baked with their lips closed and welded. The map of the face on the texture tells where the eyes are and how
large the head is, the dark line painted between the lips where they part. Along that line the skin is cut; behind it
comes a dark pocket, with teeth.

A head has coordinates of its own here: the angle about its upright axis, rad, 0 ahead and left positive, and lengths
for a head of scale 1, see `Landmarks`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from motion.clip import DRAWN_NAMES, BodyMesh
from motion.palette import AXIS, CELLS, HEIGHT, MATERIALS, RISE, TURN, WIDTH

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

HEAD, JAW = DRAWN_NAMES.index("head"), DRAWN_NAMES.index("jaw")
HINGE = np.array([-0.070, 0.0, -0.025])  # from between the eyes: in front of the ears and a little below
LINE = -0.092, -0.055  # heights above the eyes between which lips meet
REACH = 27  # px from the middle of the face within which they do
DARK = 0.75  # of the shade around: the line between the lips
BLEND = 0.010  # over which the skin gives way, above and below the corners of the mouth
CHEEK = 0.015, 0.060  # ahead of the hinge: where skin begins to go with the jaw, and where all of it does
THROAT = np.radians([60.0, 88.0])  # down from straight ahead of the hinge: the edge of the jaw, and what keeps still
CHIN = 0.042, 0.070  # below the line between the lips, likewise
FRONT = 0.055  # ahead of the axis of the head, all that is cut
GROOVE = 0.0025, 0.0050  # how far behind the lips, and above and below the line between them, skin is in the way
RIMS = 0.0003, 0.0006  # of the pocket behind the lips: how far behind, and above and below the line between them
CLEAR = 0.0005  # from skin to that in front of it
DEPTH = 0.014  # of the pocket
COLUMNS = 13, 7  # of its vertices from one corner of the mouth to the other, in levels of detail with lips that part
WALL = 1.25, 0.010  # behind the pocket: widths of the mouth, and above and below the line between the lips
TEETH = 0.0045, 0.0015, -0.0045  # how far behind the lips, and from where to where above the line between them
SILL = 0.0012, 0.0012, -0.0015  # of what is behind the lower lip, likewise
SMILE = 0.80  # share of the width of the mouth that has teeth
LEAST = 0.004  # of weights: less is none
CUT = 1.5, 2.0  # times the width of the mouth, how far the skin is cut in the levels of detail with lips that part


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mouth:
    """Where a body has its mouth, person frame.

    Attributes:
        eye: (3,) metres, between the eyes. scale: of the head.
        line: (3,) heights above the eyes of the line between the lips, a polynomial of the angle's amount, rad, highest
            power first. corner: rad, where it ends.
    """

    eye: FloatArray
    scale: float
    line: FloatArray
    corner: float

    @property
    def hinge(self) -> FloatArray:
        """Return (3,) metres, the middle of the axis about which the jaw turns."""
        return self.eye + self.scale * HINGE

    def locate(self, points: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the angles (V,), rad, of points (V, 3), and how far they are above the line between the lips."""
        place = (points - self.eye) / self.scale
        angle = np.arctan2(place[:, 1], place[:, 0] + AXIS)
        return angle, place[:, 2] - np.polyval(self.line, np.minimum(np.abs(angle), self.corner))

    def reach(self, points: FloatArray) -> FloatArray:
        """Return metres (V,) of points (V, 3) from the upright axis of the head."""
        return np.asarray(np.hypot(points[:, 0] - self.eye[0] + AXIS * self.scale, points[:, 1]))

    def share(self, points: FloatArray, below: npt.NDArray[np.bool_]) -> FloatArray:
        """Return how much (V,), 0 to 1, skin at points (V, 3) goes with the jaw.

        below: (V,) whether it is below the line between the lips.
        """
        angle, above = self.locate(points)
        parted = BLEND * np.sqrt(np.maximum(1.0 - (angle / self.corner) ** 2, 0.0))
        lower = _ease(np.where(below, parted, -parted) - above, -BLEND, BLEND)
        x, _, z = ((points - self.hinge) / self.scale).T
        throat = (1.0 - _ease(np.arctan2(-z, x), *THROAT)) * (1.0 - _ease(-above, *CHIN))
        return np.asarray(lower * _ease(x, *CHEEK) * throat)


def _ease(value: FloatArray, low: float, high: float) -> FloatArray:
    t = np.clip((value - low) / (high - low), 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t))


def paint_mouth(base: npt.NDArray[np.uint8], mix: npt.NDArray[np.uint8], shade: npt.NDArray[np.uint8]) -> None:
    """Paint the inside of a mouth into layers (H, W) of a texture, where bodies are baked without one."""
    for cell in ("mouth", "teeth"):
        left, bottom, right, top = CELLS[cell]
        area = slice(HEIGHT - top, HEIGHT - bottom), slice(left, right)
        base[area], mix[area], shade[area] = MATERIALS.index(cell), 0, 128


def on_face(mesh: BodyMesh) -> npt.NDArray[np.bool_]:
    """Return (V,) which vertices are skin of head and neck, by their place on the texture."""
    left, bottom, right, top = CELLS["face"]
    x, y = (mesh.uv * np.array([WIDTH, HEIGHT])).T
    return np.asarray((x > left) & (x < right) & (y > bottom) & (y < top))


def find_mouth(mesh: BodyMesh, shade: npt.NDArray[np.uint8]) -> Mouth:
    """Find the mouth of a baked body.

    Args:
        mesh: its finest. shade: (H, W) layer of its texture.

    Raises:
        ValueError: no line between lips is painted on it.
    """
    left, bottom, right, top = CELLS["face"]
    wide, tall = right - left, top - bottom
    u, v = ((mesh.uv * np.array([WIDTH, HEIGHT]) - (left, bottom)) / (wide, tall)).T
    points, turn = mesh.vertices.astype(np.float64), np.abs(2.0 * u - 1.0)
    inner = on_face(mesh) & (np.abs(v - 0.5) < 0.49) & (turn < 0.9)
    rise = np.interp(v[inner], RISE[1], RISE[0])
    scale, height = np.polyfit(rise, points[inner, 2], 1)
    aside = inner & (turn > 0.3)
    angle = np.radians(np.interp(turn[aside], TURN[1], TURN[0]))
    axis = np.median(points[aside, 0] - np.abs(points[aside, 1]) / np.tan(angle))

    heights = np.interp((np.arange(tall) + 0.5) / tall, RISE[1], RISE[0])
    rows = np.flatnonzero((heights > LINE[0]) & (heights < LINE[1]))
    columns = np.arange(left + wide // 2 - REACH, left + wide // 2 + REACH)
    lips = shade[HEIGHT - 1 - bottom - rows][:, columns].astype(np.float64)
    dark = lips.min(axis=0) < DARK * np.median(lips, axis=0)
    if dark[REACH - 6 : REACH + 6].sum() < 6:
        raise ValueError("shade: expected a dark line between the lips, got none; bake the body with `motion.bake`")
    amount = np.abs(2.0 * (columns + 0.5 - left) / wide - 1.0)
    angles = np.radians(np.interp(amount, TURN[1], TURN[0]))
    line = np.polyfit(angles[dark], heights[rows[lips.argmin(axis=0)]][dark], 2)
    eye = np.array([axis + AXIS * scale, 0.0, height])
    return Mouth(eye=eye, scale=float(scale), line=line, corner=float(angles[dark].max()))


def add_jaw(mesh: BodyMesh, mouth: Mouth, level: int) -> BodyMesh:
    """Return a level of detail of a baked body, 0 the finest, whose chin goes with the jaw and whose lips part."""
    face = on_face(mesh)
    points = mesh.vertices.astype(np.float64)
    upper = mouth.locate(points)[1] >= 0.0
    share = np.zeros(len(points))
    share[face] = mouth.share(points[face], ~upper[face])
    indices, weights = move_weights(mesh.joint_indices, mesh.joint_weights, share)
    jawed = replace(mesh, joint_indices=indices, joint_weights=weights)
    if level >= len(CUT):
        return jawed
    cut = _cross(mesh, points, face, upper, mouth, CUT[level])
    return _part_lips(mesh, jawed, cut, mouth, teeth=level == 0)


def _in_front(points: FloatArray, mouth: Mouth) -> npt.NDArray[np.bool_]:
    return np.asarray(points[:, 0] > mouth.eye[0] + (FRONT - AXIS) * mouth.scale)


def move_weights(
    indices: npt.NDArray[np.int32], weights: npt.NDArray[np.float32], share: FloatArray
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
    """Return indices and weights (V, 4) of joints with a share (V,) of the head's weight given to the jaw.

    Where there are four joints already the least one makes room.
    """
    indices, weights = indices.copy(), weights.copy()
    rows = np.arange(len(indices))
    own = np.where((indices == HEAD) & (weights > 0.0), weights, 0.0)
    column, least = own.argmax(axis=1), weights.argmin(axis=1)
    moved = (share * own.max(axis=1)).astype(np.float32)
    rows = rows[(moved > LEAST) & (column != least)]
    weights[rows, column[rows]] -= moved[rows]
    indices[rows, least[rows]], weights[rows, least[rows]] = JAW, moved[rows]
    weights[rows] /= weights[rows].sum(axis=1, keepdims=True)
    return indices, weights


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Cut:
    """Where the line between the lips crosses a mesh: edges (E, 2) and what is at the crossings.

    faces: (C,) that it crosses. corners: (C, 3) of them, the one that is alone on its side of the line first; raised:
    (C,) whether it is above.
    sides: (C, 2) the edges from that corner to the next and to the last, rows of `edges`, -1 beyond the mouth.
    share: (E,) of the way from an edge's first end to its second. parts: (E,) whether the skin parts there.
    """

    edges: IntArray
    faces: IntArray
    corners: IntArray
    raised: npt.NDArray[np.bool_]
    sides: IntArray
    share: FloatArray
    parts: npt.NDArray[np.bool_]


def _cross(
    mesh: BodyMesh,
    points: FloatArray,
    face: npt.NDArray[np.bool_],
    upper: npt.NDArray[np.bool_],
    mouth: Mouth,
    wide: float,
) -> _Cut:
    """Find where a mesh is to be cut; `wide`: times the width of the mouth, at most."""
    angle, above = mouth.locate(points)
    near = face & _in_front(points, mouth) & (np.abs(angle) < (1.0 + wide) * mouth.corner)
    high = upper[mesh.faces].sum(axis=1)
    faces = np.flatnonzero(near[mesh.faces].all(axis=1) & (high > 0) & (high < 3))
    alone = (upper[mesh.faces[faces]] == (high[faces] == 1)[:, None]).argmax(axis=1)
    corners = np.take_along_axis(mesh.faces[faces], (alone[:, None] + np.arange(3)) % 3, axis=1).astype(np.int64)
    ends = np.sort(np.stack([corners[:, [0, 1]], corners[:, [0, 2]]], axis=1), axis=2)
    edges, sides = np.unique(ends.reshape(-1, 2), axis=0, return_inverse=True)
    first, second = np.abs(above[edges]).T
    share = (first + 1e-9) / (first + second + 2e-9)
    crossing = points[edges[:, 0]] + share[:, None] * (points[edges[:, 1]] - points[edges[:, 0]])
    within = np.abs(mouth.locate(crossing)[0]) < wide * mouth.corner
    sides = np.where(within[sides.ravel()], sides.ravel(), -1).reshape(-1, 2)
    whole = sides[(sides >= 0).all(axis=1)]
    some = mesh.faces[near[mesh.faces].any(axis=1)].astype(np.int64)
    own = np.sort(np.concatenate([some[:, [k, k - 1]] for k in range(3)]), axis=1)
    size = len(points)
    around = np.bincount(
        np.searchsorted(edges @ (size, 1), own[np.isin(own @ (size, 1), edges @ (size, 1))] @ (size, 1)),
        minlength=len(edges),
    )
    parts = np.bincount(whole.ravel(), minlength=len(edges)) == around
    raised = upper[corners[:, 0]]
    return _Cut(edges=edges, faces=faces, corners=corners, raised=raised, sides=sides, share=share, parts=parts)


def _part_lips(mesh: BodyMesh, jawed: BodyMesh, cut: _Cut, mouth: Mouth, *, teeth: bool) -> BodyMesh:
    """Return `jawed` cut along the line between the lips, with a pocket behind; `mesh` has no jaw yet."""
    count, edges = len(mesh.vertices), len(cut.edges)

    def between(values: npt.NDArray[np.floating]) -> FloatArray:
        one, other = (values[cut.edges[:, k]].astype(np.float64) for k in (0, 1))
        return np.asarray(one + cut.share[:, None] * (other - one))

    place, uv = between(mesh.vertices), between(mesh.uv)
    joined = np.zeros((edges, len(DRAWN_NAMES)))
    for end, part in ((0, 1.0 - cut.share), (1, cut.share)):
        of = cut.edges[:, end]
        np.add.at(joined, (np.arange(edges)[:, None], mesh.joint_indices[of]), part[:, None] * mesh.joint_weights[of])
    indices = np.argsort(-joined, axis=1, kind="stable")[:, :4].astype(np.int32)
    weights = np.take_along_axis(joined, indices, axis=1)
    weights = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)

    shares = [mouth.share(place, np.full(edges, below)) for below in (False, True)]
    shares = [np.where(cut.parts, share, 0.5 * (shares[0] + shares[1])) for share in shares]
    lips = [(place, uv, *move_weights(indices, weights, share)) for share in shares]
    angle = mouth.locate(place)[0]
    bow = _find_bow(place[np.abs(angle) < mouth.corner], mouth)
    inside, walls = _line_mouth(bow, mouth, teeth=teeth)
    near = np.abs(mouth.locate(inside.points)[0][:, None] - angle).argmin(axis=1)
    inner = move_weights(indices[near], weights[near], inside.share)

    kept = np.concatenate([np.delete(mesh.faces, cut.faces, axis=0), _split(cut, count)])
    kept = kept[~_find_hidden(np.concatenate([mesh.vertices, place, place])[kept], bow, mouth)]
    rows = [*lips, (inside.points, inside.uv, *inner)]
    parts = (mesh.vertices, mesh.uv, jawed.joint_indices, jawed.joint_weights)
    whole = [np.concatenate([part, *(row[k] for row in rows)]) for k, part in enumerate(parts)]
    faces = np.concatenate([kept, walls + count + 2 * edges])
    used = np.zeros(len(whole[0]), dtype=np.bool_)
    used[faces] = True
    faces = (np.cumsum(used) - 1)[faces]
    return BodyMesh(
        vertices=whole[0][used].astype(np.float32), uv=whole[1][used].astype(np.float32),
        faces=faces.astype(np.int32),
        joint_indices=whole[2][used], joint_weights=whole[3][used],
    )  # fmt: skip


def _split(cut: _Cut, count: int) -> IntArray:
    """Return the faces (F, 3) that come in place of those which the line crosses.

    What is at the crossings comes after `count` vertices, first that of the upper lip, then that of the lower one.
    """
    edges, faces = len(cut.edges), list[tuple[int, ...]]()
    above = count + np.arange(edges)
    below = np.where(cut.parts, above + edges, above)
    for (a, b, c), (one, other), raised in zip(cut.corners, cut.sides, cut.raised, strict=True):
        own, far = (above, below) if raised else (below, above)
        if one >= 0 and other >= 0:
            faces += [(a, own[one], own[other]), (far[one], b, c), (far[one], c, far[other])]
        elif one >= 0:
            faces += [(a, above[one], c), (above[one], b, c)]
        elif other >= 0:
            faces += [(a, b, above[other]), (above[other], b, c)]
        else:
            faces.append((a, b, c))
    return np.array(faces, dtype=np.int64).reshape(-1, 3)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Inside:
    """Vertices of the inside of a mouth: points (V, 3), uv (V, 2), and how much they go with the jaw (V,)."""

    points: FloatArray
    uv: FloatArray
    share: FloatArray


def _find_hidden(corners: FloatArray, bow: FloatArray, mouth: Mouth) -> npt.NDArray[np.bool_]:
    """Return which faces (F,) with `corners` (F, 3, 3) are deep between the lips, with others in front of all of them.

    They would be in the way of an open mouth.
    """
    middle = corners.mean(axis=1)
    angle, above = mouth.locate(middle)
    near = (np.abs(angle) < 1.5 * mouth.corner) & (np.abs(above) < 0.02) & _in_front(middle, mouth)
    deep = near & (np.abs(angle) < mouth.corner) & (np.abs(above) < GROOVE[1])
    deep &= mouth.reach(middle) < np.polyval(bow, angle**2) - GROOVE[0] * mouth.scale
    some, around = np.flatnonzero(deep), corners[near]
    flat = np.stack(mouth.locate(around.reshape(-1, 3)), axis=1).reshape(-1, 3, 2)
    reach = mouth.reach(around.reshape(-1, 3)).reshape(-1, 3)
    base, sides = flat[:, 0], np.swapaxes(flat[:, 1:] - flat[:, :1], 1, 2)
    plain = np.abs(np.linalg.det(sides)) > 1e-12
    inverse = np.linalg.inv(sides[plain])
    covered = np.ones(len(some), dtype=np.bool_)
    for pull in np.array([[1, 1, 1], [7, 1, 1], [1, 7, 1], [1, 1, 7]]):
        points = np.einsum("k,fkc->fc", pull / pull.sum(), corners[some])
        seen = np.stack(mouth.locate(points), axis=1)
        shares = np.einsum("gij,fgj->fgi", inverse, seen[:, None] - base[plain])
        shares = np.concatenate([1.0 - shares.sum(axis=2, keepdims=True), shares], axis=2)
        ahead = (shares * reach[plain]).sum(axis=2) > mouth.reach(points)[:, None] + CLEAR * mouth.scale
        covered &= ((shares > 0.0).all(axis=2) & ahead).any(axis=1)
    hidden = np.zeros(len(corners), dtype=np.bool_)
    hidden[some[covered]] = True
    return hidden


def _find_bow(lips: FloatArray, mouth: Mouth) -> FloatArray:
    """Return (2,) how far lips at points (V, 3) are from the head's axis, metres: a polynomial of angle squared."""
    square, reach = mouth.locate(lips)[0] ** 2, mouth.reach(lips)
    bow = np.polyfit(square, reach, 1)
    for _ in range(3):  # those in front, not what is in the groove between them
        rest = reach - np.polyval(bow, square)
        front = rest >= np.quantile(rest, 0.3)
        bow = np.polyfit(square[front], reach[front], 1)
    return bow


def _line_mouth(bow: FloatArray, mouth: Mouth, *, teeth: bool) -> tuple[_Inside, IntArray]:
    """Return the vertices and faces (F, 3) of what is behind the lips, shut as they are.

    Two sheets that meet behind the lips, a wall behind them, which closes what the sheets leave open, teeth, and what
    hides them behind shut lips. A pair of rows is one of them, seen from between two sheets, and from ahead of others.

    bow: (2,) how far the lips are from the axis of the head.
    """
    columns = COLUMNS[0] if teeth else COLUMNS[1]
    axis = mouth.eye - mouth.scale * np.array([AXIS, 0.0, 0.0])
    behind, high = RIMS
    rows = [(1.0, behind, high, 0.0), (1.0, DEPTH, 0.0, 0.5), (1.0, DEPTH, 0.0, 0.5), (1.0, behind, -high, 1.0)]
    rows += [(WALL[0], DEPTH, up, below) for up, below in ((WALL[1], 0.0), (-WALL[1], 1.0))]
    rows += [(SMILE, TEETH[0], up, 0.0) for up in TEETH[1:]] if teeth else []
    rows += [(1.0, SILL[0], up, 1.0) for up in SILL[1:]] if teeth else []
    points, share = list[FloatArray](), list[FloatArray]()
    for wide, back, up, below in rows:  # `below`: how much of it goes with the lower lip
        turn = np.linspace(-wide, wide, columns) * mouth.corner
        fade = np.sqrt(np.maximum(1.0 - (turn / mouth.corner) ** 2, 0.0)) if wide <= 1.0 else 1.0
        out = np.polyval(bow, turn**2) - mouth.scale * back * fade
        height = mouth.scale * (np.polyval(mouth.line, np.minimum(np.abs(turn), mouth.corner)) + up * fade)
        points.append(axis + np.stack([out * np.cos(turn), out * np.sin(turn), height], axis=1))
        upper, lower = (mouth.share(points[-1], np.full(columns, low)) for low in (False, True))
        share.append(upper + below * (lower - upper))
    cells = ["mouth"] * 6 + ["teeth", "teeth", "mouth", "mouth"] * teeth
    k = np.arange(columns - 1)
    faces = list[IntArray]()
    for first in range(0, len(rows), 2):
        a, b = columns * first + k, columns * (first + 1) + k
        faces += [np.stack([a, b, a + 1], axis=1), np.stack([b, b + 1, a + 1], axis=1)]
    middles = [_middle(cell) for cell in cells]
    return _Inside(
        points=np.concatenate(points), uv=np.repeat(middles, columns, axis=0), share=np.concatenate(share)
    ), np.concatenate(faces)


def _middle(cell: str) -> tuple[float, float]:
    left, bottom, right, top = CELLS[cell]
    return 0.5 * (left + right) / WIDTH, 0.5 * (bottom + top) / HEIGHT
