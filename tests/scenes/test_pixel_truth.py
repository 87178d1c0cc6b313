"""What a picture says is what is there: depth, ids, boxes, joints, normals, parts, all-round views, lenses, noise.

Scene and people are the real ones: the plaza, and baked bodies that walk.
"""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from embodied.place import Place, build_scene
from embodied.populate import skin
from motion.body import BODIES, load_body
from motion.clip import RootPaths
from motion.gait import GaitModel
from scenes.backend import Camera
from scenes.backends import BACKENDS
from scenes.optics import FACES, Lens, Panorama, add_noise, face_cameras, find_boxes, project
from scenes.scene import PERSON_INSTANCE_BASE, SEMANTIC_ID
from scenes.skinning import Skin

PEOPLE = {3: (2.5, 0.9), 4: (3.5, -1.2), 7: (5.0, 0.2)}  # metres ahead of and left of the camera


def rays_of(camera):
    """World directions (H, W, 3) through the pixels' centres, 1 m along the axis."""
    k = np.linalg.inv(camera.intrinsics())
    u, v = np.meshgrid(np.arange(camera.width) + 0.5, np.arange(camera.height) + 0.5)
    return np.stack([u, v, np.ones_like(u)], axis=2) @ k.T @ camera.pose[:3, :3].T


def stage(name):
    """A backend with the plaza and three people in mid-step, a camera, and the people's meshes bent as they are."""
    scene = build_scene(Place(name="plaza", seed=0))
    backend = BACKENDS[name]()
    backend.load(scene)
    base = np.array([-4.0, -1.0])
    camera = Camera.look_at((-4.0, -1.0, 1.2), (-3.0, -0.9, 1.1), width=320, height=240, fov=1.1)
    bodies = {k: load_body(BODIES[(3 * k) % len(BODIES)]) for k in PEOPLE}
    model = GaitModel()
    model.reset(bodies, np.random.default_rng(5))
    places = base + np.array(list(PEOPLE.values()))
    velocity = np.array([(0.0, 1.2), (0.7, -0.7), (-1.0, 0.0)])
    for step in range(12):
        joints = model.step(
            0.1,
            RootPaths(
                person_ids=np.array(list(PEOPLE)), positions=places + velocity * (0.1 * step - 1.1),
                velocities=velocity, yaws=np.arctan2(velocity[:, 1], velocity[:, 0]), planned=np.zeros((3, 0, 2)),
            ),
            {}, {},
        )  # fmt: skip
    for k, pose in zip(PEOPLE, joints, strict=True):
        backend.add_person(k, replace(skin(bodies[k]), lods=()))  # what is drawn is the mesh that tests compare with
        backend.pose_person(k, pose)
    return backend, camera, bodies, dict(zip(PEOPLE, joints, strict=True))


@pytest.fixture(scope="module")
def staged():
    backend, camera, bodies, joints = stage("gl")
    yield backend, camera, bodies, joints, backend.render(camera, ("normal", "part"))
    backend.close()


def test_depth_is_what_rays_measure(staged):
    backend, camera, _, _, frame = staged
    rows, columns = np.mgrid[3:240:9, 3:320:9].reshape(2, -1)
    static = frame.instance[rows, columns] < PERSON_INSTANCE_BASE  # rays meet people's capsules
    directions = rays_of(camera)[rows, columns]
    origin = np.broadcast_to(camera.pose[:3, 3], directions.shape)
    hits = backend.cast_rays(origin, directions, max_distance=100.0)
    free = static & (hits.instance < PERSON_INSTANCE_BASE)
    depth = frame.depth[rows, columns]
    along = hits.distance / np.linalg.norm(directions, axis=1)  # to depth along the axis
    close = free & np.isfinite(depth) & (depth < 20.0)
    same = close & (frame.instance[rows, columns] == hits.instance)
    assert same.sum() > 400 and same.sum() > 0.98 * close.sum()  # a ray beside an edge may pass it
    error = np.abs(depth[same] - along[same])
    assert np.median(error) < 0.001 and np.quantile(error, 0.99) < 0.01


