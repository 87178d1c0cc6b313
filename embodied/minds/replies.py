"""What people answer when they are spoken to: by the dialogue act, by traits, and by what they remember."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from embodied.minds.decision import WORDS
from embodied.minds.dialogue import Request, understand
from embodied.minds.intentions import FUN, go_on
from embodied.minds.moment import Moment, whom
from embodied.minds.sayings import daytime
from embodied.minds.similarity import HashedSimilarity
from embodied.minds.utility import Option

RELEVANT = 0.2  # similarity of a memory with a question that it may answer
NEW = 60.0  # s of silence after which a conversation is a new one
ANEW = 30.0  # s within which nobody says goodbye twice
TIRES = 0.35  # utility of ending a conversation, for each time that one has spoken
COMPANY = 30.0  # minutes that one goes with somebody
NEWS = 0.3  # share of what is said in a conversation that tells what one remembers, where there is something
TOPICS = 0.5  # share of what is said that is about what one does or sees

ANSWERS = (
    Option(name="answer", base=0.7, weights=(("helpfulness", 0.3), ("hurry", -0.1))),
    Option(name="refuse", base=0.0, weights=(("hurry", 0.15),)),
)
HELPS = (
    Option(name="help", base=0.4, weights=(("helpfulness", 0.4), ("hurry", -0.1))),
    Option(name="refuse", base=0.0, weights=(("hurry", 0.15),)),
)
COMES = (
    Option(name="come", base=0.2, weights=(("sociability", 0.35), ("hurry", -0.15))),
    Option(name="refuse", base=0.0),
)
GOES_ON = (
    Option(name="chat", base=0.7, weights=(("sociability", 0.35), ("hurry", -0.15))),
    Option(name="bye", base=0.0, weights=(("hurry", 0.15),)),
)

_INVITE = re.compile(
    r"\b(?:do you want to|would you like to|shall we|let'?s|let us|why don'?t we|how about|care to|are you coming|"
    r"come (?:along|with me|and)|join (?:me|us))\b",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"\b(?:step aside|make way|let me (?:pass|through)|out of (?:the|my) way|may i pass|move)\b", re.I)
_HELP = re.compile(r"\b(?:help|give (?:me|us) a hand|carry|hold this|follow me|assist)\b", re.IGNORECASE)
_WARNING = re.compile(r"\b(?:watch out|look out|careful|beware|danger|mind the)\b", re.IGNORECASE)
_UNDERSTOOD = {"greet": "greet", "thanks": "thank", "bye": "bye", "way": "ask", "confirm": "ask", "repeat": "ask"}
_OPEN = ("", "ask", "chat", "inform", "instruct", "confirm", "clarify")  # acts of which the words say more

_understand: Callable[[str], Request] = lru_cache(maxsize=4096)(understand)
_similarity = HashedSimilarity()


@lru_cache(maxsize=4096)
def read_act(text: str, act: str) -> str:
    """Return what is meant by words that came with an act ("": none): an act, or "invite", "help" or "aside"."""
    if act in _OPEN:
        for pattern, meant in ((_INVITE, "invite"), (_ASIDE, "aside")):
            if pattern.search(text):
                return meant
    if act == "instruct" or (act in ("", "ask") and _HELP.search(text)):
        return "help"
    if act == "" and _WARNING.search(text):
        return "warn"
    return act or _UNDERSTOOD.get(understand(text).act, "chat")


def asks_way(moment: Moment) -> bool:
    """Tell whether a robot asks for directions, or says what only who gives directions may understand."""
    heard = moment.heard
    if heard is None or heard.speaker not in (0, None) or heard.act not in ("", "ask", "confirm", "clarify"):
        return False
    if read_act(heard.text, heard.act) in ("invite", "aside", "warn"):
        return False
    return _understand(heard.text).act in ("way", "confirm", "repeat", "unclear")


def spoken_to(moment: Moment) -> bool:
    """Tell whether somebody speaks to the person."""
    return moment.heard is not None


def answer(moment: Moment) -> bool:
    """Answer what was said last; fail where it is a request for help."""
    heard = moment.heard
    if heard is None:
        return False
    act = read_act(heard.text, heard.act)
    if act not in _REPLIES:
        return False
    _REPLIES[act](moment)
    return True


def give_help(moment: Moment) -> bool:
    """Help who asks for it, or refuse."""
    heard = moment.heard
    if heard is None or read_act(heard.text, heard.act) != "help":
        return False
    if moment.choose(HELPS) == "help":
        target = _speaker(moment)
        activity = "follow" if target else "wait"
        reason = "was asked for help and is helpful enough"
        moment.decide(activity, "help", reason, target=target, speed=moment.speed(), minutes=COMPANY / 2)
        moment.say("agree", "agree to help")
    else:
        _talk(moment, "get on", "was asked for help and will not")
        moment.say("refuse", "refuse", doing=_doing(moment))
    return True


def _greet(moment: Moment) -> None:
    """Greet, once in a conversation; then talk."""
    who = _speaker(moment)
    moment.note(f"met {moment.heard.speaker if moment.heard else None}")
    if moment.since(f"talk {who}") < NEW and moment.life.turns:
        _chat(moment)
        return
    if moment.choose(GOES_ON) == "chat":
        stranger = _name(moment) == ""
        _talk(moment, "be friendly", "was greeted")
        moment.say("greet", "greet stranger" if stranger else "greet and ask", **_slots(moment))
    else:
        _talk(moment, "be polite", "was greeted and does not want to talk")
        moment.say("greet", "greet", **_slots(moment))
    _count(moment)


def _ask(moment: Moment) -> None:
    assert moment.heard is not None
    if moment.choose(ANSWERS) == "refuse":
        _talk(moment, "get on", "was asked something and has no time or no wish to answer")
        moment.say("refuse", "refuse", doing=_doing(moment))
        return
    memory = recall(moment.heard.text, moment.observation.memories)
    if memory:
        _talk(moment, "help with what it knows", "was asked something and remembers what is about it")
        moment.say("answer", "answer", memory=memory)
    else:
        _talk(moment, "be polite", "was asked something that it does not know")
        moment.say("unknown", "unknown")
    _count(moment)


def _invite(moment: Moment) -> None:
    doing, target = _doing(moment), _speaker(moment)
    free = doing in FUN or not doing
    if free and target and moment.choose(COMES) == "come":
        assert moment.heard is not None
        words = moment.heard.text.lower()
        named = next((place for place in moment.observation.places if place.lower() in words), "")
        reason = "was invited and has time"
        if named:
            moment.life.goes_to = named
            moment.decide("go", "go there together", reason, target=named, speed=moment.speed())
        else:
            moment.decide("follow", "go with them", reason, target=target, speed=moment.speed(), minutes=COMPANY)
        moment.say("agree", "agree to come")
    elif free:
        _talk(moment, "go on alone", "was invited and would rather not")
        moment.say("refuse", "rather not come")
    else:
        _talk(moment, f"{doing} as planned", f"was invited and has to {doing}")
        moment.say("refuse", "refuse to come", doing=doing)


def _make_way(moment: Moment) -> None:
    target = _speaker(moment)
    if target and moment.choose(HELPS) == "help":
        moment.decide("avoid", "make way", "was asked to", target=target, speed=moment.speed(), minutes=0.1)
        moment.say("agree", "make way")
    else:
        moment.decide("wait", "stay where it is", "was asked to make way and will not", target=target, minutes=0.1)
        moment.say("refuse", "stay")


def _take_warning(moment: Moment) -> None:
    """Thank, and keep away from what was named, if it is in view or is a place; else take care from now on."""
    assert moment.heard is not None
    moment.note("warning")
    words = moment.heard.text.lower()
    place = next((name for name in moment.observation.places if name.lower() in words), "")
    for hazard in moment.hazards:
        moment.note(f"hazard {hazard.name}")
    if moment.hazards or place:
        reason = "was warned"
        moment.decide("avoid", "keep away", reason, target=place, speed=moment.speed(), minutes=0.5)
    else:
        _talk(moment, "take care", "was warned of something that is not in view")
    moment.say("thank", "thank for warning")


def _chat(moment: Moment) -> None:
    """Go on talking, or say goodbye, the more likely the longer it lasts."""
    spoken, life, memories = _count(moment), moment.life, moment.observation.memories
    worth = (GOES_ON[0], Option(name="bye", base=TIRES * spoken, weights=GOES_ON[1].weights))
    if moment.choose(worth) == "bye":
        _part(moment, "has talked enough" if spoken > 1 else "does not want to talk")
        return
    _talk(moment, "talk", "likes to talk and has time")
    if memories and life.rng.random() < NEWS:
        moment.say("inform", "tell", memory=_sentence(memories[int(life.rng.random() * len(memories))]))
    elif life.rng.random() < TOPICS and (moment.robot or _doing(moment)):
        if moment.robot and moment.heard and moment.heard.speaker:
            moment.say("chat", "chat about robot")
        else:
            moment.say("chat", "chat about plan", doing=_doing(moment) or "look around")
    else:
        moment.say("chat", "chat", daytime=daytime(moment.observation.minute))


def _bye(moment: Moment) -> None:
    if moment.since(_goodbye(moment)) < ANEW:
        _carry_on(moment)
    else:
        _part(moment, "was told goodbye")


def _part(moment: Moment, reason: str) -> None:
    _talk(moment, "go on its way", reason)
    busy = _doing(moment) not in FUN and moment.traits["hurry"] > 3
    moment.say("bye", "bye in a hurry" if busy else "bye", **_slots(moment), doing=_doing(moment) or "go")
    moment.note(_goodbye(moment))
    if moment.heard is not None and moment.heard.speaker is not None:
        moment.life.turns.pop(moment.heard.speaker, None)


def _carry_on(moment: Moment) -> None:
    go_on(moment)
    moment.fields["reason"] = f"nothing more to say; {moment.fields['reason']}"


def _short(act: str, saying: str, reason: str) -> Callable[[Moment], None]:
    """Return what answers in one way whoever one is."""

    def reply(moment: Moment) -> None:
        _talk(moment, "be polite", reason)
        moment.say(act, saying, **_slots(moment))

    return reply


_REPLIES: dict[str, Callable[[Moment], None]] = {
    "greet": _greet,
    "bye": _bye,
    "ask": _ask,
    "confirm": _ask,
    "clarify": _ask,
    "invite": _invite,
    "aside": _make_way,
    "warn": _take_warning,
    "chat": _chat,
    "inform": _chat,
    "answer": _short("thank", "thank", "was given an answer"),
    "thank": _short("acknowledge", "welcome", "was thanked"),
    "refuse": _short("acknowledge", "never mind", "was refused"),
    "unknown": _short("acknowledge", "never mind", "nobody knows everything"),
    "complain": _short("acknowledge", "sorry", "somebody complains"),
    "agree": _carry_on,
    "acknowledge": _carry_on,
}


def recall(question: str, memories: tuple[str, ...]) -> str:
    """Return the memory that answers a question best, as a sentence, or "" where none is about it."""
    if not memories:
        return ""
    scores = _similarity(question, memories)
    best = int(scores.argmax())
    return _sentence(memories[best]) if scores[best] >= RELEVANT else ""


def _sentence(memory: str) -> str:
    text = memory.strip()[: WORDS - 60]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _talk(moment: Moment, goal: str, reason: str) -> None:
    moment.decide("talk", goal, reason, target=_speaker(moment))


def _speaker(moment: Moment) -> str:
    """Return who spoke as a target, "" where that is not known."""
    heard = moment.heard
    return "" if heard is None or heard.speaker is None else whom(heard.speaker)


def _goodbye(moment: Moment) -> str:
    return f"bye {_speaker(moment)}"


def _count(moment: Moment) -> int:
    """Return how often the person has spoken in this conversation before, and count once more."""
    who = _speaker(moment)
    turns, speaker = moment.life.turns, moment.heard.speaker if moment.heard else None
    key = -1 if speaker is None else speaker
    if moment.since(f"talk {who}") > NEW:
        turns.clear()
    moment.note(f"talk {who}")
    spoken = turns.get(key, 0)
    turns[key] = spoken + 1
    return spoken


def _doing(moment: Moment) -> str:
    """Return what is planned now, "" if nothing."""
    now = moment.observation.minute
    return next((activity for activity, _, last in moment.observation.plan if last >= now), "")


def _name(moment: Moment) -> str:
    """Return the first name of who spoke where the person knows it, else ""."""
    speaker = moment.heard.speaker if moment.heard else None
    for seen in moment.observation.seen:
        if seen.id == speaker and seen.kind == "person" and seen.relation:
            return seen.name.split(" ")[0]
    return ""


def _slots(moment: Moment) -> dict[str, str]:
    name = _name(moment)
    return {"name": f" {name}" if name else "", "daytime": daytime(moment.observation.minute)}


LEAVES: dict[str, Any] = {function.__name__: function for function in (spoken_to, asks_way, answer, give_help)}
