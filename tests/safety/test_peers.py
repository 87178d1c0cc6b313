"""Peers' variants: each trap shows the difference between the peer's number and the right one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from safety import falcon, ha_vln, socnavbench
from safety.crowdnav import measure_crowdnav
from safety.falcon import measure_falcon
from safety.habitat_social import KEYS, measure_habitat_social
from safety.hunavsim import measure_hunavsim
from safety.igibson import measure_igibson
from safety.kinematics import measure_mean, measure_path_irregularity, measure_stalled_time
from safety.measures import MEASURES, measure_all
from safety.metaurban import measure_metaurban
from safety.report import Tracks
from safety.socnavbench import measure_socnavbench
from safety.socnavgym import measure_socnavgym
from safety.time_to_collision import measure_min_ttc

Maker, Line = Callable[..., Tracks], Callable[..., Any]

# ---------------------------------------------------------------- HuNavSim (trap 6)


def test_hunavsim_zones_are_bands(tracks_of: Maker) -> None:
    """A person 1.0 m away, surface to surface: personal 100 %, intimate 0 %, and not social."""
    values = measure_hunavsim(tracks_of(np.zeros((11, 2)), (1.6, 0.0)))
    zones = [values[f"{zone}_space_intrusions"] for zone in ("intimate", "personal", "social")]
    assert zones == [0.0, 100.0, 0.0]
    ours = measure_all(tracks_of(np.zeros((11, 2)), (1.6, 0.0)))
    assert [ours[f"{zone}_space"] for zone in ("intimate", "personal", "social")] == [0.0, 1.0, 1.0]
    assert values["avg_distance_to_closest_person"] == values["minimum_distance_to_people"] == pytest.approx(1.0)


def test_hunavsim_takes_a_fast_right_turn_for_standing_still(tracks_of: Maker) -> None:
    right, left = (
        tracks_of(np.zeros((101, 2)), robot_yaw=np.angle(np.exp(1j * sign * np.linspace(0, 20, 101))))
        for sign in (-1, 1)
    )
    still = [measure_hunavsim(tracks)["time_not_moving"] for tracks in (right, left)]
    assert still == [pytest.approx(10.0), 0.0]
    for name in ("cumulative_heading_changes", "avg_robot_angular_speed"):
        assert measure_hunavsim(right)[name] == pytest.approx(measure_hunavsim(left)[name])
    assert measure_all(right)["heading_change"] == measure_all(left)["heading_change"] == pytest.approx(20.0)
    assert measure_stalled_time(right) == measure_stalled_time(left)


def test_hunavsim_jerk_is_acceleration_by_time(tracks_of: Maker) -> None:
    """At constant acceleration the jerk is 0; |dv/dt|/dt is not, and grows with the rate."""
    values = []
    for dt in (0.1, 0.05):
        times = np.arange(0, 5, dt)
        tracks = tracks_of(np.stack([0.5 * times**2, 0 * times], axis=1), dt=dt)
        assert measure_mean(tracks, 3) == pytest.approx(0.0, abs=1e-6)
        values.append(measure_hunavsim(tracks)["avg_overacceleration"])
    assert values == [pytest.approx(10.0, rel=0.05), pytest.approx(20.0, rel=0.05)]


def test_hunavsim_forces_scale_with_the_rate(tracks_of: Maker) -> None:
    once, twice = (tracks_of(np.zeros((n, 2)), (0.0, 1.5), dt=10 / (n - 1)) for n in (101, 201))
    for name in ("social_work", "social_force_on_agents", "social_force_on_robot"):
        assert measure_hunavsim(twice)[name] == pytest.approx(2 * measure_hunavsim(once)[name], rel=0.01)
    assert measure_all(twice)["social_work"] == pytest.approx(measure_all(once)["social_work"])


def test_hunavsim_swaps_the_arguments_of_atan2(tracks_of: Maker) -> None:
    """By it, who stands beside pushes otherwise than who stands ahead; turned by 90 degrees the world changes."""
    ahead, aside, slant = (
        tracks_of(np.zeros((11, 2)), place) for place in ((1.5, 0.0), (0.0, 1.5), (1.5 / 2**0.5,) * 2)
    )
    theirs = [measure_hunavsim(tracks)["social_work"] for tracks in (ahead, aside, slant)]
    ours = [measure_all(tracks)["social_force_on_people"] for tracks in (ahead, aside, slant)]
    assert ours == pytest.approx([ours[0]] * 3)
    assert theirs[0] == pytest.approx(theirs[1])  # ±90 degrees off, either way
    assert theirs[2] == pytest.approx(2 * 11 * ours[2])  # on the diagonal x is y, and it is right
    assert theirs[0] < 0.9 * theirs[2]


def test_hunavsim_forgets_a_radius_in_the_greatest_distance(tracks_of: Maker) -> None:
    values = measure_hunavsim(tracks_of(np.zeros((11, 2)), (3.0, 0.0)))
    assert values["minimum_distance_to_people"] == pytest.approx(3.0 - 0.6)
    assert values["maximum_distance_to_people"] == pytest.approx(3.0 - 0.3)


def test_hunavsim_completes_within_the_goal_radius(tracks_of: Maker) -> None:
    tracks = tracks_of(np.zeros((11, 2)), goal=np.array([1.0, 0.0]))
    assert [measure_hunavsim(tracks, radius)["completed"] for radius in (0.9, 1.0, 1.1)] == [0.0, 0.0, 1.0]
    assert measure_hunavsim(tracks)["final_distance_to_target"] == 1.0


def test_hunavsim_blames_per_step_and_by_a_swapped_angle(tracks_of: Maker, line: Line) -> None:
    """The robot drives into the back of who stands: ours says once, and the robot; HuNavSim goes by two angles."""
    path = line((0, 0), (1, 0), 17)
    still = np.tile((2.0, 0.0), (17, 1))
    contacts = (np.linalg.norm(still - path, axis=1) < 0.62)[:, None]
    tracks = tracks_of(
        path, still, contacts=contacts, robot_yaw=np.zeros(17), people_yaw=np.zeros((17, 1))
    )  # fmt: skip
    ours = measure_all(tracks)
    assert contacts.sum() > 1
    assert (ours["human_collisions"], ours["robot_on_person"], ours["person_on_robot"]) == (1.0, 1.0, 0.0)
    theirs = measure_hunavsim(tracks)
    assert theirs["person_on_robot_collision"] == contacts.sum()  # 180 degrees behind him against 90 for 0 ahead
    faced = measure_hunavsim(replace(tracks, people_yaw=np.full((17, 1), np.pi)))
    assert faced["robot_on_person_collision"] == contacts.sum()


def test_hunavsim_groups_have_their_centre_ahead(tracks_of: Maker) -> None:
    members = (-1.5, 0.0), (1.5, 0.0)
    facing = np.tile((0.0, np.pi), (11, 1))
    values = measure_hunavsim(tracks_of(np.zeros((11, 2)), *members, groups=np.zeros(2, int), people_yaw=facing))
    assert values["group_intimate_space_intrusions"] == 100.0
    outward = measure_hunavsim(
        tracks_of(np.tile((3.0, 0.0), (11, 1)), *members, groups=np.zeros(2, int), people_yaw=np.zeros((11, 2)))
    )
    assert outward["group_personal_space_intrusions"] == 0.0  # centre (1.5, 0): 1.5 - 0.3 away
    assert outward["group_social_space_intrusions"] == 100.0
    assert np.isnan(measure_hunavsim(tracks_of(np.zeros((11, 2)), *members))["group_social_space_intrusions"])
    with pytest.raises(ValueError, match="expected 2 samples or more, got 1"):
        measure_hunavsim(tracks_of(np.zeros((1, 2))))


# ---------------------------------------------------------------- SocNavBench (trap 7)


def shifted(tracks: Tracks, shift: tuple[float, float]) -> Tracks:
    return replace(tracks, robot=tracks.robot + shift, people=tracks.people + shift)


def test_socnavbench_changes_when_the_origin_moves(tracks_of: Maker, line: Line) -> None:
    tracks = tracks_of(line((0.5, 0.2), (1, 0.3)), line((6, 1), (-0.8, 0)))
    here, there = (measure_socnavbench(shifted(tracks, shift)) for shift in ((0.0, 0.0), (40.0, -20.0)))
    for name in ("asym_gauss", "path_irregularity"):
        assert here[name] != pytest.approx(there[name], rel=0.05)
    assert here["robot_jerk"] == pytest.approx(there["robot_jerk"], abs=1e-6)
    right = [
        (measure_all(moved)["personal_space_cost"], measure_path_irregularity(moved),
         socnavbench.measure_personal_space(moved))
        for moved in (tracks, shifted(tracks, (40.0, -20.0)))
    ]  # fmt: skip
    assert right[0] == pytest.approx(right[1], abs=1e-9)
    assert right[0][1] == pytest.approx(0.0, abs=1e-9)  # a straight line, which SocNavBench calls irregular
    assert there["path_irregularity"] > 0.1


def test_socnavbench_gaussian_is_slimmer_than_kirby(tracks_of: Maker, line: Line) -> None:
    """σ ahead 2, aside 0.5 for 4/3, behind 2/3 for 1, at 1 m/s."""
    person = line((0, 0), (1, 0))
    for offset, sigma, kirby in (((1, 0), 2.0, 2.0), ((0, 1), 0.5, 4 / 3), ((-1, 0), 2 / 3, 1.0)):
        tracks = tracks_of(person + offset, person)
        assert socnavbench.measure_personal_space(tracks) == pytest.approx(np.exp(-((1 / sigma) ** 2) / 2))
        assert measure_all(tracks)["personal_space_cost"] == pytest.approx(np.exp(-((1 / kirby) ** 2) / 2))


def test_socnavbench_time_to_collision_looks_along_the_line_of_centres(tracks_of: Maker, line: Line) -> None:
    """Who passes 3 m aside will never touch, yet comes nearer; head-on the person's radius is forgotten."""
    aside = tracks_of(line((0, 0), (1, 0), 41), line((20, 3), (-1, 0), 41))
    assert measure_min_ttc(aside) == np.inf
    assert 0 < measure_socnavbench(aside)["time_to_collision"] < 20
    head_on = tracks_of(line((0, 0), (1, 0), 41), line((10, 0), (-1, 0), 41))
    assert measure_min_ttc(head_on) == pytest.approx((2.0 - 0.6) / 2)
    assert measure_socnavbench(head_on)["time_to_collision"] == pytest.approx((2.0 - 0.3) / 2)
    assert measure_socnavbench(tracks_of(line((0, 0), (1, 0))))["time_to_collision"] == -1.0


