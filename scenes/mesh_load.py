"""Mesh files into pieces: glTF, OBJ with MTL, PLY and STL by trimesh, each checked for what trimesh passes over."""

from __future__ import annotations

import io
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import trimesh

from scenes.mesh_gltf import Document, Json, read_gltf
from scenes.mesh_piece import CLEAR, Look, Piece, finish_look, make_piece
from scenes.mesh_texture import Texture, open_texture
from scenes.scene import FloatArray, Material

FORMATS = (".glb", ".gltf", ".obj", ".ply", ".stl")
UNLIT = 0.6  # share of its colour that a surface shows without light, where its picture holds the light already


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Loaded:
    """What was in a file: its pieces, in its own frame and units, and what the report should say of it."""

    pieces: tuple[Piece, ...]
    notes: tuple[str, ...] = ()


def load_mesh(path: Path) -> Loaded:
    """Read a mesh file of one of `FORMATS`.

    Raises:
        ValueError: one line that says what was expected, what came and what to do.
    """
    kind = path.suffix.lower()
    if kind not in FORMATS:
        raise ValueError(f"{path}: expected a mesh in {', '.join(FORMATS)}, got {kind or 'no ending'}; convert it")
    notes: list[str] = []
    try:
        if kind in (".glb", ".gltf"):
            pieces = list(_read_gltf(path, notes))
        elif kind == ".obj":
            pieces = list(_read_obj(path, notes))
        else:
            pieces = list(_read_plain(path))
    except (MemoryError, OSError):
        raise
    except Exception as error:
        if isinstance(error, ValueError) and str(error).startswith(str(path)):
            raise
        what = f"{type(error).__name__}: {error}"
        raise ValueError(
            f"{path}: expected a valid {kind[1:]} file, got one that cannot be read ({what}); export it anew"
        ) from error
    if not pieces:
        raise ValueError(f"{path}: expected triangles, got none; export the meshes that you want to see")
    return Loaded(pieces=tuple(pieces), notes=tuple(notes))


def _read_gltf(path: Path, notes: list[str]) -> Iterator[Piece]:
    document = read_gltf(path)
    tree, nodes, meshes = document.tree, document.tree["nodes"], document.tree["meshes"]
    parent = {child: index for index, node in enumerate(nodes) for child in node.get("children", [])}
    scene = trimesh.load_scene(io.BytesIO(document.plain()), file_type="glb", process=False)
    looks = _read_looks(document, notes)
    if any("skin" in node for node in nodes):
        notes.append("Skinned meshes stand in the pose in which they were bound.")
    skipped = 0
    for name in sorted(scene.graph.nodes_geometry, key=lambda name: (int(name.split("_")[0]), name)):
        matrix, geometry_name = scene.graph[name]
        geometry = scene.geometry[geometry_name]
        if not isinstance(geometry, trimesh.Trimesh):
            skipped += 1
            continue
        index = int(name.split("_")[0])
        names, at = [str(nodes[index].get("name", "")), str(meshes[nodes[index]["mesh"]].get("name", ""))], index
        while at in parent:
            at = parent[at]
            names.append(str(nodes[at].get("name", "")))
        material = getattr(getattr(geometry.visual, "material", None), "name", None)
        known = isinstance(material, str) and material.isdigit() and int(material) < len(looks)
        look = looks[int(material)] if known and material is not None else Look(two_sided=False)
        uv = getattr(geometry.visual, "uv", None)
        if uv is not None and known:
            uv = _transform_uv(tree["materials"][int(str(material))], np.array(uv, dtype=np.float64))
        if look.alpha < CLEAR and look.cutoff > 0.0:
            skipped += 1
            continue
        piece = make_piece(
            path, tuple(word for word in names if word), str(index), geometry.vertices, geometry.faces, look,
            normals=geometry.vertex_normals if "vertex_normals" in geometry._cache else None, uv=uv,
            colors=_vertex_colors(geometry, linear=True),
        )  # fmt: skip
        if piece is not None:
            yield piece.moved(np.array(matrix, dtype=np.float64))
    if skipped:
        notes.append(f"{skipped} lines, points or invisible surfaces were left out.")


