"""Draw every hazard beside its safe counterpart: `python -m benchmarks.hazard_sheet [--out PNG]`.

Place and camera are the same: where `find_places` puts the hazard. People are added where they belong to it.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
from PIL import Image, ImageDraw

from benchmarks.scene_sheet import pose_people
from embodied.captions import font
from embodied.place import Place, build_scene
from embodied.populate import Wardrobe, skin
from scenes.backend import Camera
from scenes.gl import GLBackend
from scenes.hazards.models import BUILDERS, ON_WALLS
from scenes.hazards.piece import State
from scenes.hazards.places import find_places
from scenes.hazards.placing import PlacedHazard, people_spots, place_hazards
from scenes.hazards.views import viewpoint
from scenes.scene import Scene

OUT = Path("runs") / "hazards.png"
SIDE, FOV = 256, np.radians(75)  # px, rad
COLUMNS = 4  # pairs in a row
BAND = 18  # px for the name


def draw_pair(backend: GLBackend, scene: Scene, placed: PlacedHazard, seed: int) -> list[Image.Image]:
    """Return the pictures of both states."""
    eye, target = viewpoint(scene, placed, np.random.default_rng(seed))
    camera = Camera.look_at(eye, target, width=SIDE, height=SIDE, fov=FOV)
    pictures = []
    for state in ("unsafe", "safe"):
        now = replace(placed, state=cast(State, state))
        backend.load(place_hazards(scene, [now]))
        _add_people(backend, now)
        pictures.append(Image.fromarray(backend.render(camera).rgb))
    return pictures


def _add_people(backend: GLBackend, placed: PlacedHazard) -> None:
    spots = np.array(people_spots(placed)).reshape(-1, 3)
    if not len(spots):
        return
    bodies = Wardrobe(3, range(1, len(spots) + 1))
    joints = [
        pose_people(bodies_of(bodies, k), spots[k : k + 1, :2], spots[k : k + 1, 2], np.random.default_rng(k))[0]
        for k in range(len(spots))
    ]
    for k, person in enumerate(sorted(bodies)):
        backend.add_person(person, skin(bodies[person]))
        backend.pose_person(person, joints[k])


def bodies_of(bodies: Wardrobe, k: int) -> Wardrobe:
    """Return the wardrobe of one person alone, who then stands still."""
    person = sorted(bodies)[k]
    return Wardrobe(3, [person])


def main() -> None:
    """Draw the sheet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--only", nargs="*", default=list(BUILDERS), choices=list(BUILDERS), metavar="KIND")
    parser.add_argument("--scene", default="plaza")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--hour", type=float, default=11.0)
    arguments = parser.parse_args()
    scene = build_scene(Place(name=arguments.scene, seed=arguments.seed, hour=arguments.hour))
    backend = GLBackend()
    kinds: list[str] = arguments.only
    rows = -(-len(kinds) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * (2 * SIDE + 6), rows * (SIDE + BAND)), "white")
    pen = ImageDraw.Draw(sheet)
    for index, kind in enumerate(kinds):
        (placed,) = find_places(scene, np.random.default_rng(arguments.seed), [kind])
        x, y = index % COLUMNS * (2 * SIDE + 6), index // COLUMNS * (SIDE + BAND)
        for k, picture in enumerate(draw_pair(backend, scene, placed, arguments.seed)):
            sheet.paste(picture, (x + k * (SIDE + 2), y + BAND))
        wall = ", on a wall" if kind in ON_WALLS else ""
        pen.text((x + 4, y + 1), f"{kind}: unsafe, safe{wall}", font=font(13), fill="black")
        print(kind, flush=True)
    backend.close()
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(arguments.out, optimize=True)
    print(arguments.out)


if __name__ == "__main__":
    main()
