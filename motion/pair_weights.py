"""The weights of the two-person networks by file, as safetensors that say what they are."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch

from motion import in2in, timotion
from motion.in2in import In2IN, In2INConfig
from motion.moreact import MoReact, MoReactConfig
from motion.pair_judging import Evaluator
from motion.pair_space import FeatureSpace, LatentSpace
from motion.pair_training import TOKENS
from motion.timotion import TIMotion, TIMotionConfig
from motion.weights import MODELS, SHIPPED, config_of, load_single, put, read_weights

CODEC = SHIPPED["default"]  # whose codec makes the latents
PAIRS = {name: MODELS / f"motion_{name}.safetensors" for name in ("in2in", "timotion", "prior", "moreact", "evaluator")}


def name_of(model: str, without: str | None) -> str:
    """Return the name of the file of a model, without a part."""
    return f"motion_{model}" + (f"_without_{without}" if without else "")


@lru_cache(maxsize=2)
def load_reaction(path: Path) -> tuple[MoReact, LatentSpace, dict[str, Any]]:
    """Return MoReact, what its tokens are, and what the file says about itself; not to be changed.

    Raises:
        FileNotFoundError: no such file.
        ValueError: the file holds another model, or learned with another codec.
    """
    about, tensors = read_weights(path, "motion_reaction")
    model, space = MoReact(config_of(path, MoReactConfig, about)), LatentSpace(codec_for(path, about), TOKENS)
    put(path, model, tensors, "network.")
    put(path, space, tensors, "space.")
    return model.eval(), space.eval(), about


@lru_cache(maxsize=1)
def load_evaluator(path: Path) -> Evaluator:
    """Return the evaluator of pairs and texts; not to be changed.

    Raises:
        FileNotFoundError: no such file.
        ValueError: the file holds another model.
    """
    network = Evaluator()
    put(path, network, read_weights(path, "motion_evaluator")[1], "network.")
    return network.eval()


def build(model: str, numbers: int, without: str | None = None) -> In2IN | TIMotion:
    """Return a network that has learned nothing; without: a part of TIMotion that is left out."""
    if model == "timotion":
        parts = {part: part != without for part in ("injection", "scanning", "amplification")}
        return TIMotion(TIMotionConfig(numbers=numbers, **parts))  # type: ignore[arg-type]
    return In2IN(In2INConfig(numbers=numbers, alone=model == "prior"))


def build_published(model: str, text: str, without: str | None = None) -> In2IN | TIMotion:
    """Return a network of the size of its paper that has learned nothing; text: words or clip. Others: see `build`."""
    if model == "timotion":
        parts = {part: part != without for part in ("injection", "scanning", "amplification")}
        return TIMotion(replace(timotion.PUBLISHED, text=text, **parts))
    return In2IN(replace(in2in.PUBLISHED, text=text))


@lru_cache(maxsize=4)
def load_pair(path: Path) -> tuple[In2IN | TIMotion, LatentSpace | FeatureSpace, dict[str, Any]]:
    """Return a two-person network, what its tokens are, and what the file says about itself; not to be changed.

    Raises:
        FileNotFoundError: no such file.
        ValueError: the file holds another model, or learned with another codec.
    """
    about, tensors = read_weights(path, "motion_pair")
    timed = about["kind"] == "timotion"
    network: In2IN | TIMotion = (
        TIMotion(config_of(path, TIMotionConfig, about)) if timed else In2IN(config_of(path, In2INConfig, about))
    )
    published = about.get("size") == "published"
    space = FeatureSpace() if published else LatentSpace(codec_for(path, about), TOKENS)
    put(path, network, tensors, "network.")
    put(path, space, tensors, "space.")
    return network.eval(), space.eval(), about


@lru_cache(maxsize=1)
def codec_digest() -> str:
    """Return what tells the file of the codec from others."""
    return hashlib.sha256(CODEC.read_bytes()).hexdigest()


def joined(**modules: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Return the weights of modules by their names."""
    return {f"{name}.{key}": value for name, part in modules.items() for key, value in part.state_dict().items()}


def codec_for(path: Path, about: dict[str, Any]) -> Any:
    """Return the codec with which weights were learned.

    Raises:
        ValueError: it is another one now.
    """
    if about.get("codec_sha256") != codec_digest():
        raise ValueError(
            f"{path}: expected weights that learned with the codec of {CODEC.name}, got others; train anew"
        )
    return load_single(CODEC)[0].codec
