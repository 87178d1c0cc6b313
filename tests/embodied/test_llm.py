"""Asking a language model: faults, limits, budgets, three ways to JSON, and cassettes."""

from __future__ import annotations

import asyncio
import base64
import importlib.util
import io
import json
import logging
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from embodied import llm, llm_endpoint
from embodied.llm import Answer, LLMClient, LLMConfig, LLMError, Message, Request, Usage
from embodied.llm_cassette import Cassette
from embodied.llm_prompt import Reply
from tests.embodied.llm_server import ModelServer, serve_model

ROOT = Path(__file__).resolve().parents[2]
KEY = "sk-test-4f9c1d7e20b84a"
SCHEMA: dict[str, Any] = {
    "type": "object", "additionalProperties": False, "required": ["go", "steps"],
    "properties": {
        "go": {"type": "string", "enum": ["bakery", "bank"]},
        "steps": {"type": "integer", "minimum": 0, "maximum": 1000},
        "say": {"type": "string", "maxLength": 20},
    },
}  # fmt: skip
GOOD = {"go": "bank", "steps": 3}

live = pytest.mark.skipif(importlib.util.find_spec("openai") is None, reason="openai is missing; install [llm]")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our server is on this machine."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def ask(text: str, **more: Any) -> Request:
    return Request(messages=(Message(role="system", text="Be brief."), Message(role="user", text=text)),
                   schema=SCHEMA, **more)  # fmt: skip


def client(server: ModelServer | str, **settings: Any) -> LLMClient:
    url = server if isinstance(server, str) else server.url
    return LLMClient(LLMConfig(**{"model": "tiny", "base_url": url, "api_key_env": "", "backoff": 0.01, **settings}))


def echo(body: dict[str, Any]) -> dict[str, Any]:
    """Answer with the number of steps that the question names."""
    return {"go": "bank", "steps": int(body["messages"][1]["content"].split()[-1])}


def core(answers: list[Answer]) -> list[tuple[Any, str, Usage]]:
    """Return what replay must give back."""
    return [(answer.value, answer.error, answer.usage) for answer in answers]


# ---------------------------------------------------------------- answers


@live
@pytest.mark.parametrize("output", ["schema", "tool", "prompt"])
def test_each_way_of_asking_gets_an_answer(output: Any) -> None:
    prose = output == "prompt"
    with serve_model(lambda _: f"Sure {{x}}:\n```json\n{json.dumps(GOOD)}\n```" if prose else GOOD) as server:
        (answer,) = client(server, output=output, seed=7).ask_many([ask("Where to?")])
    assert answer.value == GOOD and answer.error == "" and answer.source == "live" and answer.attempts == 1
    assert answer.usage == Usage(prompt_tokens=100, completion_tokens=20)
    (body,) = server.bodies
    assert (body["model"], body["seed"], body["temperature"], body["max_tokens"]) == ("tiny", 7, 0.0, 1024)
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    if output == "schema":
        sent = body["response_format"]["json_schema"]["schema"]
    elif output == "tool":
        assert body["tool_choice"]["function"]["name"] == body["tools"][0]["function"]["name"]
        sent = body["tools"][0]["function"]["parameters"]
    else:
        assert "response_format" not in body and "tools" not in body
        assert json.dumps(SCHEMA) in body["messages"][0]["content"]
        return
    assert "maxLength" not in json.dumps(sent) and "At most 20 characters" in sent["properties"]["say"]["description"]


@live
@pytest.mark.parametrize("output", ["schema", "tool", "prompt"])
@pytest.mark.parametrize(
    ("bad", "word"),
    [
        ("I would rather not.", "expected a JSON object"),
        ('{"go": "bank", "steps": 3', "expected JSON"),
        ('{"go": "moon", "steps": 3}', "answer.go: expected one of 'bakery', 'bank', got 'moon'"),
        ('{"go": "bank", "steps": 3, "kill": 1}', "expected only go, steps, say, got 'kill'"),
        ('{"go": "bank", "steps": NaN}', "NaN"),
    ],
)
def test_an_answer_that_does_not_fit_is_asked_for_again_with_the_reason(output: Any, bad: str, word: str) -> None:
    with serve_model(lambda _: GOOD, [bad]) as server:
        asking = client(server, output=output)
        (answer,) = asking.ask_many([ask("Where to?")])
    assert answer.value == GOOD and answer.attempts == 2
    assert answer.usage == Usage(prompt_tokens=200, completion_tokens=40)
    first, second = server.bodies
    assert second["messages"][: len(first["messages"])] == first["messages"]
    shown, reason = second["messages"][len(first["messages"]) :]
    assert shown == {"role": "assistant", "content": bad} and reason["role"] == "user" and word in reason["content"]
    assert (asking.ledger.repairs, asking.ledger.retries, asking.ledger.failures) == (1, 0, 0)


