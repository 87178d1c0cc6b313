"""Choose what a person looks like today: skin, hair, eyes, clothes that go together, and the words for them.

City clothes are mostly black, grey, dark blue, denim, beige and white; a colour is an accent. The shares below follow
the colour counts of street clothing in Liu et al., "DeepFashion", CVPR 2016, and what shops call basics, rounded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from motion.palette import CELLS, CLOTH, HAIR, HEIGHT, IRIS, MATERIALS, SKIN, WIDTH, compose
from motion.people import HAIR_WORDS, Person

FloatArray = npt.NDArray[np.float64]
Shares = Mapping[str, float]

_BRIGHT: Shares = {"red": 3, "yellow": 2, "green": 2, "orange": 1, "pink": 2, "purple": 1, "blue": 3}
# What goes with the colour of the lower garment: uppers, shoes.
_WITH: dict[str, tuple[Shares, Shares]] = {
    "black": (
        {"grey": 3, "white": 3, "black": 2, "dark grey": 2, "light grey": 2, "beige": 2, "dark blue": 1, "olive": 1,
         "dark red": 1.5, "dark green": 1, "light blue": 1},
        {"black": 6, "white": 2, "dark grey": 1},
    ),
    "dark grey": (
        {"white": 3, "black": 3, "light blue": 2, "dark blue": 2, "light grey": 2, "dark red": 1.5, "dark green": 1},
        {"black": 6, "white": 1.5, "dark brown": 1},
    ),
    "grey": (
        {"white": 3, "dark blue": 3, "black": 3, "light blue": 2, "dark red": 1, "dark green": 1},
        {"black": 4, "white": 2, "dark grey": 1, "dark brown": 1},
    ),
    "dark blue": (
        {"white": 4, "light grey": 3, "grey": 2, "light blue": 2, "beige": 2, "dark blue": 1, "brown": 1,
         "dark red": 1, "olive": 0.7},
        {"black": 3, "brown": 3, "white": 2, "dark brown": 2},
    ),
    "blue": (
        {"white": 4, "grey": 3, "black": 3, "dark blue": 3, "light grey": 2, "beige": 2, "dark green": 1, "olive": 1.5,
         "dark red": 1, "brown": 1},
        {"white": 4, "brown": 2, "black": 2, "grey": 1, "dark blue": 1},
    ),
    "beige": (
        {"dark blue": 4, "white": 3, "light blue": 2, "black": 2, "dark green": 2, "brown": 1.5, "olive": 1,
         "dark red": 1},
        {"brown": 4, "white": 3, "dark brown": 2, "dark blue": 1},
    ),
    "brown": (
        {"beige": 3, "white": 3, "dark blue": 2, "light blue": 1.5, "dark green": 1.5, "light grey": 1},
        {"dark brown": 4, "brown": 2, "black": 1},
    ),
    "olive": (
        {"white": 3, "black": 3, "beige": 2, "grey": 2, "dark grey": 1, "dark blue": 1},
        {"black": 2, "brown": 2, "white": 2},
    ),
    "dark red": ({"black": 3, "white": 3, "grey": 2, "beige": 2, "dark blue": 2}, {"black": 4, "dark brown": 2}),
    "white": ({"dark blue": 3, "light blue": 3, "black": 2, "beige": 2}, {"white": 4, "beige": 2, "brown": 1}),
}  # fmt: skip
_LOWER: dict[str, Shares] = {
    "jeans": {"blue": 5, "dark blue": 4, "black": 2.5, "grey": 1},
    "trousers": {"black": 4, "dark blue": 3, "dark grey": 3, "grey": 2, "beige": 2.5, "brown": 1.5, "olive": 1},
    "suit trousers": {"dark blue": 4, "dark grey": 4, "black": 2, "grey": 1},
    "leggings": {"black": 6, "dark grey": 2, "dark blue": 2},
    "shorts": {"beige": 3, "dark blue": 3, "black": 2, "olive": 2, "grey": 2},
    "skirt": {"black": 4, "dark blue": 3, "dark grey": 2, "beige": 2, "dark red": 1, "olive": 1, "brown": 1},
    "long skirt": {"black": 4, "dark blue": 3, "dark grey": 2, "brown": 2, "dark red": 1, "olive": 1},
    "": {"black": 1},
}
_COAT: Shares = {
    "black": 5, "dark blue": 4, "dark grey": 3, "beige": 3, "grey": 2, "brown": 2, "olive": 1.5, "dark green": 1,
    "dark red": 1, "red": 0.6,
}  # fmt: skip
_BASIC: Shares = {"white": 4, "light grey": 2, "grey": 2, "black": 2, "light blue": 2, "beige": 1}
_BAG: Shares = {"black": 5, "brown": 3, "dark blue": 2, "grey": 2, "olive": 1, "beige": 1, "dark red": 0.6, "red": 0.4}
_BAG_BRIEF: Shares = {"black": 4, "dark brown": 4, "brown": 3}
_TIE: Shares = {"dark blue": 3, "dark red": 3, "black": 2, "dark grey": 2, "dark green": 1}
_HAT: Shares = {"black": 4, "dark blue": 3, "dark grey": 2, "grey": 2, "beige": 1.5, "dark red": 1, "olive": 1}
_SCARF: Shares = {
    "dark blue": 3, "black": 3, "grey": 2, "beige": 2, "light blue": 1.5, "dark red": 1.5, "olive": 1, "pink": 1,
    "dark green": 1,
}  # fmt: skip
# Share of bodies that wear a pattern, by garment.
_PATTERNS: dict[str, Shares] = {
    "T-shirt": {"": 5, "striped": 2, "printed": 3},
    "shirt": {"": 5, "pinstriped": 2, "checked": 2},
    "open shirt": {"": 2, "checked": 4, "striped": 1},
    "blouse": {"": 5, "dotted": 2, "pinstriped": 1},
    "jumper": {"": 6, "striped": 2.5},
    "dress": {"": 4, "dotted": 2.5, "striped": 1},
    "skirt": {"": 1},
}
_FABRIC: dict[str, str] = {
    "jeans": "denim", "jumper": "knit", "cardigan": "knit", "coat": "wool", "open coat": "wool", "blazer": "wool",
    "suit jacket": "wool", "suit trousers": "wool", "hoodie": "jersey",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outfit:
    """A choice.

    Attributes:
        palette: (materials, 3) sRGB. weave: (H, W) float32 factors on the shade. words: of the whole person.
        colors: name of the colour by part ("hair", "upper", "inner", "lower", "shoes", "bag", ...).
        patterns: kind of pattern by cell; the second colour is the material "pattern".
        hidden: materials of details that are not there. tights: whether the legs are not bare.
    """

    palette: FloatArray
    weave: npt.NDArray[np.float32]
    words: str
    colors: Mapping[str, str]
    patterns: Mapping[str, str]
    hidden: tuple[str, ...]
    tights: bool


def draw(shares: Shares, rng: np.random.Generator, without: tuple[str, ...] = ()) -> str:
    """Draw a key with the probability of its share."""
    names = [name for name in shares if name not in without]
    weight = np.array([shares[name] for name in names], dtype=np.float64)
    return str(names[int(rng.choice(len(names), p=weight / weight.sum()))])


def choose_outfit(person: Person, rng: np.random.Generator) -> Outfit:
    """Choose colours and patterns for one of the baked people."""
    hair = str(rng.choice(person.hairs))
    colors = {"hair": hair, **_choose_colors(person, hair, rng)}
    pattern = draw(_PATTERNS.get(person.upper, {"": 1}), rng)
    second = _second_color(colors["upper"], rng)
    dye = {name: np.array(CLOTH[color], dtype=np.float64) for name, color in colors.items() if name != "hair"}
    for value in dye.values():  # no two dyes are alike
        value *= rng.normal(1.0, 0.07) + rng.normal(0.0, 0.015, 3)
    if person.upper == "suit jacket":
        dye["lower"] = dye["upper"]
    palette = np.zeros((len(MATERIALS), 3))

    def put(**values: npt.ArrayLike) -> None:
        for name, value in values.items():
            palette[MATERIALS.index(name)] = np.clip(np.asarray(value, dtype=np.float64), 4.0, 250.0)

    put(**_skin_colors(person, hair, rng), **{name: value for name, value in dye.items() if name in MATERIALS})
    denim = person.lower == "jeans"
    pale = dye["upper"].mean() > 150
    metal = np.array([196.0, 196.0, 198.0]) if rng.random() < 0.7 else np.array([178.0, 150.0, 96.0])
    put(
        trim=np.array([176.0, 134.0, 84.0])
        if denim and colors["lower"] in ("blue", "dark blue")
        else 0.72 * dye["lower"],
        fade=dye["lower"] * 1.28 + 16.0 if denim else dye["lower"],
        button=0.86 * dye["upper"] if pale else 0.55 * dye["upper"] + 4.0,
        inner_button=0.86 * dye["inner"] if dye["inner"].mean() > 150 else 0.55 * dye["inner"] + 4.0,
        belt=(40, 32, 28),
        lace=(222, 220, 214) if person.shoes == "sneakers" and rng.random() < 0.7 else 0.7 * dye["shoes"],
        sole=(214, 212, 206) if person.shoes == "sneakers" and colors["shoes"] != "black" else (44, 40, 38),
        print=dye["upper"] if pattern != "printed" else np.array(CLOTH[second]),
        lining=0.55 * dye["upper"] + 8.0,
        metal=metal if not person.aid else (168, 170, 174),
        rubber=(34, 34, 36),
        plastic=(52, 54, 58),
        mouth=(70, 27, 27),
        teeth=(172, 163, 150),
        glasses=((30, 28, 28), (70, 46, 32), (120, 120, 124), (40, 44, 60))[int(rng.integers(4))],
        accessory=CLOTH[draw(_TIE, rng)],
    )
    tights = person.gender > 0.5 and person.age > 15 and rng.random() < 0.6
    skin = palette[MATERIALS.index("skin")].copy()
    put(tights=0.30 * skin + 0.70 * np.array([30.0, 28.0, 32.0]) if tights else skin)
    patterns = {cell: pattern for cell in ("upper", "sleeve") if pattern not in ("", "printed")}
    palette_second = np.array(CLOTH[second], dtype=np.float64)
    weave = _weave(_FABRIC.get(person.upper, "cotton"), _FABRIC.get(person.lower, "cotton"))
    put(pattern=palette_second, blend=0.5 * (palette_second + dye["upper"]))
    shown = f"{pattern} " if pattern not in ("", "printed") else ""
    return Outfit(
        palette=palette, weave=weave, colors={**colors, "second": second}, patterns=patterns, tights=tights,
        hidden=() if pattern == "printed" else ("print",),
        words=_describe(person, colors, shown),
    )  # fmt: skip


def _choose_colors(person: Person, hair: str, rng: np.random.Generator) -> dict[str, str]:
    child = person.age < 15
    lower = draw(_LOWER.get(person.lower, _LOWER["trousers"]), rng)
    uppers, shoes = _WITH[lower]
    outer = person.upper in ("coat", "open coat")
    clash = ("red", "orange", "pink", "dark red") if hair == "red" and not person.hat else ()
    if person.upper == "suit jacket":
        upper = lower
    elif outer:
        upper = draw(_COAT, rng, clash)
    elif rng.random() < (0.38 if child else 0.10) and person.upper not in ("blazer", "shirt"):
        upper = draw(_BRIGHT, rng, clash)
    else:
        upper = draw(uppers, rng)
    accented = upper in _BRIGHT
    inner = draw({"white": 5, "light blue": 3} if person.upper == "suit jacket" else _BASIC, rng, (upper,))
    quiet = {name: share for name, share in _BAG.items() if not (accented and name in _BRIGHT)}
    bag = draw(_BAG_BRIEF if person.bag == "briefcase" else quiet, rng)
    formal = person.upper in ("suit jacket", "blazer") or person.shoes == "boots"
    return {
        "upper": upper,
        "inner": inner,
        "lower": lower if person.lower else upper,
        "shoes": draw(shoes, rng, ("white", "beige") if formal else ()),
        "bag": bag,
        "hat": draw(_HAT, rng),
        "scarf": draw(_SCARF, rng, (upper,)),
    }


def _second_color(first: str, rng: np.random.Generator) -> str:
    """Draw a colour that stands off from the first of a pattern."""
    dark = np.mean(CLOTH[first]) < 110
    light: Shares = {"white": 4, "light grey": 3, "beige": 1, "light blue": 1}
    deep: Shares = {"dark blue": 4, "black": 2, "dark grey": 2, "dark red": 1.5, "dark green": 1, "blue": 1}
    return draw(light if dark else deep, rng, (first,))


def _skin_colors(person: Person, hair: str, rng: np.random.Generator) -> dict[str, npt.ArrayLike]:
    """Return what follows from skin and hair."""
    level = float(np.clip(person.tone - 1 + rng.uniform(-0.35, 0.35), 0.0, len(SKIN) - 1.0))
    scale = np.array(SKIN, dtype=np.float64)
    skin = np.array([np.interp(level, np.arange(len(SKIN)), scale[:, k]) for k in range(3)])
    skin += rng.uniform(-1.0, 1.0) * np.array([2.0, -0.5, -4.0])  # warmer or cooler
    dark = np.clip((level - 3.0) / 5.0, 0.0, 1.0)
    strands = np.array(HAIR[hair], dtype=np.float64) * rng.uniform(0.9, 1.1)
    roots = strands if hair not in ("grey", "white") else 0.72 * strands
    female = person.gender > 0.5
    lips = skin * (np.array([0.88, 0.71, 0.70]) * (1 - dark) + np.array([0.96, 0.80, 0.82]) * dark)
    if female and person.age > 17 and rng.random() < 0.45:  # lipstick, mostly a quiet one
        tint = np.array([(150, 62, 66), (168, 84, 82), (142, 50, 58)][int(rng.integers(3))], dtype=np.float64)
        lips = 0.68 * lips + 0.32 * tint * (1.0 - 0.35 * dark)
    freckled = level < 2.7 and rng.random() < (0.75 if hair == "red" else 0.18)
    blush = skin * (np.array([1.0, 0.80, 0.78]) * (1 - dark) + np.array([1.02, 0.90, 0.88]) * dark)
    beard = strands * (0.9 if hair not in ("grey", "white") else 1.0)
    full = np.clip((person.beard - 0.45) / 0.3, 0.0, 1.0)
    iris: Shares = {"dark brown": 1}
    if level < 4.6:
        iris = {"dark brown": 2, "brown": 4, "hazel": 1.5, "green": 0.5}
    if level < 3.6 and hair not in ("black",):
        iris = {"brown": 3, "hazel": 2, "green": 1.2, "blue": 3, "grey": 1.5}
    eye = np.array(IRIS[draw(iris, rng)], dtype=np.float64)
    return {
        "skin": skin,
        "hair": strands,
        "strand": 1.22 * strands + 8.0 if hair != "white" else 0.88 * strands,
        "brow": (0.80 * roots + 0.14 * skin) if hair != "blond" else 0.62 * roots + 0.10 * skin,
        "lips": lips,
        "blush": blush,
        "palm": skin
        + (np.array([196.0, 148.0, 122.0]) - skin) * 0.45 * dark
        + (1 - dark) * np.array([2.0, -8.0, -8.0]),
        "nail": 0.80 * skin + 0.20 * np.array([236.0, 196.0, 188.0]),
        "white": np.array([214.0, 208.0, 202.0]) - 10.0 * dark,
        "iris": eye,
        "rim": 0.42 * eye,
        "dark": (17, 15, 15),
        "glint": (248, 248, 248),
        "lash": 0.30 * skin + 0.35 * np.minimum(roots, 70.0),
        "stubble": full * beard + (1 - full) * (0.62 * skin + 0.38 * np.minimum(beard, 0.8 * skin)),
        "freckle": skin * np.array([0.80, 0.64, 0.54]) if freckled else 0.7 * skin + 0.3 * blush,
    }


def _describe(person: Person, colors: Mapping[str, str], pattern: str) -> str:
    style = HAIR_WORDS[person.cut]
    head = f"{style} {colors['hair']} hair" if style else ("" if person.cut == "hidden" else "bald")
    if person.hat:
        head = f"{colors['scarf' if person.hat == 'headscarf' else 'hat']} {person.hat}"
    words = [
        person.who,
        f"{head}{' and ' * bool(head and person.glasses)}{'glasses' * person.glasses}",
        f"{pattern}{colors['upper']} {person.upper}",
        f"{colors['lower']} {person.lower}" if person.lower else "",
        f"{colors['bag']} {person.bag}" if person.bag else "",
        {"": "", "wheelchair": "in a wheelchair", "stick": "with a walking stick"}[person.aid],
    ]
    return ", ".join(word for word in words if word)


@cache
def _weave(upper: str, lower: str) -> npt.NDArray[np.float32]:
    """Return the tone of woven and knitted threads over the whole atlas, row 0 at the top."""
    factor = np.ones((HEIGHT, WIDTH), dtype=np.float32)
    for cells, fabric in ((("upper", "sleeve"), upper), (("lower",), lower), (("hat", "scarf"), "knit")):
        for cell in cells:
            left, bottom, right, top = CELLS[cell]
            factor[HEIGHT - top : HEIGHT - bottom, left:right] = _tone(fabric, top - bottom, right - left)
    factor.setflags(write=False)
    return factor


def _tone(fabric: str, rows: int, columns: int) -> npt.NDArray[np.float32]:
    rng = np.random.default_rng(sum(map(ord, fabric)))
    grain = rng.standard_normal((rows, columns))
    if fabric == "denim":  # slubs of the warp
        slub = np.apply_along_axis(lambda c: np.convolve(c, np.ones(7) / np.sqrt(7.0), "same"), 0, grain)
        tone = 1.0 + 0.024 * slub + 0.022 * grain
    elif fabric == "knit":  # wales
        tone = 1.0 + 0.035 * np.where(np.arange(columns) % 4 < 2, 1.0, -1.0) + 0.03 * grain
    elif fabric == "wool" or fabric == "jersey":
        tone = 1.0 + 0.030 * grain
    else:
        tone = 1.0 + 0.016 * grain
    return np.asarray(np.clip(tone, 0.8, 1.2), dtype=np.float32)


def color_texture(layers: tuple[npt.NDArray[np.uint8], ...], outfit: Outfit) -> npt.NDArray[np.uint8]:
    """Return the picture (H, W, 3) of the layers `base, over, mix, shade` of a body in an outfit."""
    base, over, mix, shade = layers
    off = [MATERIALS.index(name) for name in outfit.hidden]
    mix = np.where(np.isin(over, off), 0, mix) if off else mix
    if outfit.tights:
        mix = np.where(base == MATERIALS.index("tights"), 0, mix)
    base = base.copy()
    for cell, pattern in outfit.patterns.items():
        left, bottom, right, top = CELLS[cell]
        _lay_pattern(base[HEIGHT - top : HEIGHT - bottom, left:right], pattern, 1.0 if cell == "upper" else 0.65)
    return compose((base, over, mix, shade), outfit.palette, outfit.weave)


def _lay_pattern(base: npt.NDArray[np.uint8], pattern: str, size: float) -> None:
    """Give some pixels of a garment's cell, row 0 at the top, to the second colour of its pattern.

    Pixels of a trunk are about 2.6 mm high and 4 mm wide, those of a sleeve 4 mm: `size` 1 and 0.65.
    """
    rows, columns = np.arange(base.shape[0])[:, None], np.arange(base.shape[1])[None, :]
    tall, wide = round(7 * size), round(8 * max(size, 0.8))
    upper, second, blend = (MATERIALS.index(name) for name in ("upper", "pattern", "blend"))
    cloth = base == upper
    if pattern == "striped":
        base[cloth & (rows % (3 * tall) < tall)] = second
    elif pattern == "pinstriped":
        base[cloth & (columns % 6 == 0)] = blend
    elif pattern == "checked":
        weft, warp = rows % (2 * tall) < tall, columns % (2 * wide) < wide
        base[cloth & (weft ^ warp)] = blend
        base[cloth & weft & warp] = second
    else:
        down, aside = rows * (2.6 if size == 1.0 else 4.0), columns * 4.0  # mm
        shift = (down // 26.0) % 2 * 15.0
        base[cloth & (np.hypot(down % 26.0 - 13.0, (aside + shift) % 30.0 - 15.0) < 6.5)] = second
