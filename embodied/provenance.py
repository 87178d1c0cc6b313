"""Where an episode comes from, for its log: what was set, with which versions, from which assets."""

from __future__ import annotations

from functools import cache
from typing import Any

from embodied.compose import as_plain
from embodied.config import RunConfig
from embodied.doctor import digest_assets
from embodied.results import list_versions

OF_THE_RUN = ("episodes", "sink", "video")  # what is set for a run and changes nothing in an episode


def tell_provenance(config: RunConfig) -> dict[str, Any]:
    """Return what a log says of its origin: `config` (resolved), `versions` and `assets` (their digest)."""
    plain = {key: value for key, value in as_plain(config).items() if key not in OF_THE_RUN}
    return {"config": plain, "versions": _versions(), "assets": _assets()}


@cache
def _versions() -> dict[str, str]:
    return list_versions()


@cache
def _assets() -> str:
    return digest_assets()
