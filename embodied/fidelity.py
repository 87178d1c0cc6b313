"""How faithful a replayed crowd was, from the log and the recording: entry times, routes and speeds."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.spatial.distance import cdist

from crowd.data import read_traj_csv, resample
from crowd.fidelity import replay_error
from crowd.placement import Placement
from crowd.trajectory import CrowdTrajectory
from embodied.log import EpisodeLog
from embodied.metrics import tracks_of

NEAR = 2.0  # m from the robot: there people are expected to give way


def judge_replay(log: EpisodeLog) -> dict[str, float]:
    """Return medians over the recorded people of their errors where the robot was more than 4 m away.

    `replay_entry` seconds from the recorded entry, `replay_route` metres from the recorded line, `replay_speed` m/s.
    And `replay_near`: the median over those who came within 2 m of the robot while recorded, of how far from their
    line they went there, metres: how they give way. Empty for an episode without a recording.

    Raises:
        FileNotFoundError, ValueError: the recording is gone or changed.
    """
    events = log.events_of("recording")
    if not events:
        return {}
    recording = _placed(events[0])
    tracks = tracks_of(log)
    human = log.column("kind") == "human"
    walked = CrowdTrajectory(
        times=tracks.times,
        person_ids=np.unique(log.column("entity")[human]).astype(np.int64),
        positions=tracks.people,
        valid=np.asarray(np.isfinite(tracks.people).all(axis=2), dtype=np.bool_),
    )
    error = replay_error(recording, walked, tracks.robot)
    fine = resample(recording, 0.1)
    gaps = np.linalg.norm(tracks.people - tracks.robot[:, None], axis=2)
    bends = []
    for column, person_id in enumerate(walked.person_ids):
        known = np.flatnonzero(recording.person_ids == person_id)
        there = fine.valid[:, known].any(axis=1)
        if not there.any():
            continue
        begin, end = fine.times[there][[0, -1]]
        near = (gaps[:, column] < NEAR) & (tracks.times >= begin) & (tracks.times <= end)
        if near.any():
            line = fine.positions[there, known[0]]
            bends.append(cdist(walked.positions[near, column], line).min(axis=1).max())
    values = {
        "replay_near": np.array(bends),
        "replay_entry": np.abs(error.entry_time),
        "replay_route": error.route,
        "replay_speed": error.speed,
    }
    return {name: float(np.nanmedian(value)) for name, value in values.items() if np.isfinite(value).any()}


def _placed(event: dict[str, Any]) -> CrowdTrajectory:
    """Return the recording in the world, seconds of the episode, ids of the episode."""
    recording = read_traj_csv(event["file"])
    people = np.array(event["people"], dtype=np.int64)
    columns = np.searchsorted(recording.person_ids, people[:, 1])
    placement = Placement(
        rotation=event["rotation"], translation=tuple(event["translation"]), offset_time=event["start"]
    )
    return CrowdTrajectory(
        times=recording.times - event["start"],
        person_ids=people[:, 0],
        positions=placement.apply(recording.positions[:, columns]),
        valid=recording.valid[:, columns],
    )
