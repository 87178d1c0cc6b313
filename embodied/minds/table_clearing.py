"""Clearing a table under the eyes of a person who may intervene: planning with trust.

M. Chen, S. Nikolaidis, H. Soh, D. Hsu and S. Srinivasa, Planning with Trust for Human-Robot Collaboration, HRI 2018,
as B. Zhang and H. Soh, IROS 2023, arXiv 2303.03548, play it with a language model for the person. Bottles, a can and a
glass stand on a table; the robot clears one after another. The person lets it, or takes the thing away itself. What is
cleared by the robot counts, what it drops costs, what the person takes counts nothing. Trust rises with success and
falls with failure, and decides whether the person lets the robot go on: a robot that looks ahead begins with what
nobody minds.

The things, their number and their values are those of Chen et al. as we remember them: verify before quoting. How often
a thing is dropped, and how people are (`embodied.minds.encounter`), is ours. The planner keeps a belief over levels of
trust, which it never sees; its idea of how trust moves (`TrustModel`) is not that of the people.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from embodied.episode import FloatArray
from embodied.minds.encounter import Outcome, TrustTraits, respond
from embodied.minds.foresight import Effect, Foresight
from embodied.minds.human_model import HumanModel, RobotAction, Situation
from embodied.minds.persona import Persona


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """Something on the table.

    Attributes:
        value: when the robot clears it; loss: when it drops it. skill: probability that it does not.
        stakes: as it looks to people, 0 (nothing can break) to 1.
    """

    value: float
    loss: float
    skill: float
    stakes: float


THINGS: Mapping[str, Thing] = MappingProxyType(
    {
        "bottle": Thing(value=1.0, loss=0.0, skill=0.98, stakes=0.0),
        "can": Thing(value=2.0, loss=4.0, skill=0.96, stakes=0.4),
        "glass": Thing(value=3.0, loss=9.0, skill=0.94, stakes=1.0),
    }
)
TABLE = ("bottle", "bottle", "bottle", "can", "glass")
LEVELS = 11  # of trust, in the robot's belief: 0, 0.1, ..., 1
ROUND = 9  # decimals of a belief, so that equal ones are one state

Belief = tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustModel:
    """How the robot thinks that trust begins and moves: as a linear Gaussian, as in Chen et al., cut into levels.

    Attributes:
        start, spread: of the belief before anything happened. gain: share of what is missing that a success brings,
            twice for stakes of 1. loss: share of trust that a failure takes. noise: deviation of each step.
    """

    start: float = 0.4
    spread: float = 0.2
    gain: float = 0.2
    loss: float = 0.6
    noise: float = 0.05

    def first(self) -> Belief:
        """Return the belief before anything happened."""
        return _belief(_gauss(np.array([self.start]), self.spread)[0])

    def moves(self, outcome: Outcome, stakes: float) -> FloatArray:
        """Return (LEVELS, LEVELS) the probability of going from one level, a row, to another."""
        levels = np.linspace(0.0, 1.0, LEVELS)
        after = {
            "success": levels + min(self.gain * (1.0 + stakes), 1.0) * (1.0 - levels),
            "failure": (1.0 - self.loss) * levels,
            "intervened": levels,
        }[outcome]
        return _gauss(after, self.noise)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableState:
    """What the robot knows: the things left, in the order of THINGS, and its belief about trust, (LEVELS,)."""

    left: tuple[str, ...]
    belief: Belief


class TableClearing:
    """The case as it is planned (`foresight.Case`): which thing next, given a human model.

    The model is asked once for each level of trust and thing.
    """

    def __init__(
        self,
        model: HumanModel,
        *,
        situation: Situation | None = None,
        trust: TrustModel | None = None,
        things: Mapping[str, Thing] = THINGS,
    ) -> None:
        """Ask the model about every level of trust.

        Args:
            model: foretells whether the person lets the robot. situation: what is seen of the person.
            trust: how it begins and moves. things: what may stand on a table.
        """
        self._things, self._trust = things, trust or TrustModel()
        seen = situation or Situation(place="a table after a meal", activity="sit")
        levels = np.linspace(0.0, 1.0, LEVELS).tolist()
        self._accepts: dict[str, FloatArray] = {}
        for name, thing in things.items():
            action = RobotAction(kind="clear", thing=name, stakes=thing.stakes)
            answers = [model.predict(replace(seen, trust=level), action) for level in levels]
            self._accepts[name] = np.array([answer["accept"] for answer in answers])
        self._moves = {
            (name, outcome): self._trust.moves(outcome, thing.stakes)
            for name, thing in things.items()
            for outcome in ("success", "failure", "intervened")
        }

    def start(self, table: Sequence[str] = TABLE) -> TableState:
        """Return the state before anything happened.

        Raises:
            ValueError: a thing that is not among `things`.
        """
        if unknown := [name for name in table if name not in self._things]:
            raise ValueError(f"table: expected some of {', '.join(self._things)}, got {unknown[0]}; describe it")
        return TableState(left=tuple(sorted(table, key=list(self._things).index)), belief=self._trust.first())

    def actions(self, state: TableState) -> Sequence[str]:
        """Return the kinds of things that are left."""
        return tuple(dict.fromkeys(state.left))

    def predict(self, state: TableState, action: str) -> Mapping[str, float]:
        """Return what the human model says, over the belief about trust."""
        accept = min(max(float(np.dot(state.belief, self._accepts[action])), 0.0), 1.0)
        return {"accept": accept, "intervene": 1.0 - accept}

    def effects(self, state: TableState, action: str, response: str) -> Sequence[Effect[TableState]]:
        """Return success and failure, or that the person has taken it away."""
        thing = self._things[action]
        if response == "intervene":
            return (Effect(probability=1.0, reward=0.0, state=self.after(state, action, "intervened")),)
        return (
            Effect(probability=thing.skill, reward=thing.value, state=self.after(state, action, "success")),
            Effect(probability=1.0 - thing.skill, reward=-thing.loss, state=self.after(state, action, "failure")),
        )

    def after(self, state: TableState, action: str, outcome: Outcome) -> TableState:
        """Return the state after an outcome: the belief by Bayes' rule from the response, then moved on."""
        accepts = self._accepts[action]
        likely = 1.0 - accepts if outcome == "intervened" else accepts
        belief = np.array(state.belief) * likely
        if not belief.sum() > 0.0:  # the model had thought it impossible: what was believed stays
            belief = np.array(state.belief)
        rest = list(state.left)
        rest.remove(action)
        return TableState(left=tuple(rest), belief=_belief(belief @ self._moves[action, outcome]))


