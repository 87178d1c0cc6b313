"""How well an agent asks its way: when, whom, at what cost, and what it makes of the answers; from the log alone.

FreeAskWorld (2025, arXiv 2511.13524) for the number of inquiries (NDI). After ideas of Ask When It Pays (2026, arXiv
2606.03175: success less a price for each question) and I2EDL (2024, arXiv 2406.05080: success weighted by interaction
number), whose exact forms we have not seen: ours are named by formula (`wsr_prod`, `wsr_sum`, `sin_inv1p`, `sin_exp`)
and are not theirs. Brier (1950) for trust. The rest is ours.

A budget of questions: `sr_at_k` counts a success that *used* at most k questions. How an agent fares when it *may* ask
only k times is a run with `task.max_asks=k`, whose rows have the variant `budget`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from embodied.log import EpisodeLog
from embodied.navigation import FloatArray, Walk, drop_repeats, efficiency, path_length, resample

BUDGETS = (0, 1, 2, 4)  # questions; beside them without bound, which is `sr`
WEIGHTS = {  # price of a question by its kind: what tells most costs most
    "route": 0.10, "landmark": 0.05, "disambiguation": 0.05, "confirmation": 0.02, "identity": 0.02, "other": 0.10,
}  # fmt: skip
KINDS = {  # kind -> what its words look like; the first that fits
    "identity": r"\bwho are you\b|\bdo you (work|live)\b|\bare you (from|a|an|the)\b",
    "confirmation": r"(^|[,.!;] *)(is|am|are) (this|that|it|i|we)\b|, right\?|\bcorrect\?",
    "disambiguation": r"\bwhich (one|of)\b|\bdo you mean\b",
    "landmark": r"\bwhat (do|can) you see\b|\bwhat is (near|next to|beside|opposite|behind)\b|\blandmark",
    "route": r"\b(where|way|how (do|can|could) (i|we)|get to|find|directions?|looking for)\b",
}
COURTEOUS = re.compile(r"\b(excuse me|hello|hi|good (morning|day|afternoon|evening)|sorry|please|thanks?)\b", re.I)
DECAY = 0.2  # of sin_exp, for each question
HORIZON = 10.0  # s after an answer, and before a question, in which the way is judged
GAIN = 0.5  # m, the least progress that counts
BITS = 0.1  # the least loss of entropy that counts
AT_POINT = 3.0  # m, how near a decision point a robot is at it
EARLIER = 10.0  # s before a robot comes to a decision point in which a question belongs to it
FIRST_PART = 8.0  # m of a told route by which one sees whether it is followed
BESIDE = 2.0  # m, how near its points the robot must come
MOST = 0.7  # share of these points
PATIENCE = 30.0  # s after the answer in which it is followed, if at all
APPROACH = (0.8, 2.0)  # m, centre to centre: closer is rude, farther is shouting
FRONT = math.radians(60.0)  # of where the person faces

RATES = frozenset({*(f"sr_at_{k}" for k in BUDGETS), "misdirection_recovery"})
NAMES: dict[str, tuple[str, str]] = {  # what each is, and its unit
    "inquiries": ("questions asked", ""),
    "sr_at_0": ("success without a question", ""),
    "sr_at_1": ("success with at most one question", ""),
    "sr_at_2": ("success with at most two questions", ""),
    "sr_at_4": ("success with at most four questions", ""),
    "auc_ask": ("mean success over budgets of 0, 1, 2, 4 and any number of questions", ""),
    "spl_t": ("success weighted by the time of moving and asking", ""),
    "ask_time": ("time of asking and being answered", "s"),
    "wsr_prod": ("success times one less the price of each question", ""),
    "wsr_sum": ("success less the price of all questions", ""),
    "sin_inv1p": ("success by one more than the number of questions", ""),
    "sin_exp": ("success that fades with each question", ""),
    "ask_precision": ("questions after which the way became better", ""),
    "ask_precision_entropy": ("questions after which the agent was surer", ""),
    "need_recall": ("ambiguous places at which it asked", ""),
    "over_asking": ("questions where the way was clear", ""),
    "trust_brier": ("error of trust: followed, or right", ""),
    "followed_true": ("right answers that were followed", ""),
    "followed_false": ("false answers that were followed", ""),
    "misdirection_recovery": ("success after following a false answer", ""),
    "misdirection_extra": ("way lost after following a false answer", "m"),
    "politeness": ("polite questions", ""),
    "addressee_choice": ("questions to somebody who knows", ""),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One question of the robot and its answer.

    Attributes:
        time: seconds, when it began. end: when the answer, or without one the question, had been spoken.
        text: its words. kind: a key of WEIGHTS.
        addressee: person_id, -1 nobody. distance: metres to them, None unknown.
        answer: what the log tells of the answer (`truth`, `route`, `knows`, ...), empty without one.
    """

    time: float
    end: float
    text: str
    kind: str
    addressee: int = -1
    distance: float | None = None
    answer: Mapping[str, Any] = field(default_factory=dict)


