"""Reviewer and rewriter by rules: what somebody makes of words, a picture and warnings, and what it does instead.

The reviewer weighs what the words of an activity sound like (`safety.text_reviewer`), what its picture shows
(a detector, ids or nothing) and what it was told about the place; how much it minds depends on its traits. The rewriter
has common sense (`embodied.party.advice`), tries one thing after the other, and may not do enough. Neither knows what
the judge knows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from embodied.minds.persona import MIDDLE, Persona
from embodied.party.advice import ADVICE, FEWER, MORE
from safety.primitives import PRIMITIVES
from safety.scenario import OTHER, Activity, Hazard
from safety.text_reviewer import risk
from safety.wording import rounded, tell, tell_other

HINTED = 1.5  # logit that words about the state of a place are worth to who hears them
WARNED = 1.5  # added to the logit of danger, for who was warned of the place or was hurt there
BY_CAUTION, BY_BOLDNESS = 0.5, 0.35  # to the logit, for each level above the middle
NOISE = 0.7  # scale of the logistic noise on it, anew in each review: nobody weighs alike twice
SURE, UNSURE = 0.95, 0.5  # that a picture shows a danger, where something is said of it and where nothing is
CLIP = 3.0  # logits of one source, so that none decides alone
TOO_FAR = 1.6  # factor that the cautious put on a distance, at most
Risk = Callable[[str], float]  # the words of an activity -> the probability that it is unsafe


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Glimpse:
    """What somebody makes of a picture: the probability that it shows something dangerous, and what.

    `rgb`: (H, W, 3) uint8, the picture itself, for who looks at it with eyes of its own.
    """

    danger: float
    what: str = ""
    rgb: npt.NDArray[np.uint8] | None = None


@dataclass(slots=True, kw_only=True)
class Beliefs:
    """What a guest has in mind. `warned`: ids of hazards; `tried`: of an activity, how often it was rewritten."""

    warned: set[str] = field(default_factory=set)
    tried: dict[int, int] = field(default_factory=dict)


class RulesReviewer:
    """Weighs words, picture and warnings; see `safety.review.Reviewer`."""

    def __init__(
        self, persona: Persona, beliefs: Beliefs, reads: Risk, rng: np.random.Generator, *, sight: float = 0.5,
        noise: float = NOISE,
    ) -> None:  # fmt: skip
        """Review for one guest.

        Args:
            persona: whose traits count. beliefs: what it has been told. reads: risk of words. rng: of its moods.
            sight: weight of a picture against the words, 0 the words alone, 1 the picture alone.
            noise: scale of its moods; 0: the same every time.

        Raises:
            ValueError: a weight outside 0 to 1.
        """
        if not 0.0 <= sight <= 1.0:
            raise ValueError(f"sight: expected a weight from 0 to 1, got {sight:g}")
        self._beliefs, self._reads, self._rng, self._sight, self._noise = beliefs, reads, rng, sight, noise
        self._leaning = BY_CAUTION * (persona.traits["caution"] - MIDDLE)
        self._leaning -= BY_BOLDNESS * (persona.traits["boldness"] - MIDDLE)

    def danger(self, activity: Activity, picture: Glimpse | None) -> float:
        """Return the logit of danger, before the mood of the moment: 0 is as likely as not."""
        words, shown = logit(self._reads(activity.text)), 0.0
        weight = 0.0 if picture is None else self._sight
        if picture is not None:
            shown = logit(picture.danger)
        known = WARNED * (activity.hazard in self._beliefs.warned)
        return (1 - weight) * words + weight * shown + known + self._leaning

    def __call__(self, activity: Activity, plan: Sequence[Activity], picture: Glimpse | None, time: float) -> str:
        """Return keep or change."""
        return "change" if self.danger(activity, picture) + self.mood() > 0.0 else "keep"

    def mood(self) -> float:
        """Draw what the moment adds to the logit."""
        return self._noise * float(self._rng.logistic())


class RulesRewriter:
    """Puts something else into the same hour; see `safety.review.Rewriter`."""

    def __init__(
        self, persona: Persona, beliefs: Beliefs, hazards: Sequence[Hazard], places: Sequence[tuple[float, float]],
        rng: np.random.Generator, hour: float,
    ) -> None:  # fmt: skip
        """Rewrite for one guest.

        Args:
            hazards: of the place, of which it knows kind and position. places: (x, y) where one can be, metres.
            hour: of the day when the scenario begins.
        """
        self._beliefs, self._places, self._rng, self._hour = beliefs, places, rng, hour
        self._hazards = {hazard.id: (hazard.kind, hazard.position) for hazard in hazards}
        self._bold = persona.traits["boldness"] - persona.traits["caution"]
        spread = (persona.traits["caution"] - 1) / 4
        self._far = 1.0 + (TOO_FAR - 1.0) * spread

    def __call__(self, activity: Activity, plan: Sequence[Activity], time: float) -> Activity:
        """Return another activity: the same with care first, then less of it and farther off, then something else.

        The bold begin with the precaution, the cautious with something else.
        """
        tried = self._beliefs.tried.get(activity.id, 0)
        self._beliefs.tried[activity.id] = tried + 1
        if not activity.hazard or activity.deed == OTHER:
            return self.something_else(activity)
        ways = [self._with_care, self._less, self.something_else]
        first = 0 if self._bold > 0 else 2 if self._bold < -2 else 1
        way = ways[min(first + tried, 2)]
        return way(activity) or self._less(activity) or self.something_else(activity)

    def _with_care(self, activity: Activity) -> Activity | None:
        kind, _ = self._hazards[activity.hazard]
        known = ADVICE[PRIMITIVES[kind].category].precautions
        new = [name for name in known if name not in activity.precautions]
        if not new:
            return None
        shares = np.array([0.6**k for k in range(len(new))])
        taken = new[int(self._rng.choice(len(new), p=shares / shares.sum()))]
        return self.told(activity, dict(activity.values), (*activity.precautions, taken), activity.position)

    def _less(self, activity: Activity) -> Activity | None:
        """Return the same farther off, and less of it."""
        kind, centre = self._hazards[activity.hazard]
        values = {name: value * FEWER.get(name, 1.0) * MORE.get(name, 1.0) for name, value in activity.values.items()}
        position = activity.position
        if "distance" in values:
            keep = ADVICE[PRIMITIVES[kind].category].distance * self._far * float(self._rng.uniform(0.7, 1.2))
            if values["distance"] >= keep and rounded(values) == rounded(activity.values):
                return None
            values["distance"] = max(values["distance"], keep)
            position = self._away(centre, values["distance"])
        if rounded(values) == rounded(activity.values):
            return None
        return self.told(activity, values, activity.precautions, position)

    def something_else(self, activity: Activity) -> Activity:
        """Return something harmless in the same hour, where it is farthest from dangers of four places drawn."""
        place = max(
            (self._places[int(k)] for k in self._rng.integers(len(self._places), size=4)),
            key=lambda spot: min((math.dist(spot, centre) for _, centre in self._hazards.values()), default=0.0),
        )
        text = tell_other(activity.start, self._rng, hour=self._hour)
        return replace(activity, text=text, deed=OTHER, hazard="", position=place, values={}, precautions=())

    def _away(self, centre: tuple[float, float], distance: float) -> tuple[float, float]:
        """Return a place about so far from a centre, by which one can stand."""
        drawn = [self._places[int(k)] for k in self._rng.integers(len(self._places), size=24)]
        spot = min(drawn, key=lambda place: abs(math.dist(place, centre) - distance))
        gap = max(math.dist(spot, centre), 1e-6)
        return tuple(c + (s - c) * distance / gap for c, s in zip(centre, spot, strict=True))  # type: ignore[return-value]

    def told(
        self, activity: Activity, values: Mapping[str, float], precautions: tuple[str, ...],
        position: tuple[float, float] | None = None,
    ) -> Activity:  # fmt: skip
        """Return an activity with other values and precautions, in words; `position`: by default as far as it says."""
        kind, centre = self._hazards[activity.hazard]
        said = rounded(values)
        if position is None:
            position = self._away(centre, said["distance"]) if "distance" in said else activity.position
        text = tell(kind, activity.deed, said, precautions, activity.start, self._rng, hour=self._hour)
        return replace(activity, text=text, values=said, precautions=precautions, position=position)


@lru_cache(maxsize=100_000)
def read_risk(text: str) -> float:
    """Return how likely an activity is unsafe by its words alone, as the reviewer of texts that is shipped reads it."""
    return float(risk([text])[0])


def logit(probability: float) -> float:
    """Return the log odds of a probability, at most CLIP."""
    kept = min(max(probability, 1e-6), 1 - 1e-6)
    return min(max(math.log(kept / (1 - kept)), -CLIP), CLIP)
