"""Pieces of a mesh file in memory: triangles with names and looks, whatever the format was."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from scenes.mesh_texture import Texture, fill_holes, look_up
from scenes.scene import FloatArray, Material

IntArray = npt.NDArray[np.int32]

CREASE = 0.7  # cos 45 degrees: a harder edge stays hard when normals are made
LEVELS = (32, 64, 32)  # of red, green and blue that painted vertices keep
CLEAR = 0.08  # a material with less opacity is left out: nobody sees it


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Look:
    """How a piece looks in its file.

    Attributes:
        material: name of the material, or "".
        base: colour, emission and picture. alpha: opacity in [0, 1] that multiplies that of the picture.
        cutoff: opacity below which nothing is there; 0 where all is opaque, as alphaMode OPAQUE.
        texture: the picture as it was read, or None.
        two_sided: it is seen from behind, too.
    """

    material: str = ""
    base: Material = field(default_factory=Material)
    alpha: float = 1.0
    cutoff: float = 0.0
    texture: Texture | None = None
    two_sided: bool = True


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Piece:
    """Triangles of one node and one material.

    Attributes:
        names: of the node, then of what holds it, outwards.
        node: pieces of one node share it.
        vertices: (V, 3) metres or the units of the file. faces: (F, 3). normals: (V, 3) unit, or None.
        uv: (V, 2), (0, 0) at the bottom left of the picture.
        paint: (F, 3) uint8, one colour for each triangle where vertices were painted, or None.
    """

    names: tuple[str, ...]
    node: str
    vertices: FloatArray
    faces: IntArray
    normals: FloatArray | None
    uv: FloatArray
    look: Look
    paint: npt.NDArray[np.uint8] | None = None

    def moved(self, matrix: FloatArray) -> Piece:
        """Return the piece moved by a (4, 4) matrix, which may scale, shear and mirror."""
        linear = matrix[:3, :3]
        mirrored = np.linalg.det(linear) < 0
        normals = None
        if self.normals is not None:
            turned = self.normals @ np.linalg.pinv(linear)
            normals = turned / np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-12)
        return replace(
            self,
            vertices=self.vertices @ linear.T + matrix[:3, 3],
            faces=np.ascontiguousarray(self.faces[:, ::-1]) if mirrored else self.faces,
            normals=normals,
        )


def make_piece(
    path: Path,
    names: tuple[str, ...],
    node: str,
    vertices: npt.ArrayLike,
    faces: npt.ArrayLike,
    look: Look,
    *,
    normals: npt.ArrayLike | None = None,
    uv: npt.ArrayLike | None = None,
    colors: npt.NDArray[np.uint8] | None = None,
) -> Piece | None:
    """Return a piece without triangles of no area, or None where nothing is left.

    Args:
        path: of the file, for messages.
        colors: (V, 3) of painted vertices.

    Raises:
        ValueError: a vertex is not finite, or a triangle names one that does not exist.
    """
    points = np.asarray(vertices, dtype=np.float64).reshape(-1, 3)
    corners = np.asarray(faces, dtype=np.int64).reshape(-1, 3)
    name = names[0] if names else path.stem
    if len(corners) and (corners.min() < 0 or corners.max() >= len(points)):
        raise ValueError(
            f"{path}: {name}: expected triangles of its {len(points)} vertices, got {corners.max()}; export it anew"
        )
    used = np.zeros(len(points), dtype=bool)
    used[corners.ravel()] = True
    if not np.isfinite(points[used]).all():
        bad = int((~np.isfinite(points[used])).any(axis=1).sum())
        raise ValueError(
            f"{path}: {name}: expected finite vertices, got {bad} with NaN or infinity; remove them and export it anew"
        )
    a, b, c = (points[corners[:, k]] for k in range(3))
    corners = corners[np.linalg.norm(np.cross(b - a, c - a), axis=1) > 0.0]
    texture = np.zeros((len(points), 2)) if uv is None else np.array(uv, dtype=np.float64).reshape(-1, 2)
    if len(texture) != len(points):
        texture = np.zeros((len(points), 2))
    texture[~np.isfinite(texture).all(axis=1)] = 0.0
    corners = corners[_shown(look, texture, corners)]
    if not len(corners):
        return None
    used[:] = False
    used[corners.ravel()] = True
    new = np.cumsum(used) - 1
    shading = None if normals is None else np.asarray(normals, dtype=np.float64).reshape(-1, 3)
    if shading is not None:
        length = np.linalg.norm(shading, axis=1, keepdims=True)
        shading = shading / np.maximum(length, 1e-12) if np.all(length[used] > 1e-6) else None
    if shading is not None:  # normals say which side is meant where the order of corners says otherwise
        a, b, c = (points[corners[:, k]] for k in range(3))
        wrong = np.einsum("ij,ij->i", np.cross(b - a, c - a), shading[corners].sum(axis=1)) < 0.0
        corners[wrong] = corners[wrong, ::-1]
    return Piece(
        names=names,
        node=node,
        vertices=points[used],
        faces=new[corners].astype(np.int32),
        normals=None if shading is None else shading[used],
        uv=texture[used],
        look=look,
        paint=None if colors is None else colors[corners].mean(axis=1).astype(np.uint8),
    )


def _shown(look: Look, uv: FloatArray, faces: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Return which triangles can be seen at all, by their opacity at corners, middles of sides and centre."""
    if look.cutoff == 0.0:
        return np.ones(len(faces), dtype=bool)
    opacity = np.full(len(faces), look.alpha)
    if look.texture is not None and look.texture.alpha is not None:
        corners = uv[faces]
        spots = [corners.mean(axis=1), *(0.5 * (corners[:, k] + corners[:, k - 1]) for k in range(3))]
        spots += [0.8 * corners[:, k] + 0.2 * spots[0] for k in range(3)]
        opacity *= np.max([look_up(look.texture.alpha, spot) for spot in spots], axis=0) / 255.0
    return opacity >= look.cutoff


