"""Two people who walk up to each other and stand, by the gait: what a meeting is laid over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from motion.clip import Body, FloatArray, MotionClip, PairClip
from motion.contact import ARMS, min_jerk
from motion.course import EASE, TURNS, Leg, lay
from motion.features import FPS
from motion.generate import walk
from motion.overlay import HEAD, arm_of, gaze, ramp, turn_head
from motion.retarget import clip_of, figure_of
from motion.vectors import wrap

PACE, BACK = 1.15, 0.45  # m/s: a comfortable pace between people, and backwards
NEAR = 0.12  # m that nobody takes a step for
HANGING, TRIES = 0.9, 16  # of its length that a wrist is below the shoulder: a hanging arm; draws of one
SLOW = 0.1  # m/s, of somebody who stands
SETTLES = 0.5  # s after the last step
WAITS = (0.5, 1.1)  # s before anybody moves


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Stand for some seconds and turn to face a yaw (radians), or walk to a place (metres), backwards if `back`."""

    seconds: float = 0.0
    face: float = 0.0
    to: tuple[float, float] | None = None
    back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stage:
    """Two people, and the frames from `start` to before `end` in which both stand where they meet.

    Attributes:
        clips, figures: as of `motion.clip.PairClip`. rng: draws what they do.
    """

    clips: tuple[MotionClip, MotionClip]
    figures: tuple[FloatArray, FloatArray]
    start: int
    end: int
    rng: np.random.Generator

    def pair(self, text: str, texts: tuple[str, str], roles: tuple[str, str]) -> PairClip:
        """Return both as a pair."""
        return PairClip(
            clips=self.clips, figures=self.figures, text=text, texts=texts, roles=roles, by="guided"
        )  # fmt: skip


def come_together(
    bodies: tuple[Body, Body], places: FloatArray, rng: np.random.Generator, *, distance: float, stay: float,
    share: float = 0.5, aside: float = 0.0, leave: float = 0.0, seconds: float | None = None,
) -> Stage:  # fmt: skip
    """Return two people who walk until they stand face to face, stay there, and step back if they are to.

    Args:
        places: (2, 3) x, y in metres and yaw in radians, where they stand at first.
        distance: metres between them in the end; nobody takes a step for less than NEAR.
        stay: seconds that they stand there. share: of the way that the first one goes.
        aside: metres by which they stand to the left of each other's line. leave: metres between them after stepping
            back, 0: they stay.
        seconds: of the whole, which changes `stay`.

    Raises:
        ValueError: there is no time for that.
    """
    way = places[1, :2] - places[0, :2]
    gap = float(np.linalg.norm(way))
    ahead = way / gap if gap > 1e-6 else np.array([1.0, 0.0])
    left, excess = np.array([-ahead[1], ahead[0]]), gap - distance
    excess = 0.0 if abs(excess) < NEAR else excess
    yaw = float(np.arctan2(ahead[1], ahead[0]))
    starts: list[list[Move]] = []
    ends: list[list[Move]] = []
    for number, (sign, part) in enumerate(((1.0, share), (-1.0, 1.0 - share))):
        own, facing = sign * ahead, float(wrap(yaw + (0.0 if number == 0 else np.pi)))
        here, step = places[number, :2], excess * part
        goal = here + step * own + sign * left * aside / 2.0
        turns = abs(float(wrap(facing - places[number, 2]))) / TURNS
        starts.append([Move(seconds=turns + rng.uniform(*WAITS), face=facing)])
        if np.linalg.norm(goal - here) > NEAR / 2.0:
            starts[-1].append(Move(to=(goal[0], goal[1]), back=step < 0.0))
        back = goal - own * max(leave - distance, 0.0) / 2.0
        ends.append([Move(to=(back[0], back[1]), back=True)] if leave > distance else [])
        starts[-1].append(Move(seconds=SETTLES, face=facing))
    came = [course(places[number], moves) for number, moves in enumerate(starts)]
    start = max(map(len, came))
    gone = [course(one[-1], moves) for one, moves in zip(came, ends, strict=True)]
    after = max(map(len, gone)) + (round(SETTLES * FPS) if leave > distance else 0)
    if seconds is not None:
        stay, least = seconds - (start + after) / FPS, (start + after) / FPS + 0.6 * stay
        if seconds < least:
            raise ValueError(f"seconds={seconds:g}: expected {least:.1f} or more from where they stand; take longer")
    hold = round(stay * FPS)
    whole = [
        _padded(np.concatenate([_padded(one, start + hold), two]), start + hold + after)
        for one, two in zip(came, gone, strict=True)
    ]
    return act_along(bodies, (whole[0], whole[1]), start, start + hold, rng)


