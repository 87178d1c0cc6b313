from __future__ import annotations

import hashlib
import math
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from shapely.geometry import Point, Polygon, box

from crowd.arrivals import sample_arrivals
from crowd.contact import move_off
from crowd.control import RIDER_RADIUS, Controls, DrawnMap, read_map
from crowd.ground import Ground
from crowd.guidance import MARGIN, GuidedGround
from crowd.models import CROWD_MODELS
from crowd.placement import Placement
from crowd.planned import Planned
from crowd.replay import Replay
from crowd.social_force import SocialForce
from crowd.trajectory import Arrival, CrowdModel, CrowdState, CrowdTrajectory, Order, Others

YARD = box(0, 0, 24, 12)
SIGN = np.array([[10.0, 4.5], [13.0, 4.5], [13.0, 7.5], [10.0, 7.5]])
NOBODY = Others(positions=np.zeros((0, 2)), velocities=np.zeros((0, 2)), radii=np.zeros(0))
STEERED = ("social_force", "plan_diffusion")


def across(count: int, rng: np.random.Generator, gap: float = 1.5) -> tuple[Arrival, ...]:
    """People who cross the yard, through the place of the sign, both ways."""
    ends = [(1.0, 23.0), (23.0, 1.0)]
    return tuple(
        Arrival(
            person_id=k, time=gap * k, origin=(ends[k % 2][0], float(rng.uniform(4, 8))),
            goal=(ends[k % 2][1], float(rng.uniform(4, 8))), desired_speed=1.3,
        )
        for k in range(count)
    )  # fmt: skip


def run(
    model: CrowdModel, arrivals: tuple[Arrival, ...], seconds: float, orders: dict[int, dict[int, Order]] | None = None,
    others: Others = NOBODY, changes: dict[int, Controls] | None = None, seed: int = 0, yard: Polygon = YARD,
) -> list[CrowdState]:  # fmt: skip
    states = [model.reset(yard, arrivals, np.random.default_rng(seed))]
    for step in range(round(seconds / 0.1)):
        if changes and step in changes:
            assert isinstance(model, SocialForce)
            model.control(changes[step])
        states.append(model.step(0.1, others, (orders or {}).get(step, {})))
    return states


def inside(states: list[CrowdState], region: np.ndarray) -> int:
    polygon = Polygon(region)
    return sum(polygon.contains(Point(place)) for state in states for place in state.positions)


def digest(states: list[CrowdState]) -> str:
    text = hashlib.sha256()
    for state in states:
        text.update(state.positions.tobytes() + state.yaws.tobytes() + " ".join(state.activities).encode())
    return text.hexdigest()


# ---------------------------------------------------------------- values


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"avoid": ([[0, 0], [1, 1]],)}, r"avoid\[0\]: expected a polygon of three points or more, got 2"),
        ({"avoid": ([[0, 0], [1, 1], [1, 0], [0, 1]],)}, r"avoid\[0\]: expected a polygon with an area whose sides"),
        ({"attract": ([[0, 0], [1, math.nan], [1, 0]],)}, r"attract\[0\]: expected finite points"),
        ({"attract": ("ab",)}, r"attract\[0\]: expected a polygon \(K, 2\)"),
        ({"flow": {"gate": -1.0}}, r"flow\[gate\]: expected people a minute, from 0, got -1"),
        ({"pace": 0.0}, "pace: expected times the usual speed, from 0.1 to 3, got 0.0"),
        ({"pace": math.nan}, "pace: .* got nan"),
        ({"pace": "fast"}, "pace: .* a number .* got 'fast'"),
        ({"population": -3}, "population: expected people present on average, from 0, got -3"),
        ({"groups": 1.5}, "groups: expected a share, from 0 to 1, got 1.5"),
        ({"types": {"vehicle": 1.0}}, "types: expected shares of pedestrian, rider, got 'vehicle'"),
        ({"types": {"rider": 0.0}}, "types: expected a share above 0"),
        ({"regions_from": 9.0, "regions_until": 3.0}, "regions_until: expected seconds after regions_from=9"),
        ({"exits": np.zeros(2)}, r"exits: expected points \(E, 2\)"),
    ],
)
def test_bad_values_are_one_line(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said) as caught:
        Controls(**given)
    assert "\n" not in str(caught.value)


