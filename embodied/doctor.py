"""Say what this machine can do, and the command that mends what is missing.

What may crash the process (a graphics driver, a broken library) is tried in a process of its own.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]  # the checkout, or the folder the wheel was installed in
ASSETS = ROOT / "assets"
DISTRIBUTION = "embodied-sim"
EGL_PACKAGES = ("libegl1", "libgl1", "libgl1-mesa-dri")  # glcontext opens libEGL and libGL, Mesa draws
FREE_DISK_GB = 3.0  # the environment takes about 2.5 GB
GIGA = 1e9

PIP = f"{sys.executable} -m pip install"
SELF = f"{PIP} -c {ROOT}/constraints.txt -e '{ROOT}" if (ROOT / "pyproject.toml").exists() else f"{PIP} '{DISTRIBUTION}"
OPTIONAL = {
    "habitat_sim": "conda install -c conda-forge -c aihabitat habitat-sim headless",  # there is no wheel
    "openai": f"{SELF}[llm]'",
    "viser": f"{SELF}[view]'",
    "ray": f"{SELF}[cluster]'",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One finding.

    Attributes:
        status: "fail" when nothing works without it, "warn" when something is missing or slow.
        remedy: the command that mends it, or "".
    """

    name: str
    status: Literal["ok", "warn", "fail"]
    detail: str
    remedy: str = ""


def report() -> list[Check]:
    """Return everything there is to say about this machine."""
    return [
        check_python(),
        check_machine(),
        *check_dependencies(),
        check_gl(),
        check_tiny(),
        check_torch(),
        check_video(),
        check_assets(),
        *check_optional(),
        check_disk(),
    ]


USAGE = """usage: embodied doctor
       embodied doctor DIR [repair=true]

Say what this machine can do, and the command that mends what is missing; or verify the folder of a run, DIR. With
repair=true, what was left unfinished is removed, what is broken moved to DIR/broken, and DIR/dataset made anew."""


def run(argv: Sequence[str]) -> int:
    """Print a report on this machine, or on the folder of a run; return 0, or 1 if something is wrong.

    Raises:
        ValueError: arguments that are none, or a folder that is not that of a run.
    """
    if argv and argv[0] in ("-h", "--help"):
        print(USAGE)
        return 0
    if not argv:
        checks = report()
        failed = [check.name for check in checks if check.status == "fail"]
    else:
        folder, *words = argv
        if "=" in folder or words not in ([], ["repair=true"], ["repair=false"]):
            raise ValueError(f"doctor: expected DIR and perhaps repair=true, got {' '.join(argv)!r}; see --help")
        from embodied.dataset.inspection import inspect_run  # not for the report: what it needs may be missing

        checks = inspect_run(Path(folder), repair=words == ["repair=true"])
        failed = [check.name for check in checks if check.status != "ok"]
    width = max(len(check.name) for check in checks)
    for check in checks:
        print(f"{check.status:4}  {check.name:{width}}  {check.detail}")
        if check.remedy:
            print(f"{'':{width + 8}}-> {check.remedy}")
    good = "whole" if argv else "ready"
    print(f"\n{good}" if not failed else f"\nnot {good}: {', '.join(failed)}")
    return 1 if failed else 0


def check_python() -> Check:
    """Check the version of Python."""
    good = sys.version_info[:2] == (3, 11)
    return Check(
        name="python",
        status="ok" if good else "fail",
        detail=f"{platform.python_version()} at {sys.executable}",
        remedy="" if good else "make setup PYTHON=/path/to/python3.11",
    )


def check_machine() -> Check:
    """Check that this is Linux on x86-64, and say how many cores and how much memory there are."""
    good = (platform.system(), platform.machine()) == ("Linux", "x86_64")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIGA
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return Check(
        name="machine",
        status="ok" if good else "warn",
        detail=f"{platform.platform()}, {cores} cores, {memory:.0f} GB memory"
        + ("" if good else "; tested on Linux x86_64 alone"),
    )


def requirements() -> list[str]:
    """Return what the project requires, extras left out, from the checkout or else from the installed metadata."""
    project = ROOT / "pyproject.toml"
    if project.exists():
        return list(tomllib.loads(project.read_text())["project"]["dependencies"])
    return [line for line in importlib.metadata.requires(DISTRIBUTION) or [] if "extra ==" not in line]


