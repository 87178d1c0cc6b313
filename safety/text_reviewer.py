"""How likely an activity is unsafe, from one line of words alone: no state, no predicate, no list of dangers.

The form is ours. With the clauses c of a line, the log amount a of each quantity and its role r (`text_features`):

    logit P(unsafe) = b + w c + sum over quantities of  p_r + s_r f_r(a + u(words))                        (1)
    f_r(a) = sum_k h_rk (sigmoid((a - k_rk) / 0.5) - 1/2),  h_rk >= 0                                     (2)

s_r is 1 where more is riskier (minutes, load, speed) and -1 where less is (how far from a thing, how far one sees), so
that farther is never riskier in an otherwise equal line. The words of the main clause move only where the scale begins
(u), not the answer: both tellings share them. The knots k lie round an ordinary amount of each role, to which a role
that was never learned falls back. P supposes that safe and unsafe lines are as many. Learned from our own scenarios
with labels of the judge; nothing of the judge is read here. How it was chosen and how good it is:
`assets/models/text_reviewer.md`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file

from safety.report import FloatArray
from safety.scenario import Activity
from safety.text_features import CLAUSES, ROLES, WORDS, Features, describe

Weights = Mapping[str, npt.NDArray[np.float32]]

WEIGHTS = Path(__file__).resolve().parents[1] / "assets" / "models" / "text_reviewer.safetensors"
# The first six of numpy.random.default_rng(0).permutation(safety.scenario.CATEGORIES), drawn before any training: the
# weights that are shipped have seen no activity about a hazard of these; forms and sizes were compared without them.
HELD_OUT = ("weather", "water", "sports and games", "traffic", "electricity", "crowding")
# Our own everyday amounts, in the units of `text_features`: where the scale of each role has its middle.
ORDINARY = {
    "distance": 1.5, "reach": 0.3, "watch": 3.0, "view": 5.0, "height": 1.0, "lasting": 15.0, "wait": 15.0, "pace": 5.0,
    "stale": 60.0, "contact": 0.25, "people": 10.0, "load": 25.0, "volume": 250.0, "speed": 1.4,
}  # fmt: skip
OFFSETS = np.linspace(-3.5, 2.8, 10)  # of the knots from it, natural log
WIDTH = 0.5  # of a step, natural log
# Chosen by leaving categories out among those that are not in HELD_OUT.
CLAUSE_DECAY, STEP_DECAY, WORD_DECAY = 1e-4, 1e-3, 1e-2  # of the squares of w and p, of h - STEP, of u
STEP = 0.3  # h before anything is learned
ROUNDS = 200  # of L-BFGS
_SIGNS = np.array(list(ROLES.values()), dtype=np.float64)
_KNOTS = np.log([ORDINARY[role] for role in ROLES])[:, None] + OFFSETS


@lru_cache(maxsize=4)
def load_weights(path: Path = WEIGHTS) -> Weights:
    """Return the weights by name: `bias`, `clauses`, `present`, `heights` and `words` of (1) and (2).

    Raises:
        FileNotFoundError: no such file.
    """
    if not path.is_file():
        raise FileNotFoundError(
            f"{path}: expected the weights of the text reviewer; run `embodied train text_reviewer`"
        )
    weights: Weights = load_file(path)
    return weights


def risk(texts: Sequence[str], weights: Weights | None = None) -> FloatArray:
    """Return (B,) how likely each line is unsafe, 0 to 1; without `weights`, by those that are shipped."""
    from scipy.special import expit

    weights = load_weights() if weights is None else weights
    features = describe(texts)
    parts = {name: np.asarray(weights[name], dtype=np.float64) for name in _SHAPES}
    result: FloatArray = expit(_logits(features, parts)[0])
    return result


class TextReviewer:
    """A reviewer of `safety.review` that reads the words of an activity and nothing else.

    Attributes:
        threshold: of P(unsafe), from which it says "change". weights: of the package where None.
    """

    def __init__(self, threshold: float = 0.5, weights: Weights | None = None) -> None:
        self.threshold = threshold
        self.weights = weights

    def __call__(self, activity: Activity, plan: Sequence[Activity], picture: Any, time: float) -> str:
        return "change" if risk([activity.text], self.weights)[0] >= self.threshold else "keep"


def even_weights(groups: Sequence[str], unsafe: npt.ArrayLike) -> FloatArray:
    """Return (B,) weights with which every group counts the same, half of it safe and half unsafe.

    A group with one kind of line counts once; the group "" (hours about no hazard) twice as much.
    """
    codes = np.array([f"{group}/{bool(label)}" for group, label in zip(groups, np.asarray(unsafe), strict=True)])
    _, index, counts = np.unique(codes, return_inverse=True, return_counts=True)
    share = np.where(np.array([group == "" for group in groups]), 2.0, 0.5) / counts[index]
    result: FloatArray = share / share.sum()
    return result


_SHAPES = {
    "bias": (1,), "clauses": (len(CLAUSES),), "present": (len(ROLES),), "words": (WORDS,), "heights": _KNOTS.shape,
}  # fmt: skip


def fit_reviewer(
    texts: Sequence[str], unsafe: npt.ArrayLike, emphasis: npt.ArrayLike
) -> dict[str, npt.NDArray[np.float32]]:
    """Return the weights that make lines (B,) with their labels likeliest, each counted by its emphasis.

    Nothing is drawn: L-BFGS from one beginning; the same lines give the same bytes on one platform.
    """
    from scipy.optimize import minimize

    features = describe(texts)
    labels, counted = np.asarray(unsafe, dtype=np.float64), np.asarray(emphasis, dtype=np.float64)
    sizes = [int(np.prod(shape)) for shape in _SHAPES.values()]

    def parts_of(values: FloatArray) -> dict[str, FloatArray]:
        cut = np.split(values, np.cumsum(sizes)[:-1])
        parts = {name: part.reshape(shape) for (name, shape), part in zip(_SHAPES.items(), cut, strict=True)}
        return {**parts, "heights": np.logaddexp(0.0, parts["heights"])}

    def loss(values: FloatArray) -> tuple[float, FloatArray]:
        parts = parts_of(values)
        logits, steps, words = _logits(features, parts)
        error = counted * (1.0 / (1.0 + np.exp(-logits)) - labels)
        total = float(np.sum(counted * (np.logaddexp(0.0, logits) - labels * logits)))
        heights = parts["heights"]
        total += CLAUSE_DECAY * float(np.sum(parts["clauses"] ** 2) + np.sum(parts["present"] ** 2))
        total += STEP_DECAY * float(np.sum((heights - STEP) ** 2)) + WORD_DECAY * float(np.sum(parts["words"] ** 2))
        at = error[features.line]
        signed = at * _SIGNS[features.role]
        risen = np.zeros_like(heights)
        np.add.at(risen, features.role, signed[:, None] * (steps - 0.5))
        slope = signed * np.sum(heights[features.role] * steps * (1 - steps), axis=1) / WIDTH
        moved = np.bincount(features.line, slope, minlength=len(labels))
        gradients = (
            np.array([error.sum()]),
            features.clauses.T @ error + 2 * CLAUSE_DECAY * parts["clauses"],
            np.bincount(features.role, at, minlength=len(ROLES)) + 2 * CLAUSE_DECAY * parts["present"],
            words.T @ moved + 2 * WORD_DECAY * parts["words"],
            ((risen + 2 * STEP_DECAY * (heights - STEP)) * -np.expm1(-heights)).ravel(),
        )
        return total, np.concatenate(gradients)

    start = np.zeros(sum(sizes))
    start[-sizes[-1] :] = np.log(np.expm1(STEP))
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": ROUNDS})
    return {name: part.astype(np.float32) for name, part in parts_of(found.x).items()}


def _logits(features: Features, parts: Mapping[str, FloatArray]) -> tuple[FloatArray, FloatArray, Any]:
    """Return (B,) the left side of (1), (E, K) the steps of (2) and the (B, WORDS) sparse words."""
    from scipy.sparse import csr_matrix

    lines = len(features.clauses)
    words = csr_matrix((np.ones(len(features.word)), (features.word_line, features.word)), shape=(lines, WORDS))
    amount = features.amount + (words @ parts["words"])[features.line]
    knots, heights = _KNOTS[features.role], parts["heights"][features.role]
    steps = 1.0 / (1.0 + np.exp(-(amount[:, None] - knots) / WIDTH))
    each = parts["present"][features.role] + _SIGNS[features.role] * np.sum(heights * (steps - 0.5), axis=1)
    summed = np.bincount(features.line, each, minlength=lines)
    return parts["bias"][0] + features.clauses @ parts["clauses"] + summed, steps, words
