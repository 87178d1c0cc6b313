"""What in2IN, TIMotion and MoReact share of diffusion: noise by the cosine schedule, prediction of x0, DDIM.

Nichol and Dhariwal, ICML 2021 (arXiv 2102.09672) for the schedule, Song et al., ICLR 2021 (arXiv 2010.02502) for the
sampler with eta 0; T = 1000. Schedules are those of `diffusers`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from diffusers import DDIMScheduler
from torch import Tensor

LEVELS = 1000


@lru_cache(maxsize=16)
def make_scheduler(steps: int = LEVELS) -> Any:
    """Return the schedule, set to a number of steps that end at level 0 and begin at LEVELS - 1; not to be changed."""
    scheduler: Any = DDIMScheduler(  # type: ignore[no-untyped-call]
        num_train_timesteps=LEVELS, beta_schedule="squaredcos_cap_v2", prediction_type="sample", clip_sample=False,
        set_alpha_to_one=True, timestep_spacing="trailing",
    )  # fmt: skip
    scheduler.set_timesteps(steps)
    return scheduler


def noised(scheduler: Any, clean: Tensor, noise: Tensor, levels: Tensor) -> Tensor:
    """Return clean (B, ...) with noise (B, ...) at levels (B,) int64."""
    result: Tensor = scheduler.add_noise(clean, noise, levels)
    return result


def draw_noise(shape: Sequence[int], rngs: Sequence[np.random.Generator]) -> Tensor:
    """Return noise (B, *shape), each row of a generator of its own, whoever else is drawn beside it."""
    return torch.from_numpy(np.stack([rng.standard_normal(shape, dtype=np.float32) for rng in rngs]))


@torch.no_grad()
def denoise(
    predict: Callable[[Tensor, int], Tensor],
    noise: Tensor,
    steps: int,
    impose: Callable[[Tensor], Tensor] | None = None,
) -> Tensor:
    """Return what becomes of noise (B, ...) in `steps` steps.

    Args:
        predict: what is clean of a noisy tensor at a level. impose: puts what is known in its place in what is
            predicted to be clean.
    """
    scheduler = make_scheduler(steps)
    x = noise
    for level in scheduler.timesteps.tolist():
        clean = predict(x, level)
        if impose is not None:
            clean = impose(clean)
        x = scheduler.step(clean, level, x, eta=0.0).prev_sample
    return clean  # x has some noise left where the steps do not divide the levels
