"""Agents that ask, on a hand-made plain: when they do, whom they believe, and when they stop believing."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from embodied.agents.always_ask import AlwaysAsk
from embodied.agents.ask_nearest import AskNearest
from embodied.agents.ask_when_uncertain import UNCERTAIN, AskWhenUncertain
from embodied.agents.asker import Asker
from embodied.agents.mapping import CELL, SIDE, PersonTrack, Sighting
from embodied.agents.models import AGENTS
from embodied.agents.random_walk import FREQUENCIES, Random
from embodied.drive import wrap
from embodied.episode import Action, Heard, Observation, RobotSpec
from scenes.scene import PERSON_INSTANCE_BASE

SPOT = tuple[float, float]
SIGHT = 8.0  # m round the robot that it gets to know; it notices people twice as far off


def spec(max_asks: int | None = None) -> RobotSpec:
    return RobotSpec(
        radius=0.27, forward=0.25, turn=math.radians(15), camera_height=1.05, camera_forward=0.1, camera_pitch=0.0,
        fov=math.pi / 2, width=256, height=256, ask_distance=2.0, success_radius=3.0, max_time=240.0, max_asks=max_asks,
    )  # fmt: skip


def observe(time: float, pose: tuple[float, float, float], heard: tuple[Heard, ...] = ()) -> Observation:
    told = "Find the east exit."
    return Observation(step=0, time=time, instruction=told, pose=pose, velocity=(0, 0), heard=heard)


class Plain:
    """Open ground with people who stand and say what they are told to; actions do exactly what they should."""

    def __init__(
        self, agent: Asker, people: dict[int, SPOT], say: Callable[[int], str], *, max_asks: int | None = None
    ) -> None:
        self.people, self.say = people, say
        self.agent = agent
        agent.reset(spec(max_asks), np.random.default_rng(0))
        agent.map.update = self.see  # type: ignore[method-assign]
        self.pose, self.time = (0.0, 0.0, 0.0), 0.0
        self.asks: list[tuple[float, int]] = []
        self.notes: list[dict[str, object]] = []
        self.path: list[SPOT] = []
        self.signs: dict[int, Sighting] = {}

    def see(self, observation: Observation) -> None:
        x, y, yaw = observation.pose
        row, column = self.agent.map.cell(x, y)
        reach = round(SIGHT / CELL)
        self.agent.map.grid[row - reach : row + reach, column - reach : column + reach] = -5
        for person, (px, py) in self.people.items():
            gap, off = math.hypot(px - x, py - y), wrap(math.atan2(py - y, px - x) - yaw)
            if gap < 2 * SIGHT and abs(off) < math.pi / 4:
                tracks = self.agent.map.people
                tracks.setdefault(PERSON_INSTANCE_BASE + person, PersonTrack(px, py, self.time)).see(self.time, px, py)
        for number, sign in self.signs.items():
            if math.hypot(sign.x - x, sign.y - y) < SIGHT:
                self.agent.map.sightings[number] = sign

    def run(self, seconds: float) -> Action:
        """Let the agent act for a time, or until it stops; return its last action."""
        heard: tuple[Heard, ...] = ()
        action = Action(kind="wait")
        while self.time < seconds and action.kind != "stop":
            action = self.agent.act(observe(self.time, self.pose, heard))
            heard = ()
            if action.note:
                self.notes.append({"time": self.time, "kind": action.kind, **action.note})
            x, y, yaw = self.pose
            if action.kind == "forward":
                self.pose = (x + 0.25 * math.cos(yaw), y + 0.25 * math.sin(yaw), yaw)
            elif action.kind in ("left", "right"):
                self.pose = (x, y, wrap(yaw + (1 if action.kind == "left" else -1) * math.radians(15)))
            elif action.kind == "ask":
                heard = self._answer()
            self.time += {"forward": 0.3, "ask": 6.0, "wait": 0.5}.get(action.kind, 0.15)
            self.path.append(self.pose[:2])
        return action

    def _answer(self) -> tuple[Heard, ...]:
        x, y, yaw = self.pose
        near = [
            (math.hypot(px - x, py - y), wrap(math.atan2(py - y, px - x) - yaw), person)
            for person, (px, py) in self.people.items()
        ]
        gap, off, person = min(found for found in near if abs(found[1]) < math.pi / 4)
        assert gap < 2.0, "nobody can hear the robot"
        self.asks.append((self.time, person))
        return (Heard(text=self.say(person), bearing=off, distance=gap, time=self.time + 6.0),)


def test_random_draws_by_the_frequencies_and_by_its_stream() -> None:
    observation = observe(0.0, (0, 0, 0))
    drawn = []
    for _ in range(2):
        agent = Random()
        agent.reset(spec(), np.random.default_rng(5))
        drawn.append([agent.act(observation).kind for _ in range(20_000)])
    assert drawn[0] == drawn[1] and agent.perception == "none"
    counts = Counter(drawn[0])
    assert set(counts) == set(FREQUENCIES) and sum(FREQUENCIES.values()) == pytest.approx(1.0)
    for kind, share in FREQUENCIES.items():
        spread = math.sqrt(share * (1 - share) / 20_000)
        assert counts[kind] / 20_000 == pytest.approx(share, abs=4 * spread)


@pytest.mark.parametrize("make", [AskNearest, AlwaysAsk, AskWhenUncertain])
@pytest.mark.parametrize("max_asks", [0, 1])
def test_no_more_questions_than_are_answered(make: type[Asker], max_asks: int) -> None:
    people = {k: (1.5 + 3.0 * k, 0.4) for k in range(4)}
    plain = Plain(make(), people, lambda _: "Go straight ahead for 5 metres.", max_asks=max_asks)
    plain.run(60.0)
    assert len(plain.asks) == max_asks
    assert plain.agent.may_ask() is False


def test_always_ask_asks_on_the_way_and_ask_nearest_does_not() -> None:
    people = {k: (x, 0.27 * x) for k, x in enumerate((1.5, 9.5, 17.5, 25.5))}
    asks = {}
    for make in (AskNearest, AlwaysAsk):
        plain = Plain(make(), people, lambda _: "Go straight ahead for 28 metres.")
        plain.run(40.0)
        asks[make] = len(plain.asks)
        assert plain.pose[0] > 10.0
    assert asks[AskNearest] == 1 and asks[AlwaysAsk] >= 2


def test_certainty_is_declared_and_what_is_hedged_is_asked_again() -> None:
    people = {0: (1.5, 0.0), 1: (4.0, 1.0)}
    sure = Plain(AskWhenUncertain(), people, lambda _: "Go straight ahead for 25 metres.")
    unsure = Plain(AskWhenUncertain(), people, lambda _: "I think you go straight ahead for 25 metres.")
    for plain in (sure, unsure):
        plain.run(25.0)
        before, after = plain.notes[:2]
        assert before["kind"] == "ask" and "followed" not in before
        assert after["followed"] is True and 0.0 < after["trust"] < 1.0  # type: ignore[operator]
        assert before["belief_entropy"] > UNCERTAIN and after["belief_entropy"] < before["belief_entropy"]  # type: ignore[operator]
    assert [person for _, person in sure.asks] == [0]
    assert [person for _, person in unsure.asks] == [0, 1]
    entropies = [note["belief_entropy"] for note in unsure.notes]
    assert entropies[-1] < entropies[1]  # type: ignore[operator]  # they agree


def test_false_directions_are_given_up_and_somebody_else_is_asked() -> None:
    """Person 0 sends the robot into the void; the belief notices there, and person 1 who stands by is asked."""
    people = {0: (1.5, 0.0), 1: (16.0, 3.0)}
    say = {0: "Go straight ahead for 15 metres.", 1: "Turn left and go for 20 metres."}
    agent = AskWhenUncertain()
    plain = Plain(agent, people, say.__getitem__)
    plain.run(100.0)
    assert [person for _, person in plain.asks[:2]] == [0, 1]
    first = next(note["trust"] for note in plain.notes if "trust" in note)
    assert agent.belief.trust[0] < 0.7 < first  # type: ignore[operator]


def test_directions_that_lead_nowhere_are_dropped() -> None:
    agent = AskWhenUncertain()
    Plain(agent, {0: (1.5, 0.0)}, lambda _: "Go straight ahead for 15 metres.").run(75.0)
    assert len(agent.belief.claims) == 1 and agent.belief.trust[0] < 0.4 and agent.follower is None


def test_what_is_trusted_less_is_not_followed() -> None:
    """Two agree, a third who is not sure contradicts them: the robot keeps its way and says so."""
    agent = AskWhenUncertain()
    plain = Plain(agent, {}, lambda _: "")
    agent.act(observe(0.0, (0, 0, 0)))
    followed = []
    for words in (
        "Go straight ahead for 40 metres.",
        "Straight on, 40 metres.",
        "I think you turn back and go 40 metres.",
    ):
        agent.asked, agent.facing = PERSON_INSTANCE_BASE, 0.0
        action = agent.act(observe(1.0, (0, 0, 0), (Heard(text=words, bearing=0.0, distance=1.5, time=1.0),)))
        followed.append(action.note["followed"])
    assert followed == [True, True, False]
    assert agent.belief.trust[2] < 0.1 < 0.9 < agent.belief.trust[0]
    assert plain.asks == []


def test_a_sign_that_says_less_than_the_name_counts_where_directions_lead() -> None:
    """Two doors say EXIT; the one to which the robot was sent is the east exit."""
    plain = Plain(AskNearest(), {0: (1.5, 0.0)}, lambda _: "Go straight ahead for 30 metres.")
    for number, (x, y) in {1: (-3.0, 3.0), 2: (31.0, 1.5)}.items():
        plain.signs[number] = Sighting(label="EXIT", x=x, y=y, normal=-math.pi / 2, width=2.5, pixels=100)
    assert plain.run(120.0).kind == "stop"
    assert math.dist(plain.pose[:2], (31.0, 0.0)) < 1.5
    middle = round(SIDE / 2)
    assert plain.agent.map.grid[middle, middle] < 0


def test_the_agents_of_the_benchmark_are_in_the_dictionary() -> None:
    assert {"oracle", "random", "never_ask", "ask_nearest", "always_ask", "ask_when_uncertain"} <= set(AGENTS)
