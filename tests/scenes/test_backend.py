"""What every backend must do: pictures that agree with geometry, with rays and with each other."""

import multiprocessing
import resource
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import maximum_filter, minimum_filter

from scenes.backend import Camera
from scenes.backends import BACKENDS, choose_backend
from scenes.scene import PERSON_INSTANCE_BASE, ROBOT_INSTANCE, SEMANTIC_ID, Light
from tests.scenes.backend_room import at, make_person, make_scene, rest_joints

HAS_GL = choose_backend().name == "gl"
needs_gl = pytest.mark.skipif(not HAS_GL, reason="no EGL context on this machine")
ENGINES = [pytest.param("gl", marks=[pytest.mark.gl, needs_gl]), "tiny"]
VIEW = Camera.look_at((0, 0, 1.2), (5, 0, 0.9), width=160, height=120, fov=1.2)
VIEWS = [VIEW, Camera.look_at((-3, 5, 2.5), (5, 0, 0.5), width=96, height=128, fov=0.9)]


@pytest.fixture(scope="module")
def room():
    return make_scene(cells=8)


@pytest.fixture(params=ENGINES)
def backend(request, room):
    backend = BACKENDS[request.param]()
    backend.load(room)
    yield backend
    backend.close()


def fill(backend):
    """Two people in the rest pose and the robot."""
    mesh = make_person(lods=False)
    for k in range(2):
        backend.add_person(k, mesh)
        backend.pose_person(k, rest_joints(mesh, 4 + 0.8 * k, 0.7 * k - 0.8, 0.3))
    backend.add_robot()
    backend.place_robot(3.0, 0.3, -2.0)


def directions_of(camera):
    """Directions (H W, 3) through the centres of the pixels, of depth one."""
    k = camera.intrinsics()
    u, v = np.meshgrid(np.arange(camera.width) + 0.5, np.arange(camera.height) + 0.5)
    rays = np.stack([(u - k[0, 2]) / k[0, 0], (v - k[1, 2]) / k[1, 1], np.ones_like(u)], axis=-1)
    return rays.reshape(-1, 3) @ camera.pose[:3, :3].T


def compare(first, second):
    """Share of pixels away from silhouettes with equal instance, and of these the share with depth within 1 cm."""
    inside = [maximum_filter(image, 3) == minimum_filter(image, 3) for image, _ in (first, second)]
    calm = inside[0] & inside[1]
    same = first[0][calm] == second[0][calm]
    a, b = first[1][calm], second[1][calm]
    near = np.isclose(a, b, atol=0.01, rtol=0.0) | (np.isinf(a) & np.isinf(b))
    return same.mean(), near[same].mean()


@pytest.mark.parametrize("camera", VIEWS)
def test_pictures_agree_with_rays_through_pixel_centres(backend, camera):
    frame = backend.render(camera)
    rays = directions_of(camera)
    hits = backend.cast_rays(np.tile(camera.pose[:3, 3], (len(rays), 1)), rays, 200.0)
    shape = frame.instance.shape
    depth = (hits.distance / np.linalg.norm(rays, axis=1)).reshape(shape)
    same, near = compare((frame.instance, frame.depth), (hits.instance.reshape(shape), depth))
    assert same >= 0.999 and near >= 0.99
    assert len(np.unique(frame.instance)) >= 5


@needs_gl
@pytest.mark.gl
@pytest.mark.parametrize("camera", VIEWS)
def test_engines_agree(room, camera):
    frames = []
    for name in BACKENDS:
        backend = BACKENDS[name]()
        backend.load(room)
        fill(backend)
        frames.append(backend.render(camera))
        backend.close()
    assert [frame.renderer for frame in frames] == list(BACKENDS)
    same, near = compare(*((frame.instance, frame.depth) for frame in frames))
    assert same >= 0.99 and near >= 0.99
    assert {1, 2, ROBOT_INSTANCE, PERSON_INSTANCE_BASE, PERSON_INSTANCE_BASE + 1} <= set(np.unique(frames[0].instance))
    assert np.array_equal(frames[0].semantic == SEMANTIC_ID["Human"], frames[0].instance >= PERSON_INSTANCE_BASE)
    difference = np.abs(frames[0].rgb.astype(int) - frames[1].rgb)[frames[0].instance == frames[1].instance]
    assert difference.mean() < 40  # lit differently, but the same things


