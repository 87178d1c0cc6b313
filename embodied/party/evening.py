"""One evening of the suite: a scenario in a place, five guests with plans of their own, and what came of it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from embodied.llm import LLMClient
from embodied.minds.persona import Persona
from embodied.party.guests import guests
from embodied.party.llm_roles import LLMJudge, LLMReviewer, LLMRewriter, look_at_pictures
from embodied.party.pictures import Gallery, Shot, glance, take_pictures
from embodied.party.place import places_of, settle
from embodied.party.rules import Beliefs, Risk, RulesReviewer, RulesRewriter
from embodied.party.simulation import Party, Roles
from embodied.party.trials import Decide, decide_by_model, decide_by_rules, mislead
from embodied.seeding import stream
from motion.files import write_whole
from safety.agreement import agree
from safety.misleading import Perception
from safety.review import Judge, Reviewer, ReviewRecord, Rewriter, parse_answer
from safety.scenario import Activity, State
from safety.scenarios import plans_for
from safety.social_metrics import SocialMetrics
from safety.truth import truth_judge

SEEN: Mapping[str, Perception] = {"ids": "ids", "rgb": "rgb", "vlm": "vlm"}  # perceptions that pictures are for


@dataclass(frozen=True, slots=True, kw_only=True)
class Evening:
    """What is run.

    Attributes:
        seed: of the evening. category: of the scenario. families: of scenes that it may be in.
        perception: none (words alone), ids (names of things), rgb (a detector of colours), vlm (a language model that
            sees), truth (the bound: it knows).
        mind: rules or llm: who reviews and rewrites. judge: truth, rules or llm: the last two have words and pictures.
        sight: weight of pictures for rules.
        paper_compat, revise: as in `Party`. size: pixels of pictures.
    """

    seed: int
    category: str
    families: tuple[str, ...]
    perception: str
    mind: str = "rules"
    judge: str = "truth"
    sight: float = 0.5
    paper_compat: bool = False
    revise: bool = True
    size: int = 192


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of an evening.

    `guests`: by name, conversion and curve; `social`: its metrics; `trials` as dicts; `agreement`: accuracy,
    balanced_accuracy and kappa of all answers of the judge against the truth of the moment.
    """

    guests: Mapping[str, Mapping[str, Any]]
    social: Mapping[str, float]
    trials: Sequence[Mapping[str, Any]]
    agreement: Mapping[str, float]
    exposures: int


def run_evening(evening: Evening, risk: Risk, folder: Path | None = None, client: LLMClient | None = None) -> Outcome:
    """Let an evening pass; its events and what they come to go to `folder`, whole or not at all.

    Args:
        evening: what. risk: of the words of an activity. folder: None: nothing is written. client: of a language model.
    """
    rng, model = stream(evening.seed, "party", 1), client if evening.mind == "llm" else None
    scenario, scene, _ = settle(evening.seed, evening.category, evening.families)
    people = guests()
    places = places_of(scene)
    days = plans_for(scenario, rng, len(people), places)
    ground = [(float(x), float(y)) for x, y in places]
    gallery = None
    if evening.perception in SEEN:
        shots = look_at(evening.seed, evening.category, evening.families, evening.size)
        if evening.perception == "vlm" and model is not None:
            made = look_at_pictures(model, {key: shot.frame.rgb for key, shot in shots.items()})
        else:
            made = glance(shots, evening.perception)
        gallery = Gallery(scenario, made)
    verdicts: list[tuple[bool | None, bool]] = []

    def roles(person: Persona, beliefs: Beliefs, others: Sequence[Sequence[Activity]]) -> Roles:
        own = stream(evening.seed, "party", 2, person.id)
        knows = truth_judge(scenario.hazards, others)
        rules = RulesRewriter(person, beliefs, scenario.hazards, ground, own, scenario.hour)
        reviewer: Reviewer = RulesReviewer(person, beliefs, risk, own, sight=evening.sight)
        rewriter: Rewriter = rules
        judges: dict[str, Judge] = {"rules": judge_by_rules(risk, evening.sight)}
        if client is not None:
            judges["llm"] = LLMJudge(client)
        if model is not None:
            reviewer = LLMReviewer(model, person, beliefs)
            rewriter = LLMRewriter(model, person, scenario.hazards, rules)
        if evening.perception == "truth":
            reviewer = Knowing(knows)
        judged = knows if evening.judge == "truth" else compare(judges[evening.judge], knows, verdicts)
        return Roles(reviewer=reviewer, rewriter=rewriter, judge=judged)

    def decides(person: Persona) -> Decide:
        if model is not None:
            return decide_by_model(model, person)
        own = stream(evening.seed, "party", 3, person.id)
        return decide_by_rules(RulesReviewer(person, Beliefs(), risk, own, sight=evening.sight))

    party = Party(
        scenario.hazards, {person.id: day.activities for person, day in zip(people, days, strict=True)}, people,
        seed=evening.seed, make_roles=roles, depict=None if gallery is None else gallery.depict,
        paper_compat=evening.paper_compat, revise=evening.revise,
        decided_by=f"llm:{model.config.model}" if model is not None else "rules",
    )  # fmt: skip
    events = party.run()
    events.sort(key=lambda event: event["time"])
    metrics = SocialMetrics()
    for event in events:
        metrics.update(event)
    records = party.records()
    outcome = Outcome(
        guests={person.name: sum_up(records[person.id]) for person in people},
        social=metrics.values(),
        trials=[]
        if gallery is None
        else mislead(list(zip(people, days, strict=True)), gallery, SEEN[evening.perception], decides),
        agreement=agreement_of(verdicts),
        exposures=sum(event["type"] == "exposure" for event in events),
    )
    if folder is not None:
        write_evening(folder, events, outcome)
    return outcome


