"""What two people do when they meet, where no recording has it: by the gait, by guides, and by hands that touch.

Handshakes, hugs, high fives, a thing handed over, waves and bows that are returned, coming and going, showing and
talking. Distances and times are of the magnitude that depth-camera recordings of pairs have (`motion.kinect_pairs`);
nothing is learned from them. Such pairs are recorded as `by: guided`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from motion.apart import part, stand_apart
from motion.clip import Body, FloatArray, MotionClip, PairClip
from motion.contact import ARMS, min_jerk
from motion.embrace import embrace
from motion.features import FPS
from motion.gestures import bow, wave
from motion.guided import Guide, listen, point, talk
from motion.meeting_words import WORDS, meeting_of
from motion.overlay import HEAD, Options, arm_of, ramp, yaw_of
from motion.retarget import figure_of
from motion.rig import measure
from motion.stage import Move, Stage, act_along, come_together, course, watch, watch_each_other
from motion.touch import hold_hands, hold_object, meeting_place


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """Who meets, where both stand at first (2, 3: x, y, yaw), and in what time (seconds, None: as long as it takes)."""

    bodies: tuple[Body, Body]
    places: FloatArray
    rng: np.random.Generator
    seconds: float | None = None

    @property
    def arms(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the arms of each, left and right, that carry nothing."""
        first, second = (bool(measure(body, np.random.default_rng(0))["loaded"]) for body in self.bodies)
        return ("right",) if first else tuple(ARMS), ("right",) if second else tuple(ARMS)

    def come(
        self, *, distance: float, stay: float, share: float = 0.5, aside: float = 0.0, leave: float = 0.0
    ) -> Stage:
        """Return both face to face, see `motion.stage.come_together`."""
        return come_together(
            self.bodies, self.places, self.rng, distance=distance, stay=stay, share=share, aside=aside, leave=leave,
            seconds=self.seconds,
        )  # fmt: skip


def shake_hands(plan: Plan) -> PairClip:
    """Walk up to each other, shake right hands a few times, and let go."""
    rng = plan.rng
    stage = plan.come(distance=_near(plan, 1.7), stay=rng.uniform(2.8, 4.0), share=rng.uniform(0.3, 0.7))
    pair = _greeting(stage, "handshake", rng)
    start, end = stage.start - round(0.4 * FPS), stage.end
    pumps, rate = int(rng.integers(2, 5)), rng.uniform(1.5, 2.0)
    share = (np.arange(len(stage.clips[0].root)) - start - 0.8 * FPS) / (pumps / rate * FPS)
    pump = 0.03 * np.sin(2.0 * np.pi * pumps * share) * ((share > 0.0) & (share < 1.0))
    meeting = meeting_place(pair, ("right", "right")) + pump[:, None] * [0.0, 0.0, 1.0]
    return part(hold_hands(pair, ("right", "right"), start, end, meeting=meeting))


def hug(plan: Plan) -> PairClip:
    """Walk up to each other with open arms, hold each other, let go, and step back."""
    rng = plan.rng
    taller = int(np.argmax([body.height for body in plan.bodies]))
    stay, share = rng.uniform(3.2, 4.4), rng.uniform(0.3, 0.7)
    stage = plan.come(distance=0.42 * _size(plan), stay=stay, share=share, aside=0.04, leave=0.85)
    pair = stand_apart(_greeting(stage, "hug", rng))
    return part(
        embrace(pair, stage.start + round(0.45 * FPS), stage.end - round(0.9 * FPS), taller=taller, arms=plan.arms)
    )


def high_five(plan: Plan) -> PairClip:
    """Walk up to each other, raise right hands, and clap them together."""
    rng = plan.rng
    stage = plan.come(distance=_near(plan, 1.65), stay=rng.uniform(1.9, 2.4), share=rng.uniform(0.3, 0.7))
    pair = _greeting(stage, "high_five", rng)
    meets = stage.start + round(0.55 * FPS)
    away = np.abs(np.arange(len(stage.clips[0].root)) - meets) / FPS
    gap = 0.16 * min_jerk((away - 0.06) / 0.28)
    start, end = meets - round(0.85 * FPS), meets + round(0.85 * FPS)
    return part(hold_hands(pair, ("right", "right"), start, end, grip="high", gap=gap, fade=0.55))


