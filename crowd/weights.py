"""Files of weights: safetensors that say what they are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor


def save_weights(tensors: Mapping[str, Tensor], path: Path, model: str, about: Mapping[str, object]) -> None:
    """Write tensors and what there is to say about them, whole or not at all; matrices in half precision."""
    words = json.dumps({"model": model, **about}, sort_keys=True)
    halved = {
        key: (value.half() if value.ndim > 1 and value.is_floating_point() else value).detach().cpu().contiguous()
        for key, value in tensors.items()
    }
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(save(halved, {"embodied": words}))
    partial.replace(path)


def load_weights(path: Path, model: str) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Return what a file says about itself, and its tensors in single precision.

    Raises:
        FileNotFoundError: no such file.
        ValueError: the file holds another model, or something else.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: expected weights of {model}, found no such file; train or name others")
    try:
        with safe_open(path, "pt") as file:
            about: dict[str, Any] = json.loads((file.metadata() or {}).get("embodied", "{}"))
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise ValueError(f"{path}: expected weights of {model}, got another file ({error}); name others") from error
    if about.get("model") != model:
        raise ValueError(f"{path}: expected weights of {model}, got {about.get('model')}; name others")
    return about, {key: value.float() if value.dtype == torch.float16 else value for key, value in tensors.items()}
