"""How people make way for each other in recorded crowds: windows of two, for `embodied train motion task=reaction`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.interpolate import PchipInterpolator

from crowd.recordings import SDD_TRAIN, read_recording
from crowd.trajectory import CrowdTrajectory, FloatArray
from motion.local import SWAY, smooth

RATE, SECONDS, NOW = 30.0, 3.0, 1.0  # frames a second; s of a window, and when what comes is not known yet
EVERY = 0.5  # s between windows
NEAR, NEARER = 1.5, 0.5  # m: the least distance at most, and by how much it is less than now at least
PACE = 0.5  # m/s, of who makes way at least, and of both against each other
FASTEST = 3.0  # m/s: what is faster is no walk
STILL = 0.15  # m/s, below which somebody keeps facing as before
MOST = 250  # windows of a recording


def read_ways(folder: Path, rng: np.random.Generator) -> FloatArray:
    """Return ways (K, 2, 90, 3: x, y, yaw; metres, rad; 30 fps) of two people of whom the second minds the first.

    Of the training split of the Stanford Drone Dataset; y is turned so that left is left.

    Raises:
        FileNotFoundError: the recordings are not there.
    """
    found = []
    for name in SDD_TRAIN:
        windows = meetings(read_recording(folder, name).trajectory)
        if len(windows) > MOST:
            windows = windows[np.sort(rng.choice(len(windows), MOST, replace=False))]
        found.append(windows)
    return np.concatenate(found)


def meetings(trajectory: CrowdTrajectory) -> FloatArray:
    """Return the windows (K, 2, 90, 3) of a recording in which two people come near each other."""
    times, length = trajectory.times, round(SECONDS * RATE)
    tracks: list[tuple[float, float, PchipInterpolator]] = []
    for column in range(len(trajectory.person_ids)):
        there = trajectory.valid[:, column]
        if there.sum() >= 4:
            clock = times[there]
            tracks.append((clock[0], clock[-1], PchipInterpolator(clock, trajectory.positions[there, column])))
    found = []
    if not tracks:
        return np.zeros((0, 2, length, 3))
    begins, ends = np.array([track[0] for track in tracks]), np.array([track[1] for track in tracks])
    grid = np.arange(length) / RATE
    for start in np.arange(times[0], times[-1] - SECONDS, EVERY):
        present = np.flatnonzero((begins <= start) & (ends >= start + SECONDS))
        if len(present) < 2:
            continue
        places = np.stack([tracks[one][2](start + grid) for one in present])
        now = round(NOW * RATE)
        speeds = (places[:, now] - places[:, 0]) / NOW
        gaps = np.linalg.norm(places[:, None] - places[None], axis=3)
        near, against = gaps[:, :, now:].min(axis=2), np.linalg.norm(speeds[:, None] - speeds[None], axis=2)
        minds = (near < NEAR) & (gaps[:, :, now] - near > NEARER) & (against > PACE)
        minds &= (np.linalg.norm(speeds, axis=1) > PACE)[None]
        fastest = np.linalg.norm(np.diff(places, axis=1), axis=2).max(axis=1) * RATE
        minds &= (fastest[:, None] < FASTEST) & (fastest[None] < FASTEST)
        np.fill_diagonal(minds, False)
        found += [_window(places[first], places[second]) for first, second in np.argwhere(minds)]
    return np.stack(found) if found else np.zeros((0, 2, length, 3))


def _window(*people: FloatArray) -> FloatArray:
    """Return ways (2, T, 3) of places (T, 2) each, with where they face: along the way."""
    result = []
    for places in people:
        speed = np.gradient(places, axis=0) * RATE
        heading = np.arctan2(speed[:, 1], speed[:, 0])
        moving = np.linalg.norm(speed, axis=1) > STILL
        rows = np.maximum.accumulate(np.where(moving, np.arange(len(places)), -1))
        rows[rows < 0] = int(moving.argmax())
        result.append(smooth(np.column_stack([places, np.unwrap(heading[rows])]), SWAY * RATE))
    return np.stack(result)
