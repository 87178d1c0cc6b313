"""The emitter: what is seen of a place, who comes to it, and the crowd that follows."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.stats import kstest

from crowd import emitter_training
from crowd.emitter import BLOCK, Emitter, EmitterNetwork, draw_times, load_emitter, save_emitter, weights_of
from crowd.emitter_training import EmitterSamples, emitter_samples, train_emitter
from crowd.generation import Generator, people_of, reachable
from crowd.plan_diffusion import PlanConfig, PlanNetwork, save_network
from crowd.realism import col_share, wall_transitions
from crowd.site import SIDEWALK, Recording, Site, extended
from crowd.surroundings import FARTHEST, RAYS, Place, between, mirrored, place_of, surroundings, window
from crowd.terrain import Terrain, terrain_of_site
from crowd.trajectory import CrowdTrajectory

WIDE, HIGH = 20.0, 8.0  # m: a street from left to right between two walls


def street(*, transposed: bool = False, house: bool = False) -> Site:
    semantic = np.full((120, 200), 1, np.uint8)
    semantic[20:100] = SIDEWALK
    if house:
        semantic[20:80, 95:105] = 1
    return Site(
        name="street", semantic=np.ascontiguousarray(semantic.T) if transposed else semantic,
        homography=np.diag([0.1, 0.1, 1.0]),
    )  # fmt: skip


def crossing(count: int, rng: np.random.Generator) -> Recording:
    """People who walk along the street, one after another, every second one leftward."""
    clock = np.arange(0.0, 4.0 * count + 30.0, 0.2)
    positions = np.full((len(clock), count, 2), np.nan)
    for k in range(count):
        begin = round((4.0 * k + 2.0 * rng.random()) / 0.2)
        steps = round((WIDE - 1.0) / (0.2 * rng.normal(1.3, 0.1)))
        x = np.linspace(0.5, WIDE - 0.5, steps)[:: 1 if k % 2 else -1]
        positions[begin : begin + steps, k] = np.stack([x, np.full(steps, rng.uniform(3.0, 9.0))], axis=1)
    track = CrowdTrajectory(
        times=clock, person_ids=np.arange(count), positions=positions, valid=~np.isnan(positions[..., 0])
    )
    return Recording(site=street(), trajectory=track, types=np.zeros(count, np.int64))


@pytest.fixture(scope="module")
def samples() -> EmitterSamples:
    recordings = [crossing(60, np.random.default_rng(seed)) for seed in (0, 1)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(emitter_training, "WINDOWS", 12)
        return emitter_samples(recordings, np.random.default_rng(0))


@pytest.fixture(scope="module")
def weights(samples: EmitterSamples, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An emitter that has learned the street, and plans that have learned nothing."""
    folder = tmp_path_factory.mktemp("weights")
    network, curve = train_emitter(samples, steps=200, seed=0)
    assert curve[-1]["held"] < 0.0  # less than by chance
    save_emitter(network, folder / "emitter.safetensors", {"seed": 0})
    torch.manual_seed(0)
    save_network(PlanNetwork(PlanConfig(width=32, blocks=2)), folder / "plans.safetensors", {})
    return folder


