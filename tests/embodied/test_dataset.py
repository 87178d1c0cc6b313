"""The dataset: frames, states, times and words line up; the same episodes give the same bytes; what breaks is found."""

from __future__ import annotations

import itertools
import json
import math
import shutil
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embodied import playback
from embodied.claim import document_runs
from embodied.cli import main
from embodied.compose import compose_runs
from embodied.dataset import video
from embodied.dataset.assembly import assemble
from embodied.dataset.check import check_dataset, check_episode, hash_files
from embodied.dataset.contract import CAMERA, check_sink
from embodied.dataset.language import list_rows
from embodied.dataset.lerobot import _Place, describe, describe_pictures
from embodied.dataset.recording import record_pictures
from embodied.log import EpisodeLog
from scenes.backend import Camera, Frame

SIDE, CELL, FPS, LENGTHS = 64, 8, 2, (61, 96, 40)
WORDS = ["sink=dataset", "sink.width=64", "sink.height=64", f"sink.fps={FPS}", "episodes=3", "assets=permissive"]
KEYPOINTLESS = [*WORDS, "sink.keypoints=false"]


def make_log(seed: int, steps: int) -> EpisodeLog:
    """Return an episode in which the robot drives a circle round (0, 2), past person 3, whom it asks."""
    log = EpisodeLog(
        {"seed": seed, "scene": "plaza", "control_dt": 0.1, "motion": "still", "renderer": "fake", "perception": "rgb"}
    )
    log.event(
        0, 0.0, "reset", start=(0, 0, 0), goal=(4, 4), goal_name="bank", success_radius=3.0, geodesic_distance=6.0,
        reference_path=[(0, 0), (4, 4)], max_time=60.0,
    )  # fmt: skip
    log.event(0, 0.0, "instruction", text=f"Find the bank, please, {seed % 2}.")
    log.event(0, 0.0, "person", entity=3, body="girl", description="girl", height=1.3, age=9, skin_tone=6, aid="")
    for step in range(steps):
        angle = 0.5 * 0.1 * step / 2.0  # 0.5 m/s on a radius of 2 m
        yaw = math.remainder(angle, math.tau)
        log.append(
            step=step, time=0.1 * step, entity=[0, 3], kind=["robot", "human"], x=[2 * math.sin(angle), 1.0],
            y=[2 - 2 * math.cos(angle), 3.0], z=[0, 0], yaw=[yaw, 0.0], vx=[0.5 * math.cos(yaw), 0.0],
            vy=[0.5 * math.sin(yaw), 1.0], radius=[0.3, 0.2], goal_x=[4, np.nan], goal_y=[4, np.nan],
            activity=["drive", "walk"], group=[-1, -1], seen_by_robot=[False, step % 20 < 10], contact=[-1, -1],
            goal_distance=[6.0 - 0.01 * step, np.nan],
        )  # fmt: skip
    log.event(7, 0.7, "speech", speaker=0, hearers=[3], text="Where is the bank?", act="ask", start=0.7, end=1.4,
              addressee=3, generated_by="agent")  # fmt: skip
    log.event(16, 1.6, "speech", speaker=3, hearers=[0], text='"Left", I think.', act="answer", start=1.6, end=2.6,
              generated_by="template")  # fmt: skip
    log.event(17, 1.7, "speech", speaker=9, hearers=[3], text="Hello", act="greet", start=1.7, end=2.0,
              generated_by="template")  # fmt: skip
    log.event(steps - 1, 0.1 * (steps - 1), "episode_end", reason="stop", goal_distance=2.0)
    return log


