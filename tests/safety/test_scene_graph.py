"""Scene graphs: from places, from pictures of ids, and in words."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safety.scene_graph import Edge, Node, SceneGraph, Things, assemble, caption, from_ids, from_truth, where

KINDS = ("bonfire", "wet floor", "person", "sign")
PLACES = np.array([[4.0, 0.1], [2.1, -2.2], [1.5, 1.4], [5.0, 3.0]])


def things(positions: np.ndarray = PLACES, **fields: Any) -> Things:
    values: dict[str, Any] = {
        "ids": np.arange(1, len(positions) + 1), "kinds": KINDS[: len(positions)], "positions": positions,
        "radii": np.full(len(positions), 0.4), "states": {1: "unsafe"}, "texts": {4: "EXIT"},
        "attributes": {1: ("burning",)},
    }  # fmt: skip
    return Things(**{**values, **fields})


def view(
    positions: np.ndarray = PLACES, eye: tuple[float, float] = (0.0, 0.0), yaw: float = 0.0, **more: Any
) -> SceneGraph:
    sees = more.pop("sees", None)
    return from_truth(things(positions, **more), eye, yaw, sees=sees, fov=2.2, reach=20.0)


def edges(graph: SceneGraph, relation: str) -> set[tuple[int, int]]:
    return {(edge.subject, edge.object) for edge in graph.edges if edge.relation == relation}


def test_truth_in_words() -> None:
    graph = view()
    assert [node.kind for node in graph.nodes] == ["person", "wet floor", "bonfire", "sign"]
    assert caption(graph, most=3) == "bonfire 4 m ahead; person 2 m ahead left; wet floor 3 m ahead right"
    assert caption(graph, "names", most=1) == "bonfire"
    words = caption(graph, "all")
    assert "bonfire 4 m ahead, burning, dangerous" in words and 'sign 6 m ahead left, it reads "EXIT"' in words
    assert graph.read_text == ("EXIT",) and words.count("EXIT") == 1
    assert caption(view(np.zeros((0, 2)))) == "nothing in view"
    assert where(0.74, -math.pi / 2) == "0.7 m right" and where(12.4, math.pi) == "12 m behind"


def test_left_of_goes_from_left_to_right() -> None:
    assert edges(view(), "left_of") == {(3, 4), (4, 1), (1, 2)}


@settings(max_examples=50, deadline=None)
@given(angle=st.floats(-10.0, 10.0), x=st.floats(-50.0, 50.0), y=st.floats(-50.0, 50.0), seed=st.integers(0, 999))
def test_turning_and_moving_the_world_changes_nothing(angle: float, x: float, y: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    positions, yaws = rng.uniform(-6.0, 6.0, (4, 2)), rng.uniform(-3.0, 3.0, 4)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    here = view(positions, yaws=yaws)
    there = view(positions @ turn.T + (x, y), (x, y), angle, yaws=yaws + angle)
    assert [node.id for node in here.nodes] == [node.id for node in there.nodes]
    for a, b in zip(here.nodes, there.nodes, strict=True):
        assert (a.bearing, a.distance, a.visible) == pytest.approx((b.bearing, b.distance, b.visible), abs=1e-6)
    assert here.edges == there.edges


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 999))
def test_the_mirror_image_changes_sides(seed: int) -> None:
    positions = np.random.default_rng(seed).uniform(-6.0, 6.0, (4, 2))
    graph, mirrored = view(positions), view(positions * (1.0, -1.0))
    for node in graph.nodes:
        other = mirrored.node(node.id)
        assert (other.bearing, other.distance) == pytest.approx((-node.bearing, node.distance))
    assert edges(graph, "left_of") == {(b, a) for a, b in edges(mirrored, "left_of")}
    for relation in ("near", "on", "blocks"):
        assert edges(graph, relation) == edges(mirrored, relation)


def test_what_is_hidden_or_out_of_view_is_not_there() -> None:
    def right_half(eyes: np.ndarray, points: np.ndarray) -> np.ndarray:
        assert eyes.shape == points.shape
        return points[:, 1] < 0.1

    graph = view(sees=right_half)
    assert {node.id for node in graph.nodes} == {1, 2}
    assert graph.node(1).visible == pytest.approx(0.5, abs=0.06) and graph.node(2).visible == 1.0
    assert "partly hidden" in caption(graph, "all") or graph.node(1).visible >= 0.5
    with pytest.raises(KeyError, match="expected one of"):
        graph.node(3)
    assert view(-PLACES).nodes == ()  # behind
    far = from_truth(things(), (0.0, 0.0), 0.0, fov=2.2, reach=2.5)
    assert {node.id for node in far.nodes} == {3}


def test_relations_by_hand() -> None:
    positions = np.array([[3.0, 0.0], [6.0, 0.2], [6.2, 0.2], [3.0, 1.2]])
    graph = view(positions, radii=np.array([0.5, 0.9, 0.2, 0.3]), yaws=np.array([math.pi / 2, np.nan, np.nan, 0.9]))
    assert edges(graph, "blocks") == {(1, 2), (1, 3)}
    assert edges(graph, "on") == {(3, 2)}
    assert edges(graph, "near") == {(1, 4), (2, 3)}
    assert edges(graph, "facing") == {(1, 4)}  # the last looks past everything
    assert "bonfire in front of wet floor" in caption(graph, "all")


def picture(positions: np.ndarray, radii: np.ndarray, pitch: float, fov: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Return ids and depth (240, 320) of upright cards at positions, 1 m high, seen from 1.2 m."""
    height, width = 240, 320
    focal = 0.5 * height / math.tan(fov / 2.0)
    instance, depth = np.zeros((height, width), np.int32), np.full((height, width), np.inf, np.float32)
    for k in np.argsort(-positions[:, 0]):
        x, y = positions[k]
        for up in np.linspace(0.0, 1.0, 200):
            ahead = x * math.cos(pitch) + (1.2 - up) * math.sin(pitch)
            down = (1.2 - up) * math.cos(pitch) - x * math.sin(pitch)
            row = int(height / 2 + focal * down / ahead)
            ends = [width / 2 + focal * (-y + side * radii[k]) / ahead for side in (-1, 1)]
            if 0 <= row < height:
                columns = slice(max(0, round(ends[0])), max(0, round(ends[1])))
                instance[row, columns], depth[row, columns] = k + 1, ahead
    return instance, depth


