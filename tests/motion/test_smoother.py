"""The course that fits places, speeds and feet best."""

from __future__ import annotations

import numpy as np
import pytest

from motion.smoother import course_of, turned

CLOCK = np.arange(90) / 30.0


def test_what_says_the_same_is_as_it_was() -> None:
    course = np.column_stack([1.2 * CLOCK + 0.5, np.sin(CLOCK)])
    speeds = np.column_stack([np.full(90, 1.2), np.cos(CLOCK + 0.5 / 30.0)]).reshape(30, 3, 2).mean(axis=1)
    assert np.abs(course_of(course[1::3], speeds) - course).max() < 2e-3


def test_noise_of_places_is_not_that_of_the_course_and_feet_that_stand_stay() -> None:
    rng = np.random.default_rng(0)
    course = np.column_stack([1.2 * CLOCK, 0.0 * CLOCK])
    places = course[1::3] + 0.03 * rng.standard_normal((30, 2))
    speeds = np.tile([1.2, 0.0], (30, 1)) + 0.03 * rng.standard_normal((30, 2))
    made = course_of(places, speeds)
    assert np.linalg.norm(made - course, axis=1).max() < 0.05
    assert np.abs(np.diff(made, n=3, axis=0)).max() * 30.0**3 < 30.0
    stands = np.zeros((90, 2))
    stands[30:60, 0] = 1.0
    feet = np.zeros((90, 2, 2))
    feet[:, 0, 0] = -1.3 * CLOCK  # a foot that would slide at 0.1 m/s
    planted = course_of(places, speeds, feet, stands)
    slides = np.diff(planted + feet[:, 0], axis=0)[30:59] * 30.0
    before = np.diff(made + feet[:, 0], axis=0)[30:59] * 30.0
    assert np.abs(slides[:, 0]).mean() < 0.05 < 0.08 < np.abs(before[:, 0]).mean()
    assert np.linalg.norm(planted[[0, -1]] - course[[0, -1]], axis=1).max() < 0.1


@pytest.mark.parametrize("yaw", [0.0, 0.7, -2.5])
def test_vectors_are_turned_to_the_left(yaw: float) -> None:
    assert turned(np.array([[1.0, 0.0], [0.0, 2.0]]), np.full(2, yaw)) == pytest.approx(
        np.array([[np.cos(yaw), np.sin(yaw)], [-2.0 * np.sin(yaw), 2.0 * np.cos(yaw)]])
    )
