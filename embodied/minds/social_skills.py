"""Social skills as leaves of a behaviour tree: each looks at one moment and decides, or leaves it to the next.

None knows of a scene: they act on what others do, say, look at and point at, and on what is remembered.
"""

from __future__ import annotations

import re

import numpy as np

from embodied.minds.social_facts import ME, Fact
from embodied.minds.social_moment import SocialMoment

POLITE = 0.6  # m/s, at which one comes up to a stranger
TALKING = 3.3  # m from which a stranger is spoken to, within Hall's social zone
COMPANY = 1.9  # m at which one is with somebody
FRESH = 12.0  # s for which something calls for an answer
PATIENCE = 9.0  # s that one waits for what others know


def join_alarm(moment: SocialMoment) -> bool:
    """Run with those who run, frightened, from something."""
    runs = moment.did(r"runs away from the ", after=moment.time - FRESH)
    afraid = [name for name, one in moment.people.items() if "frightened" in one.activity]
    if runs is None or not afraid:
        return False
    source = runs.things[0] if runs.things else ""
    if source in moment.observation.places and moment.distance(source) < 6.0:
        return moment.decide("flee", source, "get away", f"{runs.who} runs from it")
    return moment.decide("follow", max(afraid, key=moment.distance), "get away", f"{runs.who} runs from something")


def comfort(moment: SocialMoment) -> bool:
    """Go to who is hurt, and ask."""
    for name, one in moment.people.items():
        hurt = moment.did(r"\bhurts\b", who=name)
        if "cries" not in one.activity and (hurt is None or moment.time - hurt.time > FRESH):
            continue
        if one.distance > COMPANY:
            return moment.decide("approach", name, "comfort", f"{name} is hurt")
        if moment.once(f"comfort {name}"):
            return moment.say("Are you all right? Can I help you?", name, "ask", "comfort")
        return moment.decide("wait", "", "stay with who is hurt", f"{name} is hurt")
    return False


def object_to(moment: SocialMoment) -> bool:
    """Tell who breaks a rule that everybody keeps."""
    fact = moment.did(r"throws the .* on the ground|pushes past the line", after=moment.time - FRESH)
    if fact is None or fact.who == ME or fact.who not in moment.people or not moment.once(f"object {fact.who}"):
        return False
    return moment.say("Please do not throw that on the ground, there is a bin.", fact.who, "complain", "object")


def carry(moment: SocialMoment) -> bool:
    """Take hold where another lifts something, and go along with it."""
    lifts = moment.told(r"take the other end of the (\w+)|too heavy")
    if moment.grips:
        leads = moment.told(r"\bcome with me\b|\bthis way\b")
        put = moment.did(r"^(puts down|drops) the ")
        if leads is not None and put is None and leads[0].who in moment.notes.ids:
            return moment.decide("follow", leads[0].who, "carry together", "has the other end")
        return moment.decide("wait", "", "carry together", "holds on")
    if lifts is None or moment.did(r"^(puts down|drops) the ", after=lifts[0].time) is not None:
        return False
    taken = {fact.things[0] for fact in moment.facts if "takes hold of" in fact.text and fact.things}
    ends = [name for name in moment.notes.things if " end of the " in name and name not in taken
            and not name.startswith(("one end", "other end"))]  # fmt: skip
    if not ends:
        return False
    return moment.decide("go", min(ends, key=moment.distance), "carry together", f"{lifts[0].who} cannot do it alone")


def help_out(moment: SocialMoment) -> bool:
    """Bring somebody what it reaches for in vain, or asks for."""
    wish, thing = _wish(moment)
    if wish is None or moment.did(rf"^give the {re.escape(thing)} ", who=ME, after=wish.time) is not None:
        return False
    later = moment.did(rf"^takes the {re.escape(thing)}", who=wish.who, after=wish.time)
    if later is not None or wish.who not in moment.notes.ids:
        return False
    if moment.holds == thing:
        return moment.decide("go", wish.who, f"give {thing}", f"{wish.who} needs it")
    return fetch(moment, thing, f"{wish.who} needs it")


def _wish(moment: SocialMoment) -> tuple[Fact | None, str]:
    """Return what shows that somebody wants a thing, and which thing."""
    asked = moment.told(r"\b(?:bring|give|hand) me the ([^.?!,]+)")
    if asked is not None:
        fact, word = asked[0], asked[1][1].strip()
        fits = [name for name in moment.notes.things if name == word or name.endswith(f" {word}")]
        meant = [name for name in fits if moment.sees(fact.who, name)]
        if meant:
            return fact, min(meant, key=moment.distance)
    fact_ = moment.did(r"^reaches for the .* cannot")
    if fact_ is not None and fact_.who != ME and fact_.things:
        return fact_, fact_.things[0]
    return None, ""


