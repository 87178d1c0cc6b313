from pathlib import Path

import numpy as np
import pytest
import shapely
from scipy.interpolate import PchipInterpolator
from shapely.geometry import box

from crowd.data import read_traj_csv, record
from crowd.fidelity import replay_error
from crowd.models import CROWD_MODELS
from crowd.placement import Placement, place
from crowd.replay import Replay
from crowd.trajectory import Arrival, CrowdTrajectory, Order, Others

UNIV = Path(__file__).resolve().parents[2].parent / "shared/data/crowd/eth_ucy/univ/traj.csv"
PLAZA = shapely.union_all([box(0, 0, 44, 36), box(-24, 14, 0, 20), box(44, 14, 68, 20), box(18, 36, 24, 58)])
GATES = np.array([(-23.0, 17.0), (67.0, 17.0), (21.0, 57.0)])
HERE = Placement(rotation=0.0, translation=(0.0, 0.0), offset_time=0.0)


def nobody():
    return Others(positions=np.zeros((0, 2)), velocities=np.zeros((0, 2)), radii=np.zeros(0))


def robot(position, velocity=(0.0, 0.0)):
    return Others(positions=np.array([position]), velocities=np.array([velocity]), radii=np.array([0.3]))


def crossing():
    """Return four people: one crosses west to east, a close pair goes the other way, one stands."""
    times = np.arange(100) * 0.4
    positions = np.full((100, 4, 2), np.nan)
    walk = 1.2 * times
    positions[30:70, 0] = np.stack([12 + walk[:40], 17 + 0.3 * np.sin(walk[:40])], axis=1)
    positions[30:70, 1] = np.stack([31 - walk[:40], np.full(40, 20.0)], axis=1)
    positions[30:70, 2] = np.stack([31 - walk[:40], np.full(40, 20.4)], axis=1)
    positions[:, 3] = [22.0, 23.0]
    return CrowdTrajectory(
        times=times, person_ids=np.arange(4) + 10, positions=positions, valid=~np.isnan(positions).any(axis=2)
    )


def replay(trajectory, placement=HERE, seconds=40.0, dt=0.1, others=None, orders=None, arrivals=(), **more):
    model = Replay(trajectory, placement, entrances=GATES, **more)
    states = [model.reset(PLAZA, arrivals, np.random.default_rng(0))]
    for k in range(round(seconds / dt)):
        states.append(model.step(dt, others(k * dt) if others else nobody(), (orders or {}).get(k, {})))
    return model, states


def deviations(model, states, dt=0.1):
    """Return {person_id: (K,) metres from the recorded place, at the times at which the person is recorded}."""
    simulated = record([dt * k for k in range(len(states))], states)
    result = {}
    for column, person_id in enumerate(model.recording.person_ids):
        valid = model.recording.valid[:, column]
        curve = PchipInterpolator(model.recording.times[valid], model.recording.positions[valid, column])
        known = model.recording.times[valid]
        inside = (simulated.times >= known[0]) & (simulated.times <= known[-1])
        place = simulated.positions[inside, np.searchsorted(simulated.person_ids, person_id)]
        result[int(person_id)] = np.hypot(*(place - curve(simulated.times[inside])).T)
    return result


def test_recorded_people_are_followed_exactly_and_appear_and_vanish_without_approach():
    model, states = replay(crossing(), approach=False)
    for values in deviations(model, states).values():
        assert np.nanmax(values) < 1e-9 and not np.isnan(values).any()
    assert states[100].activities == ("replay",)
    assert len(states[150].person_ids) == 4
    assert len(states[300].person_ids) == 1