@live
def test_repair_ends() -> None:
    with serve_model(lambda _: {"go": "moon", "steps": 1}) as server:
        (answer,) = client(server, repairs=2).ask_many([ask("Where to?")])
        assert len(server.bodies) == 3
        with pytest.raises(LLMError, match=r"answer.go: expected one of .*asked 1 times"):
            client(server, repairs=0).ask(ask("Where to?"))
    assert answer.value is None and "asked 3 times" in answer.error and "\n" not in answer.error


@live
def test_an_answer_cut_at_max_tokens_is_none() -> None:
    with serve_model(lambda _: GOOD, ["length", "length"]) as server:
        (answer,) = client(server, repairs=0, max_tokens=5).ask_many([ask("a")])
    assert answer.value is None and "at most 5 tokens" in answer.error


@live
def test_pictures_arrive_pixel_by_pixel_and_count_in_the_key(tmp_path: Path) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    other = picture.copy()
    other[0, 0, 0] ^= 1
    with serve_model(lambda _: GOOD) as server:
        asking = client(server, vision=True, mode="auto", cassette=tmp_path / "a.jsonl")
        for image in (picture, other, picture):
            asking.ask(ask("What is there?", images=(image,)))
    assert len(server.bodies) == 2
    words, part = server.bodies[0]["messages"][1]["content"]
    assert words == {"type": "text", "text": "What is there?"} and part["type"] == "image_url"
    head, data = part["image_url"]["url"].split(",")
    assert head == "data:image/png;base64"
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(base64.b64decode(data)))), picture)


@live
def test_a_model_without_eyes_is_shown_nothing() -> None:
    with serve_model(lambda _: GOOD) as server:
        with pytest.raises(ValueError, match="images: expected none for tiny, got 1; set vision"):
            client(server).ask_many([ask("a"), ask("b", images=(np.zeros((2, 2, 3), dtype=np.uint8),))])
        assert not server.bodies


@live
def test_the_same_question_is_asked_once_in_a_batch() -> None:
    with serve_model(echo) as server:
        asking = client(server)
        answers = asking.ask_many([ask("n 1"), ask("n 2"), ask("n 1"), ask("n 1"), ask("n 1", seed=5)])
    assert [answer.value["steps"] for answer in answers if answer.value] == [1, 2, 1, 1, 1]
    assert len(server.bodies) == 3  # another seed is another question
    assert (asking.ledger.asked, asking.ledger.merged, asking.ledger.requests) == (5, 2, 3)
    assert sum(answer.usage.prompt_tokens for answer in answers) == asking.ledger.prompt_tokens == 300
    assert answers[0].value is not None
    answers[0].value["steps"] = 99
    assert answers[2].value == {"go": "bank", "steps": 1}


# ---------------------------------------------------------------- faults


@live
@pytest.mark.parametrize(
    "cues", [["429"], ["500", "503"], ["reset"], ["torn"], ["html"], ["hang"], ["endless"], ["huge"], ["408"]]
)
def test_a_fault_that_passes_is_survived(cues: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llm_endpoint, "MOST_BYTES", 1_000_000)
    with serve_model(lambda _: GOOD, cues) as server:
        asking = client(server, timeout=0.4 if cues[0] in ("hang", "endless") else 20.0)
        (answer,) = asking.ask_many([ask("a")])
    assert answer.value == GOOD and answer.attempts == len(cues) + 1
    ledger = asking.ledger
    assert (ledger.requests, ledger.retries, ledger.failures) == (len(cues) + 1, len(cues), 0)
    assert ledger.seconds < 15.0  # what is huge is cut by its size, not by the timeout
    paid = {"hang", "endless", "huge", "torn", "html"} & set(cues)  # perhaps charged: booked at full length
    assert ledger.estimated == len(paid) and ledger.completion_tokens == 20 + 1024 * len(paid)


@live
@pytest.mark.parametrize(
    ("cue", "line"),
    [
        ("429", "429"), ("500", "500"), ("reset", "no connection"), ("html", "expected a chat completion"),
        ("hang", "nothing within 0.3 s"), ("endless", "nothing within 0.3 s"),
    ],
)  # fmt: skip
def test_a_fault_that_stays_is_told_in_one_line(cue: str, line: str) -> None:
    with serve_model(lambda _: GOOD, [cue] * 9) as server:
        asking = client(server, timeout=0.3, retries=2)
        (answer,) = asking.ask_many([ask("a")])
        assert len(server.bodies) == 3
    assert answer.value is None and answer.attempts == 3
    assert line in answer.error and server.url in answer.error and "\n" not in answer.error
    assert (asking.ledger.retries, asking.ledger.failures) == (2, 1)


