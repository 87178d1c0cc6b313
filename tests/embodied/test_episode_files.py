"""Episode files: made by hand from the documentation and read; generated, written and read again; what loaders want."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embodied.episode_files.contract import (
    EpisodeFile,
    EpisodeFormat,
    Goal,
    GroundTruth,
    Instruction,
    NavigationEpisode,
)  # fmt: skip
from embodied.episode_files.files import load_episodes, read_episode_file
from embodied.episode_files.habitat import write_habitat, write_split
from embodied.episode_files.ndh import DialogTurn, NdhRow, read_ndh, write_ndh
from embodied.episode_files.predictions import (
    EpisodeStatistics,
    PathPoint,
    drop_repeats,
    read_r2r_predictions,
    read_rxr_predictions,
    read_statistics,
    write_r2r_predictions,
    write_rxr_predictions,
    write_statistics,
)  # fmt: skip
from embodied.episode_files.r2r_ce import read_ground_truth, write_ground_truth, write_vln_ce
from embodied.episode_files.vocabulary import make_vocabulary, tokenize, tokenize_and_index

HALF = math.sqrt(0.5)
R2R: dict[str, Any] = {
    "episodes": [
        {
            "episode_id": 7, "trajectory_id": 70, "scene_id": "mp3d/abc/abc.glb",
            "start_position": [1.0, 0.17, -2.5], "start_rotation": [0.0, HALF, 0.0, HALF],
            "info": {"geodesic_distance": 3.25}, "goals": [{"position": [-2.0, 0.17, -3.0], "radius": 3.0}],
            "instruction": {"instruction_text": "Go left. Stop.", "instruction_tokens": [2, 3, 4, 5, 4, 0, 0]},
            "reference_path": [[1.0, 0.17, -2.5], [-1.0, 0.17, -2.5], [-2.0, 0.17, -3.0]],
        }
    ],
    "instruction_vocab": {"word_list": ["<pad>", "<unk>", "go", "left", ".", "stop"], "num_vocab": 6},
}  # fmt: skip
RXR_WORDS: dict[str, Any] = {
    "instruction_text": "बाएं मुड़ें", "instruction_id": 41, "language": "hi-IN", "annotator_id": "3",
    "edit_distance": 0.5, "timed_instruction": [{"end_time": 1.5, "word": "बाएं", "start_time": 0.5}],
}  # fmt: skip
RXR = {"episodes": [{**R2R["episodes"][0], "instruction": RXR_WORDS}]}
POINTNAV = {
    "episodes": [
        {
            "episode_id": "0", "scene_id": "hm3d/val/00800-X/X.basis.glb", "start_position": [3, 0, 4],
            "start_rotation": [0, 1.0, 0, 0], "goals": [{"position": [3.0, 0.0, 9.0], "radius": None}],
            "info": {"geodesic_distance": 5.5, "human_num": 3}, "start_room": None, "shortest_paths": None,
        }
    ]
}  # fmt: skip
OBJECT_GOAL = {
    "position": [0.0, 1.0, 2.0], "radius": None, "object_id": 13, "object_name": "chair_13", "object_category": "chair",
    "view_points": [{"agent_state": {"position": [0.0, 0.0, 1.0], "rotation": [0, 0, 0, 1]}, "iou": 0.2}],
}  # fmt: skip
OBJECTNAV = {
    "category_to_task_category_id": {"chair": 0}, "category_to_scene_annotation_category_id": {"chair": 3},
    "goals_by_category": {"X.basis.glb_chair": [OBJECT_GOAL]},
    "episodes": [
        {**POINTNAV["episodes"][0], "episode_id": str(k), "goals": [], "object_category": "chair"} for k in (0, 1)
    ],
}  # fmt: skip


def put(path: Path, document: Any) -> Path:
    text = document if isinstance(document, str) else json.dumps(document)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def get(path: Path) -> Any:
    data = path.read_bytes()
    return json.loads(gzip.decompress(data) if path.suffix == ".gz" else data)


# ---------------------------------------------------------------- golden files, by hand


def test_r2r_ce(tmp_path: Path) -> None:
    folder = tmp_path / "R2R_VLNCE_v1-3/val"
    folder.mkdir(parents=True)
    file = read_episode_file(put(folder / "val.json.gz", R2R))
    (episode,) = file.episodes
    assert (file.format, file.version, file.tokens) == ("r2r_ce", "v1-3", "vocabulary")
    assert file.vocabulary == R2R["instruction_vocab"]
    assert (episode.episode_id, episode.trajectory_id, episode.scene_name) == (7, 70, "abc")
    assert episode.start == (2.5, -1.0, 0.17)  # Habitat's forward is -z, its left -x, its up y
    assert episode.yaw == pytest.approx(math.pi / 2)
    assert episode.goals == (Goal(position=(3.0, 2.0, 0.17), radius=3.0),)
    assert episode.reference_path == ((2.5, -1.0, 0.17), (2.5, 1.0, 0.17), (3.0, 2.0, 0.17))
    assert episode.instruction == Instruction(text="Go left. Stop.", tokens=(2, 3, 4, 5, 4, 0, 0))
    assert (episode.geodesic_distance, episode.human_num) == (3.25, None)
    write_vln_ce(tmp_path / "again.json.gz", file)
    assert get(tmp_path / "again.json.gz") == R2R


def test_rxr_ce(tmp_path: Path) -> None:
    file = read_episode_file(put(tmp_path / "val_guide.json.gz", RXR))
    assert (file.format, file.version, file.tokens, file.vocabulary) == ("rxr_ce", "", "none", None)
    words = file.episodes[0].instruction
    assert words is not None and words.text == "बाएं मुड़ें" and words.extra["instruction_id"] == 41
    write_vln_ce(tmp_path / "again.json.gz", file)
    assert get(tmp_path / "again.json.gz") == RXR


@pytest.mark.parametrize(("name", "words"), [("val_bertidx.json.gz", None), ("val.json.gz", ["<pad>", "<unk>"])])
def test_bert_tokens(tmp_path: Path, name: str, words: list[str] | None) -> None:
    """BERT's tokens are told from the file's name, or from numbers beyond the vocabulary after [CLS]."""
    document = json.loads(json.dumps(R2R))
    document["episodes"][0]["instruction"]["instruction_tokens"] = [101, 2175, 2187, 102, 0]
    document["instruction_vocab"] = {"word_list": words or ["<pad>"]}
    file = read_episode_file(put(tmp_path / name, document))
    assert file.tokens == "bert"
    write_vln_ce(tmp_path / f"again_{name}", file)
    assert get(tmp_path / f"again_{name}") == document


def test_point_nav_with_people(tmp_path: Path) -> None:
    path = put(tmp_path / "val.json.gz", POINTNAV)
    (episode,) = load_episodes(path)
    assert episode.episode_id == "0" and episode.human_num == 3 and episode.goals[0].radius is None
    assert episode.start == (-4.0, -3.0, 0.0) and abs(episode.yaw) == pytest.approx(math.pi)
    write_habitat(tmp_path / "again.json.gz", read_episode_file(path))
    assert get(tmp_path / "again.json.gz") == POINTNAV


def test_object_nav_shares_goals(tmp_path: Path) -> None:
    path = put(tmp_path / "X.json.gz", OBJECTNAV)
    file = read_episode_file(path)
    assert [episode.goals[0].extra["object_id"] for episode in file.episodes] == [13, 13]
    assert file.episodes[0].goals[0].position == (-2.0, 0.0, 1.0)
    write_habitat(tmp_path / "again.json.gz", file)
    assert get(tmp_path / "again.json.gz") == OBJECTNAV


def test_split_of_habitat(tmp_path: Path) -> None:
    other = {**POINTNAV["episodes"][0], "scene_id": "hm3d/val/00801-Y/Y.basis.glb"}
    file = replace(read_episode_file(put(tmp_path / "all.json", {"episodes": [*POINTNAV["episodes"], other]})))
    out = tmp_path / "val"
    out.mkdir()
    paths = write_split(out / "val.json.gz", file)
    assert [path.relative_to(out).as_posix() for path in paths] == [
        "val.json.gz", "content/X.basis.json.gz", "content/Y.basis.json.gz",
    ]  # fmt: skip
    assert get(out / "val.json.gz") == {"episodes": []}
    assert get(out / "content/X.basis.json.gz") == POINTNAV
    assert load_episodes(out / "val.json.gz") == file.episodes
    with pytest.raises(ValueError, match="content: expected no such folder yet"):
        write_split(out / "val.json.gz", file)


def test_ground_truth(tmp_path: Path) -> None:
    document = {"7": {"locations": [[0.0, 0.1, 0.0], [0.0, 0.1, -0.25]], "forward_steps": 1, "actions": [2, 2, 1, 0]}}
    ways = read_ground_truth(put(tmp_path / "val_gt.json.gz", document))
    assert ways == {"7": GroundTruth(locations=((0.0, 0.0, 0.1), (0.25, 0.0, 0.1)), actions=(2, 2, 1, 0))}
    write_ground_truth(tmp_path / "again_gt.json.gz", ways)
    assert get(tmp_path / "again_gt.json.gz") == document


def test_predictions(tmp_path: Path) -> None:
    document = {
        "7": [
            {"position": [0.0, 0.1, 0.0], "heading": 0.5, "stop": False},
            {"position": [0.0, 0.1, -0.25], "heading": 0.5, "stop": True},
        ]
    }
    found = read_r2r_predictions(put(tmp_path / "p.json", document), known=[7])
    assert found["7"][1] == PathPoint(position=(0.25, 0.0, 0.1), heading=0.5, stop=True)
    write_r2r_predictions(tmp_path / "again.json", found)
    assert get(tmp_path / "again.json") == document
    lines = '{"instruction_id": 41, "path": [[0.0, 0.1, 0.0], [0.0, 0.1, -0.25]]}\n'
    ways = read_rxr_predictions(put(tmp_path / "p.jsonl", lines), known=["41"])
    assert ways == {41: ((0.0, 0.0, 0.1), (0.25, 0.0, 0.1))}
    write_rxr_predictions(tmp_path / "again.jsonl", {41: [ways[41][0], ways[41][0], ways[41][1], ways[41][1]]})
    assert (tmp_path / "again.jsonl").read_text() == lines  # repeated positions are left out


def test_statistics(tmp_path: Path) -> None:
    document = {
        "7": {
            "steps_taken": 61, "distance_to_goal": 2.5, "success": 0.0, "oracle_success": 1.0, "path_length": 9.5,
            "spl": 0.0, "ndtw": 0.625, "collisions": {"count": 2},
        }
    }  # fmt: skip
    found = read_statistics(put(tmp_path / "s.json", document))
    assert found["7"].success is False and found["7"].distance_to_goal < 3.0  # near, but it did not stop
    assert found["7"].extra == {"collisions": {"count": 2}}
    write_statistics(tmp_path / "again.json", found)
    assert get(tmp_path / "again.json") == document


def test_ndh(tmp_path: Path) -> None:
    document = [
        {
            "inst_idx": 1, "game_idx": 20, "scan": "abc", "target": "plant",
            "start_pano": {"pano": "n2", "heading": 1.5, "elevation": 0.25}, "nav_history": ["n1", "n2"],
            "dialog_history": [
                {"nav_idx": 0, "role": "navigator", "message": "hi, left or right ?"},
                {"nav_idx": 1, "role": "oracle", "message": "left i think"},
            ],
            "player_path": ["n2", "n3"], "planner_path": ["n2", "n4"], "end_panos": ["n4", "n5"],
            "nav_camera": [{"heading": 1.5}], "navigator_game_quality": 4, "R2R_success": 1, "R2R_spl": 0.5,
        },
        {
            "inst_idx": 2, "scan": "abc", "target": "plant",
            "start_pano": {"pano": "n1", "heading": 0.0, "elevation": 0.0}, "nav_history": ["n1"], "dialog_history": [],
        },
    ]  # fmt: skip
    first, second = read_ndh(put(tmp_path / "train.json", document))
    assert first.dialog_history[1] == DialogTurn(nav_idx=1, role="oracle", message="left i think")
    assert first.success is True and second.success is None
    assert first.extra["R2R_spl"] == 1 / len(first.player_path)  # success over nodes: not SPL, and not called so
    assert not hasattr(first, "spl")
    write_ndh(tmp_path / "again.json", [first, second])
    assert get(tmp_path / "again.json") == document


# ---------------------------------------------------------------- what the loaders want


def load_like_habitat_lab(document: Mapping[str, Any]) -> None:
    """Do what `R2RVLN-v1` of habitat-lab 0.3.3 does: objects from all fields, none of those needed missing."""
    assert isinstance(document["instruction_vocab"]["word_list"], list)
    fields = {
        "episode_id", "scene_id", "scene_dataset_config", "additional_obj_config_paths", "start_position",
        "start_rotation", "info", "goals", "start_room", "shortest_paths", "reference_path", "instruction",
        "trajectory_id",
    }  # fmt: skip
    for episode in document["episodes"]:
        assert episode.keys() <= fields
        for name in ("trajectory_id", "reference_path", "goals", "instruction", "start_position", "start_rotation"):
            assert episode.get(name) is not None
        assert episode["instruction"].keys() <= {"instruction_text", "instruction_tokens"}
        for goal in episode["goals"]:
            assert goal.keys() <= {"position", "radius"} and goal["position"] is not None


def test_unknown_fields_are_laid_aside_for_the_loader_and_come_back(tmp_path: Path) -> None:
    document = json.loads(json.dumps(R2R))
    document["episodes"][0]["weather"] = "rain"
    document["episodes"][0]["goals"][0]["room"] = "kitchen"
    document["episodes"][0]["instruction"]["style"] = ["raw"]
    file = read_episode_file(put(tmp_path / "val.json.gz", document))
    assert file.episodes[0].extra == {"weather": "rain"}
    with pytest.raises(AssertionError):
        load_like_habitat_lab(document)
    write_vln_ce(tmp_path / "again.json.gz", file)
    load_like_habitat_lab(get(tmp_path / "again.json.gz"))
    assert read_episode_file(tmp_path / "again.json.gz") == file


def test_other_formats_become_loadable_and_come_back(tmp_path: Path) -> None:
    rxr = read_episode_file(put(tmp_path / "rxr.json.gz", RXR))
    write_vln_ce(tmp_path / "r2r.json.gz", replace(rxr, format="r2r_ce"))
    document = get(tmp_path / "r2r.json.gz")
    load_like_habitat_lab(document)
    tokens = tokenize_and_index(RXR_WORDS["instruction_text"], document["instruction_vocab"]["word_list"])
    assert document["episodes"][0]["instruction"]["instruction_tokens"] == [*tokens, *[0] * (200 - len(tokens))]
    write_habitat(tmp_path / "pointnav.json.gz", replace(rxr, format="habitat"))
    assert (
        not {"instruction", "reference_path", "trajectory_id"}
        & get(tmp_path / "pointnav.json.gz")["episodes"][0].keys()
    )
    assert load_episodes(tmp_path / "pointnav.json.gz") == rxr.episodes


@pytest.mark.parametrize("field", ["trajectory_id", "reference_path", "goals", "instruction"])
def test_writer_refuses_what_the_loader_would(tmp_path: Path, field: str) -> None:
    file = read_episode_file(put(tmp_path / "val.json.gz", R2R))
    gap: dict[str, Any] = {field: () if field == "goals" else None}
    with pytest.raises(ValueError, match=rf"episode 7: {field}: expected a value"):
        write_vln_ce(tmp_path / "new.json.gz", replace(file, episodes=(replace(file.episodes[0], **gap),)))
    assert [path.name for path in tmp_path.iterdir()] == ["val.json.gz"]


def test_words_are_counted_as_in_habitat_lab() -> None:
    assert tokenize("Don't go, the dog's well-fed?  Stop.") == [
        "don",
        "'",
        "t",
        "go",
        "the",
        "dog",
        "'",
        "s",
        "well-fed",
        "stop",
        ".",
    ]
    vocabulary = make_vocabulary(["Go left.", "Go right."])
    assert vocabulary["word_list"] == ["<pad>", "<unk>", "<s>", "</s>", ".", "go", "left", "right"]
    assert vocabulary["num_vocab"] == 8 and vocabulary["UNK_INDEX"] == 1 and vocabulary["stoi"]["go"] == 5
    assert tokenize_and_index("Go up.", vocabulary["word_list"]) == (5, 1, 4)
    assert tokenize_and_index("Go up.", ["go", "."]) == (1, 0, 2)  # <unk> is put first where it is missing


# ---------------------------------------------------------------- generated episodes, there and back

number = st.floats(-1e4, 1e4, allow_subnormal=False).map(lambda value: value + 0.0)
point = st.tuples(number, number, number)
name = st.text(max_size=8)
key = st.text(st.characters(categories=["Ll"]), min_size=1, max_size=5).map(lambda text: f"x_{text}")
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | number | name,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(key, inner, max_size=2),
    max_leaves=4,
)
extra = st.dictionaries(key, plain, max_size=2)
quaternion = st.tuples(*[st.floats(-1, 1)] * 4).filter(lambda q: np.linalg.norm(q) > 0.1).map(
    lambda q: tuple((np.array(q) / np.linalg.norm(q) + 0.0).tolist())
)  # fmt: skip
identifier = st.integers(0, 10**9) | st.text(min_size=1, max_size=5)
info = st.none() | st.builds(
    lambda rest, d, n: {**rest, "geodesic_distance": d, "human_num": n}, extra, number, st.integers(0, 9)
)
goal = st.builds(Goal, position=point, radius=st.none() | st.floats(0, 5), extra=extra)


@st.composite
def episode_files(draw: st.DrawFn) -> EpisodeFile:
    format: EpisodeFormat = draw(st.sampled_from(["r2r_ce", "rxr_ce", "habitat"]))
    following = format != "habitat"
    ids = draw(st.lists(identifier, max_size=3, unique_by=str))
    rxr = {"instruction_id": 3, "language": "te-IN"} if format == "rxr_ce" else {}
    episodes = []
    for episode_id in ids:
        tokens = draw(st.none() | st.lists(st.integers(0, 3), min_size=1, max_size=4).map(tuple))
        words = Instruction(text=draw(name), tokens=tokens, extra={**draw(extra), **rxr})
        episodes.append(
            NavigationEpisode(
                episode_id=episode_id, scene_id=draw(name), start=draw(point), rotation=draw(quaternion),
                goals=tuple(draw(st.lists(goal, min_size=int(following), max_size=2))), info=draw(info),
                instruction=words if following else None,
                reference_path=tuple(draw(st.lists(point, max_size=3))) if following else None,
                trajectory_id=draw(identifier) if following else None, extra=draw(extra),
            )
        )  # fmt: skip
    counted = any(episode.instruction is not None and episode.instruction.tokens for episode in episodes)
    return EpisodeFile(
        format=format if episodes or not following else "r2r_ce", episodes=tuple(episodes),
        tokens="vocabulary" if counted else "none",
        vocabulary={"word_list": ["<pad>", "<unk>", "a", "b"]} if following else None, extra=draw(extra),
    )  # fmt: skip


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(file=episode_files())
def test_generated_files_come_back(tmp_path: Path, file: EpisodeFile) -> None:
    if file.format == "habitat" and not file.episodes:
        return  # an empty split stands for the files beside it
    paths = [tmp_path / "a.json.gz", tmp_path / "b.json.gz"]
    for path in paths:
        (write_habitat if file.format == "habitat" else write_vln_ce)(path, file)
    back = read_episode_file(paths[0])
    assert back == file
    assert [type(one.episode_id) for one in back.episodes] == [type(one.episode_id) for one in file.episodes]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert paths[0].read_bytes()[4:8] == bytes(4)  # no time in the header
    if file.format == "r2r_ce":
        load_like_habitat_lab(get(paths[0]))


fractions = st.floats(0, 1)
statistics = st.builds(
    EpisodeStatistics, steps_taken=st.integers(0, 500), distance_to_goal=st.floats(0, 99), success=st.booleans(),
    oracle_success=st.booleans(), path_length=st.floats(0, 99), spl=fractions, ndtw=st.none() | fractions, extra=extra,
)  # fmt: skip
rows = st.builds(
    NdhRow, inst_idx=identifier, game_idx=st.none() | identifier, scan=name, target=name, start_node=name,
    heading=number, elevation=number, nav_history=st.lists(name, min_size=1, max_size=3).map(tuple),
    dialog_history=st.lists(
        st.builds(DialogTurn, nav_idx=st.just(0), role=st.sampled_from(("navigator", "oracle")), message=name),
        max_size=3,
    ).map(tuple),
    player_path=st.lists(name, max_size=2).map(tuple), end_panos=st.lists(name, max_size=2).map(tuple),
    start_extra=extra, extra=extra,
)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    ways=st.dictionaries(name, st.lists(point, min_size=1, max_size=4), max_size=3),
    numbers=st.dictionaries(name, statistics, max_size=3),
    table=st.lists(rows, max_size=2, unique_by=lambda row: str(row.inst_idx)),
    yaw=number,
)
def test_generated_results_come_back(
    tmp_path: Path,
    ways: dict[str, list[tuple[float, float, float]]],
    numbers: dict[str, EpisodeStatistics],
    table: list[NdhRow],
    yaw: float,
) -> None:
    path = tmp_path / "a.json.gz"
    predictions = {
        key: tuple(
            PathPoint(position=place, heading=yaw, stop=index == len(way) - 1) for index, place in enumerate(way)
        )
        for key, way in ways.items()
    }
    write_r2r_predictions(path, predictions)
    assert read_r2r_predictions(path, known=ways) == predictions
    truth = {key: GroundTruth(locations=tuple(way), actions=(1, 0), extra={"x": yaw}) for key, way in ways.items()}
    write_ground_truth(path, truth)
    assert read_ground_truth(path) == truth
    by_number = dict(enumerate(ways.values()))
    write_rxr_predictions(path, by_number)
    assert read_rxr_predictions(path) == {index: drop_repeats(way) for index, way in by_number.items()}
    write_statistics(path, numbers)
    assert read_statistics(path) == numbers
    write_ndh(path, table)
    assert read_ndh(path) == tuple(table)
