"""Contract of `embodied`: what an episode is, and who acts in it.

Everything that acts sees only its Observation. The one exception is an agent whose `perception` is "truth".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from embodied.config import CameraConfig
    from embodied.minds.needs import Needs
    from embodied.minds.persona import Persona
    from embodied.world import World

FloatArray = npt.NDArray[np.float64]
ActionKind = Literal["stop", "forward", "left", "right", "wait", "ask"]
ACTIONS: tuple[ActionKind, ...] = ("stop", "forward", "left", "right", "wait", "ask")
Perception = Literal["truth", "ids", "rgb", "state", "none"]
Activity = Literal["talk", "go", "wait", "follow", "approach", "avoid", "flee"]
# addressed: somebody spoke to it; plan: the next thing is due; arrived: where it went; met: somebody it knows is near;
# robot: one came near; hazard: something looks dangerous; need: one became urgent; stuck: it does not get on; left: who
# was talked with or followed is gone
Event = Literal["addressed", "plan", "arrived", "met", "robot", "hazard", "need", "stuck", "left"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What the robot does next; each kind takes its own simulated time.

    `forward` 0.25 m, `left` and `right` 15 degrees (the task's sizes), `wait` 0.5 s, `stop` ends the episode,
    `ask` says `text` to the nearest visible person within the task's asking distance and lasts until the answer
    has been spoken, or until nobody has answered. `note` is what an agent declares about itself, such as
    `{"belief_entropy": bits}`; it goes into the log and changes nothing.
    """

    kind: ActionKind
    text: str = ""
    note: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Something that was said within earshot.

    Attributes:
        text: the words.
        bearing: radians, left positive, direction of the speaker in the listener's frame when it ended.
        distance: metres to the speaker.
        time: seconds, when it ended.
        own: whether the listener said it.
        speaker: who said it, as people tell apart by sight: an id, 0 the robot; None for robots, who cannot tell.
        act: its dialogue act, "" where it is not told.
    """

    text: str
    bearing: float
    distance: float
    time: float
    own: bool = False
    speaker: int | None = None
    act: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class View:
    """What a camera of the robot's rig gives: rgb (H, W, 3) uint8; depth (H, W) float32 as in Observation."""

    rgb: npt.NDArray[np.uint8]
    depth: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scan:
    """What a laser scanner measures, from the camera's place, in the plane.

    Attributes:
        bearings: (R,) radians, left positive, from the robot's heading.
        ranges: (R,) metres to the first thing between 0.1 and 1.3 m above ground, inf beyond reach.
        human: (R,) bool, whether it is a person.
    """

    bearings: FloatArray
    ranges: FloatArray
    human: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Detection:
    """A person or a labelled thing in view.

    Attributes:
        instance: as in `Observation.instance`: people are 10_000 + k.
        label: the words on a legible sign, in capitals, or the name of a thing; "" for people and what is too small.
        human: whether it is a person.
        points: (K, 3) metres, robot frame (x forward, y left, z up): places on its surface that are seen; of a person
            one, the middle.
        pixels: how many it would cover in the robot's camera.
    """

    instance: int
    label: str
    human: bool
    points: FloatArray
    pixels: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Observation:
    """What the robot senses before an action.

    Attributes:
        step: control step; time: seconds.
        instruction: what it was told to do.
        pose: (x, y, yaw) by odometry, metres and radians, in the frame of the start pose (x forward, y left).
        velocity: (v, w), m/s and rad/s.
        collided: the last action was cut short by an obstacle.
        heard: what was said within earshot since the last observation, oldest first.
        rgb: (H, W, 3) uint8; depth: (H, W) float32, metres along the optical axis, inf beyond range; or None for
            an agent whose perception is "none" or "truth".
        semantic, instance: (H, W) int32, only for perception "ids". Person instances are 10_000 + k.
        labels: only for perception "ids": words that can be read or named, by instance id seen in `instance`.
            A sign is legible when it covers enough pixels; then its label is the words on it, in capitals
            ("PHARMACY"). Nameable things (fountain, kiosk, bench, tree, statue) have lower-case labels.
        point_goal: where the task's point is: (metres, radians, left positive) from the robot, by odometry; None in
            tasks that do not sense their goal.
        cameras: what the cameras of the rig give, by name; empty without a rig or without pictures.
        scan, detections: only for perception "state": what a scanner and a detector give instead of pictures.
    """

    step: int
    time: float
    instruction: str
    pose: tuple[float, float, float]
    velocity: tuple[float, float]
    collided: bool = False
    heard: tuple[Heard, ...] = ()
    rgb: npt.NDArray[np.uint8] | None = None
    depth: npt.NDArray[np.float32] | None = None
    semantic: npt.NDArray[np.int32] | None = None
    instance: npt.NDArray[np.int32] | None = None
    labels: Mapping[int, str] = field(default_factory=dict)
    point_goal: tuple[float, float] | None = None
    cameras: Mapping[str, View] = field(default_factory=dict)
    scan: Scan | None = None
    detections: tuple[Detection, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotSpec:
    """What an agent may know of its own body and of the rules of the task.

    Attributes:
        radius: metres. forward: metres and turn: radians per action.
        camera_height: metres above the ground; camera_forward: metres ahead of the base centre; the camera looks
            along the robot's x, pitched down by `camera_pitch` radians.
        fov: vertical field of view, radians; width, height: pixels.
        distortion: k1, k2, p1, p2, k3 of its lens, as in OpenCV; zeros: a pinhole.
        ask_distance: metres, how near a person must be to be asked.
        success_radius: metres, how near the goal a stop counts.
        max_time: seconds of an episode.
        max_asks: how many questions are answered, None: no limit.
        rig: its further cameras.
    """

    radius: float
    forward: float
    turn: float
    camera_height: float
    camera_forward: float
    camera_pitch: float
    fov: float
    width: int
    height: int
    ask_distance: float
    success_radius: float
    max_time: float
    distortion: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0, 0.0)
    max_asks: int | None = None
    rig: tuple[CameraConfig, ...] = ()


