"""What the protocols of `embodied evaluate crowd` share: the work of one model in one recording."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from crowd.recordings import EDIN, ETH_UCY, FOLDS, GCS, GCS_TEST, SDD_TEST, five_hz, read_recording
from crowd.site import Recording, Site
from embodied.seeding import stream

if TYPE_CHECKING:
    from crowd.crowdes import CrowdES

BEYOND = {"sdd": SDD_TEST, "gcs": GCS, "edin": EDIN[1:]}  # data sets that nothing which ships has learned from
CUTS = {"gcs": (GCS_TEST[0], GCS_TEST[0] + 300.0), EDIN[1]: (0.0, 1800.0)}  # s, of recordings that last for hours
RECORDINGS = (*ETH_UCY, *SDD_TEST, *GCS, *EDIN)  # their order tells draws apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One model in one recording of a fold, or of a data set of BEYOND.

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
        """Return the file of weights of a model that has not learned from the fold; beyond, of all of ETH/UCY."""
        folder = Path(self.weights)
        if self.fold in FOLDS:
            return folder / f"{model}-{self.fold}.safetensors"
        trained = folder / f"{model}-all.safetensors"
        return trained if trained.is_file() else folder / f"{model}.safetensors"

    def check_weights(self, models: Iterable[str]) -> None:
        """Check that the weights of models are there.

        Raises:
            FileNotFoundError: a file is not.
        """
        for model in models:
            if not (path := self.weights_of(model)).is_file():
                name = model.replace("crowdes-compat", "crowdes paper_compat=true")
                fold = self.fold if self.fold in FOLDS else "all"
                raise FileNotFoundError(
                    f"model={self.model}: expected weights {path}, found no such file; make them with `embodied train "
                    f"crowd model={name} fold={fold} data={self.data} out=DIR` and name weights=DIR"
                )

    def stream(self, sample: int, model: int) -> np.random.Generator:
        """Return the generator of a run of the model of this number."""
        return stream(self.seed, "crowd", sample, RECORDINGS.index(self.recording), model)


@lru_cache(maxsize=1)
def recorded(data: str, name: str) -> Recording:
    """Return a recording at 5 Hz."""
    return five_hz(read_recording(Path(data), name, seconds=CUTS.get(name)))


@lru_cache(maxsize=1)
def crowdes(weights: Path, site: Site) -> CrowdES:
    """Return CrowdES at a site."""
    from crowd.crowdes import CrowdES

    return CrowdES(weights, site)
