"""in2IN and DualMDM: sizes, who hears which text, who sees whom, and guidance by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from motion.blocks import TextReader
from motion.diffusion import LEVELS
from motion.in2in import PUBLISHED, Guidance, In2IN, In2INConfig, blended, guided, share_of
from motion.text import BEGIN

WIDTH, TOKENS = 16, 7
SMALL = In2INConfig(numbers=5, width=WIDTH, blocks=2, heads=2, inner=24)


@pytest.fixture(scope="module")
def network(awake: Callable[[nn.Module], Any]) -> Any:
    return awake(In2IN(SMALL))


@pytest.fixture
def given() -> dict[str, Tensor]:
    """Return two pairs with noise, what is told, roles, and that all tokens are there."""
    draw = torch.Generator().manual_seed(1)
    return {
        "x": torch.randn(2, 2, TOKENS, 5, generator=draw), "levels": torch.tensor([30, 800]),
        "told": torch.randn(2, 3, WIDTH, generator=draw), "roles": torch.tensor([[0, 1], [2, 2]]),
        "there": torch.ones(2, TOKENS, dtype=torch.bool),
    }  # fmt: skip


def count(network: nn.Module) -> int:
    return sum(weight.numel() for weight in network.parameters())


def test_the_published_size_is_that_of_the_paper() -> None:
    """182.4 million without CLIP, as the paper's: of one block 20.99, and eight of them."""
    one, two = (count(In2IN(replace(PUBLISHED, blocks=blocks))) for blocks in (1, 2))
    assert (two - one) / 1e6 == pytest.approx(20.99, abs=0.005)
    assert (one + 7 * (two - one)) / 1e6 == pytest.approx(182.4, abs=0.05)


@torch.no_grad()
def test_both_people_go_through_the_same_weights(network: In2IN, given: dict[str, Tensor]) -> None:
    made = network(**given)
    other = network(
        given["x"].flip(1), given["levels"], given["told"][:, [0, 2, 1]], given["roles"].flip(1), given["there"]
    )
    torch.testing.assert_close(other.flip(1), made, atol=1e-5, rtol=1e-5)
    assert (made[0] - made[0].flip(0)).abs().max() > 0.1  # they are not alike


@torch.no_grad()
def test_nobody_minds_who_is_beside_them_in_the_batch(network: In2IN, given: dict[str, Tensor]) -> None:
    alone = network(**{name: value[1:] for name, value in given.items()})
    torch.testing.assert_close(network(**given)[1:], alone, atol=1e-5, rtol=1e-5)


def reached(network: In2IN, given: dict[str, Tensor], changed: dict[str, Tensor]) -> list[bool]:
    """Return whether the first and the second person change."""
    with torch.no_grad():
        gap = (network(**given) - network(**given | changed)).abs()
    return [bool(gap[:, person].max() > 1e-3) for person in (0, 1)]


def test_alone_nobody_hears_or_sees_the_other(
    network: In2IN, given: dict[str, Tensor], awake: Callable[[nn.Module], Any]
) -> None:
    single = awake(In2IN(replace(SMALL, alone=True)))
    told, x, roles = given["told"].clone(), given["x"].clone(), given["roles"].clone()
    told[:, 2] += 1.0
    x[:, 1] += 1.0
    roles[:, 1] = 0
    for changed in ({"told": told}, {"x": x}, {"roles": roles}):
        assert reached(single, given, changed) == [False, True]
        assert reached(network, given, changed) == [True, True]  # together what the other does is seen
    both = given["told"].clone()
    both[:, 0] += 1.0
    assert reached(single, given, {"told": both}) == [False, False]
    assert reached(network, given, {"told": both}) == [True, True]


def test_what_one_does_reaches_the_other_by_the_second_block_only(
    given: dict[str, Tensor], awake: Callable[[nn.Module], Any]
) -> None:
    """In the first block the other is seen as it was before it heard its own text."""
    told = given["told"].clone()
    told[:, 2] += 1.0
    shallow = awake(In2IN(replace(SMALL, blocks=1)))
    assert reached(shallow, given, {"told": told}) == [False, True]


@torch.no_grad()
def test_absent_tokens_change_nothing_of_those_that_are_there(network: In2IN, given: dict[str, Tensor]) -> None:
    given["there"][0, 4:] = False
    made, x = network(**given), given["x"].clone()
    x[0, :, 4:] = 100.0
    torch.testing.assert_close(network(**given | {"x": x})[0, :, :4], made[0, :, :4], atol=1e-5, rtol=1e-5)
    short = network(**{name: value[:1] for name, value in given.items()} | {
        "x": given["x"][:1, :, :4], "there": torch.ones(1, 4, dtype=torch.bool)
    })  # fmt: skip
    torch.testing.assert_close(short, made[:1, :, :4], atol=1e-5, rtol=1e-5)


