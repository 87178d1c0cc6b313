"""The film: plays, says what was said for long enough, never looks from inside a wall, poses people as they were."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from embodied import playback, video
from embodied.captions import current, font, printable, read_captions, wrap
from embodied.config import RobotConfig
from embodied.floor_plan import FloorPlan, PlanView, place_labels
from embodied.follow import DISTANCE, MARGIN, FollowCamera
from embodied.log import EpisodeLog
from embodied.playback import play
from motion.clip import RootPaths
from scenes.backend import Camera, Frame, RayHits, RobotState
from scenes.scene import Scene


class Stage:
    """A backend that keeps what it is told; a wall stands at x = `wall`, and people are where they are put."""

    def __init__(self, wall: float = -math.inf, body_at: float = math.inf) -> None:
        self.wall, self.body_at = wall, body_at
        self.people: dict[int, Any] = {}
        self.robot = (0.0, 0.0, 0.0)
        self.cameras: list[Camera] = []

    def add_person(self, person_id: int, mesh: Any) -> None:
        assert person_id not in self.people
        self.people[person_id] = None

    def remove_person(self, person_id: int) -> None:
        del self.people[person_id]

    def pose_person(self, person_id: int, joints: Any) -> None:
        assert person_id in self.people
        self.people[person_id] = joints

    def step(self, dt: float) -> None:
        pass

    def place_robot(self, x: float, y: float, yaw: float) -> None:
        self.robot = (x, y, yaw)

    def cast_rays(self, origins: Any, directions: Any, max_distance: float = 50.0) -> RayHits:
        with np.errstate(divide="ignore", invalid="ignore"):
            wall = (self.wall - origins[:, 0]) / directions[:, 0]
            body = (self.body_at - origins[:, 0]) / directions[:, 0]
        wall, body = (np.where((d > 0) & (d < max_distance), d, np.inf) for d in (wall, body))
        nearest = np.minimum(wall, body)
        instance = np.where(np.isinf(nearest), 0, np.where(body < wall, 10_003, 5)).astype(np.int32)
        return RayHits(distance=nearest, instance=instance)

    def render(self, camera: Camera, layers: tuple[str, ...] = ()) -> Frame:
        self.cameras.append(camera)
        rgb = np.full((camera.height, camera.width, 3), (90, 120, 150), dtype=np.uint8)
        empty = np.zeros((camera.height, camera.width))
        return Frame(
            rgb=rgb, depth=empty.astype(np.float32), semantic=empty.astype(np.int32), instance=empty.astype(np.int32),
            renderer="fake",
        )  # fmt: skip


class Mannequins:
    """A motion model that keeps its inputs and moves the root alone."""

    def __init__(self) -> None:
        self.calls: list[tuple[float, RootPaths, dict[int, int], dict[int, Any]]] = []

    def reset(self, bodies: Any, rng: np.random.Generator) -> None:
        self.calls.clear()

    def step(self, dt: float, paths: RootPaths, partners: Any, cues: Any) -> Any:
        self.calls.append((dt, paths, dict(partners), dict(cues)))
        joints = np.tile(np.eye(4), (len(paths.person_ids), 22, 1, 1))
        joints[:, :, :2, 3] = paths.positions[:, None]
        return joints


@pytest.fixture(autouse=True)
def undressed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playback, "skin", lambda body: None)
    monkeypatch.setattr(playback, "Wardrobe", lambda seed, ids, appearance, walkers: dict.fromkeys(ids))


def test_playback_poses_everybody_where_they_were(episode: EpisodeLog) -> None:
    stage, motion = Stage(), Mannequins()
    columns = episode.columns
    for moment in play(episode, stage, motion):  # type: ignore[arg-type]
        rows = np.flatnonzero(columns["step"] == moment.step)
        assert sorted(stage.people) == moment.person_ids.tolist() == columns["entity"][rows[1:]].tolist()
        for person, row in zip(moment.person_ids.tolist(), rows[1:], strict=True):
            np.testing.assert_array_equal(stage.people[person][0, :2, 3], [columns["x"][row], columns["y"][row]])
        assert stage.robot == (columns["x"][rows[0]], columns["y"][rows[0]], columns["yaw"][rows[0]])
    assert moment.step == 160 and 8 not in stage.people
    assert {dt for dt, *_ in motion.calls} == {0.1}
    shown = {step: (partners, {p: c.kind for p, c in cues.items()}) for step, (_, _, partners, cues) in
             enumerate(motion.calls)}  # fmt: skip
    assert shown[5] == ({}, {})  # an `ask` is said after step 5
    assert shown[6] == shown[21] == ({3: 0}, {3: "listen"})
    assert shown[22] == shown[89] == ({3: 0}, {3: "point"})
    assert shown[90] == ({}, {})


def test_the_camera_stays_out_of_walls_and_looks_past_people() -> None:
    dt, free = 0.1, FollowCamera(Stage(), width=64, height=48)  # type: ignore[arg-type]
    camera = free.follow(RobotState(x=5, y=0, yaw=0, v=0, w=0), dt)
    eye = camera.pose[:3, 3]
    assert np.linalg.norm(eye - (5, 0, 1.3)) == pytest.approx(DISTANCE)
    assert eye[0] < 5 and eye[2] > 2.5
    crowded = FollowCamera(Stage(body_at=4.0), width=64, height=48)  # type: ignore[arg-type]
    np.testing.assert_allclose(crowded.follow(RobotState(x=5, y=0, yaw=0, v=0, w=0), dt).pose, camera.pose)
    walled = FollowCamera(Stage(wall=2.0), width=64, height=48)  # type: ignore[arg-type]
    for step in range(60):  # the robot backs towards the wall, then turns round
        state = RobotState(x=max(6 - 0.1 * step, 2.6), y=0, yaw=min(0.0, 2 - 0.05 * step), v=0, w=0)
        assert walled.follow(state, dt).pose[0, 3] > 2.0 + 0.3 * MARGIN


def test_the_camera_moves_smoothly() -> None:
    camera = FollowCamera(Stage(), width=64, height=48)  # type: ignore[arg-type]
    eyes = [camera.follow(RobotState(x=0, y=0, yaw=y, v=0, w=0), 0.1).pose[:3, 3] for y in [3.0] * 5 + [-3.0] * 40]
    steps = np.linalg.norm(np.diff(eyes, axis=0), axis=1)
    assert steps.max() < 0.2  # the short way round
    assert steps[-1] < 0.01


def test_captions_stay_long_enough_and_wrap(episode: EpisodeLog) -> None:
    captions = read_captions(episode)
    assert [caption.who for caption in captions] == ["robot", "person 3, woman, red coat <b>"]
    assert captions[0].end - captions[0].start >= 2.5
    assert captions[1].end == pytest.approx(9.0, abs=0.7)
    assert [c.speaker for c in current(captions, 2.8)] == [0, 3]
    assert current(captions, 0.4) == current(captions, 12.0) == []
    episode.event(
        120, 12.0, "speech", speaker=3, hearers=[0], text="You are welcome.", act="answer", start=12.0, end=13
    )
    assert [caption.who for caption in read_captions(episode)][2] == "person 3"
    lines = wrap("word " * 60 + "x" * 400, font(21), 500, 4)
    assert len(lines) == 4 and lines[-1].endswith("...")
    assert all(font(21).getlength(line) <= 500 for line in lines)
    assert wrap("", font(21), 500, 4) == []
    assert printable("Où est l\u2019hôtel \u2014 \u201clà\u201d? 中") == 'Ou est l\'hotel - "la"? ?'


def test_the_map_is_true_to_scale(small_scene: Scene) -> None:
    view = PlanView.fit(small_scene.walkable, (336, 300), margin=2.0)
    corners = view.pixels([(0, 0), (20, 20)])
    assert corners[1, 0] - corners[0, 0] == pytest.approx(corners[0, 1] - corners[1, 1])
    assert np.mean(corners, axis=0) == pytest.approx((168, 150))
    sizes = {mark.name: (60.0, 12.0) for mark in small_scene.landmarks}
    for x, y in place_labels(view, small_scene.landmarks, sizes, (18.0, 17.0)).values():
        assert 0 <= x <= 336 - 60 and 0 <= y <= 300 - 12


def test_the_map_shows_free_ground_the_building_and_the_robot(episode: EpisodeLog, small_scene: Scene) -> None:
    plan, view = FloorPlan(small_scene, (18.0, 17.0), (336, 300)), PlanView.fit(small_scene.walkable, (336, 300))
    moment = next(iter(play(episode, Stage(), Mannequins())))  # type: ignore[arg-type]
    picture = plan.draw(moment)

    def color(x: float, y: float) -> list[int]:
        right, down = view.pixels((x, y)).astype(int)
        return picture[down, right].tolist()

    assert color(5.0, 12.0) == [236, 234, 228]
    assert color(10.0, 10.0) == [58, 63, 72]
    assert color(2.0, 2.0) == [214, 69, 33]
    assert color(18.0, 17.0) == [232, 173, 12]


def test_a_film_plays(tmp_path: Path, episode: EpisodeLog, small_scene: Scene) -> None:
    stage, path = Stage(), tmp_path / "video.mp4"
    pictures = video.draw_pictures(episode, small_scene, stage, Mannequins(), RobotConfig(), stride=8)  # type: ignore[arg-type]
    video.encode(path, pictures, Fraction(5, 4))
    assert [p.name for p in tmp_path.iterdir()] == ["video.mp4"]
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert float(stream.average_rate) == pytest.approx(1.25)
    assert frames[0].shape == (720, 1280, 3)
    assert len(frames) == 21 + 5
    assert (stage.cameras[0].width, stage.cameras[0].height) == video.STAGE
    stage_part = frames[3][100:600, 50:900].reshape(-1, 3).mean(axis=0)
    np.testing.assert_allclose(stage_part, (90, 120, 150), atol=6)
    assert frames[3][610:, :900].max() > 200  # words
    ending, before = frames[-1].astype(float), frames[-6].astype(float)
    assert ending[48:608, :944].mean() < 0.6 * before[48:608, :944].mean()
    assert np.abs(ending[390:690, 950:] - before[390:690, 950:]).mean() < 3.0  # the map stays
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")  # plays while it loads


def test_a_broken_film_leaves_nothing(tmp_path: Path) -> None:
    def pictures() -> Any:
        yield np.zeros((720, 1280, 3), dtype=np.uint8)
        raise RuntimeError("renderer")

    with pytest.raises(RuntimeError, match="renderer"):
        video.encode(tmp_path / "video.mp4", pictures(), Fraction(10))
    assert list(tmp_path.iterdir()) == []


def test_without_an_encoder_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video, "ENCODERS", ("none",))
    with pytest.raises(RuntimeError, match="install av from PyPI"):
        video.encode(tmp_path / "video.mp4", [], Fraction(10))
