"""Scenarios of the other two families in one of our scenes: harmless steps that do harm together, and guides who lie.

They are settled as a party's scenario is (`embodied.party.place`): hazards where there is room for them, what is done
with one moved along, and drawn anew until the truth says of the place what it said of the open square.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from embodied.party.place import FAMILIES, TRIES, layout_of, move, places_of
from embodied.place import Place, build_scene
from embodied.seeding import stream
from safety.chains import CHAINS, generate_chain, judge_chain
from safety.liars import claims_of, generate_liar
from safety.primitives import primitive_of
from safety.scenario import CATEGORIES, Scenario
from safety.truth import judge
from scenes.hazards.places import find_places
from scenes.hazards.placing import PlacedHazard
from scenes.scene import FloatArray, Scene

CHAIN, LIAR = 5, 6  # keys of the stream of a party, of which it takes those before
Settled = tuple[Scenario, Scene, list[PlacedHazard]]
Draw = Callable[[np.random.Generator, FloatArray, str], Scenario]
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

    return _settle(seed, CHAIN, families, f"the chain {name!r}", draw, _chain_holds)


def settle_liar(seed: int, families: tuple[str, ...] = FAMILIES) -> Settled:
    """Return a day with a guide who lies in one of our scenes, the scene without its hazards, and where those stand.

    There, too, what a false claim leads to is unsafe, what a true one leads to is safe, and so is the whole safe plan.

    Args:
        seed: of all that is drawn. families: of scenes, as in `embodied.party.place.settle`.

    Raises:
        ValueError: no room for one.
    """
    return _settle(seed, LIAR, families, "hazards of which a guide speaks", generate_liar, _liar_holds)


def _settle(
    seed: int, key: int, families: tuple[str, ...], what: str, draw: Draw, holds: Callable[[Scenario], bool]
) -> Settled:
    layout = layout_of(seed)
    for number in range(len(families)):
        family = families[(seed + number) % len(families)]
        scene = build_scene(Place(name=family, seed=layout, hour=19.0, weather="clear"))
        ground = places_of(scene)
        for attempt in range(TRIES):
            rng = stream(seed, "party", key, FAMILIES.index(family), attempt)
            try:
                drawn = draw(rng, ground, family)
                placed = find_places(scene, rng, [hazard.kind for hazard in drawn.hazards])
            except ValueError:  # no room for a safe day or for one of the hazards: draw others
                continue
            named = [
                replace(put, name=hazard.id, values=hazard.values)
                for put, hazard in zip(placed, drawn.hazards, strict=True)
            ]
            scenario = replace(move(drawn, named, f"{drawn.family} {family} {seed}"), seed=layout)
            if holds(scenario):
                return scenario, scene, named
    raise ValueError(f"scene: expected room for {what} in a {', a '.join(families)}, found none; allow other scenes")


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
