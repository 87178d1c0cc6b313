"""Files written whole or not at all."""

from __future__ import annotations

from pathlib import Path


def write_whole(path: str | Path, data: bytes) -> None:
    """Write a file: what is killed in the middle leaves the old one, or none, beside a hidden `.partial`."""
    path = Path(path)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(data)
    partial.replace(path)
