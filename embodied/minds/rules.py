"""People who answer by rules and templates: no language model, a known truth for every answer."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

import numpy as np

from embodied.config import MindConfig
from embodied.drive import wrap
from embodied.episode import Decision, FloatArray, PersonObservation
from embodied.minds.dialogue import Request, match_places, understand
from embodied.minds.knowledge import Knowledge, draw_knowledge, make_liar
from embodied.minds.phrasing import Stretch, Way, mirror, tell, turn_about
from embodied.minds.skyline import Skyline
from embodied.seeding import stream
from embodied.wording import the
from scenes.routes import Route, plan_route
from scenes.scene import Scene
from scenes.walkable import Walkable

BODY = 0.25  # m, radius of a walking person
ESTIMATE = 0.15  # log-normal spread of distances that people tell
POINTING = 6.0  # m along the way: where a person points
POINTING_HEIGHT = 1.4  # m

UNKNOWN = (
    "Sorry, I don't know where that is.",
    "I'm sorry, I have no idea.",
    "No idea, sorry.",
    "I'm afraid I don't know {place}.",
    "Sorry, I don't know. Maybe ask somebody else.",
)
STRANGER = (
    "Sorry, I don't know, I'm not from here.",
    "I'm not from around here, sorry.",
    "I'm just visiting, I don't know my way around here.",
    "Sorry, I'm a stranger here myself.",
)
REFUSALS = (
    "Sorry, I'm in a hurry.",
    "I have no time, sorry.",
    "Not now, please. I'm busy.",
    "Sorry, I have to go.",
)
UNCLEAR = (
    "Sorry? Where do you want to go?",
    "Pardon? What are you looking for?",
    "Sorry, I didn't understand that. Which place do you mean?",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """The places that people can name, and what they see of them.

    Attributes:
        names: of all landmarks.
        way: (position, yaw, name) -> the way to one of them; metres and radians, world.
        ahead: (position, heading, distance, names) -> that of `names` towards which one walks, or "".
    """

    names: Collection[str]
    way: Callable[[tuple[float, float], float, str], Route]
    ahead: Callable[[tuple[float, float], float, float, Collection[str]], str]


class RulesMind:
    """One person: hears words, recognises what is asked, answers from what it knows."""

    def __init__(
        self,
        person_id: int,
        knowledge: Callable[[tuple[float, float]], Knowledge],
        town: Town,
        rng: np.random.Generator,
    ) -> None:
        """Make the mind of a person.

        Args:
            person_id: whose mind this is.
            knowledge: what the person knows, by where it is when first spoken to.
            town: the places there are.
            rng: for choices of words and estimates.
        """
        self.person_id = person_id
        self._draw = knowledge
        self._knowledge: Knowledge | None = None
        self._town = town
        self._rng = rng
        self._said: Decision | None = None

    @classmethod
    def maker(
        cls, scene: Scene, config: MindConfig, seed: int, *, false_answers: float = 0.0
    ) -> Callable[[int], RulesMind]:
        """Return what makes the mind of a person of an episode, by person_id; `false_answers` of them lie."""
        town = _town(scene)

        def make(person_id: int) -> RulesMind:
            def knowledge(position: tuple[float, float]) -> Knowledge:
                honest = draw_knowledge(
                    scene,
                    position,
                    stream(seed, "minds", person_id, 0),
                    stranger_share=config.stranger_share,
                    error_share=config.error_share,
                    refusal_share=config.refusal_share,
                )
                return make_liar(honest, scene, stream(seed, "minds", person_id, 2), false_answers)

            return cls(person_id, knowledge, town, stream(seed, "minds", person_id, 1))

        return make

    def decide(self, observation: PersonObservation) -> Decision | None:
        """Answer what was said last; None when nothing was."""
        words = [heard.text for heard in observation.heard if not heard.own]
        if not words:
            return None
        if self._knowledge is None:
            self._knowledge = self._draw(observation.position)
        decision = self._answer(understand(words[-1]), observation, self._knowledge)
        facts: dict[str, Any] = {**decision.facts, "role": self._knowledge.role}
        if goal := facts.get("goal"):
            facts["knows"] = any(self._knowledge.knows(name) for name in match_places(goal, self._town.names))
        self._said = replace(decision, facts=facts)
        return self._said

    def _answer(self, request: Request, observation: PersonObservation, knowledge: Knowledge) -> Decision:
        if not knowledge.willing and request.act in ("way", "confirm", "unclear", "repeat"):
            return self._say("refuse", self._pick(*REFUSALS), "will not answer", truth="refused", goal=request.place)
        if request.act == "repeat" and self._said is not None:
            return self._said
        if request.act == "greet":
            return self._say("greet", self._pick("Hello.", "Hello! Can I help you?", "Hi there."), "was greeted")
        if request.act in ("thanks", "bye"):
            return self._say("greet", self._pick("You're welcome.", "No problem.", "Good luck!"), "was thanked")
        if request.act not in ("way", "confirm") or not request.place:
            return self._say("clarify", self._pick(*UNCLEAR), "did not understand")
        return self._tell_way(request, observation, knowledge)

    def _tell_way(self, request: Request, observation: PersonObservation, knowledge: Knowledge) -> Decision:
        places = match_places(request.place, self._town.names)
        heard_of = [name for name in places if name in knowledge.known or name in knowledge.vague]
        if len(heard_of) > 1:
            listed = " or ".join(the(name) for name in heard_of[:3])
            return self._say("clarify", f"Which one do you mean, {listed}?", "several places fit")
        if not heard_of:
            goal = places[0] if len(places) == 1 else request.place
            options = STRANGER if knowledge.role == "stranger" else UNKNOWN
            words = self._pick(*options).format(place=the(request.place))
            return self._say("unknown", words, f"{knowledge.role}, does not know it", truth="unknown", goal=goal)
        return self._give_route(heard_of[0], observation, knowledge)

    def _give_route(self, goal: str, observation: PersonObservation, knowledge: Knowledge) -> Decision:
        here = observation.robot or observation.position
        facing = observation.yaw + math.pi  # where the listener looks: they stand face to face
        if observation.robot is not None and math.dist(here, observation.position) > 0.1:
            facing = math.atan2(observation.position[1] - here[1], observation.position[0] - here[0])
        told = knowledge.told(goal)
        route = self._town.way(here, facing, told)
        way, path, point = self._picture(route, facing, goal, knowledge), route.path, _point(route, here)
        truth = "true" if told == goal else "false"
        if knowledge.liar and told == goal and way.stretches:  # there is no other place: the other way
            way, path, point, truth = turn_about(way), 2.0 * np.asarray(here) - path, None, "false"
        elif knowledge.mixes_sides and not knowledge.liar and (mirrored := mirror(way)) != way:
            way, path, truth = mirrored, _reflect(path, here, facing), "false"
        words, whole = tell(way, goal, self._rng, hedged=knowledge.hesitant)
        vague = goal in knowledge.vague and not knowledge.liar
        if vague:
            first = Way(stretches=way.stretches[:1])
            words, whole = tell(first, goal, self._rng, hedged=True)
            words = f"{words.rsplit('. ', 1)[0].removesuffix('.')}. I don't know exactly, ask again there."
        if truth == "true" and (vague or not whole):
            truth = "partial"
        lie = knowledge.liar and truth == "false"
        return self._say(
            "answer",
            words,
            f"{knowledge.role}, {'lies' if lie else 'has an idea' if vague else 'knows'}",
            point_at=point,
            truth=truth,
            goal=goal,
            route=[[round(float(x), 3), round(float(y), 3)] for x, y in path],
            **({"lie": True} if lie else {}),
        )

    def _picture(self, route: Route, facing: float, goal: str, knowledge: Knowledge) -> Way:
        """Return the way as this person has it in mind: by landmarks it knows, with distances as it guesses them."""
        known = knowledge.known | knowledge.vague
        guesses = np.exp(self._rng.normal(0.0, ESTIMATE, size=32))
        heading, start, stretches = facing, (float(route.path[0, 0]), float(route.path[0, 1])), []
        for step, guess in zip(route.steps, guesses.tolist() * (1 + len(route.steps) // 32), strict=False):
            until = step.until if step.until in known and step.until != goal else ""
            stretches.append(
                Stretch(
                    turn=wrap(step.heading - heading),
                    distance=step.distance * guess,
                    passes=tuple((name, side) for name, side in step.passes if name in known and name != goal),
                    until=until,
                    toward="" if until else self._town.ahead(start, step.heading, step.distance, known - {goal}),
                )
            )
            heading, start = step.heading, step.end
        return Way(
            stretches=tuple(stretches),
            side=route.side if route.side in ("left", "right") else "",
            beside=route.beside if route.beside in known and route.beside != goal else "",
        )

    def _say(
        self, act: str, words: str, reason: str, *, point_at: tuple[float, float, float] | None = None, **facts: Any
    ) -> Decision:
        return Decision(
            activity="talk",
            utterance=words,
            act=act,
            point_at=point_at,
            decided_by="rules",
            generated_by="template",
            reason=reason,
            facts=facts,
        )

    def _pick(self, *options: str) -> str:
        return options[int(self._rng.integers(len(options)))]


def _reflect(path: FloatArray, here: tuple[float, float], facing: float) -> FloatArray:
    """Return a path (K, 2) with left and right exchanged, for a listener at `here` who looks along `facing`."""
    c, s = math.cos(2 * facing), math.sin(2 * facing)
    return np.asarray(here + (path - here) @ np.array([[c, s], [s, -c]]), dtype=np.float64)


def _point(route: Route, here: tuple[float, float]) -> tuple[float, float, float] | None:
    """Return what a person points at who shows the beginning of a way."""
    if not route.steps:
        return None
    start, end = np.asarray(here), np.asarray(route.steps[0].end)
    share = min(POINTING / max(float(np.hypot(*(end - start))), 1e-6), 1.0)
    x, y = start + share * (end - start)
    return float(x), float(y), POINTING_HEIGHT


@lru_cache(maxsize=2)
def _town(scene: Scene) -> Town:
    walkable = Walkable(scene.walkable, radius=BODY)
    return Town(
        names=tuple(mark.name for mark in scene.landmarks),
        way=partial(plan_route, scene, walkable),
        ahead=Skyline(scene).ahead,
    )
