"""What a dataset needs of one episode, made from its log by playback: pictures, frames, language and labels.

Frame f is control step f * stride of the log: its picture, state and people are those of that instant, its action is
what the robot did until the next frame.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from embodied.dataset import coco
from embodied.dataset.check import check_episode
from embodied.dataset.contract import (
    CAMERA,
    COCO,
    CONTROL_HZ,
    FRAME_SCHEMA,
    FRAMES,
    FRAMES_KEY,
    NEAREST,
    PERSON,
    VIDEO,
    list_cameras,
    type_rows,
)  # fmt: skip
from embodied.dataset.keypoints import label_keypoints, place_keypoints, project_points
from embodied.dataset.language import list_rows
from embodied.dataset.video import VideoWriter
from embodied.drive import wrap
from embodied.episode import ACTIONS
from embodied.log import EpisodeLog
from embodied.metrics import score
from embodied.place import Place, build_scene
from embodied.playback import Moment, motion_of, play
from embodied.seeding import stream
from embodied.senses import robot_camera, take_picture, take_rig
from motion.encounter import Encounters
from scenes.backends import choose_backend
from scenes.optics import Lens
from scenes.robot import ROBOTS
from scenes.scene import PERSON_INSTANCE_BASE

if TYPE_CHECKING:
    from embodied.config import RobotConfig, RunConfig
    from motion.clip import Body, Cue, FloatArray, MotionModel, RootPaths
    from scenes.backend import Frame, SceneBackend

FORWARD, TURN = 0.25, math.radians(15)  # m and radians of one action, as in `embodied.senses.robot_spec`
STILL = 0.1  # of them, below which the robot waits


def record(log: EpisodeLog, config: RunConfig, folder: Path) -> None:
    """Add to the folder of an episode what a dataset needs of it; nothing is simulated.

    Args:
        log: of the whole episode.
        config: what ran; robot, camera, backend and sink are taken from it, all else from the log.
        folder: where `log.write` has written.

    Raises:
        ValueError: what was made is not valid. RuntimeError: there is no encoder.
    """
    if config.sink.name != "dataset":
        return
    backend = choose_backend(config.backend.name).make()
    try:
        backend.load(build_scene(Place.read(log.metadata)))
        backend.add_robot(Path(config.robot.urdf or ROBOTS / f"{config.robot.name}.urdf"))
        record_pictures(log, config, folder, backend, motion_of(log))
    finally:
        backend.close()
    check_episode(folder, config)


def record_pictures(
    log: EpisodeLog, config: RunConfig, folder: Path, backend: SceneBackend, motion: MotionModel
) -> None:
    """Write videos, frames and labels of an episode.

    Args:
        log, config, folder: as for `record`.
        backend: with the scene loaded and the robot added, without people.
        motion: a new model of the log's kind.
    """
    sink, cameras = config.sink, list_cameras(config)
    robot = replace(config.robot, width=cameras[CAMERA][0], height=cameras[CAMERA][1])
    stride, poses = CONTROL_HZ // sink.fps, PoseKeeper(motion)
    people = {
        event["entity"]: {name: event.get(name) for name in ("age", "skin_tone", "aid")}
        | {"person_id": event["entity"]}
        for event in log.events_of("person")
    }
    histograms = {key: np.zeros((3, 256), dtype=np.int64) for key in cameras}
    labels: list[list[dict[str, Any]]] = []
    steps: list[int] = []
    with ExitStack() as stack:
        (folder / VIDEO).mkdir()
        writers = {
            key: stack.enter_context(
                VideoWriter(folder / VIDEO / f"{key}.mp4", width=width, height=height, fps=sink.fps, crf=sink.crf)
            )
            for key, (width, height) in cameras.items()
        }
        for moment in play(log, backend, poses):
            if moment.step % stride:
                continue
            frame, views = _look(backend, moment, robot, log.metadata["seed"], sink.coco and sink.keypoints)
            for key, picture in views.items():
                writers[key].write(picture)
                for channel in range(3):
                    histograms[key][channel] += np.bincount(picture[..., channel].ravel(), minlength=256)
            if sink.coco:
                points = _find_keypoints(frame, moment, robot, poses) if sink.keypoints else {}
                labels.append(coco.annotate(frame, points, people))
            steps.append(moment.step)
    if sink.coco:
        coco.write_document({"fps": sink.fps, "images": labels}, folder / COCO)
    facts = {"fps": sink.fps, "histograms": {key: value.tolist() for key, value in histograms.items()}}
    table = list_frames(log, steps, sink.fps)
    pq.write_table(table.replace_schema_metadata({FRAMES_KEY: json.dumps(facts)}), folder / FRAMES)


class PoseKeeper(Encounters):
    """Encounters over a motion model that remember who stands how."""

    def __init__(self, motion: MotionModel) -> None:
        super().__init__(motion)
        self.bodies: Mapping[int, Body] = {}
        self.joints: dict[int, FloatArray] = {}  # (25, 4, 4) by person_id

    def reset(self, bodies: Mapping[int, Body], rng: np.random.Generator) -> None:
        self.bodies = bodies
        super().reset(bodies, rng)

    def step(self, dt: float, paths: RootPaths, partners: Mapping[int, int], cues: Mapping[int, Cue]) -> FloatArray:
        joints = super().step(dt, paths, partners, cues)
        self.joints = dict(zip(paths.person_ids.tolist(), joints, strict=True))
        return joints


def _look(
    backend: SceneBackend, moment: Moment, robot: RobotConfig, seed: int, parts: bool
) -> tuple[Frame, dict[str, npt.NDArray[np.uint8]]]:
    """Return what the robot's camera sees, and the pictures of all cameras by key."""
    noise = stream(seed, "sensors", moment.step)
    frame = take_picture(backend, moment.robot, robot, noise, ("part",) if parts else ())
    rig = take_rig(backend, moment.robot, robot, seed, moment.step)
    return frame, {CAMERA: frame.rgb, **{f"observation.images.{name}": view.rgb for name, view in rig.items()}}


