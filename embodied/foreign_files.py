"""Scores of episodes that other systems have recorded, from their files; `embodied.episode_files` reads these.

- Numbers per episode are taken as they are, under our names. Nothing is derived from them: an episode of Habitat can
  end nearer than the radius and yet without success, for want of a stop.
- `R2R_spl` of NDH's rows is not SPL and is not read. Lengths in a graph are `graph_tl`: never to be averaged with `tl`.
- Predictions have no navigation mesh with them: distances to the goal are straight, and rows say `variant: euclidean`.
  A straight distance is never above a geodesic one, so that NE is too small and SR too large, if anything.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from embodied import navigation, variants
from embodied.episode_files.contract import GroundTruth, NavigationEpisode, Point
from embodied.episode_files.fields import parse_text, read_json, read_text
from embodied.episode_files.files import read_episode_file
from embodied.episode_files.ndh import NdhRow, read_ndh
from embodied.episode_files.predictions import read_r2r_predictions, read_rxr_predictions
from embodied.episode_files.r2r_ce import read_ground_truth

OURS = {  # names of Habitat, VLN-CE and FreeAskWorld -> ours
    "success": "sr", "oracle_success": "osr", "distance_to_goal": "ne", "path_length": "tl",
    "oracle_navigation_error": "one", "softspl": "soft_spl", "IsSuccess": "sr", "OracleSuccess": "osr",
    "TrajectoryLength": "tl", "NavigationError": "ne", "OracleNavigationError": "one", "AskwayNum": "inquiries",
    "SPL": "spl",
}  # fmt: skip
SHARES = frozenset({"sr", "osr", "spl", "soft_spl", "oracle_spl", "ndtw", "sdtw", "cls", "pc"})  # from 0 to 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """The metrics of one episode.

    Attributes:
        name: of the episode. agent, scene: words. values: metric to number. columns: other words for its row.
    """

    name: str
    agent: str
    scene: str
    values: Mapping[str, float]
    columns: Mapping[str, str] = field(default_factory=dict)


def read_statistics(path: Path, episodes: Path | None = None, agent: str | None = None) -> list[Scored]:
    """Return numbers per episode: JSON {episode: {name: number}}, or JSON lines with an `episode_id` in each.

    Args:
        path: of the file, gzipped or plain.
        episodes: a file of episodes, which says where each took place; None: the scenes are unknown.
        agent: its word; None: the name of the file.

    Raises:
        FileNotFoundError: no such file. ValueError: one line; a share that is none, an unknown episode.
    """
    known = None if episodes is None else _known(episodes)
    items = []
    for name, record in _records(path).items():
        where = f"{path}: episode {name}"
        if known is not None and name not in known:
            raise ValueError(f"{where}: expected one of the {len(known)} of {episodes}, got an unknown one")
        values = _numbers(record, where)
        for metric in SHARES & values.keys():
            value, whole = values[metric], metric in navigation.RATES
            if not 0.0 <= value <= 1.0 or (whole and value % 1.0):
                kind = "0 or 1" if whole else "a number from 0 to 1"
                raise ValueError(f"{where}: {metric}: expected {kind}, got {value:g}; percent are not read")
        if "sr" in values and values.get("spl", 0.0) > values["sr"]:
            raise ValueError(f"{where}: spl: expected at most the success {values['sr']:g}, got {values['spl']:g}")
        scene = "unknown" if known is None else known[name].scene_name
        items.append(Scored(name=name, agent=agent or _stem(path), scene=scene, values=values))
    return items


def read_ndh_rows(path: Path, distances: Path | None = None, agent: str | None = None) -> list[Scored]:
    """Return how the people did who walked NDH's `player_path`.

    Args:
        path: of the rows.
        distances: JSON, scan to node to node to metres along the graph, for goal progress (`gp`) to the nearest node of
            `end_panos` and `graph_tl`; None: neither.
        agent: its word; None: `player`.

    Raises:
        FileNotFoundError: no such file. ValueError: one line; rows without outcome, a node without distance.
    """
    graphs = None if distances is None else read_json(distances)
    items = []
    for row in read_ndh(path):
        where = f"{path}: row {row.inst_idx}"
        if row.success is None or "R2R_oracle_success" not in row.extra:
            raise ValueError(f"{where}: R2R_success: expected the outcome, found none; rows of a test split have none")
        values = {"sr": float(row.success), "osr": float(bool(row.extra["R2R_oracle_success"]))}
        if graphs is not None:
            values |= _measure_in_graph(row, graphs, f"{distances}: for row {row.inst_idx}")
        items.append(Scored(name=str(row.inst_idx), agent=agent or "player", scene=row.scan, values=values))
    if not items:
        raise ValueError(f"{path}: expected rows, found none; give another file")
    return items


def read_predictions(
    path: Path,
    episodes: Path | None,
    gt: Path | None = None,
    *,
    variant: str = "default",
    partial: bool = False,
    agent: str | None = None,
) -> list[Scored]:
    """Return the scores of predicted ways.

    Args:
        path: predictions of R2R-CE, or of RxR-CE, where every way ends with a stop.
        episodes: the file of the episodes, which tells the two apart. Episodes without a prediction are refused, or
            left out if `partial`.
        gt: the expert's ways, the dense reference; None: `reference_path` is.
        variant: `default`: ours; `r2r_ce`: VLN-CE's names, radius and nDTW.
        agent: its word; None: the name of the file.

    Raises:
        FileNotFoundError: no such file. ValueError: one line; an unknown or a missing episode.
    """
    if variant not in ("default", "r2r_ce"):
        raise ValueError(f"variant={variant}: expected default or r2r_ce; predictions have positions alone")
    if episodes is None:
        raise ValueError("episodes: expected the file of the episodes that were predicted, got none; add episodes=FILE")
    file = read_episode_file(episodes)
    ways: dict[str, tuple[Sequence[Point], bool]]
    if file.format == "rxr_ce":
        known = {str(e.instruction.extra["instruction_id"]): e for e in file.episodes if e.instruction is not None}
        ways = {str(key): (points, True) for key, points in read_rxr_predictions(path, known).items()}
    else:
        known = {str(e.episode_id): e for e in file.episodes}
        ways = {
            key: ([point.position for point in points], points[-1].stop)
            for key, points in read_r2r_predictions(path, known).items()
        }
    missing = [key for key in known if key not in ways]
    if (missing and not partial) or not ways:
        raise ValueError(
            f"{path}: episode {missing[0]}: expected a prediction, found none ({len(missing)} are missing); "
            "predict it, or leave such episodes out with partial=true"
        )
    experts = None if gt is None else read_ground_truth(gt)
    items = []
    for key, (points, stopped) in ways.items():
        walk = _walk(known[key], points, stopped, experts, f"{episodes}: episode {known[key].episode_id}")
        values = navigation.measure(walk) if variant == "default" else variants.measure_r2r_ce(walk)
        columns = {
            "variant": "euclidean" if variant == "default" else f"{variant}, euclidean",
            "reference": "reference_path" if experts is None else "ground_truth",
        }
        scene = known[key].scene_name
        items.append(Scored(name=key, agent=agent or _stem(path), scene=scene, values=values, columns=columns))
    return items


def _walk(
    episode: NavigationEpisode,
    points: Sequence[Point],
    stopped: bool,
    experts: Mapping[str, GroundTruth] | None,
    where: str,
) -> navigation.Walk:
    if not episode.goals or episode.geodesic_distance is None:
        raise ValueError(f"{where}: expected a goal and info.geodesic_distance, found none; a test split has none")
    reference = episode.reference_path
    if experts is not None:
        if str(episode.episode_id) not in experts:
            raise ValueError(f"{where}: expected its way in the gt file, found none; give the gt of this split")
        reference = experts[str(episode.episode_id)].locations
    positions, goal = np.array(points, dtype=np.float64), episode.goals[0]
    return navigation.Walk(
        positions=positions,
        distances=np.linalg.norm(positions - np.array(goal.position), axis=1),
        stopped=stopped,
        shortest=float(episode.geodesic_distance),
        radius=goal.radius or variants.R2R_RADIUS,
        reference=None if reference is None else np.array(reference, dtype=np.float64),
    )


def _measure_in_graph(row: NdhRow, graphs: Any, where: str) -> dict[str, float]:
    def gap(first: str, second: str) -> float:
        if first == second:
            return 0.0
        try:
            return float(graphs[row.scan][first][second])
        except (KeyError, TypeError) as error:
            raise ValueError(f"{where}: expected metres from {first} to {second} of {row.scan}, found none") from error

    if not row.player_path or not row.end_panos:
        raise ValueError(f"{where}: expected player_path and end_panos, got an empty one; leave the row out")
    start, end = (min(gap(node, goal) for goal in row.end_panos) for node in (row.start_node, row.player_path[-1]))
    steps = zip((row.start_node, *row.player_path), row.player_path, strict=False)
    return {"gp": start - end, "ne": end, "graph_tl": sum(gap(first, second) for first, second in steps)}


def _known(path: Path) -> dict[str, NavigationEpisode]:
    return {str(episode.episode_id): episode for episode in read_episode_file(path).episodes}


def _records(path: Path) -> dict[str, Mapping[str, Any]]:
    """Return the records of a file by episode."""
    records: dict[str, Mapping[str, Any]] = {}
    if ".jsonl" in path.suffixes:
        for number, line in enumerate(read_text(path).splitlines(), start=1):
            where = f"{path}: line {number}"
            record = parse_text(line, where)
            if not isinstance(record, dict) or record.get("episode_id") is None:
                raise ValueError(f"{where}: episode_id: expected an object with one, got {line[:60]}; add it")
            name = str(record.pop("episode_id"))
            if name in records:
                raise ValueError(f"{where}: episode_id: expected every id once, got {name} twice; remove one")
            records[name] = record
    else:
        document = read_json(path)
        if not isinstance(document, dict) or not all(isinstance(record, dict) for record in document.values()):
            raise ValueError(f"{path}: expected an object of objects, episode to numbers, got others; see --help")
        records = document
    if not records:
        raise ValueError(f"{path}: expected numbers of episodes, found none; give another file")
    return records


def _numbers(record: Mapping[str, Any], where: str, prefix: str = "") -> dict[str, float]:
    """Return the finite numbers of a record under our names; those of an object within it as `object.name`."""
    values: dict[str, float] = {}
    for name, value in record.items():
        if isinstance(value, dict):
            values |= _numbers(value, where, f"{prefix}{name}.")
        elif isinstance(value, bool | int | float) and math.isfinite(value):
            ours = OURS.get(name, name) if not prefix else f"{prefix}{name}"
            if ours in values:
                raise ValueError(f"{where}: {name}: expected {ours} once, got it under two names; remove one")
            values[ours] = float(value)
    if not values and not prefix:
        raise ValueError(f"{where}: expected numbers, found none; leave the episode out")
    return values


def _stem(path: Path) -> str:
    return path.name.split(".", 1)[0]
