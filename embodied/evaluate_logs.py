"""`embodied evaluate logs PATH [key=value …]`: metrics with intervals of what was recorded, by us or by others."""

from __future__ import annotations

import json
import math
import os
import shlex
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from embodied import foreign_files, metrics, variants
from embodied.arguments import own_folder, split, wants_help, whole
from embodied.foreign_files import Scored
from embodied.log import EpisodeLog
from embodied.results import write_results
from embodied.seeding import stream
from embodied.statistics import summarise
from embodied.tables import table

USAGE = f"""usage: embodied evaluate logs PATH [key=value …]

PATH is a folder or file in one of the formats
  format=ours           a run's folder, its episodes/ or one episode (default)
  format=habitat_stats  JSON or JSON lines of numbers per episode: of Habitat, VLN-CE, FreeAskWorld or ours
  format=ndh            rows of NDH: how the people of the dialogues did
  format=predictions    R2R-CE predictions (JSON) or RxR-CE's (JSON lines), with episodes=FILE

keys and their values here:
  episodes=null    file of episodes: needed by predictions; tells habitat_stats the scenes, and what is unknown
  gt=null          expert ways (*_gt.json.gz): the dense reference of predictions; without it, the reference path
  distances=null   of NDH's graphs, scan to node to node to metres: goal progress needs them
  variant=default  a peer's definitions: {", ".join(variants.CHOICES)}
  partial=false    whether episodes without a prediction are left out (true) or refused
  agent=null       word for the agent in files that do not name it; null: the name of the file
  seed=0           of the resamples
  out=null         folder for results.json and per_episode.json; null: runs/evaluate/<time>"""
