"""How the single-person network learns: windows of clips, noise that grows over the window, geometric losses.

Losses as in MDM and EDGE (arXiv 2209.14916, 2211.10658): what is clean, z-scored, and of the joints by forward
kinematics their places, velocities, accelerations, and the velocity of feet that stand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from motion.clip import PARENTS, FloatArray
from motion.denoiser import (
    AHEAD,
    MEMORY,
    PAST,
    PATCH,
    RAMP,
    SETTLING,
    TOKEN,
    WINDOW,
    Denoiser,
    figures_of,
    join,
    signal,
    split,
)
from motion.features import FEET, FPS
from motion.local import LOCAL, OFFSET, STANDS, steps_of
from motion.phrases import describe
from motion.retarget import leg_of
from motion.single import Sample, kind_of, sample_of
from motion.text import encode_ids, forget

FRAMES = WINDOW * PATCH
PHRASES = 12  # a recording, to draw from
DROPPED, LATE, FORGOTTEN = 0.1, 0.25, 0.05  # shares of texts that are not told, told late, and of words unknown
CUT, EVEN, SHORT = 0.2, 0.1, 0.3  # shares of windows without a past, with one level for all, the path known in part
SOME = 2  # the geometric losses look at every so manieth window: they cost as much as the network
LEVELLED = 0.7  # level below which the geometric losses count, as InterGen's T_BAR of 700
WEIGHTS = {"clean": 1.0, "place": 8.0, "velocity": 0.4, "acceleration": 0.001, "foot": 0.4}
LEAST = {"offset": 0.02, "turned": 0.05, "stands": 0.3}  # deviation at least, so that what hardly varies is no noise
THINNEST = 0.03  # deviations: the spread along a principal axis at least
FINE = 0.02  # of that for what differs from the cubic
NEW = 0.005  # share of noise that is new in each token, at least
BANDS = (0.8, 0.1, 0.1)  # weights of the knot and of the two frames after it
PERTURBED = 0.1  # deviations, by which noise is a little wrong, as what the network made will be (arXiv 2301.11706)
HEAVIEST = 25.0  # weight at most of tokens with little noise: what is fine is made there


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Batch:
    """Windows (B) of WINDOW tokens, what is not there zero.

    Attributes:
        local: (B, F, LOCAL). tokens: (B, WINDOW, TOKEN) of it. steps: (B, F, STEPS) of the path.
        path: (B, F, 3) of the window, leg lengths and rad.
        bones: (B, 22, 3) leg lengths. ids: (B, L, K) of texts. said: (B, WINDOW) bool, tokens that know the text.
        there, way: (B, WINDOW) bool, see `Denoiser.forward`. level: (B, WINDOW) of noise.
    """

    local: Tensor
    tokens: Tensor
    steps: Tensor
    path: Tensor
    bones: Tensor
    ids: Tensor
    said: Tensor
    there: Tensor
    way: Tensor
    level: Tensor


class Windows:
    """Draws windows of samples and their mirror images, kinds of acts balanced by the root of their length."""

    def __init__(self, samples: Sequence[Sample], seed: int) -> None:
        """Prepare.

        Raises:
            ValueError: there are no samples.
        """
        if not samples:
            raise ValueError("samples: expected clips to learn from, got none; give a folder with recordings")
        rng = np.random.default_rng([seed, 0])
        both = [one for s in samples for one in (s, sample_of(s.recording, s.clip, s.figure, mirror=True))]
        self._lengths = np.array([len(one.local) for one in both])
        self._starts = np.concatenate([[0], np.cumsum(self._lengths)[:-1]])
        legs = [leg_of(one.figure) for one in both]
        self._local = np.concatenate([one.local for one in both]).astype(np.float32)
        self._steps = np.concatenate(
            [steps_of(one.path, leg) for one, leg in zip(both, legs, strict=True)]
        ).astype(np.float32)  # fmt: skip
        scaled = [one.path / np.array([leg, leg, 1.0]) for one, leg in zip(both, legs, strict=True)]
        self._path = np.concatenate(scaled)
        self._bones = np.stack([bones_of(one.figure) for one in both]).astype(np.float32)
        texts = [[describe(one.recording, rng, one.mirrored) for _ in range(PHRASES)] for one in both]
        ids = encode_ids([text for row in texts for text in row])
        self._ids = ids.view(len(both), PHRASES, *ids.shape[1:])
        kinds = [kind_of(one.recording) for one in both]
        whole = {kind: sum(n for n, k in zip(self._lengths, kinds, strict=True) if k == kind) for kind in set(kinds)}
        weights = np.array([n / whole[k] ** 0.5 for n, k in zip(self._lengths, kinds, strict=True)])
        self._chances = np.cumsum(weights / weights.sum())
        self.rng = np.random.default_rng([seed, 1])

    def scale(self, network: Denoiser) -> None:
        """Give a network the mean and deviation of what it learns from."""
        parts = []
        for start, length in zip(self._starts, self._lengths, strict=True):
            rows = np.arange(-PATCH, length - length % PATCH + 2 * PATCH).clip(0, length - 1)
            parts.append(split(torch.from_numpy(self._local[start + rows][None]))[0])
        tokens = torch.cat(parts)
        least = torch.full((PATCH, LOCAL), LEAST["turned"])
        least[0, OFFSET] = LEAST["offset"]
        least[1:] *= FINE
        least[1:, OFFSET] = LEAST["offset"] * FINE
        least[:, STANDS] = LEAST["stands"]
        network.mean.copy_(tokens.mean(dim=0))
        network.deviation.copy_(torch.maximum(tokens.std(dim=0), least.flatten()))
        network.pace.copy_(torch.from_numpy(self._steps.std(axis=0)))
        scaled = (tokens - network.mean) / network.deviation
        for columns in _bands():
            part = scaled[:, columns].double()
            share, axes = torch.linalg.eigh(part.T @ part / len(part))
            long = axes.T * share.clamp(min=THINNEST**2).sqrt()[:, None]
            network.axes[columns[:, None], columns] = long.float()
        memory, fresh = _as_slow_as([network.white(part).double() for part in parts])
        network.memory.copy_(memory)
        network.fresh.copy_(fresh)

    def draw(self, count: int, rng: np.random.Generator | None = None) -> Batch:
        """Return `count` windows."""
        rng = self.rng if rng is None else rng
        which = np.searchsorted(self._chances, rng.random(count), side="right").clip(max=len(self._lengths) - 1)
        first = np.floor(rng.uniform(-PAST * PATCH, self._lengths[which] - 0.5 * AHEAD * PATCH)).astype(int)
        frames = first[:, None] + np.arange(-PATCH, FRAMES + 2 * PATCH)
        inside = ((frames >= 0) & (frames < self._lengths[which][:, None]))[:, PATCH : PATCH + FRAMES]
        rows = self._starts[which][:, None] + frames.clip(0, self._lengths[which][:, None] - 1)
        local, rows = torch.from_numpy(self._local[rows]), rows[:, PATCH : PATCH + FRAMES]
        path = self._path[rows]
        path -= path[:, PAST * PATCH : PAST * PATCH + 1] * np.array([1.0, 1.0, 0.0])  # near zero, for float32
        there = inside.reshape(count, WINDOW, PATCH).all(axis=2)
        tokens = np.arange(WINDOW)
        there &= ~((rng.random(count) < CUT)[:, None] & (tokens < rng.integers(1, PAST + 1, count)[:, None]))
        front = np.where(rng.random(count) < 0.5, PAST + rng.random(count), rng.uniform(-PAST, WINDOW, count))
        level = ((tokens + 1.0 - front[:, None]) / AHEAD).clip(0.0, 1.0) ** RAMP
        even = rng.random(count) < EVEN
        level[even] = rng.random((int(even.sum()), 1))
        known = np.where(rng.random(count) < SHORT, rng.integers(PAST, WINDOW, count), WINDOW)
        ids = self._ids[torch.from_numpy(which), torch.from_numpy(rng.integers(PHRASES, size=count))]
        ids = forget(ids, FORGOTTEN, torch.Generator().manual_seed(int(rng.integers(2**62))))
        said = np.tile((rng.random(count) >= DROPPED)[:, None], WINDOW)  # and now and then from some time on only
        said &= (rng.random(count) >= LATE)[:, None] | (tokens >= rng.integers(1, PAST + 5, count)[:, None])
        return Batch(
            local=local[:, PATCH : PATCH + FRAMES], tokens=split(local), steps=torch.from_numpy(self._steps[rows]),
            path=torch.from_numpy(path.astype(np.float32)), bones=torch.from_numpy(self._bones[which]), ids=ids,
            said=torch.from_numpy(said), there=torch.from_numpy(there),
            way=torch.from_numpy(there & (tokens < known[:, None])), level=torch.from_numpy(level.astype(np.float32)),
        )  # fmt: skip


def bones_of(figure: FloatArray) -> FloatArray:
    """Return the bones (22, 3) of a figure (22, 3) from the parent, leg lengths; the pelvis has none."""
    return np.asarray((figure - figure[np.maximum(PARENTS, 0)]) / leg_of(figure))


def _bands() -> tuple[Tensor, ...]:
    """Return the numbers of a token that are whitened together: the knot, what differs from the cubic, what stands.

    They differ in how fast they are: mixed, noise would not be as slow as what bodies do.
    """
    columns = torch.arange(TOKEN).view(PATCH, LOCAL)
    moves = columns[:, : STANDS.start]
    return moves[0], moves[1:].flatten(), columns[:, STANDS].flatten()


def _as_slow_as(parts: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Return how noise goes on and how much of it is new, see `Denoiser`, by Yule and Walker from tokens (T, TOKEN)."""
    lags = range(MEMORY + 1)
    along = torch.stack([
        torch.stack([(part[lag:] * part[: max(len(part) - lag, 0)]).sum(dim=0) for part in parts]).sum(dim=0)
        / max(1, sum(max(len(part) - lag, 0) for part in parts))
        for lag in lags
    ])  # fmt: skip
    along[0] = along[0] * (1.0 + NEW) + 1e-9
    table = torch.stack([torch.stack([along[abs(i - j)] for j in lags[1:]]) for i in lags[1:]]).permute(2, 0, 1)
    shares = torch.linalg.solve(table, along[1:].T)
    fresh = (1.0 - (shares * along[1:].T).sum(dim=1) / along[0]).clamp(min=0.0).sqrt()
    return shares.T.flip(0), fresh