def pins() -> dict[str, str]:
    """Return the tested versions by lower-case name; empty where constraints.txt is not beside the packages."""
    path = ROOT / "constraints.txt"
    return dict(re.findall(r"^([^#=\s]+)==(\S+)$", path.read_text(), re.MULTILINE)) if path.exists() else {}


def check_dependencies() -> list[Check]:
    """Check that each direct dependency is installed in a version that is allowed, best the one tested."""
    try:
        from packaging.requirements import Requirement
    except ImportError:
        return [Check(name="packaging", status="fail", detail="missing", remedy=f"{PIP} packaging")]
    return [_check_dependency(requirement, pins()) for requirement in map(Requirement, requirements())]


def _check_dependency(requirement: Requirement, tested: dict[str, str]) -> Check:
    """Check one requirement."""
    name, pin = requirement.name, tested.get(requirement.name.lower(), "")
    remedy = f"{PIP} '{name}=={pin}'" if pin else f"{PIP} '{requirement}'"
    try:
        version = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return Check(name=name, status="fail", detail="missing", remedy=remedy)
    if not requirement.specifier.contains(version, prereleases=True):
        return Check(name=name, status="fail", detail=f"{version}, expected {requirement.specifier}", remedy=remedy)
    if pin and version.split("+")[0] != pin:
        return Check(name=name, status="warn", detail=f"{version}, tested with {pin}", remedy=remedy)
    return Check(name=name, status="ok", detail=version)


def _try(probe: Callable[[], str]) -> tuple[bool, str]:
    """Run a function of this file in a process of its own; return whether it returned, and its words or the error."""
    code = f"from embodied import doctor; print(doctor.{probe.__name__}())"
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    try:
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
    except subprocess.TimeoutExpired:
        return False, "no answer within 120 s"
    if done.returncode < 0:
        return False, f"the process was killed by signal {-done.returncode}"
    lines = (done.stdout if done.returncode == 0 else done.stderr).strip().splitlines()
    return done.returncode == 0, lines[-1] if lines else f"exit status {done.returncode}"


def _egl_vendor() -> str:
    """Return the vendor of the EGL display whose context is current."""
    import ctypes

    egl = ctypes.CDLL("libEGL.so.1")
    egl.eglGetCurrentDisplay.restype = ctypes.c_void_p
    egl.eglQueryString.restype = ctypes.c_char_p
    egl.eglQueryString.argtypes = [ctypes.c_void_p, ctypes.c_int]
    return (egl.eglQueryString(egl.eglGetCurrentDisplay(), 0x3053) or b"unknown").decode()  # EGL_VENDOR


def _draw_gl() -> str:
    """Clear a picture to red on an EGL context; return who drew it."""
    import moderngl

    context = moderngl.create_context(standalone=True, backend="egl")  # type: ignore[arg-type]
    target = context.simple_framebuffer((4, 4))
    target.clear(1.0, 0.0, 0.0, 1.0)
    if target.read(components=3) != b"\xff\x00\x00" * 16:
        raise RuntimeError("the context draws a wrong colour")
    version = context.version_code
    return f"{context.info['GL_RENDERER']}, OpenGL {version // 100}.{version // 10 % 10}, EGL by {_egl_vendor()}"


def _draw_tiny() -> str:
    """Draw a picture with PyBullet's software renderer; return its size in words."""
    import numpy as np
    import pybullet

    client = pybullet.connect(pybullet.DIRECT)
    view = pybullet.computeViewMatrix([2, 0, 0], [0, 0, 0], [0, 0, 1], physicsClientId=client)
    lens = pybullet.computeProjectionMatrixFOV(60, 1, 0.1, 10, physicsClientId=client)
    box = pybullet.createVisualShape(pybullet.GEOM_BOX, halfExtents=[0.5] * 3, physicsClientId=client)
    pybullet.createMultiBody(baseVisualShapeIndex=box, physicsClientId=client)
    depth = pybullet.getCameraImage(32, 32, view, lens, renderer=pybullet.ER_TINY_RENDERER, physicsClientId=client)[3]
    if np.asarray(depth).reshape(32, 32)[16, 16] >= 1.0:
        raise RuntimeError("the box in front of the camera is not in the depth image")
    return f"PyBullet TinyRenderer, NumPy {'on' if pybullet.isNumpyEnabled() else 'off'}"


def _torch_build() -> str:
    """Return torch's build and the GPU it sees."""
    import torch

    if torch.cuda.is_available():
        gpu = torch.cuda.get_device_properties(0)
        return f"CUDA {torch.version.cuda} build on {gpu.name}, {gpu.total_memory / GIGA:.0f} GB"
    return f"CUDA {torch.version.cuda} build, no GPU to use" if torch.version.cuda else "CPU build"