def test_an_unknown_entrance_is_named() -> None:
    with pytest.raises(ValueError, match=r"flow: expected the names of entrances \(east, west\), got 'north'"):
        Controls(flow={"north": 3.0}).flows(["west", "east"])
    assert np.allclose(Controls(flow={"east": 6.0}).flows(["west", "east"]), [np.nan, 0.1], equal_nan=True)


def test_maps_are_north_up_and_checked(tmp_path: Path) -> None:
    picture = np.zeros((60, 120), np.uint8)
    picture[:30, :60] = 200  # north-west
    path = tmp_path / "map.png"
    cv2.imwrite(str(path), picture)
    drawn = read_map(path, (0.0, 0.0, 24.0, 12.0))
    assert drawn.at(np.array([[3.0, 9.0], [20.0, 9.0], [3.0, 2.0], [-1.0, 9.0], [np.nan, 0.0]])).tolist() == [
        1,
        0,
        0,
        0,
        0,
    ]
    middles, weights = drawn.patches()
    assert weights.sum() == pytest.approx(1.0) and (middles[:, 0] < 12.0).all() and (middles[:, 1] > 6.0).all()
    with pytest.raises(ValueError, match=r"expected a picture as the ground, 10\.0 x 10\.0 m"):
        read_map(path, (0.0, 0.0, 10.0, 10.0))
    with pytest.raises(ValueError, match="expected 60 x 60 pixels, got 120 x 60"):
        read_map(path, (0.0, 0.0, 24.0, 12.0), size=(60, 60))
    cv2.imwrite(str(path), 0 * picture)
    with pytest.raises(ValueError, match="some place brighter than black, got none"):
        read_map(path, (0.0, 0.0, 24.0, 12.0))
    path.write_text("no picture")
    with pytest.raises(ValueError, match="got no picture"):
        read_map(path, (0.0, 0.0, 24.0, 12.0))
    with pytest.raises(FileNotFoundError, match="found no such file"):
        read_map(tmp_path / "no.png", (0.0, 0.0, 24.0, 12.0))


# ---------------------------------------------------------------- arrivals

GATES = np.array([[1.0, 6.0], [23.0, 6.0], [12.0, 11.0]])


def draw(controls: Controls | None, seed: int = 0, people: int = 20, duration: float = 400.0) -> tuple[Arrival, ...]:
    return sample_arrivals(
        Ground(YARD), GATES, np.zeros((0, 3)), people=people, duration=duration, rng=np.random.default_rng(seed),
        names=("west", "east", "north"), controls=controls,
    )  # fmt: skip


def entering(arrivals: tuple[Arrival, ...], gate: int) -> float:
    """People a minute who enter by a gate."""
    near = [a for a in arrivals if a.time > 0.0 and math.dist(a.origin, GATES[gate]) < 3.0]
    return len(near) / (400.0 / 60.0)


def test_asking_for_nothing_changes_no_arrival() -> None:
    assert draw(None) == draw(Controls())


def test_flows_are_those_asked_for_and_the_rest_makes_up_the_population() -> None:
    flows = [
        entering(draw(Controls(flow={"west": 30.0, "east": 0.0}), seed), gate) for seed in range(3) for gate in (0, 1)
    ]
    assert np.mean(flows[::2]) == pytest.approx(30.0, rel=0.15) and max(flows[1::2]) == 0.0
    few, many = (draw(Controls(population=people, flow={"west": 6.0})) for people in (10, 40))
    assert entering(many, 1) > 2 * entering(few, 1)
    assert entering(few, 0) == pytest.approx(6.0, rel=0.4) and entering(many, 0) == pytest.approx(6.0, rel=0.4)


