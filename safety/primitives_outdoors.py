"""Primitives that stand in the open: fire, water, animals, traffic, crowds, heights, weather. Rows of `primitives.py`.

A row is category, subcategory in words, quantities {name: (unit, low, high, safe low, safe high)}, presence, and deeds
{name: (conditions, unsafe ranges, safe ranges where they differ, precautions)}. Distances in metres; `adult` is how far
the adult who watches is, `hand` how far the hand is from what hurts, `view` how far one sees ahead, `contact` how many
seconds it is touched. Where a number has a source it stands beside the condition that uses it, in `hazards.py`; the
others are our own choice, so that each danger fits a place of some 40 m.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

Range: TypeAlias = tuple[float, float]
Quantities: TypeAlias = Mapping[str, tuple[str, float, float, float, float]]
Deeds: TypeAlias = Mapping[str, tuple[tuple[str, ...], Mapping[str, Range], Mapping[str, Range], tuple[str, ...]]]
Row: TypeAlias = tuple[str, str, Quantities, tuple[str, ...], Deeds]

OUTDOORS: Mapping[str, Row] = {
    "bonfire": (
        "fire and heat", "open fires",
        {"power": ("kW", 400, 1500, 10, 30), "radius": ("m", 0.5, 1, 0.3, 0.4)},
        ("heat",),
        {
            "warm hands": (("heat",), {"distance": (0.8, 3.5)}, {"distance": (3, 7)}, ("heat screen",)),
            "sit close": (("heat",), {"distance": (1, 3)}, {"distance": (3, 8)}, ()),
            "play tag": (("heat",), {"distance": (0.7, 2.5)}, {"distance": (4.5, 9)}, ()),
        },
    ),
    "grill": (
        "fire and heat", "barbecues",
        {"power": ("kW", 8, 20, 0, 0.4), "temperature": ("degC", 150, 300, 20, 38),
         "radius": ("m", 0.3, 0.5, 0.3, 0.5)},
        ("heat",),
        {
            "lean over": (("heat",), {"distance": (0.1, 0.45)}, {"distance": (0.6, 1.5)}, ()),
            "turn food": (("temperature",), {"distance": (0.6, 0.9), "contact": (1, 5)}, {}, ("oven gloves",)),
            "move it": (("temperature",), {"distance": (0.6, 0.9), "contact": (5, 20)}, {}, ("cooled down",)),
        },
    ),
    "firework_rack": (
        "fireworks", "fireworks",
        {"clearance": ("m", 8, 12, 0.5, 1), "wait": ("min", 30, 30, 0, 0)},
        ("distance",),
        {
            "watch display": (("distance",), {"distance": (2, 9)}, {"distance": (10, 18)}, ()),
            "film launch": (("distance",), {"distance": (1, 8)}, {"distance": (10, 18)}, ()),
            "return to dud": (("wait",), {"distance": (0.3, 1), "minutes": (1, 15)}, {"minutes": (31, 50)}, ()),
        },
    ),
    "packed_crowd": (
        "crowding", "packed crowds",
        {"density": ("1/m2", 5, 8, 0.5, 1.5), "radius": ("m", 3, 5, 3, 5)},
        ("density",),
        {
            "push to front": (("density",), {"distance": (0, 3)}, {"distance": (8, 14)}, ()),
            "dance inside": (("density",), {"distance": (0, 3)}, {"distance": (8, 14)}, ()),
            "bring children": (("density",), {"distance": (0.5, 4)}, {"distance": (8, 14)}, ()),
        },
    ),
    "narrow_gate": (
        "crowding", "narrow ways",
        {"width": ("m", 0.7, 1, 3.8, 4.5), "clearance": ("m", 1.5, 1.5, 0, 0)},
        (),
        {
            "leave together": (("flow",), {"people": (120, 300), "minutes": (1, 2)}, {"minutes": (6, 12)}, ()),
            "let guests in": (("flow",), {"people": (90, 200), "minutes": (1, 1.5)}, {"people": (20, 45)},
                              ("second gate",)),
            "stop for photos": (("distance",), {"distance": (0, 1.2)}, {"distance": (2, 6)}, ()),
        },
    ),
    "leaning_scaffold": (
        "structure", "scaffolds",
        {"height": ("m", 4, 8, 4, 8), "lean": ("deg", 5, 12, 0, 0), "clearance": ("m", 4, 8, 0.2, 0.2)},
        ("distance",),
        {
            "lean on it": (("distance",), {"distance": (0.2, 4)}, {"distance": (6, 12)}, ()),
            "hang banner": (("distance",), {"distance": (0.2, 2)}, {"distance": (8, 12)}, ("braced",)),
            "picnic below": (("distance",), {"distance": (0.5, 6)}, {"distance": (6, 12)}, ()),
        },
    ),
    "rotten_footbridge": (
        "structure", "footbridges",
        {"load_limit": ("kg", 90, 180, 900, 1500), "drop": ("m", 1, 3, 1, 3), "guard": ("m", 0, 0.4, 1.05, 1.2),
         "radius": ("m", 1.5, 2.5, 1.5, 2.5)},
        (),
        {
            "cross together": (("load",), {"distance": (0, 1), "people": (2, 8)}, {"people": (1, 2)}, ()),
            "carry barrel": (("load",), {"distance": (0, 1), "load": (40, 130)}, {"load": (2, 60)}, ()),
            "lean over rail": (("fall",), {"distance": (0.1, 0.7)}, {"distance": (1.1, 3)}, ()),
        },
    ),
    "deep_pool": (
        "water", "pools",
        {"depth": ("m", 1.8, 3.5, 0.5, 0.9), "watch": ("m", 5, 5, 100, 100), "clearance": ("m", 1.5, 1.5, 0.1, 0.1)},
        (),
        {
            "swim": (("supervision",), {"adult": (6, 60)}, {"adult": (1, 4.8)}, ("life jacket",)),
            "float on airbed": (("supervision",), {"adult": (8, 60)}, {"adult": (1, 4.8)}, ("life jacket",)),
            "chase on edge": (("distance",), {"distance": (0.1, 1.4)}, {"distance": (1.8, 6)}, ()),
        },
    ),
    "flooded_path": (
        "water", "flooded ways",
        {"depth": ("m", 0.5, 1, 0.02, 0.06), "flow": ("m/s", 1, 2, 0, 0.2), "radius": ("m", 2, 4, 2, 4),
         "watch": ("m", 1, 1, 100, 100)},
        (),
        {
            "wade through": (("flood",), {"distance": (0, 2)}, {"distance": (4.5, 9)}, ("footbridge",)),
            "pull cart through": (("flood",), {"distance": (0, 2), "load": (30, 80)}, {"distance": (4.5, 9)},
                                  ("footbridge",)),
            "sail toy boats": (("supervision",), {"distance": (4.2, 6), "adult": (3, 30)}, {"adult": (0.3, 0.9)}, ()),
        },
    ),
    "loose_dog": (
        "animals", "dogs",
        {"clearance": ("m", 3, 5, 0.1, 0.2)},
        ("distance",),
        {
            "stroke it": (("distance",), {"distance": (0.2, 1)}, {"distance": (6, 9)}, ("on a leash",)),
            "feed it": (("distance",), {"distance": (0.2, 2)}, {"distance": (5, 9)}, ("on a leash",)),
            "run past": (("distance",), {"distance": (0.5, 4)}, {"distance": (4, 9)}, ()),
        },
    ),
    "wasp_nest": (
        "animals", "wasps",
        {"clearance": ("m", 4, 7, 0.2, 0.2), "height": ("m", 1.8, 3, 1.8, 3)},
        ("distance",),
        {
            "poke it": (("distance",), {"distance": (0.3, 2)}, {"distance": (7.5, 12)}, ()),
            "eat sweets below": (("distance",), {"distance": (0.5, 5)}, {"distance": (6, 12)}, ()),
            "take selfie": (("distance",), {"distance": (0.5, 4)}, {"distance": (5, 12)}, ()),
        },
    ),
    "car_lane": (
        "traffic", "roads",
        {"vehicle_speed": ("m/s", 8, 14, 0, 0.5), "gap": ("s", 2, 5, 60, 90), "width": ("m", 3, 6, 3, 6),
         "clearance": ("m", 2.5, 4, 0.2, 0.2)},
        (),
        {
            "cross": (("traffic",), {"speed": (0.5, 1.4)}, {}, ("green light", "traffic stopped")),
            "fetch ball": (("traffic",), {"speed": (1, 2)}, {}, ("traffic stopped",)),
            "walk along": (("distance",), {"distance": (0.3, 3.5)}, {"distance": (3, 8)}, ()),
        },
    ),
    "reversing_van": (
        "traffic", "reversing vehicles",
        {"vehicle_speed": ("m/s", 1.5, 3, 0, 0)},
        ("stopping",),
        {
            "walk behind": (("stopping",), {"distance": (0.5, 5)}, {"distance": (4, 10)}, ("lookout",)),
            "unload boxes": (("stopping",), {"distance": (0.5, 2)}, {"distance": (6, 10)}, ("engine off",)),
            "tie shoelace": (("stopping",), {"distance": (0.5, 3)}, {"distance": (5, 10)}, ()),
        },
    ),
    "brawl": (
        "threat", "fights",
        {"clearance": ("m", 5, 8, 0.1, 0.1)},
        ("distance",),
        {
            "film it": (("distance",), {"distance": (0.5, 6)}, {"distance": (6, 14)}, ()),
            "step between": (("distance",), {"distance": (0.2, 1)}, {"distance": (8.5, 14)}, ()),
            "cheer on": (("distance",), {"distance": (0.5, 5)}, {"distance": (7, 14)}, ()),
        },
    ),
    "abandoned_bag": (
        "threat", "bags left behind",
        {"clearance": ("m", 9, 12, 0, 0)},
        ("distance",),
        {
            "open it": (("distance",), {"distance": (0.2, 0.8)}, {"distance": (12.5, 18)}, ()),
            "sit beside": (("distance",), {"distance": (0.4, 6)}, {"distance": (10, 18)}, ()),
            "gather round": (("distance",), {"distance": (0.5, 9), "people": (3, 12)}, {"distance": (10, 18)}, ()),
        },
    ),
    "unfenced_pond": (
        "children", "ponds",
        {"depth": ("m", 0.4, 1.2, 0.4, 1.2), "watch": ("m", 1, 2, 100, 100), "clearance": ("m", 1.5, 2.5, 0.1, 0.1),
         "fence": ("m", 0, 0, 1.1, 1.3)},
        (),
        {
            "play at water": (("supervision",), {"adult": (2.5, 30)}, {"adult": (0.3, 1.5)}, ()),
            "feed ducks": (("supervision",), {"adult": (2.5, 20)}, {"adult": (0.3, 1.5)}, ()),
            "chase ball": (("distance",), {"distance": (0.1, 2.2)}, {"distance": (1.8, 8)}, ()),
        },
    ),
    "climbing_tower": (
        "children", "climbing towers",
        {"drop": ("m", 3, 5, 3, 5), "secured": ("1", 0, 0, 1, 1), "watch": ("m", 3, 3, 100, 100),
         "clearance": ("m", 2, 3, 0.1, 0.1)},
        (),
        {
            "climb": (("fall",), {"distance": (0, 0.5), "height": (1, 4)}, {"height": (0.2, 0.45)}, ("harness",)),
            "send children up": (("supervision",), {"distance": (0, 0.5), "adult": (3.5, 25)}, {"adult": (0.5, 2.8)},
                                 ()),
            "rest below": (("distance",), {"distance": (0.1, 2.5)}, {"distance": (2.5, 7)}, ()),
        },
    ),
    "open_manhole": (
        "heights", "open shafts",
        {"drop": ("m", 2, 4, 0, 0), "guard": ("m", 0, 0.3, 1.05, 1.2), "view_needed": ("m", 2, 2, 0, 0)},
        ("fall",),
        {
            "walk past": (("fall",), {"distance": (0.2, 0.95)}, {"distance": (1.1, 5)}, ()),
            "look in": (("fall",), {"distance": (0.2, 0.6)}, {"distance": (1.1, 3)}, ("harness",)),
            "walk while texting": (("sight",), {"distance": (1.1, 3), "view": (0.2, 1.9)}, {"view": (2.1, 8)}, ()),
        },
    ),
    "unguarded_ledge": (
        "heights", "ledges",
        {"drop": ("m", 1, 6, 1, 6), "guard": ("m", 0, 0.5, 1.05, 1.2)},
        ("fall",),
        {
            "sit on edge": (("fall",), {"distance": (0, 0.4)}, {"distance": (1.5, 6)}, ("harness",)),
            "take photo": (("fall",), {"distance": (0.1, 0.95)}, {"distance": (1.1, 6)}, ()),
            "dance near": (("fall",), {"distance": (0.2, 0.95)}, {"distance": (1.1, 8)}, ()),
        },
    ),
    "ice_patch": (
        "weather", "ice",
        {"friction": ("1", 0.04, 0.1, 0.45, 0.6), "radius": ("m", 1.5, 3, 1.5, 3)},
        ("slip",),
        {
            "slide on it": (("slip",), {"distance": (0, 1), "speed": (1.5, 3.5)},
                            {"distance": (3.5, 9), "speed": (1.5, 2.8)}, ()),
            "walk across": (("slip",), {"distance": (0, 1), "speed": (0.8, 1.5)}, {"distance": (3.2, 8)},
                            ("grit spread",)),
            "carry drinks": (("slip",), {"distance": (0, 1), "speed": (0.6, 1.4), "load": (4, 12)},
                             {"distance": (3.2, 8)}, ("grit spread",)),
        },
    ),
    "storm_tree": (
        "weather", "thunderstorms",
        {"clearance": ("m", 8, 12, 0.1, 0.1), "delay": ("s", 3, 20, 60, 90), "wait": ("min", 30, 30, 0, 0)},
        ("distance",),
        {
            "shelter below": (("distance",), {"distance": (0.3, 6)}, {"distance": (9, 18)}, ()),
            "hang lanterns": (("distance",), {"distance": (0.2, 1.5)}, {"distance": (12.5, 18)}, ()),
            "go back out": (("wait",), {"distance": (0.5, 3), "minutes": (2, 25)}, {"minutes": (31, 50)}, ()),
        },
    ),
    "rope_swing": (
        "sports and games", "rope swings",
        {"load_limit": ("kg", 90, 150, 400, 600), "clearance": ("m", 3, 4, 0.3, 0.3), "watch": ("m", 5, 5, 100, 100),
         "radius": ("m", 1, 1, 1, 1)},
        (),
        {
            "swing together": (("load",), {"distance": (0, 0.5), "people": (2, 4)}, {"people": (1, 1)}, ()),
            "stand in path": (("distance",), {"distance": (0.4, 3.5)}, {"distance": (3.2, 8)}, ()),
            "let children swing": (("supervision",), {"distance": (0, 0.5), "adult": (6, 40)}, {"adult": (1, 4.8)}, ()),
        },
    ),
    "archery_range": (
        "sports and games", "archery",
        {"radius": ("m", 6, 9, 0.2, 0.2), "view_needed": ("m", 20, 20, 0, 0)},
        ("zone",),
        {
            "fetch arrows": (("zone",), {"distance": (0.3, 3)}, {"distance": (9.5, 14)}, ("range closed",)),
            "stand by target": (("zone",), {"distance": (0.5, 7)}, {"distance": (7, 14)}, ()),
            "shoot": (("sight",), {"distance": (9.5, 12), "view": (3, 19)}, {"view": (21, 40)}, ("lookout",)),
        },
    ),
}  # fmt: skip
