"""One connection to an endpoint that speaks OpenAI's chat completions; the only file that uses the package `openai`."""

from __future__ import annotations

import asyncio
import math
import os
import re
import ssl
import time
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from embodied.llm_cassette import Ledger
from embodied.llm_config import LLMConfig
from embodied.llm_prompt import Message, Reply, Request, chat_body, read_reply

MOST_BYTES = 4_000_000  # of a reply
IMAGE_TOKENS = 1000  # a guess, where a server does not count
FATAL = {401: "check the key", 403: "check what the key may use", 404: "check base_url and model"}


class LLMError(RuntimeError):
    """No answer: what was expected, what came, what to do, in one line."""

    bad_input = True  # the command line shows that line alone


class EndpointFault(Exception):
    """A request that failed.

    `fault`: what it was, as `Failure` has it; `again`: it may pass; `wait`: seconds the server asks for; `stops`: no
    other request can do better; `lost`: nothing came back at all.
    """

    def __init__(
        self,
        line: str,
        *,
        fault: str,
        again: bool = False,
        wait: float | None = None,
        stops: bool = False,
        lost: bool = False,
    ) -> None:
        super().__init__(line)
        self.fault = fault
        self.again, self.wait, self.stops, self.lost = again, wait, stops, lost


def check_access(config: LLMConfig) -> str:
    """Return the key, "" where none is needed, once all is there to ask with.

    Raises:
        LLMError: the package openai or the key is missing.
    """
    if find_spec("openai") is None:
        raise LLMError("openai: expected the package, it is missing; pip install 'embodied-sim[llm]'")
    if not (name := config.api_key_env):
        return ""
    secret = os.environ.get(name, "").strip()
    if not (secret and secret.isascii() and secret.isprintable()):
        what = "it holds other characters than a key" if secret else "it is not set"
        raise LLMError(
            f"{name}: expected the key for {config.base_url} in this environment variable, {what}; "
            "export it, or leave api_key_env empty where no key is needed"
        )
    return secret


@cache
def _authorities() -> ssl.SSLContext:
    """Return whom the system trusts to sign certificates; it takes longer to read than a question."""
    return ssl.create_default_context()


