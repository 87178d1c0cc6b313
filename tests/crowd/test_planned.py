from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from shapely.geometry import box

from crowd.evaluation import BODY, Arrivals, find_parties, true_arrivals, walk_model, walk_straight
from crowd.ground import Ground
from crowd.plan_diffusion import PlanConfig, PlanNetwork, alphas_cumprod, draw_plans, load_network, save_network
from crowd.plan_samples import plan_samples
from crowd.plan_training import PlanSamples, train_plans
from crowd.planned import Planned
from crowd.plans import CONDITIONS, KNOTS, VALUES, decode, encode
from crowd.site import SIDEWALK, Recording, Site
from crowd.trajectory import Arrival, CrowdState, CrowdTrajectory, Order, Others

SMALL = PlanConfig(width=32, blocks=2)
YARD = box(0, 0, 24, 12).difference(box(10, 0, 11, 8))  # a wall with a way round it
NOBODY = Others(positions=np.zeros((0, 2)), velocities=np.zeros((0, 2)), radii=np.zeros(0))


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights that have learned nothing: their plans are wild."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "plans.safetensors"
    save_network(PlanNetwork(SMALL), path, {"seed": 0})
    return path


def people(count: int, rng: np.random.Generator) -> tuple[Arrival, ...]:
    sides = [(1.0, 22.0), (22.0, 1.0)]
    return tuple(
        Arrival(
            person_id=k, time=0.7 * k, origin=(sides[k % 2][0], float(rng.uniform(1, 11))),
            goal=(sides[k % 2][1], float(rng.uniform(1, 11))), desired_speed=1.3, radius=BODY,
        )
        for k in range(count)
    )  # fmt: skip


def run(weights: Path, arrivals: tuple[Arrival, ...], seconds: float, others: Others = NOBODY, seed: int = 0,
        orders: dict[float, dict[int, Order]] | None = None) -> list[CrowdState]:  # fmt: skip
    model = Planned(weights=weights)
    states = [model.reset(YARD, arrivals, np.random.default_rng(seed))]
    for step in range(round(seconds / 0.1)):
        states.append(model.step(0.1, others, (orders or {}).get(round(step * 0.1, 3), {})))
    return states


def test_wild_plans_are_walked_without_overlap_and_out_of_walls(weights: Path) -> None:
    ground, seen = Ground(YARD), set()
    robot = Others(positions=np.array([[16.0, 6.0]]), velocities=np.zeros((1, 2)), radii=np.array([0.3]))
    for state in run(weights, people(16, np.random.default_rng(1)), 60.0, robot):
        seen |= set(state.person_ids.tolist())
        gaps = np.hypot(*(state.positions[:, None] - state.positions[None]).transpose(2, 0, 1))
        np.fill_diagonal(gaps, np.inf)
        assert gaps.size == 0 or gaps.min() > 2 * BODY - 0.02
        assert (ground.wall(state.positions)[0] > 0.0).all()
        assert (np.hypot(*(state.positions - robot.positions[0]).T) > BODY + 0.3).all()
    assert seen == set(range(16))


def test_everybody_arrives_after_all(weights: Path) -> None:
    states = run(weights, people(6, np.random.default_rng(2)), 240.0)
    assert len(states[-1].person_ids) == 0


def test_the_same_seed_gives_the_same_bytes_and_another_another(weights: Path) -> None:
    arrivals = people(8, np.random.default_rng(3))
    one, two, other = (run(weights, arrivals, 12.0, seed=seed)[-1].positions for seed in (0, 0, 1))
    assert one.tobytes() == two.tobytes() != other.tobytes()


def test_who_holds_stands_and_goes_on_with_a_new_plan(weights: Path) -> None:
    orders = {2.0: {0: Order(kind="hold")}, 8.0: {0: Order(kind="resume")}}
    states = run(weights, people(1, np.random.default_rng(4)), 200.0, orders=orders)
    assert states[50].activities == ("hold",)
    assert np.hypot(*(states[75].positions[0] - states[40].positions[0])) < 0.2
    assert len(states[-1].person_ids) == 0


def test_who_is_told_to_go_goes_there_and_stays(weights: Path) -> None:
    orders = {2.0: {0: Order(kind="go", target=(5.0, 10.0))}}
    last = run(weights, people(1, np.random.default_rng(5)), 60.0, orders=orders)[-1]
    assert np.hypot(*(last.positions[0] - (5.0, 10.0))) < 0.5 and last.activities == ("stand",)


def test_a_group_plans_together(weights: Path) -> None:
    pair = tuple(
        Arrival(person_id=k, time=0.0, origin=(13.0, 5.0 + k), goal=(22.0, 5.0 + k), radius=BODY, group=3)
        for k in range(2)
    )
    apart = [
        float(np.hypot(*np.diff(s.positions, axis=0)[0])) for s in run(weights, pair, 5.0) if len(s.person_ids) == 2
    ]
    assert max(apart) < 2.5


def test_drawing_uses_the_schedule_that_was_learned() -> None:
    from diffusers import DDIMScheduler

    theirs = DDIMScheduler(1000, beta_schedule="squaredcos_cap_v2").alphas_cumprod
    assert torch.allclose(alphas_cumprod(), theirs, atol=1e-6)


