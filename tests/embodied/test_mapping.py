"""Occupancy grid, planner and explorer against a flat world drawn by ray casting in a few lines."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field

import numpy as np
import pytest

from embodied.agents.explorer import Explorer
from embodied.agents.mapping import CELL, OccupancyMap
from embodied.agents.never_ask import NeverAsk
from embodied.agents.planner import Navigator, assess, plan
from embodied.drive import wrap
from embodied.episode import Action, Observation, RobotSpec
from scenes.scene import PERSON_INSTANCE_BASE

SPEC = RobotSpec(
    radius=0.27, forward=0.25, turn=math.radians(15), camera_height=1.05, camera_forward=0.1, camera_pitch=0.0,
    fov=math.pi / 2, width=256, height=256, ask_distance=2.0, success_radius=3.0, max_time=240.0,
)  # fmt: skip


@dataclass
class FlatWorld:
    """Upright rectangles (x0, y0, x1, y1, bottom, top, instance) on flat ground, and a robot that cannot pass them."""

    walls: list[tuple[float, float, float, float, float, float, int]]
    labels: dict[int, str] = field(default_factory=dict)
    spec: RobotSpec = SPEC
    pose: tuple[float, float, float] = (0.0, 0.0, 0.0)
    step: int = 0
    touched: bool = False
    path: list[tuple[float, float]] = field(default_factory=list)

    def observe(self) -> Observation:
        spec, (x, y, yaw) = self.spec, self.pose
        focal = 0.5 * spec.height / math.tan(spec.fov / 2)
        eye = np.array([x + spec.camera_forward * math.cos(yaw), y + spec.camera_forward * math.sin(yaw)])
        right = (np.arange(spec.width) + 0.5 - spec.width / 2) / focal
        down = ((np.arange(spec.height) + 0.5 - spec.height / 2) / focal)[:, None]
        sin, cos = math.sin(spec.camera_pitch), math.cos(spec.camera_pitch)
        # per unit of depth: ahead, left, up in the body's frame
        ahead = np.broadcast_to(cos - down * sin, (spec.height, spec.width))
        left = np.broadcast_to(-right, (spec.height, spec.width))
        up = np.broadcast_to(-(sin + down * cos), (spec.height, spec.width))
        depth = np.where(up < 0, spec.camera_height / np.maximum(-up, 1e-9), np.inf)
        instance = np.where(np.isfinite(depth), 1, 0).astype(np.int32)
        dx = ahead * math.cos(yaw) - left * math.sin(yaw)
        dy = ahead * math.sin(yaw) + left * math.cos(yaw)
        for x0, y0, x1, y1, bottom, top, which in self.walls:
            ex, ey = x1 - x0, y1 - y0
            with np.errstate(divide="ignore", invalid="ignore"):
                cross = dx * ey - dy * ex
                t = ((x0 - eye[0]) * ey - (y0 - eye[1]) * ex) / cross
                s = ((x0 - eye[0]) * dy - (y0 - eye[1]) * dx) / cross
            z = spec.camera_height + t * up
            hit = (t > 0.02) & (s >= 0) & (s <= 1) & (z >= bottom) & (z <= top) & (t < depth)
            depth, instance = np.where(hit, t, depth), np.where(hit, which, instance)
        seen = {i: label for i, label in self.labels.items() if np.count_nonzero(instance == i) >= 64}
        return Observation(
            step=self.step, time=0.35 * self.step, instruction="Find the pharmacy.",
            pose=self.pose, velocity=(0.0, 0.0), collided=self.touched,
            depth=depth.astype(np.float32), instance=instance, labels=seen,
        )  # fmt: skip

    def act(self, action: Action) -> Observation:
        x, y, yaw = self.pose
        self.step += 1
        self.touched = False
        if action.kind in ("left", "right"):
            yaw = wrap(yaw + (self.spec.turn if action.kind == "left" else -self.spec.turn))
        if action.kind == "forward":
            nx, ny = x + self.spec.forward * math.cos(yaw), y + self.spec.forward * math.sin(yaw)
            self.touched = self.gap(nx, ny) < self.spec.radius
            if not self.touched:
                x, y = nx, ny
        self.pose = (x, y, yaw)
        self.path.append((x, y))
        return self.observe()

    def gap(self, x: float, y: float) -> float:
        best = math.inf
        for x0, y0, x1, y1, bottom, _, _ in self.walls:
            if bottom < 1.3:
                ex, ey = x1 - x0, y1 - y0
                t = min(max(((x - x0) * ex + (y - y0) * ey) / (ex * ex + ey * ey), 0.0), 1.0)
                best = min(best, math.hypot(x - x0 - t * ex, y - y0 - t * ey))
        return best


def room(x0: float, y0: float, x1: float, y1: float) -> list[tuple[float, float, float, float, float, float, int]]:
    corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    return [(*corners[i], *corners[(i + 1) % 4], 0.0, 4.0, 2) for i in range(4)]


def look_round(world: FlatWorld, memory: OccupancyMap) -> None:
    for _ in range(24):
        memory.update(world.act(Action(kind="left")))


def test_grid_shows_walls_and_floor() -> None:
    """After a look round in a room of 10 x 8 m the floor is free, the walls are where they are, nothing lies beyond."""
    world, memory = FlatWorld(room(-4, -3, 6, 5)), OccupancyMap(SPEC)
    look_round(world, memory)
    inside = [(x, y) for x in np.arange(-3.6, 5.6, 0.2) for y in np.arange(-2.6, 4.6, 0.2) if math.hypot(x, y) < 6]
    free = np.mean([memory.grid[memory.cell(x, y)] < 0 for x, y in inside])
    assert free > 0.99
    for x, y in [(6.0, 0.0), (-4.0, 1.0), (0.0, 5.0), (2.0, -3.0)]:
        row, column = memory.cell(x, y)
        assert memory.grid[row - 1 : row + 2, column - 1 : column + 2].max() > 0
    rows, columns = np.nonzero(memory.grid > 0)
    centres = (np.stack([columns, rows], axis=1) - memory.grid.shape[0] // 2 + 0.5) * CELL
    off = np.minimum.reduce(
        [abs(centres[:, 0] - 6), abs(centres[:, 0] + 4), abs(centres[:, 1] - 5), abs(centres[:, 1] + 3)]
    )
    assert off.max() < 1.5 * CELL
    known = (np.stack(np.nonzero(memory.grid)[::-1], axis=1) - memory.grid.shape[0] // 2 + 0.5) * CELL
    assert np.all(known[:, 0] < 6.3) and np.all(known[:, 0] > -4.3)


@pytest.mark.parametrize("pitch", [0.0, 0.2, -0.1])
def test_pitch_does_not_move_the_walls(pitch: float) -> None:
    spec = RobotSpec(**{name: getattr(SPEC, name) for name in SPEC.__slots__} | {"camera_pitch": pitch})
    world, memory = FlatWorld(room(-4, -4, 4, 4), spec=spec), OccupancyMap(spec)
    look_round(world, memory)
    columns = np.nonzero(memory.grid > 0)[1]
    assert abs((columns.max() - memory.grid.shape[0] // 2 + 0.5) * CELL - 4) < 1.5 * CELL


def test_heights_that_matter() -> None:
    """A kerb of 5 cm and a beam at 1.5 m are no obstacles; a bench of 45 cm is."""
    walls = [
        (3.0, -1.0, 3.0, 1.0, 0.0, 0.05, 5),
        (3.0, -1.0, 3.0, 1.0, 1.5, 1.7, 5),
        (0.0, 3.0, 1.0, 3.0, 0.0, 0.45, 6),
    ]
    world, memory = FlatWorld(walls), OccupancyMap(SPEC)
    look_round(world, memory)
    assert memory.grid[memory.cell(3.0, 0.1)] < 0
    row, column = memory.cell(0.5, 3.0)
    assert memory.grid[row - 1 : row + 1, column].max() > 0


def test_people_are_tracked_not_mapped() -> None:
    person = PERSON_INSTANCE_BASE + 3
    memory = OccupancyMap(SPEC)
    for step in range(8):
        x = 4.0 - 0.3 * step  # 1 m/s in steps of 0.3 s
        world = FlatWorld([(x, -0.25, x, 0.25, 0.0, 1.7, person)])
        observation = world.observe()
        memory.update(
            Observation(step=step, time=0.3 * step, instruction="", pose=observation.pose, velocity=(0, 0),
                        depth=observation.depth, instance=observation.instance)
        )  # fmt: skip
    assert memory.grid.max() <= 0
    track = memory.people[person]
    assert (track.x, track.y) == pytest.approx((x, 0.0), abs=0.05)
    assert track.vx == pytest.approx(-1.0, abs=0.15) and abs(track.vy) < 0.1


def test_sightings_have_place_and_normal() -> None:
    world = FlatWorld([*room(-4, -3, 6, 5), (5.95, 1.0, 5.95, 2.5, 2.0, 2.7, 9)], labels={9: "PHARMACY"})
    memory = OccupancyMap(SPEC)
    look_round(world, memory)
    sign = memory.sightings[9]
    assert sign.label == "PHARMACY"
    assert (sign.x, sign.y) == pytest.approx((5.95, 1.75), abs=0.1)
    assert abs(wrap(sign.normal - math.pi)) < 0.1


def test_plan_is_nearly_shortest() -> None:
    """Round a wall in the middle of a known room: within 12 % of the shortest way, and never through it."""
    memory = OccupancyMap(SPEC)
    size = memory.grid.shape[0] // 2
    memory.grid[size - 67 : size + 67, size - 67 : size + 67] = -5
    memory.grid[size - 67 : size + 27, size] = 10  # a wall at x = 0 from y = -10 to 4
    start, goal = (-5.0, 0.1), (5.0, 0.1)
    ground = assess(memory, [start, goal])
    way = plan(ground, start, goal)
    length = float(np.linalg.norm(np.diff(way, axis=0), axis=1).sum())
    shortest = 2 * math.hypot(5.0, 4.0 - 0.1 + SPEC.radius)
    assert shortest * 0.98 < length < shortest * 1.12
    assert math.dist(way[-1], goal) < 0.2
    assert all(memory.grid[memory.cell(x, y)] <= 0 for x, y in way)


def test_plan_to_a_walled_in_goal_ends_beside_it() -> None:
    memory = OccupancyMap(SPEC)
    size = memory.grid.shape[0] // 2
    memory.grid[size - 53 : size + 53, size - 53 : size + 53] = -5
    memory.grid[size - 7 : size + 8, size + 20 : size + 35] = 10
    way = plan(assess(memory, [(0.0, 0.0), (4.1, 0.1)]), (0.0, 0.0), (4.1, 0.1))
    assert 0.3 < math.dist(way[-1], (4.1, 0.1)) < 2.0


def drive(world: FlatWorld, target: tuple[float, float], steps: int = 200) -> tuple[OccupancyMap, bool]:
    memory = OccupancyMap(world.spec)
    navigator = Navigator(robot=world.spec, world=memory, rng=np.random.default_rng(0))
    observation = world.observe()
    for _ in range(steps):
        memory.update(observation)
        action = navigator.drive(observation, target, arrive=0.4)
        if action is None:
            return memory, True
        observation = world.act(action)
    return memory, False


def test_driving_through_a_door() -> None:
    """From one room into another by a door of 1.2 m, unknown at first; without touching anything."""
    walls = [*room(-3, -4, 9, 4), (3, -4, 3, 1.4, 0, 3, 2), (3, 2.6, 3, 4, 0, 3, 2)]
    world = FlatWorld(walls)
    _, arrived = drive(world, (6.0, -2.0))
    assert arrived and math.dist(world.path[-1], (6.0, -2.0)) < 0.5
    assert min(world.gap(x, y) for x, y in world.path) >= SPEC.radius
    length = sum(math.dist(a, b) for a, b in zip(world.path[:-1], world.path[1:], strict=True))
    assert length < 1.35 * (math.hypot(3.0, 1.4) + math.hypot(3.0, 3.4))


def test_driving_straight_is_smooth() -> None:
    world = FlatWorld(room(-3, -6, 16, 6))
    _, arrived = drive(world, (12.0, 3.0))
    assert arrived and world.step <= math.ceil(math.hypot(12, 3) / 0.25) + 4


def test_somebody_in_the_way_is_not_run_over() -> None:
    person = PERSON_INSTANCE_BASE + 1
    world = FlatWorld([*room(-3, -6, 16, 6), (5.0, -0.3, 5.0, 0.3, 0.0, 1.7, person), (4.8, 0, 5.2, 0, 0, 1.7, person)])
    _, arrived = drive(world, (10.0, 0.0))
    assert arrived
    assert min(math.dist(p, (5.0, 0.0)) for p in world.path) > 0.3 + SPEC.radius


def test_explorer_sees_a_whole_house() -> None:
    """Four rooms in a row joined by doors: in the end nothing reachable is unknown."""
    walls = room(-3, -3, 21, 3)
    for x, door in ((3, 2.0), (9, -2.0), (15, 1.5)):
        walls += [(x, -3, x, door - 0.7, 0, 3, 2), (x, door + 0.7, x, 3, 0, 3, 2)]
    world = FlatWorld(walls)
    memory, observation = OccupancyMap(SPEC), world.observe()
    explorer = Explorer(memory, Navigator(robot=SPEC, world=memory, rng=np.random.default_rng(0)))
    for _ in range(600):
        memory.update(observation)
        action = explorer.act(observation)
        if action is None:
            break
        observation = world.act(action)
    assert action is None
    assert np.count_nonzero(memory.grid < 0) * CELL**2 > 0.85 * 24 * 6  # the rest are cells of the walls


def test_never_ask_finds_a_sign_and_stops_before_it() -> None:
    walls = [*room(-3, -3, 15, 3), (6, -3, 6, 1.4, 0, 3, 2)]
    walls += [(14.95, -2.0, 14.95, -0.5, 2.0, 2.7, 9), (0.0, 2.95, 1.5, 2.95, 2.0, 2.7, 8)]
    world = FlatWorld(walls, labels={9: "PHARMACY", 8: "BAKERY"})
    agent = NeverAsk()
    agent.reset(SPEC, np.random.default_rng(0))
    observation, spent = world.observe(), []
    for _ in range(400):
        started = time.process_time()
        action = agent.act(observation)
        spent.append(time.process_time() - started)
        if action.kind == "stop":
            break
        observation = world.act(action)
    assert action.kind == "stop"
    assert math.dist(world.path[-1], (13.7, -1.25)) < 1.0
    assert min(world.gap(x, y) for x, y in world.path) >= SPEC.radius
    assert np.median(spent) < 0.015
