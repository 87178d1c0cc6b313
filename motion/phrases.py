"""Sentences for recordings, the names of what is done in them, and prompts taken apart (`segments`, of `motion.acts`).

Contents and styles are those of Bandai-Namco-Research-Motiondataset, index words those of the CMU database. What the
names leave open or get wrong is measured: a few turns are filed under the wrong side, "walk-left" goes ahead and to the
left at 15 to 50 degrees, "bye" is waved with the right hand or with both.
"""

from __future__ import annotations

import re

import numpy as np

from motion.acts import Segment, segments
from motion.clip import JOINT_NAMES, FloatArray
from motion.data import MotionRecording
from motion.lexicon import LEXICON
from motion.words import inflect

__all__ = ["ACTIONS", "LEXICON", "Segment", "action_of", "describe", "matching", "segments", "swap_sides"]

# Names of acts, in the order of a classifier, and the contents and index words that are one.
ACTIONS: dict[str, tuple[str, ...]] = {
    "walk": ("walk", "slow walk", "brisk walk", "walk on uneven terrain"),
    "walk_back": ("walk-back",),
    "walk_left": ("walk-left",),
    "walk_right": ("walk-right",),
    "turn_left": ("walk-turn-left",),
    "turn_right": ("walk-turn-right",),
    "run": ("run", "run/jog"),
    "dash": ("dash",),
    "wave_left": ("wave-left-hand",),
    "wave_right": ("wave-right-hand",),
    "wave_both": ("wave-both-hands",),
    "raise_left": ("raise-up-left-hand",),
    "raise_right": ("raise-up-right-hand",),
    "raise_both": ("raise-up-both-hands",),
    "bow": ("bow",),
    "bye": ("bye", "byebye"),
    "call": ("call",),
    "guide": ("guide",),
    "dance": ("dance-short", "dance", "salsa dance"),
    "stand": (),  # no recording is of it alone
}
_ALIKE = {"jog": ("run",), "wait": ("stand",), "sidestep": ("walk_left", "walk_right")}

_SIDES = {"left": "right", "leftward": "rightward", "leftwards": "rightwards", "clockwise": "counterclockwise"}
_SWAPPED = {**_SIDES, **{other: side for side, other in _SIDES.items()}}
_SWAPPED |= {"counter-clockwise": "clockwise", "anticlockwise": "clockwise", "anti-clockwise": "clockwise"}
_SIDE = re.compile(rf"\b(?:{'|'.join(sorted(_SWAPPED, key=len, reverse=True))})\b(?! angle)", re.IGNORECASE)

