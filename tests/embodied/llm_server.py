"""A small endpoint that speaks OpenAI's chat completions, for tests: it answers from a function, and fails on cue.

By hand, until Ctrl-C: `python tests/embodied/llm_server.py --port 8123 --model tiny`.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

if __name__ == "__main__":  # by hand, from anywhere
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from embodied.llm import LLMClient, LLMConfig, Message, Request

# body of a request -> text, Written, or what becomes JSON; a ValueError becomes status 400
Answerer = Callable[[dict[str, Any]], Any]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a model wrote, why it stopped ("stop" or "length"), and how many tokens it read and wrote."""

    text: str
    finish_reason: str = "stop"
    prompt_tokens: int = 100
    completion_tokens: int = 20


def wanted_schema(body: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the JSON Schema that the body of a request asks to enforce, of an answer or of a tool's parameters.

    Raises:
        ValueError: another form of answer.
    """
    if body.get("tools"):
        return body["tools"][0]["function"]["parameters"]
    form = body.get("response_format") or {"type": "text"}
    if form["type"] not in ("text", "json_schema"):
        raise ValueError(f"response_format: expected text or json_schema, got {form['type']}; send a schema")
    return form["json_schema"]["schema"] if form["type"] == "json_schema" else None


class ModelServer:
    """What a test sees of the server: its address, what it was asked, and how much at once."""

    def __init__(
        self, answer: Answerer, script: Sequence[str], *, key: str, model: str, usage: bool, port: int = 0
    ) -> None:
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

            def do_GET(self) -> None:
                outer._list(self)

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, *_: Any) -> None:
                """Clients that leave are part of the tests."""

        self.http = Server(("127.0.0.1", port), Handler)
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

    def _list(self, web: BaseHTTPRequestHandler) -> None:
        if web.path != "/v1/models":
            return self._error(web, 404, f"{web.path}: expected /v1/models")
        models = [{"id": self.model or "any", "object": "model", "owned_by": "tests"}]
        return self._send(web, 200, json.dumps({"object": "list", "data": models}).encode())

    def _reply(self, web: BaseHTTPRequestHandler, body: dict[str, Any], cue: str) -> None:
        """Answer, or do what the cue says.

        Cues: "" answer; "429 0.2" with Retry-After; any other status, as "500"; "hang"; "endless"; "huge"; "reset";
        "torn" breaks off within the body; "html" is no JSON; "length" was cut off; anything else is the text itself.
        """
        if self.key and web.headers.get("Authorization") != f"Bearer {self.key}":
            return self._error(web, 401, f"Incorrect API key provided: {web.headers.get('Authorization')}")
        if web.path != "/v1/chat/completions" or (self.model and body.get("model") != self.model):
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
        try:
            said = (
                Written(text=cue, finish_reason="length" if cue == "length" else "stop") if cue else self.answer(body)
            )
        except ValueError as error:
            return self._error(web, 400, str(error))
        if not isinstance(said, Written):
            said = Written(text=said if isinstance(said, str) else json.dumps(said))
        data = json.dumps(self._completion(body, said)).encode()
        if cue == "torn":
            web.send_response(200)
            web.send_header("Content-Length", str(len(data)))
            web.end_headers()
            web.wfile.write(data[: len(data) // 2])
            web.close_connection = True
            return None
        return self._send(web, 200, data)

    def _completion(self, body: dict[str, Any], said: Written) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": said.text}
        if "tools" in body:
            call = {"name": body["tools"][0]["function"]["name"], "arguments": said.text}
            message |= {"content": None, "tool_calls": [{"id": "c", "type": "function", "function": call}]}
        choice = {"index": 0, "message": message, "finish_reason": said.finish_reason}
        tokens = {"prompt_tokens": said.prompt_tokens, "completion_tokens": said.completion_tokens}
        usage = {"usage": {**tokens, "total_tokens": sum(tokens.values())}} if self.usage else {}
        return {"object": "chat.completion", "model": body["model"], "choices": [choice], **usage}

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


def parrot(body: dict[str, Any]) -> str:
    """Answer with the last words of the question, whatever form is asked for."""
    content = body["messages"][-1]["content"]
    return content if isinstance(content, str) else content[0]["text"]


def main() -> None:
    """Serve one of the models by hand."""
    words = argparse.ArgumentParser(description="A language model for tests, at http://127.0.0.1:PORT/v1.")
    words.add_argument("--port", type=int, default=8123, help="0: any that is free")
    words.add_argument("--model", choices=("tiny", "obedient", "echo"), default="tiny")
    words.add_argument("--script", default="", help="cues for the first requests, as 429,500,hang,,length")
    words.add_argument("--key", default="", help="the only key that is let in; none: everybody")
    words.add_argument(
        "--steps", type=int, default=None, help="training of tiny, 0: random weights; default: about 75 s"
    )
    words.add_argument("--weights", type=Path, default=None, help="of tiny: read if there, else written after training")
    given = words.parse_args()
    answer: Answerer = parrot
    if given.model == "obedient":
        from tests.embodied.obedient_lm import obey

        answer = obey
    elif given.model == "tiny":
        from tests.embodied.tiny_lm_training import trained

        answer = trained(given.weights, given.steps).answer
    script = given.script.split(",") if given.script else []
    server = ModelServer(answer, script, key=given.key, model="", usage=True, port=given.port)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell that starts it in the background ignores it
    print(server.url, flush=True)
    try:
        server.http.serve_forever()
    except KeyboardInterrupt:
        server.closing.set()
        server.http.server_close()


if __name__ == "__main__":
    from tests.embodied import llm_server  # one copy of the module, as its models import it

    llm_server.main()
