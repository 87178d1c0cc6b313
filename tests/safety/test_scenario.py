"""The contract of scenarios: what it refuses, and that files give back what was written."""

import dataclasses
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safety.scenario import CATEGORIES, PAPER_GROUPS, Activity, Hazard, Scenario, check_pictures, own_category
from safety.scenario_files import read_scenarios, record_of, scenario_from, write_scenarios
from safety.scenarios import generate

HOURS = tuple(f"{hour} PM: dance." for hour in range(1, 12))


def make_record(**fields: Any) -> dict[str, Any]:
    """Return a record as the paper has it."""
    pictures = [f"{index}.jpg" for index in range(11)]
    base = {
        "id": "s1", "category": "Unsafe Backyard Fires", "global_category": "Fire & Heat",
        "description": "A beach party.",
        "plan": list(HOURS), "plan_safe": list(HOURS), "plan_image_paths": pictures, "safe_plan_image_paths": pictures,
        "plan_reviewed": list(HOURS), "safe_plan_reviewed": list(HOURS),
    }  # fmt: skip
    return {**base, **fields}


def test_a_record_of_the_paper_is_read() -> None:
    scenario = scenario_from(make_record())
    assert scenario.global_category == "fire and heat"
    assert scenario.category == "Unsafe Backyard Fires"
    assert len(scenario.plan_reviewed) == 11
    assert not scenario.grounded


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"plan_safe": ["x"]}, ("scenario s1", "plan_safe", "11", "got 1")),
        ({"plan_image_paths": ["a.jpg"]}, ("scenario s1", "plan_image_paths", "11 entries or none", "got 1")),
        ({"global_category": "Sharks"}, ("scenario s1", "global_category", "fire and heat", "'Sharks'")),
        ({"plan": ["", *HOURS[1:]]}, ("scenario s1", "plan[0]", "a text", "''")),
        ({"plan": "dance"}, ("scenario s1", "plan", "a list of texts", "'dance'")),
        ({"plan": []}, ("scenario s1", "plan", "a text for each hour", "none")),
        ({"id": " "}, ("id", "a name")),
        ({"family": "circus"}, ("scenario s1", "family", "party", "'circus'")),
        ({"hazards": [{"id": "x"}]}, ("scenario s1", "hazards", "the fields of a hazard")),
        ({"hazards": [{"id": "x", "kind": "grill", "position": [0, 0], "values": {"power": "hot"}}]}, ("s1", "finite")),
        ({"seed": "one"}, ("scenario s1", "seed", "a number", "'one'")),
    ],
)
def test_bad_records_are_refused_in_one_line(fields: dict[str, Any], words: tuple[str, ...]) -> None:
    with pytest.raises(ValueError) as caught:
        scenario_from(make_record(**fields), "plans.jsonl:3")
    line = str(caught.value)
    assert "\n" not in line and line.startswith("plans.jsonl:3") and "; " in line
    assert all(word in line for word in words), line


def test_a_missing_field_is_named() -> None:
    record = make_record()
    del record["plan_safe"]
    with pytest.raises(ValueError, match="scenario s1: plan_safe: expected a value"):
        scenario_from(record)


def test_activities_must_follow_the_plan_and_name_hazards_that_are_there() -> None:
    scenario = generate(1)
    with pytest.raises(ValueError, match="activities"):
        dataclasses.replace(scenario, activities=scenario.activities[::-1])
    with pytest.raises(ValueError, match="hazard: expected one of"):
        dataclasses.replace(scenario, hazards=())


def test_precautions_are_names() -> None:
    record = record_of(generate(1))
    for wrong in ("gloves", 5, [5], None):
        record["activities"][0]["precautions"] = wrong
        with pytest.raises(ValueError, match="activities: precautions: expected a list of names, got"):
            scenario_from(record)


