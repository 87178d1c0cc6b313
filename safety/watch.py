"""What an executed walk did about a hazard: which conditions were broken along the way, when first and for how long.

The same conditions as in a plan, on sampled positions instead of promises: distances and speeds are those walked, doses
add up minute by minute, density counts the people who are really there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from safety.conditions import RATES, margin_of
from safety.hazards import CROWD_RADIUS
from safety.primitives import primitive_of
from safety.report import BoolArray, FloatArray
from safety.scenario import Hazard
from safety.truth import values_at

# Conditions that a position and a speed decide; the others need to know what is done.
WALKED = (
    "distance", "heat", "stopping", "voltage", "contact", "noise", "vapour", "gas", "density", "slip", "flood", "zone",
    "fall", "light", "load",
)  # fmt: skip
NEAR = 1.5  # m, where a limit of speed holds round its hazard, our own choice


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Walk:
    """What each person broke.

    Attributes:
        share: (N,) share of the time present in which any condition was broken, NaN for who was never there.
        first: (N,) s, when first; NaN for never.
        shares, firsts: the same by condition. broken: (T, N) whether any condition was broken at that time.
    """

    share: FloatArray
    first: FloatArray
    shares: Mapping[str, FloatArray]
    firsts: Mapping[str, FloatArray]
    broken: BoolArray


def watch(
    positions: FloatArray,
    times: FloatArray,
    hazard: Hazard,
    precautions: Sequence[frozenset[str]] = (),
    conditions: Sequence[str] = (),
) -> Walk:
    """Return what people broke about one hazard along a walk.

    Args:
        positions: (T, N, 2) metres, NaN where absent. times: (T,) rising seconds since the scenario's beginning.
        hazard: dangerous between its beginning and its end.
        precautions: for each person those kept all the way; none: nobody keeps any.
        conditions: names; none: those of the hazard's primitive that a walk decides.

    Raises:
        ValueError: a shape does not fit, times do not rise, or a condition that a walk cannot decide.
    """
    _check(positions, times, precautions)
    kind = primitive_of(hazard.kind)
    names = tuple(conditions) or tuple(name for name in kind.conditions if name in (*WALKED, "speed"))
    if unknown := [name for name in names if name not in (*WALKED, "speed") or name not in kind.conditions]:
        raise ValueError(
            f"conditions: expected some of {kind.conditions} that a walk decides, got {unknown}; leave them out"
        )
    present: BoolArray = np.isfinite(positions[..., 0]) & np.isfinite(positions[..., 1])
    done = _walked(positions, times, present, hazard)
    taken = list(precautions) or [frozenset[str]()] * positions.shape[1]
    broken = {name: _broken(name, hazard, times, done, taken) & present for name in names}
    weights = np.append(np.diff(times), 0.0) if len(times) > 1 else np.ones(len(times))
    shares = {name: _share(flags, present, weights) for name, flags in broken.items()}
    firsts = {name: _first(flags, times) for name, flags in broken.items()}
    either = np.any(np.stack(list(broken.values())), axis=0) if broken else np.zeros_like(present)
    return Walk(
        share=_share(either, present, weights), first=_first(either, times), shares=shares, firsts=firsts, broken=either
    )


def _check(positions: FloatArray, times: FloatArray, precautions: Sequence[frozenset[str]]) -> None:
    """Refuse arrays that do not fit."""
    if positions.ndim != 3 or positions.shape[2] != 2 or len(positions) != len(times):
        raise ValueError(
            f"positions: expected (T, N, 2) for {len(times)} times, got {positions.shape}; time, people, x and y"
        )
    if not np.all(np.diff(times) > 0):
        raise ValueError("times: expected rising seconds, got some that are not; sort samples and drop doubles")
    if precautions and len(precautions) != positions.shape[1]:
        raise ValueError(
            f"precautions: expected {positions.shape[1]} sets, got {len(precautions)}; one for each person"
        )


def _walked(positions: FloatArray, times: FloatArray, present: BoolArray, hazard: Hazard) -> dict[str, FloatArray]:
    """Return (T, N) distance, speed, crowd and how many others are on it along the walk."""
    steps = len(times)
    speed = np.zeros(present.shape)
    if steps > 1:
        speed[:-1] = np.linalg.norm(np.diff(positions, axis=0), axis=2) / np.diff(times)[:, None]
        speed[-1] = speed[-2]
    crowd = np.zeros(present.shape)
    for step in range(steps):
        apart = np.linalg.norm(positions[step][:, None] - positions[step][None], axis=2)
        crowd[step] = np.sum(apart <= CROWD_RADIUS, axis=1) / (np.pi * CROWD_RADIUS**2)  # itself among them
    distance = np.linalg.norm(positions - np.asarray(hazard.position), axis=2)
    within = distance < hazard.values.get("radius", 0.0)
    others = np.sum(within, axis=1, keepdims=True) - within.astype(np.float64)
    return {"distance": distance, "speed": np.nan_to_num(speed), "crowd": crowd, "others": others}


def _broken(
    name: str, hazard: Hazard, times: FloatArray, done: Mapping[str, FloatArray], taken: Sequence[frozenset[str]]
) -> BoolArray:
    """Return (T, N) whether a condition is broken."""
    flags = np.zeros(done["distance"].shape, dtype=bool)
    states = [hazard.state(time) == "unsafe" for time in times]
    unsafe = np.asarray(states)
    dangerous, harmless = _pair(hazard)
    for person, kept in enumerate(taken):
        ways = {key: values[:, person] for key, values in done.items()}
        if name in RATES:
            rates = [np.broadcast_to(RATES[name](values, ways, kept), len(times)) for values in (dangerous, harmless)]
            minutes = np.append(np.diff(times), 0.0) / 60
            there = np.isfinite(ways["distance"])
            dose = np.cumsum(np.where(there, np.where(unsafe, rates[0], rates[1]), 0.0) * minutes)
            flags[:, person] = dose > 1.0
            continue
        margins = [np.broadcast_to(margin_of(name, values, ways, kept), len(times)) for values in (dangerous, harmless)]
        flags[:, person] = np.where(unsafe, margins[0], margins[1]) < 0
        if name == "speed":
            flags[:, person] &= ways["distance"] <= NEAR
    return flags


def _pair(hazard: Hazard) -> tuple[Mapping[str, float], Mapping[str, float]]:
    """Return a hazard's values while dangerous and while its safe counterpart stands there."""
    before = np.nextafter(hazard.begins, -np.inf)
    return values_at(hazard, hazard.begins), values_at(hazard, before)


def _share(flags: BoolArray, present: BoolArray, weights: FloatArray) -> FloatArray:
    """Return (N,) the share of the time present."""
    there = weights @ present
    with np.errstate(invalid="ignore", divide="ignore"):
        share: FloatArray = np.where(there > 0, (weights @ (flags & present)) / there, np.nan)
    return share


def _first(flags: BoolArray, times: FloatArray) -> FloatArray:
    """Return (N,) when first, NaN for never."""
    if not len(times):
        return np.full(flags.shape[1], np.nan)
    first: FloatArray = np.where(flags.any(axis=0), times[flags.argmax(axis=0)], np.nan)
    return first
