"""What a robot remembers of where it has been: an occupancy grid, people and named things, from depth and odometry.

All positions are in the frame of the start pose (x forward, y left, metres), as the observation's pose.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numba
import numpy as np
import numpy.typing as npt

from embodied.drive import wrap
from embodied.episode import FloatArray, Observation, RobotSpec, Scan
from scenes.scene import PERSON_INSTANCE_BASE

CELL = 0.15  # m
SIDE = 1066  # cells: 160 m, the start in the middle
OBSTACLE_HEIGHTS = (0.1, 1.3)  # m above ground; what lies between stops the robot
OBSTACLE_RANGE = 14.0  # m, how far obstacles are entered
FREE_RANGE = 10.0  # m, how far ground counts as explored: from there most shop signs can be read
HIT, MISS, LIMIT = 6, 1, 12  # evidence of an obstacle, of free ground, and its bounds
FINE = 0.1  # m, cells of the outline of a sign
SPAN, ENOUGH = 1.2, 0.5  # s, over which a person's velocity is taken, and that tell whether it walks
ROW = 0.25  # m, how thick a row of such cells may be
PERSON_PIXELS = 12  # fewer say nothing about where a person is


@dataclass(slots=True)
class PersonTrack:
    """A person as last seen.

    Attributes:
        x, y: position, metres. vx, vy: velocity, m/s. time: when it was seen, seconds.
        spots: (time, x, y) of the last SPAN seconds; the velocity is that between the first and the last of them.
    """

    x: float
    y: float
    time: float
    vx: float = 0.0
    vy: float = 0.0
    spots: list[tuple[float, float, float]] = field(default_factory=list)

    @property
    def speed(self) -> float:
        return math.hypot(self.vx, self.vy)

    @property
    def known(self) -> bool:
        """Whether it was seen long enough to tell whether it walks."""
        return self.spots[-1][0] - self.spots[0][0] >= ENOUGH

    def see(self, time: float, x: float, y: float) -> None:
        """Take in a new sight."""
        self.spots = [spot for spot in self.spots if time - spot[0] <= SPAN and spot[0] < time]
        self.spots.append((time, x, y))
        t0, x0, y0 = self.spots[0]
        dt = time - t0
        self.vx, self.vy = ((x - x0) / dt, (y - y0) / dt) if dt >= 0.2 else (0.0, 0.0)
        self.x, self.y, self.time = x, y, time

    def at(self, time: float) -> tuple[float, float]:
        """Return where the person is likely to be, at most 2 s beyond the last sight."""
        dt = min(max(time - self.time, 0.0), 2.0)
        return self.x + self.vx * dt, self.y + self.vy * dt


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A labelled thing.

    Attributes:
        label: as read or named. x, y: its middle.
        normal: of a sign, towards where it was seen from, as an angle; NaN: not known.
        width: of a sign, metres seen so far. pixels: of the largest view.
    """

    label: str
    x: float
    y: float
    normal: float
    width: float
    pixels: int


@numba.njit(cache=True)  # type: ignore[untyped-decorator, unused-ignore]
def _integrate_scan(
    grid: npt.NDArray[np.int8],
    bearings: FloatArray,
    ranges: FloatArray,
    people: npt.NDArray[np.bool_],
    eye: tuple[float, float, float],
) -> None:
    """Enter one scan, bearings relative to the yaw of `eye` (x, y, yaw)."""
    x0, y0, yaw = eye
    for r in range(len(bearings)):
        c, s = math.cos(yaw + bearings[r]), math.sin(yaw + bearings[r])
        for i in range(int((min(ranges[r], FREE_RANGE + CELL) - CELL) / (0.5 * CELL))):
            along = (i + 1) * 0.5 * CELL
            row = math.floor((y0 + along * s) / CELL) + SIDE // 2
            column = math.floor((x0 + along * c) / CELL) + SIDE // 2
            if not (0 <= row < SIDE and 0 <= column < SIDE):
                break
            grid[row, column] = max(grid[row, column] - MISS, -LIMIT)
    for r in range(len(bearings)):
        if people[r] or not ranges[r] < OBSTACLE_RANGE:
            continue
        row = math.floor((y0 + ranges[r] * math.sin(yaw + bearings[r])) / CELL) + SIDE // 2
        column = math.floor((x0 + ranges[r] * math.cos(yaw + bearings[r])) / CELL) + SIDE // 2
        if 0 <= row < SIDE and 0 <= column < SIDE:
            grid[row, column] = min(grid[row, column] + HIT, LIMIT)


