"""Motion as latents, a few numbers each 0.1 s, and back: what the single-person network draws, and what it looks like.

An autoencoder of convolutions over time, as the first stage of latent motion diffusion (MLD: Chen et al., CVPR 2023,
arXiv 2212.04048), along a path. While it learns, latents are noisy: so what is decoded from latents that are a little
wrong is motion that is a little different, not motion that shakes.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from motion.local import LOCAL, STANDS, STEPS

PATCH = 3  # frames a token: 0.1 s
TOKEN = PATCH * LOCAL
LATENT = 64  # numbers a token
BEHIND, AHEAD = 1, 4  # tokens to each side that a latent, and a decoded token, knows of
WIDTH = 512
FOLLOW = 0.02  # share of a batch in the running mean and variance of latents


class Codec(nn.Module):
    """Encodes tokens of frames, z-scored, into latents (B, T, LATENT), each with mean 0 and deviation 1, and decodes.

    Buffers hold mean and deviation (LOCAL,) of frames, the deviation (STEPS,) of the steps of paths, and the mean and
    variance (LATENT,) of latents before they are scaled.
    """

    middling: Tensor
    spread: Tensor
    mean: Tensor
    deviation: Tensor
    pace: Tensor

    def __init__(self) -> None:
        super().__init__()
        told = PATCH * STEPS
        self.inward = nn.Conv1d(TOKEN + told, WIDTH, 2 * BEHIND + 1)
        self.narrow = nn.Conv1d(WIDTH, LATENT, 1)
        self.widen = nn.Conv1d(LATENT + told, WIDTH, 2 * AHEAD + 1)
        self.middle = nn.Conv1d(WIDTH, WIDTH, 1)
        self.outward = nn.Conv1d(WIDTH, TOKEN, 1)
        self.register_buffer("middling", torch.zeros(LATENT))
        self.register_buffer("spread", torch.ones(LATENT))
        self.register_buffer("mean", torch.zeros(LOCAL))
        self.register_buffer("deviation", torch.ones(LOCAL))
        self.register_buffer("pace", torch.ones(STEPS))

    def encode(self, frames: Tensor, steps: Tensor) -> Tensor:
        """Return latents (B, T, LATENT) of local motion (B, PATCH * T, LOCAL) along steps (B, PATCH * T, STEPS)."""
        tokens = ((frames - self.mean) / self.deviation).reshape(len(frames), -1, TOKEN)
        x = _padded(torch.cat([tokens, self.told(steps)], dim=2), BEHIND)
        x = self.narrow(functional.gelu(self.inward(x))).float()
        x = functional.batch_norm(x, self.middling, self.spread, training=self.training, momentum=FOLLOW)
        return x.transpose(1, 2)

    def decode(self, latents: Tensor, steps: Tensor, *, ends: bool = True) -> Tensor:
        """Return local motion (B, PATCH * T, LOCAL) of latents (B, T, LATENT) along steps (B, PATCH * T, STEPS).

        Of feet the logits are returned that they stand.

        ends: False: without the AHEAD tokens at each end, which do not have all their neighbours.
        """
        x = _padded(torch.cat([latents, self.told(steps)], dim=2), AHEAD if ends else 0)
        x = functional.gelu(self.widen(x))
        x = x + functional.gelu(self.middle(x))
        frames = self.outward(x).transpose(1, 2).reshape(len(latents), -1, LOCAL).float()
        moves = frames * self.deviation + self.mean
        return torch.cat([moves[..., : STANDS.start], frames[..., STANDS]], dim=2)

    def told(self, steps: Tensor) -> Tensor:
        """Return steps (B, PATCH * T, STEPS) over their deviation, by token (B, T, PATCH * STEPS)."""
        return (steps / self.pace).reshape(len(steps), -1, PATCH * STEPS)


def _padded(x: Tensor, count: int) -> Tensor:
    """Return (B, C, T + 2 * count) of (B, T, C): the ends go on as they are."""
    return functional.pad(x.transpose(1, 2), (count, count), mode="replicate")
