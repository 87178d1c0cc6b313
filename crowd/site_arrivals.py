"""Who comes to a site of which only the ground is known: by rule.

People come from where walkable ground meets the edge of what the picture shows, more where the stretch is wider, and
leave by another stretch some way off. Where nothing walkable meets the edge (a hall seen from above) they come from the
ends of the ground. A few stand about. `arrivals_for` is the one place where arrivals of a site are made.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt
import shapely

from crowd.arrivals import sample_arrivals
from crowd.ground import CLEARANCE, Ground
from crowd.site import SIDEWALK, Site
from crowd.trajectory import Arrival, FloatArray

DENSITY = 0.03  # people per m^2 by default, as at eth; other ETH/UCY places have 0.04 to 0.25
FEWEST, MOST = 2, 300  # people by default
STRETCH, STRETCHES = (
    3.0,
    20,
)  # m of edge that one entrance stands for at least, and how many entrances there are at most
NARROW = 0.8  # m: narrower stretches let nobody in
INWARD = 0.5  # m from the edge people appear
FAR, FAR_ENOUGH = 0.3, 8.0  # of the widest gap between entrances, or m: across smaller ones nobody goes
APART = 0.2  # of the largest connected ground: smaller ones apart from it, such as a flat roof, let nobody in
ASIDE = 1.4  # m that goals lie off the middle of an entrance: such goals share one field of `Ground`
STANDING = 0.1  # share of people who stand
SPOTS = 60  # places drawn to stand at
CLEAR = 0.8, 2.5  # m from walls, and from entrances, that they keep


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Entrances:
    """Where people come from and leave by, E of them.

    Attributes:
        positions: (E, 2) metres. weights: (E,) how busy each is. radii: (E,) metres.
        ends: (E, 2, 2) metres, of the stretch that each stands for, or None.
        rule: in words, how they were found.
    """

    positions: FloatArray
    weights: FloatArray
    radii: FloatArray
    ends: FloatArray | None = None
    rule: str = "given"


def arrivals_for(
    site: Site,
    people: int,
    seconds: float,
    rng: np.random.Generator,
    *,
    entrances: Entrances | None = None,
    ground: Ground | None = None,
) -> tuple[Arrival, ...]:
    """Return who comes to a site, sorted by time, ids from 1.

    Args:
        site: the place.
        people: how many are there on average.
        seconds: to fill.
        rng: every draw comes from it.
        entrances: where they come from; None: found from the site.
        ground: of `site.walkable`, if there is one already.

    Raises:
        ValueError: no two entrances are joined by a way.
    """
    ground = Ground(site.walkable) if ground is None else ground
    entrances = find_entrances(site, ground) if entrances is None else entrances
    arrivals = sample_arrivals(
        ground,
        entrances.positions,
        _spots(site, ground, entrances.positions, rng),
        people=people,
        duration=seconds,
        rng=rng,
        weights=entrances.weights,
        radii=entrances.radii,
        demand=_demand(entrances, ground),
        standing=STANDING,
        first_id=1,
    )
    if entrances.ends is not None:
        arrivals = _spread(arrivals, entrances, ground, rng)
    # Beside thin walls the raster can put somebody on the wrong side: they stay away.
    return tuple(a for a in arrivals if a.goal is None or ground.reaches(a.origin, a.goal))


def usual_people(site: Site) -> int:
    """Return how many people are usually at a site: DENSITY on what they walk on."""
    return int(np.clip(round(DENSITY * site.walkable.area), FEWEST, MOST))


def find_entrances(site: Site, ground: Ground) -> Entrances:
    """Return the entrances of a site: at the edge of what its picture shows, else the ends of its ground.

    Raises:
        ValueError: the ground is so small that it has no two ends.
    """
    found = _at_the_edge(site, ground)
    if found is not None:
        first = found.positions
        joined = [
            any(i != j and ground.reaches(_pair(a), _pair(b)) for j, b in enumerate(first)) for i, a in enumerate(first)
        ]
        parts = shapely.get_parts(site.walkable)
        worth = parts[shapely.area(parts) >= APART * shapely.area(parts).max()]
        joined = [a and bool(shapely.intersects_xy(worth, *p).any()) for a, p in zip(joined, first, strict=True)]
        if sum(joined) >= 2:
            assert found.ends is not None
            return Entrances(
                positions=first[joined], weights=found.weights[joined], radii=found.radii[joined],
                ends=found.ends[joined], rule="where walkable ground meets the picture's edge",
            )  # fmt: skip
    return _at_the_ends(site, ground)


def _at_the_edge(site: Site, ground: Ground) -> Entrances | None:
    blank = (site.semantic == 0).astype(np.uint8)  # sky, and what is too far off to tell
    _, labels = cv2.connectedComponents(blank, connectivity=4)
    rim = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    outside = np.pad(np.isin(labels, np.unique(rim[rim > 0])), 1, constant_values=True)
    beside = outside[:-2, 1:-1] | outside[2:, 1:-1] | outside[1:-1, :-2] | outside[1:-1, 2:]
    edge = site.walked & beside
    if not edge.any():
        return None
    _, parts = cv2.connectedComponents(edge.astype(np.uint8), connectivity=8)
    rows, columns = np.nonzero(edge)
    points = site.to_metres(np.stack([columns + 0.5, rows + 0.5], axis=1))
    owner = parts[rows, columns]
    total = sum(_span(points[owner == k]) for k in np.unique(owner))
    piece = max(STRETCH, total / STRETCHES)
    middles, weights, ends = [], [], []
    for k in np.unique(owner):
        for stretch in _pieces(points[owner == k], piece):
            length = _span(stretch)
            if length < NARROW:
                continue
            middle = stretch[np.argmin(np.hypot(*(stretch - stretch.mean(axis=0)).T))]
            far = stretch[np.argmax(np.hypot(*(stretch - middle).T))]
            other = stretch[np.argmax(np.hypot(*(stretch - far).T))]
            inward = ground.clear(np.array([middle, far, other]), INWARD)
            if ground.wall(inward[:1])[0][0] < CLEARANCE:
                continue
            middles.append(inward[0])
            weights.append(length)
            ends.append(inward[1:])
    if len(middles) < 2:
        return None
    order = np.argsort(weights)[::-1][: 2 * STRETCHES]
    return Entrances(
        positions=np.array(middles)[order],
        weights=np.array(weights)[order],
        radii=np.zeros(len(order)),  # `_spread` moves people along the stretch, as far as a way leads there
        ends=np.array(ends)[order],
    )


def _span(points: FloatArray) -> float:
    return float(np.hypot(*np.ptp(points, axis=0)))


def _pieces(points: FloatArray, length: float) -> list[FloatArray]:
    """Return points (K, 2) cut into pieces of about `length` metres: those nearest to centres that lie apart."""
    count = max(1, round(_span(points) / length))
    centres = [points[np.argmax(np.hypot(*(points - points.mean(axis=0)).T))]]
    gap = np.hypot(*(points - centres[0]).T)
    while len(centres) < count or gap.max() > 1.2 * length:
        centres.append(points[np.argmax(gap)])
        gap = np.minimum(gap, np.hypot(*(points - centres[-1]).T))
    middles = np.array(centres)
    for _ in range(8):
        owner = np.argmin(np.hypot(*np.moveaxis(points[:, None] - middles, 2, 0)), axis=1)
        middles = np.array([points[owner == k].mean(axis=0) if (owner == k).any() else middles[k]
                            for k in range(len(middles))])  # fmt: skip
    return [points[owner == k] for k in range(len(middles)) if (owner == k).any()]


def _at_the_ends(site: Site, ground: Ground) -> Entrances:
    """Return the ends of the largest connected ground: the two farthest apart, and the farthest from both."""
    parts = shapely.get_parts(site.walkable)
    part = parts[int(np.argmax([p.area for p in parts]))]
    inner = part.buffer(-CLEARANCE)
    if inner.is_empty:
        raise ValueError(f"{site.name}: expected ground wide enough to walk on, got none; give a mask or another scale")
    point = shapely.point_on_surface(inner)
    west, south, east, north = part.bounds
    xs, ys = np.linspace(west, east, 60), np.linspace(south, north, 60)
    grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    grid = grid[shapely.contains_xy(inner, grid)]
    ends: list[FloatArray] = []
    costs = np.array([ground.cost(_pair(p), (point.x, point.y)) for p in grid])
    for _ in range(3):
        reached = np.where(np.isfinite(costs), costs, -1.0)
        if len(grid) == 0 or reached.max() < 2.0:
            break
        ends.append(grid[int(np.argmax(reached))])
        new = np.array([ground.cost(_pair(p), _pair(ends[-1])) for p in grid])
        costs = new if len(ends) == 1 else np.minimum(costs, new)
    if len(ends) < 2:
        raise ValueError(
            f"{site.name}: expected ground with two ends 2 m apart, got {part.area:.1f} m^2; give a mask or a scale"
        )
    return Entrances(
        positions=np.array(ends), weights=np.ones(len(ends)), radii=np.zeros(len(ends)),
        rule="the ends of the ground: nothing walkable meets the picture's edge twice",
    )  # fmt: skip


def _demand(entrances: Entrances, ground: Ground) -> FloatArray:
    """Return (E, E) how often people go from one entrance to another: not to those beside it."""
    places = entrances.positions
    joined = np.array([[ground.reaches(_pair(a), _pair(b)) for b in places] for a in places])
    gap = np.hypot(*np.moveaxis(places[:, None] - places, 2, 0)) * joined
    demand = np.outer(entrances.weights, entrances.weights) * (joined & (gap >= min(FAR * gap.max(), FAR_ENOUGH)))
    np.fill_diagonal(demand, 0.0)
    result: FloatArray = demand
    return result


def _spots(site: Site, ground: Ground, entrances: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Draw (S, 3) x, y, yaw: places to stand at, on sidewalks where there are any, off walls and entrances."""
    semantic = site.semantic
    rows, columns = np.nonzero(semantic == SIDEWALK if (semantic == SIDEWALK).any() else site.walked)
    pick = rng.integers(len(rows), size=8 * SPOTS)
    points = site.to_metres(np.stack([columns[pick] + 0.5, rows[pick] + 0.5], axis=1))
    yaws = rng.uniform(-math.pi, math.pi, len(points))
    keep = ground.wall(points)[0] >= CLEAR[0]
    for entrance in entrances:
        keep &= np.hypot(*(points - entrance).T) >= CLEAR[1]
    spots = np.column_stack([points, yaws])[keep]
    joined = [any(ground.reaches(_pair(spot), _pair(entrance)) for entrance in entrances) for spot in spots]
    return spots[np.array(joined, np.bool_)][:SPOTS]  # nobody stands in a yard that no way leads to


