"""What a user asks of a crowd: how many come, where, how fast, in which company, and where they had rather not walk.

`Controls` holds plain values and is checked where it is made. Who draws arrivals reads the first half of it
(population, flow, types, standing, groups, pace, appearance); who walks people the second (density, avoid, attract,
evacuation). Nothing here knows how arrivals are drawn or people are walked.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from shapely.geometry import Polygon

from crowd.trajectory import FloatArray

IntArray = npt.NDArray[np.int64]
Bounds = tuple[float, float, float, float]

PEDESTRIAN, RIDER = "pedestrian", "rider"
TYPES = (PEDESTRIAN, RIDER)
RIDER_SPEED, RIDER_SPREAD = 3.2, 0.6  # m/s, among pedestrians: bikers of SDD ride so fast in the mean
RIDER_SLOWEST, RIDER_FASTEST = 2.0, 4.5  # m/s
RIDER_RADIUS = 0.35  # m, half of a handlebar's width
SLOWEST_PACE, FASTEST_PACE = 0.1, 3.0
PATCH, PATCHES = 4.0, 24  # m, of the pieces into which an appearance map is cut; how many of the busiest are kept
FAINT = 0.1  # of the brightest: darker places of an appearance map are black (CrowdES)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawnMap:
    """A picture laid over the ground: north up, white 1, black 0.

    Attributes:
        values: (H, W) float64, 0 to 1, the brightest 1; row 0 is the north edge.
        bounds: west, south, east, north of the picture, metres, world.
    """

    values: FloatArray
    bounds: Bounds

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ValueError: no picture, not finite, all black, or bounds without an area.
        """
        west, south, east, north = self.bounds
        if self.values.ndim != 2 or self.values.size == 0:
            raise ValueError(f"map: expected grey values (H, W), got shape {self.values.shape}; save it as greyscale")
        if not np.isfinite(self.values).all() or self.values.min() < 0.0 or self.values.max() > 1.0:
            raise ValueError("map: expected values from 0 to 1, got others; divide by the brightest")
        if self.values.max() <= 0.0:
            raise ValueError("map: expected some place brighter than black, got none; draw where people are")
        if not all(math.isfinite(value) for value in self.bounds) or west >= east or south >= north:
            raise ValueError(f"map: expected bounds west < east, south < north, got {self.bounds}; mend them")

    def at(self, points: FloatArray) -> FloatArray:
        """Return the values (...,) at `points` (..., 2), metres, bilinear between pixels; 0 outside the bounds."""
        west, south, east, north = self.bounds
        height, width = self.values.shape
        points = np.asarray(points, np.float64)
        u = (points[..., 0] - west) / (east - west) * width - 0.5
        v = (north - points[..., 1]) / (north - south) * height - 0.5
        outside = (u < -0.5) | (u > width - 0.5) | (v < -0.5) | (v > height - 0.5) | ~np.isfinite(u + v)
        u, v = (np.where(outside, 0.0, np.clip(a, 0.0, n - 1.0)) for a, n in ((u, width), (v, height)))
        column, row = np.minimum(u.astype(np.int64), width - 1), np.minimum(v.astype(np.int64), height - 1)
        right, below = np.minimum(column + 1, width - 1), np.minimum(row + 1, height - 1)
        a, b = u - column, v - row
        high = (1.0 - a) * self.values[row, column] + a * self.values[row, right]
        low = (1.0 - a) * self.values[below, column] + a * self.values[below, right]
        return np.asarray(np.where(outside, 0.0, (1.0 - b) * high + b * low), np.float64)

    def patches(self) -> tuple[FloatArray, FloatArray]:
        """Return the middles (E, 2), metres, and the weights (E,), sum 1, of the busiest pieces of the map.

        Pieces are at most PATCH metres wide; values below FAINT count for nothing.
        """
        west, south, east, north = self.bounds
        height, width = self.values.shape
        values = np.where(self.values < FAINT * self.values.max(), 0.0, self.values)
        rows, columns = np.nonzero(values)
        x = west + (columns + 0.5) / width * (east - west)
        y = north - (rows + 0.5) / height * (north - south)
        weights = values[rows, columns]
        across = math.floor((east - west) / PATCH) + 1
        piece = np.floor((x - west) / PATCH).astype(np.int64) + across * np.floor((y - south) / PATCH).astype(np.int64)
        _, inverse = np.unique(piece, return_inverse=True)
        total = np.bincount(inverse, weights)
        middles = np.stack([np.bincount(inverse, weights * a) / total for a in (x, y)], axis=1)
        busiest = np.sort(np.argsort(-total, kind="stable")[:PATCHES])
        return middles[busiest], total[busiest] / total[busiest].sum()


