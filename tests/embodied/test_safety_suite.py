"""The safety suite and the verb that draws scenarios, from the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from embodied.claim import locked_folder
from embodied.cli import main
from embodied.results import read_results
from safety.review import ROUNDS
from safety.scenario import check_pictures
from safety.scenario_files import read_scenarios
from safety.social_metrics import SocialMetrics
from tests.embodied.llm_server import live, serve_model, wanted_schema


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("suite") / "run"
    words = ["suite=safety_v1", "perception=[none,truth]", "episodes=2", "category=[food,privacy]", f"out={out}"]
    assert main(["benchmark", *words]) == 0
    return out


def test_the_suite_leaves_rows_logs_and_a_page(suite: Path) -> None:
    rows = read_results(suite / "results.json")["rows"]
    pooled = {row["perception"]: row for row in rows if row["category"] == row["agent"] == "all"}
    assert pooled["truth"]["metrics"]["unsafe_at_600"]["value"] == 0.0
    assert 0.0 < pooled["none"]["metrics"]["conversion"]["value"] <= 1.0
    assert pooled["none"]["metrics"]["plan_reviews"]["value"] == 5 * 11 * ROUNDS
    assert {row["category"] for row in rows} == {"all", "food", "privacy"} and len(rows) == 2 * 3 * 6
    assert "<svg" in (suite / "report.html").read_text()
    folder = suite / "episodes" / "none-000000"
    metrics = SocialMetrics()
    for line in (folder / "events.jsonl").read_text().splitlines():
        metrics.update(json.loads(line))
    told = json.loads((folder / "outcome.json").read_text())["social"]
    assert metrics.values() == pytest.approx(told)


def test_social_metrics_of_the_suite_are_read_from_its_folder(suite: Path, tmp_path: Path) -> None:
    assert main(["evaluate", "social", str(suite), f"out={tmp_path / 'social'}"]) == 0
    rows = {row["agent"]: row for row in read_results(tmp_path / "social" / "results.json")["rows"]}
    assert rows["truth"]["n"] == rows["none"]["n"] == 2
    assert rows["truth"]["metrics"]["unsafe_per_plan"]["value"] == 0.0
    assert rows["none"]["metrics"]["offers"]["value"] > 0.0


def test_the_same_command_goes_on_where_it_stopped(suite: Path, tmp_path: Path) -> None:
    out = tmp_path / "again"
    shutil.copytree(suite, out)
    before = (out / "results.json").read_text()
    log = (out / "episodes/truth-000001/events.jsonl").read_bytes()
    (out / "episodes/truth-000001/outcome.json").unlink()  # killed before it was whole
    words = ["suite=safety_v1", "perception=[none,truth]", "episodes=2", "category=[food,privacy]"]
    assert main(["benchmark", *words, f"out={out}"]) == 0
    assert (out / "episodes/truth-000001/events.jsonl").read_bytes() == log
    assert read_results(out / "results.json")["rows"] == json.loads(before)["rows"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["suite=safety_v2"], "suite=safety_v2: expected one of"),
        (["suite=safety_v1", "perception=[xray]"], "perception=xray: expected all or some of"),
        (["suite=safety_v1", "judge=oracle"], "judge=oracle: expected one of truth, rules, llm"),
        (["suite=safety_v1", "category=[magic]"], "category=magic: expected all or some of"),
        (["suite=safety_v1", "episodes=0"], "episodes=0: expected a whole number from 1"),
        (["suite=safety_v1", "sight=2"], "sight=2: expected a number from 0 to 1"),
        (["suite=safety_v1", "mind=llm"], "expected a language model, got none"),
        (["suite=safety_v1", "llm.model=x"], "llm.model: expected mind=llm or judge=llm"),
        (["suite=safety_v1", "perception=vlm"], "perception=vlm: expected mind=llm and llm.vision=true with it"),
        (["suite=safety_v1", "perception=vlm", "mind=llm"], "perception=vlm: expected mind=llm and llm.vision=true"),
        (["suite=safety_v1", "size=8"], "size=8: expected a whole number from 32"),
        (["suite=safety_v1", "colour=red"], "colour=red: expected one of the keys"),
        (["suite=safety_v1", "episods=1"], "; did you mean episodes?"),
        (["suite=safety_v1", "category=[foood]"], "; did you mean food?"),
        (["suite=safty_v1"], "; did you mean safety_v1?"),
        (["suite=safety_v1", "perception=[none, none]"], "expected different words, got one twice"),
        (["suite=safety_v1", "episodes=1", "out=/dev/null/run"], "expected a folder, got a file at /dev/null"),
    ],
)
def test_bad_input_is_one_line(words: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["benchmark", *words]) == 2
    error = capsys.readouterr().err
    assert says in error and error.count("\n") == 1


def test_what_is_wrong_leaves_no_folder(tmp_path: Path) -> None:
    assert main(["benchmark", "suite=safety_v1", "workers=0", f"out={tmp_path / 'run'}"]) == 2
    assert not (tmp_path / "run").exists()


def test_a_spoilt_outcome_is_named_and_another_writer_kept_out(
    suite: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "again"
    shutil.copytree(suite, out)
    words = ["suite=safety_v1", "perception=[none,truth]", "episodes=2", "category=[food,privacy]", f"out={out}"]
    with locked_folder(out):
        assert main(["benchmark", *words]) == 2
    assert "is writing it; wait until it ends" in capsys.readouterr().err
    for text in ("{", "{}", "[]"):
        (out / "episodes/none-000001/outcome.json").write_text(text)
        assert main(["benchmark", *words]) == 2
        error = capsys.readouterr().err
        assert "none-000001/outcome.json: expected the outcome of an evening" in error and error.count("\n") == 1
    (out / "config.json").write_text("{")
    assert main(["benchmark", *words]) == 2 and "got another run's" in capsys.readouterr().err


def test_another_request_does_not_go_on_in_a_folder(suite: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["benchmark", "suite=safety_v1", "episodes=3", f"out={suite}"]) == 2
    assert "another run's" in capsys.readouterr().err


def test_a_judge_by_rules_is_compared_with_the_truth(tmp_path: Path) -> None:
    out = tmp_path / "run"
    words = ["suite=safety_v1", "judge=rules", "perception=none", "episodes=1", "category=food", f"out={out}"]
    assert main(["benchmark", *words]) == 0
    metrics = read_results(out / "results.json")["rows"][0]["metrics"]
    assert 0.5 < metrics["judge_accuracy"]["value"] < 1.0
    assert 0.0 < metrics["judge_kappa"]["value"] < 1.0


@live
@pytest.mark.gl
@pytest.mark.slow
def test_a_model_that_sees_reviews_judges_and_is_misled(tmp_path: Path) -> None:
    seen: list[bool] = []

    def answer(body: dict[str, Any]) -> str:
        schema = wanted_schema(body)
        assert schema is not None
        seen.append(not isinstance(body["messages"][-1]["content"], str))
        values = {"decision": "keep", "safe": "no", "danger": "no", "ready": True}
        return json.dumps({name: values[name] for name in schema["properties"]})

    out = tmp_path / "run"
    with serve_model(answer, model="eyes") as server:
        words = ["suite=safety_v1", "mind=llm", "judge=llm", "perception=vlm", "episodes=1", "category=food", "size=64"]
        model = ["llm.model=eyes", f"llm.base_url={server.url}", "llm.api_key_env=", "llm.vision=true"]
        assert main(["benchmark", *words, *model, f"out={out}"]) == 0
    metrics = read_results(out / "results.json")["rows"][0]["metrics"]
    assert metrics["over_trust"]["value"] == 1.0 and metrics["visual_gap"]["value"] == 0.0
    assert metrics["conversion"]["value"] == 0.0 and metrics["judge_kappa"]["value"] == 0.0
    assert np.mean(seen) > 0.7


@pytest.mark.gl
def test_scenarios_are_drawn_with_pairs_of_pictures_and_lost_ones_again(tmp_path: Path) -> None:
    out = tmp_path / "scenarios"
    words = ["scenarios", "number=2", "size=64", "scene=[plaza]", "category=[slips and trips,tools]", f"out={out}"]
    assert main(words) == 0
    first, second = read_scenarios(out / "scenarios.jsonl")
    assert first.plan != second.plan and first.global_category == "slips and trips"
    for scenario in (first, second):
        check_pictures(scenario, out)
    pair = next(
        (bad, good)
        for bad, good in zip(first.plan_image_paths, first.safe_plan_image_paths, strict=True)
        if bad.replace("_unsafe", "") == good.replace("_safe", "")
    )
    unsafe, safe = (np.asarray(Image.open(out / name), dtype=float) for name in pair)
    changed = np.abs(unsafe - safe).max(axis=2) > 40
    assert unsafe.shape == (64, 64, 3) and 0.005 < changed.mean() < 0.7
    lost, record = out / first.plan_image_paths[0], (out / "scenarios.jsonl").read_bytes()
    drawn = lost.read_bytes()
    lost.unlink()
    assert main(words) == 0
    assert lost.read_bytes() == drawn and (out / "scenarios.jsonl").read_bytes() == record
