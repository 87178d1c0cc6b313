"""CrowdES: its three networks in one file of weights, the configuration beside them (arXiv 2504.04756)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from crowd.crowdes_config import CrowdESConfig, loads
from crowd.crowdes_emitter import Emitter
from crowd.crowdes_layout import Layout
from crowd.crowdes_simulator import Simulator


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Networks:
    """The three trained networks and their configuration, on the CPU."""

    config: CrowdESConfig
    layout: Layout
    emitter: Emitter
    simulator: Simulator


def save(path: str | Path, networks: Networks) -> None:
    """Write the networks to a .safetensors file, whole or not at all, the configuration in its metadata."""
    path = Path(path)
    tensors = {
        f"{name}.{key}": value.detach().cpu().contiguous()
        for name, network in _parts(networks)
        for key, value in network.state_dict().items()
    }
    partial = path.with_name(path.name + ".partial")
    save_file(tensors, partial, metadata={"model": "crowdes", "config": networks.config.dumps()})
    partial.replace(path)


def load(path: str | Path) -> Networks:
    """Return the networks that `save` wrote.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is another file.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"{path}: expected the weights of a CrowdES model, found no such file; train one")
    try:
        with safe_open(str(path), framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        networks = make_networks(loads(metadata["config"]))
        for name, network in _parts(networks):
            start = f"{name}."
            network.load_state_dict({k.removeprefix(start): v for k, v in tensors.items() if k.startswith(start)})
    except (SafetensorError, KeyError, RuntimeError) as error:
        raise ValueError(f"{path}: expected the weights of a CrowdES model, got another file ({error})") from error
    return networks


def make_networks(config: CrowdESConfig, seed: int = 0) -> Networks:
    """Return untrained networks; torch's own generator is left as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Networks(
            config=config,
            layout=Layout(config).eval(),
            emitter=Emitter(config).eval(),
            simulator=Simulator(config).eval(),
        )


def _parts(networks: Networks) -> tuple[tuple[str, torch.nn.Module], ...]:
    return ("layout", networks.layout), ("emitter", networks.emitter), ("simulator", networks.simulator)
