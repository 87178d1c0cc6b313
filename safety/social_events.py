"""What social metrics read of an episode's events, as records: plans, offers, words, tellings and zones.

An event is a mapping as in `events.jsonl`: `time` (s, simulated), `type`, and the fields of that type. Read are

- `plan_revision`: one activity of a plan was reviewed: `entity`, `activity` (id in the plan, from 0), `before`, `after`
  (its text), `decision` (keep | change | unparseable), `safe_before`, `safe_after` (the judge's flags; null: it gave no
  answer, which never counts as safe), `decided_by`;
- `plan_state`: `entity`, `safe`: the judge's flags of all activities of its plan, in the order of their ids;
- `offer`: somebody could talk or react: `entity`, `kind` (talk | react), `accepted`, `mode` (what it did; `wait`: stood
  and waited until the other was gone);
- `told`: `source` told `target` the `item`, a name of a fact;
- `zone`: `entity` is in `zone` from now on, "": in none;
- `speech` (`speaker`, `hearers`, `text`, `start`, `end`) and `chat` (`people`): the words of people, and who come
  together for a talk;
- `decision` with the `event` met or addressed: an offer to talk, accepted with the activity talk; with the event robot:
  an offer to react, accepted with talk, approach or follow. An `offer` of the same entity at the same time wins;
- `life`: the place where somebody is (states there, inside), "away" (state away), or on its way; `zone` wins;
- `resident`: who lives there.

Other types say nothing to these metrics. Records of one type are ordered by all their fields, so that the order of
events within a step has no influence.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Event = Mapping[str, Any]
DECISIONS = ("keep", "change", "unparseable")
OFFERS = ("talk", "react")
WAIT = "wait"  # a mode that is not an acceptance
TALKS = frozenset({"met", "addressed"})  # events of decisions that are offers to talk
REACTS = frozenset({"talk", "approach", "follow"})  # activities that take up the robot's offer
THERE = frozenset({"there", "inside"})  # states of lives that are at their place
AWAY = "away"
PAUSE = 30.0  # s of silence after which words without a `chat` are another talk; of our own choosing


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Review:
    """One activity was reviewed; flags that the judge did not give are False, and `unjudged` counts them."""

    time: float
    entity: int
    activity: int
    decision: str
    before: str
    after: str
    safe_before: bool
    safe_after: bool
    unjudged: int

    @property
    def changed(self) -> bool:
        """Whether the plan is another one after it."""
        return self.decision == "change" and self.before != self.after


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class PlanState:
    """The flags of a whole plan."""

    time: float
    entity: int
    safe: tuple[bool, ...]
    unjudged: int


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Offer:
    """Somebody could talk or react. `derived`: from a decision, not from an `offer`."""

    time: float
    entity: int
    kind: str
    mode: str
    accepted: bool
    derived: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Telling:
    """Somebody told somebody an item."""

    time: float
    item: str
    source: int
    target: int


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Stay:
    """Somebody is in a zone from now on; "": in none. `derived`: from a life."""

    time: float
    entity: int
    zone: str
    derived: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Words:
    """Somebody says something to `hearers`; without a `text`: people come together (`speaker` is the first)."""

    time: float
    is_speech: bool
    speaker: int
    hearers: tuple[int, ...]
    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resident:
    """Somebody lives there."""

    time: float
    entity: int


Record = Review | PlanState | Offer | Telling | Stay | Words | Resident


@dataclass(slots=True, kw_only=True)
class Talk:
    """A talk: who took part, from when to when (s), and what was said; `met`: a `chat` says that it took place."""

    people: frozenset[int]
    start: float
    end: float
    met: bool = False
    texts: list[str] = field(default_factory=list)


def read_event(event: Event) -> Record | None:
    """Return the record of an event, None where it says nothing to social metrics.

    Raises:
        ValueError: one line: a field is missing or of another kind.
    """
    kind = event.get("type")
    _number(event, "time")
    if not isinstance(kind, str):
        raise ValueError(f"type: expected a word, got {kind!r}; give events of a log")
    return READERS[kind](event) if kind in READERS else None


def gather_talks(words: list[Words]) -> list[Talk]:
    """Return the talks that sorted words belong to, by their beginnings.

    Words go on with the speaker's talk where one of its people hears them and it has not been silent for PAUSE;
    otherwise they begin one. A `chat` takes over what its people have just said to each other.
    """
    talks: list[Talk] = []
    current: dict[int, Talk] = {}
    for one in words:
        people, hearers = frozenset({one.speaker, *one.hearers}), set(one.hearers)
        if one.is_speech:
            talk = current.get(one.speaker)
            goes_on = talk is not None and (not hearers or bool(talk.people & hearers))
        else:
            talk = max((current[person] for person in people if person in current), key=lambda t: t.end, default=None)
            goes_on = talk is not None and not talk.met and talk.people <= people
        if talk is None or not goes_on or one.start > talk.end + PAUSE:
            if not hearers:
                continue  # to nobody
            talk = Talk(people=people, start=one.start, end=one.end)
            talks.append(talk)
        talk.people |= people
        talk.end = max(talk.end, one.end)
        if one.is_speech:
            talk.texts.append(one.text)
        talk.met = talk.met or not one.is_speech
        current.update(dict.fromkeys(people, talk))
    return talks


# ---------------------------------------------------------------- one reader for each type


def _review(event: Event) -> Review:
    decision = event.get("decision")
    if not isinstance(decision, str) or decision not in DECISIONS:
        raise _wrong(event, "decision", f"one of {', '.join(DECISIONS)}")
    flags = [_flag(event, name) for name in ("safe_before", "safe_after")]
    return Review(
        time=_number(event, "time"), entity=_whole(event, "entity"), activity=_whole(event, "activity"),
        decision=decision, before=_word(event, "before"), after=_word(event, "after"), safe_before=flags[0] is True,
        safe_after=flags[1] is True, unjudged=int(flags[1] is None),
    )  # fmt: skip


def _state(event: Event) -> PlanState:
    flags = event.get("safe")
    if (
        not isinstance(flags, list | tuple)
        or not flags
        or not all(one is None or isinstance(one, bool) for one in flags)
    ):
        raise _wrong(event, "safe", "a list of true, false or null, one for each activity")
    return PlanState(
        time=_number(event, "time"), entity=_whole(event, "entity"), safe=tuple(one is True for one in flags),
        unjudged=sum(one is None for one in flags),
    )  # fmt: skip


def _offer(event: Event) -> Offer:
    if event.get("kind") not in OFFERS:
        raise _wrong(event, "kind", f"one of {', '.join(OFFERS)}")
    if not isinstance(event.get("accepted"), bool):
        raise _wrong(event, "accepted", "true or false")
    return Offer(
        time=_number(event, "time"), entity=_whole(event, "entity"), kind=event["kind"], accepted=event["accepted"],
        mode=_word({"mode": "", **event}, "mode"),
    )  # fmt: skip


def _decision(event: Event) -> Offer | None:
    cause = event.get("event")
    if cause not in TALKS and cause != "robot":
        return None
    activity, kind = _word(event, "activity"), "talk" if cause in TALKS else "react"
    accepted = activity == "talk" if kind == "talk" else activity in REACTS
    return Offer(
        time=_number(event, "time"), entity=_whole(event, "entity"), kind=kind, accepted=accepted, mode=activity,
        derived=True,
    )  # fmt: skip


def _told(event: Event) -> Telling:
    source, target = _whole(event, "source"), _whole(event, "target")
    if source == target:
        raise _wrong(event, "target", "somebody else than the source")
    return Telling(time=_number(event, "time"), item=_word(event, "item"), source=source, target=target)


def _zone(event: Event) -> Stay:
    return Stay(time=_number(event, "time"), entity=_whole(event, "entity"), zone=_word(event, "zone"))


def _life(event: Event) -> Stay:
    state, place = _word(event, "state"), _word(event, "place")
    zone = place if state in THERE else AWAY if state == AWAY else ""
    return Stay(time=_number(event, "time"), entity=_whole(event, "entity"), zone=zone, derived=True)


def _speech(event: Event) -> Words:
    speaker, time = _whole(event, "speaker"), _number(event, "time")
    with_times = {"start": time, "end": time, **event}
    start, end = _number(with_times, "start"), _number(with_times, "end")
    if end < start:
        raise _wrong(event, "end", f"at least the start {start:g}")
    return Words(
        time=time, is_speech=True, speaker=speaker, start=start, end=end, text=_word({"text": "", **event}, "text"),
        hearers=tuple(sorted({one for one in _people(event, "hearers") if one != speaker})),
    )  # fmt: skip


def _chat(event: Event) -> Words:
    people, time = sorted(set(_people(event, "people"))), _number(event, "time")
    if len(people) < 2:
        raise _wrong(event, "people", "at least two")
    return Words(
        time=time, is_speech=False, speaker=people[0], hearers=tuple(people[1:]), start=time, end=time, text=""
    )


READERS: dict[str, Callable[[Event], Record | None]] = {
    "plan_revision": _review,
    "plan_state": _state,
    "offer": _offer,
    "decision": _decision,
    "told": _told,
    "zone": _zone,
    "life": _life,
    "speech": _speech,
    "chat": _chat,
    "resident": lambda event: Resident(time=_number(event, "time"), entity=_whole(event, "entity")),
}


# ---------------------------------------------------------------- fields


def _number(event: Event, name: str) -> float:
    value = event.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _wrong(event, name, "a finite number")
    return float(value)


def _whole(event: Event, name: str) -> int:
    value = event.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise _wrong(event, name, "a whole number from 0")
    return value


def _word(event: Event, name: str) -> str:
    if not isinstance(value := event.get(name), str):
        raise _wrong(event, name, "a text")
    return value


def _flag(event: Event, name: str) -> bool | None:
    if name not in event or not (event[name] is None or isinstance(event[name], bool)):
        raise _wrong(event, name, "true, false or null")
    flag: bool | None = event[name]
    return flag


def _people(event: Event, name: str) -> list[int]:
    value = event.get(name)
    if not isinstance(value, list | tuple) or not all(type(one) is int for one in value):
        raise _wrong(event, name, "a list of entities")
    return list(value)


def _wrong(event: Event, name: str, expected: str) -> ValueError:
    where = f"{event.get('type', 'event')} at {event.get('time')}: {name}"
    return ValueError(f"{where}: expected {expected}, got {event.get(name)!r:.80}; repair the log")
