"""A causal language model small enough to be trained and run within tests: no knowledge, but real sampling.

Bytes are its tokens, so that any text is read as it is and no text can be taken for a change of roles. Attention with
rotary positions (Su et al., RoFormer, arXiv 2104.09864) reaches `WINDOW` tokens back in each layer, so that prompts may
be of any length. A request's JSON Schema is enforced token by token (llguidance).
"""

from __future__ import annotations

import base64
import io
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import llguidance
import numpy as np
import torch
from llguidance.numpy import allocate_token_bitmask, fill_next_token_bitmask
from PIL import Image
from safetensors.torch import load_model, save_model
from torch import Tensor, nn
from torch.nn import functional

from tests.embodied.llm_server import Written, wanted_schema

END, IMAGE = 256, 257
ROLES = {"system": 258, "user": 259, "assistant": 260}
TOKENS = 261  # 256 bytes and the above
WINDOW = 224  # tokens that a layer looks back
CHUNK = 224  # tokens of a prompt that are read at once
THUMB = 4  # pixels each way of what is seen of a picture, in grey
MOST_TOKENS = 512  # of an answer, where a request does not say
LONGEST = 60  # characters of a text within an answer: a model that has learnt nothing ends, too
STEP = 0.01  # numbers in an answer are multiples of it: else digits could go on
TIGHT = {"whitespace_flexible": False, "json_allowed_escapes": '"\\n'}  # no blank that could go on, no half surrogates