def test_socnavbench_first_step_has_the_last_velocity(tracks_of: Maker) -> None:
    """The robot stands, then leaps towards the person in its last step: the first step is given that speed."""
    path = np.zeros((11, 2))
    path[10] = (1.0, 0.0)
    values = measure_socnavbench(tracks_of(path, (9.0, 0.0)))
    assert values["time_to_collision"] == pytest.approx((9.0 - 0.3) / 10.0)
    assert values["robot_motion_energy"] == pytest.approx(100.0)
    assert measure_all(tracks_of(path, (9.0, 0.0)))["motion_energy"] == pytest.approx(10.0)


def test_socnavbench_ratios(tracks_of: Maker, line: Line) -> None:
    values = measure_socnavbench(tracks_of(line((0, 0), (1, 0)), (5.0, 2.0), goal=np.array([20.0, 0.0])))
    assert values["goal_traversal_ratio"] == pytest.approx(0.5)
    assert values["path_length_ratio"] == pytest.approx(0.5, abs=1e-5)
    assert values["closest_pedestrian_distance"] == pytest.approx(2.0)


# ---------------------------------------------------------------- Falcon (trap 8), iGibson, SocNavGym


def test_falcon_measures_from_centre_to_centre(tracks_of: Maker) -> None:
    """1.1 m between centres: compliant for Falcon; 0.5 m between surfaces: not in the personal zone's view."""
    tracks = tracks_of(np.zeros((11, 2)), (1.1, 0.0))
    assert measure_falcon(tracks) == {"psc": 1.0, "human_collision": 0.0}
    assert measure_all(tracks)["personal_compliance"] == 0.0
    assert measure_all(tracks)["intimate_compliance"] == 1.0
    assert measure_falcon(tracks_of(np.zeros((11, 2)), (0.99, 0.0)))["psc"] == 0.0
    assert measure_igibson(tracks_of(np.zeros((11, 2)), (0.99, 0.0)))["psc"] == 1.0
    assert measure_igibson(tracks_of(np.zeros((11, 2)), (0.49, 0.0)))["psc"] == 0.0


