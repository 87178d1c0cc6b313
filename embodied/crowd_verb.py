"""`embodied crowd picture=FILE scale=M out=DIR`, or `scene=NAME`: a crowd for a place of which there is one picture."""

from __future__ import annotations

import math
import shlex
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from embodied.arguments import ASSETS, check_writable, new_folder, number, one_of, split, wants_help, whole
from embodied.results import read_results, write_results

if TYPE_CHECKING:
    from crowd.formats import TrajNet
    from crowd.site import Site
    from crowd.site_arrivals import Entrances
    from crowd.trajectory import CrowdTrajectory

Picture = npt.NDArray[np.uint8]

USAGE = """usage: embodied crowd picture=FILE scale=M out=DIR [key=value …]
       embodied crowd scene=NAME out=DIR [key=value …]

picture     a photograph, drawing or map of a place, from above or aslant
scale       metres per pixel, of a picture from straight above; or
homography  a text file: nine numbers, pixels (column, row, 1) to metres on the ground; or four or more lines
            `column row x y`: pixels of points whose metres are known
scene       plaza, street, office, station or corridor; scene.seed=0, scene.path=FILE for recording and mesh
out         folder for what comes out, by default runs/crowd/TIME

mask=FILE            where one can walk, instead of a guess: 0/255, 0/1 or ids of classes, as large as the picture
segmenter=small      who guesses: small (a network), opencv (no network), hub, or the name of a model on the hub
people=NUMBER        present on average; by default 3 in 100 m^2, or what plan_diffusion expects of a picture
seconds=60           that are simulated
model=plan_diffusion who walks: plan_diffusion or crowdes, which also say who comes to a picture, or social_force
assets=all           permissive: nothing that is for research only; social_force instead of what was learned
weights=FILE         of plan_diffusion or crowdes, by `embodied train crowd`, others than those that are shipped
seed=0               of all that is drawn"""
KEYS = (
    "picture", "scale", "homography", "scene", "scene.seed", "scene.path", "out", "mask", "segmenter", "people",
    "seconds", "model", "assets", "weights", "seed",
)  # fmt: skip
OF_PICTURES, OF_SCENES = ("scale", "homography", "mask", "segmenter"), ("scene.seed", "scene.path")
MODELS = ("plan_diffusion", "social_force", "crowdes")
STEP, RATE_HZ = 0.1, 5  # s of a step of the model, rows a second of the files
TRAJNET_HZ, TRAJNET_ROWS = 2.5, 21  # rows a second and in a scene: 9 seen, 12 to predict (Kothari et al., 2021)
LONGEST = 600.0  # s
FILMED = 60.0  # s at most


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Place:
    """Where: a site, its picture, its entrances as far as they are known, and who said what lies where."""

    site: Site
    picture: Picture
    entrances: Entrances | None
    segmenter: str


def run(arguments: Sequence[str]) -> int:
    """Make the crowd, write it, and return the exit code.

    Raises:
        FileNotFoundError, ValueError: bad input, in one line; nothing is written.
    """
    if (code := wants_help(arguments, USAGE)) is not None:
        return code
    from crowd.ground import Ground
    from crowd.site_arrivals import find_entrances, usual_people

    started = time.perf_counter()
    _, given = split("crowd", arguments, KEYS)
    seed = whole(given, "seed", 0)
    seconds = number(given, "seconds", 60.0, low=1.0, high=LONGEST, hint="; make several of other seeds")
    model, assets = one_of(given, "model", MODELS), one_of(given, "assets", ASSETS)
    if assets == "permissive" and (model == "plan_diffusion" or "weights" not in given):
        model = "social_force"  # by name: results.json says so
    if model == "crowdes" and "people" in given:
        raise ValueError("people: of no use for model=crowdes, which says itself how many come; leave it out")
    if model == "social_force" and "weights" in given:
        raise ValueError("weights: of no use for model=social_force; leave it out")
    asked = whole(given, "people", 1, least=1)
    out = _own_folder(given.get("out"))
    place = find_place(given, seed)
    site = place.site
    ground, entrances = None, place.entrances
    if entrances is None and model == "social_force":
        ground = Ground(site.walkable)
        entrances = find_entrances(site, ground)
    people = asked if "people" in given else usual_people(site) if entrances is not None else None
    trajectory = walk(site, model, given.get("weights"), people, seconds, seed, entrances, ground)
    files, metrics = _write(out, place, entrances, trajectory, arguments, seed, started, model)
    origin = f"where {model} has it" if entrances is None else f"{len(entrances.positions)} places ({entrances.rule})"
    print(
        f"{metrics['people']:.0f} people in {seconds:g} s, {metrics['present']:.1f} at a time, on "
        f"{metrics['walkable']:.0f} m^2; they come from {origin}"
    )
    for what, name in files.items():
        print(f"{what:<10} {out / name}")
    return 0


