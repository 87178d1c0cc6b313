"""Light, weather, layers: what the pictures owe to the hour, the lamps and the rain, checked against geometry."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import maximum_filter, minimum_filter

from scenes.backend import Camera
from scenes.backends import BACKENDS, choose_backend
from scenes.light_volume import compute_volume
from scenes.scene import PERSON_INSTANCE_BASE, Lamp, Light, Material
from scenes.smoothing import smooth_borders
from scenes.weather import WEATHERS, light_at, locate_sun
from tests.scenes.backend_room import at, make_person, make_scene, rest_joints

needs_gl = pytest.mark.skipif(choose_backend().name != "gl", reason="no EGL context on this machine")
gl_only = [pytest.mark.gl, needs_gl]
ENGINES = [pytest.param("gl", marks=gl_only), "tiny"]
VIEW = Camera.look_at((-1.0, 0.5, 1.6), (5, 0, 0.7), width=160, height=120, fov=1.2)
ABOVE = Camera.look_at((7.5, -0.2, 14.0), (7.5, 0.0, 0.0), width=160, height=120, fov=0.9)
NIGHT = Light(sun_color=(0, 0, 0), ambient=(0.15, 0.16, 0.2), sky=(0.02, 0.03, 0.08), horizon=(0.1, 0.1, 0.12))
SHOULDER = 0.6  # of the painter


@pytest.fixture(scope="module")
def room():
    return make_scene(cells=8)


@pytest.fixture(scope="module", params=ENGINES)
def engine(request):
    backend = BACKENDS[request.param]()
    yield backend
    backend.close()


@pytest.fixture(scope="module")
def gl():
    backend = BACKENDS["gl"]()
    yield backend
    backend.close()


def shoot(backend, scene, camera=VIEW, layers=(), **changes):
    backend.load(replace(scene, light=replace(scene.light, **changes)) if changes else scene)
    return backend.render(camera, layers)


def locate(frame, camera):
    """World points (H, W, 3) that the pixels show."""
    k = camera.intrinsics()
    u, v = np.meshgrid(np.arange(camera.width) + 0.5, np.arange(camera.height) + 0.5)
    rays = np.stack([(u - k[0, 2]) / k[0, 0], (v - k[1, 2]) / k[1, 1], np.ones_like(u)], axis=-1)
    depth = np.where(np.isfinite(frame.depth), frame.depth, 0.0)[..., None]
    return (rays * depth) @ camera.pose[:3, :3].T + camera.pose[:3, 3]


def pixel(camera, point):
    seen = np.linalg.inv(camera.pose) @ [*point, 1.0]
    u, v, w = camera.intrinsics() @ seen[:3]
    return int(v / w), int(u / w)


def inside(frame, size=5):
    """Pixels away from the borders of instances."""
    return maximum_filter(frame.instance, size) == minimum_filter(frame.instance, size)


def linear(rgb):
    stored = np.square(rgb / 255.0)
    return stored / np.sqrt(1.0 - SHOULDER * stored * stored)


def fill(backend):
    mesh = make_person(lods=False)
    for k in range(2):
        backend.add_person(k, mesh)
        backend.pose_person(k, rest_joints(mesh, 4 + 0.8 * k, 0.7 * k - 0.8, 0.3))
    backend.add_robot()
    backend.place_robot(3.0, 0.3, -2.0)


def test_the_sun_stands_where_it_should():
    noon = locate_sun(12.0)
    assert np.degrees(np.arcsin(noon[2])) == pytest.approx(90.0 - 50.0 + 23.4)
    assert noon[0] == pytest.approx(0.0) and noon[1] < 0.0  # in the south
    assert locate_sun(8.0)[0] > 0.0 > locate_sun(16.0)[0]  # from east to west
    rise = 12.0 - np.degrees(np.arccos(-np.tan(np.radians(50.0)) * np.tan(np.radians(23.4)))) / 15.0
    assert locate_sun(rise)[2] == pytest.approx(0.0, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.floats(0.0, 24.0), st.sampled_from(WEATHERS), st.booleans())
def test_light_of_any_hour_is_in_range(hour, weather, indoor):
    light = light_at(hour, weather, indoor=indoor)
    assert np.linalg.norm(light.sun) == pytest.approx(1.0, abs=1e-3) and light.sun[2] > 0.05
    values = [*light.sun_color, *light.ambient, *light.sky, *light.horizon]
    shares = [light.overcast, light.wetness, light.rain, light.lamps]
    assert all(0.0 <= value <= 1.0 for value in [*values, *shares]) and 0.5 < light.exposure < 3.0
    assert (light.wetness > 0.0) == (light.rain > 0.0) == (weather == "rain" and not indoor)
    if weather != "clear":
        assert light.sun_color == (0.0, 0.0, 0.0) and light.overcast == 1.0
    if indoor:
        assert light.fog == 0.0 and light.lamps == 1.0


def test_lamps_burn_by_night_and_not_by_day():
    assert light_at(23.0, "clear").lamps == 1.0 and light_at(11.0, "clear").lamps == 0.0
    dusk = [light_at(hour, "clear").lamps for hour in np.linspace(18.0, 21.0, 30)]
    assert np.all(np.diff(dusk) >= 0.0) and len(set(dusk)) > 5


def test_weather_errors():
    with pytest.raises(ValueError, match="count from midnight"):
        light_at(24.5, "clear")
    with pytest.raises(ValueError, match="clear, overcast, rain, fog"):
        light_at(12.0, "snow")


def test_night_is_darker_than_day(engine, room):
    brightness = {}
    for hour in (11.0, 20.0, 23.0):
        frame = shoot(engine, replace(room, light=light_at(hour, "clear")))
        brightness[hour] = frame.rgb[frame.instance == 1].mean()
    assert brightness[11.0] > 1.5 * max(brightness[20.0], brightness[23.0])
    assert engine.renderer == "tiny" or brightness[20.0] > 1.1 * brightness[23.0]
    for weather in WEATHERS:
        frame = shoot(engine, replace(room, light=light_at(11.0, weather)))
        assert 70 < frame.rgb.mean() < 225, weather


def test_fog_fades_to_the_horizon_with_distance(engine, room):
    bare = replace(room, light=replace(room.light, sun_color=(0.0, 0.0, 0.0)))
    clear, foggy = shoot(engine, bare), shoot(engine, bare, fog=0.1)
    assert np.array_equal(clear.depth, foggy.depth)
    calm = inside(clear) & (clear.instance == 1)
    if engine.renderer == "gl":
        far = np.linalg.norm(locate(clear, VIEW) - VIEW.pose[:3, 3], axis=-1)[..., None]
        horizon = linear(255.0 * np.array(bare.light.horizon))
        expected = horizon + (linear(clear.rgb) - horizon) * np.exp(-0.1 * far)
        error = np.abs(linear(foggy.rgb) - expected)[calm]
    else:
        horizon = 255.0 * np.array(bare.light.horizon)
        expected = horizon + (clear.rgb - horizon) * np.exp(-0.1 * clear.depth)[..., None]
        error = np.abs(foggy.rgb - expected)[calm] / 255.0
    assert error.max() < 0.02
    distant = calm & (clear.depth > 14.0)
    assert (
        np.abs(foggy.rgb[distant] - horizon_color(bare)).mean()
        < 0.4 * np.abs(clear.rgb[distant] - horizon_color(bare)).mean()
    )


def horizon_color(scene):
    return 255.0 * np.array(scene.light.horizon)


@needs_gl
@pytest.mark.gl
def test_a_lamp_lights_the_ground_before_a_wall_and_not_behind_it(gl, room):
    dark = replace(room, light=NIGHT)
    lit = replace(dark, lamps=(Lamp(position=(6.0, 0.0, 3.0), power=8.0, always=True),))
    off = shoot(gl, dark, ABOVE)
    on = shoot(gl, lit, ABOVE)
    assert np.array_equal(off.instance, on.instance)

    def gain(point):
        row, column = pixel(ABOVE, point)
        here = slice(row - 2, row + 3), slice(column - 2, column + 3)
        assert np.all(off.instance[here] == 1)
        return on.rgb[here].mean() - off.rgb[here].mean()

    assert gain((6.0, 0.5, 0.0)) > 60 and gain((6.0, -3.0, 0.0)) > 20
    assert gain((6.0, 0.5, 0.0)) > gain((6.0, 2.5, 0.0)) > gain((6.0, 5.0, 0.0)) > 0
    assert abs(gain((9.5, 0.0, 0.0))) < 8
    half = shoot(gl, replace(lit, lamps=(replace(lit.lamps[0], always=False),)), ABOVE, lamps=0.0)
    assert np.array_equal(half.rgb, off.rgb)


@needs_gl
@pytest.mark.gl
def test_what_glows_is_seen_at_night_and_lights_what_is_before_it(gl, room):
    sign = replace(room.objects[4], material=replace(room.objects[4].material, glow=1.0))
    scene = replace(room, objects=(*room.objects[:4], sign), light=NIGHT)
    camera = Camera.look_at((3.0, -3.0, 1.7), (7.7, -3.0, 1.2), width=120, height=90, fov=1.0)
    off, on = shoot(gl, scene, camera), shoot(gl, scene, camera, lamps=1.0)
    shown = on.rgb[on.instance == 5].astype(float)
    assert shown.mean() > 3.0 * off.rgb[off.instance == 5].mean() and shown.max() > 150
    ground = on.instance == 1
    assert on.rgb[ground].mean() > off.rgb[ground].mean() + 2


@needs_gl
@pytest.mark.gl
def test_water_lies_on_what_faces_up_and_only_under_the_sky(gl, room):
    dry = shoot(gl, room, VIEW, ("normal",))
    wet = shoot(gl, room, VIEW, ("normal",), wetness=0.9)
    changed = np.abs(dry.rgb.astype(int) - wet.rgb).max(axis=-1) > 1
    upward = maximum_filter((dry.normal[..., 2] > 0.45).astype(np.uint8), 5) > 0
    assert not np.any(changed & ~upward)
    assert changed[(dry.instance == 1) & inside(dry)].mean() > 0.9
    under = replace(room, indoor=True)
    assert np.array_equal(shoot(gl, under).rgb, shoot(gl, under, wetness=0.9, rain=1.0).rgb)


@needs_gl
@pytest.mark.gl
def test_rain_falls_through_colours_only(gl, room):
    still = shoot(gl, room)
    first = shoot(gl, room, rain=1.0)
    gl.step(0.05)
    later = gl.render(VIEW)
    for frame in (first, later):
        for name in ("depth", "semantic", "instance"):
            assert np.array_equal(getattr(frame, name), getattr(still, name))
    assert 0.005 < np.any(first.rgb != still.rgb, axis=-1).mean() < 0.5
    assert np.any(first.rgb != later.rgb)
    assert np.array_equal(shoot(gl, room, rain=1.0).rgb, first.rgb)  # time begins with the scene


@needs_gl
@pytest.mark.gl
@pytest.mark.parametrize("sun", [(0.45, -0.35, 0.82), (0.5, 0.6, 0.55)])
def test_shadows_lie_where_rays_to_the_sun_are_stopped(gl, room, sun):
    sun = np.array(sun) / np.linalg.norm(sun)
    scene = replace(room, light=replace(room.light, sun=tuple(sun)))
    camera = Camera.look_at((0.0, 6.0, 9.0), (5.5, 0.0, 0.0), width=160, height=120, fov=1.1)
    unlit = shoot(gl, scene, camera, sun_color=(0.0, 0.0, 0.0))
    lit = shoot(gl, scene, camera)
    calm = inside(lit, 3) & (lit.instance == 1) & (lit.depth < 30.0)
    points = (locate(lit, camera) + np.array([0.0, 0.0, 0.01]))[calm]
    hits = gl.cast_rays(points, np.tile(sun, (len(points), 1)), 60.0)
    bright = (linear(lit.rgb).sum(axis=-1) / linear(unlit.rgb).sum(axis=-1))[calm]
    seen, free = bright > 1.0 + 0.5 * (np.median(bright) - 1.0), hits.instance == 0
    assert (seen == free).mean() > 0.985
    assert 0.05 < (~free).mean() < 0.5 and np.median(bright) > 1.8
    assert np.abs(bright[~free] - 1.0).mean() < 0.1


@needs_gl
@pytest.mark.gl
def test_feet_darken_the_ground_under_a_closed_sky(gl, room):
    mesh = make_person()
    gl.load(replace(room, objects=room.objects[:1], light=light_at(11.0, "overcast")))
    camera = Camera.look_at((2.0, 0.0, 1.6), (5.0, 0.0, 0.0), width=120, height=90, fov=0.9)
    bare = gl.render(camera)
    gl.add_person(0, mesh)
    gl.pose_person(0, rest_joints(mesh, 5.0, 0.0))
    frame = gl.render(camera)
    row, column = pixel(camera, (4.7, 0.0, 0.0))
    assert frame.instance[row, column] == 1
    assert frame.rgb[row, column].mean() < 0.92 * bare.rgb[row, column].mean()
    away = pixel(camera, (4.0, 0.0, 0.0))
    assert np.array_equal(frame.rgb[away], bare.rgb[away])


def test_normals_are_those_of_the_meshes(engine, room):
    engine.load(room)
    fill(engine)
    frame = engine.render(VIEW, ("normal",))
    assert frame.part is None and frame.normal.dtype == np.float32
    length = np.linalg.norm(frame.normal, axis=-1)
    assert np.all(length[frame.instance == 0] == 0.0)
    assert np.allclose(length[frame.instance > 0], 1.0, atol=1e-4)
    calm = inside(frame)
    assert np.allclose(frame.normal[calm & (frame.instance == 1)], (0, 0, 1), atol=0.02)
    assert np.allclose(frame.normal[calm & (frame.instance == 2) & (locate(frame, VIEW)[..., 2] < 3.9)], (-1, 0, 0),
                       atol=0.05)  # fmt: skip
    ball = calm & (frame.instance == 4)
    expected = (locate(frame, VIEW) - (4.5, -2.0, 0.6)) / 0.6
    error = np.degrees(np.arccos(np.clip((frame.normal * expected).sum(axis=-1)[ball], -1.0, 1.0)))
    assert np.median(error) < 9.0  # the ball has corners
    ways = at(0.0, 0.0, 0.0, 0.4)[:3, :3] @ [[-1, 0, 0], [0, -1, 0], [0, 0, 1.0]]
    crate = frame.normal[calm & (frame.instance == 3)] @ ways
    assert np.percentile(crate.max(axis=-1), 5) > 0.999
    toward = (frame.normal * (VIEW.pose[:3, 3] - locate(frame, VIEW))).sum(axis=-1)
    assert (toward[calm & (frame.instance > 0)] > -0.05).mean() > 0.99


def test_parts_are_those_of_the_posed_joints(engine, room):
    mesh = make_person(40, 40, lods=False)
    engine.load(room)
    engine.add_person(3, mesh)
    joints = rest_joints(mesh, 3.0, 0.0).copy()
    joints[2] = at(3.0, 0.3, 1.53)  # the head, shifted
    engine.pose_person(3, joints)
    camera = Camera.look_at((0.5, 0, 1.0), (3, 0, 0.9), width=120, height=120, fov=1.0)
    frame = engine.render(camera, ["part"])
    person = frame.instance == PERSON_INSTANCE_BASE + 3
    assert frame.normal is None and frame.part.dtype == np.int32
    assert np.all(frame.part[~person] == 0) and set(np.unique(frame.part[person])) == {1, 2, 3}
    height = locate(frame, camera)[..., 2]
    borders = 1.7 * np.array([0.6, 0.8])  # where the weights of hip, chest and head are equal
    expected = 1 + np.searchsorted(borders, height[person])
    certain = np.abs(height[person][:, None] - borders).min(axis=1) > 0.1
    assert (frame.part[person] == expected)[certain].mean() > 0.97
    sideways = locate(frame, camera)[..., 1]
    assert sideways[person & (frame.part == 3)].mean() > 0.15 > abs(sideways[person & (frame.part == 1)].mean())
    with pytest.raises(ValueError, match="normal, part"):
        engine.render(camera, ("colour",))


@pytest.mark.parametrize("weather", ["clear", "rain"])
def test_many_cameras_see_what_each_sees_alone(engine, room, weather):
    scene = replace(room, light=light_at(21.0 if weather == "rain" else 11.0, weather))
    scene = replace(scene, lamps=(Lamp(position=(5.0, 0.5, 3.5)),))
    turned = [Camera.look_at((1, 0, 1.4), (1 + x, y, 1.3), width=64, height=64) for x, y in ((1, 0), (0, 1), (-1, 0))]
    cameras = [*turned, VIEW]
    engine.load(scene)
    fill(engine)
    engine.step(0.1)
    together = engine.render_many(cameras, ("normal", "part"))
    alone = [engine.render(camera, ("part", "normal")) for camera in reversed(cameras)][::-1]
    other = BACKENDS["gl" if engine.renderer == "gl" else "tiny"]()
    other.load(scene)
    fill(other)
    other.step(0.1)
    fresh = other.render_many(cameras)
    other.close()
    assert engine.render_many(()) == ()
    for a, b, c in zip(together, alone, fresh, strict=True):
        for name in ("rgb", "depth", "semantic", "instance", "normal", "part"):
            assert np.array_equal(getattr(a, name), getattr(b, name)), name
        assert np.array_equal(a.rgb, c.rgb) and np.array_equal(a.depth, c.depth) and c.normal is None


def test_the_grid_of_light_obeys_the_inverse_square(room):
    ground = replace(room, objects=room.objects[:2], light=NIGHT)
    lamp = Lamp(position=(0.0, 0.0, 4.0), color=(1.0, 1.0, 1.0), power=8.0, always=True)
    volume = compute_volume(replace(ground, lamps=(lamp,)))
    alone = compute_volume(ground)
    assert alone.flow.max() == 0.0 and volume.flow.min() >= 0.0
    assert np.linalg.norm(volume.direction, axis=-1).max() <= 1.0 + 1e-5

    def probe(values, x, y, level):
        i, j = np.round((np.array([x, y]) - volume.origin[:2]) / volume.step[:2]).astype(int)
        place = volume.origin + volume.step * (i, j, level)
        return values[level, j, i], place

    for x, y in ((0.0, 0.0), (3.0, 1.0), (-4.0, 2.0)):
        flow, place = probe(volume.flow, x, y, 1)
        distance = np.linalg.norm(place - lamp.position)
        assert flow[0] == pytest.approx(8.0 / distance**2, rel=0.25)
        way, _ = probe(volume.direction, x, y, 1)
        assert way @ (np.array(lamp.position) - place) / distance > 0.8
    behind, _ = probe(volume.flow, 10.0, 0.0, 1)
    before, _ = probe(volume.flow, 6.5, 0.0, 1)
    assert behind[0] < 0.15 * before[0]
    open_sky, _ = probe(volume.sky, -10.0, -10.0, 0)
    beside, _ = probe(volume.sky, 7.2, 0.0, 0)
    assert open_sky == pytest.approx(1.0, abs=0.01) and beside < 0.8
    assert probe(volume.open, 5.0, 5.0, 0)[0] == 1.0


def test_borders_are_blended_by_the_share_of_each_side():
    slope, height, width = 0.13, 40, 120
    fine = 16
    y, x = np.mgrid[0 : height * fine, 0 : width * fine] / fine
    share = ((y - 8.3) > slope * x).reshape(height, fine, width, fine).mean(axis=(1, 3))
    rows, columns = np.mgrid[0:height, 0:width] + 0.5
    ids = ((rows - 8.3) > slope * columns).astype(np.uint32)
    rgba = np.repeat((200 * ids[..., None]).astype(np.uint8), 4, axis=-1)
    smooth = smooth_borders(rgba, ids).astype(float)[..., 0] / 200.0
    before, after = np.abs(ids - share), np.abs(smooth - share)
    assert after.sum() < 0.45 * before.sum() and after.max() < 0.5
    turned = smooth_borders(np.ascontiguousarray(rgba.transpose(1, 0, 2)), np.ascontiguousarray(ids.T))
    assert np.abs(turned[..., 0].T / 200.0 - smooth).max() < 0.02
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 255, (30, 30, 4)).astype(np.uint8)
    assert np.array_equal(smooth_borders(noise, np.zeros((30, 30), np.uint32)), noise[..., :3])


@needs_gl
@pytest.mark.gl
def test_more_samples_change_colours_only(gl, room):
    fine = type(gl)(samples=2)
    one, four = shoot(gl, room), shoot(fine, room)
    fine.close()
    assert np.array_equal(one.depth, four.depth) and np.array_equal(one.instance, four.instance)
    difference = np.abs(one.rgb.astype(int) - four.rgb).mean()
    assert 0.0 < difference < 8.0


@needs_gl
@pytest.mark.gl
def test_a_room_is_lit_by_its_lamps_and_by_nothing_else(gl, room):
    inside_room = replace(room, indoor=True, objects=(*room.objects, make_roof(room)))
    camera = Camera.look_at((-2.0, 0.5, 1.6), (5, 0, 0.7), width=120, height=90, fov=1.0)
    lamps = tuple(Lamp(position=(x, y, 3.2), power=6.0, always=True) for x in (-6, 0, 6) for y in (-4, 0, 4))
    light = light_at(11.0, "clear", indoor=True)
    cave = shoot(gl, replace(inside_room, light=light), camera)
    office = shoot(gl, replace(inside_room, light=light, lamps=lamps), camera)
    night = shoot(gl, replace(inside_room, light=light_at(23.0, "clear", indoor=True), lamps=lamps), camera)
    ground = office.instance == 1
    assert office.rgb[ground].mean() > 1.6 * cave.rgb[ground].mean() and office.rgb[ground].mean() > 90
    assert night.rgb[ground].mean() > 80


def make_roof(room):
    slab = room.objects[0].mesh
    down = replace(slab, faces=slab.faces[:, ::-1].copy(), normals=-slab.normals)
    return replace(room.objects[0], name="roof", mesh=down, material=Material(), instance=9, pose=at(0.0, 0.0, 3.4))
