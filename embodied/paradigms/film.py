"""A film of one trial, from its log alone: bodies walk by the gait model, things go where they went, words below."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from embodied.captions import font, printable, wrap
from embodied.episode import FloatArray
from embodied.floor_plan import Picture
from embodied.log import EpisodeLog
from embodied.paradigms.play import MEN, SUBJECT, WOMEN, Screen
from embodied.paradigms.props import make_prop, place_prop
from embodied.paradigms.room import build_room
from embodied.paradigms.stage import THINGS
from embodied.populate import Wardrobe, skin
from embodied.seeding import stream
from embodied.talk import make_cue
from embodied.video import HEIGHT, WIDTH, encode
from motion.body import bodies as all_bodies
from motion.clip import Cue, RootPaths
from motion.models import make_motion
from motion.people import PEOPLE
from scenes.backend import Camera, SceneBackend
from scenes.backends import choose_backend
from scenes.scene import Scene

EYE, AIM, FOV = (6.0, -6.2, 6.0), (6.0, 3.4, 0.55), math.radians(37)  # m, rad: from above the low wall
BAR, FOOT = 44, 96  # pixels above and below the stage
STRIDE = 2  # control steps from picture to picture
GROWN = 18  # years
END = 2.5  # s that the verdict stays
MOUTH, TAG = 1.5, 0.12  # m: where one is looked at; above the crown, where its name stands
PAPER, INK, FAINT = (20, 23, 28), (240, 240, 238), (150, 156, 166)
SUBJECT_INK, GOOD, BAD = (255, 178, 92), (96, 200, 120), (240, 110, 96)


def film_trial(log: EpisodeLog, path: Path, *, backend: str = "auto") -> None:
    """Film a trial as H.264 in MP4, 1280 x 720; the file is whole or is not there.

    Args:
        log: of the trial. path: of the film. backend: "gl", "tiny", or "auto".

    Raises:
        RuntimeError: there is no such renderer, or PyAV has no H.264 encoder.
    """
    painter = choose_backend(backend).make()
    try:
        rate = Fraction(1 / (STRIDE * log.metadata["control_dt"])).limit_denominator(1000)
        encode(path, draw_trial(log, painter), rate)
    finally:
        painter.close()


def scene_of(log: EpisodeLog) -> Scene:
    """Return the room that a trial was played in."""
    screens = [
        Screen(name=name, start=tuple(start), end=tuple(end), see_through=through)
        for name, start, end, through in log.metadata["screens"]
    ]
    return build_room(screens, stream(log.metadata["seed"], "scene"), log.metadata["seed"])[0]


def draw_trial(log: EpisodeLog, backend: SceneBackend) -> Iterator[Picture]:
    """Yield the pictures (720, 1280, 3) of a trial, and its verdict at the end."""
    backend.load(scene_of(log))
    columns, dt, seed = log.columns, log.metadata["control_dt"], log.metadata["seed"]
    names = {int(number): name for number, name in log.metadata["names"].items()}
    bodies = Wardrobe(seed, list(names), "all", walkers=True, given=_cast(seed, names))
    motion = make_motion(log.metadata["motion"])
    motion.reset(bodies, stream(seed, "motion"))
    for k, (shape, color, size, _) in enumerate(log.metadata["things"].values()):
        backend.add_person(THINGS + k, make_prop(shape, color, tuple(size)))
    camera = Camera.look_at(EYE, AIM, width=WIDTH, height=HEIGHT - BAR - FOOT, fov=FOV)
    present: set[int] = set()
    steps, starts = np.unique(columns["step"], return_index=True)
    picture = np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8)
    for step, first, last in zip(steps.tolist(), starts, [*starts[1:], len(columns["step"])], strict=True):
        row = {name: values[first:last] for name, values in columns.items()}
        human = row["kind"] == "human"
        ids = row["entity"][human].astype(np.int64)
        for person in sorted(present - set(ids.tolist())):
            backend.remove_person(person)
        for person in sorted(set(ids.tolist()) - present):
            backend.add_person(person, skin(bodies[person]))
        present = set(ids.tolist())
        positions = np.stack([row["x"][human], row["y"][human]], axis=1)
        paths = RootPaths(
            person_ids=ids, positions=positions, velocities=np.stack([row["vx"][human], row["vy"][human]], axis=1),
            yaws=row["yaw"][human], planned=np.zeros((len(ids), 0, 2)),
        )  # fmt: skip
        cues = _cues(log, step * dt, dict(zip(ids.tolist(), positions, strict=True)), row)
        for person, joints in zip(ids.tolist(), motion.step(dt, paths, {}, cues), strict=True):
            backend.pose_person(person, joints)
        for k in np.flatnonzero(~human):
            z = -5.0 if row["activity"][k] == "hidden" else float(row["z"][k])
            backend.pose_person(int(row["entity"][k]), place_prop(float(row["x"][k]), float(row["y"][k]), z))
        if step % STRIDE:
            continue
        picture[BAR : HEIGHT - FOOT] = backend.render(camera).rgb
        labels = [
            (names[person], np.array([*spot, bodies.plain(person).height + TAG]), person == SUBJECT)
            for person, spot in zip(ids.tolist(), positions, strict=True)
        ]
        yield _write(picture, log, step * dt, camera, labels, names)
    ending = _verdict(picture, log)
    for _ in range(round(END / (STRIDE * dt))):
        yield ending


def _cast(seed: int, names: Mapping[int, str]) -> dict[int, str]:
    """Return the bodies of people: adults who walk, women and men as they are called."""
    grown = [name for name in all_bodies("all") if PEOPLE[name].age >= GROWN and PEOPLE[name].aid == ""]
    found = {}
    for person, called in names.items():
        fits = [
            name for name in grown if called not in (*WOMEN, *MEN) or (PEOPLE[name].gender > 0.5) == (called in WOMEN)
        ]
        found[person] = str(stream(seed, "bodies", person, 0).choice(fits))
    return found


def _cues(log: EpisodeLog, time: float, places: dict[int, FloatArray], row: dict[str, Any]) -> dict[int, Cue]:
    """Return who talks or points at a time, s."""
    cues: dict[int, Cue] = {}
    for event in log.events_of("point"):
        if event["time"] <= time and event["entity"] in places:
            cues.pop(event["entity"], None)
            if event["thing"]:
                k = int(np.flatnonzero(row["entity"] == THINGS + list(log.metadata["things"]).index(event["thing"]))[0])
                cues[event["entity"]] = make_cue("point", (float(row["x"][k]), float(row["y"][k]), 0.4))
    for event in log.events_of("speech"):
        speaker, listener = event["speaker"], event["to"]
        if event["start"] <= time <= event["end"] and speaker in places and speaker not in cues:
            others = [other for other in places if other != speaker]
            other = listener if listener in places else SUBJECT if speaker != SUBJECT else min(others, default=speaker)
            x, y = places[other].tolist()
            cues[speaker] = make_cue("talk", (x, y, MOUTH))
    return cues


def _write(
    picture: Picture, log: EpisodeLog, time: float, camera: Camera, labels: Sequence[tuple[str, FloatArray, bool]],
    names: dict[int, str],
) -> Picture:  # fmt: skip
    """Return a picture with names, what is said, and what was done last."""
    image = Image.fromarray(picture)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, WIDTH, BAR), fill=PAPER)
    pen.rectangle((0, HEIGHT - FOOT, WIDTH, HEIGHT), fill=PAPER)
    verdict = log.events_of("verdict")[0]
    title = f"{log.metadata['paradigm'].replace('_', ' ')} ({verdict['difficulty']})"
    pen.text((16, 8), title, font=font(22), fill=INK)
    pen.text((WIDTH - 90, 10), f"{time:4.1f} s", font=font(20), fill=FAINT)
    turn, eye = camera.pose[:3, :3], camera.pose[:3, 3]
    focal = 0.5 * camera.height / math.tan(0.5 * camera.fov)
    for name, spot, tested in labels:
        x, y, z = (spot - eye) @ turn
        u, v = WIDTH / 2 + focal * x / z, BAR + camera.height / 2 + focal * y / z
        word = "subject" if tested else name
        width = font(15).getlength(word)
        pen.text((u - width / 2, v - 18), word, font=font(15), fill=SUBJECT_INK if tested else INK, stroke_width=2,
                 stroke_fill=PAPER)  # fmt: skip
    y = HEIGHT - FOOT + 8
    said = [event for event in log.events_of("speech") if event["start"] <= time <= event["end"] + 1.5][-2:]
    for event in said:
        who = "subject" if event["speaker"] == SUBJECT else names.get(event["speaker"], "somebody")
        text = wrap(printable(f"{who}: {event['text']}"), font(20), WIDTH - 32, 1)[0]
        pen.text((16, y), text, font=font(20), fill=SUBJECT_INK if event["speaker"] == SUBJECT else INK)
        y += 27
    deeds = [event for event in log.events_of("deed") if time - 3.0 <= event["time"] <= time]
    if deeds:
        who = "subject" if deeds[-1]["entity"] == SUBJECT else names.get(deeds[-1]["entity"], "")
        pen.text((16, HEIGHT - 30), f"{who} {deeds[-1]['text']}", font=font(17), fill=FAINT)
    return np.array(image)


def _verdict(picture: Picture, log: EpisodeLog) -> Picture:
    """Return the last picture with what the predicates say."""
    checks = log.events_of("verdict")[0]["checks"]
    image = Image.fromarray((picture * 0.4).astype(np.uint8))
    pen = ImageDraw.Draw(image)
    passed = all(checks.values())
    pen.text((80, 90), "passed" if passed else "failed", font=font(40), fill=GOOD if passed else BAD)
    for k, (name, value) in enumerate(checks.items()):
        pen.text((80, 160 + 36 * k), f"{name}: {'yes' if value else 'no'}", font=font(24), fill=GOOD if value else BAD)
    return np.array(image)
