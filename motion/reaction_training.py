"""How MoReact learns: reactors of pairs, whole or from some moment on, and people who make way in recorded crowds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from motion.blocks import TextReader
from motion.clip import FloatArray
from motion.codec import PATCH
from motion.diffusion import LEVELS, make_scheduler, noised
from motion.moreact import Given, MoReact, Stage, interaction_loss
from motion.pair_losses import NOISIEST, geometric_losses, trembling
from motion.pair_space import NUMBERS, PATH, PLACES, LatentSpace, path_tokens
from motion.pair_training import ANSWERS, FORGOTTEN, LOOKED_AT, TOKENS, WEIGHTS, PairBatch, PairWindows, heavier
from motion.text import encode_ids, forget

LIVE = 0.5  # share of windows of which the past is known
NOW = 10, 16  # tokens that have happened then, from .. to
UNSEEN = 0.7  # share of those in which the actor's future is not known
BODILESS = 0.3  # share in which the actor is no more than a way
UNTOLD = 0.15  # share of texts that are left out
TELLS = 0.35  # m: who is so far from straight on has gone aside
SLOWS = 0.6  # of the pace before: who is slower than that lets pass
WEIGHT = 20.0  # of the interaction loss
WRONG = 0.03  # of a deviation: by how much trajectories are wrong while the body learns: those made later are
LEG = 0.85  # m, of people of whom only the way was recorded
ASIDE = {"left": "A person steps aside to the left.", "right": "A person steps aside to the right."}
SLOWLY, ON = "A person slows down and lets somebody pass.", "A person walks on."


class Ways:
    """Windows (K) of ways of two people, recorded seen from above, of which the second minds the first.

    Attributes:
        paths: (K, 2, 90, 3) at 30 fps, metres and rad.
    """

    def __init__(self, paths: FloatArray) -> None:
        """Prepare.

        Raises:
            ValueError: another shape.
        """
        if paths.ndim != 4 or paths.shape[1:] != (2, PATCH * TOKENS, 3):
            raise ValueError(f"ways: expected (K, 2, {PATCH * TOKENS}, 3), got {paths.shape}")
        self.paths = paths
        self._ids = encode_ids([tell_way(path[1]) for path in paths])

    def draw(self, count: int, space: LatentSpace, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Return tokens (B, 2, T, NUMBERS) without bodies, and ids (B, L, IDS) of what the second does."""
        rows = rng.integers(len(self.paths), size=count)
        paths = self.paths[rows].copy()
        flip = rng.random(count) < 0.5
        paths[flip] *= np.array([1.0, -1.0, -1.0])
        ids = self._ids[torch.from_numpy(rows)].clone()
        for row in np.flatnonzero(flip):
            ids[row] = encode_ids([tell_way(paths[row, 1])])[0]
        return tokens_of(paths, space), ids


def tell_way(path: FloatArray) -> str:
    """Return in words what somebody does along a path (T, 3), by how the second half differs from straight on."""
    now = len(path) // 3
    speed = (path[now, :2] - path[max(now - 10, 0), :2]) / min(now, 10)
    pace = float(np.linalg.norm(speed))
    if pace < 1e-3:
        return "A person stands."
    ahead = speed / pace
    away = path[now:, :2] - path[now, :2]
    aside = ahead[0] * away[:, 1] - ahead[1] * away[:, 0]
    far = float(aside[np.abs(aside).argmax()])
    if abs(far) > TELLS:
        return ASIDE["left" if far > 0.0 else "right"]
    steps = np.linalg.norm(np.diff(path[now:, :2], axis=0), axis=1)
    return SLOWLY if steps[10:].min() < SLOWS * pace else ON


