"""The loop in which small networks learn: averaged weights, judged by what was held out, from a checkpoint on."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

RATE, DECAY, WARM = 1e-3, 1e-2, 0.05  # highest rate of AdamW and its decay; share of the steps until it is reached
STEEPEST = 1.0  # norm of gradients at most


def learn(
    network: nn.Module,
    loss: Callable[[], Tensor],
    judge: Callable[[], float],
    draws: tuple[Callable[[], Any], Callable[[Any], object]],
    *,
    steps: int,
    average: float,
    every: int,
    run: list[Any],
    checkpoint: Path | None = None,
    until: int | None = None,
    rate: float = RATE,
    decay: float = DECAY,
    warm: float = WARM,
    steepest: float = STEEPEST,
    last: bool = False,
) -> list[dict[str, float]]:
    """Train a network in place and return its learning curve: step, loss, loss on what was held out.

    Of the averaged weights at the points of the curve it has those that did best on what was held out.

    Args:
        network: on its device; torch's own generator, which dropout draws from, is seeded.
        loss: of a drawn batch. judge: on what was held out, of the weights that the network has when it is called.
        draws: read and restore the state of what `loss` draws from.
        steps: of the optimiser. average: of the averaged weights, what stays in each step.
        every: steps between two points of the curve.
        run: what tells this run from others.
        checkpoint: file from which it goes on if it is there, written at each point of the curve.
        until: the step after which it pauses; None: it does not.
        rate, decay, warm, steepest: see above.
        last: whether it has the last averaged weights instead: where little is held out, that says little.

    Raises:
        ValueError: the checkpoint is another run's.
    """
    optimizer = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps + 1, pct_start=warm)
    kept = _weights(network)
    best, least, done = kept, math.inf, 0
    curve: list[dict[str, float]] = []
    parts = {"network": network, "optimizer": optimizer, "schedule": schedule}
    if (state := resume(checkpoint, run, parts, next(network.parameters()).device)) is not None:
        draws[1](state["draws"])
        torch.set_rng_state(state["dropout"].cpu())
        kept, best, least, curve = (state[name] for name in ("kept", "best", "least", "curve"))
        done = int(curve[-1]["step"])
    running = 0.0
    for step in range(done + 1, (steps if until is None else until) + 1):
        value = loss()
        optimizer.zero_grad()
        value.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), steepest)
        optimizer.step()
        schedule.step()
        running += float(value.detach())
        with torch.no_grad():
            share = min(average, step / (step + 10.0))
            for key, weight in network.state_dict().items():
                kept[key].mul_(share).add_(weight, alpha=1.0 - share)
        if step % every == 0 or step == steps:
            judged = _judge(network, kept, judge)
            if not judged >= least:  # or there is nothing to judge by
                best, least = {key: weight.clone() for key, weight in kept.items()}, judged
            curve.append({"step": step, "loss": running / (step - done), "held": judged})
            running, done = 0.0, step
            if checkpoint is not None:
                rest = {"kept": kept, "best": best, "least": least, "curve": curve, "draws": draws[0]()}
                keep(checkpoint, run, parts, rest | {"dropout": torch.get_rng_state()})
    network.load_state_dict(kept if last else best)
    return curve


def resume(
    checkpoint: str | Path | None, run: list[Any], parts: Mapping[str, Any], device: torch.device
) -> dict[str, Any] | None:
    """Return the state that `keep` wrote, its parts put back in place; None where there is no checkpoint yet.

    Raises:
        ValueError: the checkpoint is another run's.
    """
    if checkpoint is None or not Path(checkpoint).is_file():
        return None
    state: dict[str, Any] = torch.load(checkpoint, weights_only=True, map_location=device)
    if state["run"] != run:
        raise ValueError(f"{checkpoint}: expected a checkpoint of this run, got {state['run']}; name another file")
    for name, part in parts.items():
        part.load_state_dict(state[name])
    return state


def keep(checkpoint: str | Path, run: list[Any], parts: Mapping[str, Any], rest: Mapping[str, Any]) -> None:
    """Write a checkpoint, whole or not at all: the run, the states of its parts (network, optimizer), and the rest."""
    path = Path(checkpoint)
    partial = path.with_name(f".{path.name}.partial")
    torch.save({"run": run, **{name: part.state_dict() for name, part in parts.items()}, **rest}, partial)
    partial.replace(path)


def _weights(network: nn.Module) -> dict[str, Tensor]:
    return {key: weight.clone() for key, weight in network.state_dict().items()}


@torch.no_grad()
def _judge(network: nn.Module, kept: dict[str, Tensor], judge: Callable[[], float]) -> float:
    """Return how the averaged weights do on what was held out; the network is left as it was."""
    now = _weights(network)
    network.load_state_dict(kept)
    network.eval()
    judged = judge()
    network.load_state_dict(now)
    network.train()
    return judged
