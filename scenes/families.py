"""The families of scenes by name."""

from __future__ import annotations

from collections.abc import Callable

from scenes.mesh import MeshScene
from scenes.procedural.corridor import Corridor
from scenes.procedural.office import Office
from scenes.procedural.plaza import Plaza
from scenes.procedural.station import Station
from scenes.procedural.street import Street
from scenes.recording import Recording
from scenes.scene import SceneFamily

SCENES: dict[str, Callable[..., SceneFamily]] = {
    "plaza": Plaza,
    "corridor": Corridor,
    "office": Office,
    "station": Station,
    "street": Street,
    "recording": Recording,
    "mesh": MeshScene,
}
