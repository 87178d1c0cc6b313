"""Noise by the cosine schedule, and DDIM back from it."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from motion.diffusion import LEVELS, denoise, draw_noise, make_scheduler, noised


def test_what_is_left_of_a_signal_follows_the_cosine() -> None:
    alphas = make_scheduler().alphas_cumprod.double().numpy()

    def cosine(share: float) -> float:
        return math.cos((share + 0.008) / 1.008 * math.pi / 2.0) ** 2

    expected = [cosine((level + 1) / LEVELS) / cosine(0.0) for level in range(LEVELS)]
    np.testing.assert_allclose(alphas[:-1], expected[:-1], rtol=2e-3)
    assert alphas[-1] == pytest.approx(alphas[-2] * 1e-3, rel=1e-2)  # beta is 0.999 at most


def test_noise_is_mixed_by_the_schedule() -> None:
    scheduler, levels = make_scheduler(), torch.tensor([0, 400, 999])
    clean, noise = torch.randn(3, 2, 5), torch.randn(3, 2, 5)
    share = scheduler.alphas_cumprod[levels].view(3, 1, 1)
    torch.testing.assert_close(
        noised(scheduler, clean, noise, levels), share.sqrt() * clean + (1 - share).sqrt() * noise
    )


@pytest.mark.parametrize("steps", [1, 4, 6, 7, 10, 50])
def test_who_predicts_what_is_clean_gets_it_from_any_noise(steps: int) -> None:
    clean, levels = torch.randn(2, 2, 6, 3), []

    def predict(x: Tensor, level: int) -> Tensor:
        levels.append(level)
        return clean

    assert torch.equal(denoise(predict, torch.randn_like(clean), steps), clean)
    assert levels == sorted(levels, reverse=True) and levels[0] == LEVELS - 1 and len(levels) == steps


def test_the_way_down_is_that_of_the_forward_process() -> None:
    """On its way DDIM passes what the noise drawn at first makes of the clean tensor at each level."""
    clean, noise = torch.randn(1, 8), torch.randn(1, 8)
    scheduler, seen = make_scheduler(), dict[int, Tensor]()

    def predict(x: Tensor, level: int) -> Tensor:
        seen[level] = x
        return clean

    start = noised(scheduler, clean, noise, torch.tensor([LEVELS - 1]))
    denoise(predict, start, 10)
    for level, x in seen.items():
        torch.testing.assert_close(x, noised(scheduler, clean, noise, torch.tensor([level])), atol=1e-4, rtol=1e-4)


def test_what_is_known_is_imposed_at_every_step() -> None:
    known, seen = torch.tensor([[3.0, 4.0]]), list[Tensor]()

    def predict(x: Tensor, level: int) -> Tensor:
        seen.append(x)
        return torch.zeros(1, 5)

    made = denoise(predict, torch.randn(1, 5), 5, lambda clean: torch.cat([known, clean[:, 2:]], dim=1))
    assert torch.equal(made, torch.tensor([[3.0, 4.0, 0.0, 0.0, 0.0]]))
    assert len(seen) == 5 and not torch.equal(seen[-1], made)


def test_noise_of_a_row_is_its_generators_own() -> None:
    def rngs(*seeds: int) -> list[np.random.Generator]:
        return [np.random.default_rng(seed) for seed in seeds]

    together = draw_noise((2, 7, 3), rngs(1, 2, 3))
    assert together.shape == (3, 2, 7, 3) and together.dtype == torch.float32
    assert torch.equal(draw_noise((2, 7, 3), rngs(3, 1))[0], together[2])
    assert torch.equal(draw_noise((2, 7, 3), rngs(3, 1))[1], together[0])
    assert not torch.equal(together[0], together[1])
    many = draw_noise((200, 100), rngs(4))
    assert abs(float(many.mean())) < 0.02 and float(many.std()) == pytest.approx(1.0, abs=0.02)
