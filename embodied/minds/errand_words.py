"""What a person who gives a robot errands says, and the robot: templates by dialogue act; and what one sees it do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from embodied.minds.errand_world import Errand
from embodied.wording import the

# (act, topic) -> what can be said; {thing}, {place}, {box}, {what}, {other} are filled in.
WORDS: Mapping[tuple[str, str], Sequence[str]] = MappingProxyType(
    {
        ("Greetings/Salutations", "hello"): ("Hello!", "Hi there.", "Good morning.", "Hi!"),
        ("Greetings/Salutations", "bye"): ("Bye!", "Have a nice day.", "See you.", "Goodbye."),
        ("Acknowledge", ""): ("OK.", "All right.", "Sure.", "Will do.", "Got it."),
        ("RequestForInstruction", "first"): ("What should I do?", "How can I help?", "What shall I do today?"),
        ("RequestForInstruction", "next"): ("What next?", "Done. What should I do now?", "What is the next task?"),
        ("RequestMore", ""): ("Anything else?", "Is there anything else to do?", "Is there more?"),
        ("RequestForObjectLocationAndOtherDetails", ""): (
            "Where is {thing}?", "Where can I find {thing}?", "Do you know where {thing} is?",
        ),
        ("RequestOtherInfo", "look"): ("What does {thing} look like?", "How big is {thing}?", "Is {thing} heavy?"),
        ("RequestOtherInfo", "where"): ("Where are you now?", "How far are you?", "What are you doing?"),
        ("InformationOnObjectDetails", "where"): ("{thing} is at {place}.", "You find {thing} at {place}.",
                                                  "It is at {place}."),
        ("InformationOnObjectDetails", "box"): ("{thing} is in {box} at {place}.", "Look in {box}, it is at {place}."),
        ("InformationOnObjectDetails", "which"): ("I mean {thing}.", "{thing}.", "It is {thing} that I want."),
        ("InformationOnObjectDetails", "look"): ("It is small and easy to carry.", "You cannot miss it, it is large.",
                                                 "It is light, about a kilogram."),
        ("InformationOther", "done"): ("{what} is done.", "I have finished that.", "That is done now."),
        ("InformationOther", "where"): ("I am at {place}.", "I am near {place}.", "I have just come to {place}."),
        ("InformationOther", "way"): ("{place} is where it has to go.", "{place} is the right place.",
                                      "Mind the people on your way."),
        ("InformationOther", "time"): ("There is no hurry.", "We still have some time.", "I will wait here."),
        ("Confirm", "thing"): ("You mean {thing}?", "{thing}, is that right?", "So you want {thing}?"),
        ("Confirm", "have"): ("Have you found {thing}?", "Do you have {thing}?", "Did you get that?"),
        ("Affirm", ""): ("Yes.", "Yes, that is right.", "Exactly.", "Yes, please."),
        ("Deny", ""): ("No.", "No, that is not right.", "Not yet.", "No, not that."),
        ("Deny", "more"): ("No, that is all.", "No, nothing else.", "No, thank you."),
        ("AlternateQuestions", "thing"): ("{thing} or {other}?", "Do you mean {thing} or {other}?"),
        ("AlternateQuestions", "doing"): ("Are you still searching or already on your way back?",
                                          "Are you at {place} or still on your way?"),
        ("NotifyFailure", "find"): ("I cannot find {thing}.", "{thing} is not here.", "I have looked, but I do not "
                                    "see {thing}."),
        ("NotifyFailure", "do"): ("I cannot do that.", "That did not work.", "It does not work."),
        ("NotifyFailure", "script"): ("I do not know where it could be either.", "I am lost for ideas, leave it."),
        ("FeedbackPositive", ""): ("Good.", "Well done.", "Great, thank you.", "Very good.", "Thanks!"),
        ("FeedbackNegative", ""): ("That is wrong.", "Not good, that is the wrong one.", "You did that wrong."),
        ("MiscOther", ""): ("It is a nice day.", "So many people here.", "Hm.", "Let me think.", "Haha."),
        ("OtherInterfaceComment", "far"): ("I can hardly see you from here.", "You are too far away to see.",
                                           "I lost sight of you."),
        ("OtherInterfaceComment", "robot"): ("My camera is slow today.", "My battery is all right.",
                                             "The network is slow here."),
        ("OtherInterfaceComment", "slow"): ("The picture is stuck.", "My connection is bad.", "It takes a while."),
    }
)  # fmt: skip
INSTRUCTIONS: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "bring": ("Bring {thing} to {place}.", "Take {thing} to {place}, please.", "{thing} must go to {place}."),
        "fetch": ("Fetch me {thing}.", "Please bring me {thing}.", "I need {thing} here at {place}."),
        "put": ("Put {thing} into {box}.", "Please put {thing} in {box}.", "{thing} belongs in {box}."),
        "guide": ("Guide {thing} to {place}.", "Please show {thing} the way to {place}.", "Take {thing} to {place}."),
        "open": ("Open {thing}.", "Please open {thing}.", "{thing} has to be opened."),
        "wait": ("Wait at {place}.", "Go to {place} and wait there.", "Please wait at {place} for a while."),
        "take": ("Pick up {thing}.", "First get {thing}.", "Take {thing}."),
        "meet": ("Find {thing}.", "Meet {thing} first.", "First go to {thing}."),
    }
)
ACTIONS: Mapping[str, str] = MappingProxyType(
    {
        "go": "goes to {1}", "search": "looks round {0}", "take": "picks up {0}", "unpack": "takes {0} out of {1}",
        "open": "opens {0}", "put_down": "puts down {0} at {1}", "put_in": "puts {0} into {1}",
        "meet": "asks {0} to follow", "part": "leaves {0} at {1}", "wait": "waits", "stand": "stands still",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Words with what they mean to the two who talk; who watches has the act and the words alone.

    Attributes:
        act: one of `embodied.minds.acts.TEACH`. words: what is said. topic: which of the templates of the act.
        errand: what is asked for, or None. name: what it is about, "" if nothing. place, box: where that is.
    """

    act: str
    words: str
    topic: str = ""
    errand: Errand | None = None
    name: str = ""
    place: str = ""
    box: str = ""


