"""The table: what is believed about trust, that looking ahead pays where trust moves, and only there."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.table_clearing import measure, play
from embodied.minds.demography import read_demography
from embodied.minds.encounter import TrustTraits
from embodied.minds.foresight import Foresight
from embodied.minds.human_model import RobotAction, RulesHumanModel, Situation
from embodied.minds.human_model_rollout import RolloutHumanModel
from embodied.minds.persona import TRAITS, Persona
from embodied.minds.population import draw_people
from embodied.minds.table_clearing import (
    LEVELS,
    TABLE,
    THINGS,
    TableClearing,
    TablePerson,
    TableState,
    TrustModel,
    clear_table,
    most_valuable,
    plan_ahead,
)
from embodied.results import write_results
from embodied.seeding import stream
from embodied.statistics import compare


class Fixed:
    """Foretells the same whatever is seen."""

    name = "fixed"

    def __init__(self, accept: float) -> None:
        self.accept, self.asked = accept, 0

    def predict(self, situation: Situation, action: RobotAction) -> dict[str, float]:
        self.asked += 1
        return {"accept": self.accept, "intervene": 1.0 - self.accept}


def persona(**traits: int) -> Persona:
    return Persona(id=1, name="Ana", age=40, gender="woman", traits={**dict.fromkeys(TRAITS, 3), **traits})


def trust_of(state: TableState) -> float:
    return float(np.dot(state.belief, np.linspace(0.0, 1.0, LEVELS)))


def test_beliefs_rise_with_success_and_fall_with_failure() -> None:
    case = TableClearing(RulesHumanModel())
    start = case.start()
    assert start.left == TABLE and trust_of(start) == pytest.approx(0.4, abs=0.03)
    success, failure, gone = (case.after(start, "glass", outcome) for outcome in ("success", "failure", "intervened"))
    assert trust_of(success) > trust_of(start) + 0.1
    assert trust_of(failure) < trust_of(success) - 0.3
    assert trust_of(gone) < trust_of(start), "who takes it away trusts less, as one learns"
    assert success.left == failure.left == gone.left == ("bottle", "bottle", "bottle", "can")


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(["success", "failure", "intervened"]), max_size=5), st.permutations(TABLE))
def test_beliefs_stay_beliefs(outcomes: list[str], order: list[str]) -> None:
    case = TableClearing(RulesHumanModel())
    state = case.start()
    for name, outcome in zip(order, outcomes, strict=False):
        state = case.after(state, name, outcome)  # type: ignore[arg-type]
        assert sum(state.belief) == pytest.approx(1.0, abs=1e-6) and min(state.belief) >= 0.0
        if state.left:
            assert sum(case.predict(state, state.left[0]).values()) == pytest.approx(1.0)


def test_the_model_is_asked_once_for_each_level_and_thing() -> None:
    model = Fixed(0.5)
    case = TableClearing(model)
    Foresight(case, 5).value(case.start())
    assert model.asked == LEVELS * len(THINGS)


def test_values_in_closed_form_where_trust_does_not_matter() -> None:
    worth = {name: thing.skill * thing.value - (1.0 - thing.skill) * thing.loss for name, thing in THINGS.items()}
    for accept in (0.0, 0.3, 1.0):
        case = TableClearing(Fixed(accept))
        expected = accept * sum(worth[name] for name in TABLE)
        assert Foresight(case, len(TABLE)).value(case.start()) == pytest.approx(expected)
        assert Foresight(case, 9).value(case.start()) == pytest.approx(expected), "there is no more than the table"
    assert TableClearing(Fixed(1.0)).actions(case.start()) == ("bottle", "can", "glass")


def expected_of(case: TableClearing, state: TableState, order: tuple[str, ...]) -> float:
    """Return what a fixed order brings on average, by going through all outcomes."""
    if not order:
        return 0.0
    total = 0.0
    for response, likely in case.predict(state, order[0]).items():
        for effect in case.effects(state, order[0], response):
            total += likely * effect.probability * (effect.reward + expected_of(case, effect.state, order[1:]))
    return total


def test_planning_is_at_least_as_good_as_every_fixed_order() -> None:
    case = TableClearing(RulesHumanModel())
    start = case.start(("bottle", "can", "glass"))
    orders = {order: expected_of(case, start, order) for order in permutations(start.left)}
    planner = Foresight(case, 3)
    assert planner.value(start) >= max(orders.values()) - 1e-9
    assert planner.choose(start) == max(orders, key=orders.__getitem__)[0] == "bottle"
    assert planner.value(start) > orders["glass", "can", "bottle"] + 0.3
    one = case.start(("glass",))
    assert Foresight(case, 3).value(one) == pytest.approx(expected_of(case, one, ("glass",)))


def test_people_trust_as_they_are() -> None:
    wary, bold = TrustTraits.of(persona(caution=5, boldness=1)), TrustTraits.of(persona(caution=1, boldness=5))
    assert wary.start < bold.start and wary.loss > bold.loss and wary.care > bold.care
    assert TrustTraits.of(persona(helpfulness=5)).need > TrustTraits.of(persona(helpfulness=1)).need
    for traits in (wary, bold):
        assert traits.log_odds(0.8, 0.0) > traits.log_odds(0.3, 0.0) > traits.log_odds(0.3, 1.0)
        after = {
            outcome: np.mean([traits.after(0.5, outcome, 0.5, stream(0, "minds", k)) for k in range(50)])
            for outcome in ("success", "failure", "intervened")
        }
        assert after["failure"] < after["intervened"] < after["success"]
        assert after["intervened"] == pytest.approx(0.5, abs=0.02)
        assert 0.0 <= traits.after(0.0, "failure", 1.0, stream(0, "minds")) <= 1.0


def test_a_table_is_cleared_to_the_end_and_adds_up() -> None:
    case = TableClearing(RulesHumanModel())
    policy = plan_ahead(case, 3)
    for seed in range(15):
        runs = [
            clear_table(case, policy, TablePerson(persona(), stream(seed, "minds")), stream(seed, "task"))
            for _ in range(2)
        ]
        assert runs[0] == runs[1]
        done = runs[0]
        assert sorted(done.order) == sorted(TABLE) and len(done.outcomes) == len(TABLE) and 0.0 <= done.trust <= 1.0
        gains = {
            "success": lambda thing: thing.value,
            "failure": lambda thing: -thing.loss,
            "intervened": lambda _: 0.0,
        }
        assert done.score == pytest.approx(
            sum(gains[outcome](THINGS[name]) for name, outcome in zip(done.order, done.outcomes, strict=True))
        )
        counts = done.metrics()
        assert counts["cleared"] + counts["dropped"] + counts["interventions"] == len(TABLE)


@pytest.mark.parametrize("model", ["rules", "rollout"])
def test_looking_ahead_beats_the_myopic_robot_where_trust_moves_and_only_there(model: str) -> None:
    people = draw_people(read_demography(), 120, stream(41, "minds"))
    foretold = RulesHumanModel() if model == "rules" else RolloutHumanModel(stream(42, "agent"), rollouts=60)
    case = TableClearing(foretold)
    ahead, myopic, blind, ahead_steady, myopic_steady = (
        [one.metrics() for one in play(case, policy, people, 41, steady=steady)]
        for policy, steady in (
            (plan_ahead(case, 5), False), (plan_ahead(case, 1), False), (most_valuable, False),
            (plan_ahead(case, 5), True), (plan_ahead(case, 1), True),
        )
    )  # fmt: skip
    gain, over_blind, steady = (
        compare(first, second, stream(0, "statistics"), metric="score", name="gain")
        for first, second in ((ahead, myopic), (ahead, blind), (ahead_steady, myopic_steady))
    )
    assert gain["gain"]["lo"] > 0.2 and gain["gain_p"]["value"] < 0.01
    assert over_blind["gain"]["lo"] > 0.5
    assert np.mean([one["best_at"] for one in ahead]) > np.mean([one["best_at"] for one in blind]) + 1.0
    assert steady["gain"]["value"] < 0.15 and steady["gain"]["hi"] < 0.45


def test_the_benchmark_writes_rows(tmp_path: object) -> None:
    people = draw_people(read_demography(), 6, stream(5, "minds"))
    rows = measure([RulesHumanModel()], people, 5)
    assert {row["agent"] for row in rows} == {
        "any_thing", "most_valuable", "horizon_1", "horizon_2", "horizon_3", "horizon_5",
    }  # fmt: skip
    path = tmp_path / "results.json"  # type: ignore[operator]
    write_results(path, verb="bench", command="x", seed=0, seconds=0.0, rows=rows, files={})
    assert path.is_file()


def test_unknown_things_are_refused_and_levels_move_as_they_should() -> None:
    with pytest.raises(ValueError, match="expected some of bottle, can, glass, got plate"):
        TableClearing(Fixed(1.0)).start(("plate",))
    for outcome in ("success", "failure", "intervened"):
        moves = TrustModel().moves(outcome, 0.5)  # type: ignore[arg-type]
        assert moves.shape == (LEVELS, LEVELS) and moves.sum(axis=1) == pytest.approx(np.ones(LEVELS))
