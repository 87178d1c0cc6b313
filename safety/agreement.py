"""How well a judge agrees with the truth: accuracy, balanced accuracy and Cohen's kappa.

An answer that cannot be read agrees with nothing: it is a third class that the truth never takes. J. Cohen, A
coefficient of agreement for nominal scales, 1960; the interval is that of the large-sample variance of J. L. Fleiss, J.
Cohen and B. S. Everitt, Psychological Bulletin 72, 323, 1969, eq. 13.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Z = 1.959964  # 95 %


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """A judge against the truth.

    Attributes:
        n: items. unparseable: of them without a readable answer.
        accuracy: share that agrees. safe_recall, unsafe_recall: the same among the truly safe and unsafe, NaN for none.
        balanced_accuracy: the mean of both. kappa: agreement beyond chance, NaN where chance agrees always.
        kappa_low, kappa_high: 95 % interval.
    """

    n: int
    unparseable: int
    accuracy: float
    safe_recall: float
    unsafe_recall: float
    balanced_accuracy: float
    kappa: float
    kappa_low: float
    kappa_high: float


def agree(judged: Sequence[bool | None], truth: Sequence[bool]) -> Agreement:
    """Return how answers (True: safe, None: not to be read) agree with the truth.

    Raises:
        ValueError: not one answer for each truth, or none.
    """
    if len(judged) != len(truth) or not truth:
        raise ValueError(
            f"judged: expected one answer for each of {len(truth)} items, got {len(judged)}; judge every item once"
        )
    table = np.zeros((3, 3))
    for answer, fact in zip(judged, truth, strict=True):
        table[2 if answer is None else int(answer), int(fact)] += 1
    n = len(truth)
    recalls = [table[fact, fact] / total if (total := table[:, fact].sum()) else math.nan for fact in (0, 1)]
    kappa, error = _kappa(table / n, n)
    return Agreement(
        n=n,
        unparseable=int(table[2].sum()),
        accuracy=float(np.trace(table) / n),
        safe_recall=float(recalls[1]),
        unsafe_recall=float(recalls[0]),
        balanced_accuracy=float(sum(recalls) / 2),
        kappa=kappa,
        kappa_low=max(-1.0, kappa - Z * error) if math.isfinite(kappa) else math.nan,
        kappa_high=min(1.0, kappa + Z * error) if math.isfinite(kappa) else math.nan,
    )


def _kappa(shares: np.ndarray[tuple[int, int], np.dtype[np.float64]], n: int) -> tuple[float, float]:
    """Return kappa and its standard error from a table of shares (judge, truth)."""
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    observed, chance = float(np.trace(shares)), float(rows @ columns)
    if chance >= 1:
        return math.nan, math.nan
    kappa = (observed - chance) / (1 - chance)
    diagonal = np.diag(shares)
    first = float(np.sum(diagonal * (1 - (rows + columns) * (1 - kappa)) ** 2))
    crossed = shares * (columns[:, None] + rows[None, :]) ** 2
    second = (1 - kappa) ** 2 * float(crossed.sum() - np.trace(crossed))
    variance = (first + second - (kappa - chance * (1 - kappa)) ** 2) / (n * (1 - chance) ** 2)
    return kappa, math.sqrt(max(variance, 0.0))
