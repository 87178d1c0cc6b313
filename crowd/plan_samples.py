"""What plans are learned from: those that recorded people had."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from crowd.plan_training import PlanSamples
from crowd.plans import NEAR, Trip, conditions, desired_speed, encode, straight
from crowd.realism import nearest_distances
from crowd.site import Recording
from crowd.terrain import terrain_of_site

HELD_OUT = 0.15  # share of a recording's time, its end, that judges and is not learned from
CLOSEST = 1.0  # percentile of the distances to the nearest other, that of bodies which touch
BODY = 0.2  # m, of one who never meets anybody
LOOK = 2  # steps over which the speed of others is taken


def plan_samples(recordings: Sequence[Recording], *, reverse: bool = True) -> PlanSamples:
    """Return the plans that the people of recordings on an even clock had, and their mirror images.

    Args:
        recordings: where and how people went.
        reverse: also back in time: where people go to, others come from.
    """
    plans, known, late = [], [], []
    for recording in recordings:
        terrain, track = terrain_of_site(recording.site), recording.trajectory
        dt = float(track.times[1] - track.times[0])
        last = len(track.times) - 1
        for column in range(len(track.person_ids)):
            rows = np.flatnonzero(track.valid[:, column])
            if len(rows) < 3:
                continue
            for back in (False, True) if reverse else (False,):
                first, then = (rows[0], min(rows[0] + LOOK, last)) if not back else (rows[-1], max(rows[-1] - LOOK, 0))
                others = np.flatnonzero(track.valid[first] & track.valid[then])
                others = others[others != column]
                present = len(others)
                start = track.positions[first, column]
                others = others[np.hypot(*(track.positions[first, others] - start).T) < NEAR]
                here = track.positions[first, others]
                way = track.positions[rows, column][:: -1 if back else 1]
                for flip in (False, True):
                    trip = Trip(
                        way=straight(way[0], way[-1]), speed=desired_speed(way, dt), type=int(recording.types[column]),
                        others=here, velocities=(track.positions[then, others] - here) / (LOOK * dt),
                        present=present, flip=flip,
                    )  # fmt: skip
                    plans.append(encode(way, dt, trip))
                    known.append(conditions(trip, terrain))
                    late.append(rows[0] > (1.0 - HELD_OUT) * last)
    nearest = [nearest_distances(recording.trajectory) for recording in recordings]
    bodies = [0.5 * float(np.percentile(gaps, CLOSEST)) for gaps in nearest if len(gaps)]
    body = float(np.median(bodies)) if bodies else BODY
    return PlanSamples(plans=np.array(plans), conditions=np.array(known), held_out=np.array(late), body=body)
