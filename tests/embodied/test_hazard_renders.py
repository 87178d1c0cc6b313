"""Pairs of pictures of hazards: pixel-aligned, labelled, the same again, and learned from by a command."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from embodied import hazard_renders, train
from embodied.hazard_renders import SPLITS, render_pairs
from safety.detector import HazardDetector
from safety.detector_album import read_album

pytestmark = pytest.mark.gl
KINDS = ("bonfire", "open_manhole")
SIZE = (96, 72)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    patch = pytest.MonkeyPatch()
    patch.setattr(hazard_renders, "FAMILIES", ("corridor",))
    patch.setattr("scenes.procedural.corridor.WIDTH", 12.0)
    patch.setattr(hazard_renders, "BYSTANDERS", 1)
    out = tmp_path_factory.mktemp("renders")
    render_pairs(out, number=6, seed=1, size=SIZE, kinds=KINDS)
    yield out
    patch.undo()


def rows_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "train" / "labels.jsonl").read_text().splitlines()]


def picture(folder: Path, row: dict[str, Any]) -> np.ndarray:
    return np.asarray(Image.open(folder / "train" / row["picture"])).astype(int)


def test_pairs_differ_where_their_hazards_are(folder: Path) -> None:
    rows = rows_of(folder)
    pairs = {row["pair"]: [other for other in rows if other["pair"] == row["pair"]] for row in rows if row["shows"]}
    assert len(pairs) == 6
    for first, second in pairs.values():
        assert {first["picture"].rsplit("_", 1)[1], second["picture"].rsplit("_", 1)[1]} == {"unsafe.png", "safe.png"}
        assert first["camera"] == second["camera"] and first["place"] == second["place"]
        changed = np.abs(picture(folder, first) - picture(folder, second)).max(axis=2) > 12
        assert picture(folder, first).shape == (*SIZE[::-1], 3)
        near = np.zeros_like(changed)
        for shown in (*first["shows"], *second["shows"]):
            x0, y0, x1, y1 = shown["box"]
            near[max(0, y0 - 2) : y1 + 2, max(0, x0 - 2) : x1 + 2] = True
        assert changed[near].mean() > 4 * changed[~near].mean()  # beside them, light and shadow
        for row in (first, second):
            (target,) = [shown for shown in row["shows"] if shown["target"]]
            assert f"_{target['state']}.png" in row["picture"]


def test_labels_say_where_things_are(folder: Path) -> None:
    for row in rows_of(folder):
        low, high = SPLITS["train"]
        assert row["split"] == "train" and low <= row["place"]["scene_seed"] < high
        pose = np.array(row["camera"]).reshape(3, 4)
        assert row["pitch"] == pytest.approx(-math.asin(pose[2, 2]), abs=1e-3)
        for shown in row["shows"]:
            x0, y0, x1, y1 = shown["box"]
            assert 0 <= x0 < x1 <= SIZE[0] and 0 <= y0 < y1 <= SIZE[1]
            at = pose[:, :3].T @ (np.array([*shown["position"], 0.0]) - pose[:, 3])  # camera frame
            assert shown["distance"] == pytest.approx(np.hypot(*(shown["position"] - pose[:2, 3])), abs=2e-3)
            if shown["target"] and at[2] > 1.0:
                column = SIZE[0] / 2 + at[0] / at[2] * SIZE[1] / 2 / math.tan(row["fov"] / 2)
                assert x0 - 12 <= column <= x1 + 12 or not 0 < column < SIZE[0]
                assert (shown["bearing"] > 0) == (at[0] < 0)


def test_some_show_nothing_and_an_album_reads_them_all(folder: Path) -> None:
    rows, album = rows_of(folder), read_album(folder / "train", KINDS)
    assert len(album.shots) == len(rows) and len(album.pairs) > 6
    empty = [row for row in rows if row["states"] == ["none"]]
    assert empty and all(not row["shows"] for row in empty)
    assert album.picture(0).shape == (*SIZE[::-1], 3)


def test_the_same_again_is_the_same_and_another_run_is_refused(folder: Path) -> None:
    labels = folder / "train" / "labels.jsonl"
    before = labels.read_bytes()
    labels.unlink()
    render_pairs(folder, number=6, seed=1, size=SIZE, kinds=KINDS)
    assert labels.read_bytes() == before
    with pytest.raises(ValueError, match="expected a new folder or pairs of this run"):
        render_pairs(folder, number=6, seed=2, size=SIZE, kinds=KINDS)
    with pytest.raises(ValueError, match=r"kinds: expected some of .*, got 'dragon'"):
        render_pairs(folder, number=1, seed=0, kinds=("dragon",))
    with pytest.raises(ValueError, match="split: expected one of train, validation, test, got 'dev'"):
        render_pairs(folder, number=1, seed=0, split="dev")  # type: ignore[arg-type]


def test_the_command_learns_from_a_folder(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("safety.detector.SIDE", 96)
    monkeypatch.setattr("safety.detector_album.SIDE", 96)
    for part in ("validation", "test"):
        (folder / part).symlink_to(folder / "train")
    words = ["hazards", f"data={folder}", f"out={tmp_path}", "steps=2", "batch=2"]
    assert train.run(words) == 0
    assert "weights" in capsys.readouterr().out
    detector = HazardDetector.load(tmp_path / "hazard_detector.safetensors")
    assert detector.kinds == KINDS
    table = json.loads((tmp_path / "hazard_detector.json").read_text())
    assert {row.get("kind") for row in table["rows"] if row["part"] == "test"} == {*KINDS, "all"}
    assert not list(tmp_path.glob(".*state"))
    with pytest.raises(ValueError, match="expected out=DIR"):
        train.run(["hazards", "steps=2"])
    with pytest.raises(ValueError, match="pairs: of no use with data=DIR"):
        train.run([*words, "pairs=9"])
