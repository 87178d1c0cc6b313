"""All social measures of one episode by name, and peers' variants of them by peer.

docs/metrics_social.md has units, formulas and sources. A measure is NaN where it does not apply (what it needs is not
in the tracks, or never happened); distances and times to collision are inf when nobody was there to meet.
"""

from __future__ import annotations

from collections.abc import Callable

from safety.collision import count_blame, count_contact_steps, count_contacts, measure_contact_time
from safety.comfort import measure_comfort_mean, measure_comfort_min
from safety.counterfactual import measure_aggregated_time
from safety.crowdnav import measure_crowdnav
from safety.falcon import measure_falcon
from safety.group import count_groups_crossed, measure_group_intrusion
from safety.habitat_social import measure_habitat_social
from safety.hunavsim import measure_hunavsim
from safety.igibson import measure_igibson
from safety.kinematics import (
    measure_energy,
    measure_failure_to_progress,
    measure_heading_change,
    measure_max,
    measure_mean,
    measure_min_speed,
    measure_path_irregularity,
    measure_stalled_time,
)
from safety.metaurban import measure_metaurban
from safety.passing import count_passings, measure_passing_distance, measure_passing_left, measure_passing_speed
from safety.personal_space import measure_personal_space_cost
from safety.report import Measure, Tracks
from safety.social import (
    INTIMATE_ZONE,
    PERSONAL_ZONE,
    SOCIAL_ZONE,
    measure_compliance,
    measure_intrusion,
    measure_mean_clearance,
    measure_mean_distance,
    measure_min_clearance,
    measure_min_distance,
    measure_speed_near,
)
from safety.social_force import (
    measure_force_on_people,
    measure_force_on_robot,
    measure_obstacle_force,
    measure_social_work,
    measure_social_work_mean,
)
from safety.socnavbench import measure_socnavbench
from safety.socnavgym import measure_socnavgym
from safety.time_to_collision import measure_min_ttc, measure_ttc_exposure, measure_ttc_quantile

MEASURES: dict[str, Measure] = {
    "min_distance": measure_min_distance,
    "mean_distance": measure_mean_distance,
    "min_clearance": measure_min_clearance,
    "mean_clearance": measure_mean_clearance,
    "intimate_space": lambda tracks: measure_intrusion(tracks, INTIMATE_ZONE),
    "personal_space": lambda tracks: measure_intrusion(tracks, PERSONAL_ZONE),
    "social_space": lambda tracks: measure_intrusion(tracks, SOCIAL_ZONE),
    "intimate_compliance": lambda tracks: measure_compliance(tracks, INTIMATE_ZONE),
    "personal_compliance": lambda tracks: measure_compliance(tracks, PERSONAL_ZONE),
    "personal_space_cost": measure_personal_space_cost,
    "ttc_min": measure_min_ttc,
    "ttc_p5": lambda tracks: measure_ttc_quantile(tracks, 0.05),
    "ttc_exposure": measure_ttc_exposure,
    "human_collision_steps": lambda tracks: float(count_contact_steps(tracks)),
    "human_collision_time": measure_contact_time,
    "human_collisions": lambda tracks: float(count_contacts(tracks)),
    "human_collided": lambda tracks: float(count_contacts(tracks) > 0),
    "robot_on_person": lambda tracks: float(count_blame(tracks)[0]),
    "person_on_robot": lambda tracks: float(count_blame(tracks)[1]),
    "speed_min": measure_min_speed,
    "speed_mean": lambda tracks: measure_mean(tracks, 1),
    "speed_max": lambda tracks: measure_max(tracks, 1),
    "speed_near_people": lambda tracks: measure_speed_near(tracks, PERSONAL_ZONE),
    "acceleration_mean": lambda tracks: measure_mean(tracks, 2),
    "acceleration_max": lambda tracks: measure_max(tracks, 2),
    "acceleration_scalar_mean": lambda tracks: measure_mean(tracks, 2, scalar=True),
    "jerk_mean": lambda tracks: measure_mean(tracks, 3),
    "jerk_max": lambda tracks: measure_max(tracks, 3),
    "jerk_scalar_mean": lambda tracks: measure_mean(tracks, 3, scalar=True),
    "motion_energy": measure_energy,
    "heading_change": measure_heading_change,
    "path_irregularity": measure_path_irregularity,
    "stalled_time": measure_stalled_time,
    "failure_to_progress": measure_failure_to_progress,
    "aggregated_time": measure_aggregated_time,
    "social_work": measure_social_work,
    "social_work_mean": measure_social_work_mean,
    "social_force_on_robot": measure_force_on_robot,
    "social_force_on_people": measure_force_on_people,
    "obstacle_force_on_robot": measure_obstacle_force,
    "group_intrusion": measure_group_intrusion,
    "groups_crossed": count_groups_crossed,
    "passings": count_passings,
    "passing_distance": measure_passing_distance,
    "passing_speed": measure_passing_speed,
    "passing_left": measure_passing_left,
    "comfort_mean": measure_comfort_mean,
    "comfort_min": measure_comfort_min,
}

VARIANTS: dict[str, Callable[[Tracks], dict[str, float]]] = {
    "falcon": measure_falcon,
    "igibson": measure_igibson,
    "socnavgym": measure_socnavgym,
    "hunavsim": measure_hunavsim,
    "socnavbench": measure_socnavbench,
    "crowdnav": measure_crowdnav,
    "habitat_social": measure_habitat_social,
    "metaurban": measure_metaurban,
}


def measure_all(tracks: Tracks) -> dict[str, float]:
    """Return every measure of MEASURES by its name."""
    return {name: measure(tracks) for name, measure in MEASURES.items()}
