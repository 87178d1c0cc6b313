"""The words of spoken directions: patterns over text that `directions.normalise` has prepared.

The text is lower case, numbers are figures, punctuation stands apart ("go 30 metres , then left ."). Within `CUES`
the earlier pattern wins where two begin at the same word.
"""

from __future__ import annotations

import re

ORDINALS = {"first": 1, "next": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "fifth": 5}


def _any(*alternatives: str) -> str:
    return f"(?:{'|'.join(alternatives)})"


_SIDE = r"(?P<side>left|right)\b"
_HAND = r"(?: hand)?(?: side)?"
_STREET = r"(?:street|road|turning|turn|junction|corner|alley|lane|exit|path|way|side street|opening|intersection|one)"
_ORDINAL = f"(?P<ord>{'|'.join(ORDINALS)})"

# Words that cannot be part of a landmark's name.
_STOP = _any(
    r"the|a|an|and|or|but|then|on|in|at|to|of|for|from|by|near|next|beside|past|after|before|until|till|is|it|it's",
    r"its|that's|you|you'll|your|my|me|i|we|there|here|turn|go|keep|take|walk|follow|head|carry|continue|cross|over",
    r"about|around|round|maybe|roughly|opposite|across|behind|between|with|where|which|who|when|if|so|as|up|down|left",
    r"right|straight|ahead|will|should|would|can|again|just|close|out|towards|toward|into|through|are|was|be|i'm|not",
    r"that|this|them|what|hang|bear|first|second|third|isn't|has|have|diagonal(?:ly)?|immediately|\d\S*",
)
_ADJECTIVE = _any(
    r"big|large|huge|tall|small|little|tiny|old|new|red|blue|green|white|yellow|famous|nice|very|other|same|next|far",
    r"main|set of|row of|pair of",
)
_NUMBER = r"(?:\s+\d+\b(?!\s*(?:m\b|met|min|block|step|feet|foot|yard|second|kilom|km\b)))?"  # of a room or a platform
NOUN = re.compile(
    rf"\s*(?:(?:just|right)\s+)?(?:(?:the|an?|that|this|those|these|some|our|its)\s+)?(?:{_ADJECTIVE}\s+)*"
    rf"(?P<noun>(?!{_STOP}\b)[a-z][a-z']*(?:\s+(?!{_STOP}\b)[a-z][a-z']*){{0,2}}{_NUMBER}|(?:it|that|them|there)\b)"
)

