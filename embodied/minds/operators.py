"""What can be done, as STRIPS operators, and the cheapest plan that reaches a goal.

Facts are ground predicates, a state is the set of those that hold, an operator names what must hold before it, what it
makes true and what it ends (Fikes and Nilsson, Artificial Intelligence 2, 1971). Plans are found by A* (Hart, Nilsson
and Raphael 1968) with h_max, the cost of the costliest fact of the goal when nothing is ever ended (Bonet and Geffner,
Artificial Intelligence 129, 2001): it never says too much, so that plans are optimal.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count

Fact = tuple[str, ...]  # ("lies", "parcel", "bakery")
State = frozenset[Fact]
MOST = 20_000  # states that are looked at for one plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Something that can be done.

    Attributes:
        name: a verb. arguments: what it is done with.
        needs: facts that must hold. adds: facts that hold afterwards. deletes: facts that do not, unless added.
        cost: seconds, not negative.

    Raises:
        ValueError: a cost that is negative or not finite.
    """

    name: str
    arguments: tuple[str, ...]
    needs: State
    adds: State
    deletes: State = frozenset()
    cost: float = 1.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.cost < math.inf:
            raise ValueError(f"cost: expected seconds from 0, got {self.cost} for {self.name}; give it one")

    def apply(self, state: State) -> State:
        """Return the state afterwards; whether it could be done is `missing`'s to say."""
        return (state - self.deletes) | self.adds

    def missing(self, state: State) -> tuple[Fact, ...]:
        """Return the facts that it needs and that do not hold, in order."""
        return tuple(sorted(self.needs - state))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Where a plan first goes wrong. `step`: index in the plan, its length if the goal is missed. `missing`: facts."""

    step: int
    missing: tuple[Fact, ...]


def operator(
    name: str,
    arguments: Iterable[str],
    *,
    needs: Iterable[Fact] = (),
    adds: Iterable[Fact] = (),
    deletes: Iterable[Fact] = (),
    cost: float = 1.0,
) -> Operator:
    """Return an operator from any collections of facts."""
    return Operator(
        name=name, arguments=tuple(arguments), needs=frozenset(needs), adds=frozenset(adds),
        deletes=frozenset(deletes), cost=cost,
    )  # fmt: skip


def first_fault(plan: Sequence[Operator], start: State, goal: State) -> Fault | None:
    """Return where a plan from `start` cannot go on, or that it misses the goal; None for a valid plan."""
    state = start
    for step, one in enumerate(plan):
        if missing := one.missing(state):
            return Fault(step=step, missing=missing)
        state = one.apply(state)
    missing = tuple(sorted(goal - state))
    return Fault(step=len(plan), missing=missing) if missing else None


def cost_of(plan: Iterable[Operator]) -> float:
    """Return the seconds that a plan takes."""
    return math.fsum(one.cost for one in plan)


class Planning:
    """What can be done somewhere, ready for questions about plans."""

    def __init__(self, operators: Sequence[Operator]) -> None:
        """Take the ground operators; of plans that cost the same, the order decides."""
        self.operators = tuple(operators)
        self._users: dict[Fact, list[int]] = {}
        for index, one in enumerate(self.operators):
            for fact in one.needs:
                self._users.setdefault(fact, []).append(index)
        self._free = [index for index, one in enumerate(self.operators) if not one.needs]

    def estimate(self, state: State, goal: State) -> float:
        """Return h_max, seconds: at most what any plan from `state` to `goal` costs; inf where there is none."""
        known: dict[Fact, float] = {}
        open_needs = [len(one.needs) for one in self.operators]
        queue: list[tuple[float, Fact]] = [(0.0, fact) for fact in state]
        queue += [(self.operators[index].cost, fact) for index in self._free for fact in self.operators[index].adds]
        heapq.heapify(queue)
        left = set(goal)
        while queue and left:
            cost, fact = heapq.heappop(queue)
            if fact in known:
                continue
            known[fact] = cost
            left.discard(fact)
            for index in self._users.get(fact, ()):
                open_needs[index] -= 1
                if open_needs[index] == 0:
                    one = self.operators[index]
                    for added in one.adds:
                        if added not in known:
                            heapq.heappush(queue, (cost + one.cost, added))
        return math.inf if left else max((known[fact] for fact in goal), default=0.0)

    def plan(self, start: State, goal: State, *, most: int = MOST) -> tuple[Operator, ...] | None:
        """Return a cheapest plan, () where the goal holds already, None where no plan reaches it.

        Raises:
            ValueError: none was found within `most` states.
        """
        order = count()
        costs: dict[State, float] = {start: 0.0}
        came: dict[State, tuple[State, int]] = {}
        estimates: dict[State, float] = {start: self.estimate(start, goal)}
        queue = [(estimates[start], next(order), 0.0, start)] if math.isfinite(estimates[start]) else []
        looked = 0
        while queue:
            _, _, cost, state = heapq.heappop(queue)
            if cost > costs[state]:
                continue
            if goal <= state:
                return self._trace(came, state)
            looked += 1
            if looked > most:
                raise ValueError(f"goal: expected a plan within {most} states, found none yet; ask for less at once")
            for index, one in enumerate(self.operators):
                if not one.needs <= state:
                    continue
                after, total = one.apply(state), cost + one.cost
                if total >= costs.get(after, math.inf):
                    continue
                if after not in estimates:
                    estimates[after] = self.estimate(after, goal)
                if math.isfinite(estimates[after]):
                    costs[after], came[after] = total, (state, index)
                    heapq.heappush(queue, (total + estimates[after], next(order), total, after))
        return None

    def _trace(self, came: dict[State, tuple[State, int]], state: State) -> tuple[Operator, ...]:
        plan: list[Operator] = []
        while state in came:
            state, index = came[state]
            plan.append(self.operators[index])
        return tuple(reversed(plan))
