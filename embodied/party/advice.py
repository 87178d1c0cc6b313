"""What people commonly know of dangers: how far to keep off, what to do less of, and what to take along.

Our own common sense, written without the conditions and limits of the judge (`safety.conditions`), which nobody who is
scored reads. It errs: some distances are too short for the strongest of a kind, and some precautions are of no use.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

FEWER: Mapping[str, float] = MappingProxyType(
    {
        "minutes": 0.3, "people": 0.3, "load": 0.3, "speed": 0.5, "volume": 0.3, "hours": 0.4, "height": 0.3,
        "contact": 0.3, "adult": 0.1,
    }
)  # fmt: skip
MORE: Mapping[str, float] = MappingProxyType({"hand": 3.0, "view": 4.0})


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """About dangers of a category: `distance`, m to keep; `precautions` that people think of, likeliest first."""

    distance: float
    precautions: tuple[str, ...] = ()


ADVICE: Mapping[str, Advice] = MappingProxyType(
    {
        "fire and heat": Advice(distance=4.0, precautions=("oven gloves", "heat screen", "cooled down")),
        "fireworks": Advice(distance=12.0, precautions=("ear plugs",)),
        "crowding": Advice(distance=8.0, precautions=("second exit", "second gate")),
        "structure": Advice(distance=7.0, precautions=("braced", "held ladder")),
        "water": Advice(distance=4.0, precautions=("life jacket", "footbridge")),
        "food": Advice(distance=2.0, precautions=("fresh batch", "cook asked", "label read")),
        "drink": Advice(distance=2.0, precautions=("label read", "staff asked")),
        "sound": Advice(distance=9.0, precautions=("ear plugs", "ear defenders")),
        "animals": Advice(distance=5.5, precautions=("on a leash", "work gloves")),
        "tools": Advice(distance=2.0, precautions=("switched off", "held ladder", "push stick")),
        "traffic": Advice(distance=6.0, precautions=("lookout", "green light", "engine off", "traffic stopped")),
        "electricity": Advice(distance=1.5, precautions=("switched off", "work gloves")),
        "threat": Advice(distance=10.0),
        "misinformation": Advice(distance=2.0, precautions=("staff asked", "source checked", "plan checked")),
        "privacy": Advice(distance=6.0, precautions=("consent given", "lens covered")),
        "children": Advice(distance=3.0, precautions=("harness", "life jacket")),
        "heights": Advice(distance=2.0, precautions=("harness", "torch")),
        "slips and trips": Advice(distance=2.5, precautions=("grip shoes", "taped down", "mopped dry", "sand spread")),
        "weather": Advice(distance=6.0, precautions=("grit spread", "grip shoes")),
        "chemicals and air": Advice(distance=5.0, precautions=("valve closed", "windows open", "mask")),
        "glass and sharp things": Advice(distance=2.0, precautions=("sturdy shoes", "work gloves", "guided")),
        "sports and games": Advice(distance=4.0, precautions=("range closed", "lookout", "harness")),
        "machines": Advice(distance=5.0, precautions=("switched off", "engine off", "lookout")),
        "darkness": Advice(distance=3.0, precautions=("torch", "lamps on")),
    }
)
