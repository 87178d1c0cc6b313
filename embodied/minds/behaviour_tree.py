"""Behaviour trees: what to do now, by priority, with what is under way kept outside the tree.

The nodes are those of robotics (Colledanchise & Ögren, Behavior Trees in Robotics and AI, 2018). One tree serves any
number of people: what is running is in a `State` of each, which is JSON as it stands. A tree is written as JSON, too:

    "name"                                    a leaf: what a function of this name returns
    {"selector": [node, ...]}                 the first that does not fail, asked in order at each tick
    {"sequence": [node, ...]}                 all in order, going on where it was; fails with the first that fails
    {"parallel": [node, ...], "needed": 2}    all at once; succeeds with `needed` of them, fails when that cannot be
    {"when": node, "do": node}                `do` as long as `when` succeeds, asked at each tick; else fails
    {"invert": node}                          success for failure
    {"timeout": node, "seconds": 5}           fails when it has run so long
    {"cooldown": node, "seconds": 60}         begins at most once in so long; else fails
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Generic, Literal, TypeVar

Status = Literal["success", "failure", "running"]
S = TypeVar("S")
State = dict[str, float]  # of one person: what is running and since when, by node
Leaf = Callable[[S], "Status | bool"]  # True: success, False: failure

SUCCESS: Status = "success"
FAILURE: Status = "failure"
RUNNING: Status = "running"


class Node(ABC, Generic[S]):
    """A part of a tree. `key`: its name in a State, another for every node; `document`: what `build` made it of."""

    __slots__ = ("children", "document", "key", "number", "running")

    def __init__(self, key: str, document: Any, children: tuple[Node[S], ...], number: float) -> None:
        self.key, self.document, self.children, self.number = key, document, children, number
        self.running: frozenset[str] = frozenset(self._keys()).union(*(child.running for child in children))

    @abstractmethod
    def tick(self, subject: S, state: State, time: float) -> Status:
        """Let it go on, for whom `state` is, at `time` (s), and tell what came of it."""

    def halt(self, state: State) -> None:
        """Forget what is running, because something else came first."""
        if state:
            for key in self.running.intersection(state):
                del state[key]

    def _keys(self) -> tuple[str, ...]:
        """Return what it keeps in a State while it runs."""
        return (self.key,)


class _Leaf(Node[S]):
    __slots__ = ("function",)
    function: Leaf[S]

    def _keys(self) -> tuple[str, ...]:
        return ()

    def tick(self, subject: S, state: State, time: float) -> Status:
        result = self.function(subject)
        return SUCCESS if result is True else FAILURE if result is False else result


class _Selector(Node[S]):
    __slots__ = ()

    def tick(self, subject: S, state: State, time: float) -> Status:
        for place, child in enumerate(self.children):
            status = child.tick(subject, state, time)
            if status is not FAILURE:
                before = state.pop(self.key, place)
                if before > place:
                    self.children[int(before)].halt(state)
                if status is RUNNING:
                    state[self.key] = place
                return status
        state.pop(self.key, None)
        return FAILURE


class _Sequence(Node[S]):
    __slots__ = ()

    def tick(self, subject: S, state: State, time: float) -> Status:
        for place in range(int(state.pop(self.key, 0)), len(self.children)):
            status = self.children[place].tick(subject, state, time)
            if status is RUNNING:
                state[self.key] = place
            if status is not SUCCESS:
                return status
        return SUCCESS


class _Parallel(Node[S]):
    __slots__ = ()

    def tick(self, subject: S, state: State, time: float) -> Status:
        done = failed = 0
        for place, child in enumerate(self.children):
            key = f"{self.key}.done {place}"
            if key not in state:
                status = child.tick(subject, state, time)
                if status is RUNNING:
                    continue
                state[key] = float(status is SUCCESS)
            done += state[key] == 1.0
            failed += state[key] == 0.0
        if done < self.number and failed <= len(self.children) - self.number:
            return RUNNING
        self.halt(state)
        return SUCCESS if done >= self.number else FAILURE

    def _keys(self) -> tuple[str, ...]:
        return tuple(f"{self.key}.done {place}" for place in range(len(self.children)))


class _When(Node[S]):
    __slots__ = ()

    def tick(self, subject: S, state: State, time: float) -> Status:
        condition, child = self.children
        if condition.tick(subject, state, time) is SUCCESS:
            return child.tick(subject, state, time)
        child.halt(state)
        return FAILURE


class _Invert(Node[S]):
    __slots__ = ()

    def tick(self, subject: S, state: State, time: float) -> Status:
        status = self.children[0].tick(subject, state, time)
        return status if status is RUNNING else FAILURE if status is SUCCESS else SUCCESS


class _Timeout(Node[S]):
    __slots__ = ()

    def tick(self, subject: S, state: State, time: float) -> Status:
        begun = state.get(self.key, time)
        if time - begun >= self.number:
            self.halt(state)
            return FAILURE
        status = self.children[0].tick(subject, state, time)
        if status is RUNNING:
            state[self.key] = begun
        else:
            state.pop(self.key, None)
        return status


class _Cooldown(Node[S]):
    __slots__ = ()

    def tick(self, subject: S, state: State, time: float) -> Status:
        begun = state.get(self.key)
        if begun is not None and time - begun >= self.number:
            self.halt(state)
            begun = None
        runs = f"{self.key}.runs"
        if begun is not None and runs not in state:
            return FAILURE
        status = self.children[0].tick(subject, state, time)
        if status is RUNNING:
            state[runs] = 1.0
        else:
            state.pop(runs, None)
        if begun is None:
            state.pop(self.key, None)
            if status is not FAILURE:
                state[self.key] = time
        return status

    def _keys(self) -> tuple[str, ...]:  # when it began stays after it was halted
        return (f"{self.key}.runs",)


_KINDS: dict[str, tuple[type[Node[Any]], str]] = {  # -> the other entry of its dict
    "selector": (_Selector, ""), "sequence": (_Sequence, ""), "parallel": (_Parallel, "needed"), "when": (_When, "do"),
    "invert": (_Invert, ""), "timeout": (_Timeout, "seconds"), "cooldown": (_Cooldown, "seconds"),
}  # fmt: skip


def build(document: Any, leaves: Mapping[str, Leaf[S]], *, key: str = "tree") -> Node[S]:
    """Return the tree of a document (see above), whose leaves are functions by name.

    Raises:
        ValueError: something that is no node, with where it stands.
    """
    if isinstance(document, str):
        if document not in leaves:
            raise ValueError(f"{key}: expected one of the leaves {', '.join(leaves)}, got {document!r}; name one")
        leaf = _Leaf[S](key, document, (), 0.0)
        leaf.function = leaves[document]
        return leaf
    kind = next((name for name in document if name in _KINDS), "") if isinstance(document, Mapping) else ""
    if not kind or set(document) != {kind, _KINDS[kind][1] or kind}:
        known = ", ".join(f"{name} with {other}" if other else name for name, (_, other) in _KINDS.items())
        raise ValueError(f"{key}: expected the name of a leaf or one of {known}, got {document!r}; mend the tree")
    node, entry = _KINDS[kind]
    inner = document[kind] if kind in ("selector", "sequence", "parallel") else [document[kind]]
    if not isinstance(inner, list | tuple) or not inner:
        raise ValueError(f"{key}.{kind}: expected a list of nodes, got {inner!r}; name one or more")
    inner = [*inner, document["do"]] if kind == "when" else inner
    children = tuple(build(part, leaves, key=f"{key}.{place}") for place, part in enumerate(inner))
    number = 0.0 if entry in ("", "do") else document[entry]
    if entry == "needed" and number not in range(1, len(children) + 1):
        raise ValueError(f"{key}.needed: expected 1 to {len(children)} nodes, got {number!r}; change the number")
    if entry == "seconds" and not (isinstance(number, int | float) and 0 < number < math.inf):
        raise ValueError(f"{key}.seconds: expected a time above 0, got {number!r}; give seconds")
    return node(key, document, children, float(number))
