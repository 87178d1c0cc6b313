"""Social metrics from events: closed forms on logs made by hand, and what order and asking early do not change."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safety.social_metrics import METRICS, STEP, SocialMetrics

Event = dict[str, Any]


def event(time: float, type: str, **fields: Any) -> Event:
    return {"step": round(10 * time), "time": time, "type": type, **fields}


def review(time: float, entity: int, activity: int, before: bool, after: bool | None, word: str = "change") -> Event:
    texts = {"before": "old", "after": "new" if word == "change" else "old"}
    return event(time, "plan_revision", entity=entity, activity=activity, decision=word, safe_before=before,
                 safe_after=after, decided_by="rules", **texts)  # fmt: skip


def metrics_of(events: list[Event], **options: Any) -> SocialMetrics:
    metrics = SocialMetrics(**options)
    for one in events:
        metrics.update(one)
    return metrics


def values(events: list[Event], **options: Any) -> dict[str, float]:
    return metrics_of(events, **options).values()


# ---------------------------------------------------------------- plans

PLANS = [
    event(0.0, "plan_state", entity=1, safe=[False, False, False, True]),
    event(0.0, "plan_state", entity=2, safe=[True, True, False, False]),
    review(10.0, 1, 0, False, True),
    review(10.0, 1, 1, False, False, "keep"),
    review(10.0, 2, 2, False, True),
    review(10.0, 2, 3, False, None, "unparseable"),
    review(20.0, 1, 0, True, False, "keep"),  # the hazard has changed: safe no longer
    review(20.0, 1, 2, False, True),
    event(20.0, "plan_state", entity=2, safe=[True, True, True, True]),
]


def test_plans_convert_and_fall_back() -> None:
    found = values(PLANS)
    assert (found["plan_reviews"], found["plan_changes"], found["plan_rounds"]) == (6, 3, 3)
    assert (found["unparseable"], found["unjudged"], found["regressions"]) == (1, 1, 1)
    assert found["conversion"] == pytest.approx((1 / 3 + 2 / 2) / 2)
    assert found["unsafe_per_plan"] == pytest.approx((2 + 0) / 2)
    series = metrics_of(PLANS).series("unsafe_per_plan")
    assert series.times.tolist() == [0.0, 10.0, 20.0]
    assert series.values.tolist() == [2.5, (2 + 1) / 2, 1.0]


def test_published_flags_begin_unsafe_and_stay_safe() -> None:
    metrics = metrics_of(PLANS, paper_compat=True)
    series = metrics.series("unsafe_per_plan")
    assert series.values.tolist() == [4.0, (3 + 3) / 2, (2 + 0) / 2]
    found = metrics.values()
    assert found["conversion"] == pytest.approx((2 / 4 + 4 / 4) / 2)
    assert found["regressions"] == 0
    assert {entity: plan.unsafe for entity, plan in metrics.plans().items()} == {1: 2, 2: 0}


def test_conversion_of_eleven_is_in_elevenths() -> None:
    """Figure 5 of the paper: 18 % is 2/11."""
    events = [event(0.0, "plan_state", entity=1, safe=[False] * 11)]
    events += [review(50.0, 1, activity, False, activity < 2) for activity in range(11)]
    for compat in (False, True):
        assert values(events, paper_compat=compat)["conversion"] == pytest.approx(2 / 11)


def test_a_plan_that_was_safe_has_no_conversion() -> None:
    assert "conversion" not in values([event(0.0, "plan_state", entity=1, safe=[True, True])])


# ---------------------------------------------------------------- offers and talks


def offer(time: float, entity: int, kind: str, accepted: bool, mode: str) -> Event:
    return event(time, "offer", entity=entity, kind=kind, accepted=accepted, mode=mode)


def test_waiting_is_no_acceptance() -> None:
    offers = [
        offer(1.0, 1, "talk", True, "talk"), offer(1.0, 2, "talk", False, "go"), offer(2.0, 1, "react", True, "wait"),
        offer(3.0, 1, "react", True, "help"), offer(4.0, 1, "react", False, "go"),
    ]  # fmt: skip
    ours, published = values(offers), values(offers, paper_compat=True)
    assert (ours["acceptance_talk"], ours["acceptance_react"], ours["acceptance_ratio"]) == (1 / 2, 1 / 3, 2 / 5)
    assert (published["acceptance_talk"], published["acceptance_react"]) == (1 / 2, 1 / 3)  # the one who waits
    assert metrics_of(offers[2:3]).series("acceptance_react").values.tolist() == [0.0]
    assert metrics_of(offers[2:3], paper_compat=True).series("acceptance_react").values.tolist() == [1.0]


def test_what_was_not_offered_has_no_ratio_but_in_print() -> None:
    nothing = [event(5.0, "episode_end", reason="stop")]
    assert values(nothing) == {}
    assert values(nothing, paper_compat=True) == {
        "acceptance_talk": 0.0, "acceptance_react": 0.0, "acceptance_ratio": 0.0,
    }  # fmt: skip


def test_decisions_of_residents_are_offers() -> None:
    def decision(time: float, entity: int, cause: str, activity: str) -> Event:
        return event(time, "decision", entity=entity, event=cause, activity=activity, decided_by="rules")

    events = [
        decision(1.0, 1, "met", "talk"), decision(1.0, 2, "met", "go"), decision(2.0, 1, "robot", "approach"),
        decision(2.0, 2, "robot", "wait"), decision(3.0, 2, "plan", "go"), decision(4.0, 1, "met", "talk"),
        offer(4.0, 1, "talk", False, "go"),  # says it outright, and wins
    ]  # fmt: skip
    found = values(events)
    assert found["offers"] == 5
    assert (found["acceptance_talk"], found["acceptance_react"]) == (1 / 3, 1 / 2)


def speech(start: float, end: float, speaker: int, *hearers: int, text: str = "well") -> Event:
    return event(start, "speech", speaker=speaker, hearers=list(hearers), text=text, act="chat", start=start, end=end)


TALKS = [
    speech(1.0, 3.0, 1, 2),  # the opening of a talk, before all stand
    event(4.0, "chat", people=[1, 2]),
    speech(4.5, 10.0, 2, 1),
    speech(11.0, 31.0, 1, 2),
    speech(70.0, 72.0, 3, 1, 2),  # another one, without a chat
    speech(73.0, 75.0, 2, 1, 3),
    speech(74.0, 75.0, 4),  # to nobody
    speech(200.0, 201.0, 3, 2),
]


def test_talks_interactions_and_their_density() -> None:
    metrics = metrics_of(TALKS)
    assert [(sorted(talk.people), talk.start, talk.end) for talk in metrics.talks()] == [
        ([1, 2], 1.0, 31.0), ([1, 2, 3], 70.0, 75.0), ([2, 3], 200.0, 201.0),
    ]  # fmt: skip
    assert metrics.interactions() == {(1, 2): 2, (2, 1): 2, (2, 3): 1, (3, 1): 1, (3, 2): 2}
    found = metrics.values()
    assert (found["talks"], found["talk_duration"], found["interactions"]) == (3, 12.0, 8)
    assert found["interaction_density"] == pytest.approx(5 / (4 * 3))  # of people 1 to 4


def test_published_interactions_are_steps_in_a_talk() -> None:
    metrics = metrics_of(TALKS, paper_compat=True)
    assert metrics.interactions() == {
        (1, 2): 4, (2, 1): 4, (1, 3): 1, (3, 1): 1, (2, 3): 2, (3, 2): 2,
    }  # at 10, 20 and 30 s, at 70 s, and at 200 s  # fmt: skip
    series = metrics.series("interaction_density")
    assert series.times.tolist() == [STEP * step for step in range(21)]
    assert series.values[-1] == pytest.approx(14 / 21)


def test_talks_of_the_same_words_are_one_in_print() -> None:
    twice = [speech(time, time + 2.0, 1, 2, text="hello") for time in (0.0, 100.0)]
    assert values(twice)["talks"] == 2
    assert values(twice, paper_compat=True)["talks"] == 1


def test_the_robot_talks_but_is_none_of_the_people() -> None:
    metrics = metrics_of([speech(0.0, 1.0, 0, 5), speech(2.0, 3.0, 5, 0), speech(5.0, 6.0, 5, 6)])
    assert metrics.people() == {5, 6}
    assert metrics.interactions()[0, 5] == 1
    assert metrics.values()["interaction_density"] == 1 / 2


# ---------------------------------------------------------------- diffusion and zones


def told(time: float, source: int, target: int, item: str = "party") -> Event:
    return event(time, "told", source=source, target=target, item=item)


CHAIN = [told(10.0, 1, 2), told(30.0, 2, 3), told(40.0, 1, 2), told(70.0, 3, 4), told(70.0, 1, 3)]


def test_a_chain() -> None:
    metrics = metrics_of(CHAIN, people=range(1, 7))
    found = metrics.values()
    assert (found["agents_reached"], found["cascade_depth"], found["items"]) == (3, 3, 1)
    assert found["diffusion_reach"] == pytest.approx(3 / 5)
    assert found["diffusion_half_time"] == 60.0  # 3 of 5
    assert found["reproduction_number"] == pytest.approx((2 + 1 + 1 + 0) / 4)
    assert found["targets_per_source"] == pytest.approx(4 / 3)
    assert found["propagation_time"] == pytest.approx((20 + 60) / 2)
    assert metrics.series("diffusion_reach").values.tolist() == pytest.approx([1 / 5, 2 / 5, 2 / 5, 3 / 5])
    assert values(CHAIN, paper_compat=True)["propagation_time"] == pytest.approx((20 + 30 + 60 + 60) / 4)


@pytest.mark.parametrize("targets", [1, 3, 8])
def test_a_star(targets: int) -> None:
    """One tells k others: depth 1, k targets of one source, k / (k + 1) of everybody informed."""
    events = [told(5.0 * k, 1, 1 + k) for k in range(1, targets + 1)]
    found = values(events, people=range(1, targets + 2))
    assert (found["cascade_depth"], found["targets_per_source"], found["diffusion_reach"]) == (1, targets, 1)
    assert found["reproduction_number"] == pytest.approx(targets / (targets + 1))
    assert found["diffusion_half_time"] == 5.0 * (-(-targets // 2) - 1)


def test_a_complete_tree() -> None:
    """Everybody tells two others, three levels deep: 14 others, R = 14 / 15, each source two."""
    pairs = [(node, child) for node in range(1, 8) for child in (2 * node, 2 * node + 1)]
    events = [told(10.0 * node.bit_length(), node, child) for node, child in pairs]
    found = values(events)
    assert (found["agents_reached"], found["cascade_depth"], found["targets_per_source"]) == (14, 3, 2)
    assert found["reproduction_number"] == pytest.approx(14 / 15)


def test_items_are_apart() -> None:
    events = [*CHAIN, told(80.0, 5, 6, "fire"), told(80.0, 6, 5, "gas"), told(80.0, 5, 6, "gas")]
    metrics = metrics_of(events)
    assert {item: len(one.reached) for item, one in metrics.cascades().items()} == {"party": 3, "fire": 1, "gas": 0}
    assert metrics.values()["agents_reached"] == pytest.approx(4 / 3)


def test_less_than_half_has_no_half_time() -> None:
    assert "diffusion_half_time" not in values([told(1.0, 1, 2)], people=range(1, 10))


def test_zones() -> None:
    def zone(time: float, name: str) -> Event:
        return event(time, "zone", entity=1, zone=name)

    def life(time: float, entity: int, state: str, place: str) -> Event:
        return event(time, "life", entity=entity, state=state, place=place, doing="eat")

    events = [
        zone(0.0, "bar"), zone(10.0, "bar"), zone(20.0, ""), zone(25.0, "pool"), zone(40.0, "bar"),
        life(5.0, 1, "there", "nowhere"),  # entity 1 has zones of its own
        life(0.0, 2, "away", "home"), life(30.0, 2, "coming", "cafe"), life(40.0, 2, "there", "cafe"),
        event(50.0, "episode_end", reason="stop"),
    ]  # fmt: skip
    metrics = metrics_of(events)
    assert metrics.zones() == {
        1: [("bar", 0.0, 20.0), ("pool", 25.0, 40.0), ("bar", 40.0, 50.0)],
        2: [("away", 0.0, 30.0), ("cafe", 40.0, 50.0)],
    }  # fmt: skip
    assert metrics.values()["zone_transitions"] == 3 / 2
    assert metrics.values()["zone_stay"] == pytest.approx((20 + 15 + 10 + 30 + 10) / 5)
    assert metrics.series("zone_transitions").times.tolist() == [25.0, 40.0, 40.0]


# ---------------------------------------------------------------- order, and bad input

WHO = st.integers(1, 4)
TIMES = st.integers(0, 6).map(lambda step: 20.0 * step)
EVENTS = st.one_of(
    st.builds(review, TIMES, WHO, st.integers(0, 3), st.booleans(), st.sampled_from([True, False, None]),
              st.sampled_from(["keep", "change", "unparseable"])),
    st.builds(lambda t, e, flags: event(t, "plan_state", entity=e, safe=flags), TIMES, WHO,
              st.lists(st.booleans(), min_size=4, max_size=4)),
    st.builds(offer, TIMES, WHO, st.sampled_from(["talk", "react"]), st.booleans(), st.sampled_from(["wait", "go"])),
    st.builds(lambda t, a, gap, item: told(t, a, (a + gap - 1) % 4 + 1, item), TIMES, WHO, st.integers(1, 3),
              st.sampled_from(["x", "y"])),
    st.builds(lambda t, e, z: event(t, "zone", entity=e, zone=z), TIMES, WHO, st.sampled_from(["", "a", "b"])),
    st.builds(lambda t, a, b, length: speech(t, t + length, a, *b), TIMES, WHO, st.lists(WHO, max_size=3),
              st.floats(0.0, 30.0)),
    st.builds(lambda t, a: event(t, "chat", people=[a, a % 4 + 1]), TIMES, WHO),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(EVENTS, max_size=40), st.integers(0, 2**31), st.booleans())
def test_order_within_a_step_and_early_questions_change_nothing(events: list[Event], seed: int, compat: bool) -> None:
    events = sorted(events, key=lambda one: one["time"])
    shuffled = [events[k] for k in np.random.default_rng(seed).permutation(len(events))]
    shuffled.sort(key=lambda one: one["time"])
    metrics = SocialMetrics(paper_compat=compat)
    for one in shuffled:
        metrics.update(one)
        metrics.values()
    batch = metrics_of(events, paper_compat=compat)
    assert metrics.values() == batch.values()
    found = batch.all_series()
    for name, series in found.items():
        alone = metrics.series(name)
        np.testing.assert_array_equal(alone.times, series.times)
        np.testing.assert_array_equal(alone.values, series.values)
        assert (np.diff(series.times) >= 0).all() and np.isfinite(series.values).all()
        if name in ("conversion", "interaction_density", "diffusion_reach") and not compat:
            assert (series.values >= 0).all() and (series.values <= 1).all()
    if compat and "conversion" in found:
        assert not any(any(plan.first.values()) for plan in batch.plans().values())
        assert found["regressions"].values[-1] == 0


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.booleans(), min_size=5, max_size=5), min_size=1, max_size=6))
def test_published_unsafe_only_falls(rounds: list[list[bool]]) -> None:
    events = [event(50.0 * k, "plan_state", entity=1, safe=flags) for k, flags in enumerate(rounds)]
    published = metrics_of(events, paper_compat=True).series("unsafe_per_plan").values
    assert (np.diff(published) <= 0).all()
    ours = metrics_of(events).series("unsafe_per_plan").values
    np.testing.assert_array_equal(ours, [5 - sum(flags) for flags in rounds])
    changes = np.diff(np.array(rounds, dtype=int), axis=0)
    falls = int((changes < 0).sum())
    assert values(events)["regressions"] == falls


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (event(1.0, "plan_revision", entity=1), "decision: expected one of keep, change, unparseable, got None"),
        ({**review(1.0, 1, 0, True, True), "safe_after": "yes"}, "safe_after: expected true, false or null, got 'yes'"),
        (event(1.0, "plan_state", entity=1, safe=[]), "safe: expected a list of true, false or null"),
        (event(1.0, "offer", entity=1, kind="hug", accepted=True), "kind: expected one of talk, react, got 'hug'"),
        (event(1.0, "offer", entity=1, kind="talk", accepted="yes"), "accepted: expected true or false"),
        (told(1.0, 2, 2), "target: expected somebody else than the source, got 2"),
        (event(1.0, "zone", entity=-1, zone="bar"), "entity: expected a whole number from 0, got -1"),
        (speech(3.0, 1.0, 1, 2), "end: expected at least the start 3"),
        (event(1.0, "chat", people=[3]), "people: expected at least two"),
        ({"type": "zone"}, "time: expected a finite number"),
        ({"time": 1.0}, "type: expected a word"),
    ],
)
def test_bad_events_are_one_line(bad: Event, words: str) -> None:
    with pytest.raises(ValueError, match="expected") as caught:
        SocialMetrics().update(bad)
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_a_plan_keeps_its_length_and_metrics_have_names() -> None:
    metrics = metrics_of([event(0.0, "plan_state", entity=1, safe=[True])])
    with pytest.raises(ValueError, match="expected 1 flags of the plan of 1, got 2"):
        metrics.update(event(1.0, "plan_state", entity=1, safe=[True, False]))
    with pytest.raises(ValueError, match="believability: expected one of unsafe_per_plan"):
        metrics.series("believability")
    assert all(len(metrics.series(name).times) in (0, 1) for name in METRICS)
