"""Rates with their intervals.

Wilson's score interval (Wilson 1927, JASA 22, 209) for one rate; for the difference of two and for their mean the
limits are recovered from the two Wilson intervals (Newcombe 1998, Statistics in Medicine 17, 873, method 10; Zou and
Donner 2008, Statistics in Medicine 27, 1693). All are 95 %, for independent trials.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

Z = 1.96  # standard normal quantile of 95 %, two-sided


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A share of trials, or what is made of two of them.

    Attributes:
        value: 0 to 1; of a difference -1 to 1. n: trials. lo, hi: 95 % interval.
    """

    value: float
    n: int
    lo: float
    hi: float


def rate(count: int, n: int) -> Rate | None:
    """Return the rate of `count` in `n` trials with Wilson's interval; None without trials, where there is no rate.

    Raises:
        ValueError: more than `n`, or less than none.
    """
    if not 0 <= count <= n:
        raise ValueError(f"count: expected 0 <= count <= n, got {count} of {n}; count again")
    if n == 0:
        return None
    p, q = count / n, Z * Z / n
    half = Z * math.sqrt(p * (1 - p) / n + q / (4 * n))
    low, high = (p + q / 2 - half) / (1 + q), (p + q / 2 + half) / (1 + q)
    return Rate(value=p, n=n, lo=0.0 if count == 0 else low, hi=1.0 if count == n else high)


def difference(first: Rate | None, second: Rate | None) -> Rate | None:
    """Return first - second of independent trials, with Newcombe's interval; None where one of them is."""
    if first is None or second is None:
        return None
    value = first.value - second.value
    down = math.hypot(first.value - first.lo, second.hi - second.value)
    up = math.hypot(first.hi - first.value, second.value - second.lo)
    return Rate(value=value, n=first.n + second.n, lo=max(value - down, -1.0), hi=min(value + up, 1.0))


def balance(first: Rate | None, second: Rate | None) -> Rate | None:
    """Return the mean of two rates of independent trials, each counting half; None where one of them is."""
    if first is None or second is None:
        return None
    value = (first.value + second.value) / 2
    down = math.hypot(first.value - first.lo, second.value - second.lo) / 2
    up = math.hypot(first.hi - first.value, second.hi - second.value) / 2
    return Rate(value=value, n=first.n + second.n, lo=max(value - down, 0.0), hi=min(value + up, 1.0))