def test_numbers_must_be_finite_and_in_order() -> None:
    with pytest.raises(ValueError, match="begins < ends"):
        Hazard(id="a", kind="grill", position=(0, 0), begins=5, ends=5)
    with pytest.raises(ValueError, match="finite"):
        Hazard(id="a", kind="grill", position=(0, math.nan))
    with pytest.raises(ValueError, match="start < end"):
        Activity(id=0, start=1, end=0, text="x", deed="other")
    with pytest.raises(ValueError, match="finite"):
        Activity(id=0, start=0, end=1, text="x", deed="other", values={"people": math.inf})


def test_groups_of_the_paper_map_onto_ours() -> None:
    assert {own_category(group) for group in PAPER_GROUPS} <= set(CATEGORIES)
    assert own_category("fire  AND heat") == own_category("Fire & Heat") == "fire and heat"
    assert len(CATEGORIES) >= 21 and len(set(CATEGORIES)) == len(CATEGORIES)


def test_a_hazard_is_dangerous_between_its_ends() -> None:
    hazard = Hazard(id="a", kind="grill", position=(0, 0), begins=10, ends=20)
    assert [hazard.state(time) for time in (9.9, 10, 19.9, 20)] == ["safe", "unsafe", "unsafe", "safe"]


@settings(max_examples=15, deadline=None)
@given(seeds=st.lists(st.integers(0, 10_000), min_size=1, max_size=3, unique=True))
def test_files_give_back_what_was_written(seeds: list[int], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("scenarios")
    scenarios = [generate(seed) for seed in seeds]
    write_scenarios(folder / "a.jsonl", scenarios)
    assert read_scenarios(folder / "a.jsonl") == scenarios
    write_scenarios(folder / "b.jsonl", read_scenarios(folder / "a.jsonl"))
    assert (folder / "a.jsonl").read_bytes() == (folder / "b.jsonl").read_bytes()
    assert not list(folder.glob("*.partial"))


def test_arrays_lines_and_folders_are_read_alike(tmp_path: Path) -> None:
    records = [make_record(id=name) for name in ("a", "b")]
    (tmp_path / "array.json").write_text(json.dumps(records, indent=2))
    (tmp_path / "lines.jsonl").write_text("\n".join(json.dumps(record) for record in records))
    (tmp_path / "folder").mkdir()
    for record in records:
        (tmp_path / "folder" / f"{record['id']}.json").write_text(json.dumps(record, indent=1))
    expected = [scenario_from(record) for record in records]
    for name in ("array.json", "lines.jsonl", "folder"):
        assert read_scenarios(tmp_path / name) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[{", ("JSON",)),
        ('{"id": 1}\n{"id"', (":1", "category")),
        ("", ("at least one",)),
        ("[3]", ("record 1", "int")),
        ("[" * 100_000, ("JSON", "too deep")),
        ('{"a":' * 100_000, ("x.json:1", "JSON")),
        ("\udcff", ("x.json: expected UTF-8", "at byte 0")),
    ],
)
def test_files_that_are_none_are_refused(text: str, words: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ValueError) as caught:
        read_scenarios(tmp_path / "x.json")
    assert all(word in str(caught.value) for word in words) and "\n" not in str(caught.value)


def test_doubles_and_absent_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps([make_record(), make_record()]))
    with pytest.raises(ValueError, match="scenario s1: expected an id of its own"):
        read_scenarios(tmp_path / "x.json")
    with pytest.raises(FileNotFoundError, match="expected scenarios"):
        read_scenarios(tmp_path / "nothing.json")


def test_pictures_must_be_there(tmp_path: Path) -> None:
    scenario = scenario_from(make_record())
    for index in range(11):
        (tmp_path / f"{index}.jpg").touch()
    check_pictures(scenario, tmp_path)
    (tmp_path / "7.jpg").unlink()
    with pytest.raises(FileNotFoundError, match=r"scenario s1: plan_image_paths\[7\].*7\.jpg"):
        check_pictures(scenario, tmp_path)
    without: Scenario = dataclasses.replace(scenario, plan_image_paths=())
    with pytest.raises(FileNotFoundError, match="expected 11 pictures, got none"):
        check_pictures(without, tmp_path)
