"""Draws plans by diffusion: a small network, conditional on the trip, under diffusers' DDIM scheduler.

Denoising diffusion (Ho et al., NeurIPS 2020, arXiv 2006.11239) with the cosine schedule (Nichol and Dhariwal, ICML
2021, arXiv 2102.09672), velocity prediction (Salimans and Ho, ICLR 2022, arXiv 2202.00512) and DDIM sampling (Song et
al., ICLR 2021, arXiv 2010.02502). It runs once per person and leg of way, not per chunk of time: so many cost little.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from crowd.plans import CONDITIONS, VALUES, FloatArray
from crowd.weights import load_weights, save_weights

TRAINED_STEPS, SAMPLED_STEPS = 1000, 15
FREQUENCIES = 16
BATCH = 4096  # plans that are drawn at once at most


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanConfig:
    """The size of the network: its width and its blocks; `dropout` of what it knows of the trip, while it learns."""

    width: int = 256
    blocks: int = 4
    dropout: float = 0.1


class _Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.modulate = nn.Linear(width, 2 * width)
        self.inward, self.outward = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, x: Tensor, known: Tensor) -> Tensor:
        scale, shift = self.modulate(known).chunk(2, dim=1)
        y = self.norm(x) * (1.0 + scale) + shift
        result: Tensor = x + self.outward(nn.functional.silu(self.inward(y)))
        return result


class PlanNetwork(nn.Module):
    """Predicts the velocity of noisy plans: (B, VALUES), conditions (B, CONDITIONS), times (B,) in [0, 1).

    The buffers hold mean and deviation of the plans and of the conditions that it learned from, and the `body`, metres:
    half of how near people came to one another.
    """

    plan_mean: Tensor
    plan_deviation: Tensor
    trip_mean: Tensor
    trip_deviation: Tensor
    body: Tensor

    def __init__(self, config: PlanConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.trip = nn.Sequential(
            nn.Linear(CONDITIONS, width), nn.SiLU(), nn.Dropout(config.dropout), nn.Linear(width, width), nn.SiLU()
        )
        self.time = nn.Sequential(nn.Linear(2 * FREQUENCIES, width), nn.SiLU(), nn.Linear(width, width))
        self.inward, self.outward = nn.Linear(VALUES, width), nn.Linear(width, VALUES)
        self.blocks = nn.ModuleList(_Block(width) for _ in range(config.blocks))
        for name, size in (("plan", VALUES), ("trip", CONDITIONS)):
            self.register_buffer(f"{name}_mean", torch.zeros(size))
            self.register_buffer(f"{name}_deviation", torch.ones(size))
        self.register_buffer("body", torch.full((1,), 0.2))

    def forward(self, noisy: Tensor, known: Tensor, time: Tensor) -> Tensor:
        rates = torch.exp(torch.linspace(0.0, math.log(1000.0), FREQUENCIES, device=noisy.device))
        angles = time[:, None] * rates
        context = self.trip(known) + self.time(torch.cat([angles.sin(), angles.cos()], dim=1))
        x = self.inward(noisy)
        for block in self.blocks:
            x = block(x, context)
        result: Tensor = self.outward(x)
        return result

    def known(self, conditions: Tensor) -> Tensor:
        """Return conditions (B, CONDITIONS) as the network takes them."""
        return (conditions - self.trip_mean) / self.trip_deviation


def alphas_cumprod() -> Tensor:
    """Return (TRAINED_STEPS,) the share of signal at each step: diffusers' `squaredcos_cap_v2`."""
    steps = torch.arange(TRAINED_STEPS + 1, dtype=torch.float64) / TRAINED_STEPS
    signal = torch.cos((steps + 0.008) / 1.008 * math.pi / 2) ** 2
    betas = (1.0 - signal[1:] / signal[:-1]).clamp(max=0.999)
    return torch.cumprod(1.0 - betas, dim=0).float()


@torch.no_grad()
def draw_plans(
    network: PlanNetwork, conditions: FloatArray, noise: FloatArray, *, steps: int = SAMPLED_STEPS
) -> FloatArray:
    """Return plans (N, VALUES) for conditions (N, CONDITIONS), made of noise (N, VALUES), standard normal.

    People who go together are given the same noise and plan alike.
    """
    from diffusers import DDIMScheduler

    scheduler: Any = DDIMScheduler(  # type: ignore[no-untyped-call]
        TRAINED_STEPS, beta_schedule="squaredcos_cap_v2", prediction_type="v_prediction", clip_sample=False,
        set_alpha_to_one=True, timestep_spacing="trailing",
    )  # fmt: skip
    scheduler.set_timesteps(steps)
    network.eval()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # the same bytes on any machine of one kind
    try:
        result = np.empty((len(conditions), VALUES))
        for first in range(0, len(conditions), BATCH):
            part = slice(first, first + BATCH)
            known = network.known(torch.as_tensor(conditions[part], dtype=torch.float32))
            plans = torch.as_tensor(noise[part], dtype=torch.float32)
            for step in scheduler.timesteps:
                time = torch.full((len(plans),), float(step) / TRAINED_STEPS)
                plans = scheduler.step(network(plans, known, time), step, plans).prev_sample
            result[part] = (plans * network.plan_deviation + network.plan_mean).double().numpy()
        return result
    finally:
        torch.set_num_threads(threads)


def save_network(network: PlanNetwork, path: Path, about: dict[str, object]) -> None:
    """Write weights and what there is to say about them, whole or not at all."""
    save_weights(network.state_dict(), path, "plan_diffusion", {"config": asdict(network.config), **about})


@lru_cache(maxsize=2)
def load_network(path: Path) -> PlanNetwork:
    """Return a network by its weights; the last two are kept, not to be changed.

    Raises:
        FileNotFoundError: no such file.
        ValueError: the file holds another model.
    """
    about, tensors = load_weights(path, "plan_diffusion")
    network = PlanNetwork(PlanConfig(**about["config"]))
    network.load_state_dict(tensors)
    return network.eval()
