"""What must hold of the folder of an episode and of a dataset; asked on writing, and by `embodied doctor`."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from embodied.dataset import coco
from embodied.dataset.contract import (
    COCO,
    CONTROL_HZ,
    DATA_SCHEMA,
    FRAME_SCHEMA,
    FRAMES,
    FRAMES_KEY,
    VIDEO,
    list_cameras,
)  # fmt: skip
from embodied.dataset.lerobot import read_episodes, read_info
from embodied.dataset.video import count_frames
from embodied.log import EpisodeLog

MANIFEST = "manifest.json"


def check_episode(folder: Path, run: Any) -> EpisodeLog:
    """Check the folder of an episode and return its log.

    Args:
        folder: of the episode.
        run: its config, a RunConfig or the same as read from config.yaml.

    Raises:
        ValueError: one line with the first thing that is wrong.
    """
    log = EpisodeLog.read(folder)
    steps = np.unique(log.column("step"))
    if not log.events_of("reset") or not log.events_of("episode_end") or not len(steps):
        raise ValueError(f"{folder}: expected a whole episode, got one without its end; run it again")
    if not np.array_equal(steps, np.arange(len(steps))):
        raise ValueError(f"{folder}: log.parquet: expected every control step from 0, some are missing; run it again")
    if run.sink.name == "dataset":
        _check_recording(folder, run, 1 + int(steps[-1]) * run.sink.fps // CONTROL_HZ)
    return log


def _check_recording(folder: Path, run: Any, count: int) -> None:
    table = read_frames_table(folder / FRAMES)
    if len(table) != count:
        raise ValueError(f"{folder / FRAMES}: expected {count} frames as in the log, got {len(table)}; run it again")
    check_frames(table, run.sink.fps, str(folder / FRAMES))
    cameras = list_cameras(run)
    for key in cameras:
        path = folder / VIDEO / f"{key}.mp4"
        if not path.is_file():
            raise ValueError(f"{path}: expected a video, found no such file; run the episode again")
        if (found := count_frames(path, run.sink.fps)) != count:
            raise ValueError(f"{path}: expected {count} pictures, one for each frame, got {found}; run it again")
    if run.sink.coco:
        document = coco.read_document(folder / COCO)
        if len(document["images"]) != count:
            raise ValueError(f"{folder / COCO}: expected {count} pictures, got {len(document['images'])}; run it again")
        width, height = next(iter(cameras.values()))
        merged = coco.merge([(folder.name, document)], width, height, keypoints=run.sink.keypoints)
        coco.check_coco(merged, str(folder / COCO))


def read_frames_table(path: Path) -> pa.Table:
    """Read `frames.parquet`.

    Raises:
        ValueError: it is missing, damaged, or has another schema.
    """
    if not path.is_file():
        raise ValueError(f"{path}: expected the frames of an episode, found no such file; run the episode again")
    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        cause = str(error).splitlines()[0]
        raise ValueError(f"{path}: expected a Parquet file, got a damaged one ({cause}); run it again") from error
    if not table.schema.equals(FRAME_SCHEMA) or FRAMES_KEY not in (table.schema.metadata or {}):
        raise ValueError(f"{path}: expected the columns {FRAME_SCHEMA.names}, got others; run the episode again")
    return table


def check_frames(table: pa.Table, fps: int, where: str) -> None:
    """Check that the frames of one episode come at a constant rate and that all numbers are finite.

    Raises:
        ValueError: one line with the first thing that is wrong.
    """
    count = len(table)
    times = table["timestamp"].to_numpy()
    if not np.array_equal(table["frame_index"].to_numpy(), np.arange(count)):
        raise ValueError(f"{where}: frame_index: expected 0 to {count - 1}, got others")
    if not np.array_equal(times, (np.arange(count) / fps).astype(np.float32)):
        raise ValueError(f"{where}: timestamp: expected frame_index / {fps}, got others")
    for field in table.schema:
        if pa.types.is_fixed_size_list(field.type):
            values = table[field.name].combine_chunks().flatten()
            if values.null_count or not np.isfinite(values.to_numpy()).all():
                raise ValueError(f"{where}: {field.name}: expected finite numbers, got others")


def check_dataset(folder: Path) -> None:
    """Check a dataset against the layout of LeRobot v3.0 and COCO's form.

    Raises:
        ValueError: one line with the first thing that is wrong.
    """
    info, episodes = read_info(folder), read_episodes(folder)
    fps, start = info["fps"], 0
    tasks = pq.read_table(folder / "meta" / "tasks.parquet")
    if [info["total_episodes"], info["total_tasks"]] != [len(episodes), len(tasks)]:
        raise ValueError(f"{folder}: info.json: expected the number of episodes and tasks that there are")
    for path in sorted({episode.data for episode in episodes}):
        table = pq.read_table(folder / path)
        if not table.schema.equals(DATA_SCHEMA):
            raise ValueError(f"{folder / path}: expected the columns {DATA_SCHEMA.names}, got others")
        for episode in (e for e in episodes if e.data == path):
            where = f"{folder / path}: episode {episode.index}"
            rows = table.filter(pa.compute.field("episode_index") == episode.index)
            check_frames(rows, fps, where)
            if len(rows) != episode.length or rows["index"].to_pylist() != list(range(start, start + episode.length)):
                raise ValueError(f"{where}: expected the rows {start} to {start + episode.length - 1}, got others")
            if not set(rows["task_index"].to_pylist()) <= set(tasks["task_index"].to_pylist()):
                raise ValueError(f"{where}: task_index: expected one of tasks.parquet, got another")
            start += episode.length
    if info["total_frames"] != start:
        raise ValueError(f"{folder}: info.json: total_frames: expected {start}, got {info['total_frames']}")
    for key in (name for name, feature in info["features"].items() if feature["dtype"] == "video"):
        ends: dict[str, int] = {}
        for episode in episodes:
            first = episode.pictures(key)
            if first != ends.get(episode.videos[key], 0):
                raise ValueError(f"{folder}: {key}: episode {episode.index}: expected to begin where the last ended")
            ends[episode.videos[key]] = first + episode.length
        for path, count in ends.items():
            if (found := count_frames(folder / path, fps)) != count:
                raise ValueError(f"{folder / path}: expected {count} pictures, got {found}")
    annotations = folder / "annotations" / "instances.json"
    if annotations.exists():
        coco.check_coco(coco.read_document(annotations), str(annotations))


def hash_files(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file in a folder but the manifest, by its path there."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path != folder / MANIFEST
    }


def write_manifest(folder: Path, config: bytes, episodes: dict[str, dict[str, str]]) -> None:
    """Write what a dataset was made of and holds.

    Args:
        folder: of the dataset.
        config: config.yaml of the run.
        episodes: the files of each episode with their SHA-256.
    """
    document = {
        "schema": 1,
        "config": hashlib.sha256(config).hexdigest(),
        "episodes": episodes,
        "files": hash_files(folder),
    }
    (folder / MANIFEST).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8", newline="\n")


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a dataset.

    Raises:
        ValueError: it is missing or damaged.
    """
    path = folder / MANIFEST
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        schema = document["schema"]
        document["config"].encode(), document["episodes"].items(), document["files"].items()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path}: expected the manifest of a dataset, got none ({error}); make it anew") from error
    if schema != 1:
        raise ValueError(f"{path}: expected schema 1, got {schema}; read it with a newer embodied-sim")
    return dict(document)


def check_owner(folder: Path, config: bytes) -> None:
    """Check that a dataset is that of the run with this config.yaml.

    Raises:
        ValueError: it is that of another run, or has no manifest.
    """
    if read_manifest(folder)["config"] != hashlib.sha256(config).hexdigest():
        raise ValueError(f"{folder}: holds the dataset of another run; move it away, or choose another folder")
