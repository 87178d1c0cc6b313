"""`embodied evaluate WHAT …`: score what was recorded, without running anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module

# what -> (module with `run(arguments) -> exit code`, what it does)
KINDS: dict[str, tuple[str, str]] = {
    "logs": ("embodied.evaluate_logs", "metrics of a run's logs, or of per-episode files of other systems"),
    "comfort": ("embodied.evaluate_comfort", "comfort of scenes with people and a robot, 0 to 100"),
}


def run(arguments: Sequence[str]) -> int:
    """Run the verb and return its exit code.

    Raises:
        ValueError: no such kind.
    """
    if not arguments or arguments[0] in ("-h", "--help"):
        lines = [f"  {kind:<8} {what}" for kind, (_, what) in KINDS.items()]
        print("\n".join(["usage: embodied evaluate WHAT PATH [key=value …]", "", *lines]))
        return 0 if arguments else 2
    if arguments[0] not in KINDS:
        raise ValueError(f"evaluate {arguments[0]}: expected one of {', '.join(KINDS)}; see --help")
    runner: Callable[[Sequence[str]], int] = import_module(KINDS[arguments[0]][0]).run
    return runner(arguments[1:])
