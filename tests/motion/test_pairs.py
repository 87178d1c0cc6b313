"""Pairs to learn from: mirrored, placed, and composed of single people, always said to be composed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from motion.clip import ROLES, FloatArray, check_roles
from motion.composed_pairs import KINDS, LAYOUTS, NEAREST, TOUCHING, collides, compose_pairs, put_together
from motion.features import MIRROR
from motion.local import encode_local
from motion.pairs import PairSample, frames_of, mirror_pair, placed, read_captured
from motion.single import Sample
from motion.vectors import wrap

PACK = Path(__file__).resolve().parents[2].parent / "shared/data/motion"
ACTS = ("walk", "bow", "wave-left-hand", "call", "respond", "bye", "guide", "punch", "walk-back")


@pytest.fixture(scope="module")
def singles(walkers: tuple[Sample, Sample]) -> list[Sample]:
    """Return clips that pass for Bandai Namco's: two of each act, walks, and steps to and fro for all else."""
    result = []
    for row, content in enumerate(ACTS):
        rows = np.arange(20 + 5 * row, 100) if content.startswith("walk") else 30 + np.abs(np.arange(70) % 20 - 10)
        for column, style in enumerate(("normal", "proud")):
            one = frames_of(walkers[(row + column) % 2], rows)
            about = {"name": f"{content}-{style}", "content": content, "style": style, "texts": (content,)}
            result.append(replace(one, recording=replace(one.recording, source="bandai", **about)))  # type: ignore[arg-type]
    return result


@pytest.fixture(scope="module")
def composed(singles: list[Sample]) -> list[PairSample]:
    return compose_pairs(singles, 3, np.random.default_rng(0))


def everybody(pairs: list[PairSample]) -> Iterator[Sample]:
    for pair in pairs:
        yield from pair.people


def test_composed_pairs_say_so_and_have_roles_that_answer(composed: list[PairSample]) -> None:
    assert {pair.name for pair in composed} == {name for name in KINDS if name != "raise"}  # of that no clip was given
    for pair in composed:
        assert pair.by == "composed" and pair.pair.by == "composed"
        check_roles(pair.roles)
        assert pair.roles == KINDS[pair.name].roles and pair.roles[0] in ROLES
        assert pair.texts == KINDS[pair.name].texts and all(text.strip() for own in pair.own for text in own)
        first, second = pair.people
        assert len(first.local) == len(second.local) == len(first.path) == len(second.clip.root)


def test_nothing_collides(composed: list[PairSample]) -> None:
    for pair in composed:
        first, second = (one.clip.positions for one in pair.people)
        assert np.linalg.norm(first[:, 0, :2] - second[:, 0, :2], axis=1).min() >= NEAREST
        assert np.linalg.norm(first[::3, :, None] - second[::3, None], axis=3).min() >= TOUCHING


def test_collisions_are_found_at_pelvises_and_at_joints() -> None:
    first, second = np.zeros((9, 22, 3)), np.zeros((9, 22, 3))
    second[..., 0] = NEAREST + 0.01
    assert not collides(first, second)
    near = second.copy()
    near[4, 0, 0] = NEAREST - 0.01  # in any frame
    assert collides(first, near)
    hand = second.copy()
    hand[3, 20, 0] = TOUCHING - 0.01
    assert collides(first, hand)
    second[..., 2] += 5.0  # seen from above pelvises are what counts, whatever the height
    assert not collides(first, second)


def test_both_are_put_as_the_layout_says(composed: list[PairSample]) -> None:
    for pair in composed:
        ahead, aside, turn = LAYOUTS[KINDS[pair.name].layout]
        first, second = (one.path[0] for one in pair.people)
        np.testing.assert_allclose(first, 0.0, atol=1e-9)  # from the origin along x
        for value, (low, high) in zip(second[:2], (ahead, aside), strict=True):
            assert low - 1e-9 <= value <= high + 1e-9
        assert abs(wrap(second[2] - sum(turn) / 2.0)) <= (turn[1] - turn[0]) / 2.0 + 1e-9


def test_who_answers_begins_later(composed: list[PairSample]) -> None:
    for pair in composed:
        second = pair.people[1].clip.positions
        still = np.abs(second - second[0]).max(axis=(1, 2)) < 1e-12
        waits = int(still.argmin()) if not still.all() else len(still)
        low, high = KINDS[pair.name].late
        assert round(low * 30) <= waits - 1 <= round(high * 30)


def test_only_given_clips_are_used_and_those_that_fit(composed: list[PairSample], singles: list[Sample]) -> None:
    names = {one.recording.name for one in singles}
    for pair in composed:
        first, second = (one.recording for one in pair.people)
        assert {first.name, second.name} <= names
        if KINDS[pair.name].same:
            assert first.style == second.style
        if pair.name == "strike":
            assert first.content == "punch" and second.content == "walk-back"
    few = [one for one in singles if one.recording.content == "bow"]
    assert {pair.name for pair in compose_pairs(few, 1, np.random.default_rng(0))} == {"bow"}
    other = [replace(one, recording=replace(one.recording, source="cmu")) for one in singles]
    assert compose_pairs(other, 2, np.random.default_rng(0)) == []


