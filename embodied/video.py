"""The film of an episode, made from its log: a following camera, the robot's own view, a map, and what is said."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, cast

import av
import cv2
import numpy as np
from av.video.stream import VideoStream
from PIL import Image, ImageDraw

from embodied.captions import Caption, current, font, printable, read_captions, wrap
from embodied.floor_plan import ACTIVITY_COLORS, FloorPlan, Picture
from embodied.follow import FollowCamera
from embodied.log import EpisodeLog
from embodied.metrics import score, tell_outcome
from embodied.place import Place, build_scene
from embodied.playback import Moment, motion_of, play
from embodied.seeding import stream
from embodied.senses import take_picture
from scenes.backends import choose_backend
from scenes.robot import ROBOTS
from scenes.scene import Scene

if TYPE_CHECKING:
    from embodied.config import RobotConfig, RunConfig
    from motion.clip import MotionModel
    from scenes.backend import SceneBackend

WIDTH, HEIGHT = 1280, 720
TOP, SIDE, LEGEND = 48, 336, 20  # pixels: the bar above, the column on the right, the map's legend
STAGE = (WIDTH - SIDE, 560)
ENCODERS = ("libx264", "libopenh264")
END_SECONDS = 4.0
PAPER, INK, FAINT = (20, 23, 28), (240, 240, 238), (150, 156, 166)
ROBOT_INK, PERSON_INK, GOOD, BAD = (255, 178, 92), (134, 206, 255), (96, 200, 120), (240, 110, 96)


def film(log: EpisodeLog, config: RunConfig, path: Path, *, fps: float = 10.0) -> None:
    """Film an episode as H.264 in MP4, 1280 x 720; the file is whole or is not there.

    Args:
        log: of a whole episode.
        config: what ran; robot, camera and backend are taken from it, all else from the log.
        path: `video.mp4`.
        fps: pictures per simulated second, at most one per control step.

    Raises:
        RuntimeError: PyAV has no H.264 encoder.
    """
    scene = build_scene(Place.read(log.metadata))
    backend = choose_backend(config.backend.name).make()
    try:
        backend.load(scene)
        backend.add_robot(Path(config.robot.urdf or ROBOTS / f"{config.robot.name}.urdf"))
        motion = motion_of(log)
        stride = max(1, round(1 / (fps * log.metadata["control_dt"])))
        rate = Fraction(1 / (stride * log.metadata["control_dt"])).limit_denominator(1000)
        encode(path, draw_pictures(log, scene, backend, motion, config.robot, stride), rate)
    finally:
        backend.close()


def draw_pictures(
    log: EpisodeLog, scene: Scene, backend: SceneBackend, motion: MotionModel, robot: RobotConfig, stride: int = 1
) -> Iterator[Picture]:
    """Yield the pictures (720, 1280, 3) of an episode, one per `stride` control steps, and an end card.

    Args:
        log: of a whole episode.
        scene: where it was.
        backend: poses and draws; it holds the scene, the robot, and nobody else.
        motion: a new model of the log's kind.
        robot: says where its camera is.
        stride: control steps from picture to picture.
    """
    screen, dt = Screen(log, scene), stride * log.metadata["control_dt"]
    camera = FollowCamera(backend, width=STAGE[0], height=STAGE[1])
    picture = np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8)
    for moment in play(log, backend, motion):
        if moment.step % stride:
            continue
        stage = backend.render(camera.follow(moment.robot, dt)).rgb
        noise = stream(log.metadata["seed"], "sensors", moment.step)
        view = take_picture(backend, moment.robot, robot, noise).rgb
        picture = screen.draw(moment, stage, view)
        yield picture
    ending = draw_ending(picture, log)
    for _ in range(round(END_SECONDS / dt)):
        yield ending


class Screen:
    """The layout: bar above, stage, captions under it, robot's view and map on the right."""

    def __init__(self, log: EpisodeLog, scene: Scene) -> None:
        """Draw what stays the same."""
        reset = log.events_of("reset")[0]
        self._captions = read_captions(log)
        hazards = [(hazard.middle, hazard.radius) for hazard in Place.read(log.metadata).hazards]
        self._plan = FloorPlan(scene, tuple(reset["goal"]), (SIDE, HEIGHT - TOP - SIDE - LEGEND), hazards)
        self._picture = np.empty((HEIGHT, WIDTH, 3), dtype=np.uint8)
        self._picture[:] = PAPER
        instruction = "".join(event["text"] for event in log.events_of("instruction")[:1])
        self._picture[:TOP] = _draw_bar(instruction)
        self._picture[HEIGHT - LEGEND :, STAGE[0] :] = _draw_legend()
        self._shown: tuple[Caption, ...] = ()
        self._tags = [_draw_tag("the robot's view"), _draw_tag("map")]

    def draw(self, moment: Moment, stage: Picture, view: Picture) -> Picture:
        """Return the picture (720, 1280, 3) of a moment; call it in the order of time."""
        picture, left, middle = self._picture, STAGE[0], TOP + SIDE
        picture[TOP : TOP + STAGE[1], :left] = stage
        picture[TOP:middle, left:] = _fit(view, (SIDE, SIDE))
        picture[middle : HEIGHT - LEGEND, left:] = self._plan.draw(moment)
        for tag, top in zip(self._tags, (TOP, middle), strict=True):
            picture[top : top + tag.shape[0], left : left + tag.shape[1]] = tag
        picture[8:40, WIDTH - SIDE :] = _draw_clock(moment)
        shown = tuple(current(self._captions, moment.time))
        if shown != self._shown:
            picture[TOP + STAGE[1] :, :left], self._shown = _draw_captions(shown), shown
        return picture.copy()


