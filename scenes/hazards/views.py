"""From where a hazard is looked at."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry import LineString, Point

from scenes.hazards.placing import PlacedHazard, extent, footprint, move_shape
from scenes.procedural.geometry import pose_at
from scenes.scene import FloatArray, Scene

EYES = (1.5, 1.65)  # m above the ground
NEAREST, FARTHEST = 4.0, 6.0  # m from its middle
BEFORE = (2.6, 3.4)  # m from its front
SHARE, WIDEST = 0.1, np.pi / 2  # of the picture's width that it fills at least, at this field of view, radians
ASIDE = 0.35  # radians from its front at most
SHOULDER = 0.2  # m, free round the eye
TRIES = 300


def viewpoint(scene: Scene, placed: PlacedHazard, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Return an eye (3,) and a target (3,), world, metres: in front of a hazard, on free ground that lies open to it.

    `scene` may be the one before or after the hazard was put into it, in either state.

    Raises:
        ValueError: no such place.
    """
    shape = move_shape(footprint(placed.kind, placed.values), placed.position, placed.yaw)
    low, high = extent(placed.kind, placed.values)
    own = shape.buffer(0.3)
    free = scene.walkable.buffer(-SHOULDER)
    shapely.prepare([free, scene.walkable])
    front, width = float(high[0]), float(high[1] - low[1])
    middle = np.array(
        [0.5 * (max(low[0], -1.2) + min(high[0], 1.2)), 0.5 * (low[1] + high[1]), np.clip(0.45 * high[2], 0.3, 1.15)]
    )
    pose = pose_at(*placed.position, 0.0, placed.yaw)
    target = (pose @ np.append(middle, 1.0))[:3]
    farthest = min(FARTHEST, width / (2.0 * SHARE * np.tan(WIDEST / 2)))
    for k in range(TRIES):
        spread = min(1.0, k / 20) * ASIDE
        wanted = max(front - float(middle[0]) + float(rng.uniform(*BEFORE)), NEAREST)
        far = float(np.clip(wanted, NEAREST, max(farthest, NEAREST)))
        angle = placed.yaw + float(rng.uniform(-spread, spread))
        height = float(rng.uniform(*EYES))
        x, y = target[0] + far * np.cos(angle), target[1] + far * np.sin(angle)
        sight = LineString([(x, y), target[:2]]).difference(own)
        if free.contains(Point(x, y)) and not own.contains(Point(x, y)) and scene.walkable.covers(sight):
            return np.array([x, y, height]), target
    raise ValueError(
        f"viewpoint: expected free ground {NEAREST:g} m before the {placed.kind}, found none; place it elsewhere"
    )
