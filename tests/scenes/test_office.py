"""Offices: the same seed gives the same floor, doors are wide, things rest where they should, nothing is in the way."""

from __future__ import annotations

import time
from collections import Counter

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, Polygon, box

from scenes.families import SCENES
from scenes.procedural.interior import Hole, line_hole, pierce, ring_edges, skirt
from scenes.procedural.office_plan import draw_spaces
from scenes.scene import DESTINATIONS, Scene
from scenes.walkable import Walkable
from tests.scenes.soundness import check_mesh, digest, world_triangles

SEEDS = range(5)
RESTING = {
    "monitor", "keyboard", "laptop", "mug", "papers", "telephone", "desk lamp", "books", "small plant", "fruit bowl",
    "coffee machine", "microwave", "kettle",
}  # fmt: skip
STANDING = {
    "desk", "office chair", "chair", "bookcase", "cabinet", "plant", "coat stand", "bin", "meeting table", "table",
    "high table", "stool", "sofa", "armchair", "coffee table", "printer", "copier", "cartons", "rack", "steel shelf",
    "kitchen counter", "fridge", "water cooler", "washstand", "cabins", "reception desk", "brochure stand",
}  # fmt: skip
PLATE = 0.25  # m, least height of a sign


@pytest.fixture(scope="module")
def offices() -> list[Scene]:
    return [SCENES["office"]().build(np.random.default_rng(seed), seed) for seed in SEEDS]


def outlines(scene: Scene, labels: set[str], top: float = 9.0) -> dict[int, tuple[str, Polygon, float]]:
    """Return label, convex outline from above (up to the height `top`) and least height of things, by instance."""
    points: dict[int, list[np.ndarray]] = {}
    names: dict[int, str] = {}
    for item in scene.objects:
        if item.label in labels:
            corners = world_triangles(item).reshape(-1, 3).astype(float)
            points.setdefault(item.instance, []).append(corners[corners[:, 2] <= top])
            names[item.instance] = item.label
    out = {}
    for instance, parts in points.items():
        corners = np.vstack(parts)
        hull = shapely.convex_hull(shapely.multipoints(np.round(corners[:, :2], 5)))
        out[instance] = (names[instance], hull, float(corners[:, 2].min()))
    return out


def test_one_seed_gives_one_office(offices: list[Scene]) -> None:
    again = SCENES["office"]().build(np.random.default_rng(3), 3)
    assert digest(again) == digest(offices[3])
    assert len({digest(scene) for scene in offices}) == len(offices)


def test_building_is_quick() -> None:
    seconds = []
    for seed in (0, 1):
        start = time.process_time()
        SCENES["office"]().build(np.random.default_rng(seed), seed)
        seconds.append(time.process_time() - start)
    assert min(seconds) < 2.0


def test_plans_vary() -> None:
    drawn = [draw_spaces(np.random.default_rng(seed)) for seed in range(80)]
    assert {shape for shape, _ in drawn} == {"bar", "loop", "L", "U"}
    for _, spaces in drawn:
        rooms = spaces[3:]
        assert 10 <= len(rooms) <= 22
        assert {"kitchen", "copy", "toilets", "meeting"} <= {space.use for space in rooms}
        total = shapely.union_all([space.gross for space in spaces])
        assert total.area == pytest.approx(sum(space.gross.area for space in spaces), rel=1e-6)  # no overlap
        assert total.geom_type == "Polygon"
        length, width = sorted(np.ptp(np.reshape(total.bounds, (2, 2)), axis=0), reverse=True)
        assert 33 < length < 50 and 14 < width < 32
    sizes = {tuple(np.round(shapely.total_bounds([space.gross for space in spaces]), 1)) for _, spaces in drawn}
    assert len(sizes) > 70


def test_meshes_are_sound(offices: list[Scene]) -> None:
    for scene in offices:
        assert 30_000 < sum(len(item.mesh.faces) for item in scene.objects) < 100_000
    for scene in offices[:3]:
        for item in scene.objects:
            check_mesh(item)


def test_textures_are_few_and_small(offices: list[Scene]) -> None:
    for scene in offices[:4]:
        textures = {id(item.material.texture): item.material.texture for item in scene.objects}
        images = [texture for texture in textures.values() if texture is not None]
        assert max(max(image.shape[:2]) for image in images) <= 512
        assert len({image.shape for image in images}) <= 8


