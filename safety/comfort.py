"""How comfortable people find a robot standing among them, 0 (it disturbs badly) to 100 (perfectly acceptable).

Fitted to the ratings of L. J. Manso, P. Núñez, L. V. Calderita, D. R. Faria, P. Bachiller, SocNav1: A Dataset to
Benchmark and Learn Social Navigation Conventions, Data 5(1), 2020. The form is ours; theirs is a graph network
(L. J. Manso et al., Graph Neural Networks for Human-aware Social Navigation, 2019, arXiv 1909.09003).

A person at distance d with features z disturbs by (1); so does a link, between two people who interact or between
a person and the thing used, with other weights; then (2) holds for all of them together:

    g(d, z) = (1 - (d / 4 m)^2)_+^2  sum_j softplus(W tanh(A z + a) + b)_j  sigmoid((c_j - d) / w)        (1)
    score   = 100 exp(-(sum g^q)^(1/q)),  q > 1                                                             (2)

So nobody near is exactly 100, who is beyond 4 m does not matter, whoever is alone and goes straight away from the robot
disturbs less and less, and one person or link more never disturbs less. z is the same for a scene and its mirror image,
and the order of people does not enter. How it was fitted, how good it is, what it cannot know: `docs/comfort.md`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file

from safety.kinematics import time_mean
from safety.report import FloatArray, IntArray, Tracks

WEIGHTS = Path(__file__).resolve().parents[1] / "assets" / "models" / "comfort.safetensors"
REACH = 4.0  # m, beyond it nothing disturbs
LINK_LENGTH = 3.5  # m, the longest link that was rated (3.49 m)
PERSON_FEATURES, LINK_FEATURES = 7, 6
_NEAR_ZERO = 1e-6  # m; on top of each other there is no direction


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Situation:
    """One moment, in the robot's frame: x forward, y left (REP 103).

    Attributes:
        humans: (N, 3) x, y in metres and yaw in radians.
        objects: (M, 2) metres, things that people use.
        human_links: (K, 2) rows of `humans` that interact, each pair once.
        object_links: (K, 2) a row of `humans` and one of `objects`.
    """

    humans: FloatArray
    objects: FloatArray
    human_links: IntArray
    object_links: IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Elements:
    """What may disturb in B scenes, people and links one after another.

    Attributes:
        scenes: B.
        people: (E, 1 + PERSON_FEATURES) distance in metres and z. people_scene: (E,) in which scene.
        links: (F, 1 + LINK_FEATURES) distance in metres and z. links_scene: (F,) in which scene.
    """

    scenes: int
    people: FloatArray
    people_scene: IntArray
    links: FloatArray
    links_scene: IntArray


def describe_people(
    places: FloatArray, yaws: FloatArray, with_human: npt.NDArray[np.bool_], with_object: npt.NDArray[np.bool_]
) -> FloatArray:
    """Return (E, 1 + PERSON_FEATURES) of people: distance, then what does not change in a mirror.

    Args:
        places: (E, 2) metres, robot's frame. yaws: (E,) radians, robot's frame.
        with_human, with_object: (E,) whether the person interacts with another, or uses a thing.
    """
    distance = np.hypot(places[:, 0], places[:, 1])
    safe = np.maximum(distance, _NEAR_ZERO)
    ahead, aside = places[:, 0] / safe, places[:, 1] / safe  # of the person, seen from the robot
    facing, turned = np.cos(yaws), np.sin(yaws)
    seen = -(facing * ahead + turned * aside)  # cosine of the robot's bearing, seen from the person: 1 in front
    across = turned * ahead - facing * aside  # its sine
    columns = [distance, ahead, seen, across * aside, 2 * seen**2 - 1, 2 * ahead**2 - 1, with_human, with_object]
    return np.stack(columns, axis=1).astype(np.float64)


def describe_links(first: FloatArray, second: FloatArray, to_object: npt.NDArray[np.bool_]) -> FloatArray:
    """Return (F, 1 + LINK_FEATURES) of links: distance to the segment, then what does not change in a mirror.

    Args:
        first, second: (F, 2) metres, robot's frame, the two ends. to_object: (F,) whether the second is a thing.
    """
    span = second - first
    length = np.hypot(span[:, 0], span[:, 1])
    along = np.clip(-np.sum(first * span, axis=1) / np.maximum(length**2, _NEAR_ZERO**2), 0.0, 1.0)
    nearest = first + along[:, None] * span
    distance = np.hypot(nearest[:, 0], nearest[:, 1])
    ranges = np.hypot(first[:, 0], first[:, 1]) * np.hypot(second[:, 0], second[:, 1])
    between = -np.sum(first * second, axis=1) / np.maximum(
        ranges, _NEAR_ZERO
    )  # 1: the robot stands in the middle of them
    middle = (first + second) / 2
    ahead = middle[:, 0] / np.maximum(np.hypot(middle[:, 0], middle[:, 1]), _NEAR_ZERO)
    columns = [distance, length, between, to_object, to_object * between, np.maximum(between, 0.0) ** 2, ahead]
    return np.stack(columns, axis=1).astype(np.float64)


def describe(situations: Sequence[Situation]) -> Elements:
    """Return the people and links of B scenes."""
    people, links = [np.empty((0, 1 + PERSON_FEATURES))], [np.empty((0, 1 + LINK_FEATURES))]
    for each in situations:
        count = np.arange(len(each.humans))
        with_human, with_object = np.isin(count, each.human_links), np.isin(count, each.object_links[:, 0])
        people.append(describe_people(each.humans[:, :2], each.humans[:, 2], with_human, with_object))
        places = each.humans[:, :2]
        first = np.concatenate([places[each.human_links[:, 0]], places[each.object_links[:, 0]]])
        second = np.concatenate([places[each.human_links[:, 1]], each.objects[each.object_links[:, 1]]])
        links.append(describe_links(first, second, np.arange(len(first)) >= len(each.human_links)))
    number = np.arange(len(situations))
    return Elements(
        scenes=len(situations),
        people=np.concatenate(people), people_scene=np.repeat(number, [len(rows) for rows in people[1:]]),
        links=np.concatenate(links), links_scene=np.repeat(number, [len(rows) for rows in links[1:]]),
    )  # fmt: skip


@lru_cache(maxsize=4)
def load_weights(path: Path = WEIGHTS) -> Mapping[str, npt.NDArray[np.float32]]:
    """Return the weights by name, `people.*` and `links.*` of (1) and `power`, q of (2).

    Raises:
        FileNotFoundError: no such file.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: expected the weights of the comfort score; run `embodied train comfort`")
    weights: dict[str, npt.NDArray[np.float32]] = load_file(path)
    return weights


