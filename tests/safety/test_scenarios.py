"""Scenarios from seeds: truly unsafe and truly safe by construction, distinct, the same for the same seed."""

from collections import Counter
from functools import cache

import numpy as np
import pytest

from safety.primitives import PRIMITIVES
from safety.scenario import ACTIVITIES, CATEGORIES, HOUR, Activity, Scenario
from safety.scenarios import LEAST_UNSAFE, generate, plans_for, square_places
from safety.truth import judge, judge_plan, occasion_of
from safety.wording import hour_of, phrasing_of

SEEDS = 200


@cache
def drawn() -> list[Scenario]:
    """Return a scenario for each of the seeds, the categories in turn."""
    return [generate(seed, CATEGORIES[seed % len(CATEGORIES)]) for seed in range(SEEDS)]


def test_every_safe_plan_is_safe_and_most_of_every_unsafe_plan_is_not() -> None:
    for scenario in drawn():
        assert all(verdict.safe for verdict in judge_plan(scenario, scenario.safe_activities)), scenario.id
        unsafe = [not verdict.safe for verdict in judge_plan(scenario, scenario.activities)]
        assert sum(unsafe) >= LEAST_UNSAFE > ACTIVITIES / 2, scenario.id
        about = {hazard.id for hazard in scenario.hazards}
        assert all(activity.hazard in about for activity, bad in zip(scenario.activities, unsafe, strict=True) if bad)


def test_a_day_goes_from_seven_to_five_by_hours() -> None:
    for scenario in drawn():
        for plan in (scenario.activities, scenario.safe_activities):
            assert [activity.id for activity in plan] == list(range(ACTIVITIES))
            assert [activity.start for activity in plan] == [index * HOUR for index in range(ACTIVITIES)]
            assert [hour_of(activity.text) for activity in plan] == [activity.start for activity in plan]
        assert scenario.plan[0].startswith("7 PM") and scenario.plan[-1].startswith("5 AM")


def test_plans_are_distinct_and_categories_and_kinds_all_used() -> None:
    scenarios = drawn()
    assert (
        len({scenario.plan for scenario in scenarios}) == len({scenario.plan_safe for scenario in scenarios}) == SEEDS
    )
    assert len({text for scenario in scenarios for text in scenario.plan}) > 8 * SEEDS
    assert {scenario.global_category for scenario in scenarios} == set(CATEGORIES)
    assert len({hazard.kind for scenario in scenarios for hazard in scenario.hazards}) == 52
    assert len({scenario.category for scenario in scenarios}) > 80
    assert {len(scenario.hazards) for scenario in scenarios} == {2, 3, 4, 5}


def test_a_scenario_is_about_its_category_and_its_hazards_come_and_go() -> None:
    scenarios = drawn()
    kinds = [{hazard.kind for hazard in scenario.hazards} for scenario in scenarios]
    for scenario, found in zip(scenarios, kinds, strict=True):
        assert scenario.global_category in {PRIMITIVES[kind].category for kind in found}
    windows = [hazard.begins > 0 or hazard.ends < np.inf for scenario in scenarios for hazard in scenario.hazards]
    assert 0.3 < np.mean(windows) < 0.9


def test_positions_agree_with_distances_and_lie_near_free_places() -> None:
    ground = square_places()
    for scenario in drawn()[:60]:
        hazards = {hazard.id: np.asarray(hazard.position) for hazard in scenario.hazards}
        for activity in (*scenario.activities, *scenario.safe_activities):
            if "distance" in activity.values:
                apart = float(np.linalg.norm(np.asarray(activity.position) - hazards[activity.hazard]))
                assert apart == pytest.approx(activity.values["distance"])
            assert np.min(np.linalg.norm(ground - np.asarray(activity.position), axis=1)) <= 1.5 + 1e-9


