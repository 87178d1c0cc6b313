"""Compare how fast engines step crowds, at one person per square metre and for ever more people.

    python -m benchmarks.crowd_speed [agents=1000,10000] [repeats=60] [seconds=20] [engines=ours,jupedsim] [out=x.json]

A square as large as the number of people in square metres, with blocks of 2 x 2 m, one in 500 m2; everybody starts on a
grid with some jitter and goes to a corner at least 0.6 sides away. CPU time of the process, in one thread: the mean of
the fastest third of `repeats` steps, of fewer where an engine is slow. `real_time_agents` is how many people one core
steps as fast as they walk, and `growth` the exponent by which the time of a step grows with the number of people.

    ours              SocialForce: `step` is the whole model, `forces` the steering alone; 0.05 s
    ours_batch        so many people in crowds of 20 on 112 m2, as reinforcement learning has them: `batch` by one call
                      of CrowdBatch, `one by one` the same crowds each by its own call; 0.05 s
    ours_torch        SocialForce(device="cuda"), where torch finds a GPU; CPU time too; 0.05 s
    ours_learned      Planned, all CPU time of `seconds` of it, with the plans that people draw as they set out; 0.1 s
    crowdes_published the network of CrowdES' simulator as published, in batches: no maps cut out, no ways found; 0.2 s
    jupedsim          its own step, nothing read back; 0.05 s
    pysocialforce     its own step, with the walls as it takes them, up to 1,000 people; 0.4 s
"""

from __future__ import annotations

import contextlib
import functools
import logging
import math
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import numpy as np
import shapely
from shapely.geometry import box

from crowd.batch import CrowdBatch
from crowd.ground import Ground
from crowd.planned import WEIGHTS, Planned
from crowd.social_force import SocialForce
from crowd.steering import advance
from crowd.trajectory import Arrival, Others
from embodied.results import write_results

NOBODY = Others(positions=np.zeros((0, 2)), velocities=np.zeros((0, 2)), radii=np.zeros(0))
WARM = 3  # steps before it counts
SLOW, SLOWEST = 12, 3  # steps at most of engines that take a tenth of a second, or seconds, for one
MOST_PYSOCIALFORCE = 1000  # people: it keeps arrays of people x people
FEW = 20  # people of each crowd of a batch
BATCH = 256  # people of the CrowdES network at once, where a core is fastest


class Case:
    """So many people in a square of so many square metres, the same for all engines."""

    def __init__(self, count: int) -> None:
        rng = np.random.default_rng(0)
        blocks = max(1, round(count / 500))
        self.side = side = math.sqrt(count + 4 * blocks)
        low = max(2.0, min(5.0, 0.2 * side))
        self.corners = rng.uniform(low, max(low, side - low - 2.0), (blocks, 2))
        self.walkable = box(0, 0, side, side)
        self.walkable -= shapely.union_all([box(x, y, x + 2, y + 2) for x, y in self.corners])
        ticks = np.linspace(0.6, side - 0.6, math.ceil(math.sqrt(1.15 * count)))
        grid = np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)
        jitter = min(0.15, (ticks[1] - ticks[0] - 0.56) / 2)  # m: bodies of 0.25 m keep apart
        grid += rng.uniform(-jitter, jitter, grid.shape)
        free = shapely.contains_xy(self.walkable.buffer(-0.4), grid[:, 0], grid[:, 1])
        spots = rng.permutation(grid[free])[:count]
        if len(spots) < count:
            sys.exit(f"crowd_speed: agents: expected at least 100, got {count}; name more")
        self.count, self.arrivals = count, []
        ends = np.array([(x, y) for x in (1.0, side - 1.0) for y in (1.0, side - 1.0)])
        for k, spot in enumerate(spots):
            far = ends[np.hypot(*(ends - spot).T) > 0.6 * side]
            goal = far[rng.integers(len(far))]
            self.arrivals.append(Arrival(person_id=k, time=0.0, origin=tuple(spot.tolist()), goal=tuple(goal.tolist())))


case = functools.cache(Case)


