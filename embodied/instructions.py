"""A way in words, written for whoever follows it alone: exact and machine-like, or as people write (R2R, RxR).

The instructions of R2R name landmarks and turns and end with where to stop (Anderson et al., CVPR 2018, arXiv
1711.07280); those of FreeAskWorld come raw and reworded (arXiv 2511.13524). Ours are made by templates from a planned
route, so that each has one way that it describes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from functools import partial

import numpy as np

from embodied.drive import wrap
from embodied.minds.phrasing import Stretch, Way, tell
from embodied.wording import the
from scenes.routes import Route

STYLES = ("raw", "worded")
Ahead = Callable[[tuple[float, float], float, float, Collection[str]], str]
Pick = Callable[..., str]


def write_instruction(
    route: Route, yaw: float, names: Collection[str], ahead: Ahead, style: str, rng: np.random.Generator
) -> str:
    """Return the words for a route, for a reader who faces `yaw` (radians, world) where it starts.

    Args:
        route: the way, as planned.
        yaw: radians, world.
        names: landmarks that may be named beside the goal.
        ahead: which of some landmarks one walks towards, as `Skyline.ahead`.
        style: "raw": turns in degrees and metres to a tenth, every landmark; "worded": as people write.
        rng: draws the template and the words.

    Raises:
        ValueError: another style.
    """
    if style not in STYLES:
        raise ValueError(f"style: expected one of {', '.join(STYLES)}, got {style!r}")
    way = picture_way(route, yaw, names, ahead)
    if style == "raw":
        return _raw(way, route.goal)
    return TEMPLATES[int(rng.integers(len(TEMPLATES)))](way, route.goal, rng)


def picture_way(route: Route, yaw: float, names: Collection[str], ahead: Ahead) -> Way:
    """Return a route as something to tell, by the landmarks `names`, seen by somebody who faces `yaw` at its start."""
    heading, start, stretches = yaw, (float(route.path[0, 0]), float(route.path[0, 1])), []
    others = set(names) - {route.goal}
    for step in route.steps:
        until = step.until if step.until in others else ""
        stretches.append(
            Stretch(
                turn=wrap(step.heading - heading),
                distance=step.distance,
                passes=tuple((name, side) for name, side in step.passes if name in others),
                until=until,
                toward="" if until else ahead(start, step.heading, step.distance, others),
            )
        )
        heading, start = step.heading, step.end
    return Way(
        stretches=tuple(stretches),
        side=route.side if route.side in ("left", "right") else "",
        beside=route.beside if route.beside in others else "",
    )


def name_turn(turn: float) -> str:
    """Return the command for a turn (radians, left positive), one of eight."""
    degrees, side = abs(math.degrees(turn)), "left" if turn > 0 else "right"
    if degrees > 157.5:
        return "turn around"
    if degrees > 112.5:
        return f"turn sharp {side}"
    if degrees > 67.5:
        return f"turn {side}"
    return f"bear {side}" if degrees > 22.5 else "go straight"


def _raw(way: Way, place: str) -> str:
    sentences = [f"Go to {the(place)}."]
    for part in way.stretches:
        command = name_turn(part.turn)
        words = [f"{command.capitalize()} ({math.degrees(part.turn):+.0f} degrees)"]
        words += ["and go"] if command != "go straight" else []
        words += [f"past {the(name)} on your {side}" for name, side in part.passes[:1]]
        words += [f"and past {the(name)} on your {side}" for name, side in part.passes[1:]]
        words.append(f"for {part.distance:.1f} metres")
        words += [f"to {the(part.until)}"] if part.until else []
        sentences.append(" ".join(words) + ".")
    where = f"on your {way.side}" if way.side else "straight in front of you"
    beside = f", next to {the(way.beside)}" if way.beside else ""
    return " ".join([*sentences, f"Stop there: {the(place)} is {where}{beside}."])


def _plain(way: Way, place: str, rng: np.random.Generator) -> str:
    """As somebody tells it who has been asked, after saying where it leads."""
    words, _ = tell(way, place, rng, hedged=False, written=True)
    opening = _pick(rng, "Go to {}.", "Find {}.", "You are looking for {}.", "Take me to {}.").format(the(place))
    return f"{opening} {words}"


def _landmarks(way: Way, place: str, rng: np.random.Generator) -> str:
    """By what one sees, metres only where nothing else tells how far, and where to stop."""
    pick = partial(_pick, rng)
    clauses = []
    for index, part in enumerate(way.stretches):
        clause = _turn_words(part.turn, index, pick)
        passed = [name for name, _ in part.passes[:1]]
        if part.toward and not passed:
            clause += f" towards {the(part.toward)}"
        clause += "".join(f" past {the(name)}" for name in passed)
        if part.until:
            clause += f" {pick('until you reach', 'until you get to', 'as far as', 'up to')} {the(part.until)}"
        else:
            clause += f" for {_rough(part.distance)} metres"
        clauses.append(clause)
    return f"{_join(clauses, pick)} {_stop(way, place, pick)}"


def _steps(way: Way, place: str, rng: np.random.Generator) -> str:
    """One sentence a leg, counted."""
    pick = partial(_pick, rng)
    lines = []
    for index, part in enumerate(way.stretches):
        last = index == len(way.stretches) - 1
        opening = "First, " if index == 0 else pick("Finally, ", "At last, ") if last else pick("Next, ", "Then ")
        clause = f"{_turn_words(part.turn, index, pick)} for {pick('about ', '')}{_rough(part.distance)} metres"
        if part.until:
            clause += f" {pick('until you reach', 'to')} {the(part.until)}"
        elif part.passes:
            name, side = part.passes[0]
            clause += f", {pick('passing', 'past')} {the(name)} on your {side}"
        lines.append(f"{opening}{clause}.")
    return " ".join([f"{pick('To get to', 'To reach', 'To find')} {the(place)}, follow these steps.", *lines,
                     _stop(way, place, pick)])  # fmt: skip


TEMPLATES = (_plain, _landmarks, _steps)


def _turn_words(turn: float, index: int, pick: Pick) -> str:
    command = name_turn(turn)
    if command == "go straight":
        return pick("go straight ahead", "walk straight on") if index == 0 else pick("keep going", "go straight on")
    return f"{command} and {pick('go', 'walk')}"


def _rough(distance: float) -> str:
    return str(max(round(distance), 2) if distance < 10 else 5 * round(distance / 5))


def _join(clauses: list[str], pick: Pick) -> str:
    text = ""
    for clause in clauses:
        text += clause if not text else pick(", then ", ". Then ", ". After that, ") + clause
    return ". ".join(part[:1].upper() + part[1:] for part in text.split(". ")) + "." if text else ""


def _stop(way: Way, place: str, pick: Pick) -> str:
    side = f", {pick('on your', 'which is on your')} {way.side}" if way.side else ""
    return f"{pick('Stop in front of', 'Stop at', 'Wait in front of')} {the(place)}{side}."


def _pick(rng: np.random.Generator, *options: str) -> str:
    return options[int(rng.integers(len(options)))]
