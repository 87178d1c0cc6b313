"""Streets: the same seed gives the same street, everything can be reached, nothing stands in the way or in a wall."""

from __future__ import annotations

import time
from itertools import combinations

import numpy as np
import pytest
import shapely
from scipy import ndimage
from shapely.geometry import LineString, MultiPoint, Point, Polygon

from scenes.families import SCENES
from scenes.procedural.elevation import Elevation
from scenes.procedural.geometry import wall
from scenes.procedural.street_plan import Line, draw_street
from scenes.procedural.vehicle import MODELS, loft_body
from scenes.routes import plan_route
from scenes.scene import SEMANTIC_CLASSES, Scene
from scenes.walkable import Walkable
from tests.scenes.soundness import check_mesh, digest, world_triangles

SEEDS = range(5)
FLAT = 0.03  # m, what rises no more than this is ground
HANGING = 2.05  # m, what begins above this is in nobody's way
POLES = {"bus stop sign", "crossing sign", "no entry sign"}
THIN = {"house", "archway"}  # walls, which are compared with the free ground instead


@pytest.fixture(scope="module")
def streets() -> list[Scene]:
    return [SCENES["street"]().build(np.random.default_rng(seed), seed) for seed in SEEDS]


def standing(scene: Scene) -> dict[str, Polygon]:
    """Return the outline on the ground of each thing that stands on it, by name of its first part."""
    points: dict[int, list[np.ndarray]] = {}
    names: dict[int, str] = {}
    for item in scene.objects:
        hung = item.label.endswith((" front", " sign")) and item.label not in POLES
        if hung or item.label in THIN:
            continue
        if item.label == "crosswalk" or item.mesh.vertices[:, 2].max() <= FLAT:
            continue
        corners = world_triangles(item).reshape(-1, 3)
        low = corners[corners[:, 2] < HANGING]
        if len(low):
            points.setdefault(item.instance, []).append(low[:, :2])
            names.setdefault(item.instance, item.name)
    return {names[k]: MultiPoint(np.vstack(parts)).convex_hull for k, parts in points.items()}


def test_one_seed_gives_one_street(streets: list[Scene]) -> None:
    again = SCENES["street"]().build(np.random.default_rng(3), 3)
    assert digest(again) == digest(streets[3])
    assert len({digest(scene) for scene in streets}) == len(streets)
    assert len({scene.walkable.wkb for scene in streets}) == len(streets)


def test_building_is_quick() -> None:
    seconds = []
    for seed in (0, 1):
        start = time.process_time()
        SCENES["street"]().build(np.random.default_rng(seed), seed)
        seconds.append(time.process_time() - start)
    assert min(seconds) < 3.0


def test_meshes_are_sound(streets: list[Scene]) -> None:
    for scene in streets:
        assert 40_000 < sum(len(item.mesh.faces) for item in scene.objects) <= 100_000, scene.seed
    for scene in streets[:3]:
        for item in scene.objects:
            check_mesh(item, facing=0.1, smallest=2e-3)


def test_textures_have_few_sizes(streets: list[Scene]) -> None:
    for scene in streets[:5]:
        textures = {id(item.material.texture): item.material.texture for item in scene.objects}
        pictures = [texture for texture in textures.values() if texture is not None]
        assert len({texture.shape for texture in pictures}) <= 10
        assert max(max(texture.shape[:2]) for texture in pictures) <= 512
        assert sum(texture.nbytes for texture in pictures) < 60e6
        glowing = {item.label for item in scene.objects if item.material.glow > 0.5}
        assert {"house", "lamp post"} <= glowing and any(label.endswith("sign") for label in glowing)


def test_names_and_instances(streets: list[Scene]) -> None:
    for scene in streets:
        names = [item.name for item in scene.objects]
        assert len(set(names)) == len(names)
        instances = {item.instance for item in scene.objects}
        assert min(instances) == 1 and max(instances) < 9_999
        labels: dict[int, str] = {}
        for item in scene.objects:
            assert labels.setdefault(item.instance, item.label) == item.label
        marks = scene.landmarks
        assert len({mark.name for mark in marks}) == len(marks) == len({mark.instance for mark in marks})
        assert {mark.instance for mark in marks} <= instances
        shops = [mark for mark in marks if mark.kind == "shop"]
        assert 10 <= len(shops) <= 16
        for shop in shops:
            assert shop.name == shop.name.lower() and len(shop.name.split()) <= 2
            read = {item.text for item in scene.objects if item.instance == shop.instance} - {""}
            assert read == {shop.text} == {shop.name.upper()}
        others = {mark.name for mark in marks} - {mark.name for mark in shops}
        assert "bus stop" in others and any("crossing" in name for name in others) and len(others) >= 4


def test_classes(streets: list[Scene]) -> None:
    for scene in streets:
        seen = {SEMANTIC_CLASSES[item.semantic] for item in scene.objects}
        assert {
            "Car", "SideWalk", "Road", "Building", "StoreFront", "RoadMarking", "CrossWalk", "TrafficSign", "Parking",
            "Bicycle", "Obstacle", "Vegetation", "Door", "Window",
        } <= seen, scene.seed  # fmt: skip


