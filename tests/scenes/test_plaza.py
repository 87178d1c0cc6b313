"""Squares: the same seed gives the same square, everything can be reached and seen, nothing stands in the way."""

from __future__ import annotations

import time

import numpy as np
import pytest
import shapely
from scipy import ndimage
from shapely.geometry import LineString, Point, box

from scenes.families import SCENES
from scenes.procedural.geometry import ball, cylinder, lathe, prism, sheet, tube, wall
from scenes.procedural.geometry import box as block
from scenes.procedural.site import MIDDLE
from scenes.procedural.town import OPEN_ZONE
from scenes.scene import SEMANTIC_CLASSES, SEMANTIC_ID, Mesh, Scene
from scenes.walkable import Walkable
from tests.scenes.soundness import check_mesh, digest, world_triangles

SEEDS = range(5)


@pytest.fixture(scope="module")
def plazas() -> list[Scene]:
    return [SCENES["plaza"]().build(np.random.default_rng(seed), seed) for seed in SEEDS]


def test_one_seed_gives_one_square(plazas: list[Scene]) -> None:
    again = SCENES["plaza"]().build(np.random.default_rng(3), 3)
    assert digest(again) == digest(plazas[3])
    assert len({digest(scene) for scene in plazas[:5]}) == 5


def test_building_is_quick() -> None:
    seconds = []
    for seed in (0, 1):
        start = time.process_time()
        SCENES["plaza"]().build(np.random.default_rng(seed), seed)
        seconds.append(time.process_time() - start)
    assert min(seconds) < 2.0


def test_meshes_are_sound(plazas: list[Scene]) -> None:
    for scene in plazas[:4]:
        assert sum(len(item.mesh.faces) for item in scene.objects) < 50_000
        for item in scene.objects:
            check_mesh(item, facing=0.1)


@pytest.mark.parametrize(
    ("mesh", "volume"),
    [
        (block((2.0, 3.0, 4.0), (5.0, 1.0, 2.0), bottom=True), 24.0),
        (prism(box(0, 0, 2, 3), 1.0, 2.0, floor=True), 6.0),
        (lathe([(0.0, 0.0), (1.0, 0.0), (1.0, 2.0), (0.0, 2.0)], 64), np.pi * 2 * np.sinc(2 / 64)),
        (ball((1.0, 2.0, 0.5), level=3), 4 / 3 * np.pi),
    ],
)
def test_solids_enclose_their_volume(mesh: Mesh, volume: float) -> None:
    a, b, c = np.moveaxis(mesh.vertices[mesh.faces].astype(float), 1, 0)
    assert np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6 == pytest.approx(volume, rel=0.02)  # positive: outward


def test_open_shapes_face_outwards() -> None:
    np.testing.assert_allclose(wall((0, 0), (2, 0), 0, 1).normals, np.tile((0, 1, 0), (4, 1)), atol=1e-6)
    assert (sheet(box(0, 0, 1, 1)).normals[:, 2] == 1).all()
    assert sheet(box(0, 0, 3, 1), tile=2.0).uv.max() == 1.5
    for mesh in (cylinder(1.0, 2.0), tube((0, 0, -1), (0, 0, 1), 0.5)):
        side = np.abs(mesh.normals[:, 2]) < 0.5
        assert (np.einsum("ij,ij->i", mesh.vertices[side, :2], mesh.normals[side, :2]) > 0).all()


def test_words_on_a_wall_run_from_left_to_right() -> None:
    face = wall((0.0, 1.0), (0.0, -1.0), 0.0, 1.0)  # seen from +x
    forward, up = np.array([-1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0])
    right = np.cross(forward, up)
    left_to_right = face.vertices[np.argsort(face.vertices @ right)]
    assert face.normals[0, 0] == 1
    assert face.uv[np.argmin(face.vertices @ right), 0] == 0
    assert len(left_to_right) == 4


def test_every_static_class_occurs(plazas: list[Scene]) -> None:
    outdoor = SEMANTIC_CLASSES[: SEMANTIC_CLASSES.index("Floor")]
    static = set(outdoor) - {"Human", "Robot"}
    for scene in plazas:
        assert {SEMANTIC_CLASSES[item.semantic] for item in scene.objects} == static, scene.seed


def test_names_and_instances(plazas: list[Scene]) -> None:
    for scene in plazas:
        names = [item.name for item in scene.objects]
        assert len(set(names)) == len(names)
        instances = {item.instance for item in scene.objects}
        assert min(instances) == 1 and max(instances) < 9_999
        for instance in instances:  # one thing, one instance
            assert len({item.label for item in scene.objects if item.instance == instance}) == 1
        marks = scene.landmarks
        assert len({mark.name for mark in marks}) == len(marks) == len({mark.instance for mark in marks})
        assert {mark.instance for mark in marks} <= instances
        shops = [mark for mark in marks if mark.kind == "shop"]
        assert 12 <= len(shops) <= 16
        for shop in shops:
            assert shop.name == shop.name.lower() and len(shop.name.split()) <= 2
            read = {item.text for item in scene.objects if item.instance == shop.instance} - {""}
            assert read == {shop.text} == {shop.name.upper()}


