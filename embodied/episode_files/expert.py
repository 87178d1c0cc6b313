"""Actions of VLN-CE carried out and chosen, in free space: what `*_gt.json.gz` holds.

FORWARD goes 0.25 m, a turn is 15 degrees (RxR 30); the positions of the file are those after each FORWARD. Replaying
real files gives their `locations` back within about 2 cm, but where the agent slid along a wall.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from embodied.episode_files.contract import GroundTruth, Point

STOP, FORWARD, LEFT, RIGHT, UP, DOWN = range(6)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionSizes:
    """What an action does.

    Attributes:
        forward: metres. turn: radians.
    """

    forward: float = 0.25
    turn: float = math.radians(15)


R2R_SIZES = ActionSizes()
RXR_SIZES = ActionSizes(turn=math.radians(30))


def replay_actions(
    start: Point, yaw: float, actions: Sequence[int], sizes: ActionSizes = R2R_SIZES
) -> tuple[Point, ...]:
    """Return where an agent is at the start and after each FORWARD, (K, 3) metres, with nothing in its way.

    Raises:
        ValueError: an action is none of 0 to 5, or one follows a stop.
    """
    x, y, z = start
    places, stopped = [start], False
    for index, action in enumerate(actions):
        if action not in range(6) or stopped:
            raise ValueError(f"actions[{index}]: expected 0 to 5 and nothing after a stop (0), got {action}; cut them")
        stopped = action == STOP
        yaw += sizes.turn * ((action == LEFT) - (action == RIGHT))
        if action == FORWARD:
            x, y = x + sizes.forward * math.cos(yaw), y + sizes.forward * math.sin(yaw)
            places.append((x, y, z))
    return tuple(places)


def plan_actions(yaw: float, path: Sequence[Point], sizes: ActionSizes = R2R_SIZES) -> GroundTruth:
    """Return the actions along a path, corner by corner, each passed within half a step, and where they lead.

    Args:
        yaw: radians, heading at the start. path: (K, 3) metres, from the start; heights are not climbed.
        sizes: of the actions.

    Raises:
        ValueError: the path is empty.
    """
    if not path:
        raise ValueError("path: expected at least the start, got no points; give the reference path of the episode")
    (x, y, _), heading = path[0], yaw
    actions: list[int] = []
    for goal_x, goal_y, _ in path[1:]:
        while math.hypot(goal_x - x, goal_y - y) > 0.53 * sizes.forward:  # from there every step comes nearer
            off = math.remainder(math.atan2(goal_y - y, goal_x - x) - heading, 2 * math.pi)
            turns = round(off / sizes.turn)
            actions += [LEFT if turns > 0 else RIGHT] * abs(turns) + [FORWARD]
            heading += turns * sizes.turn
            x, y = x + sizes.forward * math.cos(heading), y + sizes.forward * math.sin(heading)
    actions.append(STOP)
    return GroundTruth(locations=replay_actions(path[0], yaw, actions, sizes), actions=tuple(actions))
