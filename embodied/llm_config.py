"""Which language model is asked, where, how, and how much."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import urlsplit

from embodied.llm_prompt import OUTPUTS, Output

Mode = Literal["live", "record", "replay", "auto"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LLMConfig:
    """Which model, where, and how much of it.

    Attributes:
        model: its name at the endpoint.
        base_url: up to "/v1"; vLLM http://localhost:8000/v1, Ollama :11434/v1, llama.cpp :8080/v1.
        api_key_env: the environment variable that holds the key, "" where none is needed. The key is read when it is
            used and written nowhere.
        mode: live; record: ask, and keep; replay: only what was kept; auto: what was kept, and ask and keep the rest.
        cassette: the file that keeps answers, .jsonl.
        output: how to ask for JSON: schema (response_format), tool (a call of a function), prompt (in words).
        vision: whether the model sees pictures.
        temperature, seed: None: left to the server. max_tokens: of an answer, which cuts endless ones.
        timeout: s, of one request in all. retries: further requests after 429, 5xx, timeouts, lost connections, each
            after a wait that doubles, from `backoff` seconds. repairs: further requests after answers that do not fit.
        concurrency: requests at once. per_minute: requests in any minute; None: any number.
        budget_tokens, budget_cost: once the ledger has reached them nothing more is asked for (what is under way is
            not called back); None: no limit. price_in, price_out: for a million tokens of prompts, of answers.

    Raises:
        ValueError: a value that makes no sense, in one line.
    """

    model: str
    base_url: str = "https://api.openai.com/v1"
    api_key_env: str = "OPENAI_API_KEY"
    mode: Mode = "live"
    cassette: Path | None = None
    output: Output = "schema"
    vision: bool = False
    temperature: float | None = 0.0
    seed: int | None = 0
    max_tokens: int = 1024
    timeout: float = 60.0
    retries: int = 4
    backoff: float = 0.5
    repairs: int = 2
    concurrency: int = 8
    per_minute: int | None = None
    budget_tokens: int | None = None
    budget_cost: float | None = None
    price_in: float = 0.0
    price_out: float = 0.0

    def __post_init__(self) -> None:
        address = urlsplit(self.base_url)
        if address.username is not None or address.query:  # perhaps a secret: it is not shown
            raise ValueError("base_url: expected no password and no ?… in it; name the key's variable in api_key_env")
        if address.scheme not in ("http", "https") or not address.hostname:
            raise ValueError(f"base_url={self.base_url}: expected http://… or https://…; give the part up to /v1")
        if not re.fullmatch(r"([A-Z_][A-Z0-9_]*)?", self.api_key_env):  # perhaps the key itself: it is not shown
            raise ValueError("api_key_env: expected the NAME of an environment variable, as OPENAI_API_KEY; give that")
        if not self.model:
            raise ValueError("model: expected its name at the endpoint, got none; name one")
        for name, choices in (("mode", get_args(Mode)), ("output", OUTPUTS)):
            if (word := getattr(self, name)) not in choices:
                raise ValueError(f"{name}={word}: expected one of {', '.join(choices)}; choose one")
        if self.mode != "live" and self.cassette is None:
            raise ValueError(f"mode={self.mode}: expected a cassette, got none; name a file")
        lows = {
            "max_tokens": 1, "timeout": 1e-3, "retries": 0, "backoff": 0, "repairs": 0, "concurrency": 1,
            "per_minute": 1, "budget_tokens": 1, "budget_cost": 0, "price_in": 0, "price_out": 0, "temperature": 0,
        }  # fmt: skip
        for name, low in lows.items():
            value = getattr(self, name)
            if value is not None and not (low <= value < math.inf):
                raise ValueError(f"{name}={value}: expected a number from {low}; set another")
        if self.budget_cost is not None and not (self.price_in or self.price_out):
            raise ValueError(f"budget_cost={self.budget_cost}: expected price_in and price_out as well; set them")
