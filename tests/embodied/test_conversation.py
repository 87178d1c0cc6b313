"""Conversations: one speaks at a time, whoever is addressed answers, and only who heard something knows it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embodied.minds.acts import ACTS
from embodied.minds.chatter import ACT_OF, SAYINGS, SMALL_TALK, topics
from embodied.minds.conversation import GAP, Conversation, converse
from embodied.minds.exchange import Turn
from embodied.minds.gatherings import Gathering, decide_to_come, read_gathering
from embodied.minds.memory import MemoryStore
from embodied.minds.news import WEARY, Fact, Known, first_person, known_facts, read_fact, recall, third_person
from embodied.minds.persona import TRAITS, Persona, ScheduleEntry
from embodied.talk import WORDS_PER_SECOND, speaking_time

NAMES = ("Ana Silva", "Omar Haddad", "Rosa Weber", "Lars Berg", "Mei Tanaka")
NOON = 12 * 3600.0
MAYOR = Fact(text="Sam Moore is running for mayor.", triple=("Sam Moore", "is running for", "mayor"), importance=9.0)
PARTY = Gathering(host="Ana Silva", what="a party", place="cafe", day=1, start=17 * 60, end=19 * 60)
REPLIES = {
    "greet": {"greet back", "introduce back"}, "introduce": {"greet back", "introduce back"}, "chat": {"chat back"},
    "ask news": {"answer", "nothing new"}, "ask about": {"already", "unknown"}, "tell": {"known", "acknowledge"},
    "answer": {"known", "acknowledge"}, "invite": {"agree", "refuse"}, "bye": {"bye back"},
}  # fmt: skip


def people(number: int, kind: str = "friend", **traits: int) -> tuple[Persona, ...]:
    """Return people of ids 1 and so on who are all friends."""
    levels = dict.fromkeys(TRAITS, 3) | traits
    ids = range(1, number + 1)
    return tuple(
        Persona(
            id=k,
            name=NAMES[k - 1],
            age=40,
            gender="woman",
            traits=levels,
            relationships={other: kind for other in ids if other != k},
        )
        for k in ids
    )


def store_with(*facts: tuple[int, Fact]) -> MemoryStore:
    store = MemoryStore(":memory:")
    for person, fact in facts:
        store.add(person, "event", fact.text, time=0.0, importance=fact.importance, triple=fact.triple)
    return store


def begin(
    number: int, seed: int, store: MemoryStore, *, until: dict[int, float] | None = None, **traits: int
) -> tuple[Conversation, np.random.Generator]:
    rng = np.random.default_rng(seed)
    return Conversation.begin(people(number, **traits), NOON, rng, store=store, until=until, place="cafe"), rng


def knows(store: MemoryStore, person: int, fact: Fact) -> bool:
    found = recall(store, people(5)[person - 1], "running for mayor", now=2 * NOON)
    return found is not None and found[1].triple == fact.triple


# ---------------------------------------------------------------- turns


@settings(max_examples=30, deadline=None)
@given(
    number=st.integers(2, 5),
    seed=st.integers(0, 10_000),
    boldness=st.integers(1, 5),
    steps=st.lists(st.tuples(st.sampled_from(("hear", "hear", "deaf", "leave", "interrupt")), st.integers(1, 5))),
)
def test_one_speaks_at_a_time_and_who_left_is_silent(
    number: int, seed: int, boldness: int, steps: list[tuple[str, int]]
) -> None:
    """Whatever happens in between: turns do not overlap, and who left neither speaks nor is told anything."""
    talk, _ = begin(number, seed, store_with((1, MAYOR), (2, PARTY.fact(7.0))), boldness=boldness)
    gone: set[int] = set()
    last, events = -np.inf, iter(steps)
    for _ in range(400):
        turn = talk.next_turn(talk.free)
        if turn is None:
            break
        assert turn.start >= last and turn.end > turn.start and turn.text
        assert turn.speaker in talk.present and not gone & {turn.speaker, *turn.addressees}
        assert turn.speaker not in turn.addressees and turn.addressees and turn.act in ACTS
        middle = (turn.start + turn.end) / 2
        assert talk.next_turn(middle) is None and talk.next_turn(turn.end) is None  # somebody speaks, or just has
        what, who = next(events, ("hear", 0))
        if what == "interrupt" and who in talk.present and who != turn.speaker:
            cut = talk.interrupt(middle, who)
            assert cut.end == middle and cut.fact is None
            turn = cut
        elif what == "leave" and who in talk.present:
            talk.leave(who, middle)
            gone.add(who)
            last = middle if who == turn.speaker else turn.end
            if who == turn.speaker:
                continue
        tellings = talk.hear(() if what == "deaf" else (1, 2, 3, 4, 5))
        assert not gone & {telling.target for telling in tellings}
        last = turn.end
    else:
        pytest.fail("it did not end")
    assert talk.over


@settings(max_examples=25, deadline=None)
@given(number=st.integers(2, 5), seed=st.integers(0, 10_000))
def test_whoever_is_addressed_answers_next(number: int, seed: int) -> None:
    talk, rng = begin(number, seed, store_with((1, MAYOR), (2, PARTY.fact(7.0))), boldness=1)
    turns, _ = converse(talk, rng)
    for k, turn in enumerate(turns):
        if turn.move in REPLIES:
            answers = turns[k + 1 : k + 1 + len(turn.addressees)]
            assert sorted(answer.speaker for answer in answers) == sorted(turn.addressees)
            assert all(answer.move in REPLIES[turn.move] and answer.addressees == (turn.speaker,) for answer in answers)
    assert {turn.speaker for turn in turns} == set(range(1, number + 1))
    assert all(b.start - a.end == pytest.approx(GAP) for a, b in pairwise(turns))
    assert all(turn.end - turn.start == pytest.approx(speaking_time(turn.text)) for turn in turns)
    assert all(turn.generated_by == "template" for turn in turns)


def test_who_is_interrupted_yields_and_nothing_was_told() -> None:
    store = store_with((1, MAYOR))
    for seed in range(50):
        talk, _ = begin(2, seed, store_with((1, MAYOR)))
        while (turn := talk.next_turn(talk.free)) is not None and turn.fact is None:
            talk.hear((1, 2))
        if turn is not None and turn.speaker == 1:
            break
    assert turn is not None
    cut = talk.interrupt(turn.start + 1.0, 2)
    assert cut.text.removesuffix(" -") == " ".join(turn.text.split()[: int(WORDS_PER_SECOND)])
    assert talk.hear((1, 2)) == () and not knows(store, 2, MAYOR)
    following = talk.next_turn(talk.free)
    assert following is not None and following.speaker == 2 and following.start == cut.end
    for time, by, word in ((following.end, 1, "time"), (following.start, 2, "by"), (following.start, 9, "by")):
        with pytest.raises(ValueError, match=rf"^{word}: expected"):
            talk.interrupt(time, by)


def test_it_ends_in_time_and_lasts_longer_among_the_sociable() -> None:
    def length(**traits: int) -> float:
        lengths = []
        for seed in range(15):
            talk, rng = begin(2, seed, MemoryStore(":memory:"), **traits)
            turns, _ = converse(talk, rng)
            lengths.append(turns[-1].end - turns[0].start)
        return float(np.mean(lengths))

    assert length(sociability=1) < length() < length(sociability=5)
    assert length(hurry=5) < length(hurry=1)
    for seed in range(10):
        talk, rng = begin(3, seed, MemoryStore(":memory:"), until={2: NOON + 20.0})
        turns, _ = converse(talk, rng)
        assert max(turn.end for turn in turns if turn.speaker == 2) < NOON + 40.0


def test_people_greet_once_and_strangers_say_who_they_are() -> None:
    store = MemoryStore(":memory:")
    strangers = [replace(person, relationships={}) for person in people(2)]
    rng = np.random.default_rng(0)
    moves = []
    for k in range(3):
        talk = Conversation.begin(strangers, NOON + 600.0 * k + 86400.0 * (k == 2), rng, store=store)
        moves.append([turn.move for turn in converse(talk, rng)[0]])
    assert moves[0][:2] == ["introduce", "introduce back"]
    assert not {"greet", "introduce"} & set(moves[1])
    assert moves[2][:2] == ["greet", "greet back"]
    with pytest.raises(ValueError, match=r"^people: expected two or more"):
        Conversation.begin(strangers[:1], NOON, rng, store=store)


# ---------------------------------------------------------------- what is told


def test_who_did_not_hear_does_not_know() -> None:
    """Person 3 is out of earshot, person 5 overhears everything: both learn nothing, and nobody believes they did."""
    for seed in range(8):
        store = store_with((1, MAYOR))
        talk, rng = begin(3, seed, store, sociability=5)
        _, tellings = converse(talk, rng, lambda turn: (1, 2, 5))
        assert {telling.target for telling in tellings if telling.triple == MAYOR.triple} <= {1, 2}
        assert not store.of(5, now=2 * NOON)
        assert not knows(store, 3, MAYOR)
        told = [memory for memory in store.of(1, now=2 * NOON) if memory.text.startswith("I told")]
        assert all(NAMES[2] not in memory.text.split(":")[0] for memory in told)


def test_what_was_told_is_remembered_by_both_with_evidence() -> None:
    store, seed = store_with((1, MAYOR)), 0
    while not knows(store, 2, MAYOR):
        store, seed = store_with((1, MAYOR)), seed + 1
        talk, rng = begin(2, seed, store)
        turns, tellings = converse(talk, rng)
    (telling,) = (telling for telling in tellings if telling.triple == MAYOR.triple and telling.target == 2)
    assert telling.source == 1 and telling.new
    (heard,) = (memory for memory in store.of(2, now=2 * NOON) if memory.triple == MAYOR.triple)
    assert (heard.kind, heard.text) == ("chat", f"Ana Silva told me: {MAYOR.text}")
    assert 1.0 <= heard.importance < MAYOR.importance and heard.created == telling.time
    (meeting,) = store.find(heard.evidence)
    assert meeting.triple == ("I", "talk to", "Ana Silva")
    told = [memory for memory in store.of(1, now=2 * NOON) if memory.text.startswith("I told")]
    assert [memory.text for memory in told if memory.triple == MAYOR.triple] == [f"I told Omar Haddad: {MAYOR.text}"]
    assert MAYOR.text in next(turn.text for turn in turns if turn.fact == MAYOR)
    for k in range(5):  # it is not told again to who told it or heard it
        talk = Conversation.begin(people(2), NOON + 4000.0 * (k + 1), rng, store=store)
        assert all(turn.fact != MAYOR or turn.move == "already" for turn in converse(talk, rng)[0])


def test_who_is_asked_answers_from_memory() -> None:
    """Of what both know nothing is said to be new, and of what nobody knows nothing is said."""
    moves = set()
    for seed in range(30):
        talk, rng = begin(2, seed, store_with((1, MAYOR), (2, MAYOR)), curiosity=5)
        turns, tellings = converse(talk, rng)
        assert not any(telling.new for telling in tellings)
        moves |= {(turn.move, None if turn.fact is None else turn.fact.triple) for turn in turns}
    assert {("already", MAYOR.triple), ("known", None)} <= moves and ("unknown", None) not in moves
    for seed in range(10):
        talk, rng = begin(4, seed, MemoryStore(":memory:"), curiosity=5)
        assert all(turn.fact is None for turn in converse(talk, rng)[0])


def test_worth_fades_and_wearies() -> None:
    known = Known(fact=MAYOR, id=1, since=0.0)
    assert known.worth(0.0) == pytest.approx(0.9)
    assert known.worth(24 * 3600.0) == pytest.approx(0.45)
    known.told = 2
    assert known.worth(0.0) == pytest.approx(0.9 * WEARY**2)
    assert Known(fact=replace(MAYOR, importance=1.0), id=1, since=0.0).worth(0.0) == 0.0


def test_facts_change_their_person_and_nothing_else() -> None:
    for own, other in (
        ("I lost my key in the park.", "Ana Silva lost their key in the park."),
        ("I am tired.", "Ana Silva is tired."),
        ("I have a dog.", "Ana Silva has a dog."),
    ):
        assert third_person(own, "Ana Silva") == other
    assert first_person("Ana Silva is running for mayor.", "Ana Silva") == "I am running for mayor."
    assert first_person("Ana Silva lost a key.", "Ana Silva") == "I lost a key."
    assert first_person(MAYOR.text, "Ana Silva") == MAYOR.text
    store = MemoryStore(":memory:")
    store.add(1, "event", "I lost a key.", time=0.0, triple=("I", "lose", "key"))
    store.add(1, "chat", "I talked to Omar Haddad.", time=1.0, triple=("I", "talk to", "Omar Haddad"))
    store.add(1, "thought", "I lose everything.", time=2.0, triple=("I", "notices", "losing"))
    store.add(1, "event", "it rains", time=3.0)
    facts = [read_fact(memory, "Ana Silva") for memory in store.of(1, now=9.0)]
    assert [fact and fact.text for fact in facts] == ["Ana Silva lost a key.", None, None, None]
    assert set(known_facts(store.of(1, now=9.0), "Ana Silva")) == {("Ana Silva", "lose", "key")}
    for bad in ({"text": " "}, {"triple": ("I", "am", "ill")}, {"importance": 11.0}):
        with pytest.raises(ValueError, match=f"^{next(iter(bad))}: expected"):
            replace(MAYOR, **bad)


# ---------------------------------------------------------------- invitations


@given(
    what=st.sampled_from(("a party", "a dinner", "an evening at home")),
    place=st.sampled_from(("cafe", "town hall", "platform 3", "old town")),
    day=st.integers(1, 40),
    start=st.integers(0, 1300),
    length=st.integers(1, 120),
)
def test_an_invitation_is_understood_from_its_words(what: str, place: str, day: int, start: int, length: int) -> None:
    party = Gathering(host="Ana Silva", what=what, place=place, day=day, start=start, end=start + length)
    assert read_gathering(party.fact(5.0).text) == party
    assert read_gathering(MAYOR.text) is None


def test_who_is_invited_agrees_or_refuses_and_keeps_it() -> None:
    answers = {"agree": 0, "refuse": 0}
    for seed in range(40):
        store = store_with((1, PARTY.fact(7.0)))
        talk, rng = begin(3, seed, store)
        turns, _ = converse(talk, rng)
        promised = {number for number, _ in talk.promises}
        for turn in turns:
            if turn.move in answers:
                answers[turn.move] += 1
                assert (turn.speaker in promised) == (turn.move == "agree")
        for number in (2, 3):
            kept = [memory for memory in store.of(number, now=2 * NOON) if memory.text.startswith("I promised")]
            assert len(kept) == (number in promised)
    assert min(answers.values()) > 3


def test_friends_come_rather_than_strangers_and_nobody_who_works() -> None:
    guest = people(2)[1]
    rng = np.random.default_rng(0)

    def share(person: Persona, *, invited: bool = True) -> float:
        return float(np.mean([decide_to_come(person, PARTY, 1, invited=invited, rng=rng) for _ in range(400)]))

    stranger = replace(guest, relationships={})
    busy = replace(guest, routine=(ScheduleEntry(start=9.0, end=18.5, activity="work", place="bank"),))
    assert share(guest) > share(stranger) + 0.3 and share(guest) > share(guest, invited=False) + 0.2
    assert share(busy) == 0.0
    for bad in ({"start": 1200}, {"end": 1440}, {"day": 0}):
        with pytest.raises(ValueError, match=r"expected"):
            replace(PARTY, **bad)


# ---------------------------------------------------------------- words


def test_every_move_has_words_and_an_act() -> None:
    assert set(ACT_OF.values()) <= set(ACTS)
    assert set(ACT_OF) == set(SAYINGS) | {"chat", "chat back"}
    assert all(len(ways) > 2 for ways in SAYINGS.values())
    assert "homework" not in topics("adults", "afternoon") and "prices" not in topics("children", "afternoon")
    assert set(topics("all", "evening")) <= {name for name, talk in SMALL_TALK.items() if talk.ages == "all"}


def test_hear_needs_a_turn() -> None:
    talk, _ = begin(2, 0, MemoryStore(":memory:"))
    with pytest.raises(ValueError, match=r"^hear: expected a turn"):
        talk.hear((1, 2))
    with pytest.raises(ValueError, match=r"^person_id: expected one of"):
        talk.leave(9, NOON)
    turn = talk.next_turn(NOON)
    assert isinstance(turn, Turn)
    talk.hear((1, 2))
    with pytest.raises(ValueError, match=r"^hear: expected a turn"):
        talk.hear((1, 2))
