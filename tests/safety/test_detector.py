"""The detector of dangerous things in colours: scores by hand, targets, and a small one that learns discs."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from safety.detector import (
    CUT,
    SIDE,
    DetectorConfig,
    DetectorNetwork,
    Finder,
    HazardDetector,
    Namer,
    Peak,
    cut_out,
    find_peaks,
)
from safety.detector_album import alter, crop, draw_batch, kinds_of, paint_targets, read_album
from safety.detector_cuts import draw_cuts, shares
from safety.detector_scores import Thing, average_precision, choose_threshold, score_kind
from safety.detector_training import evaluate, finding_loss, naming_loss, train_detector

KINDS = ("fire", "pool")
COLORS = {("fire", "unsafe"): (240, 110, 20), ("fire", "safe"): (90, 70, 60), ("pool", "unsafe"): (40, 110, 220),
          ("pool", "safe"): (120, 120, 130)}  # fmt: skip
TINY = DetectorConfig(kinds=KINDS, finder=(8, 12, 16, 16, 16), namer=(8, 12, 16, 16, 16))
FOV, SIZE = 0.9, 96
REAL = 0.5  # m, radius of every disc and square


def write_album(folder: Path, pairs: int, seed: int) -> Path:
    """Write pairs of a disc or a square on rough ground, dangerous by its colour alone, and one of nothing."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    lines = []
    for pair in range(pairs):
        kind = KINDS[pair % 2]
        ground = np.clip(130 + rng.normal(0, 12, (SIZE, SIZE, 1)) + rng.normal(0, 8, 3), 0, 255)
        radius = rng.uniform(8, 18)
        x, y = rng.uniform(radius, SIZE - radius, 2)
        distance = REAL * SIZE / (2.0 * math.tan(FOV / 2.0) * radius)
        rows, columns = np.mgrid[:SIZE, :SIZE] + 0.5
        away = np.hypot(columns - x, rows - y) if kind == "fire" else np.maximum(abs(columns - x), abs(rows - y))
        for state in ("unsafe", "safe") if pair % 10 else ("none",):
            picture = ground.astype(np.uint8)
            shows = []
            if state != "none":
                picture[away < radius] = COLORS[kind, state]
                box = [x - radius, y - radius, x + radius, y + radius]
                shows = [{"kind": kind, "state": state, "box": box, "distance": distance}]
            name = f"{pair:06d}_{state}.png"
            cv2.imwrite(str(folder / name), picture[..., ::-1])
            lines.append({"picture": name, "pair": pair, "size": [SIZE, SIZE], "fov": FOV, "shows": shows})
    (folder / "labels.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pairs")
    for seed, (part, pairs) in enumerate((("train", 60), ("validation", 24), ("test", 24))):
        write_album(folder / part, pairs, seed)
    return folder


def thing(**fields: object) -> Thing:
    values = {"kind": 0, "unsafe": True, "x0": 0.2, "y0": 0.2, "x1": 0.4, "y1": 0.4, "span": 4.0}
    return Thing(**{**values, **fields})  # type: ignore[arg-type]


def peak(score: float, x: float = 0.3, y: float = 0.3, kind: int = 0) -> Peak:
    return Peak(kind=kind, score=score, x=x, y=y, width=0.2, height=0.2, span=5.0)


def test_average_precision_by_hand() -> None:
    assert average_precision([0.9, 0.8, 0.7], [True, True, True], 3) == 1.0
    assert average_precision([0.9, 0.8, 0.7], [True, False, True], 2) == pytest.approx(0.5 + 0.5 * 2 / 3)
    assert average_precision([0.9], [False], 1) == 0.0 and average_precision([], [], 2) == 0.0
    assert math.isnan(average_precision([0.5], [False], 0))
    rng = np.random.default_rng(0)
    hits = rng.random(4000) < 0.3  # by chance: the share of what is right
    assert average_precision(rng.random(4000), hits.tolist(), int(hits.sum())) == pytest.approx(0.3, abs=0.03)


