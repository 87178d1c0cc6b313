"""Who makes way: past everybody, to the right where it does not matter, and on from where they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from motion.clip import FloatArray
from motion.codec import LATENT
from motion.pair_training import TOKENS
from motion.reacting import AHEAD, CLEAR, PAST, SIDE, TEXTS, Reactor, _into_world, make_way
from motion.reaction_training import LEG

STEPS = 20
HOPS = 0.1 * torch.arange(STEPS + 1)


def meeting(aside: float, *, speed: float = 1.2, other: float = 1.2, away: float = 3.0) -> tuple[Tensor, Tensor]:
    """Return somebody (1, 21, 2) along x, `aside` to the left of the line of an actor (1, 20, 2) who comes along -x."""
    places = torch.stack([speed * HOPS, torch.full_like(HOPS, aside)], dim=1)
    actors = torch.stack([away - other * HOPS[1:], torch.zeros(STEPS)], dim=1)
    return places[None], actors[None]


def turned(points: Tensor, angle: float, shift: tuple[float, float] = (0.0, 0.0)) -> Tensor:
    c, s = np.cos(angle), np.sin(angle)
    return points @ torch.tensor([[c, s], [-s, c]], dtype=torch.float32) + torch.tensor(shift)


def nearest(places: Tensor, actors: Tensor, shift: Tensor) -> float:
    return float((places[:, 1:] + shift - actors).norm(dim=2).min())


@pytest.mark.parametrize("aside", [-0.7, -0.4, -0.1, 0.0, 0.1, 0.14, 0.2, 0.5, 0.75])
def test_they_keep_clear_of_who_comes_towards_them(aside: float) -> None:
    places, actors = meeting(aside)
    shift = make_way(places, actors, CLEAR, SIDE)
    assert nearest(places, actors, 0.0 * shift) < CLEAR
    assert nearest(places, actors, shift) >= CLEAR - 0.03
    end = float(shift[0, -1, 1])
    assert end == pytest.approx((CLEAR if aside > SIDE else -CLEAR) - aside, abs=1e-4)  # to the right in doubt
    assert float(shift[0, :, 0].abs().max()) < 1e-5  # aside, not ahead


def test_the_shift_grows_without_a_jump_and_stays() -> None:
    places, actors = meeting(0.0)
    shift = make_way(places, actors, CLEAR, SIDE)[0, :, 1]
    steps = shift.diff(prepend=torch.zeros(1))
    assert bool((steps <= 1e-6).all()) and float(steps.abs().max()) < 2.5 * CLEAR / STEPS
    at = int((places[0, 1:] - actors[0]).norm(dim=1).argmin())
    assert torch.equal(shift[at:], shift[at].expand(STEPS - at))
    assert float(steps[0].abs()) < 0.03  # from where they are


@pytest.mark.parametrize("aside", [CLEAR + 0.01, -CLEAR - 0.01, 5.0])
def test_who_keeps_clear_goes_on(aside: float) -> None:
    assert not make_way(*meeting(aside), CLEAR, SIDE).any()
    assert not make_way(*meeting(0.0, away=30.0), CLEAR, SIDE).any()


@pytest.mark.parametrize("aside", [0.2, 0.5, -0.2, -0.6])
def test_a_mirrored_world_mirrors_the_way(aside: float) -> None:
    flip = torch.tensor([1.0, -1.0])
    places, actors = meeting(aside)
    torch.testing.assert_close(
        make_way(places * flip, actors * flip, CLEAR, SIDE), make_way(places, actors, CLEAR, SIDE) * flip
    )


@settings(max_examples=40, deadline=None)
@given(angle=st.floats(-3.1, 3.1), aside=st.floats(-1.0, 1.0), speed=st.floats(0.5, 1.6), other=st.floats(0.5, 1.6))
def test_a_turned_world_turns_the_way(angle: float, aside: float, speed: float, other: float) -> None:
    places, actors = meeting(aside, speed=speed, other=other)
    if abs(aside - SIDE) < 1e-3 or abs(abs(aside) - CLEAR) < 1e-3:
        return
    shift = make_way(places, actors, CLEAR, SIDE)
    again = make_way(turned(places, angle, (3.0, -2.0)), turned(actors, angle, (3.0, -2.0)), CLEAR, SIDE)
    torch.testing.assert_close(again, turned(shift, angle), atol=2e-3, rtol=0.0)
    assert bool(shift.isfinite().all()) and float(shift.norm(dim=2).max()) <= 2.0 * CLEAR + 1e-4


def test_several_are_moved_each_for_itself() -> None:
    rows = [meeting(aside) for aside in (0.0, 0.5, 3.0)]
    places, actors = torch.cat([row[0] for row in rows]), torch.cat([row[1] for row in rows])
    together = make_way(places, actors, CLEAR, SIDE)
    for row, (one, other) in enumerate(rows):
        torch.testing.assert_close(together[row : row + 1], make_way(one, other, CLEAR, SIDE))


def test_who_stands_steps_out_of_the_way_and_nobody_gets_nan() -> None:
    places, actors = meeting(0.0, speed=0.0, away=1.5)
    shift = make_way(places, actors, CLEAR, SIDE)
    assert nearest(places, actors, shift) >= CLEAR - 0.03
    both_stand = make_way(*meeting(0.0, speed=0.0, other=0.0, away=0.4), CLEAR, SIDE)
    assert bool(both_stand.isfinite().all())
    places = torch.stack([1.2 * HOPS, 0.0 * HOPS], dim=1)[None]
    beside = make_way(places, places[:, 1:] + torch.tensor([0.0, 0.5]), CLEAR, SIDE)
    assert float(beside[0, -1, 1]) == pytest.approx(-0.3, abs=1e-4)  # who goes along beside the actor gives room


@pytest.fixture(scope="module")
def reactor(reaction_file: Path) -> Reactor:
    return Reactor(reaction_file, 2)


def going(start: tuple[float, float], yaw: float, speed: float = 1.2) -> FloatArray:
    """Return where somebody was in the last second and is now (11, 3), who goes straight on."""
    clock = 0.1 * np.arange(-PAST, 1)[:, None] * speed
    return np.column_stack([start + clock * [np.cos(yaw), np.sin(yaw)], np.full(PAST + 1, yaw)])


def rngs(count: int) -> list[np.random.Generator]:
    return [np.random.default_rng(seed) for seed in range(count)]


def test_ways_go_on_from_now_and_are_each_persons_own(reactor: Reactor) -> None:
    people = np.stack([going((0.0, 0.0), 0.0), going((5.0, 5.0), 2.0)])
    actors = np.stack([going((4.0, 0.1), np.pi), going((30.0, 30.0), 0.0)])
    texts = [TEXTS["approach"], TEXTS["offered"]]
    ways = reactor.ways(texts, people, actors, rngs(2))
    assert ways.shape == (2, AHEAD, 3) and AHEAD + PAST == TOKENS and np.isfinite(ways).all()
    again = reactor.ways(texts[1:], people[1:], actors[1:], rngs(2)[1:])
    np.testing.assert_allclose(again[0], ways[1], atol=1e-4)


def test_what_is_off_at_first_fades_in_half_a_second() -> None:
    """Somebody at (1, 2) who faces 3 rad, and a way told from there that begins 30 cm aside."""
    clock, now = 0.1 * np.arange(1, 21), np.array([[1.0, 2.0, 3.0]])
    told = np.stack([1.2 * clock / LEG, np.full(20, 0.3 / LEG), np.zeros(20)], axis=1)[None]
    made = _into_world(told, now, now)[0]
    left, ahead = np.array([-np.sin(3.0), np.cos(3.0)]), np.array([np.cos(3.0), np.sin(3.0)])
    aside = 0.3 * (1.0 - np.exp(-clock / 0.25))
    straight = now[0, :2] + 1.2 * clock[:, None] * ahead
    np.testing.assert_allclose(made[:, :2], straight + aside[:, None] * left, atol=1e-9)
    np.testing.assert_allclose(made[:, 2], 3.0, atol=1e-9)
    twice = np.array([0.0, 0.0, 4.0 * np.pi])  # who has turned twice goes on from there
    np.testing.assert_allclose(_into_world(told, now, now + twice)[0], made + twice, atol=1e-9)


def test_ways_do_not_mind_where_both_are(reactor: Reactor) -> None:
    people, actors = going((0.0, 0.0), 0.0)[None], going((4.0, 0.4), np.pi)[None]
    ways = reactor.ways([TEXTS["approach"]], people, actors, rngs(1))[0]
    turn, shift = 1.3, np.array([7.0, -20.0, 0.0])
    c, s = np.cos(turn), np.sin(turn)
    matrix = np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]])
    there = [one @ matrix + shift + [0.0, 0.0, turn] for one in (people, actors)]
    moved = reactor.ways([TEXTS["approach"]], there[0], there[1], rngs(1))[0]
    np.testing.assert_allclose(moved, ways @ matrix + shift + [0.0, 0.0, turn], atol=2e-3)


def test_bodies_along_ways(reactor: Reactor) -> None:
    people, actors = going((0.0, 0.0), 0.0)[None], going((4.0, 0.1), np.pi)[None]
    texts, latents = [TEXTS["approach"]], torch.randn(1, PAST, LATENT)
    ways = reactor.ways(texts, people, actors, rngs(1))
    made = reactor.bodies(texts, people, actors, ways, latents, rngs(1))
    assert made.shape == (1, AHEAD, LATENT) and bool(made.isfinite().all())
    torch.testing.assert_close(reactor.bodies(texts, people, actors, ways, latents, rngs(1)), made)


def test_bad_shapes_and_weights_are_one_line(reactor: Reactor, tmp_path: Path) -> None:
    people = going((0.0, 0.0), 0.0)[None]
    with pytest.raises(ValueError, match=r"people: expected \(1, 11, 3\), got \(1, 10, 3\)"):
        reactor.ways([TEXTS["approach"]], people[:, 1:], people, rngs(1))
    with pytest.raises(ValueError, match=r"actors: expected \(2, 11, 3\), got \(1, 11, 3\)"):
        reactor.ways([TEXTS["approach"]] * 2, np.repeat(people, 2, axis=0), people, rngs(2))
    with pytest.raises(FileNotFoundError, match="expected weights of motion_reaction, found no such file"):
        Reactor(tmp_path / "none.safetensors")
