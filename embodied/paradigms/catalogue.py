"""The paradigms by name, in the order of their numbers."""

from __future__ import annotations

from embodied.paradigms import coordination, goal_directed, joint_attention, mental_state, multi_agent, norms, prosocial
from embodied.paradigms.play import Paradigm

PARADIGMS: dict[str, Paradigm] = {
    paradigm.name: paradigm
    for module in (mental_state, goal_directed, joint_attention, coordination, prosocial, norms, multi_agent)
    for paradigm in module.PARADIGMS
}
