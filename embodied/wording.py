"""Names of places in a sentence."""

from __future__ import annotations


def the(name: str) -> str:
    """Return a place's name with its article; what is numbered has none ("the bakery", "platform 3")."""
    return name if name[-1:].isdigit() else f"the {name}"
