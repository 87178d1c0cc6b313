"""A conversation of two or more people by rules: who speaks when and to whom, and who hears it.

Turns follow H. Sacks, E. Schegloff and G. Jefferson (Language 50, 1974): whoever is addressed speaks next, else whoever
takes the floor, else the same speaker goes on; one speaks at a time. What is said is in `embodied.minds.exchange`.

Live, time is given turn by turn: `next_turn(time)` tells who begins to speak, and `hear(person_ids)` is told who heard
it when it is over. `converse` goes through a whole conversation at once.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from embodied.minds.chatter import ACT_OF
from embodied.minds.exchange import IDLE, Due, Exchange, Telling, Turn, pick
from embodied.minds.gatherings import Gathering
from embodied.minds.memory import MemoryStore
from embodied.minds.news import first_person
from embodied.minds.persona import MIDDLE, Persona
from embodied.minds.voice import LATEST, TEMPLATE, Line, Voice
from embodied.talk import WORDS_PER_SECOND, speaking_time

GAP = 0.2  # s between turns, the mean of ten languages (Stivers et al., PNAS 106, 2009)
LASTS = 90.0  # s, median of a talk between people of middle traits; this and all below are of our own choosing
SPREAD = 0.7  # of its logarithm
BY_SOCIABILITY, BY_HURRY = 1.3, 0.85  # factors on it for each level
GO_ON = 0.5  # factor on the chance to take the floor for who has just spoken
GREET_AGAIN = 3600.0  # s after which one greets somebody again
INTERRUPTS = 0.01  # chance for each level of boldness above the least to cut in on a turn of LONG or more
LONG = 3.0  # s
CUT = frozenset({"chat", "tell", "answer", "already"})  # moves that people cut in on


class Conversation:
    """People who talk with each other.

    Attributes:
        present: person_id -> persona of who is still in it.
        free: s from which somebody may speak.
    """

    def __init__(
        self,
        people: Sequence[Persona],
        exchange: Exchange,
        time: float,
        rng: np.random.Generator,
        until: Mapping[int, float],
        voice: Voice | None = None,
    ) -> None:
        """Start one; `begin` does it from what is known. `until`: person_id -> s, when it wants to go."""
        self.present = {person.id: person for person in people}
        self.free = time
        self._exchange, self._rng, self._until, self._voice = exchange, rng, dict(until), voice
        self._said: deque[tuple[int, str]] = deque(maxlen=LATEST)
        self._turn: Turn | None = None
        self._last = -1
        self._leaving: int | None = None
        self._due: deque[Due] = deque()
        first = min(self.present, key=lambda number: (-self.present[number].traits["sociability"], number))
        others = self._others(first)
        ago = [time - (-math.inf if (last := exchange.last_talk(first, other)) is None else last) for other in others]
        if any(seconds > GREET_AGAIN for seconds in ago):
            self._due.append(Due(person=first, to=others, move=exchange.greeting(first, others)))

    @classmethod
    def begin(
        cls,
        people: Sequence[Persona],
        time: float,
        rng: np.random.Generator,
        *,
        store: MemoryStore,
        until: Mapping[int, float] | None = None,
        place: str = "",
        names: Mapping[int, str] | None = None,
        voice: Voice | None = None,
    ) -> Conversation:
        """Return a conversation that begins.

        Args:
            people: two or more, in any order. time: s, simulated, since the midnight before the first day.
            rng: every draw comes from it. store: what everybody remembers.
            until: person_id -> s, when its plan ends; it goes then at the latest. By default it has time.
            place: where, in the words of a plan, "" for nowhere. names: of other people whom news may be about.
            voice: who words what is said; None: templates.

        Raises:
            ValueError: fewer than two people.
        """
        ordered = sorted({person.id: person for person in people}.values(), key=lambda person: person.id)
        if len(ordered) < 2:
            raise ValueError(f"people: expected two or more, got {[person.id for person in ordered]}; find somebody")
        ends = {}
        for person in ordered:
            lasts = LASTS * BY_SOCIABILITY ** (person.traits["sociability"] - MIDDLE)
            lasts *= BY_HURRY ** (person.traits["hurry"] - MIDDLE) * float(rng.lognormal(0.0, SPREAD))
            ends[person.id] = min(time + lasts, (until or {}).get(person.id, math.inf))
        exchange = Exchange(ordered, time, rng, store=store, place=place, names=names or {})
        return cls(ordered, exchange, time, rng, ends, voice)

    @property
    def over(self) -> bool:
        """Whether fewer than two are left."""
        return len(self.present) < 2

    @property
    def promises(self) -> tuple[tuple[int, Gathering], ...]:
        """Who promised to come to what, in order."""
        return tuple(self._exchange.promises)

    def next_turn(self, time: float) -> Turn | None:
        """Return what somebody begins to say at `time` (s), or None: it is over, or somebody speaks or has just spoken.

        What nobody was said to have heard, by `hear`, is lost.
        """
        if self.over or time < self.free:
            return None
        self._turn = None
        due = self._take_due()
        if due is None and self._leaving is not None:
            self.leave(self._leaving, time)
            if self.over:
                return None
        due = due or self._leave_taking(time) or self._take_floor(time)
        text, generated_by = self._word(due, time)
        turn = Turn(
            speaker=due.person,
            addressees=due.to,
            move=due.move,
            act=ACT_OF[due.move],
            text=text,
            start=time,
            end=time + speaking_time(text),
            fact=due.fact,
            topic=due.topic,
            generated_by=generated_by,
        )
        self._turn, self.free, self._last = turn, turn.end + GAP, turn.speaker
        self._said.append((turn.speaker, turn.text))
        return turn

    def hear(self, person_ids: Iterable[int]) -> tuple[Telling, ...]:
        """Say who heard the turn, once it is over: they remember it, and who was addressed will answer.

        Who is not in the conversation is left out: what one overhears is not remembered.

        Returns:
            Who was told what.

        Raises:
            ValueError: no turn since this was last called, or it was lost.
        """
        turn = self._turn
        if turn is None:
            raise ValueError("hear: expected a turn that nobody has heard yet, got none; call next_turn before")
        self._turn = None
        hearers = [number for number in sorted(set(person_ids)) if number in self.present and number != turn.speaker]
        tellings = self._exchange.remember(turn, hearers)
        knew = {telling.target for telling in tellings if not telling.new}
        for hearer in (number for number in turn.addressees if number in hearers):
            answer = self._exchange.answer(turn, hearer, knew=hearer in knew)
            if answer is not None:
                self._due.append(answer)
        return tellings

    def interrupt(self, time: float, by: int | None = None) -> Turn:
        """Cut short who is speaking at `time` (s), who yields; return what was said of the turn.

        What was to be told is not: it can be told later.

        Args:
            time: s. by: who of those present cuts in, and has the floor; None: something else happened.

        Raises:
            ValueError: nobody is speaking, or `by` speaks or is not present.
        """
        turn = self._turn
        if turn is None or not turn.start <= time < turn.end:
            raise ValueError(f"time: expected a time while somebody speaks, got {time:g}; call next_turn before")
        if by is not None and (by not in self.present or by == turn.speaker):
            raise ValueError(f"by: expected one of {list(self._others(turn.speaker))}, got {by}")
        said = turn.text.split()[: int((time - turn.start) * WORDS_PER_SECOND)]
        self._turn = replace(turn, move="cut", text=" ".join([*said, "-"]), end=time, fact=None, topic="")
        self.free = time
        opening = None if by is None else self._exchange.open(by, self._others(by), time)
        if opening is not None:
            self._due.appendleft(opening)
        return self._turn

    def leave(self, person_id: int, time: float) -> None:
        """Let somebody go at `time` (s); what it is saying is not said to its end, and nobody learns from it.

        Raises:
            ValueError: it is not present.
        """
        if person_id not in self.present:
            raise ValueError(f"person_id: expected one of {list(self.present)}, got {person_id}")
        del self.present[person_id]
        if self._turn is not None and self._turn.speaker == person_id and time < self._turn.end:
            self._turn, self.free = None, time
        if self._leaving == person_id:
            self._leaving = None

    def _word(self, due: Due, time: float) -> tuple[str, str]:
        """Return the words for what is due, and who made them."""
        template = self._exchange.put(due, time)
        if self._voice is None:
            return template, TEMPLATE
        speaker = self.present[due.person]
        line = Line(
            move=due.move,
            speaker=speaker,
            listeners=tuple(self.present[number] for number in due.to),
            template=template,
            fact="" if due.fact is None else first_person(due.fact.text, speaker.name),
            before=tuple((number == due.person, text) for number, text in self._said),
        )
        return self._voice.word(line)

    def _others(self, person: int) -> tuple[int, ...]:
        return tuple(number for number in self.present if number != person)

    def _take_due(self) -> Due | None:
        """Return what is due first from who is there to who is there."""
        while self._due:
            due = self._due.popleft()
            to = tuple(number for number in due.to if number in self.present)
            if due.person in self.present and to:
                return replace(due, to=to)
        return None

    def _leave_taking(self, time: float) -> Due | None:
        number = min(self.present, key=lambda person: (self._until[person], person))
        return None if self._until[number] > time else self._goodbye(number)

    def _goodbye(self, number: int) -> Due:
        self._leaving = number
        return Due(person=number, to=self._others(number), move="bye")

    def _take_floor(self, time: float) -> Due:
        """Return what whoever takes the floor says: the sociable, those with news, rather not who has just spoken.

        Who takes it and has nothing to say takes its leave.
        """
        wishes = [
            person.traits["sociability"]
            * (IDLE + self._exchange.wish(number, self._others(number), time))
            * (GO_ON if number == self._last else 1.0)
            for number, person in self.present.items()
        ]
        person = pick(tuple(self.present), wishes, self._rng)
        return self._exchange.open(person, self._others(person), time) or self._goodbye(person)


def converse(
    conversation: Conversation,
    rng: np.random.Generator,
    hears: Callable[[Turn], Iterable[int]] | None = None,
) -> tuple[tuple[Turn, ...], tuple[Telling, ...]]:
    """Go through a conversation to its end: what was said, in order, and who was told what.

    Args:
        conversation: that has begun. rng: draws who cuts in.
        hears: turn -> who is near enough to hear it; by default all who are present.
    """
    turns: list[Turn] = []
    tellings: list[Telling] = []
    while True:
        turn = conversation.next_turn(conversation.free)
        if turn is None:
            return tuple(turns), tuple(tellings)
        if turn.end - turn.start >= LONG and turn.move in CUT:
            for number, person in conversation.present.items():
                chance = INTERRUPTS * (person.traits["boldness"] - 1)
                if number != turn.speaker and rng.random() < chance:
                    turn = conversation.interrupt(turn.start + float(rng.uniform(0.3, 0.9)) * LONG, number)
                    break
        turns.append(turn)
        tellings += conversation.hear(tuple(conversation.present) if hears is None else hears(turn))