class Endpoint:
    """A connection, which belongs to one loop of asyncio; an asynchronous context that opens and closes it."""

    def __init__(self, config: LLMConfig, ledger: Ledger) -> None:
        """Keep the key in memory and count into `ledger`.

        Raises:
            LLMError: the package openai or the key is missing.
        """
        self._config, self._ledger, self._secret = config, ledger, check_access(config)

    async def __aenter__(self) -> Endpoint:
        import openai

        self._client = openai.AsyncOpenAI(
            api_key=self._secret or "none", base_url=self._config.base_url, timeout=self._config.timeout, max_retries=0,
            http_client=openai.DefaultAsyncHttpxClient(verify=_authorities()),
        )  # fmt: skip
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()

    async def send(self, request: Request, turns: tuple[Message, ...], seed: int | None) -> Reply:
        """Send one request, once.

        Raises:
            EndpointFault: what went wrong.
        """
        import openai

        config, start, charged = self._config, time.monotonic(), False
        official = urlsplit(config.base_url).hostname == "api.openai.com"  # where max_tokens is refused by new models
        body: dict[str, Any] = {
            **chat_body(request, turns, config.output), "model": config.model,
            "max_completion_tokens" if official else "max_tokens": config.max_tokens,
        }  # fmt: skip
        if config.temperature is not None:
            body["temperature"] = config.temperature
        if seed is not None:
            body["seed"] = seed
        prompt = sum(len(turn.text.encode()) // 4 for turn in turns) + IMAGE_TOKENS * len(request.images)
        self._ledger.requests += 1
        try:
            async with asyncio.timeout(config.timeout):
                charged = True
                data = await _receive(self._client, body)
                reply = read_reply(self._redact(data.decode("utf-8", "replace")))
                charged = False
        except (TimeoutError, openai.APITimeoutError) as error:
            fault = f"nothing within {config.timeout:g} s"
            line = self._tell(fault, "allow more time, or ask for less")
            raise EndpointFault(line, fault=fault, again=True) from error
        except openai.APIConnectionError as error:
            charged = False
            fault = "no connection"
            line = self._tell(f"{fault} ({error.__cause__ or error})", "start the server or mend base_url")
            raise EndpointFault(line, fault=fault, again=True, lost=True) from error
        except openai.APIStatusError as error:
            charged = False
            raise self._fault_of(error) from error
        except openai.OpenAIError as error:
            line = self._tell(str(error), "see what the server does")
            raise EndpointFault(line, fault=type(error).__name__) from error
        except ValueError as error:
            line = self._tell(str(error), "see whether base_url leads to a model")
            raise EndpointFault(line, fault="no chat completion", again=True) from error
        finally:
            self._ledger.seconds += time.monotonic() - start
            if charged:  # it may have written, and the provider may have counted it: as much as it could
                guess = Reply(text="", prompt_tokens=prompt, completion_tokens=config.max_tokens, estimated=True)
                self._ledger.book(guess)
        if reply.estimated:
            reply = replace(reply, prompt_tokens=prompt)
        self._ledger.book(reply)
        return replace(reply, text=self._redact(reply.text), finish_reason=self._redact(reply.finish_reason)[:40])

    def _fault_of(self, error: Any) -> EndpointFault:
        """Return what an answer with a status of 400 and above means."""
        status, wait = int(error.status_code), _retry_after(error.response.headers)
        advice = f"give it time, or fewer requests (concurrency={self._config.concurrency})"
        again = status in (408, 429) or status >= 500
        stops = status in FATAL or error.code == "insufficient_quota"
        if error.code == "insufficient_quota":
            again, advice = False, "the account has no money left"
        elif status in FATAL:
            advice = FATAL[status] + (f" in {self._config.api_key_env or 'api_key_env'}" if status != 404 else "")
        elif not again:
            advice = f"if it does not know output={self._config.output}, set another of schema, tool, prompt"
        line = self._tell(f"{status}: {error.message}", advice)
        return EndpointFault(line, fault=f"status {status}", again=again, wait=wait, stops=stops)

    def _tell(self, came: str, advice: str) -> str:
        """Return the line for a fault: in printable characters, without the key."""
        came = "".join(letter if letter.isprintable() else " " for letter in self._redact(came))
        came = f"{' '.join(came.split()):.200}"
        return f"{self._config.model} at {self._config.base_url}: expected an answer, got {came}; {advice}"

    def _redact(self, text: str) -> str:
        return text.replace(self._secret, "***") if len(self._secret) >= 8 else text  # shorter: words such as "none"


async def _receive(endpoint: Any, body: dict[str, Any]) -> bytes:
    """Return the body of the reply, of bounded size."""
    data = bytearray()
    async with endpoint.chat.completions.with_streaming_response.create(**body) as response:
        try:
            async for chunk in response.iter_bytes():
                data += chunk
                if len(data) > MOST_BYTES:
                    break
        except Exception as error:  # the SDK passes on whatever its HTTP library raises here
            raise ValueError(f"a reply that broke off ({error})") from error
    if len(data) > MOST_BYTES:
        raise ValueError(f"more than {MOST_BYTES} bytes")
    return bytes(data)


def _retry_after(headers: Any) -> float | None:
    """Return the seconds that a server asks to wait, given as milliseconds, seconds or a date, or None."""
    try:
        if (text := headers.get("retry-after-ms")) is not None:
            seconds = float(text) / 1000
        elif (text := headers.get("retry-after")) is None:
            return None
        elif re.fullmatch(r"\s*\d+(\.\d*)?\s*", text):
            seconds = float(text)
        else:
            seconds = (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        return None
    return max(seconds, 0.0) if math.isfinite(seconds) else None
