"""An episode as SVG: the way seen from above, and how near people came."""

from __future__ import annotations

import html
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from embodied.floor_plan import BLOCKED, DANGER, EDGE, FREE, GOAL, INK, WARNING, PlanView, place_labels
from embodied.log import EpisodeLog
from embodied.metrics import tracks_of
from safety.social import INTIMATE_ZONE, PERSONAL_ZONE, nearest_distances
from scenes.scene import FloatArray, Scene

MAP_WIDTH, CHART_SIZE = 620, (620, 170)
WAY = ((53, 70, 156), (33, 145, 140), (146, 190, 60), (238, 174, 26), (206, 60, 40))  # colours from start to end
CHART_TOP = 5.0  # m; what is farther is drawn at the top edge
LETTER = 5.9  # pixels, the mean width of a letter of 11 pixels


def draw_way(log: EpisodeLog, scene: Scene) -> str:
    """Return the map of an episode: ground, landmarks, the robot's way by time, people's ways, questions, touches."""
    west, south, east, north = scene.walkable.bounds
    height = round(np.clip(MAP_WIDTH * (north - south + 3) / (east - west + 3), 150, MAP_WIDTH))
    view = PlanView.fit(scene.walkable, (MAP_WIDTH, height))
    reset, tracks = log.events_of("reset")[0], tracks_of(log)
    way = view.pixels(tracks.robot)
    parts = _ground(view, scene)
    for person in range(tracks.people.shape[1]):
        for piece in _present(tracks.people[:, person]):
            parts.append(_line(view.pixels(piece), "#5b6f96", 1.2, ' stroke-opacity=".28"'))
    if len(reset["reference_path"]) > 1:
        parts.append(_line(view.pixels(reset["reference_path"]), "#777", 1.5, ' stroke-dasharray="2 5"'))
    cuts = np.unique(np.linspace(0, len(way) - 1, 49).round().astype(int))
    for first, last in pairwise(cuts):
        color = _rgb(_way_color(first / max(len(way) - 1, 1)))
        parts.append(_line(way[first : last + 1], color, 3.5))
    parts += [
        _landmarks(view, scene, tuple(reset["goal"])),
        _start(way[0], float(reset["start"][2])),
        _star(view.pixels(reset["goal"])),
    ]
    times = tracks.times
    for event in log.events_of("contact"):
        x, y = way[np.searchsorted(times, event["time"] - 1e-6).clip(0, len(way) - 1)]
        parts.append(f'<path d="M{x - 5:.1f} {y - 5:.1f}l10 10m0 -10l-10 10" stroke="#d01616" stroke-width="2.5"/>')
    for number, time in enumerate(ask_times(log), start=1):
        x, y = way[np.searchsorted(times, time - 1e-6).clip(0, len(way) - 1)]
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="8.5" fill="#fff" stroke="{_rgb(INK)}"/>'
            f'<text x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle" font-weight="700">{number}</text>'
        )
    parts.append(_scale_bar(view))
    return _svg(view.size, parts, "The way of the robot seen from above")


def draw_routes(log: EpisodeLog, scene: Scene) -> str:
    """Return the map of an episode with the ways of the people in it, each in a colour of its own."""
    west, south, east, north = scene.walkable.bounds
    height = round(np.clip(MAP_WIDTH * (north - south + 3) / (east - west + 3), 150, MAP_WIDTH))
    view = PlanView.fit(scene.walkable, (MAP_WIDTH, height))
    tracks = tracks_of(log)
    parts = _ground(view, scene)
    for person in range(tracks.people.shape[1]):
        hue = person * 137.5 % 360.0  # the golden angle keeps neighbours apart
        for piece in _present(tracks.people[:, person]):
            parts.append(_line(view.pixels(piece), f"hsl({hue:.0f} 60% 42%)", 1.6, ' stroke-opacity=".75"'))
    parts += [_landmarks(view, scene, tuple(log.events_of("reset")[0]["goal"])), _scale_bar(view)]
    return _svg(view.size, parts, "The ways of the people seen from above")