def test_an_untold_text_is_zero_and_has_no_nan() -> None:
    for kind, untold in (("words", torch.zeros(2, 24, 4, dtype=torch.int64)), ("clip", torch.zeros(2, 5, 768))):
        reader = TextReader(kind, WIDTH)
        said = untold.clone()
        said[1, 0, 0] = BEGIN
        said[1, 1] = 3
        made = reader(said)
        assert torch.equal(made[0], torch.zeros(WIDTH)) and made[1].abs().max() > 0.0
        made.sum().backward()
        assert all(w.grad is None or bool(w.grad.isfinite().all()) for w in reader.parameters())
        assert not reader(untold).any()
    assert not TextReader("words", WIDTH).encode(["", "A person walks."])[0].any()
    with pytest.raises(ValueError, match="text: expected words or clip, got speech; name one"):
        TextReader("speech", WIDTH)


@torch.no_grad()
def test_clip_tells_by_its_last_token_and_padding_says_nothing() -> None:
    reader, tokens = TextReader("clip", WIDTH).eval(), torch.zeros(1, 9, 768)
    tokens[0, :4] = torch.randn(4, 768, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(reader(tokens), reader(tokens[:, :4]), atol=1e-5, rtol=1e-5)
    other = tokens.clone()
    other[0, 3] += 1.0
    assert (reader(other) - reader(tokens)).abs().max() > 1e-3


class Fake(nn.Module):
    """Predicts 1, 10 and 100 for each text that is told, plus the level."""

    def forward(self, x: Tensor, levels: Tensor, told: Tensor, roles: Tensor, there: Tensor) -> Tensor:
        self.asked = len(x)
        value = (told[..., 0] * torch.tensor([1.0, 10.0, 100.0])).sum(dim=1) + 1000.0 * levels
        return value[:, None, None, None].expand_as(x)


@pytest.mark.parametrize(
    ("weights", "asked"),
    [((3.0, 3.0, 1.0), 4), ((1.0, 0.5, 0.0), 3), ((1.0, 0.0, 0.0), 1), ((0.0, 0.0, 2.5), 2), ((0.0, 0.0, 0.0), 1)],
)
def test_guidance_is_the_formula(weights: tuple[float, float, float], asked: int) -> None:
    """whole * 111 + both * 1 + each * 110 + (1 - all) * 0, at level 2; each weight of 0 spares an evaluation."""
    network, (whole, both, each) = Fake(), weights
    x, roles, there = torch.zeros(2, 2, 4, 5), torch.zeros(2, 2, dtype=torch.int64), torch.ones(2, 4, dtype=torch.bool)
    guidance = Guidance(whole=whole, both=both, each=each)
    made = guided(network, torch.ones(2, 3, WIDTH), roles, there, guidance)(x, 2)
    assert made.shape == x.shape and made.unique().tolist() == [
        pytest.approx(2000.0 + 111.0 * whole + both + 110.0 * each, rel=1e-5)
    ]
    assert network.asked == 2 * asked


@torch.no_grad()
def test_guidance_by_all_texts_alone_is_the_network(network: In2IN, given: dict[str, Tensor]) -> None:
    x, told, roles, there = (given[name] for name in ("x", "told", "roles", "there"))
    made = guided(network, told, roles, there, Guidance(whole=1.0, both=0.0, each=0.0))(x, 30)
    torch.testing.assert_close(made, network(x, torch.tensor([30, 30]), told, roles, there))
    four = {
        kept: network(x, torch.tensor([30, 30]), told * torch.tensor(kept)[None, :, None], roles, there)
        for kept in product((0.0, 1.0), repeat=3)
    }
    by_hand = 3 * four[1, 1, 1] + 3 * four[1, 0, 0] + four[0, 1, 1] - 6 * four[0, 0, 0]
    torch.testing.assert_close(guided(network, told, roles, there, Guidance())(x, 30), by_hand, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    ("level", "share"), [(1000, 1.0), (900, 0.43), (800, 0.18), (700, 0.078), (500, 0.014), (0, 0.0002)]
)
def test_the_prior_fades_as_published(level: int, share: float) -> None:
    assert share_of(level) == pytest.approx(share, rel=0.02)
    assert share_of(level, "exp-inv") == pytest.approx(1.0 - share_of(level))
    assert share_of(level, "linear") == level / LEVELS
    assert share_of(level, "constant", 0.3) == 0.3


def test_dualmdm_goes_from_the_prior_to_the_pair() -> None:
    asked: list[int] = []

    def alone(x: Tensor, level: int) -> Tensor:
        asked.append(level)
        return torch.full_like(x, 10.0)

    predict = blended(lambda x, level: torch.full_like(x, 2.0), alone)
    for level in (1000, 800, 0):
        made = predict(torch.zeros(2), level)
        torch.testing.assert_close(made, torch.full((2,), 2.0 + 8.0 * share_of(level)))
    assert asked == [1000, 800, 0]
    blended(lambda x, level: x, alone, fades=0.1)(torch.zeros(2), 500)
    assert asked == [1000, 800, 0]  # not asked where its share is nothing
    with pytest.raises(ValueError, match="schedule: expected exp, exp-inv, linear or constant, got cosine; name one"):
        share_of(3, "cosine")  # type: ignore[arg-type]
