"""Where the goal may be: a probability over square regions of the robot's own map, and a trust in each answer.

docs/agents.md explains the equations that are numbered here. The mixture with a level of trust is the usual model of
sources that may be wrong (Dawid and Skene 1979, Maximum Likelihood Estimation of Observer Error-Rates); ours has one
reliability for all people, hedges count as less, and the goal is the hidden class.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from embodied.agents.mapping import CELL, SIDE
from embodied.episode import FloatArray

CELLS = 40  # of the map along the side of a region, 6 m
COUNT = SIDE // CELLS  # regions along the side of the map
EDGE = (SIDE - COUNT * CELLS) // 2  # cells of the map left over on either side
SCALE = 40.0  # m from the start over which a goal becomes less likely by 1/e
DETECTED = 0.9  # probability that a sign has been read when all of its region is known
FRINGE = 9  # cells, how far beyond free ground a region may still hide a sign
RELIABLE = (6.0, 2.0)  # Beta prior: true and false answers heard before the first
HEDGED = 0.6  # of the trust in an answer that is left when the speaker is not sure
ROUNDS = 4  # of the fixed point for trust and reliability


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Where an answer puts the goal.

    Attributes:
        x, y: metres, start frame. spread: metres by which that may be off, one standard deviation.
        hedged: the speaker was not sure.
        vain: probability of not having found the goal yet by doing as told, if the answer is true.
    """

    x: float
    y: float
    spread: float
    hedged: bool = False
    vain: float = 1.0


class Belief:
    """Probability over regions, after what was seen and said.

    Attributes:
        centres: (R, 2) metres, start frame. mass: (R,) probability of the goal in each region, sums to 1.
        claims: what people have said, in order. trust: (J,) probability that each claim is true.
        reliability: share of true answers to be expected.
    """

    def __init__(self) -> None:
        """Expect the goal anywhere, rather near the start."""
        ticks = (np.arange(COUNT) + 0.5) * CELLS * CELL + (EDGE - SIDE // 2) * CELL
        self.centres: FloatArray = np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)
        self._prior: FloatArray = np.exp(-np.hypot(*self.centres.T) / SCALE)
        self._absence: FloatArray = np.ones(len(self.centres))
        self.claims: list[Claim] = []
        self._update()

    def see(self, grid: npt.NDArray[np.int8]) -> None:
        """Take in that the goal's sign has not been read: (SIDE, SIDE) evidence as in OccupancyMap (eq. 2)."""
        window = grid[EDGE : EDGE + COUNT * CELLS, EDGE : EDGE + COUNT * CELLS]
        free, unknown = window < 0, window == 0
        near = cv2.dilate(free.astype(np.uint8), np.ones((2 * FRINGE + 1, 2 * FRINGE + 1), np.uint8)) > 0
        seen, hidden = _per_region(free), _per_region(unknown & near)
        share = np.divide(seen, seen + hidden, out=np.zeros_like(seen), where=seen > 0)
        self._absence = 1.0 - DETECTED * share
        self._update()

    def hear(self, claim: Claim) -> int:
        """Take in an answer; return its place in `claims`."""
        self.claims.append(claim)
        self._update()
        return len(self.claims) - 1

    def revise(self, index: int, claim: Claim) -> None:
        """Replace a claim by what is known better now, on the way that it describes."""
        self.claims[index] = claim
        self._update()

    def entropy(self) -> float:
        """Return the entropy over regions, bits (eq. 5)."""
        return entropy(self.mass)

    def peak(self) -> tuple[float, float]:
        """Return the middle, metres, start frame, of the mass in and about the region that has most of it."""
        square = self.mass.reshape(COUNT, COUNT)
        padded = np.pad(square, 1)
        around = sum(padded[r : r + COUNT, c : c + COUNT] for r in range(3) for c in range(3))
        row, column = np.unravel_index(int(np.argmax(around)), square.shape)
        patch = np.zeros_like(square)
        patch[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2] = 1.0
        weight = (square * patch).ravel()
        x, y = weight @ self.centres / weight.sum()
        return float(x), float(y)

    def _update(self) -> None:
        """Compute mass, trust and reliability: eqs. 3 and 4, to a fixed point."""
        base = self._prior * self._absence
        said = np.array([self._likelihood(claim) for claim in self.claims]).reshape(-1, len(base))
        sure = np.array([HEDGED if claim.hedged else 1.0 for claim in self.claims])
        vain = np.array([claim.vain for claim in self.claims])
        chance = 1.0 / len(base)
        self.reliability = RELIABLE[0] / sum(RELIABLE)
        for _ in range(ROUNDS if self.claims else 1):
            true = (self.reliability * sure * vain)[:, None] * said
            mixed = true + (1.0 - self.reliability * sure)[:, None] * chance
            mass = base * np.exp(np.log(mixed).sum(axis=0))
            self.mass: FloatArray = mass / mass.sum()
            self.trust: FloatArray = (self.mass * true / mixed).sum(axis=1)
            self.reliability = (RELIABLE[0] + self.trust.sum()) / (sum(RELIABLE) + len(self.claims))

    def _likelihood(self, claim: Claim) -> FloatArray:
        gaps = np.hypot(self.centres[:, 0] - claim.x, self.centres[:, 1] - claim.y)
        density = np.exp(-0.5 * (gaps / claim.spread) ** 2) + 1e-12  # a claim beyond the map says nothing
        return np.asarray(density / density.sum())


def entropy(mass: FloatArray) -> float:
    """Return the entropy of a distribution (R,), bits."""
    some = mass[mass > 0.0]
    return float(-(some * np.log2(some)).sum())


def ring(spread: float) -> float:
    """Return the entropy over regions of a claim with that spread (metres), bits: of a normal distribution."""
    return max(math.log2(2.0 * math.pi * math.e * (spread / (CELLS * CELL)) ** 2), 0.0)


def _per_region(cells: npt.NDArray[np.bool_]) -> FloatArray:
    return np.asarray(cells.reshape(COUNT, CELLS, COUNT, CELLS).sum(axis=(1, 3)).ravel(), dtype=np.float64)
