"""The tables of docs/crowd.md, written from the results between their marks: `python -m benchmarks.crowd_tables`."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NAMES = {
    "real": "recorded", "straight": "straight line", "social_force": "`social_force`", "orca": "ORCA",
    "jupedsim": "JuPedSim", "crowdes": "CrowdES", "crowdes_compat": "CrowdES as published",
}  # fmt: skip
MEASURES = ("dens", "freq", "cov", "pop", "kinem", "dtw", "div", "col")
MORE_IS_BETTER = ("div",)
Rows = dict[tuple[str, str], dict[str, float]]


def read(name: str) -> Rows:
    """Return the values of a file of results by scene and model."""
    rows = json.loads((ROOT / "benchmarks/results" / f"{name}.json").read_text())["rows"]
    return {(r["scene"], r["model"]): {k: v["value"] for k, v in r["metrics"].items()} for r in rows}


def order(rows: Rows, place: int) -> list[str]:
    """Return scenes (0) or models (1) in the order of the file."""
    return list(dict.fromkeys(key[place] for key in rows))


def replayed(rows: Rows) -> list[str]:
    """Return how near models come to people, and what is true of all places."""
    scenes, models = order(rows, 0), order(rows, 1)
    lines = [f"| best of 20, m (`min_ade_20`) | {' | '.join(scenes)} |", "|---" * (len(scenes) + 1) + "|"]
    for model in models:
        if model != "real":
            values = [f"{rows[scene, model]['min_ade_20']:.3f}" for scene in scenes]
            lines.append(f"| {NAMES.get(model, model)} | {' | '.join(values)} |")
    lines += ["", "| all places | `ade`, m | `col_02` % | `stop_share` % | `nn_p5`, m | `wall_transitions` |"]
    lines.append("|---" * 6 + "|")
    for model in models:
        own, name = rows["all", model], NAMES.get(model, model)
        floors = [f" (floor {own[key] * scale:.{digits}f})" if key in own else ""
                  for key, scale, digits in (("stop_share_floor", 100, 1), ("nn_p5_floor", 1, 3))]  # fmt: skip
        ade = f"{own['ade']:.2f}" if "ade" in own else ""
        lines.append(
            f"| {name} | {ade} | {100 * own['col_02']:.3f} | {100 * own['stop_share']:.1f}{floors[0]} "
            f"| {own['nn_p5']:.3f}{floors[1]} | {own['wall_transitions']:.1f} |"
        )
    return lines


def generated(rows: Rows) -> list[str]:
    """Return the eight measures of each place; of the means the better of models is bold."""
    models = [model for model in order(rows, 1) if model != "real"]
    lines = ["| place | | Dens | Freq | Cov | Pop | Kinem | DTW | Div (more is better) | Col % |", "|---" * 10 + "|"]
    for scene in order(rows, 0):
        for model in ("real", *models):
            cells = []
            for measure in MEASURES:
                pick = max if measure in MORE_IS_BETTER else min
                value = rows[scene, model][measure]
                best = pick(rows[scene, other][measure] for other in models)
                cell = f"{100 * value:.2f}" if measure == "col" else f"{value:.3f}"
                cells.append(f"**{cell}**" if scene == "all" and model != "real" and value == best else cell)
            first = scene if model == "real" else ""
            name = "floor" if model == "real" else NAMES.get(model, model)
            lines.append(f"| {first} | {name} | {' | '.join(cells)} |")
    return lines


def main() -> int:
    """Write the tables and return the exit code."""
    path = ROOT / "docs/crowd.md"
    text = path.read_text(encoding="utf-8")
    for name, make in (("replayed", replayed), ("generated", generated)):
        block = "\n".join([f"<!-- {name} -->", *make(read(f"crowd_{name}")), "<!-- end -->"])
        text, found = re.subn(rf"<!-- {name} -->.*?<!-- end -->", lambda _, block=block: block, text, flags=re.DOTALL)
        if found != 1:
            print(f"{path}: expected one <!-- {name} --> … <!-- end -->, got {found}; mark the table", file=sys.stderr)
            return 2
    path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
