"""The small network that segments pictures of places: a U-Net at half of the picture's resolution.

Ronneberger, Fischer, Brox, MICCAI 2015, arXiv 1505.04597, with group normalisation (Wu, He, ECCV 2018, arXiv
1803.08494), which does not depend on the pictures seen before and so bears places unlike those it learned from. Besides
five scales it has one number per channel for the whole picture, so that a floor can be told from a facade far from it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from crowd.site import CLASSES, WALKED
from crowd.weights import load_weights, save_weights

STRIDE = 32  # pixels: sides of what the network takes are multiples of it
SIDE = 384  # pixels, longer side at which a picture is looked at, chosen on renders held out
MEAN, DEVIATION = 0.45, 0.25  # of the colours, in [0, 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentationConfig:
    """The size of the network: channels at 1/2, 1/4, 1/8, 1/16 and 1/32 of the picture."""

    channels: tuple[int, ...] = (20, 32, 56, 88, 96)


class _Convolutions(nn.Sequential):
    def __init__(self, inward: int, outward: int, stride: int = 1) -> None:
        layers: list[nn.Module] = []
        for k in range(2):
            layers += [
                nn.Conv2d(inward if k == 0 else outward, outward, 3, stride if k == 0 else 1, 1, bias=False),
                nn.GroupNorm(4, outward),
                nn.SiLU(),
            ]
        super().__init__(*layers)


class SegmentationNetwork(nn.Module):
    """Takes pictures (B, 3, H, W) in [0, 1], H and W multiples of STRIDE; returns logits (B, CLASSES, H / 2, W / 2)."""

    def __init__(self, config: SegmentationConfig) -> None:
        super().__init__()
        self.config = config
        channels = config.channels
        inward = (3, *channels[:-1])
        self.down = nn.ModuleList(_Convolutions(a, b, 2) for a, b in zip(inward, channels, strict=True))
        self.whole = nn.Linear(channels[-1], channels[-1])
        pairs = list(zip(channels[1:], channels[:-1], strict=True))[::-1]
        self.join = nn.ModuleList(nn.Conv2d(deep, shallow, 1) for deep, shallow in pairs)
        self.up = nn.ModuleList(_Convolutions(shallow, shallow) for _, shallow in pairs)
        self.head = nn.Conv2d(channels[0], len(CLASSES), 1)

    def forward(self, pictures: Tensor) -> Tensor:
        x = (pictures - MEAN) / DEVIATION
        levels = []
        for down in self.down:
            x = down(x)
            levels.append(x)
        x = levels.pop()
        x = x + self.whole(x.mean(dim=(2, 3)))[:, :, None, None]
        for join, up in zip(self.join, self.up, strict=True):
            beside = levels.pop()
            x = up(nn.functional.interpolate(join(x), scale_factor=2.0, mode="nearest") + beside)
        result: Tensor = self.head(x)
        return result


@torch.no_grad()
def chances(network: SegmentationNetwork, picture: npt.NDArray[np.uint8], side: int = SIDE) -> Tensor:
    """Return how probable each class is at each pixel, (CLASSES, H, W): the mean over the picture and its mirror image.

    Args:
        network: trained.
        picture: (H, W, 3) uint8, RGB.
        side: pixels, longer side at which it is looked at.
    """
    height, width = picture.shape[:2]
    scale = side / max(height, width)
    size = [max(STRIDE, STRIDE * round(scale * length / STRIDE)) for length in (height, width)]
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # the same bytes on any machine of one kind
    try:
        pixels = torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].float() / 255.0
        small = nn.functional.interpolate(pixels, size=size, mode="bilinear", antialias=True, align_corners=False)
        network.eval()
        both = network(torch.cat([small, small.flip(3)])).softmax(dim=1)
        mean = (both[:1] + both[1:].flip(3)) / 2.0
        large = nn.functional.interpolate(mean, size=(height, width), mode="bilinear", align_corners=False)
    finally:
        torch.set_num_threads(threads)
    result: Tensor = large[0]
    return result


def decide(probable: Tensor) -> npt.NDArray[np.uint8]:
    """Return ids (H, W) of CLASSES by how probable (CLASSES, H, W) they are.

    First whether people walk there, by the sum over the classes on which they do; then the most probable of those.
    """
    walked = torch.zeros(len(CLASSES), dtype=torch.bool)
    walked[list(WALKED)] = True
    free = probable[walked].sum(dim=0) > 0.5
    allowed = torch.where(walked[:, None, None] == free, probable, -1.0)
    result: npt.NDArray[np.uint8] = allowed.argmax(dim=0).to(torch.uint8).numpy()
    return result


def save_network(network: SegmentationNetwork, path: Path, about: dict[str, object]) -> None:
    """Write weights and what there is to say about them, whole or not at all."""
    save_weights(network.state_dict(), path, "segmentation", {"config": asdict(network.config), **about})


@lru_cache(maxsize=2)
def load_network(path: Path) -> SegmentationNetwork:
    """Return a network by its weights; the last two are kept, not to be changed.

    Raises:
        FileNotFoundError: no such file.
        ValueError: the file holds another model.
    """
    about, tensors = load_weights(path, "segmentation")
    network = SegmentationNetwork(SegmentationConfig(channels=tuple(about["config"]["channels"])))
    network.load_state_dict(tensors)
    return network.eval()
