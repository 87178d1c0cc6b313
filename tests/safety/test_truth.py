"""The judge who knows: time, company, light and precautions decide; bad input is named."""

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safety.primitives import PRIMITIVES
from safety.scenario import HOUR, Activity, Hazard
from safety.scenario_files import scenario_from
from safety.scenarios import generate
from safety.truth import Occasion, daylight, judge, judge_plan, occasion_of, truth_judge
from safety.wording import rounded

DEEDS = [(kind, deed.name) for kind, primitive in PRIMITIVES.items() for deed in primitive.deeds]


def make_hazard(kind: str, share: float = 0.5, **fields: Any) -> Hazard:
    """Return a hazard whose values lie `share` of the way up their ranges."""
    values = {value.name: value.low + share * (value.high - value.low) for value in PRIMITIVES[kind].values}
    base = {"id": kind, "kind": kind, "position": (0.0, 0.0), "values": values}
    return Hazard(**{**base, **fields})


def make_activity(deed: str = "other", hazard: str = "", **fields: Any) -> Activity:
    base = {"id": 1, "start": HOUR, "end": 2 * HOUR, "text": "8 PM: x", "deed": deed, "hazard": hazard}
    return Activity(**{**base, **fields})


def draw(kind: str, name: str, which: str, rng: np.random.Generator) -> tuple[Hazard, Activity]:
    """Return a hazard and a deed with it, drawn from the table's ranges."""
    deed = PRIMITIVES[kind].deed(name)
    values = {key: float(rng.uniform(*span)) for key, span in getattr(deed, which).items()}
    return make_hazard(kind, float(rng.random())), make_activity(name, kind, values=rounded(values))


@pytest.mark.parametrize(("kind", "name"), DEEDS)
def test_every_deed_can_be_unsafe_and_safe_and_is_safe_once_the_danger_is_over(kind: str, name: str) -> None:
    rng = np.random.default_rng(0)
    deed = PRIMITIVES[kind].deed(name)
    unsafe = [draw(kind, name, "unsafe", rng) for _ in range(30)]
    verdicts = [judge(activity, [hazard]) for hazard, activity in unsafe]
    assert sum(not verdict.safe for verdict in verdicts) >= 10
    assert all(set(verdict.broken) <= set(deed.conditions) for verdict in verdicts)
    for hazard, activity in unsafe:
        over = dataclasses.replace(hazard, begins=0.0, ends=HOUR)
        assert judge(activity, [over]).safe, (activity.values, judge(activity, [over]))
    if deed.safe != deed.unsafe:
        assert (
            sum(judge(activity, [h]).safe for h, activity in (draw(kind, name, "safe", rng) for _ in range(30))) >= 10
        )
    for precaution in deed.precautions:
        careful = [judge(dataclasses.replace(activity, precautions=(precaution,)), [h]) for h, activity in unsafe]
        assert sum(verdict.safe for verdict in careful) > sum(verdict.safe for verdict in verdicts)


@settings(max_examples=40, deadline=None)
@given(
    row=st.sampled_from(DEEDS),
    seed=st.integers(0, 1000),
    turn=st.floats(-3, 3),
    x=st.floats(-50, 50),
    y=st.floats(-50, 50),
)
def test_a_turned_and_shifted_world_has_the_same_verdicts(
    row: tuple[str, str], seed: int, turn: float, x: float, y: float
) -> None:
    rng = np.random.default_rng(seed)
    hazard, activity = draw(*row, "unsafe", rng)
    other = make_hazard("wasp_nest", id="nest", position=(6.0, 1.0))
    apart = float(activity.values.get("distance", 0.5))
    activity = dataclasses.replace(activity, position=(apart, 0.0))

    def move(place: tuple[float, float]) -> tuple[float, float]:
        cos, sin = math.cos(turn), math.sin(turn)
        return (cos * place[0] - sin * place[1] + x, sin * place[0] + cos * place[1] + y)

    moved = [dataclasses.replace(one, position=move(one.position)) for one in (hazard, other)]
    first = judge(activity, [hazard, other])
    second = judge(dataclasses.replace(activity, position=move(activity.position)), moved)
    assert second.margin == pytest.approx(first.margin, abs=1e-6)
    if abs(first.margin) > 1e-6:
        assert second.safe == first.safe


def test_a_verdict_changes_with_the_hour() -> None:
    hazard = make_hazard("bonfire", begins=3 * HOUR, ends=5 * HOUR)
    near = make_activity("warm hands", "bonfire", values={"distance": 1.0})
    said = [judge(near, [hazard], Occasion(time=hour * HOUR)).safe for hour in (2, 3, 4, 5)]
    assert said == [True, False, False, True]
    assert judge(near, [hazard], Occasion(time=4 * HOUR)).broken == ("heat",)


