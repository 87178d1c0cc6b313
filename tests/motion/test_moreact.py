"""MoReact: what is known stays, what is not seen does not count, and near joints weigh in the loss."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from motion.moreact import NEARBY, Given, MoReact, MoReactConfig, interaction_loss
from motion.pair_space import NUMBERS, PATH
from motion.text import encode_ids

TOKENS, KNOWN = 8, 3
SMALL = MoReactConfig(width=16, blocks=1, heads=2, inner=24)


@pytest.fixture(scope="module")
def model(awake: Callable[[nn.Module], Any]) -> MoReact:
    made = awake(MoReact(SMALL))
    assert isinstance(made, MoReact)
    return made


@pytest.fixture
def given() -> Given:
    """Return two windows: of the first the past is known, of the second nothing of who reacts."""
    draw = torch.Generator().manual_seed(0)
    known = torch.zeros(2, TOKENS, dtype=torch.bool)
    known[0, :KNOWN] = True
    return Given(
        actor=torch.randn(2, TOKENS, NUMBERS, generator=draw), seen=torch.ones(2, TOKENS, dtype=torch.bool),
        bodied=torch.tensor([True, True]), known=known, there=torch.ones(2, TOKENS, dtype=torch.bool),
        told=encode_ids(["A person steps aside to the left.", "A person walks up."]), roles=torch.tensor([1, 1]),
    )  # fmt: skip


def past() -> Tensor:
    return torch.randn(2, TOKENS, NUMBERS, generator=torch.Generator().manual_seed(2))


def rngs() -> list[np.random.Generator]:
    return [np.random.default_rng(seed) for seed in (5, 6)]


@pytest.mark.parametrize("steps", [1, 4, 10])
def test_what_has_happened_and_the_trajectory_are_kept_exactly(model: MoReact, given: Given, steps: int) -> None:
    ways = model.draw_ways(given, past(), rngs(), steps)
    assert ways.shape == (2, TOKENS, PATH) and bool(ways.isfinite().all())
    assert torch.equal(ways[0, :KNOWN], past()[0, :KNOWN, :PATH])
    assert (ways[1] - past()[1, :, :PATH]).abs().min() > 0.0
    bodies = model.draw_bodies(given, ways, past(), rngs(), steps)
    assert bodies.shape == (2, TOKENS, NUMBERS)
    assert torch.equal(bodies[..., :PATH], ways)
    assert torch.equal(bodies[0, :KNOWN, PATH:], past()[0, :KNOWN, PATH:])
    alone = model.draw_bodies(given, None, past(), rngs(), steps)  # without a trajectory it finds its own
    assert torch.equal(alone[0, :KNOWN], past()[0, :KNOWN]) and not torch.equal(alone[..., :PATH], ways)


def test_guides_change_ways_but_not_what_has_happened(model: MoReact, given: Given) -> None:
    asked: list[int] = []

    def guide(clean: Tensor) -> Tensor:
        asked.append(len(clean))
        return torch.full_like(clean, 7.0)

    ways = model.draw_ways(given, past(), rngs(), 4, guide)
    assert asked == [2] * 4
    assert torch.equal(ways[0, :KNOWN], past()[0, :KNOWN, :PATH])
    assert bool((ways[0, KNOWN:] == 7.0).all()) and bool((ways[1] == 7.0).all())


def test_each_reaction_is_its_generators_own(model: MoReact, given: Given) -> None:
    both = model.draw_ways(given, past(), rngs(), 4)
    one = Given(**{name: getattr(given, name)[1:] for name in Given.__dataclass_fields__})
    torch.testing.assert_close(model.draw_ways(one, past()[1:], rngs()[1:], 4), both[1:], atol=1e-4, rtol=1e-4)


def change(model: MoReact, given: Given, **changed: Any) -> float:
    draw = torch.Generator().manual_seed(4)
    x, levels = torch.randn(2, TOKENS, PATH, generator=draw), torch.tensor([100, 600])
    assert model.way is not None
    with torch.no_grad():
        return float((model.way(x, levels, given) - model.way(x, levels, replace(given, **changed))).abs().max())


def test_of_an_actor_only_what_is_seen_counts(model: MoReact, given: Given) -> None:
    seen = given.seen.clone()
    seen[:, 5:] = False
    later, body = given.actor.clone(), given.actor.clone()
    later[:, 5:] += 1.0
    body[..., PATH:] += 1.0
    unseen, bodiless = replace(given, seen=seen), replace(given, bodied=torch.tensor([False, False]))
    assert change(model, unseen, actor=later) == 0.0 < change(model, given, actor=later)
    assert change(model, bodiless, actor=body) == 0.0 < change(model, given, actor=body)
    assert change(model, bodiless, actor=given.actor + 1.0) > 1e-3  # the way of who has no body is seen
    assert change(model, given, bodied=torch.tensor([False, False])) > 1e-3


def test_text_role_and_what_has_happened_count(model: MoReact, given: Given) -> None:
    assert change(model, given, told=encode_ids(["A person waves."] * 2)) > 1e-3
    assert change(model, given, roles=torch.tensor([2, 2])) > 1e-3
    assert change(model, given, known=~given.known) > 1e-3
    assert change(model, given, told=torch.zeros_like(given.told)) > 1e-3  # and no NaN without a text


@torch.no_grad()
def test_absent_tokens_change_nothing_of_those_that_are_there(model: MoReact, given: Given) -> None:
    there = given.there.clone()
    there[:, 6:] = False
    actor, x, levels = given.actor.clone(), torch.randn(2, TOKENS, NUMBERS), torch.tensor([100, 600])
    given = replace(given, there=there)
    made = model.body(x, levels, given)
    actor[:, 6:], other = 50.0, x.clone()
    other[:, 6:] = -50.0
    again = model.body(other, levels, replace(given, actor=actor))
    torch.testing.assert_close(again[:, :6], made[:, :6], atol=1e-5, rtol=1e-5)


def test_without_a_trajectory_network_there_are_no_ways(given: Given) -> None:
    model = MoReact(replace(SMALL, trajectory=False))
    assert model.way is None
    with pytest.raises(ValueError, match="expected weights with a trajectory network, got some without; name others"):
        model.draw_ways(given, past(), rngs())


def test_near_joints_weigh_more_in_the_loss() -> None:
    """Two joints of one who reacts, one joint of the actor at the origin: two distances, by hand."""
    other = torch.zeros(1, 1, 1, 3)
    real = torch.tensor([[[[0.3, 0.0, 0.0], [0.0, 3.0, 0.0]]]])
    made = torch.tensor([[[[0.5, 0.0, 0.0], [0.0, 0.0, 2.0]]]])
    near, far = math.exp(-0.3 / NEARBY), math.exp(-3.0 / NEARBY)
    frames = torch.ones(1, 1)
    expected = (near * 0.2**2 + far * 1.0**2) / (near + far)
    assert float(interaction_loss(made, real, other, frames)) == pytest.approx(expected, rel=1e-4)
    assert float(interaction_loss(real, real, other, frames)) == 0.0
    assert float(interaction_loss(made, real, other, 0.0 * frames)) == 0.0  # and no NaN where no frames are


def test_the_loss_does_not_mind_where_both_are_and_skips_absent_frames() -> None:
    draw = torch.Generator().manual_seed(0)
    made, real, other = (torch.randn(2, 5, 22, 3, generator=draw) for _ in range(3))
    frames = torch.ones(2, 5)
    frames[:, 3:] = 0.0
    loss = interaction_loss(made, real, other, frames)
    turn = torch.linalg.qr(torch.randn(3, 3, generator=draw))[0]
    moved = [part @ turn + torch.tensor([3.0, -2.0, 0.5]) for part in (made, real, other)]
    torch.testing.assert_close(interaction_loss(moved[0], moved[1], moved[2], frames), loss, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(
        interaction_loss(made[:, :3], real[:, :3], other[:, :3], frames[:, :3]), loss, atol=1e-5, rtol=1e-5
    )
