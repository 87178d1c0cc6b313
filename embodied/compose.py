"""From words on the command line to typed configs: Hydra composes, and every error becomes one line."""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, cast, get_args

from hydra import compose, initialize
from hydra.core.config_store import ConfigStore
from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from embodied import config as schema
from embodied.agents.models import AGENTS
from embodied.arguments import ASSETS
from embodied.config import RunConfig
from embodied.controls import asked
from embodied.episode import Perception
from embodied.hazards import check_kinds
from embodied.llm_config import Mode
from embodied.llm_prompt import OUTPUTS
from embodied.minds.planners import PLANNERS, configure
from scenes.weather import WEATHERS

GROUPS: dict[str, dict[str, type]] = {
    "scene": {
        "plaza": schema.SceneConfig,
        "station": schema.SceneConfig,
        "corridor": schema.CorridorConfig,
        "office": schema.SceneConfig,
        "street": schema.SceneConfig,
        "recording": schema.RecordingConfig,
        "mesh": schema.MeshConfig,
    },
    "crowd": {
        "social_force": schema.SocialForceConfig,
        "plan_diffusion": schema.PlanDiffusionConfig,
        "replay": schema.ReplayConfig,
    },
    "motion": dict.fromkeys(("gait", "learned", "learned_cmu"), schema.MotionConfig),
    "mind": dict.fromkeys(PLANNERS, schema.MindConfig),
    "agent": {**dict.fromkeys(AGENTS, schema.AgentConfig), "custom": schema.AgentConfig},
    "task": {
        "direction_inquiry": schema.DirectionInquiryConfig,
        "point_nav": schema.PointNavConfig,
        "vln": schema.VlnConfig,
        "frontal_approach": schema.FrontalApproachConfig,
        "watch": schema.WatchConfig,
    },
    "robot": {"courier": schema.RobotConfig},
    "backend": dict.fromkeys(("auto", "gl", "tiny"), schema.BackendConfig),
    "sink": dict.fromkeys(("none", "dataset"), schema.SinkConfig),
}

# Smallest and largest value of what has a range.
RANGES: dict[str, tuple[float, float]] = {
    "seed": (0, 2**32 - 1),
    "episodes": (1, 1_000_000),
    "workers": (1, 256),
    "video": (0, 1_000_000),
    "scene.seed": (0, 2**31 - 1),
    "scene.hour": (0, 24),
    "scene.wall_height": (0.1, 50),
    "scene.obstacle_height": (0.1, 50),
    "scene.scale": (1e-4, 1e4),
    "scene.floor": (1, 1000),
    "scene.max_slope_deg": (1, 60),
    "scene.max_step": (0.01, 0.5),
    "scene.clearance": (0.5, 5),
    "crowd.people": (0, 400),
    "crowd.start": (0, 1e9),
    "crowd.controls.population": (0, 400),
    "crowd.controls.riders": (0, 1),
    "crowd.controls.standing": (0, 1),
    "crowd.controls.groups": (0, 1),
    "crowd.controls.pace": (0.1, 3),
    "crowd.controls.regions_from": (0, 1e6),
    "crowd.controls.regions_until": (0, 1e6),
    "crowd.controls.evacuate_at": (0, 1e6),
    "mind.stranger_share": (0, 1),
    "mind.error_share": (0, 1),
    "mind.refusal_share": (0, 1),
    "mind.acquainted": (0, 1),
    "mind.residents": (0, 400),
    "mind.population_seed": (0, 2**32 - 1),
    "llm.deadline": (0.1, 3600),
    "task.success_radius": (0.1, 100),
    "task.ask_distance": (0.3, 20),
    "task.max_time": (1, 36_000),
    "task.false_answers": (0, 1),
    "task.max_asks": (0, 1000),
    "task.nearest": (0.5, 1000),
    "task.farthest": (1, 1000),
    "task.detour": (1, 10),
    "robot.radius": (0.05, 2),
    "robot.max_speed": (0.1, 3),
    "robot.max_turn_rate": (0.1, 6),
    "robot.acceleration": (0.1, 5),
    "robot.turn_acceleration": (0.1, 20),
    "robot.camera_height": (0.05, 3),
    "robot.fov": (0.1, 2.8),
    "robot.width": (16, 2048),
    "robot.height": (16, 2048),
    "robot.read_noise": (0, 128),
    "robot.shot_noise": (0, 128),
    "robot.depth_noise": (0, 1),
    "robot.depth_axial_noise": (0, 100),
    "robot.depth_dropout": (0, 1),
    "robot.odometry_way_noise": (0, 1),
    "robot.odometry_yaw_noise": (0, 1),
    "robot.odometry_turn_noise": (0, 1),
    "robot.rig.forward": (-2, 2),
    "robot.rig.left": (-2, 2),
    "robot.rig.up": (0.05, 3),
    "robot.rig.yaw": (-6.3, 6.3),
    "robot.rig.pitch": (-1.5, 1.5),
    "robot.rig.fov": (0.1, 2.8),
    "robot.rig.width": (16, 2048),
    "robot.rig.height": (16, 2048),
    "sink.fps": (1, 10),
    "sink.width": (16, 2048),
    "sink.height": (16, 2048),
    "sink.crf": (0, 51),
}