def test_names_and_instances(offices: list[Scene]) -> None:
    for scene in offices:
        names = [item.name for item in scene.objects]
        assert len(set(names)) == len(names)
        instances = {item.instance for item in scene.objects}
        assert min(instances) == 1 and max(instances) < 9_999
        marks = scene.landmarks
        assert len({mark.name for mark in marks}) == len(marks) == len({mark.instance for mark in marks})
        assert {mark.instance for mark in marks} <= instances
        rooms = [mark for mark in marks if mark.kind == "room"]
        assert {mark.name for mark in rooms} == {region.name for region in scene.regions if region.kind == "room"}
        assert {"kitchen", "copy room"} <= {mark.name for mark in rooms}
        assert {"reception", "lift", "stairs", "main entrance"} <= {mark.name for mark in marks}
        assert sum(mark.kind not in DESTINATIONS for mark in marks) >= 5
        for mark in marks:
            assert mark.name == mark.name.lower()
            read = {item.text for item in scene.objects if item.instance == mark.instance} - {""}
            assert read == ({mark.text} - {""}), mark.name


def test_regions_cover_the_ground(offices: list[Scene]) -> None:
    for scene in offices:
        kinds = Counter(region.kind for region in scene.regions)
        assert kinds["hall"] == 1 and kinds["corridor"] >= 1 and 10 <= kinds["room"] <= 22
        assert len({region.name for region in scene.regions}) == len(scene.regions)
        regions = {region.name: region.polygon for region in scene.regions}
        assert all(polygon.is_valid for polygon in regions.values())
        for mark in scene.landmarks:
            assert regions[mark.region].distance(Point(mark.position)) < 1e-6
        assert scene.walkable.difference(shapely.union_all(list(regions.values()))).area < 1e-4
        joined = shapely.union_all(list(regions.values()))
        assert joined.geom_type == "Polygon"  # every room is joined to the rest by its door


@pytest.mark.parametrize("radius", [0.3, 0.42])
def test_every_place_can_be_reached(offices: list[Scene], radius: float) -> None:
    for scene in offices:
        assert scene.walkable.geom_type == "Polygon" and scene.walkable.is_valid
        wide = shapely.get_parts(scene.walkable.buffer(-radius, quad_segs=4))
        main = max(wide, key=lambda part: part.area)
        assert main.area > 0.97 * sum(part.area for part in wide)
        spots = [mark.position for mark in scene.landmarks]
        spots += [entrance.position for entrance in scene.entrances] if radius < 0.4 else []
        spots += [spot.position for spot in scene.spots] if radius < 0.4 else []
        assert shapely.intersects_xy(main, *np.array(spots).T).all(), scene.seed
        rooms = [region for region in scene.regions if region.kind == "room"]
        assert all(main.intersection(room.polygon).area > 0.5 for room in rooms)


def test_routes_lead_everywhere(offices: list[Scene]) -> None:
    for scene in offices[:4]:
        ground = Walkable(scene.walkable, radius=0.42)
        marks = np.array([mark.position for mark in scene.landmarks])
        start = ground.snap(scene.landmark("main entrance").position)
        lengths = ground.geodesics(start, [ground.snap(point) for point in marks])
        assert np.isfinite(lengths).all() and lengths.max() > 15.0
        field = ground.distance_field(start)
        assert np.isfinite(field[ground.free]).mean() > 0.97  # also on its raster