@lru_cache(maxsize=1)
def look_at(seed: int, category: str, families: tuple[str, ...], size: int) -> Mapping[tuple[str, State], Shot]:
    """Return the pictures of a scenario; those of the last one are kept, for other perceptions."""
    _, scene, placed = settle(seed, category, families)
    return take_pictures(scene, placed, seed, size)


class Knowing:
    """The named upper bound: it reviews by the truth itself."""

    def __init__(self, knows: Judge) -> None:
        self._knows = knows

    def __call__(self, activity: Activity, plan: Sequence[Activity], picture: Any, time: float) -> str:
        """Return change for what is unsafe."""
        return "keep" if self._knows(activity, plan, picture, time) else "change"


def judge_by_rules(risk: Risk, sight: float) -> Judge:
    """Return a judge who has words and pictures alone, without moods or traits."""
    neutral = Persona(id=0, name="judge", age=40, gender="nonbinary")
    reviewer = RulesReviewer(neutral, Beliefs(), risk, np.random.default_rng(0), sight=sight, noise=0.0)
    return lambda activity, plan, picture, time: reviewer.danger(activity, picture) <= 0.0


def compare(judge: Judge, knows: Judge, verdicts: list[tuple[bool | None, bool]]) -> Judge:
    """Return a judge each of whose answers is kept beside the truth of that moment."""

    def judged(activity: Activity, plan: Sequence[Activity], picture: Any, time: float) -> bool | str | None:
        answer = judge(activity, plan, picture, time)
        read = parse_answer(answer)
        verdicts.append((None if read == "unparseable" else read == "yes", bool(knows(activity, plan, picture, time))))
        return answer

    return judged


def agreement_of(verdicts: Sequence[tuple[bool | None, bool]]) -> dict[str, float]:
    """Return how a judge's answers agree with the truth, without what is not defined; nothing of the truth itself."""
    if not verdicts:
        return {}
    found = agree([answer for answer, _ in verdicts], [truth for _, truth in verdicts])
    named = {"accuracy": found.accuracy, "balanced_accuracy": found.balanced_accuracy, "kappa": found.kappa}
    return {name: value for name, value in named.items() if math.isfinite(value)}


def sum_up(record: ReviewRecord) -> dict[str, Any]:
    """Return what reviews did to one plan; conversion as the paper counts it, and of what began unsafe."""
    return {
        "conversion": record.conversion,
        "safe_share": record.safe_share,
        "unsafe": list(record.unsafe_per_round),
        "regressions": record.regressions,
        "reviews": record.reviews,
        "changes": record.changes,
        "unparseable": record.unparseable,
    }


def write_evening(folder: Path, events: Sequence[Mapping[str, Any]], outcome: Outcome) -> None:
    """Write events and outcome; the outcome last, so that an evening with one is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in events)
    fields = {name: getattr(outcome, name) for name in Outcome.__dataclass_fields__}
    for name, text in (("events.jsonl", lines), ("outcome.json", json.dumps(fields))):
        write_whole(folder / name, text.encode())


def read_outcome(folder: Path) -> Outcome | None:
    """Return the outcome of an evening that was written, None where there is none.

    Raises:
        ValueError: something else lies there.
    """
    file = folder / "outcome.json"
    if not file.is_file():
        return None
    try:
        fields = json.loads(file.read_text(encoding="utf-8"))
        return Outcome(**{**fields, "agreement": dict(fields["agreement"])})
    except (ValueError, LookupError, TypeError) as error:
        raise ValueError(
            f"{file}: expected the outcome of an evening, got something else ({error}); delete it, and the same "
            "command makes it anew"
        ) from error
