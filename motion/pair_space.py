"""Two people as tokens, and back: 0.1 s each by the codec of the single-person network, or the published 262 numbers.

Ours tell of each person where the path goes (x, y, cosine and sine of yaw, and its speed ahead, aside and in turning)
and the latents of `motion.codec` about it. Places are seen from where the first person begins, along whose way x goes;
lengths are in the mean leg length of both. Bones keep their length, since joints follow by forward kinematics.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from scipy.interpolate import CubicSpline
from scipy.special import expit
from torch import Tensor, nn

from motion.clip import PARENTS, FloatArray, MotionClip
from motion.codec import LATENT, PATCH, Codec
from motion.contact import plant
from motion.denoiser import figures_of
from motion.features import CONTACTS, FEET, FPS, POSITIONS, SIZE, THEIRS, origin_of, seen_from
from motion.features import decode as decode_features
from motion.local import STANDS, decode_local, steps_of
from motion.retarget import grounded, leg_of
from motion.single import Sample
from motion.smoother import course_of, turned

PLACES = 4  # x, y, cosine, sine
PATH = PLACES + 3  # and speed ahead, aside, in turning
NUMBERS = PATH + LATENT
LENGTH = 300  # frames of a window of the published networks at most
STEADY = 0.6  # tokens, deviation of the Gaussian by which a made path is smoothed: recorded ones are as smooth


class PairSpace(Protocol):
    """What the two-person networks draw in: tokens (B, 2, T, numbers), scaled."""

    numbers: int
    patch: int  # frames a token
    length: int  # tokens of a window

    def joints(self, x: Tensor, bones: Tensor, legs: Tensor) -> tuple[Tensor, Tensor]:
        """Return joints (B, 2, F, 22, 3), metres, and whether feet stand (B, 2, F, 4), logits or 0 and 1.

        Args:
            bones: (B, 2, 22, 3) from the parent, leg lengths. legs: (B, 2) metres.
        """

    def clips(self, x: Tensor, figures: tuple[FloatArray, FloatArray]) -> tuple[MotionClip, MotionClip]:
        """Return the clips of tokens (2, T, numbers) of two figures (22, 3)."""

    def origin(self, token: Tensor) -> Tensor:
        """Return x, y, cosine and sine of yaw (B, 4) of people by a token (B, numbers) of each."""

    def seen_from(self, x: Tensor, origin: Tensor, *, back: bool = False) -> Tensor:
        """Return tokens (B, 2, T, numbers) seen from origins (B, 4), or back from there."""


class LatentSpace(nn.Module):
    """Ours. Buffers hold mean and deviation (NUMBERS,) of tokens; the codec is not part of it and does not learn."""

    mean: Tensor
    deviation: Tensor
    finer: Tensor

    def __init__(self, codec: Codec, tokens: int) -> None:
        super().__init__()
        self._codec = [codec]  # in a list: its weights are stored elsewhere
        self.numbers, self.patch, self.length = NUMBERS, PATCH, tokens
        self.register_buffer("mean", torch.zeros(NUMBERS))
        self.register_buffer("deviation", torch.ones(NUMBERS))
        self.register_buffer("finer", torch.from_numpy(_finer(tokens)).float(), persistent=False)

    @property
    def codec(self) -> Codec:
        """The codec of the latents."""
        return self._codec[0]

    def paths(self, x: Tensor) -> Tensor:
        """Return the paths (B, 2, F, 4: x, y, cosine, sine) at 30 fps of tokens (B, 2, T, PATH or more), unscaled."""
        finer = self.finer if x.shape[2] == self.length else torch.from_numpy(_finer(x.shape[2])).float()
        told = x[..., :PLACES] * self.deviation[:PLACES] + self.mean[:PLACES]
        path = finer @ told
        turned = path[..., 2:] / path[..., 2:].norm(dim=-1, keepdim=True).clamp(min=1e-3)
        return torch.cat([path[..., :2], turned], dim=-1)

    def local(self, x: Tensor, legs: Tensor) -> tuple[Tensor, Tensor]:
        """Return local motion (B, 2, F, LOCAL), standing as logits, and paths (B, 2, F, 4)."""
        path = self.paths(x)
        return self._decoded(x, path, legs), path

    def _decoded(self, x: Tensor, path: Tensor, legs: Tensor) -> Tensor:
        """Return local motion (B, 2, F, LOCAL) along paths (B, 2, F, 4)."""
        own = legs.mean(dim=1, keepdim=True) / legs  # paths are in the mean leg length of both
        steps = steps_along(path, own[..., None])
        latents = x[..., PATH:] * self.deviation[PATH:] + self.mean[PATH:]
        return self.codec.decode(latents.flatten(0, 1), steps.flatten(0, 1)).view(*path.shape[:3], -1)

    def _told(self, x: Tensor) -> FloatArray:
        """Return what tokens tell of paths (..., PATH), unscaled."""
        return np.asarray((x[..., :PATH] * self.deviation[:PATH] + self.mean[:PATH]).double().numpy())

    def joints(self, x: Tensor, bones: Tensor, legs: Tensor) -> tuple[Tensor, Tensor]:
        """See `PairSpace.joints`."""
        local, path = self.local(x, legs)
        about = figures_of(local.flatten(0, 1), bones.flatten(0, 1), PARENTS).view(*local.shape[:3], 22, 3)
        about = about * legs[..., None, None, None]
        c, s = path[..., 2, None], path[..., 3, None]
        unit = legs.mean(dim=1)[:, None, None, None]
        ahead = unit * path[..., :1] + c * about[..., 0] - s * about[..., 1]
        aside = unit * path[..., 1:2] + s * about[..., 0] + c * about[..., 1]
        return torch.stack([ahead, aside, about[..., 2]], dim=-1), local[..., STANDS]

    @torch.no_grad()
    def tokens(self, people: Sequence[Sample], unit: float | None = None, origin: FloatArray | None = None) -> Tensor:
        """Return the tokens (P, T, NUMBERS) of people, whole tokens of the shortest.

        Args:
            unit: metres, in which places are told; None: the mean leg length. origin: x, y, yaw from which they are
                seen; None: where the first begins.
        """
        count = min(len(person.local) for person in people) // PATCH
        legs = [leg_of(person.figure) for person in people]
        unit = float(np.mean(legs)) if unit is None else unit
        x0, y0, turn = people[0].path[0] if origin is None else origin
        c, s = np.cos(turn), np.sin(turn)
        paths, latents = [], []
        for person, leg in zip(people, legs, strict=True):
            way = person.path[: PATCH * count]
            away = (way[:, :2] - (x0, y0)) / unit
            paths.append(np.column_stack([away @ [c, s], away @ [-s, c], way[:, 2] - turn]))
            local, steps = person.local[: PATCH * count], steps_of(way, leg)
            latents.append(self.codec.encode(*(torch.from_numpy(part).float()[None] for part in (local, steps)))[0])
        path = path_tokens(torch.from_numpy(np.stack(paths)).float()[None])[0]
        return (torch.cat([path, torch.stack(latents)], dim=-1) - self.mean) / self.deviation

    @torch.no_grad()
    def courses(self, x: Tensor) -> FloatArray:
        """Return x, y, yaw (N, F, 3) at 30 fps that fit tokens (N, T, PATH or more) best, places in their unit."""
        return np.stack([_course(token) for token in self._told(x)])

    @torch.no_grad()
    def clips(self, x: Tensor, figures: tuple[FloatArray, FloatArray]) -> tuple[MotionClip, MotionClip]:
        """See `PairSpace.clips`; of the courses that fit, those about feet that stand, and these are planted."""
        legs = torch.tensor([[leg_of(figure) for figure in figures]]).float()
        unit, courses = float(legs.mean()), self.courses(x)
        path = torch.from_numpy(
            np.concatenate([courses[..., :2], np.cos(courses[..., 2:]), np.sin(courses[..., 2:])], 2)
        )
        decoded, made = self._decoded(x[None], path[None].float(), legs)[0].double().numpy(), []
        for own, token, course, figure in zip(decoded, self._told(x), courses, figures, strict=True):
            own[:, STANDS] = stands = expit(own[:, STANDS])
            about = decode_local(own, course * np.array([0.0, 0.0, 1.0]), figure)
            course = _course(token, about.positions[:, FEET, :2] / unit, stands)
            made.append(plant(decode_local(own, course * np.array([unit, unit, 1.0]), figure), figure, stands))
        return made[0], made[1]

    def origin(self, token: Tensor) -> Tensor:
        """See `PairSpace.origin`; places in the unit of the tokens."""
        told = token[:, :PLACES] * self.deviation[:PLACES] + self.mean[:PLACES]
        return torch.cat([told[:, :2], told[:, 2:] / told[:, 2:].norm(dim=1, keepdim=True).clamp(min=1e-3)], dim=1)

    def seen_from(self, x: Tensor, origin: Tensor, *, back: bool = False) -> Tensor:
        """See `PairSpace.seen_from`."""
        told = x[..., :PLACES] * self.deviation[:PLACES] + self.mean[:PLACES]
        (x0, y0, c, s), places, turned = origin.T[..., None, None], told[..., :2], told[..., 2:]
        if back:
            s = -s
        else:
            places = places - torch.stack([x0, y0], dim=-1)
        both = [
            torch.stack([c * part[..., 0] + s * part[..., 1], c * part[..., 1] - s * part[..., 0]], dim=-1)
            for part in (places, turned)
        ]
        if back:
            both[0] = both[0] + torch.stack([x0, y0], dim=-1)
        seen = (torch.cat(both, dim=-1) - self.mean[:PLACES]) / self.deviation[:PLACES]
        return torch.cat([seen, x[..., PLACES:]], dim=-1)


class FeatureSpace(nn.Module):
    """The 262 numbers of InterGen and in2IN a frame, see `motion.features`, each scaled."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, length: int = LENGTH) -> None:
        super().__init__()
        self.numbers, self.patch, self.length = SIZE, 1, length
        self.register_buffer("mean", torch.zeros(SIZE))
        self.register_buffer("deviation", torch.ones(SIZE))

    def joints(self, x: Tensor, bones: Tensor, legs: Tensor) -> tuple[Tensor, Tensor]:
        """See `PairSpace.joints`."""
        told = x * self.deviation + self.mean
        places = told[..., POSITIONS].reshape(*x.shape[:3], 22, 3) @ torch.from_numpy(THEIRS).to(x)
        return places, told[..., CONTACTS]

    @torch.no_grad()
    def clips(self, x: Tensor, figures: tuple[FloatArray, FloatArray]) -> tuple[MotionClip, MotionClip]:
        """See `PairSpace.clips`; each stands on the floor, however long the legs are that the numbers tell of."""
        first, second = (
            grounded(decode_features(one, figure), figure) for one, figure in zip(self._told(x), figures, strict=True)
        )
        return first, second

    def origin(self, token: Tensor) -> Tensor:
        """See `PairSpace.origin`; metres."""
        return torch.from_numpy(np.stack([origin_of(one) for one in self._told(token)])).float()

    def seen_from(self, x: Tensor, origin: Tensor, *, back: bool = False) -> Tensor:
        """See `PairSpace.seen_from`."""
        told = [seen_from(one, place, back=back) for one, place in zip(self._told(x), origin.numpy(), strict=True)]
        return (torch.from_numpy(np.stack(told)).float() - self.mean) / self.deviation

    def _told(self, x: Tensor) -> FloatArray:
        return np.asarray((x * self.deviation + self.mean).double().numpy())


