"""HA-VLN's collision rates, from counts.

Y. Dong et al., HA-VLN 2.0, 2025 (arXiv 2503.14229; F1y1113/HA-VLN, HASimulator/metric.py). c_i collisions happened in
episode i, b_i could not be avoided, n_i = max(0, c_i - b_i). The paper divides CR by β, the share of instructions that
people affect (1 - 1615/10819 train, 1 - 96/778 seen, 1 - 246/1839 unseen, 1 - 549/3408 test); the code computes β and
never does: leave `beta` at 1 for the code's number. The division itself is from memory.
"""

from __future__ import annotations

import numpy as np

from safety.report import BoolArray, IntArray

BETA = {"train": 1 - 1615 / 10819, "val_seen": 1 - 96 / 778, "val_unseen": 1 - 246 / 1839, "test": 1 - 549 / 3408}


def avoidable_collisions(collisions: IntArray, unavoidable: IntArray) -> IntArray:
    """Return n (N,) from c (N,) and b (N,).

    Raises:
        ValueError: the two differ in shape, are empty, or hold negative counts.
    """
    if collisions.shape != unavoidable.shape or collisions.ndim != 1 or len(collisions) == 0:
        raise ValueError(
            f"unavoidable: expected one count per episode as in collisions {collisions.shape}, got {unavoidable.shape};"
            " give both for the same episodes"
        )
    if np.any(collisions < 0) or np.any(unavoidable < 0):
        raise ValueError("collisions: expected counts of 0 or more, got a negative one; count again")
    counts: IntArray = np.maximum(collisions - unavoidable, 0)
    return counts


def measure_tcr(collisions: IntArray, unavoidable: IntArray) -> float:
    """Return the total collision rate: avoidable collisions per episode."""
    return float(avoidable_collisions(collisions, unavoidable).mean())


def measure_cr(collisions: IntArray, unavoidable: IntArray, beta: float = 1.0) -> float:
    """Return the collision rate: the share of episodes with an avoidable collision, by `beta`.

    Raises:
        ValueError: `beta` is not in (0, 1], or the counts are wrong.
    """
    if not 0 < beta <= 1:
        raise ValueError(f"beta: expected a share in (0, 1], got {beta}; take one of {sorted(BETA)}")
    return float(np.mean(avoidable_collisions(collisions, unavoidable) > 0)) / beta


def measure_success(successes: BoolArray, collisions: IntArray, unavoidable: IntArray) -> float:
    """Return SR: the share of episodes that succeeded without an avoidable collision."""
    return float(np.mean(successes & (avoidable_collisions(collisions, unavoidable) == 0)))
