"""A prompt acted out: its acts laid along a path, made by the network, planted on the floor, and completed by guidance.

Each part says how it was made: `learned` by the network from its text; `composed`, where one text asks for several acts
at once; `guided` where no recording has it and inverse kinematics lays it over what the network makes of the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from motion.acts import Segment, segments
from motion.clip import By, FloatArray, MotionClip
from motion.codec import PATCH
from motion.contact import blend, min_jerk, plant, rebuilt
from motion.course import Leg, lay
from motion.denoiser import Denoiser
from motion.features import FPS
from motion.gestures import GESTURES
from motion.guided import GUIDED, Guide
from motion.local import STANDS, decode_local
from motion.overlay import Options
from motion.retarget import leg_of
from motion.rolling import draw_local
from motion.seat import before_seat, rise, sit, sit_and_rise
from motion.text import encode_ids

Floor = Callable[[FloatArray], npt.NDArray[np.bool_]]
LONGEST = 120.0  # s
# m/s: a comfortable pace (Bohannon 1997), a jog, a run, a sprint.
PACES = {"jog": 2.2, "run": 3.0, "dash": 4.0, "sidestep": 0.7, "walk_back": 0.8}
PACE = 1.25
STYLES = {"slow": 0.7, "tired": 0.8, "old": 0.75, "sad": 0.85, "fast": 1.3, "angry": 1.15, "active": 1.1}
FASTEST = 7.0  # m/s
# s of what is done on the spot; others take STAY.
STAYS = {"wait": 3.0, "stand": 3.0, "bow": 3.0, "nod": 2.2, "turn_around": 2.2, "turn_left": 1.8, "turn_right": 1.8,
         "sit": 5.0, "rise": 2.4, "look_around": 5.0, "talk": 6.0, "listen": 5.0, "phone": 6.0}  # fmt: skip
STAY, MOVE = 4.0, 5.0  # s, also of acts that move when there is no path
SHORTEST = 1.0  # s of an act
OVER = 0.8  # s, in which one act goes over into another that begins anew
TURNING = {"turn_around": np.pi, "turn_left": np.pi / 2.0, "turn_right": -np.pi / 2.0, "spin": 2.0 * np.pi}
ASIDE = {"walk_left": 0.55, "walk_right": -0.55, "sidestep": np.pi / 2.0, "walk_back": np.pi}  # rad, the way from ahead
FACING = {"point": 0.5, "talk": 0.1, "listen": 0.1, "look": 0.6, "nod": 0.3}  # rad off a target, at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What was done from `start` to `end` (seconds): in words, as an act of `motion.acts`, and how it was made."""

    start: float
    end: float
    text: str
    action: str
    by: By


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Acted:
    """A prompt acted out: the clip, its parts by when they begin, and the path (T, 3: x, y, yaw) that it took."""

    clip: MotionClip
    parts: tuple[Part, ...]
    path: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """Acts that are done together; text: of all that the network is to do."""

    acts: tuple[Segment, ...]
    text: str
    known: tuple[Segment, ...]

    @property
    def names(self) -> set[str]:
        return {one.action for one in self.acts}

    @property
    def moves(self) -> bool:
        return any(one.moves for one in self.acts)

    @property
    def anew(self) -> bool:
        return bool(self.known) and not self.moves and not self.names & {*TURNING, "stand", "wait"}


def act(
    network: Denoiser, prompt: str, figure: FloatArray, *, rng: np.random.Generator, path: FloatArray | None = None,
    seconds: float | None = None, target: tuple[float, float, float] | None = None,
    seat: tuple[float, float, float] | None = None, yaw: float | None = None, floor: Floor | None = None,
    gestures: bool = True,
) -> Acted:  # fmt: skip
    """Return a figure (22, 3) that does what a prompt asks for.

    Args:
        rng: draws noise, gestures and glances.
        path: (P, 2) metres, through which those acts go that move; None: a gently curved one from the origin along x.
        seconds: of the whole; None: by the length of the path, or what the acts usually take.
        target: metres: what is pointed or looked at, or whom one talks to.
        seat: metres: the middle of its surface. yaw: radians, where somebody faces who sits on it.
        floor: tells which of points (N, 2) people can be on.
        gestures: whether the network has learned those of `motion.gestures`, which are else laid over what it makes.

    Raises:
        ValueError: no words, a path of no use or off the floor, or times that do not fit.
    """
    guides = GUIDED if gestures else GUIDED | GESTURES
    groups = _grouped(segments(prompt), guides)
    path = None if path is None else _checked(path)
    sits = [number for number, group in enumerate(groups) if group.names & {"sit", "rise"}]
    if seat is not None and sits:
        groups, course, ends, yaw = _by_seat(groups, sits[0], figure, path, seconds, target, seat, yaw, floor)
    else:
        course, ends = lay([_leg(group, target) for group in groups], path, seconds, floor)
    if len(course) > LONGEST * FPS:
        raise ValueError(
            f"seconds: expected at most {LONGEST:g}, got {len(course) / FPS:.0f} along the path; shorten it"
        )
    starts = [0, *ends[:-1]]
    clip, stands = _drawn(network, groups, course, starts, ends, figure, rng)
    clip = plant(clip, figure, stands)
    clip = _take_seat(clip, figure, groups, starts, ends, Options(rng=rng, seat=seat, yaw=yaw))
    parts = []
    for group, start, end in zip(groups, starts, ends, strict=True):
        span = {"start": start / FPS, "end": end / FPS}
        if group.known:
            by: By = "composed" if len(group.known) > 1 else "learned"
            parts.append(Part(**span, text=group.text, action=group.known[0].action, by=by))
        for one in group.acts:
            if one.action not in guides:
                continue
            parts.append(Part(**span, text=one.text, action=one.action, by="guided"))
            if one.action not in ("sit", "rise"):
                options = Options(rng=rng, target=target, side=one.side, manner=_manner(one))
                clip = guides[one.action](clip, figure, start, end, options)
    return Acted(clip=clip, parts=tuple(parts), path=course)


