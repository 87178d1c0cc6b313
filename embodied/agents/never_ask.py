"""Looks for the goal alone: explores until its sign can be read."""

from __future__ import annotations

from embodied.agents.seeker import Seeker


class NeverAsk(Seeker):
    """The baseline that talks to nobody."""
