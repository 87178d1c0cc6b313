"""Labels: COCO's own reader opens them; masks, boxes and keypoints are where the people are."""

from __future__ import annotations

import contextlib
import io
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as masks
from pycocotools.coco import COCO
from shapely.geometry import box as rectangle

from embodied.cli import main
from embodied.dataset import coco
from embodied.dataset.check import hash_files
from embodied.dataset.keypoints import KEYPOINTS, SKELETON, label_keypoints, place_keypoints, project_points
from embodied.populate import skin
from motion.body import bodies, load_body
from scenes.backend import Camera, Frame
from scenes.backends import BACKENDS, choose_backend
from scenes.optics import Lens, find_boxes, project
from scenes.scene import PERSON_INSTANCE_BASE, Material, Mesh, Scene, SceneObject

INDEX = {name: number for number, name in enumerate(KEYPOINTS)}


def frame_of(instance: Any, semantic: Any = None) -> Frame:
    ids = np.asarray(instance, dtype=np.int32)
    classes = (
        np.where(ids > PERSON_INSTANCE_BASE, coco.PERSON, np.where(ids > 0, 1, 0)) if semantic is None else semantic
    )
    return Frame(
        rgb=np.zeros((*ids.shape, 3), np.uint8), depth=np.ones(ids.shape, np.float32),
        semantic=np.asarray(classes, dtype=np.int32), instance=ids, renderer="fake",
    )  # fmt: skip


def document_of(*frames: Frame, keypoints: Any = None) -> dict[str, Any]:
    people = {person: {"age": 30, "skin_tone": 4, "aid": "", "person_id": person} for person in range(1, 9)}
    images = [coco.annotate(frame, keypoints or {}, people) for frame in frames]
    height, width = frames[0].instance.shape
    return coco.merge([("a", {"fps": 5, "images": images})], width, height, keypoints=True)


def load(document: dict[str, Any], folder: Path) -> COCO:
    coco.write_document(document, folder / "instances.json")
    with contextlib.redirect_stdout(io.StringIO()):
        return COCO(str(folder / "instances.json"))


