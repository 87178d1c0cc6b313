"""Groups of people that the robot disturbed: their shared space, and walking between them.

A. Kendon, Conducting Interaction, 1990, for the o-space that a group keeps free in its middle. It is taken as the disc
round the members' mean that reaches to the nearest member's body, at most O_SPACE wide (F. Setti et al., F-formation
discovery in static images, PLoS ONE 2015, whose members reach out less far). HuNavSim's centre, the mean of points
1.5 m before each member, is its variant in `hunavsim.py`. Members farther apart than SOCIAL_ZONE are not together.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import numpy.typing as npt

from safety.kinematics import time_mean
from safety.report import BoolArray, Tracks
from safety.social import SOCIAL_ZONE

O_SPACE = 1.5  # m, radius at most


def group_members(tracks: Tracks) -> list[npt.NDArray[np.intp]]:
    """Return the columns of the members of each group of two or more; none where groups are unknown."""
    if tracks.groups is None:
        return []
    columns = [np.flatnonzero(tracks.groups == group) for group in np.unique(tracks.groups) if group >= 0]
    return [members for members in columns if len(members) > 1]


def _intrusions(tracks: Tracks) -> BoolArray:
    """Return (T,) whether the robot's body was in any o-space."""
    inside = np.zeros(len(tracks.times), dtype=bool)
    for members in group_members(tracks):
        places = tracks.people[:, members]
        present = ~np.isnan(places[..., 0])
        count = present.sum(axis=1)
        centre = np.nansum(places, axis=1) / np.maximum(count, 1)[:, None]
        spans = np.hypot(places[..., 0] - centre[:, :1], places[..., 1] - centre[:, 1:])
        reach = np.min(np.where(present, spans - tracks.people_radii[members], np.inf), axis=1)
        widest = np.max(np.where(present, spans, 0.0), axis=1)
        near = np.linalg.norm(tracks.robot - centre, axis=1) - tracks.robot_radius < np.clip(reach, 0.0, O_SPACE)
        inside |= near & (reach > 0) & (count > 1) & (2 * widest < SOCIAL_ZONE)
    return inside


def measure_group_intrusion(tracks: Tracks) -> float:
    """Return the share of time with the robot's body in the o-space of a group; NaN where groups are unknown."""
    return np.nan if tracks.groups is None else time_mean(tracks.times, _intrusions(tracks))


def count_groups_crossed(tracks: Tracks) -> float:
    """Return between the members of how many groups, standing or walking, the robot's centre passed; NaN if unknown.

    It passes between two when, seen from both as they move, it changes from one side of the line through them to the
    other within the stretch that joins them.
    """
    if tracks.groups is None:
        return np.nan
    pairs = [
        (group, first, second)
        for group, members in enumerate(group_members(tracks))
        for first, second in combinations(members, 2)
    ]
    if not pairs:
        return 0.0
    groups, first, second = np.array(pairs).T
    start, end = tracks.people[:, first], tracks.people[:, second]
    joins_x, joins_y = end[..., 0] - start[..., 0], end[..., 1] - start[..., 1]
    robot_x, robot_y = tracks.robot[:, :1] - start[..., 0], tracks.robot[:, 1:] - start[..., 1]
    lengths = np.hypot(joins_x, joins_y)
    with np.errstate(divide="ignore", invalid="ignore"):
        side = (joins_x * robot_y - joins_y * robot_x) / lengths
        along = (joins_x * robot_x + joins_y * robot_y) / lengths**2
        share = side[:-1] / (side[:-1] - side[1:])
        place = along[:-1] + share * (along[1:] - along[:-1])
    turned = (side[:-1] * side[1:] < 0) | ((side[1:] == 0) & (side[:-1] != 0))
    crossed = np.any(turned & (place > 0) & (place < 1) & (lengths[1:] < SOCIAL_ZONE), axis=0)
    return float(len(np.unique(groups[crossed])))
