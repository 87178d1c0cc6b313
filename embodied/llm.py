"""Questions to a language model, at any endpoint that speaks OpenAI's chat completions, or to a recording of it.

    client = LLMClient(LLMConfig(model="qwen3", base_url="http://localhost:11434/v1", api_key_env=""))
    answers = client.ask_many([Request(messages=(Message(role="user", text="…"),), schema=SCHEMA)], deadline=20.0)

A batch runs at once, below the limits; each answer has its own error, so that one may go on without it. With a
cassette the same questions get the same answers, errors among them, without a network or the package `openai`; what it
does not hold stops a replay.
"""

from __future__ import annotations

import asyncio
import copy
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from embodied.llm_cassette import Cassette, Failure, Kept, Ledger
from embodied.llm_config import LLMConfig
from embodied.llm_endpoint import Endpoint, EndpointFault, LLMError, check_access
from embodied.llm_prompt import (
    Message,
    Reply,
    Request,
    quote,
    repair_turns,
    request_key,
)
from embodied.llm_schema import read_json

__all__ = ["Answer", "LLMClient", "LLMConfig", "LLMError", "Message", "Request", "Usage", "quote"]

MINUTE = 60.0  # s, the window of the rate limit
LONGEST_WAIT = 60.0  # s; who asks us to wait longer is not waited for


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of the prompts and of the answers, all attempts together."""

    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of a request.

    Attributes:
        value: the JSON object that fits the schema, or None. error: why there is none, in one line, or "".
        fault: the error in a few words that a replay repeats, for records; see `Failure`.
        usage: tokens; of requests that were the same, only the first counts them, and attempts.
        seconds: until it was there. attempts: replies and faults on the way, repairs and retries among them.
        source: "cassette" where nothing was sent to the endpoint.
    """

    value: dict[str, Any] | None
    error: str = ""
    fault: str = ""
    usage: Usage = field(default_factory=Usage)
    seconds: float = 0.0
    attempts: int = 0
    source: Literal["live", "cassette"] = "live"


@dataclass(slots=True, kw_only=True, eq=False)
class _Work:
    """A question under way."""

    request: Request
    value: dict[str, Any] | None = None
    error: str = ""
    fault: str = ""
    usage: Usage = field(default_factory=Usage)
    seconds: float = 0.0
    attempts: int = 0
    live: bool = False
    done: bool = False
    new: list[tuple[str, Kept]] = field(default_factory=list)  # for the cassette


@dataclass(slots=True, kw_only=True, eq=False)
class _Batch:
    """Questions that are asked together."""

    works: list[_Work]
    slots: asyncio.Semaphore
    exits: AsyncExitStack
    deadline: float | None
    endpoint: Endpoint | None = None  # once needed
    written: int = 0  # works that are in the cassette
    reached: bool = False  # whether the endpoint has ever replied
    fatal: EndpointFault | None = None  # why asking on makes no sense
    late: bool = False


