"""A crowd for a place that was never seen: the emitter says who comes, plans and steering how they walk."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.ndimage import distance_transform_edt, label

from crowd.emitter import Emitter, Parties, draw_times, load_emitter
from crowd.evaluation import Arrivals, walk_model
from crowd.plan_diffusion import draw_plans, load_network
from crowd.planned import Planned
from crowd.plans import VALUES, Trip, batch, decode, straight
from crowd.site import PEDESTRIAN, Site, extended
from crowd.surroundings import Place, place_of
from crowd.terrain import Terrain, terrain_of_site
from crowd.trajectory import CrowdTrajectory, FloatArray

IntArray = npt.NDArray[np.int64]

WEIGHTS = Path(__file__).resolve().parents[1] / "assets" / "models" / "emitter.safetensors"
WARM = 60.0  # s before the start in which people come already
PILOT = 256  # parties from which the mean stay is told
ABREAST = 0.6  # m between those who come together
CLEARANCE = 0.3  # m from walls at origins and goals
FPS = 5.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Generator:
    """Makes crowds at a site by weights of an emitter and of plans.

    Attributes:
        site: where. emitter, plans: files of weights.
    """

    site: Site
    emitter: Path
    plans: Path

    @cached_property
    def terrain(self) -> Terrain:
        """Walls and the picture's edge."""
        return terrain_of_site(self.site)

    @cached_property
    def wide(self) -> Site:
        """The site with what lies beyond its picture."""
        return extended(self.site)

    @cached_property
    def who(self) -> Emitter:
        """Who comes here."""
        return Emitter(load_emitter(self.emitter), reachable(place_of(self.terrain)))

    @cached_property
    def _pilot(self) -> tuple[float, float]:
        """People in a party, and seconds for which those of a party are here together added up, on average."""
        rng = np.random.default_rng(0)
        parties = self.who.draw(PILOT, rng)
        nobody = np.zeros((0, 2))
        trips = [
            Trip(
                way=straight(origin, goal), speed=float(speed), type=PEDESTRIAN, others=nobody, velocities=nobody,
                present=0,
            )
            for origin, goal, speed in zip(parties.origins, parties.goals, parties.speeds, strict=True)
        ]  # fmt: skip
        noise = rng.standard_normal((len(trips), VALUES))
        plans = draw_plans(load_network(self.plans), batch(trips, self.terrain), noise)
        stays = np.array([decode(plan, trip)[0][-1] for plan, trip in zip(plans, trips, strict=True)])
        return float(parties.sizes.mean()), float((stays * parties.sizes).mean())

    @property
    def population(self) -> float:
        """How many people are here on average, as the emitter expects."""
        size, stay = self._pilot
        return self.who.flow * stay / size

    def generate(self, duration: float, rng: np.random.Generator, *, people: float | None = None) -> CrowdTrajectory:
        """Return people at the site from 0 to `duration` seconds, FPS times a second.

        `people`: how many are there on average; None: as many as the emitter expects.
        """
        rate = self.who.flow / self._pilot[0] if people is None else people / self._pilot[1]  # parties per second
        times = draw_times(rate, self.who.waves, 0.0, WARM + duration, rng)
        parties = self.who.draw(len(times), rng)
        arrivals, groups = people_of(parties, times, self.terrain)
        clock = np.arange(int(np.floor((WARM + duration) * FPS + 1e-6)) + 1) / FPS
        walked = walk_model(
            Planned(weights=self.plans, terrain=self.terrain), self.wide.walkable, arrivals, clock, rng, groups=groups,
            body=float(load_network(self.plans).body),
        )  # fmt: skip
        first = round(WARM * FPS)
        seen = walked.valid[first:].sum(axis=0) >= 2
        return CrowdTrajectory(
            times=clock[first:] - clock[first], person_ids=walked.person_ids[seen],
            positions=walked.positions[first:, seen], valid=walked.valid[first:, seen],
        )  # fmt: skip


def reachable(place: Place) -> Place:
    """Return a place whose free cells are those from which a body can walk to most others.

    Raises:
        ValueError: nowhere is there room for a body.
    """
    terrain = place.terrain
    room = terrain.clear > CLEARANCE
    parts, count = label(room)
    if count == 0:
        raise ValueError(f"terrain: expected a place {2 * CLEARANCE:g} m wide somewhere, got none")
    sizes = np.bincount(parts[terrain.edge > 0.0], minlength=count + 1)
    sizes[0] = 0
    part = parts == sizes.argmax()
    nodes = np.rint((place.free - terrain.origin) / terrain.cell).astype(int)
    keep = distance_transform_edt(~part)[nodes[:, 1], nodes[:, 0]] * terrain.cell < CLEARANCE
    return Place(
        terrain=terrain, free=place.free[keep], middle=place.middle, axis=place.axis, sides=place.sides, area=place.area
    )


def people_of(parties: Parties, times: FloatArray, terrain: Terrain) -> tuple[Arrivals, IntArray]:
    """Return the people (N,) of parties that come at `times` (P,), side by side, and the group of each, -1 alone."""
    rows, speeds, groups = list[int](), list[float](), list[int]()
    origins, goals = list[FloatArray](), list[FloatArray]()
    for k, size in enumerate(parties.sizes):
        ahead = parties.goals[k] - parties.origins[k]
        far = float(np.hypot(ahead[0], ahead[1]))
        aside = np.array([-ahead[1], ahead[0]]) / far if far > 0.1 else np.array([1.0, 0.0])
        for member in range(int(size)):
            off = (member - 0.5 * (size - 1)) * ABREAST * aside
            for ends, middle in ((origins, parties.origins[k]), (goals, parties.goals[k])):
                clear, edge = terrain.sample(middle + off)
                ends.append(middle + off if clear > CLEARANCE and edge > 0.0 else middle)
            rows.append(round(times[k] * FPS))
            speeds.append(parties.speeds[k])
            groups.append(k if size > 1 else -1)
    count = len(rows)
    arrivals = Arrivals(
        person_ids=np.arange(count), rows=np.array(rows, np.int64), last=np.array(rows, np.int64),
        origins=np.array(origins).reshape(-1, 2), goals=np.array(goals).reshape(-1, 2), speeds=np.array(speeds),
        types=np.full(count, PEDESTRIAN),
    )  # fmt: skip
    return arrivals, np.array(groups, np.int64)
