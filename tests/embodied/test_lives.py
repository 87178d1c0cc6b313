"""People who live in a scene: their plans lead them about, they talk, and whatever holds them up ends."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embodied import day
from embodied.compose import compose_runs
from embodied.episode import Action
from embodied.log import EpisodeLog
from embodied.minds.memory import MemoryStore
from embodied.minds.venues import APART, Venues
from embodied.person_senses import PersonSenses
from embodied.report_lives import show_lives
from embodied.seeding import episode_seed
from embodied.world import World
from scenes.scene import Entrance, Scene
from scenes.walkable import Walkable

LIVES = (
    "task=watch", "agent=onlooker", "mind.residents=30", "crowd=social_force", "crowd.people=0", "scene.hour=17",
)  # fmt: skip


def live(seconds: float, *more: str, seed: int = 1) -> EpisodeLog:
    """Return the log of some seconds on the plaza."""
    (config,) = compose_runs([*LIVES, *more], {})
    world = World(config)
    try:
        world.reset(seed=episode_seed(seed, 0), perception="none")
        while world.time < seconds:
            world.step(Action(kind="wait"))
        world.step(Action(kind="stop"))
        return world.log
    finally:
        world.close()


@pytest.fixture(scope="module")
def evening() -> EpisodeLog:
    return live(310.0)


def test_people_are_where_their_plans_have_them(evening: EpisodeLog) -> None:
    plans = {event["entity"]: event for event in evening.events_of("plan")}
    assert len(plans) == len(evening.events_of("resident")) == 30
    stays = day.stays_of(evening)
    for entity, plan in plans.items():
        assert any(stay.place == plan["place"] and stay.state in day.AT for stay in stays[entity]), plan
    inside = {entity for entity, own in stays.items() if all(stay.state in ("away", "inside") for stay in own)}
    seen = set(evening.column("entity").tolist()) - {0}
    assert 3 <= len(seen) < 30 and not seen & inside
    assert day.measure(evening)["schedule_kept"] > 0.9 and day.measure(evening)["longest_stuck"] < 60.0


def test_decisions_say_why_and_by_whom(evening: EpisodeLog) -> None:
    decisions = [event for event in evening.events_of("decision") if "event" in event]
    assert len(decisions) > 10 and {event["decided_by"] for event in decisions} == {"rules"}
    assert all(event["reason"] and event["activity"] for event in decisions)
    per_second = Counter((event["entity"], event["time"]) for event in decisions)
    assert max(per_second.values()) == 1
    assert len(decisions) < 0.05 * 30 * 310  # on events, not all the time


def test_talks_are_of_people_who_are_near_and_one_speaks_at_a_time(evening: EpisodeLog) -> None:
    talks = evening.events_of("chat")
    said = [event for event in evening.events_of("speech") if "overheard" in event]
    assert talks and len(said) > 10
    entity, time = evening.column("entity"), evening.column("time")
    places = np.column_stack([evening.column("x"), evening.column("y")])

    def at(person: int, when: float) -> np.ndarray:
        row = np.flatnonzero((entity == person) & (np.abs(time - round(when, 1)) < 0.06))[0]
        return places[row]

    for event in said:
        for hearer in event["hearers"]:
            assert math.dist(at(event["speaker"], event["time"]), at(hearer, event["time"])) < 8.3
    for talk in talks:
        own = [event for event in said if event["speaker"] in talk["people"] and event["time"] >= talk["time"]]
        for one, other in pairwise(own):
            if set(one["hearers"]) & {other["speaker"]}:
                assert other["start"] >= one["end"] - 0.11
    related = {(e["entity"], other) for e in evening.events_of("resident") for other, _ in e["relationships"]}
    for talk in talks:
        assert any((a, b) in related for a in talk["people"] for b in talk["people"])


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        live(20.0).write(tmp_path / name)
    for file in ("log.parquet", "events.jsonl"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_memories_outlast_an_episode(tmp_path: Path) -> None:
    file = tmp_path / "town.sqlite"
    live(30.0, f"mind.memory={file}", "mind.population_seed=3")
    with MemoryStore(file) as store:
        first = sum(len(store.of(person, now=math.inf)) for person in range(1, 31))
    live(30.0, f"mind.memory={file}", "mind.population_seed=3", seed=2)
    with MemoryStore(file) as store:
        assert sum(len(store.of(person, now=math.inf)) for person in range(1, 31)) > first > 0


def test_the_page_shows_lives_and_escapes_what_people_are_called(evening: EpisodeLog, small_scene: Scene) -> None:
    evening.events_of("resident")[0]["name"] = "<script>alert(1)</script>"
    page = show_lives(evening, small_scene)
    assert "&lt;script&gt;" in page and "<script>" not in page
    assert page.count("<svg") == 2 and "Who talked with whom" in page


# ---------------------------------------------------------------- how a day is judged


def _log(rows: list[tuple[float, float]], events: list[dict[str, Any]], activity: str = "walk") -> EpisodeLog:
    """Return a log in which person 1 is at x (second of each row) at times (first)."""
    log = EpisodeLog()
    for step, (time, x) in enumerate(rows):
        log.append(
            step=step, time=time, entity=[0, 1], kind=["robot", "human"], x=[9.0, x], y=[9.0, 0.0], z=[0.0, 0.0],
            yaw=[0.0, 0.0], vx=[0.0, 0.0], vy=[0.0, 0.0], radius=[0.3, 0.25], goal_x=[np.nan] * 2,
            goal_y=[np.nan] * 2, activity=["stand", activity], group=[-1, -1], seen_by_robot=[False, False],
            contact=[-1, -1], goal_distance=[0.0, np.nan],
        )  # fmt: skip
    for event in events:
        log.event(0, event.pop("time"), event.pop("type"), **event)
    log.event(len(rows), rows[-1][0], "episode_end", reason="stop", goal_distance=0.0)
    return log


def _life(time: float, state: str, place: str = "bank") -> dict[str, Any]:
    return {"type": "life", "time": time, "entity": 1, "state": state, "place": place, "doing": "work",
            "planned": "work", "needs": [1.0, 1.0, 1.0, 1.0]}  # fmt: skip


def test_who_stands_on_its_way_is_stuck_as_long_and_no_longer() -> None:
    times = np.round(np.arange(0.0, 120.0, 0.1), 1)
    x = np.interp(times, [0, 30, 75, 120], [0, 30, 30, 75])
    log = _log(list(zip(times.tolist(), x.tolist(), strict=True)), [_life(0.0, "going"), _life(110.0, "there")])
    assert day.measure(log)["longest_stuck"] == pytest.approx(45.0, abs=1.2)
    held = _log(list(zip(times.tolist(), x.tolist(), strict=True)), [_life(0.0, "going")], activity="talk")
    assert day.measure(held)["longest_stuck"] == 0.0


@pytest.mark.parametrize(("arrives", "kept"), [(100.0, 1.0), (599.0, 1.0), (700.0, 0.0)])
def test_a_plan_is_kept_by_who_gets_there_in_time(arrives: float, kept: float) -> None:
    plan = {
        "type": "plan",
        "time": 0.0,
        "entity": 1,
        "doing": "work",
        "place": "bank",
        "reason": "routine",
        "end": 3600,
    }
    events = [plan, _life(0.0, "going"), _life(arrives, "inside")]
    log = _log([(0.0, 0.0), (1000.0, 1.0)], events)
    assert day.measure(log)["schedule_kept"] == kept


def test_nobody_who_lives_there_is_nothing_to_judge() -> None:
    assert day.measure(_log([(0.0, 0.0), (1.0, 0.0)], [])) == {}


# ---------------------------------------------------------------- where, and what is seen


def test_places_of_plans_are_found_or_away(small_scene: Scene) -> None:
    gate = Entrance(name="gate", position=(1.0, 1.0), radius=0.5)
    scene = Scene(**{name: getattr(small_scene, name) for name in small_scene.__slots__} | {"entrances": (gate,)})
    venues = Venues(scene, Walkable(scene.walkable, radius=0.35))
    assert venues.names and set(venues.names) <= {mark.name for mark in scene.landmarks}
    known = venues.find(venues.names[0], 3)
    assert not known.away and known.name == venues.names[0]
    for words in ("home", "", "moon base"):
        away = venues.find(words, 3)
        assert away.away and away.inside and away.position == gate.position
    rng, taken = np.random.default_rng(0), []
    for _ in range(6):
        spot = venues.stand(known, taken, rng)
        if spot != known.position:
            assert all(math.dist(spot, other) >= APART for other in taken)
        taken.append(spot)
    assert len(set(taken)) > 3


def test_a_scene_without_entrances_has_no_residents(small_scene: Scene) -> None:
    scene = Scene(**{name: getattr(small_scene, name) for name in small_scene.__slots__} | {"entrances": ()})
    with pytest.raises(ValueError, match="expected a scene with entrances"):
        Venues(scene, Walkable(scene.walkable, radius=0.35))


def test_walls_hide_and_muffle(small_scene: Scene) -> None:
    senses = PersonSenses(small_scene)
    west, east, south = np.array([4.0, 10.0]), np.array([16.0, 10.0]), np.array([4.0, 4.0])
    assert senses.sees(west, south) and not senses.sees(west, east)
    assert senses.hears(west, south, 8.0) and not senses.hears(west, east, 8.0) and not senses.hears(west, east, 20.0)
    assert senses.hears(np.array([7.5, 7.0]), np.array([7.0, 7.5]), 8.0)


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("mind.residents=-1", "mind.residents"),
        ("mind.people=nowhere.yaml", "nowhere.yaml"),
        ("mind.demography=nowhere.yaml", "nowhere.yaml"),
        ("mind.memory=town.sqlite", "mind.population_seed"),
    ],
)
def test_bad_residents_are_told_in_one_line(key: str, says: str) -> None:
    with pytest.raises((ValueError, FileNotFoundError), match=says) as error:
        live(1.0, key)
    assert "\n" not in str(error.value)