def test_scores_by_hand() -> None:
    there = [(thing(),), (thing(), thing(x0=0.7, x1=0.9)), (thing(unsafe=False),), (thing(kind=1),), ()]
    found = [[peak(0.9), peak(0.6)], [peak(0.8)], [peak(0.7)], [peak(0.75, kind=0)], [peak(0.2)]]
    scores = score_kind(0, found, there, 0.5)
    assert (scores.unsafe, scores.safe) == (3, 1)
    assert scores.miss == pytest.approx(1 / 3) and scores.false_alarm == 1.0
    assert scores.alarm_elsewhere == 0.5 and scores.distance_error == pytest.approx(0.25)
    assert scores.average_precision == pytest.approx(2 / 3)  # the first two are right, the third is never found
    assert choose_threshold(found, there) == pytest.approx(0.775)
    assert choose_threshold([[]], [()]) == 0.3
    quiet = score_kind(0, found, there, 0.95)
    assert quiet.miss == 1.0 and quiet.false_alarm == 0.0 and quiet.average_precision == scores.average_precision


def test_targets_say_where_and_how_far() -> None:
    cells = SIDE // 8
    mine, twin = thing(x0=0.30, x1=0.40, y0=0.5, y1=0.7), thing(kind=1, unsafe=False)
    heat, weight, *rest = paint_targets([(mine, True), (twin, True)])
    assert heat.shape == (cells, cells) and (heat == 1.0).sum() == 2 and weight.min() == 1.0
    row, column = 14, 8
    assert heat[row, column] == 1.0
    x, y = (column + 0.5 + rest[0][row, column]) / cells, (row + 0.5 + rest[1][row, column]) / cells
    assert (x, y) == pytest.approx((0.35, 0.6), abs=1e-6)
    assert [np.exp(plane[row, column]) for plane in rest[2:]] == pytest.approx([0.1, 0.2, 4.0], rel=1e-5)
    assert np.isnan(rest[4][0, 0])
    faint, gone = paint_targets([(mine, False)]), paint_targets([(replace(mine, gone=True), True)])
    assert faint[0].max() == 0.0 and faint[1, row, column] == 0.0
    assert gone[0].max() == 0.0 and gone[1].min() == 1.0 and np.isnan(gone[2:]).all()


def test_a_perfect_network_has_no_loss_and_is_read_back() -> None:
    """What `paint_targets` paints, told back, is found at the same place and distance, by the kind of its cut."""

    class Parrot(Finder):
        def forward(self, pictures: torch.Tensor) -> torch.Tensor:
            return told

    class Judge(Namer):  # by the red of the middle: the first kind, dangerous; else the second, safe
        def forward(self, cuts: torch.Tensor) -> torch.Tensor:
            red = cuts[:, :1, 32, 32] > 0.5
            return torch.where(red, torch.tensor([[9.0, -9, -9, 9]]), torch.tensor([[-9.0, 9, -9, -9]]))

    mine, twin = thing(x0=0.30, x1=0.40, y0=0.5, y1=0.7), thing(kind=1, unsafe=False, x0=0.7, x1=0.9)
    targets = torch.from_numpy(paint_targets([(mine, True), (twin, True)]))[None]
    told = torch.cat([torch.where(targets[:, :1] == 1.0, 12.0, -12.0), targets[:, 2:].nan_to_num()], dim=1)
    assert float(finding_loss(told, targets)) < 1e-3
    assert float(finding_loss(-told, targets)) > 10.0
    named, kinds, dangers = (
        torch.tensor([[9.0, -9, -9, 9], [-9, -9, 9, 0]]),
        torch.tensor([0, 2]),
        torch.tensor([1.0, 0]),
    )
    assert float(naming_loss(named, kinds, dangers)) < 1.0 < 10.0 < float(naming_loss(-named, kinds, dangers))
    network = DetectorNetwork(TINY)
    network.finder, network.namer = Parrot(TINY.finder), Judge(TINY.namer, 2)
    frame = np.zeros((SIDE, SIDE, 3), np.uint8)
    frame[96:134, 58:77] = (255, 0, 0)
    found, *others = find_peaks(network, [frame])[0]
    assert (found.kind, others) == (0, []) and found.score > 0.99
    assert (found.x, found.y, found.width, found.height) == pytest.approx((0.35, 0.6, 0.1, 0.2), abs=1e-5)
    (node,) = HazardDetector(network).detect(frame, FOV)
    assert node.kind == "fire" and node.state == "unsafe" and node.box == (58, 96, 77, 134)
    assert node.bearing == pytest.approx(math.atan(0.3 * math.tan(FOV / 2)))  # left of the middle
    assert node.distance == pytest.approx(4.0 / (2 * math.tan(FOV / 2)))


