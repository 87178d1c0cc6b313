"""What a person needs: four satisfactions that fall with time, after AgentSociety (Piao et al., arXiv 2502.08691)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

DECAY: Mapping[str, float] = MappingProxyType({"hunger": 0.15, "energy": 0.08, "safety": 0.05, "social": 0.10})  # 1/h
THRESHOLDS: Mapping[str, float] = MappingProxyType({"hunger": 0.2, "energy": 0.2, "safety": 0.2, "social": 0.3})
NONE: Mapping[str, float] = MappingProxyType({})
NEEDS = tuple(DECAY)  # the most basic first, as in Maslow's order


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """How far the needs of a person are satisfied, each from 0 (not at all) to 1.

    Raises:
        ValueError: a satisfaction out of [0, 1].
    """

    hunger: float = 1.0
    energy: float = 1.0
    safety: float = 1.0
    social: float = 1.0

    def __post_init__(self) -> None:
        for name in NEEDS:
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"needs.{name}: expected a satisfaction from 0 to 1, got {getattr(self, name)}")

    def after(self, hours: float, *, pace: Mapping[str, float] = NONE, gains: Mapping[str, float] = NONE) -> Needs:
        """Return the needs `hours` later.

        Args:
            hours: simulated, not negative.
            pace: need -> factor on its decay, 1 where not named.
            gains: need -> what is added to it in an hour.

        Raises:
            ValueError: negative hours.
        """
        if not hours >= 0.0:
            raise ValueError(f"hours: expected 0 or more, got {hours}; needs change only as time passes")
        rates = {name: gains.get(name, 0.0) - DECAY[name] * pace.get(name, 1.0) for name in NEEDS}
        return self.satisfied({name: rate * hours for name, rate in rates.items()})

    def satisfied(self, gains: Mapping[str, float]) -> Needs:
        """Return the needs after each of `gains` (need -> what is added) was added, at most 1 and at least 0."""
        return replace(self, **{name: min(1.0, max(0.0, getattr(self, name) + gain)) for name, gain in gains.items()})

    def unmet(self) -> tuple[str, ...]:
        """Return the needs below their thresholds, the most basic first."""
        return tuple(name for name in NEEDS if getattr(self, name) < THRESHOLDS[name])

    def time_left(self, name: str) -> float:
        """Return the hours after which a need falls to its threshold, 0 if it is there already."""
        return max(0.0, (float(getattr(self, name)) - THRESHOLDS[name]) / DECAY[name])
