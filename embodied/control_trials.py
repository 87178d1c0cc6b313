"""What a crowd does with and without a command: the runs behind `embodied evaluate crowd protocol=control`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely
from scipy.ndimage import label
from scipy.signal import fftconvolve
from shapely.geometry import MultiPolygon, Point, Polygon, box

from crowd.control import Controls
from crowd.evaluation import BODY, NOBODY, find_parties, true_arrivals
from crowd.ground import CLEARANCE, Ground
from crowd.models import CROWD_MODELS
from crowd.recordings import five_hz, read_recording
from crowd.site import extended
from crowd.trajectory import Arrival, CrowdModel, CrowdTrajectory, FloatArray, Order, Others
from embodied.place import Place, build_scene
from embodied.populate import draw_arrivals
from embodied.seeding import stream
from scenes.scene import Scene

DT = 0.1  # s, of a step
SHAPES = ("disc", "rectangle", "multi")
RADIUS, SIDES, SMALL = 2.0, (5.0, 2.5), 1.2  # m: of the disc, of the rectangle, radius of each of three discs
APART = 1.5  # m between the discs of `multi`
PASSAGE = 0.75  # m beside a region that count as taken when it is asked whether a way is left
ENDS = 1.0  # m from a region at least where somebody enters, leaves or stands
LEAST = 8.0  # s that people spend in a region, all of them together, without which nothing is judged there
CELL = 0.5  # m, of the raster on which people are counted
SHRINK, SMALLEST = 0.8, 0.15  # where no place is found, regions are made smaller, down to this share
UNJUDGED = 90_001  # key of the stream of the runs by which regions are placed; those judged count from 0
ROBOT, CLEAR = 0.3, 0.9  # m: radius; from the middle of somebody, where it starts
AROUND = 4.0  # m from a region where turning is measured
MOVES = 0.3  # m/s: slower people have no heading


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stage:
    """A place and who comes to it.

    Attributes:
        name: of the scene or the recording. walkable: metres. arrivals: of a run with some key.
        scene: None: a recorded place.
    """

    name: str
    walkable: Polygon | MultiPolygon
    arrivals: Callable[[int], tuple[Arrival, ...]]
    scene: Scene | None


@lru_cache(maxsize=6)
def stage_scene(name: str, seed: int, people: int, seconds: float, controls: Controls | None = None) -> Stage:
    """Return a scene that is built here, and arrivals drawn by rule."""
    scene = build_scene(Place(name=name, seed=0))

    def arrivals(key: int) -> tuple[Arrival, ...]:
        return draw_arrivals(scene, people, seconds, stream(seed, "crowd", 0, key), controls)

    return Stage(name=name, walkable=scene.walkable, arrivals=arrivals, scene=scene)


@lru_cache(maxsize=1)
def stage_recording(name: str, data: str) -> Stage:
    """Return a recorded place, and the arrivals that were recorded there, the same in every run."""
    recording = five_hz(read_recording(Path(data), name))
    found = true_arrivals(recording)
    times = recording.trajectory.times - recording.trajectory.times[0]
    parties = find_parties(found, float(times[1] - times[0]))
    people = tuple(
        Arrival(
            person_id=k, time=float(times[found.rows[k]]), origin=_pair(found.origins[k]), goal=_pair(found.goals[k]),
            desired_speed=max(float(found.speeds[k]), 0.05), radius=BODY, group=int(parties[k]),
        )
        for k in range(len(found.rows))
    )  # fmt: skip
    return Stage(name=name, walkable=extended(recording.site).walkable, arrivals=lambda key: people, scene=None)


def simulate(
    stage: Stage,
    model: str,
    controls: Controls,
    seconds: float,
    seed: int,
    key: int,
    robot: Callable[[int], Others] | None = None,
    orders: Callable[[int, npt.NDArray[np.int64]], dict[int, Order]] | None = None,
    arrivals: Sequence[Arrival] | None = None,
) -> CrowdTrajectory:
    """Run a model for `seconds` and return where everybody was, every DT seconds.

    Args:
        stage: where. model: a name. controls: what is asked. seed, key: of the stream of the model.
        robot: by step, who is among the people. orders: by step and ids of who is there. arrivals: other ones.
    """
    people = list(stage.arrivals(key) if arrivals is None else arrivals)
    people = [person for person in people if person.time <= seconds]
    ids = np.array(sorted(person.person_id for person in people), np.int64)
    crowd: CrowdModel = CROWD_MODELS[model](controls=controls)  # type: ignore[call-arg]
    times: FloatArray = DT * np.arange(round(seconds / DT) + 1, dtype=np.float64)
    positions = np.full((len(times), len(ids), 2), np.nan)
    state = crowd.reset(stage.walkable, people, stream(seed, "crowd", 2, key))
    positions[0, np.searchsorted(ids, state.person_ids)] = state.positions
    for step in range(1, len(times)):
        given = {} if orders is None else orders(step, state.person_ids)
        state = crowd.step(DT, NOBODY if robot is None else robot(step - 1), given)
        positions[step, np.searchsorted(ids, state.person_ids)] = state.positions
    return CrowdTrajectory(times=times, person_ids=ids, positions=positions, valid=~np.isnan(positions).any(axis=2))


# ---------------------------------------------------------------- regions


def disc(middle: FloatArray, radius: float) -> FloatArray:
    """Return a polygon (24, 2) that is nearly a disc."""
    angles = np.arange(24) * math.tau / 24
    return middle + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def place_regions(stage: Stage, shape: str, walked: CrowdTrajectory, arrivals: Sequence[Arrival]) -> list[FloatArray]:
    """Return the regions of a shape where most people walk, away from where they enter, leave or stand.

    All ways of `arrivals` stay possible, with a step to spare; where no place is found, regions are made smaller.

    Args:
        stage: where. shape: one of SHAPES. walked: a run by which it is placed.

    Raises:
        ValueError: not even the smallest has a place.
    """
    ground = Ground(stage.walkable)
    ends = np.array([place for a in arrivals for place in (a.origin, a.goal) if place is not None])
    # who is there from the start has no end there
    begun = [a.origin for a in arrivals if a.time <= 0.0 and a.goal is not None]
    ends = ends[[tuple(end) not in set(begun) for end in ends.tolist()]] if begun else ends
    share = 1.0
    while share > SMALLEST:
        regions = _place(ground, shape, share, walked.positions[walked.valid], ends, arrivals)
        if regions:
            return regions
        share *= SHRINK
    raise ValueError(
        f"{stage.name}: expected a place where people walk and none sets out or arrives for a {shape} that leaves "
        "every way open, found none; choose another"
    )


def _place(
    ground: Ground, shape: str, share: float, points: FloatArray, ends: FloatArray, arrivals: Sequence[Arrival]
) -> list[FloatArray]:
    """Return the regions of a shape at a `share` of its size, or none."""
    if shape == "rectangle":
        kinds = [share * np.array([[-a, -b], [a, -b], [a, b], [-a, b]]) / 2 for a, b in (SIDES, SIDES[::-1])]
    else:
        kinds = [disc(np.zeros(2), share * (RADIUS if shape == "disc" else SMALL))]
    low, high = points.min(axis=0) - 1.0, points.max(axis=0) + 1.0
    size = np.ceil((high - low) / CELL).astype(int)
    counts = np.zeros((size[1], size[0]))
    cells = np.floor((points - low) / CELL).astype(int)
    np.add.at(counts, (cells[:, 1], cells[:, 0]), 1.0)
    scored = []
    for kind in kinds:
        reach = np.abs(kind).max(axis=0)
        half = np.ceil(reach / CELL).astype(int)
        x, y = np.meshgrid(*(CELL * np.arange(-half[k], half[k] + 1) for k in (0, 1)))
        mask = shapely.contains_xy(Polygon(kind).buffer(1e-6), x, y).astype(float)
        busy = fftconvolve(counts, mask[::-1, ::-1], mode="same")
        scored += [
            (float(busy[r, c]), low + CELL * (np.array([c, r]) + 0.5), kind) for r, c in np.argwhere(DT * busy > LEAST)
        ]
    scored.sort(key=lambda entry: (-entry[0], *entry[1].tolist()))
    ends_off = share * ENDS
    count = 3 if shape == "multi" else 1
    chosen: list[FloatArray] = []
    refused = np.zeros((0, 2))
    for _, middle, kind in scored:
        if len(refused) and np.hypot(*(refused - middle).T).min() < 1.0:
            continue
        region = kind + middle
        polygon = Polygon(region)
        near = [Polygon(other).distance(polygon) for other in chosen]
        if min(near, default=np.inf) < APART:
            continue
        if not shapely.contains_xy(polygon.buffer(ends_off), ends).any() and _leaves_ways(
            ground, [*chosen, region], arrivals
        ):
            chosen.append(region)
            if len(chosen) == count:
                return chosen
        else:
            refused = np.vstack([refused, middle])
        if len(refused) > 200:
            break
    return []


def _leaves_ways(ground: Ground, regions: Sequence[FloatArray], arrivals: Sequence[Arrival]) -> bool:
    """Return whether everybody still gets from its origin to its goal."""
    coarse = ground.distance[::2, ::2] >= CLEARANCE
    taken = shapely.union_all([Polygon(region) for region in regions]).buffer(PASSAGE)
    rows, columns = np.indices(coarse.shape)
    nodes = ground.origin + 2 * ground.cell * np.stack([columns, rows], axis=-1)
    free = coarse & ~shapely.contains_xy(taken, nodes[..., 0], nodes[..., 1])
    parts, _ = label(free, np.ones((3, 3)))
    before, _ = label(coarse, np.ones((3, 3)))

    def part(points: list[tuple[float, float]], of: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        snapped = np.array([ground.snap(point) for point in points])
        at = np.rint((snapped - ground.origin) / (2 * ground.cell)).astype(int)
        return np.asarray(of[at[:, 1], at[:, 0]], np.int32)

    pairs = [(a.origin, a.goal) for a in arrivals if a.goal is not None]
    origins, goals = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    start, end = part(origins, parts), part(goals, parts)
    was = part(origins, before), part(goals, before)
    stays = (start == end) | (start == 0) | (was[0] != was[1])  # 0: on its way through at the start
    return bool((stays | (was[1] == 0)).all())


def person_seconds(walked: CrowdTrajectory, regions: Sequence[FloatArray]) -> float:
    """Return how long people were inside, all of them together."""
    union = shapely.union_all([Polygon(region) for region in regions])
    points = walked.positions[walked.valid]
    return DT * float(shapely.contains_xy(union, points).sum())


def turning(walked: CrowdTrajectory, regions: Sequence[FloatArray]) -> tuple[float, float]:
    """Return the sum of the turns, radians, of those who walk within AROUND of the regions, and the seconds of that."""
    steps = np.diff(walked.positions, axis=0)
    pace = np.hypot(steps[..., 0], steps[..., 1]) / DT
    heading = np.arctan2(steps[..., 1], steps[..., 0])
    turns = np.abs(np.angle(np.exp(1j * np.diff(heading, axis=0))))
    around = shapely.union_all([Polygon(region) for region in regions]).buffer(AROUND)
    near = shapely.contains_xy(around, walked.positions[1:-1, :, 0], walked.positions[1:-1, :, 1])
    counted = near & (pace[1:] > MOVES) & (pace[:-1] > MOVES)
    return float(turns[counted].sum()), DT * float(counted.sum())


def ways(walked: CrowdTrajectory) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Return metres walked by each (N,), and who came and was gone before the end (N,)."""
    steps = np.diff(walked.positions, axis=0)
    lengths = np.nansum(np.hypot(steps[..., 0], steps[..., 1]), axis=0)
    return lengths, walked.valid.any(axis=0) & ~walked.valid[-1]


