"""What people understand, know and say."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from embodied.agents.directions import parse_directions
from embodied.agents.follower import ANGLE
from embodied.config import MindConfig
from embodied.drive import wrap
from embodied.episode import Decision, Heard, PersonObservation
from embodied.minds.dialogue import match_places, understand
from embodied.minds.knowledge import LIE, Knowledge, draw_knowledge, make_liar
from embodied.minds.models import MINDS
from embodied.minds.phrasing import MOST_WORDS, Stretch, Way, mirror, tell
from embodied.minds.rules import RulesMind
from embodied.place import Place, build_scene
from scenes.routes import plan_route
from scenes.scene import Scene
from scenes.walkable import Walkable

NAMES = ("pharmacy", "bakery", "bookshop", "bank", "flower shop", "toy shop", "cafe", "fountain", "old oak")


@pytest.fixture(scope="module")
def plaza() -> Scene:
    return build_scene(Place(name="plaza", seed=4))


@pytest.mark.parametrize(
    ("text", "act", "place"),
    [
        ("Excuse me, where is the pharmacy?", "way", "pharmacy"),
        ("Could you tell me how to get to the book shop, please?", "way", "book shop"),
        ("Hi! Do you know where the bank is?", "way", "bank"),
        ("Sorry to bother you, I'm looking for the post office.", "way", "post office"),
        ("How do I get to the bakery from here?", "way", "bakery"),
        ("Which way is the cafe?", "way", "cafe"),
        ("Can you show me the way to the toy shop?", "way", "toy shop"),
        ("Is there a pharmacy near here?", "way", "pharmacy"),
        ("I need to find a chemist.", "way", "chemist"),
        ("What's the quickest way to the bakery?", "way", "bakery"),
        ("Would you mind pointing me towards the florist?", "way", "florist"),
        ("Any idea where the butcher is?", "way", "butcher"),
        ("Could you please give me directions to the cinema?", "way", "cinema"),
        ("How far is it to the bank?", "way", "bank"),
        ("Excuse me. Take me to the pharmacy.", "way", "pharmacy"),
        ("Sorry, I am looking for the pharmacy. Do you know where it is?", "way", "pharmacy"),
        ("Pharmacy?", "way", "pharmacy"),
        ("Is this the way to the bank?", "confirm", "bank"),
        ("I'm lost.", "way", ""),
        ("Can you help me?", "way", ""),
        ("Hello.", "greet", ""),
        ("Good morning!", "greet", ""),
        ("Thank you very much!", "thanks", ""),
        ("Sorry?", "repeat", ""),
        ("Could you say that again?", "repeat", ""),
        ("Bye!", "bye", ""),
        ("The weather has been quite dreadful lately", "unclear", ""),
    ],
)
def test_understanding(text: str, act: str, place: str) -> None:
    request = understand(text)
    assert (request.act, request.place) == (act, place)


def test_any_text_is_understood_somehow() -> None:
    for text in ("", "?", "a" * 500, "where is", "where is the", "你好", "to to to the the"):
        assert understand(text).act in ("way", "confirm", "repeat", "greet", "thanks", "bye", "unclear")


def test_places_by_other_words() -> None:
    assert match_places("chemist", NAMES) == ("pharmacy",)
    assert match_places("Book Shop", NAMES) == ("bookshop",)
    assert match_places("the big pharmacy on the corner", NAMES) == ("pharmacy",)
    assert match_places("shop", NAMES) == ("flower shop", "toy shop")
    assert match_places("airport", NAMES) == ()


def random_way(rng: np.random.Generator) -> Way:
    """Return a way as a route planner finds them: turns that are turns."""
    stretches = []
    for index in range(int(rng.integers(1, 5))):
        low = 0 if index == 0 else 30
        turn = float(np.radians(rng.uniform(low, 180 if index == 0 else 110)) * rng.choice((-1, 1)))
        names = [str(name) for name in rng.permutation(["fountain", "kiosk", "statue", "bakery", "old oak", "bank"])]
        passes = tuple((name, str(rng.choice(["left", "right"]))) for name in names[: int(rng.integers(0, 3))])
        until = names[3] if rng.random() < 0.4 else ""
        toward = names[4] if not until and rng.random() < 0.3 else ""
        stretches.append(
            Stretch(turn=turn, distance=float(rng.uniform(2, 90)), passes=passes, until=until, toward=toward)
        )
    side = str(rng.choice(["left", "right", ""]))
    return Way(stretches=tuple(stretches), side=side, beside="cafe" if rng.random() < 0.5 else "")


@pytest.mark.parametrize("seed", range(300))
def test_what_is_told_is_what_is_understood(seed: int) -> None:
    """The robot's reader gets the turns, the side and the landmarks out of the people's words."""
    rng = np.random.default_rng(seed)
    way = random_way(rng)
    text, whole = tell(way, "pharmacy", rng, hedged=bool(rng.random() < 0.4))
    assert len(text.split()) <= MOST_WORDS and text[0].isupper() and text.endswith(".")
    assert "  " not in text and " ," not in text and ".." not in text
    read = parse_directions(text)
    assert read.kind == "route"
    assert len(read.legs) == len(way.stretches) if whole else 1 < len(read.legs) < len(way.stretches), text
    for leg, part in zip(read.legs, way.stretches, strict=whole):
        assert abs(wrap(ANGLE[leg.turn] - part.turn)) <= math.radians(23), text
        if leg.until:
            assert leg.until.split()[-1] in (part.until + part.toward).split(), text
        if leg.distance is not None:
            assert abs(leg.distance - part.distance) <= max(40.0 if part.distance > 58 else 5.0, 0.1 * part.distance)
    assert read.side == (way.side if whole else ""), text
    assert whole or "ask again" in text
    assert set(read.near) <= {"cafe"}


def test_mirrored_twice_is_the_same() -> None:
    for seed in range(20):
        way = random_way(np.random.default_rng(seed))
        again = mirror(mirror(way))
        assert [round(part.turn, 9) for part in again.stretches] == [round(part.turn, 9) for part in way.stretches]
        assert again.side == way.side and mirror(way).side == {"left": "right", "right": "left", "": ""}[way.side]


def ask(mind: RulesMind, text: str, position: tuple[float, float], robot: tuple[float, float]) -> Decision:
    yaw = math.atan2(robot[1] - position[1], robot[0] - position[0])
    decision = mind.decide(
        PersonObservation(
            time=1.0, person_id=mind.person_id, position=position, yaw=yaw, activity="listen", robot=robot,
            heard=(Heard(text=text, bearing=0.0, distance=math.dist(position, robot), time=1.0),),
        )
    )  # fmt: skip
    assert decision is not None and decision.activity == "talk" and decision.utterance
    assert decision.decided_by == "rules" and decision.generated_by == "template"
    return decision


def meet(plaza: Scene, rng: np.random.Generator) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return where a person and a robot stand face to face on free ground."""
    ground = Walkable(plaza.walkable, radius=0.4)
    while True:
        x, y = ground.sample(rng, 1)[0].tolist()
        angle = float(rng.uniform(-math.pi, math.pi))
        robot = (x + 1.4 * math.cos(angle), y + 1.4 * math.sin(angle))
        if bool(ground.contains(np.array(robot))[0]):
            return (x, y), robot


