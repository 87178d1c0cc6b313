"""CrowdES, simulator: switching dynamics of people walking to their goals (arXiv 2504.04756, section 3.4).

A network sees two seconds of a person and of up to four neighbours, the goal, a point ahead on the way to it, and the
ground around; it names one of eight states, and given a state draws the next two seconds. Departure where
`paper_compat` is off: neighbours that are not there are not attended to.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from crowd.crowdes_config import CrowdESConfig
from crowd.crowdes_emitter import ConcatSquash, SocialTransformer

STATE_WEIGHT = 0.01  # of the states' cross-entropy in the loss
LIMIT = 5.0  # of a state's logit, either way
NO_WAY = 1e-4  # m: a shorter way ahead has no direction, the x axis is taken
FARTHEST = 4.0  # lengths of the way ahead: end points beyond are taken there before they are put to a state


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Places:
    """Grounds that local maps are cut from, as tensors on one device.

    Attributes:
        semantic: (S, H, W) uint8 class ids. density: (S, H, W) in [0, 1]. sizes: (S, 2) int64, width and height used.
        inverse: (S, 3, 3) float32, metres to pixels, the third row positive at the picture's middle.
    """

    semantic: Tensor
    density: Tensor
    sizes: Tensor
    inverse: Tensor


class Simulator(nn.Module):
    """Name the state of people and draw their next steps.

    Buffers: centres (states, 2), the mean end point of each state, in lengths of the way ahead and along it.
    """

    centres: Tensor

    def __init__(self, config: CrowdESConfig) -> None:
        super().__init__()
        self.config = config
        channels = (8, *config.map_channels)
        self.reduce = nn.ModuleList(
            nn.Sequential(nn.Conv2d(a, b, 3, 2, 1), nn.ReLU(), nn.GroupNorm(4, b)) for a, b in pairwise(channels)
        )
        self.ground = nn.Linear((config.map_cells // 8) ** 2 * channels[-1], config.map_width)
        self.social = SocialTransformer(
            2 * config.history, config.social_width, config.social_feedforward, config.dropout
        )
        width = 2 * config.history + 6 + config.social_width + config.map_width
        self.trunk = nn.ModuleList(ConcatSquash(a, b, a) for a, b in pairwise((width, *config.trunk)))
        self.head = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise((config.trunk[-1], *config.state_head)))
        self.choice = nn.Linear(config.state_head[-1], config.states)
        wide = (config.trunk[-1] + config.states, *config.decoder, 2 * config.future)
        self.decoder = nn.ModuleList(ConcatSquash(a, b, a) for a, b in pairwise(wide))
        self.register_buffer("centres", torch.zeros(config.states, 2))

    def encode(
        self,
        history: Tensor,
        goal: Tensor,
        attributes: Tensor,
        control: Tensor,
        neighbours: Tensor,
        near: Tensor,
        maps: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Return features (B, F) and the logits of the states (B, states); metres from where each person is.

        Args:
            history: (B, history, 2), the last row 0. goal, control: (B, 2). attributes: (B, 2) type and speed, m/s.
            neighbours: (B, K, history, 2), 0 where there is none. near: (B, K) bool, which there are.
            maps: (B, 8, cells, cells) of `local_maps`.
        """
        for layer in self.reduce:
            maps = layer(maps)
        own = history.flatten(1)
        people = torch.cat((own[:, None], neighbours.flatten(2)), 1)
        ignore = None if self.config.paper_compat else torch.cat((torch.zeros_like(near[:, :1]), ~near), 1)
        social = self.social(people, ignore)[:, 0]
        x = torch.cat((own, goal, attributes, control, social, self.ground(maps.flatten(1))), 1)
        for layer in self.trunk:
            x = layer(x, x)
        y = x
        for layer in self.head:
            y = layer(functional.relu(y))
        y = self.choice(functional.relu(y))
        return x, (y - y.mean(1, keepdim=True)).clamp(-LIMIT, LIMIT)

    def decode(self, features: Tensor, states: Tensor) -> Tensor:
        """Return the future (B, future, 2), metres from where each person is, given `states` (B,) int64."""
        x = torch.cat((features, functional.one_hot(states, self.config.states).to(features.dtype)), 1)
        for layer in self.decoder:
            x = layer(x, x)
        result: Tensor = x
        return result.view(-1, self.config.future, 2)


