import gc

import gymnasium
import numpy as np
import psutil
import pytest
from gymnasium.utils.env_checker import check_env

from embodied.env import DirectionInquiryEnv


@pytest.fixture(scope="module")
def env():
    env = DirectionInquiryEnv(overrides=("crowd.people=8", "task.max_time=20"))
    yield env
    env.close()


def test_gymnasium_knows_it_and_its_checker_passes():
    env = gymnasium.make("embodied/DirectionInquiry-v0", overrides=("crowd.people=4", "task.max_time=20"))
    check_env(env.unwrapped, skip_render_check=True)
    env.close()


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


def measure_growth(resets: int) -> float:
    env = DirectionInquiryEnv(overrides=("crowd.people=10",))
    for seed in range(20):
        env.reset(seed=seed)
    gc.collect()
    before = psutil.Process().memory_info().rss
    for seed in range(resets):
        env.reset(seed=seed)
    gc.collect()
    grown = (psutil.Process().memory_info().rss - before) / 1e6
    env.close()
    return grown


def test_resets_do_not_leak():
    assert measure_growth(60) < 20


@pytest.mark.slow
def test_500_resets_grow_by_less_than_20_mb():
    assert measure_growth(500) < 20
