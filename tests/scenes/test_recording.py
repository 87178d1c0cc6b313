"""Recorded places: small ones made here, and the real ones where they are."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from shapely import contains_xy
from shapely.geometry import Point, box

from scenes.camera_pose import Lift
from scenes.gl import GLBackend
from scenes.outline import trace
from scenes.recording import Recording
from scenes.walkable import Walkable

REAL = Path(__file__).resolve().parents[2].parent / "shared/data/crowd/eth_ucy"
FOLDERS = ("eth", "hotel", "univ", "zara1", "zara2")


def write(folder, *, size=(120, 160), block=True, mask_size=None, homography=None, tracks=True, closed=False):
    """A place of 8 m x 6 m seen straight from above at 20 px/m, y up; a block of 2 m x 1 m stands in it."""
    folder.mkdir(exist_ok=True)
    rows, columns = size
    picture = np.full((rows, columns, 3), 128, np.uint8)
    picture[:, : columns // 2, 2] = 220  # BGR: the left half is red
    mask = np.ones(mask_size or size, np.uint8)
    if closed:
        mask[:] = 0
        (folder / "traj.csv").unlink(missing_ok=True)
    if block:
        mask[40:60, 60:100] = 0
        picture[40:60, 60:100] = (250, 20, 20)
    cv2.imwrite(str(folder / "background.png"), picture)
    cv2.imwrite(str(folder / "segmentation.png"), mask)
    matrix = np.array([[0.05, 0, 0], [0, -0.05, 6.0], [0, 0, 1]]) if homography is None else homography
    (folder / "H_image_to_world.txt").write_text("\n".join(" ".join(f"{v:.9g}" for v in row) for row in matrix))
    if tracks:
        rows = ["t_s,agent_id,x_m,y_m"]
        rows += [f"{0.4 * k:.1f},1,{0.2 + 0.5 * k:.2f},1.0" for k in range(16)]
        rows += [f"{0.4 * k:.1f},2,{7.8 - 0.5 * k:.2f},1.5" for k in range(16)]
        (folder / "traj.csv").write_text("\n".join(rows) + "\n")
    return folder


def build(folder, **options):
    return Recording(path=str(folder), **options).build(np.random.default_rng(0), 0)


def test_free_ground_is_that_of_the_mask(tmp_path):
    scene = build(write(tmp_path / "place"))
    truth = box(0, 0, 8, 6).difference(box(3, 3, 5, 4))
    assert scene.walkable.symmetric_difference(truth).area < 0.4
    assert not contains_xy(scene.walkable, 4.0, 3.5)
    solids = [thing for thing in scene.objects if thing.solid]
    low = np.min([thing.mesh.vertices.min(axis=0) for thing in solids], axis=0)
    high = np.max([thing.mesh.vertices.max(axis=0) for thing in solids], axis=0)
    np.testing.assert_allclose(low, [3, 3, 0], atol=0.1)
    np.testing.assert_allclose(high, [5, 4, 1.3], atol=0.1)


def test_the_picture_lies_where_it_was_taken(tmp_path):
    """Seen straight from above, the ground shows the picture again: left red, right grey, the block's top blue."""
    scene = build(write(tmp_path / "place"))
    backend = GLBackend()
    backend.load(scene)
    from scenes.backend import Camera

    pose = np.diag([1.0, -1.0, -1.0, 1.0])  # x right, rows to the south, looking down
    pose[:3, 3] = 4.0, 3.0, 12.0
    frame = backend.render(Camera(pose=pose, width=160, height=120, fov=2 * np.arctan(3.0 / 12.0)))
    backend.close()
    red, grey, top = frame.rgb[100, 20].astype(int), frame.rgb[100, 140].astype(int), frame.rgb[50, 80].astype(int)
    assert red[0] > 1.3 * red[1] and abs(grey[0] - grey[1]) < 40
    assert top[2] > 1.5 * top[0]


def test_walls_face_outwards_and_stop_rays(tmp_path):
    scene = build(write(tmp_path / "place"))
    backend = GLBackend()
    backend.load(scene)
    origins = [[1.0, 3.5, 0.5], [7.0, 3.5, 0.5], [4.0, 1.0, 0.5], [4.0, 5.5, 0.5]]
    hits = backend.cast_rays(origins, [[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]])
    np.testing.assert_allclose(hits.distance, [2, 2, 2, 1.5], atol=0.1)
    from scenes.backend import Camera

    for eye in origins:
        frame = backend.render(Camera.look_at(eye, (4.0, 3.5, 0.5), width=64, height=64))
        assert frame.instance[32, 32] == hits.instance[0]  # drawn from every side
    backend.close()


def test_where_somebody_walked_is_free(tmp_path):
    folder = write(tmp_path / "place")
    lines = "\n".join(f"{0.4 * k:.1f},3,{2.0 + 0.2 * k:.2f},3.5" for k in range(20))
    (folder / "traj.csv").write_text((folder / "traj.csv").read_text() + lines + "\n")
    scene = build(folder)
    assert contains_xy(scene.walkable, 4.0, 3.5) and not contains_xy(scene.walkable, 4.0, 3.9)
    assert any("where somebody walked is taken to be free" in note for note in scene.notes)


