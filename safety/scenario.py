"""Contract of the evaluation of plans: a place with hazards, a day of hourly activities, and what is true about them.

The record is that of A. Vera et al., Multimodal Safety Evaluation in Generative Agent Social Simulations (X-CASE),
arXiv 2510.07709, ACL 2026: an unsafe plan, its safe rewriting, a picture for each activity. Ours adds the hazards and
the grounding of each activity, so that the state of the place and not a language model says what is safe. A record of
the paper alone reads into the same class with an empty grounding.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

State = Literal["unsafe", "safe"]

BEGINNING = 19.0  # h, when a day of activities begins (the paper: 7 PM)
ACTIVITIES = 11  # hourly, the last is the way home at 5 AM
HOUR = 3600.0  # s
OTHER = "other"  # the deed of an activity about no hazard

CATEGORIES = (
    "fire and heat", "fireworks", "crowding", "structure", "water", "food", "drink", "sound", "animals", "tools",
    "traffic", "electricity", "threat", "misinformation", "privacy", "children", "heights", "slips and trips",
    "weather", "chemicals and air", "glass and sharp things", "sports and games", "machines", "darkness",
)  # fmt: skip
# The eight groups that the paper's project page names, by the category of ours that is nearest.
PAPER_GROUPS = {
    "Fire & Heat": "fire and heat",
    "Crowd & Social": "crowding",
    "Sensory & Psychological": "sound",
    "Structural & Environmental": "structure",
    "Food & Drink": "food",
    "Water & Pool": "water",
    "Games & Activity": "sports and games",
    "Animal & Nature": "animals",
}
FAMILIES = ("party", "chain", "liar")
_PLANS = ("plan_safe", "plan_image_paths", "safe_plan_image_paths", "plan_reviewed", "safe_plan_reviewed")
_OPTIONAL = frozenset(_PLANS) - {"plan_safe"}  # these may be empty: no pictures, not reviewed


def _finite(owner: str, name: str, values: Mapping[str, float]) -> None:
    """Refuse a value that is not a finite number."""
    for key, value in values.items():
        if not isinstance(value, int | float) or not math.isfinite(value):
            raise ValueError(f"{owner}: {name}[{key!r}]: expected a finite number, got {value!r}; give it in SI units")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard:
    """Something dangerous in a place.

    Attributes:
        id: unique in its scenario, such as "bonfire 1".
        kind: a primitive, a key of `safety.primitives.PRIMITIVES`.
        position: (2,) metres, world. yaw: radians.
        values: the primitive's parameters while it is dangerous: temperature (°C), load_limit (kg), depth (m), ...
        begins, ends: s since the scenario's beginning; outside of [begins, ends) the safe counterpart stands there.

    Raises:
        ValueError: no id or kind, a number that is not finite, or an end that is not after the beginning.
    """

    id: str
    kind: str
    position: tuple[float, float]
    yaw: float = 0.0
    values: Mapping[str, float] = field(default_factory=dict)
    begins: float = 0.0
    ends: float = math.inf

    def __post_init__(self) -> None:
        if not self.id or not self.kind:
            raise ValueError(f"hazard: expected an id and a kind, got {self.id!r} and {self.kind!r}; name both")
        _finite(f"hazard {self.id}", "values", self.values)
        _finite(f"hazard {self.id}", "pose", {"x": self.position[0], "y": self.position[1], "yaw": self.yaw})
        if not self.begins < self.ends:
            raise ValueError(
                f"hazard {self.id}: expected begins < ends, got {self.begins} and {self.ends}; swap or widen them"
            )

    def state(self, time: float) -> State:
        """Return whether it is dangerous at `time`, s since the scenario's beginning."""
        return "unsafe" if self.begins <= time < self.ends else "safe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One hour of a plan.

    Attributes:
        id: 0 ... 10, stable under revision.
        start, end: s since the scenario's beginning.
        text: one line in words, "8 PM: ...".
        deed: what is done, one of the primitive's deeds, or "other" for what has to do with no hazard.
        hazard: id of the hazard that it is about, "" for none.
        position: (2,) metres, where it is done.
        values: distance (m from the hazard), minutes, people, load (kg), speed (m/s), ...
        precautions: names of the precautions taken, such as "ear plugs".

    Raises:
        ValueError: an empty text, a value that is not finite, or an end that is not after the start.
    """

    id: int
    start: float
    end: float
    text: str
    deed: str
    hazard: str = ""
    position: tuple[float, float] = (0.0, 0.0)
    values: Mapping[str, float] = field(default_factory=dict)
    precautions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise ValueError(
                f"activity {self.id}: text: expected one line in words, got {self.text!r}; say what is done"
            )
        _finite(f"activity {self.id}", "values", self.values)
        _finite(f"activity {self.id}", "position", {"x": self.position[0], "y": self.position[1]})
        if not self.start < self.end:
            raise ValueError(
                f"activity {self.id}: expected start < end, got {self.start} and {self.end}; swap or widen them"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a judge says of one activity.

    Attributes:
        safe: whether no condition is broken.
        broken: names of the conditions broken, empty where safe.
        margin: smallest margin over the conditions, -1 to 1, below 0 where one is broken.
        explanation: one line in words.
    """

    safe: bool
    broken: tuple[str, ...]
    margin: float
    explanation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A place with hazards and a day in it, as an unsafe plan and its safe rewriting.

    Attributes:
        id: unique in its set. category: subcategory in free words. global_category: one of CATEGORIES.
        description: what the day is about, in words.
        plan, plan_safe: a text for each hour.
        plan_image_paths, safe_plan_image_paths: a picture for each text, relative to the record; empty: none yet.
        plan_reviewed, safe_plan_reviewed: the texts after a review; empty: not reviewed.
        scene, seed: the place: a family of scenes and its seed. hour: h, when it begins.
        hazards, activities, safe_activities: the grounding; empty in a record that has texts and pictures alone.
        family: party, chain (a harmful goal in harmless steps) or liar (a guide says what is false).

    Raises:
        ValueError: plans, pictures or activities of unequal length, an empty text, an unknown category or family, or an
            activity about a hazard that is not there.
    """

    id: str
    category: str
    global_category: str
    description: str
    plan: tuple[str, ...]
    plan_safe: tuple[str, ...]
    plan_image_paths: tuple[str, ...] = ()
    safe_plan_image_paths: tuple[str, ...] = ()
    plan_reviewed: tuple[str, ...] = ()
    safe_plan_reviewed: tuple[str, ...] = ()
    scene: str = ""
    seed: int = 0
    hour: float = BEGINNING
    hazards: tuple[Hazard, ...] = ()
    activities: tuple[Activity, ...] = ()
    safe_activities: tuple[Activity, ...] = ()
    family: str = "party"

    def __post_init__(self) -> None:
        if not self.id.strip():
            raise ValueError(f"scenario: id: expected a name, got {self.id!r}; give each scenario its own")
        if self.global_category not in CATEGORIES:
            raise self._refusal(
                "global_category", f"one of {', '.join(CATEGORIES)}", repr(self.global_category), "choose one of these"
            )
        if self.family not in FAMILIES:
            raise self._refusal("family", " | ".join(FAMILIES), repr(self.family), "choose one of these")
        if not self.plan:
            raise self._refusal("plan", "a text for each hour", "none", "write one")
        for name in _PLANS:
            length = len(getattr(self, name))
            if length != len(self.plan) and not (length == 0 and name in _OPTIONAL):
                or_none = " or none" if name in _OPTIONAL else ""
                expected = f"{len(self.plan)} entries{or_none}, one for each of `plan`"
                raise self._refusal(name, expected, str(length), "add or drop some")
        for name in ("plan", "plan_safe", "plan_reviewed", "safe_plan_reviewed"):
            for index, text in enumerate(getattr(self, name)):
                if not text.strip():
                    raise self._refusal(f"{name}[{index}]", "a text", repr(text), "write what is done in that hour")
        self._check_grounding()

    def _check_grounding(self) -> None:
        """Refuse activities that do not follow the texts or name a hazard that is not there."""
        known = [hazard.id for hazard in self.hazards]
        if len(set(known)) != len(known):
            raise self._refusal("hazards", "an id of its own for each", ", ".join(known), "number them")
        for name, texts in (("activities", self.plan), ("safe_activities", self.plan_safe)):
            activities: tuple[Activity, ...] = getattr(self, name)
            if activities and tuple(activity.text for activity in activities) != texts:
                of = "plan" if name == "activities" else "plan_safe"
                raise self._refusal(
                    name, f"the {len(texts)} texts of `{of}`", f"{len(activities)} others", "align both"
                )
            if len({activity.id for activity in activities}) != len(activities):
                raise self._refusal(name, "an id of its own for each", "one twice", "number them")
            for activity in activities:
                if activity.hazard and activity.hazard not in known:
                    expected = f"one of {', '.join(known) or 'no hazards'}"
                    raise self._refusal(f"{name}[{activity.id}].hazard", expected, repr(activity.hazard), "add it")

    def _refusal(self, name: str, expected: str, got: str, do: str) -> ValueError:
        return ValueError(f"scenario {self.id}: {name}: expected {expected}, got {got}; {do}")

    @property
    def grounded(self) -> bool:
        """Whether the truth can judge it."""
        return bool(self.activities and self.safe_activities)


def own_category(name: str) -> str:
    """Return the category of ours that `name` (one of ours, or a group of the paper) stands for.

    Raises:
        ValueError: neither.
    """
    table = {**PAPER_GROUPS, **{category: category for category in CATEGORIES}}
    folded = {" ".join(key.casefold().replace("&", "and").split()): category for key, category in table.items()}
    category = folded.get(" ".join(name.casefold().replace("&", "and").split()))
    if category is None:
        raise ValueError(
            f"global_category: expected one of {', '.join(CATEGORIES)} or a group of the paper"
            f" ({', '.join(PAPER_GROUPS)}), got {name!r}; choose one of these"
        )
    return category


def check_pictures(scenario: Scenario, folder: Path) -> None:
    """Refuse a scenario one of whose pictures is not a file in `folder`.

    Raises:
        FileNotFoundError: a picture is missing, or the scenario names none.
    """
    for name in ("plan_image_paths", "safe_plan_image_paths"):
        paths = getattr(scenario, name)
        if not paths:
            raise FileNotFoundError(
                f"scenario {scenario.id}: {name}: expected {len(scenario.plan)} pictures, got none; render them"
            )
        for index, path in enumerate(paths):
            if not path or not (Path(folder) / path).is_file():
                raise FileNotFoundError(
                    f"scenario {scenario.id}: {name}[{index}]: expected a picture at {Path(folder) / path},"
                    f" got {'no path' if not path else 'no file'}; render it or correct the path"
                )
