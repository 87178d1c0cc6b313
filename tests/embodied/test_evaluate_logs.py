"""`embodied evaluate logs`: our runs and others' files; what is wrong with a file is one line."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from embodied.cli import main
from embodied.evaluate_logs import find_episodes, run
from embodied.foreign_files import read_ndh_rows, read_predictions, read_statistics
from embodied.log import EpisodeLog
from embodied.metrics import score
from embodied.results import read_results, write_results
from embodied.statistics import wilson


@pytest.fixture
def folder(tmp_path: Path, episode: EpisodeLog) -> Path:
    """Six episodes of two agents in three scenes; `walker` never says where it stops."""
    for number, (agent, scene) in enumerate([(a, s) for a in ("asker", "walker") for s in ("plaza", "street", "mall")]):
        path = tmp_path / "run" / "episodes" / f"{scene}-{agent}-0000"
        path.mkdir(parents=True)
        episode.metadata["scene"] = scene
        episode.events[-1]["reason"] = "stop" if agent == "asker" else "timeout"
        if number == 0:
            episode.metadata["agent"] = agent
        else:
            episode.metadata.pop("agent", None)
        episode.write(path)
    return tmp_path / "run"


def test_our_run(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], episode: EpisodeLog) -> None:
    out = tmp_path / "scores"
    assert main(["evaluate", "logs", str(folder), f"out={out}"]) == 0
    document = read_results(out / "results.json")
    rows = {(row["agent"], row["scene"]): row for row in document["rows"]}
    assert rows.keys() == {(a, s) for a in ("asker", "walker") for s in ("plaza", "street", "mall", "all")}
    assert document["verb"] == "evaluate" and rows["asker", "all"]["n"] == 3
    assert rows["asker", "all"]["metrics"]["sr"] == {"value": 1.0, "lo": wilson(3, 3)[0], "hi": 1.0}
    assert rows["walker", "all"]["metrics"]["sr"]["value"] == 0.0
    single, ours = rows["walker", "mall"], score(episode)
    assert single["metrics"]["tl"] == {"value": ours["tl"]}
    text = capsys.readouterr().out
    assert "asker · all (n=3)" in text and "spl " in text and "jerk_max" not in text
    assert "jerk_max" in single["metrics"]
    assert sorted(path.name for path in out.iterdir()) == ["per_episode.json", "results.json"]
    again = tmp_path / "again"
    assert main(["evaluate", "logs", str(folder / "episodes"), f"out={again}"]) == 0
    assert read_results(again / "results.json")["rows"] == document["rows"]
    assert len(find_episodes(folder / "episodes" / "mall-walker-0000")) == 1


def test_what_we_write_we_read(folder: Path, tmp_path: Path) -> None:
    assert run([str(folder), f"out={tmp_path / 'a'}"]) == 0
    per_episode = tmp_path / "a" / "per_episode.json"
    assert run([str(per_episode), "format=habitat_stats", "agent=both", f"out={tmp_path / 'b'}"]) == 0
    row = read_results(tmp_path / "b" / "results.json")["rows"][0]
    assert (row["agent"], row["scene"], row["n"]) == ("both", "unknown", 6)
    assert row["metrics"]["sr"]["value"] == 0.5


def test_a_variant_has_its_own_rows(folder: Path, tmp_path: Path) -> None:
    assert run([str(folder), "variant=falcon", f"out={tmp_path / 'a'}"]) == 0
    row = read_results(tmp_path / "a" / "results.json")["rows"][0]
    assert row["variant"] == "falcon"
    assert {"success", "psc", "human_collision", "stl", "score"} <= row["metrics"].keys()


def test_no_simulator_is_needed() -> None:
    code = (
        "import sys, embodied.evaluate_logs as e; e.run(['--help']); "
        "print([m for m in ('pybullet', 'moderngl', 'torch', 'embodied.world') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


STATS = {
    "7": {"steps_taken": 50, "distance_to_goal": 1.0, "success": 1.0, "oracle_success": 1.0, "path_length": 12.0,
          "spl": 0.8, "ndtw": 0.7, "collisions": {"count": 3}},
    "8": {"steps_taken": 500, "distance_to_goal": 2.0, "success": 0.0, "oracle_success": 1.0, "path_length": 9.0,
          "spl": 0.0, "ndtw": 0.5},
}  # fmt: skip


def write(path: Path, document: Any) -> Path:
    data = (document if isinstance(document, str) else json.dumps(document)).encode()
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)
    return path


def test_statistics_are_taken_as_they_are(tmp_path: Path) -> None:
    first, second = read_statistics(write(tmp_path / "model.json.gz", STATS))
    assert first.values == {
        "steps_taken": 50, "ne": 1.0, "sr": 1.0, "osr": 1.0, "tl": 12.0, "spl": 0.8, "ndtw": 0.7, "collisions.count": 3,
    }  # fmt: skip
    assert (first.agent, first.name, first.scene) == ("model", "7", "unknown")
    assert (second.values["ne"], second.values["sr"]) == (2.0, 0.0)  # within 3 m, but never stopped
    lines = "".join(json.dumps({"episode_id": int(key), **values}) + "\n" for key, values in STATS.items())
    assert [item.values for item in read_statistics(write(tmp_path / "m.jsonl", lines))] == [
        first.values,
        second.values,
    ]
    asked = {"1": {"IsSuccess": True, "AskwayNum": 2, "TrajectoryLength": 31.0}}
    assert read_statistics(write(tmp_path / "f.json", asked))[0].values == {"sr": 1.0, "inquiries": 2.0, "tl": 31.0}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"7": {"success": 40.2}}, "episode 7: sr: expected 0 or 1, got 40.2; percent are not read"),
        ({"7": {"success": 1, "spl": 38.2}}, "spl: expected a number from 0 to 1, got 38.2"),
        ({"7": {"success": 0, "spl": 0.5}}, "spl: expected at most the success 0, got 0.5"),
        ({"7": {"success": 0, "IsSuccess": 1}}, "expected sr once"),
        ({"7": {"note": "fine"}}, "expected numbers, found none"),
        ({"7": [1, 2]}, "expected an object of objects"),
        ({}, "found none"),
    ],
)
def test_statistics_that_cannot_be(tmp_path: Path, document: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_statistics(write(tmp_path / "s.json", document))


def episodes_file(path: Path, **changes: Any) -> Path:
    """Write two episodes that go 6 m along Habitat's -z, each in a scene of its own."""
    records = [
        {
            "episode_id": key, "trajectory_id": key, "scene_id": f"mp3d/{scene}/{scene}.glb",
            "start_position": [0.0, 0.1, 0.0], "start_rotation": [0, 0, 0, 1], "info": {"geodesic_distance": 6.0},
            "goals": [{"position": [0.0, 0.1, -6.0], "radius": 3.0}], "reference_path": [[0, 0.1, 0], [0, 0.1, -6.0]],
            "instruction": {"instruction_text": "Go ahead.", "instruction_tokens": [2, 3], **changes.get(str(key), {})},
        }
        for key, scene in ((1, "houseA"), (2, "houseB"))
    ]  # fmt: skip
    vocabulary = {"word_list": ["<pad>", "<unk>", "go", "ahead"]}
    return write(path, {"episodes": records, "instruction_vocab": vocabulary})


