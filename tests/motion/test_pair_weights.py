"""Weights of two-person networks: written as `embodied train motion` does, read again, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from crowd.weights import save_weights
from motion.codec import Codec
from motion.in2in import In2IN
from motion.pair_judging import Evaluator
from motion.pair_space import NUMBERS, LatentSpace
from motion.pair_weights import (
    PAIRS,
    build,
    codec_digest,
    joined,
    load_evaluator,
    load_pair,
    load_reaction,
    name_of,
)  # fmt: skip
from motion.timotion import TIMotion

VARIANTS = [("in2in", None), ("in2in", "individual"), ("prior", None), ("timotion", None), ("timotion", "injection"),
            ("timotion", "scanning"), ("timotion", "amplification")]  # fmt: skip


def save(path: Path, model: str, without: str | None, codec: Codec, **more: Any) -> nn.Module:
    network, space = build(model, NUMBERS, without), LatentSpace(codec, 30)
    space.mean.copy_(torch.randn(NUMBERS))
    about = {"config": asdict(network.config), "kind": model, "without": without, "codec_sha256": codec_digest()}
    save_weights(joined(network=network, space=space), path, "motion_pair", about | more)
    return network


@pytest.mark.parametrize(("model", "without"), VARIANTS)
def test_what_was_written_comes_back(model: str, without: str | None, codec: Codec, tmp_path: Path) -> None:
    path = tmp_path / f"{name_of(model, without)}.safetensors"
    written = save(path, model, without, codec)
    network, space, about = load_pair(path)
    assert isinstance(network, TIMotion if model == "timotion" else In2IN)
    assert about["kind"] == model and about["without"] == without
    assert not network.training and space.codec is codec and space.mean.abs().max() > 0.1
    if model == "timotion" and without is not None:
        assert not getattr(network.config, without, True)
    for name, weight in written.state_dict().items():
        torch.testing.assert_close(network.state_dict()[name], weight, atol=1e-3, rtol=1e-3)  # half precision
    assert load_pair(path)[0] is network  # read once


def test_names_of_files() -> None:
    assert name_of("in2in", None) == "motion_in2in"
    assert name_of("timotion", "scanning") == "motion_timotion_without_scanning"
    assert {name: path.stem for name, path in PAIRS.items()} == {name: name_of(name, None) for name in PAIRS}


def test_moreact_and_the_evaluator_come_back(reaction_file: Path, tmp_path: Path) -> None:
    model, space, about = load_reaction(reaction_file)
    assert asdict(model.config) == about["config"] and model.way is not None and not model.training
    assert space.deviation.unique().tolist() == [pytest.approx(0.3)]
    judge = Evaluator()
    judge.mean.fill_(2.0)  # type: ignore[operator]
    save_weights(joined(network=judge), tmp_path / "judge.safetensors", "motion_evaluator", {"kind": "evaluator"})
    again = load_evaluator(tmp_path / "judge.safetensors")
    assert again.scale[0].min() == 2.0 and not again.training


LOADERS: list[tuple[Callable[[Path], Any], str]] = [
    (load_pair, "motion_pair"), (load_reaction, "motion_reaction"), (load_evaluator, "motion_evaluator"),
]  # fmt: skip


@pytest.mark.parametrize(("load", "model"), LOADERS)
def test_other_files_are_refused_in_one_line(load: Callable[[Path], Any], model: str, tmp_path: Path) -> None:
    def refused(name: str, error: type[Exception], line: str) -> None:
        with pytest.raises(error, match=line) as caught:
            load(tmp_path / name)
        assert "\n" not in str(caught.value) and str(tmp_path / name) in str(caught.value)

    refused("none.safetensors", FileNotFoundError, f"expected weights of {model}, found no such file")
    (tmp_path / "bad.safetensors").write_bytes(b"nothing at all")
    refused("bad.safetensors", ValueError, f"expected weights of {model}, got another file")
    save_weights({"mean": torch.zeros(2)}, tmp_path / "single.safetensors", "motion_single", {})
    refused("single.safetensors", ValueError, f"expected weights of {model}, got motion_single; name others")


def test_weights_of_another_codec_or_version_are_refused(codec: Codec, reaction_file: Path, tmp_path: Path) -> None:
    save(tmp_path / "old.safetensors", "in2in", None, codec, codec_sha256="0" * 64)
    with pytest.raises(ValueError, match="expected weights that learned with the codec of motion_single"):
        load_pair(tmp_path / "old.safetensors")
    save(tmp_path / "torn.safetensors", "in2in", None, codec, kind="timotion")
    with pytest.raises(ValueError, match="expected weights of this version, got others; train anew") as caught:
        load_pair(tmp_path / "torn.safetensors")
    assert "\n" not in str(caught.value)
    with pytest.raises(ValueError, match="expected weights of motion_pair, got motion_reaction"):
        load_pair(reaction_file)
