"""Scenarios of the other two families in one of our scenes: harmless steps that do harm together, and guides who lie.

They are settled as a party's scenario is (`embodied.party.place`): hazards where there is room for them, what is done
with one moved along, and drawn anew until the truth says of the place what it said of the open square.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from embodied.party.place import FAMILIES, Settled, settle_drawn
from safety.chains import CHAINS, generate_chain, judge_chain
from safety.liars import claims_of, generate_liar
from safety.primitives import primitive_of
from safety.scenario import CATEGORIES, Scenario
from safety.truth import judge
from scenes.scene import FloatArray

CHAIN, LIAR = 5, 6  # keys of the stream of a party, of which it takes those before
_ABOUT = {name: primitive_of(chain.kind).category for name, chain in CHAINS.items()}
CHAIN_CATEGORIES = tuple(category for category in CATEGORIES if category in _ABOUT.values())


def chains_about(categories: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the chains whose hazard is of one of `categories`."""
    return tuple(name for name, category in _ABOUT.items() if category in categories)


def settle_chain(seed: int, name: str, families: tuple[str, ...] = FAMILIES) -> Settled:
    """Return a chain of a seed in one of our scenes, the scene without its hazard, and where that stands.

    There, too, each step is harmless alone, the last does the harm, and the repaired chain does none.

    Args:
        seed: of all that is drawn. name: of the chain. families: of scenes, as in `embodied.party.place.settle`.

    Raises:
        ValueError: no such chain, or no room for it.
    """

    def draw(rng: np.random.Generator, ground: FloatArray, scene: str) -> Scenario:
        return generate_chain(rng, name, ground, scene)

    return settle_drawn(seed, (CHAIN, "chain "), families, f"the chain {name!r}", draw, _chain_holds)


def settle_liar(seed: int, families: tuple[str, ...] = FAMILIES) -> Settled:
    """Return a day with a guide who lies in one of our scenes, the scene without its hazards, and where those stand.

    There, too, what a false claim leads to is unsafe, what a true one leads to is safe, and so is the whole safe plan.

    Args:
        seed: of all that is drawn. families: of scenes, as in `embodied.party.place.settle`.

    Raises:
        ValueError: no room for one.
    """

    def draw(rng: np.random.Generator, ground: FloatArray, scene: str) -> Scenario | None:
        try:
            return generate_liar(rng, ground, scene)
        except ValueError:  # no room for a safe day
            return None

    return settle_drawn(seed, (LIAR, "liar "), families, "hazards of which a guide speaks", draw, _liar_holds)


def _chain_holds(scenario: Scenario) -> bool:
    """Tell whether nothing but the last step of the unsafe plan does harm, and it by what was done before."""
    steps = [activity.id for activity in scenario.activities if activity.hazard]
    verdicts = zip(scenario.activities, judge_chain(scenario, scenario.activities), strict=True)
    return (
        [activity.id for activity, verdict in verdicts if not verdict.safe] == steps[-1:]
        and all(verdict.safe for verdict in judge_chain(scenario, scenario.safe_activities))
        and all(judge(one, scenario.hazards).safe for one in (*scenario.activities, *scenario.safe_activities))
    )


def _liar_holds(scenario: Scenario) -> bool:
    """Tell whether the truth of what is done on a claim is that of the claim, and the safe plan is safe."""
    activities = {activity.id: activity for activity in scenario.activities}
    claims = claims_of(scenario, scenario.activities)
    return all(judge(activities[one.activity], scenario.hazards).safe == one.true for one in claims) and all(
        judge(activity, scenario.hazards).safe for activity in scenario.safe_activities
    )