def way(end: float, stop: bool = True) -> list[dict[str, Any]]:
    places = np.arange(0.0, end + 1e-9, 0.25).tolist()
    return [{"position": [0.0, 0.1, -z], "heading": 0.0, "stop": stop and z == places[-1]} for z in places]


def test_predictions_against_episodes(tmp_path: Path) -> None:
    episodes = episodes_file(tmp_path / "val.json.gz")
    path = write(tmp_path / "agent.json", {"1": way(6.0), "2": way(4.0, stop=False)})
    first, second = read_predictions(path, episodes)
    assert (first.scene, second.scene) == ("houseA", "houseB")
    assert first.columns == {"variant": "euclidean", "reference": "reference_path"}
    for name in ("sr", "spl", "ndtw", "sdtw", "cls"):
        assert first.values[name] == pytest.approx(1.0), name
    assert (second.values["sr"], second.values["osr"], second.values["ne"]) == (0.0, 1.0, pytest.approx(2.0))
    dense = [[0.0, 0.1, -0.25 * k] for k in range(25)]
    gt = {key: {"locations": dense, "forward_steps": 24, "actions": [1] * 24 + [0]} for key in ("1", "2")}
    theirs = read_predictions(path, episodes, write(tmp_path / "val_gt.json.gz", gt), variant="r2r_ce")
    assert theirs[0].columns == {"variant": "r2r_ce, euclidean", "reference": "ground_truth"}
    assert theirs[0].values["ndtw"] == pytest.approx(1.0)
    assert theirs[1].values["ndtw"] == pytest.approx(np.exp(-sum(0.25 * k for k in range(1, 9)) / (25 * 3.0)))
    assert run([str(path), "format=predictions", f"episodes={episodes}", f"out={tmp_path / 'o'}"]) == 0
    rows = read_results(tmp_path / "o" / "results.json")["rows"]
    assert [row["scene"] for row in rows] == ["houseA", "houseB", "all"]


def test_predictions_of_rxr(tmp_path: Path) -> None:
    words = {key: {"instruction_id": 40 + int(key), "language": "en-US"} for key in ("1", "2")}
    episodes = episodes_file(tmp_path / "val.json.gz", **words)
    lines = [{"instruction_id": 41, "path": [[0.0, 0.1, -z] for z in np.arange(0, 6.1, 0.25)]}]
    path = write(tmp_path / "a.jsonl", "".join(json.dumps(entry) + "\n" for entry in lines))
    items = read_predictions(path, episodes, partial=True)
    assert [(item.name, item.values["sr"]) for item in items] == [("41", 1.0)]
    with pytest.raises(ValueError, match=r"episode 42: expected a prediction, found none \(1 are missing\)"):
        read_predictions(path, episodes)


