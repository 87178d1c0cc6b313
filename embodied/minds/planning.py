"""What a person does on a day: its routine, and between it what its needs and traits ask for.

As in Generative Agents (Park et al., UIST 2023) a plan of the day is cut into hours and minutes, and made anew from the
moment at which something happens; what fills it are needs in the order of AgentSociety (arXiv 2502.08691). No draw is
made: the same person with the same needs has the same plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from embodied.minds.needs import NONE, Needs
from embodied.minds.persona import Persona

DAY = 24 * 60  # minutes
SHORTEST = 15  # minutes of what is planned, where there is time
NIGHT = {"child": (20 * 60, 7 * 60), "teen": (22 * 60, 7 * 60)}  # minutes of the day, to bed and up
NIGHT_OF_ADULTS = (23 * 60, 7 * 60)
SLEEP = 8 * 60  # minutes; whose routine begins early goes to bed early, but not before EARLIEST_BED
EARLIEST_BED = 19 * 60  # minutes of the day
GETTING_READY = 60  # minutes awake before the first entry of the routine
BEFOREHAND = 0.75  # of hunger, below which one eats at mealtimes and before it gets urgent during what comes next
MEALS = ((6 * 60, 9 * 60), (12 * 60, 14 * 60), (18 * 60, 21 * 60))  # minutes of the day
ASLEEP: Mapping[str, float] = {"hunger": 0.4, "social": 0.2}  # factors on the decay of needs
# What a need is met with: activity, place, minutes.
MEETS: Mapping[str, tuple[str, str, int]] = {
    "hunger": ("eat", "home", 30),
    "energy": ("rest", "home", 60),
    "safety": ("stay at home", "home", 60),
    "social": ("meet friends", "cafe", 90),
}
# What an hour of an activity gives to the needs: our own numbers, so that a day of eight hours of sleep and three meals
# keeps them above their thresholds.
GAINS: Mapping[str, Mapping[str, float]] = {
    "sleep": {"energy": 0.25, "safety": 0.15},
    "eat": {"hunger": 2.0, "energy": 0.2, "social": 0.2},
    "rest": {"energy": 0.4, "safety": 0.2},
    "stay at home": {"energy": 0.1, "safety": 0.6},
    "meet friends": {"social": 0.6},
    "work": {"hunger": 0.1, "social": 0.1},  # there is a canteen, and there are breaks
    "learn": {"hunger": 0.1, "social": 0.1},
    "study": {"hunger": 0.1, "social": 0.1},
    "play": {"social": 0.3},
    "help a neighbour": {"social": 0.4},
}
# What people do with free time: activity, place, trait that makes them like it.
FREE = (
    ("stroll", "square", "curiosity"),
    ("meet friends", "cafe", "sociability"),
    ("help a neighbour", "", "helpfulness"),
    ("do sport", "park", "boldness"),
    ("shop", "market", "hurry"),
    ("read", "home", "patience"),
    ("stay at home", "home", "caution"),
)
FREE_OF_CHILDREN = (("play", "park", "curiosity"), ("meet friends", "square", "sociability"), *FREE[-2:])
# Free activity -> minutes of the day between which people do it: shops are open, it is light, or one does not disturb.
HOURS: Mapping[str, tuple[int, int]] = {
    "shop": (8 * 60, 20 * 60),
    "help a neighbour": (9 * 60, 20 * 60),
    "do sport": (6 * 60, 21 * 60),
    "stroll": (6 * 60, 22 * 60),
    "meet friends": (7 * 60, 23 * 60),
    "play": (8 * 60, 20 * 60),
}
ALL_DAY = (0, DAY)
FREE_TIME = 60  # minutes of one thing
WEARY = 1.5  # levels of a trait by which one likes less what one has done today


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Part of a day: `start` to `end` in minutes since midnight; `reason`: routine, night, a need, free or event."""

    start: int
    end: int
    activity: str
    place: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPlan:
    """A day from midnight to midnight, without gaps and overlaps.

    Raises:
        ValueError: steps that leave a gap, overlap or do not last.
    """

    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        time = 0
        for step in self.steps:
            if step.start != time or step.end <= step.start:
                raise ValueError(f"steps: expected one that begins at minute {time} and lasts, got {step}")
            time = step.end
        if time != DAY:
            raise ValueError(f"steps: expected a day of {DAY} minutes, got {time}")

    def at(self, minute: int) -> Step:
        """Return what is planned for a minute of the day, 0 to 1439.

        Raises:
            ValueError: another minute.
        """
        if not 0 <= minute < DAY:
            raise ValueError(f"minute: expected 0 to {DAY - 1}, got {minute}")
        return next(step for step in self.steps if minute < step.end)

    def cut(self, minutes: int) -> tuple[Step, ...]:
        """Return the steps cut at each multiple of `minutes`: 60 for hours, 5 to 15 for what to do now.

        Raises:
            ValueError: less than a minute.
        """
        if minutes < 1:
            raise ValueError(f"minutes: expected 1 or more, got {minutes}")
        pieces = []
        for step in self.steps:
            cuts = [step.start, *range((step.start // minutes + 1) * minutes, step.end, minutes), step.end]
            pieces += [replace(step, start=a, end=b) for a, b in pairwise(cuts)]
        return tuple(pieces)


def plan_day(persona: Persona, needs: Needs | None = None) -> DayPlan:
    """Return a day of a person: its routine as it is, and what it does before, between and after.

    Args:
        persona: whose day. needs: at midnight, by default those of the persona.
    """
    return DayPlan(steps=tuple(_fill(persona, needs or persona.needs, 0, _routine(persona), [])))


def replan(
    plan: DayPlan,
    persona: Persona,
    *,
    minute: int,
    activity: str,
    place: str,
    minutes: int,
    needs: Needs | None = None,
) -> DayPlan:
    """Return the plan after something happened: what was before `minute` stays, what happened comes in, then the rest.

    What is left of the routine is kept, and so is what an earlier event put into the plan.

    Args:
        plan: of this day. persona: whose. minute: of the day, now.
        activity: what is done about what happened. place: where. minutes: how long; no longer than the day.
        needs: as they are now, by default as the plan lets them be.

    Raises:
        ValueError: a minute out of the day, or nothing that lasts.
    """
    if not 0 <= minute < DAY:
        raise ValueError(f"minute: expected 0 to {DAY - 1}, got {minute}")
    if minutes < 1 or not activity.strip():
        raise ValueError(f"activity: expected something that lasts a minute or more, got {activity!r} for {minutes}")
    past = [replace(step, end=min(step.end, minute)) for step in plan.steps if step.start < minute]
    now = needs or needs_after(persona.needs, past)
    event = Step(start=minute, end=min(minute + minutes, DAY), activity=activity, place=place, reason="event")
    fixed = [event]
    waiting = [step for step in plan.steps if step.reason == "event" and step.end > minute]
    for step in (*waiting, *_routine(persona)):
        fixed += _outside(step, fixed)
    later = sorted((step for step in fixed if step.start >= minute), key=lambda step: step.start)
    return DayPlan(steps=tuple(past + _fill(persona, now, minute, later, past)))


def needs_after(needs: Needs, steps: Sequence[Step]) -> Needs:
    """Return the needs after steps that began with `needs`."""
    for step in steps:
        needs = needs.after(
            (step.end - step.start) / 60.0,
            pace=ASLEEP if step.activity == "sleep" else NONE,
            gains=GAINS.get(step.activity, NONE),
        )
    return needs


def _routine(persona: Persona) -> list[Step]:
    entries = [(round(entry.start * 60), round(entry.end * 60), entry) for entry in persona.routine]
    return [
        Step(start=start, end=end, activity=entry.activity, place=entry.place, reason="routine")
        for start, end, entry in entries
        if start < end
    ]


def _outside(step: Step, others: Sequence[Step]) -> list[Step]:
    """Return what is left of a step where none of `others` is."""
    parts = [step]
    for other in others:
        cut = [
            (part, ((part.start, min(part.end, other.start)), (max(part.start, other.end), part.end))) for part in parts
        ]
        parts = [replace(part, start=a, end=b) for part, spans in cut for a, b in spans if a < b]
    return parts


def _fill(persona: Persona, needs: Needs, start: int, fixed: Sequence[Step], past: Sequence[Step]) -> list[Step]:
    """Return steps from `start` to midnight: those that are `fixed`, in order, and what is chosen between them."""
    steps: list[Step] = []
    waiting, time = list(fixed), start
    while time < DAY:
        if waiting and waiting[0].start <= time:
            step = waiting.pop(0)
        else:
            until = waiting[0].start if waiting else DAY
            step = _choose(persona, needs, time, until, waiting, [*past, *steps])
            if until - step.end < SHORTEST:
                step = replace(step, end=until)
        if steps and replace(step, start=steps[-1].start, end=steps[-1].end) == steps[-1]:  # it goes on
            steps[-1] = replace(steps[-1], end=step.end)
        else:
            steps.append(step)
        needs, time = needs_after(needs, [step]), step.end
    return steps


def _choose(
    persona: Persona, needs: Needs, time: int, until: int, waiting: Sequence[Step], before: Sequence[Step]
) -> Step:
    """Return what a person does next with the free time from `time` to `until`, minutes of the day."""

    def step(activity: str, place: str, minutes: int, reason: str) -> Step:
        return Step(start=time, end=min(time + minutes, until), activity=activity, place=place, reason=reason)

    bed, up = NIGHT.get(persona.appearance.age_group, NIGHT_OF_ADULTS)
    if waiting and waiting[0].start < DAY // 2:
        up = min(up, max(waiting[0].start - GETTING_READY, 0))
    if persona.routine:  # the same tomorrow
        early = max(round(persona.routine[0].start * 60) - GETTING_READY, 0)
        bed = min(bed, max(early + DAY - SLEEP, EARLIEST_BED))
    if time >= bed or time < up:
        return step("sleep", "home", (DAY if time >= bed else up) - time, "night")
    pressing = [need for need in needs.unmet() if need != "social" or "meet friends" not in _last(before)]
    if pressing:
        return step(*MEETS[pressing[0]], pressing[0])
    busy_until = waiting[0].end if waiting else bed
    soon = until - time <= FREE_TIME
    lasts = needs.time_left("hunger") * 60
    due = lasts < FREE_TIME or (soon and lasts < busy_until - time) or any(a <= time < b for a, b in MEALS)
    if due and needs.hunger < BEFOREHAND:
        return step(*MEETS["hunger"], "hunger")
    options = FREE_OF_CHILDREN if persona.appearance.age_group == "child" else FREE
    done = [earlier.activity for earlier in before if earlier.reason == "free"]
    open_now = [
        option for option in options if HOURS.get(option[0], ALL_DAY)[0] <= time < HOURS.get(option[0], ALL_DAY)[1]
    ]
    best = max(open_now, key=lambda option: persona.traits[option[2]] - WEARY * done.count(option[0]))
    minutes = FREE_TIME - time % FREE_TIME if time % FREE_TIME else FREE_TIME
    if soon and until - time > MEETS["hunger"][2] + SHORTEST:
        minutes = min(minutes, until - time - MEETS["hunger"][2])  # leaves time for a meal
    return step(best[0], best[1] or persona.home or "home", max(minutes, SHORTEST), "free")


def _last(before: Sequence[Step]) -> str:
    return before[-1].activity if before else ""