def find_place(given: Mapping[str, str], seed: int) -> _Place:
    """Return the place that the arguments name.

    Raises:
        FileNotFoundError, ValueError: there is none, or what is said of it contradicts itself.
    """
    if ("picture" in given) == ("scene" in given):
        raise ValueError("crowd: expected either picture=FILE or scene=NAME; see --help")
    foreign = OF_SCENES if "picture" in given else OF_PICTURES
    if extra := [key for key in foreign if key in given]:
        raise ValueError(f"{extra[0]}: of no use with {'picture' if 'picture' in given else 'scene'}=; leave it out")
    return _of_picture(given) if "picture" in given else _of_scene(given, seed)


def _of_picture(given: Mapping[str, str]) -> _Place:
    from crowd.picture import read_homography, read_mask, read_picture, scale_homography, site_of_picture
    from crowd.segmentation import DEFAULT, SEGMENTERS, HubSegmenter, Segmenter

    if ("scale" in given) == ("homography" in given):
        raise ValueError("crowd: expected either scale=METRES_PER_PIXEL or homography=FILE with a picture; see --help")
    picture = read_picture(given["picture"])
    if "scale" in given:
        homography = scale_homography(number(given, "scale", low=0.0, hint=", e.g. scale=0.05"), picture.shape[0])
    else:
        homography = read_homography(given["homography"])
    mask = read_mask(given["mask"], picture.shape[:2]) if "mask" in given else None
    name = given.get("segmenter", DEFAULT)
    segmenter: Segmenter | None = None
    if mask is None:
        if name not in SEGMENTERS and "/" not in name and not Path(name).is_dir():
            raise ValueError(f"segmenter={name}: expected {', '.join(SEGMENTERS)}, or a model of the hub, OWNER/NAME")
        segmenter = SEGMENTERS[name]() if name in SEGMENTERS else HubSegmenter(model=name)
    site = site_of_picture(picture, homography, name=Path(given["picture"]).stem, segmenter=segmenter, mask=mask)
    return _Place(site=site, picture=picture, entrances=None, segmenter=name if mask is None else "mask")


def _of_scene(given: Mapping[str, str], seed: int) -> _Place:
    from embodied.place import Place, build_scene
    from embodied.scene_site import entrances_of_scene, site_of_scene
    from scenes.families import SCENES

    name = given["scene"]
    if name not in SCENES:
        raise ValueError(f"scene={name}: expected one of {', '.join(SCENES)}")
    by_path = name in ("recording", "mesh")
    if by_path != ("scene.path" in given):
        what = "scene.path=FILE, got none" if by_path else "no scene.path, it is for recording and mesh"
        raise ValueError(f"scene={name}: expected {what}; see --help")
    options = (("path", given["scene.path"]),) if by_path else ()
    scene = build_scene(Place(name=name, seed=whole(given, "scene.seed", seed), options=options))
    site, picture = site_of_scene(scene)
    return _Place(site=site, picture=picture, entrances=entrances_of_scene(scene), segmenter="scene")