def losses_of(network: Denoiser, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
    """Return the parts of the loss, weighted, of a batch with noise of a generator."""
    true_tokens = network.white(batch.tokens)
    clean = true_tokens * batch.there[..., None]
    drawn = torch.randn(len(clean), SETTLING + WINDOW, TOKEN, generator=generator)
    noise = network.noise_of(drawn)
    share = signal(batch.level)[..., None]
    noised = batch.level > 0.0
    astray = PERTURBED * torch.randn(clean.shape, generator=generator)
    noisy = torch.where(noised[..., None], share.sqrt() * clean + (1.0 - share).sqrt() * (noise + astray), clean)
    told = network.read(batch.ids)[:, None]
    told = torch.where(batch.said[..., None], told, network.wordless)
    steps = (batch.steps / network.pace).reshape(len(clean), WINDOW, -1)
    guess = network(noisy, batch.level, steps, told, batch.there, batch.way).float()
    counts = (batch.there & noised)[..., None].float()
    heavy = (1.0 / (1.0 - share)).clamp(max=HEAVIEST) * counts
    squares = network.scaled(guess - clean).square().reshape(*guess.shape[:2], PATCH, LOCAL).mean(
        dim=3
    ) @ guess.new_tensor(BANDS)
    result = {"clean": (squares * heavy[..., 0]).sum() / counts.sum()}
    part = slice(None, None, SOME)
    known = noised & batch.there
    guess = torch.where(known[..., None], guess, true_tokens)[part]  # what is known joins what is made
    made = _world(figures_of(join(network.plain(guess)), batch.bones[part], PARENTS), batch.path[part])
    with torch.no_grad():
        true = _world(figures_of(batch.local[part], batch.bones[part], PARENTS), batch.path[part])
    judged = batch.there & noised & (batch.level < LEVELLED)
    frames = judged[part].repeat_interleave(PATCH, dim=1).float()
    exist = batch.there[part].repeat_interleave(PATCH, dim=1)
    off = made - true
    result["place"] = _mean(off.square().sum(dim=3), frames)
    speed = off.diff(dim=1) * FPS
    pairs = torch.maximum(frames[:, 1:], frames[:, :-1]) * (exist[:, 1:] & exist[:, :-1])
    result["velocity"] = _mean(speed.square().sum(dim=3), pairs)
    change = speed.diff(dim=1) * FPS
    result["acceleration"] = _mean(change.square().sum(dim=3), torch.maximum(pairs[:, 1:], pairs[:, :-1]))
    stand = batch.local[part, 1:, STANDS] * batch.local[part, :-1, STANDS]
    feet = (made[:, :, FEET].diff(dim=1) * FPS).square().sum(dim=3)
    result["foot"] = (feet * stand * pairs[..., None]).sum() / (stand * pairs[..., None]).sum().clamp(min=1.0)
    return {name: WEIGHTS[name] * value for name, value in result.items()}


def objectives(
    network: Denoiser, train: Windows, held: Windows | None, *, batch: int, seed: int, fast: bool
) -> tuple[Callable[[], Tensor], Callable[[], float], tuple[Callable[[], Any], Callable[[Any], object]]]:
    """Return what a training loop needs: the loss of a drawn batch, how held-out clips do, and the state of the draws.

    fast: matrices in bfloat16, where the processor can.
    """
    generator = torch.Generator().manual_seed(seed)

    def loss() -> Tensor:
        with torch.autocast("cpu", torch.bfloat16, enabled=fast):
            parts = losses_of(network, train.draw(batch), generator)
        return torch.stack(list(parts.values())).sum()

    @torch.no_grad()
    def judge() -> float:
        if held is None:
            return float("nan")
        rng, same = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
        values = [sum(losses_of(network, held.draw(128, rng), same).values()) for _ in range(4)]
        return float(sum(map(float, values)) / len(values))

    def state() -> Any:
        return {"windows": train.rng.bit_generator.state, "noise": generator.get_state()}

    def restore(given: Any) -> None:
        train.rng.bit_generator.state = given["windows"]
        generator.set_state(given["noise"])

    return loss, judge, (state, restore)


def _world(joints: Tensor, path: Tensor) -> Tensor:
    """Return joints (B, F, 22, 3) in the frame of the path as seen from the ground, leg lengths."""
    c, s = path[..., 2].cos()[..., None], path[..., 2].sin()[..., None]
    x = path[..., :1] + c * joints[..., 0] - s * joints[..., 1]
    y = path[..., 1:2] + s * joints[..., 0] + c * joints[..., 1]
    return torch.stack([x, y, joints[..., 2]], dim=3)


def _mean(values: Tensor, weights: Tensor) -> Tensor:
    """Return the mean of values (B, F, J) where weights (B, F) are."""
    return (values.mean(dim=2) * weights).sum() / weights.sum().clamp(min=1.0)
