"""Days of a small town: every fact has a chain of tellings, without memory none spreads, one seed gives one history."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from embodied.minds.acquaintance import acquaint
from embodied.minds.demography import read_demography
from embodied.minds.gatherings import GOING, Gathering
from embodied.minds.memory import MemoryStore
from embodied.minds.news import Fact, Triple, known_facts, recall
from embodied.minds.persona import Persona
from embodied.minds.planning import DAY
from embodied.minds.population import draw_people
from embodied.minds.reflection import RulesReflector
from embodied.minds.town import MOST, SECONDS, TownLife, source_of
from embodied.seeding import stream

PEOPLE, SEED = 12, 3
END = DAY * SECONDS  # s, of the first day


@cache
def population(number: int = PEOPLE) -> tuple[Persona, ...]:
    people = draw_people(read_demography(), number, stream(SEED, "minds", 0))
    return acquaint(people, stream(SEED, "acquaintances"))


def candidacy() -> tuple[int, Fact]:
    person = max(population(), key=lambda person: (person.age >= 25) * person.traits["sociability"])
    triple = (person.name, "is running for", "mayor")
    return person.id, Fact(text=f"{person.name} is running for mayor.", triple=triple, importance=9.0)


def party() -> tuple[int, Gathering]:
    host = max(population(), key=lambda person: (person.id != candidacy()[0]) * len(person.relationships))
    return host.id, Gathering(host=host.name, what="a party", place="cafe", day=2, start=17 * 60, end=19 * 60)


@cache
def lived(*, memory: bool = True, days: int = 2) -> TownLife:
    life = TownLife(population(), stream(SEED, "minds", 2), memory=memory)
    life.tell(*candidacy())
    host, gathering = party()
    life.tell(host, gathering.fact(8.0))
    life.live(days)
    return life


def everything(life: TownLife) -> bytes:
    memories = [life.store.of(number, now=2 * END) for number in life.people]
    return repr((memories, life.talks, life.tellings, sorted(life.plans.items()))).encode()


def informed(life: TownLife) -> set[int]:
    _, fact = candidacy()
    answers = {number: recall(life.store, who, "running for mayor", now=2 * END) for number, who in life.people.items()}
    return {number for number, answer in answers.items() if answer is not None and answer[1].triple == fact.triple}


def test_news_spread_and_everybody_asked_was_told() -> None:
    life, (source, fact) = lived(), candidacy()
    told = set(source_of(life.tellings, fact.triple)) | {source}
    assert informed(life) == told and len(told) >= 4


def test_every_fact_leads_to_who_saw_it() -> None:
    """Whatever anybody knows of others was told to it by somebody who knew it before, back to whose it is."""
    life = lived()
    known = {
        number: known_facts(life.store.of(number, now=2 * END), person.name) for number, person in life.people.items()
    }
    facts: set[Triple] = {triple for items in known.values() for triple in items}
    assert len(facts) > 20
    for triple in facts:
        sources = source_of(life.tellings, triple)
        for number in (number for number, items in known.items() if triple in items):
            chain = [number]
            while life.people[chain[-1]].name != triple[0]:
                chain.append(sources[chain[-1]])
                assert len(chain) <= PEOPLE
            since = [known[link][triple].since for link in chain]
            assert since == sorted(since, reverse=True)


def test_without_memory_nothing_spreads() -> None:
    life, (source, fact) = lived(memory=False), candidacy()
    assert informed(life) == {source}
    told = [telling for telling in life.tellings if telling.triple == fact.triple]
    assert told and {telling.source for telling in told} <= {source}
    assert [
        len(life.store.of(number, now=2 * END)) for number in life.people if number not in (source, party()[0])
    ] == [0] * (PEOPLE - 2)
    assert life.acquainted() == TownLife(population(), np.random.default_rng(0)).acquainted()
    assert life.guests(party()[1]) in ((), (party()[0],))


def test_one_seed_one_history_in_any_order() -> None:
    def run(people: tuple[Persona, ...]) -> bytes:
        life = TownLife(people, stream(SEED, "minds", 5))
        life.tell(*candidacy())
        life.live()
        return everything(life)

    first = run(population())
    assert run(population()[::-1]) == first
    other = TownLife(population(), stream(SEED + 1, "minds", 5))
    other.live()
    assert everything(other) != first


def test_nobody_is_in_two_talks_or_talks_asleep() -> None:
    life = lived()
    assert len(life.talks) > 30
    until = dict.fromkeys(life.people, 0.0)
    for talk in life.talks:
        assert 2 <= len(talk.people) <= MOST
        day, minute = divmod(int(talk.start // SECONDS), DAY)
        for number in talk.people:
            assert talk.start >= until[number]
            assert life.plans[day + 1, number].at(minute).activity != "sleep"
            until[number] = talk.end
        at = {life.plans[day + 1, number].at(minute).place for number in talk.people}
        assert talk.place == "home" or at == {talk.place}


def test_who_promised_comes() -> None:
    life, (host, gathering) = lived(), party()
    promised = {
        number
        for number in life.people
        if any(memory.text.startswith("I promised to come") for memory in life.store.of(number, now=2 * END))
    }
    assert promised and set(life.guests(gathering)) == promised | {host}
    for number in life.guests(gathering):
        step = life.plans[2, number].at(gathering.start)
        assert (step.activity, step.place, step.end) == (GOING, "cafe", gathering.end)


def test_people_get_to_know_each_other_and_reflect() -> None:
    life = lived()
    before = TownLife(population(), np.random.default_rng(0)).acquainted()
    assert before < life.acquainted()
    thoughts = [m for number in life.people for m in life.store.of(number, now=2 * END) if m.kind == "thought"]
    names = {person.name for person in life.people.values()}
    assert thoughts
    assert all(thought.triple[2] in names for thought in thoughts if thought.triple and thought.triple[1] == "meets")


def test_what_one_hears_of_others_is_no_meeting() -> None:
    store = MemoryStore(":memory:")
    store.add(1, "chat", "Ana told me: Sam met Rosa.", time=0.0, importance=5.0, triple=("Sam", "met", "Rosa"))
    store.add(1, "chat", "I talked to Ana.", time=0.0, importance=5.0, triple=("I", "talk to", "Ana"))
    thoughts = RulesReflector().reflect(store.of(1, now=1.0), ())
    assert [thought.triple for thought in thoughts] == [("I", "meets", "Ana")]


def test_days_are_those_of_people() -> None:
    """Everybody sleeps 7 hours or more and eats twice or more; shops are closed at night."""
    for (_, number), plan in lived().plans.items():
        spent = {step.activity: 0 for step in plan.steps}
        for step in plan.steps:
            spent[step.activity] += step.end - step.start
            if step.activity == "shop":
                assert 8 * 60 <= step.start < 20 * 60
        assert spent["sleep"] >= 7 * 60 and sum(step.activity == "eat" for step in plan.steps) >= 2, number


def test_bad_input_is_named() -> None:
    life = TownLife(population(), np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"^person_id: expected one of"):
        life.tell(99, candidacy()[1])
    with pytest.raises(ValueError, match=r"^days: expected 1 or more"):
        life.live(0)
