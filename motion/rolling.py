"""Motion without end by one evaluation of the network for every 0.1 s: a window whose noise grows into the future.

Rolling Diffusion (Ruhe et al., ICML 2024, arXiv 2402.09470): of the tokens ahead the nearest has least noise, the last
is nothing but noise. One evaluation takes each a level down; the nearest becomes clean and leaves, a new one of noise
enters. So there are no windows to be sewn together, what comes is known for two seconds, and a changed path or text
changes what is still noisy. Steps are DDIM's (Song et al., ICLR 2021, arXiv 2010.02502) with x0 prediction, eta 0.

What a network says is clean is a mean, and means of means shrink: feet hardly leave the floor. As errors of such chains
are met by scaling what is predicted (Ning et al., ICLR 2024, arXiv 2308.15321), it is enlarged where somebody moves
(GAIN), and noise is a little less than it was while learning (SPREAD); both are chosen on validation clips.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import torch
from scipy.special import expit
from torch import Tensor

from motion.clip import FloatArray
from motion.codec import AHEAD as NEAR
from motion.codec import LATENT, PATCH
from motion.denoiser import AHEAD, MEMORY, PAST, RAMP, SETTLING, WINDOW, Denoiser, signal
from motion.local import STANDS, STEPS, steps_of

BEGINNING = 10  # evaluations that make the first window
GAIN, BRISK = 0.10, 0.6  # by how much what is predicted is enlarged, in full from so many leg lengths a second
SPREAD = 0.7  # of noise
GIVEN = 0.75  # share of what somebody else made in what is taken; by all of it bodies lean ever more, 64 deg in 2.5 s


class Rolling:
    """The windows of people who come and go, each with noise of its own generator."""

    def __init__(self, network: Denoiser) -> None:
        self._network = network
        self._rngs: dict[int, np.random.Generator] = {}
        self._tokens: dict[int, Tensor] = {}  # (WINDOW, LATENT)
        self._noise: dict[int, Tensor] = {}  # the last of it (MEMORY or more, LATENT)
        self._made: dict[int, int] = {}  # tokens so far

    def begin(
        self, people: Sequence[int], rngs: Sequence[np.random.Generator], steps: Tensor, told: Tensor, there: Tensor,
        way: Tensor,
    ) -> None:  # fmt: skip
        """Make the first windows of people who come (N), from noise to where `advance` takes them on.

        Args:
            rngs: each person's noise. Others: see `advance`.
        """
        for person, rng in zip(people, rngs, strict=True):
            self._rngs[person], self._made[person] = rng, 0
            self._noise[person] = self._network.noise_of(_drawn(rng, SETTLING + AHEAD))[0]
            self._tokens[person] = torch.cat([torch.zeros(PAST, LATENT), self._noise[person]])
        fronts = np.linspace(PAST - AHEAD, PAST, BEGINNING + 1)
        for front, after in pairwise(fronts.tolist()):
            self._denoise(people, _levels(front), _levels(after), steps, told, there, way)

    def past(self, person: int) -> Tensor:
        """Return the latents (PAST, LATENT) made last; of who has just come the first ones are those of nobody."""
        return self._network.plain(self._tokens[person][:PAST])

    def advance(
        self, people: Sequence[int], steps: Tensor, told: Tensor, there: Tensor, way: Tensor,
        given: Mapping[int, Tensor] | None = None,
    ) -> tuple[Tensor, Tensor]:  # fmt: skip
        """Go on by 0.1 s and return what `frames_of` decodes, of people who have begun.

        Latents (N, 2 * NEAR + 1, LATENT): the middle one is made, those before it have been, those after it are what
        seems to come; and their steps (N, PATCH * (2 * NEAR + 1), STEPS).

        Args:
            steps: (N, PATCH * WINDOW, STEPS) of the path: PAST tokens before now, AHEAD from now on. told: (N, 1 or
                WINDOW, width) of `Denoiser.read`. there: (N, AHEAD) bool, tokens that will exist. way: (N, WINDOW)
                bool, those whose steps are known. given: by row latents (K, LATENT) from now on that somebody else
                made: by GIVEN of it the first one is taken, and the others seem to come.

        Raises:
            KeyError: somebody has not begun.
        """
        made = torch.tensor([self._made[person] for person in people])
        tokens, guess = self._denoise(people, _levels(PAST), _levels(PAST + 1), steps, told, there, way)
        for row, latents in (given or {}).items():
            own = guess[row, PAST : PAST + len(latents)]
            clean = own + GIVEN * (self._network.white(latents)[:AHEAD] - own)
            tokens[row, PAST], guess[row, PAST : PAST + len(clean)] = clean[0], clean
        known = torch.stack([self._noise[person][-MEMORY:] for person in people])
        noise = self._network.noise_of(torch.cat([_drawn(self._rngs[person], 1) for person in people]), known)
        for person, window, new in zip(people, tokens, noise, strict=True):
            self._tokens[person] = torch.cat([window[1:], new])
            self._noise[person] = torch.cat([self._noise[person][1 - MEMORY :], new])
            self._made[person] += 1
        both, near = torch.cat([tokens[:, : PAST + 1], guess[:, PAST + 1 :]], dim=1), near_of(made, there)
        frames = (PATCH * near[..., None] + torch.arange(PATCH)).flatten(1)
        latents = self._network.plain(both.gather(1, near[..., None].expand(-1, -1, LATENT)))
        return latents, steps.gather(1, frames[..., None].expand(-1, -1, STEPS))

    def leave(self, person: int) -> None:
        """Forget somebody."""
        for known in (self._rngs, self._tokens, self._noise, self._made):
            known.pop(person, None)

    @torch.no_grad()
    def _denoise(
        self, people: Sequence[int], level: Tensor, after: Tensor, steps: Tensor, told: Tensor, there: Tensor,
        way: Tensor,
    ) -> tuple[Tensor, Tensor]:  # fmt: skip
        """Take the windows from one level to another, and return them and what they seem to become."""
        x = torch.stack([self._tokens[person] for person in people])
        made = torch.tensor([self._made[person] for person in people])
        present = torch.cat([torch.arange(PAST, 0, -1) <= made[:, None], there], dim=1)
        pace = steps[..., :2].norm(dim=2).view(len(x), WINDOW, PATCH).mean(dim=2, keepdim=True)
        gain = 1.0 + GAIN * (pace / BRISK).clamp(max=1.0)
        guess = gain * self._network(x, level.expand(len(x), -1), steps, told, present, way & present)
        share, later = signal(level)[:, None], signal(after)[:, None]
        rest = (x - share.sqrt() * guess) / (1.0 - share).sqrt()
        moved = torch.where((after == 0.0)[:, None], guess, later.sqrt() * guess + (1.0 - later).sqrt() * rest)
        x = torch.where((level > 0.0)[:, None], moved, x)
        for person, window in zip(people, x, strict=True):
            self._tokens[person] = window
        return x, guess


@torch.no_grad()
def draw_local(
    network: Denoiser,
    paths: Sequence[FloatArray],
    legs: Sequence[float],
    ids: Tensor,
    rngs: Sequence[np.random.Generator],
) -> list[FloatArray]:
    """Return local motions (T, LOCAL), one for each path (T, 3) at 30 fps, as `Rolling` makes them from nothing.

    Args:
        legs: metres, of each person. ids: (N, L, K) of a text each, or (N, S, L, K) of a text for each 0.1 s.
        rngs: each person's noise.
    """
    counts = [-(-len(path) // PATCH) for path in paths]
    longest = max(counts)
    steps = torch.zeros(len(paths), PATCH * (PAST + longest + AHEAD), STEPS)
    exist = torch.zeros(len(paths), PAST + longest + AHEAD, dtype=torch.bool)
    for row, (path, leg, count) in enumerate(zip(paths, legs, counts, strict=True)):
        known = torch.from_numpy(steps_of(path, leg)).float()
        steps[row, PATCH * PAST : PATCH * (PAST + count)] = known[torch.arange(PATCH * count).clamp(max=len(path) - 1)]
        exist[row, PAST : PAST + count] = True
    if ids.ndim == 3:
        texts = network.read(ids)[:, None].expand(-1, longest + AHEAD, -1)
    else:
        texts = network.read(ids.flatten(0, 1)).view(*ids.shape[:2], -1)
        texts = torch.cat([texts, texts[:, -1:].expand(-1, max(0, longest + AHEAD - texts.shape[1]), -1)], dim=1)
    texts = torch.cat([texts[:, :1].expand(-1, PAST, -1), texts], dim=1)
    rolling, people = Rolling(network), range(len(paths))
    made = []
    for now in range(longest):
        window = slice(now, now + WINDOW)
        there = exist[:, now + PAST : now + WINDOW].clone()
        there[:, 0] = True  # of those who are done already, whatever comes is cut off
        given = (steps[:, PATCH * now : PATCH * (now + WINDOW)], texts[:, window], there, exist[:, window])
        if now == 0:
            rolling.begin(people, rngs, *given)
        made.append(rolling.advance(people, *given)[0][:, NEAR])
    latents, result = torch.stack(made, dim=1), []
    for row, (path, count) in enumerate(zip(paths, counts, strict=True)):
        own = steps[row : row + 1, PATCH * PAST : PATCH * (PAST + count)]
        result.append(network.codec.decode(latents[row : row + 1, :count], own)[0, : len(path)].double().numpy())
    return [_standing(local) for local in result]


def near_of(made: Tensor, there: Tensor) -> Tensor:
    """Return the tokens of a window (N, 2 * NEAR + 1) about now, at the ends of what there is the last one again.

    made: (N,) tokens before now. there: (N, AHEAD) bool.
    """
    first, last = PAST - made.clamp(max=PAST), PAST - 1 + there.long().cumprod(dim=1).sum(dim=1).clamp(min=1)
    near = torch.arange(PAST - NEAR, PAST + NEAR + 1).expand(len(made), -1)
    return torch.minimum(torch.maximum(near, first[:, None]), last[:, None])


@torch.no_grad()
def frames_of(network: Denoiser, near: Tensor, steps: Tensor) -> FloatArray:
    """Return the local motion (N, PATCH, LOCAL) of what was made, by what `Rolling.advance` returns."""
    return _standing(network.codec.decode(near, steps, ends=False).double().numpy())


def _standing(local: FloatArray) -> FloatArray:
    """Return local motion with probabilities that feet stand instead of their logits."""
    return np.concatenate([local[..., : STANDS.start], expit(local[..., STANDS])], axis=-1)


def _levels(front: float) -> Tensor:
    """Return the noise levels (WINDOW,) when what lies before `front` is clean."""
    return ((torch.arange(WINDOW) + 1.0 - front) / AHEAD).clamp(0.0, 1.0) ** RAMP


def _drawn(rng: np.random.Generator, count: int) -> Tensor:
    return SPREAD * torch.from_numpy(rng.standard_normal((1, count, LATENT)).astype(np.float32))
