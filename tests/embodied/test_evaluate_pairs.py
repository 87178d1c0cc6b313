"""`embodied evaluate motion task=[pair,dualmdm,reaction]`: bad input, windows, and models that need no weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from embodied.cli import main
from embodied.evaluate_pairs import Looked, Maker, Window, _beside, _relative, _standing, cut_windows, nearest
from motion.body import load_body
from motion.generate import walk
from motion.pairs import PairSample, frames_of, placed, sample_of_clip
from motion.retarget import clip_of, figure_of
from motion.single import Sample


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["task=pair", "data={0}/nowhere"], "nowhere: expected a folder with pairs.json, found none"),
        (["task=pairs", "data={0}"], "task=pairs: expected all or some of pair, dualmdm, reaction"),
        (["task=[pair,dance]", "data={0}"], "task=dance: expected all or some of"),
        (["task=pair", "data={0}", "model=gait"], "model=gait: expected all or some of real, default, in2in"),
        (["task=pair", "data={0}", "split=style"], "split=style: expected one of test, val"),
        (["task=pair", "data={0}", "sources=cmu"], "sources=cmu: expected one of the keys"),
        (["task=pair", "data={0}", "weights={0}"], "motion_in2in.safetensors: expected weights, found no such file"),
        (["task=dualmdm", "data={0}", "weights={0}", "model=default"], "motion_in2in.safetensors: expected weights"),
        (["task=reaction", "data={0}", "weights={0}"], "motion_moreact.safetensors: expected weights, found no such"),
        (["task=pair", "data={0}", "weights={0}", "model=real"], "motion_evaluator.safetensors: expected weights"),
        (["task=pair", "data={0}", "seed=x"], "seed=x: expected a whole number"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    words: list[str], line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pairs.json").write_text("[]")
    assert main(["evaluate", "motion", *(word.format(tmp_path) for word in words), f"out={tmp_path}/out"]) == 2
    error = capsys.readouterr().err.strip()
    assert line in error and "\n" not in error
    assert [path.name for path in tmp_path.iterdir()] == ["pairs.json"]


@pytest.fixture(scope="module")
def pair() -> PairSample:
    """Return two walkers of 7 s, the second half a turn against the first."""
    clock, people = np.arange(210) / 30.0, list[Sample]()
    for name, speed in (("man_young", 1.0), ("woman_young", 0.7)):
        body = load_body(name)
        way = np.column_stack([speed * clock, 0.3 * np.sin(clock), 0.3 * np.cos(clock)])
        clip = clip_of(walk(way, body, np.random.default_rng(0)), body, 30.0)
        people.append(sample_of_clip(clip, figure_of(body.joints), "A person walks."))
    both = people[0], placed(people[1], 2.8, np.array([3.0, 0.6]))
    return PairSample(
        name="walk", people=both, texts=("They meet.", "They walk."),
        own=(("A person walks.",), ("A person comes.",)), roles=("actor", "reactor"), by="captured",
    )  # fmt: skip


@pytest.fixture(scope="module")
def windows(pair: PairSample) -> list[Window]:
    elsewhere = replace(pair, name="other", people=(
        placed(frames_of(pair.people[0], np.arange(60, 210)), 1.0, np.array([5.0, 5.0])),
        placed(frames_of(pair.people[1], np.arange(60, 210)), 1.0, np.array([5.0, 5.0])),
    ))  # fmt: skip
    return cut_windows([pair, elsewhere, replace(pair, name="bow", by="composed")], 0)


def test_windows_are_three_seconds_each_second_and_composed_ones_the_first(windows: list[Window]) -> None:
    assert [window.sample.name for window in windows] == ["walk"] * 5 + ["other"] * 3 + ["bow"]
    assert [window.block for window in windows[:5]] == ["walk-0-0"] * 3 + ["walk-0-1"] * 2
    for window in windows[:5]:
        assert len(window.pair.clips[0].root) == len(window.pair.clips[1].root) == 90
        assert window.pair.text in ("They meet.", "They walk.")
    np.testing.assert_array_equal(windows[1].pair.clips[1].root[:60], windows[0].pair.clips[1].root[30:])


def test_too_short_pairs_have_no_window(pair: PairSample) -> None:
    short = replace(pair, people=tuple(frames_of(one, np.arange(80)) for one in pair.people))  # type: ignore[arg-type]
    assert cut_windows([short, replace(short, by="composed")], 0) == []


def test_the_nearest_is_the_same_motion_wherever_it_is(windows: list[Window]) -> None:
    """`other` is `walk` from its third second on, elsewhere: the nearest of its windows are those of the same time."""
    found = nearest(windows[:5], windows[5:8], 0)
    assert [windows.index(one) for one in found] == [2, 3, 4]
    assert [windows.index(one) for one in nearest(windows[:5], windows[:5], 0)] == [0, 1, 2, 3, 4]
    assert all(one is not other for one, other in zip(nearest(windows[:5], windows[:5], 1), windows[:5], strict=True))


def test_another_reactor_is_put_beside_this_actor_as_it_was_beside_its_own(windows: list[Window]) -> None:
    np.testing.assert_allclose(_beside(windows[2], windows[2]).positions, windows[2].pair.clips[1].positions, atol=1e-9)
    made = _beside(windows[2], windows[5])  # the same motion elsewhere, but for the ends of its smoothed path
    assert np.linalg.norm(made.positions - windows[5].pair.clips[1].positions, axis=2).max() < 0.25
    np.testing.assert_allclose(_relative(windows[2]), _relative(windows[5]), atol=0.15)


def test_who_stands_stands_where_reactors_are_in_the_mean(windows: list[Window]) -> None:
    clip = _standing(windows[:5], windows[5])
    assert clip.positions.shape == (90, 22, 3) and not np.ptp(clip.positions, axis=0).any()


def test_models_without_weights(windows: list[Window]) -> None:
    maker = Maker(task="reaction", files={}, near=windows[:5], seed=0)
    for model in ("nearest_neighbour", "constant", "shuffled"):
        few = maker.near if model != "nearest_neighbour" else [*maker.near, *maker.near]
        pairs, best = replace(maker, near=few).make(model, windows[:8])
        assert len(pairs) == 8 and all(len(best[name]) == 8 for name in best)
        for made, window in zip(pairs, windows, strict=False):
            np.testing.assert_array_equal(made.clips[0].root, window.pair.clips[0].root)  # the actor is as it was
        assert bool((best["reaction_error"] <= best["reaction_error_mean"] + 1e-12).all())
        if model == "nearest_neighbour":
            assert best["reaction_error"][:5].max() < 1e-9 < best["reaction_error_mean"].min()
    real, nothing = maker.make("real", windows)
    assert nothing == {} and [one is window.pair for one, window in zip(real, windows, strict=True)] == [True] * 9
    trembling, _ = maker.make("jittered", windows[:2])
    assert 0.004 < (trembling[0].clips[0].positions - windows[0].pair.clips[0].positions).std() < 0.006
    mixed, _ = replace(maker, task="pair").make("shuffled", windows[:8])
    assert all(one.clips[0] is window.pair.clips[0] for one, window in zip(mixed, windows, strict=False))
    assert all(one.clips[1] is not window.pair.clips[1] for one, window in zip(mixed, windows, strict=False))


def test_metrics_say_whether_they_are_in_those_of_recordings() -> None:
    blocks = [f"b{row // 2}" for row in range(12)]
    rng = np.random.default_rng(0)
    skate = rng.uniform(0.9, 1.1, 12)
    real = Looked(values={"skate": skate}, single={}, blocks=blocks, count=12)
    near = Looked(values={"skate": skate + 0.001, "onset": np.full(12, np.nan)}, single={"x": {"value": 1.0}},
                  blocks=blocks, count=12)  # fmt: skip
    far = replace(near, values={"skate": skate + 3.0})
    inside, outside = (one.metrics(real, np.random.default_rng(0)) for one in (near, far))
    assert inside["skate_inside"]["value"] == 1.0 and outside["skate_inside"]["value"] == 0.0
    assert inside["skate"]["lo"] <= inside["skate"]["value"] <= inside["skate"]["hi"]
    assert "onset" not in inside and inside["x"] == {"value": 1.0}  # what nobody has is not said
    assert "skate_inside" not in real.metrics(real, rng)
