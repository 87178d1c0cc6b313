"""Plans are as cheap as an exhaustive search finds, faults are where they are, and errands lose nothing by pruning."""

from __future__ import annotations

import heapq
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embodied.minds.errand_world import (
    Errand,
    Site,
    errand_operators,
    go,
    held,
    open_box,
    part,
    perform,
    put_down,
    put_in,
    robot_place,
    search,
    sights,
    take,
    unpack,
    where,
)
from embodied.minds.operators import Operator, Planning, State, cost_of, first_fault, operator
from embodied.place import Place, build_scene

FACTS = [(letter,) for letter in "abcdef"]
facts = st.frozensets(st.sampled_from(FACTS), max_size=2)
operators = st.lists(
    st.builds(
        Operator, name=st.just("do"), arguments=st.just(()), needs=facts, adds=facts, deletes=facts,
        cost=st.integers(0, 5).map(float),
    ),
    max_size=7,
)  # fmt: skip


def cheapest(ground: list[Operator], start: State, goal: State) -> float:
    """Return the cost of the cheapest plan by looking at every state that can be reached, inf without a plan."""
    best, queue = {start: 0.0}, [(0.0, 0, start)]
    order = 0
    while queue:
        cost, _, state = heapq.heappop(queue)
        if cost > best[state]:
            continue
        for one in ground:
            if one.needs <= state and cost + one.cost < best.get(after := one.apply(state), math.inf):
                best[after] = cost + one.cost
                order += 1
                heapq.heappush(queue, (best[after], order, after))
    return min((cost for state, cost in best.items() if goal <= state), default=math.inf)


@settings(max_examples=80, deadline=None)
@given(operators, facts, facts)
def test_plans_are_as_cheap_as_an_exhaustive_search_finds(ground: list[Operator], start: State, goal: State) -> None:
    planning = Planning(ground)
    plan, best = planning.plan(start, goal), cheapest(ground, start, goal)
    assert planning.estimate(start, goal) <= best
    if plan is None:
        assert best == math.inf
    else:
        assert cost_of(plan) == pytest.approx(best) and first_fault(plan, start, goal) is None


@settings(max_examples=80, deadline=None)
@given(operators, facts, facts)
def test_the_first_fault_of_any_plan_is_found(plan: list[Operator], start: State, goal: State) -> None:
    fault, state = first_fault(plan, start, goal), start
    for step, one in enumerate(plan if fault is None else plan[: fault.step]):
        assert one.needs <= state, step
        state = (state - one.deletes) | one.adds
    if fault is None:
        assert goal <= state
    else:
        wanted = plan[fault.step].needs if fault.step < len(plan) else goal
        assert set(fault.missing) == wanted - state and fault.missing


def test_a_plan_beyond_the_limit_is_refused_in_one_line() -> None:
    bits = [operator("set", (str(k),), adds=[("bit", str(k))]) for k in range(8)]
    goal = frozenset(("bit", str(k)) for k in range(8))
    assert cost_of(Planning(bits).plan(frozenset(), goal) or ()) == 8.0
    with pytest.raises(ValueError, match="goal: expected a plan within 5 states"):
        Planning(bits).plan(frozenset(), goal, most=5)
    with pytest.raises(ValueError, match="cost: expected seconds from 0, got -1"):
        operator("do", (), cost=-1.0)


# ---------------------------------------------------------------- errands


def make_site(seed: int, n: int = 6) -> Site:
    """Return places spread over a square of 60 m, with straight ways."""
    spots = np.random.default_rng(seed).uniform(0.0, 60.0, (n, 2))
    kinds = ("bench", "shop", "kiosk", "desk", "door", "other")
    return Site(
        scene="made", places=tuple(f"place {k}" for k in range(n)), kinds=tuple(kinds[k % 6] for k in range(n)),
        distances=np.hypot(*(spots[:, None] - spots[None]).transpose(2, 0, 1)),
    )  # fmt: skip


SITE = make_site(0)