# ---------------------------------------------------------------- masks and boxes


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(3, 24), st.integers(3, 24))
def test_masks_are_the_instance_picture(seed: int, height: int, width: int) -> None:
    rng = np.random.default_rng(seed)
    ids = rng.choice([0, 3, 4, 10_001, 10_002], (height // 3 + 1, width // 3 + 1)).repeat(3, 0).repeat(3, 1)
    document = document_of(frame_of(ids))
    coco.check_coco(document, "test")
    found = {item["instance"]: item for item in document["annotations"]}
    assert set(found) == set(np.unique(ids[ids > 0]).tolist())
    for instance, item in found.items():
        np.testing.assert_array_equal(masks.decode(item["segmentation"]), ids == instance)
        assert item["bbox"] == masks.toBbox(item["segmentation"]).tolist()
        assert item["category_id"] == (coco.PERSON if instance > 10_000 else 1)


def test_the_reader_of_coco_opens_it(tmp_path: Path) -> None:
    ids = np.zeros((20, 30), dtype=int)
    ids[2:12, 3:8], ids[5:9, 20:28] = 10_002, 7
    labels = [(float(k + 1), 5.5, 1 + k % 2) for k in range(16)] + [(0.0, 0.0, 0)]
    reader = load(document_of(frame_of(ids), frame_of(ids * 0), frame_of(ids), keypoints={2: labels}), tmp_path)
    assert sorted(reader.getImgIds()) == [1, 2, 3] and reader.getAnnIds(imgIds=[2]) == []
    person = reader.loadCats(reader.getCatIds(catNms=["person"]))[0]
    assert len(person["keypoints"]) == 17 and len(person["skeleton"]) == 19
    found = reader.loadAnns(reader.getAnnIds(imgIds=[3], catIds=[person["id"]]))
    assert len(found) == 1 and found[0]["num_keypoints"] == 16 and len(found[0]["keypoints"]) == 51
    np.testing.assert_array_equal(reader.annToMask(found[0]), ids == 10_002)
    assert found[0]["attributes"] == {"age": 30, "skin_tone": 4, "aid": "", "person_id": 2}
    assert reader.loadImgs([3])[0]["frame_index"] == 2


def test_ground_and_walls_have_no_boxes() -> None:
    ids, classes = np.full((10, 10), 3), np.full((10, 10), 3)  # a pavement
    assert document_of(frame_of(ids, classes))["annotations"] == []


@pytest.mark.parametrize(
    ("change", "message"),
    [({"bbox": [0, 0, 31, 5]}, "bbox: expected one inside"), ({"bbox": [-1, 0, 4, 5]}, "bbox: expected one inside"),
     ({"image_id": 9}, "expected a known image and category"), ({"category_id": 99}, "a known image and category"),
     ({"area": 3}, "area: expected that of the mask"), ({"keypoints": [0] * 50}, "keypoints: expected 51"),
     ({"keypoints": [1, 1, 3] + [0] * 48}, "v of 0, 1 or 2"), ({"keypoints": [40, 1, 2] + [0] * 48}, "in the picture"),
     ({"keypoints": [4, 1, 0] + [0] * 48}, "zeros where v is 0"), ({"num_keypoints": 4}, "num_keypoints: expected 16"),
     ({"keypoints": [float("nan"), 1, 2] + [0] * 48}, "finite"), ({"id": 2}, "annotations: expected different ids")],
)  # fmt: skip
def test_what_is_no_coco_is_refused(change: dict[str, Any], message: str) -> None:
    ids = np.zeros((20, 30), dtype=int)
    ids[2:12, 3:8], ids[5:9, 20:28] = 10_002, 10_003
    labels = [(float(k + 1), 5.5, 1 + k % 2) for k in range(16)] + [(0.0, 0.0, 0)]
    document = deepcopy(document_of(frame_of(ids), keypoints={2: labels, 3: labels}))
    coco.check_coco(document, "here")
    document["annotations"][0].update(change)
    with pytest.raises(ValueError, match=message):
        coco.check_coco(document, "here")


# ---------------------------------------------------------------- keypoints


def stand(name: str, yaw: float = 0.0, x: float = 0.0, y: float = 0.0) -> Any:
    """Return a body and its joints (24, 4, 4) in the rest pose at a place."""
    body = load_body(name)
    joints = np.linalg.inv(body.inverse_bind)
    pose = np.eye(4)
    pose[:2, :2], pose[:2, 3] = [[np.cos(yaw), -np.sin(yaw)], [np.sin(yaw), np.cos(yaw)]], (x, y)
    return body, pose @ joints


@pytest.mark.parametrize("name", bodies())
def test_faces_are_faces(name: str) -> None:
    body, joints = stand(name)
    points = place_keypoints(body, joints)
    nose, left, right, ear, other = points[:5]
    assert left[1] > 0.02 > -0.02 > right[1] and ear[1] > left[1] and other[1] < right[1]
    assert nose[0] > left[0] > ear[0] and left[2] > nose[2] and abs(ear[2] - nose[2]) < 0.04
    mesh = body.meshes[0].vertices
    for point in points[:5]:  # on the skin, or a little under hair, hats and headscarfs
        assert np.linalg.norm(mesh - point, axis=1).min() < 0.035
    shoulders, hips, ankles = (
        points[[INDEX[f"{s}_{n}"] for s in ("left", "right")]] for n in ("shoulder", "hip", "ankle")
    )
    assert nose[2] > shoulders[:, 2].max() > hips[:, 2].max() > ankles[:, 2].max()
    assert shoulders[0, 1] > 0 > shoulders[1, 1] and hips[0, 1] > 0 > hips[1, 1]


@settings(max_examples=20, deadline=None)
@given(st.floats(-3, 3), st.floats(-5, 5), st.floats(-5, 5))
def test_keypoints_go_with_the_body(yaw: float, x: float, y: float) -> None:
    body, rest = stand("man_young")
    _, moved = stand("man_young", yaw, x, y)
    c, s = np.cos(yaw), np.sin(yaw)
    expected = place_keypoints(body, rest) @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]]) + (x, y, 0)
    np.testing.assert_allclose(place_keypoints(body, moved), expected, atol=1e-9)


def test_projection_without_a_lens_is_that_of_the_camera() -> None:
    camera = Camera.look_at((4, 1, 1.2), (0, 0, 1.0), width=80, height=60, fov=1.2)
    points = np.random.default_rng(0).uniform(-2, 2, (50, 3))
    pixels, depths = project_points(camera, Lens(), points)
    expected, planar = project(camera, points)
    np.testing.assert_allclose(depths, planar)
    ahead = planar > camera.near
    np.testing.assert_allclose(pixels[ahead], expected[ahead], atol=1e-6)
    assert np.isnan(pixels[~ahead]).all()
    behind, _ = project_points(camera, Lens(), np.array([[9.0, 1.0, 1.2]]))
    assert np.isnan(behind).all()


