"""Judges of two people: what they see, what they find, and whether they learn which text fits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from motion import judging, pair_judging
from motion.clip import FloatArray, PairClip
from motion.judging import CHANNELS, FEATURES, told_apart
from motion.pair_judging import (
    BETWEEN,
    RANKED,
    TWO,
    WINDOW,
    Evaluator,
    both_frames_of,
    diversity,
    jittered_pair,
    learn_evaluator,
    r_precision,
    reaction_error,
)  # fmt: skip
from motion.pairs import PairSample, part_of_clip, placed_clip
from motion.single import Sample


def moved(pair: PairClip, turn: float, shift: tuple[float, float]) -> PairClip:
    first, second = (placed_clip(clip, turn, np.array(shift)) for clip in pair.clips)
    return replace(pair, clips=(first, second))


def cut(pair: PairClip, first: int, count: int = WINDOW) -> PairClip:
    one, other = (part_of_clip(clip, np.arange(first, first + count)) for clip in pair.clips)
    return replace(pair, clips=(one, other))


@pytest.fixture(scope="module")
def pairs(pair: PairSample, walkers: tuple[Sample, Sample]) -> list[PairClip]:
    """Return pairs who walk beside each other, at places that are drawn."""
    rng, result = np.random.default_rng(0), []
    for row in range(15):
        clip = placed_clip(walkers[1].clip, rng.uniform(-0.2, 0.2), np.array([rng.uniform(-0.3, 0.3), -0.9]))
        whole = replace(pair.pair, clips=(walkers[0].clip, clip))
        result.append(moved(cut(whole, 2 * row), rng.uniform(-3.0, 3.0), (rng.uniform(-5.0, 5.0), 0.0)))
    return result


def test_place_and_direction_are_not_seen_but_where_the_other_is(pair: PairSample) -> None:
    seen = both_frames_of(pair.pair)
    assert seen.shape == (120, TWO.channels) and TWO.channels == 2 * (CHANNELS + BETWEEN)
    np.testing.assert_allclose(both_frames_of(moved(pair.pair, 2.0, (30.0, -7.0))), seen, atol=5e-3)
    first, second = pair.pair.clips
    further = placed_clip(second, 0.0, np.array([0.0, -2.0]))
    gap = np.abs(both_frames_of(replace(pair.pair, clips=(first, further))) - seen).max(axis=0)
    assert gap[: 2 * CHANNELS].max() < 1e-3  # each by itself is as it was
    assert gap[2 * CHANNELS :].max() > 0.5
    exchanged = replace(pair.pair, clips=(second, first))
    own, between = seen[:, : 2 * CHANNELS], seen[:, 2 * CHANNELS :]
    swapped = np.concatenate([np.roll(own, CHANNELS, axis=1), np.roll(between, BETWEEN, axis=1)], axis=1)
    np.testing.assert_allclose(both_frames_of(exchanged), swapped, atol=1e-6)


def test_features_of_pairs_and_texts_have_length_six_each(pairs: list[PairClip]) -> None:
    judge = Evaluator().eval()
    seen, told = judge.features(pairs), judge.words(pairs)
    assert seen.shape == told.shape == (15, FEATURES)
    np.testing.assert_allclose(np.linalg.norm(seen, axis=1), 6.0, atol=1e-4)
    np.testing.assert_allclose(np.linalg.norm(told, axis=1), 6.0, atol=1e-4)
    np.testing.assert_allclose(told, np.broadcast_to(told[0], told.shape), atol=1e-5)  # all are told alike
    np.testing.assert_allclose(judge.features(pairs[3:5]), seen[3:5], atol=1e-4)  # whoever is beside


def test_features_are_of_the_first_window(pair: PairSample) -> None:
    judge = Evaluator().eval()
    np.testing.assert_allclose(judge.features([pair.pair]), judge.features([pair.pair, pair.pair])[1:], atol=1e-4)
    first, second = pair.pair.clips
    later = np.concatenate([np.arange(92), np.full(28, 92)])  # the rest stands still
    held = replace(pair.pair, clips=(part_of_clip(first, later), part_of_clip(second, later)))
    assert np.abs(judge.features([held]) - judge.features([pair.pair])).max() < 1.0


def test_perfect_features_rank_their_texts_first() -> None:
    words = np.random.default_rng(0).standard_normal((100, FEATURES))
    assert r_precision(words, words, np.random.default_rng(0)).tolist() == [1.0, 1.0, 1.0]
    assert r_precision(words + 1e-3, words, np.random.default_rng(0)).tolist() == [1.0, 1.0, 1.0]
    same = np.tile(words[:1], (100, 1))  # what is told alike of all is right of all
    assert r_precision(same, same, np.random.default_rng(0)).tolist() == [1.0, 1.0, 1.0]


def test_random_features_rank_as_chance_has_it() -> None:
    rng = np.random.default_rng(0)
    shares = r_precision(rng.standard_normal((640, 8)), rng.standard_normal((640, 8)), rng)
    np.testing.assert_allclose(shares, np.array([1.0, 2.0, 3.0]) / RANKED, atol=0.02)
    few = r_precision(rng.standard_normal((4, 8)), rng.standard_normal((4, 8)), rng, 200)
    np.testing.assert_allclose(few, np.array([1.0, 2.0, 3.0]) / 4.0, atol=0.3)


def test_the_second_nearest_counts_among_two() -> None:
    words = np.array([[0.0], [1.0], [10.0]])
    seen = np.array([[0.9], [0.1], [10.0]])  # the first two are nearer to each other's
    assert r_precision(seen, words, np.random.default_rng(0), 1).tolist() == pytest.approx([1.0 / 3.0, 1.0, 1.0])


def test_reactions_are_compared_with_the_recorded_one(pair: PairSample) -> None:
    real = pair.people[1].clip.positions
    same = reaction_error(real, real)
    assert same.joints == same.root == 0.0
    off = reaction_error(real + np.array([0.3, 0.4, 0.0]), real)
    assert off.joints == pytest.approx(0.5) and off.root == pytest.approx(0.5)
    higher = reaction_error(real + np.array([0.0, 0.0, 0.2]), real)
    assert higher.joints == pytest.approx(0.2) and higher.root == pytest.approx(0.0)  # seen from above
    assert reaction_error(real[:50] + np.array([1.0, 0.0, 0.0]), real).joints == pytest.approx(1.0)  # as long as both


def test_diversity_is_the_mean_distance_of_two_that_are_drawn() -> None:
    features: FloatArray = np.repeat(np.array([[0.0], [2.0]]), 50, axis=0)
    assert diversity(features, np.random.default_rng(0), 20_000) == pytest.approx(1.0, abs=0.03)
    assert diversity(features[:50], np.random.default_rng(0)) == 0.0


def test_trembling_pairs_tremble_by_half_a_centimetre(pairs: list[PairClip]) -> None:
    worse = jittered_pair(pairs[0], np.random.default_rng(1))
    for one, other in zip(worse.clips, pairs[0].clips, strict=True):
        assert (one.positions - other.positions).std() == pytest.approx(judging.JITTER, rel=0.05)
        np.testing.assert_array_equal(one.root, other.root)
    assert worse.text == pairs[0].text and worse.roles == pairs[0].roles


@pytest.mark.slow
def test_worse_pairs_are_told_apart_and_the_same_by_a_coin(
    pairs: list[PairClip], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pairs who are a metre further apart: only who sees both can tell."""
    monkeypatch.setattr(judging, "STEPS", {"sets": 40, "acts": 60})
    monkeypatch.setattr(judging, "BATCH", 16)
    rng, worse = np.random.default_rng(1), []
    for pair in pairs:
        first, second = pair.clips
        yaw = rng.uniform(-3.0, 3.0)
        away = placed_clip(second, 0.0, (second.root - first.root)[0, :2])
        worse.append(moved(replace(pair, clips=(first, away)), yaw, (1.0, 0.0)))
    # those of one part are in one fold, and nobody is left out
    one, other = told_apart(pairs, worse, 0, seeing=TWO, parts=(np.arange(15) // 3,) * 2)
    assert one.shape == other.shape == (15,)
    assert (one.mean() + other.mean()) / 2.0 >= 0.9
    alike, again = told_apart(pairs[:5], pairs[:5], 0, seeing=TWO)
    assert (alike.mean() + again.mean()) / 2.0 == pytest.approx(0.5)


def test_the_evaluator_learns_which_text_fits(pairs: list[PairClip], monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside each other to the right or to the left, as the texts say."""
    monkeypatch.setattr(pair_judging, "STEPS", 40)
    monkeypatch.setattr(pair_judging, "BATCH", 12)
    flip = [replace(one, clips=(one.clips[1], one.clips[0])) for one in pairs]
    told = [(("They walk.",), (f"A person waves the {a} hand.",), (f"A person bows to the {b}.",))
            for a, b in (("left", "right"), ("right", "left"))]  # fmt: skip
    before = torch.random.get_rng_state()
    judge = learn_evaluator([*pairs, *flip], [*[told[0]] * 15, *[told[1]] * 15], 0)
    assert torch.equal(before, torch.random.get_rng_state()) and not judge.training
    one, other = (replace(pairs[0], texts=(own[1][0], own[2][0]), text=own[0][0]) for own in told)
    words = judge.words([one, other])
    gaps = np.linalg.norm(judge.features([*pairs, *flip])[:, None] - words[None], axis=2)
    assert (gaps.argmin(axis=1) == np.repeat([0, 1], 15)).mean() >= 0.9