def read_map(path: Path, bounds: Bounds, *, size: tuple[int, int] | None = None) -> DrawnMap:
    """Read a greyscale picture that lies over `bounds`.

    Args:
        path: a PNG or another picture; colours are turned to grey, transparency is ignored.
        bounds: west, south, east, north of what it covers, metres.
        size: width and height that are expected, pixels; None: any whose sides are as long, to one part in ten.

    Raises:
        FileNotFoundError: no such file.
        ValueError: no picture, all black, or of another size.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: expected a greyscale picture, found no such file; check the path")
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        raise ValueError(f"{path}: expected a greyscale picture, got no picture; save it as PNG")
    height, width = picture.shape
    if size is not None and (width, height) != tuple(size):
        raise ValueError(f"{path}: expected {size[0]} x {size[1]} pixels, got {width} x {height}; resize it")
    wide, high = bounds[2] - bounds[0], bounds[3] - bounds[1]
    if size is None and abs(math.log((width / height) / (wide / high))) > 0.1:
        raise ValueError(
            f"{path}: expected a picture as the ground, {wide:.1f} x {high:.1f} m, so {round(100 * wide / high)} x 100 "
            f"pixels or a multiple, got {width} x {height}; crop or stretch it"
        )
    if not picture.any():
        raise ValueError(f"{path}: expected some place brighter than black, got none; draw where people are")
    return DrawnMap(values=picture.astype(np.float64) / float(picture.max()), bounds=bounds)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Controls:
    """What is asked of a crowd; what is None or empty is left to the model.

    Attributes:
        population: people present on average.
        flow: people a minute that enter, by the name of the entrance; who is not named keeps what it has.
        types: share of those who walk, by type: "pedestrian" and "rider" (a faster, wider body).
        standing: share of the population that stands. groups: share of the walkers who go in groups of two and three.
        pace: times the usual speeds.
        appearance: where people enter and leave. density: where people prefer to walk.
        avoid, attract: polygons (K, 2), metres, that people walk round; that they pass through and linger in.
        regions_from, regions_until: seconds between which avoid, attract and density act.
        evacuate_at: second from which everybody leaves, hurrying, by the nearest exit and nobody comes any more.
        exits: (E, 2) metres, of the evacuation; none: the way by which anybody meant to leave.
    """

    population: float | None = None
    flow: Mapping[str, float] = field(default_factory=dict)
    types: Mapping[str, float] = field(default_factory=dict)
    standing: float | None = None
    groups: float | None = None
    pace: float = 1.0
    appearance: DrawnMap | None = None
    density: DrawnMap | None = None
    avoid: tuple[FloatArray, ...] = ()
    attract: tuple[FloatArray, ...] = ()
    regions_from: float = 0.0
    regions_until: float = math.inf
    evacuate_at: float | None = None
    exits: FloatArray = field(default_factory=lambda: np.zeros((0, 2)))

    def __post_init__(self) -> None:
        """Check every value.

        Raises:
            ValueError: one line that says what was expected, what came and what to do.
        """
        if self.population is not None:
            _number("population", self.population, 0.0, math.inf, "people present on average")
        for name, rate in self.flow.items():
            _number(f"flow[{name}]", rate, 0.0, math.inf, "people a minute")
        for name, share in self.types.items():
            if name not in TYPES:
                raise ValueError(f"types: expected shares of {', '.join(TYPES)}, got {name!r}; no model moves others")
            _number(f"types[{name}]", share, 0.0, math.inf, "a share")
        if self.types and sum(self.types.values()) <= 0.0:
            raise ValueError(f"types: expected a share above 0, got {dict(self.types)}; raise one of them")
        for name, value in (("standing", self.standing), ("groups", self.groups)):
            if value is not None:
                _number(name, value, 0.0, 1.0, "a share")
        _number("pace", self.pace, SLOWEST_PACE, FASTEST_PACE, "times the usual speed")
        for kind in ("avoid", "attract"):
            polygons = tuple(_polygon(f"{kind}[{k}]", points) for k, points in enumerate(getattr(self, kind)))
            object.__setattr__(self, kind, polygons)
        _number("regions_from", self.regions_from, 0.0, math.inf, "seconds")
        if not self.regions_until > self.regions_from:
            raise ValueError(
                f"regions_until: expected seconds after regions_from={self.regions_from:g}, got "
                f"{self.regions_until}; leave it out for no end"
            )
        if self.evacuate_at is not None:
            _number("evacuate_at", self.evacuate_at, 0.0, math.inf, "seconds")
        exits = np.asarray(self.exits, np.float64)
        if exits.ndim != 2 or exits.shape[1] != 2 or not np.isfinite(exits).all():
            raise ValueError(f"exits: expected points (E, 2), metres, got shape {exits.shape}; give x and y of each")
        object.__setattr__(self, "exits", exits)
        if self.appearance is not None and self.flow:
            raise ValueError(
                "flow and appearance: expected one of the two, as people of an appearance map come by no named "
                "entrance, got both; leave one out"
            )

    @property
    def steers(self) -> bool:
        """Whether anything is asked that changes where people go once they are there."""
        return bool(self.avoid or self.attract or self.density) or self.evacuate_at is not None

    def rules(self, time: float) -> bool:
        """Return whether regions and the density map act at `time`, seconds."""
        return self.regions_from - 1e-9 <= time < self.regions_until - 1e-9

    def flows(self, names: Sequence[str]) -> FloatArray:
        """Return people a second (E,) that are asked of the entrances with these `names`, NaN where none are.

        Raises:
            ValueError: a flow was asked of an entrance that is not among them.
        """
        for name in self.flow:
            if name not in names:
                known = ", ".join(sorted(names)) if names else "none, as entrances here have no names"
                raise ValueError(f"flow: expected the names of entrances ({known}), got {name!r}; correct it")
        return np.array([self.flow.get(name, np.nan) / 60.0 for name in names], np.float64)

    def parties(self, pairs: float, triples: float) -> FloatArray:
        """Return the shares (3,) of parties of one, two and three: `groups` if asked for, else the usual.

        Args:
            pairs: usual share of walkers in pairs. triples: in groups of three.
        """
        if self.groups is not None:
            pairs, triples = (self.groups * share / (pairs + triples) for share in (pairs, triples))
        shares = np.array([1.0 - pairs - triples, pairs / 2, triples / 3])
        result: FloatArray = shares / shares.sum()
        return result

    def rider_share(self) -> float:
        """Return the share of riders among parties of one and all walkers, 0 to 1."""
        return self.types.get(RIDER, 0.0) / sum(self.types.values()) if self.types else 0.0

    def rider_speed(self, rng: np.random.Generator) -> float:
        """Draw the desired speed of a rider, m/s, at this pace."""
        return self.pace * float(np.clip(rng.normal(RIDER_SPEED, RIDER_SPREAD), RIDER_SLOWEST, RIDER_FASTEST))

    def appearance_at(self, points: FloatArray) -> FloatArray:
        """Return how likely people enter and leave at `points` (..., 2), 0 to 1; 1 where no map was drawn."""
        return np.ones(np.shape(points)[:-1]) if self.appearance is None else self.appearance.at(points)


def _number(name: str, value: float, low: float, high: float, what: str) -> None:
    bound = f"from {low:g}" if high == math.inf else f"from {low:g} to {high:g}"
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise ValueError(f"{name}: expected {what}, a number {bound}, got {value!r}; correct it")
    if not (math.isfinite(value) and low <= value <= high):
        raise ValueError(f"{name}: expected {what}, {bound}, got {value}; correct it")


def _polygon(name: str, points: Sequence[Sequence[float]] | FloatArray) -> FloatArray:
    try:
        array = np.asarray(points, np.float64)
    except (TypeError, ValueError):
        array = np.zeros(0)
    if array.ndim != 2 or array.shape[1] != 2:
        raise ValueError(f"{name}: expected a polygon (K, 2), points x and y in metres, got {points!r}; correct it")
    if not np.isfinite(array).all():
        raise ValueError(f"{name}: expected finite points, got {array.tolist()}; correct it")
    if len(array) < 3:
        raise ValueError(f"{name}: expected a polygon of three points or more, got {len(array)}; add corners")
    polygon = Polygon(array)
    if not polygon.is_valid or polygon.area <= 0.0:
        raise ValueError(
            f"{name}: expected a polygon with an area whose sides do not cross, got {array.tolist()}; reorder corners"
        )
    return array