def everything(site: Site, errand: Errand) -> list[Operator]:
    """Return all that could be done for an errand about a thing, between all places."""
    ground = [go(site, a, b) for a in site.places for b in site.places if a != b]
    for place in site.places:
        ground += [take(errand.thing, place), put_down(errand.thing, place)]
        for box in filter(None, [errand.box, "locker"]):
            ground += [open_box(box, place), put_in(errand.thing, box, place), unpack(errand.thing, box, place)]
    return ground


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", ["bring", "put", "boxed"])
def test_places_that_are_left_out_make_no_plan_dearer(seed: int, kind: str) -> None:
    site = make_site(seed)
    rng = np.random.default_rng(seed)
    here, there, end = rng.choice(site.places, 3, replace=False).tolist()
    lies = ("inside", "key", "locker") if kind == "boxed" else ("lies", "key", there)
    state = frozenset({("at", "robot", here), ("free",), lies, ("stands", "locker", there), ("stands", "box", end)})
    errand = (
        Errand(kind="put", thing="key", box="box") if kind == "put" else Errand(kind="bring", thing="key", place=end)
    )
    plan = Planning(errand_operators(site, state, errand, {})).plan(state, errand.goal)
    assert plan is not None and first_fault(plan, state, errand.goal) is None
    whole = Planning(everything(site, errand)).plan(state, errand.goal)
    assert whole is not None and cost_of(plan) == pytest.approx(cost_of(whole))


def test_a_search_goes_where_chance_and_way_say() -> None:
    here, near, far = SITE.places[:3]
    state = frozenset({("at", "robot", here), ("free",), ("unknown", "key")})
    errand = Errand(kind="take", thing="key")
    even = {"key": [(near, 0.5), (far, 0.5)]}
    ways = sorted([(SITE.seconds(here, place), place) for place in (near, far)])
    plan = Planning(errand_operators(SITE, state, errand, even)).plan(state, errand.goal)
    assert plan is not None and [one.name for one in plan] == ["go", "search", "take"]
    assert plan[0].arguments[1] == ways[0][1]
    unlikely = {"key": [(ways[0][1], 0.01), (ways[1][1], 0.99)]}
    plan = Planning(errand_operators(SITE, state, errand, unlikely)).plan(state, errand.goal)
    assert plan is not None and plan[0].arguments[1] == ways[1][1]


def test_the_world_shows_and_does_only_what_is_true() -> None:
    here, there = SITE.places[:2]
    truth = frozenset(
        {("at", "robot", here), ("free",), ("stands", "box", here), ("inside", "key", "box"), ("lies", "book", there)}
    )
    look = search("key", here, 0.5)
    assert perform(truth, look) == (truth, True) and sights(truth, look) == {("stands", "box", here)}
    assert perform(truth, take("key", here)) == (truth, False)
    opened, worked = perform(truth, open_box("box", here, "book", 0.3))  # hoped to find the book in it
    assert worked and where(opened, "book") == (there, "") and where(opened, "key") == (here, "box")
    assert ("inside", "key", "box") in sights(opened, look)
    taken, worked = perform(opened, unpack("key", "box", here))
    assert worked and held(taken) == "key" and where(taken, "key") == (here, "")
    moved, _ = perform(taken, go(SITE, here, there))
    assert robot_place(moved) == there and where(moved, "key") == (there, "")
    assert perform(moved, take("book", there)) == (moved, False)  # its hand is full
    led = part("visitor", there).apply(moved | {("follows", "visitor")})
    assert Errand(kind="guide", thing="visitor", place=there).goal <= led and where(led, "visitor") == (there, "")


def test_places_and_ways_are_those_of_the_scene() -> None:
    from embodied.minds.errand_world import SPEED, survey
    from scenes.walkable import Walkable

    scene = build_scene(Place(name="corridor", seed=3))
    site = survey(scene)
    assert site.places == tuple(mark.name for mark in scene.landmarks)
    a, b = scene.landmarks[0], scene.landmarks[-1]
    walkable = Walkable(scene.walkable, radius=0.3)
    metres = walkable.geodesic(walkable.snap(a.position), walkable.snap(b.position))
    assert site.metres(a.name, b.name) == pytest.approx(metres)
    assert site.seconds(a.name, b.name) == pytest.approx(metres / SPEED)


def test_a_scene_with_too_few_places_is_refused(small_scene) -> None:
    from embodied.minds.errand_world import survey

    with pytest.raises(ValueError, match="scene=small: expected 4 landmarks that can be walked to, got 3"):
        survey(small_scene)
