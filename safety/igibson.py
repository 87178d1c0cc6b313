"""The personal space compliance of iGibson's social navigation challenge (2021, 2022), with its key name.

Li et al., iGibson 2.0, CoRL 2021. From memory of the challenge's page: steps with every pedestrian's centre at least
0.5 m from the robot's, by all steps.
"""

from __future__ import annotations

import numpy as np

from safety.report import Tracks
from safety.social import centre_distances

PERSONAL_SPACE = 0.5  # m, centre to centre


def measure_igibson(tracks: Tracks) -> dict[str, float]:
    """Return `psc` as iGibson's challenge counts it; 1 without people, NaN without samples."""
    distances = centre_distances(tracks)
    compliant = ~np.any(distances < PERSONAL_SPACE, axis=1)
    return {"psc": float(compliant.mean()) if len(compliant) else np.nan}