def test_entrances_are_where_people_came_from(tmp_path):
    scene = build(write(tmp_path / "place"))
    places = np.array([entrance.position for entrance in scene.entrances])
    for end in ((0.2, 1.2), (7.7, 1.2)):
        assert np.linalg.norm(places - end, axis=1).min() < 0.6
    assert {mark.kind for mark in scene.landmarks} == {"exit"}
    without = build(write(tmp_path / "other", tracks=False))
    assert len(without.entrances) >= 2


def test_lift_recovers_a_known_camera():
    """A camera 5 m up that looks down at 40 degrees: from the homography of its ground alone, its place comes out."""
    k = np.array([[700.0, 0, 320], [0, 700.0, 240], [0, 0, 1]])
    tilt = np.radians(40)
    axes = np.array([[1, 0, 0], [0, -np.sin(tilt), -np.cos(tilt)], [0, np.cos(tilt), -np.sin(tilt)]])
    eye = np.array([1.0, -4.0, 5.0])
    whole = k @ np.column_stack([axes, -axes @ eye])
    lift = Lift(np.linalg.inv(whole[:, [0, 1, 3]]), (480, 640))
    np.testing.assert_allclose(lift.eye, eye, atol=1e-6)
    points = np.random.default_rng(0).uniform((-2, 0, 0), (3, 3, 2), (20, 3))
    mapped = np.column_stack([points, np.ones(20)]) @ whole.T
    np.testing.assert_allclose(lift.project(points), mapped[:, :2] / mapped[:, 2:], atol=1e-6)


def test_trace_keeps_areas_and_holes():
    mask = np.zeros((40, 60), bool)
    mask[5:35, 5:55], mask[10:20, 10:20], mask[25, 30] = True, False, False
    shape = trace(mask, (1.0, 2.0), 0.1, tolerance=0.0)
    assert shape.area == pytest.approx(13.99, abs=0.02) and shape.is_valid
    assert sorted(len(part.interiors) for part in shape.geoms) == [2]
    assert shape.contains(Point(1.0 + 0.7, 2.0 + 0.7)) and not shape.contains(Point(1.0 + 1.5, 2.0 + 1.5))
    assert len(trace(mask, (0, 0), 0.1, tolerance=0.0, smallest=(0.0, 0.5)).geoms[0].interiors) == 1
    assert trace(np.zeros((4, 4), bool), (0, 0), 0.1, tolerance=0.0).is_empty


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda f: (f / "H_image_to_world.txt").unlink(), "H_image_to_world.txt: expected a 3 x 3 homography"),
        (lambda f: (f / "H_image_to_world.txt").write_text("1 2 3"), "expected nine finite numbers, got 3"),
        (lambda f: (f / "H_image_to_world.txt").write_text("a b c"), "expected nine numbers"),
        (lambda f: (f / "H_image_to_world.txt").write_text("1 0 0 2 0 0 0 0 1"), "can be inverted"),
        (lambda f: (f / "H_image_to_world.txt").write_text("0.001 0 0 0 0.001 0 0 0 1"), "on a side"),
        (lambda f: (f / "H_image_to_world.txt").write_text("1 0 0 0 1 0 0.02 0 -1"), "shows the horizon"),
        (lambda f: (f / "segmentation.png").unlink(), "segmentation.png: expected a picture, found no such file"),
        (lambda f: (f / "segmentation.png").write_bytes(b"PNG"), "cannot be decoded"),
        (lambda f: write(f, mask_size=(60, 80), block=False), "expected 160 x 120 pixels as background.png has"),
        (lambda f: write(f, closed=True, tracks=False), "expected free ground"),
        (lambda f: (f / "traj.csv").write_text("t_s,agent_id\n1,2\n"), "traj.csv: expected rows of"),
    ],
)  # fmt: skip
def test_bad_folders_give_one_clear_line(tmp_path, spoil, expected):
    folder = write(tmp_path / "place")
    spoil(folder)
    with pytest.raises((ValueError, FileNotFoundError)) as caught:
        build(folder)
    assert expected in str(caught.value) and "\n" not in str(caught.value)


def test_no_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"scene\.path: expected the folder of a recorded place"):
        build(tmp_path / "nowhere")


@pytest.mark.parametrize("name", FOLDERS)
def test_real_places(name):
    if not REAL.is_dir():
        pytest.skip(f"the recordings are not beside this checkout ({REAL})")
    scene = build(REAL / name)
    tracks = np.loadtxt(REAL / name / "traj.csv", delimiter=",", skiprows=1)[:, 2:]
    inside = contains_xy(scene.walkable, *tracks.T)
    frame = scene.regions[0].polygon
    assert inside.sum() > 0.99 * contains_xy(frame, *tracks.T).sum()
    assert len(scene.entrances) >= 2 and scene.pictures["walkable area"].shape[2] == 3
    walkable = Walkable(scene.walkable, radius=0.27)
    start = scene.landmarks[0].position
    reach = [walkable.geodesic(walkable.snap(start), walkable.snap(mark.position)) for mark in scene.landmarks]
    assert np.isfinite(reach).sum() >= 2
