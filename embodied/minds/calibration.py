"""How good forecasts of named responses are: multi-class Brier score, calibration error, reliability, intervals.

Brier 1950: the sum over classes of (p - o)^2, 0 to 2. Expected calibration error of the foremost response (Naeini et
al., AAAI 2015) with bins of equal mass (Nixon et al., CVPR workshops 2019); forecasts that are equal stay in one bin.
Even a calibrated forecast has an error above 0 with few cases: `expected_ece` is what it would have, by drawing what
happens from the forecasts themselves (consistency resampling, Broecker and Smith 2007, Weather and Forecasting 22).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from embodied.statistics import LEVEL, Summary, bootstrap_means

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

BINS = 10
RESAMPLES = 1000  # of the calibration error
FLOOR = 1e-12  # of a probability, so that the log score is finite
SUM = 1e-6  # by which a forecast may miss 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Cases whose foremost responses were foretold with like probabilities.

    Attributes:
        n: cases. forecast: mean probability. frequency: share in which the response came.
    """

    n: int
    forecast: float
    frequency: float


def tabulate(
    forecasts: Sequence[Mapping[str, float]], responses: Sequence[str]
) -> tuple[FloatArray, IntArray, tuple[str, ...]]:
    """Return forecasts as (n, K), what happened as (n,) columns, and the names of the columns.

    Raises:
        ValueError: not one response for each forecast, or one that was not foretold about.
    """
    if len(forecasts) != len(responses):
        raise ValueError(f"responses: expected one for each of {len(forecasts)}, got {len(responses)}; pair them")
    names = tuple(dict.fromkeys(name for forecast in forecasts for name in forecast))
    table = np.array([[forecast.get(name, 0.0) for name in names] for forecast in forecasts]).reshape(-1, len(names))
    for number, (forecast, response) in enumerate(zip(forecasts, responses, strict=True)):
        if response not in forecast:
            raise ValueError(f"responses[{number}]: expected one of {', '.join(forecast)}, got {response}; mend it")
    return table, np.array([names.index(response) for response in responses], dtype=np.int64), names


def brier(forecasts: npt.ArrayLike, happened: npt.ArrayLike) -> FloatArray:
    """Return (n,) Brier scores, 0 (sure and right) to 2 (sure and wrong), of forecasts (n, K) and columns (n,).

    Raises:
        ValueError: other shapes, or rows that are no distributions.
    """
    table, column = _check(forecasts, happened)
    hits = np.zeros_like(table)
    hits[np.arange(len(table)), column] = 1.0
    return np.asarray(np.square(table - hits).sum(axis=1))


def log_score(forecasts: npt.ArrayLike, happened: npt.ArrayLike) -> FloatArray:
    """Return (n,) minus the logarithm of the probability of what happened, nats.

    Raises:
        ValueError: as `brier`.
    """
    table, column = _check(forecasts, happened)
    return np.asarray(-np.log(np.maximum(table[np.arange(len(table)), column], FLOOR)))


def reliability(forecasts: npt.ArrayLike, happened: npt.ArrayLike, bins: int = BINS) -> tuple[Bin, ...]:
    """Return how often the foremost responses came, in at most `bins` bins of about equal mass, the least sure first.

    Raises:
        ValueError: as `brier`, or fewer than one bin.
    """
    table, column = _check(forecasts, happened)
    sure, hit = table.max(axis=1), (table.argmax(axis=1) == column).astype(np.float64)
    return tuple(
        Bin(n=len(members), forecast=float(sure[members].mean()), frequency=float(hit[members].mean()))
        for members in _bins(sure, bins)
    )


def ece(forecasts: npt.ArrayLike, happened: npt.ArrayLike, bins: int = BINS) -> float:
    """Return the mean over cases of |forecast - frequency| of their bins.

    Raises:
        ValueError: as `reliability`.
    """
    table, column = _check(forecasts, happened)
    sure, hit = table.max(axis=1), table.argmax(axis=1) == column
    return float(np.abs((sure - hit) @ _membership(sure, bins)).sum() / len(sure))


