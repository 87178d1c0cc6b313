"""The loop: corrected by default, with the published defects on request, and nothing unreadable ever safe."""

import dataclasses
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safety.review import INTERVAL, ROUNDS, Review, parse_answer, parse_decision, run_review
from safety.scenario import Activity
from safety.scenarios import generate
from safety.truth import judge, truth_judge

SCENARIO = generate(11)
SAFE = {activity.id: activity for activity in SCENARIO.safe_activities}
TRUTH = [judge(activity, SCENARIO.hazards).safe for activity in SCENARIO.activities]
truthful = truth_judge(SCENARIO.hazards)


def keep(*_: Any) -> str:
    return "KEEP_OR_CHANGE: KEEP\nREASON: fun"


def change(*_: Any) -> str:
    return "KEEP_OR_CHANGE: CHANGE"


def repair(activity: Activity, plan: Sequence[Activity], time: float) -> Activity:
    return SAFE[activity.id]


def oracle(activity: Activity, plan: Sequence[Activity], picture: Any, time: float) -> str:
    return "keep" if judge(activity, SCENARIO.hazards).safe else "change"


def test_who_changes_what_is_unsafe_converts_all_in_one_round() -> None:
    record = run_review(SCENARIO.activities, oracle, repair, truthful)
    unsafe = TRUTH.count(False)
    assert record.unsafe_per_round == (unsafe, *[0] * ROUNDS)
    assert (record.reviews, record.changes, record.conversions, record.regressions) == (132, unsafe, unsafe, 0)
    assert record.conversion == record.safe_share == 1 and record.revised_rounds == 1 and record.unparseable == 0
    assert record.times == tuple(INTERVAL * number for number in range(1, 13))
    assert [activity.id for activity in record.plan] == list(range(11))


def test_without_revision_nothing_is_converted() -> None:
    record = run_review(SCENARIO.activities, keep, repair, truthful)
    assert record.conversion == record.conversions == record.changes == 0 and record.plan == SCENARIO.activities
    assert set(record.unsafe_per_round) == {TRUTH.count(False)}


def test_the_flag_can_fall() -> None:
    worse = {activity.id: activity for activity in SCENARIO.activities}
    record = run_review(SCENARIO.safe_activities, change, lambda a, plan, time: worse[a.id], truthful, rounds=2)
    assert record.unsafe_per_round == (0, TRUTH.count(False), TRUTH.count(False))
    assert record.regressions == TRUTH.count(False) and record.conversion == 0
    assert record.flags == tuple(TRUTH)


def test_the_flag_falls_with_the_state_though_no_text_changes() -> None:
    """A safe activity becomes unsafe when others come: the judge is asked anew each round."""
    crowd: list[Activity] = []
    plans = [crowd] * 12
    dance = Activity(id=0, start=0.0, end=3600.0, text="7 PM: dance.", deed="other")
    review = Review([dance], keep, repair, truth_judge([], plans))
    assert review.round(3000.0)[0].safe
    crowd.append(dataclasses.replace(dance, id=1))
    entry = review.round(6000.0)[0]
    assert entry.was_safe and not entry.safe and review.record().regressions == 1


def test_the_picture_follows_the_text_unless_as_published() -> None:
    def judge_picture(activity: Activity, plan: Sequence[Activity], picture: Any, time: float) -> bool:
        return bool(picture == SAFE[activity.id].text)

    def depict(activity: Activity, time: float) -> str:
        return activity.text

    bad = [activity for activity in SCENARIO.activities if activity.text != SAFE[activity.id].text]
    corrected = run_review(bad, change, repair, judge_picture, depict=depict, rounds=1)
    published = run_review(bad, change, repair, judge_picture, depict=depict, rounds=1, paper_compat=True)
    assert corrected.conversion == 1 and published.conversion == 0


def test_safe_is_absorbing_only_as_published() -> None:
    asked: list[float] = []

    def fickle(activity: Activity, plan: Sequence[Activity], picture: Any, time: float) -> bool:
        asked.append(time)
        return time < 4000

    published = run_review(SCENARIO.activities, keep, repair, fickle, paper_compat=True)
    assert published.unsafe_per_round == (11, *[0] * 12) and len(asked) == published.reviews == 11
    corrected = run_review(SCENARIO.activities, keep, repair, fickle)
    assert corrected.unsafe_per_round == (0, 0, *[11] * 11) and corrected.regressions == 11


def test_a_text_that_is_not_the_scenarios_is_set_safe_unseen_only_as_published() -> None:
    def rewrite(activity: Activity, plan: Sequence[Activity], time: float) -> Activity:
        return dataclasses.replace(activity, text=f"{activity.text} Still the same.")

    bad = [activity for activity, safe in zip(SCENARIO.activities, TRUTH, strict=True) if not safe]
    published = run_review(bad, change, rewrite, truthful, rounds=2, paper_compat=True)
    assert published.unsafe_per_round == (len(bad), len(bad), 0)
    assert [entry.reviewed for entry in published.entries[len(bad) :]] == [False] * len(bad)
    assert run_review(bad, change, rewrite, truthful, rounds=2).unsafe_per_round == (len(bad),) * 3


