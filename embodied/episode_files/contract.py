"""Contract of `embodied.episode_files`: episodes as other systems store them, in our frame.

Positions are (x, y, z) in metres, z up, x forward; rotations (x, y, z, w) in the same axes (`scenes/frames.py`). What a
file says beyond that is kept word for word in `info` and `extra`, in the frame of the file, so that writing gives back
what was read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any, Literal

from scenes.frames import yaw_of

Identifier = str | int  # the type of the source file is kept; compare as str
Point = tuple[float, float, float]
Quaternion = tuple[float, float, float, float]
EpisodeFormat = Literal["r2r_ce", "rxr_ce", "habitat"]
TokenKind = Literal["none", "vocabulary", "bert"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """Where an episode leads.

    Attributes:
        position: (x, y, z) metres. radius: metres, how near counts as there; None: the file says nothing.
        extra: other fields, word for word (of an object's goal: object_id, view_points, ... in the file's frame).
    """

    position: Point
    radius: float | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """What the robot is told.

    Attributes:
        text: the words. tokens: whole numbers, of the file's vocabulary or of BERT; None: the file has none.
        extra: other fields, word for word (RxR: instruction_id (int), language, annotator_id, edit_distance,
            timed_instruction).
    """

    text: str
    tokens: tuple[int, ...] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class NavigationEpisode:
    """One episode of a file.

    Attributes:
        episode_id: str or int, as in the file. scene_id: path or name of the scene, as in the file.
        start: (x, y, z) metres of the feet. rotation: (x, y, z, w), unit, signs as in the file.
        goals: at least one, but for files of a hidden test split.
        info: `geodesic_distance` (metres, the file's own, see `docs/episode_files.md`), `human_num`, ... word for word.
        instruction, reference_path ((K, 3) metres), trajectory_id (str or int): of instruction following, else None.
        extra: other fields, word for word.
    """

    episode_id: Identifier
    scene_id: str
    start: Point
    rotation: Quaternion
    goals: tuple[Goal, ...]
    info: Mapping[str, Any] | None = None
    instruction: Instruction | None = None
    reference_path: tuple[Point, ...] | None = None
    trajectory_id: Identifier | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def yaw(self) -> float:
        """Heading at the start, radians about +z in (-pi, pi], 0 along x."""
        return yaw_of(self.rotation)

    @property
    def scene_name(self) -> str:
        """The scene without folder and ending."""
        return PurePath(self.scene_id).stem

    @property
    def geodesic_distance(self) -> float | None:
        """Metres from start to goal as the file says; what the navigation mesh says at the reset can differ."""
        return None if self.info is None else self.info.get("geodesic_distance")

    @property
    def human_num(self) -> int | None:
        """The largest number of people in the episode (Falcon's social PointNav); None: the file sets no limit."""
        return None if self.info is None else self.info.get("human_num")


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeFile:
    """All that a file holds.

    Attributes:
        format: whose file it is. version: "v1-2", "v1-3" or "v0" where the path says so, else "".
        episodes: in the order of the file. tokens: what the instructions' tokens count in.
        vocabulary: `instruction_vocab`, word for word; None: the file has none.
        extra: other fields at the top, word for word.
    """

    format: EpisodeFormat
    episodes: tuple[NavigationEpisode, ...]
    version: str = ""
    tokens: TokenKind = "none"
    vocabulary: Mapping[str, Any] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundTruth:
    """The expert's way through an episode (`*_gt.json.gz`).

    Attributes:
        locations: (K, 3) metres, the dense path of which VLN-CE's nDTW is taken (not `reference_path`).
        actions: 0 stop, 1 forward, 2 left, 3 right (RxR also 4 look up, 5 look down).
        extra: other fields, word for word.
    """

    locations: tuple[Point, ...]
    actions: tuple[int, ...]
    extra: Mapping[str, Any] = field(default_factory=dict)
