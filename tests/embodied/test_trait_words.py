"""Traits in words: a sentence for each factor, another for each level and trait."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embodied.minds.persona import LEVELS, TRAITS
from embodied.minds.trait_words import FACTORS, MEANS, describe_trait, describe_traits

TRAIT, LEVEL = st.sampled_from(TRAITS), st.integers(*LEVELS)


def test_every_trait_and_level_has_five_sentences_of_its_own() -> None:
    assert tuple(MEANS) == TRAITS
    assert list(FACTORS) == ["frequency", "depth", "threshold", "effort", "willingness"]
    sentences = [line for trait in TRAITS for level in range(1, 6) for line in describe_trait(trait, level)]
    assert len(sentences) == len(set(sentences)) == 7 * 5 * 5
    for sentence in sentences:
        assert sentence[0].isupper() and sentence.endswith(".") and "{" not in sentence
        assert len(sentence.split()) <= 16, sentence


@given(TRAIT, LEVEL, LEVEL)
def test_a_level_changes_every_factor(trait: str, one: int, other: int) -> None:
    same = [a == b for a, b in zip(describe_trait(trait, one), describe_trait(trait, other), strict=True)]
    assert all(same) if one == other else not any(same)


@given(st.dictionaries(TRAIT, LEVEL, min_size=1), st.lists(st.sampled_from(list(FACTORS)), unique=True))
def test_a_prompt_has_a_line_for_each_trait(traits: dict[str, int], factors: list[str]) -> None:
    lines = describe_traits(traits, factors=factors).splitlines()
    for line, (trait, level) in zip(lines, traits.items(), strict=True):
        assert line.startswith(f"{trait.capitalize()} {level} of 5.")
        wanted = dict(zip(FACTORS, describe_trait(trait, level), strict=True))
        assert [factor for factor, sentence in wanted.items() if sentence in line] == sorted(
            factors, key=list(FACTORS).index
        )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: describe_trait("courage", 3), "trait: expected one of boldness"),
        (lambda: describe_trait("hurry", 0), "hurry: expected a whole level from 1 to 5, got 0"),
        (lambda: describe_traits({"hurry": 6}), "hurry: expected a whole level"),
        (lambda: describe_traits({"hurry": 2}, factors=["height"]), "factors: expected some of frequency"),
    ],
)
def test_what_is_unknown_is_told(call, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        call()
    assert str(caught.value).startswith(message)
