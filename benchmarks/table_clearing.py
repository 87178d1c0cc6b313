"""Measure what looking ahead gains at the table: python -m benchmarks.table_clearing [results.json] [--people 400].

Every robot clears the same table before the same simulated people, whose traits it never reads. `agent: horizon_1` is
myopic, `horizon_5` looks to the end, `most_valuable` forgets the person, `any_thing` draws. `model` foretells the
person: rules, roll-outs of the simulator, or with `--llm MODEL` a language model at `--base-url`. `gain` is the score
less that of `horizon_1` of the same model before the same person. In the variant `steady` trust never moves: a control,
in which there is nothing to gain by earning it. `foretold` is what the planner expected.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from embodied.llm import LLMClient, LLMConfig
from embodied.minds.demography import read_demography
from embodied.minds.foresight import Foresight
from embodied.minds.human_model import HumanModel, RulesHumanModel
from embodied.minds.human_model_llm import LLMHumanModel
from embodied.minds.human_model_rollout import RolloutHumanModel
from embodied.minds.persona import Persona
from embodied.minds.population import draw_people
from embodied.minds.table_clearing import (
    Cleared,
    Policy,
    TableClearing,
    TablePerson,
    any_thing,
    clear_table,
    most_valuable,
    plan_ahead,
)
from embodied.results import write_results
from embodied.seeding import episode_seed, stream
from embodied.statistics import compare, summarise

HORIZONS = (1, 2, 3, 5)
TABLE_KEY = 24  # of the streams of this benchmark


def play(
    case: TableClearing, policy: Policy, people: Sequence[Persona], seed: int, *, steady: bool = False
) -> list[Cleared]:
    """Let a robot clear a table before each of `people`; every robot meets them with the same luck."""
    return [
        clear_table(
            case,
            policy,
            TablePerson(person, stream(seed, "minds", TABLE_KEY, person.id), steady=steady),
            stream(seed, "task", TABLE_KEY, person.id),
        )
        for person in people
    ]


def measure(models: Sequence[HumanModel], people: Sequence[Persona], seed: int) -> list[dict[str, Any]]:
    """Return a row for each model, robot and variant."""
    rows = []
    cases = {model.name: TableClearing(model) for model in models}
    first = next(iter(cases.values()))
    for variant in ("default", "steady"):
        for agent, policy in (("any_thing", any_thing), ("most_valuable", most_valuable)):
            done = [one.metrics() for one in play(first, policy, people, seed, steady=variant == "steady")]
            metrics = summarise(done, frozenset(), stream(seed, "statistics"))
            rows.append({"agent": agent, "model": "none", "variant": variant, "n": len(done), "metrics": metrics})
        for name, case in cases.items():
            myopic: list[dict[str, float]] = []
            for horizon in HORIZONS:
                played = play(case, plan_ahead(case, horizon), people, seed, steady=variant == "steady")
                done = [one.metrics() for one in played]
                metrics = summarise(done, frozenset(), stream(seed, "statistics"))
                if horizon == HORIZONS[0]:
                    myopic = done
                else:
                    metrics |= compare(done, myopic, stream(seed, "statistics", 1), metric="score", name="gain")
                if horizon == HORIZONS[-1]:
                    metrics["foretold"] = {"value": Foresight(case, horizon).value(case.start())}
                agent = f"horizon_{horizon}"
                rows.append({"agent": agent, "model": name, "variant": variant, "n": len(done), "metrics": metrics})
    return [{"work": "table_clearing", **row} for row in rows]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", nargs="?", type=Path, default=Path("benchmarks/results/table_clearing.json"))
    parser.add_argument("--people", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--llm", default="", help="name of a model at --base-url; none: without one")
    parser.add_argument("--base-url", default="http://localhost:8000/v1")
    parser.add_argument("--api-key-env", default="", help="environment variable that holds the key")
    arguments = parser.parse_args()
    begun = time.perf_counter()
    truth, robot = episode_seed(arguments.seed, 0), episode_seed(arguments.seed, 1)
    rollout = RolloutHumanModel(stream(robot, "agent", TABLE_KEY))
    if rollout.seed == truth:
        raise ValueError(f"seed: expected roll-outs of another seed than the people, got {truth}; take another --seed")
    models: list[HumanModel] = [RulesHumanModel(), rollout]
    if arguments.llm:
        config = LLMConfig(
            model=arguments.llm, base_url=arguments.base_url, api_key_env=arguments.api_key_env
        )  # fmt: skip
        models.append(LLMHumanModel(LLMClient(config)))
    people = draw_people(read_demography(), arguments.people, stream(truth, "minds"))
    rows = measure(models, people, truth)
    command = " ".join(["python -m benchmarks.table_clearing", *sys.argv[1:]])
    seconds = time.perf_counter() - begun
    write_results(
        arguments.out, verb="bench", command=command, seed=arguments.seed, seconds=seconds, rows=rows, files={}
    )
    print(f"{'variant':8} {'model':12} {'agent':14} {'score':>22} {'gain over myopic':>24} interventions")
    for row in rows:
        metrics = row["metrics"]
        shown = [
            f"{m['value']:.2f} [{m.get('lo', m['value']):.2f}, {m.get('hi', m['value']):.2f}]"
            if (m := metrics.get(key))
            else ""
            for key in ("score", "gain")
        ]
        print(
            f"{row['variant']:8} {row['model']:12} {row['agent']:14} {shown[0]:>22} {shown[1]:>24} "
            f"{metrics['interventions']['value']:.2f}"
        )


if __name__ == "__main__":
    main()
