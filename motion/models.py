"""The motion models by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from motion.clip import MotionModel
from motion.gait import GaitModel


def _learned(variant: str) -> MotionModel:
    from motion.streaming import RollingModel  # torch is loaded only where it is needed
    from motion.weights import SHIPPED

    return RollingModel(SHIPPED[variant])


MOTION_MODELS: dict[str, Callable[[], MotionModel]] = {
    "gait": GaitModel,
    "learned": partial(_learned, "default"),
    "learned_cmu": partial(_learned, "cmu"),
}
