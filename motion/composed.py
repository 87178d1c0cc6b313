"""Samples made of others, where recordings have nothing: starts, stops and turns by the gait, waving while walking.

They are called composed, are learned from only, and enter no measure. Of recorded clips those along a path begin and
end in mid-walk, and gestures are made by people who stand.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from motion.body import load_body
from motion.clip import JOINT_NAMES, FloatArray, MotionClip
from motion.data import MotionRecording
from motion.features import FPS
from motion.generate import walk
from motion.local import COLUMNS, decode_local
from motion.retarget import clip_of, figure_of
from motion.single import Sample, sample_of

WALKERS = ("man_young", "woman_adult", "man_tall", "woman_short", "man_heavy", "woman_student")
SECONDS = 14.0  # of a walk of the gait, of which the first is left out
PACES, STAYS, TURNS = (0.5, 1.7), (1.0, 3.5), (0.4, 2.6)  # m/s, s, rad
HASTE, WINDING = 1.2, 0.5  # 1/s by which pace and heading follow; rad/s, deviation of turning while walking
WALKING = (
    "A person walks.", "Someone walks along.", "A man walks and stops.", "A woman walks, waits and walks on.",
    "A person stands.", "Somebody waits.", "A person stops and waits.", "A person turns around.",
    "The person stands still.",
)  # fmt: skip
WAVING = (
    "A person walks and waves {with}.", "Someone waves {with} while walking.", "A man walks, waving {with}.",
    "A woman waves {with} and walks on.",
)  # fmt: skip
GESTURES = {
    "wave-left-hand": ("left",), "wave-right-hand": ("right",), "wave-both-hands": ("left", "right"),
}  # fmt: skip


def walk_by_gait(count: int, rng: np.random.Generator) -> list[Sample]:
    """Return walks with starts, stops and turns, by `motion.gait` along drawn paths."""
    samples = []
    for number in range(count):
        body = load_body(WALKERS[number % len(WALKERS)])
        way = _draw_way(int(SECONDS * FPS), rng)
        clip = clip_of(walk(way, body, rng)[int(FPS) :], body, FPS)
        samples.append(_sample(f"gait_{number:03d}", "by-gait", WALKING, clip, figure_of(body.joints)))
    return samples


def wave_while_walking(samples: Sequence[Sample], count: int, rng: np.random.Generator) -> list[Sample]:
    """Return walks of recorded samples with the arms of recorded waves of the same skeleton; none if there are none."""
    walks = [one for one in samples if one.recording.content.startswith("walk") and not one.mirrored]
    waves = [one for one in samples if one.recording.content in GESTURES and not one.mirrored]
    result = []
    for number in range(count if walks and waves else 0):
        walk, wave = walks[rng.integers(len(walks))], waves[rng.integers(len(waves))]
        sides = GESTURES[wave.recording.content]
        length = min(len(walk.local), len(wave.local))
        local = walk.local[:length].copy()
        for side in sides:
            for part in ("collar", "shoulder", "elbow", "wrist"):
                first = COLUMNS.start + 6 * JOINT_NAMES.index(f"{side}_{part}")
                local[:, first : first + 6] = wave.local[:length, first : first + 6]
        hands = "both hands" if len(sides) == 2 else f"the {sides[0]} hand"
        texts = tuple(text.replace("{with}", f"with {hands}") for text in WAVING)
        clip = decode_local(local, walk.path[:length], walk.figure)
        result.append(_sample(f"waving_{number:03d}", "walk-and-wave", texts, clip, walk.figure))
    return result


def _sample(name: str, content: str, texts: tuple[str, ...], clip: MotionClip, figure: FloatArray) -> Sample:
    recording = MotionRecording(
        name=name, source="composed", skeleton=name, texts=texts, content=content, style="", positions=clip.positions,
        frames=np.zeros((0, 22, 3, 3)), fps=clip.fps,
    )  # fmt: skip
    return sample_of(recording, clip, figure)


def _draw_way(length: int, rng: np.random.Generator) -> FloatArray:
    """Return x, y and facing (T, 3) at 30 fps of somebody who walks, stops, turns and goes on."""
    way, dt = np.zeros((length, 3)), 1.0 / FPS
    pace = wish = float(rng.uniform(*PACES))
    heading = goal = float(rng.uniform(-np.pi, np.pi))
    left, bend = float(rng.uniform(*STAYS)), 0.0
    for row in range(1, length):
        left -= dt
        if left <= 0.0:
            left = float(rng.uniform(*STAYS))
            wish = 0.0 if wish > 0.0 and rng.random() < 0.6 else float(rng.uniform(*PACES))
            if wish == 0.0 or pace < 0.2:
                goal += float(rng.choice([-1.0, 0.0, 1.0]) * rng.uniform(*TURNS))
        pace += (wish - pace) * min(1.0, HASTE * dt * (2.0 if wish < pace else 1.0))
        pace = 0.0 if wish == 0.0 and pace < 0.08 else pace
        bend += -bend * 0.8 * dt + WINDING * np.sqrt(2.0 * 0.8 * dt) * rng.standard_normal()
        goal += bend * dt * min(1.0, pace)
        heading += (goal - heading) * min(1.0, 2.5 * dt)
        way[row, :2] = way[row - 1, :2] + pace * dt * np.array([np.cos(heading), np.sin(heading)])
        way[row, 2] = heading
    way[0, 2] = way[1, 2]
    return way
