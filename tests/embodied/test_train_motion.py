"""`embodied train motion`: weights by one command, and bad input by one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from embodied.cli import main
from embodied.results import read_results
from motion.weights import load_single

PACK = Path(__file__).resolve().parents[2].parent / "shared/data/motion"


@pytest.mark.slow
@pytest.mark.skipif(not PACK.is_dir(), reason="the recordings are not beside the checkout (shared/data/motion)")
def test_weights_and_their_curve_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["train", "motion", "task=single", f"data={PACK}", f"out={tmp_path}", "sources=cmu"]
    command += ["steps=2", "batch=4", "width=16", "blocks=1"]
    assert main(command) == 0
    assert "motion_single_cmu.safetensors" in capsys.readouterr().out
    network, about = load_single(tmp_path / "motion_single_cmu.safetensors")
    assert about["sources"] == ["cmu"]
    assert about["steps"] == 2
    assert network.config.width == 16
    rows = read_results(tmp_path / "motion_single_cmu.json")["rows"]
    assert [row["step"] for row in rows if row["part"] == "latents"] == [1, 2]
    assert [row["step"] for row in rows if row["part"] == "codec"] == [1]
    assert len(rows) == 3
    assert {path.name for path in tmp_path.iterdir()} == {"motion_single_cmu.safetensors", "motion_single_cmu.json"}


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["task=pairs"], "task=pairs: expected one of single"),
        (["task=single", "out=x"], "expected data=DIR"),
        (["task=single", "data=nowhere", "out=x"], "expected a folder with singles.json"),
        (["task=single", "data=nowhere", "out=x", "sources=mocap"], "sources=mocap: expected one of all, cmu, bandai"),
        (["task=single", "data=nowhere", "out=x", "speed=3"], "speed=3: expected one of the keys"),
    ],
)
def test_bad_input_is_one_line(words: list[str], line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "motion", *words]) == 2
    error = capsys.readouterr().err.strip()
    assert line in error
    assert "\n" not in error
    assert not Path("x").exists()


def test_weights_of_something_else_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="found no such file"):
        load_single(tmp_path / "none.safetensors")
    (tmp_path / "bad.safetensors").write_bytes(b"nothing")
    with pytest.raises(ValueError, match="got another file"):
        load_single(tmp_path / "bad.safetensors")
    about = {"model": "motion_single", "config": {"width": 16, "blocks": 1}}
    save_file({"mean": torch.zeros(3)}, tmp_path / "old.safetensors", {"embodied": json.dumps(about)})
    with pytest.raises(ValueError, match="train anew"):
        load_single(tmp_path / "old.safetensors")
