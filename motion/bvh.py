"""BVH files: a skeleton of any names and its motion (Biovision's format, as motion capture systems write it).

A joint's frame at rest has the axes of the file. Rotations are read in the order of a joint's channels, each about the
axes that the ones before have turned; where a joint has position channels, they take the place of its offset.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from motion.clip import FloatArray
from motion.files import write_whole

MOST_FRAMES = 1_000_000
ROUNDED = 1e-4  # share of a rate that is lost where the time of a frame has six digits
ORDER = "ZXY"  # of the rotations that are written


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BvhClip:
    """A skeleton and its motion, in the units and axes of the file.

    Attributes:
        names: (J,) of the joints, parents before their children. parents: (J,), -1 the root.
        offsets: (J, 3) from the parent at rest. ends: joint → (3,), where its last bone ends, if the file tells.
        translations: (T, J, 3) from the parent, in its frame; the root's: where it is.
        rotations: (T, J, 4) relative to the parent, quaternions (x, y, z, w).
        fps: frames per second.
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]
    offsets: FloatArray
    ends: dict[int, FloatArray]
    translations: FloatArray
    rotations: FloatArray
    fps: float

    def world(self) -> tuple[FloatArray, FloatArray]:
        """Return where all joints are (T, J, 3), and their rotations to the world (T, J, 3, 3)."""
        local = Rotation.from_quat(self.rotations.reshape(-1, 4)).as_matrix().reshape(*self.rotations.shape[:2], 3, 3)
        positions, turned = self.translations.copy(), local
        for joint, parent in enumerate(self.parents):
            if parent >= 0:
                above = turned[:, parent]
                positions[:, joint] = positions[:, parent] + np.einsum("tij,tj->ti", above, positions[:, joint])
                turned[:, joint] = above @ local[:, joint]
        return positions, turned


def read_bvh(path: str | Path) -> BvhClip:
    """Return what a BVH file holds.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is none, holds no frame, or a frame that is not of finite numbers.
    """
    path = Path(path)
    try:
        head, found, rest = path.read_text(encoding="utf-8").partition("MOTION")
    except UnicodeDecodeError:
        raise ValueError(f"{path}: expected a BVH file, got one that is no text; export it as BVH") from None
    words = iter(head.split())
    if not found or next(words, "") != "HIERARCHY":
        raise ValueError(f"{path}: expected a BVH file with HIERARCHY and MOTION, got another; export it as BVH")
    names, parents, offsets, channels, ends = _read_skeleton(words, path)
    frames, fps = _read_frames(rest, sum(map(len, channels)), path)
    translations = np.tile(np.array(offsets), (len(frames), 1, 1))
    rotations = np.tile([0.0, 0.0, 0.0, 1.0], (len(frames), len(names), 1))
    first = 0
    for joint, own in enumerate(channels):
        turns = [k for k, name in enumerate(own) if name.endswith("rotation")]
        if turns:
            axes = "".join(own[k][0] for k in turns)
            told = frames[:, [first + k for k in turns]]
            rotations[:, joint] = Rotation.from_euler(axes, told, degrees=True).as_quat(canonical=True)
        for k, name in enumerate(own):
            if name.endswith("position"):
                translations[:, joint, "XYZ".index(name[0])] = frames[:, first + k]
        first += len(own)
    return BvhClip(
        names=tuple(names), parents=tuple(parents), offsets=np.array(offsets), ends=ends, translations=translations,
        rotations=rotations, fps=fps,
    )  # fmt: skip


def write_bvh(path: str | Path, clip: BvhClip, *, digits: int = 6) -> None:
    """Write a BVH file, whole or not at all: positions of the root, rotations of all joints.

    Raises:
        ValueError: a joint other than the root moves against its parent, which other programs do not expect.
    """
    moved = np.ptp(clip.translations[:, 1:], axis=0).max(initial=0.0) if len(clip.translations) else 0.0
    if moved > 1e-6 * max(1.0, float(np.abs(clip.offsets).max())):
        raise ValueError("clip: expected bones of constant length, got joints that move in their parent; retarget it")
    lines = ["HIERARCHY"]
    _write_joint(lines, clip, 0, 0, digits)
    lines += ["MOTION", f"Frames: {len(clip.rotations)}", f"Frame Time: {1.0 / clip.fps:.8f}"]
    order = _preorder(clip.parents)
    told = Rotation.from_quat(clip.rotations.reshape(-1, 4)).as_euler(ORDER, degrees=True)
    rotations = told.reshape(*clip.rotations.shape[:2], 3)[:, order].reshape(len(clip.rotations), -1)
    rows = np.concatenate([clip.translations[:, 0], rotations], axis=1)
    lines += [" ".join(f"{value:.{digits}f}" for value in row) for row in rows]
    write_whole(path, ("\n".join(lines) + "\n").encode())


