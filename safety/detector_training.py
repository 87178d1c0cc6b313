"""Learns the weights of the hazard detector from pairs of pictures: the same place with a danger, and without.

Loss of the heat: the focal loss (T.-Y. Lin et al., ICCV 2017) with fewer penalties around a centre of H. Law, J. Deng,
CornerNet, ECCV 2018, eq. 1, alpha 2, beta 4. Here cells of a safe counterpart weigh more. Boxes, offsets
and log spans: L1 around the centres.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from safety.detector import DetectorConfig, DetectorNetwork, HazardDetector, Peak, find_peaks
from safety.detector_album import Album, draw_batch
from safety.detector_scores import Thing, choose_threshold, score_kind

RATE, DECAY, WARM = 2e-3, 1e-2, 0.06  # highest rate of AdamW and its decay; share of the steps until it is reached
STEEPEST = 2.0  # norm of gradients at most
AVERAGE = 0.998  # of the averaged weights, what stays in each step
ALPHA, BETA = 2.0, 4.0  # CornerNet's
PARTS = {"offset": 0.4, "size": 0.4, "span": 0.6}  # weights of the losses beside that of the heat
JUDGED = 250  # steps between two points of the learning curve
JUDGES = 600  # pictures held out by which the curve is drawn; the thresholds are chosen on all


def train_detector(
    album: Album,
    held_out: Album,
    config: DetectorConfig,
    *,
    steps: int,
    batch: int,
    seed: int,
    device: str = "cpu",
    checkpoint: Path | None = None,
    until: int | None = None,
) -> tuple[HazardDetector, list[dict[str, float]]]:
    """Return a detector that learned from pairs, and its learning curve: step, loss, scores on what was held out.

    It has the averaged weights of the last step, and thresholds chosen on what was held out.

    Args:
        album: to learn from. held_out: to draw the curve and to choose thresholds by.
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
    network = DetectorNetwork(config).to(device)
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps + 1, pct_start=WARM)
    kept = {key: value.clone() for key, value in network.state_dict().items()}
    curve: list[dict[str, float]] = []
    this = [list(config.kinds), list(config.channels), config.head, steps, batch, seed, len(album.shots)]
    done, running = 0, 0.0
    if checkpoint is not None and checkpoint.is_file():
        state = torch.load(checkpoint, weights_only=True, map_location=device)
        if state["run"] != this:
            raise ValueError(f"{checkpoint}: expected a checkpoint of this run, got another's; name another file")
        for name, part in (("network", network), ("optimizer", optimizer), ("schedule", schedule)):
            part.load_state_dict(state[name])
        kept, curve, done = state["kept"], state["curve"], int(state["curve"][-1]["step"])
    since = done
    for step in range(done + 1, (steps if until is None else until) + 1):
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(step,)))
        pictures, targets = draw_batch(album, batch, len(config.kinds), rng)
        network.train()
        loss = detection_loss(network(pictures.to(device)), targets.to(device), len(config.kinds))
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), STEEPEST)
        optimizer.step()
        schedule.step()
        running += float(loss.detach())
        with torch.no_grad():
            share = min(AVERAGE, step / (step + 10.0))
            for key, weight in network.state_dict().items():
                kept[key].mul_(share).add_(weight, alpha=1.0 - share)
        if step % JUDGED == 0 or step == steps:
            curve.append({"step": step, "loss": running / (step - since), **_judge(config, kept, held_out, device)})
            running, since = 0.0, step
            if checkpoint is not None:
                partial = checkpoint.with_name(f".{checkpoint.name}.partial")
                parts = {"network": network, "optimizer": optimizer, "schedule": schedule}
                states = {name: part.state_dict() for name, part in parts.items()}  # type: ignore[attr-defined]
                torch.save({"run": this, "kept": kept, "curve": curve, **states}, partial)
                partial.replace(checkpoint)
    network.load_state_dict(kept)
    peaks, things = look_through(network, held_out)
    network.cpu()
    thresholds = {kind: choose_threshold(k, peaks, things) for k, kind in enumerate(config.kinds)}
    return HazardDetector(network, thresholds), curve


def evaluate(detector: HazardDetector, album: Album) -> dict[str, dict[str, float]]:
    """Return the scores of a detector on an album, by kind and under "all" their means: see `KindScores`."""
    peaks, things = look_through(detector.network, album)
    table: dict[str, dict[str, float]] = {}
    for k, kind in enumerate(detector.kinds):
        scores = score_kind(k, peaks, things, detector.thresholds[kind])
        table[kind] = {name: float(getattr(scores, name)) for name in scores.__slots__}
    names = next(iter(table.values())) if table else {}
    table["all"] = {name: _mean([row[name] for row in table.values()]) for name in names}
    table["all"] |= {
        name: sum(row[name] for kind, row in table.items() if kind != "all") for name in ("unsafe", "safe")
    }
    return table


def look_through(
    network: DetectorNetwork, album: Album, most: int | None = None
) -> tuple[list[list[Peak]], list[tuple[Thing, ...]]]:
    """Return what is found in the pictures of an album, and what they show; `most` spreads that many over it."""
    count = len(album.shots)
    rows = range(count) if most is None or most >= count else [k * count // most for k in range(most)]
    peaks: list[list[Peak]] = []
    for row in rows:
        peaks += find_peaks(network, [album.picture(row)])
    return peaks, [album.shots[row].things for row in rows]


def detection_loss(told: Tensor, targets: Tensor, kinds: int) -> Tensor:
    """Return the loss of what a network tells, (B, K + HEADS, ...), against `paint_targets` (B, 2 K + HEADS, ...)."""
    heat, weight, rest = targets[:, :kinds], targets[:, kinds : 2 * kinds], targets[:, 2 * kinds :]
    logits = told[:, :kinds]
    chance = logits.sigmoid()
    centre = heat == 1.0
    missed = -((1.0 - chance) ** ALPHA) * nn.functional.logsigmoid(logits)
    alarmed = -((1.0 - heat) ** BETA) * chance**ALPHA * nn.functional.logsigmoid(-logits)
    count = centre.sum().clamp(min=1)
    loss = (weight * torch.where(centre, missed, alarmed)).sum() / count
    known = ~rest.isnan()
    apart = torch.where(known, (told[:, kinds:] - torch.where(known, rest, 0.0)).abs(), 0.0)
    for name, planes in (("offset", slice(0, 2)), ("size", slice(2, 4)), ("span", slice(4, 5))):
        loss = loss + PARTS[name] * apart[:, planes].sum() / known[:, planes].sum().clamp(min=1)
    return loss


def _judge(config: DetectorConfig, kept: Mapping[str, Tensor], held_out: Album, device: str) -> dict[str, float]:
    """Return the mean average precision and, at the usual threshold, misses and false alarms."""
    if not held_out.shots:
        return {}
    network = DetectorNetwork(config).to(device)
    network.load_state_dict(kept)
    peaks, things = look_through(network, held_out, JUDGES)
    rows = [score_kind(k, peaks, things, 0.3) for k in range(len(config.kinds))]
    return {
        name: _mean([getattr(row, name) for row in rows]) for name in ("average_precision", "miss", "false_alarm")
    }  # fmt: skip


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return float(np.mean(known)) if known else math.nan
