"""`embodied motion`: a motion of anybody on one of our bodies."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from embodied.cli import main
from motion.body import load_body
from motion.bvh import write_bvh
from motion.clip import JOINT_NAMES, MotionClip
from motion.exchange import bvh_of, import_motion, write_clip
from motion.retarget import figure_of
from motion.skeleton import pose_joints

FIGURE = figure_of(load_body("man_tall").joints)


@pytest.fixture
def wave(tmp_path: Path) -> Path:
    """Leave wave.bvh and wave.npz: a man who lifts an arm and steps aside, half a second."""
    turns = np.zeros((15, 22, 3))
    turns[:, JOINT_NAMES.index("right_shoulder"), 1] = -np.linspace(0.0, 2.5, 15)
    root = np.stack([np.zeros(15), np.linspace(0.0, 0.3, 15), np.full(15, FIGURE[0, 2])], axis=1)
    rotations = Rotation.from_rotvec(turns.reshape(-1, 3)).as_quat(canonical=True).reshape(15, 22, 4)
    positions = pose_joints(rotations, root, FIGURE)[..., :3, 3]
    clip = MotionClip(root=root, rotations=rotations, positions=positions, fps=30.0)
    write_bvh(tmp_path / "wave.bvh", bvh_of(clip, FIGURE))
    write_clip(tmp_path / "wave.npz", clip, FIGURE)
    return tmp_path


def test_a_bvh_becomes_whatever_is_asked_for(wave: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a.npz", "a.bvh", "a.glb", "a.mp4", "a.pkl"):
        assert main(["motion", f"{wave}/wave.bvh", f"out={wave}/{name}", "body=girl"]) == 0, name
    assert "0.5 s at 30 fps, girl" in capsys.readouterr().out
    girl = figure_of(load_body("girl").joints)
    ours, theirs = (import_motion(wave / name, girl) for name in ("a.npz", "a.bvh"))
    np.testing.assert_allclose(ours.positions, theirs.positions, atol=0.01)
    raised = ours.positions[:, JOINT_NAMES.index("right_wrist"), 2] - ours.positions[:, JOINT_NAMES.index("head"), 2]
    assert raised[0] < -0.4 and raised[-1] > 0.05
    poses = np.load(wave / "a.pkl", allow_pickle=True)["pose_motion"]  # as Habitat-Lab reads it
    assert poses["joints_array"].shape == (15, 54, 4) and poses["fps"] == 30
    with av.open(str(wave / "a.mp4")) as film:
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
    assert len(frames) == 15 and frames[0].shape == (720, 1280, 3)
    assert np.abs(frames[0].astype(int) - frames[-1]).mean() > 0.5


def test_our_own_clips_come_back_as_they_were_and_at_another_rate(wave: Path) -> None:
    again = import_motion(wave / "wave.npz", FIGURE)
    with np.load(wave / "wave.npz") as file:
        np.testing.assert_allclose(again.positions, file["positions"], atol=1e-9)
    assert main(["motion", f"{wave}/wave.npz", f"out={wave}/slow.npz", "fps=10", "body=man_tall"]) == 0
    slow = import_motion(wave / "slow.npz", FIGURE, fps=10.0)
    np.testing.assert_allclose(slow.root, again.root[::3], atol=1e-9)


@pytest.mark.parametrize(
    ("words", "match"),
    [
        (["{0}/none.bvh", "out={0}/x.glb"], "none.bvh: expected a file with a motion, found none"),
        (["{0}/wave.bvh", "out={0}/x.fbx"], "expected a file .glb, .bvh, .npz, .mp4, .pkl"),
        (["{0}/wave.bvh"], "out=: expected a file .glb"),
        (["{0}/wave.bvh", "out={0}/nowhere/x.glb"], "expected a file in a folder that is there"),
        (["{0}/wave.bvh", "out={0}/x.glb", "body=giant"], "body=giant: expected one of man_young"),
        (["{0}/wave.bvh", "out={0}/x.glb", "body=boy_wheelchair"], "expected somebody who walks without wheelchair"),
        (["{0}/wave.bvh", "out={0}/x.glb", "fps=fast"], "fps=fast: expected a number from 1 to 240"),
        (["{0}/wave.bvh", "out={0}/x.glb", "fps=0"], "fps=0: expected a number from 1 to 240"),
        (["{0}/text.txt", "out={0}/x.glb"], "expected a file .bvh, .npy or .npz"),
        (["{0}/text.npz", "out={0}/x.glb"], "expected a .npz file of AMASS or of ours, got another"),
        (["{0}/text.npy", "out={0}/x.glb"], "expected 492 numbers a frame (InterHuman) or 263 (HumanML3D)"),
        (["{0}/nan.npz", "out={0}/x.glb"], "got NaN or infinity"),
        (["out={0}/x.glb"], "expected one SRC, got 0 words"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    wave: Path, capsys: pytest.CaptureFixture[str], words: list[str], match: str
) -> None:
    for name in ("text.txt", "text.npz", "text.npy"):
        (wave / name).write_text("no motion")
    with np.load(wave / "wave.npz") as file:
        arrays = dict(file)
    arrays["root"] = np.full_like(arrays["root"], np.nan)
    np.savez(wave / "nan.npz", **arrays)
    before = sorted(path.name for path in wave.iterdir())
    assert main(["motion", *(word.format(wave) for word in words)]) == 2
    told = capsys.readouterr().err
    assert match in told and told.count("\n") == 1
    assert sorted(path.name for path in wave.iterdir()) == before
