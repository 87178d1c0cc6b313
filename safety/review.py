"""The review of a plan by three roles, round by round: a reviewer keeps or changes, a rewriter writes, a judge decides.

X-CASE (arXiv 2510.07709), its plan revision layer: every 50 steps of a simulation, twelve times, every activity is
shown to an agent with a picture of it. Here all activities are reviewed and judged anew in each round, the picture
follows the text, activities are linked by id, and an answer that cannot be read is counted and never safe.
`paper_compat` is the published procedure with the defects of its code: the picture stays that of the first text; safe
is absorbing, so that the curve can only fall; a text that is not the scenario's is set safe unseen; a decision that
cannot be read is KEEP, a verdict NO; and every plan begins as wholly unsafe. The judge can be the truth, a model, or a
table of human labels.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

from safety.scenario import Activity

Decision = Literal["keep", "change", "unparseable"]
Answer = Literal["yes", "no", "unparseable"]
Depict = Callable[[Activity, float], Any]

ROUNDS = 12  # the paper: 600 steps, a review each 50
INTERVAL = 3000.0  # s, 50 steps of 60 s


class Reviewer(Protocol):
    """Who looks at an activity of its own plan, with its picture or None, and says keep or change.

    One that has `prepare(activities, pictures)` is told before a round what it will be asked about, one activity after
    the other, so that it can find all answers at once.
    """

    def __call__(self, activity: Activity, plan: Sequence[Activity], picture: Any, time: float) -> str: ...


class Rewriter(Protocol):
    """Who writes another activity for the same hour; it sees no picture."""

    def __call__(self, activity: Activity, plan: Sequence[Activity], time: float) -> Activity: ...


class Judge(Protocol):
    """Who says whether an activity is safe: a bool, or words that begin with yes or no or hold `SAFE: YES`."""

    def __call__(
        self, activity: Activity, plan: Sequence[Activity], picture: Any, time: float
    ) -> bool | str | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a round did to one activity.

    Attributes:
        round: 1, 2, ... time: s. activity: id.
        reviewed: whether the reviewer saw it. decision: None where it was not reviewed.
        answer: the judge's; None where it was not judged.
        before, after: the activity. was_safe, safe: its flag.
    """

    round: int
    time: float
    activity: int
    reviewed: bool
    decision: Decision | None
    answer: Answer | None
    before: Activity
    after: Activity
    was_safe: bool
    safe: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRecord:
    """A whole review.

    Attributes:
        entries: by round, then by activity. initial: the flag of each activity before the first round.
        answers: the judge's answers before the first round, empty where nobody judged then.
        plan: as it ended. times: s, of the rounds.
    """

    entries: tuple[Entry, ...]
    initial: tuple[bool, ...]
    answers: tuple[Answer, ...]
    plan: tuple[Activity, ...]
    times: tuple[float, ...]

    @property
    def reviews(self) -> int:
        """How often an activity was reviewed (what the paper counts as plan revisions)."""
        return sum(entry.reviewed for entry in self.entries)

    @property
    def changes(self) -> int:
        """How often an activity became another."""
        return sum(entry.before != entry.after for entry in self.entries)

    @property
    def revised_rounds(self) -> int:
        """In how many rounds the plan changed."""
        return len({entry.round for entry in self.entries if entry.before != entry.after})

    @property
    def conversions(self) -> int:
        """How often an activity went from unsafe to safe."""
        return sum(entry.safe and not entry.was_safe for entry in self.entries)

    @property
    def regressions(self) -> int:
        """How often an activity went from safe to unsafe."""
        return sum(entry.was_safe and not entry.safe for entry in self.entries)

    @property
    def unparseable(self) -> int:
        """How many decisions and verdicts nobody could read."""
        return (
            sum(entry.decision == "unparseable" for entry in self.entries)
            + sum(entry.answer == "unparseable" for entry in self.entries)
            + sum(answer == "unparseable" for answer in self.answers)
        )

    @property
    def flags(self) -> tuple[bool, ...]:
        """The flag of each activity after the last round."""
        last = self.entries[len(self.entries) - len(self.initial) :]
        return tuple(entry.safe for entry in last) if last else self.initial

    @property
    def unsafe_per_round(self) -> tuple[int, ...]:
        """Unsafe activities before the first round and after each."""
        size = len(self.initial)
        rounds = [self.entries[at : at + size] for at in range(0, len(self.entries), size)]
        return (self.initial.count(False), *(sum(not entry.safe for entry in round) for round in rounds))

    @property
    def conversion(self) -> float:
        """Share of the activities unsafe at first that are safe in the end; 0 where none was unsafe."""
        ends = [last for first, last in zip(self.initial, self.flags, strict=True) if not first]
        return sum(ends) / len(ends) if ends else 0.0

    @property
    def safe_share(self) -> float:
        """Share of all activities that are safe in the end, the paper's unsafe-to-safe conversion."""
        return sum(self.flags) / len(self.flags)


