"""What a model said is kept in a file and said again: without a server, whoever is killed, and without secrets."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from embodied.llm import Answer, LLMError, Request, Usage
from embodied.llm_cassette import Cassette
from embodied.llm_prompt import Reply
from tests.embodied.llm_server import GOOD, KEY, SCHEMA, ask, client, echo, live, serve_model

ROOT = Path(__file__).resolve().parents[2]


def core(answers: list[Answer]) -> list[tuple[Any, str, Usage]]:
    """Return what replay must give back."""
    return [(answer.value, answer.error, answer.usage) for answer in answers]


@live
def test_replay_gives_the_same_without_a_server_or_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tape = tmp_path / "a.jsonl"
    questions = [ask("n 1"), ask("n 2"), ask("n 1"), ask("n 3")]
    with serve_model(echo, ["not JSON", "429"]) as server:
        recorded = client(server, mode="record", cassette=tape, concurrency=1).ask_many(questions)
    assert all(answer.value for answer in recorded) and [answer.attempts for answer in recorded] == [2, 2, 0, 1]
    before = tape.read_bytes()
    monkeypatch.setitem(sys.modules, "openai", None)  # as if it were not installed
    asking = client(server, mode="replay", cassette=tape, api_key_env="NOT_SET", budget_tokens=1)
    for batch in (questions, questions[::-1]):
        replayed = asking.ask_many(batch)
        assert {answer.source for answer in replayed} == {"cassette"}
        assert [a.value for a in replayed] == [a.value for a in (recorded if batch is questions else recorded[::-1])]
        if batch is questions:
            assert core(replayed) == core(recorded)
    with pytest.raises(LLMError, match=r"^cassette=.*a.jsonl: expected .*, it was never asked; record it with .*$"):
        asking.ask_many([ask("n 1"), ask("n 4")])
    assert asking.ledger.requests == 0 and asking.ledger.cost == 0 and asking.ledger.replayed > 0
    assert tape.read_bytes() == before


@live
def test_what_decides_an_answer_is_in_the_key(tmp_path: Path) -> None:
    tape = tmp_path / "a.jsonl"
    with serve_model(echo) as server:
        client(server, mode="record", cassette=tape).ask(ask("n 1"))
    same = {"mode": "replay", "cassette": tape}
    assert client("http://elsewhere:1/v1", **same).ask(ask("n 1"))["steps"] == 1
    for other in ({"model": "big"}, {"temperature": 0.5}, {"seed": 1}, {"output": "tool"}, {"max_tokens": 9}):
        with pytest.raises(LLMError, match="it was never asked"):
            client(server, **same, **other).ask(ask("n 1"))
    wider = Request(messages=ask("n 1").messages, schema={**SCHEMA, "required": ["go"]})
    with pytest.raises(LLMError, match="it was never asked"):
        client(server, **same).ask(wider)


FAULTS = {
    "429": "status 429", "500": "status 500", "401": "status 401", "reset": "no connection",
    "html": "no chat completion", "torn": "no chat completion", "hang": "nothing within 1 s",
    "no JSON": "answer: expected a JSON object, got 'no JSON'",
    "length": "answer: expected at most 1024 tokens, it was cut off there",
}  # fmt: skip


@live
@pytest.mark.parametrize("cue", FAULTS)
def test_failures_are_replayed_and_told_alike_wherever_they_happened(tmp_path: Path, cue: str) -> None:
    tapes = []
    timeout = 1.0 if cue == "hang" else 60.0
    settings: dict[str, Any] = {"retries": 1, "repairs": 1, "timeout": timeout, "concurrency": 1}
    for name in ("a", "b"):
        tapes.append(tmp_path / f"{name}.jsonl")
        with serve_model(echo, ["", *[cue] * 2]) as server:  # each at a port of its own
            recorded = client(server, mode="record", cassette=tapes[-1], **settings).ask_many([ask("n 1"), ask("n 2")])
    assert tapes[0].read_bytes() == tapes[1].read_bytes()
    replayed = client(server, mode="replay", cassette=tapes[0], **settings).ask_many([ask("n 1"), ask("n 2")])
    assert [(a.value, a.fault) for a in replayed] == [(a.value, a.fault) for a in recorded]
    assert [answer.fault for answer in replayed] == ["", FAULTS[cue]] and replayed[1].error
    assert {answer.source for answer in replayed} == {"cassette"}


@live
def test_a_failure_of_another_run_is_tried_again_and_one_of_this_run_holds(tmp_path: Path) -> None:
    tape = tmp_path / "a.jsonl"
    with serve_model(echo, ["500"]) as server:
        first = client(server, mode="auto", cassette=tape, retries=0)
        assert [first.ask_many([ask("n 1")])[0].fault for _ in range(2)] == ["status 500"] * 2
        assert len(server.bodies) == 1  # or else its replay would not be the same
        assert client(server, mode="replay", cassette=tape).ask_many([ask("n 1")])[0].fault == "status 500"
        assert client(server, mode="auto", cassette=tape).ask(ask("n 1"))["steps"] == 1
    assert client(server, mode="replay", cassette=tape).ask(ask("n 1"))["steps"] == 1


@live
def test_who_was_late_is_late_in_the_replay_however_fast_that_is(tmp_path: Path) -> None:
    tape, questions = tmp_path / "a.jsonl", [ask(f"n {number}") for number in range(3)]
    with serve_model(echo, ["", "hang"]) as server:
        asking = client(server, mode="record", cassette=tape, concurrency=1)
        recorded = asking.ask_many(questions, deadline=1.5)
    replayed = client(server, mode="replay", cassette=tape).ask_many(questions, deadline=1e-9)
    assert [(a.value, a.fault) for a in replayed] == [(a.value, a.fault) for a in recorded]
    assert [answer.fault for answer in replayed] == ["", *["no answer within 1.5 s"] * 2]


@live
def test_auto_asks_only_what_is_not_there_and_record_asks_all(tmp_path: Path) -> None:
    tape = tmp_path / "a.jsonl"
    with serve_model(echo) as server:
        client(server, mode="record", cassette=tape).ask(ask("n 1"))
        auto = client(server, mode="auto", cassette=tape)
        assert [answer.source for answer in auto.ask_many([ask("n 1"), ask("n 2")])] == ["cassette", "live"]
        assert len(server.bodies) == 2 and len(tape.read_bytes().splitlines()) == 2
        server.answer = lambda _: {"go": "bakery", "steps": 0}
        anew = client(server, mode="record", cassette=tape)
        assert anew.ask(ask("n 1"))["go"] == "bakery" and anew.ask(ask("n 1"))["go"] == "bakery"
        assert len(server.bodies) == 3  # what it has just recorded it does not ask again
    assert client(server, mode="replay", cassette=tape).ask(ask("n 1"))["go"] == "bakery"  # the later line counts


@live
def test_bytes_of_a_cassette_do_not_depend_on_concurrency(tmp_path: Path) -> None:
    def uneven(body: dict[str, Any]) -> Any:
        value, repaired = echo(body), len(body["messages"]) > 2
        time.sleep(0.02 * (7 - value["steps"]))
        return value if repaired or value["steps"] % 3 else "no"

    tapes = []
    with serve_model(uneven) as server:
        for concurrency in (1, 8):
            tape = tmp_path / f"{concurrency}.jsonl"
            asking = client(server, mode="record", cassette=tape, concurrency=concurrency)
            answers = asking.ask_many([ask(f"n {number}") for number in range(8)])
            assert [a.value["steps"] for a in answers if a.value] == list(range(8))
            tapes.append(tape.read_bytes())
    assert tapes[0] == tapes[1] and tapes[0].count(b"\n") == 8 + 3
    assert server.most_at_once > 1


WRITER = """
import sys
from pathlib import Path
from tests.embodied.llm_server import ask, client
asking = client(sys.argv[1], mode="record", cassette=Path(sys.argv[2]), concurrency=1)
asking.ask_many([ask(f"n {number}") for number in range(50)])
"""


@live
def test_a_writer_that_is_killed_leaves_a_cassette_one_can_use(tmp_path: Path) -> None:
    tape = tmp_path / "a.jsonl"
    with serve_model(lambda body: (time.sleep(0.03), echo(body))[1]) as server:
        writer = subprocess.Popen([sys.executable, "-c", WRITER, server.url, str(tape)], cwd=ROOT)
        while len(server.bodies) < 10 and writer.poll() is None:
            time.sleep(0.01)
        os.kill(writer.pid, signal.SIGKILL)
        assert writer.wait() == -signal.SIGKILL
        kept = len(Cassette(tape, write=False))
        assert 8 <= kept <= 11  # what had come back is there
        asked = len(server.bodies)
        answers = client(server, mode="auto", cassette=tape).ask_many([ask(f"n {number}") for number in range(20)])
        assert [a.value["steps"] for a in answers if a.value] == list(range(20))
        assert len(server.bodies) - asked == 20 - kept


def test_a_torn_line_is_left_out_and_mended(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    tape, replies = (
        tmp_path / "deep" / "a.jsonl",
        [(str(n), Reply(text=f"{n}\n\u2028é", prompt_tokens=n)) for n in range(4)],
    )
    Cassette(tape, write=True).add(replies[:3])
    whole = tape.read_bytes()
    for length in range(len(whole.splitlines(keepends=True)[0]), len(whole)):
        tape.write_bytes(whole[:length])
        with caplog.at_level(logging.WARNING):
            caplog.clear()
            cassette = Cassette(tape, write=True)
        complete = whole[:length].count(b"\n")
        assert len(cassette) == complete and bool(caplog.records) == (not whole[:length].endswith(b"\n"))
        assert tape.read_bytes() == whole[:length]  # reading changes nothing
        if length % 7 == 0:
            cassette.add(replies[3:])
            again = Cassette(tape, write=False)
            assert [again.find(key) for key, _ in replies] == [
                reply if n < complete or n == 3 else None for n, (_, reply) in enumerate(replies)
            ]
    tape.write_bytes(b"{}\n" + whole)
    with pytest.raises(ValueError, match=r"cassette=.*: expected a reply in line 1, got .*; delete the line"):
        Cassette(tape, write=False)


def test_a_cassette_that_cannot_be_written_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected a file that can be written; name another"):
        Cassette(tmp_path, write=True)
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match=r"file/a\.jsonl: cannot be written: .*; name another file"):
        Cassette(tmp_path / "file" / "a.jsonl", write=True)


def test_workers_share_a_cassette(tmp_path: Path) -> None:
    tape = tmp_path / "a.jsonl"
    writers = [Cassette(tape, write=True) for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        for worker, cassette in enumerate(writers):
            for number in range(20):
                threads.submit(cassette.add, [(f"{worker}.{number}", Reply(text="x" * 9000))])
    assert len(Cassette(tape, write=False)) == 80


@live
def test_no_secret_is_written_or_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("TEST_LLM_KEY", KEY)
    caplog.set_level(logging.DEBUG)
    tape = tmp_path / "a.jsonl"
    with serve_model(lambda _: {**GOOD, "say": KEY[:20]}, ["500", f"your key is {KEY}"], key=KEY) as server:
        asking = client(server, mode="record", cassette=tape, api_key_env="TEST_LLM_KEY")
        answers = asking.ask_many([ask("a"), ask("b")])
        server.answer = lambda _: KEY
        answers += asking.ask_many([ask("c")])
        server.key = "sk-changed"
        answers += asking.ask_many([ask("d")])
    asking.ledger.write(tmp_path / "ledger.json")
    assert answers[0].value and answers[2].error and answers[3].error and tape.read_text().count("***") >= 2
    said = "\n".join([repr(answers), repr(asking.config), caplog.text])
    for text in (said, *(path.read_text() for path in tmp_path.iterdir())):
        assert KEY not in text