def test_shapes_and_types(backend):
    fill(backend)
    frame = backend.render(replace(VIEW, width=50, height=30))
    assert frame.rgb.shape == (30, 50, 3) and frame.rgb.dtype == np.uint8
    assert frame.depth.shape == (30, 50) and frame.depth.dtype == np.float32
    assert frame.semantic.dtype == frame.instance.dtype == np.int32
    assert frame.renderer == backend.renderer
    pairs = {(int(s), int(i)) for s, i in zip(frame.semantic.ravel(), frame.instance.ravel(), strict=True)}
    classes = {1: "Road", 2: "Building", 3: "Obstacle", 4: "Vegetation", 5: "TrafficSign", ROBOT_INSTANCE: "Robot"}
    for semantic, instance in pairs:
        expected = classes.get(instance, "Human" if instance >= PERSON_INSTANCE_BASE else "Background")
        assert semantic == SEMANTIC_ID[expected]


def test_depth_is_planar_and_infinite_beyond_far(backend):
    camera = Camera.look_at((2, 0, 2.5), (3, 0, 2.5), width=64, height=48, fov=0.8)
    wall = backend.render(camera)
    middle = wall.instance == 2
    assert middle.mean() > 0.5
    assert np.allclose(wall.depth[middle], 8.0 - 0.25 - 2.0, atol=1e-3)
    short = backend.render(replace(camera, far=5.0))
    assert np.all(np.isinf(short.depth[short.instance == 0])) and not np.any(short.instance == 2)
    assert np.all(np.isinf(wall.depth) == (wall.instance == 0))


def test_textures_are_upright(backend):
    """The sign is red at the top left, green at the top right, blue at the bottom left, white at the bottom right."""
    camera = Camera.look_at((5.7, -3.0, 1.7), (7.7, -3.0, 1.7), width=80, height=60, fov=0.7)
    frame = backend.render(camera)
    rows, columns = np.nonzero(frame.instance == 5)
    top, bottom = np.percentile(rows, [25, 75]).astype(int)
    left, right = np.percentile(columns, [25, 75]).astype(int)
    corners = [frame.rgb[r, c].astype(int) for r in (top, bottom) for c in (left, right)]
    assert [int(np.argmax(color)) for color in corners[:3]] == [0, 1, 2]
    assert np.ptp(corners[3]) < 40


def test_people_wear_their_textures(backend):
    mesh = make_person(lods=False)
    backend.add_person(7, mesh)
    backend.pose_person(7, rest_joints(mesh, 3.0, 0.0, np.pi))
    frame = backend.render(Camera.look_at((0.5, 0, 1.0), (3, 0, 0.85), width=80, height=80, fov=1.0))
    rows, columns = np.nonzero(frame.instance == PERSON_INSTANCE_BASE + 7)
    span = rows.max() - rows.min()
    middle = int(np.median(columns))
    head, chest = (frame.rgb[rows.min() + int(share * span), middle].astype(int) for share in (0.12, 0.4))
    assert head[0] > head[2] and chest[2] > chest[0] + 20


@pytest.mark.parametrize("caster", ["crate", "person"])
def test_shadows_fall_away_from_the_sun(backend, room, caster):
    sun = np.array([-0.6, 0.0, 0.8])
    lit = replace(room, objects=room.objects[:1], light=Light(sun=tuple(sun)))
    camera = Camera.look_at((5.0, -6.0, 5.0), (5.2, 2.0, 0.0), width=160, height=160, fov=0.8)
    backend.load(lit)
    bare = backend.render(camera)
    foot = np.array([4.4, 2.0, 0.0])
    if caster == "person":
        mesh = make_person()
        backend.add_person(0, mesh)
        backend.pose_person(0, rest_joints(mesh, *foot[:2]))
    else:
        backend.load(replace(lit, objects=(room.objects[0], room.objects[2])))
    frame = backend.render(camera)

    def pixel(point):
        seen = np.linalg.inv(camera.pose) @ [*point, 1.0]
        u, v, w = camera.intrinsics() @ seen[:3]
        return int(v / w), int(u / w)

    dark, light = foot + np.array([0.5, 0.0, 0.0]), foot - np.array([1.6, 0.0, 0.0])
    assert frame.instance[pixel(dark)] == frame.instance[pixel(light)] == 1

    def brightness(picture, point):
        row, column = pixel(point)
        return picture.rgb[row - 1 : row + 2, column - 1 : column + 2].mean()

    assert brightness(frame, dark) < 0.8 * brightness(bare, dark)
    assert brightness(frame, light) == pytest.approx(brightness(bare, light), rel=0.05)  # a little sky is hidden


