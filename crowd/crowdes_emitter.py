"""CrowdES, emitter: a diffusion model over the set of people who come next (arXiv 2504.04756, section 3.3).

A record has 7 numbers: type, time of entry as a share of the window, preferred speed (m/s), origin x, y and goal x, y,
shares of the picture. Departures where `paper_compat` is off: attention reads the people and not the padding; the whole
way back from noise is walked (J. Song et al., DDIM, ICLR 2021, arXiv 2010.02502, equation 12) and its origins and goals
are kept. With `copies` of 1 there is no copy axis, so the noise is read directly off the decoder.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from crowd.crowdes_config import CrowdESConfig

RECORD = 7  # type, time, speed, origin x, y, goal x, y
PLANES = 10  # of the condition: 7 classes, density, appearance, people present
FAINT = 0.1  # of the appearance map's maximum; nobody starts where it is less (compat)
APART = 0.5  # of the picture's side, from origin to goal (compat)
TRIES = 98  # to draw a goal that far away (compat)
LATER = 1.7  # by which times of entry are stretched (compat)


class ConcatSquash(nn.Module):
    """A linear layer whose output a context scales and shifts: W x * sigmoid(G c) + S c; without `squash` W x * G c."""

    def __init__(self, width: int, out: int, context: int, *, squash: bool = True) -> None:
        super().__init__()
        self.squash = squash
        self.value, self.gate = nn.Linear(width, out), nn.Linear(context, out)
        self.shift = nn.Linear(context, out, bias=False)

    def forward(self, context: Tensor, x: Tensor) -> Tensor:
        """Return (..., out) for x (..., width) and a context that can be broadcast to (..., context)."""
        gate = self.gate(context)
        result: Tensor = self.value(x) * (torch.sigmoid(gate) if self.squash else gate) + self.shift(context)
        return result


class SocialTransformer(nn.Module):
    """Exchange between people: a linear layer and a residual transformer of two layers."""

    def __init__(self, width_in: int, width: int, feedforward: int, dropout: float) -> None:
        super().__init__()
        self.embed = nn.Linear(width_in, width, bias=False)
        layer = nn.TransformerEncoderLayer(width, 4, feedforward, dropout, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)

    def forward(self, x: Tensor, ignore: Tensor | None) -> Tensor:
        """Return (B, N, width) of people (B, N, width_in); those True in `ignore` (B, N) are not attended to."""
        x = self.embed(x)
        result: Tensor = x + self.encoder(x, src_key_padding_mask=ignore)
        return result


class Emitter(nn.Module):
    """Predict the noise in the records of a window.

    Buffers, from the training set: mean, deviation, lowest, highest (7,) of the records.
    """

    mean: Tensor
    deviation: Tensor
    lowest: Tensor
    highest: Tensor
    waves: Tensor

    def __init__(self, config: CrowdESConfig) -> None:
        super().__init__()
        self.config = config
        width = config.emitter_width
        self.reduce = nn.ModuleList(
            nn.Sequential(nn.Conv2d(a, b, 3, 2, 1), nn.ReLU(), nn.GroupNorm(4, b))
            for a, b in pairwise((PLANES, *config.emitter_channels))
        )
        cells = (config.emitter_size // 8) ** 2 * config.emitter_channels[-1]
        self.summary = nn.Linear(cells, config.emitter_condition)
        self.time = nn.Sequential(nn.Linear(8, 8), nn.SiLU(), nn.Linear(8, 8), nn.SiLU())
        self.register_buffer("waves", torch.randn(4))
        context = config.emitter_condition + 8
        self.encoder = nn.ModuleList(ConcatSquash(a, b, context) for a, b in pairwise((RECORD, width, width, width)))
        self.social = SocialTransformer(width, width, config.emitter_feedforward, config.dropout)
        self.norms = nn.ModuleList(nn.GroupNorm(4, width) for _ in range(2))
        self.cross = ConcatSquash(context, width, width)
        self.decoder = nn.ModuleList(ConcatSquash(width, width, context) for _ in range(2))
        self.head = ConcatSquash(width, RECORD, context, squash=False)
        if config.copies > 1:
            self.level = nn.GroupNorm(1, config.copies)
            self.rise = ConcatSquash(config.copies, config.emitter_noise, context)
            self.fall = ConcatSquash(config.emitter_noise, config.copies, context, squash=False)
        self.register_buffer("mean", torch.zeros(RECORD))
        self.register_buffer("deviation", torch.ones(RECORD))
        self.register_buffer("lowest", torch.zeros(RECORD))
        self.register_buffer("highest", torch.ones(RECORD))

    def condition(self, planes: Tensor) -> Tensor:
        """Return the summary (B, C) of the place and those present, planes (B, 10, size, size)."""
        for layer in self.reduce:
            planes = layer(planes)
        result: Tensor = self.summary(planes.flatten(1))
        return result

    def forward(self, x: Tensor, real: Tensor, condition: Tensor, step: Tensor) -> Tensor:
        """Return the noise (B, N, copies * 7) in x, of the same shape.

        Args:
            x: noisy records, standardised, `copies` times 7 numbers a person.
            real: (B, N) True for people, False for padding.
            condition: (B, C) of `condition`. step: (B,) int64 of the diffusion.
        """
        copies = self._copies(x)
        angle = 2.0 * math.pi * (step.float() / self.config.diffusion_steps)[:, None] * self.waves
        time = self.time(torch.cat((angle.sin(), angle.cos()), 1).to(condition.dtype))
        context = torch.cat((condition, time), 1)[:, None]
        y = copies.mean(2)
        for layer in self.encoder:
            y = layer(context, y)
        y = _per_person(self.norms[0], self.social(y, self._ignored(real)))
        y = _per_person(self.norms[1], self.cross(y, context))
        for layer in self.decoder:
            y = layer(context, y)
        y = self.head(context, y)
        if self.config.copies == 1:
            result: Tensor = y
            return result
        rest = _per_person(self.level, copies - y[:, :, None]).transpose(2, 3)
        context = context[:, :, None]
        noise: Tensor = self.fall(context, self.rise(context, rest))
        return noise.transpose(2, 3).flatten(2)

    def standardised(self, records: Tensor) -> Tensor:
        """Return records (..., 7) as the vectors (..., copies * 7) that are diffused."""
        copies = (*(1,) * (records.ndim - 1), self.config.copies)
        return ((records - self.mean) / self.deviation).repeat(copies)

    def records(self, x: Tensor) -> Tensor:
        """Return the records (B, N, 7) of diffused vectors (B, N, copies * 7), the mean of the copies."""
        return self._copies(x).mean(2) * self.deviation + self.mean

    def _copies(self, x: Tensor) -> Tensor:
        return x.view(*x.shape[:2], self.config.copies, RECORD)

    def _ignored(self, real: Tensor) -> Tensor:
        if not self.config.paper_compat:
            return ~real
        return real & ~real.all(1, keepdim=True)  # as published, inverted; a set without padding would be NaN


def signal(config: CrowdESConfig) -> Tensor:
    """Return the share of the signal's power left after each step (diffusion_steps,), alpha bar of linear betas."""
    betas = torch.linspace(*config.betas, config.diffusion_steps, dtype=torch.float32)
    return torch.cumprod(1.0 - betas, 0)


