"""Local motion about a path, and back."""

from __future__ import annotations

import numpy as np
import pytest

from motion.body import load_body
from motion.clip import FloatArray, MotionClip
from motion.composed import walk_by_gait
from motion.features import mirrored
from motion.local import COLUMNS, LOCAL, OFFSET, STANDS, decode_local, encode_local, path_of, steps_of
from motion.measures import path_error
from motion.retarget import figure_of, leg_of
from motion.single import Sample, sample_of


@pytest.fixture(scope="module")
def walk() -> Sample:
    return walk_by_gait(1, np.random.default_rng(3))[0]


def _moved(clip: MotionClip, turn: float, shift: FloatArray) -> MotionClip:
    from scipy.spatial.transform import Rotation

    way = Rotation.from_euler("z", turn)
    rotations = clip.rotations.copy()
    rotations[:, 0] = (way * Rotation.from_quat(rotations[:, 0])).as_quat()
    positions = way.apply(clip.positions.reshape(-1, 3)).reshape(clip.positions.shape) + shift
    return MotionClip(root=way.apply(clip.root) + shift, rotations=rotations, positions=positions, fps=clip.fps)


def test_a_clip_comes_back_as_it_was(walk: Sample) -> None:
    again = decode_local(walk.local, walk.path, walk.figure)
    assert np.abs(again.positions - walk.clip.positions).max() < 1e-6


def test_local_motion_knows_neither_place_nor_heading(walk: Sample) -> None:
    other = _moved(walk.clip, 2.0, np.array([3.0, -7.0, 0.0]))
    path = path_of(other)
    assert np.abs(encode_local(other, path, walk.figure) - walk.local).max() < 1e-6
    assert np.abs(steps_of(path, 0.9) - steps_of(walk.path, 0.9)).max() < 1e-6


def test_the_path_is_where_the_pelvis_is_without_its_sway(walk: Sample) -> None:
    assert path_error(walk.clip.positions, walk.path[:, :2]) < 0.05
    sway = np.diff(walk.path[:, :2], n=2, axis=0)
    assert np.abs(sway).mean() < 0.5 * np.abs(np.diff(walk.clip.root[:, :2], n=2, axis=0)).mean()


def test_steps_add_up_to_the_path(walk: Sample) -> None:
    leg = leg_of(walk.figure)
    steps = steps_of(walk.path, leg)
    at, yaw = walk.path[0, :2].copy(), walk.path[0, 2]
    for ahead, left, turn in steps[:-1]:
        c, s = np.cos(yaw), np.sin(yaw)
        at += np.array([c * ahead - s * left, s * ahead + c * left]) * leg / 30.0
        yaw += turn / 30.0
    assert np.allclose([*at, yaw], walk.path[-1], atol=1e-6)


def test_feet_stand_in_turn(walk: Sample) -> None:
    toes = walk.local[:, STANDS][:, [1, 3]]
    assert 0.3 < toes.mean() < 0.95
    assert (toes.sum(axis=1) > 0).mean() > 0.9  # nobody flies


def test_the_mirror_image_has_left_and_right_exchanged(walk: Sample) -> None:
    image = sample_of(walk.recording, walk.clip, walk.figure, mirror=True)
    assert np.allclose(image.clip.positions, mirrored(walk.clip).positions)
    assert np.allclose(image.local[:, STANDS][:, [2, 3, 0, 1]], walk.local[:, STANDS])
    assert np.allclose(image.local[:, OFFSET] * [1.0, -1.0, 1.0], walk.local[:, OFFSET], atol=1e-9)
    again = decode_local(image.local, image.path, image.figure)
    assert np.abs(again.positions - image.clip.positions).max() < 0.03  # figures are not quite symmetrical


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"fps": 60.0}, "30 frames a second"),
        ({"root": np.full((5, 3), np.nan)}, "finite"),
    ],
)
def test_clips_that_cannot_be_taken(change: dict[str, object], words: str) -> None:
    figure = figure_of(load_body("man_young").joints)
    fine = {
        "root": np.zeros((5, 3)), "rotations": np.tile([0.0, 0.0, 0.0, 1.0], (5, 22, 1)),
        "positions": np.tile(figure, (5, 1, 1)), "fps": 30.0,
    }  # fmt: skip
    with pytest.raises(ValueError, match=words):
        encode_local(MotionClip(**(fine | change)), np.zeros((5, 3)), figure)  # type: ignore[arg-type]


def test_shapes_that_do_not_fit(walk: Sample) -> None:
    with pytest.raises(ValueError, match=r"path: expected \(\d+, 3\)"):
        encode_local(walk.clip, walk.path[:-1], walk.figure)
    with pytest.raises(ValueError, match=f"{LOCAL}"):
        decode_local(walk.local[:, 1:], walk.path, walk.figure)
    assert COLUMNS.stop - COLUMNS.start == 22 * 6
