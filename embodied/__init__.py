"""A simulator of human places for robots: scenes, crowds, bodies that move, minds, tasks and benchmarks.

Importing this package makes sure that the packages it is built from are its own, and registers the Gymnasium
environments by name (they load when they are made).
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import gymnasium

__version__ = "0.1.0"

PEERS = ("scenes", "motion", "crowd", "safety")


def _check_peers(home: Path) -> None:
    """Check that the peer packages come from `home`: other distributions use names such as `safety`, too.

    Raises:
        ImportError: another path shadows a peer, or a peer is missing.
    """
    for name in PEERS:
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            raise ImportError(f"embodied: expected the package `{name}` in {home}, found none; reinstall embodied-sim")
        found = Path(spec.origin).resolve()
        if found.parents[1] != home:
            raise ImportError(
                f"embodied: expected the package `{name}` in {home}, got {found}, which comes first on sys.path; "
                f"uninstall the distribution that brings it, or take {found.parents[1]} off PYTHONPATH "
                "(and do not run from there)"
            )


_check_peers(Path(__file__).resolve().parents[1])

gymnasium.register(id="embodied/DirectionInquiry-v0", entry_point="embodied.env:DirectionInquiryEnv")
gymnasium.register(id="embodied/PointNav-v0", entry_point="embodied.env:PointNavEnv")
gymnasium.register(id="embodied/VLN-v0", entry_point="embodied.env:VlnEnv")