def test_population_pace_groups_and_riders_are_those_asked_for() -> None:
    usual = draw(None)
    assert len(draw(Controls(population=40))) == pytest.approx(2 * len(usual), rel=0.2)
    fast = draw(Controls(pace=1.5))
    speeds = [np.mean([a.desired_speed for a in people]) for people in (usual, fast)]
    assert speeds[1] / speeds[0] == pytest.approx(1.5, rel=0.05) and len(fast) == pytest.approx(
        1.5 * len(usual), rel=0.2
    )
    for share in (0.0, 0.8):
        assert np.mean([a.group >= 0 for a in draw(Controls(groups=share))]) == pytest.approx(share, abs=0.08)
    riders = [a for a in draw(Controls(types={"pedestrian": 3, "rider": 1})) if a.time > 0]
    rides = np.array([a.radius == RIDER_RADIUS for a in riders])
    assert rides.mean() == pytest.approx(0.25, abs=0.08)
    assert min(a.desired_speed for a, rider in zip(riders, rides, strict=True) if rider) >= 2.0


def test_people_come_and_go_where_the_map_is_bright() -> None:
    values = np.zeros((60, 120))
    values[10:20, 5:20] = values[40:50, 100:115] = 1.0
    drawn = DrawnMap(values=values, bounds=(0.0, 0.0, 24.0, 12.0))
    late = [a for a in draw(Controls(appearance=drawn)) if a.time > 0.0]
    ends = np.array([end for a in late if a.group < 0 for end in (a.origin, a.goal)])
    assert len(late) > 20 and (drawn.at(ends) >= 0.1).mean() > 0.95


# ---------------------------------------------------------------- regions


@pytest.mark.parametrize("name", STEERED)
def test_controls_that_ask_for_nothing_give_the_same_bytes(name: str) -> None:
    arrivals = across(8, np.random.default_rng(0))
    kinds: Any = CROWD_MODELS[name]
    plain, asked = run(kinds(), arrivals, 8.0), run(kinds(controls=Controls()), arrivals, 8.0)
    told = run(kinds(), arrivals, 8.0, changes={40: Controls()})
    assert digest(plain) == digest(asked) == digest(told)


@pytest.mark.parametrize("name", STEERED)
def test_people_walk_round_a_region_and_still_arrive(name: str) -> None:
    arrivals = across(12, np.random.default_rng(1))
    kinds: Any = CROWD_MODELS[name]
    free, told = run(kinds(), arrivals, 75.0), run(kinds(controls=Controls(avoid=(SIGN,))), arrivals, 75.0)
    assert inside(free, SIGN) > 100
    assert inside(told, SIGN) < 0.1 * inside(free, SIGN)
    assert len(told[-1].person_ids) <= len(free[-1].person_ids) + 1
    again = run(kinds(controls=Controls(avoid=(SIGN,))), arrivals, 75.0)
    assert digest(told) == digest(again)


def test_regions_come_and_go_by_the_clock_and_by_hand(name: str = "social_force") -> None:
    arrivals = across(36, np.random.default_rng(2), gap=0.9)
    kinds: Any = CROWD_MODELS[name]
    clocked = run(kinds(controls=Controls(avoid=(SIGN,), regions_from=15.0, regions_until=30.0)), arrivals, 45.0)
    by_hand = run(kinds(), arrivals, 45.0, changes={150: Controls(avoid=(SIGN,)), 300: Controls()})
    for states in (clocked, by_hand):
        before, during, after = states[50:150], states[180:300], states[330:]
        assert inside(before, SIGN) > 30 and inside(after, SIGN) > 10
        assert inside(during, SIGN) < 0.15 * inside(before, SIGN)


def test_the_detour_begins_early_and_is_smooth() -> None:
    alone = (Arrival(person_id=0, time=0.0, origin=(1.0, 6.2), goal=(23.0, 6.2)),)
    states = run(SocialForce(controls=Controls(avoid=(SIGN,))), alone, 25.0)
    way = np.array([state.positions[0] for state in states if len(state.person_ids)])
    off = np.abs(way[:, 1] - 6.2)
    assert off[way[:, 0] > 6.0][0] > 0.5  # it turns 4 m before
    turns = np.abs(np.diff(np.unwrap(np.arctan2(*np.diff(way, axis=0).T[::-1]))))
    assert turns.max() < 0.35 and turns.sum() < 4.0  # rad in 0.1 s, and in all
    assert np.hypot(*np.diff(way, axis=0).T).sum() < 1.2 * 22.0
    assert not any(Polygon(SIGN).contains(Point(place)) for place in way)


