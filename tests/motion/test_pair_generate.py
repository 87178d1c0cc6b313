"""Two people made by networks that have learned nothing: draws, lengths, windows that go on, and prompts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from motion.clip import PARENTS, ROLES, FloatArray, PairClip
from motion.codec import Codec
from motion.in2in import Guidance, In2IN, In2INConfig
from motion.moreact import MoReact, MoReactConfig
from motion.pair_generate import PairPrompt, _moved, answering, generate_pairs, react
from motion.pair_space import NUMBERS, LatentSpace
from motion.pair_training import PairWindows
from motion.pairs import PairSample, frames_of, placed
from motion.retarget import leg_of
from motion.single import Sample
from motion.timotion import TIMotion, TIMotionConfig

Figures = tuple[FloatArray, FloatArray]
SAID = "Two people wave at each other.", ("A person waves.", "A person waves back.")


def gentle(network: Any) -> Any:
    """Return a network whose guesses are near the mean of what was learned, so that what it makes is no explosion."""
    for stage in (network.way, network.body) if isinstance(network, MoReact) else (network,):
        if stage is not None:
            with torch.no_grad():
                stage.outward.weight.mul_(0.1)
    return network


@pytest.fixture(scope="module")
def space(codec: Codec, pair: PairSample) -> LatentSpace:
    made = LatentSpace(codec, 30)
    PairWindows([pair], codec, 0, mirror=False).scale(made, 30)
    return made.eval()


@pytest.fixture(scope="module")
def networks(awake: Callable[[nn.Module], Any]) -> dict[str, Any]:
    in2in = In2INConfig(numbers=NUMBERS, width=16, blocks=1, heads=2, inner=24)
    timotion = TIMotionConfig(numbers=NUMBERS, width=8, blocks=1, heads=2, inner=24)
    return {"in2in": gentle(awake(In2IN(in2in))), "timotion": gentle(awake(TIMotion(timotion)))}


@pytest.fixture(scope="module")
def prior(awake: Callable[[nn.Module], Any]) -> Any:
    return gentle(awake(In2IN(In2INConfig(numbers=NUMBERS, width=16, blocks=1, heads=2, inner=24, alone=True))))


@pytest.fixture(scope="module")
def moreact(awake: Callable[[nn.Module], Any]) -> Any:
    return gentle(awake(MoReact(MoReactConfig(width=16, blocks=1, heads=2, inner=24))))


def prompt(seconds: float, text: str = SAID[0]) -> PairPrompt:
    return PairPrompt(text=text, texts=SAID[1], roles=("actor", "reactor"), seconds=seconds)


def rngs(*seeds: int) -> list[np.random.Generator]:
    return [np.random.default_rng(seed) for seed in seeds]


def fastest(positions: FloatArray) -> float:
    """Return the highest speed of any joint, m/s."""
    return float(np.linalg.norm(np.diff(positions, axis=0), axis=2).max() * 30.0)


def same(one: PairClip, other: PairClip, atol: float = 0.0) -> bool:
    return all(
        a.positions.shape == b.positions.shape and bool(np.abs(a.positions - b.positions).max() <= atol)
        for a, b in zip(one.clips, other.clips, strict=True)
    )


@pytest.mark.parametrize("name", ["in2in", "timotion"])
def test_pairs_are_as_long_as_asked_and_say_what_they_are(
    name: str, networks: dict[str, Any], space: LatentSpace, figures: Figures
) -> None:
    prompts = [prompt(seconds) for seconds in (0.3, 1.0, 3.0)]
    made = generate_pairs(networks[name], space, prompts, [figures] * 3, rngs(0, 1, 2), steps=2)
    assert [len(pair.clips[0].root) for pair in made] == [9, 30, 90]
    for pair in made:
        assert pair.by == "learned" and (pair.text, pair.texts) == SAID and pair.roles == ("actor", "reactor")
        for clip, figure in zip(pair.clips, figures, strict=True):
            assert clip.fps == 30.0 and np.isfinite(clip.positions).all()
            bones = np.linalg.norm(clip.positions[:, 1:] - clip.positions[:, list(PARENTS[1:])], axis=2)
            true = np.linalg.norm(figure[1:] - figure[list(PARENTS[1:])], axis=1)
            np.testing.assert_allclose(bones, np.broadcast_to(true, bones.shape), atol=1e-6)
    assert generate_pairs(networks[name], space, [], [], []) == []


@pytest.mark.parametrize("name", ["in2in", "timotion"])
def test_the_same_generator_gives_the_same_whoever_is_beside(
    name: str, networks: dict[str, Any], space: LatentSpace, figures: Figures
) -> None:
    both = generate_pairs(networks[name], space, [prompt(2.0), prompt(2.0)], [figures] * 2, rngs(0, 1), steps=3)
    again = generate_pairs(networks[name], space, [prompt(2.0), prompt(2.0)], [figures] * 2, rngs(0, 1), steps=3)
    assert same(both[0], again[0]) and same(both[1], again[1]) and not same(both[0], both[1], 1e-3)
    alone = generate_pairs(networks[name], space, [prompt(2.0)], [figures], rngs(1), steps=3)[0]
    assert same(alone, both[1], 1e-3)
    longer = generate_pairs(networks[name], space, [prompt(4.5), prompt(2.0)], [figures] * 2, rngs(0, 1), steps=3)
    assert same(longer[1], alone, 2e-3)


def test_what_is_said_counts(networks: dict[str, Any], prior: Any, space: LatentSpace, figures: Figures) -> None:
    one, other = (
        generate_pairs(networks["in2in"], space, [prompt(1.0, text)], [figures], rngs(0), steps=2)[0]
        for text in (SAID[0], "Two people dance.")
    )
    assert not same(one, other, 1e-3)
    plain = generate_pairs(
        networks["in2in"],
        space,
        [prompt(1.0)],
        [figures],
        rngs(0),
        steps=2,
        guidance=Guidance(whole=2.0, both=0, each=0),
    )[0]
    assert not same(one, plain, 1e-4)
    dual = generate_pairs(networks["in2in"], space, [prompt(1.0)], [figures], rngs(0), steps=2, prior=prior)[0]
    assert not same(one, dual, 1e-4)
    with pytest.raises(ValueError, match="prior: expected weights of single people, got some of two"):
        generate_pairs(networks["in2in"], space, [prompt(1.0)], [figures], rngs(0), steps=2, prior=networks["in2in"])


@pytest.mark.parametrize("seconds", [3.1, 5.0, 7.4])
def test_what_is_longer_than_a_window_goes_on_without_a_jump(
    seconds: float, networks: dict[str, Any], space: LatentSpace, figures: Figures
) -> None:
    short, long = (
        generate_pairs(networks["in2in"], space, [prompt(time)], [figures], rngs(0), steps=4)[0]
        for time in (3.0, seconds)
    )
    assert len(long.clips[0].root) == 3 * round(10 * seconds)
    limit = 2.0 * max(fastest(clip.positions) for clip in short.clips) + 1.0
    for clip in long.clips:
        assert fastest(clip.positions) < limit


def test_places_seen_from_elsewhere_come_back(space: LatentSpace, pair: PairSample) -> None:
    x = space.tokens(pair.people)[None, :, :20]
    origin = space.origin(x[:, 0, 7])
    seen = space.seen_from(x, origin)
    start = seen[0, 0, 7, :4] * space.deviation[:4] + space.mean[:4]
    torch.testing.assert_close(start, torch.tensor([0.0, 0.0, 1.0, 0.0]), atol=1e-4, rtol=0.0)
    torch.testing.assert_close(space.seen_from(seen, origin, back=True), x, atol=1e-4, rtol=1e-4)
    assert torch.equal(seen[..., 4:], x[..., 4:])


def test_tokens_moved_to_another_place_are_those_seen_from_there(space: LatentSpace, pair: PairSample) -> None:
    person, unit = pair.people[1], leg_of(pair.people[1].figure)
    here, there = np.array([1.0, -2.0, 0.4]), np.array([-3.0, 0.5, 2.9])
    one, other = (space.tokens([person], unit, place)[0] for place in (here, there))
    torch.testing.assert_close(_moved(one, here, there, unit, space), other, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("frames", [30, 90, 93, 120])
def test_reactions_are_as_long_as_the_actor_in_its_world(
    frames: int, moreact: Any, space: LatentSpace, walkers: tuple[Sample, Sample], figures: Figures
) -> None:
    actor = frames_of(walkers[0], np.arange(frames))
    said = (["A person walks up."], ["reactor"], [figures[1]])
    made = react(moreact, space, [actor], *said, rngs(0), steps=2)[0]
    assert len(made.root) == frames and np.isfinite(made.positions).all()
    turn, shift = 2.0, np.array([10.0, -5.0])
    moved = react(moreact, space, [placed(actor, turn, shift)], *said, rngs(0), steps=2)[0]
    c, s = np.cos(turn), np.sin(turn)
    np.testing.assert_allclose(moved.root[:, :2], made.root[:, :2] @ [[c, s], [-s, c]] + shift, atol=0.02)


def test_longer_reactions_go_on_without_a_jump(
    moreact: Any, space: LatentSpace, walkers: tuple[Sample, Sample], figures: Figures
) -> None:
    long = frames_of(walkers[0], np.concatenate([np.arange(120), np.arange(118, -1, -1)]))
    made = react(moreact, space, [long], ["A person walks up."], ["reactor"], [figures[1]], rngs(0), steps=4)[0]
    first = made.positions[:90]
    assert fastest(made.positions) < 2.0 * fastest(first) + 1.0
    other = react(moreact, space, [long], ["A person dances."], ["reactor"], [figures[1]], rngs(0), steps=4)[0]
    assert np.abs(other.positions - made.positions).max() > 1e-3


def test_without_a_trajectory_network_bodies_find_their_way(
    space: LatentSpace, walkers: tuple[Sample, Sample], figures: Figures
) -> None:
    model = MoReact(MoReactConfig(width=16, blocks=1, heads=2, inner=24, trajectory=False)).eval()
    made = react(model, space, [walkers[0]], ["A person waits."], ["alike"], [figures[1]], rngs(0), steps=2)[0]
    assert len(made.root) == 120


def test_roles_are_answered_in_both_ways() -> None:
    for first, second in ROLES.items():
        assert answering(first) == second and answering(second) == first
    with pytest.raises(ValueError, match="role=king: expected one of actor, alike, follower, giver"):
        answering("king")


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"text": " "}, "texts: expected one of both and one of each of two people, got 2 of each; write"),
        (
            {"texts": ("A person waves.", "")},
            "texts: expected one of both .* got 1 of each",
        ),
        ({"texts": ("A person waves.",)}, "got 1 of each"),
        ({"roles": ("actor", "king")}, "roles: expected actor and reactor, .* got actor and king; name a pair"),
        ({"seconds": 0.1}, "seconds: expected 0.3 to 60 of two people, got 0.1"),
        ({"seconds": 61.0}, "seconds: expected 0.3 to 60 of two people, got 61"),
        ({"seconds": float("nan")}, "seconds: expected 0.3 to 60 of two people, got nan"),
    ],
)
def test_bad_prompts_are_one_line(changed: dict[str, Any], line: str) -> None:
    with pytest.raises(ValueError, match=line) as caught:
        replace(prompt(3.0), **changed)
    assert "\n" not in str(caught.value)
