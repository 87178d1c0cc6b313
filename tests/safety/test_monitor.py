"""The monitor foresees contact, separation, zones and exits by closed forms, and lets one move away from them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safety.monitor import CLEARANCE, PERSON_RADIUS, STEP, Advice, Monitor, Perceived

RADIUS = 0.3
NOBODY = np.zeros((0, 2))
WET = Perceived(kind="slip", position=(2.0, 0.0), radius=0.5)


def straight(speed: float, heading: float = 0.0, start: tuple[float, float] = (0.0, 0.0)) -> np.ndarray:
    along = speed * STEP * np.arange(21)[:, None]
    return np.asarray(start) + along * np.array([math.cos(heading), math.sin(heading)])


def check(path: np.ndarray, people: list[tuple[float, float, float, float]], *dangers: Perceived) -> Advice:
    rows = np.array(people, dtype=np.float64).reshape(-1, 4)
    return Monitor(radius=RADIUS).check(path, rows[:, :2], rows[:, 2:], dangers)


def test_the_time_to_collision_is_that_of_the_closed_form() -> None:
    advice = check(straight(1.0), [(2.0, 0.0, 0.0, 0.0)])
    found = {finding.condition: finding for finding in advice.findings}
    exact = (2.0 - RADIUS - PERSON_RADIUS) / 1.0
    assert exact <= found["time to collision"].time <= exact + STEP and found["time to collision"].source
    assert check(straight(1.0), [(0.5, 2.0, 0.0, 0.0)]).answer == "allow"  # beside the way


def test_what_is_near_is_vetoed_and_what_is_farther_revised() -> None:
    assert check(straight(1.0), [(2.3, 0.0, 0.0, 0.0)]).answer == "revise"
    assert check(straight(1.0), [(1.2, 0.0, 0.0, 0.0)]).answer == "veto"
    assert check(straight(1.0), [(4.0, 0.0, 0.0, 0.0)]).answer == "allow"


def test_who_comes_nearer_needs_more_room() -> None:
    towards, away = [(1.9, 0.0, -1.3, 0.0)], [(1.9, 0.0, 1.3, 0.0)]
    advice = check(straight(0.5), towards)
    separation = next(one for one in advice.findings if one.condition == "separation")
    stop = 0.5 / 1.0
    assert advice.answer == "veto"
    assert separation.limit == pytest.approx(1.3 * (0.1 + stop) + 0.5 * 0.1 + 0.5 * 0.5 * stop + 0.1)
    assert check(straight(0.5), away).answer == "allow"


def test_a_zone_is_kept_out_of_by_what_its_kind_needs() -> None:
    limit = WET.radius + RADIUS + CLEARANCE["slip"]
    advice = check(straight(1.0), [], WET)
    assert advice.answer == "revise" and advice.worst is not None
    assert advice.worst.condition == "danger zone" and advice.worst.limit == pytest.approx(limit)
    assert 2.0 - limit <= advice.worst.time <= 2.0 - limit + STEP
    assert check(straight(1.0, start=(1.0, 0.0)), [], WET).answer == "veto"
    assert check(straight(1.0, start=(0.0, limit + 0.01)), [], WET).answer == "allow"


def test_nobody_may_rest_before_a_way_out() -> None:
    monitor, door = Monitor(radius=RADIUS), np.array([(1.0, 0.0)])
    still = straight(0.0)
    assert monitor.check(still, NOBODY, NOBODY, exits=door).answer == "revise"
    assert monitor.check(still, NOBODY, NOBODY, exits=door + 3.0).answer == "allow"
    assert monitor.check(straight(1.0), NOBODY, NOBODY, exits=door).answer == "allow"


@given(
    st.floats(-math.pi, math.pi), st.floats(0.1, 1.5), st.floats(0.0, 2.5), st.floats(-math.pi, math.pi),
    st.floats(-3.0, 3.0), st.floats(-1.5, 1.5),
)  # fmt: skip
def test_advice_turns_with_the_world(
    turn: float, speed: float, far: float, bearing: float, x: float, pace: float
) -> None:
    spin = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    people, velocities = np.array([(x, 0.37)]), np.array([(pace, 0.11)])
    danger = (far * math.cos(bearing), far * math.sin(bearing))
    monitor, path = Monitor(radius=RADIUS), straight(speed)
    one = monitor.check(path, people, velocities, [Perceived(kind="sharp", position=danger, radius=0.6)])
    px, py = (spin @ np.array(danger)).tolist()
    moved = [Perceived(kind="sharp", position=(px, py), radius=0.6)]
    other = monitor.check(path @ spin.T, people @ spin.T, velocities @ spin.T, moved)
    margins = [abs(finding.value - finding.limit) for advice in (one, other) for finding in advice.findings]
    if min(margins, default=1.0) > 1e-6:  # not at a limit, where rounding decides
        assert one.answer == other.answer


@given(st.floats(0.1, 1.5), st.floats(0.05, 1.0), st.floats(-math.pi, math.pi))
def test_one_may_always_move_away(speed: float, far: float, bearing: float) -> None:
    here = (far * math.cos(bearing), far * math.sin(bearing))
    zone = Perceived(kind="fire", position=(0.0, 0.0), radius=1.0)
    advice = check(straight(speed, bearing, here), [(0.0, 0.0, 0.0, 0.0)], zone)
    assert advice.answer == "allow"


def test_bad_input_is_one_line() -> None:
    with pytest.raises(ValueError, match=r"radius, braking: expected numbers above 0, got 0\.0"):
        Monitor(radius=0.0)
    with pytest.raises(ValueError, match="path, people, velocities: expected"):
        Monitor(radius=RADIUS).check(straight(1.0), np.zeros((2, 2)), NOBODY)


def test_things_count_within_the_next_step_alone() -> None:
    monitor, path = Monitor(radius=RADIUS), straight(0.5)
    near, far, beside = np.array([(0.5, 0.0)]), np.array([(0.9, 0.0)]), np.array([(0.3, 0.31)])
    advice = monitor.check(path, NOBODY, NOBODY, things=near)
    assert advice.answer == "veto" and advice.findings[0].condition == "thing"
    assert monitor.check(path, NOBODY, NOBODY, things=far).answer == "allow"
    assert monitor.check(path, NOBODY, NOBODY, things=beside).answer == "allow"
    assert monitor.check(path, NOBODY, NOBODY, things=-0.1 * near).answer == "allow"  # behind: it leaves
