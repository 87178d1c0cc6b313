"""The blocks of in2IN and MoReact: attention to oneself and to the other, each norm modulated by a condition.

InterGen (Liang et al., IJCV 2024, arXiv 2304.05684) and in2IN (Ruiz-Ponce et al., CVPRW 2024, arXiv 2404.09988).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from motion.diffusion import LEVELS
from motion.text import BEGIN, TextEncoder, encode_ids

CLIP_WIDTH = 768  # numbers of a token of CLIP ViT-L/14's text tower


class AdaLN(nn.Module):
    """Layer norm whose scale and shift come from a condition; both begin at none."""

    def __init__(self, width: int, told: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.modulate = zeroed(nn.Linear(told, 2 * width))

    def forward(self, x: Tensor, told: Tensor) -> Tensor:
        """Return x (B, T, width) normed, by a condition (B, told)."""
        scale, shift = self.modulate(functional.silu(told))[:, None].chunk(2, dim=2)
        result: Tensor = self.norm(x) * (1.0 + scale) + shift
        return result


class Attention(nn.Module):
    """Attention of many heads with a zero to look at, as InterGen's, of what there is."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.attend = nn.MultiheadAttention(width, heads, dropout, add_zero_attn=True, batch_first=True)

    def forward(self, x: Tensor, y: Tensor, absent: Tensor | None) -> Tensor:
        """Return what x (B, T, width) sees of y (B, S, width); absent: (B, S) bool."""
        result: Tensor = self.attend(x, y, y, key_padding_mask=absent, need_weights=False)[0]
        return result


class FeedForward(nn.Sequential):
    """Two layers; the last begins at zero."""

    def __init__(self, width: int, inner: int, dropout: float) -> None:
        super().__init__(nn.Linear(width, inner), nn.GELU(), nn.Dropout(dropout), zeroed(nn.Linear(inner, width)))


class InteractionBlock(nn.Module):
    """One person's state goes on by itself, then by the other's, then each token for itself (in2IN, section 3.2).

    alone: there never is another person.
    """

    def __init__(self, width: int, heads: int, inner: int, dropout: float, told: int, alone: bool = False) -> None:
        super().__init__()
        self.norms = nn.ModuleList(AdaLN(width, told) for _ in range(4))
        self.alone, self.across = Attention(width, heads, dropout), Attention(width, heads, dropout)
        self.feed = FeedForward(width, inner, dropout)
        if alone:  # what is drawn at first is the same
            del self.across
            self.norms[1], self.norms[2] = nn.Identity(), nn.Identity()

    def forward(
        self, x: Tensor, y: Tensor | None, own: Tensor, both: Tensor, absent: Tensor | None, other: Tensor | None
    ) -> Tensor:
        """Return the state (B, T, width) of a person after the block.

        Args:
            x: (B, T, width) its state. y: (B, S, width) the other's; None: nobody is there.
            own, both: (B, told) conditions of the person, and of the interaction. absent, other: (B, T), (B, S) bool.
        """
        normed = self.norms[0](x, own)
        x = x + self.alone(normed, normed, absent)
        if y is not None:
            x = x + self.across(self.norms[1](x, both), self.norms[2](y, both), other)
        result: Tensor = x + self.feed(self.norms[3](x, own))
        return result


class LevelEncoder(nn.Module):
    """Noise levels (B,) of 0 to LEVELS as conditions (B, width): sines, then two layers."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.rates = width // 2
        self.layers = nn.Sequential(nn.Linear(2 * self.rates, width), nn.SiLU(), nn.Linear(width, width))

    def forward(self, levels: Tensor) -> Tensor:
        """Return conditions (B, width) of levels (B,)."""
        rates = torch.exp(-math.log(10.0 * LEVELS) * torch.arange(self.rates, device=levels.device) / self.rates)
        angles = levels.float()[:, None] * rates
        result: Tensor = self.layers(torch.cat([angles.cos(), angles.sin()], dim=1))
        return result


class TextReader(nn.Module):
    """Texts as conditions (B, width): words by our own small encoder, or CLIP's tokens by two layers on top of them.

    Args:
        kind: `words`, which reads ids (B, L, IDS) of `motion.text.encode_ids`; or `clip`, which reads tokens
            (B, L, 768) of a frozen CLIP, of which the last one tells all (InterGen, section 4.1).
    """

    def __init__(self, kind: str, width: int, inner: int = 128) -> None:
        super().__init__()
        self.kind = kind
        if kind == "words":
            self.words = TextEncoder(inner)
            self.widen = nn.Linear(inner, width)
        elif kind == "clip":
            layer = nn.TransformerEncoderLayer(CLIP_WIDTH, 8, 2048, 0.1, "gelu", batch_first=True)
            self.layers = nn.TransformerEncoder(layer, 2, nn.LayerNorm(CLIP_WIDTH), enable_nested_tensor=False)
            self.widen = nn.Linear(CLIP_WIDTH, width)
        else:
            raise ValueError(f"text: expected words or clip, got {kind}; name one")

    def forward(self, texts: Tensor) -> Tensor:
        """Return conditions (B, width) of texts as `kind` says; rows of zeros are texts that are not told."""
        told = (texts.flatten(1) != 0).any(dim=1)
        if self.kind == "words":
            longest = max(1, int((texts[..., 0] != 0).sum(dim=1).max()))
            begun = texts[:, :longest].clone()
            begun[~told, 0, 0] = BEGIN
            read = self.words(begun)[2]
        else:
            there = (texts != 0).any(dim=2)
            there[:, 0] = True
            last = there.long().cumsum(dim=1).argmax(dim=1)
            read = self.layers(texts, src_key_padding_mask=~there)[torch.arange(len(texts)), last]
        result: Tensor = self.widen(read) * told[:, None]
        return result

    def encode(self, texts: Sequence[str]) -> Tensor:
        """Return the ids (B, L, IDS) of texts; of an empty one nothing but zeros."""
        ids = encode_ids(texts)
        ids[[not text for text in texts]] = 0
        return ids


def places(length: int, width: int) -> Tensor:
    """Return the sines (length, width) by which tokens know where they are (Vaswani et al., 2017)."""
    rates = torch.exp(-math.log(10_000.0) * torch.arange(0, width, 2) / width)
    angles = torch.arange(length)[:, None] * rates
    return torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1)[:, :width]


def zeroed(layer: nn.Linear) -> nn.Linear:
    """Return a layer that begins at zero."""
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer
