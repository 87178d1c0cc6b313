"""What people do who meet somebody they know, or who do not get on."""

from __future__ import annotations

import math
from typing import Any

from embodied.episode import Seen
from embodied.minds.intentions import go_on
from embodied.minds.moment import Moment, whom
from embodied.minds.persona import FAMILY, MIDDLE
from embodied.minds.sayings import daytime
from embodied.minds.utility import Option, choose

AGAIN = 600.0  # s after which one greets the same person again
CLOSE = 0.3  # utility of talking with family and friends, more than with others one knows
QUEUE = math.radians(35.0), 3.0  # of where it faces and m, within which those who stand may be a queue
LONG = 2  # people of a queue
STANDING = frozenset({"stand", "hold", "wait"})
STUCK = 300.0  # s after which one is stuck anew
QUEUES, WAITS = 2.0, 0.5  # minutes that the average person waits, in a queue and where it is stuck
DOUBLES = 2.0  # levels of patience that make it four times as long
TIME_SPREAD = 0.3  # log-normal
TIRES = 0.3  # utility of another way, for each time that one has waited

MEETS = (
    Option(name="talk", base=0.2, weights=(("sociability", 0.35), ("hurry", -0.2))),
    Option(name="nod", base=0.0),
)
IN_QUEUE = (
    Option(name="wait", base=0.9, weights=(("patience", 0.35), ("hurry", -0.1))),
    Option(name="leave", base=0.0),
)
IN_THE_WAY = (
    Option(name="wait", base=0.2, weights=(("patience", 0.35), ("hurry", -0.1))),
    Option(name="leave", base=0.0),
)


def meets_somebody(moment: Moment) -> bool:
    """Tell whether somebody it knows is near whom it has not met of late."""
    return moment.observation.event == "met" and _acquaintance(moment) is not None


def meet(moment: Moment) -> bool:
    """Greet somebody it knows, or nod and go on; fails where it goes on."""
    seen = _acquaintance(moment)
    assert seen is not None
    moment.note(f"met {seen.id}")
    talk = MEETS[0].worth(moment.traits) + CLOSE * (seen.relation in FAMILY or seen.relation == "friend")
    utilities = [talk, MEETS[1].worth(moment.traits)]
    if choose(utilities, moment.life.rng, moment.temperature) == 1:
        go_on(moment)
        moment.fields["reason"] = f"only nods to {seen.name}; {moment.fields['reason']}"
        return True
    moment.note(f"talk {whom(seen.id)}")
    moment.life.turns[seen.id] = 1
    slots = {"name": f" {seen.name.split(' ')[0]}", "daytime": daytime(moment.observation.minute)}
    moment.decide("talk", f"talk with {seen.name}", f"met {seen.name}, {seen.relation}", target=whom(seen.id))
    moment.say("greet", "greet and ask", **slots)
    return True


def is_stuck(moment: Moment) -> bool:
    """Tell whether it does not get on."""
    return moment.observation.event == "stuck"


def in_queue(moment: Moment) -> bool:
    """Tell whether people stand before it, one behind the other."""
    angle, reach = QUEUE
    ahead = [
        seen
        for seen in moment.observation.seen
        if seen.kind == "person" and abs(seen.bearing) < angle and seen.activity in STANDING
    ]
    return len(ahead) >= LONG and ahead[0].distance < reach


def queue(moment: Moment) -> bool:
    """Wait in a queue, or leave it."""
    return _wait(moment, IN_QUEUE, QUEUES, "wait for its turn", "there is a queue")


def wait_or_turn(moment: Moment) -> bool:
    """Wait until the way is free, or take another."""
    return _wait(moment, IN_THE_WAY, WAITS, "let the way become free", "something is in the way")


def _wait(moment: Moment, options: tuple[Option, ...], minutes: float, goal: str, reason: str) -> bool:
    life = moment.life
    life.waits = life.waits if moment.since("stuck") < STUCK else 0
    moment.note("stuck")
    utilities = [options[0].worth(moment.traits), options[1].worth(moment.traits) + TIRES * life.waits]
    if choose(utilities, life.rng, moment.temperature) == 0:
        life.waits += 1
        minutes *= 4.0 ** ((moment.traits["patience"] - MIDDLE) / DOUBLES) * moment.spread(TIME_SPREAD)
        moment.decide("wait", goal, reason, minutes=round(minutes, 3))
    else:
        life.waits = 0
        there = life.goes_to if life.goes_to in moment.observation.places else ""
        moment.decide("go", "find another way", f"{reason}, it will not wait", target=there, speed=moment.speed())
    return True


def _acquaintance(moment: Moment) -> Seen | None:
    """Return the nearest in view whom it knows and has not met of late."""
    for seen in moment.observation.seen:
        if seen.kind == "person" and seen.relation and moment.since(f"met {seen.id}") > AGAIN:
            return seen
    return None


LEAVES: dict[str, Any] = {
    function.__name__: function for function in (meets_somebody, meet, is_stuck, in_queue, queue, wait_or_turn)
}