def hand_over(plan: Plan) -> PairClip:
    """Hand a thing over, with one hand or both, to the other, who takes it."""
    rng = plan.rng
    stage = plan.come(distance=_near(plan, 2.05), stay=rng.uniform(3.4, 4.4), share=rng.uniform(0.5, 1.0))
    pair = _greeting(stage, "exchange", rng)
    both = bool(rng.random() < 0.3) and all(len(arms) == 2 for arms in plan.arms)
    sides, width = (("left", "right"), rng.uniform(0.22, 0.32)) if both else (("right",), rng.uniform(0.06, 0.1))
    rows = np.arange(len(stage.clips[0].root))
    meets = round(stage.start + 0.45 * (stage.end - stage.start))
    out, back = min_jerk((rows - meets + 1.0 * FPS) / (0.85 * FPS)), min_jerk((rows - meets - 0.25 * FPS) / (0.9 * FPS))
    near = [_before(clip, figure, both) for clip, figure in zip(pair.clips, pair.figures, strict=True)]
    middle = (meeting_place(pair, ("right", "right")) + meeting_place(pair, ("left", "left"))) / 2.0
    places = near[0] + out[:, None] * (middle - near[0]) + back[:, None] * (near[1] - middle)
    gives = ramp(pair.clips[0], 0, meets + round(0.75 * FPS), held=True, fade=0.6)
    takes = ramp(pair.clips[1], meets - round(0.75 * FPS), len(rows), held=True, fade=0.65)
    clips = [
        hold_object(clip, figure, sides, places, weights, width=width)
        for clip, figure, weights in zip(pair.clips, pair.figures, (gives, takes), strict=True)
    ]
    return part(replace(pair, clips=(clips[0], clips[1])))


def wave_back(plan: Plan) -> PairClip:
    """Wave to the other, who waves back."""
    return _answered(plan, "wave", wave, distance=_as_they_stand(plan, (1.6, 3.0), (0.9, 3.6)), seconds=(1.8, 2.8))


def bow_back(plan: Plan) -> PairClip:
    """Bow to the other, who bows too."""
    return _answered(plan, "bow", bow, distance=_as_they_stand(plan, (1.5, 1.9), (1.3, 2.3)), seconds=(2.6, 3.2))


def approach(plan: Plan) -> PairClip:
    """Walk up to the other, who stands and turns to whom comes."""
    stage = plan.come(distance=plan.rng.uniform(0.7, 1.1), stay=plan.rng.uniform(1.2, 2.0), share=1.0)
    return _greeting(stage, "approach", plan.rng)


def depart(plan: Plan) -> PairClip:
    """Turn and walk off from the other, who stays and looks after whom goes."""
    rng, places = plan.rng, plan.places
    way = places[0, :2] - places[1, :2]
    yaw = float(np.arctan2(way[1], way[0]))
    leaves = yaw + rng.uniform(-0.5, 0.5)
    far = places[0, :2] + rng.uniform(2.2, 3.6) * np.array([np.cos(leaves), np.sin(leaves)])
    first = [
        Move(seconds=rng.uniform(1.6, 2.4), face=yaw + np.pi), Move(seconds=1.4, face=leaves),
        Move(to=(far[0], far[1])), Move(seconds=0.5, face=leaves),
    ]  # fmt: skip
    gone, stays = course(places[0], first), course(places[1], [Move(seconds=2.0, face=yaw)])
    if plan.seconds is not None:
        gone = _lasting(gone, plan.seconds)
    stage = act_along(plan.bodies, (gone, stays), 0, len(gone), rng)
    heads = [clip.positions[:, HEAD] for clip in stage.clips]
    until = round(first[0].seconds * FPS)
    clips = (
        watch(stage.clips[0], stage.figures[0], heads[1], 0, until),
        watch(stage.clips[1], stage.figures[1], heads[0], 0, len(gone)),
    )
    return _told(replace(stage, clips=clips), "depart")


