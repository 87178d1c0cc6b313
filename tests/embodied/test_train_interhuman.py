"""`embodied train motion task=pair size=published`: a folder of InterHuman becomes weights by one line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from embodied.cli import main
from embodied.results import read_results
from motion import in2in, timotion
from motion.body import load_body
from motion.pair_generate import PairPrompt, generate_pairs
from motion.pair_weights import load_pair
from motion.retarget import figure_of


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the published sizes small."""
    small = {"width": 32, "blocks": 1, "heads": 2, "inner": 32}
    monkeypatch.setattr(in2in, "PUBLISHED", replace(in2in.PUBLISHED, **small))
    monkeypatch.setattr(timotion, "PUBLISHED", replace(timotion.PUBLISHED, **small))


def command(data: Path, out: Path, *more: str) -> list[str]:
    return ["train", "motion", "task=pair", f"data={data}", f"out={out}", "size=published", *more]


@pytest.mark.parametrize("model", ["in2in", pytest.param("timotion", marks=pytest.mark.slow)])
def test_a_folder_of_interhuman_becomes_weights_that_make_pairs(
    model: str, tiny: None, interhuman: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(command(interhuman, out, f"model={model}", "steps=2", "batch=2")) == 0
    said = capsys.readouterr().out
    assert "1 of 3 pairs have no texts of each person" in said
    name = f"motion_{model}_published"
    assert {path.name for path in out.iterdir()} == {f"{name}.safetensors", f"{name}.json"}
    rows = read_results(out / f"{name}.json")["rows"]
    assert [row["step"] for row in rows] == [1, 2] and rows[0]["model"] == name and rows[0]["n"] == 3
    network, space, about = load_pair(out / f"{name}.safetensors")
    assert about["size"] == "published" and about["sources"] == ["interhuman"] and about["without"] is None
    assert network.config.width == 32 and network.reader.kind == "words" and space.patch == 1
    assert float(space.deviation.min()) > 0.0 and float(space.mean[1]) > 0.5  # the pelvis is above the ground
    figures = tuple(figure_of(load_body(body).joints) for body in ("girl", "man_tall"))
    prompt = PairPrompt(text="They meet.", texts=("One waves.", "The other waves."), seconds=1.0)
    made = generate_pairs(network, space, [prompt], [figures], [np.random.default_rng(0)], steps=2)[0]
    for clip, figure in zip(made.clips, figures, strict=True):
        assert clip.positions.shape == (30, 22, 3)
        assert clip.positions[:, 10:12, 2].min() == pytest.approx(figure[10:12, 2].min(), abs=0.02)  # on the floor


@pytest.mark.slow
def test_training_goes_on_from_where_it_stopped(
    tiny: None, interhuman: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, parted = tmp_path / "whole", tmp_path / "parted"
    assert main(command(interhuman, whole, "steps=3", "batch=2")) == 0
    from crowd import learning

    keep, kept = learning.keep, []

    def stop(*arguments: object) -> None:
        keep(*arguments)  # type: ignore[arg-type]
        kept.append(1)
        if len(kept) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(learning, "keep", stop)
    assert main(command(interhuman, parted, "steps=3", "batch=2")) == 1
    monkeypatch.setattr(learning, "keep", keep)
    assert main(command(interhuman, parted, "steps=3", "batch=2")) == 0
    weights = "motion_in2in_published.safetensors"
    assert (whole / weights).read_bytes() == (parted / weights).read_bytes()


def test_without_texts_of_each_person_they_stay_untold(
    tiny: None, interhuman: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (interhuman / "annots_individual").rename(tmp_path / "elsewhere")
    assert main(command(interhuman, tmp_path / "out", "steps=1", "batch=2")) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum("3 of 3 pairs have no texts of each person" in line for line in lines) == 1
    about = load_pair(tmp_path / "out" / "motion_in2in_without_individual_published.safetensors")[2]
    assert about["without"] == "individual"


def _save(person: str, change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        path = folder / "motions_processed" / person / "2.npy"
        np.save(path, change(np.load(path)))

    return spoil


@pytest.mark.parametrize(
    ("spoil", "line"),
    [
        (_save("person2", lambda rows: rows[:-1]), "2.npy: expected both people as long, got 50 and 49 frames"),
        (lambda folder: (folder / "motions_processed/person2/2.npy").unlink(), "2.npy: expected the other person of"),
        (_save("person1", lambda rows: np.where(np.arange(492) == 7, np.nan, rows)), "got NaN or infinity in frame 0"),
        (_save("person1", lambda rows: rows[:, :262]), "expected (T, 492) numbers of InterHuman, got (50, 262)"),
        (lambda folder: (folder / "annots/2.txt").unlink(), "2.txt: expected a line of what both do, found none"),
        (
            lambda folder: (folder / "split/train.txt").write_text("1\n77\n"),
            "expected pair 77 of train.txt, found none",
        ),
        (lambda folder: (folder / "split/train.txt").write_text("9\n"), "expected pairs of 15 frames or more in train"),
        (lambda folder: (folder / "split/val.txt").unlink(), "expected split/val.txt, found none"),
        (lambda folder: (folder / "motions_processed").rename(folder / "x"), "expected InterHuman's folder"),
    ],
)
def test_a_spoilt_folder_is_told_in_one_line(
    spoil: Callable[[Path], None], line: str, interhuman: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(interhuman)
    assert main(command(interhuman, tmp_path / "out", "steps=1")) == 2
    error = capsys.readouterr().err.strip()
    assert line in error and "\n" not in error
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["task=reaction", "size=published"], "size=published: expected it for task=pair only"),
        (["task=pair", "text=clip"], "text=clip: expected size=published"),
        (["task=pair", "size=huge"], "size=huge: expected one of small, published"),
        (["task=pair", "size=published", "model=prior"], "model=prior: expected one of in2in, timotion"),
        (["task=pair", "size=published", "crowd=x"], "crowd=x: expected it for task=reaction only"),
        (["task=pair", "size=published", "without=scanning"], "without=scanning: expected individual"),
    ],
)
def test_bad_words_are_told_in_one_line(words: list[str], line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "motion", "data=nowhere", "out=x", *words]) == 2
    error = capsys.readouterr().err.strip()
    assert line in error and "\n" not in error
