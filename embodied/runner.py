"""Runs episodes into a folder: each into its own sub-folder, whole or not at all; a second call goes on."""

from __future__ import annotations

import logging
import multiprocessing
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from embodied.agents.models import AGENTS, load_agent
from embodied.compose import as_plain
from embodied.config import RunConfig
from embodied.episode import Agent
from embodied.log import EpisodeLog, atomic_folder
from embodied.seeding import episode_seed, stream
from embodied.world import World

logger = logging.getLogger(__name__)


def make_agent(config: RunConfig) -> Agent:
    """Return the agent of a config.

    Raises:
        ValueError: `agent.factory` cannot be loaded or makes no agent.
    """
    return load_agent(config.agent.factory) if config.agent.factory else AGENTS[config.agent.name]()


def agent_name(config: RunConfig) -> str:
    """Return the word for the agent in rows and folder names."""
    return config.agent.factory.replace(":", ".") if config.agent.factory else config.agent.name


def episode_name(config: RunConfig, episode: int) -> str:
    """Return the folder of an episode: scene, agent and number."""
    return f"{config.scene.name}-{agent_name(config)}-{episode:04d}"


def run_episode(world: World, agent: Agent, *, seed: int, episode: int) -> EpisodeLog:
    """Run one episode to its end and return its log."""
    observation = world.reset(seed=seed, episode_id=episode, perception=agent.perception)
    agent.reset(world.robot_spec, stream(seed, "agent"))
    if agent.perception == "truth":
        agent.reveal(world)  # type: ignore[attr-defined]
    while True:
        result = world.step(agent.act(observation))
        if result.terminated or result.truncated:
            return world.log
        observation = result.observation


@contextmanager
def claimed_folder(out: Path, verb: str, runs: Sequence[RunConfig]) -> Iterator[None]:
    """Make `out` the folder of these runs, or go on in it if it is theirs already.

    A folder that was made here and has no episode yet is gone again when the run fails.

    Raises:
        ValueError: the folder belongs to another configuration, or is something else, or cannot be made.
    """
    new = not out.exists()
    try:
        _claim(out, verb, runs)
    except OSError as error:
        raise ValueError(f"out={out}: cannot be written: {error.strerror}; choose another folder") from error
    try:
        yield
    except Exception:
        if new and not any((out / "episodes").glob("[!.]*")):
            shutil.rmtree(out)
        raise


def _claim(out: Path, verb: str, runs: Sequence[RunConfig]) -> None:
    document = yaml.safe_dump({"verb": verb, "runs": [as_plain(run) for run in runs]}, sort_keys=False)
    path = out / "config.yaml"
    if path.is_file():
        if path.read_text(encoding="utf-8") != document:
            raise ValueError(f"out={out}: holds a run with another configuration; choose another folder or remove it")
        return
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ValueError(f"out={out}: expected a new or empty folder, or that of the same run; choose another")
    out.mkdir(parents=True, exist_ok=True)
    draft = out / ".config.yaml"
    draft.write_text(document, encoding="utf-8")
    draft.replace(path)


def run_all(out: Path, runs: Sequence[RunConfig], report: Callable[[str, int, int], None]) -> None:
    """Run every episode that is not there yet, the same bytes for any number of workers.

    Args:
        out: a claimed folder.
        runs: at least one; all share seed, episodes and workers.
        report: called after each episode with its name, how many are done and how many there are.
    """
    total = runs[0].episodes * len(runs)
    groups: dict[str, list[RunConfig]] = {}
    for run in runs:  # runs that can share a world stay together
        groups.setdefault(repr(_world_key(run)), []).append(run)
    jobs = [(out, group, episode) for group in groups.values() for episode in range(runs[0].episodes)]
    done = 0
    for names in _map(jobs, min(runs[0].workers, len(jobs))):
        for name in names:
            done += 1
            report(name, done, total)


def _map(jobs: list[tuple[Path, list[RunConfig], int]], workers: int) -> Iterator[Iterator[str] | list[str]]:
    if workers <= 1:
        for job in jobs:
            yield _run_job(job)
        return
    context = multiprocessing.get_context("spawn")  # a forked OpenGL context is broken
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        for future in [pool.submit(_finish_job, job) for job in jobs]:
            yield future.result()


def _finish_job(job: tuple[Path, list[RunConfig], int]) -> list[str]:
    return list(_run_job(job))


def _run_job(job: tuple[Path, list[RunConfig], int]) -> Iterator[str]:
    """Run one episode with every agent and scene of the runs."""
    out, runs, episode = job
    for config in runs:
        name = episode_name(config, episode)
        folder = out / "episodes" / name
        if not folder.exists():
            started = time.perf_counter()
            log = run_episode(
                _world(config), make_agent(config), seed=episode_seed(config.seed, episode), episode=episode
            )
            folder.parent.mkdir(exist_ok=True)
            with atomic_folder(folder) as draft:
                log.write(draft)
            logger.info("%s: %.1f s simulated in %.1f s", name, log.events[-1]["time"], time.perf_counter() - started)
        yield name


_kept: list[tuple[dict[str, Any], World]] = []  # the world of this process, with what it was made for


def _world_key(config: RunConfig) -> dict[str, Any]:
    """Return what two configs must share to run in one world."""
    return {
        name: value for name, value in as_plain(config).items() if name not in ("agent", "episodes", "seed", "video")
    }


def _world(config: RunConfig) -> World:
    """Return a world for a config; the last one is used again when only agent or episode differ."""
    key = _world_key(config)
    if _kept and _kept[0][0] == key:
        return _kept[0][1]
    while _kept:
        _kept.pop()[1].close()
    world = World(config)
    _kept.append((key, world))
    return world
