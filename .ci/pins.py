"""Write constraints.txt anew: the newest versions that all extras together allow, as pip resolves them from nothing.

Run by `make constraints`, with network. Pillow is held at 10.4.0, the one version that habitat-sim accepts, so that
both can live in one environment. What only a CUDA build of torch brings is left to torch, which pins it itself.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HELD = ("Pillow==10.4.0",)
CUDA_ONLY = re.compile(r"(nvidia|cuda|triton)\b")


def resolve() -> dict[str, str]:
    """Return versions by distribution name, resolved for an empty environment."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = ",".join(project["optional-dependencies"])
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        report = Path(folder, "report.json")
        subprocess.run(
            [f"{folder}/bin/pip", "install", "--quiet", "--dry-run", "--report", report, f"{ROOT}[{extras}]", *HELD],
            check=True,
        )
        found = [item["metadata"] for item in json.loads(report.read_text())["install"]]
    return {
        item["name"].lower().replace("_", "-"): item["version"].split("+")[0]
        for item in found
        if item["name"] != project["name"] and not CUDA_ONLY.match(item["name"])
    }


def main() -> None:
    """Write the file."""
    lines = [
        "# Every distribution that embodied-sim and its extras bring, direct and transitive, at the version tested.",
        "# Written by `make constraints` (.ci/pins.py) from a clean resolve; not edited by hand.",
        *(f"{name}=={version}" for name, version in sorted(resolve().items())),
    ]
    (ROOT / "constraints.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
