"""The families of scenes by name."""

from __future__ import annotations

from scenes.procedural.corridor import Corridor
from scenes.procedural.plaza import Plaza
from scenes.scene import SceneFamily

SCENES: dict[str, type[SceneFamily]] = {"plaza": Plaza, "corridor": Corridor}