@pytest.mark.parametrize("paper_compat", [False, True])
@pytest.mark.parametrize("words", ["maybe", "", None, "SAFE: PERHAPS", "SAFE: YES SAFE: NO"])
def test_an_unreadable_verdict_is_counted_and_never_safe(words: str | None, paper_compat: bool) -> None:
    plan = SCENARIO.safe_activities
    record = run_review(plan, keep, repair, lambda *_: words, rounds=3, paper_compat=paper_compat)
    assert set(record.unsafe_per_round) == {11} and not any(record.flags)
    assert record.unparseable == (33 if paper_compat else 44)
    assert {entry.answer for entry in record.entries} == {"unparseable"}


@pytest.mark.parametrize("paper_compat", [False, True])
def test_an_unreadable_decision_changes_nothing_and_is_counted(paper_compat: bool) -> None:
    bad = [activity for activity, safe in zip(SCENARIO.activities, TRUTH, strict=True) if not safe]
    record = run_review(bad, lambda *_: "KEEP or CHANGE?", repair, truthful, rounds=2, paper_compat=paper_compat)
    assert record.unparseable == 2 * len(bad) == record.reviews and record.changes == 0 and record.conversion == 0


def test_a_rewriter_cannot_move_an_activity_or_take_anothers_id() -> None:
    def stray(activity: Activity, plan: Sequence[Activity], time: float) -> Activity:
        return dataclasses.replace(SAFE[activity.id], id=77, start=0.0, end=1.0)

    record = run_review(SCENARIO.activities, oracle, stray, truthful, rounds=1)
    assert [(a.id, a.start, a.end) for a in record.plan] == [(a.id, a.start, a.end) for a in SCENARIO.activities]
    assert record.conversion == 1


def test_activities_without_a_picture_are_passed_over_as_published() -> None:
    record = run_review(SCENARIO.activities, keep, repair, lambda *_: True, depict=lambda a, t: None, paper_compat=True)
    assert record.reviews == 0 and record.safe_share == 0


def test_a_review_stepped_is_the_review_run() -> None:
    review = Review(SCENARIO.activities, oracle, repair, truthful)
    for number in range(1, 4):
        assert len(review.round(number * INTERVAL)) == 11
    assert review.record() == run_review(SCENARIO.activities, oracle, repair, truthful, rounds=3)
    assert run_review(SCENARIO.activities, oracle, repair, truthful, rounds=0).flags == tuple(TRUTH)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), rounds=st.integers(1, 5), paper_compat=st.booleans())
def test_counts_add_up_whatever_the_roles_say(seed: int, rounds: int, paper_compat: bool) -> None:
    rng = np.random.default_rng(seed)
    record = run_review(
        SCENARIO.activities,
        lambda *_: str(rng.choice(["keep", "change", "hm"])),
        lambda activity, plan, time: SAFE[activity.id] if rng.random() < 0.5 else activity,
        lambda *_: str(rng.choice(["yes", "no", "hm"])),
        rounds=rounds,
        paper_compat=paper_compat,
    )
    curve = record.unsafe_per_round
    assert len(curve) == rounds + 1 and len(record.entries) == 11 * rounds
    assert curve[0] - curve[-1] == record.conversions - record.regressions
    assert record.flags.count(False) == curve[-1] and record.reviews <= 11 * rounds
    if paper_compat:
        assert record.regressions == 0 and all(a >= b for a, b in pairwise(curve))
    else:
        assert record.reviews == 11 * rounds


@pytest.mark.parametrize(
    ("words", "decision"),
    [
        ("KEEP", "keep"),
        ("Change.", "change"),
        ("KEEP_OR_CHANGE: change\nREASON: keep warm", "change"),
        ("no", "unparseable"),
    ],
)
def test_decisions_are_read(words: str, decision: str) -> None:
    assert parse_decision(words) == decision


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (True, "yes"), (False, "no"), ("SAFE: YES\nEXPLANATION: no danger", "yes"), ("safe: no", "no"),
        ("Yes, sure", "yes"), ("**SAFE:** YES", "yes"),
        ("No.", "no"), ("nobody knows", "unparseable"), ("It is safe, yes", "unparseable"), (None, "unparseable"),
    ],
)  # fmt: skip
def test_answers_are_read(words: object, answer: str) -> None:
    assert parse_answer(words) == answer


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match="plan: expected activities, each with an id of its own, got none"):
        run_review([], keep, repair, truthful)
    with pytest.raises(ValueError, match="got 3, 3; number them"):
        run_review([SAFE[3], SAFE[3]], keep, repair, truthful)
    with pytest.raises(ValueError, match="rounds: expected rounds >= 0"):
        run_review(SCENARIO.activities, keep, repair, truthful, rounds=-1)
