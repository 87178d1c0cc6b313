"""Contract of a dataset: the features of a frame, the names of files, and what a sink may ask for.

The layout is LeRobot's v3.0 (`CODEBASE_VERSION = "v3.0"`), with the two language columns of LeRobot 0.6.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from embodied.config import RunConfig
from embodied.episode import ACTIONS

CODEBASE_VERSION = "v3.0"
CONTROL_HZ = 10  # control steps in a simulated second, as in `embodied.world.CONTROL_DT`
CAMERA = "observation.images.front"  # the robot's own; those of its rig by their names
CHUNK_FILES = 1000  # files in a folder
DATA_FILE_MB, VIDEO_FILE_MB = 100, 200
VIDEO_FILE_SECONDS = 1000.0  # s; float32 holds times up to here to 0.06 ms, LeRobot allows 0.1 ms
QUANTILES = (0.01, 0.10, 0.50, 0.90, 0.99)
NEAREST = 8  # people in `people`

FRAMES, COCO, VIDEO = "frames.parquet", "coco.json", "video"  # in the folder of an episode
FRAMES_KEY = b"embodied.frames"  # metadata of frames.parquet

STATE = ("x", "y", "yaw", "v", "w")
MOVE = ("dx", "dy", "dyaw")
PERSON = ("id", "x", "y", "vx", "vy")


def type_rows(call: pa.DataType, *, persistent: bool) -> pa.DataType:
    """Return the type of a language column; `call` is that of a call of a tool."""
    time = [pa.field("timestamp", pa.float32(), nullable=False)] if persistent else []
    return pa.list_(
        pa.struct(
            [
                pa.field("role", pa.string(), nullable=False),
                pa.field("content", pa.string()),
                pa.field("style", pa.string()),
                *time,
                pa.field("camera", pa.string()),
                pa.field("tool_calls", pa.list_(call)),
            ]
        )
    )


FRAME_FIELDS = [
    pa.field("observation.state", pa.list_(pa.float32(), len(STATE))),
    pa.field("action", pa.list_(pa.float32(), len(MOVE))),
    pa.field("discrete_action", pa.int64()),
    pa.field("people", pa.list_(pa.float32(), NEAREST * len(PERSON))),
    pa.field("next.done", pa.bool_()),
    pa.field("next.success", pa.bool_()),
    pa.field("language_persistent", type_rows(pa.json_(), persistent=True)),
    pa.field("language_events", type_rows(pa.json_(), persistent=False)),
    pa.field("timestamp", pa.float32()),
    pa.field("frame_index", pa.int64()),
]
FRAME_SCHEMA = pa.schema(FRAME_FIELDS)  # of an episode
DATA_SCHEMA = pa.schema(
    [*FRAME_FIELDS, *(pa.field(name, pa.int64()) for name in ("episode_index", "index", "task_index"))]
)  # of the dataset

SAY = {
    "type": "function",
    "function": {
        "name": "say",
        "description": "Say something aloud.",
        "parameters": {
            "type": "object",
            "properties": {"text": {"type": "string", "description": "The words."}},
            "required": ["text"],
        },
    },
}


def describe_features(cameras: Mapping[str, tuple[int, int]], fps: int) -> dict[str, Any]:
    """Return the `features` of info.json; `cameras` are width and height by key."""

    def feature(dtype: str, names: Sequence[str] | None = None, **more: Any) -> dict[str, Any]:
        return {"dtype": dtype, "shape": [len(names) if names else 1], "names": names and list(names), **more}

    def video(width: int, height: int) -> dict[str, Any]:
        info = {
            "video.height": height,
            "video.width": width,
            "video.codec": "h264",
            "video.pix_fmt": "yuv420p",
            "video.fps": fps,
            "video.channels": 3,
            "has_audio": False,
            "is_depth_map": False,
        }
        return {
            "dtype": "video", "shape": [height, width, 3], "names": ["height", "width", "channels"], "info": info
        }  # fmt: skip

    return {
        **{key: video(*size) for key, size in cameras.items()},
        "observation.state": feature("float32", STATE),
        "action": feature("float32", MOVE),
        "discrete_action": feature("int64", info={"values": list(ACTIONS)}),
        "people": feature("float32", [f"{name}_{number}" for number in range(NEAREST) for name in PERSON]),
        "next.done": feature("bool"),
        "next.success": feature("bool"),
        "language_persistent": feature("language"),
        "language_events": feature("language"),
        "timestamp": feature("float32"),
        **{name: feature("int64") for name in ("frame_index", "episode_index", "index", "task_index")},
    }


def list_cameras(run: RunConfig) -> dict[str, tuple[int, int]]:
    """Return width and height, pixels, of the videos of a run, by their keys."""
    robot, sink = run.robot, run.sink
    own = {CAMERA: (sink.width or robot.width, sink.height or robot.height)}
    return own | {f"observation.images.{mount.name}": (mount.width, mount.height) for mount in robot.rig}


def check_sink(runs: Sequence[RunConfig]) -> None:
    """Check what the sink of some runs asks for.

    Raises:
        ValueError: runs with different sinks, pictures that H.264 cannot hold, or a rate that falls between steps.
    """
    sink = runs[0].sink
    if any(run.sink != sink for run in runs):
        raise ValueError("sink: expected one for all runs, got several; choose one")
    if sink.name != "dataset":
        return
    if CONTROL_HZ % sink.fps:
        fitting = ", ".join(str(fps) for fps in range(1, CONTROL_HZ + 1) if CONTROL_HZ % fps == 0)
        raise ValueError(f"sink.fps: expected a divisor of {CONTROL_HZ}, got {sink.fps}; choose one of {fitting}")
    cameras = list_cameras(runs[0])
    if len(cameras) < 1 + len(runs[0].robot.rig):
        raise ValueError("robot.rig: expected no camera called front beside the robot's own; name it otherwise")
    for key, size in cameras.items():
        if size[0] % 2 or size[1] % 2:
            what = "sink.width, sink.height" if key == CAMERA else f"robot.rig: {key.rpartition('.')[2]}"
            raise ValueError(f"{what}: expected even numbers of pixels, got {size[0]} x {size[1]}; H.264 needs them")
