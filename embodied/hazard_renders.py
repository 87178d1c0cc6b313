"""Pairs of pictures of our own scenes, a danger and the same place once it is dealt with, to learn detection from.

In every place several hazards stand, each dangerous or not by a coin; then everything is turned about: who was
dangerous is safe, and the other way round. All else is the same: camera, light, weather, people, pixel by pixel. Some
pictures show the place without any of them. Layouts are split by their seeds, and the labels are those that
`safety.detector_album` reads.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import shapely
from PIL import Image
from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry

from embodied.place import Place, build_scene
from embodied.pool import carry_out
from embodied.populate import Wardrobe, skin
from motion.clip import RootPaths
from motion.files import write_whole
from scenes.backend import Camera, Frame
from scenes.backends import choose_backend
from scenes.hazards.models import BUILDERS, ON_WALLS
from scenes.hazards.places import find_places
from scenes.hazards.placing import BLOCK, PlacedHazard, footprint, move_shape, people_spots, place_hazards
from scenes.hazards.views import viewpoint
from scenes.scene import PERSON_INSTANCE_BASE, FloatArray, Scene
from scenes.weather import WEATHERS

if TYPE_CHECKING:
    from scenes.bullet import BulletBackend

Pixels = npt.NDArray[np.int64]
Split = Literal["train", "validation", "test"]
SPLITS: dict[Split, tuple[int, int]] = {  # seeds of layouts, ends exclusive
    "train": (0, 900_000), "validation": (900_000, 1_000_000), "test": (1_000_000, 2_000_000),
}  # fmt: skip
FAMILIES = ("plaza", "street", "station", "plaza", "street", "office")  # of the scenes, in turn; offices hold few
NIGHT = 0.35  # share of places after dark
PER_PLACE, VIEWS, EMPTY = 8, 6, 10  # hazards of a place, pairs of each, pictures without any
FOVS, EYES = (0.8, 1.6), (0.9, 1.7)  # rad, vertical; m above the ground
DISTANCES, FRONT = (1.6, 9.0), 1.1  # m from a hazard; rad from its front at most
OFF = 0.3  # rad by which the camera looks past it at most
CLEAR, FAINT = 24, 4  # pixels at 192 x 192 of a hazard that can be told, and of one that can be guessed at
BYSTANDERS, BODIES = 6, 8  # people who stand about at most, and bodies made for a place
ROOM = 0.35  # m, free round somebody who stands about
TRIES = 60
COMPRESSION = 2  # of PNGs: three times as fast as usual, a tenth larger
AREA = 192 * 192


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """One place to render: the `number`-th of a split."""

    number: int
    split: Split
    seed: int
    size: tuple[int, int]
    out: Path
    kinds: tuple[str, ...]
    people: bool
    backend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Person:
    """Somebody who stands somewhere; `hazard` is the one that they are part of, -1 for nobody's."""

    place: tuple[float, float, float]
    hazard: int


def render_pairs(
    out: Path,
    *,
    number: int,
    seed: int,
    size: tuple[int, int] = (192, 192),
    split: Split = "train",
    workers: int = 1,
    kinds: Sequence[str] = tuple(BUILDERS),
    people: bool = True,
    backend: str = "auto",
) -> Path:
    """Render pairs of pictures and their labels into `out/split`, and return that folder.

    Stopped and called again it goes on where it was; workers change nothing but the time.

    Args:
        out: folder.
        number: of pairs.
        seed: of all that is drawn.
        size: width and height of a picture, pixels.
        split: whose layouts are shown.
        workers: processes.
        kinds: of hazards.
        people: whether some stand about; those who are part of a hazard always do.
        backend: what renders.

    Raises:
        ValueError: an unknown split or kind, or a folder that holds other pairs.
    """
    if split not in SPLITS:
        raise ValueError(f"split: expected one of {', '.join(SPLITS)}, got {split!r}")
    if unknown := sorted(set(kinds) - set(BUILDERS)):
        raise ValueError(f"kinds: expected some of {', '.join(BUILDERS)}, got {unknown[0]!r}")
    folder = out / split
    done = folder / ".places"
    done.mkdir(parents=True, exist_ok=True)
    run = {"seed": seed, "size": list(size), "kinds": list(kinds), "people": people}
    note = done / "run.json"
    if note.is_file() and json.loads(note.read_text()) != run:
        raise ValueError(f"{folder}: expected a new folder or pairs of this run, got another run's; choose another")
    note.write_text(json.dumps(run))
    places = 0
    while (found := _count(done, places)) < number:
        more = max(workers, math.ceil((number - found) / (0.7 * PER_PLACE * VIEWS)))
        if places > 20 and found == 0:
            raise ValueError(f"kinds: expected room for {', '.join(kinds)} somewhere, found none; name others")
        jobs = [
            _Job(
                number=k, split=split, seed=seed, size=size, out=folder, kinds=tuple(kinds), people=people,
                backend=backend,
            )
            for k in range(places, places + more)
            if not _file(done, k).is_file()
        ]  # fmt: skip
        for _ in carry_out(_render_place, jobs, workers):
            pass
        places += more
    _assemble(folder, done, number)
    return folder


