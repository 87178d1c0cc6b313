"""Contract of the paradigms: who and what is on the stage, what the others do, and by what a subject has passed.

The paradigms are those that SVBench (Peng et al., arXiv 2512.21507, table of 30 paradigms in seven dimensions) takes
from developmental and social psychology; scenes, words and predicates are our own. Where SVBench lets a vision-language
model judge videos, predicates over the log of the stage decide here; they know nothing of who planned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from embodied.paradigms.actor import Actor
    from embodied.paradigms.stage import Stage
    from embodied.paradigms.trace import Trace

Difficulty = Literal["easy", "medium", "hard"]
DIFFICULTIES: tuple[Difficulty, ...] = ("easy", "medium", "hard")
Point = tuple[float, float]
Condition = Callable[[], bool]  # asked in every step; the script goes on when it is true
Script = Callable[["Actor"], Iterator[Condition]]

SUBJECT = 1  # person_id of who is tested
EXAMINER = 2  # person_id of who asks questions, where anybody does
WOMEN, MEN = ("Mia", "Ada", "Eva", "Ida", "Zoe"), ("Tom", "Ben", "Leo", "Max", "Jan")
NAMES = tuple(name for pair in zip(WOMEN, MEN, strict=True) for name in pair)
COLORS: Mapping[str, tuple[float, float, float]] = {
    "red": (0.75, 0.16, 0.14), "blue": (0.16, 0.32, 0.72), "green": (0.18, 0.55, 0.26),
    "yellow": (0.88, 0.72, 0.16), "white": (0.9, 0.9, 0.88), "brown": (0.45, 0.3, 0.18), "grey": (0.5, 0.5, 0.52),
}  # fmt: skip
Shape = Literal["box", "ball", "stick", "table", "seat", "post", "flat", "door", "pot"]


@dataclass(slots=True, kw_only=True)
class Thing:
    """Something on the stage, with its state.

    Attributes:
        name: unique, as people call it. place: (x, y) metres, world; of what is held or inside, where that is.
        shape, color, size: how it is drawn, (length, width, height) metres. z: metres, where its foot is.
        use: what who goes to it does: "take" it, "open" it, "put" what is held there, "sit" on it, "turn": have a turn
            on it, "hold" it with another, "none".
        text: what is written on it. look: what else can be seen of it.
        inside: name of what it is in, "". holder: person_id of who has it, -1. closed: whether it hides what is inside.
        user: person_id of who sits on it or has a turn on it, -1. length: metres, of a tool.
    """

    name: str
    place: Point
    shape: Shape = "box"
    color: str = "brown"
    size: tuple[float, float, float] = (0.4, 0.4, 0.4)
    z: float = 0.0
    use: Literal["take", "open", "put", "sit", "turn", "hold", "none"] = "none"
    text: str = ""
    look: str = ""
    inside: str = ""
    holder: int = -1
    closed: bool = False
    user: int = -1
    length: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """An upright sheet from `start` to `end`, metres, that nobody walks through; a fence can be seen through."""

    name: str
    start: Point
    end: Point
    see_through: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """Somebody on the stage: where it stands first and faces (radians), and what it does; absent: comes in later."""

    id: int
    name: str
    place: Point
    yaw: float = 0.0
    script: Script | None = None
    absent: bool = False
    relation: str = ""
    speed: float = 1.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """One scene of a paradigm, with everything drawn.

    Attributes:
        subject: where who is tested stands first. people: the others, with their scripts.
        things, screens: of the stage. seconds: after which it is over.
        check: the predicates by name, over the log of the stage; passed: all of them.
        wants: what the subject has in mind from the start, as (activity, place) of a plan; () nothing.
        each: what else the world does in every step, such as a table that follows those who carry it.
    """

    subject: Role
    people: tuple[Role, ...]
    things: tuple[Thing, ...] = ()
    screens: tuple[Screen, ...] = ()
    seconds: float = 30.0
    check: Callable[[Trace], Mapping[str, bool]]
    wants: tuple[tuple[str, str], ...] = ()
    each: Callable[[Stage], None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paradigm:
    """A paradigm: its number and dimension in SVBench, our name, and how a scene of it is drawn.

    `fails`: which broken subjects must not pass it: "broken", "blind", "egocentric".
    """

    number: int
    name: str
    dimension: str
    build: Callable[[np.random.Generator, Difficulty], Play]
    fails: tuple[str, ...] = ("broken", "blind")


def ask(texts: tuple[str, ...], *, after: Condition | None = None, pause: float = 8.0) -> Script:
    """Return the script of an examiner who asks questions, one after the other, once `after` holds."""

    def script(me: Actor) -> Iterator[Condition]:
        if after is not None:
            yield after
        for text in texts:
            yield me.say(text, to=SUBJECT)
            yield me.wait(pause)

    return script


def draw_names(rng: np.random.Generator, count: int) -> list[str]:
    """Return different names, drawn."""
    return [NAMES[int(k)] for k in rng.permutation(len(NAMES))[:count]]


def pick(rng: np.random.Generator, options: Sequence[str], count: int) -> list[str]:
    """Return different words of `options`, drawn."""
    return [options[int(k)] for k in rng.permutation(len(options))[:count]]


def spread(rng: np.random.Generator, count: int, start: Point, end: Point, shake: float = 0.15) -> list[Point]:
    """Return places along a line, in a drawn order, each shaken by some metres."""
    line = np.linspace(start, end, count) + rng.uniform(-shake, shake, (count, 2))
    return [(float(line[k, 0]), float(line[k, 1])) for k in rng.permutation(count)]


def level(difficulty: Difficulty, easy: int, medium: int, hard: int) -> int:
    """Return the number that goes with a difficulty."""
    return {"easy": easy, "medium": medium, "hard": hard}[difficulty]


def looks_of(kind: str) -> tuple[Shape, tuple[float, float, float]]:
    """Return shape and size, metres, of something small of a kind."""
    if kind in ("book", "plate", "picture", "shoe"):
        return "flat", (0.3, 0.22, 0.08)
    return ("pot", (0.18, 0.18, 0.45)) if kind in ("lamp", "vase") else ("pot", (0.2, 0.2, 0.2))