@numba.njit(cache=True)  # type: ignore[untyped-decorator, unused-ignore]
def _integrate(
    grid: npt.NDArray[np.int8],
    depth: npt.NDArray[np.float32],
    people: npt.NDArray[np.bool_],
    eye: tuple[float, float, float, float, float],
    focal: float,
) -> None:
    """Enter one depth picture. `eye`: x, y, yaw, height, pitch of the camera."""
    height, width = depth.shape
    x0, y0, yaw, up0, pitch = eye
    cp, sp, cy, sy = math.cos(pitch), math.sin(pitch), math.cos(yaw), math.sin(yaw)
    low, high = OBSTACLE_HEIGHTS
    for u in range(width):
        right = (u + 0.5 - width / 2) / focal
        near, ground, first = OBSTACLE_RANGE, 0.0, math.inf
        for v in range(height):
            d = depth[v, u]
            if not d < 1e4:
                continue
            down = (v + 0.5 - height / 2) / focal
            along, left = d * (cp - down * sp), -right * d
            up = up0 - d * (sp + down * cp)
            r = math.hypot(along, left)
            if people[v, u]:
                near = min(near, r - 0.2)
            elif up < low:
                ground, first = max(ground, r), min(first, r)
            elif up < high:
                near = min(near, r)
        bearing = yaw - math.atan2(right, cp)
        reach = min(near - CELL, ground, FREE_RANGE)
        for i in range(int(reach / (0.5 * CELL))):
            r = (i + 1) * 0.5 * CELL
            row = math.floor((y0 + r * math.sin(bearing)) / CELL) + SIDE // 2
            column = math.floor((x0 + r * math.cos(bearing)) / CELL) + SIDE // 2
            if not (0 <= row < SIDE and 0 <= column < SIDE):
                break
            if r >= first or grid[row, column] == 0:  # nearer ground is below the picture: only a guess
                grid[row, column] = max(grid[row, column] - MISS, -LIMIT)
    for u in range(width):
        right = (u + 0.5 - width / 2) / focal
        for v in range(height):
            d = depth[v, u]
            if not d < OBSTACLE_RANGE or people[v, u]:
                continue
            down = (v + 0.5 - height / 2) / focal
            up = up0 - d * (sp + down * cp)
            if low <= up < high:
                along, left = d * (cp - down * sp), -right * d
                row = math.floor((y0 + along * sy + left * cy) / CELL) + SIDE // 2
                column = math.floor((x0 + along * cy - left * sy) / CELL) + SIDE // 2
                if 0 <= row < SIDE and 0 <= column < SIDE:
                    grid[row, column] = min(grid[row, column] + HIT, LIMIT)


