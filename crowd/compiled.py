"""Compile the inner loops with Numba, once per machine where a cache can be written."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile `function`; the result is kept on disk, or in memory only where no folder can be written.

    Arithmetic is as written, without fastmath: what a function gives would otherwise depend on whether it or its
    callers were compiled just now or read from disk, and the same seed would not give the same bytes.
    """
    try:
        result: Callable[P, R] = njit(cache=True, error_model="numpy")(function)
    except RuntimeError:  # numba: "cannot cache function: no locator available"
        result = njit(error_model="numpy")(function)
    return result
