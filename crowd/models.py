"""The models that step a crowd, by name."""

from __future__ import annotations

from crowd.planned import Planned
from crowd.replay import Replay
from crowd.social_force import SocialForce
from crowd.trajectory import CrowdModel

CROWD_MODELS: dict[str, type[CrowdModel]] = {
    "social_force": SocialForce,
    "plan_diffusion": Planned,
    "replay": Replay,
}
