"""Edges without stairs: the colours at the borders of things are blended by the share that each has of a pixel.

Morphological antialiasing (A. Reshetov, Morphological antialiasing, HPG 2009): the border between two rows of pixels is
a run of straight pieces; where it leaves the row at an end, the true border is taken for a line from the middle of that
step to the middle of the run, and the area between the two is the share. Borders are found by ids, not by colours, so
that what is printed on a surface stays sharp.
"""

from __future__ import annotations

import cv2
import numba
import numpy as np
import numpy.typing as npt


def smooth_borders(rgba: npt.NDArray[np.uint8], ids: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint8]:
    """Return (H, W, 3) the picture `rgba` (H, W, 4) with blended borders between pixels of unequal `ids` (H, W)."""
    height, width = ids.shape
    rgb = np.asarray(cv2.cvtColor(rgba, cv2.COLOR_RGBA2RGB), dtype=np.uint8)
    _blend(rgba, ids, height, width, 1, width, rgb.reshape(-1, 3))
    _blend(rgba, ids, width, height, width, 1, rgb.reshape(-1, 3))
    return rgb


@numba.njit(cache=True)  # type: ignore[untyped-decorator, unused-ignore]
def _blend(rgba, ids, lines, length, along, across, out):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Blend the borders between neighbouring lines; steps `along` a line and `across` to the next, in pixels."""
    colors, ids = rgba.reshape(-1, 4), ids.ravel()
    for line in range(lines - 1):
        first = line * across
        start = 0
        while start < length:
            here = first + start * along
            if ids[here] == ids[here + across]:
                start += 1
                continue
            end = start + 1
            while end < length:
                one = first + end * along
                if ids[one] == ids[one + across] or (
                    ids[one] != ids[one - along] and (ids[one + across] != ids[one + across - along])
                ):
                    break
                end += 1
            last = first + (end - 1) * along
            left = right = 0
            if start > 0:
                left = int(ids[here] != ids[here - along]) - int(ids[here + across] != ids[here + across - along])
            if end < length:
                right = int(ids[last] != ids[last + along]) - int(ids[last + across] != ids[last + across + along])
            if left != 0 or right != 0:
                span = float(end - start)
                for k in range(end - start):
                    share = 0.0
                    a, b = min(float(k), 0.5 * span), min(k + 1.0, 0.5 * span)
                    share += left * 0.5 * ((b - b * b / span) - (a - a * a / span))
                    a, b = min(span - k - 1.0, 0.5 * span), min(span - k, 0.5 * span)
                    share += right * 0.5 * ((b - b * b / span) - (a - a * a / span))
                    one = here + k * along
                    other = one + across
                    if share < 0.0:
                        one, other, share = other, one, -share
                    for c in range(3):
                        value = out[one, c] + share * (float(colors[other, c]) - float(colors[one, c]))
                        out[one, c] = np.uint8(min(max(value + 0.5, 0.0), 255.0))
            start = end
