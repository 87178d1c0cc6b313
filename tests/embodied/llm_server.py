"""A small endpoint that speaks OpenAI's chat completions, for tests: it answers from a function, and fails on cue."""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from embodied.llm import LLMClient, LLMConfig, Message, Request

Answerer = Callable[[dict[str, Any]], Any]  # body of a request -> text, or what becomes JSON
TOKENS = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}


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


class ModelServer:
    """What a test sees of the server: its address, what it was asked, and how much at once."""

    def __init__(self, answer: Answerer, script: Sequence[str], *, key: str, model: str, usage: bool) -> None:
        self.answer, self.script, self.key, self.model, self.usage = answer, list(script), key, model, usage
        self.bodies: list[dict[str, Any]] = []  # of all requests, those that failed among them
        self.times: list[float] = []  # seconds, monotonic, when they came
        self.most_at_once = 0
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self._at_once = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                """Stay silent."""

            def do_POST(self) -> None:
                outer._serve(self)

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, *_: Any) -> None:
                """Clients that leave are part of the tests."""

        self.http = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/v1"

    def _serve(self, web: BaseHTTPRequestHandler) -> None:
        body = json.loads(web.rfile.read(int(web.headers["Content-Length"])))
        with self._lock:
            cue = self.script.pop(0) if self.script else ""
            self.bodies.append(body)
            self.times.append(time.monotonic())
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            self._reply(web, body, cue)
        finally:
            with self._lock:
                self._at_once -= 1

    def _reply(self, web: BaseHTTPRequestHandler, body: dict[str, Any], cue: str) -> None:
        """Answer, or do what the cue says.

        Cues: "" answer; "429 0.2" with Retry-After; any other status, as "500"; "hang"; "endless"; "huge"; "reset";
        "torn" breaks off within the body; "html" is no JSON; "length" was cut off; anything else is the text itself.
        """
        if self.key and web.headers.get("Authorization") != f"Bearer {self.key}":
            return self._error(web, 401, f"Incorrect API key provided: {web.headers.get('Authorization')}")
        if web.path != "/v1/chat/completions" or body.get("model") != self.model:
            return self._error(web, 404, f"The model {body.get('model')!r} does not exist")
        word, _, rest = cue.partition(" ")
        if word.isdecimal():
            return self._error(web, int(word), "as the script says", retry_after=rest)
        if cue == "hang":
            self.closing.wait(30.0)
            return None
        if cue == "reset":
            web.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            web.close_connection = True
            os.close(web.connection.detach())
            return None
        if cue in ("endless", "huge"):
            web.send_response(200)
            web.send_header("Connection", "close")
            web.end_headers()
            piece, pause = (b"data: {}\n\n", 0.02) if cue == "endless" else (b"x" * 65536, 0.0)
            while not self.closing.wait(pause):
                web.wfile.write(piece)
            return None
        if cue == "html":
            return self._send(web, 200, b"<html>Bad gateway</html>")
        text = cue or self.answer(body)
        reason = "length" if cue == "length" else "stop"
        data = json.dumps(self._completion(body, text if isinstance(text, str) else json.dumps(text), reason)).encode()
        if cue == "torn":
            web.send_response(200)
            web.send_header("Content-Length", str(len(data)))
            web.end_headers()
            web.wfile.write(data[: len(data) // 2])
            web.close_connection = True
            return None
        return self._send(web, 200, data)

    def _completion(self, body: dict[str, Any], text: str, reason: str) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": text}
        if "tools" in body:
            call = {"name": body["tools"][0]["function"]["name"], "arguments": text}
            message |= {"content": None, "tool_calls": [{"id": "c", "type": "function", "function": call}]}
        choice = {"index": 0, "message": message, "finish_reason": reason}
        return {"object": "chat.completion", "choices": [choice], **({"usage": TOKENS} if self.usage else {})}

    def _error(self, web: BaseHTTPRequestHandler, status: int, text: str, retry_after: str = "") -> None:
        self._send(web, status, json.dumps({"error": {"message": text, "code": None}}).encode(), retry_after)

    def _send(self, web: BaseHTTPRequestHandler, status: int, data: bytes, retry_after: str = "") -> None:
        web.send_response(status)
        if retry_after:
            web.send_header("Retry-After", retry_after)
        web.send_header("Content-Type", "application/json")
        web.send_header("Content-Length", str(len(data)))
        web.end_headers()
        web.wfile.write(data)


@contextmanager
def serve_model(
    answer: Answerer, script: Sequence[str] = (), *, key: str = "", model: str = "tiny", usage: bool = True
) -> Iterator[ModelServer]:
    """Serve until the end of the block. `script`: cues for the first requests, in order; see `ModelServer._reply`."""
    server = ModelServer(answer, script, key=key, model=model, usage=usage)
    thread = threading.Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("NO_PROXY", "127.0.0.1")
            yield server
    finally:
        server.closing.set()
        server.http.shutdown()
        server.http.server_close()
        thread.join()


def ask(text: str, **more: Any) -> Request:
    return Request(messages=(Message(role="system", text="Be brief."), Message(role="user", text=text)),
                   schema=SCHEMA, **more)  # fmt: skip


def client(server: ModelServer | str, **settings: Any) -> LLMClient:
    url = server if isinstance(server, str) else server.url
    return LLMClient(LLMConfig(**{"model": "tiny", "base_url": url, "api_key_env": "", "backoff": 0.01, **settings}))


def echo(body: dict[str, Any]) -> dict[str, Any]:
    """Answer with the number of steps that the question names."""
    return {"go": "bank", "steps": int(body["messages"][1]["content"].split()[-1])}
