"""What predicates read: the log of a stage, and nothing else."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from embodied.episode import FloatArray
from embodied.log import EpisodeLog
from embodied.paradigms.play import SUBJECT, Point

PATIENCE = 8.0  # s within which a question must be answered
_NOT = re.compile(r"\b(?:not|isn't|never)\b(?:\s+(?:in|at|on|to|the|a|an|inside|into|under|behind))*\s*$")


class Trace:
    """Where everybody was, and what was done and said.

    Attributes:
        times: (T,) s. log: the log itself.
    """

    def __init__(self, log: EpisodeLog) -> None:
        """Read a log."""
        self.log = log
        columns = log.columns
        self._steps = columns["step"]
        self.times: FloatArray = np.unique(columns["time"])
        self._first = int(self._steps.min())
        self._entity, self._xy = columns["entity"], np.stack([columns["x"], columns["y"]], axis=1)
        self._yaw, self._radius = columns["yaw"], columns["radius"]

    def path(self, entity: int) -> FloatArray:
        """Return where somebody was (T, 2), metres, NaN while absent."""
        rows = self._entity == entity
        path = np.full((len(self.times), 2), np.nan)
        path[self._steps[rows] - self._first] = self._xy[rows]
        return path

    def distance(self, entity: int, other: int | Point) -> FloatArray:
        """Return metres (T,) between two, or from somebody to a place; NaN while absent."""
        there = self.path(other) if isinstance(other, int) else np.asarray(other)
        gaps = self.path(entity) - there
        return np.asarray(np.hypot(gaps[:, 0], gaps[:, 1]))

    def at(self, entity: int, time: float) -> FloatArray:
        """Return where somebody was (2,) at a time, s."""
        found: FloatArray = self.path(entity)[min(int(np.searchsorted(self.times, time)), len(self.times) - 1)]
        return found

    def deeds(
        self, entity: int | None = None, verb: str | None = None, thing: str | None = None
    ) -> list[dict[str, Any]]:
        """Return what was done, in order: by whom, which deed, with what."""
        return [
            event
            for event in self.log.events_of("deed")
            if (entity is None or event["entity"] == entity)
            and (verb is None or event["verb"] == verb)
            and (thing is None or thing in (event["thing"], event["place"]))
        ]

    def did(self, verb: str, thing: str | None = None, entity: int = SUBJECT) -> float:
        """Return when somebody, by default the subject, first did something, s; inf if never."""
        return float(next((event["time"] for event in self.deeds(entity, verb, thing)), math.inf))

    def said(self, entity: int = SUBJECT, *, after: float = -math.inf) -> list[dict[str, Any]]:
        """Return what somebody said from a time on, in order."""
        return [
            event for event in self.log.events_of("speech") if event["speaker"] == entity and event["start"] >= after
        ]

    def heard(self, text: str) -> float:
        """Return when somebody else had said certain words, s; inf if never."""
        return float(next((event["end"] for event in self.log.events_of("speech") if event["text"] == text), math.inf))

    def answer(self, question: str) -> str:
        """Return the subject's first words after a question, "" if it gave none in time."""
        end = self.heard(question)
        for event in self.said(after=end - 1e-6):
            if event["start"] <= end + PATIENCE:
                return str(event["text"])
        return ""

    def chose(self, question: str, options: Sequence[str]) -> str:
        """Return which of the options the subject's answer names, "" if none; see `read_answer`."""
        return read_answer(self.answer(question), options)


def read_answer(text: str, options: Sequence[str]) -> str:
    """Return which option an answer names, "" if none.

    Of several the first counts; one after "not" (in the, at the, ...) does not.
    """
    words, found = " ".join(text.lower().split()), []
    for option in options:
        for match in re.finditer(rf"\b{re.escape(option.lower())}\b", words):
            if not _NOT.search(words[: match.start()]):
                found.append((match.start(), -len(option), option))
    return min(found)[2] if found else ""
