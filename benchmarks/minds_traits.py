"""Do traits show in what people do? Episodes of people who differ in the level of one trait alone.

For each trait and level some episodes are simulated on a plaza: everybody strolls about for the whole time, a robot
drives about at random among them, and what is measured comes from the log of the episode alone. Spearman's rho is
between the level (1 to 5, SAC: Chittem et al., arXiv 2506.20993) and the statistic of each episode.

    python -m benchmarks.minds_traits [--out benchmarks/results/minds_traits.json]
"""

from __future__ import annotations

import argparse
import shlex
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import spearmanr

from embodied.compose import compose_runs
from embodied.config import RunConfig
from embodied.day import measure
from embodied.episode import Action, ActionKind
from embodied.log import EpisodeLog
from embodied.minds.persona import LEVELS, TRAITS, Persona, ScheduleEntry
from embodied.minds.persona_files import write_people
from embodied.place import build_scene, choose_place
from embodied.results import read_results, write_results
from embodied.seeding import episode_seed, stream
from embodied.world import World
from scenes.walkable import Walkable

PEOPLE, SECONDS, EPISODES = 24, 1200.0, 4  # a level; hurry, boldness and caution in 240 s, twice, show as clearly
DRIVES: tuple[tuple[ActionKind, float], ...] = (("forward", 0.6), ("left", 0.12), ("right", 0.12), ("wait", 0.16))


def about_robot(log: EpisodeLog) -> list[dict[str, Any]]:
    """Return the decisions of people who had noticed the robot."""
    made = [event for event in log.events_of("decision") if "event" in event]
    return [event for event in made if event["event"] == "robot" or event["target"] == "robot"]


def gap_refused(log: EpisodeLog) -> float:
    """Return the mean distance of a robot, m, for which people stopped who could have gone on in front of it."""
    entity, when = log.column("entity"), log.column("step")
    places = np.column_stack([log.column("x"), log.column("y")])
    gaps = []
    for event in about_robot(log):
        if event["activity"] == "wait" and "too near" in event["reason"]:
            rows = np.flatnonzero(when == event["step"])
            own, robot = rows[entity[rows] == event["entity"]], rows[entity[rows] == 0]
            gaps += [float(np.hypot(*(places[own[0]] - places[robot[0]])))] if len(own) else []
    return float(np.mean(gaps)) if gaps else 0.0


def share(log: EpisodeLog, *activities: str) -> float:
    """Return of all decisions about the robot the share with some activities."""
    about = about_robot(log)
    return float(np.mean([event["activity"] in activities for event in about])) if about else 0.0


def walking_speed(log: EpisodeLog) -> float:
    """Return the median speed of people who walk freely, m/s."""
    speeds = np.hypot(log.column("vx"), log.column("vy"))
    walks = (log.column("entity") > 0) & (np.asarray(log.column("activity")) == "walk") & (speeds > 0.3)
    return float(np.median(speeds[walks]))


STATISTICS: dict[str, tuple[str, Callable[[EpisodeLog], float]]] = {
    "hurry": ("walking_speed", walking_speed),
    "sociability": ("chats", lambda log: measure(log)["chats"]),
    "curiosity": ("approach_share", lambda log: share(log, "approach")),
    "caution": ("avoid_share", lambda log: share(log, "avoid", "flee")),
    "boldness": ("gap_refused", gap_refused),
}


SIGN = {"boldness": -1.0}  # the bolder, the nearer a robot may come; rho is of the statistic times this


def people_of(trait: str, level: int, rng: np.random.Generator) -> list[Persona]:
    """Return adults who differ in nothing but age and name from each other, and know a few."""
    ages = rng.integers(20, 60, PEOPLE)
    friends = {k: {(k + step) % PEOPLE + 1: "friend" for step in (-2, -1, 1, 2)} for k in range(PEOPLE)}
    return [
        Persona(
            id=k + 1, name=f"Person {k + 1}", age=int(ages[k]), gender="woman" if k % 2 else "man",
            traits=dict.fromkeys(TRAITS, 3) | {trait: level}, relationships=friends[k],
            routine=(ScheduleEntry(start=0.0, end=24.0, activity="stroll", place="square"),),
        )
        for k in range(PEOPLE)
    ]  # fmt: skip


def middle(seed: int) -> list[float]:
    """Return where the robot starts: beside the fountain of the plaza of an episode."""
    (config,) = compose_runs(["scene=plaza"], {})
    scene = build_scene(choose_place(config.scene, seed))
    fountain = next(mark for mark in scene.landmarks if mark.kind == "fountain")
    walkable = Walkable(scene.walkable, radius=0.5)
    x, y = walkable.snap(np.array(fountain.position)).tolist()
    return [round(x, 3), round(y, 3), 0.0]


def simulate(config: RunConfig, seed: int) -> EpisodeLog:
    """Return the log of an episode with a robot that drives about at random."""
    rng = stream(seed, "agent")
    world = World(config)
    try:
        world.reset(seed=seed, perception="none")
        kinds, shares = [kind for kind, _ in DRIVES], [share for _, share in DRIVES]
        while world.time < SECONDS:
            result = world.step(Action(kind=kinds[int(rng.choice(len(kinds), p=shares))]))
            for _ in range(6 if result.observation.collided else 0):  # away from what it has run into
                world.step(Action(kind="left"))
        world.step(Action(kind="stop"))
        return world.log
    finally:
        world.close()


def main() -> None:
    """Simulate, print and write."""
    words = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    words.add_argument("--out", type=Path, default=Path("benchmarks/results/minds_traits.json"))
    words.add_argument("--seed", type=int, default=0)
    words.add_argument("--traits", default=",".join(STATISTICS), help="some of them; the rows of others are kept")
    given = words.parse_args()
    started = time.perf_counter()
    asked = given.traits.split(",")
    rows = [row for row in read_results(given.out)["rows"] if row["trait"] not in asked] if given.out.exists() else []
    with tempfile.TemporaryDirectory() as folder:
        for trait in asked:
            name, statistic = STATISTICS[trait]
            levels, values = [], []
            for level in range(LEVELS[0], LEVELS[1] + 1):
                for episode in range(EPISODES):
                    seed = episode_seed(given.seed, episode)
                    file = Path(folder) / f"{trait}-{level}-{episode}.yaml"
                    write_people(file, people_of(trait, level, stream(seed, "residents", 7)))
                    (config,) = compose_runs(
                        [
                            "scene=plaza", "task=watch", "agent=onlooker", "crowd=social_force", "crowd.people=0",
                            f"mind.people={file}", f"task.max_time={2 * SECONDS:g}", f"task.start={middle(seed)}",
                        ],
                        {},
                    )  # fmt: skip
                    levels.append(level)
                    values.append(statistic(simulate(config, seed)))
            rho = SIGN.get(trait, 1.0) * float(spearmanr(levels, values).statistic)
            table = np.array([levels, values])
            means = {
                f"{name}_{level:g}": {"value": float(table[1, table[0] == level].mean())}
                for level in np.unique(table[0])
            }
            metrics = {"rho": {"value": rho}, "observed": {"value": SECONDS}, **means}  # s, of each episode
            rows.append({"work": "trait", "trait": trait, "n": len(values), "metrics": metrics})
            print(trait, name, f"rho {rho:.2f}", *(f"{cell['value']:.3g}" for cell in means.values()), flush=True)
    write_results(
        given.out,
        verb="benchmark",
        command="python -m benchmarks.minds_traits " + shlex.join(sys.argv[1:]),
        seed=given.seed,
        seconds=time.perf_counter() - started,
        files={},
        rows=rows,
    )


if __name__ == "__main__":
    main()