def test_the_same_seed_gives_the_same_pairs(singles: list[Sample], composed: list[PairSample]) -> None:
    again, other = (compose_pairs(singles, 3, np.random.default_rng(seed)) for seed in (0, 1))
    assert [pair.own for pair in again] == [pair.own for pair in composed]
    for one, same in zip(everybody(composed), everybody(again), strict=True):
        np.testing.assert_array_equal(one.clip.positions, same.clip.positions)
    assert any(
        a.clip.positions.shape != b.clip.positions.shape or not np.array_equal(a.clip.positions, b.clip.positions)
        for a, b in zip(everybody(composed), everybody(other), strict=False)
    )


def test_for_the_prior_any_two_are_put_together(singles: list[Sample]) -> None:
    pairs = put_together(singles, 12, np.random.default_rng(0))
    assert len(pairs) == 12
    for pair in pairs:
        assert pair.by == "composed" and pair.roles == ("alike", "alike") and pair.texts == ("",)
        assert len(pair.people[0].local) == len(pair.people[1].local)
        assert np.linalg.norm(pair.people[1].path[0, :2]) < 6.0
    same = put_together(singles, 12, np.random.default_rng(0))
    np.testing.assert_array_equal(pairs[5].people[1].clip.root, same[5].people[1].clip.root)


def test_a_mirrored_pair_swaps_words_joints_and_the_side_of_the_other(pair: PairSample) -> None:
    other = mirror_pair(pair)
    assert other.texts == ("Two people walk to the right.",)
    assert other.own == (("A person walks and waves the right hand.",), ("A person walks up.",))
    assert other.roles == pair.roles and other.by == pair.by and other.name == pair.name
    for one, made in zip(pair.people, other.people, strict=True):
        np.testing.assert_allclose(
            made.clip.positions, one.clip.positions[:, MIRROR] * np.array([1.0, -1.0, 1.0]), atol=1e-9
        )
        np.testing.assert_allclose(made.path, one.path * np.array([1.0, -1.0, -1.0]), atol=1e-9)
        assert made.mirrored and not one.mirrored
    twice = mirror_pair(other)
    assert twice.texts == pair.texts and twice.own == pair.own
    np.testing.assert_allclose(twice.people[1].clip.positions, pair.people[1].clip.positions, atol=1e-9)
    np.testing.assert_allclose(twice.people[1].local, pair.people[1].local, atol=1e-9)


@pytest.mark.parametrize(("turn", "shift"), [(0.7, (3.0, -2.0)), (-3.0, (0.0, 0.0)), (6.0, (100.0, 5.0))])
def test_who_is_placed_does_the_same_elsewhere(pair: PairSample, turn: float, shift: tuple[float, float]) -> None:
    one = pair.people[0]
    made = placed(one, turn, np.array(shift))
    np.testing.assert_allclose(encode_local(made.clip, made.path, made.figure), one.local, atol=1e-6)
    c, s = np.cos(turn), np.sin(turn)
    np.testing.assert_allclose(made.clip.root[:, :2], one.clip.root[:, :2] @ [[c, s], [-s, c]] + shift, atol=1e-9)
    np.testing.assert_allclose(made.clip.root[:, 2], one.clip.root[:, 2])
    np.testing.assert_allclose(np.diff(made.path[:, 2]), np.diff(one.path[:, 2]), atol=1e-9)
    back = placed(placed(made, 0.0, -np.array(shift)), -turn, np.zeros(2))
    np.testing.assert_allclose(back.clip.positions, one.clip.positions, atol=1e-9)


def test_a_pose_is_held_by_its_number(pair: PairSample) -> None:
    rows = np.array([0, 0, 0, 7, 8])
    held = frames_of(pair.people[0], rows)
    for name in ("root", "rotations", "positions"):
        values: FloatArray = getattr(held.clip, name)
        np.testing.assert_array_equal(values, getattr(pair.people[0].clip, name)[rows])
    np.testing.assert_array_equal(held.path, pair.people[0].path[rows])
    np.testing.assert_array_equal(held.local, pair.people[0].local[rows])


@pytest.mark.slow
@pytest.mark.skipif(not PACK.is_dir(), reason="the recordings are not beside the checkout (shared/data/motion)")
def test_recorded_dances_are_in_one_world_and_in_one_part_each() -> None:
    parts: dict[str, set[str]] = {}
    for pair, part in read_captured(str(PACK), ("train", "val", "test")):
        parts.setdefault(part, set()).add(pair.name)
        assert pair.by == "captured" and pair.roles == ("leader", "follower")
        first, second = (one.clip.positions for one in pair.people)
        assert len(first) == len(second)
        distance = np.linalg.norm((first - second)[:, 0, :2], axis=1)
        assert 0.4 < np.median(distance) < 1.2 and pair.pair.text
    assert {part: len(names) for part, names in parts.items()} == {"train": 10, "val": 1, "test": 3}
