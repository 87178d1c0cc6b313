"""Which landmark lies straight ahead: what people walk towards when they have no street to follow."""

from __future__ import annotations

import math
from collections.abc import Collection

import shapely
from shapely.geometry import LineString

from embodied.drive import wrap
from scenes.scene import Scene

OFF = math.radians(12)  # how far from the heading a landmark still shows the way
LEAST = 10.0  # m of a leg that is worth a landmark to walk towards
NEAREST = 6.0  # m
BEYOND = 8.0  # m behind the end of the leg


class Skyline:
    """The landmarks of a scene, and whether one sees them across its squares and streets."""

    def __init__(self, scene: Scene) -> None:
        self._ground = shapely.union_all([region.polygon for region in scene.regions]).buffer(0.05)
        shapely.prepare(self._ground)
        self._landmarks = scene.landmarks

    def ahead(self, position: tuple[float, float], heading: float, distance: float, names: Collection[str]) -> str:
        """Return which of `names` lies straight ahead on a leg and is seen from its start, or "".

        Args:
            position: (x, y) where the leg starts, metres. heading: yaw of the leg, radians.
            distance: metres, its length.
            names: landmarks that may be named.
        """
        best, least = "", OFF
        if distance < LEAST:
            return best
        for mark in self._landmarks:
            gap = math.dist(position, mark.anchor[:2])
            if mark.name not in names or not NEAREST <= gap <= distance + BEYOND:
                continue
            bearing = math.atan2(mark.anchor[1] - position[1], mark.anchor[0] - position[0])
            off = abs(wrap(bearing - heading))
            if off < least and self._ground.covers(LineString([position, mark.position])):
                best, least = mark.name, off
        return best