@pytest.mark.slow
def test_people_tell_the_truth_about_the_first_turn(plaza: Scene) -> None:
    """Whoever knows and does not err sends the listener within 35 degrees of the shortest way's first leg."""
    rng, checked = np.random.default_rng(1), 0
    shops = [mark.name for mark in plaza.landmarks if mark.kind == "shop"]
    sure = MindConfig(stranger_share=0.0, error_share=0.0, refusal_share=0.0)
    make = RulesMind.maker(plaza, sure, 5)
    ground = Walkable(plaza.walkable, radius=0.25)
    for person in range(60):
        position, robot = meet(plaza, rng)
        goal = shops[int(rng.integers(len(shops)))]
        decision = ask(make(person), f"Excuse me, where is the {goal}?", position, robot)
        if decision.facts["truth"] != "true":
            assert decision.facts["truth"] in ("unknown", "partial")
            continue
        facing = math.atan2(position[1] - robot[1], position[0] - robot[0])
        legs = parse_directions(decision.utterance).legs
        if not legs:
            assert math.dist(robot, plaza.landmark(goal).position) < 6.0
            continue
        told = facing + ANGLE[legs[0].turn]
        route = plan_route(plaza, ground, robot, facing, goal)
        assert abs(wrap(told - route.steps[0].heading)) < math.radians(35), decision.utterance
        assert decision.point_at is not None
        point = math.atan2(decision.point_at[1] - robot[1], decision.point_at[0] - robot[0])
        assert abs(wrap(point - route.steps[0].heading)) < math.radians(5)
        path = np.array(decision.facts["route"])
        assert path.shape[1] == 2 and math.dist(path[-1], plaza.landmark(goal).position) < 0.5
        checked += 1
    assert checked > 30


