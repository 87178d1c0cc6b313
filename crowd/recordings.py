"""Recordings of real crowds: the folders of the trajectory pack as `Recording`.

The world of each is right-handed, metres, z up, so that seen from above the picture is never a mirror image:

    eth_ucy  as the pack has it; its homographies turn the rows of the picture upward already.
    sdd      x = scale * column, y = scale * (height - row): estimated_scales.yaml has one scale a video. The pack's own
             metres point y down (a left-handed world); they are those of the boxes' centres, scale * (column, row).
    gcs      the homography of the pack, with x and y exchanged: as it stands its ground is a mirror image.
    edin     x = 0.0247 * column, y = 0.0247 * (480 - row): 24.7 mm a pixel, about 9 frames a second. The picture of the
             pack is a figure with tracks drawn on it and margins around: it shows other pixels and is not read.

People are kept where the picture shows them, with at least two samples. Whoever is out of it, or lost, for more than
GAP seconds comes back as somebody new, with an id above those of the file.

Sources: Pellegrini et al., ICCV 2009 (eth, hotel); Lerner et al., 2007 (univ, zara); Robicquet et al., ECCV 2016 (sdd);
Zhou et al., CVPR 2011, and Yi et al., CVPR 2015 (gcs); Majecka, 2009 (edin). Splits as in CrowdES, arXiv 2504.04756.
"""

from __future__ import annotations

import gzip
import json
import math
import re
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import yaml

from crowd.data import read_traj_csv, resample
from crowd.site import BUILDING, PEDESTRIAN, RIDER, SIDEWALK, VEHICLE, Recording, Site
from crowd.trajectory import CrowdTrajectory, FloatArray

Mask = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

GAP = 3.0  # s that a person may be out of the picture, or lost, and still be the same
RATE_HZ = 5.0  # of `five_hz`, as CrowdES simulates
LARGEST = 150_000_000  # times x people of one recording: 2.4 GB of positions

ETH_UCY = ("eth", "hotel", "univ", "univ001", "zara1", "zara2", "zara3")
EXTRA = ("uni_examples",)  # read, but in no fold: the place of univ, and not in the lists of CrowdES
FOLDS = {"eth": ("eth",), "hotel": ("hotel",), "univ": ("univ", "univ001"), "zara1": ("zara1",), "zara2": ("zara2",)}
PICTURES = {"univ001": "univ", "uni_examples": "univ", "zara3": "zara2"}  # whose picture shows the same place

GCS = ("gcs",)
GCS_END = 100_000  # the last frame with official labels
GCS_TRAIN, GCS_TEST = (0.0, 3200.0), (3200.0, math.inf)  # s: the first 80 % and the rest, for `seconds`
GCS_STEP, GCS_FPS, GCS_JUMP = 20, 25.0, 200.0  # frames between two annotations, 1/s, pixels

EDIN = ("edin/01Jul", "edin/01Aug")
EDIN_SHAPE, EDIN_SCALE, EDIN_FPS = (480, 640), 0.0247, 9.0  # pixels, m per pixel, 1/s

SDD_FPS, SDD_STEP = 30.0, 12  # 1/s, frames between two samples of the metres
SDD_LEAP = 2.0  # m in one such step, 5 m/s: farther apart two windows are not one person's
SDD_TYPES = {
    "Pedestrian": PEDESTRIAN, "Biker": RIDER, "Skater": RIDER, "Cart": VEHICLE, "Car": VEHICLE, "Bus": VEHICLE,
}  # fmt: skip


def _videos(kind: str, text: str) -> tuple[str, ...]:
    places = (words.split() for words in text.split(","))
    return tuple(f"{kind}/{place}_{video}" for place, *videos in places for video in videos)


