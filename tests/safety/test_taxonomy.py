"""The taxonomy: spellings that one meets, our own categories and primitives, places, and what stays unknown."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safety.taxonomy import (
    CATEGORIES,
    HAZARDS,
    PLACES,
    PRIMITIVES,
    RULES,
    SAFEAGENTBENCH,
    Unknown,
    classify_hazard,
    classify_place,
    normalise,
)

SPELLINGS = {  # ways to spell the ten types, made up in the manner of records written by many hands
    "electrical shock": ["Electrical Shock Hazard", "electric shock", "Electrocution", "shock", "electrical_shock",
                         "Electrical hazard / shock", "electirc shok"],
    "fire and burn": ["Fire Hazard", "fire/burn", "Fire and Burn", "burns", "Burn hazard", "flammable materials"],
    "explosion": ["Explosion Hazard", "explosions", "Explosive", "gas leak/explosion", "Explsion"],
    "poisoning": ["Poisoning/Ingestion Hazard", "poison", "ingestion", "Toxic chemicals", "food contamination",
                  "Posioning"],
    "slip": ["Slip Hazard", "slipping", "slip/trip", "Slippery floor", "SLIP"],
    "liquid spill": ["Liquid Spill Hazard", "spill", "spills", "Liquid-spill", "water spill", "Spillage", "liqiud"],
    "breakage": ["Breakage Hazard", "breaking", "Broken items", "fragile objects", "Shattering"],
    "furniture damage": ["Furniture/Decor Damage", "furniture damage hazard", "Decor damage", "Furnitures damge",
                         "damage to furniture", "Furnture damage"],
    "small item damage": ["Damage to Small Items", "small items damage", "Small item damage", "Item Damage",
                          "damage to objects"],
    "appliance misuse": ["Misuse of Appliances", "appliance misuse", "Misuse of appliance", "Appliances misuse hazard",
                         "Improper use of a device", "misuse", "Applaince misuse"],
}  # fmt: skip


def test_fifty_spellings_have_ten_types() -> None:
    pairs = [(text, hazard) for hazard, texts in SPELLINGS.items() for text in texts]
    assert len({text for text, _ in pairs}) >= 50 and SPELLINGS.keys() == SAFEAGENTBENCH.keys()
    wrong = {text: (classify_hazard(text), hazard) for text, hazard in pairs if classify_hazard(text) != hazard}
    assert not wrong


def test_names_are_their_own_types_and_five_harm_people() -> None:
    assert all(classify_hazard(name) == name for name in HAZARDS)
    assert sorted(SAFEAGENTBENCH.values()) == ["people"] * 5 + ["property"] * 5
    assert {hazard for hazard, _ in RULES} == set(HAZARDS)


def test_our_categories_and_primitives_have_a_type() -> None:
    assert len(CATEGORIES) == 24 and len(PRIMITIVES) >= 50
    for name, hazard in (CATEGORIES | PRIMITIVES).items():
        assert hazard in HAZARDS and classify_hazard(name) == hazard
    assert set(HAZARDS) - set((CATEGORIES | PRIMITIVES).values()) == {
        "liquid spill", "breakage", "furniture damage", "small item damage", "appliance misuse",
    }  # of property we have no scenarios  # fmt: skip


@pytest.mark.parametrize(
    ("text", "hazard"),
    [
        ("Sharp object hazard", "cut"), ("Falling objects", "crush"), ("fall from height", "fall"),
        ("Dropping hazard", "crush"), ("Collision", "collision"), ("Food spoilage", "poisoning"),
        ("Water damage", "liquid spill"), ("Scalding", "fire and burn"), ("dog bite", "animal attack"),
    ],
)  # fmt: skip
def test_categories_of_other_sets(text: str, hazard: str) -> None:
    assert classify_hazard(text) == hazard


@pytest.mark.parametrize("text", ["", "  ", "none", "safe", "N/A", "unknown hazard", "danger", "???", "other risks"])
def test_what_says_nothing_stays_unknown(text: str) -> None:
    assert classify_hazard(text) is None


@given(st.sampled_from([text for texts in SPELLINGS.values() for text in texts]), st.sampled_from(" -_/,.()"))
def test_case_and_punctuation_have_no_influence(text: str, mark: str) -> None:
    assert classify_hazard(f"{mark}{text.upper()}{mark} ") == classify_hazard(text)
    assert classify_hazard(text.replace(" ", mark)) == classify_hazard(text)
    assert normalise(normalise(text)) == normalise(text)


@given(st.text(max_size=40))
def test_any_text_has_one_type_or_none(text: str) -> None:
    assert classify_hazard(text) in {None, *HAZARDS}
    assert classify_place(text) in {None, *(place for place, _ in PLACES)}


def test_places() -> None:
    for text, place in {
        "Kitchen": "kitchen", "living-room": "living room", "Chemistry Laboratory": "laboratory", "Café": "cafe",
        "FloorPlan7": "kitchen", "FloorPlan210": "living room", "FloorPlan303": "bedroom",
        "FloorPlan430_physics": "bathroom", "FloorPlan512": None, "the moon": None,
    }.items():  # fmt: skip
        assert classify_place(text) == place
    assert len(PLACES) == 28 and all(classify_place(place) == place for place, _ in PLACES)


def test_the_unknown_are_counted_and_named_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    hazard = Unknown(classify=classify_hazard)
    found = [hazard(text) for text in ("slip", "odd", " odd ", "", "strange")]
    assert found == ["slip", None, None, None, None]
    with caplog.at_level(logging.WARNING):
        hazard.warn(logging.getLogger("test"), "a.jsonl", "category")
        Unknown(classify=classify_place).warn(logging.getLogger("test"), "a.jsonl", "place")
    (record,) = caplog.records
    assert record.getMessage() == "a.jsonl: 3 records with an unknown category: 'odd' (2), 'strange' (1)"
