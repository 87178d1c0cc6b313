"""What two clips must be to be a pair, and which roles answer each other."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from motion.clip import ROLES, MotionClip, PairClip, check_roles

FIGURE = np.zeros((22, 3))


def still(frames: int = 6, fps: float = 30.0) -> MotionClip:
    rotations = np.tile([0.0, 0.0, 0.0, 1.0], (frames, 22, 1))
    return MotionClip(root=np.zeros((frames, 3)), rotations=rotations, positions=np.zeros((frames, 22, 3)), fps=fps)


def pair_of(**given: Any) -> PairClip:
    usual = {"clips": (still(), still()), "figures": (FIGURE, FIGURE), "text": "They wait.", "texts": ("Waits.",) * 2}
    return PairClip(**(usual | given))


def test_two_clips_of_one_length_and_rate_are_a_pair() -> None:
    pair = pair_of()
    assert pair.roles == ("alike", "alike") and pair.by == "learned"
    assert pair_of(roles=("follower", "leader")).roles == ("follower", "leader")  # in either order


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"clips": (still(6), still(7))}, "clips: expected both as long and at one rate, got 6 and 7 frames"),
        ({"clips": (still(), still(fps=60.0))}, "got 6 and 6 frames at 30 and 60 a second; cut or resample one"),
        ({"clips": (still(),) * 3}, "clips: expected those of two people, got 3; give one for each"),
        ({"clips": (still(),)}, "clips: expected those of two people, got 1; give one for each"),
        ({"figures": (FIGURE,) * 3}, "figures: expected those of two people, got 3"),
        ({"texts": ("Waits.",)}, "texts: expected those of two people, got 1"),
        ({"texts": ("Waits.", " ")}, "texts: expected one of both and one of each person, got an empty one; write it"),
        ({"text": ""}, "texts: expected one of both and one of each person, got an empty one"),
        ({"roles": ("actor", "actor")}, "roles: expected actor and reactor, .* got actor and actor; name a pair"),
        ({"roles": ("giver", "follower")}, "got giver and follower"),
    ],
)
def test_what_is_no_pair_is_one_line(given: dict[str, Any], line: str) -> None:
    with pytest.raises(ValueError, match=line) as caught:
        pair_of(**given)
    assert "\n" not in str(caught.value)


def test_no_pair_becomes_another_unchecked() -> None:
    with pytest.raises(ValueError, match="as long"):
        replace(pair_of(), clips=(still(3), still(4)))


def test_exactly_the_roles_that_answer_each_other_are_known() -> None:
    names = sorted({*ROLES, *ROLES.values(), "king"})
    for first, second in product(names, repeat=2):
        if ROLES.get(first) == second or ROLES.get(second) == first:
            check_roles((first, second))
        else:
            with pytest.raises(ValueError, match=f"got {first} and {second}"):
                check_roles((first, second))
    for wrong in ((), ("alike",), ("alike",) * 3):
        with pytest.raises(ValueError, match="roles: expected"):
            check_roles(wrong)
