"""Asking a language model: faults, limits, budgets, three ways to JSON, and cassettes."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from embodied import llm, llm_endpoint
from embodied.llm import Answer, LLMClient, LLMConfig, LLMError, Usage
from embodied.llm_cassette import Cassette
from tests.embodied.llm_server import GOOD, KEY, SCHEMA, ask, client, echo, live, serve_model

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
        asking = client(server, timeout=2.0 if cues[0] in ("hang", "endless") else 20.0)
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
    assert (first.fault, second.fault, third.fault) == ("", *["no answer within 1.5 s"] * 2)
    assert len(Cassette(tmp_path / "a.jsonl", write=False)) == 3


@live
def test_a_look_up_of_a_name_outlasts_no_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: ended.wait(20.0) and [])
    client("http://somewhere.invalid/v1", retries=0, timeout=0.01).ask_many([ask("a")])  # the package is imported
    start = time.monotonic()
    (answer,) = client("http://somewhere.invalid/v1").ask_many([ask("a")], deadline=0.5)
    assert time.monotonic() - start < 4.0
    ended.set()
    assert answer.fault == "no answer within 0.5 s"


@live
def test_an_answer_that_contradicts_itself_is_asked_for_again() -> None:
    def check(value: dict[str, Any]) -> str:
        return "steps: expected an even number" if value["steps"] % 2 else ""

    with serve_model(lambda _: {**GOOD, "steps": 4}, [json.dumps(GOOD)] * 3) as server:
        asking = client(server, repairs=1)
        assert asking.ask_many([ask("a", check=check)])[0].fault == "steps: expected an even number"
        assert asking.ask(ask("a", check=check)) == {**GOOD, "steps": 4}
    assert "<<< steps: expected an even number >>>" in server.bodies[-1]["messages"][-1]["content"]


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