def test_who_stands_in_a_region_steps_out_and_comes_back() -> None:
    stands = (Arrival(person_id=0, time=0.0, origin=(11.0, 6.0), goal=None, yaw=1.0),)
    states = run(SocialForce(), stands, 30.0, changes={20: Controls(avoid=(SIGN,)), 150: Controls()})
    assert inside(states[80:150], SIGN) == 0 and states[140].activities == ("stand",)
    assert np.hypot(*(states[-1].positions[0] - (11.0, 6.0))) < 0.5 and states[-1].yaws[0] == pytest.approx(
        1.0, abs=0.2
    )


def test_a_region_across_the_only_way_is_crossed() -> None:
    bar = np.array([[11.0, -1.0], [13.0, -1.0], [13.0, 13.0], [11.0, 13.0]])
    arrivals = across(4, np.random.default_rng(3))
    states = run(SocialForce(controls=Controls(avoid=(bar,))), arrivals, 60.0)
    assert len(states[-1].person_ids) == 0 and inside(states, bar) > 0


def test_likings_draw_people() -> None:
    corner = np.array([[9.0, 8.5], [14.0, 8.5], [14.0, 11.5], [9.0, 11.5]])
    arrivals = across(14, np.random.default_rng(4))
    free, drawn = (run(SocialForce(controls=c), arrivals, 50.0) for c in (Controls(), Controls(attract=(corner,))))
    assert inside(drawn, corner) > inside(free, corner) + 100
    assert any("stand" in state.activities for state in drawn)
    values = np.zeros((60, 120))
    values[40:] = 1.0  # the south
    liked = run(SocialForce(controls=Controls(density=DrawnMap(values=values, bounds=(0, 0, 24, 12)))), arrivals, 50.0)
    south = np.array([[0.0, 0.0], [24.0, 0.0], [24.0, 4.0], [0.0, 4.0]])
    assert inside(liked, south) > 3 * inside(free, south) + 100


def test_ways_lead_round_regions() -> None:
    ground = GuidedGround(YARD)
    straight = ground.path((1.0, 6.0), (23.0, 6.0))
    ground.guide(avoid=[SIGN])
    round_it = ground.path((1.0, 6.0), (23.0, 6.0))
    assert ground.crosses(straight) and not ground.crosses(round_it)
    assert ground.near(round_it).min() > MARGIN - 0.05
    assert not ground.sees(np.array([1.0, 6.0]), np.array([23.0, 6.0]))
    kept = ground.keep_out(straight[::10], round_it)
    assert ground.near(kept).min() > MARGIN - 0.1 and np.array_equal(kept[[0, -1]], straight[::10][[0, -1]])
    ground.guide()
    assert np.allclose(ground.path((1.0, 6.0), (23.0, 6.0)), straight)


def test_costs_of_one_crowd_are_not_those_of_its_twin() -> None:
    ground = GuidedGround(YARD)
    one, other = ground.twin(), ground.twin()
    goal, here = (23.0, 6.0), (1.0, 6.0)
    usual = one.cost(here, goal)
    one.guide(avoid=[SIGN])
    assert one.cost(here, goal) > usual + 1.0 and other.cost(here, goal) == usual
    assert one.crosses(other.path(here, goal)) and not one.crosses(one.path(here, goal))
    one.guide()
    assert one.cost(here, goal) == usual and len(one.way) == len(ground.way) == 1  # made before: not again


def test_far_sight_does_not_cut_across_likings() -> None:
    ground = GuidedGround(YARD)
    assert ground.sees(np.array([1.0, 6.0]), np.array([23.0, 6.0])) and ground.far == np.inf
    ground.guide(attract=[SIGN])
    assert not ground.sees(np.array([1.0, 6.0]), np.array([23.0, 6.0]))
    assert ground.sees(np.array([20.0, 6.0]), np.array([23.0, 6.0])) and ground.far == 4.0


