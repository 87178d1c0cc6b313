"""Acquaintances who greet: who they are, what they do, and that all of it ends."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from shapely.geometry import Polygon, box

from crowd.control import RIDER_RADIUS
from crowd.social_force import SocialForce
from crowd.trajectory import Arrival, CrowdState, Others
from embodied import greetings, populate
from embodied.compose import compose_runs
from embodied.episode import Action
from embodied.greetings import Greetings
from embodied.playback import play
from embodied.world import World
from motion.body import load_body
from motion.clip import PairClip
from motion.encounter import Encounters
from motion.models import MOTION_MODELS

SQUARE = box(0, 0, 20, 20)
WALL = Polygon([(0, 0), (20, 0), (20, 20), (0, 20)], holes=[[(9.9, 0.5), (10.1, 0.5), (10.1, 19.5), (9.9, 19.5)]])
NAMES = {1: "woman_young", 2: "man_young"}
NOBODY = Others(positions=np.zeros((0, 2)), velocities=np.zeros((0, 2)), radii=np.zeros(0))


class Player:
    """Stands in for Encounters: keeps who plays what."""

    def __init__(self) -> None:
        self.pairs: list[tuple[tuple[int, int], PairClip]] = []
        self.stopped: list[int] = []

    def begin(self, people: tuple[int, int], pair: PairClip) -> None:
        self.pairs.append((people, pair))

    def stop(self, person: int) -> None:
        self.stopped.append(person)


class Meeting:
    """People 1, 2, ... who walk by social forces and greet; no robot, no pictures."""

    def __init__(
        self, *arrivals: Arrival, walkable: Polygon = SQUARE, share: float = 1.0, seed: int = 0,
        until: float = math.inf, bodies: dict[int, str] | None = None, player: Player | None = None,
    ) -> None:  # fmt: skip
        names = bodies or {}
        self.events: list[dict[str, Any]] = []
        self.model, self.time = SocialForce(), 0.0
        people = {a.person_id: load_body(names.get(a.person_id, "man_young")) for a in arrivals}
        self.greetings = Greetings(
            lambda type, **fields: self.events.append({"type": type, "time": self.time, **fields}),
            seed=seed, share=share, walkable=walkable, body_of=people.__getitem__, until=until,
            encounters=player,  # type: ignore[arg-type]
        )  # fmt: skip
        self.states = [self.model.reset(walkable, arrivals, np.random.default_rng(0))]

    def step(self, busy: tuple[int, ...] = ()) -> CrowdState:
        state = self.states[-1]
        self.time = round(self.time + 0.1, 6)
        yaws = dict(zip(state.person_ids.tolist(), state.yaws.tolist(), strict=True)) | self.greetings.facing
        self.greetings.update(self.time, state, yaws, busy)
        self.states.append(self.model.step(0.1, NOBODY, dict(self.greetings.orders)))
        self.greetings.orders.clear()
        return self.states[-1]

    def run(self, seconds: float) -> Meeting:
        for _ in range(round(10 * seconds)):
            self.step()
        return self

    def of(self, *types: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] in types]


def walker(person: int, origin: tuple[float, float], goal: tuple[float, float] | None, **more: Any) -> Arrival:
    return Arrival(person_id=person, time=0.0, origin=origin, goal=goal, **more)


def two(apart: float = 0.5, **more: Any) -> tuple[Arrival, Arrival]:
    """Return two who walk towards each other."""
    return walker(1, (4, 10), (18, 10), **more), walker(2, (16, 10 + apart), (2, 10 + apart), **more)


def test_two_acquaintances_greet_and_go_on():
    meeting = Meeting(*two())
    meeting.run(25.0)
    assert [e["type"] for e in meeting.events if e["type"] != "cue"] == [
        "decision", "decision", "interaction", "speech", "speech", "interaction_end",
    ]  # fmt: skip
    (begun,), (over,), said = meeting.of("interaction"), meeting.of("interaction_end"), meeting.of("speech")
    assert sorted(begun["people"]) == [1, 2] and begun["kind"] in greetings.KINDS and begun["by"] == "guided"
    assert begun["start"] == begun["time"] and begun["end"] == pytest.approx(
        begun["start"] + greetings.LASTS[begun["kind"]]
    )
    assert over["reason"] == "over" and over["time"] == pytest.approx(begun["end"], abs=0.11)
    assert [(e["speaker"], e["hearers"]) for e in said] == [(a, [b]) for a, b in
                                                            (begun["people"], begun["people"][::-1])]  # fmt: skip
    assert begun["start"] < said[0]["start"] < said[0]["end"] < said[1]["start"] < begun["end"]
    assert all(e["text"] in greetings.WORDS and e["act"] == "greet" for e in said)
    during = [s for k, s in enumerate(meeting.states) if begun["start"] + 0.1 < 0.1 * k < begun["end"]]
    assert max(np.hypot(*s.velocities.T).max() for s in during) < 0.1
    assert np.ptp([s.positions for s in during], axis=0).max() < 0.1
    places = np.array(begun["places"])
    towards = np.arctan2(*(places[::-1, :2] - places[:, :2]).T[::-1])
    np.testing.assert_allclose(np.angle(np.exp(1j * (towards - places[:, 2]))), 0.0, atol=1e-9)
    gaps = [float(np.hypot(*(s.positions[0] - s.positions[1]))) for s in meeting.states if len(s.person_ids) == 2]
    assert min(gaps) > 0.55 and len(meeting.states[-1].person_ids) == 0, "no touch, and both arrive"
    assert not (meeting.greetings.cues or meeting.greetings.facing or meeting.greetings.partners)


def test_the_mouth_moves_with_the_own_words():
    meeting = Meeting(*two()).run(18.0)
    said = meeting.of("speech")
    assert len(said) == 2
    for speech in said:
        cues = [(e["time"], e["spoken"]) for e in meeting.of("cue")
                if e["entity"] == speech["speaker"] and e["kind"] == "look"]  # fmt: skip
        assert [spoken for _, spoken in cues] == [False, True, False]
        assert cues[1][0] == speech["start"] and cues[2][0] == pytest.approx(speech["end"], abs=0.11)
    assert [e["kind"] for e in meeting.of("cue")[-2:]] == ["none", "none"]


@pytest.mark.parametrize(("kind", "least", "most"), [("handshake", 0.8, 1.15), ("bow", 1.5, 2.0), ("wave", 1.6, 2.1)])
def test_they_stand_as_far_apart_as_the_greeting_wants(kind, least, most, monkeypatch):
    monkeypatch.setattr(greetings, "KINDS", {kind: 1.0})
    for seed in range(3):
        (begun,) = Meeting(*two(apart=0.2 * seed), seed=seed).run(12.0).of("interaction")
        places = np.array(begun["places"])
        assert begun["kind"] == kind and least < np.hypot(*(places[1, :2] - places[0, :2])) < most


def test_a_share_of_pairs_knows_each_other_whatever_else_happens():
    def known(seed: int, share: float, pairs: list[tuple[int, int]]) -> list[bool]:
        state = SocialForce().reset(SQUARE, two(), np.random.default_rng(0))
        all_of = Greetings(lambda *_, **__: None, seed=seed, share=share, walkable=SQUARE, body_of=load_body,
                           encounters=None)  # type: ignore[arg-type] # fmt: skip
        return [all_of._know(pair, state, 0, 1) for pair in pairs]

    pairs = [(a, b) for a in range(1, 40) for b in range(a + 1, 40)]
    one = known(5, 0.15, pairs)
    assert np.mean(one) == pytest.approx(0.15, abs=0.03)
    assert known(5, 0.15, pairs[::-1])[::-1] == one != known(6, 0.15, pairs)
    more = known(5, 0.5, pairs)
    assert all(b for a, b in zip(one, more, strict=True) if a), "who knows each other still does with a larger share"
    assert all(known(5, 1.0, pairs)) and not any(known(5, 0.0, pairs))


@pytest.mark.parametrize(
    ("arrivals", "more"),
    [
        (two(), {"share": 0.0}),
        (two(group=4), {}),
        (two(radius=RIDER_RADIUS), {}),
        (two(), {"until": 1.0}),
        ((walker(1, (4, 10), (9.6, 10)), walker(2, (16, 10.2), (10.4, 10.2))), {"walkable": WALL}),
        ((walker(1, (3, 10), (18, 10)), walker(2, (4.5, 10.3), (18, 10.3))), {}),
        ((walker(1, (9, 10), None), walker(2, (11, 10), None, yaw=math.pi)), {}),
    ],
    ids=["strangers", "one group", "riders", "evacuated", "a wall between", "one behind the other", "both stand"],
)
def test_nobody_greets(arrivals, more):
    meeting = Meeting(*arrivals, **more)
    meeting.run(12.0)
    assert meeting.events == []


def test_one_who_stands_stays_and_is_come_up_to():
    meeting = Meeting(walker(1, (4, 10), (18, 10)), walker(2, (10, 10.4), None, yaw=math.pi)).run(25.0)
    (begun,) = meeting.of("interaction")
    place = np.array(begun["places"])[begun["people"].index(2), :2]
    assert np.hypot(*(place - [10, 10.4])) < 0.3
    assert meeting.states[-1].person_ids.tolist() == [2] and meeting.states[-1].activities == ("stand",)
    assert np.hypot(*(meeting.states[-1].positions[0] - [10, 10.4])) < 0.3


def test_people_with_aids_and_children_wave(monkeypatch):
    monkeypatch.setattr(greetings, "KINDS", {"handshake": 1.0})
    aided = [
        next(n for n in populate.bodies("all") if populate.PEOPLE[n].aid == aid) for aid in ("wheelchair", "stick")
    ]
    for name in (*aided, "girl"):
        (begun,) = Meeting(*two(), bodies={2: name}).run(12.0).of("interaction")
        assert begun["kind"] == "wave"


def test_they_greet_once():
    meeting = Meeting(walker(1, (4, 10), (9, 10)), walker(2, (16, 10.4), (2, 10.4)), share=1.0).run(20.0)
    assert len(meeting.of("interaction")) == 1


@pytest.mark.parametrize("when", ["coming", "greeting"])
@pytest.mark.parametrize("why", ["called", "left"])
def test_an_interrupted_greeting_lets_both_go(when, why):
    meeting = Meeting(*two(), player=(player := Player()))
    for _ in range(150):
        meeting.step()
        if meeting.of("decision" if when == "coming" else "interaction"):
            break
    if why == "left":
        meeting.model._present[0] = False
        meeting.states.append(meeting.model.step(0.1, NOBODY, {}))
    for k in range(180):
        meeting.step(busy=(1,) if why == "called" and k < 20 else ())
    if when == "greeting":
        (end,) = meeting.of("interaction_end")
        assert end["reason"] == why and end["time"] < meeting.of("interaction")[0]["end"] - 1.0
        assert [people for people, _ in player.pairs] == [tuple(end["people"])] and player.stopped[0] in (1, 2)
    else:
        assert meeting.of("interaction", "interaction_end", "speech") == []
        assert [e["entity"] for e in meeting.of("decision")[2:]] == ([2] if why == "left" else [1, 2])
        assert all(why in e["reason"] for e in meeting.of("decision")[2:])
    assert 2 not in meeting.states[-1].person_ids, "the other one goes on to its goal"
    assert not (meeting.greetings.cues or meeting.greetings.facing or meeting.greetings.partners)


def test_who_cannot_greet_gives_up(monkeypatch):
    """They never turn to each other."""
    monkeypatch.setattr(greetings, "FACING", -1.0)
    meeting = Meeting(*two()).run(35.0)
    assert meeting.of("interaction") == [] and len(meeting.states[-1].person_ids) == 0
    assert [e["reason"].split(": ")[-1] for e in meeting.of("decision")[2:]] == ["kept apart"] * 2


@pytest.mark.parametrize("kind", ["handshake", "wave", "bow"])
def test_the_clip_is_where_they_stand_and_lasts_as_long_as_the_event_says(kind, monkeypatch):
    monkeypatch.setattr(greetings, "KINDS", {kind: 1.0})
    meeting = Meeting(*two(), bodies={1: "woman_young"}, player=(player := Player())).run(20.0)
    (begun,), ((people, pair),) = meeting.of("interaction"), player.pairs
    assert people == tuple(begun["people"]) and begun["by"] == pair.by
    assert (begun["text"], tuple(begun["texts"]), begun["roles"]) == (pair.text, pair.texts, pair.roles)
    for place, clip in zip(begun["places"], pair.clips, strict=True):
        assert np.hypot(*(clip.root[:, :2] - place[:2]).T).max() < 0.3
        assert (len(clip.root) - 1) / clip.fps == pytest.approx(begun["end"] - begun["start"], abs=0.06)
    again = greetings.make_clip(kind, people, (load_body(NAMES[people[0]]), load_body(NAMES[people[1]])),
                                np.array(begun["places"]), 0)  # fmt: skip
    np.testing.assert_array_equal(again.clips[0].rotations, pair.clips[0].rotations)


def test_who_is_pushed_away_stops_greeting():
    meeting = Meeting(*two())
    while not meeting.of("interaction"):
        meeting.step()
    meeting.model._position[0] += [0.0, 0.5]
    meeting.run(0.3)
    assert [e["reason"] for e in meeting.of("interaction_end")] == ["pushed"]


# ---------------------------------------------------------------- in the world


WORDS = ["scene=plaza", "scene.seed=0", "crowd=social_force", "mind.acquainted=1", "task=direction_inquiry"]


def greet_in_world(monkeypatch: pytest.MonkeyPatch, perception: str, seconds: float = 12.0) -> tuple[World, Any]:
    """Return a finished episode in which two people meet far from the robot, and the poses by step."""
    small = ["backend=tiny", "robot.width=16", "robot.height=16"]
    world = World(compose_runs([*WORDS, *small], {})[0])
    live: dict[int, dict[int, Any]] = {}

    def keep(person_id: int, joints: Any, pose: Any = world.backend.pose_person) -> None:
        live.setdefault(world.step_count, {})[person_id] = np.array(joints)
        pose(person_id, joints)

    monkeypatch.setattr(world.backend, "pose_person", keep)
    monkeypatch.setattr(world.task, "arrivals", lambda world, rng: arrivals_on(world))
    try:
        world.reset(seed=4, perception=perception)  # type: ignore[arg-type]
        while world.time < seconds:
            world.step(Action(kind="wait"))
        world.step(Action(kind="stop"))
    finally:
        world.close()
    return world, live


def arrivals_on(world: World) -> tuple[Arrival, ...]:
    """Return two who walk towards each other on free ground, 6 m from the robot or more."""
    rng, start = np.random.default_rng(1), np.array(world.episode.start[:2])
    for _ in range(2000):
        middle, angle = world.walkable.sample(rng, 1)[0], rng.uniform(0.0, math.tau)
        along = 5.0 * np.array([math.cos(angle), math.sin(angle)])
        a, b = middle - along, middle + along
        line = np.linspace(a, b, 60)
        if world.walkable.contains(line).all() and np.hypot(*(line - start).T).min() > 6.0:
            return walker(1, tuple(a), tuple(b)), walker(2, tuple(b), tuple(a))  # type: ignore[arg-type]
    raise AssertionError("no room")


@pytest.mark.slow
def test_two_greet_in_the_world_in_the_log_and_in_the_film(monkeypatch, tmp_path):
    runs = []
    for name in ("first", "second"):
        world, live = greet_in_world(monkeypatch, "rgb")
        (tmp_path / name).mkdir()
        world.log.write(tmp_path / name)
        runs.append([(tmp_path / name / file).read_bytes() for file in ("log.parquet", "events.jsonl")])
    assert runs[0] == runs[1]
    log = world.log
    (begun,), (over,) = log.events_of("interaction"), log.events_of("interaction_end")
    order = [e["type"] for e in log.events if e["type"] in ("decision", "interaction", "speech", "interaction_end")]
    assert order == ["decision", "decision", "interaction", "speech", "speech", "interaction_end"]
    assert over["reason"] == "over" and log.events_of("contact") == []
    x, y, step, who = (log.column(name) for name in ("x", "y", "step", "entity"))
    for person in (1, 2):
        mine = who == person
        after = mine & (step > over["step"] + 15)
        assert np.hypot(log.column("vx")[after], log.column("vy")[after]).max() > 0.8, "goes on"
        during = mine & (step >= begun["step"]) & (step < over["step"])
        assert np.ptp(x[during]) < 0.1 and np.ptp(y[during]) < 0.1
        place = np.array(begun["places"])[begun["people"].index(person)]
        off = np.angle(np.exp(1j * (log.column("yaw")[during] - place[2])))
        assert np.abs(off).max() < greetings.FACING, "faces the other"
    pictures = Pictures()
    clip = PlayedCount()
    for moment in play(log, pictures, clip):  # type: ignore[arg-type]
        for person, joints in live[moment.step].items():
            np.testing.assert_array_equal(pictures.poses[person], joints)
    assert clip.most == 2, "the film shows the clip"


class PlayedCount(Encounters):
    """Encounters that count how many played at once at most."""

    def __init__(self) -> None:
        super().__init__(MOTION_MODELS["gait"]())
        self.most = 0

    def step(self, *args: Any) -> Any:
        self.most = max(self.most, sum(self.playing(person) for person in (1, 2)))
        return super().step(*args)


class Pictures:
    """Stands in for a backend: keeps poses, draws nothing."""

    def __init__(self) -> None:
        self.poses: dict[int, Any] = {}

    def add_person(self, person_id: int, mesh: Any) -> None: ...

    def remove_person(self, person_id: int) -> None: ...

    def pose_person(self, person_id: int, joints: Any) -> None:
        self.poses[person_id] = np.array(joints)

    def step(self, dt: float) -> None: ...

    def place_robot(self, x: float, y: float, yaw: float) -> None: ...


def test_they_greet_the_same_whether_drawn_or_not(monkeypatch):
    drawn, plain = (greet_in_world(monkeypatch, perception)[0].log for perception in ("rgb", "none"))
    for name in ("x", "y", "yaw"):
        np.testing.assert_array_equal(drawn.column(name), plain.column(name))
    assert drawn.events == plain.events and len(drawn.events_of("interaction")) == 1


def test_the_share_has_a_range():
    with pytest.raises(ValueError, match=r"mind\.acquainted: expected 0 to 1, got 1\.5"):
        compose_runs(["mind.acquainted=1.5"], {})
