"""The words of an English text: their lemmas, what they stand for, and who acts on whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from motion.lexicon import ACTS, FUNCTION, IDIOMS, IRREGULAR, LEXICON, PEOPLE

_FORMS = {
    other: (row.split()[0], "ing" if other.endswith("ing") else "s" if other.endswith("s") else "past")
    for row in re.split(r"[;\n]", IRREGULAR.strip())
    for other in row.split()[1:]
}
_EXPRESSION = re.compile("|".join(rf"\b(?P<_{at}>{pattern})\b" for at, pattern in enumerate(IDIOMS)))
_MEANT = tuple(IDIOMS.values())
_CLOSED = re.compile(r"[^aeiou]*[aeiou][^aeiouwxy]")  # one short syllable: its last letter is doubled before -ing
_JOINS = ("and", "but", "then", "while", "whilst", ",", ".", ";")
OWNERS = ("a", "an", "the", "his", "hers", "their", "its", "my", "your", "our")
WAYS = ("to", "from", "by", "with", "at", "on", "in", "out", "over", "away", "around", "along", "up", "down", "forward")
_REWRITTEN = (
    ("[\u2018\u2019]", "'"),
    (r"\b(can)(?:'t|not)\b", r"\1 not"),
    (r"\b(wo)n't\b", "will not"),
    (r"n't\b", " not"),
    (r"\b(he|she|it|who|that|there|someone|somebody|person|man|woman)'s(?= \w+ing\b| not\b| a\b)", r"\1 is"),
    (r"'re\b", " are"),
    (r"'m\b", " am"),
    (r"'ll\b", " will"),
    (r"\bright (?=(?:away|now|here|there|in front|angles?)\b)", ""),
    (r"\b(has|have|had) left\b", r"\1 gone from"),
    (r"(?<!her )(?<!his )\bleft(?= (?:the|a|an|his|her|their) )", "leaves"),
    (r"^there (?:is|are) ", ""),
    (r"[\s_]+", " "),
)
_REWRITES = tuple((re.compile(pattern, re.IGNORECASE), text) for pattern, text in _REWRITTEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word, a mark, or an expression that stands for one word.

    Attributes:
        lemma: its base. form: base, s (walks, hands), ing, past, ly or mark.
        concepts: what it stands for, the first above all, and who acts on whom; empty: it is not known or says nothing.
        start, end: where it stands in the text.
    """

    lemma: str
    form: str
    concepts: tuple[str, ...]
    start: int
    end: int

    @property
    def concept(self) -> str:
        """What it stands for above all."""
        return self.concepts[0] if self.concepts else ""


def clean(text: str) -> str:
    """Return a text with short forms written out, and without "right" and "left" that are no sides."""
    for pattern, by in _REWRITES:
        text = pattern.sub(by, text)
    return text.strip()


def parse(text: str) -> list[Word]:
    """Return the words and marks of a text that is clean."""
    found = list(re.finditer(r"(?!(?<=\w')s\b)[^\W\d_]+|\d+|[.,;:!?]", text))
    raw = [match.group() for match in found]
    words = []
    for at, (match, word) in enumerate(zip(found, raw, strict=True)):
        lemma, form = lemmatise(word.lower())
        if word.lower() in ("a", "b") and _is_name(raw, at, text.isupper()):
            lemma, form = ("first" if word.lower() == "a" else "second"), "name"
        if lemma == "her":
            owns = at + 1 < len(raw) and raw[at + 1].isalpha() and not _ends_object(raw[at + 1].lower())
            lemma = "hers" if owns else "she"
        words.append(Word(lemma=lemma, form=form, concepts=(), start=match.start(), end=match.end()))
    return _with_roles([replace(word, concepts=_concepts(word)) for word in _merged(words)])


def lemmatise(word: str) -> tuple[str, str]:
    """Return base and form of a word in small letters; of a word that the lexicon does not know, a guess."""
    if word in _FORMS:
        return _FORMS[word]
    if word in LEXICON or word in FUNCTION or len(word) < 4:
        return word, "base" if word.isalpha() else "mark"
    for form, bases in (("s", _without_s(word)), ("ing", _without(word, "ing")), ("past", _without(word, "ed"))):
        if bases:
            return next((base for base in bases if base in LEXICON), bases[0]), form
    if word.endswith("ly"):
        bases = [word[:-3] + "y"] if word.endswith("ily") else [word[:-2], word[:-4], word[:-1] + "e"]
        return next((base for base in bases if base in LEXICON), bases[0]), "ly"
    stem = word.removesuffix("s")
    return (stem, "base") if stem in LEXICON else (word, "base")


def inflect(verb: str, form: str) -> str:
    """Return the first word of a verb phrase in the form "s" or "ing" and the rest as it is."""
    word, _, rest = verb.partition(" ")
    known = {"be": ("is", "being"), "have": ("has", "having"), "do": ("does", "doing"), "go": ("goes", "going")}
    if word in known:
        word = known[word][form == "ing"]
    elif form == "ing":
        if word.endswith("ie"):
            word = word[:-2] + "y"
        elif word.endswith("e") and not word.endswith("ee"):
            word = word[:-1]
        elif _CLOSED.fullmatch(word) or word == "begin":
            word += word[-1]
        word += "ing"
    elif re.search(r"[^aeiou]y$", word):
        word = word[:-1] + "ies"
    else:
        word += "es" if re.search(r"(?:s|x|z|ch|sh)$", word) else "s"
    return f"{word} {rest}".strip()


