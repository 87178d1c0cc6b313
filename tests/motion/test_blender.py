"""What we write, opened in Blender: `apt-get install blender python3-numpy`, then pytest -m slow."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from embodied.cli import main
from motion.body import load_body
from motion.bvh import read_bvh, write_bvh
from motion.clip import DRAWN_NAMES, JOINT_NAMES, MotionClip
from motion.exchange import bvh_of, import_motion
from motion.retarget import figure_of, pose_body
from motion.skeleton import pose_joints, skin

BLENDER = shutil.which("blender")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BLENDER is None, reason="needs Blender: no `blender` on PATH"),
]

BODY = load_body("woman_young")
FIGURE = figure_of(BODY.joints)
FPS, FRAMES = 25, 51
LOOKED_AT = [0, 20, 50]

# Both lines at the top let Debian's Blender 3.4 import with the newer Python and NumPy that it comes with.
HEAD = """
import bpy, json, sys
import numpy as np
import io_anim_bvh.import_bvh
np.bool = bool
io_anim_bvh.import_bvh.open = lambda path, mode: open(path)
source, target, fps, frames = sys.argv[-4], sys.argv[-3], int(sys.argv[-2]), json.loads(sys.argv[-1])
bpy.ops.wm.read_factory_settings(use_empty=True)
scene = bpy.context.scene
"""
GLB = (
    HEAD
    + """
scene.render.fps = fps
bpy.ops.import_scene.gltf(filepath=source)
(armature,) = [thing for thing in bpy.data.objects if thing.type == "ARMATURE"]
(mesh,) = [thing for thing in bpy.data.objects if thing.type == "MESH" and thing.modifiers]
action = armature.animation_data.action
told = {
    "bones": [bone.name for bone in armature.data.bones],
    "modifiers": [[modifier.type, modifier.object == armature] for modifier in mesh.modifiers],
    "keyframes": sorted({len(curve.keyframe_points) for curve in action.fcurves}),
    "range": list(action.frame_range),
    "image": list(bpy.data.images[0].size),
    "uv": np.mean([place.uv for place in mesh.data.uv_layers[0].data], axis=0).tolist(),
    "bounds": [],
}
for frame in frames:
    scene.frame_set(frame)
    bent = mesh.evaluated_get(bpy.context.evaluated_depsgraph_get())
    places = np.array([bent.matrix_world @ vertex.co for vertex in bent.to_mesh().vertices])
    told["bounds"].append([places.min(axis=0).tolist(), places.max(axis=0).tolist()])
json.dump(told, open(target, "w"))
"""
)
BVH = (
    HEAD
    + """
bpy.ops.import_anim.bvh(filepath=source, global_scale=0.01, update_scene_fps=True)
(armature,) = [thing for thing in bpy.data.objects if thing.type == "ARMATURE"]
told = {"fps": scene.render.fps / scene.render.fps_base, "range": list(armature.animation_data.action.frame_range)}
told["heads"] = []
for frame in frames:
    scene.frame_set(frame + 1)
    bones = armature.pose.bones
    told["heads"].append({bone.name: list(armature.matrix_world @ bone.head) for bone in bones})
json.dump(told, open(target, "w"))
"""
)


def blender(script: str, source: Path) -> dict[str, Any]:
    """Return what a script in Blender tells of a file."""
    told, program = source.with_suffix(".json"), source.with_suffix(".py")
    program.write_text(script)
    words = [str(BLENDER), "--background", "--factory-startup", "--python-exit-code", "1", "--python", str(program)]
    arguments = [str(source), str(told), str(FPS), json.dumps(LOOKED_AT)]
    done = subprocess.run([*words, "--", *arguments], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return json.loads(told.read_text())


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with walk.bvh: 2 s, 3 m ahead and to the left, with swinging arms and legs."""
    t = np.arange(FRAMES) / FPS
    turns = np.zeros((FRAMES, 22, 3))
    for name, size in (("left_hip", 0.4), ("right_hip", -0.4), ("left_shoulder", -0.4), ("right_shoulder", 0.4)):
        turns[:, JOINT_NAMES.index(name), 1] = size * np.sin(2.0 * np.pi * t)
    for name, size in (("left_knee", 0.3), ("right_knee", 0.3), ("left_elbow", -0.3), ("right_elbow", -0.3)):
        turns[:, JOINT_NAMES.index(name), 1] = size * (1.0 - np.cos(2.0 * np.pi * t))
    turns[:, 0, 2] = np.arctan2(0.8, 0.6)
    root = np.stack([0.9 * t, 1.2 * t, np.full(FRAMES, FIGURE[0, 2])], axis=1)
    rotations = Rotation.from_rotvec(turns.reshape(-1, 3)).as_quat(canonical=True).reshape(FRAMES, 22, 4)
    positions = pose_joints(rotations, root, FIGURE)[..., :3, 3]
    clip = MotionClip(root=root, rotations=rotations, positions=positions, fps=float(FPS))
    folder = tmp_path_factory.mktemp("blender")
    write_bvh(folder / "walk.bvh", bvh_of(clip, FIGURE))
    return folder


def test_a_glb_is_a_person_of_the_right_size_who_walks(walk: Path) -> None:
    out = walk / "walk.glb"
    assert main(["motion", f"{walk}/walk.bvh", f"out={out}", f"body={BODY.name}", f"fps={FPS}"]) == 0
    told = blender(GLB, out)
    assert sorted(told["bones"]) == sorted(DRAWN_NAMES) and told["modifiers"] == [["ARMATURE", True]]
    assert told["keyframes"] == [FRAMES] and told["range"] == pytest.approx([0, FRAMES - 1], abs=1e-3)
    low, high = np.array(told["bounds"]).transpose(1, 0, 2)
    assert high[0, 2] - low[0, 2] == pytest.approx(BODY.height, rel=0.03) and abs(low[0, 2]) < 0.03
    middle = (low + high) / 2.0
    np.testing.assert_allclose(middle[-1, :2] - middle[0, :2], [1.8, 2.4], atol=0.1)
    clip, mesh = import_motion(walk / "walk.bvh", FIGURE, fps=FPS), BODY.meshes[0]
    for frame, *bounds in zip(LOOKED_AT, low, high, strict=True):
        world = pose_body(clip, BODY, FIGURE)[frame]
        ours = skin(mesh.vertices, mesh.joint_indices, mesh.joint_weights, BODY.inverse_bind, world)
        np.testing.assert_allclose(bounds, [ours.min(axis=0), ours.max(axis=0)], atol=0.002)
    assert told["image"] == [BODY.texture.shape[1], BODY.texture.shape[0]]
    np.testing.assert_allclose(told["uv"], mesh.uv[mesh.faces].mean(axis=(0, 1)), atol=1e-4)  # from the lower left


def test_a_bvh_has_its_joints_where_the_clip_has_them(walk: Path) -> None:
    told = blender(BVH, walk / "walk.bvh")
    assert told["fps"] == pytest.approx(FPS, rel=1e-5) and told["range"] == [1.0, FRAMES]
    clip = read_bvh(walk / "walk.bvh")
    positions = clip.world()[0][:, [clip.names.index(name) for name in JOINT_NAMES]] / 100.0
    for frame, heads in zip(LOOKED_AT, told["heads"], strict=True):
        left, back, up = np.array([heads[name] for name in JOINT_NAMES]).T  # Blender has people face -y
        np.testing.assert_allclose(np.stack([left, up, -back], axis=1), positions[frame], atol=1e-4)
