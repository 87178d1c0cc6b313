"""Learns the weights of the small segmentation network from pictures and their classes.

Rendered pictures are too clean and too much alike. So each is turned, zoomed and cropped; what one class covers may
get another colour; shadows, dapples of light, grain, and patches of other colours (as people, bags and bicycles are)
are laid over; contrast, tint, noise, blur and JPEG are those of poor cameras (domain randomisation: Tobin et al., IROS
2017, arXiv 1703.06907). What is where stays the same.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from crowd.learning import keep, resume
from crowd.segmentation_network import SegmentationConfig, SegmentationNetwork, chances, decide
from crowd.site import CLASSES, WALKED

Picture = npt.NDArray[np.uint8]

UNKNOWN = 255  # a pixel that is not learned from
RATE, WARM = 3e-3, 0.08  # highest rate of AdamW, and share of the steps until it is reached
CROP = 192  # pixels, sides of what is learned from
JUDGED = 500  # steps between two points of the learning curve


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shots:
    """Pictures and what they show.

    Attributes:
        pictures: (N, H, W, 3) uint8, RGB. classes: (N, H, W) uint8, ids of CLASSES, or UNKNOWN.
        places: (N,) what kind of place each shows.
    """

    pictures: Picture
    classes: Picture
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """How well walkable ground is told from the rest: over all pixels that are known.

    Attributes:
        iou: intersection over union of what is walked on. accuracy: share of pixels on the right side.
        classes: share of pixels with the right class; NaN where only two sides are known.
    """

    iou: float
    accuracy: float
    classes: float


def score(found: list[Picture], true: list[Picture]) -> Scores:
    """Return the scores of ids (H, W) that were found against the true ones, UNKNOWN left out."""
    both = either = right = exact = known = 0
    for ids, truth in zip(found, true, strict=True):
        seen = truth != UNKNOWN
        a, b = np.isin(ids, WALKED)[seen], np.isin(truth, WALKED)[seen]
        both, either = both + int((a & b).sum()), either + int((a | b).sum())
        right, known = right + int((a == b).sum()), known + int(seen.sum())
        exact += int((ids[seen] == truth[seen]).sum())
    return Scores(iou=both / max(either, 1), accuracy=right / max(known, 1), classes=exact / max(known, 1))


def train_segmentation(
    shots: Shots,
    held_out: Shots,
    config: SegmentationConfig,
    *,
    steps: int,
    batch: int,
    seed: int,
    device: str = "cpu",
    checkpoint: Path | None = None,
    until: int | None = None,
) -> tuple[SegmentationNetwork, list[dict[str, float]]]:
    """Return a network that learned from shots, and its learning curve: step, loss, scores on what was held out.

    It has the weights of the point of the curve that did best on what was held out.

    Args:
        shots: to learn from. held_out: to judge by.
        config: size of the network.
        steps: of the optimiser. batch: pictures in each.
        seed: of the first weights and of everything drawn.
        device: where it learns.
        checkpoint: file from which it goes on if it is there, written at each point of the curve.
        until: the step after which it pauses; None: it does not.

    Raises:
        ValueError: the checkpoint is another run's.
    """
    torch.manual_seed(seed)
    network = SegmentationNetwork(config).to(device)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    known = shots.classes[shots.classes != UNKNOWN]
    shares = np.bincount(known, minlength=len(CLASSES)) / max(len(known), 1)
    weights = torch.as_tensor(1.0 / np.sqrt(np.maximum(shares, 0.01)), dtype=torch.float32, device=device)
    weights /= weights.mean()
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps + 1, pct_start=WARM)
    curve: list[dict[str, float]] = []
    best = {key: value.clone() for key, value in network.state_dict().items()}
    most, done, running = -1.0, 0, 0.0
    this = [list(asdict(config)["channels"]), steps, batch, seed, len(shots.pictures)]
    parts = {"network": network, "optimizer": optimizer, "schedule": schedule}
    if (state := resume(checkpoint, this, parts, torch.device(device))) is not None:
        best, most, curve = state["best"], state["most"], state["curve"]
        done = int(curve[-1]["step"])
    since = done
    for step in range(done + 1, (steps if until is None else until) + 1):
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(step,)))
        pictures, classes = draw_batch(shots, batch, rng)
        network.train()
        logits = network(pictures.to(device, memory_format=torch.channels_last))
        loss = _loss(logits, classes.to(device), weights)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        running += float(loss.detach())
        if step % JUDGED == 0 or step == steps:
            judged = judge(network, held_out)
            if judged.iou >= most:
                best, most = {key: value.clone() for key, value in network.state_dict().items()}, judged.iou
            curve.append({"step": step, "loss": running / (step - since), **asdict(judged)})
            running, since = 0.0, step
            if checkpoint is not None:
                keep(checkpoint, this, parts, {"best": best, "most": most, "curve": curve})
    network.load_state_dict(best)
    return network.cpu().eval(), curve


def judge(network: SegmentationNetwork, held_out: Shots) -> Scores:
    """Return the scores of a network on shots, as it is used on a CPU."""
    device = next(network.parameters()).device
    network.cpu()
    found = [decide(chances(network, picture)) for picture in held_out.pictures]
    network.to(device)
    return score(found, list(held_out.classes))


def draw_batch(shots: Shots, batch: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Return pictures (B, 3, CROP, CROP) in [0, 1] and classes (B, CROP / 2, CROP / 2), drawn and altered."""
    pictures, classes = [], []
    for row in rng.integers(len(shots.pictures), size=batch):
        picture, ids = _crop(shots.pictures[row], shots.classes[row], rng)
        pictures.append(_alter(picture, ids, rng))
        classes.append(ids[::2, ::2])
    planes = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)
    return planes, torch.from_numpy(np.stack(classes)).long()


