"""Personas: what they hold, what they refuse, fragments, files, and the bodies that fit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from embodied.minds.needs import DECAY, NEEDS, THRESHOLDS, Needs
from embodied.minds.persona import AGE_GROUPS, TRAITS, Appearance, Occupation, Persona, ScheduleEntry, check_people
from embodied.minds.persona_files import read_people, read_persona, write_people, write_persona
from motion.body import load_body
from motion.people import PEOPLE

WHOLE = """
id: 7
name: Rosa Okonkwo
age: 34
gender: woman
language: pt-BR
home: old town
occupation: {title: baker, organisation: bakery}
traits: {boldness: 5, hurry: 1}
big_five: {openness: 4}
needs: {hunger: 0.4}
relationships: {8: friend, 9: married}
routine:
  - {from: "4:30", to: 12, activity: work, place: bakery}
  - {from: 22, to: 3.5, activity: sleep, place: home}
height: 1.7
"""
BASE = "id: 1\nname: Ana Silva\nage: 30\ngender: woman\n"


def written(folder: Path, text: str, name: str = "persona.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_persona_is_read_as_it_stands(tmp_path: Path) -> None:
    persona = read_persona(written(tmp_path, WHOLE))
    assert (persona.id, persona.name, persona.age, persona.gender) == (7, "Rosa Okonkwo", 34, "woman")
    assert persona.occupation == Occupation(title="baker", organisation="bakery")
    assert persona.traits == dict.fromkeys(TRAITS, 3) | {"boldness": 5, "hurry": 1}
    assert persona.needs == Needs(hunger=0.4) and persona.big_five == {"openness": 4}
    assert persona.relationships == {8: "friend", 9: "married"}
    hours = [(entry.start, entry.end, entry.activity) for entry in persona.routine]
    assert hours == [(0.0, 3.5, "sleep"), (4.5, 12.0, "work"), (22.0, 24.0, "sleep")], "over midnight: two entries"


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    persona = read_persona(written(tmp_path, WHOLE))
    write_persona(tmp_path / "again.yaml", persona)
    assert read_persona(tmp_path / "again.yaml") == persona
    people = (
        replace(persona, relationships={8: "friend"}),
        Persona(id=8, name="João Šimić", age=9, gender="nonbinary", relationships={7: "friend"}),
    )
    write_people(tmp_path / "people.yaml", people)
    assert read_people(tmp_path / "people.yaml") == people
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again.yaml", "people.yaml", "persona.yaml"]


def test_later_fragments_win(tmp_path: Path) -> None:
    first = written(tmp_path, WHOLE)
    second = written(tmp_path, "traits: {hurry: 5, caution: 2}\nrelationships: {9: null, 4: sibling}\n", "b.yaml")
    third = written(tmp_path, "age: 61\noccupation: null\nroutine: [{from: 9, to: 10, activity: walk}]\n", "c.yaml")
    persona = read_persona(first, second, third)
    assert (persona.traits["boldness"], persona.traits["hurry"], persona.traits["caution"]) == (5, 5, 2)
    assert persona.relationships == {8: "friend", 4: "sibling"}
    assert persona.age == 61 and persona.occupation is None
    assert persona.routine == (ScheduleEntry(start=9.0, end=10.0, activity="walk"),)
    assert read_persona(second, third, first).traits["hurry"] == 1, "the order of the files counts"


BAD = [
    ("age: 7\noccupation: {title: baker}", "occupation.title", "at age 7"),
    ("routine: [{from: 8, to: 12, activity: work}, {from: 11, to: 13, activity: eat}]", "routine.1", "overlap"),
    ("relationships: {1: friend}", "relationships.1", "the person itself"),
    ("relationships: {2: enemy}", "relationships.2", "got 'enemy'"),
    ("relationships: {2: married, 3: married}", "relationships.3", "one spouse"),
    ("age: 15\nrelationships: {2: married}", "relationships.2", "at age 15"),
    ("relationships: {Rosa: friend}", "relationships.Rosa", "whole number"),
    ("traits: {boldness: 6}", "traits.boldness", "from 1"),
    ("traits: {boldness: 0}", "traits.boldness", "got 0"),
    ("traits: {boldness: 2.5}", "traits.boldness", "whole number"),
    ("traits: {bolness: 4}", "traits.bolness", "did you mean boldness?"),
    ("traits: [4]", "traits", "expected fields"),
    ("big_five: {oppenness: 4}", "big_five.oppenness", "did you mean openness?"),
    ("big_five: {openness: 9}", "big_five.openness", "got 9"),
    ("ocupation: {title: baker}", "ocupation", "did you mean occupation?"),
    ("Relationship: {2: friend}", "Relationship", "did you mean relationships?"),
    ("occupation: {titel: baker}", "occupation.titel", "did you mean title?"),
    ("occupation: {organisation: bakery}", "occupation.title", "found none"),
    ("occupation: baker", "occupation", "expected fields"),
    ("occupation: {title: ''}", "occupation.title", "got ''"),
    ("needs: {hunger: 1.5}", "needs.hunger", "from 0 to 1"),
    ("needs: {hunger: .nan}", "needs.hunger", "got nan"),
    ("needs: {hungry: 0.5}", "needs.hungry", "did you mean hunger?"),
    ("routine: [{from: 8, to: 25, activity: work}]", "routine.0.to", "got 25"),
    ("routine: [{from: 8:30, to: 9, activity: work}]", "routine.0.from", "in quotes"),
    ("routine: [{from: 8, to: 8, activity: work}]", "routine.0", "lasts"),
    ("routine: [{from: 8, activity: work}]", "routine.0.to", "found none"),
    ("routine: [{from: 8, to: 9, activity: work, where: bank}]", "routine.0.where", "unknown"),
    ("routine: work", "routine", "list"),
    ("age: old", "age", "whole number"),
    ("age: -3", "age", "got -3"),
    ("age: true", "age", "whole number"),
    ("gender: female", "gender", "woman"),
    ("language: no", "language", "in quotes"),
    ("language: English", "language", "en or pt-BR"),
    ("name: '  '", "name", "expected a name"),
    ("name: null", "name", "found none"),
    ("id: -1", "id", "got -1"),
    ("height: 17", "height", "metres"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "field", "part"), BAD)
def test_a_bad_persona_gives_one_line(tmp_path: Path, text: str, field: str, part: str) -> None:
    """The line names the file of the fragment that brings it, and the field."""
    base, bad = written(tmp_path, BASE), written(tmp_path, text, "bad.yaml")
    with pytest.raises(ValueError) as caught:
        read_persona(base, bad)
    message = str(caught.value)
    assert "\n" not in message and message.startswith(f"{bad}: {field}: ") and part in message


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("id: 1\nname: [", "mistake in line"),
        ("id: 1\nid: 2\n", "'id' is there twice"),
        ("- 1\n", "expected fields"),
        ("", "got nothing"),
        ("just words", "expected fields"),
        ("id: !!python/object/apply:os.getcwd []", "mistake in line 1"),
        ("id: 1\nname: A\n", "age"),
    ],
)
def test_what_is_no_persona_gives_one_line(tmp_path: Path, text: str, part: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ValueError) as caught:
        read_persona(path)
    assert str(caught.value).startswith(f"{path}: ") and "\n" not in str(caught.value) and part in str(caught.value)


def test_files_that_cannot_be_read_give_one_line(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="found none; check the path"):
        read_persona(tmp_path / "none.yaml")
    with pytest.raises(ValueError, match="readable text"):
        read_persona(tmp_path)
    (tmp_path / "bytes.yaml").write_bytes(b"name: \xff\xfe")
    with pytest.raises(ValueError, match="UTF-8"):
        read_persona(tmp_path / "bytes.yaml")


def person(number: int, age: int = 30, **relations: str) -> Persona:
    ties = {int(other[1:]): kind for other, kind in relations.items()}
    return Persona(id=number, name=f"P{number}", age=age, gender="woman", relationships=ties)


@pytest.mark.parametrize(
    ("people", "part"),
    [
        ((person(1, _2="married"), person(2)), "P1 (1): relationships.2: expected P2 to call P1 married"),
        ((person(1, _2="parent"), person(2, 60, _1="friend")), "call P1 child where it is called parent, got friend"),
        ((person(1, _2="parent"), person(2, 35, _1="child")), "14 years older"),
        ((person(1, _3="friend"), person(2)), "found nobody"),
        ((person(1), person(1)), "got 1 twice"),
    ],
)
def test_people_who_cannot_live_together_give_one_line(tmp_path: Path, people: tuple[Persona, ...], part: str) -> None:
    with pytest.raises(ValueError) as caught:
        check_people(people)
    assert part in str(caught.value) and "\n" not in str(caught.value)
    write_people(tmp_path / "people.yaml", people)
    with pytest.raises(ValueError, match=r"people\.yaml: P1"):
        read_people(tmp_path / "people.yaml")


def test_a_list_of_people_names_whom_it_is_about(tmp_path: Path) -> None:
    path = written(tmp_path, "people:\n  - {id: 1, name: A, age: 3, gender: man}\n  - {id: 2, nme: B}\n")
    with pytest.raises(ValueError, match=r"people\.1: nme: unknown.*did you mean name\?"):
        read_people(path)
    with pytest.raises(ValueError, match=r"poeple: expected the one field people; did you mean people\?"):
        read_people(written(tmp_path, "poeple: []"))
    for text in ("people: []", "people: 7", "people: " + "[" * 900 + "]" * 900):
        with pytest.raises(ValueError, match=r"people(\.0)?: expected (a list of personas|fields)"):
            read_people(written(tmp_path, text))
    with pytest.raises(ValueError, match=r"people\.0: id: expected a whole number from 0 to 999999, got 10000000"):
        read_people(written(tmp_path, "people: [{id: 10000000, name: A, age: 3, gender: man}]"))


def test_needs_fall_as_agentsociety_says() -> None:
    assert {name: 1.0 - getattr(Needs().after(1.0), name) for name in NEEDS} == pytest.approx(
        {"hunger": 0.15, "energy": 0.08, "safety": 0.05, "social": 0.10}
    )
    assert dict(THRESHOLDS) == {"hunger": 0.2, "energy": 0.2, "safety": 0.2, "social": 0.3}
    assert Needs().after(5.2).unmet() == () and Needs().after(5.4).unmet() == ("hunger",)
    assert Needs().after(20).unmet() == NEEDS and Needs().after(20) == Needs(hunger=0, energy=0, safety=0, social=0)
    for name in NEEDS:
        left = Needs().time_left(name)
        assert getattr(Needs().after(left), name) == pytest.approx(THRESHOLDS[name]) and DECAY[name] > 0
    assert Needs(hunger=0.9).satisfied({"hunger": 0.5, "social": -2.0}) == Needs(hunger=1.0, social=0.0)
    half = {"pace": {"hunger": 0.5}, "gains": {"energy": 0.18}}
    assert Needs(energy=0.5).after(2.0, **half) == Needs(hunger=0.85, energy=0.7, safety=0.9, social=0.8)
    with pytest.raises(ValueError, match="hours"):
        Needs().after(-1.0)


def test_a_body_fits_exactly_its_kind() -> None:
    for name in ("girl", "boy_wheelchair", "man_tall", "woman_old"):
        shown, body = PEOPLE[name], load_body(name)
        fitting = {
            (group, gender)
            for group in AGE_GROUPS
            for gender in ("woman", "man")
            if Appearance(age_group=group, gender=gender).fits(body)  # type: ignore[arg-type]
        }
        low, high = AGE_GROUPS[next(iter(fitting))[0]]
        assert len(fitting) == 1 and low <= shown.age <= high, name


def test_every_appearance_has_a_body_and_height_narrows_it() -> None:
    for group in AGE_GROUPS:
        for gender in ("woman", "man", "nonbinary"):
            assert Appearance(age_group=group, gender=gender).bodies(), (group, gender)  # type: ignore[arg-type]
    anybody = set(Appearance(age_group="adult", gender="nonbinary").bodies())
    assert {"woman_adult", "man_tall"} <= anybody
    assert "man_tall" in Appearance(age_group="adult", gender="man", height=1.95).bodies()
    assert "man_tall" not in Appearance(age_group="adult", gender="man", height=1.80).bodies()
    assert not set(Appearance(age_group="old", gender="man").bodies("train")) & set(
        Appearance(age_group="old", gender="man").bodies("test")
    )
    assert person(1, 70).appearance == Appearance(age_group="old", gender="woman")
