"""A small network that finds dangerous things in colours alone: where they are in the picture, and how far away.

Objects as points: X. Zhou, D. Wang, P. Krähenbühl, arXiv 1904.07850, 2019 (CenterNet), here on a grid of one cell for
8 x 8 pixels, by a U-Net (O. Ronneberger, P. Fischer, T. Brox, MICCAI 2015) with group normalisation and one number per
channel for the whole picture. Only the dangerous state of a thing is found; its safe counterpart is background. The
network tells how many metres the picture is high at the thing, which a zoom changes as it changes the picture; times
one over 2 tan(fov / 2) that is the distance.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
MOST = 40  # peaks of a picture that are looked at
FAINTEST = 0.02  # score of a peak
HEADS = 5  # beside the heat: centre x and y, log width, log height, log span
THRESHOLD = 0.3  # where none was chosen

Picture = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorConfig:
    """What a network finds, and its channels at 1/2, 1/4, 1/8, 1/16 and 1/32 of the picture."""

    kinds: tuple[str, ...]
    channels: tuple[int, ...] = (20, 36, 56, 80, 104)
    head: int = 64


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
                nn.GroupNorm(4, outward),
                nn.SiLU(),
            ]
        super().__init__(*layers)


class DetectorNetwork(nn.Module):
    """Takes pictures (B, 3, H, W) in [0, 1], sides multiples of COARSEST; returns (B, K + HEADS, H / 8, W / 8)."""

    def __init__(self, config: DetectorConfig) -> None:
        super().__init__()
        self.config = config
        channels = config.channels
        self.down = nn.ModuleList(
            _Convolutions(a, b, stride=2) for a, b in zip((3, *channels[:-1]), channels, strict=True)
        )
        self.whole = nn.Linear(channels[-1], channels[-1])
        pairs = list(zip(channels[3:], channels[2:-1], strict=True))[::-1]
        self.join = nn.ModuleList(nn.Conv2d(deep, shallow, 1) for deep, shallow in pairs)
        self.up = nn.ModuleList(_Convolutions(shallow, shallow, count=1) for _, shallow in pairs)
        self.head = _Convolutions(channels[2], config.head, count=1)
        self.last = nn.Conv2d(config.head, len(config.kinds) + HEADS, 1)
        with torch.no_grad():
            self.last.weight.mul_(0.3)
            first = [-math.log((1.0 - PRIOR) / PRIOR)] * len(config.kinds)
            first += [0.0, 0.0, -1.2, -1.2, 1.5]  # boxes of 0.3, and spans of 4.5 m
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


class HazardDetector:
    """Finds dangerous things in colours.

    Attributes:
        kinds: what it can find. thresholds: score by kind from which it says so.
    """

    def __init__(self, network: DetectorNetwork, thresholds: Mapping[str, float]) -> None:
        self.network = network.eval()
        self.kinds = network.config.kinds
        self.thresholds = {kind: float(thresholds.get(kind, THRESHOLD)) for kind in self.kinds}

    @classmethod
    def load(cls, path: Path) -> HazardDetector:
        """Return the detector of a file of weights.

        Raises:
            FileNotFoundError: no such file.
            ValueError: the file holds something else.
        """
        about, tensors = _read(path)
        sizes = about["config"]
        config = DetectorConfig(
            kinds=tuple(sizes["kinds"]), channels=tuple(sizes["channels"]), head=int(sizes["head"])
        )  # fmt: skip
        network = DetectorNetwork(config)
        network.load_state_dict(tensors)
        return cls(network, about["thresholds"])

    def save(self, path: Path, about: Mapping[str, object]) -> None:
        """Write weights, thresholds and what else there is to say, whole or not at all; matrices in half precision."""
        config = self.network.config
        words = {
            **about, "model": MODEL, "thresholds": self.thresholds,
            "config": {"kinds": config.kinds, "channels": config.channels, "head": config.head},
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
            loud = [peak for peak in peaks if peak.score >= self.thresholds[self.kinds[peak.kind]]]
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
    device = next(network.parameters()).device
    wide = max(COARSEST, COARSEST * round(SIDE * shape[1] / shape[0] / COARSEST))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # the same bytes on any machine of one kind
    try:
        pixels = torch.from_numpy(np.stack(frames)).permute(0, 3, 1, 2).to(device).float() / 255.0
        if pixels.shape[2:] != (SIDE, wide):
            pixels = nn.functional.interpolate(
                pixels, size=(SIDE, wide), mode="bilinear", antialias=True, align_corners=False
            )
        network.eval()
        told = network(pixels).cpu()
    finally:
        torch.set_num_threads(threads)
    stretch = shape[1] / shape[0] * SIDE / wide  # of x, that the sides became multiples
    return [_peaks(each, len(network.config.kinds), stretch) for each in told]


def _peaks(told: Tensor, kinds: int, stretch: float) -> list[Peak]:
    heat = told[:kinds].sigmoid()
    top = nn.functional.max_pool2d(heat[None], 3, 1, 1)[0]
    scores, places = torch.where(heat == top, heat, 0.0).flatten().topk(min(MOST, heat.numel()))
    _, rows, columns = heat.shape
    found = []
    for score, place in zip(scores.tolist(), places.tolist(), strict=True):
        if score < FAINTEST:
            break
        kind, cell = divmod(place, rows * columns)
        row, column = divmod(cell, columns)
        across, along, wide, high, span = told[kinds:, row, column].tolist()
        found.append(
            Peak(
                kind=kind, score=score, x=(column + 0.5 + across) / rows * stretch, y=(row + 0.5 + along) / rows,
                width=math.exp(min(wide, 2.0)) * stretch, height=math.exp(min(high, 2.0)),
                span=math.exp(min(span, 6.0)),
            )
        )  # fmt: skip
    return found


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    if not path.is_file():
        raise FileNotFoundError(
            f"{path}: expected weights of {MODEL}, found no such file; run `embodied train hazards`"
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