def test_every_place_can_be_reached(streets: list[Scene]) -> None:
    for scene in streets:
        assert scene.walkable.geom_type == "Polygon" and scene.walkable.is_valid
        places = [mark.position for mark in scene.landmarks] + [spot.position for spot in scene.spots]
        places += [entrance.position for entrance in scene.entrances]
        for radius, count in ((0.3, len(places)), (0.42, len(scene.landmarks))):  # who walks, a wheelchair
            ground = Walkable(scene.walkable, radius=radius, cell=0.2)
            wanted = np.array(places[:count])
            assert ground.contains(wanted).all(), (scene.seed, radius)
            parts, _ = ndimage.label(ground.free)
            columns, rows = ((wanted - ground.origin) / ground.cell).astype(int).T
            sizes = np.bincount(parts.ravel())[1:]
            joined = ndimage.binary_dilation(parts == 1 + sizes.argmax(), iterations=1)
            assert joined[rows, columns].all(), (scene.seed, radius)


def test_sidewalks_leave_a_passage(streets: list[Scene]) -> None:
    for scene in streets:
        wide = scene.walkable.buffer(-0.8)  # 1.6 m
        largest = max(shapely.get_parts(wide), key=lambda part: part.area)
        for mark in scene.landmarks:
            assert largest.distance(Point(mark.position)) < 0.8, (scene.seed, mark.name)
        for entrance in scene.entrances:
            assert largest.distance(Point(entrance.position)) < 0.8, (scene.seed, entrance.name)


def test_regions_cover_the_ground(streets: list[Scene]) -> None:
    for scene in streets:
        regions = {region.name: region.polygon for region in scene.regions}
        assert len(regions) == len(scene.regions) >= 6
        for mark in scene.landmarks:
            assert regions[mark.region].distance(Point(mark.position)) < 1e-6
        assert scene.walkable.difference(shapely.union_all(list(regions.values()))).area < 1e-6
        for (_, a), (_, b) in combinations(regions.items(), 2):
            assert a.intersection(b).area < 1e-6


def test_nobody_walks_on_the_carriageway(streets: list[Scene]) -> None:
    for scene in streets:
        crossings = shapely.union_all(
            [
                shapely.union_all([Polygon(t) for t in world_triangles(item)[..., :2]])
                for item in scene.objects
                if item.label == "crosswalk" and item.solid
            ]
        ).buffer(0.05)
        roads = [item for item in scene.objects if item.label in ("road", "gutter", "parking") and item.solid]
        road = shapely.union_all([Polygon(t) for item in roads for t in world_triangles(item)[..., :2]])
        assert scene.walkable.intersection(road).difference(crossings).area < 0.05
        assert all(item.mesh.vertices[:, 2].max() <= FLAT for item in roads)


def test_nothing_solid_stands_on_walkable_ground(streets: list[Scene]) -> None:
    for scene in streets[:8]:
        inner = scene.walkable.buffer(-0.02)
        shapely.prepare(inner)
        for item in scene.objects:
            if not item.solid:
                continue
            triangles = world_triangles(item)
            low, high = triangles[..., 2].min(axis=1), triangles[..., 2].max(axis=1)
            near = triangles[(high > FLAT) & (low < 1.9)]
            points = np.vstack([near.reshape(-1, 3), near.mean(axis=1)])
            points = points[points[:, 2] < 1.9]
            assert not shapely.contains_xy(inner, points[:, 0], points[:, 1]).any(), (scene.seed, item.name)


def test_things_keep_clear_of_one_another_and_of_walls(streets: list[Scene]) -> None:
    for scene in streets:
        ground = shapely.union_all([region.polygon for region in scene.regions]).buffer(0.02)
        shapely.prepare(ground)
        outlines = standing(scene)
        names, shapes = list(outlines), np.array(list(outlines.values()))
        assert shapely.covers(ground, shapes).all(), (
            scene.seed, [name for name, shape in outlines.items() if not ground.covers(shape)]
        )  # fmt: skip
        tree = shapely.STRtree(shapes)
        for i, j in tree.query(shapes, predicate="intersects").T.tolist():
            pair = {names[i].rsplit(" ", 1)[0], names[j].rsplit(" ", 1)[0]}
            if i < j and pair not in ({"bicycle", "bicycle rack"}, {"bicycle"}, {"parasol", "cafe table"}):
                assert shapes[i].intersection(shapes[j]).area < 0.01, (scene.seed, names[i], names[j])