_NO_TURN = "".join(
    rf"(?<!{word} )"
    for word in ("the", "your", "a", "turn", "go", "take", "sharp", "bear", "hang", "slightly", "half", "diagonally")
)
# Words that look like a direction and are none; blanked before the scan.
IDIOMS = re.compile(
    r"\b"
    + _any(
        r"right now|right away|all right|alright|that's right|you're right|right\s*\?|right (?=so\b)|no problem",
        r"(?:(?<=is )|(?<=it's )|(?<=be )|(?<=that's ))right (?=there|here|at|on|in|over|by|after|past|across)",
        r"(?<!turn )(?<!go )right (?=there)|(?<=^)right (?=, (?:so|you|go|take|it)\b)|left (?=me|us|it)",
        rf"{_NO_TURN}right (?=next|beside|behind|in front|by|near|into it|up to|down to|through|outside)",
        rf"{_NO_TURN}right (?=past|across|after|opposite)",
        r"(?:ask|try) (?:the |an?y? ?)?(?:man|woman|lady|guy|someone|somebody|anyone|them|one|people|other)\b[^.,;?!]*",
        r"not the (?:first|second|third)(?: (?:street|one|road))?",
    )
)
UNKNOWN = re.compile(
    r"\b"
    + _any(
        r"no idea|no clue|haven't (?:got )?a clue|not got a clue|(?:foggie|fainte|slighte)st|dunno|search me|beats me",
        r"don't (?:really )?know|do not know|wish i knew|never heard|can't think|can't remember|i forget|got me there",
        r"(?:couldn't|can't) (?:tell|help|say)|afraid i can't|don't speak|no speak|not sure where|ring a bell",
        r"not from (?:around |round )?here|don't live|new here|new in town|moved here|only here for|just visiting",
        r"tourist|visitor|stranger here|not familiar|unfamiliar|isn't (?:one|a)",
        r"(?:you (?:could|should|can|might)|better|maybe) ask",
    )
)
ASK_AGAIN = re.compile(r"\bask (?:again|there|somebody there|someone there|once more)\b")
REFUSED = re.compile(
    r"\b"
    + _any(
        r"hurry|no time|don't have (?:the |any )?time|haven't (?:got )?(?:the )?time|busy|late for|not now|my bus",
        r"can't (?:talk|stop|help you now)|leave me|go away|get lost|don't bother|not interested|disturb|rather not",
        r"ask (?:somebody|someone) else|some other time|on the phone|catch (?:a|my|the)|waiting for|gotta",
        r"(?:got|have|need) to (?:run|go|dash|rush|leave)|must (?:dash|run|go)|in the middle of (?:something|a)",
    )
    + r"\b|^(?:sorry|oh)?\W*no(?: thanks?| thank you)?\W*(?:sorry)?\W*$"
)
CLARIFY = re.compile(
    r"^\W*"
    + _any(
        r"(?:sorry|pardon|excuse me|what|huh|eh|come again)(?: me)?\s*\?|pardon\b|which\b|who\b|say that",
        r"what (?:are|do|did|is|kind|was)\b|do you (?:want|mean)|did you|you mean|are you looking|where do you",
        r"(?:can|could) you (?:repeat|say)",
    )
    + r"|\b"
    + _any(
        r"didn't (?:catch|hear|understand|get)|don't understand|repeat that|say (?:that|it) again|which one",
        r"what do you mean|what are you looking",
    )
    + r"\b"
)
HEDGE = re.compile(
    r"\b"
    + _any(
        r"i think|i believe|i guess|i suppose|i'd say|maybe|perhaps|probably|possibly|might|could be",
        r"not (?:quite |entirely |really |100 % )?(?:sure|certain)|(?:fairly|quite|almost|pretty) sure",
        r"if i remember|as far as i|memory serves|give or take|used to be|somewhere|told|heard",
        r"don't quote me|something like",
    )
    + r"\b"
)
HERE = re.compile(r"\b(?:you|we)(?: are|'re) (?:standing |already )*(?:right )?(?:in front of it|here|at it)\b")
LATER = re.compile(r"\byou(?:'ll| will| should| can't)? (?:see|find|spot|miss|be)\b|\bwill (?:be|see)\b")

