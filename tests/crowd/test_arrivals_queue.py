"""Queues: they fill from their heads, nobody stands where somebody stands, and the rest of the crowd is as before."""

from __future__ import annotations

import math

import numpy as np
import pytest
from shapely.geometry import MultiPolygon, box

from crowd import arrivals as arrivals_module
from crowd.arrivals import QUEUEING, sample_arrivals
from crowd.ground import Ground
from crowd.trajectory import Arrival

ENTRANCES = np.array([[1.0, 5.0], [29.0, 5.0]])
SPOTS = np.array([[6.0 + 2.0 * k, 8.5, 0.0] for k in range(10)])
QUEUES = [np.array([[4.0 + 5.0 * k, 1.0 + 0.8 * place, -math.pi / 2] for place in range(6)]) for k in range(4)]


def draw(seed: int, *, people: int = 60, queues: list[np.ndarray] | None = None) -> tuple[Arrival, ...]:
    return sample_arrivals(
        Ground(box(0, 0, 30, 10)),
        ENTRANCES,
        SPOTS,
        people=people,
        duration=20.0,
        rng=np.random.default_rng(seed),
        queues=QUEUES if queues is None else queues,
    )


def queued(arrivals: tuple[Arrival, ...]) -> list[list[int]]:
    """Return, of each queue, the places at which somebody stands who goes nowhere."""
    still = [arrival for arrival in arrivals if arrival.goal is None]
    return [
        [k for k, place in enumerate(queue) if any(math.dist(place[:2], a.origin) < 1e-9 for a in still)]
        for queue in QUEUES
    ]


@pytest.mark.parametrize("seed", range(12))
def test_queues_fill_from_the_head(seed: int) -> None:
    places = queued(draw(seed))
    for places_of_one in places:
        assert places_of_one == list(range(len(places_of_one)))
    assert 0 < sum(map(len, places)) <= round(QUEUEING * 0.2 * 60)


def test_those_who_queue_face_on_and_stand_alone() -> None:
    for seed in range(6):
        still = [arrival for arrival in draw(seed) if arrival.goal is None]
        for queue in QUEUES:
            for place in queue:
                there = [a for a in still if math.dist(place[:2], a.origin) < 0.3]
                assert len(there) <= 1
                if there and math.dist(place[:2], there[0].origin) < 1e-9:
                    assert there[0].yaw == pytest.approx(-math.pi / 2)
                    assert there[0].group == -1
                    assert there[0].time == 0.0
        for k, one in enumerate(still):
            assert all(math.dist(one.origin, other.origin) > 0.55 for other in still[:k])


def test_lengths_differ_from_draw_to_draw_and_from_queue_to_queue() -> None:
    lengths = np.array([[len(places) for places in queued(draw(seed, people=200))] for seed in range(12)])
    assert len(np.unique(lengths)) >= 5
    assert any(len(set(row)) > 1 for row in lengths.tolist())
    assert lengths.max() <= 6


def test_people_are_as_many_as_asked_for_with_and_without_queues() -> None:
    for seed in range(4):
        without = draw(seed, queues=[])
        assert sum(map(len, queued(without))) == 0
        still = [sum(a.goal is None for a in arrivals) for arrivals in (draw(seed), without)]
        assert still[0] <= 12 and still[1] <= 12  # a fifth of sixty
        assert still[0] >= 10


def test_one_seed_gives_one_queue() -> None:
    assert draw(3) == draw(3)
    assert draw(3) != draw(4)


def test_a_queue_without_places_holds_nobody() -> None:
    arrivals = draw(0, queues=[np.empty((0, 3)), QUEUES[0]])
    assert {k for k, places in enumerate(queued(arrivals)) if places} <= {0}


def test_whoever_is_queued_for_is_there() -> None:
    clerks = [np.array([4.0 + 5.0 * k, 0.4, math.pi / 2]) if k else np.empty(0) for k in range(4)]
    seen = set()
    for seed in range(8):
        arrivals = sample_arrivals(
            Ground(box(0, 0, 30, 10)),
            ENTRANCES,
            SPOTS,
            people=60,
            duration=1.0,
            rng=np.random.default_rng(seed),
            queues=QUEUES,
            clerks=clerks,
        )
        for places, clerk in zip(queued(arrivals), clerks, strict=True):
            there = [a for a in arrivals if len(clerk) and math.dist(a.origin, clerk[:2]) < 1e-9]
            assert len(there) == (1 if places and len(clerk) else 0)
            assert all(a.yaw == pytest.approx(math.pi / 2) and a.goal is None for a in there)
            seen.add(len(there))
    assert seen == {0, 1}


def test_a_group_on_its_way_does_not_start_in_a_niche_beside_it() -> None:
    corridor, niche = box(0, 0, 20, 1), box(6, 1.2, 14, 3)  # no way leads from one to the other
    ground = Ground(MultiPolygon([corridor, niche]))
    path = ground.path((0.6, 0.5), (19.4, 0.5))
    party = arrivals_module._Party(time=-8.0, path=path, speed=1.2, size=3)
    walkers = arrivals_module._walk(ground, party, 0, np.random.default_rng(0))
    assert len(walkers) == 3
    assert all(w.goal is not None and ground.reaches(w.origin, w.goal) for w in walkers)
