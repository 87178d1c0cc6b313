"""Learns the weights of `plan_diffusion`; needs NumPy, torch and safetensors only."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from crowd.learning import learn
from crowd.plan_diffusion import TRAINED_STEPS, PlanConfig, PlanNetwork, alphas_cumprod
from crowd.plans import FloatArray

BoolArray = npt.NDArray[np.bool_]

FORGET = 0.05  # deviation of the noise on what is known of a trip
AVERAGE = 0.999  # of the weights that are kept, what stays in each step
JUDGED = 250  # steps between two points of the learning curve


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlanSamples:
    """What plans are learned from.

    Attributes:
        plans: (N, VALUES). conditions: (N, CONDITIONS). held_out: (N,) bool, only for judging.
        body: metres, half of how near people come to one another.
    """

    plans: FloatArray
    conditions: FloatArray
    held_out: BoolArray
    body: float


def train_plans(
    samples: PlanSamples,
    config: PlanConfig,
    *,
    steps: int,
    batch: int,
    seed: int,
    device: str = "cpu",
    checkpoint: Path | None = None,
    until: int | None = None,
) -> tuple[PlanNetwork, list[dict[str, float]]]:
    """Return a network that learned from samples, and its learning curve: step, loss, loss on what was held out.

    Of the averaged weights at the points of the curve it has those that did best on what was held out.

    Args:
        samples: plans and conditions.
        config: size of the network.
        steps: of the optimiser. batch: plans in each.
        seed: of the first weights and of everything drawn.
        device: where it learns.
        checkpoint: file from which it goes on if it is there, written at each point of the curve.
        until: the step after which it pauses; None: it does not.

    Raises:
        ValueError: the checkpoint is another run's.
    """
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    network = PlanNetwork(config)
    learned = ~samples.held_out
    for name, values in (("plan", samples.plans), ("trip", samples.conditions)):
        mean, deviation = values[learned].mean(axis=0), values[learned].std(axis=0)
        getattr(network, f"{name}_mean").copy_(torch.as_tensor(mean))
        getattr(network, f"{name}_deviation").copy_(torch.as_tensor(np.maximum(deviation, 1e-2)))
    network.body.fill_(samples.body)
    network = network.to(device)
    plans = torch.as_tensor(samples.plans, dtype=torch.float32, device=device)
    plans = (plans - network.plan_mean) / network.plan_deviation
    known = network.known(torch.as_tensor(samples.conditions, dtype=torch.float32, device=device))
    own, other = (torch.as_tensor(np.flatnonzero(mask)) for mask in (learned, samples.held_out))
    signal = alphas_cumprod().to(device)
    held = (plans[other.to(device)], known[other.to(device)])

    def loss() -> Tensor:
        pick = own[torch.randint(len(own), (batch,), generator=generator)].to(device)
        forgotten = known[pick] + FORGET * torch.randn(batch, known.shape[1], generator=generator).to(device)
        return _loss(network, plans[pick], forgotten, signal, generator)

    curve = learn(
        network, loss, lambda: _judge(network, *held, signal),
        (generator.get_state, lambda state: generator.set_state(state.cpu())),
        steps=steps, average=AVERAGE, every=JUDGED, run=[asdict(config), steps, batch, seed, len(samples.plans)],
        checkpoint=checkpoint, until=until,
    )  # fmt: skip
    return network.cpu().eval(), curve


def _loss(network: PlanNetwork, plans: Tensor, known: Tensor, signal: Tensor, generator: torch.Generator) -> Tensor:
    """Return the mean squared error of the predicted velocity at drawn steps."""
    step = torch.randint(TRAINED_STEPS, (len(plans),), generator=generator).to(plans.device)
    noise = torch.randn(plans.shape, generator=generator).to(plans.device)
    share = signal[step][:, None]
    noisy, velocity = (
        share.sqrt() * plans + (1 - share).sqrt() * noise,
        share.sqrt() * noise - (1 - share).sqrt() * plans,
    )
    error: Tensor = network(noisy, known, step / TRAINED_STEPS) - velocity
    return error.pow(2).mean()


def _judge(network: PlanNetwork, plans: Tensor, known: Tensor, signal: Tensor) -> float:
    """Return the loss on what was held out, always with the same draws."""
    if not len(plans):
        return math.nan
    generator = torch.Generator().manual_seed(0)
    return float(np.mean([float(_loss(network, plans, known, signal, generator)) for _ in range(8)]))
