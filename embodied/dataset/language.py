"""What is said in an episode, as rows of LeRobot's two language columns.

`language_events` of a frame: what the robot says then (role assistant, a call of the tool `say`) and what it has just
heard (role user, style `interjection`). `language_persistent`, the same in all frames of an episode: what it was told
to do (style `task_aug`, from the start), and all it has been answered up to a time (style `memory`).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from embodied.log import EpisodeLog

Row = dict[str, Any]


def list_rows(log: EpisodeLog, frames: int, fps: int) -> tuple[list[Row], list[list[Row]]]:
    """Return the persistent rows of an episode, and the event rows of each of its frames.

    The robot speaks on the frame during which it begins; it has heard on the first frame after the words, or on the
    last one if the episode ends before.
    """
    events: list[list[Row]] = [[] for _ in range(frames)]
    told: list[tuple[int, str]] = []
    for event in log.events_of("speech"):
        if event["speaker"] == 0:
            frame = min(math.floor(event["start"] * fps + 1e-6), frames - 1)
            call = {"type": "function", "function": {"name": "say", "arguments": {"text": event["text"]}}}
            events[frame].append(_row("assistant", None, None, [call]))
        elif 0 in event["hearers"]:
            frame = min(math.ceil(event["end"] * fps - 1e-6), frames - 1)
            events[frame].append(_row("user", event["text"], "interjection"))
            told.append((frame, f'Person {event["speaker"]}: "{event["text"]}"'))
    persistent = [
        {**_row("user", event["text"], "task_aug"), "timestamp": 0.0} for event in log.events_of("instruction")
    ]
    told.sort(key=lambda item: item[0])
    for count, (frame, _) in enumerate(told, start=1):
        words = "\n".join(line for _, line in told[:count])
        persistent.append({**_row("assistant", words, "memory"), "timestamp": float(np.float32(frame / fps))})
    return persistent, events


def _row(role: str, content: str | None, style: str | None, tool_calls: list[Row] | None = None) -> Row:
    return {"role": role, "content": content, "style": style, "camera": None, "tool_calls": tool_calls}
