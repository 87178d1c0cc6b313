"""CPU milliseconds per frame of RGB, depth, semantic and instance ids, by both engines in one run.

    python -m benchmarks.render [out=benchmarks/results/render.json] [rounds=12] [frames=10]

The scene is the plaza, layout 0, at 11 h under a clear sky; dressed people, all the baked ones in turn, walk before a
camera at the height of the robot's. Every frame poses all of them anew and renders from another place. CPU time is
that of the whole process, all threads. The engines take turns in blocks of `frames`, after a warm-up; a value is the
mean over `rounds` blocks, `lo` and `hi` its 95 % interval. `triangles` counts the static scene and the finest level of
detail of the people; engines draw coarser levels where these are enough.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from embodied.place import Place, build_scene
from embodied.populate import skin
from embodied.results import write_results
from motion.body import BODIES, dress, load_body
from motion.clip import Body, RootPaths
from motion.gait import GaitModel
from scenes.backend import Camera
from scenes.backends import BACKENDS
from scenes.bullet import BulletBackend
from scenes.scene import FloatArray, Scene

SIZES = ((256, 256), (640, 480))
PEOPLE = (10, 20, 40, 60)
SPEED, DT = 1.2, 0.1  # m/s, s
POSES = 60  # frames of walking, then again from the first


def walk(people: dict[int, Body], rng: np.random.Generator) -> list[FloatArray]:
    """Return for each frame the joints (N, J, 4, 4) of people who walk straight on."""
    model = GaitModel()
    model.reset(people, rng)
    start = rng.uniform((-6.0, -6.0), (8.0, 6.0), (len(people), 2))
    yaws = rng.uniform(-np.pi, np.pi, len(people))
    velocity = SPEED * np.stack([np.cos(yaws), np.sin(yaws)], axis=1)
    frames = []
    for k in range(POSES):
        positions = start + velocity * (k * DT)
        ahead = positions[:, None] + velocity[:, None] * np.arange(DT, 2.0, DT)[:, None]
        paths = RootPaths(
            person_ids=np.arange(len(people)), positions=positions, velocities=velocity, yaws=yaws, planned=ahead
        )
        frames.append(model.step(DT, paths, {}, {}))
    return frames


def set_up(name: str, scene: Scene, people: dict[int, Body]) -> BulletBackend:
    """Return a backend with scene, robot and people."""
    backend = BACKENDS[name]()
    backend.load(scene)
    backend.add_robot()
    backend.place_robot(2.0, -3.0, 1.0)
    for person_id, body in people.items():
        backend.add_person(person_id, skin(body))
    return backend


def draw_block(backend: BulletBackend, poses: list[FloatArray], size: tuple[int, int], first: int, count: int) -> None:
    """Draw `count` frames, posing everybody before each."""
    for k in range(first, first + count):
        for person_id, joints in enumerate(poses[k % POSES]):
            backend.pose_person(person_id, joints)
        turn = 0.02 * (k % 100) - 1.0
        eye = (-11.0 + 0.02 * (k % 100), 0.5, 1.03)
        target = (eye[0] + np.cos(turn), eye[1] + np.sin(turn), 1.0)
        backend.render(Camera.look_at(eye, target, width=size[0], height=size[1]))


def summarize(blocks: list[float]) -> dict[str, float]:
    """Return the mean of the blocks in milliseconds, and its 95 % interval."""
    mean = float(np.mean(blocks))
    half = 1.96 * float(np.std(blocks, ddof=1)) / len(blocks) ** 0.5
    return {"value": mean, "lo": mean - half, "hi": mean + half}


def measure(
    backends: dict[str, BulletBackend],
    scene: Scene,
    people: dict[int, Body],
    poses: list[FloatArray],
    size: tuple[int, int],
    rounds: int,
    frames: int,
) -> list[dict[str, Any]]:
    """Return one row for each engine."""
    triangles = sum(len(item.mesh.faces) for item in scene.objects)
    triangles += sum(len(body.meshes[0].faces) for body in people.values())
    cpu: dict[str, list[float]] = {name: [] for name in backends}
    wall: dict[str, list[float]] = {name: [] for name in backends}
    for turn in range(-1, rounds):  # the first warms up
        for name, backend in backends.items():
            c, w = time.process_time(), time.perf_counter()
            draw_block(backend, poses, size, frames * turn, frames)
            c, w = time.process_time() - c, time.perf_counter() - w
            if turn >= 0:
                cpu[name].append(1000.0 * c / frames)
                wall[name].append(1000.0 * w / frames)
    gl, tiny = float(np.mean(cpu["gl"])), float(np.mean(cpu["tiny"]))
    words = f"{size[0]}x{size[1]}, {len(people)} people"
    print(f"{words}: gl {gl:.1f} ms, tiny {tiny:.1f} ms, x {tiny / gl:.2f}", flush=True)
    return [
        {
            "engine": name,
            "size": f"{size[0]}x{size[1]}",
            "people": len(people),
            "triangles": triangles,
            "n": rounds * frames,
            "metrics": {"cpu_ms": summarize(cpu[name]), "wall_ms": summarize(wall[name])},
        }
        for name in backends
    ]


def main(arguments: list[str]) -> int:
    """Measure and write."""
    options = dict(word.split("=", 1) for word in arguments)
    out = Path(options.get("out", "benchmarks/results/render.json"))
    rounds, frames = int(options.get("rounds", 12)), int(options.get("frames", 10))
    started = time.perf_counter()
    scene = build_scene(Place(name="plaza", seed=0))
    rng = np.random.default_rng(0)
    everybody = {k: dress(load_body(BODIES[k % len(BODIES)]), rng) for k in range(max(PEOPLE))}
    rows = []
    for count in PEOPLE:
        people = {k: everybody[k] for k in range(count)}
        poses = walk(people, np.random.default_rng(1))
        backends = {name: set_up(name, scene, people) for name in BACKENDS}
        for size in SIZES:
            rows += measure(
                backends, scene, people, poses, size, rounds if count == PEOPLE[0] else max(2, rounds // 4), frames
            )
        for backend in backends.values():
            backend.close()
    command = " ".join(["python -m benchmarks.render", *arguments])
    seconds = time.perf_counter() - started
    write_results(out, verb="bench", command=command, seed=0, seconds=seconds, rows=rows, files={})
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
