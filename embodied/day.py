"""How people who live in a scene got through their day, from the log alone: where they were, with whom, how far."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from embodied.log import EpisodeLog

NAMES: dict[str, tuple[str, str]] = {
    "residents": ("people who live there", ""),
    "schedule_kept": ("share of planned things that people got to within ten minutes", ""),
    "longest_stuck": ("longest time that somebody on its way did not get on", "s"),
    "chats": ("talks between people", ""),
    "turns": ("things said in them", ""),
    "partners": ("people that somebody talked with, mean", ""),
    "distance_walked": ("way walked in the scene, mean", "m"),
}
GRACE = 600.0  # s within which one is where it was planned to be
SHORT = 300.0  # s: parts of a plan that are shorter, or cut by the end, are not judged
PROGRESS = 0.5  # m; who does not get that far is not getting on
UNDER_WAY = ("going", "leaving")
AT = ("there", "inside", "away")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """Somebody in one state: from `start` to `end`, s; see the event `life` in docs/log.md."""

    start: float
    end: float
    state: str
    place: str
    doing: str


def stays_of(log: EpisodeLog) -> dict[int, list[Stay]]:
    """Return what each resident did, in order; the last lasts to the end."""
    end, events = float(log.events[-1]["time"]), defaultdict(list)
    for event in log.events_of("life"):
        events[event["entity"]].append(event)
    result = {}
    for entity, own in events.items():
        times = [*(event["time"] for event in own), end]
        result[entity] = [
            Stay(start=start, end=until, state=event["state"], place=event["place"], doing=event["doing"])
            for event, start, until in zip(own, times[:-1], times[1:], strict=True)
        ]
    return result


def measure(log: EpisodeLog) -> dict[str, float]:
    """Return the metrics of NAMES; nothing where nobody lives there."""
    stays = stays_of(log)
    if not stays:
        return {}
    partners: dict[int, set[int]] = {entity: set() for entity in stays}
    for event in log.events_of("chat"):
        for person in event["people"]:
            partners[person] |= set(event["people"]) - {person}
    speakers = [event for event in log.events_of("speech") if "overheard" in event]
    kept = [met for event in log.events_of("plan") if (met := _kept(event, stays, log)) is not None]
    walks = _walks(log, stays)
    values = {
        "residents": float(len(stays)),
        "longest_stuck": max((stuck for stuck, _ in walks.values()), default=0.0),
        "chats": float(len(log.events_of("chat"))),
        "turns": float(len(speakers)),
        "partners": float(np.mean([len(others) for others in partners.values()])),
        "distance_walked": float(np.mean([way for _, way in walks.values()])) if walks else 0.0,
    }
    return values | ({"schedule_kept": float(np.mean(kept))} if kept else {})


def _kept(plan: Mapping[str, Any], stays: Mapping[int, list[Stay]], log: EpisodeLog) -> bool | None:
    """Tell whether somebody got to what was planned in time; None where that cannot be said."""
    end = float(log.events[-1]["time"])
    start, until = plan["time"], min(plan["end"], end)
    if until - start < SHORT or not plan["place"]:
        return None
    deadline = min(start + GRACE, until)
    return any(
        stay.state in AT and stay.place == plan["place"] and stay.start <= deadline and stay.end > start
        for stay in stays[plan["entity"]]
    )


def _walks(log: EpisodeLog, stays: Mapping[int, list[Stay]]) -> dict[int, tuple[float, float]]:
    """Return for each resident who was seen: s for which it was stuck at most, and m that it walked."""
    entity, time = log.column("entity"), log.column("time")
    places = np.column_stack([log.column("x"), log.column("y")])
    activity = np.asarray(log.column("activity"))
    result = {}
    for person, own in stays.items():
        own = _joined(own)
        rows = np.flatnonzero(entity == person)
        if not len(rows):
            continue
        way = places[rows]
        steps = np.hypot(*np.diff(way, axis=0).T)
        gaps = np.diff(time[rows]) < 0.5
        stuck = 0.0
        for stay in own:
            if stay.state in UNDER_WAY:
                under = rows[(time[rows] >= stay.start) & (time[rows] < stay.end)]
                stuck = max(
                    stuck, _longest(places[under], time[under], np.isin(activity[under], ("walk", "stand", "hold")))
                )
        result[person] = stuck, float(steps[gaps].sum())
    return result


def _joined(stays: Sequence[Stay]) -> list[Stay]:
    """Return stays with those under way that follow one another as one, wherever they lead."""
    joined: list[Stay] = []
    for stay in stays:
        if joined and stay.state in UNDER_WAY and joined[-1].state in UNDER_WAY:
            joined[-1] = replace(joined[-1], end=stay.end)
        else:
            joined.append(stay)
    return joined


def _longest(places: np.ndarray, times: np.ndarray, free: np.ndarray) -> float:
    """Return the longest time within PROGRESS of one place while nobody else keeps it busy, s."""
    longest, anchor = 0.0, 0
    for k in range(1, len(times)):
        if not free[k] or times[k] - times[k - 1] > 0.5 or np.hypot(*(places[k] - places[anchor])) > PROGRESS:
            anchor = k
        longest = max(longest, float(times[k] - times[anchor]))
    return longest
