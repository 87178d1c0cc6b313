"""What is said of two people who meet, and which meeting a text tells of."""

from __future__ import annotations

import re

# Roles, and what is said of both, of the first and of the second.
WORDS: dict[str, tuple[tuple[str, str], str, str, str]] = {
    "handshake": (("alike", "alike"), "Two people shake hands.", "A person shakes the hand of another.",
        "A person shakes the hand of another.",
    ),
    "hug": (("alike", "alike"), "Two people hug.", "A person hugs another.", "A person hugs another."),
    "high_five": (("alike", "alike"), "Two people high-five.", "A person claps a raised hand with another.",
        "A person claps a raised hand with another.",
    ),
    "exchange": (
        ("giver", "receiver"), "One person hands something over to another.", "A person hands something over.",
        "A person takes what another hands over.",
    ),
    "wave": (
        ("actor", "reactor"), "Two people wave to each other.", "A person waves to another.", "A person waves back.",
    ),
    "bow": (("actor", "reactor"), "Two people bow to each other.", "A person bows to another.", "A person bows back."),
    "approach": (
        ("actor", "reactor"), "One person walks up to another.", "A person walks up to another.",
        "A person stands and waits for another who comes.",
    ),
    "depart": (
        ("actor", "reactor"), "One person turns and walks away from another.", "A person turns and walks away.",
        "A person stands and looks after another who goes.",
    ),
    "point": (
        ("actor", "reactor"), "One person points somewhere and another looks there.", "A person points somewhere.",
        "A person looks where another points.",
    ),
    "talk": (
        ("speaker", "listener"), "Two people talk with each other.", "A person talks, then listens.",
        "A person listens and nods, then talks.",
    ),
}  # fmt: skip
_THING = r"(over|out|back|an?|the|something|some|it|him|her|them|another)"
_HAND_OVER = (
    rf"\bhand(s|ed|ing)? {_THING}\b|\bexchang|\bhandover"
    rf"|\b(giv(e|es|ing|en)|gave|pass(es|ed|ing)?|offer(s|ed|ing)?) {_THING}\b"
    r"|\b(tak(e|es|ing)|took|receiv(e|es|ed|ing)|gets?|got) .*\bfrom\b"
)
# The first that a text has names the meeting.
_TOLD: tuple[tuple[str, str], ...] = (
    ("high_five", r"\bhigh[- ]?fiv|\b(clap|slap)(s|ped|ping)? .*hands? together|\bgive\w* .*\bfive\b"),
    ("handshake", r"\b(shak(e|es|ing)|shook)\b.*\bhands?\b|\bhand-?shak"),
    ("hug", r"\bhug(s|ged|ging)?\b|\bembrac|\bcuddl"),
    ("bow", r"\bbow(s|ed|ing)?\b"),
    ("wave", r"\bwav(e|es|ed|ing)\b|\bgreet(s|ed|ing)?\b"),
    ("exchange", _HAND_OVER),
    ("point", r"\bpoint(s|ed|ing)?\b"),
    ("talk", r"\b(talk|speak|chat|convers|discuss|argu|tell)|\bspoke\b|\btold\b"),
    ("depart", r"\b(walk|go|mov|turn|step)\w* .*\b(away|off)\b|\b(leav|depart)(e|es|s|ing|ed)?\b|\bpart(s|ed)? ways\b"),
    ("approach", r"\bapproach|\b(walk|com|go|step|mov)\w* (up |over |closer )?(to|towards?)\b|\bmeets?\b"),
)


def meeting_of(text: str) -> str | None:
    """Return which of MEETINGS a text tells of, or None."""
    told = text.lower().replace("\u2019", "'")
    return next((kind for kind, pattern in _TOLD if re.search(pattern, told)), None)