def steps_along(path: Tensor, scale: Tensor) -> Tensor:
    """Return steps (..., F, 3) in their own frame of paths (..., F, 4) at 30 fps; see `motion.local.steps_of`.

    scale: what a unit of the path is in leg lengths.
    """
    way = path[..., 1:, :] - path[..., :-1, :]
    way = FPS * torch.cat([way, way[..., -1:, :]], dim=-2)
    c, s = path[..., 2], path[..., 3]
    ahead = scale * (c * way[..., 0] + s * way[..., 1])
    aside = scale * (c * way[..., 1] - s * way[..., 0])
    return torch.stack([ahead, aside, c * way[..., 3] - s * way[..., 2]], dim=-1)


def path_tokens(paths: Tensor) -> Tensor:
    """Return tokens (B, P, T, PATH) of paths (B, P, PATCH * T, 3: x, y, yaw), places in any unit."""
    told = torch.cat([paths[..., :2], paths[..., 2:].cos(), paths[..., 2:].sin()], dim=-1)
    steps = steps_along(told, torch.ones(()))
    middle = told[..., PATCH // 2 :: PATCH, :]
    return torch.cat([middle, steps.view(*middle.shape[:-1], PATCH, -1).mean(dim=-2)], dim=-1)


def _course(token: FloatArray, feet: FloatArray | None = None, stands: FloatArray | None = None) -> FloatArray:
    """Return x, y, yaw (F, 3) that fit unscaled tokens (T, PATH) best; feet, stands: see `course_of`."""
    yaws = course_of(np.unwrap(np.arctan2(token[:, 3], token[:, 2]))[:, None], token[:, PATH - 1 :])[:, 0]
    speeds = turned(token[:, PLACES : PLACES + 2], yaws[PATCH // 2 :: PATCH])
    return np.column_stack([course_of(token[:, :2], speeds, feet, stands), yaws])


def _finer(tokens: int) -> FloatArray:
    """Return what takes places at the middles of tokens to those at their frames (PATCH * tokens, tokens)."""
    rows = np.arange(tokens)
    near = np.exp(-0.5 * ((rows[:, None] - rows) / STEADY) ** 2)
    # about each token a straight line by weights, so that what is straight stays where it is, also at the ends
    mean = (near @ rows) / near.sum(axis=1)
    spread = (near * (rows - mean[:, None]) ** 2).sum(axis=1)
    line = near / near.sum(axis=1, keepdims=True)
    line += near * (rows - mean[:, None]) * ((rows - mean) / np.maximum(spread, 1e-9))[:, None]
    frames = (np.arange(PATCH * tokens) - PATCH // 2) / PATCH
    return np.asarray(CubicSpline(rows, np.eye(tokens))(frames) @ line)