class Marker:
    """A backend whose picture says at which control step it was drawn: a white square, cell by cell."""

    def __init__(self) -> None:
        self.steps = 0

    def add_person(self, person_id: int, mesh: Any) -> None: ...
    def remove_person(self, person_id: int) -> None: ...
    def pose_person(self, person_id: int, joints: Any) -> None: ...
    def place_robot(self, x: float, y: float, yaw: float) -> None: ...

    def step(self, dt: float) -> None:
        self.steps += 1

    def render(self, camera: Camera, layers: Any = ()) -> Frame:
        number = (self.steps - 1) * FPS // 10
        rgb = np.full((SIDE, SIDE, 3), 40, dtype=np.uint8)
        row, column = divmod(number, SIDE // CELL)
        rgb[CELL * row : CELL * (row + 1), CELL * column : CELL * (column + 1)] = 230
        ids = np.zeros((SIDE, SIDE), dtype=np.int32)
        ids[: number + 1, 10:20] = 5  # a car that grows
        semantic = np.where(ids == 5, 1, 0).astype(np.int32)
        return Frame(rgb=rgb, depth=np.ones((SIDE, SIDE), np.float32), semantic=semantic, instance=ids, renderer="fake")


class Still:
    def reset(self, bodies: Any, rng: np.random.Generator) -> None: ...

    def step(self, dt: float, paths: Any, partners: Any, cues: Any) -> Any:
        return np.tile(np.eye(4), (len(paths.person_ids), 24, 1, 1))


def read_marker(picture: Any) -> int:
    cells = picture[..., 1].reshape(SIDE // CELL, CELL, SIDE // CELL, CELL).mean(axis=(1, 3))
    assert (cells > 135).sum() == 1
    return int(cells.argmax())


def make_run(out: Path, order: tuple[int, ...] = (0, 1, 2), words: list[str] = KEYPOINTLESS) -> Path:
    runs = compose_runs(words, {"agent": "oracle"})
    out.mkdir(parents=True)
    (out / "config.yaml").write_text(document_runs("generate", runs))
    for number in order:
        folder = out / "episodes" / f"plaza-oracle-{number:04d}"
        folder.mkdir(parents=True)
        log = make_log(100 + number, LENGTHS[number])
        log.write(folder)
        record_pictures(log, runs[0], folder, Marker(), Still())  # type: ignore[arg-type]
        check_episode(folder, runs[0])
    return out


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(playback, "skin", lambda body: None)
        patch.setattr(playback, "Wardrobe", lambda seed, ids, appearance, walkers: dict.fromkeys(ids))
        first = make_run(tmp_path_factory.mktemp("run") / "a")
        second = make_run(tmp_path_factory.mktemp("run") / "b", order=(2, 0, 1))
    for out in (first, second):
        assemble(out)
    return first, second


@pytest.fixture
def copy(run: Any, tmp_path: Path) -> Path:
    return Path(shutil.copytree(run[0], tmp_path / "copy"))


# ---------------------------------------------------------------- the published layout, with pyarrow and av alone


def test_pictures_states_and_times_line_up(run: Any) -> None:
    """Every row leads, by the offsets of its episode, to the picture of its own instant, and to the rows of the log."""
    dataset = run[0] / "dataset"
    info = json.loads((dataset / "meta/info.json").read_text())
    episodes = pq.read_table(dataset / "meta/episodes/chunk-000/file-000.parquet").to_pylist()
    tasks = {row["task_index"]: row["task"] for row in pq.read_table(dataset / "meta/tasks.parquet").to_pylist()}
    assert [e["length"] for e in episodes] == [1 + (steps - 1) // 5 for steps in LENGTHS]
    for episode, steps, seed in zip(episodes, LENGTHS, (100, 101, 102), strict=True):
        places = {name: episode[f"data/{name}"] for name in ("chunk_index", "file_index")}
        table = pq.read_table(dataset / info["data_path"].format(**places))
        rows = table.slice(episode["dataset_from_index"], episode["length"]).to_pylist()
        assert episode["dataset_to_index"] == episode["dataset_from_index"] + episode["length"]
        places = {name: episode[f"videos/{CAMERA}/{name}"] for name in ("chunk_index", "file_index")}
        with av.open(str(dataset / info["video_path"].format(video_key=CAMERA, **places))) as container:
            stream = container.streams.video[0]
            assert (stream.codec_context.name, stream.pix_fmt, stream.average_rate) == ("h264", "yuv420p", FPS)
            log = make_log(seed, steps).columns
            robot = {name: values[log["entity"] == 0] for name, values in log.items()}
            for number, row in enumerate(rows):
                assert (row["frame_index"], row["episode_index"]) == (number, episode["episode_index"])
                assert row["index"] == episode["dataset_from_index"] + number
                assert tasks[row["task_index"]] == f"Find the bank, please, {seed % 2}." == episode["tasks"][0]
                time = episode[f"videos/{CAMERA}/from_timestamp"] + row["timestamp"]
                container.seek(round((time - 1e-3) / stream.time_base), stream=stream)
                frame = next(f for f in container.decode(stream) if float(f.pts * stream.time_base) > time - 1e-3)
                assert float(frame.pts * stream.time_base) == pytest.approx(time, abs=1e-4)
                assert read_marker(frame.to_ndarray(format="rgb24")) == number
                k = 5 * number
                assert row["timestamp"] == pytest.approx(robot["time"][k])
                expected = (robot["x"][k], robot["y"][k], robot["yaw"][k], 0.5, 0.25 if k else 0.0)
                np.testing.assert_allclose(row["observation.state"], expected, atol=1e-6)
        assert episode[f"videos/{CAMERA}/to_timestamp"] == pytest.approx(
            episode[f"videos/{CAMERA}/from_timestamp"] + episode["length"] / FPS
        )


def test_actions_lead_from_state_to_state(run: Any) -> None:
    table = pq.read_table(run[0] / "dataset/data/chunk-000/file-000.parquet")
    rows = table.filter(pa.compute.field("episode_index") == 1).to_pylist()
    for row, later in itertools.pairwise(rows):
        x, y, yaw = row["observation.state"][:3]
        dx, dy, dyaw = row["action"]
        c, s = math.cos(yaw), math.sin(yaw)
        expected = (x + c * dx - s * dy, y + s * dx + c * dy, yaw + dyaw)
        np.testing.assert_allclose(later["observation.state"][:3], expected, atol=1e-5)
    assert rows[0]["action"][0] == pytest.approx(0.25, abs=0.01) and rows[0]["action"][1] > 0.0
    assert [row["discrete_action"] for row in rows[:7]] == [1, 5, 5, 5, 5, 5, 1]  # asked at 0.7 s, answered until 2.6
    assert rows[-1]["discrete_action"] == 0
    assert [row["next.done"] for row in rows] == [False] * (len(rows) - 1) + [True]


def test_people_are_where_the_robot_sees_them(run: Any) -> None:
    rows = pq.read_table(run[0] / "dataset/data/chunk-000/file-000.parquet").slice(0, 5).to_pylist()
    for number, row in enumerate(rows):
        people = np.reshape(row["people"], (8, 5))
        if 5 * number % 20 >= 10:
            assert not people.any()
            continue
        assert people[0, 0] == 3 and not people[1:].any()
        x, y, yaw = row["observation.state"][:3]
        c, s = math.cos(yaw), math.sin(yaw)
        place = (x + c * people[0, 1] - s * people[0, 2], y + s * people[0, 1] + c * people[0, 2])
        np.testing.assert_allclose(place, (1.0, 3.0), atol=1e-5)
        np.testing.assert_allclose((c * people[0, 3] - s * people[0, 4], s * people[0, 3] + c * people[0, 4]),
                                   (0.0, 1.0), atol=1e-6)  # fmt: skip


def test_words_are_in_the_language_columns(run: Any) -> None:
    table = pq.read_table(run[0] / "dataset/data/chunk-000/file-000.parquet")
    fields = {name: table.schema.field(name).type.value_type for name in ("language_persistent", "language_events")}
    assert [f.name for f in fields["language_persistent"]] == [
        "role", "content", "style", "timestamp", "camera", "tool_calls",
    ]  # fmt: skip
    assert [f.name for f in fields["language_events"]] == ["role", "content", "style", "camera", "tool_calls"]
    assert fields["language_events"].field("tool_calls").type == pa.list_(pa.json_())
    assert fields["language_persistent"].field("timestamp").type == pa.float32()
    assert not fields["language_events"].field("role").nullable
    rows = table.slice(0, 13).to_pylist()
    said = {number: row["language_events"] for number, row in enumerate(rows) if row["language_events"]}
    assert sorted(said) == [1, 6]  # 0.7 s lies in the frame of 0.5 s; 2.6 s is over at 3 s
    assert json.loads(said[1][0]["tool_calls"][0])["function"] == {
        "name": "say", "arguments": {"text": "Where is the bank?"},
    }  # fmt: skip
    assert (said[6][0]["role"], said[6][0]["content"], said[6][0]["style"]) == (
        "user", '"Left", I think.', "interjection",
    )  # fmt: skip
    persistent = rows[0]["language_persistent"]
    assert all(row["language_persistent"] == persistent for row in rows)
    assert [(row["style"], row["timestamp"]) for row in persistent] == [("task_aug", 0.0), ("memory", 3.0)]
    assert persistent[1]["content"] == 'Person 3: ""Left", I think."'


def test_words_at_the_very_end_stay_in_the_episode() -> None:
    log = make_log(1, 20)
    persistent, events = list_rows(log, 4, FPS)
    assert [len(rows) for rows in events] == [0, 1, 0, 1]
    assert persistent[-1]["timestamp"] == 1.5


def test_the_description_fits_the_files(run: Any) -> None:
    dataset = run[0] / "dataset"
    info = json.loads((dataset / "meta/info.json").read_text())
    table = pq.read_table(dataset / "data/chunk-000/file-000.parquet")
    assert info["codebase_version"] == "v3.0" and info["fps"] == FPS
    assert {"robot_type", "total_episodes", "total_frames", "total_tasks", "chunks_size", "data_files_size_in_mb",
            "video_files_size_in_mb", "splits", "data_path", "video_path", "features"} <= set(info)  # fmt: skip
    assert (info["total_episodes"], info["total_frames"], info["total_tasks"]) == (3, len(table), 2)
    assert info["splits"] == {"train": "0:3"}
    for name, feature in info["features"].items():
        assert {"dtype", "shape", "names"} <= set(feature)
        if feature["dtype"] in ("video", "language"):
            continue
        kind = table.schema.field(name).type
        size = kind.list_size if pa.types.is_fixed_size_list(kind) else 1
        assert [size] == feature["shape"] and (feature["names"] is None or len(feature["names"]) == size)
        scalar = kind.value_type if size > 1 else kind
        assert {"float": "float32", "bool": "bool"}.get(str(scalar), str(scalar)) == feature["dtype"]
    assert set(table.schema.names) == set(info["features"]) - {CAMERA}
    assert pq.ParquetFile(dataset / "data/chunk-000/file-000.parquet").num_row_groups == 3
    assert json.loads(pq.read_schema(dataset / "meta/tasks.parquet").metadata[b"pandas"])["index_columns"] == ["task"]


def test_statistics_are_those_of_the_rows(run: Any) -> None:
    dataset = run[0] / "dataset"
    stats = json.loads((dataset / "meta/stats.json").read_text())
    episodes = pq.read_table(dataset / "meta/episodes/chunk-000/file-000.parquet").to_pylist()
    table = pq.read_table(dataset / "data/chunk-000/file-000.parquet")
    actions = np.array(table["action"].to_pylist())
    np.testing.assert_allclose(stats["action"]["mean"], actions.mean(axis=0), atol=1e-9)
    np.testing.assert_allclose(stats["action"]["q90"], np.quantile(actions, 0.9, axis=0), atol=1e-9)
    own = actions[episodes[2]["dataset_from_index"] : episodes[2]["dataset_to_index"]]
    np.testing.assert_allclose(episodes[2]["stats/action/std"], own.std(axis=0), atol=1e-9)
    assert stats["index"]["max"] == [len(table) - 1] and stats["action"]["count"] == [len(table)]
    assert np.shape(stats[CAMERA]["mean"]) == (3, 1, 1) == np.shape(episodes[0][f"stats/{CAMERA}/q01"])
    level = (40 * (SIDE**2 - CELL**2) + 230 * CELL**2) / SIDE**2 / 255
    np.testing.assert_allclose(stats[CAMERA]["mean"], level)
    assert set(stats) == set(table.schema.names) - {"language_persistent", "language_events"} | {CAMERA}


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40))
def test_histograms_tell_what_pixels_tell(seed: int, pixels: int) -> None:
    values = np.random.default_rng(seed).integers(0, 256, (pixels, 3))
    histogram = np.stack([np.bincount(values[:, c], minlength=256) for c in range(3)])
    found, expected = describe_pictures(histogram, 1), describe(values / 255.0)
    for name in ("min", "max", "mean", "std"):
        np.testing.assert_allclose(np.ravel(found[name]), expected[name], atol=1e-7)
    for name in ("q01", "q50", "q99"):
        lower = np.quantile(values / 255.0, int(name[1:]) / 100, axis=0, method="inverted_cdf")
        np.testing.assert_allclose(np.ravel(found[name]), lower)


def test_the_card_says_whose_and_who(run: Any) -> None:
    card = (run[0] / "dataset/README.md").read_text()
    assert card.startswith("---\nlicense: apache-2.0\n")
    assert "bodies/*.npz" in card and "mocap.cs.cmu.edu" in card and "robots/courier.urdf" in card
    assert "| 0 to 12 | 3 | 3 | 3 | 0 |" in card and "| 6 | 3 | 3 |" in card and "| none | 3 |" in card
    assert "100, 101, 102" in card and "numpy" in card and str(run[0]) not in card
    command = next(line for line in card.splitlines() if line.startswith("    embodied generate"))
    assert "sink.fps=2" in command and "sink=dataset" in command and "agent=oracle" in command
    assert compose_runs(command.split()[2:], {})[0].sink == compose_runs(KEYPOINTLESS, {})[0].sink
    assert {path.name for path in (run[0] / "dataset/pictures").iterdir()} == {"frames.jpg", "labels.jpg"}


# ---------------------------------------------------------------- bytes


def test_order_of_finishing_and_making_anew_change_no_byte(run: Any, copy: Path) -> None:
    assert hash_files(run[0]) == hash_files(run[1])
    before = hash_files(copy / "dataset")
    assemble(copy)
    assert hash_files(copy / "dataset") == before
    assert not list(copy.glob(".*"))


def test_a_grown_dataset_equals_one_made_at_once(run: Any, copy: Path) -> None:
    shutil.move(copy / "episodes/plaza-oracle-0001", copy / "later")
    assemble(copy)
    assert json.loads((copy / "dataset/meta/info.json").read_text())["total_episodes"] == 2
    shutil.move(copy / "later", copy / "episodes/plaza-oracle-0001")
    assemble(copy)
    assert hash_files(copy / "dataset") == hash_files(run[0] / "dataset")


def test_a_failed_assembly_leaves_the_last_dataset(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = hash_files(copy)

    def fill(folder: Path) -> None:
        raise OSError(28, "")

    monkeypatch.setattr("embodied.dataset.assembly.check_dataset", fill)
    with pytest.raises(OSError):
        assemble(copy)
    assert hash_files(copy) == before and not list(copy.glob(".*"))


def test_invalid_episodes_are_not_published(copy: Path) -> None:
    path = copy / "episodes/plaza-oracle-0002/frames.parquet"
    table = pq.read_table(path)
    states = table["observation.state"].combine_chunks().flatten().to_numpy().copy()
    states[3] = np.nan
    column = pa.FixedSizeListArray.from_arrays(pa.array(states), 5)
    pq.write_table(table.set_column(0, table.schema.field(0), column), path)
    before = hash_files(copy / "dataset")
    with pytest.raises(ValueError, match=r"frames.parquet: observation.state: expected finite numbers"):
        assemble(copy)
    assert hash_files(copy / "dataset") == before


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [("timestamp", 0.5, "timestamp: expected frame_index / 2"), ("frame_index", 4, "frame_index: expected 0 to"),
     ("task_index", 7, "task_index: expected one of tasks.parquet"), ("index", 3, "expected the rows 0 to 12")],
)  # fmt: skip
def test_datasets_that_do_not_fit_are_refused(copy: Path, column: str, value: float, message: str) -> None:
    path = copy / "dataset/data/chunk-000/file-000.parquet"
    table = pq.read_table(path)
    values = table[column].to_pylist()
    values[0] = value
    place = table.schema.get_field_index(column)
    field = table.schema.field(place)
    pq.write_table(table.set_column(place, field, pa.array(values, field.type)), path)
    with pytest.raises(ValueError, match=message):
        check_dataset(copy / "dataset")


def test_files_are_filled_and_chunks_counted(monkeypatch: pytest.MonkeyPatch, copy: Path) -> None:
    place = _Place(10.0, 100.0)
    assert [place.take(4.0, 1.0)["file_index"] for _ in range(5)] == [0, 0, 1, 1, 2]
    assert [place.take(1.0, 60.0)["file_index"] for _ in range(2)] == [2, 3]
    assert place.take(50.0)["file_index"] == 4  # larger than any file: alone
    monkeypatch.setattr("embodied.dataset.lerobot.CHUNK_FILES", 2)
    monkeypatch.setattr("embodied.dataset.lerobot.DATA_FILE_MB", 1e-3)
    monkeypatch.setattr("embodied.dataset.lerobot.VIDEO_FILE_SECONDS", 1.0)
    assemble(copy)
    names = sorted(p.relative_to(copy / "dataset/data").as_posix() for p in (copy / "dataset/data").rglob("*.parquet"))
    assert names == ["chunk-000/file-000.parquet", "chunk-000/file-001.parquet", "chunk-001/file-000.parquet"]
    assert len(list((copy / "dataset/videos").rglob("*.mp4"))) == 3
    rows = pq.read_table(copy / "dataset/meta/episodes/chunk-000/file-000.parquet").to_pylist()
    assert [row[f"videos/{CAMERA}/from_timestamp"] for row in rows] == [0.0, 0.0, 0.0]


# ---------------------------------------------------------------- videos


def test_joined_videos_hold_the_pictures_of_each(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    parts, sums = [], []
    for part, count in enumerate((3, 11, 1)):
        parts.append(tmp_path / f"{part}.mp4")
        with video.VideoWriter(parts[-1], width=32, height=32, fps=5, crf=10) as writer:
            for level in rng.integers(0, 256, count):
                writer.write(np.full((32, 32, 3), level, dtype=np.uint8))
                sums.append(int(level))
    assert video.join(parts, tmp_path / "all.mp4", 5) == [0, 3, 14]
    assert video.count_frames(tmp_path / "all.mp4", 5) == 15
    found = [picture.mean() for picture in video.read_frames(tmp_path / "all.mp4", range(15), 5)]
    np.testing.assert_allclose(found, sums, atol=3.0)
    with av.open(str(tmp_path / "all.mp4")) as container:
        stream = container.streams.video[0]
        times = [packet.pts * stream.time_base for packet in container.demux(stream) if packet.size]
    assert times == [Fraction(number, 5) for number in range(15)]
    with pytest.raises(LookupError, match="picture 15"):
        next(video.read_frames(tmp_path / "all.mp4", [15], 5))
    with pytest.raises(ValueError, match=r"expected picture 1 at 1 s, got 0\.2 s"):
        video.count_frames(tmp_path / "all.mp4", 1)


def test_videos_of_different_kinds_are_not_joined(tmp_path: Path) -> None:
    for name, side in (("a", 32), ("b", 64)):
        with video.VideoWriter(tmp_path / f"{name}.mp4", width=side, height=side, fps=5, crf=10) as writer:
            writer.write(np.zeros((side, side, 3), dtype=np.uint8))
    with pytest.raises(ValueError, match="expected to be encoded as"):
        video.join([tmp_path / "a.mp4", tmp_path / "b.mp4"], tmp_path / "all.mp4", 5)


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("words", "message"),
    [(["sink.fps=3"], "sink.fps: expected a divisor of 10, got 3; choose one of 1, 2, 5, 10"),
     (["sink.width=65"], "expected even numbers of pixels, got 65 x 256"),
     (["robot.rig=[{name: front}]"], "robot.rig: expected no camera called front"),
     (["robot.rig=[{name: back, height: 33}]"], "robot.rig: back: expected even numbers")],
)  # fmt: skip
def test_sinks_that_cannot_be_are_refused(words: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_sink(compose_runs(["sink=dataset", *words], {}))


def test_one_sink_for_all_runs() -> None:
    with pytest.raises(ValueError, match="sink: expected one for all runs"):
        check_sink(compose_runs(["sink=[none,dataset]"], {}))


def test_the_dataset_of_another_run_is_left_alone(run: Any, copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (copy / "config.yaml").read_text()
    (copy / "config.yaml").write_text(text.replace("appearance: all", "appearance: train"))
    before = hash_files(copy / "dataset")
    with pytest.raises(ValueError, match="dataset: holds the dataset of another run"):
        assemble(copy)
    assert main(["doctor", str(copy), "repair=true"]) == 1
    assert "holds the dataset of another run" in capsys.readouterr().out
    assert hash_files(copy / "dataset") == before


# ---------------------------------------------------------------- doctor


def doctor(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = main(["doctor", *words])
    return code, capsys.readouterr().out


def add_results(out: Path) -> None:
    document = {"schema": 1, "verb": "generate", "command": "", "seed": 0, "seconds": 1.0, "versions": {}, "files": {},
                "rows": []}  # fmt: skip
    (out / "results.json").write_text(json.dumps(document))


def test_doctor_finds_a_whole_run_whole(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add_results(copy)
    before = hash_files(copy)
    code, text = doctor(capsys, str(copy))
    assert code == 0 and text.endswith("whole\n") and "3 of 3 whole" in text
    assert hash_files(copy) == before


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


EPISODE = "episodes/plaza-oracle-0001"


@pytest.mark.parametrize(
    ("harm", "name", "words"),
    [(_truncate, f"{EPISODE}/log.parquet", "expected a Parquet file"),
     (_truncate, f"{EPISODE}/video/{CAMERA}.mp4", f"{CAMERA}.mp4"),
     (Path.unlink, f"{EPISODE}/frames.parquet", "found no such file"),
     (_flip, f"{EPISODE}/log.parquet", "log.parquet")],
)  # fmt: skip
def test_doctor_moves_broken_episodes_away(
    run: Any, copy: Path, capsys: pytest.CaptureFixture[str], harm: Any, name: str, words: str
) -> None:
    add_results(copy)
    harm(copy / name)
    code, text = doctor(capsys, str(copy))
    assert code == 1 and "fail  episode" in text and words in text
    code, text = doctor(capsys, str(copy), "repair=true")
    assert code == 1 and "moved to broken" in text and "give the command of the run again" in text
    assert (copy / "broken/plaza-oracle-0001").is_dir() and not (copy / EPISODE).exists()
    assert json.loads((copy / "dataset/meta/info.json").read_text())["total_episodes"] == 2
    shutil.copytree(run[0] / EPISODE, copy / EPISODE)  # as the command would make it again
    assert doctor(capsys, str(copy), "repair=true")[0] == 0
    assert hash_files(copy / "dataset") == hash_files(run[0] / "dataset")


@pytest.mark.parametrize(
    ("harm", "name"),
    [(_flip, f"videos/{CAMERA}/chunk-000/file-000.mp4"), (_flip, "README.md"), (Path.unlink, "meta/stats.json"),
     (_truncate, "data/chunk-000/file-000.parquet"), (_truncate, "manifest.json"), (Path.unlink, "manifest.json")],
)  # fmt: skip
def test_doctor_makes_a_harmed_dataset_anew(
    run: Any, copy: Path, capsys: pytest.CaptureFixture[str], harm: Any, name: str
) -> None:
    add_results(copy)
    harm(copy / "dataset" / name)
    code, text = doctor(capsys, str(copy))
    assert code == 1 and "fail  dataset" in text and Path(name).name in text
    assert doctor(capsys, str(copy), "repair=true")[0] == 0
    assert hash_files(copy / "dataset") == hash_files(run[0] / "dataset")


def test_doctor_removes_what_was_left_unfinished(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add_results(copy)
    (copy / "episodes/.plaza-oracle-0002.77.partial").mkdir()
    (copy / "dataset").rename(copy / ".dataset.old.partial")
    assert doctor(capsys, str(copy))[0] == 1
    assert doctor(capsys, str(copy), "repair=true")[0] == 0
    assert not list(copy.rglob("*.partial")) and (copy / "dataset").is_dir()


def test_doctor_says_what_it_expects(tmp_path: Path, copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", str(tmp_path / "none")]) == 2
    assert "expected the folder of a run" in capsys.readouterr().err
    assert main(["doctor", str(copy), "repair=yes"]) == 2
    assert "expected DIR and perhaps repair=true" in capsys.readouterr().err
    code, text = doctor(capsys, str(copy))
    assert code == 1 and "results" in text  # there are none
