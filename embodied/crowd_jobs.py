"""What the protocols of `embodied evaluate crowd` share: the work of one model in one recording."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from crowd.recordings import five_hz, read_recording
from crowd.site import Recording, Site

if TYPE_CHECKING:
    from crowd.crowdes import CrowdES


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One model in one recording of a fold.

    Attributes:
        data: folder of recordings. weights: folder of weights. fold, recording, model: names.
        samples: runs. seed: of all that is drawn.
    """

    data: str
    weights: str
    fold: str
    recording: str
    model: str
    samples: int
    seed: int

    def weights_of(self, model: str) -> Path:
        """Return the file of weights of a model that has not learned from the fold."""
        return Path(self.weights) / f"{model}-{self.fold}.safetensors"


@lru_cache(maxsize=1)
def recorded(data: str, name: str) -> Recording:
    """Return a recording at 5 Hz."""
    return five_hz(read_recording(Path(data), name))


@lru_cache(maxsize=1)
def crowdes(weights: Path, site: Site) -> CrowdES:
    """Return CrowdES at a site."""
    from crowd.crowdes import CrowdES

    return CrowdES(weights, site)
