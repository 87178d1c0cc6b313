"""`protocol=generated`: crowds that models made of a place alone, beside those that were recorded there.

Nothing is told of the place but its picture: no number of people, no multiplier, nothing tuned for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from crowd.protocol import halves, measure_generated, scenario
from crowd.realism import STOPPED, col_share, group_share, nearest_distances, speeds, wall_transitions
from crowd.site import PEDESTRIAN, extended
from crowd.trajectory import CrowdTrajectory
from embodied.crowd_jobs import Job, crowdes, recorded
from embodied.seeding import stream
from embodied.statistics import bootstrap_mean

MODELS = ("real", "crowdes_compat", "crowdes", "ours")
LEARNED = {  # models that learn, and their files of weights
    "crowdes_compat": ("crowdes-compat",), "crowdes": ("crowdes",), "ours": ("emitter", "plan_diffusion"),
}  # fmt: skip
NOT_SHIPPED = ("crowdes_compat",)
MEASURES = (
    "dens", "freq", "cov", "pop", "kinem", "dtw", "div", "col", "kinem_distance", "kinem_speed", "kinem_acceleration",
    "kinem_time",
)  # fmt: skip
FPS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """The measures of each run of a job, name → (samples,)."""

    job: Job
    measures: dict[str, npt.NDArray[np.float64]]


def work(job: Job) -> Iterator[Outcome]:
    """Make a crowd `samples` times and measure each; of `real`, one half of the recording beside the other."""
    recording = recorded(job.data, job.recording)
    track = recording.trajectory
    duration = float(track.times[-1] - track.times[0])
    real = scenario(replace(track, times=track.times - track.times[0]), recording.types, recording.site, duration, FPS)
    free = extended(recording.site).free
    rows = []
    if job.model == "real":
        rows.append(measure_generated(*halves(real)) | _realism(real.trajectory, free) | {"col": col_share(track, 0.2)})
    else:
        for sample in range(job.samples):
            rng = job.stream(sample, 100 + MODELS.index(job.model))
            made, types = _make(job, duration, rng)
            played = scenario(made, types, recording.site, duration, FPS)
            rows.append(measure_generated(real, played) | _realism(made, free))
    yield Outcome(job=job, measures={name: np.array([row[name] for row in rows]) for name in rows[0]})


def _make(job: Job, duration: float, rng: np.random.Generator) -> tuple[CrowdTrajectory, npt.NDArray[np.int64]]:
    site = recorded(job.data, job.recording).site
    weights = [job.weights_of(name) for name in LEARNED[job.model]]
    if job.model == "ours":
        from crowd.generation import Generator

        generator = Generator(site=site, emitter=weights[0], plans=weights[1])
        made = generator.generate(duration, rng)
        return made, np.full(len(made.person_ids), PEDESTRIAN)
    import torch

    seeded = torch.Generator().manual_seed(int(rng.integers(2**62)))
    return crowdes(weights[0], site).simulate(duration, seeded)


def _realism(made: CrowdTrajectory, free: Any) -> dict[str, float]:
    pace, nearest = speeds(made), nearest_distances(made)
    transitions = wall_transitions(made, free)
    return {
        "stop_share": float((pace[np.isfinite(pace)] < STOPPED).mean()) if np.isfinite(pace).any() else np.nan,
        "nn_p5": float(np.percentile(nearest, 5)) if len(nearest) else np.nan,
        "group_share": group_share(made),
        "wall_transitions": float(transitions.counts.sum()),
        "people": float(made.valid.sum(axis=1).mean()),
    }


def make_rows(
    outcomes: Sequence[Outcome], folds: Sequence[str], models: Sequence[str], seed: int
) -> list[dict[str, Any]]:
    """Return a row for each fold and model, the mean over runs and recordings, and the mean of the folds."""
    rows = []
    rng = stream(seed, "statistics")
    for scene in (*folds, "all"):
        for model in models:
            mine = [o for o in outcomes if o.job.model == model and scene in ("all", o.job.fold)]
            by_fold = [[o for o in mine if o.job.fold == fold] for fold in folds if scene in ("all", fold)]
            metrics = {}
            for name in mine[0].measures:
                # a fold's value of one seed is the mean of its recordings, that of all the mean of the folds
                runs = np.mean([np.mean([o.measures[name] for o in fold], axis=0) for fold in by_fold], axis=0)
                known = runs[np.isfinite(runs)]
                if not len(known):
                    continue
                found = bootstrap_mean(known, rng) if len(known) > 1 else None
                ends = {} if found is None else {"lo": found[0], "hi": found[1]}
                metrics[name] = {"value": float(known.mean()), **ends}
            row = {"scene": scene, "model": model, "protocol": "generated", "n": len(mine[0].measures["dens"])}
            rows.append(row | {"metrics": metrics})
    return rows
