"""Compile the inner loops with Numba, once per machine where a cache can be written."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile `function`; the result is kept on disk, or in memory only where no folder can be written."""
    fast = {"nsz", "arcp", "contract", "afn", "reassoc"}  # NaN and infinity keep their meaning
    try:
        result: Callable[P, R] = njit(cache=True, fastmath=fast, error_model="numpy")(function)
    except RuntimeError:  # numba: "cannot cache function: no locator available"
        result = njit(fastmath=fast, error_model="numpy")(function)
    return result
