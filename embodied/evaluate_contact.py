"""`embodied evaluate motion task=contact_check`: guided and composed meetings beside real pairs before depth cameras.

Nothing was learned from these recordings, of SBU Kinect Interaction and of handshakes by Bütepage et al.; they are
noisy, so that the spread of the real ones belongs to every number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from embodied.seeding import stream
from embodied.statistics import bootstrap_mean
from motion.body import BODIES, load_body
from motion.kinect_pairs import KinectPair, contact_profile, kinect_pair_of, read_kth_handshakes, read_sbu
from motion.meeting import meet
from motion.pairs import PairSample

# The meeting, what SBU calls it, and of which kind pairs are composed that do the same.
ACTIONS: Mapping[str, tuple[str, str | None]] = {
    "handshake": ("shaking hands", None), "hug": ("hugging", None), "exchange": ("exchanging objects", None),
    "approach": ("approaching", "come"), "depart": ("departing", "part"),
}  # fmt: skip
MADE = 20  # guided meetings of each
SPREAD = 5.0, 95.0  # percentiles of real pairs, between which most are


def contact_rows(data: Path, composed: Sequence[PairSample], seed: int) -> list[dict[str, Any]]:
    """Return a row for each meeting and how it was made: means with intervals, and the spread of real ones.

    Args:
        data: the folder of the recordings. composed: pairs of the held-out part.

    Raises:
        FileNotFoundError: a file is missing.
    """
    sbu, bodies = read_sbu(data), [name for name in BODIES if not load_body(name).aid and load_body(name).age >= 18]
    rows = []
    for number, (action, (label, kind)) in enumerate(ACTIONS.items()):
        made = []
        for row in range(MADE):
            rng = stream(seed, "motion", 6, number, row)
            first, second = (load_body(str(name)) for name in rng.choice(bodies, 2, replace=False))
            made.append(kinect_pair_of(meet(action, (first, second), rng), action))
        sets: dict[str, Sequence[KinectPair]] = {"real": [pair for pair in sbu if pair.action == label]}
        if action == "handshake":
            sets["real_kth"] = read_kth_handshakes(data)
        sets["guided"] = made
        if kind is not None:
            sets["composed"] = [kinect_pair_of(one.pair, action) for one in composed if one.name == kind]
        for model, pairs in sets.items():
            profiles = [contact_profile(pair) for pair in pairs]
            metrics: dict[str, dict[str, float]] = {}
            for name in profiles[0] if profiles else ():
                values = np.array([profile[name] for profile in profiles])
                values = values[np.isfinite(values)]
                if not len(values):
                    continue
                ends = bootstrap_mean(values, stream(seed, "statistics")) or (float("nan"),) * 2
                metrics[name] = {"value": float(values.mean())}
                if np.isfinite(ends).all():
                    metrics[name] |= {"lo": ends[0], "hi": ends[1]}
                for word, share in zip(("least", "most"), SPREAD, strict=True):
                    metrics[f"{name}_{word}"] = {"value": float(np.percentile(values, share))}
            if metrics:
                rows.append({
                    "task": "contact_check", "action": action, "model": model, "n": len(profiles), "metrics": metrics,
                })  # fmt: skip
    return rows
