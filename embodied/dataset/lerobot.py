"""LeRobot's dataset layout v3.0: many episodes to a file, found again by offsets in `meta/episodes`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from embodied.dataset.contract import (
    CHUNK_FILES,
    CODEBASE_VERSION,
    DATA_FILE_MB,
    DATA_SCHEMA,
    FRAMES,
    FRAMES_KEY,
    QUANTILES,
    SAY,
    VIDEO,
    VIDEO_FILE_MB,
    VIDEO_FILE_SECONDS,
    describe_features,
)  # fmt: skip
from embodied.dataset.video import join

FILE = "chunk-{chunk_index:03d}/file-{file_index:03d}"
DATA_PATH = f"data/{FILE}.parquet"
VIDEO_PATH = "videos/{video_key}/" + FILE + ".mp4"
EPISODES_PATH = f"meta/episodes/{FILE}.parquet"
Stats = dict[str, Any]  # min, max, mean, std, count, q01 … q99 of a feature, nested lists


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A finished episode that goes into a dataset.

    Attributes:
        name: of its folder. folder: where its files are. task: what the robot was told.
        facts: plain values about it, columns of `meta/episodes` beside LeRobot's own; the same keys for all.
    """

    name: str
    folder: Path
    task: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeEntry:
    """Where a dataset keeps an episode.

    Attributes:
        index: of the episode. length: frames. fps: frames per second.
        data: path of its Parquet file; videos: paths of its videos by key; from_timestamps: seconds in them, by key.
    """

    index: int
    length: int
    fps: int
    data: str
    videos: Mapping[str, str]
    from_timestamps: Mapping[str, float]

    def pictures(self, key: str) -> int:
        """Return the number of its first picture in its video file."""
        return round(self.from_timestamps[key] * self.fps)


def write_lerobot(
    folder: Path, sources: Sequence[Source], cameras: Mapping[str, tuple[int, int]], *, fps: int, robot: str, split: str
) -> None:
    """Write data, videos and metadata of finished episodes into an existing folder.

    Args:
        folder: of the dataset.
        sources: in their order.
        cameras: width and height by key. fps: frames per second. robot: its name. split: name of the split.

    Raises:
        ValueError: episodes do not fit together.
    """
    tasks = {task: index for index, task in enumerate(dict.fromkeys(source.task for source in sources))}
    rows, stats = _write_data(folder, sources, tasks)
    for key in cameras:
        _write_videos(folder, sources, rows, key, fps)
    for row in rows:
        row.update({"meta/episodes/chunk_index": 0, "meta/episodes/file_index": 0})
    path = folder / EPISODES_PATH.format(chunk_index=0, file_index=0)
    path.parent.mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(rows), path, compression="snappy")
    _write_tasks(folder, tasks)
    _write_json(folder / "meta" / "stats.json", stats)
    info = {
        "codebase_version": CODEBASE_VERSION,
        "robot_type": robot,
        "total_episodes": len(sources),
        "total_frames": sum(row["length"] for row in rows),
        "total_tasks": len(tasks),
        "chunks_size": CHUNK_FILES,
        "data_files_size_in_mb": DATA_FILE_MB,
        "video_files_size_in_mb": VIDEO_FILE_MB,
        "fps": fps,
        "splits": {split: f"0:{len(sources)}"},
        "data_path": DATA_PATH,
        "video_path": VIDEO_PATH,
        "features": describe_features(cameras, fps),
        "tools": [SAY],
    }
    _write_json(folder / "meta" / "info.json", info)


