"""Crowds from above: tracks without and with a command, and a film of a region that comes and of a robot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw
from shapely.geometry import box

from crowd.control import Controls
from crowd.trajectory import CrowdTrajectory, FloatArray, Others
from embodied.captions import font
from embodied.control_trials import DT, ROBOT, Stage, disc, simulate, stage_scene
from embodied.floor_plan import BLOCKED, EDGE, FREE, INK, Picture, PlanView
from embodied.floor_plan import ROBOT as ROBOT_COLOR
from embodied.video import encode

SIZE, SMALL = (1280, 720), (800, 450)  # pixels, of the film and of each half of the tracks
WINDOW = 40.0  # m across the pictures
REGION_COLOR, CALM = (232, 120, 110), (222, 214, 204)
PEOPLE = 60
SECONDS, ON, OFF, SECOND = 46.0, 8.0, 26.0, 30.0  # s: of the film; the region comes, goes; the robot sets out
RADIUS = 2.5  # m, of the region
TRAIL = 25  # steps of a track that the film shows
BODY = 0.25  # m


def film_control(folder: Path, model: str, seed: int) -> dict[str, str]:
    """Write tracks.png and video.mp4 into `folder` and return their names by what they are.

    Raises:
        RuntimeError: PyAV has no H.264 encoder.
    """
    stage = stage_scene("plaza", seed, PEOPLE, SECONDS)
    middle = _busiest(simulate(stage, model, Controls(), SECONDS, seed, 1), stage)
    region = disc(middle, RADIUS)
    told = Controls(avoid=(region,))
    pictures = []
    for name, controls in (("without", Controls()), ("with the region to avoid", told)):
        walked = simulate(stage, model, controls, SECONDS, seed, 0)
        tracks = _tracks(stage, walked, [region], middle)
        small = np.asarray(cv2.resize(tracks, SMALL, interpolation=cv2.INTER_AREA), np.uint8)
        pictures.append(_write(small, f"{model}, {name}"))
    Image.fromarray(np.concatenate(pictures, axis=1)).quantize(64).save(folder / "tracks.png", optimize=True)
    encode(folder / "video.mp4", _film(stage, model, region, middle, seed), Fraction(round(1 / DT)))
    return {"tracks": "tracks.png", "video": "video.mp4"}


def _busiest(walked: CrowdTrajectory, stage: Stage) -> FloatArray:
    """Return where most people walk, metres, far from the edge of the place."""
    moves = np.hypot(*np.moveaxis(np.diff(walked.positions, axis=0), 2, 0)) > 0.5 * DT
    points = walked.positions[1:][moves]
    centre = np.array(stage.walkable.centroid.coords[0])
    points = points[np.hypot(*(points - centre).T) < 14.0]
    cells = np.rint(points / 2.0).astype(int)
    found, counts = np.unique(cells, axis=0, return_counts=True)
    result: FloatArray = 2.0 * found[int(counts.argmax())].astype(np.float64)
    return result


def _ground(stage: Stage, middle: FloatArray) -> tuple[PlanView, Picture]:
    """Return the view and what does not move."""
    height = WINDOW * SIZE[1] / SIZE[0]
    half = np.array([WINDOW, height]) / 2
    low, high = middle - half, middle + half
    view = PlanView.fit(box(*low, *high), SIZE, margin=0.0)
    picture = np.full((SIZE[1], SIZE[0], 3), BLOCKED, np.uint8)
    for polygon in getattr(stage.walkable, "geoms", [stage.walkable]):
        rings = [_pixels(view, np.array(ring.coords)) for ring in (polygon.exterior, *polygon.interiors)]
        cv2.fillPoly(picture, rings, FREE, cv2.LINE_AA, 4)
        cv2.polylines(picture, rings, True, EDGE, 1, cv2.LINE_AA, 4)
    return view, picture


def _tracks(stage: Stage, walked: CrowdTrajectory, regions: Sequence[FloatArray], middle: FloatArray) -> Picture:
    """Return the tracks of everybody over the ground."""
    view, picture = _ground(stage, middle)
    for region in regions:
        cv2.fillPoly(picture, [_pixels(view, region)], REGION_COLOR, cv2.LINE_AA, 4)
    for column in range(len(walked.person_ids)):
        track = walked.positions[walked.valid[:, column], column]
        if len(track) > 1:
            cv2.polylines(picture, [_pixels(view, track)], False, _color(column), 2, cv2.LINE_AA, 4)
    return picture


def _film(stage: Stage, model: str, region: FloatArray, middle: FloatArray, seed: int) -> Iterator[Picture]:
    """Yield the pictures of the film."""
    view, ground = _ground(stage, middle)
    start, end = middle + np.array([-11.0, 1.5]), middle + np.array([9.0, -2.0])
    velocity = 0.7 * (end - start) / np.hypot(*(end - start))
    steps = round(SECONDS / DT) + 1
    drive = np.array([start + velocity * max(0.0, k * DT - SECOND) for k in range(steps)])

    def robot(step: int) -> Others:
        shown = step * DT >= SECOND
        return Others(
            positions=drive[step][None][:shown], velocities=velocity[None][:shown], radii=np.full(int(shown), ROBOT)
        )  # fmt: skip

    controls = Controls(avoid=(region,), regions_from=ON, regions_until=OFF)
    walked = simulate(stage, model, controls, SECONDS, seed, 0, robot)
    for step in range(0, steps, 2):
        time = step * DT
        picture = ground.copy()
        rules = ON <= time < OFF
        if rules:
            cv2.fillPoly(picture, [_pixels(view, region)], REGION_COLOR, cv2.LINE_AA, 4)
        else:
            cv2.polylines(picture, [_pixels(view, region)], True, CALM, 1, cv2.LINE_AA, 4)
        for column in np.flatnonzero(walked.valid[step]):
            track = walked.positions[max(0, step - TRAIL) : step + 1, column]
            track = track[np.isfinite(track[:, 0])]
            if len(track) > 1:
                cv2.polylines(picture, [_pixels(view, track)], False, _color(int(column)), 2, cv2.LINE_AA, 4)
            _dot(picture, view, track[-1], BODY, _color(int(column)))
        said = "people walk as they like"
        if rules:
            said = "a region to avoid has come"
        elif time >= SECOND:
            said = "the region is gone, a robot drives among them"
            _dot(picture, view, drive[step], ROBOT, ROBOT_COLOR)
        yield _write(picture, f"{time:4.1f} s   {said}   (twice as fast)")


def _dot(picture: Picture, view: PlanView, place: FloatArray, radius: float, color: tuple[int, int, int]) -> None:
    centre = _pixels(view, place[None])[0].tolist()
    cv2.circle(picture, centre, round(radius * view.scale * 16), color, -1, cv2.LINE_AA, 4)


def _pixels(view: PlanView, points: FloatArray) -> npt.NDArray[np.int32]:
    """Return pixels in OpenCV's fixed point, sixteenths."""
    return np.round((view.pixels(points) - 0.5) * 16).astype(np.int32)


def _color(column: int) -> tuple[int, int, int]:
    """Return a dark colour of somebody."""
    hue = np.array([[[int(column * 67 % 180), 190, 150]]], np.uint8)
    red, green, blue = cv2.cvtColor(hue, cv2.COLOR_HSV2RGB)[0, 0].tolist()
    return red, green, blue


def _write(picture: Picture, text: str) -> Picture:
    image = Image.fromarray(picture)
    pen = ImageDraw.Draw(image)
    pen.text((12, 10), text, font=font(max(16, len(picture) // 26)), fill=FREE, stroke_width=3, stroke_fill=INK)
    return np.array(image)
