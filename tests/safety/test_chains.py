"""Harmless steps that do harm together, their repair, and guides whose claims are false while the danger lasts."""

import dataclasses
from pathlib import Path

import pytest

from safety.chains import CHAINS, generate_chain, judge_chain
from safety.liars import CLAIMS, claims_of, generate_liar
from safety.primitives import PRIMITIVES
from safety.scenario_files import read_scenarios, write_scenarios
from safety.scenarios import LEAST_UNSAFE, generate
from safety.truth import judge


@pytest.mark.parametrize("name", CHAINS)
def test_each_step_is_harmless_and_the_last_does_the_harm(name: str) -> None:
    for seed in range(3):
        scenario = generate_chain(seed, name)
        steps = [activity for activity in scenario.activities if activity.hazard]
        assert len(steps) == len(CHAINS[name].steps) >= 3
        assert all(judge(activity, scenario.hazards).safe for activity in scenario.activities)
        verdicts = judge_chain(scenario, scenario.activities)
        assert [a.id for a, v in zip(scenario.activities, verdicts, strict=True) if not v.safe] == [steps[-1].id]
        assert CHAINS[name].goal in next(verdict.explanation for verdict in verdicts if not verdict.safe)


@pytest.mark.parametrize("name", CHAINS)
def test_the_repaired_chain_never_does_harm(name: str) -> None:
    scenario = generate_chain(1, name)
    assert all(verdict.safe for verdict in judge_chain(scenario, scenario.safe_activities))
    assert all(judge(activity, scenario.hazards).safe for activity in scenario.safe_activities)
    changed = [a.id for a, b in zip(scenario.activities, scenario.safe_activities, strict=True) if a != b]
    assert len(changed) == 1


@pytest.mark.parametrize("name", CHAINS)
def test_a_chain_without_any_one_of_its_needed_steps_does_no_harm(name: str) -> None:
    scenario = generate_chain(2, name)
    steps = [activity for activity in scenario.activities if activity.hazard]
    harmless = 0
    for left_out in steps:
        rest = [activity for activity in scenario.activities if activity.id != left_out.id]
        harmless += all(verdict.safe for verdict in judge_chain(scenario, rest))
    assert harmless >= 2  # the straw at the end, and something before it


def test_chains_span_primitives_and_keep_to_eleven_hours() -> None:
    assert len(CHAINS) >= 8 and len({chain.kind for chain in CHAINS.values()}) >= 8
    for seed in range(5):
        scenario = generate_chain(seed)
        assert len(scenario.plan) == 11 and scenario.family == "chain"
        assert scenario.global_category == PRIMITIVES[scenario.hazards[0].kind].category
        assert generate_chain(seed) == scenario


def test_only_chains_are_judged_as_chains() -> None:
    with pytest.raises(ValueError, match="family: expected a chain, got party"):
        judge_chain(generate(1), ())
    with pytest.raises(ValueError, match="chain: expected one of"):
        generate_chain(1, "world domination")


def test_a_guide_lies_about_dangers_and_only_about_them() -> None:
    true, false = 0, 0
    for seed in range(20):
        scenario = generate_liar(seed)
        claims = claims_of(scenario, scenario.activities)
        for claim in claims:
            assert claim.words in scenario.activities[claim.activity].text
            assert judge(scenario.activities[claim.activity], scenario.hazards).safe == claim.true
        assert len(claims) == sum(bool(activity.hazard) for activity in scenario.activities)
        assert sum(not claim.true for claim in claims) >= LEAST_UNSAFE
        true, false = true + sum(claim.true for claim in claims), false + sum(not claim.true for claim in claims)
        assert all(judge(activity, scenario.hazards).safe for activity in scenario.safe_activities)
        assert any(not claim.true for claim in claims_of(scenario, scenario.safe_activities))  # told, and not believed
    assert 0.1 < true / (true + false) < 0.5


def test_a_claim_is_true_of_the_safe_counterpart() -> None:
    scenario = generate_liar(3)
    calm = tuple(dataclasses.replace(hazard, begins=1e6, ends=2e6) for hazard in scenario.hazards)
    calmed = dataclasses.replace(scenario, hazards=calm)
    assert all(claim.true for claim in claims_of(calmed, calmed.activities))
    assert all(judge(activity, calm).safe for activity in scenario.activities)


def test_claims_are_about_primitives_and_files_keep_both_families(tmp_path: Path) -> None:
    assert set(CLAIMS) <= set(PRIMITIVES) and len(CLAIMS) >= 20
    with pytest.raises(ValueError, match="kinds: expected some of"):
        generate_liar(1, kinds=["bonfire"])
    scenarios = [generate_liar(1), generate_chain(1)]
    write_scenarios(tmp_path / "x.jsonl", scenarios)
    assert read_scenarios(tmp_path / "x.jsonl") == scenarios
