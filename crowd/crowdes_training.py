"""CrowdES: losses and training of its three networks (arXiv 2504.04756, sections 3.2 to 3.4 and 4.1).

Needs NumPy and torch only, given the arrays of `crowd.crowdes_samples.make_samples`. AdamW with a learning rate that
falls to 0 in a straight line (a polynomial of degree 1). Everything drawn in step k comes from seeds made of the run's
seed and k, so that a run that was cut off goes on as if it had not been. The mirrors are drawn per sample.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from crowd.crowdes_config import CrowdESConfig
from crowd.crowdes_emitter import Emitter, emitter_loss, planes
from crowd.crowdes_layout import Layout, layout_loss, resize
from crowd.crowdes_simulator import Places, Simulator, local_maps, simulator_loss
from crowd.learning import keep, resume

Arrays = dict[str, npt.NDArray[Any]]
Row = dict[str, float]
Network = TypeVar("Network", bound=nn.Module)
Loss = Callable[[Tensor, bool, torch.Generator], Tensor]  # of rows, whether held out, generator

MIRRORS = [(h, v, t) for t in (False, True) for v in (False, True) for h in (False, True)]
BLANK = 0.1  # share of simulator samples without history, and share with a part of it
HELD_SEED = 7_919


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How to train one network.

    Attributes:
        steps: of the optimizer in all. batch: samples a step. seed: of weights and draws. device: of torch.
        learning_rate: at first. weight_decay: of AdamW. clip: norm of the gradient at most; None: free.
        log: steps between rows of the curve. held_batches: to validate on for a row.
        checkpoint: file to go on from and to write to. every: steps between writes.
        stop: step to stop at before the end, to go on later. bf16: half precision, on CUDA only.
        report: called with each row of the curve.
    """

    steps: int
    batch: int
    seed: int = 0
    device: str = "cpu"
    learning_rate: float = 1e-4
    weight_decay: float = 0.01
    clip: float | None = None
    log: int = 100
    held_batches: int = 4
    checkpoint: str | Path | None = None
    every: int = 1000
    stop: int | None = None
    bf16: bool = False
    report: Callable[[Row], None] | None = None


def save_samples(path: str | Path, samples: Arrays) -> None:
    """Write the arrays of `make_samples` to an .npz file, whole or not at all."""
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as file:
        np.savez_compressed(file, **samples)  # type: ignore[arg-type]
    partial.replace(path)


def load_samples(path: str | Path) -> Arrays:
    """Return the arrays that `save_samples` wrote.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is another file.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            samples = {key: file[key] for key in file.files}
    except (ValueError, EOFError, OSError) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise ValueError(f"{path}: expected samples of CrowdES, got another file ({error}); make them anew") from error
    if "row_history" not in samples or "centres" not in samples:
        raise ValueError(f"{path}: expected samples of CrowdES, got the arrays {sorted(samples)[:5]}; make them anew")
    return samples


def build(kind: type[Network], config: CrowdESConfig, seed: int) -> Network:
    """Return a network whose weights are drawn from `seed`; torch's own generator is left as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return kind(config)


def trained(kind: type[Network], config: CrowdESConfig, checkpoint: str | Path) -> Network:
    """Return the network of a checkpoint that a run wrote, on the CPU.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it belongs to another network or configuration.
    """
    saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
    if saved["run"][:2] != [kind.__name__, config.dumps()]:
        raise ValueError(f"{checkpoint}: expected a {kind.__name__} of this configuration, got {saved['run'][:2]}")
    network = build(kind, config, 0)
    network.load_state_dict(saved["network"])
    return network.eval()


