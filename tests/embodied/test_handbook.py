"""The handbook: what recurs in the reasons of a language model becomes behaviours that it can name."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from embodied.episode import Heard, PersonObservation, Seen
from embodied.log import EpisodeLog
from embodied.minds.handbook import (
    LONGEST_NAME,
    MOST_RELEVANT,
    RECURRING,
    SHORT,
    Behaviour,
    Case,
    Handbook,
    mine,
    mine_logs,
    read_cases,
    read_handbook,
    write_handbook,
)
from embodied.minds.situation import EVENTS

# Reasons as a model would word them, by what they mean.
REASONS = {
    "yield": (
        "The robot is coming towards me, so I step aside and let it pass.",
        "I let the robot pass because it comes my way.",
        "A robot approaches me; I step aside.",
        "I step aside so that the robot can pass.",
    ),
    "fear": (
        "Machines frighten me, so I keep my distance.",
        "I am afraid of machines, better to keep a distance.",
        "I keep my distance because machines frighten me.",
    ),
    "late": (
        "I am late for work and have no time.",
        "No time to stop, I must hurry to work.",
        "I am in a hurry because work begins soon.",
    ),
}


def case(reason: str, **more: Any) -> Case:
    return Case(**{"event": "robot", "activity": "avoid", "target": "robot", "reason": reason, **more})


CASES = [
    *map(case, REASONS["yield"]),
    *map(case, REASONS["fear"]),
    *(case(reason, event="addressed", activity="go", target="nobody") for reason in REASONS["late"]),
    case("A whim."),
    case("Something else entirely.", event="stuck"),
]
SIGHT = PersonObservation(
    time=1.0, person_id=1, position=(0.0, 0.0), yaw=0.0, activity="walk", event="robot",
    seen=(Seen(id=0, kind="robot", name="robot", bearing=0.0, distance=2.0),),
)  # fmt: skip


def test_reasons_that_mean_the_same_become_one_behaviour() -> None:
    book = mine(CASES)
    assert [(entry.event, entry.activity, entry.target, entry.count) for entry in book.behaviours] == [
        ("robot", "avoid", "robot", 4), ("robot", "avoid", "robot", 3), ("addressed", "go", "nobody", 3),
    ]  # fmt: skip
    for entry, meant in zip(book.behaviours, ("yield", "fear", "late"), strict=True):
        assert entry.text in {reason.strip(".") for reason in REASONS[meant]}
        assert entry.name.startswith(entry.activity) and len(entry.text) <= SHORT
    assert mine(CASES, least=5).behaviours == ()
    assert len(mine(CASES, least=1).behaviours) == 5
    assert mine([]).behaviours == ()


@settings(max_examples=10, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_cases_does_not_matter(chance: random.Random) -> None:
    shuffled = list(CASES)
    chance.shuffle(shuffled)
    assert mine(shuffled) == mine(CASES)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=120), st.integers(1, 4)), max_size=6))
def test_whatever_a_model_says_gives_a_handbook_that_can_be_written(
    tmp_path_factory: pytest.TempPathFactory, said: list[tuple[str, int]]
) -> None:
    book = mine([case(text) for text, count in said for _ in range(count)], least=2)
    assert all(entry.count >= 2 and len(entry.name) <= LONGEST_NAME for entry in book.behaviours)
    assert sum(entry.count for entry in book.behaviours) <= sum(count for _, count in said)
    path = tmp_path_factory.mktemp("book") / "book.yaml"
    write_handbook(book, path)
    assert read_handbook(path) == book


def test_what_was_named_is_counted_and_kept() -> None:
    known = mine(CASES)
    first = known.behaviours[0]
    again = mine([*CASES[4:7], *[case(f"{first.name}.")] * 9, *[case("rare_name")] * 2], known=known)
    assert again.behaviours[0] == replace(first, count=9)
    fear = again.behaviours[1]
    assert fear.count == 3 and fear.name not in {entry.name for entry in known.behaviours}


def test_people_and_numbers_are_put_in_general_words() -> None:
    (entry,) = mine(
        [case("I follow person 12 to place 3. ", activity="follow", target="person")] * RECURRING
    ).behaviours
    assert entry.text == "I follow somebody to there"
    (long,) = mine([case(" ".join(["robot"] * 40))] * RECURRING).behaviours
    assert len(long.text) <= SHORT and long.text.endswith("robot")


def test_only_what_fits_the_situation_is_offered() -> None:
    book = mine(CASES)
    assert [entry.count for entry in book.relevant(SIGHT)] == [4, 3]
    assert book.relevant(replace(SIGHT, seen=())) == ()  # no robot to avoid
    heard = Heard(text="Hello", bearing=0.0, distance=1.0, time=0.0, speaker=0)
    assert len(book.relevant(replace(SIGHT, seen=(), heard=(heard,)))) == 2
    assert [entry.activity for entry in book.relevant(replace(SIGHT, event="addressed"))] == ["go"]
    many = Handbook(
        behaviours=tuple(
            Behaviour(name=f"b{k}", event="robot", activity="go", target="nobody", text="go on", count=k)
            for k in range(9)
        )
    )
    assert [entry.count for entry in many.relevant(SIGHT)] == [8, 7, 6, 5][:MOST_RELEVANT]


def test_the_shipped_handbook_knows_each_event() -> None:
    book = read_handbook()
    assert {entry.event for entry in book.behaviours} == set(EVENTS)
    assert all(entry.count == 0 for entry in book.behaviours)  # written by hand, and says so


def test_logs_become_a_handbook(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("a", "b")]
    for k, folder in enumerate(folders):
        log = EpisodeLog()
        for step, one in enumerate(CASES[k::2]):
            told = {"entity": 1, "event": one.event, "activity": one.activity, "act": "", "reason": one.reason}
            target = {"robot": "robot", "nobody": ""}[one.target]
            log.event(step, 0.1 * step, "decision", **told, target=target, decided_by="llm:tiny")
            log.event(step, 0.1 * step, "decision", **{**told, "reason": "a rule"}, target=target, decided_by="rules")
        log.event(99, 9.9, "decision", entity=1, activity="talk", act="answer", reason="old", decided_by="llm:tiny")
        folder.mkdir()
        log.write(folder)
    assert sorted(read_cases(folders), key=repr) == sorted(CASES, key=repr)
    book = mine_logs(folders, tmp_path / "book.yaml")
    assert book == mine(CASES) == read_handbook(tmp_path / "book.yaml")
    EpisodeLog().write(folders[0])
    with pytest.raises(ValueError, match=r"^folders: expected decisions of a language model .*, found none in 1; run"):
        read_cases(folders[:1])


GOOD = {"name": "wait_here", "event": "stuck", "activity": "wait", "target": "nobody", "text": "wait", "count": 1}


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"name": "Wait here"}, "behaviours.0.name: expected small letters"),
        ({"name": "x" * 41}, "behaviours.0.name: expected small letters"),
        ({"name": 3}, "behaviours.0.name: expected small letters"),
        ({"event": "rain"}, "behaviours.0.event: expected one of addressed"),
        ({"activity": "dance"}, "behaviours.0.activity: expected one of talk"),
        ({"target": "moon"}, "behaviours.0.target: expected one of robot"),
        ({"text": "a\nb"}, "behaviours.0.text: expected one line"),
        ({"text": "x" * 81}, "behaviours.0.text: expected one line of 1 to 80"),
        ({"count": -1}, "behaviours.0.count: expected a whole number"),
        ({"colour": "red"}, "behaviours.0: expected name, event"),
    ],
)
def test_a_damaged_handbook_is_told_in_one_line(change: dict[str, Any], line: str, tmp_path: Path) -> None:
    path = tmp_path / "book.yaml"
    path.write_text(yaml.safe_dump({"behaviours": [{**GOOD, **change}]}))
    with pytest.raises(ValueError) as caught:
        read_handbook(path)
    assert str(caught.value).startswith(f"{path}: {line}") and "\n" not in str(caught.value)


def test_a_handbook_that_is_none_is_told(tmp_path: Path) -> None:
    path = tmp_path / "book.yaml"
    with pytest.raises(FileNotFoundError, match=r"book.yaml: expected a YAML file"):
        read_handbook(path)
    path.write_text("people: []\n")
    with pytest.raises(ValueError, match=r"expected the one field behaviours, a list, got people"):
        read_handbook(path)
    write_handbook(Handbook(behaviours=()), path)
    assert read_handbook(path).behaviours == ()
    entry = Behaviour(**GOOD)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"name: expected another for each behaviour, got wait_here twice"):
        Handbook(behaviours=(entry, entry))