def test_doors_are_wide_enough_for_a_wheelchair(offices: list[Scene]) -> None:
    for scene in offices:
        frames = [item for item in scene.objects if item.label == "door frame"]
        assert len(frames) >= 9
        for frame in frames:
            (x, y), forward, left = frame.pose[:2, 3], frame.pose[:2, 0], frame.pose[:2, 1]
            corners = [(i * 0.3, j * 0.45) for i, j in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
            way = Polygon([(x, y) + a * forward + b * left for a, b in corners])
            assert way.difference(scene.walkable).area < 1e-6, (scene.seed, frame.name)  # 0.9 m clear
            heights = world_triangles(frame)[..., 2]
            assert heights.max() >= 2.1
        wheelchair = shapely.get_parts(scene.walkable.buffer(-0.45, join_style="mitre"))
        assert max(part.area for part in wheelchair) > 0.97 * sum(part.area for part in wheelchair)


def test_nothing_solid_stands_on_walkable_ground(offices: list[Scene]) -> None:
    for scene in offices[:8]:
        inner = scene.walkable.buffer(-0.02)
        shapely.prepare(inner)
        for item in scene.objects:
            if not item.solid:
                continue
            triangles = world_triangles(item)
            low, high = triangles[..., 2].min(axis=1), triangles[..., 2].max(axis=1)
            standing = triangles[(high > 0.03) & (low < 1.9)]  # in the way of people and robots
            points = np.vstack([standing.reshape(-1, 3), standing.mean(axis=1)])
            points = points[points[:, 2] < 1.9]
            assert not shapely.contains_xy(inner, points[:, 0], points[:, 1]).any(), (scene.seed, item.name)


def test_furniture_stands_on_the_floor_inside_the_walls_and_apart(offices: list[Scene]) -> None:
    for scene in offices[::2]:
        things = outlines(scene, STANDING)
        assert len({label for label, _, _ in things.values()}) >= 14
        floors = shapely.union_all([region.polygon for region in scene.regions])
        leafy = floors.buffer(0.1)  # leaves bend at a wall
        shapes = [shape for _, shape, _ in things.values()]
        for label, shape, low in things.values():
            assert -1e-3 <= low < 2e-3, (scene.seed, label)
            assert shape.difference(floors if label != "plant" else leafy).area < 2e-3, (scene.seed, label)
        pairs = shapely.STRtree(shapes).query(shapes, predicate="intersects")
        labels = [label for label, _, _ in things.values()]
        for a, b in pairs.T:
            if a < b and not {"plant", "coat stand"} & {labels[a], labels[b]}:  # leaves and sleeves may touch
                assert shapes[a].intersection(shapes[b]).area < 2e-3, (scene.seed, labels[a], labels[b])


def test_things_rest_on_tables(offices: list[Scene]) -> None:
    for scene in offices[::2]:
        carriers = STANDING - {"office chair", "chair", "stool"}
        flat = []
        for item in scene.objects:
            if item.label in carriers:
                triangles = world_triangles(item).astype(float)
                flat.append(triangles[(np.ptp(triangles[..., 2], axis=1) < 1e-6) & (triangles[:, 0, 2] > 0.3)])
        tops = np.concatenate(flat)
        low_corners, high_corners = tops.min(axis=1), tops.max(axis=1)
        resting = outlines(scene, RESTING)
        assert len(resting) > 25
        for label, shape, low in resting.values():
            x0, y0, x1, y1 = shape.bounds
            near = (low_corners[:, 0] < x1) & (low_corners[:, 1] < y1) & (high_corners[:, 0] > x0)
            near &= (high_corners[:, 1] > y0) & (np.abs(tops[:, 0, 2] - low) < 1e-3)
            top = shapely.union_all(shapely.polygons(tops[near][..., :2]), grid_size=1e-4)
            assert shape.difference(top).area < 1e-4, (scene.seed, label, low)


def test_signs_can_be_read(offices: list[Scene]) -> None:
    for scene in offices:
        ground = shapely.union_all([region.polygon for region in scene.regions])
        for mark in (mark for mark in scene.landmarks if mark.kind == "room"):
            boards = [item for item in scene.objects if item.instance == mark.instance and item.text]
            normals = np.vstack([item.mesh.normals for item in boards])
            assert len(np.unique(np.round(normals, 3), axis=0)) == 3  # flat on the wall, and both ways along it
            for board in boards:
                points = world_triangles(board).reshape(-1, 3)
                assert np.ptp(points[:, 2]) >= PLATE and points[:, 2].min() > 2.2 and points[:, 2].max() < 2.9
                assert shapely.intersects_xy(ground, points[:, 0], points[:, 1]).all(), (scene.seed, mark.name)
            out = np.array([np.cos(mark.facing), np.sin(mark.facing)])
            assert (np.array(mark.position) - mark.anchor[:2]) @ out > 0.5  # one stands in front of it


def test_rooms_are_lit_and_closed_above(offices: list[Scene]) -> None:
    for scene in offices[:4]:
        assert scene.indoor and all(lamp.always for lamp in scene.lamps)
        for region in scene.regions:
            if region.polygon.area > 4.0:
                assert any(region.polygon.contains(Point(lamp.position[:2])) for lamp in scene.lamps), region.name
        ceilings = [item for item in scene.objects if item.label == "ceiling" and item.material.texture is not None]
        down = np.concatenate([item.mesh.normals for item in ceilings])
        assert (down[:, 2] == -1.0).sum() > 4 * len(scene.regions) - 8 and down[:, 2].max() < 0.5


def test_people_can_come_and_stay(offices: list[Scene]) -> None:
    for scene in offices:
        names = {entrance.name for entrance in scene.entrances}
        assert {"main entrance", "lift 1", "stairs"} <= names and len(names) == len(scene.entrances) >= 6
        keepers = [spot for spot in scene.spots if spot.kind == "keeper"]
        assert [keeper.landmark for keeper in keepers] == ["reception"]
        desk = scene.landmark("reception")
        gap = np.subtract(keepers[0].position, desk.anchor[:2])
        assert np.hypot(*gap) < 1.6 and gap @ (np.cos(desk.facing), np.sin(desk.facing)) < 0.0  # behind the desk
        assert sum(spot.kind == "stand" for spot in scene.spots) >= 8
        inside = next(region for region in scene.regions if region.kind == "hall")
        assert inside.polygon.intersection(scene.walkable).area > 15.0


holes = st.lists(st.tuples(st.floats(0.3, 0.9), st.floats(0.0, 1.0), st.floats(1.2, 2.4)), max_size=3)


@settings(max_examples=25, deadline=None)
@given(holes=holes, turn=st.floats(-3.0, 3.0))
def test_a_pierced_wall_has_the_area_that_is_left(holes: list[tuple[float, float, float]], turn: float) -> None:
    p = np.array([1.0, -2.0])
    q = p + 6.0 * np.array([np.cos(turn), np.sin(turn)])
    cut = [Hole(at=1.0 + 2.0 * k, width=w, bottom=low, top=high) for k, (w, low, high) in enumerate(holes)]
    mesh = pierce(p, q, 0.0, 2.8, cut)
    a, b, c = np.moveaxis(mesh.vertices[mesh.faces].astype(float), 1, 0)
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2
    assert area == pytest.approx(6.0 * 2.8 - sum(h.width * (h.top - h.bottom) for h in cut), rel=1e-4)
    left = np.array([-np.sin(turn), np.cos(turn), 0.0])
    np.testing.assert_allclose(mesh.normals, np.tile(left, (len(mesh.normals), 1)), atol=1e-5)
    for hole in cut:
        lining = line_hole(p, q, hole, 0.3)
        middle = np.array([*(p + hole.at * (q - p) / 6.0), (hole.bottom + hole.top) / 2]) - 0.15 * left
        faces = lining.vertices[lining.faces].astype(float).mean(axis=1)
        inward = np.einsum("ij,ij->i", middle - faces, lining.normals[lining.faces[:, 0]].astype(float))
        assert (inward > 0).all()


def test_walls_of_a_room_face_into_it() -> None:
    room = box(0, 0, 4, 3).difference(box(1, 1, 2, 2))
    for p, q in ring_edges(room):
        mesh = pierce(p, q, 0.0, 2.5)
        middle = mesh.vertices[:, :2].mean(axis=0) + 0.01 * mesh.normals[0, :2]
        assert shapely.contains_xy(room, *middle)


def test_skirting_stops_at_doors() -> None:
    door, window = Hole(at=1.0, width=1.0, bottom=0.0, top=2.1), Hole(at=3.0, width=1.0, bottom=0.9, top=2.0)
    board = skirt((0, 0), (4, 0), [door, window])
    assert board is not None
    upright = board.normals[:, 2] == 0
    xs = board.vertices[upright, 0]
    assert not ((xs > 0.51) & (xs < 1.49)).any() and xs.max() == pytest.approx(4.012)  # to the next wall's board
    assert skirt((0, 0), (1, 0), [Hole(at=0.5, width=1.0, bottom=0.0, top=2.0)]) is None