def planes(semantic: Tensor, maps: Tensor, present: Tensor, count: Tensor) -> Tensor:
    """Return the condition (B, 10, S, S): 7 classes, density, appearance, and 1 where somebody is.

    Args:
        semantic: (B, S, S) class ids. maps: (B, 2, S, S) appearance, then density.
        present: (B, P, 2) shares of the picture, the first `count` (B,) of them valid.
    """
    size = semantic.shape[-1]
    classes = (semantic[:, None] == torch.arange(1, 8, device=semantic.device)[None, :, None, None]).float()
    cells = (present * size).long().clamp(0, size - 1)
    index = cells[..., 1] * size + cells[..., 0]
    valid = torch.arange(present.shape[1], device=present.device) < count[:, None]
    index = torch.where(valid, index, size * size)
    occupied = torch.zeros(len(semantic), size * size + 1, device=semantic.device).scatter_(1, index, 1.0)
    here = occupied[:, :-1].view(-1, 1, size, size)
    return torch.cat((classes, maps[:, 1:], maps[:, :1], here), 1)


def emitter_loss(
    network: Emitter, condition: Tensor, records: Tensor, real: Tensor, generator: torch.Generator
) -> Tensor:
    """Return the mean squared error of the noise of real people, section 3.3.

    Args:
        network: the denoiser.
        condition: (B, 10, S, S) of `planes`. records: (B, N, 7). real: (B, N) bool, True for people.
        generator: on the device of the tensors.
    """
    x = network.standardised(records)
    step = torch.randint(network.config.diffusion_steps, (len(x),), generator=generator, device=x.device)
    power = signal(network.config).to(x.device)[step][:, None, None]
    noise = torch.randn(x.shape, generator=generator, device=x.device)
    guess = network(power.sqrt() * x + (1.0 - power).sqrt() * noise, real, network.condition(condition), step)
    error: Tensor = ((guess.float() - noise) ** 2).mean(2)
    return (error * real).sum() / real.sum().clamp_min(1)