def test_shares_are_as_configured(plaza: Scene) -> None:
    shares = {"stranger_share": 0.15, "error_share": 0.1, "refusal_share": 0.05}
    people = [draw_knowledge(plaza, (0.0, 0.0), np.random.default_rng(i), **shares) for i in range(2000)]
    roles = Counter(person.role for person in people)
    assert roles["stranger"] / 2000 == pytest.approx(0.15, abs=0.03)
    assert np.mean([not person.willing for person in people]) == pytest.approx(0.05, abs=0.02)
    errs = np.mean([bool(person.beliefs) or person.mixes_sides for person in people])
    assert errs == pytest.approx(0.1, abs=0.025)
    assert all(not person.known and not person.vague for person in people if person.role == "stranger")
    for person in people:
        assert all(place != name for name, place in person.beliefs.items())
        assert not person.known & person.vague


def test_keepers_know_their_surroundings_and_answer(plaza: Scene) -> None:
    shares = {"stranger_share": 1.0, "error_share": 1.0, "refusal_share": 1.0}
    spots = [spot for spot in plaza.spots if spot.kind == "keeper"]
    assert spots
    for spot in spots:
        keeper = draw_knowledge(plaza, spot.position, np.random.default_rng(0), **shares)
        assert keeper.role == "keeper" and keeper.willing and not keeper.beliefs and not keeper.mixes_sides
        assert spot.landmark in keeper.known


def test_a_share_is_a_share(plaza: Scene) -> None:
    with pytest.raises(ValueError, match=r"mind.error_share: expected a share in \[0, 1\], got 1.5"):
        draw_knowledge(plaza, (0, 0), np.random.default_rng(0), stranger_share=0, error_share=1.5, refusal_share=0)


def test_all_who_err_say_what_is_false(plaza: Scene) -> None:
    rng = np.random.default_rng(2)
    make = RulesMind.maker(plaza, MindConfig(stranger_share=0.0, error_share=1.0, refusal_share=0.0), 3)
    keepers = [spot.position for spot in plaza.spots if spot.kind == "keeper"]
    truths = Counter()
    for person in range(40):
        position, robot = meet(plaza, rng)
        if all(math.dist(position, keeper) > 3.0 for keeper in keepers):
            decision = ask(make(person), "Where is the bank?", position, robot)
            truths[decision.facts["truth"]] += 1
    assert truths["false"] > 15 and truths["true"] <= 2


