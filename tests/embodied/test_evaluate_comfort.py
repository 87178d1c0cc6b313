"""Files of rated scenes: read, refused, scored; weights fitted again, and the numbers that are published."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import spearmanr

from embodied import cli, train_comfort
from embodied.evaluate_comfort import compare, nearest_person, read_scenes, spearman
from embodied.results import read_results, write_results
from safety.comfort import WEIGHTS, describe, load_weights, score

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared/data/comfort"
needs_ratings = pytest.mark.skipif(
    not DATA.is_dir(), reason="the ratings are not beside the checkout (shared/data/comfort)"
)


def scene(seed: int, **changes: Any) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    place = rng.uniform(-300, 300, (3, 2)).tolist()
    near = min(np.hypot(*place[0]), np.hypot(*place[1]))
    return {
        "identifier": f"{seed:05d} A", "score": round(min(100.0, near / 3)), "robot": {"id": 0},
        "humans": [
            {"id": 1, "xPos": place[0][0], "yPos": place[0][1], "orientation": 20},
            {"id": 2, "xPos": place[1][0], "yPos": place[1][1], "orientation": -160.0},
        ],
        "objects": [{"id": 3, "xPos": place[2][0], "yPos": place[2][1], "orientation": 0}],
        "links": [[1, 2, "interact"], [2, 1, "interact"], [1, 3, "interact"]],
        "room": [[-400, -400], [400, -400], [400, 400], [-400, -400]], **changes,
    }  # fmt: skip


@pytest.fixture
def rated(tmp_path: Path) -> Path:
    path = tmp_path / "rated.json"
    path.write_text(json.dumps([scene(seed) for seed in range(40)]))
    return path


# ---------------------------------------------------------------- reading


def test_axes_and_units(tmp_path: Path) -> None:
    """Ahead is -yPos, left is -xPos, and orientation grows clockwise from facing forward."""
    path = tmp_path / "one.json"
    humans = [
        {"id": 1, "xPos": 0, "yPos": -200, "orientation": 180},  # ahead, looking back at the robot
        {"id": 2, "xPos": -100, "yPos": 0, "orientation": 90},  # to the left, looking right
    ]
    path.write_text(json.dumps([scene(0, humans=humans)]))
    (read,) = read_scenes(path)
    facing = np.column_stack([np.cos(read.situation.humans[:, 2]), np.sin(read.situation.humans[:, 2])])
    assert read.situation.humans[:, :2] == pytest.approx(np.array([[2.0, 0.0], [0.0, 1.0]]))
    assert facing == pytest.approx(np.array([[-1.0, 0.0], [0.0, -1.0]]))
    assert read.situation.human_links.tolist() == [[0, 1]] and read.situation.object_links.tolist() == [[0, 0]]
    assert nearest_person([read]).tolist() == [1.0]


@needs_ratings
def test_people_who_are_linked_face_each_other() -> None:
    scenes = read_scenes(DATA / "train.json")
    for each in (read.situation for read in scenes):
        for one, two in each.human_links:
            span = each.humans[two, :2] - each.humans[one, :2]
            for yaw, toward in ((each.humans[one, 2], span), (each.humans[two, 2], -span)):
                assert np.cos(yaw) * toward[0] + np.sin(yaw) * toward[1] > 0.999 * np.hypot(*toward)


def _set(path: list[Any], value: Any) -> Callable[[list[Any]], None]:
    def change(document: list[Any]) -> None:
        at: Any = document
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = value

    return change


def _drop(path: list[Any]) -> Callable[[list[Any]], None]:
    def change(document: list[Any]) -> None:
        at: Any = document
        for key in path[:-1]:
            at = at[key]
        del at[path[-1]]

    return change


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (_drop([2, "humans"]), "scene 3: humans: expected a value"),
        (_drop([2, "links"]), "scene 3: links: expected a value"),
        (_drop([1, "humans", 1, "orientation"]), "scene 2: humans[1]: orientation: expected a value"),
        (_drop([1, "humans", 0, "id"]), "scene 2: humans[0]: id: expected a value"),
        (_set([1, "humans"], {}), "scene 2: humans: expected a list"),
        (_set([0], 7), "scene 1: expected an object, got 7"),
        (_set([0, "humans", 0, "xPos"], "12"), "scene 1: humans[0].xPos: expected a number, got '12'"),
        (_set([0, "humans", 0, "xPos"], True), "scene 1: humans[0].xPos: expected a number, got True"),
        (_set([0, "humans", 0], [1, 2]), "scene 1: humans[0]: expected an object"),
        (_set([0, "humans", 1, "id"], 1), "scene 1: humans[1].id: expected every id once, got 1 twice"),
        (_set([0, "objects", 0, "id"], 2), "scene 1: expected every id once, got 2 for a human and an object"),
        (_set([0, "links", 0], [1, 9, "interact"]), "scene 1: links[0]: expected the ids of a human and of another"),
        (_set([0, "links", 0], [1, 1, "interact"]), "scene 1: links[0]: expected the ids"),
        (_set([0, "links", 0], [1, 2]), "scene 1: links[0]: expected [id, id,"),
        (_set([0, "links", 0], [1, [2], "interact"]), "scene 1: links[0]: expected a text or a whole number"),
        (_set([0, "room", 0], [1]), "scene 1: room[0]: expected 2 numbers"),
        (_set([0, "score"], 101), "scene 1: score: expected 0 to 100, got 101"),
        (_set([0, "score"], "good"), "scene 1: score: expected a number"),
    ],
)
def test_a_bad_scene_is_one_line_with_its_number(
    change: Callable[[list[Any]], None], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = copy.deepcopy([scene(seed) for seed in range(4)])
    change(document)
    path, out = tmp_path / "bad.json", tmp_path / "out"
    path.write_text(json.dumps(document))
    assert cli.main(["evaluate", "comfort", str(path), f"out={out}"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"bad.json: {says}" in line
    assert not out.exists()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "expected JSON"),
        (json.dumps([scene(0)])[:-40], "expected JSON"),
        (json.dumps([scene(0)]).replace('"orientation": 20', '"orientation": NaN'), "expected finite numbers, got NaN"),
        ("[]", "expected scenes, got an empty list"),
        ("{}", "expected a list"),
    ],
)
def test_a_bad_file_is_one_line(text: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text)
    assert cli.main(["evaluate", "comfort", str(path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert says in line and "bad.json" in line


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["absent.json"], "absent.json: expected a file"),
        (["a", "b"], "expected one FILE, got 2"),
        (["out=x"], "expected one FILE, got 0"),
        (["a", "colour=red"], "colour=red: expected one of the keys out, seed"),
        (["a", "seed=-1"], "seed=-1: expected a whole number"),
    ],
)
def test_bad_words_are_one_line(words: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["evaluate", "comfort", *words]) == 2
    assert says in capsys.readouterr().err


# ---------------------------------------------------------------- scoring


def test_results_and_predictions(rated: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["evaluate", "comfort", str(rated), f"out={tmp_path / 'a'}"]) == 0
    printed = capsys.readouterr().out
    results = read_results(tmp_path / "a/results.json")
    comfort, nearest = results["rows"]
    assert comfort["n"] == nearest["n"] == 40
    assert set(comfort["metrics"]) == {"score", "spearman", "mse", "gain_over_nearest_person"}
    assert nearest["metrics"]["spearman"]["value"] > 0.99 and "spearman" in printed
    predictions = json.loads((tmp_path / "a/predictions.json").read_text())
    assert [entry["scene"] for entry in predictions] == list(range(1, 41))
    scores, predicted = ([entry[key] for entry in predictions] for key in ("score", "comfort"))
    assert comfort["metrics"]["spearman"]["value"] == pytest.approx(spearmanr(scores, predicted)[0], abs=1e-3)
    assert comfort["metrics"]["mse"]["value"] == pytest.approx(np.mean(np.subtract(scores, predicted) ** 2), abs=0.1)
    assert cli.main(["evaluate", "comfort", str(rated), f"out={tmp_path / 'b'}"]) == 0
    assert read_results(tmp_path / "b/results.json")["rows"] == results["rows"]


def test_scenes_without_ratings_get_a_mean_alone(tmp_path: Path) -> None:
    path = tmp_path / "unrated.json"
    empty = scene(0, humans=[], objects=[], links=[], score=None)
    path.write_text(json.dumps([empty, {key: empty[key] for key in ("humans", "objects", "links")}]))
    assert cli.main(["evaluate", "comfort", str(path), f"out={tmp_path / 'out'}"]) == 0
    (row,) = read_results(tmp_path / "out/results.json")["rows"]
    assert row["metrics"] == {"score": {"value": 100.0}}
    assert json.loads((tmp_path / "out/predictions.json").read_text())[0]["nearest_person"] is None


def test_a_folder_of_another_run_is_left_alone(rated: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_results(tmp_path / "results.json", verb="generate", command="", seed=0, seconds=1.0, rows=[], files={})
    assert cli.main(["evaluate", "comfort", str(rated), f"out={tmp_path}"]) == 2
    assert "expected a folder of its own" in capsys.readouterr().err


def test_rank_correlation_agrees_with_scipy_and_gain_is_paired() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 20, 80).astype(float)
    good, poor = truth + rng.normal(0, 3, 80), truth + rng.normal(0, 15, 80)
    assert spearman(good, truth) == pytest.approx(spearmanr(good, truth)[0], abs=1e-12)
    assert np.isnan(spearman(np.ones(80), truth))
    keys = [str(number) for number in range(80)]
    first, second = compare(truth, [good, poor], keys, np.random.default_rng(1))
    assert first["lo"] < first["value"] < first["hi"]
    assert second["gain"] == pytest.approx(first["value"] - second["value"]) and second["gain_lo"] > 0
    (_, same) = compare(truth, [good, good], keys, np.random.default_rng(1))
    assert (same["gain"], same["gain_lo"], same["gain_hi"]) == (0.0, 0.0, 0.0)


def test_ratings_of_one_scene_are_drawn_together() -> None:
    """Ten copies of each rating are no more evidence than one."""
    rng = np.random.default_rng(0)
    truth = rng.normal(size=40)
    guess, keys = truth + rng.normal(size=40), [str(number) for number in range(40)]
    (once,) = compare(truth, [guess], keys, np.random.default_rng(1))
    (copies,) = compare(np.tile(truth, 10), [np.tile(guess, 10)], keys * 10, np.random.default_rng(1))
    assert copies["hi"] - copies["lo"] == pytest.approx(once["hi"] - once["lo"], rel=0.05)


# ---------------------------------------------------------------- fitting


def test_the_same_seed_fits_the_same_bytes(rated: Path, tmp_path: Path) -> None:
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        out = tmp_path / f"{name}.safetensors"
        assert cli.main(["train", "comfort", f"data={rated}", f"out={out}", f"seed={seed}", "steps=40"]) == 0
    first, second, other = ((tmp_path / f"{name}.safetensors").read_bytes() for name in "abc")
    assert first == second != other
    assert {key: value.shape for key, value in load_weights(tmp_path / "a.safetensors").items()} == {
        key: value.shape for key, value in load_weights(WEIGHTS).items()
    }


def test_fitting_lowers_the_error_that_is_measured_afterwards(rated: Path) -> None:
    """What is fitted with torch is what `safety.comfort` computes with NumPy."""
    scenes = read_scenes(rated)
    situations, ratings = [each.situation for each in scenes], np.array([each.score for each in scenes], dtype=float)
    errors = [
        np.mean((score(describe(situations), train_comfort.fit_comfort(situations, ratings, 0, steps)) - ratings) ** 2)
        for steps in (1, 150)
    ]
    assert errors[1] < 0.2 * errors[0]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "expected data=FILE and out=FILE.safetensors"),
        (["data={rated}", "out=a.bin"], "expected data=FILE and out=FILE.safetensors"),
        (["data={rated}", "out=absent/a.safetensors"], "found no absent"),
        (["data={rated}", "out=a.safetensors", "seed=x"], "seed=x: expected a whole number"),
        (["data={rated}", "out=a.safetensors", "size=3"], "size=3: expected one of the keys data, out, seed, steps"),
        (["data={unrated}", "out={tmp}/a.safetensors"], "scene 2: score: expected a rating"),
    ],
)
def test_bad_words_to_train_are_one_line(
    words: list[str], says: str, rated: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unrated = tmp_path / "unrated.json"
    unrated.write_text(json.dumps([scene(0), scene(1, score=None)]))
    words = [word.format(rated=rated, unrated=unrated, tmp=tmp_path) for word in words]
    code = cli.main(["train", "comfort", *(words or ["seed=0"])])
    assert code == 2 and says in capsys.readouterr().err
    assert not list(tmp_path.glob("*.safetensors*"))


def test_train_tells_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["train", "--help"]) == 0 and cli.main(["train", "comfort", "--help"]) == 0
    assert cli.main(["evaluate", "comfort", "--help"]) == 0
    assert "data=FILE" in capsys.readouterr().out
    assert cli.main(["train", "nonsense"]) == 2
    assert "train nonsense: expected one of crowd, motion, comfort" in capsys.readouterr().err


# ---------------------------------------------------------------- what is published


@needs_ratings
def test_the_shipped_weights_give_the_published_numbers(tmp_path: Path) -> None:
    assert cli.main(["evaluate", "comfort", str(DATA / "dev.json"), f"out={tmp_path / 'out'}"]) == 0
    published = read_results(ROOT / "benchmarks/results/comfort.json")["rows"]
    wanted = {row["model"]: row["metrics"] for row in published if row.get("split") == "dev"}
    for row in read_results(tmp_path / "out/results.json")["rows"]:
        for name, metric in row["metrics"].items():
            assert metric["value"] == pytest.approx(wanted[row["model"]][name]["value"], rel=1e-3), name
    gain = wanted["comfort"]["gain_over_nearest_person"]
    assert gain["lo"] > 0, "the score must beat the distance to the nearest person"
    assert wanted["comfort"]["mse"]["hi"] < wanted["nearest_isotonic"]["mse"]["value"]


@needs_ratings
@pytest.mark.slow
def test_the_documented_command_gives_the_shipped_weights(tmp_path: Path) -> None:
    out = tmp_path / "again.safetensors"
    assert cli.main(["train", "comfort", f"data={DATA / 'train.json'}", f"out={out}", "seed=0"]) == 0
    elements = describe([each.situation for each in read_scenes(DATA / "dev.json")])
    assert score(elements, load_weights(out)) == pytest.approx(score(elements), abs=0.5)  # processors round
