"""Hazards stand in a scene in both states: what is drawn, the ground that they take, their places, views and edits."""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import binary_dilation
from shapely.geometry import Point, box

from scenes.backend import Camera
from scenes.gl import GLBackend
from scenes.hazards.edits import add_poster, add_sign, edit_sign, restyle
from scenes.hazards.models import BUILDERS, ON_WALLS, PEOPLE
from scenes.hazards.piece import STATES
from scenes.hazards.places import APART, find_places
from scenes.hazards.placing import PlacedHazard, build, footprint, move_shape, people_spots, place_hazards
from scenes.hazards.views import viewpoint
from scenes.procedural.geometry import box as block
from scenes.procedural.geometry import sheet
from scenes.scene import SEMANTIC_ID, Entrance, Light, Material, Scene, SceneObject
from scenes.walkable import Walkable
from tests.scenes.soundness import check_mesh

KINDS = sorted(BUILDERS)
CLOUDY = Light(sun_color=(0.0, 0.0, 0.0), ambient=(0.9, 0.9, 0.9), overcast=1.0)
DRAWN = ("bonfire", "blocked_exit", "deep_pool", "open_manhole", "wet_floor", "hot_kettle")


def make_yard(width=40.0, depth=26.0):
    """A paved yard with a house along its north side and one entrance in the south."""
    ground = box(0.0, 0.0, width, depth)
    grey, pale = Material(color=(0.5, 0.5, 0.5)), Material(color=(0.8, 0.75, 0.7))
    house = block((width, 1.0, 4.0), (width / 2, depth + 0.8, 0.0))
    things = (("ground", sheet(ground), grey, "Floor", False), ("house", house, pale, "Building", True))
    objects = tuple(
        SceneObject(
            name=name, label=name, mesh=mesh, material=m, semantic=SEMANTIC_ID[what], instance=k + 1, solid=solid
        )
        for k, (name, mesh, m, what, solid) in enumerate(things)
    )
    return Scene(
        name="yard", seed=0, objects=objects, walkable=ground, regions=(), landmarks=(), spots=(), light=CLOUDY,
        entrances=(Entrance(name="south", position=(width / 2, 0.5), radius=0.5),),
    )  # fmt: skip


@pytest.fixture(scope="module")
def yard():
    return make_yard()


@pytest.fixture(scope="module")
def backend():
    made = GLBackend()
    yield made
    made.close()


def digest(pieces):
    """What pieces are made of, as bytes."""
    out = b""
    for piece in pieces:
        texture = piece.material.texture
        out += f"{piece.name} {piece.label} {piece.text} {piece.semantic} {piece.solid} {piece.material.color}".encode()
        out += piece.mesh.vertices.tobytes() + piece.mesh.faces.tobytes() + piece.mesh.uv.tobytes()
        out += b"" if texture is None else texture.tobytes()
    return out


@pytest.mark.parametrize("kind", KINDS)
def test_every_hazard_is_sound_in_both_states_and_the_same_for_the_same_seed(kind):
    drawn = {}
    for state in STATES:
        pieces = build(kind, state)
        drawn[state] = digest(pieces)
        assert drawn[state] == digest(BUILDERS[kind](np.random.default_rng(0), state, {}))
        assert any(piece.solid or piece.semantic == "Floor" for piece in pieces)
        for piece in pieces:
            check_mesh(piece)
            assert piece.semantic in SEMANTIC_ID
            assert piece.mesh.vertices[:, 2].min() > -0.4
            assert np.abs(piece.mesh.vertices).max() < 6.0
    assert drawn["unsafe"] != drawn["safe"]


@pytest.mark.parametrize("kind", KINDS[::5])
def test_whatever_the_seed_the_ground_that_is_taken_lies_in_the_footprint(kind, yard):
    shape = move_shape(footprint(kind).buffer(0.15), (20.0, 12.0), 0.0)
    for state in STATES:
        placed = PlacedHazard(kind=kind, position=(20.0, 12.0), yaw=0.0, state=state, seed=7)
        assert shape.contains(yard.walkable.difference(place_hazards(yard, [placed]).walkable))


