"""What people notice of the robot, by closed forms, and how they then go where a reactor leads them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from shapely.geometry import box

from crowd.social_force import SocialForce
from crowd.trajectory import Arrival, Others
from embodied import reactions
from embodied.compose import compose_runs
from embodied.episode import Action
from embodied.reactions import EASE, Kind, Reactions, Sensed, find_reactor, notice, time_to_touch
from embodied.world import World
from scenes.backend import RobotState

TURNS = [0.0, 0.6, 2.5, -1.9, math.pi]


def turned(pair: tuple[float, float], yaw: float) -> tuple[float, float]:
    c, s = math.cos(yaw), math.sin(yaw)
    return c * pair[0] - s * pair[1], s * pair[0] + c * pair[1]


def sensed(
    offset: tuple[float, float], velocity: tuple[float, float] = (0.0, 0.0), own: tuple[float, float] = (0.0, 0.0),
    facing: float = 0.0, walks: bool | None = None, by: float = 0.0,
) -> Sensed:  # fmt: skip
    """Return what a person senses that faces along x, but for `facing`, in a world turned `by` so much."""
    return Sensed(
        offset=turned(offset, by), velocity=turned(velocity, by), own=turned(own, by),
        yaw=math.remainder(facing + by, math.tau), walks=own != (0.0, 0.0) if walks is None else walks, reach=0.5,
    )  # fmt: skip


@pytest.mark.parametrize("by", TURNS)
@pytest.mark.parametrize(
    ("about", "kind"),
    [
        # the robot at 1 m/s towards one who stands: 0.65 m from centre to centre after 2.5 s
        ({"offset": (3.1, 0.0), "velocity": (-1.0, 0.0)}, "approach"),
        ({"offset": (3.2, 0.0), "velocity": (-1.0, 0.0)}, None),
        ({"offset": (5.5, 0.0), "velocity": (-1.0, 0.0), "own": (1.0, 0.0)}, "approach"),  # closing at 2 m/s
        ({"offset": (5.8, 0.0), "velocity": (-1.0, 0.0), "own": (1.0, 0.0)}, None),
        ({"offset": (2.5, 0.6), "velocity": (-1.0, 0.0)}, "approach"),  # it would touch
        ({"offset": (2.0, 0.7), "velocity": (-1.0, 0.0)}, None),  # it would pass
        ({"offset": (2.0, 0.0), "velocity": (1.0, 0.0)}, None),  # it goes away
        # it crosses 1.5 m ahead of one who stands, or walks: where both are at 2 s
        ({"offset": (3.4, 2.0), "velocity": (0.0, -1.0), "own": (1.0, 0.0)}, "cut_in"),
        ({"offset": (3.6, 2.0), "velocity": (0.0, -1.0), "own": (1.0, 0.0)}, None),  # too far ahead
        ({"offset": (0.9, 2.0), "velocity": (0.0, -1.0), "own": (1.0, 0.0)}, None),  # behind the person by then
        ({"offset": (3.4, 2.0), "velocity": (0.0, 1.0), "own": (1.0, 0.0)}, None),  # it goes off to the side
        ({"offset": (3.4, 2.6), "velocity": (0.0, -1.0), "own": (1.0, 0.0)}, None),  # after more than 2.5 s
        ({"offset": (1.0, 2.0), "velocity": (0.0, -1.0)}, None),  # nobody has a way
        ({"offset": (1.4, 0.0), "own": (1.0, 0.0)}, "blocked"),
        ({"offset": (1.6, 0.0), "own": (1.0, 0.0)}, None),
        ({"offset": (1.4, 0.6), "own": (1.0, 0.0)}, "blocked"),
        ({"offset": (1.4, 0.7), "own": (1.0, 0.0)}, None),  # beside the way
        ({"offset": (-1.0, 0.0), "own": (1.0, 0.0)}, None),  # behind
        ({"offset": (1.4, 0.0), "walks": True}, "blocked"),  # stopped by it
        ({"offset": (1.0, 0.0)}, None),  # one who stands there anyhow
        # senses: seen within 100 degrees to each side, heard within 1.2 m
        ({"offset": turned((2.0, 0.0), 1.7), "velocity": turned((-1.0, 0.0), 1.7)}, "approach"),
        ({"offset": turned((2.0, 0.0), 1.8), "velocity": turned((-1.0, 0.0), 1.8)}, None),
        ({"offset": (2.0, 0.0), "velocity": (-1.0, 0.0), "facing": 1.8}, None),
        ({"offset": (-1.3, 0.0), "velocity": (1.0, 0.0)}, None),
        ({"offset": (-1.1, 0.0), "velocity": (1.0, 0.0)}, "approach"),
    ],
)
def test_what_is_noticed(about, kind, by):
    assert notice(sensed(**about, by=by)) == kind
    mirrored = {k: (v[0], -v[1]) if isinstance(v, tuple) else -v if k == "facing" else v for k, v in about.items()}
    assert notice(sensed(**mirrored, by=by)) == kind, "left and right are alike"


def test_time_to_touch_is_that_of_discs():
    assert time_to_touch((3.0, 0.0), (-1.0, 0.0), 0.5) == pytest.approx(2.5)
    assert time_to_touch((3.0, 0.3), (-1.0, 0.0), 0.5) == pytest.approx(3.0 - 0.4)
    assert time_to_touch((3.0, 0.51), (-1.0, 0.0), 0.5) == math.inf
    assert time_to_touch((3.0, 0.0), (1.0, 0.0), 0.5) == time_to_touch((3.0, 0.0), (0.0, 0.0), 0.5) == math.inf
    assert time_to_touch((0.3, 0.0), (1.0, 0.0), 0.5) == 0.0


def test_what_was_noticed_holds_a_little_longer_and_blinks_change_nothing():
    near, edge, far = (sensed((x, 0.0), own=(1.0, 0.0)) for x in (1.4, 1.4 * EASE, 2.5))
    attention = reactions._Attention()
    assert attention.update(edge) is None, "not near enough to be noticed"
    assert [attention.update(s) for s in (near, far, near, near)] == [None, None, None, "blocked"]
    assert {attention.update(edge) for _ in range(20)} == {"blocked"}
    assert [attention.update(s) for s in (far, far, far, far, near)] == ["blocked"] * 5
    assert [attention.update(far) for _ in range(5)] == ["blocked"] * 4 + [None]


class Street:
    """One person who walks along x, and a robot that drives towards it."""

    def __init__(self, react: Any, goal: tuple[float, float] | None = (28.0, 10.0)) -> None:
        self.events: list[dict[str, Any]] = []
        self.time, self.model = 0.0, SocialForce()
        arrival = Arrival(person_id=3, time=0.0, origin=(4.0, 10.0), goal=goal, desired_speed=1.2)
        self.states = [self.model.reset(box(0, 0, 30, 20), [arrival], np.random.default_rng(0))]
        self.robot = RobotState(x=14.0, y=10.0, yaw=math.pi, v=0.8, w=0.0)
        self.reactions = Reactions(self._record, react, seed=1, radius=0.27)

    def _record(self, type: str, **fields: Any) -> None:
        self.events.append({"type": type, "time": self.time, **fields})

    def run(self, seconds: float, busy: tuple[int, ...] = ()) -> Street:
        for _ in range(round(10 * seconds)):
            self.time = round(self.time + 0.1, 6)
            state, robot = self.states[-1], self.robot
            yaws = dict(zip(state.person_ids.tolist(), state.yaws.tolist(), strict=True))
            self.reactions.update(self.time, robot, state, yaws, busy)
            others = Others(
                positions=np.array([[robot.x, robot.y]]), radii=np.array([0.27]),
                velocities=robot.v * np.array([[math.cos(robot.yaw), math.sin(robot.yaw)]]),
            )  # fmt: skip
            self.states.append(self.model.step(0.1, others, dict(self.reactions.orders)))
            self.reactions.orders.clear()
            self.robot = RobotState(x=robot.x - 0.1 * robot.v, y=robot.y, yaw=robot.yaw, v=robot.v, w=0.0)
        return self


class Sidestep:
    """A reactor that lets people walk on 2 m to the left of where they began to react, and keeps what it was told."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, np.ndarray, np.ndarray, float]] = []
        self.line: float | None = None

    def __call__(self, kind: str, person: np.ndarray, robot: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        self.calls.append((kind, person, robot, float(rng.random())))
        x, y, _ = person[-1]
        self.line = y + 2.0 if self.line is None else self.line
        t = 0.1 * np.arange(1, 21)
        side = np.minimum(t, self.line - y)
        return np.column_stack([x + 0.5 * t, y + side, np.full(20, 0.3)])


def test_a_person_follows_the_reactor_and_then_its_own_way():
    street = Street(react := Sidestep()).run(30.0)
    begun, over = street.events
    assert (begun["type"], over["type"], over["reason"]) == ("interaction", "interaction_end", "over")
    assert begun["people"] == (0, 3) and begun["roles"] == ("actor", "reactor") and begun["kind"] == "approach"
    assert begun["text"] == "A person steps aside for the robot." and begun["by"] == "learned"
    assert begun["start"] == begun["time"] < over["time"]
    for kind, person, robot, _ in react.calls:
        assert kind == "approach" and person.shape == robot.shape == (20, 3)
        np.testing.assert_allclose(np.diff(robot[:, 0]), -0.08, atol=1e-9)
        assert person[-1, 0] > person[0, 0] + 0.4
    assert len({dice for *_, dice in react.calls}) == len(react.calls), "one generator goes on"
    gap = react.calls[0][2][-1, 0] - react.calls[0][1][-1, 0]
    assert gap == pytest.approx(2.5 * 2.0 + 0.25 + 0.27 + 0.15, abs=0.45), "noticed 2.5 s before"
    y = np.array([s.positions[0, 1] for s in street.states if len(s.person_ids)])
    assert y.max() == pytest.approx(12.0, abs=0.2)
    assert len(street.states[-1].person_ids) == 0, "arrives"
    assert not street.reactions.facing and not street.reactions.people


def test_paths_are_made_anew_every_half_second_while_it_goes_on():
    street = Street(react := Sidestep())
    times = []
    while street.time < 8.0:
        before = len(react.calls)
        street.run(0.1)
        times += [street.time] * (len(react.calls) - before)
    np.testing.assert_allclose(np.diff(times), 0.5, atol=1e-6)
    assert len(times) >= 2
    (over,) = [e for e in street.events if e["type"] == "interaction_end"]
    assert over["time"] == pytest.approx(times[-1] + 2.0, abs=0.11), "the last path is walked to its end"


def test_one_who_stands_steps_aside_and_back():
    street = Street(Sidestep(), goal=None)
    street.robot = RobotState(x=8.0, y=10.0, yaw=math.pi, v=0.8, w=0.0)
    street.run(15.0)
    places = np.array([s.positions[0] for s in street.states])
    assert places[:, 1].max() > 11.5 and np.hypot(*(places[-1] - (4.0, 10.0))) < 0.3
    assert street.events[0]["kind"] == "approach"


def test_who_is_called_or_has_left_does_not_react_any_more():
    street = Street(Sidestep()).run(3.0)
    assert [e["type"] for e in street.events] == ["interaction"] and list(street.reactions.people) == [3]
    street.run(0.5, busy=(3,))
    assert street.events[-1]["reason"] == "called" and not street.reactions.people and not street.reactions.orders
    street = Street(Sidestep()).run(3.0)
    street.model._present[0] = False
    street.states.append(street.model.step(0.1, Others(positions=np.zeros((0, 2)), velocities=np.zeros((0, 2)),
                                                       radii=np.zeros(0)), {}))  # fmt: skip
    street.run(0.2)
    assert street.events[-1]["reason"] == "left" and not street.reactions.facing


def test_without_a_reactor_nothing_happens_and_a_bad_one_is_told_so():
    assert Street(None).run(8.0).events == []
    with pytest.raises(ValueError, match=r"react: expected a path of \(20, 3\), got \(3, 3\)"):
        Street(lambda *_: np.zeros((3, 3))).run(4.0)
    assert find_reactor(None) is None
    with pytest.raises(ValueError, match=r"motion\.reactor: expected one of .*, got other; leave it null"):
        find_reactor("other")
    with pytest.raises(ValueError, match=r"motion\.reactor: expected one of moreact, got 'other'"):
        compose_runs(["motion.reactor=other"], {})


def test_all_kinds_have_words():
    assert set(reactions.WORDS) == set(Kind.__args__)  # type: ignore[attr-defined]


@pytest.mark.slow
def test_a_person_reacts_in_the_world(monkeypatch: pytest.MonkeyPatch) -> None:
    """The robot drives along a corridor; who stands in its way steps aside and back, twice to the same bytes."""

    def before(world: World, rng: np.random.Generator) -> tuple[Arrival, ...]:
        x, y, yaw = world.episode.start
        place = (x + 5.0 * math.cos(yaw), y + 5.0 * math.sin(yaw))
        return (Arrival(person_id=1, time=0.0, origin=place, goal=None, yaw=yaw + math.pi),)

    runs = []
    for _ in range(2):
        monkeypatch.setitem(reactions.REACTORS, "moreact", lambda: Sidestep())
        world = World(compose_runs(["scene=corridor", "task=frontal_approach", "motion.reactor=moreact"], {})[0])
        try:
            monkeypatch.setattr(world.task, "arrivals", before)
            world.reset(seed=4, perception="none")
            while world.time < 9.0:
                world.step(Action(kind="forward"))
        finally:
            world.close()
        runs.append((world.log.events, world.log.column("y").tobytes()))
    assert runs[0] == runs[1]
    (begun, *_), (over, *_) = (world.log.events_of(type) for type in ("interaction", "interaction_end"))
    assert begun["people"] == [0, 1] and begun["kind"] == "approach" and over["time"] > begun["start"] + 1.9
    assert world.log.metadata["config"]["motion"]["reactor"] == "moreact" and not world.log.events_of("contact")