def tokens_of(paths: FloatArray, space: LatentSpace, leg: float = LEG) -> Tensor:
    """Return tokens (B, 2, T, NUMBERS) of paths (B, 2, PATCH * T, 3), seen from where the first begins."""
    origin = paths[:, :1, :1]
    c, s = np.cos(origin[..., 2]), np.sin(origin[..., 2])
    away = (paths[..., :2] - origin[..., :2]) / leg
    seen = np.stack(
        [c * away[..., 0] + s * away[..., 1], c * away[..., 1] - s * away[..., 0], paths[..., 2] - origin[..., 2]],
        axis=-1,
    )
    told = path_tokens(torch.from_numpy(seen).float())
    scaled = (told - space.mean[:PATH]) / space.deviation[:PATH]
    return torch.cat([scaled, torch.zeros(*scaled.shape[:-1], NUMBERS - PATH)], dim=-1)


def given_of(
    batch: PairBatch, rng: np.random.Generator, generator: torch.Generator, reader: TextReader | None = None
) -> Given:
    """Return what is known of windows (B): all of the actor, or both up to a moment."""
    count, tokens = batch.x.shape[0], batch.x.shape[2]
    at = torch.arange(tokens)
    live = torch.from_numpy(rng.random(count) < LIVE)[:, None]
    now = torch.from_numpy(rng.integers(*NOW, count))[:, None]
    blind = torch.from_numpy(rng.random(count) < UNSEEN)[:, None]
    texts = torch.where(torch.from_numpy(rng.random(count) < 0.5)[:, None, None], batch.texts[:, 0], batch.texts[:, 2])
    texts = texts * torch.from_numpy(rng.random(count) >= UNTOLD)[:, None, None]
    return Given(
        actor=batch.x[:, 0], seen=batch.there & ~(live & blind & (at >= now)),
        bodied=torch.from_numpy(rng.random(count) >= BODILESS), known=batch.there & live & (at < now),
        there=batch.there, told=forget(texts, FORGOTTEN, generator), roles=batch.roles[:, 1],
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """Windows of pairs, of ways, and the generator of what is known."""

    windows: PairWindows
    ways: Ways | None
    rng: np.random.Generator


def fit_filters(
    model: MoReact, space: LatentSpace, windows: PairWindows, ways: Ways | None, rng: np.random.Generator
) -> None:
    """Fit the filters of Wiener of both networks to drawn windows; that of the trajectory to ways as well."""
    whole = windows.whole(space)
    model.body.wiener.fit(whole)
    if model.way is not None:
        walked = [] if ways is None else [ways.draw(len(whole), space, rng)[0]]
        model.way.wiener.fit(torch.cat([whole, *walked])[..., :PATH])


def way_loss(stage: Stage, space: LatentSpace, draws: Draws, batch: int) -> Callable[[torch.Generator], Tensor]:
    """Return the loss of the trajectory network for drawn windows, a half of pairs and a half of ways."""
    scheduler = make_scheduler()
    weights = torch.full((PATH,), WEIGHTS["path"])
    weights[:PLACES] = WEIGHTS["places"]
    count = batch if draws.ways is None else batch // 2

    def loss(generator: torch.Generator) -> Tensor:
        pairs = draws.windows.draw(count, space, draws.rng)
        given, x = given_of(pairs, draws.rng, generator), pairs.x[:, 1, :, :PATH]
        if draws.ways is not None:
            both, ids = draws.ways.draw(batch - count, space, draws.rng)
            given, x = _joined(given, _walking(both, ids, draws.rng)), torch.cat([x, both[:, 1, :, :PATH]])
        noisy, levels, free = _noisy(scheduler, x, given.known, given.there, generator)
        guess = stage(noisy, levels, given)
        squares = ((guess - x).square() * weights).mean(dim=-1) * free
        # steps between tokens as well: what trembles is worse than what is a little off
        jumps = ((guess - x)[..., :PLACES].diff(dim=1).square().mean(dim=-1)) * free[:, 1:]
        total: Tensor = squares.sum() / free.sum() + 10.0 * jumps.sum() / free.sum()
        return total

    return loss


def body_loss(model: MoReact, space: LatentSpace, draws: Draws, batch: int) -> Callable[[torch.Generator], Tensor]:
    """Return the loss of the body network for drawn windows of pairs: along the true way, if that comes first."""
    scheduler = make_scheduler()
    weights, heavy = torch.ones(NUMBERS), heavier(scheduler)
    weights[:PLACES], weights[PLACES:PATH] = WEIGHTS["places"], WEIGHTS["path"]
    imposed = model.way is not None

    def loss(generator: torch.Generator) -> Tensor:
        pairs = draws.windows.draw(batch, space, draws.rng)
        given, x = given_of(pairs, draws.rng, generator), pairs.x[:, 1]
        noisy, levels, free = _noisy(scheduler, x, given.known, given.there, generator)
        if imposed:
            wrong = WRONG * torch.randn(len(x), 1, PATH, generator=generator)
            noisy = torch.cat([x[..., :PATH] + wrong, noisy[..., PATH:]], dim=-1)
        guess = model.body(noisy, levels, given)
        if imposed:
            guess = torch.cat([x[..., :PATH], guess[..., PATH:]], dim=-1)
        squares = ((guess - x).square() * weights).mean(dim=-1) * free * heavy[levels][:, None]
        total: Tensor = squares.sum() / free.sum()
        fine = (levels <= NOISIEST).nonzero()[:LOOKED_AT, 0]
        if not len(fine):
            return total
        both = torch.stack([pairs.x[fine, 0], guess[fine]], dim=1)
        made, _ = space.joints(both, pairs.bones[fine], pairs.legs[fine])
        made = torch.stack([pairs.joints[fine, 0], made[:, 1]], dim=1)
        frames = pairs.there[fine].repeat_interleave(PATCH, dim=1).float()
        parts = geometric_losses(made, pairs.joints[fine], pairs.stands[fine], frames)
        near = interaction_loss(
            made[:, 1, ::PATCH], pairs.joints[fine, 1, ::PATCH], made[:, 0, ::PATCH], frames[:, ::PATCH]
        )
        share = (levels <= NOISIEST).float().mean()
        steady = trembling(made[:, 1:], pairs.joints[fine, 1:], frames)
        total = total + share * (torch.stack(list(parts.values())).sum() + WEIGHT * near + steady)
        return total

    return loss


def _noisy(
    scheduler: Any, x: Tensor, known: Tensor, there: Tensor, generator: torch.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Return tokens with noise but where they are known, the levels (B,), and what there is to learn (B, T)."""
    levels = torch.randint(LEVELS, (len(x),), generator=generator)
    noise = torch.randn(x.shape, generator=generator)
    noisy = torch.where(known[..., None], x, noised(scheduler, x, noise, levels)) * there[..., None]
    return noisy, levels, (there & ~known).float()


def _walking(both: Tensor, ids: Tensor, rng: np.random.Generator) -> Given:
    """Return what is known of ways: both up to a moment, or all of the first."""
    count, tokens = both.shape[0], both.shape[2]
    at = torch.arange(tokens)
    now = torch.from_numpy(rng.integers(*NOW, count))[:, None]
    blind = torch.from_numpy(rng.random(count) < UNSEEN)[:, None]
    there = torch.ones(count, tokens, dtype=torch.bool)
    told = ids * torch.from_numpy(rng.random(count) >= UNTOLD)[:, None, None]
    return Given(
        actor=both[:, 0], seen=there & ~(blind & (at >= now)), bodied=torch.zeros(count, dtype=torch.bool),
        known=at < now, there=there, told=told, roles=torch.full((count,), ANSWERS),
    )  # fmt: skip


def _joined(first: Given, second: Given) -> Given:
    return Given(**{
        name: torch.cat([getattr(first, name), getattr(second, name)]) for name in Given.__dataclass_fields__
    })  # fmt: skip
