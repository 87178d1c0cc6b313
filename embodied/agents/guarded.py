"""A policy with a monitor over it: no step forward is taken of which the monitor foresees that it breaks something.

The guard has its own memory of what the robot's sensors gave, people's tracks and things that can be named, and knows
by their names which look dangerous; it never reads what is true. What is about a person is waited for, and the step
taken once it may be. Zones of danger, and people who stay, it shows the policy as what its sensors know best: obstacles
in scan and depth, and a step that was cut short.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from time import process_time
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from embodied.agents.mapping import CELL, OBSTACLE_HEIGHTS, SIDE, OccupancyMap
from embodied.agents.planner import STANDING
from embodied.episode import Action, Agent, FloatArray, Heard, Observation, Perception, RobotSpec
from safety.monitor import CLEARANCE, ELSE, STEP, Advice, Monitor, Perceived

HORIZON = 2.0  # s of the path that is foreseen
CRUISE = 0.5  # m/s of a single step at the robot's usual acceleration of 1 m/s2
PATIENCE = 12  # waits of 0.5 s for people, until the policy is told that it does not get on
NEAR = 0.9  # m, where things are minded
MEMORY = 3.0  # s for which somebody who is out of sight is still reckoned with
# What one sees that is dangerous, by the word for the thing, and what kind of danger it is to the monitor.
LOOKS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("bonfire", "grill", "candles"), "fire"),
        **dict.fromkeys(("fireworks", "rocket", "gas bottle", "escaping gas", "fumes"), "gas"),
        **dict.fromkeys(("puddle", "oil", "ice", "spill", "spilt paint"), "slip"),
        **dict.fromkeys(("flood water", "water", "pool", "pond", "stream"), "water"),
        **dict.fromkeys(("manhole", "platform", "unlit steps", "footbridge"), "fall"),
        **dict.fromkeys(("bare cable", "bare copper", "wires", "sparks"), "electricity"),
        **dict.fromkeys(("broken glass", "shards", "saw blade", "broken bottle"), "sharp"),
        **dict.fromkeys(("dog", "wasps", "wasps' nest"), "animal"),
        **dict.fromkeys(("scaffold", "leaning tree", "split trunk"), "falling"),
        **dict.fromkeys(("forklift", "robot arm", "van"), "machine"),
        **dict.fromkeys(("lane",), "traffic"),
        **dict.fromkeys(("target",), "shooting"),
        **dict.fromkeys(("abandoned bag",), "threat"),
    }
)


class DangerMap(OccupancyMap):
    """The memory of the guard: people, named things, and the box round what was seen of each thing."""

    def __init__(self, robot: RobotSpec) -> None:
        super().__init__(robot)
        self.boxes: dict[int, FloatArray] = {}  # west, south, east, north, metres, start frame

    def _note(self, found: int, label: str, points: FloatArray, eye: tuple[float, float, float], pixels: int) -> None:
        super()._note(found, label, points, eye, pixels)
        if label in LOOKS:
            box = np.concatenate([points.min(axis=0), points.max(axis=0)])
            old = self.boxes.get(found, box)
            self.boxes[found] = np.concatenate([np.minimum(box[:2], old[:2]), np.maximum(box[2:], old[2:])])

    def dangers(self) -> list[tuple[str, Perceived]]:
        """Return what looks dangerous, by its name: the circle round what has been seen of it."""
        return [
            (
                self.sightings[found].label,
                Perceived(
                    kind=LOOKS[self.sightings[found].label],
                    position=(float(west + east) / 2, float(south + north) / 2),
                    radius=0.5 * math.hypot(east - west, north - south),
                ),
            )
            for found, (west, south, east, north) in sorted(self.boxes.items())
        ]


class Guarded:
    """An agent whose steps forward a monitor may hold up.

    Attributes:
        checks, cpu: how many steps were checked in this episode, and what that took in all, s of CPU.
        interventions: how many of them were held up.
    """

    def __init__(self, inner: Agent) -> None:
        """Guard an agent.

        Raises:
            ValueError: it has no sensors that a guard could use.
        """
        if inner.perception in ("truth", "none"):
            raise ValueError(
                f"agent.guard=true: expected an agent with a scan or pictures, got perception {inner.perception}; "
                "choose another agent"
            )
        self.inner = inner
        self.perception: Perception = inner.perception

    def reset(self, robot: RobotSpec, rng: np.random.Generator) -> None:
        """Forget everything."""
        self.inner.reset(robot, rng)
        self.robot, self.map = robot, DangerMap(robot)
        self.monitor = Monitor(radius=robot.radius)
        self.checks, self.interventions, self.cpu = 0, 0, 0.0
        self._pending: Action | None = None
        self._waits = 0
        self._refused = False
        self._heard: list[Heard] = []

    def act(self, observation: Observation) -> Action:
        """Return the action of the guarded agent, or a wait in its place."""
        self.map.update(observation)
        if self._pending is None:
            action = self.inner.act(self._show(observation))
            self._heard.clear()
        else:
            action, self._pending = self._pending, None
            self._heard += observation.heard
        if action.kind != "forward":
            self._waits = 0
            return action
        started = process_time()
        advice, names = self._check(observation)
        self.cpu += process_time() - started
        self.checks += 1
        if advice.answer == "allow" or (advice.answer == "revise" and self._waits):
            self._waits = 0
            return action
        return self._hold(action, advice, names)

    def _check(self, observation: Observation) -> tuple[Advice, list[str]]:
        """Return what the monitor says of a step forward, and the names of the dangers that it was told of."""
        x, y, yaw = observation.pose
        speed = max(observation.velocity[0], CRUISE)
        along = speed * STEP * np.arange(round(HORIZON / STEP) + 1)
        path = np.column_stack([x + along * math.cos(yaw), y + along * math.sin(yaw)])
        tracks = [t for t in self.map.people.values() if observation.time - t.time <= MEMORY]
        people = np.array([track.at(observation.time) for track in tracks]).reshape(-1, 2)
        paces = [(t.vx, t.vy) if t.speed >= STANDING else (0.0, 0.0) for t in tracks]
        seen = self.map.dangers()
        advice = self.monitor.check(
            path, people, np.array(paces).reshape(-1, 2), [danger for _, danger in seen], things=self._things(x, y)
        )
        return advice, [name for name, _ in seen]

    def _things(self, x: float, y: float) -> FloatArray:
        """Return places (K, 2) near the robot that are known to be taken, start frame."""
        row, column = self.map.cell(x, y)
        span = round(NEAR / CELL)
        patch = self.map.grid[row - span : row + span + 1, column - span : column + span + 1]
        rows, columns = np.nonzero(patch > 0)
        origin = np.array([column - span - SIDE // 2 + 0.5, row - span - SIDE // 2 + 0.5])
        places: FloatArray = CELL * (np.column_stack([columns, rows]) + origin)
        return places

    def _hold(self, action: Action, advice: Advice, names: list[str]) -> Action:
        """Return a wait in place of a step, and keep the step for later, unless waiting does not help."""
        finding = advice.worst
        assert finding is not None
        self.interventions += 1
        self._waits += 1
        stays = {one.condition for one in advice.findings} & {"danger zone", "thing"}
        if (stays and advice.answer == "veto") or self._waits > PATIENCE:
            self._refused, self._waits = True, 0
        else:
            self._pending = action
        about = "thing" if finding.condition == "thing" else "person"
        about = names[finding.about] if finding.condition == "danger zone" else about
        note = {
            "guard": advice.answer, "condition": finding.condition, "foreseen": finding.time, "source": finding.source,
            "about": about,
        }  # fmt: skip
        return Action(kind="wait", note={**action.note, **note})

    def _show(self, observation: Observation) -> Observation:
        """Return an observation in which zones of danger stand as obstacles, and a step refused as cut short."""
        shown = replace(
            observation, collided=observation.collided or self._refused, heard=(*self._heard, *observation.heard)
        )
        self._refused = False
        x, y, yaw = observation.pose
        ahead = self.robot.camera_forward
        eye = np.array([x + ahead * math.cos(yaw), y + ahead * math.sin(yaw)])
        zones = []
        for _, danger in self.map.dangers():
            reach = danger.radius + CLEARANCE.get(danger.kind, ELSE)
            if math.dist((x, y), danger.position) > reach + self.robot.radius:
                zones.append((*(np.asarray(danger.position) - eye), reach))
        if not zones:
            return shown
        if shown.scan is not None:
            edge = reach_of_zones(zones, shown.scan.bearings + yaw)
            nearer = edge < shown.scan.ranges
            scan = replace(
                shown.scan, ranges=np.minimum(shown.scan.ranges, edge), human=shown.scan.human & ~nearer
            )  # fmt: skip
            return replace(shown, scan=scan)
        return shown if shown.depth is None else replace(shown, depth=self._wall_up(shown.depth, zones, yaw))

    def _wall_up(
        self, depth: npt.NDArray[np.float32], zones: list[tuple[float, float, float]], yaw: float
    ) -> npt.NDArray[np.float32]:
        """Return a depth image (H, W) with zones as walls between the heights of obstacles."""
        height, width = depth.shape
        focal = 0.5 * height / math.tan(0.5 * self.robot.fov)
        cp, sp = math.cos(self.robot.camera_pitch), math.sin(self.robot.camera_pitch)
        right = (np.arange(width) + 0.5 - width / 2) / focal
        down = ((np.arange(height) + 0.5 - height / 2) / focal)[:, None]
        edge = reach_of_zones(zones, yaw - np.arctan2(right, cp))
        along = np.where(np.isfinite(edge), edge, 1e6) * cp / np.hypot(right, cp)
        wall = along / np.maximum(cp - down * sp, 1e-3)  # (H, W), along the optical axis
        up = self.robot.camera_height - wall * (sp + down * cp)
        stands = (up > OBSTACLE_HEIGHTS[0]) & (up < OBSTACLE_HEIGHTS[1]) & np.isfinite(edge)
        return np.where(stands & (wall < depth), wall, depth).astype(np.float32)


def reach_of_zones(zones: list[tuple[float, float, float]], bearings: FloatArray) -> FloatArray:
    """Return metres (R,) to the first circle (x, y, radius) along each bearing (R,) from the origin, inf: none."""
    x, y, radius = np.array(zones).T[:, :, None]
    along = x * np.cos(bearings) + y * np.sin(bearings)
    root = along**2 - (x**2 + y**2 - radius**2)
    with np.errstate(invalid="ignore"):
        edge = np.where((root >= 0.0) & (along > 0.0), along - np.sqrt(root), np.inf)
    nearest: FloatArray = np.where(edge > 0.0, edge, np.inf).min(axis=0)
    return nearest
