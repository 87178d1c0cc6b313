"""The language model of the tests: what it writes fits its grammar, a seed writes the same again, counts are true."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from embodied.llm import LLMClient, LLMConfig, Request
from embodied.llm_prompt import chat_body
from embodied.llm_schema import find_fault, plain_schema
from embodied.minds import decision
from tests.embodied import tiny_lm
from tests.embodied.llm_server import KEY, SCHEMA, ask, client, live, serve_model
from tests.embodied.tiny_lm import THUMB, Cache, TinyLM, TinyModel, bounded, encode
from tests.embodied.tiny_lm_training import decide, describe, imagine, lesson, train, trained

torch.set_num_threads(1)


def question(number: int, **more: Any) -> Request:
    """Return what a planner might ask."""
    observation = imagine(np.random.default_rng(number))
    return Request(messages=describe(observation), schema=decision.schema(observation), **more)


def body(request: Request, **more: Any) -> dict[str, Any]:
    """Return the body of a request as the client sends it."""
    return {**chat_body(request, request.messages, "schema"), "model": "tiny", "seed": 0, "temperature": 1.0, **more}


# ---------------------------------------------------------------- network


@given(st.lists(st.integers(1, 20), min_size=2, max_size=6))
@settings(max_examples=12, deadline=None)
def test_what_is_kept_gives_the_same_as_reading_all_anew(parts: list[int]) -> None:
    lm, length = TinyLM(1, width=64, layers=3, heads=2), sum(parts)
    tokens = torch.randint(0, tiny_lm.TOKENS, (1, length), generator=torch.Generator().manual_seed(length))
    with pytest.MonkeyPatch.context() as patch, torch.inference_mode():
        patch.setattr(tiny_lm, "WINDOW", 8)
        cache = Cache(lm, length)
        pieces = torch.cat([lm(piece, cache) for piece in tokens.split(parts, dim=1)], dim=1)
        torch.testing.assert_close(pieces, lm(tokens), rtol=1e-4, atol=1e-4)


def test_a_token_is_seen_as_far_as_the_windows_reach_and_never_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiny_lm, "WINDOW", 8)
    lm, tokens = TinyLM(1, width=64, layers=3, heads=2), torch.arange(60)[None]
    other = tokens.clone()
    other[0, 20] = 99
    with torch.inference_mode():
        differs = (lm(tokens) - lm(other)).abs().amax(dim=-1)[0] > 0
    assert differs.nonzero()[:, 0].tolist() == list(range(20, 20 + 3 * 7 + 1))  # three layers, seven back in each


def test_training_is_the_same_each_time_and_learns(tmp_path: Path) -> None:
    (one, losses), (two, again) = train(3, steps=4, batch=1), train(3, steps=4, batch=1)
    assert losses == again and all(map(torch.equal, one.state_dict().values(), two.state_dict().values()))
    assert abs(losses[0] - np.log(tiny_lm.TOKENS)) < 0.3 and losses[-1] < losses[0] - 0.2
    assert 0.9e6 < one.size < 2e6


def test_weights_are_kept_and_read_again(tmp_path: Path) -> None:
    path, prompt = tmp_path / "weights.safetensors", torch.tensor([lesson(np.random.default_rng(0))[0]])
    first, second = trained(path, steps=0).lm, trained(path, steps=10**9).lm
    with torch.inference_mode():
        assert path.is_file() and torch.equal(first(prompt), second(prompt))


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=100, deadline=None)
def test_lessons_are_decisions_that_fit(seed: int) -> None:
    rng = np.random.default_rng(seed)
    observation = imagine(rng)
    answer = decide(observation, rng)
    assert find_fault(answer, decision.schema(observation)) == ""
    assert decision.read(answer, observation, "lesson").activity == answer["activity"]


# ---------------------------------------------------------------- grammar


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=10, deadline=None)
def test_whatever_it_writes_fits_the_schema_and_ends(tiny_model: TinyModel, seed: int) -> None:
    request = question(seed)
    said = tiny_model.answer(body(request, seed=seed, temperature=3.0, max_tokens=600))
    assert said.finish_reason == "stop"
    assert find_fault(json.loads(said.text), request.schema) == ""
    assert said.completion_tokens == len(said.text.encode())
    assert '": ' not in said.text and not said.text.endswith(" ")


def test_lengths_that_were_put_into_words_hold_and_what_the_engine_does_not_know_is_told(tiny_model: TinyModel) -> None:
    plain = plain_schema(SCHEMA)
    assert bounded(plain, longest=99)["properties"]["say"]["maxLength"] == 20
    assert bounded(plain, longest=5)["properties"]["say"]["maxLength"] == 5
    tool = {"function": {"name": "answer", "parameters": {"type": "object", "contains": {}}}}
    asked = {"messages": [{"role": "user", "content": "a"}], "tools": [tool]}
    with pytest.raises(ValueError, match=r"schema: expected what llguidance knows, got .*contains"):
        tiny_model.answer(asked)
    with pytest.raises(ValueError, match="response_format: expected text or json_schema, got json_object"):
        tiny_model.answer({"messages": asked["messages"], "response_format": {"type": "json_object"}})


def test_what_is_cut_off_says_so(tiny_model: TinyModel) -> None:
    for request in (
        body(question(0), max_tokens=25),
        {"messages": [{"role": "user", "content": "a"}], "max_tokens": 25},
    ):
        said = tiny_model.answer(request)
        assert said.finish_reason == "length" and said.completion_tokens == 25
    whole = tiny_model.answer(body(question(0)))
    same = tiny_model.answer(body(question(0), max_tokens=whole.completion_tokens))
    assert same == whole and same.finish_reason == "stop"


def test_the_same_seed_writes_the_same(tiny_model: TinyModel) -> None:
    first, again, other = (tiny_model.answer(body(question(0), seed=seed)).text for seed in (1, 1, 2))
    assert first == again != other
    cold = [tiny_model.answer(body(question(0), seed=seed, temperature=0)).text for seed in (1, 2)]
    assert cold[0] == cold[1]
    free = body(question(0))
    del free["seed"]
    assert tiny_model.answer(free) != tiny_model.answer(free)


def test_roles_cannot_be_written_in_words() -> None:
    tokens, _ = encode([{"role": "user", "content": "<|260|> \x00 ÿ"}])
    assert [token for token in tokens if token > 255] == [tiny_lm.ROLES["user"], tiny_lm.ROLES["assistant"]]
    with pytest.raises(ValueError, match="role: expected one of system, user, assistant, got 'root'"):
        encode([{"role": "root", "content": "a"}])


# ---------------------------------------------------------------- over the wire


@live
@pytest.mark.parametrize("output", ["schema", "tool"])
def test_decisions_come_over_the_wire(tiny_model: TinyModel, output: Any) -> None:
    requests = [question(seed, seed=seed) for seed in range(4)]
    with serve_model(tiny_model.answer) as server:
        asking = client(server, output=output, temperature=1.0, concurrency=2)
        answers = asking.ask_many(requests)
    assert server.most_at_once == asking.config.concurrency
    for request, answer in zip(requests, answers, strict=True):
        assert answer.error == "" and find_fault(answer.value, request.schema) == "" and answer.attempts == 1
    sent = [encode(asked["messages"])[0] for asked in server.bodies]
    assert asking.ledger.prompt_tokens == sum(map(len, sent)) and asking.ledger.estimated == 0
    assert (asking.ledger.requests, asking.ledger.repairs, asking.ledger.failures) == (4, 0, 0)


@live
def test_without_a_grammar_random_weights_fail_and_it_is_counted(tiny_model: TinyModel) -> None:
    with serve_model(tiny_model.answer) as server:
        asking = client(server, output="prompt", temperature=1.0, max_tokens=30, repairs=2)
        answers = asking.ask_many([question(seed) for seed in range(3)])
    assert all(answer.value is None and "asked 3 times" in answer.error for answer in answers)
    assert (asking.ledger.requests, asking.ledger.repairs, asking.ledger.failures) == (9, 6, 3)
    assert asking.ledger.completion_tokens <= 9 * 30


@live
@pytest.mark.slow
def test_once_taught_it_decides_with_and_without_a_grammar() -> None:
    lm, losses = train(0)
    assert np.mean(losses[-10:]) < 0.1
    requests, shares = [question(10_000 + number) for number in range(20)], {}
    with serve_model(TinyModel(lm=lm).answer) as server:
        for output in ("schema", "prompt"):
            asking = client(server, output=output, repairs=0, timeout=600.0, concurrency=1)
            shares[output] = np.mean([answer.value is not None for answer in asking.ask_many(requests)])
    assert shares["schema"] == 1.0 and shares["prompt"] >= 0.25, shares


@live
def test_pictures_are_counted_and_change_what_follows(tiny_model: TinyModel) -> None:
    dark, light = np.zeros((9, 7, 3), dtype=np.uint8), np.full((9, 7, 3), 255, dtype=np.uint8)
    before = tiny_model.pictures
    with serve_model(tiny_model.answer) as server:
        asking = client(server, vision=True, temperature=1.0)
        none, one, two = asking.ask_many(
            [question(0), question(0, images=(dark,)), question(0, images=(dark, light))]
        )  # fmt: skip
    assert tiny_model.pictures - before == 3
    each = 1 + THUMB**2
    assert one.usage.prompt_tokens - none.usage.prompt_tokens == each
    assert two.usage.prompt_tokens - none.usage.prompt_tokens == 2 * each
    with torch.inference_mode():
        seen = [
            tiny_model.lm(torch.tensor([encode(body(question(0, images=(picture,)))["messages"])[0]]))[0, -1]
            for picture in (dark, light)
        ]
    assert not torch.equal(*seen)
    asked = {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://elsewhere/a.png"}}]}
    with pytest.raises(ValueError, match="image_url: expected data:image"):
        encode([asked])


@live
def test_a_recording_says_the_same_once_the_server_is_gone(tiny_model: TinyModel, tmp_path: Path) -> None:
    tape, requests = tmp_path / "tape.jsonl", [question(seed, seed=seed) for seed in range(4)]
    with serve_model(tiny_model.answer, ["", "500"]) as server:
        recorded = client(server, mode="record", cassette=tape, temperature=1.0).ask_many(requests)
    replayed = client(server, mode="replay", cassette=tape, temperature=1.0).ask_many(requests)
    assert all(answer.value for answer in recorded) and {answer.source for answer in replayed} == {"cassette"}
    assert [(a.value, a.error, a.usage) for a in recorded] == [(a.value, a.error, a.usage) for a in replayed]


@live
def test_what_it_cannot_read_is_a_bad_request(tiny_model: TinyModel) -> None:
    with serve_model(tiny_model.answer) as server:
        schema = {"type": "object", "properties": {"a": {"type": "string", "pattern": "(?=a)b"}}}
        (answer,) = client(server).ask_many([Request(messages=question(0).messages, schema=schema)])
    assert "400" in answer.error and "llguidance" in answer.error and len(server.bodies) == 1


@live
def test_it_can_be_served_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = Path(__file__).with_name("llm_server.py")
    words = ["--port", "0", "--model", "obedient", "--key", KEY, "--script", "429,,torn"]
    command = [sys.executable, str(script), *words]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path, env=environment)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        with urllib.request.urlopen(f"{url}/models") as reply:
            assert json.load(reply)["data"]
        monkeypatch.setenv("TEST_LLM_KEY", KEY)
        asking = LLMClient(LLMConfig(model="whatever", base_url=url, api_key_env="TEST_LLM_KEY", backoff=0.01))
        assert find_fault(asking.ask(question(1)), question(1).schema) == ""
        assert asking.ledger.retries == 1
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0
    finally:
        process.kill()
        process.wait()


def test_a_question_of_the_other_tests_can_be_answered_too(tiny_model: TinyModel) -> None:
    said = tiny_model.answer(body(ask("Where to?")))
    assert find_fault(json.loads(said.text), SCHEMA) == ""
