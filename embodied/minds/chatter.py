"""Words for what people say to each other: templates of our own, of which one is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

# Move of a conversation -> ways to say it. `{name}`: who is spoken to; `{me}`: who speaks; `{fact}`: a sentence;
# `{topic}`: whom or what it is about; `{day}`: morning, afternoon or evening.
SAYINGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "greet": ("Hi {name}!", "Hello {name}.", "Good {day}, {name}.", "Hey, good to see you, {name}."),
        "introduce": (
            "Good {day}. I don't think we have met, I'm {me}.",
            "Hello, I am {me}.",
            "Hi, my name is {me}.",
        ),
        "greet back": ("Hi {name}.", "Hello!", "Hello {name}, how nice.", "Good {day}!"),
        "introduce back": ("Nice to meet you. I'm {me}.", "Hello, I'm {me}.", "Pleased to meet you, my name is {me}."),
        "ask news": ("What's new?", "Anything new with you, {name}?", "What have you been up to?", "Any news?"),
        "nothing new": ("Nothing much.", "Not really, all as always.", "No, nothing special."),
        "ask about": (
            "Have you heard about {topic}?",
            "Did you hear about {topic}, {name}?",
            "Do you know the news about {topic}?",
        ),
        "unknown": ("No, what about {topic}?", "No, I haven't. Tell me.", "About {topic}? No, what is it?"),
        "tell": (
            "You know what? {fact}",
            "{fact}",
            "Guess what: {fact}",
            "By the way, {fact}",
            "Did you know? {fact}",
        ),
        "answer": ("Well, {fact}", "Yes: {fact}", "{fact}", "I can tell you something: {fact}"),
        "already": ("Yes, I know: {fact}", "Yes, I have heard: {fact}", "I heard that already: {fact}"),
        "invite": (
            "{fact} Would you like to come?",
            "{fact} Will you come?",
            "{fact} I would be glad if you came.",
        ),
        "agree": ("I'd love to, thank you!", "Yes, I will be there.", "Sure, I'll come."),
        "refuse": ("Sorry, I can't.", "I'm afraid I have no time then.", "I don't think I can make it, sorry."),
        "known": ("Yes, I have heard that.", "I know, people talk about it.", "That is no news to me."),
        "acknowledge": ("Oh, really?", "I didn't know that.", "Interesting!", "Is that so?", "Oh! Good to know."),
        "bye": ("Well, I have to go. Bye!", "I must be off. See you!", "So, see you soon.", "Right, back to it. Bye."),
        "bye back": ("Bye, {name}!", "See you, {name}.", "Take care!", "Have a good {day}!"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallTalk:
    """Something to talk about without news: ways to begin, ways to answer.

    `ages`: "all", or only among "adults" or "children"; `days`: the words of `daytime` that it fits.
    """

    says: tuple[str, ...]
    replies: tuple[str, ...]
    ages: str = "all"
    days: tuple[str, ...] = ("morning", "afternoon", "evening")


# Topic -> what one says and hears about it.
SMALL_TALK: Mapping[str, SmallTalk] = MappingProxyType(
    {
        "health": SmallTalk(
            says=("How are you today?", "How is everything going with you?", "How are you, {name}?"),
            replies=("Fine, thanks.", "Not too bad, thank you.", "I can't complain.", "A bit tired, but fine."),
        ),
        "weather": SmallTalk(
            says=("Nice {day}, isn't it?", "What a strange weather.", "I wonder if it will rain."),
            replies=("It is, for this time of the year.", "It will change again.", "It could be worse."),
        ),
        "crowds": SmallTalk(
            says=("It is quite busy here today.", "So many people about today."),
            replies=("Yes, it is always like that.", "I noticed that, too.", "Better than nobody at all."),
        ),
        "sleep": SmallTalk(
            says=("I did not sleep too well last night.", "I am still half asleep."),
            replies=("Same here.", "You should go to bed early tonight.", "Oh, I know what that is like."),
            days=("morning", "afternoon"),
        ),
        "tasks": SmallTalk(
            says=("I still have a lot to do today.", "There is so much to do at the moment."),
            replies=("Tell me about it.", "You will manage.", "Take your time."),
            days=("morning", "afternoon"),
        ),
        "week": SmallTalk(
            says=("It has been a long week already.", "This week does not want to end."),
            replies=("It will be over soon.", "I know what you mean.", "True."),
            ages="adults",
        ),
        "dinner": SmallTalk(
            says=("I am thinking about what to cook tonight.", "I have no idea what to eat tonight."),
            replies=("Something simple, I would say.", "Soup is always good.", "I have the same problem."),
            ages="adults",
            days=("afternoon",),
        ),
        "noise": SmallTalk(
            says=("They really should do something about the noise around here.",),
            replies=("You get used to it.", "Yes, it is getting worse.", "I don't hear it any more."),
            ages="adults",
        ),
        "looks": SmallTalk(
            says=("You look well, by the way.", "That jacket suits you."),
            replies=("Oh, thank you!", "You are too kind.", "Do you think so?"),
        ),
        "place": SmallTalk(
            says=("I like it here at this time of the day.", "One can really feel well here."),
            replies=("Me too.", "Yes, I like the light.", "Yes, it is nice."),
        ),
        "coat": SmallTalk(
            says=("It got cold so early this year, I had to look for my coat.",),
            replies=("Mine is still in the attic.", "Wait until it snows.", "I always feel cold."),
            days=("morning", "evening"),
        ),
        "prices": SmallTalk(
            says=("Prices are going up again, have you noticed?", "Everything has become so expensive."),
            replies=("Don't get me started.", "Yes, above all bread.", "And wages don't."),
            ages="adults",
        ),
        "holiday": SmallTalk(
            says=("I could do with a holiday, to be honest.", "I would like to see the sea again."),
            replies=("So could I.", "Where would you go?", "It is not long until summer."),
            ages="adults",
        ),
        "feet": SmallTalk(
            says=("I have been on my feet all day.", "What a day."),
            replies=("Then sit down for a while.", "Soon you can rest.", "Same here."),
            ages="adults",
            days=("evening",),
        ),
        "family": SmallTalk(
            says=("How is everybody at home?", "And your family, are they well?"),
            replies=("All well, thank you.", "As always.", "Fine, thanks for asking."),
            ages="adults",
        ),
        "book": SmallTalk(
            says=("I am reading a good book at the moment.", "Have you read anything good lately?"),
            replies=("I hardly find the time to read.", "You must lend me one.", "I prefer films."),
        ),
        "game": SmallTalk(
            says=("Do you want to play something?", "I know a new game."),
            replies=("Yes! Let's play catch.", "Later, maybe.", "Show me!"),
            ages="children",
            days=("afternoon", "evening"),
        ),
        "homework": SmallTalk(
            says=("Have you done your homework?", "We have so much homework."),
            replies=("Not yet.", "Nearly.", "I did it at breakfast."),
            ages="children",
        ),
        "ice cream": SmallTalk(
            says=("I would like an ice cream.", "Which ice cream do you like best?"),
            replies=("Me too!", "Strawberry.", "Lemon is the best."),
            ages="children",
        ),
    }
)
# Move -> dialogue act of `embodied.minds.acts`.
ACT_OF: Mapping[str, str] = MappingProxyType(
    {
        "greet": "greet", "greet back": "greet", "introduce": "greet", "introduce back": "greet", "chat": "chat",
        "chat back": "chat", "ask news": "ask", "nothing new": "answer", "ask about": "ask", "unknown": "unknown",
        "tell": "inform", "answer": "answer", "already": "confirm", "invite": "ask", "agree": "agree",
        "refuse": "refuse", "known": "confirm", "acknowledge": "acknowledge", "bye": "bye", "bye back": "bye",
    }
)  # fmt: skip


def put(move: str, rng: np.random.Generator, *, topic: str = "", **words: str) -> str:
    """Return one of the ways to say a move, with the words that it needs; `topic` as in `exchange.Turn`."""
    if move in ("chat", "chat back"):
        ways = SMALL_TALK[topic].says if move == "chat" else SMALL_TALK[topic].replies
    else:
        ways = SAYINGS[move]
    return ways[int(rng.integers(len(ways)))].format(topic=topic, **words)


def topics(ages: str, day: str) -> tuple[str, ...]:
    """Return what to talk about among `ages` ("adults", "children" or both: "all") at a time of the day."""
    return tuple(name for name, talk in SMALL_TALK.items() if talk.ages in ("all", ages) and day in talk.days)


def daytime(time: float) -> str:
    """Return the word for a time, seconds since some midnight."""
    hour = time / 3600.0 % 24.0
    return "morning" if 4.0 <= hour < 12.0 else "afternoon" if 12.0 <= hour < 18.0 else "evening"
