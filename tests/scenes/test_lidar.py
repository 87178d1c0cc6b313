"""The laser scanner against closed forms and against rays of the physics engine."""

import math

import numpy as np
import pytest
from shapely.geometry import box

from scenes.bullet import BulletBackend
from scenes.families import SCENES
from scenes.lidar import BAND, CELL, Lidar
from scenes.scene import Material, Mesh, Scene, SceneObject

NOBODY = (np.zeros((0, 2)), np.zeros(0))


def block(low: tuple[float, float, float], high: tuple[float, float, float], instance: int) -> SceneObject:
    corners = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
    faces = [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1], [2, 3, 7], [2, 7, 6], [0, 2, 6],
             [0, 6, 4], [1, 5, 7], [1, 7, 3]]  # fmt: skip
    mesh = Mesh(
        vertices=corners.astype(np.float32), faces=np.array(faces, dtype=np.int32),
        normals=np.zeros((8, 3), dtype=np.float32), uv=np.zeros((8, 2), dtype=np.float32),
    )  # fmt: skip
    return SceneObject(
        name=f"block {instance}", label="block", mesh=mesh, material=Material(color=(1, 1, 1)), semantic=4,
        instance=instance,
    )  # fmt: skip


@pytest.fixture(scope="module")
def room() -> Scene:
    """Twenty by twenty metres; a wall, a kerb too low, a sign too high and a table top."""
    items = (
        block((8, -5, 0), (9, 5, 3), 1),
        block((4, -1, 0), (5, 1, 0.05), 2),
        block((5, -1, 2.0), (6, 1, 3.0), 3),
        block((-6, -1, 0.7), (-4, 1, 0.75), 4),
    )
    return Scene(
        name="room", seed=0, walkable=box(-10, -10, 10, 10), objects=items, regions=(), landmarks=(), entrances=(),
        spots=(),
    )  # fmt: skip


def test_ranges_are_those_of_the_first_thing_in_the_band(room: Scene) -> None:
    bearings = np.array([0.0, math.pi, math.pi / 2, math.atan2(4, 8), math.atan2(6, 8)])
    ranges, who = Lidar(room).scan((0.0, 0.0), bearings, 15.0, *NOBODY)
    assert ranges[:2] == pytest.approx([8.0, 4.0], abs=1.5 * CELL)  # over the kerb, under the sign; the table top
    assert ranges[3] == pytest.approx(math.hypot(8, 4), abs=2 * CELL)
    assert np.isinf(ranges[[2, 4]]).all() and (who == -1).all()


def test_people_are_discs_and_hide_what_is_behind(room: Scene) -> None:
    people, radii = np.array([[3.0, 0.1], [9.5, 0.0], [0.0, 2.0]]), np.array([0.25, 0.3, 0.25])
    ranges, who = Lidar(room).scan((0.0, 0.0), np.array([0.0, math.pi / 2, math.pi]), 15.0, people, radii)
    assert ranges[0] == pytest.approx(3.0 - math.sqrt(0.25**2 - 0.1**2)) and ranges[1] == pytest.approx(1.75)
    assert who.tolist() == [0, 2, -1]


def test_clearance_is_the_way_to_the_nearest_obstacle(room: Scene) -> None:
    lidar = Lidar(room)
    for spot, gap in (((6.0, 0.0), 2.0), ((8.0, 8.0), 3.0), ((-2.0, 0.0), 2.0), ((4.5, 0.0), 3.5)):
        assert lidar.clearance(spot) == pytest.approx(gap, abs=1.5 * CELL)


@pytest.mark.parametrize("name", ["plaza", "office"])
def test_ranges_agree_with_rays_of_the_physics_engine(name: str) -> None:
    """What a fan of rays at several heights meets first is what the scanner measures, where all of it is solid."""
    scene = SCENES[name]().build(np.random.default_rng(3), 3)
    solids = Scene(
        name="solids", seed=0, walkable=scene.walkable, objects=tuple(o for o in scene.objects if o.solid),
        regions=(), landmarks=(), entrances=(), spots=(),
    )  # fmt: skip
    lidar, backend = Lidar(solids), BulletBackend()
    backend.load(solids)
    spot = scene.walkable.representative_point().coords[0]
    bearings = np.linspace(-math.pi, math.pi, 181)[:-1]
    ranges, _ = lidar.scan(spot, bearings, 15.0, *NOBODY)
    heights = np.linspace(BAND[0] + 0.01, BAND[1] - 0.01, 25)
    origins = np.array([[*spot, z] for z in heights for _ in bearings])
    ways = np.tile(np.column_stack([np.cos(bearings), np.sin(bearings), np.zeros(len(bearings))]), (len(heights), 1))
    met = backend.cast_rays(origins, ways, max_distance=15.0).distance.reshape(len(heights), -1).min(axis=0)
    backend.close()
    near = np.minimum(met, 14.0)
    # Rays slip between the heights and past edges: the scanner may see a little more, hardly ever less.
    assert np.mean(np.minimum(ranges, 14.0) < near + 3 * CELL) > 0.97
    assert np.mean(np.abs(np.minimum(ranges, 14.0) - near) < 3 * CELL) > 0.9
