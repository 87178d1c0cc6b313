"""Draw what the simulator is made of on one picture: `python -m benchmarks.contact_sheet bodies [OUT]`.

`bodies` shows every baked person from the front, the side and the back as they walk, or sit in their wheelchair.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from embodied.populate import skin
from motion.body import BODIES, load_body
from motion.clip import Body, RootPaths
from motion.gait import GaitModel
from scenes.backend import Camera
from scenes.families import SCENES
from scenes.gl import GLBackend

DOCS = Path(__file__).resolve().parents[1] / "docs"
TILE = (300, 300)  # px, width and height, of one person seen from three sides
DISTANCE = 12.0  # m of the camera, far enough to see people nearly in parallel
LEVELS = ("fine", "middle", "coarse")


def walk(body: Body, seconds: float = 4.0, speed: float = 1.3) -> npt.NDArray[np.float64]:
    """Return transforms (24, 4, 4) of somebody who has walked ahead, brought back to the origin."""
    model, dt = GaitModel(), 0.05
    model.reset({0: body}, np.random.default_rng(0))
    pace = speed * body.pace
    joints, x = np.zeros((24, 4, 4)), 0.0
    for step in range(round(seconds / dt)):
        x = pace * dt * step
        ahead = x + 0.1 * pace * np.arange(1, 21)
        paths = RootPaths(
            person_ids=np.array([0]),
            positions=np.array([[x, 0.0]]),
            velocities=np.array([[pace, 0.0]]),
            yaws=np.zeros(1),
            planned=np.stack([ahead, np.zeros(20)], axis=1)[None],
        )
        joints = model.step(dt, paths, {}, {})[0]
    joints = joints.copy()
    joints[:, 0, 3] -= x
    return joints


def turn(degrees: float, y: float) -> npt.NDArray[np.float64]:
    """Return the transform (4, 4) that turns about z and moves along y, metres."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, -s, 0.0, 0.0], [s, c, 0.0, y], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]])


def draw_bodies(names: tuple[str, ...], level: int, columns: int = 7) -> Image.Image:
    """Return a picture of bodies, each from the front, the side and the back."""
    scene = SCENES["plaza"]().build(np.random.default_rng(0), 0)
    backend = GLBackend()
    backend.load(replace(scene, objects=scene.objects[:1]))
    width, height = TILE
    rows = -(-len(names) // columns)
    sheet = Image.new("RGB", (columns * width, rows * (height + 22)), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(14)
    tall = 2.25  # m
    aside = tall * width / height / 3.0
    camera = Camera.look_at(
        (DISTANCE, 0.0, 1.5), (0.0, 0.0, 1.0), width=2 * width, height=2 * height,
        fov=2 * np.arctan(0.5 * tall / DISTANCE),
    )  # fmt: skip
    for index, name in enumerate(names):
        body = load_body(name)
        mesh, joints = skin(body), walk(body)
        mesh = replace((mesh, *mesh.lods)[level], lods=())
        for person, degrees in enumerate((0.0, 90.0, 180.0)):
            backend.add_person(person, mesh)
            backend.pose_person(person, turn(degrees, (person - 1) * aside) @ joints)
        picture = Image.fromarray(backend.render(camera).rgb).resize(TILE, Image.Resampling.LANCZOS)
        x, y = index % columns * width, index // columns * (height + 22)
        sheet.paste(picture, (x, y))
        pen.text((x + 6, y + height + 2), f"{name}  {body.split}, {body.age:.0f}", fill="black", font=font)
        for person in range(3):
            backend.remove_person(person)
    backend.close()
    return sheet


def main() -> None:
    """Draw the sheet that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    kinds = parser.add_subparsers(dest="kind", required=True)
    people = kinds.add_parser("bodies", help="every baked person from three sides")
    people.add_argument("out", nargs="?", type=Path, default=DOCS / "bodies.png")
    people.add_argument("--only", nargs="*", default=list(BODIES), choices=BODIES, metavar="NAME")
    people.add_argument("--level", choices=LEVELS, default=LEVELS[0], help="level of detail")
    arguments = parser.parse_args()
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    draw_bodies(tuple(arguments.only), LEVELS.index(arguments.level)).save(arguments.out, optimize=True)


if __name__ == "__main__":
    main()