class Agent(Protocol):
    """A policy under test.

    Attributes:
        perception: what its observations hold: "rgb" (and depth), "ids" (also semantic, instance, labels), "state"
            (no pictures, a scan and detections instead), "none" (neither), "truth" (no pictures; `reveal` is called
            with the World after each reset). An agent that can do with several names them in `perceptions`; then
            `perception=` on the command line chooses.
    """

    perception: Perception

    def reset(self, robot: RobotSpec, rng: np.random.Generator) -> None: ...

    def act(self, observation: Observation) -> Action: ...


class TruthfulAgent(Agent, Protocol):
    """An agent that may read the World: the oracle."""

    def reveal(self, world: World) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Somebody or something that a person sees.

    Attributes:
        id: of a person, 0 the robot, -1 for what has none. kind: what it is.
        name: what this person calls it: a name where it knows one, else what it looks like.
        bearing: radians, left positive, in the observer's frame. distance: metres.
        activity: what somebody does, "" of things. text: what is written on it.
        relation: what it is to the observer ("friend"), "" if nothing.
    """

    id: int
    kind: Literal["person", "robot", "sign", "thing", "hazard"]
    name: str
    bearing: float
    distance: float
    activity: str = ""
    text: str = ""
    relation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonObservation:
    """What a simulated person senses and knows when it may decide: itself, what it sees, hears and remembers.

    Attributes:
        time: seconds. person_id: who decides.
        position: (x, y) metres, world (people know where they are); yaw: radians.
        activity: "walk", "stand", "hold", "talk" or "listen".
        heard: words said to this person since it last decided, oldest first; bearing is relative to its own yaw.
        robot: (x, y) of the robot if this person sees it, else None.
        event: what made it decide.
        persona: who it is, needs: how far they are satisfied; None where people have no lives of their own.
        minute: of the day. plan: what is planned for now and next, as (activity, place, last minute).
        seen: who and what it sees, the nearest first. memories: what comes to its mind, best first.
        places: names of places it could go to.
        around: distance in metres to each of `places`, along the way.
    """

    time: float
    person_id: int
    position: tuple[float, float]
    yaw: float
    activity: str
    heard: tuple[Heard, ...] = ()
    robot: tuple[float, float] | None = None
    event: Event = "addressed"
    persona: Persona | None = None
    needs: Needs | None = None
    minute: int = 0
    plan: tuple[tuple[str, str, int], ...] = ()
    seen: tuple[Seen, ...] = ()
    memories: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    around: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a person decides to do: one schema for every planner, see `embodied.minds.decision`.

    Attributes:
        activity: "talk" (say `utterance` to whoever spoke or to `target`, standing still), "go" (to `target`, or on its
            way), "wait" (where it is), "follow" (`target`), "approach" (`target`, to look), "avoid" (keep away from
            `target`), "flee" (from `target`, fast).
        utterance: words to say, or "". act: dialogue act, see `embodied.minds.acts`.
        point_at: (x, y, z) to point at while talking, or None.
        decided_by: "rules" or "llm:<model>"; generated_by: "template" or "llm:<model>", "" without utterance.
        facts: what the utterance claims, for the log alone (`truth`: "true" | "partial" | "false" | "unknown" |
            "refused", `goal`, `route`, `knows`, `role`, `lie`); nobody in the world reads it.
        goal: what it is for, in words. target: a name of `PersonObservation.places`, "robot", "person <id>", or "".
        speed: m/s, None: the usual pace. minutes: how long, None: until something happens.
        hazards: names of what was noticed and looks dangerous.
    """

    activity: Activity
    utterance: str = ""
    act: str = ""
    point_at: tuple[float, float, float] | None = None
    decided_by: str = "rules"
    generated_by: str = ""
    reason: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    goal: str = ""
    target: str = ""
    speed: float | None = None
    minutes: float | None = None
    hazards: tuple[str, ...] = ()


