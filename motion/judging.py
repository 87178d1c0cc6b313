"""Judges of made motion: whether it can be told from recordings, which act it is, and how far two sets of clips are.

A small network looks at two seconds of a body about its path: where the joints are and how they move and speed up, so
that jitter and sliding feet show, but not the place. It is trained anew for each question. Telling two sets apart: a
classifier two-sample test (Lopez-Paz and Oquab, ICLR 2017, arXiv 1610.06545), 0.5 is best. Distance of two sets: the
kernel distance KID (Binkowski et al., ICLR 2018, arXiv 1801.01401) on 32 features of the network that knows acts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from motion.clip import FloatArray, MotionClip
from motion.features import FPS
from motion.local import path_of
from motion.retarget import leg_of

WINDOW, STRIDE = 60, 15  # frames at 30 fps: 2 s every 0.5 s
CHANNELS = 3 * 66  # places, velocities and accelerations of 22 joints
FEATURES = 32
FOLDS = 5
BATCH, RATE, DECAY, DROPOUT = 64, 2e-3, 0.02, 0.3
STEPS = {"sets": 300, "acts": 900}  # of the optimiser, to tell two sets apart and to know acts
SQUASH = 3.0  # deviations around which a channel is compressed: what is still and what runs is seen with one net
JITTER = 0.005  # m, deviation of the noise of `jittered`
PIECE = 10  # frames whose order `shuffled` loses
RESAMPLES = 1000


class Judge(nn.Module):
    """Convolutions over windows (B, T, channels) of a `Bank`: logits (B, outputs)."""

    def __init__(self, outputs: int, channels: int = CHANNELS) -> None:
        super().__init__()
        self.inward = nn.Linear(channels, 32)
        self.first = nn.Conv1d(32, 48, 5, stride=2, padding=2)
        self.second = nn.Conv1d(48, 64, 5, stride=2, padding=2)
        self.narrow, self.outward = nn.Linear(128, FEATURES), nn.Linear(FEATURES, outputs)

    def features(self, windows: Tensor) -> Tensor:
        """Return what the last layer sees (B, FEATURES)."""
        x = functional.gelu(self.inward(windows)).transpose(1, 2)
        x = functional.gelu(self.first(x))
        x = functional.gelu(self.second(x))
        x = functional.dropout(torch.cat([x.mean(dim=2), x.amax(dim=2)], dim=1), DROPOUT, self.training)
        return functional.gelu(self.narrow(x))

    def forward(self, windows: Tensor) -> Tensor:
        """Return the logits (B, outputs) of windows."""
        result: Tensor = self.outward(functional.dropout(self.features(windows), DROPOUT, self.training))
        return result


def frames_of(clip: MotionClip) -> npt.NDArray[np.float32]:
    """Return what the judges see (T, CHANNELS) of a clip: places, velocities, accelerations in the frame of its path.

    Lengths are in leg lengths, times in seconds.

    Raises:
        ValueError: not 30 frames a second, or fewer than three.
    """
    if abs(clip.fps - FPS) > 1e-6 or len(clip.root) < 3:
        raise ValueError(
            f"clip: expected three frames or more at {FPS:g} a second, got {len(clip.root)} at {clip.fps:g}"
        )
    path, leg = path_of(clip), leg_of(clip.positions)
    speed = np.diff(clip.positions, axis=0) * FPS
    change = np.diff(speed, axis=0) * FPS
    speed = np.concatenate([speed, speed[-1:]])
    change = np.concatenate([change[:1], change, change[-1:]])
    about = clip.positions - np.column_stack([path[:, :2], np.zeros(len(path))])[:, None]
    c, s = np.cos(path[:, 2])[:, None], np.sin(path[:, 2])[:, None]
    turned = [
        np.stack([c * v[..., 0] + s * v[..., 1], c * v[..., 1] - s * v[..., 0], v[..., 2]], axis=2).reshape(
            len(path), -1
        )
        for v in (about, speed, change)
    ]
    return np.asarray(np.concatenate(turned, axis=1) / leg, np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeing:
    """What judges see (T, channels) of a clip, and of how many frames a window is and every how many it begins."""

    frames_of: Callable[[Any], npt.NDArray[np.float32]]
    channels: int
    window: int
    stride: int


ONE = Seeing(frames_of=frames_of, channels=CHANNELS, window=WINDOW, stride=STRIDE)  # person
Scale = tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]  # mean and deviation (CHANNELS,)


class Bank:
    """Windows of clips, scaled; those of short clips end with the last pose, standing still.

    Attributes:
        scale: by which channels are scaled, without a given one that of the clips. clips: (W,) of each window.
        stride: frames between windows.
    """

    def __init__(self, clips: Sequence[Any], scale: Scale | None = None, seeing: Seeing = ONE) -> None:
        self._window, self.stride, window = seeing.window, seeing.stride, seeing.window
        seen = [_held(seeing.frames_of(clip), window) for clip in clips]
        starts = np.concatenate([[0], np.cumsum([len(one) for one in seen])])[:-1]
        frames = np.concatenate(seen)
        self.scale = scale or (frames.mean(axis=0), np.maximum(frames.std(axis=0), np.float32(1e-4)))
        self._frames = torch.from_numpy(np.arcsinh((frames - self.scale[0]) / self.scale[1] * SQUASH) / SQUASH)
        own = [np.arange(0, len(one) - window + 1, seeing.stride) for one in seen]
        self._starts = torch.from_numpy(np.concatenate([a + b for a, b in zip(starts, own, strict=True)]))
        self.clips = torch.from_numpy(np.repeat(np.arange(len(seen)), [len(one) for one in own]))
        self._last = torch.from_numpy(starts + [len(one) - window for one in seen])[self.clips]

    def windows(self, rows: Tensor, shift: Tensor | None = None) -> Tensor:
        """Return windows (B, T, channels), by rows (B,); shift: (B,) frames later, within the clip."""
        first = self._starts[rows]
        if shift is not None:
            first = torch.minimum(first + shift, self._last[rows])
        return self._frames[first[:, None] + torch.arange(self._window)]


def long_enough(clip: MotionClip) -> bool:
    """Return whether a clip has a whole window."""
    return len(clip.root) >= WINDOW


def told_apart(
    real: Sequence[Any],
    other: Sequence[Any],
    seed: int,
    *,
    seeing: Seeing = ONE,
    parts: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]] | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Return, for each clip of both sets, the share of its windows that a network puts into the right set.

    The network has learned from other clips, in FOLDS folds; clip i of `other` is in the fold of clip i of `real`, of
    which it may have the path.

    Args:
        seeing: what is seen of a clip. parts: (N,) and (M,) numbers; clips of one are in one fold, such as windows
            that overlap; None: each by itself.

    Raises:
        ValueError: a clip without a whole window, or fewer clips than folds.
    """
    if min(len(real), len(other)) < FOLDS:
        raise ValueError(f"clips: expected {FOLDS} or more of each set, got {len(real)} and {len(other)}; give more")
    if seeing is ONE and not all(map(long_enough, (*real, *other))):
        raise ValueError(f"clips: expected {WINDOW} frames or more; leave shorter ones out, see long_enough")
    alike = (np.arange(len(real)), np.arange(len(other))) if parts is None else parts
    order = np.random.default_rng(seed).permutation(int(max(part.max() for part in alike)) + 1)
    folds = torch.from_numpy(np.concatenate([order[part] % FOLDS for part in alike]))
    kinds = torch.tensor([0] * len(real) + [1] * len(other))
    bank = Bank([*real, *other], seeing=seeing)
    right = torch.zeros(len(bank.clips))
    for fold in range(FOLDS):
        held = folds[bank.clips] == fold
        rows = (~held).nonzero()[:, 0]
        labels = kinds[bank.clips]
        weights = 1.0 / torch.bincount(labels[rows], minlength=2)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed * FOLDS + fold)
            network = Judge(2, seeing.channels)
            rounds = -(-STEPS["sets"] * BATCH // len(rows))
            drawn = torch.cat([rows[torch.randperm(len(rows))] for _ in range(rounds)])[: STEPS["sets"] * BATCH]
            _learn(network, bank, drawn, labels, weights / weights.sum() * 2.0)
        right[held] = (_logits(network, bank, held.nonzero()[:, 0]).argmax(dim=1) == labels[held]).float()
    counts = torch.bincount(bank.clips)
    shares = (torch.bincount(bank.clips, right) / counts).double().numpy()
    return shares[: len(real)], shares[len(real) :]


def two_sample_accuracy(real: Sequence[MotionClip], other: Sequence[MotionClip], seed: int) -> float:
    """Return the balanced accuracy with which recordings are told from others, see `told_apart`; each clip counts."""
    first, second = told_apart(real, other, seed)
    return float(first.mean() + second.mean()) / 2.0


def jittered(clip: MotionClip, rng: np.random.Generator, deviation: float = JITTER) -> MotionClip:
    """Return a clip whose joints tremble by white noise of a deviation, metres."""
    return replace(clip, positions=clip.positions + deviation * rng.standard_normal(clip.positions.shape))


def shuffled(clip: MotionClip, rng: np.random.Generator) -> MotionClip:
    """Return a clip whose frames are in another order within each piece of PIECE."""
    count = len(clip.root)
    rows = np.concatenate([at + rng.permutation(min(PIECE, count - at)) for at in range(0, count, PIECE)])
    return replace(clip, root=clip.root[rows], rotations=clip.rotations[rows], positions=clip.positions[rows])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Actions:
    """A network that knows acts by their names, how its inputs are scaled, and mean and deviation of features."""

    names: tuple[str, ...]
    network: Judge
    scale: Scale
    usual: tuple[Tensor, Tensor]

    def name(self, clips: Sequence[MotionClip]) -> list[str]:
        """Return the act of each clip: the one of which all its windows together say the most."""
        bank = Bank(clips, self.scale)
        told = functional.log_softmax(_logits(self.network, bank, torch.arange(len(bank.clips))), dim=1)
        return [self.names[int(row)] for row in _by_clip(told, bank).argmax(dim=1)]

    def features(self, clips: Sequence[MotionClip]) -> FloatArray:
        """Return features (N, FEATURES) of clips, the mean over windows; mean 0 and deviation 1 in what was learned."""
        bank = Bank(clips, self.scale)
        seen = _features(self.network, bank, torch.arange(len(bank.clips)))
        return np.asarray(((_by_clip(seen, bank) - self.usual[0]) / self.usual[1]).double().numpy())


def learn_actions(clips: Sequence[MotionClip], acts: Sequence[str], seed: int) -> Actions:
    """Return a network that has learned which act (N,) each clip is; acts count by the root of their length.

    Raises:
        ValueError: no clips, or not an act for each.
    """
    if len(clips) != len(acts) or not clips:
        raise ValueError(f"acts: expected one for each clip, got {len(acts)} for {len(clips)}")
    names = tuple(sorted(set(acts)))
    bank = Bank(clips)
    labels = torch.tensor([names.index(act) for act in acts])[bank.clips]
    chances = (1.0 / torch.bincount(labels).double().sqrt())[labels]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        everything = torch.arange(len(labels))
        network = Judge(len(names))
        drawn = torch.multinomial(chances, STEPS["acts"] * BATCH, replacement=True)
        _learn(network, bank, drawn, labels, None)
    seen = _features(network, bank, everything[::4])
    return Actions(
        names=names, network=network, scale=bank.scale, usual=(seen.mean(dim=0), seen.std(dim=0).clamp(min=1e-4))
    )


def kernel_distance(
    first: FloatArray, second: FloatArray, rng: np.random.Generator
) -> tuple[float, tuple[float, float]]:
    """Return the unbiased squared MMD of features (N, C) and (M, C) by KID's kernel, and its 95 % bootstrap interval.

    Raises:
        ValueError: fewer than two clips in a set.
    """
    if min(len(first), len(second)) < 2:
        raise ValueError(f"features: expected two clips or more of each set, got {len(first)} and {len(second)}")
    both = np.concatenate([first, second])
    kernel = (both @ both.T / both.shape[1] + 1.0) ** 3
    np.fill_diagonal(kernel, 0.0)  # a clip is not compared with itself, nor with itself drawn twice
    n, m = len(first), len(second)
    counts = np.ones((1 + RESAMPLES, n + m))
    counts[1:, :n] = rng.multinomial(n, np.full(n, 1.0 / n), RESAMPLES)
    counts[1:, n:] = rng.multinomial(m, np.full(m, 1.0 / m), RESAMPLES)
    a, b = counts[:, :n], counts[:, n:]
    values = (
        _quadratic(a, kernel[:n, :n], a) / (a.sum(axis=1) ** 2 - (a**2).sum(axis=1))
        + _quadratic(b, kernel[n:, n:], b) / (b.sum(axis=1) ** 2 - (b**2).sum(axis=1))
        - 2.0 * _quadratic(a, kernel[:n, n:], b) / (n * m)
    )
    low, high = np.quantile(values[1:], [0.025, 0.975])
    return float(values[0]), (float(low), float(high))


def _quadratic(left: FloatArray, kernel: FloatArray, right: FloatArray) -> FloatArray:
    return np.asarray(((left @ kernel) * right).sum(axis=1))


def _held(frames: npt.NDArray[np.float32], window: int) -> npt.NDArray[np.float32]:
    """Return frames (T, channels), a window at least: the last pose goes on, of one person without speed."""
    missing = window - len(frames)
    if missing <= 0:
        return frames
    last = frames[-1].copy()
    last[CHANNELS // 3 : CHANNELS] = 0.0
    return np.concatenate([frames, np.tile(last, (missing, 1))])


def _learn(network: Judge, bank: Bank, drawn: Tensor, labels: Tensor, weights: Tensor | None) -> None:
    """Let a network learn the labels of rows as they were drawn, by AdamW and one cycle of the rate."""
    batches = torch.split(drawn, BATCH)
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=len(batches))
    network.train()
    for rows in batches:
        shift = torch.randint(bank.stride, rows.shape)
        loss = functional.cross_entropy(network(bank.windows(rows, shift)), labels[rows], weights)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        cycle.step()
    network.eval()


@torch.no_grad()
def _logits(network: Judge, bank: Bank, rows: Tensor) -> Tensor:
    return torch.cat([network(bank.windows(part)) for part in torch.split(rows, 256)])


@torch.no_grad()
def _features(network: Judge, bank: Bank, rows: Tensor) -> Tensor:
    return torch.cat([network.features(bank.windows(part)) for part in torch.split(rows, 256)])


def _by_clip(values: Tensor, bank: Bank) -> Tensor:
    """Return the mean (N, C) over the windows of each clip of values (W, C)."""
    counts = torch.bincount(bank.clips)
    return torch.zeros(len(counts), values.shape[1]).index_add_(0, bank.clips, values) / counts[:, None]