def fetch(moment: SocialMoment, thing: str, reason: str) -> bool:
    """Go and take a thing: where it is seen, was put or pointed at, with a tool where an arm is too short."""
    short = [fact for fact in moment.facts if fact.who == ME and fact.text.startswith("cannot reach") and
             fact.things[:1] == (thing,)]  # fmt: skip
    if short:
        gap = float((re.search(r"([\d.]+) m too far", short[-1].text) or ["", "0"])[1])
        if moment.length(moment.holds) < gap or not moment.holds:
            tools = [name for name in moment.notes.things if moment.length(name) >= gap and name != moment.holds]
            if tools:
                return moment.decide(
                    "go", min(tools, key=moment.length), f"take a tool for {thing}", "it is long enough"
                )
            return False
    if thing in moment.visible:
        return moment.decide("go", thing, f"take {thing}", reason)
    place = _hidden_in(moment, thing)
    if place:
        return moment.decide("go", place, f"look for {thing}", reason)
    return thing in moment.observation.places and moment.decide("go", thing, f"take {thing}", reason)


def _hidden_in(moment: SocialMoment, thing: str) -> str:
    """Return where a thing that is not in view is to be looked for, "" if nowhere."""
    place = moment.beliefs.where(ME, thing)
    if place in moment.observation.places:
        return place
    told = moment.told(rf"\b{re.escape(thing)} is (?:in|over) there")
    if told is not None and told[0].who in moment.notes.pointed:
        return moment.notes.pointed[told[0].who][0]
    empty = {name for fact in moment.facts if fact.said and fact.who != ME for name in _excluded(moment, fact)}
    opened = {
        fact.things[0] for fact in moment.facts if fact.who == ME and fact.text.startswith("open") and fact.things
    }
    left = [name for name, state in moment.notes.states.items()
            if "closed" in state and name not in empty and name not in opened]  # fmt: skip
    return min(left, key=moment.distance) if left else ""


def _excluded(moment: SocialMoment, fact: Fact) -> tuple[str, ...]:
    match = re.search(r"not in the ([^.?!,]+)", fact.said)
    return (match[1].strip(),) if match and match[1].strip() in moment.notes.things else ()


def pool_knowledge(moment: SocialMoment) -> bool:
    """Tell those one works with what they cannot know, and wait for what they know."""
    asked = moment.told(r"together with ([^.]+)\.(?: I tell you alone that ([^.]+)\.)?")
    if asked is None:
        return False
    company = [name for name in re.split(r",\s*|\s+and\s+", asked[1][1]) if name in moment.people]
    clue = asked[1][2]
    for name in company:
        if clue and moment.once(f"share {name}"):
            return moment.say(f"I know that {clue}.", name, "inform", "share what others lack")
    answered = {fact.who for fact in moment.facts if fact.said and fact.who in company and fact.time > asked[0].time}
    if len(answered) < len(company) and moment.time - asked[0].time < PATIENCE + 4.0 * len(company):
        return moment.decide("wait", "", "hear what others know", "they may know more")
    return False


def do_errand(moment: SocialMoment) -> bool:
    """Do what was asked for: get, go, ask, finish what another tried."""
    asked = moment.told(r"\bplease get the ([^.?!,]+)")
    if asked is not None and moment.did(rf"^take the {re.escape(asked[1][1])}", who=ME, after=asked[0].time) is None:
        return fetch(moment, asked[1][1], "was asked to")
    asked = moment.told(r"\bplease go to the ([^.?!,]+)")
    if asked is not None and moment.did(rf"^come to the {re.escape(asked[1][1])}", who=ME) is None:
        return moment.decide("go", asked[1][1], f"go to the {asked[1][1]}", "was asked to")
    asked = moment.told(r"\bplease ask (\S+) for ([^.?!]+)")
    if asked is not None and asked[1][1] in moment.people:
        if moment.distance(asked[1][1]) > TALKING:
            return moment.decide("approach", asked[1][1], "ask", "was asked to", speed=POLITE)
        if moment.once(f"ask {asked[1][0]}"):
            return moment.say(f"Excuse me, do you know {asked[1][2]}?", asked[1][1], "ask", "ask")
        return moment.decide("wait", "", "wait for an answer", "has asked")
    asked = moment.told(r"\bnow it is your turn\b|\bnow you\b")
    aim = moment.did(r"^tries to put the ")
    if asked is not None and aim is not None and len(aim.things) > 1:
        thing, place = aim.things[:2]
        if moment.did(rf"^put the {re.escape(thing)} ", who=ME) is None:
            if moment.holds == thing:
                return moment.decide("go", place, f"put {thing} there", f"{aim.who} wanted to")
            return fetch(moment, thing, f"{aim.who} wanted to put it on the {place}")
    return False