def rate(step: Callable[[], int], repeats: int) -> float:
    """Return agent-steps per second of CPU time, of a step that tells how many people it moved."""
    taken = []
    for _ in range(repeats):
        begun = time.process_time()
        count = step()
        taken.append((time.process_time() - begun) / count)
    return float(1.0 / np.mean(np.sort(taken)[: max(1, repeats // 3)]))


def row(engine: str, agents: int, dt: float, found: float, n: int, **words: str) -> dict:
    metrics = {"agent_steps_per_cpu_s": {"value": found}, "real_time_agents": {"value": found * dt}}
    return {"engine": engine, "agents": agents, **words, "dt": f"{dt:g} s", "n": n, "metrics": metrics}


def ours(count: int, repeats: int, seconds: float) -> list[dict]:
    rng = np.random.default_rng(0)
    model = SocialForce()
    state = model.reset(case(count).walkable, case(count).arrivals, rng)

    def whole() -> int:
        nonlocal state
        before = len(state.person_ids)
        state = model.step(0.05, NOBODY, {})
        return before

    for _ in range(WARM):
        whole()
    found = rate(whole, repeats)
    ground, people = Ground(case(count).walkable), len(state.person_ids)
    walk, alone = np.zeros(people, np.int32), np.full(people, -1, np.int32)
    desired = np.full((people, 2), 1e-9) + state.goals - state.positions
    desired *= 1.3 / np.hypot(desired[:, 0], desired[:, 1])[:, None]
    position, velocity = state.positions.copy(), state.velocities.copy()
    radius, top = np.full(people, 0.25), np.full(people, 1.7)

    def forces() -> int:
        robots = NOBODY.positions, NOBODY.velocities, NOBODY.radii
        field, home = (ground.distance, ground.origin, ground.cell), position.copy()
        advance(position, velocity, desired, home, radius, radius, top, walk, alone, *robots, *field, 1.0, 0.05)
        return people

    for _ in range(WARM):
        forces()
    return [
        row("ours", count, 0.05, found, repeats, work="step"),
        row("ours", count, 0.05, rate(forces, repeats), repeats, work="forces"),
    ]


def ours_batch(count: int, repeats: int, seconds: float) -> list[dict]:
    size = count // FEW
    few = case(FEW * 5)
    people = [few.arrivals[k % 5 * FEW : k % 5 * FEW + FEW] for k in range(size)]
    rngs = [np.random.default_rng(k) for k in range(size)]
    batch, alone = CrowdBatch([SocialForce() for _ in range(size)]), [SocialForce() for _ in range(size)]
    present = sum(len(state.person_ids) for state in batch.reset([few.walkable] * size, people, rngs))
    for k, model in enumerate(alone):
        model.reset(few.walkable, people[k], np.random.default_rng(k))

    def together() -> int:
        nonlocal present
        before = present
        present = sum(len(state.person_ids) for state in batch.step(0.05))
        return before

    def apart() -> int:
        return sum(len(model.step(0.05, NOBODY, {}).person_ids) for model in alone)

    for _ in range(WARM):
        together(), apart()
    return [
        row("ours_batch", count, 0.05, rate(step, repeats), repeats, work=work, crowds=f"{size} of {FEW}")
        for work, step in (("batch", together), ("one by one", apart))
    ]


def ours_torch(count: int, repeats: int, seconds: float) -> list[dict]:
    import torch

    if not torch.cuda.is_available():
        print("ours_torch: skipped, torch finds no GPU")
        return []
    model = SocialForce(device="cuda")
    people = len(model.reset(case(count).walkable, case(count).arrivals, np.random.default_rng(0)).person_ids)

    def step() -> int:
        nonlocal people
        before = people
        people = len(model.step(0.05, NOBODY, {}).person_ids)
        return before

    for _ in range(WARM):
        step()
    return [row("ours_torch", count, 0.05, rate(step, repeats), repeats, work="step", device="cuda")]


class Metered(Planned):
    """`Planned` that keeps account of the plans it draws and the CPU time of that."""

    drawn, cpu = 0, 0.0

    def _plan(self) -> None:
        begun = time.process_time()
        super()._plan()
        self.cpu += time.process_time() - begun

    def _trip(self, k: int, *more):
        self.drawn += 1
        return super()._trip(k, *more)


def ours_learned(count: int, repeats: int, seconds: float) -> list[dict]:
    with tempfile.TemporaryDirectory() as folder:
        weights, trained = WEIGHTS, WEIGHTS.is_file()
        if not trained:  # the cost is the same
            import torch

            from crowd.plan_diffusion import PlanConfig, PlanNetwork, save_network

            torch.manual_seed(0)
            weights = Path(folder, "random.safetensors")
            save_network(PlanNetwork(PlanConfig()), weights, {"seed": 0})
        few = Metered(weights=weights)  # loads what is loaded or compiled once
        few.reset(case(100).walkable, case(100).arrivals[:10], np.random.default_rng(0))
        few.step(0.1, NOBODY, {})
        model = Metered(weights=weights)
        people = len(model.reset(case(count).walkable, case(count).arrivals, np.random.default_rng(0)).person_ids)
        at_start, walked = model.cpu, 0
        begun = time.process_time()
        for _ in range(round(seconds / 0.1)):
            walked += people
            people = len(model.step(0.1, NOBODY, {}).person_ids)
        taken = at_start + time.process_time() - begun
    words = {"work": "step", "weights": "trained" if trained else "random"}
    found = row("ours_learned", count, 0.1, walked / taken, round(seconds / 0.1), **words)
    found["metrics"]["plans"] = {"value": model.drawn}
    found["metrics"]["seconds_between_plans"] = {"value": 0.1 * walked / max(1, model.drawn)}
    found["metrics"]["planning_share"] = {"value": model.cpu / taken}
    return [found]


def crowdes_published(count: int, repeats: int, seconds: float) -> list[dict]:
    import torch

    from crowd.crowdes_config import PUBLISHED
    from crowd.crowdes_simulator import Simulator, draw_states

    torch.set_num_threads(1)
    torch.manual_seed(0)
    network, generator = Simulator(PUBLISHED).eval(), torch.Generator().manual_seed(0)
    size = min(count, BATCH)
    people = [torch.randn(size, *shape) for shape in ((PUBLISHED.history, 2), (2,), (2,), (2,))]
    near = torch.ones(size, PUBLISHED.neighbours, dtype=torch.bool)
    maps = (torch.rand(size, 8, PUBLISHED.map_cells, PUBLISHED.map_cells) < 0.1).float()
    inputs = (*people, torch.randn(size, PUBLISHED.neighbours, PUBLISHED.history, 2), near, maps)

    @torch.inference_mode()
    def chunk() -> int:
        for first in range(0, count, size):
            part = [tensor[: count - first] for tensor in inputs]
            features, logits = network.encode(*part)
            states = draw_states(logits, torch.zeros(len(logits), dtype=torch.int64), PUBLISHED, generator)
            network.decode(features, states)
        return count * PUBLISHED.future

    n = min(repeats, SLOWEST)
    return [row("crowdes_published", count, 1 / PUBLISHED.fps, rate(chunk, n), n, work="network", weights="random")]


def jupedsim(count: int, repeats: int, seconds: float) -> list[dict]:
    import jupedsim as jps

    rows, n = [], min(repeats, SLOW)
    models = {"anticipation_velocity": jps.AnticipationVelocityModel(rng_seed=0)}
    models["collision_free_v2"] = jps.CollisionFreeSpeedModelV2()
    for name, model in models.items():
        simulation = jps.Simulation(model=model, geometry=case(count).walkable, dt=0.05)
        ways = {}
        for goal in {arrival.goal: None for arrival in case(count).arrivals}:
            stage = simulation.add_waypoint_stage(goal, 0.3)
            ways[goal] = stage, simulation.add_journey(jps.JourneyDescription([stage]))
        of_person = getattr(jps, f"{type(model).__name__}AgentParameters")
        for arrival in case(count).arrivals:
            stage, journey = ways[arrival.goal]
            place = {"position": arrival.origin, "journey_id": journey, "stage_id": stage}
            simulation.add_agent(of_person(**place, desired_speed=arrival.desired_speed, radius=arrival.radius))

        def step(simulation=simulation) -> int:
            simulation.iterate()
            return count

        simulation.iterate(WARM)
        version = metadata.version("jupedsim")
        rows.append(row("jupedsim", count, 0.05, rate(step, n), n, work="step", model=name, version=version))
    return rows


def pysocialforce(count: int, repeats: int, seconds: float) -> list[dict]:
    if count > MOST_PYSOCIALFORCE:
        return []
    log = logging.getLogger()
    level, handlers = log.level, list(log.handlers)
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):  # it opens file.log where it is imported
        import pysocialforce as psf
    for handler in [handler for handler in log.handlers if handler not in handlers]:
        log.removeHandler(handler)
        handler.close()
    log.setLevel(level)
    walls = []
    for x, y, side in ((0.0, 0.0, case(count).side), *((x, y, 2.0) for x, y in case(count).corners.tolist())):
        walls += [(x, x + side, y + offset, y + offset) for offset in (0.0, side)]
        walls += [(x + offset, x + offset, y, y + side) for offset in (0.0, side)]
    places = np.array([(*arrival.origin, *arrival.goal) for arrival in case(count).arrivals])
    ahead = places[:, 2:] - places[:, :2]
    ahead *= 1.3 / np.hypot(ahead[:, 0], ahead[:, 1])[:, None]
    simulator = psf.Simulator(np.hstack([places[:, :2], ahead, places[:, 2:]]), obstacles=walls)

    def step() -> int:
        simulator.step_once()
        return count

    step()
    n, dt = min(repeats, SLOWEST), float(simulator.peds.step_width)
    version = metadata.version("PySocialForce")
    return [row("pysocialforce", count, dt, rate(step, n), n, work="step", version=version)]


ENGINES = {
    "ours": ours,
    "ours_batch": ours_batch,
    "ours_torch": ours_torch,
    "ours_learned": ours_learned,
    "crowdes_published": crowdes_published,
    "jupedsim": jupedsim,
    "pysocialforce": pysocialforce,
}


def grow(rows: list[dict]) -> None:
    """Add to the rows of most people how their step's time grew from those of fewest people."""
    for last in rows:
        alike = [r for r in rows if all(r.get(k) == last.get(k) for k in ("engine", "work", "model"))]
        first = min(alike, key=lambda r: r["agents"])
        if last["agents"] == max(r["agents"] for r in alike) > first["agents"]:
            rates = [r["metrics"]["agent_steps_per_cpu_s"]["value"] for r in (first, last)]
            more = math.log(last["agents"] / first["agents"])
            last["metrics"]["growth"] = {"value": 1.0 + math.log(rates[0] / rates[1]) / more}


def measure(engines: list[str], agents: list[int], repeats: int, seconds: float) -> list[dict]:
    rows = []
    for name in engines:
        for count in agents:
            try:
                found = ENGINES[name](count, repeats, seconds)
            except ImportError as error:
                print(f"{name}: skipped, {error}; run `make setup`")
                break
            for entry in found:
                print(*(value for key, value in entry.items() if key != "metrics"), entry["metrics"], flush=True)
            rows += found
    grow(rows)
    return rows


def main() -> None:
    options = {"agents": "1000,10000", "repeats": "60", "seconds": "20", "engines": ",".join(ENGINES)}
    options["out"] = "benchmarks/results/crowd_speed.json"
    for word in sys.argv[1:]:
        key, _, value = word.partition("=")
        if key not in options or not value:
            sys.exit(f"crowd_speed: expected {', '.join(f'{name}=…' for name in options)}, got {word}; leave it out")
        options[key] = value
    engines = options["engines"].split(",")
    if not set(engines) <= set(ENGINES):
        sys.exit(f"crowd_speed: engines: expected some of {', '.join(ENGINES)}, got {options['engines']}; name those")
    begun = time.perf_counter()
    agents = sorted(int(word) for word in options["agents"].split(","))
    rows = measure(engines, agents, int(options["repeats"]), float(options["seconds"]))
    seconds = time.perf_counter() - begun
    command = " ".join(["python -m benchmarks.crowd_speed", *sys.argv[1:]])
    write_results(Path(options["out"]), verb="bench", command=command, seed=0, seconds=seconds, rows=rows, files={})


if __name__ == "__main__":
    main()
