"""The weights of the networks by file, as safetensors that say what they are."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open

from motion.denoiser import Denoiser, DenoiserConfig

T = TypeVar("T")
MODELS = Path(__file__).resolve().parents[1] / "assets" / "models"
SHIPPED = {  # the first knows Bandai Namco's clips, too
    "default": MODELS / "motion_single.safetensors", "cmu": MODELS / "motion_single_cmu.safetensors",
}  # fmt: skip


@lru_cache(maxsize=2)
def load_single(path: Path) -> tuple[Denoiser, dict[str, Any]]:
    """Return the single-person network of a file and what the file says about itself; not to be changed.

    Raises:
        FileNotFoundError: no such file.
        ValueError: the file holds another model.
    """
    about, tensors = read_weights(path, "motion_single")
    network = Denoiser(config_of(path, DenoiserConfig, about))
    put(path, network, tensors)
    return network.eval(), about


def knows_bandai(about: Mapping[str, Any]) -> bool:
    """Return whether weights, by what their file says, learned Bandai Namco's clips: gestures, styles, not for sale."""
    return "bandai" in about.get("sources", ())


def read_weights(path: Path, model: str) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """Return what a file says about itself, and its tensors in single precision.

    Raises:
        FileNotFoundError: no such file.
        ValueError: the file holds another model.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: expected weights of {model}, found no such file; train or name others")
    try:
        with safe_open(path, "pt") as file:
            about: dict[str, Any] = json.loads((file.metadata() or {}).get("embodied", "{}"))
            tensors = {key: file.get_tensor(key).to(torch.float32) for key in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise ValueError(f"{path}: expected weights of {model}, got another file ({error})") from error
    if about.get("model") != model:
        raise ValueError(f"{path}: expected weights of {model}, got {about.get('model')}; name others")
    return about, tensors


def config_of(path: Path, kind: Callable[..., T], about: Mapping[str, Any]) -> T:
    """Return the config that a file of weights tells of.

    Raises:
        ValueError: it is another version's.
    """
    try:
        return kind(**about["config"])
    except TypeError as error:
        raise ValueError(f"{path}: expected weights of this version, got others; train anew") from error


def put(path: Path, module: torch.nn.Module, tensors: dict[str, torch.Tensor], prefix: str = "") -> None:
    """Give a module those of the tensors that are its own, whose names begin with `prefix`.

    Raises:
        ValueError: they do not fit.
    """
    own = {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
    try:
        module.load_state_dict(own)
    except RuntimeError as error:
        raise ValueError(f"{path}: expected weights of this version, got others; train anew") from error
