"""Pictures of our own scenes from above and aslant, and what lies where in them, to learn segmentation from.

Every shot is drawn: which scene, hour and weather; where the camera hangs, how high, and where it looks. Shots that
show hardly any ground, or the inside of a wall, are drawn again.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import shapely

from crowd.site import WALKED
from embodied.place import Place, build_scene
from embodied.scene_site import UNKNOWN, classes_of, labels_of
from scenes.backend import Camera, Frame
from scenes.backends import choose_backend
from scenes.scene import FloatArray, Scene

if TYPE_CHECKING:
    from crowd.segmentation_training import Shots

FAMILIES = ("plaza", "street", "office", "station", "plaza", "street")  # of the scenes, in turn; squares twice
WEATHERS = ("clear", "clear", "clear", "overcast", "overcast", "rain")
HOURS = 7.5, 19.5  # between which a shot is taken; at night one sees lamps only
HELD_OUT = 900_000  # seeds of layouts from here on are for judging only
NADIR = 0.4  # share of shots straight from above
TRIES = 12  # cameras drawn for one shot
OVERHEAD = {"station": ("roof", "canopy")}  # labels of what is taken off, so that one sees the ground


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    camera: Camera
    nadir: bool


def render_shots(
    *, places: int, shots: int, size: tuple[int, int], seed: int, held_out: bool = False, backend: str = "auto"
) -> Shots:
    """Render pictures of scenes and their classes.

    Args:
        places: scenes. shots: pictures of each.
        size: width and height of a picture, pixels.
        seed: of all that is drawn.
        held_out: of layouts that training never shows.
        backend: what renders.
    """
    from crowd.segmentation_training import Shots

    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(int(held_out),)))
    pictures: list[npt.NDArray[np.uint8]] = []
    classes: list[npt.NDArray[np.uint8]] = []
    families: list[str] = []
    painter = choose_backend(backend).make()
    try:
        for number in range(places):
            family = FAMILIES[number % len(FAMILIES)]
            layout = int(rng.integers(HELD_OUT, 2 * HELD_OUT)) if held_out else int(rng.integers(HELD_OUT))
            hour, weather = round(float(rng.uniform(*HOURS)), 2), str(rng.choice(WEATHERS))
            scene = build_scene(Place(name=family, seed=layout, hour=hour, weather=weather))
            things = tuple(thing for thing in scene.objects if thing.label not in OVERHEAD.get(family, ()))
            scene = replace(scene, light=replace(scene.light, fog=0.0), objects=things)
            painter.load(scene)
            labels = labels_of(scene)
            for _ in range(shots):
                found = _shoot(painter, scene, labels, size, rng)
                if found is not None:
                    pictures.append(found[0])
                    classes.append(found[1])
                    families.append(family)
    finally:
        painter.close()
    return Shots(pictures=np.stack(pictures), classes=np.stack(classes), places=tuple(families))


def _shoot(
    painter: object, scene: Scene, labels: Mapping[int, str], size: tuple[int, int], rng: np.random.Generator
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]] | None:
    """Return a picture and its classes; None where no camera saw ground enough."""
    for _ in range(TRIES):
        view = _aim(scene, size, rng)
        frame: Frame = painter.render(view.camera)  # type: ignore[attr-defined]
        ids = classes_of(frame, labels)
        walked = float(np.isin(ids, WALKED).mean())
        if not 0.1 < walked < 0.97 or (ids == UNKNOWN).mean() > 0.5 or (ids == 0).mean() > 0.3:
            continue
        if not view.nadir and float((frame.depth < 3.0).mean()) > 0.15:  # something hides the place
            continue
        return frame.rgb, ids
    return None


def _aim(scene: Scene, size: tuple[int, int], rng: np.random.Generator) -> _View:
    target = _somewhere(scene, rng)
    nadir = bool(rng.random() < NADIR)
    fov = float(rng.uniform(0.5, 1.1))
    yaw = float(rng.uniform(0.0, math.tau))
    span = float(np.exp(rng.uniform(math.log(12.0), math.log(70.0))))  # m of ground across the picture, about
    away = span / (2.0 * math.tan(fov / 2.0))
    tilt = float(rng.uniform(0.0, 0.2) if nadir else rng.uniform(0.35, 1.15))  # rad from straight down
    if not nadir:
        away = min(away, 45.0) if not scene.indoor else min(away, 30.0)
    lean = away * math.sin(tilt)
    eye = target + np.array([lean * math.cos(yaw), lean * math.sin(yaw), away * math.cos(tilt)])
    if nadir and tilt < 0.02:
        eye[0] += 0.05 * away
    camera = Camera.look_at(eye, target, width=size[0], height=size[1], fov=fov)
    far = max(80.0, 4.0 * away)
    return _View(camera=replace(camera, near=0.3, far=far), nadir=nadir)


def _somewhere(scene: Scene, rng: np.random.Generator) -> FloatArray:
    """Draw a point (3,) on, or a little off, the walkable ground."""
    west, south, east, north = scene.walkable.bounds
    for _ in range(200):
        x, y = rng.uniform(west, east), rng.uniform(south, north)
        if shapely.contains_xy(scene.walkable, x, y):
            break
    return np.array([x + rng.normal(0.0, 3.0), y + rng.normal(0.0, 3.0), 0.0])