def test_rays_reach_walls_and_edges() -> None:
    place = place_of(terrain_of_site(street()))
    seen, inward = surroundings(place, np.array([[5.0, 6.0]]))
    lengths, walls = np.exp(seen[0, :RAYS] + 1.5) - 1.0, seen[0, RAYS : 2 * RAYS]
    assert inward[0] == pytest.approx(0.0, abs=0.05)  # the middle lies to the right
    assert lengths[[0, RAYS // 4, RAYS // 2]] == pytest.approx([15.0, 4.0, 5.0], abs=0.5)
    assert walls[[0, RAYS // 4, RAYS // 2]].tolist() == [0.0, 1.0, 0.0]
    assert lengths.max() < FARTHEST
    assert place.area == pytest.approx(WIDE * HIGH, rel=0.1)


def test_what_is_seen_turns_and_mirrors_with_the_place() -> None:
    points = np.array([[3.0, 4.0], [12.0, 8.5]])
    terrain = terrain_of_site(street())
    seen, inward = surroundings(place_of(terrain), points)
    across, turned = surroundings(place_of(terrain_of_site(street(transposed=True))), points[:, ::-1])
    order = [-k % RAYS for k in range(RAYS)]  # a transposition is a mirror: the rays go the other way round
    assert across[:, order] == pytest.approx(seen[:, :RAYS], abs=0.25)
    assert np.cos(turned - (math.pi / 2 - inward)) == pytest.approx(1.0, abs=0.02)
    flipped, _ = surroundings(place_of(mirrored(terrain)), points * (-1.0, 1.0))
    assert flipped[:, order] == pytest.approx(seen[:, :RAYS], abs=0.25)


def test_a_window_hides_what_is_outside() -> None:
    terrain = terrain_of_site(street())
    place = place_of(window(terrain, np.array([10.0, 6.0]), np.array([6.0, 4.0]), 0.0))
    assert place.area == pytest.approx(24.0, rel=0.2)
    assert np.abs(place.free - (10.0, 6.0)).max(axis=0) == pytest.approx((3.0, 2.0), abs=0.45)
    turned = place_of(window(terrain, np.array([10.0, 6.0]), np.array([6.0, 4.0]), math.pi / 2))
    assert np.abs(turned.free - (10.0, 6.0)).max(axis=0) == pytest.approx((2.0, 3.0), abs=0.45)


def test_a_wall_between_two_points_is_noticed() -> None:
    place = place_of(terrain_of_site(street(house=True)))
    ends = np.array([[5.0, 4.0], [15.0, 4.0]]), np.array([[5.0, 9.5], [15.0, 9.5]])
    blocked = [between(place, a, np.zeros(()), b, np.zeros(()))[3] for a, b in ends]
    assert blocked[0] > 0.0 and blocked[1] == 0.0


def test_flow_has_the_rate_and_the_waves_that_are_asked_for() -> None:
    rng = np.random.default_rng(0)
    even = draw_times(0.5, 0.0, 0.0, 4000.0, rng)
    assert len(even) == pytest.approx(2000, abs=4 * math.sqrt(2000))
    assert kstest(even / 4000.0, "uniform").pvalue > 1e-3
    counts = [len(draw_times(2.0, 0.8, 0.0, BLOCK, rng)) for _ in range(3000)]
    mean = 2.0 * BLOCK
    assert np.mean(counts) == pytest.approx(mean, rel=0.06)
    assert np.var(counts) == pytest.approx(mean + 0.8 * mean**2, rel=0.15)


@pytest.mark.slow
def test_it_learns_where_people_come_from_and_where_they_go(weights: Path) -> None:
    terrain = terrain_of_site(street())
    emitter = Emitter(load_emitter(weights / "emitter.safetensors"), reachable(place_of(terrain)))
    parties = emitter.draw(400, np.random.default_rng(0))
    ends = np.stack([parties.origins[:, 0], parties.goals[:, 0]])
    at_ends = (np.minimum(ends, WIDE - ends) < 2.0).mean()
    assert at_ends > 0.6  # 0.2 of the ground
    assert (np.abs(ends[0] - ends[1]) > WIDE / 2).mean() > 0.6
    assert np.median(parties.speeds) == pytest.approx(1.3, abs=0.15)
    assert (parties.sizes == 1).mean() > 0.9
    assert emitter.flow == pytest.approx(0.25, rel=0.2)  # one every 4 s
    with pytest.raises(ValueError, match="expected weights of emitter, got plan_diffusion"):
        load_emitter(weights / "plans.safetensors")


def test_places_that_are_alike_tell_more(samples: EmitterSamples) -> None:
    network = EmitterNetwork(3)
    place = place_of(terrain_of_site(street()))
    traits = torch.as_tensor(samples.traits[0]).float()
    network.traits.copy_(torch.stack([traits, traits, traits + 2.0]))
    weight = weights_of(network, place)
    assert weight.sum() == pytest.approx(1.0) and weight[2] < 0.05
    assert weight[0] == pytest.approx(weight[1])


def test_training_that_was_cut_off_goes_on(
    samples: EmitterSamples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(emitter_training, "JUDGED", 10)
    whole, curve = train_emitter(samples, steps=20, seed=1)
    checkpoint = tmp_path / "emitter.state"
    train_emitter(samples, steps=20, seed=1, checkpoint=checkpoint, until=10)
    again, resumed = train_emitter(samples, steps=20, seed=1, checkpoint=checkpoint)
    assert resumed == curve
    for one, two in zip(whole.state_dict().values(), again.state_dict().values(), strict=True):
        assert torch.equal(one, two)
    with pytest.raises(ValueError, match="expected a checkpoint of this run"):
        train_emitter(samples, steps=21, seed=1, checkpoint=checkpoint)


def test_a_crowd_is_made_of_a_place_alone(weights: Path) -> None:
    site = street()
    generator = Generator(site=site, emitter=weights / "emitter.safetensors", plans=weights / "plans.safetensors")
    made = generator.generate(60.0, np.random.default_rng(3))
    again = generator.generate(60.0, np.random.default_rng(3))
    assert np.array_equal(made.positions, again.positions, equal_nan=True)
    assert made.times[0] == 0.0 and made.times[-1] == pytest.approx(60.0)
    assert made.valid.sum() > 0 and col_share(made, 0.2) == 0.0
    assert wall_transitions(made, extended(site).free).counts.sum() == 0
    other = generator.generate(60.0, np.random.default_rng(4))
    assert other.positions.shape != made.positions.shape or not np.array_equal(
        other.positions, made.positions, equal_nan=True
    )


def test_a_party_comes_side_by_side(weights: Path) -> None:
    terrain = terrain_of_site(street())
    emitter = Emitter(load_emitter(weights / "emitter.safetensors"), place_of(terrain))
    parties = emitter.draw(3, np.random.default_rng(0))
    parties.sizes[:] = (1, 2, 3)
    parties.origins[:], parties.goals[:] = (2.0, 6.0), (18.0, 6.0)
    arrivals, groups = people_of(parties, np.array([1.0, 2.0, 3.0]), terrain)
    assert groups.tolist() == [-1, 1, 1, 2, 2, 2]
    assert arrivals.rows.tolist() == [5, 10, 10, 15, 15, 15]
    gaps = np.diff(arrivals.origins[3:], axis=0)
    assert np.hypot(*gaps.T) == pytest.approx([0.6, 0.6]) and gaps[:, 0] == pytest.approx([0.0, 0.0])


def test_a_place_without_ground_is_refused() -> None:
    terrain = terrain_of_site(street())
    nothing = window(terrain, np.array([10.0, 200.0]), np.array([1.0, 1.0]), 0.0)
    with pytest.raises(ValueError, match="expected ground to walk on inside of its edge, got none"):
        place_of(nothing)
    place = place_of(terrain)
    walls = Terrain(
        origin=terrain.origin, cell=terrain.cell, clear=np.minimum(terrain.clear, np.float32(0.2)), edge=terrain.edge
    )
    with pytest.raises(ValueError, match="wide somewhere, got none"):
        reachable(
            Place(
                terrain=walls, free=place.free, middle=place.middle, axis=place.axis, sides=place.sides, area=place.area
            )
        )
