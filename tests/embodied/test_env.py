import gc
import math
import re
from pathlib import Path

import gymnasium
import numpy as np
import psutil
import pytest
from gymnasium.utils.env_checker import check_env

from embodied.env import DirectionInquiryEnv, PointNavEnv, VlnEnv
from embodied.env_state import BEAMS, HEIGHT, PEOPLE, RANGE
from scenes.scene import PERSON_INSTANCE_BASE

CORRIDOR = ("scene=corridor", "crowd.people=3", "task.detour=1", "task.max_time=20")
OFFICE = ("scene=office", "crowd.people=3", "task.max_time=20")


@pytest.fixture(scope="module")
def env():
    env = DirectionInquiryEnv(overrides=("crowd.people=8", "task.max_time=20"))
    yield env
    env.close()


@pytest.mark.slow
def test_gymnasium_knows_it_and_its_checker_passes():
    env = gymnasium.make("embodied/DirectionInquiry-v0", overrides=("crowd.people=4", "task.max_time=20"))
    check_env(env.unwrapped, skip_render_check=True)
    env.close()


@pytest.mark.parametrize(
    ("name", "observations", "overrides"),
    [
        ("PointNav", "state", CORRIDOR),
        ("PointNav", "pixels", (*CORRIDOR, "robot.width=32", "robot.height=24", "robot.rig=[{name:back,yaw:3.1}]")),
        pytest.param("VLN", "state", OFFICE, marks=pytest.mark.slow),
        pytest.param("DirectionInquiry", "state", OFFICE, marks=pytest.mark.slow),
    ],
)
def test_the_checker_passes_for_every_task(name, observations, overrides):
    env = gymnasium.make(f"embodied/{name}-v0", observations=observations, overrides=overrides)
    check_env(env.unwrapped, skip_render_check=True)
    assert set(env.observation_space.spaces) == {
        "odometry", "time",
        *({"PointNav": ["point_goal"], "VLN": ["instruction"]}.get(name, ["instruction", "heard"])),
        *(["ranges", "people", "people_mask"] if observations == "state" else ["rgb", "depth", "cameras"]),
    }  # fmt: skip
    env.close()


def test_vector_environments_see_what_single_ones_see():
    """One after the other, side by side in processes, and alone: the same seed, the same observations."""
    actions = [1, 2, 1, 3]
    alone = []
    for seed in (5, 6):
        env = PointNavEnv(observations="state", overrides=CORRIDOR)
        seen = [env.reset(seed=seed)[0], *(env.step(action)[0] for action in actions)]
        alone.append(seen)
        env.close()
    for mode in ("sync", "async"):
        many = gymnasium.make_vec(
            "embodied/PointNav-v0", num_envs=2, vectorization_mode=mode, observations="state", overrides=CORRIDOR
        )
        seen = [many.reset(seed=5)[0], *(many.step(np.full(2, action))[0] for action in actions)]
        for index in range(2):
            for one, both in zip(alone[index], seen, strict=True):
                for key in one:
                    np.testing.assert_array_equal(one[key], both[key][index], err_msg=f"{mode} {key}")
        many.close()


@pytest.mark.slow
def test_words_come_through_shared_memory():
    many = gymnasium.make_vec(
        "embodied/VLN-v0", num_envs=2, vectorization_mode="async", observations="state", overrides=OFFICE
    )
    first = many.reset(seed=3)[0]["instruction"]
    again = many.reset(seed=8)[0]["instruction"]
    many.close()
    env = VlnEnv(observations="state", overrides=OFFICE)
    assert first == tuple(env.reset(seed=seed)[0]["instruction"] for seed in (3, 4))
    assert again == tuple(env.reset(seed=seed)[0]["instruction"] for seed in (8, 9)) and len(first[0]) > 20
    env.close()


@pytest.mark.slow
def test_pixels_come_from_processes_of_their_own():
    small = (*CORRIDOR, "robot.width=32", "robot.height=32")
    env = PointNavEnv(overrides=small)
    expected = env.reset(seed=5)[0]["rgb"]
    env.close()
    for context in ("fork", "spawn"):
        many = gymnasium.make_vec(
            "embodied/PointNav-v0", num_envs=2, vectorization_mode="async",
            vector_kwargs={"context": context}, overrides=small,
        )  # fmt: skip
        np.testing.assert_array_equal(many.reset(seed=5)[0]["rgb"][0], expected)
        many.close()


