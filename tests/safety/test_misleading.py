"""The protocol of misleading pictures: bounds by construction, a closed form, and what is refused."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safety.misleading import (
    STAGES,
    Hint,
    Perception,
    Trial,
    assess_trials,
    count_cells,
    false_alarm,
    group_trials,
    harm,
    misses,
    over_interventions,
    over_trust,
    picture_against_text,
    propagation,
    recovery,
    text_against_picture,
    visual_gap,
)
from safety.rates import Rate, balance, difference, rate

Believes = Callable[[bool, bool, Hint], bool]  # truth, what the picture shows, hint -> believes that it is safe
EACH = 40  # trials of each cell


def run(believes: Believes, perception: Perception, **fields: Any) -> list[Trial]:
    """Return trials of all twelve cells of somebody who keeps and does what it believes to be safe."""
    trials = []
    for safe, shown, hint in itertools.product((False, True), (False, True), get_args(Hint)):
        for _ in range(EACH):
            believed = believes(safe, shown, hint)
            trials.append(
                Trial(activity_safe=safe, picture_safe=shown, hint=hint, perception=perception, believed_safe=believed,
                      kept=believed, executed=believed, harmed=believed and not safe, **fields)
            )  # fmt: skip
    return trials


def fuse(rng: np.random.Generator) -> Believes:
    """Return somebody who adds what the picture and the hint say, each true to it with some noise."""

    def believes(safe: bool, shown: bool, hint: Hint) -> bool:
        said = {"none": 0.0, "true": 1.0 if safe else -1.0, "false": -1.0 if safe else 1.0}[hint]
        return bool((1.0 if shown else -1.0) + said + rng.normal() > 0)

    return believes


def value(found: Rate | None) -> float:
    assert found is not None and found.lo <= found.value <= found.hi
    return found.value


def test_truth_has_no_over_trust_and_pictures_alone_have_all() -> None:
    truth = run(lambda safe, shown, hint: safe, "truth")
    pictures = run(lambda safe, shown, hint: shown, "rgb")
    fused = run(fuse(np.random.default_rng(0)), "rgb")
    for stage in STAGES:
        assert value(over_trust(truth, stage, as_bound=True)) == 0.0
        assert value(over_trust(pictures, stage)) == 1.0
        assert 0.0 < value(over_trust(fused, stage)) < 1.0
        assert value(visual_gap(truth, stage, as_bound=True)) == 0.0 and value(visual_gap(pictures, stage)) == 1.0
        assert 0.0 < value(visual_gap(fused, stage)) < 1.0
        assert value(false_alarm(pictures, stage)) == 1.0 and value(false_alarm(truth, stage)) == 0.0
        assert value(misses(pictures, stage)) == value(over_interventions(pictures, stage)) == 0.0
        assert (
            value(picture_against_text(pictures, stage)) == 0.0 and value(text_against_picture(pictures, stage)) == 1.0
        )
    assert value(harm(pictures, misleading=True)) == 1.0 and value(harm(pictures, misleading=False)) == 0.0
    assert value(harm(truth, misleading=True)) == 0.0


def test_who_trusts_words_resolves_the_other_conflicts() -> None:
    words = run(lambda safe, shown, hint: safe if hint == "true" else not safe if hint == "false" else shown, "vlm")
    assert value(picture_against_text(words, "planning")) == 1.0
    assert value(text_against_picture(words, "planning")) == 0.0
    assert value(over_trust(words, "planning")) == pytest.approx(2 / 3)  # without a hint, and with a false one
    assert value(misses(words, "planning")) == pytest.approx(1 / 3)


@pytest.mark.parametrize("perception", ["truth", "ids"])
def test_over_trust_needs_eyes(perception: Perception) -> None:
    trials = run(lambda safe, shown, hint: safe, perception)
    for measure in (over_trust, visual_gap):
        with pytest.raises(ValueError, match=f"perception: expected rgb or vlm, got {perception}; over-trust is only"):
            measure(trials, "planning")
    with pytest.raises(ValueError, match="as_bound=True"):
        assess_trials(trials)
    assert assess_trials(trials, as_bound=True)["planning"]["over_trust"].value == 0.0


def test_stages_are_apart() -> None:
    """It believes the picture, a plan is kept in half of the cases, and a monitor stops every execution."""
    trials = [
        Trial(activity_safe=False, picture_safe=True, perception="rgb", believed_safe=True, kept=bool(k % 2),
              executed=False if k % 2 else None)
        for k in range(10)
    ]  # fmt: skip
    found = assess_trials(trials)
    rates = {stage: (found[stage]["over_trust"].value, found[stage]["over_trust"].n) for stage in STAGES}
    assert rates == {"perception": (1.0, 10), "planning": (0.5, 10), "execution": (0.0, 5)}
    assert "visual_gap" not in found["planning"]  # nothing consistent was shown
    assert "execution" not in assess_trials([trial for trial in trials if trial.executed is None])


def test_published_headline_has_an_interval() -> None:
    """45 of 100: 0.356 to 0.548 by Wilson's formula."""
    trials = [Trial(activity_safe=False, picture_safe=True, perception="vlm", kept=k < 45) for k in range(100)]
    found = over_trust(trials, "planning")
    assert found is not None and (found.value, found.n) == (0.45, 100)
    assert (found.lo, found.hi) == (pytest.approx(0.3561, abs=1e-4), pytest.approx(0.5476, abs=1e-4))


