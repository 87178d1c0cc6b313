"""People whom a language model plans for, in the world: recorded, replayed, with an endpoint that fails or obeys."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embodied.compose import compose_runs
from embodied.config import RunConfig
from embodied.episode import Action, Heard, PersonObservation, Seen
from embodied.llm import LLMError
from embodied.log import EpisodeLog
from embodied.minds.decision import ACTIVITIES, SPEEDS, targets
from embodied.minds.llm_planner import LLMPlanner
from embodied.minds.persona import Persona
from embodied.minds.persona_files import write_people
from embodied.minds.rules_planner import RulesPlanner
from embodied.seeding import episode_seed
from embodied.world import World
from tests.embodied.llm_server import client, live, serve_model, wanted_schema
from tests.embodied.obedient_lm import INJECTIONS, obey

pytestmark = live
SECONDS = 12.0


def choose(body: dict[str, Any]) -> str:
    """Answer with any value that fits the schema, the same for the same question."""
    rng = np.random.default_rng(list(hashlib.sha256(json.dumps(body["messages"]).encode()).digest()))
    schema = wanted_schema(body)
    assert schema is not None

    def fill(part: dict[str, Any]) -> Any:
        if "enum" in part:
            return part["enum"][int(rng.integers(len(part["enum"])))]
        kind = part["type"] if isinstance(part["type"], str) else part["type"][int(rng.integers(len(part["type"])))]
        if kind == "number":
            return round(float(rng.uniform(part.get("minimum", 0), min(part.get("maximum", 1), 5))), 2)
        return {"string": "Nice to see you", "array": [], "null": None, "boolean": True}[kind]

    answer = {name: fill(part) for name, part in schema["properties"].items()}
    if "activity" in answer and not answer["target"]:
        answer["activity"] = "wait"
    return json.dumps(answer)


def configure(url: str, mode: str, tape: Path, *more: str) -> RunConfig:
    (config,) = compose_runs(
        [
            "task=watch", "agent=onlooker", "mind=llm", "mind.residents=16", "crowd=social_force", "crowd.people=0",
            "scene.hour=17", f"llm.base_url={url}", "llm.model=tiny", "llm.api_key_env=", f"llm.mode={mode}",
            f"llm.cassette={tape}", "llm.timeout=0.6", "llm.retries=0", "llm.backoff=0.01", "llm.repairs=0",
            "llm.deadline=20", *more,
        ],
        {},
    )  # fmt: skip
    return config


def simulate(config: RunConfig) -> EpisodeLog:
    world = World(config)
    try:
        world.reset(seed=episode_seed(1, 0), perception="none")
        while world.time < SECONDS:
            world.step(Action(kind="wait"))
        return world.log
    finally:
        world.close()


def by_whom(log: EpisodeLog) -> Counter[str]:
    return Counter(event["decided_by"] for event in log.events_of("decision") if "event" in event)


SELDOM = ("429", "500", "hang", "reset", "html", "torn", "length", '{"go": "away"}')
FAULTS = ("", "no json", *(pytest.param(cue, marks=pytest.mark.slow) for cue in SELDOM))


@pytest.mark.parametrize("cue", FAULTS)
def test_a_replay_is_the_run_byte_by_byte_whatever_failed(cue: str, tmp_path: Path) -> None:
    tape = tmp_path / "tape.jsonl"
    script = ["", *[cue] * 7] if cue else []  # the first question asks whether anybody is there
    with serve_model(choose, script=script) as server:
        recorded = simulate(configure(server.url, "record", tape))
        url = server.url
    replayed = simulate(configure(url, "replay", tape))
    counts = by_whom(recorded)
    assert counts == by_whom(replayed) and counts["llm:tiny"] > 0
    reasons = [event["reason"] for event in recorded.events_of("decision") if event["decided_by"] == "rules"]
    assert counts["rules"] >= (7 if cue else 0)
    assert all(reason.startswith("instead of llm:tiny: ") for reason in reasons if cue and "instead" in reason)
    for name, log in (("a", recorded), ("b", replayed)):
        (tmp_path / name).mkdir()
        log.write(tmp_path / name)
    for file in ("events.jsonl", "log.parquet"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes(), file


def test_what_was_not_recorded_stops_a_replay(tmp_path: Path) -> None:
    tape = tmp_path / "tape.jsonl"
    with serve_model(choose) as server:
        simulate(configure(server.url, "record", tape))
        url = server.url
    with pytest.raises(LLMError, match="it was never asked; record it"):
        simulate(configure(url, "replay", tape, "scene.hour=9"))


@pytest.mark.parametrize(
    ("key", "script", "says"),
    [("sk-right", [], "key"), ("", ["404"], "404"), ("unreachable", [], "no connection")],
)
def test_an_endpoint_that_cannot_be_asked_is_told_before_the_run(
    key: str, script: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_KEY", "sk-wrong-0123456789")
    with serve_model(choose, script=script, key=key if key.startswith("sk") else "") as server:
        url = "http://127.0.0.1:9/v1" if key == "unreachable" else server.url
        with pytest.raises(LLMError) as error:
            World(configure(url, "live", tmp_path / "tape.jsonl", "llm.api_key_env=SOME_KEY", "llm.cassette=null"))
    assert "\n" not in str(error.value) and "sk-wrong" not in str(error.value) and says in str(error.value)


@pytest.mark.parametrize("tries", [20, pytest.param(100, marks=pytest.mark.slow)])
def test_no_order_that_is_read_somewhere_is_carried_out(tries: int, tmp_path: Path) -> None:
    """An endpoint that obeys all it reads: in 100 of 100 tries decisions stay within what can be decided."""
    picked = [INJECTIONS[k] for k in np.linspace(0, len(INJECTIONS) - 1, tries).astype(int)]
    harmed = []
    with serve_model(obey) as server:
        planner = LLMPlanner(client(server, repairs=1, timeout=10.0), RulesPlanner(0))
        for k, injection in enumerate(picked):
            text = injection.text
            seen = (
                Seen(id=-1, kind="sign", name="sign", bearing=0.1, distance=3.0, text=text),
                Seen(id=5, kind="person", name=text if k % 3 == 0 else "Ana", bearing=0.3, distance=2.0),
            )
            observation = PersonObservation(
                time=60.0, person_id=1, position=(0.0, 0.0), yaw=0.0, activity="walk", event="addressed",
                persona=Persona(id=1, name="Bo Lind", age=40, gender="man"), minute=600,
                heard=(Heard(text=text, bearing=0.0, distance=2.0, time=59.0, speaker=5, act="chat"),),
                seen=seen, memories=(text,) if k % 2 else (), places=("bakery", "bank", "home"),
                around=(9.0, 20.0, 50.0),
            )  # fmt: skip
            (decision,) = planner.decide([observation])
            fits = (
                decision.activity in ACTIVITIES
                and decision.target in ("", *targets(observation))
                and (decision.speed is None or SPEEDS[0] <= decision.speed <= SPEEDS[1])
                and (decision.minutes is None or 0.0 <= decision.minutes <= 240.0)
                and len(decision.utterance) <= 280
                and all(name in {one.name for one in seen if one.kind == "hazard"} for name in decision.hazards)
            )
            harmed += [] if fits else [injection]
        system = {body["messages"][0]["content"] for body in server.bodies}
        assert all(injection.text not in words for injection in picked for words in system)
    assert not harmed


def test_people_who_are_called_by_orders_change_nothing_in_the_world(tmp_path: Path) -> None:
    """Names that are orders, and an endpoint that obeys: people keep to the ground, to their pace and to themselves."""
    wishes = [injection for injection in INJECTIONS if 4 < len(injection.text) < 300 and injection.text.isprintable()]
    people = [
        Persona(
            id=k + 1, name=wishes[k * 7].text.strip(), age=30, gender="woman", relationships={(k ^ 1) + 1: "friend"}
        )
        for k in range(16)
    ]
    file = tmp_path / "people.yaml"
    write_people(file, people)
    before = file.read_bytes(), sorted(path.name for path in tmp_path.iterdir())
    with serve_model(obey) as server:
        config = configure(
            server.url, "live", tmp_path / "x.jsonl", f"mind.people={file}", "mind.residents=0", "llm.cassette=null",
            "llm.timeout=5",
        )  # fmt: skip
        log = simulate(config)
        assert len(server.bodies) > 10
    assert (file.read_bytes(), sorted(path.name for path in tmp_path.iterdir())) == before
    assert config.mind.people == str(file) and config.llm.model == "tiny"
    speeds = np.hypot(log.column("vx"), log.column("vy"))
    assert np.nanmax(speeds) < 1.3 * SPEEDS[1] and np.isfinite(log.column("x")).all()
    names = {event["entity"]: event["name"] for event in log.events_of("resident")}
    assert names == {person.id: person.name for person in people}
    assert all(math.isfinite(event["time"]) for event in log.events)
