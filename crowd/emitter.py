"""Who comes to a place that was never seen: parties of people, their origins, goals, paces and times, by a network.

A marked Cox process. How many people come to a place is told by the places that the model learned from, those of like
size and shape before others: it is the flow that carries over, people per second, while how many are present follows
from how long their ways are. Where parties come from and go to by a network that scores points of the ground by what
is seen from them (`crowd.surroundings`): p(origin) p(goal | origin) p(size, pace | both), each a share of the free
ground. It is trained by telling true points from others (noise-contrastive estimation with one positive: van den Oord
et al. 2018, arXiv 1807.03748, eq. 4), on whole recordings and on windows cut out of them, whose borders people cross.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from crowd.surroundings import FEATURES, PAIRS, Place, between, surroundings
from crowd.trajectory import FloatArray
from crowd.weights import load_weights, save_weights

IntArray = npt.NDArray[np.int64]

WIDTH = 64
SIZES = 5  # of parties, 1 to 5 people
MIXTURE = 3  # parts of the distribution of the logarithm of the pace
CONTEXT = 1  # logarithm of the people per m2
TRAITS = 4  # of a place, by which others are found that are like it
LIKE = 0.25  # difference of traits at which places are hardly alike any more
ANY = 0.02  # share of itself that a place which is not alike tells
PACE = 1.2  # m/s at which people cross a place
KEPT = (0.2, 3.5)  # m/s, of the paces drawn
CANDIDATES = 4000  # points that are scored at most
BLOCK = 10.0  # s for which the flow keeps its strength: SDD and Edinburgh have bursts so long, hardly longer ones
AT_ONCE = 64  # origins for which goals are scored at once


class EmitterNetwork(nn.Module):
    """Scores origins and goals and tells sizes and paces of parties.

    Buffers: `seen_mean`, `seen_deviation` (FEATURES,) of what is seen; `traits` (P, TRAITS), `flow` (P,), logarithm of
    people per second, and `waves` (P,), relative variance of the flow, of the places that it learned from.
    """

    seen_mean: Tensor
    seen_deviation: Tensor
    traits: Tensor
    flow: Tensor
    waves: Tensor

    def __init__(self, places: int, *, dropout: float = 0.1) -> None:
        super().__init__()
        self.tower = nn.Sequential(
            nn.Linear(FEATURES, WIDTH), nn.SiLU(), nn.Dropout(dropout), nn.Linear(WIDTH, WIDTH), nn.SiLU()
        )
        self.origin = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.SiLU(), nn.Linear(WIDTH, 1))
        self.goal = nn.Sequential(nn.Linear(2 * WIDTH + PAIRS, WIDTH), nn.SiLU(), nn.Dropout(dropout))
        self.goal.extend((nn.Linear(WIDTH, WIDTH), nn.SiLU(), nn.Linear(WIDTH, 1)))
        self.marks = nn.Sequential(
            nn.Linear(2 * WIDTH + PAIRS + CONTEXT, WIDTH), nn.SiLU(), nn.Dropout(dropout),
            nn.Linear(WIDTH, SIZES + 3 * MIXTURE),
        )  # fmt: skip
        for name, shape in (
            ("seen_mean", FEATURES), ("seen_deviation", FEATURES), ("traits", (places, TRAITS)), ("flow", places),
            ("waves", places),
        ):  # fmt: skip
            self.register_buffer(name, torch.zeros(shape))

    def see(self, seen: Tensor) -> Tensor:
        """Return what the network makes (..., WIDTH) of what is seen (..., FEATURES)."""
        result: Tensor = self.tower((seen - self.seen_mean) / self.seen_deviation)
        return result

    def score_origins(self, views: Tensor) -> Tensor:
        """Return scores (...,), logarithms up to a constant, of views (..., WIDTH)."""
        result: Tensor = self.origin(views)[..., 0]
        return result

    def score_goals(self, origins: Tensor, goals: Tensor, pairs: Tensor) -> Tensor:
        """Return scores (...,) of goals by views (..., WIDTH) from both ends and what lies between (..., PAIRS)."""
        result: Tensor = self.goal(torch.cat([origins, goals, pairs], dim=-1))[..., 0]
        return result

    def tell(self, origins: Tensor, goals: Tensor, pairs: Tensor, density: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits of sizes (..., SIZES) and the mixture (..., 3, MIXTURE) of log paces: logits, means, log sd.

        Arguments as of `score_goals`, and the logarithm of the people per m2 (...,).
        """
        out = self.marks(torch.cat([origins, goals, pairs, density[..., None]], dim=-1))
        return out[..., :SIZES], out[..., SIZES:].unflatten(-1, (3, MIXTURE))


def traits_of(place: Place) -> FloatArray:
    """Return (TRAITS,) by which places are compared: area, length, breadth, how much of it walls take."""
    inside = place.terrain.edge > 0.0
    walls = float((place.terrain.clear[inside] <= 0.0).mean())
    return np.array([np.log(place.area) / 2.0, *np.log(place.sides), walls])


def weights_of(network: EmitterNetwork, place: Place) -> FloatArray:
    """Return how much (P,), of 1 in all, each place that was learned from tells about another."""
    traits = network.traits.double().numpy()

    def alike(other: FloatArray) -> FloatArray:
        result: FloatArray = np.exp(-0.5 * (((traits - other) / LIKE) ** 2).sum(axis=1))
        return result

    crowding = np.array([alike(one).sum() for one in traits])  # recordings of one place count as one
    weights = (alike(traits_of(place)) + ANY) / crowding
    result: FloatArray = weights / weights.sum()
    return result


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parties:
    """Those who come together; P of them, times not drawn yet.

    Attributes:
        origins, goals: (P, 2) metres. speeds: (P,) m/s. sizes: (P,) people, 1 or more.
    """

    origins: FloatArray
    goals: FloatArray
    speeds: FloatArray
    sizes: IntArray


