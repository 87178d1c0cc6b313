"""Files of crowds that others read and write: tables of CrowdES, lines of TrajNet++, and the table of the pack.

CrowdES (arXiv 2504.04756): a CSV with the columns scene, agent_id, agent_type, frame, x, y; types 0 pedestrian, 1
rider, 2 vehicle; x, y are pixels of the scene's picture, x = column. The sample of its authors has metres instead, and
a first column without a name. TrajNet++ (Kothari et al., 2021): one JSON object a line,

    {"scene": {"id": 0, "p": 3, "s": 10, "e": 210, "fps": 2.5, "tag": [4, []]}}
    {"track": {"f": 10, "p": 3, "x": 1.5, "y": 2.0, "prediction_number": 0, "scene_id": 0}}

the last two keys in predictions only; metres; `fps` counts rows of a person, `f`, `s`, `e` frames of the video.
The table of the pack is `t_s,agent_id,x_m,y_m`, read by `crowd.data.read_traj_csv`.

What is malformed is a ValueError of one line: file:line, what was expected, what came, what to do. A file is written
beside its place and put there when complete, so that none is ever half-written.
"""

from __future__ import annotations

import csv
import json
import math
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import numpy as np
import numpy.typing as npt

from crowd.data import COLUMNS as TRAJ_COLUMNS
from crowd.recordings import gather
from crowd.site import PEDESTRIAN, RIDER, VEHICLE, Recording, Site
from crowd.trajectory import CrowdTrajectory, FloatArray

CROWDES_COLUMNS = ("scene", "agent_id", "agent_type", "frame", "x", "y")
TYPES = (PEDESTRIAN, RIDER, VEHICLE)
OFF_CLOCK = 1e-3  # frames that a time may lie beside the clock of a file

_Key = tuple[int, int | None] | None  # prediction_number, scene_id; None: recorded
_Block = dict[tuple[int, int], tuple[float, float]]  # (person, frame) -> metres
Tag = int | tuple[int, tuple[int, ...]] | None  # kind of a TrajNet++ scene: main kind, kinds of interaction


@dataclass(frozen=True, slots=True, kw_only=True)
class TrajNetScene:
    """A stretch to predict: `person` from frame `start` to frame `end`; `fps`: rows of a person in a second."""

    scene_id: int
    person: int
    start: int
    end: int
    fps: float | None = None
    tag: Tag = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrajNetPrediction:
    """What a model predicted: the `number`-th guess (0 the best) for the scene `scene_id` (None: it was not told)."""

    number: int
    scene_id: int | None
    trajectory: CrowdTrajectory


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrajNet:
    """What a TrajNet++ file holds.

    Attributes:
        trajectory: metres, the rows that are no predictions; time = frame / frame_rate. There may be none.
        scenes, predictions: in the order of the file.
        frame_rate: frames a second, of the video.
    """

    trajectory: CrowdTrajectory
    scenes: tuple[TrajNetScene, ...]
    predictions: tuple[TrajNetPrediction, ...]
    frame_rate: float


