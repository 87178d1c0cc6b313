"""Reflection and plans: thoughts with their evidence, days without gaps, and what happens when something happens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embodied.minds.demography import read_demography
from embodied.minds.memory import HOUR, Memory, MemoryStore
from embodied.minds.needs import NEEDS, THRESHOLDS, Needs
from embodied.minds.persona import TRAITS, Occupation, Persona, ScheduleEntry
from embodied.minds.planning import DAY, DayPlan, Step, needs_after, plan_day, replan
from embodied.minds.population import draw_people
from embodied.minds.reflection import LASTS, Thought, reflect

WORKER = Persona(
    id=1,
    name="Ana Silva",
    age=40,
    gender="woman",
    home="old town",
    occupation=Occupation(title="baker", organisation="bakery"),
    routine=(
        ScheduleEntry(start=8.5, end=12.0, activity="work", place="bakery"),
        ScheduleEntry(start=13.0, end=17.25, activity="work", place="bakery"),
        ScheduleEntry(start=19.0, end=20.0, activity="sing", place="school"),
    ),
)


def morning() -> MemoryStore:
    """Return what person 1 remembers of a morning: Rosa three times, two failures, a fountain, and a lot of rain."""
    store = MemoryStore(":memory:")
    events = (
        ("chat", "Rosa told me about her garden", ("I", "talk to", "Rosa")),
        ("event", "I could not find the post office", ("I", "look for", "post office")),
        ("event", "the fountain is dry", None),
        ("chat", "Rosa asked me for the time", ("I", "talk to", "Rosa")),
        ("event", "children play at the fountain", None),
        ("event", "I failed to open the post office door", ("I", "open", "post office")),
        ("event", "I met Omar", ("I", "met", "Omar")),
        ("event", "I met Rosa again", ("I", "met", "Rosa")),
        ("event", "somebody sat by the fountain", None),
    )
    for k, (kind, text, triple) in enumerate(events):
        store.add(1, kind, text, time=k * 60.0, importance=4.0, triple=triple)  # type: ignore[arg-type]
    store.add(2, "event", "of another", time=0.0, importance=10.0)
    return store


# ---------------------------------------------------------------- reflection


def test_thoughts_cite_what_they_are_drawn_from() -> None:
    store = morning()
    thoughts = store.find(reflect(store, 1, now=HOUR, trigger=36.0))
    assert [(thought.triple, thought.evidence) for thought in thoughts] == [
        (("I", "fails at", "post office"), (2, 6)),
        (("I", "meets", "Rosa"), (1, 4, 8)),
        (("I", "meets", "Omar"), (7,)),
        (("I", "notices", "fountain"), (3, 5, 9)),
    ]
    assert "twice" in thoughts[0].text and "Rosa 3 times" in thoughts[1].text and "3 times" in thoughts[3].text
    assert all(thought.kind == "thought" and thought.expires == HOUR + LASTS for thought in thoughts)
    assert all(1.0 <= thought.importance <= 10.0 for thought in thoughts)
    assert thoughts[1].importance > thoughts[2].importance, "what is often is important"


def test_nobody_reflects_before_enough_has_happened() -> None:
    store = morning()
    assert reflect(store, 1, now=HOUR, trigger=36.1) == () and reflect(store, 1, now=HOUR) == ()
    assert reflect(store, 1, now=3.0 * 60.0, trigger=17.0) == (), "what is yet to come does not count"
    assert reflect(store, 1, now=HOUR, trigger=36.0)
    assert reflect(store, 1, now=HOUR, trigger=1.0) == (), "neither what was reflected on nor thoughts are new"
    store.add(1, "event", "I met Omar", time=HOUR, importance=10.0, triple=("I", "met", "Omar"))
    assert reflect(store, 1, now=HOUR, trigger=10.5) == ()
    (again,) = store.find(reflect(store, 1, now=HOUR, trigger=10.0))
    assert again.evidence == (11 + 4, 13) and again.text.endswith("It was so before, too."), "thoughts on thoughts"
    with pytest.raises(ValueError, match="trigger"):
        reflect(store, 1, now=HOUR, trigger=0.0)


def test_reflecting_is_the_same_every_time() -> None:
    runs = []
    for _ in range(2):
        store = morning()
        runs.append(store.find(reflect(store, 1, now=HOUR, trigger=30.0)))
    assert runs[0] == runs[1]


class Inventor:
    """Cites what nobody remembers."""

    def reflect(self, new: Sequence[Memory], thoughts: Sequence[Memory]) -> tuple[Thought, ...]:
        return (
            Thought(text="I am well", importance=5.0, evidence=(new[0].id,)),
            Thought(text="I am king", importance=5.0, evidence=(10,)),  # a memory of somebody else
        )


def test_thoughts_without_evidence_are_refused_and_nothing_is_kept() -> None:
    store = morning()
    with pytest.raises(ValueError, match=r"expected ids of what was reflected on, got \[10\] for 'I am king'"):
        reflect(store, 1, now=HOUR, trigger=10.0, reflector=Inventor())
    assert all(memory.kind != "thought" for memory in store.of(1, now=HOUR))
    assert len(reflect(store, 1, now=HOUR, trigger=10.0)) == 4, "it can still reflect"


# ---------------------------------------------------------------- plans


def check(plan: DayPlan, persona: Persona) -> None:
    """Check that a plan covers the day and keeps the routine."""
    assert plan.steps[0].start == 0 and plan.steps[-1].end == DAY
    assert all(a.end == b.start for a, b in zip(plan.steps, plan.steps[1:], strict=False))
    for entry in persona.routine:
        minutes = range(round(entry.start * 60), round(entry.end * 60))
        assert {(plan.at(m).activity, plan.at(m).place) for m in minutes} == {(entry.activity, entry.place)}


def test_a_day_is_covered_and_keeps_the_routine() -> None:
    plan = plan_day(WORKER)
    check(plan, WORKER)
    assert plan == plan_day(WORKER)
    assert sum(step.end - step.start for step in plan.steps if step.activity == "sleep") >= 8 * 60
    assert sum(step.activity == "eat" for step in plan.steps) >= 3
    assert {step.reason for step in plan.steps} >= {"night", "routine", "hunger", "free"}
    assert plan_day(replace(WORKER, routine=())).at(9 * 60).activity != "work"


def test_days_of_a_town_meet_their_needs() -> None:
    people = draw_people(read_demography(), 120, np.random.default_rng(6))
    worst = dict.fromkeys(NEEDS, 1.0)
    for person in people:
        plan = plan_day(person)
        check(plan, person)
        needs = person.needs
        for step in plan.cut(30):
            needs = needs_after(needs, [step])
            worst = {name: min(worst[name], getattr(needs, name)) for name in NEEDS}
    assert all(worst[name] > THRESHOLDS[name] - 0.2 for name in NEEDS), worst
    assert len({plan_day(person).steps for person in people}) > 100, "people differ"


def test_needs_and_traits_make_the_day() -> None:
    hungry = plan_day(WORKER, Needs(hunger=0.0))
    up = next(step for step in hungry.steps if step.activity != "sleep")
    assert (up.activity, up.reason) == ("eat", "hunger")
    free = {}
    for trait in ("curiosity", "sociability", "boldness"):
        person = replace(WORKER, routine=(), traits=dict.fromkeys(TRAITS, 1) | {trait: 5})
        free[trait] = next(step.activity for step in plan_day(person).steps if step.reason == "free")
    assert free == {"curiosity": "stroll", "sociability": "meet friends", "boldness": "do sport"}
    child = replace(WORKER, age=8, routine=(), occupation=None)
    assert plan_day(child).at(20 * 60 + 30).activity == "sleep" != plan_day(WORKER).at(20 * 60 + 30).activity


def test_a_plan_is_cut_into_hours_and_minutes() -> None:
    plan = plan_day(WORKER)
    for minutes in (60, 15, 7):
        pieces = plan.cut(minutes)
        assert DayPlan(steps=pieces) and all(piece.end - piece.start <= minutes for piece in pieces)
        assert all(plan.at(piece.start).activity == piece.activity for piece in pieces)
        assert set(range(0, DAY, minutes)) <= {piece.start for piece in pieces}
    with pytest.raises(ValueError, match="minutes"):
        plan.cut(0)
    with pytest.raises(ValueError, match="minute"):
        plan.at(DAY)


def test_when_something_happens_the_rest_is_planned_anew() -> None:
    plan = plan_day(WORKER)
    new = replan(plan, WORKER, minute=9 * 60, activity="help a stranger", place="square", minutes=45)
    assert [new.at(m) for m in range(8 * 60 + 59)] == [plan.at(m) for m in range(8 * 60 + 30)] + [
        replace(plan.at(8 * 60 + 30), end=9 * 60)
    ] * 29
    assert new.at(9 * 60) == Step(start=540, end=585, activity="help a stranger", place="square", reason="event")
    assert new.at(585) == Step(start=585, end=720, activity="work", place="bakery", reason="routine")
    check(new, replace(WORKER, routine=WORKER.routine[1:]))
    twice = replan(new, WORKER, minute=9 * 60 + 10, activity="call the police", place="square", minutes=10)
    assert [twice.at(m).activity for m in (545, 550, 559, 560, 584, 585)] == [
        "help a stranger", "call the police", "call the police", "help a stranger", "help a stranger", "work",
    ]  # fmt: skip
    starving = replan(plan, WORKER, minute=17 * 60 + 20, activity="wait", place="", minutes=5, needs=Needs(hunger=0.0))
    assert starving.at(17 * 60 + 25).activity == "eat"
    late = replan(plan, WORKER, minute=DAY - 5, activity="wait", place="", minutes=60)
    assert late.steps[-1] == Step(start=DAY - 5, end=DAY, activity="wait", place="", reason="event")
    for minute, minutes, activity in ((DAY, 5, "wait"), (-1, 5, "wait"), (5, 0, "wait"), (5, 5, " ")):
        with pytest.raises(ValueError, match="expected"):
            replan(plan, WORKER, minute=minute, activity=activity, place="", minutes=minutes)


@given(
    st.lists(st.integers(0, 95), min_size=0, max_size=8, unique=True),
    st.integers(0, DAY - 1),
    st.integers(1, DAY),
    st.fixed_dictionaries({name: st.floats(0.0, 1.0) for name in NEEDS}),
    st.integers(3, 90),
)
@settings(max_examples=150, deadline=None)
def test_any_day_can_be_planned(
    quarters: list[int], minute: int, minutes: int, levels: dict[str, float], age: int
) -> None:
    cuts = sorted(quarters)
    routine = tuple(
        ScheduleEntry(start=a / 4, end=b / 4, activity=f"do {a}", place="here")
        for a, b in zip(cuts[::2], cuts[1::2], strict=False)
    )
    person = Persona(id=1, name="A", age=age, gender="man", routine=routine, needs=Needs(**levels))
    plan = plan_day(person)
    check(plan, person)
    new = replan(plan, person, minute=minute, activity="react", place="there", minutes=minutes)
    assert new.steps[0].start == 0 and new.steps[-1].end == DAY
    end = min(minute + minutes, DAY)
    assert {new.at(m).activity for m in range(minute, end)} == {"react"}
    assert all(new.at(m).activity == plan.at(m).activity for m in range(minute))
    for entry in routine:
        for m in range(round(entry.start * 60), round(entry.end * 60)):
            assert minute <= m < end or new.at(m).activity == entry.activity


def test_a_plan_with_a_gap_is_refused() -> None:
    steps = plan_day(WORKER).steps
    for wrong in (steps[1:], steps[:-1], steps[:3] + steps[4:], (*steps[:2], steps[1], *steps[2:])):
        with pytest.raises(ValueError, match="steps: expected"):
            DayPlan(steps=wrong)
