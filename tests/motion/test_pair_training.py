"""How networks of two people learn: windows, exchanged people, texts left out, and a loss that falls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from motion.codec import Codec
from motion.in2in import In2IN, In2INConfig
from motion.pair_space import NUMBERS, PATH, PLACES, LatentSpace
from motion.pair_training import (
    ALIKE,
    ANSWERS,
    BEGINS,
    DROPPED,
    LEAST,
    PairBatch,
    PairWindows,
    pair_loss,
    role_of,
    untold,
)  # fmt: skip
from motion.pairs import PairSample, frames_of
from motion.retarget import leg_of
from motion.text import encode_ids
from motion.timotion import TIMotion, TIMotionConfig

TOKENS = 30
IN2IN = In2INConfig(numbers=NUMBERS, width=16, blocks=1, heads=2, inner=24)
TIMOTION = TIMotionConfig(numbers=NUMBERS, width=8, blocks=1, heads=2, inner=24)


@pytest.fixture(scope="module")
def windows(pair: PairSample, codec: Codec) -> PairWindows:
    return PairWindows([pair], codec, 0, mirror=False)


@pytest.fixture
def space(codec: Codec, windows: PairWindows) -> LatentSpace:
    made = LatentSpace(codec, TOKENS)
    windows.scale(made, 40)
    return made


def test_roles_are_three_numbers() -> None:
    assert [role_of(name) for name in ("actor", "leader", "giver", "guide", "speaker")] == [BEGINS] * 5
    assert [role_of(name) for name in ("reactor", "follower", "receiver", "guided", "listener")] == [ANSWERS] * 5
    assert role_of("alike") == ALIKE


def test_windows_have_the_shapes_that_are_told(windows: PairWindows, space: LatentSpace) -> None:
    batch = windows.draw(5, space, np.random.default_rng(0))
    shapes = {name: tuple(getattr(batch, name).shape) for name in PairBatch.__dataclass_fields__}
    assert shapes == {
        "x": (5, 2, 30, NUMBERS), "joints": (5, 2, 90, 22, 3), "stands": (5, 2, 90, 4), "bones": (5, 2, 22, 3),
        "legs": (5, 2), "texts": (5, 3, 24, 4), "roles": (5, 2), "there": (5, 30),
    }  # fmt: skip
    assert bool(batch.there.all()) and all(bool(getattr(batch, name).isfinite().all()) for name in shapes)
    same, other = (windows.draw(5, space, np.random.default_rng(seed)).x for seed in (0, 1))
    assert torch.equal(same, batch.x) and not torch.equal(other, batch.x)


def test_a_window_is_the_tokens_of_its_frames(windows: PairWindows, codec: Codec, pair: PairSample) -> None:
    plain = LatentSpace(codec, TOKENS)
    for first in (0, 14):
        window = windows.window(0, first, False, plain, np.random.default_rng(0))
        cut = [frames_of(one, np.arange(first, first + 90)) for one in pair.people]
        tokens = plain.tokens(cut)
        torch.testing.assert_close(window.x[..., :PATH], tokens[..., :PATH], atol=1e-2, rtol=1e-3)
        # latents know of their neighbours, which a cut clip has not at its ends
        torch.testing.assert_close(window.x[:, 2:-2, PATH:], tokens[:, 2:-2, PATH:], atol=1e-2, rtol=1e-2)


def test_joints_of_a_window_are_those_of_its_tokens(windows: PairWindows, space: LatentSpace) -> None:
    batch = windows.draw(3, space, np.random.default_rng(0))
    with torch.no_grad():
        made, _ = space.joints(batch.x, batch.bones, batch.legs)
    assert (made - batch.joints).norm(dim=-1).mean() < 0.03


def test_exchanged_people_exchange_everything_of_theirs(
    windows: PairWindows, space: LatentSpace, pair: PairSample
) -> None:
    rng = np.random.default_rng
    one, other = (windows.window(0, 3, exchanged, space, rng(0)) for exchanged in (False, True))
    assert one.roles.tolist() == [BEGINS, ANSWERS] and other.roles.tolist() == [ANSWERS, BEGINS]
    for name in ("bones", "legs", "stands"):
        assert torch.equal(getattr(other, name), getattr(one, name).flip(0))
    assert torch.equal(other.texts, one.texts[[0, 2, 1]])
    assert torch.equal(other.texts[1], encode_ids(list(pair.own[1]))[0])
    torch.testing.assert_close(other.x[..., PATH:], one.x[..., PATH:].flip(0))  # what bodies do about the path
    assert other.legs.tolist() == pytest.approx([leg_of(figure) for figure in pair.pair.figures[::-1]])
    begun = other.x[0, 0, :PLACES] * space.deviation[:PLACES] + space.mean[:PLACES]
    torch.testing.assert_close(begun, torch.tensor([0.0, 0.0, 1.0, 0.0]), atol=0.05, rtol=0.0)  # seen from the other


def test_what_is_short_is_absent_at_its_end(pair: PairSample, codec: Codec) -> None:
    short = PairSample(
        name="short", people=(frames_of(pair.people[0], np.arange(40)), frames_of(pair.people[1], np.arange(40))),
        texts=pair.texts, own=pair.own, roles=pair.roles, by="captured",
    )  # fmt: skip
    space = LatentSpace(codec, TOKENS)
    batch = PairWindows([short], codec, 0, mirror=False).draw(2, space)
    assert batch.there.sum(dim=1).tolist() == [13, 13]
    assert not batch.x[:, :, 13:].any() and batch.x[:, :, :13].abs().amax(dim=-1).min() > 0.0
    with pytest.raises(ValueError, match="samples: expected pairs to learn from, got none"):
        PairWindows([], codec, 0)


def test_mirrored_pairs_double_what_there_is_to_learn(pair: PairSample, codec: Codec) -> None:
    both, space = PairWindows([pair], codec, 0), LatentSpace(codec, TOKENS)
    one, other = (both.window(which, 0, False, space, np.random.default_rng(0)) for which in (0, 1))
    torch.testing.assert_close(other.x[:, :, 0], one.x[:, :, 0], atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(other.x[:, :, 1], -one.x[:, :, 1], atol=1e-4, rtol=1e-4)
    assert not torch.equal(one.texts, other.texts)


def test_tokens_are_scaled_alike_in_both_directions(space: LatentSpace, windows: PairWindows) -> None:
    assert not space.mean[:6].any()
    for both in (slice(0, 2), slice(2, 4), slice(4, 6)):
        assert space.deviation[both].unique().numel() == 1
    assert bool((space.deviation[:PLACES] > LEAST["places"]).all())
    x = windows.draw(40, space, np.random.default_rng(0)).x
    assert abs(float(x[..., PATH:].mean())) < 0.01 and float(x[..., PATH:].std()) == pytest.approx(1.0, abs=0.05)


def test_texts_are_left_out_by_their_shares() -> None:
    kept = untold(torch.ones(20_000, 3, 2, dtype=torch.int64), torch.Generator().manual_seed(0)).amax(dim=2)
    shares = {
        name: float((kept == torch.tensor(row)).all(dim=1).float().mean())
        for name, row in {"all": [0, 0, 0], "both": [0, 1, 1], "each": [1, 0, 0], "none": [1, 1, 1]}.items()
    }
    assert shares == pytest.approx(DROPPED | {"none": 0.7}, abs=0.01)
    kept = untold(torch.ones(1000, 3, 2), torch.Generator().manual_seed(0), individual=False)
    assert not kept[:, 1:].any() and kept[:, 0].any()


NETWORKS: dict[str, Callable[[], Any]] = {
    "in2in": lambda: In2IN(IN2IN), "prior": lambda: In2IN(replace(IN2IN, alone=True)),
    "timotion": lambda: TIMotion(TIMOTION),
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "individual"), [("in2in", True), ("prior", True), ("timotion", True), ("in2in", False)]
)
def test_the_loss_of_a_batch_falls(name: str, individual: bool, windows: PairWindows, space: LatentSpace) -> None:
    torch.manual_seed(0)
    network = NETWORKS[name]()
    batch = windows.draw(4, space, np.random.default_rng(0))
    loss_of = pair_loss(network, space, individual=individual)
    optimiser = torch.optim.Adam(network.parameters(), 3e-3)
    seen = []
    for _ in range(15):
        loss = loss_of(batch, torch.Generator().manual_seed(0))  # of the same noise
        optimiser.zero_grad()
        loss.backward()
        assert all(w.grad is None or bool(w.grad.isfinite().all()) for w in network.parameters())
        optimiser.step()
        seen.append(float(loss.detach()))
    assert seen[-1] < 0.9 * seen[0]


def test_the_loss_of_who_knows_is_the_least(windows: PairWindows, space: LatentSpace) -> None:
    batch = windows.draw(4, space, np.random.default_rng(0))

    class Knows(nn.Module):
        def __init__(self, off: float) -> None:
            super().__init__()
            self.off, self.reader = off, lambda texts: torch.zeros(len(texts), 4)

        def forward(self, x: Tensor, *_: Any) -> Tensor:
            return batch.x + self.off

    losses = [
        float(pair_loss(Knows(off), space)(batch, torch.Generator().manual_seed(1)).detach())  # type: ignore[arg-type]
        for off in (0.0, 0.3)
    ]
    assert losses[0] < 0.2 and losses[1] > losses[0] + 0.05


@pytest.mark.parametrize("name", NETWORKS)
def test_texts_left_out_give_no_nan(name: str, windows: PairWindows, space: LatentSpace) -> None:
    network = NETWORKS[name]()
    batch = windows.draw(3, space, np.random.default_rng(0))
    batch = replace(batch, texts=torch.zeros_like(batch.texts))
    loss = pair_loss(network, space)(batch, torch.Generator().manual_seed(0))
    loss.backward()
    assert bool(loss.isfinite())
    assert all(w.grad is None or bool(w.grad.isfinite().all()) for w in network.parameters())
