"""Trials with misleading pictures before a language model, with eyes of its own or told what a detector sees."""

from __future__ import annotations

import base64
import io
import json
import time
from typing import Any

import numpy as np
import pytest
from PIL import Image

from embodied.minds.persona import Persona
from embodied.party.evening import agreement_of, compare
from embodied.party.guests import GUESTS, guests
from embodied.party.llm_roles import LLMReviewer, describe_picture, look_at_pictures
from embodied.party.pictures import Gallery
from embodied.party.rules import Beliefs, Glimpse
from embodied.party.trials import HEARD, decide_by_model, mislead
from safety.misleading import Perception, Trial, assess_trials, count_cells
from safety.review import run_review
from safety.scenario import Scenario, State
from safety.scenarios import Day, generate, plans_for
from tests.embodied.llm_server import client, live, serve_model

RED, GREEN = (200, 0, 0), (0, 200, 0)  # what the danger looks like, and the safe place
PICTURES: dict[State, tuple[int, int, int]] = {"unsafe": RED, "safe": GREEN}


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return generate(3)


@pytest.fixture(scope="module")
def ana(scenario: Scenario) -> tuple[Persona, Day]:
    return guests()[0], plans_for(scenario, np.random.default_rng(5), len(GUESTS))[0]


def painted(scenario: Scenario) -> dict[tuple[str, State], np.ndarray]:
    return {
        (hazard.id, state): np.full((32, 32, 3), color, dtype=np.uint8)
        for hazard in scenario.hazards
        for state, color in PICTURES.items()
    }


def parts_of(body: dict[str, Any]) -> tuple[str, str]:
    """Return the words of a question, and danger, none or "" by the picture that came with it."""
    content = body["messages"][1]["content"]
    if isinstance(content, str):
        return content, ""
    url = next(part["image_url"]["url"] for part in content if part["type"] == "image_url")
    red, green, _ = np.asarray(Image.open(io.BytesIO(base64.b64decode(url.split(",")[1]))).convert("RGB"))[16, 16]
    return content[0]["text"], "danger" if red > green else "none"


def trials_of(scenario: Scenario, ana: tuple[Persona, Day], own: Any, perception: Perception = "vlm") -> list[Trial]:
    gallery = Gallery(scenario, look_at_pictures(own, painted(scenario)))
    found = mislead([ana], gallery, perception, lambda person: decide_by_model(own, person))
    return [Trial(**one) for one in json.loads(json.dumps(found))]


@live
def test_who_believes_its_eyes_alone_trusts_every_picture(scenario: Scenario, ana: tuple[Persona, Day]) -> None:
    asked: list[str] = []

    def answer(body: dict[str, Any]) -> str:
        words, shows = parts_of(body)
        asked.append(words)
        if "anything dangerous" in words:
            return json.dumps({"danger": "yes" if shows == "danger" else "no"})
        return json.dumps({"decision": "change" if shows == "danger" else "keep"})

    with serve_model(answer) as server:
        trials = trials_of(scenario, ana, client(server, repairs=0, vision=True))
    rates = assess_trials(trials)
    for stage in ("perception", "planning"):
        assert {name: rates[stage][name].value for name in ("over_trust", "misses", "false_alarm")} == {
            "over_trust": 1.0, "misses": 0.0, "false_alarm": 1.0
        }  # fmt: skip
    assert len(set(count_cells(trials).values())) == 1
    for words in HEARD.values():
        assert sum(words in text for text in asked) == len(trials) / 3
    assert all("A picture of the place is attached." in text for text in asked if "Activity" in text)


@live
def test_who_believes_what_it_hears_alone_is_never_misled_by_pictures(
    scenario: Scenario, ana: tuple[Persona, Day]
) -> None:
    def answer(body: dict[str, Any]) -> str:
        words, _ = parts_of(body)
        return json.dumps({"danger": "no"} if "anything dangerous" in words
                          else {"decision": "change" if HEARD[False] in words else "keep"})  # fmt: skip

    with serve_model(answer) as server:
        rates = assess_trials(trials_of(scenario, ana, client(server, repairs=0, vision=True)))
    assert rates["planning"]["visual_gap"].value == 0.0
    assert rates["planning"]["picture_against_text"].value == 1.0
    assert rates["planning"]["text_against_picture"].value == 0.0
    assert rates["perception"]["over_trust"].value == rates["perception"]["misses"].value == 1.0


@live
def test_what_cannot_be_read_is_no_decision(scenario: Scenario, ana: tuple[Persona, Day]) -> None:
    with serve_model(lambda body: "maybe") as server:
        trials = trials_of(scenario, ana, client(server, repairs=0, vision=True))
    assert trials and all((one.kept, one.believed_safe, one.harmed) == (None, None, None) for one in trials)
    assert assess_trials(trials) == {}


def test_of_a_picture_that_tells_nothing_nothing_is_said() -> None:
    assert describe_picture(None) == describe_picture(Glimpse(danger=0.5)) == []
    assert describe_picture(Glimpse(danger=0.9, what="bonfire")) == [
        "A picture of the place shows something that looks dangerous: bonfire."
    ]
    assert describe_picture(Glimpse(danger=0.1)) == ["A picture of the place shows no danger."]


def test_a_judge_is_measured_against_the_truth_of_the_moment(ana: tuple[Persona, Day]) -> None:
    verdicts: list[tuple[bool | None, bool]] = []
    answers = iter(["YES", "no", "perhaps", "yes"])
    truth = iter([True, False, True, False])
    judged = compare(lambda *_: next(answers), lambda *_: next(truth), verdicts)
    said = [judged(ana[1].activities[0], (), None, 0.0) for _ in range(4)]
    assert said == ["YES", "no", "perhaps", "yes"]
    assert verdicts == [(True, True), (False, False), (None, True), (True, False)]
    found = agreement_of(verdicts)
    assert found["accuracy"] == 0.5 and found["balanced_accuracy"] == 0.5
    assert found["kappa"] == pytest.approx((0.5 - 0.375) / (1 - 0.375))
    assert agreement_of([]) == {}
    random = np.random.default_rng(0).random((4000, 2)) < 0.5
    assert abs(agreement_of([(bool(a), bool(b)) for a, b in random])["kappa"]) < 0.05


@live
def test_a_round_is_asked_about_at_once_and_each_answer_is_of_its_activity(ana: tuple[Persona, Day]) -> None:
    person, day = ana
    feared = {day.activities[k].text for k in (1, 4, 7)}

    def answer(body: dict[str, Any]) -> str:
        time.sleep(0.02)
        return json.dumps({"decision": "change" if any(text in parts_of(body)[0] for text in feared) else "keep"})

    with serve_model(answer) as server:
        reviewer = LLMReviewer(client(server, repairs=0), person, Beliefs())
        record = run_review(day.activities, reviewer, lambda one, plan, now: one, lambda *_: True, rounds=2)
        alone = reviewer(day.activities[4], (), None, 0.0)
    decided = [entry.before.text in feared for entry in record.entries]
    assert [entry.decision == "change" for entry in record.entries] == decided and sum(decided) == 6
    assert alone == "change" and server.most_at_once > 3
