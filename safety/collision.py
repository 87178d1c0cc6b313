"""Touches of robot and people."""

from __future__ import annotations

import numpy as np

from safety.report import Tracks

DEBOUNCE = 0.5  # s; a person touched again sooner is still the same touch


def count_contacts(tracks: Tracks) -> int:
    """Count contact events: touches of one person that are more than DEBOUNCE apart."""
    count = 0
    for touched in tracks.contacts.T:
        times = tracks.times[touched]
        if len(times):
            count += 1 + int(np.sum(np.diff(times) > DEBOUNCE + 1e-9))
    return count