def _file(done: Path, number: int) -> Path:
    return done / f"{number:06d}.jsonl"


def _count(done: Path, places: int) -> int:
    """Return how many pairs the first places gave."""
    rows = [json.loads(line) for k in range(places) for line in _file(done, k).read_text().splitlines()]
    return len({row["pair"] for row in rows if len(row["states"]) == 2})


def _assemble(folder: Path, done: Path, number: int) -> None:
    """Write the labels of the first `number` pairs in the order of places, and what they are numbered by."""
    lines: list[str] = []
    pairs: set[str] = set()
    for file in sorted(done.glob("[0-9]*.jsonl")):
        for line in file.read_text().splitlines():
            row = json.loads(line)
            if len(row["states"]) == 2:
                if row["pair"] not in pairs and len(pairs) == number:
                    break
                pairs.add(row["pair"])
            lines.append(line)
        if len(pairs) == number:
            break
    write_whole(folder / "labels.jsonl", "".join(line + "\n" for line in lines).encode())


def _render_place(job: _Job) -> Iterator[int]:
    """Render a place, write its pictures and then its labels, and yield its number of pairs."""
    part = list(SPLITS).index(job.split)
    rng = np.random.default_rng(np.random.SeedSequence(job.seed, spawn_key=(part, job.number)))
    family = FAMILIES[job.number % len(FAMILIES)]
    hour = float(rng.uniform(7.0, 19.5)) if rng.random() >= NIGHT else float(rng.uniform(19.5, 31.0)) % 24.0
    place = Place(
        name=family, seed=int(rng.integers(*SPLITS[job.split])), hour=round(hour, 2), weather=str(rng.choice(WEATHERS))
    )  # fmt: skip
    scene = build_scene(place)
    drawn = [str(kind) for kind in rng.choice(job.kinds, min(PER_PLACE, len(job.kinds)), replace=False)]
    placed = _find_room(scene, rng, drawn)
    coins = rng.random(len(placed)) < 0.5
    turns = [
        [
            replace(hazard, state="unsafe" if coin == first else "safe")
            for hazard, coin in zip(placed, coins, strict=True)
        ]
        for first in (True, False)
    ]
    scenes = [place_hazards(scene, turn) for turn in turns]
    aims = [(k, camera) for k in range(len(placed)) for camera in _aim(scenes[0], placed[k], job.size, rng)]
    rng.shuffle(aims)
    bystanders = _bystanders(scenes[0], placed, rng) if job.people else []
    wardrobe = Wardrobe(int(rng.integers(2**31)), range(BODIES))
    motion = int(rng.integers(2**31))
    painter = choose_backend(job.backend).make()
    pairs: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    try:
        shots = []
        for turn, changed in zip(turns, scenes, strict=True) if aims else []:
            staff = [*bystanders, *staff_of(turn)]
            shots.append((turn, staff, shoot(painter, changed, staff, wardrobe, motion, aims)))
        for count, (k, camera) in enumerate(aims):
            pairs += _label(job, place, scene, k, camera, count, [(t, s, frames[count]) for t, s, frames in shots])
        chosen = rng.permutation(len(aims))[:EMPTY]
        bare = shoot(painter, scene, bystanders, wardrobe, motion, [aims[k] for k in chosen]) if len(chosen) else ()
        for count, frame in enumerate(bare):
            name = f"{job.number:06d}_{len(aims) + count:03d}"
            Image.fromarray(frame.rgb).save(job.out / f"{name}_none.png", compress_level=COMPRESSION)
            rows.append(_row(job, place, aims[chosen[count]][1], name, "none", []) | {"states": ["none"]})
    finally:
        painter.close()
    lines = "".join(json.dumps(row) + "\n" for row in [*rows, *pairs])
    write_whole(_file(job.out / ".places", job.number), lines.encode())
    yield len(pairs) // 2


