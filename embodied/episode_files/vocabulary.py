"""Words and numbers of instructions, as habitat-lab's `VocabDict` counts them.

habitat-lab means to keep 's together, but loops over the letters of that default and so parts words before every s; we
part before 's alone, as its `tokenize` does when it is given a tuple.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

PAD, UNKNOWN = "<pad>", "<unk>"
EXTRAS = (PAD, UNKNOWN, "<s>", "</s>")
_SEPARATOR = re.compile(r"([^\w-]+)")


def tokenize(sentence: str) -> list[str]:
    """Return words and marks, in small letters; commas and question marks fall away, 's stands alone."""
    sentence = sentence.lower().replace("'s", " 's").replace(",", "").replace("?", "")
    return [part.strip() for part in _SEPARATOR.split(sentence) if part.strip()]


def make_vocabulary(sentences: Iterable[str]) -> dict[str, Any]:
    """Return an `instruction_vocab` of all words, the most frequent first, equals by letters."""
    counts = Counter(word for sentence in sentences for word in tokenize(sentence))
    words = [*EXTRAS, *sorted(counts.keys() - set(EXTRAS), key=lambda word: (-counts[word], word))]
    indices = {word: index for index, word in enumerate(words)}
    return {
        "word_list": words, "word2idx_dict": indices, "stoi": indices, "itos": words, "num_vocab": len(words),
        "UNK_INDEX": indices[UNKNOWN], "PAD_INDEX": indices[PAD],
    }  # fmt: skip


def tokenize_and_index(sentence: str, word_list: Sequence[str]) -> tuple[int, ...]:
    """Return the numbers of a sentence's words; a word outside the list is `<unk>`.

    As in habitat-lab, a list without `<unk>` counts as one that begins with it.
    """
    words = list(word_list) if UNKNOWN in word_list else [UNKNOWN, *word_list]
    indices = {word: index for index, word in enumerate(words)}
    return tuple(indices.get(word, indices[UNKNOWN]) for word in tokenize(sentence))
