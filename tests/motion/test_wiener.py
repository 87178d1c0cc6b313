"""What is most likely clean of noisy tokens: beside the formula of conditioned normal numbers, and when it helps."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from motion.diffusion import make_scheduler
from motion.wiener import EXACT, Wiener

PEOPLE, TOKENS, NUMBERS = 2, 5, 3


@pytest.fixture(scope="module")
def drawn() -> torch.Tensor:
    """Return walks (B, 2, T, N) of two people who go together."""
    rng = np.random.default_rng(0)
    both = rng.standard_normal((4000, 1, TOKENS, NUMBERS)).cumsum(axis=2)
    own = rng.standard_normal((4000, PEOPLE, TOKENS, NUMBERS))
    return torch.from_numpy(0.6 * both + 0.3 * own + np.array([0.5, -0.2])[None, :, None, None]).float()


@pytest.fixture(scope="module")
def wiener(drawn) -> Wiener:
    made = Wiener(PEOPLE, TOKENS, NUMBERS)
    made.fit(drawn)
    return made


def conditioned(
    wiener: Wiener, x: torch.Tensor, level: int, there: torch.Tensor, known: torch.Tensor
) -> np.ndarray:  # fmt: skip
    """Return what is likely clean of one row (P, T, N) by the textbook: C A^T (A C A^T + R)^-1 (y - A m) + m."""
    share = float(make_scheduler().alphas_cumprod[level])
    there, known = there.flatten().numpy(), known.flatten().numpy()
    result = np.zeros((NUMBERS, PEOPLE * TOKENS))
    for number in range(NUMBERS):
        middle, spread = wiener.middle[number].double().numpy(), wiener.spread[number].double().numpy()
        scale = np.where(known, 1.0, share**0.5)[there]
        rest = np.where(known, EXACT, 1.0 - share)[there]
        seen = np.eye(PEOPLE * TOKENS)[there] * scale[:, None]
        values = x[..., number].flatten().double().numpy()[there]
        gain = spread @ seen.T @ np.linalg.inv(seen @ spread @ seen.T + np.diag(rest))
        result[number] = np.where(there, middle + gain @ (values - seen @ middle), 0.0)
        result[number] = np.where(known & there, x[..., number].flatten().numpy(), result[number])
    return result.reshape(NUMBERS, PEOPLE, TOKENS).transpose(1, 2, 0)


@pytest.mark.parametrize("level", [0, 300, 999])
@pytest.mark.parametrize("past", [0, 2])
def test_it_is_what_normal_numbers_are_when_some_are_known_and_some_are_not_there(wiener, drawn, level, past):
    there = torch.ones(3, PEOPLE, TOKENS, dtype=torch.bool)
    there[1, :, 3:] = False
    known = torch.zeros_like(there)
    known[:2, 1, :past] = True
    x = drawn[:3] + 0.3 * torch.randn(3, PEOPLE, TOKENS, NUMBERS, generator=torch.Generator().manual_seed(1))
    made = wiener(x * there[..., None], torch.full((3,), level), there, known)
    for row in range(3):
        expected = conditioned(wiener, x[row], level, there[row], known[row])
        assert np.allclose(made[row].numpy(), expected, atol=5e-3), row


def test_less_is_left_than_without_it_at_every_level(wiener, drawn):
    generator = torch.Generator().manual_seed(2)
    x, there = drawn[:500], torch.ones(500, PEOPLE, TOKENS, dtype=torch.bool)
    for level in (20, 200, 600, 950):
        share = float(make_scheduler().alphas_cumprod[level])
        noisy = share**0.5 * x + (1.0 - share) ** 0.5 * torch.randn(x.shape, generator=generator)
        levels = torch.full((500,), level)
        off = (wiener(noisy, levels, there) - x).square().mean(dim=(0, 1, 2))
        assert (off < (share**0.5 * noisy - x).square().mean(dim=(0, 1, 2))).all()
        assert torch.allclose(off.sqrt(), wiener.left(levels)[0, 0, 0], rtol=0.06)


def test_who_is_shorter_than_a_window_is_as_one_of_whom_the_rest_is_not_there(wiener, drawn):
    levels, there = torch.tensor([100, 700]), torch.ones(2, PEOPLE, TOKENS, dtype=torch.bool)
    there[:, :, 3:] = False
    whole = wiener(drawn[:2] * there[..., None], levels, there)
    short = wiener(drawn[:2, :, :3], levels, there[:, :, :3])
    assert torch.equal(whole[:, :, :3], short) and not whole[:, :, 3:].any()


def test_what_is_stored_in_half_precision_says_the_same(wiener, drawn):
    stored = Wiener(PEOPLE, TOKENS, NUMBERS)
    stored.load_state_dict({key: value.half().float() for key, value in wiener.state_dict().items()})
    levels, there = torch.full((4,), 50), torch.ones(4, PEOPLE, TOKENS, dtype=torch.bool)
    assert torch.equal(stored(drawn[:4], levels, there), wiener(drawn[:4], levels, there))
