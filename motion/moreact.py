"""MoReact: how somebody reacts, first where the way goes, then the body along it.

X. Xu et al., MoReact: Generating Reactive Motion from Textual Descriptions, TMLR 2025, arXiv 2509.23911. Two diffusion
networks: the global trajectory of the reactor from the actor's motion and a text, then the full body, with that
trajectory imposed at every step; a loss on distances of joints of both where they are near. Its code is not public:
sizes and formulas are ours.

Where we depart, so that it works live and for robots: tokens that have happened are given without noise and known as
such; of the actor what is not yet seen is left out; an actor may be no more than a way (a robot has no joints).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from motion.blocks import InteractionBlock, LevelEncoder, TextReader, places, zeroed
from motion.diffusion import denoise, draw_noise
from motion.pair_space import NUMBERS, PATH
from motion.wiener import Wiener

NEARBY = 0.3  # m: joints of both count by exp(-distance / NEARBY)
LENGTH = 120  # tokens at most
STEPS = 10  # of the sampler


@dataclass(frozen=True, slots=True, kw_only=True)
class MoReactConfig:
    """The size of each of the two networks, whether the trajectory comes first, tokens of a window at most."""

    width: int = 96
    blocks: int = 3
    heads: int = 4
    inner: int = 192
    dropout: float = 0.1
    trajectory: bool = True
    window: int = 30


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Given:
    """What is given of B reactions of T tokens.

    Attributes:
        actor: (B, T, NUMBERS), scaled. seen: (B, T) bool, its tokens that are known. bodied: (B,) bool, whether it is
            more than a way.
        known: (B, T) bool, tokens of the reactor that have happened. there: (B, T) bool, tokens that exist.
        told: (B, L, IDS) ids of a text each. roles: (B,) of the reactor.
    """

    actor: Tensor
    seen: Tensor
    bodied: Tensor
    known: Tensor
    there: Tensor
    told: Tensor
    roles: Tensor


class Stage(nn.Module):
    """Predicts what is clean of a reactor's tokens (B, T, numbers)."""

    def __init__(self, config: MoReactConfig, numbers: int) -> None:
        super().__init__()
        self.numbers = numbers
        width = config.width
        self.reader = TextReader("words", width, 64)
        self.level = LevelEncoder(width)
        self.roles = nn.Embedding(3, width)
        self.wiener = Wiener(2, config.window, numbers)
        self.inward, self.outward = nn.Linear(2 * numbers + 1, width), zeroed(nn.Linear(width, numbers))
        self.actor = nn.Linear(NUMBERS + 2, width)
        size = (width, config.heads, config.inner, config.dropout, width)
        self.watch = InteractionBlock(*size, alone=True)
        self.blocks = nn.ModuleList(InteractionBlock(*size) for _ in range(config.blocks))
        self.register_buffer("places", places(LENGTH, width), persistent=False)

    def forward(self, x: Tensor, levels: Tensor, given: Given, read: Tensor | None = None) -> Tensor:
        """Return what is clean; x has noise of levels (B,) but where tokens are known.

        read: (B, width) what `reader` makes of the texts, None: it is asked.
        """
        absent = None if bool(given.there.all()) else ~given.there
        where: Tensor = self.places[: x.shape[1]]  # type: ignore[index]
        told = self.level(levels) + (self.reader(given.told) if read is None else read) + self.roles(given.roles)
        body = given.bodied[:, None] & given.seen
        flags = torch.stack([given.seen, body], dim=2).to(x.dtype)
        seen = torch.cat([given.actor[..., :PATH] * flags[..., :1], given.actor[..., PATH:] * flags[..., 1:], flags], 2)
        actor = self.watch(self.actor(seen) + where, None, told, told, absent, None)
        likely = self._likely(x, levels, given)
        state = self.inward(torch.cat([x, likely, given.known[..., None].to(x.dtype)], dim=2)) + where
        for block in self.blocks:
            state = block(state, actor, told, told, absent, absent)
        result: Tensor = likely + self.wiener.left(levels)[:, 0] * self.outward(state)
        return result

    def _likely(self, x: Tensor, levels: Tensor, given: Given) -> Tensor:
        """Return what is most likely clean, by what is known of both; who has no body tells by the way alone."""
        both = torch.stack([given.actor[..., : self.numbers], x], dim=1)
        made, body = [], given.seen & given.bodied[:, None]
        parts = [(slice(PATH), given.seen), (slice(PATH, None), body)]
        for numbers, seen in parts if self.numbers > PATH else parts[:1]:
            there, known = torch.stack([seen, given.there], dim=1), torch.stack([seen, given.known], dim=1)
            made.append(self.wiener(both[..., numbers], levels, there, known, numbers)[:, 1])
        return torch.cat(made, dim=2)