def test_state_is_what_rays_and_people_say():
    env = PointNavEnv(observations="state", overrides=("scene=corridor", "crowd.people=12", "task.detour=1"))
    found = 0
    for seed in range(4):
        sensed, _ = env.reset(seed=seed)
        world = env.world
        assert env.world.backend.renderer == "tiny" and sensed["ranges"].shape == (BEAMS,)
        assert (sensed["ranges"] > 0.1).all() and (sensed["ranges"] <= RANGE).all()
        count = int(sensed["people_mask"].sum())
        rows = sensed["people"][:count]
        assert not sensed["people"][count:].any() and count <= PEOPLE
        away = np.hypot(rows[:, 0], rows[:, 1])
        assert (np.diff(away) >= 0).all()
        robot, crowd = world.robot, world.crowd
        for x, y, vx, vy, radius in rows.tolist():
            c, s = math.cos(robot.yaw), math.sin(robot.yaw)
            place = np.array([robot.x + c * x - s * y, robot.y + s * x + c * y])
            who = int(np.hypot(*(crowd.positions - place).T).argmin())
            assert np.hypot(*(crowd.positions[who] - place)) < 1e-4 and radius == pytest.approx(crowd.radii[who])
            assert (c * vx - s * vy, s * vx + c * vy) == pytest.approx(crowd.velocities[who], abs=1e-5)
            ray = np.array([[*(place - (robot.x, robot.y)), 0.0]])
            hit = world.backend.cast_rays([[robot.x, robot.y, HEIGHT]], ray, max_distance=RANGE)
            assert hit.instance[0] == PERSON_INSTANCE_BASE + crowd.person_ids[who]
            found += 1
    assert found > 3
    env.close()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"observations": "smell"}, "observations: expected pixels or state, got 'smell'"),
        ({"observations": "state", "render_mode": "rgb_array"}, "render_mode: expected None"),
        ({"overrides": ("task=vln",)}, "task=vln: expected point_nav"),
        ({"overrides": ("task.nearest=-1",)}, r"task\.nearest: expected 0\.5 to 1000"),
    ],
)
def test_bad_environments_are_one_line(options, words):
    with pytest.raises(ValueError, match=words) as error:
        PointNavEnv(**options)
    assert "\n" not in str(error.value)


def test_a_number_outside_the_space_is_refused():
    env = PointNavEnv(observations="state", overrides=CORRIDOR)
    with pytest.raises(ValueError, match=r"action: expected 0\.\.4, got 5"):
        env.step(5)
    env.close()


@pytest.mark.slow
def test_the_examples_of_the_page_run(capsys):
    page = (Path(__file__).parents[2] / "docs/environments.md").read_text()
    blocks = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 2
    exec("\n".join(blocks), {})
    assert "metres" in capsys.readouterr().out


def test_text_spaces_admit_ordinary_english(env):
    said = 'Excuse me — I’m looking for the café (No. 3), "Chez André"; is it 20 m away? Thanks!'  # noqa: RUF001
    assert env.action_space.contains({"kind": 5, "text": said})


def test_an_action_outside_the_space_is_refused(env):
    env.reset(seed=0)
    with pytest.raises(ValueError, match="action: expected"):
        env.step({"kind": 17, "text": ""})


def test_an_episode_ends_with_its_metrics(env):
    env.reset(seed=1)
    _, _, terminated, truncated, info = env.step({"kind": 0, "text": ""})
    assert terminated and not truncated and info["metrics"]["sr"] == 0.0
    env.reset(seed=1)
    rewards = []
    while not truncated:
        observation, reward, _, truncated, info = env.step({"kind": 4, "text": ""})
        rewards.append(reward)
    assert info["metrics"]["time"] == pytest.approx(20.0) and np.allclose(rewards, -0.01, atol=1e-3)
    assert observation["time"][0] == pytest.approx(20.0)


def measure_growth(rounds: int, scenes: int) -> np.ndarray:
    """Return by how many MB each round grows; scenes come again: what is kept of new ones (signs, cars) is bounded."""
    env = DirectionInquiryEnv(overrides=("crowd.people=10",))
    used = []
    for number in range((rounds + 2) * scenes):
        env.reset(seed=number % scenes)
        if number % scenes == scenes - 1:
            gc.collect()
            used.append(psutil.Process().memory_info().rss / 1e6)
    env.close()
    return np.diff(used[1:])


@pytest.mark.slow
def test_resets_do_not_leak():
    """What leaks grows in every round; the allocator takes a few MB now and then."""
    assert np.median(measure_growth(5, 1)) < 0.5


@pytest.mark.slow
def test_500_resets_grow_by_less_than_20_mb():
    assert measure_growth(25, 20).sum() < 20
