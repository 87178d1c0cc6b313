"""Text as tensors: words as concepts and hashed letters, and a small transformer that reads them; or CLIP's.

Both give the same three: tokens (B, L, width), which of them are there (B, L) bool, and all in one (B, width).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from zlib import crc32

import torch
from torch import Tensor, nn

from motion.lexicon import ACTS, CONCEPTS, FUNCTION, ROLES
from motion.words import Word, clean, parse

LENGTH = 24  # tokens of a text at most, with the one that begins it
IDS = 4  # of a token: concepts and a role, or UNKNOWN and hashed letters
BEGIN, UNKNOWN, FIRST = 1, 2, 3  # 0 is nothing; concepts follow from FIRST on
ROOM = 256  # for all of these, so that weights fit when concepts are added
BUCKETS = 1024  # for hashed letters
LETTERS = 64  # numbers of an id
CLIP = "openai/clip-vit-large-patch14-336"
_NUMBERS = {concept: FIRST + at for at, concept in enumerate(CONCEPTS)}
_KEPT = {*ACTS, *ROLES, "left", "right", "both", "clockwise", "counterclockwise", "forward", "backward", "sideways"}
_KEPT |= {"diagonal", "around", "first", "second", "not"}

Encoded = tuple[Tensor, ...]


def tokenise(text: str) -> tuple[tuple[int, ...], ...]:
    """Return the tokens of a text, `IDS` numbers each, at most `LENGTH`.

    Of a longer text acts, sides, directions and roles are kept first, then other known words, then unknown ones.
    """
    words = [
        word for word in parse(clean(text)) if word.concepts or (word.form != "mark" and word.lemma not in FUNCTION)
    ]
    if len(words) >= LENGTH:
        order = sorted(range(len(words)), key=lambda at: (_rank(words[at]), at))
        words = [words[at] for at in sorted(order[: LENGTH - 1])]
    return ((BEGIN, 0, 0, 0), *map(_token, words))


def encode_ids(texts: Sequence[str]) -> Tensor:
    """Return the tokens (B, LENGTH, IDS) int64 of texts, filled up with zeros; of an empty text the beginning alone."""
    ids = torch.zeros(len(texts), LENGTH, IDS, dtype=torch.int64)
    for row, text in zip(ids, texts, strict=True):
        tokens = tokenise(text)
        row[: len(tokens)] = torch.tensor(tokens)
    return ids


def forget(ids: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """Return tokens (B, L, IDS) of which a share is unknown, for training: prompts have words that no recording has."""
    drawn = torch.rand(ids.shape[:2], generator=generator).to(ids.device) < share
    unknown = torch.tensor([UNKNOWN] + [0] * (IDS - 1), device=ids.device)
    return torch.where((drawn & (ids[..., 0] > BEGIN))[..., None], unknown, ids)


class TextEncoder(nn.Module):
    """A transformer over the tokens of texts.

    Hashed letters begin at zero: those that training never sees say nothing.
    """

    def __init__(self, width: int = 128, *, layers: int = 2, heads: int = 4) -> None:
        super().__init__()
        self.width = width
        self.ids = nn.Embedding(ROOM + BUCKETS, LETTERS, padding_idx=0)
        with torch.no_grad():
            self.ids.weight[1:].normal_(std=0.1)
            self.ids.weight[ROOM:].zero_()
        self.widen = nn.Linear(LETTERS, width)
        self.places = nn.Parameter(0.02 * torch.randn(LENGTH, width))
        layer = nn.TransformerEncoderLayer(width, heads, 2 * width, 0.1, "gelu", batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(layer, layers, nn.LayerNorm(width), enable_nested_tensor=False)
        self.query = nn.Parameter(0.02 * torch.randn(width))

    def forward(self, ids: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return tokens (B, L, width), which are there (B, L), and all in one (B, width).

        Args:
            ids: (B, L, IDS) int64 of `encode_ids`, L at most LENGTH.
        """
        mask = ids[..., 0] != 0
        given = self.widen(self.ids(ids).sum(dim=2)) + self.places[: ids.shape[1]]
        tokens = self.layers(given, src_key_padding_mask=~mask) * mask[..., None]
        weights = (tokens @ self.query / self.width**0.5).masked_fill(~mask, -torch.inf).softmax(dim=1)
        return tokens, mask, (weights[..., None] * tokens).sum(dim=1)

    def encode(self, texts: Sequence[str]) -> tuple[Tensor, Tensor, Tensor]:
        """Return what `forward` returns of texts, on the device of the weights."""
        tokens, mask, pooled = self(encode_ids(texts).to(self.query.device))
        return tokens, mask, pooled


