"""What a text reviewer has to be better than: words and pairs of words with weights, and a list of alarm words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from safety.report import FloatArray
from safety.text_features import bucket, grams

BUCKETS = 16384  # of hashed words and pairs
DECAY = 1e-4  # of the squares of the weights, over the emphasis of all lines
ROUNDS = 200  # of L-BFGS


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ALARMS = _words(  # our own list, of words that sound dangerous in any place
    "fire flames burning hot bonfire rocket fireworks gas fumes poison wire cable voltage knife blade saw glass shards"
    " ice slippery wet deep flood drown storm thunder dog wasps crowd climb jump run race chase edge ledge drop fall"
    " broken damaged leaking bare loose open dark unlit alone drunk shots spirits fight weapon siren forklift van road"
    " without not no nobody before off unmarked hidden"
)


def _bag(texts: Sequence[str]) -> Any:
    """Return (B, BUCKETS) sparse, 1 where a line has a word, a number or a pair of them."""
    from scipy.sparse import csr_matrix

    bags = [bucket(grams(re.findall(r"[a-z']+|\d+(?:\.\d+)?", text.casefold()), 2), BUCKETS) for text in texts]
    ends = np.cumsum([0, *map(len, bags)])
    found = np.concatenate([np.array(bag, dtype=np.int64) for bag in bags]) if bags else np.empty(0, dtype=np.int64)
    return csr_matrix((np.ones(len(found)), found, ends), shape=(len(bags), BUCKETS))


def fit_words(
    texts: Sequence[str], unsafe: npt.ArrayLike, emphasis: npt.ArrayLike
) -> dict[str, npt.NDArray[np.float32]]:
    """Return the weights of a logistic regression on words and pairs, as `text_reviewer.fit_reviewer` does."""
    from scipy.optimize import minimize

    bag = _bag(texts)
    labels, counted = np.asarray(unsafe, dtype=np.float64), np.asarray(emphasis, dtype=np.float64)

    def loss(values: FloatArray) -> tuple[float, FloatArray]:
        logits = values[0] + bag @ values[1:]
        error = counted * (1.0 / (1.0 + np.exp(-logits)) - labels)
        total = float(np.sum(counted * (np.logaddexp(0.0, logits) - labels * logits)))
        total += DECAY * float(np.sum(values[1:] ** 2))
        return total, np.concatenate([[error.sum()], bag.T @ error + 2 * DECAY * values[1:]])

    found = minimize(loss, np.zeros(1 + BUCKETS), jac=True, method="L-BFGS-B", options={"maxiter": ROUNDS})
    return {"bag.bias": found.x[:1].astype(np.float32), "bag.words": found.x[1:].astype(np.float32)}


def word_risk(texts: Sequence[str], weights: Mapping[str, npt.NDArray[np.float32]]) -> FloatArray:
    """Return (B,) how likely each line is unsafe, by its words and pairs of words."""
    logits = _bag(texts) @ weights["bag.words"].astype(np.float64) + float(weights["bag.bias"][0])
    result: FloatArray = 1.0 / (1.0 + np.exp(-logits))
    return result


def keyword_risk(texts: Sequence[str]) -> FloatArray:
    """Return (B,) 1 for each line with an alarm word, else 0."""
    return np.array([float(bool(ALARMS & {*re.findall(r"[a-z]+", text.casefold())})) for text in texts])