_ON_SIDE = rf"(?:on|to) (?:the|your) {_SIDE}{_HAND}"
_PATTERNS: tuple[tuple[str, str], ...] = (
    ("repair", r"no,? (?:wait|sorry)|i mean|or rather|sorry,? no|actually"),
    (
        "distance",
        r"(?P<n>\d+(?:\.\d+)?|few|couple(?: of)?) *(?:more |big |small |good |city )?"
        r"(?P<unit>kilomet(?:re|er)|metre|meter|km|m|yard|foot|feet|step|pace|block|minute|min|second)s?\b",
    ),
    ("ordinal", rf"(?:the |your )?{_ORDINAL} (?:{_STREET} )?(?:(?:on|to) (?:the|your) |to |){_SIDE}{_HAND}"),
    ("ordinal", rf"{_SIDE} (?:at|into|in|down|onto) the {_ORDINAL} {_STREET}\b"),
    ("arrive", rf"(?:{_ORDINAL}|last) [a-z]+ (?:shop |door |building )?on (?:the|your) {_SIDE}{_HAND}"),
    ("skip", r"not (?:to )?(?:the |your )?(?:left|right)"),
    (
        "keep",
        r"(?:keep|leave|keeping|leaving|pass|passing|past|along|follow)"
        rf"(?P<place>(?: (?!and\b|it's|then\b|,|\.)\S+){{1,4}}?) {_ON_SIDE}",
    ),
    ("near", rf"(?:just )?(?:to|on) the {_SIDE}{_HAND} of\b"),
    ("from", r"(?:from|facing) (?=the )"),
    ("sharp", rf"(?:turn |take |go |walk )?(?:a )?sharp {_SIDE}"),
    ("sharp", rf"(?:turn |go |walk )?back (?:and )?(?:to|on) (?:the|your) {_SIDE}(?: , half behind you)?"),
    ("sharp", rf"behind you(?: ,| and)* (?:to|on) (?:the|your) {_SIDE}"),
    ("back", r"(?:turn|go|head|walk|come|get|double) (?:all the way |straight |right )?back\b(?: the way you came)?"),
    (
        "back",
        r"turn (?:all the way |right )?(?:around|round|about)\b(?! (?:the|that|\d))|turn your back(?: (?:to|on) me)?",
    ),
    ("back", r"(?:make |do )?an? ?u turn|(?:a )?(?:one 80|180)|about face|behind you|back (?:there|down|up|that way)"),
    ("back", r"(?:the )?other way|the way you came|wrong way|opposite (?:direction|way)"),
    ("ahead", r"behind me|over my shoulder|(?:straight )?in front of you|(?:straight )?ahead of you"),
    ("near", r"next (?:door )?to|besides?|close to|adjacent to|near(?:by| to)?|by(?= the| a | that)|alongside|between"),
    ("near", r"in front of|behind|(?:around|on|round) (?=the corner\b(?! to))|(?:at |round )?the back of"),
    ("opposite", r"opposite(?: to| of)?|across from|facing|on the other side (?:of|from)|over from"),
    ("past", r"(?:(?:when|once) you(?:'ve| have|'re| are)? )?(?:past|passed|leave)|pass|passing|beyond"),
    (
        "past",
        r"(?:go|walk|come) by|(?:go|walk) (?:a)?round(?= the (?!corner))|after(?! (?:that|about|\d))|through|out of",
    ),
    ("past", r"across|cross|crossing over|cross over|over (?=the (?:bridge|crossing|crosswalk|road|street|square))"),
    (
        "slight",
        rf"(?:bear|slight(?:ly)?(?: to the)?|veer|half|diagonal(?:ly)?(?: to (?:the|your))?|keep(?: to the)?) {_SIDE}",
    ),
    ("mine", rf"(?:on|to|at) my {_SIDE}{_HAND}"),
    ("side", rf"(?:on|to|at|look to|look) (?:the|your|our) {_SIDE}{_HAND}"),
    (
        "turn",
        r"(?:(?:turn|go|take|hang|make|swing|walk|head|get) )?(?:a |to the |sharp |a sharp |immediately |hard )*"
        rf"{_SIDE}(?: again| here)?",
    ),
    (
        "until",
        r"(?:un)?till?(?: you(?:'ve| have)?)?(?: (?:see|reach|hit|get to|come to|arrive at|find|pass))?|as far as",
    ),
    ("until", r"up to|down to|over to|along to|reach|come to|get to|arrive at|towards?|in the direction of|before"),
    ("until", r"for (?=the\b)|(?:when|once) you (?:get to|reach|see|come to)|where (?=(?:the|that|a)\b)"),
    ("until", r"(?:at|to) (?=the (?:far |very |other )?end\b)|(?:on )?to (?=(?:the|that|a|an)\b)"),
    ("until", r"(?:around|round) (?=the corner)"),
    ("at", r"at (?=(?:the|that|a|an|it)\b)|on (?=the corner\b)|into (?=the|that)"),
    ("ahead", r"straight(?: (?:on|ahead|up|down|over|along|there|forward|in front))*|ahead|forwards?|continue|follow"),
    ("ahead", r"keep (?:going|walking|on)|(?:carry|go|walk|continue) (?:on|along|down|up|ahead|that way|this way)"),
    ("ahead", r"down (?:there|here|this|the)|(?:that|this) way|up there(?! at)|(?:you )?go (?=\d)|walk"),
    ("mention", r"the (?:\w+ )?way to (?=the|a)|see (?=that|the|those)|there's|there is"),
)
# A cue does not end within a word.
CUES = tuple((name, re.compile(rf"(?:{pattern})(?!(?<=[a-z'])[a-z'])")) for name, pattern in _PATTERNS)
