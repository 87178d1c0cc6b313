"""Gymnasium ids; called by Gymnasium itself through the entry point `gymnasium.envs`."""

from gymnasium.envs.registration import register


def register_environments() -> None:
    """Register `embodied/DirectionInquiry-v0` (the namespace comes from the entry point)."""
    register(id="DirectionInquiry-v0", entry_point="embodied.env:DirectionInquiryEnv")