_HANDS = ("{its} {side} hand", "{its} {side} arm", "the {side} hand", "the {side} arm")
_BOTH = ("both hands", "both arms", "both of {its} hands", "{its} hands", "{its} arms")
_WAVE = (
    "wave {hand}", "wave with {hand}", "wave {hand} at someone", "wave hello with {hand}",
    "wave to someone with {hand}", "greet someone with a wave of {hand}", "wave {hand} in greeting", "wave",
)  # fmt: skip
_RAISE = (
    "raise {hand}",
    "lift {hand}",
    "put up {hand}",
    "hold up {hand}",
    "raise {hand} high",
    "put {hand} in the air",
)
_ASIDE = (
    "walk diagonally to the {side}", "walk ahead diagonally to the {side}", "walk obliquely to the {side}",
    "walk half sideways to the {side}", "move diagonally forward to the {side}", "go ahead diagonally to the {side}",
)  # fmt: skip
_TURN = (
    "walk and *turn {side}", "walk and *turn to the {side}", "walk forward and *turn {side}",
    "turn {side} while walking", "walk ahead and *turn {side}", "make a {side} turn while walking",
    "walk around a corner to the {side}",
    "walk and *turn {clock}",
)  # fmt: skip
# Verb phrases by content or by index words; one of them is drawn.
_WHAT: dict[str, tuple[str, ...]] = {
    "walk": (
        "walk", "walk", "walk forward", "walk ahead", "walk along", "walk straight ahead", "go forward", "walk on",
        "move forward at a walk", "take a walk", "go for a walk",
    ),
    "walk-back": ("walk backward", "walk backwards", "go backward", "walk in reverse", "step backwards", "back away"),
    "walk-left": _ASIDE, "walk-right": _ASIDE, "walk-turn-left": _TURN, "walk-turn-right": _TURN,
    "run": ("run", "run forward", "run ahead", "run along", "run straight ahead"),
    "dash": ("dash", "dash forward", "sprint", "sprint ahead", "rush forward", "dash ahead"),
    "wave-left-hand": _WAVE, "wave-right-hand": _WAVE, "wave-both-hands": _WAVE,
    "raise-up-left-hand": _RAISE, "raise-up-right-hand": _RAISE, "raise-up-both-hands": _RAISE,
    "bow": ("bow", "bow", "take a bow", "make a bow", "bow down", "bow to someone"),
    "bye": (
        "wave goodbye", "wave goodbye to someone", "say goodbye with a wave", "wave bye", "wave goodbye with {hand}",
        "wave bye with {hand}",
    ),
    "call": (
        "call someone over with a gesture", "beckon someone", "gesture for someone to come over", "beckon someone over",
        "wave someone over",
    ),
    "guide": (
        "guide someone with a gesture", "show someone the way", "show the way", "point out the way",
        "usher someone along", "show the way with {hand}", "guide someone with {hand}",
    ),
    "respond": ("respond to someone with a gesture", "answer someone with a gesture"),
    "dance-short": ("dance", "do a dance"),
    "kick": ("kick", "do some kicks"),
    "punch": ("punch", "throw punches", "do some punches"),
    "slash": ("slash with a weapon", "slash as if with a sword", "slash"),
    "slow walk": ("walk slowly", "walk at a slow pace", "stroll", "walk ahead slowly", "take a slow walk"),
    "brisk walk": ("walk briskly", "walk fast", "walk at a brisk pace", "walk ahead quickly", "take a brisk walk"),
    "walk on uneven terrain": ("walk on uneven ground", "walk on rough terrain", "walk over bumpy ground"),
    "run/jog": ("run", "jog", "run ahead", "jog ahead"),
    "jump, balance": ("jump and *balance", "jump, then *balance"),
    "punch/strike": ("punch and *strike", "throw punches", "punch"),
    "bend over, scoop up, rise, lift arm": ("bend over, *scoop something up, *rise and *lift an arm",),
    "swordplay": ("fence with a sword", "practise swordplay", "slash with a sword"),
    "wash self": ("wash", "wash all over", "wash the body"),
    "soccer - kick ball": ("kick a ball", "kick a soccer ball", "play soccer and *kick the ball"),
    "laugh": ("laugh",),
    "start walk stop": ("walk a bit and *stop", "begin to walk, then *stop"),
    "start hop stop": ("hop a bit and *stop", "begin to hop, then *stop"),
    "playground - forward jumps, turn around": ("jump forward several times and *turn around",),
    "playground - climb, sit, dangle legs, rock back, lower self to ground": (
        "climb up, *sit down, *dangle the legs, *rock back and *come down to the ground",
    ),
    "playground - climb, jump down, dangle, legs push off against": (
        "climb up, *jump down, *dangle the legs and *push off with the legs",
    ),
}  # fmt: skip
_WHAT |= {"byebye": _WHAT["bye"], "dance": _WHAT["dance-short"]}
_SLOWLY = {
    "walk": ("walk slowly", "stroll", "walk ahead slowly", "amble along", "walk at a slow pace"),
    "run": ("jog", "jog along", "jog ahead"),
}
_QUICKLY = {
    "walk": ("walk briskly", "walk fast", "walk ahead quickly", "walk at a brisk pace"),
    "run": ("run fast", "run ahead quickly", "run swiftly"),
}
_BALL = {
    "forward dribble": "dribble a ball forward", "backward dribble": "dribble a ball backward",
    "sideways dribble": "dribble a ball sideways", "dribble": "dribble a ball", "shoot": "shoot at the basket",
    "crossover dribble": "dribble the ball from hand to hand",
    "90-degree left turns": "make 90-degree turns to the left",
    "90-degree right turns": "make 90-degree turns to the right",
}  # fmt: skip
# Of a style: how something is done, and what the person is called.
_STYLES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "active": (("energetically", "with lots of energy", "in a lively way", "vigorously"), ("energetic", "lively")),
    "angry": (("angrily", "in anger", "furiously", "as if angry"), ("angry", "furious")),
    "childish": (("like a child", "childishly", "in a childish way", "like a kid"), ("childish",)),
    "chimpira": (("with a swagger", "like a thug", "like a swaggering tough"), ("swaggering",)),
    "elderly": (("like an old person", "like an elderly man", "in the way of the elderly"), ("old", "elderly")),
    "exhausted": (("as if exhausted", "exhaustedly", "in exhaustion", "as if worn out"), ("exhausted",)),
    "feminine": (("in a feminine way", "femininely", "like a woman"), ("feminine",)),
    "giant": (("like a giant", "like a heavy giant", "as a giant would"), ()),
    "happy": (("happily", "cheerfully", "joyfully", "as if happy", "in joy"), ("happy", "cheerful")),
    "masculine": (("in a masculine way", "in a manly way", "like a man"), ("masculine",)),
    "musical": (("rhythmically", "in rhythm", "with rhythm"), ()),
    "normal": (("normally", "in a normal way", "in an ordinary way", "", "", ""), ()),
    "not-confident": (("without confidence", "timidly", "hesitantly", "shyly"), ("shy", "timid", "hesitant")),
    "proud": (("proudly", "with pride", "as if proud"), ("proud",)),
    "sad": (("sadly", "in sorrow", "as if sad", "gloomily"), ("sad", "unhappy")),
    "tired": (("tiredly", "wearily", "as if tired"), ("tired", "weary")),
    "youthful": (("in a youthful way", "like a young person", "youthfully"), ("young", "youthful")),
}
_STYLES |= {"old": _STYLES["elderly"], "masculinity": _STYLES["masculine"]}
_WHO = {
    "their": ("person", "person", "person", "pedestrian"), "his": ("man", "guy"), "her": ("woman", "lady"),
}  # fmt: skip
_ALONE = {"their": ("someone", "somebody"), "his": ("he",), "her": ("she",)}
TOLD = 0.75  # share of sentences that tell the style
SLOW = {"walk": 0.8, "run": 2.2}  # m/s at most, of a stroll and of jogging
BRISK = {"walk": 1.5, "run": 3.2}  # m/s at least
RAISED, DOWN = -0.2, -0.25  # m from the shoulder, of a wrist that is raised at least once and of one that never is
TURNS = (45.0, 150.0)  # degrees of a turn to one side


