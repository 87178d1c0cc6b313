"""Recordings of single people and of pairs, as 22 joints in metres, Z up, with the rotations of the bones behind them.

The files of a folder with `singles.json` and `pairs.json` (its README tells their origin): singles and salsa of the CMU
Graphics Lab Motion Capture Database, and Bandai-Namco-Research-Motiondataset (CC BY-NC 4.0).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from motion.bvh import BvhClip
from motion.clip import FloatArray
from motion.naming import joints_of

Z_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])  # takes a vector with y up to one with z up

SINGLES_FPS = 60.0  # of all in the file, by their `seconds`; some were recorded at 120


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MotionRecording:
    """One person, recorded.

    Attributes:
        name: of the recording. source: cmu or bandai. skeleton: recordings of one have the same frames of bones.
        texts: what it does. content, style: of bandai, else empty.
        positions: (T, 22, 3) metres, world, z up. frames: (T, 22, 3, 3) bone to world, each bone's frame as its
            skeleton has it.
        fps: frames per second.
    """

    name: str
    source: str
    skeleton: str
    texts: tuple[str, ...]
    content: str
    style: str
    positions: FloatArray
    frames: FloatArray
    fps: float


def read_cmu_singles(folder: str | Path) -> Iterator[MotionRecording]:
    """Yield the CMU recordings of single people.

    Raises:
        FileNotFoundError: a file is missing.
    """
    with np.load(Path(folder) / "cmu_singles_60fps.npz") as file:
        for row in read_rows(folder, "singles"):
            if f"{row['key']}|pos_mm" not in file:
                continue
            positions = file[f"{row['key']}|pos_mm"] / 1000.0
            turned = Rotation.from_quat(file[f"{row['key']}|gquat"].reshape(-1, 4).astype(np.float64)).as_matrix()
            frames = turned.reshape(*positions.shape[:2], 3, 3)
            yield _recording(row, "cmu", positions, frames, SINGLES_FPS)


def read_bandai(folder: str | Path) -> Iterator[MotionRecording]:
    """Yield the recordings of the Bandai Namco data sets.

    Raises:
        FileNotFoundError: a file is missing.
    """
    with np.load(Path(folder) / "bandai_namco_subset_raw30fps.npz") as file:
        names, parents, offsets = file["names"], file["parents"], file["offsets_m"]
        for row in read_rows(folder, "singles"):
            if f"{row['key']}|rot" not in file:
                continue
            angles = file[f"{row['key']}|rot"]
            translations = np.tile(offsets, (len(angles), 1, 1))
            translations[:, :2] = file[f"{row['key']}|pos"]
            order = [str(axes) for axes in file["rot_order"]]
            clip = _clip(names, parents, offsets, translations, angles, order, {}, float(row["fps"]))
            yield _recording(row, "bandai", *joints_of(clip), clip.fps)


def read_salsa(folder: str | Path) -> Iterator[tuple[MotionRecording, MotionRecording, str]]:
    """Yield leader, follower and the part of the split (train, val, test) of the CMU salsa dances.

    Raises:
        FileNotFoundError: a file is missing.
    """
    with np.load(Path(folder) / "cmu_60_61_salsa_raw60fps.npz") as file:
        names, parents, offsets = file["names"], file["parents"], file["offsets_m"]
        ends = dict(zip(file["end_joint"].tolist(), file["end_offset_m"].astype(np.float64), strict=True))
        for row in read_rows(folder, "pairs"):
            if row.get("file_raw") != "cmu_60_61_salsa_raw60fps.npz":
                continue
            both = []
            for key, texts in zip(row["keys_raw"], (row["texts_a"], row["texts_b"]), strict=True):
                angles = file[f"{key}_rot"].reshape(-1, len(names), 3)
                translations = np.tile(offsets, (len(angles), 1, 1))
                translations[:, 0] = file[f"{key}_root"]
                order = [str(axes) for axes in file["rot_order"]]
                clip = _clip(names, parents, offsets, translations, angles, order, ends, float(row["fps_source"]))
                own = {"id": f"{row['id']}_{key[:2]}", "texts": texts, "origin": row["origin"]}
                both.append(_recording(own, "cmu", *joints_of(clip), clip.fps))
            yield both[0], both[1], row["split"]


def read_rows(folder: str | Path, what: str) -> list[dict[str, Any]]:
    """Return the rows of a table of recordings: `singles` or `pairs`.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is another table.
    """
    path = Path(folder) / f"{what}.json"
    try:
        rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))[what]
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(
            f"{path}: expected a table of {what}, got another file ({error}); take the one of the pack"
        ) from None
    return rows


def _clip(
    names: Any, parents: Any, offsets: Any, translations: FloatArray, angles: Any, order: list[str],
    ends: dict[int, FloatArray], fps: float,
) -> BvhClip:  # fmt: skip
    """Return a clip by its angles (T, J, 3), hundredths of a degree."""
    turned = np.stack(
        [
            Rotation.from_euler(axes, angles[:, joint] / 100.0, degrees=True).as_quat(canonical=True)
            for joint, axes in enumerate(order)
        ],
        axis=1,
    )
    return BvhClip(
        names=tuple(map(str, names)), parents=tuple(map(int, parents)), offsets=np.asarray(offsets, np.float64),
        ends=ends, translations=np.asarray(translations, np.float64), rotations=turned, fps=fps,
    )  # fmt: skip


def _recording(
    row: dict[str, Any], source: str, positions: FloatArray, frames: FloatArray, fps: float
) -> MotionRecording:
    return MotionRecording(
        name=row["id"], source=source, skeleton=row.get("origin", source).split(" ")[0], texts=tuple(row["texts"]),
        content=row.get("content", ""), style=row.get("style", ""), positions=positions @ Z_UP.T, frames=Z_UP @ frames,
        fps=fps,
    )  # fmt: skip
