"""The wheel holds all that it needs: built, installed apart, and used from another folder."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import embodied

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("embodied", "scenes", "motion", "crowd", "safety")

SMOKE = """
import sys
from pathlib import Path

import numpy as np

import crowd, embodied, motion, safety, scenes
from embodied import doctor
from importlib import metadata
from scenes.families import SCENES

home = Path(sys.argv[1])
for package in (crowd, embodied, motion, safety, scenes):
    assert Path(package.__file__).is_relative_to(home), package.__file__
assert metadata.version("embodied-sim") == embodied.__version__
assert doctor.check_assets().status == "ok", doctor.check_assets()
assert not (doctor.ROOT / "pyproject.toml").exists() and len(doctor.requirements()) > 10
scene = SCENES["plaza"]().build(np.random.default_rng(0), 0)
assert len(scene.objects) > 10 and scene.walkable.area > 100
"""


def call(*words: str | Path, cwd: Path, **environment: str) -> str:
    """Run a command and return what it printed; fail with all it said."""
    done = subprocess.run(
        words, cwd=cwd, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel, without network."""
    folder = tmp_path_factory.mktemp("wheel")
    call(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    (path,) = folder.glob("*.whl")
    return path


def test_wheel_holds_the_packages_and_the_assets(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    expected = {
        path.relative_to(ROOT).as_posix()
        for folder in (*PACKAGES, "assets")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert wheel.name == f"embodied_sim-{embodied.__version__}-py3-none-any.whl"
    assert expected <= names
    strange = {name for name in names - expected if ".dist-info/" not in name}
    assert not strange
    assert wheel.stat().st_size < 80e6


def test_wheel_works_elsewhere(wheel: Path, tmp_path: Path) -> None:
    home, work = tmp_path / "site", tmp_path / "work"
    work.mkdir()
    call(
        sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", home, wheel, cwd=work
    )
    call(sys.executable, "-c", SMOKE, home, cwd=work, PYTHONPATH=str(home))
    printed = call(sys.executable, home / "bin/embodied", "doctor", cwd=work, PYTHONPATH=str(home))
    assert printed.rstrip().endswith("ready")