def _find_keypoints(
    frame: Frame, moment: Moment, robot: RobotConfig, poses: PoseKeeper
) -> dict[int, list[tuple[float, float, int]]]:
    """Return x, y, v of the keypoints of everybody of whom something is seen, by person_id."""
    k1, k2, p1, p2, k3 = robot.distortion
    camera, lens = robot_camera(moment.robot, robot), Lens(distortion=(k1, k2, p1, p2, k3))
    labels = {}
    for instance in np.unique(frame.instance[frame.instance > PERSON_INSTANCE_BASE]).tolist():
        person = instance - PERSON_INSTANCE_BASE
        places = place_keypoints(poses.bodies[person], poses.joints[person])
        labels[person] = label_keypoints(frame, instance, *project_points(camera, lens, places))
    return labels


def list_frames(log: EpisodeLog, steps: list[int], fps: int) -> pa.Table:
    """Return the frames of an episode (`FRAME_SCHEMA`) at these control steps."""
    columns, count = log.columns, len(steps)
    robot = {name: values[columns["entity"] == 0] for name, values in columns.items()}
    dt = log.metadata["control_dt"]
    pose = np.column_stack([robot["x"], robot["y"], np.unwrap(robot["yaw"])])
    rows = np.searchsorted(robot["step"], steps)
    until = np.append(rows[1:], len(pose) - 1)
    origin = pose[0]
    state = np.column_stack(
        [
            _turn(pose[rows, :2] - origin[:2], -origin[2]),
            [wrap(yaw - origin[2]) for yaw in pose[rows, 2]],
            robot["vx"][rows] * np.cos(pose[rows, 2]) + robot["vy"][rows] * np.sin(pose[rows, 2]),
            np.where(rows > 0, (pose[rows, 2] - pose[np.maximum(rows - 1, 0), 2]) / dt, 0.0),
        ]
    )
    move = np.column_stack([_turn(pose[until, :2] - pose[rows, :2], -pose[rows, 2]), pose[until, 2] - pose[rows, 2]])
    end = log.events_of("episode_end")[-1]
    persistent, events = list_rows(log, count, fps)
    done = np.arange(count) == count - 1
    values = {
        "observation.state": state,
        "action": move,
        "discrete_action": _name_actions(log, move, fps, end["reason"] == "stop"),
        "people": np.array([_see(columns, step, row, pose) for step, row in zip(steps, rows, strict=True)]),
        "next.done": done,
        "next.success": done & bool(score(log)["sr"]),
        "language_persistent": _encode([persistent] * count, persistent=True),
        "language_events": _encode(events, persistent=False),
        "timestamp": np.arange(count) / fps,
        "frame_index": np.arange(count),
    }
    arrays = []
    for field in FRAME_SCHEMA:
        value = values[field.name]
        if pa.types.is_fixed_size_list(field.type):
            flat = pa.array(np.asarray(value, dtype=np.float32).ravel())
            arrays.append(pa.FixedSizeListArray.from_arrays(flat, field.type.list_size))
        elif isinstance(value, np.ndarray):
            arrays.append(pa.array(value.astype(field.type.to_pandas_dtype()), field.type))
        else:
            arrays.append(value)
    return pa.Table.from_arrays(arrays, schema=FRAME_SCHEMA)