@pytest.mark.slow
def test_what_is_drawn_follows_what_was_learned(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    known = rng.normal(size=(400, CONDITIONS))
    plans = np.repeat(np.where(known[:, :1] > 0, 1.0, -1.0), VALUES, axis=1) + 0.05 * rng.normal(size=(400, VALUES))
    samples = PlanSamples(plans=plans, conditions=known, held_out=np.arange(400) >= 360, body=0.2)
    network, curve = train_plans(samples, PlanConfig(width=64, blocks=2, dropout=0.0), steps=500, batch=128, seed=0)
    assert curve[-1]["held"] < 0.7 * curve[0]["loss"]
    drawn = draw_plans(network, known[:100], rng.standard_normal((100, VALUES)))
    assert (np.sign(drawn.mean(axis=1)) == np.sign(known[:100, 0])).mean() > 0.9
    path = tmp_path / "w.safetensors"
    save_network(network, path, {})
    noise = rng.standard_normal((5, VALUES))
    read, own = (draw_plans(net, known[:5], noise) for net in (load_network(path), network))
    assert read == pytest.approx(own, abs=5e-3)  # matrices are written in half precision


@pytest.mark.slow
def test_resuming_is_as_if_nothing_had_happened(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    samples = PlanSamples(
        plans=rng.normal(size=(60, VALUES)),
        conditions=rng.normal(size=(60, CONDITIONS)),
        held_out=np.arange(60) > 50,
        body=0.2,
    )
    whole, curve = train_plans(samples, SMALL, steps=500, batch=16, seed=3)
    file = tmp_path / "state.pt"
    train_plans(samples, SMALL, steps=500, batch=16, seed=3, checkpoint=file, until=250)
    again, resumed = train_plans(samples, SMALL, steps=500, batch=16, seed=3, checkpoint=file)
    assert resumed == curve and [row["step"] for row in curve] == [250, 500]
    assert all(torch.equal(a, b) for a, b in zip(whole.state_dict().values(), again.state_dict().values(), strict=True))


def test_bad_weights_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="expected weights of plan_diffusion, found no such file"):
        load_network(tmp_path / "no.safetensors")
    from safetensors.numpy import save_file

    save_file({"a": np.zeros(1)}, tmp_path / "other.safetensors", {"embodied": '{"model": "comfort"}'})
    with pytest.raises(ValueError, match="expected weights of plan_diffusion, got comfort"):
        load_network(tmp_path / "other.safetensors")


# ---------------------------------------------------------------- beside recordings


def recorded(rng: np.random.Generator, count: int = 12) -> Recording:
    times = 0.2 * np.arange(200)
    positions = np.full((200, count, 2), np.nan)
    for k in range(count):
        row, steps = int(rng.integers(0, 100)), int(rng.integers(40, 100))
        start, end = np.array([0.5, rng.uniform(1, 9)]), np.array([19.0, rng.uniform(1, 9)])
        positions[row : row + steps, k] = start + np.linspace(0, 1, steps)[:, None] * (end - start)
    site = Site(name="yard", semantic=np.full((40, 80), SIDEWALK, np.uint8), homography=np.diag([0.25, 0.25, 1.0]))
    track = CrowdTrajectory(
        times=times, person_ids=np.arange(count), positions=positions, valid=~np.isnan(positions).any(axis=2)
    )
    return Recording(site=site, trajectory=track, types=np.zeros(count, np.int64))


def test_arrivals_are_those_of_the_recording() -> None:
    recording = recorded(np.random.default_rng(0))
    arrivals = true_arrivals(recording)
    straight = walk_straight(arrivals, recording.trajectory.times)
    both = straight.valid & recording.trajectory.valid
    assert both.sum() > 0.95 * recording.trajectory.valid.sum()
    assert np.abs((straight.positions - recording.trajectory.positions)[both]).max() < 1e-9


def test_nobody_who_was_recorded_is_faster_than_people_are() -> None:
    recording = recorded(np.random.default_rng(0))
    track = recording.trajectory
    jumps = track.positions.copy()
    jumps[track.valid[:, 3], 3] *= 20.0  # a track that goes from one person to another
    arrivals = true_arrivals(replace(recording, trajectory=replace(track, positions=jumps)))
    assert arrivals.speeds.max() == arrivals.speeds[3] == 10.0
    np.testing.assert_array_equal(np.delete(arrivals.speeds, 3), np.delete(true_arrivals(recording).speeds, 3))


def test_a_model_is_given_who_comes(weights: Path) -> None:
    recording = recorded(np.random.default_rng(1))
    arrivals, times = true_arrivals(recording), recording.trajectory.times
    made = walk_model(Planned(weights=weights), box(-5, -5, 25, 15), arrivals, times, np.random.default_rng(0))
    assert np.array_equal(made.valid.argmax(axis=0), arrivals.rows)
    assert np.allclose(made.positions[arrivals.rows, np.arange(12)], arrivals.origins)


def test_parties_are_those_who_come_and_leave_together() -> None:
    arrivals = Arrivals(
        person_ids=np.arange(4), rows=np.array([10, 12, 10, 60]), last=np.array([90, 90, 90, 140]),
        origins=np.array([[0, 0], [0, 1], [9, 9], [0, 0]], float),
        goals=np.array([[20, 0], [20, 1], [0, 0], [20, 0]], float),
        speeds=np.full(4, 1.2), types=np.zeros(4, np.int64),
    )  # fmt: skip
    assert find_parties(arrivals, 0.2).tolist() == [0, 0, -1, -1]


def test_samples_are_plans_of_the_people_and_their_mirror_images() -> None:
    recording = recorded(np.random.default_rng(2))
    samples = plan_samples([recording])
    assert samples.plans.shape == (12 * 4, VALUES) and samples.conditions.shape == (12 * 4, CONDITIONS)
    assert np.abs(samples.plans[:, :-1]).max() < 1e-6 and KNOTS == 20  # all go straight at one pace
    assert np.allclose(samples.plans, plan_samples([recording], reverse=False).plans[0], atol=0.05)
    assert decode is not encode
