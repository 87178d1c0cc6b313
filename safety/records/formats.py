"""The published formats, by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from safety.records.earbench import read_earbench
from safety.records.isbench import read_isbench
from safety.records.mssbench import read_mssbench
from safety.records.safeagentbench import read_safeagentbench
from safety.records.safetext import read_safetext
from safety.records.task import SafetyTask

READERS: dict[str, Callable[[Path], tuple[SafetyTask, ...]]] = {
    "safeagentbench": read_safeagentbench,
    "earbench": read_earbench,
    "safetext": read_safetext,
    "isbench": read_isbench,
    "mssbench": read_mssbench,
}
