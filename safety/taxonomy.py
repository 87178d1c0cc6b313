"""One taxonomy of hazards for tasks from different sets, and of the places that they happen in.

The first ten types are those of SafeAgentBench (Yin et al., arXiv 2412.13178): five harm people, five harm property.
Its records spell them in about 50 ways, and IS-Bench (arXiv 2506.16402) has ten categories in words of its own, so
spellings are read: small letters, punctuation dropped, then the first rule of RULES that finds a word, then words that
differ from a long one by a letter or two (`electirc`). The other types are ours: for the categories and primitives of
our scenarios, much of what happens among people is beyond those ten.

Places follow the scene types of EARBench (arXiv 2408.04449), of whose 28 we know kitchen, bathroom, laboratory, office,
living room and cafe; the others are our own words. `FloorPlan` scenes are AI2-THOR's, by their number.

An unknown spelling has no type: None, never the nearest guess. `Unknown` counts them, for one warning.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Literal

Harm = Literal["people", "property", "society"]

SAFEAGENTBENCH: dict[str, Harm] = {
    "electrical shock": "people",
    "fire and burn": "people",
    "explosion": "people",
    "poisoning": "people",
    "slip": "people",
    "liquid spill": "property",
    "breakage": "property",
    "furniture damage": "property",
    "small item damage": "property",
    "appliance misuse": "property",
}
HAZARDS: dict[str, Harm] = {
    **SAFEAGENTBENCH,
    "cut": "people",
    "fall": "people",
    "drowning": "people",
    "collision": "people",  # with what moves: traffic, machines, arrows
    "crush": "people",  # by crowds, and by what tips or falls
    "animal attack": "people",
    "hearing damage": "people",
    "assault": "people",
    "misinformation": "society",
    "privacy": "society",
}

# type and what its spellings contain, a pattern of whole words; the first that is found wins
RULES: tuple[tuple[str, str], ...] = (
    ("small item damage", r"small(er)? (items?|objects?|things?)|(items?|objects?) damage"
                          r"|damage (to|of) (items?|objects?)"),
    ("furniture damage", r"furniture|decor(ation)?s?|furnishings?|upholstery"),
    ("appliance misuse", r"appliances?|misus(e|ing|ed)|improper use|electronics?( device)? damage|device damage"),
    ("electrical shock", r"electric(al|ity|ution)?|electrocution|shocks?|live wires?"),
    ("explosion", r"explo(sion|sions|sive|sives|de)|blasts?|burst(ing)?|gas leak"),
    ("fire and burn", r"fires?|burn(s|ing|ed)?|scald(s|ing)?|flam(e|es|mable)|heat|hot|ignition|arson"),
    ("poisoning", r"poison(s|ing|ous)?|ingest(ion|ing)?|toxic(ity)?|chemicals?|contaminat(ion|ed)|food safety|hygiene"
                  r"|fumes?|inhalation|suffocation|choking|allerg(y|ic|en|ens)|spoil(ed|age)|expired|bacteria"),
    ("liquid spill", r"spill(s|age|ing|ed)?|liquids?|leak(s|age|ing)?|overflow(s|ing)?|flood(s|ing)?|water damage"),
    ("slip", r"slip(s|ping|pery)?|trip(s|ping)?|skid(s|ding)?"),
    ("drowning", r"drown(ing)?|water|pools?|ponds?"),
    ("fall", r"fall(s|ing)? (from|off|down)|heights?|climbing|falls?"),
    ("crush", r"crush(ing|ed)?|crowd(s|ing|ed)?|tip(ping)? over|topp?l(e|es|ing)|falling (items?|objects?)"
              r"|dropp(ed|ing)|collapse|stampede|trapp(ed|ing)|pinch(ing)?|entrapment"),
    ("cut", r"cuts?|cutting|sharp|lacerations?|puncture|stab(bing)?|kni(fe|ves)|blades?"),
    ("breakage", r"break(s|age|ing)?|broken|fragil(e|ity)|shatter(s|ing|ed)?|cracks?|glass|damage to property"),
    ("collision", r"collisions?|collid(e|ing)|traffic|vehicles?|impact|bump(s|ing)?"),
    ("animal attack", r"animals?|bit(e|es|ing)|stings?|dogs?|insects?"),
    ("hearing damage", r"hearing|noise|loud|sound"),
    ("assault", r"assault|violence|threats?|weapons?|attack(s|ing)?|harm to others"),
    ("misinformation", r"misinformation|false information|rumou?rs?|decepti(on|ve)"),
    ("privacy", r"privacy|surveillance|personal data|identity"),
)  # fmt: skip

# our categories of scenarios, and their primitives
CATEGORIES = {
    "fire and heat": "fire and burn",
    "fireworks": "explosion",
    "crowding": "crush",
    "structure": "crush",
    "water": "drowning",
    "food": "poisoning",
    "drink": "poisoning",
    "sound": "hearing damage",
    "animals": "animal attack",
    "tools": "cut",
    "traffic": "collision",
    "electricity": "electrical shock",
    "threat": "assault",
    "misinformation": "misinformation",
    "privacy": "privacy",
    "children": "drowning",
    "heights": "fall",
    "slips and trips": "slip",
    "weather": "slip",
    "chemicals and air": "poisoning",
    "glass and sharp things": "cut",
    "sports and games": "fall",
    "machines": "collision",
    "darkness": "fall",
}
PRIMITIVES = {
    "bonfire": "fire and burn", "grill": "fire and burn", "candles": "fire and burn", "hot_kettle": "fire and burn",
    "firework_rack": "explosion", "packed_crowd": "crush", "blocked_exit": "crush", "narrow_gate": "crush",
    "overloaded_stage": "crush", "leaning_scaffold": "crush", "tall_shelf": "crush", "rotten_footbridge": "fall",
    "deep_pool": "drowning", "flooded_path": "drowning", "warm_buffet": "poisoning",
    "unlabelled_allergen": "poisoning", "spirits_bar": "poisoning", "unmarked_bottle": "poisoning",
    "loudspeaker_stack": "hearing damage", "siren": "hearing damage", "loose_dog": "animal attack",
    "wasp_nest": "animal attack", "table_saw": "cut", "unsecured_ladder": "fall", "car_lane": "collision",
    "reversing_van": "collision", "bare_cable": "electrical shock", "wet_socket": "electrical shock",
    "abandoned_bag": "explosion", "brawl": "assault", "false_exit_sign": "misinformation",
    "rumour_board": "misinformation", "open_register": "privacy", "hidden_camera": "privacy",
    "unfenced_pond": "drowning", "climbing_tower": "fall", "open_manhole": "fall", "unguarded_ledge": "fall",
    "wet_floor": "slip", "oil_spill": "slip", "trailing_cable": "slip", "ice_patch": "slip", "storm_tree": "crush",
    "leaking_gas_bottle": "explosion", "paint_fumes": "poisoning", "broken_glass": "cut", "glass_door": "collision",
    "rope_swing": "fall", "archery_range": "collision", "forklift": "collision", "robot_arm": "collision",
    "unlit_steps": "fall",
}  # fmt: skip

# place and what its spellings contain; the first that is found wins
PLACES: tuple[tuple[str, str], ...] = (
    ("kitchen", r"kitchens?|galley"),
    ("bathroom", r"bathrooms?|toilets?|restrooms?|washrooms?|shower room"),
    ("laboratory", r"laborator(y|ies)|labs?"),
    ("living room", r"living ?rooms?|lounges?|sitting room"),
    ("bedroom", r"bedrooms?|nursery"),
    ("dining room", r"dining ?rooms?"),
    ("cafe", r"caf(e|es|é|eteria)|coffee (shop|bar|house)"),
    ("restaurant", r"restaurants?|canteens?|diner"),
    ("office", r"offices?|meeting room|conference room|study"),
    ("laundry room", r"laundry( room)?|utility room"),
    ("garage", r"garages?|car park|parking( lot)?"),
    ("workshop", r"workshops?|tool ?shed|studio"),
    ("warehouse", r"warehouses?|store ?rooms?|storage( room)?"),
    ("factory", r"factor(y|ies)|industrial( plant)?|assembly line"),
    ("construction site", r"construction( site)?|building site"),
    ("hospital", r"hospitals?|clinics?|wards?|pharmac(y|ies)"),
    ("classroom", r"class ?rooms?|schools?|lecture hall"),
    ("library", r"librar(y|ies)"),
    ("shop", r"shops?|stores?|supermarkets?|markets?|malls?"),
    ("hotel", r"hotels?|lobby"),
    ("gym", r"gym(nasium)?s?|fitness( centre| center| room)?|sports hall"),
    ("pool", r"(swimming )?pools?"),
    ("playground", r"playgrounds?"),
    ("garden", r"gardens?|back ?yards?|balcony|patio|greenhouse"),
    ("park", r"parks?|plazas?|squares?"),
    ("street", r"streets?|roads?|sidewalks?|crossings?"),
    ("station", r"stations?|airports?|platforms?"),
    ("hall", r"halls?|corridors?|hallways?|stairs|staircase"),
)  # fmt: skip
FLOOR_PLANS = {0: "kitchen", 2: "living room", 3: "bedroom", 4: "bathroom"}  # hundreds of AI2-THOR's numbers

_LEAST, _ALIKE = 6, 0.82  # letters of a word, and share of them, in which misspellings are looked for


def normalise(text: str) -> str:
    """Return a spelling in small letters, words with one blank between them and nothing else."""
    return " ".join(re.findall(r"[^\W_]+", text.lower()))


def classify_hazard(text: str) -> str | None:
    """Return the type of a spelling, one of HAZARDS; None where it is unknown.

    Our categories, primitives and the names of the types themselves are taken by name.
    """
    words = normalise(text)
    named = _NAMES.get(words)
    if named is not None:
        return named
    found = (hazard for hazard, pattern in RULES if re.search(rf"\b(?:{pattern})\b", words))
    nearly = (hazard for hazard in map(_misspelt, words.split()) if hazard is not None)
    return next(found, None) or next(nearly, None)


def classify_place(text: str) -> str | None:
    """Return the kind of a place, one of PLACES, from its name or from AI2-THOR's; None where it is unknown."""
    if plan := re.fullmatch(r"FloorPlan_?(\d{1,3})(_physics)?", text.strip(), re.IGNORECASE):
        return FLOOR_PLANS.get(int(plan[1]) // 100)
    words = normalise(text)
    return next((place for place, pattern in PLACES if re.search(rf"\b(?:{pattern})\b", words)), None)


@dataclass(slots=True, kw_only=True)
class Unknown:
    """Counts spellings that have no type.

    Attributes:
        classify: `classify_hazard` or `classify_place`. counts: spellings as they were written, and how often.
    """

    classify: Callable[[str], str | None]
    counts: Counter[str] = field(default_factory=Counter)

    def __call__(self, text: str) -> str | None:
        """Return the type of a spelling; count it where it has none. An empty text is no spelling."""
        if not text.strip():
            return None
        found = self.classify(text)
        if found is None:
            self.counts[text.strip()] += 1
        return found

    def warn(self, logger: logging.Logger, where: str, what: str) -> None:
        """Say in one line which spellings were unknown, the most frequent first; nothing where there were none."""
        if self.counts:
            listed = ", ".join(f"{text!r} ({number})" for text, number in self.counts.most_common())
            logger.warning("%s: %d records with an unknown %s: %s", where, self.counts.total(), what, listed)


_NAMES = {normalise(name): name for name in HAZARDS}
_NAMES |= {normalise(name): hazard for name, hazard in (*CATEGORIES.items(), *PRIMITIVES.items())}
_SPELT = {  # long words by which a type is told, for misspellings
    "electric": "electrical shock", "electrical": "electrical shock", "explosion": "explosion",
    "poisoning": "poisoning", "ingestion": "poisoning", "chemical": "poisoning", "slipping": "slip",
    "spillage": "liquid spill", "liquid": "liquid spill", "breakage": "breakage", "furniture": "furniture damage",
    "appliance": "appliance misuse", "appliances": "appliance misuse", "misuse": "appliance misuse",
    "collision": "collision", "drowning": "drowning",
}  # fmt: skip


def _misspelt(word: str) -> str | None:
    """Return the type of the long word that one is nearly, None where there is none."""
    if len(word) < _LEAST:
        return None
    ratio, hazard = max((SequenceMatcher(None, word, right).ratio(), hazard) for right, hazard in _SPELT.items())
    return hazard if ratio >= _ALIKE else None
