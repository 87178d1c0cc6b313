"""What a person knows of its town, and how willing it is to tell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from scenes.scene import DESTINATIONS, Landmark, Scene

Role = Literal["keeper", "local", "visitor", "stranger"]

KEEPER_REACH = 2.5  # m from a keeper's spot within which a person is taken for its keeper
KEEPER_RADIUS = 45.0  # m round the shop: keepers send people on all day
LOCAL_RADIUS = (40.0, 95.0)  # m round a local's home
VISITOR_RADIUS = 18.0  # m: what a visitor has seen on the way
VISITOR_SHARE = 0.12  # of those who know something
VAGUE = 1.6  # times the radius: farther than what a person knows, but of which it has an idea
LIE = 12.0  # m, the least distance between a place and that to which a lie leads
HESITANT_SHARE = 0.3  # of all people: those who say that they are not sure, whether or not they are right


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """What one person knows and believes.

    Attributes:
        role: keeper of a shop, local, visitor, or a stranger who knows nothing.
        known: names of the landmarks it can tell the way to.
        vague: names of those of which it only knows the direction.
        beliefs: wrong beliefs: name of a place -> name of the landmark beside which it is thought to be.
        mixes_sides: it says left for right.
        willing: whether it answers at all. hesitant: whether it hedges.
        lies: name of a place -> name of the landmark to which this person sends one who looks for it, knowing better.
        liar: whether it lies about every way, mirrored where `lies` holds no other place.
    """

    role: Role
    known: frozenset[str]
    vague: frozenset[str] = frozenset()
    beliefs: dict[str, str] = field(default_factory=dict)
    mixes_sides: bool = False
    willing: bool = True
    hesitant: bool = False
    lies: dict[str, str] = field(default_factory=dict)
    liar: bool = False

    def knows(self, name: str) -> bool:
        """Tell whether this person could tell the right way to a landmark, if it would."""
        return name in self.known and name not in self.beliefs and not self.mixes_sides

    def told(self, name: str) -> str:
        """Return the landmark to which this person would send one who looks for `name`."""
        return self.lies.get(name, name) if self.liar else self.beliefs.get(name, name)


def draw_knowledge(
    scene: Scene,
    position: tuple[float, float],
    rng: np.random.Generator,
    *,
    stranger_share: float,
    error_share: float,
    refusal_share: float,
) -> Knowledge:
    """Return what a person met at `position` (metres, world) knows.

    Args:
        scene: the town.
        position: where the person is; beside a keeper's spot it is the keeper.
        rng: every draw comes from it, the same number of draws whatever the outcome.
        stranger_share: probability of knowing nothing. error_share: of being wrong about places.
        refusal_share: of not answering. Keepers know and answer.

    Raises:
        ValueError: a share is not in [0, 1].
    """
    for name, share in (("stranger", stranger_share), ("error", error_share), ("refusal", refusal_share)):
        if not 0.0 <= share <= 1.0:
            raise ValueError(f"mind.{name}_share: expected a share in [0, 1], got {share}")
    chance = rng.random(6)
    radius = float(rng.uniform(*LOCAL_RADIUS))
    home = scene.landmarks[int(rng.integers(len(scene.landmarks)))].position if scene.landmarks else position
    mistaken = rng.random()
    shuffled = rng.permutation(len(scene.landmarks))
    shop = _keeper_of(scene, position)
    if shop is not None:
        role, centre, radius = "keeper", shop, KEEPER_RADIUS
    elif chance[0] < stranger_share:
        role, centre, radius = "stranger", position, 0.0
    elif chance[1] < VISITOR_SHARE:
        role, centre, radius = "visitor", position, VISITOR_RADIUS
    else:
        role, centre = "local", home
    known = _within(scene.landmarks, centre, radius)
    errs = role != "keeper" and chance[2] < error_share
    return Knowledge(
        role=role,  # type: ignore[arg-type]
        known=known,
        vague=_within(scene.landmarks, centre, VAGUE * radius) - known if role in ("keeper", "local") else frozenset(),
        beliefs=_exchange(scene.landmarks, known, shuffled.tolist()) if errs and mistaken < 0.6 else {},
        mixes_sides=bool(errs and mistaken >= 0.6),
        willing=bool(role == "keeper" or chance[3] >= refusal_share),
        hesitant=bool(chance[4] < (0.7 if errs else HESITANT_SHARE)),
    )


def make_liar(knowledge: Knowledge, scene: Scene, rng: np.random.Generator, share: float) -> Knowledge:
    """Return the same person, who with probability `share` tells fluent ways to wrong places.

    A lie leads at least LIE metres from the truth; whoever lies keeps to it, and sounds sure.

    Args:
        knowledge: of an honest person, keepers too. scene: the town.
        rng: every draw comes from it, the same number of draws whatever the outcome.
        share: probability of being a liar.

    Raises:
        ValueError: the share is not in [0, 1].
    """
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"task.false_answers: expected a share in [0, 1], got {share}")
    chance, order = rng.random(), rng.permutation(len(scene.landmarks)).tolist()
    if chance >= share:
        return knowledge
    shops = [scene.landmarks[i] for i in order if scene.landmarks[i].kind in DESTINATIONS]
    lies: dict[str, str] = {}
    for mark in scene.landmarks:
        others = [shop.name for shop in shops if math.dist(shop.position, mark.position) >= LIE]
        lies |= {mark.name: others[0]} if others else {}
    return replace(knowledge, lies=lies, liar=True, hesitant=False)


def _keeper_of(scene: Scene, position: tuple[float, float]) -> tuple[float, float] | None:
    """Return where the shop is whose keeper stands at `position`."""
    for spot in scene.spots:
        if spot.kind == "keeper" and math.dist(spot.position, position) < KEEPER_REACH:
            return spot.position
    return None


def _within(landmarks: Sequence[Landmark], centre: tuple[float, float], radius: float) -> frozenset[str]:
    return frozenset(mark.name for mark in landmarks if radius > 0 and math.dist(mark.position, centre) <= radius)


def _exchange(landmarks: Sequence[Landmark], known: frozenset[str], order: list[int]) -> dict[str, str]:
    """Return wrong places for all known shops: each is thought to be where the next one in `order` is."""
    shops = [landmarks[i].name for i in order if landmarks[i].kind in DESTINATIONS and landmarks[i].name in known]
    return dict(zip(shops, shops[1:] + shops[:1], strict=True)) if len(shops) > 1 else {}
