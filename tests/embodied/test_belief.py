"""Where the goal may be: closed forms, symmetries and limits of the belief over regions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embodied.agents.belief import CELLS, COUNT, HEDGED, RELIABLE, Belief, Claim, entropy, ring
from embodied.agents.mapping import CELL, SIDE

SPOT = st.floats(-60.0, 60.0)
CLAIM = st.builds(Claim, x=SPOT, y=SPOT, spread=st.floats(5.0, 25.0), hedged=st.booleans())


def ground(*rooms: tuple[float, float, float, float]) -> np.ndarray:
    """Return a map in which rectangles (west, south, east, north, metres) are known, with walls round them."""
    grid = np.zeros((SIDE, SIDE), dtype=np.int8)
    walls = [tuple(round(v / CELL) + SIDE // 2 for v in room) for room in rooms]
    for west, south, east, north in walls:
        grid[south - 10 : north + 10, west - 10 : east + 10] = 9
    for west, south, east, north in walls:
        grid[south:north, west:east] = -5
    return grid


def test_entropy_of_what_is_known_and_of_what_is_even() -> None:
    assert entropy(np.array([0.0, 1.0, 0.0])) == 0.0
    assert entropy(np.full(64, 1 / 64)) == pytest.approx(6.0)


def test_entropy_of_a_claim_is_that_of_a_normal_distribution() -> None:
    belief = Belief()
    for spread in (9.0, 12.0):
        gaps = np.hypot(*belief.centres.T)
        mass = np.exp(-0.5 * (gaps / spread) ** 2)
        assert ring(spread) == pytest.approx(entropy(mass / mass.sum()), abs=0.02)


@settings(max_examples=40, deadline=None)
@given(st.lists(CLAIM, max_size=5))
def test_a_belief_is_a_distribution_and_so_is_trust(claims: list[Claim]) -> None:
    belief = Belief()
    for claim in claims:
        belief.hear(claim)
    assert belief.mass.sum() == pytest.approx(1.0) and (belief.mass >= 0.0).all()
    assert ((belief.trust >= 0.0) & (belief.trust <= 1.0)).all() and 0.0 < belief.reliability < 1.0
    assert 0.0 <= belief.entropy() <= math.log2(COUNT**2)


@settings(max_examples=20, deadline=None)
@given(st.lists(CLAIM, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_answers_does_not_matter(claims: list[Claim], chance) -> None:
    order = list(range(len(claims)))
    chance.shuffle(order)
    a, b = Belief(), Belief()
    for index in range(len(claims)):
        a.hear(claims[index])
        b.hear(claims[order[index]])
    np.testing.assert_allclose(a.mass, b.mass, atol=1e-9)
    np.testing.assert_allclose(a.trust[order], b.trust, atol=1e-9)


def test_turning_the_world_by_a_right_angle_turns_the_belief() -> None:
    a, b = Belief(), Belief()
    for x, y in ((30.0, 10.0), (-20.0, 5.0)):
        a.hear(Claim(x=x, y=y, spread=8.0))
        b.hear(Claim(x=-y, y=x, spread=8.0))
    np.testing.assert_allclose(a.trust, b.trust, rtol=1e-9)
    turned = a.mass.reshape(COUNT, COUNT)[::-1].T
    np.testing.assert_allclose(turned, b.mass.reshape(COUNT, COUNT), rtol=1e-9)
    assert a.entropy() == pytest.approx(b.entropy())


def test_one_answer_is_bayes_rule() -> None:
    """The trust in a lone answer, by hand: reliability times its fit against one minus that times chance."""
    belief = Belief()
    prior = belief.mass.copy()
    belief.hear(Claim(x=12.0, y=0.0, spread=8.0))
    said = np.exp(-0.5 * (np.hypot(belief.centres[:, 0] - 12.0, belief.centres[:, 1]) / 8.0) ** 2)
    fit = float((prior * said / said.sum()).sum())
    r = RELIABLE[0] / sum(RELIABLE)
    for _ in range(50):
        trust = r * fit / (r * fit + (1 - r) / len(prior))
        r = (RELIABLE[0] + trust) / (sum(RELIABLE) + 1)
    assert belief.trust[0] == pytest.approx(trust, abs=2e-3) and belief.reliability == pytest.approx(r, abs=2e-3)


def test_hedges_count_less() -> None:
    sure, unsure = Belief(), Belief()
    sure.hear(Claim(x=30.0, y=0.0, spread=8.0))
    unsure.hear(Claim(x=30.0, y=0.0, spread=8.0, hedged=True))
    assert HEDGED < 1.0 and unsure.trust[0] < sure.trust[0] and unsure.entropy() > sure.entropy() + 0.5


def test_agreement_raises_trust_and_contradiction_lowers_it() -> None:
    alone, agree, contradict = Belief(), Belief(), Belief()
    for belief, second in ((alone, None), (agree, (32.0, 3.0)), (contradict, (-30.0, 0.0))):
        belief.hear(Claim(x=30.0, y=0.0, spread=8.0))
        if second is not None:
            belief.hear(Claim(x=second[0], y=second[1], spread=8.0))
    assert contradict.trust[0] == pytest.approx(contradict.trust[1], abs=1e-6)
    assert contradict.trust[0] < alone.trust[0] < agree.trust[0]
    assert contradict.reliability < alone.reliability < agree.reliability
    assert agree.entropy() < alone.entropy() < contradict.entropy()


def test_the_majority_is_believed() -> None:
    belief = Belief()
    for x, y in ((30.0, 0.0), (-30.0, 0.0), (-33.0, 4.0)):
        belief.hear(Claim(x=x, y=y, spread=8.0))
    assert belief.trust[0] < 0.1 < 0.9 < belief.trust[1]
    assert math.dist(belief.peak(), (-31.0, 2.0)) < 4.0


def test_a_claim_loses_trust_where_the_sign_has_been_looked_for_in_vain() -> None:
    belief = Belief()
    belief.see(ground((-9.0, -9.0, 9.0, 9.0)))
    belief.hear(Claim(x=30.0, y=0.0, spread=6.0))
    trust = [float(belief.trust[0])]
    before = belief.entropy()
    for east in (24.0, 33.0, 48.0):
        belief.see(ground((-9.0, -9.0, 9.0, 9.0), (9.0, -15.0, east, 15.0)))
        trust.append(float(belief.trust[0]))
    assert trust == sorted(trust, reverse=True) and trust[0] > 0.75 > 0.45 > trust[-1]
    assert belief.entropy() > before + 1.0


def test_directions_followed_in_vain_lose_trust() -> None:
    """If the goal would have been found by now but for a share v, the odds of the answer are v times what they were."""
    odds = []
    for vain in (1.0, 0.3):
        belief = Belief()
        belief.hear(Claim(x=30.0, y=0.0, spread=8.0, vain=vain))
        r, trust = belief.reliability, belief.trust[0]
        odds.append(trust / (1 - trust) / (r / (1 - r)))
    assert odds[1] / odds[0] == pytest.approx(0.3, abs=0.01)


def test_only_ground_whose_edges_are_known_has_been_searched() -> None:
    """Half of a region is as good as seen when a wall ends it, and half when it goes on."""
    region = CELLS * CELL
    closed, open_ = ground((0.0, -20.0, region / 2, 20.0)), ground((0.0, -20.0, region / 2, 20.0))
    open_[open_ == 9] = 0
    a, b, c = Belief(), Belief(), Belief()
    a.see(closed)
    b.see(open_)
    inside = int(np.hypot(a.centres[:, 0] - 3.0, a.centres[:, 1]).argmin())
    assert a.mass[inside] < b.mass[inside] < c.mass[inside]


@given(CLAIM, CLAIM)
@settings(max_examples=10, deadline=None)
def test_what_is_revised_is_as_if_said_at_once(first: Claim, then: Claim) -> None:
    a, b = Belief(), Belief()
    a.revise(a.hear(first), then)
    b.hear(then)
    np.testing.assert_allclose(a.mass, b.mass)
