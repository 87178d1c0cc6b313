"""Peers' metrics by name: each trap that concerns navigation, and agreement with ours where definitions agree."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embodied.log import EpisodeLog
from embodied.metrics import score
from embodied.navigation import Walk, efficiency, measure, resample
from embodied.variants import (
    CHOICES,
    RATES,
    VARIANTS,
    as_percent,
    divide_by_nodes,
    measure_freeaskworld,
    measure_ha_vln,
    measure_habitat,
    measure_ndh,
    measure_r2r_ce,
    score_variant,
)  # fmt: skip
from safety import measures
from safety.falcon import measure_stl


def make_walk(seed: int = 0) -> Walk:
    rng = np.random.default_rng(seed)
    path = np.cumsum(rng.normal([0.2, 0.0], 0.1, (60, 2)), axis=0)
    goal = path[-1] + rng.normal(0, 2, 2)
    gaps = np.linalg.norm(path - goal, axis=1)
    return Walk(
        positions=path, distances=gaps, stopped=bool(rng.random() < 0.8), shortest=float(gaps[0]), radius=3.0,
        reference=np.array([path[0], goal]), steps=60,
    )  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_where_definitions_agree_numbers_agree(seed: int) -> None:
    walk = make_walk(seed)
    ours, habitat, vln_ce = measure(walk), measure_habitat(walk), measure_r2r_ce(walk)
    asked, ndh = measure_freeaskworld(walk, 2), measure_ndh(walk)
    for name, theirs in [
        ("sr", (habitat["success"], vln_ce["success"], asked["IsSuccess"])),
        ("spl", (habitat["spl"], vln_ce["spl"], asked["SPL"])),
        ("osr", (vln_ce["oracle_success"], asked["OracleSuccess"], ndh["oracle_success"])),
        ("ne", (habitat["distance_to_goal"], vln_ce["distance_to_goal"], asked["NavigationError"])),
        ("one", (vln_ce["oracle_navigation_error"], asked["OracleNavigationError"])),
        ("tl", (vln_ce["path_length"], asked["TrajectoryLength"], ndh["path_length"])),
        ("gp", (ndh["goal_progress"],)),
        ("soft_spl", (habitat["soft_spl"],)),
        ("oracle_spl", (vln_ce["oracle_spl"],)),
    ]:
        assert theirs == (ours[name],) * len(theirs), name
    assert asked["AskwayNum"] == 2.0
    assert vln_ce["steps_taken"] == 60.0
    assert vln_ce["sdtw"] <= vln_ce["ndtw"]
    assert ndh["oracle_goal_progress"] >= ndh["goal_progress"]


def test_shortest_path_of_the_file_and_of_the_reset() -> None:
    walk = replace(make_walk(1), shortest=11.0, stopped=True)
    walk = replace(walk, distances=np.append(np.full(59, 4.0), 1.0))
    plain, other = measure_r2r_ce(walk), measure_r2r_ce(walk, shortest_in_file=10.0)
    assert plain["spl"] == other["spl"] == efficiency(11.0, walk.length)
    assert other["oracle_spl"] < plain["oracle_spl"]


def test_near_the_goal_without_a_stop_is_no_success() -> None:
    walk = replace(make_walk(), distances=np.full(60, 1.0), stopped=False)
    for values in (measure_habitat(walk), measure_r2r_ce(walk), measure_ha_vln(walk, 0)):
        assert values.get("success", values.get("SR")) == 0.0
    assert measure_r2r_ce(walk)["oracle_success"] == 1.0
    assert measure_ndh(walk)["success"] == 1.0  # NDH asks for no stop


def test_radius_of_r2r_is_three_metres_whatever_the_task_says() -> None:
    walk = replace(make_walk(), distances=np.full(60, 2.0), stopped=True, radius=0.2)
    assert (measure_r2r_ce(walk)["success"], measure_habitat(walk)["success"]) == (1.0, 0.0)


def test_spl_of_ndh_files_is_success_by_nodes() -> None:
    assert divide_by_nodes(True, ["a", "b", "c", "d"]) == 0.25
    assert divide_by_nodes(False, ["a"]) == divide_by_nodes(True, []) == 0.0


def test_ndtw_depends_on_the_reference_that_is_chosen() -> None:
    walk = replace(make_walk(3), reference=np.array([[0.0, 0.0], [12.0, 0.0]]))
    assert walk.reference is not None
    corners, dense = measure_r2r_ce(walk), measure_r2r_ce(replace(walk, reference=resample(walk.reference)))
    assert dense["ndtw"] > 10 * corners["ndtw"]


def test_percent_and_fraction_of_freeaskworld() -> None:
    values = measure_freeaskworld(replace(make_walk(), distances=np.full(60, 1.0), stopped=True), 1)
    table = as_percent(values)
    assert (values["IsSuccess"], table["IsSuccess"], table["OracleSuccess"]) == (1.0, 100.0, 100.0)
    assert table["SPL"] == 100 * values["SPL"]
    assert table["AskwayNum"] == values["AskwayNum"] == 1.0


def test_human_aware_rates_with_and_without_beta() -> None:
    walk = replace(make_walk(), distances=np.full(60, 1.0), stopped=True)
    assert measure_ha_vln(walk, 3) == {"TCR": 3.0, "CR": 1.0, "SR": 0.0, "NE": 1.0}
    assert measure_ha_vln(walk, 3, unavoidable=2)["TCR"] == 1.0
    assert measure_ha_vln(walk, 1, unavoidable=2) == {"TCR": 0.0, "CR": 0.0, "SR": 1.0, "NE": 1.0}
    assert measure_ha_vln(walk, 3, beta=0.5)["CR"] == 2.0


def test_time_of_falcon_is_that_of_one_robot() -> None:
    assert measure_stl(True, 10.0, 400) == 1.0
    assert measure_stl(True, 10.0, 800) == 0.5
    assert measure(replace(make_walk(), stopped=True, distances=np.full(60, 1.0), shortest=10.0, duration=20.0,
                           max_speed=1.0))["stl"] == 0.5  # fmt: skip


@pytest.mark.parametrize("variant", CHOICES)
def test_every_variant_scores_a_log(variant: str, episode: EpisodeLog) -> None:
    values = score_variant(episode, variant)
    assert values and not any(math.isnan(value) for value in values.values())
    assert all(values[name] in (0.0, 1.0) for name in RATES & values.keys())


def test_variants_of_a_log_agree_with_its_score(episode: EpisodeLog) -> None:
    ours, falcon = score(episode), score_variant(episode, "falcon")
    assert set(CHOICES) == set(VARIANTS) | set(measures.VARIANTS)
    assert falcon["success"] == ours["sr"] and falcon["spl"] == ours["spl"]
    assert falcon["score"] == pytest.approx(0.4 * ours["sr"] + 0.3 * ours["spl"] + 0.3 * falcon["psc"])
    assert score_variant(episode, "freeaskworld")["AskwayNum"] == ours["inquiries"]
    assert score_variant(episode, "r2r_ce")["ndtw"] == ours["ndtw"]
    with pytest.raises(ValueError, match="variant=gibson: expected one of habitat"):
        score_variant(episode, "gibson")
