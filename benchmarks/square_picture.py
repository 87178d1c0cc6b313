"""Draw a square as a camera on a roof sees it, and write where points of it are: `python -m benchmarks.square_picture`.

That is docs/square.jpg and docs/square_points.txt, which docs/crowd.md populates as if nothing else were known of it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from embodied.place import Place, build_scene
from scenes.backend import Camera
from scenes.backends import choose_backend

DOCS = Path(__file__).resolve().parents[1] / "docs"
EYE, AT = (20.0, -18.0, 22.0), (0.0, 0.0, 0.0)  # m
POINTS = ((-10.0, -15.0), (15.0, 0.0), (0.0, 12.0), (-20.0, 12.0), (0.0, 0.0))  # m, on the ground


def main() -> None:
    scene = build_scene(Place(name="plaza", seed=4, hour=15.0))
    camera = Camera.look_at(EYE, AT, width=960, height=640, fov=0.95)
    backend = choose_backend().make()
    try:
        backend.load(scene)
        picture = backend.render(camera).rgb
    finally:
        backend.close()
    Image.fromarray(picture).save(DOCS / "square.jpg", quality=82)
    lines = ["# column row x y: pixels, and metres on the ground"]
    for x, y in POINTS:
        seen = camera.intrinsics() @ (np.linalg.inv(camera.pose) @ (x, y, 0.0, 1.0))[:3]
        lines.append(f"{seen[0] / seen[2]:.1f} {seen[1] / seen[2]:.1f} {x:g} {y:g}")
    (DOCS / "square_points.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
