"""What social metrics follow over time: the flags of a plan, and the spread of an item of information.

Both as in X-CASE (Vera et al., arXiv 2510.07709). An origin is who tells an item without having been told. Tellings of
one time have no order: whoever is told then may tell it on then.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from safety.social_events import Telling


@dataclass(slots=True, kw_only=True)
class Plan:
    """The flags of one plan: as they were at first, and as they are, by activity. `regressions`: safe to unsafe."""

    first: dict[int, bool] = field(default_factory=dict)
    now: dict[int, bool] = field(default_factory=dict)
    regressions: int = 0

    @property
    def unsafe(self) -> int:
        """How many activities are unsafe now."""
        return len(self.now) - sum(self.now.values())

    @property
    def conversion(self) -> float:
        """The share of activities unsafe at first that are safe now, NaN where there are none."""
        unsafe = [activity for activity, safe in self.first.items() if not safe]
        return sum(self.now[activity] for activity in unsafe) / len(unsafe) if unsafe else math.nan

    def judge(self, activity: int, safe: bool, *, before: bool | None, compat: bool) -> None:
        """Take a flag; `before`: what it was until now where it is known, None: as it is now."""
        if compat:
            self.first[activity], self.now[activity] = False, safe or self.now.get(activity, False)
            return
        if activity not in self.first:
            self.first[activity] = self.now[activity] = safe if before is None else before
        for flag in (safe,) if before is None else (before, safe):
            self.regressions += self.now[activity] and not flag
            self.now[activity] = flag


@dataclass(slots=True, kw_only=True)
class Cascade:
    """How an item has spread: s of the first telling, depth of all who know it (origins 0), whom each has told."""

    began: float
    depths: dict[int, int] = field(default_factory=dict)
    targets: dict[int, set[int]] = field(default_factory=dict)
    delays: list[float] = field(default_factory=list)  # s after the first telling, of later ones
    half_time: float | None = None

    @property
    def reached(self) -> set[int]:
        """Who was told without having been an origin."""
        return {person for person, depth in self.depths.items() if depth}

    def reach(self, people: frozenset[int]) -> float:
        """Return the share of the others among `people` who were told, NaN without others."""
        others = people - {person for person, depth in self.depths.items() if depth == 0}
        return len(self.reached & others) / len(others) if others else math.nan

    def spread(self, tellings: Sequence[Telling], *, compat: bool) -> None:
        """Take the tellings of one time, in whatever order they were made."""
        fresh = set[int]()
        left = list(tellings)
        while left:
            known = [one for one in left if one.source in self.depths]
            if not known:  # those begin whom nobody tells it; where they tell each other, all
                told = {one.target for one in left}
                origins = {one.source for one in left} - told or {one.source for one in left}
                self.depths.update(dict.fromkeys(origins, 0))
                continue
            depth = min(self.depths[one.source] for one in known)
            for one in (one for one in known if self.depths[one.source] == depth):
                if one.target not in self.depths:
                    self.depths[one.target] = depth + 1
                    fresh.add(one.target)
                self.targets.setdefault(one.source, set()).add(one.target)
                left.remove(one)
        time = tellings[0].time - self.began
        later = len(tellings) if compat else len(fresh)
        self.delays += [time] * (later if time > 0 else later - 1)