def ndh_row(inst: int, **changes: Any) -> dict[str, Any]:
    return {
        "inst_idx": inst, "game_idx": 1, "scan": "house", "target": "plant",
        "start_pano": {"pano": "a", "heading": 0.0, "elevation": 0.0}, "nav_history": ["a"],
        "dialog_history": [{"nav_idx": 0, "role": "navigator", "message": "Left?"}], "player_path": ["a", "b", "c"],
        "planner_path": ["a", "b"], "end_panos": ["d", "e"], "R2R_success": 1, "R2R_spl": 1 / 3,
        "R2R_oracle_success": 1, **changes,
    }  # fmt: skip


def test_rows_of_ndh(tmp_path: Path) -> None:
    path = write(tmp_path / "train.json", [ndh_row(3), ndh_row(4, R2R_success=0)])
    first, second = read_ndh_rows(path)
    assert (first.values, second.values) == ({"sr": 1.0, "osr": 1.0}, {"sr": 0.0, "osr": 1.0})  # never R2R_spl
    assert (first.agent, first.scene) == ("player", "house")
    graph = {"a": {"b": 2.0, "d": 9.0, "e": 12.0}, "b": {"c": 2.5}, "c": {"d": 6.0, "e": 1.5}}
    values = read_ndh_rows(path, write(tmp_path / "d.json", {"house": graph}))[0].values
    assert values == {"sr": 1.0, "osr": 1.0, "gp": 7.5, "ne": 1.5, "graph_tl": 4.5}  # to the nearest of the region
    with pytest.raises(ValueError, match="row 3: expected metres from a to d of house, found none"):
        read_ndh_rows(path, write(tmp_path / "none.json", {"house": {}}))
    with pytest.raises(ValueError, match="R2R_success: expected the outcome"):
        read_ndh_rows(write(tmp_path / "test.json", [ndh_row(1, R2R_success=None)]))


def refused(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    """Return the one line with which the command refuses."""
    assert main(["evaluate", "logs", *map(str, words)]) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.count("\n") == 1, printed.err
    return printed.err


def test_bad_input_is_one_line(tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = f"out={tmp_path / 'none'}"
    whole = gzip.compress(json.dumps(STATS).encode())
    (tmp_path / "cut.json.gz").write_bytes(whole[: len(whole) // 2])
    assert "expected a whole gzip file" in refused(capsys, tmp_path / "cut.json.gz", "format=habitat_stats", out)
    episodes = episodes_file(tmp_path / "val.json.gz")
    path = write(tmp_path / "p.json", {"1": way(6.0), "9": way(6.0)})
    assert "episode 9: expected one of the 2 known" in refused(
        capsys, path, "format=predictions", f"episodes={episodes}", out
    )
    stats = write(tmp_path / "s.json", {"9": STATS["7"]})
    assert "episode 9: expected one of the 2 of" in refused(
        capsys, stats, "format=habitat_stats", f"episodes={episodes}", out
    )
    assert "expected the file of the episodes" in refused(capsys, path, "format=predictions", out)
    assert "variant=falcon: expected default or r2r_ce" in refused(
        capsys, path, "format=predictions", f"episodes={episodes}", "variant=falcon", out
    )
    assert "expected the folder of a run, found none" in refused(capsys, tmp_path / "nowhere", out)
    (tmp_path / "empty").mkdir()
    assert "expected episodes with log.parquet, found none" in refused(capsys, tmp_path / "empty", out)
    assert "format=csv: expected one of ours" in refused(capsys, folder, "format=csv", out)
    assert "episodes=x: expected one of the keys" in refused(capsys, folder, "episodes=x", out)
    assert "variant=x: expected one of default" in refused(capsys, folder, "variant=x", out)
    assert "seed=-1: expected a whole number" in refused(capsys, folder, "seed=-1", out)
    assert "expected one PATH, got 2" in refused(capsys, folder, folder, out)
    assert "expected a folder of its own" in refused(capsys, folder, f"out={folder}")
    assert not (tmp_path / "none").exists()


def test_a_log_of_a_newer_schema_is_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / "episodes" / "mall-walker-0000" / "log.parquet"
    table = pq.read_table(path)
    pq.write_table(table.replace_schema_metadata({**table.schema.metadata, b"embodied.log.schema": b"99"}), path)
    message = refused(capsys, folder)
    assert "expected schema version" in message and "99" in message and str(path) in message
    path.write_bytes(path.read_bytes()[:500])
    assert "expected a Parquet file" in refused(capsys, folder)


def test_half_an_episode_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    events = folder / "episodes" / "mall-walker-0000" / "events.jsonl"
    events.write_text("".join(events.read_text().splitlines(keepends=True)[:-1]))
    message = refused(capsys, folder)
    assert "mall-walker-0000" in message and "one 'episode_end', got 0" in message


def test_results_of_another_verb_are_kept(tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "old"
    out.mkdir()
    write_results(out / "results.json", verb="benchmark", command="c", seed=0, seconds=0.0, rows=[], files={})
    assert "holds the results of `embodied benchmark`" in refused(capsys, folder, f"out={out}")
    assert read_results(out / "results.json")["command"] == "c"


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "logs", "--help"]) == 0
    assert "format=habitat_stats" in capsys.readouterr().out
    assert run([]) == 2
