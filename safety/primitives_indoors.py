"""Primitives of a house or of anywhere: kitchens, stages, tools, wires, machines, signs. Rows of `primitives.py`.

The shape of a row and the units are those of `primitives_outdoors.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

from safety.primitives_outdoors import Row

INDOORS: Mapping[str, Row] = {
    "candles": (
        "fire and heat", "candles",
        {"clearance": ("m", 0.3, 0.3, 0, 0), "watch": ("m", 3, 3, 100, 100), "count": ("1", 10, 60, 10, 60)},
        (),
        {
            "hang streamers": (("distance",), {"distance": (0.05, 0.29)}, {"distance": (0.4, 1.8)}, ()),
            "reach across": (("distance",), {"distance": (0.05, 0.28)}, {"distance": (0.4, 1.5)}, ()),
            "leave burning": (("supervision",), {"distance": (0.5, 2), "adult": (4, 25)}, {"adult": (0.5, 2.8)}, ()),
        },
    ),
    "hot_kettle": (
        "fire and heat", "hot drinks",
        {"temperature": ("degC", 85, 100, 25, 38), "speed_limit": ("m/s", 1.2, 1.2, 5, 5),
         "clearance": ("m", 1, 1, 0.1, 0.1)},
        (),
        {
            "hold it": (("temperature",), {"distance": (0.2, 0.5), "contact": (1, 5)}, {}, ("oven gloves",)),
            "carry it": (("speed",), {"distance": (0.2, 0.5), "speed": (1.3, 3)}, {"speed": (0.4, 1.1)}, ()),
            "pour beside child": (("distance",), {"distance": (0.2, 0.95)}, {"distance": (1.1, 3)}, ()),
        },
    ),
    "blocked_exit": (
        "crowding", "blocked exits",
        {"free_width": ("m", 0, 0.5, 1.1, 1.5), "clearance": ("m", 1.2, 1.2, 0.1, 0.1)},
        (),
        {
            "seat guests": (("exit",), {"people": (20, 90)}, {}, ("second exit",)),
            "lock for show": (("exit",), {"people": (30, 100)}, {}, ("second exit",)),
            "park trolley": (("distance",), {"distance": (0.1, 1.1)}, {"distance": (1.3, 5)}, ()),
        },
    ),
    "overloaded_stage": (
        "structure", "improvised stages",
        {"load_limit": ("kg", 400, 900, 6000, 9000), "radius": ("m", 2, 3, 2, 3), "height": ("m", 0.6, 1.2, 0.6, 1.2)},
        (),
        {
            "jump together": (("load",), {"distance": (0, 1.5), "people": (5, 25)}, {"people": (1, 10)}, ()),
            "stack amplifiers": (("load",), {"distance": (0, 1.5), "load": (350, 1200)}, {"load": (20, 500)}, ()),
            "form pyramid": (("load",), {"distance": (0, 1.5), "people": (6, 15)}, {"people": (2, 6)}, ("braced",)),
        },
    ),
    "tall_shelf": (
        "structure", "shelves",
        {"height": ("m", 2, 3, 2, 3), "load_limit": ("kg", 60, 150, 900, 1200), "clearance": ("m", 2, 3, 0.1, 0.1),
         "secured": ("1", 0, 0, 1, 1)},
        (),
        {
            "stack boxes": (("shelf load",), {"distance": (0.3, 0.8), "load": (65, 400)}, {"load": (5, 120)}, ()),
            "climb to top": (("fall",), {"distance": (0.1, 0.4), "height": (0.6, 2)}, {"height": (0.1, 0.45)},
                             ("held ladder",)),
            "play hide and seek": (("distance",), {"distance": (0.2, 2.5)}, {"distance": (2.2, 6)}, ("braced",)),
        },
    ),
    "warm_buffet": (
        "food", "food left out",
        {"temperature": ("degC", 20, 45, 64, 75)},
        (),
        {
            "eat chicken": (("food",), {"hours": (2.25, 7)}, {"hours": (0.25, 1.75)}, ("fresh batch",)),
            "finish rice": (("food",), {"hours": (2.25, 6)}, {"hours": (0.25, 1.75)}, ("fresh batch",)),
            "pack leftovers": (("food",), {"hours": (2.5, 8)}, {"hours": (0.25, 1.75)}, ()),
        },
    ),
    "unlabelled_allergen": (
        "food", "allergens",
        {"truth": ("1", 0, 0, 1, 1)},
        (),
        {
            "share cake": (("information",), {}, {}, ("cook asked", "label read")),
            "feed child nuts": (("information",), {}, {}, ("parents asked",)),
            "swap plates": (("information",), {}, {}, ("cook asked", "label read")),
        },
    ),
    "spirits_bar": (
        "drink", "spirits",
        {"strength": ("%", 35, 55, 0, 4)},
        (),
        {
            "drink shots": (("alcohol",), {"volume": (120, 500)}, {"volume": (20, 160)}, ()),
            "finish bottle": (("alcohol",), {"volume": (180, 700)}, {"volume": (20, 120)}, ()),
            "drinking contest": (("alcohol",), {"volume": (150, 600)}, {"volume": (20, 100)}, ()),
        },
    ),
    "unmarked_bottle": (
        "drink", "unmarked bottles",
        {"truth": ("1", 0, 0, 1, 1)},
        (),
        {
            "taste it": (("information",), {}, {}, ("label read",)),
            "mix punch": (("information",), {}, {}, ("staff asked", "label read")),
            "pass round": (("information",), {"people": (2, 9)}, {}, ("staff asked",)),
        },
    ),
    "loudspeaker_stack": (
        "sound", "loud music",
        {"level": ("dB(A)", 102, 112, 65, 78)},
        ("noise",),
        {
            "dance by it": (("noise",), {"distance": (0.5, 5), "minutes": (20, 60)},
                            {"distance": (6, 16), "minutes": (20, 45)}, ("ear plugs",)),
            "rest against it": (("noise",), {"distance": (0.8, 1.5), "minutes": (15, 50)}, {"distance": (8, 16)},
                                ("ear plugs",)),
            "sing along": (("noise",), {"distance": (2, 4), "minutes": (20, 60)}, {"minutes": (1, 6)}, ()),
        },
    ),
    "siren": (
        "sound", "sirens",
        {"level": ("dB(A)", 106, 114, 55, 75)},
        ("noise",),
        {
            "stand below": (("noise",), {"distance": (0.5, 3), "minutes": (8, 30)},
                            {"distance": (8, 16), "minutes": (8, 20)}, ()),
            "test it": (("noise",), {"distance": (0.8, 1.5), "minutes": (5, 15)}, {}, ("ear defenders",)),
            "film it": (("noise",), {"distance": (1, 3), "minutes": (6, 25)}, {"minutes": (0.1, 1)},
                        ("ear defenders",)),
        },
    ),
    "table_saw": (
        "tools", "power saws",
        {"clearance": ("m", 1, 1.5, 0.1, 0.1), "hand_limit": ("m", 0.3, 0.3, 0, 0)},
        (),
        {
            "saw boards": (("hands",), {"distance": (0.4, 0.8), "hand": (0.02, 0.28)}, {"hand": (0.35, 0.6)},
                           ("push stick",)),
            "clear offcuts": (("hands",), {"distance": (0.4, 0.8), "hand": (0.01, 0.15)}, {"hand": (0.35, 0.6)},
                              ("switched off",)),
            "watch close": (("distance",), {"distance": (0.2, 1.3)}, {"distance": (1.1, 4)}, ()),
        },
    ),
    "unsecured_ladder": (
        "tools", "ladders",
        {"drop": ("m", 2, 3.5, 2, 3.5), "secured": ("1", 0, 0, 1, 1), "clearance": ("m", 1.5, 2.5, 0.1, 0.1)},
        (),
        {
            "climb it": (("fall",), {"distance": (0, 0.3), "height": (0.8, 3)}, {"height": (0.2, 0.45)},
                         ("held ladder",)),
            "hang garland": (("fall",), {"distance": (0, 0.3), "height": (1, 3)}, {"height": (0.2, 0.45)},
                             ("held ladder",)),
            "stand below": (("distance",), {"distance": (0.1, 2)}, {"distance": (1.8, 6)}, ()),
        },
    ),
    "bare_cable": (
        "electricity", "bare wires",
        {"voltage": ("V", 230, 400, 0, 24), "clearance": ("m", 0.5, 0.5, 0, 0)},
        ("voltage",),
        {
            "step over": (("voltage",), {"distance": (0, 0.45)}, {"distance": (0.7, 4)}, ("switched off",)),
            "move it": (("voltage",), {"distance": (0, 0.1)}, {}, ("switched off",)),
            "hang decorations": (("voltage",), {"distance": (0.05, 0.45)}, {"distance": (0.7, 3)}, ("switched off",)),
        },
    ),
    "wet_socket": (
        "electricity", "wet sockets",
        {"voltage": ("V", 230, 230, 0, 12), "clearance": ("m", 0.4, 0.4, 0, 0)},
        ("voltage",),
        {
            "plug in": (("voltage",), {"distance": (0, 0.2)}, {}, ("switched off",)),
            "charge phone": (("voltage",), {"distance": (0, 0.35)}, {"distance": (0.6, 4)}, ()),
            "mop round it": (("voltage",), {"distance": (0.1, 0.35)}, {"distance": (0.6, 3)}, ("switched off",)),
        },
    ),
    "false_exit_sign": (
        "misinformation", "false signs",
        {"truth": ("1", 0, 0, 1, 1)},
        (),
        {
            "follow it": (("information",), {}, {}, ("staff asked", "plan checked")),
            "lead group": (("information",), {"people": (4, 30)}, {}, ("staff asked", "plan checked")),
            "meet behind it": (("information",), {"people": (3, 12)}, {}, ("plan checked",)),
        },
    ),
    "rumour_board": (
        "misinformation", "rumours",
        {"truth": ("1", 0, 0, 1, 1)},
        (),
        {
            "pass on": (("information",), {"people": (5, 60)}, {}, ("source checked",)),
            "act on tip": (("information",), {}, {}, ("source checked", "staff asked")),
            "read aloud": (("information",), {"people": (5, 80)}, {}, ("source checked",)),
        },
    ),
    "open_register": (
        "privacy", "registers left open",
        {"records": ("1", 1, 1, 0, 0)},
        (),
        {
            "read names": (("consent",), {}, {}, ("consent given",)),
            "photograph pages": (("consent",), {}, {}, ("consent given",)),
            "post list": (("consent",), {"people": (20, 300)}, {}, ("consent given",)),
        },
    ),
    "hidden_camera": (
        "privacy", "hidden cameras",
        {"records": ("1", 1, 1, 0, 0), "radius": ("m", 5, 7, 0, 0)},
        (),
        {
            "film friends": (("consent",), {"people": (2, 12)}, {}, ("consent given",)),
            "change clothes": (("zone",), {"distance": (0.5, 6)}, {"distance": (6, 12)}, ("lens covered",)),
            "share clip": (("consent",), {"people": (20, 400)}, {}, ("consent given",)),
        },
    ),
    "wet_floor": (
        "slips and trips", "wet floors",
        {"friction": ("1", 0.13, 0.22, 0.5, 0.7), "radius": ("m", 1, 2.5, 1, 2.5)},
        ("slip",),
        {
            "run across": (("slip",), {"distance": (0, 0.8), "speed": (1.5, 3.5)},
                           {"distance": (2.8, 7), "speed": (1.5, 3)}, ()),
            "carry glasses": (("slip",), {"distance": (0, 0.8), "speed": (0.9, 1.4)}, {"distance": (2.8, 6)},
                              ("grip shoes",)),
            "dance on it": (("slip",), {"distance": (0, 0.9), "speed": (1, 2)}, {"distance": (2.8, 7)},
                            ("mopped dry",)),
        },
    ),
    "oil_spill": (
        "slips and trips", "oil spills",
        {"friction": ("1", 0.05, 0.12, 0.5, 0.7), "radius": ("m", 0.8, 2, 0.8, 2)},
        ("slip",),
        {
            "walk through": (("slip",), {"distance": (0, 0.7), "speed": (0.8, 1.5)}, {"distance": (2.3, 6)},
                             ("sand spread",)),
            "slide on it": (("slip",), {"distance": (0, 0.7), "speed": (1.5, 3)}, {"distance": (2.3, 7)}, ()),
            "carry tray": (("slip",), {"distance": (0, 0.7), "speed": (0.8, 1.4), "load": (2, 8)},
                           {"distance": (2.3, 6)}, ("sand spread",)),
        },
    ),
    "trailing_cable": (
        "slips and trips", "cables on the floor",
        {"height": ("m", 0.02, 0.06, 0, 0), "speed_limit": ("m/s", 1.2, 1.2, 5, 5), "view_needed": ("m", 2, 2, 0, 0),
         "clearance": ("m", 1.2, 1.5, 0, 0)},
        (),
        {
            "run over": (("speed",), {"distance": (0, 0.5), "speed": (1.4, 3.5)}, {"speed": (0.4, 1.1)}, ()),
            "carry crate": (("sight",), {"distance": (0, 0.5), "view": (0.2, 1.9), "load": (8, 25)}, {"view": (2.2, 8)},
                            ("guided",)),
            "dance over": (("distance",), {"distance": (0.1, 1.4)}, {"distance": (1.3, 6)}, ("taped down",)),
        },
    ),
    "leaking_gas_bottle": (
        "chemicals and air", "leaking gas",
        {"lel": ("% LEL at 1 m", 20, 70, 0, 1)},
        ("gas",),
        {
            "light candles": (("gas",), {"distance": (0.5, 6)}, {"distance": (3, 12)}, ("valve closed",)),
            "change burner": (("gas",), {"distance": (0.2, 1)}, {"distance": (7.5, 12)}, ("valve closed",)),
            "fry on stove": (("gas",), {"distance": (0.5, 4)}, {"distance": (5, 12)}, ()),
        },
    ),
    "paint_fumes": (
        "chemicals and air", "fumes",
        {"ppm": ("ppm", 300, 800, 2, 15), "radius": ("m", 2, 4, 2, 4)},
        ("vapour",),
        {
            "paint banner": (("vapour",), {"distance": (0.4, 1), "minutes": (8, 25)}, {"minutes": (1, 5)}, ("mask",)),
            "take nap": (("vapour",), {"distance": (0.5, 2), "minutes": (15, 50)}, {"distance": (6, 14)}, ()),
            "play cards": (("vapour",), {"distance": (0.5, 2), "minutes": (8, 25)}, {"distance": (6, 14)},
                           ("windows open",)),
        },
    ),
    "broken_glass": (
        "glass and sharp things", "broken glass",
        {"radius": ("m", 0.8, 2, 0, 0)},
        ("contact",),
        {
            "dance barefoot": (("contact",), {"distance": (0, 0.75)}, {"distance": (2.2, 6)}, ("sturdy shoes",)),
            "pick up pieces": (("contact",), {"distance": (0, 0.5)}, {}, ("work gloves",)),
            "walk across": (("contact",), {"distance": (0, 1.5)}, {"distance": (1.2, 6)}, ("sturdy shoes",)),
        },
    ),
    "glass_door": (
        "glass and sharp things", "glass doors",
        {"speed_limit": ("m/s", 1.2, 1.2, 5, 5), "view_needed": ("m", 2, 2, 0, 0), "clearance": ("m", 2, 3, 0, 0)},
        (),
        {
            "run through": (("speed",), {"distance": (0, 0.5), "speed": (1.5, 4)}, {"speed": (0.4, 1.1)}, ()),
            "carry chairs": (("sight",), {"distance": (0, 0.5), "view": (0.2, 1.9), "load": (5, 20)},
                             {"view": (2.2, 8)}, ("guided",)),
            "play ball": (("distance",), {"distance": (0.3, 2.8)}, {"distance": (2.2, 8)}, ()),
        },
    ),
    "forklift": (
        "machines", "forklifts",
        {"vehicle_speed": ("m/s", 2, 4, 0, 0)},
        ("stopping",),
        {
            "cross aisle": (("stopping",), {"distance": (0.5, 7)}, {"distance": (5, 12)}, ("lookout",)),
            "stack pallets": (("stopping",), {"distance": (0.5, 3)}, {"distance": (8.5, 12)}, ("engine off",)),
            "chat in aisle": (("stopping",), {"distance": (0.5, 4)}, {"distance": (7, 12)}, ()),
        },
    ),
    "robot_arm": (
        "machines", "robot arms",
        {"radius": ("m", 1.2, 2, 0.1, 0.1)},
        ("zone",),
        {
            "reach in": (("zone",), {"distance": (0.2, 1.1)}, {"distance": (2.2, 5)}, ("switched off",)),
            "dance beside": (("zone",), {"distance": (0.3, 1.8)}, {"distance": (1.5, 5)}, ()),
            "fetch cup": (("zone",), {"distance": (0.2, 1.1)}, {}, ("switched off",)),
        },
    ),
    "unlit_steps": (
        "darkness", "unlit steps",
        {"lux": ("lx", 0.2, 3, 30, 100), "radius": ("m", 1.5, 2.5, 1.5, 2.5)},
        (),
        {
            "run down": (("light",), {"distance": (0, 1), "speed": (1.4, 3)}, {"distance": (3, 8)}, ("torch",)),
            "carry cake": (("light",), {"distance": (0, 1), "load": (2, 8)}, {"distance": (3, 7)}, ("torch",)),
            "race up": (("light",), {"distance": (0, 1), "people": (2, 8)}, {"distance": (3, 8)}, ("lamps on",)),
        },
    ),
}  # fmt: skip
