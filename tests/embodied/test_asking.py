"""Asking: costs, needs, trust and manners, each on an episode made for it; and bounds for every input."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embodied.asking import (
    BUDGETS,
    DECAY,
    NAMES,
    WEIGHTS,
    edit_distance,
    find_asks,
    ground_answer,
    tell_kind,
)  # fmt: skip
from embodied.log import EpisodeLog
from embodied.metrics import score

FloatArray = npt.NDArray[np.float64]
GOAL = (30.0, 0.0)
POLITE = "Excuse me, where is the bakery?"


def drive(*corners: tuple[float, float], speed: float = 1.0, pause: float = 0.0) -> FloatArray:
    """Return positions every 0.5 s along corners, after standing for `pause` seconds."""
    points = np.array(corners)
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    gone = np.arange(0.0, along[-1] + 1e-9, 0.5 * speed)
    path = np.stack([np.interp(gone, along, axis) for axis in points.T], axis=1)
    return np.concatenate([np.repeat(path[:1], round(pause / 0.5), axis=0), path])


def make_log(
    path: FloatArray,
    *,
    person: tuple[float, float, float] = (1.5, 0.0, math.pi),
    activity: str = "walk",
    reason: str = "stop",
    **reset: Any,
) -> EpisodeLog:
    """Log a robot on `path` every 0.5 s with person 7 at (x, y, yaw); the ground is open: geodesic = Euclid."""
    log = EpisodeLog({"robot_max_speed": 1.0})
    log.event(
        0, 0.0, "reset", start=[*path[0], 0.0], goal=GOAL, success_radius=3.0, reference_path=[path[0], GOAL],
        geodesic_distance=math.dist(path[0], GOAL), **reset,
    )  # fmt: skip
    for step, (x, y) in enumerate(path):
        log.append(
            step=step, time=0.5 * step, entity=[0, 7], kind=["robot", "human"], x=[x, person[0]], y=[y, person[1]],
            z=[0, 0], yaw=[0.0, person[2]], vx=[0, 0], vy=[0, 0], radius=[0.27, 0.25], goal_x=[GOAL[0], np.nan],
            goal_y=[GOAL[1], np.nan], activity=["drive", activity], group=[-1, -1], seen_by_robot=[False, True],
            contact=[-1, -1], goal_distance=[math.dist((x, y), GOAL), np.nan],
        )  # fmt: skip
    log.event(len(path) - 1, 0.5 * (len(path) - 1), "episode_end", reason=reason)
    return log


def ask(log: EpisodeLog, time: float, text: str = POLITE, seconds: float = 6.0, **answer: Any) -> EpisodeLog:
    """Let the robot ask person 7, who answers after two seconds, until `seconds` after the question began."""
    end = log.events.pop()
    log.event(round(time / 0.5), time, "speech", speaker=0, hearers=[7], text=text, act="ask", start=time, end=time + 2)
    if answer:
        log.event(round(time / 0.5) + 4, time + 2, "answer", entity=7, question=text, **answer)
        log.event(
            round(time / 0.5) + 4, time + 2, "speech", speaker=7, hearers=[0], text="That way.", act="answer",
            start=time + 2.4, end=time + seconds,
        )  # fmt: skip
    log.events.append(end)
    return log


STRAIGHT = drive((0, 0), (30, 0), pause=6.0)
TRUE_ROUTE = [[1.5, 0.0], [30.0, 0.0]]
WRONG_ROUTE = [[1.5, 0.0], [1.5, 20.0]]


@pytest.mark.parametrize("count", range(6))
def test_success_and_its_price(count: int) -> None:
    log = make_log(drive((0, 0), (30, 0), pause=30.0))
    for number in range(count):
        ask(log, 6.0 * number, truth="true", route=TRUE_ROUTE)
    values = score(log)
    used = [float(count <= k) for k in BUDGETS]
    assert [values[f"sr_at_{k}"] for k in BUDGETS] == used
    assert values["auc_ask"] == pytest.approx((sum(used) + 1) / 5)
    assert values["inquiries"] == count
    assert values["ask_time"] == pytest.approx(6.0 * count)
    assert values["sin_inv1p"] == pytest.approx(1 / (1 + count))
    assert values["sin_exp"] == pytest.approx(math.exp(-DECAY * count))
    assert values["wsr_prod"] == pytest.approx((1 - WEIGHTS["route"]) ** count)
    assert values["wsr_sum"] == pytest.approx(1 - WEIGHTS["route"] * count)
    assert values["spl_t"] == pytest.approx(30 / (30 + 6 * count))  # standing for no reason is not counted there
    assert values["stl"] == pytest.approx(30 / 60)


def test_failure_earns_nothing() -> None:
    values = score(ask(make_log(STRAIGHT, reason="timeout"), 0.0, truth="true", route=TRUE_ROUTE))
    for name in ("sr_at_4", "auc_ask", "spl_t", "wsr_prod", "wsr_sum", "sin_inv1p", "sin_exp"):
        assert values[name] == 0.0, name


def test_without_a_question_nothing_is_said_about_trust_or_manners() -> None:
    values = score(make_log(STRAIGHT))
    assert values["inquiries"] == values["ask_time"] == 0.0
    assert not values.keys() & {"ask_precision", "politeness", "trust_brier", "addressee_choice", "over_asking"}


@pytest.mark.parametrize(
    ("truth", "route", "brier", "followed"),
    [
        ("true", TRUE_ROUTE, 0.0, ("followed_true", 1.0)),
        ("partial", TRUE_ROUTE, 0.0, ("followed_true", 1.0)),
        ("false", TRUE_ROUTE, 1.0, ("followed_false", 1.0)),
        ("true", WRONG_ROUTE, 1.0, ("followed_true", 0.0)),
        ("false", WRONG_ROUTE, 0.0, ("followed_false", 0.0)),
    ],
)
def test_trust_is_right_or_wrong(truth: str, route: Any, brier: float, followed: tuple[str, float]) -> None:
    values = score(ask(make_log(STRAIGHT), 0.0, truth=truth, route=route))
    assert values["trust_brier"] == brier
    assert values[followed[0]] == followed[1]


@pytest.mark.parametrize("answer", [{"truth": "unknown"}, {"truth": "refused"}, {}, {"truth": "true", "route": []}])
def test_answers_without_a_way_say_nothing_about_trust(answer: dict[str, Any]) -> None:
    assert "trust_brier" not in score(ask(make_log(STRAIGHT), 0.0, **answer))


def test_recovery_from_a_false_answer() -> None:
    path = drive((0, 0), (1.5, 0), (1.5, 10), (1.5, 0), (30, 0), pause=6.0)
    values = score(ask(make_log(path), 0.0, truth="false", route=WRONG_ROUTE))
    assert (values["followed_false"], values["misdirection_recovery"]) == (1.0, 1.0)
    assert values["misdirection_extra"] == pytest.approx(20.0, abs=0.1)
    lost = score(ask(make_log(path[:40], reason="timeout"), 0.0, truth="false", route=WRONG_ROUTE))
    assert lost["misdirection_recovery"] == 0.0
    honest = score(ask(make_log(STRAIGHT), 0.0, truth="true", route=TRUE_ROUTE))
    assert "misdirection_recovery" not in honest


def test_a_question_pays_when_the_way_becomes_better() -> None:
    def precision(path: FloatArray, time: float) -> float:
        return score(ask(make_log(path), time, truth="true", route=TRUE_ROUTE))["ask_precision"]

    astray = drive((0, 0), (0, 15))
    turned = np.concatenate([astray, np.repeat(astray[-1:], 12, axis=0), drive((0, 15), (30, 0))[1:]])
    assert precision(turned, 15.0) == 1.0
    assert precision(np.concatenate([astray, np.repeat(astray[-1:], 12, axis=0), drive((0, 15), (0, 30))]), 15.0) == 0.0
    on_the_way = np.concatenate([drive((0, 0), (12, 0)), np.full((12, 2), (12.0, 0.0)), drive((12, 0), (30, 0))[1:]])
    assert precision(on_the_way, 12.0) == 0.0  # it would have gone there anyway
    unanswered = score(ask(make_log(turned), 15.0))
    assert unanswered["ask_precision"] == 0.0


def test_declared_belief_becomes_surer() -> None:
    log = make_log(STRAIGHT)
    ask(log, 2.0, truth="true", route=TRUE_ROUTE)
    assert "ask_precision_entropy" not in score(log)
    log.event(2, 2.0, "note", belief_entropy=3.0)
    log.event(18, 9.0, "note", belief_entropy=2.91)
    assert score(log)["ask_precision_entropy"] == 0.0
    log.events[-1]["belief_entropy"] = 2.8
    assert score(log)["ask_precision_entropy"] == 1.0


def test_need_and_needless_questions() -> None:
    points = [
        {"position": [10.0, 0.0], "ambiguous": True}, {"position": [20.0, 0.0], "ambiguous": False},
        {"position": [10.0, 40.0], "ambiguous": True},
    ]  # fmt: skip
    path = drive((0, 0), (30, 0))

    def run(*times: float) -> dict[str, float]:
        log = make_log(path, decision_points=points)
        for time in times:
            ask(log, time, seconds=3.0, truth="true", route=TRUE_ROUTE)
        return score(log)

    assert (run(9.0)["need_recall"], run(9.0)["over_asking"]) == (1.0, 0.0)
    assert (run(20.0)["need_recall"], run(20.0)["over_asking"]) == (0.0, 1.0)
    assert (run(9.0, 20.0)["need_recall"], run(9.0, 20.0)["over_asking"]) == (1.0, 0.5)
    assert run()["need_recall"] == 0.0 and "over_asking" not in run()
    assert "need_recall" not in score(make_log(path, decision_points=points[1:]))  # never came to an ambiguous one
    assert "need_recall" not in score(make_log(path))


@pytest.mark.parametrize(
    ("person", "activity", "text", "polite"),
    [
        ((1.5, 0.0, math.pi), "walk", POLITE, 1.0),
        ((1.5, 0.0, math.pi - 1.0), "stand", POLITE, 1.0),
        ((1.5, 0.0, 0.0), "walk", POLITE, 0.0),  # from behind
        ((0.7, 0.0, math.pi), "walk", POLITE, 0.0),  # too close
        ((2.5, 0.0, math.pi), "walk", POLITE, 0.0),  # from afar
        ((1.5, 0.0, math.pi), "talk", POLITE, 0.0),  # busy
        ((1.5, 0.0, math.pi), "walk", "Where is the bakery?", 0.0),  # curt
    ],
)
def test_manners(person: tuple[float, float, float], activity: str, text: str, polite: float) -> None:
    log = make_log(STRAIGHT, person=person, activity=activity)
    assert score(ask(log, 0.0, text, truth="true", route=TRUE_ROUTE))["politeness"] == polite


def test_whom_to_ask() -> None:
    log = make_log(STRAIGHT)
    ask(log, 0.0, truth="true", route=TRUE_ROUTE, knows=True)
    ask(log, 8.0, truth="unknown", knows=False)
    ask(log, 16.0)
    assert score(log)["addressee_choice"] == 0.5


def test_questions_are_joined_with_their_answers() -> None:
    log = make_log(STRAIGHT)
    ask(log, 0.0, truth="true", route=TRUE_ROUTE)
    ask(log, 8.0, "Is this the bakery?")
    ask(log, 12.0, "Hello there", seconds=5.0, truth="refused")
    first, second, third = find_asks(log)
    assert (first.time, first.end, first.kind, first.addressee, first.answer["truth"]) == (0.0, 6.0, "route", 7, "true")
    assert (second.time, second.end, second.kind, dict(second.answer)) == (8.0, 10.0, "confirmation", {})
    assert (third.end, third.kind, third.answer["truth"]) == (17.0, "other", "refused")
    assert find_asks(EpisodeLog()) == []


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Excuse me, how do I get to the library?", "route"),
        ("Sorry, which way is it to the pharmacy?", "route"),
        ("Excuse me, is this the way to the station?", "confirmation"),
        ("Which one of the two bakeries do you mean?", "disambiguation"),
        ("What is next to the post office?", "landmark"),
        ("Do you work here?", "identity"),
        ("Nice weather.", "other"),
    ],
)
def test_kinds_of_questions(words: str, kind: str) -> None:
    assert tell_kind(words) == kind
    assert kind in WEIGHTS


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_bounds_hold_for_every_episode(seed: int) -> None:
    rng = np.random.default_rng(seed)
    corners = [(0.0, 0.0), *(tuple(point) for point in rng.uniform((-5, -8), (33, 8), (3, 2)))]
    log = make_log(drive(*corners, speed=0.9), reason=str(rng.choice(["stop", "timeout"])))  # type: ignore[arg-type]
    last = log.events[-1]["time"]
    for time in np.sort(rng.uniform(0, last, rng.integers(0, 6))):
        route = rng.uniform(-5, 30, (rng.integers(0, 4), 2)).tolist()
        truth = str(rng.choice(["true", "partial", "false", "unknown", "refused"]))
        ask(log, float(time), truth=truth, route=route, knows=bool(rng.random() < 0.5))
    values = score(log)
    for name in NAMES.keys() & values.keys() - {"inquiries", "ask_time", "misdirection_extra"}:
        assert 0.0 <= values[name] <= 1.0, name
    assert values["sr_at_0"] <= values["sr_at_1"] <= values["sr_at_2"] <= values["sr_at_4"] <= values["sr"]
    assert values["sr_at_0"] <= values["auc_ask"] <= values["sr"]
    for name in ("spl_t", "wsr_sum", "wsr_prod", "sin_inv1p", "sin_exp", "stl"):
        assert values[name] <= values["sr"], name
    assert values["wsr_sum"] <= values["wsr_prod"] + 1e-12  # Weierstrass
    assert values.get("misdirection_extra", 0.0) >= -1e-9


def test_words_of_an_answer_against_the_way() -> None:
    words = "Turn left, go straight past the bakery, then right. The bank is on your left."
    perfect = ground_answer(words, ["left", "straight", "right"], ["bakery", "bank"])
    assert perfect == {"turn_error": 0.0, "landmark_recall": 1.0}
    assert ground_answer(words, ["right", "straight", "left"], ["kiosk", "bank"]) == {
        "turn_error": pytest.approx(2 / 3), "landmark_recall": 0.5,
    }  # fmt: skip
    assert ground_answer("No idea.", [], []) == {"turn_error": 0.0}
    assert ground_answer("No idea.", ["left"], []) == {"turn_error": 1.0}


@given(
    first=st.lists(st.sampled_from("lrs"), max_size=7),
    second=st.lists(st.sampled_from("lrs"), max_size=7),
)
def test_edit_distance_is_a_metric(first: list[str], second: list[str]) -> None:
    distance = edit_distance(first, second)
    assert distance == edit_distance(second, first)
    assert (distance == 0) == (first == second)
    assert abs(len(first) - len(second)) <= distance <= max(len(first), len(second))