class OccupancyMap:
    """The memory of one episode.

    Attributes:
        grid: (SIDE, SIDE) int8 evidence, row = y, column = x: above 0 occupied, below 0 free, 0 unknown.
        people: tracks by instance; people are never entered in the grid.
        sightings: labelled things by instance.
    """

    def __init__(self, robot: RobotSpec) -> None:
        self.robot = robot
        self.focal = 0.5 * robot.height / math.tan(0.5 * robot.fov)
        self.grid: npt.NDArray[np.int8] = np.zeros((SIDE, SIDE), dtype=np.int8)
        self.people: dict[int, PersonTrack] = {}
        self.sightings: dict[int, Sighting] = {}
        self._outlines: dict[int, set[tuple[int, int]]] = {}

    def update(self, observation: Observation) -> None:
        """Enter what one observation shows; without scan or pictures only the ground under the robot."""
        x, y, yaw = observation.pose
        self._clear(x, y)
        if observation.scan is not None:
            self._enter_scan(observation, observation.scan)
        if observation.depth is None:
            return
        instance = observation.instance if observation.instance is not None else _NOBODY
        people = np.broadcast_to(instance >= PERSON_INSTANCE_BASE, observation.depth.shape)
        forward = self.robot.camera_forward
        eye = (x + forward * math.cos(yaw), y + forward * math.sin(yaw), yaw)
        _integrate(
            self.grid,
            observation.depth,
            np.ascontiguousarray(people),
            (*eye, self.robot.camera_height, self.robot.camera_pitch),
            self.focal,
        )
        if observation.instance is not None:
            self._track(observation, eye)
            self._sight(observation, eye)

    def _enter_scan(self, observation: Observation, scan: Scan) -> None:
        """Enter a scan and what was detected beside it."""
        x, y, yaw = observation.pose
        c, s = math.cos(yaw), math.sin(yaw)
        forward = self.robot.camera_forward
        _integrate_scan(self.grid, scan.bearings, scan.ranges, scan.human, (x + forward * c, y + forward * s, yaw))
        for thing in observation.detections:
            points = thing.points[:, :2] @ np.array([[c, s], [-s, c]]) + (x, y)
            if thing.human:
                px, py = points[0].tolist()
                track = self.people.setdefault(thing.instance, PersonTrack(px, py, observation.time))
                track.see(observation.time, px, py)
            elif label := thing.label or (
                self.sightings[thing.instance].label if thing.instance in self.sightings else ""
            ):
                self._note(thing.instance, label, points, (x, y, yaw), thing.pixels)
        for person in [p for p, track in self.people.items() if self._looks_through(observation, track, scan)]:
            del self.people[person]

    def _looks_through(self, observation: Observation, track: PersonTrack, scan: Scan) -> bool:
        """Tell whether a beam passes where a person was last seen."""
        if track.time == observation.time:
            return False
        x, y, yaw = observation.pose
        forward = self.robot.camera_forward
        dx, dy = track.x - x - forward * math.cos(yaw), track.y - y - forward * math.sin(yaw)
        gap, bearing = math.hypot(dx, dy), wrap(math.atan2(dy, dx) - yaw)
        if gap < 0.5 or abs(bearing) > scan.bearings[0]:
            return False
        return bool(scan.ranges[int(np.abs(scan.bearings - bearing).argmin())] > gap + 0.8)

    def occupy(self, x: float, y: float) -> None:
        """Enter an obstacle that was felt, not seen."""
        row, column = self.cell(x, y)
        self.grid[row, column] = LIMIT

    def cell(self, x: float, y: float) -> tuple[int, int]:
        """Return (row, column) of a position, within the grid."""
        row, column = math.floor(y / CELL) + SIDE // 2, math.floor(x / CELL) + SIDE // 2
        return min(max(row, 0), SIDE - 1), min(max(column, 0), SIDE - 1)

    def points(
        self, observation: Observation, mask: npt.NDArray[np.bool_], eye: tuple[float, float, float]
    ) -> FloatArray:
        """Return (N, 3) positions of the masked pixels that have a depth, start frame, z above ground."""
        assert observation.depth is not None
        rows, columns = np.nonzero(mask)
        depth = observation.depth[rows, columns].astype(np.float64)
        keep = np.isfinite(depth)
        rows, columns, depth = rows[keep], columns[keep], depth[keep]
        right = (columns + 0.5 - mask.shape[1] / 2) / self.focal
        down = (rows + 0.5 - mask.shape[0] / 2) / self.focal
        cp, sp = math.cos(self.robot.camera_pitch), math.sin(self.robot.camera_pitch)
        along, left = depth * (cp - down * sp), -right * depth
        x, y, yaw = eye
        c, s = math.cos(yaw), math.sin(yaw)
        up = self.robot.camera_height - depth * (sp + down * cp)
        return np.column_stack([x + along * c - left * s, y + along * s + left * c, up])

    def _clear(self, x: float, y: float) -> None:
        """Where the robot stands there is no obstacle."""
        row, column = self.cell(x, y)
        patch = self.grid[row - 1 : row + 2, column - 1 : column + 2]
        np.minimum(patch, -1, out=patch)

    def _track(self, observation: Observation, eye: tuple[float, float, float]) -> None:
        assert observation.instance is not None
        ids, counts = np.unique(observation.instance[observation.instance >= PERSON_INSTANCE_BASE], return_counts=True)
        for person, count in zip(ids.tolist(), counts.tolist(), strict=True):
            if count < PERSON_PIXELS:
                continue
            points = self.points(observation, observation.instance == person, eye)
            if not len(points):
                continue
            x, y = np.median(points[:, :2], axis=0).tolist()
            self.people.setdefault(person, PersonTrack(x, y, observation.time)).see(observation.time, x, y)
        for person in [p for p, track in self.people.items() if self._has_left(observation, track, eye)]:
            del self.people[person]

    def _has_left(self, observation: Observation, track: PersonTrack, eye: tuple[float, float, float]) -> bool:
        """Tell whether one looks through where a person was last seen."""
        if track.time == observation.time or observation.depth is None:
            return False
        height, width = observation.depth.shape
        dx, dy = track.x - eye[0], track.y - eye[1]
        ahead = dx * math.cos(eye[2]) + dy * math.sin(eye[2])
        left = dy * math.cos(eye[2]) - dx * math.sin(eye[2])
        if ahead < 0.5:
            return False
        u = int(width / 2 - left / ahead * self.focal)
        v = int(height / 2 - math.tan(self.robot.camera_pitch) * self.focal)  # at the height of the camera
        return 0 <= u < width and 0 <= v < height and bool(observation.depth[v, u] > ahead + 0.8)

    def _sight(self, observation: Observation, eye: tuple[float, float, float]) -> None:
        """Note where labelled things are; what has been read once is known again at any size."""
        assert observation.instance is not None
        instance = observation.instance
        counts = np.bincount(instance[(instance >= 0) & (instance < PERSON_INSTANCE_BASE)], minlength=1)
        labels = {found: sighting.label for found, sighting in self.sightings.items()} | dict(observation.labels)
        for found, label in labels.items():
            if found >= len(counts) or counts[found] < 4:
                continue
            points = self.points(observation, instance == found, eye)[:, :2]
            if len(points) < 4:
                continue
            self._note(found, label, points, eye, len(points))

    def _note(self, found: int, label: str, points: FloatArray, eye: tuple[float, float, float], pixels: int) -> None:
        """Note a labelled thing by places (K, 2) on it."""
        if label.isupper():
            self._outline(found, label, points, eye, pixels)
        elif found not in self.sightings or self.sightings[found].pixels < pixels:
            x, y = np.median(points, axis=0).tolist()
            self.sightings[found] = Sighting(label=label, x=x, y=y, normal=math.nan, width=0.0, pixels=pixels)

    def _outline(
        self, found: int, label: str, points: FloatArray, eye: tuple[float, float, float], pixels: int
    ) -> None:
        """Add what is seen of a sign to what was seen before; middle, width and normal follow from all of it."""
        cells = self._outlines.setdefault(found, set())
        before = len(cells)
        cells.update(map(tuple, np.unique(np.round(points / FINE).astype(np.int64), axis=0).tolist()))
        old = self.sightings.get(found)
        if old is not None and len(cells) == before:
            return
        x, y, along, width = fullest_row(np.array(sorted(cells)) * FINE)
        normal = wrap(along + math.pi / 2)
        if abs(wrap(normal - math.atan2(eye[1] - y, eye[0] - x))) > math.pi / 2:
            normal = wrap(normal + math.pi)
        pixels = max(pixels, old.pixels if old is not None else 0)
        self.sightings[found] = Sighting(label=label, x=x, y=y, normal=normal, width=width, pixels=pixels)


@numba.njit(cache=True)  # type: ignore[untyped-decorator, unused-ignore]
def fullest_row(points: FloatArray) -> tuple[float, float, float, float]:
    """Return middle x, y, direction and length of the straight row that holds most of the points (N, 2), metres.

    The signs of a shop, one along its front and one across, are two rows seen from above.
    """
    most, best = 0, (points[:, 0].mean(), points[:, 1].mean(), 0.0, 0.0)
    for step in range(36):
        angle = step * math.pi / 36
        c, s = math.cos(angle), math.sin(angle)
        along, aside = points[:, 0] * c + points[:, 1] * s, points[:, 1] * c - points[:, 0] * s
        order = np.argsort(aside)
        for i in range(len(order)):
            low = high = along[order[i]]
            j = i
            while j < len(order) and aside[order[j]] <= aside[order[i]] + ROW:
                low, high = min(low, along[order[j]]), max(high, along[order[j]])
                j += 1
            if j - i > most:
                r, t = 0.5 * (low + high), 0.5 * (aside[order[i]] + aside[order[j - 1]])
                most, best = j - i, (r * c - t * s, r * s + t * c, angle, high - low)
    return best


_NOBODY: npt.NDArray[np.int32] = np.zeros((1, 1), dtype=np.int32)
