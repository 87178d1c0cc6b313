"""Who is in the scene: from a seed and a config to arrivals, bodies and minds."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from crowd.arrivals import sample_arrivals
from crowd.control import RIDER_RADIUS, Controls
from crowd.data import read_traj_csv
from crowd.ground import Ground
from crowd.models import CROWD_MODELS
from crowd.placement import Placement, place
from crowd.replay import Replay
from crowd.trajectory import Arrival, CrowdModel, CrowdState
from embodied.config import RecordingConfig, ReplayConfig, RunConfig, SceneConfig
from embodied.controls import make_controls
from embodied.episode import Mind
from embodied.minds.models import MINDS
from embodied.minds.persona import Persona
from embodied.residents import arrivals_of, body_of, draw_residents
from embodied.seeding import stream
from motion.body import bodies, describe, dress, load_body
from motion.clip import DRAWN_PARENTS, Body, BodyMesh, FloatArray
from motion.people import PEOPLE
from scenes.backend import SkinnedMesh
from scenes.scene import Scene

NOBODY: Mapping[int, str] = MappingProxyType({})
CROWDED = 1.25  # times the usual number of people, at which nobody else comes in
KEPT_BODIES = 64  # of a wardrobe, those that were last made
CHILD = 12.0  # years
# How often people come, where adults without an aid count 1: wheelchairs and sticks more often than in most streets,
# so that robots meet them (in England 2 % use a wheelchair, NHS 2017).
RARE = {"wheelchair": 0.35, "stick": 0.6}


def cast(seed: int, person_id: int, appearance: str, *, walkers: bool) -> str:
    """Return the name of the body of a person, drawn by how common such people are.

    Args:
        seed: the episode's.
        person_id: of the person.
        appearance: which split of the bodies: "all", "train" or "test".
        walkers: leave out who sits in a wheelchair, as nobody in recordings of walkers does.
    """
    names, shares = _candidates(appearance, walkers)
    return str(stream(seed, "bodies", person_id, 0).choice(names, p=shares))


@cache
def _candidates(appearance: str, walkers: bool) -> tuple[list[str], FloatArray]:
    """Return the bodies to draw from, and how probable each is."""
    names = [name for name in bodies(appearance) if not (walkers and PEOPLE[name].aid == "wheelchair")]
    shares = np.array([RARE.get(PEOPLE[name].aid, 0.6 if PEOPLE[name].age < CHILD else 1.0) for name in names])
    return names, shares / shares.sum()


class Wardrobe(Mapping[int, Body]):
    """The body of every person that can appear, made when asked for and the same for the same seed."""

    def __init__(
        self, seed: int, person_ids: Iterable[int], appearance: str = "all", *, walkers: bool = False,
        given: Mapping[int, str] = NOBODY,
    ) -> None:  # fmt: skip
        """Hold the bodies of `person_ids` in an episode of this seed; see `cast`. `given`: names of some of them."""
        self._seed, self._appearance, self._walkers, self._given = seed, appearance, walkers, given
        self._ids = frozenset(person_ids)
        self._made: OrderedDict[int, Body] = OrderedDict()

    def __getitem__(self, person_id: int) -> Body:
        if person_id not in self._ids:
            raise KeyError(person_id)
        if person_id not in self._made:
            name = self._name(person_id)
            self._made[person_id] = dress(load_body(name), stream(self._seed, "bodies", person_id, 1))
            if len(self._made) > KEPT_BODIES:
                self._made.popitem(last=False)
        return self._made[person_id]

    def plain(self, person_id: int) -> Body:
        """Return the body of a person without the colours of its clothes: all else is the same, and made sooner.

        Raises:
            KeyError: nobody has this id.
        """
        if person_id not in self._ids:
            raise KeyError(person_id)
        name = self._name(person_id)
        return describe(name, stream(self._seed, "bodies", person_id, 1))

    def _name(self, person_id: int) -> str:
        given = self._given.get(person_id)
        return given or cast(self._seed, person_id, self._appearance, walkers=self._walkers)

    def __contains__(self, person_id: object) -> bool:
        return person_id in self._ids

    def __iter__(self) -> Iterator[int]:
        return iter(sorted(self._ids))

    def __len__(self) -> int:
        return len(self._ids)


def skin(body: Body) -> SkinnedMesh:
    """Return a body as the mesh that a backend draws."""

    def level(mesh: BodyMesh, lods: tuple[SkinnedMesh, ...]) -> SkinnedMesh:
        return SkinnedMesh(
            vertices=mesh.vertices,
            faces=mesh.faces,
            uv=mesh.uv,
            texture=body.texture,
            joint_indices=mesh.joint_indices,
            joint_weights=mesh.joint_weights,
            inverse_bind=body.inverse_bind,
            parents=np.array(DRAWN_PARENTS, dtype=np.int32),
            height=body.height,
            lods=lods,
        )

    coarser = tuple(level(mesh, ()) for mesh in body.meshes[1:])
    return level(body.meshes[0], coarser)


@dataclass(slots=True)
class Population:
    """Everybody of an episode: the model that walks them, who is there first, and a mind for whoever needs one."""

    model: CrowdModel
    start: CrowdState
    person_ids: tuple[int, ...]
    recording: dict[str, Any] | None  # what the log says of a replayed recording
    make_mind: Callable[[int], Mind]
    residents: tuple[Persona, ...] = ()
    bodies: Mapping[int, str] = field(default_factory=dict)  # of the residents
    minds: dict[int, Mind] = field(default_factory=dict)

    def know(self, one: int, other: int) -> bool | None:
        """Tell whether two residents know each other; None where that is not known of both."""
        people = {person.id: person for person in self.residents}
        return other in people[one].relationships if one in people and other in people else None

    def mind(self, person_id: int) -> Mind:
        """Return the mind of a person, made when it is first needed."""
        if person_id not in self.minds:
            self.minds[person_id] = self.make_mind(person_id)
        return self.minds[person_id]


def populate(
    scene: Scene, config: RunConfig, scripted: tuple[Arrival, ...] | None, duration: float, seed: int,
    bystanders: Sequence[tuple[float, float, float]] = (),
) -> Population:  # fmt: skip
    """Fill a scene: the people of a scenario if it scripts any, else those of the configured crowd.

    Args:
        duration: seconds for which people keep coming.
        seed: the episode's seed.
        bystanders: (x, y, yaw) where people stand for the whole episode, beside all others.

    Raises:
        ValueError, FileNotFoundError: the recording of `crowd=replay`, or what is asked of a crowd, cannot be used.
    """
    rng = stream(seed, "crowd", 0)
    crowd = config.crowd
    recording = None
    residents = draw_residents(config.mind, seed)
    bodies = {person.id: body_of(person, seed, config.appearance) for person in residents}
    if isinstance(crowd, ReplayConfig):
        if residents:
            raise ValueError(
                f"mind.residents: expected 0 with crowd=replay, got {len(residents)}; take another crowd for them"
            )
        if bystanders:
            raise ValueError(
                "scene.hazards: expected none that people are part of with crowd=replay; take another crowd for them"
            )
        model: CrowdModel = (replayed := _replay(scene, config.scene, crowd))
        start = model.reset(scene.walkable, (), rng)
        person_ids = tuple(replayed.recording.person_ids.tolist())
        recording = {
            "file": str(recording_file(config.scene, crowd)),
            "rotation": replayed.placement.rotation,
            "translation": replayed.placement.translation,
            "start": replayed.placement.offset_time,
            "share": replayed.placement.share,
            "people": list(zip(person_ids, replayed.sources.tolist(), strict=True)),
        }
    else:
        controls = make_controls(crowd.controls, scene)
        people = crowd.people if controls.population is None else controls.population
        free = scripted is not None or controls.flow or residents or bystanders
        capacity = None if free else round(CROWDED * people) + 2
        model = CROWD_MODELS[crowd.name](capacity=capacity, controls=controls)  # type: ignore[call-arg]
        first = 1 + max(bodies, default=0)
        drawn = draw_arrivals(scene, crowd.people, duration, rng, controls, first) if scripted is None else ()
        arrivals = _fit(drawn, config, seed) if scripted is None else scripted
        if residents:
            arrivals += arrivals_of(residents, tuple(bodies.values()), scene.entrances[0].position, seed)
        last = max((arrival.person_id for arrival in arrivals), default=0)
        arrivals += tuple(
            Arrival(person_id=last + 1 + k, time=0.0, origin=(x, y), goal=None, yaw=yaw)
            for k, (x, y, yaw) in enumerate(bystanders)
        )
        start = model.reset(scene.walkable, arrivals, stream(seed, "crowd", 2))
        person_ids = tuple(arrival.person_id for arrival in arrivals)
    lies = getattr(config.task, "false_answers", 0.0)  # of the tasks in which people are asked
    make_mind = MINDS[config.mind.name].maker(scene, config.mind, seed, false_answers=lies)
    return Population(
        model=model, start=start, person_ids=person_ids, recording=recording, make_mind=make_mind, residents=residents,
        bodies=bodies,
    )  # fmt: skip


def recording_file(scene: SceneConfig, crowd: ReplayConfig) -> Path:
    """Return the table of a recording: the one that was named, else that of the recorded place.

    Raises:
        ValueError: none was named and the place is not a recorded one.
    """
    if crowd.path is not None:
        return Path(crowd.path)
    if isinstance(scene, RecordingConfig):
        return Path(scene.path) / "traj.csv"
    raise ValueError("crowd.path: expected a value; give it as crowd.path=traj.csv")


def _replay(scene: Scene, place_config: SceneConfig, crowd: ReplayConfig) -> Replay:
    """Return the people of a recording, from its second `start` on: where they were, or else where they fit best."""
    path = recording_file(place_config, crowd)
    recording = read_traj_csv(path)
    start = float(recording.times[0]) + crowd.start
    if isinstance(place_config, RecordingConfig) and path.resolve() == (Path(place_config.path) / "traj.csv").resolve():
        own = Placement(rotation=0.0, translation=(0.0, 0.0), offset_time=start)
        return Replay(recording, own, approach=False, first_id=1)
    placement = replace(place(recording, scene.walkable), offset_time=start)
    entrances = np.array([entrance.position for entrance in scene.entrances])
    return Replay(recording, placement, entrances=entrances, first_id=1)


def _fit(arrivals: tuple[Arrival, ...], config: RunConfig, seed: int) -> tuple[Arrival, ...]:
    """Return the arrivals with the radius and the pace of their bodies; who rides keeps those of the vehicle."""
    people = [PEOPLE[cast(seed, a.person_id, config.appearance, walkers=False)] for a in arrivals]
    return tuple(
        arrival
        if arrival.radius == RIDER_RADIUS
        else replace(arrival, radius=person.radius, desired_speed=arrival.desired_speed * person.pace)
        for arrival, person in zip(arrivals, people, strict=True)
    )


def draw_arrivals(
    scene: Scene, people: int, duration: float, rng: np.random.Generator, controls: Controls | None = None,
    first_id: int = 1,
) -> tuple[Arrival, ...]:  # fmt: skip
    """Draw who comes to a scene in `duration` seconds, about `people` at a time, or what `controls` ask for.

    Raises:
        ValueError: what is asked for cannot be had here.
    """
    queues: dict[str, list[tuple[float, float, float]]] = {}
    for spot in sorted((spot for spot in scene.spots if spot.kind == "queue"), key=lambda spot: spot.order):
        queues.setdefault(spot.landmark, []).append((*spot.position, spot.yaw))
    clerks = {spot.landmark: (*spot.position, spot.yaw) for spot in scene.spots if spot.kind == "keeper"}
    return sample_arrivals(
        Ground(scene.walkable),
        np.array([entrance.position for entrance in scene.entrances]),
        np.array([(*spot.position, spot.yaw) for spot in scene.spots if spot.landmark not in queues]),
        queues=[np.array(places) for places in queues.values()],
        clerks=[np.array(clerks.get(name, ())) for name in queues],
        people=people,
        duration=duration,
        rng=rng,
        weights=np.array([entrance.weight for entrance in scene.entrances]),
        radii=np.array([entrance.radius for entrance in scene.entrances]),
        names=[entrance.name for entrance in scene.entrances],
        controls=controls,
        first_id=first_id,
    )
