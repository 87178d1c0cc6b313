"""What the gait needs to know of a body: bones, feet, the surface of the trunk, and the manner in which one moves."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from motion.clip import JOINT_NAMES, PARENTS, Body, BodyMesh, FloatArray

SLICES = 24  # of the trunk, from the knees to the shoulders
ARM_POSES = 12  # see motion/arms.py
AIDS = {"": 0, "wheelchair": 1, "stick": 2}

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
        ("slice", "f8", (2,)),  # lowest slice of the trunk and the step between two, metres
        ("front", "f8", (SLICES,)),  # of the trunk, metres ahead, back (negative), to the left and to the right
        ("back", "f8", (SLICES,)),
        ("wide", "f8", (2, SLICES)),
        ("hand", "f8", (2, 3)),  # hanging left hand: along the fingers, and out of the palm
        ("palm", "f8"),  # from the wrist to the middle of the palm, metres
        ("loaded", "i8"),  # 1 if the left hand carries something
        ("packed", "i8"),  # 1 if there is something on the back
        ("fitted", "i8"),  # 1 once `arms` is filled in
        ("arms", "f8", (ARM_POSES, 2, 3, 3)),  # rotation vectors of shoulder, elbow, wrist in each arm pose
        # manner
        ("cadence", "f8"),  # factor on strides per second at a given speed
        ("swing", "f8"),  # factor on the swing of the arms
        ("stoop", "f8"),  # rad, by which the trunk is bent
        ("toes", "f8"),  # rad, turned out beyond the mean
        ("base", "f8"),  # factor on the width of the stance
        ("clearance", "f8"),  # factor on the height of a swinging foot
        ("turning", "f8"),  # factor on the speed of turning
        ("lively", "f8"),  # factor on gestures and fidgeting
        ("sag", "f8"),  # leg lengths by which the pelvis is kept lower, knees bent
        ("jaw", "f8", (3,)),  # rest place of the jaw's hinge from the head joint, metres
        # aids
        ("aid", "i8"),  # an index of AIDS
        ("seat", "f8"),  # metres, pelvis above the ground in the wheelchair
        ("stick", "f8"),  # metres
        ("aids", "f8", (2, 3)),  # rest places of the aids from the pelvis, metres
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


def stance(joints: FloatArray) -> FloatArray:
    """Return the rotations (22, 3, 3) from rest to the upright stance: arms hang, palms to the thighs, feet ahead.

    joints: (22, 3) at rest, person frame, metres.
    """
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
    return align


def measure(body: Body, rng: np.random.Generator) -> npt.NDArray[np.void]:
    """Return the `RIG` record of a body, its manner drawn from `rng`.

    Feet are measured on the left, hands on the right, which carries nothing; the others are their mirror images.
    """
    joints, mesh = body.joints, body.meshes[0]
    rig = np.zeros((), dtype=RIG)
    parents = np.array(PARENTS)
    rig["offsets"] = joints - np.where(parents[:, None] >= 0, joints[parents], 0.0)
    align = stance(joints)
    rig["align"] = align
    bones = np.linalg.norm(rig["offsets"], axis=1)
    rig["upper"], rig["lower"] = bones[_index("left_knee")], bones[_index("left_ankle")]
    rig["arm"] = bones[_index("left_elbow")], bones[_index("left_wrist")]
    rig["height"] = joints[0, 2]
    ankle, ball = _index("left_ankle"), _index("left_foot")
    floor_point = joints[ball] * np.array([1.0, 1.0, 0.0])
    rig["ankle"] = align[ankle] @ (joints[ankle] - floor_point)
    rig["ball"] = joints[ball, 2]
    sole = mesh.vertices[(mesh.joint_indices[:, 0] == ankle) & (mesh.vertices[:, 2] < 0.03)].astype(np.float64)
    rig["heel"] = float(((sole - floor_point) @ align[ankle].T)[:, 0].min()) + 0.015
    rig["stand"] = joints[ball, 0] - joints[0, 0], 0.85 * joints[_index("left_hip"), 1]
    _measure_trunk(rig, joints, mesh)
    _measure_hands(rig, joints, mesh, align[_index("right_wrist")])
    rig["aid"], rig["seat"], rig["stick"] = AIDS[body.aid], body.seat, body.stick
    hung = np.linalg.inv(body.inverse_bind[len(joints) :])[:, :3, 3]
    rig["aids"], rig["jaw"] = hung[:-1] - joints[0], hung[-1] - joints[_index("head")]
    _draw_manner(rig, body, rng)
    return rig


def _measure_trunk(rig: npt.NDArray[np.void], joints: FloatArray, mesh: BodyMesh) -> None:
    """Fill in the surface of trunk and thighs, slice by slice."""
    bodily = np.isin(mesh.joint_indices[:, 0], [0, 1, 2, 3, 6, 9])
    points = mesh.vertices[bodily].astype(np.float64)
    low, high = joints[_index("left_knee"), 2] + 0.05, joints[_index("left_shoulder"), 2]
    step = (high - low) / (SLICES - 1)
    rig["slice"] = low, step
    for k in range(SLICES):
        near = points[np.abs(points[:, 2] - low - k * step) < 0.8 * step]
        near = near if len(near) else np.zeros((1, 3))
        middle = near[np.abs(near[:, 1]) < 0.09 * rig["height"]]
        middle = middle if len(middle) else near
        rig["front"][k], rig["back"][k] = middle[:, 0].max(), middle[:, 0].min()
        rig["wide"][:, k] = near[:, 1].max(), -near[:, 1].min()
    for row, best in ((rig["front"], np.maximum), (rig["back"], np.minimum), *((w, np.maximum) for w in rig["wide"])):
        padded = np.pad(row, 1, mode="edge")  # clothes have folds; a hand rests on the outermost nearby
        row[:] = best.reduce([padded[:-2], padded[1:-1], padded[2:]])
        if best is np.maximum and row is not rig["front"]:
            row[-4:] = np.minimum(row[-4:], row[-5])  # the arms' roots are no part of the trunk
    rig["packed"] = int(-rig["back"][SLICES // 2 :].min() > 0.14 * joints[15, 2])


def _measure_hands(rig: npt.NDArray[np.void], joints: FloatArray, mesh: BodyMesh, align: FloatArray) -> None:
    """Fill in how a hand lies, and whether the left one carries something."""
    left, right = _index("left_wrist"), _index("right_wrist")
    around = mesh.vertices[mesh.joint_indices[:, 0] == left] - joints[left]
    points = (mesh.vertices[mesh.joint_indices[:, 0] == right].astype(np.float64) - joints[right]) @ align.T
    points[:, 1] *= -1.0
    length = np.linalg.norm(points, axis=1)
    rig["loaded"] = int(np.linalg.norm(around, axis=1).max() > 1.4 * length.max())
    fingers = points[length > 0.6 * length.max()].mean(axis=0)
    fingers = fingers / np.linalg.norm(fingers)
    normal = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)[2][2]
    normal = normal - fingers * (fingers @ normal)
    normal = normal * (-np.sign(normal[1]) / np.linalg.norm(normal))  # a hanging hand's palm faces the thigh
    rig["hand"] = fingers, normal
    rig["palm"] = 0.5 * length.max()


def _draw_manner(rig: npt.NDArray[np.void], body: Body, rng: np.random.Generator) -> None:
    """Fill in how the person moves: by age, build, aid, and something of their own.

    Old people walk with shorter, lower steps, bent forward, and turn slowly (Winter 1991, "The biomechanics and motor
    control of human gait"); children step more often than their size explains (Sutherland 1997).
    """
    own = np.clip(rng.standard_normal(8), -2.0, 2.0)
    young = float(np.clip((14.0 - body.age) / 9.0, 0.0, 1.0))
    old = float(np.clip((body.age - 58.0) / 22.0, 0.0, 1.0))
    stick = float(body.aid == "stick")
    heavy = float(np.clip((body.radius - 0.25) / 0.03, 0.0, 1.0)) if body.aid != "wheelchair" else 0.0
    rig["cadence"] = (1.0 + 0.08 * young + 0.10 * old + 0.06 * stick) * np.exp(0.035 * own[0])
    rig["swing"] = (1.0 + 0.25 * young - 0.40 * old) * np.exp(0.20 * own[1])
    rig["stoop"] = 0.015 + 0.015 * own[2] + 0.13 * old + 0.04 * stick
    rig["toes"] = 0.04 * own[3] + 0.05 * old + 0.06 * heavy - 0.04 * young
    rig["base"] = (1.0 + 0.35 * heavy + 0.20 * old) * np.exp(0.08 * own[4])
    rig["clearance"] = (1.0 + 0.15 * young - 0.30 * old) * np.exp(0.06 * own[5])
    rig["turning"] = (1.0 + 0.25 * young - 0.40 * old - 0.10 * heavy) * np.exp(0.06 * own[6])
    rig["lively"] = (1.0 + 0.35 * young - 0.20 * old) * np.exp(0.15 * own[7])
    rig["sag"] = 0.010 * old + 0.003 * young
