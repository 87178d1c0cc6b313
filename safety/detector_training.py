"""Learns the weights of the hazard detector from pairs of pictures: the same place with a danger, and without.

First the finder, then the namer, which also learns what the finder takes for things and is none. Loss of the heat: the
focal loss (T.-Y. Lin et al., ICCV 2017) with fewer penalties around a centre of H. Law, J. Deng, CornerNet, ECCV 2018,
eq. 1, alpha 2, beta 4. Around the centres: L1 of offsets, log sizes and log spans. The namer: cross entropy of kind and
danger.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from safety.detector import (
    DetectorConfig,
    DetectorNetwork,
    Finder,
    HazardDetector,
    Namer,
    Peak,
    find_peaks,
    fit,
    planes,
    propose,
)
from safety.detector_album import Album, draw_batch, draw_rows
from safety.detector_cuts import draw_cuts, strangers
from safety.detector_scores import Thing, choose_threshold, is_in, score_kind

RATE, DECAY, WARM = 2e-3, 1e-2, 0.06  # highest rate of AdamW and its decay; share of the steps until it is reached
STEEPEST = 2.0  # norm of gradients at most
AVERAGE = 0.998  # of the averaged weights, what stays in each step
ALPHA, BETA = 2.0, 4.0  # CornerNet's
PARTS = {"offset": 0.2, "size": 0.2, "span": 0.5}  # weights of the finder's losses beside that of the heat
SMOOTH = 0.05  # of the kinds' labels
JUDGED = 250  # steps between two points of the learning curve

Stage = Literal["finder", "namer"]
Lesson = Callable[[np.random.Generator], Tensor]  # -> loss of a step


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
) -> tuple[HazardDetector, list[dict[str, Any]]]:
    """Return a detector that learned from pairs, and its learning curve: stage, step, loss, scores held out.

    It has the averaged weights of the last step, and a threshold chosen on what was held out.

    Args:
        album: to learn from. held_out: to draw the curve and to choose the threshold by.
        config: sizes of the networks.
        steps: of the optimiser in each of the two stages.
        batch: pictures in each step of the finder; the namer sees the things of twice as many.
        seed: of the first weights and of everything drawn.
        device: where it learns.
        checkpoint: file from which it goes on if it is there, written at each point of the curve.
        until: the step of a stage after which it pauses, untrained in the stages after; None: it does not.

    Raises:
        ValueError: the checkpoint is another run's.
    """
    torch.manual_seed(seed)
    network = DetectorNetwork(config)
    this = [list(config.kinds), list(config.finder), list(config.namer), steps, batch, seed, len(album.shots)]
    states: dict[str, Any] = {}
    if checkpoint is not None and checkpoint.is_file():
        states = torch.load(checkpoint, weights_only=True, map_location=device)
        if states.pop("run") != this:
            raise ValueError(f"{checkpoint}: expected a checkpoint of this run, got another's; name another file")

    def learn(stage: Stage, lesson: Lesson, judge: Callable[[], dict[str, float]]) -> list[dict[str, Any]]:
        def keep(state: dict[str, Any]) -> None:
            states[stage] = state
            if checkpoint is not None:
                partial = checkpoint.with_name(f".{checkpoint.name}.partial")
                torch.save({"run": this, **states}, partial)
                partial.replace(checkpoint)

        part = getattr(network, stage).to(device)
        return _learn(
            stage, part, lesson, judge, steps=steps, seed=seed, state=states.get(stage), until=until, keep=keep
        )

    def find(rng: np.random.Generator) -> Tensor:
        pictures, targets = draw_batch(album, batch, rng)
        return finding_loss(network.finder(pictures.to(device)), targets.to(device))

    curve = learn("finder", find, lambda: {"found": share_found(network.finder, held_out)})
    if until is not None and until < steps:
        return HazardDetector(network.cpu()), curve
    kinds, others = len(config.kinds), strangers(network.finder, album)

    def name(rng: np.random.Generator) -> Tensor:
        cuts = draw_cuts(album, draw_rows(album, 2 * batch, rng), others, kinds, rng)
        return naming_loss(network.namer(cuts.pictures.to(device)), cuts.kinds.to(device), cuts.dangers.to(device))

    curve += learn("namer", name, lambda: shares_named(network.namer, held_out, kinds))
    network.cpu()
    peaks, things = look_through(network, held_out)
    return HazardDetector(network, choose_threshold(peaks, things)), curve


def _learn(
    stage: Stage,
    part: nn.Module,
    lesson: Lesson,
    judge: Callable[[], dict[str, float]],
    *,
    steps: int,
    seed: int,
    state: dict[str, Any] | None,
    until: int | None,
    keep: Callable[[dict[str, Any]], None],
) -> list[dict[str, Any]]:
    """Train one of the networks, leave it with averaged weights, and return its learning curve."""
    optimizer = torch.optim.AdamW(part.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps + 1, pct_start=WARM)
    average = {name: value.clone() for name, value in part.state_dict().items()}
    curve: list[dict[str, Any]] = []
    done, running = 0, 0.0
    if state is not None:
        for name, held in (("network", part), ("optimizer", optimizer), ("schedule", schedule)):
            held.load_state_dict(state[name])
        average, curve, done = state["average"], state["curve"], int(state["curve"][-1]["step"])
    since = done
    for step in range(done + 1, (steps if until is None else until) + 1):
        part.train()
        loss = lesson(np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(stage == "namer", step))))
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(part.parameters(), STEEPEST)
        optimizer.step()
        schedule.step()
        running += float(loss.detach())
        with torch.no_grad():
            share = min(AVERAGE, step / (step + 10.0))
            for name, weight in part.state_dict().items():
                if weight.is_floating_point():
                    average[name].mul_(share).add_(weight, alpha=1.0 - share)
                else:
                    average[name].copy_(weight)
        if step % JUDGED == 0 or step == steps:
            own = {name: value.clone() for name, value in part.state_dict().items()}
            part.load_state_dict(average)
            curve.append({"stage": stage, "step": step, "loss": running / (step - since), **judge()})
            part.load_state_dict(own)
            running, since = 0.0, step
            keep({
                "network": own, "average": average, "optimizer": optimizer.state_dict(),
                "schedule": schedule.state_dict(), "curve": curve,
            })  # fmt: skip
    part.load_state_dict(average)
    return curve


@torch.no_grad()
def share_found(finder: Finder, album: Album) -> float:
    """Return the share of the things of an album, in either state, in whose box the finder proposes something."""
    finder.eval()
    device = next(finder.parameters()).device
    there = found = 0
    for row, shot in enumerate(album.shots):
        things = [thing for thing in shot.things if thing.clear and not thing.gone]
        if things:
            small, stretch = fit(album.picture(row))
            boxes = propose(finder(planes([small]).to(device))).tolist()
            there += len(things)
            found += sum(any(is_in(box[1] * stretch, box[2], thing) for box in boxes) for thing in things)
    return found / there if there else math.nan


@torch.no_grad()
def shares_named(namer: Namer, album: Album, kinds: int) -> dict[str, float]:
    """Return the shares of the things of an album, cut out exactly, whose kind and whose state are told right."""
    namer.eval()
    device = next(namer.parameters()).device
    right = np.zeros((0, 2), bool)
    for row, shot in enumerate(album.shots):
        if any(thing.clear and not thing.gone for thing in shot.things):
            cuts = draw_cuts(album, [row], None, kinds, None)
            told = namer(cuts.pictures.to(device)).cpu()
            named = told[:, :-1].argmax(dim=1) == cuts.kinds, (told[:, -1] > 0.0) == (cuts.dangers > 0.5)
            right = np.concatenate([right, torch.stack(named, dim=1).numpy()])
    return {"kinds": float(right[:, 0].mean()), "states": float(right[:, 1].mean())} if len(right) else {}


def evaluate(detector: HazardDetector, album: Album) -> dict[str, dict[str, float]]:
    """Return the scores of a detector on an album, by kind and under "all" their means: see `KindScores`."""
    peaks, things = look_through(detector.network, album)
    table: dict[str, dict[str, float]] = {}
    for k, kind in enumerate(detector.kinds):
        scores = score_kind(k, peaks, things, detector.threshold)
        table[kind] = {name: float(getattr(scores, name)) for name in scores.__slots__}
    names = next(iter(table.values())) if table else {}
    table["all"] = {name: _mean([row[name] for row in table.values()]) for name in names}
    table["all"] |= {
        name: sum(row[name] for kind, row in table.items() if kind != "all") for name in ("unsafe", "safe")
    }
    return table


def look_through(network: DetectorNetwork, album: Album) -> tuple[list[list[Peak]], list[tuple[Thing, ...]]]:
    """Return what is found in the pictures of an album, and what they show."""
    peaks = [find_peaks(network, [album.picture(row)])[0] for row in range(len(album.shots))]
    return peaks, [shot.things for shot in album.shots]


def finding_loss(told: Tensor, targets: Tensor) -> Tensor:
    """Return the loss of what a finder tells, (B, HEADS, h, w), against `paint_targets`, (B, TARGETS, h, w)."""
    heat, weight, rest = targets[:, 0], targets[:, 1], targets[:, 2:]
    chance, centre = told[:, 0].sigmoid(), heat == 1.0
    missed = -((1.0 - chance) ** ALPHA) * nn.functional.logsigmoid(told[:, 0])
    alarmed = -((1.0 - heat) ** BETA) * chance**ALPHA * nn.functional.logsigmoid(-told[:, 0])
    loss = (weight * torch.where(centre, missed, alarmed)).sum() / centre.sum().clamp(min=1)
    known = ~rest.isnan()
    apart = (told[:, 1:] - torch.where(known, rest, 0.0)).abs() * known
    count = known[:, 0].sum().clamp(min=1)
    for name, own in (("offset", slice(0, 2)), ("size", slice(2, 4)), ("span", slice(4, 5))):
        loss = loss + PARTS[name] * apart[:, own].sum() / count
    return loss


def naming_loss(named: Tensor, kinds: Tensor, dangers: Tensor) -> Tensor:
    """Return the loss of what a namer tells, (N, K + 2), of boxes of kinds (N,), K for none, and danger (N,)."""
    loss = nn.functional.cross_entropy(named[:, :-1], kinds, label_smoothing=SMOOTH)
    real = kinds < named.shape[1] - 2
    if real.any():
        loss = loss + nn.functional.binary_cross_entropy_with_logits(named[real, -1], dangers[real])
    return loss


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return float(np.mean(known)) if known else math.nan
