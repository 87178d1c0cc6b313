"""Judges of two people: what they look like together, whether that can be told from recordings, and what text fits.

The evaluator is a small InterCLIP (Liang et al., arXiv 2304.05684, section 5): a network that looks at three seconds of
both and one that reads what they do learn to say the same of what belongs together (symmetric cross-entropy). Features
have 32 numbers: with some hundred windows more would say nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from motion.clip import FloatArray, PairClip
from motion.judging import CHANNELS, FEATURES, Bank, Judge, Scale, Seeing, frames_of, jittered
from motion.local import path_of
from motion.pair_measures import WRISTS
from motion.retarget import leg_of
from motion.text import TextEncoder, encode_ids

WINDOW, STRIDE = 90, 30  # frames at 30 fps: 3 s every second
BETWEEN = 8  # numbers that say where the other is: ahead, to the left, how it is turned, how near its wrists are
HANDS = 0.3  # m: nearness of wrists is exp(-distance / HANDS)
STEPS, BATCH, RATE, DECAY = 1500, 32, 1e-3, 0.02
TEXT = 64  # width of the reader
RANKED = 32  # texts among which the right one is looked for


def both_frames_of(pair: PairClip) -> npt.NDArray[np.float32]:
    """Return what judges see (T, 2 * (CHANNELS + BETWEEN)) of a pair: each by itself, and where it has the other."""
    paths, seen = [path_of(clip) for clip in pair.clips], []
    leg = float(np.mean([leg_of(clip.positions) for clip in pair.clips]))
    for row, clip in enumerate(pair.clips):
        own, other = paths[row], paths[1 - row]
        away, turn = (other[:, :2] - own[:, :2]) / leg, other[:, 2] - own[:, 2]
        c, s = np.cos(own[:, 2]), np.sin(own[:, 2])
        place = [c * away[:, 0] + s * away[:, 1], c * away[:, 1] - s * away[:, 0], np.cos(turn), np.sin(turn)]
        wrists, theirs = (one.positions[:, WRISTS] for one in (clip, pair.clips[1 - row]))
        gaps = np.linalg.norm(wrists[:, :, None] - theirs[:, None], axis=-1)
        place += list(np.exp(-gaps.reshape(len(gaps), 4) / HANDS).T)
        seen += [frames_of(clip), np.stack(place, axis=1).astype(np.float32)]
    return np.concatenate([seen[0], seen[2], seen[1], seen[3]], axis=1)


TWO = Seeing(frames_of=both_frames_of, channels=2 * (CHANNELS + BETWEEN), window=WINDOW, stride=STRIDE)


class Evaluator(nn.Module):
    """Pairs and texts as FEATURES numbers, near each other where they belong together."""

    def __init__(self) -> None:
        super().__init__()
        self.look = Judge(FEATURES, TWO.channels)
        self.read = TextEncoder(TEXT)
        self.told = nn.Linear(3 * TEXT, FEATURES)
        self.sharp = nn.Parameter(torch.tensor(2.0))
        self.register_buffer("mean", torch.zeros(TWO.channels))
        self.register_buffer("deviation", torch.ones(TWO.channels))

    @property
    def scale(self) -> Scale:
        """By which what is seen is scaled."""
        return self.mean.numpy(), self.deviation.numpy()  # type: ignore[operator]

    def texts(self, ids: Tensor) -> Tensor:
        """Return features (B, FEATURES) of texts (B, 3, L, IDS) of both, the first, the second."""
        read = self.read(ids.flatten(0, 1))[2].view(len(ids), -1)
        return functional.normalize(self.told(read), dim=1)

    def windows(self, seen: Tensor) -> Tensor:
        """Return features (B, FEATURES) of windows of a `Bank`."""
        return functional.normalize(self.look(seen), dim=1)

    @torch.no_grad()
    def features(self, pairs: Sequence[PairClip]) -> FloatArray:
        """Return features (N, FEATURES) of pairs, of the first window of each, of length 6 as in InterGen's."""
        bank = Bank(pairs, self.scale, TWO)
        first = torch.searchsorted(bank.clips, torch.arange(len(pairs)))
        made = [self.windows(bank.windows(rows)) for rows in torch.split(first, 128)]
        return np.asarray(6.0 * torch.cat(made).double().numpy())

    @torch.no_grad()
    def words(self, pairs: Sequence[PairClip]) -> FloatArray:
        """Return features (N, FEATURES) of the texts of pairs."""
        ids = encode_ids([text for pair in pairs for text in (pair.text, *pair.texts)])
        return np.asarray(6.0 * self.texts(ids.view(len(pairs), 3, *ids.shape[1:])).double().numpy())


