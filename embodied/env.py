"""The tasks as Gymnasium environments, over the same World as everything else."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from embodied.compose import compose_runs
from embodied.config import RunConfig
from embodied.env_state import sense_state, state_spaces
from embodied.env_words import LONGEST, Words
from embodied.episode import ACTIONS, Action, ActionKind, Observation
from embodied.metrics import score
from embodied.world import World

SUCCESS_REWARD = 2.5  # Savva et al. 2019 (Habitat), as the two below
SLACK_REWARD = -0.01  # per action

GymObservation = dict[str, Any]


class EmbodiedEnv(gymnasium.Env[GymObservation, Any]):
    """A task in a populated place.

    Observation (Dict): `odometry` (5,) float32: x, y metres and yaw radians in the frame of the start pose, v m/s and w
    rad/s; `time` (1,) float32 seconds; what the task adds (`instruction` and `heard`: text, one line for each thing
    said; `point_goal` (2,) float32: metres and radians, left positive); and
    - with observations="pixels": `rgb` (H, W, 3) uint8; `depth` (H, W) float32, metres along the optical axis, inf
      where nothing is within range; `cameras`: the same for each camera of `robot.rig`, by name, if there are any;
    - with observations="state": `ranges`, `people` and `people_mask`, see `embodied.env_state`; nothing is drawn.
    Action: where people can be asked a Dict: `kind`: index into `embodied.episode.ACTIONS`; `text`: what to say, read
    for `ask` alone; elsewhere the index alone, of all but `ask`. Each action takes its own simulated time, while people
    go on.
    Reward: metres of geodesic progress towards the goal - 0.01 per action + 2.5 for a stop within the radius.
    `info` at the end holds the metrics of the episode.

    The world is made at the first reset, in the process in which the environment then lives.
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 10}  # noqa: RUF012  Gymnasium's own attribute
    task: ClassVar[str]
    asks: ClassVar[bool] = False  # whether one can ask, and hears what is said
    told: ClassVar[bool] = True  # whether there is an instruction to read
    pointed: ClassVar[bool] = False  # whether the goal is sensed

    def __init__(
        self,
        *,
        render_mode: str | None = None,
        scene_seed: int | None = 0,
        observations: Literal["pixels", "state"] = "pixels",
        overrides: tuple[str, ...] = (),
    ) -> None:
        """Make the environment.

        Args:
            render_mode: "rgb_array": `render` returns the robot's view; only with pixels.
            scene_seed: layout of the place; None draws a new one at each reset (slower: it is built anew).
            observations: "pixels" or "state".
            overrides: `key=value` words as on the command line, such as "crowd.people=40" or "backend=tiny".

        Raises:
            ValueError: an override that the command line would refuse, another task, or unknown observations.
        """
        if observations not in ("pixels", "state"):
            raise ValueError(f"observations: expected pixels or state, got {observations!r}")
        if render_mode is not None and (render_mode != "rgb_array" or observations == "state"):
            raise ValueError(
                f"render_mode: expected None, or rgb_array with pixels, got {render_mode!r} with {observations}; "
                "leave it out"
            )
        layout = "null" if scene_seed is None else str(scene_seed)
        preset = [f"task={self.task}", f"scene.seed={layout}"]
        preset += ["backend=tiny"] if observations == "state" else []  # its physics is that of all backends
        (self.config,) = compose_runs([*preset, *overrides], {})
        if self.config.task.name != self.task:
            raise ValueError(f"task={self.config.task.name}: expected {self.task}, the task of this environment")
        self.render_mode, self.observations = render_mode, observations
        sensed: dict[str, spaces.Space[Any]] = {
            "odometry": spaces.Box(-np.inf, np.inf, (5,), np.float32),
            "time": spaces.Box(0.0, np.inf, (1,), np.float32),
        }
        sensed |= {"instruction": Words()} if self.told else {}
        sensed |= {"heard": Words()} if self.asks else {}
        sensed |= {"point_goal": spaces.Box(-np.inf, np.inf, (2,), np.float32)} if self.pointed else {}
        sensed |= _pictures(self.config) if observations == "pixels" else state_spaces()
        self.observation_space = spaces.Dict(sensed)
        self.kinds: tuple[ActionKind, ...] = ACTIONS if self.asks else tuple(k for k in ACTIONS if k != "ask")
        kind = spaces.Discrete(len(self.kinds))
        self.action_space = spaces.Dict({"kind": kind, "text": Words()}) if self.asks else kind
        self._world: World | None = None
        self._last: Observation | None = None

    @property
    def world(self) -> World:
        """The world behind the environment, made at the first use; for judges, not for agents."""
        if self._world is None:
            self._world = World(self.config)
        return self._world

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[GymObservation, dict[str, Any]]:
        """Start an episode; `seed` decides everything in it and in those after it.

        With `task.episodes` it draws one of the file.
        """
        super().reset(seed=seed)
        episode_seed = int(self.np_random.integers(2**32))
        count = getattr(self.world.task, "episodes", None)
        number = 0 if count is None else int(self.np_random.integers(count))
        perception: Literal["rgb", "none"] = "rgb" if self.observations == "pixels" else "none"
        observation = self.world.reset(seed=episode_seed, episode_id=number, perception=perception)
        self._distance = self.world.goal_distance()
        return self._convert(observation), {"episode_seed": episode_seed, "episode": number}

    def step(self, action: Any) -> tuple[GymObservation, float, bool, bool, dict[str, Any]]:
        """Carry out one action.

        Raises:
            ValueError: an action outside the action space.
        """
        if not self.action_space.contains(action):
            index = f"0..{len(self.kinds) - 1}"
            expected = f"{{'kind': {index}, 'text': str}}" if self.asks else index
            raise ValueError(f"action: expected {expected}, got {action!r}")
        kind, words = (action["kind"], action["text"]) if self.asks else (action, "")
        result = self.world.step(Action(kind=self.kinds[int(kind)], text=str(words)))
        distance = self.world.goal_distance()
        reward = self._distance - distance + SLACK_REWARD
        self._distance = distance
        info: dict[str, Any] = {"collided": result.observation.collided}
        if result.terminated or result.truncated:
            info["metrics"] = score(self.world.log)
            reward += SUCCESS_REWARD * info["metrics"]["sr"]
        return self._convert(result.observation), float(reward), result.terminated, result.truncated, info

    def render(self) -> npt.NDArray[np.uint8] | None:
        """Return the robot's view, (H, W, 3) uint8, in render mode "rgb_array"."""
        return None if self.render_mode is None or self._last is None else self._last.rgb

    def close(self) -> None:
        """Release the world."""
        if self._world is not None:
            self._world.close()
            self._world = None

    def _convert(self, observation: Observation) -> GymObservation:
        self._last = observation
        sensed: GymObservation = {
            "odometry": np.array([*observation.pose, *observation.velocity], dtype=np.float32),
            "time": np.array([observation.time], dtype=np.float32),
        }
        if self.told:
            sensed["instruction"] = observation.instruction[:LONGEST]
        if self.asks:
            sensed["heard"] = "\n".join(heard.text for heard in observation.heard)[:LONGEST]
        if self.pointed:
            sensed["point_goal"] = np.array(observation.point_goal, dtype=np.float32)
        if self.observations == "state":
            return sensed | sense_state(self.world)
        sensed |= {"rgb": observation.rgb, "depth": observation.depth}
        if observation.cameras:
            sensed["cameras"] = {
                name: {"rgb": view.rgb, "depth": view.depth} for name, view in observation.cameras.items()
            }
        return sensed


class DirectionInquiryEnv(EmbodiedEnv):
    """Find a shop in a populated place; people can be asked the way."""

    task = "direction_inquiry"
    asks = True


class PointNavEnv(EmbodiedEnv):
    """Drive to a point that is sensed at all times."""

    task = "point_nav"
    told = False
    pointed = True


class VlnEnv(EmbodiedEnv):
    """Follow a way that is told in words."""

    task = "vln"


def _pictures(config: RunConfig) -> dict[str, spaces.Space[Any]]:
    robot = config.robot
    rig: dict[str, spaces.Space[Any]] = {mount.name: _picture(mount.height, mount.width) for mount in robot.rig}
    own = _picture(robot.height, robot.width)
    return {**own.spaces, **({"cameras": spaces.Dict(rig)} if rig else {})}


def _picture(height: int, width: int) -> spaces.Dict:
    return spaces.Dict(
        {
            "rgb": spaces.Box(0, 255, (height, width, 3), np.uint8),
            "depth": spaces.Box(0.0, np.inf, (height, width), np.float32),
        }
    )
