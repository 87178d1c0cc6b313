"""Direction inquiry as a Gymnasium environment, over the same World as everything else."""

from __future__ import annotations

import string
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from embodied.compose import compose_runs
from embodied.episode import ACTIONS, Action, Observation
from embodied.metrics import score
from embodied.world import World

# What people write in English, accents of borrowed words included.
CHARSET = frozenset(string.ascii_letters + string.digits + string.punctuation + " \n’‘“”–—…éèêëàâäçîïôöûüñÉ€£")  # noqa: RUF001
LONGEST = 1000  # characters of instruction, question, and of what was heard since the last action

SUCCESS_REWARD = 2.5  # Savva et al. 2019 (Habitat), as the two below
SLACK_REWARD = -0.01  # per action

GymObservation = dict[str, Any]


class DirectionInquiryEnv(gymnasium.Env[GymObservation, dict[str, Any]]):
    """Find a shop in a populated place; people can be asked the way.

    Observation (Dict): `rgb` (H, W, 3) uint8; `depth` (H, W) float32, metres along the optical axis, inf where
    nothing is within range; `odometry` (5,) float32: x, y metres and yaw radians in the frame of the start pose, v m/s
    and w rad/s; `time` (1,) float32 seconds; `instruction`, `heard`: text (one line for each thing said).
    Action (Dict): `kind`: index into `embodied.episode.ACTIONS`; `text`: what to say, read for `ask` alone. Each
    action takes its own simulated time, while people go on.
    Reward: metres of geodesic progress towards the goal - 0.01 per action + 2.5 for a stop within the radius.
    `info` at the end holds the metrics of the episode.
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 10}  # noqa: RUF012  Gymnasium's own attribute

    def __init__(
        self, *, render_mode: str | None = None, scene_seed: int | None = 0, overrides: tuple[str, ...] = ()
    ) -> None:
        """Make the environment.

        Args:
            render_mode: "rgb_array": `render` returns the robot's view.
            scene_seed: layout of the place; None draws a new one at each reset (slower: it is built anew).
            overrides: `key=value` words as on the command line, such as "crowd.people=40" or "backend=tiny".

        Raises:
            ValueError: an override that the command line would refuse.
        """
        layout = "null" if scene_seed is None else str(scene_seed)
        (self.config,) = compose_runs([f"scene.seed={layout}", *overrides], {})
        self.render_mode = render_mode
        robot = self.config.robot
        text = spaces.Text(min_length=0, max_length=LONGEST, charset=CHARSET)
        image = (robot.height, robot.width)
        self.observation_space = spaces.Dict(
            {
                "rgb": spaces.Box(0, 255, (*image, 3), np.uint8),
                "depth": spaces.Box(0.0, np.inf, image, np.float32),
                "odometry": spaces.Box(-np.inf, np.inf, (5,), np.float32),
                "time": spaces.Box(0.0, np.inf, (1,), np.float32),
                "instruction": text,
                "heard": text,
            }
        )
        self.action_space = spaces.Dict(
            {
                "kind": spaces.Discrete(len(ACTIONS)),
                "text": spaces.Text(min_length=0, max_length=LONGEST, charset=CHARSET),
            }
        )
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
        """Start an episode; `seed` decides everything in it and in those after it."""
        super().reset(seed=seed)
        episode_seed = int(self.np_random.integers(2**32))
        observation = self.world.reset(seed=episode_seed, perception="rgb")
        self._distance = self.world.goal_distance()
        return self._convert(observation), {"episode_seed": episode_seed}

    def step(self, action: dict[str, Any]) -> tuple[GymObservation, float, bool, bool, dict[str, Any]]:
        """Carry out one action.

        Raises:
            ValueError: an action outside the action space.
        """
        if not self.action_space.contains(action):
            raise ValueError(f"action: expected {{'kind': 0..{len(ACTIONS) - 1}, 'text': str}}, got {action!r}")
        result = self.world.step(Action(kind=ACTIONS[int(action["kind"])], text=str(action["text"])))
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
        return {
            "rgb": observation.rgb,
            "depth": observation.depth,
            "odometry": np.array([*observation.pose, *observation.velocity], dtype=np.float32),
            "time": np.array([observation.time], dtype=np.float32),
            "instruction": observation.instruction,
            "heard": "\n".join(heard.text for heard in observation.heard)[:LONGEST],
        }
