"""Two people as tokens and back: nothing is lost but millimetres, and nobody minds where in the world they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation
from torch import Tensor

from motion.clip import PARENTS, FloatArray
from motion.codec import PATCH, Codec
from motion.features import FPS, encode
from motion.local import steps_of
from motion.pair_space import NUMBERS, PATH, PLACES, FeatureSpace, LatentSpace, _finer, path_tokens, steps_along
from motion.pairs import PairSample, placed
from motion.retarget import leg_of
from motion.training import bones_of

TOKENS = 30


@pytest.fixture
def space(codec: Codec) -> LatentSpace:
    return LatentSpace(codec, TOKENS)


def sizes(pair: PairSample) -> tuple[Tensor, Tensor]:
    """Return bones (1, 2, 22, 3) and legs (1, 2) of both."""
    bones = torch.stack([torch.from_numpy(bones_of(one.figure)).float() for one in pair.people])
    return bones[None], torch.tensor([[leg_of(one.figure) for one in pair.people]]).float()


def seen_from_the_first(pair: PairSample) -> FloatArray:
    """Return the joints (2, T, 22, 3) of both from where the first begins."""
    x, y, yaw = pair.people[0].path[0]
    joints = np.stack([one.clip.positions for one in pair.people]) - [x, y, 0.0]
    return Rotation.from_euler("z", -yaw).apply(joints.reshape(-1, 3)).reshape(joints.shape)


@torch.no_grad()
def test_joints_come_back_from_tokens(space: LatentSpace, pair: PairSample) -> None:
    tokens = space.tokens(pair.people)
    assert tokens.shape == (2, 40, NUMBERS)
    made, stands = space.joints(tokens[None], *sizes(pair))
    assert made.shape == (1, 2, 120, 22, 3) and stands.shape == (1, 2, 120, 4)
    off = np.linalg.norm(made[0].numpy() - seen_from_the_first(pair), axis=-1)
    assert off.mean() < 0.02 and off.max() < 0.15
    true = torch.from_numpy(np.stack([one.local[:, -4:] for one in pair.people]))
    assert ((stands[0] > 0.0) == (true > 0.5)).float().mean() > 0.85


def test_clips_come_back_from_tokens(space: LatentSpace, pair: PairSample, figures: tuple[FloatArray, ...]) -> None:
    clips = space.clips(space.tokens(pair.people), (figures[0], figures[1]))
    for clip, real, figure in zip(clips, seen_from_the_first(pair), figures, strict=True):
        assert clip.fps == FPS and clip.rotations.shape == (120, 22, 4)
        off = np.linalg.norm(clip.positions - real, axis=-1)
        assert off.mean() < 0.03 and off.max() < 0.2
        bones = np.linalg.norm(clip.positions[:, 1:] - clip.positions[:, list(PARENTS[1:])], axis=-1)
        true = np.linalg.norm(figure[1:] - figure[list(PARENTS[1:])], axis=-1)
        np.testing.assert_allclose(bones, np.broadcast_to(true, bones.shape), atol=1e-6)


@torch.no_grad()
def test_bones_keep_their_length_whatever_the_tokens(space: LatentSpace, pair: PairSample) -> None:
    noise = torch.randn(1, 2, TOKENS, NUMBERS, generator=torch.Generator().manual_seed(0))
    bones, legs = sizes(pair)
    made, _ = space.joints(noise, bones, legs)
    length = (made[..., 1:, :] - made[..., list(PARENTS[1:]), :]).norm(dim=-1)
    true = (bones[:, :, 1:].norm(dim=-1) * legs[..., None])[:, :, None].expand_as(length)
    torch.testing.assert_close(length, true, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(("turn", "shift"), [(2.5, (10.0, -4.0)), (-1.0, (0.0, 0.0)), (0.0, (-300.0, 250.0))])
def test_tokens_do_not_mind_where_both_are(
    space: LatentSpace, pair: PairSample, turn: float, shift: tuple[float, float]
) -> None:
    moved = [placed(one, turn, np.array(shift)) for one in pair.people]
    torch.testing.assert_close(space.tokens(moved), space.tokens(pair.people), atol=2e-3, rtol=1e-3)


def test_the_second_is_seen_from_the_first_in_leg_lengths(space: LatentSpace, pair: PairSample) -> None:
    tokens, unit = space.tokens(pair.people), float(sizes(pair)[1].mean())
    away = seen_from_the_first(pair)[1, :3, 0, :2].mean(axis=0) / unit
    np.testing.assert_allclose(tokens[1, 0, :2].numpy(), away, atol=0.06)  # but for the sway
    np.testing.assert_allclose(tokens[0, 0, :PLACES].numpy(), [0.0, 0.0, 1.0, 0.0], atol=0.06)
    double = space.tokens(pair.people, 2.0 * unit)
    torch.testing.assert_close(2.0 * double[..., :2], tokens[..., :2], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(double[..., PATH:], tokens[..., PATH:])  # what bodies do about it is the same
    elsewhere = space.tokens(pair.people, unit, np.array([1.0, 2.0, 0.3]))
    assert (elsewhere - tokens)[..., :2].abs().min() > 0.1


def test_scaling_is_undone(codec: Codec, pair: PairSample) -> None:
    plain, scaled = LatentSpace(codec, TOKENS), LatentSpace(codec, TOKENS)
    draw = torch.Generator().manual_seed(0)
    scaled.mean.copy_(torch.randn(NUMBERS, generator=draw))
    scaled.deviation.copy_(0.5 + torch.rand(NUMBERS, generator=draw))
    one, other = plain.tokens(pair.people), scaled.tokens(pair.people)
    torch.testing.assert_close(other * scaled.deviation + scaled.mean, one, atol=1e-5, rtol=1e-5)
    with torch.no_grad():
        torch.testing.assert_close(
            scaled.joints(other[None], *sizes(pair))[0], plain.joints(one[None], *sizes(pair))[0], atol=1e-4, rtol=1e-4
        )


def test_the_codec_is_not_part_of_the_space(space: LatentSpace) -> None:
    assert set(space.state_dict()) == {"mean", "deviation"}
    assert not list(space.parameters())


@pytest.mark.parametrize("tokens", [2, 3, 12, TOKENS])
def test_smoothing_keeps_what_is_straight_also_at_the_ends(tokens: int) -> None:
    finer = _finer(tokens)
    assert finer.shape == (PATCH * tokens, tokens)
    np.testing.assert_allclose(finer.sum(axis=1), 1.0, atol=1e-9)
    line = 0.4 * np.arange(tokens) - 3.0
    frames = (np.arange(PATCH * tokens) - PATCH // 2) / PATCH
    np.testing.assert_allclose(finer @ line, 0.4 * frames - 3.0, atol=1e-9)


def test_smoothing_takes_out_what_trembles() -> None:
    trembling = np.where(np.arange(TOKENS) % 2, 1.0, -1.0)
    assert np.abs(_finer(TOKENS) @ trembling)[PATCH:-PATCH].max() < 0.4
    slow = np.sin(2.0 * np.pi * np.arange(TOKENS) / 20.0)  # two seconds a turn stay
    frames = (np.arange(PATCH * TOKENS) - PATCH // 2) / PATCH
    np.testing.assert_allclose((_finer(TOKENS) @ slow)[6:-6], np.sin(2.0 * np.pi * frames / 20.0)[6:-6], atol=0.06)


def test_steps_are_those_of_local_motion(pair: PairSample) -> None:
    path, leg = pair.people[0].path, leg_of(pair.people[0].figure)
    told = np.column_stack([path[:, :2], np.cos(path[:, 2]), np.sin(path[:, 2])])
    made = steps_along(torch.from_numpy(told)[None], torch.tensor(1.0 / leg, dtype=torch.float64))[0].numpy()
    np.testing.assert_allclose(made, steps_of(path, leg), atol=1e-3)


def test_path_tokens_of_a_straight_walk() -> None:
    """One metre a second along y, facing along y: the middle of each token, and its speed ahead."""
    clock = np.arange(12) / 30.0
    path = np.column_stack([np.zeros(12), clock, np.full(12, np.pi / 2.0)])
    made = path_tokens(torch.from_numpy(path).float()[None, None])[0, 0]
    middle = clock[1::3]
    expected = np.column_stack([0 * middle, middle, 0 * middle, 1 + 0 * middle, 1 + 0 * middle, 0 * middle, 0 * middle])
    np.testing.assert_allclose(made.numpy(), expected, atol=1e-5)


@torch.no_grad()
def test_the_published_numbers_are_joints_in_our_axes(pair: PairSample, figures: tuple[FloatArray, ...]) -> None:
    space = FeatureSpace()
    told = torch.from_numpy(np.stack([encode(one.clip) for one in pair.people])).float()
    assert told.shape == (2, 119, space.numbers)
    joints, stands = space.joints(told[None], *sizes(pair))
    real = np.stack([one.clip.positions[:-1] for one in pair.people])
    np.testing.assert_allclose(joints[0].numpy(), real, atol=1e-5)
    assert set(stands.unique().tolist()) == {0.0, 1.0}
    space.mean.fill_(0.3)
    space.deviation.fill_(2.0)
    clips = space.clips((told - 0.3) / 2.0, (figures[0], figures[1]))
    for clip, one in zip(clips, pair.people, strict=True):
        assert np.linalg.norm(clip.positions - one.clip.positions[:-1], axis=-1).max() < 0.03


def test_tokens_are_as_many_as_the_shorter_has(space: LatentSpace, pair: PairSample) -> None:
    first, second = pair.people
    cut = replace(second, path=second.path[:50], local=second.local[:50])
    assert space.tokens([first, cut]).shape == (2, 16, NUMBERS)
