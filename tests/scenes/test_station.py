"""Stations: the same seed gives the same one, everything can be reached, queues stand in order, nothing overlaps."""

from __future__ import annotations

import time

import numpy as np
import pytest
import shapely
from scipy import ndimage
from shapely.geometry import LineString, MultiPoint, Point

from scenes.families import SCENES
from scenes.procedural.face import Face, arch, beam
from scenes.procedural.station_plan import draw_plan
from scenes.procedural.ticketing import SPACING, line_up
from scenes.scene import SEMANTIC_CLASSES, Scene, SceneObject
from scenes.walkable import Walkable
from tests.scenes.soundness import check_mesh, digest, world_triangles

SEEDS = range(5)
PROPS = {
    "bench", "bin", "plant", "vending machine", "lockers", "fire hydrant", "advertising pillar", "timetable", "clock",
    "column", "post", "ticket gate", "café table", "fence",
}  # fmt: skip


@pytest.fixture(scope="module")
def stations() -> list[Scene]:
    return [SCENES["station"]().build(np.random.default_rng(seed), seed) for seed in SEEDS]


def low_hull(items: list[SceneObject]) -> shapely.Geometry:
    """Return the hull of what things have below the height of a head."""
    points = np.vstack([world_triangles(item).reshape(-1, 3) for item in items])
    return MultiPoint(points[points[:, 2] < 1.9][:, :2]).convex_hull


def test_one_seed_gives_one_station(stations: list[Scene]) -> None:
    again = SCENES["station"]().build(np.random.default_rng(3), 3)
    assert digest(again) == digest(stations[3])
    assert len({digest(scene) for scene in stations[:5]}) == 5


def test_building_is_quick() -> None:
    start = time.process_time()
    SCENES["station"]().build(np.random.default_rng(0), 0)
    assert time.process_time() - start < 4.0


def test_layouts_differ() -> None:
    plans = [draw_plan(np.random.default_rng(seed)) for seed in range(60)]
    assert {plan.roof for plan in plans} == {"vault", "saddle", "glazed", "sawtooth"}
    assert {len(plan.platforms) for plan in plans} == {4, 5, 6, 7, 8}
    assert {len(plan.portals) for plan in plans} >= {2, 3}
    assert {plan.quarter for plan in plans} == {0, 1, 2, 3}
    for plan in plans:
        assert 50 <= plan.length <= 80 and 25 <= plan.depth <= 40 and 8 <= plan.height <= 14
        numbers = [platform.number for platform in plan.platforms]
        assert numbers == list(range(1, len(numbers) + 1))
        assert plan.trains <= set(numbers) and plan.trains
        assert min(low for low, _ in plan.islands + plan.troughs) > 0
        assert max(high for _, high in plan.islands + plan.troughs) < plan.length
        tracks = sorted(platform.track for platform in plan.platforms)
        assert min(np.diff(tracks), default=9.0) > 3.0  # two trains pass


def test_meshes_are_sound(stations: list[Scene]) -> None:
    for scene in stations[:4]:
        assert 15_000 < sum(len(item.mesh.faces) for item in scene.objects) <= 100_000
        for item in scene.objects:
            check_mesh(item, smallest=1e-5)


def test_textures_are_small_and_of_few_sizes(stations: list[Scene]) -> None:
    for scene in stations[:6]:
        textures = {id(item.material.texture): item.material.texture for item in scene.objects}
        kept = [texture for texture in textures.values() if texture is not None]
        assert max(max(texture.shape[:2]) for texture in kept) <= 512
        assert sum(texture.nbytes for texture in kept) < 16e6
        sizes = {tuple(1 << (side - 1).bit_length() for side in texture.shape[:2]) for texture in kept}
        assert len(sizes) <= 14