def normalised(end: Tensor, control: Tensor) -> Tensor:
    """Return end points (B, 2) turned and scaled so that `control` (B, 2) becomes (1, 0), section 3.4."""
    long = control.norm(dim=1, keepdim=True)
    axis = torch.where(long < NO_WAY, torch.tensor([1.0, 0.0], device=end.device), control)
    scale = (axis**2).sum(1)
    ahead = (end * axis).sum(1) / scale
    aside = (axis[:, 0] * end[:, 1] - axis[:, 1] * end[:, 0]) / scale
    result = torch.stack((ahead, aside), 1)
    shrink: Tensor = (FARTHEST / result.norm(dim=1, keepdim=True).clamp_min(1e-9)).clamp_max(1.0)
    return result * shrink


def states_of(centres: Tensor, end: Tensor, control: Tensor) -> Tensor:
    """Return the state (B,) int64 whose centre is nearest to the end point (B, 2) of a future."""
    return torch.cdist(normalised(end, control)[None], centres[None])[0].argmin(1)


def simulator_loss(network: Simulator, inputs: tuple[Tensor, ...], future: Tensor, known: Tensor) -> Tensor:
    """Return the loss of section 3.4: mean L1 of the steps given the true state, and the state's cross-entropy.

    Args:
        network: the simulator.
        inputs: of `Simulator.encode`. future: (B, future, 2), metres from where each person is.
        known: (B, future) bool; positions after a person has left are no target, except of the state.
    """
    features, logits = network.encode(*inputs)
    states = states_of(network.centres, future[:, -1], inputs[3])
    error = (network.decode(features, states).float() - future).abs().sum(2)
    steps = (error * known).sum() / known.sum().clamp_min(1)
    return steps + STATE_WEIGHT * functional.cross_entropy(logits.float(), states)


def draw_states(logits: Tensor, previous: Tensor, config: CrowdESConfig, generator: torch.Generator) -> Tensor:
    """Draw states (B,) from softmax(logits / temperature) + inertia for the previous one; -1: there was none."""
    chance = torch.softmax(logits / config.temperature, 1)
    kept = functional.one_hot(previous.clamp_min(0), config.states) * (previous >= 0)[:, None]
    return torch.multinomial(chance + config.inertia * kept, 1, generator=generator)[:, 0]


def local_maps(
    places: Places, which: Tensor, positions: Tensor, config: CrowdESConfig, frames: Tensor | None = None
) -> Tensor:
    """Return the ground around people (B, 8, cells, cells): 7 classes and the density; the edge goes on outside.

    Rows run along +y, columns along +x of each person's frame.

    Args:
        places: the grounds. which: (B,) int64 of them. positions: (B, 2) metres.
        config: for cells and their size.
        frames: (B, 2, 2) rotations or mirrors from metres of the place to those of the person's frame; None: equal.
    """
    cells, device = config.map_cells, positions.device
    ticks = (torch.arange(cells, device=device) + 0.5 - cells / 2) * config.map_cell
    offsets = torch.stack((ticks.expand(cells, cells), ticks[:, None].expand(cells, cells)), 2).view(1, -1, 2)
    if frames is not None:
        offsets = offsets @ frames
    points = positions[:, None] + offsets
    inverse = places.inverse[which]
    homogeneous = points @ inverse[:, :, :2].transpose(1, 2) + inverse[:, None, :, 2]
    pixels = homogeneous[..., :2] / homogeneous[..., 2:].clamp_min(1e-6)
    limits = places.sizes[which][:, None] - 1
    pixels = torch.minimum(pixels.clamp(0.0, 1e6).long(), limits)
    _, height, width = places.semantic.shape
    index = (which[:, None] * height + pixels[..., 1]) * width + pixels[..., 0]
    classes = places.semantic.flatten()[index].view(-1, 1, cells, cells)
    density = places.density.flatten()[index].view(-1, 1, cells, cells)
    ids = torch.arange(1, 8, device=device, dtype=classes.dtype)[None, :, None, None]
    return torch.cat(((classes == ids).float(), density.float()), 1)
