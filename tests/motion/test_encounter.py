"""Pair clips laid over what a model does: how people go over to them and back."""

from __future__ import annotations

import numpy as np
import pytest

from motion.body import bodies, load_body
from motion.clip import DRAWN_NAMES, DRAWN_PARENTS, JOINT_NAMES, Body, MotionClip, PairClip, RootPaths
from motion.encounter import BLEND, Encounters
from motion.gait import GaitModel
from motion.generate import walk
from motion.retarget import clip_of, figure_of, pose_body

PLACES = np.array([[8.0, 5.0, 0.0], [9.0, 5.0, np.pi]])
LEFT, RIGHT = JOINT_NAMES.index("left_wrist"), JOINT_NAMES.index("right_wrist")


def raise_arm(name: str, place: np.ndarray, seconds: float = 3.0, side: str = "right") -> MotionClip:
    """Return a clip at 30 fps of somebody who stands at `place` (x, y, yaw) and holds an arm up."""
    body = load_body(name)
    frames = walk(np.tile(place, (round(30 * seconds) + 1, 1)), body, np.random.default_rng(3))
    clip = clip_of(frames, body, 30.0)
    turn = np.sin(-np.pi / 2), np.cos(-np.pi / 2)  # half a turn about y, of an arm that hangs
    clip.rotations[:, JOINT_NAMES.index(f"{side}_shoulder")] = [0.0, turn[0], 0.0, turn[1]]
    frames = pose_body(clip, body, figure_of(body.joints))
    return clip_of(frames, body, 30.0)


def pair_of(names: tuple[str, str], places: np.ndarray = PLACES, figures: tuple[str, str] | None = None) -> PairClip:
    figures = figures or names
    return PairClip(
        clips=(raise_arm(figures[0], places[0]), raise_arm(figures[1], places[1])),
        figures=(figure_of(load_body(figures[0]).joints), figure_of(load_body(figures[1]).joints)),
        text="Two people raise an arm.", texts=("A person raises an arm.", "A person raises an arm."), by="guided",
    )  # fmt: skip


class Scene:
    """People 1, 2, ... at PLACES and beyond, all still, moved by the gait with and without encounters."""

    def __init__(self, *names: str) -> None:
        self.bodies: dict[int, Body] = {k: load_body(name) for k, name in enumerate(names, start=1)}
        self.plain, self.encounters = GaitModel(), Encounters(GaitModel())
        for model in (self.plain, self.encounters):
            model.reset(self.bodies, np.random.default_rng(7))

    def step(self, ids: list[int] | None = None, dt: float = 0.1) -> tuple[np.ndarray, np.ndarray]:
        """Return the transforms without and with encounters."""
        ids = list(self.bodies) if ids is None else ids
        spots = np.concatenate([PLACES, [[20.0, 5.0, 0.0]]])[np.array(ids) - 1]
        paths = RootPaths(
            person_ids=np.array(ids), positions=spots[:, :2] + [0.1, 0.05], velocities=np.zeros((len(ids), 2)),
            yaws=spots[:, 2], planned=np.zeros((len(ids), 0, 2)),
        )  # fmt: skip
        return self.plain.step(dt, paths, {}, {}), self.encounters.step(dt, paths, {}, {})


def bones(world: np.ndarray) -> np.ndarray:
    """Return the lengths (..., 24) from each joint to its parent."""
    return np.linalg.norm(world[:, 1:, :3, 3] - world[:, DRAWN_PARENTS[1:]][..., :3, 3], axis=-1)


def test_people_play_the_clip_and_go_back_to_the_model():
    names = ("man_young", "woman_young")
    scene, pair = Scene(*names, "man_tall"), pair_of(names)
    scene.step()
    scene.encounters.begin((1, 2), pair)
    for k in range(40):
        assert [scene.encounters.playing(person) for person in (1, 2, 3)] == [k <= 30, k <= 30, False]
        plain, played = scene.step()
        np.testing.assert_array_equal(played[2], plain[2])
        np.testing.assert_allclose(bones(played)[:, :21], bones(plain)[:, :21], atol=1e-9)
        rotations = played[..., :3, :3]
        np.testing.assert_allclose(rotations @ np.swapaxes(rotations, -1, -2) - np.eye(3), 0.0, atol=1e-9)
        if k == 0 or k >= 30:
            np.testing.assert_allclose(played, plain, atol=1e-9)
        elif 5 <= k <= 25:
            for row, name in enumerate(names):
                there = pose_body(pair.clips[row], load_body(name), pair.figures[row])[3 * k]
                np.testing.assert_allclose(played[row, :22], there[:22], atol=1e-6)
            assert (played[:2, RIGHT, 2, 3] > plain[:2, RIGHT, 2, 3] + 0.5).all()


