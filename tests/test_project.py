"""What must agree: dependencies and pins, assets and licences, versions, and what the README promises."""

import ast
import fnmatch
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
from packaging.requirements import Requirement

import embodied
from embodied import doctor
from motion.body import load_body
from motion.bvh import write_bvh
from motion.clip import MotionClip
from motion.exchange import bvh_of
from motion.retarget import figure_of

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("embodied", "scenes", "motion", "crowd", "safety")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
README = (ROOT / "README.md").read_text()


def tracked() -> list[Path]:
    """Return the files under version control, or skip where this is no checkout."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name]


# ---------------------------------------------------------------- dependencies


def test_every_direct_dependency_is_pinned_within_its_range() -> None:
    pins = doctor.pins()
    extras = PROJECT["optional-dependencies"].values()
    for requirement in map(Requirement, [*PROJECT["dependencies"], *(line for extra in extras for line in extra)]):
        pin = pins.get(requirement.name.lower())
        assert pin, f"{requirement.name}: no pin in constraints.txt; run `make constraints`"
        assert requirement.specifier.contains(pin), f"{requirement}: the pin {pin} is outside"


def test_constraints_are_plain_sorted_pins_with_one_opencv() -> None:
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z0-9.-]+==[\w.!]+", line) for line in lines), (
        "expected name==version, no local version"
    )
    names = [line.split("==")[0] for line in lines]
    assert names == sorted(set(names))
    assert [name for name in names if name.startswith("opencv")] == ["opencv-python-headless"]


def test_habitat_sim_could_live_here() -> None:
    """habitat-sim 0.3.4 needs Pillow 10.4.0 and NumPy from 2 to below 2.4: allowed, and what is tested."""
    allowed = {r.name: r.specifier for r in map(Requirement, PROJECT["dependencies"])}
    assert doctor.pins()["pillow"] == "10.4.0" and "10.4.0" in allowed["Pillow"]
    assert "2.3.5" in allowed["numpy"] and "2.4.0" not in allowed["numpy"]


def test_every_pinned_distribution_brings_all_it_needs() -> None:
    """What the installed dependencies require is pinned, too (what only a CUDA torch brings excepted)."""
    pins, missing = doctor.pins(), set()
    for name in pins:
        try:
            lines = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue
        for requirement in map(Requirement, lines):
            if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
                continue
            key = re.sub(r"[-_.]+", "-", requirement.name).lower()
            if key not in pins and not re.match(r"(nvidia|cuda|triton)\b", key):
                missing.add(f"{name} -> {requirement}")
    assert not missing


def third_party_imports() -> Iterator[tuple[Path, str]]:
    """Yield every top-level module that the product imports and that is neither its own nor Python's."""
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom) and node.level == 0:
                    names = [node.module or ""]
                for name in {name.split(".")[0] for name in names}:
                    if name not in PACKAGES and name not in sys.stdlib_module_names:
                        yield path.relative_to(ROOT), name


def test_everything_imported_is_declared() -> None:
    declared = {
        Requirement(line).name.lower()
        for line in [
            *PROJECT["dependencies"],
            *(x for extra in PROJECT["optional-dependencies"].values() for x in extra),
        ]
    }
    owners = metadata.packages_distributions()
    unknown = {
        f"{path} imports {name}"
        for path, name in third_party_imports()
        if name != "habitat_sim"  # conda only
        and not declared & {owner.lower() for owner in owners.get(name, [name.replace("_", "-")])}
    }
    assert not unknown, "declare them in pyproject.toml and run `make constraints`"


# ---------------------------------------------------------------- files


def test_every_asset_has_a_line_in_licences() -> None:
    patterns = doctor.asset_licences()
    for path in doctor.asset_files():
        name = path.relative_to(doctor.ASSETS).as_posix()
        assert name == "LICENSES.md" or any(fnmatch.fnmatch(name, pattern) for pattern in patterns), (
            f"assets/{name}: no line in assets/LICENSES.md that begins with it, in backquotes"
        )


def test_every_line_in_licences_has_an_asset() -> None:
    names = [path.relative_to(doctor.ASSETS).as_posix() for path in doctor.asset_files()]
    for pattern in doctor.asset_licences():
        assert fnmatch.filter(names, pattern), f"assets/LICENSES.md: `{pattern}` names no file"


def test_assets_are_whole() -> None:
    assert doctor.check_assets().status == "ok"


def test_changelog_names_the_version() -> None:
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == embodied.__version__


