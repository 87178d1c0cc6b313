"""A user's mesh becomes a place: where one can walk, and what it is called."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import shapely
import trimesh
from shapely.geometry import Point

from scenes.bullet import BulletBackend
from scenes.mesh_columns import rasterise
from scenes.scene import Scene
from scenes.walkable import Walkable
from tests.scenes.mesh_house import DOORWAY, SIZE, block, build, classes, house, write

# ---------------------------------------------------------------- where one can walk


def test_one_walks_on_the_floor_and_nowhere_else(scene: Scene) -> None:
    """Two rooms less wall, table and chair: the area is known to a cell along the edges."""
    width, depth, _ = SIZE
    taken = 0.15 * (depth - DOORWAY) + 1.6 * 0.8 + 0.5 * 0.5
    edges = 2 * (width + depth) + 2 * depth + 2 * 2.4 + 4 * 0.5
    assert 0.0 <= width * depth - taken - scene.walkable.area <= 2.0 * 0.05 * edges + 0.5
    ground = Walkable(scene.walkable, radius=0.27)
    inside = Walkable(scene.walkable, radius=0.0)
    for x, y, free in ((1, 1, True), (8, 5, True), (6, 3, True), (3, 4.6, False), (8.5, 1, False), (6, 1, False),
                       (-1, 3, False), (11, 3, False)):  # fmt: skip
        assert inside.contains([(x, y)])[0] == free, (x, y)
    assert np.isfinite(ground.geodesic((1.0, 1.0), (9.0, 5.0)))  # through the doorway


def test_a_closed_door_leaves_the_larger_room(tmp_path: Path) -> None:
    parts = house()
    parts["Door leaf"] = block((0.06, DOORWAY, 2.1), (6.0, 3.0, 0.0))
    place = build(write(tmp_path / "shut.glb", parts))
    assert place.walkable.bounds[2] < 6.0
    assert any("cannot be reached" in note for note in place.notes)


@pytest.mark.parametrize(("clearance", "free"), [(1.9, False), (1.2, True)])
def test_one_does_not_walk_where_the_head_does_not_fit(tmp_path: Path, clearance: float, free: bool) -> None:
    parts = house() | {"Beam": block((2.0, 2.0, 0.3), (2.0, 2.0, 1.5))}
    place = build(write(tmp_path / "beam.glb", parts), clearance=clearance)
    assert place.walkable.contains(Point(2.0, 2.0)) == free


@pytest.mark.parametrize(("height", "free"), [(0.05, True), (0.14, False)])
def test_thresholds_are_walked_over_and_steps_are_not(tmp_path: Path, height: float, free: bool) -> None:
    parts = house() | {"Threshold": block((0.3, DOORWAY, height), (6.0, 3.0, 0.0))}
    place = build(write(tmp_path / "threshold.glb", parts))
    assert place.walkable.contains(Point(8.0, 3.0)) == free
    if free:  # what is walked over must not stop a robot
        solids = [item for item in place.objects if item.name.startswith("Threshold") and item.solid]
        assert all(item.mesh.vertices[:, 2].max() <= 0.03 for item in solids)


@pytest.mark.parametrize(("degrees", "slope", "free"), [(4, 30.0, True), (20, 10.0, False)])
def test_slopes_are_walked_up_to_a_limit(tmp_path: Path, degrees: float, slope: float, free: bool) -> None:
    turn = trimesh.transformations.rotation_matrix(np.radians(degrees), (0, 1, 0), (2.0, 2.0, 0.0))
    ramp = block((1.6, 1.6, 0.02), (2.0, 2.0, 0.0))
    ramp.apply_transform(turn)
    place = build(write(tmp_path / "ramp.glb", house() | {"Ramp": ramp}), max_slope_deg=slope)
    assert place.walkable.contains(Point(1.6, 2.0)) == free  # where the ramp is above the floor


def test_columns_hold_what_is_above_what() -> None:
    """Spans of two plates over a cell, and a wall that touches every cell it crosses."""
    plates = np.concatenate([np.asarray(block((2, 2, t), (0, 0, z)).triangles) for t, z in ((0.2, -0.2), (0.1, 2.5))])
    wall = np.array(
        [[(-1.0, 0.001, 0.0), (1.0, 0.001, 0.0), (1.0, 0.001, 1.0)], [(-1.0, 0.001, 0), (1, 0.001, 1), (-1, 0.001, 1)]]
    )
    triangles = np.concatenate([plates, wall])
    normal = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    columns = rasterise(triangles, normal[:, 2] > 0.9 * np.linalg.norm(normal, axis=1), 0.1)
    row, column = (int((value - start) / 0.1) for value, start in zip((0.55, 0.35), columns.origin[::-1], strict=True))
    first, end = columns.starts[row * columns.shape[1] + column], columns.starts[row * columns.shape[1] + column + 1]
    assert columns.high[first:end].tolist() == pytest.approx([-0.2, 0.0, 2.5, 2.6])
    assert columns.clearance[first:end].tolist() == pytest.approx([0.2, 2.5, 0.1, np.inf])
    assert columns.level[first:end].tolist() == [False, True, False, True]
    assert columns.crossed(0.3, 0.6).sum(axis=1).max() >= 20  # the wall, 2 m long


def test_floors_are_found_and_chosen(tmp_path: Path) -> None:
    path = write(tmp_path / "tower.glb", house(storeys=3))
    low, high = build(path), build(path, floor=3)
    assert any("floor 3 at 6.20 m" in note for note in low.notes)
    assert low.walkable.area == pytest.approx(high.walkable.area, abs=3.0)
    assert high.walkable.contains(Point(3.0, 4.6)) and not low.walkable.contains(Point(3.0, 4.6))  # the table is below
    slab = [item.mesh.vertices[:, 2].max() for item in high.objects if item.name.startswith("Floor slab 3")]
    assert max(slab) == pytest.approx(0.0, abs=1e-3)
    with pytest.raises(ValueError, match=r"scene\.floor: expected 1 to 4, got 9; there are floor 1 at 0\.00 m"):
        build(path, floor=9)


def test_a_roof_is_not_taken_for_the_floor(tmp_path: Path) -> None:
    wide = house() | {"Roof": block((12.0, 8.0, 0.2), (5.0, 3.0, 2.9))}
    place = build(write(tmp_path / "roof.glb", wide))
    assert place.indoor and any("(roof)" in note for note in place.notes)


# ---------------------------------------------------------------- the contract


def test_the_scene_keeps_the_contract(scene: Scene) -> None:
    assert scene.name == "mesh" and scene.indoor and scene.lamps and all(lamp.always for lamp in scene.lamps)
    assert len({item.name for item in scene.objects}) == len(scene.objects)
    for item in scene.objects:
        mesh = item.mesh
        assert mesh.vertices.dtype == mesh.normals.dtype == mesh.uv.dtype == np.float32 and mesh.faces.dtype == np.int32
        assert mesh.faces.min() >= 0 and mesh.faces.max() < len(mesh.vertices)
        np.testing.assert_allclose(np.linalg.norm(mesh.normals, axis=1), 1.0, atol=1e-4)
        a, b, c = np.moveaxis(mesh.vertices[mesh.faces].astype(float), 1, 0)
        facing = np.einsum("ij,ij->i", np.cross(b - a, c - a), mesh.normals[mesh.faces].mean(axis=1))
        assert (facing > 0).all(), item.name
        assert 1 <= item.instance <= 9_998
    instances = {item.instance for item in scene.objects}
    ground = Walkable(scene.walkable, radius=0.27)
    regions = {region.name: region for region in scene.regions}
    assert len({mark.name for mark in scene.landmarks}) == len(scene.landmarks)
    for mark in scene.landmarks:
        assert mark.name == mark.name.lower() and mark.instance in instances
        assert ground.contains(mark.position)[0] and regions[mark.region].polygon.distance(Point(mark.position)) < 0.1
        assert np.isfinite(ground.geodesic((1.0, 1.0), mark.position))
    for entrance in scene.entrances:
        assert ground.contains(entrance.position)[0]
    for spot in scene.spots:
        assert ground.contains(spot.position)[0] and -np.pi < spot.yaw <= np.pi
        assert all(np.hypot(*np.subtract(spot.position, way.position)) > 1.0 for way in scene.entrances)
    assert shapely.union_all([region.polygon for region in scene.regions]).buffer(0.15).covers(scene.walkable)


def test_rooms_are_parted_at_the_doorway(scene: Scene) -> None:
    assert [(region.name, region.kind) for region in scene.regions] == [("hall", "hall"), ("room 1", "room")]
    hall, room = (region.polygon for region in scene.regions)
    assert hall.contains(Point(2.0, 2.0)) and room.contains(Point(8.0, 4.0))
    assert hall.intersects(room)  # they meet in the doorway
    assert hall.intersection(room).centroid.distance(Point(6.0, 3.0)) < 0.5


def test_names_tell_classes(scene: Scene) -> None:
    found = classes(scene)
    wanted = {"Floor slab": "Floor", "Wall 0": "Wall", "Partition 1": "Wall", "Table_big": "Table",
              "Ceiling": "Ceiling", "RedChair.001": "Chair"}  # fmt: skip
    assert wanted.items() <= found.items()
    assert {"red chair", "table big"} <= {mark.name for mark in scene.landmarks}
    marks = {mark.name: mark for mark in scene.landmarks}
    assert np.hypot(*np.subtract(marks["red chair"].anchor[:2], (8.5, 1.0))) < 0.01
    away = np.subtract(marks["red chair"].position, marks["red chair"].anchor[:2])
    assert np.arctan2(away[1], away[0]) == pytest.approx(marks["red chair"].facing)


def test_there_is_something_to_ask_for_and_a_sign_to_know_it_by(scene: Scene) -> None:
    goals = [mark for mark in scene.landmarks if mark.kind in ("exit", "room")]
    assert {mark.kind for mark in goals} == {"exit", "room"} and len(goals) >= 3
    for mark in goals:
        sign = next(item for item in scene.objects if item.instance == mark.instance)
        assert sign.text == mark.text == mark.name.upper() and not sign.solid
        assert sign.mesh.vertices[:, 2].min() > 2.0 and sign.mesh.vertices[:, 2].max() < 2.5
        assert sign.mesh.vertices[:, 0].min() > -0.1 and sign.mesh.vertices[:, 0].max() < 10.1


def test_one_seed_gives_one_scene(glb: Path) -> None:
    def digest(place: Scene) -> str:
        parts = [
            item.mesh.vertices.tobytes() + item.mesh.faces.tobytes() + item.name.encode() for item in place.objects
        ]
        rest = repr((place.walkable.wkb, place.landmarks, place.entrances, place.spots, place.lamps, place.notes))
        return hashlib.sha256(b"".join(parts) + rest.encode()).hexdigest()

    from scenes import mesh

    first = digest(build(glb, 3))
    mesh._read_place.cache_clear()
    assert digest(build(glb, 3)) == first != digest(build(glb, 4))


def test_the_robot_drives_on_the_floor_and_stops_at_the_wall(scene: Scene) -> None:
    backend = BulletBackend()
    try:
        backend.load(scene)
        backend.add_robot()
        backend.place_robot(2.0, 2.0, 0.0)
        backend.drive_robot(1.0, 0.0)
        touched: set[int] = set()
        for _ in range(60):
            backend.step(0.1)
            touched |= {contact.instance for contact in backend.contacts()}
        state = backend.robot_state()
        names = {item.instance: item.name for item in reversed(scene.objects)}
        assert 5.0 < state.x < 6.0 and state.y == pytest.approx(2.0, abs=0.1)
        assert {names[instance] for instance in touched} == {"Partition 0"}
        hits = backend.cast_rays([(3.0, 3.0, 1.0)], [(0.0, 0.0, -1.0)])
        assert hits.distance[0] == pytest.approx(1.0, abs=0.01) and names[hits.instance[0]] == "Floor slab"
    finally:
        backend.close()


def test_pictures_and_notes_are_for_the_report(scene: Scene) -> None:
    picture = scene.pictures["walkable area"]
    assert picture.dtype == np.uint8 and picture.ndim == 3 and max(picture.shape) == 900
    green = (picture[..., 1].astype(int) - picture[..., 0] > 15) & (picture[..., 1].astype(int) - picture[..., 2] > 5)
    height, width = picture.shape[:2]
    share = scene.walkable.area / (10.4 * 6.4)
    assert green.sum() / (height * width) == pytest.approx(share, abs=0.12)
    assert any("One unit is 1 m; the file's y axis points up" in note for note in scene.notes)
