"""A small place and an episode in it, made by hand, for what is drawn from logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from shapely.geometry import Polygon, box

from embodied.log import EpisodeLog
from scenes.scene import Landmark, Material, Mesh, Region, Scene, SceneObject

if TYPE_CHECKING:
    from tests.embodied.tiny_lm import TinyModel


def _wall(name: str, west: float, south: float, east: float, north: float, instance: int) -> SceneObject:
    corners = np.array([[x, y, z] for x in (west, east) for y in (south, north) for z in (0.0, 6.0)], dtype=np.float32)
    faces = np.array(
        [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1], [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4],
         [1, 5, 7], [1, 7, 3]], dtype=np.int32,
    )  # fmt: skip
    middle = corners.mean(axis=0)
    normals = (corners - middle) / np.linalg.norm(corners - middle, axis=1, keepdims=True)
    mesh = Mesh(vertices=corners, faces=faces, normals=normals, uv=np.zeros((8, 2), dtype=np.float32))
    return SceneObject(
        name=name, label="building", mesh=mesh, material=Material(color=(0.7, 0.6, 0.5)), semantic=6, instance=instance
    )


@pytest.fixture(scope="session")
def small_scene() -> Scene:
    """Twenty by twenty metres, a building in the middle."""
    ground = Polygon([(0, 0), (20, 0), (20, 20), (0, 20)], holes=[[(8, 8), (12, 8), (12, 12), (8, 12)]])

    def mark(name: str, x: float, y: float, instance: int) -> Landmark:
        return Landmark(
            name=name, kind="shop", text=name.upper(), position=(x, y), anchor=(x, y, 2.5), facing=0.0, region="square",
            instance=instance,
        )  # fmt: skip

    return Scene(
        name="small", seed=3, walkable=ground,
        objects=(_wall("house", 8, 8, 12, 12, 1), _wall("south", 0, -1, 20, 0, 2), _wall("west", -1, 0, 0, 20, 3)),
        regions=(Region(name="square", kind="square", polygon=box(0, 0, 20, 20)),),
        landmarks=(mark("pharmacy", 18, 17, 4), mark("bakery <&>", 3, 17, 5), mark("book shop", 17, 3, 6)),
        entrances=(), spots=(),
    )  # fmt: skip


@pytest.fixture
def episode() -> EpisodeLog:
    """Sixteen seconds: the robot passes the building, asks person 3 twice, and stops near the goal."""
    log = EpisodeLog(
        {"seed": 11, "scene": "small", "scene_seed": 3, "control_dt": 0.1, "motion": "still", "perception": "rgb"}
    )
    log.event(
        0, 0.0, "reset", start=(2.0, 2.0, 0.0), goal=(18.0, 17.0), goal_name="pharmacy", success_radius=3.0,
        geodesic_distance=22.6, reference_path=[(2.0, 2.0), (12.3, 7.7), (18.0, 17.0)], max_time=60.0,
    )  # fmt: skip
    log.event(0, 0.0, "instruction", text="Find the pharmacy.")
    corners, speed = np.array([[2.0, 2.0], [7.0, 4.0], [14.0, 6.0], [17.5, 15.5]]), 1.8
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(corners, axis=0), axis=1))])
    for step in range(161):
        time = 0.1 * step
        gone = min(speed * max(time - 3.0, 0.0), along[-1])
        x, y = (np.interp(gone, along, corners[:, axis]) for axis in (0, 1))
        leg = min(int(np.searchsorted(along, gone, side="right")), 3)
        heading = np.arctan2(*(corners[leg] - corners[leg - 1])[::-1])
        moving = 0.0 < gone < along[-1]
        there = [3, 8] if step < 120 else [3]
        px, py = [4.0, 18.0 - time][: len(there)], [2.0, 4.0 + 0.3 * time][: len(there)]
        if step in (0,):
            for person, look in ((3, "woman, red coat <b>"), (8, "man, grey hair")):
                log.event(step, time, "person", entity=person, body="a", description=look, height=1.7)
        nobody, count = [np.nan] * len(there), 1 + len(there)
        log.append(
            step=step, time=time, entity=[0, *there], kind=["robot", *["human"] * len(there)], x=[x, *px], y=[y, *py],
            z=[0.0] * count, yaw=[heading, 3.1, 2.8][:count], vx=[speed * np.cos(heading) * moving, 0.0, -1.0][:count],
            vy=[speed * np.sin(heading) * moving, 0.0, 0.3][:count], radius=[0.27, 0.25, 0.25][:count],
            goal_x=[18.0, *nobody], goal_y=[17.0, *nobody], activity=["drive", "listen", "walk"][:count],
            group=[-1] * count, seen_by_robot=[False, *[True] * len(there)], contact=[-1] * count,
            goal_distance=[float(np.hypot(18.0 - x, 17.0 - y)), *nobody],
        )  # fmt: skip
        if step == 5:
            log.event(step, time, "speech", speaker=0, hearers=[3], text="Excuse me, where is the pharmacy?", act="ask",
                      generated_by="agent", start=0.5, end=2.2)  # fmt: skip
            log.event(step, time, "cue", entity=3, kind="listen", target=(2.0, 2.0, 1.0))
        if step == 22:
            words = "<script>alert('no')</script> Go past the building, then left & you will see it on your right."
            log.event(step, time, "cue", entity=3, kind="point", target=(12.0, 8.0, 1.5))
            log.event(step, time, "speech", speaker=3, hearers=[0], text=words, act="answer", generated_by="template",
                      start=2.6, end=9.0)  # fmt: skip
            log.event(step, time, "answer", entity=3, question="Excuse me, where is the pharmacy?", truth="true",
                      goal="pharmacy", route=[])  # fmt: skip
        if step == 90:
            log.event(step, time, "cue", entity=3, kind="none", target=None)
            log.event(step, time, "contact", entity=0, other=-1, instance=1)
    log.event(160, 16.0, "episode_end", reason="stop", goal_distance=1.6)
    return log


@pytest.fixture(scope="session")
def tiny_model() -> TinyModel:
    """Return a language model that has learnt nothing, quick to answer."""
    from tests.embodied.tiny_lm import TinyLM, TinyModel

    return TinyModel(lm=TinyLM(0, width=64, layers=2, heads=2), longest=12)