class Cache:
    """Keys and values of the tokens that have been read, for `capacity` tokens in all."""

    def __init__(self, lm: TinyLM, capacity: int) -> None:
        shape = (len(lm.layers), 1, lm.heads, capacity, lm.width // lm.heads)
        self.keys, self.values, self.length = torch.empty(shape), torch.empty(shape), 0


class Layer(nn.Module):
    """Attention, then a perceptron, each after a norm and added to what came in."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.before, self.between = nn.RMSNorm(width), nn.RMSNorm(width)
        self.mix, self.out = nn.Linear(width, 3 * width, bias=False), nn.Linear(width, width, bias=False)
        self.up, self.down = nn.Linear(width, 4 * width, bias=False), nn.Linear(4 * width, width, bias=False)

    def forward(
        self, x: Tensor, turn: tuple[Tensor, Tensor], mask: Tensor | None, cache: Cache | None, n: int
    ) -> Tensor:
        """Return (B, T, width) for (B, T, width); `turn`: cosines and sines of the positions; `n`: which layer."""
        many, long, width = x.shape
        query, key, value = (
            part.view(many, long, self.heads, -1).transpose(1, 2) for part in self.mix(self.before(x)).chunk(3, dim=-1)
        )
        query, key = _turned(query, turn), _turned(key, turn)
        if cache is not None:
            end = cache.length + long
            cache.keys[n, :, :, cache.length : end], cache.values[n, :, :, cache.length : end] = key, value
            start = max(0, cache.length + 1 - WINDOW)
            key, value = cache.keys[n, :, :, start:end], cache.values[n, :, :, start:end]
        mixed = functional.scaled_dot_product_attention(
            query, key, value, attn_mask=mask, is_causal=mask is None and long > 1
        )
        x = x + self.out(mixed.transpose(1, 2).reshape(many, long, width))
        return x + self.down(functional.gelu(self.up(self.between(x))))


class TinyLM(nn.Module):
    """The network. The same seed gives the same weights."""

    def __init__(self, seed: int, *, width: int = 160, layers: int = 3, heads: int = 5) -> None:
        super().__init__()
        self.width, self.heads = width, heads
        self.embed = nn.Embedding(TOKENS, width)
        self.layers = nn.ModuleList(Layer(width, heads) for _ in range(layers))
        self.after = nn.RMSNorm(width)
        generator = torch.Generator().manual_seed(seed)
        for weight in self.parameters():
            if weight.dim() > 1:
                nn.init.normal_(weight, std=0.5 * width**-0.5, generator=generator)

    def forward(self, tokens: Tensor, cache: Cache | None = None) -> Tensor:
        """Return the logits (B, T, TOKENS) after each token of (B, T), which follow those in the cache."""
        start, long = 0 if cache is None else cache.length, tokens.shape[1]
        first = max(0, start + 1 - WINDOW)
        mask = None
        if long > 1 and (start or long > WINDOW):
            back = torch.arange(start, start + long)[:, None] - torch.arange(first, start + long)[None]
            mask = (back >= 0) & (back < WINDOW)
        half = self.width // self.heads // 2
        angle = torch.arange(start, start + long)[:, None] * 10_000.0 ** -(torch.arange(half) / half)
        x, turn = self.embed(tokens), (angle.cos(), angle.sin())
        for n, layer in enumerate(self.layers):
            x = layer(x, turn, mask, cache, n)
        if cache is not None:
            cache.length += long
        return functional.linear(self.after(x), self.embed.weight)

    @property
    def size(self) -> int:
        """The number of its parameters."""
        return sum(weight.numel() for weight in self.parameters())


def _turned(x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
    (one, two), (cosine, sine) = x.chunk(2, dim=-1), turn
    return torch.cat([one * cosine - two * sine, one * sine + two * cosine], dim=-1)


def save(lm: TinyLM, path: Path) -> None:
    """Write the weights."""
    save_model(lm, str(path))


def load(path: Path) -> TinyLM:
    """Read weights that `save` wrote."""
    lm = TinyLM(0)
    load_model(lm, str(path))
    return lm


# ---------------------------------------------------------------- text


def encode(messages: list[dict[str, Any]]) -> tuple[list[int], int]:
    """Return the tokens of a conversation, up to where the assistant speaks, and how many pictures are in it.

    Raises:
        ValueError: a role, a part or a picture that cannot be read.
    """
    tokens, pictures = [], 0
    for message in messages:
        if (role := message.get("role")) not in ROLES:
            raise ValueError(f"role: expected one of {', '.join(ROLES)}, got {role!r}; choose one")
        tokens.append(ROLES[role])
        content = message.get("content") or ""
        for part in [{"type": "text", "text": content}] if isinstance(content, str) else content:
            if part.get("type") == "text":
                tokens += part["text"].encode()
            elif part.get("type") == "image_url":
                tokens += [IMAGE, *_thumbnail(part["image_url"]["url"])]
                pictures += 1
            else:
                raise ValueError(f"content: expected text or image_url, got {part.get('type')!r}; send one of these")
    return [*tokens, ROLES["assistant"]], pictures


def _thumbnail(url: str) -> bytes:
    head, _, data = url.partition(",")
    if not re.fullmatch(r"data:image/\w+;base64", head):
        raise ValueError(f"image_url: expected data:image/…;base64, got {head[:40]}; send the picture itself")
    with Image.open(io.BytesIO(base64.b64decode(data))) as picture:
        return picture.convert("L").resize((THUMB, THUMB), Image.Resampling.BOX).tobytes()


# ---------------------------------------------------------------- grammar


class _Alphabet:
    """What llguidance asks of a tokenizer."""

    eos_token_id, bos_token_id = END, None
    tokens = (*(bytes([byte]) for byte in range(256)), *(b"\xff<|%d|>" % token for token in range(END, TOKENS)))
    special_token_ids = tuple(range(END, TOKENS))

    def __call__(self, text: bytes) -> list[int]:
        return list(text)


_TOKENIZER = llguidance.LLTokenizer(llguidance.TokenizerWrapper(_Alphabet()))


def bounded(schema: Mapping[str, Any], longest: int = LONGEST) -> dict[str, Any]:
    """Return a schema of which every answer ends: texts of `longest` characters at most, numbers in steps of `STEP`.

    A length that `embodied.llm_schema.plain_schema` has put into words counts again.
    """
    whole = dict(schema)
    kinds = whole.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if "string" in kinds and "enum" not in whole and "pattern" not in whole:
        told = re.search(r"At most (\d+) characters\.", whole.get("description", ""))
        whole["maxLength"] = min([longest, *([int(told[1])] if told else []), whole.get("maxLength", longest)])
    if "number" in kinds and "enum" not in whole:
        whole["multipleOf"] = STEP
    if "properties" in whole:
        whole["properties"] = {name: bounded(part, longest) for name, part in whole["properties"].items()}
    if isinstance(whole.get("items"), Mapping):
        whole["items"] = bounded(whole["items"], longest)
    return whole


def grammar(schema: Mapping[str, Any], longest: int = LONGEST) -> llguidance.LLMatcher:
    """Return what says which tokens may follow.

    Raises:
        ValueError: a schema that the engine does not know.
    """
    text = llguidance.LLMatcher.grammar_from_json_schema(bounded(schema, longest), defaults=TIGHT)
    matcher = llguidance.LLMatcher(_TOKENIZER, text, log_level=0)
    if matcher.is_error():
        raise ValueError(f"schema: expected what llguidance knows, got {' '.join(matcher.get_error().split()):.200}")
    return matcher


# ---------------------------------------------------------------- answers


@dataclass(slots=True, kw_only=True, eq=False)
class TinyModel:
    """Answers requests, one at a time.

    Attributes:
        longest: see `bounded`; None: no grammar at all.
        pictures: how many it was shown.
    """

    lm: TinyLM
    longest: int | None = LONGEST
    pictures: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _draws: torch.Generator = field(default_factory=lambda: torch.Generator().manual_seed(0))

    def answer(self, body: Mapping[str, Any]) -> Written:
        """Answer the body of a chat completion; what has no seed is drawn from one stream of the model.

        Raises:
            ValueError: a request that it cannot read.
        """
        prompt, pictures = encode(body["messages"])
        schema = wanted_schema(body)
        matcher = None if schema is None or self.longest is None else grammar(schema, self.longest)
        limit = body.get("max_tokens") or body.get("max_completion_tokens") or MOST_TOKENS
        warmth = body.get("temperature")
        with self._lock:
            self.pictures += pictures
            seed = body.get("seed")
            draws = self._draws if seed is None else torch.Generator().manual_seed(seed)
            tokens, reason = [], "length"
            for token in write(self.lm, prompt, limit, draws, 1.0 if warmth is None else warmth, matcher):
                if token == END:
                    reason = "stop"
                else:
                    tokens.append(token)
        text = bytes(tokens).decode("utf-8", "replace")
        return Written(text=text, finish_reason=reason, prompt_tokens=len(prompt), completion_tokens=len(tokens))


@torch.inference_mode()
def write(
    lm: TinyLM, prompt: list[int], limit: int, draws: torch.Generator, temperature: float = 1.0,
    matcher: llguidance.LLMatcher | None = None,
) -> Iterator[int]:  # fmt: skip
    """Yield the tokens that follow a prompt, `limit` at most, then END if the answer is over by then."""
    cache, told = Cache(lm, len(prompt) + limit), 0
    for start in range(0, len(prompt), CHUNK):
        logits = lm(torch.tensor([prompt[start : start + CHUNK]]), cache)[0, -1]
    allowed = allocate_token_bitmask(1, TOKENS)
    while True:
        forced = matcher.compute_ff_tokens() if matcher is not None else []
        if matcher is not None and not forced and matcher.is_stopped():
            yield END
            return
        if not forced:
            forced = [_draw(logits, draws, temperature, matcher, allowed)]
        if forced == [END]:
            yield END
            return
        if told == limit:
            return
        forced = forced[: limit - told]
        told += len(forced)
        if matcher is not None and not matcher.consume_tokens(forced):
            raise RuntimeError(f"grammar: {matcher.get_error()}")
        yield from forced
        logits = lm(torch.tensor([forced]), cache)[0, -1]


def _draw(
    logits: Tensor, draws: torch.Generator, temperature: float, matcher: llguidance.LLMatcher | None, allowed: Any
) -> int:
    logits = logits.clone()
    logits[END + 1 :] = -torch.inf  # roles and pictures are not for it to write
    if matcher is not None:
        fill_next_token_bitmask(matcher, allowed)
        bits = np.unpackbits(allowed.view(np.uint8), bitorder="little")[:TOKENS]
        logits[torch.from_numpy(bits == 0)] = -torch.inf
    if temperature == 0:
        return int(logits.argmax())
    return int(torch.multinomial(functional.softmax(logits / temperature, dim=-1), 1, generator=draws))
