"""`embodied evaluate motion`: rows for all models, and input that is refused in one line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from crowd.weights import save_weights
from embodied import cli, evaluate_motion
from embodied.results import read_results
from motion import judging
from motion.body import load_body
from motion.clip import MotionClip
from motion.data import MotionRecording
from motion.denoiser import Denoiser, DenoiserConfig
from motion.generate import generate, walk_along
from motion.local import STANDS
from motion.measures import path_error
from motion.retarget import figure_of, leg_of
from motion.single import Sample, sample_of
from motion.skeleton import pose_joints
from motion.weights import SHIPPED

FIGURE = figure_of(load_body("woman_adult").joints)
CONTENTS = ("walk", "wave-left-hand", "wave-right-hand")


def sample(row: int, frames: int = 75) -> Sample:
    """Return a sample of somebody who goes a bend as the gait does; its content is a name alone."""
    rng = np.random.default_rng(row)
    clock = np.arange(frames) / 30.0
    yaw = 0.3 * rng.uniform(-1.0, 1.0) * clock
    way = np.cumsum(np.column_stack([np.cos(yaw), np.sin(yaw)]) * rng.uniform(0.8, 1.4) / 30.0, axis=0)
    rotations = np.zeros((frames, 22, 4))
    rotations[..., 3] = 1.0
    rotations[:, 0, 2], rotations[:, 0, 3] = np.sin(yaw / 2.0), np.cos(yaw / 2.0)
    root = np.column_stack([way, np.full(frames, FIGURE[0, 2])])
    world = pose_joints(rotations, root, FIGURE)
    recording = MotionRecording(
        name=f"bn_dataset-2_{row:03d}", source="bandai", skeleton="bandai", texts=(), content=CONTENTS[row % 3],
        style="normal", positions=world[..., :3, 3], frames=world[..., :3, :3], fps=30.0,
    )  # fmt: skip
    clip = MotionClip(root=root, rotations=rotations, positions=world[..., :3, 3], fps=30.0)
    plain = sample_of(recording, clip, FIGURE)
    return sample_of(recording, walk_along(plain, rng), FIGURE)


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    return [sample(row, 50 if row == 0 else 75 if row else 300) for row in range(12)]


@pytest.fixture(scope="module")
def network(samples: list[Sample]) -> Denoiser:
    """Return a network that has learned nothing but the mean."""
    torch.manual_seed(0)
    network = Denoiser(DenoiserConfig(width=16, blocks=1, text=16)).eval()
    mean = torch.from_numpy(np.concatenate([one.local for one in samples]).mean(axis=0))
    network.codec.mean[: STANDS.start] = mean[: STANDS.start].float()
    network.codec.deviation.fill_(0.02)
    torch.nn.init.normal_(network.outward.weight, std=0.02)
    return network


@pytest.fixture
def folder(tmp_path: Path, network: Denoiser) -> Path:
    (tmp_path / "singles.json").write_text("{}")
    for name in ("motion_single", "motion_single_cmu"):
        about = {"config": asdict(network.config)}
        save_weights(network.state_dict(), tmp_path / f"{name}.safetensors", "motion_single", about)
    return tmp_path


@pytest.mark.slow
def test_all_models_have_rows(
    samples: list[Sample], folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def read(data: str, sources: Iterable[str], parts: Iterable[str]) -> Iterator[tuple[Sample, Any]]:
        yield from ((one, part) for part in parts for one in samples)

    monkeypatch.setattr(evaluate_motion, "read_single", read)
    monkeypatch.setattr(evaluate_motion, "SHIPPED", {n: folder / path.name for n, path in SHIPPED.items()})
    monkeypatch.setattr(evaluate_motion, "HALVES", 1)
    monkeypatch.setattr(judging, "STEPS", {"sets": 60, "acts": 20})
    monkeypatch.setattr(judging, "BATCH", 24)
    out = folder / "out"
    assert cli.main(["evaluate", "motion", "task=single", "model=all", f"data={folder}", f"out={out}"]) == 0
    assert "12 clips of test; 1 too short" in capsys.readouterr().out
    rows = read_results(out / "results.json")["rows"]
    whole = {row["model"]: row for row in rows if row["acts"] == "all"}
    assert list(whole) == list(evaluate_motion.MODELS)
    assert {(row["task"], row["split"], row["sources"]) for row in rows} == {("single", "test", "all")}
    assert {row["acts"] for row in rows} == {"all", "walking", "gestures"}
    assert [row["n"] for row in rows if row["model"] == "gait"] == [12, 4, 8]
    every = {
        "skate", "slide", "jerk", "acceleration", "bone_variation", "penetration", "path_error", "two_sample_accuracy",
        "two_sample_clips", "text_accuracy", "kernel_distance",
    }  # fmt: skip
    for model in ("real", "gait", "default", "cmu"):
        inside = set() if model == "real" else {"skate_inside", "jerk_inside"}
        assert set(whole[model]["metrics"]) == every | inside
        assert whole[model]["metrics"]["bone_variation"]["value"] < 1e-9
    assert {"lo", "hi"} < set(whole["real"]["metrics"]["jerk"])
    assert set(whole["jittered"]["metrics"]) == {"two_sample_accuracy", "two_sample_clips"}
    assert whole["jittered"]["metrics"]["two_sample_accuracy"]["value"] >= 0.95
    assert whole["default"]["metrics"]["jerk_inside"]["value"] == 0.0  # weights that learned nothing


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (["task=dance"], "task=dance: expected all or some of pair, dualmdm, reaction"),
        (["split=train"], "split=train: expected one of test, style, val"),
        (["sources=kth"], "sources=kth: expected one of all, cmu, bandai"),
        (["model=best"], "model=best: expected all or some of real, gait, default, cmu, jittered, shuffled"),
        (["weights=nowhere.safetensors"], "model=default: expected weights nowhere.safetensors, found no such file"),
        (["model=real", "weights=some.safetensors"], "expected model=default or all with it"),
        (["data=nowhere"], "data=nowhere: expected a folder with singles.json"),
        (["speed=3"], "speed=3: expected one of the keys"),
        (["seed=x"], "seed=x: expected a whole number"),
    ],
)
def test_bad_input_is_one_line(
    changes: list[str], message: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["evaluate", "motion", "task=single", f"data={folder}", *changes]) == 2
    said = capsys.readouterr().err
    assert message in said and said.count("\n") == 1


def test_the_gait_goes_the_path_of_another_on_their_figure(samples: list[Sample]) -> None:
    for one in samples[:3]:
        walked = walk_along(one, np.random.default_rng(0))
        assert walked.positions.shape == one.clip.positions.shape
        assert path_error(walked.positions, one.path[:, :2]) < 0.05
        assert leg_of(walked.positions) == pytest.approx(leg_of(FIGURE))
        assert abs(walked.positions[..., 2].min() - FIGURE[[10, 11], 2].min()) < 0.03


def test_made_clips_fit_their_samples_and_their_seed(samples: list[Sample], network: Denoiser) -> None:
    texts = ["A person walks.", "A person waves."]
    first, again, other = (generate(network, samples[:2], texts, seed) for seed in (0, 0, 1))
    assert [len(clip.root) for clip in first] == [50, 75]
    np.testing.assert_array_equal(first[1].positions, again[1].positions)
    assert not np.array_equal(first[1].positions, other[1].positions)
    with pytest.raises(ValueError, match="expected one for each of 2 samples, got 1"):
        generate(network, samples[:2], texts[:1], 0)
    assert generate(network, [], [], 0) == []