def describe(recording: MotionRecording, rng: np.random.Generator, mirrored: bool) -> str:
    """Return a sentence that is true of a recording, drawn from a small grammar; its style is left out at times.

    Args:
        recording: of `motion.data`, or another with texts. rng: draws the words. mirrored: left and right of the motion
            are exchanged.

    Raises:
        ValueError: a recording without texts and with no known content.
    """
    key = _key(recording)
    side = _side(recording, key)
    if phrases := _phrases(recording, key, side):
        text = _sentence(str(rng.choice(phrases)), side, recording.style, rng)
    elif recording.texts:
        text = str(rng.choice(recording.texts))
    else:
        raise ValueError(f"{recording.name}: expected texts or a known content, got {recording.content!r}; add a text")
    return swap_sides(text) if mirrored else text


def action_of(recording: MotionRecording, *, mirrored: bool = False) -> str | None:
    """Return which of `ACTIONS` a recording is, None if none; turns by what was measured."""
    key = _key(recording)
    name = next((name for name, keys in ACTIONS.items() if key in keys or key.split(" - ")[0] in keys), None)
    if name and name.startswith("turn_"):
        side = _side(recording, key)
        name = f"turn_{side}" if side else None
    return swap_sides(name.replace("_", " ")).replace(" ", "_") if name and mirrored else name


def matching(action: str) -> tuple[str, ...]:
    """Return which of `ACTIONS` a segment's action may be: "wave" is waving with either hand or both."""
    if action in ACTIONS:
        return (action,)
    return _ALIKE.get(action, tuple(name for name in ACTIONS if action and name.startswith(f"{action}_")))


def swap_sides(text: str) -> str:
    """Return a text with left and right, clockwise and counterclockwise exchanged."""

    def swapped(match: re.Match[str]) -> str:
        word = match.group()
        other = _SWAPPED[word.lower()]
        return other.upper() if word.isupper() else other.capitalize() if word[0].isupper() else other

    return _SIDE.sub(swapped, text)


def _key(recording: MotionRecording) -> str:
    """Return the content, or index words in small letters."""
    if recording.content or not recording.texts:
        return recording.content
    text = recording.texts[0].lower().removeprefix("a person:").strip(" .")
    return "salsa dance" if "salsa" in text else text


