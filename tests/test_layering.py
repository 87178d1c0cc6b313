"""The house rules that a machine can check: who imports whom, what is loaded when, sizes and names."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PEERS = ("scenes", "motion", "crowd", "safety")
PACKAGES = ("embodied", *PEERS)
HEAVY = {
    "anny", "av", "cv2", "diffusers", "habitat_sim", "hydra", "moderngl", "numba", "openai", "pyarrow", "pybullet",
    "ray", "shapely", "scipy", "skimage", "torch", "viser",
}  # fmt: skip
BANNED = {"util", "utils", "helper", "helpers", "manager", "managers", "common"}
MAX_LINES = 500
SOURCES = sorted(path for name in (*PACKAGES, "benchmarks", ".ci") for path in (ROOT / name).rglob("*.py"))


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and top-level name of every import, wherever it stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.split(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.lineno, node.module.split(".")[0]
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("importlib.import_module", "__import__"):
            words = [word.value for word in node.args if isinstance(word, ast.Constant)]
            yield from ((node.lineno, str(word).split(".")[0]) for word in words)


def words(name: str) -> set[str]:
    """Return the words of a snake_case or CamelCase name."""
    return set(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().split("_"))


def violations(path: Path, source: str) -> list[str]:
    """Return what a file does that it may not; `path` is relative to the checkout."""
    tree, package, found = ast.parse(source), path.parts[0], []
    for line, name in imports(tree):
        if package in PEERS and name in PACKAGES and name != package:
            found.append(f"{path}:{line}: the peer `{package}` imports `{name}`")
        if package in PEERS and name == "random":
            found.append(f"{path}:{line}: draws come from a Generator that is passed in, not from `random`")
        if path.name == "__init__.py" and name in HEAVY:
            found.append(f"{path}:{line}: a package's __init__ imports `{name}`, which is heavy")
        if package in PACKAGES and name in ("tests", "benchmarks"):
            found.append(f"{path}:{line}: the product imports `{name}`")
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.ClassDef) and words(node.name) & BANNED:
            found.append(f"{path}:{line}: the class name {node.name} says nothing")
        if package in PEERS and isinstance(node, ast.Call) and ast.unparse(node.func) == "print":
            found.append(f"{path}:{line}: a library logs, it does not print")
        if isinstance(node, ast.Name) and node.id == "NotImplementedError":
            found.append(f"{path}:{line}: something is not implemented")
        if isinstance(node, ast.ExceptHandler) and [type(step) for step in node.body] == [ast.Pass]:
            found.append(f"{path}:{line}: an error is swallowed")
    if any(words(part.removesuffix(".py")) & BANNED for part in path.parts):
        found.append(f"{path}: the name says nothing")
    if (lines := source.count("\n")) > MAX_LINES:
        found.append(f"{path}: {lines} lines, at most {MAX_LINES}")
    found += [
        f"{path}: {word} left in the code" for word in ("TODO", "FIXME", "XXX") if re.search(rf"\b{word}\b", source)
    ]
    return found


def test_sources_keep_the_rules() -> None:
    assert len(SOURCES) > 10
    found = [line for path in SOURCES for line in violations(path.relative_to(ROOT), path.read_text())]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("path", "source", "word"),
    [
        ("crowd/a.py", "from scenes.scene import Scene", "the peer `crowd` imports `scenes`"),
        ("scenes/a/b.py", "def f():\n    import embodied.world", "imports `embodied`"),
        ("motion/a.py", "if TYPE_CHECKING:\n    from crowd import trajectory", "imports `crowd`"),
        ("safety/a.py", "import importlib\nimportlib.import_module('motion.clip')", "imports `motion`"),
        ("safety/a.py", "import random", "Generator"),
        ("embodied/tasks/__init__.py", "import torch.nn", "heavy"),
        ("embodied/a.py", "from tests import b", "the product imports"),
        ("embodied/path_utils.py", "", "says nothing"),
        ("crowd/helpers/a.py", "", "says nothing"),
        ("embodied/a.py", "class SceneManager: ...", "says nothing"),
        ("scenes/a.py", "print('x')", "does not print"),
        ("embodied/a.py", "raise NotImplementedError('later')", "not implemented"),
        ("embodied/a.py", "try:\n    f()\nexcept OSError:\n    pass", "swallowed"),
        ("embodied/a.py", "x = 1  # TO" + "DO", "left in the code"),
        ("embodied/a.py", "x = 1\n" * 501, "501 lines"),
    ],
)
def test_checker_catches(path: str, source: str, word: str) -> None:
    assert any(word in line for line in violations(Path(path), source))


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("crowd/a.py", "from crowd.trajectory import Arrival\nimport numba\nfrom . import b"),
        ("embodied/a.py", "from scenes.scene import Scene\nimport safety.report\nprint('x')"),
        ("scenes/commons.py", "import pybullet\nx = 1\n" * 250),
    ],
)
def test_checker_lets_pass(path: str, source: str) -> None:
    assert violations(Path(path), source) == []


def test_every_package_is_light() -> None:
    """Importing all five packages loads no heavy module and takes below half a second of CPU."""
    code = f"""
import sys, time
start = time.process_time()
import {", ".join(PACKAGES)}
print(time.process_time() - start, *set(sys.modules) & {HEAVY!r})
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    seconds, *loaded = done.stdout.split()
    assert loaded == []
    assert float(seconds) < 0.5


def test_a_foreign_package_is_named(tmp_path: Path) -> None:
    """A `safety` of another distribution earlier on the path is refused in one line."""
    (tmp_path / "safety").mkdir()
    (tmp_path / "safety/__init__.py").touch()
    code = f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(ROOT)!r}]; import embodied"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    last = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 1
    assert last.startswith("ImportError: embodied: expected the package `safety`")
    assert str(tmp_path / "safety/__init__.py") in last and "PYTHONPATH" in last


def test_a_folder_of_the_same_name_is_harmless(tmp_path: Path) -> None:
    """A data folder `scenes` in the working directory does not hide the package."""
    (tmp_path / "scenes").mkdir()
    path = [str(tmp_path), str(ROOT)]
    code = f"import sys; sys.path[:0] = {path!r}; import embodied, scenes; print(scenes.__file__)"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()) == ROOT / "scenes/__init__.py"
