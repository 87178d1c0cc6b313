"""What people say who plan by rules: answers to each act, memories, invitations, ways, and talks that end."""

from __future__ import annotations

import numpy as np
import pytest

from embodied.episode import Decision, PersonObservation, Seen
from embodied.minds.replies import read_act, recall
from embodied.minds.rules_planner import RulesPlanner
from embodied.minds.sayings import SAYINGS
from tests.embodied.lives import ANA, ASKED, KNOWS, heard, observe, person, robot

ANSWERED: dict[tuple[str, str], set[str]] = {
    ("Hello!", "greet"): {"greet"},
    ("Bye!", "bye"): {"bye"},
    ("When does the bakery open?", "ask"): {"answer", "refuse"},
    ("Do you want to come with me?", "ask"): {"refuse"},
    ("Please help me.", "instruct"): {"agree", "refuse"},
    ("Please let me pass.", "instruct"): {"agree", "refuse"},
    ("Careful, ice!", "warn"): {"thank"},
    ("Thanks!", "thank"): {"acknowledge"},
    ("It is at six.", "answer"): {"thank"},
    ("It is warm today.", "chat"): {"chat", "inform", "bye"},
    ("You are in my way!", "complain"): {"acknowledge"},
    ("No.", "refuse"): {"acknowledge"},
    ("I see.", "acknowledge"): {""},
}


@pytest.mark.parametrize(("said", "acts"), ANSWERED.items(), ids=lambda v: v[0] if isinstance(v, tuple) else "")
def test_each_act_has_its_answers(said: tuple[str, str], acts: set[str]) -> None:
    rng = np.random.default_rng(0)
    seen = [
        observe(person(k, rng), "addressed", heard=(heard(*said),), seen=(ANA,), memories=KNOWS) for k in range(150)
    ]  # fmt: skip
    decisions = RulesPlanner(2).decide(seen)
    assert {decision.act for decision in decisions} == acts
    if acts != {""}:
        assert len({decision.utterance for decision in decisions}) >= 3, "not all say the same"


@pytest.mark.parametrize(
    ("text", "act", "meant"),
    [
        ("Good morning", "", "greet"), ("Thanks a lot", "", "thank"), ("Goodbye", "", "bye"),
        ("Where is the station?", "", "ask"), ("Watch out for the cable!", "", "warn"),
        ("Shall we go to the park?", "ask", "invite"), ("May I pass?", "ask", "aside"),
        ("Could you help me?", "ask", "help"), ("Bring me the box.", "instruct", "help"),
        ("Nice weather.", "chat", "chat"), ("Well, the weather is what it always is here.", "", "chat"),
    ],
)  # fmt: skip
def test_words_are_understood(text: str, act: str, meant: str) -> None:
    assert read_act(text, act) == meant


def test_who_remembers_answers_with_it_and_nobody_makes_things_up() -> None:
    assert recall("When does the bakery open?", KNOWS) == "The bakery opens at six."
    assert recall("Who won the football match?", KNOWS) == recall("When does the bakery open?", ()) == ""
    rng = np.random.default_rng(0)
    people = [person(k, rng, helpfulness=5) for k in range(60)]
    for memories, act in ((KNOWS, "answer"), (KNOWS[:1], "unknown")):
        told = RulesPlanner(0).decide([observe(p, "addressed", heard=(ASKED,), memories=memories) for p in people])
        willing = [decision for decision in told if decision.act != "refuse"]
        assert len(willing) > 30 and {decision.act for decision in willing} == {act}
        assert all(("The bakery opens at six." in d.utterance) == (act == "answer") for d in willing)


def test_invitations_are_for_those_who_have_time() -> None:
    rng = np.random.default_rng(0)
    people = [person(k, rng, sociability=5, hurry=1) for k in range(40)]
    for words, target in (("Come with me!", "person 900"), ("Shall we go to the cafe?", "cafe")):
        asked = {"heard": (heard(words, "ask"),), "seen": (ANA,)}
        free = RulesPlanner(0).decide(
            [observe(p, "addressed", plan=(("stroll", "square", 700),), **asked) for p in people]
        )
        assert {d.target for d in free if d.act == "agree"} == {target} and sum(d.act == "agree" for d in free) > 25
        busy = RulesPlanner(0).decide([observe(p, "addressed", **asked) for p in people])
        assert {decision.act for decision in busy} == {"refuse"}
        assert any("work" in decision.utterance for decision in busy)


def test_ways_are_told_by_who_tells_ways() -> None:
    asked: list[str] = []

    def answer_way(observation: PersonObservation) -> Decision | None:
        asked.append(observation.heard[-1].text)
        return Decision(activity="talk", utterance="Left.", act="answer", generated_by="template")

    planner = RulesPlanner(0, answer_way=answer_way)
    who = person(1, np.random.default_rng(0))
    for text, speaker, told in (
        ("Where is the bakery?", 0, True),
        ("Where is the bakery?", None, True),
        ("Pardon?", 0, True),
        ("Hello!", 0, False),
        ("Please let me pass.", 0, False),
        ("Where is the bakery?", 900, False),
    ):
        asked.clear()
        decision = planner.decide(
            [observe(who, "addressed", heard=(heard(text, speaker=speaker),), seen=(robot(1.5),))]
        )[0]
        assert (decision.utterance == "Left.") == bool(asked) == told, text
    silent = RulesPlanner(0, answer_way=lambda _: None)
    seen = observe(who, "addressed", heard=(heard("Where is the bakery?", speaker=0),))
    assert silent.decide([seen]) == RulesPlanner(0).decide([seen])


@pytest.mark.parametrize("seed", range(30))
def test_two_who_talk_come_to_an_end(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pair = [person(1, rng, sociability=5, hurry=1), person(2, rng, sociability=5)]
    planner, said, speaker = RulesPlanner(seed), heard("Hello!", "greet", speaker=2), 0
    for turn in range(60):
        who, other = pair[speaker], pair[1 - speaker]
        seen = (Seen(id=other.id, kind="person", name=other.name, bearing=0.0, distance=1.5, relation="friend"),)
        found = planner.decide(
            [observe(who, "addressed", time=100.0 + 4 * turn, heard=(said,), seen=seen, memories=KNOWS)]
        )
        if not found[0].utterance:
            break
        said, speaker = heard(found[0].utterance, found[0].act, speaker=who.id), 1 - speaker
    assert turn < 59 and found[0].activity == "go"


def test_a_friend_is_greeted_by_name_and_once() -> None:
    planner, who = RulesPlanner(0, temperature=0.0), person(1, np.random.default_rng(0), sociability=5, hurry=1)
    first = planner.decide([observe(who, "met", seen=(ANA,))])[0]
    assert (first.activity, first.target, first.act) == ("talk", "person 900", "greet") and "Ana" in first.utterance
    assert planner.decide([observe(who, "met", time=150.0, seen=(ANA,))])[0].activity == "go"


def test_sayings_have_gaps_that_are_filled() -> None:
    slots = {"name": " Ana", "daytime": "morning", "hazard": "fire", "doing": "work", "memory": "It rains."}
    for name, options in SAYINGS.items():
        assert len(set(options)) == len(options) >= 3, name
        for words in options:
            assert "{" not in words.format(**slots) and words[-1] in ".!?}"