def test_unknown_kinds_and_states_are_refused_in_one_line(yard):
    with pytest.raises(ValueError, match=r"^kind: expected one of .*got 'dragon'$"):
        build("dragon", "safe")
    with pytest.raises(ValueError, match=r"^state: expected unsafe or safe, got 'odd'$"):
        place_hazards(yard, [PlacedHazard(kind="grill", position=(5.0, 5.0), state="odd")])
    twice = PlacedHazard(kind="grill", position=(5.0, 5.0), name="mine")
    with pytest.raises(ValueError, match=r"^name: expected one that is free, got 'mine' twice"):
        place_hazards(yard, [twice, replace(twice, position=(20.0, 9.0))])


def test_placing_adds_objects_with_free_names_and_ids_and_cuts_the_ground(yard):
    spots = {"bonfire": (8.0, 8.0), "grill": (18.0, 8.0), "siren": (28.0, 8.0)}
    kinds = ["bonfire", "grill", "siren", "bonfire"]
    placed = [PlacedHazard(kind=kind, position=spots[kind]) for kind in kinds[:3]]
    placed.append(PlacedHazard(kind="bonfire", position=(8.0, 18.0), state="safe"))
    scene = place_hazards(yard, placed)
    assert scene.objects[: len(yard.objects)] == yard.objects
    assert scene.light == yard.light and scene.lamps == yard.lamps
    names = [item.name for item in scene.objects]
    assert len(set(names)) == len(names) and "bonfire 1 flames" in names and "bonfire 2 logs" in names
    own = {}
    for item in scene.objects[len(yard.objects) :]:
        own.setdefault(" ".join(item.name.split()[:2]), set()).add(item.instance)
    ids = [k for found in own.values() for k in found]
    assert len(ids) == len(set(ids)) and min(ids) > 2 and max(ids) <= 9_998
    assert scene.walkable.area < yard.walkable.area and yard.walkable.contains(scene.walkable)
    assert not scene.walkable.contains(Point(8.0, 8.0)) and not scene.walkable.contains(Point(28.0, 8.0))
    assert {item.label for item in scene.objects} >= {"bonfire", "smoke", "grill", "siren"}


def test_a_hazard_keeps_its_ids_when_the_one_before_it_is_dealt_with(yard):
    first = PlacedHazard(kind="bonfire", position=(8.0, 8.0))
    second = PlacedHazard(kind="siren", position=(20.0, 8.0))
    found = [
        {item.name: item.instance for item in place_hazards(yard, [replace(first, state=state), second]).objects}
        for state in STATES
    ]
    sirens = [{name: k for name, k in ids.items() if name.startswith("siren")} for ids in found]
    assert sirens[0] == sirens[1] and sirens[0]


@given(yaw=st.floats(-3.1, 3.1), x=st.floats(10.0, 30.0), kind=st.sampled_from(["grill", "narrow_gate", "deep_pool"]))
@settings(max_examples=8, deadline=None)
def test_the_ground_that_is_taken_does_not_depend_on_the_place(yaw, x, kind):
    yard = make_yard()
    here = place_hazards(yard, [PlacedHazard(kind=kind, position=(20.0, 13.0))]).walkable.area
    there = place_hazards(yard, [PlacedHazard(kind=kind, position=(x, 13.0), yaw=yaw)]).walkable.area
    assert there == pytest.approx(here, rel=1e-6)


@given(
    yaw=st.floats(-3.1, 3.1),
    x=st.floats(-9.0, 9.0),
    state=st.sampled_from(STATES),
    kind=st.sampled_from(sorted(PEOPLE)),
)
@settings(max_examples=20, deadline=None)
def test_people_turn_with_their_hazard(yaw, x, state, kind):
    still = np.array(people_spots(PlacedHazard(kind=kind, position=(0.0, 0.0), state=state)))
    moved = np.array(people_spots(PlacedHazard(kind=kind, position=(x, 2.0), yaw=yaw, state=state)))
    turned = still[:, 0] + 1j * still[:, 1]
    np.testing.assert_allclose(moved[:, 0] + 1j * moved[:, 1], x + 2j + turned * np.exp(1j * yaw), atol=1e-9)
    np.testing.assert_allclose(np.exp(1j * (moved[:, 2] - still[:, 2])), np.exp(1j * yaw), atol=1e-9)


