"""Texts as tokens, the encoder, what is remembered, and CLIP."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from motion.lexicon import CONCEPTS
from motion.phrases import swap_sides
from motion.text import (
    BEGIN,
    FIRST,
    IDS,
    LENGTH,
    ROOM,
    UNKNOWN,
    CachedText,
    ClipText,
    TextEncoder,
    encode_ids,
    forget,
    tokenise,
)

ROOT = Path(__file__).resolve().parents[2]


def encoder(width: int = 128) -> TextEncoder:
    torch.manual_seed(0)
    return TextEncoder(width).eval()


def same(one: str, other: str) -> bool:
    return tokenise(one) == tokenise(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("waves her left hand", "waves her right hand"),
        ("waves a hand", "waves both hands"),
        ("waves her hand", "waves her hands"),
        ("walks forward", "walks backward"),
        ("turns clockwise", "turns counterclockwise"),
        ("A pulls B", "B pulls A"),
        ("he pulls somebody", "he is pulled by somebody"),
        ("the man pulls the woman", "the woman pulls the man"),
        ("the first person hugs the second person", "the second person hugs the first person"),
        ("bows, then waves", "waves, then bows"),
        ("walks", "does not walk"),
        ("sits down", "gets up"),
        ("strolls", "walks"),
        ("juggles", "knits"),
    ],
)
def test_what_differs_has_other_tokens_and_is_encoded_otherwise(one: str, other: str) -> None:
    assert not same(one, other)
    model = encoder()
    if "juggles" not in one:  # letters say nothing before they are trained
        pooled = model.encode([one, other])[2]
        assert (pooled[0] - pooled[1]).abs().max() > 1e-4


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("He walks.", "he is walking"),
        ("a person strolls", "someone ambles"),
        ("The man waves with his left hand", "a guy is waving with the left arm!"),
        ("beckons", "gestures for someone to come over"),
        ("she looks around", "She looks left and right."),
    ],
)
def test_what_means_the_same_has_the_same_tokens(one: str, other: str) -> None:
    assert same(one, other)


def test_tokens_are_concepts_or_hashed_letters() -> None:
    begin, walk, slow, unknown = tokenise("strolls slowly xylophonically")
    numbers = {name: FIRST + CONCEPTS.index(name) for name in ("walk", "slow")}
    assert begin == (BEGIN, 0, 0, 0)
    assert walk == (numbers["walk"], numbers["slow"], 0, 0) and slow == (numbers["slow"], 0, 0, 0)
    assert unknown[0] == UNKNOWN and min(unknown[1:]) >= ROOM
    assert tokenise("") == tokenise("the, and.") == (begin,)
    assert FIRST + len(CONCEPTS) <= ROOM


@given(st.text(max_size=120))
def test_any_text_has_tokens(text: str) -> None:
    tokens = tokenise(text)
    assert 1 <= len(tokens) <= LENGTH
    assert all(len(token) == IDS and token[0] > 0 for token in tokens)


@given(
    st.lists(st.sampled_from(["she", "waves", "left", "right", "hand", "turns", "to", "and", "clockwise"]), max_size=18)
)
def test_swapped_sides_are_other_tokens(words: list[str]) -> None:
    text = " ".join(words)
    if {"left", "right", "clockwise"} & set(words):
        other = {"left": "right", "right": "left", "clockwise": "counterclockwise", "counterclockwise": "clockwise"}
        number = {FIRST + CONCEPTS.index(side): FIRST + CONCEPTS.index(swap) for side, swap in other.items()}
        swapped = tuple(tuple(number.get(part, part) for part in token) for token in tokenise(text))
        assert swapped == tokenise(swap_sides(text))


def test_of_a_long_text_acts_sides_and_roles_are_kept() -> None:
    filler = " ".join(f"in some {word}ish garden" for word in ("red", "blue", "green", "grey") * 4)
    tokens = tokenise(f"A person {filler} is pulled backward {filler} by B, turns left and waves the right hand")
    kept = {CONCEPTS[part - FIRST] for token in tokens for part in token if FIRST <= part < ROOM}
    assert len(tokens) == LENGTH
    assert {"patient", "agent", "passive", "pull", "backward", "second", "turn", "left", "wave", "right"} <= kept


def test_tokens_are_the_same_in_another_process() -> None:
    text = "A juggles; B is pulled to the left by an axolotl"
    code = f"from motion.text import tokenise; print(tokenise({text!r}))"
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True,
            env={"PYTHONHASHSEED": seed, "PATH": ""},
        )  # fmt: skip
        assert done.stdout.strip() == str(tokenise(text))


@pytest.mark.parametrize("width", [64, 128])
def test_the_encoder_has_its_shapes(width: int) -> None:
    model = encoder(width)
    ids = encode_ids(["A person walks.", "", "she bows, then waves with her left hand"])
    tokens, mask, pooled = model(ids)
    assert ids.shape == (3, LENGTH, IDS) and ids.dtype == torch.int64
    assert tokens.shape == (3, LENGTH, width) and mask.shape == (3, LENGTH) and pooled.shape == (3, width)
    assert mask.dtype == torch.bool and mask.sum(dim=1).tolist() == [3, 1, 7]
    assert tokens[~mask].abs().max() == 0.0 and torch.isfinite(pooled).all()
    assert encode_ids([]).shape == (0, LENGTH, IDS)


def test_the_encoder_is_small() -> None:
    assert sum(part.numel() for part in TextEncoder().parameters()) < 400_000


@pytest.mark.parametrize("training", [False, True])
def test_padding_and_neighbours_change_nothing(training: bool) -> None:
    model = encoder()
    for layer in model.modules():  # without the fused path of evaluation, and without chance
        if isinstance(layer, torch.nn.Dropout | torch.nn.MultiheadAttention):
            layer.p = layer.dropout = 0.0
    model.train(training)
    texts = ["walks to the left", "A pulls B and sits down while waving both hands"]
    both = model.encode(texts)
    for at, text in enumerate(texts):
        length = len(tokenise(text))
        tokens, _, pooled = model(encode_ids([text])[:, :length])
        torch.testing.assert_close(tokens[0], both[0][at, :length], atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(pooled[0], both[2][at], atol=1e-5, rtol=1e-5)


def test_all_weights_are_trained() -> None:
    model = TextEncoder()
    tokens, _, pooled = model.encode(["a person juggles", "B waves"])
    (tokens.square().sum() + pooled.square().sum()).backward()
    assert all(part.grad is not None and part.grad.abs().sum() > 0.0 for part in model.parameters())
    assert model.ids.weight.grad is not None and model.ids.weight.grad[ROOM:].abs().sum() > 0.0


def test_a_few_steps_tell_sides_apart() -> None:
    torch.manual_seed(0)
    model, head = TextEncoder(32), torch.nn.Linear(32, 2)
    texts = [f"{who} {does} {its} {side} hand" for who in ("he", "a person") for does in ("waves", "raises")
             for its in ("the", "his") for side in ("left", "right")]  # fmt: skip
    wanted = torch.tensor([int("right" in text) for text in texts])
    trained = torch.optim.Adam([*model.parameters(), *head.parameters()], lr=3e-3)
    for _ in range(40):
        loss = torch.nn.functional.cross_entropy(head(model.encode(texts)[2]), wanted)
        trained.zero_grad()
        loss.backward()
        trained.step()
    told = head(model.eval().encode(["the old woman lifts her left arm", "a guy greets with his right arm"])[2])
    assert told.argmax(dim=1).tolist() == [0, 1]


def test_words_are_forgotten_by_share() -> None:
    ids = encode_ids(["he walks slowly to the left"] * 200)
    generator = torch.Generator().manual_seed(0)
    some = forget(ids, 0.3, generator)
    there = ids[..., 0] > BEGIN
    assert torch.equal(some[~there], ids[~there])
    assert 0.25 < (some[there][:, 0] == UNKNOWN).float().mean() < 0.35
    assert torch.equal(forget(ids, 0.0, generator), ids)


def test_what_was_encoded_is_remembered_up_to_a_bound() -> None:
    asked: list[str] = []

    def encode(texts: Sequence[str]) -> Tensor:
        asked.extend(texts)
        return torch.tensor([[float(len(text))] for text in texts])

    cached = CachedText(encode, size=2)
    assert cached(["a", "bb", "a"])[0].tolist() == [[1.0], [2.0], [1.0]] and asked == ["a", "bb"]
    cached(["a"])
    cached(["ccc"])  # forgets bb, which was used longest ago
    assert cached(["a", "ccc"])[0].tolist() == [[1.0], [3.0]] and asked == ["a", "bb", "ccc"]
    assert cached(["d", "ee", "fff"])[0].tolist() == [[1.0], [2.0], [3.0]]  # more than it remembers
    cached(["bb"])
    assert asked[-1] == "bb"


def test_an_encoder_is_remembered_without_gradients() -> None:
    model = encoder()
    texts = ["walks", "runs", "walks"]
    for made, wanted in zip(CachedText(model)(texts), model.encode(texts), strict=True):
        torch.testing.assert_close(made, wanted)
        assert not made.requires_grad


def test_clip_without_its_library_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ImportError, match=r"found none; pip install 'embodied-sim\[hub\]'") as error:
        ClipText()
    assert "\n" not in str(error.value)


def test_clip_from_a_folder(tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers", reason="the extra `hub` is not installed")
    letters = [*"abcdefghijklmnopqrstuvwxyz", *(f"{letter}</w>" for letter in "abcdefghijklmnopqrstuvwxyz")]
    vocabulary = [*letters, "<|startoftext|>", "<|endoftext|>"]
    (tmp_path / "vocab.json").write_text(json.dumps({token: at for at, token in enumerate(vocabulary)}))
    (tmp_path / "merges.txt").write_text("#version: 0.2\n")
    config = transformers.CLIPTextConfig(
        vocab_size=len(vocabulary), hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
        max_position_embeddings=20, projection_dim=16, bos_token_id=52, eos_token_id=53, pad_token_id=53,
    )  # fmt: skip
    transformers.CLIPTextModel(config).save_pretrained(tmp_path)
    transformers.CLIPTokenizer.from_pretrained(str(tmp_path)).save_pretrained(tmp_path)
    clip = ClipText(tmp_path)
    tokens, mask, pooled = clip.encode(["go left", "a person walks to the far away door", ""])
    assert tokens.shape == (3, 20, clip.width) and mask.shape == (3, 20) and pooled.shape == (3, clip.width)
    assert mask.sum(dim=1).tolist() == [8, 20, 2] and mask.dtype == torch.bool and not pooled.requires_grad
    torch.testing.assert_close(clip.encode(["go left"])[2][0], pooled[0])
    torch.testing.assert_close(CachedText(clip)(["go left"])[2][0], pooled[0])
    with pytest.raises(OSError, match="text encoder clip: expected CLIP at") as error:
        ClipText(tmp_path / "none")
    assert "\n" not in str(error.value)