Policy = Callable[[TableState, np.random.Generator], str]  # -> the thing to clear next


def plan_ahead(case: TableClearing, horizon: int) -> Policy:
    """Return the robot that looks `horizon` actions ahead; 1 is myopic."""
    foresight = Foresight(case, horizon)
    return lambda state, rng: foresight.choose(state)


def most_valuable(state: TableState, rng: np.random.Generator) -> str:
    """Return what is worth most if it goes well, as a robot that forgets the person."""
    return max(state.left, key=lambda name: THINGS[name].value)


def any_thing(state: TableState, rng: np.random.Generator) -> str:
    """Return any thing."""
    return state.left[int(rng.integers(len(state.left)))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleared:
    """What came of a table.

    Attributes:
        score: values less losses. order: of the things. outcomes: of each. trust: the person's, in the end.
    """

    score: float
    order: tuple[str, ...]
    outcomes: tuple[Outcome, ...]
    trust: float

    def metrics(self) -> dict[str, float]:
        """Return score, counts of outcomes, when what is worth most came (1: first), and the person's trust."""
        count = {name: float(self.outcomes.count(name)) for name in ("success", "failure", "intervened")}
        return {
            "score": self.score,
            "cleared": count["success"],
            "dropped": count["failure"],
            "interventions": count["intervened"],
            "best_at": float(self.order.index(max(self.order, key=lambda name: THINGS[name].value)) + 1),
            "trust_at_end": self.trust,
        }


class TablePerson:
    """A simulated person at the table, whose traits and trust no planner reads.

    `steady`: whether its trust never moves, for control: then nothing is gained by earning it.
    """

    def __init__(self, persona: Persona, rng: np.random.Generator, *, steady: bool = False) -> None:
        self._persona, self._rng, self._traits, self._steady = persona, rng, TrustTraits.of(persona), steady
        self.trust = self._traits.start

    def respond(self, action: RobotAction) -> str:
        """Let the robot, or intervene."""
        situation = Situation(age_group=self._persona.appearance.age_group, activity="sit", trust=self.trust)
        return respond(self._persona, situation, action, self._rng)

    def see(self, outcome: Outcome, stakes: float) -> None:
        """See what came of it."""
        after = self._traits.after(self.trust, outcome, stakes, self._rng)
        self.trust = self.trust if self._steady else after


def clear_table(
    case: TableClearing, policy: Policy, person: TablePerson, rng: np.random.Generator, table: Sequence[str] = TABLE
) -> Cleared:
    """Clear a table to the end.

    Args:
        case: keeps the robot's belief. policy: chooses. person: sits there.
        rng: draws whether the robot drops a thing, first, one number for each place in the order; then the policy's.
        table: the things on it.

    Raises:
        ValueError: a thing that is not among THINGS.
    """
    state, score = case.start(table), 0.0
    order: list[str] = []
    outcomes: list[Outcome] = []
    for luck in rng.random(len(table)).tolist():
        name = policy(state, rng)
        thing = THINGS[name]
        outcome: Outcome = "intervened"
        if person.respond(RobotAction(kind="clear", thing=name, stakes=thing.stakes)) == "accept":
            outcome = "success" if luck < thing.skill else "failure"
            score += thing.value if outcome == "success" else -thing.loss
        person.see(outcome, thing.stakes)
        state = case.after(state, name, outcome)
        order.append(name)
        outcomes.append(outcome)
    return Cleared(score=score, order=tuple(order), outcomes=tuple(outcomes), trust=person.trust)


def _belief(weights: FloatArray) -> Belief:
    return tuple(np.round(weights / weights.sum(), ROUND).tolist())


def _gauss(means: FloatArray, spread: float) -> FloatArray:
    """Return (n, LEVELS) normal weights about each of `means` (n,), rows that sum to 1."""
    weights = np.exp(-0.5 * ((np.linspace(0.0, 1.0, LEVELS) - means[:, None]) / spread) ** 2)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))