def test_talk(plaza: Scene) -> None:
    """Refusal, no idea, a question back, a repetition, good manners."""
    here, robot = (0.0, 0.0), (1.4, 0.0)
    rude = RulesMind.maker(plaza, MindConfig(stranger_share=0.0, error_share=0.0, refusal_share=1.0), 0)(1)
    no = ask(rude, "Where is the bank?", here, robot)
    assert (no.act, no.facts["truth"], parse_directions(no.utterance).kind) == ("refuse", "refused", "refused")
    stranger = RulesMind.maker(plaza, MindConfig(stranger_share=1.0, refusal_share=0.0), 0)(1)
    for _ in range(12):
        unknown = ask(stranger, "Where is the bank?", here, robot)
        assert (unknown.act, unknown.facts["truth"]) == ("unknown", "unknown")
        assert parse_directions(unknown.utterance).kind == "unknown", unknown.utterance
    local = RulesMind.maker(plaza, MindConfig(stranger_share=0.0, error_share=0.0, refusal_share=0.0), 0)(7)
    for _ in range(6):
        back = ask(local, "Blue bananas usually sing very loudly", here, robot)
        assert back.act == "clarify" and parse_directions(back.utterance).kind == "clarify", back.utterance
    assert ask(local, "Where is the airport?", here, robot).act == "unknown"
    answer = ask(local, "Where is the bank?", here, robot)
    assert ask(local, "Sorry, could you repeat that?", here, robot).utterance == answer.utterance
    assert ask(local, "Hello!", here, robot).act == "greet"
    assert parse_directions(ask(local, "Thank you!", here, robot).utterance).kind == "other"
    assert local.decide(PersonObservation(time=2.0, person_id=7, position=here, yaw=0.0, activity="walk")) is None


@pytest.mark.parametrize("name", MINDS)
def test_the_same_seed_says_the_same(name: str, plaza: Scene) -> None:
    said = []
    for _ in range(2):
        make = MINDS[name].maker(plaza, MindConfig(), 11)
        said.append([ask(make(p), "Where is the bank?", (0.0, 0.0), (1.4, 0.0)).utterance for p in range(20)])
    assert said[0] == said[1] and len(set(said[0])) > 8


def test_answers_turn_with_the_listener(plaza: Scene) -> None:
    """The same person, asked from the other side, says the other turn."""
    make = RulesMind.maker(plaza, MindConfig(stranger_share=0.0, error_share=0.0, refusal_share=0.0), 0)
    differ = 0
    for person in range(10):
        east = ask(make(person), "Where is the bank?", (0.0, 0.0), (0.6, 0.0))
        west = ask(make(person), "Where is the bank?", (0.0, 0.0), (-0.6, 0.0))
        if east.facts["truth"] == "true" and parse_directions(east.utterance).legs:
            a, b = (ANGLE[parse_directions(said.utterance).legs[0].turn] for said in (east, west))
            assert abs(abs(wrap(a - b)) - math.pi) <= math.radians(46)
            differ += 1
    assert differ >= 3


# ------------------------------------------------------------------ lies


def answers(scene: Scene, share: float, people: int = 24, goal: str = "bank") -> list[Decision]:
    """Return what the same people say at the same places, for a share of liars."""
    rng = np.random.default_rng(6)
    make = RulesMind.maker(scene, MindConfig(), 21, false_answers=share)
    return [ask(make(person), f"Where is the {goal}?", *meet(scene, rng)) for person in range(people)]


def test_honest_people_say_the_same_whatever_the_share_of_liars(plaza: Scene) -> None:
    honest, some = answers(plaza, 0.0), answers(plaza, 0.4)
    assert not any("lie" in said.facts for said in honest)
    lies = [said.facts.get("lie", False) for said in some]
    assert 0 < sum(lies) < len(lies)
    for before, after, lie in zip(honest, some, lies, strict=True):
        assert lie or before.utterance == after.utterance


def test_a_lie_is_fluent_false_and_far_from_the_truth(plaza: Scene) -> None:
    bank, told = plaza.landmark("bank").position, 0
    for before, said in zip(answers(plaza, 0.0), answers(plaza, 1.0), strict=True):
        assert said.act == before.act  # who does not know, or does not answer, has nothing to lie about
        if said.act != "answer":
            continue
        assert said.facts["truth"] == "false" and said.facts["lie"] is True and said.facts["goal"] == "bank"
        directions = parse_directions(said.utterance)
        assert directions.kind == "route" and not directions.hedged and len(said.utterance.split()) <= MOST_WORDS
        assert math.dist(said.facts["route"][-1], bank) >= LIE - 1.0
        assert said.facts["knows"] == before.facts["knows"] and said.facts["role"] == before.facts["role"]
        told += 1
    assert told > 8