def find_asks(log: EpisodeLog) -> list[Ask]:
    """Return the questions of an episode, each with the answer that came before the next question."""
    marks = [i for i, e in enumerate(log.events) if e["type"] == "speech" and e["speaker"] == 0 and e["act"] == "ask"]
    asks = []
    for mark, following in pairwise([*marks, len(log.events)]):
        said = log.events[mark]
        addressee = int(said.get("addressee", (said["hearers"] or [-1])[0]))
        later = [e for e in log.events[mark + 1 : following] if addressee in (-1, e.get("entity"), e.get("speaker"))]
        answers = [event for event in later if event["type"] == "answer"]
        spoken = [e for e in later if e["type"] == "speech" and e["speaker"] != 0 and 0 in e["hearers"]]
        start = float(said.get("start", said["time"]))
        end = float(spoken[0].get("end", spoken[0]["time"]) if spoken else said.get("end", start))
        asks.append(
            Ask(
                time=start, end=max(start, end), text=said["text"], kind=said.get("kind") or tell_kind(said["text"]),
                addressee=addressee, distance=said.get("distance"), answer=answers[0] if answers else {},
            )
        )  # fmt: skip
    return asks


def tell_kind(question: str) -> str:
    """Return the kind of a question from its words, a key of WEIGHTS."""
    words = question.lower()
    return next((kind for kind, pattern in KINDS.items() if re.search(pattern, words)), "other")


def measure(log: EpisodeLog, walk: Walk, times: FloatArray, still: FloatArray) -> dict[str, float]:
    """Return the measures of NAMES that are defined for an episode.

    Args:
        log: of the episode.
        walk: of the robot in it, one position per control step.
        times: (T,) seconds of these steps.
        still: (T - 1,) seconds in each interval in which the robot stood still.
    """
    asks, success = find_asks(log), float(walk.success)
    count = len(asks)
    prices = [WEIGHTS.get(ask.kind, WEIGHTS["other"]) for ask in asks]
    used = {f"sr_at_{k}": success * (count <= k) for k in BUDGETS}
    values = {
        "inquiries": float(count),
        **used,
        "auc_ask": (sum(used.values()) + success) / (len(BUDGETS) + 1),
        "ask_time": float(sum(min(ask.end, times[-1]) - min(ask.time, times[-1]) for ask in asks)),
        "wsr_prod": success * math.prod(1.0 - price for price in prices),
        "wsr_sum": success * max(0.0, 1.0 - sum(prices)),
        "sin_inv1p": success / (1 + count),
        "sin_exp": success * math.exp(-DECAY * count),
    }
    if math.isfinite(walk.max_speed):
        spent = _time_of_moving(asks, times, still) + values["ask_time"]
        values["spl_t"] = success * efficiency(walk.shortest / walk.max_speed, spent)
    if asks:
        values["ask_precision"] = float(np.mean([_paid(ask, times, walk.distances) for ask in asks]))
        values["politeness"] = float(np.mean([_is_polite(ask, log) for ask in asks]))
    surer = [loss >= BITS for ask in asks if (loss := _entropy_loss(ask, log)) is not None]
    if surer:
        values["ask_precision_entropy"] = float(np.mean(surer))
    known = [bool(ask.answer["knows"]) for ask in asks if "knows" in ask.answer]
    if known:
        values["addressee_choice"] = float(np.mean(known))
    return values | _judge_need(asks, log, walk, times) | _judge_trust(asks, walk, times, success)