def _encode(column: list[list[dict[str, Any]]], *, persistent: bool) -> pa.Array:
    """Return a language column; pyarrow makes JSON only of text that is there already."""
    plain = [
        [row | {"tool_calls": row["tool_calls"] and [json.dumps(call) for call in row["tool_calls"]]} for row in rows]
        for rows in column
    ]
    texts = pa.array(plain, type_rows(pa.string(), persistent=persistent))
    return texts.cast(type_rows(pa.json_(), persistent=persistent))


def _turn(vectors: FloatArray, angle: npt.ArrayLike) -> FloatArray:
    """Return vectors (K, 2) turned by an angle, or one each, radians."""
    c, s = np.cos(angle), np.sin(angle)
    return np.column_stack([c * vectors[:, 0] - s * vectors[:, 1], s * vectors[:, 0] + c * vectors[:, 1]])


def _see(columns: Mapping[str, npt.NDArray[Any]], step: int, row: int, pose: FloatArray) -> FloatArray:
    """Return id, place and velocity of the nearest people that the robot sees, in its frame; zeros: nobody."""
    x, y, yaw = pose[row]
    seen = np.flatnonzero((columns["step"] == step) & columns["seen_by_robot"])
    places = _turn(np.column_stack([columns["x"][seen] - x, columns["y"][seen] - y]), -yaw)
    speeds = _turn(np.column_stack([columns["vx"][seen], columns["vy"][seen]]), -yaw)
    order = np.argsort(np.hypot(*places.T), kind="stable")[:NEAREST]
    people = np.zeros((NEAREST, len(PERSON)))
    people[: len(order)] = np.column_stack([columns["entity"][seen], places, speeds])[order]
    return people.ravel()


def _name_actions(log: EpisodeLog, move: FloatArray, fps: int, stopped: bool) -> npt.NDArray[np.int64]:
    """Return for each frame which of `ACTIONS` describes best what the robot did until the next one."""
    shares = np.column_stack([np.abs(move[:, 0]) / FORWARD, np.abs(move[:, 2]) / TURN])
    turns = np.where(move[:, 2] > 0.0, ACTIONS.index("left"), ACTIONS.index("right"))
    actions = np.where(shares[:, 0] >= shares[:, 1], ACTIONS.index("forward"), turns)
    actions[shares.max(axis=1) < STILL] = ACTIONS.index("wait")
    times = np.arange(len(move)) / fps
    for start, end in _questions(log):
        actions[(times > start - 1 / fps + 1e-6) & (times < end - 1e-6)] = ACTIONS.index("ask")
    if stopped:
        actions[-1] = ACTIONS.index("stop")
    return actions


def _questions(log: EpisodeLog) -> Iterator[tuple[float, float]]:
    """Yield from when to when, seconds, each question and its answer lasted."""
    speech = [event for event in log.events_of("speech") if event["speaker"] == 0 or 0 in event["hearers"]]
    for index, event in enumerate(speech):
        if event["speaker"] == 0 and event["act"] == "ask":
            after = [e["end"] for e in speech[index + 1 : index + 2] if e["speaker"] != 0]
            yield event["start"], max([event["end"], *after])