def test_no_recording_is_committed() -> None:
    """No file of ../shared, by name and size or content, is part of the repository."""
    shared = ROOT.parent / "shared"
    if not shared.is_dir():
        pytest.skip("no folder ../shared beside the checkout")
    foreign: dict[int, list[Path]] = {}
    for path in shared.rglob("*"):
        if path.is_file() and path.stat().st_size > 0:
            foreign.setdefault(path.stat().st_size, []).append(path)
    for path in filter(Path.is_file, tracked()):
        for other in foreign.get(path.stat().st_size, []):
            assert path.read_bytes() != other.read_bytes(), f"{path} is {other}"


def test_top_level_is_tidy() -> None:
    expected = {
        "pyproject.toml", "embodied", "scenes", "motion", "crowd", "safety", "assets", "tests", "README.md", "docs",
        "benchmarks", ".ci", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", "Makefile", "constraints.txt",
    }  # fmt: skip
    found = {path.relative_to(ROOT).parts[0] for path in tracked()}
    assert {name for name in found if not name.startswith(".")} <= expected
    weights = [path.stat().st_size for path in (doctor.ASSETS / "models").iterdir()]
    assert sum(weights) < 80e6 and max(weights) <= 25e6
    assert not list((ROOT / "tests").rglob("__init__.py")) and not list(doctor.ASSETS.rglob("__init__.py"))


def test_make_knows_its_targets() -> None:
    for target in ("setup", "demo", "test", "test-all", "bench", "lint", "format", "constraints"):
        subprocess.run(["make", "-n", target], cwd=ROOT, check=True, capture_output=True)
    help_text = subprocess.run(["make", "-n", "setup", "GPU=1"], cwd=ROOT, check=True, capture_output=True, text=True)
    assert "--gpu" in help_text.stdout


def test_setup_without_python_is_one_line(tmp_path: Path) -> None:
    done = subprocess.run(["make", "setup", "PYTHON=python3.11-absent"], cwd=ROOT, capture_output=True, text=True)
    first, *rest = done.stderr.strip().splitlines()
    assert done.returncode and "python3.11-absent not found; install Python 3.11" in first
    assert all(re.match(r"make(\[\d+\])?: ", line) for line in rest)


def test_ci_runs_the_tests() -> None:
    script = ROOT / ".ci/run"
    assert os.access(script, os.X_OK)
    assert "exec make test" in script.read_text()


# ---------------------------------------------------------------- doctor


def test_doctor_reports_and_exits_with_the_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    code = doctor.run([])
    printed = capsys.readouterr().out
    assert code == (1 if re.search(r"^fail", printed, re.MULTILINE) else 0)
    for name in ("python", "numpy", "torch", "renderer gl", "renderer tiny", "video h264", "assets", "habitat_sim"):
        assert re.search(rf"^(ok|warn|fail) +{name} ", printed, re.MULTILINE), name
    assert doctor.run(["--help"]) == 0
    with pytest.raises(ValueError, match="expected the folder of a run"):
        doctor.run(["nonsense"])


def test_doctor_survives_a_driver_that_crashes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert doctor._try(doctor._draw_tiny)[0]
    (tmp_path / "moderngl.py").write_text("import os\nos.abort()\n")
    monkeypatch.setattr(doctor, "ROOT", tmp_path)  # comes first on the path of the probe
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    check = doctor.check_gl()
    assert check.status == "warn" and "signal 6" in check.detail and "apt-get" in check.remedy


def test_doctor_names_what_is_missing_or_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "requirements", lambda: ["no-such-distribution>=1", "numpy>=99", "packaging"])
    monkeypatch.setattr(doctor, "pins", lambda: {"packaging": "0.0.1"})
    missing, old, other = doctor.check_dependencies()
    assert (missing.status, old.status, other.status) == ("fail", "fail", "warn")
    assert "no-such-distribution" in missing.remedy and ">=99" in old.detail and "tested with 0.0.1" in other.detail