# ---------------------------------------------------------------- robots


def robot_ride(
    stage: Stage, rng: np.random.Generator, arrivals: Sequence[Arrival], seconds: float, *, drives: bool
) -> tuple[FloatArray, FloatArray]:
    """Return positions and velocities (T, 2) of a robot on somebody's way: it stands, or drives straight against it.

    It minds nobody; before a wall it turns round.
    """
    ground = Ground(stage.walkable)
    walkers = [a for a in arrivals if a.goal is not None and math.dist(a.origin, a.goal) > 4.0]
    starting = np.array([a.origin for a in arrivals if a.time <= 0.0]).reshape(-1, 2)
    for _ in range(200):
        walker = walkers[int(rng.integers(len(walkers)))]
        path = ground.path(walker.origin, walker.goal)  # type: ignore[arg-type]
        at = int(rng.uniform(0.15, 0.85) * len(path))
        here, ahead = path[at], path[min(at + 3, len(path) - 1)] - path[at]
        room = ground.wall(here[None])[0][0] > ROBOT + 0.05
        if room and (not len(starting) or np.hypot(*(starting - here).T).min() > CLEAR):
            break
    else:
        raise ValueError(f"{stage.name}: expected room for a robot on people's ways, found none; choose another")
    count = round(seconds / DT) + 1
    positions, velocities = np.repeat(here[None], count, axis=0), np.zeros((count, 2))
    if not drives:
        return positions, velocities
    velocity = -rng.uniform(0.5, 1.0) * ahead / max(1e-9, float(np.hypot(*ahead)))
    for step in range(count):
        positions[step] = here
        if ground.wall((here + DT * velocity)[None])[0][0] < ROBOT + 0.02:
            velocity = -velocity
            if ground.wall((here + DT * velocity)[None])[0][0] < ROBOT + 0.02:
                velocity = 0.0 * velocity
        velocities[step] = velocity
        here = here + DT * velocity
    return positions, velocities


def overlaps(walked: CrowdTrajectory, positions: FloatArray, arrivals: Sequence[Arrival]) -> FloatArray:
    """Return metres (T, N) by which bodies overlap the robot; negative: apart; NaN: absent."""
    radius = {person.person_id: person.radius for person in arrivals}
    reach = np.array([radius[int(k)] for k in walked.person_ids]) + ROBOT
    offsets = walked.positions - positions[: len(walked.times), None]
    return np.asarray(reach - np.hypot(offsets[..., 0], offsets[..., 1]), np.float64)


def _pair(point: FloatArray) -> tuple[float, float]:
    return float(point[0]), float(point[1])


def half(walkable: Polygon | MultiPolygon) -> Polygon:
    """Return the western half of the bounds of a place."""
    west, south, east, north = walkable.bounds
    return box(west, south, (west + east) / 2, north)


def inside(point: FloatArray, region: FloatArray) -> bool:
    """Return whether a point (2,) lies in a polygon (K, 2)."""
    return bool(Polygon(region).contains(Point(point)))
