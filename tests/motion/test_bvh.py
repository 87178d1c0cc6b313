from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from motion.bvh import BvhClip, read_bvh, write_bvh

ARM = """HIERARCHY
ROOT Hips
{
  OFFSET 0.0 90.0 0.0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  JOINT Arm
  {
    OFFSET 0.0 40.0 0.0
    CHANNELS 3 Yrotation Zrotation Xrotation
    JOINT Hand
    {
      OFFSET 30.0 0.0 0.0
      CHANNELS 3 Zrotation Xrotation Yrotation
      End Site
      {
        OFFSET 10.0 0.0 0.0
      }
    }
  }
}
MOTION
Frames: 2
Frame Time: 0.0333333
1 92 3 0 0 0 0 0 0 0 0 0
1 92 3 90 0 0 90 0 90 0 0 0
"""


@pytest.fixture
def arm(tmp_path: Path) -> Path:
    path = tmp_path / "arm.bvh"
    path.write_text(ARM)
    return path


def random_clip() -> BvhClip:
    rng = np.random.default_rng(0)
    parents = (-1, 0, 1, 0, 3, 3)
    offsets = rng.normal(0.0, 10.0, (6, 3))
    translations = np.tile(offsets, (5, 1, 1))
    translations[:, 0] = rng.normal(0.0, 100.0, (5, 3))
    rotations = Rotation.random(30, random_state=1).as_quat(canonical=True).reshape(5, 6, 4)
    ends = {2: np.array([1.0, 2.0, 3.0]), 4: np.zeros(3), 5: np.array([0.0, 1.0, 0.0])}
    return BvhClip(
        names=tuple("abcdef"), parents=parents, offsets=offsets, ends=ends, translations=translations,
        rotations=rotations, fps=60.0,
    )  # fmt: skip


def test_channels_turn_in_their_order_and_bones_keep_their_length(arm: Path) -> None:
    clip = read_bvh(arm)
    assert clip.names == ("Hips", "Arm", "Hand") and clip.parents == (-1, 0, 1)
    assert clip.fps == pytest.approx(30.0, rel=1e-4)
    np.testing.assert_allclose(clip.ends[2], [10.0, 0.0, 0.0])
    positions, turned = clip.world()
    np.testing.assert_allclose(positions[0], [[1, 92, 3], [1, 132, 3], [31, 132, 3]], atol=1e-9)
    # hips a quarter about z: up becomes -x; the arm a quarter about y, then one about the new x (from 90 Y, 0 Z, 90 X)
    np.testing.assert_allclose(positions[1, 1], [-39, 92, 3], atol=1e-9)
    np.testing.assert_allclose(positions[1, 2], [-39, 92, -27], atol=1e-9)
    expected = Rotation.from_euler("Z", 90, degrees=True) * Rotation.from_euler("YZX", [90, 0, 90], degrees=True)
    np.testing.assert_allclose(turned[1, 1], expected.as_matrix(), atol=1e-9)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    clip = random_clip()
    write_bvh(tmp_path / "clip.bvh", clip, digits=9)
    again = read_bvh(tmp_path / "clip.bvh")
    assert [path.name for path in tmp_path.iterdir()] == ["clip.bvh"]
    assert again.names == clip.names and again.parents == clip.parents and again.fps == pytest.approx(60.0)
    for mine, theirs in zip(clip.world(), again.world(), strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-5)
    for joint, end in clip.ends.items():
        np.testing.assert_allclose(again.ends[joint], end, atol=1e-9)


def test_bones_that_stretch_are_not_written(tmp_path: Path) -> None:
    clip = random_clip()
    stretched = clip.translations.copy()
    stretched[1, 2] *= 1.5
    with pytest.raises(ValueError, match="expected bones of constant length"):
        write_bvh(tmp_path / "clip.bvh", replace(clip, translations=stretched))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ("HIERARCHY", "", "expected a BVH file with HIERARCHY and MOTION"),
        ("MOTION", "", "expected a BVH file with HIERARCHY and MOTION"),
        ("JOINT Hand", "JOINT Arm", "names that occur twice"),
        ("Yrotation Zrotation Xrotation", "Wrotation Zrotation Xrotation", "got a channel Wrotation"),
        ("OFFSET 30.0 0.0 0.0", "OFFSET thirty 0.0 0.0", "expected the HIERARCHY of a BVH file"),
        ("}\nMOTION", "MOTION", "open brackets"),
        ("Frames: 2", "Frames: 3", "expected 3 frames of 12 numbers, got 24"),
        ("Frames: 2", "Frames: 0", "expected 1 to 1,000,000 frames"),
        ("Frame Time: 0.0333333", "Frame Time: 0", "expected 1 to 1,000,000 frames"),
        ("Frames: 2", "2", "expected Frames: and Frame Time:"),
        ("1 92 3 90", "1 nan 3 90", "got NaN or infinity in frame 1"),
        ("1 92 3 90", "1 x 3 90", "expected numbers in the frames"),
    ],
)
def test_other_files_are_one_line(arm: Path, old: str, new: str, match: str) -> None:
    assert old in ARM
    arm.write_text(ARM.replace(old, new, 1))
    with pytest.raises(ValueError, match=match) as error:
        read_bvh(arm)
    assert "\n" not in str(error.value) and str(arm) in str(error.value)


def test_a_file_of_bytes_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "x.bvh").write_bytes(b"\xff\xfe\x00HIERARCHY")
    with pytest.raises(ValueError, match="got one that is no text"):
        read_bvh(tmp_path / "x.bvh")
    with pytest.raises(FileNotFoundError):
        read_bvh(tmp_path / "none.bvh")


def test_a_joint_may_have_one_channel(arm: Path) -> None:
    hinge = ARM.replace("CHANNELS 3 Yrotation Zrotation Xrotation", "CHANNELS 1 Yrotation")
    arm.write_text(hinge[: hinge.index("1 92 3")] + "0 0 0 0 0 0 90 0 0 0\n0 0 0 0 0 0 -90 0 0 0\n")
    positions, _ = read_bvh(arm).world()
    np.testing.assert_allclose(positions[:, 2], [[0, 40, -30], [0, 40, 30]], atol=1e-9)
