"""`crowd.controls.*` on the command line, and `embodied evaluate crowd protocol=control`."""

from __future__ import annotations

import json
import math
from pathlib import Path

import cv2
import numpy as np
import pytest

from crowd.control import RIDER_RADIUS, Controls
from crowd.trajectory import CrowdTrajectory
from embodied import cli
from embodied.compose import as_plain, compose_runs
from embodied.control_trials import (
    disc,
    overlaps,
    person_seconds,
    place_regions,
    robot_ride,
    simulate,
    stage_scene,
    turning,
)
from embodied.controls import asked, make_controls
from embodied.evaluate_crowd_control import _compliance, make_rows
from embodied.place import Place, build_scene
from embodied.populate import populate
from embodied.results import read_results
from embodied.seeding import stream

GATES = ("bridge street gate", "castle street gate", "king street gate", "station road gate")


def controls(*words: str) -> Controls:
    scene = build_scene(Place(name="plaza", seed=0))
    return make_controls(compose_runs(list(words), {})[0].crowd.controls, scene)


def test_keys_become_values(tmp_path: Path) -> None:
    west, south, east, north = build_scene(Place(name="plaza", seed=0)).walkable.bounds
    path = tmp_path / "drawn.png"
    cv2.imwrite(str(path), np.full((round(2 * (north - south)), round(2 * (east - west))), 90, np.uint8))
    made = controls(
        "crowd.controls.population=30", "crowd.controls.pace=1.2", "crowd.controls.riders=0.25",
        "crowd.controls.flow=[[king street gate, 12]]", "crowd.controls.avoid=[[[0,0],[2,0],[2,2]]]",
        "crowd.controls.regions_until=20", "crowd.controls.evacuate_at=30",
        "crowd.controls.exits=[station road gate]", f"crowd.controls.density={path}",
    )  # fmt: skip
    assert (made.population, made.pace, made.rider_share(), made.evacuate_at) == (30, 1.2, 0.25, 30)
    assert made.flows(GATES)[2] == pytest.approx(0.2) and np.isnan(made.flows(GATES)[[0, 1, 3]]).all()
    assert made.avoid[0].tolist() == [[0, 0], [2, 0], [2, 2]] and made.rules(19.9) and not made.rules(20.0)
    assert made.exits.shape == (1, 2) and made.density is not None and made.density.at(np.zeros(2)) == 1.0
    assert controls().exits.shape == (4, 2) and math.isinf(controls().regions_until)


def test_asking_for_nothing_leaves_configs_and_people_as_they_were() -> None:
    run = compose_runs([], {})[0]
    assert asked(run.crowd.controls) == [] and "controls" not in as_plain(run)["crowd"]
    told = compose_runs(["crowd.controls.pace=1.5", "crowd.controls.riders=0.5"], {})[0]
    assert as_plain(told)["crowd"]["controls"]["pace"] == 1.5
    scene = build_scene(Place(name="plaza", seed=0))
    usual, other = (populate(scene, config, None, 60.0, 3) for config in (run, told))
    assert RIDER_RADIUS in other.start.radii and RIDER_RADIUS not in usual.start.radii


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("crowd.controls.avoid=[[[0,0],[1,1]]]", "crowd.controls.avoid[0]: expected a polygon of three points or more"),
        ("crowd.controls.avoid=[3]", "crowd.controls.avoid: expected a list of polygons"),
        ("crowd.controls.flow=[[no gate, 3]]", "crowd.controls.flow: expected names of entrances (bridge street gate"),
        ("crowd.controls.flow=[king]", "crowd.controls.flow: expected [[name, people a minute]"),
        (
            "crowd.controls.flow=[[king street gate, -3]]",
            "crowd.controls.flow[king street gate]: expected people a min",
        ),
        ("crowd.controls.exits=[nowhere]", "crowd.controls.exits: expected names of entrances"),
        ("crowd.controls.density=/no/such.png", "crowd.controls.density: /no/such.png: expected a greyscale picture"),
        ("crowd.controls.pace=0", "crowd.controls.pace: expected 0.1 to 3, got 0.0"),
        ("crowd.controls.pace=nan", "crowd.controls.pace: expected 0.1 to 3, got nan"),
        ("crowd.controls.regions_until=0", "crowd.controls.regions_until: expected seconds after regions_from=0"),
        ("crowd.controls.people=3", "crowd.controls.people: no such key"),
    ],
)
def test_bad_keys_are_one_line(word: str, said: str) -> None:
    with pytest.raises((ValueError, FileNotFoundError)) as caught:
        controls(word)
    assert str(caught.value).startswith(said) and "\n" not in str(caught.value)


