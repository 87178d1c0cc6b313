"""Dialogue acts: the 18 of TEACh, and the plain words for them that people of this simulator use.

P. Padmakumar et al., TEACh: Task-driven Embodied Agents that Chat, AAAI 2022, with the acts of S. Gella et al., Dialog
Acts for Task-Driven Embodied Agents, SIGDIAL 2022, as user agents are measured by (Philipov et al., arXiv 2410.23535).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# Act -> how often it occurs in TEACh, and which share of it the commander says (Philipov et al., table of acts).
TEACH: Mapping[str, tuple[int, float]] = MappingProxyType(
    {
        "Instruction": (11019, 0.994),
        "Acknowledge": (7421, 0.214),
        "InformationOnObjectDetails": (6946, 0.994),
        "RequestForInstruction": (4043, 0.007),
        "FeedbackPositive": (2745, 0.971),
        "Greetings/Salutations": (2565, 0.440),
        "RequestForObjectLocationAndOtherDetails": (2010, 0.003),
        "InformationOther": (1148, 0.888),
        "Confirm": (726, 0.258),
        "RequestOtherInfo": (675, 0.0075),
        "MiscOther": (607, 0.522),
        "RequestMore": (503, 0.002),
        "OtherInterfaceComment": (486, 0.601),
        "Affirm": (460, 0.783),
        "NotifyFailure": (408, 0.037),
        "Deny": (161, 0.729),
        "AlternateQuestions": (127, 0.277),
        "FeedbackNegative": (46, 0.957),
    }
)
# What people say to each other and to robots -> the act of TEACh that it is.
ACTS: Mapping[str, str] = MappingProxyType(
    {
        "greet": "Greetings/Salutations",
        "bye": "Greetings/Salutations",
        "ask": "RequestOtherInfo",
        "answer": "InformationOther",
        "inform": "InformationOther",
        "clarify": "AlternateQuestions",
        "confirm": "Confirm",
        "agree": "Affirm",
        "refuse": "Deny",
        "unknown": "NotifyFailure",
        "instruct": "Instruction",
        "warn": "InformationOther",
        "thank": "FeedbackPositive",
        "complain": "FeedbackNegative",
        "acknowledge": "Acknowledge",
        "chat": "MiscOther",
    }
)
