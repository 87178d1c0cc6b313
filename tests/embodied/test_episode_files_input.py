"""Bad episode files: one line that names file, episode and field; a writer that fails leaves nothing behind."""

from __future__ import annotations

import errno
import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from embodied import cli
from embodied.episode_files.contract import GroundTruth
from embodied.episode_files.files import load_episodes, read_episode_file
from embodied.episode_files.habitat import write_split
from embodied.episode_files.ndh import read_ndh
from embodied.episode_files.predictions import (
    PathPoint,
    read_r2r_predictions,
    read_rxr_predictions,
    read_statistics,
    write_r2r_predictions,
    write_rxr_predictions,
)  # fmt: skip
from embodied.episode_files.r2r_ce import read_ground_truth, write_ground_truth, write_vln_ce

EPISODE: dict[str, Any] = {
    "episode_id": 7, "trajectory_id": 70, "scene_id": "abc.glb", "start_position": [1.0, 0.0, 2.0],
    "start_rotation": [0.0, 0.0, 0.0, 1.0], "info": {"geodesic_distance": 3.25, "human_num": 2},
    "goals": [{"position": [0.0, 0.0, 0.0], "radius": 3.0}],
    "instruction": {"instruction_text": "Go.", "instruction_tokens": [2]},
    "reference_path": [[1.0, 0.0, 2.0], [0.0, 0.0, 0.0]],
}  # fmt: skip
FILE: dict[str, Any] = {"episodes": [EPISODE], "instruction_vocab": {"word_list": ["<pad>", "<unk>", "go"]}}
NDH = {
    "inst_idx": 1, "scan": "a", "target": "b", "start_pano": {"pano": "n", "heading": 0, "elevation": 0},
    "nav_history": ["n"], "dialog_history": [{"nav_idx": 0, "role": "oracle", "message": "left"}],
}  # fmt: skip
STATISTICS = {
    "steps_taken": 3, "distance_to_goal": 1.0, "success": 1, "oracle_success": 1, "path_length": 2.0, "spl": 0.5
}  # fmt: skip


def changed(document: Any, path: str, value: Any = None) -> Any:
    """Return a copy with one field set, or gone when the value is None."""
    copy = json.loads(json.dumps(document))
    *steps, last = [int(step) if step.isdecimal() else step for step in path.split(".")]
    place = copy
    for step in steps:
        place = place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return copy


def told(read: Callable[[Path], Any], path: Path, *words: str) -> None:
    with pytest.raises(ValueError) as caught:
        read(path)
    message = str(caught.value)
    assert "\n" not in message and str(path) in message, message
    for word in words:
        assert word in message, message