def act_along(
    bodies: tuple[Body, Body], courses: tuple[FloatArray, FloatArray], start: int, end: int, rng: np.random.Generator
) -> Stage:
    """Return two people who walk and stand along courses (T, 3: x, y, yaw), arms hanging, of one length in the end.

    Raises:
        ValueError: somebody who does not walk freely.
    """
    length = max(map(len, courses))
    clips = []
    for body, way in zip(bodies, courses, strict=True):
        if body.aid:
            raise ValueError(f"bodies: expected people who walk without {body.aid}, got {body.name}; choose another")
        clips.append(_walked(_padded(way, length), body, rng))
    figures = figure_of(bodies[0].joints), figure_of(bodies[1].joints)
    return Stage(clips=(clips[0], clips[1]), figures=figures, start=start, end=end, rng=rng)


def course(place: FloatArray, moves: Sequence[Move]) -> FloatArray:
    """Return the course (T, 3: x, y, yaw) from a place (3,) on, move after move at 30 fps."""
    rows, spot, yaw = [np.zeros((0, 3))], np.array(place[:2], np.float64), float(place[2])
    for move in moves:
        if move.to is None:
            count = round(move.seconds * FPS)
            off = float(wrap(move.face - yaw))
            turned = yaw + off * min_jerk(np.arange(count) / max(abs(off) / TURNS * FPS, 1.0))
            rows.append(np.column_stack([np.tile(spot, (count, 1)), turned]))
            yaw += off
            continue
        pace = BACK if move.back else PACE
        walked, _ = lay([Leg(pace=pace, seconds=1.0)], np.stack([spot, np.array(move.to)]), None)
        walked[:, 2] = yaw
        rows.append(walked)
        spot = np.array(move.to)
    whole = np.concatenate(rows)
    if len(whole):
        whole[:, 2] = gaussian_filter1d(whole[:, 2], EASE * FPS, mode="nearest")
    return whole


def watch(
    clip: MotionClip, figure: FloatArray, target: FloatArray, start: int, end: int, *, fade: float = 0.5
) -> MotionClip:
    """Return a clip of somebody whose head follows a target (3,) or (T, 3), metres, as far as necks go."""
    weights = ramp(clip, start, end, held=True, fade=fade)
    yaw, pitch = gaze(clip, figure, target)
    return turn_head(clip, figure, yaw * weights, pitch * weights)


def watch_each_other(stage: Stage, start: int, end: int) -> tuple[MotionClip, MotionClip]:
    """Return the clips of two people who look each other in the face."""
    heads = [gaussian_filter1d(clip.positions[:, HEAD], 0.2 * FPS, axis=0, mode="nearest") for clip in stage.clips]
    first, second = (
        watch(clip, figure, head, start, end)
        for clip, figure, head in zip(stage.clips, stage.figures, heads[::-1], strict=True)
    )
    return first, second


def _padded(way: FloatArray, length: int) -> FloatArray:
    return np.concatenate([way, np.repeat(way[-1:], max(length - len(way), 0), axis=0)])


def _walked(way: FloatArray, body: Body, rng: np.random.Generator) -> MotionClip:
    """Return how the gait takes a way (T, 3); of several draws the first whose arms hang when it stands, else the best.

    Hands that are clasped or on hips are in the way of what is laid over it.
    """
    arm = arm_of(figure_of(body.joints))
    stands = np.linalg.norm(np.gradient(way[:, :2], axis=0), axis=1) * FPS < SLOW
    best, chosen = -np.inf, None
    for child in rng.spawn(TRIES):
        clip = clip_of(walk(way, body, child), body, FPS)
        drops = np.min(
            [clip.positions[:, limb[0], 2] - clip.positions[:, limb[2], 2] for limb in ARMS.values()], axis=0
        )
        if (hangs := float(np.percentile(drops[stands], 5.0)) / arm) > best:
            best, chosen = hangs, clip
        if best > HANGING:
            break
    assert chosen is not None
    return chosen
