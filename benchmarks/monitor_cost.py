"""What a monitor does and costs: `python -m benchmarks.monitor_cost [--episodes 6] [--seed 0]`.

Robots that look for a shop without asking, and residents, each with and without a guard, the same seeds among the same
hazards on the plaza. Rows: who is guarded (`agent`), `variant` plain or guarded; interventions are steps held up, or
decisions that were sent back; CPU milliseconds are those of one check alone, and of all that a guard adds to a
decision, its own map of what is perceived included. Intervals: BCa bootstrap over episodes.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from embodied.agents.guarded import Guarded
from embodied.compose import compose_runs
from embodied.config import RunConfig
from embodied.episode import Action, Observation
from embodied.log import EpisodeLog
from embodied.metrics import score
from embodied.results import write_results
from embodied.runner import make_agent, run_episode
from embodied.seeding import episode_seed, stream
from embodied.statistics import bootstrap_mean
from embodied.world import World
from safety.monitor import Monitor, Perceived

OUT = Path(__file__).parent / "results" / "monitor.json"
HAZARDS = "scene.hazards=[wet_floor,oil_spill,ice_patch,bare_cable,broken_glass,open_manhole]"
ROBOT = ("scene=plaza", "crowd=social_force", "crowd.people=30", "agent=never_ask", "task.max_time=120", HAZARDS)
PEOPLE = (
    "scene=plaza", "crowd=social_force", "crowd.people=0", "mind.residents=20", "agent=onlooker", "task=watch",
    "scene.hour=17", "task.max_time=300", HAZARDS,
)  # fmt: skip
METRICS = (
    "sr", "human_collisions", "robot_on_person", "min_distance", "personal_space", "intimate_space", "ttc_exposure",
    "collisions", "robot_hazard_exposure", "hazard_exposure", "hazard_people", "longest_stuck",
)  # fmt: skip


class Timed:
    """An agent whose CPU time is counted."""

    def __init__(self, inner: Any) -> None:
        self.inner, self.perception = inner, inner.perception
        self.cpu, self.acts = 0.0, 0

    def reset(self, robot: Any, rng: np.random.Generator) -> None:
        self.inner.reset(robot, rng)

    def act(self, observation: Observation) -> Action:
        started = time.process_time()
        action: Action = self.inner.act(observation)
        self.cpu += time.process_time() - started
        self.acts += 1
        return action


def run(config: RunConfig, episodes: int, seed: int) -> list[dict[str, float]]:
    """Return metrics and counts of each episode."""
    world, rows = World(config), []
    try:
        for episode in range(episodes):
            agent = Timed(make_agent(config))
            log = run_episode(world, agent, seed=episode_seed(seed, episode), episode=episode)
            values = {name: value for name, value in score(log).items() if name in METRICS and np.isfinite(value)}
            guard = agent.inner
            if isinstance(guard, Guarded):
                values |= {"checks": float(guard.checks), "interventions": float(guard.interventions)}
                values["cpu_ms"] = 1000.0 * guard.cpu / max(guard.checks, 1)
            elif config.mind.guard:
                values["interventions"] = float(count_revisions(log))
            if config.agent.name != "onlooker":
                values["decision_cpu_ms"] = 1000.0 * agent.cpu / max(agent.acts, 1)
            rows.append(values)
    finally:
        world.close()
    return rows


def count_revisions(log: EpisodeLog) -> int:
    """Return how many decisions were sent back."""
    return sum(event["reason"].startswith("monitor: ") for event in log.events_of("decision"))


def time_checks(seed: int, people: int, dangers: int, repeats: int = 2000) -> float:
    """Return the CPU milliseconds of one check among people and dangers."""
    rng = stream(seed, "statistics", people)
    monitor, path = Monitor(radius=0.27), np.column_stack([np.linspace(0.0, 1.0, 21), np.zeros(21)])
    places, paces = rng.uniform(-8.0, 8.0, (people, 2)), rng.normal(0.0, 0.8, (people, 2))
    middles = rng.uniform(-8.0, 8.0, (dangers, 2)).tolist()
    zones = [Perceived(kind="slip", position=(x, y), radius=1.5) for x, y in middles]
    started = time.process_time()
    for _ in range(repeats):
        monitor.check(path, places, paces, zones)
    return 1000.0 * (time.process_time() - started) / repeats


def summarise(rows: Sequence[Mapping[str, float]], seed: int) -> dict[str, dict[str, float]]:
    """Return the mean over episodes of each metric that any has, with an interval where there are several."""
    metrics = {}
    for name in dict.fromkeys(name for row in rows for name in row):
        values = np.array([row[name] for row in rows if name in row])
        metrics[name] = {"value": float(values.mean())}
        if len(values) > 2 and np.ptp(values) > 0.0:
            interval = bootstrap_mean(values, stream(seed, "statistics"))
            metrics[name] |= {} if interval is None else {"lo": interval[0], "hi": interval[1]}
    return metrics


def main() -> None:
    """Run and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--episodes", type=int, default=6)
    parser.add_argument("--seed", type=int, default=0)
    given, started, rows = parser.parse_args(), time.perf_counter(), []
    for who, words, key in (("never_ask", ROBOT, "agent.guard"), ("residents", PEOPLE, "mind.guard")):
        for variant in ("plain", "guarded"):
            (config,) = compose_runs([*words, f"{key}={str(variant == 'guarded').lower()}"], {})
            found = run(config, given.episodes, given.seed)
            metrics = summarise(found, given.seed)
            rows.append({"agent": who, "scene": "plaza", "variant": variant, "n": len(found), "metrics": metrics})
            print(who, variant, {name: round(metric["value"], 4) for name, metric in metrics.items()}, flush=True)
    for people, dangers in ((0, 0), (5, 3), (20, 10)):
        cost = time_checks(given.seed, people, dangers)
        checked = {"cpu_ms": {"value": cost}}
        rows.append({"work": "one check", "people": people, "dangers": dangers, "n": 2000, "metrics": checked})
        print(people, dangers, f"{cost:.3f} ms", flush=True)
    write_results(
        OUT, verb="bench", command=f"python -m benchmarks.monitor_cost {shlex.join(sys.argv[1:])}".strip(),
        seed=given.seed, seconds=time.perf_counter() - started, rows=rows, files={},
    )  # fmt: skip


if __name__ == "__main__":
    main()