def _find_room(scene: Scene, rng: np.random.Generator, kinds: Sequence[str]) -> list[PlacedHazard]:
    """Return places for as many of the kinds as there is room for; who needs a wall, or most ground, goes first."""
    left = sorted(kinds, key=lambda kind: (kind not in ON_WALLS, -footprint(kind).area))
    while left:
        try:
            return find_places(scene, rng, left)
        except ValueError:  # no room for one of them
            left = left[1:]
    return []


def _aim(scene: Scene, hazard: PlacedHazard, size: tuple[int, int], rng: np.random.Generator) -> list[Camera]:
    """Return cameras that look at a hazard from in front, from where one can walk, with a free line of sight."""
    free = scene.walkable.buffer(-0.2)
    own = move_shape(footprint(hazard.kind, hazard.values), hazard.position, hazard.yaw).buffer(0.3)
    shapely.prepare([free, scene.walkable])
    cameras: list[Camera] = []
    for view in range(VIEWS):
        try:
            eye, target = viewpoint(scene, hazard, rng)
        except ValueError:  # nobody can stand before it
            break
        if view:
            for _ in range(TRIES):
                far = math.exp(rng.uniform(*np.log(DISTANCES)))
                angle = hazard.yaw + rng.uniform(-FRONT, FRONT)
                x, y = target[0] + far * math.cos(angle), target[1] + far * math.sin(angle)
                sight = LineString([(x, y), (target[0], target[1])]).difference(own)
                if free.contains(Point(x, y)) and not own.contains(Point(x, y)) and scene.walkable.covers(sight):
                    eye = np.array([x, y, rng.uniform(*EYES)])
                    break
        cameras.append(_turn(eye, target, size, rng))
    return cameras


def _turn(eye: FloatArray, target: FloatArray, size: tuple[int, int], rng: np.random.Generator) -> Camera:
    """Return a camera at `eye` (3,) that looks a little past `target` (3,)."""
    off, (dx, dy, dz) = rng.uniform(-OFF, OFF), target - eye
    level = math.hypot(dx, dy)
    yaw, pitch = math.atan2(dy, dx) + off, math.atan2(dz, level) * rng.uniform(0.4, 1.1)
    ahead = np.array([math.cos(pitch) * math.cos(yaw), math.cos(pitch) * math.sin(yaw), math.sin(pitch)])
    return Camera.look_at(eye, eye + ahead, width=size[0], height=size[1], fov=float(rng.uniform(*FOVS)))


def _bystanders(scene: Scene, placed: Sequence[PlacedHazard], rng: np.random.Generator) -> list[_Person]:
    """Return people who stand about near the hazards, clear of them and of one another."""
    free: BaseGeometry = scene.walkable.buffer(-ROOM)
    for hazard in placed:
        free = free.difference(move_shape(footprint(hazard.kind), hazard.position, hazard.yaw).buffer(ROOM))
    found: list[_Person] = []
    for _ in range(int(rng.integers(BYSTANDERS + 1)) if placed else 0):
        for _ in range(TRIES):
            x, y = placed[int(rng.integers(len(placed)))].position + rng.normal(0.0, 3.0, 2)
            if shapely.contains_xy(free, x, y):
                found.append(_Person(place=(float(x), float(y), float(rng.uniform(-np.pi, np.pi))), hazard=-1))
                free = free.difference(Point(x, y).buffer(2.0 * ROOM))
                break
    return found


def staff_of(turn: Sequence[PlacedHazard]) -> list[_Person]:
    """Return the people who are part of hazards."""
    return [_Person(place=spot, hazard=k) for k, hazard in enumerate(turn) for spot in people_spots(hazard)]


