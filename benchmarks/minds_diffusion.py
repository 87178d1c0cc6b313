"""Measure how news spread through 25 people in two days: python -m benchmarks.minds_diffusion [results.json].

As in Generative Agents (Park et al., UIST 2023, section 7.1): one of 25 people knows that it runs for mayor, another
that it gives a party on the second day. After two days everybody is asked; who answers with the fact is informed. The
hidden record of who told whom is only compared with: nobody may know what nobody told it. Once with memory, and once
without: then nobody keeps anything from one conversation to the next, but for what it was told at the start.

`informed_share` (the source included) is measured by asking; `reach` is the share of the others who were ever told,
from the hidden record, as are `share_hNN` (who was told by that hour, and the source), `half_reach_hours` (until half
of all who are reached in the end), `targets_per_informed` (different people whom somebody who was told, or the source,
told it, news to them or not), `new_targets_per_teller`, and `cascade_depth` (tellings from the source to the last).
`density` is the share of pairs who are related or remember having talked. `published` are the numbers of the paper, of
one run with a language model.

Constants that are not cited are of our own choosing, set before the first run and not fitted to the paper's numbers;
the row `constants` holds those of the modules. After a first look at a few towns, small talk got more topics, each once
in a talk, and incidents fit their places; no number was changed. Plausibility: `partners_per_day` can be compared with
13.4 contacts of Europeans (Mossong et al., PLoS Med. 5, 2008), `words_per_day` with the 16,000 that people say (Mehl et
al., Science 317, 2007), both of all people and not of 24 others alone, and `fact_words_share` with the 14 % of talk
that is about others (Robbins and Karan, Soc. Psychol. Personal. Sci. 11, 2020).
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from pathlib import Path
from typing import Any

from embodied.minds import conversation, exchange, gatherings, news, town
from embodied.minds.acquaintance import Degrees, acquaint
from embodied.minds.demography import read_demography
from embodied.minds.gatherings import Gathering
from embodied.minds.news import Fact, recall
from embodied.minds.planning import DAY
from embodied.minds.population import draw_people
from embodied.minds.town import SECONDS, TownLife, source_of
from embodied.results import write_results
from embodied.seeding import stream
from embodied.statistics import summarise

PEOPLE = 25  # Park et al.
DAYS = 2  # Park et al.
SEEDS = 40
ADULT = 25  # years of whoever runs for mayor or gives the party, at least
DEGREES = Degrees()  # family 1.6, work or school 2.5, friends and acquaintances 4.0: the defaults of the project
CANDIDACY_IMPORTANCE = 8.0  # of 10: happens once in years
PARTY_IMPORTANCE = 7.0  # of 10: a few times a year; the same day and hours as in the paper, but on day 2
PARTY = {"what": "a party", "place": "cafe", "day": 2, "start": 17 * 60, "end": 19 * 60}
QUESTIONS = {"candidacy": "who is running for mayor", "party": "a party at the cafe"}  # name nobody
PUBLISHED = {"candidacy": 0.32, "party": 0.52}  # informed share, Park et al.; 0.04 at the start
PUBLISHED_DENSITY = (0.167, 0.74)  # before and after, Park et al.
CONSTANTS = {
    "talks_per_hour_friend": town.TALKS["friend"], "talks_per_hour_family": town.TALKS["family"],
    "talks_per_hour_colleague": town.TALKS["colleague"], "talks_per_hour_acquaintance": town.TALKS["acquaintance"],
    "talks_per_hour_stranger": town.TALKS[""], "busy_factor": town.BUSY, "joins": town.JOINS, "group_most": town.MOST,
    "incidents_per_hour_out": town.HAPPENS, "talk_median_s": conversation.LASTS, "talk_log_spread": conversation.SPREAD,
    "turn_gap_s": conversation.GAP, "idle_talk": exchange.IDLE, "second_hand": news.SECOND_HAND,
    "half_life_hours": news.FRESH, "weary": news.WEARY, "least_importance": news.LEAST,
    "about_known_people": news.KIN_OF_NEWS, "closeness_friend": news.CLOSENESS["friend"],
    "closeness_colleague": news.CLOSENESS["colleague"], "closeness_acquaintance": news.CLOSENESS["acquaintance"],
    "closeness_stranger": news.CLOSENESS[""], "coming_friend": gatherings.COMING["friend"],
    "candidacy_importance": CANDIDACY_IMPORTANCE, "party_importance": PARTY_IMPORTANCE,
}  # fmt: skip


def settle(seed: int, *, memory: bool) -> tuple[TownLife, dict[str, tuple[int, Fact]], Gathering]:
    """Return a town of a seed, and who knows which fact at the start; with and without memory it is the same."""
    people = draw_people(read_demography(), PEOPLE, stream(seed, "minds", 0))
    people = acquaint(people, stream(seed, "acquaintances"), DEGREES)
    adults = [person for person in people if person.age >= ADULT]
    candidate, host = (adults[k] for k in stream(seed, "minds", 1).choice(len(adults), 2, replace=False))
    gathering = Gathering(host=host.name, **PARTY)
    runs = Fact(
        text=f"{candidate.name} is running for mayor of the town.",
        triple=(candidate.name, "is running for", "mayor of the town"),
        importance=CANDIDACY_IMPORTANCE,
    )
    life = TownLife(people, stream(seed, "minds", 2), memory=memory)
    facts = {"candidacy": (candidate.id, runs), "party": (host.id, gathering.fact(PARTY_IMPORTANCE))}
    for source, fact in facts.values():
        life.tell(source, fact)
    return life, facts, gathering


def depth(sources: dict[int, int], person: int, root: int) -> int:
    """Return how many tellings lead from the source to a person; a chain that does not begin there is an error."""
    steps = 0
    while person != root:
        person, steps = sources[person], steps + 1
        assert steps <= len(sources), "a chain of tellings leads to no source"
    return steps


def measure(seed: int, *, memory: bool) -> dict[str, dict[str, float]]:
    """Return {item: {metric: value}} of one town."""
    life, facts, gathering = settle(seed, memory=memory)
    pairs = PEOPLE * (PEOPLE - 1) / 2
    before, begun = len(life.acquainted()) / pairs, time.process_time()
    life.live(DAYS)
    seconds = time.process_time() - begun
    partners = {
        (person, int(talk.start // (DAY * SECONDS)), other)
        for talk in life.talks
        for person in talk.people
        for other in talk.people
        if other != person
    }
    turns = [turn for talk in life.talks for turn in talk.turns]
    words, told = (
        sum(len(turn.text.split()) for turn in some) for some in (turns, [turn for turn in turns if turn.fact])
    )
    shared = {
        "density_before": before,
        "density_after": len(life.acquainted()) / pairs,
        "talks_per_day": sum(len(talk.people) for talk in life.talks) / (PEOPLE * DAYS),
        "partners_per_day": len(partners) / (PEOPLE * DAYS),
        "words_per_day": words / (PEOPLE * DAYS),
        "fact_words_share": told / words,
        "cpu_s": seconds,
    }
    found = {}
    now = DAYS * DAY * SECONDS
    for item, (source, fact) in facts.items():
        answers = {
            number: recall(life.store, person, QUESTIONS[item], now=now) for number, person in life.people.items()
        }
        informed = {number for number, answer in answers.items() if answer and answer[1].triple == fact.triple}
        sources = {
            target: teller for target, teller in source_of(life.tellings, fact.triple).items() if target != source
        }
        reached = {source, *sources}
        assert informed <= reached, f"seed {seed}: {informed - reached} know what nobody told them"
        tellings = [telling for telling in life.tellings if telling.triple == fact.triple]
        times: dict[int, float] = {}
        for telling in tellings:
            if telling.target != source:
                times.setdefault(telling.target, telling.time / 3600.0)
        hours = sorted(times.values())
        found[item] = {
            "informed_share": len(informed) / PEOPLE,
            "hallucinated_share": len(informed - reached) / PEOPLE,
            "told_and_informed_share": len(informed & set(sources)) / len(sources) if sources else math.nan,
            "reach": len(sources) / (PEOPLE - 1),
            "half_reach_hours": hours[(len(hours) - 1) // 2] if hours else math.nan,
            "targets_per_informed": len({(telling.source, telling.target) for telling in tellings}) / len(reached),
            "new_targets_per_teller": len(sources) / len(set(sources.values())) if sources else math.nan,
            "cascade_depth": max((depth(sources, person, source) for person in sources), default=0),
            **shared,
            **{
                f"share_h{hour:02d}": (1 + sum(moment <= hour for moment in hours)) / PEOPLE
                for hour in range(1, 24 * DAYS + 1)
            },
        }
        if item == "party":
            found[item]["guests"] = len(set(life.guests(gathering)) - {source})
    life.store.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", nargs="?", type=Path, default=Path("benchmarks/results/minds_diffusion.json"))
    parser.add_argument("--seeds", type=int, default=SEEDS)
    arguments = parser.parse_args()
    begun, cpu = time.perf_counter(), time.process_time()
    rows: list[dict[str, Any]] = []
    for variant in ("memory", "no_memory"):
        runs = [measure(seed, memory=variant == "memory") for seed in range(arguments.seeds)]
        for item in QUESTIONS:
            metrics = summarise([run[item] for run in runs], set(), stream(0, "statistics"))
            metrics["published"] = {"value": PUBLISHED[item]}
            for name, value in zip(("before", "after"), PUBLISHED_DENSITY, strict=True):
                metrics[f"published_density_{name}"] = {"value": value}
            rows.append({"work": "diffusion", "variant": variant, "item": item, "n": len(runs), "metrics": metrics})
    for item in QUESTIONS:
        with_memory, without = (
            next(row["metrics"]["informed_share"]["value"] for row in rows if (row["variant"], row["item"]) == key)
            for key in (("memory", item), ("no_memory", item))
        )
        assert without < with_memory / 2, f"{item}: {without} without memory, {with_memory} with it"
    constants = {name: {"value": float(value)} for name, value in CONSTANTS.items()}
    rows.append({"work": "constants", "n": 1, "metrics": constants})
    write_results(
        arguments.out,
        verb="bench",
        command=" ".join(["python -m benchmarks.minds_diffusion", *sys.argv[1:]]),
        seed=0,
        seconds=time.perf_counter() - begun,
        rows=rows,
        files={},
    )
    for row in rows[:-1]:
        shown = {name: metric for name, metric in row["metrics"].items() if not name.startswith("share_h")}
        print(row["variant"], row["item"], {name: [round(x, 3) for x in m.values()] for name, m in shown.items()})
    print(f"CPU {time.process_time() - cpu:.0f} s")


if __name__ == "__main__":
    main()