SDD_TEST = _videos("sdd", "coupa 0 1, gates 2, hyang 0 1 3 8, little 0 1 2 3, nexus 5 6, quad 0 1 2 3")
SDD_TRAIN = _videos(
    "sdd",
    "bookstore 0 1 2 3, coupa 3, deathCircle 0 1 2 3 4, gates 0 1 3 4 5 6 7 8, hyang 4 5 6 7 9, nexus 0 1 3 4 7 8 9",
)
SDD_FULL = _videos(
    "sdd-full",
    "deathCircle 2 4, gates 2 4 5 6 7 8, hyang 7 8 9 12 13 14, little 0, nexus 3 4 5 10, quad 0 1 2 3",
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Rows:
    """What a file tells: (n,) ids, (n,) seconds, (n, 2) metres, (n,) types or PEDESTRIAN all."""

    persons: IntArray
    times: FloatArray
    points: FloatArray
    types: IntArray | None = None


def training_recordings(fold: str) -> tuple[str, ...]:
    """Return the recordings of ETH/UCY to learn from when `fold` is tested: all of ETH_UCY but those tested.

    That is the split of CrowdES: zara2 and zara3 stay for the fold zara1, zara1 and zara3 for zara2; univ and univ001,
    one place, are tested together. uni_examples, that place too, is in none.

    Raises:
        ValueError: there is no such fold.
    """
    if fold not in FOLDS:
        raise ValueError(f"fold: expected one of {', '.join(FOLDS)}, got {fold!r}; name one")
    return tuple(name for name in ETH_UCY if name not in FOLDS[fold])


def read_recording(
    root: Path, name: str, *, mask: Mask | None = None, seconds: tuple[float, float] | None = None
) -> Recording:
    """Read one recording of the pack.

    Args:
        root: the folder of the pack.
        name: one of ETH_UCY, EXTRA, GCS, EDIN, SDD_TRAIN, SDD_TEST (2.5 Hz, pedestrians only) or SDD_FULL (30 Hz, with
            types).
        mask: (H, W) bool, where people walk, at the pixels of the picture: SIDEWALK; elsewhere BUILDING, which stands
            for whatever is closed. None: the pack's own mask for ETH_UCY and EXTRA (1 open, 0 closed); the others have
            none, and there the whole picture is open. A mask may be made of what is known for training only.
        seconds: keep start <= time < end; None: everything. Ids and times do not depend on it.

    Returns:
        The recording, with the times of the file: seconds from the first row (ETH_UCY), else frame / frames a second.

    Raises:
        FileNotFoundError: the pack lacks a file.
        ValueError: there is no such recording, nobody is left of it, it is too large, or a file or the mask is
            malformed.
    """
    root = Path(root)
    group, _, rest = name.partition("/")
    if name in ETH_UCY + EXTRA:
        site, rows = _eth_ucy(root, name, mask)
    elif name in GCS:
        site, rows = _gcs(root, mask)
    elif group == "edin" and rest:
        site, rows = _edin(root, rest, mask)
    elif group in ("sdd", "sdd-full") and rest:
        site = _sdd_site(root, name, rest, mask)
        rows = (_sdd_full if group == "sdd-full" else _sdd_metres)(root, rest, site)
    else:
        known = ", ".join((*ETH_UCY, *EXTRA, *GCS))
        raise ValueError(
            f"recording: expected {known}, edin/DAY, sdd/SCENE_VIDEO or sdd-full/SCENE_VIDEO, got {name!r}; name one"
        )
    return _recording(site, rows, seconds)


def five_hz(recording: Recording) -> Recording:
    """Return `recording` every 0.2 s from its first time on, by PCHIP, nobody beyond first and last sample.

    Where the curve leaves the picture between two samples in it, the straight line between them is taken. People with
    fewer than two samples at 5 Hz are left out.

    Raises:
        ValueError: nobody is left, or it would be too large: read fewer `seconds`.
    """
    old, site = recording.trajectory, recording.site
    people = len(old.person_ids)
    _check_size(site.name, math.floor((old.times[-1] - old.times[0]) * RATE_HZ + 1e-6) + 1, people)
    new = resample(old, 1.0 / RATE_HZ)
    positions, outside = new.positions, np.zeros_like(new.valid)
    outside[new.valid] = ~site.inside(positions[new.valid])
    for column in np.flatnonzero(outside.any(axis=0)):
        out, known = outside[:, column], old.valid[:, column]
        for axis in (0, 1):
            samples = old.positions[known, column, axis]
            positions[out, column, axis] = np.interp(new.times[out], old.times[known], samples)
    kept = new.valid.sum(axis=0) >= 2
    if not kept.any():
        raise ValueError(f"{site.name}: expected somebody with two samples at 5 Hz, got nobody; read a longer stretch")
    trajectory = CrowdTrajectory(
        times=new.times, person_ids=new.person_ids[kept], positions=positions[:, kept], valid=new.valid[:, kept]
    )
    return Recording(site=site, trajectory=trajectory, types=recording.types[kept])


def gather(name: str, persons: IntArray, times: FloatArray, points: FloatArray) -> CrowdTrajectory:
    """Return rows, in any order, as a trajectory; `name` is for messages.

    Args:
        name: of the recording or file.
        persons: (n,) ids.
        times: (n,) seconds.
        points: (n, 2) metres.

    Raises:
        ValueError: a person has two rows at one time, or the result would be too large.
    """
    clock, row = np.unique(times, return_inverse=True)
    person_ids, column = np.unique(persons, return_inverse=True)
    _check_size(name, len(clock), len(person_ids))
    valid = np.zeros((len(clock), len(person_ids)), np.bool_)
    valid[row, column] = True
    if valid.sum() != len(persons):
        _, first = np.unique(row * len(person_ids) + column, return_index=True)
        double = np.setdiff1d(np.arange(len(persons)), first)[0]
        raise ValueError(
            f"{name}: expected one row of a person at a time, got two of {persons[double]} at {times[double]:g} s; "
            "drop one"
        )
    positions = np.full((*valid.shape, 2), np.nan)
    positions[row, column] = points
    return CrowdTrajectory(times=clock, person_ids=person_ids, positions=positions, valid=valid)


def _check_size(name: str, times: int, people: int) -> None:
    if times * people > LARGEST:
        raise ValueError(
            f"{name}: expected at most {LARGEST} times x people, got {times} x {people}; read fewer `seconds` at once"
        )


def _recording(site: Site, rows: _Rows, seconds: tuple[float, float] | None) -> Recording:
    """Cut the rows to the picture, split them at gaps, and keep who has two samples or more."""
    order = np.lexsort((rows.times, rows.persons))
    order = order[site.inside(rows.points[order])]
    persons, times = rows.persons[order], rows.times[order]
    begins = (np.diff(persons, prepend=persons[:1]) != 0) | (np.diff(times, prepend=times[:1]) > GAP + 1e-6)
    begins[:1] = True
    ids = persons[begins]
    again = np.diff(ids, prepend=ids[:1] - 1) == 0
    ids[again] = rows.persons.max(initial=0) + 1 + np.arange(again.sum())
    persons = ids[np.cumsum(begins) - 1]
    if seconds is not None:
        chosen = (times >= seconds[0]) & (times < seconds[1])
        order, persons, times = order[chosen], persons[chosen], times[chosen]
    _, column, count = np.unique(persons, return_inverse=True, return_counts=True)
    chosen = count[column] >= 2
    if not chosen.any():
        raise ValueError(
            f"{site.name}: expected somebody with two samples in the picture, got nobody; look at `seconds` and the "
            "homography"
        )
    order = order[chosen]
    trajectory = gather(site.name, persons[chosen], times[chosen], rows.points[order])
    types = np.full(len(trajectory.person_ids), PEDESTRIAN)
    if rows.types is not None:
        types[np.searchsorted(trajectory.person_ids, persons[chosen])] = rows.types[order]
    return Recording(site=site, trajectory=trajectory, types=types)


def _site(name: str, shape: tuple[int, ...], homography: FloatArray, mask: Mask | None) -> Site:
    if mask is None:
        mask = np.ones(shape, np.bool_)
    if mask.shape != shape or mask.dtype != np.bool_:
        raise ValueError(
            f"{name}: mask: expected {shape} bool, got {mask.shape} {mask.dtype}; give one value a pixel of the picture"
        )
    return Site(name=name, semantic=np.where(mask, SIDEWALK, BUILDING).astype(np.uint8), homography=homography)


def _eth_ucy(root: Path, name: str, mask: Mask | None) -> tuple[Site, _Rows]:
    folder = root / "eth_ucy" / name
    picture = _image(root / "eth_ucy" / PICTURES.get(name, name) / "segmentation.png")
    site = _site(name, picture.shape, _table(folder / "H_image_to_world.txt", 3), picture > 0 if mask is None else mask)
    table = read_traj_csv(folder / "traj.csv")
    columns, times = np.nonzero(table.valid.T)
    persons = table.person_ids[columns]
    return site, _Rows(persons=persons, times=table.times[times], points=table.positions[times, columns])


def _gcs(root: Path, mask: Mask | None) -> tuple[Site, _Rows]:
    path = root / "gcs/H.json"
    try:
        homography = np.array(json.loads(_found(path).read_text(encoding="utf-8"))["homog"], np.float64)[[1, 0, 2]]
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise ValueError(
            f'{path}: expected {{"homog": 3 x 3 numbers}}, got something else ({error}); take it anew'
        ) from error
    site = _site("gcs", _image(root / "gcs/reference.jpg").shape, homography, mask)
    table = _table(root / "gcs/tracks.csv.gz", 4, delimiter=",", header="file_id,frame,x_px,y_px")
    table = table[table[:, 1] <= GCS_END]
    table = table[np.lexsort((table[:, 1], table[:, 0]))]
    steps = np.diff(table, axis=0)
    new = (steps[:, 0] != 0) | (steps[:, 1] > GCS_STEP) | (np.hypot(steps[:, 2], steps[:, 3]) > GCS_JUMP)
    persons = 1 + np.concatenate([[0], np.cumsum(new)])[: len(table)]
    return site, _Rows(persons=persons, times=table[:, 1] / GCS_FPS, points=site.to_metres(table[:, 2:]))


def _edin(root: Path, day: str, mask: Mask | None) -> tuple[Site, _Rows]:
    height = EDIN_SCALE * EDIN_SHAPE[0]
    homography = np.array([[EDIN_SCALE, 0.0, 0.0], [0.0, -EDIN_SCALE, height], [0.0, 0.0, 1.0]])
    site = _site(f"edin/{day}", EDIN_SHAPE, homography, mask)
    path = _found(root / "edin" / f"tracks.{day}.txt.gz")
    counts: dict[int, int] = {}
    tracks: dict[int, FloatArray] = {}
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip() or line.startswith("%"):
                continue
            what = re.fullmatch(r"\s*(Properties|TRACK)\.R(\d+)\s*=\s*\[(.*)\]\s*;?\s*", line)
            try:
                if what is None:
                    raise ValueError(line.strip()[:40])
                person = int(what[2])
                if what[1] == "Properties":
                    counts[person] = int(what[3].split()[0])
                    continue
                track = np.array([part.strip(" []").split() for part in what[3].split(";") if part.strip()], np.float64)
                if track.shape != (counts.get(person, len(track)), 3) or not np.isfinite(track).all():
                    raise ValueError(f"{len(track)} samples where Properties have {counts.get(person)}")
            except (ValueError, IndexError) as error:
                raise ValueError(
                    f"{path}:{number}: expected Properties.R<k>=[n first last ...] or TRACK.R<k>=[[x y frame];...], "
                    f"got {error}; repair or drop the track"
                ) from error
            tracks[person] = track[np.unique(track[:, 2], return_index=True)[1]]  # some have one frame twice
    if not tracks:
        raise ValueError(f"{path}: expected tracks, got none; take the file anew")
    table = np.concatenate(list(tracks.values()))
    persons = np.repeat(np.array(list(tracks), np.int64), [len(track) for track in tracks.values()])
    return site, _Rows(persons=persons, times=table[:, 2] / EDIN_FPS, points=site.to_metres(table[:, :2]))


def _sdd_site(root: Path, name: str, video: str, mask: Mask | None) -> Site:
    path = root / "sdd/estimated_scales.yaml"
    place, _, number = video.rpartition("_")
    try:
        scale = float(yaml.safe_load(_found(path).read_text(encoding="utf-8"))[place][f"video{number}"]["scale"])
    except (KeyError, TypeError, ValueError, yaml.YAMLError) as error:
        raise ValueError(f"{path}: expected a scale of {video}, got none; name a video of it") from error
    shape = _image(root / "sdd/reference" / f"{video}.jpg").shape
    homography = np.array([[scale, 0.0, 0.0], [0.0, -scale, scale * shape[0]], [0.0, 0.0, 1.0]])
    return _site(name, shape, homography, mask)


def _sdd_metres(root: Path, video: str, site: Site) -> _Rows:
    """Read the metres of SocialVAE and put each person together again.

    They are windows of 20 samples, each under an id of its own: those of one person follow one another without a gap
    under ids that do so too. What was left over at the end of a person, up to 19 samples, is not in them; stretches
    where a person was lost are filled in, about 6 % of the samples.
    """
    paths = [root / "sdd" / f"{part}__{video}.txt.gz" for part in ("train", "test")]
    table = _table(next((path for path in paths if path.is_file()), paths[0]), 4)
    table = table[np.lexsort((table[:, 0], table[:, 1]))]
    steps = np.diff(table, axis=0)
    near = np.hypot(steps[:, 2], steps[:, 3]) < SDD_LEAP
    follows = (steps[:, 1] == 1) & (steps[:, 0] == SDD_STEP) & near
    windows = np.concatenate([[True], steps[:, 1] != 0])[: len(table)]  # where one begins
    first = windows & ~np.concatenate([[False], follows])[: len(table)]  # and no other went before
    persons = table[first, 1].astype(np.int64)[np.cumsum(first) - 1]
    points = np.stack([table[:, 2], site.homography[1, 2] - table[:, 3]], axis=1)
    return _Rows(persons=persons, times=table[:, 0] / SDD_FPS, points=points)


def _sdd_full(root: Path, video: str, site: Site) -> _Rows:
    path = root / "sdd/fullrate" / f"{video}.txt.gz"
    layout = np.dtype([("numbers", np.float64, (9,)), ("label", "U16")])
    what = 'track xmin ymin xmax ymax frame lost occluded generated "label"'
    try:
        table = np.loadtxt(_found(path), dtype=layout, quotechar='"', ndmin=1)
    except ValueError as error:
        raise ValueError(f"{path}: expected rows {what}, got {error}; repair the row") from error
    unknown = np.flatnonzero(~np.isin(table["label"], list(SDD_TYPES)))
    if len(unknown):
        raise ValueError(
            f"{path}:{unknown[0] + 1}: expected a label of {', '.join(SDD_TYPES)}, got {table['label'][unknown[0]]}; "
            "map it to one of them"
        )
    names, place = np.unique(table["label"], return_inverse=True)
    types = np.array([SDD_TYPES[str(name)] for name in names], np.int64)[place]
    numbers = _finite(table["numbers"], path, 1)
    seen = numbers[:, 6] == 0
    numbers = numbers[seen]
    centres = site.to_metres((numbers[:, 1:3] + numbers[:, 3:5]) / 2.0)
    persons = numbers[:, 0].astype(np.int64)
    return _Rows(persons=persons, times=numbers[:, 5] / SDD_FPS, points=centres, types=types[seen])


def _found(path: Path) -> Path:
    if not path.is_file():
        raise FileNotFoundError(
            f"{path}: expected a file of the trajectory pack, found none; see the README of the pack"
        )
    return path


def _image(path: Path) -> npt.NDArray[np.uint8]:
    picture = cv2.imread(str(_found(path)), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        raise ValueError(f"{path}: expected a picture, got something else; take the file anew")
    return np.asarray(picture, np.uint8)


def _table(path: Path, columns: int, *, delimiter: str | None = None, header: str = "") -> FloatArray:
    try:
        table = np.loadtxt(_found(path), delimiter=delimiter, skiprows=1 if header else 0, ndmin=2)
    except ValueError as error:
        raise ValueError(f"{path}: expected rows of {columns} numbers {header}, got {error}; repair the row") from error
    if table.shape[1] != columns or len(table) == 0:
        raise ValueError(f"{path}: expected rows of {columns} numbers {header}, got {table.shape}; repair the file")
    return _finite(table, path, 2 if header else 1)


def _finite(table: FloatArray, path: Path, first: int) -> FloatArray:
    bad = np.flatnonzero(~np.isfinite(table).all(axis=1))
    if len(bad):
        raise ValueError(
            f"{path}:{first + bad[0]}: expected finite numbers, got {table[bad[0]].tolist()}; drop the row"
        )
    return table
