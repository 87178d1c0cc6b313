"""Words on pictures: the font, wrapping, and who says what when."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from PIL import ImageFont

from embodied.log import EpisodeLog

SHORTEST = 2.5  # s, a subtitle stays at least so long
READING = 15.0  # characters per second, the usual limit of subtitles (BBC guidelines: 160-180 words per minute)

_PLAIN = str.maketrans({0x2013: "-", 0x2014: "-", 0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"'})


@dataclass(frozen=True, slots=True, kw_only=True)
class Caption:
    """Words to show from `start` to `end`, seconds; `who` says them, entity `speaker` (0 the robot)."""

    speaker: int
    who: str
    text: str
    start: float
    end: float


@lru_cache(maxsize=16)
def font(size: int) -> ImageFont.FreeTypeFont:
    """Return Pillow's own font (Aileron, Latin letters) in a size, pixels."""
    letters = ImageFont.load_default(size)
    assert isinstance(letters, ImageFont.FreeTypeFont)
    return letters


def printable(text: str) -> str:
    """Return `text` in letters that the font has: accents and odd dashes go, what is left becomes a question mark."""
    plain = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(letters.encode("ascii", "replace").decode("ascii").split())


def wrap(text: str, letters: ImageFont.FreeTypeFont, width: float, lines: int) -> list[str]:
    """Return `text` in at most `lines` lines no wider than `width` pixels; what does not fit ends in dots."""
    rows: list[str] = [""]
    for word in text.split():
        longer = f"{rows[-1]} {word}".strip()
        if letters.getlength(longer) <= width:
            rows[-1] = longer
            continue
        while letters.getlength(word) > width:
            cut = max(n for n in range(1, len(word)) if n == 1 or letters.getlength(word[:n]) <= width)
            rows, word = [*rows, word[:cut]], word[cut:]
        rows.append(word)
    rows = [row for row in rows if row]
    if len(rows) > lines:
        last = rows[lines - 1]
        while last and letters.getlength(last + "...") > width:
            last = last[:-1]
        rows = [*rows[: lines - 1], last.rstrip() + "..."]
    return rows


def describe_people(log: EpisodeLog) -> dict[int, str]:
    """Return words for everybody who appears, by person_id: "person 3, woman, red coat"."""
    people = {}
    for event in log.events_of("person"):
        look = event.get("description", "")
        people[int(event["entity"])] = f"person {event['entity']}" + (f", {look}" if look else "")
    return people


def read_captions(log: EpisodeLog) -> list[Caption]:
    """Return what is said in an episode, shown from its start until it is over and could be read."""
    people, captions = {0: "robot"} | describe_people(log), []
    for event in log.events_of("speech"):
        start, speaker = float(event.get("start", event["time"])), int(event["speaker"])
        who = people.get(speaker, f"person {speaker}")
        people[speaker] = who.partition(",")[0]  # the whole description once
        reading = start + max(SHORTEST, len(event["text"]) / READING)
        captions.append(
            Caption(
                speaker=speaker,
                who=who,
                text=event["text"],
                start=start,
                end=max(float(event.get("end", start)), reading),
            )
        )
    return sorted(captions, key=lambda caption: caption.start)


def current(captions: Sequence[Caption], time: float, most: int = 2) -> list[Caption]:
    """Return the captions to show at `time`, the latest `most`, oldest first."""
    return [caption for caption in captions if caption.start <= time < caption.end][-most:]
