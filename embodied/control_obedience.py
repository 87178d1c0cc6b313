"""What was asked of a crowd, and what came: one function for each thing that can be asked for."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from crowd.control import RIDER_RADIUS, Controls, DrawnMap
from crowd.trajectory import Arrival, CrowdTrajectory, FloatArray, Order, Others
from embodied.control_trials import DT, MOVES, ROBOT, disc, half, person_seconds, simulate, stage_scene

SECONDS = 120.0
PLACE, PEOPLE = "plaza", 24
GATE = 4.0  # m from the middle of an entrance within which somebody who appears has come by it
OUT = 0.95  # share of people who must be gone for a place to be empty


def obey(wish: str, model: str, seed: int, key: int) -> dict[str, float]:
    """Ask a model for one thing and return what was asked (`asked`) and what came.

    Args:
        wish: a key of ASKED. model: a name. seed, key: of the streams.
    """
    return ASKED[wish](model, seed, key)


def _walk(
    model: str, controls: Controls, seed: int, key: int, name: str = PLACE, people: int = PEOPLE
) -> tuple[CrowdTrajectory, tuple[Arrival, ...]]:
    stage = stage_scene(name, seed, people, SECONDS, controls)
    arrivals = stage.arrivals(key)
    return simulate(stage, model, controls, SECONDS, seed, key, arrivals=arrivals), arrivals


def _population(asked: float) -> Callable[[str, int, int], dict[str, float]]:
    def ask(model: str, seed: int, key: int) -> dict[str, float]:
        walked, _ = _walk(model, Controls(population=asked), seed, key)
        return {"asked": asked, "measured": float(walked.valid.sum(axis=1).mean())}

    return ask


def _flow(asked: float) -> Callable[[str, int, int], dict[str, float]]:
    def ask(model: str, seed: int, key: int) -> dict[str, float]:
        scene = stage_scene(PLACE, seed, PEOPLE, SECONDS).scene
        assert scene is not None
        gate = scene.entrances[0]
        walked, _ = _walk(model, Controls(flow={gate.name: asked}), seed, key)
        first = walked.valid.argmax(axis=0)
        came = walked.valid.any(axis=0) & (first > 0)
        places = walked.positions[first, np.arange(len(first))]
        here = np.hypot(*(places - gate.position).T) < GATE
        return {"asked": asked, "measured": float((came & here).sum()) / (SECONDS / 60.0)}

    return ask


def _pace(asked: float) -> Callable[[str, int, int], dict[str, float]]:
    def ask(model: str, seed: int, key: int) -> dict[str, float]:
        means = []
        for pace in (1.0, asked):
            walked, _ = _walk(model, Controls(pace=pace), seed, key)
            speeds = np.hypot(*np.moveaxis(np.diff(walked.positions, axis=0), 2, 0)) / DT
            means.append(float(speeds[speeds > MOVES].mean()))
        return {"asked": asked, "measured": means[1] / means[0]}

    return ask


def _groups(asked: float) -> Callable[[str, int, int], dict[str, float]]:
    def ask(model: str, seed: int, key: int) -> dict[str, float]:
        walked, arrivals = _walk(model, Controls(groups=asked), seed, key)
        came = set(walked.person_ids[walked.valid.any(axis=0)].tolist())
        walkers = [a for a in arrivals if a.goal is not None and a.person_id in came]
        return {"asked": asked, "measured": float(np.mean([a.group >= 0 for a in walkers]))}

    return ask


def _riders(asked: float) -> Callable[[str, int, int], dict[str, float]]:
    def ask(model: str, seed: int, key: int) -> dict[str, float]:
        controls = Controls(types={"pedestrian": 1.0 - asked, "rider": asked})
        walked, arrivals = _walk(model, controls, seed, key)
        came = set(walked.person_ids[walked.valid.any(axis=0) & (walked.valid.argmax(axis=0) > 0)].tolist())
        walkers = [a for a in arrivals if a.goal is not None and a.person_id in came]
        rides = {a.person_id for a in walkers if a.radius == RIDER_RADIUS}
        speeds = np.hypot(*np.moveaxis(np.diff(walked.positions, axis=0), 2, 0)) / DT
        theirs = speeds[:, np.isin(walked.person_ids, list(rides))]
        result = {"asked": asked, "measured": len(rides) / max(1, len(walkers))}
        return result | ({"speed": float(theirs[theirs > MOVES].mean())} if rides else {})

    return ask


def _evacuate(model: str, seed: int, key: int) -> dict[str, float]:
    scene = stage_scene(PLACE, seed, PEOPLE, SECONDS).scene
    assert scene is not None
    exits = np.array([entrance.position for entrance in scene.entrances])
    start = 30.0
    walked, _ = _walk(model, Controls(evacuate_at=start, exits=exits), seed, key)
    present = walked.valid.sum(axis=1)
    row = round(start / DT)
    empty = np.flatnonzero(present[row:] <= (1.0 - OUT) * present[row])
    last = len(walked.times) - 1 - walked.valid[::-1].argmax(axis=0)
    gone = walked.valid[row] & ~walked.valid[-1]
    ends = walked.positions[last, np.arange(len(last))][gone]
    by_exit = np.hypot(*(ends[:, None] - exits[None]).transpose(2, 0, 1)).min(axis=1) < GATE
    to_exits = np.hypot(*(walked.positions[row][:, None] - exits).transpose(2, 0, 1))
    return {
        "asked": 1.0, "measured": float(gone.sum()) / float(present[row]), "by_an_exit": float(by_exit.mean()),
        "seconds_until_empty": float(empty[0] * DT) if len(empty) else math.nan,
        "farthest_exit_m": float(np.nanmax(to_exits.min(axis=1))),
    }  # fmt: skip


def _attract(model: str, seed: int, key: int) -> dict[str, float]:
    stage = stage_scene(PLACE, seed, PEOPLE, SECONDS)
    region = disc(np.array(stage.walkable.representative_point().coords[0]), 4.0)
    free, told = (
        simulate(stage, model, controls, SECONDS, seed, key) for controls in (Controls(), Controls(attract=(region,)))
    )
    return {"person_seconds_without": person_seconds(free, [region]), "person_seconds": person_seconds(told, [region])}


def _density(model: str, seed: int, key: int) -> dict[str, float]:
    stage = stage_scene(PLACE, seed, PEOPLE, SECONDS)
    west, south, east, north = stage.walkable.bounds
    values = np.tile((np.arange(80) < 40).astype(float), (80, 1))
    controls = Controls(density=DrawnMap(values=values, bounds=(west, south, east, north)))
    bright = np.array(half(stage.walkable).exterior.coords)
    shares = []
    for asked in (Controls(), controls):
        walked = simulate(stage, model, asked, SECONDS, seed, key)
        shares.append(person_seconds(walked, [bright]) / (DT * float(walked.valid.sum())))
    return {"share_in_the_bright_half_without": shares[0], "share_in_the_bright_half": shares[1]}


def _appearance(model: str, seed: int, key: int) -> dict[str, float]:
    stage = stage_scene(PLACE, seed, PEOPLE, SECONDS)
    west, south, east, north = stage.walkable.bounds
    middle = np.array(stage.walkable.representative_point().coords[0])
    x, y = np.meshgrid(np.linspace(west, east, 200), np.linspace(north, south, 200))
    spots = [middle + sign * np.array([15.0, 0.0]) for sign in (1, -1)]
    values = np.any([np.hypot(x - spot[0], y - spot[1]) < 4.0 for spot in spots], axis=0).astype(float)
    drawn = DrawnMap(values=values, bounds=(west, south, east, north))
    walked, arrivals = _walk(model, Controls(appearance=drawn), seed, key)
    late = [a for a in arrivals if a.goal is not None and a.time > 0.0]
    ends = np.array([end for a in late for end in (a.origin, a.goal)])
    return {
        "asked": 1.0,
        "measured": float((drawn.at(ends) > 0.05).mean()),
        "came": float(walked.valid.any(axis=0).sum()),
    }


def _follow(of: str) -> Callable[[str, int, int], dict[str, float]]:
    """Let one person follow a robot that drives along the corridor and back, or another person who walks there."""

    def ask(model: str, seed: int, key: int) -> dict[str, float]:
        stage = stage_scene("corridor", seed, 0, SECONDS)
        west, _, east, _ = stage.walkable.bounds
        people = [Arrival(person_id=1, time=0.0, origin=(west + 1.0, 0.0), goal=(east - 0.8, 0.0))]
        if of == "person":
            people += [
                Arrival(person_id=2, time=0.0, origin=(west + 3.0, 0.2), goal=(east - 0.8, 0.2), desired_speed=0.9)
            ]
        speed = 0.6 + 0.1 * (key % 4)
        track: FloatArray = np.array([[min(west + 3.0 + speed * DT * k, east - 1.5), 0.0] for k in range(400)])

        def robot(step: int) -> Others:
            velocity = (track[step + 1] - track[step]) / DT
            shown = 1 if of == "robot" else 0
            return Others(
                positions=track[step][None][:shown], velocities=velocity[None][:shown], radii=np.full(shown, ROBOT)
            )  # fmt: skip

        def orders(step: int, ids: npt.NDArray[np.int64]) -> dict[int, Order]:
            return {1: Order(kind="follow", person=2 if of == "person" else None)} if step == 1 else {}

        walked = simulate(stage, model, Controls(), 12.0, seed, key, robot, orders, people)
        leader = track[: len(walked.times)] if of == "robot" else walked.positions[:, 1]
        gaps = np.hypot(*(walked.positions[:, 0] - leader).T)[50:]
        gaps = gaps[np.isfinite(gaps)]
        low, high = (float(np.percentile(gaps, share)) for share in (5, 95))
        kept = float(((gaps >= 1.0) & (gaps <= 1.5)).mean())
        return {"gap": float(gaps.mean()), "gap_p5": low, "gap_p95": high, "between_1_and_1_5": kept}

    return ask


ASKED: dict[str, Callable[[str, int, int], dict[str, float]]] = {
    "population_12": _population(12.0), "population_40": _population(40.0),
    "flow_6": _flow(6.0), "flow_20": _flow(20.0),
    "pace_0.8": _pace(0.8), "pace_1.3": _pace(1.3),
    "groups_0.1": _groups(0.1), "groups_0.7": _groups(0.7), "riders_0.3": _riders(0.3),
    "appearance": _appearance, "density": _density, "attract": _attract, "evacuation": _evacuate,
    "follow_robot": _follow("robot"), "follow_person": _follow("person"),
}  # fmt: skip
