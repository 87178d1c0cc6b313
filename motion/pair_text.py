"""What makes of texts that which the two-person networks read: ids of words, or tokens of CLIP."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import torch
from torch import Tensor

from motion.text import CachedText, ClipText, encode_ids

KEPT = 4096  # texts that are remembered; 0.2 MB each of CLIP


@lru_cache(maxsize=2)
def reads(kind: str, device: str = "cpu") -> Callable[[Sequence[str]], Tensor]:
    """Return what makes of B texts ids (B, L, IDS) of `words`, or tokens (B, L, 768) of `clip`, see `TextReader`.

    An empty text, one that is not told, becomes zeros. device: where CLIP runs.

    Raises:
        ImportError: clip, but `transformers` is not installed.
        OSError: clip, but there are no weights of it and they cannot be fetched.
    """
    clip = ClipText(device=device) if kind == "clip" else None
    known = CachedText(encode_ids if clip is None else clip, KEPT)

    def read(texts: Sequence[str]) -> Tensor:
        made = known(texts)[0]
        told = torch.tensor([bool(text) for text in texts], device=made.device)
        return made * told.view(-1, *[1] * (made.ndim - 1)).to(made.dtype)

    return read
