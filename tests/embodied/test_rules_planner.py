"""People who plan by rules: traits that show at all five levels, reactions, replies, plans, and no endless talk."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, spearmanr

from embodied.episode import Decision, Heard, PersonObservation, Planner, Seen
from embodied.llm_schema import find_fault
from embodied.minds.behaviour_tree import build
from embodied.minds.decision import NEEDS_TARGET, SPEEDS, read, schema
from embodied.minds.needs import Needs
from embodied.minds.pace import AGES, MEN, WOMEN, speed
from embodied.minds.persona import TRAITS, Persona
from embodied.minds.robot_reactions import AGAIN, GAP_SPREAD, REACTIONS, accepted_gap
from embodied.minds.rules_planner import LEAVES, TREE, RulesPlanner
from embodied.minds.utility import Option, choose
from embodied.minds.whereabouts import find_place
from tests.embodied.lives import ANA, AROUND, ASKED, KNOWS, PLACES, decide, hazard, heard, observe, person, robot

COUNT = 300  # people of each level


# ------------------------------------------------------------------ traits

Measure = Callable[[Sequence[Decision]], float]
Make = Callable[[Persona, np.random.Generator], PersonObservation]


def share(*activities: str) -> Measure:
    return lambda decisions: float(np.mean([decision.activity in activities for decision in decisions]))


def share_of_acts(*acts: str) -> Measure:
    return lambda decisions: float(np.mean([decision.act in acts for decision in decisions]))


def mean_minutes(decisions: Sequence[Decision]) -> float:
    return float(np.mean([decision.minutes or 0.0 for decision in decisions]))


def mean_speed(decisions: Sequence[Decision]) -> float:
    return float(np.mean([decision.speed for decision in decisions if decision.speed]))


def near_robot(who: Persona, distance: float) -> PersonObservation:
    return observe(who, "robot", seen=(robot(distance),))


def near_hazard(who: Persona, rng: np.random.Generator, name: str) -> PersonObservation:
    return observe(who, "hazard", seen=(hazard(rng.uniform(1, 8), name),))


def hears(who: Persona, words: Heard) -> PersonObservation:
    return observe(who, "addressed", heard=(words,), memories=KNOWS)


def mean_gap(decisions: Sequence[Decision]) -> float:
    """The mean of the gaps below which people wait, from robots drawn evenly between 0.5 and 4.5 m."""
    waits = [decision.activity == "wait" for decision in decisions if decision.activity in ("wait", "go")]
    return 0.5 + 4.0 * float(np.mean(waits))


STANDING = tuple(Seen(id=k, kind="person", name="man", bearing=0.0, distance=k, activity="stand") for k in (1, 2, 3))
HELP = heard("Please help me to carry this.", "instruct")
LEVELS_SHOW: list[tuple[str, float, str, Make, Measure]] = [
    ("curiosity", 1, "approaches", lambda p, r: near_robot(p, r.uniform(1.5, 8)), share("approach")),
    ("caution", 1, "shuns robots", lambda p, r: near_robot(p, r.uniform(1, 8)), share("avoid", "flee")),
    ("caution", 1, "shuns hazards", lambda p, r: near_hazard(p, r, "wet floor"), share("avoid", "flee")),
    ("caution", 1, "flees", lambda p, r: near_hazard(p, r, "fire"), share("flee")),
    ("boldness", -1, "gap", lambda p, r: near_robot(p, r.uniform(0.5, 4.5)), mean_gap),
    ("boldness", 1, "goes on", lambda p, r: near_robot(p, r.uniform(1.2, 3.6)), share("go")),
    ("sociability", 1, "talks", lambda p, r: observe(p, "met", seen=(ANA,)), share("talk")),
    ("sociability", 1, "talks on", lambda p, r: hears(p, heard("Nice day.", "chat")), share_of_acts("chat", "inform")),
    ("hurry", 1, "speed", lambda p, r: observe(p, "plan"), mean_speed),
    ("hurry", -1, "talks", lambda p, r: observe(p, "met", seen=(ANA,)), share("talk")),
    ("helpfulness", 1, "answers", lambda p, r: hears(p, ASKED), share_of_acts("answer")),
    ("helpfulness", 1, "helps", lambda p, r: hears(p, HELP), share_of_acts("agree")),
    ("helpfulness", 1, "warns", lambda p, r: observe(p, "hazard", seen=(hazard(3.0), ANA)), share_of_acts("warn")),
    ("patience", 1, "stuck", lambda p, r: observe(p, "stuck"), mean_minutes),
    ("patience", 1, "queues", lambda p, r: observe(p, "stuck", seen=STANDING), mean_minutes),
]


@pytest.mark.parametrize(
    ("trait", "sign", "what", "make", "measure"), LEVELS_SHOW, ids=lambda v: v if type(v) is str else ""
)
def test_each_level_of_a_trait_shows(trait: str, sign: float, what: str, make: Make, measure: Measure) -> None:
    found = []
    for level in range(1, 6):
        rng = np.random.default_rng(7)
        people = [make(person(number, rng, **{trait: level}), rng) for number in range(COUNT)]
        found.append(measure(RulesPlanner(3).decide(people)))
    assert sign * spearmanr(range(5), found)[0] >= 0.9, f"{what}: {found}"
    assert sign * (found[4] - found[0]) > 0.12 * max(abs(value) for value in found), f"{what}: {found}"


@pytest.mark.parametrize("boldness", range(1, 6))
def test_the_gap_is_the_documented_one(boldness: int) -> None:
    """Of those who treat the robot as anybody, a log-normal share waits; closed form."""
    rng = np.random.default_rng(boldness)
    for ratio in (0.8, 1.0, 1.2):
        distance, planner = ratio * accepted_gap(boldness), RulesPlanner(11)
        people = [person(number, rng, boldness=boldness, curiosity=3, caution=2) for number in range(COUNT)]
        decisions = planner.decide([observe(who, "robot", seen=(robot(distance),)) for who in people])
        regular = [d for d in decisions if d.goal == "let the robot pass" or d.reason.startswith("treats the robot")]
        waits = sum(decision.activity == "wait" for decision in regular)
        expected = float(norm.cdf(-math.log(ratio) / GAP_SPREAD))
        assert len(regular) > 60
        assert abs(waits / len(regular) - expected) <= 4.0 * math.sqrt(expected * (1 - expected) / len(regular)) + 1e-9
    assert (accepted_gap(1), accepted_gap(5)) == pytest.approx((3.6, 1.2))


def test_choice_is_softmax() -> None:
    rng, utilities, n = np.random.default_rng(0), [0.0, 0.5, -1.0], 20_000
    found = np.bincount([choose(utilities, rng, 0.7) for _ in range(n)], minlength=3) / n
    expected = np.exp(np.array(utilities) / 0.7)
    expected /= expected.sum()
    assert np.all(np.abs(found - expected) < 4.0 * np.sqrt(expected * (1 - expected) / n))
    assert choose(utilities, rng, 0.0) == 1
    option = Option(name="x", base=1.0, weights=(("hurry", 0.5), ("caution", -0.25)))
    assert option.worth(dict.fromkeys(TRAITS, 3) | {"hurry": 5, "caution": 2}) == pytest.approx(2.25)


@given(st.integers(0, 120), st.integers(1, 5), st.floats(0.1, 3.0))
def test_speeds_are_those_of_the_sources(age: int, hurry: int, factor: float) -> None:
    who = Persona(id=1, name="A", age=age, gender="woman", traits=dict.fromkeys(TRAITS, 3) | {"hurry": hurry})
    assert SPEEDS[0] <= speed(who, factor=factor) <= SPEEDS[1] and speed(who, fast=True) > speed(who)
    assert speed(who) <= speed(replace(who, traits=who.traits | {"hurry": 5}))
    for years, woman, man in zip(AGES, WOMEN, MEN, strict=True):
        if years == int(years):
            usual = replace(who, age=int(years), traits=dict.fromkeys(TRAITS, 3))
            assert speed(usual) == pytest.approx(woman, abs=0.006)
            assert speed(replace(usual, gender="man")) == pytest.approx(man, abs=0.006)


# ------------------------------------------------------------------ what holds for every decision

EVENTS = ("addressed", "plan", "arrived", "met", "robot", "hazard", "need", "stuck", "left")
SEEN = st.one_of(
    st.builds(robot, st.floats(0.3, 12.0)),
    st.builds(hazard, st.floats(0.3, 12.0), st.sampled_from(["wet floor", "fire", "an open pit"])),
    st.just(ANA),
    st.builds(
        Seen,
        id=st.integers(1, 5),
        kind=st.just("person"),
        name=st.sampled_from(["Bo Li", "old man"]),
        bearing=st.floats(-3.0, 3.0),
        distance=st.floats(0.3, 9.0),
        activity=st.sampled_from(["walk", "stand"]),
        relation=st.sampled_from(["", "friend", "colleague"]),
    ),
)
WORDS = ("Hello!", "Where is the bakery?", "Do you want to come to the cafe?", "Step aside, please.", "Help me!", "Bye",
         "Watch out, wet floor!", "Thank you", "When does the bakery open?", "", "brrr {name} %s")  # fmt: skip
ACTS = ("", "greet", "bye", "ask", "answer", "inform", "clarify", "confirm", "agree", "refuse", "unknown", "instruct",
        "warn", "thank", "complain", "acknowledge", "chat")  # fmt: skip
HEARD = st.builds(heard, st.sampled_from(WORDS), st.sampled_from(ACTS), st.sampled_from([0, 3, 900, None]))
NEEDS = st.builds(Needs, hunger=st.floats(0, 1), energy=st.floats(0, 1), safety=st.floats(0, 1), social=st.floats(0, 1))
PLAN = st.tuples(
    st.sampled_from(["work", "stroll", "eat"]), st.sampled_from([*PLACES, "square", ""]), st.integers(0, 1439)
)


@st.composite
def observations(draw: st.DrawFn, persons: int = 3) -> PersonObservation:
    number = draw(st.integers(0, persons - 1))
    who = draw(st.sampled_from([None, person(number, np.random.default_rng(draw(st.integers(0, 50))))]))
    seen = sorted(draw(st.lists(SEEN, max_size=4)), key=lambda seen: seen.distance)
    return observe(
        who,
        draw(st.sampled_from(EVENTS)),
        person_id=number,
        time=draw(st.floats(0.0, 1000.0)),
        seen=tuple(seen),
        heard=tuple(draw(st.lists(HEARD, max_size=2))),
        needs=draw(st.none() | NEEDS),
        plan=tuple(draw(st.lists(PLAN, max_size=2))),
        memories=draw(st.sampled_from([(), KNOWS])),
        minute=draw(st.integers(0, 1439)),
        around=draw(st.sampled_from([AROUND, (), (0.0, 1.0, 500.0, 2.0, 2.5)])),
    )


@settings(max_examples=50, deadline=None)
@given(st.lists(observations(), min_size=1, max_size=10), st.integers(0, 5))
def test_decisions_fit_the_schema_and_do_not_depend_on_the_batch(seen: list[PersonObservation], seed: int) -> None:
    planner: Planner = RulesPlanner(seed)
    decisions = planner.decide(seen)
    alone = RulesPlanner(seed)
    for person_id in sorted({observation.person_id for observation in seen}, reverse=True):
        own = [k for k, observation in enumerate(seen) if observation.person_id == person_id]
        assert [alone.decide([seen[k]])[0] for k in own] == [decisions[k] for k in own]
    for observation, decision in zip(seen, decisions, strict=True):
        names = ("goal", "activity", "target", "speed", "minutes", "utterance", "act", "reason")
        value = {name: getattr(decision, name) for name in names} | {"hazards": list(decision.hazards)}
        assert find_fault(value, schema(observation)) == ""
        if decision.target or decision.activity not in NEEDS_TARGET:
            again = read(value, observation, "rules")
            assert replace(again, generated_by=decision.generated_by) == decision
        else:
            assert decision.hazards, "nothing else is avoided without being a target"
        assert decision.decided_by == "rules" and decision.goal and decision.reason
        assert decision.generated_by == ("template" if decision.utterance else "")
        assert decision.hazards == tuple(dict.fromkeys(s.name for s in observation.seen if s.kind == "hazard"))


def test_the_tree_is_json_and_every_leaf_is_used() -> None:
    leaves = {**LEAVES, "answer_way": lambda moment: False}
    assert build(json.loads(json.dumps(TREE)), leaves).document == TREE
    named = set(json.dumps(TREE).replace('"', " ").split())
    assert set(leaves) - named <= {"is_regular"}


def test_without_noise_people_of_the_same_traits_choose_the_same() -> None:
    rng = np.random.default_rng(0)
    traits = dict.fromkeys(TRAITS, 3) | {"caution": 5}
    people = [person(number, rng, **traits) for number in range(30)]
    found = RulesPlanner(0, temperature=0.0).decide([observe(who, "hazard", seen=(hazard(5.0),)) for who in people])
    assert {decision.activity for decision in found} == {"avoid"}
    with pytest.raises(ValueError, match=r"^temperature: expected 0 or more, got -1"):
        RulesPlanner(0, temperature=-1)


# ------------------------------------------------------------------ robots and hazards


def test_all_six_reactions_come_and_are_what_they_are_called() -> None:
    rng, found = np.random.default_rng(0), Counter[str]()
    wanted = {
        "surprised": ("wait", "is surprised by the robot"), "curious": ("approach", "is curious about the robot"),
        "scared": ("avoid", "is scared of the robot"), "threatening": ("approach", "does not want the robot here"),
        "impassive": ("go", "minds the robot no more"), "regular": ("go", "treats the robot like anybody"),
    }  # fmt: skip
    for decision in RulesPlanner(1).decide(
        [observe(person(k, rng), "robot", seen=(robot(6.0),)) for k in range(800)]
    ):  # fmt: skip
        for name, (activity, reason) in wanted.items():
            if decision.reason.startswith(reason):
                found[name] += 1
                assert decision.activity == activity
                assert decision.target == ("office" if activity == "go" else "robot")
                assert (decision.minutes is None) == (activity == "go") and (decision.minutes or 0.0) < 1.0
    assert set(found) == set(wanted) == {option.name for option in REACTIONS} and found.total() == 800


@pytest.mark.parametrize("seed", range(8))
def test_nobody_reacts_for_ever(seed: int) -> None:
    """A robot stands 2 m off, and comes to mind each second: reactions end, and rest for as long as they should."""
    rng = np.random.default_rng(seed)
    planner, who = RulesPlanner(seed), person(1, rng, curiosity=5, boldness=3)
    reacts = []
    for time in range(200):
        decision = planner.decide([observe(who, "robot", time=float(time), seen=(robot(2.0),))])[0]
        reacts.append(decision.target == "robot")
    starts = [k for k in range(1, 200) if reacts[k] and not reacts[k - 1]]
    assert all(b - a >= AGAIN for a, b in pairwise(starts))
    assert sum(reacts) <= 5 * 21


def test_the_curious_come_near_then_look_then_go_on() -> None:
    planner, who = (
        RulesPlanner(0, temperature=0.0),
        person(1, np.random.default_rng(0), curiosity=5, caution=1, boldness=5),
    )
    told = []
    for time in range(30):
        seen = (robot(max(5.0 - 0.5 * time, 1.0)),)
        told.append(planner.decide([observe(who, "robot", time=float(time), seen=seen)])[0])
    activities = [decision.activity for decision in told]
    assert activities == ["approach"] * 8 + ["wait"] * 12 + ["go"] * 10
    slowest = min(d.speed for d in told if d.activity == "go" and d.speed)
    assert all(decision.speed < 0.6 * slowest for decision in told[:8] if decision.speed)
    planner = RulesPlanner(0, temperature=0.0)
    planner.decide([observe(who, "robot", seen=(robot(5.0),))])
    gone = planner.decide([observe(who, "plan", time=101.0)])[0]
    assert gone.activity == "go", "the robot is gone, and so is the interest"


def test_danger_comes_before_robots_and_these_before_words_of_friends() -> None:
    cautious = person(1, np.random.default_rng(0), caution=5, boldness=1, helpfulness=5)
    both = observe(cautious, "robot", seen=(robot(1.0), hazard(2.0, "fire"), ANA), heard=(heard("Hi", "greet"),))
    told = decide(both, temperature=0.0)
    assert (told.activity, told.target, told.hazards, told.act) == ("flee", "", ("fire",), "warn")
    assert "fire" in told.utterance.lower()
    assert told.speed is not None and told.speed > speed(cautious), "it runs"
    calm = replace(both, seen=(robot(1.0), ANA), heard=())
    assert decide(calm, temperature=0.0).target == "robot"
    assert decide(replace(calm, heard=both.heard), temperature=0.0).activity == "talk", "who is spoken to answers"
    planner = RulesPlanner(0, temperature=0.0)
    planner.decide([both])
    assert planner.decide([replace(both, time=110.0)])[0].act == "greet", "the fire has been seen to"


# ------------------------------------------------------------------ plans and needs


def test_people_do_what_is_planned() -> None:
    who = person(1, np.random.default_rng(0), hurry=3)
    planner = RulesPlanner(0)
    goes = planner.decide([observe(who, "plan")])[0]
    assert (goes.activity, goes.target, goes.goal) == ("go", "office", "work at the office")
    waits = planner.decide([observe(who, "arrived", time=400.0, minute=605)])[0]
    assert (waits.activity, waits.target, waits.minutes) == ("wait", "office", 115.0)
    there = decide(observe(who, "plan", around=(9.0, 9.0, 9.0, 9.0, 2.0)))
    assert (there.activity, there.minutes) == ("wait", 120.0)
    nowhere = decide(observe(who, "plan", plan=(("pray", "temple", 700),)))
    assert nowhere.activity == "wait" and "knows no place" in nowhere.reason
    later = decide(observe(who, "left", plan=(("work", "office", 599), ("eat", "cafe", 700))))
    assert later.target == "cafe", "what is over is over"


def test_a_need_is_met_where_it_can_be() -> None:
    rng = np.random.default_rng(0)
    people = [person(k, rng) for k in range(60)]
    planner = RulesPlanner(0)
    hungry = {"needs": Needs(hunger=0.05), "plan": (("stroll", "city park", 700),)}
    found = planner.decide([observe(p, "need", **hungry) for p in people])
    assert Counter(d.target for d in found).most_common(1)[0][0] == "home" and found[0].goal == "eat at home"
    eats = [k for k, decision in enumerate(found) if decision.target == "home"]
    after = planner.decide([observe(people[k], "arrived", time=300.0, **hungry) for k in eats])
    assert {(d.activity, d.goal, d.minutes) for d in after} == {("wait", "eat", 30.0)}
    away = {"places": ("cafe", "city park"), "around": (60.0, 200.0)}
    found = RulesPlanner(0).decide([observe(p, "need", **(hungry | away)) for p in people])
    assert Counter(decision.target for decision in found).most_common(1)[0][0] == "cafe", "the nearest like it"


def test_places_are_found_by_name_or_likeness_and_the_nearest_wins() -> None:
    who = person(1, np.random.default_rng(0))
    seen = observe(
        who, "plan", places=("park", "Plaza", "cafe 1", "cafe 2", "drugstore"), around=(50.0, 30.0, 20.0, 10.0, 5.0)
    )
    assert find_place("park", seen, who) == ("park", 50.0), "the same name comes before what is nearer"
    assert find_place("square", seen, who) == ("Plaza", 30.0)
    assert find_place("cafe", seen, who)[0] == "cafe 2"
    assert find_place("moon", seen, who)[0] == find_place("", seen, who)[0] == ""
    resident = replace(who, home="old town")
    assert find_place("home", replace(seen, places=("old town",), around=(7.0,)), resident) == ("old town", 7.0)


def test_who_is_stuck_again_and_again_takes_another_way() -> None:
    rng = np.random.default_rng(0)
    people = [person(k, rng, patience=4) for k in range(100)]
    planner, waiting = RulesPlanner(0), []
    for time in range(0, 400, 40):
        told = planner.decide([observe(who, "stuck", time=float(time)) for who in people])
        waiting.append([decision.activity == "wait" for decision in told])
    runs = np.array(waiting)
    assert runs[0].mean() > 0.6 and not runs.all(axis=0).any(), "nobody waits for ever"
