"""How well replayed people do what they did in the recording, where no robot is near."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import cdist

from crowd.data import resample
from crowd.trajectory import CrowdTrajectory, FloatArray

FAR = 4.0  # m from the robot a person is expected to do as recorded
LATEST = 10.0  # s around the recorded entry in which the simulated one is looked for


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReplayError:
    """Errors per person, NaN where there was nothing to compare.

    Attributes:
        person_ids: (N,) int64.
        entry_time: (N,) seconds from the recorded entry to when the person passes the first recorded point.
        route: (N,) metres to the recorded line, mean. speed: (N,) m/s, absolute difference of the mean speeds.
    """

    person_ids: npt.NDArray[np.int64]
    entry_time: FloatArray
    route: FloatArray
    speed: FloatArray


def replay_error(
    recording: CrowdTrajectory, simulated: CrowdTrajectory, robot: FloatArray | None = None
) -> ReplayError:
    """Compare what was simulated with the recording, both in world metres, the same seconds and the same ids.

    Args:
        recording: as placed, see `Replay.recording`.
        simulated: an even clock, see `record`.
        robot: (T, 2) metres, where the robot was at the simulated times; None: there was none.
    """
    dt = float(simulated.times[1] - simulated.times[0])
    fine = resample(recording, dt / 4)
    person_ids = np.intersect1d(recording.person_ids, simulated.person_ids)
    entry_time, route, speed = (np.full(len(person_ids), np.nan) for _ in range(3))
    for row, person_id in enumerate(person_ids):
        column = int(np.searchsorted(simulated.person_ids, person_id))
        walked, valid = simulated.positions[:, column], simulated.valid[:, column]
        known = int(np.flatnonzero(recording.person_ids == person_id)[0])
        truth, there = fine.positions[:, known], fine.valid[:, known]
        if not there.any():
            continue
        begin, end = fine.times[there][[0, -1]]
        far = valid if robot is None else valid & (np.hypot(*(walked - robot).T) > FAR)
        first = truth[there][0]
        soon = valid & (np.abs(simulated.times - begin) < LATEST)
        undisturbed = robot is None or bool((np.hypot(*(robot[soon] - first).T) > FAR).all())
        if simulated.times[0] < begin < simulated.times[-1] - LATEST and soon.any() and undisturbed:
            gaps = np.hypot(*(walked[soon] - first).T)
            arrived = int(np.flatnonzero(gaps <= gaps.min() + 0.05)[0])
            entry_time[row] = simulated.times[soon][arrived] - begin
        compared = far & (simulated.times >= begin) & (simulated.times <= end)
        if compared.sum() >= 2:
            route[row] = cdist(walked[compared], truth[there]).min(axis=1).mean()
            pairs = compared[1:] & compared[:-1]
            own = np.hypot(*np.diff(walked, axis=0).T)[pairs] / dt
            times = simulated.times
            line = np.stack([np.interp(times, fine.times[there], truth[there, axis]) for axis in (0, 1)], axis=1)
            theirs = np.hypot(*np.diff(line, axis=0).T)[pairs] / dt
            speed[row] = abs(own.mean() - theirs.mean()) if pairs.any() else np.nan
    return ReplayError(person_ids=person_ids, entry_time=entry_time, route=route, speed=speed)
