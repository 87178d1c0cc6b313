"""A scene while it is being built: objects with instance ids, and what they take of the ground."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely.geometry import Polygon

from scenes.procedural.geometry import join, pose_at
from scenes.scene import ROBOT_INSTANCE, SEMANTIC_ID, Material, Mesh, SceneObject


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """A piece of a thing, in the frame of the thing: x forward, z up, the ground at 0.

    Attributes:
        semantic: name of its class, where it differs from that of the thing.
        text: the words that can be read on it.
    """

    mesh: Mesh
    material: Material
    semantic: str = ""
    text: str = ""
    solid: bool = True


@dataclass(slots=True, eq=False)
class Draft:
    """Objects added so far, and the ground that they block."""

    objects: list[SceneObject] = field(default_factory=list)
    blocked: list[Polygon] = field(default_factory=list)
    instances: int = 0

    def add(
        self,
        name: str,
        label: str,
        semantic: str,
        parts: Sequence[Part],
        *,
        x: float = 0.0,
        y: float = 0.0,
        yaw: float = 0.0,
        footprint: Polygon | None = None,
    ) -> int:
        """Add a thing at (x, y) facing `yaw` and return its instance id.

        Parts that share material, class and text become one object. `footprint` is the ground that the thing blocks,
        in its own frame.
        """
        self.instances += 1
        if self.instances >= ROBOT_INSTANCE:
            raise ValueError(f"instances: expected fewer than {ROBOT_INSTANCE} things, got one more ({name})")
        groups: dict[tuple[int, str, str, bool], list[Part]] = {}
        for part in parts:
            groups.setdefault((id(part.material), part.semantic, part.text, part.solid), []).append(part)
        for index, group in enumerate(groups.values()):
            first = group[0]
            self.objects.append(
                SceneObject(
                    name=name if index == 0 else f"{name} {index + 1}",
                    label=label,
                    text=first.text,
                    mesh=join([part.mesh for part in group]),
                    material=first.material,
                    semantic=SEMANTIC_ID[first.semantic or semantic],
                    instance=self.instances,
                    pose=pose_at(x, y, 0.0, yaw),
                    solid=first.solid,
                )
            )
        if footprint is not None:
            self.blocked.append(place(footprint, x, y, yaw))
        return self.instances


def place(footprint: Polygon, x: float, y: float, yaw: float) -> Polygon:
    """Return a footprint turned by `yaw` about the origin, then shifted to (x, y)."""
    c, s = np.cos(yaw), np.sin(yaw)
    return Polygon(shapely.get_coordinates(footprint.exterior) @ [[c, s], [-s, c]] + (x, y))
