"""TIMotion: two people as one sequence in which they take turns.

Y. Wang et al., TIMotion: Temporal and Interactive Framework for Efficient Human-Human Motion Generation, CVPR 2025,
arXiv 2408.17135. Section 3.2, causal interactive injection: tokens of both, one after the other in time; section 3.3,
role-evolving scanning: the same with roles exchanged beside it, on the channels; section 3.4, localized pattern
amplification: convolutions over time of each person, beside attention. Losses and sampler are InterGen's.

Where we depart: texts of each person and roles are told as in `motion.in2in`, by which it can be guided alike. Each
part can be left out: without injection both are one after the other as wholes, without scanning one order is all.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from motion.blocks import AdaLN, Attention, FeedForward, LevelEncoder, TextReader, places, zeroed
from motion.in2in import LENGTH
from motion.wiener import Wiener


@dataclass(frozen=True, slots=True, kw_only=True)
class TIMotionConfig:
    """The size, see `In2INConfig`, also `window`, and which parts there are: injection, scanning, amplification.

    told: width of conditions, 0: twice that of the network.
    """

    numbers: int
    width: int = 80
    blocks: int = 3
    heads: int = 4
    inner: int = 224
    text: str = "words"
    dropout: float = 0.1
    injection: bool = True
    scanning: bool = True
    amplification: bool = True
    window: int = 30
    told: int = 0


PUBLISHED = TIMotionConfig(numbers=262, width=512, blocks=5, heads=16, inner=2048, text="clip", told=512, window=0)


class _Amplifier(nn.Module):
    """Convolutions over time of one person (section 3.4)."""

    def __init__(self, width: int, told: int, first: bool) -> None:
        super().__init__()
        self.before = None if first else AdaLN(width, told)
        self.wide = nn.Conv1d(width, width, 3, padding=1)
        self.after = AdaLN(width, told)
        self.narrow = nn.Conv1d(width, width, 1)

    def forward(self, x: Tensor, told: Tensor, there: Tensor | None = None) -> Tensor:
        """Return what (B, T, width) becomes; there: (B, T) bool, tokens that exist."""
        y = x if self.before is None else functional.silu(self.before(x, told))
        if there is not None:
            y = y * there[..., None]
        y = self.wide(y.transpose(1, 2)).transpose(1, 2)
        y = functional.silu(self.after(y, told))
        result: Tensor = x + self.narrow(y.transpose(1, 2)).transpose(1, 2)
        return result


class _Block(nn.Module):
    def __init__(self, config: TIMotionConfig, first: bool, dropout: float) -> None:
        super().__init__()
        self.config = config
        told, wide = config.told or 2 * config.width, config.width * (2 if config.scanning else 1)
        self.norms = nn.ModuleList(AdaLN(wide, told) for _ in range(2))
        self.attend = Attention(wide, config.heads, dropout)
        self.feed = FeedForward(wide, config.inner, dropout)
        self.register_buffer("order", places(2 * LENGTH, wide), persistent=False)  # who comes when on the line
        if config.amplification:
            self.amplify = _Amplifier(config.width, told, first)
            self.join = nn.Linear(2 * config.width, config.width)

    def forward(self, both: Tensor, told: Tensor, there: Tensor | None) -> Tensor:
        """Return both people (B, 2, T, width) after the block.

        told: (B, 2, told). there: (B, T) bool, tokens that exist; None: all do.
        """
        middle, absent = told.mean(dim=1), None
        line = self._line(both)
        if there is not None:
            absent = ~(there.repeat_interleave(2, dim=1) if self.config.injection else there.repeat(1, 2))
        normed = self.norms[0](line, middle) + self.order[: line.shape[1]]  # type: ignore[index]
        line = line + self.attend(normed, normed, absent)
        if self.config.amplification:
            seen = self._people(line)
            exist = None if there is None else there.repeat_interleave(2, dim=0)
            near = self.amplify(both.flatten(0, 1), told.flatten(0, 1), exist).view_as(both)
            line = self._line(self.join(torch.cat([seen, near], dim=3)))
        line = line + self.feed(self.norms[1](line, middle))
        return self._people(line)

    def _line(self, both: Tensor) -> Tensor:
        """Return both people as one sequence (B, 2 * T, width or twice)."""
        orders = [both, both.flip(1)] if self.config.scanning else [both]
        lines = [one.transpose(1, 2) if self.config.injection else one for one in orders]
        return torch.cat([one.flatten(1, 2) for one in lines], dim=2)

    def _people(self, line: Tensor) -> Tensor:
        """Return one sequence as both people (B, 2, T, width)."""
        orders = line.chunk(2 if self.config.scanning else 1, dim=2)
        people = []
        for order in orders:
            if self.config.injection:
                people.append(order.view(len(order), -1, 2, order.shape[2]).transpose(1, 2))
            else:
                people.append(order.view(len(order), 2, -1, order.shape[2]))
        result: Tensor = people[0] if len(people) == 1 else (people[0] + people[1].flip(1)) / 2.0
        return result


class TIMotion(nn.Module):
    """Predicts what is clean (B, 2, T, numbers) of two people with noise, called as `In2IN`."""

    def __init__(self, config: TIMotionConfig) -> None:
        super().__init__()
        self.config = config
        told = config.told or 2 * config.width
        self.reader = TextReader(config.text, told)
        self.level = LevelEncoder(told)
        self.roles = nn.Embedding(3, told)
        self.wiener = Wiener(2, config.window, config.numbers) if config.window else None
        self.inward = nn.Linear(config.numbers * (2 if config.window else 1), config.width)
        rates = torch.linspace(0.0, config.dropout, config.blocks).tolist()
        self.blocks = nn.ModuleList(_Block(config, row == 0, rate) for row, rate in enumerate(rates))
        self.outward = zeroed(nn.Linear(config.width, config.numbers))
        self.register_buffer("places", places(LENGTH, config.width), persistent=False)

    def forward(self, x: Tensor, levels: Tensor, told: Tensor, roles: Tensor, there: Tensor) -> Tensor:
        """Return what is clean, see `In2IN.forward`."""
        likely = None if self.wiener is None else self.wiener(x, levels, there[:, None].expand(-1, 2, -1))
        state = self.inward(x if likely is None else torch.cat([x, likely], dim=3))
        state = state + self.places[: x.shape[2]]  # type: ignore[index]
        given = (self.level(levels) + told[:, 0])[:, None] + told[:, 1:] + self.roles(roles)
        some = None if bool(there.all()) else there
        for block in self.blocks:
            state = block(state, given, some)
        result: Tensor = self.outward(state)
        return result if self.wiener is None or likely is None else likely + self.wiener.left(levels) * result