def test_a_demand_counts_instead_of_weights_and_flows_with_it() -> None:
    ways = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    gates = np.array([[1.0, 6.0], [23.0, 6.0], [12.0, 11.0]])
    kept: dict[str, Any] = {"people": 10.0, "duration": 60.0, "names": ("west", "east", "north"), "demand": ways}
    for controls in (None, Controls(flow={"west": 20.0})):
        drawn = sample_arrivals(
            Ground(YARD), gates, np.zeros((0, 3)), rng=np.random.default_rng(0), standing=0.0, controls=controls, **kept
        )
        assert len(drawn) > 5 and all(a.goal is not None and a.goal[0] > 21.0 for a in drawn)
    drawn_map = DrawnMap(values=np.ones((6, 12)), bounds=(0, 0, 24, 12))
    with pytest.raises(ValueError, match="demand: expected none where an appearance map"):
        sample_arrivals(
            Ground(YARD), gates, np.zeros((0, 3)), rng=np.random.default_rng(0),
            controls=Controls(appearance=drawn_map), **kept,
        )  # fmt: skip


# ---------------------------------------------------------------- evacuation, goals, following


@pytest.mark.parametrize("name", STEERED)
def test_everybody_leaves_by_the_nearest_exit_in_a_hurry(name: str) -> None:
    kinds: Any = CROWD_MODELS[name]
    people = (*across(10, np.random.default_rng(5)), Arrival(person_id=50, time=0.0, origin=(5.0, 2.0), goal=None))
    controls = Controls(evacuate_at=10.0, exits=np.array([[1.0, 1.0], [23.0, 1.0]]))
    states = run(kinds(controls=controls), people, 40.0)
    there = states[100]
    assert 50 in there.person_ids and len(there.person_ids) >= 5
    assert len(states[-1].person_ids) == 0 and max(max(s.person_ids, default=0) for s in states[101:]) == 50
    last = {int(k): place for state in states for k, place in zip(state.person_ids, state.positions, strict=True)}
    for k, start in zip(there.person_ids.tolist(), there.positions, strict=True):
        assert (last[k][0] < 12.0) == (start[0] < 12.0) and last[k][1] < 3.0


@pytest.mark.parametrize("name", [*STEERED, pytest.param("replay", marks=pytest.mark.slow)])
def test_a_mind_sets_a_goal_in_every_model(name: str) -> None:
    start = Arrival(person_id=9, time=0.0, origin=(2.0, 6.0), goal=(22.0, 6.0), radius=0.2)
    nobody = CrowdTrajectory(
        times=np.arange(3.0), person_ids=np.array([0]), positions=np.full((3, 1, 2), 20.0), valid=np.ones((3, 1), bool)
    )
    kinds: Any = CROWD_MODELS[name]
    model = Replay(nobody, Placement(rotation=0.0, translation=(0.0, 0.0), offset_time=0.0), approach=False) \
        if name == "replay" else kinds()  # fmt: skip
    yard = box(0, 0, 24, 24)
    if name == "replay":
        model.reset(yard, (start,), np.random.default_rng(0))
        with pytest.raises(ValueError, match="expected go, hold or resume of who was recorded, got follow"):
            model.step(0.1, NOBODY, {9: Order(kind="follow")})
    orders = {20: {9: Order(kind="go", target=(8.0, 10.0))}, 250: {9: Order(kind="resume")}}
    states = run(model, (start,), 55.0, orders=orders, yard=yard)
    place = dict(zip(states[240].person_ids.tolist(), states[240].positions, strict=True))[9]
    assert np.hypot(*(place - (8.0, 10.0))) < 0.6
    gone = [9 not in state.person_ids for state in states]
    assert gone[-1] and not gone[240]


@pytest.mark.parametrize("name", STEERED)
def test_followers_keep_their_distance_stop_and_go_on(name: str) -> None:
    kinds: Any = CROWD_MODELS[name]
    pair = (
        Arrival(person_id=1, time=0.0, origin=(2.0, 6.0), goal=(2.0, 11.0)),
        Arrival(person_id=2, time=0.0, origin=(5.0, 6.0), goal=(22.0, 6.0), desired_speed=1.0),
    )
    orders = {1: {1: Order(kind="follow", person=2)}, 80: {2: Order(kind="hold")}, 120: {2: Order(kind="resume")},
              150: {1: Order(kind="resume")}}  # fmt: skip
    states = run(kinds(), pair, 40.0, orders=orders)
    gaps = np.array([np.hypot(*np.diff(s.positions, axis=0)[0]) for s in states[40:150]])
    assert gaps.min() > 0.8 and gaps.max() < 2.0 and ((gaps > 0.85) & (gaps < 1.6)).mean() > 0.8, gaps.round(2).tolist()
    assert states[115].activities == ("stand", "hold")
    assert len(states[-1].person_ids) == 0


