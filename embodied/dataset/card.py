"""The card of a dataset: what it is, how it was made, whose parts are in it, and who is to be seen."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import fields
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, cast

import numpy as np
import yaml
from omegaconf import OmegaConf
from PIL import Image

from embodied.compose import GROUPS
from embodied.config import LLMSettings, RunConfig
from embodied.dataset import coco
from embodied.dataset.contract import CAMERA
from embodied.dataset.lerobot import read_episodes, read_info
from embodied.dataset.video import read_frames
from embodied.doctor import asset_licences
from embodied.log import EpisodeLog
from embodied.results import list_versions
from embodied.runner import agent_name

AGES = ("0 to 12", 0), ("13 to 17", 13), ("18 to 39", 18), ("40 to 64", 40), ("65 and more", 65)  # name, first year
RESEARCH_ONLY = re.compile(r"non-?commercial|research[- ](?:use )?only|\bNC\b", re.IGNORECASE)
PICTURES = 6


def write_card(
    folder: Path, verb: str, runs: Sequence[Any], logs: Sequence[EpisodeLog], document: Mapping[str, Any] | None
) -> None:
    """Write README.md and its pictures into a dataset that is whole but for them.

    Args:
        folder: of the dataset.
        verb: what was run. runs: its configs.
        logs: of the episodes, in their order.
        document: the COCO annotations, if there are any.
    """
    info, lines = read_info(folder), _licences(runs[0])
    research = any(RESEARCH_ONLY.search(line) for line in lines)
    head = {
        "license": "other" if research else "apache-2.0",
        "task_categories": ["robotics"],
        "tags": ["LeRobot", "embodied-sim", "navigation", "simulation"],
        "configs": [{"config_name": "default", "data_files": "data/*/*.parquet"}],
    }
    names = _draw_pictures(folder, document)
    facts = ", ".join(f"{name} {version}" for name, version in list_versions().items())
    scenes = Counter((str(log.metadata["scene"]), _agent(runs, log)) for log in logs)
    recorded = any(str(run.crowd.name) == "replay" or str(run.scene.name) in ("recording", "mesh") for run in runs)
    parts = [
        f"---\n{yaml.safe_dump(head, sort_keys=False)}---",
        f"# A robot among people: {info['total_episodes']} episodes",
        f"Made by simulation with embodied-sim. Layout: LeRobot {info['codebase_version']}. "
        "`annotations/instances.json`: COCO, if made; `raw/`: the logs from which all of this was drawn, and the "
        "configuration; `manifest.json`: the SHA-256 of every file. docs/dataset.md of the project says what each "
        "column means.",
        _table(("what", "number"), _count(info, logs, document)),
        *(f"![{name}](pictures/{name})" for name in names),
        "## How it was made",
        f"    {_command(verb, runs)}",
        _table(("scene", "agent", "episodes"), [(*key, count) for key, count in sorted(scenes.items())]),
        f"Seed of the run: {runs[0].seed}. Seeds of the episodes: "
        f"{', '.join(str(log.metadata['seed']) for log in logs)}. "
        f"Renderer: {', '.join(sorted({str(log.metadata['renderer']) for log in logs}))}. Versions: {facts}.",
        "## Who is in it",
        'People of all episodes; "seen": by the robot in at least one control step; "asked": by the robot; "boxes": '
        "annotations.",
        _tell_people(logs, document),
        "## Licences",
        "The code that made it: Apache-2.0. What it shows:",
        "\n".join(["| file | what | source | licence | how made |", "|---|---|---|---|---|", *lines]),
        "**For research only**: some of the above forbids commercial use."
        if research
        else "None of the above forbids commercial use.",
        "What was read from a user's recording or mesh has terms of its own, which hold here, too." if recorded else "",
    ]
    text = "\n\n".join(part for part in parts if part) + "\n"
    (folder / "README.md").write_text(text, encoding="utf-8", newline="\n")


def _table(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def _agent(runs: Sequence[Any], log: EpisodeLog) -> str:
    """Return the agent of a log; logs of the first version do not say it, then that of the run."""
    return str(log.metadata.get("agent", agent_name(runs[0])))


def _count(
    info: Mapping[str, Any], logs: Sequence[EpisodeLog], document: Mapping[str, Any] | None
) -> list[tuple[str, Any]]:
    said = [event["speaker"] == 0 for log in logs for event in log.events_of("speech")]
    boxes = sum(item["category_id"] == coco.PERSON for item in document["annotations"]) if document else "not made"
    return [
        ("episodes", info["total_episodes"]),
        ("frames", info["total_frames"]),
        ("frames per second", info["fps"]),
        ("hours", f"{info['total_frames'] / info['fps'] / 3600:.3f}"),
        ("people", sum(len(log.events_of("person")) for log in logs)),
        ("utterances of the robot", sum(said)),
        ("utterances of people", len(said) - sum(said)),
        ("boxes of people", boxes),
    ]


def _command(verb: str, runs: Sequence[Any]) -> str:
    """Return the line that makes the same again: every choice, and each value that is not its default."""
    plain = [cast(dict[str, Any], OmegaConf.to_container(run)) for run in runs]
    usual = {item.name: item.default for item in fields(RunConfig)}
    usual |= _flatten(OmegaConf.to_container(OmegaConf.structured(LLMSettings)), "llm.")
    words = []
    for group, choices in GROUPS.items():
        names = list(dict.fromkeys(agent_name(r) if group == "agent" else r[group].name for r in runs))
        words.append(f"{group}={names[0]}" if len(names) == 1 else f"{group}=[{','.join(names)}]")
        node = choices[plain[0][group]["name"]]
        usual |= _flatten(OmegaConf.to_container(OmegaConf.structured(node)), f"{group}.")
    for key, value in _flatten(plain[0]).items():
        if not key.endswith(".name") and key not in ("agent.factory", "video") and usual.get(key) != value:
            words.append(f"{key}={'null' if value is None else value}")
    return shlex.join(["embodied", verb, *words])


def _flatten(plain: Any, prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in plain.items():
        if isinstance(value, dict):
            flat |= _flatten(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _licences(run: Any) -> list[str]:
    """Return the lines of assets/LICENSES.md about what is in the pictures, and about what walked the people."""
    unused = ["robots/*"] * (run.robot.urdf is not None)
    unused += ["models/plan_diffusion*"] * (run.crowd.name != "plan_diffusion")
    unused += ["models/motion_single.*"] * (run.motion.name != "learned")
    unused += ["models/motion_single_cmu.*"] * (run.motion.name != "learned_cmu")
    unused += ["models/motion_moreact.*"] * (run.motion.reactor is None)
    unused += [f"models/motion_{name}.*" for name in ("in2in", "timotion", "prior", "evaluator")]
    unused += ["models/plan_diffusion-*", "models/emitter*", "models/crowdes*", "models/segmentation*"]  # of `evaluate`
    return [line for name, line in asset_licences().items() if not any(fnmatch(name, pattern) for pattern in unused)]


def _tell_people(logs: Sequence[EpisodeLog], document: Mapping[str, Any] | None) -> str:
    """Return tables of how many people there are by age, skin tone and aid."""
    boxes: Counter[tuple[int, int]] = Counter()
    if document is not None:
        episodes = {image["id"]: image["episode_index"] for image in document["images"]}
        for item in document["annotations"]:
            if item["category_id"] == coco.PERSON:
                boxes[episodes[item["image_id"]], item["attributes"]["person_id"]] += 1
    groups: dict[str, dict[str, np.ndarray[Any, Any]]] = {"age": {}, "skin tone (Monk)": {}, "aid": {}}
    for index, log in enumerate(logs):
        entities, seen = log.column("entity"), log.column("seen_by_robot")
        visible = set(entities[seen].tolist())
        asked = {
            event["entity"] for event in log.events_of("answer")
        } | {e.get("addressee", -1) for e in log.events_of("speech") if e["speaker"] == 0}  # fmt: skip
        for event in log.events_of("person"):
            person = event["entity"]
            counts = np.array([1, person in visible, person in asked, boxes[index, person]], dtype=np.int64)
            age, tone = event.get("age"), event.get("skin_tone")
            words = {
                "age": next((name for name, first in reversed(AGES) if age is not None and age >= first), "unknown"),
                "skin tone (Monk)": "unknown" if tone is None else str(tone),
                "aid": event.get("aid") or "none",
            }
            for what, word in words.items():
                groups[what][word] = groups[what].get(word, 0) + counts
    return "\n\n".join(
        _table(
            (what, "people", "seen", "asked", "boxes"),
            [(word, *rows[word].tolist()) for word in sorted(rows, key=_first_number)],
        )
        for what, rows in groups.items()
    )


def _first_number(word: str) -> tuple[float, str]:
    number = word.split()[0]
    return float(number) if number.isdigit() else np.inf, word


def _draw_pictures(folder: Path, document: Mapping[str, Any] | None) -> list[str]:
    """Write a sheet of frames, and one with the labels of people on them; return their names."""
    episodes = [episode for episode in read_episodes(folder) if episode.length]
    chosen = np.unique(np.linspace(0, len(episodes) - 1, PICTURES).astype(int))
    rounds = -(-PICTURES // len(chosen))
    frames: list[tuple[int, int]] = []
    for index in chosen.tolist():
        length = episodes[index].length
        frames += [(index, (2 * k + 1) * length // (2 * rounds)) for k in range(rounds)]
    found: dict[tuple[int, int], list[Any]] = {}
    if document is not None:
        keys = {image["id"]: (image["episode_index"], image["frame_index"]) for image in document["images"]}
        for item in document["annotations"]:
            found.setdefault(keys[item["image_id"]], []).append(item)
    plain, labelled = [], []
    for index, number in frames[:PICTURES]:
        episode = episodes[index]
        path = folder / episode.videos[CAMERA]
        picture = next(read_frames(path, [episode.pictures(CAMERA) + number], episode.fps))
        plain.append(picture)
        labelled.append(coco.draw_labels(picture, found.get((episode.index, number), [])))
    (folder / "pictures").mkdir()
    sheets = {"frames.jpg": plain} | ({"labels.jpg": labelled} if document is not None else {})
    for name, pictures in sheets.items():
        rows = [np.concatenate(pictures[k : k + 3], axis=1) for k in range(0, len(pictures) - 2, 3)] or pictures[:1]
        Image.fromarray(np.concatenate(rows)).save(folder / "pictures" / name, quality=88)
    return list(sheets)