def read_crowdes_csv(
    path: str | Path, site: Site, fps: float, *, scene: str | None = None, metres: bool = False
) -> Recording:
    """Read a table of CrowdES; further columns are passed over.

    Args:
        path: the file.
        site: where; its homography turns pixels into metres.
        fps: frames a second; time = frame / fps.
        scene: read this one of the file; None: the file must have one only.
        metres: x and y are metres of the site already, not pixels.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the table is malformed or empty, an agent is outside of the picture, twice at a time or of two
            types, or there is no such scene.
    """
    path = Path(path)
    _check_rate(fps, "fps")
    scenes: dict[str, None] = {}
    rows: dict[tuple[int, int], tuple[int, float, float]] = {}  # (agent, frame) -> line, x, y
    types: dict[int, int] = {}
    with _reading(path, f"a table {','.join(CROWDES_COLUMNS)}") as file:
        table = csv.reader(file, strict=True)
        header = [name.strip() for name in next(table, [])]
        if missing := [name for name in CROWDES_COLUMNS if name not in header]:
            came = ",".join(header) or "none"
            raise _bad(path, 1, f"the columns {','.join(CROWDES_COLUMNS)}", came, f"add {','.join(missing)}")
        for row in filter(None, table):
            line = table.line_num
            if len(row) != len(header):
                raise _bad(path, line, f"{len(header)} values", f"{len(row)}", "repair the row")
            values = dict(zip(header, row, strict=True))
            scenes[values["scene"]] = None
            if values["scene"] != (next(iter(scenes)) if scene is None else scene):
                continue
            agent, kind, frame = (_whole(path, line, name, values[name]) for name in CROWDES_COLUMNS[1:4])
            x, y = (_number(path, line, name, values[name]) for name in CROWDES_COLUMNS[4:])
            if kind not in TYPES:
                what = "an agent_type of 0 pedestrian, 1 rider, 2 vehicle"
                raise _bad(path, line, what, f"{kind}", "map it to one of them")
            if types.setdefault(agent, kind) != kind:
                what = f"agent {agent} of the type {types[agent]} as before"
                raise _bad(path, line, what, f"the type {kind}", "give each agent one type")
            first = rows.setdefault((agent, frame), (line, x, y))[0]
            if first != line:
                what = f"one row of agent {agent} at frame {frame}"
                raise _bad(path, line, what, f"a second one after line {first}", "drop one")
    if scene is None and len(scenes) > 1:
        raise ValueError(f"{path}: expected one scene, got {', '.join(scenes)}; name one: scene=...")
    if not rows:
        what = f"rows of the scene {scene}" if scenes else "at least one row below the header"
        raise _bad(path, 2, what, ", ".join(scenes) or "none", "name another scene, or give another file")
    persons, frames = np.array(list(rows), np.int64).T
    written = np.array([row[1:] for row in rows.values()], np.float64)
    points = written if metres else site.to_metres(written)
    for row in np.flatnonzero(~site.inside(points)):
        what = f"agents in the picture of {site.name}, {site.size[0]} x {site.size[1]} pixels"
        came = f"agent {persons[row]} at {written[row].tolist()} {'m' if metres else 'pixels'}"
        raise _bad(path, list(rows.values())[row][0], what, came, "cut the tracks to the picture, or check the unit")
    trajectory = gather(str(path), persons, frames / fps, points)
    kinds = np.array([types[int(person)] for person in trajectory.person_ids], np.int64)
    return Recording(site=site, trajectory=trajectory, types=kinds)


def write_crowdes_csv(path: str | Path, recording: Recording, fps: float, *, metres: bool = False) -> None:
    """Write a table of CrowdES, agent by agent: the scene is the site's name, frame = time x fps.

    Args:
        path: the file; its folder exists.
        recording: what to write.
        fps: frames a second.
        metres: write metres, not pixels.

    Raises:
        FileNotFoundError: there is no such folder.
        ValueError: a time is none of the clock, nobody is there, or somebody is outside of the picture.
    """
    site, trajectory = recording.site, recording.trajectory
    frames = _frames(path, trajectory, fps)
    columns, times = np.nonzero(trajectory.valid.T)
    points = _checked(path, trajectory.positions[times, columns])
    for row in np.flatnonzero(~site.inside(points)):
        raise ValueError(
            f"{path}: expected agents in the picture of {site.name}, got agent {trajectory.person_ids[columns[row]]} "
            f"outside of it at {trajectory.times[times[row]]:g} s; cut the tracks to the picture"
        )
    values = points if metres else site.to_pixels(points)
    with _replacing(path) as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(CROWDES_COLUMNS)
        for column, time, (x, y) in zip(columns, times, values.tolist(), strict=True):
            person, kind = trajectory.person_ids[column], recording.types[column]
            table.writerow((site.name, person, kind, frames[time], repr(x), repr(y)))


def write_traj_csv(path: str | Path, trajectory: CrowdTrajectory) -> None:
    """Write the table `t_s,agent_id,x_m,y_m` that `crowd.data.read_traj_csv` reads, person by person.

    Raises:
        FileNotFoundError: there is no such folder.
        ValueError: nobody is there, or a position is not finite.
    """
    columns, times = np.nonzero(trajectory.valid.T)
    points = _checked(path, trajectory.positions[times, columns])
    with _replacing(path) as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(TRAJ_COLUMNS)
        for column, time, (x, y) in zip(columns, times, points.tolist(), strict=True):
            table.writerow((repr(float(trajectory.times[time])), trajectory.person_ids[column], repr(x), repr(y)))