def _read_looks(document: Document, notes: list[str]) -> list[Look]:
    looks, see_through = [], 0
    for index, material in enumerate(document.tree.get("materials", [])):
        name = str(material.get("name", ""))
        where = f"material {name or index}"
        extensions = material.get("extensions", {})
        gloss = extensions.get("KHR_materials_pbrSpecularGlossiness")
        surface: Json = material.get("pbrMetallicRoughness", {}) if gloss is None else gloss
        factor = surface.get("baseColorFactor" if gloss is None else "diffuseFactor", [1.0, 1.0, 1.0, 1.0])
        reference = surface.get("baseColorTexture" if gloss is None else "diffuseTexture")
        emission = material.get("emissiveFactor", [0.0, 0.0, 0.0])
        texture = None
        if reference is None and "emissiveTexture" in material and max(factor[:3]) < 0.05:
            reference, factor = material["emissiveTexture"], [1.0, 1.0, 1.0, factor[3]]
        if reference is not None:
            texture = document.texture(reference, where)
            _note_size(texture, where, notes)
        shine = 0.0 if "KHR_materials_unlit" not in extensions else UNLIT
        if "emissiveTexture" not in material or texture is None:
            shine = max(shine, *(min(float(value), 1.0) for value in emission))
        roughness = (
            float(surface.get("roughnessFactor", 1.0)) if gloss is None else 1.0 - gloss.get("glossinessFactor", 1)
        )
        mode = material.get("alphaMode", "OPAQUE")
        cutoff = {"MASK": float(material.get("alphaCutoff", 0.5)), "BLEND": CLEAR}.get(mode, 0.0)
        see_through += mode == "BLEND" and float(factor[3]) < 0.95
        red, green, blue = (_to_srgb(float(value)) for value in factor[:3])
        base = Material(
            color=(red, green, blue), specular=0.02 + 0.3 * (1.0 - roughness) ** 2, emissive=shine, glow=shine
        )
        look = Look(
            material=name, base=base, alpha=float(factor[3]), cutoff=cutoff, texture=texture,
            two_sided=bool(material.get("doubleSided", False)),
        )  # fmt: skip
        looks.append(finish_look(look))
    if see_through:
        notes.append(f"{see_through} see-through materials (glass) are drawn opaque.")
    return looks


def _to_srgb(value: float) -> float:
    """Return a linear colour value as sRGB (IEC 61966-2-1)."""
    value = min(max(value, 0.0), 1.0)
    return 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055


SRGB = np.array([round(255 * _to_srgb(value / 255)) for value in range(256)], dtype=np.uint8)  # of linear bytes


def _transform_uv(material: Json, uv: FloatArray) -> FloatArray:
    """Return texture coordinates (V, 2) after KHR_texture_transform, whose v runs down the picture."""
    surface = material.get("pbrMetallicRoughness", {})
    transform = surface.get("baseColorTexture", {}).get("extensions", {}).get("KHR_texture_transform")
    if transform is None:
        return uv
    turn, scale, offset = (
        transform.get("rotation", 0.0),
        transform.get("scale", [1, 1]),
        transform.get("offset", [0, 0]),
    )
    down = np.column_stack([uv[:, 0], 1.0 - uv[:, 1]]) * scale
    c, s = np.cos(turn), np.sin(turn)
    moved = down @ np.array([[c, -s], [s, c]]) + offset
    return np.column_stack([moved[:, 0], 1.0 - moved[:, 1]])


def _note_size(texture: Texture, where: str, notes: list[str]) -> None:
    if texture.reduced:
        height, width = texture.pixels.shape[:2]
        notes.append(
            f"The texture of {where}, {texture.size[0]} x {texture.size[1]}, was reduced to {width} x {height}."
        )


def _vertex_colors(geometry: trimesh.Trimesh, *, linear: bool = False) -> npt.NDArray[np.uint8] | None:
    """Return (V, 3) colours of painted vertices, None where there are none, or all are white."""
    visual: Any = geometry.visual
    colors = visual.vertex_colors if visual.kind == "vertex" else getattr(visual, "vertex_attributes", {}).get("color")
    if colors is None or len(colors) != len(geometry.vertices):
        return None
    values = np.asarray(colors)[:, :3]
    if values.dtype != np.uint8:
        most = np.iinfo(values.dtype).max if values.dtype.kind in "iu" else 1.0
        values = np.clip(255.0 * values / most, 0, 255).astype(np.uint8)
    if linear:
        values = SRGB[values]
    return None if values.min() == 255 else values