def shoot(
    painter: BulletBackend,
    scene: Scene,
    people: Sequence[_Person],
    wardrobe: Mapping[int, Any],
    seed: int,
    aims: Sequence[tuple[int, Camera]],
) -> tuple[Frame, ...]:
    """Return what the cameras see of a scene with people in it, who are `people` by their ids."""
    from motion.gait import GaitModel

    painter.load(scene)
    if people:
        ids = np.arange(len(people), dtype=np.int64)
        bodies = {int(k): wardrobe[int(k) % BODIES] for k in ids}
        spots = np.array([person.place for person in people])
        gait = GaitModel()
        gait.reset(bodies, np.random.default_rng(seed))
        paths = RootPaths(
            person_ids=ids, positions=spots[:, :2], velocities=np.zeros((len(people), 2)), yaws=spots[:, 2],
            planned=np.zeros((len(people), 0, 2)),
        )  # fmt: skip
        for k, joints in zip(ids.tolist(), gait.step(0.1, paths, {}, {}), strict=True):
            painter.add_person(k, skin(bodies[k]))
            painter.pose_person(k, joints)
    return painter.render_many([camera for _, camera in aims])


def _label(
    job: _Job,
    place: Place,
    scene: Scene,
    target: int,
    camera: Camera,
    count: int,
    shots: Sequence[tuple[Sequence[PlacedHazard], Sequence[_Person], Frame]],
) -> list[dict[str, Any]]:
    """Write both pictures of a pair and return their labels; nothing where its danger can hardly be seen."""
    first = 1 + max(item.instance for item in scene.objects)
    masks = [_masks(frame, first, len(turn), people) for turn, people, frame in shots]
    clear = CLEAR * job.size[0] * job.size[1] / AREA
    unsafe = next(k for k, (turn, _, _) in enumerate(shots) if turn[target].state == "unsafe")
    if len(masks[unsafe][target]) < clear:
        return []
    name = f"{job.number:06d}_{count:03d}"
    rows = []
    for own, (turn, _, frame) in enumerate(shots):
        shows = []
        for k, hazard in enumerate(turn):
            other = masks[1 - own][k]
            seen = masks[own][k] if hazard.state == "unsafe" or len(masks[own][k]) >= clear else other
            if len(seen) >= max(1.0, FAINT * clear / CLEAR):
                about = {"target": k == target, "clear": len(seen) >= clear, "gone": seen is not masks[own][k]}
                shows.append(_shown(hazard, seen, camera) | about)
        state = turn[target].state
        Image.fromarray(frame.rgb).save(job.out / f"{name}_{state}.png", compress_level=COMPRESSION)
        rows.append(_row(job, place, camera, name, state, shows) | {"states": ["unsafe", "safe"]})
    return rows


def _masks(frame: Frame, first: int, hazards: int, people: Sequence[_Person]) -> list[Pixels]:
    """Return the pixels (K, 2) row and column of each hazard."""
    owner = np.full(frame.instance.shape, -1)
    own = (frame.instance >= first) & (frame.instance < first + BLOCK * hazards)
    owner[own] = (frame.instance[own] - first) // BLOCK
    for k, person in enumerate(people):
        if person.hazard >= 0:
            owner[frame.instance == PERSON_INSTANCE_BASE + k] = person.hazard
    return [np.argwhere(owner == k) for k in range(hazards)]


def _shown(hazard: PlacedHazard, seen: Pixels, camera: Camera) -> dict[str, Any]:
    x, y = np.array(hazard.position) - camera.pose[:2, 3]
    heading = math.atan2(camera.pose[1, 2], camera.pose[0, 2])
    bearing = math.remainder(math.atan2(y, x) - heading, math.tau)
    (top, left), (bottom, right) = seen.min(axis=0), seen.max(axis=0) + 1
    return {
        "kind": hazard.kind, "state": hazard.state, "pixels": len(seen),
        "box": [int(left), int(top), int(right), int(bottom)],
        "distance": round(math.hypot(x, y), 3), "bearing": round(bearing, 4),
        "position": [round(v, 3) for v in hazard.position], "yaw": round(hazard.yaw, 4), "seed": hazard.seed,
    }  # fmt: skip


def _row(
    job: _Job, place: Place, camera: Camera, name: str, state: str, shows: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "picture": f"{name}_{state}.png", "pair": name, "split": job.split, "size": list(job.size),
        "fov": round(camera.fov, 5), "pitch": round(-math.asin(camera.pose[2, 2]), 5),
        "camera": [round(float(v), 5) for v in camera.pose[:3].ravel()], "place": place.record(), "shows": list(shows),
    }  # fmt: skip
