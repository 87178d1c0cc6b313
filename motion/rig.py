"""What the gait needs to know of a body: bone lengths, feet, and how its rest pose differs from standing upright."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from motion.clip import JOINT_NAMES, PARENTS, Body

FloatArray = npt.NDArray[np.float64]

RIG = np.dtype(
    [
        ("offsets", "f8", (22, 3)),  # metres, joint from its parent, rest pose
        ("align", "f8", (22, 3, 3)),  # rest to upright stance with hanging arms and feet straight ahead
        ("upper", "f8"),  # thigh, metres
        ("lower", "f8"),  # shank, metres
        ("arm", "f8", (2,)),  # upper arm and forearm, metres
        ("height", "f8"),  # pelvis above the floor, metres
        ("ankle", "f8", (3,)),  # from the ball's point on the floor to the ankle, foot ahead, metres
        ("ball", "f8"),  # joint of the toes above the floor, metres
        ("heel", "f8"),  # from the ball's point on the floor back to the heel, metres (negative)
        ("stand", "f8", (2,)),  # ball of the left foot when standing: ahead of and left of the pelvis, metres
        ("girth", "f8"),  # how far arms must be held off the body, radians
    ]
)


def _index(name: str) -> int:
    return JOINT_NAMES.index(name)


def _hanging(along: FloatArray, hinge: FloatArray) -> FloatArray:
    """Return the rotation that lets a bone hang straight, its hinge axis pointing right."""
    along = along / np.linalg.norm(along)
    hinge = hinge - along * (along @ hinge)
    hinge = hinge / np.linalg.norm(hinge)
    rest = np.stack([along, hinge, np.cross(along, hinge)], axis=1)
    down, right = np.array([0.0, 0.0, -1.0]), np.array([0.0, -1.0, 0.0])
    return np.asarray(np.stack([down, right, np.cross(down, right)], axis=1) @ rest.T)


def measure(body: Body) -> npt.NDArray[np.void]:
    """Return the `RIG` record of a body.

    The left side is measured; feet are taken as mirror images.
    """
    joints = body.joints
    rig = np.zeros((), dtype=RIG)
    parents = np.array(PARENTS)
    rig["offsets"] = joints - np.where(parents[:, None] >= 0, joints[parents], 0.0)
    align = np.tile(np.eye(3), (22, 1, 1))
    lateral = np.array([0.0, -1.0, 0.0])
    for side in ("left", "right"):
        hip, knee, ankle, ball = (_index(f"{side}_{part}") for part in ("hip", "knee", "ankle", "foot"))
        align[hip] = _hanging(joints[knee] - joints[hip], lateral)
        align[knee] = _hanging(joints[ankle] - joints[knee], lateral)
        out = np.arctan2(*(joints[ball] - joints[ankle])[[1, 0]])
        c, s = np.cos(-out), np.sin(-out)
        align[ankle] = align[ball] = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
        shoulder, elbow, wrist = (_index(f"{side}_{part}") for part in ("shoulder", "elbow", "wrist"))
        upper, fore = joints[elbow] - joints[shoulder], joints[wrist] - joints[elbow]
        hinge = np.cross(upper, fore)
        align[shoulder] = _hanging(upper, hinge)
        align[elbow] = align[wrist] = _hanging(fore, hinge)
    rig["align"] = align
    bones = np.linalg.norm(rig["offsets"], axis=1)
    rig["upper"], rig["lower"] = bones[_index("left_knee")], bones[_index("left_ankle")]
    rig["arm"] = bones[_index("left_elbow")], bones[_index("left_wrist")]
    rig["height"] = joints[0, 2]
    ankle, ball = _index("left_ankle"), _index("left_foot")
    floor_point = joints[ball] * np.array([1.0, 1.0, 0.0])
    rig["ankle"] = align[ankle] @ (joints[ankle] - floor_point)
    rig["ball"] = joints[ball, 2]
    mesh = body.meshes[0]
    sole = mesh.vertices[(mesh.joint_indices[:, 0] == ankle) & (mesh.vertices[:, 2] < 0.03)].astype(np.float64)
    rig["heel"] = float(((sole - floor_point) @ align[ankle].T)[:, 0].min()) + 0.015
    rig["stand"] = joints[ball, 0] - joints[0, 0], 0.85 * joints[_index("left_hip"), 1]
    trunk = np.isin(mesh.joint_indices[:, 0], [0, 1, 2, 3, 6])
    width = float(np.abs(mesh.vertices[trunk, 1]).max())
    rig["girth"] = max(0.0, (width + 0.02 - joints[_index("left_shoulder"), 1]) / float(rig["arm"].sum()))
    return rig