def test_a_recording_refuses_and_so_do_unknown_models(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert cli.main(["generate", "crowd=replay", "crowd.controls.pace=2", f"out={tmp_path / 'a'}"]) == 2
    assert "crowd=replay: expected nothing to be asked of a recording" in capsys.readouterr().err
    words = ["evaluate", "crowd", "protocol=control"]
    assert cli.main([*words, "model=crowdes"]) == 2
    assert "model=crowdes: expected all or some of social_force, ours" in capsys.readouterr().err
    assert cli.main([*words, "scene=zara1"]) == 2
    assert "give data=DIR for recorded places" in capsys.readouterr().err
    assert not (tmp_path / "a").exists()


def test_regions_lie_where_people_walk_and_leave_every_way_open() -> None:
    stage = stage_scene("plaza", 0, 24, 30.0)
    arrivals = stage.arrivals(7)
    walked = simulate(stage, "social_force", Controls(), 30.0, 0, 7)
    regions = place_regions(stage, "multi", walked, arrivals)
    assert len(regions) == 3 and person_seconds(walked, regions) > 10.0
    told = simulate(stage, "social_force", Controls(avoid=tuple(regions)), 30.0, 0, 7)
    assert person_seconds(told, regions) < 0.3 * person_seconds(walked, regions)


def test_seconds_turns_overlaps_and_compliance_by_hand() -> None:
    line = np.stack([np.linspace(-2.0, 2.0, 41), np.zeros(41)], axis=1)[:, None]
    walked = CrowdTrajectory(
        times=0.1 * np.arange(41), person_ids=np.array([3]), positions=line, valid=np.ones((41, 1), np.bool_)
    )
    region = disc(np.zeros(2), 1.01)
    assert person_seconds(walked, [region]) == pytest.approx(2.1)
    assert turning(walked, [region])[0] == pytest.approx(0.0, abs=1e-9) and turning(walked, [region])[1] > 3.0
    values = {"with": [1.0, 2.0], "without": [10.0, 20.0]}
    assert _compliance(values) == pytest.approx(0.9)
    stage = stage_scene("corridor", 0, 6, 40.0)
    arrivals = stage.arrivals(1)
    rides = [robot_ride(stage, stream(0, "crowd", 9, k), arrivals, 40.0, drives=k > 0) for k in range(3)]
    assert not rides[0][1].any() and all(np.hypot(*speed[0]) >= 0.5 for _, speed in rides[1:])
    assert all((np.abs(track[:, 1]) < 1.2).all() for track, _ in rides)  # within the walls
    one = [arrival for arrival in arrivals if arrival.person_id == 3]
    depth = overlaps(walked, np.zeros((41, 2)), one)
    assert depth[20, 0] == pytest.approx(one[0].radius + 0.3) and depth[0, 0] < 0.0


@pytest.mark.slow
def test_the_verb_leaves_rows_and_the_same_rows_again(tmp_path: Path) -> None:
    words = ["evaluate", "crowd", "protocol=control", "model=social_force", "scene=plaza", "samples=2", "seconds=15"]
    for name, parts in (("one", "[avoid,robot]"), ("two", "avoid")):
        assert cli.main([*words, f"part={parts}", "episodes=6", f"out={tmp_path / name}"]) == 0
    first, second = (read_results(tmp_path / name / "results.json") for name in ("one", "two"))
    told = [[row for row in found["rows"] if row["work"] == "avoid"] for found in (first, second)]
    assert json.dumps(told[0]) == json.dumps(told[1])
    rows = {(row["work"], row["scene"], row["category"]): row["metrics"] for row in first["rows"]}
    assert set(rows) == {
        *(("avoid", scene, shape) for scene in ("plaza", "all") for shape in ("disc", "rectangle", "multi")),
        ("avoid", "all", "all"), ("robot", "all", "stands"), ("robot", "all", "drives"),
    }  # fmt: skip
    for shape in ("disc", "rectangle", "multi"):
        found = rows["avoid", "plaza", shape]
        assert found["compliance"]["lo"] <= found["compliance"]["value"] <= found["compliance"]["hi"] <= 1.0
        assert found["person_seconds"]["value"] < found["person_seconds_without"]["value"]
    assert all(rows["robot", "all", kind]["overlap"]["value"] == 0.0 for kind in ("stands", "drives"))


def test_rows_pool_places_evenly() -> None:
    def entry(scene: str, inside: float) -> dict[str, object]:
        names = ("came", "came_without", "left", "left_without", "way", "way_without", "turn", "turn_s")
        names += ("turn_without", "turn_s_without", "jerk", "jerk_without")
        values = {name: [1.0] for name in names} | {"with": [inside], "without": [10.0]}
        return {"work": "avoid", "scene": scene, "model": "ours", "category": "disc", "values": values}

    rows = make_rows([entry("plaza", 1.0), entry("street", 3.0)], np.random.default_rng(0))
    pooled = [row for row in rows if row["scene"] == "all" and row["category"] == "disc"]
    assert pooled[0]["metrics"]["compliance"]["value"] == pytest.approx(0.8) and pooled[0]["n"] == 2
