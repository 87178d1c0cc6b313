"""Pictures and film of a crowd on the picture of its place."""

from __future__ import annotations

import colorsys
from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from crowd.data import resample
from crowd.site import CLASSES, Site
from crowd.site_arrivals import Entrances
from crowd.trajectory import CrowdTrajectory, FloatArray
from embodied.captions import font, printable

Picture = npt.NDArray[np.uint8]

COLORS = (
    (120, 120, 120), (196, 66, 58), (232, 150, 50), (62, 112, 44), (132, 196, 92), (24, 150, 84), (104, 128, 224),
    (72, 72, 104),
)  # of CLASSES  # fmt: skip
SIDES = 720, 1280  # pixels, least and most of the longer side of a picture that is drawn on
FILM = 1280, 720  # pixels, as `embodied.video.encode` has it
FILM_HZ = 10  # pictures a second
BAR = 40  # pixels, of words below a picture
BODY = 0.25  # m, radius of a person seen from above
DOT = 3.0  # pixels: nobody is drawn smaller
PAPER, INK, FAINT = (20, 23, 28), (240, 240, 238), (150, 156, 166)


class Canvas:
    """A picture of a place in another size, to draw points of its ground on."""

    def __init__(self, site: Site, picture: Picture, size: tuple[int, int] | None = None) -> None:
        """Scale the picture (H, W, 3) into `size` (width, height); None: so that its longer side is between SIDES."""
        width, height = site.size
        longer = max(width, height)
        self.scale = min(max(longer, SIDES[0]), SIDES[1]) / longer
        if size is not None:
            self.scale = min(size[0] / width, size[1] / height)
        self.size = max(1, round(width * self.scale)), max(1, round(height * self.scale))
        how = cv2.INTER_AREA if self.scale < 1.0 else cv2.INTER_CUBIC
        self.site = site
        self.picture = np.asarray(cv2.resize(picture, self.size, interpolation=how), np.uint8)

    def pixels(self, points: FloatArray) -> FloatArray:
        """Return (..., 2) pixels of this canvas for points (..., 2), metres."""
        result: FloatArray = self.site.to_pixels(np.asarray(points, np.float64)) * self.scale
        return result

    def classes(self) -> Picture:
        """Return the site's classes in this canvas' size."""
        return np.asarray(cv2.resize(self.site.semantic, self.size, interpolation=cv2.INTER_NEAREST), np.uint8)

    def outlined(self, dim: float) -> Picture:
        """Return the picture, its closed parts darkened by `dim`, with the outline of the walkable ground."""
        walked = cv2.resize(self.site.walked.astype(np.uint8), self.size, interpolation=cv2.INTER_NEAREST)
        shown = np.where(walked[..., None] > 0, self.picture, (dim * self.picture).astype(np.uint8))
        edges, _ = cv2.findContours(walked, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
        return np.asarray(cv2.drawContours(np.ascontiguousarray(shown), edges, -1, (255, 214, 64), 1), np.uint8)


def draw_classes(site: Site, picture: Picture, entrances: Entrances | None) -> Picture:
    """Return the picture under the colours of its classes, with entrances where they are known, a key and a scale."""
    canvas = Canvas(site, picture)
    ids = canvas.classes()
    shown = (0.5 * canvas.picture + 0.5 * np.array(COLORS)[ids]).astype(np.uint8)
    known = () if entrances is None else zip(entrances.positions, _stretches(entrances), strict=True)
    for place, ends in known:
        line = np.rint(canvas.pixels(ends)).astype(np.int32)
        cv2.polylines(shown, [line], False, (255, 255, 255), 6, cv2.LINE_AA)
        cv2.polylines(shown, [line], False, (214, 40, 120), 3, cv2.LINE_AA)
        cv2.circle(shown, np.rint(canvas.pixels(place)).astype(int).tolist(), 6, (255, 255, 255), -1, cv2.LINE_AA)
        cv2.circle(shown, np.rint(canvas.pixels(place)).astype(int).tolist(), 4, (214, 40, 120), -1, cv2.LINE_AA)
    key = [(CLASSES[k], COLORS[k]) for k in np.unique(site.semantic)]
    known_key = [] if entrances is None else [("entrance", (214, 40, 120))]
    return _with_bar(_with_scale(shown, canvas), [*key, *known_key])


def draw_tracks(site: Site, picture: Picture, trajectory: CrowdTrajectory) -> Picture:
    """Return the picture with the outline of the walkable ground and everybody's way, a dot at its start."""
    canvas = Canvas(site, picture)
    shown = canvas.outlined(0.45)
    for column, person in enumerate(trajectory.person_ids.tolist()):
        way = trajectory.positions[trajectory.valid[:, column], column]
        if len(way) == 0:
            continue
        line = np.rint(canvas.pixels(way) * 16).astype(np.int32)
        cv2.polylines(shown, [line], False, color_of(person), 2, cv2.LINE_AA, 4)
        cv2.circle(shown, line[0].tolist(), 4 * 16, color_of(person), -1, cv2.LINE_AA, 4)
    words = f"{len(trajectory.person_ids)} people in {trajectory.times[-1] - trajectory.times[0]:.0f} s"
    return _with_bar(_with_scale(shown, canvas), [("walkable ground", (255, 214, 64)), (words, None)])


def draw_film(site: Site, picture: Picture, trajectory: CrowdTrajectory, title: str) -> Iterator[Picture]:
    """Yield FILM_HZ pictures a second, FILM large: people as discs, with a tail of the last second."""
    canvas = Canvas(site, picture, (FILM[0], FILM[1] - BAR))
    ground = canvas.outlined(0.6)
    even = resample(trajectory, 1.0 / FILM_HZ)
    rim = np.linspace(0.0, 2.0 * np.pi, 17)[:-1]
    disc = BODY * np.stack([np.cos(rim), np.sin(rim)], axis=1)
    width, height = canvas.size
    left, top = (FILM[0] - width) // 2, (FILM[1] - BAR - height) // 2
    for row, time in enumerate(even.times):
        shown = ground.copy()
        for column in np.flatnonzero(even.valid[row]):
            color = color_of(int(even.person_ids[column]))
            tail = even.positions[max(0, row - FILM_HZ) : row + 1, column]
            tail = tail[~np.isnan(tail[:, 0])]
            cv2.polylines(shown, [np.rint(canvas.pixels(tail) * 16).astype(np.int32)], False, color, 2, cv2.LINE_AA, 4)
            here = canvas.pixels(even.positions[row, column])
            body = canvas.pixels(even.positions[row, column] + disc) - here
            body *= max(1.0, DOT / max(1e-9, float(np.hypot(*body.T).mean())))
            body = np.rint((here + body) * 16).astype(np.int32)
            cv2.fillPoly(shown, [body], color, cv2.LINE_AA, 4)
            cv2.polylines(shown, [body], True, (255, 255, 255), 1, cv2.LINE_AA, 4)
        frame = np.empty((FILM[1], FILM[0], 3), np.uint8)
        frame[:] = PAPER
        frame[top : top + height, left : left + width] = shown
        words = f"{time - even.times[0]:5.1f} s   {int(even.valid[row].sum())} people   {title}"
        frame[FILM[1] - BAR :] = _bar(FILM[0], [(words, None)])
        yield frame


def color_of(person: int) -> tuple[int, int, int]:
    """Return the colour of a person, by its id."""
    r, g, b = colorsys.hsv_to_rgb((0.61803 * person) % 1.0, 0.75, 1.0)
    return round(255 * r), round(255 * g), round(255 * b)


def _stretches(entrances: Entrances) -> FloatArray:
    if entrances.ends is not None:
        return entrances.ends
    return np.repeat(entrances.positions[:, None], 2, axis=1)


def _with_scale(shown: Picture, canvas: Canvas) -> Picture:
    """Return `shown` with a bar of so many metres across the middle of its lower part."""
    rows, columns = np.nonzero(canvas.site.walked)
    near = int(np.argmax(rows))
    middle = canvas.site.to_metres(np.array([columns[near] + 0.5, rows[near] + 0.5]))
    ends = canvas.pixels(middle + np.array([[0.0, 0.0], [1.0, 0.0]]))
    metre = float(np.hypot(*(ends[1] - ends[0])))
    metres = max((m for m in (1, 2, 5, 10, 20, 50, 100) if m * metre < 0.3 * canvas.size[0]), default=1)
    x, y, length = 14, canvas.size[1] - 16, round(metres * metre)
    for width, color in ((7, (20, 23, 28)), (3, (255, 255, 255))):
        cv2.line(shown, (x, y), (x + length, y), color, width)
    image = Image.fromarray(shown)
    ImageDraw.Draw(image).text(
        (x, y - 24), f"{metres} m", font=font(16), fill=(255, 255, 255), stroke_width=2, stroke_fill=PAPER
    )
    return np.array(image)


def _with_bar(shown: Picture, key: list[tuple[str, tuple[int, int, int] | None]]) -> Picture:
    return np.concatenate([shown, _bar(shown.shape[1], key)])


def _bar(width: int, key: list[tuple[str, tuple[int, int, int] | None]]) -> Picture:
    image = Image.new("RGB", (width, BAR), PAPER)
    pen, letters, x = ImageDraw.Draw(image), font(16), 14.0
    for word, color in key:
        if color is not None:
            pen.rectangle((x, 13, x + 14, 27), fill=color)
            x += 21
        pen.text((x, 9), printable(word), font=letters, fill=INK)
        x += letters.getlength(printable(word)) + 20
    return np.array(image)
