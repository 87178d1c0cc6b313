"""The record of one episode, and the single source of all its metrics.

`log.parquet` has one row per control step and entity; `events.jsonl` has one line per event. Later schema versions
add columns and never re-interpret one. The same episode gives the same bytes.
"""

from __future__ import annotations

import json
import math
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

SCHEMA_VERSION = 2

_WORD = pa.dictionary(pa.int32(), pa.string())
SCHEMA = pa.schema(
    [
        ("step", pa.int32()),
        ("time", pa.float64()),
        ("entity", pa.int32()),  # 0 the robot, a person_id above
        ("kind", _WORD),  # robot | human | object
        *((name, pa.float64()) for name in ("x", "y", "z", "yaw", "vx", "vy")),
        ("radius", pa.float32()),
        ("goal_x", pa.float64()),  # NaN: no goal
        ("goal_y", pa.float64()),
        ("activity", _WORD),
        ("group", pa.int32()),  # -1: none
        ("seen_by_robot", pa.bool_()),
        ("contact", pa.int32()),  # -1, or the other entity
        ("goal_distance", pa.float64()),  # geodesic metres from the robot to its goal, NaN for the others
        ("clearance", pa.float64()),  # metres from the robot's surface to the nearest obstacle, NaN for the others
    ]
)
ADDED = {"clearance": 2}  # columns that older schema versions lack, and the version that added them; NaN there
_TYPES = {
    field.name: np.dtype(object) if field.type == _WORD else np.dtype(field.type.to_pandas_dtype()) for field in SCHEMA
}
_VERSION_KEY, _METADATA_KEY = b"embodied.log.schema", b"embodied.log.metadata"
_LOG, _EVENTS = "log.parquet", "events.jsonl"


class EpisodeLog:
    """Rows and events of one episode, in the order of time.

    Attributes:
        metadata: plain values that say what was logged (seed, versions, …); stored in `log.parquet`.
        events: one dict per event: `step`, `time`, `type` and the fields of that type.
    """

    def __init__(self, metadata: Mapping[str, Any] | None = None) -> None:
        self.metadata: dict[str, Any] = {key: _plain(value, key) for key, value in (metadata or {}).items()}
        self.events: list[dict[str, Any]] = []
        self._fresh: list[list[npt.NDArray[Any]]] = []  # a list of columns per step since the table was made
        self._table: pa.Table = SCHEMA.empty_table()

    def append(
        self,
        *,
        step: int,
        time: float,
        entity: npt.ArrayLike,
        kind: Sequence[str],
        x: npt.ArrayLike,
        y: npt.ArrayLike,
        z: npt.ArrayLike,
        yaw: npt.ArrayLike,
        vx: npt.ArrayLike,
        vy: npt.ArrayLike,
        radius: npt.ArrayLike,
        goal_x: npt.ArrayLike,
        goal_y: npt.ArrayLike,
        activity: Sequence[str],
        group: npt.ArrayLike,
        seen_by_robot: npt.ArrayLike,
        contact: npt.ArrayLike,
        goal_distance: npt.ArrayLike,
        clearance: npt.ArrayLike | None = None,
    ) -> None:
        """Add one control step; every array has shape (E,), one value per entity present, SI units, world frame.

        Without `clearance` it is NaN.

        Raises:
            ValueError: lengths differ, or an entity comes twice.
        """
        values: dict[str, Any] = {name: value for name, value in locals().items() if name in _TYPES}
        ids = np.asarray(entity)
        if ids.ndim != 1 or len(set(ids.tolist())) != len(ids):
            raise ValueError(f"entity: expected (E,) different ids, got {ids.tolist()}; give one row per entity")
        values["step"], values["time"] = np.full(len(ids), step), np.full(len(ids), time)
        values["clearance"] = np.full(len(ids), np.nan) if clearance is None else clearance
        columns = []
        for name, type in _TYPES.items():
            value = np.array(values[name], dtype=type)
            if value.shape != ids.shape:
                raise ValueError(f"{name}: expected one value for each of {len(ids)} entities, got shape {value.shape}")
            columns.append(value)
        self._fresh.append(columns)

    def event(self, step: int, time: float, type: str, **fields: Any) -> None:
        """Add an event; `fields` are plain JSON values, NumPy scalars and arrays are converted.

        Raises:
            ValueError: a number is not finite. TypeError: a value has no JSON form.
        """
        record = {"step": int(step), "time": _plain(time, "time"), "type": type}
        record.update((key, _plain(value, f"{type}.{key}")) for key, value in fields.items())
        self.events.append(record)

    def table(self) -> pa.Table:
        """Return all rows."""
        if self._fresh:
            columns = [
                pa.array(np.concatenate(parts), pa.string() if field.type == _WORD else field.type)
                for field, parts in zip(SCHEMA, zip(*self._fresh, strict=True), strict=True)
            ]
            columns = [c.dictionary_encode() if f.type == _WORD else c for f, c in zip(SCHEMA, columns, strict=True)]
            fresh = pa.Table.from_arrays(columns, schema=SCHEMA)
            self._table = pa.concat_tables([self._table, fresh]).unify_dictionaries().combine_chunks()
            self._fresh = []
        return self._table

    @property
    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """All rows by column, NumPy arrays (R,); words as strings."""
        return {name: self.column(name) for name in SCHEMA.names}

    def column(self, name: str) -> npt.NDArray[Any]:
        """Return one column (R,) as a NumPy array; words as strings."""
        values = self.table().column(name)
        if values.type == _WORD:
            return self._words(values)
        return np.asarray(values.to_numpy())

    @staticmethod
    def _words(values: pa.ChunkedArray) -> npt.NDArray[Any]:
        coded = values.combine_chunks()
        words = np.asarray(coded.dictionary.to_pylist(), dtype=np.str_)
        return words[coded.indices.to_numpy()] if len(words) else np.zeros(0, dtype=np.str_)

    def events_of(self, *types: str) -> list[dict[str, Any]]:
        """Return the events of these types, in order."""
        return [event for event in self.events if event["type"] in types]

    def write(self, folder: Path) -> None:
        """Write `log.parquet` and `events.jsonl` into an existing folder."""
        metadata = {
            _VERSION_KEY: str(SCHEMA_VERSION),
            _METADATA_KEY: json.dumps(self.metadata, sort_keys=True, allow_nan=False),
        }
        pq.write_table(
            self.table().replace_schema_metadata(metadata),
            folder / _LOG,
            version="2.6",
            compression="zstd",
            compression_level=3,
            row_group_size=1 << 20,
        )
        lines = (json.dumps(event, ensure_ascii=False, allow_nan=False) + "\n" for event in self.events)
        (folder / _EVENTS).write_text("".join(lines), encoding="utf-8", newline="\n")

    @classmethod
    def read(cls, folder: Path) -> EpisodeLog:
        """Read what `write` wrote; columns that a later version adds are left out.

        Raises:
            ValueError: one line that names the file, what is wrong with it and what to do.
        """
        table, log = _read_table(folder / _LOG), cls()
        log.metadata = json.loads((table.schema.metadata or {}).get(_METADATA_KEY, b"{}"))
        log._table = table.select(SCHEMA.names).cast(SCHEMA).unify_dictionaries().combine_chunks()
        log.events = read_events(folder)
        return log


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Yield a hidden folder beside `path` that becomes `path` when the block ends, and vanishes when it fails.

    Raises:
        FileExistsError: `path` is there already.
    """
    if path.exists():
        raise FileExistsError(f"{path}: expected a new folder, got one that exists; remove it or choose another")
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.parent / f".{path.name}.{os.getpid()}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    try:
        yield partial
        for entry in sorted(partial.rglob("*"), reverse=True):
            _sync(entry)
        _sync(partial)
        partial.rename(path)
        _sync(path.parent)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _plain(value: Any, name: str) -> Any:
    """Return `value` as plain JSON: dict, list, str, int, float, bool or None."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    match value:
        case None | bool() | int():
            return value
        case float():
            if not math.isfinite(value):
                raise ValueError(f"{name}: expected a finite number, got {value}; leave the field out when undefined")
            return value
        case str():
            return value.encode("utf-8", "replace").decode("utf-8")  # a lone surrogate has no UTF-8 form
        case Mapping():
            return {str(key): _plain(item, f"{name}.{key}") for key, item in value.items()}
        case list() | tuple():
            return [_plain(item, f"{name}[{index}]") for index, item in enumerate(value)]
    raise TypeError(f"{name}: expected a plain JSON value, got {type(value).__name__}; convert it first")


