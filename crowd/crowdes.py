"""CrowdES: who comes to a place and how they walk there, generated from its ground.

I. Bae, J. Lee, H.-G. Jeon, Continuous Locomotive Crowd Behavior Generation, CVPR 2025, arXiv 2504.04756, section 3;
written anew from its description. Every 10 s an emitter draws the people who come (`crowdes_emitter`), conditioned
on maps that are predicted from the ground (`crowdes_layout`); every 2 s a simulator draws their steps
(`crowdes_simulator`).

With `CrowdESConfig.paper_compat` it does what was published: attention over people reads the padding; origins and goals
are drawn from the appearance map, at least half a picture apart, and the diffusion's are thrown away; times of entry
are stretched by 1.7; positions are snapped to pixels; bodies pass through one another; tracks are smoothed at the end;
a multiplier of the population is set per place. Without, attention reads the people, the diffusion's origins and goals
are kept, those in walls moved to the nearest place to walk on; positions are continuous; bodies are kept apart, steps
never lead from free ground into a wall; there is no multiplier.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from scipy.spatial import cKDTree
from torch import Tensor

from crowd.crowdes_config import PUBLISHED, SMALL, CrowdESConfig
from crowd.crowdes_emitter import planes, sample
from crowd.crowdes_layout import decode_layout, one_hot, resize
from crowd.crowdes_simulator import Places, draw_states, local_maps
from crowd.crowdes_ways import RELAX, Ways, separate, smoothed
from crowd.crowdes_weights import Networks, load, make_networks, save
from crowd.site import Site
from crowd.trajectory import CrowdTrajectory, FloatArray

__all__ = [
    "PUBLISHED",
    "SMALL",
    "Arrivals",
    "CrowdES",
    "CrowdESConfig",
    "Layouts",
    "Networks",
    "load",
    "make_networks",
    "save",
]

IntArray = npt.NDArray[np.int64]

ARRIVED = 0.5  # m from the goal a person leaves
STILL = 0.05  # m: what one who stands gives way in a step, as one who walks does by the step's length
SLOWEST = 0.1  # m/s: preferred speed of emitted people at least


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layouts:
    """Where and how many people are at a site.

    Attributes:
        appearance: (h, w) where they come and go, maximum 1. density: (h, w) where they are, maximum 1.
        population: (bins,) chances that 0, 1, … people are present.
    """

    appearance: FloatArray
    density: FloatArray
    population: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Arrivals:
    """People who come, K of them.

    Attributes:
        times: (K,) seconds. origins, goals: (K, 2) metres. speeds: (K,) m/s, preferred.
        types: (K,) int64, PEDESTRIAN, RIDER or VEHICLE of crowd.site.
    """

    times: FloatArray
    origins: FloatArray
    goals: FloatArray
    speeds: FloatArray
    types: IntArray

    def __post_init__(self) -> None:
        """Check the shapes.

        Raises:
            ValueError: an array has another shape, or a number is not finite.
        """
        count = len(self.times)
        for name, shape in (("times", (count,)), ("origins", (count, 2)), ("goals", (count, 2)), ("speeds", (count,)),
                            ("types", (count,))):  # fmt: skip
            value = getattr(self, name)
            if value.shape != shape or not np.isfinite(value).all():
                raise ValueError(f"{name}: expected {shape} finite numbers, got {value.shape}; drop who has none")

    def some(self, index: npt.NDArray[np.bool_] | IntArray) -> Arrivals:
        """Return those of `index` only."""
        return Arrivals(
            times=self.times[index],
            origins=self.origins[index],
            goals=self.goals[index],
            speeds=self.speeds[index],
            types=self.types[index],
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Present:
    """People who are there between two chunks, N of them; histories (N, history, 2) metres, states (N,), -1: none."""

    ids: IntArray
    history: FloatArray
    goals: FloatArray
    speeds: FloatArray
    types: IntArray
    states: IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Block:
    """What a chunk left behind: positions (future, K, 2) metres from `frame` on, NaN where absent."""

    frame: int
    ids: IntArray
    types: IntArray
    positions: FloatArray


class CrowdES:
    """The model at one site.

    All that is drawn comes from the `generator` that is passed in, on the CPU: one seed, one crowd.
    """

    def __init__(
        self, networks: Networks | str | Path, site: Site, *, layouts: Layouts | None = None, multiplier: float = 1.0
    ) -> None:
        """Prepare the ground.

        Args:
            networks: trained, or the file they are in.
            site: the place.
            layouts: to use instead of the predicted ones, e.g. drawn by hand.
            multiplier: of the population, compat only; the paper sets one per test scene, which tells of the test.

        Raises:
            ValueError: a multiplier is given though `paper_compat` is off, or maps have another size than the site.
        """
        self.networks = networks if isinstance(networks, Networks) else load(networks)
        self.config, self.site, self.multiplier = self.networks.config, site, multiplier
        for network in (self.networks.layout, self.networks.emitter, self.networks.simulator):
            network.eval()
        if multiplier != 1.0 and not self.config.paper_compat:
            raise ValueError(
                f"multiplier: expected 1 with paper_compat off, got {multiplier}; draw the layouts instead"
            )
        if layouts is not None and not layouts.appearance.shape == layouts.density.shape == site.semantic.shape:
            raise ValueError(
                f"layouts: expected maps {site.semantic.shape} as large as the site's picture, got "
                f"{layouts.appearance.shape} and {layouts.density.shape}; resize them"
            )
        self.ways = Ways(site)
        self._layouts = layouts
        inverse = np.linalg.inv(site.homography)
        middle = site.to_metres(0.5 * np.array(site.size, np.float64))
        self._inverse = torch.from_numpy(inverse / (inverse[2, :2] @ middle + inverse[2, 2])).float()[None]

    @torch.no_grad()
    def predict_layouts(self) -> Layouts:
        """Return the layouts, section 3.2: those given, else predicted once from the ground."""
        if self._layouts is None:
            size = (self.config.layout_size, self.config.layout_size)
            ground = resize(torch.from_numpy(self.site.semantic), size, mode="nearest")
            maps, population = self.networks.layout(one_hot(ground[None]))
            appearance, density, chances = decode_layout(
                maps[0], population[0], self.site.semantic.shape, torch.from_numpy(self.site.walked)
            )
            self._layouts = Layouts(
                appearance=appearance.double().numpy(),
                density=density.double().numpy(),
                population=chances.double().numpy(),
            )
        return self._layouts

    def emit(self, window_start: float, present: FloatArray, generator: torch.Generator) -> Arrivals:
        """Return who comes in the window from `window_start` on, by time, section 3.3.

        Args:
            window_start: seconds; below 0 half of the people are emitted.
            present: (M, 2) metres, who is there already.
            generator: on the CPU.
        """
        config, layouts = self.config, self.predict_layouts()
        chances = torch.from_numpy(np.asarray(layouts.population, np.float64))
        wanted = int(int(torch.multinomial(chances, 1, generator=generator)) * self.multiplier) - len(present)
        wanted = wanted // 2 if window_start < 0.0 else wanted
        size = (config.emitter_size, config.emitter_size)
        maps = [torch.from_numpy(np.asarray(m, np.float32)) for m in (layouts.appearance, layouts.density)]
        small = torch.stack([resize(m, size, mode="bilinear").clamp(0.0, 1.0) for m in maps])
        shares = torch.from_numpy((self.site.to_pixels(present) / self.site.size).reshape(1, -1, 2)).float()
        condition = planes(
            resize(torch.from_numpy(self.site.semantic), size, mode="nearest")[None],
            small[None],
            shares,
            torch.tensor([len(present)]),
        )
        count = min(max(wanted, 0), config.agents)
        records = sample(self.networks.emitter, condition, count, generator, maps[0]).double().numpy()
        ends = [self.site.to_metres(records[:, k : k + 2] * self.site.size) for k in (3, 5)]
        origins, goals = (self.ways.snap(end, always=config.paper_compat) for end in ends)
        return Arrivals(
            times=window_start + config.window * records[:, 1],
            origins=origins,
            goals=goals,
            speeds=np.maximum(records[:, 2], SLOWEST),
            types=records[:, 0].astype(np.int64),
        )

    def simulate(self, duration: float, generator: torch.Generator) -> tuple[CrowdTrajectory, IntArray]:
        """Return `duration` seconds of a crowd from time 0 on, and the types (N,) of its people, section 3.5.

        The crowd is let in from 10 s before; who has left by time 0 is not in the recording.

        Raises:
            ValueError: `duration` is below 0.
        """
        last, window = self._frames(duration), round(self.config.window * self.config.fps)
        present, blocks, known = self._nobody(), list[_Block](), 0
        for start in range(-window, last + 1, window):
            come = self.emit(start / self.config.fps, present.history[:, -1], generator)
            ids = known + np.arange(len(come.times))
            known += len(ids)
            for frame in range(start, min(start + window, last + 1), self.config.future):
                present, block = self._chunk(present, come, ids, frame, generator, leave=True)
                blocks.append(block)
        return self._recorded(blocks, last)

    def replay(
        self, arrivals: Arrivals, duration: float, generator: torch.Generator
    ) -> tuple[CrowdTrajectory, IntArray]:
        """Return how people who are known to come walk, `duration` seconds from time 0 on, and their types (N,).

        The person_ids are the rows of `arrivals`. Nobody's origin or goal is moved; people leave within 0.5 m of the
        goal only. A person whose goal is that near from the beginning is there for one frame.

        Raises:
            ValueError: `duration` is below 0.
        """
        last = self._frames(duration)
        ids = np.arange(len(arrivals.times))
        present, blocks = self._nobody(), list[_Block]()
        first = int(np.floor(arrivals.times.min(initial=0.0) * self.config.fps + 1e-6))
        for frame in range(first, last + 1, self.config.future):
            present, block = self._chunk(present, arrivals, ids, frame, generator, leave=False)
            blocks.append(block)
        return self._recorded(blocks, last)

    def _chunk(
        self, present: _Present, come: Arrivals, ids: IntArray, frame: int, generator: torch.Generator, *, leave: bool
    ) -> tuple[_Present, _Block]:
        """Step everybody from `frame` on, those of `come` who enter until the next chunk included, section 3.4."""
        config = self.config
        entry = np.floor(come.times * config.fps + 1e-6).astype(np.int64) - frame
        new = (entry >= 0) & (entry < config.future)
        come, entry = come.some(new), np.concatenate((np.full(len(present.ids), -1), entry[new]))
        everybody = _Present(
            ids=np.concatenate((present.ids, ids[new])),
            history=np.concatenate((present.history, np.repeat(come.origins[:, None], config.history, axis=1))),
            goals=np.concatenate((present.goals, come.goals)),
            speeds=np.concatenate((present.speeds, come.speeds)),
            types=np.concatenate((present.types, come.types)),
            states=np.concatenate((present.states, np.full(len(come.times), -1))),
        )
        states, future = self._predict(everybody, len(present.ids), generator)
        path = np.concatenate((everybody.history[:, -1:], future), axis=1)  # of which frame entry + k is path[k]
        steps = np.arange(config.future) - entry[:, None]
        block = np.take_along_axis(path, np.clip(steps, 0, config.future)[..., None], axis=1).swapaxes(0, 1)
        there = steps.T >= 0
        block, there, gone = self._settled(block, there, everybody, entry, leave=leave)
        recorded = np.where(there[..., None], block, np.nan)
        done = np.concatenate(
            (everybody.history, np.where(steps[..., None] >= 0, block.swapaxes(0, 1), path[:, :1])), 1
        )
        stay = ~gone
        following = _Present(
            ids=everybody.ids[stay],
            history=done[stay, -config.history :],
            goals=everybody.goals[stay],
            speeds=everybody.speeds[stay],
            types=everybody.types[stay],
            states=states[stay],
        )
        return following, _Block(frame=frame, ids=everybody.ids, types=everybody.types, positions=recorded)

    @torch.no_grad()
    def _predict(self, people: _Present, old: int, generator: torch.Generator) -> tuple[IntArray, FloatArray]:
        """Return the states (N,) and futures (N, future, 2), metres, of people of whom the first `old` can be seen."""
        config, count = self.config, len(people.ids)
        if count == 0:
            return np.zeros(0, np.int64), np.zeros((0, config.future, 2))
        here = people.history[:, -1]
        control = self.ways.ahead(here, people.goals, people.speeds * config.chunk)
        gap, order = cKDTree(here[:old]).query(here, k=config.neighbours + 1)  # of those alone: inf, and `old`
        gap[order == np.arange(count)[:, None]] = np.inf  # oneself
        nearest = np.argsort(gap, axis=1, kind="stable")[:, : config.neighbours]
        gap, order = np.take_along_axis(gap, nearest, 1), np.take_along_axis(order, nearest, 1)
        near = gap < config.neighbour_radius
        seen = people.history[np.minimum(order, count - 1)] - here[:, None, None]
        density = torch.from_numpy(np.asarray(self.predict_layouts().density, np.float32))[None]
        places = Places(
            semantic=torch.from_numpy(self.site.semantic)[None],
            density=density,
            sizes=torch.tensor([self.site.size]),
            inverse=self._inverse,
        )
        maps = local_maps(places, torch.zeros(count, dtype=torch.int64), _tensor(here), config)
        features, logits = self.networks.simulator.encode(
            _tensor(people.history - here[:, None]),
            _tensor(people.goals - here),
            _tensor(np.stack((people.types, people.speeds), 1)),
            _tensor(control - here),
            _tensor(np.where(near[..., None, None], seen, 0.0)),
            torch.from_numpy(near),
            maps,
        )
        states = draw_states(logits, torch.from_numpy(people.states), config, generator)
        future = self.networks.simulator.decode(features, states).double().numpy()
        return states.numpy(), here[:, None] + future

    def _settled(
        self,
        block: FloatArray,
        there: npt.NDArray[np.bool_],
        people: _Present,
        entry: IntArray,
        *,
        leave: bool,
    ) -> tuple[FloatArray, npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """Return a chunk (future, N, 2) with bodies and walls minded, who is there (future, N), and who has gone (N,).

        Args:
            block: positions as predicted. there: who has entered. people: those. entry: (N,) frames, -1: there before.
            leave: whether people go when they leave the picture.
        """
        compat = self.config.paper_compat
        gone = np.zeros(len(people.ids), np.bool_)
        there, result = there.copy(), block.copy()
        previous, drift = people.history[:, -1].copy(), np.zeros_like(people.goals)
        for k in range(len(block)):
            active = np.flatnonzero(there[k] & ~gone)
            position = block[k] + drift
            if leave and compat:  # before the snap, which would hold them at the edge
                gone[active] = ~self.site.inside(position[active])
                active = active[~gone[active]]
            if compat:
                position[active] = self.ways.snap(position[active], always=True)
            else:
                step = np.hypot(*(position[active] - previous[active]).T)
                moved = self.ways.slide(previous[active], position[active])
                position[active] = separate(moved, step + STILL, self.ways)
                drift[active] = RELAX * (position[active] - block[k, active])
                if leave:
                    gone[active] = ~self.site.inside(position[active])
            result[k, active], previous[active] = position[active], position[active]
            there[k] &= ~gone
            gone[active] |= np.hypot(*(position[active] - people.goals[active]).T) < ARRIVED
        return result, there, gone

    def _recorded(self, blocks: list[_Block], last: int) -> tuple[CrowdTrajectory, IntArray]:
        fps = self.config.fps
        kinds = {int(i): int(t) for block in blocks for i, t in zip(block.ids, block.types, strict=True)}
        ids = np.array(sorted(kinds), np.int64)
        begin = min([0, *(block.frame for block in blocks)])
        end = max([last, *(block.frame + len(block.positions) - 1 for block in blocks)])
        positions = np.full((end - begin + 1, len(ids), 2), np.nan)
        for block in blocks:
            rows = slice(block.frame - begin, block.frame - begin + len(block.positions))
            positions[rows, np.searchsorted(ids, block.ids)] = block.positions
        if self.config.paper_compat:
            for column in range(len(ids)):
                frames = np.flatnonzero(~np.isnan(positions[:, column, 0]))
                positions[frames, column] = smoothed(positions[frames, column], 1.0 / fps)
        positions = positions[-begin : last - begin + 1]
        valid = ~np.isnan(positions[..., 0])
        seen = valid.any(axis=0)
        trajectory = CrowdTrajectory(
            times=np.arange(last + 1) / fps,
            person_ids=ids[seen],
            positions=positions[:, seen],
            valid=valid[:, seen],
        )
        return trajectory, np.array([kinds[int(i)] for i in ids[seen]], np.int64)

    def _frames(self, duration: float) -> int:
        if not duration >= 0.0:
            raise ValueError(f"duration: expected seconds from 0 on, got {duration}")
        return int(np.floor(duration * self.config.fps + 1e-6))

    def _nobody(self) -> _Present:
        none = np.zeros(0, np.int64)
        return _Present(
            ids=none,
            history=np.zeros((0, self.config.history, 2)),
            goals=np.zeros((0, 2)),
            speeds=np.zeros(0),
            types=none,
            states=none,
        )


def _tensor(values: FloatArray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, np.float32))