class Planner(Protocol):
    """Decides for whoever something happened to, all of a tick at once; the answers are in order."""

    def decide(self, observations: Sequence[PersonObservation]) -> list[Decision]: ...


class Mind(Protocol):
    """Decides for one person, on events; None: carry on."""

    def decide(self, observation: PersonObservation) -> Decision | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionPoint:
    """Where one has to choose: (x, y) metres, world. `ambiguous`: the front of the goal cannot be seen from there."""

    position: tuple[float, float]
    ambiguous: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeSpec:
    """What an episode asks for.

    Attributes:
        episode_id: index within the run. seed: the episode's seed.
        start: (x, y, yaw), world. goal: (x, y), world. goal_name: words of the goal ("pharmacy").
        instruction: what the robot is told. success_radius: metres (geodesic, strictly below).
        max_time: seconds of simulated time, then the episode is truncated.
        geodesic_distance: metres from start to goal for the robot's radius. reference_path: (K, 2) metres, the corners
            of the shortest way, or of the way that the instruction describes.
        decision_points: along the reference path, from its start.
        point_goal: whether the robot senses where the goal is.
        style: of the instruction, "goal", "point", "raw" or "worded"; generated_by: "template", or "human".
    """

    episode_id: int
    seed: int
    start: tuple[float, float, float]
    goal: tuple[float, float]
    goal_name: str
    instruction: str
    success_radius: float
    max_time: float
    geodesic_distance: float
    reference_path: tuple[tuple[float, float], ...]
    decision_points: tuple[DecisionPoint, ...] = ()
    point_goal: bool = False
    style: str = "goal"
    generated_by: str = "template"


class Task(Protocol):
    """Draws episodes in a scene and says what they need of the world."""

    def sample(self, world: World, episode_id: int, seed: int, rng: np.random.Generator) -> EpisodeSpec: ...
