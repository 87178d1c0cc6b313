"""How the emitter learns: whole recordings and windows cut out of them, forwards, backwards and in a mirror.

A window is a picture that somebody might have taken: who walks into it comes, who walks out leaves. So a recording of
one place holds many places. Points that nobody saw (the origin of who was there at the start) teach nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from crowd.emitter import BLOCK, SIZES, EmitterNetwork, traits_of
from crowd.evaluation import find_parties, true_arrivals
from crowd.learning import learn
from crowd.plans import desired_speed
from crowd.site import Recording
from crowd.surroundings import Place, between, mirrored, place_of, surroundings, window
from crowd.terrain import Terrain, terrain_of_site
from crowd.trajectory import FloatArray

WINDOWS = 60  # cut out of each recording
SMALLEST = 0.35  # of the sides of the ground, those of a window at least
FEWEST = 12  # parties in a window
SHORTEST = 3  # steps of a track
HELD_OUT = 0.15  # share of a recording's time, its end, that judges and is not learned from
EVENTS, OTHERS = 48, 192  # true parties and points to tell them from, a step
WHOLE = 0.5  # share of the steps with whole recordings
AVERAGE, JUDGED = 0.99, 250  # of the averaged weights, what stays in a step; steps between points of the curve
NARROWEST = math.log(0.05)  # of the logarithm of paces, least deviation


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class View:
    """A place and the parties that crossed it; E of them, K points.

    Attributes:
        place: where. density: logarithm of the people per m2.
        points: (K, 2) metres, free. seen, inward: theirs, see `surroundings`.
        ends: (2, E, 2) metres, origins and goals; ends_seen (2, E, FEATURES), ends_inward (2, E); known: (2, E) bool.
        sizes: (E,) people less 1. paces: (E,) logarithm of m/s. held_out: (E,) bool.
        whole: whether it is a whole recording.
    """

    place: Place
    density: float
    points: FloatArray
    seen: npt.NDArray[np.float32]
    inward: FloatArray
    ends: FloatArray
    ends_seen: npt.NDArray[np.float32]
    ends_inward: FloatArray
    known: npt.NDArray[np.bool_]
    sizes: npt.NDArray[np.int64]
    paces: FloatArray
    held_out: npt.NDArray[np.bool_]
    whole: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EmitterSamples:
    """Views to learn from, and of the whole places traits (P, TRAITS), log flow (P,) and waves (P,)."""

    views: tuple[View, ...]
    traits: FloatArray
    flow: FloatArray
    waves: FloatArray


def emitter_samples(recordings: Sequence[Recording], rng: np.random.Generator) -> EmitterSamples:
    """Return what the recordings, on an even clock, teach."""
    views: list[View] = []
    traits, flows, waves = [], [], []
    for recording in recordings:
        terrain = terrain_of_site(recording.site)
        place = place_of(terrain)
        present = recording.trajectory.valid.sum(axis=1)
        early = present[: round((1.0 - HELD_OUT) * len(present))]
        density = math.log(max(early.mean(), 0.1) / place.area)
        traits.append(traits_of(place))
        arrivals = true_arrivals(recording)
        dt = float(recording.trajectory.times[1] - recording.trajectory.times[0])
        come = (arrivals.rows > 0) & (arrivals.rows < len(early))
        flows.append(math.log(max(come.sum(), 1) / (dt * len(early))))
        parties = find_parties(arrivals, dt)
        waves.append(_waves(arrivals.rows, parties, len(present), dt))
        for mirror in (False, True):
            sign = np.array([-1.0 if mirror else 1.0, 1.0])
            ground = mirrored(terrain) if mirror else terrain
            positions = recording.trajectory.positions * sign
            columns = np.searchsorted(recording.trajectory.person_ids, arrivals.person_ids)
            tracks = positions[:, columns]
            made = _view(ground, tracks, parties, dt, density, rng, whole=True)
            views += [made] if made else []
            low, high = place.free.min(axis=0) * sign, place.free.max(axis=0) * sign
            low, high = np.minimum(low, high), np.maximum(low, high)
            for _ in range(WINDOWS // 2):
                middle = low + (high - low) * rng.random(2)
                sides = (high - low).mean() * (SMALLEST + (1.0 - SMALLEST) * rng.random(2))
                cut = window(ground, middle, sides, math.pi * rng.random())
                made = _view(cut, tracks, parties, dt, density, rng, whole=False)
                views += [made] if made else []
    return EmitterSamples(views=tuple(views), traits=np.array(traits), flow=np.array(flows), waves=np.array(waves))


def _view(
    terrain: Terrain, tracks: FloatArray, parties: npt.NDArray[np.int64], dt: float, density: float,
    rng: np.random.Generator, *, whole: bool,
) -> View | None:  # fmt: skip
    """Return what tracks (T, N, 2) do in a terrain; None where too few come."""
    if not ((terrain.clear > 0.0) & (terrain.edge > 0.5)).any():
        return None
    place = place_of(terrain)
    frames = len(tracks)
    inside = (terrain.sample(np.nan_to_num(tracks, nan=-1e6))[1] > 0.0) & ~np.isnan(tracks[..., 0])
    starts, ends, known, sizes, paces, late = [], [], [], [], [], []
    counts = {int(label): int((parties == label).sum()) for label in np.unique(parties[parties >= 0])}
    done: set[int] = set()
    for person in range(tracks.shape[1]):
        label = int(parties[person])
        if label in done:
            continue
        done |= {label} if label >= 0 else set()  # a party is told by one of its people
        steps = np.diff(np.concatenate([[0], inside[:, person].astype(np.int8), [0]]))
        for first, end in zip(np.flatnonzero(steps == 1), np.flatnonzero(steps == -1), strict=True):
            if end - first < SHORTEST:
                continue
            way = tracks[first:end, person]
            starts.append(way[0])
            ends.append(way[-1])
            known.append((first > 0, end < frames))
            sizes.append(min(counts.get(label, 1), SIZES) - 1)
            paces.append(math.log(max(desired_speed(way, dt), 0.05)))
            late.append(first > (1.0 - HELD_OUT) * frames)
    if len(starts) < FEWEST:
        return None
    points = place.free[rng.permutation(len(place.free))[: 3 * OTHERS]]
    seen, inward = surroundings(place, points)
    both = np.array([starts, ends])
    from_ends = [surroundings(place, one) for one in both]
    return View(
        place=place, density=density, points=points, seen=seen.astype(np.float32), inward=inward, ends=both,
        ends_seen=np.array([one[0] for one in from_ends], np.float32),
        ends_inward=np.array([one[1] for one in from_ends]), known=np.array(known).T, sizes=np.array(sizes),
        paces=np.array(paces), held_out=np.array(late), whole=whole,
    )  # fmt: skip


def _waves(rows: npt.NDArray[np.int64], parties: npt.NDArray[np.int64], frames: int, dt: float) -> float:
    """Return the variance of the flow of parties in blocks of BLOCK s, relative, beyond that of a Poisson process."""
    alone = rows[parties < 0]
    first = [rows[parties == label].min() for label in np.unique(parties[parties >= 0])]
    comes = np.concatenate([alone, np.array(first, np.int64)])
    blocks = max(1, int(frames * dt / BLOCK))
    counts = np.bincount(np.minimum((comes[comes > 0] * dt / BLOCK).astype(int), blocks), minlength=blocks + 1)[:blocks]
    mean = float(counts.mean())
    return max(0.0, float(counts.var()) - mean) / mean**2 if mean > 0.0 else 0.0


def train_emitter(
    samples: EmitterSamples,
    *,
    steps: int,
    seed: int,
    checkpoint: Path | None = None,
    until: int | None = None,
) -> tuple[EmitterNetwork, list[dict[str, float]]]:
    """Return a network that learned from samples, and its learning curve; see `crowd.learning.learn`.

    Raises:
        ValueError: there is nothing to learn from, or the checkpoint is another run's.
    """
    whole = [view for view in samples.views if view.whole]
    cut = [view for view in samples.views if not view.whole] or whole
    if not whole:
        raise ValueError("recordings: expected a dozen parties or more in one of them, got none; add longer ones")
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = EmitterNetwork(len(samples.traits))
    seen = np.concatenate([view.seen for view in samples.views])
    network.seen_mean.copy_(torch.as_tensor(seen.mean(axis=0)))
    network.seen_deviation.copy_(torch.as_tensor(np.maximum(seen.std(axis=0), 0.05)))
    for name in ("traits", "flow", "waves"):
        getattr(network, name).copy_(torch.as_tensor(getattr(samples, name)))

    def loss() -> Tensor:
        pool = whole if rng.random() < WHOLE else cut
        return _loss(network, pool[rng.integers(len(pool))], rng, held=False, backwards=rng.random() < 0.5)

    curve = learn(
        network, loss, lambda: _judge(network, whole),
        (lambda: rng.bit_generator.state, lambda state: setattr(rng.bit_generator, "state", state)),
        steps=steps, average=AVERAGE, every=JUDGED, run=[steps, seed, len(samples.views), len(seen)],
        checkpoint=checkpoint, until=until,
    )  # fmt: skip
    return network.eval(), curve


def _loss(network: EmitterNetwork, view: View, rng: np.random.Generator, *, held: bool, backwards: bool) -> Tensor:
    """Return how badly true origins, goals, sizes and paces are told, nats a party."""
    pick = np.flatnonzero(view.held_out == held)
    if not len(pick):
        return sum(parameter.sum() for parameter in network.parameters()) * 0.0  # type: ignore[return-value]
    pick = rng.permutation(pick)[:EVENTS]
    other = rng.permutation(len(view.points))[:OTHERS]
    order = (1, 0) if backwards else (0, 1)
    begin, end = (network.see(torch.as_tensor(view.ends_seen[k, pick])) for k in order)
    origins, goals = (view.ends[k, pick] for k in order)
    turns = [view.ends_inward[k, pick] for k in order]
    known = [torch.as_tensor(view.known[k, pick]) for k in order]
    views = network.see(torch.as_tensor(view.seen[other]))
    area = math.log(len(other))

    def told(true: Tensor, false: Tensor, known: Tensor) -> Tensor:
        scores = torch.cat([true[:, None], false], dim=1)
        lost = torch.logsumexp(scores, dim=1) - true - area
        return (lost * known).sum() / known.sum().clamp_min(1)

    loss = told(network.score_origins(begin), network.score_origins(views).expand(len(pick), -1), known[0])
    own = between(view.place, origins, turns[0], goals, turns[1])
    far = between(view.place, origins[:, None], turns[0][:, None], view.points[other], view.inward[other])
    own_pairs, far_pairs = (torch.as_tensor(one, dtype=torch.float32) for one in (own, far))
    loss = loss + told(
        network.score_goals(begin, end, own_pairs),
        network.score_goals(begin[:, None].expand(-1, len(other), -1), views.expand(len(pick), -1, -1), far_pairs),
        known[1] & known[0],
    )
    density = torch.full((len(pick),), view.density)
    size, pace = network.tell(begin, end, own_pairs, density)
    loss = loss + nn.functional.cross_entropy(size, torch.as_tensor(view.sizes[pick]))
    deviation = pace[:, 2].clamp(NARROWEST, 1.0)
    off = (torch.as_tensor(view.paces[pick], dtype=torch.float32)[:, None] - pace[:, 1]) / deviation.exp()
    parts = torch.log_softmax(pace[:, 0], 1) - 0.5 * off.pow(2) - deviation - 0.5 * math.log(math.tau)
    return loss - torch.logsumexp(parts, dim=1).mean()


def _judge(network: EmitterNetwork, views: Sequence[View]) -> float:
    """Return the loss on what was held out, always with the same draws."""
    rng = np.random.default_rng(0)
    judged = [
        float(_loss(network, view, rng, held=True, backwards=back))
        for view in views if view.held_out.any() for back in (False, True)
    ]  # fmt: skip
    return float(np.mean(judged)) if judged else math.nan