def train_layout(samples: Arrays, config: CrowdESConfig, run: Run) -> tuple[Layout, list[Row]]:
    """Train the layout predictor (published: batch 8, 128 epochs) and return it with its learning curve."""
    device, size = torch.device(run.device), (config.layout_size, config.layout_size)
    semantic, maps = _pictures(samples, size, device)
    counts = torch.from_numpy(samples["place_counts"]).to(device)
    population = counts[..., : config.bins].clone()
    population[..., -1] += counts[..., config.bins :].sum(-1)
    population = population / population.amax(-1, keepdim=True).clamp_min(1e-12)
    network = build(Layout, config, run.seed).to(device)

    def loss(rows: Tensor, held: bool, generator: torch.Generator) -> Tensor:
        mirror = _mirrors(len(rows), held, generator)
        return layout_loss(
            network, semantic[rows, mirror], maps[rows, int(held), mirror].float(), population[rows, int(held)]
        )

    every = torch.arange(len(semantic))
    return network, _fit(network, loss, every, every[samples["place_counts"][:, 1].sum(1) > 0], config, run)


def train_emitter(samples: Arrays, config: CrowdESConfig, run: Run) -> tuple[Emitter, list[Row]]:
    """Train the emitter (published: batch 512, 256 epochs, clip 1.0) and return it with its learning curve."""
    device, size = torch.device(run.device), (config.emitter_size, config.emitter_size)
    semantic, maps = _pictures(samples, size, device)
    columns = ("start", "first", "count", "present", "people", "place")
    start, first, count, present, people, place = (torch.from_numpy(samples[f"window_{c}"]).to(device) for c in columns)
    records = torch.from_numpy(samples["entry_record"]).to(device)
    network = build(Emitter, config, run.seed)
    for name in ("mean", "deviation", "lowest", "highest"):
        getattr(network, name).copy_(torch.from_numpy(samples[f"record_{name}"]))
    network.to(device)

    def loss(rows: Tensor, held: bool, generator: torch.Generator) -> Tensor:
        mirror = _mirrors(len(rows), held, generator)
        most = config.agents if config.paper_compat else max(1, int(count[rows].max()))  # no padding but where needed
        slots = torch.arange(most, device=device)
        real = slots < count[rows, None]
        batch = records[(first[rows, None] + slots).clamp_max(len(records) - 1)].clone()
        batch[..., 1] = (batch[..., 1] - start[rows, None]) / config.window
        batch[..., 3:] = _mirrored(batch[..., 3:].reshape(*batch.shape[:2], 2, 2), mirror).flatten(2)
        batch = torch.where(real[..., None], batch, network.mean)
        where = place[rows].long()
        condition = planes(
            semantic[where, mirror], maps[where, 0, mirror].float(), _mirrored(present[rows], mirror), people[rows]
        )
        return emitter_loss(network, condition, batch, real, generator)

    held = torch.from_numpy(samples["window_held"])
    return network, _fit(network, loss, torch.nonzero(~held)[:, 0], torch.nonzero(held)[:, 0], config, run)


def train_simulator(samples: Arrays, config: CrowdESConfig, run: Run) -> tuple[Simulator, list[Row]]:
    """Train the simulator (published: batch 2048, 64 epochs) and return it with its learning curve."""
    device = torch.device(run.device)
    columns = ("history", "future", "known", "goal", "control", "attributes", "neighbours", "place")
    table = {c: torch.from_numpy(samples[f"row_{c}"]).to(device) for c in columns}
    places = Places(
        semantic=torch.from_numpy(samples["place_semantic"]).to(device),
        density=torch.from_numpy(samples["place_maps"][:, 0, 1]).to(device),
        sizes=torch.from_numpy(samples["place_size"]).to(device),
        inverse=torch.from_numpy(samples["place_inverse"]).to(device),
    )
    network = build(Simulator, config, run.seed)
    network.centres.copy_(torch.from_numpy(samples["centres"]))
    network.to(device)
    frames = torch.tensor([_matrix(*mirror) for mirror in MIRRORS], device=device)

    def loss(rows: Tensor, held: bool, generator: torch.Generator) -> Tensor:
        turn = frames[_mirrors(len(rows), held, generator)]
        inputs, future = simulator_batch(table, places, rows, turn, config)
        if not held:
            inputs = (_forgotten(inputs[0], generator), *inputs[1:])
        return simulator_loss(network, inputs, future, table["known"][rows])

    train, validate = (torch.from_numpy(samples[f"row_{part}"]) for part in ("train", "held"))
    return network, _fit(network, loss, train, validate, config, run)


