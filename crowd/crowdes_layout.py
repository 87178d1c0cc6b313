"""CrowdES, spatial layouts: where people appear, where they are, and how many (arXiv 2504.04756, section 3.2).

A SegFormer-B0 (E. Xie et al., SegFormer, NeurIPS 2021, arXiv 2105.15203, sections 3.1 and 3.2) reads the classes of the
ground. Departure: trained from nothing, since the published start from Cityscapes is not downloaded.
"""

from __future__ import annotations

from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from crowd.crowdes_config import CrowdESConfig

CLASSES = 7  # ids 1 to 7 of crowd.site.CLASSES
SHARPNESS = 0.5  # of the sigmoid of predicted maps
RAREST = 0.01  # numbers of people less likely than this do not occur


class Layout(nn.Module):
    """Predict the appearance and density maps and the population's distribution from the classes of the ground."""

    def __init__(self, config: CrowdESConfig) -> None:
        super().__init__()
        widths, patches, strides = config.layout_widths, (7, 3, 3, 3), (4, 2, 2, 2)
        total = sum(config.layout_depths)
        drops = iter([config.drop_path * k / max(1, total - 1) for k in range(total)])
        self.embeddings = nn.ModuleList(
            nn.Conv2d(a, b, patch, stride, patch // 2)
            for (a, b), patch, stride in zip(pairwise((CLASSES, *widths)), patches, strides, strict=True)
        )
        self.entries = nn.ModuleList(nn.LayerNorm(width) for width in widths)
        self.stages = nn.ModuleList(
            nn.ModuleList(_Block(width, heads, reduction, next(drops)) for _ in range(depth))
            for width, heads, reduction, depth in zip(
                widths, config.layout_heads, config.layout_reductions, config.layout_depths, strict=True
            )
        )
        self.exits = nn.ModuleList(nn.LayerNorm(width) for width in widths)
        self.levels = nn.ModuleList(nn.Linear(width, config.layout_head) for width in widths)
        self.fuse = nn.Conv2d(4 * config.layout_head, config.layout_head, 1, bias=False)
        self.norm = nn.BatchNorm2d(config.layout_head)
        self.dropout = nn.Dropout(config.dropout)
        self.maps = nn.Conv2d(config.layout_head, 2, 1)
        self.population = nn.Linear(widths[-1], config.bins)

    def forward(self, ground: Tensor) -> tuple[Tensor, Tensor]:
        """Return the logits of the maps (B, 2, H, W), appearance then density, and of the population (B, bins).

        Args:
            ground: (B, 7, H, W) one-hot classes 1 to 7; H and W multiples of 32.
        """
        x, levels = ground, []
        for embed, entry, stage, leave, level in zip(
            self.embeddings, self.entries, self.stages, self.exits, self.levels, strict=True
        ):
            x = embed(x)
            height, width = x.shape[-2:]
            tokens = entry(x.flatten(2).transpose(1, 2))
            for block in cast(nn.ModuleList, stage):
                tokens = block(tokens, height, width)
            tokens = leave(tokens)
            x = _picture(tokens, height, width)
            levels.append(_picture(level(tokens), height, width))
        size = levels[0].shape[-2:]
        fused = [functional.interpolate(part, size, mode="bilinear", align_corners=False) for part in levels[::-1]]
        maps = self.maps(self.dropout(functional.relu(self.norm(self.fuse(torch.cat(fused, 1))))))
        maps = functional.interpolate(maps, ground.shape[-2:], mode="bilinear", align_corners=False)
        return maps, self.population(x.mean((2, 3)))


def one_hot(semantic: Tensor) -> Tensor:
    """Return the classes 1 to 7 of `semantic` (B, H, W) as (B, 7, H, W) float32; 0, ignored, is 0 in all."""
    ids = torch.arange(1, CLASSES + 1, device=semantic.device, dtype=semantic.dtype)
    return (semantic[:, None] == ids[None, :, None, None]).float()


def resize(picture: Tensor, size: tuple[int, int], *, mode: str) -> Tensor:
    """Return `picture` (H, W) at `size`, `nearest` for classes, `bilinear` for maps."""
    if mode == "nearest":
        return functional.interpolate(picture[None, None].float(), size, mode="nearest-exact")[0, 0].to(picture.dtype)
    return functional.interpolate(
        picture[None, None].float(), size, mode="bilinear", align_corners=False, antialias=True
    )[0, 0]


def layout_loss(network: Layout, semantic: Tensor, maps: Tensor, population: Tensor) -> Tensor:
    """Return the loss of section 3.2: binary cross-entropy of the maps and of the population.

    Args:
        network: the predictor.
        semantic: (B, H, W) class ids. maps: (B, 2, H, W) true maps in [0, 1]. population: (B, bins), highest bin 1.
    """
    logits, counts = network(one_hot(semantic))
    return functional.binary_cross_entropy_with_logits(
        logits.float(), maps
    ) + functional.binary_cross_entropy_with_logits(counts.float(), population)


def decode_layout(
    maps: Tensor, population: Tensor, size: tuple[int, int], walked: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Return appearance (h, w), density (h, w), each with a maximum of 1, and the population (bins,), which sums to 1.

    Args:
        maps: (2, H, W) logits. population: (bins,) logits. size: (h, w) wanted.
        walked: (h, w) bool, where people walk; the density is 0 elsewhere.
    """
    wide = functional.interpolate(maps[None], size, mode="bilinear", align_corners=False)[0]
    wide = torch.sigmoid(wide / SHARPNESS)
    wide = wide / wide.amax((1, 2), keepdim=True).clamp_min(1e-12)
    chance = torch.sigmoid(population)
    chance = torch.where(chance < chance.max().clamp_max(RAREST), 0.0, chance)
    return wide[0], wide[1] * walked, chance / chance.sum()


class _Block(nn.Module):
    """One layer of the encoder: attention over a reduced picture, then a feed-forward with a 3x3 convolution."""

    def __init__(self, width: int, heads: int, reduction: int, drop: float) -> None:
        super().__init__()
        self.heads, self.reduction, self.drop = heads, reduction, drop
        self.before, self.middle = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query, self.pair, self.out = nn.Linear(width, width), nn.Linear(width, 2 * width), nn.Linear(width, width)
        if reduction > 1:
            self.reduce = nn.Conv2d(width, width, reduction, reduction)
            self.reduced = nn.LayerNorm(width)
        self.wide, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.mix = nn.Conv2d(4 * width, 4 * width, 3, padding=1, groups=4 * width)

    def forward(self, x: Tensor, height: int, width: int) -> Tensor:
        """Return the tokens (B, height * width, C) after one layer."""
        x = x + self._dropped(self._attend(self.before(x), height, width))
        y = _picture(self.wide(self.middle(x)), height, width)
        y = self.narrow(functional.gelu(self.mix(y)).flatten(2).transpose(1, 2))
        return x + self._dropped(y)

    def _attend(self, x: Tensor, height: int, width: int) -> Tensor:
        batch, tokens, channels = x.shape
        source = x
        if self.reduction > 1:
            source = self.reduced(self.reduce(_picture(x, height, width)).flatten(2).transpose(1, 2))
        query = self.query(x).view(batch, tokens, self.heads, -1).transpose(1, 2)
        key, value = self.pair(source).view(batch, source.shape[1], 2, self.heads, -1).permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(query, key, value)
        result: Tensor = self.out(mixed.transpose(1, 2).reshape(batch, tokens, channels))
        return result

    def _dropped(self, x: Tensor) -> Tensor:
        if not self.training or self.drop == 0.0:
            return x
        keep = 1.0 - self.drop
        return x * (torch.rand(len(x), 1, 1, device=x.device) < keep).to(x.dtype) / keep


def _picture(tokens: Tensor, height: int, width: int) -> Tensor:
    return tokens.transpose(1, 2).reshape(len(tokens), -1, height, width)
