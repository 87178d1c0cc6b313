"""One trial: a paradigm drawn from a seed, played with a planner, judged by its predicates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from embodied.episode import Planner
from embodied.log import EpisodeLog
from embodied.minds.persona import Persona
from embodied.paradigms.play import DIFFICULTIES, SUBJECT, Difficulty, Paradigm
from embodied.paradigms.stage import Stage
from embodied.paradigms.subject import Subject
from embodied.paradigms.trace import Trace
from embodied.seeding import episode_seed, stream

PERSONA = Persona(id=SUBJECT, name="Sam", age=30, gender="nonbinary")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What came of it. `checks`: the predicates by name; `passed`: all of them."""

    paradigm: str
    number: int
    difficulty: Difficulty
    seed: int
    checks: dict[str, bool]
    log: EpisodeLog

    @property
    def passed(self) -> bool:
        """Whether every predicate holds."""
        return all(self.checks.values())


def difficulty_of(number: int) -> Difficulty:
    """Return the difficulty of the trial of this number: they take turns."""
    return DIFFICULTIES[number % len(DIFFICULTIES)]


def seed_of(paradigm: Paradigm, number: int, run_seed: int) -> int:
    """Return the seed of the trial of this number in a run."""
    return episode_seed(run_seed, 1000 * paradigm.number + number)


def read_trial(paradigm: Paradigm, number: int, run_seed: int, log: EpisodeLog) -> Trial:
    """Return a trial that was played, from its log.

    Raises:
        ValueError: it has no verdict, so that it was not played to its end.
    """
    if len(verdicts := log.events_of("verdict")) != 1:
        raise ValueError(
            f"{paradigm.name} {number}: expected one verdict in its log, got {len(verdicts)}; delete its folder, the "
            "same command plays it again"
        )
    return Trial(
        paradigm=paradigm.name, number=number, difficulty=verdicts[0]["difficulty"],
        seed=seed_of(paradigm, number, run_seed), checks=verdicts[0]["checks"], log=log,
    )  # fmt: skip


def play_trial(
    paradigm: Paradigm, number: int, run_seed: int, make: Callable[[int], Planner],
    difficulty: Difficulty | None = None,
) -> Trial:  # fmt: skip
    """Play one scene of a paradigm.

    Args:
        paradigm: what is played. number: of the trial, from 0. run_seed: of the run.
        make: returns the planner under test for the seed of the trial.
        difficulty: by default `difficulty_of` the number.
    """
    seed = seed_of(paradigm, number, run_seed)
    difficulty = difficulty or difficulty_of(number)
    play = paradigm.build(stream(seed, "task"), difficulty)
    stage = Stage(play, seed=seed, name=paradigm.name)
    subject = Subject(stage, make(seed), PERSONA)
    try:
        log = stage.run(subject.step)
    finally:
        subject.close()
    checks = {name: bool(value) for name, value in play.check(Trace(log)).items()}
    log.event(stage.step_count, stage.time, "verdict", difficulty=difficulty, checks=checks)
    return Trial(paradigm=paradigm.name, number=number, difficulty=difficulty, seed=seed, checks=checks, log=log)