def test_liars_come_in_their_share_and_keepers_are_among_them(plaza: Scene) -> None:
    shares = {"stranger_share": 0.15, "error_share": 0.1, "refusal_share": 0.05}
    keeper = next(spot.position for spot in plaza.spots if spot.kind == "keeper")
    lying = []
    for seed in range(1500):
        person = draw_knowledge(plaza, keeper if seed % 2 else (0.0, 0.0), np.random.default_rng(seed), **shares)
        again = make_liar(person, plaza, np.random.default_rng(seed + 7), 0.3)
        assert again.role == person.role and again.known == person.known
        assert again == person or (again.liar and again.willing == person.willing)
        lying.append((seed % 2, again.liar))
    for at_a_shop in (0, 1):
        assert np.mean([liar for place, liar in lying if place == at_a_shop]) == pytest.approx(0.3, abs=0.05)
    with pytest.raises(ValueError, match=r"task.false_answers: expected a share in \[0, 1\], got 1.5"):
        make_liar(person, plaza, np.random.default_rng(0), 1.5)


def test_a_liar_keeps_to_its_lie(plaza: Scene) -> None:
    make = RulesMind.maker(plaza, MindConfig(stranger_share=0.0, refusal_share=0.0), 3, false_answers=1.0)
    liar, ends = make(5), []
    rng = np.random.default_rng(3)
    for _ in range(4):
        said = ask(liar, "Where is the bank?", *meet(plaza, rng))
        ends.append(said.facts["route"][-1] if said.act == "answer" else None)
    assert ends[0] is not None and all(math.dist(ends[0], end) < 0.1 for end in ends if end is not None)


def test_where_there_is_one_place_a_lie_leads_the_other_way(plaza: Scene) -> None:
    alone = replace(plaza, landmarks=(plaza.landmark("bank"),))
    make = RulesMind.maker(alone, MindConfig(stranger_share=0.0, refusal_share=0.0, error_share=0.0), 1)
    lie = RulesMind.maker(alone, MindConfig(stranger_share=0.0, refusal_share=0.0), 1, false_answers=1.0)
    rng, checked = np.random.default_rng(8), 0
    for person in range(20):
        here, robot = meet(plaza, rng)
        true, false = (ask(maker(person), "Where is the bank?", here, robot) for maker in (make, lie))
        if true.facts["truth"] != "true" or not parse_directions(true.utterance).legs:
            continue
        a, b = (ANGLE[parse_directions(said.utterance).legs[0].turn] for said in (true, false))
        assert false.facts["truth"] == "false" and abs(abs(wrap(a - b)) - math.pi) < 1e-6
        ways = [np.array(said.facts["route"]) - robot for said in (true, false)]
        np.testing.assert_allclose(ways[0], -ways[1], atol=2e-3)
        checked += 1
    assert checked >= 3


def test_who_says_left_for_right_describes_the_mirrored_way(plaza: Scene) -> None:
    person = Knowledge(role="local", known=frozenset(mark.name for mark in plaza.landmarks))
    town = RulesMind.maker(plaza, MindConfig(), 0)(1)._town
    here, robot = (0.0, 0.0), (1.4, 0.0)
    minds = [
        RulesMind(1, lambda _, k=knowledge: k, town, np.random.default_rng(4))
        for knowledge in (person, replace(person, mixes_sides=True))
    ]
    right, wrong = (ask(mind, "Where is the bank?", here, robot) for mind in minds)
    assert (right.facts["truth"], wrong.facts["truth"]) == ("true", "false")
    assert (right.facts["knows"], wrong.facts["knows"]) == (True, False)
    a, b = (np.array(said.facts["route"]) for said in (right, wrong))  # the listener looks along -x
    np.testing.assert_allclose(a * (1, -1), b, atol=2e-3)
