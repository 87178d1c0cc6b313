"""What is most likely clean of noisy tokens, were they jointly normal: the filter of Wiener, of people over time.

Each number of a token is seen by itself, at all moments and of both people at once. A network that adds to it need not
learn that motion goes on smoothly, and that people who dance are near each other; what is left is given to it in units
of what is left on average (preconditioning: Karras et al., NeurIPS 2022, arXiv 2206.00364, section 5; there each number
stands alone). Tokens may be known, as is the past of who reacts, or not be there at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor, nn

from motion.diffusion import make_scheduler

EXACT = 0.01  # variance of what is known: numbers are not quite normal, and what is far out is not to be gone on from
LEAST = 1e-4  # variance that is left to anything


@dataclass(frozen=True, slots=True, eq=False)
class _Pattern:
    """What follows from which of K = P * T tokens have noise (U) and are known (V): see `Wiener.forward`."""

    noisy: Tensor
    known: Tensor
    gain: Tensor  # (N, U, V)
    turn: Tensor  # (N, U, U)
    spread: Tensor  # (N, U)


class Wiener(nn.Module):
    """Buffers: middle (N, K), triangle (N, K (K + 1) / 2) of the spread of N numbers at K = P * T tokens of people."""

    middle: Tensor
    triangle: Tensor

    def __init__(self, people: int, length: int, numbers: int) -> None:
        super().__init__()
        self.people, self.length = people, length
        count = people * length
        self.register_buffer("middle", torch.zeros(numbers, count))
        rows, columns = torch.tril_indices(count, count)
        self.register_buffer("triangle", (rows == columns).float().expand(numbers, -1).clone())
        self._patterns: dict[bytes, _Pattern] = {}
        self._left: Tensor | None = None

    def fit(self, x: Tensor) -> None:
        """Take mean and spread of drawn clean tokens (B, P, T, N)."""
        values = x.permute(3, 0, 1, 2).flatten(2).double()
        middle = values.mean(dim=1)
        away = values - middle[:, None]
        # as they are stored, see `crowd.weights`, so that a network learns with what it will have
        self.middle.copy_(middle.half())
        rows, columns = torch.tril_indices(away.shape[2], away.shape[2])
        self.triangle.copy_((away.transpose(1, 2) @ away / len(x))[:, rows, columns].half())
        self._patterns.clear()
        self._left = None

    @property
    def spread(self) -> Tensor:
        """The spread (N, K, K), in double precision."""
        count = self.middle.shape[1]
        rows, columns = torch.tril_indices(count, count, device=self.triangle.device)
        result = self.triangle.new_zeros(len(self.triangle), count, count, dtype=torch.float64)
        result[:, rows, columns] = result[:, columns, rows] = self.triangle.double()
        return result

    def left(self, levels: Tensor) -> Tensor:
        """Return the deviation (B, 1, 1, N) that is left on average at levels (B,), where all is noisy."""
        if self._left is None:
            spread = torch.linalg.eigvalsh(self.spread).clamp(min=LEAST)
            share = _share().double()[:, None, None]
            rest = (1.0 - share) * spread / (share * spread + 1.0 - share).clamp(min=1e-9)
            self._left = rest.mean(dim=2).sqrt().float()
        return self._left[levels.cpu()][:, None, None].to(levels.device)

    @torch.no_grad()
    def forward(
        self, x: Tensor, levels: Tensor, there: Tensor, known: Tensor | None = None, numbers: slice = slice(None)
    ) -> Tensor:
        """Return what is most likely clean (B, P, T, N) of x with noise of levels (B,); 0 where nothing is there.

        there, known: (B, P, T) bool: tokens that exist, and those of them that have no noise. numbers: those of x; all.
        """
        batch, people, length, count = x.shape
        state = torch.zeros(batch, people, self.length, dtype=torch.uint8)
        state[:, :, :length] = there
        if known is not None:
            state[:, :, :length] += (there & known).to(torch.uint8)
        state = state.flatten(1)
        padded = x.new_zeros(batch, count, people, self.length)
        padded[..., :length] = x.permute(0, 3, 1, 2)
        values, middle = padded.flatten(2), self.middle[numbers]
        made = torch.zeros_like(values)
        share = _share()[levels.cpu()].to(x)
        rows_of: dict[bytes, list[int]] = {}
        for row, key in enumerate(map(bytes, state.numpy())):
            rows_of.setdefault(key, []).append(row)
        for key, rows in rows_of.items():
            pattern, some = self._pattern(key), torch.tensor(rows, device=x.device)
            own, part = values[some], share[some][:, None, None]
            off = own[..., pattern.known] - middle[:, pattern.known]
            likely = torch.einsum("nuv,bnv->bnu", pattern.gain[numbers], off) + middle[:, pattern.noisy]
            turn, spread = pattern.turn[numbers], pattern.spread[numbers]
            turned = torch.einsum("nuw,bnu->bnw", turn, own[..., pattern.noisy] - part.sqrt() * likely)
            turned = turned * part.sqrt() * spread / (part * spread + 1.0 - part).clamp(min=1e-9)
            own = torch.zeros_like(own)
            own[..., pattern.noisy] = likely + torch.einsum("nuw,bnw->bnu", turn, turned)
            made[some] = own
        result = made.view(batch, count, people, self.length)[..., :length].permute(0, 2, 3, 1)
        return result if known is None else torch.where((there & known)[..., None], x, result)

    def _pattern(self, key: bytes) -> _Pattern:
        if key not in self._patterns:
            state = torch.frombuffer(bytearray(key), dtype=torch.uint8).to(self.middle.device)
            noisy, known = (state == 1).nonzero()[:, 0], (state == 2).nonzero()[:, 0]
            spread = self.spread
            own, across = spread[:, noisy][..., noisy], spread[:, noisy][..., known]
            sure = spread[:, known][..., known] + EXACT * torch.eye(
                len(known), dtype=spread.dtype, device=spread.device
            )
            gain = torch.linalg.solve(sure, across.transpose(1, 2)).transpose(1, 2)
            values, turn = torch.linalg.eigh(own - gain @ across.transpose(1, 2))
            self._patterns[key] = _Pattern(noisy, known, gain.float(), turn.float(), values.clamp(min=LEAST).float())
        return self._patterns[key]


@lru_cache(maxsize=1)
def _share() -> Tensor:
    """Return the share (LEVELS,) of what is clean in the variance of noisy tokens."""
    return torch.as_tensor(make_scheduler().alphas_cumprod).clone()
