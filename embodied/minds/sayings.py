"""What people say to each other and to robots, by occasion: templates with gaps, of which one is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# {name}: " Ana" or ""; {hazard}: without its article; {doing}: "work"; {memory}: a sentence.
SAYINGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "greet": ("Hello{name}!", "Hi{name}.", "Hey{name}!", "Hello{name}, nice to see you.", "Good {daytime}{name}!"),
        "greet stranger": ("Hello.", "Good {daytime}.", "Hi there.", "Hello, can I help you?"),
        "greet and ask": (
            "Hi{name}, how are you?",
            "Hello{name}! What are you up to?",
            "Hey{name}, how are things?",
            "Good {daytime}{name}, how is your day?",
            "Hello{name}, I have not seen you for a while.",
        ),
        "chat": (
            "I am well, thanks. How about you?",
            "It is quite busy here today, is it not?",
            "Not much new with me. And you?",
            "A good {daytime} to be outside.",
            "I cannot complain. What are you doing here?",
        ),
        "chat about plan": (
            "I am about to {doing}.",
            "I am here to {doing}, and you?",
            "Next I am going to {doing}.",
            "I am out to {doing} today.",
        ),
        "chat about robot": (
            "Have you seen that robot?",
            "Look, there is a robot over there.",
            "What do you think that robot is doing?",
            "There are robots everywhere these days.",
        ),
        "tell": (
            "Did you know? {memory}",
            "By the way: {memory}",
            "Listen to this: {memory}",
            "I must tell you: {memory}",
        ),
        "bye": (
            "Bye!",
            "See you!",
            "Goodbye{name}.",
            "Have a nice {daytime}!",
            "Take care{name}!",
            "See you around{name}.",
        ),
        "bye in a hurry": (
            "Sorry, I have to go. Bye!",
            "I must hurry, see you!",
            "I am late, bye{name}!",
            "Sorry{name}, I have to {doing}. See you!",
        ),
        "answer": (
            "As far as I know: {memory}",
            "I remember this: {memory}",
            "I think I can tell you. {memory}",
            "Yes. {memory}",
            "What I know is this: {memory}",
        ),
        "unknown": (
            "Sorry, I do not know.",
            "I have no idea, sorry.",
            "I am afraid I cannot tell you.",
            "No idea. Maybe ask somebody else.",
            "I would have to guess, sorry.",
        ),
        "refuse": (
            "Sorry, I am in a hurry.",
            "Not now, please.",
            "I have no time, sorry.",
            "Sorry, I have to {doing}.",
            "Please ask somebody else.",
        ),
        "agree to come": (
            "Yes, let us go.",
            "Good idea, I am coming.",
            "With pleasure!",
            "Sure, why not.",
            "I would love to.",
        ),
        "refuse to come": (
            "Sorry, I have to {doing}.",
            "Another time, I have to {doing}.",
            "Thanks, but I cannot: I have to {doing}.",
        ),
        "rather not come": ("Thanks, but not today.", "I would rather not.", "Maybe another time.", "No, thank you."),
        "agree to help": (
            "Of course.",
            "Sure, I will help you.",
            "Yes, what can I do?",
            "No problem, I am coming.",
            "Gladly.",
        ),
        "make way": ("Of course, sorry.", "Oh, go ahead.", "Sure, there you go.", "Sorry, I am in the way."),
        "stay": ("I was here first.", "Go round, please.", "There is room enough.", "You can wait, too."),
        "thank for warning": (
            "Thanks for the warning!",
            "Oh, thank you, I will take care.",
            "Thanks, I had not seen it.",
        ),
        "thank": ("Thank you!", "Thanks a lot{name}.", "That helps, thanks.", "Thanks, good to know."),
        "welcome": ("You are welcome.", "No problem.", "Not at all.", "My pleasure."),
        "never mind": ("Never mind.", "All right.", "That is fine.", "No problem."),
        "sorry": ("I am sorry.", "Oh, sorry about that.", "Sorry, I did not mean to."),
        "warn": (
            "Watch out, {hazard}!",
            "Careful, {hazard} over there!",
            "Look out: {hazard}!",
            "Mind the {hazard}!",
            "Be careful of the {hazard} over there.",
        ),
        "warn and run": (
            "{hazard}! Get away!",
            "{hazard}! Run!",
            "Out of here, {hazard}!",
            "Get back from the {hazard}!",
        ),
        "threaten": (
            "Stop right there!",
            "You are not going through here.",
            "Where do you think you are going?",
            "Go away!",
        ),
        "marvel": ("Oh, look at that!", "A robot!", "What is that?", "Hello, what are you doing here?"),
    }
)


def daytime(minute: int) -> str:
    """Return what people call a minute of the day when they greet."""
    return "morning" if minute < 12 * 60 else "afternoon" if minute < 18 * 60 else "evening"
