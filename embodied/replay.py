"""`embodied replay DIR episode=K`: draw one logged episode again, to see or to debug it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import yaml
from omegaconf import OmegaConf

from embodied.arguments import split, wants_help
from embodied.compose import GROUPS, check_ranges
from embodied.config import RunConfig
from embodied.log import EpisodeLog
from embodied.metrics import score
from embodied.runner import episode_name
from embodied.video import film

USAGE = """usage: embodied replay DIR [episode=K] [out=FILE.mp4]

DIR      the folder of a run of generate, benchmark or rollout
episode  number in the sorted list of DIR/episodes, or the name of one (default 0)
out      where the video goes (default DIR/replay-<name>.mp4)"""


def run(arguments: Sequence[str]) -> int:
    """Run the verb and return its exit code."""
    if (code := wants_help(arguments, USAGE)) is not None:
        return code
    words, options = split("replay", arguments, ("episode", "out"), ("DIR",))
    folder = Path(words[0])
    name = find_episode(folder, options.get("episode", "0"))
    config = read_config(folder, name)
    log = EpisodeLog.read(folder / "episodes" / name)
    path = Path(options.get("out") or folder / f"replay-{name}.mp4")
    if path.suffix != ".mp4":
        raise ValueError(f"out={path}: expected a file name ending in .mp4")
    film(log, config, path)
    for event in log.events_of("instruction", "speech", "answer", "interaction", "contact", "episode_end"):
        said = {k: v for k, v in event.items() if k not in ("step", "time", "type", "route", "path", "places")}
        print(f"{event['time']:7.1f} s  {event['type']:<12} {said}")
    print("  ".join(f"{key} {value:.3g}" for key, value in score(log).items()))
    print(f"video    {path}")
    return 0


def find_episode(folder: Path, which: str) -> str:
    """Return the name of an episode by number or name.

    Raises:
        FileNotFoundError: `folder` holds no run. ValueError: it has no such episode.
    """
    if not (folder / "config.yaml").is_file() or not (folder / "episodes").is_dir():
        raise FileNotFoundError(f"{folder}: expected the folder of a run (config.yaml, episodes/); give its path")
    names = sorted(path.name for path in (folder / "episodes").iterdir() if not path.name.startswith("."))
    if which in names:
        return which
    if which.isdecimal() and int(which) < len(names):
        return names[int(which)]
    raise ValueError(f"episode={which}: expected 0 to {len(names) - 1} or one of {', '.join(names[:6])}…")


def read_config(folder: Path, name: str) -> RunConfig:
    """Return the config with which an episode of a run was made.

    Raises:
        ValueError: config.yaml does not tell.
    """
    document = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
    for plain in document["runs"]:
        node = OmegaConf.structured(RunConfig)
        for group, options in GROUPS.items():
            node[group] = OmegaConf.structured(options[plain[group]["name"]])
        config = cast(RunConfig, OmegaConf.to_object(OmegaConf.merge(node, plain)))
        check_ranges(config)
        if episode_name(config, int(name.rpartition("-")[2])) == name:
            return config
    raise ValueError(f"{folder / 'config.yaml'}: expected a run that made {name}, found none; was it edited?")
