"""`embodied motion "TEXT"`: what a text says, to a file."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from embodied.cli import main
from embodied.motion_text import is_text
from motion.denoiser import Denoiser, DenoiserConfig
from motion.local import LOCAL, STANDS


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Leave weights of a network that knows but to stand, as from Bandai Namco's recordings."""
    config = DenoiserConfig(width=32, blocks=1)
    about = {"model": "motion_single", "config": asdict(config), "sources": ["cmu", "bandai"]}
    path = tmp_path_factory.mktemp("weights") / "tiny.safetensors"
    tensors = {name: tensor.clone() for name, tensor in Denoiser(config).state_dict().items()}
    upright = torch.tensor([0.0, 0.0, 1.05, *[1.0, 0.0, 0.0, 0.0, 1.0, 0.0] * 22])
    tensors["codec.mean"][: STANDS.start] = upright
    tensors["codec.deviation"].fill_(1e-3)
    tensors["codec.outward.bias"].view(-1, LOCAL)[:, STANDS] = 9.0
    save_file(tensors, path, {"embodied": json.dumps(about)})
    return path


def test_a_text_becomes_a_file_and_says_how(weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["motion", "a person points to the door and walks on", f"weights={weights}"]
    (tmp_path / "way.csv").write_text("x,y\n0,0\n2,0\n2,1.5\n")
    more = [f"path={tmp_path}/way.csv", "seconds=7", "target=3,1,2", "body=girl"]
    assert main([*words, *more, f"out={tmp_path}/a.npz"]) == 0
    told = capsys.readouterr().out
    assert "guided    A person points to the door." in told and "learned   A person walks on." in told
    assert "7.0 s at 30 fps, girl" in told
    with np.load(tmp_path / "a.npz") as file:
        assert file["rotations"].shape == (len(file["root"]), 22, 4)
        np.testing.assert_allclose(len(file["root"]), 210, atol=4)
    assert main([*words, "path=0,0;2,0;2,1.5", *more[1:], f"out={tmp_path}/b.npz"]) == 0
    with np.load(tmp_path / "a.npz") as one, np.load(tmp_path / "b.npz") as other:
        np.testing.assert_array_equal(one["positions"], other["positions"])
    assert main([*words, "seconds=3", "fps=10", f"out={tmp_path}/c.glb"]) == 0
    assert (tmp_path / "c.glb").read_bytes()[:4] == b"glTF"


def test_a_path_in_a_scene(weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["motion", "a person walks", f"weights={weights}", "scene=corridor", f"out={tmp_path}/a.npz"]
    from embodied.place import Place, build_scene

    x, y = build_scene(Place(name="corridor", seed=0)).walkable.representative_point().coords[0]
    assert main([*words, f"path={x},{y};{x + 0.5},{y}"]) == 0
    assert main([*words, f"path={x},{y};{x},{y + 90}"]) == 2
    assert "path: expected all of it on the floor, it leaves it at" in capsys.readouterr().err


def test_words_are_texts_unless_they_are_files(tmp_path: Path) -> None:
    (tmp_path / "walk").write_text("")
    assert is_text("a person walks") and is_text("walks/runs around") and is_text("x" * 1000) and is_text("")
    assert not any(is_text(word) for word in ("none.bvh", "a/b", str(tmp_path / "walk"), "my walk.npz"))


@pytest.mark.parametrize(
    ("text", "words", "match"),
    [
        ("", [], "text: expected words, got none"),
        ("123 !", [], "text: expected words, got no letter"),
        ("walks " * 100, [], "text: expected at most 400 characters"),
        ("a person walks", ["path=1,2"], "x,y;x,y"),
        ("a person walks", ["path=1,2;"], "expected two points x,y or more, metres, got 1"),
        ("a person walks", ["path=1,2;3"], "expected two points x,y or more"),
        ("a person walks", ["path=1,2;3,nan"], "got NaN or infinity"),
        ("a person walks", ["path=0,0;600,0"], "path: expected points within 500 m"),
        ("a person walks", ["path={0}/none.csv"], "found none; name another"),
        ("a person walks", ["path={0}/bad.csv"], "expected a text with x,y in each line"),
        ("a person walks", ["path={0}/odd.csv"], "expected two points x,y or more"),
        ("a person walks", ["color=red"], "color=red: expected one of the keys"),
        ("a person walks", ["seconds=soon"], "seconds=soon: expected a number"),
        ("a person walks", ["seconds=0"], "seconds=0: expected 1 or more"),
        ("a person walks", ["seed=-1"], "seed=-1: expected a whole number"),
        ("a person points", ["target=1,2"], "target=1,2: expected x,y,z in metres"),
        ("a person points", ["target=1,2,up"], "target=1,2,up: expected x,y,z in metres"),
        ("a person sits", ["seat=1,2,3"], "seat=1,2,3: expected a height z of 0.2 to 1.2 m"),
        ("a person sits", ["seat=1"], "seat=1: expected x,y,z in metres, or x,y,z,yaw"),
        ("a person walks", ["scene=moon"], "scene=moon: expected one of plaza"),
        ("a person walks", ["scene.seed=3"], "scene.seed: expected scene=NAME with it"),
        ("a person walks", ["assets=some"], "assets=some: expected one of all, permissive"),
        ("a person walks", ["assets=permissive"], "expected weights from CMU alone"),
        ("a person walks", ["weights={0}/none.safetensors"], "expected weights of motion_single, found no such file"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, words: list[str], match: str
) -> None:
    (tmp_path / "bad.csv").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "odd.csv").write_text("1,2\nhere,there\n")
    before = sorted(path.name for path in tmp_path.iterdir())
    given = [word.format(tmp_path) for word in words]
    if not any(word.startswith("weights") for word in given):
        given.append(f"weights={weights}")
    assert main(["motion", text, *given, f"out={tmp_path}/x.npz"]) == 2
    told = capsys.readouterr().err
    assert match in told and told.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_keys_of_texts_are_none_of_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["motion", "none.bvh", "path=0,0;1,0", f"out={tmp_path}/x.npz"]) == 2
    assert "expected one of the keys body, fps, out" in capsys.readouterr().err