def draw_hazards(log: EpisodeLog, scene: Scene) -> str:
    """Return the map of an episode with its hazards by name, and the ways of people and robot."""
    west, south, east, north = scene.walkable.bounds
    height = round(np.clip(MAP_WIDTH * (north - south + 3) / (east - west + 3), 150, MAP_WIDTH))
    view, tracks, parts = PlanView.fit(scene.walkable, (MAP_WIDTH, height)), tracks_of(log), []
    for person in range(tracks.people.shape[1]):
        for piece in _present(tracks.people[:, person]):
            parts.append(_line(view.pixels(piece), "#5b6f96", 1.2, ' stroke-opacity=".4"'))
    parts.append(_line(view.pixels(tracks.robot), _rgb(WAY[0]), 2.5))
    for event in log.events_of("hazard"):
        x, y = view.pixels(event["middle"])
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{event["radius"] * view.scale:.1f}" fill="{_rgb(DANGER)}" '
            f'fill-opacity=".18" stroke="{_rgb(DANGER)}"/>'
            f'<path d="M{_points(view.pixels(event["middle"]) + WARNING)}Z" fill="{_rgb(GOAL)}" stroke="{_rgb(INK)}"/>'
            f'<text x="{x + 10:.1f}" y="{y + 4:.1f}" stroke="{_rgb(FREE)}" stroke-width="3" paint-order="stroke" '
            f'fill="{_rgb(INK)}" font-weight="700">{html.escape(event["id"])}</text>'
        )
    marks = _landmarks(view, scene, tuple(log.events_of("reset")[0]["goal"]))
    parts = [*_ground(view, scene), marks, *parts, _scale_bar(view)]
    return _svg(view.size, parts, "The hazards seen from above")


def _ground(view: PlanView, scene: Scene) -> list[str]:
    width, height = view.size
    parts = [f'<rect width="{width}" height="{height}" fill="{_rgb(BLOCKED)}"/>']
    for polygon in getattr(scene.walkable, "geoms", [scene.walkable]):
        rings = " ".join(f"M{_points(view.pixels(r.coords))}Z" for r in (polygon.exterior, *polygon.interiors))
        parts.append(f'<path d="{rings}" fill="{_rgb(FREE)}" fill-rule="evenodd" stroke="{_rgb(EDGE)}"/>')
    return parts


def draw_nearness(log: EpisodeLog) -> str:
    """Return the chart of the distance to the nearest person over time, with Hall's zones and the questions."""
    tracks = tracks_of(log)
    distance = np.clip(nearest_distances(tracks), 0.0, CHART_TOP)
    width, height, left, bottom = *CHART_SIZE, 34, 26
    end = max(float(tracks.times[-1]), 1e-9)

    def place(time: npt.ArrayLike, metres: npt.ArrayLike) -> FloatArray:
        x = left + np.asarray(time) / end * (width - left - 16)
        return np.stack([x, 8 + (1 - np.asarray(metres) / CHART_TOP) * (height - bottom - 8)], axis=-1)

    parts = []
    for low, high, color in ((0.0, INTIMATE_ZONE, "#f6cfc9"), (INTIMATE_ZONE, PERSONAL_ZONE, "#fbeccb")):
        (x0, y0), (x1, y1) = place(0.0, high), place(end, low)
        parts.append(f'<rect x="{x0:.1f}" y="{y0:.1f}" width="{x1 - x0:.1f}" height="{y1 - y0:.1f}" fill="{color}"/>')
    for metres in range(int(CHART_TOP) + 1):
        x, y = place(0.0, float(metres))
        parts.append(f'<path d="M{x:.1f} {y:.1f}H{width - 16}" stroke="#e3e3e0"/>')
        words = f"{metres}+" if metres == CHART_TOP else str(metres)
        parts.append(f'<text x="{x - 6:.1f}" y="{y + 4:.1f}" text-anchor="end" fill="#666">{words}</text>')
    for time in _ticks(end):
        x, y = place(time, 0.0)
        parts.append(f'<text x="{x:.1f}" y="{y + 16:.1f}" text-anchor="middle" fill="#666">{time:g} s</text>')
    for number, time in enumerate(ask_times(log), start=1):
        x, y = place(time, CHART_TOP)
        parts.append(f'<path d="M{x:.1f} {y:.1f}V{height - bottom}" stroke="#333" stroke-dasharray="3 3"/>')
        parts.append(f'<text x="{x + 4:.1f}" y="{y + 11:.1f}" font-weight="700">{number}</text>')
    parts.append(_line(place(tracks.times, distance), "#35469c", 1.8))
    return _svg(CHART_SIZE, parts, "Metres to the nearest person over time")


