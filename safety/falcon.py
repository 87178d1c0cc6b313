"""Falcon's own definitions, with its key names.

Z. Gong et al., From Cognition to Precognition: A Future-Aware Framework for Social Navigation, ICRA 2025
(Zeying-Gong/Falcon; Social-HM3D, Social-MP3D). PSC is 1 without people, is measured from centre to centre, counts steps
instead of time and, unlike `measure_compliance`, goes by the first `human_num` people. The first touch ends the
episode. Distances are straight here, as with its `use_geo_distance: False`.
"""

from __future__ import annotations

import numpy as np

from safety.report import Tracks
from safety.social import centre_distances

PERSONAL_SPACE = 1.0  # m, centre to centre
STEP_LENGTH = 0.25 / 10  # m: the oracle's way per step


def measure_falcon(tracks: Tracks, human_num: int | None = None) -> dict[str, float]:
    """Return `psc` and `human_collision` (0 or 1) as Falcon counts them; `human_num` people count, or all.

    Its counter starts after the reset, so that the first sample is no step.
    """
    centres, contacts = centre_distances(tracks)[1:, :human_num], np.any(tracks.contacts[1:, :human_num], axis=1)
    collided = bool(contacts.any())
    steps = int(np.argmax(contacts)) + 1 if collided else len(centres)
    if centres.shape[1] == 0 or steps == 0:
        return {"psc": 1.0, "human_collision": float(collided)}
    compliant = ~np.any(centres[:steps] < PERSONAL_SPACE, axis=1)
    return {"psc": float(compliant.mean()), "human_collision": float(collided)}


def measure_stl(success: bool, geodesic_distance: float, steps: int) -> float:
    """Return Falcon's success weighted by time: its oracle walks STEP_LENGTH metres a step, whatever the robot can."""
    oracle = max(geodesic_distance / STEP_LENGTH, 1e-6)
    return float(success) * oracle / max(oracle, steps)


def challenge_score(sr: float, spl: float, psc: float) -> float:
    """Return the total of the RoboSense / IROS social navigation challenge: 0.4 SR + 0.3 SPL + 0.3 PSC."""
    return 0.4 * sr + 0.3 * spl + 0.3 * psc