@live
def test_the_server_says_how_long_to_wait() -> None:
    with serve_model(lambda _: GOOD, ["429 0.3", "429 3600"]) as server:
        (answer,) = client(server).ask_many([ask("a")])
    assert server.times[1] - server.times[0] >= 0.3
    assert len(server.bodies) == 2 and "wait 3600 s" in answer.error


@live
@pytest.mark.parametrize("status", ["400", "401", "403", "404", "422"])
def test_what_does_not_pass_is_not_tried_again(status: str) -> None:
    with serve_model(lambda _: GOOD, [status]) as server:
        (answer,) = client(server).ask_many([ask("a")])
        assert len(server.bodies) == 1
    assert answer.value is None and status in answer.error


@live
def test_a_wrong_key_is_told_once_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_LLM_KEY", KEY)
    with serve_model(lambda _: GOOD, key="sk-another") as server:
        asking = client(server, api_key_env="TEST_LLM_KEY", concurrency=1)
        answers = asking.ask_many([ask("a"), ask("b")])
        assert len(server.bodies) == 1  # asking on makes no sense
        with pytest.raises(LLMError, match=r"401: .*; check the key in TEST_LLM_KEY$"):
            asking.ask(ask("a"))
    for answer in answers:
        assert "401" in answer.error and "***" in answer.error and KEY not in answer.error


@live
def test_a_model_that_is_not_there_and_a_server_that_is_not_there() -> None:
    line = r"huge at .*404: .*'huge' does not exist.*; check base_url and model"
    with serve_model(lambda _: GOOD) as server, pytest.raises(LLMError, match=line):
        client(server, model="huge").ask(ask("a"))
    asking = client(server, retries=1, concurrency=1)
    answers = asking.ask_many([ask("a"), ask("b"), ask("c")])
    assert all("no connection" in answer.error and "start the server" in answer.error for answer in answers)
    assert asking.ledger.requests == 3 + 1  # each once; when one has tried again in vain, nobody is there


@live
def test_one_bad_question_does_not_harm_the_others() -> None:
    with serve_model(echo, ["400"]) as server:
        answers = client(server, concurrency=1).ask_many([ask(f"n {number}") for number in range(4)])
    assert [answer.value and answer.value["steps"] for answer in answers] == [None, 1, 2, 3]


# ---------------------------------------------------------------- limits


@live
def test_no_more_at_once_than_allowed() -> None:
    def slow(body: dict[str, Any]) -> Any:
        time.sleep(0.05)
        return echo(body)

    with serve_model(slow) as server:
        answers = client(server, concurrency=3).ask_many([ask(f"n {number}") for number in range(9)])
    assert server.most_at_once == 3 and [a.value["steps"] for a in answers if a.value] == list(range(9))


@live
def test_no_more_in_a_minute_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llm, "MINUTE", 0.6)
    with serve_model(echo) as server:
        asking = client(server, per_minute=2)
        for batch in ((0, 1, 2), (3, 4)):  # the limit holds across batches
            asking.ask_many([ask(f"n {number}") for number in batch])
    times = sorted(server.times)
    assert all(late - early > 0.4 for early, late in zip(times, times[2:], strict=False))


@live
def test_late_answers_are_errors_and_the_others_are_there(tmp_path: Path) -> None:
    with serve_model(echo, ["", "hang"]) as server:
        asking = client(server, concurrency=1, mode="auto", cassette=tmp_path / "a.jsonl")
        start = time.monotonic()
        first, second, third = asking.ask_many([ask(f"n {number}") for number in range(3)], deadline=1.5)
        assert time.monotonic() - start < 4.0
    assert first.value == {"go": "bank", "steps": 0}
    assert second.value is None and "within 1.5 s" in second.error and second.attempts == 1
    assert third.value is None and third.attempts == 0
    assert asking.ledger.failures == 2 and asking.ledger.estimated == 1  # what was under way may have cost
    assert len(Cassette(tmp_path / "a.jsonl", write=False)) == 1


@live
@pytest.mark.parametrize(
    "budget", [{"budget_tokens": 240}, {"budget_cost": 280e-6, "price_in": 1.0, "price_out": 2.0}]
)  # fmt: skip
def test_nothing_is_asked_beyond_the_budget(budget: dict[str, Any], tmp_path: Path) -> None:
    with serve_model(echo) as server:
        asking = client(server, concurrency=1, **budget)  # a reply: 120 tokens, 140 millionths
        answers = asking.ask_many([ask(f"n {number}") for number in range(4)])
        assert len(server.bodies) == 2
    assert [bool(answer.value) for answer in answers] == [True, True, False, False]
    assert next(iter(budget)) in answers[3].error and "raise it" in answers[3].error
    asking.ledger.write(tmp_path / "ledger.json")
    written = json.loads((tmp_path / "ledger.json").read_text())
    assert written["requests"] == 2 and written["failures"] == 2 and written["seconds"] > 0
    assert (written["prompt_tokens"], written["completion_tokens"], written["estimated"]) == (200, 40, 0)
    assert written["cost"] == pytest.approx(280e-6 if "price_in" in budget else 0.0)