def test_people_walk_in_from_an_entrance_in_time_and_out_again():
    model, states = replay(crossing(), seconds=110.0)
    for values in deviations(model, states).values():
        assert np.nanmax(values) < 0.3
        assert np.nanmax(values[60:], initial=0.0) < 1e-9  # the last metres before the recording are shared
    simulated = record([0.1 * k for k in range(len(states))], states)
    steps = np.hypot(*np.diff(simulated.positions, axis=0).T)
    assert np.nanmax(steps) < 0.25  # nobody jumps
    gates = np.concatenate([np.array(sorted(GATES.tolist()))])
    for column in range(len(simulated.person_ids)):
        there = np.flatnonzero(simulated.valid[:, column])
        ends = simulated.positions[[there[0], there[-1]], column]
        if there[0] > 0:
            assert np.hypot(*(gates - ends[0]).T).min() < 3.0
        if there[-1] < len(states) - 1:
            assert np.hypot(*(gates - ends[1]).T).min() < 3.0
    assert {word for state in states for word in state.activities} == {"replay", "walk"}
    assert len(states[-1].person_ids) == 0
    # the one who goes east leaves by the east, the pair by the west
    assert {round(float(s.goals[0, 0]) / 20) for s in states[150:200] for _ in s.person_ids} <= {-1, 1, 3}


def test_whoever_meets_a_robot_bends_and_comes_back_and_the_others_do_not():
    model, states = replay(crossing(), others=lambda t: robot((21.0, 17.0)), approach=False)
    found = deviations(model, states)
    walker = next(k for k, v in found.items() if np.nanmax(v) > 0.1)
    assert sum(np.nanmax(values) > 1e-9 for values in found.values()) == 1
    assert 0.4 < np.nanmax(found[walker]) < 2.0 and found[walker][-1] < 0.02
    gap = min(np.hypot(*(p - [21.0, 17.0])) for s in states for p in s.positions) - 0.55
    assert gap > 0.2
    error = replay_error(
        model.recording, record([0.1 * k for k in range(len(states))], states), np.full((len(states), 2), [21.0, 17.0])
    )
    assert np.nanmax(error.route) < 0.2 and np.nanmax(error.speed) < 0.1


def test_one_who_stands_in_the_recording_steps_aside_for_a_robot_and_back():
    def others(t):
        return robot((12 + 0.5 * min(t, 36), 23.0), (0.5 if t < 36 else 0.0, 0.0))

    model, states = replay(crossing(), others=others, approach=False)
    gap = min(np.hypot(*(p - others(0.1 * k).positions[0])) - 0.55 for k, s in enumerate(states) for p in s.positions)
    assert gap > 0.05
    found = deviations(model, states)[0]
    assert found.max() > 0.4 and found[-5:].max() < 0.2


def test_hold_pauses_the_persons_own_clock():
    orders = {180: {1: Order(kind="hold")}, 260: {1: Order(kind="resume")}}
    trajectory = crossing()
    model, states = replay(trajectory, orders=orders, approach=False, seconds=60)
    track = {k: s for k, s in enumerate(states) if 1 in s.person_ids}
    row = {k: list(s.person_ids).index(1) for k, s in track.items()}
    assert np.hypot(*track[187].velocities[row[187]]) < 0.05
    assert track[230].activities[row[230]] == "hold"
    held = np.array([track[k].positions[row[k]] for k in range(190, 260)])
    assert np.ptp(held, axis=0).max() < 0.01
    last = max(track)
    column = list(model.recording.person_ids).index(1)
    valid = model.recording.valid[:, column]
    assert 0.1 * last - model.recording.times[valid][-1] == pytest.approx(8.0, abs=0.3)
    assert np.hypot(*(track[last].positions[row[last]] - model.recording.positions[valid, column][-1])) < 0.2
    with pytest.raises(KeyError, match="99"):
        model.step(0.1, nobody(), {99: Order(kind="hold")})


def test_a_path_changes_nothing():
    orders = {150: {1: Order(kind="path", path=((20.0, 10.0), (20.1, 10.0)))}}
    for (_, one), (_, other) in [(replay(crossing(), orders=orders, approach=False, seconds=20),
                                  replay(crossing(), approach=False, seconds=20))]:  # fmt: skip
        assert all(a.positions.tobytes() == b.positions.tobytes() for a, b in zip(one, other, strict=True))


def test_go_leads_away_and_resume_back_to_the_own_way():
    orders = {150: {1: Order(kind="go", target=(20.0, 10.0))}, 320: {1: Order(kind="resume")}}
    _, states = replay(crossing(), orders=orders, approach=False, seconds=70)
    at = {k: s.positions[list(s.person_ids).index(1)] for k, s in enumerate(states) if 1 in s.person_ids}
    word = {k: s.activities[list(s.person_ids).index(1)] for k, s in enumerate(states) if 1 in s.person_ids}
    assert np.hypot(*(at[319] - [20, 10])) < 0.1 and word[319] == "stand" and word[200] == "walk"
    assert max(at) > 500 and word[max(at)] == "replay"
    assert max(np.hypot(*(at[k + 1] - at[k])) for k in at if k + 1 in at) < 0.2


