"""Windows of pairs by the published 262 numbers a frame, as InterGen, in2IN and TIMotion learn from them.

Up to 300 frames from anywhere of a recording, half of them with left and right exchanged (in texts, too), half of them
with the people exchanged; the first stands at the origin and faces ahead where the window begins (arXiv 2304.05684,
section 4.1). Where we depart: the texts of each go with the people when these are exchanged; a batch is as long as its
longest window, what is missing of others is masked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from motion.features import CONTACTS, POSITIONS, SIZE, THEIRS, mirrored_numbers, origin_of, seen_from
from motion.interhuman import FeaturePair
from motion.pair_space import LENGTH, FeatureSpace
from motion.pair_training import ALIKE, EXCHANGED, PairBatch
from motion.phrases import swap_sides

MIRRORED = 0.5  # share of windows
LEAST = 1e-3  # deviation of a number at least: joints that never turn, toes that never leave the ground
SEEN = 1024  # windows by which numbers are scaled


class FeatureWindows:
    """Draws windows of pairs, beside `motion.pair_training.PairWindows`."""

    def __init__(
        self, pairs: Sequence[FeaturePair], read: Callable[[Sequence[str]], Tensor], seed: int, *, mirror: bool = True,
        frames: int = LENGTH, device: str | torch.device = "cpu",
    ) -> None:  # fmt: skip
        """Prepare.

        Args:
            read: makes of texts what the network reads, see `motion.pair_text`. mirror: whether some are mirrored.
            frames: of a window at most. device: where batches go.

        Raises:
            ValueError: there are no pairs.
        """
        if not pairs:
            raise ValueError("pairs: expected some to learn from, got none; give a folder of InterHuman")
        self._pairs, self._read, self._mirror = list(pairs), read, mirror
        self._frames, self._device = frames, torch.device(device)
        self.rng = np.random.default_rng([seed, 1])

    def scale(self, space: FeatureSpace, count: int = SEEN) -> None:
        """Give a space the mean and deviation of the numbers of drawn windows."""
        rng, seen = np.random.default_rng(0), 0
        total, squares = np.zeros(SIZE), np.zeros(SIZE)
        for _ in range(count):
            told = self._window(rng)[0].reshape(-1, SIZE)
            seen, total, squares = seen + len(told), total + told.sum(axis=0), squares + (told**2).sum(axis=0)
        mean = total / seen
        deviation = np.sqrt(np.maximum(squares / seen - mean**2, LEAST**2))
        space.mean.copy_(torch.from_numpy(mean))
        space.deviation.copy_(torch.from_numpy(deviation))

    def draw(self, count: int, space: FeatureSpace, rng: np.random.Generator | None = None) -> PairBatch:
        """Return `count` windows, T frames each, in which a token is a frame."""
        rng = self.rng if rng is None else rng
        windows, said = zip(*(self._window(rng) for _ in range(count)), strict=True)
        longest = max(window.shape[1] for window in windows)
        told = np.zeros((count, 2, longest, SIZE))
        there = np.zeros((count, longest), dtype=bool)
        for row, window in enumerate(windows):
            told[row, :, : window.shape[1]], there[row, : window.shape[1]] = window, True
        mean, deviation = (part.double().cpu().numpy() for part in (space.mean, space.deviation))
        texts = self._read([text for three in said for text in three])
        joints = told[..., POSITIONS].reshape(count, 2, longest, 22, 3) @ THEIRS
        parts = {
            "x": (told - mean) / deviation * there[:, None, :, None], "joints": joints, "stands": told[..., CONTACTS],
            "bones": np.zeros((count, 2, 22, 3)), "legs": np.zeros((count, 2)),
        }  # fmt: skip
        return PairBatch(
            **{name: torch.from_numpy(part).float().to(self._device) for name, part in parts.items()},
            texts=texts.view(count, 3, *texts.shape[1:]).to(self._device),
            roles=torch.full((count, 2), ALIKE, device=self._device), there=torch.from_numpy(there).to(self._device),
        )  # fmt: skip

    def _window(self, rng: np.random.Generator) -> tuple[np.ndarray, list[str]]:
        """Return numbers (2, T, SIZE) of a drawn window, and texts of both, of the first, of the second."""
        pair = self._pairs[int(rng.integers(len(self._pairs)))]
        order = (1, 0) if rng.random() < EXCHANGED else (0, 1)
        first = int(rng.integers(max(pair.numbers.shape[1] - self._frames, 0) + 1))
        told = pair.numbers[list(order), first : first + self._frames].astype(np.float64)
        texts = [
            said[int(rng.integers(len(said)))] if said else "" for said in (pair.texts, *(pair.own[k] for k in order))
        ]
        if self._mirror and rng.random() < MIRRORED:
            told, texts = mirrored_numbers(told), [swap_sides(text) for text in texts]
        return seen_from(told, origin_of(told[0, 0])), texts