def expected_ece(forecasts: npt.ArrayLike, rng: np.random.Generator, bins: int = BINS, draws: int = 200) -> float:
    """Return the mean calibration error if each case came out as likely as it was foretold, over `draws`.

    Raises:
        ValueError: as `reliability`.
    """
    table, _ = _check(forecasts, np.zeros(len(np.asarray(forecasts)), dtype=np.int64))
    sure = table.max(axis=1)
    hits = rng.random((draws, len(sure))) < sure
    return float(np.abs((sure - hits) @ _membership(sure, bins)).sum(axis=1).mean() / len(sure))


def score(
    forecasts: Sequence[Mapping[str, float]],
    responses: Sequence[str],
    rng: np.random.Generator,
    *,
    clusters: Sequence[object] | None = None,
    bins: int = BINS,
) -> Summary:
    """Return brier, log_score, accuracy, ece and ece_expected with intervals of 95 %, where there are any.

    Means have BCa intervals (`embodied.statistics`). That of `ece` is of percentiles of resampled cases in their bins,
    reflected about the value (the basic bootstrap: resampling adds to a calibration error what few cases add) and cut
    to at least 0 and to hold the value.

    Args:
        forecasts, responses: of the same cases. rng: draws the resamples.
        clusters: what cases share, as in `bootstrap_means`. bins: of the calibration error.

    Raises:
        ValueError: no cases, or see `tabulate`.
    """
    if not forecasts:
        raise ValueError("forecasts: expected at least one case, got none; draw some")
    table, column, _ = tabulate(forecasts, responses)
    names = ("brier", "log_score", "accuracy")
    hit = (table.argmax(axis=1) == column).astype(np.float64)
    values = np.stack([brier(table, column), log_score(table, column), hit], axis=1)
    result: Summary = {}
    for name, mean, interval in zip(names, values.mean(axis=0), bootstrap_means(values, rng, clusters), strict=True):
        result[name] = {"value": float(mean)} | ({} if interval is None else {"lo": interval[0], "hi": interval[1]})
    sure, value = table.max(axis=1), ece(table, column, bins)
    times = rng.multinomial(len(sure), np.full(len(sure), 1.0 / len(sure)), RESAMPLES)
    errors = np.abs((times * (sure - hit)) @ _membership(sure, bins)).sum(axis=1) / len(sure)
    drawn = np.quantile(errors, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    low, high = max(2 * value - float(drawn[1]), 0.0), max(2 * value - float(drawn[0]), value)
    result["ece"] = {"value": value} | ({"lo": min(low, value), "hi": high} if low < high else {})
    result["ece_expected"] = {"value": expected_ece(table, rng, bins)}
    return result


def _membership(sure: FloatArray, bins: int) -> FloatArray:
    """Return (n, B) 1 where a case is in a bin, else 0."""
    groups = _bins(sure, bins)
    table = np.zeros((len(sure), len(groups)))
    for number, members in enumerate(groups):
        table[members, number] = 1.0
    return table


def _bins(sure: FloatArray, bins: int) -> list[IntArray]:
    """Return which cases are in each bin: as many in each as equal forecasts allow that stay together."""
    if bins < 1:
        raise ValueError(f"bins: expected 1 or more, got {bins}; take {BINS}")
    order = np.argsort(sure, kind="stable")
    sorted_ = sure[order]
    ends = np.searchsorted(sorted_, sorted_[np.linspace(0, len(sure), bins + 1).astype(int)[1:] - 1], side="right")
    starts = np.concatenate([[0], np.unique(ends)])
    return [order[a:b] for a, b in pairwise(starts.tolist()) if b > a]


def _check(forecasts: npt.ArrayLike, happened: npt.ArrayLike) -> tuple[FloatArray, IntArray]:
    table, column = np.asarray(forecasts, dtype=np.float64), np.asarray(happened)
    if table.ndim != 2 or column.shape != table.shape[:1] or not len(table):
        raise ValueError(f"forecasts: expected (n, K) and (n,), got {table.shape} and {column.shape}; pair them")
    if not np.all((table >= 0.0) & (table <= 1.0 + SUM)) or np.any(np.abs(table.sum(axis=1) - 1.0) > SUM):
        raise ValueError("forecasts: expected rows of probabilities that sum to 1; normalise them")
    if not np.issubdtype(column.dtype, np.integer) or column.min() < 0 or column.max() >= table.shape[1]:
        raise ValueError(f"happened: expected columns from 0 to {table.shape[1] - 1}, got {column.dtype}; mend them")
    return table, column.astype(np.int64)
