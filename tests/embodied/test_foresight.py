"""Planning over a human model: as good as the best of all plans, and refused where probabilities do not add up."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embodied.minds.foresight import Effect, Foresight

RESPONSES = ("yes", "no")


class Maze:
    """A case of random numbers: four states, two actions, two responses, two effects each."""

    def __init__(self, seed: int, states: int = 4) -> None:
        rng = np.random.default_rng(seed)
        self.states, self.asked = states, 0
        self.likely = rng.random((states, 2))
        self.splits = rng.random((states, 2, 2))
        self.rewards = rng.normal(size=(states, 2, 2, 2))
        self.next = rng.integers(0, states, (states, 2, 2, 2))

    def actions(self, state: int) -> Sequence[int]:
        return (0, 1)

    def predict(self, state: int, action: int) -> Mapping[str, float]:
        self.asked += 1
        yes = float(self.likely[state, action])
        return {"yes": yes, "no": 1.0 - yes}

    def effects(self, state: int, action: int, response: str) -> Sequence[Effect[int]]:
        r = RESPONSES.index(response)
        first = float(self.splits[state, action, r])
        return tuple(
            Effect(
                probability=first if k == 0 else 1.0 - first,
                reward=float(self.rewards[state, action, r, k]),
                state=int(self.next[state, action, r, k]),
            )
            for k in range(2)
        )


def best_of_all_plans(maze: Maze, start: int, horizon: int, discount: float) -> float:
    """Return the value of the best of all plans, each of which names an action for every history."""
    branches = tuple(product(RESPONSES, range(2)))
    histories = [h for length in range(horizon) for h in product(branches, repeat=length)]
    best = -math.inf
    for choice in product((0, 1), repeat=len(histories)):
        plan = dict(zip(histories, choice, strict=True))
        total = 0.0
        for path in product(branches, repeat=horizon):
            state, chance, gain = start, 1.0, 0.0
            for step, (response, k) in enumerate(path):
                action = plan[path[:step]]
                effect = maze.effects(state, action, response)[k]
                chance *= maze.predict(state, action)[response] * effect.probability
                gain += discount**step * effect.reward
                state = effect.state
            total += chance * gain
        best = max(best, total)
    return best


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 2), st.floats(0.0, 1.0))
def test_as_good_as_the_best_of_all_plans(seed: int, horizon: int, discount: float) -> None:
    maze = Maze(seed)
    found = Foresight(maze, horizon, discount=discount)
    for start in range(2):
        assert found.value(start) == pytest.approx(best_of_all_plans(maze, start, horizon, discount))
        assert found.worth(start, found.choose(start)) == pytest.approx(found.value(start))


def test_long_horizons_are_worked_out_once() -> None:
    maze = Maze(7)
    planner = Foresight(maze, 60)
    value = planner.value(0)
    assert maze.asked <= 60 * maze.states * 2, "each state once for each number of steps, not 8 to the power of 60"
    asked = maze.asked
    assert planner.value(0) == value and planner.choose(0) in (0, 1) and maze.asked == asked


def test_long_foresight_approaches_the_value_of_value_iteration() -> None:
    maze, discount = Maze(11), 0.8
    values = np.zeros(maze.states)
    yes = np.stack([maze.likely, 1.0 - maze.likely], axis=-1)[..., None]
    split = np.stack([maze.splits, 1.0 - maze.splits], axis=-1)
    for _ in range(200):
        values = (yes * split * (maze.rewards + discount * values[maze.next])).sum(axis=(2, 3)).max(axis=1)
    assert Foresight(maze, 150, discount=discount).value(2) == pytest.approx(values[2], abs=1e-9)


class Trap:
    """Now 1 and then nothing, or now nothing and then 5."""

    def actions(self, state: str) -> Sequence[str]:
        return {"start": ("grab", "wait"), "later": ("take",)}.get(state, ())

    def predict(self, state: str, action: str) -> Mapping[str, float]:
        return {"yes": 1.0, "no": 0.0}

    def effects(self, state: str, action: str, response: str) -> Sequence[Effect[str]]:
        assert response == "yes", "what cannot happen is not looked at"
        reward, after = {"grab": (1.0, "end"), "wait": (0.0, "later"), "take": (5.0, "end")}[action]
        return (Effect(probability=1.0, reward=reward, state=after),)


def test_the_myopic_robot_grabs_and_who_looks_ahead_waits() -> None:
    assert Foresight(Trap(), 1).choose("start") == "grab"
    assert Foresight(Trap(), 2).choose("start") == "wait" and Foresight(Trap(), 2).value("start") == 5.0
    assert Foresight(Trap(), 2, discount=0.1).choose("start") == "grab"
    assert Foresight(Trap(), 5).value("end") == 0.0
    with pytest.raises(ValueError, match="all is over"):
        Foresight(Trap(), 2).choose("end")


class Unsure(Trap):
    """Probabilities that do not add up."""

    def predict(self, state: str, action: str) -> Mapping[str, float]:
        return {"yes": 0.6, "no": 0.0}


class Torn(Trap):
    """Effects that do not add up."""

    def effects(self, state: str, action: str, response: str) -> Sequence[Effect[str]]:
        return (Effect(probability=0.5, reward=1.0, state="end"),)


def test_what_does_not_add_up_is_refused() -> None:
    with pytest.raises(ValueError, match=r"responses: expected probabilities that sum to 1, got 0\.6"):
        Foresight(Unsure(), 1).choose("start")
    with pytest.raises(ValueError, match=r"effects of yes: expected probabilities that sum to 1, got 0\.5"):
        Foresight(Torn(), 1).choose("start")
    with pytest.raises(ValueError, match="horizon"):
        Foresight(Trap(), 0)
    with pytest.raises(ValueError, match="discount"):
        Foresight(Trap(), 1, discount=1.5)
