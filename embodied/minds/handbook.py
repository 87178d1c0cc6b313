"""The handbook: what a language model keeps reasoning out about people, as short behaviours that it can name instead.

Recurring solutions become a handbook of behaviours, given in context, so that the next answer names one in place of
deriving it again (Didolkar et al., Metacognitive Reuse: Turning Recurring LLM Reasoning Into Concise Behaviors, arXiv
2509.13237; there the model writes them, here they are counted in the logs). Cases alike in what happened, what was done
and to whom are told apart by their reasons, and the most central reason of each group is kept.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import yaml
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from embodied.episode import Activity, Event, PersonObservation
from embodied.log import EpisodeLog
from embodied.minds.persona_files import read_yaml
from embodied.minds.similarity import HashedSimilarity, Similarity, content_words, stem

Kind = Literal["robot", "person", "place", "nobody"]

SHIPPED = Path(__file__).with_name("handbook.yaml")
RECURRING = 3  # cases that one behaviour stands for
# Mean similarity of reasons that mean the same. Medians of 19 of our own: .24 to .44, of different ones .01 to .02.
ALIKE = 0.18
MOST_REASONS = 400  # different ones that are compared for what happened, what was done and to whom
MOST_RELEVANT = 4  # behaviours that are offered at once
SHORT = 80  # characters of the text of a behaviour
LONGEST_NAME = 40  # characters
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_PERSON = re.compile(r"\bperson \d+\b")
_NUMBERED = re.compile(r"\b(?:place|hazard) \d+\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A decision of a language model: what happened, what was done, to what kind of target, and why."""

    event: str
    activity: str
    target: Kind
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """Something people do for a reason that recurs.

    Attributes:
        name: in small letters and underscores, to be named as a reason.
        event, activity, target: when and what: see `Case`. text: the reason, at most SHORT characters.
        count: cases that it stands for; 0: written by hand.

    Raises:
        ValueError: a value that makes no sense, in one line.
    """

    name: str
    event: Event
    activity: Activity
    target: Kind
    text: str
    count: int = 0

    def __post_init__(self) -> None:
        if not (isinstance(self.name, str) and _NAME.fullmatch(self.name) and len(self.name) <= LONGEST_NAME):
            raise ValueError(
                f"name: expected small letters, digits and underscores, at most {LONGEST_NAME}, got {self.name!r:.60}"
            )
        for name, choices in (("event", Event), ("activity", Activity), ("target", Kind)):
            if getattr(self, name) not in get_args(choices):
                raise ValueError(f"{name}: expected one of {', '.join(get_args(choices))}, got {getattr(self, name)!r}")
        if not (isinstance(self.text, str) and 0 < len(self.text) <= SHORT and self.text.isprintable()):
            raise ValueError(f"text: expected one line of 1 to {SHORT} characters, got {self.text!r:.120}")
        if not isinstance(self.count, int) or self.count < 0:
            raise ValueError(f"count: expected a whole number from 0, got {self.count!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Handbook:
    """Behaviours, each name once.

    Raises:
        ValueError: a name twice.
    """

    behaviours: tuple[Behaviour, ...]

    def __post_init__(self) -> None:
        counts = Counter(behaviour.name for behaviour in self.behaviours)
        if twice := next((name for name, count in counts.items() if count > 1), ""):
            raise ValueError(f"name: expected another for each behaviour, got {twice} twice; rename one")

    def relevant(self, observation: PersonObservation) -> tuple[Behaviour, ...]:
        """Return the behaviours for what happened whose target is there, the most frequent first."""
        ids = {seen.id for seen in observation.seen if seen.kind in ("person", "robot")}
        ids |= {heard.speaker for heard in observation.heard if heard.speaker is not None and not heard.own}
        there = {
            "robot": 0 in ids,
            "person": bool(ids - {0}),
            "place": bool(observation.places),
            "nobody": True,
        }
        fitting = [entry for entry in self.behaviours if entry.event == observation.event and there[entry.target]]
        return tuple(sorted(fitting, key=lambda entry: -entry.count)[:MOST_RELEVANT])


def kind_of(target: str) -> Kind:
    """Return what kind of target a decision has."""
    if not target:
        return "nobody"
    return "robot" if target == "robot" else "person" if _PERSON.fullmatch(target) else "place"


def read_cases(folders: Sequence[Path]) -> tuple[Case, ...]:
    """Return the cases of language models in the logs of episodes, in their order.

    They are the events `decision` that say what happened (`event`) beside `activity`, `target`, `reason`, `decided_by`.

    Args:
        folders: each with `log.parquet` and `events.jsonl`.

    Raises:
        ValueError: a log is damaged, or there are no such cases in any.
    """
    cases = []
    for folder in folders:
        for event in EpisodeLog.read(folder).events_of("decision"):
            told = event.get("event") in get_args(Event) and event.get("activity") in get_args(Activity)
            if told and str(event.get("decided_by", "")).startswith("llm:"):
                kind = kind_of(event.get("target", ""))
                cases.append(
                    Case(event=event["event"], activity=event["activity"], target=kind, reason=event["reason"])
                )
    if not cases:
        raise ValueError(
            f"folders: expected decisions of a language model with their event, found none in {len(folders)}; "
            "run with mind=llm"
        )
    return tuple(cases)


def mine(
    cases: Iterable[Case],
    *,
    known: Handbook | None = None,
    least: int = RECURRING,
    alike: float = ALIKE,
    similarity: Similarity | None = None,
) -> Handbook:
    """Return the behaviours that recur, the most frequent first; the order of the cases does not matter.

    Args:
        cases: decisions of language models; of reasons the MOST_REASONS most frequent count, for each thing done.
        known: behaviours that reasons may name; those that were named are kept.
        least: cases that make a behaviour, at least 1. alike: similarity of reasons that mean the same.
        similarity: by default `HashedSimilarity()`.
    """
    near = similarity or HashedSimilarity()
    named = {behaviour.name: behaviour for behaviour in known.behaviours} if known else {}
    uses: Counter[str] = Counter()
    groups: dict[tuple[str, str, Kind], Counter[str]] = {}
    for case in cases:
        if (name := case.reason.strip(" .")) in named:
            uses[name] += 1
        elif reason := _shorten(case.reason):
            groups.setdefault((case.event, case.activity, case.target), Counter())[reason] += 1
    found = [(sum(cluster.values()), key, cluster) for key in groups for cluster in _cluster(groups[key], alike, near)]
    kept = [Behaviour(**{**asdict(named[name]), "count": count}) for name, count in uses.items() if count >= least]
    taken = set(named)
    for count, (event, activity, target), cluster in sorted(found, key=lambda item: (-item[0], item[1], min(item[2]))):
        if count < least:
            continue
        text = _central(cluster, near)
        name = _name(activity, target, cluster, taken)
        taken.add(name)
        kept.append(
            Behaviour(
                name=name,
                event=event,  # type: ignore[arg-type]
                activity=activity,  # type: ignore[arg-type]
                target=target,
                text=text,
                count=count,
            )
        )
    return Handbook(behaviours=tuple(sorted(kept, key=lambda entry: (-entry.count, entry.name))))


def read_handbook(path: Path = SHIPPED) -> Handbook:
    """Return a handbook from a YAML file.

    Raises:
        FileNotFoundError, ValueError: see `read_yaml`; or a field that makes no sense, in one line.
    """
    document = read_yaml(path)
    entries = document.get("behaviours")
    if not isinstance(entries, list) or len(document) > 1:
        raise ValueError(f"{path}: expected the one field behaviours, a list, got {', '.join(map(str, document))}")
    names = [field.name for field in fields(Behaviour)]
    behaviours = []
    for k, entry in enumerate(entries):
        if not isinstance(entry, dict) or set(entry) - set(names) or not set(names) - {"count"} <= set(entry):
            raise ValueError(f"{path}: behaviours.{k}: expected {', '.join(names)}, got {entry!r:.80}")
        try:
            behaviours.append(Behaviour(**entry))
        except ValueError as error:
            raise ValueError(f"{path}: behaviours.{k}.{error}") from None
    try:
        return Handbook(behaviours=tuple(behaviours))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def write_handbook(handbook: Handbook, path: Path) -> None:
    """Write a handbook as YAML, in one go."""
    entries = [asdict(behaviour) for behaviour in handbook.behaviours]
    text = yaml.safe_dump({"behaviours": entries}, sort_keys=False, allow_unicode=True, width=120)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def mine_logs(folders: Sequence[Path], path: Path, *, known: Handbook | None = None) -> Handbook:
    """Mine the logs of episodes, write the handbook to `path` and return it.

    Raises:
        ValueError: see `read_cases`.
    """
    handbook = mine(read_cases(folders), known=known)
    write_handbook(handbook, path)
    return handbook


def _shorten(reason: str) -> str:
    """Return a reason in one line and general words, of at most SHORT characters, cut between words."""
    words = _NUMBERED.sub("there", _PERSON.sub("somebody", " ".join(reason.split()))).strip(" .")
    words = "".join(letter for letter in words if letter.isprintable())
    return words if len(words) <= SHORT else words[: SHORT + 1].rpartition(" ")[0] or words[:SHORT]


def _cluster(reasons: Counter[str], alike: float, near: Similarity) -> list[Counter[str]]:
    """Return reasons in groups: the two whose members are the most similar on average are joined, as long as alike."""
    texts = sorted(reasons, key=lambda reason: (-reasons[reason], reason))[:MOST_REASONS]
    if len(texts) == 1:
        return [Counter({texts[0]: reasons[texts[0]]})]
    similarity = np.array([near(text, texts) for text in texts])
    distance = 1.0 - (similarity + similarity.T) / 2.0
    np.fill_diagonal(distance, 0.0)
    tree = linkage(squareform(np.clip(distance, 0.0, None), checks=False), method="average")
    clusters: dict[int, Counter[str]] = {}
    for label, text in zip(fcluster(tree, 1.0 - alike, criterion="distance").tolist(), texts, strict=True):
        clusters.setdefault(label, Counter())[text] = reasons[text]
    return list(clusters.values())


def _central(cluster: Counter[str], near: Similarity) -> str:
    """Return the reason that is most similar to the others, each as often as it occurs."""
    texts = sorted(cluster)
    weights = np.array([cluster[text] for text in texts], dtype=np.float64)
    return max(texts, key=lambda text: (float(near(text, texts) @ weights), -len(text)))


def _name(activity: str, target: Kind, cluster: Counter[str], taken: set[str]) -> str:
    """Return a new name: what is done, to whom, and the word that most reasons share."""
    said = {stem(activity), stem(target)}
    words: Counter[str] = Counter()
    for reason, count in cluster.items():
        for word in dict.fromkeys(content_words(reason)):
            if stem(word) not in said and _NAME.fullmatch(word):
                words[word] += count
    best = sorted(words, key=lambda word: (-words[word], word))[:1]
    base = "_".join([activity, *([] if target == "nobody" else [target]), *best])[: LONGEST_NAME - 4].rstrip("_")
    name, k = base, 1
    while name in taken:
        k += 1
        name = f"{base}_{k}"
    return name
