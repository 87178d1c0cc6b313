"""Where agents went, and how well: predictions of R2R-CE and RxR-CE and per-episode statistics of VLN-CE.

R2R-CE (VLN-CE's `inference`): JSON, episode id to a list of `position` (Habitat's frame), `heading` (radians, left
positive, 0 along Habitat's -z) and `stop`. RxR-CE: a line of JSON for each instruction, `instruction_id` (int) and
`path`, without repeated positions. Statistics: JSON, episode id to numbers.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from embodied.episode_files.contract import Point
from embodied.episode_files.fields import (
    listing,
    mapping,
    number,
    parse_text,
    read_json,
    read_text,
    take,
    write_json,
    write_text,
)  # fmt: skip
from embodied.episode_files.record import read_points, write_points


@dataclass(frozen=True, slots=True, kw_only=True)
class PathPoint:
    """One step of a prediction.

    Attributes:
        position: (x, y, z) metres. heading: radians about +z, 0 along x. stop: whether the agent has stopped.
    """

    position: Point
    heading: float
    stop: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeStatistics:
    """How one episode went.

    Attributes:
        steps_taken: actions with the stop; of our logs, control steps of 0.1 s. distance_to_goal, path_length: metres.
        success: stopped strictly inside the radius. oracle_success: was ever inside it.
        spl, ndtw: 0 to 1; ndtw is None where there is no reference.
        extra: other fields, word for word.
    """

    steps_taken: int
    distance_to_goal: float
    success: bool
    oracle_success: bool
    path_length: float
    spl: float
    ndtw: float | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


def read_r2r_predictions(path: Path, known: Collection[object] | None = None) -> dict[str, tuple[PathPoint, ...]]:
    """Return R2R-CE predictions by episode id as str.

    Args:
        path: of the file. known: ids of the episodes that are predicted; None: any.

    Raises:
        FileNotFoundError: no such file. ValueError: one line that names file, episode and field; an unknown episode.
    """
    return _parse_r2r(read_json(path), path, known)


def write_r2r_predictions(path: Path, predictions: Mapping[str, Sequence[PathPoint]]) -> None:
    """Write R2R-CE predictions.

    Raises:
        ValueError: they cannot be read again, in one line; nothing is written.
    """
    document = {
        key: [
            {"position": place, "heading": point.heading, "stop": point.stop}
            for place, point in zip(write_points([point.position for point in points]), points, strict=True)
        ]
        for key, points in predictions.items()
    }
    write_json(path, document, _parse_r2r)


def read_rxr_predictions(path: Path, known: Collection[object] | None = None) -> dict[int, tuple[Point, ...]]:
    """Return RxR-CE predictions by instruction id.

    Args:
        path: of the file. known: ids of the instructions that are predicted; None: any.

    Raises:
        FileNotFoundError: no such file. ValueError: one line that names file, line and field; an unknown instruction.
    """
    found: dict[int, tuple[Point, ...]] = {}
    for index, line in enumerate(read_text(path).splitlines(), start=1):
        where = f"{path}: line {index}"
        record = mapping(parse_text(line, where), where)
        key = take(record, "instruction_id", where)
        if not isinstance(key, int) or isinstance(key, bool):
            raise ValueError(f"{where}: instruction_id: expected a whole number, got {key!r}")
        if key in found:
            raise ValueError(f"{where}: instruction_id: expected every id once, got {key} twice; remove one")
        found[key] = read_points(take(record, "path", where), f"{where}: path")
        if not found[key] or drop_repeats(found[key]) != found[key]:
            raise ValueError(f"{where}: path: expected positions, none like the one before; leave repeated ones out")
    _check_known(found, known, path)
    return found


def write_rxr_predictions(path: Path, predictions: Mapping[int, Sequence[Point]]) -> None:
    """Write RxR-CE predictions, without repeated positions.

    Raises:
        ValueError: a path is empty, or a number not finite; nothing is written.
    """
    lines = []
    for key, points in predictions.items():
        if not points or not all(math.isfinite(value) for point in points for value in point):
            raise ValueError(f"{path}: instruction {key}: path: expected finite positions, got {list(points)[:3]}")
        lines.append(json.dumps({"instruction_id": key, "path": write_points(drop_repeats(points))}))
    write_text(path, "".join(f"{line}\n" for line in lines))


def drop_repeats(points: Sequence[Point]) -> tuple[Point, ...]:
    """Return points (K, 3) without those that equal the one before."""
    return tuple(point for index, point in enumerate(points) if index == 0 or point != points[index - 1])


def read_statistics(path: Path, known: Collection[object] | None = None) -> dict[str, EpisodeStatistics]:
    """Return per-episode statistics by episode id as str.

    Args:
        path: of the file. known: ids of the episodes; None: any.

    Raises:
        FileNotFoundError: no such file. ValueError: one line that names file, episode and field; an unknown episode.
    """
    return _parse_statistics(read_json(path), path, known)


def write_statistics(path: Path, statistics: Mapping[str, EpisodeStatistics]) -> None:
    """Write per-episode statistics.

    Raises:
        ValueError: they cannot be read again, in one line; nothing is written.
    """
    document = {
        key: {
            "steps_taken": one.steps_taken,
            "distance_to_goal": one.distance_to_goal,
            "success": float(one.success),
            "oracle_success": float(one.oracle_success),
            "path_length": one.path_length,
            "spl": one.spl,
            **({} if one.ndtw is None else {"ndtw": one.ndtw}),
            **one.extra,
        }
        for key, one in statistics.items()
    }
    write_json(path, document, _parse_statistics)


def _parse_r2r(document: Any, path: Path, known: Collection[object] | None = None) -> dict[str, tuple[PathPoint, ...]]:
    found = {}
    for key, value in mapping(document, str(path)).items():
        where = f"{path}: episode {key}"
        steps = [mapping(step, where) for step in listing(value, where)]
        if not steps:
            raise ValueError(f"{where}: expected at least the start, got no positions; add it")
        stops = [take(step, "stop", where) for step in steps]
        if not all(isinstance(stop, bool) for stop in stops) or any(stops[:-1]):
            raise ValueError(f"{where}: stop: expected true or false, true at most at the end, got {stops[:4]}...")
        places = read_points([take(step, "position", where) for step in steps], f"{where}: position")
        headings = [number(take(step, "heading", where), f"{where}: heading") for step in steps]
        found[key] = tuple(
            PathPoint(position=place, heading=heading, stop=stop)
            for place, heading, stop in zip(places, headings, stops, strict=True)
        )
    _check_known(found, known, path)
    return found


def _parse_statistics(
    document: Any, path: Path, known: Collection[object] | None = None
) -> dict[str, EpisodeStatistics]:
    found = {}
    for key, value in mapping(document, str(path)).items():
        where = f"{path}: episode {key}"
        record = mapping(value, where)
        limits = {
            "steps_taken": math.inf, "distance_to_goal": math.inf, "success": 1.0, "oracle_success": 1.0,
            "path_length": math.inf, "spl": 1.0, "ndtw": 1.0,
        }  # fmt: skip
        if record.get("ndtw") is None:
            limits.pop("ndtw")
        values = {name: number(take(record, name, where), f"{where}: {name}") for name in limits}
        for name, most in limits.items():
            if not 0.0 <= values[name] <= most or (name in _WHOLE and values[name] % 1.0):
                kind = "a whole number" if name in _WHOLE else "a number"
                raise ValueError(
                    f"{where}: {name}: expected {kind} from 0 to {most:g}, got {values[name]:g}; repair the file"
                )
        found[key] = EpisodeStatistics(
            steps_taken=int(values["steps_taken"]),
            distance_to_goal=values["distance_to_goal"],
            success=values["success"] == 1.0,
            oracle_success=values["oracle_success"] == 1.0,
            path_length=values["path_length"],
            spl=values["spl"],
            ndtw=values.get("ndtw"),
            extra=record,
        )
    _check_known(found, known, path)
    return found


_WHOLE = ("steps_taken", "success", "oracle_success")


def _check_known(found: Iterable[object], known: Collection[object] | None, path: Path) -> None:
    if known is None:
        return
    names = {str(one) for one in known}
    strange = [key for key in found if str(key) not in names]
    if strange:
        raise ValueError(
            f"{path}: episode {strange[0]}: expected one of the {len(names)} known episodes, got an unknown one "
            f"({len(strange)} in all); give the file of episodes that was predicted"
        )