def _loss(logits: Tensor, classes: Tensor, weights: Tensor) -> Tensor:
    """Return the cross entropy of the classes, and twice that of whether people walk there."""
    known = classes != UNKNOWN
    target = torch.where(known, classes, torch.zeros_like(classes))
    per_class = nn.functional.cross_entropy(logits, target, weights, reduction="none")[known].mean()
    walked = torch.zeros(len(CLASSES), dtype=torch.bool, device=logits.device)
    walked[list(WALKED)] = True
    margin = logits[:, walked].logsumexp(dim=1) - logits[:, ~walked].logsumexp(dim=1)
    per_side = nn.functional.binary_cross_entropy_with_logits(margin[known], walked[target][known].float())
    result: Tensor = per_class + 2.0 * per_side
    return result


def _crop(picture: Picture, ids: Picture, rng: np.random.Generator) -> tuple[Picture, Picture]:
    """Return a turned, zoomed, perhaps mirrored part (CROP, CROP)."""
    height, width = ids.shape
    zoom = math.exp(rng.uniform(math.log(0.65), math.log(1.7)))
    angle = rng.normal(0.0, 0.25) if rng.random() < 0.7 else rng.uniform(0.0, math.tau)
    aspect = math.exp(rng.normal(0.0, 0.1))
    c, s = zoom * math.cos(angle), zoom * math.sin(angle)
    turn = np.array([[aspect * c, -aspect * s], [s, c]])
    if rng.random() < 0.5:
        turn[:, 0] *= -1.0
    spare = np.maximum(0.0, np.array([width, height]) - CROP / zoom) / 2.0
    middle = np.array([width, height]) / 2.0 + rng.uniform(-1.0, 1.0, 2) * spare
    matrix = np.column_stack([turn, np.full(2, CROP / 2.0) - turn @ middle])
    how = cv2.INTER_AREA if zoom < 1.0 else cv2.INTER_LINEAR
    colours = cv2.warpAffine(picture, matrix, (CROP, CROP), flags=how, borderMode=cv2.BORDER_REFLECT_101)
    classes = cv2.warpAffine(ids, matrix, (CROP, CROP), flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(colours, np.uint8), np.asarray(classes, np.uint8)


def _noise(rng: np.random.Generator, cells: int, channels: int = 1) -> npt.NDArray[np.float32]:
    """Return smooth noise (CROP, CROP, channels), deviation about 1, of `cells` waves across."""
    small = rng.standard_normal((cells + 2, cells + 2, channels)).astype(np.float32)
    large = cv2.resize(small, (CROP, CROP), interpolation=cv2.INTER_CUBIC)
    return np.asarray(large, np.float32).reshape(CROP, CROP, channels)


def _alter(picture: Picture, ids: Picture, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """Return the picture in [0, 1] with other colours, shadows, patches and faults."""
    x = picture.astype(np.float32) / 255.0
    if rng.random() < 0.6:
        for kind in np.unique(ids):
            if rng.random() < 0.5:
                x = np.where((ids == kind)[..., None], _repaint(x, rng), x)
    if rng.random() < 0.5:  # grain on everything: gravel, leaves, snow
        cells = int(rng.integers(8, 90))
        x = x * (1.0 + rng.uniform(0.02, 0.25) * _noise(rng, cells) * (_noise(rng, 3) > rng.normal(0.0, 0.7)))
    if rng.random() < 0.5:
        x = _shade(x, rng)
    if rng.random() < 0.6:
        x = _strew(x, rng)
    x = np.clip(x, 0.0, 1.0)
    x = x ** math.exp(rng.normal(0.0, 0.3))
    grey = x.mean(axis=2, keepdims=True)
    x = grey + (x - grey) * rng.uniform(0.1, 1.7)
    x = (x - 0.5) * math.exp(rng.normal(0.0, 0.25)) + 0.5 + rng.normal(0.0, 0.1)
    x = x * np.exp(rng.normal(0.0, 0.08, 3)).astype(np.float32)
    if rng.random() < 0.4:
        x = cv2.GaussianBlur(x.astype(np.float32), (0, 0), rng.uniform(0.4, 1.8))
    if rng.random() < 0.5:
        x = x + rng.uniform(0.005, 0.06) * rng.standard_normal(x.shape).astype(np.float32)
    x = np.clip(x, 0.0, 1.0)
    if rng.random() < 0.4:
        quality = int(rng.integers(15, 80))
        _, packed = cv2.imencode(".jpg", (255.0 * x).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, quality])
        x = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR)).astype(np.float32) / 255.0
    return np.ascontiguousarray(x, np.float32)


