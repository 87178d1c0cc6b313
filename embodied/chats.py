"""Talks between people in the world: they come together, face each other, speak in turn, are heard, and part.

What is said and who speaks next is `embodied.minds.conversation`; here it takes place, in simulated time. Words reach
who is near enough and not behind a wall, a talk ends when somebody is called away, and acquaintances may join.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from crowd.trajectory import CrowdState, Order
from embodied.episode import Decision, FloatArray
from embodied.minds.conversation import INTERRUPTS, LONG, Conversation
from embodied.minds.exchange import Turn
from embodied.minds.memory import MemoryStore
from embodied.minds.persona import Persona
from embodied.minds.voice import Voice
from embodied.person_senses import PersonSenses
from embodied.seeding import stream
from embodied.talk import EARSHOT, make_cue, speaking_time
from motion.clip import Cue

GAP = 1.2  # m between those who talk, Hall's personal distance (1966), far phase
TOGETHER, STILL = 3.0, 0.25  # m from whom they talk with, and m/s: they can begin
PATIENCE = 8.0  # s until who cannot come together gives up
MOST = 5  # people in one talk
FACE = 0.93  # of the height of a body, which is looked at; bodies are 1.65 m where it is not known
HEIGHT = 1.65  # m


@dataclass(slots=True, kw_only=True)
class _Chat:
    """One that goes on. `since`: s, when they began to come together."""

    people: list[int]
    since: float
    rng: np.random.Generator
    ends: dict[int, float]
    opening: Decision | None = None  # what the first one has decided to say
    waits: float = 0.0  # s, until it has been said
    talk: Conversation | None = None
    turn: Turn | None = None
    cut: tuple[float, int] | None = None  # s, when, and who cuts in
    hearers: list[int] = field(default_factory=list)


class Chats:
    """All talks of an episode.

    Attributes:
        partners: who talks with whom, one of the others; facing: where they face, radians; cues: what they express.
    """

    def __init__(
        self, record: Callable[..., None], senses: PersonSenses, store: MemoryStore, people: Mapping[int, Persona],
        seed: int, clock: float = 0.0, voice: Voice | None = None,
    ) -> None:  # fmt: skip
        """Begin an episode in which nobody talks.

        Args:
            record: `record(type, **fields)` logs an event. senses: who hears whom. store: what people remember.
            people: by person_id. seed: of the episode. clock: s since midnight when the episode begins.
            voice: who words what is said; None: templates.
        """
        self._record, self._senses, self._store, self._people = record, senses, store, people
        self._seed, self._clock, self._voice = seed, clock, voice
        self._chats: list[_Chat] = []
        self._count: dict[tuple[int, int], int] = {}
        self._over: list[int] = []
        self._names = {number: person.name for number, person in people.items()}
        self.orders: dict[int, Order] = {}
        self.partners: dict[int, int] = {}
        self.facing: dict[int, float] = {}
        self.cues: dict[int, Cue] = {}

    def begin(
        self, people: Sequence[int], time: float, crowd: CrowdState, rows: Mapping[int, int],
        ends: Mapping[int, float], opening: Decision | None = None,
    ) -> None:  # fmt: skip
        """Let people come together to talk, the second one where it is; who talks already goes on with that.

        Args:
            people: the one who wants to, whom it wants to talk with, and who joins them.
            ends: s, when each has to go. opening: what the first one says before talk takes its course.
        """
        free = [one for one in people if one in self._people and one in rows and one not in self.partners][:MOST]
        if len(free) < 2 or people[1] not in free:
            return
        pair = (min(free[:2]), max(free[:2]))
        count = self._count[pair] = self._count.get(pair, 0) + 1
        rng = stream(self._seed, "chats", *pair, count)
        self._chats.append(_Chat(people=list(free), since=time, rng=rng, ends=dict(ends), opening=opening))
        anchor = people[1]
        middle = crowd.positions[rows[anchor]]
        self.orders[anchor] = Order(kind="hold")
        others = [one for one in free if one != anchor]
        for k, person in enumerate(others):
            self.orders[person] = self._come(crowd.positions[rows[person]], middle, k)
        for person in free:
            self.partners[person] = anchor if person != anchor else others[0]

    def _come(self, here: FloatArray, middle: FloatArray, k: int) -> Order:
        """Return how somebody comes to stand with who stands at `middle`: the k-th who does."""
        away = here - middle
        gap = float(np.hypot(*away))
        if gap <= GAP + 0.2:
            return Order(kind="hold")
        turn = (0.0, 0.9, -0.9, 1.8)[k % 4]
        angle = math.atan2(away[1], away[0]) + turn
        spot = middle + GAP * np.array([math.cos(angle), math.sin(angle)])
        if not (self._senses.sees(here, spot) and self._senses.sees(middle, spot)):
            return Order(kind="hold")
        return Order(kind="go", target=(float(spot[0]), float(spot[1])))

    def released(self) -> list[int]:
        """Return whose talk is over, and forget it."""
        over, self._over = self._over, []
        return over

    def activity(self, person: int, otherwise: str) -> str:
        """Return the word for what somebody does."""
        cue = self.cues.get(person)
        return otherwise if cue is None else "talk" if cue.spoken else "listen"

    def update(self, time: float, crowd: CrowdState, rows: Mapping[int, int], busy: Collection[int]) -> None:
        """Let time go on to `time`, s; who is `busy`, or gone, is called away."""
        for chat in list(self._chats):
            for person in [person for person in chat.people if person in busy or person not in rows]:
                self._leave(chat, person, time)
            if len(chat.people) < 2:
                self._end(chat)
                continue
            self._look(chat, crowd, rows)
            if chat.talk is None:
                self._come_together(chat, time, crowd, rows)
            else:
                self._speak(chat, time, crowd, rows)

    def _look(self, chat: _Chat, crowd: CrowdState, rows: Mapping[int, int]) -> None:
        """Let everybody face who speaks, who speaks whom it speaks to."""
        speaker = chat.turn.speaker if chat.turn is not None else self.partners[chat.people[0]]
        for person in chat.people:
            at = speaker if person != speaker else self.partners[person]
            if chat.turn is not None and person == speaker:
                at = next((one for one in chat.turn.addressees if one in rows), at)
            x, y = crowd.positions[rows[at]] - crowd.positions[rows[person]]
            if np.hypot(*crowd.velocities[rows[person]]) < 2 * STILL:
                self.facing[person] = math.atan2(y, x)

    def _come_together(self, chat: _Chat, time: float, crowd: CrowdState, rows: Mapping[int, int]) -> None:
        there = [rows[person] for person in chat.people]
        places, paces = crowd.positions[there], np.hypot(*crowd.velocities[there].T)
        near = float(np.hypot(*(places - places[0]).T).max()) < TOGETHER
        if chat.opening is not None and near and float(paces.max()) < STILL:
            self._open(chat, chat.opening, time, crowd, rows)
        elif near and float(paces.max()) < STILL and time >= chat.waits - 1e-6:
            chat.talk = Conversation.begin(
                [self._people[person] for person in chat.people], self._clock + time, chat.rng, store=self._store,
                until={person: self._clock + end for person, end in chat.ends.items()}, names=self._names,
                voice=self._voice,
            )  # fmt: skip
            self._record("chat", people=list(chat.people), places=places.tolist())
        elif time > chat.since + PATIENCE:
            self._end(chat)

    def _open(self, chat: _Chat, words: Decision, time: float, crowd: CrowdState, rows: Mapping[int, int]) -> None:
        """Let the first one say what it has decided to."""
        speaker, chat.opening = chat.people[0], None
        chat.waits = time + speaking_time(words.utterance)
        chat.since = chat.waits
        self._utter(
            chat,
            speaker,
            chat.people[1:],
            words.utterance,
            words.act,
            words.generated_by,
            time,
            chat.waits,
            crowd,
            rows,
        )

    def _utter(
        self, chat: _Chat, speaker: int, to: Sequence[int], text: str, act: str, generated_by: str, start: float,
        end: float, crowd: CrowdState, rows: Mapping[int, int],
    ) -> None:  # fmt: skip
        """Let words be heard by whoever is near enough."""
        chat.hearers = list(self._senses.hearers(speaker, crowd, rows, EARSHOT))
        self._record(
            "speech",
            speaker=speaker,
            hearers=sorted(person for person in chat.hearers if person in chat.people),
            overheard=sorted(person for person in chat.hearers if person not in chat.people),
            text=text,
            act=act,
            generated_by=generated_by,
            start=start,
            end=end,
        )
        listener = next((one for one in to if one in rows), self.partners[speaker])
        for person in chat.people:
            x, y = crowd.positions[rows[speaker if person != speaker else listener]].tolist()
            self._express(person, "talk" if person == speaker else "listen", (x, y, FACE * HEIGHT))

    def _speak(self, chat: _Chat, time: float, crowd: CrowdState, rows: Mapping[int, int]) -> None:
        """Let the turn end that is over, and the next one begin."""
        assert chat.talk is not None
        now = self._clock + time
        turn = chat.turn
        if turn is not None and chat.cut is not None and now >= chat.cut[0]:
            by, chat.cut = chat.cut[1], None
            if by in chat.people and now < turn.end:
                said = chat.talk.interrupt(now, by)
                self._record("interruption", speaker=turn.speaker, by=by, text=said.text)
                turn = said
        if turn is not None and now >= turn.end - 1e-6:
            chat.talk.hear(person for person in chat.hearers if person in chat.people)
            chat.turn = turn = None
        if turn is not None:
            return
        following = chat.talk.next_turn(now)
        for person in [person for person in chat.people if person not in chat.talk.present]:
            self._leave(chat, person, time)
        if following is None:
            if chat.talk.over:
                self._end(chat)
            elif any(cue.spoken for person, cue in self.cues.items() if person in chat.people):
                for person in chat.people:
                    self._express(person, "listen", self.cues[person].target)
            return
        chat.turn, chat.cut = following, None
        if following.end - following.start >= LONG:
            for person in chat.people:
                chance = INTERRUPTS * (self._people[person].traits["boldness"] - 1)
                if person != following.speaker and chat.cut is None and chat.rng.random() < chance:
                    chat.cut = (following.start + float(chat.rng.uniform(0.3, 0.9)) * LONG, person)
        self._utter(
            chat, following.speaker, following.addressees, following.text, following.act, following.generated_by,
            following.start - self._clock, following.end - self._clock, crowd, rows,
        )  # fmt: skip

    def _leave(self, chat: _Chat, person: int, time: float) -> None:
        """Let somebody go its way."""
        chat.people.remove(person)
        if chat.talk is not None and person in chat.talk.present:
            chat.talk.leave(person, self._clock + time)
        if chat.turn is not None and chat.turn.speaker == person:
            chat.turn = None
        self._release(person)
        for other in chat.people:
            if self.partners[other] == person:
                self.partners[other] = next((one for one in chat.people if one != other), other)

    def _end(self, chat: _Chat) -> None:
        self._chats.remove(chat)
        for person in chat.people:
            self._release(person)

    def _release(self, person: int) -> None:
        self.partners.pop(person, None)
        self.facing.pop(person, None)
        self.orders.pop(person, None)
        self._over.append(person)
        if self.cues.pop(person, None) is not None:
            self._record("cue", entity=person, kind="none", target=None)

    def _express(self, person: int, kind: str, target: tuple[float, float, float]) -> None:
        cue = make_cue(kind, target)  # type: ignore[arg-type]
        if self.cues.get(person) != cue:
            self.cues[person] = cue
            self._record("cue", entity=person, kind=kind, target=target)