@live
def test_a_server_that_does_not_count_is_counted() -> None:
    with serve_model(lambda _: GOOD, usage=False) as server:
        asking = client(server)
        (answer,) = asking.ask_many([ask("a" * 400)])
    assert asking.ledger.estimated == 1 and 90 < answer.usage.prompt_tokens < 120
    assert answer.usage.completion_tokens == -(-len(json.dumps(GOOD)) // 4)


@live
def test_asking_works_within_a_running_loop() -> None:
    async def cell(asking: LLMClient) -> list[Answer]:
        return [*asking.ask_many([ask("n 1")]), *(await asking.answer([ask("n 2")]))]

    with serve_model(echo) as server:
        answers = asyncio.run(cell(client(server)))
    assert [answer.value["steps"] for answer in answers if answer.value] == [1, 2]


# ---------------------------------------------------------------- cassettes


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
    missed = asking.ask_many([ask("n 1"), ask("n 4")])
    assert missed[0].value == recorded[0].value
    assert missed[1].value is None and "there is none; record it" in missed[1].error
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
        with pytest.raises(LLMError, match="there is none"):
            client(server, **same, **other).ask(ask("n 1"))
    wider = Request(messages=ask("n 1").messages, schema={**SCHEMA, "required": ["go"]})
    with pytest.raises(LLMError, match="there is none"):
        client(server, **same).ask(wider)


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
from tests.embodied.test_llm import ask, client
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


# ---------------------------------------------------------------- set up


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"model": ""}, "model: expected its name"),
        ({"base_url": "localhost:8000"}, "base_url=localhost:8000: expected http"),
        ({"base_url": "https://me:sesame@host/v1"}, "base_url: expected no password"),
        ({"base_url": "https://host/v1?key=sesame"}, "base_url: expected no password"),
        ({"api_key_env": "sk-sesame"}, "api_key_env: expected the NAME"),
        ({"mode": "reply"}, "mode=reply: expected one of live, record, replay, auto"),
        ({"mode": "replay"}, "mode=replay: expected a cassette"),
        ({"output": "xml"}, "output=xml: expected one of schema, tool, prompt"),
        ({"timeout": 0.0}, "timeout=0.0: expected a number from"),
        ({"timeout": float("nan")}, "timeout=nan: expected a number from"),
        ({"concurrency": 0}, "concurrency=0: expected a number from 1"),
        ({"retries": -1}, "retries=-1: expected a number from 0"),
        ({"budget_cost": 1.0}, "budget_cost=1.0: expected price_in and price_out"),
    ],
)
def test_a_setting_that_makes_no_sense_is_told_in_one_line(settings: dict[str, Any], line: str) -> None:
    with pytest.raises(ValueError) as caught:
        LLMConfig(**{"model": "tiny", **settings})
    assert line in str(caught.value) and "\n" not in str(caught.value) and "sesame" not in str(caught.value)


def test_what_is_missing_is_told_before_anything_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match=r"cassette=.*none.jsonl: expected a recorded file, found none; record one"):
        LLMClient(LLMConfig(model="tiny", mode="replay", cassette=tmp_path / "none.jsonl"))
    monkeypatch.setattr(llm_endpoint, "find_spec", lambda name: None)
    line = r"^openai: expected the package, it is missing; pip install 'embodied-sim\[llm\]'$"
    with pytest.raises(LLMError, match=line):
        LLMClient(LLMConfig(model="tiny", api_key_env=""))
    asking = LLMClient(LLMConfig(model="tiny", api_key_env="", mode="auto", cassette=tmp_path / "a.jsonl"))
    with pytest.raises(LLMError, match=line):
        asking.ask(ask("a"))
    monkeypatch.setattr(llm_endpoint, "find_spec", lambda name: name)
    for value, what in (("", "it is not set"), ("sk-\nsesame", "other characters")):
        monkeypatch.setenv("TEST_LLM_KEY", value)
        with pytest.raises(
            LLMError, match=f"^TEST_LLM_KEY: expected the key for https://api.openai.com/v1 .*{what}"
        ) as no:
            LLMClient(LLMConfig(model="tiny", api_key_env="TEST_LLM_KEY"))
        assert "sesame" not in str(no.value)


def test_an_empty_batch_is_empty_and_time_must_be_given(tmp_path: Path) -> None:
    asking = LLMClient(LLMConfig(model="tiny", mode="auto", cassette=tmp_path / "a.jsonl"))
    assert asking.ask_many([]) == [] and not (tmp_path / "a.jsonl").exists()
    with pytest.raises(ValueError, match="deadline=0"):
        asking.ask_many([ask("a")], deadline=0.0)