def walk(
    site: Site,
    model: str,
    weights: str | None,
    people: int | None,
    seconds: float,
    seed: int,
    entrances: Entrances | None,
    ground: object = None,
) -> CrowdTrajectory:
    """Return who was there, RATE_HZ rows a second; nobody is outside of the picture.

    Args:
        site: where. model: one of MODELS. weights: its file, or None.
        people: present on average; None: as many as the model expects.
        seconds: to simulate. seed: of all that is drawn.
        entrances: where people come from; None: where the model has it, which social_force does not know.
        ground: of `site.walkable`, if there is one already.

    Raises:
        FileNotFoundError, ValueError: the weights are of no use, no two entrances are joined, or nobody came.
    """
    from crowd.data import record
    from crowd.evaluation import NOBODY
    from crowd.ground import Ground
    from crowd.models import CROWD_MODELS
    from crowd.site_arrivals import arrivals_for
    from embodied.seeding import stream

    if model == "crowdes":
        import torch

        from crowd.crowdes import CrowdES
        from crowd.crowdes_weights import WEIGHTS as LEARNED

        draws = torch.Generator().manual_seed(int(stream(seed, "crowd").integers(2**62)))
        made, _ = CrowdES(weights or LEARNED, site).simulate(seconds, draws)
        return _in_the_picture(site, made)
    if entrances is None:
        from crowd import planned
        from crowd.generation import WEIGHTS, Generator

        plans = planned.WEIGHTS if weights is None else Path(weights)
        generator = Generator(site=site, emitter=WEIGHTS, plans=plans)
        return _in_the_picture(site, generator.generate(seconds, stream(seed, "crowd"), people=people))
    assert people is not None and (ground is None or isinstance(ground, Ground))
    arrivals = arrivals_for(site, people, seconds, stream(seed, "crowd"), entrances=entrances, ground=ground)
    options = {} if weights is None else {"weights": Path(weights)}
    walker = CROWD_MODELS[model](**options)
    state = walker.reset(site.walkable, arrivals, stream(seed, "crowd", 2))
    states, every = [state], round(1.0 / (RATE_HZ * STEP))
    for step in range(1, math.floor(seconds / STEP + 1e-6) + 1):
        state = walker.step(STEP, NOBODY, {})
        if step % every == 0:
            states.append(state)
    return _in_the_picture(site, record([k / RATE_HZ for k in range(len(states))], states))


def _in_the_picture(site: Site, made: CrowdTrajectory) -> CrowdTrajectory:
    """Return the rows inside of the picture, of whoever has two or more."""
    from dataclasses import replace

    valid = made.valid & site.inside(made.positions)
    kept = valid.sum(axis=0) >= 2
    if not kept.any():
        raise ValueError(f"{site.name}: expected somebody to come, nobody did; give more people or seconds")
    valid = valid[:, kept]
    positions = np.where(valid[..., None], made.positions[:, kept], np.nan)
    return replace(made, person_ids=made.person_ids[kept], positions=positions, valid=valid)


def _write(
    out: Path, place: _Place, entrances: Entrances | None, trajectory: CrowdTrajectory, arguments: Sequence[str],
    seed: int, started: float, model: str,
) -> tuple[dict[str, str], dict[str, float]]:  # fmt: skip
    """Write everything beside its place, put it there when complete, and return files and metrics."""
    from crowd.formats import write_crowdes_csv, write_traj_csv, write_trajnet
    from crowd.site import PEDESTRIAN, Recording
    from embodied.crowd_pictures import FILM_HZ, draw_classes, draw_film, draw_tracks
    from embodied.video import encode

    site = place.site
    files = {
        "picture": "background.png", "walkable": "segmentation.png", "classes": "classes.png",
        "homography": "H_image_to_world.txt", "tracks": "traj.csv", "crowdes": "crowdes.csv",
        "trajnet": "trajnet.ndjson", "overlay": "overlay.png", "ways": "tracks.png", "video": "video.mp4",
        "results": "results.json",
    }  # fmt: skip
    out.parent.mkdir(parents=True, exist_ok=True)
    draft = out.with_name(f".{out.name}.partial")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    try:
        _save(draft / files["picture"], place.picture[..., ::-1])
        _save(draft / files["walkable"], np.where(site.walked, 255, 0).astype(np.uint8))
        _save(draft / files["classes"], site.semantic)
        text = "\n".join(" ".join(repr(float(v)) for v in row) for row in site.homography)
        (draft / files["homography"]).write_text(text + "\n", encoding="utf-8")
        write_traj_csv(draft / files["tracks"], trajectory)
        types = np.full(len(trajectory.person_ids), PEDESTRIAN)
        recording = Recording(site=site, trajectory=trajectory, types=types)
        write_crowdes_csv(draft / files["crowdes"], recording, RATE_HZ)
        write_trajnet(draft / files["trajnet"], _trajnet(trajectory))
        _save(draft / files["overlay"], draw_classes(site, place.picture, entrances)[..., ::-1])
        _save(draft / files["ways"], draw_tracks(site, place.picture, trajectory)[..., ::-1])
        shown = _until(trajectory, FILMED)
        encode(draft / files["video"], draw_film(site, place.picture, shown, site.name), Fraction(FILM_HZ))
        metrics = measure(site, trajectory)
        row = {
            "model": model, "scene": site.name, "segmenter": place.segmenter, "people": len(trajectory.person_ids),
            "n": int(trajectory.valid.sum()), "metrics": {key: {"value": v} for key, v in metrics.items()},
        }  # fmt: skip
        listed = {what: name for what, name in files.items() if what != "results"}
        write_results(
            draft / files["results"], verb="crowd", command=shlex.join(["embodied", "crowd", *arguments]), seed=seed,
            seconds=time.perf_counter() - started, rows=[row], files=listed,
        )  # fmt: skip
        if out.is_dir():
            for path in draft.iterdir():
                path.replace(out / path.name)
        else:
            draft.replace(out)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return files, metrics


