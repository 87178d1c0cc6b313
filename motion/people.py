"""Who the baked people are: what a stranger sees of each of them, from which both the meshes and the words follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Aid = Literal["", "wheelchair", "stick"]
Split = Literal["train", "test"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One of the baked people.

    Attributes:
        who: noun for the person. age: years. tone: of the skin, Monk scale. height: metres in shoes.
        gender: 0 man to 1 woman; muscle, weight, proportions: shape parameters in [0, 1].
        cut: of the hair, a key of `HAIR_WORDS`; hairs: its possible colours. beard: 0 none, 0.3 stubble, 1 full.
        upper, lower, shoes: kinds of garments, nouns as a stranger would use. inner: worn under an open `upper`.
        bag: "", "backpack", "shoulder bag", "tote bag" or "briefcase".
        hat: "", "cap", "woolly hat", "hat" or "headscarf".
        glasses: whether they are worn. aid: what the person moves with. split: appearance split.
    """

    who: str
    age: int
    tone: int
    height: float
    gender: float
    split: Split
    cut: str
    hairs: tuple[str, ...]
    upper: str
    lower: str
    shoes: str = "shoes"
    muscle: float = 0.5
    weight: float = 0.5
    proportions: float = 0.6
    beard: float = 0.0
    bag: str = ""
    hat: str = ""
    glasses: bool = False
    aid: Aid = ""

    @property
    def radius(self) -> float:
        """Metres, of the disc that the person takes seen from above."""
        if self.aid == "wheelchair":
            return 0.42  # m, half the footprint of 0.70 m x 1.20 m in ISO 7176-5, rounded
        return 0.20 if self.age < 11 else 0.28 if self.weight > 0.8 else 0.25

    @property
    def pace(self) -> float:
        """Share of the walking speed of people of 30.

        Comfortable speeds by age after Bohannon 1997 (Age and Ageing 26) for adults; children of 6 to 9 after
        Lythgo et al. 2011 (Gait & Posture 33); wheelchair users about 1.1 m/s, Sonenblum et al. 2012.
        """
        if self.aid:
            return 0.85 if self.aid == "wheelchair" else 0.60
        if self.age < 12:
            return 0.80 if self.age < 8 else 0.95
        return 1.0 if self.age < 60 else 0.90 if self.age < 72 else 0.75


HAIR_WORDS: dict[str, str] = {
    "short": "short", "parting": "side-parted", "thinning": "thin", "bald": "", "crop": "very short",
    "bob": "shoulder-length", "long": "long", "bun": "tied-up", "tail": "tied-back", "curly": "curly", "afro": "afro",
    "hidden": "",
}  # fmt: skip
DARK, FAIR, OLD = ("black", "dark brown"), ("blond", "brown", "dark brown", "red"), ("grey", "white")