class CachedText:
    """What an encoder made of texts, remembered; for weights that do not change.

    Args:
        encode: an encoder, or what makes tensors (B, ...) of B texts. size: texts remembered, those used last.
    """

    def __init__(self, encode: TextEncoder | ClipText | Callable[[Sequence[str]], Tensor | Encoded], size: int = 4096):
        self._encode = encode.encode if isinstance(encode, TextEncoder | ClipText) else encode
        self._size = size
        self._known: OrderedDict[str, Encoded] = OrderedDict()

    def __call__(self, texts: Sequence[str]) -> Encoded:
        """Return the tensors (B, ...) of texts, without gradients; one in a tuple if the encoder makes one."""
        made = {text: self._known[text] for text in texts if text in self._known}
        if missing := [text for text in dict.fromkeys(texts) if text not in made]:
            with torch.no_grad():
                rows = self._encode(missing)
            rows = rows if isinstance(rows, tuple) else (rows,)
            made |= {text: tuple(part[at] for part in rows) for at, text in enumerate(missing)}
        for text in texts:
            self._known[text] = made[text]
            self._known.move_to_end(text)
        while len(self._known) > self._size:
            self._known.popitem(last=False)
        return tuple(torch.stack(parts) for parts in zip(*(made[text] for text in texts), strict=True))


class ClipText:
    """The text tower of CLIP (Radford et al., ICML 2021), frozen, through `transformers`.

    Args:
        model: a folder, or a name on the hub, which is fetched once. device: where it runs.

    Attributes:
        width: numbers of a token.

    Raises:
        ImportError: `transformers` is not installed.
        OSError: there is no such model, or it cannot be fetched.
    """

    def __init__(self, model: str | Path = CLIP, device: str | torch.device = "cpu") -> None:
        try:
            from transformers import CLIPTextModel, CLIPTokenizer
        except ImportError:
            raise ImportError(
                "text encoder clip: expected the library transformers, found none; pip install 'embodied-sim[hub]'"
            ) from None
        try:
            self._tokeniser = CLIPTokenizer.from_pretrained(str(model))
            tower = CLIPTextModel.from_pretrained(str(model))
        except OSError as error:
            raise OSError(
                f"text encoder clip: expected CLIP at {model}, got none ({str(error).splitlines()[0]}); name a folder "
                "with it, or connect to the internet"
            ) from None
        self._tower = tower.to(device).eval().requires_grad_(False)
        self._device = torch.device(device)
        self.width = int(self._tower.config.hidden_size)

    @torch.no_grad()
    def encode(self, texts: Sequence[str]) -> tuple[Tensor, Tensor, Tensor]:
        """Return tokens (B, L, width), which are there (B, L), and all in one (B, width); L is that of the model."""
        length = int(self._tower.config.max_position_embeddings)
        given = self._tokeniser(
            list(texts), padding="max_length", truncation=True, max_length=length, return_tensors="pt"
        )
        mask = given["attention_mask"].to(self._device)
        made = self._tower(input_ids=given["input_ids"].to(self._device), attention_mask=mask)
        return made.last_hidden_state * mask[..., None], mask.bool(), made.pooler_output


def _rank(word: Word) -> int:
    return 0 if set(word.concepts) & _KEPT else 1 if word.concepts else 2


def _token(word: Word) -> tuple[int, ...]:
    if word.concepts:
        ids = [_NUMBERS[concept] for concept in word.concepts]
    else:
        parts = (f"<{word.lemma}>", f"<{word.lemma[:4]}", f"{word.lemma[-3:]}>")
        ids = [UNKNOWN, *(ROOM + crc32(part.encode()) % BUCKETS for part in parts)]
    return (*ids, *[0] * IDS)[:IDS]