def _drawn(
    network: Denoiser, groups: list[_Group], course: FloatArray, starts: list[int], ends: list[int],
    figure: FloatArray, rng: np.random.Generator,
) -> tuple[MotionClip, FloatArray]:  # fmt: skip
    """Return the motion of groups along a course (T, 3), and the probabilities (T, 4) that its feet stand.

    Recordings of what is done on the spot begin with it, so the network does not do it after something else: such acts
    begin anew, and what was before goes over into them.
    """
    first = [start for start, group in zip(starts, groups, strict=True) if group.anew or not start]
    own = [*first[1:], len(course)]  # where each ends but for what goes over into the next
    last = [min(end + round(OVER * FPS), len(course)) for end in own]
    longest = max(end - start for start, end in zip(first, last, strict=True))
    rows = [
        np.searchsorted(ends, np.arange(start, start + longest, PATCH).clip(max=end - 1), side="right")
        for start, end in zip(first, own, strict=True)
    ]
    ids = encode_ids([group.text for group in groups])[np.stack(rows)]
    paths = [course[start:end] for start, end in zip(first, last, strict=True)]
    pieces = draw_local(network, paths, [leg_of(figure)] * len(paths), ids, rng.spawn(len(paths)))
    rotations, root = np.zeros((len(course), 22, 4)), np.zeros((len(course), 3))
    stands, done = np.zeros((len(course), 4)), 0
    for start, end, path, piece in zip(first, last, paths, pieces, strict=True):
        clip = decode_local(piece, path, figure)
        new = max(done, start)
        rotations[new:end], root[new:end], stands[new:end] = (
            part[new - start :] for part in (clip.rotations, clip.root, piece[:, STANDS])
        )
        share, both = min_jerk((np.arange(start, new) - start + 1.0) / (new - start + 1.0)), slice(start, new)
        turned = blend(
            rotations[both].reshape(-1, 4), clip.rotations[: new - start].reshape(-1, 4), np.repeat(share, 22)
        )
        rotations[both] = turned.reshape(-1, 22, 4)
        root[both] += share[:, None] * (clip.root[: new - start] - root[both])
        stands[both] += share[:, None] * (piece[: new - start, STANDS] - stands[both])
        done = end
    return rebuilt(clip, figure, rotations, root), stands


def _grouped(told: list[Segment], guides: Mapping[str, Guide]) -> list[_Group]:
    """Return acts by when they are done, each group with one text for the network."""
    groups: list[list[Segment]] = []
    for one in told:
        if one.simultaneous and groups:
            groups[-1].append(one)
        else:
            groups.append([one])
    return [_group(acts, guides) for acts in groups]


def _group(acts: list[Segment], guides: Mapping[str, Guide]) -> _Group:
    known = sorted((one for one in acts if one.action not in guides), key=lambda one: not one.moves)
    if not known:
        text = "A person walks." if any(one.moves for one in acts) else "A person stands."
    else:
        text = known[0].text
        for one in known[1:]:
            text = _joined(text, one.text)
    return _Group(acts=tuple(acts), text=text, known=tuple(known))


def _joined(first: str, second: str) -> str:
    """Return two sentences as one: "A person walks." and "A person waves." are "A person walks and waves."."""
    ours, theirs = first.rstrip(".").split(), second.rstrip(".").split()
    same = next((at for at, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a.lower() != b.lower()), 0)
    return " ".join([*ours, "and", *theirs[same:]]) + "."


def _leg(group: _Group, target: tuple[float, float, float] | None) -> Leg:
    """Return what a group asks of the path."""
    main = next((one for one in group.acts if one.moves), group.acts[0])
    names = group.names
    if group.moves:
        pace = PACES.get(main.action, PACE)
        for style in {style for one in group.acts for style in one.style}:
            pace *= STYLES.get(style, 1.0)
        corner = TURNING.get(main.action, 0.0)
        return Leg(pace=min(pace, FASTEST), seconds=MOVE, turn=corner, aside=ASIDE.get(main.action, 0.0))
    stay = max(STAYS.get(one.action, STAY) for one in group.acts)
    turn = next((angle for name, angle in TURNING.items() if name in names), 0.0)
    near = min((FACING[name] for name in names if name in FACING), default=np.pi)
    toward = None if target is None or near >= np.pi else (target[0], target[1])
    return Leg(pace=0.0, seconds=stay, turn=turn, toward=toward, near=near)


