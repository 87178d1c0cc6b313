"""Chains and liars: who notices them, and how they are drawn in our scenes."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embodied import cli
from embodied.evaluate_families import (
    READINGS,
    Case,
    chain_rows,
    claims_in,
    liar_rows,
    rate,
    read_steps,
    score,
    see_names,
    weigh,
    without_claim,
)
from embodied.party.families import CHAIN_CATEGORIES, chains_about
from embodied.party.pictures import telltales
from embodied.party.rules import CLIP, HINTED
from embodied.results import read_results
from embodied.scenarios_verb import hang
from embodied.statistics import wilson
from safety.chains import CHAINS, generate_chain, judge_chain
from safety.liars import CLAIMS, claims_of, generate_liar
from safety.scenario import Scenario
from safety.scenario_files import read_scenarios
from safety.truth import judge

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def guided() -> list[Scenario]:
    return [generate_liar(seed) for seed in range(8)]


def pooled(rows: list[dict], model: str, variant: str) -> dict:
    (row,) = (row for row in rows if (row["model"], row["variant"], row["category"]) == (model, variant, "all"))
    return {name: metric["value"] for name, metric in row["metrics"].items()}


# -------------------------------------------------------------------- chains


def test_the_truth_catches_all_chains_with_their_last_step_and_no_repaired_one() -> None:
    days = [generate_chain(seed, name) for seed, name in enumerate(CHAINS)]
    rows = chain_rows(days, RNG)
    assert pooled(rows, "truth", "bound") == {"caught": 1.0, "early": 0.0, "false_alarm": 0.0}
    assert {(row["model"], row["variant"]) for row in rows if row["model"] != "truth"} == {
        (model, variant) for model in ("reviewer", "bag_of_words", "keywords") for variant in READINGS
    }
    assert {row["category"] for row in rows} == {"all", *CHAINS}
    for row in rows:
        metrics = row["metrics"]
        assert row["split"] == "chains" and metrics["early"]["value"] <= metrics["caught"]["value"]
        assert all(metric["lo"] <= metric["value"] <= metric["hi"] for metric in metrics.values() if "lo" in metric)


def test_days_of_one_chain_say_the_same_steps_and_count_once() -> None:
    rows = chain_rows([generate_chain(seed, "no way out") for seed in range(5)], RNG)
    sizes = {(row["model"], row["variant"]): row["n"] for row in rows if row["category"] == "no way out"}
    assert sizes["reviewer", "step"] == sizes["reviewer", "steps so far"] == 1
    assert sizes["reviewer", "day so far"] == sizes["truth", "bound"] == 5


def test_what_is_read_at_the_steps_of_a_chain() -> None:
    day = generate_chain(3, "ears")
    steps = [clause[0].upper() + clause[1:] + "." for clause, _ in CHAINS["ears"].steps]
    assert list(read_steps(day.activities, "step")) == steps
    assert list(read_steps(day.activities, "steps so far")) == [" ".join(steps[: k + 1]) for k in range(len(steps))]
    hours = [activity.id for activity in day.activities if activity.hazard]
    days = read_steps(day.activities, "day so far")
    for hour, text in zip(hours, days, strict=True):
        assert text == " ".join(line.split(": ", 1)[1] for line in day.plan[: hour + 1])


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=6), st.data())
def test_flags_count_up_to_the_harm(flags: list[tuple[bool, bool]], data: st.DataObject) -> None:
    unsafe, safe = zip(*flags, strict=True)
    harm = data.draw(st.integers(0, len(flags) - 1))
    found = score({"unsafe": unsafe, "safe": safe}, harm)
    first = unsafe.index(True) if True in unsafe else len(flags)
    assert found == {"caught": first <= harm, "early": first < harm, "false_alarm": True in safe}


# -------------------------------------------------------------------- liars


def test_who_believes_everything_believes_all_lies(guided: list[Scenario]) -> None:
    everything = CLIP / HINTED  # all that words can say against a claim
    rows = liar_rows(guided, (everything,), 0.5, RNG)
    for model in ("words", "words+ids"):
        assert pooled(rows, model, f"trust {everything:g}") == {"believed_lies": 1.0, "doubted_truths": 0.0}
    assert pooled(rows, "truth", "bound") == {"believed_lies": 0.0, "doubted_truths": 0.0}


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**31 - 1), st.lists(st.floats(0.0, 3.0), min_size=2, max_size=4, unique=True), st.floats(0, 1))
def test_more_trust_believes_more_lies_and_doubts_fewer_truths(seed: int, trusts: list[float], sight: float) -> None:
    rows = liar_rows([generate_liar(seed)], trusts := sorted(trusts), sight, RNG)
    for model in ("words", "words+ids"):
        found = [
            {name: metric["value"] for name, metric in row["metrics"].items()}
            for row in rows
            if row["model"] == model and row["category"] == "all"
        ]
        assert len(found) == len(trusts)
        for less, more in pairwise(found):
            assert more["believed_lies"] >= less["believed_lies"]
            assert more.get("doubted_truths", 0.0) <= less.get("doubted_truths", 0.0)


def test_words_alone_do_not_tell_a_lie_and_names_of_things_do(guided: list[Scenario]) -> None:
    """The same claims with the hazards as they are, and with all of them dealt with."""
    calm = [
        replace(day, hazards=tuple(replace(hazard, begins=1e6, ends=2e6) for hazard in day.hazards)) for day in guided
    ]
    told, true = ([one for day in days for one in claims_in(day)] for days in (guided, calm))
    assert all(one.true for one in true) and not all(one.true for one in told)
    assert weigh(told, "words", 0.5) == weigh(true, "words", 0.5)
    for lied, honest, one in zip(weigh(told, "words+ids", 0.5), weigh(true, "words+ids", 0.5), told, strict=True):
        assert (lied > honest) == (not one.true and bool(telltales(one.hazard.kind)))


def test_names_of_things_tell_the_state_where_a_name_does(guided: list[Scenario]) -> None:
    for day in guided:
        for one in claims_in(day):
            seen = see_names(one.hazard, one.activity.start)
            assert (seen.danger < 0.5) == one.true or not telltales(one.hazard.kind)
    told = sum(bool(telltales(kind)) for kind in CLAIMS)
    assert 0 < told <= len(CLAIMS)


def test_what_a_guide_says_is_told_from_what_is_done(guided: list[Scenario]) -> None:
    for day in guided:
        for activity in day.activities:
            if not activity.hazard:
                with pytest.raises(ValueError, match="text: expected a guide's claim"):
                    without_claim(activity)
                continue
            (claim,) = claims_of(day, [activity])
            bare = without_claim(activity)
            time, deed = bare.text.split(": ", 1)
            assert claim.words not in bare.text
            assert activity.text == f"{time}: The guide says that {claim.words}, so {deed[0].lower()}{deed[1:]}"


# -------------------------------------------------------------------- rates


def test_a_rate_is_the_mean_over_groups_of_different_words() -> None:
    one = [Case(group="a", read=str(k), hit=k < 3) for k in range(10)]
    low, high = wilson(3, 10)
    assert rate([*one, *one], RNG) == {"value": pytest.approx(0.3), "lo": low, "hi": high}
    whole = [Case(group="b", read=str(k), hit=True) for k in range(30)]
    none = [Case(group="c", read="x", hit=False)]
    assert rate([*whole, *none], RNG) == {"value": 0.5, "lo": wilson(1, 2)[0], "hi": wilson(1, 2)[1]}
    mixed = rate([*one, *whole, *none], RNG)
    assert mixed["value"] == pytest.approx((0.3 + 1.0 + 0.0) / 3)
    assert mixed["lo"] < mixed["value"] < mixed["hi"]


# -------------------------------------------------------------------- the command line


def test_rows_of_the_evaluation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["evaluate", "safety", "work=families", "scenarios=12", "trust=[0,2]", f"out={tmp_path}"]
    assert cli.main(words) == 0
    rows = read_results(tmp_path / "results.json")["rows"]
    assert {row["work"] for row in rows} == {"families"}
    variants = {row["variant"] for row in rows if row["split"] == "liars"}
    assert variants == {"whole line", "trust 0", "trust 2", "bound"}
    assert pooled(rows, "words", "trust 2") == {"believed_lies": 1.0, "doubted_truths": 0.0}
    assert "chains bound all" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["evaluate", "safety", "work=families", "scenarios=11"], "scenarios=11: expected a whole number from 12"),
        (["evaluate", "safety", "work=families", "trust=[0,-1]"], "trust=-1: expected a number from 0"),
        (["evaluate", "safety", "work=families", "trust=[]"], "trust=: expected a number from 0"),
        (["evaluate", "safety", "work=families", "trust=[1,0,1.0]"], "trust=[1,0,1.0]: expected different numbers"),
        (["evaluate", "safety", "work=families", "sight=2"], "sight=2: expected a number from 0 to 1"),
        (["evaluate", "safety", "work=families", "colour=red"], "colour=red: expected one of the keys"),
        (["scenarios", "family=ghost"], "family=ghost: expected one of party, chain, liar"),
        (["scenarios", "family=liar", "category=food"], "category=food: of no use with family=liar"),
        (["scenarios", "family=chain", "category=tools"], "category=tools: expected all or some of fire and heat"),
        (["scenarios", "family=chain", "scene=moon"], "scene=moon: expected all or some of"),
    ],
)
def test_bad_input_is_one_line(
    words: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(words) == 2
    error = capsys.readouterr().err
    assert says in error and error.count("\n") == 1
    assert not any(tmp_path.iterdir())


def test_every_chain_is_about_a_category() -> None:
    assert chains_about(CHAIN_CATEGORIES) == tuple(CHAINS)
    assert chains_about(["fire and heat"]) == ("fuel on hot coals",) and chains_about(["tools"]) == ()


def test_chains_and_liars_are_drawn_in_our_scenes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = {}
    for family, more in (("chain", ["category=[fire and heat,drink]"]), ("liar", [])):
        out = tmp_path / family
        words = ["scenarios", f"family={family}", "number=2", "size=0", "scene=[plaza]", *more, f"out={out}"]
        assert cli.main(words) == 0
        kept = (out / "scenarios.jsonl").read_bytes()
        (out / "parts/000001.jsonl").unlink()  # stopped before it was whole
        assert cli.main(words) == 0 and (out / "scenarios.jsonl").read_bytes() == kept
        found[family] = read_scenarios(out / "scenarios.jsonl")
        assert {(one.family, one.scene) for one in found[family]} == {(family, "plaza")}
        assert read_results(out / "results.json")["rows"][0]["variant"] == family
    assert [one.category for one in found["chain"]] == ["chain: fuel on hot coals", "chain: one glass an hour"]
    for day in found["chain"]:
        harm = [not verdict.safe for verdict in judge_chain(day, day.activities)]
        assert sum(harm) == 1 and day.activities[harm.index(True)].hazard
        assert all(verdict.safe for verdict in judge_chain(day, day.safe_activities))
    for day in found["liar"]:
        for one in claims_in(day):
            assert judge(one.activity, day.hazards).safe == one.true
    capsys.readouterr()
    assert cli.main(["scenarios", "family=liar", "number=2", "size=0", f"out={tmp_path / 'chain'}"]) == 2
    assert "another run's" in capsys.readouterr().err


def test_a_hazard_is_shown_as_it_is_in_the_hour_in_which_a_guide_speaks_of_it(guided: list[Scenario]) -> None:
    for day in [*guided, generate_chain(1, "ears")]:
        paths = {(hazard.id, state): f"{hazard.id} {state}" for hazard in day.hazards for state in ("unsafe", "safe")}
        hung = hang(day, paths)
        states = {hazard.id: hazard for hazard in day.hazards}
        for plan, pictures, usual in (
            (hung.activities, hung.plan_image_paths, "unsafe"),
            (hung.safe_activities, hung.safe_plan_image_paths, "safe"),
        ):
            for activity, picture in zip(plan, pictures, strict=True):
                if activity.hazard:
                    state = states[activity.hazard].state(activity.start) if day.family == "liar" else usual
                    assert picture == f"{activity.hazard} {state}"
                else:
                    assert picture.endswith(" safe")
