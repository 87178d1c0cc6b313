"""The benchmark of made crowds, the errors of replayed people, and the measures of realism."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from crowd.data import read_traj_csv
from crowd.protocol import Scenario, halves, measure_generated, nearest_tracks, scenario
from crowd.realism import (
    acceleration,
    clock_fps,
    col_share,
    diagram_distance,
    find_groups,
    fundamental_diagram,
    group_share,
    jerk,
    nearest_distances,
    nn_p5,
    replay_errors,
    speeds,
    stop_share,
    wall_transitions,
)
from crowd.site import Site
from crowd.trajectory import CrowdTrajectory

REAL = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "crowd" / "eth_ucy"
needs_recordings = pytest.mark.skipif(
    not REAL.is_dir(), reason="the recordings are not beside the checkout (shared/data/crowd)"
)
SQUARE = Site(  # 10 m x 10 m, a quadrat is 1 m x 1 m
    name="square", semantic=np.full((100, 100), 6, np.uint8), homography=np.diag([0.1, 0.1, 1.0])
)
PEOPLE = ("dens", "freq", "cov", "pop", "kinem", "dtw", "div", "col")


def crowd(*tracks, fps=1.0, rows=None):
    """Return people who each come at a row and go through points from there, one a row."""
    rows = rows or max(begin + len(points) for begin, points in tracks)
    positions = np.full((rows, len(tracks), 2), np.nan)
    for column, (begin, points) in enumerate(tracks):
        positions[begin : begin + len(points), column] = points
    return CrowdTrajectory(
        times=np.arange(rows) / fps,
        person_ids=np.arange(len(tracks)) + 10,
        positions=positions,
        valid=~np.isnan(positions).any(axis=2),
    )


def at_square(trajectory, types=None):
    pictured = trajectory.positions / 10.0
    pictured[~((pictured >= 0) & (pictured < 1)).all(axis=2)] = np.nan
    return Scenario(
        trajectory=trajectory,
        types=np.zeros(len(trajectory.person_ids), np.int64) if types is None else np.array(types, np.int64),
        pictured=pictured,
    )


def straight(start, step, n):
    return np.asarray(start, float) + np.arange(n)[:, None] * np.asarray(step, float)


def wanderers(seed=0, people=6, rows=60, fps=5.0):
    rng = np.random.default_rng(seed)
    tracks = []
    for _ in range(people):
        n = int(rng.integers(4, rows // 2))
        walk = rng.uniform(2, 8, 2) + np.cumsum(rng.normal(0, 0.1, (n, 2)) + rng.normal(0, 0.1, 2), axis=0)
        tracks.append((int(rng.integers(0, rows - n)), walk))
    return crowd(*tracks, fps=fps, rows=rows)


def turned(trajectory, angle=0.7, shift=(30.0, -4.0)):
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    return replace(trajectory, positions=trajectory.positions @ turn.T + np.array(shift))


def measure(real, made, types=None):
    return measure_generated(at_square(real), at_square(made, types))


# ---------------------------------------------------------------- scenarios


def test_a_scenario_covers_the_duration_in_the_picture_and_out_of_it():
    recorded = CrowdTrajectory(
        times=np.array([-0.4, 0.4, 1.2, 9.0]),
        person_ids=np.array([3, 5, 8]),
        positions=np.array(
            [
                [[1.0, 2.0], [np.nan] * 2, [np.nan] * 2],
                [[1.8, 2.0], [9.6, 5.0], [np.nan] * 2],
                [[2.6, 2.0], [10.4, 5.0], [np.nan] * 2],
                [[np.nan] * 2, [np.nan] * 2, [1.0, 1.0]],
            ]
        ),
        valid=np.array([[1, 0, 0], [1, 1, 0], [1, 1, 0], [0, 0, 1]], bool),
    )
    made = scenario(recorded, np.array([0, 2, 1]), SQUARE, duration=2.0, fps=5.0)
    assert made.fps == pytest.approx(5.0) and made.trajectory.times.tolist() == [k / 5 for k in range(11)]
    assert made.trajectory.person_ids.tolist() == [3, 5] and made.types.tolist() == [0, 2]  # 8 comes after the end
    assert made.trajectory.valid.sum(axis=0).tolist() == [7, 5]  # 0 to 1.2 s, 0.4 to 1.2 s
    assert made.trajectory.positions[:7, 0] == pytest.approx(straight((1.4, 2.0), (0.2, 0.0), 7))
    assert made.pictured[:7, 0] == pytest.approx(straight((0.14, 0.2), (0.02, 0.0), 7))
    assert made.pictured[2:4, 1] == pytest.approx(np.array([[0.96, 0.5], [0.98, 0.5]]))
    assert np.isnan(made.pictured[4:7, 1]).all()  # from 10 m on beyond the edge


def test_an_empty_recording_is_a_scenario_of_nobody():
    nobody = CrowdTrajectory(
        times=np.zeros(0), person_ids=np.zeros(0, np.int64), positions=np.zeros((0, 0, 2)), valid=np.zeros((0, 0), bool)
    )
    made = scenario(nobody, np.zeros(0, np.int64), SQUARE, duration=3.0, fps=2.5)
    assert made.trajectory.valid.shape == (8, 0) and made.fps == pytest.approx(2.5)


def test_halves_are_cut_in_time():
    whole = at_square(crowd((0, straight((1, 1), (0.5, 0), 9)), (6, straight((2, 2), (0, 0.5), 2))), types=[0, 1])
    first, second = halves(whole)
    assert first.trajectory.times.tolist() == second.trajectory.times.tolist() == [0, 1, 2, 3]
    assert first.trajectory.person_ids.tolist() == [10] and second.trajectory.person_ids.tolist() == [10, 11]
    assert second.types.tolist() == [0, 1] and second.trajectory.valid.sum(axis=0).tolist() == [4, 2]
    assert second.trajectory.positions[0, 0].tolist() == [3.0, 1.0]  # the ninth row is dropped


# ---------------------------------------------------------------- made crowds


def test_identical_crowds_are_best():
    one = wanderers()
    values = measure(one, one)
    assert [values[key] for key in PEOPLE[:-2]] == pytest.approx([0.0] * 6, abs=1e-12)
    assert values["div"] == 1.0
    assert set(values) == {*PEOPLE, "kinem_distance", "kinem_speed", "kinem_acceleration", "kinem_time"}


def test_quadrats_by_hand():
    real = crowd((0, [(1.5, 1.5)]), rows=4)
    made = crowd(
        (0, [(1.2, 1.2)] * 4), (0, [(1.8, 1.8)] * 4), (0, [(11.0, 1.0)] * 4)
    )  # the third is not in the picture
    values = measure(real, made, types=[0, 1, 0])
    # real .01 0 0 0; made .02 four times, of two kinds in one quadrat
    assert values["dens"] == pytest.approx(0.0175) and values["freq"] == pytest.approx(0.0175)
    assert values["cov"] == pytest.approx(0.0075)
    assert values["pop"] == pytest.approx(1.0)  # 2 against 1, empty seconds left out
    assert measure(real, made)["freq"] == pytest.approx(0.0075)  # one kind


def test_quadrats_are_sampled_once_a_second():
    real = crowd((0, [(1.5, 1.5)] * 11), fps=5.0)
    made = crowd((1, [(1.5, 1.5)] * 4), (6, [(1.5, 1.5)]), fps=5.0, rows=11)  # never on the second
    values = measure(real, made)
    assert values["dens"] == pytest.approx(0.01) and np.isnan(values["pop"])


def test_kinematics_by_hand():
    real, made = crowd((0, straight((0, 0), (1, 0), 5))), crowd((0, straight((0, 5), (0, 2), 5)))
    values = measure(real, made)
    assert [values[f"kinem_{name}"] for name in ("distance", "speed", "acceleration", "time")] == [1, 1, 0, 0]
    assert values["kinem"] == 0.5
    assert np.isinf(measure(real, crowd((0, [(0, 0), (1, 0), (3, 0)]), rows=5))["kinem_acceleration"])
    bent = crowd((0, [(0, 0), (1, 0), (3, 0)]), rows=5)  # 1 m/s2, 1.5 m/s, 2 s
    values = measure(bent, real)
    assert values["kinem_acceleration"] == pytest.approx(1.0) and values["kinem_speed"] == pytest.approx(1 / 3)
    assert values["kinem_distance"] == pytest.approx(1 / 3) and values["kinem_time"] == pytest.approx(1.0)


def test_kinematics_do_not_depend_on_the_clock():
    pairs = [
        (crowd((0, straight((1, 1), (v / fps, 0), round(4 * fps) + 1)), fps=fps) for v in (1.0, 1.5))
        for fps in (5.0, 25.0)
    ]
    slow, fast = (measure(*pair) for pair in pairs)
    for key in ("kinem_distance", "kinem_speed", "kinem_time", "dens", "pop"):
        assert slow[key] == pytest.approx(fast[key])


def test_dtw_by_hand():
    distance, nearest, back, back_nearest = nearest_tracks(
        [np.array([[0.0, 0.0], [0.0, 0.0], [3.0, 0.0]]), np.array([[5.0, 0.0]])],
        [np.array([[0.0, 1.0], [3.0, 1.0]]), np.array([[0.0, 0.0], [3.0, 0.0]])],
    )
    assert distance == pytest.approx([0.0, math.sqrt(25 + 4)]) and nearest.tolist() == [1, 1]
    assert back == pytest.approx([math.sqrt(3), 0.0]) and back_nearest.tolist() == [0, 0]
    real, made = crowd((0, straight((1, 1), (1, 0), 3))), crowd((0, straight((1, 2), (1, 0), 3)))
    assert measure(real, made)["dtw"] == pytest.approx(math.sqrt(3) / 5)  # 1 fps: D / sqrt(25)
    dense = measure(
        crowd((0, straight((1, 1), (0.04, 0), 51)), fps=25.0), crowd((0, straight((1, 2), (0.04, 0), 51)), fps=25.0)
    )
    assert dense["dtw"] == pytest.approx(math.sqrt(51) / 25)  # as published: 2 D / (2 fps)


def test_dtw_is_that_of_25_fps_on_any_clock():
    """Two who cross; at 5 fps it is the published D x sqrt(5) / 25, and within a few per cent the value at 25 fps."""
    values = {}
    for fps in (5.0, 25.0):
        n = round(8 * fps) + 1
        real = crowd((0, straight((1, 1), (1.0 / fps, 0.0), n)), fps=fps)
        made = crowd((0, straight((1, 5), (0.7 / fps, 0.3 / fps), n)), fps=fps)
        values[fps] = measure(real, made)["dtw"]
        distance, *_ = nearest_tracks([real.positions[:, 0]], [made.positions[:, 0]])
        assert values[fps] == pytest.approx(distance[0] * math.sqrt(25 / fps) / 25)
    assert values[5.0] == pytest.approx(values[25.0], rel=0.03)


def plain_dtw(one, other):
    table = np.full((len(one) + 1, len(other) + 1), np.inf)
    table[0, 0] = 0.0
    for i, a in enumerate(one):
        for j, b in enumerate(other):
            table[i + 1, j + 1] = ((a - b) ** 2).sum() + min(table[i, j], table[i, j + 1], table[i + 1, j])
    return math.sqrt(table[-1, -1])


def check_against_plain(tracks, others):
    table = np.array([[plain_dtw(one, other) for other in others] for one in tracks])
    distance, nearest, back, back_nearest = nearest_tracks(tracks, others)
    assert distance == pytest.approx(table.min(axis=1)) and back == pytest.approx(table.min(axis=0))
    assert table[np.arange(len(tracks)), nearest] == pytest.approx(table.min(axis=1))
    assert table[back_nearest, np.arange(len(others))] == pytest.approx(table.min(axis=0))
    return table, nearest, back_nearest


points = st.lists(st.tuples(*[st.integers(-3, 3)] * 2), min_size=1, max_size=7).map(lambda p: np.array(p, float))


@settings(deadline=None, max_examples=60)
@given(st.lists(points, min_size=1, max_size=5), st.lists(points, min_size=1, max_size=5))
def test_dtw_is_that_of_a_plain_programme(tracks, others):
    """Whole numbers: no rounding, many ties, of which the first is named."""
    table, nearest, back_nearest = check_against_plain(tracks, others)
    assert nearest.tolist() == table.argmin(axis=1).tolist()
    assert back_nearest.tolist() == table.argmin(axis=0).tolist()


def test_dtw_of_long_tracks_is_that_of_a_plain_programme():
    """Long enough to be given up half-way."""
    rng = np.random.default_rng(1)
    groups = [
        [np.cumsum(rng.normal(0, 0.3, (int(rng.integers(1, 70)), 2)), axis=0) + rng.uniform(0, 9, 2) for _ in range(n)]
        for n in (7, 9)
    ]
    check_against_plain(*groups)


def test_diversity_by_hand():
    real = crowd((0, straight((1, 1), (1, 0), 3)), (0, straight((1, 9), (1, 0), 3)))
    made = crowd((0, straight((1, 1), (1, 0), 3)), (0, straight((1, 0), (1, 0), 3)))  # both at the first
    assert measure(real, made)["div"] == 0.5
    assert measure(real, crowd((0, straight((1, 1), (1, 0), 3))))["div"] == 0.75  # (1/2 + 1/1) / 2
    assert measure(real, turned(real, 0.0, (0.1, 0.0)))["div"] == 1.0


def test_collisions_are_those_of_the_made_crowd():
    apart, close = crowd((0, [(1, 1)] * 4), (0, [(5, 5)] * 4)), crowd((0, [(1, 1)] * 4), (2, [(1.1, 1.1)] * 2))
    assert measure(apart, close)["col"] == pytest.approx(4 / 6)
    assert measure(close, apart)["col"] == 0.0


def test_nobody_on_a_side():
    some, nobody = wanderers(), crowd(rows=60, fps=5.0)
    for real, made in ((some, nobody), (nobody, some), (nobody, nobody)):
        values = measure(real, made)
        assert all(np.isnan(values[key]) for key in ("pop", "kinem", "kinem_speed", "dtw", "div"))
        assert np.isnan(values["col"]) == (made is nobody)
        assert all(np.isfinite(values[key]) for key in ("dens", "freq", "cov"))
    assert values["dens"] == 0.0


@settings(deadline=None, max_examples=15)
@given(st.floats(-3.0, 3.0), st.floats(-50.0, 50.0), st.integers(0, 20))
def test_turning_and_shifting_the_world_changes_nothing(angle, shift, seed):
    real, made = wanderers(seed), wanderers(seed + 100)
    before = measure(real, made)
    after = measure_generated(
        replace(at_square(real), trajectory=turned(real, angle, (shift, 1.0))),
        replace(at_square(made), trajectory=turned(made, angle, (shift, 1.0))),
    )
    assert after == pytest.approx(before, rel=1e-6, abs=1e-9)
    a, b = (turned(one, angle, (shift, 1.0)) for one in (real, made))
    for value in (stop_share, acceleration, jerk, nn_p5, group_share):
        assert value(a) == pytest.approx(value(real), nan_ok=True)
    assert find_groups(b).tolist() == find_groups(made).tolist()


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 1000))
def test_which_crowd_is_real_matters_only_to_what_is_divided_by_its_mean(seed):
    real, made = wanderers(seed), wanderers(seed + 1)
    one, other = measure(real, made), measure(made, real)
    for key in ("dens", "freq", "cov", "dtw", "div"):
        assert one[key] == pytest.approx(other[key])
    assert one["freq"] == one["cov"]  # all of one kind
    assert all(value >= 0.0 for value in one.values()) and one["div"] <= 1.0


def test_refusals_of_the_protocol_are_one_line():
    one = at_square(wanderers())
    trajectory = one.trajectory
    cases = [
        (lambda: replace(one, types=np.array([0, 1])), r"types: expected \(6,\) of 0 to 2, got \(2,\)"),
        (lambda: replace(one, types=np.full(6, 3)), r"types: expected \(6,\) of 0 to 2"),
        (lambda: replace(one, pictured=one.pictured + 1), r"pictured: expected \(60, 6, 2\) in \[0, 1\)"),
        (
            lambda: at_square(replace(trajectory, times=trajectory.times + 1)),
            r"expected a clock from 0 s on, got",
        ),
        (lambda: at_square(replace(trajectory, times=trajectory.times**2)), r"times: expected an even clock"),
        (lambda: clock_fps(crowd((0, [(0, 0)]))), r"times: expected two or more"),
        (
            lambda: measure(trajectory, wanderers(rows=70)),
            r"expected the clock of real, 60 rows at 5 fps, got 70",
        ),
        (lambda: measure(trajectory, wanderers(fps=2.5)), r"got 60 at 2.5; make both"),
        (lambda: halves(at_square(crowd((0, [(1, 1)] * 3)))), r"real: expected four rows or more, got 3"),
        (lambda: nearest_tracks([], [np.zeros((1, 2))]), r"tracks: expected one track or more, got none"),
        (lambda: nearest_tracks([np.zeros((1, 2))], [np.zeros((0, 2))]), r"others: expected tracks .* got \(0, 2\)"),
        (lambda: nearest_tracks([np.full((1, 2), np.nan)], [np.zeros((1, 2))]), r"tracks: expected .* finite points"),
        (lambda: scenario(trajectory, np.zeros(2, np.int64), SQUARE, 9.0, 5.0), r"types: expected \(6,\), got \(2,\)"),
        (lambda: scenario(trajectory, one.types, SQUARE, 0.1, 5.0), r"expected one step or more, got 0.1 s at 5 fps"),
    ]
    for case, message in cases:
        with pytest.raises(ValueError, match=message) as refused:
            case()
        assert "\n" not in str(refused.value)


# ---------------------------------------------------------------- replayed people


def test_replay_errors_by_hand():
    real = crowd((0, straight((0, 0), (1, 0), 5)), (1, straight((0, 5), (1, 0), 4)), (2, [(9, 9)]))
    beside = crowd((0, straight((0, 1), (1, 0), 5)), (1, straight((0, 5), (1, 0), 4)), (2, [(0, 0)]))
    early = crowd((0, straight((0, 0), (2, 0), 3)), (2, straight((1, 5), (1, 0), 3)), (0, [(9, 9)]), rows=5)
    errors = replay_errors(real, [beside, early])
    # early: 0 1 2, then held at 4 m: 1 0; the second is let in a second late, and is until then where the real one came
    assert errors.ade == pytest.approx(np.array([[1, 0, np.nan], [0.8, 0, np.nan]]), nan_ok=True)
    assert errors.ade_common == pytest.approx(np.array([[1, 0, np.nan], [1.0, 0, np.nan]]), nan_ok=True)
    assert errors.held == pytest.approx(np.array([[0, 0, np.nan], [0.4, 0.25, np.nan]]), nan_ok=True)
    assert errors.mean_ade == pytest.approx(0.45) and errors.min_ade == pytest.approx(0.4)
    assert errors.mean_ade_common == pytest.approx(0.5)
    assert errors.person_ids.tolist() == [10, 11, 12]


def test_replay_errors_of_the_first_seconds():
    real, made = crowd((0, [(0, 0)] * 31), fps=2.5), crowd((0, straight((0, 0), (0.1, 0), 31)), fps=2.5)
    errors = replay_errors(real, [made, real])
    assert errors.ade[0, 0] == pytest.approx(1.5) and errors.ade_48[0, 0] == pytest.approx(0.6)  # rows 0 to 12
    assert errors.mean_ade_48 == pytest.approx(0.3) and errors.min_ade_48 == errors.min_ade == 0.0


@settings(deadline=None, max_examples=15)
@given(st.floats(-3.0, 3.0), st.integers(0, 50))
def test_replay_errors_do_not_turn_with_the_world(angle, seed):
    real = wanderers(seed)
    rng = np.random.default_rng(seed)
    made = replace(real, positions=real.positions + rng.normal(0, 1, real.positions.shape))
    before, after = replay_errors(real, [made]), replay_errors(turned(real, angle), [turned(made, angle)])
    assert after.ade == pytest.approx(before.ade) and after.ade_48 == pytest.approx(before.ade_48)
    assert replay_errors(real, [real, made]).min_ade == 0.0


def test_refusals_of_replays():
    real = wanderers()
    gone = replace(real, positions=real.positions * np.nan, valid=real.valid & False)
    for runs, message in (
        ([], "simulated: expected one run or more, got none"),
        ([real, replace(real, person_ids=real.person_ids + 1)], r"simulated\[1\]: expected the 6 people of real"),
        ([replace(real, times=real.times + 0.1)], r"simulated\[0\]: expected the times of real"),
        ([gone], r"never saw \[10, 11, 12, 13, 14, 15\]"),
    ):
        with pytest.raises(ValueError, match=message):
            replay_errors(real, runs)


# ---------------------------------------------------------------- realism


def test_speed_stopping_acceleration_and_jerk_by_hand():
    t = np.arange(11) / 10.0
    cubic = crowd((0, np.stack([t**3, np.zeros(11)], axis=1)), fps=10.0)
    assert jerk(cubic) == pytest.approx(6.0)
    assert acceleration(cubic) == pytest.approx(6 * t[1:-1].mean())
    stop = crowd((0, [(0, 0), (0, 0.05), (0, 0.05), (3, 0.05)]), (2, [(7, 7)]))  # the second takes no step
    assert speeds(stop)[:, 0] == pytest.approx([0.05, 0.0, 3.0]) and np.isnan(speeds(stop)[:, 1]).all()
    assert stop_share(stop) == pytest.approx(2 / 3) and stop_share(stop, slower=0.01) == pytest.approx(1 / 3)
    for measure_one in (stop_share, acceleration, jerk, nn_p5, group_share):
        assert np.isnan(measure_one(crowd(rows=3)))


def test_neighbours_by_hand():
    three = crowd((0, [(0, 0), (0, 0)]), (0, [(3, 4)]), (1, [(0.3, 0.0)]), rows=3)
    assert nearest_distances(three) == pytest.approx([5.0, 5.0, 0.3, 0.3])
    assert col_share(three, 0.3 + 1e-9) == 0.5 and col_share(three, 0.3) == 0.0 and col_share(three, 6.0) == 1.0
    assert nn_p5(three) == pytest.approx(0.3)
    lonely = crowd((0, [(0, 0)] * 2))
    assert len(nearest_distances(lonely)) == 0 and col_share(lonely, 1.0) == 0.0
    assert np.isnan(col_share(crowd(rows=3), 1.0))


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 1000))
def test_nearest_distances_are_those_of_all_pairs(seed):
    one = wanderers(seed)
    expected = []
    for places, valid in zip(one.positions, one.valid, strict=True):
        here = places[valid]
        apart = np.hypot(*(here[:, None] - here[None]).transpose(2, 0, 1)) + np.diag([np.inf] * len(here))
        expected += apart.min(axis=1).tolist() if len(here) > 1 else []
    assert nearest_distances(one) == pytest.approx(expected)


def test_steps_into_walls_are_counted_per_person():
    walk = crowd(
        (0, [(0, 0), (1, 0), (2, 0), (1, 0), (2, 0)]),  # in, out, in
        (1, [(2, 0), (2, 0)]),  # comes within the wall and stays
        (3, [(0, 0), (0, 1)]),
    )
    found = wall_transitions(walk, lambda points: points[:, 0] < 1.5)
    assert found.counts.tolist() == [2, 0, 0] and found.steps == 6 and found.share == pytest.approx(1 / 3)
    assert wall_transitions(walk, lambda points: np.ones(len(points), bool)).share == 0.0
    assert np.isnan(wall_transitions(crowd(rows=3), lambda points: points[:, 0] < 0).share)
    with pytest.raises(ValueError, match=r"free: expected \(9,\) bool, one a point, got \(3,\)"):
        wall_transitions(walk, lambda points: np.ones(3, bool))


def test_groups_are_those_who_move_together():
    n, fps = 41, 5.0
    step = (0.2, 0.0)  # 1 m/s
    people = crowd(
        (0, straight((0, 0), step, n)),  # 0 and 2 side by side, and 6 beside 2: one group
        (0, straight((0, 9), step, n)),  # alone
        (0, straight((0, 1.5), step, n)),
        (0, straight((8, 0.5), (-0.2, 0.0), n)),  # comes to meet them
        (0, straight((0, 20), step, n)),  # 4 and 5 are a pair for as long as both are there
        (20, straight((4, 21), step, n - 20)),
        (0, straight((0, 3.0), step, n)),
        (0, straight((0, 8.5), (0.35, 0.0), n)),  # overtakes 1, 0.75 m/s faster
        (0, [(0, 20)] * 5),  # leaves the pair after 0.8 s
        fps=fps,
    )
    assert find_groups(people).tolist() == [0, -1, 0, -1, 1, 1, 0, -1, -1]
    assert group_share(people) == pytest.approx(5 / 9)
    assert find_groups(crowd(rows=5)).shape == (0,)


def test_a_group_must_be_one_most_of_the_time():
    n = 51
    for away, together in ((8, True), (14, False)):  # of 50 steps
        other = straight((0, 1), (0.2, 0.0), n)
        other[n - away :, 1] += 5.0
        # the jump itself is seen for a second in the velocity
        labels = find_groups(crowd((0, straight((0, 0), (0.2, 0.0), n)), (0, other), fps=5.0))
        assert labels.tolist() == ([0, 0] if together else [-1, -1])


def test_the_fundamental_diagram_by_hand():
    people = crowd(
        (0, straight((0, 0), (1.0, 0), 3)),
        (0, straight((0, 1), (0.6, 0), 3)),  # within 2 m of the first at the beginning of both steps
        (0, straight((0, 50), (1.4, 0), 3)),  # alone
    )
    diagram = fundamental_diagram(people)
    assert diagram.counts[:3].tolist() == [2, 4, 0] and diagram.counts.sum() == 6
    assert diagram.speeds[:2] == pytest.approx([1.4, 0.8]) and np.isnan(diagram.speeds[2])
    assert diagram.densities[:3] == pytest.approx([0.0, 1 / (4 * math.pi), 2 / (4 * math.pi)])
    slower = replace(diagram, speeds=diagram.speeds - np.where(diagram.counts == 4, 0.3, 0.6))
    assert diagram_distance(diagram, slower) == pytest.approx((2 * 0.6 + 4 * 0.3) / 6)
    assert diagram_distance(diagram, diagram) == 0.0
    assert np.isnan(diagram_distance(diagram, fundamental_diagram(crowd(rows=3))))


# ---------------------------------------------------------------- the recordings, against the reference values


def recording(name, fps=25.0):
    picture = REAL / {"zara3": "zara2", "univ001": "univ"}.get(name, name)
    with Image.open(picture / "segmentation.png") as image:
        walked = np.asarray(image) > 0
    site = Site(
        name=name,
        semantic=np.where(walked, 6, 1).astype(np.uint8),
        homography=np.loadtxt(picture / "H_image_to_world.txt"),
    )
    trajectory = read_traj_csv(REAL / name / "traj.csv")
    types = np.zeros(len(trajectory.person_ids), np.int64)
    return scenario(trajectory, types, site, float(trajectory.times[-1]), fps), site


@needs_recordings
@pytest.mark.parametrize(
    "name, mean_speed, stopped, accelerates, nearest, collide",
    [
        ("eth", 1.39, 0.054, 1.09, (0.49, 0.60, 1.09), 0.0021),
        ("zara1", 1.07, 0.030, 0.20, (0.46, 0.56, 0.91), 0.0031),
        ("zara2", 0.79, 0.307, 0.18, (0.34, 0.43, 0.75), 0.028),
    ],
)
def test_recordings_are_as_real_as_they_were_measured(name, mean_speed, stopped, accelerates, nearest, collide):
    one, site = recording(name)
    trajectory = one.trajectory
    assert np.nanmean(speeds(trajectory)) == pytest.approx(mean_speed, abs=0.006)
    assert stop_share(trajectory) == pytest.approx(stopped, abs=0.001)
    assert acceleration(trajectory) == pytest.approx(accelerates, abs=0.006)
    assert np.percentile(nearest_distances(trajectory), [1, 5, 50]) == pytest.approx(nearest, abs=0.011)
    assert col_share(trajectory, 0.4) == pytest.approx(collide, abs=0.0005)
    assert col_share(trajectory, 0.2) < 0.001
    assert np.isnan(one.pictured[trajectory.valid]).any(axis=1).mean() < 0.01
    assert wall_transitions(trajectory, site.free).share < 0.001


def by_entry(one):
    """Return those who come in the first and in the second half, with their whole tracks, on clocks of one length."""
    rows = len(one.trajectory.times)
    middle, parts = rows // 2, []
    late = one.trajectory.valid.argmax(axis=0) >= middle
    for begin, mine in ((0, ~late), (middle, late)):
        trajectory, after = one.trajectory, ((0, begin), (0, 0), (0, 0))
        positions = np.pad(trajectory.positions[begin:, mine], after, constant_values=np.nan)
        pictured = np.pad(one.pictured[begin:, mine], after, constant_values=np.nan)
        there = ~np.isnan(positions).any(axis=2)
        people = replace(trajectory, person_ids=trajectory.person_ids[mine], positions=positions, valid=there)
        parts.append(Scenario(trajectory=people, types=one.types[mine], pictured=pictured))
    return parts


@needs_recordings
def test_the_noise_floor_is_the_one_that_was_measured():
    one, _ = recording("zara1")
    first, second = halves(one)
    floor = measure_generated(second, first)
    assert (floor["dens"], floor["cov"]) == pytest.approx((0.010, 0.006), abs=0.0007)
    assert (floor["pop"], floor["kinem"]) == pytest.approx((0.178, 0.084), rel=0.08)
    assert (floor["dtw"], floor["div"]) == pytest.approx((0.42, 0.51), rel=0.08)
    assert floor["freq"] == floor["cov"] and floor["col"] == 0.0
    first, second = by_entry(one)  # as the reference was taken: nobody is cut
    floor = measure_generated(second, first)
    assert (floor["pop"], floor["kinem"]) == pytest.approx((0.178, 0.084), abs=0.0006)
    assert (floor["dtw"], floor["div"]) == pytest.approx((0.42, 0.51), abs=0.006)


def straight_lines(trajectory):
    """Return the people, each from its start to its goal at its mean speed while it moved, then gone."""
    pace = speeds(trajectory)
    positions = np.full_like(trajectory.positions, np.nan)
    for person, there in enumerate(trajectory.valid.T):
        rows = np.flatnonzero(there)
        own = pace[rows[0] : rows[-1], person]
        start, goal = trajectory.positions[rows[[0, -1]], person]
        gone = (trajectory.times[rows[0] :] - trajectory.times[rows[0]]) * own[own > 0.1].mean()
        gone = gone[gone <= np.hypot(*(goal - start))]
        places = start + (goal - start) * (gone / np.hypot(*(goal - start)))[:, None]
        positions[rows[0] : rows[0] + len(gone), person] = places
    return replace(trajectory, positions=positions, valid=~np.isnan(positions).any(axis=2))


@needs_recordings
@pytest.mark.parametrize("fps, dtw, div", [(5.0, 0.309, 0.581), (25.0, 0.296, None)])
def test_straight_lines_come_as_near_as_was_measured(fps, dtw, div):
    real, site = recording("zara1", fps)
    made = straight_lines(real.trajectory)
    values = measure_generated(real, scenario(made, real.types, site, float(made.times[-1]), fps))
    assert values["dtw"] == pytest.approx(dtw, abs=0.0008)
    assert div is None or values["div"] == pytest.approx(div, abs=0.005)
    assert (values["dens"], values["cov"], values["pop"]) == pytest.approx((0.005, 0.004, 0.084), abs=0.0007)
    assert values["kinem"] == pytest.approx(0.282, abs=0.005)
    parts = [values[f"kinem_{name}"] for name in ("distance", "speed", "acceleration", "time")]
    assert parts == pytest.approx([0.04, 0.01, 1.0, 0.08], abs=0.012)
    assert (values["col"], col_share(made, 0.4)) == pytest.approx((0.0094, 0.0405), abs=0.0007)
    errors = replay_errors(real.trajectory, [made])
    assert (errors.mean_ade_common, errors.mean_ade_48) == pytest.approx((0.81, 0.57), abs=0.007)
    assert errors.mean_ade == pytest.approx(0.76, abs=0.01)  # held at the goal they are nearer than while they walk