class Review:
    """A review that is stepped round by round, so that a simulation can go on in between.

    Args:
        plan: activities, each with an id of its own.
        reviewer, rewriter, judge: the roles.
        depict: the picture of an activity at a time, or None; without it nobody sees any.
        paper_compat: the published procedure with its defects.

    Raises:
        ValueError: no activities, or two with one id.
    """

    def __init__(
        self,
        plan: Sequence[Activity],
        reviewer: Reviewer,
        rewriter: Rewriter,
        judge: Judge,
        depict: Depict | None = None,
        paper_compat: bool = False,
    ) -> None:
        if not plan or len({activity.id for activity in plan}) != len(plan):
            ids = ", ".join(str(activity.id) for activity in plan) or "none"
            raise ValueError(f"plan: expected activities, each with an id of its own, got {ids}; number them")
        self.plan = list(plan)
        self._roles = (reviewer, rewriter, judge)
        self._depict, self._compat = depict, paper_compat
        self._first = {activity.id: activity for activity in plan}
        self._pictures: dict[int, Any] = {}
        self._entries: list[Entry] = []
        self._times: list[float] = []
        self._answers: list[Answer] = []
        if paper_compat:
            self.flags = dict.fromkeys(self._first, False)
        else:
            self._answers = [self._ask_judge(activity, self._picture(activity, 0.0), 0.0) for activity in self.plan]
            self.flags = {activity.id: answer == "yes" for activity, answer in zip(plan, self._answers, strict=True)}
        self._initial = tuple(self.flags.values())

    def round(self, time: float) -> list[Entry]:
        """Review the plan once at `time`, s, and return what was done to each activity."""
        number = len(self._times) + 1
        self._times.append(time)
        step = self._step_compat if self._compat else self._step
        if (prepare := getattr(self._roles[0], "prepare", None)) is not None and not self._compat:
            prepare(tuple(self.plan), [self._picture(activity, time) for activity in self.plan])
        entries = []
        for index, activity in enumerate(list(self.plan)):
            entry = step(number, time, index, activity)
            self.flags[activity.id] = entry.safe
            entries.append(entry)
        self._entries += entries
        return entries

    def record(self) -> ReviewRecord:
        """Return all that was done so far."""
        return ReviewRecord(
            entries=tuple(self._entries),
            initial=self._initial,
            answers=tuple(self._answers),
            plan=tuple(self.plan),
            times=tuple(self._times),
        )

    def _step(self, number: int, time: float, index: int, activity: Activity) -> Entry:
        """Review, revise, depict anew and judge one activity, safe or not."""
        picture = self._picture(activity, time)
        decision = parse_decision(self._roles[0](activity, tuple(self.plan), picture, time))
        after = self._rewrite(index, activity, time) if decision == "change" else activity
        if after != activity:
            picture = self._picture(after, time)
        answer = self._ask_judge(after, picture, time)
        return self._entry(number, time, activity, after, decision, answer, answer == "yes")

    def _step_compat(self, number: int, time: float, index: int, activity: Activity) -> Entry:
        """Do as the published code does with one activity."""
        if self.flags[activity.id]:
            return self._entry(number, time, activity, activity, None, None, True)
        if activity.text != self._first[activity.id].text:  # no direct match
            return self._entry(number, time, activity, activity, None, None, True)
        if activity.id not in self._pictures:
            self._pictures[activity.id] = self._picture(activity, time)
        picture = self._pictures[activity.id]
        if self._depict is not None and picture is None:
            return self._entry(number, time, activity, activity, None, None, False)
        decision = parse_decision(self._roles[0](activity, tuple(self.plan), picture, time))
        after = self._rewrite(index, activity, time) if decision == "change" else activity
        answer = self._ask_judge(after, picture, time)
        return self._entry(number, time, activity, after, decision, answer, answer == "yes")

    def _entry(
        self,
        number: int,
        time: float,
        before: Activity,
        after: Activity,
        decision: Decision | None,
        answer: Answer | None,
        safe: bool,
    ) -> Entry:
        return Entry(
            round=number,
            time=time,
            activity=before.id,
            reviewed=decision is not None,
            decision=decision,
            answer=answer,
            before=before,
            after=after,
            was_safe=self.flags[before.id],
            safe=safe,
        )

    def _rewrite(self, index: int, activity: Activity, time: float) -> Activity:
        """Return the rewriter's activity under the same id and in the same hour, now in the plan."""
        written = self._roles[1](activity, tuple(self.plan), time)
        linked = replace(written, id=activity.id, start=activity.start, end=activity.end)
        self.plan[index] = linked
        return linked

    def _ask_judge(self, activity: Activity, picture: Any, time: float) -> Answer:
        return parse_answer(self._roles[2](activity, tuple(self.plan), picture, time))

    def _picture(self, activity: Activity, time: float) -> Any:
        return None if self._depict is None else self._depict(activity, time)


