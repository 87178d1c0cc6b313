"""How MoReact learns: what ways are told to be, what is known of windows, and losses that fall."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from motion.clip import FloatArray
from motion.codec import Codec
from motion.moreact import Given, MoReact, MoReactConfig
from motion.pair_space import NUMBERS, PATH, LatentSpace
from motion.pair_training import ANSWERS, PairWindows
from motion.pairs import PairSample
from motion.reaction_training import (
    ASIDE,
    BODILESS,
    LEG,
    LIVE,
    NOW,
    ON,
    SLOWLY,
    UNSEEN,
    UNTOLD,
    Draws,
    Ways,
    _joined,
    _walking,
    body_loss,
    given_of,
    tell_way,
    tokens_of,
    way_loss,
)  # fmt: skip
from motion.text import encode_ids

TINY = MoReactConfig(width=16, blocks=1, heads=2, inner=24)
CLOCK = np.arange(90) / 30.0
LATE = np.maximum(CLOCK - 1.0, 0.0)  # what goes on after the first second


def way(ahead: FloatArray, aside: FloatArray, yaw: float = 0.0) -> FloatArray:
    """Return a path (90, 3) ahead and to the left of somebody who goes along yaw."""
    c, s = np.cos(yaw), np.sin(yaw)
    return np.column_stack([c * ahead - s * aside, s * ahead + c * aside, np.full(90, yaw)])


@pytest.mark.parametrize("yaw", [0.0, 2.0, -1.3, np.pi])
@pytest.mark.parametrize(
    ("ahead", "aside", "told"),
    [
        (1.2 * CLOCK, 0.3 * LATE, ASIDE["left"]),
        (1.2 * CLOCK, -0.3 * LATE, ASIDE["right"]),
        (1.2 * CLOCK, 0.15 * LATE, ON),  # 30 cm: too little to be said
        (1.2 * np.minimum(CLOCK, 1.0) + 0.4 * LATE, 0.0 * CLOCK, SLOWLY),
        (1.2 * np.minimum(CLOCK, 1.0) + 0.9 * LATE, 0.0 * CLOCK, ON),
        (1.2 * CLOCK, 0.0 * CLOCK, ON),
        (0.0 * CLOCK, 0.0 * CLOCK, "A person stands."),
    ],
)
def test_a_way_is_told_by_what_comes_after_the_first_second(
    ahead: FloatArray, aside: FloatArray, told: str, yaw: float
) -> None:
    assert tell_way(way(ahead, aside, yaw)) == told
    assert tell_way(way(ahead, aside, yaw) + np.array([50.0, -80.0, 0.0])) == told


def swapped(told: str) -> str:
    return {ASIDE["left"]: ASIDE["right"], ASIDE["right"]: ASIDE["left"]}.get(told, told)


def test_ways_are_mirrored_with_what_is_told_of_them(codec: Codec) -> None:
    first, second = way(1.0 * CLOCK, 0.0 * CLOCK), way(3.0 - 1.2 * CLOCK, -0.4 * LATE)
    second[:, 2] = np.pi
    assert tell_way(second) == ASIDE["left"]  # who comes towards us goes to our right, which is its left
    space = LatentSpace(codec, 30)
    tokens, ids = Ways(np.stack([first, second])[None]).draw(20, space, np.random.default_rng(0))
    assert tokens.shape == (20, 2, 30, NUMBERS) and not tokens[..., PATH:].any()
    left, right = (encode_ids([ASIDE[side]])[0] for side in ("left", "right"))
    flipped = [bool(torch.equal(row, right)) for row in ids]
    assert 4 < sum(flipped) < 16 and all(
        torch.equal(row, right if f else left) for row, f in zip(ids, flipped, strict=True)
    )
    for row, flip in zip(tokens, flipped, strict=True):
        assert (row[1, -1, 1] > 0.3) == flip and abs(float(row[1, -1, 1])) > 0.3


def test_ways_of_another_shape_are_one_line() -> None:
    with pytest.raises(ValueError, match=r"ways: expected \(K, 2, 90, 3\), got \(3, 90, 3\)"):
        Ways(np.zeros((3, 90, 3)))


def test_tokens_of_ways_are_seen_from_the_first_in_leg_lengths(codec: Codec) -> None:
    space, turn, shift = LatentSpace(codec, 30), 1.1, np.array([4.0, -3.0, 0.0])
    both = np.stack([way(1.0 * CLOCK, 0.0 * CLOCK), way(3.0 - 1.2 * CLOCK, 0.2 + 0.0 * CLOCK)])[None]
    c, s = np.cos(turn), np.sin(turn)
    moved = both @ np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]]) + shift + [0.0, 0.0, turn]
    torch.testing.assert_close(tokens_of(moved, space), tokens_of(both, space), atol=1e-4, rtol=1e-4)
    np.testing.assert_allclose(tokens_of(both, space)[0, 1, :, 0], (3.0 - 1.2 * CLOCK[1::3]) / LEG, atol=1e-5)
    np.testing.assert_allclose(tokens_of(both, space)[0, 0, :, 4], 1.0 / LEG, atol=1e-4)  # leg lengths a second


@pytest.fixture(scope="module")
def windows(pair: PairSample, codec: Codec) -> PairWindows:
    return PairWindows([pair], codec, 0, mirror=False)


@pytest.fixture(scope="module")
def space(codec: Codec, windows: PairWindows) -> LatentSpace:
    made = LatentSpace(codec, 30)
    windows.scale(made, 40)
    return made


def test_what_is_known_of_windows(windows: PairWindows, space: LatentSpace) -> None:
    batch = windows.draw(300, space, np.random.default_rng(0))
    given = given_of(batch, np.random.default_rng(0), torch.Generator().manual_seed(0))
    live = given.known.any(dim=1)
    assert float(live.float().mean()) == pytest.approx(LIVE, abs=0.08)
    until = given.known[live].sum(dim=1)
    assert int(until.min()) == NOW[0] and int(until.max()) == NOW[1] - 1
    assert bool((given.known[live].long().diff(dim=1) <= 0).all())  # the past, without holes
    blind = ~given.seen.all(dim=1)
    assert not (blind & ~live).any()  # the whole actor is seen unless it is now
    assert float(blind[live].float().mean()) == pytest.approx(UNSEEN, abs=0.1)
    assert torch.equal(given.seen[blind], given.known[blind])
    assert float((~given.bodied).float().mean()) == pytest.approx(BODILESS, abs=0.08)
    assert float((~given.told.flatten(1).any(dim=1)).float().mean()) == pytest.approx(UNTOLD, abs=0.07)
    assert torch.equal(given.actor, batch.x[:, 0]) and torch.equal(given.roles, batch.roles[:, 1])


def test_of_recorded_ways_the_past_is_known_and_no_body(space: LatentSpace) -> None:
    both, ids = torch.randn(40, 2, 30, NUMBERS), encode_ids([ON] * 40)
    given = _walking(both, ids, np.random.default_rng(0))
    assert not given.bodied.any() and given.there.all() and bool((given.roles == ANSWERS).all())
    assert bool((given.known.sum(dim=1) >= NOW[0]).all())
    assert bool((given.seen | ~given.known).all())  # what has happened is seen
    together = _joined(given, given)
    assert all(len(getattr(together, name)) == 80 for name in Given.__dataclass_fields__)


def straight() -> Ways:
    first, second = way(1.0 * CLOCK, 0.0 * CLOCK), way(3.0 - 1.2 * CLOCK, -0.4 * LATE)
    return Ways(np.stack([first, second])[None])


@pytest.mark.parametrize(("stage", "ways"), [("way", True), ("way", False), ("body", False), ("alone", False)])
def test_the_loss_of_each_network_falls(stage: str, ways: bool, windows: PairWindows, space: LatentSpace) -> None:
    torch.manual_seed(0)
    model, seen = MoReact(MoReactConfig(width=16, blocks=1, heads=2, inner=24, trajectory=stage != "alone")), []
    network = model.way if stage == "way" else model.body
    assert network is not None
    optimiser = torch.optim.Adam(network.parameters(), 3e-3)
    for _ in range(15):
        draws = Draws(windows=windows, ways=straight() if ways else None, rng=np.random.default_rng(0))
        loss_of = way_loss(network, space, draws, 6) if stage == "way" else body_loss(model, space, draws, 4)
        loss: Tensor = loss_of(torch.Generator().manual_seed(0))
        optimiser.zero_grad()
        loss.backward()
        assert all(w.grad is None or bool(w.grad.isfinite().all()) for w in network.parameters())
        optimiser.step()
        seen.append(float(loss.detach()))
    assert np.isfinite(seen).all() and seen[-1] < 0.9 * seen[0]
