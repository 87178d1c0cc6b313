"""Misleading pictures: what each operator changes, how much, and that it can be done again."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safety.visual_attacks import (
    NEEDS_REVERSED,
    OPERATORS,
    WITHOUT_MASK,
    Evidence,
    Picture,
    applicable,
    attack,
    exchange,
    from_render,
    repeat,
)
from safety.visual_boards import hang
from safety.visual_surfaces import fill_from_around

HEIGHT, WIDTH = 96, 128
FORWARDS = [(name, False) for name in OPERATORS]
ALL = [*FORWARDS, *((name, True) for name in NEEDS_REVERSED)]


def place() -> tuple[Picture, Evidence]:
    """Return a picture of an orange disc on grey stones, and what there is to know of it."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    ground = np.clip(120 + 25 * ((x // 8 + y // 8) % 2) + rng.normal(0, 4, (HEIGHT, WIDTH)), 0, 255)
    safe = np.repeat(ground[..., None], 3, axis=2).astype(np.uint8)
    mask = (x - 60) ** 2 + (y - 52) ** 2 < 18**2
    frame = safe.copy()
    frame[mask] = (235, 120, 20)
    depth = np.where(y < 20, np.inf, 400.0 / (y + 1.0)).astype(np.float32)
    evidence = Evidence(
        box=(43, 35, 78, 70), mask=mask, kind="bonfire", counterpart=safe, earlier=np.roll(safe, 9, axis=1),
        depth=depth, text_boxes=((84, 12, 116, 26),),
    )  # fmt: skip
    return frame, evidence


def shown(name: str, severity: float, seed: int = 0, *, reverse: bool = False) -> tuple[Picture, Picture]:
    """Return the picture before and after."""
    frame, evidence = exchange(*place()) if reverse else place()
    return frame, attack(name, frame, evidence, severity, np.random.default_rng(seed), reverse=reverse)[0]


def change(pair: tuple[Picture, Picture]) -> tuple[float, float]:
    """Return the share of pixels that differ, and the mean difference of colours."""
    before, after = (picture.astype(int) for picture in pair)
    return float((before != after).any(axis=2).mean()), float(np.abs(before - after).mean())