def test_projection_through_a_lens_undoes_its_rays() -> None:
    lens = Lens(distortion=(-0.25, 0.05, 0.001, -0.002, 0.0))
    camera = Camera(pose=np.eye(4), width=64, height=48, fov=1.2)
    rays = lens.rays(camera)
    points = np.concatenate([rays, np.ones((48, 64, 1))], axis=2).reshape(-1, 3) * 3.0
    pixels, _ = project_points(camera, lens, points)
    grid = np.stack(np.meshgrid(np.arange(64) + 0.5, np.arange(48) + 0.5), axis=2)
    np.testing.assert_allclose(pixels.reshape(48, 64, 2), grid, atol=0.02)
    far, _ = project_points(camera, lens, np.array([[30.0, 0.0, 1.0]]))  # it would fold back into the picture
    assert np.isnan(far).all()


def _slab(x: float, low: float, high: float) -> SceneObject:
    """Return a wall across the x axis, between two heights."""
    corners = np.array([[x, -2, low], [x, 2, low], [x, 2, high], [x, -2, high]], dtype=np.float32)
    corners = np.concatenate([corners, corners + np.array([0.05, 0, 0], dtype=np.float32)])
    quads = [(0, 3, 2, 1), (4, 5, 6, 7), (3, 7, 6, 2), (0, 1, 5, 4)]
    faces = np.array([t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))], dtype=np.int32)
    normals = np.repeat([[-1, 0, 0], [1, 0, 0]], 4, axis=0).astype(np.float32)
    mesh = Mesh(vertices=corners, faces=faces, normals=normals, uv=np.zeros((8, 2), np.float32))
    return SceneObject(name="wall", label="wall", mesh=mesh, material=Material(color=(0.5, 0.5, 0.5)), semantic=20,
                       instance=1)  # fmt: skip


def _look(backend_name: str, yaw: float, *, wall: bool = False, size: int = 160) -> Any:
    """Return labels, frame and pixels of a man at the origin, seen from 3 m ahead of him, who is turned by `yaw`."""
    backend = BACKENDS[backend_name]()
    try:
        scene = Scene(
            name="t", seed=0, walkable=rectangle(-9, -9, 9, 9),
            objects=(_slab(8.0, 0, 5), *[_slab(1.0, 0, 0.8)] * wall),
            regions=(), landmarks=(), entrances=(), spots=(),
        )  # fmt: skip
        backend.load(scene)
        body, joints = stand("man_heavy", yaw)
        backend.add_person(1, skin(body))
        backend.pose_person(1, joints)
        camera = Camera.look_at((3, 0, 1.1), (0, 0, 1.1), width=size, height=size, fov=0.8)
        frame = backend.render(camera, ("part",) if backend_name == "gl" else ())
    finally:
        backend.close()
    pixels, depths = project_points(camera, Lens(), place_keypoints(body, joints))
    return label_keypoints(frame, 10_001, pixels, depths), frame, pixels


@pytest.fixture(params=["tiny", pytest.param("gl", marks=pytest.mark.gl)])
def backend_name(request: pytest.FixtureRequest) -> str:
    name = str(request.param)
    if name == "gl" and choose_backend().name != "gl":
        pytest.skip("no OpenGL context can be made here")
    return name


def test_a_man_who_faces_us_shows_his_face(backend_name: str) -> None:
    labels, frame, pixels = _look(backend_name, 0.0)
    seen = {name for name, (_, _, v) in zip(KEYPOINTS, labels, strict=True) if v == 2}
    assert {"nose", "left_eye", "right_eye", "left_shoulder", "right_shoulder", "left_wrist", "right_knee"} <= seen
    assert labels[INDEX["left_shoulder"]][0] > 80 > labels[INDEX["right_shoulder"]][0]  # his left is our right
    left, top, right, bottom = find_boxes(frame.instance)[10_001]
    assert (pixels >= (left, top)).all() and (pixels <= (right, bottom)).all()
    assert labels[INDEX["nose"]][1] - top < 0.2 * (bottom - top) and bottom - labels[INDEX["left_ankle"]][1] < 16


