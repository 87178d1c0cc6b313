"""`protocol=replayed`: the recorded arrivals (origin, goal, time of entry, desired speed); the way is the model's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from crowd.evaluation import BODY, FASTEST, SLOWEST, Arrivals, find_parties, true_arrivals, walk_model, walk_straight
from crowd.realism import (
    STOPPED,
    col_share,
    diagram_distance,
    fundamental_diagram,
    group_share,
    jerk,
    nearest_distances,
    replay_errors,
    speeds,
    wall_transitions,
)
from crowd.site import Recording, Site, extended
from crowd.social_force import SocialForce
from crowd.terrain import Terrain, terrain_of_site
from crowd.trajectory import CrowdModel, CrowdTrajectory
from embodied import crowd_jobs
from embodied.crowd_jobs import Job
from embodied.seeding import stream
from embodied.statistics import bootstrap_mean

if TYPE_CHECKING:
    pass

FloatArray = npt.NDArray[np.float64]
Halves = tuple[FloatArray, FloatArray]  # speeds and nearest distances of a part of the time
MODELS = ("real", "straight", "social_force", "orca", "jupedsim", "crowdes", "ours")
LEARNED = {"crowdes": ("crowdes",), "ours": ("plan_diffusion",)}  # models that draw what people do, files of weights
NOT_SHIPPED: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """What came out of a job.

    Attributes:
        best: (N,) metres, the least ADE of K runs of each person.
        ade: (N,) the mean, or that at the true desired speed of a model that draws nothing; the rest is of those runs.
        speeds, nearest: of all person-frames, m/s and metres.
        halves: of the same two, those of the first and of the second half of the time.
        near: person-frames nearer than 0.2 m to another, and all; crossed: steps into walls, and all.
        runs: how many. groups, diagram, jerk: share, m/s and m/s3; their means.
    """

    job: Job
    best: FloatArray
    ade: FloatArray
    speeds: FloatArray
    nearest: FloatArray
    halves: tuple[Halves, Halves]
    near: tuple[float, float]
    crossed: tuple[int, int]
    runs: int
    groups: float
    diagram: float
    jerk: float


@lru_cache(maxsize=1)
def _place(data: str, name: str) -> tuple[Recording, Arrivals, Site, FloatArray]:
    """Return a recording at 5 Hz from 0 on, who comes in it, the ground with what lies beyond, and the clock."""
    recording = crowd_jobs.recorded(data, name)
    return recording, true_arrivals(recording), extended(recording.site), recording.trajectory.times


def work(job: Job) -> Iterator[Outcome]:
    """Run a model `samples` times with the arrivals of a recording."""
    recording, arrivals, wide, clock = _place(job.data, job.recording)
    times = clock - clock[0]
    columns = np.searchsorted(recording.trajectory.person_ids, arrivals.person_ids)
    real = CrowdTrajectory(
        times=times, person_ids=arrivals.person_ids, positions=recording.trajectory.positions[:, columns],
        valid=recording.trajectory.valid[:, columns],
    )  # fmt: skip
    guesses: list[CrowdTrajectory] = []
    if job.model == "real":
        runs = [real]
    elif job.model in LEARNED:
        runs = guesses = [_simulate(job, recording, arrivals, wide, times, sample) for sample in range(job.samples)]
    else:  # the same each time, so that it is given another pace to guess
        runs = [_simulate(job, recording, arrivals, wide, times, 0)]
        paced = [arrivals.at_pace(float(factor)) for factor in np.linspace(SLOWEST, FASTEST, job.samples)]
        guesses = [_simulate(job, recording, who, wide, times, 0) for who in paced]
    errors = replay_errors(real, runs)
    diagram = fundamental_diagram(real)
    transitions = [wall_transitions(one, wide.free) for one in runs]
    middle = len(times) // 2
    parts = (_cut(real, 0, middle), _cut(real, middle, None))
    yield Outcome(
        job=job,
        best=(replay_errors(real, guesses) if guesses else errors).ade.min(axis=0),
        ade=errors.ade.mean(axis=0),
        speeds=np.concatenate([_known(speeds(one)) for one in runs]),
        nearest=np.concatenate([nearest_distances(one) for one in runs]),
        halves=_pair((_known(speeds(part)), nearest_distances(part)) for part in parts),
        near=(
            float(sum(col_share(one, 0.2) * one.valid.sum() for one in runs)),
            float(sum(one.valid.sum() for one in runs)),
        ),
        crossed=(sum(int(t.counts.sum()) for t in transitions), sum(t.steps for t in transitions)),
        runs=len(runs),
        groups=float(np.mean([group_share(one) for one in runs])),
        diagram=float(np.mean([diagram_distance(diagram, fundamental_diagram(one)) for one in runs])),
        jerk=float(np.mean([jerk(one) for one in runs])),
    )  # fmt: skip


def _simulate(
    job: Job, recording: Recording, arrivals: Arrivals, wide: Site, times: FloatArray, sample: int
) -> CrowdTrajectory:
    """Return one run of a model."""
    if job.model == "straight":
        return walk_straight(arrivals, times)
    rng = job.stream(sample, MODELS.index(job.model))
    if job.model == "crowdes":
        return _crowdes(job, recording, arrivals, times, rng)
    dt = float(times[1] - times[0])
    parties = find_parties(arrivals, dt) if job.model in ("ours", "social_force") else None
    if job.model == "ours":
        from crowd.plan_diffusion import load_network
        from crowd.planned import Planned

        weights = job.weights_of("plan_diffusion")
        model: CrowdModel = Planned(weights=weights, terrain=_terrain(recording.site))
        body = float(load_network(weights).body)
    else:
        model, body = _model(job.model), BODY
    return walk_model(model, wide.walkable, arrivals, times, rng, groups=parties, body=body)


def _model(name: str) -> CrowdModel:
    if name == "social_force":
        return SocialForce()
    from crowd.baselines import JuPedSim, Orca

    # its anticipation model leaves the ground at eth and cannot go on
    return Orca() if name == "orca" else JuPedSim("collision_free_v2")


@lru_cache(maxsize=1)
def _terrain(site: Site) -> Terrain:
    return terrain_of_site(site)


def _crowdes(
    job: Job, recording: Recording, arrivals: Arrivals, times: FloatArray, rng: np.random.Generator
) -> CrowdTrajectory:
    import torch

    from crowd import crowdes

    model = crowd_jobs.crowdes(job.weights_of("crowdes"), recording.site)
    who = crowdes.Arrivals(
        times=times[arrivals.rows], origins=arrivals.origins, goals=arrivals.goals, speeds=arrivals.speeds,
        types=arrivals.types,
    )  # fmt: skip
    made, _ = model.replay(who, float(times[-1]), torch.Generator().manual_seed(int(rng.integers(2**62))))
    positions = np.full((len(times), len(arrivals.rows), 2), np.nan)
    positions[: len(made.times), made.person_ids] = made.positions[: len(times)]
    return CrowdTrajectory(
        times=times, person_ids=arrivals.person_ids, positions=positions, valid=~np.isnan(positions).any(axis=2)
    )


def make_rows(
    outcomes: Sequence[Outcome], folds: Sequence[str], models: Sequence[str], seed: int
) -> list[dict[str, Any]]:
    """Return a row for each fold and model, and for all folds together."""
    rows = []
    for scene in (*folds, "all"):
        for model in models:
            mine = [o for o in outcomes if o.job.model == model and scene in ("all", o.job.fold)]
            rows.append(
                {"scene": scene, "model": model, "protocol": "replayed", "n": sum(len(o.ade) for o in mine),
                 "metrics": _metrics(mine, model, stream(seed, "statistics"))}
            )  # fmt: skip
    return rows


def _metrics(outcomes: Sequence[Outcome], model: str, rng: np.random.Generator) -> dict[str, dict[str, float]]:
    metrics: dict[str, dict[str, float]] = {}
    if model != "real":
        for name, key in (("ade", "ade"), (f"min_ade_{outcomes[0].job.samples}", "best")):
            errors = np.concatenate([getattr(o, key) for o in outcomes])
            places = np.repeat([o.job.recording for o in outcomes], [len(o.ade) for o in outcomes])[np.isfinite(errors)]
            errors = errors[np.isfinite(errors)]
            found = bootstrap_mean(errors, rng, places.tolist())
            ends = {} if found is None else {"lo": found[0], "hi": found[1]}
            metrics[name] = {"value": float(errors.mean()), **ends}
    pace, nearest = (np.concatenate([getattr(o, name) for o in outcomes]) for name in ("speeds", "nearest"))
    values = {
        "col_02": sum(o.near[0] for o in outcomes) / sum(o.near[1] for o in outcomes),
        "stop_share": float((pace < STOPPED).mean()),
        "nn_p5": float(np.percentile(nearest, 5)), "nn_p50": float(np.percentile(nearest, 50)),
        "wall_transitions": sum(o.crossed[0] / o.runs for o in outcomes),
        "wall_share": sum(o.crossed[0] for o in outcomes) / max(1, sum(o.crossed[1] for o in outcomes)),
        "group_share": float(np.mean([o.groups for o in outcomes])),
        "diagram": float(np.mean([o.diagram for o in outcomes])), "jerk": float(np.mean([o.jerk for o in outcomes])),
    }  # fmt: skip
    if model == "real":  # how far two halves of the same recordings are from one another
        first, second = ([np.concatenate([o.halves[half][k] for o in outcomes]) for k in (0, 1)] for half in (0, 1))
        values["stop_share_floor"] = abs(float((first[0] < STOPPED).mean() - (second[0] < STOPPED).mean()))
        values["nn_p5_floor"] = abs(float(np.percentile(first[1], 5) - np.percentile(second[1], 5)))
    return metrics | {name: {"value": float(value)} for name, value in values.items() if np.isfinite(value)}


def _pair(items: Iterable[tuple[FloatArray, FloatArray]]) -> tuple[Halves, Halves]:
    first, second = items
    return first, second


def _cut(whole: CrowdTrajectory, begin: int, end: int | None) -> CrowdTrajectory:
    return CrowdTrajectory(
        times=whole.times[begin:end], person_ids=whole.person_ids, positions=whole.positions[begin:end],
        valid=whole.valid[begin:end],
    )  # fmt: skip


def _known(values: FloatArray) -> FloatArray:
    result: FloatArray = values[np.isfinite(values)]
    return result