class LLMClient:
    """Asks a model, or a cassette. `ledger` says what it took. Not to be shared by threads."""

    def __init__(self, config: LLMConfig) -> None:
        """Read the cassette, if any, and make sure that one could ask.

        Raises:
            LLMError: the package openai or the key is missing (in mode auto only once something is not on the
                cassette).
            ValueError: the cassette is missing or damaged.
        """
        self.config = config
        self.ledger = Ledger(price_in=config.price_in, price_out=config.price_out)
        self._settings = {
            "model": config.model, "temperature": config.temperature, "max_tokens": config.max_tokens,
            "output": config.output,
        }  # fmt: skip
        self._starts: deque[float] = deque()  # of requests within the last minute
        self._kept: set[str] = set()  # keys that this client has recorded
        self._cassette: Cassette | None = None
        if config.mode in ("live", "record"):
            check_access(config)
        if config.cassette is not None and config.mode != "live":
            self._cassette = Cassette(config.cassette, write=config.mode != "replay")

    def ask(self, request: Request) -> dict[str, Any]:
        """Return the answer to one request.

        Raises:
            LLMError: there is none.
            ValueError: pictures for a model without vision.
        """
        (answer,) = self.ask_many([request])
        if answer.value is None:
            raise LLMError(answer.error)
        return answer.value

    def ask_many(self, requests: Sequence[Request], *, deadline: float | None = None) -> list[Answer]:
        """Ask a batch at once and return the answers in its order; those that are late have an error.

        `deadline`: seconds from now; None: as long as timeouts and retries last. A replay is never late.

        Raises:
            ValueError: pictures for a model without vision; nothing is asked then.
            LLMError: the package openai or the key is missing; or, in a replay, it was never asked before.
        """
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return asyncio.run(self._answer_alone(requests, deadline))
        with ThreadPoolExecutor(1) as thread:  # a notebook: its loop must not be stopped
            return thread.submit(asyncio.run, self._answer_alone(requests, deadline)).result()

    async def _answer_alone(self, requests: Sequence[Request], deadline: float | None) -> list[Answer]:
        """Do what `answer` does, in a loop of its own, which ends in time even while a name is looked up."""
        asyncio.get_running_loop().set_default_executor(_Impatient())
        return await self.answer(requests, deadline=deadline)

    async def answer(self, requests: Sequence[Request], *, deadline: float | None = None) -> list[Answer]:
        """Do what `ask_many` does, within a loop of asyncio."""
        if deadline is not None and not deadline > 0:
            raise ValueError(f"deadline={deadline}: expected seconds above 0, or None; give more")
        if self.config.mode == "replay":
            deadline = None
        if not self.config.vision and (count := sum(len(request.images) for request in requests)):
            raise ValueError(f"images: expected none for {self.config.model}, got {count}; set vision if it sees")
        keys = [self._key(request, request.messages) for request in requests]
        works: dict[str, _Work] = {}
        for key, request in zip(keys, requests, strict=True):
            works.setdefault(key, _Work(request=request))
        self.ledger.asked += len(keys)
        self.ledger.merged += len(keys) - len(works)
        async with AsyncExitStack() as exits:
            slots = asyncio.Semaphore(self.config.concurrency)
            batch = _Batch(works=list(works.values()), slots=slots, exits=exits, deadline=deadline)
            tasks = [asyncio.create_task(self._settle(work, batch)) for work in batch.works]
            try:
                if tasks and (await asyncio.wait(tasks, timeout=deadline))[1]:
                    batch.late = True
            finally:
                for task in tasks:
                    task.cancel()
                results = await asyncio.gather(*tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
        answers, first = [], set()
        for key in keys:
            answer = _answer(works[key])
            if key in first:
                answer = replace(answer, value=copy.deepcopy(answer.value), usage=Usage(), attempts=0)
            first.add(key)
            answers.append(answer)
        return answers

    async def _settle(self, work: _Work, batch: _Batch) -> None:
        """Get an answer that fits, or an error; never raises for what an endpoint or a model does."""
        start, turns = time.monotonic(), work.request.messages
        try:
            for repair in range(self.config.repairs + 1):
                self.ledger.repairs += bool(repair)
                reply = await self._reply(work, turns, batch)
                work.usage = Usage(
                    prompt_tokens=work.usage.prompt_tokens + reply.prompt_tokens,
                    completion_tokens=work.usage.completion_tokens + reply.completion_tokens,
                )
                work.value, work.fault = self._read(reply, work.request)
                if not work.fault:
                    return
                turns = (*turns, *repair_turns(reply, work.fault))
            times = self.config.repairs + 1
            work.error = f"{work.fault} (asked {times} times); try another model, output or max_tokens"
        except EndpointFault as error:
            work.error, work.fault = str(error), error.fault
            work.new.append((self._key(work.request, turns), Failure(fault=work.fault)))
        except asyncio.CancelledError:
            if not batch.late:
                raise
            work.error = f"expected an answer within {batch.deadline:g} s, it was late; allow more time or ask for less"
            work.fault = f"no answer within {batch.deadline:g} s"
            work.new.append((self._key(work.request, turns), Failure(fault=work.fault)))
        finally:
            work.seconds, work.done = time.monotonic() - start, True
            self.ledger.failures += bool(work.error)
            self._keep(batch)

    def _read(self, reply: Reply, request: Request) -> tuple[dict[str, Any] | None, str]:
        """Return what a reply says and "", or None and what is wrong with it."""
        if reply.finish_reason == "length":
            return None, f"answer: expected at most {self.config.max_tokens} tokens, it was cut off there"
        value, fault = read_json(reply.text, request.schema)
        if not fault and request.check is not None:
            fault = request.check(value)
        return None if fault else value, fault

    def _keep(self, batch: _Batch) -> None:
        """Write what is new in the order of the requests, as far as there is no gap: it never depends on timing."""
        while batch.written < len(batch.works) and batch.works[batch.written].done:
            work = batch.works[batch.written]
            batch.written += 1
            if self._cassette is not None:
                self._cassette.add(work.new)
                self._kept |= {key for key, _ in work.new}

    async def _reply(self, work: _Work, turns: tuple[Message, ...], batch: _Batch) -> Reply:
        key = self._key(work.request, turns)
        if (found := self._recall(key)) is not None:
            self.ledger.replayed += 1
            work.attempts += 1
            if isinstance(found, Failure):
                line = f"{self.config.model}: expected an answer, got {found.fault} when it was asked"
                raise EndpointFault(f"{line}; ask again with mode=auto", fault=found.fault)
            return found
        reply = await self._ask_live(work, turns, batch, spread=int(key[:8], 16) / 2**32)
        work.new.append((key, reply))
        return reply

    def _recall(self, key: str) -> Kept | None:
        """Return what the cassette says in place of the endpoint, or None where one must ask.

        What this client has recorded holds: who asks the same again gets the same, as in the replay. Of what others
        recorded, `record` uses nothing, and `auto` no failures.

        Raises:
            LLMError: in a replay, nothing.
        """
        found = None if self._cassette is None else self._cassette.find(key)
        if self.config.mode == "replay" and found is None:
            raise LLMError(
                f"cassette={self.config.cassette}: expected what came of request {key[:12]}, it was never asked; "
                "record it with mode=auto, or replay what was recorded with the same settings"
            )
        known = self.config.mode == "replay" or key in self._kept
        return found if known or (self.config.mode == "auto" and isinstance(found, Reply)) else None

    async def _ask_live(self, work: _Work, turns: tuple[Message, ...], batch: _Batch, *, spread: float) -> Reply:
        """Send a request, and again after faults that may pass; `spread`, from 0 to 1, sets those that wait apart."""
        for attempt in range(self.config.retries + 1):
            async with batch.slots:
                await self._wait_for_turn()
                if batch.fatal is not None:
                    raise EndpointFault(str(batch.fatal), fault=batch.fatal.fault)
                self._check_budget()
                if batch.endpoint is None:
                    batch.endpoint = await batch.exits.enter_async_context(Endpoint(self.config, self.ledger))
                work.attempts += 1
                self.ledger.retries += bool(attempt)
                work.live = True
                try:
                    reply = await batch.endpoint.send(work.request, turns, self._seed(work.request))
                    batch.reached = True
                    return reply
                except EndpointFault as error:
                    fault = error
            batch.reached |= not fault.lost
            if not fault.again:
                break
            wait = self.config.backoff * 2**attempt * (0.75 + 0.5 * spread)
            if fault.wait is not None and (wait := fault.wait) > LONGEST_WAIT:
                line = f"{fault}; it asks to wait {wait:.0f} s, which is too long"
                raise EndpointFault(line, fault=fault.fault)
            if attempt < self.config.retries:
                await asyncio.sleep(wait)
        if fault.stops or (fault.lost and not batch.reached):
            batch.fatal = fault
        raise fault

    def _check_budget(self) -> None:
        config, ledger = self.config, self.ledger
        line = ""
        if config.budget_tokens is not None and ledger.tokens >= config.budget_tokens:
            line = f"budget_tokens={config.budget_tokens}: expected fewer tokens, used {ledger.tokens}"
        elif config.budget_cost is not None and ledger.cost >= config.budget_cost:
            line = f"budget_cost={config.budget_cost:g}: expected less, spent {ledger.cost:.4g}"
        if line:
            raise EndpointFault(f"{line}; raise it to go on", fault=f"{line.partition(':')[0]} is used up")

    async def _wait_for_turn(self) -> None:
        """Wait until one more request is below the limit of any minute."""
        while (limit := self.config.per_minute) is not None:
            now = time.monotonic()
            while self._starts and self._starts[0] <= now - MINUTE:
                self._starts.popleft()
            if len(self._starts) < limit:
                self._starts.append(now)
                return
            await asyncio.sleep(self._starts[0] + MINUTE - now)

    def _seed(self, request: Request) -> int | None:
        return self.config.seed if request.seed is None else request.seed

    def _key(self, request: Request, turns: tuple[Message, ...]) -> str:
        return request_key(request, turns, {**self._settings, "seed": self._seed(request)})


class _Impatient(ThreadPoolExecutor):
    """Threads whose end a loop does not wait for: a look-up of a name can outlast any deadline."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        super().shutdown(wait=False, cancel_futures=cancel_futures)


def _answer(work: _Work) -> Answer:
    return Answer(
        value=work.value, error=work.error, fault=work.fault, usage=work.usage, seconds=work.seconds,
        attempts=work.attempts, source="live" if work.live else "cassette",
    )  # fmt: skip