def test_a_verdict_changes_with_the_company() -> None:
    stage = make_hazard("overloaded_stage", values={"load_limit": 500.0, "radius": 2.0, "height": 1.0})
    four = make_activity("jump together", "overloaded_stage", values={"distance": 0.5, "people": 4.0})
    assert judge(four, [stage]).safe
    dancers = tuple((0.1 * index, 0.0) for index in range(3))
    assert judge(four, [stage], Occasion(time=HOUR, others=dancers)).broken == ("load",)
    alone = make_activity(position=(10.0, 0.0))
    packed = Occasion(time=HOUR, others=((10.0, 0.5),) * 12)
    assert judge(alone, []).safe and judge(alone, [], packed).broken == ("density",)
    assert judge(alone, [], dataclasses.replace(packed, others=((10.0, 1.5),) * 12)).safe


def test_occasions_hold_where_the_others_are_at_that_hour() -> None:
    now = make_activity(position=(1.0, 1.0))
    later = make_activity(id=2, start=2 * HOUR, end=3 * HOUR, position=(2.0, 2.0))
    assert occasion_of(now, [[now, later], [later]]).others == ((1.0, 1.0),)
    assert occasion_of(later, [[now, later]]) == Occasion(time=2 * HOUR, others=((2.0, 2.0),))


def test_the_judge_follows_plans_that_are_revised() -> None:
    stage = make_hazard("overloaded_stage", values={"load_limit": 400.0, "radius": 2.0, "height": 1.0})
    five = make_activity("jump together", "overloaded_stage", values={"distance": 0.5, "people": 5.0})
    friend = [make_activity(position=(9.0, 9.0))]
    decide = truth_judge([stage], [friend])
    assert decide(five, [five], None, 0.0)
    friend[0] = dataclasses.replace(friend[0], position=(1.0, 0.0))
    assert not decide(five, [five], None, 3000.0)


def test_whoever_is_near_another_hazard_is_in_danger() -> None:
    nest = make_hazard("wasp_nest", position=(5.0, 0.0))
    for position, safe in (((4.0, 0.0), False), ((20.0, 0.0), True)):
        verdict = judge(make_activity(position=position), [nest])
        assert verdict.safe is safe and (verdict.margin >= 0) is safe
    assert "wasp_nest: nearer than its clearance" in judge(make_activity(position=(4.0, 0.0)), [nest]).explanation


def test_daylight_lights_the_steps() -> None:
    steps = make_hazard("unlit_steps")
    run = make_activity("run down", "unlit_steps", values={"distance": 0.5, "speed": 2.0})
    assert judge(run, [steps]).broken == ("light",)
    assert judge(run, [steps], Occasion(time=HOUR, daylight=daylight(12))).safe
    assert daylight(2) == daylight(23) == daylight(26) == 0 and daylight(13.5) == pytest.approx(20_000)


def test_a_precaution_that_does_not_fit_the_deed_helps_nothing() -> None:
    nest = make_hazard("wasp_nest")
    near = make_activity("take selfie", "wasp_nest", values={"distance": 1.0})
    assert judge(near, [nest]) == judge(dataclasses.replace(near, precautions=("harness", "on a leash")), [nest])


def test_ear_plugs_help_as_far_as_they_go() -> None:
    stack = make_hazard("loudspeaker_stack", values={"level": 104.0})
    dance = make_activity("dance by it", "loudspeaker_stack", values={"distance": 1.0, "minutes": 60.0})
    plugged = dataclasses.replace(dance, precautions=("ear plugs",))
    assert not judge(dance, [stack]).safe and judge(plugged, [stack]).safe  # 89 dB(A) for an hour of 190 minutes
    louder = dataclasses.replace(stack, values={"level": 112.0})
    assert not judge(plugged, [louder]).safe


@pytest.mark.parametrize(
    ("activity", "hazard", "words"),
    [
        (make_activity("poke it", "ghost"), make_hazard("wasp_nest"), "hazard: expected one of wasp_nest"),
        (make_activity("fly", "wasp_nest"), make_hazard("wasp_nest"), "deed: expected one of poke it"),
        (
            make_activity(),
            dataclasses.replace(make_hazard("wasp_nest"), kind="dragon"),
            "kind: expected one of bonfire",
        ),
        (make_activity(), make_hazard("wasp_nest", values={"height": 1.0}), "got none for clearance; add"),
    ],
)
def test_bad_input_is_named(activity: Activity, hazard: Hazard, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        judge(activity, [hazard])
    assert "\n" not in str(caught.value)


def test_texts_and_pictures_alone_are_refused() -> None:
    texts = ["8 PM: dance."]
    record = {"id": "p", "category": "c", "global_category": "Food & Drink", "description": "d", "plan": texts}
    with pytest.raises(ValueError, match="scenario p: activities: expected grounded activities for judge=truth"):
        judge_plan(scenario_from({**record, "plan_safe": texts}), [])
    scenario = generate(4)
    assert all(verdict.safe for verdict in judge_plan(scenario, scenario.safe_activities))
