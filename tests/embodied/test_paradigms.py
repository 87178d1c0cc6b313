"""Social paradigms: every scene builds and runs, broken subjects fail where they should, and the suite on the whole."""

from __future__ import annotations

import json
import math
import re
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embodied.cli import main
from embodied.episode import Decision, Heard, PersonObservation, Planner, Seen
from embodied.log import EpisodeLog
from embodied.minds.decision import targets
from embodied.minds.social_facts import find_things, keep_books, read_facts
from embodied.minds.social_moment import crosses
from embodied.minds.social_rules import SocialRulesPlanner
from embodied.paradigms.catalogue import PARADIGMS
from embodied.paradigms.film import draw_trial
from embodied.paradigms.play import DIFFICULTIES, SUBJECT
from embodied.paradigms.subjects import SUBJECTS, blind, make_subject
from embodied.paradigms.trace import Trace, read_answer
from embodied.paradigms.trials import Trial, play_trial
from embodied.results import read_results
from embodied.seeding import stream
from scenes.backends import choose_backend
from tests.embodied.llm_server import live, serve_model, wanted_schema

NAMES = tuple(PARADIGMS)
SHORT = ("visual_perspective_level_2", "gaze_following", "emotion_contagion", "empathic_concern", "norm_violation")
EGOCENTRIC = {name for name, one in PARADIGMS.items() if "egocentric" in one.fails}


@cache
def trial(name: str, number: int, subject: str) -> Trial:
    return play_trial(PARADIGMS[name], number, 7, lambda seed: make_subject(subject, seed))


def test_most_of_the_thirty_paradigms_are_there_each_with_a_number_of_its_own() -> None:
    numbers = [paradigm.number for paradigm in PARADIGMS.values()]
    assert len(set(numbers)) == len(numbers) >= 24 and set(numbers) <= set(range(1, 31))
    assert len({paradigm.dimension for paradigm in PARADIGMS.values()}) == 7


@pytest.mark.parametrize("name", NAMES)
def test_every_scene_can_be_drawn_at_every_difficulty(name: str) -> None:
    for k, difficulty in enumerate(DIFFICULTIES):
        play = PARADIGMS[name].build(stream(k, "task"), difficulty)
        people = [play.subject, *play.people]
        assert len({role.id for role in people}) == len(people)
        assert len({thing.name for thing in play.things}) == len(play.things)
        assert all(0.0 < x < 12.0 and 0.0 < y < 8.0 for x, y in (role.place for role in people))


@pytest.mark.parametrize("name", NAMES)
def test_social_rules_pass(name: str) -> None:
    found = trial(name, 0, "rules")
    assert found.passed, found.checks


@pytest.mark.parametrize("name", [n if n in SHORT else pytest.param(n, marks=pytest.mark.slow) for n in NAMES])
@pytest.mark.parametrize("subject", ["broken", "blind"])
def test_a_subject_without_wits_or_senses_fails(name: str, subject: str) -> None:
    assert subject in PARADIGMS[name].fails
    assert not trial(name, 0, subject).passed


@pytest.mark.parametrize("name", [n if n in EGOCENTRIC else pytest.param(n, marks=pytest.mark.slow) for n in NAMES])
def test_who_takes_others_to_know_what_it_knows_fails_where_that_matters_and_only_there(name: str) -> None:
    assert trial(name, 0, "egocentric").passed == (name not in EGOCENTRIC)


def test_one_seed_gives_the_same_bytes_and_another_another_scene(tmp_path: Path) -> None:
    for folder, number in (("a", 1), ("b", 1), ("c", 4)):
        (tmp_path / folder).mkdir()
        again = play_trial(PARADIGMS["pointing"], number, 7, SocialRulesPlanner)
        again.log.write(tmp_path / folder)
    for file in ("events.jsonl", "log.parquet"):
        first, second, other = ((tmp_path / folder / file).read_bytes() for folder in "abc")
        assert first == second != other


class Watched:
    """Passes observations on, and keeps them."""

    def __init__(self, planner: Planner) -> None:
        self.planner, self.kept = planner, list[tuple[PersonObservation, Decision]]()

    def decide(self, observations: Any) -> list[Decision]:
        decisions = self.planner.decide(observations)
        self.kept += zip(observations, decisions, strict=True)
        return decisions


def watch(name: str, number: int = 0) -> tuple[list[tuple[PersonObservation, Decision]], Trial]:
    made: list[Watched] = []

    def make(seed: int) -> Planner:
        made.append(Watched(SocialRulesPlanner(seed)))
        return made[0]

    return (lambda found: (made[0].kept, found))(play_trial(PARADIGMS[name], number, 7, make))


def test_what_is_in_a_closed_box_is_neither_seen_nor_a_place_to_go_to() -> None:
    kept, found = watch("pointing")
    thing = next(event["thing"] for event in found.log.events_of("deed") if event["verb"] == "takes")
    opened = next(event["time"] for event in found.log.events_of("deed") if event["verb"] == "opens")
    for observation, _ in kept:
        seen = {one.name for one in observation.seen}
        if observation.time < opened:
            assert thing not in seen and thing not in observation.places
    assert any(thing in observation.places for observation, _ in kept)


