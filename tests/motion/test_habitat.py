"""Motion for Habitat-Lab's humanoids, played by Bullet, which habitat-sim uses, on a skeleton in T pose."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from motion.body import load_body
from motion.clip import JOINT_NAMES, PARENTS, MotionClip
from motion.exchange import bvh_of
from motion.foreign import T_POSE
from motion.habitat import JOINTS, write_habitat
from motion.retarget import figure_of, leg_of
from motion.skeleton import pose_joints
from scenes.physics import pybullet

FIGURE = figure_of(load_body("woman_adult").joints)
BODY = [name for name in JOINTS if name in JOINT_NAMES]  # Bullet's client has room for 30 spherical joints, not for 54
OURS = np.array([[0.0, 0.0, -1.0], [-1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])  # takes their axes to ours
BONES = T_POSE - T_POSE[np.maximum(PARENTS, 0)]  # m, from the parent: x left, y up, z ahead
LIMBS = [
    JOINT_NAMES.index(f"{side}_{end}") for side in ("left", "right") for end in ("knee", "ankle", "elbow", "wrist")
]


def clip_of(turns: dict[str, tuple[float, float, float]], frames: int = 20, fps: float = 30.0) -> MotionClip:
    """Return somebody who turns joints by rotation vectors, little by little, and goes 2 m along (0.6, 0.8)."""
    share = np.linspace(0.0, 1.0, frames)
    vectors = np.zeros((frames, 22, 3))
    for name, vector in turns.items():
        vectors[:, JOINT_NAMES.index(name)] = share[:, None] * np.array(vector)
    vectors[:, 0] += [0.0, 0.0, np.arctan2(0.8, 0.6)]
    rotations = Rotation.from_rotvec(vectors.reshape(-1, 3)).as_quat(canonical=True).reshape(frames, 22, 4)
    root = share[:, None] * [1.2, 1.6, 0.0] + [0.0, 0.0, FIGURE[0, 2]]
    positions = pose_joints(rotations, root, FIGURE)[..., :3, 3]
    return MotionClip(root=root, rotations=rotations, positions=positions, fps=fps)


def urdf(path: Path, bones: np.ndarray = BONES) -> Path:
    """Write a skeleton in T pose as their avatars are: links listed down each limb, no rotation at rest."""
    mass = '<inertial><mass value="1"/><inertia ixx="1" ixy="0" ixz="0" iyy="1" iyz="0" izz="1"/></inertial></link>'
    lines = [f'<robot name="smplx"><link name="pelvis">{mass}']
    for name in BODY:
        joint = JOINT_NAMES.index(name)
        x, y, z = bones[joint]
        lines.append(
            f'<link name="{name}">{mass}<joint name="{name}" type="spherical"><child link="{name}"/>'
            f'<parent link="{JOINT_NAMES[PARENTS[joint]]}"/><origin xyz="{x} {y} {z}"/><axis xyz="1 0 0"/></joint>'
        )
    path.write_text("\n".join([*lines, "</robot>"]))
    return path


def played(content: dict, path: Path) -> np.ndarray:
    """Return where Bullet has the 22 joints (T, 22, 3), in its world, y up."""
    client = pybullet.connect(pybullet.DIRECT)
    try:
        person = pybullet.loadURDF(str(path), flags=pybullet.URDF_MAINTAIN_LINK_ORDER, physicsClientId=client)
        links = range(pybullet.getNumJoints(person, client))
        assert [pybullet.getJointInfo(person, k, client)[1].decode() for k in links] == BODY
        result = []
        for joints, base in zip(content["joints_array"], content["transform_array"], strict=True):
            turn = Rotation.from_matrix(base[:3, :3]).as_quat()
            pybullet.resetBasePositionAndOrientation(person, base[:3, 3], turn, client)
            for link, name in enumerate(BODY):
                pybullet.resetJointStateMultiDof(person, link, joints[JOINTS.index(name)], physicsClientId=client)
            states = pybullet.getLinkStates(person, links, computeForwardKinematics=True, physicsClientId=client)
            places = {"pelvis": base[:3, 3]} | {name: state[4] for name, state in zip(BODY, states, strict=True)}
            result.append([places[name] for name in JOINT_NAMES])
        return np.array(result)
    finally:
        pybullet.disconnect(client)


def test_bullet_plays_the_bones_where_the_clip_has_them(tmp_path: Path) -> None:
    clip = clip_of({
        "pelvis": (0.1, 0.3, 0.5), "left_hip": (0.2, -0.8, 0.1), "left_knee": (0.0, 0.9, 0.0),
        "right_hip": (0.0, 0.4, 0.0), "right_ankle": (0.0, -0.3, 0.2), "spine1": (0.2, 0.1, 0.3),
        "spine3": (0.0, 0.2, 0.2), "neck": (0.0, 0.3, 0.0), "head": (0.3, 0.0, 0.8), "left_collar": (0.1, 0.0, 0.1),
        "left_shoulder": (2.5, -0.3, 0.4), "left_elbow": (0.0, -1.2, 0.0), "right_shoulder": (0.0, -1.5, 0.5),
        "right_elbow": (0.0, -0.6, 0.3), "right_wrist": (0.3, 0.0, 0.0),
    })  # fmt: skip
    write_habitat(tmp_path / "clip.pkl", clip, FIGURE)
    assert [path.name for path in tmp_path.iterdir()] == ["clip.pkl"]
    content = np.load(tmp_path / "clip.pkl", allow_pickle=True)["pose_motion"]  # as the controller reads it
    assert content["joints_array"].shape == (20, 54, 4) and content["transform_array"].shape == (20, 4, 4)
    unmoved = [k for k, name in enumerate(JOINTS) if name not in JOINT_NAMES]
    assert len(unmoved) == 33 and (content["joints_array"][:, unmoved] == [0.0, 0.0, 0.0, 1.0]).all()
    theirs = played(content, urdf(tmp_path / "smpl.urdf")) @ OURS.T
    scale = leg_of(T_POSE) / leg_of(FIGURE)
    np.testing.assert_allclose(theirs[:, 0], scale * clip.root, atol=1e-5)
    np.testing.assert_allclose(content["displacement"], scale * np.linspace(0.0, 2.0, 20), atol=1e-9)
    one, other = (joints[:, LIMBS] - joints[:, np.array(PARENTS)[LIMBS]] for joints in (theirs, clip.positions))
    sines = (
        np.linalg.norm(np.cross(one, other), axis=-1) / np.linalg.norm(one, axis=-1) / np.linalg.norm(other, axis=-1)
    )
    assert np.degrees(sines.max()) < 0.01 and ((one * other).sum(axis=-1) > 0.0).all()
    own = scale * bvh_of(clip, FIGURE).offsets / 100.0  # with the woman's bones, all joints are where hers are
    np.testing.assert_allclose(
        played(content, urdf(tmp_path / "own.urdf", own)) @ OURS.T, scale * clip.positions, atol=0.015
    )


def test_who_stands_upright_faces_ahead_with_hanging_arms(tmp_path: Path) -> None:
    write_habitat(tmp_path / "clip.pkl", clip_of({}, fps=29.97), FIGURE)
    with (tmp_path / "clip.pkl").open("rb") as file:
        content = pickle.load(file)
    assert content["pose_motion"]["fps"] == 29.97
    stand = content["stop_pose"]
    frames = {"joints_array": stand["joints"][None], "transform_array": stand["transform"][None]}
    place = dict(zip(JOINT_NAMES, played(frames, urdf(tmp_path / "smplx.urdf"))[0], strict=True))
    assert place["left_foot"][2] < place["left_ankle"][2] - 0.1  # -z is ahead, y up, so -x left
    assert place["left_hip"][0] < -0.1 < 0.1 < place["right_hip"][0] and place["head"][1] > 0.6
    for side in ("left", "right"):
        np.testing.assert_allclose(place[f"{side}_wrist"] - place[f"{side}_shoulder"], [0.0, -0.52, 0.0], atol=1e-4)
        np.testing.assert_allclose(place[f"{side}_ankle"] - place[f"{side}_hip"], [0.0, -0.82, 0.0], atol=1e-3)


def test_hands_are_where_the_humanoids_have_theirs_and_old_numpy_can_read_them(tmp_path: Path) -> None:
    assert len(set(JOINTS)) == 54 and (JOINTS[20], JOINTS[39]) == ("left_index1", "right_index1")  # their `ee_links`
    write_habitat(tmp_path / "clip.pkl", clip_of({}), FIGURE)
    data = (tmp_path / "clip.pkl").read_bytes()
    assert b"_core" not in data and b"_reconstruct" not in data
    content = pickle.loads(data)
    assert content["pose_motion"]["fps"] == 30 and content["pose_motion"]["joints_array"].flags.writeable
    assert content["pose_motion"]["transform_array"].dtype == np.float32


def test_bad_clips_are_one_line_and_leave_nothing(tmp_path: Path) -> None:
    clip = clip_of({})
    clip.root[3, 1] = np.nan
    with pytest.raises(ValueError, match="expected frames of finite numbers"):
        write_habitat(tmp_path / "clip.pkl", clip, FIGURE)
    assert not list(tmp_path.iterdir())
