"""Playback of a real episode: the poses are those of the live world, to the last bit."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from crowd.trajectory import Arrival
from embodied.compose import compose_runs
from embodied.episode import Action
from embodied.playback import motion_of, play
from embodied.world import World
from motion.models import MOTION_MODELS


class Recorder:
    """Stands in for a backend: keeps poses, draws nothing."""

    def __init__(self) -> None:
        self.poses: dict[int, Any] = {}
        self.robot: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def add_person(self, person_id: int, mesh: Any) -> None:
        self.poses[person_id] = None

    def remove_person(self, person_id: int) -> None:
        del self.poses[person_id]

    def pose_person(self, person_id: int, joints: Any) -> None:
        self.poses[person_id] = np.array(joints)

    def step(self, dt):
        pass

    def place_robot(self, x: float, y: float, yaw: float) -> None:
        self.robot = (x, y, yaw)


def test_playback_repeats_the_poses_of_a_talk(monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["scene=corridor", "task=frontal_approach", "backend=tiny", "robot.width=16", "robot.height=16"]
    world = World(compose_runs(words, {})[0])
    live: dict[int, dict[int, Any]] = {}
    pose = world.backend.pose_person

    def keep(person_id: int, joints: Any) -> None:
        live.setdefault(world.step_count, {})[person_id] = np.array(joints)
        pose(person_id, joints)

    monkeypatch.setattr(world.backend, "pose_person", keep)
    try:
        world.reset(seed=4, perception="rgb")
        for _ in range(40):
            world.step(Action(kind="wait"))
            x, _ = world.crowd.positions[0]
            if x - world.robot.x < world.robot_spec.ask_distance - 0.2:
                break
        world.step(Action(kind="ask", text="Excuse me, where is the end of the corridor?"))
        for kind in ("wait", "wait", "stop"):
            world.step(Action(kind=kind))  # type: ignore[arg-type]
    finally:
        world.close()
    assert {event["kind"] for event in world.log.events_of("cue")} >= {"listen", "none"}
    recorder = Recorder()
    for moment in play(world.log, recorder, motion_of(world.log)):  # type: ignore[arg-type]
        assert recorder.poses.keys() == live[moment.step].keys()
        for person, joints in live[moment.step].items():
            np.testing.assert_array_equal(recorder.poses[person], joints)
    assert moment.step == world.step_count


def test_playback_repeats_the_bodies_of_those_who_react(monkeypatch: pytest.MonkeyPatch) -> None:
    def before(world: World, rng: np.random.Generator) -> tuple[Arrival, ...]:
        x, y, yaw = world.episode.start
        place = (x + 3.0 * math.cos(yaw), y + 3.0 * math.sin(yaw))
        return (Arrival(person_id=1, time=0.0, origin=place, goal=None, yaw=yaw + math.pi),)

    words = ["scene=corridor", "task=frontal_approach", "backend=tiny", "robot.width=16", "robot.height=16"]
    world = World(compose_runs([*words, "motion=learned", "motion.reactor=moreact"], {})[0])
    live: dict[int, Any] = {}
    pose = world.backend.pose_person

    def keep(person_id: int, joints: Any) -> None:
        live[world.step_count] = np.array(joints)
        pose(person_id, joints)

    monkeypatch.setattr(world.backend, "pose_person", keep)
    monkeypatch.setattr(world.task, "arrivals", before)
    try:
        world.reset(seed=4, perception="rgb")
        while world.time < 5.0:
            world.step(Action(kind="forward"))
    finally:
        world.close()
    assert [event["kind"] for event in world.log.events_of("interaction")][:1] == ["approach"]
    recorder = Recorder()
    for moment in play(world.log, recorder, motion_of(world.log)):  # type: ignore[arg-type]
        np.testing.assert_array_equal(recorder.poses[1], live[moment.step])
    seen = recorder.poses[1]
    for _ in play(world.log, recorder, MOTION_MODELS["learned"]()):  # type: ignore[arg-type]
        pass
    assert not np.array_equal(recorder.poses[1], seen)  # bodies are MoReact's, not only the ways
