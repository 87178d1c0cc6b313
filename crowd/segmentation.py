"""What lies where in a picture of a place: the segmenters, and the contract that they keep.

    small   a network of 0.6 M numbers that learned from renders of our own scenes (`segmentation_network`)
    opencv  colour, texture and GrabCut (Rother, Kolmogorov, Blake, SIGGRAPH 2004); nothing learned
    hub     a semantic segmenter of `transformers`, e.g. SegFormer of Cityscapes or ADE20K: needs the extra `hub`

All are guesses. A mask that the user gives wins over any of them (`crowd.picture`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from crowd.site import CLASSES

Picture = npt.NDArray[np.uint8]

WEIGHTS = Path(__file__).resolve().parents[1] / "assets" / "models" / "segmentation.safetensors"
HUB_MODEL = "nvidia/segformer-b0-finetuned-cityscapes-1024-1024"
CLASSIC_SIDE = 320  # pixels, longer side at which OpenCV looks at a picture
GREEN = 35, 90  # OpenCV's hues of leaves and lawns

# What others call things, word by word -> ours. Cityscapes and ADE20K; the first word of theirs that is known counts.
HUB_CLASSES: Mapping[str, str] = {
    **dict.fromkeys(
        ("building", "house", "wall", "fence", "skyscraper", "door", "window", "windowpane", "column", "tower",
         "bridge", "stairs", "stairway", "hovel", "tent", "booth", "awning", "railing", "ceiling", "screen door"),
        "building",
    ),
    **dict.fromkeys(("vegetation", "plant", "flower", "bush", "shrub"), "bush"),
    **dict.fromkeys(("terrain", "grass", "field", "earth", "hill", "mountain", "sand", "land", "dirt track"), "grass"),
    **dict.fromkeys(("tree", "palm"), "tree"),
    **dict.fromkeys(("sidewalk", "floor", "path", "rug", "step", "stage", "person", "runway"), "sidewalk"),
    "road": "road",
    **dict.fromkeys(("sky", "water", "sea", "river", "lake", "swimming pool", "void", "unlabeled"), "ignore"),
}  # fmt: skip


class Segmenter(Protocol):
    """Says of a picture of a place, from above or aslant, what lies where."""

    def segment(self, picture: Picture) -> Picture:
        """Return (H, W) uint8, ids of `crowd.site.CLASSES`, for a picture (H, W, 3) uint8, RGB."""


class SmallSegmenter:
    """The small network that comes with the package."""

    def __init__(self, *, weights: Path = WEIGHTS) -> None:
        """Name the file of the weights; it is read when first needed."""
        self._weights = weights

    def segment(self, picture: Picture) -> Picture:
        """Return the classes (H, W) of a picture.

        Raises:
            FileNotFoundError: no such weights. ValueError: they are another model's.
        """
        from crowd.segmentation_network import chances, decide, load_network  # torch takes a second to import

        return decide(chances(load_network(self._weights), picture))


class OpenCVSegmenter:
    """Colour and texture: ground is smooth and grey, and there is much of it; GrabCut finds where it ends."""

    def segment(self, picture: Picture) -> Picture:
        """Return the classes (H, W) of a picture."""
        height, width = picture.shape[:2]
        scale = CLASSIC_SIDE / max(height, width)
        size = (max(8, round(width * scale)), max(8, round(height * scale)))
        small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
        flat = cv2.pyrMeanShiftFiltering(small, 7, 18)
        hue, saturation, value = (
            plane.astype(np.float32) for plane in cv2.split(cv2.cvtColor(flat, cv2.COLOR_RGB2HSV))
        )
        grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
        mean = cv2.blur(grey, (7, 7))
        rough = np.sqrt(np.maximum(cv2.blur(grey * grey, (7, 7)) - mean * mean, 0.0))
        green = (hue >= GREEN[0]) & (hue <= GREEN[1]) & (saturation > 50.0)
        doubt = rough / 20.0 + saturation / 90.0 + 2.0 * green
        sure = doubt <= np.quantile(doubt, 0.2)
        likely = doubt <= np.quantile(doubt, 0.55)
        marks = np.where(likely, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
        marks[cv2.erode(sure.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0] = cv2.GC_FGD
        marks[green | (doubt >= np.quantile(doubt, 0.9))] = cv2.GC_BGD
        cv2.setRNGSeed(0)
        free = likely & ~green
        if free.any() and not free.all():
            back, front = np.zeros((1, 65)), np.zeros((1, 65))
            cut = np.isin(marks, (cv2.GC_FGD, cv2.GC_PR_FGD))
            if cut.any() and not cut.all():  # else there is nothing to tell apart
                cv2.grabCut(flat, marks, (0, 0, 1, 1), back, front, 4, cv2.GC_INIT_WITH_MASK)
                free = np.isin(marks, (cv2.GC_FGD, cv2.GC_PR_FGD))
        ids = np.where(green, np.where(rough > 10.0, 3, 4), 1)
        dark = value < 0.8 * (np.median(value[free]) if free.any() else 0.0)
        ids = np.where(free, np.where(dark, 7, 6), ids).astype(np.uint8)
        return np.asarray(cv2.resize(ids, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8)


class HubSegmenter:
    """A semantic segmenter of the library `transformers`, from a folder or from the hub."""

    def __init__(self, *, model: str = HUB_MODEL) -> None:
        """Name the model: a folder, or a name on the hub, which is downloaded when first needed."""
        self._name = model
        self._loaded: tuple[Any, Any, Picture] | None = None

    def segment(self, picture: Picture) -> Picture:
        """Return the classes (H, W) of a picture.

        Raises:
            ValueError: `transformers` is not there, the model cannot be had, or it knows nobody's ground.
        """
        import torch

        processor, network, table = self._loaded = self._loaded or self._load()
        with torch.no_grad():
            logits = network(**processor(images=picture, return_tensors="pt")).logits
            large = torch.nn.functional.interpolate(logits, picture.shape[:2], mode="bilinear", align_corners=False)
        result: Picture = table[large[0].argmax(dim=0).numpy()]
        return result

    def _load(self) -> tuple[Any, Any, Picture]:
        try:
            from transformers import AutoImageProcessor, AutoModelForSemanticSegmentation
        except ImportError as error:
            raise ValueError(
                f"segmenter=hub: expected the library transformers, got none ({error}); pip install 'embodied-sim[hub]'"
            ) from error
        try:
            processor = AutoImageProcessor.from_pretrained(self._name, use_fast=False)
            network = AutoModelForSemanticSegmentation.from_pretrained(self._name).eval()
        except (OSError, ValueError) as error:
            reason = str(error).split("\n", 1)[0]
            raise ValueError(
                f"segmenter=hub: expected a segmenter in the folder or on the hub as {self._name}, got none "
                f"({reason}); name another, or go online"
            ) from error
        names = {int(number): str(name) for number, name in network.config.id2label.items()}
        table = np.array([class_of(names.get(k, "")) for k in range(max(names) + 1)], np.uint8)
        if not np.isin(table, (5, 6, 7)).any():
            raise ValueError(
                f"segmenter=hub: expected a model that knows road, sidewalk or floor, got {', '.join(names.values())}; "
                "name another"
            )
        return processor, network, table


SEGMENTERS: dict[str, type[SmallSegmenter] | type[OpenCVSegmenter] | type[HubSegmenter]] = {
    "small": SmallSegmenter,
    "opencv": OpenCVSegmenter,
    "hub": HubSegmenter,
}
DEFAULT = "small"


def class_of(name: str) -> int:
    """Return the id of CLASSES for what others call a thing ("building;edifice", "traffic light"): else structure."""
    for word in re.split(r"[;,]", name.lower()):
        if (ours := HUB_CLASSES.get(word.strip())) is not None:
            return CLASSES.index(ours)
    return CLASSES.index("structure")