def test_counterparts_keep_the_hour_and_often_the_deed_and_its_clause() -> None:
    pairs = [
        (bad, good)
        for scenario in drawn()
        for bad, good in zip(scenario.activities, scenario.safe_activities, strict=True)
        if bad.hazard
    ]
    same = [(bad, good) for bad, good in pairs if bad.deed == good.deed]
    assert 0.6 < len(same) / len(pairs) < 0.9
    assert all(bad.text != good.text for bad, good in pairs)
    assert all(phrasing_of(bad.text) == phrasing_of(good.text) for bad, good in same[:150])


def test_words_alone_do_not_tell_the_label() -> None:
    """The most telling word of a bag is in no more than a small share of the unsafe texts alone."""
    unsafe = [text for s in drawn() for text, a in zip(s.plan, s.activities, strict=True) if a.hazard]
    safe = [text for s in drawn() for text, a in zip(s.plan_safe, s.safe_activities, strict=True) if a.hazard]

    def shares(texts: list[str]) -> dict[str, float]:
        bags = [set(text.lower().rstrip(".").replace(",", "").split()) for text in texts]
        counts = Counter(word for bag in bags for word in bag)
        return {word: count / len(texts) for word, count in counts.items()}

    first, second = shares(unsafe), shares(safe)
    assert max(abs(first.get(word, 0.0) - second.get(word, 0.0)) for word in {*first, *second}) < 0.25


def test_one_seed_one_scenario() -> None:
    assert generate(7) == generate(7) != generate(8)
    assert generate(np.random.default_rng(7)).plan == generate(np.random.default_rng(7)).plan


def test_held_out_phrasings_stay_out() -> None:
    scenario = generate(5, phrasings=[3])
    told = [
        phrasing_of(activity.text) for activity in (*scenario.activities, *scenario.safe_activities) if activity.hazard
    ]
    assert told and all(name.endswith("/3") for name in told)


def test_a_small_place_and_few_kinds_are_kept_to() -> None:
    room = np.stack(np.meshgrid(np.arange(0.0, 12.1, 1.0), np.arange(0.0, 8.1, 1.0)), -1).reshape(-1, 2)
    scenario = generate(
        1, "drink", room, scene="office", scene_seed=4, kinds=["spirits_bar", "wet_floor", "glass_door"]
    )
    assert {hazard.kind for hazard in scenario.hazards} <= {"spirits_bar", "wet_floor", "glass_door"}
    assert (scenario.scene, scenario.seed, scenario.global_category) == ("office", 4, "drink")
    for activity in (*scenario.activities, *scenario.safe_activities):
        x, y = activity.position
        assert -1.5 <= x <= 13.5 and -1.5 <= y <= 9.5


def test_each_agent_has_a_day_of_its_own_and_all_are_safe_together() -> None:
    for seed in range(4):
        scenario = generate(seed)
        days = plans_for(scenario, np.random.default_rng(seed), 5)
        assert len({tuple(a.text for a in day.activities) for day in days}) == 5
        for index, day in enumerate(days):
            others = [other.safe_activities for at, other in enumerate(days) if at != index]
            assert all(judge(a, scenario.hazards, occasion_of(a, others)).safe for a in day.safe_activities)
            assert sum(not judge(a, scenario.hazards).safe for a in day.activities) >= LEAST_UNSAFE


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match="category: expected one of fire and heat"):
        generate(1, "boredom")
    with pytest.raises(ValueError, match="kinds: expected one of food"):
        generate(1, "food", kinds=["grill"])
    with pytest.raises(ValueError, match=r"places: expected \(K, 2\) finite metres, got shape \(3,\)"):
        generate(1, places=[1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="places: expected room for a safe day"):
        generate(1, "threat", places=[(0.0, 0.0), (0.5, 0.0)], kinds=["brawl", "abandoned_bag"])
    bare = Scenario(id="s", category="c", global_category="food", description="d", plan=("x",), plan_safe=("y",))
    with pytest.raises(ValueError, match="scenario s: hazards: expected some"):
        plans_for(bare, np.random.default_rng(0), 2)
    assert isinstance(generate(1).activities[0], Activity)
