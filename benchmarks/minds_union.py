"""Join what was measured of minds into one file, and print it as tables for docs/minds.md.

    python -m benchmarks.minds_union USER_AGENT_RESULTS [more results.json ...]

The rows of minds_cost, minds_diffusion and minds_traits come from the files beside it, others from the results that are
named, such as those of `embodied evaluate minds`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from embodied.results import read_results, write_results

RESULTS = Path("benchmarks/results")
PARTS = ("minds_cost", "minds_diffusion", "minds_traits")


def main() -> None:
    """Join, print and write."""
    files = [RESULTS / f"{name}.json" for name in PARTS] + [Path(name) for name in sys.argv[1:]]
    results = [read_results(file) for file in files]
    rows = [{**row, "source": found["command"]} for found in results for row in found["rows"]]
    write_results(
        RESULTS / "minds.json",
        verb="bench",
        command=" ".join(["python -m benchmarks.minds_union", *sys.argv[1:]]),
        seed=0,
        seconds=sum(found["seconds"] for found in results),
        rows=rows,
        files={},
    )
    for row in rows:
        words = " · ".join(str(value) for key, value in row.items() if key not in ("metrics", "source"))
        numbers = ", ".join(f"{name} {cell['value']:.3g}" for name, cell in row["metrics"].items())
        print(f"| {words} | {numbers} |")


if __name__ == "__main__":
    main()