def draw_ending(picture: Picture, log: EpisodeLog) -> Picture:
    """Return the last picture with the outcome and the metrics over its dimmed stage; the map stays to be read."""
    metrics, (width, height) = score(log), STAGE
    rows = [
        ("time", f"{metrics['time']:.1f} s"),
        ("way", f"{metrics['tl']:.1f} m, shortest {log.events_of('reset')[0]['geodesic_distance']:.1f} m"),
        ("SPL", f"{metrics['spl']:.2f}"),
        ("distance to the goal", f"{metrics['ne']:.1f} m"),
        ("questions asked", f"{metrics['inquiries']:.0f}"),
        ("nearest person", f"{metrics['min_distance']:.2f} m" if np.isfinite(metrics["min_distance"]) else "nobody"),
        ("touches of people", f"{metrics['human_collisions']:.0f}"),
        ("time within 1.2 m of people", f"{100 * metrics['personal_space']:.0f} %"),
    ]
    stage = Image.fromarray((picture[TOP : TOP + height, :width] * 0.35).astype(np.uint8))
    pen = ImageDraw.Draw(stage)
    pen.rounded_rectangle((130, 50, width - 130, height - 50), 14, fill=PAPER)
    y = 84
    for line in wrap(printable(tell_outcome(log)), font(32), width - 360, 2):
        pen.text((180, y), line, font=font(32), fill=GOOD if metrics["sr"] else BAD)
        y += 42
    for number, (name, value) in enumerate(rows):
        pen.text((180, y + 26 + 37 * number), name, font=font(20), fill=FAINT)
        pen.text((480, y + 26 + 37 * number), value, font=font(20), fill=INK)
    ending = picture.copy()
    ending[TOP : TOP + height, :width] = np.array(stage)
    ending[TOP + height :, :width] = PAPER
    return ending


def encode(path: Path, pictures: Iterable[Picture], rate: Fraction) -> None:
    """Write pictures (H, W, 3) as H.264 in MP4 that plays while it loads; the file is whole or is not there.

    Raises:
        RuntimeError: PyAV has no H.264 encoder.
    """
    encoder = next((name for name in ENCODERS if name in av.codecs_available), None)
    if encoder is None:
        raise RuntimeError(f"video: expected PyAV with one of {ENCODERS}, found none; install av from PyPI")
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with av.open(str(partial), "w", format="mp4", options={"movflags": "+faststart"}) as container:
            options = {"preset": "veryfast", "crf": "23"} if encoder == "libx264" else {"b": "3000000"}
            stream = cast(VideoStream, container.add_stream(encoder, rate=rate, options=options))
            stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
            for picture in pictures:
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            container.mux(stream.encode())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _fit(picture: Picture, size: tuple[int, int]) -> Picture:
    """Return `picture` as large as it fits into `size` (width, height), the rest dark."""
    scale = min(size[0] / picture.shape[1], size[1] / picture.shape[0])
    inner = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)[: size[1], : size[0]]
    fitted = np.empty((size[1], size[0], 3), dtype=np.uint8)
    fitted[:] = PAPER
    top, left = (size[1] - inner.shape[0]) // 2, (size[0] - inner.shape[1]) // 2
    fitted[top : top + inner.shape[0], left : left + inner.shape[1]] = inner
    return fitted


def _canvas(width: int, height: int) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", (width, height), PAPER)
    return image, ImageDraw.Draw(image)


def _draw_bar(instruction: str) -> Picture:
    image, pen = _canvas(WIDTH, TOP)
    size = next((n for n in (24, 20, 17) if font(n).getlength(printable(instruction)) < STAGE[0] - 24), 14)
    for number, line in enumerate(wrap(printable(instruction), font(size), STAGE[0] - 24, 2 if size == 14 else 1)):
        pen.text((16, (TOP - size) // 2 - 3 + 17 * number - (8 if size == 14 else 0)), line, font=font(size), fill=INK)
    return np.array(image)


def _draw_clock(moment: Moment) -> Picture:
    image, pen = _canvas(SIDE, 32)
    minutes, seconds = divmod(moment.time, 60)
    pen.text((12, 3), f"{minutes:.0f}:{seconds:04.1f}", font=font(22), fill=INK)
    pen.text((112, 7), f"{moment.goal_distance:.1f} m to the goal", font=font(17), fill=FAINT)
    return np.array(image)


def _draw_legend() -> Picture:
    image, pen = _canvas(SIDE, LEGEND)
    x = 10.0
    for activity, color in ACTIVITY_COLORS.items():
        pen.ellipse((x, 6, x + 8, 14), fill=color)
        pen.text((x + 13, 3), activity, font=font(12), fill=FAINT)
        x += 25 + font(12).getlength(activity)
    return np.array(image)


def _draw_tag(text: str) -> Picture:
    image, pen = _canvas(round(font(13).getlength(text)) + 14, 21)
    pen.text((7, 3), text, font=font(13), fill=FAINT)
    return np.array(image)


def _draw_captions(captions: tuple[Caption, ...]) -> Picture:
    width, height, size = STAGE[0], HEIGHT - TOP - STAGE[1], 21
    image, pen = _canvas(width, height)
    y = 8
    for caption in captions:
        color = ROBOT_INK if caption.speaker == 0 else PERSON_INK
        who = printable(caption.who) + ": "
        for line in wrap(who + printable(caption.text), font(size), width - 32, 4 // len(captions)):
            pen.text((16, y), line, font=font(size), fill=INK)
            if who:
                name = line[: len(who)]
                pen.text((16, y), name, font=font(size), fill=color)
            who, y = who[len(line) :].lstrip(), y + 25
    return np.array(image)