WHOLE = gzip.compress(json.dumps(FILE).encode(), mtime=0)


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (WHOLE[:-20], "expected a whole gzip file"),
        (WHOLE[:30], "expected a whole gzip file"),
        (WHOLE[:40] + bytes(20) + WHOLE[60:], "expected a whole gzip file"),
        (b"", "expected gzip"),
        (json.dumps(FILE).encode(), "expected gzip"),
        (gzip.compress(b'{"episodes": [', mtime=0), "expected JSON, got Expecting value at line 1 column 15"),
        (gzip.compress(b"\xff\xfe\x00", mtime=0), "expected UTF-8"),
        (gzip.compress(b'{"episodes": [NaN]}', mtime=0), "expected finite numbers, got NaN"),
        (gzip.compress(b'{"episodes": [1e999]}', mtime=0), "expected finite numbers, got 1e999"),
        (gzip.compress(b'{"episodes": [], "episodes": []}', mtime=0), "expected every key once, got 'episodes' twice"),
        (gzip.compress(b"[" * 100_000, mtime=0), "expected JSON of a few levels"),
        (gzip.compress(b"3", mtime=0), "expected R2R-CE, RxR-CE or Habitat episodes, got int"),
        (gzip.compress(b'{"a": 1}', mtime=0), "got an object with a"),
        (gzip.compress(json.dumps([NDH]).encode(), mtime=0), "got NDH rows"),
        (gzip.compress(b'{"episodes": []}', mtime=0), "expected episodes, found none, nor content/*.json.gz beside it"),
    ],
)
def test_files_that_are_none(tmp_path: Path, data: bytes, word: str) -> None:
    path = tmp_path / "val.json.gz"
    path.write_bytes(data)
    told(load_episodes, path, word)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nothing\.json: expected a file, found none"):
        load_episodes(tmp_path / "nothing.json")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("episodes.0", 3, ["episodes[0]: expected an object, got 3"]),
        ("episodes.0.episode_id", None, ["episodes[0]: episode_id: expected a value, found none"]),
        ("episodes.0.episode_id", 1.5, ["episodes[0]: episode_id", "whole number, got 1.5"]),
        ("episodes.0.scene_id", None, ["episode 7: scene_id"]),
        ("episodes.0.scene_id", 4, ["episode 7: scene_id: expected a text, got 4"]),
        ("episodes.0.start_position", None, ["episode 7: start_position"]),
        ("episodes.0.start_position", [1.0, 2.0], ["episode 7: start_position: expected 3 numbers, got [1.0, 2.0]"]),
        ("episodes.0.start_position.1", "up", ["episode 7: start_position: expected a number, got 'up'"]),
        ("episodes.0.start_position.1", 10**400, ["episode 7: start_position: expected a finite number"]),
        ("episodes.0.start_position.1", True, ["episode 7: start_position: expected a number, got True"]),
        ("episodes.0.start_rotation", [0.0, 1.0, 0.0], ["episode 7: start_rotation: expected 4 numbers"]),
        ("episodes.0.start_rotation.0", 1.0, ["episode 7: start_rotation: expected a unit quaternion x, y, z, w"]),
        ("episodes.0.info", [], ["episode 7: info: expected an object"]),
        ("episodes.0.info.geodesic_distance", "far", ["episode 7: info.geodesic_distance: expected a number"]),
        ("episodes.0.info.human_num", 1.5, ["episode 7: info.human_num: expected a whole number"]),
        ("episodes.0.info.embodied", {"goals": []}, ["episodes[0]: info.embodied.goals: expected 1 of them, got 0"]),
        ("episodes.0.info.embodied", {"instruction": 1}, ["episodes[0]: info.embodied: expected an object, got 1"]),
        ("episodes.0.goals", {}, ["episode 7: goals: expected a list"]),
        ("episodes.0.goals.0.position", None, ["episode 7: goals[0]: position: expected a value"]),
        ("episodes.0.goals.0.radius", "3", ["episode 7: goals[0].radius: expected a number, got '3'"]),
        ("episodes.0.instruction", None, ["episode 7: instruction: expected a value"]),
        ("episodes.0.instruction.instruction_text", None, ["episode 7: instruction: instruction_text"]),
        ("episodes.0.instruction.instruction_tokens", ["go"], ["instruction_tokens: expected whole numbers from 0"]),
        ("episodes.0.instruction.instruction_tokens", [3], ["expected numbers below 3", "got 3"]),
        ("episodes.0.reference_path.1", [0.0], ["episode 7: reference_path[1]: expected 3 numbers"]),
        ("episodes.0.trajectory_id", 0.5, ["episode 7: trajectory_id"]),
        ("episodes", [EPISODE, {**EPISODE, "episode_id": "7"}], ["episode 7: episode_id", "got it twice"]),
        ("instruction_vocab.word_list", ["a", "a", "b"], ["word_list: expected every word once"]),
        ("instruction_vocab", [], ["instruction_vocab: expected an object"]),
        ("instruction_vocab", {"words": []}, ["instruction_vocab.word_list: expected a list"]),
    ],
)
def test_wrong_fields(tmp_path: Path, field: str, value: Any, words: list[str]) -> None:
    path = tmp_path / "val.json"
    path.write_text(json.dumps(changed(FILE, field, value)))
    told(load_episodes, path, *words)


def test_wrong_fields_of_habitat(tmp_path: Path) -> None:
    path = tmp_path / "val.json"
    plain = {key: value for key, value in EPISODE.items() if key != "instruction"}
    for document, word in [
        ({"episodes": [plain, plain]}, "episode 7: episode_id: expected every id once in abc.glb, got it twice"),
        (
            {"episodes": [{**plain, "goals": []}], "goals_by_category": {}},
            "expected 'abc.glb_None' in goals_by_category",
        ),
        ({"episodes": [plain], "goals_by_category": {"a": [{}]}}, "goals_by_category['a'][0]: position"),
    ]:
        path.write_text(json.dumps(document))
        told(load_episodes, path, word)


