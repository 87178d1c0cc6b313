"""Prompts acted out by a network that knows but to stand: parts, times, paths and shapes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from motion.acting import Acted, act
from motion.body import load_body
from motion.clip import JOINT_NAMES
from motion.denoiser import Denoiser, DenoiserConfig
from motion.local import LOCAL, STANDS, path_of
from motion.retarget import figure_of
from motion.seat import before_seat
from motion.weights import SHIPPED, load_single

FIGURE = figure_of(load_body("man_young").joints)
CORNER = np.array([[0.0, 0.0], [3.0, 0.0], [3.0, 3.0]])


@pytest.fixture(scope="module")
def network() -> Denoiser:
    made = Denoiser(DenoiserConfig(width=32, blocks=1)).eval()
    made.codec.mean[: STANDS.start] = torch.tensor([0.0, 0.0, 1.05, *[1.0, 0.0, 0.0, 0.0, 1.0, 0.0] * 22])
    made.codec.deviation.fill_(1e-3)
    made.codec.outward.bias.data.view(-1, LOCAL)[:, STANDS] = 9.0
    return made


def played(network: Denoiser, prompt: str, **given: object) -> Acted:
    return act(network, prompt, FIGURE, rng=np.random.default_rng(0), **given)  # type: ignore[arg-type]


def made(acted: Acted) -> list[tuple[str, str]]:
    return [(part.action, part.by) for part in acted.parts]


@pytest.mark.parametrize(
    ("prompt", "parts"),
    [
        ("a person waves and walks on", [("wave", "learned"), ("walk", "learned")]),
        ("a person waves while walking", [("walk", "composed")]),
        ("a man talks on the phone while walking", [("walk", "learned"), ("phone", "guided")]),
        ("a person points to the left", [("point", "guided")]),
        ("somebody frobnicates", [("", "learned")]),
        ("a person walks and sits down", [("walk", "learned"), ("sit", "guided")]),
    ],
)
def test_acts_are_done_in_order_and_say_how_they_were_made(
    network: Denoiser, prompt: str, parts: list[tuple[str, str]]
) -> None:
    acted = played(network, prompt, seconds=5.0)
    assert made(acted) == parts
    assert len(acted.clip.root) == len(acted.path) == pytest.approx(150, abs=6)
    assert acted.parts[0].start == 0.0 and acted.parts[-1].end == pytest.approx(len(acted.path) / 30.0)
    assert np.isfinite(acted.clip.positions).all()
    assert (acted.clip.positions[:, [10, 11], 2] >= FIGURE[[10, 11], 2] - 0.002).all()


def test_acts_at_once_are_one_sentence(network: Denoiser) -> None:
    assert played(network, "a person waves while walking", seconds=4.0).parts[0].text == "A person walks and waves."


def test_waving_comes_before_walking_on(network: Denoiser) -> None:
    acted = played(network, "a person waves and walks on", path=CORNER)
    wave, walk = acted.parts
    assert wave.end == walk.start == 4.0
    standing = acted.path[: int(4.0 * 30)]
    assert np.ptp(standing, axis=0).max() < 0.05
    np.testing.assert_allclose(acted.path[[0, -1], :2], CORNER[[0, -1]], atol=0.02)
    way = np.diff(acted.path[:, :2], axis=0) * 30.0
    speed = np.linalg.norm(way, axis=1)
    assert speed.max() == pytest.approx(1.25, abs=0.03)
    assert np.abs(np.diff(speed)).max() * 30.0 < 1.5
    moving = speed > 0.5
    heading = np.arctan2(way[:, 1], way[:, 0])
    off = np.angle(np.exp(1j * (heading - acted.path[:-1, 2])))
    assert np.abs(off[moving]).max() < 0.35
    assert np.linalg.norm(acted.path[:, None, :2] - CORNER[1], axis=2).min() < 0.4


def test_paces_and_ways(network: Denoiser) -> None:
    speeds = {}
    for verb in ("walks", "jogs", "walks slowly"):
        path = played(network, f"a person {verb}", path=np.array([[0.0, 0.0], [9.0, 0.0]])).path
        speeds[verb] = np.linalg.norm(np.diff(path[:, :2], axis=0), axis=1).max() * 30.0
    assert speeds["walks slowly"] < speeds["walks"] < speeds["jogs"]
    back = played(network, "a person walks backwards", seconds=4.0).path
    assert np.cos(back[60, 2]) < -0.9 and back[-1, 0] > 1.0
    left = played(network, "a person turns left", seconds=3.0).path
    assert left[-1, 2] - left[0, 2] == pytest.approx(np.pi / 2.0, abs=0.1)


def test_somebody_turns_to_what_they_point_at(network: Denoiser) -> None:
    acted = played(network, "a person points to the tower", target=(-4.0, 1.0, 3.0), seconds=4.0)
    shoulder, wrist = acted.clip.positions[80, [16, 20]]
    others = acted.clip.positions[80, [17, 21]]
    errors = []
    for start, end in ((shoulder, wrist), others):
        arm, way = end - start, np.array([-4.0, 1.0, 3.0]) - start
        errors.append(np.degrees(np.arccos(min(1.0, arm @ way / np.linalg.norm(arm) / np.linalg.norm(way)))))
    assert min(errors) < 2.0


def test_a_seat_is_walked_to_with_the_back_turned_to_it_at_last(network: Denoiser) -> None:
    seat = (4.0, 0.0, 0.45)
    acted = played(
        network, "a person walks to the bench and sits down, then stands up and walks away", seat=seat,
        path=np.array([[0.0, 0.0], [4.0, 0.0]]),
    )  # fmt: skip
    assert [action for action, _ in made(acted)] == ["walk", "turn_around", "sit", "rise", "walk"]
    sits = acted.parts[2]
    row = int((sits.end - 0.5) * 30)
    assert np.linalg.norm(acted.clip.root[row, :2] - seat[:2]) < 0.02 and acted.clip.root[row, 2] < 0.65
    np.testing.assert_allclose(acted.path[row, :2], before_seat(FIGURE, seat, np.pi), atol=0.02)
    assert np.cos(acted.path[row, 2]) < -0.98
    assert acted.path[-1, 0] < 0.0  # and away from it


def test_one_seed_one_motion(network: Denoiser) -> None:
    first, second = (played(network, "a person talks", seconds=2.0).clip.positions for _ in range(2))
    np.testing.assert_array_equal(first, second)
    other = act(network, "a person talks", FIGURE, rng=np.random.default_rng(1), seconds=2.0).clip.positions
    assert np.abs(other - first).max() > 1e-3


def test_the_root_keeps_to_the_path(network: Denoiser) -> None:
    acted = played(network, "a person walks", path=CORNER)
    assert np.linalg.norm(path_of(acted.clip)[:, :2] - acted.path[:, :2], axis=1).max() < 0.5


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"path": np.zeros((1, 2))}, "path: expected two points or more"),
        ({"path": np.zeros((3, 2))}, "path: expected points apart from each other"),
        ({"path": np.array([[0.0, 0.0], [np.nan, 1.0]])}, "path: expected finite numbers"),
        ({"path": np.array([[0.0, 0.0], [900.0, 1.0]])}, "path: expected points within 500 m"),
        ({"path": np.array([[0.0, 0.0], [400.0, 1.0]])}, "seconds: expected at most 120"),
        ({"path": CORNER, "seconds": 1.0}, "seconds=1: expected .* along a path of"),
        ({"seconds": 0.1}, "seconds=0.1: expected 1 or more for 1 acts"),
        ({"path": CORNER, "floor": lambda points: points[:, 1] < 2.0}, "path: expected all of it on the floor"),
    ],
)
def test_bad_input_is_one_line(network: Denoiser, given: dict[str, object], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        played(network, "a person walks", **given)


def test_a_corner_is_cut_no_more_than_the_floor_lets_it(network: Denoiser) -> None:
    def floor(points: np.ndarray) -> np.ndarray:
        return np.asarray((points[:, 1] < 0.04) | (points[:, 0] > 2.96))

    path = played(network, "a person walks", path=CORNER, floor=floor).path
    assert floor(path[:, :2]).all()


@pytest.mark.parametrize("variant", SHIPPED)
def test_what_is_done_on_the_spot_is_done_after_a_walk_without_a_jump(variant: str) -> None:
    network, _ = load_single(SHIPPED[variant])
    learned = variant == "default"
    acted = played(network, "a person walks and waves with the right hand", path=CORNER, gestures=learned)
    assert [part.by for part in acted.parts] == ["learned", "learned" if learned else "guided"]
    walk, wave = acted.parts
    assert (walk.action, wave.action) == ("walk", "wave_right") and walk.end == wave.start
    places = acted.clip.positions[round(wave.start * 30) :]
    wrist, head = (JOINT_NAMES.index(name) for name in ("right_wrist", "head"))
    assert (places[30:, wrist, 2] > places[30:, head, 2]).mean() > 0.3
    speed = np.linalg.norm(np.diff(acted.clip.positions, axis=0), axis=2) * 30
    assert speed[: round(wave.start * 30) + 30].max() < 6.0