def stand_in_line(moment: SocialMoment) -> bool:
    """Wait behind the last of a line, until nobody is before one."""
    asked = moment.told(r"\bplease get a \w+ at the ([^.?!,]+)")
    if asked is None or moment.did(rf"^come to the {re.escape(asked[1][1])}", who=ME) is not None:
        return False
    goal = moment.place(asked[1][1])
    line = [name for name, one in moment.people.items() if "in line" in one.activity or "is served" in one.activity]
    if line and goal is not None:
        last = max(line, key=lambda name: float(np.hypot(*(moment.spot(moment.people[name]) - goal))))
        return moment.decide("follow", last, "wait in line", f"{last} is the last")
    return moment.decide("go", asked[1][1], f"go to the {asked[1][1]}", "nobody is before one")


def take_turns(moment: SocialMoment) -> bool:
    """Have a turn after each turn of another."""
    asked = moment.told(r"\buse the (.+?) in turns with (\S+?)(, who begins)?[.]")
    if asked is None:
        return False
    thing = asked[1][1]
    begun = moment.did(rf"^begins? a turn on the {re.escape(thing)}")
    ended = moment.did(rf"^ends? the turn on the {re.escape(thing)}")
    if begun is None:
        if asked[1][3] is None:
            return moment.decide("go", thing, "have a turn", "may begin")
        return moment.decide("wait", "", "let the other begin", f"{asked[1][2]} begins")
    if begun.who != ME and ended is not None and ended.time >= begun.time:
        return moment.decide("go", thing, "have a turn", f"{begun.who} has had one")
    return moment.decide("wait", "", "let the other have a turn", "it is not one's turn")


def share_out(moment: SocialMoment) -> bool:
    """Take of a heap no more than is left when all have as much."""
    asked = moment.told(r"\bthe (\w+?)s are for (.+?)\. .*put yours into the ([^.?!]+)")
    if asked is None:
        return False
    kind, bowl = asked[1][1], asked[1][3]
    people = len(re.split(r",\s*|\s+and\s+", asked[1][2]))
    heap = [name for name in moment.notes.things if re.fullmatch(rf"{kind} \d+", name)]
    mine = sum(fact.who == ME and fact.text.startswith(f"put the {kind} ") for fact in moment.facts)
    if moment.holds in heap:
        return moment.decide("go", bowl, "put it away", "it is one's own")
    free = [name for name in heap if name in moment.visible and not re.search("held|in the", moment.notes.states[name])]
    if mine < len(heap) // max(people, 1) and free:
        return moment.decide("go", min(free, key=moment.distance), "take one's share", f"has {mine}")
    return moment.decide("wait", "", "leave theirs to the others", f"has {mine} of {len(heap)}")


def follow_leader(moment: SocialMoment) -> bool:
    """Go with who asked to be followed."""
    asked = moment.told(r"\bfollow me\b")
    if asked is None or asked[0].who not in moment.notes.ids:
        return False
    return moment.decide("follow", asked[0].who, "follow", "was asked to")


def join_in(moment: SocialMoment) -> bool:
    """Come to who shows something, say so, and stay."""
    asked = moment.told(r"\bshall we\b.*\btogether\b")
    shows = [name for name, one in moment.people.items() if "holds up" in one.activity and "smiles" in one.activity]
    name = asked[0].who if asked is not None else shows[0] if shows else ""
    if name not in moment.people:
        return False
    if moment.distance(name) > COMPANY:
        return moment.decide("approach", name, "join in", f"{name} shows something")
    if moment.once(f"join {name}"):
        return moment.say("Yes, how nice! Let us look.", name, "agree", "join in")
    return moment.decide("wait", "", "look at it together", f"{name} shows something")


def follow_gaze(moment: SocialMoment) -> bool:
    """Go and see what somebody looks at who has looked at me before, or what it points at."""
    for table, what in ((moment.notes.pointed, "points"), (moment.notes.gazed, "looks")):
        for name, (thing, time) in table.items():
            if moment.time - time > FRESH or thing not in moment.observation.places or thing == moment.holds:
                continue
            if moment.did(rf"^come near the {re.escape(thing)}", who=ME) is None:
                return moment.decide("approach", thing, f"look at the {thing}", f"{name} {what} at it")
    return False