def _read_skeleton(
    words: Iterator[str], path: Path
) -> tuple[list[str], list[int], list[list[float]], list[list[str]], dict[int, FloatArray]]:
    names, parents, offsets = list[str](), list[int](), list[list[float]]()
    channels, ends, open_joints = list[list[str]](), dict[int, FloatArray](), list[int]()
    end = False  # inside of an end site
    try:
        for word in words:
            if word in ("ROOT", "JOINT"):
                parents.append(open_joints[-1] if open_joints else -1)
                names.append(next(words))
                offsets.append([0.0, 0.0, 0.0])
                channels.append([])
                _expect(next(words), "{")
                open_joints.append(len(names) - 1)
            elif word == "End":
                next(words)
                _expect(next(words), "{")
                end = True
            elif word == "OFFSET":
                value = [float(next(words)) for _ in range(3)]
                if end:
                    ends[open_joints[-1]] = np.array(value)
                else:
                    offsets[open_joints[-1]] = value
            elif word == "CHANNELS":
                own = [next(words) for _ in range(int(next(words)))]
                for name in own:
                    if name[:1] not in ("X", "Y", "Z") or name[1:] not in ("position", "rotation"):
                        raise ValueError(f"a channel {name}")
                channels[open_joints[-1]] = own
            elif word == "}" and end:
                end = False
            elif word == "}":
                open_joints.pop()
            else:
                raise ValueError(f"the word {word}")
        if not names or open_joints or parents.count(-1) != 1 or len(set(names)) != len(names):
            raise ValueError("no skeleton, or one with several roots, open brackets or names that occur twice")
    except (ValueError, IndexError, StopIteration) as error:
        what = str(error) or "an end in the middle"
        raise ValueError(f"{path}: expected the HIERARCHY of a BVH file, got {what}; export it anew") from None
    return names, parents, offsets, channels, ends


def _expect(word: str, what: str) -> None:
    if word != what:
        raise ValueError(f"{word} instead of {what}")


def _read_frames(text: str, columns: int, path: Path) -> tuple[npt.NDArray[np.float64], float]:
    words = text.split()
    try:
        if words[0] != "Frames:" or words[2:4] != ["Frame", "Time:"]:
            raise ValueError
        count, time = int(words[1]), float(words[4])
    except (ValueError, IndexError):
        raise ValueError(f"{path}: expected Frames: and Frame Time: after MOTION, got others; export it anew") from None
    if not 0 < count <= MOST_FRAMES or not 1e-4 < time < 10.0:
        raise ValueError(f"{path}: expected 1 to {MOST_FRAMES:,} frames of some ms, got {count} of {time:g} s; cut it")
    try:
        values = np.array(words[5:], np.float64)
    except ValueError:
        raise ValueError(f"{path}: expected numbers in the frames, got words; export it anew") from None
    if len(values) != count * columns:
        raise ValueError(f"{path}: expected {count} frames of {columns} numbers, got {len(values)}; it was cut off")
    frames = values.reshape(count, columns)
    if not np.isfinite(frames).all():
        bad = int(np.flatnonzero(~np.isfinite(frames).all(axis=1))[0])
        raise ValueError(f"{path}: expected finite numbers, got NaN or infinity in frame {bad}; mend or cut it")
    fps = 1.0 / time
    return frames, float(round(fps)) if abs(fps - round(fps)) < ROUNDED * fps else fps


def _children(parents: tuple[int, ...], joint: int) -> list[int]:
    return [k for k, parent in enumerate(parents) if parent == joint]


def _preorder(parents: tuple[int, ...], joint: int = 0) -> list[int]:
    return [joint, *(below for child in _children(parents, joint) for below in _preorder(parents, child))]


def _write_joint(lines: list[str], clip: BvhClip, joint: int, depth: int, digits: int) -> None:
    pad, children = "\t" * depth, _children(clip.parents, joint)
    turns = " ".join(f"{axis}rotation" for axis in ORDER)
    own = f"6 Xposition Yposition Zposition {turns}" if depth == 0 else f"3 {turns}"

    def offset(value: FloatArray) -> str:
        return "OFFSET " + " ".join(f"{part:.{digits}f}" for part in value)

    lines += [f"{pad}{'JOINT' if depth else 'ROOT'} {clip.names[joint]}", f"{pad}{{"]
    lines += [f"{pad}\t{offset(clip.offsets[joint])}", f"{pad}\tCHANNELS {own}"]
    for child in children:
        _write_joint(lines, clip, child, depth + 1, digits)
    if not children or joint in clip.ends:
        lines += [
            f"{pad}\tEnd Site",
            f"{pad}\t{{",
            f"{pad}\t\t{offset(clip.ends.get(joint, np.zeros(3)))}",
            f"{pad}\t}}",
        ]
    lines.append(f"{pad}}}")
