"""What the two-person networks learn from: recorded pairs, and pairs composed of recordings of single people.

Recorded: the salsa dances of CMU's subjects 60 and 61, by their own split, leader and follower in one world. Composed
(always labelled so): clips of single people of one part of the split, face to face, beside or behind each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from motion.clip import By, FloatArray, MotionClip, PairClip
from motion.data import MotionRecording, read_rows
from motion.phrases import swap_sides
from motion.single import Part, Sample, read_single, sample_of

LEADER, FOLLOWER = "60", "61"  # CMU's subjects


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairSample:
    """Two people to learn from or to be compared with.

    Attributes:
        name: of the recording, or of the kind of composition. people: both, in one world.
        texts: what they do together; own: what each does; of each some, to draw from. roles: of `motion.clip.ROLES`.
        by: captured or composed.
    """

    name: str
    people: tuple[Sample, Sample]
    texts: tuple[str, ...]
    own: tuple[tuple[str, ...], tuple[str, ...]]
    roles: tuple[str, str]
    by: By

    @property
    def pair(self) -> PairClip:
        """The clips of both, with the first text of each."""
        first, second = self.people
        return PairClip(
            clips=(first.clip, second.clip), figures=(first.figure, second.figure), text=self.texts[0],
            texts=(self.own[0][0], self.own[1][0]), roles=self.roles, by=self.by,
        )  # fmt: skip


def read_captured(data: str, parts: Sequence[Part]) -> Iterator[tuple[PairSample, Part]]:
    """Yield the recorded pairs of parts of the split.

    Raises:
        FileNotFoundError: a file is missing.
    """
    rows = {row["id"]: row for row in read_rows(data, "pairs")}
    found: dict[str, dict[str, Sample]] = {}
    for sample, part in read_single(data, ("cmu",), parts):
        trial, _, subject = sample.recording.name.rpartition("_")
        if trial in rows:
            found.setdefault(trial, {})[subject] = sample
            if len(found[trial]) == 2:
                row, people = rows[trial], found[trial]
                pair = PairSample(
                    name=trial, people=(people[LEADER], people[FOLLOWER]), texts=tuple(row["texts_interaction"]),
                    own=(tuple(row["texts_a"]), tuple(row["texts_b"])), roles=("leader", "follower"), by="captured",
                )  # fmt: skip
                yield pair, part


def mirror_pair(sample: PairSample) -> PairSample:
    """Return a pair with left and right exchanged, also in what is said of it."""
    first, second = (sample_of(one.recording, one.clip, one.figure, mirror=True) for one in sample.people)
    texts = tuple(map(swap_sides, sample.texts))
    own = tuple(tuple(map(swap_sides, said)) for said in sample.own)
    return replace(sample, people=(first, second), texts=texts, own=(own[0], own[1]))


def placed(sample: Sample, turn: float, shift: FloatArray) -> Sample:
    """Return a sample turned about the origin by radians and then moved by (2,) metres: local motion is the same."""
    turned, path = Rotation.from_euler("z", turn), sample.path.copy()
    path[:, :2] = turned.apply(np.column_stack([path[:, :2], np.zeros(len(path))]))[:, :2] + shift
    path[:, 2] += turn
    return replace(sample, clip=placed_clip(sample.clip, turn, shift), path=path)


def placed_clip(clip: MotionClip, turn: float, shift: FloatArray) -> MotionClip:
    """Return a clip turned about the origin by radians and then moved by (2,) metres."""
    turned, move = Rotation.from_euler("z", turn), np.array([*shift, 0.0])
    rotations = clip.rotations.copy()
    rotations[:, 0] = (turned * Rotation.from_quat(rotations[:, 0])).as_quat(canonical=True)
    return replace(
        clip, root=turned.apply(clip.root) + move, rotations=rotations,
        positions=turned.apply(clip.positions.reshape(-1, 3)).reshape(clip.positions.shape) + move,
    )  # fmt: skip


def sample_of_clip(clip: MotionClip, figure: FloatArray, text: str) -> Sample:
    """Return a clip at 30 fps of a figure (22, 3) that does what a text says as a sample."""
    recording = MotionRecording(
        name="clip", source="clip", skeleton="clip", texts=(text,), content="", style="", positions=clip.positions,
        frames=np.zeros((0, 22, 3, 3)), fps=clip.fps,
    )  # fmt: skip
    return sample_of(recording, clip, figure)


def part_of_clip(clip: MotionClip, rows: npt.NDArray[np.int64]) -> MotionClip:
    """Return frames (K,) of a clip by their numbers."""
    return replace(clip, root=clip.root[rows], rotations=clip.rotations[rows], positions=clip.positions[rows])


def frames_of(sample: Sample, rows: npt.NDArray[np.int64]) -> Sample:
    """Return frames (K,) of a sample by their numbers, which may repeat: a pose that is held."""
    return replace(sample, clip=part_of_clip(sample.clip, rows), path=sample.path[rows], local=sample.local[rows])
