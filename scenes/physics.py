"""PyBullet, imported without the line that its C code prints on standard output."""

from __future__ import annotations

import ctypes
import os
import sys

sys.stdout.flush()
_out = os.dup(1)
with open(os.devnull, "wb") as _nowhere:  # noqa: PTH123  a device, not a file
    os.dup2(_nowhere.fileno(), 1)
    try:
        import pybullet
    finally:
        ctypes.CDLL(None).fflush(None)  # C keeps the line in a buffer of its own
        os.dup2(_out, 1)
        os.close(_out)

__all__ = ["pybullet"]
