"""Measure what it costs to let people plan by rules: python -m benchmarks.minds_cost [results.json].

People of the default demography live through a morning in ticks of 1 s: needs fall, plans go on, people arrive, meet
somebody they know, a robot, a hazard or a queue, and answer each other. `events`: only those deliberate to whom
something happened, as often as such things happen here (RATES). `all`: everybody deliberates in every tick, the
others about something drawn. `workers`: processes; each has its share of the people, who meet those of the same share.

`cpu_ms` is CPU time of a tick, of all processes, the mean over all ticks; needs, plans and observations are in it.
`decide_cpu_ms` is that of the planner alone. `realtime_factor` is how many such ticks the slowest process computes in a
second, and `first_cpu_ms` the first tick, in which the planner meets everybody.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from embodied.episode import Decision, Event, Heard, PersonObservation, Seen
from embodied.minds.acquaintance import acquaint
from embodied.minds.demography import read_demography
from embodied.minds.needs import DECAY, NEEDS, THRESHOLDS, Needs
from embodied.minds.persona import Persona
from embodied.minds.planning import GAINS, plan_day
from embodied.minds.population import draw_people
from embodied.minds.rules_planner import RulesPlanner
from embodied.results import write_results
from embodied.seeding import stream

SEED = 0
START = 10 * 3600.0  # s since midnight
PLACES = (
    *(
        "home",
        "bakery",
        "cafe",
        "restaurant",
        "city park",
        "market square",
        "supermarket",
        "pharmacy",
        "bank",
        "school",
    ),
    *("university", "office", "hospital", "town hall", "library", "station", "workshop", "church", "museum", "theatre"),
)
FARTHEST = 600.0  # m to a place
# How often something happens to a person, 1/s: somebody it knows comes by every two minutes, a robot every five, ...
RATES: dict[Event, float] = {
    "met": 1 / 120,
    "robot": 1 / 300,
    "addressed": 1 / 600,
    "stuck": 1 / 900,
    "hazard": 1 / 3600,
}
DRAWN: tuple[Event, ...] = ("addressed", "plan", "arrived", "met", "robot", "hazard", "need", "stuck", "left")
SHORT = 6.0  # s that something takes of which nothing else is said
SAID = (
    ("Hello!", "greet"), ("When does the bakery open?", "ask"), ("Do you want to come to the cafe?", "ask"),
    ("It is warm today.", "chat"), ("Please help me with this.", "instruct"), ("Thank you!", "thank"), ("Bye!", "bye"),
)  # fmt: skip
REMEMBERED = (
    "The bakery opens at six.", "There was music in the market square.", "A robot asked me for the way to the bank.",
    "The library closes on Monday.", "I met a friend in the city park.", "The cafe has new cakes.",
)  # fmt: skip


class Town:
    """People who live: what each needs, plans and does, as arrays; N people."""

    def __init__(self, people: Sequence[Persona], everybody: bool) -> None:
        self.people, self.everybody, self.time = people, everybody, START
        self.rng = stream(SEED, "minds", people[0].id)
        self.planner = RulesPlanner(SEED)
        n = len(people)
        self.rows = {person.id: row for row, person in enumerate(people)}
        self.plans = [plan_day(person).steps for person in people]
        self.step = np.array([next(k for k, s in enumerate(plan) if s.end * 60 > START) for plan in self.plans])
        self.ends = np.array([60.0 * plan[k].end for plan, k in zip(self.plans, self.step, strict=True)])
        self.needs = self.rng.uniform(0.25, 1.0, (n, len(NEEDS)))  # satisfied so far
        self.gains = np.array([self._gains(row) for row in range(n)])
        self.until = np.full(n, np.inf)  # s, when what it does is over
        self.goes = np.zeros(n, bool)
        self.around = self.rng.uniform(0.0, FARTHEST, (n, len(PLACES)))
        self.unmet = self.needs < list(THRESHOLDS.values())
        self.friends = [[i for i in person.relationships if i in self.rows] for person in people]
        self.heard: dict[int, Heard] = {}

    def tick(self) -> tuple[int, float]:
        """Let a second pass, and return how many decided, and s of CPU time that the planner took."""
        self.time += 1.0
        events = self._events()
        observations = [self._observe(row, event) for row, event in events.items()]
        begun = time.process_time()
        decisions = self.planner.decide(observations)
        taken = time.process_time() - begun
        self.heard.clear()
        for observation, decision in zip(observations, decisions, strict=True):
            self._apply(self.rows[observation.person_id], observation, decision)
        return len(decisions), taken

    def _events(self) -> dict[int, Event]:
        """Let needs fall and plans go on, and return to whom something happened."""
        n = len(self.people)
        decay = np.array([DECAY[name] for name in NEEDS])
        self.needs = np.clip(self.needs + (self.gains - decay) / 3600.0, 0.0, 1.0)
        unmet = self.needs < list(THRESHOLDS.values())
        events: dict[int, Event] = dict.fromkeys(np.flatnonzero((unmet & ~self.unmet).any(axis=1)).tolist(), "need")
        self.unmet = unmet
        for row in np.flatnonzero(self.ends <= self.time).tolist():
            self.step[row] = min(self.step[row] + 1, len(self.plans[row]) - 1)
            self.ends[row] = 60.0 * self.plans[row][self.step[row]].end
            self.gains[row] = self._gains(row)
            events.setdefault(row, "plan")
        for row in np.flatnonzero(self.until <= self.time).tolist():
            events.setdefault(row, "arrived" if self.goes[row] else "plan")
        draws = self.rng.random((len(RATES), n))
        for (event, rate), draw in zip(RATES.items(), draws, strict=True):
            for row in np.flatnonzero(draw < rate).tolist():
                events.setdefault(row, event)
        events |= dict.fromkeys([self.rows[person_id] for person_id in self.heard], "addressed")
        if self.everybody:
            drawn = self.rng.integers(0, len(DRAWN), n).tolist()
            events = {row: events.get(row, DRAWN[drawn[row]]) for row in range(n)}
        return events

    def _observe(self, row: int, event: Event) -> PersonObservation:
        person, plan, k = self.people[row], self.plans[row], int(self.step[row])
        bearing, distance, which = self.rng.random(3).tolist()
        bearing, distance = 2.0 * bearing - 1.0, 0.5 + 6.0 * distance
        friends = self.friends[row]
        other = friends[int(which * len(friends))] if friends else self.people[int(which * len(self.people))].id
        known = person.relationships.get(other, "")
        name = self.people[self.rows[other]].name
        near = Seen(id=other, kind="person", name=name, bearing=bearing, distance=distance, relation=known)
        seen: tuple[Seen, ...] = (near,)
        heard: tuple[Heard, ...] = ()
        if event == "robot":
            seen = (Seen(id=0, kind="robot", name="robot", bearing=bearing, distance=distance), near)
        elif event == "hazard":
            seen = (Seen(id=-1, kind="hazard", name="wet floor", bearing=bearing, distance=distance), near)
        elif event == "addressed":
            words = self.heard.get(person.id)
            if words is None:
                text, act = SAID[int(which * len(SAID))]
                words = Heard(text=text, bearing=bearing, distance=1.5, time=self.time, speaker=other, act=act)
            heard = (words,)
        first = int(which * (len(REMEMBERED) - 3))
        return PersonObservation(
            time=self.time,
            person_id=person.id,
            position=(0.0, 0.0),
            yaw=0.0,
            activity="walk" if self.goes[row] else "stand",
            heard=heard,
            event=event,
            persona=person,
            needs=Needs(**dict(zip(NEEDS, self.needs[row].tolist(), strict=True))),
            minute=int(self.time // 60) % 1440,
            plan=tuple((step.activity, step.place, step.end) for step in plan[k : k + 2]),
            seen=seen,
            memories=REMEMBERED[first : first + 4],
            places=PLACES,
            around=tuple(self.around[row].tolist()),
        )

    def _apply(self, row: int, observation: PersonObservation, decision: Decision) -> None:
        """Let a decision take its time, and let whoever it speaks to hear it in the next tick."""
        if decision.activity == "go":
            k = PLACES.index(decision.target) if decision.target in PLACES else -1
            if k >= 0 and not (self.goes[row] and observation.event == "robot"):
                self.until[row] = self.time + self.around[row, k] / (decision.speed or 1.3)
        else:
            self.until[row] = self.time + (SHORT if decision.minutes is None else 60.0 * decision.minutes)
        self.goes[row] = decision.activity == "go"
        if observation.event == "arrived":
            self.around[row] = self.rng.uniform(0.0, FARTHEST, len(PLACES))
        if decision.utterance and decision.target.startswith("person "):
            other = int(decision.target.removeprefix("person "))
            if other in self.rows:
                self.heard[other] = Heard(
                    text=decision.utterance, bearing=0.0, distance=1.5, time=self.time,
                    speaker=observation.person_id, act=decision.act,
                )  # fmt: skip

    def _gains(self, row: int) -> list[float]:
        gains = GAINS.get(self.plans[row][self.step[row]].activity, {})
        return [gains.get(name, 0.0) for name in NEEDS]


def live(people: Sequence[Persona], everybody: bool, ticks: int) -> dict[str, float]:
    """Return means over `ticks`, after the first: s of CPU time, also of the planner alone, and decisions."""
    town = Town(people, everybody)
    begun = time.process_time()
    town.tick()
    first, decided, planned = time.process_time() - begun, 0, 0.0
    begun = time.process_time()
    for _ in range(ticks):
        count, taken = town.tick()
        decided, planned = decided + count, planned + taken
    whole = time.process_time() - begun
    return {"cpu": whole / ticks, "planner": planned / ticks, "decisions": decided / ticks, "first": first}


def measure(people: Sequence[Persona], variant: str, workers: int, ticks: int) -> dict:
    shares = [people[k::workers] for k in range(workers)]
    calls = [(share, variant == "all", ticks) for share in shares]
    if workers == 1:
        found = [live(*calls[0])]
    else:
        with ProcessPoolExecutor(workers) as pool:
            found = [future.result() for future in [pool.submit(live, *call) for call in calls]]
    total = {name: sum(part[name] for part in found) for name in found[0]}
    slowest = max(part["cpu"] for part in found)
    metrics = {
        "cpu_ms": 1000.0 * total["cpu"],
        "decide_cpu_ms": 1000.0 * total["planner"],
        "first_cpu_ms": 1000.0 * total["first"],
        "realtime_factor": 1.0 / slowest,
        "decisions": total["decisions"],
        "decisions_per_s": total["decisions"] / slowest,
        "decision_cpu_us": 1e6 * total["planner"] / total["decisions"],
    }
    row = {"work": "cost", "people": len(people), "variant": variant, "workers": workers, "n": ticks}
    return row | {"metrics": {name: {"value": value} for name, value in metrics.items()}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", nargs="?", type=Path, default=Path("benchmarks/results/minds_cost.json"))
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--ticks", type=int, default=120)
    arguments = parser.parse_args()
    begun = time.perf_counter()
    drawn = draw_people(read_demography(), arguments.people, stream(SEED, "minds", 0))
    people = acquaint(drawn, stream(SEED, "acquaintances", 0))
    rows = []
    for variant, ticks in (("events", arguments.ticks), ("all", max(1, arguments.ticks // 6))):
        for workers in (1, 2):
            row = measure(people, variant, workers, ticks)
            numbers = {name: round(metric["value"], 2) for name, metric in row["metrics"].items()}
            print(variant, f"{workers} workers", numbers, flush=True)
            rows.append(row)
    seconds = time.perf_counter() - begun
    command = " ".join(["python -m benchmarks.minds_cost", *sys.argv[1:]])
    write_results(arguments.out, verb="bench", command=command, seed=SEED, seconds=seconds, rows=rows, files={})


if __name__ == "__main__":
    main()
