"""What people know of a mesh's floor: rooms, ways out, things to name, places to stand, lamps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from scipy import ndimage
from shapely.geometry import MultiPolygon, Point, Polygon
from shapely.ops import nearest_points
from skimage.segmentation import watershed

from scenes.mesh_columns import BoolArray, Columns, distance
from scenes.mesh_floor import BODY, Floor
from scenes.mesh_labels import Label, LabelFile
from scenes.mesh_piece import Piece, bounds
from scenes.outline import trace
from scenes.scene import DESTINATIONS, Entrance, FloatArray, Lamp, Landmark, Region, Spot

DOORWAY = 1.2  # m, a narrower opening parts two rooms
EYES = 1.2, 1.8  # m above the floor: what stands there parts rooms, furniture does not
SMALLEST_ROOM = 4.0  # m^2
SLENDER = 4.0  # times longer than wide: a corridor
EXIT_GAP = 2.0  # m between two exits, and 0.3 of the size of the floor
SIGN = 0.9, 0.24, 2.1  # m, width, height and lower edge of a sign that is added
REACH = 2.5  # m from the edge of a thing to where one can stand before it
APART = 1.5  # m, between things that are named
MOST_THINGS, MOST_LAMPS = 12, 32
LAMP_HEIGHT, LAMP_GAP, LAMP_POWER = 2.5, 4.0, 2.8  # m above the floor, m between lamps, power as of `Lamp`
SPOT_AREA, MOST_SPOTS = 25.0, 14  # m^2 for each spot
KIND_OF = {"bench": "bench", "tree": "tree", "fountain": "fountain", "statue": "statue", "kiosk": "kiosk",
           "desk": "desk", "counter": "desk", "door": "door", "sign": "sign"}  # fmt: skip
NAMEABLE = frozenset({"Chair", "Table", "Furniture", "Door", "Vegetation", "Car", "Booth", "Carts", "Advertising",
                      "Train", "Bicycle", "Obstacle", "StoreFront", "TrafficSign"})  # fmt: skip
COMPASS = {"east": (1.0, 0.0), "north": (0.0, 1.0), "west": (-1.0, 0.0), "south": (0.0, -1.0)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """A board that is added so that a place can be recognised: what it reads, where it hangs, where it faces."""

    text: str
    position: tuple[float, float, float]
    yaw: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ground:
    """The floor as a raster and as polygons.

    Attributes:
        columns: of the mesh, its own heights. floor: the one that is walked on.
        walkable: metres, world. inner: where a body's centre can be.
        space: (H, W) between walls, with furniture.
    """

    columns: Columns
    floor: Floor
    walkable: Polygon | MultiPolygon
    inner: Polygon | MultiPolygon
    space: BoolArray

    def points(self, mask: BoolArray) -> FloatArray:
        """Return (N, 2) metres, the middles of the cells of a mask."""
        rows, columns = np.nonzero(mask)
        origin = np.array(self.columns.origin)
        points: FloatArray = origin + (np.column_stack([columns, rows]) + 0.5) * self.columns.cell
        return points

    def front(self, target: Sequence[float] | FloatArray) -> tuple[float, float]:
        """Return the place nearest to a point (x, y) where a body can stand."""
        near = nearest_points(self.inner, Point(target[0], target[1]))[0]
        return float(near.x), float(near.y)


def survey(columns: Columns, floor: Floor) -> Ground:
    """Return the ground of a floor.

    Raises:
        ValueError: what is free is too narrow once its outline is drawn.
    """
    shape = trace(floor.free, columns.origin, columns.cell, tolerance=columns.cell, smallest=(1.0, 4 * columns.cell**2))
    parts = sorted(shapely.get_parts(shape), key=lambda part: part.area)
    walkable = parts[-1]
    inner = max(shapely.get_parts(walkable.buffer(-BODY)), key=lambda part: part.area, default=Polygon())
    if inner.is_empty:
        raise ValueError(f"walkable: expected ground wider than {2 * BODY:g} m, got {walkable.area:.1f} m2 in strips")
    tall = columns.crossed(floor.height + EYES[0], floor.height + EYES[1])
    some = columns.crossed(floor.height - 0.3, floor.height + EYES[0])
    label, _ = ndimage.label(some & ~tall)
    main = np.bincount(label[floor.free & (label > 0)]).argmax() if (floor.free & (label > 0)).any() else 0
    space = (label == main) & (main > 0) | floor.free
    return Ground(columns=columns, floor=floor, walkable=walkable, inner=inner, space=space)


def find_regions(ground: Ground, file: LabelFile, *, indoor: bool) -> tuple[Region, ...]:
    """Return the rooms of a floor, the largest a hall (outdoors: a square), or those of the file of labels."""
    if file.regions:
        regions = [Region(name=name, kind=kind, polygon=shape) for name, kind, shape in file.regions]  # type: ignore[arg-type]
        if not any(region.kind in ("hall", "square") for region in regions):
            hull = Polygon(max(shapely.get_parts(ground.walkable), key=lambda part: part.area).exterior)
            regions.append(Region(name="whole floor", kind="hall", polygon=hull))
        return tuple(regions)
    cell, origin = ground.columns.cell, ground.columns.origin
    gap = distance(ground.space) * cell
    cores, count = ndimage.label(gap > DOORWAY / 2)
    rooms = _flood(gap, cores, ground.space) if count else ground.space.astype(np.int32)
    while True:
        free = np.bincount(rooms[ground.floor.free], minlength=count + 1)[1:] * cell**2
        small = np.flatnonzero((free < SMALLEST_ROOM) & (np.bincount(cores.ravel(), minlength=count + 1)[1:] > 0)) + 1
        if not len(small) or len(small) == (np.bincount(cores.ravel(), minlength=count + 1)[1:] > 0).sum():
            break
        cores[np.isin(cores, small)] = 0
        rooms = _flood(gap, cores, ground.space)
    shapes = []
    for number in np.flatnonzero(np.bincount(rooms.ravel())[1:]) + 1:
        mask = ndimage.binary_dilation(rooms == number, iterations=2) & ground.space
        outline = trace(mask, origin, cell, tolerance=cell, smallest=(SMALLEST_ROOM / 4, SMALLEST_ROOM / 4))
        if not outline.is_empty:
            shapes.append(max(shapely.get_parts(outline), key=lambda part: part.area))
    shapes.sort(key=lambda part: -part.area)
    if not shapes:
        shapes = [Polygon(max(shapely.get_parts(ground.walkable), key=lambda part: part.area).exterior)]
    first = Region(name="hall" if indoor else "square", kind="hall" if indoor else "square", polygon=shapes[0])
    rest = [
        Region(name=f"room {k + 1}" if indoor else f"area {k + 1}",
               kind=("corridor" if _slender(shape) else "room") if indoor else "area", polygon=shape)
        for k, shape in enumerate(shapes[1:])
    ]  # fmt: skip
    return (first, *rest)


def _flood(gap: npt.NDArray[np.floating], cores: npt.NDArray[np.int32], space: BoolArray) -> npt.NDArray[np.int32]:
    """Return (H, W) the number of the core from which water reaches a cell first, rising from the widest places."""
    rooms: npt.NDArray[np.int32] = watershed(-gap, cores, mask=space)  # type: ignore[no-untyped-call, unused-ignore]
    return rooms


def _slender(shape: Polygon) -> bool:
    sides = np.hypot(*np.diff(shapely.get_coordinates(shape.minimum_rotated_rectangle), axis=0).T)
    return bool(sides.max() > SLENDER * sides.min())


def find_exits(ground: Ground) -> list[tuple[str, tuple[float, float], float]]:
    """Return name, place (x, y) and outward yaw of the far ends of the floor, one for each point of the compass."""
    room = distance(ground.floor.free) * ground.columns.cell
    points = ground.points(room > BODY + 0.1)
    points = points[shapely.intersects_xy(ground.inner, points[:, 0], points[:, 1])]
    if not len(points):
        points = np.array([ground.inner.representative_point().coords[0]])
    middle, size = np.median(points, axis=0), np.ptp(points, axis=0)
    gap = max(EXIT_GAP, 0.3 * float(np.hypot(*size)))
    ends = []
    for name, way in COMPASS.items():
        along = (points - middle) @ way
        best = points[along > along.max() - 0.6]
        spot = best[np.argmin(np.hypot(*(best - best.mean(axis=0)).T))]
        ends.append(
            (float(along.max()), f"{name} exit", (float(spot[0]), float(spot[1])), float(np.arctan2(way[1], way[0])))
        )
    found: list[tuple[str, tuple[float, float], float]] = []
    for _, name, spot_at, yaw in sorted(ends, reverse=True):
        if all(np.hypot(spot_at[0] - x, spot_at[1] - y) >= gap for _, (x, y), _ in found):
            found.append((name, spot_at, yaw))
    return found


def hang_sign(ground: Ground, text: str, spot: tuple[float, float], yaw: float) -> Sign:
    """Return a board over a place: on the wall behind it if one is near, else above it, facing back."""
    way, at = np.array([np.cos(yaw), np.sin(yaw)]), np.array(spot)
    columns = ground.columns
    tall = columns.crossed(ground.floor.height + SIGN[2], ground.floor.height + SIGN[2] + SIGN[1])
    reach = 0.45
    for step in np.arange(0.1, 2.0, columns.cell / 2):
        column, row = ((at + step * way - columns.origin) / columns.cell).astype(int)
        if not (0 <= row < columns.shape[0] and 0 <= column < columns.shape[1]) or tall[row, column]:
            reach = max(float(step) - columns.cell - 0.06, 0.05)
            break
    x, y = at + reach * way
    return Sign(text=text.upper(), position=(float(x), float(y), SIGN[2] + SIGN[1] / 2), yaw=float(yaw + np.pi))


def name_things(
    ground: Ground, nodes: Mapping[str, Sequence[Piece]], labels: Mapping[str, Label], instances: Mapping[str, int],
    regions: Sequence[Region],
) -> list[Landmark]:  # fmt: skip
    """Return the landmarks among the nodes: those of the file of labels, then things whose name occurs once."""
    words = [label.label for label in labels.values()]
    chosen: list[tuple[float, Landmark]] = []
    for node, label in labels.items():
        once = label.named and not label.guessed and label.semantic in NAMEABLE and words.count(label.label) == 1
        if not label.landmark and not once:
            continue
        low, high = bounds(nodes[node])
        middle = (low + high) / 2
        front = ground.front(middle)
        outside = np.maximum(np.maximum(low[:2] - front, front - high[:2]), 0.0)
        if not label.landmark and (np.hypot(*outside) > REACH or low[2] > SIGN[2] or (high - low).max() < 0.3):
            continue
        turn = np.arctan2(front[1] - middle[1], front[0] - middle[0])
        name = label.landmark or label.label
        kind = label.kind if label.landmark else next((KIND_OF[w] for w in name.split() if w in KIND_OF), "other")
        mark = Landmark(
            name=name, kind=kind, text=label.text, position=front,  # type: ignore[arg-type]
            anchor=(float(middle[0]), float(middle[1]), float(np.clip(middle[2], 0.3, 3.0))), facing=float(turn),
            region=region_of(front, regions), instance=instances[node],
        )  # fmt: skip
        chosen.append((-np.inf if label.landmark else -float(np.prod(np.maximum(high - low, 0.05))), mark))
    chosen.sort(key=lambda pair: (pair[0], pair[1].name))
    own = [mark for rank, mark in chosen if rank == -np.inf]
    unique = {mark.name: mark for mark in reversed(own)}
    for _, mark in chosen[len(own) :]:
        near = any(np.hypot(*np.subtract(mark.anchor[:2], other.anchor[:2])) < APART for other in unique.values())
        if not near and len(unique) < len(own) + MOST_THINGS:
            unique.setdefault(mark.name, mark)
    return list(unique.values())


def region_of(point: tuple[float, float], regions: Sequence[Region]) -> str:
    """Return the name of the region that holds a point, or of the nearest one."""
    return min(regions, key=lambda region: region.polygon.distance(Point(point))).name


def mark_rooms(ground: Ground, regions: Sequence[Region]) -> list[tuple[Region, tuple[float, float], float]]:
    """Return each room with the place in its middle and the yaw to the wall nearest to it."""
    found = []
    for region in regions:
        inside = region.polygon.intersection(ground.inner)
        if region.kind != "room" or inside.area < SMALLEST_ROOM / 2:
            continue
        largest = max(shapely.get_parts(inside), key=lambda part: part.area)
        middle = shapely.maximum_inscribed_circle(largest).coords[0]
        edge = nearest_points(region.polygon.exterior, Point(middle))[0]
        yaw = float(np.arctan2(edge.y - middle[1], edge.x - middle[0]))
        found.append((region, (float(middle[0]), float(middle[1])), yaw))
    return found[:MOST_THINGS]


def place_entrances(ends: Sequence[tuple[str, tuple[float, float], float]]) -> tuple[Entrance, ...]:
    """Return entrances at the far ends of the floor."""
    return tuple(Entrance(name=name.replace("exit", "end"), position=spot, radius=0.4) for name, spot, _ in ends)


def draw_spots(ground: Ground, entrances: Sequence[Entrance], rng: np.random.Generator) -> tuple[Spot, ...]:
    """Return places to stand: beside walls and furniture, where people still pass, away from entrances and doorways."""
    cell = ground.columns.cell
    room = distance(ground.floor.free) * cell
    width = ndimage.maximum_filter(room, size=max(3, round(1.5 / cell) | 1))  # of the widest place near by
    points = ground.points((room > 0.45) & (room < 0.9) & (width > 1.0))
    points = points[shapely.intersects_xy(ground.inner, points[:, 0], points[:, 1])]
    for entrance in entrances:
        points = points[np.hypot(*(points - entrance.position).T) > 1.5]
    wanted = int(np.clip(ground.walkable.area / SPOT_AREA, 1, MOST_SPOTS))
    spots: list[Spot] = []
    for index in rng.permutation(len(points))[:400].tolist():
        x, y = points[index]
        if len(spots) == wanted:
            break
        if all(np.hypot(x - spot.position[0], y - spot.position[1]) > 2.0 for spot in spots):
            edge = nearest_points(ground.walkable.boundary, Point(x, y))[0]
            yaw = float(np.arctan2(y - edge.y, x - edge.x) + rng.uniform(-0.6, 0.6))
            spots.append(
                Spot(kind="stand", position=(float(x), float(y)), yaw=float(np.pi - (np.pi - yaw) % (2 * np.pi)))
            )
    return tuple(spots)


def hang_lamps(ground: Ground) -> tuple[Lamp, ...]:
    """Return lamps in a grid under the ceiling."""
    columns, floor = ground.columns, ground.floor
    gap = max(LAMP_GAP, float(np.sqrt(ground.space.sum() * columns.cell**2 / MOST_LAMPS)))
    lamps = []
    rows, across = np.nonzero(ground.space)
    tile = np.column_stack([rows, across]) * columns.cell // gap
    _, index, count = np.unique(tile, axis=0, return_inverse=True, return_counts=True)
    index = index.ravel()
    for k in np.flatnonzero((count * columns.cell**2 >= 0.25 * gap**2) | (len(count) == 1)).tolist():
        spot = np.column_stack([rows[index == k], across[index == k]])
        row, column = spot[np.argmin(np.hypot(*(spot - spot.mean(axis=0)).T))].tolist()
        above = float(floor.ceiling[row, column])
        x, y = np.array(columns.origin) + (np.array([column, row]) + 0.5) * columns.cell
        wanted = max(LAMP_HEIGHT, gap / 2)  # far apart, they hang higher and shine more
        height = max(min(wanted, above - 0.3), 1.8)
        power = LAMP_POWER * (height / LAMP_HEIGHT) ** 2
        lamps.append(Lamp(position=(float(x), float(y), height), color=(1.0, 0.95, 0.88), power=power, always=True))
    return tuple(lamps[:MOST_LAMPS])


def has_goal(landmarks: Sequence[Landmark]) -> bool:
    """Tell whether one of the landmarks can be asked for."""
    return any(mark.kind in DESTINATIONS for mark in landmarks)
