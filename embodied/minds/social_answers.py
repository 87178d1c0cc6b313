"""Answers about others: what they believe, know, see, meant or will do; some are kept from who would misuse them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from embodied.minds.social_facts import ME
from embodied.minds.social_moment import SocialMoment

Answer = Callable[[SocialMoment, "re.Match[str]", str], str]
UNKNOWN = "I do not know."
TAKES = re.compile(r"\b(snatches|grabs|steals)\b")
SLIPS = re.compile(r"\b(stumbles|bumps|slips|trips)\b")
MEANS = re.compile(r"\b(pushes|kicks|throws|knocks over)\b")


def answer(moment: SocialMoment) -> bool:
    """Answer the last question that was asked."""
    for heard in reversed(moment.heard):
        if "?" not in heard.text:
            continue
        for pattern, find in QUESTIONS.items():
            match = re.search(pattern, heard.text, re.IGNORECASE)
            if match is not None:
                who = moment.speaker(heard)
                words = find(moment, match, who)
                act = "answer" if words != UNKNOWN else "unknown"
                return moment.say(words, f"person {heard.speaker}", act, "answer a question")
    return False


def _where_will(moment: SocialMoment, match: re.Match[str], asker: str) -> str:
    person, thing = match[1], match[2]
    place = moment.beliefs.where(ME if moment.egocentric else person, thing)
    return f"In the {place}." if place and " by " not in place else UNKNOWN


def _where_is(moment: SocialMoment, match: re.Match[str], asker: str) -> str:
    thing = match[1]
    if any(fact.who == asker and TAKES.search(fact.text) for fact in moment.facts if not fact.said):
        return "I will not tell you."
    place = moment.beliefs.where(ME, thing)
    if not place and thing in moment.visible:
        return "It is over there."
    return f"It is in the {place}." if place else UNKNOWN


def _thinks(moment: SocialMoment, match: re.Match[str], asker: str) -> str:
    person, place = match[1], match[2]
    inside, label = moment.beliefs.contents(place), moment.notes.labels.get(place, "")
    knows = moment.egocentric or person in moment.beliefs.peeked.get(place, set())
    words = inside if knows else label
    return f"{person} thinks: {words}." if words else UNKNOWN


def _inside(moment: SocialMoment, match: re.Match[str], asker: str) -> str:
    inside = moment.beliefs.contents(match[1])
    return f"There: {inside}." if inside else UNKNOWN


def _side(moment: SocialMoment, match: re.Match[str], asker: str) -> str:
    one, other, viewer = moment.place(match[1]), moment.place(match[2]), moment.place(match[3])
    if moment.egocentric:
        viewer = moment.place(ME)
    if one is None or other is None or viewer is None:
        return UNKNOWN
    to_one, to_other = one - viewer, other - viewer
    left = to_other[0] * to_one[1] - to_other[1] * to_one[0] > 0.0
    return "On the left." if left else "On the right."


def _knows(moment: SocialMoment, match: re.Match[str], asker: str) -> str:
    ignores, place, people = match[1] != "knows", match[2], (match[3], match[4])
    known = moment.beliefs.peeked.get(place, set())
    found = [one for one in people if (one in known) != ignores]
    return f"{found[0]}." if found else UNKNOWN


def _meant(moment: SocialMoment, match: re.Match[str], asker: str) -> str:
    sign = MEANS if match[1].lower() == "on purpose" else SLIPS
    for person in (match[2], match[3]):
        for fact in moment.facts:
            slipped = bool(SLIPS.search(fact.text))
            if fact.who == person and not fact.said and sign.search(fact.text) and slipped == (sign is SLIPS):
                return f"{person}."
    return UNKNOWN


def _which_seen(moment: SocialMoment, match: re.Match[str], asker: str) -> str:
    person, hidden, things = match[1], bool(match[2]), (match[3], match[4])
    if moment.place(person) is None:
        return UNKNOWN
    found = [thing for thing in things if moment.sees(person, thing) != hidden]
    return f"The {found[0]}." if found else UNKNOWN


def _rank(moment: SocialMoment, match: re.Match[str], asker: str) -> str:
    people = (match[2], match[3])
    yielded = {
        one: sum(fact.who == one and "gives way to" in fact.text for fact in moment.facts if not fact.said)
        for one in people
    }
    if yielded[people[0]] == yielded[people[1]]:
        return UNKNOWN
    weak = max(people, key=lambda one: yielded[one])
    strong = people[1] if weak == people[0] else people[0]
    return f"{weak if match[1].lower() == 'give way' else strong}."


QUESTIONS: Mapping[str, Answer] = {  # the first that fits
    r"who (knows|does not know) what is in the (.+?), (\S+) or (\S+)\?": _knows,
    r"where will (\S+) look for the ([^?]+)\?": _where_will,
    r"where is the ([^?]+?)(?: now)?\?": _where_is,
    r"what does (\S+) think is in the ([^?]+)\?": _thinks,
    r"what is (?:really )?in the ([^?]+)\?": _inside,
    r"is the (.+?) left or right of the (.+?) for (\S+)\?": _side,
    r"who did it (on purpose|by accident), (\S+) or (\S+)\?": _meant,
    r"which one can (\S+) (not )?see, the (.+?) or the (.+?)\?": _which_seen,
    r"who will (get|give way)[^,?]*, (\S+) or (\S+)\?": _rank,
}
