"""What the single-person network learns from: clips as local motion about their paths, and the parts of the split.

Held out for good: of Bandai Namco's second set the last clips of every act and style and the whole style `elderly`, of
its first set the styles happy and proud; of the CMU singles those named below. Validation clips are others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from motion.clip import FloatArray, MotionClip
from motion.data import MotionRecording, read_bandai, read_cmu_singles, read_salsa
from motion.features import FPS, MIRROR, mirrored
from motion.local import encode_local, path_of
from motion.phrases import action_of
from motion.retarget import aligned, figure_from, retarget

Part = Literal["train", "val", "test", "style"]
TEST = frozenset(
    [
        "cmu_02_02",
        "cmu_02_08",
        "cmu_05_10",
        "cmu_05_15",
        "cmu_06_05",
        "cmu_06_11",
        "cmu_07_03",
        "cmu_07_08",
        "cmu_10_03",
        "cmu_131_02",
    ]
)
VAL = frozenset(["cmu_02_09", "cmu_05_09", "cmu_06_04", "cmu_07_05"])
HELD = "elderly"  # the style that is never learned from
TEST_STYLES, VAL_STYLES = ("happy", "proud"), ("sad",)  # of Bandai Namco's first set
# Numbers of clips of its second set by (walks, runs): walks have 10 of an act and style, runs 7 or 8, others 7.
LAST: dict[tuple[bool, bool], dict[Part, tuple[int, ...]]] = {
    (True, False): {"test": (9, 10), "val": (8,)}, (False, True): {"test": (7, 8), "val": (6,)},
    (False, False): {"test": (7,), "val": (6,)},
}  # fmt: skip
SHORTEST = 0.8  # s
SOURCES = {"all": ("cmu", "bandai"), "cmu": ("cmu",), "bandai": ("bandai",)}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """A clip to learn from or to be compared with.

    Attributes:
        recording: what it is of. mirrored: whether left and right are exchanged.
        clip: 30 fps. figure: (22, 3) of who was recorded, in the upright stance, metres.
        path: (T, 3). local: (T, 139) about it, see `motion.local`.
    """

    recording: MotionRecording
    mirrored: bool
    clip: MotionClip
    figure: FloatArray
    path: FloatArray
    local: FloatArray


def part_of(recording: MotionRecording) -> Part:
    """Return the part of the split that a recording of a single person belongs to."""
    if recording.source == "cmu":
        return "test" if recording.name in TEST else "val" if recording.name in VAL else "train"
    if recording.style == HELD:
        return "style"
    if "dataset-2" not in recording.name:
        return "test" if recording.style in TEST_STYLES else "val" if recording.style in VAL_STYLES else "train"
    number = int(recording.name.rsplit("_", 1)[1])
    for part, numbers in LAST[recording.content.startswith("walk"), recording.content == "run"].items():
        if number in numbers:
            return part
    return "train"


def read_single(data: str, sources: Iterable[str], parts: Iterable[Part]) -> Iterator[tuple[Sample, Part]]:
    """Yield the clips of single people, and of salsa leaders and followers, each for itself.

    Args:
        data: the folder of the recordings. sources: of cmu, bandai. parts: of the split, salsa by its own.

    Raises:
        FileNotFoundError: a file is missing.
    """
    readers = {"cmu": read_cmu_singles, "bandai": read_bandai}
    wanted = set(parts)
    for source in sources:
        every = list(readers[source](data))
        parted = [(recording, part_of(recording)) for recording in every]
        if source == "cmu":
            for leader, follower, part in read_salsa(data):
                parted += [(leader, part), (follower, part)]  # type: ignore[list-item]
        for skeleton in sorted({recording.skeleton for recording, _ in parted}):
            of_it = [(recording, part) for recording, part in parted if recording.skeleton == skeleton]
            axes = aligned([recording for recording, _ in of_it])
            figure = figure_from([recording for recording, _ in of_it], axes)
            for recording, part in of_it:
                if part in wanted and (len(recording.positions) - 1) / recording.fps >= SHORTEST:
                    yield sample_of(recording, retarget(recording, axes, figure, FPS), figure), part


def sample_of(recording: MotionRecording, clip: MotionClip, figure: FloatArray, *, mirror: bool = False) -> Sample:
    """Return a clip at 30 fps as a sample, or its mirror image."""
    if mirror:
        clip, figure = mirrored(clip), mirrored_figure(figure)
    path = path_of(clip)
    local = encode_local(clip, path, figure)
    return Sample(recording=recording, mirrored=mirror, clip=clip, figure=figure, path=path, local=local)


def mirrored_figure(figure: FloatArray) -> FloatArray:
    """Return joints (22, 3) with left and right exchanged."""
    return np.asarray(figure[MIRROR] * np.array([1.0, -1.0, 1.0]))


def kind_of(recording: MotionRecording) -> str:
    """Return the group by which clips are balanced: the act, or what CMU's index calls it."""
    return recording.content or action_of(recording) or recording.texts[0].split(" - ")[0].strip(".")
