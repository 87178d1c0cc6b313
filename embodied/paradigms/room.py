"""The room of the paradigms: four walls (the one towards the camera is low), a way in, screens and fences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import shapely
from shapely.geometry import LineString, MultiPolygon, Polygon
from shapely.geometry import box as rectangle

from embodied.paradigms.play import Screen
from scenes.procedural.geometry import box, join, move, sheet
from scenes.procedural.texture import speckle
from scenes.scene import SEMANTIC_ID, Entrance, Lamp, Material, Mesh, Region, Scene, SceneObject

LENGTH, WIDTH, HEIGHT, LOW = 12.0, 8.0, 2.6, 0.25  # m
THICKNESS, THIN = 0.2, 0.08  # m, of walls and of screens
SCREEN, FENCE = 1.9, 1.1  # m, their height
DOOR = (11.4, 4.0)  # m, where one comes in and goes out
OUTLINE = rectangle(0.0, 0.0, LENGTH, WIDTH)


def build_room(screens: Sequence[Screen], rng: np.random.Generator, seed: int) -> tuple[Scene, Scene]:
    """Return the room as people walk in it, and as they see in it: through fences.

    Args:
        screens: that stand in it. rng: draws its colours. seed: is noted in the scene.
    """
    tint = rng.uniform(0.9, 1.0, 3)
    floor = Material(texture=speckle(rng, (0.62, 0.56, 0.48), size=256, fine=0.025, coarse=0.015))
    paint = Material(color=(0.86 * tint[0], 0.85 * tint[1], 0.8 * tint[2]))
    walls = [
        box((LENGTH + 2 * THICKNESS, THICKNESS, HEIGHT), (LENGTH / 2, WIDTH + THICKNESS / 2, 0.0)),
        box((LENGTH + 2 * THICKNESS, THICKNESS, LOW), (LENGTH / 2, -THICKNESS / 2, 0.0)),
        box((THICKNESS, WIDTH, HEIGHT), (-THICKNESS / 2, WIDTH / 2, 0.0)),
        box((THICKNESS, WIDTH / 2 - 0.5, HEIGHT), (LENGTH + THICKNESS / 2, WIDTH / 4 - 0.25, 0.0)),
        box((THICKNESS, WIDTH / 2 - 0.5, HEIGHT), (LENGTH + THICKNESS / 2, 3 * WIDTH / 4 + 0.25, 0.0)),
    ]
    objects = [_item("floor", 1, sheet(OUTLINE, tile=2.0), floor, "Floor", solid=False)]
    objects += [_item(f"wall {k}", 1 + k, mesh, paint, "Wall") for k, mesh in enumerate(walls, 1)]
    for k, screen in enumerate(screens):
        color = (0.42, 0.46, 0.5) if not screen.see_through else (0.55, 0.4, 0.25)
        mesh = _fence(screen) if screen.see_through else _sheet(screen, 0.0, SCREEN)
        objects.append(_item(screen.name, 20 + k, mesh, Material(color=color), "Obstacle"))
    ground = _without(screens)
    seen = _without([screen for screen in screens if not screen.see_through])
    lamps = [(x, y) for x in (3.0, 9.0) for y in (2.0, 6.0)]
    scene = Scene(
        name="paradigms",
        seed=seed,
        objects=tuple(objects),
        walkable=ground,
        regions=(Region(name="room", kind="room", polygon=OUTLINE),),
        landmarks=(),
        entrances=(Entrance(name="door", position=DOOR, radius=0.5),),
        spots=(),
        lamps=tuple(Lamp(position=(x, y, 2.5), power=1.6, always=True) for x, y in lamps),
    )
    return scene, replace(scene, walkable=seen)


def _without(screens: Sequence[Screen]) -> Polygon | MultiPolygon:
    """Return the ground that screens leave."""
    left = OUTLINE.difference(shapely.union_all([_footprint(screen) for screen in screens]))
    assert isinstance(left, Polygon | MultiPolygon)
    return left


def _footprint(screen: Screen) -> Polygon:
    return LineString([screen.start, screen.end]).buffer(THIN / 2, cap_style="square")


def _sheet(screen: Screen, bottom: float, top: float) -> Mesh:
    (x, y), (a, b) = screen.start, screen.end
    shape = box((math.dist(screen.start, screen.end) + THIN, THIN, top - bottom), (0.0, 0.0, bottom), bottom=True)
    return move(shape, (x + a) / 2, (y + b) / 2, 0.0, math.atan2(b - y, a - x))


def _fence(screen: Screen) -> Mesh:
    """Return three rails and posts, with gaps that an arm or a stick goes through."""
    rails = [_sheet(screen, z, z + 0.06) for z in (0.3, 0.65, FENCE - 0.06)]
    count = max(2, round(math.dist(screen.start, screen.end) / 0.8) + 1)
    ends = np.linspace(screen.start, screen.end, count)
    return join([*rails, *(box((0.1, 0.1, FENCE), (float(x), float(y), 0.0)) for x, y in ends)])


def _item(
    name: str, instance: int, mesh: Mesh, material: Material, semantic: str, *, solid: bool = True
) -> SceneObject:
    return SceneObject(
        name=name, label=name, mesh=mesh, material=material, semantic=SEMANTIC_ID[semantic], instance=instance,
        solid=solid,
    )  # fmt: skip
