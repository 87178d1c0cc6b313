"""Pieces of a mesh into objects of a scene: ground apart from solids, large ones in chunks, ids for every node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from scenes.mesh_columns import BoolArray, distance
from scenes.mesh_floor import BODY, TOLERANCE
from scenes.mesh_labels import Label, semantic_id
from scenes.mesh_piece import Piece, make_normals, make_palette, paint_faces
from scenes.mesh_places import Ground, Sign
from scenes.procedural.geometry import box, join, make_mesh, move, wall
from scenes.procedural.texture import lettering
from scenes.scene import SEMANTIC_ID, Material, Mesh, SceneObject

FLAT = 0.03  # m; what rises no higher is ground that rays hit and bodies do not
MOST_NODES = 3_000  # with an instance of their own; smaller nodes beyond share one for each class
CHUNK, CHUNK_FACES = 8.0, 4_000  # m, edge of a chunk; triangles above which a piece is cut into chunks
SHELL = frozenset(
    {"Building", "Wall", "Ceiling", "Obstacle", "Background"}
)  # whose level parts on the ground are floor
WELD = 1e-4  # m, vertices that are nearer are one when a shell is tested for gaps


def number_nodes(nodes: Mapping[str, Sequence[Piece]], labels: Mapping[str, Label]) -> dict[str, int]:
    """Return the instance of each node, from 1; the smallest of very many share one for each class."""
    order = list(nodes)
    kept = set(order)
    if len(order) > MOST_NODES:
        area = {node: sum(_area(piece) for piece in pieces) for node, pieces in nodes.items()}
        named = {node for node in order if labels[node].landmark or labels[node].text}
        kept = named | set(sorted(order, key=lambda node: (-area[node], node))[: MOST_NODES - len(named)])
    instances, shared = {}, dict[str, int]()
    count = 0
    for node in order:
        key = labels[node].semantic
        if node in kept or key not in shared:
            count += 1
            instances[node] = count
            if node not in kept:
                shared[key] = count
        else:
            instances[node] = shared[key]
    return instances


def _area(piece: Piece) -> float:
    a, b, c = (piece.vertices[piece.faces[:, k]] for k in range(3))
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum())


def make_objects(
    nodes: Mapping[str, Sequence[Piece]],
    labels: Mapping[str, Label],
    instances: Mapping[str, int],
    ground: Ground,
    slope: float,
) -> list[SceneObject]:
    """Return the objects of all nodes, the floor at z = 0.

    Args:
        slope: cosine of the steepest ground.
    """
    palette = make_palette()
    walked = distance(~ground.floor.free) * ground.columns.cell <= BODY
    objects: list[SceneObject] = []
    names: dict[str, int] = {}
    gathered: dict[tuple[int, int, bool], list[tuple[Label, Piece]]] = {}
    for node, pieces in nodes.items():
        for piece in pieces:
            ready = make_normals(paint_faces(piece, palette))
            gathered.setdefault((instances[node], id(piece.look.base), piece.look.two_sided), []).append(
                (labels[node], ready)
            )
    for (instance, _, two_sided), members in gathered.items():
        label, first = members[0]
        piece = first if len(members) == 1 else _join([piece for _, piece in members])
        name = first.names[0] if first.names else label.label
        on_ground = _find_ground(piece, ground, walked, slope)
        for part, is_ground in ((~on_ground, False), (on_ground, True)):
            for chunk in _cut(piece, part):
                mesh = _take(piece, chunk)
                shown = (
                    replace(label, semantic="Floor", label="floor") if is_ground and label.semantic in SHELL else label
                )
                solid = not is_ground or float(mesh.vertices[:, 2].max()) <= FLAT
                sides = [(mesh, solid)]
                if two_sided and not _is_closed(mesh):
                    sides.append((replace(mesh, faces=mesh.faces[:, ::-1].copy(), normals=-mesh.normals), False))
                for side, touched in sides:
                    names[name] = names.get(name, 0) + 1
                    objects.append(
                        SceneObject(
                            name=name if names[name] == 1 else f"{name} ({names[name]})",
                            label=shown.label,
                            mesh=side,
                            material=piece.look.base,
                            semantic=semantic_id(shown),
                            instance=instance,
                            text=shown.text,
                            solid=touched,
                        )
                    )
    return objects


def _join(pieces: Sequence[Piece]) -> Piece:
    """Return pieces of one look as one."""
    first = pieces[0]
    starts = np.cumsum([0, *(len(piece.vertices) for piece in pieces[:-1])])
    return replace(
        first,
        vertices=np.vstack([piece.vertices for piece in pieces]),
        faces=np.vstack([piece.faces + start for piece, start in zip(pieces, starts, strict=True)]).astype(np.int32),
        normals=np.vstack([piece.normals for piece in pieces if piece.normals is not None]),
        uv=np.vstack([piece.uv for piece in pieces]),
        paint=None,
    )


def _find_ground(piece: Piece, ground: Ground, walked: BoolArray, slope: float) -> BoolArray:
    """Return which triangles are ground: low, and level or where people walk (thresholds, bumps of scans)."""
    corners = piece.vertices[piece.faces]
    low: BoolArray = corners[:, :, 2].max(axis=1) <= TOLERANCE + 0.01
    if not low.any():
        return low
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    tilt = normal[:, 2] / np.maximum(np.linalg.norm(normal, axis=1), 1e-12)
    columns, middle = ground.columns, corners.mean(axis=1)[:, :2]
    index = ((middle - columns.origin) / columns.cell).astype(int)
    inside = ((index >= 0) & (index < columns.shape[::-1])).all(axis=1)
    under = np.zeros(len(corners), dtype=bool)
    under[inside] = walked[index[inside, 1], index[inside, 0]]
    found: BoolArray = low & ((tilt > slope) | under & (tilt > -0.5))
    return found


def _cut(piece: Piece, part: BoolArray) -> Iterator[npt.NDArray[np.int64]]:
    """Yield the triangles of a part, in chunks on the ground where there are many."""
    chosen = np.flatnonzero(part)
    if len(chosen) <= CHUNK_FACES:
        if len(chosen):
            yield chosen
        return
    middle = piece.vertices[piece.faces[chosen]].mean(axis=1)[:, :2]
    tile = np.floor(middle / CHUNK).astype(np.int64)
    _, index = np.unique(tile, axis=0, return_inverse=True)
    index = index.ravel()
    order = np.argsort(index, kind="stable")
    yield from np.split(chosen[order], np.flatnonzero(np.diff(index[order])) + 1)


def _take(piece: Piece, faces: npt.NDArray[np.int64]) -> Mesh:
    corners = piece.faces[faces]
    used, index = np.unique(corners, return_inverse=True)
    assert piece.normals is not None
    return make_mesh(piece.vertices[used], index.reshape(-1, 3), piece.normals[used], piece.uv[used])


def _is_closed(mesh: Mesh) -> bool:
    """Tell whether a mesh has an inside: each edge is there once in each direction."""
    _, weld = np.unique(np.round(mesh.vertices / WELD).astype(np.int64), axis=0, return_inverse=True)
    corners = weld.ravel()[mesh.faces]
    edges = np.vstack([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]]).astype(np.int64)
    edges = edges[edges[:, 0] != edges[:, 1]]
    one, other = np.sort(edges[:, 0] * (1 << 32) + edges[:, 1]), np.sort(edges[:, 1] * (1 << 32) + edges[:, 0])
    return bool(len(np.unique(one)) == len(one) and np.array_equal(one, other))


def make_sign(sign: Sign, instance: int) -> SceneObject:
    """Return a board that reads the same on both sides."""
    width, height = 0.9, 0.24
    picture = lettering(
        sign.text, (0.97, 0.98, 0.97), (0.05, 0.35, 0.22), width=512, height=136, border=(0.9, 0.95, 0.9)
    )
    half, depth = width / 2, 0.02
    parts = [wall((depth, half), (depth, -half), -height / 2, height / 2)]
    parts.append(move(parts[0], 0.0, 0.0, 0.0, np.pi))
    rim = box((2 * depth - 0.002, width, height - 0.002), (0.0, 0.0, -height / 2 + 0.001), bottom=True)
    rim = replace(rim, uv=np.full_like(rim.uv, 0.02))
    x, y, z = sign.position
    return SceneObject(
        name=f"sign {sign.text.lower()}", label="sign", text=sign.text,
        mesh=move(join([*parts, rim]), x, y, z, sign.yaw),
        material=Material(texture=picture, emissive=0.25, glow=0.5), semantic=SEMANTIC_ID["TrafficSign"],
        instance=instance, solid=False,
    )  # fmt: skip
