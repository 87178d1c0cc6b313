"""Contract of `scenes`: what a static place is.

World frame: right-handed, Z up, metres, the ground at z = 0. Yaw is about +z, in (-pi, pi], 0 along +x.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt
from shapely.geometry import MultiPolygon, Polygon

FloatArray = npt.NDArray[np.float64]

# The 16 classes of FreeAskWorld (their order, ids from 1), and ours after them. 0 is the sky and everything unlabelled.
SEMANTIC_CLASSES: tuple[str, ...] = (
    "Background", "Car", "Human", "SideWalk", "Obstacle", "TrafficSign", "Building", "StoreFront", "Bicycle",
    "Road", "RoadBlock", "Booth", "Carts", "RoadMarking", "CrossWalk", "Parking", "Advertising", "Robot",
    "Vegetation", "Floor", "Wall", "Ceiling", "Door", "Window", "Chair", "Table", "Furniture", "Train",
)  # fmt: skip
SEMANTIC_ID: dict[str, int] = {name: index for index, name in enumerate(SEMANTIC_CLASSES)}

ROBOT_INSTANCE = 9_999
DESTINATIONS = frozenset({"shop", "room", "platform", "exit"})  # kinds of landmarks that one can be sent to
PERSON_INSTANCE_BASE = 10_000  # instance id of a person = base + person_id; static objects use 1..9_998


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mesh:
    """A triangle mesh in its object's frame.

    Attributes:
        vertices: (V, 3) float32, metres.
        faces: (F, 3) int32, counter-clockwise seen from outside.
        normals: (V, 3) float32, unit, outward; vertices are repeated where an edge is hard.
        uv: (V, 2) float32; (0, 0) is the bottom left of the texture, values outside [0, 1] repeat it.
    """

    vertices: npt.NDArray[np.float32]
    faces: npt.NDArray[np.int32]
    normals: npt.NDArray[np.float32]
    uv: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Material:
    """How a surface looks.

    Attributes:
        color: (r, g, b) in [0, 1], sRGB; multiplies the texture.
        texture: (H, W, 3) uint8 sRGB, row 0 at the top, or None.
        specular: strength of the highlight in [0, 1].
        emissive: share of its colour that a surface shows without light, in [0, 1].
        glow: the same while the lamps are on (shop windows, signs, lamp heads); at least `emissive` to be seen.
    """

    color: tuple[float, float, float] = (0.8, 0.8, 0.8)
    texture: npt.NDArray[np.uint8] | None = None
    specular: float = 0.05
    emissive: float = 0.0
    glow: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SceneObject:
    """One drawn piece of the static world; several may share an `instance`.

    Attributes:
        name: unique within the scene.
        label: what a viewer would call it ("bench", "pharmacy sign").
        text: the words that can be read on it, or "".
        pose: (4, 4) float64, object to world.
        semantic: index into SEMANTIC_CLASSES.
        instance: 1..9_998.
        solid: whether bodies and rays hit it.
    """

    name: str
    label: str
    mesh: Mesh
    material: Material
    semantic: int
    instance: int
    text: str = ""
    pose: FloatArray = field(default_factory=lambda: np.eye(4))
    solid: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A named part of the walkable area ("square", "north street")."""

    name: str
    kind: Literal["square", "street", "room", "hall", "corridor", "platform", "area"]
    polygon: Polygon