def draw_color_bar() -> str:
    """Return the key of the colours of the way."""
    steps = 24
    cells = [
        f'<rect x="{5 * k}" width="5.5" height="10" fill="{_rgb(_way_color(k / (steps - 1)))}"/>' for k in range(steps)
    ]
    return _svg((5 * steps, 10), cells, "from start to end", fixed=True)


def ask_times(log: EpisodeLog) -> list[float]:
    """Return when the robot asked, seconds."""
    return [event["time"] for event in log.events_of("speech") if event["speaker"] == 0 and event["act"] == "ask"]


def _svg(size: tuple[int, int], parts: Sequence[str], title: str, fixed: bool = False) -> str:
    shape = f'width="{size[0]}" height="{size[1]}"' if fixed else f'style="max-width:{size[0]}px"'
    return (
        f'<svg viewBox="0 0 {size[0]} {size[1]}" {shape} role="img" fill="none" font-size="11">'
        f'<title>{title}</title><g fill="none">{"".join(parts)}</g></svg>'
    )


def _rgb(color: Sequence[float]) -> str:
    return "#" + "".join(f"{round(channel):02x}" for channel in color)


def _way_color(share: float) -> list[float]:
    at = np.linspace(0, 1, len(WAY))
    return [float(np.interp(share, at, [color[channel] for color in WAY])) for channel in range(3)]


def _points(pixels: FloatArray) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in pixels)


def _line(pixels: FloatArray, color: str, width: float, more: str = "") -> str:
    rounded = np.round(pixels, 1)
    moved = np.concatenate([[True], np.any(np.diff(rounded, axis=0) != 0, axis=1)])
    return (
        f'<polyline points="{_points(rounded[moved])}" stroke="{color}" stroke-width="{width}" '
        f'stroke-linejoin="round" stroke-linecap="round"{more}/>'
    )


def _present(track: FloatArray, every: int = 5) -> list[FloatArray]:
    """Return the pieces of a track (T, 2) without NaN, thinned to every fifth step."""
    thin = track[::every]
    breaks = np.flatnonzero(np.isnan(thin[:, 0]))
    pieces = (piece[~np.isnan(piece[:, 0])] for piece in np.split(thin, breaks))
    return [piece for piece in pieces if len(piece) > 1]


def _landmarks(view: PlanView, scene: Scene, goal: tuple[float, float]) -> str:
    marks = scene.landmarks
    corners = place_labels(view, marks, {mark.name: (LETTER * len(mark.name), 13.0) for mark in marks}, goal)
    parts = []
    for mark in marks:
        x, y = view.pixels(mark.position)
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{_rgb(INK)}"/>')
        if mark.name not in corners:
            continue
        left, top = corners[mark.name]
        parts.append(
            f'<text x="{left:.1f}" y="{top + 10:.1f}" stroke="{_rgb(FREE)}" stroke-width="3" paint-order="stroke" '
            f'stroke-linejoin="round" fill="{_rgb(INK)}">{html.escape(mark.name)}</text>'
        )
    return "".join(parts)


def _start(at: FloatArray, yaw: float) -> str:
    degrees = -np.degrees(yaw)
    return (
        f'<path d="M11 0L-6 7L-3 0L-6 -7Z" transform="translate({at[0]:.1f} {at[1]:.1f}) rotate({degrees:.0f})" '
        f'fill="{_rgb(WAY[0])}" stroke="#fff"/>'
    )


def _star(at: FloatArray) -> str:
    angle = np.pi / 2 + np.pi / 5 * np.arange(10)
    rim = np.where(np.arange(10) % 2 == 0, 12.0, 5.0)[:, None] * np.stack([np.cos(angle), -np.sin(angle)], axis=1)
    return f'<path d="M{_points(at + rim)}Z" fill="{_rgb(GOAL)}" stroke="{_rgb(INK)}"/>'


def _scale_bar(view: PlanView) -> str:
    metres = max(m for m in (0.5, 1, 2, 5, 10, 20, 50) if m * view.scale < 0.25 * view.size[0] or m == 0.5)
    x, y, length = 12.0, view.size[1] - 12.0, metres * view.scale
    return (
        f'<path d="M{x} {y}h{length:.1f}" stroke="#fff" stroke-width="3"/>'
        f'<text x="{x}" y="{y - 6}" fill="#fff">{metres:g} m</text>'
    )


def _ticks(end: float) -> list[float]:
    step = next((s for s in (1, 2, 5, 10, 20, 30, 60, 120, 300) if end / s <= 9), 600)
    return [float(t) for t in np.arange(0, end + 1e-9, step)]
