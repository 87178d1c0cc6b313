"""Rows of NDH, navigation from dialog history (Thomason et al., Vision-and-Dialog Navigation, CoRL 2019).

Places are nodes of R2R's connectivity graph, by name. Field meanings: README of the task's data in `mmurray/cvdn`.

`R2R_success` and `R2R_oracle_success` are graph distance below 3 m. `R2R_spl` is not SPL: it is the success divided by
the number of nodes of `player_path`; it stays in `extra` under its own name and is never read as SPL.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from embodied.episode_files.contract import Identifier
from embodied.episode_files.fields import (
    identifier,
    listing,
    mapping,
    number,
    read_json,
    take,
    text,
    write_json,
)  # fmt: skip

Role = Literal["navigator", "oracle"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DialogTurn:
    """Something that was said.

    Attributes:
        nav_idx: index into `nav_history` of where the navigator stood.
        role: "navigator" asks, "oracle" answers. message: the words.
        extra: other fields, word for word.
    """

    nav_idx: int
    role: Role
    message: str
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class NdhRow:
    """One row.

    Attributes:
        inst_idx: int, of the row. game_idx: int, of the dialogue; None in test rows. scan: the scene. target: the
            object to find.
        start_node: where the last question was asked. heading: radians there, clockwise from north (y of the graph's
            frame). elevation: radians, up positive. start_extra: what else `start_pano` says.
        nav_history: nodes up to the last question. dialog_history: what was said until then, in order.
        player_path: nodes walked after the last answer; planner_path: nodes that the oracle saw; end_panos: nodes of
            the goal region; all empty in test rows.
        extra: other fields, word for word (nav_camera, *_quality, R2R_*).
    """

    inst_idx: Identifier
    scan: str
    target: str
    start_node: str
    heading: float
    elevation: float = 0.0
    nav_history: tuple[str, ...]
    dialog_history: tuple[DialogTurn, ...]
    game_idx: Identifier | None = None
    player_path: tuple[str, ...] = ()
    planner_path: tuple[str, ...] = ()
    end_panos: tuple[str, ...] = ()
    start_extra: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def success(self) -> bool | None:
        """Whether the player's path ended within 3 m of the goal, as the file says; None: the file does not."""
        value = self.extra.get("R2R_success")
        return None if value is None else bool(value)


def read_ndh(path: Path) -> tuple[NdhRow, ...]:
    """Return the rows of a file.

    Raises:
        FileNotFoundError: no such file. ValueError: one line that names file, row and field.
    """
    return _parse(read_json(path), path)


def write_ndh(path: Path, rows: Sequence[NdhRow]) -> None:
    """Write rows.

    Raises:
        ValueError: they cannot be read again, in one line; nothing is written.
    """
    write_json(path, [_record(row) for row in rows], _parse)


def _record(row: NdhRow) -> dict[str, Any]:
    record: dict[str, Any] = {
        "inst_idx": row.inst_idx,
        "game_idx": row.game_idx,
        "scan": row.scan,
        "target": row.target,
        "start_pano": {"pano": row.start_node, "heading": row.heading, "elevation": row.elevation, **row.start_extra},
        "nav_history": list(row.nav_history),
        "dialog_history": [
            {"nav_idx": turn.nav_idx, "role": turn.role, "message": turn.message, **turn.extra}
            for turn in row.dialog_history
        ],
        "player_path": list(row.player_path),
        "planner_path": list(row.planner_path),
        "end_panos": list(row.end_panos),
    }
    return {key: value for key, value in record.items() if value not in (None, []) or key in _ALWAYS} | dict(row.extra)


_ALWAYS = ("nav_history", "dialog_history")


def _parse(document: Any, path: Path) -> tuple[NdhRow, ...]:
    rows, seen = [], set()
    for index, value in enumerate(listing(document, str(path))):
        record = mapping(value, f"{path}: row {index}")
        inst = identifier(take(record, "inst_idx", f"{path}: row {index}"), f"{path}: row {index}: inst_idx")
        where = f"{path}: row {inst}"
        if str(inst) in seen:
            raise ValueError(f"{where}: inst_idx: expected every id once, got it twice; remove one")
        seen.add(str(inst))
        pano = mapping(take(record, "start_pano", where), f"{where}: start_pano")
        history = _nodes(record.pop("nav_history", None), f"{where}: nav_history")
        turns = listing(take(record, "dialog_history", where), f"{where}: dialog_history")
        game = record.pop("game_idx", None)
        rows.append(
            NdhRow(
                inst_idx=inst,
                game_idx=None if game is None else identifier(game, f"{where}: game_idx"),
                scan=text(take(record, "scan", where), f"{where}: scan"),
                target=text(take(record, "target", where), f"{where}: target"),
                start_node=text(pano.pop("pano", None), f"{where}: start_pano.pano"),
                heading=number(pano.pop("heading", None), f"{where}: start_pano.heading"),
                elevation=number(pano.pop("elevation", 0.0), f"{where}: start_pano.elevation"),
                nav_history=history,
                dialog_history=tuple(
                    _turn(turn, len(history), f"{where}: dialog_history[{number_}]")
                    for number_, turn in enumerate(turns)
                ),
                player_path=_nodes(record.pop("player_path", None), f"{where}: player_path"),
                planner_path=_nodes(record.pop("planner_path", None), f"{where}: planner_path"),
                end_panos=_nodes(record.pop("end_panos", None), f"{where}: end_panos"),
                start_extra=pano,
                extra=record,
            )
        )
    return tuple(rows)


def _turn(value: Any, places: int, where: str) -> DialogTurn:
    record = mapping(value, where)
    index, role = record.pop("nav_idx", None), record.pop("role", None)
    if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index <= places:
        raise ValueError(f"{where}.nav_idx: expected an index into {places} nodes of nav_history, got {index!r}")
    if role not in ("navigator", "oracle"):
        raise ValueError(f"{where}.role: expected navigator or oracle, got {role!r}; repair the file")
    message = text(take(record, "message", where), f"{where}.message")
    return DialogTurn(nav_idx=index, role=role, message=message, extra=record)


def _nodes(value: Any, where: str) -> tuple[str, ...]:
    return tuple(text(node, where) for node in listing([] if value is None else value, where))
