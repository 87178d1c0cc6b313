"""`embodied train motion task=pair|reaction|evaluator`: bad input by one line, and weights by one command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from embodied.cli import main
from embodied.results import read_results
from motion.pair_weights import load_pair, load_reaction

PACK = Path(__file__).resolve().parents[2].parent / "shared/data/motion"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["task=pair", "out={0}/x"], "train motion: expected data=DIR, got none"),
        (["task=pair", "data={0}"], "train motion: expected out=DIR, got none"),
        (["task=pair", "data={0}/nowhere", "out={0}/x"], "nowhere: expected a folder with pairs.json, found none"),
        (["task=reaction", "data={0}/nowhere", "out={0}/x"], "expected a folder with pairs.json, found none"),
        (["task=evaluator", "data={0}/nowhere", "out={0}/x"], "expected a folder with pairs.json, found none"),
        (["task=pair", "data={0}", "out={0}/x", "speed=3"], "speed=3: expected one of the keys batch, crowd, data"),
        (["task=pair", "data={0}", "out={0}/x", "sources=cmu"], "sources=cmu: expected one of the keys"),
        (["task=pair", "data={0}", "out={0}/pairs.json"], "pairs.json: expected a folder, got a file"),
        (
            ["task=pair", "data={0}", "out={0}/x", "model=moreact"],
            "model=moreact: expected one of in2in, timotion",
        ),
        (["task=pair", "data={0}", "out={0}/x", "without=injection"], "without=injection: expected individual, or of"),
        (
            ["task=pair", "data={0}", "out={0}/x", "model=timotion", "without=trajectory"],
            "expected individual, or of",
        ),
        (["task=pair", "data={0}", "out={0}/x", "steps=0"], "steps=0: expected a whole number from 1"),
        (["task=pair", "data={0}", "out={0}/x", "batch=many"], "batch=many: expected a whole number from 1"),
        (["task=pair", "data={0}", "out={0}/x", "seed=-1"], "seed=-1: expected a whole number from 0"),
        (["task=reaction", "data={0}", "out={0}/x", "without=individual"], "without=individual: expected trajectory"),
        (["task=reaction", "data={0}", "out={0}/x", "batch=1"], "batch=1: expected a whole number from 2"),
        (["task=reaction", "data={0}", "out={0}/x", "crowd={0}/no"], "/no: expected a folder with sdd/, found none"),
        (["task=pair", "data={0}", "out={0}/x"], "cmu_singles_60fps.npz"),  # the list is there, not what it lists
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    words: list[str], line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("pairs", "singles"):
        (tmp_path / f"{name}.json").write_text(json.dumps({name: []}))
    assert main(["train", "motion", *(word.format(tmp_path) for word in words)]) == 2
    error = capsys.readouterr().err.strip()
    assert line in error and "\n" not in error
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pairs.json", "singles.json"]


@pytest.mark.slow
@pytest.mark.skipif(not PACK.is_dir(), reason="the recordings are not beside the checkout (shared/data/motion)")
def test_weights_and_their_curves_are_written(tmp_path: Path) -> None:
    command = ["train", "motion", f"data={PACK}", f"out={tmp_path}", "steps=2", "batch=4"]
    assert main([*command, "task=pair", "model=timotion", "without=scanning"]) == 0
    name = "motion_timotion_without_scanning"
    network, space, about = load_pair(tmp_path / f"{name}.safetensors")
    assert about["steps"] == 2 and about["kind"] == "timotion" and not network.config.scanning  # type: ignore[union-attr]
    assert space.deviation.std() > 0.0
    rows = read_results(tmp_path / f"{name}.json")["rows"]
    assert [row["step"] for row in rows] == [1, 2] and rows[0]["task"] == "pair" and rows[0]["n"] > 100
    assert main([*command, "task=reaction"]) == 0
    model, _, about = load_reaction(tmp_path / "motion_moreact.safetensors")
    assert model.way is not None and about["sources"] == ["cmu", "bandai"]
    curves = [f"motion_moreact.{stage}.json" for stage in ("body", "way")]
    written = [f"{name}.json", f"{name}.safetensors", *curves, "motion_moreact.safetensors"]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(written)
