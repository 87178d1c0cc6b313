"""What can be set from the command line: Hydra's structured configs, one group per room of the house."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from omegaconf import MISSING


@dataclass
class SceneConfig:
    """A place; what is null is drawn anew for each episode.

    `seed`: its layout; `hour`: 0 to 24; `weather`: clear, overcast, rain or fog; `hazards`: names of dangers that stand
    in it, such as [bonfire,wet_floor].
    """

    name: str = "plaza"
    seed: int | None = None
    hour: float | None = 11.0
    weather: str | None = "clear"
    hazards: list[str] = field(default_factory=list)


@dataclass
class CorridorConfig(SceneConfig):
    """A corridor for encounters. `width` and `length` in metres."""

    name: str = "corridor"


@dataclass
class RecordingConfig(SceneConfig):
    """A real place. `path`: a folder with H_image_to_world.txt, segmentation.png, background.png or reference.png.

    The mask does not say how high things are: `wall_height` is given to what is wider than a car, `obstacle_height` to
    what is narrower, metres.
    """

    name: str = "recording"
    path: str = MISSING
    wall_height: float = 3.0
    obstacle_height: float = 1.3


@dataclass
class MeshConfig(SceneConfig):
    """A user's own mesh. `path`: a .glb, .gltf, .obj, .ply, .stl or .urdf file.

    `scale`: metres for one unit; null: metres, if sizes are plausible. `up`: auto, y or z. `floor`: number from the
    lowest, 1; null: the largest. `max_slope_deg`, `max_step` and `clearance` (metres) say where one can walk. `labels`:
    a file that says what things are; null: FILE.labels.yaml or .json beside the mesh, if there.
    """

    name: str = "mesh"
    path: str = MISSING
    scale: float | None = None
    up: str = "auto"
    floor: int | None = None
    max_slope_deg: float = 30.0
    max_step: float = 0.1
    clearance: float = 1.9
    labels: str | None = None


@dataclass
class ControlsConfig:
    """What is asked of a crowd, without training anew; null and empty leave it to the model.

    `population`: people present on average; `flow`: [[entrance, people a minute], …]; `riders`, `standing`, `groups`:
    shares, of the walkers who ride, of all who stand, of the walkers who go in groups; `pace`: times the usual speeds.
    `appearance`, `density`: greyscale pictures over the bounds of the walkable ground, where people enter and leave,
    and where they prefer to walk. `avoid`, `attract`: polygons [[[x,y],…],…], metres, that act, like `density`, from
    `regions_from` to `regions_until`, seconds. `evacuate_at`: second at which all leave by the nearest of `exits`,
    names of entrances, none: all.
    """

    population: float | None = None
    flow: list[Any] = field(default_factory=list)
    riders: float = 0.0
    standing: float | None = None
    groups: float | None = None
    pace: float = 1.0
    appearance: str | None = None
    density: str | None = None
    avoid: list[Any] = field(default_factory=list)
    attract: list[Any] = field(default_factory=list)
    regions_from: float = 0.0
    regions_until: float | None = None
    evacuate_at: float | None = None
    exits: list[str] = field(default_factory=list)


@dataclass
class SocialForceConfig:
    """People who walk by social forces. `people`: how many are present on average."""

    name: str = "social_force"
    people: int = 24
    controls: ControlsConfig = field(default_factory=ControlsConfig)


@dataclass
class PlanDiffusionConfig:
    """People whose ways, pauses and paces were learned from recordings. `people`: how many are present on average."""

    name: str = "plan_diffusion"
    people: int = 24
    controls: ControlsConfig = field(default_factory=ControlsConfig)


@dataclass
class ReplayConfig:
    """People of a recording.

    `path`: its traj.csv (t_s, agent_id, x_m, y_m), by default that of `scene=recording`; `start`: seconds into it.
    """

    name: str = "replay"
    path: str | None = None
    start: float = 0.0
    controls: ControlsConfig = field(default_factory=ControlsConfig)  # all refused: a recording is as it is


@dataclass
class MotionConfig:
    """What moves the bodies: gait, learned (weights for research only) or learned_cmu.

    `reactor`: what leads people who react to the robot, moreact; null: nobody does more than give way.
    """

    name: str = "gait"
    reactor: str | None = None


@dataclass
class MindConfig:
    """Who decides for people: rules, or llm, a language model. Shares who know nothing, who err, who refuse to answer.

    `acquainted`: share of the pairs of people who know each other; when they meet they greet, once. 0: nobody does.
    `residents`: how many people live there, with personas, needs, plans and memories, drawn by `demography`, a file
    (null: ours) from `population_seed` (null: the episode's, other people in each); `people`: a file of personas
    instead; `memory`: a file that keeps what they remember from one episode to the next, null: none does. Their day is
    as late as `scene.hour` says. `guard`: ways that lead through what looks dangerous are sent back once.
    """

    name: str = "rules"
    stranger_share: float = 0.15
    error_share: float = 0.1
    refusal_share: float = 0.05
    acquainted: float = 0.05
    residents: int = 0
    people: str | None = None
    demography: str | None = None
    population_seed: int | None = None
    memory: str | None = None
    guard: bool = False


@dataclass
class LLMSettings:
    """The language model of mind=llm: which, where, and how much of it, see `embodied.llm_config.LLMConfig`.

    `model`: its name at the endpoint; `base_url`: up to /v1; `api_key_env`: the environment variable with the key,
    empty where none is needed; `mode`: live, record, replay or auto, with the file `cassette`; `output`: schema, tool
    or prompt. `deadline`: s that the world waits for a tick, then rules decide; null: as long as it takes. `handbook`:
    behaviours the model may name instead of reasoning: shipped, or a YAML file; null: none. `talk`: whether it words
    what people say to each other, too; false: templates do.
    """

    model: str | None = None
    base_url: str = "https://api.openai.com/v1"
    api_key_env: str = "OPENAI_API_KEY"
    mode: str = "live"
    cassette: str | None = None
    output: str = "schema"
    vision: bool = False
    temperature: float | None = 0.0
    seed: int | None = 0
    max_tokens: int = 1024
    timeout: float = 60.0
    retries: int = 4
    backoff: float = 0.5
    repairs: int = 2
    concurrency: int = 8
    per_minute: int | None = None
    budget_tokens: int | None = None
    budget_cost: float | None = None
    price_in: float = 0.0
    price_out: float = 0.0
    deadline: float | None = 30.0
    handbook: str | None = None
    talk: bool = True


@dataclass
class AgentConfig:
    """The policy under test. `factory`: package.module:callable of a user's own; `guard`: a monitor may hold it up."""

    name: str = "ask_nearest"
    factory: str = ""
    guard: bool = False


@dataclass
class DirectionInquiryConfig:
    """Find a shop, asking people the way. `start` [x, y, yaw] and `goal` are drawn when null.

    `false_answers`: share of people, keepers too, who lie about the way; `max_asks`: questions after which nobody
    answers any more, null: no end.
    """

    name: str = "direction_inquiry"
    success_radius: float = 3.0  # m, as in R2R-CE
    ask_distance: float = 2.0  # m, as in FreeAskWorld
    max_time: float = 240.0
    goal: str | None = None
    start: list[float] | None = None
    false_answers: float = 0.0
    max_asks: int | None = None


@dataclass
class FrontalApproachConfig:
    """Meet a person head-on in a corridor (scenario a of Francis et al. 2023, arXiv 2306.16740)."""

    name: str = "frontal_approach"
    success_radius: float = 0.5
    ask_distance: float = 2.0
    max_time: float = 60.0
    distance: float = 10.0
    person_speed: float = 1.3


@dataclass
class PointNavConfig:
    """Drive to a point whose distance and bearing are sensed at all times (Anderson et al. 2018).

    `start` [x, y, yaw] and `goal` [x, y] are drawn when null, `nearest` to `farthest` metres apart on foot; `detour`:
    a smaller ratio of that to the straight line is mostly drawn again. `episodes`: a file of Habitat or R2R episodes.
    """

    name: str = "point_nav"
    success_radius: float = 0.36  # m, Habitat Challenge 2020
    ask_distance: float = 2.0
    max_time: float = 180.0
    start: list[float] | None = None
    goal: list[float] | None = None
    nearest: float = 5.0
    farthest: float = 40.0
    detour: float = 1.1  # Habitat's geodesic_to_euclid_min_ratio
    episodes: str | None = None


@dataclass
class VlnConfig:
    """Follow a told way to a landmark. `start` [x, y, yaw] and `goal`, a name, are drawn when null.

    `style`: raw (turns in degrees, metres), worded (as people write), or both: one or the other, drawn for each
    episode. `episodes`: a file of R2R or RxR episodes in continuous environments.
    """

    name: str = "vln"
    success_radius: float = 3.0  # m, as in R2R-CE
    ask_distance: float = 2.0
    max_time: float = 240.0
    start: list[float] | None = None
    goal: str | None = None
    style: str = "worded"
    episodes: str | None = None


@dataclass
class WatchConfig:
    """Stand and watch, for `max_time` seconds. `start` [x, y, yaw] is drawn, at the edge of a place, when null."""

    name: str = "watch"
    success_radius: float = 3.0
    ask_distance: float = 2.0
    max_time: float = 3600.0
    start: list[float] | None = None


@dataclass
class CameraConfig:
    """A camera of the robot's rig, a pinhole beside its own camera.

    `forward`, `left`, `up`: metres from the point of the ground under the robot's middle; `yaw`: radians, left
    positive, and `pitch`: radians, down positive, of its axis; `fov`: vertical, radians; `width`, `height`: pixels.
    """

    name: str = MISSING
    forward: float = 0.0
    left: float = 0.0
    up: float = 1.05
    yaw: float = 0.0
    pitch: float = 0.0
    fov: float = 1.5707963267948966
    width: int = 256
    height: int = 256


@dataclass
class RobotConfig:
    """The robot: its URDF is assets/robots/<name>.urdf unless `urdf` names a file. Camera as in RobotSpec.

    `distortion`: of its lens, k1 k2 p1 p2 k3 as in OpenCV; `read_noise`, `shot_noise`: of its sensor, in steps of 255.
    `depth_noise`: share of the depth; `depth_axial_noise`: times that of a Kinect; `depth_dropout`: share of pixels.
    `odometry_way_noise`: m after 1 m, `odometry_yaw_noise`: rad after 1 m, `odometry_turn_noise`: rad after 1 rad; all
    three grow with the root of the way. `rig`: further cameras.
    """

    name: str = "courier"
    urdf: str | None = None
    radius: float = 0.27
    max_speed: float = 1.0
    max_turn_rate: float = 1.6
    acceleration: float = 1.0
    turn_acceleration: float = 3.0
    camera_height: float = 1.05
    camera_forward: float = 0.1
    camera_pitch: float = 0.0
    fov: float = 1.5707963267948966
    width: int = 256
    height: int = 256
    distortion: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0, 0.0, 0.0])
    read_noise: float = 0.0
    shot_noise: float = 0.0
    depth_noise: float = 0.0
    depth_axial_noise: float = 0.0
    depth_dropout: float = 0.0
    odometry_way_noise: float = 0.0
    odometry_yaw_noise: float = 0.0
    odometry_turn_noise: float = 0.0
    rig: list[CameraConfig] = field(default_factory=list)