def test_a_crowd_is_dense_and_thins_out_and_other_hazards_have_nobody():
    dense = people_spots(PlacedHazard(kind="packed_crowd", position=(0.0, 0.0), values={"people": 20}))
    sparse = people_spots(PlacedHazard(kind="packed_crowd", position=(0.0, 0.0), state="safe"))
    assert len(dense) == 20 and len(sparse) < 5
    places = np.array(sparse)[:, :2]
    assert min(np.hypot(*(a - b)) for k, a in enumerate(places) for b in places[:k]) > 1.2
    assert people_spots(PlacedHazard(kind="grill", position=(0.0, 0.0))) == ()


def test_steps_are_lit_once_they_are_dealt_with(yard):
    dark, lit = (
        place_hazards(yard, [PlacedHazard(kind="unlit_steps", position=(9.0, 9.0), yaw=1.0, state=s)]) for s in STATES
    )
    assert dark.lamps == () and len(lit.lamps) == 1
    assert np.hypot(lit.lamps[0].position[0] - 9.0, lit.lamps[0].position[1] - 9.0) < 1.5


def test_places_are_on_free_ground_apart_and_can_be_reached(yard):
    kinds = ["bonfire", "blocked_exit", "rumour_board", "wet_floor", "hidden_camera"]
    places = find_places(yard, np.random.default_rng(4), kinds)
    assert [p.kind for p in places] == kinds and {p.state for p in places} == {"unsafe"}
    assert places == find_places(yard, np.random.default_rng(4), kinds)
    assert places != find_places(yard, np.random.default_rng(5), kinds)
    shapes = [move_shape(footprint(p.kind), p.position, p.yaw) for p in places]
    assert min(a.distance(b) for k, a in enumerate(shapes) for b in shapes[:k]) >= APART
    scene = place_hazards(yard, places)
    ways = Walkable(scene.walkable, radius=0.25)
    for place, shape in zip(places, shapes, strict=True):
        eye, target = viewpoint(scene, place, np.random.default_rng(0))
        assert np.isfinite(ways.geodesic(yard.entrances[0].position, eye[:2]))
        assert 1.5 <= eye[2] <= 1.65 and 3.9 <= np.hypot(*(eye - target)[:2]) <= 6.1
        assert scene.walkable.contains(Point(eye[:2])) and not shape.contains(Point(eye[:2]))
        if place.kind in ON_WALLS:  # the house's front is at y = 26.3, and faces south
            assert place.position[1] == pytest.approx(26.3, abs=1e-6) and place.yaw == pytest.approx(-np.pi / 2)
        else:
            assert yard.walkable.contains(shape)


def test_where_there_is_no_room_one_line_says_so(yard):
    small = make_yard(6.0, 5.0)
    with pytest.raises(ValueError, match=r"^kinds: expected room for car_lane in yard .*; ask for fewer$"):
        find_places(small, np.random.default_rng(0), ["car_lane"])
    bare = replace(yard, objects=yard.objects[:1])
    with pytest.raises(ValueError, match=r"^kinds: expected room for wet_socket"):
        find_places(bare, np.random.default_rng(0), ["wet_socket"])
    with pytest.raises(ValueError, match=r"^kinds: expected names of"):
        find_places(yard, np.random.default_rng(0), ["dragon"])
    walled = replace(yard, walkable=box(9.0, 9.0, 11.0, 11.0))
    with pytest.raises(ValueError, match=r"^viewpoint: expected free ground"):
        viewpoint(walled, PlacedHazard(kind="grill", position=(10.0, 10.0)), np.random.default_rng(0))


