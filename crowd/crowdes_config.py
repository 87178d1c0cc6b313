"""Sizes and rules of CrowdES (I. Bae, J. Lee, H.-G. Jeon, CVPR 2025, arXiv 2504.04756): as published, and smaller.

Only the standard library is needed here, so that a machine that trains needs no more than NumPy and torch.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class CrowdESConfig:
    """What the three networks look like and how they are used; lengths in metres, times in seconds.

    Attributes:
        paper_compat: True keeps what was published with its defects, False corrects them; see `crowd.crowdes`.
        fps: frames of the simulator a second.
        layout_size: side of the layout predictor's square input, pixels. layout_widths, layout_depths, layout_heads,
            layout_reductions: of the four stages of its encoder. layout_head: width of its decoder.
        layout_blur: standard deviation of the blur of true maps, pixels of the picture.
        bins: of the population's distribution, 0 to bins - 1 people present.
        window: seconds of one emission. agents: people emitted in a window at most.
        emitter_size: side of the emitter's square condition. emitter_channels: of its three convolutions.
        emitter_condition, emitter_width, emitter_feedforward: of condition, agents, transformer. emitter_noise: of the
            noise head, used with copies only.
        copies: how often a record is repeated in the diffused vector (the published "VAE").
        diffusion_steps: trained. sampling_steps: used for sampling, of those.
        history, future: frames seen and predicted in one chunk.
        neighbours: at most so many, within neighbour_radius metres.
        map_cells, map_cell: side of the local map in cells, side of a cell in metres. map_channels, map_width: of its
            encoder.
        social_width, social_feedforward: of the transformer over neighbours.
        trunk, state_head, decoder: widths of the simulator's layers.
        states: of the switching dynamics. temperature, inertia: of the draw of the next state.
        dropout: of the transformers and the decoder of the layout. drop_path: of the layout encoder.
    """

    paper_compat: bool = False
    fps: float = 5.0
    layout_size: int = 128
    layout_widths: tuple[int, ...] = (16, 32, 48, 64)
    layout_depths: tuple[int, ...] = (2, 2, 2, 2)
    layout_heads: tuple[int, ...] = (1, 2, 3, 4)
    layout_reductions: tuple[int, ...] = (8, 4, 2, 1)
    layout_head: int = 64
    layout_blur: float = 15.0
    bins: int = 128
    window: float = 10.0
    agents: int = 64
    emitter_size: int = 64
    emitter_channels: tuple[int, ...] = (32, 32, 16)
    emitter_condition: int = 128
    emitter_width: int = 128
    emitter_feedforward: int = 256
    emitter_noise: int = 128
    copies: int = 1
    diffusion_steps: int = 50
    sampling_steps: int = 25
    history: int = 10
    future: int = 10
    neighbours: int = 4
    neighbour_radius: float = 4.0
    map_cells: int = 32
    map_cell: float = 0.5
    map_channels: tuple[int, ...] = (8, 16, 32)
    map_width: int = 128
    social_width: int = 32
    social_feedforward: int = 128
    trunk: tuple[int, ...] = (64, 128, 256, 384)
    state_head: tuple[int, ...] = (32, 16)
    decoder: tuple[int, ...] = (192, 96, 64)
    states: int = 8
    temperature: float = 1.0
    inertia: float = 1.0
    dropout: float = 0.1
    drop_path: float = 0.1

    def __post_init__(self) -> None:
        """Check what would break far from here.

        Raises:
            ValueError: a number that must be above 0 is not, or sizes do not fit one another.
        """
        for field in fields(self):
            value = getattr(self, field.name)
            parts = value if isinstance(value, tuple) else (value,)
            if field.name not in ("paper_compat", "inertia", "dropout", "drop_path") and not all(p > 0 for p in parts):
                raise ValueError(f"{field.name}: expected numbers above 0, got {value}; leave it out for the default")
        if self.sampling_steps > self.diffusion_steps:
            raise ValueError(
                f"sampling_steps: expected at most {self.diffusion_steps}, the trained, got {self.sampling_steps}; "
                "lower it"
            )
        if (self.window * self.fps) % self.future:
            raise ValueError(
                f"window: expected whole chunks of {self.future} frames, got {self.window * self.fps:g} frames; "
                "change one of them"
            )
        for name, size, folds in (("emitter_size", self.emitter_size, 8), ("map_cells", self.map_cells, 8)):
            if size % folds:
                raise ValueError(f"{name}: expected a multiple of {folds}, got {size}; three layers halve it each")

    @property
    def betas(self) -> tuple[float, float]:
        """Noise of the first and the last step, in between linear.

        The published 1e-4 to 0.02 are made for 1,000 steps: after 50 of them 61 % of the signal's power is left, and
        noise is no start for the way back. The corrected ones are scaled by 1,000 / 50.
        """
        scale = 1.0 if self.paper_compat else 1000.0 / self.diffusion_steps
        return 1e-4 * scale, min(0.02 * scale, 0.999)

    @property
    def chunk(self) -> float:
        """Seconds predicted at once."""
        return self.future / self.fps

    def dumps(self) -> str:
        """Return the configuration as JSON."""
        return json.dumps(asdict(self), sort_keys=True)


def loads(text: str) -> CrowdESConfig:
    """Return the configuration that `CrowdESConfig.dumps` wrote.

    Raises:
        ValueError: the text is no such JSON.
    """
    try:
        values: dict[str, Any] = json.loads(text)
        return CrowdESConfig(**{key: _frozen(value) for key, value in values.items()})
    except (TypeError, AttributeError, json.JSONDecodeError) as error:
        raise ValueError(f"configuration: expected that of a CrowdES model, got {text[:80]!r} ({error})") from error


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


SMALL = CrowdESConfig()
PUBLISHED = CrowdESConfig(
    paper_compat=True,
    layout_size=1024,
    layout_widths=(32, 64, 160, 256),
    layout_heads=(1, 2, 5, 8),
    layout_head=256,
    emitter_size=128,
    emitter_channels=(64, 64, 64),
    emitter_condition=1024,
    emitter_width=256,
    emitter_feedforward=2048,
    emitter_noise=256,
    copies=64,
    sampling_steps=5,
    map_cells=64,
    map_cell=0.25,
    map_channels=(32, 64, 128),
    map_width=2048,
    social_width=64,
    social_feedforward=2048,
    trunk=(256, 512, 1024, 2048),
    state_head=(128, 64),
    decoder=(1024, 512, 256),
)
