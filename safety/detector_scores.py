"""How well dangerous things are found: average precision, misses, and alarms at their safe counterparts.

Something counts as found where the centre of what was told lies in its box, as in the pointing game of J. Zhang et al.,
ECCV 2016, because what lies on the ground or hangs in the air has no box that overlaps well; each is found once, by
the surest that fits. Average precision is the area under the precision-recall curve, precision made monotone
(M. Everingham et al., PASCAL VOC 2010).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from safety.detector import THRESHOLD, Peak

SLACK = 0.02  # heights of the picture by which a centre may lie beside a box
THRESHOLDS: tuple[float, ...] = tuple(np.round(np.arange(0.05, 0.96, 0.025), 3).tolist())


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """A thing that a picture shows, in units of the picture's height, from its top left corner.

    Attributes:
        kind: index into the kinds. unsafe: its state; safe things are not to be found.
        x0, y0, x1, y1: its box. span: metres that the picture is high at its distance.
        clear: it can be seen well enough that it must be found; else it is neither there nor not.
        gone: it is safe because nothing of it is left but its place.
    """

    kind: int
    unsafe: bool
    x0: float
    y0: float
    x1: float
    y1: float
    span: float
    clear: bool = True
    gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KindScores:
    """How well one kind is found; NaN where there was nothing to judge by.

    Attributes:
        average_precision: over all pictures, safe counterparts and pictures of other things included.
        miss: share of dangerous ones that are not found.
        false_alarm: share of safe counterparts at which the kind is told all the same.
        alarm_elsewhere: share of the pictures without the kind, dangerous or safe, in which it is told.
        distance_error: median of the relative error of the distance of what is found.
        unsafe, safe: how many of them there were.
    """

    average_precision: float
    miss: float
    false_alarm: float
    alarm_elsewhere: float
    distance_error: float
    unsafe: int
    safe: int


def score_kind(
    kind: int, peaks: Sequence[Sequence[Peak]], things: Sequence[Sequence[Thing]], threshold: float
) -> KindScores:
    """Return how well a kind is found in some pictures.

    Args:
        kind: which. peaks: found in each picture. things: in each picture.
        threshold: of the score, for all but the average precision.
    """
    scores, hits, errors = [], [], []
    unsafe = found = safe = alarms = without = elsewhere = 0
    for told, there in zip(peaks, things, strict=True):
        mine = sorted((peak for peak in told if peak.kind == kind), key=lambda peak: -peak.score)
        loud = [peak for peak in mine if peak.score >= threshold]
        true = [thing for thing in there if thing.kind == kind and thing.unsafe and thing.clear]
        faint = [thing for thing in there if thing.kind == kind and thing.unsafe and not thing.clear]
        spared = [thing for thing in there if thing.kind == kind and not thing.unsafe and thing.clear]
        unsafe, safe = unsafe + len(true), safe + len(spared)
        left = list(true)
        for peak in mine:
            match = next((thing for thing in left if is_in(peak.x, peak.y, thing)), None)
            if match is None and any(is_in(peak.x, peak.y, thing) for thing in faint):
                continue
            scores.append(peak.score)
            hits.append(match is not None)
            if match is not None:
                left.remove(match)
                if peak.score >= threshold:
                    found += 1
                    errors.append(abs(peak.span / match.span - 1.0))
        alarms += sum(any(is_in(peak.x, peak.y, thing) for peak in loud) for thing in spared)
        if not any(thing.kind == kind for thing in there):
            without += 1
            elsewhere += bool(loud)
    return KindScores(
        average_precision=average_precision(scores, hits, unsafe),
        miss=1.0 - found / unsafe if unsafe else np.nan,
        false_alarm=alarms / safe if safe else np.nan,
        alarm_elsewhere=elsewhere / without if without else np.nan,
        distance_error=float(np.median(errors)) if errors else np.nan,
        unsafe=unsafe, safe=safe,
    )  # fmt: skip


def average_precision(scores: Sequence[float], hits: Sequence[bool], positives: int) -> float:
    """Return the average precision of what was told, (N,) scores and whether each is right; NaN without positives."""
    if not positives:
        return np.nan
    if not len(scores):
        return 0.0
    order = np.argsort(-np.asarray(scores, dtype=np.float64), kind="stable")
    right = np.cumsum(np.asarray(hits, dtype=np.float64)[order])
    precision = right / np.arange(1, len(order) + 1)
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    recall = np.concatenate([[0.0], right / positives])
    return float(np.sum(np.diff(recall) * precision))


def choose_threshold(peaks: Sequence[Sequence[Peak]], things: Sequence[Sequence[Thing]]) -> float:
    """Return the threshold with the best F1 of all kinds together on pictures held out, each of which shows few.

    Alarms anywhere count against it. Without anything dangerous it is the usual one.
    """
    true = [[thing for thing in shown if thing.unsafe and thing.clear] for shown in things]
    there = sum(map(len, true))
    if not there:
        return THRESHOLD
    scores = []
    for threshold in THRESHOLDS:
        loud = [[peak for peak in found if peak.score >= threshold] for found in peaks]
        right = sum(
            any(peak.kind == thing.kind and is_in(peak.x, peak.y, thing) for peak in told)
            for told, shown in zip(loud, true, strict=True)
            for thing in shown
        )
        scores.append(2.0 * right / (sum(map(len, loud)) + there))
    return THRESHOLDS[int(np.argmax(scores))]


def is_in(x: float, y: float, thing: Thing) -> bool:
    """Return whether a centre lies in the box of a thing, or hardly beside it."""
    return thing.x0 - SLACK <= x <= thing.x1 + SLACK and thing.y0 - SLACK <= y <= thing.y1 + SLACK
