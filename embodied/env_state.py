"""What an environment without pictures senses: ranges all round, and the people in sight.

Both are measured by rays of physics, so that nothing is drawn. The layout of people follows what agents for crowds read
(Chen et al., CrowdNav, ICRA 2019: relative position, velocity and radius, nearest first), in a fixed number of rows.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from embodied.world import World
from scenes.scene import PERSON_INSTANCE_BASE

BEAMS = 72  # rays, one every 5 degrees, the first straight ahead, then to the left
RANGE = 10.0  # m
HEIGHT = 0.4  # m above the ground: over kerbs, under table tops
PEOPLE = 10  # rows


def state_spaces() -> dict[str, spaces.Space[npt.NDArray[np.float32]]]:
    """Return the spaces of `ranges`, `people` and `people_mask`, see `sense_state`."""
    return {
        "ranges": spaces.Box(0.0, RANGE, (BEAMS,), np.float32),
        "people": spaces.Box(-np.inf, np.inf, (PEOPLE, 5), np.float32),
        "people_mask": spaces.Box(0.0, 1.0, (PEOPLE,), np.float32),
    }


def sense_state(world: World) -> dict[str, npt.NDArray[np.float32]]:
    """Return what the robot measures where it is.

    `ranges` (BEAMS,): metres from its middle to the nearest thing or person, at most RANGE. `people` (PEOPLE, 5): those
    within RANGE whom no wall hides, nearest first: x, y metres (x forward, y left) and velocity vx, vy m/s over the
    ground, both along the robot's axes, and radius, metres; rows that are not used are 0. `people_mask` (PEOPLE,): 1
    where a row is a person.
    """
    robot, crowd = world.robot, world.crowd
    eye = np.array([robot.x, robot.y, HEIGHT])
    gaps = crowd.positions - eye[:2]
    away = np.hypot(*gaps.T)
    near = np.flatnonzero((away < RANGE) & (away > 0.0))
    near = near[np.argsort(away[near], kind="stable")]
    angles = robot.yaw + np.arange(BEAMS) * (2 * math.pi / BEAMS)
    beams = np.column_stack([np.cos(angles), np.sin(angles)])
    ways = np.vstack([beams, gaps[near] / away[near, None]])
    rays = np.column_stack([ways, np.zeros(len(ways))])
    hits = world.backend.cast_rays(np.broadcast_to(eye, rays.shape), rays, max_distance=RANGE)
    seen = near[hits.instance[BEAMS:] == PERSON_INSTANCE_BASE + crowd.person_ids[near]][:PEOPLE]
    c, s = math.cos(robot.yaw), math.sin(robot.yaw)
    turn = np.array([[c, -s], [s, c]])  # rows times this: from the world's axes to the robot's
    people, mask = np.zeros((PEOPLE, 5), dtype=np.float32), np.zeros(PEOPLE, dtype=np.float32)
    people[: len(seen), :2] = gaps[seen] @ turn
    people[: len(seen), 2:4] = crowd.velocities[seen] @ turn
    people[: len(seen), 4] = crowd.radii[seen]
    mask[: len(seen)] = 1.0
    return {
        "ranges": np.minimum(hits.distance[:BEAMS], RANGE).astype(np.float32),
        "people": people,
        "people_mask": mask,
    }
