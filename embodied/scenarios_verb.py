"""`embodied scenarios`: safety scenarios from a seed, with pictures of every hazard as it is and once it is dealt with.

Each is a record of X-CASE with the grounding beside it (`safety/scenario.py`): a party, a chain of harmless steps that
do harm together, or a day with a guide who lies. A picture of an activity is that of its hazard: dangerous in the
unsafe plan, a chain's as what it comes to, and dealt with in the safe one; in both as it is in that hour where a guide
speaks of it. Hours about no hazard show the place from where the first hazard is seen, dealt with.
"""

from __future__ import annotations

import io
import shlex
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from embodied.arguments import listed, new_folder, one_of, resumed_folder, split, wants_help, whole
from embodied.claim import locked_folder
from embodied.party.families import CHAIN_CATEGORIES, chains_about, settle_chain, settle_liar
from embodied.party.pictures import STATES, take_pictures
from embodied.party.place import FAMILIES, Settled, layout_of, settle
from embodied.pool import carry_out
from embodied.results import write_results
from motion.files import write_whole
from safety.scenario import CATEGORIES, Activity, Scenario, check_pictures
from safety.scenario import FAMILIES as KINDS
from safety.scenario_files import read_scenarios, write_scenarios

KEYS = ("family", "number", "seed", "scene", "category", "size", "workers", "out")
QUALITY = 88  # of JPEG
USAGE = f"""usage: embodied scenarios number=N [key=value …]

safety scenarios with pictures: hazards in our scenes, an unsafe day among them and its safe counterpart

keys and their values here:
  family=party  party; chain: a harmful goal in harmless steps; liar: a guide who says what is false of hazards
  number=100    how many, of all categories or chains in turn
  seed=0        of the first
  scene=all     some of {", ".join(FAMILIES)}
  category=all  some of the {len(CATEGORIES)} categories, of chains some of {len(CHAIN_CATEGORIES)}; not with liars
  size=256      pixels of a picture, square; 0: no pictures
  workers=1     processes; they change nothing but the time
  out=null      folder; null: runs/scenarios/<time>; the same command goes on where it stopped

leaves scenarios.jsonl, pictures/ and results.json"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One scenario. `about`: category of a party, name of a chain, nothing for a liar."""

    seed: int
    family: str
    about: str
    families: tuple[str, ...]
    size: int
    out: Path


def run(arguments: Sequence[str]) -> int:
    """Run the verb and return its exit code.

    Raises:
        ValueError: bad input, in one line.
    """
    if (code := wants_help(arguments, USAGE)) is not None:
        return code
    started = time.perf_counter()
    _, given = split("scenarios", arguments, KEYS)
    number, seed = whole(given, "number", 100, least=1), whole(given, "seed", 0)
    family, families = one_of(given, "family", KINDS), listed(given, "scene", FAMILIES)
    about = listed_subjects(family, given)
    size, workers = whole(given, "size", 256), whole(given, "workers", 1, least=1)
    if 0 < size < 32:
        raise ValueError(f"size={size}: expected 0 for no pictures, or 32 pixels and more")
    out = Path(given["out"]) if "out" in given else new_folder("scenarios")
    resumed_folder(out, {key: given[key] for key in KEYS if key in given and key not in ("out", "workers", "number")})
    jobs = [
        Job(seed=seed + k, family=family, about=about[k % len(about)], families=families, size=size, out=out)
        for k in range(number)
    ]
    with locked_folder(out):
        waiting = [job for job in jobs if not is_drawn(job)]
        waiting.sort(key=lambda job: (job.seed % len(families), layout_of(job.seed), job.seed))
        for count, name in enumerate(carry_out(draw, waiting, workers), 1):
            if count % 20 == 0 or count == len(waiting):
                print(f"{count + len(jobs) - len(waiting)}/{len(jobs)} {name}", flush=True)
    scenarios = [read_scenarios(part_of(job))[0] for job in jobs]
    if size:
        for scenario in scenarios:
            check_pictures(scenario, out)
    write_scenarios(out / "scenarios.jsonl", scenarios)
    plans = {scenario.plan for scenario in scenarios}
    metrics = {
        "scenarios": float(len(scenarios)), "different_plans": float(len(plans)),
        "subcategories": float(len({scenario.category for scenario in scenarios})),
        "pictures": float(len(list((out / "pictures").glob("*.jpg")))),
    }  # fmt: skip
    write_results(
        out / "results.json", verb="scenarios", command=shlex.join(["embodied", "scenarios", *arguments]), seed=seed,
        seconds=time.perf_counter() - started,
        rows=[
            {
                "work": "scenarios", "variant": "default" if family == "party" else family, "n": len(scenarios),
                "metrics": {k: {"value": v} for k, v in metrics.items()},
            }
        ],
        files={"scenarios": "scenarios.jsonl", "pictures": "pictures"},
    )  # fmt: skip
    print("  ".join(f"{name} {value:.0f}" for name, value in metrics.items()))
    print(f"scenarios  {out / 'scenarios.jsonl'}")
    return 0