def test_cuts_show_things_and_what_is_none(folders: Path) -> None:
    album = read_album(folders / "train", KINDS)
    rows = list(range(12))
    plain = draw_cuts(album, rows, None, 2, None)
    things = [thing for row in rows for thing in album.shots[row].things]
    assert plain.kinds.tolist() == [thing.kind for thing in things]
    assert plain.dangers.tolist() == [float(thing.unsafe) for thing in things]
    for cut, shown in zip(plain.pictures, things, strict=True):
        middle = (255 * cut[:, CUT // 2, CUT // 2]).round().tolist()
        assert middle == pytest.approx(COLORS[KINDS[shown.kind], "unsafe" if shown.unsafe else "safe"], abs=1)
    corner = [np.array([[0.02, 0.02, 0.03, 0.03]], np.float32)] * len(album.shots)
    drawn = draw_cuts(album, rows, corner, 2, np.random.default_rng(0))
    assert (drawn.kinds == 2).sum() > 12 and not drawn.dangers[drawn.kinds == 2].any()
    edge = cut_out(np.full((20, 30, 3), 7, np.uint8), (0.0, 0.0, 0.5, 0.9))
    assert edge.shape == (CUT, CUT, 3) and (edge == 7).all()
    assert shares(np.array([0.3, 0.3, 0.2, 0.2]), thing()) and not shares(np.array([0.6, 0.3, 0.3, 0.2]), thing())


def test_crops_move_boxes_with_what_they_hold() -> None:
    picture = np.full((SIZE, SIZE, 3), 90, np.uint8)
    picture[30:50, 60:72] = (250, 20, 20)
    box = thing(x0=60 / SIZE, x1=72 / SIZE, y0=30 / SIZE, y1=50 / SIZE)
    spans = []
    for seed in range(40):
        part, found = crop(picture, [box], np.random.default_rng(seed))
        assert part.shape == (SIDE, SIDE, 3)
        for moved, there in found:
            x0, y0, x1, y1 = (round(v * SIDE) for v in (moved.x0, moved.y0, moved.x1, moved.y1))
            red = part[max(0, y0) : y1, max(0, x0) : x1, 0].astype(int)
            if there and red.size > 60:
                assert np.mean(red > 170) > 0.85, seed
                spans.append((moved.span, moved.y1 - moved.y0, moved.y0))
    assert len(spans) > 25
    whole = [(span, high) for span, high, top in spans if top > 0.05 and top + high < 0.95]
    assert np.ptp([span * high for span, high in whole]) < 1e-6  # a thing has one height in metres
    altered = alter(picture, np.random.default_rng(0))
    assert altered.shape == picture.shape and altered.min() >= 0.0 and altered.max() <= 1.0


def test_an_album_is_read_and_drawn_from_in_pairs(folders: Path) -> None:
    assert kinds_of(folders / "train") == KINDS
    album = read_album(folders / "train", KINDS)
    assert len(album.pairs) == 60 and len(album.shots) == 60 * 2 - 6
    pictures, targets = draw_batch(album, 6, np.random.default_rng(1))
    assert pictures.shape == (6, 3, SIDE, SIDE) and targets.shape == (6, 7, SIDE // 8, SIDE // 8)
    again, _ = draw_batch(album, 6, np.random.default_rng(1))
    assert torch.equal(pictures, again)
    few = read_album(folders / "train", ("pool",))
    assert {t.kind for shot in few.shots for t in shot.things} == {0}
    assert sum(len(shot.things) for shot in few.shots) < sum(len(shot.things) for shot in album.shots)


def test_discs_are_learned_and_their_safe_twins_left_alone(
    folders: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("safety.detector.SIDE", SIZE)
    monkeypatch.setattr("safety.detector_album.SIDE", SIZE)
    train, held, test = (read_album(folders / part, KINDS) for part in ("train", "validation", "test"))
    detector, curve = train_detector(train, held, TINY, steps=100, batch=8, seed=0)
    scores = evaluate(detector, test)
    before = evaluate(HazardDetector(DetectorNetwork(TINY)), test)
    found, named = curve
    assert found["found"] > 0.9 and named["kinds"] > 0.6 and named["states"] > 0.9
    assert scores["all"]["average_precision"] > 0.8 > 0.3 > before["all"]["average_precision"]
    assert scores["all"]["miss"] < 0.2 and scores["all"]["false_alarm"] < 0.2
    assert scores["all"]["distance_error"] < 0.25
    assert scores["all"]["unsafe"] == scores["all"]["safe"] == 21
    detector.save(tmp_path / "weights.safetensors", {"seed": 0})
    loaded = HazardDetector.load(tmp_path / "weights.safetensors")
    assert loaded.kinds == KINDS and loaded.threshold == detector.threshold
    frame = test.picture(1)
    here, there = detector.look(frame, FOV), loaded.look(frame, FOV)
    assert here.perception == "rgb" and [n.kind for n in here.nodes] == [n.kind for n in there.nodes] != []
    assert here.nodes[0].bearing == pytest.approx(there.nodes[0].bearing, abs=5e-3)
    wide = np.concatenate([np.full((SIZE, 32, 3), 130, np.uint8), frame], axis=1)
    assert loaded.detect(wide, FOV)[0].bearing == pytest.approx(here.nodes[0].bearing - 0.16, abs=0.06)


def test_training_resumes_where_it_was(folders: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("safety.detector_training.JUDGED", 2)
    album = read_album(folders / "validation", KINDS)
    none = replace(album, shots=(), pairs=())

    def train(until: int | None, checkpoint: Path | None, steps: int = 4) -> HazardDetector:
        return train_detector(
            album, none, TINY, steps=steps, batch=2, seed=3, checkpoint=checkpoint, until=until
        )[0]  # fmt: skip

    whole = train(None, None)
    train(2, tmp_path / "state")
    resumed = train(None, tmp_path / "state")
    assert all(torch.equal(a, b) for a, b in zip(whole.network.parameters(), resumed.network.parameters(), strict=True))
    with pytest.raises(ValueError, match="expected a checkpoint of this run"):
        train(None, tmp_path / "state", steps=5)


def test_bad_input_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="expected the labels of rendered pairs"):
        read_album(tmp_path, KINDS)
    with pytest.raises(FileNotFoundError, match="expected weights of hazard_detector"):
        HazardDetector.load(tmp_path / "none.safetensors")
    (tmp_path / "labels.jsonl").write_text('{"picture": 3}\n')
    with pytest.raises(ValueError, match=r"labels\.jsonl:1: expected a label"):
        read_album(tmp_path, KINDS)
    other = Path(__file__).resolve().parents[2] / "assets/models/comfort.safetensors"
    with pytest.raises(ValueError, match="expected weights of hazard_detector, got"):
        HazardDetector.load(other)
    with pytest.raises(ValueError, match=r"frames: expected \(H, W, 3\) uint8 of one size"):
        HazardDetector(DetectorNetwork(TINY)).detect(np.zeros((4, 4), np.uint8), FOV)
