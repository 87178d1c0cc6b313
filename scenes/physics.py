"""PyBullet, imported without the line that its C code prints on standard error."""

from __future__ import annotations

import os
import sys

sys.stderr.flush()
_shown = os.dup(2)
with open(os.devnull, "wb") as _nowhere:  # noqa: PTH123  a device, not a file
    os.dup2(_nowhere.fileno(), 2)
    try:
        import pybullet
    finally:
        os.dup2(_shown, 2)
        os.close(_shown)

__all__ = ["pybullet"]
