"""What tests of several packages share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from motion.body import load_body
from motion.clip import PARENTS, MotionClip
from motion.foreign import INTERHUMAN, T_POSE
from motion.generate import walk
from motion.retarget import aligned_at_rest, clip_of, figure_of
from motion.skeleton import pose_joints

SPLIT = {"train": {"1": 75, "2": 50, "3": 75, "9": 60}, "val": {"4": 40}, "test": {"5": 40}}  # frames of each
INDIVIDUAL = ("One walks on and lifts the left hand.", "The other walks clockwise.")


def approach(body: str, side: float, frames: int, seed: int) -> MotionClip:
    """Return somebody whom the gait walks towards the middle from a side (1 or -1), off the line by 0.4 m."""
    path = np.zeros((frames, 3))
    path[:, 0] = side * (2.0 - 0.9 / 30.0 * np.arange(frames)) + 5.0
    path[:, 1], path[:, 2] = 3.0 - 0.4 * side, np.pi if side > 0 else 0.0
    whole = load_body(body)
    return clip_of(walk(path, whole, np.random.default_rng(seed)), whole, 30.0)


def interhuman_rows(clip: MotionClip, body: str) -> np.ndarray:
    """Return a clip as (T, 492) numbers of InterHuman, with hands at zero and rotations from SMPL's T pose."""
    world = pose_joints(clip.rotations, clip.root, figure_of(load_body(body).joints))[..., :3, :3]
    frames = world @ np.swapaxes(aligned_at_rest(T_POSE), -1, -2)
    local = np.swapaxes(frames[:, PARENTS[1:]], -1, -2) @ frames[:, 1:]
    rows = np.zeros((len(frames), INTERHUMAN), dtype=np.float32)
    rows[:, :66] = clip.positions.reshape(-1, 66)
    rows[:, 186 : 186 + 126] = local[..., :2].reshape(-1, 126)
    return rows


@pytest.fixture(scope="session")
def interhuman_walks() -> dict[str, tuple[MotionClip, MotionClip]]:
    """Return pairs by the gait, by the names of the split."""
    return {
        name: (approach("woman_adult", -1.0, frames, 0), approach("man_tall", 1.0, frames, 1))
        for part in SPLIT.values()
        for name, frames in part.items()
    }


@pytest.fixture
def interhuman(interhuman_walks: dict[str, tuple[MotionClip, MotionClip]], tmp_path: Path) -> Path:
    """Return a small folder as InterHuman's, of the gait: pair 9 is ignored, and 3 has no texts of each person."""
    folder = tmp_path / "interhuman"
    for place in ("annots", "split", *(f"{top}/{who}" for top in ("motions_processed", "annots_individual")
                                      for who in ("person1", "person2"))):  # fmt: skip
        (folder / place).mkdir(parents=True)
    for part, names in SPLIT.items():
        (folder / "split" / f"{part}.txt").write_text("\n".join(names) + "\n")
        for name in names:
            (folder / "annots" / f"{name}.txt").write_text("Two people meet.\nBoth walk; one turns left.\n\n")
            for row, (who, body) in enumerate((("person1", "woman_adult"), ("person2", "man_tall"))):
                rows = interhuman_rows(interhuman_walks[name][row], body)
                np.save(folder / "motions_processed" / who / f"{name}.npy", rows)
                if name != "3":
                    (folder / "annots_individual" / who / f"{name}.txt").write_text(INDIVIDUAL[row] + "\n")
    (folder / "ignore_list.txt").write_text("9\n")
    return folder
