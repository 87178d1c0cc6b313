"""Touches of robot and people."""

from __future__ import annotations

import numpy as np

from safety.report import FloatArray, Tracks

DEBOUNCE = 0.5  # s; what is touched again sooner is still touched


def count_touches(times: FloatArray) -> int:
    """Return how many touches there were of something that was touched at these rising `times` (K,), seconds."""
    return int(len(times) > 0) + int(np.sum(np.diff(times) > DEBOUNCE + 1e-9))


def count_contacts(tracks: Tracks) -> int:
    """Return the number of touches of people; those of one person are more than DEBOUNCE apart."""
    return sum(count_touches(tracks.times[touched]) for touched in tracks.contacts.T)
