"""Recordings of pedestrians: read them, put them on an even clock, and make one of what a model did."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.interpolate import PchipInterpolator

from crowd.trajectory import CrowdState, CrowdTrajectory

COLUMNS = ("t_s", "agent_id", "x_m", "y_m")


def read_traj_csv(path: str | Path) -> CrowdTrajectory:
    """Read a table `t_s,agent_id,x_m,y_m`: seconds, whole numbers, metres; the rows of a person in order of time.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the table is empty or malformed; the message names file and row.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: expected a table {','.join(COLUMNS)}, found no such file")
    tracks: dict[int, list[tuple[float, float, float]]] = {}
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = csv.reader(file, strict=True)
            header = [name.strip() for name in next(rows, [])]
            if sorted(header) != sorted(COLUMNS):
                raise ValueError(
                    f"{path}:1: expected the columns {','.join(COLUMNS)}, got {','.join(header) or 'none'}"
                )
            places = [header.index(name) for name in COLUMNS]
            for row in rows:
                if row:
                    time, person, x, y = _numbers(row, places, f"{path}:{rows.line_num}")
                    track = tracks.setdefault(person, [])
                    if track and time <= track[-1][0]:
                        what = "a second row" if time == track[-1][0] else f"a row after {track[-1][0]:g} s"
                        raise ValueError(
                            f"{path}:{rows.line_num}: expected rising times of agent {person}, "
                            f"got {what} at {time:g} s; sort the table and drop doubles"
                        )
                    track.append((time, x, y))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path}: expected a text table {','.join(COLUMNS)}, got something else ({error})") from error
    if not tracks:
        raise ValueError(f"{path}:2: expected at least one row below the header, got none")
    times = np.unique(np.array([point[0] for track in tracks.values() for point in track], np.float64))
    person_ids = np.array(sorted(tracks), np.int64)
    positions = np.full((len(times), len(person_ids), 2), np.nan)
    for column, person in enumerate(person_ids):
        points = np.array(tracks[int(person)])
        positions[np.searchsorted(times, points[:, 0]), column] = points[:, 1:]
    return CrowdTrajectory(
        times=times, person_ids=person_ids, positions=positions, valid=~np.isnan(positions).any(axis=2)
    )


def resample(trajectory: CrowdTrajectory, dt: float) -> CrowdTrajectory:
    """Return `trajectory` every `dt` seconds from its first time on, each person by PCHIP between first and last.

    Nobody is continued beyond what was recorded; one who was recorded once is kept where a time matches.

    Raises:
        ValueError: `dt` is not above 0.
    """
    if not dt > 0.0:
        raise ValueError(f"dt: expected seconds above 0, got {dt}")
    start, end = float(trajectory.times[0]), float(trajectory.times[-1])
    times = np.asarray(start + dt * np.arange(math.floor((end - start) / dt + 1e-6) + 1), np.float64)
    positions = np.full((len(times), len(trajectory.person_ids), 2), np.nan)
    for column in range(len(trajectory.person_ids)):
        here = trajectory.valid[:, column]
        known, points = trajectory.times[here], trajectory.positions[here, column]
        if len(known) == 0:
            continue
        inside = (times >= known[0] - 1e-9) & (times <= known[-1] + 1e-9)
        if len(known) == 1:
            positions[inside, column] = points[0]
        else:
            positions[inside, column] = PchipInterpolator(known, points)(np.clip(times[inside], known[0], known[-1]))
    return CrowdTrajectory(
        times=times, person_ids=trajectory.person_ids, positions=positions, valid=~np.isnan(positions).any(axis=2)
    )


def record(times: Sequence[float], states: Sequence[CrowdState]) -> CrowdTrajectory:
    """Return what a model did as a recording: the states at `times` (T,) seconds."""
    person_ids = np.unique(np.concatenate([state.person_ids for state in states]))
    positions = np.full((len(states), len(person_ids), 2), np.nan)
    for row, state in enumerate(states):
        positions[row, np.searchsorted(person_ids, state.person_ids)] = state.positions
    return CrowdTrajectory(
        times=np.asarray(times, np.float64),
        person_ids=person_ids,
        positions=positions,
        valid=~np.isnan(positions).any(axis=2),
    )


def _numbers(row: list[str], places: list[int], where: str) -> tuple[float, int, float, float]:
    if len(row) != len(COLUMNS):
        raise ValueError(f"{where}: expected {len(COLUMNS)} values, got {len(row)}: {','.join(row)}")
    values = []
    for name, place in zip(COLUMNS, places, strict=True):
        try:
            value = float(row[place])
        except ValueError:
            raise ValueError(f"{where}: expected a number in {name}, got {row[place]!r}") from None
        if not math.isfinite(value):
            raise ValueError(f"{where}: expected a finite number in {name}, got {row[place]!r}; drop the row")
        values.append(value)
    if values[1] != int(values[1]):
        raise ValueError(f"{where}: expected a whole number in agent_id, got {row[places[1]]!r}")
    return values[0], int(values[1]), values[2], values[3]
