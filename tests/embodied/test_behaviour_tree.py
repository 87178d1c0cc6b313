"""Behaviour trees: what each node does, that states of people are apart, and that trees are JSON."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embodied.minds.behaviour_tree import FAILURE, RUNNING, SUCCESS, State, Status, build

Script = dict[str, Status]  # what each leaf returns


class Subject:
    """Leaves return what the script says; `asked` keeps their order."""

    def __init__(self, **script: Status) -> None:
        self.script: Script = script
        self.asked: list[str] = []


def leaf(name: str):
    def function(subject: Subject) -> Status:
        subject.asked.append(name)
        return subject.script[name]

    return function


NAMES = "abcd"
LEAVES = {name: leaf(name) for name in NAMES}
RESULTS = st.sampled_from([SUCCESS, FAILURE, RUNNING])


def tick(tree: Any, subject: Subject, state: State | None = None, time: float = 0.0) -> Status:
    subject.asked.clear()
    return build(tree, LEAVES).tick(subject, {} if state is None else state, time)


@given(st.lists(RESULTS, min_size=4, max_size=4))
def test_selector_and_sequence_are_each_others_mirror(results: list[Status]) -> None:
    subject = Subject(**dict(zip(NAMES, results, strict=True)))
    first = next((result for result in results if result is not FAILURE), FAILURE)
    assert tick({"selector": list(NAMES)}, subject) is first
    assert len(subject.asked) == next((k + 1 for k, result in enumerate(results) if result is not FAILURE), 4)
    mirrored = {SUCCESS: FAILURE, FAILURE: SUCCESS, RUNNING: RUNNING}
    inner = {"sequence": [{"invert": name} for name in NAMES]}
    assert tick({"invert": inner}, subject) is first, "De Morgan"
    opposite = Subject(**{name: mirrored[result] for name, result in zip(NAMES, results, strict=True)})
    assert tick({"sequence": list(NAMES)}, opposite) is mirrored[first]


@given(st.lists(RESULTS, min_size=4, max_size=4), st.integers(1, 4))
def test_parallel_counts(results: list[Status], needed: int) -> None:
    subject, state = Subject(**dict(zip(NAMES, results, strict=True))), {}
    status = tick({"parallel": list(NAMES), "needed": needed}, subject, state)
    done, failed = results.count(SUCCESS), results.count(FAILURE)
    assert status is (SUCCESS if done >= needed else FAILURE if failed > 4 - needed else RUNNING)
    assert subject.asked == list(NAMES) and (status is RUNNING or not state)
    if status is RUNNING:
        tick({"parallel": list(NAMES), "needed": needed}, subject, state)
        assert subject.asked == [n for n, result in zip(NAMES, results, strict=True) if result is RUNNING]


def test_a_sequence_goes_on_where_it_was() -> None:
    subject, state = Subject(a=SUCCESS, b=RUNNING, c=SUCCESS), {}
    assert tick({"sequence": ["a", "b", "c"]}, subject, state) is RUNNING and subject.asked == ["a", "b"]
    subject.script["b"] = SUCCESS
    assert tick({"sequence": ["a", "b", "c"]}, subject, state) is SUCCESS and subject.asked == ["b", "c"]
    assert state == {}


def test_what_comes_first_ends_what_runs() -> None:
    tree = {"selector": ["a", {"sequence": ["b", "c"]}]}
    subject, state = Subject(a=FAILURE, b=SUCCESS, c=RUNNING), {}
    assert tick(tree, subject, state) is RUNNING and state
    subject.script["a"] = SUCCESS
    assert tick(tree, subject, state) is SUCCESS and state == {}
    subject.script["a"] = FAILURE
    tick(tree, subject, state)
    assert subject.asked == ["a", "b", "c"], "it begins anew"


def test_when_is_asked_at_each_tick() -> None:
    tree = {"when": "a", "do": {"sequence": ["b", "c"]}}
    subject, state = Subject(a=SUCCESS, b=SUCCESS, c=RUNNING), {}
    assert tick(tree, subject, state) is RUNNING
    subject.script["a"] = FAILURE
    assert tick(tree, subject, state) is FAILURE and subject.asked == ["a"] and state == {}


@given(st.floats(0.5, 100), st.floats(0.0, 300))
def test_a_timeout_ends_what_runs_too_long(seconds: float, later: float) -> None:
    tree, subject, state = {"timeout": "a", "seconds": seconds}, Subject(a=RUNNING), {}
    assert tick(tree, subject, state, 0.0) is RUNNING
    assert tick(tree, subject, state, later) is (RUNNING if later < seconds else FAILURE)
    assert tick(tree, subject, state, later + seconds) is (FAILURE if later < seconds else RUNNING), "then it is anew"


@given(st.floats(1, 100), st.lists(st.floats(0.0, 50), min_size=1, max_size=20), RESULTS)
def test_a_cooldown_begins_at_most_once_in_its_time(seconds: float, gaps: list[float], result: Status) -> None:
    tree, subject, state, now = {"cooldown": "a", "seconds": seconds}, Subject(a=result), {}, 0.0
    begun: float | None = None
    for gap in gaps:
        now += gap
        status = tick(tree, subject, state, now)
        if result is RUNNING or result is FAILURE or begun is None or now - begun >= seconds:
            assert status is result and subject.asked == ["a"]
        else:
            assert status is FAILURE and subject.asked == []
        if result is not FAILURE and (begun is None or now - begun >= seconds):
            begun = now


def test_what_runs_in_a_cooldown_runs_on_and_then_rests() -> None:
    tree, subject, state = {"cooldown": {"timeout": "a", "seconds": 5}, "seconds": 20}, Subject(a=RUNNING), {}
    seen = [tick(tree, subject, state, float(t)) for t in range(30)]
    assert seen == [RUNNING] * 5 + [FAILURE] * 15 + [RUNNING] * 5 + [FAILURE] * 5


def test_one_tree_serves_all_and_states_are_json() -> None:
    document = {"selector": [{"cooldown": {"sequence": ["a", "b"]}, "seconds": 9}, {"timeout": "c", "seconds": 2}, "d"]}
    tree = build(document, LEAVES)
    subject = Subject(a=SUCCESS, b=RUNNING, c=RUNNING, d=SUCCESS)
    states: list[State] = [{}, {}]
    tree.tick(subject, states[0], 0.0)
    assert states[0] and not states[1]
    again = json.loads(json.dumps(states[0]))
    assert again == states[0]
    copy = build(json.loads(json.dumps(tree.document)), LEAVES)
    assert copy.document == document
    script = [(1.0, SUCCESS), (2.0, FAILURE), (3.0, RUNNING), (9.5, RUNNING)]
    for now, result in script:
        subject.script["b"] = result
        assert copy.tick(subject, again, now) is tree.tick(subject, states[0], now)
        assert again == states[0]


BAD: list[tuple[Any, str]] = [
    ("e", "tree: expected one of the leaves"),
    ({"selector": []}, "tree.selector: expected a list"),
    ({"sequence": ["a", {"selektor": ["b"]}]}, "tree.1: expected the name of a leaf or one of"),
    ({"invert": "a", "seconds": 2}, "tree: expected the name"),
    ({"timeout": "a", "seconds": 0}, "tree.seconds: expected a time above 0, got 0"),
    ({"cooldown": "a"}, "tree: expected the name"),
    ({"parallel": ["a", "b"], "needed": 3}, "tree.needed: expected 1 to 2"),
    (7, "tree: expected the name"),
]


@pytest.mark.parametrize(("document", "message"), BAD)
def test_what_is_no_tree_is_told_in_one_line(document: Any, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        build(document, LEAVES)
    assert str(caught.value).startswith(message) and "\n" not in str(caught.value)


def test_a_tick_takes_microseconds() -> None:
    tree = build({"selector": [{"when": "a", "do": "b"} for _ in range(6)] + ["c"]}, {
        "a": lambda _: False, "b": lambda _: True, "c": lambda _: True,
    })  # fmt: skip
    state: State = {}
    taken = []
    for _ in range(20):
        begun = time.process_time()
        for _ in range(500):
            tree.tick(None, state, 0.0)
        taken.append((time.process_time() - begun) / 500)
    assert min(taken) < 50e-6, "20 nodes: 36 us is what py_trees takes for 14"
