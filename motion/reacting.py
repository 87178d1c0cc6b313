"""MoReact live: where people go, and how they move, who react to somebody else or to a robot, from what has happened.

A window of three seconds of which the first is known, of the actor as well; its future is not. Trajectory and body are
made by a few steps each, for all who react at once, every 0.1 s. What is learned of making way does not keep clear of
everything (recorded ways are some decimetres wrong), so at every step of the sampler a trajectory that would come too
near to where the actor goes straight on is moved aside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from motion.clip import FloatArray
from motion.codec import PATCH
from motion.features import FPS
from motion.local import SWAY, smooth
from motion.moreact import Given
from motion.pair_space import PATH
from motion.pair_training import ANSWERS, TOKENS
from motion.pair_weights import PAIRS, load_reaction
from motion.reaction_training import LEG, tokens_of
from motion.text import encode_ids
from motion.threads import one_thread
from motion.vectors import wrap

PAST = 10  # tokens that are known
AHEAD = TOKENS - PAST
HOP = PATCH / FPS  # s
STEPS = 3  # of the sampler
CLEAR = 0.8  # m, between the middles of who reacts and of the actor, at least
SIDE = 0.15  # m: who would pass that near to the middle goes to the right, as most people do on foot
# What is said of who reacts, by what the actor does.
TEXTS: Mapping[str, str] = {
    "approach": "A person steps aside to let somebody pass.",
    "cut_in": "A person slows down and lets somebody pass.",
    "blocked": "A person steps aside to the left.",
    "offered": "A person walks up.",
}


class Reactor:
    """The weights of MoReact, ready to be asked every 0.1 s."""

    def __init__(self, weights: Path = PAIRS["moreact"], steps: int = STEPS) -> None:
        """Load the weights.

        Raises:
            FileNotFoundError, ValueError: there are none, or they are another model's.
        """
        self._model, self._space, _ = load_reaction(weights)
        if self._model.way is None:
            raise ValueError(f"{weights}: expected weights with a trajectory network, got some without; name others")
        self._steps = steps

    def ways(
        self, texts: Sequence[str], people: FloatArray, actors: FloatArray, rngs: Sequence[np.random.Generator]
    ) -> FloatArray:
        """Return where N people will be and face (N, AHEAD, 3: x, y, yaw), every 0.1 s from 0.1 s on.

        Args:
            texts: what each does, as in TEXTS. people, actors: (N, PAST + 1, 3) where they and who they react to were
                and faced in the last second and are now. rngs: each person's noise.

        Raises:
            ValueError: shapes that do not fit.
        """
        given, past, origins = self._given(texts, people, actors)
        coming = actors[:, -1:, :2] + np.arange(1, AHEAD + 1)[:, None] * (actors[:, -1:, :2] - actors[:, -2:-1, :2])
        c, s = np.cos(origins[:, 2, None]), np.sin(origins[:, 2, None])
        away = (coming - origins[:, None, :2]) / LEG
        ahead, aside = away[..., 0], away[..., 1]
        seen = torch.from_numpy(np.stack([c * ahead + s * aside, c * aside - s * ahead], axis=-1)).float()

        def guide(clean: Tensor) -> Tensor:
            places = clean[:, :, :2] * self._space.deviation[:2] + self._space.mean[:2]
            shift = make_way(places[:, PAST - 1 :], seen, CLEAR / LEG, SIDE / LEG)
            told = clean * self._space.deviation[:PATH] + self._space.mean[:PATH]
            speeds, (c, s) = torch.diff(shift, dim=1, prepend=shift[:, :1]) / HOP, told[:, PAST:, 2:4].unbind(dim=2)
            told[:, PAST:, :2] += shift
            told[:, PAST:, 4] += c * speeds[..., 0] + s * speeds[..., 1]
            told[:, PAST:, 5] += c * speeds[..., 1] - s * speeds[..., 0]
            return (told - self._space.mean[:PATH]) / self._space.deviation[:PATH]

        with one_thread():
            made = self._model.draw_ways(given, past, rngs, self._steps, guide)
        paths = self._space.courses(made)[:, PATCH * PAST :]
        return _into_world(paths[:, PATCH - 1 :: PATCH], origins, people[:, -1])

    def bodies(
        self, texts: Sequence[str], people: FloatArray, actors: FloatArray, ways: FloatArray, latents: Tensor,
        rngs: Sequence[np.random.Generator],
    ) -> Tensor:  # fmt: skip
        """Return latents (N, AHEAD, LATENT) of the codec, of people who go along ways.

        Args:
            ways: (N, AHEAD, 3) as `ways` returns. latents: (N, PAST, LATENT) of what they did. Others: see `ways`.
        """
        given, past, _ = self._given(texts, people, actors)
        whole, _ = self._tokens(people, actors, ways)
        scaled = (latents - self._space.mean[PATH:]) / self._space.deviation[PATH:]
        past = past.clone()
        past[:, :PAST, PATH:] = scaled
        with one_thread():
            made = self._model.draw_bodies(given, whole[:, 1, :, :PATH], past, rngs, self._steps)
        return made[:, PAST:, PATH:] * self._space.deviation[PATH:] + self._space.mean[PATH:]

    def _given(self, texts: Sequence[str], people: FloatArray, actors: FloatArray) -> tuple[Given, Tensor, FloatArray]:
        """Return what is known, tokens (N, TOKENS, NUMBERS) of who reacts, and from where they are seen (N, 3)."""
        for name, values in (("people", people), ("actors", actors)):
            if values.shape != (len(texts), PAST + 1, 3):
                raise ValueError(f"{name}: expected ({len(texts)}, {PAST + 1}, 3), got {values.shape}")
        both, origins = self._tokens(people, actors, None)
        count = len(texts)
        known = (torch.arange(TOKENS) < PAST).expand(count, -1)
        given = Given(
            actor=both[:, 0], seen=known, bodied=torch.zeros(count, dtype=torch.bool), known=known,
            there=torch.ones(count, TOKENS, dtype=torch.bool), told=encode_ids(list(texts)),
            roles=torch.full((count,), ANSWERS),
        )  # fmt: skip
        return given, both[:, 1], origins

    def _tokens(self, people: FloatArray, actors: FloatArray, ways: FloatArray | None) -> tuple[Tensor, FloatArray]:
        """Return tokens (N, 2, TOKENS, NUMBERS) of actors and people, and from where they are seen (N, 3)."""
        paths = np.empty((len(people), 2, PATCH * TOKENS, 3))
        clock = np.arange(PATCH * TOKENS) / PATCH
        for row, (person, actor) in enumerate(zip(people, actors, strict=True)):
            for column, known in enumerate((actor, person)):
                more = None if ways is None or column == 0 else ways[row]
                every = known if more is None else np.concatenate([known, more])
                every = np.column_stack([every[:, :2], np.unwrap(every[:, 2])])
                rows = np.arange(len(every))
                finer = np.column_stack([np.interp(clock, rows, values) for values in every.T])
                paths[row, column] = smooth(finer, SWAY * FPS / 3.0)
        return tokens_of(paths, self._space), paths[:, 0, 0].copy()


def make_way(places: Tensor, actors: Tensor, clear: float, side: float) -> Tensor:
    """Return by how much (N, K, 2) people are to be moved so that they keep clear of actors.

    Where they would come nearest they are moved at right angles to how they pass each other, on the side on which they
    are; from now until then ever more, and so far on.

    Args:
        places: (N, K + 1, 2) where people are and will be. actors: (N, K, 2) where actors will be.
        clear: how far apart at least. side: who is nearer than that to the line of passing goes to the right.
    """
    ahead = places[:, 1:]
    gaps = ahead - actors
    at = gaps.norm(dim=2).argmin(dim=1)
    rows = torch.arange(len(places))
    before = (at - 1).clamp(min=0)
    way = (ahead[rows, at] - places[rows, at]) - (actors[rows, at] - actors[rows, before])
    size = way.norm(dim=1, keepdim=True)
    own = places[:, -1] - places[:, 0]
    way = torch.where(size > 1e-3, way / size.clamp(min=1e-6), own / own.norm(dim=1, keepdim=True).clamp(min=1e-6))
    left = torch.stack([-way[:, 1], way[:, 0]], dim=1)
    offset = (gaps[rows, at] * left).sum(dim=1)
    wanted = torch.where(offset > side, clear, -clear)
    need = torch.where(offset.abs() < clear, wanted - offset, torch.zeros_like(offset))
    need = torch.where(gaps[rows, at].norm(dim=1) < clear, need, torch.zeros_like(need))
    share = (torch.arange(1, ahead.shape[1] + 1) / (at[:, None] + 1.0)).clamp(max=1.0)
    result: Tensor = (need[:, None] * share * share * (3.0 - 2.0 * share))[..., None] * left[:, None]
    return result


def _into_world(paths: FloatArray, origins: FloatArray, now: FloatArray) -> FloatArray:
    """Return courses (N, K, 3: x, y, yaw; leg lengths) seen from origins as such in the world that go on from now."""
    c, s = np.cos(origins[:, 2, None]), np.sin(origins[:, 2, None])
    x = origins[:, 0, None] + LEG * (c * paths[..., 0] - s * paths[..., 1])
    y = origins[:, 1, None] + LEG * (s * paths[..., 0] + c * paths[..., 1])
    yaw = paths[..., 2] + origins[:, 2, None]
    made: FloatArray = np.stack([x, y, now[:, 2, None] + wrap(yaw - now[:, 2, None])], axis=-1)
    # the first step is one from where they are: what is off at the beginning fades in half a second
    step = made[:, 1] - made[:, 0] if made.shape[1] > 1 else np.zeros_like(now)
    off = now - (made[:, 0] - step)
    off[:, 2] = wrap(off[:, 2])
    fade = np.exp(-HOP * np.arange(1, made.shape[1] + 1) / 0.25)
    return np.asarray(made + off[:, None] * fade[None, :, None])
