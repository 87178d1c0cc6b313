"""`embodied train WHAT key=value …`: fit what is learned from data."""

from __future__ import annotations

from collections.abc import Sequence

from embodied.arguments import Kinds, dispatch

KINDS: Kinds = {
    "crowd": ("embodied.train_crowd", "who comes and how they walk, from recordings"),
    "motion": ("embodied.train_motion", "how bodies move, from recordings"),
    "comfort": ("embodied.train_comfort", "comfort of a robot among people, from rated scenes"),
    "hazards": ("embodied.train_hazards", "dangerous things in pictures, from renders of our scenes"),
    "text_reviewer": ("embodied.train_text", "which activities are unsafe, from one line of words"),
}


def run(arguments: Sequence[str]) -> int:
    """Run the verb and return its exit code.

    Raises:
        ValueError: no such kind, or bad input.
    """
    return dispatch("train", KINDS, arguments)
