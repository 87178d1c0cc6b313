"""Films and a contact sheet of what two people do together: `python -m benchmarks.pair_sheet [OUT]`, for docs.

Each prompt is seen from two sides, and marked as it was made: learned, composed or guided.
"""

from __future__ import annotations

import argparse
import tempfile
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from embodied.motion_pair import make_pair
from embodied.motion_verb import at_rate, draw
from embodied.video import encode
from motion.body import load_body
from motion.clip import Body
from motion.exchange import write_clip
from motion.retarget import figure_of, pose_body

DOCS = Path(__file__).resolve().parents[1] / "docs"
FPS, FRAMES = 15.0, 6  # of a film, and pictures of it on the sheet
TILE = (384, 288)
SIDES = (-0.9, 2.4)  # rad, of the two cameras
BODIES = ("man_young", "woman_tall"), ("woman_young", "man_cap"), ("man_beard", "woman_student")
SALSA = {"a": "A person leads a salsa dance.", "b": "A person follows in a salsa dance and spins 2 times."}
PROMPTS: dict[str, tuple[str, dict[str, str]]] = {
    "handshake": ("Two people shake hands.", {}),
    "hug": ("Two people hug.", {}),
    "exchange": ("One person hands a parcel over to another.", {}),
    "high_five": ("Two people high-five each other.", {}),
    "point": ("One person points somewhere and another looks there.", {}),
    "talk": ("Two people talk with each other.", {}),
    "salsa": ("Two people dance salsa together.", SALSA | {"roles": "leader,follower", "seconds": "6"}),
    "salsa_timotion": (
        "Two people dance salsa together.",
        SALSA | {"roles": "leader,follower", "seconds": "6", "model": "timotion"},
    ),
    "dualmdm": (
        "Two people bow to each other.", {"a": "A person bows.", "b": "A person bows deeply.", "model": "dualmdm"},
    ),
    "bow": ("Two people bow to each other.", {"a": "A person bows.", "b": "A person bows.", "model": "in2in"}),
    "wave": (
        "One person waves and the other waves back.",
        {"a": "A person waves with the right hand.", "b": "A person waves with the left hand.", "model": "in2in"},
    ),
    "beside": (
        "Two people walk beside each other.",
        {"a": "A person walks.", "b": "A person walks.", "roles": "alike,alike", "model": "in2in"},
    ),
    "come": (
        "One person calls and the other walks up.",
        {"a": "A person calls somebody.", "b": "A person walks.", "model": "in2in"},
    ),
    "opposite": (
        "One person raises both hands and the other bows.",
        {"a": "A person raises both hands.", "b": "A person bows.", "model": "composed"},
    ),
    "reaction": ("A person waves back.", {"actor": "A person waves with the right hand.", "role": "reactor"}),
}  # fmt: skip


def film(name: str, number: int) -> tuple[str, list[npt.NDArray[np.uint8]]]:
    """Return how a prompt was made and its pictures (H, W, 3), two sides beside each other."""
    text, given = PROMPTS[name]
    bodies: tuple[Body, Body] = tuple(map(load_body, BODIES[number % len(BODIES)]))  # type: ignore[assignment]
    figures = [figure_of(body.joints) for body in bodies]
    with tempfile.TemporaryDirectory() as folder:
        given = dict(given)
        if "actor" in given:
            from embodied.motion_text import make_motion

            file = Path(folder) / "actor.npz"
            write_clip(file, make_motion(given["actor"], figures[0], {"seed": "1"})[0], figures[0])
            given |= {"actor": str(file)}
        pair, _ = make_pair(text, bodies, given | {"seed": "1"})
    clips = [at_rate(clip, figure, FPS) for clip, figure in zip(pair.clips, figures, strict=True)]
    posed = [pose_body(clip, body, figure) for clip, body, figure in zip(clips, bodies, figures, strict=True)]
    sides = [list(draw(bodies, posed, FPS, side=side, size=TILE)) for side in SIDES]
    return pair.by, [np.concatenate(both, axis=1) for both in zip(*sides, strict=True)]


def main() -> None:
    """Make the films, one a prompt, and the sheet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", nargs="?", type=Path, default=DOCS / "pairs")
    parser.add_argument("names", nargs="*", help="prompts; all if none is named")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    names = arguments.names or list(PROMPTS)
    font = ImageFont.load_default(size=22)
    rows = []
    for name in names:
        by, pictures = film(name, list(PROMPTS).index(name))
        marked = []
        for picture in pictures:
            image = Image.fromarray(picture)
            ImageDraw.Draw(image).text((8, 4), f"{by}: {PROMPTS[name][0]}", fill=(0, 0, 0), font=font)
            marked.append(np.asarray(image))
        encode(arguments.out / f"{name}.mp4", iter(marked), Fraction(FPS).limit_denominator(1000))
        chosen = np.linspace(0, len(pictures) - 1, FRAMES).round().astype(int)
        row = Image.new("RGB", (FRAMES * TILE[0] // 2, TILE[1] + 24), "white")
        ImageDraw.Draw(row).text((6, 0), f"{by}: {PROMPTS[name][0]} ({name})", fill=(0, 0, 0), font=font)
        for column, frame in enumerate(chosen):
            halves = [pictures[frame][:, : TILE[0]], pictures[frame][:, TILE[0] :]]
            for line, half in enumerate(halves):
                small = Image.fromarray(half).resize((TILE[0] // 2, TILE[1] // 2))
                row.paste(small, (column * TILE[0] // 2, 24 + line * TILE[1] // 2))
        rows.append(row)
        print(f"{name}: {by}, {len(pictures) / FPS:.1f} s", flush=True)
    columns = 2
    tall = -(-len(rows) // columns)
    sheet = Image.new("RGB", (columns * rows[0].width, tall * rows[0].height), "white")
    for place, row in enumerate(rows):
        sheet.paste(row, (place % columns * row.width, place // columns * row.height))
    sheet.save(arguments.out / "sheet.jpg", quality=80)
    print(arguments.out / "sheet.jpg")


if __name__ == "__main__":
    main()
