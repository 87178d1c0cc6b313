"""`embodied motion SRC out=FILE`: a recorded motion, or what a text says, on one of our bodies, to look at or take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from embodied.arguments import number, split, wants_help
from embodied.floor_plan import Picture
from motion.body import BODIES, load_body
from motion.clip import Body, FloatArray, MotionClip

FORMATS = (".glb", ".bvh", ".npz", ".mp4", ".pkl")
USAGE = f"""usage: embodied motion SRC out=FILE [body=NAME] [fps=30]
       embodied motion "TEXT" out=FILE [key=value …]

SRC    a motion: .bvh of any skeleton with usual names of joints (CMU, Mixamo, DAZ, Bandai Namco, SMPL), .npy of
       InterHuman or HumanML3D, .npz of AMASS, or .npz as written here
out    .glb  the body with skin, texture and animation, y up, metres
       .bvh  a skeleton in T pose with the names of SMPL's joints, y up, centimetres
       .npz  root, rotations, positions, figure, fps: ours, z up, metres (docs/motion.md)
       .mp4  a film of the body
       .pkl  poses that Habitat-Lab's HumanoidSeqPoseController plays
body   {", ".join(name for name in BODIES[:6])}, …
fps    of what is written

Of a TEXT, as "a person waves and walks on":
path=FILE.csv    or "x,y;x,y;…", metres: where it goes
seconds=NUMBER   of the whole
target=x,y,z     what is pointed or looked at, or the head of whom one talks to
seat=x,y,z       the middle of the surface of a seat; x,y,z,yaw: where one faces on it
scene=NAME       the path must lie where people can walk; scene.seed=0
seed=0           of all that is drawn
weights=FILE     of the network, by `embodied train motion`, others than those that are shipped
assets=all       permissive: nothing that is for research only"""
OF_FILES = ("out", "body", "fps")
RATES = 1.0, 240.0  # frames a second
AWAY, ABOVE, AT = 1.9, 0.75, 0.5  # heights of the person: the camera from it and above the ground, and what it looks at
FOV, LAG = np.radians(48.0), 0.5  # of the camera, and s by which it follows


def run(arguments: Sequence[str]) -> int:
    """Read and retarget a motion, or make one, write it, and return the exit code.

    Raises:
        FileNotFoundError, ValueError: bad input, in one line; nothing is written.
    """
    if (code := wants_help(arguments, USAGE)) is not None:
        return code
    from embodied.motion_text import KEYS, is_text, make_motion
    from motion.bvh import write_bvh
    from motion.exchange import bvh_of, import_motion, write_clip
    from motion.gltf import write_glb
    from motion.habitat import write_habitat
    from motion.retarget import figure_of, pose_body

    first = next((word for word in arguments if "=" not in word), None)
    told = first is not None and is_text(first)
    words, given = split("motion", arguments, (*OF_FILES, *KEYS) if told else OF_FILES, ("SRC",))
    out = Path(given.get("out", ""))
    if out.suffix.lower() not in FORMATS:
        raise ValueError(f"out={given.get('out', '')}: expected a file {', '.join(FORMATS)}; name one")
    if not out.parent.is_dir() or out.is_dir():
        raise ValueError(f"out={out}: expected a file in a folder that is there; make the folder")
    if (name := given.get("body", "man_young")) not in BODIES:
        raise ValueError(f"body={name}: expected one of {', '.join(BODIES)}")
    fps, body = number(given, "fps", 30.0, low=RATES[0], high=RATES[1]), load_body(name)
    if body.aid:
        raise ValueError(f"body={name}: expected somebody who walks without {body.aid}; choose another")
    figure = figure_of(body.joints)
    lines: tuple[str, ...] = ()
    if told:
        clip, lines = make_motion(words[0], figure, given)
        clip = at_rate(clip, figure, fps)
    else:
        clip = import_motion(words[0], figure, fps=fps)
    kind = out.suffix.lower()
    if kind == ".npz":
        write_clip(out, clip, figure)
    elif kind == ".bvh":
        write_bvh(out, bvh_of(clip, figure))
    elif kind == ".pkl":
        write_habitat(out, clip, figure)
    elif kind == ".glb":
        write_glb(
            out, body, pose_body(clip, body, figure), clip.fps, name=words[0][:60] if told else Path(words[0]).stem
        )
    else:
        from embodied.video import encode

        encode(out, draw(body, pose_body(clip, body, figure), clip.fps), Fraction(clip.fps).limit_denominator(1000))
    print(*lines, sep="\n", end="\n" if lines else "")
    print(f"{len(clip.root) / clip.fps:.1f} s at {clip.fps:g} fps, {body.name}\n{out}")
    return 0


def at_rate(clip: MotionClip, figure: FloatArray, fps: float) -> MotionClip:
    """Return a clip of a figure (22, 3) at another rate."""
    from motion.retarget import resampled
    from motion.skeleton import pose_joints

    root, rotations = resampled(clip.root, clip.rotations, clip.fps, fps)
    positions = pose_joints(rotations, root, figure)[..., :3, 3]
    return MotionClip(root=root, rotations=rotations, positions=positions, fps=fps)


def draw(body: Body, transforms: FloatArray, fps: float) -> Iterator[Picture]:
    """Yield pictures (720, 1280, 3) of a body that moves by transforms (T, 25, 4, 4), seen by a camera that follows."""
    from embodied.populate import skin
    from embodied.video import HEIGHT, WIDTH
    from scenes.backend import Camera
    from scenes.backends import choose_backend
    from scenes.families import SCENES

    scene = SCENES["plaza"]().build(np.random.default_rng(0), 0)
    backend = choose_backend("auto").make()
    try:
        backend.load(replace(scene, objects=scene.objects[:1]))  # the ground alone
        backend.add_person(0, skin(body))
        middle = transforms[0, 0, :2, 3].copy()
        ahead = transforms[0, 0, :2, 0]
        side = np.arctan2(ahead[1], ahead[0]) - 0.7  # from ahead and the right
        away = AWAY * body.height * np.array([np.cos(side), np.sin(side)])
        for frame in transforms:
            middle += (frame[0, :2, 3] - middle) * min(1.0, 1.0 / (LAG * fps))
            eye, target = (*(middle + away), ABOVE * body.height), (*middle, AT * body.height)
            backend.pose_person(0, frame)
            camera = Camera.look_at(eye, target, width=WIDTH, height=HEIGHT, fov=FOV)
            yield backend.render(camera).rgb
    finally:
        backend.close()