def score(elements: Elements, weights: Mapping[str, npt.NDArray[np.float32]] | None = None) -> FloatArray:
    """Return (B,) the comfort of scenes, 0 to 100; without `weights`, by those that are shipped."""
    weights = load_weights() if weights is None else weights
    power = float(weights["power"][0])
    total = np.zeros(elements.scenes)
    for name, rows, scene in (
        ("people", elements.people, elements.people_scene), ("links", elements.links, elements.links_scene)
    ):  # fmt: skip
        near = np.flatnonzero(rows[:, 0] < REACH)
        own = {key.removeprefix(f"{name}."): value for key, value in weights.items() if key.startswith(f"{name}.")}
        disturbance = _disturbance(rows[near].astype(np.float32), own)
        total += np.bincount(scene[near], weights=disturbance.astype(np.float64) ** power, minlength=elements.scenes)
    result: FloatArray = 100.0 * np.exp(-(total ** (1.0 / power)))
    return result


def _disturbance(
    rows: npt.NDArray[np.float32], weights: Mapping[str, npt.NDArray[np.float32]]
) -> npt.NDArray[np.float32]:
    """Return (E,) g of (1)."""
    distance = rows[:, :1]
    hidden = np.tanh(rows[:, 1:] @ weights["A"] + weights["a"])
    heights = np.log1p(np.exp(hidden @ weights["W"] + weights["b"]))
    steps = 1.0 / (1.0 + np.exp((distance - weights["c"]) / weights["w"]))
    window = (1.0 - (distance[:, 0] / np.float32(REACH)) ** 2) ** 2
    result: npt.NDArray[np.float32] = window * np.einsum("ej,ej->e", heights, steps)
    return result


# ---------------------------------------------------------------- along a way


def comfort_along(tracks: Tracks) -> FloatArray:
    """Return (T,) the comfort of each moment, 0 to 100, as if the robot stood where it is.

    Everybody of one group counts as interacting with the others of it who are within LINK_LENGTH; without `groups`
    nobody does. Who is absent (NaN) does not matter; nobody present is 100.

    Raises:
        ValueError: the headings of the robot or of somebody present are unknown.
    """
    if tracks.robot_yaw is None or tracks.people_yaw is None:
        raise ValueError("robot_yaw, people_yaw: expected (T,) and (T, N), got none; comfort needs who faces where")
    relative = tracks.people - tracks.robot[:, None]
    distance = np.hypot(relative[..., 0], relative[..., 1])
    cos, sin = np.cos(tracks.robot_yaw)[:, None], np.sin(tracks.robot_yaw)[:, None]
    places = np.stack(
        [cos * relative[..., 0] + sin * relative[..., 1], cos * relative[..., 1] - sin * relative[..., 0]], axis=-1
    )
    yaws = tracks.people_yaw - tracks.robot_yaw[:, None]
    steps, count = distance.shape

    groups = np.full(count, -1) if tracks.groups is None else tracks.groups
    one, two = np.triu_indices(count, k=1)
    together = (groups[one] == groups[two]) & (groups[one] >= 0)
    one, two = one[together], two[together]
    apart = places[:, one] - places[:, two]
    linked = np.hypot(apart[..., 0], apart[..., 1]) <= LINK_LENGTH
    with_human = np.zeros((steps, count), dtype=bool)
    for ends in (one, two):
        rows, pairs = np.nonzero(linked)
        with_human[rows, ends[pairs]] = True
    # a link may be near though both its ends are not: its nearest point is at most half of it away from an end
    rows, pairs = np.nonzero(linked & (np.minimum(distance[:, one], distance[:, two]) < REACH + LINK_LENGTH / 2))
    step, person = np.nonzero(distance < REACH)
    if not np.all(np.isfinite(yaws[step, person])):
        raise ValueError("robot_yaw, people_yaw: expected numbers wherever somebody is, got NaN; log every heading")
    return score(
        Elements(
            scenes=steps,
            people=describe_people(
                places[step, person], yaws[step, person], with_human[step, person], np.zeros(len(step), dtype=bool)
            ),
            people_scene=step,
            links=describe_links(places[rows, one[pairs]], places[rows, two[pairs]], np.zeros(len(rows), dtype=bool)),
            links_scene=rows,
        )
    )


def measure_comfort_mean(tracks: Tracks) -> float:
    """Return the mean comfort over time, 0 to 100; NaN where headings are not in the tracks."""
    if tracks.robot_yaw is None or tracks.people_yaw is None:
        return np.nan
    return time_mean(tracks.times, comfort_along(tracks))


def measure_comfort_min(tracks: Tracks) -> float:
    """Return the comfort of the worst moment, 0 to 100; NaN where headings are not in the tracks."""
    if tracks.robot_yaw is None or tracks.people_yaw is None or len(tracks.times) == 0:
        return np.nan
    return float(comfort_along(tracks).min())
