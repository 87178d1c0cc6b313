"""People who move by the network, live."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from motion.body import load_body
from motion.clip import Cue, FloatArray, RootPaths
from motion.composed import walk_by_gait
from motion.denoiser import Denoiser, DenoiserConfig
from motion.gait import yaw_of
from motion.measures import measure
from motion.reacting import Reactor
from motion.skeleton import skin
from motion.streaming import RollingModel
from motion.training import Windows
from motion.weights import SHIPPED

BODIES = {0: load_body("man_young"), 1: load_body("woman_wheelchair"), 2: load_body("woman_adult")}


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return weights that know little more than the mean pose."""
    import json

    torch.manual_seed(0)
    network = Denoiser(DenoiserConfig(width=16, blocks=1, text=16))
    torch.nn.init.normal_(network.outward.weight, std=0.01)
    windows = Windows(walk_by_gait(2, np.random.default_rng(0)), 0)
    windows.scale(network.codec)
    windows.whiten(network.eval())
    path = tmp_path_factory.mktemp("weights") / "small.safetensors"
    about = json.dumps({"model": "motion_single", "config": asdict(network.config)})
    save_file(network.state_dict(), path, {"embodied": about})
    return path


def _walk(
    weights: Path, people: list[int], *, seconds: float = 2.0, dt: float = 0.1, seed: int = 3,
    cues: dict[int, Cue] | None = None, speed: float = 1.2, reactor: Reactor | None = None,
) -> FloatArray:  # fmt: skip
    """Return transforms (T, N, 25, 4, 4) of people who walk along x, a metre apart."""
    model = RollingModel(weights, reactor)
    model.reset(BODIES, np.random.default_rng(seed))
    frames = []
    for step in range(round(seconds / dt)):
        x = np.column_stack([np.full(len(people), speed * step * dt), np.array(people, dtype=float)])
        ahead = x[:, None] + np.column_stack([speed * 0.1 * np.arange(1, 21), np.zeros(20)])
        paths = RootPaths(
            person_ids=np.array(people), positions=x, velocities=np.tile([speed, 0.0], (len(people), 1)),
            yaws=np.zeros(len(people)), planned=ahead,
        )  # fmt: skip
        frames.append(model.step(dt, paths, {}, cues or {}))
    return np.stack(frames)


def test_bodies_go_where_they_should_with_their_own_bones(weights: Path) -> None:
    frames = _walk(weights, [0, 1, 2])
    assert np.isfinite(frames).all()
    for row, person in enumerate([0, 1, 2]):
        places = frames[:, row, :22, :3, 3]
        assert np.abs(places[:, 0, 0] - 0.12 * np.arange(20)).max() < 0.3
        assert np.abs(places[:, 0, 1] - person).max() < 0.3
        assert np.abs(yaw_of(frames[:, row])).max() < 0.6
        assert measure(places, 10.0)["bone_variation"] < 1e-9
        assert places[..., 2].min() > -0.02
        turned = frames[:, row, :, :3, :3]
        assert np.allclose(turned @ np.swapaxes(turned, -1, -2), np.eye(3), atol=1e-6)


@pytest.mark.parametrize("variant", SHIPPED)
def test_soles_of_those_who_stand_are_at_the_floor_and_toes_bend_on_it(variant: str) -> None:
    def lowest(speed: float) -> FloatArray:
        frames, made = _walk(SHIPPED[variant], [0, 2], speed=speed, seconds=4.0, dt=0.05)[20:], []
        for row, person in enumerate([0, 2]):
            body, mesh = BODIES[person], BODIES[person].meshes[-1]
            parts = mesh.vertices, mesh.joint_indices, mesh.joint_weights, body.inverse_bind
            made.append([skin(*parts, frame[row])[:, 2].min() for frame in frames])
        return np.array(made)

    standing, walking = lowest(0.0), lowest(1.2)
    assert standing.min() > -0.02 and standing.max() < 0.02
    assert walking.min() > -0.0165  # -0.019 by stiff toes
    assert np.abs(np.median(walking, axis=1)).max() < 0.012


