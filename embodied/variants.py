"""Metrics as others define and name them, so that a number of ours can stand beside a number of theirs.

Each takes what `embodied.navigation` or `embodied.log` hold and returns a peer's keys. Where definitions differ from
ours, the docstring says so. `safety.measures.VARIANTS` has those of contact and comfort; `score_variant` joins the two.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from embodied.asking import find_asks
from embodied.log import EpisodeLog
from embodied.metrics import tracks_of, walk_of
from embodied.navigation import Walk, efficiency, ndtw, oracle_spl, resample, soft_spl
from safety import ha_vln, measures
from safety.collision import count_contacts
from safety.falcon import challenge_score, measure_falcon, measure_stl

Values = dict[str, float]
R2R_RADIUS = 3.0  # m, of R2R, RxR and NDH
RATES = frozenset(  # 0 or 1 in an episode
    {
        "success", "oracle_success", "IsSuccess", "OracleSuccess", "human_collision", "CR", "SR", "collision",
        "COLLISION_HUMAN", "completed", "has_found_human",
    }
)  # fmt: skip


def measure_habitat(walk: Walk) -> Values:
    """Return Habitat's navigation measures (habitat-lab 0.3, `nav.py`): a stop strictly inside the radius."""
    success = float(walk.success)
    return {
        "distance_to_goal": float(walk.distances[-1]),
        "success": success,
        "spl": success * efficiency(walk.shortest, walk.length),
        "soft_spl": soft_spl(float(walk.distances[-1]), walk.shortest, walk.length),
    }


def measure_r2r_ce(walk: Walk, shortest_in_file: float | None = None) -> Values:
    """Return the measures of VLN-CE (Krantz et al. 2020, `habitat_extensions/measures.py`).

    The radius is 3 m whatever the task's; positions and reference are taken as they are, the reference being the dense
    `locations` of the ground truth. SPL goes by the shortest way at the reset, oracle SPL by that of the episode file.
    VLN-CE's default nDTW is an approximation (fastdtw), which is never above ours.

    Args:
        walk: of an agent.
        shortest_in_file: metres, `info.geodesic_distance`; None: the same as at the reset.
    """
    walk = replace(walk, radius=R2R_RADIUS)
    in_file = walk.shortest if shortest_in_file is None else shortest_in_file
    values = {
        **measure_habitat(walk),
        "oracle_success": float(walk.distances.min() < R2R_RADIUS),
        "oracle_navigation_error": float(walk.distances.min()),
        "oracle_spl": oracle_spl(replace(walk, shortest=in_file)),
        "path_length": walk.length,
    }
    del values["soft_spl"]
    if walk.steps is not None:
        values["steps_taken"] = float(walk.steps)
    if walk.reference is not None:
        values["ndtw"] = ndtw(walk.positions, walk.reference, R2R_RADIUS)
        values["sdtw"] = values["success"] * values["ndtw"]
    return values


def measure_freeaskworld(walk: Walk, inquiries: int) -> Values:
    """Return the per-episode fields of FreeAskWorld (`tools/Metrics/metrics.py`) and its SPL.

    Its success radius is not published: ours stands in. Its table prints IsSuccess, OracleSuccess and SPL in percent,
    its code keeps fractions, and so do we; `as_percent` makes the table's numbers.
    """
    success = float(walk.success)
    return {
        "IsSuccess": success,
        "OracleSuccess": float(walk.distances.min() < walk.radius),
        "SPL": success * efficiency(walk.shortest, walk.length),
        "TrajectoryLength": walk.length,
        "NavigationError": float(walk.distances[-1]),
        "OracleNavigationError": float(walk.distances.min()),
        "AskwayNum": float(inquiries),
    }


def as_percent(values: Mapping[str, float]) -> Values:
    """Return FreeAskWorld's fields as its table prints them: IsSuccess, OracleSuccess and SPL in percent."""
    shares = ("IsSuccess", "OracleSuccess", "SPL")
    return {name: 100.0 * value if name in shares else value for name, value in values.items()}


