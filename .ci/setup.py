"""Make `.venv` ready to work with. Run by `make setup`; needs nothing but Python 3.11.

A second call does nothing until pyproject.toml, constraints.txt, this file or the folder change.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "ready"  # "<digest of the inputs> <cpu|gpu>"
CONSTRAINTS = ROOT / "constraints.txt"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
# engines of others, to compare with only; without PySide6, vtk, ir-sim, which they declare and stepping does not need
EVALUATION = ("jupedsim==1.4.2", "pyrvo==0.4.3", "PySocialForce==1.1.2")


def digest() -> str:
    """Return a digest of all that decides what is installed."""
    inputs = [ROOT / "pyproject.toml", CONSTRAINTS, Path(__file__)]
    return hashlib.sha256(b"\0".join([str(ROOT).encode(), *(path.read_bytes() for path in inputs)])).hexdigest()


def quiet(*command: str | Path, timeout: float | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command without input and keep its output."""
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout, cwd=ROOT,
        env={**os.environ, **environment},
    )  # fmt: skip


def pip(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run pip in the environment."""
    return quiet(PYTHON, "-m", "pip", "--quiet", "--disable-pip-version-check", *words)


def fail(what: str, output: str = "") -> None:
    """Leave with the last lines of a command's output and one line that says what went wrong."""
    sys.exit("\n".join([*output.strip().splitlines()[-15:], f"setup: {what}"]))


def make_venv() -> None:
    """Create the virtual environment, or make a broken one anew."""
    if PYTHON.exists() and quiet(PYTHON, "-m", "pip", "--version").returncode == 0:
        return
    made = quiet(sys.executable, "-m", "venv", "--clear", VENV)
    if made.returncode:
        fail("no virtual environment; on Debian or Ubuntu: apt-get install python3.11-venv", made.stdout + made.stderr)


def install_torch(gpu: bool) -> None:
    """Install the pinned torch: a CPU build (from a local folder of wheels, else PyTorch's index), unless `gpu`."""
    pin = next(line for line in CONSTRAINTS.read_text().split() if line.startswith("torch=="))
    version = quiet(PYTHON, "-c", "import importlib.metadata as m; print(m.version('torch'))").stdout.strip()
    if gpu and version.endswith("+cpu"):
        pip("uninstall", "--yes", "torch")
    elif version.split("+")[0] == pin.removeprefix("torch=="):
        return
    ways = {
        "a local wheel": ("--no-index",),
        "PyTorch's CPU index": ("--index-url", CPU_INDEX, "--timeout", "5", "--retries", "1"),
    }
    for name, options in () if gpu else ways.items():
        if pip("install", "--no-deps", *options, pin).returncode == 0:
            print(f"setup: torch from {name}")
            return
    print("setup: torch from the default index, some gigabytes with CUDA", flush=True)  # installed with the project


def install_project() -> None:
    """Install the project, editable, with what developers need."""
    done = pip("install", "--constraint", CONSTRAINTS, "--editable", f"{ROOT}[dev]")
    if done.returncode:
        fail("the project could not be installed", done.stdout + done.stderr)


BODIES = """
import numpy as np
from motion.body import load_body
from motion.clip import Cue, RootPaths
from motion.models import make_motion
for name in ("gait", "learned_cmu"):
    model = make_motion(name)
    model.reset({k: load_body(body) for k, body in enumerate(("man_young", "man_old", "woman_wheelchair"))},
                np.random.default_rng(0))
    for cue in ("talk", "point"):
        paths = RootPaths(person_ids=np.arange(3), positions=np.zeros((3, 2)) + np.arange(3)[:, None],
                          velocities=np.ones((3, 2)), yaws=np.zeros(3), planned=np.zeros((3, 0, 2)))
        model.step(0.1, paths, {}, {0: Cue(kind=cue, target=(3.0, 0.0, 1.5))})
"""
CROWDS = """
import numpy as np
from shapely.geometry import box
from crowd.models import CROWD_MODELS
from crowd.trajectory import Arrival, Others
robot = Others(positions=np.array([[5.0, 5.0]]), velocities=np.zeros((1, 2)), radii=np.array([0.3]))
people = [Arrival(person_id=k, time=0.0, origin=(2.0 + k, 2.0), goal=(9.0, 9.0), group=k // 2) for k in range(4)]
for name in ("social_force", "plan_diffusion"):
    model = CROWD_MODELS[name]()
    model.reset(box(0, 0, 12, 12), people, np.random.default_rng(0))
    for _ in range(3):
        model.step(0.1, robot, {})
"""


def install_evaluation() -> None:
    """Install the engines to compare with; without them everything works but the comparisons, and their tests skip."""
    options = ("--no-deps", "--timeout", "5", "--retries", "1")
    missing = [pin for pin in EVALUATION if pip("install", *options, pin).returncode]
    if missing:
        print(f"setup: not all engines to compare with; later: {PYTHON} -m pip install --no-deps {' '.join(missing)}")


def offer_renderer() -> None:
    """Say which renderer there is; install what EGL needs where that is a matter of one command as root."""
    probe = "from embodied import doctor; c = doctor.check_gl(); print(c.detail); raise SystemExit(c.status != 'ok')"
    found = quiet(PYTHON, "-c", probe)
    packages = quiet(PYTHON, "-c", "from embodied import doctor; print(*doctor.EGL_PACKAGES)").stdout.split()
    if found.returncode and os.geteuid() == 0 and Path("/etc/debian_version").exists():
        print(f"setup: installing {' '.join(packages)} for the OpenGL renderer")
        install = ("apt-get", "install", "--yes", "--no-install-recommends", *packages)
        try:
            for command in (install, ("apt-get", "update"), install):
                done = quiet(*command, timeout=300, DEBIAN_FRONTEND="noninteractive")
                if command == install and done.returncode == 0:
                    break
            else:
                print("setup: apt-get could not install them; going on")
        except (OSError, subprocess.TimeoutExpired) as error:
            print(f"setup: apt-get failed ({error}); going on")
        found = quiet(PYTHON, "-c", probe)
    if found.returncode == 0:
        print(f"setup: renderer gl, {found.stdout.strip()}")
    else:
        print(f"setup: renderer tiny (slow); for the fast one: sudo apt-get install -y {' '.join(packages)}")


def compile_loops() -> None:
    """Compile what numba compiles, bodies beside crowds, so that the first run and the tests need not wait for it."""
    works = [subprocess.Popen((str(PYTHON), "-c", code), cwd=ROOT) for code in (BODIES, CROWDS)]
    codes = [work.wait() for work in works]
    if any(codes):
        fail("loops could not be compiled", "see above")


def main() -> None:
    """Make the environment ready, unless it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gpu", action="store_true", help="take the default build of torch instead of a CPU build")
    gpu: bool = parser.parse_args().gpu
    if sys.version_info[:2] != (3, 11):
        fail(f"expected Python 3.11 (PyBullet has no newer wheel), got {sys.version.split()[0]}; "
             "name one: make setup PYTHON=/path/to/python3.11")  # fmt: skip
    done = STAMP.read_text().split() if STAMP.exists() and PYTHON.exists() else ["", ""]
    if done[0] == digest() and (done[1] == "gpu" or not gpu):
        return
    gpu = gpu or done[1] == "gpu"
    print("setup: preparing .venv; the first time takes some minutes", flush=True)
    make_venv()
    install_torch(gpu)
    install_project()
    install_evaluation()
    offer_renderer()
    compile_loops()
    STAMP.write_text(f"{digest()} {'gpu' if gpu else 'cpu'}\n")
    print("setup: done")


if __name__ == "__main__":
    main()