def test_who_reacts_for_seconds_stays_upright() -> None:
    cues = {person: Cue(kind="react", target=(3.0, float(person), 0.0), what="blocked") for person in (0, 2)}
    frames = _walk(SHIPPED["default"], [0, 2], seconds=3.0, cues=cues, speed=0.6, reactor=Reactor())
    spines = frames[10:, :, 12, :3, 3] - frames[10:, :, 0, :3, 3]
    lean = np.degrees(np.arccos(spines[..., 2] / np.linalg.norm(spines, axis=-1)))
    assert lean.max() < 15.0  # 45 if all of what is made is taken


def test_the_same_seed_gives_the_same_whoever_else_is_there(weights: Path) -> None:
    alone, again, among = (_walk(weights, people) for people in ([0], [0], [0, 2]))
    assert np.array_equal(alone, again)
    assert np.allclose(alone[:, 0], among[:, 0], atol=1e-3)
    assert not np.allclose(alone, _walk(weights, [0], seed=4))


def test_threads_change_nothing(weights: Path) -> None:
    threads, made = torch.get_num_threads(), []
    try:
        for count in (1, 2):
            torch.set_num_threads(count)
            made.append(_walk(weights, [0, 2]))
    finally:
        torch.set_num_threads(threads)
    assert np.array_equal(*made)


def test_time_may_pass_in_other_steps(weights: Path) -> None:
    slow, swift = _walk(weights, [0], dt=0.1), _walk(weights, [0], dt=1.0 / 30.0)
    assert len(swift) == 3 * len(slow)
    assert np.abs(swift[::3][3:10, 0, 0, :3, 3] - slow[3:10, 0, 0, :3, 3]).max() < 0.2


def test_whoever_points_does_so_in_the_true_direction(weights: Path) -> None:
    target = (2.0, 3.0, 1.4)
    frames = _walk(weights, [0], speed=0.0, seconds=3.0, cues={0: Cue(kind="point", target=target)})
    last = frames[-1, 0, :22, :3, 3]
    errors = []
    for shoulder, wrist in ((16, 20), (17, 21)):
        arm, way = last[wrist] - last[shoulder], np.array(target) - last[shoulder]
        errors.append(np.degrees(np.arccos(min(1.0, arm @ way / np.linalg.norm(arm) / np.linalg.norm(way)))))
    assert min(errors) < 6.0


def test_who_reacts_has_another_body_on_the_same_way_and_others_are_as_they_were() -> None:
    cue = Cue(kind="react", target=(4.0, 0.2, 0.0), what="approach")
    reactor = Reactor()
    plain, left, made, again = (
        _walk(SHIPPED["default"], [0, 2], cues={0: cue} if with_cue else {}, reactor=knows, seconds=3.0)
        for with_cue, knows in ((False, reactor), (True, None), (True, reactor), (True, reactor))
    )
    assert np.array_equal(plain, left)  # who knows no reactor leaves the cue
    assert np.array_equal(made, again)
    assert np.allclose(made[:, 1], plain[:, 1], atol=1e-3)
    places = made[:, 0, :22, :3, 3]
    assert np.abs(places - plain[:, 0, :22, :3, 3]).max() > 0.05
    assert np.abs(places[:, 0, 0] - 0.12 * np.arange(30)).max() < 0.3 and np.abs(places[:, 0, 1]).max() < 0.3
    assert measure(places, 10.0)["bone_variation"] < 1e-9 and places[..., 2].min() > -0.03


def test_people_without_a_body_and_steps_back_in_time_are_refused(weights: Path) -> None:
    with pytest.raises(KeyError):
        _walk(weights, [9])
    with pytest.raises(ValueError, match="dt: expected seconds > 0"):
        _walk(weights, [0], dt=-0.1, seconds=-1.0)
    with pytest.raises(FileNotFoundError):
        RollingModel(Path("nowhere.safetensors"))
