"""CrowdES: from recordings to the arrays its three networks are trained on (arXiv 2504.04756, sections 3.2 to 3.4).

The arrays need no more than NumPy and torch from then on. The last part of each recording's time is held out; the paper
validates on what it trains on. Departures: people who were there in the first frame are not emitted, since nobody saw
them come; positions after a person has left, needed for the state, go on at the last second's velocity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import torch
from numpy.lib.stride_tricks import sliding_window_view
from scipy.cluster.vq import kmeans2

from crowd.crowdes_config import CrowdESConfig
from crowd.crowdes_simulator import normalised
from crowd.crowdes_training import Arrays
from crowd.crowdes_ways import Ways
from crowd.site import Recording, Site
from crowd.trajectory import CrowdTrajectory, FloatArray

MOVING = 0.1  # m/s: slower frames do not count for the preferred speed
COUNTS = 512  # bins kept of the numbers of people present
HELD_OUT = 0.15  # of a recording's time, its end
CLUSTERED = 200_000  # end points at most from which the states are made


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Tracks:
    """A recording on an even clock without gaps; T frames, N people.

    Attributes:
        recording: it. valid: (T, N). first, last: (N,) frames.
        filled: (T + future, N, 2) metres, going on before and after.
        speeds: (N,) m/s preferred. shares: (T, N, 2) of the picture, NaN where absent.
    """

    recording: Recording
    valid: npt.NDArray[np.bool_]
    first: npt.NDArray[np.int64]
    last: npt.NDArray[np.int64]
    filled: FloatArray
    speeds: FloatArray
    shares: FloatArray


def augmented(
    recording: Recording, *, hflip: bool = False, vflip: bool = False, transpose: bool = False, reverse: bool = False
) -> Recording:
    """Return the recording seen in a mirror or backwards in time; the 16 combinations are the paper's augmentation.

    The picture is flipped and the metres are mirrored along with it (x for `hflip`, y for `vflip`, both exchanged for
    `transpose`, in this order), so that what is learnt in metres changes too.
    """
    site, trajectory = recording.site, recording.trajectory
    semantic, mirror = site.semantic, np.eye(2)
    pixels = np.eye(3)
    width, height = site.size
    if hflip:
        semantic, mirror = semantic[:, ::-1], np.diag([-1.0, 1.0]) @ mirror
        pixels = np.array([[-1.0, 0.0, width], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]) @ pixels
    if vflip:
        semantic, mirror = semantic[::-1], np.diag([1.0, -1.0]) @ mirror
        pixels = np.array([[1.0, 0.0, 0.0], [0.0, -1.0, height], [0.0, 0.0, 1.0]]) @ pixels
    if transpose:
        swap = np.array([[0.0, 1.0], [1.0, 0.0]])
        semantic, mirror = semantic.T, swap @ mirror
        pixels = np.block([[swap, np.zeros((2, 1))], [np.zeros((1, 2)), np.ones((1, 1))]]) @ pixels
    metres = np.eye(3)
    metres[:2, :2] = mirror
    step = slice(None, None, -1 if reverse else 1)
    times = trajectory.times
    return replace(
        recording,
        site=Site(
            name=site.name,
            semantic=np.ascontiguousarray(semantic),
            homography=metres @ site.homography @ np.linalg.inv(pixels),
        ),
        trajectory=replace(
            trajectory,
            times=times[0] + times[-1] - times[::-1] if reverse else times,
            positions=(trajectory.positions @ mirror.T)[step],
            valid=trajectory.valid[step],
        ),
    )


def make_samples(
    recordings: Sequence[Recording],
    config: CrowdESConfig,
    *,
    stride: float = 1.0,
    held_out: float = HELD_OUT,
    reverse: bool = True,
    seed: int = 0,
) -> Arrays:
    """Return what the three networks are trained on; S recordings, R positions, E entries, W windows.

    place_semantic (S, H, W) uint8, place_size (S, 2) width and height used, place_inverse (S, 3, 3) metres to pixels,
    place_maps (S, 2, 2, H, W) appearance and density, for training and held out, place_counts (S, 2, 512) shares of
    frames with so many people. row_history (R, history, 2), row_goal, row_control (R, 2), row_future (R, future, 2)
    metres, row_attributes (R, 2), row_known (R, future), row_neighbours (R, K) rows or -1, row_place (R,),
    row_train, row_held: rows to learn from and to validate on. entry_record (E, 7), its time in seconds of the
    recording. window_start (W,) seconds, window_first, window_count (W,) entries, window_present (W, P, 2) shares of
    the picture, window_people (W,) of them valid, window_place, window_held (W,). centres (states, 2). record_mean,
    record_deviation, record_lowest, record_highest (7,). config: JSON.

    Args:
        recordings: to train on, at config.fps on an even clock, none of them with gaps; a test recording is none.
        config: for times and numbers.
        stride: seconds between windows of the emitter (published 0.2).
        held_out: share of the time of each recording, its end, to validate on.
        reverse: whether to add the training part backwards in time.
        seed: of the states' clustering.

    Raises:
        ValueError: there are no recordings, or one is not on such a clock, or its people are too few or have gaps.
    """
    if not recordings:
        raise ValueError("recordings: expected at least one to train on, got none; read some")
    height = max(r.site.semantic.shape[0] for r in recordings)
    width = max(r.site.semantic.shape[1] for r in recordings)
    parts: dict[str, list[npt.NDArray[Any]]] = {}
    rows = entries = 0
    for place, recording in enumerate(recordings):
        tracks = _tracks(recording, config)
        split = round((1.0 - held_out) * len(tracks.valid))
        _add(parts, _place(tracks, split, config, height, width))
        ways = Ways(recording.site)
        ranges = [(tracks, 0, split, False), (tracks, split, len(tracks.valid), True)]
        if reverse:
            back = _tracks(augmented(recording, reverse=True), config)
            ranges.append((back, len(back.valid) - split, len(back.valid), False))
        for part, begin, end, held in ranges:
            if not held:
                table = _rows(part, ways, begin, end, split, config, rows, place, both=part is tracks)
                _add(parts, table)
                rows += len(table["row_place"])
                listed = _entries(part)
                _add(parts, {"entry_record": listed})
            windows = _windows(part, begin, end, stride, config, entries, place, held)
            _add(parts, windows)
            if part is not tracks or held:
                entries += len(listed)
    crowd = max(array.shape[1] for array in parts["window_present"])
    parts["window_present"] = [
        np.pad(array, ((0, 0), (0, crowd - array.shape[1]), (0, 0))) for array in parts["window_present"]
    ]
    arrays: Arrays = {key: np.concatenate(values) for key, values in parts.items()}
    arrays |= _statistics(arrays["entry_record"].astype(np.float64))
    arrays["centres"] = _centres(arrays, config, seed)
    arrays["config"] = np.array(config.dumps())
    return arrays


def true_layout(positions: FloatArray, site: Site, config: CrowdESConfig) -> tuple[FloatArray, FloatArray]:
    """Return the appearance and density maps (h, w), maximum 1, of people (T, N, 2), metres, NaN where absent.

    Section 3.2: pixels where somebody was (density), or came or left other than with the recording (appearance), are 1;
    blurred, log(1 + x), over the maximum.
    """
    valid = ~np.isnan(positions[..., 0])
    positions, valid = positions[:, valid.any(axis=0)], valid[:, valid.any(axis=0)]
    first, last = valid.argmax(axis=0), len(valid) - 1 - valid[::-1].argmax(axis=0)
    people = np.arange(positions.shape[1])
    came, left = first > 0, last < len(valid) - 1
    ends = np.concatenate((positions[first[came], people[came]], positions[last[left], people[left]]))
    return _blurred(ends, site, config), _blurred(positions[valid], site, config)


def _tracks(recording: Recording, config: CrowdESConfig) -> _Tracks:
    name, trajectory = recording.site.name, recording.trajectory
    dt = 1.0 / config.fps
    if len(trajectory.times) < 2 or not np.allclose(np.diff(trajectory.times), dt, atol=1e-6):
        raise ValueError(f"{name}: expected a recording every {dt:g} s, got another clock; see crowd.data.resample")
    keep = trajectory.valid.sum(axis=0) >= 2
    if not keep.any():
        raise ValueError(f"{name}: expected people who are seen twice or more, got none; choose another recording")
    valid, positions = trajectory.valid[:, keep], trajectory.positions[:, keep]
    first, last = valid.argmax(axis=0), len(valid) - 1 - valid[::-1].argmax(axis=0)
    if ((last - first + 1) != valid.sum(axis=0)).any():
        raise ValueError(f"{name}: expected tracks without gaps, got some with; cut them or see crowd.data.resample")
    people, frames = np.arange(valid.shape[1]), np.arange(len(valid) + config.future)[:, None]
    origin, goal = positions[first, people], positions[last, people]
    back = np.minimum(last - first, round(config.fps))
    velocity = (goal - positions[last - back, people]) / back[:, None]
    longer = np.pad(positions, ((0, config.future), (0, 0), (0, 0)))
    filled = np.where((frames < first)[..., None], origin, longer)
    filled = np.where((frames > last)[..., None], goal + (frames - last)[..., None] * velocity, filled)
    steps = np.hypot(*np.moveaxis(np.diff(positions, axis=0), 2, 0)) * config.fps
    walked = valid[1:] & valid[:-1]
    moving = walked & (steps > MOVING)
    used = np.where(moving.any(axis=0), moving, walked)
    speeds = np.where(used, np.nan_to_num(steps), 0.0).sum(axis=0) / np.maximum(used.sum(axis=0), 1)
    return _Tracks(
        recording=replace(
            recording,
            trajectory=CrowdTrajectory(
                times=trajectory.times, person_ids=trajectory.person_ids[keep], positions=positions, valid=valid
            ),
            types=recording.types[keep],
        ),
        valid=valid, first=first, last=last, filled=filled, speeds=speeds,
        shares=recording.site.to_pixels(positions) / recording.site.size,
    )  # fmt: skip


def _place(tracks: _Tracks, split: int, config: CrowdESConfig, height: int, width: int) -> Arrays:
    site, positions = tracks.recording.site, tracks.recording.trajectory.positions
    h, w = site.semantic.shape
    around = ((0, height - h), (0, width - w))
    maps = np.zeros((1, 2, 2, height, width), np.float16)
    counts = np.zeros((1, 2, COUNTS), np.float32)
    for k, part in enumerate((slice(0, split), slice(split, None))):
        if len(positions[part]):
            maps[0, k] = np.pad(np.stack(true_layout(positions[part], site, config)), ((0, 0), *around))
            present = np.minimum(tracks.valid[part].sum(axis=1), COUNTS - 1)
            counts[0, k] = np.bincount(present, minlength=COUNTS) / len(present)
    inverse = np.linalg.inv(site.homography)
    middle = site.to_metres(np.array([0.5 * w, 0.5 * h]))
    return {
        "place_semantic": np.pad(site.semantic, around)[None],
        "place_size": np.array([[w, h]], np.int64),
        "place_inverse": (inverse / (inverse[2, :2] @ middle + inverse[2, 2]))[None].astype(np.float32),
        "place_maps": maps,
        "place_counts": counts,
    }


def _rows(
    tracks: _Tracks,
    ways: Ways,
    begin: int,
    end: int,
    split: int,
    config: CrowdESConfig,
    offset: int,
    place: int,
    *,
    both: bool,
) -> Arrays:
    """Return the positions of everybody at all frames, and which to learn from; with `both`, which to validate on."""
    valid, filled, history, future = tracks.valid, tracks.filled, config.history, config.future
    before = np.repeat(filled[:1], history - 1, axis=0)
    windows = sliding_window_view(np.concatenate((before, filled)), history + future, axis=0)
    frames, people = np.nonzero(valid)
    table = np.swapaxes(windows[frames, people], 1, 2).astype(np.float32)
    number = np.full(valid.shape, -1, np.int64)
    number[frames, people] = np.arange(len(frames))
    neighbours = np.full((len(frames), config.neighbours), -1, np.int32)
    for frame in range(len(valid)):
        here = np.flatnonzero(valid[frame])
        between = filled[frame, here][:, None] - filled[frame, here]
        gap = np.hypot(between[..., 0], between[..., 1])
        np.fill_diagonal(gap, np.inf)
        order = np.argsort(gap, axis=1, kind="stable")[:, : config.neighbours]
        near = np.take_along_axis(gap, order, 1) < config.neighbour_radius
        if order.shape[1]:
            found = np.where(near, number[frame, here[order]] + offset, -1)
            neighbours[number[frame, here], : order.shape[1]] = found
    last = tracks.last[people]
    going = frames < last
    train = going & (frames >= begin) & (np.minimum(frames + future, last) < end)
    held = going & (frames >= split) if both else np.zeros_like(going)
    goal = filled[last, people]
    control = goal.copy()
    used = train | held
    control[used] = ways.ahead(
        filled[frames[used], people[used]], goal[used], tracks.speeds[people[used]] * config.chunk
    )
    return {
        "row_history": table[:, :history],
        "row_future": table[:, history:],
        "row_known": frames[:, None] + np.arange(1, future + 1) <= last[:, None],
        "row_goal": goal.astype(np.float32),
        "row_control": control.astype(np.float32),
        "row_attributes": np.stack((tracks.recording.types[people], tracks.speeds[people]), 1).astype(np.float32),
        "row_neighbours": neighbours,
        "row_place": np.full(len(frames), place, np.int16),
        "row_train": np.flatnonzero(train) + offset,
        "row_held": np.flatnonzero(held) + offset,
    }


def _entries(tracks: _Tracks) -> npt.NDArray[np.float32]:
    """Return the records (E, 7) of those who came after the first frame, by time, seconds of the recording."""
    came = np.flatnonzero(tracks.first > 0)
    came = came[np.argsort(tracks.first[came], kind="stable")]
    dt = tracks.recording.trajectory.times[1] - tracks.recording.trajectory.times[0]
    ends = [np.clip(tracks.shares[frame[came], came], 0.0, 1.0) for frame in (tracks.first, tracks.last)]
    types, speeds = tracks.recording.types[came], tracks.speeds[came]
    return np.column_stack((types, tracks.first[came] * dt, speeds, *ends)).astype(np.float32)


def _windows(
    tracks: _Tracks,
    begin: int,
    end: int,
    stride: float,
    config: CrowdESConfig,
    offset: int,
    place: int,
    held: bool,
) -> Arrays:
    length = round(config.window * config.fps)
    starts = np.arange(begin, end - length + 1, max(1, round(stride * config.fps)))
    first = np.sort(tracks.first[tracks.first > 0])
    low, high = np.searchsorted(first, starts), np.searchsorted(first, starts + length)
    starts, low, high = (values[high > low] for values in (starts, low, high))
    just = np.maximum(starts - 1, 0)
    people = tracks.valid[just].sum(axis=1)
    present = np.zeros((len(starts), int(people.max(initial=1)), 2), np.float32)
    for row, frame in enumerate(just):
        present[row, : people[row]] = tracks.shares[frame, tracks.valid[frame]]
    return {
        "window_start": (starts / config.fps).astype(np.float32),
        "window_first": low + offset,
        "window_count": np.minimum(high - low, config.agents),
        "window_present": present,
        "window_people": people,
        "window_place": np.full(len(starts), place, np.int16),
        "window_held": np.full(len(starts), held),
    }


def _statistics(records: FloatArray) -> Arrays:
    """Return mean, deviation and limits (7,) of entries (E, 7) seen in mirrors; times of entry are even in [0, 1]."""
    spread = float(np.sqrt(((records[:, 3:] - 0.5) ** 2).mean())) if len(records) else 0.3
    kind, speed = (records[:, 0], records[:, 2]) if len(records) else (np.zeros(1), np.ones(1))
    values = {
        "mean": [kind.mean(), 0.5, speed.mean(), *[0.5] * 4],
        "deviation": [kind.std(), 12**-0.5, speed.std(), *[spread] * 4],
        "lowest": [kind.min(), 0.0, speed.min(), *[0.0] * 4],
        "highest": [kind.max(), 1.0, speed.max(), *[1.0] * 4],
    }
    result: Arrays = {f"record_{key}": np.array(value, np.float32) for key, value in values.items()}
    result["record_deviation"] = np.where(result["record_deviation"] < 1e-3, 1.0, result["record_deviation"])
    return result


def _centres(arrays: Arrays, config: CrowdESConfig, seed: int) -> npt.NDArray[np.float32]:
    """Return the centres (states, 2) of the end points, doubled by a mirror along the way ahead, section 3.4."""
    rows = arrays["row_train"]
    rng = np.random.default_rng(seed)
    if len(rows) > CLUSTERED:
        rows = np.sort(rng.choice(rows, CLUSTERED, replace=False))
    here = arrays["row_history"][rows, -1].astype(np.float32)
    end = torch.from_numpy(arrays["row_future"][rows, -1].astype(np.float32) - here)
    points = normalised(end, torch.from_numpy(arrays["row_control"][rows].astype(np.float32) - here)).numpy()
    points = np.concatenate((points, points * np.array([1.0, -1.0], np.float32)))
    if len(points) < config.states:
        raise ValueError(f"recordings: expected {config.states} samples or more for the states, got {len(points)}")
    jitter = rng.normal(0.0, 1e-6, points.shape)  # so that equal points can start more than one centre
    centres, _ = kmeans2(points + jitter, config.states, iter=50, minit="++", missing="raise", seed=rng)
    return np.asarray(centres[np.lexsort(centres.T)], np.float32)


def _blurred(points: FloatArray, site: Site, config: CrowdESConfig) -> FloatArray:
    picture = np.zeros(site.semantic.shape)
    cells = np.floor(site.to_pixels(points)).astype(np.int64)
    cells = cells[((cells >= 0) & (cells < site.size)).all(axis=1)]
    picture[cells[:, 1], cells[:, 0]] = 1.0
    picture = np.log1p(cv2.GaussianBlur(picture, (0, 0), config.layout_blur, borderType=cv2.BORDER_CONSTANT))
    return np.asarray(picture / max(float(picture.max()), 1e-12))


def _add(parts: dict[str, list[npt.NDArray[Any]]], more: Arrays) -> None:
    for key, value in more.items():
        parts.setdefault(key, []).append(value)
