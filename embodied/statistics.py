"""Intervals and tests of significance.

Rates get the Wilson score interval (Wilson 1927, JASA 22, 209), means the bias-corrected and accelerated bootstrap
(BCa, Efron 1987, JASA 82, 171), two agents on the same episodes the sign-flip permutation test. All intervals are 95 %.

Episodes of several scenes are not independent. With at least MIN_CLUSTERS scenes whole scenes are drawn, and the
interval speaks for scenes like these. With fewer that would be an interval of nothing: three scenes can be drawn in ten
ways (Cameron, Gelbach and Miller 2008, REStat 90, 414). Then episodes are drawn within each scene, and the interval
speaks for new episodes in these very scenes alone. Wilson's intervals treat pooled episodes as independent.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy import special, stats

FloatArray = npt.NDArray[np.float64]
Summary = dict[str, dict[str, float]]  # metric -> value, lo, hi
RESAMPLES = 10_000
MIN_CLUSTERS = 8  # below it whole clusters are not drawn
LEVEL = 0.95
_CHUNK = 4_000_000  # draws held in memory at once


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
    """Return the interval of the mean of finite `values` (n,), as `bootstrap_means` does, or None."""
    return bootstrap_means(np.asarray(values, dtype=np.float64)[:, None], rng, clusters, resamples)[0]


def bootstrap_means(
    values: npt.ArrayLike,
    rng: np.random.Generator,
    clusters: Sequence[object] | None = None,
    resamples: int = RESAMPLES,
) -> list[tuple[float, float] | None]:
    """Return the BCa interval of the mean of each column of finite `values` (n, M), or None where there is none.

    Args:
        values: (n, M) a row for each episode; all columns share the resamples.
        rng: draws the resamples.
        clusters: (n,) what episodes share (a scene). At least MIN_CLUSTERS of them: whole clusters are drawn. Fewer:
            episodes are drawn within each. One or None: episodes are drawn.
        resamples: how many.

    One value, or equal values, say nothing about spread: then there is no interval.

    Raises:
        ValueError: another shape, a number that is not finite, or not one cluster for each row.
    """
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.ndim != 2 or not np.isfinite(numbers).all():
        raise ValueError(f"values: expected (n, M) finite numbers, got shape {numbers.shape}; leave others out")
    keys = [0] * len(numbers) if clusters is None else list(clusters)
    if len(keys) != len(numbers):
        raise ValueError(f"clusters: expected one for each of {len(numbers)} rows, got {len(keys)}; give each its own")
    order = {key: code for code, key in enumerate(dict.fromkeys(keys))}
    codes = np.array([order[key] for key in keys], dtype=np.int64)
    if len(order) >= MIN_CLUSTERS:  # the units are clusters, in one stratum
        sums, counts = np.zeros((len(order), numbers.shape[1])), np.bincount(codes).astype(np.float64)
        np.add.at(sums, codes, numbers)
        strata = [np.arange(len(order))]
    else:  # the units are episodes, in one stratum for each cluster
        sums, counts = numbers, np.ones(len(numbers))
        strata = [np.flatnonzero(codes == code) for code in range(len(order))]
    spread = np.flatnonzero([len(np.unique(column)) > 1 for column in numbers.T])
    intervals: list[tuple[float, float] | None] = [None] * numbers.shape[1]
    if len(spread) == 0 or len(sums) < 2:
        return intervals
    drawn = _draw_means(sums[:, spread], counts, strata, rng, resamples)
    left_out = (sums.sum(axis=0) - sums)[:, spread] / (counts.sum() - counts)[:, None]  # the jackknife
    for column, found in zip(spread, _bca(drawn, numbers[:, spread].mean(axis=0), left_out, strata), strict=True):
        intervals[column] = found
    return intervals


def _draw_means(
    sums: FloatArray, counts: FloatArray, strata: Sequence[npt.NDArray[np.int64]], rng: np.random.Generator, number: int
) -> FloatArray:
    """Return (number, M) means over units (n, M) drawn with replacement within each stratum."""
    means = np.empty((number, sums.shape[1]))
    size = max(1, _CHUNK // len(sums))
    for first in range(0, number, size):
        rows = min(size, number - first)
        times = np.zeros((rows, len(sums)))  # how often each unit was drawn
        for units in strata:
            picks = rng.integers(0, len(units), (rows, len(units))) + np.arange(rows)[:, None] * len(units)
            times[:, units] = np.bincount(picks.ravel(), minlength=rows * len(units)).reshape(rows, len(units))
        means[first : first + rows] = times @ sums / (times @ counts)[:, None]
    return means


def _bca(
    drawn: FloatArray, means: FloatArray, left_out: FloatArray, strata: Sequence[npt.NDArray[np.int64]]
) -> list[tuple[float, float] | None]:
    """Return the BCa interval (Efron 1987, eqs. 2.3, 6.6) of each column of resampled means (B, M)."""
    ends = np.array([(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    drawn = np.sort(drawn, axis=0)
    low, high = (
        np.array([np.searchsorted(column, mean, side) for column, mean in zip(drawn.T, means, strict=True)])
        for side in ("left", "right")
    )
    bias = special.ndtri((low + high) / (2 * len(drawn)))  # ties count half
    influence = np.concatenate([left_out[units].mean(axis=0) - left_out[units] for units in strata])
    spread = np.sum(influence**2, axis=0)
    skew = np.divide(np.sum(influence**3, axis=0), 6 * spread**1.5, out=np.zeros_like(spread), where=spread > 0)
    shifted = bias[:, None] + special.ndtri(ends)
    levels = special.ndtr(bias[:, None] + shifted / (1 - skew[:, None] * shifted))
    result: list[tuple[float, float] | None] = []
    for column, level in zip(drawn.T, levels, strict=True):
        fine = np.isfinite(level).all() and column[0] < column[-1]
        low_end, high_end = np.quantile(column, level).tolist() if fine else (math.nan, math.nan)
        result.append((low_end, high_end) if fine else None)
    return result


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


def compare(
    first: Sequence[Mapping[str, float]],
    second: Sequence[Mapping[str, float]],
    rng: np.random.Generator,
    *,
    metric: str = "sr",
    name: str = "ask_gain",
    clusters: Sequence[object] | None = None,
) -> Summary:
    """Return how much more of a metric the first agent has than the second, and whether that is chance.

    Args:
        first: {metric: value} of each episode. second: of the same episodes, in the same order.
        rng: draws resamples and signs.
        metric: what is compared; episodes in which one of them lacks it are left out.
        name: of the result.
        clusters: as in `bootstrap_means`, one for each episode.

    Returns:
        `name` with value, lo, hi and `name`_p, the two-sided p-value of the sign-flip test; nothing without a pair.

    Raises:
        ValueError: different numbers of episodes.
    """
    if len(first) != len(second):
        raise ValueError(f"second: expected the {len(first)} episodes of the first, got {len(second)}; pair them")
    keys = [0] * len(first) if clusters is None else clusters
    both = [
        (float(one[metric]), float(other[metric]), key)
        for one, other, key in zip(first, second, keys, strict=True)
        if metric in one and metric in other and math.isfinite(one[metric] - other[metric])
    ]
    if not both:
        return {}
    a, b, keys = zip(*both, strict=True)
    difference = np.subtract(a, b)
    gain = {"value": float(difference.mean())}
    interval = bootstrap_mean(difference, rng, keys)
    if interval is not None:
        gain.update(lo=interval[0], hi=interval[1])
    return {name: gain, f"{name}_p": {"value": compare_paired(a, b, rng)}}


def summarise(
    rows: Sequence[Mapping[str, float]],
    rates: set[str] | frozenset[str],
    rng: np.random.Generator,
    clusters: Sequence[object] | None = None,
) -> Summary:
    """Return {metric: {"value", "lo", "hi"}} over episodes, in the order in which metrics first come.

    Args:
        rows: one {metric: value} per episode; a metric may be missing in some.
        rates: the metrics that are 0 or 1 in an episode.
        rng: draws the resamples.
        clusters: as in `bootstrap_means`, one per row: the scenes of a pooled row.

    Values that are not finite are left out of the mean (an episode without people has no distance to them); a metric
    without finite values is left out of the result, and `lo`, `hi` where there is no interval.

    Raises:
        ValueError: a rate is neither 0 nor 1.
    """
    keys = np.array(list(map(str, [0] * len(rows) if clusters is None else clusters)))
    if len(keys) != len(rows):
        raise ValueError(f"clusters: expected one for each of {len(rows)} rows, got {len(keys)}; give each its own")
    names = list(dict.fromkeys(name for row in rows for name in row))
    table = np.array([[float(row.get(name, math.nan)) for name in names] for row in rows]).reshape(
        len(rows), len(names)
    )
    there = np.isfinite(table)
    result: Summary = {name: {} for name in names}
    together: dict[bytes, list[int]] = {}  # columns that are there in the same episodes share their resamples
    for column, name in enumerate(names):
        values = table[there[:, column], column]
        if len(values) == 0:
            continue
        result[name] = {"value": math.fsum(values.tolist()) / len(values)}
        if name not in rates:
            together.setdefault(there[:, column].tobytes(), []).append(column)
            continue
        if not set(values.tolist()) <= {0.0, 1.0}:
            raise ValueError(
                f"{name}: expected 0 or 1 in every episode, got {sorted(set(values.tolist()))}; not a rate"
            )
        result[name]["lo"], result[name]["hi"] = wilson(round(values.sum()), len(values))
    for columns in together.values():
        mask = there[:, columns[0]]
        found = bootstrap_means(table[np.ix_(mask, columns)], rng, keys[mask].tolist())
        for column, interval in zip(columns, found, strict=True):
            if interval is not None:
                result[names[column]].update(lo=interval[0], hi=interval[1])
    return {name: metric for name, metric in result.items() if metric}


def average_scenes(rows: Sequence[Mapping[str, float]], scenes: Sequence[object]) -> Summary:
    """Return the mean over scenes of each metric's mean within a scene: every scene counts the same (macro mean).

    `lo` and `hi` are Student's interval over the scenes' means, for scenes like these: wide, if there are few. With one
    scene there is none. Scenes in which a metric is never defined are left out of it.

    Raises:
        ValueError: not one scene for each row.
    """
    result: Summary = {}
    for name in dict.fromkeys(name for row in rows for name in row):
        groups: dict[object, list[float]] = {}
        for row, scene in zip(rows, scenes, strict=True):
            if math.isfinite(row.get(name, math.nan)):
                groups.setdefault(scene, []).append(float(row[name]))
        means = np.array([np.mean(group) for group in groups.values()])
        if len(means) == 0:
            continue
        result[name] = {"value": float(means.mean())}
        if len(means) > 1:
            half = float(stats.t.ppf((1 + LEVEL) / 2, len(means) - 1) * means.std(ddof=1) / math.sqrt(len(means)))
            result[name].update(lo=result[name]["value"] - half, hi=result[name]["value"] + half)
    return result