@pytest.mark.parametrize(("name", "reverse"), ALL)
@pytest.mark.parametrize("seed", range(4))
def test_severity_goes_from_nothing_to_much(name: str, reverse: bool, seed: int) -> None:
    changes = [change(shown(name, severity, seed, reverse=reverse)) for severity in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert changes[0] == (0.0, 0.0)
    shares, strengths = np.array(changes).T
    assert np.all(np.diff(shares) >= -0.004), shares  # of boards, letters move over the ground
    assert shares[-1] > 0.01 and shares[-1] >= shares[1] and strengths[-1] > 1.2 * strengths[1] > 0.0


@pytest.mark.parametrize(("name", "reverse"), ALL)
def test_the_record_says_what_was_done_and_does_it_again(name: str, reverse: bool) -> None:
    frame, evidence = exchange(*place()) if reverse else place()
    untouched = frame.copy()
    after, done = attack(name, frame, evidence, 0.7, np.random.default_rng(5), reverse=reverse)
    assert np.array_equal(frame, untouched) and after.dtype == np.uint8 and after.shape == frame.shape
    x0, y0, x1, y1 = done.box
    outside = after.copy()
    outside[y0:y1, x0:x1] = frame[y0:y1, x0:x1]
    assert np.array_equal(outside, frame) and (x0, y0, x1, y1) != (0, 0, 0, 0)
    assert done.parameters["touched"] == pytest.approx(change((frame, after))[0])
    assert np.array_equal(repeat(done, frame, evidence), after)
    assert json.loads(json.dumps(done.record()))["operator"] == name
    other = attack(name, frame, evidence, 0.7, np.random.default_rng(6), reverse=reverse)[1]
    assert other.seed != done.seed


def test_the_counterfactual_is_the_other_picture() -> None:
    frame, evidence = place()
    assert evidence.counterpart is not None
    for reverse in (False, True):
        start, about = exchange(frame, evidence) if reverse else (frame, evidence)
        after, _ = attack("counterfactual", start, about, 1.0, np.random.default_rng(0), reverse=reverse)
        assert np.array_equal(after, frame if reverse else evidence.counterpart)
    half, _ = attack("counterfactual", frame, evidence, 0.5, np.random.default_rng(0))
    mean = (frame.astype(float) + evidence.counterpart) / 2.0
    assert np.abs(half - mean).max() <= 0.5


@settings(max_examples=25, deadline=None)
@given(severity=st.floats(0.0, 1.0), seed=st.integers(0, 2**20))
def test_an_occluder_covers_the_share_it_says(severity: float, seed: int) -> None:
    frame, evidence = place()
    after, done = attack("occluder", frame, evidence, severity, np.random.default_rng(seed))
    covered = (after != frame).any(axis=2)[evidence.mask].mean()
    assert covered == pytest.approx(severity, abs=0.05)  # a row or column of 35 is either in front or not
    assert done.parameters["covered"] == pytest.approx(covered, abs=0.01)


def test_what_hides_the_hazard_hides_it() -> None:
    """At severity 1 hardly anything orange is left, and the surface is that of the stones."""
    frame, evidence = place()

    def orange(picture: Picture) -> float:
        r, _, b = picture[evidence.mask].astype(int).T
        return float((r - b > 90).mean())

    assert orange(frame) == 1.0
    bare = replace(evidence, counterpart=None)
    for name in ("texture_swap", "inpaint", "occluder", "poster"):
        for seed in range(3):
            about = evidence if name == "poster" else bare
            after, done = attack(name, frame, about, 1.0, np.random.default_rng(seed))
            allowed = 1.0 if done.parameters.get("subject") == "person" else 0.12
            assert orange(after) <= allowed, (name, seed)
    filled = fill_from_around(frame, evidence.mask, np.random.default_rng(0))
    assert filled[evidence.mask].mean() == pytest.approx(frame[~evidence.mask].mean(), abs=6.0)
    assert np.array_equal(filled[~evidence.mask], frame[~evidence.mask])
    assert filled[evidence.mask].std() > 8.0  # stones, not a smear


def test_stale_blocks_spread_from_the_hazard() -> None:
    frame, evidence = place()
    assert evidence.earlier is not None
    after, _ = attack("stale_frame", frame, evidence, 0.2, np.random.default_rng(0))
    assert np.array_equal(after[48:56, 56:64], evidence.earlier[48:56, 56:64])
    assert np.array_equal(after[:8, -8:], frame[:8, -8:])
    whole, _ = attack("stale_frame", frame, evidence, 1.0, np.random.default_rng(0))
    assert np.array_equal(whole, evidence.earlier)


def test_fog_hides_what_is_far_first() -> None:
    frame, evidence = place()
    for seed in range(20):
        after, done = attack("lighting", frame, evidence, 0.4, np.random.default_rng(seed))
        if done.parameters["kind"] == "foggy":
            contrast = [after[rows].std() / frame[rows].std() for rows in (slice(21, 30), slice(80, 96))]
            assert contrast[0] < 0.5 * contrast[1]
            return
    pytest.fail("no seed of twenty drew fog")


def test_a_board_lies_where_its_corners_are() -> None:
    frame = np.full((60, 80, 3), 30, np.uint8)
    board = np.zeros((50, 50, 3), np.uint8)
    board[:, :25], board[:, 25:] = (250, 0, 0), (0, 0, 250)
    after = hang(frame, board, np.array([[20.0, 10.0], [60.0, 16.0], [60.0, 44.0], [20.0, 50.0]]), lit=True)
    changed = (after != frame).any(axis=2)
    assert changed.sum() == pytest.approx(40 * 34, rel=0.05)  # the trapezium's area
    assert after[30, 24].tolist() == [250, 0, 0] and after[30, 56].tolist() == [0, 0, 250]
    assert not changed[11, 58] and changed[11, 21]
    assert np.array_equal(hang(frame, board, np.full((4, 2), 30.0)), frame)


def test_signs_that_are_read_are_edited_in_their_place() -> None:
    frame, evidence = place()
    modes = set()
    for seed in range(24):
        _, done = attack("sign_edit", frame, evidence, 1.0, np.random.default_rng(seed))
        modes.add(done.parameters["mode"])
        x0, y0, x1, y1 = done.box
        assert x0 >= 83 and y0 >= 11 and x1 <= 117 and y1 <= 27
    assert modes == {"remove", "cover", "words", "pictogram"}


def test_applicable_ones_work_and_others_say_what_they_lack() -> None:
    frame, evidence = place()
    assert set(applicable(evidence)) == set(OPERATORS)
    assert set(applicable(evidence, reverse=True)) == set(NEEDS_REVERSED)
    bare = replace(evidence, counterpart=None, earlier=None, depth=None, text_boxes=())
    unseen = replace(evidence, mask=np.zeros_like(evidence.mask), box=(0, 0, 0, 0))
    assert set(applicable(unseen)) == WITHOUT_MASK
    for about in (bare, unseen):
        for reverse in (False, True):
            for name in OPERATORS if not reverse else NEEDS_REVERSED:
                if name in applicable(about, reverse=reverse):
                    attack(name, frame, about, 0.5, np.random.default_rng(0), reverse=reverse)
                else:
                    with pytest.raises(ValueError, match=r"(mask|counterpart|earlier): expected .*, got none; "):
                        attack(name, frame, about, 0.5, np.random.default_rng(0), reverse=reverse)


def test_bad_input_is_one_line() -> None:
    frame, evidence = place()
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match=r"operator: expected one of texture_swap.*, got 'smoke'"):
        attack("smoke", frame, evidence, 0.5, rng)
    with pytest.raises(ValueError, match=r"severity: expected a number in \[0, 1\], got 1.5"):
        attack("inpaint", frame, evidence, 1.5, rng)
    with pytest.raises(ValueError, match=r"frame: expected \(H, W, 3\) uint8"):
        attack("inpaint", frame[..., 0], evidence, 0.5, rng)
    with pytest.raises(ValueError, match="operator: expected one that makes something look dangerous"):
        attack("inpaint", frame, evidence, 0.5, rng, reverse=True)
    with pytest.raises(ValueError, match=r"depth: expected \(96, 128\) pixels"):
        attack("inpaint", frame, replace(evidence, depth=np.zeros((4, 4), np.float32)), 0.5, rng)
    with pytest.raises(ValueError, match="counterpart: expected the picture of the other state"):
        exchange(frame, replace(evidence, counterpart=None))


def test_attacks_by_rendering_are_recorded_alike() -> None:
    frame, evidence = place()
    assert evidence.counterpart is not None
    done = from_render("texture_swap", frame, evidence.counterpart, 0.6, seed=9)
    assert done.box == (43, 35, 78, 70) and done.seed == 9 and done.severity == 0.6
    assert done.parameters["touched"] == pytest.approx(evidence.mask.mean())
    assert from_render("texture_swap", frame, frame, 0.0).box == (0, 0, 0, 0)
    with pytest.raises(ValueError, match="expected an attack on pixels"):
        repeat(done, frame, evidence)
    with pytest.raises(ValueError, match="after: expected"):
        from_render("texture_swap", frame, frame[:8], 0.5)
