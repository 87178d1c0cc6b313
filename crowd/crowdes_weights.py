"""CrowdES: its three networks in one file of weights, the configuration beside them (arXiv 2504.04756)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from crowd.crowdes_config import CrowdESConfig, loads
from crowd.crowdes_emitter import Emitter
from crowd.crowdes_layout import Layout
from crowd.crowdes_simulator import Simulator
from crowd.weights import load_weights, save_weights

WEIGHTS = Path(__file__).resolve().parents[1] / "assets" / "models" / "crowdes.safetensors"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Networks:
    """The three trained networks and their configuration, on the CPU; `about`: what they were learned from."""

    config: CrowdESConfig
    layout: Layout
    emitter: Emitter
    simulator: Simulator
    about: Mapping[str, Any] = field(default_factory=dict)


def save(path: str | Path, networks: Networks) -> None:
    """Write the networks to a .safetensors file, whole or not at all, the rest in its metadata.

    Without the layout predictor, where `about["layout"]` names a file beside it that holds the same.
    """
    tensors = {
        f"{name}.{key}": value
        for name, network in _parts(networks)
        for key, value in network.state_dict().items()
        if name != "layout" or "layout" not in networks.about
    }
    save_weights(tensors, Path(path), "crowdes", {**networks.about, "config": networks.config.dumps()})


def load(path: str | Path) -> Networks:
    """Return the networks that `save` wrote.

    Raises:
        FileNotFoundError: there is no such file, or not the one with its layout predictor beside it.
        ValueError: it is another file.
    """
    about, tensors = load_weights(Path(path), "crowdes")
    if "layout" in about:
        beside = load_weights(Path(path).with_name(str(about["layout"])), "crowdes")[1]
        tensors |= {key: value for key, value in beside.items() if key.startswith("layout.")}
    try:
        networks = make_networks(loads(about["config"]))
        for name, network in _parts(networks):
            start = f"{name}."
            network.load_state_dict({k.removeprefix(start): v for k, v in tensors.items() if k.startswith(start)})
    except (KeyError, RuntimeError) as error:
        raise ValueError(f"{path}: expected the weights of a CrowdES model, got another file ({error})") from error
    return replace(networks, about={key: value for key, value in about.items() if key not in ("model", "config")})


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
