"""Two people to learn from and to be compared with, by our own gait: recordings take long to read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from crowd.weights import save_weights
from motion.body import load_body
from motion.clip import FloatArray
from motion.codec import Codec
from motion.generate import walk
from motion.moreact import MoReact, MoReactConfig
from motion.pair_space import LatentSpace
from motion.pair_weights import codec_digest, joined
from motion.pairs import PairSample, placed, sample_of_clip
from motion.retarget import clip_of, figure_of
from motion.single import Sample
from motion.weights import SHIPPED, load_single

TINY = MoReactConfig(width=16, blocks=1, heads=2, inner=24)


def walker(name: str, seconds: float, speed: float, bend: float) -> Sample:
    """Return somebody who walks from the origin along x, at a speed in m/s, and turns by `bend` rad/s."""
    body, clock = load_body(name), np.arange(round(30 * seconds)) / 30.0
    yaw = bend * clock
    steps = np.stack([np.cos(yaw), np.sin(yaw)], axis=1) * speed / 30.0
    places = np.concatenate([np.zeros((1, 2)), np.cumsum(steps, axis=0)[:-1]])
    moved = walk(np.column_stack([places, yaw]), body, np.random.default_rng(0))
    return sample_of_clip(clip_of(moved, body, 30.0), figure_of(body.joints), "A person walks.")


def paired(first: Sample, second: Sample, place: tuple[float, float], turn: float) -> PairSample:
    """Return two people, the second turned and put to a place, who greet each other on the left."""
    return PairSample(
        name="walk", people=(first, placed(second, turn, np.array(place))), texts=("Two people walk to the left.",),
        own=(("A person walks and waves the left hand.",), ("A person walks up.",)), roles=("leader", "follower"),
        by="composed",
    )  # fmt: skip


def awaken(network: nn.Module) -> nn.Module:
    """Return a network of which no layer is left at zero, and which drops nothing."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in network.parameters():
            weight.copy_(0.2 * torch.randn(weight.shape, generator=generator))
    return network.eval()


@pytest.fixture(scope="session")
def awake() -> Callable[[nn.Module], Any]:
    return awaken


@pytest.fixture(scope="session")
def codec() -> Codec:
    return load_single(SHIPPED["default"])[0].codec


@pytest.fixture(scope="session")
def walkers() -> tuple[Sample, Sample]:
    """Return a man and a smaller woman who walk 4 s, he a little to the left, she a little to the right."""
    return walker("man_tall", 4.0, 1.2, 0.15), walker("woman_young", 4.0, 1.0, -0.1)


@pytest.fixture(scope="session")
def pair(walkers: tuple[Sample, Sample]) -> PairSample:
    return paired(*walkers, (0.1, -0.9), 0.1)


@pytest.fixture(scope="session")
def figures(walkers: tuple[Sample, Sample]) -> tuple[FloatArray, FloatArray]:
    return walkers[0].figure, walkers[1].figure


@pytest.fixture(scope="session")
def reaction_file(tmp_path_factory: pytest.TempPathFactory, codec: Codec) -> Path:
    """Leave weights of a small MoReact that has learned nothing, as `embodied train motion` writes them."""
    model, space = awaken(MoReact(TINY)), LatentSpace(codec, 30)
    space.deviation.fill_(0.3)
    about = {"config": asdict(TINY), "codec_sha256": codec_digest()}
    path = tmp_path_factory.mktemp("weights") / "motion_moreact.safetensors"
    save_weights(joined(network=model, space=space), path, "motion_reaction", about)
    return path
