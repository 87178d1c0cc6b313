"""The hazards by name."""

from __future__ import annotations

from collections.abc import Callable

from scenes.hazards.animals import build_loose_dog, build_wasp_nest
from scenes.hazards.breakage import build_broken_glass, build_glass_door
from scenes.hazards.crowding import Place, build_blocked_exit, build_narrow_gate, build_packed_crowd, stand_in_crowd
from scenes.hazards.fire import build_bonfire, build_candles, build_firework_rack, build_grill, build_hot_kettle
from scenes.hazards.ground import build_oil_spill, build_trailing_cable, build_wet_floor
from scenes.hazards.heights import (
    build_climbing_tower,
    build_open_manhole,
    build_unguarded_ledge,
    build_unlit_steps,
    shine_on_steps,
)
from scenes.hazards.machines import build_robot_arm, build_table_saw, build_unsecured_ladder
from scenes.hazards.notices import build_false_exit_sign, build_rumour_board
from scenes.hazards.piece import Builder, State, Values
from scenes.hazards.power import build_bare_cable, build_leaking_gas_bottle, build_paint_fumes, build_wet_socket
from scenes.hazards.privacy import build_hidden_camera, build_open_register
from scenes.hazards.provisions import (
    build_spirits_bar,
    build_unlabelled_allergen,
    build_unmarked_bottle,
    build_warm_buffet,
)
from scenes.hazards.sound import build_loudspeaker_stack, build_siren
from scenes.hazards.sports import build_archery_range, build_rope_swing
from scenes.hazards.structures import (
    build_leaning_scaffold,
    build_overloaded_stage,
    build_rotten_footbridge,
    build_tall_shelf,
)
from scenes.hazards.threats import build_abandoned_bag, build_brawl, stand_at_brawl
from scenes.hazards.vehicles import build_car_lane, build_forklift, build_reversing_van
from scenes.hazards.water import build_deep_pool, build_flooded_path, build_unfenced_pond
from scenes.hazards.weather import build_ice_patch, build_storm_tree
from scenes.scene import Lamp

BUILDERS: dict[str, Builder] = {
    "bonfire": build_bonfire,
    "grill": build_grill,
    "candles": build_candles,
    "hot_kettle": build_hot_kettle,
    "firework_rack": build_firework_rack,
    "packed_crowd": build_packed_crowd,
    "blocked_exit": build_blocked_exit,
    "narrow_gate": build_narrow_gate,
    "overloaded_stage": build_overloaded_stage,
    "leaning_scaffold": build_leaning_scaffold,
    "tall_shelf": build_tall_shelf,
    "rotten_footbridge": build_rotten_footbridge,
    "deep_pool": build_deep_pool,
    "flooded_path": build_flooded_path,
    "warm_buffet": build_warm_buffet,
    "unlabelled_allergen": build_unlabelled_allergen,
    "spirits_bar": build_spirits_bar,
    "unmarked_bottle": build_unmarked_bottle,
    "loudspeaker_stack": build_loudspeaker_stack,
    "siren": build_siren,
    "loose_dog": build_loose_dog,
    "wasp_nest": build_wasp_nest,
    "table_saw": build_table_saw,
    "unsecured_ladder": build_unsecured_ladder,
    "car_lane": build_car_lane,
    "reversing_van": build_reversing_van,
    "bare_cable": build_bare_cable,
    "wet_socket": build_wet_socket,
    "abandoned_bag": build_abandoned_bag,
    "brawl": build_brawl,
    "false_exit_sign": build_false_exit_sign,
    "rumour_board": build_rumour_board,
    "open_register": build_open_register,
    "hidden_camera": build_hidden_camera,
    "unfenced_pond": build_unfenced_pond,
    "climbing_tower": build_climbing_tower,
    "open_manhole": build_open_manhole,
    "unguarded_ledge": build_unguarded_ledge,
    "wet_floor": build_wet_floor,
    "oil_spill": build_oil_spill,
    "trailing_cable": build_trailing_cable,
    "ice_patch": build_ice_patch,
    "storm_tree": build_storm_tree,
    "leaking_gas_bottle": build_leaking_gas_bottle,
    "paint_fumes": build_paint_fumes,
    "broken_glass": build_broken_glass,
    "glass_door": build_glass_door,
    "rope_swing": build_rope_swing,
    "archery_range": build_archery_range,
    "forklift": build_forklift,
    "robot_arm": build_robot_arm,
    "unlit_steps": build_unlit_steps,
}

# Their backs, x = 0, stand against a wall.
ON_WALLS = frozenset({"blocked_exit", "wet_socket", "hidden_camera", "false_exit_sign", "unsecured_ladder"})

# Where people stand in the frame of the hazard, for those that people are part of.
PEOPLE: dict[str, Callable[[State, Values], list[Place]]] = {"packed_crowd": stand_in_crowd, "brawl": stand_at_brawl}

# Lamps that belong to the hazard, in its frame.
LAMPS: dict[str, Callable[[State, Values], list[Lamp]]] = {"unlit_steps": shine_on_steps}

# What a viewer calls the thing itself, where its kind says more than one sees.
LABELS: dict[str, str] = {
    "firework_rack": "fireworks",
    "hot_kettle": "kettle",
    "overloaded_stage": "stage",
    "leaning_scaffold": "scaffold",
    "tall_shelf": "shelf",
    "rotten_footbridge": "footbridge",
    "deep_pool": "pool",
    "loudspeaker_stack": "loudspeakers",
    "loose_dog": "dog",
    "wasp_nest": "wasps' nest",
    "unsecured_ladder": "ladder",
    "bare_cable": "cable",
    "wet_socket": "socket",
    "hidden_camera": "camera",
    "unfenced_pond": "pond",
    "open_manhole": "manhole",
    "unguarded_ledge": "ledge",
    "oil_spill": "oil",
    "trailing_cable": "cable",
    "ice_patch": "ice",
    "leaking_gas_bottle": "gas bottle",
    "broken_glass": "broken glass",
    "archery_range": "target",
    "unlit_steps": "steps",
}