def finish_look(look: Look) -> Look:
    """Return the look with its picture as a renderer without opacity takes it."""
    if look.texture is None:
        return look
    return replace(look, base=replace(look.base, texture=fill_holes(look.texture)))


def make_normals(piece: Piece) -> Piece:
    """Return the piece with normals: smooth where its triangles share vertices and bend little, else flat."""
    if piece.normals is not None:
        return piece
    a, b, c = (piece.vertices[piece.faces[:, k]] for k in range(3))
    normal = np.cross(b - a, c - a)
    flat = normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
    smooth = np.zeros_like(piece.vertices)
    for corner in range(3):
        np.add.at(smooth, piece.faces[:, corner], normal)
    smooth /= np.maximum(np.linalg.norm(smooth, axis=1, keepdims=True), 1e-12)
    shading = smooth[piece.faces]
    hard = np.einsum("fki,fi->fk", shading, flat).min(axis=1) < CREASE
    if not hard.any():
        return replace(piece, normals=smooth)
    shading[hard] = flat[hard][:, None]
    order = np.arange(3 * len(piece.faces), dtype=np.int32).reshape(-1, 3)
    corners = piece.faces.ravel()
    return replace(
        piece, vertices=piece.vertices[corners], faces=order, normals=shading.reshape(-1, 3), uv=piece.uv[corners]
    )


def paint_faces(piece: Piece, palette: npt.NDArray[np.uint8]) -> Piece:
    """Return the piece with the colour of each triangle looked up in `palette`, of `make_palette`."""
    if piece.paint is None or piece.look.texture is not None:
        return piece
    levels = np.array(LEVELS)
    step = (piece.paint.astype(np.int64) * levels) // 256
    index = (step[:, 0] * levels[1] + step[:, 1]) * levels[2] + step[:, 2]
    height, width = palette.shape[:2]
    uv = np.column_stack([(index % width + 0.5) / width, 1.0 - (index // width + 0.5) / height])
    corners = piece.faces.ravel()
    look = replace(piece.look, base=replace(piece.look.base, texture=palette))
    return replace(
        piece,
        vertices=piece.vertices[corners],
        normals=None if piece.normals is None else piece.normals[corners],
        faces=np.arange(len(corners), dtype=np.int32).reshape(-1, 3),
        uv=np.repeat(uv, 3, axis=0),
        look=look,
    )


def make_palette() -> npt.NDArray[np.uint8]:
    """Return a picture (256, 256, 3) with one pixel for every colour that painted vertices keep."""
    red, green, blue = (((np.arange(n) + 0.5) * 256 / n) for n in LEVELS)
    grid = np.stack(np.meshgrid(red, green, blue, indexing="ij"), axis=-1)
    return grid.reshape(256, 256, 3).astype(np.uint8)


def bounds(pieces: Sequence[Piece]) -> tuple[FloatArray, FloatArray]:
    """Return the lowest and the highest corner (3,) of all pieces."""
    low = np.min([piece.vertices.min(axis=0) for piece in pieces], axis=0)
    high = np.max([piece.vertices.max(axis=0) for piece in pieces], axis=0)
    return low, high


def split_words(name: str) -> list[str]:
    """Return the words of a name, lower case: `IfcWallStandard_2.001` is ifc, wall, standard."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return [word.lower() for word in re.findall(r"[A-Za-zÀ-ɏ]+", apart)]