def simulator_batch(
    table: dict[str, Tensor], places: Places, rows: Tensor, frames: Tensor, config: CrowdESConfig
) -> tuple[tuple[Tensor, ...], Tensor]:
    """Return the inputs of `Simulator.encode` and the future (B, future, 2) of `rows` (B,) of a table.

    Args:
        table: columns of the rows, see `make_samples`. places: the grounds. rows: (B,) int64.
        frames: (B, 2, 2) from metres of the place to those of the sample, mirrored ones.
        config: for the local map.
    """
    history, where = table["history"][rows], table["place"][rows].long()
    here = history[:, -1]
    other = table["neighbours"][rows].long()
    near = other >= 0
    seen = table["history"][other.clamp_min(0)] - here[:, None, None]
    back = frames.transpose(1, 2)
    inputs = (
        (history - here[:, None]) @ back,
        ((table["goal"][rows] - here)[:, None] @ back)[:, 0],
        table["attributes"][rows],
        ((table["control"][rows] - here)[:, None] @ back)[:, 0],
        torch.where(near[..., None, None], seen @ back[:, None], 0.0),
        near,
        local_maps(places, where, here, config, frames),
    )
    return inputs, (table["future"][rows] - here[:, None]) @ back


def _fit(network: nn.Module, loss: Loss, train: Tensor, held: Tensor, config: CrowdESConfig, run: Run) -> list[Row]:
    """Train `network` in place, from a checkpoint on where there is one, and return the learning curve."""
    if run.steps < 1 or run.batch < 1:
        raise ValueError(f"run: expected 1 or more steps and samples a step, got {run.steps} and {run.batch}")
    if len(train) == 0:
        raise ValueError("samples: expected some to train on, got none; take longer recordings")
    device = torch.device(run.device)
    train, held = train.to(device), held.to(device)
    optimizer = torch.optim.AdamW(network.parameters(), lr=run.learning_rate, weight_decay=run.weight_decay)
    scheduler = torch.optim.lr_scheduler.PolynomialLR(optimizer, total_iters=run.steps, power=1.0)
    name = type(network).__name__
    key = [name, config.dumps(), run.steps, run.batch, run.seed, run.learning_rate, run.weight_decay, run.clip, run.log]
    step, curve, total = 0, [], torch.zeros((), device=device)
    parts = {"network": network, "optimizer": optimizer, "scheduler": scheduler}
    if (saved := resume(run.checkpoint, key, parts, device)) is not None:
        step, curve, total = saved["step"], saved["curve"], saved["total"]
    end = run.steps if run.stop is None else min(run.stop, run.steps)
    cuda = device.type == "cuda"
    devices = [torch.cuda.current_device() if device.index is None else device.index] if cuda else []
    autocast = torch.autocast(device.type, torch.bfloat16, enabled=run.bf16 and cuda)
    with torch.random.fork_rng(devices=devices), torch.backends.cudnn.flags(deterministic=True):
        while step < end:
            network.train()
            generator = _seeded(run.seed, step, device)
            rows = train[torch.randint(len(train), (run.batch,), generator=generator, device=device)]
            with autocast:
                value = loss(rows, False, generator)
            optimizer.zero_grad(set_to_none=True)
            value.backward()  # type: ignore[no-untyped-call]
            if run.clip is not None:
                nn.utils.clip_grad_norm_(network.parameters(), run.clip)
            optimizer.step()
            scheduler.step()
            total += value.detach()
            step += 1
            if step % run.log == 0 or step == run.steps:
                since = run.log if step % run.log == 0 else step % run.log
                row = {"step": float(step), "loss": float(total) / since, "held": _validate(network, loss, held, run)}
                curve.append(row)
                total.zero_()
                if run.report is not None:
                    run.report(row)
            if run.checkpoint is not None and (step % run.every == 0 or step == end):
                keep(run.checkpoint, key, parts, {"step": step, "curve": curve, "total": total})
    network.eval()
    return curve


