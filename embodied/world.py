"""The only stepping loop: minds, crowd, motion, physics, sensors, safety, log, in this order."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from crowd.trajectory import CrowdState, Others
from embodied.config import RunConfig
from embodied.drive import Drive, wrap
from embodied.episode import Action, EpisodeSpec, Heard, Observation, Perception, RobotSpec
from embodied.greetings import Greetings
from embodied.hazards import bystanders, name_hazards
from embodied.lives import Lives
from embodied.living import begin_client, begin_lives
from embodied.log import EpisodeLog
from embodied.odometry import Odometry, relative_pose, to_polar
from embodied.place import build_scene, choose_place
from embodied.populate import Population, Wardrobe, populate, skin
from embodied.provenance import tell_provenance
from embodied.reactions import Reactions, find_reactor
from embodied.seeding import stream
from embodied.senses import (
    read_labels,
    robot_camera,
    robot_spec,
    see_people,
    sense_depth,
    take_picture,
    take_rig,
)  # fmt: skip
from embodied.sight import Sight
from embodied.talk import Talk
from embodied.tasks.models import TASKS
from motion.clip import RootPaths
from motion.encounter import Encounters
from motion.models import make_motion
from scenes.backend import RobotState
from scenes.backends import choose_backend
from scenes.scene import PERSON_INSTANCE_BASE, Scene
from scenes.walkable import Walkable

logger = logging.getLogger(__name__)

CONTROL_DT = 0.1  # s, one row of the log
DRIVE_DT = 0.02  # s, one command to the wheels and one step of physics
STALL = 0.5  # s without progress after which an action is cut short
LONGEST = 10.0  # s after which one is cut short in any case: a robot can squirm at an edge for minutes
ASK_LIMIT = 30.0  # s, the longest an `ask` may take
TURN_RATE = 4.0  # rad/s, how fast a person turns
ASSETS = Path(__file__).parents[1] / "assets"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """What an action led to."""

    observation: Observation
    terminated: bool
    truncated: bool


class World:
    """One robot among people in a scene. The single place of mutable simulation state.

    Attributes that `oracle` and `judge=truth` may read: scene, walkable, episode, robot, crowd, robot_spec.
    """

    scene: Scene
    walkable: Walkable
    episode: EpisodeSpec
    robot: RobotState
    crowd: CrowdState
    log: EpisodeLog
    _lives: Lives

    def __init__(self, config: RunConfig) -> None:
        self.config = config
        choice = choose_backend(config.backend.name)
        logger.info("drawing with %s: %s", choice.name, choice.reason)
        self.backend = choice.make(sim_dt=DRIVE_DT)
        urdf = Path(config.robot.urdf) if config.robot.urdf else ASSETS / "robots" / f"{config.robot.name}.urdf"
        if not urdf.is_file():
            raise FileNotFoundError(f"robot.urdf: expected a URDF file, got {urdf}; give a path that exists")
        self._urdf = urdf
        self._drive = Drive(
            max_speed=config.robot.max_speed,
            max_turn_rate=config.robot.max_turn_rate,
            acceleration=config.robot.acceleration,
            turn_acceleration=config.robot.turn_acceleration,
        )
        self._react = find_reactor(config.motion.reactor)
        self._client = begin_client(config)
        self.task = TASKS[config.task.name](config.task)
        self.robot_spec: RobotSpec = robot_spec(
            config.robot,
            ask_distance=self.task.ask_distance,
            success_radius=self.task.success_radius,
            max_time=self.task.max_time,
            max_asks=getattr(config.task, "max_asks", None),
        )

    # ---------------------------------------------------------------- episode

    def reset(self, *, seed: int, episode_id: int = 0, perception: Perception = "rgb") -> Observation:
        """Start an episode and return what the robot senses first.

        Raises:
            ValueError: the configured start or goal does not fit the scene.
        """
        config = self.config
        if hasattr(self, "_lives"):
            self._lives.close()
        self.__dict__.pop("_population", None)  # what the last episode held is free before the next takes its own
        place = choose_place(config.scene, seed)
        scene = build_scene(place)
        if getattr(self, "scene", None) is not scene:
            self.scene = scene
            self.walkable = Walkable(scene.walkable, radius=config.robot.radius)
            self._sight = Sight(scene, config.robot, name_hazards(scene, place.hazards))
        self.backend.load(scene)
        self.backend.add_robot(self._urdf)
        self.seed, self.perception, self.step_count, self._over = seed, perception, 0, False
        self._draws = perception in ("rgb", "ids")
        self.episode = self.task.sample(self, episode_id, seed, stream(seed, "task"))
        self.backend.place_robot(*self.episode.start)
        self.robot = self.backend.robot_state()
        self._odometry = Odometry(config.robot, self.episode.start, seed)
        self._drive.place(self.robot)
        self._population: Population = populate(
            scene, config, self.task.arrivals(self, stream(seed, "crowd", 1)), self.episode.max_time, seed,
            bystanders(place.hazards),
        )  # fmt: skip
        replayed = self._population.recording is not None
        self._wardrobe = Wardrobe(
            seed, self._population.person_ids, config.appearance, walkers=replayed, given=self._population.bodies
        )
        self._motion = Encounters(make_motion(config.motion.name, config.motion.reactor))
        self._motion.reset(self._wardrobe, stream(seed, "motion"))
        self._present: dict[int, float] = {}  # person_id: height of the body
        self._yaws: dict[int, float] = {}
        self._talk = Talk(self._event, self._population.mind, self.robot_spec.max_asks)
        self._greetings = Greetings(
            self._event,
            seed=seed,
            share=0.0 if replayed else config.mind.acquainted,  # a recording stays as it is
            walkable=scene.walkable,
            body_of=self._wardrobe.plain,
            encounters=self._motion if self._draws else None,
            know=self._population.know,
            until=math.inf if (late := config.crowd.controls.evacuate_at) is None else late,
        )
        self._reactions = Reactions(
            self._event, None if replayed else self._react, seed=seed, radius=config.robot.radius
        )
        self._heard: list[Heard] = []
        self._seen: npt.NDArray[np.bool_] = np.zeros(0, dtype=np.bool_)
        self._touching: npt.NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self.crowd = self._population.start
        self.log = EpisodeLog(
            {
                "seed": seed,
                **place.record(),
                "renderer": self.backend.renderer,
                "control_dt": CONTROL_DT,
                "task": config.task.name,
                "agent": config.agent.factory or config.agent.name,
                "robot_radius": config.robot.radius,
                "robot_max_speed": config.robot.max_speed,
                "ask_distance": self.robot_spec.ask_distance,
                "crowd": config.crowd.name,
                "appearance": config.appearance,
                "motion": config.motion.name,
                "mind": config.mind.name,
                "perception": perception,
                **tell_provenance(config),
            }
        )
        spec = self.episode
        self._event(
            "reset",
            start=spec.start,
            goal=spec.goal,
            goal_name=spec.goal_name,
            success_radius=spec.success_radius,
            geodesic_distance=spec.geodesic_distance,
            reference_path=spec.reference_path,
            max_time=spec.max_time,
            task=config.task.name,
            decision_points=[{"position": p.position, "ambiguous": p.ambiguous} for p in spec.decision_points],
            pointgoal=spec.point_goal,
        )
        self._event("instruction", text=spec.instruction, style=spec.style, generated_by=spec.generated_by)
        if self._population.recording is not None:
            self._event("recording", **self._population.recording)
        for hazard in place.hazards:
            self._event("hazard", **hazard.tell())
        self._lives = begin_lives(
            config, scene, self._population, self._wardrobe, seed, place.hour, self._event, self._client, place.hazards
        )
        self._motion_phase()
        self._sensor_phase()
        self._log_phase()
        return self._observe(collided=False)

    @property
    def time(self) -> float:
        """Simulated time, seconds."""
        return round(self.step_count * CONTROL_DT, 6)

    def step(self, action: Action) -> StepResult:
        """Carry out one action, control step by control step, while time goes on for everybody.

        Raises:
            RuntimeError: the episode is over.
        """
        if self._over:
            raise RuntimeError("step: expected an episode under way, got one that is over; call reset() first")
        collided = False
        if action.note:
            self._event("note", **action.note)
        if action.kind == "stop":
            return self._end("stop")
        if action.kind == "ask":
            self._talk.ask(self.time, action.text, self.robot, self.crowd, self._seen, self.robot_spec.ask_distance)
        started, stalled, last = self.time, 0.0, self.robot
        distance, turn = self._displacement(action)
        self._drive.advance(distance, turn)
        while True:
            self._control_step()
            if self.time >= self.episode.max_time:
                return self._end("timeout")
            if action.kind in ("wait", "ask"):
                if self._done_waiting(action, started):
                    break
                continue
            if self._drive.could_stop(self.robot):
                break
            moved = math.hypot(self.robot.x - last.x, self.robot.y - last.y)
            turned = abs(wrap(self.robot.yaw - last.yaw))
            stalled = stalled + CONTROL_DT if moved < 0.01 and turned < 0.02 else 0.0
            last = self.robot
            if stalled >= STALL or self.time - started >= LONGEST:
                collided = True
                self._drive.place(self.robot)
                break
        return StepResult(observation=self._observe(collided=collided), terminated=False, truncated=False)

    def close(self) -> None:
        """Release the backend, and the file of memories."""
        self.backend.close()
        if hasattr(self, "_lives"):
            self._lives.close()

    def _displacement(self, action: Action) -> tuple[float, float]:
        forward, turn = self.robot_spec.forward, self.robot_spec.turn
        return {"forward": (forward, 0.0), "left": (0.0, turn), "right": (0.0, -turn)}.get(action.kind, (0.0, 0.0))

    def _done_waiting(self, action: Action, started: float) -> bool:
        elapsed = self.time - started
        if action.kind == "wait":
            return elapsed >= 0.5 - 1e-6
        return not self._talk.going_on or elapsed >= ASK_LIMIT

    def _end(self, reason: str) -> StepResult:
        self._over = True
        self._event("episode_end", reason=reason, goal_distance=self.goal_distance())
        observation = self._observe(collided=False)
        return StepResult(observation=observation, terminated=reason == "stop", truncated=reason != "stop")

    # ---------------------------------------------------------------- phases

    def _control_step(self) -> None:
        self.step_count += 1
        self._mind_phase()
        self._crowd_phase()
        self._motion_phase()
        self._physics_phase()
        self._sensor_phase()
        self._safety_phase()
        self._log_phase()

    def _mind_phase(self) -> None:
        """Deliver what has been said; let people decide, greet, talk with each other, or react to the robot."""
        self._heard += self._talk.update(self.time, self.robot, self.crowd, self._yaws)
        talk = self._talk.cues.keys() | self._talk.orders.keys()
        self._greetings.update(self.time, self.crowd, self._yaws, busy=talk | set(self._reactions.people))
        greets = self._greetings.partners.keys() | self._lives.chats.partners.keys()
        self._reactions.update(self.time, self.robot, self.crowd, self._yaws, busy=talk | greets)
        for people in self._greetings.over():
            self._lives.greeted(people, self.time)
        busy = talk | self._greetings.partners.keys() | self._greetings.orders.keys()
        busy |= set(self._reactions.people) | self._reactions.orders.keys()
        self._lives.update(self.time, self.robot, self.crowd, self._yaws, busy=busy)
        self._heard += self._lives.words_to_robot()

    def _crowd_phase(self) -> None:
        state = self.robot
        others = Others(
            positions=np.array([[state.x, state.y]]),
            velocities=np.array([[state.v * math.cos(state.yaw), state.v * math.sin(state.yaw)]]),
            radii=np.array([self.config.robot.radius]),
        )
        # the last has the last word
        minds = self._lives, self._lives.chats, self._reactions, self._greetings, self._talk
        orders = {
            person: order
            for mind in minds
            for person, order in mind.orders.items()
            if (person in self._yaws) != (order.kind == "enter")
        }
        self.crowd = self._population.model.step(CONTROL_DT, others, orders)
        for mind in minds:
            mind.orders.clear()

    def _motion_phase(self) -> None:
        """Pose everybody who is here; bodies are drawn only for robots with eyes."""
        ids = [int(person) for person in self.crowd.person_ids]
        gone = set(self._present) - set(ids)
        for person in [person for person in self._present if person in gone]:
            self.backend.remove_person(person)
            del self._present[person]
            del self._yaws[person]
            self._talk.leave(person)
        for index, person in enumerate(ids):
            if person not in self._present:
                body = self._wardrobe[person] if self._draws else self._wardrobe.plain(person)
                self.backend.add_person(person, skin(body))
                self._present[person] = body.height
                self._yaws[person] = float(self.crowd.yaws[index])
                self._event(
                    "person",
                    entity=person,
                    body=body.name,
                    description=body.description,
                    height=body.height,
                    age=body.age,
                    skin_tone=body.skin_tone,
                    aid=body.aid,
                )
            self._yaws[person] = self._face(person, index)
        if not ids:
            return
        yaws = np.array([self._yaws[person] for person in ids])
        if self._draws:
            paths = RootPaths(
                person_ids=self.crowd.person_ids,
                positions=self.crowd.positions,
                velocities=self.crowd.velocities,
                yaws=yaws,
                planned=np.zeros((len(ids), 0, 2)),
            )
            cues = self._lives.chats.cues | self._reactions.cues | self._greetings.cues | self._talk.cues
            with_whom = self._lives.chats.partners | self._greetings.partners
            partners = {person: with_whom.get(person, 0) for person in cues}
            joints = self._motion.step(CONTROL_DT, paths, partners, cues)
            for person, pose in zip(ids, joints, strict=True):
                self.backend.pose_person(person, pose)
        else:
            self.backend.move_people(ids, self.crowd.positions)

    def _physics_phase(self) -> None:
        touched: set[int] = set()
        for _ in range(round(CONTROL_DT / DRIVE_DT)):
            self.backend.drive_robot(*self._drive.command(self.backend.robot_state(), DRIVE_DT))
            self.backend.step(DRIVE_DT)
            touched |= {contact.instance for contact in self.backend.contacts()}
        self.robot = self.backend.robot_state()
        self._touched = touched

    def _sensor_phase(self) -> None:
        heights = np.array([self._present[int(person)] for person in self.crowd.person_ids])
        camera = robot_camera(self.robot, self.config.robot)
        self._seen = see_people(self.backend, camera, self.crowd.person_ids, self.crowd.positions, heights)

    def _safety_phase(self) -> None:
        before = set(self._touching.tolist())
        self._touching = np.array(sorted(self._touched), dtype=np.int64)
        for instance in sorted(self._touched - before):
            person = instance - PERSON_INSTANCE_BASE
            self._event("contact", entity=0, other=person if person > 0 else -1, instance=int(instance))

    def _log_phase(self) -> None:
        crowd, robot, goal = self.crowd, self.robot, self.episode.goal
        ids = crowd.person_ids
        nothing = np.full(len(ids), np.nan)
        touched = [i - PERSON_INSTANCE_BASE for i in self._touching.tolist() if i > PERSON_INSTANCE_BASE]
        self.log.append(
            step=self.step_count,
            time=self.time,
            entity=_prepend(0, ids),
            kind=["robot"] + ["human"] * len(ids),
            x=_prepend(robot.x, crowd.positions[:, 0]),
            y=_prepend(robot.y, crowd.positions[:, 1]),
            z=np.zeros(len(ids) + 1),
            yaw=[robot.yaw, *(self._yaws[person] for person in ids.tolist())],
            vx=_prepend(robot.v * math.cos(robot.yaw), crowd.velocities[:, 0]),
            vy=_prepend(robot.v * math.sin(robot.yaw), crowd.velocities[:, 1]),
            radius=_prepend(self.config.robot.radius, crowd.radii),
            goal_x=_prepend(goal[0], crowd.goals[:, 0]),
            goal_y=_prepend(goal[1], crowd.goals[:, 1]),
            goal_distance=_prepend(self.goal_distance(), nothing),
            clearance=_prepend(self._clearance(), nothing),
            activity=["drive" if abs(robot.v) > 0.01 or abs(robot.w) > 0.01 else "stand"]
            + [
                self._talk.activity(i, self._lives.chats.activity(i, word))
                for i, word in zip(ids.tolist(), crowd.activities, strict=True)
            ],
            group=_prepend(-1, crowd.groups),
            seen_by_robot=_prepend(False, self._seen),
            contact=[touched[0] if touched else -1, *(0 if i in touched else -1 for i in ids.tolist())],
        )

    # ---------------------------------------------------------------- people

    def _face(self, person: int, index: int) -> float:
        """Return where a person faces: whom it talks with or greets, or its way; nobody spins round at once."""
        before = self._yaws[person]
        facing = self._lives.chats.facing | self._reactions.facing | self._greetings.facing
        wish = facing.get(person, float(self.crowd.yaws[index]))
        if person in self._talk.cues:
            x, y = self.crowd.positions[index]
            wish = math.atan2(self.robot.y - y, self.robot.x - x)
        most = TURN_RATE * CONTROL_DT
        return wrap(before + max(-most, min(most, wrap(wish - before))))

    # ---------------------------------------------------------------- robot

    def goal_distance(self) -> float:
        """Return the geodesic distance from the robot to its goal, metres."""
        here = (self.robot.x, self.robot.y)
        distance = float(self.walkable.distance_at(here, self.episode.goal)[0])
        return distance if math.isfinite(distance) else self.walkable.distance_from_pocket(here, self.episode.goal)

    def _clearance(self) -> float:
        """Return metres from the robot's surface to the nearest static obstacle."""
        return self._sight.lidar.clearance((self.robot.x, self.robot.y)) - self.config.robot.radius

    def _event(self, type: str, **fields: Any) -> None:
        self.log.event(self.step_count, self.time, type, **fields)

    def _observe(self, *, collided: bool) -> Observation:
        spec = self.episode
        pose = self._odometry.read(self.robot, self.step_count)
        heard, self._heard = tuple(self._heard), []
        images: Mapping[str, Any] = {}
        if self.perception == "state":
            crowd = self.crowd
            images = {
                "scan": self._sight.scan(self.robot, crowd.positions, crowd.radii),
                "detections": self._sight.detect(
                    self.backend, self.robot, crowd.person_ids, crowd.positions, self._seen
                ),
            }
        elif self._draws:
            noise = stream(self.seed, "sensors", self.step_count)
            frame = take_picture(self.backend, self.robot, self.config.robot, noise)
            depth = sense_depth(frame.depth, self.config.robot, stream(self.seed, "sensors", self.step_count, 2))
            rig = take_rig(self.backend, self.robot, self.config.robot, self.seed, self.step_count)
            images = {"rgb": frame.rgb, "depth": depth, "cameras": rig}
            if self.perception == "ids":
                labels = read_labels(frame.instance, self._sight.signs, self._sight.things)
                images |= {"semantic": frame.semantic, "instance": frame.instance, "labels": labels}
        return Observation(
            step=self.step_count,
            time=self.time,
            instruction=spec.instruction,
            pose=pose,
            velocity=(self.robot.v, self.robot.w),
            collided=collided,
            heard=heard,
            point_goal=to_polar(relative_pose((*spec.goal, 0.0), spec.start)[:2], pose) if spec.point_goal else None,
            **images,
        )


def _prepend(value: float, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return `values` (N,) with the robot's `value` before them."""
    result = np.empty(len(values) + 1, dtype=values.dtype)
    result[0], result[1:] = value, values
    return result
