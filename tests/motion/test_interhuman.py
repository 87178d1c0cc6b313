"""A folder of InterHuman, windows to learn from, and networks of the published size; files are made here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from motion.body import load_body
from motion.clip import MotionClip
from motion.features import POSITIONS, ROTATIONS, encode, mirrored_numbers, origin_of, seen_from
from motion.in2in import PUBLISHED, Guidance, In2IN
from motion.interhuman import FeaturePair, numbers_of, read_interhuman_pairs
from motion.interhuman_training import FeatureWindows
from motion.pair_generate import PairPrompt, generate_pairs
from motion.pair_space import FeatureSpace
from motion.pair_training import pair_loss
from motion.pair_weights import build_published
from motion.retarget import figure_of, leg_of
from motion.text import encode_ids
from motion.timotion import PUBLISHED as TIMOTION
from motion.timotion import TIMotion

TINY = replace(PUBLISHED, width=32, blocks=1, heads=2, inner=32, text="words")
FIGURES = tuple(figure_of(load_body(body).joints) for body in ("woman_adult", "man_tall"))
Walks = dict[str, tuple[MotionClip, MotionClip]]


def read_ids(texts: list[str]) -> torch.Tensor:
    ids = encode_ids(texts)
    ids[[not text for text in texts]] = 0
    return ids


@pytest.fixture
def pairs(interhuman: Path) -> list[FeaturePair]:
    return read_interhuman_pairs(interhuman, "train")


def test_people_are_read_as_they_moved_in_the_world_of_the_pair(
    pairs: list[FeaturePair], interhuman_walks: Walks
) -> None:
    assert [pair.name for pair in pairs] == ["1", "2", "3"]
    for pair in pairs:
        floor = min(clip.positions[..., 2].min() for clip in interhuman_walks[pair.name])
        for told, clip in zip(pair.numbers, interhuman_walks[pair.name], strict=True):
            expected = encode(replace(clip, positions=clip.positions - [0.0, 0.0, floor]))
            np.testing.assert_allclose(told, expected, atol=2e-5)
        assert pair.numbers[..., POSITIONS].reshape(-1, 3)[:, 1].min() == pytest.approx(0.0, abs=1e-6)
    assert pairs[0].texts == ("Two people meet.", "Both walk; one turns left.")
    assert [said[0].split()[0] for said in pairs[0].own] == ["One", "The"]
    assert pairs[2].own == ((), ())


def test_the_folder_of_the_motions_will_do_and_splits_may_lie_beside(interhuman: Path) -> None:
    (interhuman / "split" / "val.txt").rename(interhuman / "val.txt")
    assert [pair.name for pair in read_interhuman_pairs(interhuman / "motions_processed", "val")] == ["4"]
    assert [pair.name for pair in read_interhuman_pairs(interhuman, "test")] == ["5"]


def test_windows_begin_where_the_first_person_stands(pairs: list[FeaturePair]) -> None:
    windows, space = FeatureWindows(pairs, read_ids, 0, frames=64), FeatureSpace()
    windows.scale(space, 64)
    batch = windows.draw(24, space)
    assert batch.x.shape == (24, 2, 64, 262) and batch.texts.shape[:2] == (24, 3)
    told = batch.x * space.deviation + space.mean
    for one in told.numpy():
        np.testing.assert_allclose(origin_of(one[0, 0]), [0.0, 0.0, 1.0, 0.0], atol=1e-5)
    # they walk towards each other: the second is ahead, faces the first, and is as far away as in the recording
    second = np.array([origin_of(one[1, 0]) for one in told.numpy()])
    assert (second[:, 0] > 1.0).all() and (second[:, 2] < -0.9).all()
    assert set(batch.there.sum(dim=1).tolist()) == {49, 64}
    assert (batch.x[~batch.there[:, None].expand(-1, 2, -1)] == 0.0).all()
    scaled = batch.x[batch.there[:, None].expand(-1, 2, -1)]
    turning = space.deviation > 0.01
    assert scaled[:, turning].mean(dim=0).abs().max() < 0.5 and (scaled[:, turning].std(dim=0) - 1.0).abs().max() < 0.5
    joints, _ = space.joints(batch.x, batch.bones, batch.legs)
    there = batch.there[:, None, :, None, None].expand_as(joints)
    torch.testing.assert_close(joints[there], batch.joints[there], atol=1e-5, rtol=0)


def test_texts_go_with_the_people_and_their_sides(pairs: list[FeaturePair]) -> None:
    seen: list[list[str]] = []

    def read(texts: list[str]) -> torch.Tensor:
        seen.extend(texts[row : row + 3] for row in range(0, len(texts), 3))
        return read_ids(texts)

    batch = FeatureWindows(pairs[:1], read, 0).draw(40, FeatureSpace())
    wrist, legs = 20, batch.joints[:, 0, 0, :, 2].amax(dim=1)  # the second person is taller
    for row, (_, first, second) in enumerate(seen):
        taller = bool(legs[row] > legs.mean())
        assert first.startswith("The other") == taller and second.startswith("The other") != taller
    said = {text for row in seen for text in row}
    assert {"Both walk; one turns left.", "Both walk; one turns right.", "The other walks counterclockwise."} <= said
    assert wrist and len(said) == 7
    batch = FeatureWindows(pairs[2:], read_ids, 0).draw(4, FeatureSpace())
    assert (batch.texts[:, 0] != 0).any() and (batch.texts[:, 1:] == 0).all()


def test_a_window_can_be_a_mirror_image(pairs: list[FeaturePair]) -> None:
    told = pairs[0].numbers[:, :20]
    windows = FeatureWindows([replace(pairs[0], numbers=told)], read_ids, 1)
    images = [seen_from(one, origin_of(one[0, 0])) for one in
              (told, told[::-1], mirrored_numbers(told), mirrored_numbers(told[::-1]))]  # fmt: skip
    drawn = windows.draw(24, FeatureSpace()).x.double().numpy()
    nearest = [min(range(4), key=lambda k: np.abs(images[k] - one).max()) for one in drawn]
    assert set(nearest) == {0, 1, 2, 3}
    assert max(np.abs(images[k] - one).max() for k, one in zip(nearest, drawn, strict=True)) < 1e-5


@pytest.mark.parametrize("model", ["in2in", pytest.param("timotion", marks=pytest.mark.slow)])
def test_networks_learn_from_the_numbers_with_all_losses_and_make_clips(model: str, pairs: list[FeaturePair]) -> None:
    torch.manual_seed(0)
    small = replace(TIMOTION, width=32, blocks=2, heads=2, inner=32, told=32)  # reads CLIP
    network = In2IN(TINY) if model == "in2in" else TIMotion(small)

    def read(texts: list[str]) -> torch.Tensor:
        if network.reader.kind == "words":
            return read_ids(texts)
        made = torch.randn(len(texts), 5, 768, generator=torch.Generator().manual_seed(0))
        return made * torch.tensor([bool(text) for text in texts])[:, None, None]

    windows, space = FeatureWindows(pairs, read, 0, frames=32), FeatureSpace()
    windows.scale(space, 32)
    loss_of, batch = pair_loss(network, space), windows.draw(4, space)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3)
    network.eval()
    values = []
    for _ in range(20):
        optimizer.zero_grad()
        value = loss_of(batch, torch.Generator().manual_seed(0))
        value.backward()
        optimizer.step()
        values.append(float(value.detach()))
    assert values[-1] < 0.95 * values[0]
    idle = [name for name, weight in network.named_parameters() if weight.grad is None]
    assert not idle, idle
    prompt = PairPrompt(text="They meet.", texts=("One walks.", "The other walks."), seconds=1.5)
    space.length = 40  # so that a second window goes on from the first
    made = generate_pairs(
        network, space, [prompt], [FIGURES], [np.random.default_rng(0)], steps=2, guidance=Guidance(), read=read
    )[0]
    for clip, figure in zip(made.clips, FIGURES, strict=True):
        assert clip.positions.shape == (45, 22, 3) and np.isfinite(clip.positions).all()
        assert leg_of(clip.positions) == pytest.approx(leg_of(figure))


def test_what_goes_on_from_a_window_is_seen_from_there(pairs: list[FeaturePair]) -> None:
    windows, space = FeatureWindows(pairs, read_ids, 0), FeatureSpace()
    windows.scale(space, 16)
    x = windows.draw(3, space).x
    origin = space.origin(x[:, 0, 20])
    seen = space.seen_from(x, origin)
    torch.testing.assert_close(
        space.origin(seen[:, 0, 20]), torch.tensor([[0.0, 0.0, 1.0, 0.0]] * 3), atol=1e-4, rtol=0
    )
    torch.testing.assert_close(space.seen_from(seen, origin, back=True), x, atol=1e-3, rtol=1e-4)
    torch.testing.assert_close(seen[..., ROTATIONS], x[..., ROTATIONS], atol=1e-3, rtol=1e-4)


@pytest.mark.parametrize(("model", "millions"), [("in2in", 182.4), ("timotion", 77.3)])
def test_the_published_sizes(model: str, millions: float) -> None:
    network = build_published(model, "clip")  # counted by layers of the papers' code; roles of ours are 0.003 more
    count = sum(weight.numel() for weight in network.parameters()) / 1e6
    assert count == pytest.approx(millions, abs=0.2)


@pytest.mark.slow
@pytest.mark.parametrize("model", ["in2in", "timotion"])
def test_a_step_of_the_published_size(model: str, pairs: list[FeaturePair]) -> None:
    torch.manual_seed(0)
    windows, space, network = FeatureWindows(pairs, read_ids, 0), FeatureSpace(), build_published(model, "words")
    windows.scale(space, 16)
    loss_of, batch = pair_loss(network, space), windows.draw(1, space)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-4)
    network.eval()
    before = loss_of(batch, torch.Generator().manual_seed(0))
    before.backward()
    optimizer.step()
    with torch.no_grad():
        assert float(loss_of(batch, torch.Generator().manual_seed(0))) < float(before)


def test_files_of_people_that_do_not_fit_are_told_in_a_line(interhuman: Path) -> None:
    first, second = (interhuman / "motions_processed" / who / "1.npy" for who in ("person1", "person2"))
    np.save(second, np.load(second)[:-2])
    with pytest.raises(ValueError, match="expected both people as long, got 75 and 73 frames; cut one"):
        numbers_of((first, second))
