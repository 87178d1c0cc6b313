"""A folder of InterHuman (Liang et al., IJCV 2024, arXiv 2304.05684), with in2IN's texts of each person if it has them.

    motions_processed/person1/ID.npy, person2/ID.npy   (T, 492) numbers at 30 fps, z up, both people in one world
    annots/ID.txt                                      what both do, a line each
    annots_individual/person1/ID.txt, person2/ID.txt   what each does, as in2IN's loader names them; may be missing
    split/train.txt, val.txt, test.txt                 names, a line each; also without the folder `split`
    ignore_list.txt                                    names to be left out, beside the splits; may be missing

The data come under a licence that users accept for themselves; nothing of them is here.

Joints are those of the file as they are, so that what touches still touches. Rotations are taken from SMPL's T pose to
the upright stance, as `motion.features` says. The floor is at the lowest joint of both (the published loader: of each).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from motion.clip import PARENTS, FloatArray, MotionClip
from motion.features import FPS, encode
from motion.foreign import T_POSE, interhuman_joints
from motion.retarget import aligned_at_rest

Part = Literal["train", "val", "test"]
SHORTEST = 15  # frames, as published
PEOPLE = ("person1", "person2")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FeaturePair:
    """Two people by the numbers of `motion.features`.

    Attributes:
        name: of the recording. numbers: (2, T, 262) float32, both in one world, the floor at 0.
        texts: what they do together. own: what each does; none where it is not told.
    """

    name: str
    numbers: npt.NDArray[np.float32]
    texts: tuple[str, ...]
    own: tuple[tuple[str, ...], tuple[str, ...]]


def read_interhuman_pairs(folder: str | Path, part: Part) -> list[FeaturePair]:
    """Return the pairs of a part of the split, but for those that are ignored or shorter than half a second.

    Args:
        folder: of InterHuman, or `motions_processed` in it.

    Raises:
        FileNotFoundError: something that belongs to it is missing.
        ValueError: a file holds something else, people of a pair are not as long as each other, or nothing is left.
    """
    motions, root = _places(Path(folder))
    names = _names(root, part)
    for name in names:
        if not any((motions / person / f"{name}.npy").is_file() for person in PEOPLE):
            raise FileNotFoundError(
                f"{motions}: expected pair {name} of {part}.txt, found none; unpack all, or name it in ignore_list.txt"
            )
    pairs = [_pair(motions, root, name) for name in names]
    if not (kept := [pair for pair in pairs if pair.numbers.shape[1] >= SHORTEST]):
        raise ValueError(f"{root}: expected pairs of {SHORTEST} frames or more in {part}.txt, got none; name some")
    return kept


def numbers_of(people: tuple[Path, Path]) -> npt.NDArray[np.float32]:
    """Return the numbers (2, T - 1, 262) of the files of two people, T frames each.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a file holds something else, or they are not as long as each other.
    """
    for one, other in (people, people[::-1]):
        if not one.is_file():
            raise FileNotFoundError(f"{one}: expected the other person of {other}, found none; unpack both")
    both = [interhuman_joints(path) for path in people]
    first, second = (len(joints) for joints, _ in both)
    if first != second:
        raise ValueError(f"{people[0]}: expected both people as long, got {first} and {second} frames; cut one")
    floor = np.array([0.0, 0.0, min(joints[..., 2].min() for joints, _ in both)])
    axes, above = aligned_at_rest(T_POSE), list(PARENTS[1:])
    told = []
    for joints, local in both:
        rotations = np.zeros((first, 22, 4))
        rotations[..., 3] = 1.0  # the numbers do not tell that of the pelvis
        turned = np.swapaxes(axes[above], -1, -2) @ local[:, 1:] @ axes[1:]
        rotations[:, 1:] = Rotation.from_matrix(turned.reshape(-1, 3, 3)).as_quat().reshape(first, 21, 4)
        placed: FloatArray = joints - floor
        told.append(encode(MotionClip(root=placed[:, 0], rotations=rotations, positions=placed, fps=FPS)))
    return np.stack(told).astype(np.float32)


def _pair(motions: Path, root: Path, name: str) -> FeaturePair:
    first, second = (motions / person / f"{name}.npy" for person in PEOPLE)
    if not (texts := _lines(root / "annots" / f"{name}.txt")):
        raise FileNotFoundError(f"{root / 'annots' / name}.txt: expected a line of what both do, found none; unpack it")
    one, other = (_lines(root / "annots_individual" / person / f"{name}.txt") for person in PEOPLE)
    told = bool(one and other)
    return FeaturePair(
        name=name, numbers=numbers_of((first, second)), texts=texts, own=(one, other) if told else ((), ())
    )


def _places(folder: Path) -> tuple[Path, Path]:
    """Return the folder of the motions and that of all the rest."""
    if (folder / "motions_processed").is_dir():
        return folder / "motions_processed", folder
    if any((folder / person).is_dir() for person in PEOPLE):
        return folder, folder if (folder / "annots").is_dir() else folder.parent
    raise FileNotFoundError(f"{folder}: expected InterHuman's folder motions_processed, found none; see docs/motion.md")


def _names(root: Path, part: Part) -> list[str]:
    for folder in (root / "split", root):
        if (folder / f"{part}.txt").is_file():
            ignored = {name for place in (root, folder) for name in _lines(place / "ignore_list.txt")}
            return [name for name in dict.fromkeys(_lines(folder / f"{part}.txt")) if name not in ignored]
    raise FileNotFoundError(f"{root}: expected split/{part}.txt, found none; unpack the split of InterHuman")


def _lines(path: Path) -> tuple[str, ...]:
    """Return the lines of a file that say something; none if there is no such file."""
    if not path.is_file():
        return ()
    return tuple(line.strip() for line in path.read_text("utf-8", "replace").splitlines() if line.strip())