def _read_obj(path: Path, notes: list[str]) -> Iterator[Piece]:
    """Read an OBJ file: names are numbered before trimesh sees them, materials are read here."""
    text = path.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n")
    if not re.search(r"^v\s", text, re.MULTILINE) or not re.search(r"^f\s", text, re.MULTILINE):
        raise ValueError(f"{path}: expected an OBJ with vertices (v) and faces (f), got none; export the meshes")
    looks: dict[str, Look] = {}
    for line in re.findall(r"^mtllib\s+(.+)$", text, re.MULTILINE):
        looks |= _read_mtl(path, line.strip(), notes)
    tables: dict[str, list[str]] = {"o": [], "g": [], "usemtl": []}

    def number(match: re.Match[str]) -> str:
        table, name = tables[match[1]], (match[2] or "").strip()
        if name not in table:
            table.append(name)
        return f"{match[1]} {match[1][0]}{table.index(name)}"

    text = re.sub(r"^(o|g|usemtl)(?:[ \t]+(.*))?$", number, re.sub(r"^mtllib.*$", "", text, flags=re.MULTILINE),
                  flags=re.MULTILINE)  # fmt: skip
    names = [f"newmtl u{index}\nKd 1 1 1\n" for index in range(len(tables["usemtl"]) + 2)]
    scene = trimesh.load_scene(
        io.BytesIO(f"mtllib looks.mtl\n{text}".encode()), file_type="obj", split_objects=True, split_groups=True,
        group_material=True, process=False, resolver={"looks.mtl": "".join(names).encode()},
    )  # fmt: skip
    for name in sorted(scene.geometry):
        geometry = scene.geometry[name]
        if not isinstance(geometry, trimesh.Trimesh):
            continue
        found = {word[0]: int(word[1:]) for word in re.findall(r"[ogu]\d+", name)}
        material = tables["usemtl"][found["u"]] if "u" in found else ""
        holders = [tables[key][found[key]] for key in ("g", "o") if key in found]
        piece = make_piece(
            path, tuple(dict.fromkeys(word for word in holders if word and word != "default")),
            "/".join(holders) or path.stem, geometry.vertices, geometry.faces,
            looks.get(material, Look(material=material)),
            normals=geometry.vertex_normals if "vertex_normals" in geometry._cache else None,
            uv=getattr(geometry.visual, "uv", None), colors=_vertex_colors(geometry),
        )  # fmt: skip
        if piece is not None:
            yield piece


def _read_mtl(path: Path, line: str, notes: list[str]) -> dict[str, Look]:
    """Return the materials that a `mtllib` line names: one file, whose name may hold spaces, or several."""
    several = all((path.parent / word).is_file() for word in line.split())
    files = line.split() if several else [line]
    looks: dict[str, Look] = {}
    for file in files:
        full = path.parent / file.replace("\\", "/")
        if not full.is_file():
            raise ValueError(
                f"{path}: expected the materials {file!r} beside it, found no such file; put it there, or remove the "
                "line mtllib"
            )
        values: dict[str, str] = {}
        name = ""
        for words in (row.split(None, 1) for row in full.read_text(encoding="utf-8", errors="replace").splitlines()):
            if len(words) < 2 or words[0].startswith("#"):
                continue
            key, value = words[0].lower(), words[1].strip()
            if key == "newmtl":
                name, values = value, {}
            values[key] = value
            if name:
                looks[name] = _make_look(full, name, values, notes)
    return {name: finish_look(look) for name, look in looks.items()}


def _make_look(path: Path, name: str, values: Mapping[str, str], notes: list[str]) -> Look:
    def numbers(key: str, default: str) -> list[float]:
        return [float(word) for word in values.get(key, default).split()]

    red, green, blue = (min(max(value, 0.0), 1.0) for value in (numbers("kd", "0.8 0.8 0.8") * 3)[:3])
    alpha = (
        1.0 - numbers("tr", "0")[0] if "tr" in values and "d" not in values else float(values.get("d", "1").split()[-1])
    )
    shine = min(max(numbers("ke", "0 0 0")), 1.0)
    look = Look(
        material=name, alpha=alpha, cutoff=CLEAR if alpha < 1.0 else 0.0,
        base=Material(color=(red, green, blue), emissive=shine, glow=shine),
    )  # fmt: skip
    if "map_kd" not in values:
        return look
    file = path.parent / _texture_name(values["map_kd"], path.parent)
    if not file.is_file():
        raise ValueError(
            f"{path}: material {name}: expected the texture {file.name!r} in {file.parent}, found no such file; "
            "put it there, or remove the line map_Kd"
        )
    texture = open_texture(file.read_bytes(), str(file))
    white = replace(look.base, color=(1.0, 1.0, 1.0)) if red + green + blue == 0.0 else look.base
    return replace(look, texture=texture, cutoff=0.5 if texture.alpha is not None else look.cutoff, base=white)


def _texture_name(value: str, folder: Path) -> str:
    """Return the file of a `map_Kd` line, which may begin with options (`-s 1 1 1`) and hold spaces."""
    value = value.replace("\\", "/")
    if (folder / value).is_file() or not value.startswith("-"):
        return value
    words = shlex.split(value)
    return next((word for word in reversed(words) if (folder / word).is_file()), words[-1])


def _read_plain(path: Path) -> Iterator[Piece]:
    """Read PLY or STL, which hold one mesh; a PLY may be painted."""
    loaded = trimesh.load_mesh(path, process=False)
    if isinstance(loaded, trimesh.Trimesh):
        piece = make_piece(path, (path.stem,), path.stem, loaded.vertices, loaded.faces, Look(),
                           colors=_vertex_colors(loaded))  # fmt: skip
        if piece is not None:
            yield piece