class Emitter:
    """Draws who comes to a place.

    Attributes:
        flow: people per second who are expected to come. waves: relative variance of the flow, see `draw_times`.
        origins: (K,) chances of the places `place.free` to come from, or of each n-th of them.
    """

    def __init__(self, network: EmitterNetwork, place: Place) -> None:
        """Score the ground of a place."""
        self.network, self.place = network, place
        weights = weights_of(network, place)
        known = network.flow.double().numpy()
        middle = weights @ known
        # of a lognormal with this mean and variance: what is least wrong on average, as a share of the truth
        self.flow = float(np.exp(middle - weights @ (known - middle) ** 2))
        self.waves = float(weights @ network.waves.double().numpy())
        step = max(1, -(-len(place.free) // CANDIDATES))
        self._points = place.free[::step]
        self._cell = float(np.sqrt(place.area / len(self._points)))
        seen, self._inward = surroundings(place, self._points)
        with torch.no_grad():
            self._views = network.see(torch.as_tensor(seen, dtype=torch.float32))
            self.origins = torch.softmax(network.score_origins(self._views).double(), 0).numpy()

    @torch.no_grad()
    def draw(self, count: int, rng: np.random.Generator) -> Parties:
        """Return `count` parties."""
        starts = rng.choice(len(self._points), count, p=self.origins)
        ends, speeds, sizes = np.zeros(count, np.int64), np.zeros(count), np.zeros(count, np.int64)
        expected = self.flow * np.sqrt(self.place.area) / PACE  # people who cross the place, roughly
        density = torch.tensor(np.log(expected / self.place.area), dtype=torch.float32)
        for first in range(0, count, AT_ONCE):
            part = slice(first, first + AT_ONCE)
            begin = starts[part]
            pairs = self._between(begin[:, None], np.arange(len(self._points)))
            views = self._views[begin][:, None].expand(-1, len(self._points), -1)
            scores = self.network.score_goals(views, self._views.expand(len(begin), -1, -1), pairs)
            chance = torch.softmax(scores.double(), 1).numpy().cumsum(axis=1)
            drawn = rng.random(len(begin)) * chance[:, -1]
            end = np.minimum((chance < drawn[:, None]).sum(axis=1), len(self._points) - 1)
            ends[part] = end
            chosen = self._between(begin, end)
            size, pace = self.network.tell(self._views[begin], self._views[end], chosen, density.expand(len(begin)))
            sizes[part] = 1 + _pick(torch.softmax(size, 1), rng)
            which = _pick(torch.softmax(pace[:, 0], 1), rng)
            rows = np.arange(len(begin))
            spread = np.exp(pace[:, 2].numpy()[rows, which])
            speeds[part] = np.exp(pace[:, 1].numpy()[rows, which] + spread * rng.standard_normal(len(begin)))
        jitter = self._cell * (rng.random((2, count, 2)) - 0.5)
        places = [self._points[index] + jitter[k] for k, index in enumerate((starts, ends))]
        clear, edge = self.place.terrain.sample(np.array(places))
        for k, index in enumerate((starts, ends)):  # off the ground: to the middle of the cell
            off = (clear[k] <= 0.0) | (edge[k] <= 0.0)
            places[k][off] = self._points[index[off]]
        return Parties(origins=places[0], goals=places[1], speeds=np.clip(speeds, *KEPT), sizes=sizes)

    def _between(self, begin: IntArray, end: IntArray) -> Tensor:
        pairs = between(self.place, self._points[begin], self._inward[begin], self._points[end], self._inward[end])
        return torch.as_tensor(pairs, dtype=torch.float32)


def draw_times(rate: float, waves: float, start: float, end: float, rng: np.random.Generator) -> FloatArray:
    """Return rising times between `start` and `end` of a Poisson process, `rate` per second on average.

    Every BLOCK seconds its strength is drawn anew, a gamma variable with mean 1 and variance `waves`.
    """
    blocks = np.arange(start, end, BLOCK)
    strength = rng.gamma(1.0 / waves, waves, len(blocks)) if waves > 1e-3 else np.ones(len(blocks))
    lengths = np.minimum(blocks + BLOCK, end) - blocks
    counts = rng.poisson(rate * strength * lengths)
    times = np.repeat(blocks, counts) + np.repeat(lengths, counts) * rng.random(int(counts.sum()))
    return np.sort(times)


def _pick(chances: Tensor, rng: np.random.Generator) -> IntArray:
    """Return an index (K,) drawn by chances (K, N)."""
    heights = chances.double().numpy().cumsum(axis=1)
    drawn = rng.random(len(heights)) * heights[:, -1]
    result: IntArray = np.minimum((heights < drawn[:, None]).sum(axis=1), heights.shape[1] - 1)
    return result


def save_emitter(network: EmitterNetwork, path: Path, about: dict[str, object]) -> None:
    """Write weights and what there is to say about them, whole or not at all."""
    save_weights(network.state_dict(), path, "emitter", about)


@lru_cache(maxsize=2)
def load_emitter(path: Path) -> EmitterNetwork:
    """Return a network by its weights; the last two are kept, not to be changed.

    Raises:
        FileNotFoundError: no such file.
        ValueError: the file holds another model.
    """
    _, tensors = load_weights(path, "emitter")
    network = EmitterNetwork(len(tensors["flow"]))
    network.load_state_dict(tensors)
    return network.eval()