def _encode_h264() -> str:
    """Encode some frames to H.264 in memory; return the encoder."""
    import io

    import av
    import numpy as np

    with av.open(io.BytesIO(), "w", format="mp4") as container:
        stream = container.add_stream("h264", rate=10)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        for level in (0, 128, 255):
            frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), level, dtype=np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        return f"{stream.codec_context.codec.name} in PyAV {av.__version__}"


def check_gl() -> Check:
    """Check that an OpenGL context without a display can be had."""
    good, words = _try(_draw_gl)
    remedy = f"sudo apt-get install -y {' '.join(EGL_PACKAGES)}"
    return Check(name="renderer gl", status="ok" if good else "warn", detail=words, remedy="" if good else remedy)


def check_tiny() -> Check:
    """Check the fallback renderer; it comes with the physics, so nothing works without it."""
    good, words = _try(_draw_tiny)
    return Check(
        name="renderer tiny", status="ok" if good else "fail", detail=words, remedy="" if good else "make setup"
    )


def check_torch() -> Check:
    """Check that torch can be imported, and that it uses the GPU where there is one."""
    good, words = _try(_torch_build)
    unused = Path("/dev/nvidia0").exists() and " on " not in words
    return Check(
        name="torch build",
        status="fail" if not good else "warn" if unused else "ok",
        detail=words + ("; the GPU is not used" if good and unused else ""),
        remedy="make setup" if not good else "make setup GPU=1" if unused else "",
    )


def check_video() -> Check:
    """Check that videos can be encoded as H.264."""
    good, words = _try(_encode_h264)
    return Check(
        name="video h264",
        status="ok" if good else "warn",
        detail=words,
        remedy="" if good else f"{PIP} --force-reinstall --no-deps av",
    )


def asset_files() -> list[Path]:
    """Return every file under assets, sorted."""
    return sorted(path for path in ASSETS.rglob("*") if path.is_file())


def digest_assets() -> str:
    """Return a SHA-256 over names and contents of all assets."""
    whole = hashlib.sha256()
    for path in asset_files():
        whole.update(path.relative_to(ASSETS).as_posix().encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def asset_licences() -> dict[str, str]:
    """Return the line of assets/LICENSES.md by the path, or pattern of paths, in backquotes with which it begins."""
    lines = (ASSETS / "LICENSES.md").read_text().splitlines()
    found = (re.match(r"[|*\s-]*`([^`]+)`", line) for line in lines)
    return {match[1].removeprefix("assets/"): line for match, line in zip(found, lines, strict=True) if match}


def check_assets() -> Check:
    """Check that the assets are there, and those whose SHA-256 stands beside their licence are what they were."""
    remedy = "git checkout -- assets (or reinstall embodied-sim)"
    if not (ASSETS / "LICENSES.md").exists():
        return Check(name="assets", status="fail", detail=f"no {ASSETS / 'LICENSES.md'}", remedy=remedy)
    wrong = []
    for name, line in asset_licences().items():
        listed, path = re.search(r"\b[0-9a-f]{64}\b", line), ASSETS / name
        if "*" not in name and not path.exists():
            wrong.append(f"{name} is missing")
        elif listed and path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() != listed[0]:
            wrong.append(f"{name} differs from its SHA-256")
    if wrong:
        return Check(name="assets", status="fail", detail="; ".join(wrong), remedy=remedy)
    files = asset_files()
    size = sum(path.stat().st_size for path in files) / 1e6
    detail = f"{len(files)} files, {size:.1f} MB, digest {digest_assets()[:12]}"
    return Check(name="assets", status="ok", detail=detail)


def check_optional() -> list[Check]:
    """Say which optional packages there are; none is needed."""
    return [
        Check(name=name, status="ok", detail="installed")
        if importlib.util.find_spec(name)
        else Check(name=name, status="ok", detail="not installed (optional)", remedy=command)
        for name, command in OPTIONAL.items()
    ]


def check_disk() -> Check:
    """Check that there is room for an environment and some runs."""
    free = shutil.disk_usage(Path.cwd()).free / GIGA
    return Check(
        name="disk", status="ok" if free > FREE_DISK_GB else "warn", detail=f"{free:.1f} GB free in {Path.cwd()}"
    )