def _repaint(x: npt.NDArray[np.float32], rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """Return `x` in another paint: its light and dark kept, in part."""
    keep = rng.uniform(0.2, 1.0)
    shift = rng.normal(0.0, 0.18, 3) + rng.normal(0.0, 0.12)
    result: npt.NDArray[np.float32] = (0.45 + keep * (x - 0.45) + shift).astype(np.float32)
    if rng.random() < 0.3:  # slabs, stripes, planks
        pitch, angle = rng.uniform(5.0, 40.0), rng.uniform(0.0, math.pi)
        rows, columns = np.mgrid[0:CROP, 0:CROP]
        along = (columns * math.cos(angle) + rows * math.sin(angle)) % pitch < rng.uniform(1.0, 0.5 * pitch)
        result = result + np.float32(rng.normal(0.0, 0.12)) * along[..., None].astype(np.float32)
    return result


def _shade(x: npt.NDArray[np.float32], rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """Return `x` with shadows: the edge of a roof, or dapples below trees."""
    if rng.random() < 0.5:
        shadow = (_noise(rng, int(rng.integers(2, 20)))[..., 0] > rng.normal(0.0, 0.6)).astype(np.float32)
        shadow *= _noise(rng, 2)[..., 0] > rng.normal(0.0, 0.8)
    else:
        corners = rng.uniform(-0.3 * CROP, 1.3 * CROP, (int(rng.integers(3, 6)), 2))
        shadow = np.zeros((CROP, CROP), np.float32)
        cv2.fillPoly(shadow, [cv2.convexHull(corners.astype(np.int32))], 1.0)
    soft = cv2.GaussianBlur(shadow.astype(np.float32), (0, 0), rng.uniform(0.5, 3.0))
    result: npt.NDArray[np.float32] = x * (1.0 - rng.uniform(0.2, 0.75) * soft[..., None])
    return result


def _strew(x: npt.NDArray[np.float32], rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """Return `x` with patches of other colours, as large as people and bags."""
    result = np.ascontiguousarray(x)
    size = rng.uniform(1.5, 7.0)  # pixels
    for _ in range(int(rng.integers(1, 16))):
        at = rng.integers(0, CROP, 2).tolist()
        axes = np.maximum(1, np.rint(size * rng.uniform(0.5, 1.6, 2))).astype(int).tolist()
        colour = rng.uniform(0.0, 1.0, 3).tolist()
        cv2.ellipse(result, at, axes, float(rng.uniform(0.0, 180.0)), 0.0, 360.0, colour, -1, cv2.LINE_AA)
    return result
