"""MetaUrban's social navigation score and cumulative cost.

W. Wu et al., MetaUrban, ICLR 2025 (metadriverse/metaurban): SNS = 1 - (steps in collision) / T; each such step costs 1.
Its code counts a crash with a vehicle twice, so that SNS may fall below 0. A touch of a thing is a clearance below 0.
"""

from __future__ import annotations

import numpy as np

from safety.report import BoolArray, Tracks


def measure_metaurban(tracks: Tracks, vehicles: BoolArray | None = None) -> dict[str, float]:
    """Return `sns` and `cumulative_cost`, NaN without samples; `vehicles` (T,) where a vehicle was touched."""
    if len(tracks.times) == 0:
        return {"sns": np.nan, "cumulative_cost": np.nan}
    touched: BoolArray = np.any(tracks.contacts, axis=1)
    if tracks.clearance is not None:
        touched = touched | (np.nan_to_num(tracks.clearance, nan=np.inf) < 0)
    cost, bad = int(touched.sum()), int(touched.sum())
    if vehicles is not None:
        cost, bad = cost + int(vehicles.sum()), bad + 2 * int(vehicles.sum())
    return {"sns": 1.0 - bad / len(tracks.times), "cumulative_cost": float(cost)}