def test_the_robot_does_not_see_itself(backend):
    backend.add_robot()
    backend.place_robot(0.0, 0.0, 0.0)
    for down in (0.0, 0.25):
        camera = Camera.look_at((0.1, 0.0, 1.05), (1.1, 0.0, 1.05 - down), width=64, height=64)
        assert ROBOT_INSTANCE not in backend.render(camera).instance
    assert ROBOT_INSTANCE in backend.render(Camera.look_at((2, 0, 1), (0, 0, 0.5), width=64, height=64)).instance


def test_a_moved_joint_moves_what_hangs_on_it(backend):
    mesh = make_person(lods=False)
    backend.add_person(0, mesh)
    joints = rest_joints(mesh, 3.0, 0.0)
    camera = Camera.look_at((0, 0, 1.0), (3, 0, 0.9), width=96, height=96, fov=1.0)
    backend.pose_person(0, joints)
    straight = backend.render(camera).instance == PERSON_INSTANCE_BASE
    joints = joints.copy()
    joints[2] = at(3.0, 0.4, 1.53)
    backend.pose_person(0, joints)
    bent = backend.render(camera).instance == PERSON_INSTANCE_BASE
    rows = np.nonzero(straight)[0]
    head, feet = slice(rows.min(), rows.min() + 6), slice(rows.max() - 10, rows.max())
    assert (straight[feet] != bent[feet]).mean() < 0.01
    shift = np.nonzero(bent[head])[1].mean() - np.nonzero(straight[head])[1].mean()
    assert shift == pytest.approx(-0.4 / 3.0 * camera.intrinsics()[0, 0], abs=3.0)  # left of the camera is +y


def test_several_backends_do_not_disturb_each_other(room):
    other = replace(room, objects=room.objects[:2])
    names = ["tiny", "tiny"] + (["gl", "gl"] if HAS_GL else [])
    backends = [BACKENDS[name]() for name in names]
    for k, backend in enumerate(backends):
        backend.load(room if k % 2 == 0 else other)
        backend.add_robot()
        backend.place_robot(2.0 + k, 0.0, 0.0)
        backend.drive_robot(0.5, 0.1 * k)
    for _ in range(3):
        for backend in backends:
            backend.step(0.1)
    states = [backend.robot_state() for backend in backends]
    frames = [backend.render(VIEW) for backend in backends]
    for k, backend in enumerate(backends):
        backend.close()
        alone = BACKENDS[names[k]]()
        alone.load(room if k % 2 == 0 else other)
        alone.add_robot()
        alone.place_robot(2.0 + k, 0.0, 0.0)
        alone.drive_robot(0.5, 0.1 * k)
        for _ in range(3):
            alone.step(0.1)
        assert alone.robot_state() == states[k]
        assert np.array_equal(alone.render(VIEW).rgb, frames[k].rgb)
        alone.close()


def test_loading_the_same_scene_again_empties_it_and_keeps_the_pictures(backend, room):
    empty = backend.render(VIEW)
    for _ in range(2):
        fill(backend)
        assert not np.array_equal(backend.render(VIEW).instance, empty.instance)
        backend.load(room)
        again = backend.render(VIEW)
        assert np.array_equal(again.rgb, empty.rgb) and np.array_equal(again.depth, empty.depth)
    backend.load(replace(room, objects=room.objects[:1]))
    assert set(np.unique(backend.render(VIEW).instance)) == {0, 1}