def measure(site: Site, trajectory: CrowdTrajectory) -> dict[str, float]:
    """Return what there is to say of a crowd: counts, metres, m/s and shares of person-frames."""
    from scipy.spatial import cKDTree

    points = trajectory.positions[trajectory.valid]
    steps = np.diff(trajectory.positions, axis=0)
    paces = np.hypot(steps[..., 0], steps[..., 1]) / np.diff(trajectory.times)[:, None]
    near = touching = 0
    for positions, valid in zip(trajectory.positions, trajectory.valid, strict=True):
        if valid.sum() > 1:
            gap = cKDTree(positions[valid]).query(positions[valid], k=2)[0][:, 1]
            near, touching = near + len(gap), touching + int((gap < 0.2).sum())
    return {
        "people": float(len(trajectory.person_ids)),
        "present": float(trajectory.valid.sum(axis=1).mean()),
        "walkable": float(site.walkable.area),
        "speed": float(np.nanmean(paces)),
        "off_ground": float(1.0 - site.free(points).mean()),
        "col_02": touching / max(near, 1),
    }


def _trajnet(trajectory: CrowdTrajectory) -> TrajNet:
    from crowd.formats import TrajNet, TrajNetScene
    from crowd.trajectory import CrowdTrajectory

    stride = round(RATE_HZ / TRAJNET_HZ)
    thin = CrowdTrajectory(
        times=trajectory.times[::stride], person_ids=trajectory.person_ids,
        positions=trajectory.positions[::stride], valid=trajectory.valid[::stride],
    )  # fmt: skip
    scenes: list[TrajNetScene] = []
    for column, person in enumerate(thin.person_ids.tolist()):
        rows = np.flatnonzero(thin.valid[:, column])
        for first in range(0, len(rows) - TRAJNET_ROWS + 1, TRAJNET_ROWS):
            start, end = int(rows[first]), int(rows[first + TRAJNET_ROWS - 1])
            scenes.append(TrajNetScene(scene_id=len(scenes), person=person, start=start, end=end, fps=TRAJNET_HZ))
    return TrajNet(trajectory=thin, scenes=tuple(scenes), predictions=(), frame_rate=TRAJNET_HZ)


def _until(trajectory: CrowdTrajectory, seconds: float) -> CrowdTrajectory:
    from dataclasses import replace

    rows = trajectory.times <= trajectory.times[0] + seconds + 1e-9
    return replace(
        trajectory, times=trajectory.times[rows], positions=trajectory.positions[rows], valid=trajectory.valid[rows]
    )


def _save(path: Path, picture: Picture) -> None:
    if not cv2.imwrite(str(path), np.ascontiguousarray(picture)):
        raise OSError(f"{path}: could not be written; is there space?")


def _own_folder(text: str | None) -> Path:
    """Return the folder to write into.

    Raises:
        ValueError: something else lies there.
    """
    out = Path(text) if text else new_folder("crowd")
    check_writable(out)
    old = out / "results.json"
    if out.is_dir() and any(out.iterdir()) and not (old.is_file() and read_results(old)["verb"] == "crowd"):
        raise ValueError(f"out={out}: expected an empty folder or one of this verb, got other files; choose another")
    return out