def learn_evaluator(pairs: Sequence[PairClip], texts: Sequence[Sequence[tuple[str, ...]]], seed: int) -> Evaluator:
    """Return an evaluator that has learned from pairs and what can be said of each.

    texts: of each pair three lists to draw from: of both, the first, the second.
    """
    rng = np.random.default_rng(seed)
    bank = Bank(pairs, None, TWO)
    ids = [[encode_ids(list(part)) for part in told] for told in texts]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = Evaluator()
        network.mean.copy_(torch.from_numpy(bank.scale[0]))  # type: ignore[operator]
        network.deviation.copy_(torch.from_numpy(bank.scale[1]))  # type: ignore[operator]
        optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
        cycle = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=STEPS)
        network.train()
        counts = torch.bincount(bank.clips).numpy()
        chances = (1.0 / np.sqrt(counts))[bank.clips.numpy()]
        for _ in range(STEPS):
            rows = rng.choice(len(bank.clips), BATCH, p=chances / chances.sum())
            told = torch.stack([
                torch.stack([part[rng.integers(len(part))] for part in ids[int(bank.clips[row])]]) for row in rows
            ])  # fmt: skip
            shift = torch.from_numpy(rng.integers(STRIDE, size=BATCH))
            alike = network.windows(bank.windows(torch.from_numpy(rows), shift)) @ network.texts(told).T
            alike = alike * network.sharp.exp()
            # what is said alike of several belongs to all of them
            same = (told.flatten(1)[:, None] == told.flatten(1)[None]).all(dim=2).float()
            wanted = same / same.sum(dim=1, keepdim=True)
            loss = functional.cross_entropy(alike, wanted) + functional.cross_entropy(alike.T, wanted)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            cycle.step()
    return network.eval()


def r_precision(seen: FloatArray, words: FloatArray, rng: np.random.Generator, repeats: int = 20) -> FloatArray:
    """Return the shares (3,) of pairs of whose RANKED texts the right one is among the 1, 2, 3 nearest; means of draws.

    Args:
        seen, words: (N, FEATURES) of pairs and of their texts.
    """
    shares = np.zeros(3)
    size, draws = min(RANKED, len(seen)), 0
    for _ in range(repeats):
        order = rng.permutation(len(seen))
        for start in range(0, len(order) - size + 1, size):
            rows = order[start : start + size]
            gaps = np.linalg.norm(seen[rows, None] - words[None, rows], axis=2)
            rank = (gaps < gaps.diagonal()[:, None] - 1e-9).sum(axis=1)
            shares += [(rank < top).mean() for top in (1, 2, 3)]
            draws += 1
    return shares / max(draws, 1)


def diversity(features: FloatArray, rng: np.random.Generator, pairs: int = 300) -> float:
    """Return the mean distance of drawn pairs of features (N, FEATURES)."""
    first, second = rng.integers(len(features), size=(2, pairs))
    return float(np.linalg.norm(features[first] - features[second], axis=1).mean())


@dataclass(frozen=True, slots=True, kw_only=True)
class Reacted:
    """How far a made reactor is from the recorded one, metres: its joints, and its root seen from above."""

    joints: float
    root: float


def reaction_error(made: FloatArray, real: FloatArray) -> Reacted:
    """Return how far joints (T, 22, 3) are from those that were recorded, as long as both are."""
    length = min(len(made), len(real))
    gaps = made[:length] - real[:length]
    return Reacted(
        joints=float(np.linalg.norm(gaps, axis=2).mean()), root=float(np.linalg.norm(gaps[:, 0, :2], axis=1).mean())
    )


def jittered_pair(pair: PairClip, rng: np.random.Generator) -> PairClip:
    """Return a pair whose joints tremble, which the judge must find."""
    first, second = (jittered(clip, rng) for clip in pair.clips)
    return replace(pair, clips=(first, second))
