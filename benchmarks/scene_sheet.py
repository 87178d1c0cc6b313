"""Draw every family of scenes by day, at night and in rain, with people: `python -m benchmarks.scene_sheet [OUT]`.

For each family the view is the one, of many tried from where people stand, that shows the most different things.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import shapely
from PIL import Image, ImageDraw

from embodied.captions import font
from embodied.place import Place, build_scene
from embodied.populate import Wardrobe, skin
from motion.clip import RootPaths
from motion.gait import GaitModel
from scenes.backend import Camera
from scenes.gl import GLBackend
from scenes.scene import FloatArray, Scene

OUT = Path(__file__).resolve().parents[1] / "docs" / "scenes.jpg"
FAMILIES = {"plaza": 1, "street": 3, "office": 1, "station": 1, "corridor": 1}  # and the layout of each
MOMENTS = (("day", 11.0, "clear"), ("night", 22.5, "clear"), ("rain", 16.0, "rain"), ("wet night", 22.5, "rain"))
TILE = (640, 420)  # px
FOV = np.radians(62)
EYE = 1.6  # m
PEOPLE, STEPS, DT, SPEED = 9, 25, 0.1, 1.2  # SPEED in m/s


def choose_view(backend: GLBackend, scene: Scene) -> Camera:
    """Return the camera, of many at places to stand, that shows most things with room for people before it."""
    views: list[tuple[float, Camera]] = []
    places = [spot.position for spot in scene.spots] or [entrance.position for entrance in scene.entrances]
    for x, y in places[:: max(1, len(places) // 14)]:
        for yaw in np.linspace(-np.pi, np.pi, 10, endpoint=False):
            ahead = (x + np.cos(yaw), y + np.sin(yaw), EYE - 0.06)
            small = Camera.look_at((x, y, EYE), ahead, width=96, height=64, fov=FOV)
            frame = backend.render(small)
            near = float(np.quantile(frame.depth[20:, 10:86], 0.1))
            views.append((float((np.bincount(frame.instance.ravel()) > 6).sum()) * min(near, 2.0), small))
    views.sort(key=lambda view: -view[0])
    fitting = [view for view in views if len(place_people(scene, view[1], np.random.default_rng(0))) == PEOPLE]
    return replace((fitting or views)[0][1], width=TILE[0], height=TILE[1])


def place_people(scene: Scene, camera: Camera, rng: np.random.Generator) -> FloatArray:
    """Return positions (N, 2) of people before the camera, apart from one another and from walls, all in its sight."""
    room = scene.walkable.buffer(-0.5)
    shapely.prepare([room, scene.walkable])
    ahead = camera.pose[:2, 2] / np.linalg.norm(camera.pose[:2, 2])
    aside = np.array([-ahead[1], ahead[0]])
    found: list[FloatArray] = []
    for _ in range(300):
        far = rng.uniform(2.6, 14.0)
        point = camera.pose[:2, 3] + far * ahead + rng.uniform(-0.55, 0.55) * far * aside
        sight = shapely.LineString([camera.pose[:2, 3], point])
        free = room.contains(shapely.Point(point)) and scene.walkable.covers(sight)
        if free and all(np.hypot(*(point - other)) > 1.0 for other in found):
            found.append(point)
        if len(found) == PEOPLE:
            break
    return np.array(found).reshape(-1, 2)


def pose_people(bodies: Wardrobe, positions: FloatArray, yaws: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return transforms (N, 24, 4, 4) of people who walk, or stand every third, and are where they are to be."""
    model = GaitModel()
    model.reset(bodies, rng)
    ids = np.array(sorted(bodies), dtype=np.int64)
    velocity = SPEED * np.stack([np.cos(yaws), np.sin(yaws)], axis=1)
    velocity *= np.array([bodies[int(k)].pace for k in ids])[:, None]
    velocity[::3] = 0.0
    for step in range(STEPS):
        here = positions + velocity * DT * (step - STEPS + 1)
        ahead = here[:, None] + velocity[:, None] * np.arange(DT, 2.0, DT)[:, None]
        paths = RootPaths(person_ids=ids, positions=here, velocities=velocity, yaws=yaws, planned=ahead)
        joints = model.step(DT, paths, {}, {})
    return joints


def draw_family(backend: GLBackend, name: str, seed: int) -> list[Image.Image]:
    """Return one picture for each moment."""
    rng = np.random.default_rng(seed)
    scene = build_scene(Place(name=name, seed=seed))
    backend.load(scene)
    camera = choose_view(backend, scene)
    positions = place_people(scene, camera, np.random.default_rng(0))
    yaws = rng.uniform(-np.pi, np.pi, len(positions))
    bodies = Wardrobe(list(FAMILIES).index(name), range(1, len(positions) + 1))
    joints = pose_people(bodies, positions, yaws, rng)
    pictures = []
    for what, hour, weather in MOMENTS:
        backend.load(build_scene(Place(name=name, seed=seed, hour=hour, weather=weather)))
        for row, person in enumerate(sorted(bodies)):
            backend.add_person(person, skin(bodies[person]))
            backend.pose_person(person, joints[row])
        picture = Image.fromarray(backend.render(camera).rgb)
        pen = ImageDraw.Draw(picture)
        pen.text(
            (12, 10), f"{name}, {what}", font=font(22), fill=(255, 255, 255), stroke_width=2, stroke_fill=(0, 0, 0)
        )
        pictures.append(picture)
    return pictures


def main(arguments: list[str]) -> int:
    """Draw all families and write the sheet."""
    out = Path(arguments[0]) if arguments else OUT
    sheet = Image.new("RGB", (TILE[0] * len(MOMENTS), TILE[1] * len(FAMILIES)))
    backend = GLBackend()
    for row, name in enumerate(FAMILIES):
        for column, picture in enumerate(draw_family(backend, name, FAMILIES[name])):
            sheet.paste(picture, (column * TILE[0], row * TILE[1]))
        print(name, flush=True)
    backend.close()
    sheet.save(out, quality=85)
    print(out)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
