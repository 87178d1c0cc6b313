"""The top-down map: one palette, one view from metres to pixels, and its picture for videos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw
from shapely.geometry import MultiPolygon, Polygon

from embodied.captions import font, printable
from scenes.scene import DESTINATIONS, FloatArray, Landmark, Scene

if TYPE_CHECKING:
    from embodied.playback import Moment

Picture = npt.NDArray[np.uint8]
Color = tuple[int, int, int]

BLOCKED, FREE, EDGE, INK = (58, 63, 72), (236, 234, 228), (150, 146, 138), (40, 43, 48)
ROBOT, GOAL = (214, 69, 33), (232, 173, 12)
ACTIVITY_COLORS: dict[str, Color] = {
    "walk": (74, 116, 186), "stand": (122, 126, 134), "hold": (148, 103, 189), "listen": (23, 158, 140),
    "talk": (44, 145, 60),
}  # fmt: skip
OTHER_ACTIVITY: Color = (122, 126, 134)
DANGER: Color = (190, 40, 32)
WARNING = np.array([(0.0, -8.0), (7.0, 5.0), (-7.0, 5.0)])  # pixels, right and down: the sign at a hazard
CROWDED = 0.03  # share of a name that others may cover


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """A view from above, north (y) up: metres to pixels of a picture `size` wide and high."""

    size: tuple[int, int]
    scale: float
    origin: tuple[float, float]

    @staticmethod
    def fit(walkable: Polygon | MultiPolygon, size: tuple[int, int], margin: float = 1.5) -> PlanView:
        """Return the view that shows all of `walkable` and `margin` metres around it."""
        west, south, east, north = walkable.bounds
        scale = min(size[0] / (east - west + 2 * margin), size[1] / (north - south + 2 * margin))
        middle = ((west + east) / 2, (south + north) / 2)
        return PlanView(
            size=size, scale=scale, origin=(size[0] / 2 - scale * middle[0], size[1] / 2 + scale * middle[1])
        )

    def pixels(self, points: npt.ArrayLike) -> FloatArray:
        """Return (..., 2) pixels (right, down) of (..., 2) metres, world."""
        pixels: FloatArray = np.asarray(self.origin) + np.asarray(points, dtype=np.float64) * (self.scale, -self.scale)
        return pixels


def place_labels(
    view: PlanView,
    landmarks: tuple[Landmark, ...],
    text_size: dict[str, tuple[float, float]],
    goal: tuple[float, float],
) -> dict[str, tuple[float, float]]:
    """Return the top left corner, pixels, of landmarks' names: beside their dots, inside, clear of one another.

    Names for which there is no room are left out; the goal's comes first, then places that one can be sent to.
    """
    east, south = view.pixels(goal).tolist()
    taken: list[tuple[float, float, float, float]] = [(east - 11, south - 11, east + 11, south + 11)]  # the star
    dots = view.pixels([mark.position for mark in landmarks]) if landmarks else np.zeros((0, 2))
    corners: dict[str, tuple[float, float]] = {}

    def rank(row: int) -> tuple[bool, bool]:
        mark = landmarks[row]
        away = np.hypot(mark.position[0] - goal[0], mark.position[1] - goal[1]) > 2.0
        return bool(away), mark.kind not in DESTINATIONS

    for row in sorted(range(len(landmarks)), key=rank):
        mark, (x, y) = landmarks[row], dots[row].tolist()
        width, height = text_size[mark.name]
        gap = 6.0 if np.hypot(mark.position[0] - goal[0], mark.position[1] - goal[1]) * view.scale > 12 else 14.0
        options = [
            (x + gap, y - height / 2),
            (x - gap - width, y - height / 2),
            (x - width / 2, y - gap - height),
            (x - width / 2, y + gap),
            *((a, b) for a in (x + gap / 2, x - gap / 2 - width) for b in (y + gap / 2, y - gap / 2 - height)),
        ]
        inside = [
            (min(max(a, 2.0), view.size[0] - width - 2), min(max(b, 2.0), view.size[1] - height - 2))
            for a, b in options
        ]

        def overlap(corner: tuple[float, float], width: float = width, height: float = height) -> float:
            a, b = corner
            return sum(
                max(0.0, min(a + width, c) - max(a, p)) * max(0.0, min(b + height, d) - max(b, q))
                for p, q, c, d in taken
            )

        def clash(corner: tuple[float, float], width: float = width, height: float = height) -> float:
            a, b = corner
            covered = np.sum((dots > (a - 2, b - 2)).all(axis=1) & (dots < (a + width + 2, b + height + 2)).all(axis=1))
            return overlap(corner) + 40.0 * float(covered)

        corner = min(inside, key=clash)
        if overlap(corner) > CROWDED * width * height:
            continue
        taken.append((*corner, corner[0] + width, corner[1] + height))
        corners[mark.name] = corner
    return corners


class FloorPlan:
    """The map of a scene, onto which moments are drawn; it remembers the robot's way."""

    def __init__(
        self, scene: Scene, goal: tuple[float, float], size: tuple[int, int],
        hazards: Sequence[tuple[tuple[float, float], float]] = (),
    ) -> None:  # fmt: skip
        """Draw what does not move; `hazards`: middle (x, y) and radius of each, metres, world."""
        self._view = PlanView.fit(scene.walkable, size)
        self._trail: list[FloatArray] = []
        self._background = self._draw_scene(scene, goal)
        for middle, radius in hazards:
            spot = self._view.pixels(middle)
            rim = max(round(radius * self._view.scale * 16), 16)
            cv2.circle(self._background, _fixed(spot).tolist(), rim, DANGER, 1, cv2.LINE_AA, 4)
            cv2.fillPoly(self._background, [_fixed(spot + WARNING)], GOAL, cv2.LINE_AA, 4)
            cv2.polylines(self._background, [_fixed(spot + WARNING)], True, INK, 1, cv2.LINE_AA, 4)

    def draw(self, moment: Moment) -> Picture:
        """Return the map (H, W, 3) at a moment; call it in the order of time."""
        picture = self._background.copy()
        here = self._view.pixels((moment.robot.x, moment.robot.y))
        if not self._trail or np.hypot(*(here - self._trail[-1])) > 1.0:
            self._trail.append(here)
        cv2.polylines(picture, [_fixed(np.array([*self._trail, here]))], False, ROBOT, 2, cv2.LINE_AA, 4)
        dots = self._view.pixels(moment.positions) if len(moment.positions) else np.zeros((0, 2))
        for dot, activity in zip(dots, moment.activities, strict=True):
            color = ACTIVITY_COLORS.get(activity, OTHER_ACTIVITY)
            cv2.circle(picture, _fixed(dot).tolist(), 3 * 16, color, -1, cv2.LINE_AA, 4)
        nose = moment.robot.yaw + np.array([0.0, 2.5, -2.5])
        arrow = here + np.array([[12.0], [8.5], [8.5]]) * np.stack([np.cos(nose), -np.sin(nose)], axis=1)
        cv2.fillPoly(picture, [_fixed(arrow)], ROBOT, cv2.LINE_AA, 4)
        cv2.polylines(picture, [_fixed(arrow)], True, (255, 255, 255), 1, cv2.LINE_AA, 4)
        return picture

    def _draw_scene(self, scene: Scene, goal: tuple[float, float]) -> Picture:
        width, height = self._view.size
        picture = np.full((height, width, 3), BLOCKED, dtype=np.uint8)
        for polygon in getattr(scene.walkable, "geoms", [scene.walkable]):
            rings = [_fixed(self._view.pixels(ring.coords)) for ring in (polygon.exterior, *polygon.interiors)]
            cv2.fillPoly(picture, rings, FREE, cv2.LINE_AA, 4)
            cv2.polylines(picture, rings, True, EDGE, 1, cv2.LINE_AA, 4)
        picture = self._name_landmarks(picture, scene.landmarks, goal)
        star = np.pi / 2 + np.pi / 5 * np.arange(10)
        rim = np.where(np.arange(10) % 2 == 0, 9.0, 3.8)[:, None] * np.stack([np.cos(star), -np.sin(star)], axis=1)
        cv2.fillPoly(picture, [_fixed(self._view.pixels(goal) + rim)], GOAL, cv2.LINE_AA, 4)
        cv2.polylines(picture, [_fixed(self._view.pixels(goal) + rim)], True, INK, 1, cv2.LINE_AA, 4)
        return picture

    def _name_landmarks(self, picture: Picture, landmarks: tuple[Landmark, ...], goal: tuple[float, float]) -> Picture:
        image, letters = Image.fromarray(picture), font(11)
        pen = ImageDraw.Draw(image)
        sizes = {mark.name: letters.getbbox(printable(mark.name))[2:] for mark in landmarks}
        corners = place_labels(self._view, landmarks, sizes, goal)
        for mark in landmarks:
            x, y = self._view.pixels(mark.position)
            pen.ellipse((x - 2, y - 2, x + 2, y + 2), fill=INK)
            if mark.name in corners:
                name = printable(mark.name)
                pen.text(corners[mark.name], name, font=letters, fill=INK, stroke_width=2, stroke_fill=FREE)
        return np.array(image)


def _fixed(points: FloatArray) -> npt.NDArray[np.int32]:
    """Return pixels as OpenCV's fixed-point numbers, sixteenths of a pixel (`shift` 4)."""
    return np.round((points - 0.5) * 16).astype(np.int32)
