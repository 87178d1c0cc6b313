"""Who comes when, from where to where: Poisson arrivals of single walkers and groups, and people who stand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crowd.control import FAINT, PATCH, RIDER_RADIUS, RIDER_SPEED, Controls
from crowd.ground import Ground
from crowd.trajectory import Arrival, FloatArray

DESIRED_SPEED, SPEED_SPREAD = 1.25, 0.22  # m/s, mean and deviation of desired speeds (Weidmann 1993: 1.34, 0.26)
SLOWEST, FASTEST = 0.7, 1.8  # m/s
PAIRS, TRIPLES = 0.35, 0.05  # share of walkers in groups of two and three (Moussaid 2010: most groups are pairs)
RADIUS = 0.25  # m, half the shoulder breadth of an adult
SPACING = 0.72  # m between the centres of a group
TALKING_DISTANCE = 0.95  # m between the centres of two who stand and talk: personal distance, Hall 1966
STEP_DISTANCE = 0.3  # m from a wall that a person who stands needs
QUEUEING = 0.6  # share of those who stand that queue, where there are queues


@dataclass(frozen=True, slots=True, kw_only=True)
class _Party:
    """People who walk together: when the first would enter, and their way."""

    time: float
    path: FloatArray
    speed: float
    size: int
    radius: float = RADIUS


def sample_arrivals(
    ground: Ground,
    entrances: FloatArray,
    spots: FloatArray,
    *,
    people: float,
    duration: float,
    rng: np.random.Generator,
    weights: FloatArray | None = None,
    radii: FloatArray | None = None,
    demand: FloatArray | None = None,
    names: Sequence[str] = (),
    controls: Controls | None = None,
    queues: Sequence[FloatArray] = (),
    clerks: Sequence[FloatArray] = (),
    standing: float = 0.2,
    first_id: int = 0,
) -> tuple[Arrival, ...]:
    """Draw the arrivals of an episode, sorted by time, ids from `first_id`.

    Args:
        ground: where people walk.
        entrances: (E, 2) metres; people enter at one and leave by another.
        spots: (S, 3) x, y, yaw: where people may stand; half of those drawn talk to a second person.
        people: how many are there on average.
        duration: seconds to fill.
        rng: every draw comes from it.
        weights: (E,) how busy each entrance is; None: all alike.
        radii: (E,) metres, how wide each entrance is; None: 1 m.
        demand: (E, E) how often people go from one to another; None: as busy as both are.
        names: (E,) of the entrances, by which `controls` may ask for flows.
        controls: what is asked of them; its population and its share who stand count before `people` and `standing`.
        queues: of each, (Q, 3) x, y, yaw of its places, the head first; they fill from there, and nobody moves on.
        clerks: of each queue, (3,) x, y, yaw of who serves it while somebody queues, or empty; none given: nobody.
        standing: share of `people` who stand or queue, as far as there are places.
        first_id: the smallest id.

    Raises:
        ValueError: people are to walk, but there are not two entrances joined by a way; a flow is asked of an
            entrance that is not there or that leads nowhere; or both demand and an appearance map are given.
    """
    controls = Controls() if controls is None else controls
    people = people if controls.population is None else controls.population
    standing = standing if controls.standing is None else controls.standing
    flows = controls.flows(names)
    if controls.appearance is not None:
        if demand is not None:
            raise ValueError("demand: expected none where an appearance map says where people come, got both; drop one")
        middles, weights = controls.appearance.patches()
        entrances = np.array([ground.snap((float(x), float(y))) for x, y in middles])
        radii = np.full(len(entrances), PATCH / 2)
    entrances = np.asarray(entrances, np.float64).reshape(-1, 2)
    spots = np.asarray(spots, np.float64).reshape(-1, 3)
    weights = np.ones(len(entrances)) if weights is None else np.asarray(weights, np.float64)
    radii = np.ones(len(entrances)) if radii is None else np.asarray(radii, np.float64)
    shares = np.array(np.outer(weights, weights) if demand is None else demand, np.float64)
    still = round(standing * people)
    arrivals = _queue(queues, clerks, round(QUEUEING * still), rng) if queues else []
    arrivals = _stand(ground, spots, max(0, min(still - len(arrivals), 2 * len(spots))), arrivals, rng)
    walkers = people - len(arrivals)
    flows = flows if len(flows) == len(entrances) else np.full(len(entrances), np.nan)
    some = walkers > 0 or np.nansum(flows) > 0.0
    parties = _parties(ground, entrances, shares, radii, walkers, duration, rng, flows, controls) if some else []
    for group, party in enumerate(parties):
        arrivals += _walk(ground, party, -1 if party.size == 1 else len(spots) + group, rng)
    arrivals.sort(key=lambda arrival: arrival.time)
    return tuple(
        Arrival(
            person_id=first_id + k,
            time=arrival.time,
            origin=arrival.origin,
            goal=arrival.goal,
            desired_speed=arrival.desired_speed,
            radius=arrival.radius,
            group=arrival.group,
            yaw=arrival.yaw,
        )
        for k, arrival in enumerate(arrivals)
    )


def check_arrivals(arrivals: Sequence[Arrival], ground: Ground) -> tuple[Arrival, ...]:
    """Return arrivals by id.

    Raises:
        ValueError: two share an id, or no way leads from an origin to its goal.
    """
    ordered = tuple(sorted(arrivals, key=lambda arrival: arrival.person_id))
    if len({arrival.person_id for arrival in ordered}) != len(ordered):
        raise ValueError("arrivals: expected unique person ids, got some twice; number them anew")
    for arrival in ordered:
        if arrival.goal is not None and not ground.reaches(arrival.origin, arrival.goal):
            raise ValueError(
                f"arrivals: expected a goal that person {arrival.person_id} can reach from {arrival.origin}, "
                f"got {arrival.goal}; move it onto the connected walkable area"
            )
    return ordered


def _parties(
    ground: Ground,
    entrances: FloatArray,
    demand: FloatArray,
    radii: FloatArray,
    walkers: float,
    duration: float,
    rng: np.random.Generator,
    flows: FloatArray,
    controls: Controls,
) -> list[_Party]:
    """Draw who walks: those on the way at time 0 by letting them enter earlier; see `sample_arrivals`."""
    count = len(entrances)
    lengths = np.zeros((count, count))
    for i in range(count):
        for j in range(count):
            start, goal = (entrances[i, 0], entrances[i, 1]), (entrances[j, 0], entrances[j, 1])
            if i == j or not ground.reaches(start, goal):
                demand[i, j] = 0.0
            else:
                lengths[i, j] = _length(ground.path(start, goal))
    if demand.sum() <= 0.0:
        raise ValueError(f"entrances: expected two or more with a way between them, got {entrances.tolist()}")
    demand = demand / demand.sum()
    sizes = np.array([1, 2, 3])
    shares = controls.parties(PAIRS, TRIPLES)
    size = float(shares @ sizes)
    rides = controls.rider_share() * size / (1.0 - controls.rider_share() * (1.0 - size))  # share of parties
    load = ((1.0 - rides) * size + rides * DESIRED_SPEED / RIDER_SPEED) / controls.pace  # of a party, in usual walkers
    stay = float((demand * lengths).sum()) / DESIRED_SPEED
    rate = max(0.0, walkers) / (stay * load)  # parties per second: Little's law
    if np.isfinite(flows).any():
        asked = np.where(np.isfinite(flows), flows, 0.0) / (rides + (1.0 - rides) * size)
        if (demand.sum(axis=1) <= 0.0)[asked > 0.0].any():
            raise ValueError(f"flow: expected entrances from which a way leads to another, got {flows.tolist()}")
        own = demand / np.maximum(demand.sum(axis=1, keepdims=True), 1e-12) * asked[:, None]
        rest = np.where(np.isfinite(flows)[:, None], 0.0, rate * demand)
        if controls.population is not None:  # the other entrances make up the population
            there = [float((rates * lengths).sum()) / DESIRED_SPEED * load for rates in (own, rest)]
            rest *= max(0.0, walkers - there[0]) / max(1e-12, there[1])
        demand, rate = own + rest, float((own + rest).sum())
        if rate <= 0.0:
            return []
        demand /= rate
    earliest = -float(lengths.max()) / (SLOWEST * controls.pace)
    parties = []
    time = earliest + rng.exponential(1.0 / rate)
    while time < duration:
        i, j = divmod(int(rng.choice(count * count, p=demand.ravel())), count)
        speed = float(np.clip(rng.normal(DESIRED_SPEED, SPEED_SPREAD), SLOWEST, FASTEST)) * controls.pace
        party = int(rng.choice(sizes, p=shares))
        start = _near(ground, entrances[i], radii[i], rng, controls)
        goal = _near(ground, entrances[j], radii[j], rng, controls)
        radius = RADIUS
        if rides > 0.0 and rng.random() < rides:
            speed, party, radius = controls.rider_speed(rng), 1, RIDER_RADIUS
        if time > 0.0 or -time * speed < lengths[i, j] - 1.0:
            path = ground.path(start, goal)
            parties.append(_Party(time=time, path=path, speed=speed, size=party, radius=radius))
        time += rng.exponential(1.0 / rate)
    return parties


def _walk(ground: Ground, party: _Party, group: int, rng: np.random.Generator) -> list[Arrival]:
    """Return the people of a party side by side, at its entrance or where they are by time 0."""
    path = party.path
    done = max(0.0, -party.time) * party.speed
    marks = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    if done > marks[-1] - 1.0:
        return []
    here = np.array([np.interp(done, marks, path[:, axis]) for axis in (0, 1)])
    ahead = np.array([np.interp(done + 0.5, marks, path[:, axis]) for axis in (0, 1)]) - here
    left = np.array([-ahead[1], ahead[0]]) / max(1e-9, float(np.hypot(*ahead)))
    sway = rng.normal(0.0, 0.4) if done > 0.0 else 0.0  # not everybody walks on one line
    members = []
    for k in range(party.size):
        place = here + left * ((0.5 * (party.size - 1) - k) * SPACING + sway)
        origin = ground.snap((float(place[0]), float(place[1])))
        if not ground.reaches(origin, (float(path[-1, 0]), float(path[-1, 1]))):  # beside the way lies a niche
            origin = ground.snap((float(here[0]), float(here[1])))
        speed = party.speed + (0.0 if party.size == 1 else float(rng.normal(0.0, 0.03)))
        members.append(
            Arrival(
                person_id=0,
                time=max(0.0, party.time),
                origin=origin,
                goal=(float(path[-1, 0]), float(path[-1, 1])),
                desired_speed=speed,
                radius=party.radius,
                group=group,
                yaw=math.atan2(ahead[1], ahead[0]),
            )
        )
    return members


def _queue(
    queues: Sequence[FloatArray], clerks: Sequence[FloatArray], count: int, rng: np.random.Generator
) -> list[Arrival]:
    """Return at most `count` people in queues, filled from their heads to lengths that are drawn, and their clerks."""
    places = [np.asarray(queue, np.float64).reshape(-1, 3) for queue in queues]
    lengths = np.array([int(rng.integers(len(queue) + 1)) for queue in places])
    while lengths.sum() > count:
        lengths[int(rng.choice(np.flatnonzero(lengths == lengths.max())))] -= 1  # nobody joins the longest
    serving = [np.reshape(clerk, (-1, 3)) for clerk in clerks] or [np.empty((0, 3))] * len(places)
    return [
        _stander((float(x), float(y)), float(yaw), -1)
        for queue, clerk, length in zip(places, serving, lengths, strict=True)
        if length
        for x, y, yaw in (*queue[:length], *clerk)
    ]


def _stand(
    ground: Ground, spots: FloatArray, count: int, queued: list[Arrival], rng: np.random.Generator
) -> list[Arrival]:
    """Return those `queued` and `count` who stand at spots drawn without repetition, alone or facing one another."""
    people = list(queued)
    count += len(queued)
    for group, spot in enumerate(rng.permutation(len(spots))):
        if len(people) >= count:
            break
        x, y, yaw = (float(value) for value in spots[spot])
        other = (x + TALKING_DISTANCE * math.cos(yaw), y + TALKING_DISTANCE * math.sin(yaw))
        room = ground.wall(np.array([other]))[0][0] > STEP_DISTANCE
        free = all(math.dist(other, person.origin) > 2 * RADIUS + 0.3 for person in people)
        pair = rng.random() < 0.5 and room and free and len(people) + 2 <= count
        here = _stander((x, y), yaw, group if pair else -1)
        if any(math.dist(here.origin, person.origin) < 2 * RADIUS + 0.1 for person in people):
            continue
        people.append(here)
        if pair:
            people.append(_stander(other, math.remainder(yaw + math.pi, math.tau), group))
    return people


def _stander(origin: tuple[float, float], yaw: float, group: int) -> Arrival:
    return Arrival(person_id=0, time=0.0, origin=origin, goal=None, radius=RADIUS, group=group, yaw=yaw)


def _near(
    ground: Ground, centre: FloatArray, radius: float, rng: np.random.Generator, controls: Controls
) -> tuple[float, float]:
    """Draw a point with room for a body in the disc, where the appearance map has somebody."""
    for _ in range(20):
        angle, share = rng.uniform(0.0, math.tau), math.sqrt(rng.random())
        x, y = centre + radius * share * np.array([math.cos(angle), math.sin(angle)])
        drawn = controls.appearance is None or float(controls.appearance_at(np.array([x, y]))) >= FAINT
        if drawn and ground.wall(np.array([[x, y]]))[0][0] > STEP_DISTANCE:
            return float(x), float(y)
    return ground.snap((float(centre[0]), float(centre[1])))


def _length(path: FloatArray) -> float:
    return float(np.hypot(*np.diff(path, axis=0).T).sum())