def test_points_at_their_depth_lie_on_the_bodies(staged):
    _, camera, bodies, joints, frame = staged
    points = camera.pose[:3, 3] + rays_of(camera) * frame.depth[..., None]
    for k, body in bodies.items():
        bent = Skin(skin(body)).bend(joints[k])[:, :3]
        mine = points[frame.instance == PERSON_INSTANCE_BASE + k]
        assert len(mine) > 500
        gaps = np.array([np.linalg.norm(bent - p, axis=1).min() for p in mine[::29]])
        assert np.quantile(gaps, 0.98) < 0.06  # m: half an edge of a triangle, and the level of detail


def fill(mask, corners):
    """Set the pixels whose centres lie in a triangle (3, 2)."""
    low = np.maximum(np.floor(corners.min(axis=0)).astype(int), 0)
    high = np.minimum(np.ceil(corners.max(axis=0)).astype(int), mask.shape[::-1])
    if (high <= low).any():
        return
    u, v = np.meshgrid(np.arange(low[0], high[0]) + 0.5, np.arange(low[1], high[1]) + 0.5)
    sides = []
    for (ax, ay), (bx, by) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        sides.append((bx - ax) * (v - ay) - (by - ay) * (u - ax))
    inside = np.all(np.array(sides) >= 0, axis=0) | np.all(np.array(sides) <= 0, axis=0)
    mask[low[1] : high[1], low[0] : high[0]] |= inside.astype(np.uint8)


def test_ids_match_silhouettes(staged):
    """A person covers the pixels whose centres its triangles cover, but for the outermost ones."""
    _, camera, bodies, joints, frame = staged
    for k, body in bodies.items():
        mesh = skin(body)
        bent = Skin(mesh).bend(joints[k])[:, :3]
        pixels, depth = project(camera, bent)
        assert (depth > 0.3).all()
        truth = np.zeros((camera.height, camera.width), np.uint8)
        a, b, c = np.moveaxis(pixels[mesh.faces], 1, 0)
        front = (b - a)[:, 0] * (c - a)[:, 1] < (b - a)[:, 1] * (c - a)[:, 0]  # counter-clockwise, rows grow downwards
        for triangle in pixels[mesh.faces[front]]:
            fill(truth, triangle)
        mine = frame.instance == PERSON_INSTANCE_BASE + k
        others = (frame.instance >= PERSON_INSTANCE_BASE) & ~mine
        rim = cv2.dilate(truth, np.ones((5, 5), np.uint8)) - cv2.erode(truth, np.ones((5, 5), np.uint8))
        inner = (truth > 0) & (rim == 0) & ~others
        assert inner.sum() > 300
        hidden = inner & ~mine  # by something nearer: nothing stands there
        assert hidden.sum() <= 0.002 * inner.sum()
        assert (mine & (truth == 0) & (rim == 0)).sum() < 0.002 * mine.sum()


def test_boxes_are_tight(staged):
    _, _, bodies, _, frame = staged
    boxes = find_boxes(frame.instance)
    assert {PERSON_INSTANCE_BASE + k for k in bodies} <= set(boxes) and 0 not in boxes
    for which, (left, top, right, bottom) in boxes.items():
        mask = frame.instance == which
        assert mask[top:bottom, left:right].sum() == mask.sum()
        for side in (
            mask[top, left:right],
            mask[bottom - 1, left:right],
            mask[top:bottom, left],
            mask[top:bottom, right - 1],
        ):
            assert side.any()


def test_boxes_are_those_of_the_bent_bodies(staged):
    _, camera, bodies, joints, frame = staged
    boxes = find_boxes(frame.instance)
    for k in (3, 4):  # nobody stands before these two
        pixels, _ = project(camera, Skin(skin(bodies[k])).bend(joints[k])[:, :3])
        low, high = pixels.min(axis=0), pixels.max(axis=0)
        left, top, right, bottom = boxes[PERSON_INSTANCE_BASE + k]
        assert np.abs(np.array([left, top]) - np.clip(low, 0, None)).max() < 1.6
        assert np.abs(np.array([right, bottom]) - np.minimum(high, (320, 240))).max() < 1.6