def test_falcon_is_compliant_without_people_and_blind_to_some(tracks_of: Maker) -> None:
    alone = tracks_of(np.zeros((11, 2)))
    assert measure_falcon(alone)["psc"] == 1.0
    assert np.isnan(measure_all(alone)["personal_compliance"])
    crowd = tracks_of(np.zeros((11, 2)), (5.0, 0.0), (0.7, 0.0))
    assert [measure_falcon(crowd, number)["psc"] for number in (None, 0, 1, 2)] == [0.0, 1.0, 1.0, 0.0]


def test_falcon_counts_steps_and_ends_at_a_touch(tracks_of: Maker) -> None:
    person = np.tile((5.0, 0.0), (11, 1))
    person[4:] = (0.6, 0.0)
    tracks = tracks_of(np.zeros((11, 2)), person, times=np.array([*range(10), 1000.0]))
    assert measure_falcon(tracks)["psc"] == pytest.approx(3 / 10)  # steps 1 to 3 of 10, whatever they last
    assert measure_all(tracks)["personal_compliance"] < 0.01
    contacts = np.zeros((11, 1), dtype=bool)
    contacts[5:] = True
    assert measure_falcon(replace(tracks, contacts=contacts)) == {"psc": pytest.approx(3 / 5), "human_collision": 1.0}


