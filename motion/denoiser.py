"""The network that makes latents of local motion of noise, each with a noise level of its own.

Latents (`motion.codec`, one for 0.1 s) are whitened, and noise is whitened latents of an autoregressive process as slow
as those of recordings are: so noise, and what the network leaves of it, looks in space and time like what bodies do.

A transformer over a window of latents as in MDM (Tevet et al., ICLR 2023, arXiv 2209.14916), which predicts what is
clean (why: Li and He, arXiv 2511.13720); a noise level for each as in Rolling Diffusion (Ruhe et al., ICML 2024, arXiv
2402.09470) and Diffusion Forcing (Chen et al., NeurIPS 2024, arXiv 2407.01392); adaptive layer norm by noise, text and
path as in in2IN. The path is given, as in the second stage of MoReact (arXiv 2509.23911), whose code is not public: so
we read it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from motion.codec import LATENT, PATCH, Codec
from motion.local import COLUMNS, OFFSET, STEPS
from motion.text import TextEncoder

PAST, AHEAD = 10, 20  # tokens of a window before and after now
WINDOW = PAST + AHEAD
MEMORY, SETTLING = 3, 20  # tokens of which noise goes on, and until it is as it will be
RAMP = 1.5  # power by which noise grows into the future: what is near has many levels with little of it
FREQUENCIES = 16
BOTTLENECK = 64  # numbers by which noise, text and path modulate the blocks


@dataclass(frozen=True, slots=True, kw_only=True)
class DenoiserConfig:
    """The size of the network: its width, blocks and heads, width of the text, and dropout while it learns."""

    width: int = 192
    blocks: int = 4
    heads: int = 4
    text: int = 128
    dropout: float = 0.1


class _Block(nn.Module):
    def __init__(self, config: DenoiserConfig) -> None:
        super().__init__()
        width = config.width
        self.heads, self.dropout = config.heads, config.dropout
        self.norms = nn.ModuleList(nn.LayerNorm(width, elementwise_affine=False) for _ in range(2))
        self.modulate = nn.Linear(BOTTLENECK, 4 * width)
        nn.init.zeros_(self.modulate.weight)
        nn.init.zeros_(self.modulate.bias)
        self.mix, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.inward, self.outward = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: Tensor, known: Tensor, mask: Tensor | None) -> Tensor:
        batch, length, width = x.shape
        scale, shift, scale2, shift2 = self.modulate(known).chunk(4, dim=2)
        y = self.mix(self.norms[0](x) * (1.0 + scale) + shift)
        query, key, value = y.view(batch, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        seen = functional.scaled_dot_product_attention(query, key, value, mask)
        drop = self.dropout if self.training else 0.0
        x = x + functional.dropout(self.out(seen.transpose(1, 2).reshape(batch, length, width)), drop)
        y = functional.gelu(self.inward(self.norms[1](x) * (1.0 + scale2) + shift2), approximate="tanh")
        return x + functional.dropout(self.outward(y), drop)


class Denoiser(nn.Module):
    """Predicts clean latents (B, WINDOW, LATENT) of noisy ones, all whitened.

    Buffers hold of latents the mean (LATENT,), and in rows their principal axes (LATENT, LATENT), as long as they are
    spread along them; of noise how it goes on from what came MEMORY to 1 tokens before (MEMORY, LATENT) and how much is
    new (LATENT,).
    """

    mean: Tensor
    axes: Tensor
    memory: Tensor
    fresh: Tensor

    def __init__(self, config: DenoiserConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.reader = TextEncoder(config.text)
        self.worded, self.wordless = nn.Linear(config.text, width), nn.Parameter(torch.zeros(width))
        self.noise = nn.Sequential(nn.Linear(2 * FREQUENCIES, width), nn.SiLU(), nn.Linear(width, width))
        self.way = nn.Sequential(nn.Linear(PATCH * STEPS + 1, width), nn.SiLU(), nn.Linear(width, width))
        self.inward, self.outward = nn.Linear(LATENT, width), nn.Linear(width, LATENT)
        self.places = nn.Parameter(0.02 * torch.randn(WINDOW, width))
        self.narrow = nn.Linear(width, BOTTLENECK)
        self.blocks = nn.ModuleList(_Block(config) for _ in range(config.blocks))
        self.norm = nn.LayerNorm(width)
        nn.init.zeros_(self.outward.weight)
        nn.init.zeros_(self.outward.bias)
        self.codec = Codec()
        self.register_buffer("mean", torch.zeros(LATENT))
        self.register_buffer("axes", torch.eye(LATENT))
        self.register_buffer("memory", torch.zeros(MEMORY, LATENT))
        self.register_buffer("fresh", torch.ones(LATENT))

    def train(self, mode: bool = True) -> Denoiser:
        """Learn or not; the codec has learned already."""
        super().train(mode)
        self.codec.eval()
        return self

    def read(self, ids: Tensor) -> Tensor:
        """Return what texts say (B, width), of their ids, see `motion.text.encode_ids`."""
        result: Tensor = self.worded(self.reader(ids)[2])
        return result

    def forward(self, noisy: Tensor, level: Tensor, steps: Tensor, told: Tensor, there: Tensor, way: Tensor) -> Tensor:
        """Return clean tokens (B, T, LATENT), all whitened.

        Args:
            noisy: (B, T, LATENT), T at most WINDOW. level: (B, T) of noise, 0 clean to 1 nothing but noise.
            steps: (B, PATCH * T, STEPS) of the path. told: (B, T or 1, width) of `read`, or `wordless`.
            there: (B, T) bool, tokens that exist. way: (B, T) bool, those whose steps are known.
        """
        length = noisy.shape[1]
        rates = torch.exp(torch.linspace(0.0, math.log(1000.0), FREQUENCIES, device=noisy.device))
        angles = level[..., None] * rates
        given = torch.cat([self.codec.told(steps) * way[..., None], way[..., None].float()], dim=2)
        known = self.noise(torch.cat([angles.sin(), angles.cos()], dim=2)) + self.way(given) + told
        x = self.inward(noisy) + known + self.places[:length]
        narrow = functional.silu(self.narrow(known))
        mask = None if bool(there.all()) else there[:, None, None, :]
        for block in self.blocks:
            x = block(x, narrow, mask)
        result: Tensor = self.outward(self.norm(x))
        return result

    def white(self, latents: Tensor) -> Tensor:
        """Return latents (B, T, LATENT) whitened."""
        with torch.autocast("cpu", enabled=False):
            return (latents - self.mean) @ (self.axes / self.axes.square().sum(dim=1, keepdim=True)).T

    def plain(self, tokens: Tensor) -> Tensor:
        """Return whitened latents as they were."""
        with torch.autocast("cpu", enabled=False):
            return tokens @ self.axes + self.mean

    def noise_of(self, drawn: Tensor, before: Tensor | None = None) -> Tensor:
        """Return noise (B, T, LATENT) of independent numbers (B, T, LATENT), after noise `before` (B, MEMORY, LATENT).

        Without it the first of them have no past, and of what is given back SETTLING fewer are there.
        """
        every = [drawn[:, 0]] * MEMORY if before is None else list(before.unbind(dim=1))
        for part in drawn.unbind(dim=1):
            every.append((torch.stack(every[-MEMORY:], dim=1) * self.memory).sum(dim=1) + self.fresh * part)
        return torch.stack(every[MEMORY + (SETTLING if before is None else 0) :], dim=1)


def signal(level: Tensor) -> Tensor:
    """Return the share of signal, alpha bar, at noise levels in [0, 1]: the cosine schedule (arXiv 2102.09672)."""
    return torch.cos((level + 0.008) / 1.008 * math.pi / 2.0).square().clamp(1e-5, 1.0)


def figures_of(local: Tensor, bones: Tensor, parents: tuple[int, ...]) -> Tensor:
    """Return the joints (B, F, 22, 3) of local motion (B, F, LOCAL) in the frame of the path, in leg lengths.

    bones: (B, 22, 3) from the parent, in the upright stance, leg lengths.
    """
    columns = local[..., COLUMNS].reshape(*local.shape[:-1], 22, 2, 3)
    x = functional.normalize(columns[..., 0, :], dim=-1, eps=1e-4)
    y = columns[..., 1, :]
    y = functional.normalize(y - x * (x * y).sum(dim=-1, keepdim=True), dim=-1, eps=1e-4)
    turned = torch.stack([x, y, torch.linalg.cross(x, y)], dim=-1)
    world: list[Tensor] = [turned[..., 0, :, :]]
    places: list[Tensor] = [local[..., OFFSET]]
    for joint, parent in list(enumerate(parents))[1:]:
        bone = bones[:, None, joint, :, None]
        places.append(places[parent] + (world[parent] @ bone)[..., 0])
        world.append(world[parent] @ turned[..., joint, :, :])
    return torch.stack(places, dim=-2)