# Choices whose weights are for research only, and what is chosen instead with assets=permissive.
PERMISSIVE = {"crowd=plan_diffusion": "crowd=social_force", "motion=learned": "motion=learned_cmu",
              "motion.reactor=moreact": "motion.reactor=null"}  # fmt: skip

# What a word may be where it is not a group.
CHOICES: dict[str, tuple[str, ...]] = {
    "scene.weather": WEATHERS,
    "motion.reactor": ("moreact",),
    "appearance": ("all", "train", "test"),
    "assets": ASSETS,
    "perception": get_args(Perception),
    "task.style": ("raw", "worded", "both"),
    "llm.mode": get_args(Mode),
    "llm.output": OUTPUTS,
}


def _register() -> None:
    store = ConfigStore.instance()
    store.store(name="run", node=RunConfig)
    for group, options in GROUPS.items():
        for name, node in options.items():
            store.store(group=group, name=name, node=node(name=name))


def _suggest(word: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {near[0]}?" if near else f"; expected one of {', '.join(sorted(known))}"


def _split(argument: str) -> tuple[str, str]:
    key, sep, value = argument.partition("=")
    if not sep or not re.fullmatch(r"[A-Za-z_][\w.]*", key):
        raise ValueError(f"{argument!r}: expected key=value (as in episodes=20)")
    if value.startswith("[") != value.endswith("]"):
        raise ValueError(f"{argument}: expected a name or a list [a,b], got one bracket; quote it: '{key}=[a,b]'")
    return key, value


def _quote(value: str) -> str:
    """Quote what Hydra's grammar would trip over (spaces, parentheses, …) in a plain word or path."""
    if not value or value[0] in "[{'\"" or re.fullmatch(r"[\w./:+-]*", value):
        return value
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _choices(group: str, value: str) -> list[list[str]]:
    """Return the overrides for each choice of a group: `plaza`, `[plaza,street]`, `module:factory`."""
    names = [name.strip().strip("'\"") for name in value.strip("[]").split(",")] if value.startswith("[") else [value]
    result = []
    for name in names:
        if group == "agent" and ":" in name:
            result.append(["agent=custom", f"agent.factory={_quote(name)}"])
        elif name not in GROUPS[group] or name == "custom":
            known = [choice for choice in GROUPS[group] if choice != "custom"]
            raise ValueError(f"{group}={name}: no such {group}{_suggest(name, known)}")
        else:
            result.append([f"{group}={name}"])
    if len({tuple(choice) for choice in result}) < len(result):
        raise ValueError(f"{group}={value}: expected different names, got one twice")
    return result


def known_keys() -> list[str]:
    """Return every key that some choice of groups has."""
    keys = {item.name for item in fields(RunConfig)} - {"defaults", "llm"}
    keys |= {f"llm.{item.name}" for item in fields(schema.LLMSettings)}
    for group, options in GROUPS.items():
        for node in options.values():
            keys |= {f"{group}.{item.name}" for item in fields(node)} - {f"{group}.name", f"{group}.controls"}
    keys |= {f"crowd.controls.{item.name}" for item in fields(schema.ControlsConfig)}
    return sorted(keys)


def compose_runs(arguments: Sequence[str], defaults: Mapping[str, str]) -> list[RunConfig]:
    """Return one config for each combination of the listed groups, in the order of the words.

    Args:
        arguments: `key=value` words; for a group the value may be a list.
        defaults: what this verb presets.

    Raises:
        ValueError: an unknown key, group choice or value; one line.
    """
    _register()
    given: dict[str, str] = dict(defaults)
    for argument in arguments:
        key, value = _split(argument)
        if key == "scenario":
            key = "task"
        if key == "llm":
            raise ValueError(f"{argument}: expected parts of llm, got the whole; give llm.model=NAME, llm.base_url=URL")
        if key not in known_keys():
            raise ValueError(f"{key}: no such key{_suggest(key, known_keys())}")
        given[key] = value
    axes = [_choices(key, value) for key, value in given.items() if key in GROUPS]
    plain = [f"{key}={_quote(value)}" for key, value in given.items() if key not in GROUPS]
    runs = []
    for combination in itertools.product(*axes):
        words = [*itertools.chain(*combination)]
        if "scene=recording" in words and "crowd" not in given:
            words.append("crowd=replay")  # a recorded place has its own people
        if given.get("assets") == "permissive":
            words = _permissive(words)
        runs.append(_compose_one([*words, *plain]))
    own = [f"{key}={value}" for key, value in given.items() if key.startswith("llm.")]
    if own and all(run.mind.name != "llm" for run in runs):
        raise ValueError(f"{own[0]}: expected mind=llm with it, got mind={runs[0].mind.name}; leave it out")
    return runs


def _permissive(words: Sequence[str]) -> list[str]:
    """Return choices of groups, presets too, with what is permissive instead of what is for research only."""
    preset = [
        f"{group}={name}" for part in schema.RunConfig().defaults if part != "_self_" for group, name in part.items()
    ]
    named = {word.split("=")[0] for word in words}
    every = [*words, *(word for word in preset if word in PERMISSIVE and word.split("=")[0] not in named)]
    return [PERMISSIVE.get(word, word) for word in every]


def _compose_one(overrides: list[str]) -> RunConfig:
    try:
        with initialize(version_base=None, config_path=None):
            node = compose("run", overrides=overrides)
        config = cast(RunConfig, OmegaConf.to_object(node))
    except (HydraException, OmegaConfBaseException) as error:
        raise ValueError(_one_line(error)) from error
    check_ranges(config)
    if config.scene.hazards:
        check_kinds(config.scene.hazards)
    if config.mind.name == "llm":
        configure(config.llm)
    if isinstance(config.crowd, schema.ReplayConfig) and (refused := asked(config.crowd.controls)):
        raise ValueError(
            f"crowd=replay: expected nothing to be asked of a recording, which is as it is, got {', '.join(refused)}; "
            "use crowd=social_force or crowd=plan_diffusion"
        )
    return config


def _one_line(error: Exception) -> str:
    """Return Hydra's or OmegaConf's many lines as one that names the key."""
    source: BaseException = error
    while source.__cause__ is not None:
        source = source.__cause__
    text = str(source)
    key = re.search(r"full_key: (\S+)", text)
    message = text.splitlines()[0]
    struct = re.match(r"Key '(\w+)' (?:is not in struct|not in '(\w+)')", message)
    if struct and key:
        return f"{key[1]}: this choice has no such key; see --help"
    if key and "ListConfig" in message:
        return f"{key[1]}: expected a list, as in '{key[1]}=[a,b]', got something else"
    missing = re.search(r"Missing mandatory value: (\S+)", text)
    if missing or "MISSING" in text or "mandatory" in text:
        return f"{missing[1] if missing else key[1] if key else '?'}: expected a value; give it as key=value"
    return f"{key[1]}: {message}" if key and not message.startswith(key[1]) else message


def check_ranges(config: Any, prefix: str = "") -> None:
    """Check every number that has a range.

    Raises:
        ValueError: a number outside its range, or not finite.
    """
    for item in fields(config):
        value, key = getattr(config, item.name), f"{prefix}{item.name}"
        if is_dataclass(value):
            check_ranges(value, f"{key}.")
        elif isinstance(value, list):
            for part in filter(is_dataclass, value):
                check_ranges(part, f"{key}.")
        elif key in RANGES and value is not None:
            low, high = RANGES[key]
            if not low <= value <= high:
                raise ValueError(f"{key}: expected {low:g} to {high:g}, got {value}")
        elif key in CHOICES and value is not None and value not in CHOICES[key]:
            raise ValueError(f"{key}: expected one of {', '.join(CHOICES[key])}, got {value!r}")


def as_plain(config: RunConfig) -> dict[str, Any]:
    """Return a config as nested dictionaries.

    What changes no result is left out: `out`, `workers`, `dry_run`, `crowd.controls` that ask for nothing, `llm` where
    no model decides, and hazards and guards where there are none.
    """
    plain = cast(dict[str, Any], OmegaConf.to_container(OmegaConf.structured(config)))
    if not asked(config.crowd.controls):  # as before there were any
        del plain["crowd"]["controls"]
    if config.mind.name != "llm":
        del plain["llm"]
    for group, key, usual in (("scene", "hazards", []), ("agent", "guard", False), ("mind", "guard", False)):
        if plain[group][key] == usual:
            del plain[group][key]
    return {key: value for key, value in plain.items() if key not in ("defaults", "out", "workers", "dry_run")}
