"""Tracks for the tests of social measures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from safety.report import Tracks

Maker = Callable[..., Tracks]


def make_tracks(robot: Any, *people: Any, dt: float = 0.1, radii: float = 0.3, **fields: Any) -> Tracks:
    """Return tracks of a robot (T, 2) and people, each (T, 2) or one place (2,), all with the same radius."""
    robot = np.asarray(robot, dtype=float)
    shape = (len(robot), 2)
    columns = [np.broadcast_to(np.asarray(person, dtype=float), shape) for person in people]
    stacked = np.stack(columns, axis=1) if columns else np.empty((len(robot), 0, 2))
    values: dict[str, Any] = {
        "times": dt * np.arange(len(robot)),
        "robot": robot,
        "robot_radius": radii,
        "people": stacked,
        "people_radii": np.full(len(columns), radii),
        "contacts": np.zeros(stacked.shape[:2], dtype=bool),
    }
    return Tracks(**{**values, **fields})


def make_line(start: tuple[float, float], velocity: tuple[float, float], steps: int = 101, dt: float = 0.1) -> Any:
    """Return (T, 2) places along a straight line."""
    return np.array(start) + dt * np.arange(steps)[:, None] * np.array(velocity)


@pytest.fixture(scope="session")
def tracks_of() -> Maker:
    return make_tracks


@pytest.fixture(scope="session")
def line() -> Callable[..., Any]:
    return make_line
