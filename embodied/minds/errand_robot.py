"""The robot of an errand session: plans with operators, asks what it does not know, and sometimes errs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from embodied.minds.errand_words import Said, say
from embodied.minds.errand_world import (
    COLOURS,
    IN_BOX,
    LIKELY,
    Errand,
    Site,
    errand_operators,
    place_fact,
    robot_place,
    sort_of,
    where,
)
from embodied.minds.operators import Operator, Planning, State, operator

STAND = 2.0  # s, of standing still for an answer
NOTE = ("take", "unpack", "meet")  # moves that fail because something is not where it was thought to be


@dataclass(frozen=True, slots=True, kw_only=True)
class Ability:
    """How good a robot is at errands, and how it talks: shares and chances from 0 to 1.

    Attributes:
        competence: share of instructions that it takes in rightly and keeps.
        asks: chance to ask where something is before it looks. checks: to make sure that it has understood.
        acknowledges: what it is told. reports: what it has done. chats: about nothing, at any turn.
        waits: times that it stands still for an answer. tries: places it looks at before it asks again.
    """

    competence: float
    asks: float
    checks: float
    acknowledges: float
    reports: float
    chats: float
    waits: int
    tries: int


def draw_ability(rng: np.random.Generator) -> Ability:
    """Draw a robot."""
    return Ability(
        competence=float(rng.uniform(0.7, 1.0)),
        asks=float(rng.uniform(0.2, 0.9)),
        checks=float(rng.uniform(0.0, 0.35)),
        acknowledges=float(rng.uniform(0.3, 1.0)),
        reports=float(rng.uniform(0.0, 0.2)),
        chats=float(rng.uniform(0.0, 0.02)),
        waits=int(rng.integers(1, 4)),
        tries=int(rng.integers(2, 5)),
    )


class Robot:
    """One that does what it is told.

    Attributes:
        belief: what it takes to hold. todo: errands as it has understood them.
    """

    def __init__(self, site: Site, place: str, ability: Ability, rng: np.random.Generator) -> None:
        self._site, self._ability, self._rng = site, ability, rng
        self.belief: State = frozenset({("at", "robot", place), ("free",)})
        self.todo: list[Errand] = []
        self._to_say: list[Said] = []
        self._question: Said | None = None
        self._waited = 0
        self._greeted = self._checked = False
        self._done = self._fruitless = 0
        self._asked: set[str] = set()
        self._looked: dict[str, set[str]] = {}  # name -> places and boxes where it is not
        self._plan: list[Operator] = []

    @property
    def silent(self) -> bool:
        """Whether it has nothing to say."""
        return not self._to_say

    # ---------------------------------------------------------------- what it hears

    def hear(self, said: Said) -> None:
        """Take in what the commander says."""
        asked, self._question = self._question, None
        self._greeted |= said.act == "Instruction"
        if said.act == "Instruction" and said.errand is not None:
            self._take_in(said.errand, again=said.topic == "again")
        elif said.act == "InformationOnObjectDetails" and said.name:
            self._learn(said)
        elif said.act == "Greetings/Salutations":
            if said.topic == "bye" or not self._greeted:
                self._reply(0.4, "Greetings/Salutations", said.topic)
            self._greeted = True
        elif said.act == "Deny" and said.topic == "more":
            self._reply(0.3, "Acknowledge")
        elif said.act == "Confirm":
            found = all(where(self.belief, name)[0] for errand in self.todo[:1] for name in errand.names)
            self._reply(1.0, "Affirm" if found else "Deny")
        elif said.act in ("RequestOtherInfo", "AlternateQuestions"):
            self._to_say.append(say("InformationOther", "where", self._rng, place=robot_place(self.belief)))
        elif said.act == "MiscOther":
            self._reply(0.3, "MiscOther")
        elif said.act == "FeedbackNegative":
            self._reply(0.3, "Acknowledge")
        elif said.act in ("FeedbackPositive", "InformationOther", "Affirm", "OtherInterfaceComment"):
            keep = asked is not None and asked.act in ("RequestForInstruction", "RequestMore")
            self._question = asked if keep else None

    def _take_in(self, errand: Errand, *, again: bool) -> None:
        wrong = (1.0 - self._ability.competence) * (0.4 if again else 1.0)
        if self.todo and not again and self._rng.random() < 0.6 * wrong:
            return  # forgotten among others
        understood = self._mishear(errand) if self._rng.random() < wrong else errand
        if again and self.todo and self.todo[0].kind == errand.kind:
            self.todo[0] = understood
        elif again:
            self.todo.insert(0, understood)
        elif understood not in self.todo:
            self.todo.append(understood)
        self._plan, self._checked = [], False
        self._reply(self._ability.acknowledges, "Acknowledge")

    def _mishear(self, errand: Errand) -> Errand:
        """Return an errand about a thing of another colour, or for another place, where it can be mistaken."""
        colour, _, noun = errand.thing.rpartition(" ")
        if colour in COLOURS and self._rng.random() < 0.6:
            shade = str(self._rng.choice([one for one in COLOURS if one != colour]))
            return replace(errand, thing=f"{shade} {noun}")
        if errand.place:
            return replace(
                errand, place=str(self._rng.choice([one for one in self._site.places if one != errand.place]))
            )
        return errand

    def _learn(self, said: Said) -> None:
        """Take in where something is, or which thing is meant."""
        if said.topic == "which" and self.todo and _noun(self.todo[0].thing) == _noun(said.name):
            self.todo[0] = replace(self.todo[0], thing=said.name)
            self._plan = []
        elif said.place and not {("holds", said.name), ("follows", said.name)} & self.belief:
            self._forget(said.name)
            facts = {place_fact(said.name, said.place)}
            if said.box:
                facts = {("inside", said.name, said.box), ("stands", said.box, said.place)}
            self.belief |= facts
            self._plan = []
        self._reply(0.7 * self._ability.acknowledges, "Acknowledge")

    def _forget(self, name: str) -> None:
        """Drop where something was thought to be."""
        self.belief -= {fact for fact in self.belief if fact[0] in ("lies", "stands", "waits", "inside")
                        and fact[1] == name}  # fmt: skip

    def _reply(self, chance: float, act: str, topic: str = "") -> None:
        if not any(said.act == act for said in self._to_say) and self._rng.random() < chance:
            self._to_say.append(say(act, topic, self._rng))

    # ---------------------------------------------------------------- what it sees

    def see(self, move: Operator, worked: bool, seen: State) -> None:
        """Take in what came of a move."""
        spot = move.arguments[0] if move.arguments else ""
        if move.name in ("search", "open") and worked:
            wanted = {name for errand in self.todo[:1] for name in errand.names}
            for name in wanted - {fact[1] for fact in seen}:
                self._looked.setdefault(name, set()).add(spot)
            for fact in seen:
                if fact[0] != "open":
                    self._forget(fact[1])
            self.belief |= seen | ({("open", spot)} if move.name == "open" else frozenset())
            missing = {name for name in wanted if not where(self.belief, name)[0]}
            self._fruitless = self._fruitless + 1 if missing else 0
            self._plan = []
        elif worked:
            self.belief = move.apply(self.belief)
            self._plan = self._plan[1:]
        else:
            if move.name in NOTE:
                self._forget(spot)
                self._looked.setdefault(spot, set()).add(robot_place(self.belief))
            self._plan = []
            self._reply(0.3, "NotifyFailure", "do")
        if self.todo and self.todo[0].goal <= self.belief:
            self._finish(self.todo.pop(0))

    def _finish(self, errand: Errand) -> None:
        self._plan, self._checked, self._fruitless = [], False, 0
        self._done += 1
        if errand.kind not in ("take", "meet") and self._rng.random() < self._ability.reports:
            self._to_say.append(say("InformationOther", "done", self._rng, what="that"))

    # ---------------------------------------------------------------- what it does

    def next(self) -> Said | Operator:
        """Return what it says or does next."""
        if self._to_say:
            return self._to_say.pop(0)
        if self._rng.random() < self._ability.chats:
            return say(
                *(("MiscOther", "") if self._rng.random() < 0.55 else ("OtherInterfaceComment", "robot")), self._rng
            )
        if self._question is not None and self._waited < self._ability.waits:
            self._waited += 1
            return operator("stand", (), cost=STAND)
        self._question = None
        if not self.todo:
            return self._ask_for_more()
        errand = self.todo[0]
        if (doubt := self._doubt(errand)) is not None:
            return self._ask(doubt)
        unknown = next((name for name in errand.names if not where(self.belief, name)[0]), "")
        if unknown and (question := self._ask_where(unknown)) is not None:
            return self._ask(question)
        return self._act(errand)

    def _act(self, errand: Errand) -> Said | Operator:
        if not self._plan:
            chances = {name: self._chances(name) for name in errand.names if not where(self.belief, name)[0]}
            for name, spots in chances.items():
                if not spots:
                    self._looked[name], self._fruitless = set(), 0
                    return self._ask(say("NotifyFailure", "find", self._rng, name=name))
            start = self.belief | {("unknown", name) for name in chances}
            operators = errand_operators(self._site, self.belief, errand, chances)
            plan = Planning(operators).plan(start, errand.goal)
            if plan is None:
                self.todo.pop(0)
                return self._ask(say("NotifyFailure", "do", self._rng))
            if not plan:
                self._finish(self.todo.pop(0))
                return self.next()
            self._plan = list(plan)
        return self._plan[0]

    def _ask(self, question: Said) -> Said:
        self._question, self._waited = question, 0
        return question

    def _ask_for_more(self) -> Said:
        if not self._greeted and self._rng.random() < 0.25:
            self._greeted = True
            return say("Greetings/Salutations", "hello", self._rng)
        self._greeted = True
        if self._done and self._rng.random() < 0.13:
            return self._ask(say("RequestMore", "", self._rng))
        return self._ask(say("RequestForInstruction", "next" if self._done else "first", self._rng))

    def _doubt(self, errand: Errand) -> Said | None:
        """Return a question about what was understood, once for an errand."""
        if self._checked or not errand.thing:
            return None
        self._checked = True
        draw = self._rng.random()
        colour, _, noun = errand.thing.rpartition(" ")
        if draw < 0.4 * self._ability.checks:
            return say("Confirm", "thing", self._rng, name=errand.thing)
        if draw < 0.7 * self._ability.checks and colour in COLOURS:
            other = str(self._rng.choice([one for one in COLOURS if one != colour]))
            return say("AlternateQuestions", "thing", self._rng, name=errand.thing, other=f"{other} {noun}")
        if draw < self._ability.checks and sort_of(errand.thing) == "object":
            return say("RequestOtherInfo", "look", self._rng, name=errand.thing)
        return None

    def _ask_where(self, name: str) -> Said | None:
        """Return a question for the place of something, before it looks or when looking has not helped."""
        if name not in self._asked:
            self._asked.add(name)
            if self._rng.random() < self._ability.asks:
                return say("RequestForObjectLocationAndOtherDetails", "", self._rng, name=name)
        if self._fruitless >= self._ability.tries:
            self._fruitless = 0
            if self._rng.random() < 0.4:
                return say("NotifyFailure", "find", self._rng, name=name)
            return say("RequestForObjectLocationAndOtherDetails", "", self._rng, name=name)
        return None

    def _chances(self, name: str) -> list[tuple[str, float]]:
        """Return the likeliest places and closed boxes for something, each with its chance."""
        gone = self._looked.get(name, set())
        chances = self._site.chances(name)
        left = [k for k in np.argsort(-chances, kind="stable").tolist() if self._site.places[k] not in gone]
        whole = float(chances[left].sum())
        near = sorted(left[: 2 * LIKELY], key=lambda k: -chances[k] / (10.0 + self._far(self._site.places[k])))
        spots = [(self._site.places[k], float(chances[k]) / whole) for k in near[:LIKELY]]
        closed = sorted(fact[1] for fact in self.belief if fact[0] == "stands" and ("open", fact[1]) not in self.belief)
        if sort_of(name) == "object":
            spots += [(box, IN_BOX) for box in closed if box not in gone]
        return spots

    def _far(self, place: str) -> float:
        return self._site.metres(robot_place(self.belief), place)


def _noun(name: str) -> str:
    return name.rpartition(" ")[2]