FORMATS = ("ours", "habitat_stats", "ndh", "predictions")
READS = {  # format -> the keys that it reads beside those that all read
    "ours": {"variant"}, "habitat_stats": {"episodes", "agent"}, "ndh": {"distances", "agent"},
    "predictions": {"episodes", "gt", "variant", "partial", "agent"},
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the user asks for; the fields are the keys of USAGE."""

    path: Path
    format: str = "ours"
    episodes: Path | None = None
    gt: Path | None = None
    distances: Path | None = None
    variant: str = "default"
    partial: bool = False
    agent: str | None = None
    seed: int = 0
    out: Path | None = field(default=None)


def run(arguments: Sequence[str]) -> int:
    """Run the verb and return its exit code.

    Raises:
        FileNotFoundError: no such file or folder.
        ValueError: bad input, in one line.
    """
    if (code := wants_help(arguments, USAGE)) is not None:
        return code
    started = time.perf_counter()
    request = parse(arguments)
    out = own_folder(request.out)
    items = READERS[request.format](request)
    rows = make_rows(items, request.seed)
    out.mkdir(parents=True, exist_ok=True)
    write_per_episode(out / "per_episode.json", items)
    write_results(
        out / "results.json",
        verb="evaluate",
        command=shlex.join(["embodied", "evaluate", "logs", *arguments]),
        seed=request.seed,
        seconds=time.perf_counter() - started,
        rows=rows,
        files={"per_episode": "per_episode.json"},
    )
    print(table(rows))
    print(f"results  {out / 'results.json'}")
    return 0


def parse(arguments: Sequence[str]) -> Request:
    """Return what is asked for.

    Raises:
        ValueError: a key or value is wrong, or the format has no use for it.
    """
    kind = next((word.partition("=")[2] for word in arguments if word.startswith("format=")), "ours")
    if kind not in FORMATS:
        raise ValueError(f"format={kind}: expected one of {', '.join(FORMATS)}")
    words, given = split(f"logs, format={kind}", arguments, {"format", "seed", "out"} | READS[kind], ("PATH",))
    if given.get("partial", "false") not in ("true", "false"):
        raise ValueError(f"partial={given['partial']}: expected true or false")
    if given.get("variant", "default") not in ("default", *variants.CHOICES):
        raise ValueError(f"variant={given['variant']}: expected one of default, {', '.join(variants.CHOICES)}")
    paths = {key: Path(given[key]) for key in ("episodes", "gt", "distances", "out") if key in given}
    return Request(
        path=Path(words[0]),
        format=kind,
        variant=given.get("variant", "default"),
        partial=given.get("partial") == "true",
        agent=given.get("agent"),
        seed=whole(given, "seed", 0),
        **paths,
    )


def read_run(request: Request) -> list[Scored]:
    """Score our own logs.

    Raises:
        FileNotFoundError: no such folder. ValueError: it holds no episode, or a log cannot be read or scored.
    """
    items = []
    for folder in find_episodes(request.path):
        log = EpisodeLog.read(folder)
        try:
            chosen = request.variant != "default"
            values = variants.score_variant(log, request.variant) if chosen else metrics.score(log)
        except ValueError as error:
            raise ValueError(f"{folder}: {error}") from error
        said = log.metadata
        agent = said.get("agent") or folder.name.removeprefix(f"{said.get('scene')}-").rpartition("-")[0]
        columns = {"task": said["task"]} if "task" in said else {}
        lies = ((said.get("config") or {}).get("task") or {}).get("false_answers") or 0.0
        variant = request.variant if chosen else "liars" if lies > 0.0 else "default"
        items.append(
            Scored(
                name=folder.name,
                agent=str(agent).replace(":", ".") or "unknown",
                scene=str(said.get("scene", "unknown")),
                values=values,
                columns={**columns, "variant": variant},
            )
        )
    return items


def find_episodes(path: Path, holds: str = "log.parquet") -> list[Path]:
    """Return the folders of the episodes in a run's folder, in its `episodes/`, or the folder of one episode itself.

    `holds`: a file that each of them has.

    Raises:
        FileNotFoundError: no such folder. ValueError: it holds no episode.
    """
    if not path.is_dir():
        raise FileNotFoundError(f"{path}: expected the folder of a run, found none; give a path that exists")
    if (path / holds).is_file():
        return [path]
    inside = path / "episodes" if (path / "episodes").is_dir() else path
    folders = sorted(entry for entry in inside.glob("[!.]*") if (entry / holds).is_file())
    if not folders:
        raise ValueError(f"{path}: expected episodes with {holds}, found none; give the folder of a run")
    return folders


READERS: dict[str, Callable[[Request], list[Scored]]] = {
    "ours": read_run,
    "habitat_stats": lambda r: foreign_files.read_statistics(r.path, r.episodes, r.agent),
    "ndh": lambda r: foreign_files.read_ndh_rows(r.path, r.distances, r.agent),
    "predictions": lambda r: foreign_files.read_predictions(
        r.path, r.episodes, r.gt, variant=r.variant, partial=r.partial, agent=r.agent
    ),
}


def make_rows(items: Sequence[Scored], seed: int) -> list[dict[str, Any]]:
    """Return a row for each agent and scene and, where there are several scenes, one over all of them.

    The means of a pooled row are bootstrapped with scenes as clusters (`embodied.statistics`).
    """
    groups: dict[tuple[Any, ...], list[Scored]] = {}
    for item in items:
        groups.setdefault((item.agent, tuple(item.columns.items()), item.scene), []).append(item)
    pooled: dict[tuple[Any, ...], list[Scored]] = {}
    for (agent, columns, _), group in groups.items():
        pooled.setdefault((agent, columns), []).extend(group)
    wholes = {(*key, "all"): all_ for key, all_ in pooled.items() if len({item.scene for item in all_}) > 1}
    return [
        {
            "agent": agent,
            "scene": scene,
            **dict(columns),
            "n": len(group),
            "metrics": summarise(
                [item.values for item in group], metrics.RATES | variants.RATES, stream(seed, "statistics"),
                [item.scene for item in group],
            ),
        }
        for (agent, columns, scene), group in (groups | wholes).items()
    ]  # fmt: skip


def write_per_episode(path: Path, items: Iterable[Scored]) -> None:
    """Write {episode: {metric: value}}, whole or not at all; what is not finite is left out. `habitat_stats` reads it.

    Raises:
        ValueError: two episodes have one name.
    """
    document: dict[str, Mapping[str, float]] = {}
    for item in items:
        if item.name in document:
            raise ValueError(f"episode {item.name}: expected every name once, got it twice; score them one by one")
        document[item.name] = {name: value for name, value in item.values.items() if math.isfinite(value)}
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    partial.write_text(json.dumps(document, indent=1, ensure_ascii=False, default=np.generic.item) + "\n", "utf-8")
    partial.replace(path)