@dataclass
class BackendConfig:
    """What draws: `gl`, `tiny`, or `auto` (gl when an EGL context can be made)."""

    name: str = "auto"


@dataclass
class SinkConfig:
    """What a run leaves beside its logs: `none`, or `dataset` (LeRobot v3.0, COCO and the raw log; docs/dataset.md).

    `fps`: pictures per simulated second, a divisor of the 10 control steps in one; `width`, `height`: of the pictures,
    even numbers, null: the robot's; `coco`: boxes and masks; `keypoints`: people's joints, too; `crf`: of H.264, 0 to
    51, lower is better.
    """

    name: str = "none"
    fps: int = 5
    width: int | None = None
    height: int | None = None
    coco: bool = True
    keypoints: bool = True
    crf: int = 18


@dataclass
class RunConfig:
    """One run: an agent in a scene for some episodes."""

    defaults: list[Any] = field(
        default_factory=lambda: [
            {"scene": "plaza"},
            {"crowd": "plan_diffusion"},
            {"motion": "gait"},
            {"mind": "rules"},
            {"agent": "ask_nearest"},
            {"task": "direction_inquiry"},
            {"robot": "courier"},
            {"backend": "auto"},
            {"sink": "none"},
            "_self_",
        ]
    )
    scene: Any = MISSING  # SceneConfig or one of its kinds
    crowd: Any = MISSING  # SocialForceConfig | PlanDiffusionConfig | ReplayConfig
    motion: MotionConfig = MISSING
    mind: MindConfig = MISSING
    llm: LLMSettings = field(default_factory=LLMSettings)
    agent: AgentConfig = MISSING
    task: Any = MISSING  # DirectionInquiryConfig | PointNavConfig | VlnConfig | FrontalApproachConfig | WatchConfig
    robot: RobotConfig = MISSING
    backend: BackendConfig = MISSING
    sink: SinkConfig = MISSING
    out: str | None = None
    perception: str | None = None  # what the agent senses, where it leaves a choice: rgb, ids, state, none
    appearance: str = "all"  # which people: all, train or test; nobody is in both
    assets: str = "all"  # permissive: nothing that is for research only; crowd=plan_diffusion becomes social_force
    seed: int = 0
    episodes: int = 1
    workers: int = 1
    video: int = 0
    dry_run: bool = False  # say how much time and disk the run takes, and leave nothing
