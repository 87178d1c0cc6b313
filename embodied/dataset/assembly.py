"""`dataset/` from finished episodes: nothing is drawn or encoded, so the same episodes always give the same bytes."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import yaml
from omegaconf import DictConfig, OmegaConf

from embodied.dataset import coco
from embodied.dataset.card import write_card
from embodied.dataset.check import check_dataset, check_episode, check_owner, hash_files, write_manifest
from embodied.dataset.contract import COCO, list_cameras
from embodied.dataset.lerobot import Source, write_lerobot
from embodied.log import EpisodeLog
from embodied.metrics import score
from embodied.runner import agent_name, episode_name

DATASET = "dataset"
DRAFT, OLD = ".dataset.partial", ".dataset.old.partial"


def read_config(out: Path) -> tuple[str, list[Any]]:
    """Return the verb and the configs of the run whose folder `out` is.

    Raises:
        ValueError: it is not the folder of a run.
    """
    path = out / "config.yaml"
    if not path.is_file():
        raise ValueError(f"{out}: expected the folder of a run, found no config.yaml in it; give what `out` was")
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        runs = [OmegaConf.create({"sink": {"name": "none"}} | run) for run in document["runs"]]  # old ones have no sink
        names = [episode_name(run, run.episodes) for run in runs]
        return str(document["verb"]), runs if names else []
    except (yaml.YAMLError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path}: expected the configuration of a run, got another file ({error})") from error


def list_episodes(out: Path, runs: list[Any]) -> list[tuple[Any, Path]]:
    """Return config and folder of every episode of a run, in their order, whether it is there or not."""
    return [
        (run, out / "episodes" / episode_name(run, episode)) for run in runs for episode in range(int(run.episodes))
    ]


def assemble(out: Path) -> Path:
    """Make `out/dataset` anew from the finished episodes of a run; it is whole and valid, or as it was before.

    Raises:
        ValueError: an episode is broken, the result would not be valid, or `out/dataset` is that of another run.
    """
    verb, runs = read_config(out)
    config = (out / "config.yaml").read_bytes()
    target, draft, old = out / DATASET, out / DRAFT, out / OLD
    if target.exists():
        check_owner(target, config)
    for leftover in (draft, old):
        shutil.rmtree(leftover, ignore_errors=True)
    draft.mkdir()
    try:
        _build(
            draft, verb, runs, [(run, folder) for run, folder in list_episodes(out, runs) if folder.is_dir()], config
        )
        check_dataset(draft)
        if target.exists():
            target.rename(old)
        draft.rename(target)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    shutil.rmtree(old, ignore_errors=True)
    return target


def _build(draft: Path, verb: str, runs: list[Any], episodes: list[tuple[Any, Path]], config: bytes) -> None:
    if not episodes:
        raise ValueError(f"{draft.parent}: expected at least one finished episode, found none; run it first")
    sink, cameras = runs[0].sink, list_cameras(runs[0])
    sources, logs, documents = [], [], []
    for run, folder in episodes:
        log = check_episode(folder, run)
        sources.append(Source(name=folder.name, folder=folder, task=_task(log), facts=_facts(log, run)))
        logs.append(log)
        if sink.coco:
            documents.append((folder.name, coco.read_document(folder / COCO)))
        raw = draft / "raw" / folder.name
        raw.mkdir(parents=True)
        for name in ("log.parquet", "events.jsonl"):
            shutil.copyfile(folder / name, raw / name)
    (draft / "raw" / "config.yaml").write_bytes(config)
    (draft / "meta").mkdir()
    split = "train" if runs[0].appearance == "all" else runs[0].appearance
    write_lerobot(draft, sources, cameras, fps=sink.fps, robot=runs[0].robot.name, split=split)
    merged = None
    if sink.coco:
        merged = coco.merge(documents, *next(iter(cameras.values())), keypoints=sink.keypoints)
        (draft / "annotations").mkdir()
        coco.write_document(merged, draft / "annotations" / "instances.json")
    write_card(draft, verb, runs, logs, merged)
    write_manifest(draft, config, {folder.name: hash_files(folder) for _, folder in episodes})
    for path in sorted(draft.rglob("*"), reverse=True):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _task(log: EpisodeLog) -> str:
    """Return what the robot was told."""
    return " ".join(event["text"] for event in log.events_of("instruction"))


def _facts(log: EpisodeLog, run: DictConfig) -> dict[str, Any]:
    return {
        "scene": str(log.metadata["scene"]),
        "agent": agent_name(run),  # type: ignore[arg-type]
        "seed": int(log.metadata["seed"]),
        "success": bool(score(log)["sr"]),
    }
