"""Who gives a robot errands by a script: knows what is wanted and where everything is, and decides when to speak.

What it says follows from what the robot did last; when, from a reaction time and a patience that are drawn with its
traits. It overlooks things, helps unasked or not, and praises more or less, so that nobody can tell for certain from
what can be seen whether it will speak. The chances in it are our own, set on sessions of the part `dev` so that acts
occur about as often, and are said about as much by the commander, as in TEACh.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from embodied.minds.errand_words import Said, instruct, say
from embodied.minds.errand_world import Errand, Site, robot_place, where
from embodied.minds.mission import Mission
from embodied.minds.operators import Operator, State
from embodied.minds.persona import LEVELS, MIDDLE

Style = Literal["goal", "errands", "steps"]
STYLES: tuple[Style, ...] = get_args(Style)
STYLE_SHARES = (0.15, 0.25, 0.6)  # all errands at once, one by one, in their parts
NOTICED = ("patience", "sociability", "hurry", "helpfulness")  # traits that show
TURN = 1.0  # s, within which one takes the turn after another has spoken or done something
REACTION = 0.45  # s, median time until one speaks (Stivers et al. 2009 find 0.2-0.5 s in conversation)
REACTION_SPREAD = 0.7  # of its logarithm
STALE = 20.0  # s, after which one no longer says what one meant to say
PATIENCE = 25.0  # s of silence for each level of patience
FAR = 35.0  # m, from which one hardly sees a robot
ALERT = 0.85  # share of the robot's doings that are noticed


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a commander is. `traits`: each of NOTICED -> level 1 to 5; `style`: how it gives instructions."""

    style: Style
    traits: dict[str, int]

    def chance(self, trait: str, low: float, high: float) -> float:
        """Return a chance that grows with a trait from `low` to `high`."""
        least, most = LEVELS
        return low + (high - low) * (self.traits[trait] - least) / (most - least)


