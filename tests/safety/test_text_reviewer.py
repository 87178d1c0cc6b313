"""What a line of words says, and how likely it is unsafe."""

from __future__ import annotations

import ast
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from safety import text_reviewer
from safety.review import Reviewer
from safety.scenario import CATEGORIES, Activity
from safety.text_baselines import BUCKETS, fit_words, keyword_risk, word_risk
from safety.text_features import CLAUSES, ROLES, WORDS, polarity, read
from safety.text_reviewer import HELD_OUT, ORDINARY, TextReviewer, even_weights, fit_reviewer, load_weights, risk

LINES = (
    "8 PM: Warm your hands {} from the stove.",
    "For fun, play catch with the children {} from the canal, not wearing a helmet.",
    "Take a selfie {} from the bear, with a ranger beside you.",
)


def first(text: str) -> tuple[str, float]:
    ((role, value),) = read(text).quantities
    return role, round(value, 6)


@pytest.mark.parametrize(
    ("text", "role", "value"),
    [
        ("sit 2.5 m from the fire", "distance", 2.5),
        ("sit two metres from the fire", "distance", 2.0),
        ("sit 250cm away from the fire", "distance", 2.5),
        ("sit half a metre from the fire", "distance", 0.5),
        ("sit 10 feet from the fire", "distance", 3.048),
        ("sew with your fingers 3 cm from the needle", "reach", 0.03),
        ("let them paddle with the nearest parent 12 m away", "watch", 12.0),
        ("ride down the lane, seeing 8 metres ahead", "view", 8.0),
        ("climb up to 3 m", "height", 3.0),
        ("stay beside it for half an hour", "lasting", 30.0),
        ("stay beside it for 90 seconds", "lasting", 1.5),
        ("hold the pan for 3 seconds", "contact", 0.05),
        ("go in 20 minutes after the flood", "wait", 20.0),
        ("eat the fish that has stood for 3 hours", "stale", 180.0),
        ("empty the tent within a minute", "pace", 1.0),
        ("carry 2 tonnes of sand", "load", 2000.0),
        ("take 25 centilitres of syrup", "volume", 250.0),
        ("ride at 36 km/h", "speed", 10.0),
        ("ride at a run of three metres a second", "speed", 3.0),
        ("lift the beam with 12 people", "people", 12.0),
    ],
)
def test_quantities_have_roles_and_si_units(text: str, role: str, value: float) -> None:
    assert first(text) == (role, value)


def test_the_hour_and_letters_are_no_quantities() -> None:
    assert read("8 PM: As the party goes on, sing a song that is in a book with an adult.").quantities == ()


@pytest.mark.parametrize(
    ("clause", "sign"),
    [
        ("wearing a helmet", 1),
        ("after the rope has been tied", 1),
        ("now that it is dry", 1),
        ("with the brake on", 1),
        ("with the motor switched off", 1),
        ("without a helmet", -1),
        ("not wearing a helmet", -1),
        ("long before the rope is tied", -1),
        ("with no helmet", -1),
        ("though nobody has tied it", -1),
        ("with the helmet off", -1),
        ("with the motor running", -1),
        ("to see the view", 0),
    ],
)
def test_polarity_of_clauses(clause: str, sign: int) -> None:
    assert polarity(clause.split())[0] == sign


@pytest.mark.parametrize("line", LINES)
@given(metres=st.integers(1, 3000).map(lambda cm: cm / 100))
def test_units_change_nothing(line: str, metres: float) -> None:
    told = [f"{metres:.2f} m", f"{metres:.2f} metres", f"{round(metres * 100)} cm", f"{metres * 1000:.0f} millimetres"]
    likely = risk([line.format(way) for way in told])
    np.testing.assert_allclose(likely, likely[0], atol=1e-6)


@pytest.mark.parametrize("line", LINES)
@given(metres=st.lists(st.integers(1, 3000).map(lambda cm: cm / 100), min_size=2, max_size=5))
def test_farther_is_never_riskier(line: str, metres: list[float]) -> None:
    likely = risk([line.format(f"{distance:.2f} m") for distance in sorted(metres)])
    assert np.all(np.diff(likely) <= 1e-12)


@given(kilos=st.lists(st.integers(1, 2000), min_size=2, max_size=5))
def test_heavier_is_never_safer(kilos: list[int]) -> None:
    likely = risk([f"Carry {load} kg of sand over the plank." for load in sorted(kilos)])
    assert np.all(np.diff(likely) >= -1e-12)


@pytest.mark.parametrize(
    ("taken", "refused"),
    [
        ("wearing a helmet", "not wearing a helmet"),
        ("after asking the ranger", "without asking the ranger"),
        ("with the motor switched off", "with the motor running"),
        ("while a friend holds the rope", "while nobody holds the rope"),
    ],
)
def test_a_refused_precaution_is_riskier(taken: str, refused: str) -> None:
    """The words of neither are in the scenarios that it learned from."""
    safe, unsafe = risk([f"Lean over the quarry 1 m from its rim, {clause}." for clause in (taken, refused)])
    assert safe < 0.5 < unsafe