def _phrases(recording: MotionRecording, key: str, side: str) -> list[str]:
    """Return verb phrases that are true of a recording; * marks verbs after the first word."""
    kind, _, rest = key.partition(" - ")
    if key == "salsa dance":
        role = "leader" if "lead" in recording.texts[0] else "follower"
        spins = re.search(r"spins (\d+) times", recording.texts[0])
        more = [f"dance salsa and *spin {spins[1]} times"] if spins else []
        return ["dance salsa", "do a salsa dance", f"dance salsa as the {role}", *more]
    if kind == "basketball":
        return [" and *".join(_BALL.get(item, item) for item in rest.split(", "))]
    if kind == "dance" and rest:
        steps = " and ".join(rest.rsplit(", ", 1))
        return [f"dance with {steps}", f"do a dance with {steps}", "dance", "dance expressively"]
    if key.startswith("walk-turn") and not side:
        return ["walk and *turn around", "turn around while walking"]
    phrases = list(_WHAT.get(key, ()))
    if key in ("walk", "run"):
        speed = _speed(recording)
        phrases += _SLOWLY[key] if speed < SLOW[key] else _QUICKLY[key] if speed > BRISK[key] else ()
    return phrases if side else [phrase for phrase in phrases if "{" not in phrase]


def _sentence(phrase: str, side: str, style: str, rng: np.random.Generator) -> str:
    """Return a sentence of a verb phrase, with a subject and perhaps the style."""
    other = {"feminine": "his", "masculine": "her", "masculinity": "her"}.get(style)
    owner = str(rng.choice([owner for owner in ("their", "their", "his", "her") if owner != other]))
    hand = str(rng.choice(_BOTH if side == "both" else _HANDS))
    clock = "clockwise" if side == "right" else "counterclockwise"
    phrase = phrase.replace("{hand}", hand).format(side=side, its=owner, clock=clock)
    how, called = _STYLES.get(style, (("",), ()))
    manner = str(rng.choice(how)) if rng.random() < TOLD else ""
    if manner and called and rng.random() < 0.3:
        name, manner = f"{rng.choice(called)} {rng.choice(_WHO[owner])}", ""
        who = f"{rng.choice(['the', 'an' if name[0] in 'aeiou' else 'a'])} {name}"
    else:
        who = str(
            rng.choice([*_ALONE[owner], *(f"{word} {name}" for name in _WHO[owner] for word in ("a", "a", "the"))])
        )
    verb = _inflected(phrase, "ing" if rng.random() < 0.2 else "s")
    early = manner.endswith("ly") and " " not in manner and not verb.startswith("is ") and rng.random() < 0.25
    text = " ".join(part for part in ([who, manner, verb] if early else [who, verb, manner]) if part)
    return text[0].upper() + text[1:] + "."


def _inflected(phrase: str, form: str) -> str:
    """Return a verb phrase, its first word and the words after * in a form."""
    verbs = re.sub(r"\*(\w+)", lambda verb: inflect(verb[1], form), f"*{phrase}")
    return f"is {verbs}" if form == "ing" else verbs


def _side(recording: MotionRecording, key: str) -> str:
    """Return the side of a recording, of its hands or its way: left, right, both or empty."""
    if key in ("bye", "byebye", "guide"):
        highest = [_highest_hand(recording, side) for side in ("left", "right")]
        up, down = [height > RAISED for height in highest], [height < DOWN for height in highest]
        return "both" if all(up) else "left" if up[0] and down[1] else "right" if up[1] and down[0] else ""
    if key.startswith("walk-turn"):
        turned = np.degrees(_headings(recording))
        net, most = turned[-1] - turned[0], np.ptp(turned)
        sure = TURNS[0] < abs(net) and most < TURNS[1]
        return ("left" if net > 0.0 else "right") if sure else ""
    return next((side for side in ("left", "right", "both") if f"-{side}" in key), "")


def _highest_hand(recording: MotionRecording, side: str) -> float:
    """Return the most that a wrist is above its shoulder (metres)."""
    wrist, shoulder = (JOINT_NAMES.index(f"{side}_{part}") for part in ("wrist", "shoulder"))
    return float((recording.positions[:, wrist, 2] - recording.positions[:, shoulder, 2]).max())


def _headings(recording: MotionRecording) -> FloatArray:
    """Return where hips and shoulders face (T,), radians about z, without jumps."""
    places = {name: recording.positions[:, at] for at, name in enumerate(JOINT_NAMES)}
    hips, shoulders = (places[f"left_{part}"] - places[f"right_{part}"] for part in ("hip", "shoulder"))
    left = hips + shoulders
    return np.unwrap(np.arctan2(-left[:, 0], left[:, 1]))


def _speed(recording: MotionRecording) -> float:
    """Return the mean speed of the pelvis over the ground, m/s."""
    stride = max(1, round(recording.fps / 5.0))
    path = recording.positions[::stride, 0, :2]
    seconds = (len(path) - 1) * stride / recording.fps
    return float(np.linalg.norm(np.diff(path, axis=0), axis=1).sum() / seconds) if seconds else 0.0