def test_falcon_scores() -> None:
    assert falcon.challenge_score(1.0, 0.5, 0.8) == pytest.approx(0.4 + 0.15 + 0.24)
    assert falcon.measure_stl(True, 5.0, 400) == pytest.approx(200 / 400)
    assert falcon.measure_stl(True, 5.0, 100) == 1.0
    assert falcon.measure_stl(False, 5.0, 100) == 0.0


def test_socnavgym_forgets_the_radius_and_starts_from_rest(tracks_of: Maker, line: Line) -> None:
    tracks = tracks_of(
        line((0, 0), (1, 0)), line((0, 0.8), (1, 0)), goal=np.array([5.0, 0.0]), clearance=np.full(101, 0.5)
    )
    values = measure_socnavgym(tracks)
    assert values["PERSONAL_SPACE_COMPLIANCE"] == 1.0  # 0.8 - 0.3 from the surface to the centre
    assert measure_all(tracks)["intimate_compliance"] == 0.0  # 0.2 from surface to surface
    assert values["MINIMUM_DISTANCE_TO_HUMAN"] == pytest.approx(0.8)
    assert values["MINIMUM_OBSTACLE_DISTANCE"] == pytest.approx(0.8)
    assert (values["A_MAX"], values["JERK_MAX"]) == (pytest.approx(10.0), pytest.approx(100.0))
    assert measure_all(tracks)["acceleration_max"] == pytest.approx(0.0, abs=1e-9)
    assert values["FAILURE_TO_PROGRESS"] == 50.0  # every step past the goal
    assert measure_all(tracks)["failure_to_progress"] == 1.0
    assert values["TIME_TO_COLLISION"] == -1.0
    head_on = measure_socnavgym(tracks_of(line((0, 0), (1, 0), 41), line((10, 0), (-1, 0), 41)))
    assert head_on["TIME_TO_COLLISION"] == 7.0  # steps of 0.1 s
    assert all(np.isnan(value) for value in measure_socnavgym(tracks_of(np.zeros((1, 2)))).values())


# ---------------------------------------------------------------- collisions (trap 9), MetaUrban, HA-VLN, CrowdNav


def test_collisions_by_step_event_and_episode(tracks_of: Maker) -> None:
    contacts = np.zeros((101, 1), dtype=bool)
    contacts[20:30] = contacts[32:34] = contacts[60:65] = True
    tracks = tracks_of(np.zeros((101, 2)), (0.6, 0.0), contacts=contacts)
    names = "human_collision_steps", "human_collisions", "human_collided"
    assert [MEASURES[name](tracks) for name in names] == [17.0, 2.0, 1.0]
    assert measure_all(tracks)["human_collision_time"] == pytest.approx(1.7)


def test_metaurban_counts_a_crash_with_a_vehicle_twice(tracks_of: Maker) -> None:
    contacts = np.zeros((100, 1), dtype=bool)
    contacts[:10] = True
    tracks = tracks_of(np.zeros((100, 2)), (0.6, 0.0), contacts=contacts)
    assert measure_metaurban(tracks) == {"sns": pytest.approx(0.9), "cumulative_cost": 10.0}
    walls = replace(tracks, clearance=np.where(np.arange(100) < 20, -0.1, 1.0))
    assert measure_metaurban(walls) == {"sns": pytest.approx(0.8), "cumulative_cost": 20.0}
    vehicles = np.zeros(100, dtype=bool)
    vehicles[50:60] = True
    assert measure_metaurban(tracks, vehicles) == {"sns": pytest.approx(0.7), "cumulative_cost": 20.0}


