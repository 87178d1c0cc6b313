"""Errand sessions: the same for the same seed, honest about what can be seen, and caused by what their people are."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import fields, replace

import numpy as np
import pytest

from embodied.minds import errand_commander, errands
from embodied.minds.acts import TEACH
from embodied.minds.errand_commander import Manner, draw_manner
from embodied.minds.errand_robot import Ability, draw_ability
from embodied.minds.errand_words import describe, tell_goal
from embodied.minds.errands import STREAMS, Session, Turn, count_acts, distance_to_teach, draw_sessions, play
from embodied.minds.user_agent import Case, cases_of
from embodied.seeding import STREAMS as NUMBERS
from tests.embodied.test_operators import make_site

SITE = make_site(1, 12)


def sessions(n: int, seed: int = 0) -> list[Session]:
    return [play(SITE, np.random.default_rng([seed, k]), number=k) for k in range(n)]


@pytest.fixture(scope="module")
def many() -> list[Session]:
    return sessions(200)


def test_all_acts_occur_about_as_often_as_in_teach(many: list[Session]) -> None:
    counts = count_acts(many)
    assert set(counts) == set(TEACH) and all(count for count, _ in counts.values())
    assert distance_to_teach(counts) < 0.2
    assert distance_to_teach(TEACH) == 0.0
    only = {act: (int(act == "Deny"), 1.0) for act in TEACH}
    assert distance_to_teach(only) == pytest.approx(1.0 - TEACH["Deny"][0] / sum(count for count, _ in TEACH.values()))
    for act, (_, share) in counts.items():  # who says it is who says it in TEACh, where that is clear
        if TEACH[act][1] > 0.9:
            assert share > 0.9, act
        elif act in ("RequestForInstruction", "RequestForObjectLocationAndOtherDetails", "RequestMore"):
            assert share < 0.1, act


def test_errands_get_done_in_the_end(many: list[Session]) -> None:
    assert np.mean([session.completed for session in many]) > 0.95
    assert max(len(session.turns) for session in many) <= errands.LONGEST


def test_turns_are_in_order_and_words_name_what_is_done(many: list[Session]) -> None:
    for session in many:
        assert [turn.step for turn in session.turns] == list(range(len(session.turns)))
        times = [turn.time for turn in session.turns]
        assert times == sorted(times) and all(turn.generated_by == "template" for turn in session.turns)
        for turn in session.turns:
            assert turn.words and "{" not in turn.words
            assert (turn.kind == "say") == (turn.name in TEACH)
            assert turn.who == "robot" or turn.kind == "say"
    assert describe("put_in", ("red bottle", "box")) == "puts the red bottle into the box"
    assert tell_goal([errands.draw_mission(SITE, np.random.default_rng(0)).errands[0]]).endswith(".")


def test_a_seed_has_one_session_and_json_keeps_it() -> None:
    first, again, other = sessions(5), sessions(5), sessions(5, seed=1)
    assert first == again and first != other
    for session in first:
        copy = Session.from_dict(json.loads(json.dumps(session.to_dict())))
        assert copy.turns == session.turns and copy.goal == session.goal and copy.completed == session.completed


def test_parts_of_the_split_have_streams_layouts_and_sessions_of_their_own() -> None:
    assert len(set(STREAMS.values())) == len({NUMBERS[name] for name in STREAMS.values()}) == 3
    parts = {part: draw_sessions("corridor", part, 6, seed=0) for part in STREAMS}
    assert draw_sessions("corridor", "train", 3, seed=0) == parts["train"][:3]  # more sessions shift none
    layouts = {part: {session.layout for session in drawn} for part, drawn in parts.items()}
    assert not layouts["train"] & layouts["test"] and not layouts["dev"] & (layouts["train"] | layouts["test"])
    turns = {part: {session.turns for session in drawn} for part, drawn in parts.items()}
    assert not turns["train"] & turns["test"] and not turns["dev"] & (turns["train"] | turns["test"])
    assert all(session.part == part for part, drawn in parts.items() for session in drawn)


def test_what_user_agents_see_holds_nothing_hidden(many: list[Session]) -> None:
    assert {item.name for item in fields(Case)} == {"goal", "history"}
    assert {item.name for item in fields(Turn)} == {"step", "time", "who", "kind", "name", "words", "generated_by"}
    session = many[0]
    cases = [case for case, _ in cases_of(session)]
    assert len(cases) == len(session.turns)
    assert all(case.history == session.turns[:step] for step, case in enumerate(cases))


def with_ability(monkeypatch: pytest.MonkeyPatch, **changed: float) -> None:
    def draw(rng: np.random.Generator) -> Ability:
        return replace(draw_ability(rng), **changed)

    monkeypatch.setattr(errands, "draw_ability", draw)


def with_manner(monkeypatch: pytest.MonkeyPatch, **traits: int) -> None:
    def draw(rng: np.random.Generator) -> Manner:
        drawn = draw_manner(rng)
        return replace(drawn, traits={**drawn.traits, **traits})

    monkeypatch.setattr(errands, "draw_manner", draw)


def shares(drawn: list[Session], who: str) -> Counter[str]:
    return Counter(turn.name for session in drawn for turn in session.turns if turn.who == who)


def test_only_robots_that_err_are_corrected(monkeypatch: pytest.MonkeyPatch) -> None:
    with_ability(monkeypatch, competence=1.0)
    assert shares(sessions(40), "commander")["FeedbackNegative"] == 0
    with_ability(monkeypatch, competence=0.4)
    assert shares(sessions(40), "commander")["FeedbackNegative"] > 3


def test_a_robot_that_asks_more_searches_less(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {}
    for asks in (0.0, 1.0):
        with_ability(monkeypatch, asks=asks)
        asked[asks] = shares(sessions(40), "robot")
    question = "RequestForObjectLocationAndOtherDetails"
    assert asked[1.0][question] > 1.5 * asked[0.0][question] and asked[1.0]["search"] < 0.5 * asked[0.0]["search"]


def test_traits_decide_what_a_commander_says_and_when(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {}
    for level in (1, 5):
        with_manner(monkeypatch, sociability=level, helpfulness=level)
        found[level] = shares(sessions(40), "commander")
    assert found[5]["FeedbackPositive"] > 1.5 * found[1]["FeedbackPositive"]
    assert found[5]["Greetings/Salutations"] > 1.3 * found[1]["Greetings/Salutations"]
    impatient = {}
    for level in (1, 5):
        with_manner(monkeypatch, sociability=3, helpfulness=3, patience=level)
        drawn = sessions(40)
        impatient[level] = np.mean([s.turns[k].who == "commander" and s.turns[k - 1].name in ("go", "search")
                                    for s in drawn for k in range(1, len(s.turns))])  # fmt: skip
    assert impatient[1] > 1.3 * impatient[5]


def test_a_slow_commander_makes_robots_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    stood = shares(sessions(40), "robot")["stand"]
    monkeypatch.setattr(errand_commander, "REACTION", 3.0)
    assert shares(sessions(40), "robot")["stand"] > 2 * stood


def test_questions_are_answered(many: list[Session]) -> None:
    question, replies = "RequestForObjectLocationAndOtherDetails", []
    answers = ("InformationOnObjectDetails", "NotifyFailure", "Deny")
    for session in many:
        for turn in session.turns:
            if turn.who == "robot" and turn.name == question:
                after = session.turns[turn.step + 1 : turn.step + 6]
                replies.append(any(one.who == "commander" and one.name in answers for one in after))
    assert len(replies) > 50 and np.mean(replies) > 0.9


def test_when_it_speaks_cannot_be_told_from_the_last_event_alone(many: list[Session]) -> None:
    spoke: dict[str, list[bool]] = {}
    for session in many:
        for case, choice in cases_of(session):
            if case.history:
                spoke.setdefault(case.history[-1].name, []).append(choice.speaks)
    unsure = [name for name, answers in spoke.items() if len(answers) > 50 and 0.1 < np.mean(answers) < 0.9]
    assert len(unsure) >= 5
