"""The motion models by name."""

from __future__ import annotations

from motion.clip import MotionModel
from motion.gait import GaitModel

MOTION_MODELS: dict[str, type[MotionModel]] = {"gait": GaitModel}
