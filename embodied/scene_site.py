"""A scene as the crowd's `Site`: seen from straight above, what lies where, and where one can walk."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import shapely

from crowd.site import CLASSES, SIDEWALK, WALKED, Site
from crowd.site_arrivals import Entrances
from scenes.backend import Camera, Frame
from scenes.backends import choose_backend
from scenes.scene import SEMANTIC_CLASSES, Scene

Picture = npt.NDArray[np.uint8]

UNKNOWN = 255  # what has no class of the crowd's
PITCH, SIDE = 0.05, 1400  # m that a pixel covers at least, and pixels of the longer side at most
MARGIN = 2.0  # m around the walkable ground
ALTITUDE = 400.0  # m of the camera: so high that walls hardly lean
HEADROOM = 2.0  # m: what is higher hides no ground
ROOFS = 80.0  # m: nothing is higher

_STRUCTURES = (
    "Car", "Obstacle", "TrafficSign", "Bicycle", "RoadBlock", "Booth", "Carts", "Advertising", "Chair", "Table",
    "Furniture", "Train",
)  # fmt: skip
_BY_SEMANTIC = {
    **dict.fromkeys(_STRUCTURES, "structure"),
    **dict.fromkeys(("Building", "StoreFront", "Wall", "Ceiling", "Door", "Window"), "building"),
    **dict.fromkeys(("SideWalk", "Floor"), "sidewalk"),
    **dict.fromkeys(("Road", "RoadMarking", "CrossWalk", "Parking"), "road"),
    "Vegetation": "bush",
}
_BY_LABEL = {
    "lawn": "grass", "ground": "grass", "tree": "tree", "old oak": "tree", "hedge": "bush", "track": "structure",
    "terrain": None,
}  # fmt: skip


def classes_of(frame: Frame, labels: Mapping[int, str]) -> Picture:
    """Return ids (H, W) of the crowd's CLASSES for what a camera saw; UNKNOWN where none fits, 0 in the sky.

    Args:
        frame: the picture.
        labels: of the objects, by instance.
    """
    table = np.full(len(SEMANTIC_CLASSES), UNKNOWN, np.uint8)
    for name, ours in _BY_SEMANTIC.items():
        table[SEMANTIC_CLASSES.index(name)] = CLASSES.index(ours)
    ids: Picture = table[frame.semantic]
    for instance in np.unique(frame.instance):
        label = labels.get(int(instance), "")
        if label in _BY_LABEL:
            kind = _BY_LABEL[label]
            ids[frame.instance == instance] = UNKNOWN if kind is None else CLASSES.index(kind)
    ids[~np.isfinite(frame.depth)] = 0
    return ids


def labels_of(scene: Scene) -> dict[int, str]:
    """Return the label of each instance of a scene."""
    return {thing.instance: thing.label for thing in scene.objects}


def site_of_scene(scene: Scene, *, pitch: float | None = None, backend: str = "auto") -> tuple[Site, Picture]:
    """Return a scene as a site, and its picture (H, W, 3) from above.

    People can walk where `scene.walkable` says so, to half a pixel; what a camera sees below head height says whether
    that is road or sidewalk, and what it sees from above what the rest is.

    Args:
        scene: the place.
        pitch: metres that a pixel covers; None: PITCH, or more where the picture would be larger than SIDE.
        backend: what renders.

    Raises:
        ValueError: another backend's name.
    """
    west, south, east, north = shapely.buffer(scene.walkable, MARGIN).bounds
    pitch = max(PITCH, max(east - west, north - south) / SIDE) if pitch is None else pitch
    width, height = (math.ceil(extent / pitch) for extent in (east - west, north - south))
    pose = np.eye(4)
    pose[:3, :3] = np.diag([1.0, -1.0, -1.0])
    pose[:3, 3] = west + pitch * width / 2, north - pitch * height / 2, ALTITUDE
    camera = Camera(
        pose=pose, width=width, height=height, fov=2.0 * math.atan(pitch * height / 2.0 / ALTITUDE),
        near=ALTITUDE - ROOFS, far=ALTITUDE + 20.0,
    )  # fmt: skip
    low = replace(camera, near=ALTITUDE - HEADROOM)
    painter = choose_backend(backend).make()
    try:
        painter.load(replace(scene, light=replace(scene.light, fog=0.0)))
        below, above = painter.render_many([low, low if scene.indoor else camera])
    finally:
        painter.close()
    labels = labels_of(scene)
    ground, top = classes_of(below, labels), classes_of(above, labels)
    xs, ys = west + pitch * (np.arange(width) + 0.5), north - pitch * (np.arange(height) + 0.5)
    shapely.prepare(scene.walkable)
    free = shapely.contains_xy(scene.walkable, *np.meshgrid(xs, ys))
    on_foot = np.where(ground == CLASSES.index("road"), ground, SIDEWALK)
    hidden = np.isin(top, WALKED) | (top == UNKNOWN)  # shut off, or indoors behind what is cut off
    closed = np.where(hidden, CLASSES.index("building" if scene.indoor else "structure"), top)
    homography = np.array([[pitch, 0.0, west], [0.0, -pitch, north], [0.0, 0.0, 1.0]])
    semantic = np.where(free, on_foot, closed).astype(np.uint8)
    return Site(name=scene.name, semantic=semantic, homography=homography), above.rgb


def entrances_of_scene(scene: Scene) -> Entrances | None:
    """Return the entrances that a scene names, for `crowd.site_arrivals`; None if there are fewer than two."""
    if len(scene.entrances) < 2:
        return None
    return Entrances(
        positions=np.array([entrance.position for entrance in scene.entrances], np.float64),
        weights=np.array([entrance.weight for entrance in scene.entrances], np.float64),
        radii=np.array([entrance.radius for entrance in scene.entrances], np.float64),
        rule="the entrances of the scene",
    )