def say(act: str, topic: str, rng: np.random.Generator, *, name: str = "", other: str = "", **more: str) -> Said:
    """Return something to say, in words that are drawn; `more`: place, box, what, as the templates need."""
    words = _fill(_pick(WORDS[act, topic], rng), {"thing": name, "other": other, "place": "", "box": "", **more})
    return Said(
        act=act, words=words, topic=topic, name=name, place=more.get("place", ""), box=more.get("box", "")
    )  # fmt: skip


def _pick(options: Sequence[str], rng: np.random.Generator) -> str:
    return options[int(rng.integers(len(options)))]


def _fill(text: str, names: Mapping[str, str]) -> str:
    words = text.format_map({key: the(name) if key != "what" else name for key, name in names.items()})
    return words[:1].upper() + words[1:]


def instruct(errand: Errand, rng: np.random.Generator, topic: str = "") -> Said:
    """Return an instruction; topic "again": it has been given before."""
    names = {"thing": errand.thing, "place": errand.place, "box": errand.box}
    words = _fill(_pick(INSTRUCTIONS[errand.kind], rng), names)
    return Said(act="Instruction", words=words, topic=topic, errand=errand, name=errand.thing)


def tell_goal(errands: Sequence[Errand]) -> str:
    """Return what somebody wants, a sentence for each errand."""
    said = []
    for errand in errands:
        names = {"thing": errand.thing, "place": errand.place, "box": errand.box}
        said.append(_fill(INSTRUCTIONS[errand.kind][0], names))
    return " ".join(said)


def describe(name: str, arguments: Sequence[str]) -> str:
    """Return what one sees who watches an action of the robot."""
    return ACTIONS[name].format(*(the(word) for word in arguments))
