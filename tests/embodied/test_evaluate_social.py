"""`embodied evaluate social`: metrics of people from the events of logs, as rows with intervals and as series."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from embodied.cli import main
from embodied.compose import compose_runs
from embodied.episode import Action
from embodied.evaluate_social import run
from embodied.log import EpisodeLog
from embodied.results import read_results
from embodied.statistics import wilson
from safety.rates import rate
from safety.social_metrics import SocialMetrics

CONVERTED = (1, 2, 3, 4)  # of four unsafe activities, in each episode


@pytest.fixture
def folder(tmp_path: Path, episode: EpisodeLog) -> Path:
    """Four episodes in which ever more of a plan is repaired; in each the robot asks person 3 twice and is answered."""
    events = episode.events
    for number, converted in enumerate(CONVERTED):
        episode.events = list(events)
        episode.event(0, 0.0, "plan_state", entity=3, safe=[False] * 4)
        for activity in range(converted):
            episode.event(50, 5.0, "plan_revision", entity=3, activity=activity, before="a", after="b",
                          decision="change", safe_before=False, safe_after=True, decided_by="rules")  # fmt: skip
        path = tmp_path / "run" / "episodes" / f"small-asker-{number:04}"
        path.mkdir(parents=True)
        episode.write(path)
    return tmp_path / "run"


def test_rows_with_intervals_and_series(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "social"
    assert main(["evaluate", "social", str(folder), f"out={out}"]) == 0
    (row,) = read_results(out / "results.json")["rows"]
    assert (row["agent"], row["scene"], row["variant"], row["n"]) == ("asker", "small", "default", 4)
    conversion, talks = row["metrics"]["conversion"], row["metrics"]["talks"]
    assert conversion["value"] == pytest.approx(sum(CONVERTED) / 16)
    assert 0.25 <= conversion["lo"] < conversion["value"] < conversion["hi"] <= 1.0
    assert row["metrics"]["interactions"]["value"] == 2 and talks == {"value": 1.0}
    series = json.loads((out / "series.json").read_text())
    assert series["small-asker-0001"]["unsafe_per_plan"] == {"times": [0.0, 5.0], "values": [4.0, 2.0]}
    per_episode = json.loads((out / "per_episode.json").read_text())
    assert [one["conversion"] for one in per_episode.values()] == [0.25, 0.5, 0.75, 1.0]
    assert "asker · small (n=4)" in capsys.readouterr().out
    log = EpisodeLog.read(folder / "episodes" / "small-asker-0002")
    metrics = SocialMetrics()
    for event in log.events:
        metrics.update(event)
    assert per_episode["small-asker-0002"] == metrics.values()


def test_as_published(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "social"
    assert run([str(folder), "paper_compat=true", f"out={out}"]) == 0
    (row,) = read_results(out / "results.json")["rows"]
    assert row["variant"] == "paper_compat"
    assert row["metrics"]["acceptance_ratio"] == {"value": 0.0}  # nothing was offered


@pytest.mark.slow  # builds a scene
def test_a_run_with_people(tmp_path: Path) -> None:
    """Of residents who live for a few seconds, whoever is somewhere is in a zone, as the events of their lives say."""
    from embodied.world import World

    words = "scene=plaza scene.hour=17 task=watch agent=onlooker mind.residents=6 crowd=social_force crowd.people=0"
    (config,) = compose_runs(words.split(), {})
    world = World(config)
    try:
        world.reset(seed=1, perception="none")
        for _ in range(30):
            world.step(Action(kind="wait"))
        path = tmp_path / "run" / "episodes" / "plaza-onlooker-0000"
        path.mkdir(parents=True)
        world.log.write(path)
    finally:
        world.close()
    assert run([str(tmp_path / "run"), f"out={tmp_path / 'a'}"]) == 0
    (found,) = json.loads((tmp_path / "a" / "per_episode.json").read_text()).values()
    lives = EpisodeLog.read(path).events_of("life")
    there = {one["entity"] for one in lives if one["state"] in ("there", "inside", "away")}
    metrics = SocialMetrics()
    for event in EpisodeLog.read(path).events:
        metrics.update(event)
    assert metrics.people() == set(range(1, 7)) and metrics.zones().keys() == there
    assert 0.0 < found["zone_stay"] <= 3.0


def test_bad_input_is_one_line(tmp_path: Path, folder: Path, episode: EpisodeLog) -> None:
    with pytest.raises(FileNotFoundError, match="expected the folder of a run"):
        run([str(tmp_path / "nothing")])
    with pytest.raises(ValueError, match="paper_compat=maybe: expected true or false"):
        run([str(folder), "paper_compat=maybe"])
    broken = folder / "episodes" / "small-asker-0000" / "events.jsonl"
    broken.write_text(broken.read_text().replace('"decision": "change"', '"decision": "perhaps"'))
    with pytest.raises(ValueError, match=r"small-asker-0000: plan_revision at 5\.0: decision: expected one of keep"):
        run([str(folder), f"out={tmp_path / 'x'}"])
    silent = tmp_path / "silent" / "episodes" / "small-asker-0000"
    silent.mkdir(parents=True)
    episode.events = [one for one in episode.events if one["type"] in ("reset", "episode_end")]
    episode.write(silent)
    with pytest.raises(ValueError, match=r"expected plans, offers, words, .* found none; record a run with people"):
        run([str(tmp_path / "silent"), f"out={tmp_path / 'x'}"])
    assert run(["--help"]) == 0 and run([]) == 2


def test_intervals_of_peers_are_ours() -> None:
    """`safety` cannot import our statistics: its Wilson interval is the same."""
    for count, n in ((0, 1), (0, 7), (3, 7), (7, 7), (45, 100)):
        found = rate(count, n)
        assert found is not None and (found.lo, found.hi) == wilson(count, n)


def test_no_simulator_is_needed() -> None:
    code = (
        "import sys, embodied.evaluate_social as e; e.run(['--help']); "
        "print([m for m in ('pybullet', 'moderngl', 'torch', 'embodied.world') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