@pytest.mark.parametrize("pitch", [0.0, 0.3])
def test_a_picture_of_ids_agrees_with_truth(pitch: float) -> None:
    positions, radii = np.array([[4.0, 0.4], [3.0, -0.9], [5.5, 1.5]]), np.array([0.4, 0.3, 0.5])
    instance, depth = picture(positions, radii, pitch)
    graph = from_ids(
        instance, depth, dict(enumerate(KINDS, 1)), 1.0, pitch=pitch, whole={1: 10_000}, states={1: "unsafe"}
    )
    truth = view(positions, radii=radii, kinds=KINDS[:3])
    assert [node.kind for node in graph.nodes] == [node.kind for node in truth.nodes]
    for node in graph.nodes:
        other = truth.node(node.id)
        assert node.bearing == pytest.approx(other.bearing, abs=0.02)
        assert node.distance == pytest.approx(other.distance, rel=0.03)
        assert node.box is not None
        x0, y0, x1, y1 = node.box
        assert instance[(y0 + y1) // 2, (x0 + x1) // 2] == node.id
        assert (instance[y0:y1, x0:x1] == node.id).sum() == (instance == node.id).sum()
    assert graph.node(1).visible == pytest.approx(np.mean(instance == 1) * instance.size / 10_000)
    assert math.isnan(graph.node(2).visible) and graph.node(1).state == "unsafe"
    assert edges(graph, "left_of") == edges(truth, "left_of")


def test_only_things_with_a_label_that_are_large_enough_are_told() -> None:
    instance, depth = np.zeros((20, 20), np.int32), np.full((20, 20), 3.0, np.float32)
    instance[:10, :10], instance[12, 12], instance[15:, 15:] = 4, 5, 10_007
    graph = from_ids(instance, depth, {4: "bench", 5: "coin"}, 1.0)
    assert [node.kind for node in graph.nodes] == ["bench"] and graph.nodes[0].box == (0, 0, 10, 10)
    depth[:10, :10] = np.inf
    assert from_ids(instance, depth, {4: "bench"}, 1.0).nodes == ()


def test_boxes_tell_what_is_in_front() -> None:
    def node(number: int, box: tuple[int, int, int, int], distance: float) -> Node:
        return Node(id=number, kind=f"thing {number}", bearing=0.0, distance=distance, box=box)

    graph = assemble(
        [node(1, (10, 30, 60, 90), 2.0), node(2, (20, 20, 50, 60), 6.0), node(3, (30, 10, 40, 50), 6.3)], "rgb"
    )
    assert edges(graph, "blocks") == {(1, 2), (1, 3)}
    assert edges(graph, "on") == {(3, 2)}
    assert Edge(subject=2, relation="near", object=3) in graph.edges


def test_bad_input_is_one_line() -> None:
    with pytest.raises(ValueError, match="radii: expected one for each of 4 ids, got 2"):
        view(radii=np.ones(2))
    with pytest.raises(ValueError, match=r"depth: expected \(4, 4\)"):
        from_ids(np.zeros((4, 4), np.int32), np.zeros((4, 5), np.float32), {}, 1.0)
