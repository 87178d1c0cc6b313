"""What the pieces of a mesh are: from words in their names, from a file of labels, or from their shape."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, get_args, get_type_hints

import numpy as np
import yaml
from shapely.geometry import Polygon

from scenes.mesh_piece import Piece, bounds, split_words
from scenes.scene import SEMANTIC_CLASSES, SEMANTIC_ID, FloatArray, Landmark, Region

# Words that tell a class; the first row that holds a word of the name wins.
WORDS: tuple[tuple[str, str], ...] = (
    ("CrossWalk", "crosswalk zebra"),
    ("RoadMarking", "roadmarking laneline"),
    ("RoadBlock", "barrier roadblock cone"),
    ("TrafficSign", "sign trafficsign signage signpost signboard trafficlight"),
    ("StoreFront", "storefront shopfront shop store facade vitrine"),
    ("Advertising", "advert advertising advertisement billboard poster banner"),
    ("Door", "door doors doorway gate"),
    ("Window", "window windows glass glazing pane curtainwall skylight"),
    ("Chair", "chair chairs armchair stool sofa couch bench seat seats seating"),
    ("Table", "table tables desk desks counter worktop"),
    ("Furniture", "furniture cabinet cupboard shelf shelves bookshelf bookcase wardrobe bed drawer drawers dresser "
     "sideboard lamp sink toilet bathtub shower fridge refrigerator oven stove dishwasher sanitary tv monitor locker "
     "rack carpet rug curtain curtains blinds pillow cushion mirror picture painting plantpot"),
    ("Bicycle", "bicycle bike cycle"),
    ("Carts", "cart carts trolley pram stroller"),
    ("Train", "train tram wagon"),
    ("Car", "car cars vehicle truck bus van taxi"),
    ("Booth", "booth kiosk stall"),
    ("Vegetation", "tree trees plant plants vegetation bush hedge flower flowers leaf leaves foliage grass shrub ivy"),
    ("Ceiling", "ceiling ceilings roof soffit covering"),
    ("Wall", "wall walls partition plasterboard drywall railing handrail fence column columns pillar beam"),
    ("Parking", "parking"),
    ("SideWalk", "sidewalk pavement footpath walkway kerb curb"),
    ("Road", "road roads street asphalt"),
    ("Floor", "floor floors flooring slab ground tiles parquet terrain landing"),
    ("Obstacle", "obstacle fountain statue bin bollard post pole stair stairs ladder box crate barrel hydrant"),
    ("Building", "building buildings house tower structure"),
)  # fmt: skip
CLASS_OF: dict[str, str] = {}
for _class, _words in WORDS:
    for _word in _words.split():
        CLASS_OF.setdefault(_word, _class)

_NOISE = (
    "mesh geometry node object obj group default material root scene static ifc fbx gltf body instance low high lod "
    "the of sm mat cube plane cylinder sphere standard case element type part primitive model rootnode cleaner "
    "materialmerger gles polygon polymsh"
)
NOISE = frozenset(_NOISE.split())  # words of names that tell nothing
KINDS: tuple[str, ...] = get_args(get_type_hints(Landmark)["kind"])
REGION_KINDS: tuple[str, ...] = get_args(get_type_hints(Region)["kind"])
ENTRY = ("match", "class", "label", "landmark", "kind", "text")
TALL, THIN, WIDE = 1.8, 0.5, 1.5  # m, a wall is higher, thinner and wider
GROUND = frozenset({"Floor", "Road", "SideWalk", "CrossWalk", "RoadMarking", "Parking"})
LIFTED = 1.5  # m; what is called ground and is higher holds more than ground
OVERHEAD = 1.9  # m, what lies wholly above it and is flat is a ceiling


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What a node is.

    Attributes:
        semantic: a class. label: what a viewer calls it. text: words on it.
        landmark: how people call it, or "". kind: of the landmark. guessed: by its shape alone.
    """

    semantic: str
    label: str
    text: str = ""
    landmark: str = ""
    kind: str = "other"
    named: bool = False
    guessed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a file of labels: what the nodes whose name matches are."""

    match: re.Pattern[str]
    semantic: str | None = None
    label: str = ""
    landmark: str = ""
    kind: str = "other"
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelFile:
    """A file of labels: what nodes are, and the regions of the place."""

    path: Path | None = None
    entries: tuple[Entry, ...] = ()
    regions: tuple[tuple[str, str, Polygon], ...] = ()


def find_labels(path: Path, option: str | None) -> Path | None:
    """Return the file of labels of a mesh: the one asked for, or `FILE.labels.yaml`, `.yml` or `.json` beside it.

    Raises:
        FileNotFoundError: the file that was asked for is not there.
    """
    if option is not None:
        if not Path(option).is_file():
            raise FileNotFoundError(f"scene.labels: expected a file, got {option}; give a path that exists")
        return Path(option)
    for stem in (path.name, path.stem):
        for ending in ("yaml", "yml", "json"):
            if (beside := path.with_name(f"{stem}.labels.{ending}")).is_file():
                return beside
    return None


def read_labels(path: Path) -> LabelFile:
    """Read a file of labels: a list of entries, or `objects` and `regions`.

    Raises:
        ValueError: not valid; the message names the entry, the key and what is allowed.
    """
    text = path.read_text(encoding="utf-8")
    try:
        document = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError) as error:
        raise ValueError(f"{path}: expected YAML or JSON, got {' '.join(str(error).split())}") from error
    groups = {"objects": document} if isinstance(document, list) else document
    if not isinstance(groups, dict) or not set(groups) <= {"objects", "regions"}:
        raise ValueError(f"{path}: expected a list of entries, or objects and regions, got {type(document).__name__}")
    objects, regions = groups.get("objects") or [], groups.get("regions") or []
    entries = tuple(_read_entry(f"{path}: entry {k + 1}", item) for k, item in enumerate(objects))
    names = [entry.landmark for entry in entries if entry.landmark]
    if len(set(names)) < len(names):
        raise ValueError(f"{path}: landmark: expected each name once, got {sorted(names)}; rename one")
    return LabelFile(
        path=path, entries=entries,
        regions=tuple(_read_region(f"{path}: region {k + 1}", item) for k, item in enumerate(regions)),
    )  # fmt: skip


def _one_of(where: str, value: object, known: Sequence[str]) -> str:
    if value in known:
        return str(value)
    near = difflib.get_close_matches(str(value), known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"choose one of {', '.join(known)}"
    raise ValueError(f"{where}: no such value {value!r}; {hint}")


def _read_entry(where: str, item: Any) -> Entry:
    if not isinstance(item, dict) or not isinstance(item.get("match"), str):
        raise ValueError(f"{where}: expected `match: name or regular expression` and what it is, got {item!r}")
    for key, value in item.items():
        _one_of(f"{where}: key", key, ENTRY)
        if not isinstance(value, str):
            raise ValueError(f"{where}: {key}: expected words, got {value!r}; put them in quotes")
    try:
        match = re.compile(item["match"])
    except re.error as error:
        raise ValueError(f"{where}: match: expected a regular expression, got {item['match']!r} ({error})") from error
    return Entry(
        match=match,
        semantic=_one_of(f"{where}: class", item["class"], SEMANTIC_CLASSES) if "class" in item else None,
        label=item.get("label", ""), landmark=item.get("landmark", "").lower(), text=item.get("text", ""),
        kind=_one_of(f"{where}: kind", item.get("kind", "other"), KINDS),
    )  # fmt: skip


def _read_region(where: str, item: Any) -> tuple[str, str, Polygon]:
    if not isinstance(item, dict) or set(item) - {"name", "kind", "polygon"} or "name" not in item:
        raise ValueError(f"{where}: expected name, kind and polygon, got {item!r}")
    try:
        polygon = Polygon(item.get("polygon", ()))
    except (TypeError, ValueError) as error:
        raise ValueError(f"{where}: polygon: expected [[x, y], ...] in metres, got {item.get('polygon')!r}") from error
    if polygon.is_empty or not polygon.is_valid:
        raise ValueError(f"{where}: polygon: expected at least three corners and no crossing sides")
    return str(item["name"]).lower(), _one_of(f"{where}: kind", item.get("kind", "room"), REGION_KINDS), polygon


def label_nodes(nodes: Mapping[str, Sequence[Piece]], file: LabelFile) -> dict[str, Label]:
    """Return what each node is; z is up, the floor at 0.

    Raises:
        ValueError: an entry of the file matches no name.
    """
    labels: dict[str, Label] = {}
    matched = [0] * len(file.entries)
    for node, pieces in nodes.items():
        names = [*pieces[0].names, *(piece.look.material for piece in pieces)]
        low, high = bounds(pieces)
        label = _from_words(pieces)
        if label is None or (label.semantic in GROUND and high[2] - low[2] > LIFTED):
            label = _from_shape(pieces[0].names, low, high)
        for k, entry in enumerate(file.entries):
            if any(entry.match.fullmatch(name) for name in names) or entry.match.search(names[0] if names else ""):
                matched[k] += 1
                label = Label(
                    semantic=entry.semantic or label.semantic, label=entry.label or entry.landmark or label.label,
                    text=entry.text, landmark=entry.landmark, kind=entry.kind, named=True,
                )  # fmt: skip
                break
        labels[node] = label
    for entry, count in zip(file.entries, matched, strict=True):
        if count == 0:
            known = sorted({pieces[0].names[0] for pieces in nodes.values() if pieces[0].names})
            near = difflib.get_close_matches(entry.match.pattern, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known[:12])}"
            raise ValueError(f"{file.path}: match: no node is called {entry.match.pattern!r}; {hint}")
    return labels


def _from_words(pieces: Sequence[Piece]) -> Label | None:
    """Return the label that the words of a name tell: of the node, of its material, of what holds it."""
    first = pieces[0].names[0] if pieces[0].names else ""
    for name in (first, *(piece.look.material for piece in pieces), *pieces[0].names[1:]):
        words = split_words(name)
        for word in (*reversed(words), *("".join(pair) for pair in pairwise(words))):
            if word in CLASS_OF:
                own = list(dict.fromkeys(w for w in words if w not in NOISE and len(w) > 1))
                label = " ".join(own) if name == first and 0 < len(own) <= 3 else word
                return Label(semantic=CLASS_OF[word], label=label, named=name == first)
    return None


def _from_shape(names: Sequence[str], low: FloatArray, high: FloatArray) -> Label:
    """Return the label of a node without telling words: walls and ceilings by shape, else an obstacle or a building."""
    size = high - low
    own = [word for word in split_words(names[0] if names else "") if word not in NOISE and len(word) > 2]
    label = " ".join(own) if 0 < len(own) <= 3 and sum(map(len, own)) < 24 else ""
    semantic: Literal["Ceiling", "Wall", "Floor", "Obstacle", "Building"] = "Building"
    if low[2] > OVERHEAD and size[2] < THIN and size[:2].min() > 1.0:
        semantic = "Ceiling"
    elif size[2] > TALL and size[:2].min() < THIN and size[:2].max() > WIDE:
        semantic = "Wall"
    elif high[2] < 0.1 and size[:2].min() > 1.0:
        semantic = "Floor"
    elif np.all(size < 3.0) and low[2] < OVERHEAD:
        semantic = "Obstacle"
    return Label(semantic=semantic, label=label or semantic.lower(), named=bool(label), guessed=True)


def semantic_id(label: Label) -> int:
    """Return the index of a label's class."""
    return SEMANTIC_ID[label.semantic]