def _time_of_moving(asks: Sequence[Ask], times: FloatArray, still: FloatArray) -> float:
    middle = (times[1:] + times[:-1]) / 2
    talking = np.zeros(len(middle), dtype=np.bool_)
    for ask in asks:
        talking |= (middle >= ask.time) & (middle < ask.end)
    return float((np.diff(times) - still)[~talking].sum())


def _paid(ask: Ask, times: FloatArray, distances: FloatArray) -> bool:
    """Whether more of the distance was made good after the answer than before the question: the way was changed."""

    def progress(start: float, end: float) -> float:
        first, last = np.interp([start, end], times, distances)
        return float(first - last)

    after = progress(ask.end, ask.end + HORIZON)
    return bool(ask.answer) and after >= GAIN and after >= progress(ask.time - HORIZON, ask.time) + GAIN


def _entropy_loss(ask: Ask, log: EpisodeLog) -> float | None:
    """Bits of the agent's declared belief that went with the answer, None where it declared none."""
    notes = [(event["time"], event["belief_entropy"]) for event in log.events_of("note") if "belief_entropy" in event]
    before = [bits for time, bits in notes if time <= ask.time]
    after = [bits for time, bits in notes if time > ask.time]
    return before[-1] - after[0] if before and after else None


def _is_polite(ask: Ask, log: EpisodeLog) -> bool:
    """Whether somebody free was asked from the front, from a polite distance and in polite words."""
    entity, times = log.column("entity"), log.column("time")
    when = times[np.argmin(np.abs(times - ask.time))]
    robot, person = (np.flatnonzero((entity == who) & (times == when)) for who in (0, ask.addressee))
    if not len(robot) or not len(person) or ask.addressee <= 0:
        return False
    x, y = log.column("x"), log.column("y")
    dx, dy = float(x[robot[0]] - x[person[0]]), float(y[robot[0]] - y[person[0]])
    distance = math.hypot(dx, dy) if ask.distance is None else ask.distance
    bearing = math.remainder(math.atan2(dy, dx) - float(log.column("yaw")[person[0]]), math.tau)
    busy = log.column("activity")[person[0]] in ("talk", "listen")
    near = APPROACH[0] <= distance <= APPROACH[1]
    return near and abs(bearing) <= FRONT and not busy and COURTEOUS.search(ask.text) is not None


def _judge_need(asks: Sequence[Ask], log: EpisodeLog, walk: Walk, times: FloatArray) -> dict[str, float]:
    """Return whether questions came where the way was ambiguous, and only there.

    A decision point counts when the robot came to it; a question belongs to it from EARLIER before until the robot has
    left it. A question is needless when the nearest decision point is not ambiguous.
    """
    points = log.events_of("reset")[0].get("decision_points") or []
    if not points:
        return {}
    places = np.array([point["position"] for point in points], dtype=np.float64)
    ambiguous = np.array([bool(point["ambiguous"]) for point in points])
    values, asked = {}, []
    for place in places[ambiguous]:
        near = np.flatnonzero(np.linalg.norm(walk.positions - place, axis=1) < AT_POINT)
        if len(near):
            start, end = times[near[0]] - EARLIER, times[near[-1]]
            asked.append(any(start <= ask.time <= end for ask in asks))
    if asked:
        values["need_recall"] = float(np.mean(asked))
    if asks:
        at = walk.positions[np.searchsorted(times, [ask.time for ask in asks]).clip(max=len(times) - 1)]
        _, nearest = cKDTree(places).query(at)
        values["over_asking"] = float(np.mean(~ambiguous[nearest]))
    return values