PEOPLE: dict[str, Person] = {
    "man_young": Person(
        who="young man", age=24, tone=4, height=1.79, gender=0.0, muscle=0.56, weight=0.46, split="train",
        cut="parting", hairs=("dark brown", "black", "brown", "blond"), upper="T-shirt", lower="jeans",
        shoes="sneakers", bag="backpack", beard=0.2,
    ),
    "woman_young": Person(
        who="young woman", age=23, tone=3, height=1.67, gender=1.0, muscle=0.48, weight=0.44, split="train",
        cut="long", hairs=("dark brown", "black", "blond", "red"), upper="blouse", lower="skirt", shoes="boots",
        bag="shoulder bag",
    ),
    "man_heavy": Person(
        who="heavy man", age=48, tone=9, height=1.75, gender=0.0, muscle=0.42, weight=0.98, split="train",
        cut="bald", hairs=("black",), upper="shirt", lower="trousers", beard=0.35,
    ),
    "woman_adult": Person(
        who="woman", age=42, tone=6, height=1.70, gender=1.0, weight=0.60, split="train",
        cut="bob", hairs=("brown", "black", "dark brown"), upper="blazer", lower="trousers", bag="tote bag",
    ),
    "man_old": Person(
        who="old man", age=78, tone=2, height=1.71, gender=0.0, muscle=0.36, weight=0.56, split="train",
        cut="thinning", hairs=OLD, upper="cardigan", lower="trousers", glasses=True, aid="stick",
    ),
    "woman_old": Person(
        who="old woman", age=74, tone=7, height=1.58, gender=1.0, muscle=0.36, weight=0.60, split="test",
        cut="bun", hairs=OLD, upper="coat", lower="long skirt", bag="shoulder bag", glasses=True,
    ),
    "girl": Person(
        who="girl", age=9, tone=5, height=1.36, gender=1.0, weight=0.47, split="train",
        cut="tail", hairs=("dark brown", "brown", "black"), upper="jumper", lower="leggings", shoes="sneakers",
        bag="backpack",
    ),
    "man_tall": Person(
        who="tall man", age=33, tone=8, height=1.93, gender=0.0, muscle=0.62, weight=0.42, proportions=0.7,
        split="train", cut="curly", hairs=DARK, upper="hoodie", lower="jeans", shoes="sneakers", beard=0.25,
    ),
    "boy": Person(
        who="boy", age=8, tone=10, height=1.29, gender=0.0, weight=0.45, split="train",
        cut="crop", hairs=("black",), upper="T-shirt", lower="shorts", shoes="sneakers",
    ),
    "girl_small": Person(
        who="little girl", age=6, tone=2, height=1.17, gender=1.0, weight=0.48, split="test",
        cut="bob", hairs=("blond", "brown", "red"), upper="dress", lower="leggings", shoes="shoes",
    ),
    "boy_wheelchair": Person(
        who="boy", age=13, tone=6, height=1.55, gender=0.0, muscle=0.46, weight=0.45, split="test",
        cut="short", hairs=("black", "dark brown", "brown"), upper="hoodie", lower="jeans", shoes="sneakers",
        aid="wheelchair",
    ),
    "girl_teen": Person(
        who="girl", age=13, tone=9, height=1.58, gender=1.0, weight=0.44, split="test",
        cut="bun", hairs=("black",), upper="hoodie", lower="jeans", shoes="sneakers", bag="backpack",
    ),
    "woman_scarf": Person(
        who="woman", age=35, tone=5, height=1.65, gender=1.0, weight=0.52, split="train",
        cut="hidden", hairs=("black",), upper="open coat", lower="long skirt", hat="headscarf", bag="shoulder bag",
    ),
    "man_cap": Person(
        who="young man", age=27, tone=7, height=1.76, gender=0.0, muscle=0.55, weight=0.52, split="train",
        cut="short", hairs=DARK, upper="hoodie", lower="trousers", shoes="sneakers", hat="cap",
    ),
    "man_suit": Person(
        who="man", age=39, tone=10, height=1.82, gender=0.0, muscle=0.56, weight=0.54, split="train",
        cut="crop", hairs=("black",), upper="suit jacket", lower="suit trousers", bag="briefcase",
    ),
    "man_beard": Person(
        who="bearded man", age=36, tone=3, height=1.81, gender=0.0, muscle=0.56, weight=0.58, split="train",
        cut="parting", hairs=("brown", "dark brown", "red", "black"), upper="open coat", lower="jeans", shoes="boots",
        beard=1.0,
    ),
    "woman_tall": Person(
        who="tall woman", age=30, tone=8, height=1.82, gender=1.0, muscle=0.52, weight=0.42, proportions=0.7,
        split="train", cut="afro", hairs=DARK, upper="dress", lower="", bag="shoulder bag",
    ),
    "woman_heavy": Person(
        who="heavy woman", age=52, tone=1, height=1.66, gender=1.0, muscle=0.45, weight=0.95, split="test",
        cut="short", hairs=("red", "blond", "brown", "grey"), upper="jumper", lower="leggings", shoes="boots",
        bag="tote bag",
    ),
    "woman_wheelchair": Person(
        who="woman", age=38, tone=4, height=1.68, gender=1.0, weight=0.48, split="train",
        cut="tail", hairs=("dark brown", "brown", "blond", "black"), upper="jumper", lower="trousers",
        aid="wheelchair",
    ),
    "man_wheelchair": Person(
        who="old man", age=73, tone=8, height=1.74, gender=0.0, muscle=0.44, weight=0.56, split="train",
        cut="short", hairs=OLD, upper="cardigan", lower="trousers", hat="woolly hat", glasses=True, beard=0.3,
        aid="wheelchair",
    ),
    "man_stick": Person(
        who="man", age=64, tone=6, height=1.72, gender=0.0, muscle=0.46, weight=0.66, split="test",
        cut="short", hairs=OLD, upper="coat", lower="trousers", hat="hat", aid="stick",
    ),
    "woman_stick": Person(
        who="old woman", age=81, tone=10, height=1.56, gender=1.0, muscle=0.34, weight=0.52, split="train",
        cut="curly", hairs=OLD, upper="cardigan", lower="long skirt", glasses=True, aid="stick",
    ),
    "woman_afro": Person(
        who="young woman", age=26, tone=9, height=1.72, gender=1.0, weight=0.48, split="test",
        cut="afro", hairs=DARK, upper="T-shirt", lower="jeans", shoes="sneakers", bag="tote bag",
    ),
    "man_short": Person(
        who="short man", age=57, tone=5, height=1.61, gender=0.0, weight=0.68, split="test",
        cut="thinning", hairs=("black", "grey", "dark brown"), upper="jumper", lower="trousers", glasses=True,
    ),
    "woman_short": Person(
        who="short woman", age=45, tone=2, height=1.53, gender=1.0, weight=0.55, split="train",
        cut="bob", hairs=FAIR, upper="coat", lower="trousers", shoes="boots",
    ),
    "man_athlete": Person(
        who="bearded young man", age=29, tone=1, height=1.84, gender=0.0, muscle=0.68, weight=0.46, split="test",
        cut="short", hairs=("red", "blond", "brown"), upper="T-shirt", lower="shorts", shoes="sneakers", beard=0.8,
    ),
    "woman_business": Person(
        who="woman", age=58, tone=7, height=1.69, gender=1.0, weight=0.52, split="test",
        cut="bob", hairs=("grey", "black", "dark brown"), upper="blazer", lower="skirt", bag="briefcase",
    ),
    "woman_student": Person(
        who="young woman", age=20, tone=3, height=1.63, gender=1.0, weight=0.46, split="train",
        cut="tail", hairs=FAIR, upper="open shirt", lower="jeans", shoes="sneakers", bag="backpack", glasses=True,
    ),
}  # fmt: skip