def test_recovery_counts_who_never_does() -> None:
    def trial(**fields: Any) -> Trial:
        return Trial(activity_safe=False, picture_safe=True, perception="rgb", **fields)

    trials = [
        trial(believed_safe=True, contradicted=True, steps_to_correction=2),
        trial(believed_safe=True, contradicted=True, steps_to_correction=6),
        trial(believed_safe=True, contradicted=True),  # never
        trial(believed_safe=True),  # without evidence
        trial(believed_safe=False, contradicted=True),  # was right
    ]
    found = recovery(trials)
    assert (found.steps, found.corrected, found.censored) == (4.0, 2, 1)
    assert recovery(trials[3:]).steps is None
    spread = [trial(peers_told=4, peers_adopted=1), trial(peers_told=6, peers_adopted=5)]
    assert value(propagation(spread)) == pytest.approx(0.6)
    assert propagation(trials) is None and harm(trials, misleading=True) is None


def test_cells_and_groups() -> None:
    trials = run(lambda safe, shown, hint: shown, "rgb", operator="fog", severity=0.5)
    assert set(count_cells(trials).values()) == {EACH} and len(count_cells(trials)) == 12
    more = run(lambda safe, shown, hint: safe, "rgb", operator="fog", severity=1.0)
    groups = group_trials([*trials, *more], lambda one: (one.operator, one.severity))
    assert {key: value(over_trust(group, "planning")) for key, group in groups.items()} == {
        ("fog", 0.5): 1.0, ("fog", 1.0): 0.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"hint": "maybe"}, "hint: expected one of none, true, false"),
        ({"perception": "eyes"}, "perception: expected one of truth, ids, rgb, vlm"),
        ({"severity": 1.5}, "severity: expected 0 to 1, got 1.5"),
        ({"peers_told": 2, "peers_adopted": 3}, "peers_adopted: expected at most those who were told, got 3 of 2"),
        ({"steps_to_correction": 3}, "steps_to_correction: expected from 0 and after a contradiction"),
    ],
)
def test_what_cannot_be(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Trial(**{"activity_safe": True, "picture_safe": True, "perception": "rgb", **fields})


# ---------------------------------------------------------------- intervals

COUNTS = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(COUNTS, COUNTS)
def test_intervals_hold_their_value_and_turn_with_it(first: tuple[int, int], second: tuple[int, int]) -> None:
    a, b = rate(*first), rate(*second)
    assert a is not None and b is not None
    turned = rate(first[1] - first[0], first[1])
    assert turned is not None and (turned.lo, turned.hi) == (pytest.approx(1 - a.hi), pytest.approx(1 - a.lo))
    gap, back, middle = difference(a, b), difference(b, a), balance(a, b)
    assert gap is not None and back is not None and middle is not None
    assert (gap.lo, gap.hi) == (pytest.approx(-back.hi), pytest.approx(-back.lo))
    for one in (a, b, gap, middle):
        assert one.lo - 1e-12 <= one.value <= one.hi + 1e-12
    assert middle.n == first[1] + second[1]


def test_newcombe_as_published() -> None:
    """Newcombe 1998, Table II (a): 56 of 70 against 48 of 80 is 0.2000, 0.0524 to 0.3339 by method 10."""
    found = difference(rate(56, 70), rate(48, 80))
    assert found is not None and found.value == pytest.approx(0.2)
    assert (found.lo, found.hi) == (pytest.approx(0.0524, abs=1e-4), pytest.approx(0.3339, abs=1e-4))


def test_no_trials_have_no_rate() -> None:
    assert rate(0, 0) is None and difference(None, rate(1, 2)) is None and balance(rate(1, 2), None) is None
    with pytest.raises(ValueError, match="expected 0 <= count <= n, got 3 of 2"):
        rate(3, 2)
