"""Whole numbers from shares: largest remainders for one table, controlled rounding for tables that share variables.

A marginal table is rounded by largest remainders (Hamilton's method), which is the nearest whole table in every norm.
A joint table is first fitted to its real margins by iterative proportional fitting (Deming and Stephan, Ann. Math.
Statist. 11, 1940), then rounded with the margins that are fixed already: the nearest whole table (least squares), found
as a convex transportation problem, whose optimum is whole. Cells of weight 0 stay 0.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

ROUNDS = 500  # of proportional fitting at most
FITTED = 1e-10  # the greatest difference of a margin after it
SLACK = 3  # whole numbers below and above the real cell among which a cell is chosen one by one


def largest_remainder(shares: FloatArray, total: int) -> IntArray:
    """Return whole numbers in proportion to `shares` (K,) that sum to `total`; of equal remainders the first wins."""
    exact = total * shares / shares.sum()
    exact = np.where(np.abs(exact - np.round(exact)) < 1e-9, np.round(exact), exact)
    counts: IntArray = np.floor(exact).astype(np.int64)
    order = np.argsort(-np.round(exact - counts, 9), kind="stable")
    counts[order[: total - int(counts.sum())]] += 1
    return counts


def fit(weights: FloatArray, rows: FloatArray, columns: FloatArray | None) -> FloatArray:
    """Return `weights` (R, C) scaled to the margins `rows` (R,) and, unless None, `columns` (C,).

    Raises:
        ValueError: the cells of weight 0 do not allow these margins.
    """
    table: FloatArray = weights.astype(np.float64)
    for _ in range(ROUNDS):
        sums = table.sum(axis=1)
        if np.any((sums <= 0) & (rows > 0)):
            raise ValueError("expected a weight above 0 in every row that has people, got a row of zeros")
        table *= np.divide(rows, sums, out=np.zeros_like(sums), where=sums > 0)[:, None]
        if columns is None:
            return table
        sums = table.sum(axis=0)
        if np.abs(sums - columns).max() < FITTED:
            return table
        if np.any((sums <= 0) & (columns > 0)):
            raise ValueError("expected a weight above 0 in every column that has people, got a column of zeros")
        table *= np.divide(columns, sums, out=np.zeros_like(sums), where=sums > 0)[None, :]
    raise ValueError("expected margins that the cells above 0 allow together, got some that they do not")


def round_table(exact: FloatArray, allowed: BoolArray, rows: IntArray, columns: FloatArray) -> IntArray:
    """Return the whole table (R, C) nearest to `exact` with the margins `rows` (R,) and 0 where not `allowed`.

    Its column sums are the largest remainders of the shares `columns` (C,) where the allowed cells make that possible
    (seven children have no baker), else the nearest that are.

    Raises:
        ValueError: a row has people and no cell for them.
    """
    if np.any((rows > 0) & ~allowed.any(axis=1)):
        raise ValueError("expected a weight above 0 in every row that has people, got a row of zeros")
    sums = largest_remainder(columns, int(rows.sum()))
    table = _nearest_cells(exact, allowed, rows, sums)
    if table is None:
        sums = _nearest_sums(allowed, rows, columns / columns.sum() * rows.sum())
        table = _nearest_cells(exact, allowed, rows, sums)
    assert table is not None  # these sums are those of a table
    return table


def _nearest_cells(exact: FloatArray, allowed: BoolArray, rows: IntArray, sums: IntArray) -> IntArray | None:
    """Return the whole table with margins `rows` and `sums` that is nearest to `exact`, or None if there is none."""
    row, column = np.nonzero(allowed)
    cost, most = _steps(exact[allowed], int(rows.sum()))
    parts = cost.shape[1]
    owners = np.concatenate([np.repeat(row, parts), np.repeat(column + len(rows), parts)])
    members = np.tile(np.arange(cost.size), 2)
    ties = 1e-6 * np.arange(cost.size) / cost.size  # the first of equals
    solution = _solve(cost.ravel() + ties, most.ravel(), owners, members, np.ones(len(owners)), [*rows, *sums])
    if solution is None:
        return None
    table = np.zeros(exact.shape, dtype=np.int64)
    table[allowed] = solution.reshape(-1, parts).sum(axis=1)
    return table


def _nearest_sums(allowed: BoolArray, rows: IntArray, columns: FloatArray) -> IntArray:
    """Return the whole column sums nearest to `columns` (C,) of a table with margins `rows`."""
    row, column = np.nonzero(allowed)
    cost, most = _steps(columns, int(rows.sum()))
    cells, parts = np.arange(len(row)), len(row) + np.arange(cost.size)
    owners = np.concatenate([row, column + len(rows), np.repeat(np.arange(len(columns)), cost.shape[1]) + len(rows)])
    signs = np.concatenate([np.ones(2 * len(row)), -np.ones(cost.size)])
    solution = _solve(
        np.concatenate([np.zeros(len(row)), cost.ravel()]),
        np.concatenate([np.full(len(row), float(rows.sum())), most.ravel()]),
        owners,
        np.concatenate([cells, cells, parts]),
        signs,
        [*rows, *np.zeros(len(columns))],
    )
    assert solution is not None  # every row has a cell
    return np.bincount(column, weights=solution[: len(row)], minlength=len(columns)).astype(np.int64)


def _steps(targets: FloatArray, total: int) -> tuple[FloatArray, FloatArray]:
    """Return cost and size, (K, 2 SLACK + 4) each, of the steps by which a number grows from 0 past its target.

    The cost of a unit is what it adds to the squared distance from the target; it rises, so steps fill in order. Near
    the target units are taken one by one, below and above it together.
    """
    base = np.maximum(np.floor(targets) - SLACK, 0.0)[:, None]
    cost = 2.0 * (base + np.arange(2 * SLACK + 2) - targets[:, None]) + 1.0
    costs = np.hstack([cost[:, :1] - 1.0, cost, cost[:, -1:] + 1.0])
    return costs, np.hstack([base, np.ones_like(cost), np.full_like(base, total)])


def _solve(
    cost: FloatArray, most: FloatArray, lines: IntArray, members: IntArray, signs: FloatArray, sums: list[float]
) -> FloatArray | None:
    """Return the cheapest whole numbers from 0 to `most` whose signed sums over each line are `sums`, or None."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_matrix

    matrix = csr_matrix((signs, (lines, members)), shape=(len(sums), len(cost)))
    solved = milp(
        cost,
        integrality=np.ones(len(cost)),
        bounds=Bounds(0.0, most),
        constraints=LinearConstraint(matrix, sums, sums),
        options={"mip_rel_gap": 0.0},
    )
    if solved.x is None:
        return None
    amounts: FloatArray = np.round(solved.x)
    return amounts