@pytest.mark.parametrize(
    ("way", "word"),
    [
        ({"locations": [[0, 0, 0]], "forward_steps": 1, "actions": []}, "forward_steps: expected 0, one below"),
        ({"locations": [], "forward_steps": 0, "actions": []}, "forward_steps: expected -1"),
        ({"locations": [[0, 0, 0]], "forward_steps": 0, "actions": [6]}, "actions: expected 0 to 5, got 6"),
        ({"locations": [[0, 0, 0]], "forward_steps": 0}, "actions: expected a value"),
        ([], "expected an object"),
    ],
)
def test_wrong_ground_truth(tmp_path: Path, way: Any, word: str) -> None:
    path = tmp_path / "val_gt.json"
    path.write_text(json.dumps({"7": way}))
    told(read_ground_truth, path, "episode 7", word)


@pytest.mark.parametrize(
    ("steps", "word"),
    [
        ([], "expected at least the start"),
        ([{"position": [0, 0, 0], "heading": 0.0}], "stop: expected a value"),
        ([{"position": [0, 0, 0], "heading": 0.0, "stop": 1}], "stop: expected true or false"),
        ([{"position": [0, 0, 0], "heading": 0.0, "stop": True}] * 2, "true at most at the end"),
        ([{"position": [0, 0], "heading": 0.0, "stop": True}], "position[0]: expected 3 numbers"),
        ([{"position": [0, 0, 0], "heading": "n", "stop": True}], "heading: expected a number"),
    ],
)
def test_wrong_predictions(tmp_path: Path, steps: Any, word: str) -> None:
    path = tmp_path / "p.json"
    path.write_text(json.dumps({"7": steps}))
    told(read_r2r_predictions, path, "episode 7", word)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (
            '{"instruction_id": "4", "path": [[0, 0, 0]]}',
            ["line 1", "expected a whole number, got '4'"],
        ),
        ('{"instruction_id": 4, "path": [[0, 0, 0]]}\n' * 2, ["line 2", "got 4 twice"]),
        ('{"instruction_id": 4, "path": [[0, 0, 0], [0, 0, 0]]}', ["line 1", "leave repeated ones out"]),
        ('{"instruction_id": 4, "path": []}', ["line 1: path"]),
        ('{"instruction_id": 4, "path"', ["line 1: expected JSON"]),
    ],
)
def test_wrong_lines(tmp_path: Path, lines: str, words: list[str]) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text(lines)
    told(read_rxr_predictions, path, *words)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("success", 0.5),
        ("spl", 1.5),
        ("path_length", -1.0),
        ("steps_taken", 1.5),
        ("oracle_success", None),
        ("ndtw", 2),
    ],
)
def test_wrong_statistics(tmp_path: Path, field: str, value: Any) -> None:
    path = tmp_path / "s.json"
    path.write_text(json.dumps({"7": changed(STATISTICS, field, value)}))
    told(read_statistics, path, f"episode 7: {field}: expected")


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("dialog_history.0.nav_idx", 2, "dialog_history[0].nav_idx: expected an index into 1 nodes"),
        ("dialog_history.0.role", "robot", "dialog_history[0].role: expected navigator or oracle, got 'robot'"),
        ("dialog_history.0.message", None, "dialog_history[0]: message: expected a value"),
        ("start_pano.heading", None, "start_pano.heading: expected a number"),
        ("nav_history", [3], "nav_history: expected a text"),
        ("scan", None, "scan: expected a value"),
    ],
)
def test_wrong_rows(tmp_path: Path, field: str, value: Any, word: str) -> None:
    path = tmp_path / "ndh.json"
    path.write_text(json.dumps([changed(NDH, field, value)]))
    told(read_ndh, path, "row 1", word)
    path.write_text(json.dumps([NDH, NDH]))
    told(read_ndh, path, "row 1: inst_idx: expected every id once")