@pytest.mark.parametrize("kind", DRAWN)
def test_a_pair_of_pictures_differs_where_the_hazard_is_and_nowhere_else(kind, yard, backend):
    (place,) = find_places(yard, np.random.default_rng(2), [kind])
    eye, target = viewpoint(yard, place, np.random.default_rng(2))
    camera = Camera.look_at(eye, target, width=128, height=128, fov=np.radians(75))
    frames = []
    for state in STATES:
        backend.load(place_hazards(yard, [replace(place, state=state)]))
        frames.append(backend.render(camera))
    unsafe, safe = frames
    own = (unsafe.instance > 2) | (safe.instance > 2)
    assert own.any(axis=0).mean() > 0.1
    np.testing.assert_array_equal(unsafe.instance[~own], safe.instance[~own])
    np.testing.assert_array_equal(unsafe.depth[~own], safe.depth[~own])
    change = np.abs(unsafe.rgb.astype(int) - safe.rgb.astype(int)).max(axis=2)
    assert (change[own] > 24).mean() > 0.3 and (change > 24).sum() > 150
    far = ~binary_dilation(own, iterations=12)  # nearby, it takes light from the ground
    assert far.sum() > 4000 and np.quantile(change[far], 0.99) <= 12


def test_restyling_changes_the_look_of_what_is_named_alone(yard):
    scene = place_hazards(yard, [PlacedHazard(kind="wet_floor", position=(9.0, 9.0))])
    picture = np.full((8, 8, 3), 90, dtype=np.uint8)
    dry = restyle(scene, ["wet floor 1 water"], picture)
    for before, after in zip(scene.objects, dry.objects, strict=True):
        if before.name == "wet floor 1 water":
            assert after.material.texture is picture and after.mesh is before.mesh and after.label == before.label
        else:
            assert after is before
    matt = restyle(scene, ["wet floor 1 water"], Material(color=(0.5, 0.5, 0.5)))
    assert next(o for o in matt.objects if o.name == "wet floor 1 water").material.specular == pytest.approx(0.05)
    assert dry.walkable == scene.walkable
    with pytest.raises(ValueError, match=r"^names: expected objects of yard, got sea"):
        restyle(scene, ["sea"], picture)
    with pytest.raises(ValueError, match=r"^texture: expected \(H, W, 3\) uint8"):
        restyle(scene, ["ground"], picture[..., 0])


def test_signs_are_rewritten_and_added(yard):
    scene = place_hazards(yard, [PlacedHazard(kind="wasp_nest", position=(9.0, 9.0))])
    edited = edit_sign(scene, "wasp nest 1 sign", "HONEY")
    before, after = (next(o for o in s.objects if o.name == "wasp nest 1 sign") for s in (scene, edited))
    assert before.text == "WASPS" and after.text == "HONEY" and after.mesh is before.mesh
    assert not np.array_equal(before.material.texture, after.material.texture)
    with pytest.raises(ValueError, match=r"^name: expected a sign with words"):
        edit_sign(scene, "wasp nest 1 nest", "HONEY")
    signed = add_sign(add_sign(scene, (3.0, 3.0), 0.0, "DRY"), (6.0, 3.0), 0.0, "DRY")
    added = signed.objects[len(scene.objects) :]
    assert [o.text for o in added] == ["DRY", "", "DRY", ""] and len({o.name for o in signed.objects}) == len(
        signed.objects
    )
    assert len({o.instance for o in added}) == 2 and {o.instance for o in scene.objects}.isdisjoint(
        o.instance for o in added
    )
    assert signed.walkable == scene.walkable


def test_a_poster_is_seen_where_it_hangs(yard, backend):
    red = np.zeros((16, 16, 3), dtype=np.uint8)
    red[..., 0] = 230
    scene = add_poster(yard, (20.0, 26.3, 1.0), -np.pi / 2, red, (2.0, 1.0), text="SALE")
    backend.load(scene)
    frame = backend.render(Camera.look_at((20.0, 22.0, 1.5), (20.0, 26.3, 1.5), width=64, height=64))
    poster = scene.objects[-1]
    seen = frame.instance == poster.instance
    assert poster.text == "SALE" and not poster.solid and 80 < seen.sum() < 200
    red_seen, green_seen, _ = np.median(frame.rgb[seen], axis=0)
    assert red_seen > 3 * green_seen
    assert shapely.equals(scene.walkable, yard.walkable)
    with pytest.raises(ValueError, match=r"^size: expected width and height above 0 m"):
        add_poster(yard, (20.0, 26.3, 1.0), 0.0, red, (0.0, 1.0))