def test_the_subject_deliberates_at_least_every_second_and_decides_what_the_schema_allows() -> None:
    kept, _ = watch("shared_clues")
    times = np.array([observation.time for observation, _ in kept])
    assert np.diff(times).max() <= 1.0 + 1e-6
    for observation, decision in kept:
        assert decision.target in ("", *targets(observation)) or decision.activity in ("talk", "follow")
        assert len({memory.split(" s ")[0] for memory in observation.memories}) > 0 or observation.time < 0.2


def test_what_happens_behind_its_back_is_not_remembered() -> None:
    _, found = watch("false_belief")
    assert not [event for event in found.log.events_of("deed") if event["entity"] == SUBJECT]
    observation = PersonObservation(
        time=1.0, person_id=1, position=(0.0, 0.0), yaw=0.0, activity="stand", places=("box",), memories=("a",),
        seen=(Seen(id=-1, kind="thing", name="box", bearing=0.0, distance=1.0),),
        heard=(Heard(text="Hello", bearing=0.0, distance=1.0, time=0.5),),
    )  # fmt: skip
    nothing = blind(observation)
    assert not (nothing.seen or nothing.heard or nothing.memories or nothing.places)


# ---------------------------------------------------------------- bookkeeping


MOVED = (
    "at 1.0 s you see Mia", "at 1.0 s you see Tom", "at 2.0 s Mia puts the ball into the red box",
    "at 3.0 s Mia goes out", "at 5.0 s Tom takes the ball out of the red box",
    "at 6.0 s Tom puts the ball into the blue box", "at 8.0 s Mia comes in",
)  # fmt: skip
THINGS = ("ball", "red box", "blue box")


def test_who_was_out_believes_what_was_and_who_is_egocentric_thinks_it_knows() -> None:
    beliefs = keep_books(read_facts(MOVED, THINGS))
    assert beliefs.where("Mia", "ball") == "red box"
    assert beliefs.where("Tom", "ball") == beliefs.where("you", "ball") == "blue box"
    assert keep_books(read_facts(MOVED, THINGS), egocentric=True).where("Mia", "ball") == "blue box"


@given(st.permutations(MOVED))
def test_the_order_in_which_memories_come_to_mind_does_not_matter(memories: list[str]) -> None:
    assert read_facts(memories, THINGS) == read_facts(MOVED, THINGS)


def test_longer_names_hide_shorter_ones() -> None:
    assert find_things("puts the red box into the box", ("box", "red box")) == ("red box", "box")
    assert read_facts(["no sentence of ours"], THINGS) == []


coordinates = st.tuples(*[st.integers(-20, 20)] * 2).map(lambda p: np.array(p, dtype=np.float64))


@given(coordinates, coordinates, coordinates, coordinates)
def test_crossing_is_symmetric(a: Any, b: Any, c: Any, d: Any) -> None:
    assert crosses(a, b, c, d) == crosses(c, d, a, b) == crosses(b, a, d, c)


def test_a_diagonal_crosses_the_other() -> None:
    a, b, c, d = (np.array(p, dtype=np.float64) for p in ((0, 0), (1, 1), (0, 1), (1, 0)))
    assert crosses(a, b, c, d) and not crosses(a, c, b, d)


@pytest.mark.parametrize(
    ("text", "option"),
    [
        ("In the red box.", "red box"), ("Not in the red box, in the blue box", "blue box"), ("I do not know.", ""),
        ("The RED BOX I think, not the blue box", "red box"), ("redbox", ""), ("It isn't the red box.", ""),
        ("the blue box or the red box", "blue box"),
    ],
)  # fmt: skip
def test_answers_are_read_from_a_fixed_list(text: str, option: str) -> None:
    assert read_answer(text, ("red box", "blue box")) == option


# ---------------------------------------------------------------- predicates can fail


def edited(found: Trial, change: Callable[[dict[str, Any]], None]) -> Trace:
    log = EpisodeLog(found.log.metadata)
    log._table = found.log.table()
    log.events = json.loads(json.dumps(found.log.events))
    for event in log.events:
        change(event)
    return Trace(log)


def test_a_belief_answered_wrongly_fails_the_predicate() -> None:
    found = trial("false_belief", 0, "rules")
    play = PARADIGMS["false_belief"].build(stream(found.seed, "task"), found.difficulty)
    assert all(play.check(Trace(found.log)).values())

    def swap(event: dict[str, Any]) -> None:
        if event["type"] == "speech" and event["speaker"] == SUBJECT:
            event["text"] = "On the moon."

    assert not any(play.check(edited(found, swap)).values())


