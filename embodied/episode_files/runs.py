"""What a run of ours gives to files of other systems: its episodes, ways, statistics and dialogues."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from embodied.episode_files.contract import EpisodeFile, EpisodeFormat, Goal, Instruction, NavigationEpisode, Point
from embodied.episode_files.ndh import DialogTurn, NdhRow
from embodied.episode_files.predictions import EpisodeStatistics, PathPoint
from embodied.log import EpisodeLog
from embodied.metrics import score
from scenes.frames import convert_positions, quaternion_of

NODE_SPACING = 0.25  # m between the nodes of a way in NDH rows: one step forward
_NAME = re.compile(r"(?P<scene>.+?)-(?P<agent>.+)-(?P<number>\d{4,})")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedEpisode:
    """An episode of a run.

    Attributes:
        episode_id: "<scene>-<number>", the same for every agent. number: counts the episodes of a run, from 0.
        log: what happened.
    """

    episode_id: str
    number: int
    log: EpisodeLog

    @property
    def reset(self) -> dict[str, Any]:
        """The event `reset`."""
        return self.log.events_of("reset")[0]

    @property
    def way(self) -> tuple[Point, ...]:
        """(T, 3) metres, where the robot was in each step."""
        robot = self.log.column("entity") == 0
        rows = np.stack([self.log.column(axis)[robot] for axis in "xyz"], axis=1).tolist()
        return tuple((x, y, z) for x, y, z in rows)


def read_run(folder: Path, agent: str | None = None) -> list[LoggedEpisode]:
    """Return the episodes of a run's folder, by scene and number.

    Args:
        folder: of a run, with `episodes/`. agent: whose; None: of the only one there is.

    Raises:
        ValueError: one line: no episodes, several agents and none chosen, or a log that cannot be read.
    """
    names = {path: _NAME.fullmatch(path.name) for path in sorted((folder / "episodes").glob("[!.]*")) if path.is_dir()}
    found = [(path, match) for path, match in names.items() if match]
    agents = sorted({match["agent"] for _, match in found})
    if agent is None and len(agents) > 1:
        raise ValueError(f"{folder}: expected one agent's episodes, got those of {', '.join(agents)}; set agent=NAME")
    found = [(path, match) for path, match in found if agent in (None, match["agent"])]
    if not found:
        wanted = "" if agent is None else f" of {agent}"
        raise ValueError(f"{folder}: expected episodes/ with episodes{wanted}, found those of {agents or 'nobody'}")
    episodes = []
    for number, (path, match) in enumerate(found):
        log = EpisodeLog.read(path)
        if len(log.events_of("reset")) != 1 or not np.any(log.column("entity") == 0):
            raise ValueError(f"{path}: expected one reset and the robot's rows, found neither; run the episode again")
        episodes.append(LoggedEpisode(episode_id=f"{match['scene']}-{match['number']}", number=number, log=log))
    return episodes


def export_episodes(run: Sequence[LoggedEpisode], format: EpisodeFormat) -> EpisodeFile:
    """Return what was asked for in a run, as episodes of a format.

    `info` says what our tasks need to run them again: seed, scene_seed, goal_name.
    """
    return EpisodeFile(format=format, episodes=tuple(_export_episode(one, format) for one in run))


def _export_episode(one: LoggedEpisode, format: EpisodeFormat) -> NavigationEpisode:
    reset, metadata = one.reset, one.log.metadata
    told = one.log.events_of("instruction")
    x, y, yaw = reset["start"]
    ground = one.way[0][2]
    extra: dict[str, Any] = {}
    if format == "rxr_ce":
        writer = str(told[0].get("generated_by", "template")) if told else "template"
        extra = {
            "instruction_id": one.number, "language": "en-US", "annotator_id": writer, "edit_distance": 0.0,
            "timed_instruction": [],
        }  # fmt: skip
    following = format != "habitat"
    info = {
        "geodesic_distance": reset["geodesic_distance"], "goal_name": reset["goal_name"],
        "max_time": reset["max_time"], "seed": metadata.get("seed"), "scene_seed": metadata.get("scene_seed"),
    }  # fmt: skip
    return NavigationEpisode(
        episode_id=one.episode_id,
        scene_id=f"{metadata['scene']}-{metadata.get('scene_seed', 0)}",
        start=(x, y, ground),
        rotation=quaternion_of(yaw),
        goals=(Goal(position=(*reset["goal"], ground), radius=reset["success_radius"]),),
        info={name: value for name, value in info.items() if value is not None},
        instruction=Instruction(text=told[0]["text"] if told else "", extra=extra) if following else None,
        reference_path=tuple((px, py, ground) for px, py in reset["reference_path"]) if following else None,
        trajectory_id=one.number if following else None,
    )


def export_prediction(one: LoggedEpisode) -> tuple[PathPoint, ...]:
    """Return the way that the robot went, without steps in which it stood still; the last says whether it stopped."""
    robot = one.log.column("entity") == 0
    poses = list(zip(one.way, one.log.column("yaw")[robot].tolist(), strict=True))
    kept = [pose for index, pose in enumerate(poses) if index == 0 or pose != poses[index - 1]]
    stopped = any(event["reason"] == "stop" for event in one.log.events_of("episode_end"))
    last = len(kept) - 1
    return tuple(
        PathPoint(position=place, heading=math.remainder(yaw, 2 * math.pi), stop=stopped and index == last)
        for index, (place, yaw) in enumerate(kept)
    )


def export_statistics(one: LoggedEpisode) -> EpisodeStatistics:
    """Return how an episode went, from the metrics of its log; `steps_taken` counts control steps.

    Raises:
        ValueError: the log is not whole.
    """
    values = score(one.log)
    return EpisodeStatistics(
        steps_taken=int(one.log.column("step").max()),
        distance_to_goal=values["ne"],
        success=values["sr"] == 1.0,
        oracle_success=values["osr"] == 1.0,
        path_length=values["tl"],
        spl=values["spl"],
        ndtw=values.get("ndtw"),
    )


def export_dialog(one: LoggedEpisode) -> NdhRow:
    """Return the words between robot and people as a row of NDH.

    Nodes are places of the robot, at least NODE_SPACING apart, named by number; `node_positions` gives them in the
    graph's frame. `planner_path` stays empty: nobody was shown one.
    """
    robot = one.log.column("entity") == 0
    steps, way = one.log.column("step")[robot], one.way
    nodes, node_of = [way[0]], []
    for place in way:
        if math.dist(place, nodes[-1]) >= NODE_SPACING:
            nodes.append(place)
        node_of.append(len(nodes) - 1)
    turns = tuple(
        DialogTurn(
            nav_idx=node_of[min(int(np.searchsorted(steps, event["step"])), len(steps) - 1)],
            role="navigator" if event["speaker"] == 0 else "oracle",
            message=event["text"],
        )
        for event in one.log.events_of("speech")
        if event["speaker"] == 0 or 0 in event["hearers"]
    )
    names = [f"{index:04d}" for index in range(len(nodes))]
    here = turns[-1].nav_idx if turns else 0
    yaw = one.log.column("yaw")[robot][node_of.index(here)]
    goal = (*one.reset["goal"], way[0][2])
    places = convert_positions([*nodes, goal], "world", "r2r").tolist()
    return NdhRow(
        inst_idx=one.number,
        game_idx=one.number,
        scan=f"{one.log.metadata['scene']}-{one.log.metadata.get('scene_seed', 0)}",
        target=one.reset["goal_name"],
        start_node=names[here],
        heading=float(-yaw) % (2 * math.pi),
        nav_history=tuple(names[: here + 1]),
        dialog_history=turns,
        player_path=tuple(names[here:]),
        end_panos=("goal",),
        extra={"node_positions": dict(zip([*names, "goal"], places, strict=True)), "episode_id": one.episode_id},
    )
