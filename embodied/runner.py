"""Runs episodes into a folder: each into its own sub-folder, whole or not at all; a second call goes on."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from embodied.agents.guarded import Guarded
from embodied.agents.models import AGENTS, load_agent
from embodied.compose import as_plain
from embodied.config import RunConfig
from embodied.dataset.recording import record
from embodied.episode import Agent, Observation
from embodied.fidelity import judge_replay
from embodied.log import EpisodeLog, atomic_folder
from embodied.metrics import score
from embodied.pool import carry_out
from embodied.seeding import episode_seed, stream
from embodied.tasks.models import TASKS
from embodied.world import World

logger = logging.getLogger(__name__)

Values = Mapping[str, float]  # of the metrics of one episode
Job = tuple[Path, list[RunConfig], int]  # folder, runs that can share a world, number of the episode


def make_agent(config: RunConfig) -> Agent:
    """Return the agent of a config.

    Raises:
        ValueError: `agent.factory` cannot be loaded or makes no agent, or the agent cannot do with `perception`, or
            has no sensors for a guard.
    """
    agent = load_agent(config.agent.factory) if config.agent.factory else AGENTS[config.agent.name]()
    if config.perception is not None:
        known = getattr(agent, "perceptions", (agent.perception,))
        if config.perception not in known:
            raise ValueError(
                f"perception={config.perception}: expected one of {', '.join(known)} for agent {agent_name(config)}; "
                "leave it out or name another agent"
            )
        agent.perception = config.perception  # type: ignore[assignment]
    return Guarded(agent) if config.agent.guard else agent


def agent_name(config: RunConfig) -> str:
    """Return the word for the agent in rows and folder names."""
    name = config.agent.factory.replace(":", ".") if config.agent.factory else config.agent.name
    return f"{name}_guarded" if getattr(config.agent, "guard", False) else name  # a kept config may lack it


def episode_name(config: RunConfig, episode: int) -> str:
    """Return the folder of an episode: scene, agent and number."""
    return f"{config.scene.name}-{agent_name(config)}-{episode:04d}"


def begin_episode(world: World, agent: Agent, *, seed: int, episode: int) -> Observation:
    """Start an episode and return what the agent senses first."""
    observation = world.reset(seed=seed, episode_id=episode, perception=agent.perception)
    agent.reset(world.robot_spec, stream(seed, "agent"))
    if agent.perception == "truth":
        agent.reveal(world)  # type: ignore[attr-defined]
    return observation


def finish_episode(world: World, agent: Agent, observation: Observation) -> EpisodeLog:
    """Let the agent act to the end of an episode and return its log."""
    while True:
        result = world.step(agent.act(observation))
        if result.terminated or result.truncated:
            return world.log
        observation = result.observation


def run_episode(world: World, agent: Agent, *, seed: int, episode: int) -> EpisodeLog:
    """Run one episode to its end and return its log."""
    return finish_episode(world, agent, begin_episode(world, agent, seed=seed, episode=episode))


def write_episode(folder: Path, log: EpisodeLog, config: RunConfig) -> None:
    """Write the folder of an episode, whole or not at all.

    Raises:
        FileExistsError: it is there already.
    """
    with atomic_folder(folder) as draft:
        log.write(draft)
        record(log, config, draft)


def score_episode(folder: Path, config: RunConfig) -> Values:
    """Return all metrics of an episode, from its log alone.

    Raises:
        ValueError: the log cannot be read.
    """
    log = EpisodeLog.read(folder)
    return {**score(log), **TASKS[config.task.name](config.task).judge(log), **judge_replay(log)}


def run_all(out: Path, runs: Sequence[RunConfig], report: Callable[[str, int, int], None]) -> list[list[Values]]:
    """Run every episode that is not there yet, the same bytes for any number of workers; score all.

    Args:
        out: a claimed folder.
        runs: at least one; all share seed, episodes and workers.
        report: called after each episode with its name, how many are done and how many there are.

    Returns:
        The metrics of each episode of each run.

    Raises:
        ValueError: two runs would write the same folders.
        ChildProcessError: a worker died.
    """
    names = [[episode_name(run, episode) for episode in range(run.episodes)] for run in runs]
    if len({name[0] for name in names}) < len(runs):
        raise ValueError(
            "lists: expected lists of scenes and agents alone; give other choices a command and `out` each"
        )
    done: dict[str, Values] = {}
    with closing(carry_out(_do, plan_jobs(out, runs), runs[0].workers)) as episodes:
        for name, values in episodes:
            done[name] = values
            report(name, len(done), sum(map(len, names)))
    return [[done[name] for name in some] for some in names]


def group_runs(runs: Sequence[RunConfig]) -> list[list[RunConfig]]:
    """Return runs grouped by the world that they can share."""
    groups: dict[str, list[RunConfig]] = {}
    for run in runs:
        groups.setdefault(repr(_world_key(run)), []).append(run)
    return list(groups.values())


def plan_jobs(out: Path, runs: Sequence[RunConfig]) -> list[Job]:
    """Return what workers do, in order: an episode with all agents in one scene, since they share what is built.

    The last such jobs, one per worker, are parted by agent, that no worker waits long for another at the end.
    """
    jobs = [(out, group, episode) for group in group_runs(runs) for episode in range(runs[0].episodes)]
    cut = len(jobs) - runs[0].workers if runs[0].workers > 1 else len(jobs)
    last = jobs[max(cut, 0) :]
    return jobs[: max(cut, 0)] + [(out, [run], episode) for _, group, episode in last for run in group]


def _do(job: Job) -> Iterator[tuple[str, Values]]:
    """Run and score one episode with every run of the job."""
    out, runs, episode = job
    for config in runs:
        name = episode_name(config, episode)
        folder = out / "episodes" / name
        try:
            if not folder.exists():
                started = time.perf_counter()
                seed = episode_seed(config.seed, episode)
                log = run_episode(_world(config), make_agent(config), seed=seed, episode=episode)
                write_episode(folder, log, config)
                seconds = time.perf_counter() - started
                logger.info("%s: %.1f s simulated in %.1f s", name, log.events[-1]["time"], seconds)
            values = score_episode(folder, config)
        except Exception as error:
            error.add_note(f"(episode {name})")
            raise
        yield name, values


_kept: list[tuple[dict[str, Any], World]] = []  # the world of this process, with what it was made for


def _world_key(config: RunConfig) -> dict[str, Any]:
    """Return what two configs must share to run in one world."""
    return {
        name: value
        for name, value in as_plain(config).items()
        if name not in ("agent", "episodes", "perception", "seed", "sink", "video")
    }


def _world(config: RunConfig) -> World:
    """Return a world for a config; the last one is used again when only agent or episode differ."""
    key = _world_key(config)
    if _kept and _kept[0][0] == key:
        _kept[0][1].config = config
        return _kept[0][1]
    while _kept:
        _kept.pop()[1].close()
    world = World(config)
    _kept.append((key, world))
    return world