def test_faces_have_holes_and_bars() -> None:
    face = Face((4.0, 1.0), (0.0, 1.0))  # seen from -y
    window = arch(1.0, 3.0, 1.0, 3.0, round_top=True)
    mesh = face.skin(shapely.box(0, 0, 4, 4).difference(window), 2.0)
    assert (mesh.normals == (0.0, -1.0, 0.0)).all()
    a, b, c = np.moveaxis(mesh.vertices[mesh.faces].astype(float), 1, 0)
    assert np.cross(b - a, c - a)[:, 1].sum() / 2 == pytest.approx(window.area - 16.0, rel=1e-5)
    reveal = face.reveals([window], 0.3)
    toward = np.array((2.0, 1.15, 2.0)) - reveal.vertices
    assert (np.einsum("ij,ij->i", toward, reveal.normals) > 0).all()  # its sides look into the opening
    bars = face.bars(window, 0.7, 0.7, 0.1)
    assert np.abs(bars.vertices[:, 1] - 1.1).max() < 0.06  # behind the face
    rod = beam((0, 0, 0), (2, 0, 0), 0.2, 0.4)
    outward = rod.vertices - [1.0, 0.0, 0.0]
    outward[:, 0] = 0.0
    assert (np.einsum("ij,ij->i", outward, rod.normals) > 0).all()
    np.testing.assert_allclose(np.ptp(rod.vertices, axis=0), (2.0, 0.2, 0.4), atol=1e-6)


def test_classes_that_a_station_has(stations: list[Scene]) -> None:
    wanted = {"Floor", "Wall", "Ceiling", "Door", "Window", "Chair", "Furniture", "Train", "StoreFront", "Advertising",
              "TrafficSign", "Booth", "Obstacle", "Vegetation"}  # fmt: skip
    for scene in stations:
        assert wanted <= {SEMANTIC_CLASSES[item.semantic] for item in scene.objects}, scene.seed


def test_names_signs_and_instances(stations: list[Scene]) -> None:
    for scene in stations:
        names = [item.name for item in scene.objects]
        assert len(set(names)) == len(names), scene.seed
        instances = {item.instance for item in scene.objects}
        assert min(instances) == 1 and max(instances) < 9_999
        marks = scene.landmarks
        assert len({mark.name for mark in marks}) == len(marks) == len({mark.instance for mark in marks})
        assert {mark.instance for mark in marks} <= instances
        kinds = [mark.kind for mark in marks]
        assert kinds.count("shop") >= 4 and 2 <= kinds.count("exit") <= 4 and 4 <= kinds.count("platform") <= 8
        assert {"information desk", "departure board", "counter 1", "ticket machine 1"} <= {m.name for m in marks}
        for mark in marks:
            read = {item.text for item in scene.objects if item.instance == mark.instance} - {""}
            assert read == ({mark.text} if mark.text else set())
            if mark.kind in ("shop", "exit", "platform"):
                assert mark.text == mark.name.upper()
                assert mark.name == mark.name.lower()


def test_signs_are_large_and_look_at_those_who_come(stations: list[Scene]) -> None:
    for scene in stations:
        middle = next(region for region in scene.regions if region.name == "main hall").polygon.centroid
        for mark in scene.landmarks:
            if mark.kind not in ("exit", "platform"):
                continue
            boards = [item for item in scene.objects if item.instance == mark.instance and item.text]
            points = np.vstack([world_triangles(board).reshape(-1, 3) for board in boards])
            assert np.ptp(points[:, 2]) >= 0.6 and np.hypot(*np.ptp(points[:, :2], axis=0)) > 2.5
            out = np.array([np.cos(mark.facing), np.sin(mark.facing)])
            assert (np.array([middle.x, middle.y]) - mark.anchor[:2]) @ out > 3.0
            assert (np.array(mark.position) - mark.anchor[:2]) @ out > 0.8
            assert 2.6 < mark.anchor[2] < 4.2


@pytest.mark.parametrize("radius", [0.3, 0.42])
def test_every_place_can_be_reached(stations: list[Scene], radius: float) -> None:
    for scene in stations:
        assert scene.walkable.geom_type == "Polygon" and scene.walkable.is_valid
        wide = Walkable(scene.walkable, radius=radius, cell=0.1)
        parts, _ = ndimage.label(wide.free)
        spots = [mark.position for mark in scene.landmarks]
        spots += [entrance.position for entrance in scene.entrances]
        spots += [spot.position for spot in scene.spots if spot.kind != "queue" or radius < 0.4]
        assert wide.contains(spots).all(), scene.seed
        columns, rows = ((np.array(spots) - wide.origin) / wide.cell).astype(int).T
        start = parts[rows[0], columns[0]]
        joined = ndimage.binary_dilation(parts == start, iterations=2)
        assert start > 0 and joined[rows, columns].all(), scene.seed


