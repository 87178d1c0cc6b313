"""Many crowds stepped at once, as reinforcement learning wants them.

The people of all crowds lie in shared arrays, one crowd after another, and one compiled call steps them all: a small
crowd costs its people, not the calls. Each crowd comes out as if it were stepped alone, to the byte.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from shapely.geometry import MultiPolygon, Polygon

from crowd.compiled import compiled
from crowd.ground import Float32Array, WayArray, clearance_of
from crowd.guidance import GuidedGround
from crowd.neighbours import Int32Array
from crowd.social_force import SUBSTEP, WORDS, SocialForce
from crowd.steering import STAND, BoolArray
from crowd.trajectory import Arrival, CrowdState, FloatArray, Order, Others
from crowd.walking import HOLD, IntArray, act, desire, find_arrived, find_held, move

NOBODY = Others(positions=np.zeros((0, 2)), velocities=np.zeros((0, 2)), radii=np.zeros(0))
SHARED = (
    "_present", "_ids", "_labels", "_radius", "_activity", "_ordered", "_party", "_stopped", "_position", "_velocity",
    "_home", "_goal", "_field", "_sight", "_fresh", "_look", "_speed", "_lane", "_berth", "_top", "_stuck", "_facing",
    "_yaw",
)  # fmt: skip


class CrowdBatch:
    """Crowds of `SocialForce`, each on its own ground or all on one, stepped together."""

    def __init__(self, models: Sequence[SocialForce]) -> None:
        """Take the `models`, which are the batch's from then on.

        Raises:
            ValueError: there are none, one is twice among them, one is of another class, which steps otherwise, or one
                has controls.
        """
        if not models or len({id(model) for model in models}) < len(models):
            raise ValueError("models: expected some SocialForce, each once; make one for each crowd")
        for model in models:
            if type(model) is not SocialForce:
                raise ValueError(f"models: expected SocialForce, got {type(model).__name__}; step it by itself")
            if model._controls.steers:
                raise ValueError("models: expected no controls in a batch, got some; step that crowd by itself")
        self._models = tuple(models)
        self._controls = tuple(model._controls for model in models)

    def reset(
        self,
        walkables: Sequence[Polygon | MultiPolygon],
        arrivals: Sequence[Sequence[Arrival]],
        rngs: Sequence[np.random.Generator],
    ) -> list[CrowdState]:
        """Start all crowds at time 0: of each the walkable ground, who comes, and its own generator.

        Crowds whose `walkables` are one object, and whose bodies need the same clearance, share what is known of it.

        Raises:
            ValueError: there is not one of each for every model; see also `SocialForce.reset`.
        """
        for name, given in (("walkables", walkables), ("arrivals", arrivals), ("rngs", rngs)):
            if len(given) != len(self._models):
                raise ValueError(f"{name}: expected one of each of {len(self._models)} crowds, got {len(given)}")
        grounds: dict[tuple[int, float], GuidedGround] = {}
        keys = [(id(one), clearance_of(a.radius for a in who)) for one, who in zip(walkables, arrivals, strict=True)]
        for model, walkable, people, rng, key in zip(self._models, walkables, arrivals, rngs, keys, strict=True):
            if key not in grounds:
                grounds[key] = GuidedGround(walkable, clearance=key[1])
            model._start(grounds[key].twin(), people, rng)
        self._grounds = tuple(grounds.values())
        which = {key: k for k, key in enumerate(grounds)}
        self._which = np.array([which[key] for key in keys])
        sizes = [len(model._ids) for model in self._models]
        self._begin = np.concatenate([[0], np.cumsum(sizes)])
        self._all: dict[str, npt.NDArray[Any]] = {}
        for name in SHARED:
            self._all[name] = np.concatenate([getattr(model, name) for model in self._models])
            for model, first, last in zip(self._models, self._begin, self._begin[1:], strict=False):
                setattr(model, name, self._all[name][first:last])
        self._parties = np.array([len(model._names) for model in self._models])
        self._sides = np.array([model._side for model in self._models])
        self._fields = np.full(len(self._grounds), -1)
        self._distance = np.concatenate([ground.distance.ravel() for ground in self._grounds])
        self._origins = np.stack([ground.origin for ground in self._grounds])
        self._cells = np.array([ground.cell for ground in self._grounds])
        self._shapes = np.array([ground.distance.shape for ground in self._grounds])
        self._at = np.concatenate([[0], np.cumsum(self._shapes.prod(axis=1))])
        return self._states()

    def step(
        self, dt: float, others: Sequence[Others] | None = None, orders: Sequence[Mapping[int, Order]] | None = None
    ) -> list[CrowdState]:
        """Move all crowds by `dt` seconds, each among its own `others` and with its own `orders`; None: nobody's.

        Raises:
            KeyError: an order for a person that is not there.
            ValueError: there is not one of each for every crowd, an order to go where no way leads, to follow or to
                walk a path, or a model was given other controls meanwhile.
        """
        for name, given in (("others", others), ("orders", orders)):
            if given is not None and len(given) != len(self._models):
                raise ValueError(f"{name}: expected one for each of {len(self._models)} crowds, got {len(given)}")
        if any(model._controls is not before for model, before in zip(self._models, self._controls, strict=True)):
            raise ValueError("models: expected no other controls in a batch, got some; step that crowd by itself")
        if orders is not None:
            kinds = {order.kind for asked in orders for order in asked.values()}
            if refused := sorted(kinds & {"follow", "path"}):
                raise ValueError(f"orders: expected go, hold or resume in a batch, got {refused[0]}; step it by itself")
            for model, asked in zip(self._models, orders, strict=True):
                for person_id, order in asked.items():
                    model._obey(person_id, order)
        robots = [NOBODY] * len(self._models) if others is None else others
        counts = [len(some.radii) for some in robots]
        self._gather_ways()
        arrays = self._all
        arrived = step_all(
            self._begin, self._which, self._parties, self._sides, self._models[0]._steps + 1,
            arrays["_present"], arrays["_activity"], arrays["_ordered"], arrays["_party"], arrays["_stopped"],
            arrays["_position"], arrays["_velocity"], arrays["_home"], arrays["_goal"], arrays["_field"],
            arrays["_sight"], arrays["_fresh"], arrays["_look"], arrays["_speed"], arrays["_lane"], arrays["_berth"],
            arrays["_top"], arrays["_stuck"], arrays["_facing"], arrays["_yaw"], arrays["_radius"],
            np.concatenate([[0], np.cumsum(counts)]), np.concatenate([o.positions for o in robots]),
            np.concatenate([o.velocities for o in robots]), np.concatenate([o.radii for o in robots]),
            self._at, self._shapes, self._distance, self._way_at, self._fields, self._ways, self._origins, self._cells,
            dt, max(1, math.ceil(dt / SUBSTEP - 1e-9)),
        )  # fmt: skip
        for model, some, there in zip(self._models, arrived.tolist(), robots, strict=True):
            model._robots = there
            model._steps += 1
            model._time += dt
            if some:
                model._leave(np.flatnonzero(model._present))
            model._enter(dt)
        return self._states()

    def _gather_ways(self) -> None:
        """Put the fields of all grounds one after another, where one has new ones."""
        fields = np.array([len(ground.way) for ground in self._grounds])
        if not np.array_equal(fields, self._fields):
            self._fields = fields
            self._ways = np.concatenate([ground.way.ravel() for ground in self._grounds])
            self._way_at = np.concatenate([[0], np.cumsum([ground.way.size for ground in self._grounds])])

    def _states(self) -> list[CrowdState]:
        here = np.flatnonzero(self._all["_present"])
        activity = self._all["_activity"]
        held = find_held_all(
            self._begin, self._parties, self._all["_present"], activity, self._all["_ordered"], self._all["_party"]
        )
        doing = activity.take(here)
        doing = np.where((doing != HOLD) & held.take(here), STAND, doing)
        words = WORDS.take(doing).tolist()
        names = ("_ids", "_position", "_velocity", "_yaw", "_radius", "_labels", "_goal")
        ids, positions, velocities, yaws, radii, groups, goals = (self._all[k].take(here, axis=0) for k in names)
        cuts = np.searchsorted(here, self._begin).tolist()
        return [
            CrowdState(
                person_ids=ids[a:b], positions=positions[a:b], velocities=velocities[a:b], yaws=yaws[a:b],
                radii=radii[a:b], groups=groups[a:b], goals=goals[a:b], activities=tuple(words[a:b]),
            )
            for a, b in itertools.pairwise(cuts)
        ]  # fmt: skip


@compiled
def find_held_all(
    begin: IntArray, parties: IntArray, present: BoolArray, activity: Int32Array, ordered: BoolArray, party: Int32Array
) -> BoolArray:
    """Return who of all people (P,) is held, see `find_held`; those of crowd b are begin[b]..begin[b + 1]."""
    result = np.zeros(len(present), np.bool_)
    for b in range(len(parties)):
        s = slice(begin[b], begin[b + 1])
        here = np.flatnonzero(present[s])
        held = find_held(here, activity[s], ordered[s], party[s], parties[b])
        for a in range(len(here)):
            result[begin[b] + here[a]] = held[a]
    return result


@compiled
def step_all(
    begin: IntArray,
    which: IntArray,
    parties: IntArray,
    sides: FloatArray,
    steps: int,
    present: BoolArray,
    activity: Int32Array,
    ordered: BoolArray,
    party: Int32Array,
    stopped: BoolArray,
    position: FloatArray,
    velocity: FloatArray,
    home: FloatArray,
    goal: FloatArray,
    field: Int32Array,
    sight: BoolArray,
    fresh: BoolArray,
    look: IntArray,
    speed: FloatArray,
    lane: FloatArray,
    berth: FloatArray,
    top: FloatArray,
    stuck: FloatArray,
    facing: FloatArray,
    yaw: FloatArray,
    radius: FloatArray,
    other_begin: IntArray,
    other_position: FloatArray,
    other_velocity: FloatArray,
    other_radius: FloatArray,
    at: IntArray,
    shapes: IntArray,
    distances: Float32Array,
    way_at: IntArray,
    fields: IntArray,
    ways: WayArray,
    origins: FloatArray,
    cells: FloatArray,
    dt: float,
    substeps: int,
) -> BoolArray:
    """Step crowd b, people begin[b]..begin[b + 1], for all b, as `SocialForce.step` does; return whose people arrive.

    which: (B,) its ground, whose nodes are distances[at[g]..at[g + 1]] of shapes[g], whose fields ways[way_at[g]..].
    """
    arrived = np.zeros(len(parties), np.bool_)
    for b in range(len(parties)):
        s, o, g = slice(begin[b], begin[b + 1]), slice(other_begin[b], other_begin[b + 1]), which[b]
        height, width = shapes[g, 0], shapes[g, 1]
        distance = distances[at[g] : at[g + 1]].reshape(height, width)
        way = ways[way_at[g] : way_at[g + 1]].reshape(fields[g], (height + 1) // 2, (width + 1) // 2, 2)
        here = np.flatnonzero(present[s])
        held = find_held(here, activity[s], ordered[s], party[s], parties[b])
        doing = activity[s][here]
        acts, company = act(here, doing, held, stopped[s], ordered[s], party[s])
        desired = desire(
            here, acts, company, position[s], goal[s], field[s], sight[s], fresh[s], look[s], speed[s], lane[s],
            parties[b], steps, distance, way, origins[g], cells[g], np.inf,
        )  # fmt: skip
        move(
            here, desired, acts, company, held, activity[s], position[s], velocity[s], home[s], berth[s], top[s],
            stuck[s], stopped[s], facing[s], yaw[s], radius[s], other_position[o], other_velocity[o], other_radius[o],
            distance, origins[g], cells[g], sides[b], dt, substeps,
        )  # fmt: skip
        arrived[b] = np.any(find_arrived(here, position[s], velocity[s], goal[s], activity[s], ordered[s]) > 0)
    return arrived