def test_a_robot_is_followed_round_a_corner_and_let_go() -> None:
    yard = YARD.difference(box(10, 0, 11, 9))
    track = np.concatenate([np.linspace((5, 3), (10.5, 10.5), 90), np.linspace((10.5, 10.5), (18, 3), 100)])
    model = SocialForce()
    state = model.reset(
        yard, (Arrival(person_id=4, time=0.0, origin=(2.0, 2.0), goal=(2.0, 10.0)),), np.random.default_rng(0)
    )
    gaps = []
    for step in range(len(track) - 1):
        robot = Others(
            positions=track[step : step + 1],
            velocities=np.diff(track, axis=0)[step : step + 1] / 0.1,
            radii=np.array([0.3]),
        )
        state = model.step(0.1, robot, {4: Order(kind="follow")} if step == 5 else {})
        gaps.append(float(np.hypot(*(state.positions[0] - track[step + 1]))))
    assert max(gaps[60:]) < 2.2 and min(gaps) > 0.55
    for _ in range(300):  # nobody to follow any more: it goes its own way
        state = model.step(0.1, NOBODY, {})
    assert len(state.person_ids) == 0


def test_bad_orders_to_follow_are_refused() -> None:
    model = SocialForce()
    model.reset(YARD, across(2, np.random.default_rng(0), gap=0.0), np.random.default_rng(0))
    with pytest.raises(KeyError, match="expected ids of people who are there, got 77"):
        model.step(0.1, NOBODY, {0: Order(kind="follow", person=77)})
    with pytest.raises(ValueError, match="another person to follow than 0 itself"):
        model.step(0.1, NOBODY, {0: Order(kind="follow", person=0)})


# ---------------------------------------------------------------- robots


def test_a_body_between_robot_and_wall_slides_along_the_wall() -> None:
    ground = Ground(YARD)
    bodies, robot = np.array([[12.0, 0.26], [12.56, 0.26]]), np.array([[11.7, 0.6]])
    move_off(bodies, np.full(2, 0.25), robot, np.array([0.3]), ground.distance, ground.origin, ground.cell)
    assert np.hypot(*(bodies[0] - robot[0])) >= 0.55 and ground.wall(bodies)[0].min() > 0.249
    assert np.hypot(*(bodies[1] - bodies[0])) >= 0.5 - 1e-6
    apart = bodies + np.array([5.0, 0.0])
    before = apart.copy()
    move_off(apart, np.full(2, 0.25), robot, np.array([0.3]), ground.distance, ground.origin, ground.cell)
    assert np.array_equal(apart, before)


@pytest.mark.parametrize("name", STEERED)
def test_nobody_touches_a_robot_that_drives_against_the_flow(name: str) -> None:
    lane = box(0, 0, 24, 2.4)
    kinds: Any = CROWD_MODELS[name]
    people = tuple(
        Arrival(person_id=k, time=0.8 * k, origin=(1.0, 1.2), goal=(23.0, 1.2), desired_speed=1.3) for k in range(14)
    )
    model = kinds()
    state = model.reset(lane, people, np.random.default_rng(0))
    at = np.array([22.0, 0.7])
    for _ in range(220):
        state = model.step(
            0.1, Others(positions=at[None], velocities=np.array([[-0.9, 0.0]]), radii=np.array([0.3])), {}
        )
        at = at - (0.09, 0.0)
        assert (np.hypot(*(state.positions - at).T) >= 0.55 - 1e-9).all()


def test_planned_keeps_its_plans_out_of_regions() -> None:
    model = Planned(controls=Controls(avoid=(SIGN,)))
    model.reset(YARD, across(10, np.random.default_rng(6), gap=0.0), np.random.default_rng(0))
    planned = np.flatnonzero(model._planned)
    assert len(planned) >= 8
    assert all(model._ground.near(model._places_of[k]).min() > 0.1 for k in planned)
