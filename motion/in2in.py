"""in2IN and DualMDM: two people by one network, of what they do together and of what each does.

P. Ruiz-Ponce et al., in2IN: Leveraging Individual Information to Generate Human INteractions, CVPRW 2024, arXiv
2404.09988. Section 3.2: what each does modulates attention to oneself and the feed-forward, what both do modulates
attention to the other; section 3.3: guidance with a weight for each; section 4: DualMDM, a prior of single people whose
share fades by a schedule. The network is InterGen's (arXiv 2304.05684): weights are shared between both people.

Where we depart: the network adds to what Wiener's filter makes of noisy tokens (`motion.wiener`), so that a small one
need not learn that first; roles are told, too, since texts of some hundred pairs do not tell who begins; of texts,
those of both, those of each, and all are left out while it learns (the paper: all), so that every term of guidance has
been learned.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from motion.blocks import InteractionBlock, LevelEncoder, TextReader, places, zeroed
from motion.diffusion import LEVELS
from motion.wiener import Wiener

LENGTH = 300  # tokens of a person at most
FADES = 0.0085  # of the exponential schedule of DualMDM, by level
Schedule = Literal["exp", "exp-inv", "linear", "constant"]


@dataclass(frozen=True, slots=True, kw_only=True)
class In2INConfig:
    """The size: numbers of a token, width, blocks, heads, inner width, text encoder (words, clip), dropout.

    alone: nobody sees the other: the prior of DualMDM.
    window: tokens of Wiener's filter, to which it adds, see `motion.wiener`; 0: none, as in the paper.
    """

    numbers: int
    width: int = 112
    blocks: int = 3
    heads: int = 4
    inner: int = 224
    text: str = "words"
    dropout: float = 0.1
    window: int = 30
    alone: bool = False


PUBLISHED = In2INConfig(numbers=262, width=1024, blocks=8, heads=8, inner=2048, text="clip", window=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guidance:
    """The weights of what is predicted with all texts, with that of both alone, and with those of each alone."""

    whole: float = 3.0
    both: float = 3.0
    each: float = 1.0


class In2IN(nn.Module):
    """Predicts what is clean (B, 2, T, numbers) of two people with noise."""

    def __init__(self, config: In2INConfig) -> None:
        super().__init__()
        self.config = config
        self.reader = TextReader(config.text, config.width)
        self.level = LevelEncoder(config.width)
        self.roles = nn.Embedding(3, config.width)  # who begins, who answers, alike
        self.wiener = Wiener(2, config.window, config.numbers) if config.window else None
        self.inward = nn.Linear(config.numbers * (2 if config.window else 1), config.width)
        self.blocks = nn.ModuleList(
            InteractionBlock(config.width, config.heads, config.inner, config.dropout, config.width, config.alone)
            for _ in range(config.blocks)
        )
        self.outward = zeroed(nn.Linear(config.width, config.numbers))
        self.register_buffer("places", places(LENGTH, config.width), persistent=False)

    def forward(self, x: Tensor, levels: Tensor, told: Tensor, roles: Tensor, there: Tensor) -> Tensor:
        """Return what is clean.

        Args:
            x: (B, 2, T, numbers). levels: (B,) of noise. told: (B, 3, width) of `reader`: both, the first, the second.
            roles: (B, 2) int64. there: (B, T) bool, tokens that exist.
        """
        batch, _, length, _ = x.shape
        likely = None if self.wiener is None else self.wiener(x, levels, there[:, None].expand(-1, 2, -1))
        state = self.inward(x if likely is None else torch.cat([x, likely], dim=3))
        state = state + self.places[:length]  # type: ignore[index]
        level = self.level(levels)
        given = level[:, None] + told[:, 1:] + self.roles(roles)
        own, both = given.flatten(0, 1), (level + told[:, 0]).repeat_interleave(2, dim=0)
        absent = None if bool(there.all()) else (~there).repeat_interleave(2, dim=0)
        for block in self.blocks:
            other = None if self.config.alone else state.flip(1).flatten(0, 1)
            state = block(state.flatten(0, 1), other, own, both, absent, absent).view(batch, 2, length, -1)
        result: Tensor = self.outward(state)
        return result if self.wiener is None or likely is None else likely + self.wiener.left(levels) * result


Predict = Callable[[Tensor, int], Tensor]


def guided(network: nn.Module, told: Tensor, roles: Tensor, there: Tensor, guidance: Guidance) -> Predict:
    """Return what predicts with guidance (equation 5): four evaluations in one batch, fewer where weights are 0.

    Args:
        network: In2IN or TIMotion. Others: see `In2IN.forward`.
    """
    whole, both, each = guidance.whole, guidance.both, guidance.each
    mask = torch.ones(3)
    none = 1.0 - whole - both - each
    terms = [
        (weight, mask * torch.tensor(kept))
        for weight, kept in (
            (whole, (1.0, 1.0, 1.0)), (both, (1.0, 0.0, 0.0)), (each, (0.0, 1.0, 1.0)), (none, (0.0, 0.0, 0.0)),
        )
        if weight
    ]  # fmt: skip
    said = torch.cat([told * kept[None, :, None] for _, kept in terms])

    def predict(x: Tensor, level: int) -> Tensor:
        count = len(terms)
        made = network(
            x.repeat(count, 1, 1, 1), torch.full((count * len(x),), level), said, roles.repeat(count, 1),
            there.repeat(count, 1),
        ).chunk(count)  # fmt: skip
        return torch.stack([weight * part for (weight, _), part in zip(terms, made, strict=True)]).sum(dim=0)

    return predict


def share_of(level: int, schedule: Schedule = "exp", fades: float = FADES) -> float:
    """Return the share of the prior of single people at a level of LEVELS to 0 (section 4.2)."""
    if schedule == "exp":
        return math.exp(-fades * (LEVELS - level))
    if schedule == "exp-inv":
        return 1.0 - math.exp(-fades * (LEVELS - level))
    if schedule == "linear":
        return level / LEVELS
    if schedule == "constant":
        return fades
    raise ValueError(f"schedule: expected exp, exp-inv, linear or constant, got {schedule}; name one")


def blended(together: Predict, alone: Predict, schedule: Schedule = "exp", fades: float = FADES) -> Predict:
    """Return DualMDM: what predicts as two people together do, and in a share as each alone does (equation 7)."""

    def predict(x: Tensor, level: int) -> Tensor:
        pair = together(x, level)
        share = share_of(level, schedule, fades)
        return pair if share < 1e-4 else pair + share * (alone(x, level) - pair)

    return predict
