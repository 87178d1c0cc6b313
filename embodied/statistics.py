"""Intervals and tests of significance.

Rates get the Wilson score interval (Wilson 1927, JASA 22, 209), means the bias-corrected and accelerated bootstrap
(Efron 1987, JASA 82, 171), two agents on the same episodes the sign-flip permutation test. All intervals are 95 %.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy import stats

FloatArray = npt.NDArray[np.float64]
RESAMPLES = 10_000


def wilson(successes: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Return the interval of a rate of `successes` in `n` trials.

    Raises:
        ValueError: no trials, or more successes than trials.
    """
    if not 0 <= successes <= n or n == 0:
        raise ValueError(f"successes: expected 0 <= successes <= n and n > 0, got {successes} of {n}; count again")
    p, q = successes / n, z * z / n
    half = z * math.sqrt(p * (1 - p) / n + q / (4 * n))
    low, high = (p + q / 2 - half) / (1 + q), (p + q / 2 + half) / (1 + q)
    return (0.0 if successes == 0 else low), (1.0 if successes == n else high)


def bootstrap_mean(
    values: npt.ArrayLike,
    rng: np.random.Generator,
    clusters: Sequence[object] | None = None,
    resamples: int = RESAMPLES,
) -> tuple[float, float] | None:
    """Return the BCa interval of the mean of finite `values` (n,), or None where there is none.

    Args:
        values: (n,) one number per episode.
        rng: draws the resamples.
        clusters: (n,) what episodes share (a scene); whole clusters are drawn, and there must be two of them.
        resamples: how many.

    One value, equal values or one cluster say nothing about spread: then there is no interval.
    """
    numbers = np.asarray(values, dtype=np.float64)
    keys = range(len(numbers)) if clusters is None else clusters
    members: dict[object, list[float]] = {}
    for key, number in zip(keys, numbers.tolist(), strict=True):
        members.setdefault(key, []).append(number)
    if len(members) < 2 or np.ptp(numbers) == 0.0:
        return None
    sums = np.array([sum(group) for group in members.values()])
    counts = np.array([len(group) for group in members.values()], dtype=np.float64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a degenerate resampling is told by NaN below
        result = stats.bootstrap(
            (sums, counts), _ratio, paired=True, vectorized=True, n_resamples=resamples, batch=1000, rng=rng
        )  # fmt: skip
    low, high = float(result.confidence_interval.low), float(result.confidence_interval.high)
    return (low, high) if math.isfinite(low) and math.isfinite(high) else None


def _ratio(sums: FloatArray, counts: FloatArray, axis: int) -> FloatArray:
    ratio: FloatArray = sums.sum(axis=axis) / counts.sum(axis=axis)
    return ratio


def compare_paired(first: npt.ArrayLike, second: npt.ArrayLike, rng: np.random.Generator) -> float:
    """Return the two-sided p-value that `first` and `second` (n,), of the same episodes, have the same mean.

    The signs of the differences are flipped, in all ways while there are at most RESAMPLES of them, else at random.

    Raises:
        ValueError: shapes differ, or a value is not finite.
    """
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if a.shape != b.shape or a.ndim != 1 or not np.all(np.isfinite(a - b)):
        raise ValueError(f"first, second: expected two (n,) of finite numbers, got {a.shape} and {b.shape}; pair them")
    difference = a - b
    if not np.any(difference):
        return 1.0
    test = stats.permutation_test(
        (difference,), lambda x, axis: np.mean(x, axis=axis), permutation_type="samples", vectorized=True,
        n_resamples=RESAMPLES, batch=1000, rng=rng,
    )  # fmt: skip
    return float(test.pvalue)


def summarise(
    rows: Sequence[Mapping[str, float]],
    rates: set[str] | frozenset[str],
    rng: np.random.Generator,
    clusters: Sequence[object] | None = None,
) -> dict[str, dict[str, float]]:
    """Return {metric: {"value", "lo", "hi"}} over episodes, in the order in which metrics first come.

    Args:
        rows: one {metric: value} per episode; a metric may be missing in some.
        rates: the metrics that are 0 or 1 in an episode.
        rng: draws the resamples.
        clusters: as in `bootstrap_mean`, one per row.

    Values that are not finite are left out of the mean (an episode without people has no distance to them); a metric
    without finite values is left out of the result, and `lo`, `hi` where there is no interval.

    Raises:
        ValueError: a rate is neither 0 nor 1.
    """
    keys = range(len(rows)) if clusters is None else clusters
    result: dict[str, dict[str, float]] = {}
    for metric in dict.fromkeys(name for row in rows for name in row):
        pairs = [(float(row[metric]), key) for row, key in zip(rows, keys, strict=True) if metric in row]
        pairs = [(value, key) for value, key in pairs if math.isfinite(value)]
        if not pairs:
            continue
        values = [value for value, _ in pairs]
        if metric in rates:
            if not set(values) <= {0.0, 1.0}:
                raise ValueError(f"{metric}: expected 0 or 1 in every episode, got {sorted(set(values))}; not a rate")
            interval: tuple[float, float] | None = wilson(round(sum(values)), len(values))
        else:
            interval = bootstrap_mean(values, rng, [key for _, key in pairs])
        result[metric] = {"value": math.fsum(values) / len(values)}
        if interval is not None:
            result[metric].update(lo=interval[0], hi=interval[1])
    return result
