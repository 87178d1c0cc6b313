"""Pictures of a scenario's hazards, as they are and once they are dealt with, and what somebody makes of them.

Both pictures of a hazard are taken from the same place at the same time: all that differs is what was dealt with. What
is made of one depends on the perception: `rgb` by a detector that knows colours alone, `ids` by the names of things in
view, which nothing that only looks different can change.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from embodied.hazard_renders import BODIES, shoot, staff_of
from embodied.party.rules import SURE, UNSURE, Glimpse
from embodied.populate import Wardrobe
from embodied.seeding import stream
from safety.detector import MODEL, HazardDetector, find_peaks
from safety.scenario import Activity, Scenario, State
from scenes.backend import Camera, Frame
from scenes.backends import choose_backend
from scenes.hazards.placing import BLOCK, PlacedHazard, build, place_hazards
from scenes.hazards.views import viewpoint
from scenes.scene import Scene

FOV = 1.2  # rad, vertical
STATES: tuple[State, ...] = ("unsafe", "safe")
ASSETS = Path(__file__).parents[2] / "assets" / "models"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """A picture of a hazard of a kind: `labels`: names of the things in view, `mask`: (H, W) bool, its own pixels."""

    kind: str
    frame: Frame
    camera: Camera
    labels: frozenset[str]
    mask: npt.NDArray[np.bool_]


class Gallery:
    """What somebody makes of the pictures of a scenario."""

    def __init__(self, scenario: Scenario, made: Mapping[tuple[str, State], Glimpse]) -> None:
        """Keep it by (hazard id, state); hazards that cannot be looked at from anywhere have none."""
        self._hazards = {hazard.id: hazard for hazard in scenario.hazards}
        self._glimpses = made

    def look(self, hazard: str, state: State) -> Glimpse:
        """Return what is made of the picture of a hazard; of none, that it may be either."""
        return self._glimpses.get((hazard, state), Glimpse(danger=UNSURE))

    def depict(self, activity: Activity, time: float) -> Glimpse | None:
        """Return what is made of the picture of an activity as it is in its hour; None for one about no hazard."""
        if not activity.hazard:
            return None
        return self.look(activity.hazard, self._hazards[activity.hazard].state(activity.start))


def take_pictures(
    scene: Scene, placed: Sequence[PlacedHazard], seed: int, size: int, backend: str = "auto"
) -> dict[tuple[str, State], Shot]:
    """Return a picture of each hazard in both states, from one place; what nobody can stand before is left out.

    Args:
        scene: without them. placed: they, named by their ids. seed: of what is drawn. size: pixels, square.
    """
    rng = stream(seed, "pictures")
    aims: list[tuple[int, Camera]] = []
    for k, put in enumerate(placed):
        try:
            eye, target = viewpoint(scene, put, rng)
        except ValueError:
            continue
        aims.append((k, Camera.look_at(eye, target, width=size, height=size, fov=FOV)))
    shots: dict[tuple[str, State], Shot] = {}
    if not aims:
        return shots
    wardrobe, motion = Wardrobe(int(rng.integers(2**31)), range(BODIES)), int(rng.integers(2**31))
    first = 1 + max((item.instance for item in scene.objects), default=0)
    painter = choose_backend(backend).make()
    try:
        for state in STATES:
            turned = [replace(put, state=state) for put in placed]
            full = place_hazards(scene, turned)
            names = {item.instance: item.label for item in full.objects}
            frames = shoot(painter, full, staff_of(turned), wardrobe, motion, aims)
            for (k, camera), frame in zip(aims, frames, strict=True):
                seen = frozenset(names.get(int(number), "") for number in np.unique(frame.instance))
                own = first + BLOCK * k
                mask = (frame.instance >= own) & (frame.instance < own + BLOCK)
                shots[placed[k].name, state] = Shot(
                    kind=placed[k].kind, frame=frame, camera=camera, labels=seen, mask=mask
                )
    finally:
        painter.close()
    return shots


def glance(shots: Mapping[tuple[str, State], Shot], perception: str) -> dict[tuple[str, State], Glimpse]:
    """Return what somebody makes of pictures who sees colours (rgb), or the names of things (ids).

    Raises:
        ValueError: another perception.
    """
    if perception == "rgb":
        found = glance_at([shot.frame.rgb for shot in shots.values()])
    elif perception == "ids":
        found = [read_names(shot.kind, shot.labels) for shot in shots.values()]
    else:
        raise ValueError(f"perception: expected rgb or ids, got {perception!r}")
    return dict(zip(shots, found, strict=True))


def glance_at(frames: Sequence[npt.NDArray[np.uint8]]) -> list[Glimpse]:
    """Return what a detector makes of pictures (H, W, 3): how likely something in each is dangerous, and what it is.

    A score at the threshold is as likely as not.
    """
    own = detector()
    found = []
    for peaks in find_peaks(own.network, frames):
        best = Glimpse(danger=1.0 - SURE)
        for peak in peaks:
            danger = peak.score / (peak.score + own.threshold)
            if danger > best.danger:
                best = Glimpse(danger=danger, what=own.kinds[peak.kind])
        found.append(best)
    return found


def read_names(kind: str, names: Collection[str]) -> Glimpse:
    """Return what the names of things in view tell: sure where one belongs to the danger alone, or should be there."""
    telling = telltales(kind)
    if not telling:
        return Glimpse(danger=UNSURE)
    return Glimpse(danger=1.0 - SURE if telling.isdisjoint(names) else SURE, what=kind)


@lru_cache(maxsize=128)
def telltales(kind: str) -> frozenset[str]:
    """Return the names of things that stand there only while it is dangerous."""
    unsafe, safe = ({piece.label for piece in build(kind, state)} for state in STATES)
    return frozenset(unsafe - safe - {""})


@lru_cache(maxsize=1)
def detector() -> HazardDetector:
    """Return the detector that is shipped.

    Raises:
        FileNotFoundError: its weights are not there.
    """
    return HazardDetector.load(ASSETS / f"{MODEL}.safetensors")
