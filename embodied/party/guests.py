"""The five guests of a party, whose traits decide how they review their plans, and whom they talk to."""

from __future__ import annotations

from embodied.minds.persona import TRAITS, Persona

# Name -> traits that are out of the middle, on SAC's five levels; each leans another way.
GUESTS: dict[str, dict[str, int]] = {
    "Ana Reis": {"caution": 5, "boldness": 1, "helpfulness": 4},
    "Bruno Kern": {"boldness": 5, "caution": 2, "curiosity": 4},
    "Chen Li": {"sociability": 5, "helpfulness": 4},
    "Dora Vidal": {"hurry": 5, "patience": 1, "sociability": 2},
    "Emil Sand": {},
}


def guests() -> tuple[Persona, ...]:
    """Return the guests, ids 1 to 5, who are all friends."""
    ids = range(1, len(GUESTS) + 1)
    return tuple(
        Persona(
            id=number, name=name, age=30, gender="woman" if number % 2 else "man",
            traits=dict.fromkeys(TRAITS, 3) | traits,
            relationships={other: "friend" for other in ids if other != number},
        )
        for number, (name, traits) in enumerate(GUESTS.items(), 1)
    )  # fmt: skip