def test_every_place_can_be_reached(plazas: list[Scene]) -> None:
    for scene in plazas:
        assert scene.walkable.geom_type == "Polygon"
        assert scene.walkable.is_valid
        wide = Walkable(scene.walkable, radius=0.4, cell=0.2)
        parts, _ = ndimage.label(wide.free)
        column, row = ((MIDDLE - wide.origin) / wide.cell).astype(int)
        joined = parts == parts[row, column]
        assert joined.sum() > 0.98 * wide.free.sum()
        spots = [mark.position for mark in scene.landmarks] + [spot.position for spot in scene.spots]
        spots += [entrance.position for entrance in scene.entrances]
        assert wide.contains(spots).all(), scene.seed
        columns, rows = ((np.array(spots) - wide.origin) / wide.cell).astype(int).T
        assert ndimage.binary_dilation(joined)[rows, columns].all(), scene.seed
        narrow = max(shapely.get_parts(scene.walkable.buffer(-0.7)), key=lambda part: part.area)  # 1.4 m wide
        for mark in scene.landmarks:
            assert narrow.distance(Point(mark.position)) < 0.6, (scene.seed, mark.name)


def test_landmarks_lie_in_their_region_and_regions_cover_the_ground(plazas: list[Scene]) -> None:
    for scene in plazas:
        regions = {region.name: region.polygon for region in scene.regions}
        assert 5 <= len(regions) <= 6
        for mark in scene.landmarks:
            assert regions[mark.region].distance(Point(mark.position)) < 1e-6
        assert scene.walkable.difference(shapely.union_all(list(regions.values()))).area < 1e-6


def test_the_middle_is_clear_and_nothing_solid_stands_on_walkable_ground(plazas: list[Scene]) -> None:
    west, south, east, north = OPEN_ZONE
    assert east - west >= 25 and north - south >= 19
    for scene in plazas[:8]:
        assert scene.walkable.covers(box(*OPEN_ZONE))
        inner = scene.walkable.buffer(-0.02)
        shapely.prepare(inner)
        for item in scene.objects:
            if not item.solid:
                assert item.label in ("crosswalk", "lane marking", "bay marking", "car")
                continue
            triangles = world_triangles(item)
            low, high = triangles[..., 2].min(axis=1), triangles[..., 2].max(axis=1)
            standing = triangles[(high > 0.03) & (low < 1.9)]  # in the way of people and robots
            points = np.vstack([standing.reshape(-1, 3), standing.mean(axis=1)])
            points = points[points[:, 2] < 1.9]
            assert not shapely.contains_xy(inner, points[:, 0], points[:, 1]).any(), (scene.seed, item.name)


def test_many_shops_are_out_of_sight_of_the_middle(plazas: list[Scene]) -> None:
    for scene in plazas:
        ground = shapely.union_all([region.polygon for region in scene.regions])
        hidden = [
            mark
            for mark in scene.landmarks
            if mark.kind == "shop" and not ground.covers(LineString([MIDDLE, mark.position]))
        ]
        assert len(hidden) >= 6, scene.seed
        assert all(mark.region != "square" for mark in hidden)
        for entrance in scene.entrances:
            assert not ground.covers(LineString([MIDDLE, entrance.position]))


def test_signs_hang_in_the_open_and_are_large(plazas: list[Scene]) -> None:
    for scene in plazas:
        ground = shapely.union_all([region.polygon for region in scene.regions]).buffer(0.01)
        shapely.prepare(ground)
        for shop in (mark for mark in scene.landmarks if mark.kind == "shop"):
            boards = [item for item in scene.objects if item.instance == shop.instance and item.text]
            assert len(boards) == 2
            for board in boards:
                points = world_triangles(board).reshape(-1, 3)
                assert shapely.contains_xy(ground, points[:, 0], points[:, 1]).all(), (scene.seed, board.name)
                assert points[:, 2].min() > 2.5 and np.ptp(points[:, 2]) >= 0.6
            fascia = world_triangles(boards[0]).reshape(-1, 3)
            assert fascia[:, 2].min() >= 2.6 and fascia[:, 2].max() <= 3.45
            assert np.hypot(*np.ptp(fascia[:, :2], axis=0)) > 3.5
            out = np.array([np.cos(shop.facing), np.sin(shop.facing)])
            assert (np.array(shop.position) - shop.anchor[:2]) @ out > 1.0  # one stands in front of it


def test_markings_lie_above_the_road_and_textures_are_small(plazas: list[Scene]) -> None:
    for scene in plazas[:4]:
        for item in scene.objects:
            if SEMANTIC_CLASSES[item.semantic] in ("RoadMarking", "CrossWalk"):
                assert item.mesh.vertices[:, 2].min() >= 0.01
            if item.semantic in (SEMANTIC_ID["Road"], SEMANTIC_ID["SideWalk"], SEMANTIC_ID["Parking"]):
                assert (item.mesh.vertices[:, 2] == 0).all()
        textures = {id(item.material.texture): item.material.texture for item in scene.objects}
        sizes = [texture for texture in textures.values() if texture is not None]
        assert max(max(texture.shape[:2]) for texture in sizes) <= 512
        assert sum(texture.nbytes for texture in sizes) < 16e6
        pieces = [
            item for item in scene.objects if item.label in ("paving", "square paving", "kerb", "road", "parking")
        ]
        area = sum(
            np.abs(np.cross(*np.moveaxis(np.diff(world_triangles(item), axis=1), 1, 0)))[:, 2].sum() / 2
            for item in pieces
        )
        ground = shapely.union_all([region.polygon for region in scene.regions])
        assert area == pytest.approx(ground.area, rel=1e-4)  # no overlap, no gap


def test_people_can_come_and_stay(plazas: list[Scene]) -> None:
    for scene in plazas:
        assert 4 <= len(scene.entrances) <= 5
        assert sum(spot.kind == "stand" for spot in scene.spots) >= 10
        keepers = [spot for spot in scene.spots if spot.kind == "keeper"]
        assert len(keepers) >= 3
        for keeper in keepers:
            assert np.hypot(*np.subtract(keeper.position, scene.landmark(keeper.landmark).position)) < 4.0
