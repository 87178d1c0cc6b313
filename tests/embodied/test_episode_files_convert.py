"""From runs to files and back into scenes; the expert's actions."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embodied import cli
from embodied.episode_files.contract import Goal, Instruction, NavigationEpisode
from embodied.episode_files.expert import (
    DOWN,
    FORWARD,
    LEFT,
    R2R_SIZES,
    RIGHT,
    RXR_SIZES,
    STOP,
    UP,
    plan_actions,
    replay_actions,
)  # fmt: skip
from embodied.episode_files.files import load_episodes
from embodied.episode_files.ndh import read_ndh
from embodied.episode_files.placement import episode_spec
from embodied.episode_files.predictions import read_r2r_predictions, read_rxr_predictions, read_statistics
from embodied.episode_files.r2r_ce import read_ground_truth
from embodied.log import EpisodeLog, atomic_folder
from embodied.metrics import score
from scenes.frames import quaternion_of
from scenes.scene import Scene
from scenes.walkable import Walkable

# ---------------------------------------------------------------- the expert


def test_actions_by_hand() -> None:
    """FORWARD 0.25 m, a turn 15 degrees, left positive; only FORWARD gives a location."""
    six_left = [LEFT] * 6
    places = replay_actions((1.0, 2.0, 0.5), 0.0, [FORWARD, *six_left, FORWARD, UP, DOWN, RIGHT, LEFT, FORWARD, STOP])
    expected = [(1.0, 2.0, 0.5), (1.25, 2.0, 0.5), (1.25, 2.25, 0.5), (1.25, 2.5, 0.5)]
    np.testing.assert_allclose(places, expected, atol=1e-12)
    places = replay_actions((0.0, 0.0, 0.0), 0.0, [RIGHT] * 3 + [FORWARD], RXR_SIZES)
    np.testing.assert_allclose(places[-1], (0.0, -0.25, 0.0), atol=1e-12)


@pytest.mark.parametrize("actions", [[6], [FORWARD, STOP, FORWARD], [-1]])
def test_impossible_actions(actions: list[int]) -> None:
    with pytest.raises(ValueError, match=r"actions\[\d\]: expected 0 to 5 and nothing after a stop"):
        replay_actions((0.0, 0.0, 0.0), 0.0, actions)


coordinate = st.floats(-20, 20)


@settings(max_examples=60, deadline=None)
@given(
    path=st.lists(st.tuples(coordinate, coordinate, st.just(0.1)), min_size=1, max_size=4),
    yaw=st.floats(-math.pi, math.pi),
    sizes=st.sampled_from([R2R_SIZES, RXR_SIZES]),
)
def test_the_expert_passes_every_corner(path: list[tuple[float, float, float]], yaw: float, sizes: Any) -> None:
    way = plan_actions(yaw, path, sizes)
    assert way.locations == replay_actions(path[0], yaw, way.actions, sizes)
    assert way.actions[-1] == STOP and way.actions.count(FORWARD) == len(way.locations) - 1
    gaps = np.linalg.norm(np.array(path)[:, None] - np.array(way.locations)[None], axis=2)
    assert gaps.min(axis=1).max() <= 0.53 * sizes.forward + 1e-9
    length = np.linalg.norm(np.diff(path, axis=0), axis=1).sum()
    assert len(way.locations) - 1 <= 4.4 * length + 4 * len(path)  # no wandering: 30 degree turns cost at most 4 %


def test_an_empty_path_is_told() -> None:
    with pytest.raises(ValueError, match="path: expected at least the start"):
        plan_actions(0.0, [])


# ---------------------------------------------------------------- into a scene


def make(start: tuple[float, float], *goals: tuple[float, float], **more: Any) -> NavigationEpisode:
    return NavigationEpisode(
        episode_id="k", scene_id="small", start=(*start, 0.3), rotation=quaternion_of(0.5),
        goals=tuple(Goal(position=(*goal, 0.3), radius=1.5) for goal in goals), **more,
    )  # fmt: skip


def test_an_episode_is_placed(small_scene: Scene) -> None:
    ground = Walkable(small_scene.walkable, radius=0.3)
    spec = episode_spec(make((2, 10), (18, 10)), ground, number=4, seed=9, max_time=60.0)
    assert (spec.episode_id, spec.seed, spec.max_time, spec.success_radius) == (4, 9, 60.0, 1.5)
    assert spec.start == pytest.approx((2.0, 10.0, 0.5)) and spec.goal == (18.0, 10.0)
    assert spec.geodesic_distance == pytest.approx(ground.geodesic((2, 10), (18, 10))) and spec.geodesic_distance > 16
    np.testing.assert_allclose(spec.reference_path, ground.shortest_path((2, 10), (18, 10)))
    assert (spec.instruction, spec.goal_name) == ("", "goal")


def test_the_file_tells_words_path_and_nearest_goal(small_scene: Scene) -> None:
    ground = Walkable(small_scene.walkable, radius=0.3)
    episode = make(
        (2, 10), (18, 10), (2, 4), instruction=Instruction(text="Go."), info={"goal_name": "bakery"},
        reference_path=((2.0, 10.0, 0.3), (1.0, 7.0, 0.3), (2.0, 4.0, 0.3)),
    )  # fmt: skip
    spec = episode_spec(episode, ground, max_time=60.0, success_radius=3.0)
    assert spec.goal == (2.0, 4.0) and spec.geodesic_distance == pytest.approx(6.0)
    assert spec.reference_path == ((2.0, 10.0), (1.0, 7.0), (2.0, 4.0))
    assert (spec.instruction, spec.goal_name, spec.success_radius) == ("Go.", "bakery", 3.0)


def test_an_episode_off_the_map_is_told(small_scene: Scene) -> None:
    ground = Walkable(small_scene.walkable, radius=0.3)
    cases = [
        (make((25, 10), (18, 10)), r"episode k: start \(25, 10\) lies outside the map, x 0\.3 to 19\.7"),
        (make((2, 10), (18, -4)), r"episode k: goal \(18, -4\) lies outside the map"),
        (make((2, 10), (10, 10)), r"episode k: goal \(10, 10\) lies off the ground, 2\.30 m from where a robot"),
        (make((2, 10), (18, 10), (10, 10)), r"episode k: goal 1 \(10, 10\) lies off the ground"),
        (make((2, 10), (18, 99), info={"scene_seed": 3}), r"outside the map, .*the file was made with scene\.seed=3$"),
        (make((2, 10)), "episode k: goals: expected at least one"),
    ]
    for episode, words in cases:
        with pytest.raises(ValueError, match=words):
            episode_spec(episode, ground, max_time=60.0)
    with pytest.raises(ValueError, match="episode k: success radius: expected metres above 0, got 0"):
        episode_spec(make((2, 10), (18, 10)), ground, max_time=60.0, success_radius=0.0)


# ---------------------------------------------------------------- runs


@pytest.fixture
def run(tmp_path: Path, episode: EpisodeLog) -> Path:
    folder = tmp_path / "run"
    for name in ("small-ask_nearest-0000", "small-ask_nearest-0001", "small-oracle-0000"):
        with atomic_folder(folder / "episodes" / name) as draft:
            episode.write(draft)
    return folder


def convert(*words: object) -> None:
    assert cli.main(["convert", *map(str, words)]) == 0


@pytest.mark.parametrize("format", ["r2r_ce", "rxr_ce", "habitat"])
def test_a_run_becomes_episodes_and_they_a_world(run: Path, tmp_path: Path, small_scene: Scene, format: str) -> None:
    out = tmp_path / "val.json.gz"
    convert(run, f"out={out}", f"format={format}", "agent=ask_nearest")
    first, second = load_episodes(out)
    assert (first.episode_id, second.episode_id, first.scene_id) == ("small-0000", "small-0001", "small-3")
    spec = episode_spec(first, Walkable(small_scene.walkable, radius=0.3), max_time=60.0)
    assert spec.start == (2.0, 2.0, 0.0) and spec.goal == (18.0, 17.0) and spec.success_radius == 3.0
    assert spec.goal_name == "pharmacy" and first.geodesic_distance == 22.6
    if format == "habitat":
        assert spec.instruction == ""
        return
    assert spec.instruction == "Find the pharmacy." and spec.reference_path[1] == (12.3, 7.7)
    ways = read_ground_truth(tmp_path / "val_gt.json.gz")
    sizes = RXR_SIZES if format == "rxr_ce" else R2R_SIZES
    for one in (first, second):
        way = ways[str(one.episode_id)]
        np.testing.assert_allclose(way.locations, replay_actions(one.start, one.yaw, way.actions, sizes), atol=1e-9)


def test_the_same_run_gives_the_same_bytes(run: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for format in ("r2r_ce", "predictions", "statistics", "ndh"):
            convert(run, f"out={tmp_path / name / format}.json.gz", f"format={format}", "agent=ask_nearest")
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert len(names) == 5
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_ways_and_statistics_of_a_run(run: Path, tmp_path: Path, episode: EpisodeLog) -> None:
    convert(run, f"out={tmp_path / 'p.json'}", "format=predictions", "agent=ask_nearest")
    convert(run, f"out={tmp_path / 's.json'}", "format=statistics", "agent=ask_nearest")
    way = read_r2r_predictions(tmp_path / "p.json")["small-0000"]
    assert way[0].position == (2.0, 2.0, 0.0) and [point.stop for point in way].count(True) == 1 and way[-1].stop
    length = float(np.linalg.norm(np.diff([point.position for point in way], axis=0), axis=1).sum())
    values, one = score(episode), read_statistics(tmp_path / "s.json")["small-0000"]
    assert length == pytest.approx(values["tl"]) and one.path_length == values["tl"]
    assert (one.success, one.spl, one.distance_to_goal, one.steps_taken) == (True, values["spl"], values["ne"], 160)


def test_predictions_of_r2r_become_those_of_rxr(run: Path, tmp_path: Path) -> None:
    episodes, pred = tmp_path / "val.json.gz", tmp_path / "p.json"
    convert(run, f"out={episodes}", "format=rxr_ce", "agent=ask_nearest")
    convert(run, f"out={pred}", "format=predictions", "agent=ask_nearest")
    convert(pred, f"out={tmp_path / 'a.jsonl'}", "format=predictions", f"episodes={episodes}")
    convert(run, f"out={tmp_path / 'b.jsonl'}", "format=predictions", "agent=ask_nearest")
    assert (tmp_path / "a.jsonl").read_text() == (tmp_path / "b.jsonl").read_text()
    assert read_rxr_predictions(tmp_path / "a.jsonl").keys() == {0, 1}


def test_questions_and_answers_become_a_dialog(run: Path, tmp_path: Path) -> None:
    convert(run, f"out={tmp_path / 'ndh.json'}", "format=ndh", "agent=oracle")
    (row,) = read_ndh(tmp_path / "ndh.json")
    assert [turn.role for turn in row.dialog_history] == ["navigator", "oracle"]
    assert row.dialog_history[0].message == "Excuse me, where is the pharmacy?"
    assert (row.target, row.scan, row.end_panos) == ("pharmacy", "small-3", ("goal",))
    assert row.nav_history[-1] == row.start_node == row.player_path[0]
    places = row.extra["node_positions"]
    assert places["0000"] == [-2.0, 2.0, 0.0] and places["goal"] == [-17.0, 18.0, 0.0]  # x right (east), y forward
    hops = np.linalg.norm(np.diff([places[name] for name in row.player_path], axis=0), axis=1)
    assert hops.min() >= 0.25


def test_formats_become_each_other(run: Path, tmp_path: Path) -> None:
    """R2R-CE, Habitat, and back: the same bytes."""
    (tmp_path / "split").mkdir()
    convert(run, f"out={tmp_path / 'a.json.gz'}", "format=r2r_ce", "agent=oracle")
    convert(tmp_path / "a.json.gz", f"out={tmp_path / 'split/val.json.gz'}", "format=habitat")
    convert(tmp_path / "split/val.json.gz", f"out={tmp_path / 'b.json.gz'}", "format=r2r_ce")
    assert (tmp_path / "a.json.gz").read_bytes() == (tmp_path / "b.json.gz").read_bytes()
    record = json.loads(gzip.decompress((tmp_path / "a.json.gz").read_bytes()))["episodes"][0]
    assert record["start_position"] == [-2.0, 0.0, -2.0] and record["goals"][0]["position"] == [-17.0, 0.0, -18.0]


def test_several_agents_have_to_be_told_apart(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["convert", str(run), f"out={tmp_path / 'x.json'}", "format=r2r_ce"]) == 2
    assert "expected one agent's episodes, got those of ask_nearest, oracle; set agent=NAME" in capsys.readouterr().err
    assert cli.main(["convert", str(run), f"out={tmp_path / 'x.json'}", "format=r2r_ce", "agent=human"]) == 2
    assert "of human" in capsys.readouterr().err
    assert not (tmp_path / "x.json").exists()


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["convert", "--help"]) == 0
    assert capsys.readouterr().out.startswith("usage: embodied convert SRC out=FILE format=NAME")
