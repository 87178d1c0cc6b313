"""The monitor over what people decide: whether the way to where somebody wants to go leads through a danger it sees."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from embodied.episode import FloatArray
from embodied.person_senses import Danger
from safety.monitor import STEP, Monitor, Perceived

BODY, PACE = 0.25, 1.3  # m; m/s where no pace is decided
FARTHEST = 15.0  # m of the way that are looked at

NOBODY: FloatArray = np.zeros((0, 2))


class PeopleGuard:
    """Checks straight ways; what is not in view it does not know."""

    def __init__(self) -> None:
        self._monitor = Monitor(radius=BODY)

    def object(
        self, here: FloatArray, there: FloatArray, speed: float | None, dangers: Sequence[Danger]
    ) -> Danger | None:
        """Return the first danger that the straight way from `here` to `there` (2,) comes into, None if none.

        Args:
            speed: m/s, None: the usual pace. dangers: those in view.
        """
        way = there - here
        length = float(np.hypot(*way))
        if not dangers or length < 1e-6:
            return None
        along = np.arange(0.0, min(length, FARTHEST) + 1e-9, (speed or PACE) * STEP)
        if len(along) < 2:
            return None
        path = here + along[:, None] * way / length
        perceived = [Perceived(kind="", position=one.position, radius=one.radius) for one in dangers]
        finding = self._monitor.check(path, NOBODY, NOBODY, perceived).worst
        return None if finding is None else dangers[finding.about]