def read_trajnet(path: str | Path, frame_rate: float | None = None) -> TrajNet:
    """Read a file of TrajNet++.

    Args:
        path: the file.
        frame_rate: frames a second, of the video. None: the `fps` of the scenes times the smallest step of a person.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is malformed or has no tracks, somebody is twice at a time, or the frame rate is unknown.
    """
    path = Path(path)
    scenes: dict[int, TrajNetScene] = {}
    blocks: dict[_Key, _Block] = {}
    with _reading(path, "lines of JSON") as file:
        for line, text in enumerate(file, start=1):
            if not text.strip():
                continue
            kind, row = _row(path, line, text)
            if kind == "scene":
                scene = _scene(path, line, row)
                if scenes.setdefault(scene.scene_id, scene) is not scene:
                    raise _bad(path, line, f"one scene {scene.scene_id}", "a second one", "drop or renumber one")
                continue
            frame, person = (_whole(path, line, key, row.get(key)) for key in ("f", "p"))
            x, y = (_number(path, line, key, row.get(key)) for key in ("x", "y"))
            number, scene_id = (
                None if row.get(key) is None else _whole(path, line, key, row[key])
                for key in ("prediction_number", "scene_id")
            )
            block = blocks.setdefault(None if number is None else (number, scene_id), {})
            if (person, frame) in block:
                raise _bad(path, line, f"one row of person {person} at frame {frame}", "a second one", "drop one")
            block[person, frame] = (x, y)
    if not blocks:
        raise _bad(path, 1, "at least one track", f"{len(scenes)} scenes and no track", "look at what wrote the file")
    if frame_rate is None:
        frame_rate = _frame_rate(path, scenes.values(), blocks.values())
    _check_rate(frame_rate, "frame_rate")
    made = {key: _gathered(path, block, frame_rate) for key, block in blocks.items()}
    truth = made.pop(None, None)
    predictions = (
        TrajNetPrediction(number=key[0], scene_id=key[1], trajectory=value) for key, value in made.items() if key
    )
    return TrajNet(
        trajectory=_gathered(path, {}, frame_rate) if truth is None else truth,
        scenes=tuple(scenes.values()),
        predictions=tuple(predictions),
        frame_rate=frame_rate,
    )


def write_trajnet(path: str | Path, trajnet: TrajNet) -> None:
    """Write a file of TrajNet++: the scenes, the tracks by frame, the predictions, each by frame.

    Raises:
        FileNotFoundError: there is no such folder.
        ValueError: a time is none of the clock, nobody is there, or a position is not finite.
    """
    rows: list[dict[str, dict[str, object]]] = []
    for scene in trajnet.scenes:
        row: dict[str, object] = {"id": scene.scene_id, "p": scene.person, "s": scene.start, "e": scene.end}
        rows.append({"scene": row | {"fps": scene.fps, "tag": scene.tag}})
    blocks: list[tuple[CrowdTrajectory, dict[str, object]]] = [(trajnet.trajectory, {})]
    for guess in trajnet.predictions:
        key = {"prediction_number": guess.number, "scene_id": guess.scene_id}
        blocks.append((guess.trajectory, {name: value for name, value in key.items() if value is not None}))
    _checked(path, np.concatenate([trajectory.positions[trajectory.valid] for trajectory, _ in blocks]))
    for trajectory, extra in blocks:
        frames = _frames(path, trajectory, trajnet.frame_rate).tolist()
        times, columns = np.nonzero(trajectory.valid)
        points, persons = trajectory.positions[times, columns].tolist(), trajectory.person_ids[columns].tolist()
        for time, person, (x, y) in zip(times, persons, points, strict=True):
            rows.append({"track": {"f": frames[time], "p": person, "x": x, "y": y, **extra}})
    with _replacing(path) as file:
        file.writelines(json.dumps(row, allow_nan=False) + "\n" for row in rows)


def _row(path: Path, line: int, text: str) -> tuple[str, dict[str, object]]:
    try:
        row = json.loads(text)
    except ValueError:
        row = None
    if isinstance(row, dict) and len(row) == 1:
        kind, content = next(iter(row.items()))
        if kind in ("scene", "track") and isinstance(content, dict):
            return kind, content
    raise _bad(path, line, '{"scene": {...}} or {"track": {...}}', text.strip()[:60], "repair the line")


