"""`embodied convert SRC out=FILE format=NAME`: read and write episode files of other systems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast, get_args

from embodied.arguments import split, wants_help
from embodied.episode_files.contract import EpisodeFile, EpisodeFormat, NavigationEpisode, Point
from embodied.episode_files.expert import R2R_SIZES, RXR_SIZES, plan_actions
from embodied.episode_files.fields import read_json
from embodied.episode_files.files import load_episodes, read_episode_file
from embodied.episode_files.habitat import write_split
from embodied.episode_files.ndh import read_ndh, write_ndh
from embodied.episode_files.predictions import (
    PathPoint,
    read_r2r_predictions,
    read_statistics,
    write_r2r_predictions,
    write_rxr_predictions,
    write_statistics,
)  # fmt: skip
from embodied.episode_files.r2r_ce import write_ground_truth, write_vln_ce
from embodied.episode_files.runs import (
    LoggedEpisode,
    export_dialog,
    export_episodes,
    export_prediction,
    export_statistics,
    read_run,
)  # fmt: skip

FORMATS = (*get_args(EpisodeFormat), "ndh", "statistics", "predictions")
USAGE = """usage: embodied convert SRC out=FILE format=NAME [agent=NAME] [episodes=FILE]

SRC       the folder of a run, or a file of R2R-CE, RxR-CE or Habitat episodes, of NDH rows, statistics or predictions
out       a new file; gzipped when it ends in .gz; predictions ending in .jsonl are RxR-CE's
format    r2r_ce, rxr_ce   episodes with instructions; a run also gives <out>_gt.json.gz, the expert's way
          habitat          PointNav or ObjectNav: the split, and content/<scene>.json.gz beside it
          ndh              the dialogues of a run
          statistics       how each episode of a run went
          predictions      the ways walked in a run, or R2R-CE's predictions as RxR-CE's (needs episodes=)
agent     whose episodes, when the run has several agents
episodes  the file that was predicted: its ids are the known ones"""


def run(arguments: Sequence[str]) -> int:
    """Run the verb and return its exit code.

    Raises:
        ValueError, FileNotFoundError: one line that names the file, the episode and the field.
    """
    if (code := wants_help(arguments, USAGE)) is not None:
        return code
    words, options = split("convert", arguments, ("out", "format", "agent", "episodes"), ("SRC",))
    source = Path(words[0])
    if options.get("format") not in FORMATS:
        raise ValueError(f"format: expected one of {', '.join(FORMATS)}, got {options.get('format', 'nothing')}")
    if not options.get("out"):
        raise ValueError("out: expected a file to write, got nothing; set out=FILE")
    if not source.exists():
        raise FileNotFoundError(f"{source}: expected the folder of a run or a file, found neither")
    out, format = Path(options["out"]), options["format"]
    if out.exists():
        raise ValueError(f"out={out}: expected a new file, found one that exists; remove it or choose another")
    if source.is_dir():
        if "episodes" in options:
            raise ValueError("episodes: of use for predictions in a file only; a run knows its own")
        paths, count = _convert_run(read_run(source, options.get("agent")), out, format)
    else:
        if "agent" in options:
            raise ValueError("agent: of use for the folder of a run only; leave it out")
        paths, count = _convert_file(source, out, format, options.get("episodes"))
    for path in paths:
        print(f"wrote {path}")
    print(f"{count} episodes as {format}")
    return 0


def _convert_run(run: Sequence[LoggedEpisode], out: Path, format: str) -> tuple[Sequence[Path], int]:
    if format in get_args(EpisodeFormat):
        file = export_episodes(run, cast(EpisodeFormat, format))
        if format == "habitat":
            return write_split(out, file), len(run)
        truth = _beside(out)
        if truth.exists():
            raise ValueError(f"{truth}: expected a new file, found one that exists; remove it or choose another out=")
        ways = {
            str(episode.episode_id): plan_actions(
                episode.yaw, episode.reference_path or (), RXR_SIZES if format == "rxr_ce" else R2R_SIZES
            )
            for episode in file.episodes
        }
        write_ground_truth(truth, ways)
        try:
            write_vln_ce(out, file)
        except BaseException:
            truth.unlink()
            raise
        return (out, truth), len(run)
    if format == "ndh":
        write_ndh(out, [export_dialog(one) for one in run])
    elif format == "statistics":
        write_statistics(out, {one.episode_id: export_statistics(one) for one in run})
    elif out.suffix == ".jsonl":
        write_rxr_predictions(out, {one.number: [p.position for p in export_prediction(one)] for one in run})
    else:
        write_r2r_predictions(out, {one.episode_id: export_prediction(one) for one in run})
    return (out,), len(run)


def _convert_file(source: Path, out: Path, format: str, episodes: str | None) -> tuple[Sequence[Path], int]:
    if format in get_args(EpisodeFormat):
        return _convert_episodes(read_episode_file(source), out, cast(EpisodeFormat, format))
    document = read_json(source)
    if isinstance(document, dict) and isinstance(document.get("episodes"), list):
        raise ValueError(f"{source}: expected the folder of a run for format={format}, got episodes that nobody ran")
    known = None if episodes is None else load_episodes(Path(episodes))
    ids = None if known is None else [episode.episode_id for episode in known]
    if format == "ndh":
        rows = read_ndh(source)
        write_ndh(out, rows)
        return (out,), len(rows)
    if format == "statistics":
        statistics = read_statistics(source, ids)
        write_statistics(out, statistics)
        return (out,), len(statistics)
    predictions = read_r2r_predictions(source, ids)
    if out.suffix != ".jsonl":
        write_r2r_predictions(out, predictions)
        return (out,), len(predictions)
    if known is None:
        raise ValueError("episodes: expected the RxR-CE file that was predicted, for its ids; set episodes=FILE")
    write_rxr_predictions(out, _by_instruction(predictions, known, Path(str(episodes))))
    return (out,), len(predictions)


def _convert_episodes(file: EpisodeFile, out: Path, format: EpisodeFormat) -> tuple[Sequence[Path], int]:
    if format == "habitat":
        return write_split(out, replace(file, format=format)), len(file.episodes)
    write_vln_ce(out, replace(file, format=format))
    return (out,), len(file.episodes)


def _by_instruction(
    predictions: Mapping[str, Sequence[PathPoint]], episodes: Sequence[NavigationEpisode], path: Path
) -> dict[int, list[Point]]:
    """Return ways by the instruction ids of RxR-CE's episodes."""
    numbers = {}
    for episode in episodes:
        number = None if episode.instruction is None else episode.instruction.extra.get("instruction_id")
        if not str(number).isdecimal():
            raise ValueError(
                f"{path}: episode {episode.episode_id}: instruction.instruction_id: expected a whole number, "
                f"got {number!r}; give a file of RxR-CE"
            )
        numbers[str(episode.episode_id)] = int(str(number))
    return {numbers[key]: [point.position for point in way] for key, way in predictions.items()}


def _beside(out: Path) -> Path:
    """Return where the expert's way goes: `val.json.gz` has it in `val_gt.json.gz`."""
    stem, dot, ending = out.name.partition(".")
    return out.with_name(f"{stem}_gt{dot}{ending}")