def test_things_stand_on_the_ground(streets: list[Scene]) -> None:
    for scene in streets:
        lowest: dict[int, float] = {}
        labels = {item.instance: item.label for item in scene.objects}
        for item in scene.objects:
            low = float(item.mesh.vertices[:, 2].min() + item.pose[2, 3])
            lowest[item.instance] = min(lowest.get(item.instance, np.inf), low)
        for instance, low in lowest.items():
            if not labels[instance].endswith(" sign") and labels[instance] not in ("bunting", "ground"):
                assert -0.08 <= low <= 0.02, (scene.seed, labels[instance], low)


def test_signs_can_be_read(streets: list[Scene]) -> None:
    for scene in streets:
        ground = shapely.union_all([region.polygon for region in scene.regions]).buffer(0.01)
        shapely.prepare(ground)
        for shop in (mark for mark in scene.landmarks if mark.kind == "shop"):
            boards = [item for item in scene.objects if item.instance == shop.instance and item.text]
            assert len(boards) >= 2  # along the wall and across it
            for board in boards:
                points = world_triangles(board).reshape(-1, 3)
                assert shapely.contains_xy(ground, points[:, 0], points[:, 1]).all(), (scene.seed, board.name)
                assert points[:, 2].min() > 2.5 and np.ptp(points[:, 2]) >= 0.6
            fascia = world_triangles(boards[0]).reshape(-1, 3)
            assert np.hypot(*np.ptp(fascia[:, :2], axis=0)) > 3.0
            out = np.array([np.cos(shop.facing), np.sin(shop.facing)])
            assert (np.array(shop.position) - shop.anchor[:2]) @ out > 0.8  # one stands in front of it


def test_people_can_come_and_stay(streets: list[Scene]) -> None:
    for scene in streets:
        assert len(scene.entrances) >= 5 and len(scene.lamps) >= 6
        assert sum(spot.kind == "stand" for spot in scene.spots) >= 10
        keepers = [spot for spot in scene.spots if spot.kind == "keeper"]
        assert len(keepers) >= 4, scene.seed
        for keeper in keepers:
            assert np.hypot(*np.subtract(keeper.position, scene.landmark(keeper.landmark).position)) < 4.5
        for lamp in scene.lamps:
            assert 3.0 < lamp.position[2] < 7.0


def test_houses_line_everything() -> None:
    for seed in range(20):
        plan = draw_street(np.random.default_rng(seed))
        built = shapely.union_all([lot.ground for lot in plan.lots])
        assert plan.ground.exterior.difference(built.buffer(0.02)).length < 0.2, seed
        assert built.intersection(plan.ground).area < 0.01


def test_ways_are_told(streets: list[Scene]) -> None:
    scene = streets[0]
    ground = Walkable(scene.walkable, radius=0.3, cell=0.2)
    start = scene.entrances[0].position
    told = [plan_route(scene, ground, start, 0.0, mark.name) for mark in scene.landmarks if mark.kind == "shop"]
    assert all(np.isfinite(route.length) for route in told)
    assert max(len(route.steps) for route in told) >= 2


def test_a_line_is_measured_along_its_bends() -> None:
    line = Line(points=np.array([(0.0, 0.0), (10.0, 0.0), (10.0, 5.0)]))
    assert line.length == 15.0
    assert line.at(4.0, 1.0) == pytest.approx((4.0, 1.0, 0.0))
    assert line.at(12.0, 1.0) == pytest.approx((9.0, 2.0, np.pi / 2))
    straight = Line(points=np.array([(0.0, 0.0), (10.0, 0.0)]))
    assert straight.band(2.0, 5.0, 1.0, 3.0).equals(LineString([(2, 2), (5, 2)]).buffer(1.0, cap_style="flat"))


def test_an_elevation_faces_as_a_wall_does() -> None:
    p, q = (1.0, 2.0), (4.0, -1.0)
    side = Elevation.between(p, q)
    plain, whole = wall(p, q, 0.0, 3.0), side.pierced(0.0, 3.0, np.empty((0, 4)), 1.0)
    np.testing.assert_allclose(np.unique(plain.vertices, axis=0), np.unique(whole.vertices, axis=0), atol=1e-5)
    np.testing.assert_allclose(plain.normals[0], whole.normals[0], atol=1e-6)
    cut = side.pierced(0.0, 3.0, [(1.0, 2.0, 1.0, 2.0)], 1.0)
    a, b, c = np.moveaxis(cut.vertices[cut.faces].astype(float), 1, 0)
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2
    assert area == pytest.approx(3.0 * side.length - 1.0, rel=1e-5)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_cars_have_the_size_of_cars(model) -> None:
    body = loft_body(model)
    size = np.ptp(body.vertices, axis=0)
    assert size[0] == pytest.approx(model.length, abs=0.02) and size[1] == pytest.approx(model.width, abs=0.02)
    assert body.vertices[:, 2].max() == pytest.approx(model.height, abs=0.02)
    assert 3.3 < model.length < 5.1 and 1.5 < model.width < 2.0 and 1.4 < model.height < 2.0
    out = np.einsum("ij,ij->i", body.normals, body.vertices - (0.0, 0.0, 0.7))
    assert (out > 0).mean() > 0.93
