"""A small network that finds dangerous things in colours alone: where they are in the picture, and how far away.

Two steps, as in R-CNN (R. Girshick, J. Donahue, T. Darrell, J. Malik, CVPR 2014), both of them tiny. The finder tells
where things of our kinds stand, dangerous or safe: their centres on a grid of one cell for 8 x 8 pixels, their boxes
and distances (objects as points: X. Zhou, D. Wang, P. Krähenbühl, arXiv 1904.07850, 2019), by a U-Net (O. Ronneberger,
P. Fischer, T. Brox, MICCAI 2015) with one number per channel for the whole picture. The namer looks at each box, cut
out and enlarged, and tells which kind it is, or none, and whether it is dangerous as it looks; that is learned from
the safe counterpart, which stands beside the danger in every lesson. A score is the product of the three. One step
for both, with a heat for each kind, learned far more slowly here. Distance: the finder tells
how many metres the picture is high at the thing, which a zoom changes as it changes the picture; times one over
2 tan(fov / 2) that is the distance.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from safety.scene_graph import Node, SceneGraph, assemble

MODEL = "hazard_detector"
STRIDE = 8  # pixels of a cell
COARSEST = 32  # pixels: sides of what the network takes are multiples of it
SIDE = 192  # pixels, height at which a picture is looked at
MEAN, DEVIATION = 0.45, 0.25  # of the colours, in [0, 1]
PRIOR = 0.01  # chance of a thing in a cell before anything is learned, Lin et al. 2017
PROPOSALS, LOUDEST = 12, 0.04  # places of a picture that the namer looks at, at most, and their heat at least
CUT, AROUND = 64, 1.3  # pixels of what the namer sees, and its side in sides of the box
NAMES = 2  # kinds that are told of one box, at most
FAINTEST = 0.01  # score of what is told
HEADS = 6  # of the finder: thing, centre x and y, log width, log height, log span
THRESHOLD = 0.3  # where none was chosen

Picture = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorConfig:
    """What is found, and the channels of finder and namer at 1/2, 1/4, 1/8, 1/16 and 1/32 of what they see."""

    kinds: tuple[str, ...]
    finder: tuple[int, ...] = (16, 28, 40, 56, 72)
    namer: tuple[int, ...] = (16, 32, 56, 88, 112)


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """Something found, in units of the picture's height, from its top left corner.

    Attributes:
        kind: index into the config's kinds. score: in [0, 1].
        x, y: of its centre. width, height: of its box.
        span: metres that the picture is high at its distance.
    """

    kind: int
    score: float
    x: float
    y: float
    width: float
    height: float
    span: float


class _Convolutions(nn.Sequential):
    def __init__(self, inward: int, outward: int, *, stride: int = 1, count: int = 2) -> None:
        layers: list[nn.Module] = []
        for k in range(count):
            layers += [
                nn.Conv2d(inward if k == 0 else outward, outward, 3, stride if k == 0 else 1, 1, bias=False),
                nn.BatchNorm2d(outward),
                nn.SiLU(),
            ]
        super().__init__(*layers)


def _stack(channels: Sequence[int]) -> nn.ModuleList:
    return nn.ModuleList(
        _Convolutions(a, b, stride=2, count=1 if a == 3 else 2)
        for a, b in zip((3, *channels[:-1]), channels, strict=True)
    )


class Finder(nn.Module):
    """Takes pictures (B, 3, H, W) in [0, 1], sides multiples of COARSEST; returns (B, HEADS, H / 8, W / 8)."""

    def __init__(self, channels: Sequence[int]) -> None:
        super().__init__()
        self.down = _stack(channels)
        self.whole = nn.Linear(channels[-1], channels[-1])
        pairs = list(zip(channels[3:], channels[2:-1], strict=True))[::-1]
        self.join = nn.ModuleList(nn.Conv2d(deep, shallow, 1) for deep, shallow in pairs)
        self.up = nn.ModuleList(_Convolutions(shallow, shallow, count=1) for _, shallow in pairs)
        self.head = _Convolutions(channels[2], channels[2], count=1)
        self.last = nn.Conv2d(channels[2], HEADS, 1)
        with torch.no_grad():
            first = [-math.log((1.0 - PRIOR) / PRIOR), 0.0, 0.0, -1.2, -1.2, 1.5]  # boxes of 0.3, and spans of 4.5 m
            self.last.bias = nn.Parameter(torch.tensor(first))

    def forward(self, pictures: Tensor) -> Tensor:
        x = (pictures - MEAN) / DEVIATION
        levels = []
        for down in self.down:
            x = down(x)
            levels.append(x)
        x = levels.pop()
        x = x + self.whole(x.mean(dim=(2, 3)))[:, :, None, None]
        for join, up in zip(self.join, self.up, strict=True):
            x = up(nn.functional.interpolate(join(x), scale_factor=2.0, mode="nearest") + levels.pop())
        result: Tensor = self.last(self.head(x))
        return result


class Namer(nn.Module):
    """Takes cuts (N, 3, CUT, CUT) in [0, 1]; returns (N, K + 2): logits of the kinds, of none of them, of danger."""

    def __init__(self, channels: Sequence[int], kinds: int) -> None:
        super().__init__()
        self.down = _stack(channels)
        self.last = nn.Linear(channels[-1], kinds + 2)

    def forward(self, cuts: Tensor) -> Tensor:
        x = (cuts - MEAN) / DEVIATION
        for down in self.down:
            x = down(x)
        result: Tensor = self.last(x.mean(dim=(2, 3)))
        return result


class DetectorNetwork(nn.Module):
    """The two of them."""

    def __init__(self, config: DetectorConfig) -> None:
        super().__init__()
        self.config = config
        self.finder = Finder(config.finder)
        self.namer = Namer(config.namer, len(config.kinds))


def cut_out(picture: Picture, box: Sequence[float]) -> Picture:
    """Return what a box shows, and AROUND it, (CUT, CUT, 3); beyond the rim of the picture its last pixels go on.

    Args:
        picture: (H, W, 3).
        box: x and y of the centre, width and height, in heights of the picture.
    """
    height, width = picture.shape[:2]
    x, y, wide, high = (height * float(v) for v in box[:4])
    side = max(4, round(AROUND * max(wide, high)))
    columns = np.clip(np.arange(side) + round(x - side / 2.0), 0, width - 1)
    rows = np.clip(np.arange(side) + round(y - side / 2.0), 0, height - 1)
    how = cv2.INTER_AREA if side > CUT else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture[rows][:, columns], (CUT, CUT), interpolation=how), np.uint8)


class HazardDetector:
    """Finds dangerous things in colours.

    Attributes:
        kinds: what it can find. threshold: the score from which it says so.
    """

    def __init__(self, network: DetectorNetwork, threshold: float = THRESHOLD) -> None:
        self.network = network.eval()
        self.kinds = network.config.kinds
        self.threshold = threshold

    @classmethod
    def load(cls, path: Path) -> HazardDetector:
        """Return the detector of a file of weights.

        Raises:
            FileNotFoundError: no such file.
            ValueError: the file holds something else.
        """
        about, tensors = _read(path)
        sizes = about["config"]
        config = DetectorConfig(kinds=tuple(sizes["kinds"]), finder=tuple(sizes["finder"]), namer=tuple(sizes["namer"]))
        network = DetectorNetwork(config)
        network.load_state_dict(tensors)
        return cls(network, float(about["threshold"]))

    def save(self, path: Path, about: Mapping[str, object]) -> None:
        """Write weights, threshold and what else there is to say, whole or not at all; matrices in half precision."""
        config = self.network.config
        words = {
            **about, "model": MODEL, "threshold": self.threshold,
            "config": {"kinds": config.kinds, "finder": config.finder, "namer": config.namer},
        }  # fmt: skip
        halved = {
            key: (value.half() if value.ndim > 1 else value).detach().cpu().contiguous()
            for key, value in self.network.state_dict().items()
        }
        partial = path.with_name(f".{path.name}.partial")
        partial.write_bytes(save(halved, {"embodied": json.dumps(words, sort_keys=True)}))
        partial.replace(path)

    def detect(self, rgb: Picture, fov: float, pitch: float = 0.0) -> tuple[Node, ...]:
        """Return what is dangerous in a picture (H, W, 3), nearest first; see `detect_many`."""
        return self.detect_many([rgb], fov, pitch)[0]

    def detect_many(self, frames: Sequence[Picture], fov: float, pitch: float = 0.0) -> list[tuple[Node, ...]]:
        """Return what is dangerous in each of some pictures of one size.

        Args:
            frames: (H, W, 3) uint8, RGB.
            fov: rad, vertical. pitch: rad by which the camera looks down.

        Raises:
            ValueError: pictures of other shapes.
        """
        found = []
        for frame, peaks in zip(frames, find_peaks(self.network, frames), strict=True):
            loud = [peak for peak in peaks if peak.score >= self.threshold]
            nodes = [self._node(k, peak, frame.shape, fov, pitch) for k, peak in enumerate(loud, 1)]
            found.append(tuple(sorted(nodes, key=lambda node: (node.distance, node.id))))
        return found

    def look(self, rgb: Picture, fov: float, pitch: float = 0.0) -> SceneGraph:
        """Return a picture as a graph, `perception` "rgb"; see `detect_many`."""
        return assemble(self.detect(rgb, fov, pitch), "rgb")

    def _node(self, number: int, peak: Peak, shape: tuple[int, ...], fov: float, pitch: float) -> Node:
        height, width = shape[:2]
        tangent = math.tan(fov / 2.0)
        right = (2.0 * peak.x - width / height) * tangent
        down = (2.0 * peak.y - 1.0) * tangent
        x0, x1 = (round(height * (peak.x + side * peak.width)) for side in (-0.5, 0.5))
        y0, y1 = (round(height * (peak.y + side * peak.height)) for side in (-0.5, 0.5))
        return Node(
            id=number, kind=self.kinds[peak.kind].replace("_", " "), state="unsafe", score=peak.score,
            bearing=math.atan2(-right, math.cos(pitch) - down * math.sin(pitch)),
            distance=peak.span / (2.0 * tangent),
            box=(max(0, x0), max(0, y0), min(width, max(x1, x0 + 1)), min(height, max(y1, y0 + 1))),
        )  # fmt: skip


@torch.no_grad()
def find_peaks(network: DetectorNetwork, frames: Sequence[Picture]) -> list[list[Peak]]:
    """Return what a network finds in pictures of one size, the surest first, scores from FAINTEST up.

    Raises:
        ValueError: pictures of other shapes.
    """
    if not frames:
        return []
    shape = frames[0].shape
    if any(frame.shape != shape or frame.dtype != np.uint8 for frame in frames) or len(shape) != 3 or shape[2] != 3:
        raise ValueError(f"frames: expected (H, W, 3) uint8 of one size, got {sorted({f.shape for f in frames})}")
    small, (stretch, *_) = zip(*(fit(frame) for frame in frames), strict=True)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # the same bytes on any machine of one kind
    try:
        network.eval()
        boxes = propose(network.finder(planes(small)))
        if not len(boxes):
            return [[] for _ in frames]
        named = network.namer(planes([cut_out(small[int(box[0])], box[1:]) for box in boxes.tolist()]))
    finally:
        torch.set_num_threads(threads)
    chances = boxes[:, 5, None] * named[:, -1:].sigmoid() * named[:, :-1].softmax(dim=1)[:, :-1]
    found: list[list[Peak]] = [[] for _ in frames]
    for box, scores in zip(boxes.tolist(), chances, strict=True):
        tops, kinds = scores.topk(min(NAMES, len(scores)))
        found[int(box[0])] += [
            Peak(
                kind=kind, score=score, x=box[1] * stretch, y=box[2], width=box[3] * stretch, height=box[4], span=box[6]
            )
            for score, kind in zip(tops.tolist(), kinds.tolist(), strict=True)
            if score >= FAINTEST
        ]  # fmt: skip
    return [_thin_out(peaks) for peaks in found]


def fit(frame: Picture) -> tuple[Picture, float]:
    """Return a picture as a finder takes it, and what stretches x there to x in the picture.

    It is SIDE high, and as wide as the multiple of COARSEST next to its shape.
    """
    height, width = frame.shape[:2]
    wide = max(COARSEST, COARSEST * round(SIDE * width / height / COARSEST))
    how = cv2.INTER_AREA if height > SIDE else cv2.INTER_LINEAR
    small = np.asarray(cv2.resize(frame, (wide, SIDE), interpolation=how), np.uint8)
    return small, width / height * SIDE / wide


def planes(pictures: Sequence[npt.NDArray[Any]]) -> Tensor:
    """Return pictures (H, W, 3) of one size, in [0, 255] or of floats in [0, 1], as (B, 3, H, W) in [0, 1]."""
    stacked = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)
    scaled = stacked.float() if stacked.is_floating_point() else stacked.float() / 255.0
    return scaled.contiguous(memory_format=torch.channels_last)


def propose(told: Tensor) -> Tensor:
    """Return where the finder sees things, (N, 7): row, x, y, width, height, heat, span, in heights of the picture.

    Args:
        told: (B, HEADS, h, w), by the finder.
    """
    heat = told[:, 0].sigmoid()
    top = nn.functional.max_pool2d(heat[:, None], 3, 1, 1)[:, 0]
    count, rows, columns = heat.shape
    loud, cells = torch.where(heat == top, heat, 0.0).flatten(1).topk(min(PROPOSALS, rows * columns))
    row = torch.arange(count, device=told.device)[:, None].expand_as(cells)
    rest = told[:, 1:].flatten(2).gather(2, cells[:, None].expand(-1, HEADS - 1, -1))
    x = (cells % columns + 0.5 + rest[:, 0]) / rows
    y = (cells // columns + 0.5 + rest[:, 1]) / rows
    wide, high = rest[:, 2].clamp(-4.0, 1.0).exp(), rest[:, 3].clamp(-4.0, 1.0).exp()
    boxes = torch.stack([row.float(), x, y, wide, high, loud, rest[:, 4].clamp(-3.0, 6.0).exp()], dim=2)
    return boxes[loud >= LOUDEST]


def _thin_out(peaks: Sequence[Peak]) -> list[Peak]:
    """Return what is told, the surest first, without what lies in the box of something surer of its kind."""
    kept: list[Peak] = []
    for peak in sorted(peaks, key=lambda peak: -peak.score):
        if not any(
            peak.kind == other.kind
            and abs(peak.x - other.x) < 0.5 * other.width
            and abs(peak.y - other.y) < 0.5 * other.height
            for other in kept
        ):
            kept.append(peak)
    return kept


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    if not path.is_file():
        raise FileNotFoundError(
            f"{path}: expected weights of {MODEL}, found no such file; put there what `embodied train hazards` makes"
        )
    try:
        with safe_open(path, "pt") as file:
            about: dict[str, Any] = json.loads((file.metadata() or {}).get("embodied", "{}"))
            tensors = {key: file.get_tensor(key).float() for key in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise ValueError(f"{path}: expected weights of {MODEL}, got another file ({error}); name others") from error
    if about.get("model") != MODEL:
        raise ValueError(f"{path}: expected weights of {MODEL}, got {about.get('model')}; name others")
    return about, tensors