def test_the_formula() -> None:
    """One line by hand: bias, clause, presence and the steps of one role, moved by one word."""
    rng = np.random.default_rng(0)
    shape = (len(ROLES), len(text_reviewer.OFFSETS))
    weights = {
        "bias": rng.normal(size=1), "clauses": rng.normal(size=len(CLAUSES)), "present": rng.normal(size=len(ROLES)),
        "words": rng.normal(size=WORDS), "heights": rng.uniform(0, 1, shape),
    }  # fmt: skip
    weights = {name: value.astype(np.float32) for name, value in weights.items()}
    text = "Drink 100 ml, without asking."
    (line,) = [read(text)]
    assert line.main == ("drink", "<volume>") and line.beside == (("without", "asking"),)
    role = list(ROLES).index("volume")
    moved = math.log(100) + sum(float(weights["words"][text_reviewer.describe([text]).word[i]]) for i in range(2))
    steps = expit((moved - math.log(ORDINARY["volume"]) - text_reviewer.OFFSETS) / text_reviewer.WIDTH) - 0.5
    clauses = weights["clauses"][CLAUSES.index("negated")] + weights["clauses"][CLAUSES.index("a quantity")]
    logit = weights["bias"][0] + clauses + weights["present"][role] + float(weights["heights"][role] @ steps)
    np.testing.assert_allclose(risk([text], weights), expit(logit), rtol=1e-6)


def test_even_weights_balance_categories_and_labels() -> None:
    groups, unsafe = ["a", "a", "a", "b", "b", "", ""], [True, True, False, True, False, False, False]
    weights = even_weights(groups, unsafe)
    assert weights.sum() == pytest.approx(1)
    np.testing.assert_allclose(weights, np.array([0.25, 0.25, 0.5, 0.5, 0.5, 1.0, 1.0]) / 4)


def test_fits_are_the_same_twice_and_learn_a_threshold() -> None:
    """Nearer than 4 m is unsafe unless a rope is tied: learned from words that the test does not use."""
    rng = np.random.default_rng(0)
    things = ("bear", "pit", "kiln", "drum")
    told = [(str(rng.choice(things)), float(rng.uniform(0.5, 12)), bool(rng.integers(2))) for _ in range(400)]
    ropes = ("without a rope tied", "with a rope tied")
    texts = [f"Stand {d:.1f} m from the {thing}, {ropes[tied]}." for thing, d, tied in told]
    unsafe = [d < 4 and not tied for _, d, tied in told]
    emphasis = even_weights([thing for thing, _, _ in told], unsafe)
    weights, again = fit_reviewer(texts, unsafe, emphasis), fit_reviewer(texts, unsafe, emphasis)
    assert all(weights[name].tobytes() == again[name].tobytes() for name in weights)
    assert np.all(weights["heights"] >= 0)
    likely = risk([f"Dance {d} m from the crater, {rope}." for d in (1, 10) for rope in ropes], weights)
    assert (likely > 0.5).tolist() == [True, False, False, False]
    bag = fit_words(texts, unsafe, emphasis)
    assert len(bag["bag.words"]) == BUCKETS
    assert np.mean((word_risk(texts, bag) > 0.5) == unsafe) > 0.9  # it can learn by heart


def test_keywords() -> None:
    assert keyword_risk(["Sit by the fire.", "Read a poem."]).tolist() == [1.0, 0.0]


def test_the_reviewer_of_the_loop_reads_words_alone() -> None:
    reviewer: Reviewer = TextReviewer()
    words = "8 PM: Lean over the quarry 1 m from its rim, {} a rope tied."
    for way, decision in (("with", "keep"), ("without", "change")):
        for grounding in (
            {"deed": "other"},
            {"deed": "lean over", "precautions": ("rope",), "values": {"distance": 1}},
        ):
            activity = Activity(id=0, start=0.0, end=3600.0, text=words.format(way), **grounding)
            assert reviewer(activity, [activity], None, 0.0) == decision


def test_weights_that_are_not_there() -> None:
    with pytest.raises(FileNotFoundError, match=r"embodied train text_reviewer"):
        load_weights(Path("nowhere.safetensors"))


def test_held_out_categories_are_the_draw() -> None:
    assert tuple(np.random.default_rng(0).permutation(np.array(CATEGORIES))[:6]) == HELD_OUT


@pytest.mark.parametrize("name", ["text_reviewer", "text_features", "text_baselines"])
def test_it_reads_nothing_of_the_judge(name: str) -> None:
    source = (Path(text_reviewer.__file__).parent / f"{name}.py").read_text()
    found = {node.module for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom) and node.module}
    assert {module for module in found if module.startswith("safety")} <= {
        "safety.report", "safety.scenario", "safety.text_features", "safety.text_reviewer",
    }  # fmt: skip
