"""What is sent to a model and read from its reply: messages, pictures, three ways to ask for JSON, untrusted text."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

from embodied.llm_schema import Schema, check_schema, is_strict, plain_schema

Output = Literal["schema", "tool", "prompt"]
OUTPUTS: tuple[Output, ...] = ("schema", "tool", "prompt")
NAME = "answer"  # of the schema, and of the tool
OPEN, CLOSE = "<<< ", " >>>"  # the fence around untrusted text
_REPEATED = 2000  # characters of a bad answer that are shown to the model again


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One turn. `role`: system, user or assistant. Untrusted text goes into a user's, and through `quote`."""

    role: Literal["system", "user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Request:
    """One question to a model.

    Attributes:
        messages: in order; the last one is a user's.
        schema: JSON Schema of the answer, an object (`embodied/llm_schema.py` says which keywords).
        images: each (H, W, 3) uint8 RGB, shown with the last message.
        seed: of this question, instead of the configuration's; two people asked alike may answer differently.
        check: says in one line what is wrong with an answer that fits the schema, "" if nothing; such an answer is
            repaired like one that does not fit.

    Raises:
        ValueError: something of it has another shape.
    """

    messages: tuple[Message, ...]
    schema: Schema
    images: tuple[npt.NDArray[np.uint8], ...] = ()
    seed: int | None = None
    check: Callable[[dict[str, Any]], str] | None = None

    def __post_init__(self) -> None:
        check_schema(self.schema)
        if not self.messages or self.messages[-1].role != "user":
            raise ValueError(f"messages: expected a user's at the end, got {len(self.messages)} others; add one")
        for message in self.messages:
            if message.text.encode("utf-8", "replace").decode() != message.text:
                raise ValueError("messages: expected valid Unicode, got half of a surrogate pair; use quote()")
        for image in self.images:
            shape, kind = np.shape(image), getattr(image, "dtype", None)
            if len(shape) != 3 or shape[2] != 3 or 0 in shape or kind != np.uint8:
                raise ValueError(f"images: expected (H, W, 3) uint8, got {shape} {kind}; convert them")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a model gave back, as cassettes keep it.

    Attributes:
        text: of the message, or the arguments of the tool.
        finish_reason: "stop", "length" (cut off), ... as the server says.
        prompt_tokens, completion_tokens: as the server counts; estimated where it does not.
        estimated: whether they are.
    """

    text: str
    finish_reason: str = "stop"
    prompt_tokens: int = 0
    completion_tokens: int = 0
    estimated: bool = False


def quote(text: str, *, limit: int = 400) -> str:
    r"""Return untrusted text (a sign, another's words) as one fenced line of plain characters: `<<< text >>>`.

    Inside stand at most `limit` characters and no angle bracket, so that nothing in it closes the fence. Backslashes,
    angle brackets, line breaks, controls, and what cannot be seen (zero width, direction marks, tags) are shown as
    `\\`, `\u003c`, `\n`, ... as Python writes them. What is cut off is counted after the fence.
    """
    inside, room = [], limit
    for character in text:
        shown = _show(character)
        if len(shown) > room:
            break
        inside.append(shown)
        room -= len(shown)
    cut = len(text) - len(inside)
    return f"{OPEN}{''.join(inside)}{CLOSE}" + (f" (cut: {cut} more characters)" if cut else "")


def _show(character: str) -> str:
    if character == " ":
        return character
    if character == "\\":
        return "\\\\"
    if unicodedata.category(character)[0] in "CZ":
        escaped = character.encode("unicode_escape").decode()
        return escaped if escaped != character else f"\\u{ord(character):04x}"
    if any(bracket in unicodedata.normalize("NFKC", character) for bracket in "<>"):
        return f"\\u{ord(character):04x}"
    return character


def data_url(image: npt.NDArray[np.uint8]) -> str:
    """Return a picture, (H, W, 3) uint8 RGB, as the data URL of a PNG."""
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(image)).save(file, format="PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def request_key(request: Request, turns: tuple[Message, ...], settings: Mapping[str, Any]) -> str:
    """Return the SHA-256 of all that decides an answer, in hexadecimal: `turns` are the messages with those of repair.

    Pictures count by their pixels, so that another encoder of PNG changes nothing.
    """
    document = {
        **settings,
        "messages": [[turn.role, turn.text] for turn in turns],
        "images": [[*image.shape, hashlib.sha256(image.tobytes()).hexdigest()] for image in request.images],
        "schema": request.schema,
    }
    return hashlib.sha256(json.dumps(document, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def chat_body(request: Request, turns: tuple[Message, ...], output: Output) -> dict[str, Any]:
    """Return the messages of a chat completion and what asks for JSON in it."""
    last = len(request.messages) - 1
    messages: list[dict[str, Any]] = [{"role": turn.role, "content": turn.text} for turn in turns]
    if request.images:
        pictures = [{"type": "image_url", "image_url": {"url": data_url(image)}} for image in request.images]
        messages[last]["content"] = [{"type": "text", "text": turns[last].text}, *pictures]
    if output == "prompt":
        rule = (
            "Answer with one JSON object and nothing else. It must fit this JSON Schema: "
            + json.dumps(request.schema, ensure_ascii=False)
        )  # fmt: skip
        if messages[0]["role"] == "system":
            messages[0]["content"] += "\n\n" + rule
        else:
            messages.insert(0, {"role": "system", "content": rule})
        return {"messages": messages}
    plain, strict = plain_schema(request.schema), is_strict(request.schema)
    if output == "schema":
        form = {"name": NAME, "schema": plain, "strict": strict}
        return {"messages": messages, "response_format": {"type": "json_schema", "json_schema": form}}
    tool = {"name": NAME, "description": "Give the answer.", "parameters": plain, "strict": strict}
    choice = {"type": "function", "function": {"name": NAME}}
    return {"messages": messages, "tools": [{"type": "function", "function": tool}], "tool_choice": choice}


def repair_turns(reply: Reply, fault: str) -> tuple[Message, Message]:
    """Return the turns that show a model its bad answer and say, within a fence, what was wrong with it."""
    told = quote(fault, limit=_REPEATED)  # it repeats parts of the answer
    words = f"That answer was not accepted: {told}. Answer again: one JSON object that fits the schema, nothing else."
    return Message(role="assistant", text=reply.text[:_REPEATED] or "(nothing)"), Message(role="user", text=words)


def read_reply(data: str) -> Reply:
    """Read the body of a chat completion; token counts that are missing are estimated as 4 bytes a token.

    Raises:
        ValueError: it is none.
    """
    try:
        document = json.loads(data)
        choice = document["choices"][0]
        message, usage = choice["message"], document.get("usage") or {}
        calls = message.get("tool_calls") or []
        text = calls[0]["function"]["arguments"] if calls else message.get("content")
        text = text if isinstance(text, str) else "" if text is None else json.dumps(text)
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"expected a chat completion, got {data[:60]!r} ({type(error).__name__})") from error
    counts = [usage.get(name) if isinstance(usage, dict) else None for name in ("prompt_tokens", "completion_tokens")]
    given = [count for count in counts if isinstance(count, int) and count >= 0]
    prompt, completion = given if len(given) == 2 else (0, -(-len(text.encode("utf-8", "replace")) // 4))
    return Reply(
        text=text.encode("utf-8", "replace").decode(),  # halves of surrogate pairs: no file could hold them
        finish_reason=str(choice.get("finish_reason") or "stop"),
        prompt_tokens=prompt,
        completion_tokens=completion,
        estimated=len(given) < 2,
    )