class MoReact(nn.Module):
    """Both networks: of the trajectory and of the body; without the first the body finds its way itself."""

    def __init__(self, config: MoReactConfig) -> None:
        super().__init__()
        self.config = config
        self.way = Stage(config, PATH) if config.trajectory else None
        self.body = Stage(config, NUMBERS)

    def draw_ways(
        self, given: Given, past: Tensor, rngs: Sequence[np.random.Generator], steps: int = STEPS,
        guide: Callable[[Tensor], Tensor] | None = None,
    ) -> Tensor:  # fmt: skip
        """Return trajectories (B, T, PATH) of reactors.

        past: (B, T, PATH or more) what they did where it is known. guide: changes what is clean at every step.
        """
        if self.way is None:
            raise ValueError("moreact: expected weights with a trajectory network, got some without; name others")
        fixed = given.known[..., None].expand(-1, -1, PATH)
        return _draw(self.way, given, past[..., :PATH], fixed, rngs, steps, guide)

    def draw_bodies(
        self, given: Given, ways: Tensor | None, past: Tensor, rngs: Sequence[np.random.Generator], steps: int = STEPS
    ) -> Tensor:
        """Return tokens (B, T, NUMBERS) of reactors along ways (B, T, PATH), which are imposed.

        past: (B, T, NUMBERS) what they did where it is known.
        """
        fixed = given.known[..., None].expand(-1, -1, NUMBERS).clone()
        values = past.clone()
        if ways is not None:
            fixed[..., :PATH], values[..., :PATH] = True, ways
        return _draw(self.body, given, values, fixed, rngs, steps)


def _draw(
    stage: Stage, given: Given, values: Tensor, fixed: Tensor, rngs: Sequence[np.random.Generator], steps: int,
    guide: Callable[[Tensor], Tensor] | None = None,
) -> Tensor:  # fmt: skip
    """Return what a stage makes of noise; values (B, T, numbers) are imposed where they are fixed."""
    there = given.there[..., None]
    with torch.no_grad():
        read = stage.reader(given.told)

    def predict(x: Tensor, level: int) -> Tensor:
        x = torch.where(fixed, values, x) * there
        clean: Tensor = stage(x, torch.full((len(x),), level), given, read)
        return clean if guide is None else guide(clean)

    noise = draw_noise(values.shape[1:], rngs)
    return denoise(predict, noise, steps, lambda clean: torch.where(fixed, values, clean))


def interaction_loss(made: Tensor, real: Tensor, other: Tensor, frames: Tensor) -> Tensor:
    """Return the loss on distances between joints of a reactor (B, F, 22, 3) and of the actor, metres.

    L = sum of w (d - d*)^2 over sum of w, w = exp(-d* / NEARBY), of all pairs of joints; ours: the paper's is unknown.
    """
    gaps, true = torch.cdist(made, other), torch.cdist(real, other)
    weights = torch.exp(-true / NEARBY) * frames[..., None, None]
    result: Tensor = ((gaps - true).square() * weights).sum() / weights.sum().clamp(min=1e-6)
    return result
