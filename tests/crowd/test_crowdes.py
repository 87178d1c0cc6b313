"""CrowdES: shapes, symmetries, training that learns and resumes, crowds that keep to free ground."""

import ast
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from crowd.crowdes import PUBLISHED, SMALL, Arrivals, CrowdES, Layouts, Networks, load, make_networks, save
from crowd.crowdes_config import loads
from crowd.crowdes_emitter import Emitter, planes, sample, signal
from crowd.crowdes_layout import Layout, decode_layout, one_hot
from crowd.crowdes_samples import augmented, make_samples
from crowd.crowdes_simulator import Places, Simulator, draw_states, local_maps, normalised, states_of
from crowd.crowdes_training import (
    MIRRORS,
    Run,
    load_samples,
    save_samples,
    simulator_batch,
    train_emitter,
    train_layout,
    train_simulator,
    trained,
)
from crowd.crowdes_ways import Ways, separate, smoothed
from crowd.site import BUILDING, PEDESTRIAN, SIDEWALK, Recording, Site, extended
from crowd.trajectory import CrowdTrajectory

TINY = replace(
    SMALL, layout_size=64, layout_widths=(8, 8, 8, 8), layout_depths=(1, 1, 1, 1), layout_heads=(1, 1, 1, 1), agents=8,
    layout_head=8, bins=16, emitter_size=16, emitter_channels=(8, 8, 8), emitter_condition=16, emitter_width=16,
    emitter_feedforward=16, map_cells=16, map_channels=(4, 4, 8), map_width=16, social_width=8, social_feedforward=16,
    trunk=(16, 16), state_head=(8,), decoder=(16,), sampling_steps=5,
)  # fmt: skip
COMPAT = replace(TINY, paper_compat=True, copies=4, emitter_noise=8)


def square() -> Site:
    """Return 20 x 12 m at 0.1 m a pixel, rows down, with a block of 4 x 4 m in the middle."""
    semantic = np.full((120, 200), SIDEWALK, np.uint8)
    semantic[40:80, 80:120] = BUILDING
    return Site(
        name="square", semantic=semantic, homography=np.array([[0.1, 0.0, 0.0], [0.0, -0.1, 12.0], [0.0, 0.0, 1.0]])
    )


def crossing(people: int = 50, seed: int = 0) -> Recording:
    """Return people who cross the square straight in both directions, 80 s at 5 Hz."""
    rng = np.random.default_rng(seed)
    times = np.arange(401) / 5
    positions = np.full((401, people, 2), np.nan)
    for n in range(people):
        speed, entry = rng.uniform(1.0, 1.6), rng.integers(0, 390)
        x = 0.3 + speed * (np.arange(401) - entry) / 5
        y = rng.uniform(0.5, 3.5) if n % 2 else rng.uniform(8.5, 11.5)
        here = (np.arange(401) >= entry) & (x < 19.7)
        positions[here, n] = np.stack((x if n % 2 else 20.0 - x, np.full(401, y)), 1)[here]
    trajectory = CrowdTrajectory(
        times=times, person_ids=np.arange(people), positions=positions, valid=~np.isnan(positions[..., 0])
    )
    return Recording(site=square(), trajectory=trajectory, types=np.full(people, PEDESTRIAN))


@pytest.fixture(scope="module")
def samples():
    return make_samples([crossing()], TINY, stride=2.0)


