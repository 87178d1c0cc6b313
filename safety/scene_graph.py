"""What is in view and how it stands to one another: the one output of every level of perception.

Nodes are things and people, seen from where the viewer stands; edges are what can be told from their places. Truth,
pictures of ids, and a detector of colours all build the same `SceneGraph`, so that what decides on it need not know
which; only the last two can be misled by what things look like.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Box = tuple[int, int, int, int]
State = Literal["unsafe", "safe", "unknown"]
Relation = Literal["left_of", "near", "on", "blocks", "facing"]
Detail = Literal["names", "places", "all"]
Sees = Callable[[FloatArray, FloatArray], npt.NDArray[np.bool_]]

NEAR = 1.5  # m between the centres of things that are near each other
FACING = math.radians(25)  # off the line to what one faces, at most
FACED = 6.0  # m, how far away what one faces may be
LEAST_PIXELS = 12  # of a thing that is noticed in a picture of ids
SAMPLES = 9  # points across a thing, of which some may be hidden
CLEARLY = 0.3  # m that what blocks another must be nearer
BESIDE = math.radians(3)  # between two things, one of which is left of the other
WEIGHTS = {"unsafe": 3.0, "unknown": 1.5, "safe": 1.0}  # how much sooner such a thing is told
DIRECTIONS = ("ahead", "ahead left", "left", "behind left", "behind", "behind right", "right", "ahead right")
VERBS = {"left_of": "left of", "near": "near", "on": "on", "blocks": "in front of", "facing": "facing"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One thing or person in view.

    Attributes:
        id: unique in its graph.
        kind: its class in lower-case words.
        attributes: further words ("burning", "red coat").
        bearing: rad from straight ahead, left positive. distance: m on the ground.
        box: pixels (x0, y0, x1, y1), ends exclusive; None where there is no picture.
        visible: share of it that can be seen; NaN where nobody can tell.
        state: whether it is dangerous as it is, as far as whoever perceived it can tell.
        score: how sure that is, in [0, 1].
        text: the words that are read on it.
        yaw: rad, where it faces, from the viewer's own heading; NaN where it has no front or none is known.
    """

    id: int
    kind: str
    bearing: float
    distance: float
    attributes: tuple[str, ...] = ()
    box: Box | None = None
    visible: float = math.nan
    state: State = "unknown"
    score: float = 1.0
    text: str = ""
    yaw: float = math.nan

    def place(self) -> tuple[float, float]:
        """Return x, y in metres, x ahead of the viewer and y to the left."""
        return self.distance * math.cos(self.bearing), self.distance * math.sin(self.bearing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """`subject` stands in a `relation` to `object`, both ids of nodes."""

    subject: int
    relation: Relation
    object: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneGraph:
    """What is in view: nodes by how far they are, and how they stand to one another.

    Attributes:
        perception: who says so.
        read_text: all words that were read: what the world says, never orders to whoever reads.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    perception: Literal["truth", "ids", "rgb", "vlm"]
    read_text: tuple[str, ...] = ()

    def node(self, number: int) -> Node:
        """Return a node by its id.

        Raises:
            KeyError: there is none.
        """
        for node in self.nodes:
            if node.id == number:
                return node
        raise KeyError(f"id: expected one of {[node.id for node in self.nodes]}, got {number}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Things:
    """What there is in a place, as arrays of N things.

    Attributes:
        ids: (N,) int, unique. kinds: (N,) words.
        positions: (N, 2) metres, world. radii: (N,) metres, of discs that hold them.
        yaws: (N,) rad, world, NaN for what has no front; None: nothing has.
        states, texts, attributes: of some of them, by id.
    """

    ids: npt.NDArray[np.int64]
    kinds: Sequence[str]
    positions: FloatArray
    radii: FloatArray
    yaws: FloatArray | None = None
    states: Mapping[int, State]
    texts: Mapping[int, str]
    attributes: Mapping[int, tuple[str, ...]]


def from_truth(
    things: Things, eye: tuple[float, float], yaw: float, *, sees: Sees | None = None, fov: float, reach: float
) -> SceneGraph:
    """Return what somebody sees who misses nothing that is in view: the upper bound of perception.

    Args:
        things: what there is.
        eye: (x, y) metres and yaw: rad, world, of the viewer.
        sees: tells which of points (K, 2), metres, world, have a free line of sight from eyes (K, 2) as far as the
            surface of what stands there; None: nothing hides anything.
        fov: rad, horizontal. reach: m, how far things are noticed.

    Raises:
        ValueError: arrays of unequal length.
    """
    count = len(things.ids)
    for name, value in (("kinds", things.kinds), ("positions", things.positions), ("radii", things.radii)):
        if len(value) != count:
            raise ValueError(f"{name}: expected one for each of {count} ids, got {len(value)}")
    if not count:
        return SceneGraph(nodes=(), edges=(), perception="truth")
    offsets = things.positions - np.asarray(eye)
    distances = np.hypot(offsets[:, 0], offsets[:, 1])
    across = np.stack([-offsets[:, 1], offsets[:, 0]], axis=1) / np.maximum(distances, 1e-9)[:, None]
    shares = (2.0 * np.arange(SAMPLES) + 1.0) / SAMPLES - 1.0
    points = things.positions[:, None] + shares[None, :, None] * (things.radii[:, None] * across)[:, None]
    to = points - np.asarray(eye)
    bearings = _wrap(np.arctan2(to[..., 1], to[..., 0]) - yaw)
    seen = (np.abs(bearings) <= fov / 2.0) & (np.hypot(to[..., 0], to[..., 1]) <= reach)
    if sees is not None and seen.any():
        free = sees(np.broadcast_to(np.asarray(eye, dtype=np.float64), (int(seen.sum()), 2)), points[seen])
        seen[seen] = free
    centres = _wrap(np.arctan2(offsets[:, 1], offsets[:, 0]) - yaw)
    fronts = np.full(count, np.nan) if things.yaws is None else _wrap(things.yaws - yaw)
    nodes = [
        Node(
            id=(number := int(things.ids[k])), kind=things.kinds[k],
            attributes=things.attributes.get(number, ()),
            bearing=float(centres[k]), distance=float(distances[k]), visible=float(seen[k].mean()),
            state=things.states.get(number, "unknown"), text=things.texts.get(number, ""), yaw=float(fronts[k]),
        )
        for k in np.flatnonzero(seen.any(axis=1))
    ]  # fmt: skip
    radii = {int(number): float(radius) for number, radius in zip(things.ids, things.radii, strict=True)}
    return assemble(nodes, "truth", radii)


def from_ids(
    instance: npt.NDArray[np.int32],
    depth: npt.NDArray[np.float32],
    labels: Mapping[int, str],
    fov: float,
    *,
    pitch: float = 0.0,
    states: Mapping[int, State] | None = None,
    texts: Mapping[int, str] | None = None,
    whole: Mapping[int, int] | None = None,
    least: int = LEAST_PIXELS,
) -> SceneGraph:
    """Return what a picture of ids shows.

    Args:
        instance: (H, W) ids, 0 for nothing.
        depth: (H, W) metres along the optical axis, inf where nothing is hit.
        labels: the class of what is told, by id; other ids are not things.
        fov: rad, vertical. pitch: rad by which the camera looks down.
        states, texts: of some of them, by id.
        whole: pixels that each would have if nothing hid it, by id; without, `visible` is NaN.
        least: pixels of a thing that is noticed.

    Raises:
        ValueError: pictures of unequal size.
    """
    if instance.shape != depth.shape:
        raise ValueError(f"depth: expected {instance.shape} as the ids, got {depth.shape}; render both with one camera")
    height, width = instance.shape
    flat = instance.ravel()
    counts = np.bincount(flat)
    found = [k for k in np.flatnonzero(counts >= least).tolist() if k and k in labels]
    focal = 0.5 * height / math.tan(0.5 * fov)
    nodes = []
    for number in found:
        rows, columns = np.divmod(np.flatnonzero(flat == number), width)
        away = float(np.median(depth[rows, columns]))
        if not math.isfinite(away):
            continue
        right = away * (columns.mean() + 0.5 - width / 2.0) / focal
        down = away * (rows.mean() + 0.5 - height / 2.0) / focal
        ahead = away * math.cos(pitch) - down * math.sin(pitch)
        nodes.append(
            Node(
                id=number, kind=labels[number],
                bearing=math.atan2(-right, ahead), distance=math.hypot(right, ahead),
                box=(int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1),
                visible=len(rows) / whole[number] if whole and number in whole else math.nan,
                state=(states or {}).get(number, "unknown"), text=(texts or {}).get(number, ""),
            )
        )  # fmt: skip
    return assemble(nodes, "ids")


def assemble(
    nodes: Sequence[Node],
    perception: Literal["truth", "ids", "rgb", "vlm"],
    radii: Mapping[int, float] | None = None,
    read_text: Sequence[str] = (),
) -> SceneGraph:
    """Return a graph of nodes, nearest first, with the edges that follow from their places and boxes.

    Args:
        nodes: with unique ids. perception: who perceived them.
        radii: m, of discs that hold them, by id, where they are known.
        read_text: words read that belong to none of the nodes.
    """
    ordered = sorted(nodes, key=lambda node: (node.distance, node.id))
    edges = [Edge(subject=a.id, relation="left_of", object=b.id) for a, b in _neighbours(ordered)]
    for a in ordered:
        edges += [
            Edge(subject=a.id, relation=relation, object=b.id)
            for b in ordered
            if a is not b
            for relation in _relations(a, b, radii or {})
        ]
        if (faced := _faced(a, ordered)) is not None:
            edges.append(Edge(subject=a.id, relation="facing", object=faced.id))
    words = [*(node.text for node in ordered if node.text), *read_text]
    return SceneGraph(nodes=tuple(ordered), edges=tuple(edges), perception=perception, read_text=tuple(words))


def caption(graph: SceneGraph, detail: Detail = "places", most: int = 8) -> str:
    """Return a graph in words, what matters most first: "bonfire 4 m ahead; wet floor 3 m right; person 2 m left".

    Args:
        graph: what is in view.
        detail: "names" alone; with "places"; or "all": also attributes, states, relations and the words read.
        most: things that are told at most.
    """
    told = sorted(graph.nodes, key=lambda node: (-_salience(node), node.distance, node.id))[:most]
    parts = [_words(node, detail) for node in told]
    if detail == "all":
        names = {node.id: node.kind for node in told}
        parts += [
            f"{names[edge.subject]} {VERBS[edge.relation]} {names[edge.object]}"
            for edge in graph.edges
            if edge.subject in names and edge.object in names and edge.relation != "left_of"
        ]
        parts += [f'it reads "{text}"' for text in graph.read_text if text not in {node.text for node in told}]
    return "; ".join(parts) or "nothing in view"


def where(distance: float, bearing: float) -> str:
    """Return a place in words: "4 m ahead left"."""
    metres = round(distance, 1 if distance < 2.0 else None)
    return f"{metres:g} m {DIRECTIONS[round(bearing / (math.pi / 4)) % 8]}"


def _words(node: Node, detail: Detail) -> str:
    if detail == "names":
        return node.kind
    words = f"{node.kind} {where(node.distance, node.bearing)}"
    if detail == "places":
        return words
    extra = [*node.attributes, *({"unsafe": ["dangerous"], "safe": ["harmless"]}.get(node.state, []))]
    if node.visible < 0.5:
        extra.append("partly hidden")
    if node.text:
        extra.append(f'it reads "{node.text}"')
    return ", ".join([words, *extra])


def _salience(node: Node) -> float:
    """Return how soon a thing is told: what is dangerous, near, and well seen, comes first."""
    visible = 1.0 if math.isnan(node.visible) else 0.5 + 0.5 * node.visible
    return WEIGHTS[node.state] * node.score * visible * (1.2 if node.text else 1.0) / (1.0 + node.distance / 4.0)


def _neighbours(nodes: Sequence[Node]) -> list[tuple[Node, Node]]:
    """Return each node with the next one to its right."""
    ordered = sorted(nodes, key=lambda node: (-node.bearing, node.id))
    return [(a, b) for a, b in pairwise(ordered) if a.bearing - b.bearing > BESIDE]


def _relations(a: Node, b: Node, radii: Mapping[int, float]) -> list[Relation]:
    (ax, ay), (bx, by) = a.place(), b.place()
    gap = math.hypot(bx - ax, by - ay)
    found: list[Relation] = []
    if gap < NEAR and a.id < b.id:
        found.append("near")
    if a.id in radii and b.id in radii:
        if radii[a.id] < radii[b.id] and gap + radii[a.id] <= radii[b.id]:
            found.append("on")
        off = abs(bx * ay - by * ax) / max(b.distance, 1e-9)  # of a from the line of sight to b
        before = ax * bx + ay * by > 0.0 and a.distance + CLEARLY < b.distance
        if before and off < radii[a.id] and "on" not in found:
            found.append("blocks")
    elif a.box is not None and b.box is not None:
        shared = min(a.box[2], b.box[2]) - max(a.box[0], b.box[0])
        if shared > 0.5 * (a.box[2] - a.box[0]) and gap < NEAR and a.box[1] < b.box[1] < a.box[3] <= b.box[3]:
            found.append("on")
        elif shared > 0.5 * (b.box[2] - b.box[0]) and a.distance + CLEARLY < b.distance and a.box[3] > b.box[1]:
            found.append("blocks")
    return found


def _faced(a: Node, nodes: Sequence[Node]) -> Node | None:
    """Return what somebody faces: the nearest within FACED in the direction of its front."""
    if math.isnan(a.yaw):
        return None
    x, y = a.place()
    gaps = [(math.hypot(b.place()[0] - x, b.place()[1] - y), b) for b in nodes if b is not a]
    ahead = [
        (gap, b.id, b)
        for gap, b in gaps
        if 0.0 < gap <= FACED and abs(_wrap(np.array(math.atan2(b.place()[1] - y, b.place()[0] - x) - a.yaw))) <= FACING
    ]
    return min(ahead)[2] if ahead else None


def _wrap(angles: FloatArray) -> FloatArray:
    wrapped: FloatArray = (angles + np.pi) % (2.0 * np.pi) - np.pi
    return wrapped
