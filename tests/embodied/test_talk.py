"""What is said in simulated time, and what the log tells of it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from crowd.trajectory import CrowdState
from embodied.episode import Decision, PersonObservation
from embodied.talk import EARSHOT, REACTION, Talk, Utterance, hear, speaking_time
from scenes.backend import RobotState

ROBOT = RobotState(x=0.0, y=0.0, yaw=0.0, v=0.0, w=0.0)


class Clerk:
    """Answers everybody the same."""

    def decide(self, observation: PersonObservation) -> Decision:
        return Decision(activity="talk", utterance="Over there.", act="answer", facts={"truth": "true", "knows": True})


def crowd(*spots: tuple[float, float]) -> CrowdState:
    count = len(spots)
    return CrowdState(
        person_ids=np.arange(1, count + 1), positions=np.array(spots, dtype=float), velocities=np.zeros((count, 2)),
        yaws=np.zeros(count), radii=np.full(count, 0.25), groups=np.full(count, -1, dtype=np.int32),
        goals=np.full((count, 2), np.nan), activities=("stand",) * count,
    )  # fmt: skip


def started(max_asks: int | None = None) -> tuple[Talk, list[dict[str, Any]]]:
    events: list[dict[str, Any]] = []
    return Talk(lambda type, **fields: events.append({"type": type, **fields}), lambda _: Clerk(), max_asks), events


def ask(talk: Talk, people: CrowdState, time: float = 0.0) -> None:
    talk.ask(time, "Where is the bank?", ROBOT, people, np.ones(len(people.person_ids), dtype=bool), 2.0)


def test_the_nearest_is_asked_and_the_log_says_how_far_off() -> None:
    talk, events = started()
    ask(talk, crowd((1.9, 0.0), (0.9, 1.2), (3.0, 0.0)))
    (speech,) = [event for event in events if event["type"] == "speech"]
    assert (speech["addressee"], speech["hearers"], speech["act"]) == (2, [2], "ask")
    assert speech["distance"] == pytest.approx(1.5)
    assert talk.orders[2].kind == "hold" and list(talk.orders) == [2]


def test_to_nobody() -> None:
    talk, events = started()
    ask(talk, crowd((2.5, 0.0)))
    (speech,) = events
    assert (speech["addressee"], speech["distance"], speech["hearers"]) == (-1, None, [])
    assert talk.update(10.0, ROBOT, crowd((2.5, 0.0)), {1: 0.0}) == () and not talk.going_on


def test_question_and_answer_take_their_time() -> None:
    talk, events = started()
    people = crowd((1.5, 0.0))
    ask(talk, people)
    asked = speaking_time("Where is the bank?")
    assert talk.update(asked - 0.01, ROBOT, people, {1: 0.0}) == () and talk.activity(1, "stand") == "listen"
    assert talk.update(asked, ROBOT, people, {1: 0.0}) == () and talk.activity(1, "stand") == "talk"
    end = asked + REACTION + speaking_time("Over there.")
    (heard,) = talk.update(end, ROBOT, people, {1: 0.0})
    assert heard.text == "Over there." and heard.distance == pytest.approx(1.5)
    (answer,) = [event for event in events if event["type"] == "answer"]
    assert answer == {
        "type": "answer", "entity": 1, "question": "Where is the bank?", "truth": "true", "knows": True,
    }  # fmt: skip
    assert not talk.going_on and talk.orders[1].kind == "resume"


@pytest.mark.parametrize("point_at", [None, (3.0, 4.0, 1.2)])
def test_whoever_answers_speaks_also_while_pointing_and_only_until_the_words_end(
    point_at: tuple[float, float, float] | None,
) -> None:
    talk, _ = started()
    clerk = Clerk()
    talk._mind_of = lambda _: clerk
    clerk.decide = lambda observation: Decision(  # type: ignore[method-assign]
        activity="talk", utterance="Over there.", act="answer", facts={"truth": "true", "knows": True},
        point_at=point_at,
    )  # fmt: skip
    people = crowd((1.5, 0.0))
    ask(talk, people)
    assert talk.cues[1].kind == "listen" and not talk.cues[1].spoken
    asked = speaking_time("Where is the bank?")
    talk.update(asked, ROBOT, people, {1: 0.0})
    assert talk.cues[1].kind == ("talk" if point_at is None else "point") and talk.cues[1].spoken
    talk.update(asked + REACTION + speaking_time("Over there."), ROBOT, people, {1: 0.0})
    assert 1 not in talk.cues


@pytest.mark.parametrize("most", [0, 1, 3])
def test_more_questions_than_are_allowed_are_not_said(most: int) -> None:
    talk, events = started(most)
    people = crowd((1.5, 0.0))
    for _ in range(5):
        ask(talk, people)
    kinds = [event["type"] for event in events]
    assert kinds.count("speech") == most and kinds.count("ask_denied") == 5 - most
    assert kinds[-1] == "ask_denied" and events[-1]["text"] == "Where is the bank?"
    if most == 0:
        assert not talk.going_on and not talk.orders and not talk.cues


def test_out_of_earshot() -> None:
    words = Utterance(speaker=1, addressee=0, text="Hello.", end=1.0)
    for angle in np.linspace(-3.0, 3.0, 7).tolist():
        spot = (5.0 * math.cos(angle), 5.0 * math.sin(angle))
        heard = hear(words, spot, (0.0, 0.0, 0.4))
        assert heard is not None and heard.bearing == pytest.approx(math.remainder(angle - 0.4, 2 * math.pi))
    assert hear(words, (EARSHOT + 0.1, 0.0), (0.0, 0.0, 0.0)) is None
    assert hear(words, (math.nan, math.nan), (0.0, 0.0, 0.0)) is None