def show(plan: Plan) -> PairClip:
    """Point somewhere; the other looks there too."""
    rng = plan.rng
    stage = plan.come(distance=rng.uniform(0.95, 1.4), stay=rng.uniform(4.0, 5.0), share=rng.uniform(0.3, 0.7))
    pair = _greeting(stage, "point", rng)
    first = stage.clips[0]
    bearing = yaw_of(first.rotations[:, 0])[stage.start] + rng.choice([-1.0, 1.0]) * rng.uniform(0.7, 1.3)
    place = first.root[stage.start, :2] + rng.uniform(3.0, 9.0) * np.array([np.cos(bearing), np.sin(bearing)])
    target = np.array([*place, rng.uniform(0.6, 2.6)])
    begin, end = stage.start + round(0.3 * FPS), stage.end - round(0.8 * FPS)
    late = begin + round(rng.uniform(0.4, 0.8) * FPS)
    clips = (
        point(pair.clips[0], pair.figures[0], begin, end, Options(rng=rng, target=(*place, float(target[2])))),
        watch(pair.clips[1], pair.figures[1], target, late, end + round(0.3 * FPS)),
    )
    return part(replace(pair, clips=clips))


def talk_in_turn(plan: Plan) -> PairClip:
    """Talk with the hands while the other listens and nods; then the other way round."""
    rng = plan.rng
    stage = plan.come(distance=rng.uniform(1.0, 1.4), stay=rng.uniform(7.0, 10.0), share=rng.uniform(0.3, 0.7))
    pair = _greeting(stage, "talk", rng)
    turn = round(stage.start + rng.uniform(0.45, 0.55) * (stage.end - stage.start))
    clips = []
    for number, (clip, figure) in enumerate(zip(pair.clips, pair.figures, strict=True)):
        target = pair.clips[1 - number].positions[stage.start : stage.end, HEAD].mean(axis=0)
        options = Options(rng=rng, target=(float(target[0]), float(target[1]), float(target[2])))
        spans = ((stage.start, turn), (turn, stage.end))
        clip = (talk if number == 0 else listen)(clip, figure, *spans[0], options)
        clips.append((listen if number == 0 else talk)(clip, figure, *spans[1], options))
    return part(replace(pair, clips=(clips[0], clips[1])))


Builder = Callable[[Plan], PairClip]
MEETINGS: dict[str, Builder] = {
    "handshake": shake_hands, "hug": hug, "high_five": high_five, "exchange": hand_over, "wave": wave_back,
    "bow": bow_back, "approach": approach, "depart": depart, "point": show, "talk": talk_in_turn,
}  # fmt: skip
__all__ = ["MEETINGS", "Plan", "meet", "meeting_of"]


def meet(
    kind: str, bodies: tuple[Body, Body], rng: np.random.Generator, *, places: FloatArray | None = None,
    seconds: float | None = None,
) -> PairClip:  # fmt: skip
    """Return two people who meet, at 30 fps, on their own figures; the first begins.

    Args:
        kind: of MEETINGS. rng: draws distances, times and gestures.
        places: (2, 3) x, y in metres and yaw in radians, where both stand at first; None: a few steps apart.
        seconds: of the whole; None: as long as it takes.

    Raises:
        ValueError: no such meeting, bodies or places that do not fit, or too little time.
    """
    if kind not in MEETINGS:
        raise ValueError(f"kind: expected one of {', '.join(MEETINGS)}, got {kind!r}")
    if len(bodies) != 2:
        raise ValueError(f"bodies: expected two, got {len(bodies)}; give one for each person")
    if places is None:
        places = _drawn_places(kind, rng)
    places = np.asarray(places, np.float64)
    if places.shape != (2, 3) or not np.isfinite(places).all():
        raise ValueError(f"places: expected (2, 3) finite x, y and yaw of both, got {places.shape}")
    if np.linalg.norm(places[0, :2] - places[1, :2]) < 0.3:
        raise ValueError("places: expected people at least 0.3 m apart, got both in one place; move one")
    return MEETINGS[kind](Plan(bodies=bodies, places=places, rng=rng, seconds=seconds))