@dataclass(frozen=True, slots=True, kw_only=True)
class Landmark:
    """Something people name when they tell the way.

    Attributes:
        name: lower-case words used in speech, unique ("pharmacy", "fountain").
        kind: those in DESTINATIONS can be asked for; the others are seen on the way.
        text: what its sign reads ("PHARMACY"), or "".
        position: (x, y) where one stands in front of it, walkable.
        anchor: (x, y, z) centre of the sign or object, what one looks and points at.
        facing: yaw of its outward normal, radians.
        region: name of the Region that holds `position`.
        instance: id in the instance image by which it is recognised (the sign, or the object itself).
    """

    name: str
    kind: Literal[
        "shop", "room", "platform", "exit",
        "fountain", "kiosk", "bench", "tree", "statue", "sign", "crossing", "desk", "door", "other",
    ]  # fmt: skip
    text: str
    position: tuple[float, float]
    anchor: tuple[float, float, float]
    facing: float
    region: str
    instance: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """Where pedestrians come from and leave by: a disc on the walkable area."""

    name: str
    position: tuple[float, float]
    radius: float
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place where a person stays.

    Attributes:
        kind: "stand" free-standing, "keeper" in front of a shop (its `landmark`), "queue" in line before a counter
            (its `landmark`); a queue is filled from its head.
        yaw: where the person faces, radians.
        order: place in the queue, 0 at its head.
    """

    kind: Literal["stand", "keeper", "queue"]
    position: tuple[float, float]
    yaw: float
    landmark: str = ""
    order: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """Sun (or moon), sky and weather; colours are sRGB in [0, 1].

    Attributes:
        sun: points from the ground to the sun, unit length. sun_color: black under a closed sky.
        ambient: from above. sky: at the zenith. horizon: of the sky at the horizon, and of fog.
        overcast: share of the sky under cloud, in [0, 1].
        fog: extinction, 1/m (0.02: one sees about 150 m).
        wetness: of everything under the open sky that faces up, in [0, 1]. rain: 1 is heavy.
        lamps: share of their power at which the scene's lamps burn, in [0, 1]; glowing materials glow with it.
        exposure: factor on all light before it is stored.
    """

    sun: tuple[float, float, float] = (0.45, -0.35, 0.82)
    sun_color: tuple[float, float, float] = (1.0, 0.96, 0.88)
    ambient: tuple[float, float, float] = (0.52, 0.56, 0.62)
    sky: tuple[float, float, float] = (0.55, 0.72, 0.92)
    horizon: tuple[float, float, float] = (0.80, 0.87, 0.96)
    overcast: float = 0.0
    fog: float = 0.0
    wetness: float = 0.0
    rain: float = 0.0
    lamps: float = 0.0
    exposure: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lamp:
    """A lamp that shines in all directions below it.

    Attributes:
        position: (x, y, z) metres. color: sRGB in [0, 1].
        power: irradiance at 1 m, where 1 is what the sun gives at noon; a street lamp at 4 m has about 8.
        always: burns at full power whatever `Light.lamps` says (indoors).
    """

    position: tuple[float, float, float]
    color: tuple[float, float, float] = (1.0, 0.86, 0.66)
    power: float = 8.0
    always: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scene:
    """A static place.

    Attributes:
        walkable: free ground for a point; holes are obstacles. Inflate it for a body with a radius.
        indoor: under a roof; sun and weather come in through windows only, and nothing gets wet.
        notes: plain sentences for the report about what was found, assumed or left out.
        pictures: for the report, (H, W, 3) uint8 each, by caption.
    """

    name: str
    seed: int
    objects: tuple[SceneObject, ...]
    walkable: Polygon | MultiPolygon
    regions: tuple[Region, ...]
    landmarks: tuple[Landmark, ...]
    entrances: tuple[Entrance, ...]
    spots: tuple[Spot, ...]
    light: Light = Light()
    lamps: tuple[Lamp, ...] = ()
    indoor: bool = False
    notes: tuple[str, ...] = ()
    pictures: Mapping[str, npt.NDArray[np.uint8]] = field(default_factory=dict)

    def landmark(self, name: str) -> Landmark:
        """Return the landmark called `name`.

        Raises:
            KeyError: no such landmark; the message lists those there are.
        """
        for landmark in self.landmarks:
            if landmark.name == name:
                return landmark
        raise KeyError(f"landmark: expected one of {sorted(m.name for m in self.landmarks)}, got {name!r}")


class SceneFamily(Protocol):
    """Builds a Scene from a generator; every draw comes from `rng`."""

    def build(self, rng: np.random.Generator, seed: int) -> Scene: ...
