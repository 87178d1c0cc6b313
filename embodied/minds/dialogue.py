"""What a person understands of what is said to it: dialogue acts in plain English."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Act = Literal["way", "confirm", "repeat", "greet", "thanks", "bye", "unclear"]

# Other words for places, as they are asked for.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "pharmacy": ("chemist", "chemists", "drugstore", "drug store", "apothecary"),
    "bakery": ("baker", "bakers", "bread shop"),
    "cafe": ("coffee shop", "coffee house", "coffee place", "coffee bar"),
    "book shop": ("bookstore", "book store", "bookshop", "bookseller", "books"),
    "grocer": ("grocery", "grocery store", "supermarket", "food store", "greengrocer"),
    "supermarket": ("grocery store", "grocery", "food store"),
    "hairdresser": ("barber", "barbers", "barber shop", "hair salon"),
    "barber": ("hairdresser", "barber shop", "hair salon"),
    "florist": ("flower shop", "flowers"),
    "flower shop": ("florist", "florists"),
    "butcher": ("meat shop", "butchers"),
    "bank": ("cash machine", "atm"),
    "post office": ("post", "mail office"),
    "optician": ("glasses shop", "opticians"),
    "tailor": ("tailors", "clothes repair"),
    "restaurant": ("place to eat",),
    "toy shop": ("toy store", "toys"),
    "shoe shop": ("shoe store", "shoes"),
    "bike shop": ("bicycle shop", "cycle shop", "bike store"),
}

_PLACE = r"(?P<place>[a-z0-9&' -]+?)"
_AFTER = r"from here|please|around here|near here|nearby|here|is|are|located|at|then|might be|would be"
_END = rf"(?= (?:{_AFTER})\b|\s*[.,;?!]|\s*$)"
_THE = r"(?:(?:the|a|an|any|some|your|this|that)\s+)?(?:(?:nearest|next|closest|local)\s+)?"
_WAY = tuple(
    re.compile(rf"(?:{pattern})\s+{_THE}{_PLACE}{_END}")
    for pattern in (
        r"\bwhere(?: exactly)?(?: is|'s| are| can i find| do i find| could i find| would i find| might i find)",
        r"\bhow (?:do|can|could|would|should) (?:i|we) (?:get|go|come|walk|find my way|find)(?: from here)?(?: to)?",
        r"\bhow to (?:get|go|come|find)(?: to)?",
        r"\b(?:the|my|a) (?:[a-z]+ )?way (?:to|towards)|\bdirections? (?:to|for)",
        r"\bwhich way (?:is|to|to go to|do i go to|should i go to)",
        r"\b(?:looking|searching|heading) for|\b(?:look|search) for|\bin search of",
        r"\b(?:trying|want|need|like|wish|have) to (?:get|go|find|reach|visit|see)(?: to)?",
        r"\b(?:find|locate|reach)",
        r"\b(?:tak|bring|point|direct|guid|lead|show)(?:e|ing)? me (?:to|towards|in the direction of)",
        r"\bis there|\bare there|\bdo you know(?: of)?|\bhave you seen|\bam i near",
        r"\bhow far (?:is it to|is it from here to|is)|\bon (?:my|the) way to|\bneed|\bshow me",
    )
)
_KNOW_WHERE = re.compile(rf"\bwhere\s+{_THE}{_PLACE}(?= (?:is|are|might be|would be|can be found|lies)\b)")
_CONFIRM = re.compile(
    rf"\bis (?:this|that|it) (?:the way|the right way|the street|the right direction) (?:to|for)\s+{_THE}{_PLACE}{_END}"
)
_REPEAT = re.compile(
    r"\b(?:pardon|say (?:that|it) again|repeat|come again|what did you say|didn't (?:catch|hear|understand|get)|"
    r"once more|again please|more slowly)\b|^\W*(?:sorry|what|huh|eh|excuse me)\W*\?*\W*$"
)
_LOST = re.compile(
    r"\b(?:help me|i'm lost|i am lost|where (?:do|should|can) i (?:go|find)|which way|tell me the way)\b"
)
_THANKS = re.compile(r"\b(?:thanks|thank you|cheers|much appreciated|that helps)\b")
_BYE = re.compile(r"\b(?:bye|goodbye|see you|have a (?:nice|good))\b")
_GREET = re.compile(r"\b(?:hello|hi|hey|good (?:morning|afternoon|evening|day)|greetings|excuse me)\b")
_NOT_A_PLACE = {"it", "that", "this", "there", "here", "help", "way", "you", "place", "something", "somewhere", ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was meant.

    Attributes:
        act: "way": how to get to `place`; "confirm": whether this is the way to it; "unclear": none of them.
        place: the words for the place as they were said, "" if none.
    """

    act: Act
    place: str = ""


def understand(text: str) -> Request:
    """Return the dialogue act of what was said, and the place it is about."""
    words = re.sub(r"\s+", " ", text.lower().replace("\u2019", "'")).strip()
    words = re.sub(r"\bsorry to (?:bother|disturb) you\b|\bcould you (?:please )?(?:tell|help) me\b", " ", words)
    match = _CONFIRM.search(words)
    if match and match["place"].strip() not in _NOT_A_PLACE:
        return Request(act="confirm", place=match["place"].strip())
    for pattern in (_KNOW_WHERE, *_WAY):
        match = pattern.search(words)
        if match and (place := _clean(match["place"])) not in _NOT_A_PLACE:
            return Request(act="way", place=place)
    if _LOST.search(words):
        return Request(act="way")
    for act, act_pattern in (("repeat", _REPEAT), ("thanks", _THANKS), ("bye", _BYE), ("greet", _GREET)):
        if act_pattern.search(words):
            return Request(act=act)  # type: ignore[arg-type]
    bare = re.sub(r"[^a-z0-9' ]", "", words).removeprefix("the ").removesuffix(" please").strip()
    return Request(act="way", place=bare) if 0 < len(bare.split()) <= 3 else Request(act="unclear")


def _clean(place: str) -> str:
    place = re.sub(r"^(?:to|the|a|an|where|if|how)\s+", "", place.strip())
    return re.sub(r"\s+(?:around|near|in|to|for|on|by)$", "", place).strip(" -'")


def key(name: str) -> str:
    """Return the form in which two names of one place are equal."""
    word = re.sub(r"^(?:the|a|an) ", "", name.lower().strip())
    word = re.sub(r"(?:'s|(?<=[^s])s)$", "", word)
    return re.sub(r"[^a-z0-9]", "", word.replace("é", "e"))


def match_places(said: str, names: Iterable[str]) -> tuple[str, ...]:
    """Return the names that the words for a place can mean: the same, a synonym, else all that share its last word."""
    known, wanted = sorted(names), key(said)
    same = tuple(name for name in known if key(name) == wanted)
    if same or not wanted:
        return same
    synonyms = tuple(name for name in known if wanted in {key(word) for word in SYNONYMS.get(name, ())})
    if synonyms:
        return synonyms
    contained = tuple(
        name for name in known if len(key(name)) >= 4 and re.search(re.escape(key(name)) + r"(?!\d)", wanted)
    )
    if contained:  # "the big pharmacy on the corner"
        return contained
    return tuple(name for name in known if wanted in {key(word) for word in name.split()})