@torch.no_grad()
def _validate(network: nn.Module, loss: Loss, held: Tensor, run: Run) -> float:
    """Return the loss on samples held out, always the same; NaN where there are none."""
    if len(held) == 0 or run.held_batches == 0:
        return float("nan")
    network.eval()
    generator = _seeded(run.seed, -HELD_SEED, held.device)
    values = []
    for _ in range(run.held_batches):
        rows = held[torch.randint(len(held), (run.batch,), generator=generator, device=held.device)]
        values.append(loss(rows, True, generator))
    return float(torch.stack(values).mean())


def _seeded(seed: int, step: int, device: torch.device) -> torch.Generator:
    """Return the generator of a step, and set torch's own, which dropout draws from, accordingly."""
    number = (seed << 32) + step + HELD_SEED
    torch.default_generator.manual_seed(number)  # torch.manual_seed formats the stack for each absent device
    if device.type == "cuda":
        torch.cuda.manual_seed(number)
    return torch.Generator(device).manual_seed(number)


def _pictures(samples: Arrays, size: tuple[int, int], device: torch.device) -> tuple[Tensor, Tensor]:
    """Return classes (S, 8, h, w) uint8 and maps (S, 2, 8, 2, h, w) float16 of all places in all mirrors at `size`.

    The maps are for training and held out, then appearance and density.
    """
    semantic, maps = [], []
    for classes, layers, (width, height) in zip(
        samples["place_semantic"], samples["place_maps"], samples["place_size"], strict=True
    ):
        picture = resize(torch.from_numpy(classes[:height, :width].copy()), size, mode="nearest")
        semantic.append(torch.stack([_flipped(picture, *mirror) for mirror in MIRRORS]))
        flat = torch.from_numpy(layers[..., :height, :width].copy()).flatten(0, 1)
        resized = torch.stack([resize(layer, size, mode="bilinear") for layer in flat]).clamp(0.0, 1.0)
        pair = resized.view(2, 2, *size).half()
        maps.append(torch.stack([_flipped(pair, *mirror) for mirror in MIRRORS], 1))
    return torch.stack(semantic).to(device), torch.stack(maps).to(device)


def _mirrors(count: int, held: bool, generator: torch.Generator) -> Tensor:
    """Draw which of the 8 mirrors each of `count` samples is seen in; samples held out in none."""
    if held:
        return torch.zeros(count, dtype=torch.int64, device=generator.device)
    return torch.randint(len(MIRRORS), (count,), generator=generator, device=generator.device)


def _flipped(picture: Tensor, hflip: bool, vflip: bool, transpose: bool) -> Tensor:
    axes = [-1] * hflip + [-2] * vflip
    flipped = picture.flip(axes) if axes else picture
    return flipped.transpose(-1, -2) if transpose else flipped


def _mirrored(shares: Tensor, mirror: Tensor) -> Tensor:
    """Return shares (B, ..., 2) of the picture as they are in each sample's mirror (B,)."""
    h, v, t = ((mirror >> k & 1).bool().view(-1, *(1,) * (shares.ndim - 2)) for k in range(3))
    x, y = torch.where(h, 1.0 - shares[..., 0], shares[..., 0]), torch.where(v, 1.0 - shares[..., 1], shares[..., 1])
    return torch.stack((torch.where(t, y, x), torch.where(t, x, y)), -1)


def _matrix(hflip: bool, vflip: bool, transpose: bool) -> list[list[float]]:
    """Return the mirror of metres that `crowd.crowdes_samples.augmented` uses."""
    x, y = [-1.0 if hflip else 1.0, 0.0], [0.0, -1.0 if vflip else 1.0]
    return [y, x] if transpose else [x, y]


def _forgotten(history: Tensor, generator: torch.Generator) -> Tensor:
    """Return histories (B, history, 2), some of them without their beginning and some without anything, section 3.4."""
    batch, length = history.shape[:2]
    draw = torch.rand(batch, generator=generator, device=history.device)
    some = torch.randint(1, length, (batch,), generator=generator, device=history.device)
    lost = torch.where(draw < BLANK, length, torch.where(draw < 2 * BLANK, some, 0))
    return torch.where(torch.arange(length, device=history.device)[None, :, None] < lost[:, None, None], 0.0, history)
