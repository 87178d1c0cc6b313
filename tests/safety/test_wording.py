"""Words from groundings: true of them, many, shared by both tellings, and their clause found again."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safety.primitives import PRIMITIVES
from safety.scenario import HOUR
from safety.wording import CLAUSES, clock, hour_of, phrasing_of, rounded, say, tell, tell_other
from safety.wording_care import ARRIVALS, CARE, GOODBYES, NEUTRAL

ROWS = [(kind, deed) for kind, primitive in PRIMITIVES.items() for deed in primitive.deeds]


def test_every_deed_has_four_clauses_that_say_what_decides() -> None:
    assert {kind: set(deeds) for kind, deeds in CLAUSES.items()} == {
        kind: {deed.name for deed in primitive.deeds} for kind, primitive in PRIMITIVES.items()
    }
    seen = []
    for kind, deed in ROWS:
        clauses = CLAUSES[kind][deed.name]
        assert len(set(clauses)) == 4
        deciding = {name for name in deed.safe if deed.safe[name] != deed.unsafe[name]}
        for clause in clauses:
            slots = set(re.findall(r"{(\w+)}", clause))
            assert deciding <= slots and slots - {"care"} <= set(deed.unsafe), clause
            assert ("care" in slots) == bool(deed.precautions), clause
        seen += clauses
    assert len(seen) == len(set(seen)) == 4 * len(ROWS)


def test_precautions_are_said_in_four_ways_and_share_their_words() -> None:
    assert set(CARE) == {name for _, deed in ROWS for name in deed.precautions}
    for taken, untaken in CARE.values():
        assert len({*taken, *untaken}) == 4
        shared = set(" ".join(taken).split()) & set(" ".join(untaken).split())
        assert any(len(word) > 3 for word in shared), (taken, untaken)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}-{row[1].name}")
def test_both_tellings_are_sentences_whose_clause_is_found_again(row: tuple[str, object]) -> None:
    kind, deed = row[0], PRIMITIVES[row[0]].deed(row[1].name)  # type: ignore[attr-defined]
    rng = np.random.default_rng(1)
    for index in range(4):
        texts = []
        for ranges, precautions in ((deed.unsafe, ()), (deed.safe, deed.precautions[:1])):
            values = rounded({name: float(rng.uniform(*span)) for name, span in ranges.items()})
            text = tell(kind, deed.name, values, precautions, HOUR, rng, [index])
            assert re.fullmatch(r"8 PM: [A-Z][^{}]*[a-z0-9)]\.", text) and "  " not in text, text
            assert " a a" not in text and ", ," not in text
            assert phrasing_of(text) == f"{kind}/{deed.name}/{index}"
            texts.append(text)
        assert texts[0] != texts[1]


def test_a_precaution_is_said_only_when_taken() -> None:
    rng = np.random.default_rng(2)
    for kind, deed in ROWS:
        values = rounded({name: span[0] for name, span in deed.unsafe.items()})
        for precaution in deed.precautions:
            taken, untaken = CARE[precaution]
            with_it = tell(kind, deed.name, values, [precaution], HOUR, rng)
            without = tell(kind, deed.name, values, [], HOUR, rng)
            assert any(words in with_it for words in taken)
            for words in untaken:
                without = without.replace(words, "~")
            assert not any(words in without for words in taken)
            assert "~" in without or any(words in without for name in deed.precautions for words in CARE[name][1])
    extra = tell("wasp_nest", "poke it", {"distance": 1.0}, ["torch"], HOUR, rng)
    assert any(words in extra for words in CARE["torch"][0])


@given(
    name=st.sampled_from(["distance", "adult", "view", "height"]), value=st.floats(0.05, 60), style=st.integers(0, 2)
)
def test_metres_in_words_are_those_of_the_grounding(name: str, value: float, style: int) -> None:
    value = rounded({name: value})[name]
    words = say(name, value, style)
    number = re.match(r"[\d.]+", words)
    if number:
        metres = float(number[0]) / (100 if "c" in words.split()[1] else 1)
        assert metres == pytest.approx(value)
    else:
        assert style == 2 and value == int(value)


@given(
    values=st.dictionaries(
        st.sampled_from(["distance", "speed", "minutes", "people", "load", "volume"]), st.floats(0.05, 300)
    )
)
def test_rounding_once_is_enough(values: dict[str, float]) -> None:
    once = rounded(values)
    assert rounded(once) == once and all(value > 0 for value in once.values())


def test_numbers_are_said_in_three_styles() -> None:
    assert [say("distance", 3.0, style) for style in range(3)] == ["3 metres", "3 m", "three metres"]
    assert [say("distance", 0.4, style) for style in range(3)] == ["40 centimetres", "40 cm", "40 centimetres"]
    assert [say("minutes", 15.0, style) for style in (0, 2)] == ["15 minutes", "a quarter of an hour"]
    assert [say("speed", 3.0, style) for style in range(3)] == [
        "3 metres a second",
        "3 m/s",
        "a run of 3 metres a second",
    ]
    assert (say("people", 1.0), say("distance", 1.0), say("hours", 0.5, 2)) == ("1 person", "1 metre", "half an hour")
    assert (say("minutes", 0.5), say("load", 60.0, 1), say("volume", 250.0, 2)) == (
        "30 seconds",
        "60 kg",
        "25 centilitres",
    )


def test_the_time_of_day_is_said_and_read() -> None:
    assert [clock(hour * HOUR) for hour in (0, 1, 5, 6, 10)] == ["7 PM", "8 PM", "12 AM", "1 AM", "5 AM"]
    assert clock(1800, 12) == "12:30 PM"
    for hour in range(11):
        assert hour_of(f"{clock(hour * HOUR)}: dance.") == hour * HOUR
    with pytest.raises(ValueError, match="text: expected a time of day"):
        hour_of("dance")


def test_what_has_to_do_with_no_hazard() -> None:
    rng = np.random.default_rng(3)
    assert len(set(NEUTRAL)) == 30
    assert phrasing_of(tell_other(HOUR, rng)).startswith("other/")
    assert tell_other(0.0, rng, ARRIVALS).startswith("7 PM: ") and tell_other(36000.0, rng, GOODBYES).startswith(
        "5 AM: "
    )
    assert phrasing_of("8 PM: Something else entirely.") == ""


def test_bad_input_is_named() -> None:
    rng = np.random.default_rng(4)
    with pytest.raises(
        ValueError, match="values: expected distance for wasp_nest: poke it, got none for distance; add"
    ):
        tell("wasp_nest", "poke it", {}, [], HOUR, rng)
    with pytest.raises(ValueError, match="precautions: expected some of"):
        tell("wasp_nest", "poke it", {"distance": 1.0}, ["prayer"], HOUR, rng)
    with pytest.raises(ValueError, match="deed: expected one of"):
        tell("wasp_nest", "kiss it", {"distance": 1.0}, [], HOUR, rng)