def _write_data(
    folder: Path, sources: Sequence[Source], tasks: Mapping[str, int]
) -> tuple[list[dict[str, Any]], dict[str, Stats]]:
    """Write the Parquet files, a row group for each episode; return a row for each episode, and all statistics."""
    rows: list[dict[str, Any]] = []
    kept: dict[str, list[Any]] = {}
    histograms: dict[str, Any] = {}
    writer, place, start = None, _Place(DATA_FILE_MB * 1e6), 0
    try:
        for index, source in enumerate(sources):
            frames = pq.read_table(source.folder / FRAMES)
            count = len(frames)
            whole = [index] * count, list(range(start, start + count)), [tasks[source.task]] * count
            table = pa.Table.from_arrays(
                [*frames.columns, *(pa.array(values, pa.int64()) for values in whole)], schema=DATA_SCHEMA
            )
            where = place.take((source.folder / FRAMES).stat().st_size)
            if writer is None or place.fresh:
                if writer is not None:
                    writer.close()
                path = folder / DATA_PATH.format(**where)
                path.parent.mkdir(parents=True, exist_ok=True)
                writer = pq.ParquetWriter(path, DATA_SCHEMA, compression="snappy")
            writer.write_table(table)
            values = _numbers(table)
            stats = {name: describe(value) for name, value in values.items()}
            facts = json.loads(frames.schema.metadata[FRAMES_KEY])
            for key, histogram in facts["histograms"].items():
                stats[key] = describe_pictures(np.array(histogram), count)
                histograms[key] = histograms.get(key, 0) + np.array(histogram)
            for name, value in values.items():
                kept.setdefault(name, []).append(value)
            rows.append(
                {
                    "episode_index": index,
                    "tasks": [source.task],
                    "length": count,
                    "name": source.name,
                    **source.facts,
                    **{f"data/{name}": value for name, value in where.items()},
                    "dataset_from_index": start,
                    "dataset_to_index": start + count,
                    **{f"stats/{name}/{what}": value for name, stat in stats.items() for what, value in stat.items()},
                }
            )
            start += count
    finally:
        if writer is not None:
            writer.close()
    total = {name: describe(np.concatenate(values)) for name, values in kept.items()}
    return rows, total | {key: describe_pictures(histogram, start) for key, histogram in histograms.items()}


def _write_videos(folder: Path, sources: Sequence[Source], rows: Sequence[dict[str, Any]], key: str, fps: int) -> None:
    place = _Place(VIDEO_FILE_MB * 1e6, VIDEO_FILE_SECONDS)
    parts: dict[str, list[int]] = {}
    for index, (source, row) in enumerate(zip(sources, rows, strict=True)):
        size = (source.folder / VIDEO / f"{key}.mp4").stat().st_size
        where = place.take(size, row["length"] / fps)
        row.update({f"videos/{key}/{name}": value for name, value in where.items()})
        parts.setdefault(VIDEO_PATH.format(video_key=key, **where), []).append(index)
    for path, indices in parts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        starts = join([sources[index].folder / VIDEO / f"{key}.mp4" for index in indices], folder / path, fps)
        for index, start in zip(indices, starts, strict=True):
            rows[index][f"videos/{key}/from_timestamp"] = start / fps
            rows[index][f"videos/{key}/to_timestamp"] = (start + rows[index]["length"]) / fps


