"""TIMotion: two people as one sequence and back, each part left out, and both alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from motion.timotion import PUBLISHED, TIMotion, TIMotionConfig, _Block

SMALL = TIMotionConfig(numbers=5, width=8, blocks=2, heads=2, inner=12)
TOKENS = 6
PARTS = ("injection", "scanning", "amplification")
EVERY = [dict(zip(PARTS, parts, strict=True)) for parts in product((True, False), repeat=3)]


@pytest.fixture
def given() -> dict[str, Tensor]:
    draw = torch.Generator().manual_seed(1)
    return {
        "x": torch.randn(2, 2, TOKENS, 5, generator=draw), "levels": torch.tensor([30, 800]),
        "told": torch.randn(2, 3, 16, generator=draw), "roles": torch.tensor([[0, 1], [2, 2]]),
        "there": torch.ones(2, TOKENS, dtype=torch.bool),
    }  # fmt: skip


def count(network: nn.Module) -> int:
    return sum(weight.numel() for weight in network.parameters())


def test_the_published_size() -> None:
    """77.3 million, 64.7 without amplification; a block has 10.50 + 2.62."""
    sizes = {
        (blocks, more): count(TIMotion(replace(PUBLISHED, blocks=blocks, amplification=more)))
        for blocks in (1, 2) for more in (False, True)
    }  # fmt: skip
    whole, bare = (sizes[1, more] + 4 * (sizes[2, more] - sizes[1, more]) for more in (True, False))
    assert whole / 1e6 == pytest.approx(77.3, abs=0.1)
    assert bare / 1e6 == pytest.approx(64.7, abs=0.5)


@pytest.mark.parametrize("parts", EVERY)
@torch.no_grad()
def test_each_part_can_be_left_out(
    parts: dict[str, bool], given: dict[str, Tensor], awake: Callable[[nn.Module], Any]
) -> None:
    network = awake(TIMotion(replace(SMALL, **parts)))  # type: ignore[arg-type]
    made = network(**given)
    assert made.shape == given["x"].shape and bool(made.isfinite().all())
    alone = network(**{name: value[1:] for name, value in given.items()})
    torch.testing.assert_close(made[1:], alone, atol=1e-4, rtol=1e-4)
    x = given["x"].clone()
    x[:, 1] += 1.0
    assert (network(**given | {"x": x}) - made)[:, 0].abs().max() > 1e-3  # they see each other


@pytest.mark.parametrize("parts", EVERY)
def test_people_come_back_from_the_line_as_they_were(parts: dict[str, bool]) -> None:
    block, both = _Block(replace(SMALL, **parts), True, 0.0), torch.randn(3, 2, TOKENS, 8)  # type: ignore[arg-type]
    line = block._line(both)
    assert line.shape == (3, 2 * TOKENS, 16 if parts["scanning"] else 8)
    torch.testing.assert_close(block._people(line), both)


def test_they_take_turns_on_the_line_and_change_roles_beside_it() -> None:
    """a1, b1, a2, b2, ... and on the channels b1, a1, b2, a2, ...; without injection a1, a2, ..., b1, b2, ..."""
    config = replace(SMALL, width=1, heads=1)
    both = torch.tensor([[[[1.0], [2.0], [3.0]], [[10.0], [20.0], [30.0]]]])
    line = _Block(config, True, 0.0)._line(both)[0]
    assert line[:, 0].tolist() == [1.0, 10.0, 2.0, 20.0, 3.0, 30.0]
    assert line[:, 1].tolist() == [10.0, 1.0, 20.0, 2.0, 30.0, 3.0]
    whole = _Block(replace(config, injection=False), True, 0.0)._line(both)[0]
    assert whole[:, 0].tolist() == [1.0, 2.0, 3.0, 10.0, 20.0, 30.0]
    assert whole[:, 1].tolist() == [10.0, 20.0, 30.0, 1.0, 2.0, 3.0]
    single = _Block(replace(config, scanning=False), True, 0.0)._line(both)[0]
    assert single.tolist() == [[1.0], [10.0], [2.0], [20.0], [3.0], [30.0]]


def test_people_are_the_mean_of_what_both_orders_say() -> None:
    line = torch.tensor([[[1.0, 100.0], [2.0, 200.0]]])  # a by channel 0 of token 0 and channel 1 of token 1
    people = _Block(replace(SMALL, width=1, heads=1), True, 0.0)._people(line)
    assert people[0, :, 0, 0].tolist() == [(1.0 + 200.0) / 2.0, (2.0 + 100.0) / 2.0]


@pytest.mark.parametrize("amplification", [False, True])
@torch.no_grad()
def test_absent_tokens_change_nothing_of_those_that_are_there(
    amplification: bool, given: dict[str, Tensor], awake: Callable[[nn.Module], Any]
) -> None:
    network = awake(TIMotion(replace(SMALL, amplification=amplification)))
    given["there"][0, 4:] = False
    made, x = network(**given), given["x"].clone()
    x[0, :, 4:] = 100.0
    torch.testing.assert_close(network(**given | {"x": x})[0, :, :4], made[0, :, :4], atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_injection_makes_a_difference(given: dict[str, Tensor], awake: Callable[[nn.Module], Any]) -> None:
    with_it, without = (awake(TIMotion(replace(SMALL, injection=injection))) for injection in (True, False))
    assert (with_it(**given) - without(**given)).abs().max() > 1e-3


@torch.no_grad()
def test_convolutions_alone_see_the_neighbours(given: dict[str, Tensor], awake: Callable[[nn.Module], Any]) -> None:
    amplify = awake(_Block(SMALL, False, 0.0)).amplify
    x, told = torch.randn(1, 7, 8), torch.randn(1, 16)
    other = x.clone()
    other[:, 3] = torch.randn(8)
    changed = (amplify(other, told) - amplify(x, told)).abs().amax(dim=(0, 2)) > 1e-6
    assert changed.tolist() == [False, False, True, True, True, False, False]