def test_a_man_who_turns_his_back_hides_his_face(backend_name: str) -> None:
    labels, _, _ = _look(backend_name, np.pi)
    assert [labels[INDEX[name]][2] for name in ("nose", "left_eye", "right_eye")] == [1, 1, 1]
    assert labels[INDEX["left_shoulder"]][2] == 2 and labels[INDEX["left_shoulder"]][0] < 80


def test_a_man_seen_from_the_side_hides_his_far_arm(backend_name: str) -> None:
    labels, _, _ = _look(backend_name, np.pi / 2)  # his right side is towards us
    assert labels[INDEX["right_shoulder"]][2] == 2 and labels[INDEX["left_shoulder"]][2] == 1
    assert labels[INDEX["left_ear"]][2] == 1


def test_what_stands_before_a_man_hides_his_legs(backend_name: str) -> None:
    labels, _, _ = _look(backend_name, 0.0, wall=True)
    assert [labels[INDEX[name]][2] for name in ("left_knee", "right_knee", "left_ankle", "right_ankle")] == [1] * 4
    assert labels[INDEX["nose"]][2] == 2


def test_keypoints_outside_the_picture_are_not_labelled() -> None:
    frame = frame_of(np.full((10, 10), 10_001))
    pixels = np.full((17, 2), 5.0)
    pixels[0], pixels[1], pixels[2], pixels[3] = (-0.1, 5), (5, 10.0), (np.nan, np.nan), (0.0, 9.99)
    labels = label_keypoints(frame, 10_001, pixels, np.full(17, 1.0))
    assert [v for _, _, v in labels[:5]] == [0, 0, 0, 2, 2] and labels[0][:2] == (0.0, 0.0)


def test_the_skeleton_joins_neighbours() -> None:
    bones = {frozenset((KEYPOINTS[a - 1], KEYPOINTS[b - 1])) for a, b in SKELETON}
    assert {"left_wrist", "left_elbow"} in bones and {"nose", "left_eye"} in bones and len(bones) == 19


# ---------------------------------------------------------------- a real run


RUN = ["rollout", "scene=corridor", "task=frontal_approach", "agent=straight", "backend=tiny", "episodes=1", "video=0",
       "task.max_time=6", "robot.width=64", "robot.height=64", "sink.width=96", "sink.height=96", "seed=3"]  # fmt: skip


def test_a_run_with_and_without_a_dataset_has_the_same_logs(tmp_path: Path) -> None:
    assert main([*RUN, f"out={tmp_path / 'plain'}"]) == 0
    assert main([*RUN, "sink=dataset", f"out={tmp_path / 'sink'}"]) == 0
    plain, sink = (hash_files(tmp_path / name / "episodes") for name in ("plain", "sink"))
    assert {name: sink[name] for name in plain} == plain and len(plain) == 2
    assert main(["doctor", str(tmp_path / "sink")]) == 0
    with contextlib.redirect_stdout(io.StringIO()):
        reader = COCO(str(tmp_path / "sink/dataset/annotations/instances.json"))
    boxes = reader.loadAnns(reader.getAnnIds(catIds=[coco.PERSON]))
    assert len(boxes) > 9 and max(item["num_keypoints"] for item in boxes) > 10
    for item in boxes:  # joints of a person who is not cut off by the picture lie in or by the box of what is seen
        left, top, wide, high = item["bbox"]
        points = np.reshape(item["keypoints"], (-1, 3))
        points = points[points[:, 2] == 2]
        assert (points[:, 0] >= left - 1.5).all() and (points[:, 0] <= left + wide + 1.5).all()
        assert (points[:, 1] >= top - 1.5).all() and (points[:, 1] <= top + high + 1.5).all()
    assert coco.extract_images(tmp_path / "sink/dataset", tmp_path / "images") == len(reader.imgs)
    assert (tmp_path / "images" / reader.imgs[1]["file_name"]).is_file()


@pytest.mark.slow
def test_workers_change_no_byte_of_a_dataset(tmp_path: Path) -> None:
    for workers in (1, 2):
        words = [*RUN, "sink=dataset", "backend=auto", f"workers={workers}", f"out={tmp_path / str(workers)}"]
        assert main(words) == 0
    assert hash_files(tmp_path / "1" / "dataset") == hash_files(tmp_path / "2" / "dataset")
    assert hash_files(tmp_path / "1" / "episodes") == hash_files(tmp_path / "2" / "episodes")