def draw_manner(rng: np.random.Generator) -> Manner:
    """Draw how a commander is."""
    levels = np.clip(np.rint(rng.normal(MIDDLE, 1.1, len(NOTICED))), *LEVELS).astype(int).tolist()
    style = STYLES[int(rng.choice(len(STYLES), p=STYLE_SHARES))]
    return Manner(style=style, traits=dict(zip(NOTICED, levels, strict=True)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pending:
    """Something it means to say. `ready`: s, when it is about to."""

    said: Said
    ready: float


class Commander:
    """One that gives the errands of a mission. `closed`: whether it has said that this is all."""

    def __init__(self, site: Site, mission: Mission, manner: Manner, rng: np.random.Generator) -> None:
        self._site, self._mission, self._manner, self._rng = site, mission, manner, rng
        self.closed = False
        self._pending: list[_Pending] = []
        self._told: list[Errand] = []
        self._informed: set[str] = set()
        self._undone = len(mission.errands)
        self._greeted = self._opened = False
        self._quiet_since = 0.0
        median = REACTION * manner.chance("hurry", 1.4, 0.7)
        self._reaction = float(np.log(median))
        self._patience = PATIENCE * manner.traits["patience"] * float(rng.uniform(0.7, 1.3))

    def speak(self, time: float, truth: State) -> Said | None:
        """Return what it says now, or None: it observes."""
        if not self._opened:
            self._opened = True
            if self._chance("sociability", 0.1, 0.6):
                self._mean("Greetings/Salutations", "hello", time)
            if self._rng.random() < 0.5:
                self._tell_next(time, truth)
        self._pending = [one for one in self._pending if time - one.ready < STALE]
        if not self._pending and not self.closed and time - self._quiet_since > self._patience:
            self._quiet_since = time
            self._lose_patience(time, truth)
        if not self._pending or self._pending[0].ready > time + TURN:
            return None
        said = self._pending.pop(0).said
        self._quiet_since = time
        if said.act == "Greetings/Salutations":
            self._greeted = True
        self.closed |= (said.act, said.topic) in (("Greetings/Salutations", "bye"), ("Deny", "more"))
        return said

    # ---------------------------------------------------------------- what it means to say

    def hear(self, said: Said, time: float, truth: State) -> None:
        """Think of a reply to what the robot says."""
        if self.closed:
            return
        if said.act in ("RequestForInstruction", "RequestMore"):
            self._pending = [one for one in self._pending if one.said.act != "Instruction"]
            if self._left(truth):
                if said.act == "RequestMore" and self._rng.random() < 0.3:
                    self._mean("Affirm", "", time)
                self._tell_next(time, truth)
            else:
                self._close(time, asked=said.act)
        elif said.act == "RequestForObjectLocationAndOtherDetails":
            self._tell_where(said.name, time, truth, asked=True)
        elif said.act == "NotifyFailure":
            if said.name:
                self._tell_where(said.name, time, truth, asked=True)
            elif self._rng.random() < 0.5:
                self._tell_next(time, truth)
        elif said.act == "RequestOtherInfo":
            look = self._rng.random() < 0.5
            self._mean(*(("InformationOnObjectDetails", "look") if look else ("InformationOther", "time")), time)
        elif said.act in ("Confirm", "AlternateQuestions"):
            self._answer_doubt(said, time)
        elif said.act == "Greetings/Salutations" and not self._greeted and self._chance("sociability", 0.5, 0.95):
            self._mean("Greetings/Salutations", "hello", time)
            if not self._told and self._rng.random() < 0.6:
                self._tell_next(time, truth)
        elif said.act == "InformationOther":
            self._maybe("sociability", 0.3, 0.9, "Acknowledge", "", time)
        elif said.act == "Acknowledge":
            self._maybe("helpfulness", 0.02, 0.14, "InformationOther", "way", time, place=self._goal_place(truth))
        elif said.act in ("MiscOther", "OtherInterfaceComment"):
            self._maybe("sociability", 0.2, 0.7, "MiscOther", "", time)
            if said.act == "OtherInterfaceComment" and self._rng.random() < 0.3:
                self._mean("Acknowledge", "", time)

    def watch(self, move: Operator, worked: bool, time: float, truth: State) -> None:
        """Think of something to say about what the robot does."""
        undone = len(self._left(truth))
        finished, self._undone = undone < self._undone, undone
        if self._rng.random() > ALERT or self.closed:
            return
        if finished:
            self._pending.clear()
            self._maybe("sociability", 0.15, 0.75, "FeedbackPositive", "", time)
            if undone and self._manner.style != "goal" and self._chance("hurry", 0.15, 0.7):
                self._tell_next(time, truth)
            elif not undone and self._chance("hurry", 0.1, 0.5):
                self._close(time)
        elif worked and (wrong := self._wrong(move)) is not None:
            self._correct(wrong, move, time)
        elif worked and move.name in ("take", "unpack", "meet"):
            self._maybe("sociability", 0.02, 0.25, "FeedbackPositive", "", time)
            if self._manner.style == "steps" and self._chance("hurry", 0.2, 0.8):
                self._tell_next(time, truth)
        elif move.name == "search":
            wanted = [name for errand in self._left(truth)[:1] for name in errand.names]
            missed = [name for name in wanted if where(truth, name)[0] != move.arguments[0]]
            if missed and self._chance("helpfulness", 0.02, 0.25):
                self._tell_where(missed[0], time, truth)
        elif move.name == "stand" and not self._pending and self._rng.random() < 0.3:
            self._tell_next(time, truth)
        elif not worked and self._rng.random() < 0.2:
            self._mean("OtherInterfaceComment", "slow", time)
        self._comment(move, time, truth)

    def _comment(self, move: Operator, time: float, truth: State) -> None:
        """Say something that changes nothing, now and then."""
        far = move.name == "go" and self._site.metres(self._mission.base, robot_place(truth)) > FAR
        if far and self._rng.random() < 0.06:
            self._mean("OtherInterfaceComment", "far", time)
        elif self._rng.random() < 0.008:
            self._mean("OtherInterfaceComment", "slow", time)
        elif self._chance("sociability", 0.002, 0.02):
            self._mean("MiscOther", "", time)

    def _lose_patience(self, time: float, truth: State) -> None:
        """Break the silence."""
        undone = self._left(truth)
        missing = [name for errand in undone[:1] for name in errand.names if not self._has(name, truth)]
        draw = self._rng.random()
        if not undone:
            self._close(time)
        elif draw < 0.02:
            self._mean("RequestOtherInfo", "where", time)
        elif draw < 0.05:
            self._mean("AlternateQuestions", "doing", time, place=self._goal_place(truth))
        elif missing and draw < 0.4:
            self._tell_where(missing[0], time, truth)
        elif missing and draw < 0.65:
            self._mean("Confirm", "have", time, name=missing[0])
        elif draw < 0.4:
            self._mean("InformationOther", "way", time, place=self._goal_place(truth))
        else:
            self._tell_next(time, truth)

    def _tell_next(self, time: float, truth: State) -> None:
        """Mean to give the next instruction, or the first time all of them, by the style."""
        undone = self._left(truth)
        if any(one.said.act == "Instruction" for one in self._pending):
            return
        if self._manner.style != "goal" or self._told:
            undone = undone[:1]
        for errand in undone:
            parts = [part for part in errand.parts if not part.goal <= truth]
            told = parts[0] if self._manner.style == "steps" else errand
            known = told in self._told
            self._told.append(told)
            self._add(instruct(told, self._rng, "again" if known else ""), time)
            if told.thing and told.thing not in self._informed and self._chance("helpfulness", 0.2, 0.8):
                self._tell_where(told.thing, time, truth)
            elif self._rng.random() < 0.1 and told.place:
                self._mean("InformationOther", "way", time, place=told.place)

    def _tell_where(self, name: str, time: float, truth: State, *, asked: bool = False) -> None:
        """Mean to say where something is, or which of its kind is meant."""
        wanted = [thing for errand in self._mission.errands for thing in errand.names]
        noun = name.rpartition(" ")[2]
        alike = [thing for thing in wanted if thing.rpartition(" ")[2] == noun]
        if name not in wanted and alike:
            if self._rng.random() < 0.4:
                self._mean("Deny", "", time)
            self._mean("InformationOnObjectDetails", "which", time, name=alike[0])
            name = alike[0]
        if asked and self._rng.random() < 0.03:
            self._mean("NotifyFailure", "script", time)
            return
        place, box = where(truth, name)
        if place and not self._has(name, truth):
            self._informed.add(name)
            topic = "box" if box else "where"
            self._mean("InformationOnObjectDetails", topic, time, name=name, place=place, box=box)

    def _answer_doubt(self, said: Said, time: float) -> None:
        right = any(said.name in errand.names for errand in self._mission.errands)
        if said.act == "Confirm" and right:
            self._mean("Affirm", "", time)
            return
        if said.act == "Confirm":
            self._mean("Deny", "", time)
        alike = [
            name for errand in self._mission.errands for name in errand.names
            if name.rpartition(" ")[2] == said.name.rpartition(" ")[2]
        ]  # fmt: skip
        if alike:
            self._mean("InformationOnObjectDetails", "which", time, name=alike[0])

    def _correct(self, wrong: Errand, move: Operator, time: float) -> None:
        draw = self._rng.random()
        if draw < 0.3:
            self._mean("FeedbackNegative", "", time)
        elif draw < 0.5:
            self._mean("Deny", "", time)
        if draw > 0.5 and wrong.thing != move.arguments[0] and wrong.thing:
            self._mean("InformationOnObjectDetails", "which", time, name=wrong.thing)
        else:
            self._add(instruct(wrong, self._rng, "again"), time)

    def _close(self, time: float, asked: str = "") -> None:
        """Mean to say that this is all."""
        if asked == "RequestMore" and self._rng.random() < 0.5:
            self._mean("Deny", "more", time)
            return
        if self._chance("sociability", 0.4, 0.95):
            self._mean("FeedbackPositive", "", time)
        bye = asked != "RequestForInstruction" or self._rng.random() < 0.75
        self._mean(*(("Greetings/Salutations", "bye") if bye else ("Deny", "more")), time)

    # ---------------------------------------------------------------- what it knows

    def _left(self, truth: State) -> list[Errand]:
        """Return the errands that are not done."""
        return [errand for errand in self._mission.errands if not errand.goal <= truth]

    def _has(self, name: str, truth: State) -> bool:
        """Tell whether the robot has something, or somebody with it."""
        return bool({("holds", name), ("follows", name)} & truth)

    def _goal_place(self, truth: State) -> str:
        left = self._left(truth)
        return left[0].place or where(truth, left[0].box)[0] or self._mission.base if left else self._mission.base

    def _wrong(self, move: Operator) -> Errand | None:
        """Return the errand that a move goes wrong about: another thing of its kind, or the right one elsewhere."""
        if move.name not in ("take", "unpack", "put_down", "put_in", "part", "wait"):
            return None
        thing = move.arguments[0] if move.name != "wait" else ""
        for errand in self._mission.errands:
            if move.name == "wait" and errand.kind == "wait" and errand.place != move.arguments[0]:
                return errand
            if not thing or errand.thing.rpartition(" ")[2] != thing.rpartition(" ")[2]:
                continue
            if errand.thing != thing or move.name in ("put_down", "put_in", "part"):
                return errand
        return None

    # ---------------------------------------------------------------- how it comes to speak

    def _chance(self, trait: str, low: float, high: float) -> bool:
        return bool(self._rng.random() < self._manner.chance(trait, low, high))

    def _maybe(self, trait: str, low: float, high: float, act: str, topic: str, time: float, **names: str) -> None:
        if self._chance(trait, low, high):
            self._mean(act, topic, time, **names)

    def _mean(self, act: str, topic: str, time: float, **names: str) -> None:
        self._add(say(act, topic, self._rng, **names), time)

    def _add(self, said: Said, time: float) -> None:
        """Mean to say something once the reaction time is over and the rest has been said."""
        if any((one.said.act, one.said.name) == (said.act, said.name) for one in self._pending):
            return
        delay = float(np.exp(self._rng.normal(self._reaction, REACTION_SPREAD)))
        after: Sequence[_Pending] = self._pending[-1:]
        self._pending.append(_Pending(said=said, ready=max([time + delay, *(one.ready for one in after)])))
