"""Segmenters, and the training of the one that comes with the package."""

import builtins
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from crowd.segmentation import SEGMENTERS, HubSegmenter, OpenCVSegmenter, SmallSegmenter, class_of
from crowd.segmentation_network import (
    SegmentationConfig,
    SegmentationNetwork,
    chances,
    decide,
    load_network,
    save_network,
)
from crowd.segmentation_training import CROP, UNKNOWN, Shots, draw_batch, score, train_segmentation
from crowd.site import CLASSES, WALKED

TINY = SegmentationConfig(channels=(4, 8, 8, 8, 8))
SQUARE = Path(__file__).resolve().parents[2] / "docs" / "square.jpg"


def path_on_grass(height: int = 120, width: int = 160) -> tuple[np.ndarray, np.ndarray]:
    """Return a picture of a grey path across rough grass, and its classes."""
    rng = np.random.default_rng(0)
    picture = np.empty((height, width, 3), np.uint8)
    picture[:] = (70, 140, 50)
    picture = np.clip(picture + rng.normal(0, 18, picture.shape), 0, 255).astype(np.uint8)
    ids = np.full((height, width), CLASSES.index("grass"), np.uint8)
    rows = slice(height // 3, 2 * height // 3)
    picture[rows] = np.clip(150 + rng.normal(0, 3, picture[rows].shape), 0, 255)
    ids[rows] = CLASSES.index("sidewalk")
    return picture, ids


def shots(count: int = 4) -> Shots:
    picture, ids = path_on_grass(200, 200)
    ids[:5] = UNKNOWN
    return Shots(pictures=np.stack([picture] * count), classes=np.stack([ids] * count), places=("lawn",) * count)


@pytest.mark.parametrize("name", [name for name in SEGMENTERS if name != "hub"])
@pytest.mark.parametrize("shape", [(120, 160), (37, 211)])
def test_every_segmenter_says_one_class_a_pixel_and_always_the_same(name: str, shape: tuple[int, int]) -> None:
    picture, _ = path_on_grass(*shape)
    ids = SEGMENTERS[name]().segment(picture)
    assert ids.shape == shape and ids.dtype == np.uint8 and ids.max() < len(CLASSES)
    np.testing.assert_array_equal(ids, SEGMENTERS[name]().segment(picture))
    assert SEGMENTERS[name]().segment(np.full((*shape, 3), 128, np.uint8)).shape == shape  # nothing to see


def test_a_path_across_grass_is_found() -> None:
    picture, ids = path_on_grass()
    assert score([OpenCVSegmenter().segment(picture)], [ids]).iou > 0.75
    lawn = np.isin(SmallSegmenter().segment(picture)[ids == CLASSES.index("grass")], WALKED)
    assert lawn.mean() < 0.2


def test_the_small_network_tells_a_square_from_its_houses() -> None:
    picture = np.asarray(Image.open(SQUARE).convert("RGB"))
    free = np.isin(SmallSegmenter().segment(picture), WALKED)
    for column, row in ((480, 320), (615, 243), (719, 488), (300, 330), (880, 560)):  # paving
        assert free[row, column], (column, row)
    for column, row in ((560, 60), (860, 130), (60, 480), (230, 80)):  # houses and roofs
        assert not free[row, column], (column, row)
    assert 0.3 < free.mean() < 0.75


def test_a_side_is_chosen_before_a_class() -> None:
    probable = torch.zeros(len(CLASSES), 1, 2)
    probable[CLASSES.index("building"), 0] = torch.tensor([0.4, 0.7])
    probable[CLASSES.index("road"), 0] = torch.tensor([0.35, 0.3])
    probable[CLASSES.index("sidewalk"), 0, 0] = 0.25
    assert decide(probable).tolist() == [[CLASSES.index("road"), CLASSES.index("building")]]


def test_scores_by_hand() -> None:
    truth = np.array([[6, 6, 1, UNKNOWN]], np.uint8)
    scores = score([np.array([[7, 1, 1, 6]], np.uint8)], [truth])
    assert (scores.iou, scores.accuracy, scores.classes) == pytest.approx((1 / 2, 2 / 3, 1 / 3))


def test_weights_come_back_in_half_precision(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network, picture = SegmentationNetwork(TINY), path_on_grass()[0]
    save_network(network, tmp_path / "weights.safetensors", {"seed": 0})
    again = load_network(tmp_path / "weights.safetensors")
    assert torch.allclose(chances(network, picture), chances(again, picture), atol=2e-3)
    save_network(again, tmp_path / "again.safetensors", {"seed": 0})
    assert (tmp_path / "again.safetensors").read_bytes() == (tmp_path / "weights.safetensors").read_bytes()
    other = Path(__file__).resolve().parents[2] / "assets/models/plan_diffusion.safetensors"
    with pytest.raises(ValueError, match="expected weights of segmentation, got plan_diffusion"):
        load_network(other)
    with pytest.raises(FileNotFoundError, match="expected weights of segmentation"):
        load_network(tmp_path / "none.safetensors")


def test_altered_pictures_keep_what_is_where() -> None:
    pictures, classes = draw_batch(shots(), 16, np.random.default_rng(0))
    assert pictures.shape == (16, 3, CROP, CROP) and classes.shape == (16, CROP // 2, CROP // 2)
    assert float(pictures.min()) >= 0.0 and float(pictures.max()) <= 1.0
    assert set(classes.unique().tolist()) <= {4, 6, UNKNOWN}
    again, _ = draw_batch(shots(), 16, np.random.default_rng(0))
    assert torch.equal(pictures, again)
    assert float(pictures.std(dim=0).mean()) > 0.1  # of one picture many were made


@pytest.mark.slow
def test_training_learns_resumes_and_repeats(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crowd.segmentation_training.JUDGED", 10)
    data = shots()

    def train(until: int | None, checkpoint: Path | None) -> tuple[SegmentationNetwork, list[dict[str, float]]]:
        return train_segmentation(
            data, data, TINY, steps=30, batch=4, seed=3, checkpoint=checkpoint, until=until
        )  # fmt: skip

    whole, curve = train(None, None)
    assert [row["step"] for row in curve] == [10, 20, 30]
    assert curve[-1]["loss"] < 0.8 * curve[0]["loss"]
    train(10, tmp_path / "state")
    resumed, again = train(None, tmp_path / "state")
    assert again == curve
    assert all(torch.equal(a, b) for a, b in zip(whole.parameters(), resumed.parameters(), strict=True))
    with pytest.raises(ValueError, match="expected a checkpoint of this run"):
        train_segmentation(data, data, TINY, steps=31, batch=4, seed=3, checkpoint=tmp_path / "state")


def test_names_of_others_become_ours() -> None:
    names = {
        "building;edifice": "building", "traffic light": "structure", "tree": "tree", "road": "road",
        "floor;flooring": "sidewalk", "sky": "ignore", "vegetation": "bush", "terrain": "grass", "car": "structure",
        "sidewalk, pavement": "sidewalk",
    }  # fmt: skip
    assert {name: CLASSES[class_of(name)] for name in names} == names


def test_a_model_of_transformers_speaks_our_classes(tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers", reason="the extra `hub` is not installed")
    torch.manual_seed(0)
    names = ["road", "sidewalk", "building", "sky"]
    config = transformers.SegformerConfig(
        num_encoder_blocks=2, depths=[1, 1], sr_ratios=[4, 2], hidden_sizes=[8, 8], patch_sizes=[7, 3], strides=[4, 2],
        num_attention_heads=[1, 1], mlp_ratios=[2, 2], decoder_hidden_size=8,
        id2label=dict(enumerate(names)), label2id={name: k for k, name in enumerate(names)},
    )  # fmt: skip
    transformers.SegformerForSemanticSegmentation(config).save_pretrained(tmp_path)
    transformers.SegformerImageProcessor(size={"height": 64, "width": 64}).save_pretrained(tmp_path)
    picture, _ = path_on_grass()
    ids = HubSegmenter(model=str(tmp_path)).segment(picture)
    assert ids.shape == picture.shape[:2] and set(np.unique(ids).tolist()) <= {0, 1, 6, 7}
    np.testing.assert_array_equal(ids, HubSegmenter(model=str(tmp_path)).segment(picture))


def test_hub_without_its_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *args: object, **options: object) -> object:
        if name.startswith("transformers"):
            raise ImportError("No module named 'transformers'")
        return real(name, *args, **options)  # type: ignore[arg-type]

    monkeypatch.delitem(sys.modules, "transformers", raising=False)
    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(ValueError, match=r"pip install 'embodied-sim\[hub\]'"):
        HubSegmenter().segment(np.zeros((32, 32, 3), np.uint8))
