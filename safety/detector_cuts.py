"""What the namer of the hazard detector learns from: cuts around things, and around what is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from safety.detector import Finder, cut_out, fit, planes, propose
from safety.detector_album import Album, alter
from safety.detector_scores import Thing

SHIFT, STRETCH = 0.08, 0.15  # deviations of boxes, in their sides
EMPTY = 2  # boxes of a picture, at most, in which there is none
SIDES = (0.08, 0.6)  # of boxes drawn anywhere, heights of the picture
SHARED = 0.15  # of the smaller of box and thing, from which the box has to do with the thing

Boxes = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cuts:
    """Cuts (N, 3, CUT, CUT) in [0, 1], their kinds (N,), K for none, and their danger (N,) in {0, 1}."""

    pictures: Tensor
    kinds: Tensor
    dangers: Tensor


@torch.no_grad()
def strangers(finder: Finder, album: Album) -> list[Boxes]:
    """Return by picture the boxes (M, 4) that a finder takes for things, and there is none."""
    finder.eval()
    device = next(finder.parameters()).device
    found = []
    for row, shot in enumerate(album.shots):
        small, stretch = fit(album.picture(row))
        boxes = propose(finder(planes([small]).to(device))).cpu().numpy()[:, 1:5]
        boxes[:, [0, 2]] *= stretch
        here = [thing for thing in shot.things if not thing.gone]
        found.append(boxes[[not any(shares(box, thing) for thing in here) for box in boxes]].astype(np.float32))
    return found


def draw_cuts(
    album: Album,
    rows: Sequence[int],
    others: Sequence[Boxes] | None,
    kinds: int,
    rng: np.random.Generator | None,
) -> Cuts:
    """Return what can be told of some pictures: a cut around each thing, and around boxes in which there is none.

    Args:
        album: of the pictures. rows: of them.
        others: of `strangers`, some of which are taken; None: none is.
        kinds: number of them.
        rng: of boxes a little beside, larger or smaller, of others anywhere, and of what is altered; None: as it is.
    """
    cuts: list[npt.NDArray[Any]] = []
    names, dangers = [], []
    for row in rows:
        picture, shot = album.picture(row), album.shots[row]
        here = [thing for thing in shot.things if not thing.gone]
        boxes = [(_around(thing, rng), thing.kind, thing.unsafe) for thing in here if thing.clear]
        if rng is not None and others is not None:
            ratio = picture.shape[1] / picture.shape[0]
            anywhere = rng.uniform((0.0, 0.0, SIDES[0], SIDES[0]), (ratio, 1.0, SIDES[1], SIDES[1]))
            empty = [] if any(shares(anywhere, thing) for thing in here) else [anywhere]
            empty += [others[row][k] for k in rng.permutation(len(others[row]))[: EMPTY - len(empty)]]
            boxes += [(np.asarray(box, np.float64), kinds, False) for box in empty]
        for box, kind, unsafe in boxes:
            cut = cut_out(picture, box.tolist())
            cuts.append(cut if rng is None else alter(cut[:, ::-1] if rng.random() < 0.5 else cut, rng))
            names.append(kind)
            dangers.append(float(unsafe))
    return Cuts(pictures=planes(cuts), kinds=torch.tensor(names, dtype=torch.long), dangers=torch.tensor(dangers))


def shares(box: npt.NDArray[np.floating], thing: Thing) -> bool:
    """Return whether a box (x, y, width, height) has more than a little in common with a thing."""
    x, y, wide, high = (float(v) for v in box[:4])
    across = min(x + wide / 2.0, thing.x1) - max(x - wide / 2.0, thing.x0)
    along = min(y + high / 2.0, thing.y1) - max(y - high / 2.0, thing.y0)
    least = min(wide * high, (thing.x1 - thing.x0) * (thing.y1 - thing.y0))
    return across > 0.0 and along > 0.0 and across * along > SHARED * least


def _around(thing: Thing, rng: np.random.Generator | None) -> npt.NDArray[np.float64]:
    sides = np.array([thing.x1 - thing.x0, thing.y1 - thing.y0])
    centre = np.array([thing.x0 + thing.x1, thing.y0 + thing.y1]) / 2.0
    if rng is not None:
        centre = centre + rng.normal(0.0, SHIFT, 2) * sides
        sides = sides * np.exp(rng.normal(0.0, STRETCH, 2))
    return np.concatenate([centre, sides])