def measure_ha_vln(walk: Walk, collisions: int, unavoidable: int = 0, beta: float = 1.0) -> Values:
    """Return one episode's share of HA-VLN's rates (Dong et al. 2025): means over episodes are TCR, CR, SR and NE.

    Args:
        walk: of an agent. collisions: with people. unavoidable: of these, from `collision_num_{split}.json`.
        beta: the share of instructions that people affect. The code computes it and never divides CR by it: 1.
    """
    counts = np.array([collisions]), np.array([unavoidable])
    return {
        "TCR": ha_vln.measure_tcr(*counts),
        "CR": ha_vln.measure_cr(*counts, beta),
        "SR": ha_vln.measure_success(np.array([walk.success]), *counts),
        "NE": float(walk.distances[-1]),
    }


def measure_ndh(walk: Walk) -> Values:
    """Return goal progress in metres (Thomason et al. 2019), at the end and at best, and success within 3 m.

    With a goal region `walk.distances` and `walk.shortest` are to its nearest node. No stop is asked for.
    """
    return {
        "goal_progress": walk.shortest - float(walk.distances[-1]),
        "oracle_goal_progress": walk.shortest - float(walk.distances.min()),
        "success": float(walk.distances[-1] < R2R_RADIUS),
        "oracle_success": float(walk.distances.min() < R2R_RADIUS),
        "path_length": walk.length,
    }


def divide_by_nodes(success: bool, player_path: Sequence[str]) -> float:
    """Return what NDH's files call `R2R_spl`: success by the number of nodes of the path. It is not SPL."""
    return float(success) / len(player_path) if player_path else 0.0


def _r2r_ce(log: EpisodeLog) -> Values:
    """VLN-CE has a position for each step of 0.25 m; a log of ours has ten a second and no actions."""
    walk = walk_of(log)
    values = measure_r2r_ce(replace(walk, reference=None, steps=None))
    if walk.reference is not None:
        values["ndtw"] = ndtw(resample(walk.positions), resample(walk.reference), R2R_RADIUS)
        values["sdtw"] = values["success"] * values["ndtw"]
    return values


def _falcon(log: EpisodeLog) -> Values:
    walk, tracks = walk_of(log), tracks_of(log)
    social = measure_falcon(tracks)
    spl = float(walk.success) * efficiency(walk.shortest, walk.length)
    return {
        **measure_habitat(walk),
        **social,
        "stl": measure_stl(walk.success, walk.shortest, len(tracks.times) - 1),
        "score": challenge_score(float(walk.success), spl, social["psc"]),
    }


VARIANTS: dict[str, Callable[[EpisodeLog], Values]] = {
    "habitat": lambda log: measure_habitat(walk_of(log)),
    "r2r_ce": _r2r_ce,
    "falcon": _falcon,
    "freeaskworld": lambda log: measure_freeaskworld(walk_of(log), len(find_asks(log))),
    "ha_vln": lambda log: measure_ha_vln(walk_of(log), count_contacts(tracks_of(log))),
    "ndh": lambda log: measure_ndh(walk_of(log)),
}
CHOICES = tuple(dict.fromkeys([*VARIANTS, *measures.VARIANTS]))


def score_variant(log: EpisodeLog, variant: str) -> Values:
    """Return the metrics of an episode as a peer defines them, under its names; without what is not defined.

    Raises:
        ValueError: no such variant, or the log has no reset, no end or no row of the robot.
    """
    if variant not in CHOICES:
        raise ValueError(f"variant={variant}: expected one of {', '.join(CHOICES)}")
    measure = VARIANTS.get(variant)
    values = measure(log) if measure else measures.VARIANTS[variant](tracks_of(log))
    return {name: value for name, value in values.items() if not math.isnan(value)}