def test_the_root_goes_over_by_minimum_jerk():
    scene, pair = Scene("man_young", "woman_young"), pair_of(("man_young", "woman_young"))
    scene.step()
    scene.encounters.begin((1, 2), pair)
    for k in range(6):
        plain, played = scene.step()
        share = (0.1 * k / BLEND) ** 3 * (10 - 15 * (0.1 * k / BLEND) + 6 * (0.1 * k / BLEND) ** 2)
        there = np.array([clip.root[3 * k] for clip in pair.clips])
        want = (1 - share) * plain[:, 0, :3, 3] + share * there
        np.testing.assert_allclose(played[:, 0, :3, 3], want, atol=1e-9)


@pytest.mark.parametrize("dt", [1 / 30, 0.04, 0.1])
def test_it_moves_smoothly_at_any_rate(dt):
    """No joint jumps: a raised arm takes half a second to come up, and stopping takes as long."""
    scene, pair = Scene("man_young", "woman_young"), pair_of(("man_young", "woman_young"))
    frames = [scene.step(dt=dt)[1].copy()]
    for k in range(round(3.4 / dt)):
        if k == 3:
            scene.encounters.begin((1, 2), pair)
        if k == round(1.5 / dt):
            scene.encounters.stop(2)
        frames.append(scene.step(dt=dt)[1].copy())
    speed = np.linalg.norm(np.diff(np.array(frames)[:, :, :22, :3, 3], axis=0), axis=-1) / dt
    assert 2.0 < speed.max() < 8.0  # m/s: half a circle of 0.6 m in 0.5 s, 1.875 times the mean at most
    assert not scene.encounters.playing(1) and not scene.encounters.playing(2)


def test_who_leaves_is_forgotten_and_its_partner_stops():
    scene, pair = Scene("man_young", "woman_young"), pair_of(("man_young", "woman_young"))
    scene.step()
    scene.encounters.begin((1, 2), pair)
    for _ in range(10):
        scene.step()
    for k in range(8):
        plain, played = scene.step([2])
        assert not scene.encounters.playing(1) and scene.encounters.playing(2) == (k < 5)
    np.testing.assert_allclose(played, plain, atol=1e-9)
    scene.encounters.stop(1)  # nobody any more


def test_a_clip_of_other_figures_stays_where_it_is():
    names = ("girl", "man_tall")
    scene, pair = Scene(*names), pair_of(names, figures=("man_young", "man_young"))
    scene.step()
    scene.encounters.begin((1, 2), pair)
    for _ in range(10):
        _, played = scene.step()
    assert np.hypot(*(played[:, 0, :2, 3] - PLACES[:, :2]).T).max() < 0.05
    feet = played[:, [JOINT_NAMES.index("left_foot"), JOINT_NAMES.index("right_foot")], 2, 3]
    assert (np.abs(feet - 0.03) < 0.04).all()


def test_people_with_aids_keep_to_them():
    """One in a wheelchair and one with a stick move an arm and the head; the stick stays in its hand, on the ground."""
    aided = {aid: next(name for name in bodies() if load_body(name).aid == aid) for aid in ("wheelchair", "stick")}
    scene = Scene(aided["wheelchair"], aided["stick"])
    scene.step()
    scene.encounters.begin((1, 2), pair_of(("man_young", "woman_young")))
    for _ in range(12):
        plain, played = scene.step()
    legs = [
        JOINT_NAMES.index(f"{side}_{part}") for side in ("left", "right") for part in ("hip", "knee", "ankle", "foot")
    ]
    aids = [DRAWN_NAMES.index(f"{side}_aid") for side in ("left", "right")]
    np.testing.assert_allclose(played[:, [0, *legs, *aids]], plain[:, [0, *legs, *aids]], atol=1e-9)
    up = played[..., 2, 3] - plain[..., 2, 3]
    assert up[0, RIGHT] > 0.3 and abs(up[0, LEFT]) < 1e-9, "the right arm goes up beside the wheel"
    assert up[1, LEFT] > 0.3 and abs(up[1, RIGHT]) < 1e-9, "the left arm goes up, the right one holds the stick"
    side = played[1, LEFT, :2, 3] - played[1, 0, :2, 3]
    assert np.array([-np.sin(np.pi), np.cos(np.pi)]) @ side > 0.0, "on its own side"


def test_the_same_again_to_the_last_bit():
    runs = []
    for _ in range(2):
        scene = Scene("man_young", "woman_young")
        frames = [scene.step()[1].tobytes()]
        scene.encounters.begin((1, 2), pair_of(("man_young", "woman_young")))
        runs.append(b"".join([*frames, *(scene.step()[1].tobytes() for _ in range(20))]))
    assert runs[0] == runs[1]


def test_nonsense_is_refused():
    scene, pair = Scene("man_young", "woman_young"), pair_of(("man_young", "woman_young"))
    with pytest.raises(ValueError, match="people: expected two, got 1 twice"):
        scene.encounters.begin((1, 1), pair)
    with pytest.raises(KeyError):
        scene.encounters.begin((1, 9), pair)
    assert not scene.encounters.playing(1)