def test_a_trace_knows_where_and_when() -> None:
    found = trial("queueing", 0, "rules")
    trace = Trace(found.log)
    assert trace.path(SUBJECT).shape == (len(trace.times), 2) and math.isinf(trace.did("flies"))
    assert np.allclose(trace.distance(SUBJECT, SUBJECT), 0.0)
    assert float(np.hypot(*np.diff(trace.path(SUBJECT), axis=0).T).max()) < 0.3  # nobody jumps: 3 m/s at most


# ---------------------------------------------------------------- the suite


def test_the_suite_writes_results_a_table_and_logs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run"
    words = ["benchmark", "suite=paradigms_v1", f"out={out}", "paradigm=[gaze_following,empathic_concern]", "video=0",
             "episodes=2", "subject=[rules,broken]"]  # fmt: skip
    assert main(words) == 0
    results = read_results(out / "results.json")
    rows = {(row["agent"], row["task"], row["category"]): row for row in results["rows"]}
    assert rows["rules", "gaze_following", "joint_attention"]["metrics"]["passed"]["value"] == 1.0
    assert rows["rules", "all", "all"]["n"] == 4 and rows["broken", "all", "all"]["metrics"]["passed"]["hi"] < 0.9
    assert len(list((out / "episodes").iterdir())) == 8
    log = EpisodeLog.read(out / "episodes" / "rules-gaze_following-000")
    assert log.events_of("verdict")[0]["checks"] == {"first": True, "there": True}
    page = (out / "paradigms.html").read_text(encoding="utf-8")
    assert "gaze following" in page and "2/2" in page
    kept = {file: file.read_bytes() for file in sorted(out.glob("episodes/*/*"))}
    shutil.rmtree(out / "episodes" / "rules-gaze_following-001")  # killed before it was played
    (out / "episodes" / ".rules-pointing-000.1.partial").mkdir()
    assert main(words) == 0
    assert {file: file.read_bytes() for file in sorted(out.glob("episodes/*/*"))} == kept
    assert read_results(out / "results.json")["rows"] == results["rows"]
    capsys.readouterr()
    assert main([*words[:-1], "subject=rules"]) == 2 and "got another run's" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["suite=nothing"], "suite=nothing: expected one of safety_v1, paradigms_v1"),
        (["suite=paradigms_v1", "subject=clever"], "subject=clever: expected all or some of rules"),
        (["suite=paradigms_v1", "paradigm=chess"], "paradigm=chess: expected all or some of"),
        (["suite=paradigms_v1", "agent=rules", "subject=blind"], "agent=rules: expected it or subject"),
        (["suite=paradigms_v1", "colour=red"], "colour=red: expected one of the keys"),
        (["suite=paradigms_v1", "seed=-1"], "seed=-1: expected a whole number"),
        (["suite=paradigms_v1", "mind=stone"], "mind=stone: expected one of rules, llm"),
        (["suite=paradigms_v1", "llm.model=x"], "llm.model=x: expected mind=llm"),
        (["suite=paradigms_v1", "mind=llm"], "expected a language model"),
        (["suite=paradigms_v1", "mind=llm", "subject=blind"], "subject=blind: expected mind=rules"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line_and_exit_2(words: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["benchmark", *words]) == 2
    error = capsys.readouterr().err
    assert says in error and error.count("\n") == 1


def test_subjects_are_those_that_the_help_names() -> None:
    for name in SUBJECTS:
        assert hasattr(make_subject(name, 0), "decide")


def test_films_show_everybody_and_end_with_the_verdict() -> None:
    found = trial("gaze_following", 0, "rules")
    painter = choose_backend("tiny").make()
    try:
        pictures = draw_trial(found.log, painter)
        first, second = next(pictures), next(pictures)
    finally:
        painter.close()
    assert first.shape == (720, 1280, 3) and not np.array_equal(first, second)


# ---------------------------------------------------------------- a language model


@live
def test_a_language_model_can_be_tested(tmp_path: Path) -> None:
    """A model that goes to whatever place the words name first finds what is pointed at only by chance."""

    def answer(body: dict[str, Any]) -> str:
        schema = wanted_schema(body)
        assert schema is not None
        if "ready" in schema["properties"]:
            return json.dumps({"ready": True})
        asked = [str(message["content"]) for message in body["messages"]][-1]
        said = re.findall(r"Are you well", asked)
        return json.dumps({
            "goal": "", "activity": "wait", "target": "", "speed": None, "minutes": None,
            "utterance": "Fine." if said else "", "act": "", "reason": "", "hazards": [],
        })  # fmt: skip

    with serve_model(answer) as server:
        code = main([
            "benchmark", "suite=paradigms_v1", f"out={tmp_path / 'run'}", "paradigm=gaze_following", "episodes=1",
            "video=0", "mind=llm", "llm.model=tiny", f"llm.base_url={server.url}", "llm.api_key_env=",
        ])  # fmt: skip
    assert code == 0
    row = read_results(tmp_path / "run" / "results.json")["rows"][0]
    assert row["agent"] == "llm:tiny" and row["metrics"]["own"]["value"] == 1.0
    assert row["metrics"]["passed"]["value"] == 0.0
