"""Talk in simulated time: who says what to whom and until when, who hears it, and what it makes people do."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from crowd.trajectory import CrowdState, Order
from embodied.drive import wrap
from embodied.episode import Decision, Heard, Mind, PersonObservation
from motion.clip import Cue
from scenes.backend import RobotState

WORDS_PER_SECOND = 2.6  # conversational English, about 155 words per minute
REACTION = 0.4  # s, the usual gap before an answer is 0.2-0.5 s (Stivers et al. 2009)
EARSHOT = 8.0  # m, ordinary speech outdoors
FACE_HEIGHT = 1.0  # m, where people look when they talk with the robot


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """Words on their way from entity `speaker` (0 the robot) to `addressee` (-1 nobody); `end` in seconds."""

    speaker: int
    addressee: int
    text: str
    end: float


def speaking_time(text: str) -> float:
    """Return how long it takes to say `text`, seconds; at least 0.6."""
    return max(0.6, len(text.split()) / WORDS_PER_SECOND)


def make_cue(kind: Literal["talk", "listen", "look", "point"], target: tuple[float, float, float]) -> Cue:
    """Return a cue of a talk, where people point while they answer and say the words that go with it."""
    return Cue(kind=kind, target=target, spoken=kind in ("talk", "point"))


def hear(words: Utterance, speaker: tuple[float, float], listener: tuple[float, float, float]) -> Heard | None:
    """Return what a listener at (x, y, yaw) hears of words spoken at (x, y), or None out of earshot."""
    dx, dy = speaker[0] - listener[0], speaker[1] - listener[1]
    distance = math.hypot(dx, dy)
    if not distance <= EARSHOT:  # NaN: the speaker has left
        return None
    bearing = wrap(math.atan2(dy, dx) - listener[2])
    return Heard(text=words.text, bearing=bearing, distance=distance, time=words.end)


class Talk:
    """Everything that is being said in an episode.

    Attributes:
        cues: what talking bodies express, by person_id.
        orders: what talk makes people do; the crowd takes and empties it.
    """

    def __init__(
        self, record: Callable[..., None], mind_of: Callable[[int], Mind], max_asks: int | None = None
    ) -> None:
        """Start in silence.

        Args:
            record: `record(type, **fields)` logs an event.
            mind_of: gives who decides for a person.
            max_asks: how many questions of the robot are heard; None: all.
        """
        self._record = record
        self._mind_of = mind_of
        self._asks_left = math.inf if max_asks is None else max_asks
        self._words: list[Utterance] = []
        self.cues: dict[int, Cue] = {}
        self.orders: dict[int, Order] = {}

    @property
    def going_on(self) -> bool:
        """Whether anybody is speaking or about to."""
        return bool(self._words)

    def ask(
        self, time: float, text: str, robot: RobotState, crowd: CrowdState, seen: npt.NDArray[np.bool_], reach: float
    ) -> None:
        """Let the robot say something to the nearest person in view within `reach` metres, who stops to listen.

        A question beyond `max_asks` is not said: nobody reacts.
        """
        if self._asks_left <= 0:
            self._record("ask_denied", text=text)
            return
        self._asks_left -= 1
        gaps = np.hypot(*(crowd.positions - (robot.x, robot.y)).T)
        near = np.flatnonzero(seen & (gaps < reach))
        nearest = near[np.argmin(gaps[near])] if len(near) else None
        addressee = -1 if nearest is None else int(crowd.person_ids[nearest])
        distance = None if nearest is None else float(gaps[nearest])
        self._say(time, 0, addressee, text, "ask", "agent", addressee=addressee, distance=distance)
        if addressee >= 0:
            self.orders[addressee] = Order(kind="hold")
            self._express(addressee, "listen", (robot.x, robot.y, FACE_HEIGHT))

    def update(self, time: float, robot: RobotState, crowd: CrowdState, yaws: dict[int, float]) -> tuple[Heard, ...]:
        """Deliver what has been said by `time`; whoever was spoken to decides. Return what the robot hears."""
        over = [words for words in self._words if words.end <= time]
        self._words = [words for words in self._words if words.end > time]
        places = dict(zip(crowd.person_ids.tolist(), crowd.positions.tolist(), strict=True))
        heard_by_robot = []
        for words in over:
            if words.speaker != 0:
                x, y = places.get(words.speaker, (math.nan, math.nan))
                heard = hear(words, (x, y), (robot.x, robot.y, robot.yaw))
                heard_by_robot += [heard] if heard is not None else []
                self._release(words.speaker, words.speaker in places)
            elif words.addressee in places:
                x, y = places[words.addressee]
                heard = hear(words, (robot.x, robot.y), (x, y, yaws[words.addressee]))
                sight = PersonObservation(
                    time=time,
                    person_id=words.addressee,
                    position=(x, y),
                    yaw=yaws[words.addressee],
                    activity="listen",
                    heard=() if heard is None else (heard,),
                    robot=(robot.x, robot.y),
                )
                decision = self._mind_of(words.addressee).decide(sight)
                if decision is None or decision.activity != "talk" or not decision.utterance:
                    self._release(words.addressee, True)
                else:
                    self._carry_out(time, words, decision, robot)
        return tuple(heard_by_robot)

    def leave(self, person: int) -> None:
        """Forget a person that has left the scene."""
        self._words = [words for words in self._words if words.speaker != person]
        self.orders.pop(person, None)
        self._release(person, False)

    def activity(self, person: int, otherwise: str) -> str:
        """Return the word for what a person does."""
        cue = self.cues.get(person)
        return otherwise if cue is None else ("listen" if cue.kind == "listen" else "talk")

    def _carry_out(self, time: float, question: Utterance, decision: Decision, robot: RobotState) -> None:
        person = question.addressee
        self._record(
            "decision",
            entity=person,
            activity=decision.activity,
            act=decision.act,
            reason=decision.reason,
            decided_by=decision.decided_by,
        )
        self._record("answer", entity=person, question=question.text, **dict(decision.facts))
        self._say(time + REACTION, person, 0, decision.utterance, decision.act, decision.generated_by)
        if decision.point_at is None:
            self._express(person, "talk", (robot.x, robot.y, FACE_HEIGHT))
        else:
            self._express(person, "point", decision.point_at)

    def _say(
        self, start: float, speaker: int, hearer: int, text: str, act: str, generated_by: str, **facts: Any
    ) -> None:
        end = start + speaking_time(text)
        self._words.append(Utterance(speaker=speaker, addressee=hearer, text=text, end=end))
        hearers = [hearer] if hearer >= 0 else []
        self._record(
            "speech",
            speaker=speaker,
            hearers=hearers,
            text=text,
            act=act,
            generated_by=generated_by,
            start=start,
            end=end,
            **facts,
        )

    def _release(self, person: int, present: bool) -> None:
        """Let a person go on its way after a talk."""
        if present:
            self.orders[person] = Order(kind="resume")
        if self.cues.pop(person, None) is not None:
            self._record("cue", entity=person, kind="none", target=None)

    def _express(
        self, person: int, kind: Literal["talk", "listen", "look", "point"], target: tuple[float, float, float]
    ) -> None:
        self.cues[person] = make_cue(kind, target)
        self._record("cue", entity=person, kind=kind, target=target)