def _manner(one: Segment) -> str:
    """Return how a phone is held, or what is carried."""
    words = {word.strip(".,!?").lower() for word in one.text.split()}
    if one.action == "carry":
        return "bag" if words & {"bag", "suitcase", "basket", "bags", "briefcase", "bucket"} else "box"
    looks = words & {"looks", "look", "reads", "types", "texts", "texting", "stares", "watches", "checks", "at"}
    return "screen" if one.action == "phone" and looks else "ear"


def _checked(path: FloatArray) -> FloatArray:
    """Return a path without points that are there twice.

    Raises:
        ValueError: it is none.
    """
    path = np.asarray(path, np.float64)
    if path.ndim != 2 or path.shape[1] != 2 or len(path) < 2:
        raise ValueError(f"path: expected two points or more, (P, 2) metres, got {path.shape}")
    if not np.isfinite(path).all():
        raise ValueError("path: expected finite numbers, got NaN or infinity; mend it")
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    path = path[np.concatenate([[True], steps > 1e-3])]
    if len(path) < 2:
        raise ValueError("path: expected points apart from each other, got the same one; name others")
    return path


def _by_seat(
    groups: list[_Group], first: int, figure: FloatArray, path: FloatArray | None, seconds: float | None,
    target: tuple[float, float, float] | None, seat: tuple[float, float, float], yaw: float | None, floor: Floor | None,
) -> tuple[list[_Group], FloatArray, list[int], float]:  # fmt: skip
    """Return groups, with a turn before the seat if there is need, their path and ends, and where is faced there.

    A path leads to the seat if somebody goes there first, else away from it.
    """
    comes = any(group.moves for group in groups[:first])
    if yaw is None:
        start = np.array([4.0, 0.0]) + seat[:2] if path is None else path[-2 if comes and len(path) > 2 else -1 + comes]
        yaw = float(np.arctan2(*(start - np.array(seat[:2]))[::-1]))
    ahead = np.array([np.cos(yaw), np.sin(yaw)])
    place = before_seat(figure, seat, yaw)
    leaves = next((number for number in range(first, len(groups)) if groups[number].moves), len(groups))
    if comes:
        way = np.stack([place + 4.0 * ahead, place]) if path is None else path
        way = way[:-1] if np.linalg.norm(way[-1] - seat[:2]) < 1.0 else way
        way, on = _checked(np.concatenate([way, place[None]])), None
        off = float(np.arctan2(*(way[-1] - way[-2])[::-1])) - yaw
        if abs(np.angle(np.exp(1j * off))) > 0.3:
            turn = replace(segments("A person turns around.")[0], action="turn_around")
            groups = [*groups[:first], _group([turn], GUIDED), *groups[first:]]
            leaves += 1
    else:
        way, on = np.stack([place, place + ahead]), path
    legs = [_leg(group, target) for group in groups]
    if comes and len(groups[first].known) and groups[first].names == {"turn_around"}:
        legs[first] = replace(legs[first], turn=-float(np.angle(np.exp(1j * off))))
    on = np.stack([place, place + 0.01 * ahead]) if on is None else np.concatenate([place[None], on[1:]])
    blocks = [(legs[:leaves], way)]
    if leaves < len(groups):
        if len(on) == 2 and np.linalg.norm(on[1] - on[0]) < 0.1:  # it is not told: straight ahead
            far = sum(leg.pace * leg.seconds for leg in legs[leaves:])
            on = np.stack([place, place + far * ahead])
        blocks.append((legs[leaves:], on))
    usual = [len(lay(*block, None)[0]) / FPS for block in blocks]
    shares = [None if seconds is None else seconds * one / sum(usual) for one in usual]
    laid = [lay(*block, share, floor) for block, share in zip(blocks, shares, strict=True)]
    for course, _ in laid[1:]:
        course[:, 2] += 2.0 * np.pi * np.round((laid[0][0][-1, 2] - course[0, 2]) / (2.0 * np.pi))
    ends = [end + row * len(laid[0][0]) for row, (_, ends) in enumerate(laid) for end in ends]
    return groups, np.concatenate([course for course, _ in laid]), ends, yaw


def _take_seat(
    clip: MotionClip, figure: FloatArray, groups: list[_Group], starts: list[int], ends: list[int], options: Options
) -> MotionClip:
    """Return a clip of somebody who sits from where a group says so to where they rise or go."""
    down: int | None = None
    moved = False
    for group, start, end in zip(groups, starts, ends, strict=True):
        names = group.names
        if "sit" in names and down is None:
            down = start
        elif "rise" in names and down is None and not moved:
            clip = rise(clip, figure, start, end, options)
        elif "rise" in names or (group.moves and down is not None):
            until = end if "rise" in names else start
            clip = sit_and_rise(clip, figure, start if down is None else down, until, options)
            down = None
        moved = moved or group.moves
    return clip if down is None else sit(clip, figure, max(down, 1), ends[-1], options)