def test_passages_between_streets_and_platforms_are_wide(stations: list[Scene]) -> None:
    for scene in stations:
        wide = max(shapely.get_parts(scene.walkable.buffer(-0.9)), key=lambda part: part.area)  # 1.8 m
        for entrance in scene.entrances:
            assert wide.distance(Point(entrance.position)) < 0.5, (scene.seed, entrance.name)
        for mark in scene.landmarks:
            if mark.kind in ("platform", "exit"):
                assert wide.distance(Point(mark.position)) < 0.5, (scene.seed, mark.name)
        queues = [LineString([s.position for s in scene.spots if s.landmark == name and s.kind == "queue"]).buffer(0.3)
                  for name in {s.landmark for s in scene.spots if s.kind == "queue"}]  # fmt: skip
        left = scene.walkable.difference(shapely.union_all(queues)).buffer(-0.6)  # queues close no way
        left = max(shapely.get_parts(left), key=lambda part: part.area)
        for entrance in scene.entrances:
            assert left.distance(Point(entrance.position)) < 0.5, (scene.seed, entrance.name)


def test_regions_cover_the_ground(stations: list[Scene]) -> None:
    for scene in stations:
        regions = {region.name: region.polygon for region in scene.regions}
        assert {"main hall", "waiting area", "platform 1"} <= set(regions)
        assert {region.kind for region in scene.regions} >= {"hall", "platform", "corridor"}
        for mark in scene.landmarks:
            assert regions[mark.region].distance(Point(mark.position)) < 1e-6
            if mark.kind == "platform":
                assert mark.region == mark.name
        assert scene.walkable.difference(shapely.union_all(list(regions.values()))).area < 1e-6
        shapes = list(regions.values())
        assert sum(shape.area for shape in shapes) == pytest.approx(shapely.union_all(shapes).area)


def test_nothing_solid_stands_on_walkable_ground(stations: list[Scene]) -> None:
    for scene in stations[:8]:
        inner = scene.walkable.buffer(-0.02)
        shapely.prepare(inner)
        for item in scene.objects:
            if not item.solid:
                continue
            triangles = world_triangles(item)
            low, high = triangles[..., 2].min(axis=1), triangles[..., 2].max(axis=1)
            standing = triangles[(high > 0.03) & (low < 1.9)]  # in the way of people and robots
            points = np.vstack([standing.reshape(-1, 3), standing.mean(axis=1)])
            points = points[(points[:, 2] < 1.9) & (points[:, 2] > 0.03)]
            assert not shapely.contains_xy(inner, points[:, 0], points[:, 1]).any(), (scene.seed, item.name)


def test_no_prop_stands_in_another_or_in_a_wall(stations: list[Scene]) -> None:
    for scene in stations[::2]:
        things: dict[int, list[SceneObject]] = {}
        for item in scene.objects:
            if item.label in PROPS:
                things.setdefault(item.instance, []).append(item)
        hulls = [low_hull(items) for items in things.values()]
        names = [items[0].name for items in things.values()]
        tree = shapely.STRtree(hulls)
        for i, j in tree.query(hulls, predicate="intersects").T.tolist():
            if i < j:
                assert hulls[i].intersection(hulls[j]).area < 1e-4, (scene.seed, names[i], names[j])
        ground = shapely.union_all([region.polygon for region in scene.regions]).buffer(0.02)
        for name, hull in zip(names, hulls, strict=True):
            assert ground.covers(hull), (scene.seed, name)
        fronts = {
            item.instance: []
            for item in scene.objects
            if item.label.endswith(" front") or item.label == "ticket office"
        }
        for item in scene.objects:
            if item.instance in fronts:
                fronts[item.instance].append(item)
        for items in fronts.values():
            hull = low_hull(items)
            for index in tree.query(hull, predicate="intersects").tolist():
                assert hulls[index].intersection(hull).area < 1e-4, (scene.seed, items[0].name, names[index])