def _read_table(path: Path) -> pa.Table:
    if not path.is_file():
        raise ValueError(f"{path}: expected the log of an episode, found no such file; give an episode's folder")
    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        cause = str(error).splitlines()[0]
        raise ValueError(f"{path}: expected a Parquet file, got a damaged one ({cause}); run it again") from error
    version = (table.schema.metadata or {}).get(_VERSION_KEY, b"").decode("ascii", "replace")
    if not version.isdigit():
        raise ValueError(f"{path}: expected a schema version in the metadata, got {version!r}; not an episode's log")
    if int(version) > SCHEMA_VERSION:
        raise ValueError(
            f"{path}: expected schema version <= {SCHEMA_VERSION}, got {version}; read it with a newer embodied-sim"
        )
    for name, since in ADDED.items():
        if int(version) < since and name not in table.schema.names:
            table = table.append_column(SCHEMA.field(name), pa.nulls(table.num_rows, pa.float64()).fill_null(math.nan))
    missing = [name for name in SCHEMA.names if name not in table.schema.names]
    if missing:
        raise ValueError(f"{path}: expected the columns {SCHEMA.names}, {missing} are missing; run the episode again")
    return table


def read_events(folder: Path) -> list[dict[str, Any]]:
    """Return the events alone of an episode, whose folder need hold nothing else.

    Raises:
        ValueError: one line that names the file, what is wrong with it and what to do.
    """
    path = folder / _EVENTS
    if not path.is_file():
        raise ValueError(f"{path}: expected the events of an episode, found no such file; run the episode again")
    *lines, rest = path.read_text(encoding="utf-8", errors="replace").split("\n")
    if rest:
        raise ValueError(f"{path}: expected whole lines, the last is cut off; run the episode again")
    events = []
    for number, line in enumerate(lines, start=1):
        try:
            event = json.loads(line)
        except ValueError:
            event = None
        if not isinstance(event, dict) or not {"step", "time", "type"} <= event.keys():
            raise ValueError(f"{path}: expected JSON with step, time and type, line {number} is not; run it again")
        events.append(event)
    return events