class _Place:
    """Chooses the file for each next episode: the last one until it is full."""

    def __init__(self, size: float, seconds: float = np.inf) -> None:
        self._limits, self._sums, self._file = np.array([size, seconds]), np.zeros(2), -1
        self.fresh = False  # the last one taken was a new file

    def take(self, size: float, seconds: float = 0.0) -> dict[str, int]:
        self._sums += (size, seconds)
        self.fresh = self._file < 0 or bool((self._sums > self._limits).any())
        if self.fresh:
            self._file, self._sums = self._file + 1, np.array([size, seconds])
        return {"chunk_index": self._file // CHUNK_FILES, "file_index": self._file % CHUNK_FILES}


def _numbers(table: pa.Table) -> dict[str, Any]:
    """Return the columns of numbers, (frames, size) float64."""
    result = {}
    for field in table.schema:
        column = table[field.name].combine_chunks()
        if pa.types.is_fixed_size_list(field.type):
            result[field.name] = column.flatten().to_numpy().reshape(len(table), -1).astype(np.float64)
        elif not pa.types.is_list(field.type):
            result[field.name] = column.to_numpy(zero_copy_only=False)[:, None].astype(np.float64)
    return result


def describe(values: Any) -> Stats:
    """Return the statistics of (frames, size) numbers, each a list of `size`."""
    quantiles = np.quantile(values, QUANTILES, axis=0)
    return {
        "min": values.min(axis=0).tolist(),
        "max": values.max(axis=0).tolist(),
        "mean": values.mean(axis=0).tolist(),
        "std": values.std(axis=0).tolist(),
        "count": [len(values)],
        **{f"q{round(100 * q):02d}": row.tolist() for q, row in zip(QUANTILES, quantiles, strict=True)},
    }


def describe_pictures(histogram: Any, count: int) -> Stats:
    """Return the statistics, 0 to 1, of all pixels of `count` pictures from a histogram (3, 256), each (3, 1, 1)."""
    levels, total = np.arange(256) / 255.0, histogram.sum(axis=1)
    mean = histogram @ levels / total
    square = histogram @ levels**2 / total
    shares = histogram.cumsum(axis=1) / total[:, None]

    def shape(values: Any) -> list[Any]:
        return np.asarray(values, dtype=np.float64).reshape(3, 1, 1).tolist()

    return {
        "min": shape(levels[(histogram > 0).argmax(axis=1)]),
        "max": shape(levels[255 - (histogram[:, ::-1] > 0).argmax(axis=1)]),
        "mean": shape(mean),
        "std": shape(np.sqrt(np.maximum(square - mean**2, 0.0))),
        "count": [count],
        **{f"q{round(100 * q):02d}": shape(levels[(shares >= q).argmax(axis=1)]) for q in QUANTILES},
    }


def _write_tasks(folder: Path, tasks: Mapping[str, int]) -> None:
    """Write tasks.parquet as pandas does for a table with the task as its index."""

    def column(name: str, pandas: str, numpy: str) -> dict[str, Any]:
        return {"name": name, "field_name": name, "pandas_type": pandas, "numpy_type": numpy, "metadata": None}

    table = pa.table({"task_index": pa.array(list(tasks.values()), pa.int64()), "task": pa.array(list(tasks))})
    described = {
        "index_columns": ["task"],
        "column_indexes": [
            {"name": None, "field_name": None, "pandas_type": "unicode", "numpy_type": "object",
             "metadata": {"encoding": "UTF-8"}}
        ],
        "columns": [column("task_index", "int64", "int64"), column("task", "unicode", "object")],
        "creator": {"library": "pyarrow", "version": pa.__version__},
        "pandas_version": "2.3.0",
    }  # fmt: skip
    pq.write_table(table.replace_schema_metadata({b"pandas": json.dumps(described)}), folder / "meta" / "tasks.parquet")


def _write_json(path: Path, document: Any) -> None:
    text = json.dumps(document, indent=4, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def read_info(folder: Path) -> dict[str, Any]:
    """Return meta/info.json of a dataset.

    Raises:
        ValueError: there is none of this version.
    """
    path = folder / "meta" / "info.json"
    try:
        info = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: expected the description of a dataset, got none ({error})") from error
    if not isinstance(info, dict) or info.get("codebase_version") != CODEBASE_VERSION:
        raise ValueError(f"{path}: expected codebase_version {CODEBASE_VERSION}, got another")
    return info


def read_episodes(folder: Path) -> list[EpisodeEntry]:
    """Return where a dataset keeps its episodes, in their order."""
    return list(_read_episodes(folder))


def _read_episodes(folder: Path) -> Iterator[EpisodeEntry]:
    info = read_info(folder)
    keys = [name for name, feature in info["features"].items() if feature["dtype"] == "video"]

    def file(row: dict[str, Any], prefix: str) -> dict[str, int]:
        return {name: row[f"{prefix}/{name}"] for name in ("chunk_index", "file_index")}

    for path in sorted((folder / "meta" / "episodes").glob("*/*.parquet")):
        table = pq.read_table(path)
        for row in table.select([name for name in table.schema.names if not name.startswith("stats/")]).to_pylist():
            yield EpisodeEntry(
                index=row["episode_index"],
                length=row["length"],
                fps=info["fps"],
                data=info["data_path"].format(**file(row, "data")),
                videos={k: info["video_path"].format(video_key=k, **file(row, f"videos/{k}")) for k in keys},
                from_timestamps={key: row[f"videos/{key}/from_timestamp"] for key in keys},
            )
