"""`embodied motion "TEXT" out=FILE`: what a text says, along a path, by the network and by guidance."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from embodied.arguments import ASSETS, number, one_of, whole
from motion.clip import FloatArray, MotionClip

if TYPE_CHECKING:
    from motion.acting import Floor

KEYS = ("path", "seconds", "seed", "target", "seat", "scene", "scene.seed", "weights", "assets")
FILES = (".bvh", ".npy", ".npz")  # what can be imported
SEAT = 0.2, 1.2  # m, height of one


def is_text(word: str) -> bool:
    """Return whether a word is a text, not the name of a file."""
    named = Path(word).suffix.lower() in FILES or ("/" in word and " " not in word)
    return not named and not (len(word) < 256 and Path(word).is_file())


def make_motion(text: str, figure: FloatArray, given: Mapping[str, str]) -> tuple[MotionClip, tuple[str, ...]]:
    """Return a figure (22, 3) doing what a text says, and lines that tell what was done and how it was made.

    Raises:
        FileNotFoundError: weights or the path are not there.
        ValueError: bad input, in one line.
    """
    from motion.acting import act
    from motion.acts import segments
    from motion.weights import SHIPPED, knows_bandai, load_single

    segments(text)  # before anything is loaded
    path = _path(given["path"]) if "path" in given else None
    seconds = number(given, "seconds", low=0.0) if "seconds" in given else None
    target = _place("target", given["target"])[0] if "target" in given else None
    seat, yaw = _place("seat", given["seat"], yaw=True) if "seat" in given else (None, None)
    if seat is not None and not SEAT[0] <= seat[2] <= SEAT[1]:
        raise ValueError(f"seat={given['seat']}: expected a height z of {SEAT[0]:g} to {SEAT[1]:g} m")
    assets, seed = one_of(given, "assets", ASSETS), whole(given, "seed", 0)
    shipped = SHIPPED["cmu" if assets == "permissive" else "default"]
    network, about = load_single(Path(given.get("weights", shipped)))
    research = knows_bandai(about)
    if assets == "permissive" and "weights" in given and research:
        raise ValueError(f"weights={given['weights']}: expected weights from CMU alone with assets=permissive")
    done = act(
        network, text, figure, rng=np.random.default_rng(seed), path=path, seconds=seconds, target=target,
        seat=seat, yaw=yaw, floor=_floor(given), gestures=research,
    )  # fmt: skip
    lines = [f"{part.start:6.1f} {part.end:6.1f} s  {part.by:8}  {part.text}" for part in done.parts]
    if research:
        lines.append("weights learned from recordings that are CC BY-NC 4.0; assets=permissive does without")
    return done.clip, tuple(lines)


def _floor(given: Mapping[str, str]) -> Floor | None:
    """Return what tells whether points are in the walkable space of `scene`, or None without one.

    Raises:
        ValueError: no such scene.
    """
    if "scene" not in given:
        if "scene.seed" in given:
            raise ValueError("scene.seed: expected scene=NAME with it, got none; name one")
        return None
    import shapely

    from embodied.place import Place, build_scene
    from scenes.families import SCENES

    known = [name for name in SCENES if name not in ("recording", "mesh")]
    if given["scene"] not in known:
        raise ValueError(f"scene={given['scene']}: expected one of {', '.join(known)}")
    scene = build_scene(Place(name=given["scene"], seed=whole(given, "scene.seed", 0)))
    walkable = scene.walkable
    shapely.prepare(walkable)

    def inside(points: FloatArray) -> npt.NDArray[np.bool_]:
        return np.asarray(shapely.contains_xy(walkable, points[:, 0], points[:, 1]))

    return inside


def _path(told: str) -> FloatArray:
    """Return the points (P, 2) of `x,y;x,y;…` or of a file with x and y in its first columns, metres.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: they are none.
    """
    file = Path(told) if ";" not in told else None
    if file is None:
        rows = [part.split(",") for part in told.strip(" ;").split(";")]
    else:
        if not file.is_file():
            raise FileNotFoundError(f"path={told}: expected x,y;x,y;… or a file of them, found none; name another")
        try:
            lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
        except UnicodeDecodeError:
            raise ValueError(f"path={told}: expected a text with x,y in each line, got another file") from None
        rows = [line.replace(";", ",").split(",")[:2] for line in lines if line and not line.startswith("#")]
        if rows and any(any(letter.isalpha() for letter in cell) and _bad(cell) for cell in rows[0]):
            rows = rows[1:]  # a header
    try:
        points = np.array([[float(cell) for cell in row] for row in rows], np.float64).reshape(len(rows), -1)
    except ValueError:
        points = np.zeros((0, 0))
    name = f"path={told if len(told) < 60 else told[:57] + '…'}"
    if points.ndim != 2 or points.shape[1:] != (2,) or len(points) < 2:
        raise ValueError(f"{name}: expected two points x,y or more, metres, got {_what(points)}")
    if not np.isfinite(points).all():
        raise ValueError(f"{name}: expected finite numbers, got NaN or infinity; mend it")
    return points


def _what(points: FloatArray) -> str:
    return f"{len(points)}" if points.shape[1:] == (2,) else "something else"


def _bad(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return True
    return False


def _place(key: str, told: str, *, yaw: bool = False) -> tuple[tuple[float, float, float], float | None]:
    """Return the numbers of `x,y,z`, and of `x,y,z,yaw` the last by itself.

    Raises:
        ValueError: they are none.
    """
    cells = told.split(",")
    if len(cells) not in ((3, 4) if yaw else (3,)) or any(_bad(cell) or not np.isfinite(float(cell)) for cell in cells):
        raise ValueError(f"{key}={told}: expected x,y,z in metres{', or x,y,z,yaw' if yaw else ''}")
    x, y, z, *rest = map(float, cells)
    return (x, y, z), rest[0] if rest else None