def test_props_stand_on_the_floor(stations: list[Scene]) -> None:
    for scene in stations[:6]:
        lowest: dict[int, float] = {}
        for item in scene.objects:
            if item.label in PROPS:
                lowest[item.instance] = min(lowest.get(item.instance, 9.0), float(world_triangles(item)[..., 2].min()))
        assert np.abs(list(lowest.values())).max() < 1e-4


def test_people_wait_in_line(stations: list[Scene]) -> None:
    for scene in stations:
        room = scene.walkable.buffer(-0.25)
        shapely.prepare(room)
        queues: dict[str, list] = {}
        for spot in scene.spots:
            if spot.kind == "queue":
                queues.setdefault(spot.landmark, []).append(spot)
        assert len(queues) >= 3
        for name, spots in queues.items():
            assert [spot.order for spot in spots] == list(range(len(spots))) and len(spots) >= 3
            places = np.array([spot.position for spot in spots])
            gaps = np.hypot(*np.diff(places, axis=0).T)
            assert (gaps > SPACING - 0.01).all() and (gaps < SPACING + 0.05).all()
            for spot in spots:
                assert room.contains(Point(spot.position)), (scene.seed, name, spot.order)
            for behind, ahead in zip(places[1:], range(len(spots)), strict=False):
                toward = places[ahead] - behind
                yaw = spots[ahead + 1].yaw
                assert np.array([np.cos(yaw), np.sin(yaw)]) @ toward > 0.99 * np.hypot(*toward)
            mark = scene.landmark(name)
            assert np.hypot(*(places[0] - mark.anchor[:2])) < 2.5
            apart = np.hypot(*np.moveaxis(places[:, None] - places[None], 2, 0)) + 9 * np.eye(len(places))
            assert apart.min() > 0.6
        everybody = np.array([spot.position for spot in scene.spots])
        apart = np.hypot(*np.moveaxis(everybody[:, None] - everybody[None], 2, 0)) + 9 * np.eye(len(everybody))
        assert apart.min() > 0.55, scene.seed


def test_a_bent_line_keeps_its_distances() -> None:
    places = line_up([(0.0, 0.0), (3.0, 0.0), (3.0, 1.0), (0.0, 1.0)], 8, (-1.0, 0.0))
    gaps = np.hypot(*np.diff(places[:, :2], axis=0).T)
    np.testing.assert_allclose(gaps, SPACING, atol=0.03)
    assert abs(places[0, 2]) == pytest.approx(np.pi)
    with pytest.raises(ValueError, match="expected room for 9 people"):
        line_up([(0.0, 0.0), (3.0, 0.0)], 9, (-1.0, 0.0))


def test_people_can_come_and_stay(stations: list[Scene]) -> None:
    for scene in stations:
        assert scene.indoor and len(scene.lamps) >= 10 and all(lamp.always for lamp in scene.lamps)
        assert 3 <= len(scene.entrances) <= 12
        streets = [e for e in scene.entrances if not e.name.startswith("train")]
        assert 2 <= len(streets) <= 4 and len(streets) < len(scene.entrances)
        stand = [spot for spot in scene.spots if spot.kind == "stand"]
        board = scene.landmark("departure board")
        looking = [spot for spot in stand if np.hypot(*np.subtract(spot.position, board.anchor[:2])) < 7.0]
        assert len(stand) >= 20 and len(looking) >= 3
        for spot in looking[:1]:
            toward = np.subtract(board.anchor[:2], spot.position)
            assert np.array([np.cos(spot.yaw), np.sin(spot.yaw)]) @ toward > 0.3 * np.hypot(*toward)
        keepers = [spot for spot in scene.spots if spot.kind == "keeper"]
        assert {"information desk", "counter 1"} <= {spot.landmark for spot in keepers}
        for keeper in keepers:
            assert np.hypot(*np.subtract(keeper.position, scene.landmark(keeper.landmark).position)) < 5.5