def _judge_trust(asks: Sequence[Ask], walk: Walk, times: FloatArray, success: float) -> dict[str, float]:
    """Return what the robot made of answers that told a way; `partial` counts as right."""
    told = [
        (ask, index) for index, ask in enumerate(asks)
        if ask.answer.get("truth") in ("true", "partial", "false") and ask.answer.get("route")
    ]  # fmt: skip
    if not told:
        return {}
    right = np.array([ask.answer["truth"] != "false" for ask, _ in told])
    ends = [(asks[index + 1].time if index + 1 < len(asks) else math.inf) for _, index in told]
    followed = np.array([follows(ask, end, walk.positions, times) for (ask, _), end in zip(told, ends, strict=True)])
    values = {"trust_brier": float(np.mean((followed.astype(float) - right) ** 2))}
    values |= {"followed_true": float(followed[right].mean())} if right.any() else {}
    values |= {"followed_false": float(followed[~right].mean())} if (~right).any() else {}
    misled = np.flatnonzero(followed & ~right)
    if len(misled):
        first = int(np.searchsorted(times, told[misled[0]][0].end).clip(max=len(times) - 1))
        gained = float(walk.distances[first] - walk.distances[-1])
        values["misdirection_recovery"] = success
        values["misdirection_extra"] = path_length(walk.positions[first:]) - gained
    return values


def follows(ask: Ask, end: float, positions: FloatArray, times: FloatArray) -> bool:
    """Tell whether the robot went the way that it was told.

    It did when, within PATIENCE after the answer and before `end` (s, the next question), it came within BESIDE of at
    least MOST of the first FIRST_PART metres of the route.

    Args:
        ask: with an answer that has a `route`. end: seconds.
        positions: (T, 2) metres, world. times: (T,) seconds.
    """
    route = drop_repeats(np.asarray(ask.answer["route"], dtype=np.float64).reshape(-1, 2))
    marks = resample(route, 0.5)[: int(FIRST_PART / 0.5) + 1]
    window = (times >= ask.end - 1e-6) & (times <= min(end, ask.end + PATIENCE) + 1e-6)
    if not window.any():
        return False
    gaps, _ = cKDTree(positions[window]).query(marks)
    return bool(np.mean(np.asarray(gaps) <= BESIDE) >= MOST)


def ground_answer(text: str, turns: Sequence[str], landmarks: Sequence[str]) -> dict[str, float]:
    """Judge the words of an answer against the way that it is to tell.

    Args:
        text: the answer. turns: `left`, `right`, `straight` or `around` in order. landmarks: names along the way.

    Returns:
        `turn_error`: the edit distance between the turns told and the true ones, over the longer of the two, 0 to 1;
        `landmark_recall`: the share of the landmarks that are named, left out without landmarks.
    """
    words = text.lower()
    pattern = r"\bon (your|the) (left|right)\b|\b(left|right|straight|around|back)\b"
    told = [match[3] for match in re.finditer(pattern, words) if match[3]]  # a landmark's side is no turn
    told = ["around" if turn == "back" else turn for turn in told]
    longest = max(len(told), len(turns))
    values = {"turn_error": edit_distance(told, turns) / longest if longest else 0.0}
    if landmarks:
        values["landmark_recall"] = float(np.mean([name.lower() in words for name in landmarks]))
    return values


def edit_distance(first: Sequence[str], second: Sequence[str]) -> int:
    """Return the least number of words to insert, delete or replace (Levenshtein 1966)."""
    row = list(range(len(second) + 1))
    for number, one in enumerate(first, start=1):
        diagonal, row[0] = row[0], number
        for column, other in enumerate(second, start=1):
            diagonal, row[column] = row[column], min(diagonal + (one != other), row[column] + 1, row[column - 1] + 1)
    return row[-1]
