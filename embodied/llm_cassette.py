"""What a model said, kept in a file, so that the same questions get the same answers without it; and what it cost.

Requests that failed are kept, too: what a run did because nothing came back is then the same in its replay.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from embodied.llm_prompt import Reply

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why nothing came back, in a few words that do not depend on where or when it was asked, nor on how long it took.

    `fault`: "status 429", "no connection", "no answer within 20 s", ...
    """

    fault: str


Kept = Reply | Failure


class Cassette:
    """What came of requests, by their keys, one JSON object a line.

    `{"key": "…", "reply": {"text": "…", …}}` or `{"key": "…", "failure": {"fault": "…"}}`. Lines are only ever added,
    whole and at once; where a key stands twice, the later line counts. A last line that is torn, because its writer was
    killed, is left out with a warning and cut off before the next one is written.
    """

    def __init__(self, path: Path, *, write: bool) -> None:
        """Read the file at `path`; with `write` it need not be there yet.

        Raises:
            ValueError: it is not there, something else is in it, or it cannot be written.
        """
        self.path = path
        if not write and not path.is_file():
            raise ValueError(f"cassette={path}: expected a recorded file, found none; record one with mode=record")
        self._kept = self._read(path.read_bytes()) if path.is_file() else {}
        if write:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise ValueError(f"cassette={path}: cannot be written: {error.strerror}; name another file") from error
            if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
                raise ValueError(f"cassette={path}: expected a file that can be written; name another")

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, key: str) -> Kept | None:
        """Return what came of a request, or None where it was never asked."""
        return self._kept.get(key)

    def add(self, entries: Iterable[tuple[str, Kept]]) -> None:
        """Write what came of requests, in this order, and hand it to the system; what is there already is left out."""
        new = {key: kept for key, kept in entries if self._kept.get(key) != kept}
        if not new:
            return
        self._kept |= new
        lines = "".join(
            json.dumps({"key": key, _field(kept): asdict(kept)}, ensure_ascii=False, sort_keys=True) + "\n"
            for key, kept in new.items()
        )  # fmt: skip
        with self.path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # other workers write into it too
            _cut_torn_line(file.fileno())
            file.write(lines.encode())

    def _read(self, data: bytes) -> dict[str, Kept]:
        *lines, torn = data.split(b"\n")
        if torn:
            _LOG.warning("%s: the last line is torn and left out; the run that wrote it was stopped", self.path)
        found: dict[str, Kept] = {}
        for number, line in enumerate(lines, 1):
            try:
                entry = json.loads(line)
                failed = "failure" in entry
                found[str(entry["key"])] = Failure(**entry["failure"]) if failed else Reply(**entry["reply"])
            except (ValueError, LookupError, TypeError) as error:
                raise ValueError(
                    f"cassette={self.path}: expected a reply in line {number}, got {line[:40]!r} "
                    f"({type(error).__name__}); delete the line, or record anew into another file"
                ) from error
        return found


def _field(kept: Kept) -> str:
    return "failure" if isinstance(kept, Failure) else "reply"


def _cut_torn_line(file: int) -> None:
    size = end = os.fstat(file).st_size
    while end and os.pread(file, 1, end - 1) != b"\n":
        end -= 1
    if end < size:
        os.ftruncate(file, end)


@dataclass(slots=True, kw_only=True)
class Ledger:
    """What a client has asked for so far.

    Attributes:
        price_in, price_out: money for a million tokens of prompts, of answers.
        asked: questions; merged: of these, how many were the same as another of their batch.
        failures: of the others, how many got no answer.
        requests: sent to the endpoint; retries: of these, how many again after a fault; repairs: how many again
            after an answer that did not fit; replayed: replies from the cassette, which cost nothing.
        prompt_tokens, completion_tokens: as the server counts; estimated: requests whose tokens are a guess, because
            the server did not count, or did not answer in time (then as if it had answered at full length).
        seconds: of all requests, added up.
    """

    price_in: float = 0.0
    price_out: float = 0.0
    asked: int = 0
    merged: int = 0
    failures: int = 0
    requests: int = 0
    retries: int = 0
    repairs: int = 0
    replayed: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    estimated: int = 0
    seconds: float = 0.0

    @property
    def tokens(self) -> int:
        """Tokens of prompts and answers."""
        return self.prompt_tokens + self.completion_tokens

    @property
    def cost(self) -> float:
        """Money, in the currency of the prices."""
        return (self.prompt_tokens * self.price_in + self.completion_tokens * self.price_out) / 1e6

    def book(self, reply: Reply) -> None:
        """Count the tokens of a reply that was paid for."""
        self.prompt_tokens += reply.prompt_tokens
        self.completion_tokens += reply.completion_tokens
        self.estimated += reply.estimated

    def to_dict(self) -> dict[str, Any]:
        """Return all of it, as it is written."""
        return {**asdict(self), "cost": self.cost}

    def write(self, path: Path) -> None:
        """Write it as JSON, in one go."""
        partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
        partial.write_text(json.dumps(self.to_dict(), indent=2) + "\n", encoding="utf-8")
        partial.replace(path)
