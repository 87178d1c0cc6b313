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

Of two people, as "two people shake hands" (people=2 if the text does not say so; body=NAME,NAME):
a=TEXT b=TEXT    what each of them does, where a network makes it
roles=A,B        actor,reactor; leader,follower; giver,receiver; guide,guided; speaker,listener; alike,alike
model=auto       guided: greetings, handing over, talk, by inverse kinematics; else in2in, timotion, dualmdm;
                 composed: what each does by itself, opposite each other
actor=FILE       a clip to which somebody reacts as TEXT says, by MoReact; role=reactor of who does
reactor=FILE     a clip to be shown beside that of the actor
                 Of two people .glb, .bvh, .npz and .pkl are two files, NAME_a and NAME_b; .mp4 shows both

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
    from embodied.motion_pair import KEYS as OF_PAIRS
    from embodied.motion_pair import is_of_two, make_pair
    from embodied.motion_text import KEYS, is_text, make_motion
    from motion.exchange import import_motion
    from motion.retarget import figure_of, pose_body

    first = next((word for word in arguments if "=" not in word), None)
    told = first is not None and is_text(first)
    words, given = split(
        "motion", arguments, tuple(dict.fromkeys((*OF_FILES, *KEYS, *OF_PAIRS))) if told else OF_FILES, ("SRC",)
    )  # fmt: skip
    out = Path(given.get("out", ""))
    if out.suffix.lower() not in FORMATS:
        raise ValueError(f"out={given.get('out', '')}: expected a file {', '.join(FORMATS)}; name one")
    if not out.parent.is_dir() or out.is_dir():
        raise ValueError(f"out={out}: expected a file in a folder that is there; make the folder")
    two = told and is_of_two(words[0], given)
    names = given.get("body", "man_young,woman_young" if two else "man_young").split(",")
    fps, bodies = number(given, "fps", 30.0, low=RATES[0], high=RATES[1]), _bodies(names, 2 if two else 1)
    figures = [figure_of(body.joints) for body in bodies]
    lines: tuple[str, ...] = ()
    if two:
        if wrong := sorted(set(given) - {*OF_FILES, *OF_PAIRS}):
            raise ValueError(f"{wrong[0]}={given[wrong[0]]}: expected it for one person only; leave it out")
        pair, lines = make_pair(words[0], (bodies[0], bodies[1]), given)
        clips = [at_rate(clip, figure, fps) for clip, figure in zip(pair.clips, figures, strict=True)]
    elif told:
        clip, lines = make_motion(words[0], figures[0], given)
        clips = [at_rate(clip, figures[0], fps)]
    else:
        clips = [import_motion(words[0], figures[0], fps=fps)]
    title = words[0][:60] if told else Path(words[0]).stem
    if out.suffix.lower() == ".mp4":
        from embodied.video import encode

        posed = [pose_body(clip, body, figure) for clip, body, figure in zip(clips, bodies, figures, strict=True)]
        encode(out, draw(bodies, posed, clips[0].fps), Fraction(clips[0].fps).limit_denominator(1000))
        files = [out]
    else:
        files = [out] if not two else [out.with_stem(f"{out.stem}_{letter}") for letter in "ab"]
        for file, clip, body, figure in zip(files, clips, bodies, figures, strict=True):
            _write(file, clip, body, figure, title)
    print(*lines, sep="\n", end="\n" if lines else "")
    print(f"{len(clips[0].root) / clips[0].fps:.1f} s at {clips[0].fps:g} fps, {', '.join(b.name for b in bodies)}")
    print(*files, sep="\n")
    return 0


def _bodies(names: Sequence[str], count: int) -> list[Body]:
    """Return bodies by their names.

    Raises:
        ValueError: unknown names, another number of them, or people with aids.
    """
    if unknown := [name for name in names if name not in BODIES]:
        raise ValueError(f"body={unknown[0]}: expected one of {', '.join(BODIES)}")
    if len(names) != count:
        raise ValueError(
            f"body={','.join(names)}: expected {count} of them, got {len(names)}; name one for each person"
        )
    bodies = [load_body(name) for name in names]
    for body in bodies:
        if body.aid:
            raise ValueError(f"body={body.name}: expected somebody who walks without {body.aid}; choose another")
    return bodies


def _write(out: Path, clip: MotionClip, body: Body, figure: FloatArray, title: str) -> None:
    """Write the clip of one person by the ending of a file."""
    from motion.bvh import write_bvh
    from motion.exchange import bvh_of, write_clip
    from motion.gltf import write_glb
    from motion.habitat import write_habitat
    from motion.retarget import pose_body

    kind = out.suffix.lower()
    if kind == ".npz":
        write_clip(out, clip, figure)
    elif kind == ".bvh":
        write_bvh(out, bvh_of(clip, figure))
    elif kind == ".pkl":
        write_habitat(out, clip, figure)
    else:
        write_glb(out, body, pose_body(clip, body, figure), clip.fps, name=title)


def at_rate(clip: MotionClip, figure: FloatArray, fps: float) -> MotionClip:
    """Return a clip of a figure (22, 3) at another rate."""
    from motion.retarget import resampled
    from motion.skeleton import pose_joints

    root, rotations = resampled(clip.root, clip.rotations, clip.fps, fps)
    positions = pose_joints(rotations, root, figure)[..., :3, 3]
    return MotionClip(root=root, rotations=rotations, positions=positions, fps=fps)


def draw(
    bodies: Sequence[Body], posed: Sequence[FloatArray], fps: float, *, side: float = -0.7,
    size: tuple[int, int] | None = None,
) -> Iterator[Picture]:  # fmt: skip
    """Yield pictures (H, W, 3) of bodies that move by transforms (T, 25, 4, 4) each, seen by a camera that follows.

    side: rad, from where the first is ahead at first to where the camera is. size: width and height; None: of videos.
    """
    from embodied.populate import skin
    from embodied.video import HEIGHT, WIDTH
    from scenes.backend import Camera
    from scenes.backends import choose_backend
    from scenes.families import SCENES

    width, height = size or (WIDTH, HEIGHT)
    scene = SCENES["plaza"]().build(np.random.default_rng(0), 0)
    backend = choose_backend("auto").make()
    tall = max(body.height for body in bodies)
    try:
        backend.load(replace(scene, objects=scene.objects[:1]))  # the ground alone
        for person, body in enumerate(bodies):
            backend.add_person(person, skin(body))
        middle = np.mean([one[0, 0, :2, 3] for one in posed], axis=0)
        ahead = posed[0][0, 0, :2, 0] if len(posed) == 1 else (posed[1] - posed[0])[0, 0, :2, 3]
        turned = np.arctan2(ahead[1], ahead[0]) + (side if len(posed) == 1 else side - 0.6)
        away = AWAY * tall * np.array([np.cos(turned), np.sin(turned)])
        spread = max(float(np.linalg.norm((one[:, 0] - posed[0][:, 0])[:, :2, 3], axis=1).max()) for one in posed)
        away *= (0.75 if len(posed) > 1 else 1.0) + 0.1 * spread
        for row in range(len(posed[0])):
            now = np.mean([one[row, 0, :2, 3] for one in posed], axis=0)
            middle += (now - middle) * min(1.0, 1.0 / (LAG * fps))
            eye, target = (*(middle + away), ABOVE * tall), (*middle, AT * tall)
            for person, one in enumerate(posed):
                backend.pose_person(person, one[row])
            yield backend.render(Camera.look_at(eye, target, width=width, height=height, fov=FOV)).rgb
    finally:
        backend.close()