def test_joints_lie_on_the_body(staged):
    _, camera, _, joints, frame = staged
    for k in (3, 4):
        pixels, depth = project(camera, joints[k][:22, :3, 3])
        mine = (frame.instance == PERSON_INSTANCE_BASE + k).astype(np.uint8)
        grown = cv2.dilate(mine, np.ones((3, 3), np.uint8))  # within 1 px
        inside = ((pixels >= 0) & (pixels < (320, 240))).all(axis=1) & (depth > 0)
        assert inside.sum() >= 18
        u, v = np.floor(pixels[inside]).astype(int).T
        assert grown[v, u].all()


def test_normals_are_unit_and_look_at_the_camera(staged):
    _, camera, _, _, frame = staged
    seen = np.isfinite(frame.depth)
    lengths = np.linalg.norm(frame.normal[seen], axis=1)
    np.testing.assert_allclose(lengths, 1.0, atol=1e-3)
    assert (frame.normal[~seen] == 0).all()
    facing = (frame.normal * rays_of(camera)).sum(axis=2)
    static = seen & (frame.instance < PERSON_INSTANCE_BASE)
    assert (facing[static] < 0.02).mean() > 0.995  # smooth shading tilts normals a little at silhouettes
    assert (facing[seen & ~static] < 0.1).mean() > 0.98


def test_normals_follow_from_depth_on_flat_ground(staged):
    _, _, _, _, frame = staged
    ground = frame.semantic == SEMANTIC_ID["SideWalk"]
    assert ground.sum() > 2000
    np.testing.assert_allclose(np.median(frame.normal[ground], axis=0), [0, 0, 1], atol=1e-3)


def test_parts_are_near_their_joints(staged):
    _, camera, bodies, joints, frame = staged
    points = camera.pose[:3, 3] + rays_of(camera) * frame.depth[..., None]
    assert ((frame.part > 0) == (frame.semantic == SEMANTIC_ID["Human"])).all()
    for k in bodies:
        mine = frame.instance == PERSON_INSTANCE_BASE + k
        parts = frame.part[mine] - 1
        gap = np.linalg.norm(points[mine] - joints[k][parts, :3, 3], axis=1)
        assert parts.max() < 25 and np.quantile(gap, 0.95) < 0.5
        head = points[mine][parts == 15]
        assert len(head) > 20 and head[:, 2].min() > joints[k][9, 2, 3]


@pytest.mark.parametrize("name", BACKENDS)
def test_panorama_joins_without_a_seam(name):
    backend, camera, _, _ = stage(name)
    level = replace(camera, pose=camera.pose)
    wide = Panorama(256)
    frame = wide.render(backend, level, ("normal", "part"))
    assert frame.rgb.shape == (128, 256, 3)
    # Every ray's depth is that of the plain picture of the face that holds it, wherever that face ends.
    points = {}
    for face, (face_name, axes) in zip(face_cameras(level, 64), FACES.items(), strict=True):
        alone = backend.render(face)
        pixels = rays_of(face) * alone.depth[..., None] + face.pose[:3, 3]
        points[face_name] = (alone, pixels)
        assert np.allclose(face.pose[:3, :3], level.pose[:3, :3] @ axes)
    # Across the edges of faces, neighbours differ no more than neighbours within faces do.
    owner = wide._owner
    across = owner[:, 1:] != owner[:, :-1]
    steps = np.abs(frame.rgb[:, 1:].astype(int) - frame.rgb[:, :-1]).mean(axis=2)
    within = ~across
    assert across.sum() > 200
    assert steps[across].mean() < 1.5 * steps[within].mean() + 1.0
    # The left and the right end meet behind the camera.
    ends = np.abs(frame.rgb[:, 0].astype(int) - frame.rgb[:, -1]).mean()
    assert ends < 2.0 * steps[within].mean() + 2.0
    backend.close()


