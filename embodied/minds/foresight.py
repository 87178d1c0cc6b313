"""Planning over a human model: an expectimax of finite horizon, as exact as the model.

V_k(s) = max over a of sum over responses r of p(r | s, a) sum over effects (p', reward, s') of p' (reward + g
V_(k-1)(s')), V_0 = 0. As in B. Zhang and H. Soh, IROS 2023, arXiv 2303.03548, p comes from a human model; s is what
the robot keeps in mind, such as a belief about trust. Horizon 1 is the myopic robot.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

S = TypeVar("S", bound=Hashable)
A = TypeVar("A")

SUM = 1e-6  # by which probabilities may miss 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect(Generic[S]):
    """What may come of a response: with `probability` (given it) a `reward` and the next state."""

    probability: float
    reward: float
    state: S


class Case(Protocol[S, A]):
    """What is planned: states can be hashed, and nothing in it changes while one plans."""

    def actions(self, state: S) -> Sequence[A]:
        """Return what the robot may do; nothing: it is over."""

    def predict(self, state: S, action: A) -> Mapping[str, float]:
        """Return the probability of each response of the person: here a human model comes in."""

    def effects(self, state: S, action: A, response: str) -> Sequence[Effect[S]]:
        """Return what may come of a response; the probabilities sum to 1."""


class Foresight(Generic[S, A]):
    """Looks some actions ahead. What was worked out is kept, so that a state is looked at once for each horizon."""

    def __init__(self, case: Case[S, A], horizon: int, *, discount: float = 1.0) -> None:
        """Plan `horizon` actions ahead; `discount`: of what comes one action later, 0 to 1.

        Raises:
            ValueError: a horizon below 1, or a discount out of [0, 1].
        """
        if horizon < 1:
            raise ValueError(f"horizon: expected 1 action or more, got {horizon}; 1 is myopic")
        if not 0.0 <= discount <= 1.0:
            raise ValueError(f"discount: expected 0 to 1, got {discount}; 1 counts all alike")
        self._case, self.horizon, self._discount = case, horizon, discount
        self._values: dict[tuple[S, int], tuple[float, int]] = {}

    def choose(self, state: S) -> A:
        """Return the best action, the first of equals.

        Raises:
            ValueError: there is none to choose from, or probabilities that do not sum to 1.
        """
        actions = self._case.actions(state)
        if not actions:
            raise ValueError("state: expected one with actions, got one where all is over; do not ask then")
        return actions[self._best(state, self.horizon)[1]]

    def value(self, state: S, steps: int | None = None) -> float:
        """Return what the best actions bring on average within `steps`, by default the horizon."""
        return self._best(state, self.horizon if steps is None else steps)[0]

    def worth(self, state: S, action: A, steps: int | None = None) -> float:
        """Return what an action brings on average, with the best ones after it, within `steps` in all.

        Raises:
            ValueError: probabilities that do not sum to 1.
        """
        left = (self.horizon if steps is None else steps) - 1
        total, seen = 0.0, 0.0
        for response, probability in self._case.predict(state, action).items():
            seen += probability
            if probability <= 0.0:
                continue
            effects = self._case.effects(state, action, response)
            _check_sum(math.fsum(effect.probability for effect in effects), f"effects of {response}")
            for effect in effects:
                if effect.probability > 0.0:
                    later = self._discount * self._best(effect.state, left)[0] if left > 0 else 0.0
                    total += probability * effect.probability * (effect.reward + later)
        _check_sum(seen, "responses")
        return total

    def _best(self, state: S, steps: int) -> tuple[float, int]:
        """Return the value of a state and the place of the best action."""
        if steps < 1:
            return 0.0, 0
        known = self._values.get((state, steps))
        if known is None:
            actions = self._case.actions(state)
            worths = [self.worth(state, action, steps) for action in actions]
            best = max(range(len(worths)), key=worths.__getitem__, default=0)
            known = (worths[best] if worths else 0.0, best)
            self._values[state, steps] = known
        return known


def _check_sum(total: float, what: str) -> None:
    if abs(total - 1.0) > SUM:
        raise ValueError(f"{what}: expected probabilities that sum to 1, got {total}; mend the case")
