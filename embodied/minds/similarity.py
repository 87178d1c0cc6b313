"""How near two texts are in meaning, without a language model: hashed words, stems, n-grams and concepts.

A text is a vector of hashed features (Weinberger et al., ICML 2009): its words, their stems and letter groups, and the
concepts of `concepts.yaml` that they belong to. Features are weighted by how rare they are among the texts that are
compared (inverse document frequency), function words little; the similarity is the cosine. It is the same in every
process: no feature depends on Python's own hash.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Protocol
from zlib import crc32

import numpy as np
import numpy.typing as npt
import yaml

FloatArray = npt.NDArray[np.float64]

CONCEPTS = Path(__file__).with_name("concepts.yaml")
SIZE = 4096  # of a vector
WORD, STEM, GROUP, CONCEPT = 1.0, 1.0, 0.15, 1.2  # weights of the kinds of features
LETTERS = (3, 4)  # in a group
FUNCTION = 0.1  # factor on words that say little
_WORD = re.compile(r"[^\W_]+")
KEPT = 20_000  # texts whose vectors are kept


class Similarity(Protocol):
    """Tells how near texts are in meaning; a language model's embeddings can take its place."""

    def __call__(self, query: str, texts: Sequence[str]) -> FloatArray:
        """Return (K,) the similarity of `query` with each of `texts`, -1 to 1, the same for the same input."""


class HashedSimilarity:
    """The cosine of hashed features. `concepts`: whether words of one concept count as alike."""

    def __init__(self, *, concepts: bool = True) -> None:
        self._concepts = concepts

    def __call__(self, query: str, texts: Sequence[str]) -> FloatArray:
        """Return (K,) the cosine of `query` with each of `texts`, 0 to 1."""
        if not texts:
            return np.zeros(0)
        features = [_features(text, self._concepts) for text in (query, *texts)]
        frequency = np.zeros(SIZE)
        for places, _ in features[1:]:
            frequency[places] += 1.0
        rarity = np.log((1.0 + len(texts)) / (1.0 + frequency)) + 1.0
        wanted = np.zeros(SIZE)
        places, amounts = features[0]
        wanted[places] = amounts * rarity[places]
        norm = float(np.sqrt(wanted @ wanted))
        similarity = np.zeros(len(texts))
        for k, (places, amounts) in enumerate(features[1:]):
            weighted = amounts * rarity[places]
            length = float(np.sqrt(weighted @ weighted)) * norm
            similarity[k] = float(weighted @ wanted[places]) / length if length > 0 else 0.0
        return similarity


def content_words(text: str) -> tuple[str, ...]:
    """Return the words of a text that say something, in lower case and in order."""
    return tuple(word for word in _WORD.findall(text.lower()) if word not in _vocabulary()[0])


def stem(word: str) -> str:
    """Return a word without the commonest endings of English (shops, shopping, shopped: shop)."""
    for ending in ("ies", "ing", "ed", "es", "er", "ly", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            root = word[: -len(ending)] + ("y" if ending == "ies" else "")
            double = ending in ("ing", "ed", "er") and root[-1] == root[-2] and root[-1] not in "lsz"
            return root[:-1] if double else root
    return word


@lru_cache(maxsize=KEPT)
def _features(text: str, concepts: bool) -> tuple[npt.NDArray[np.int64], FloatArray]:
    """Return the places of the features of a text in a vector (F,), ascending, and how much of each there is."""
    amounts: dict[int, float] = {}

    def add(feature: str, amount: float) -> None:
        place = crc32(feature.encode()) % SIZE
        amounts[place] = amounts.get(place, 0.0) + amount

    for word in _WORD.findall(text.lower()):
        share = FUNCTION if word in _vocabulary()[0] else 1.0
        add(f"word {word}", WORD * share)
        add(f"stem {stem(word)}", STEM * share)
        padded = f"<{word}>"
        for size in LETTERS if share == 1.0 else ():
            for i in range(len(padded) - size + 1):
                add(f"group {padded[i : i + size]}", GROUP)
        meant = _vocabulary()[1].get(stem(word), ()) if concepts and share == 1.0 else ()
        for concept in meant:
            add(f"concept {concept}", CONCEPT / np.sqrt(len(meant)))
    places = np.array(sorted(amounts), dtype=np.int64)
    return places, np.array([amounts[place] for place in places.tolist()])


@cache
def _vocabulary() -> tuple[frozenset[str], dict[str, tuple[str, ...]]]:
    """Return the function words, and stem -> the concepts it belongs to, each by its first word."""
    document = yaml.safe_load(CONCEPTS.read_text(encoding="utf-8"))
    concepts: dict[str, tuple[str, ...]] = {}
    for words in document["concepts"]:
        for root in dict.fromkeys(stem(word) for word in words):
            concepts[root] = (*concepts.get(root, ()), words[0])
    return frozenset(document["function"].split()), concepts