def _drawn_places(kind: str, rng: np.random.Generator) -> FloatArray:
    """Return where two people stand at first, about the origin, who face each other roughly."""
    gap = rng.uniform(0.8, 1.3) if kind == "depart" else rng.uniform(1.9, 3.6)
    yaw, off = rng.uniform(-np.pi, np.pi), rng.uniform(-0.3, 0.3, 2)
    ahead = gap / 2.0 * np.array([np.cos(yaw), np.sin(yaw)])
    return np.array([[*-ahead, yaw + off[0]], [*ahead, yaw + np.pi + off[1]]])


def _near(plan: Plan, arms: float) -> float:
    """Return how far apart people stand whose arms are to span it, by so many mean lengths of an arm, metres."""
    lengths = [arm_of(figure_of(body.joints)) for body in plan.bodies]
    return float(np.mean(lengths) * (arms + plan.rng.uniform(-0.05, 0.05)))


def _as_they_stand(plan: Plan, usual: tuple[float, float], will_do: tuple[float, float]) -> float:
    """Return how far apart people greet, metres: as they stand if that will do, else drawn from what is usual."""
    drawn, gap = plan.rng.uniform(*usual), float(np.linalg.norm(plan.places[1, :2] - plan.places[0, :2]))
    return gap if will_do[0] <= gap <= will_do[1] else float(drawn)


def _size(plan: Plan) -> float:
    return float(np.mean([body.height for body in plan.bodies])) / 1.75


def _told(stage: Stage, kind: str) -> PairClip:
    roles, text, first, second = WORDS[kind]
    return stage.pair(text, (first, second), roles)


def _greeting(stage: Stage, kind: str, rng: np.random.Generator) -> PairClip:
    """Return both of a stage, who look each other in the face from when they set off."""
    count = len(stage.clips[0].root)
    looks = watch_each_other(stage, round(rng.uniform(0.2, 0.5) * FPS), count)
    return _told(replace(stage, clips=looks), kind)


def _answered(plan: Plan, kind: str, guide: Guide, distance: float, seconds: tuple[float, float]) -> PairClip:
    """Return two who do the same, the second a little later."""
    rng = plan.rng
    lasts, late = rng.uniform(*seconds, 2), rng.uniform(0.5, 1.0)
    stage = plan.come(distance=distance, stay=late + float(lasts.max()) + 0.6, share=rng.uniform(0.3, 0.7))
    pair = _greeting(stage, kind, rng)
    clips = []
    for clip, figure, last, begin in zip(pair.clips, pair.figures, lasts, (0.1, 0.1 + late), strict=True):
        start = stage.start + round(begin * FPS)
        side = "left" if rng.random() < 0.2 else "right"
        clips.append(guide(clip, figure, start, start + round(last * FPS), Options(rng=rng, side=side)))
    return part(replace(pair, clips=(clips[0], clips[1])))


def _before(clip: MotionClip, figure: FloatArray, both: bool) -> FloatArray:
    """Return where (T, 3) somebody has a thing before the belly, to the right unless it takes both hands, metres."""
    yaw = np.unwrap(yaw_of(clip.rotations[:, 0]))
    ahead, right = 0.36 * figure[0, 2], 0.0 if both else 0.10
    away = np.stack([np.cos(yaw) * ahead + np.sin(yaw) * right, np.sin(yaw) * ahead - np.cos(yaw) * right], axis=1)
    return np.column_stack([clip.root[:, :2] + away, np.full(len(yaw), 1.10 * figure[0, 2])])


def _lasting(way: FloatArray, seconds: float) -> FloatArray:
    """Return a course that lasts so long, by standing at its end.

    Raises:
        ValueError: it takes longer.
    """
    if seconds * FPS < len(way):
        raise ValueError(f"seconds={seconds:g}: expected {len(way) / FPS:.1f} or more; take longer")
    return np.concatenate([way, np.repeat(way[-1:], round(seconds * FPS) - len(way), axis=0)])