@pytest.fixture(scope="module")
def networks(samples):
    """Return the tiny networks after a short training."""
    run = Run(steps=40, batch=16, learning_rate=3e-3, held_batches=0)
    return Networks(
        config=TINY,
        layout=train_layout(samples, TINY, replace(run, steps=10, batch=4))[0],
        emitter=train_emitter(samples, TINY, replace(run, clip=1.0))[0],
        simulator=train_simulator(samples, TINY, replace(run, steps=100, batch=32))[0],
    )


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def count(network: torch.nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def test_the_published_simulator_has_35_9_million_parameters_and_the_small_model_fits_8_megabytes(tmp_path):
    with torch.device("meta"):
        assert count(Simulator(PUBLISHED)) == pytest.approx(35.9e6, abs=0.05e6)
        assert count(Layout(PUBLISHED)) == pytest.approx(3.75e6, abs=0.05e6)  # SegFormer-B0: 3.7 M
    save(tmp_path / "small.safetensors", make_networks(SMALL))
    assert (tmp_path / "small.safetensors").stat().st_size < 8e6


def test_training_needs_numpy_and_torch_only():
    todo, seen, needed = ["crowdes_training"], set(), set()
    while todo:
        name = todo.pop()
        seen.add(name)
        for node in ast.parse((Path(__file__).parents[2] / "crowd" / f"{name}.py").read_text()).body:
            for module in (
                [a.name for a in node.names] if isinstance(node, ast.Import) else [getattr(node, "module", "")]
            ):
                if module and module.startswith("crowd."):
                    todo += {module.removeprefix("crowd.")} - seen
                elif module:
                    needed.add(module.split(".")[0])
    assert needed - sys.stdlib_module_names == {"numpy", "torch"}


def test_the_configuration_survives_json_and_bad_ones_are_refused():
    assert loads(PUBLISHED.dumps()) == PUBLISHED
    for text in ("{", '{"depth": 3}', "[1]"):
        with pytest.raises(ValueError, match="configuration: expected that of a CrowdES model"):
            loads(text)
    for key, value in {"agents": 0, "sampling_steps": 51, "map_cells": 30, "window": 9.0}.items():
        with pytest.raises(ValueError, match=key):
            replace(SMALL, **{key: value})


@pytest.mark.parametrize("config", [TINY, COMPAT, SMALL], ids=["tiny", "compat", "small"])
def test_shapes(config):
    made = make_networks(config)
    side, cells, size = config.layout_size, config.map_cells, config.emitter_size
    maps, population = made.layout(one_hot(torch.randint(0, 8, (2, side, side), dtype=torch.uint8)))
    assert maps.shape == (2, 2, side, side) and population.shape == (2, config.bins)
    appearance, density, chance = decode_layout(maps[0], population[0], (30, 50), torch.ones(30, 50, dtype=torch.bool))
    assert appearance.shape == density.shape == (30, 50) and chance.sum().item() == pytest.approx(1.0)
    condition = planes(
        torch.ones(2, size, size, dtype=torch.uint8),
        torch.rand(2, 2, size, size),
        torch.rand(2, 3, 2),
        torch.tensor([3, 0]),
    )
    assert condition.shape == (2, 10, size, size) and condition[0, 9].sum() >= 1 and condition[1, 9].sum() == 0
    x = torch.randn(2, config.agents, 7 * config.copies)
    real = torch.arange(config.agents)[None] < torch.tensor([[3], [5]])
    assert made.emitter(x, real, made.emitter.condition(condition), torch.tensor([0, 49])).shape == x.shape
    inputs = (
        torch.randn(5, config.history, 2), torch.randn(5, 2), torch.rand(5, 2), torch.randn(5, 2),
        torch.randn(5, config.neighbours, config.history, 2), torch.rand(5, config.neighbours) < 0.5,
        torch.rand(5, 8, cells, cells),
    )  # fmt: skip
    features, logits = made.simulator.encode(*inputs)
    assert features.shape == (5, config.trunk[-1]) and logits.shape == (5, config.states)
    assert logits.abs().max() <= 5.0
    assert made.simulator.decode(features, logits.argmax(1)).shape == (5, config.future, 2)


@pytest.mark.parametrize("config", [TINY, COMPAT], ids=["corrected", "compat"])
def test_padding_changes_nothing_for_real_people_but_did_as_published(config):
    network = make_networks(config).emitter
    real = torch.arange(8)[None] < 3
    x, summary = torch.randn(1, 8, 7 * config.copies, generator=generator()), torch.zeros(1, config.emitter_condition)
    other = torch.where(real[..., None], x, 10.0)
    one, two = (network(values, real, summary, torch.tensor([7]))[:, :3] for values in (x, other))
    assert torch.equal(one, two) is not config.paper_compat
    moved = x.clone()
    moved[:, 0] += 1.0
    changed = (network(moved, real, summary, torch.tensor([7]))[:, 1:3] - one[:, 1:3]).abs().max()
    assert (changed > 1e-6).item() is not config.paper_compat  # real people do not see one another as published


def test_neighbours_that_are_not_there_change_nothing():
    network, near = make_networks(TINY).simulator, torch.tensor([[True, False, False, False]])
    inputs = [torch.randn(1, 10, 2), torch.ones(1, 2), torch.ones(1, 2), torch.ones(1, 2)]
    people, maps = torch.randn(1, 4, 10, 2), torch.zeros(1, 8, 16, 16)
    other = torch.where(near[..., None, None], people, 7.0)
    assert torch.equal(network.encode(*inputs, people, near, maps)[0], network.encode(*inputs, other, near, maps)[0])


def test_the_noise_left_by_our_formula_is_that_of_the_library_and_all_of_it_at_the_last_step():
    from diffusers import DDIMScheduler

    for config in (TINY, COMPAT):
        scheduler = DDIMScheduler(50, beta_start=config.betas[0], beta_end=config.betas[1], beta_schedule="linear")
        assert torch.allclose(scheduler.alphas_cumprod, signal(config), atol=1e-6)
    assert signal(TINY)[-1] < 1e-4 and signal(COMPAT)[-1] == pytest.approx(0.605, abs=0.01)


def test_states_are_drawn_as_a_markov_chain():
    logits, previous = torch.zeros(40_000, 8), torch.full((40_000,), 3)
    previous[:20_000] = -1
    drawn = draw_states(logits, previous, TINY, generator())
    first, later = drawn[:20_000].bincount(minlength=8) / 20_000, drawn[20_000:].bincount(minlength=8) / 20_000
    assert torch.allclose(first, torch.full((8,), 0.125), atol=0.01)
    assert later[3] == pytest.approx(0.5 + 0.0625, abs=0.015)  # (1/8 + 1) / 2


def test_end_points_are_put_to_states_in_the_frame_of_the_way_ahead():
    control, end = (
        torch.tensor([[0.0, 2.0], [0.0, 0.0], [3.0, 0.0]]),
        torch.tensor([[-1.0, 2.0], [1.0, 2.0], [3.0, 0.0]]),
    )
    assert torch.allclose(normalised(end, control), torch.tensor([[1.0, 0.5], [1.0, 2.0], [1.0, 0.0]]))
    turn = torch.tensor([[0.6, -0.8], [0.8, 0.6]])
    points, ways = torch.randn(100, 2), torch.randn(100, 2)
    assert torch.allclose(normalised(points, ways), normalised(points @ turn.T, ways @ turn.T), atol=1e-4)
    centres = torch.randn(8, 2)
    assert torch.equal(states_of(centres, centres, torch.tensor([[1.0, 0.0]]).expand(8, 2)), torch.arange(8))


def test_local_maps_read_the_ground_around_in_metres_and_stretch_its_edge():
    site = square()
    places = Places(
        semantic=torch.from_numpy(site.semantic)[None], density=torch.rand(1, 120, 200),
        sizes=torch.tensor([site.size]), inverse=torch.from_numpy(np.linalg.inv(site.homography)).float()[None],
    )  # fmt: skip
    config = replace(TINY, map_cells=32, map_cell=0.5)
    where = np.array([[10.0, 6.0], [2.0, 2.0]])
    maps = local_maps(places, torch.zeros(2, dtype=torch.int64), torch.from_numpy(where).float(), config)
    ticks = (np.arange(32) - 15.5) * 0.5
    points = where[:, None, None] + np.stack(np.meshgrid(ticks, ticks), 2)
    inside = site.inside(points)
    assert np.array_equal(maps[:, 5].numpy()[inside] > 0, site.free(points)[inside])
    assert maps[:, :7].sum(1).min() == 1.0 and (maps[1, 5].numpy()[~inside[1]] == 1.0).all()


def test_sixteen_variants_show_the_same_people_on_the_same_ground():
    recording = crossing(6)
    for k in range(16):
        flags = dict(zip(("hflip", "vflip", "transpose", "reverse"), (bool(k >> b & 1) for b in range(4)), strict=True))
        other = augmented(recording, **flags)
        assert np.array_equal(np.diff(other.trajectory.times), np.diff(recording.trajectory.times)) or flags["reverse"]
        before, after = recording.trajectory.positions, other.trajectory.positions[:: -1 if flags["reverse"] else 1]
        valid = recording.trajectory.valid
        assert np.allclose(  # distances between people stay
            np.linalg.norm(before[:, 0] - before[:, 1], axis=1), np.linalg.norm(after[:, 0] - after[:, 1], axis=1),
            equal_nan=True,
        )  # fmt: skip
        pixels, mirrored = (r.site.to_pixels(p[valid]) for r, p in ((recording, before), (other, after)))
        if flags["hflip"]:
            pixels[:, 0] = 200 - pixels[:, 0]
        if flags["vflip"]:
            pixels[:, 1] = 120 - pixels[:, 1]
        assert np.allclose(pixels[:, ::-1] if flags["transpose"] else pixels, mirrored)
        assert np.array_equal(other.site.free(after[valid]), recording.site.free(before[valid]))


def test_samples_are_what_was_recorded(samples, tmp_path):
    recording = crossing()
    tracks = recording.trajectory
    split = round(0.85 * 401)
    rows = samples["row_train"]
    history, future, known = (samples[f"row_{c}"][rows] for c in ("history", "future", "known"))
    velocity = future[:, 0] - history[:, -1]
    assert np.allclose(future[:, 9] - history[:, -1], 10 * velocity, atol=1e-4)  # all walk straight, also after leaving
    assert known[:, 0].all() and not known.all()
    speed = samples["row_attributes"][rows, 1]
    assert np.allclose(np.hypot(*velocity.T) * 5, speed, atol=1e-4)
    ahead = samples["row_control"][rows] - history[:, -1]
    assert np.allclose(np.hypot(*ahead.T), 2 * speed, atol=1e-2)
    assert (np.sum(ahead * velocity, 1) > 0).all()
    near = samples["row_neighbours"][rows]
    gap = np.hypot(*np.moveaxis(samples["row_history"][near, -1] - history[:, None, -1], 2, 0))
    assert (gap[near >= 0] < 4.0).all() and (np.diff(np.where(near < 0, 9.0, gap)) >= -1e-6).all()
    held = samples["row_history"][samples["row_held"], -1]
    late = tracks.positions[split:][tracks.valid[split:]]
    assert np.abs(held[:, None] - late[None]).sum(2).min(1).max() < 1e-4
    entries = samples["entry_record"]
    assert (np.abs(entries[:, 5] - entries[:, 3]) > 0.3).mean() > 0.8 and (entries[:, 0] == PEDESTRIAN).all()
    for row in range(len(samples["window_start"])):
        times = (
            entries[samples["window_first"][row] :][: samples["window_count"][row], 1] - samples["window_start"][row]
        )
        assert times.min() > -1e-4 and times.max() < 10.0
    assert samples["place_maps"].max() == 1.0 and samples["place_counts"][0, 0].sum() == pytest.approx(1.0)
    save_samples(tmp_path / "samples.npz", samples)
    again = load_samples(tmp_path / "samples.npz")
    assert again.keys() == samples.keys() and all(np.array_equal(again[key], samples[key]) for key in samples)
    (tmp_path / "other.npz").write_bytes(b"nothing")
    with pytest.raises(ValueError, match="expected samples of CrowdES"):
        load_samples(tmp_path / "other.npz")


def test_mirrors_on_the_fly_are_those_of_the_recording():
    recording = crossing(12)
    inputs, futures = [], []
    plain = make_samples([recording], TINY, reverse=False)
    for mirror, samples in [
        (mirror, make_samples([augmented(recording, **dict(zip(("hflip", "vflip", "transpose"), mirror, strict=True)))],
                              TINY, reverse=False))
        for mirror in MIRRORS[1::2]
    ]:  # fmt: skip
        for table, flags in ((plain, mirror), (samples, (False, False, False))):
            columns = ("history", "future", "known", "goal", "control", "attributes", "neighbours", "place")
            tensors = {c: torch.from_numpy(table[f"row_{c}"]) for c in columns}
            places = Places(
                semantic=torch.from_numpy(table["place_semantic"]),
                density=torch.from_numpy(table["place_maps"][:, 0, 1]),
                sizes=torch.from_numpy(table["place_size"]), inverse=torch.from_numpy(table["place_inverse"]),
            )  # fmt: skip
            h, v, t = flags
            x, y = [-1.0 if h else 1.0, 0.0], [0.0, -1.0 if v else 1.0]
            turn = torch.tensor([y, x] if t else [x, y])
            rows = torch.from_numpy(table["row_train"][::7])
            batch, future = simulator_batch(tensors, places, rows, turn.expand(len(rows), 2, 2), TINY)
            inputs.append(batch)
            futures.append(future)
        for one, two in zip(inputs[-2][:6], inputs[-1][:6], strict=True):
            assert torch.allclose(one.float(), two.float(), atol=0.05)
        assert torch.allclose(futures[-2], futures[-1], atol=1e-4)
        assert (inputs[-2][6] - inputs[-1][6]).abs().gt(0.02).float().mean() < 0.02  # cells on a border of pixels


@pytest.mark.parametrize(("train", "kind", "batch", "steps"), [
    (train_layout, Layout, 4, 32), (train_emitter, Emitter, 16, 72), (train_simulator, Simulator, 32, 32),
])  # fmt: skip
def test_training_learns_and_a_run_that_was_cut_off_ends_as_it_would_have(samples, tmp_path, train, kind, batch, steps):
    run = Run(steps=steps, batch=batch, learning_rate=5e-3, log=8, clip=1.0, every=10, held_batches=1)
    whole, curve = train(samples, TINY, run)
    assert curve[-1]["loss"] < 0.92 * curve[0]["loss"] and np.isfinite(curve[-1]["held"])
    broken = replace(run, checkpoint=tmp_path / "checkpoint.pt")
    train(samples, TINY, replace(broken, stop=14))
    torch.rand(3)
    resumed, again = train(samples, TINY, broken)
    assert again == curve
    for (name, one), two in zip(whole.state_dict().items(), resumed.state_dict().values(), strict=True):
        assert torch.equal(one, two), name
    kept = trained(kind, TINY, tmp_path / "checkpoint.pt")
    assert all(torch.equal(a, b) for a, b in zip(kept.state_dict().values(), whole.state_dict().values(), strict=True))
    with pytest.raises(ValueError, match="expected a checkpoint of this run"):
        train(samples, TINY, replace(broken, seed=1))


def test_weights_come_back_as_they_were_written(networks, tmp_path):
    save(tmp_path / "tiny.safetensors", networks)
    again = load(tmp_path / "tiny.safetensors")
    assert again.config == TINY
    for name in ("layout", "emitter", "simulator"):
        one, two = (getattr(n, name).state_dict() for n in (networks, again))
        assert one.keys() == two.keys() and all(
            torch.allclose(one[key], two[key], rtol=1e-3, atol=1e-6)
            for key in one  # matrices in half precision
        )
    (tmp_path / "other.safetensors").write_bytes(b"nothing at all")
    with pytest.raises(ValueError, match="expected weights of crowdes, got another file"):
        load(tmp_path / "other.safetensors")
    with pytest.raises(FileNotFoundError, match="expected weights of crowdes, found no such file"):
        load(tmp_path / "none.safetensors")


def test_emission_draws_records_inside_the_picture_on_free_ground(networks):
    model = CrowdES(networks, square())
    layouts = model.predict_layouts()
    assert layouts.appearance.shape == (120, 200) and layouts.density[model.site.walked].max() == pytest.approx(
        1, abs=0.1
    )
    assert (layouts.density[~model.site.walked] == 0).all()
    busy = replace(layouts, population=np.eye(16)[9])
    come = CrowdES(networks, square(), layouts=busy).emit(10.0, np.array([[3.0, 3.0]]), generator())
    assert len(come.times) == 8 and (np.diff(come.times) >= 0).all()
    assert come.times.min() >= 10.0 and come.times.max() < 20.0 and (come.speeds > 0).all()
    for points in (come.origins, come.goals):
        assert model.site.inside(points).all() and model.site.free(points).all()
    first = CrowdES(networks, square(), layouts=busy).emit(-10.0, np.zeros((0, 2)), generator())
    assert len(first.times) == 4
    with pytest.raises(ValueError, match="count: expected 0 to 8"):
        sample(networks.emitter, torch.zeros(1, 10, 16, 16), 9, generator())


def test_a_crowd_keeps_to_free_ground_and_apart_and_one_seed_gives_one_crowd(networks):
    layouts = Layouts(appearance=np.ones((120, 200)), density=square().walked.astype(float), population=np.eye(16)[14])
    model = CrowdES(networks, square(), layouts=layouts)
    crowd, types = model.simulate(30.0, generator(1))
    assert (
        len(crowd.times) == 151
        and crowd.positions.shape == (151, len(types), 2)
        and crowd.valid.any(axis=1).mean() > 0.8
    )
    assert np.array_equal(np.isnan(crowd.positions).any(axis=2), ~crowd.valid)
    assert model.site.inside(crowd.positions[crowd.valid]).all() and model.site.free(crowd.positions[crowd.valid]).all()
    for frame, valid in zip(crowd.positions, crowd.valid, strict=True):
        here = frame[valid]
        gap = np.linalg.norm(here[:, None] - here[None], axis=2) + 9.0 * np.eye(len(here))
        assert gap.min(initial=9.0) > 0.3
    again, _ = CrowdES(networks, square(), layouts=layouts).simulate(30.0, generator(1))
    other, _ = model.simulate(30.0, generator(2))
    assert (
        crowd.positions.tobytes() == again.positions.tobytes()
        and crowd.positions.tobytes() != other.positions.tobytes()
    )


def test_replayed_arrivals_start_where_and_when_they_did_and_leave_at_the_goal(networks):
    arrivals = Arrivals(
        times=np.array([0.0, 3.4, 0.2]), origins=np.array([[1.0, 2.0], [19.0, 10.0], [3.0, 10.0]]),
        goals=np.array([[19.0, 2.0], [1.0, 10.0], [3.2, 10.0]]), speeds=np.array([1.3, 1.2, 1.0]),
        types=np.zeros(3, np.int64),
    )  # fmt: skip
    crowd, types = CrowdES(networks, square()).replay(arrivals, 40.0, generator())
    assert np.array_equal(crowd.person_ids, [0, 1, 2]) and len(types) == 3
    for person, frame in enumerate((0, 17, 1)):
        assert crowd.valid[:, person].argmax() == frame
        assert np.allclose(crowd.positions[frame, person], arrivals.origins[person])
    assert crowd.valid[:, 2].sum() == 1
    for person in (0, 1):
        last = len(crowd.valid) - 1 - crowd.valid[::-1, person].argmax()
        assert np.hypot(*(crowd.positions[last, person] - arrivals.goals[person])) < 0.5 or last == 200
    with pytest.raises(ValueError, match="goals: expected"):
        replace(arrivals, goals=np.full((3, 2), np.nan))


def test_compat_mode_snaps_to_pixels_and_takes_a_multiplier():
    layouts = Layouts(appearance=np.ones((120, 200)), density=np.ones((120, 200)), population=np.eye(16)[3])
    model = CrowdES(make_networks(COMPAT), square(), layouts=layouts, multiplier=2.0)
    come = model.emit(0.0, np.zeros((0, 2)), generator())
    assert len(come.times) == 6
    pixels = model.site.to_pixels(come.origins)
    assert np.allclose(pixels - np.floor(pixels), 0.5) and model.site.free(come.goals).all()
    apart = np.hypot(*((come.goals - come.origins) / [20.0, 12.0]).T)
    assert apart.min() > 0.45
    crowd, _ = model.simulate(10.0, generator())
    assert crowd.valid.any()
    with pytest.raises(ValueError, match="multiplier: expected 1"):
        CrowdES(make_networks(TINY), square(), multiplier=2.0)


def test_the_ground_goes_on_beyond_the_picture_and_the_way_ahead_leads_round_the_block():
    ways = Ways(square())
    left, bottom, right, top = extended(square()).walkable.bounds
    assert (left, bottom, right, top) == pytest.approx((-10, -6, 30, 18), abs=0.1)
    points = ways.ahead(
        np.array([[2.0, 2.0], [18.0, 2.0], [6.0, 6.0], [7.0, 6.3]]),
        np.array([[12.0, 2.0], [19.0, 2.0], [6.0, 6.0], [14.0, 6.3]]),
        np.array([2.6, 3.0, 2.0, 5.0]),
    )
    assert np.allclose(points[:3], [[4.6, 2.0], [21.0, 2.0], [6.0, 6.0]], atol=1e-6)
    assert abs(points[3, 1] - 6.0) > 2.0 and ways.site.free(points[3:]).all()


def test_bodies_are_pushed_apart_and_steps_slide_along_walls():
    ways = Ways(square())
    spots = np.random.default_rng(0).uniform([1, 1], [4, 3], (24, 2))
    spots[1] = spots[0]
    moved = separate(spots, np.ones(24), ways, rounds=60)
    gap = np.linalg.norm(moved[:, None] - moved[None], axis=2) + np.eye(24)
    assert gap.min() > 0.39
    pair = separate(np.array([[2.0, 2.0], [2.2, 2.0]]), np.array([3.0, 1.0]), ways)
    assert np.allclose(pair, [[1.85, 2.0], [2.25, 2.0]])
    here = np.array([[7.95, 6.0], [10.0, 6.0], [2.0, 2.0]])  # at a wall, inside it, in the open
    step = np.array([[0.2, 0.2], [0.3, 0.0], [0.3, 0.0]])
    there = ways.slide(here, here + step)
    assert np.allclose(there[1:], (here + step)[1:]) and ways.site.free(there[:1]).all() and there[0, 1] > 6.1
    assert np.array_equal(ways.snap(here)[[0, 2]], here[[0, 2]]) and ways.site.free(ways.snap(here)).all()


def test_the_smoother_takes_noise_away_and_leaves_a_straight_line():
    t = np.arange(60)[:, None] / 5
    line = t * [1.2, 0.3]
    noisy = line + np.random.default_rng(0).normal(0.0, 0.05, line.shape)
    assert np.abs(smoothed(line, 0.2) - line).max() < 0.02
    assert np.sqrt(((smoothed(noisy, 0.2, rounds=5) - line) ** 2).mean()) < 0.7 * 0.05


def test_recordings_that_cannot_be_used_are_refused():
    recording = crossing(4)
    tracks = recording.trajectory
    with pytest.raises(ValueError, match="another clock"):
        make_samples([replace(recording, trajectory=replace(tracks, times=tracks.times * 2))], TINY)
    broken = tracks.valid.copy()
    broken[np.flatnonzero(broken[:, 0])[3], 0] = False
    with pytest.raises(ValueError, match="without gaps"):
        make_samples([replace(recording, trajectory=replace(tracks, valid=broken))], TINY)
    with pytest.raises(ValueError, match="expected at least one"):
        make_samples([], TINY)
