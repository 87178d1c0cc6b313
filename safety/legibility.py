"""How soon an onlooker could tell from its way where the robot was going.

A. D. Dragan, K. C. T. Lee, S. S. Srinivasa, Legibility and Predictability of Robot Motion, HRI 2013:
P(G | ξ_s..x) ∝ P(G) exp(-C(ξ_s..x) - V_G(x)) / exp(-V_G(s)), L = ∫ P(G* | ξ_s..x(t)) f(t) dt / ∫ f(t) dt with
f(t) = T - t. The cost C is here the length of the way in metres, V_G the straight distance to G. C is the same for all
goals and falls out.
"""

from __future__ import annotations

import numpy as np

from safety.kinematics import sample_weights
from safety.report import FloatArray, Tracks


def goal_probabilities(tracks: Tracks, candidates: FloatArray, prior: FloatArray | None = None) -> FloatArray:
    """Return (T, G) the onlooker's probability of each of the `candidates` (G, 2), metres; `prior` (G,) or even.

    Raises:
        ValueError: the candidates are not (G, 2), or the prior is not (G,).
    """
    if candidates.ndim != 2 or candidates.shape[1] != 2 or len(candidates) == 0:
        raise ValueError(f"candidates: expected (G, 2), got {candidates.shape}; give one row per goal")
    weights = np.ones(len(candidates)) if prior is None else prior
    if weights.shape != (len(candidates),):
        raise ValueError(f"prior: expected ({len(candidates)},), got {weights.shape}; give one weight per candidate")
    distances = np.linalg.norm(tracks.robot[:, None, :] - candidates, axis=2)
    scores = weights * np.exp(np.clip(distances[0] - distances, -700, 700))
    probabilities: FloatArray = scores / scores.sum(axis=1, keepdims=True)
    return probabilities


def measure_legibility(tracks: Tracks, candidates: FloatArray, goal: int = 0) -> float:
    """Return the legibility of the robot's way to candidate `goal`, from 0 to 1; NaN if it has no duration.

    Args:
        tracks: the episode.
        candidates: (G, 2) metres, where the robot might have been going.
        goal: row of `candidates` where it was going.

    Raises:
        ValueError: the candidates are not (G, 2).
        LookupError: there is no such row.
    """
    probabilities = goal_probabilities(tracks, candidates)
    if not 0 <= goal < len(candidates):
        raise LookupError(f"goal: expected a row of the {len(candidates)} candidates, got {goal}; count from 0")
    if len(tracks.times) < 2:
        return np.nan
    weights = (tracks.times[-1] - tracks.times) * sample_weights(tracks.times)
    return float(np.average(probabilities[:, goal], weights=weights))
