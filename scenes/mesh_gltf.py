"""glTF 2.0 files before they are read: what is missing, broken or not supported, in one line each.

Geometry and nodes are left to trimesh, which goes on quietly where a texture or a decoder is missing; so everything
that it would hide is checked here, and textures are read here. Nodes and materials are renamed to their index before
trimesh sees them, because it changes names that occur twice. Source: Khronos glTF 2.0 specification.
"""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

from scenes.mesh_texture import Texture, open_texture

Json = dict[str, Any]

MAGIC, VERSION, CHUNK_JSON, CHUNK_BIN = b"glTF", 2, 0x4E4F534A, 0x004E4942
FLOAT = 5126
TRIANGLES, STRIP = 4, 5

# Extensions without which a file cannot be shown, and what turns it into one that can.
CONVERT = {
    "KHR_draco_mesh_compression": "npx @gltf-transform/cli copy IN.glb OUT.glb, or pip install DracoPy",
    "EXT_meshopt_compression": "npx @gltf-transform/cli copy IN.glb OUT.glb",
    "KHR_mesh_quantization": "npx @gltf-transform/cli dequantize IN.glb OUT.glb",
    "KHR_texture_basisu": "npx @gltf-transform/cli ktxdecompress IN.glb OUT.glb",
}
KNOWN = {"KHR_texture_transform", "KHR_materials_pbrSpecularGlossiness", "KHR_materials_unlit", "EXT_texture_webp",
         "KHR_lights_punctual"}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Document:
    """A glTF file that has passed the checks: its JSON and its buffers."""

    path: Path
    tree: Json
    buffers: tuple[bytes, ...]

    def image(self, index: int, where: str) -> Texture:
        """Return an image by its index.

        Raises:
            ValueError: its file is missing, or it is no picture, or an enormous one.
        """
        image = self._item("images", index, where)
        if "bufferView" in image:
            return open_texture(self._view(image["bufferView"], where), f"{self.path}: {where}")
        return open_texture(_read_uri(self.path, str(image.get("uri", "")), where), f"{self.path}: {where}")

    def texture(self, reference: Json, where: str) -> Texture:
        """Return the picture that a material refers to.

        Raises:
            ValueError: as `image`.
        """
        texture = self._item("textures", reference.get("index", -1), where)
        extensions = texture.get("extensions", {})
        if "source" not in texture and "KHR_texture_basisu" in extensions:
            raise ValueError(_cannot(self.path, "KHR_texture_basisu"))
        source = extensions.get("EXT_texture_webp", {}).get("source", texture.get("source", -1))
        return self.image(source, where)

    def plain(self) -> bytes:
        """Return the file as trimesh shall read it: binary, without images, nodes and materials named by index."""
        tree = dict(self.tree)
        tree.pop("images", None)
        tree.pop("textures", None)
        for group in ("nodes", "materials"):
            if group in tree:
                tree[group] = [{**item, "name": str(index)} for index, item in enumerate(tree[group])]
        tree["meshes"] = [{**mesh, "name": "mesh"} for mesh in tree["meshes"]]
        blob, views = b"", []
        starts = []
        for buffer in self.buffers:
            starts.append(len(blob))
            blob += buffer + bytes(-len(buffer) % 4)
        for view in tree.get("bufferViews", []):
            offset = view.get("byteOffset", 0) + starts[view["buffer"]]
            views.append({**view, "buffer": 0, "byteOffset": offset})
        if blob:
            tree["bufferViews"], tree["buffers"] = views, [{"byteLength": len(blob)}]
        text = json.dumps(tree).encode()
        text += b" " * (-len(text) % 4)
        head = struct.pack("<4sII", MAGIC, VERSION, 12 + 8 + len(text) + 8 + len(blob))
        return head + struct.pack("<II", len(text), CHUNK_JSON) + text + struct.pack("<II", len(blob), CHUNK_BIN) + blob

    def _item(self, group: str, index: int, where: str) -> Json:
        items = self.tree.get(group, [])
        if not isinstance(index, int) or not 0 <= index < len(items):
            raise ValueError(f"{self.path}: {where}: expected one of {len(items)} {group}, got {index}; export it anew")
        return dict(items[index])

    def _view(self, index: int, where: str) -> bytes:
        view = self._item("bufferViews", index, where)
        start = view.get("byteOffset", 0)
        return self.buffers[view["buffer"]][start : start + view["byteLength"]]


def read_gltf(path: Path) -> Document:
    """Read a .glb or .gltf file and check all that trimesh would pass over.

    Raises:
        ValueError: one line that says what was expected, what came and what to do.
    """
    data = path.read_bytes()
    blob: bytes | None = None
    if path.suffix.lower() == ".glb":
        text, blob = _split_glb(path, data)
    else:
        text = data
    try:
        tree = json.loads(text.decode("utf-8"))
    except ValueError as error:
        raise ValueError(f"{path}: expected a glTF document (JSON), got {error}; export it anew") from error
    if not isinstance(tree, dict) or not str(tree.get("asset", {}).get("version", "")).startswith("2"):
        raise ValueError(f"{path}: expected glTF 2.0, got {_version(tree)}; export it as glTF 2.0")
    _check_extensions(path, tree)
    buffers = tuple(_read_buffer(path, index, item, blob) for index, item in enumerate(tree.get("buffers", [])))
    try:
        _check_geometry(path, tree, buffers)
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{path}: expected a valid glTF document, got one that lacks {error}; export it anew"
        ) from error
    return Document(path=path, tree=tree, buffers=buffers)


