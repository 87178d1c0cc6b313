from __future__ import annotations

import math

import numpy as np
import pytest

from crowd.neighbours import (
    FAINT,
    HIGH,
    HORIZON,
    LANES,
    PUSH,
    PUSH_RANGE,
    PUSH_TIME,
    WIDE,
    crowd_push,
    crowding,
    decay,
    repulsion,
    sort_into_cells,
)


@pytest.mark.parametrize("count", [1, 5, 16, 17, 60])
def test_the_push_of_many_is_the_sum_of_repulsions(count: int) -> None:
    rng = np.random.default_rng(count)
    bodies = np.full((6, 3 + count + LANES), np.nan, np.float32)  # what is beyond must not count
    bodies[:2, : 3 + count], bodies[2:4, : 3 + count] = (
        rng.uniform(-3, 3, (2, 3 + count)),
        rng.normal(0, 1, (2, 3 + count)),
    )
    bodies[4, : 3 + count], bodies[5, : 3 + count] = rng.uniform(0.2, 0.3, 3 + count), rng.integers(-1, 3, 3 + count)
    bodies[:, 3 + count :] = 0.0
    x, y, vx, vy, thin, party = 0.2, -0.1, 0.9, 0.4, 0.26, 1
    total = np.zeros(2)
    for bx, by, ex, ey, size, group in bodies[:, 3 : 3 + count].T.astype(float):
        rx, ry, wx, wy, contact = bx - x, by - y, vx - ex, vy - ey, thin + size
        time = min(max(rx * wx + ry * wy, 0.0) / max(wx * wx + wy * wy, 1e-6), HORIZON)
        felt = math.hypot(rx - wx * time, ry - wy * time) < contact + FAINT * PUSH_RANGE
        if felt and group != party and math.hypot(rx, ry) < 2.5:
            total += repulsion(rx, ry, wx, wy, vx, vy, contact, PUSH, PUSH_RANGE, PUSH_TIME, 1.0)
    pushes = np.empty_like(bodies[:2])
    found = crowd_push(bodies, 3, 3 + count, x, y, vx, vy, thin, party, 2.5, 1.0, pushes)
    assert np.allclose(found, total, atol=1e-4)
    alone = crowd_push(bodies, 3, 3 + count, x, y, vx, vy, thin, -1, 2.5, 1.0, pushes)
    assert count < 16 or not np.allclose(alone, found, atol=1e-3)  # its own party it does not mind


def test_decay_is_the_exponential() -> None:
    for value in np.linspace(0.0, 4.0, 41):
        assert decay(np.float32(value)) == pytest.approx(math.exp(-value), rel=1e-4)
    assert 0.0 <= decay(np.float32(16.0)) < 1e-6


def test_cells_hold_everybody_once_and_where_they_are() -> None:
    position = np.random.default_rng(0).uniform(-7, 9, (300, 2))
    order, start, x0, y0, columns, rows = sort_into_cells(position)
    assert sorted(order.tolist()) == list(range(300)) and start[-1] == 300 and len(start) == columns * rows + 1
    for cell in range(columns * rows):
        for k in order[start[cell] : start[cell + 1]]:
            place = int((position[k, 1] - y0) / HIGH) * columns + int((position[k, 0] - x0) / WIDE)
            assert place == cell


def test_crowding_counts_others_per_square_metre() -> None:
    ticks = np.arange(0.0, 40.0, 0.5) + 0.1
    grid = np.stack(np.meshgrid(ticks, ticks), -1).reshape(-1, 2)
    assert crowding(grid, 0.1, 0.1) == pytest.approx(4.0 - 1 / 1.25**2, rel=0.1)
    assert crowding(10.0 * grid, 1.0, 1.0) == 0.0
