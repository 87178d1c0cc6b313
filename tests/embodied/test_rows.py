"""Rows: pooled over scenes, and what asking gains, against numbers made by hand."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embodied import tables
from embodied.compose import compose_runs
from embodied.log import EpisodeLog
from embodied.rows import collect
from embodied.runner import episode_name, plan_jobs
from embodied.tables import table

EPISODES = 12


@pytest.fixture(scope="module")
def gathered(tmp_path_factory):
    """Two agents in two scenes: who asks succeeds in all episodes, who does not in every third of the plaza's."""
    words = ["scene=[plaza,street]", "agent=[never_ask,ask_nearest]", f"episodes={EPISODES}", "task.false_answers=0.3"]
    runs = compose_runs(words, {})
    out = tmp_path_factory.mktemp("rows")
    values = []
    for run in runs:
        folder = out / "episodes" / episode_name(run, 0)
        folder.mkdir(parents=True)
        EpisodeLog({"perception": "ids"}).write(folder)
        asks = run.agent.name == "ask_nearest"
        values.append(
            [
                {"sr": float(asks or (episode % 3 == 0 and run.scene.name == "plaza")), "inquiries": 2.0 * asks,
                 "tl": float(episode)}
                for episode in range(EPISODES)
            ]
        )  # fmt: skip
    return collect(out, runs, values)


def test_there_is_a_row_for_each_run_and_one_for_each_agent_over_all_scenes(gathered):
    assert [(row["scene"], row["agent"], row["n"]) for row in gathered] == [
        ("plaza", "never_ask", 12), ("plaza", "ask_nearest", 12), ("street", "never_ask", 12),
        ("street", "ask_nearest", 12), ("all", "never_ask", 24), ("all", "ask_nearest", 24),
    ]  # fmt: skip
    assert {row["variant"] for row in gathered} == {"liars"}
    assert [row["metrics"]["sr"]["value"] for row in gathered] == [4 / 12, 1, 0, 1, 4 / 24, 1]


def test_those_who_ask_are_compared_with_who_never_asks(gathered):
    gains = [row["metrics"].get("ask_gain", {}).get("value") for row in gathered]
    assert gains == [None, pytest.approx(8 / 12), None, 1.0, None, pytest.approx(20 / 24)]
    pooled = gathered[-1]["metrics"]
    assert pooled["ask_gain"]["lo"] < 20 / 24 < pooled["ask_gain"]["hi"]
    assert pooled["ask_gain_p"]["value"] < 0.001
    assert gathered[3]["metrics"]["ask_gain_p"]["value"] == pytest.approx(2 / 2**EPISODES, rel=0.5)
    assert "lo" not in gathered[3]["metrics"]["ask_gain"]  # twelve times the same says nothing of spread


def test_the_table_shows_core_metrics_alone(gathered, monkeypatch):
    monkeypatch.setattr(tables, "CORE", ("sr",))
    text = table(gathered)
    assert "ask_nearest · all (n=24)" in text and "\nsr " in text and "\ntl " not in text


@pytest.fixture(scope="module")
def many():
    return compose_runs(["scene=[plaza,street,office]", "agent=[oracle,never_ask,ask_nearest]"], {})


@given(workers=st.integers(1, 5), episodes=st.integers(1, 6), agents=st.integers(1, 3), scenes=st.integers(1, 3))
@settings(max_examples=15, deadline=None)
def test_jobs_cover_each_episode_once_and_the_last_are_small(many, workers, episodes, agents, scenes):
    some = [run for index, run in enumerate(many) if index // 3 < scenes and index % 3 < agents]
    runs = [replace(run, workers=workers, episodes=episodes) for run in some]
    jobs = plan_jobs(Path("out"), runs)
    done = [episode_name(run, episode) for _, group, episode in jobs for run in group]
    assert sorted(done) == sorted(episode_name(run, episode) for run in runs for episode in range(episodes))
    parted = min(workers, episodes * scenes) if workers > 1 else 0
    whole = episodes * scenes - parted
    assert [len(group) for _, group, _ in jobs] == [agents] * whole + [1] * (agents * parted)
