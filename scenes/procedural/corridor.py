"""A corridor for encounters: 3 m wide (Francis et al. 2023, arXiv 2306.16740), open above, doors along its walls."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from shapely.geometry import Polygon

from scenes.procedural.geometry import box, join, sheet, wall
from scenes.procedural.texture import speckle
from scenes.scene import SEMANTIC_ID, Entrance, Lamp, Landmark, Material, Mesh, Region, Scene, SceneObject

LENGTH, WIDTH, HEIGHT = 16.0, 3.0, 2.7  # m
THICKNESS = 0.2  # m, of the walls
DOOR = (0.95, 2.05)  # m, width and height
WALLS = ((0.86, 0.84, 0.79), (0.80, 0.85, 0.88), (0.88, 0.82, 0.76), (0.82, 0.87, 0.80))


def paint_tiles(rng: np.random.Generator, color: tuple[int, int, int], side: int = 128) -> npt.NDArray[np.uint8]:
    """Return a texture (side, side, 3) of 2 x 2 floor tiles with dark joints."""
    picture = np.clip(np.array(color) + rng.normal(0, 3, (side, side, 1)), 0, 255)
    half = side // 2
    picture[:half, :half] *= 0.94
    picture[half:, half:] *= 0.96
    picture[::half] *= 0.7
    picture[:, ::half] *= 0.7
    return picture.astype(np.uint8)


class Corridor:
    """Builds corridors along x; the seed draws colours and where doors are."""

    def build(self, rng: np.random.Generator, seed: int) -> Scene:
        """Return a corridor from (0, -1.5) to (16, 1.5), metres."""
        half = WIDTH / 2
        floor = Polygon([(0, -half), (LENGTH, -half), (LENGTH, half), (0, half)])
        paint = Material(
            color=WALLS[int(rng.integers(len(WALLS)))],
            texture=speckle(rng, (0.97, 0.97, 0.97), size=256, fine=0.015, coarse=0.05),
        )
        objects = [
            _thing("floor", 1, sheet(floor, tile=1.2), Material(texture=paint_tiles(rng, (176, 170, 160))), "SideWalk"),
        ]
        outline = [
            (LENGTH / 2, half + THICKNESS / 2, LENGTH + 2 * THICKNESS, THICKNESS),
            (LENGTH / 2, -half - THICKNESS / 2, LENGTH + 2 * THICKNESS, THICKNESS),
            (-THICKNESS / 2, 0.0, THICKNESS, WIDTH),
            (LENGTH + THICKNESS / 2, 0.0, THICKNESS, WIDTH),
        ]
        for k, (x, y, length, width) in enumerate(outline):
            shape = box((length, width, HEIGHT), (x, y, 0.0), tile=2.7)
            objects.append(_thing(f"wall {k + 1}", 2 + k, shape, paint, "Building"))
        skirting = join(
            [
                wall((LENGTH, half - 0.01), (0, half - 0.01), 0, 0.1),
                wall((0, 0.01 - half), (LENGTH, 0.01 - half), 0, 0.1),
            ]
        )
        objects.append(_thing("skirting", 6, skirting, Material(color=(0.35, 0.33, 0.31)), "Building"))
        landmarks = []
        wood = Material(color=(0.55 + 0.1 * rng.random(), 0.4, 0.27), specular=0.15)
        for k, x in enumerate(np.linspace(2.5, LENGTH - 2.5, 4) + rng.uniform(-0.5, 0.5, 4)):
            side = 1.0 if rng.random() < 0.5 else -1.0
            name = f"door {k + 1}"
            objects.append(_thing(name, 7 + k, _door(float(x), side), wood, "Building"))
            landmarks.append(
                Landmark(
                    name=name,
                    kind="other",
                    text="",
                    position=(float(x), side * (half - 0.6)),
                    anchor=(float(x), side * half, 1.2),
                    facing=-side * np.pi / 2,
                    region="corridor",
                    instance=7 + k,
                )
            )
        lamps = [(float(x), side) for x in np.arange(2.0, LENGTH, 4.0) for side in (1.0, -1.0)]
        shades = [box((0.3, 0.1, 0.16), (x, side * (half - 0.05), 2.25), bottom=True) for x, side in lamps]
        glass = Material(color=(1.0, 0.96, 0.88), emissive=0.5, glow=1.0)
        objects.append(_thing("lamps", 7 + len(landmarks), join(shades), glass, "Obstacle"))
        ends = (("west end", 0.8), ("east end", LENGTH - 0.8))
        return Scene(
            name="corridor",
            seed=seed,
            objects=tuple(objects),
            walkable=floor,
            regions=(Region(name="corridor", kind="hall", polygon=floor),),
            landmarks=tuple(landmarks),
            entrances=tuple(Entrance(name=name, position=(x, 0.0), radius=0.5) for name, x in ends),
            spots=(),
            lamps=tuple(Lamp(position=(x, side * (half - 0.25), 2.3), power=1.4) for x, side in lamps),
        )


def _door(x: float, side: float) -> Mesh:
    """Return a closed door leaf just proud of the wall at y = side * 1.5 m."""
    y = side * (WIDTH / 2 - 0.015)
    left, right = (x + DOOR[0] / 2, y), (x - DOOR[0] / 2, y)
    return wall(left, right, 0.0, DOOR[1]) if side > 0 else wall(right, left, 0.0, DOOR[1])


def _thing(name: str, instance: int, mesh: Mesh, material: Material, semantic: str) -> SceneObject:
    solid = name.startswith("wall")
    return SceneObject(
        name=name,
        label=name.split()[0],
        mesh=mesh,
        material=material,
        semantic=SEMANTIC_ID[semantic],
        instance=instance,
        solid=solid,
    )
