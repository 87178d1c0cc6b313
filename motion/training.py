"""How the single-person network learns from windows of clips: first its codec, then latents of noise.

Losses of the codec as in MDM and EDGE (arXiv 2209.14916, 2211.10658): rotations, and of joints by forward kinematics
places, velocities, accelerations, and the velocity of feet that stand; distances, not their squares, so that what
is nearly still is told as truly as what runs. The network learns what is clean.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from motion.clip import PARENTS, FloatArray
from motion.codec import LATENT, PATCH, Codec
from motion.denoiser import AHEAD, MEMORY, PAST, RAMP, SETTLING, WINDOW, Denoiser, figures_of, signal
from motion.features import FEET, FPS
from motion.local import LOCAL, OFFSET, STANDS, steps_of
from motion.phrases import describe
from motion.retarget import leg_of
from motion.single import Sample, kind_of, sample_of
from motion.text import encode_ids, forget

FRAMES = (WINDOW + 2) * PATCH
INNER = slice(PATCH, -PATCH)  # frames of the window itself
PHRASES = 12  # a recording, to draw from
DROPPED, LATE, FORGOTTEN = 0.1, 0.25, 0.05  # shares of texts that are not told, told late, and of words unknown
CUT, EVEN, SHORT = 0.2, 0.1, 0.3  # shares of windows without a past, with one level for all, the path known in part
WEIGHTS = {
    "turned": 0.3, "place": 6.0, "velocity": 1.0, "acceleration": 0.02, "foot": 0.3, "stands": 0.05,
}  # fmt: skip
LEAST = {"offset": 0.02, "turned": 0.05, "stands": 1.0}  # deviation at least, so that what hardly varies is no noise
NOISY = 0.3  # deviations, of latents at most while the codec learns
THINNEST = 0.1  # deviations: the spread along a principal axis at least
NEW = 0.005  # share of noise that is new in each token, at least
PERTURBED = 0.1  # deviations, by which noise is a little wrong, as what the network made will be (arXiv 2301.11706)
HEAVIEST = 25.0  # weight at most of tokens with little noise: what is fine is made there


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Batch:
    """Windows (B) of WINDOW tokens and one more before and after, F frames in all; ends of clips are held.

    Attributes:
        local: (B, F, LOCAL). steps: (B, F, STEPS) of the path. path: (B, F, 3) of it, leg lengths and rad.
        bones: (B, 22, 3) leg lengths. ids: (B, L, K) of texts. said: (B, WINDOW) bool, tokens that know the text.
        there, way: (B, WINDOW) bool, see `Denoiser.forward`. level: (B, WINDOW) of noise.
    """

    local: Tensor
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

    def scale(self, codec: Codec) -> None:
        """Give a codec the mean and deviation of what it learns from."""
        local = torch.from_numpy(self._local)
        least = torch.full((LOCAL,), LEAST["turned"])
        least[OFFSET], least[STANDS] = LEAST["offset"], LEAST["stands"]
        codec.mean.copy_(local.mean(dim=0))
        codec.mean[STANDS] = 0.0
        codec.deviation.copy_(torch.maximum(local.std(dim=0), least))
        codec.pace.copy_(torch.from_numpy(self._steps.std(axis=0)))

    @torch.no_grad()
    def whiten(self, network: Denoiser) -> None:
        """Tell a network, by its codec, how latents are spread and how slow they are."""
        parts = []
        for start, length in zip(self._starts, self._lengths, strict=True):
            rows = slice(start, start + length - length % PATCH)
            given = torch.from_numpy(self._local[rows][None]), torch.from_numpy(self._steps[rows][None])
            parts.append(network.codec.encode(*given)[0])
        latents = torch.cat(parts)
        network.mean.copy_(latents.mean(dim=0))
        centred = (latents - network.mean).double()
        share, axes = torch.linalg.eigh(centred.T @ centred / len(centred))
        network.axes.copy_(axes.T * share.clamp(min=THINNEST**2).sqrt()[:, None])
        memory, fresh = _as_slow_as([network.white(part).double() for part in parts])
        network.memory.copy_(memory)
        network.fresh.copy_(fresh)

    def draw(self, count: int, rng: np.random.Generator | None = None) -> Batch:
        """Return `count` windows."""
        rng = self.rng if rng is None else rng
        which = np.searchsorted(self._chances, rng.random(count), side="right").clip(max=len(self._lengths) - 1)
        first = np.floor(rng.uniform(-PAST * PATCH, self._lengths[which] - 0.5 * AHEAD * PATCH)).astype(int)
        frames = first[:, None] + np.arange(FRAMES) - PATCH
        inside = ((frames >= 0) & (frames < self._lengths[which][:, None]))[:, INNER]
        rows = self._starts[which][:, None] + frames.clip(0, self._lengths[which][:, None] - 1)
        path = self._path[rows]
        path -= path[:, FRAMES // 2 : FRAMES // 2 + 1] * np.array([1.0, 1.0, 0.0])  # near zero, for float32
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
            local=torch.from_numpy(self._local[rows]), steps=torch.from_numpy(self._steps[rows]),
            path=torch.from_numpy(path.astype(np.float32)), bones=torch.from_numpy(self._bones[which]), ids=ids,
            said=torch.from_numpy(said), there=torch.from_numpy(there),
            way=torch.from_numpy(there & (tokens < known[:, None])), level=torch.from_numpy(level.astype(np.float32)),
        )  # fmt: skip


def bones_of(figure: FloatArray) -> FloatArray:
    """Return the bones (22, 3) of a figure (22, 3) from the parent, leg lengths; the pelvis has none."""
    return np.asarray((figure - figure[np.maximum(PARENTS, 0)]) / leg_of(figure))


def _as_slow_as(parts: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Return how noise goes on and how much of it is new, see `Denoiser`, by Yule and Walker from (T, LATENT)."""
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


