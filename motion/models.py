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


def make_motion(name: str, reactor: str | None = None) -> MotionModel:
    """Return a new motion model of MOTION_MODELS, in which those who react move as a reactor says, if it can.

    MoReact makes bodies of the latents of the default single-person network; other models keep to their own ways.

    Raises:
        KeyError: there is no such model.
    """
    if name == "learned" and reactor == "moreact":
        from motion.reacting import Reactor
        from motion.streaming import RollingModel
        from motion.weights import SHIPPED

        return RollingModel(SHIPPED["default"], Reactor())
    return MOTION_MODELS[name]()


MOTION_MODELS: dict[str, Callable[[], MotionModel]] = {
    "gait": GaitModel,
    "learned": partial(_learned, "default"),
    "learned_cmu": partial(_learned, "cmu"),
}
