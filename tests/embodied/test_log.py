"""The log: what goes in comes out, the same bytes each time, and one clear line when a file is damaged."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from embodied.log import SCHEMA, EpisodeLog, atomic_folder


def two_steps() -> EpisodeLog:
    log = EpisodeLog({"seed": np.int64(7), "scene": "plaza"})
    for step in range(2):
        log.append(
            step=step, time=0.1 * step, entity=[0, 3], kind=["robot", "human"], x=[0.25 * step, 2.0], y=[0.0, 1.0],
            z=[0.0, 0.0], yaw=[0.0, 3.0], vx=[1.0, 0.0], vy=[0.0, 0.0], radius=[0.3, 0.25], goal_x=[5.0, np.nan],
            goal_y=[0.0, np.nan], activity=["forward", "stand"], group=[-1, 2], seen_by_robot=[False, True],
            contact=[-1, -1], goal_distance=[5.0 - step, np.nan], clearance=[0.7, np.nan],
        )  # fmt: skip
    log.event(0, 0.0, "reset", start=np.zeros(3), goal=(5.0, 0.0), n=np.int32(2))
    log.event(1, 0.1, "speech", speaker=0, text='Où est la "pharmacie"?\n\u2028 \ud83d', hearers=[3])
    return log


def test_round_trip_keeps_every_value_and_type(tmp_path: Path) -> None:
    log = two_steps()
    log.write(tmp_path)
    back = EpisodeLog.read(tmp_path)
    assert pq.read_schema(tmp_path / "log.parquet").remove_metadata() == SCHEMA
    assert [(f.name, str(f.type)) for f in SCHEMA][:3] == [("step", "int32"), ("time", "double"), ("entity", "int32")]
    for name, values in log.columns.items():
        np.testing.assert_array_equal(values, back.columns[name])
    assert back.column("activity").tolist() == ["forward", "stand"] * 2
    assert back.metadata == {"seed": 7, "scene": "plaza"}
    assert back.events == log.events
    assert back.events_of("speech")[0]["text"].startswith('Où est la "pharmacie"?\n')


def test_the_same_episode_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        with atomic_folder(tmp_path / name) as folder:
            two_steps().write(folder)
    with atomic_folder(tmp_path / "c") as folder:
        EpisodeLog.read(tmp_path / "a").write(folder)
    for file in ("log.parquet", "events.jsonl"):
        assert len({(tmp_path / name / file).read_bytes() for name in "abc"}) == 1


def test_reading_does_not_stop_recording() -> None:
    log = two_steps()
    assert len(log.column("x")) == 4
    log.append(
        **{name: log.columns[name][2:] for name in SCHEMA.names if name not in ("step", "time")}, step=2, time=0.2
    )  # type: ignore[arg-type]
    assert log.column("step").tolist() == [0, 0, 1, 1, 2, 2]


def test_wrong_rows_and_events_are_refused() -> None:
    log = two_steps()
    row = {name: log.columns[name][:2] for name in SCHEMA.names if name not in ("step", "time")}
    with pytest.raises(ValueError, match="vx: expected one value for each of 2"):
        log.append(step=2, time=0.2, **{**row, "vx": [0.0]})  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="different ids"):
        log.append(step=2, time=0.2, **{**row, "entity": [0, 0]})  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"answer\.route\[1\]: expected a finite number"):
        log.event(0, 0.0, "answer", route=[1.0, float("nan")])
    with pytest.raises(TypeError, match=r"answer\.who"):
        log.event(0, 0.0, "answer", who=object())


def rewrite(folder: Path, change: str) -> None:
    table, path, events = pq.read_table(folder / "log.parquet"), folder / "log.parquet", folder / "events.jsonl"
    metadata = dict(table.schema.metadata)
    if change == "newer":
        pq.write_table(table.replace_schema_metadata({**metadata, b"embodied.log.schema": b"99"}), path)
    elif change == "no version":
        pq.write_table(table.replace_schema_metadata({}), path)
    elif change == "column":
        pq.write_table(table.drop_columns(["yaw"]), path)
    elif change == "damaged":
        path.write_bytes(path.read_bytes()[:-40])
    elif change == "gone":
        path.unlink()
    elif change == "truncated":
        events.write_bytes(events.read_bytes()[:-9])
    elif change == "line":
        events.write_text("{}\n" + events.read_text(encoding="utf-8"), encoding="utf-8")
    elif change == "no events":
        events.unlink()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("newer", "log.parquet: expected schema version <= 2, got 99; read it with a newer"),
        ("no version", "log.parquet: expected a schema version"),
        ("column", r"log.parquet: expected the columns .*'yaw'\] are missing"),
        ("damaged", "log.parquet: expected a Parquet file"),
        ("gone", "log.parquet: .* no such file"),
        ("truncated", "events.jsonl: .* cut off; run the episode again"),
        ("line", "events.jsonl: .*line 1"),
        ("no events", "events.jsonl: .* no such file"),
    ],
)
def test_a_damaged_log_is_one_line_that_names_the_file(tmp_path: Path, change: str, message: str) -> None:
    two_steps().write(tmp_path)
    rewrite(tmp_path, change)
    with pytest.raises(ValueError, match=message) as caught:
        EpisodeLog.read(tmp_path)
    assert "\n" not in str(caught.value)
    assert str(tmp_path) in str(caught.value)


def test_columns_of_a_later_version_are_left_out(tmp_path: Path) -> None:
    two_steps().write(tmp_path)
    path = tmp_path / "log.parquet"
    pq.write_table(pq.read_table(path).append_column("mood", pa.array([1, 2, 3, 4])), path)
    assert EpisodeLog.read(tmp_path).table().schema.remove_metadata() == SCHEMA


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    def fail() -> None:
        with atomic_folder(tmp_path / "episode") as folder:
            two_steps().write(folder)
            assert not (tmp_path / "episode").exists()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert list(tmp_path.iterdir()) == []
    with atomic_folder(tmp_path / "deep" / "episode") as folder:
        (folder / "config.json").write_text(json.dumps({}))
    assert [p.name for p in (tmp_path / "deep").rglob("*")] == ["episode", "config.json"]
    with pytest.raises(FileExistsError, match="remove it"), atomic_folder(tmp_path / "deep" / "episode"):
        pass


def test_an_empty_log_can_be_written(tmp_path: Path) -> None:
    EpisodeLog().write(tmp_path)
    assert EpisodeLog.read(tmp_path).table().num_rows == 0