def codec_losses_of(codec: Codec, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
    """Return the parts of the loss of a codec, weighted, of a batch whose latents get noise of a generator."""
    latents = codec.encode(batch.local, batch.steps)
    far = NOISY * torch.rand(len(latents), 1, 1, generator=generator)
    made = codec.decode(latents + far * torch.randn(latents.shape, generator=generator), batch.steps)[:, INNER]
    true, path = batch.local[:, INNER], batch.path[:, INNER]
    there = batch.there.repeat_interleave(PATCH, dim=1).float()
    turned = ((made - true) / codec.deviation)[..., : STANDS.start].abs().mean(dim=2, keepdim=True)
    stands = functional.binary_cross_entropy_with_logits(made[..., STANDS], true[..., STANDS], reduction="none")
    joints = _world(figures_of(made, batch.bones, PARENTS), path)
    with torch.no_grad():
        real = _world(figures_of(true, batch.bones, PARENTS), path)
    speed = (joints - real).diff(dim=1) * FPS
    pairs = there[:, 1:] * there[:, :-1]
    stand = (true[:, 1:, STANDS] * true[:, :-1, STANDS]) * pairs[..., None]
    feet = (joints[:, :, FEET].diff(dim=1) * FPS).norm(dim=3)
    parts = {
        "turned": _mean(turned, there),
        "place": _mean(_length(joints - real), there),
        "velocity": _mean(_length(speed), pairs),
        "acceleration": _mean(_length(speed.diff(dim=1) * FPS), pairs[:, 1:] * pairs[:, :-1]),
        "foot": (feet * stand).sum() / stand.sum().clamp(min=1.0),
        "stands": _mean(stands, there),
    }
    return {name: WEIGHTS[name] * value for name, value in parts.items()}


def codec_loss_of(codec: Codec, batch: Batch, generator: torch.Generator) -> Tensor:
    """Return the loss of a codec for a batch whose latents get noise of a generator."""
    return torch.stack(list(codec_losses_of(codec, batch, generator).values())).sum()


def network_loss_of(network: Denoiser, batch: Batch, generator: torch.Generator) -> Tensor:
    """Return the loss of a network for a batch with noise of a generator."""
    with torch.no_grad():
        clean = network.white(network.codec.encode(batch.local, batch.steps)[:, 1:-1].float()) * batch.there[..., None]
    drawn = torch.randn(len(clean), SETTLING + WINDOW, LATENT, generator=generator)
    noise = network.noise_of(drawn) + PERTURBED * torch.randn(clean.shape, generator=generator)
    share = signal(batch.level)[..., None]
    noised = batch.level > 0.0
    noisy = torch.where(noised[..., None], share.sqrt() * clean + (1.0 - share).sqrt() * noise, clean)
    told = torch.where(batch.said[..., None], network.read(batch.ids)[:, None], network.wordless)
    guess = network(noisy, batch.level, batch.steps[:, INNER], told, batch.there, batch.way).float()
    counts = (batch.there & noised).float()
    heavy = (1.0 / (1.0 - share[..., 0])).clamp(max=HEAVIEST) * counts
    squares = (network.plain(guess) - network.plain(clean)).square().mean(dim=2)
    return (squares * heavy).sum() / counts.sum()


Loss = Callable[[Batch, torch.Generator], Tensor]
Draws = tuple[Callable[[], Any], Callable[[Any], object]]


def objectives(
    loss_of: Loss, train: Windows, held: Windows | None, *, batch: int, seed: int, fast: bool
) -> tuple[Callable[[], Tensor], Callable[[], float], Draws]:
    """Return what a training loop needs: the loss of a drawn batch, how held-out clips do, and the state of the draws.

    Args:
        loss_of: the loss of a batch, with noise of a generator. fast: matrices in bfloat16, where the processor can.
    """
    generator = torch.Generator().manual_seed(seed)

    def loss() -> Tensor:
        with torch.autocast("cpu", torch.bfloat16, enabled=fast):
            return loss_of(train.draw(batch), generator)

    @torch.no_grad()
    def judge() -> float:
        if held is None:
            return float("nan")
        rng, same = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
        return float(np.mean([float(loss_of(held.draw(128, rng), same)) for _ in range(4)]))

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


def _length(vectors: Tensor) -> Tensor:
    """Return the lengths (...) of vectors (..., 3), rounded off at zero, where they have a gradient."""
    return (vectors.square().sum(dim=-1) + 1e-8).sqrt()


def _mean(values: Tensor, weights: Tensor) -> Tensor:
    """Return the mean of values (B, F, J) where weights (B, F) are."""
    return (values.mean(dim=2) * weights).sum() / weights.sum().clamp(min=1.0)