def test_panorama_depth_is_the_distance(staged):
    backend, camera, _, _, _ = staged
    assert Panorama(1024).render(backend, camera).rgb.shape == (512, 1024, 3)  # more than OpenCV takes in a row
    wide = Panorama(128)
    frame = wide.render(backend, camera)
    azimuth = 2 * np.pi * (np.arange(128) + 0.5) / 128 - np.pi
    elevation = np.pi / 2 - np.pi * (np.arange(64) + 0.5) / 64
    local = np.stack(
        [
            np.cos(elevation)[:, None] * np.sin(azimuth),
            np.broadcast_to(-np.sin(elevation)[:, None], (64, 128)),
            np.cos(elevation)[:, None] * np.cos(azimuth),
        ],
        axis=2,
    )
    world = local @ camera.pose[:3, :3].T
    hits = backend.cast_rays(
        np.broadcast_to(camera.pose[:3, 3], (64 * 128, 3)), world.reshape(-1, 3), max_distance=60.0
    )
    distance, instance = hits.distance.reshape(64, 128), hits.instance.reshape(64, 128)
    same = (instance == frame.instance) & (instance > 0) & (instance < PERSON_INSTANCE_BASE) & (distance < 15.0)
    assert same.sum() > 2000
    # Ids and depths are those of the nearest pixel of a face, at most half a pixel (1.4 degrees) off the ray.
    assert np.median(np.abs(frame.depth[same] - distance[same]) / distance[same]) < 0.02


def test_rolling_faces_end_where_all_at_once_does(staged):
    backend, camera, _, _, _ = staged
    moved = replace(camera, pose=camera.pose @ np.block([[np.eye(3), np.array([[0.2], [0], [0.3]])], [np.zeros(3), 1]]))
    rolling, whole = Panorama(64), Panorama(64)
    rolling.render(backend, camera)
    first = rolling.roll(backend, moved)
    frames = [rolling.roll(backend, moved) for _ in range(5)]
    full = whole.render(backend, moved)
    assert not np.array_equal(first.rgb, full.rgb)
    np.testing.assert_array_equal(frames[-1].rgb, full.rgb)
    np.testing.assert_array_equal(frames[-1].depth, full.depth)


def test_lens_shows_points_where_its_model_puts_them(staged):
    backend, camera, bodies, _, plain = staged
    lens = Lens(distortion=(-0.25, 0.06, 0.002, -0.003, 0.0))
    frame = lens.render(backend, camera, ("normal", "part"))
    assert frame.rgb.shape == plain.rgb.shape and frame.normal.shape == plain.normal.shape
    points = rays_of(camera) * plain.depth[..., None]
    for k in bodies:  # the middle of each body moves as the model says
        mine = plain.instance == PERSON_INSTANCE_BASE + k
        local = points[mine] @ camera.pose[:3, :3]
        there, _ = cv2.projectPoints(
            local.astype(float), np.zeros(3), np.zeros(3), camera.intrinsics(), np.array(lens.distortion)
        )
        there = np.floor(there.reshape(-1, 2)).astype(int)
        inside = ((there >= 0) & (there < (320, 240))).all(axis=1)
        found = frame.instance[there[inside, 1], there[inside, 0]] == PERSON_INSTANCE_BASE + k
        assert inside.sum() > 300 and found.mean() > 0.97
    none = Lens().render(backend, camera)
    np.testing.assert_array_equal(none.rgb, plain.rgb)


def test_lens_that_folds_the_picture_is_refused(staged):
    backend, camera, _, _, _ = staged
    with pytest.raises(ValueError, match="distortion: expected"):
        Lens(distortion=(-2.5, 0.0, 0.0, 0.0, 0.0)).render(backend, camera)
    with pytest.raises(ValueError, match="5 finite numbers"):
        Lens(distortion=(0.1, float("nan"), 0.0, 0.0, 0.0)).render(backend, camera)


def test_noise_has_the_deviation_that_is_asked_for():
    grey, white = np.full((200, 200, 3), 100, np.uint8), np.full((200, 200, 3), 200, np.uint8)
    read = add_noise(grey, np.random.default_rng(0), read=5.0).astype(float) - 100
    assert abs(read.mean()) < 0.1 and abs(read.std() - 5.0) < 0.1
    shot = [add_noise(g, np.random.default_rng(0), shot=10.0).astype(float).std() for g in (grey, white)]
    assert shot[1] / shot[0] == pytest.approx(2**1.1, rel=0.05)
    np.testing.assert_array_equal(add_noise(grey, np.random.default_rng(1)), grey)
    with pytest.raises(ValueError, match="at least 0"):
        add_noise(grey, np.random.default_rng(1), read=-1.0)