def _spread(
    arrivals: tuple[Arrival, ...], entrances: Entrances, ground: Ground, rng: np.random.Generator
) -> tuple[Arrival, ...]:
    """Return arrivals whose ends lie anywhere along the stretch of their entrance, groups together."""
    assert entrances.ends is not None
    drawn: dict[int, FloatArray] = {}
    result = []
    for arrival in arrivals:
        if arrival.goal is None:
            result.append(arrival)
            continue
        shares = drawn.setdefault(arrival.group if arrival.group >= 0 else -arrival.person_id, rng.random(2))
        goal = _along(arrival.goal, float(shares[0]), entrances, ground, ASIDE)
        if not ground.reaches(arrival.origin, goal):
            goal = arrival.goal
        origin = arrival.origin
        if arrival.time > 0.0:
            origin = _along(origin, float(shares[1]), entrances, ground, math.inf)
            if not ground.reaches(origin, goal) or math.dist(origin, goal) < CLEAR[1]:
                origin = arrival.origin
        result.append(replace(arrival, origin=origin, goal=goal))
    return tuple(result)


def _along(
    point: tuple[float, float], share: float, entrances: Entrances, ground: Ground, most: float
) -> tuple[float, float]:
    """Return a point of an entrance moved along its stretch to a `share` of it, by `most` metres at most."""
    assert entrances.ends is not None
    here = np.array(point)
    k = int(np.argmin(np.hypot(*(entrances.positions - here).T)))
    first, last = entrances.ends[k]
    shift = first + share * (last - first) - entrances.positions[k]
    shift *= min(1.0, most / max(1e-9, float(np.hypot(*shift))))
    return ground.snap(_pair(ground.clear((here + shift)[None], INWARD)[0]))


def _pair(point: npt.NDArray[np.float64]) -> tuple[float, float]:
    return float(point[0]), float(point[1])