def test_people_beside_the_recording_stand_walk_and_are_minded():
    stander = Arrival(person_id=100, time=0.0, origin=(20.0, 17.0), goal=None, yaw=1.0)
    passer = Arrival(person_id=101, time=0.0, origin=(5.0, 5.0), goal=(40.0, 5.0))
    _, states = replay(crossing(), arrivals=(stander, passer), approach=False)
    assert set(states[0].person_ids) == {0, 100, 101}
    assert dict(zip(states[0].person_ids, states[0].activities, strict=True)) == {
        0: "replay",
        100: "stand",
        101: "walk",
    }
    for state in states:
        apart = np.hypot(*(state.positions[:, None] - state.positions[None]).transpose(2, 0, 1))
        beside = np.isin(state.person_ids, [100, 101])
        assert (apart + 9 * np.eye(len(apart)))[beside].min() > 0.499
    assert 101 not in states[-1].person_ids and 100 in states[-1].person_ids
    assert np.hypot(*(states[-1].positions[list(states[-1].person_ids).index(100)] - [20, 17])) < 0.3
    with pytest.raises(ValueError, match=r"unique ids outside 0\.\.3"):
        replay(crossing(), arrivals=(Arrival(person_id=2, time=0, origin=(5, 5), goal=None),))
    with pytest.raises(ValueError, match="entrances: expected"):
        Replay(crossing(), HERE)


def test_every_model_steps_and_keeps_its_shapes():
    arrivals = (Arrival(person_id=50, time=0.0, origin=(5.0, 5.0), goal=(40.0, 5.0)),)
    models = {
        "social_force": CROWD_MODELS["social_force"](),
        "plan_diffusion": CROWD_MODELS["plan_diffusion"](),
        "replay": CROWD_MODELS["replay"](crossing(), HERE, entrances=GATES),
    }
    assert set(models) == set(CROWD_MODELS)
    for model in models.values():
        model.reset(PLAZA, arrivals, np.random.default_rng(0))
        for _ in range(30):
            state = model.step(0.1, robot((22.0, 18.0)), {})
            count = len(state.person_ids)
            assert count and np.all(np.diff(state.person_ids) > 0)
            assert state.positions.shape == state.velocities.shape == state.goals.shape == (count, 2)
            assert state.yaws.shape == state.radii.shape == state.groups.shape == (count,)
            assert len(state.activities) == count and np.isfinite(state.positions).all()


@pytest.mark.skipif(not UNIV.exists(), reason="the recordings are not beside the checkout (shared/data/crowd)")
def test_univ_in_a_square_keeps_routes_speeds_and_entry_times_and_leaves_a_robot_alone():
    trajectory = read_traj_csv(UNIV)
    placement = place(trajectory, box(9.5, 8.5, 34.5, 27.5))

    def others(t):
        return robot((14 + 0.3 * t, 17.0), (0.3, 0.0))

    runs = [replay(trajectory, placement, seconds=40.0, others=others) for _ in range(2)]
    model, states = runs[0]
    simulated = record([0.1 * k for k in range(len(states))], states)
    assert simulated.positions.tobytes() == record(simulated.times.tolist(), runs[1][1]).positions.tobytes()
    where = np.array([others(0.1 * k).positions[0] for k in range(len(states))])
    error = replay_error(model.recording, simulated, where)
    assert np.nanpercentile(np.abs(error.entry_time), 75) < 0.4
    assert np.nanmedian(error.route) < 0.03 and np.nanpercentile(error.route, 90) < 0.35
    assert np.nanmedian(error.speed) < 0.03 and np.nanpercentile(error.speed, 90) < 0.1
    assert np.nanmin(np.hypot(*(simulated.positions - where[:, None]).transpose(2, 0, 1))) > 0.55
    inside = simulated.positions[simulated.valid]
    assert shapely.contains_xy(PLAZA, inside[:, 0], inside[:, 1]).all()
