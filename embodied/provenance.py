"""Where an episode comes from, for its log: what was set, with which versions, from which assets."""

from __future__ import annotations

from functools import cache
from typing import Any

from embodied.compose import as_plain
from embodied.config import RunConfig
from embodied.doctor import digest_assets
from embodied.results import list_versions

OF_THE_RUN = ("episodes", "sink", "video")  # what is set for a run and changes nothing in an episode
# How a language model is reached, which changes nothing in what it answers.
OF_THE_CALLS = (
    "mode", "cassette", "timeout", "retries", "backoff", "concurrency", "per_minute", "budget_tokens", "budget_cost",
    "price_in", "price_out", "deadline", "api_key_env",
)  # fmt: skip


def tell_provenance(config: RunConfig) -> dict[str, Any]:
    """Return what a log says of its origin: `config` (resolved), `versions` and `assets` (their digest)."""
    plain = {key: value for key, value in as_plain(config).items() if key not in OF_THE_RUN}
    if "llm" in plain:
        plain["llm"] = {key: value for key, value in plain["llm"].items() if key not in OF_THE_CALLS}
    return {"config": plain, "versions": _versions(), "assets": _assets()}


@cache
def _versions() -> dict[str, str]:
    return list_versions()


@cache
def _assets() -> str:
    return digest_assets()