def _scene(path: Path, line: int, row: dict[str, object]) -> TrajNetScene:
    scene_id, person, start, end = (_whole(path, line, key, row.get(key)) for key in ("id", "p", "s", "e"))
    if end < start:
        raise _bad(path, line, "a scene that ends after its start", f"frames {start} to {end}", "exchange s and e")
    fps = None if row.get("fps") is None else _number(path, line, "fps", row["fps"])
    if fps is not None and fps <= 0.0:
        raise _bad(path, line, "fps above 0", f"{fps:g}", "give the rows of a person in a second")
    match row.get("tag"):
        case None:
            tag: Tag = None
        case int(main):
            tag = main
        case [int(main), [*kinds]] if all(isinstance(kind, int) for kind in kinds):
            tag = (main, tuple(kind for kind in kinds if isinstance(kind, int)))
        case other:
            raise _bad(path, line, "a tag like 4 or [3, [1, 2]]", f"{other!r}", "repair or drop it")
    return TrajNetScene(scene_id=scene_id, person=person, start=start, end=end, fps=fps, tag=tag)


def _frame_rate(path: Path, scenes: Iterable[TrajNetScene], blocks: Iterable[_Block]) -> float:
    rates = {scene.fps for scene in scenes if scene.fps is not None}
    steps: list[int] = []
    for block in blocks:
        persons, frames = np.array(sorted(block), np.int64).T
        steps.extend(np.diff(frames)[np.diff(persons) == 0].tolist())
    if len(rates) != 1 or not steps:
        came = f"fps {', '.join(f'{rate:g}' for rate in sorted(rates)) or 'none'} and {len(steps)} steps"
        raise ValueError(f"{path}: expected scenes of one fps and people with two rows, got {came}; give frame_rate")
    return float(rates.pop() * min(steps))


def _gathered(path: Path, block: _Block, frame_rate: float) -> CrowdTrajectory:
    persons, frames = np.array(list(block), np.int64).reshape(-1, 2).T
    points = np.array(list(block.values()), np.float64).reshape(-1, 2)
    return gather(str(path), persons, frames / frame_rate, points)


def _bad(path: Path, line: int, expected: str, came: str, remedy: str) -> ValueError:
    return ValueError(f"{path}:{line}: expected {expected}, got {came}; {remedy}")


def _number(path: Path, line: int, name: str, value: object) -> float:
    try:
        number = math.nan if isinstance(value, bool) or not isinstance(value, int | float | str) else float(value)
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise _bad(path, line, f"a finite number in {name}", f"{value!r}", "drop or repair the row")
    return number


def _whole(path: Path, line: int, name: str, value: object) -> int:
    number = _number(path, line, name, value)
    if not number.is_integer() or abs(number) > 2**53:
        raise _bad(path, line, f"a whole number in {name}", f"{value!r}", "drop or repair the row")
    return int(number)


def _check_rate(rate: float, name: str) -> None:
    if not (rate > 0.0 and math.isfinite(rate)):
        raise ValueError(f"{name}: expected frames a second above 0, got {rate}; look it up where the file is from")


def _frames(path: str | Path, trajectory: CrowdTrajectory, rate: float) -> npt.NDArray[np.int64]:
    _check_rate(rate, "frame rate")
    exact = trajectory.times * rate
    frames = np.rint(exact).astype(np.int64)
    for row in np.flatnonzero(np.abs(exact - frames) > OFF_CLOCK):
        raise ValueError(
            f"{path}: expected times on the clock of {rate:g} frames a second, got {trajectory.times[row]:g} s; "
            "resample, or give another rate"
        )
    return frames


def _checked(path: str | Path, points: FloatArray) -> FloatArray:
    if len(points) == 0:
        raise ValueError(f"{path}: expected somebody to write, got nobody; check `valid`")
    if bad := int((~np.isfinite(points).all(axis=1)).sum()):
        raise ValueError(f"{path}: expected finite positions where `valid`, got {bad} others; mark them as absent")
    return points


@contextmanager
def _reading(path: Path, what: str) -> Iterator[TextIO]:
    if not path.is_file():
        raise FileNotFoundError(f"{path}: expected {what}, found no such file; check the path")
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            yield file
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path}: expected {what}, got something else ({error}); give another file") from error


@contextmanager
def _replacing(path: str | Path) -> Iterator[TextIO]:
    path = Path(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path}: expected a folder to write into, found none; make {path.parent}")
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with draft.open("w", newline="", encoding="utf-8") as file:
            yield file
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