def test_ha_vln_rates_from_counts() -> None:
    collisions, unavoidable = np.array([3, 0, 1, 2]), np.array([1, 0, 1, 5])
    np.testing.assert_array_equal(ha_vln.avoidable_collisions(collisions, unavoidable), [2, 0, 0, 0])
    assert ha_vln.measure_tcr(collisions, unavoidable) == 0.5
    assert ha_vln.measure_cr(collisions, unavoidable) == 0.25  # as the code has it
    assert ha_vln.measure_cr(collisions, unavoidable, ha_vln.BETA["test"]) == pytest.approx(0.25 / (1 - 549 / 3408))
    assert ha_vln.measure_success(np.array([True, True, False, True]), collisions, unavoidable) == 0.5
    with pytest.raises(ValueError, match="unavoidable: expected one count per episode"):
        ha_vln.measure_tcr(collisions, unavoidable[:3])
    with pytest.raises(ValueError, match="collisions: expected counts of 0 or more"):
        ha_vln.measure_tcr(-collisions, unavoidable)
    with pytest.raises(ValueError, match="beta: expected a share"):
        ha_vln.measure_cr(collisions, unavoidable, 0.0)


def test_crowdnav_looks_within_the_step(tracks_of: Maker) -> None:
    """Between two samples, 1 m before and 1 m behind, the robot passes through the person."""
    tracks = tracks_of([(-1.0, 0.0), (1.0, 0.0), (3.0, 0.0)], (0.0, 0.0))
    assert measure_crowdnav(tracks)["collision"] == 1.0
    assert measure_all(tracks)["min_distance"] > 0.0
    near = measure_crowdnav(tracks_of(np.zeros((11, 2)), (0.7, 0.0)))
    assert near["collision"] == 0.0
    assert near["danger_frequency"] == 1.0
    assert near["danger_min_dist"] == pytest.approx(0.1)
    assert near["discomfort_penalty"] == pytest.approx(0.5 * (0.1 - 0.2) * 1.0)
    far = measure_crowdnav(tracks_of(np.zeros((11, 2)), (0.81, 0.0)))
    assert far["danger_frequency"] == 0.0 and np.isnan(far["danger_min_dist"])


# ---------------------------------------------------------------- Habitat


def test_habitat_keeps_its_spelling() -> None:
    assert "frist_ecnounter_steps" in KEYS and "follow_human_steps_ratio_after_frist_encounter" in KEYS


def test_habitat_finding_and_following(tracks_of: Maker, line: Line) -> None:
    """The robot comes up to 1.5 m from a standing person in 35 steps, first within 2 m at step 31, and stays."""
    path = line((0, 0), (1, 0), 101)
    path[35:] = path[35]
    tracks = tracks_of(path, (5.0, 0.0), robot_yaw=np.zeros(101))
    values = measure_habitat_social(tracks, oracle_steps=20)
    assert values["has_found_human"] == 1.0
    assert values["frist_ecnounter_steps"] == 31.0
    assert values["frist_ecnounter_steps_ratio"] == pytest.approx(31 / 20)
    assert values["first_encounter_spl"] == pytest.approx(20 / 31)
    assert values["found_human_rate_over_epi"] == pytest.approx(71 / 101)
    assert values["found_human_rate_after_encounter_over_epi"] == 1.0
    assert values["follow_human_steps_after_frist_encounter"] == 71.0
    assert values["follow_human_steps_ratio_after_frist_encounter"] == pytest.approx(71 / 1480)
    assert values["avg_robot_to_human_after_encounter_dis_over_epi"] == pytest.approx(1.5, abs=0.03)
    assert (values["backup_ratio"], values["yield_ratio"]) == (
        0.0,
        pytest.approx(65 / 101),
    )  # from the sample after it stopped
    assert values["nav_seek_success"] == 0.0
    away = measure_habitat_social(replace(tracks, robot_yaw=np.full(101, np.pi)))
    assert away["has_found_human"] == 0.0
    assert away["frist_ecnounter_steps"] == 1500.0
    assert away["first_encounter_spl"] == away["follow_human_steps_ratio_after_frist_encounter"] == 0.0


def test_habitat_backing_up(tracks_of: Maker, line: Line) -> None:
    tracks = tracks_of(line((0, 0), (-0.5, 0), 21), (1.0, 0.0), robot_yaw=np.zeros(21))
    assert measure_habitat_social(tracks)["backup_ratio"] == pytest.approx(10 / 21)  # until 1.5 m away
    assert all(np.isnan(value) for value in measure_habitat_social(replace(tracks, robot_yaw=None)).values())
    assert all(np.isnan(value) for value in measure_habitat_social(tracks, person=3).values())