def test_resets_do_not_leak(backend, room):
    def resident():
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()

    mesh = make_person()
    rng = np.random.default_rng(0)

    def reset():
        backend.load(room)
        backend.add_robot()
        for k in range(5):
            dressed = replace(mesh, texture=rng.integers(0, 255, (256, 256, 3)).astype(np.uint8))
            backend.add_person(k, dressed)
            backend.pose_person(k, rest_joints(mesh, 3.0, k - 2.0))
        backend.step(0.01)
        backend.render(replace(VIEW, width=32, height=32))

    for _ in range(10):
        reset()
    before = resident()
    for _ in range(30):
        reset()
    assert resident() - before < 4e6  # bytes; the textures alone would be 29 MB


def test_close_twice_and_before_loading():
    for name in BACKENDS if HAS_GL else ["tiny"]:
        backend = BACKENDS[name]()
        with pytest.raises(ValueError, match="call load first"):
            backend.render(VIEW)
        with pytest.raises(ValueError, match="call load first"):
            backend.step(0.1)
        backend.close()
        backend.close()


def test_errors_say_what_to_do(backend):
    mesh = make_person(lods=False)
    backend.add_person(1, mesh)
    with pytest.raises(ValueError, match="remove it first"):
        backend.add_person(1, mesh)
    with pytest.raises(KeyError, match="got 2"):
        backend.pose_person(2, rest_joints(mesh))
    with pytest.raises(KeyError, match="got 2"):
        backend.remove_person(2)
    with pytest.raises(ValueError, match=r"expected \(3, 4, 4\)"):
        backend.pose_person(1, np.eye(4)[None])
    with pytest.raises(ValueError, match="whole multiple"):
        backend.step(0.015)
    with pytest.raises(ValueError, match="add_robot"):
        backend.robot_state()
    with pytest.raises(ValueError, match="drop those rays"):
        backend.cast_rays([[0, 0, 1]], [[0, 0, 0]])


def test_choose_backend(monkeypatch):
    assert choose_backend("tiny").name == "tiny"
    with pytest.raises(ValueError, match="auto, gl, tiny"):
        choose_backend("vulkan")

    def refuse():
        raise RuntimeError("gl: expected an EGL context")

    monkeypatch.setattr("scenes.backends.GLPainter", refuse)
    choice = choose_backend("auto")
    assert choice.name == "tiny" and "EGL" in choice.reason


def draw_once(answers):
    backend = BACKENDS["gl"]()
    backend.load(make_scene(cells=8))
    answers.put(backend.render(VIEW).rgb)


@needs_gl
@pytest.mark.gl
@pytest.mark.skipif("llvmpipe" not in choose_backend().reason, reason="only the software driver survives a fork")
def test_a_forked_process_can_draw(room):
    backend = BACKENDS["gl"]()
    backend.load(room)
    here = backend.render(VIEW).rgb
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    child = context.Process(target=draw_once, args=(answers,))
    child.start()
    assert np.array_equal(answers.get(timeout=60), here)
    child.join(timeout=20)
    assert child.exitcode == 0
    assert np.array_equal(backend.render(VIEW).rgb, here)
    backend.close()


@needs_gl
@pytest.mark.gl
def test_levels_of_detail_look_alike():
    from scenes.gl_people import Figure

    fine, coarse = make_person(40, 40, lods=False), make_person(16, 12, lods=False)
    levels = replace(fine, lods=(coarse,))
    chosen = {p: len(levels.lods) if Figure.choose_level((fine, coarse), p) else 0 for p in (40, 2000)}
    assert chosen == {40: 1, 2000: 0}
    masks = []
    for mesh in (levels, coarse):
        backend = BACKENDS["gl"]()
        backend.load(make_scene())
        backend.add_person(0, mesh)
        backend.pose_person(0, rest_joints(mesh, 2.0, 0.0))
        masks.append(backend.render(VIEW).instance == PERSON_INSTANCE_BASE)
        backend.close()
    assert (masks[0] & masks[1]).sum() / (masks[0] | masks[1]).sum() > 0.93
