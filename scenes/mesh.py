"""A user's own place: a glTF, OBJ, PLY, STL or URDF file as a scene.

The world is flat: people and robots move on z = 0. So one floor of the file is chosen and laid there, and what is
higher or lower than 0.15 m of it is an obstacle. Where one can walk is found as Recast does (Mononen): columns of
solid spans, and in them tops that are level, have room for a person above and lie at one height with their
neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from scenes.mesh_columns import Columns, rasterise
from scenes.mesh_floor import LEAST, Floor, choose_floor, describe_floors, explain_none, find_floors
from scenes.mesh_frame import TURNS, check_scale, choose_up
from scenes.mesh_labels import Label, LabelFile, find_labels, label_nodes, read_labels
from scenes.mesh_load import FORMATS, Loaded, load_mesh
from scenes.mesh_objects import MOST_NODES, make_objects, make_sign, number_nodes
from scenes.mesh_picture import draw_ground, draw_map, keep_picture, triangle_colors
from scenes.mesh_piece import Piece, bounds
from scenes.mesh_places import (
    Ground,
    draw_spots,
    find_exits,
    find_regions,
    hang_lamps,
    hang_sign,
    has_goal,
    mark_rooms,
    name_things,
    place_entrances,
    region_of,
    survey,
)
from scenes.mesh_urdf import load_urdf
from scenes.scene import DESTINATIONS, Landmark, Scene, SceneObject

CELLS = 0.05, 0.1, 0.25  # m: the finest cells of the raster, those of large places, the coarsest
MANY, MOST = 800_000, 4_000_000  # cells, above which they grow up to the second and the third size
SKETCH = 100_000  # cells, of a raster that is only a first look
FAR = 1_000.0  # m from the origin: a place on a map, which is moved back to it
CUT = 2.0  # m above the floor, where the picture from above cuts what stands there
INDOOR = 0.5  # share of a floor under a ceiling

_Options = tuple[float | None, str, int | None, float, float, float]


class MeshScene:
    """Builds a scene from a mesh file; the seed draws where people stand."""

    def __init__(
        self,
        *,
        path: str,
        scale: float | None = None,
        up: str = "auto",
        floor: int | None = None,
        max_slope_deg: float = 30.0,
        max_step: float = 0.1,
        clearance: float = 1.9,
        labels: str | None = None,
    ) -> None:
        """Take a file and how to read it.

        Args:
            path: of a .glb, .gltf, .obj, .ply, .stl or .urdf file.
            scale: metres for one unit of the file; None: metres, checked for plausible sizes.
            up: axis of the file that points up, "y" or "z"; "auto": what the format says, if the mesh does not say
                otherwise.
            floor: number from the lowest, 1; None: the largest that is no roof.
            max_slope_deg: degrees, steepest surface to walk on. Ramps stay below 10; scans of level floors are
                rougher, and whatever leaves the floor's height by more than 0.15 m is left out anyhow.
            max_step: metres, highest edge to walk over; a door's threshold is below 0.1.
            clearance: metres that must be free above the ground.
            labels: a file of labels; None: `FILE.labels.yaml` or `.json` beside the mesh, if there.
        """
        if up not in ("auto", "y", "z"):
            raise ValueError(f"scene.up: expected auto, y or z, got {up!r}")
        self.path, self.labels = Path(path).expanduser(), labels
        self._options: _Options = (scale, up, floor, max_slope_deg, max_step, clearance)

    def build(self, rng: np.random.Generator, seed: int) -> Scene:
        """Return the scene.

        Raises:
            FileNotFoundError: the file, or the file of labels, is not there.
            ValueError: the file cannot be read, its lengths are no metres, or nobody could walk in it.
        """
        if not self.path.is_file():
            what = "a folder" if self.path.is_dir() else "nothing"
            raise FileNotFoundError(f"scene.path: expected a mesh file, got {what} at {self.path}; give a file")
        kinds = (*FORMATS, ".urdf")
        if self.path.suffix.lower() not in kinds:
            raise ValueError(
                f"scene.path: expected a file that ends in {', '.join(kinds)}, got {self.path.name!r}; "
                "convert it to .glb"
            )
        labels = find_labels(self.path, self.labels)
        stamps = tuple(file.stat().st_mtime_ns for file in (self.path, labels) if file is not None)
        place = _read_place(self.path, labels, stamps, self._options)
        return replace(place.scene, seed=seed, spots=draw_spots(place.ground, place.scene.entrances, rng))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Place:
    """What no seed changes."""

    scene: Scene
    ground: Ground


@lru_cache(maxsize=2)
def _read_place(path: Path, labels: Path | None, stamps: tuple[int, ...], options: _Options) -> _Place:
    scale, up, wanted, max_slope_deg, max_step, clearance = options
    file = LabelFile() if labels is None else read_labels(labels)
    loaded = load_urdf(path) if path.suffix.lower() == ".urdf" else load_mesh(path)
    pieces, notes = _stand_up(path, loaded, scale, up)
    slope = float(np.cos(np.radians(max_slope_deg)))
    columns, pieces, floors = _find_floors(pieces, slope, clearance, max_step, notes)
    if not floors:
        picture = keep_picture(draw_ground(columns, triangle_colors(pieces), np.inf, None), path.stem)
        why = explain_none(columns, clearance=clearance, max_slope_deg=max_slope_deg)
        raise ValueError(
            f"{path}: expected at least {LEAST:g} m2 of floor to walk on, got none: {why}. Seen from above: {picture}"
        )
    number = choose_floor(floors, wanted)
    floor = floors[number]
    ground = survey(columns, floor)
    lift = np.eye(4)
    lift[2, 3] = -floor.height
    pieces = [piece.moved(lift) for piece in pieces]
    nodes: dict[str, list[Piece]] = {}
    for piece in pieces:
        nodes.setdefault(piece.node, []).append(piece)
    named = label_nodes(nodes, file)
    instances = number_nodes(nodes, named)
    objects = make_objects(nodes, named, instances, ground, slope)
    scene = _furnish(ground, nodes, named, instances, objects, file)
    notes += _tell(floors, number, ground, scene, nodes, named, file)
    base = draw_ground(columns, triangle_colors(pieces), floor.height + CUT, floor.free)
    drawn = draw_map(columns, base, scene.regions, scene.entrances, scene.landmarks, DESTINATIONS)
    return _Place(scene=replace(scene, notes=tuple(notes), pictures={"walkable area": drawn}), ground=ground)


def _stand_up(path: Path, loaded: Loaded, scale: float | None, up: str) -> tuple[list[Piece], list[str]]:
    """Return the pieces in metres, z up, near the origin, and what to say of it."""
    kind = path.suffix.lower()
    default = "y" if kind in (".glb", ".gltf", ".obj") else "z"
    axis = choose_up(loaded.pieces, default, fixed=kind == ".urdf") if up == "auto" else up
    matrix = np.eye(4)
    matrix[:3, :3] = TURNS[axis]
    pieces = [piece.moved(matrix) for piece in loaded.pieces]
    if scale is None:
        check_scale(path, pieces)
    triangles, nodes = sum(len(piece.faces) for piece in pieces), len({piece.node for piece in pieces})
    notes = [f"{path.name}: {triangles:,} triangles in {nodes:,} nodes."]
    guessed = (
        ""
        if up != "auto" or axis == default
        else f"; {kind} files mostly have {default} up: if so, set scene.up={default}"
    )
    notes.append(f"One unit is {1.0 if scale is None else scale:g} m; the file's {axis} axis points up{guessed}.")
    matrix = np.diag([scale or 1.0] * 3 + [1.0])
    low, high = (corner * (scale or 1.0) for corner in bounds(pieces))
    middle = np.round((low + high) / 2)
    if np.abs(middle[:2]).max() > FAR:
        matrix[:2, 3] = -middle[:2]
        notes.append(f"The place was moved by ({-middle[0]:g}, {-middle[1]:g}) m to the origin.")
    return [piece.moved(matrix) for piece in pieces], [*notes, *loaded.notes]


def _find_floors(
    pieces: list[Piece], slope: float, clearance: float, max_step: float, notes: list[str]
) -> tuple[Columns, list[Piece], list[Floor]]:
    """Return columns, pieces and floors; the pieces are turned inside out where only that gives rooms."""
    columns, floors = _raster(pieces, slope, clearance, max_step)
    best = floors[choose_floor(floors, None)] if floors else None
    if best is None or best.covered < INDOOR:
        turned = [
            replace(piece, faces=piece.faces[:, ::-1].copy(), normals=None if piece.normals is None else -piece.normals)
            for piece in pieces
        ]
        _, rooms = _raster(turned, slope, clearance, max_step, most=SKETCH)
        room = rooms[choose_floor(rooms, None)] if rooms else None
        if room is not None and room.covered > INDOOR and (best is None or room.area > INDOOR * best.area):
            notes.append("Its triangles faced outwards from the rooms and were turned inside out.")
            columns, floors = _raster(turned, slope, clearance, max_step)
            return columns, turned, floors
    return columns, pieces, floors


def _raster(
    pieces: list[Piece], slope: float, clearance: float, max_step: float, most: int = MANY
) -> tuple[Columns, list[Floor]]:
    """Return columns and floors, in about `most` cells."""
    triangles = np.concatenate([piece.vertices[piece.faces] for piece in pieces])
    normal = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    level = normal[:, 2] > slope * np.linalg.norm(normal, axis=1)
    width, depth = np.ptp(triangles[:, :, :2], axis=(0, 1)).tolist()
    cell = float(np.clip(np.sqrt(width * depth / most), CELLS[0], CELLS[1 if most == MANY else 2]))
    cell = max(cell, min(float(np.sqrt(width * depth / MOST)), CELLS[2]))
    columns = rasterise(triangles, level, cell)
    return columns, find_floors(columns, clearance=clearance, max_step=max_step)


def _furnish(
    ground: Ground,
    nodes: dict[str, list[Piece]],
    labels: dict[str, Label],
    instances: dict[str, int],
    objects: list[SceneObject],
    file: LabelFile,
) -> Scene:
    """Return the scene with rooms, landmarks, signs, entrances and lamps."""
    indoor = ground.floor.covered > INDOOR
    regions = find_regions(ground, file, indoor=indoor)
    landmarks = name_things(ground, nodes, labels, instances, regions)
    ends = find_exits(ground)
    goals: list[tuple[str, str, str, tuple[float, float], float]] = []
    if not has_goal(landmarks):
        goals = [("exit", name, region_of(spot, regions), spot, yaw) for name, spot, yaw in ends]
        goals += [("room", region.name, region.name, spot, yaw) for region, spot, yaw in mark_rooms(ground, regions)]
    first = max(instances.values()) + 1
    for k, (kind, name, region, spot, yaw) in enumerate(goals):
        sign = hang_sign(ground, name, spot, yaw)
        objects.append(make_sign(sign, first + k))
        landmarks.append(
            Landmark(
                name=name,
                kind=kind,  # type: ignore[arg-type]
                text=sign.text,
                position=spot,
                anchor=sign.position,
                facing=sign.yaw,
                region=region,
                instance=first + k,
            )
        )
    return Scene(
        name="mesh", seed=0, objects=tuple(objects), walkable=ground.walkable, regions=regions,
        landmarks=tuple(landmarks), entrances=place_entrances(ends), spots=(),
        lamps=hang_lamps(ground) if indoor else (), indoor=indoor,
    )  # fmt: skip


def _tell(
    floors: list[Floor], number: int, ground: Ground, scene: Scene, nodes: dict[str, list[Piece]],
    labels: dict[str, Label], file: LabelFile,
) -> list[str]:  # fmt: skip
    """Return what the report says of floors, labels and what was added."""
    floor = ground.floor
    notes = [f"Floors from below: {describe_floors(floors)}; people walk on floor {number + 1} (scene.floor)."]
    notes.append(f"{ground.walkable.area:.0f} m2 can be walked on, {floor.covered:.0%} of it under a ceiling.")
    if floor.left_out > 0.5:
        notes.append(
            f"{floor.left_out:.0f} m2 are too narrow or cannot be reached ({floor.islands} places) and were left out."
        )
    if floor.high - floor.low > 0.04:
        notes.append(
            f"People and robots move on a flat ground at z = 0; the floor varies by {floor.high - floor.low:.2f} m."
        )
    told = sum(not label.guessed for label in labels.values())
    source = f"{file.path.name} and the names" if file.path else "the names"
    notes.append(
        f"Of {len(nodes):,} nodes, {told:,} were labelled by {source} of nodes and materials, the others by shape."
    )
    if len(nodes) > MOST_NODES:
        notes.append(f"The smallest of more than {MOST_NODES:,} nodes share one instance for each class.")
    signs = [item.text for item in scene.objects if item.name.startswith("sign ") and item.text]
    if signs:
        notes.append(f"Signs were added so that there are places to ask for: {', '.join(signs).lower()}.")
    return notes
