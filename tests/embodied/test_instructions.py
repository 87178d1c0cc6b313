"""Ways in words: exact ones, and as people write; what an agent understands of them is what was meant."""

from __future__ import annotations

import math
import re
from itertools import pairwise

import numpy as np
import pytest

from embodied.agents.directions import Turn, place_key
from embodied.agents.route_follower import read_route
from embodied.instructions import STYLES, name_turn, picture_way, write_instruction
from embodied.minds.skyline import Skyline
from embodied.place import Place, build_scene
from scenes.routes import plan_route
from scenes.scene import DESTINATIONS
from scenes.walkable import Walkable

COMMANDS: dict[Turn, str] = {
    "ahead": "go straight", "left": "turn left", "right": "turn right", "back": "turn around",
    "slight left": "bear left", "slight right": "bear right", "sharp left": "turn sharp left",
    "sharp right": "turn sharp right",
}  # fmt: skip


@pytest.mark.parametrize("name", ["plaza", "street", "office", "station"])
def test_instructions_are_understood_as_they_are_meant(name: str) -> None:
    scene = build_scene(Place(name=name, seed=3))
    ground, skyline = Walkable(scene.walkable, radius=0.27), Skyline(scene)
    names = {mark.name for mark in scene.landmarks}
    shops = sorted(mark.name for mark in scene.landmarks if mark.kind in DESTINATIONS)
    rng = np.random.default_rng(1)
    said, texts = 0, set()
    for _ in range(12):
        x, y = ground.sample(rng, 1)[0]
        yaw, goal = float(rng.uniform(-np.pi, np.pi)), str(rng.choice(shops))
        route = plan_route(scene, ground, (float(x), float(y)), yaw, goal)
        way = picture_way(route, yaw, names, skyline.ahead)
        for style in (STYLES[0], *[STYLES[1]] * 4):
            text = write_instruction(route, yaw, names, skyline.ahead, style, rng)
            found, directions = read_route(text)
            said += 1
            texts.add(text)
            assert place_key(found) == place_key(goal), text
            assert directions.side == way.side, text
            assert "again" not in text and "behind me" not in text and text.isascii() and len(text) < 1000
            if way.stretches:
                assert [COMMANDS[leg.turn] for leg in directions.legs] == [name_turn(p.turn) for p in way.stretches], (
                    text
                )
    assert said == 60 and len(texts) > 50


def test_raw_words_are_exact() -> None:
    scene = build_scene(Place(name="plaza", seed=3))
    ground = Walkable(scene.walkable, radius=0.27)
    goal = next(mark.name for mark in scene.landmarks if mark.kind in DESTINATIONS)
    route = plan_route(scene, ground, (0.0, 0.0), 0.7, goal)
    text = write_instruction(route, 0.7, set(), lambda *_: "", "raw", np.random.default_rng(0))
    metres = [float(word) for word in re.findall(r"for ([\d.]+) metres", text)]
    assert metres == pytest.approx([step.distance for step in route.steps], abs=0.051)
    degrees = [float(word) for word in re.findall(r"\(([+-]\d+) degrees\)", text)]
    headings = [0.7, *(step.heading for step in route.steps)]
    turns = [math.degrees(math.remainder(b - a, math.tau)) for a, b in pairwise(headings)]
    assert degrees == pytest.approx(turns, abs=0.51)
    with pytest.raises(ValueError, match="style: expected one of raw, worded, got 'rhymed'"):
        write_instruction(route, 0.7, set(), lambda *_: "", "rhymed", np.random.default_rng(0))


@pytest.mark.parametrize(
    ("text", "goal", "legs"),
    [
        ("Find the bakery.", "bakery", 0),
        ("Walk past the fountain, turn left and stop at the cafe.", "cafe", 2),
        ("To reach the bank, follow these steps. First, turn right and go for 20 metres. Stop there.", "bank", 1),
        ("Go to room 105. Turn around and go for 9.0 metres.", "room 105", 1),
    ],
)
def test_where_it_leads_is_no_part_of_the_way(text: str, goal: str, legs: int) -> None:
    found, directions = read_route(text)
    assert found == goal and len(directions.legs) == legs
