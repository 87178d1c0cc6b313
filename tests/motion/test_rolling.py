"""The network, how it learns, and motion that it makes without end."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from motion.clip import PARENTS
from motion.codec import LATENT, PATCH
from motion.composed import walk_by_gait
from motion.denoiser import AHEAD, MEMORY, PAST, SETTLING, WINDOW, Denoiser, DenoiserConfig, figures_of, signal
from motion.local import LOCAL, STANDS, STEPS, steps_of
from motion.retarget import leg_of
from motion.rolling import Rolling, draw_local, frames_of, near_of
from motion.single import Sample
from motion.text import encode_ids
from motion.training import Windows, bones_of, codec_loss_of, codec_losses_of, network_loss_of, objectives

SMALL = DenoiserConfig(width=32, blocks=2, text=16, dropout=0.0)


@pytest.fixture(scope="module")
def walks() -> list[Sample]:
    return walk_by_gait(3, np.random.default_rng(0))


@pytest.fixture(scope="module")
def network(walks: list[Sample]) -> Denoiser:
    """Return a network that has learned a little, so that what it makes depends on what it is given."""
    torch.manual_seed(0)
    result = Denoiser(SMALL)
    windows = Windows(walks, 0)
    windows.scale(result.codec)
    for module, loss_of, rounds in ((result.codec, codec_loss_of, 280), (result, network_loss_of, 60)):
        if module is result:
            windows.whiten(result)
        loss, _, _ = objectives(partial(loss_of, module.train()), windows, None, batch=10, seed=0, fast=False)
        optimizer = torch.optim.AdamW(module.parameters(), lr=3e-3)
        values = []
        for _ in range(rounds):
            optimizer.zero_grad()
            value = loss()
            value.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            values.append(float(value.detach()))
        assert np.mean(values[-15:]) < 0.8 * np.mean(values[:15])
        module.eval()
    return result


def _told(walk: Sample) -> tuple[Tensor, Tensor]:
    """Return local motion (1, F, LOCAL) and steps (1, F, STEPS) of whole tokens of a walk."""
    frames = len(walk.local) // PATCH * PATCH
    steps = steps_of(walk.path, leg_of(walk.figure))
    return torch.from_numpy(walk.local[:frames]).float()[None], torch.from_numpy(steps[:frames]).float()[None]


def test_joints_follow_as_they_do_of_clips(walks: list[Sample]) -> None:
    walk = walks[0]
    local = torch.from_numpy(walk.local)[None]
    bones = torch.from_numpy(bones_of(walk.figure))[None]
    joints = figures_of(local, bones, PARENTS)[0].numpy() * leg_of(walk.figure)
    c, s = np.cos(walk.path[:, 2]), np.sin(walk.path[:, 2])
    x = walk.path[:, :1] + c[:, None] * joints[..., 0] - s[:, None] * joints[..., 1]
    y = walk.path[:, 1:2] + s[:, None] * joints[..., 0] + c[:, None] * joints[..., 1]
    assert np.abs(np.stack([x, y, joints[..., 2]], axis=2) - walk.clip.positions).max() < 1e-6


@pytest.mark.slow
def test_latents_are_motion_and_what_is_a_little_wrong_does_not_shake(network: Denoiser, walks: list[Sample]) -> None:
    local, steps = _told(walks[0])
    with torch.no_grad():
        latents = network.codec.encode(local, steps)
        assert latents.shape == (1, local.shape[1] // PATCH, LATENT)
        made = network.codec.decode(latents, steps)
        wrong = network.codec.decode(latents + 0.2 * torch.randn(latents.shape), steps)
    assert made.shape == local.shape
    moves = slice(STANDS.start)
    unlearned = (network.codec.mean - local)[..., moves].abs().mean()  # by the mean pose, all that it knew before
    assert (made - local)[..., moves].abs().mean() < 0.6 * unlearned
    assert (wrong - made)[..., moves].abs().mean() < 0.5 * unlearned
    stood = local[..., STANDS] > 0.5
    assert ((made[..., STANDS] > 0.0) == stood).float().mean() > 0.8


@pytest.mark.slow
def test_latents_know_their_neighbours_only(network: Denoiser, walks: list[Sample]) -> None:
    local, steps = _told(walks[0])
    other = local.clone()
    other[:, 60:63] += 1.0
    with torch.no_grad():
        one, two = network.codec.encode(local, steps), network.codec.encode(other, steps)
    assert (one != two).any(dim=2)[0].nonzero()[:, 0].tolist() == [19, 20, 21]


@pytest.mark.slow
def test_whitened_latents_are_the_same_latents_in_other_numbers(network: Denoiser, walks: list[Sample]) -> None:
    with torch.no_grad():
        latents = torch.cat([network.codec.encode(*_told(walk)) for walk in walks], dim=1)
    white = network.white(latents)
    assert torch.allclose(network.plain(white), latents, atol=2e-5)
    assert 0.3 < white.std() < 1.1  # less than one along axes that hardly vary
    shared = [torch.corrcoef(part[0].T) for part in (latents, white)]
    white_share, share = (one.abs().fill_diagonal_(0.0).mean() for one in reversed(shared))
    assert white_share < 0.5 * share


@pytest.mark.slow
def test_noise_is_as_slow_as_recordings_are_and_goes_on_where_it_was(network: Denoiser, walks: list[Sample]) -> None:
    drawn = torch.randn(40, SETTLING + 60, LATENT, generator=torch.Generator().manual_seed(0))
    noise = network.noise_of(drawn)
    assert noise.shape == (40, 60, LATENT)
    assert 0.9 < noise.std() < 1.1
    with torch.no_grad():
        real = [network.codec.encode(*_told(walk)) - network.mean for walk in walks]
    made = network.plain(noise) - network.mean
    for steps in (1, 2):
        moved = torch.cat([part.diff(n=steps, dim=1) for part in real], dim=1).square().mean().sqrt()
        assert 0.7 < made.diff(n=steps, dim=1).square().mean().sqrt() / moved < 1.6
    on = network.noise_of(drawn[:, SETTLING + 20 :], noise[:, :20][:, -MEMORY:])
    assert torch.allclose(on, noise[:, 20:], atol=1e-5)


def test_windows_are_the_same_by_the_same_seed(walks: list[Sample]) -> None:
    one, two = Windows(walks, 5).draw(16), Windows(walks, 5).draw(16)
    for name in one.__slots__:
        assert torch.equal(getattr(one, name), getattr(two, name)), name
    assert one.there.any(dim=1).all()
    assert not (one.way & ~one.there).any()
    assert (one.level.diff(dim=1) >= 0.0).all()  # noise grows into the future
    parts = codec_losses_of(Denoiser(SMALL).codec, one, torch.Generator().manual_seed(0))
    assert all(torch.isfinite(value) for value in parts.values())
    assert torch.isfinite(network_loss_of(Denoiser(SMALL), one, torch.Generator().manual_seed(0)))


def test_there_is_nothing_to_learn_without_samples() -> None:
    with pytest.raises(ValueError, match="expected clips to learn from"):
        Windows([], 0)


@pytest.mark.slow
def test_what_is_not_there_changes_nothing(network: Denoiser) -> None:
    generator = torch.Generator().manual_seed(0)
    noisy = torch.randn(2, WINDOW, LATENT, generator=generator)
    level, steps = (
        torch.rand(2, WINDOW, generator=generator),
        torch.randn(2, PATCH * WINDOW, STEPS, generator=generator),
    )
    there = torch.ones(2, WINDOW, dtype=torch.bool)
    there[:, :4] = False
    told = network.read(encode_ids(["a person walks", "a person waits"]))[:, None]
    with torch.no_grad():
        one = network(noisy, level, steps, told, there, there)
        noisy[:, :4], level[:, :4], steps[:, : 4 * PATCH] = 9.0, 0.3, -9.0
        two = network(noisy, level, steps, told, there, there)
    assert torch.allclose(one[:, 4:], two[:, 4:], atol=1e-5)


def test_the_schedule_is_the_cosine_of_diffusers() -> None:
    from diffusers import DDIMScheduler

    scheduler: Any = DDIMScheduler(1000, beta_schedule="squaredcos_cap_v2")  # type: ignore[no-untyped-call]
    levels = torch.arange(1, 1000) / 1000.0
    ratio = signal(levels) / signal(torch.zeros(1))
    assert torch.allclose(ratio[:-1], scheduler.alphas_cumprod[:998], atol=2e-4)


def _draw(network: Denoiser, walks: list[Sample], **change: object) -> list[np.ndarray]:
    given = {
        "paths": [walk.path[: 60 + 15 * row] for row, walk in enumerate(walks)],
        "legs": [leg_of(walk.figure) for walk in walks], "ids": encode_ids(["a person walks"] * len(walks)),
        "rngs": [np.random.default_rng([1, row]) for row in range(len(walks))],
    }  # fmt: skip
    return draw_local(network, **(given | change))  # type: ignore[arg-type]


@pytest.mark.slow
def test_drawn_motion_has_the_length_of_its_path_and_is_the_same_by_the_same_seed(
    network: Denoiser, walks: list[Sample]
) -> None:
    one, two = _draw(network, walks), _draw(network, walks)
    assert [made.shape for made in one] == [(60, LOCAL), (75, LOCAL), (90, LOCAL)]
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
    assert all(np.isfinite(made).all() for made in one)
    others = _draw(network, walks, rngs=[np.random.default_rng([2, row]) for row in range(3)])
    assert not np.allclose(one[0], others[0])


@pytest.mark.slow
def test_text_may_change_on_the_way(network: Denoiser, walks: list[Sample]) -> None:
    ids = encode_ids(["a person walks"] * 10 + ["a person waits"] * 10)
    both = _draw(network, walks[:1], ids=ids[None], rngs=[np.random.default_rng(0)])
    same = _draw(network, walks[:1], ids=ids[:1], rngs=[np.random.default_rng(0)])
    assert both[0].shape == same[0].shape
    assert not np.allclose(both[0][-15:], same[0][-15:])


@pytest.mark.slow
def test_people_may_come_and_go(network: Denoiser) -> None:
    def given(count: int) -> tuple[Tensor, ...]:
        steps, told = torch.zeros(count, PATCH * WINDOW, STEPS), network.wordless.expand(count, 1, -1)
        there = torch.ones(count, AHEAD, dtype=torch.bool)
        return steps, told, there, torch.ones(count, WINDOW, dtype=torch.bool)

    def run(change: Callable[[Rolling, int], list[int]]) -> np.ndarray:
        rolling = Rolling(network)
        rolling.begin([7], [np.random.default_rng(7)], *given(1))
        made = []
        for tick in range(6):
            people = change(rolling, tick)
            near = rolling.advance(people, *given(len(people)))
            made.append(frames_of(network, *near)[people.index(7)])
        return np.concatenate(made)

    def crowd(rolling: Rolling, tick: int) -> list[int]:
        if tick == 2:
            rolling.begin([1, 2], [np.random.default_rng(k) for k in (1, 2)], *given(2))
        if tick == 4:
            rolling.leave(1)
        return [7] if tick < 2 else [1, 7, 2] if tick < 4 else [7, 2]

    alone, among = run(lambda _, __: [7]), run(crowd)
    assert alone.shape == (18, LOCAL)
    assert np.allclose(alone, among, atol=1e-4)  # others change nothing but the rounding
    with pytest.raises(KeyError):
        Rolling(network).advance([3], *given(1))
    assert PAST + AHEAD == WINDOW


def test_what_is_near_ends_where_people_come_and_go() -> None:
    there = torch.ones(3, AHEAD, dtype=torch.bool)
    there[2, 2:] = False
    near = near_of(torch.tensor([0, 2, 30]), there)
    now = PAST
    assert near[0].tolist() == [now] * 5 + [now + 1, now + 2, now + 3, now + 4]
    assert near[1].tolist() == [now - 2] * 3 + [now - 1, now, now + 1, now + 2, now + 3, now + 4]
    assert near[2].tolist() == [now - 4, now - 3, now - 2, now - 1, now, now + 1, now + 1, now + 1, now + 1]