def _without_s(word: str) -> list[str]:
    if not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return []
    if word.endswith("ies"):
        return [word[:-3] + "y", word[:-1]]
    return [word[:-2], word[:-1]] if re.search(r"(?:s|x|z|ch|sh)es$", word) else [word[:-1]]


def _without(word: str, ending: str) -> list[str]:
    """Return possible bases of a word with -ing or -ed, the likeliest first."""
    base = word.removesuffix(ending)
    if base == word or not re.search("[aeiouy]", base) or len(base) < 2:
        return []
    if ending == "ed" and base.endswith("i"):
        return [base[:-1] + "y"]
    if base[-1] == base[-2] and base[-1] not in "aeiou":
        return [base, base[:-1]] if base[-1] in "lsz" else [base[:-1], base, base + "e"]
    if _CLOSED.fullmatch(base) or re.search(r"(?:[^aeiou]l|at|[cgsuvz])$", base):
        return [base + "e", base] if not _CLOSED.fullmatch(base) else [base + "e"]
    return [base, base + "e"]


def _concepts(word: Word) -> tuple[str, ...]:
    found = tuple(LEXICON.get(word.lemma, "").split())
    return (*found, "both") if found == ("hand",) and word.form == "s" else found


def _is_name(raw: list[str], at: int, shouted: bool) -> bool:
    """Return whether "a" or "b" names a person, as in "A pulls B"."""
    before = raw[at - 1].lower() if at else "."
    if LEXICON.get(before, "").startswith("person"):
        return True
    if raw[at].islower() or shouted:
        return False
    if raw[at] == "B" or before not in ".!?;":
        return True
    lemma, form = lemmatise(raw[at + 1].lower()) if at + 1 < len(raw) else ("", "")
    return lemma in ("be", "and", "have") or (
        form in ("s", "past") and LEXICON.get(lemma, "?").split()[0] in (*ACTS, "?")
    )


def _ends_object(word: str) -> bool:
    """Return whether a word after "her" tells that she is meant, not something of hers."""
    lemma, form = lemmatise(word)
    return lemma in WAYS or word in FUNCTION or form in ("ly", "ing")


def _merged(words: list[Word]) -> Iterator[Word]:
    """Yield words, with an expression of several as one."""
    line = " ".join(word.lemma for word in words)
    starts = {}
    at = 0
    for number, word in enumerate(words):
        starts[at] = number
        at += len(word.lemma) + 1
    done = 0
    for match in _EXPRESSION.finditer(line):
        if match.start() not in starts:
            continue
        first, count = starts[match.start()], match.group().count(" ") + 1
        yield from words[done:first]
        meant = _MEANT[int(str(match.lastgroup)[1:])]
        yield replace(words[first], lemma=meant, end=words[first + count - 1].end)
        done = first + count
    yield from words[done:]


def _with_roles(words: list[Word]) -> list[Word]:
    """Return the words, people with "agent" or "patient", and verbs of what is done to the subject with "passive"."""
    told, subjects = list(words), []
    verb = passive = by = like = False
    after = "agent"  # role of people whom no verb follows
    for at, word in enumerate(words):
        before = next((other for other in reversed(words[:at]) if other.form != "ly"), None)
        if word.concept in ("first", "second") and not _is_person(words, at):
            told[at] = replace(word, concepts=())
        elif word.concept in PEOPLE or word.concept in ("first", "second"):
            role = "agent" if by and passive else "patient" if verb else ""
            if like:
                like = word.concept not in PEOPLE
            elif role:
                told[at] = replace(word, concepts=(*word.concepts, role))
            else:
                subjects.append(at)
        elif not verb and _is_verb(word, before, bool(subjects) and before is words[subjects[-1]]):
            passive = word.form == "past" and before is not None and before.lemma in ("be", "get")
            if passive:
                told[at] = replace(word, concepts=(*(word.concepts or ("move",)), "passive"))
            for subject in subjects:
                told[subject] = replace(
                    words[subject], concepts=(*words[subject].concepts, "patient" if passive else "agent")
                )
            subjects, verb, after = [], True, "patient"
        elif word.lemma in _JOINS and verb:
            verb = by = like = False
        elif word.lemma in ("by", "like"):
            by, like = by or word.lemma == "by", word.lemma == "like"
    for subject in subjects:
        told[subject] = replace(words[subject], concepts=(*words[subject].concepts, after))
    return told


def _is_person(words: list[Word], at: int) -> bool:
    """Return whether first, second or other is somebody: "the other", "the first person", A, but no second door."""
    after = words[at + 1] if at + 1 < len(words) else None
    if words[at].form == "name" or (after and after.concept in PEOPLE):
        return True
    return at > 0 and words[at - 1].lemma == "the" and (not after or after.lemma in FUNCTION or after.concept in ACTS)


def _is_verb(word: Word, before: Word | None, follows_person: bool) -> bool:
    """Return whether a word is the verb of a clause."""
    if before is not None and before.lemma in OWNERS:
        return False
    if word.concept in ACTS:
        return True
    helped = before is not None and before.lemma in ("be", "get")
    return (
        not word.concepts
        and word.lemma not in FUNCTION
        and ((word.form == "past" and helped) or (word.form in ("s", "past", "ing") and follows_person))
    )
