"""How the two-person networks learn from windows of pairs: latents of both about paths in one frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from motion.clip import ROLES
from motion.codec import PATCH, Codec
from motion.diffusion import LEVELS, make_scheduler, noised
from motion.in2in import In2IN
from motion.local import STANDS, steps_of
from motion.pair_losses import NOISIEST, geometric_losses, trembling
from motion.pair_space import PATH, PLACES, FeatureSpace, LatentSpace, path_tokens
from motion.pairs import PairSample, mirror_pair
from motion.retarget import leg_of
from motion.text import encode_ids, forget
from motion.timotion import TIMotion
from motion.training import bones_of

TOKENS = 30  # of a window: 3 s
CAPTURED = 0.5  # share of windows that were recorded as pairs
EXCHANGED = 0.5  # share in which the people are exchanged
DROPPED = {"all": 0.1, "both": 0.1, "each": 0.1}  # shares of texts that are not told
HEAVIEST = 30.0
LOOKED_AT = 6  # windows of a batch, of those with little noise, whose geometry is looked at: decoding takes long
FORGOTTEN = 0.05  # share of words that are unknown
LEAST = {"places": 0.3, "path": 0.1}  # deviation of tokens at least
WEIGHTS = {"places": 4.0, "path": 2.0, "latents": 1.0}  # of tokens, in the plain loss

BEGINS, ANSWERS, ALIKE = range(3)


def role_of(name: str) -> int:
    """Return the number of a role of `motion.clip.ROLES`: who begins, who answers, or alike."""
    if ROLES.get(name) == name:
        return ALIKE
    return BEGINS if name in ROLES else ANSWERS


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairBatch:
    """Windows (B) of T tokens.

    Attributes:
        x: (B, 2, T, NUMBERS), scaled. joints: (B, 2, F, 22, 3) metres, where the window has them. stands: (B, 2, F, 4).
        bones: (B, 2, 22, 3) leg lengths. legs: (B, 2) metres; zeros where the space has no need of them.
        texts: (B, 3, L, IDS) of both, the first, the second, or tokens (B, 3, L, 768) of CLIP.
        roles: (B, 2) int64. there: (B, T) bool.
    """

    x: Tensor
    joints: Tensor
    stands: Tensor
    bones: Tensor
    legs: Tensor
    texts: Tensor
    roles: Tensor
    there: Tensor


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Known:
    """What a sample gives: of each person latents at PATCH phases, and what is seen in the world."""

    latents: tuple[tuple[Tensor, ...], ...]
    paths: tuple[np.ndarray, np.ndarray]
    joints: tuple[np.ndarray, np.ndarray]
    stands: tuple[np.ndarray, np.ndarray]
    bones: Tensor
    legs: tuple[float, float]
    texts: tuple[Tensor, Tensor, Tensor]
    roles: tuple[int, int]


class PairWindows:
    """Draws windows of pairs, with both exchanged now and then."""

    def __init__(
        self, samples: Sequence[PairSample], codec: Codec, seed: int, *, mirror: bool = True, tokens: int = TOKENS
    ) -> None:
        """Prepare.

        Raises:
            ValueError: there are no samples.
        """
        if not samples:
            raise ValueError("samples: expected pairs to learn from, got none; give a folder with recordings")
        every = [one for sample in samples for one in ((sample, mirror_pair(sample)) if mirror else (sample,))]
        self._known = [_known_of(sample, codec) for sample in every]
        self._lengths = np.array([len(known.paths[0]) for known in self._known])
        captured = np.array([sample.by == "captured" for sample in every])
        chances = np.where(captured, self._lengths, 90.0)
        for kind, share in ((captured, CAPTURED), (~captured, 1.0 - CAPTURED)):
            if kind.any():
                chances[kind] *= share / chances[kind].sum()
        self._chances = np.cumsum(chances / chances.sum())
        self.tokens = tokens
        self.rng = np.random.default_rng([seed, 1])

    def scale(self, space: LatentSpace, count: int = 2000) -> None:
        """Give a space the mean and deviation of the tokens of drawn windows."""
        batch = self.draw(count, LatentSpace(space.codec, self.tokens), np.random.default_rng(0))
        tokens = batch.x[batch.there[:, None].expand(-1, 2, -1)]
        least = torch.zeros(space.numbers)
        least[:PLACES], least[PLACES:PATH] = LEAST["places"], LEAST["path"]
        space.mean.copy_(tokens.mean(dim=0))
        space.deviation.copy_(torch.maximum(tokens.std(dim=0), least + 1e-3))
        # one number for what is one thing in two directions
        for both in (slice(0, 2), slice(2, 4), slice(4, 6)):
            space.mean[both] = 0.0
            space.deviation[both] = space.deviation[both].square().mean().sqrt()

    def whole(self, space: LatentSpace, count: int = 3000) -> Tensor:
        """Return tokens (B, 2, T, NUMBERS) of drawn windows that are whole: what `motion.wiener` is fitted to."""
        batch = self.draw(count, space, np.random.default_rng(1))
        return batch.x[batch.there.all(dim=1)]

    def draw(self, count: int, space: LatentSpace, rng: np.random.Generator | None = None) -> PairBatch:
        """Return `count` windows."""
        rng = self.rng if rng is None else rng
        which = np.searchsorted(self._chances, rng.random(count), side="right").clip(max=len(self._known) - 1)
        rows = [self.window(int(one), *self._place(int(one), rng), space, rng) for one in which]
        return PairBatch(**{
            name: torch.stack([getattr(row, name) for row in rows]) for name in PairBatch.__dataclass_fields__
        })  # fmt: skip

    def _place(self, which: int, rng: np.random.Generator) -> tuple[int, bool]:
        latest = max(self._lengths[which] - PATCH * self.tokens, 0)
        return int(rng.integers(latest + 1)), bool(rng.random() < EXCHANGED)

    def window(
        self, which: int, first: int, exchanged: bool, space: LatentSpace, rng: np.random.Generator
    ) -> PairBatch:
        """Return one window (without B) of a sample from a frame on."""
        known, length = self._known[which], PATCH * self.tokens
        order = (1, 0) if exchanged else (0, 1)
        frames = np.minimum(np.arange(first, first + length), self._lengths[which] - 1)
        there = torch.arange(self.tokens) < int(self._lengths[which] - first) // PATCH
        unit = float(np.mean(known.legs))
        origin = known.paths[order[0]][first]
        c, s = np.cos(-origin[2]), np.sin(-origin[2])
        turn = np.array([[c, -s], [s, c]])
        paths = np.stack([known.paths[one][frames] for one in order])
        paths[..., :2] = (paths[..., :2] - origin[:2]) @ turn.T / unit
        paths[..., 2] -= origin[2]
        joints = np.stack([known.joints[one][frames] for one in order]).astype(np.float64)
        joints[..., :2] = (joints[..., :2] - origin[:2]) @ turn.T
        latents, token = [], first // PATCH
        for one in order:
            part = known.latents[one][first % PATCH]
            latents.append(part[torch.arange(token, token + self.tokens).clamp(max=len(part) - 1)])
        x = torch.cat([path_tokens(torch.from_numpy(paths).float()[None])[0], torch.stack(latents)], dim=-1)
        texts = [known.texts[one] for one in (0, *(1 + one for one in order))]
        told = torch.stack([part[int(rng.integers(len(part)))] for part in texts])
        return PairBatch(
            x=(x - space.mean) / space.deviation * there[None, :, None],
            joints=torch.from_numpy(joints).float(),
            stands=torch.from_numpy(np.stack([known.stands[one][frames] for one in order])).float(),
            bones=known.bones[list(order)], legs=torch.tensor([known.legs[one] for one in order]).float(), texts=told,
            roles=torch.tensor([known.roles[one] for one in order]), there=there,
        )  # fmt: skip


@torch.no_grad()
def _known_of(sample: PairSample, codec: Codec) -> _Known:
    latents, legs = [], []
    for person in sample.people:
        leg = leg_of(person.figure)
        local = torch.from_numpy(person.local).float()
        steps = torch.from_numpy(steps_of(person.path, leg)).float()
        own = []
        for phase in range(PATCH):
            rows = torch.arange(phase, phase + PATCH * -(-(len(local) - phase) // PATCH)).clamp(max=len(local) - 1)
            own.append(codec.encode(local[rows][None], steps[rows][None])[0].float())
        latents.append(tuple(own))
        legs.append(leg)
    first, second = sample.people
    return _Known(
        latents=tuple(latents), paths=(first.path, second.path),
        joints=(first.clip.positions.astype(np.float32), second.clip.positions.astype(np.float32)),
        stands=(first.local[:, STANDS].astype(np.float32), second.local[:, STANDS].astype(np.float32)),
        bones=torch.stack([torch.from_numpy(bones_of(one.figure)).float() for one in sample.people]),
        legs=(legs[0], legs[1]),
        texts=(encode_ids(list(sample.texts)), encode_ids(list(sample.own[0])), encode_ids(list(sample.own[1]))),
        roles=(role_of(sample.roles[0]), role_of(sample.roles[1])),
    )  # fmt: skip


def untold(texts: Tensor, generator: torch.Generator, individual: bool = True) -> Tensor:
    """Return texts (B, 3, L, ...) of which some are left out: all, that of both, or those of each."""
    drawn = torch.rand(len(texts), generator=generator)
    limits = torch.tensor(list(DROPPED.values())).cumsum(dim=0)
    kept = torch.ones(len(texts), 3, dtype=texts.dtype)
    kept[drawn < limits[0]] = 0
    kept[(drawn >= limits[0]) & (drawn < limits[1]), 0] = 0
    kept[(drawn >= limits[1]) & (drawn < limits[2]), 1:] = 0
    if not individual:
        kept[:, 1:] = 0
    return texts * kept.view(len(texts), 3, *[1] * (texts.ndim - 2)).to(texts.device)


def pair_loss(
    network: In2IN | TIMotion, space: LatentSpace | FeatureSpace, *, individual: bool = True
) -> Callable[[PairBatch, torch.Generator], Tensor]:
    """Return the loss of In2IN or TIMotion for a batch: what is clean, and geometry where there is little noise.

    Noise and levels are drawn on the processor, wherever the network and the batch are.

    The prior of DualMDM, where nobody sees the other, has the plain loss alone, as in the paper.

    individual: whether texts of each person are told.
    """
    scheduler = make_scheduler()
    latent, heavy = isinstance(space, LatentSpace), heavier(scheduler)
    weights = torch.ones(space.numbers)
    if latent:
        weights[:PLACES], weights[PLACES:PATH] = WEIGHTS["places"], WEIGHTS["path"]
    alone = isinstance(network, In2IN) and network.config.alone

    def loss(batch: PairBatch, generator: torch.Generator) -> Tensor:
        there, device = batch.there, batch.x.device
        levels = torch.randint(LEVELS, (len(there),), generator=generator).to(device)
        texts = untold(batch.texts, generator, individual).flatten(0, 1)
        if not texts.is_floating_point():
            texts = forget(texts, FORGOTTEN, generator)
        told = network.reader(texts).view(len(there), 3, -1)
        noise = torch.randn(batch.x.shape, generator=generator).to(device)
        noisy = noised(scheduler, batch.x, noise, levels) * there[:, None, :, None]
        guess: Tensor = network(noisy, levels, told, batch.roles, there)
        plain = ((guess - batch.x).square() * weights.to(device)).mean(dim=-1)
        if latent:
            plain = plain * heavy[levels][:, None, None]
        total: Tensor = (plain * there[:, None]).sum() / (2 * there.sum())
        share = (levels <= NOISIEST).float().mean()
        fine = (levels <= NOISIEST).nonzero()[: LOOKED_AT if latent else None, 0]
        if alone or not len(fine):
            return total
        made, _ = space.joints(guess[fine], batch.bones[fine], batch.legs[fine])
        frames = there[fine].repeat_interleave(space.patch, dim=1).float()
        parts = geometric_losses(made, batch.joints[fine], batch.stands[fine], frames)
        total = total + torch.stack(list(parts.values())).sum() * share
        if latent:
            total = total + trembling(made, batch.joints[fine], frames) * share
        return total

    return loss


def heavier(scheduler: Any) -> Tensor:
    """Return the weights (LEVELS,) of noise levels: what has little noise weighs more, as what is fine is made there.

    That is the inverse of the share of noise, HEAVIEST at most (near min-SNR: Hang et al., ICCV 2023, 2303.09556).
    """
    result: Tensor = (1.0 / (1.0 - scheduler.alphas_cumprod)).clamp(max=HEAVIEST)
    return result
