"""Bodies that move, as glTF files."""

from __future__ import annotations

import io
import json
import struct
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image

from motion.body import load_body
from motion.clip import DRAWN, DRAWN_NAMES, DRAWN_PARENTS, JOINT_NAMES
from motion.gltf import write_glb
from motion.skeleton import skin


def moving(frames: int = 12) -> np.ndarray:
    """Return transforms (T, 25, 4, 4) of a girl who goes ahead and lifts an arm."""
    body = load_body("girl")
    rest = np.linalg.inv(body.inverse_bind)
    result = np.tile(rest, (frames, 1, 1, 1))
    arm = [joint for joint, name in enumerate(DRAWN_NAMES) if name in ("left_shoulder", "left_elbow", "left_wrist")]
    for frame in range(frames):
        c, s = np.cos(0.1 * frame), np.sin(0.1 * frame)
        turn = np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])
        start = rest[arm[0], :3, 3]
        for joint in arm:
            result[frame, joint, :3, :3] = turn
            result[frame, joint, :3, 3] = start + turn @ (rest[joint, :3, 3] - start)
        result[frame, :, 0, 3] += 0.05 * frame
    return result


def parts(path: Path) -> tuple[dict, bytes]:
    data = path.read_bytes()
    magic, version, whole, length = struct.unpack("<4sIII", data[:16])
    assert magic == b"glTF" and version == 2 and whole == len(data)
    return json.loads(data[20 : 20 + length]), data[28 + length :]


def read(document: dict, data: bytes, accessor: int) -> np.ndarray:
    entry = document["accessors"][accessor]
    view = document["bufferViews"][entry["bufferView"]]
    kind = {5126: np.float32, 5125: np.uint32, 5123: np.uint16}[entry["componentType"]]
    width = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}[entry["type"]]
    flat = np.frombuffer(data, kind, entry["count"] * width, view["byteOffset"])
    return flat.reshape(entry["count"], width)


def test_whoever_plays_the_file_sees_the_skin_where_it_belongs(tmp_path: Path) -> None:
    body, transforms = load_body("girl"), moving()
    write_glb(tmp_path / "girl.glb", body, transforms, 30.0)
    assert [path.name for path in tmp_path.iterdir()] == ["girl.glb"]
    document, data = parts(tmp_path / "girl.glb")
    frame = 9
    world = np.empty((DRAWN, 4, 4))
    for joint, node in enumerate(document["nodes"][:DRAWN]):
        tracks = {
            c["target"]["path"]: read(document, data, document["animations"][0]["samplers"][c["sampler"]]["output"])
            for c in document["animations"][0]["channels"] if c["target"]["node"] == joint
        }  # fmt: skip
        local = np.eye(4)
        local[:3, :3] = trimesh.transformations.quaternion_matrix(np.roll(tracks["rotation"][frame], 1))[:3, :3]
        local[:3, 3] = tracks["translation"][frame] if "translation" in tracks else node["translation"]
        parent = DRAWN_PARENTS[joint]
        world[joint] = local if parent < 0 else world[parent] @ local
        assert node["name"] == DRAWN_NAMES[joint] and (parent < 0 or joint in document["nodes"][parent]["children"])
    np.testing.assert_allclose(world, transforms[frame], atol=1e-5)
    bind = read(document, data, document["skins"][0]["inverseBindMatrices"]).reshape(DRAWN, 4, 4).swapaxes(1, 2)
    np.testing.assert_allclose(bind, body.inverse_bind, atol=1e-6)
    corners = document["meshes"][0]["primitives"][0]["attributes"]
    indices, weights = (read(document, data, corners[key]) for key in ("JOINTS_0", "WEIGHTS_0"))
    drawn = skin(read(document, data, corners["POSITION"]), indices, weights, bind, world)
    mesh = body.meshes[0]
    expected = skin(mesh.vertices, mesh.joint_indices, mesh.joint_weights, body.inverse_bind, transforms[frame])
    np.testing.assert_allclose(drawn, expected, atol=1e-4)
    times = read(document, data, document["animations"][0]["samplers"][0]["input"])[:, 0]
    np.testing.assert_allclose(times, np.arange(12) / 30.0, atol=1e-6)


def test_other_programs_read_it_upright_in_metres_and_with_its_colours(tmp_path: Path) -> None:
    body = load_body("girl")
    write_glb(tmp_path / "girl.glb", body, moving(), 30.0)
    scene = trimesh.load_scene(tmp_path / "girl.glb")
    low, high = scene.bounds
    assert high[1] - low[1] == pytest.approx(body.height, rel=0.05) and low[1] == pytest.approx(0.0, abs=0.03)
    document, data = parts(tmp_path / "girl.glb")
    view = document["bufferViews"][document["images"][0]["bufferView"]]
    picture = Image.open(io.BytesIO(data[view["byteOffset"] : view["byteOffset"] + view["byteLength"]]))
    np.testing.assert_array_equal(np.asarray(picture), body.texture)
    (drawn,) = scene.geometry.values()  # trimesh counts from the bottom of a picture, as bodies do; files from the top
    np.testing.assert_allclose(drawn.visual.uv, body.meshes[0].uv, atol=1e-6)
    corners = document["meshes"][0]["primitives"][0]["attributes"]
    normals, points = read(document, data, corners["NORMAL"]), read(document, data, corners["POSITION"])
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1.0, atol=1e-5)
    chest = points[:, 2] > 0.6 * body.height
    outward = points[chest] - points[chest].mean(axis=0)
    assert (np.einsum("vi,vi->v", normals[chest], outward) > 0.0).mean() > 0.7
    for view in document["bufferViews"]:
        assert view["byteOffset"] % 4 == 0


def test_bad_transforms_are_one_line_and_leave_nothing(tmp_path: Path) -> None:
    body, transforms = load_body("girl"), moving()
    with pytest.raises(ValueError, match=r"expected \(T, 25, 4, 4\), got \(12, 22, 4, 4\)"):
        write_glb(tmp_path / "x.glb", body, transforms[:, : len(JOINT_NAMES)], 30.0)
    transforms[3, 4, 1, 1] = np.nan
    with pytest.raises(ValueError, match="got NaN or infinity"):
        write_glb(tmp_path / "x.glb", body, transforms, 30.0)
    assert not list(tmp_path.iterdir())
