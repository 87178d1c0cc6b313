"""Pairs composed of recordings of single people: bow and bow, call and respond, walk beside; not recorded as pairs.

Two clips are put face to face, beside or behind each other, the second a little later, as people answer (0.2-0.5 s in
talk, Stivers et al. 2009). What collides is rejected. They are called composed wherever they appear.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from motion.clip import FloatArray, MotionClip, PairClip
from motion.features import FPS
from motion.pairs import PairSample, frames_of, placed, sample_of_clip
from motion.phrases import action_of, describe
from motion.single import Sample

LATE = 0.3, 0.8  # s
NEAREST, TOUCHING = 0.45, 0.08  # m: pelvises, and any joints of both, at least
PHRASES = 6  # of a pair, to draw from
TRIES = 20  # placements of two clips until one does not collide
LAYOUTS: dict[str, tuple[tuple[float, float], tuple[float, float], tuple[float, float]]] = {
    # m ahead and to the left of the first, rad that the second faces from the first's way; each from .. to
    "facing": ((1.0, 1.7), (-0.15, 0.15), (np.pi - 0.2, np.pi + 0.2)),
    "afar": ((2.2, 4.0), (-0.4, 0.4), (np.pi - 0.25, np.pi + 0.25)),
    "beside": ((-0.1, 0.1), (0.65, 1.0), (-0.05, 0.05)),
    "behind": ((-1.8, -1.2), (-0.15, 0.15), (-0.05, 0.05)),
    "before": ((0.9, 1.4), (-0.3, 0.3), (-0.3, 0.3)),
    "led": ((0.8, 1.3), (-0.5, 0.5), (-0.4, 0.4)),
}
Layout = Literal["facing", "afar", "beside", "behind", "before", "led"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """Who does what: acts (of `motion.phrases`) of the first and of the second, and how they are put together.

    late: s by which the second begins later, from .. to. same: both do it in one style.
    """

    first: tuple[str, ...]
    second: tuple[str, ...]
    layout: Layout
    roles: tuple[str, str]
    texts: tuple[str, ...]
    late: tuple[float, float] = LATE
    same: bool = False


WAVES = ("wave_left", "wave_right", "wave_both")
RAISED = ("raise_left", "raise_right", "raise_both")
KINDS: dict[str, _Kind] = {
    "bow": _Kind(
        first=("bow",), second=("bow",), layout="facing", roles=("actor", "reactor"),
        texts=("Two people bow to each other.", "One person bows and the other bows back.", "They greet with a bow."),
    ),
    "wave": _Kind(
        first=WAVES, second=WAVES, layout="afar", roles=("actor", "reactor"),
        texts=("Two people wave at each other.", "One person waves and the other waves back.", "They greet and wave."),
    ),
    "raise": _Kind(
        first=RAISED, second=WAVES, layout="afar", roles=("actor", "reactor"),
        texts=("One person raises a hand and the other waves back.", "They greet each other from afar."),
    ),
    "bye": _Kind(
        first=("bye",), second=("bye",), layout="facing", roles=("actor", "reactor"),
        texts=("Two people say goodbye and wave.", "They wave each other goodbye."),
    ),
    "call": _Kind(
        first=("call",), second=("respond",), layout="afar", roles=("speaker", "listener"),
        texts=("One person calls and the other responds.", "Somebody calls a person, who answers."),
    ),
    "come": _Kind(
        first=("call", "bye"), second=("walk",), layout="afar", roles=("actor", "reactor"),
        texts=("One person calls and the other walks up.", "Somebody beckons a person, who comes."),
    ),
    "guide": _Kind(
        first=("guide",), second=("walk",), layout="led", roles=("guide", "guided"), late=(0.0, 0.4),
        texts=("One person shows the way and the other walks on.", "Somebody guides a person along."),
    ),
    "part": _Kind(
        first=("bye", *WAVES), second=("walk",), layout="before", roles=("actor", "reactor"), late=(0.0, 0.4),
        texts=("One person waves goodbye and the other walks away.", "Somebody waves after a person who leaves."),
    ),
    "beside": _Kind(
        first=("walk",), second=("walk",), layout="beside", roles=("alike", "alike"), late=(0.0, 0.0), same=True,
        texts=("Two people walk beside each other.", "Two people walk together.", "They walk side by side."),
    ),
    "behind": _Kind(
        first=("walk",), second=("walk",), layout="behind", roles=("leader", "follower"), late=(0.0, 0.0), same=True,
        texts=("One person follows the other.", "Two people walk one behind the other."),
    ),
    "strike": _Kind(
        first=("punch", "kick", "slash"), second=("walk_back",), layout="facing", roles=("actor", "reactor"),
        texts=("One person strikes and the other steps back.", "Somebody attacks a person, who walks back."),
    ),
}  # fmt: skip
STRIKES = ("punch", "kick", "slash", "respond")  # contents that are acts by their own name


def compose_pairs(samples: Sequence[Sample], count: int, rng: np.random.Generator) -> list[PairSample]:
    """Return `count` pairs of each kind for which there are clips, of samples of one part of the split."""
    acts: dict[str, list[Sample]] = {}
    for sample in samples:
        content = sample.recording.content
        name = content if content in STRIKES else action_of(sample.recording)
        if sample.recording.source == "bandai" and name is not None:
            acts.setdefault(name, []).append(sample)
    result = []
    for name, kind in KINDS.items():
        firsts, seconds = ([one for act in acts_ for one in acts.get(act, ())] for acts_ in (kind.first, kind.second))
        for _ in range(count if firsts and seconds else 0):
            first = firsts[rng.integers(len(firsts))]
            styled = [one for one in seconds if one.recording.style == first.recording.style]
            fitting = styled if kind.same and styled else seconds
            second = fitting[rng.integers(len(fitting))]
            if (pair := _compose(name, kind, first, second, rng)) is not None:
                result.append(pair)
    return result


def collides(first: FloatArray, second: FloatArray) -> bool:
    """Return whether joints of two people (T, 22, 3) come too near."""
    if (np.linalg.norm(first[:, 0, :2] - second[:, 0, :2], axis=1) < NEAREST).any():
        return True
    gaps = np.linalg.norm(first[::3, :, None] - second[::3, None], axis=3)
    return bool((gaps < TOUCHING).any())


def _compose(name: str, kind: _Kind, first: Sample, second: Sample, rng: np.random.Generator) -> PairSample | None:
    """Return two clips as a pair, None if they always collide."""
    wait = round(rng.uniform(*kind.late) * FPS)
    length = min(len(first.local), len(second.local) + wait)
    first = frames_of(_from_origin(first), np.arange(length))
    second = frames_of(_from_origin(second), np.maximum(np.arange(length) - wait, 0))
    for _ in range(TRIES):
        ahead, aside, turn = (rng.uniform(*span) for span in LAYOUTS[kind.layout])
        other = placed(second, turn, np.array([ahead, aside]))
        if not collides(first.clip.positions, other.clip.positions):
            own = tuple(
                tuple(describe(one.recording, rng, one.mirrored) for _ in range(PHRASES)) for one in (first, other)
            )
            return PairSample(
                name=name, people=(first, other), texts=kind.texts, own=(own[0], own[1]), roles=kind.roles,
                by="composed",
            )  # fmt: skip
    return None


def _from_origin(sample: Sample) -> Sample:
    """Return a sample whose path begins at the origin, facing along x."""
    start = sample.path[0]
    turned = placed(sample, -start[2], np.zeros(2))
    return placed(turned, 0.0, -turned.path[0, :2])


def put_together(samples: Sequence[Sample], count: int, rng: np.random.Generator) -> list[PairSample]:
    """Return `count` pairs of any two clips, as long as the shorter, for the prior of DualMDM: nothing is common."""
    result = []
    for _ in range(count):
        first, second = (samples[int(rng.integers(len(samples)))] for _ in range(2))
        length = min(len(first.local), len(second.local))
        ahead, aside, turn = (rng.uniform(*span) for span in LAYOUTS[str(rng.choice(list(LAYOUTS)))])
        people = (
            frames_of(_from_origin(first), np.arange(length)),
            placed(frames_of(_from_origin(second), np.arange(length)), turn, np.array([ahead, aside])),
        )
        own = tuple(tuple(describe(one.recording, rng, one.mirrored) for _ in range(PHRASES)) for one in people)
        result.append(
            PairSample(
                name="alone", people=people, texts=("",), own=(own[0], own[1]), roles=("alike", "alike"), by="composed"
            )
        )
    return result


def face_to_face(
    clips: tuple[MotionClip, MotionClip], figures: tuple[FloatArray, FloatArray], text: str, texts: tuple[str, str],
    roles: tuple[str, str], rng: np.random.Generator,
) -> PairClip:  # fmt: skip
    """Return two clips as a pair: one opposite the other, which is a little later, whoever begins as `roles` say.

    Raises:
        ValueError: however they are put, they collide.
    """
    wait = 0 if roles[0] == roles[1] else round(rng.uniform(*LATE) * FPS)
    length = max(len(clips[0].root), len(clips[1].root) + wait)
    samples = [sample_of_clip(clip, figure, said) for clip, figure, said in zip(clips, figures, texts, strict=True)]
    held = [
        np.clip(np.arange(length) - late, 0, len(clip.root) - 1) for late, clip in zip((0, wait), clips, strict=True)
    ]
    first, second = (frames_of(_from_origin(one), rows) for one, rows in zip(samples, held, strict=True))
    for layout in ("facing", "afar"):
        for _ in range(TRIES):
            ahead, aside, turn = (rng.uniform(*span) for span in LAYOUTS[layout])
            other = placed(second, turn, np.array([ahead, aside]))
            if not collides(first.clip.positions, other.clip.positions):
                return PairClip(
                    clips=(first.clip, other.clip), figures=figures, text=text, texts=texts, roles=roles, by="composed"
                )
    raise ValueError(f"{text!r}: expected two who do not collide opposite each other, got some who do; say otherwise")