@torch.no_grad()
def sample(
    network: Emitter, condition: Tensor, count: int, generator: torch.Generator, appearance: Tensor | None = None
) -> Tensor:
    """Return `count` records (count, 7), those who come first in front.

    Args:
        network: the denoiser, on the CPU.
        condition: (1, 10, S, S) of `planes`.
        count: people wanted, at most config.agents.
        generator: on the CPU.
        appearance: (h, w), where people come and go; needed, and used, in compat mode only.

    Raises:
        ValueError: too many people are wanted, or the map is missing in compat mode.
    """
    from diffusers import schedulers  # not needed to train

    config = network.config
    if not 0 <= count <= config.agents:
        raise ValueError(f"count: expected 0 to {config.agents} people, got {count}; emit the rest in the next window")
    if config.paper_compat and appearance is None:
        raise ValueError("appearance: expected a map (h, w) in compat mode, got None; predict the layouts first")
    if count == 0:
        return torch.zeros(0, RECORD)
    first, last = config.betas
    scheduler: Any = schedulers.DDIMScheduler(  # type: ignore[no-untyped-call]
        config.diffusion_steps, beta_start=first, beta_end=last, beta_schedule="linear", clip_sample=False,
        timestep_spacing="leading" if config.paper_compat else "trailing", set_alpha_to_one=True,
    )  # fmt: skip
    summary = network.condition(condition)
    slots = config.agents if config.paper_compat else count  # padding changes nothing where it is not attended to
    real = torch.arange(slots)[None] < count
    x = torch.randn(1, slots, RECORD * config.copies, generator=generator)
    chosen = torch.zeros(0)
    if appearance is not None and config.paper_compat:
        scheduler.set_timesteps(config.diffusion_steps)
        steps = scheduler.timesteps[-config.sampling_steps :]
        chosen = _heuristic(appearance, config.agents, generator)
        start = torch.zeros(1, config.agents, RECORD)
        start[..., 1] = torch.rand(config.agents, generator=generator)
        start[..., 3:] = chosen
        fixed = network.standardised(start).view(1, -1, config.copies, RECORD)
        x = x.view(1, -1, config.copies, RECORD)
        x = torch.cat((x[..., :1], fixed[..., 1:2], x[..., 2:3], fixed[..., 3:]), -1).flatten(2)
    else:
        scheduler.set_timesteps(config.sampling_steps)
        steps = scheduler.timesteps
    for step in steps:
        noise = network(x, real, summary, step[None].long())
        eta = 1.0 if config.paper_compat else 0.0
        x = scheduler.step(noise, step, x, eta=eta, generator=generator).prev_sample
    records = network.records(x)[0, :count]
    if config.paper_compat:
        records[:, 1] *= LATER
        records[:, 3:] = chosen[:count]
    records = torch.minimum(torch.maximum(records, network.lowest), network.highest)
    records[:, 0] = records[:, 0].round()
    records[:, 1].clamp_(0.0, 1.0 - 1e-6)
    records[:, 3:].clamp_(0.0, 1.0 - 1e-6)
    return records[torch.argsort(records[:, 1], stable=True)]


def _heuristic(appearance: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """Return origins and goals (count, 4), shares of the picture, drawn from the appearance map (compat)."""
    height, width = appearance.shape
    chance = torch.where(appearance < FAINT * appearance.max(), 0.0, appearance).flatten()
    chance = functional.interpolate(chance.view(1, 1, height, width), (128, 128), mode="area").flatten()

    def draw(number: int) -> Tensor:
        cell = torch.multinomial(chance, number, replacement=True, generator=generator)
        return (torch.stack((cell % 128, cell // 128), 1) + torch.rand(number, 2, generator=generator)) / 128.0

    origins, goals = draw(count), draw(count)
    for _ in range(TRIES):
        near = (goals - origins).norm(dim=1) < APART
        if not near.any():
            break
        goals[near] = draw(int(near.sum()))
    return torch.cat((origins, goals), 1)


def _per_person(norm: nn.Module, x: Tensor) -> Tensor:
    result: Tensor = norm(x.flatten(0, 1)).view(x.shape)
    return result
