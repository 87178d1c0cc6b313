"""How a baked person is put together: skin, clothes, hair, bag and aid (offline, for `bake.py`)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from motion.bags import cut_bag
from motion.garments import CUTS, along_arm, below_collar, cut_skirt, cut_upper
from motion.glasses import cut_glasses
from motion.hair import SHELLS, grow_hair, hidden_skull
from motion.headwear import cut_hat, cut_headscarf
from motion.legwear import cut_bare, cut_lower, cut_shoes
from motion.people import Person
from motion.tailor import Piece, Template, clip, wrap
from motion.unwrap import Landmarks

FloatArray = npt.NDArray[np.float64]


def shape_of(person: Person) -> dict[str, float]:
    """Return Anny's parameters in [0, 1] of a person."""
    # Anny's marks are 1/3 for a child, 2/3 for a young adult and 1 for the old.
    ages, values = (
        (0.0, 6.0, 9.0, 13.0, 20.0, 25.0, 45.0, 65.0, 80.0),
        (0.0, 0.22, 0.29, 0.39, 0.58, 0.64, 0.75, 0.88, 0.97),
    )
    return {
        "gender": person.gender, "age": float(np.interp(person.age, ages, values)), "muscle": person.muscle,
        "weight": person.weight, "height": 0.5, "proportions": person.proportions,
    }  # fmt: skip


def find_landmarks(template: Template, person: Person) -> Landmarks:
    """Measure the face and the lines where garments end."""
    vertices, cut, size = template.vertices, CUTS[person.upper], person.height / 1.75
    eyeballs = vertices[np.unique(template.faces["eyes"])]
    sides = np.stack([eyeballs[eyeballs[:, 1] > 0].mean(axis=0), eyeballs[eyeballs[:, 1] < 0].mean(axis=0)])
    eye = sides.mean(axis=0)
    crown = vertices[np.unique(template.faces["body"])][:, 2].max()
    pelvis, neck = template.joints[0], template.joint("neck")
    return Landmarks(
        eye=eye,
        eyes=sides,
        eye_radius=0.5 * float(np.ptp(eyeballs[eyeballs[:, 1] > 0][:, 1])),
        scale=float(crown - eye[2]) / 0.1125,
        hem=float(pelvis[2] - cut.hem * size),
        collar=float(neck[2] + 0.03 * size),
        waist=float(pelvis[2] + 0.10),
        spine=float(neck[0]),
        ankle=float(template.joint("left_ankle")[2]),
    )


def cut_pieces(template: Template, person: Person, marks: Landmarks) -> list[Piece]:
    """Return the shells of a person without the aid: head, hands, clothes, shoes, hair, bag."""
    size, pelvis, cut = person.height / 1.75, float(template.joints[0, 2]), CUTS[person.upper]
    upper = cut_upper(template, person)
    skin = template.piece("body", "hands", 1.6)
    along = along_arm(template, skin.vertices)
    hands = clip(skin, along - cut.sleeve + 0.15)
    pieces = [*upper, replace(hands, levels=2), *_cut_mittens(template, hands), *cut_shoes(template, person)]
    shown = cut.tuck or cut.open
    top = pelvis + (0.10 if cut.tuck else 0.065) * size if shown else min(pelvis + 0.06 * size, marks.hem + 0.16 * size)
    shin = template.joint("left_ankle")[2]
    if person.lower in ("skirt", "long skirt"):
        skirt, hem = cut_skirt(template, person)
        pieces += [*skirt, cut_bare(template, shin - 0.03, hem + 0.10)]
    elif person.lower == "":
        pieces.append(cut_bare(template, shin - 0.03, marks.hem + 0.10))
    else:
        pieces += cut_lower(template, person, max(top, pelvis - 0.02))
        if person.lower == "leggings":
            pieces.append(cut_bare(template, shin - 0.03, shin + 0.07))
        elif person.lower == "shorts":
            pieces.append(cut_bare(template, shin - 0.03, template.joint("left_knee")[2] + 0.16 * size))
    head = cut_head(template, person)
    hair = grow_hair(template, head, upper[0], person.cut, marks.eye, marks.scale)
    if person.hat == "headscarf":
        pieces.append(cut_headscarf(head, upper[0], marks.eye, template.joint("neck"), marks.scale))
    elif person.hat:
        hat = cut_hat(person.hat, head, hair, marks.eye, marks.scale)
        rim = marks.eye[2] + 0.045 * marks.scale
        hair = [clip(piece, rim - piece.vertices[:, 2]) for piece in hair]
        pieces += hat
    covered = person.cut in SHELLS or person.hat in ("headscarf",)
    face = clip(head, -hidden_skull(head.vertices, marks.eye, marks.scale, person.cut)) if covered else head
    eyes = template.piece("eyes", "eye", 60.0)
    eyes = clip(eyes, eyes.vertices[:, 0] - marks.eye[0] + 0.1 * marks.eye_radius)
    pieces += [replace(face, triangles=5.0), eyes, *hair]
    if person.glasses:
        pieces += cut_glasses(head, marks)
    if person.bag:
        pieces += cut_bag(person.bag, template, upper[0], size)
    return pieces


def _cut_mittens(template: Template, hands: Piece) -> list[Piece]:
    """Return arms with hands whose fingers are one, for the coarsest level of detail."""
    along = along_arm(template, hands.vertices)
    side = np.sign(hands.vertices[:, 1])
    mittens = [wrap(clip(hands, np.where(side == sign, along - 1.98, -1.0))) for sign in (1.0, -1.0)]
    return [replace(piece, first=2, triangles=3.0) for piece in (clip(hands, 2.05 - along), *mittens)]


def cut_head(template: Template, person: Person) -> Piece:
    """Return head and neck down to where the garment covers them."""
    skin = template.piece("body", "face", 5.0)
    below = below_collar(template, skin.vertices, (CUTS[person.upper].rise - 0.055) * person.height / 1.75)
    return clip(skin, np.minimum(-below, 0.25 - np.abs(skin.vertices[:, 1])))