def listed_subjects(family: str, given: Mapping[str, str]) -> tuple[str, ...]:
    """Return what the scenarios of a family are about, one after the other; see `Job`.

    Raises:
        ValueError: a category that is none, or of which the family has nothing.
    """
    if family == "party":
        return listed(given, "category", CATEGORIES)
    if family == "chain":
        return chains_about(listed(given, "category", CHAIN_CATEGORIES))
    if "category" in given:
        raise ValueError(
            f"category={given['category']}: of no use with family=liar, whose guide speaks of all hazards; leave it out"
        )
    return ("",)


def settle_job(job: Job) -> Settled:
    """Return a scenario, its scene, and where its hazards stand."""
    if job.family == "chain":
        return settle_chain(job.seed, job.about, job.families)
    return settle_liar(job.seed, job.families) if job.family == "liar" else settle(job.seed, job.about, job.families)


def part_of(job: Job) -> Path:
    """Return the file of one scenario."""
    return job.out / "parts" / f"{job.seed:06d}.jsonl"


def is_drawn(job: Job) -> bool:
    """Tell whether a scenario is there, with all its pictures.

    Raises:
        ValueError: something else lies in its place.
    """
    if not part_of(job).is_file():
        return False
    scenario = read_scenarios(part_of(job))[0]
    try:
        if job.size:
            check_pictures(scenario, job.out)
    except FileNotFoundError:
        return False
    return True


def draw(job: Job) -> Iterator[str]:
    """Draw a scenario, take its pictures, write it, and yield its name."""
    scenario, scene, placed = settle_job(job)
    if job.size:
        (job.out / "pictures").mkdir(parents=True, exist_ok=True)
        shots = take_pictures(scene, placed, job.seed, job.size)
        paths: dict[tuple[str, str], str] = {}
        for (hazard, state), shot in shots.items():
            name = f"pictures/{job.seed:06d}_{hazard.replace(' ', '_')}_{state}.jpg"
            picture = io.BytesIO()
            Image.fromarray(shot.frame.rgb).save(picture, format="JPEG", quality=QUALITY)
            write_whole(job.out / name, picture.getvalue())
            paths[hazard, state] = name
        scenario = hang(scenario, paths)
    part = part_of(job)
    part.parent.mkdir(parents=True, exist_ok=True)
    write_scenarios(part, [scenario])
    yield scenario.id


def hang(scenario: Scenario, paths: Mapping[tuple[str, str], str]) -> Scenario:
    """Return a scenario with a picture for each hour of both plans.

    Raises:
        ValueError: there is no picture at all.
    """
    if not paths:
        raise ValueError(f"scenario {scenario.id}: expected a hazard that one can stand before, found none")
    quiet = next(path for (_, state), path in paths.items() if state == STATES[1])
    spoken_of = {hazard.id: hazard for hazard in scenario.hazards} if scenario.family == "liar" else {}

    def picture(one: Activity, two: Activity, state: str) -> str:
        shown = spoken_of[one.hazard].state(one.start) if one.hazard in spoken_of else state
        return paths.get((one.hazard or two.hazard, shown), quiet)

    def pictures(activities: Sequence[Activity], other: Sequence[Activity], state: str) -> tuple[str, ...]:
        return tuple(picture(one, two, state) for one, two in zip(activities, other, strict=True))

    return replace(
        scenario,
        plan_image_paths=pictures(scenario.activities, scenario.safe_activities, STATES[0]),
        safe_plan_image_paths=pictures(scenario.safe_activities, scenario.activities, STATES[1]),
    )