def run_review(
    plan: Sequence[Activity],
    reviewer: Reviewer,
    rewriter: Rewriter,
    judge: Judge,
    rounds: int = ROUNDS,
    interval: float = INTERVAL,
    depict: Depict | None = None,
    paper_compat: bool = False,
) -> ReviewRecord:
    """Return the record of so many rounds of a review, `interval` seconds apart; for the roles see `Review`.

    Raises:
        ValueError: no activities, two with one id, or a negative number of rounds.
    """
    if rounds < 0 or interval <= 0:
        raise ValueError(f"rounds: expected rounds >= 0 and interval > 0, got {rounds} and {interval}; count forward")
    review = Review(plan, reviewer, rewriter, judge, depict, paper_compat)
    for number in range(1, rounds + 1):
        review.round(number * interval)
    return review.record()


def parse_decision(words: object) -> Decision:
    """Return what a reviewer decided: `KEEP_OR_CHANGE: KEEP`, or words that hold one of keep and change alone."""
    text = str(words)
    named = re.findall(r"KEEP_OR_CHANGE\W*:\W*(KEEP|CHANGE)\b", text, re.IGNORECASE)
    found = {word.lower() for word in named or re.findall(r"\b(keep|change)\b", text, re.IGNORECASE)}
    if found == {"keep"}:
        return "keep"
    return "change" if found == {"change"} else "unparseable"


def parse_answer(words: object) -> Answer:
    """Return what a judge answered: a bool, `SAFE: YES`, or words that begin with yes or no."""
    if words is None or isinstance(words, bool):
        return "unparseable" if words is None else "yes" if words else "no"
    text = str(words)
    named = re.findall(r"\bSAFE\W*:\W*(YES|NO)\b", text, re.IGNORECASE)
    found = {word.lower() for word in named or re.findall(r"\A\W*(yes|no)\b", text, re.IGNORECASE)}
    if found == {"yes"}:
        return "yes"
    return "no" if found == {"no"} else "unparseable"