def test_doctor_sees_a_changed_asset(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(b"abc")
    line = "| `a.npz` | ours | ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad |\n"  # SHA-256 of "abc"
    (tmp_path / "LICENSES.md").write_text(line)
    monkeypatch.setattr(doctor, "ASSETS", tmp_path)
    assert doctor.check_assets().status == "ok"
    (tmp_path / "a.npz").write_bytes(b"abd")
    assert "differs" in doctor.check_assets().detail
    (tmp_path / "a.npz").unlink()
    assert "missing" in doctor.check_assets().detail


# ---------------------------------------------------------------- README


def blocks(text: str, language: str) -> list[str]:
    """Return the fenced blocks of a page in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def shorten(command: str) -> str:
    """Return a README command, made short: two seconds of an episode, few films; `make` says what it would do."""
    if "handshake.mp4" in command:
        return command.replace(".mp4", ".glb")  # `embodied replay` makes a film
    if "suite=" in command:
        return command
    if command.startswith("make"):
        return command.replace("make", f"make -n -C {ROOT}", 1)
    if re.search(r"\bembodied (generate|benchmark|rollout)\b", command):
        film = "" if "out=runs/plaza" in command or "rollout" in command else " video=0"
        return re.sub(r"\bepisodes=\d+", "episodes=1", command) + " task.max_time=2" + film
    return command


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run every example and every command of the README, in its order, in one folder."""
    folder = tmp_path_factory.mktemp("readme")
    rows = [f"{0.4 * step:.1f},{who},{0.5 * step - 8},{who}\n" for who in (1, 2) for step in range(32)]
    (folder / "tracks.csv").write_text("t_s,agent_id,x_m,y_m\n" + "".join(rows))
    figure, still = figure_of(load_body("girl").joints), np.tile([0.0, 0.0, 0.0, 1.0], (9, 22, 1))
    root = np.tile(figure[0], (9, 1))
    clip = MotionClip(root=root, rotations=still, positions=np.tile(figure, (9, 1, 1)), fps=30.0)
    write_bvh(folder / "walk.bvh", bvh_of(clip, figure))
    examples = []
    for block in blocks(README, "python"):
        name = re.match(r"# (\w+\.py)\n", block)
        if name:
            (folder / name[1]).write_text(block)
        else:
            examples.append(block)
    commands = [line for block in blocks(README, "bash") for line in block.splitlines() if line]
    plain: list[list[str]] = []
    assert len(commands) >= 9 and len(examples) >= 1
    for command in map(shorten, commands):
        if command.startswith("embodied ") and command != "embodied doctor":
            plain.append(shlex.split(command)[1:])
        else:
            run_plain(plain, folder)
            call(["bash", "-c", command], folder)
    run_plain(plain, folder)
    pages = [(ROOT / "docs" / name).read_text() for name in ("log.md", "cameras.md")]
    for example in [*examples, *(block for page in pages for block in blocks(page, "python"))]:
        call([sys.executable, "-c", example], folder)
    return folder


def run_plain(commands: list[list[str]], folder: Path) -> None:
    """Run commands of `embodied`, one after the other in one process, and forget them."""
    code = (
        "import json, sys; from embodied.cli import main\n"
        "for words in json.loads(sys.argv[1]):\n"
        "    assert main(words) == 0, words"
    )
    if commands:
        call([sys.executable, "-c", code, json.dumps(commands)], folder)
    commands.clear()


def call(words: list[str], folder: Path) -> None:
    """Run a command with this Python's folder of commands first; fail with all it said."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        words, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, f"{words[-1]}\n{done.stdout}\n{done.stderr}"


@pytest.mark.slow
def test_runs_leave_what_the_readme_says(folder: Path) -> None:
    table = re.findall(r"^\| `([^`]+)` \|", README.partition("## What a run leaves")[2], re.MULTILINE)
    names = [re.sub(r"<[^>]+>", "*", name) for name in table]
    assert len(names) == 6
    for name in names:
        assert list((folder / "runs/plaza").glob(name)), name


@pytest.mark.slow
def test_logs_are_as_documented(folder: Path) -> None:
    """Every event that the runs of the README left has its row in docs/log.md, and no field that the row lacks."""
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", (ROOT / "docs/log.md").read_text(), re.MULTILINE)
    documented = {name: {"step", "time", "type", *re.findall(r"\b\w+\b", text)} for name, text in rows}
    logs = list(folder.glob("runs/*/episodes/*/events.jsonl"))
    assert len(logs) >= 6
    for event in (json.loads(line) for log in logs for line in log.read_text().splitlines()):
        assert set(event) <= documented[event["type"]], event


def test_readme_links_and_columns_are_true() -> None:
    for text, folder in ((README, ROOT), *((path.read_text(), path.parent) for path in (ROOT / "docs").glob("*.md"))):
        for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
            assert (folder / link).exists(), link
    from embodied.log import SCHEMA

    listed = re.search(r"and entity: `([^`]+)`", README)
    assert listed and listed[1].split() == SCHEMA.names
    described = re.findall(
        r"^\| ((?:`\w+`(?:, )?)+) \| (?:int|float|words|bool)", (ROOT / "docs/log.md").read_text(), re.MULTILINE
    )
    assert re.findall(r"\w+", " ".join(described)) == SCHEMA.names