def _version(tree: object) -> str:
    asset = tree.get("asset") if isinstance(tree, dict) else None
    return f"version {asset.get('version')}" if isinstance(asset, dict) else "a document without `asset`"


def _split_glb(path: Path, data: bytes) -> tuple[bytes, bytes | None]:
    """Return the JSON and the binary chunk of a GLB file."""
    if data[:4] != MAGIC:
        raise ValueError(
            f"{path}: expected a binary glTF file, which begins with 'glTF', got {data[:4]!r}; export it as .glb"
        )
    if len(data) < 20:
        raise ValueError(f"{path}: expected a header of 20 bytes, got {len(data)}; the file is cut off, copy it again")
    version, length, size, kind = struct.unpack("<4I", data[4:20])
    if version != VERSION:
        raise ValueError(f"{path}: expected glTF 2.0, got version {version}; export it as glTF 2.0")
    if len(data) < length or 20 + size > len(data):
        raise ValueError(f"{path}: expected {length} bytes, got {len(data)}; the file is cut off, copy it again")
    if kind != CHUNK_JSON:
        raise ValueError(f"{path}: expected JSON in the first chunk, got type {kind:#x}; export it anew")
    text, rest = data[20 : 20 + size], data[20 + size :]
    if len(rest) < 8:
        return text, None
    size, kind = struct.unpack("<2I", rest[:8])
    return text, rest[8 : 8 + size] if kind == CHUNK_BIN else None


def _check_extensions(path: Path, tree: Json) -> None:
    required = set(tree.get("extensionsRequired", []))
    if "EXT_meshopt_compression" in tree.get("extensionsUsed", []):
        required.add("EXT_meshopt_compression")
    if _draco_used(tree):
        required.add("KHR_draco_mesh_compression")
    if find_spec("DracoPy") is not None:
        required.discard("KHR_draco_mesh_compression")
    for name in sorted(required):
        if name in KNOWN or name.startswith("KHR_materials_"):
            continue
        raise ValueError(_cannot(path, name))


def _draco_used(tree: Json) -> bool:
    """Tell whether some geometry is there in compressed form only."""
    accessors = tree.get("accessors", [])
    for mesh in tree.get("meshes", []):
        for part in mesh.get("primitives", []):
            position = part.get("attributes", {}).get("POSITION", -1)
            packed = "KHR_draco_mesh_compression" in part.get("extensions", {})
            if packed and 0 <= position < len(accessors) and "bufferView" not in accessors[position]:
                return True
    return False


def _cannot(path: Path, extension: str) -> str:
    advice = CONVERT.get(extension, "export it without")
    return f"{path}: expected plain glTF, got one that needs {extension}, which is not supported; convert it: {advice}"


def _read_buffer(path: Path, index: int, item: Json, blob: bytes | None) -> bytes:
    where, length = f"buffer {index}", int(item.get("byteLength", 0))
    if "uri" in item:
        data = _read_uri(path, str(item["uri"]), where)
    elif blob is not None and index == 0:
        data = blob
    elif "EXT_meshopt_compression" in item.get("extensions", {}):
        raise ValueError(_cannot(path, "EXT_meshopt_compression"))
    else:
        raise ValueError(f"{path}: {where}: expected its bytes in the file or under a uri, got neither; export it anew")
    if len(data) < length:
        raise ValueError(
            f"{path}: {where}: expected {length} bytes, got {len(data)}; the file is cut off, copy it again"
        )
    return data


def _read_uri(path: Path, uri: str, where: str) -> bytes:
    """Return what a uri of the document stands for: data within it, or a file beside it."""
    if uri.startswith("data:"):
        head, _, body = uri.partition(",")
        try:
            return base64.b64decode(body, validate=True) if head.endswith(";base64") else unquote_to_bytes(body)
        except ValueError as error:
            raise ValueError(f"{path}: {where}: expected base64, got {error}; export it anew") from error
    file = path.parent / unquote(uri)
    if not uri or "://" in uri or not file.is_file():
        raise ValueError(
            f"{path}: {where}: expected the file {unquote(uri)!r} beside it, found none; "
            "put it there, or export one .glb"
        )
    return file.read_bytes()


def _check_geometry(path: Path, tree: Json, buffers: tuple[bytes, ...]) -> None:
    if not tree.get("meshes") or not tree.get("nodes") or not tree.get("scenes"):
        raise ValueError(f"{path}: expected a scene with meshes, got an empty one; export what you want to see")
    for index, view in enumerate(tree.get("bufferViews", [])):
        end, size = view.get("byteOffset", 0) + view["byteLength"], len(buffers[view["buffer"]])
        if end > size:
            raise ValueError(
                f"{path}: bufferView {index}: expected an end at {size} at most, got {end}; export it anew"
            )
    accessors = tree.get("accessors", [])
    for mesh in tree["meshes"]:
        for part in mesh["primitives"]:
            attributes: Mapping[str, int] = part["attributes"]
            for name in ("POSITION", "TEXCOORD_0", "TEXCOORD_1"):
                if name in attributes and accessors[attributes[name]]["componentType"] != FLOAT:
                    raise ValueError(_cannot(path, "KHR_mesh_quantization"))
            used = [*attributes.values(), *([part["indices"]] if "indices" in part else [])]
            if any("sparse" in accessors[index] for index in used):
                raise ValueError(f"{path}: expected plain accessors, got a sparse one; export it without morph targets")