def test_unknown_episodes_are_named(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    path.write_text(json.dumps({"7": [{"position": [0, 0, 0], "heading": 0, "stop": False}]}))
    assert read_r2r_predictions(path, known=["7"]) and read_r2r_predictions(path, known=[7])
    told(lambda one: read_r2r_predictions(one, known=[8, 9]), path, "episode 7: expected one of the 2 known episodes")
    path.write_text(json.dumps({"7": STATISTICS}))
    told(lambda one: read_statistics(one, known=[]), path, "episode 7: expected one of the 0 known")


# ---------------------------------------------------------------- writers


def test_a_writer_that_is_refused_or_runs_out_of_disk_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "val.json"
    source.write_text(json.dumps(FILE))
    file = read_episode_file(source)
    nan = float("nan")
    with pytest.raises(ValueError, match=r"episode 7: heading|expected finite numbers, got NaN"):
        write_r2r_predictions(tmp_path / "a.json", {"7": [PathPoint(position=(0, 0, 0), heading=nan, stop=False)]})
    with pytest.raises(ValueError, match="expected finite numbers, got NaN"):
        write_ground_truth(tmp_path / "a.json", {"7": GroundTruth(locations=((nan, 0, 0),), actions=())})
    with pytest.raises(ValueError, match="instruction 4: path: expected finite positions"):
        write_rxr_predictions(tmp_path / "a.jsonl", {4: []})
    with pytest.raises(ValueError, match="expected a folder to write into, found no"):
        write_vln_ce(tmp_path / "no/val.json.gz", file)
    assert [path.name for path in tmp_path.iterdir()] == ["val.json"]

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    for write in (write_vln_ce, write_split):
        with pytest.raises(OSError, match="No space left on device"):
            write(tmp_path / "new.json.gz", file)
        assert [path.name for path in tmp_path.iterdir()] == ["val.json"]


def test_split_is_taken_back_when_its_last_file_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "val.json"
    source.write_text(json.dumps(FILE))
    replace = Path.replace

    def full(self: Path, target: Path) -> Path:
        if Path(target).name == "new.json.gz":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        write_split(tmp_path / "new.json.gz", read_episode_file(source))
    assert [path.name for path in tmp_path.iterdir()] == ["val.json"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["{file}", "out={new}"], "format: expected one of r2r_ce, rxr_ce, habitat, ndh, statistics, predictions"),
        (["{file}", "format=r2r_ce"], "out: expected a file to write"),
        (["{file}", "format=r2r_ce", "out={file}"], "expected a new file, found one that exists"),
        (
            ["{file}", "format=r2r_ce", "out={new}", "x=1"],
            "x=1: expected one of the keys agent, episodes, format, out",
        ),
        (["{file}x", "format=r2r_ce", "out={new}"], "expected the folder of a run or a file, found neither"),
        (["{file}", "format=rxr_ce", "out={new}"], "episode 7: instruction.instruction_id: expected a value"),
        (["{file}", "format=statistics", "out={new}"], "expected the folder of a run for format=statistics"),
        (["{file}", "format=r2r_ce", "out={new}", "agent=a"], "agent: of use for the folder of a run only"),
        (["{folder}", "format=r2r_ce", "out={new}"], "expected episodes/ with episodes"),
        (["{folder}", "format=r2r_ce", "out={new}", "episodes={file}"], "episodes: of use for predictions"),
        (["{pred}", "format=predictions", "out={new}", "episodes={file}"], "episode 8: expected one of the 1 known"),
        (["{pred}", "format=predictions", "out={new}l"], "expected the RxR-CE file that was predicted"),
        (["{pred}", "format=ndh", "out={new}"], "expected a list"),
    ],
)
def test_convert_tells_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    places = {name: tmp_path / name for name in ("file", "new", "pred", "folder")}
    places["new"] = tmp_path / "new.json"
    places["file"].write_text(json.dumps(FILE))
    places["pred"].write_text(json.dumps({"8": [{"position": [0, 0, 0], "heading": 0, "stop": True}]}))
    places["folder"].mkdir()
    before = sorted(tmp_path.rglob("*"))
    assert cli.main(["convert", *[word.format(**places) for word in words]]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("embodied convert: ") and told in line
    assert sorted(tmp_path.rglob("*")) == before
