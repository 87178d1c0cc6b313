"""A recorded place: what a camera saw from above, a mask of where one can walk, and the homography between the two.

The folder is laid out like those of ETH (Pellegrini et al., ICCV 2009) and UCY (Lerner et al., 2007) in their common
re-releases:

- `H_image_to_world.txt`: (3, 3), pixel (column, row, 1) to metres on the ground;
- `segmentation.png`: 8 bit, 0 where one cannot walk;
- `background.png` (without people), or `reference.png`: the picture, as large as the mask;
- `traj.csv` (optional): `t_s,agent_id,x_m,y_m`. Where somebody walked is free, whatever the mask says.

World x and y are those of the homography. A mask does not say how high things are: heights are assumed and noted.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import shapely
from scipy.cluster.hierarchy import fcluster, linkage
from shapely.geometry import MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import nearest_points

from scenes.camera_pose import Lift
from scenes.outline import trace
from scenes.procedural.geometry import join, sheet, wall
from scenes.scene import (
    SEMANTIC_ID,
    Entrance,
    FloatArray,
    Landmark,
    Material,
    Mesh,
    Region,
    Scene,
    SceneObject,
    Spot,
)

Picture = npt.NDArray[np.uint8]

CELL = 0.05  # m, of the raster of free ground
TEXTURE = 2048  # px, longest side of the ground's picture
BODY = 0.3  # m round a recorded position that is free
SMALLEST = 0.08, 3.0  # m^2: smaller obstacles and patches of free ground are noise of the mask
TOLERANCE = 0.06  # m, by which outlines may be off
FACADE = 256, 128  # px, picture of a piece of wall
WIDE = 2.4  # m, wider than a car
SOLIDS = (("building", "Building"), ("obstacle", "Obstacle"))  # label and class of what is wide and of what is not
CLUSTER = 3.0  # m between entrances
SURROUNDINGS = 25.0  # m of plain ground round the picture
MOST = 300.0  # m, longest side of a place
ORDINALS = ("second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Footage:
    """What the folder holds: picture and mask (H, W), homography and its inverse, tracks (T, 2) in order of time."""

    name: str
    picture: Picture
    mask: npt.NDArray[np.bool_]
    to_world: FloatArray
    tracks: tuple[FloatArray, ...]


class Recording:
    """Builds the place of a folder; the seed draws where people may stand."""

    def __init__(self, *, path: str, wall_height: float = 3.0, obstacle_height: float = 1.3) -> None:
        """Take a folder.

        Args:
            path: of the folder.
            wall_height: metres, of what is wider than 2.4 m: buildings.
            obstacle_height: metres, of what is narrower: cars, benches.
        """
        self.path, self.wall_height, self.obstacle_height = Path(path), wall_height, obstacle_height

    def build(self, rng: np.random.Generator, seed: int) -> Scene:
        """Return the place.

        Raises:
            FileNotFoundError: the folder or a file of it is not there.
            ValueError: a file is not what it should be, or nothing is free.
        """
        footage = _read(self.path)
        frame, free, origin = _rasterise(footage)
        walkable = trace(free, origin, CELL, tolerance=TOLERANCE, smallest=SMALLEST[::-1])
        if walkable.is_empty:
            raise ValueError(
                f"{self.path / 'segmentation.png'}: expected free ground (not 0) of at least {SMALLEST[1]:g} m^2, "
                "got none; is the mask the right way round?"
            )
        solids = []
        for cells, what, height in zip(
            _sort_by_width(~free), SOLIDS, (self.wall_height, self.obstacle_height), strict=True
        ):
            taken = trace(cells, origin, CELL, tolerance=TOLERANCE, smallest=SMALLEST)
            parts = shapely.get_parts(taken.intersection(frame).difference(walkable).buffer(0))
            solids += [(part, *what, height) for part in parts if part.area > SMALLEST[0]]
        entrances = _find_entrances(footage.tracks, walkable, frame)
        objects, landmarks = _draw(footage, frame, solids, entrances, walkable)
        region = Region(name=footage.name, kind="square", polygon=frame)
        u, v = _pixels(footage).T
        carved = int((~footage.mask[v, u]).sum())
        total = sum(len(track) for track in footage.tracks)
        return Scene(
            name="recording",
            seed=seed,
            objects=tuple(objects),
            walkable=walkable if len(walkable.geoms) > 1 else walkable.geoms[0],
            regions=(region,),
            landmarks=tuple(landmarks),
            entrances=entrances,
            spots=_draw_spots(rng, walkable),
            notes=(
                f"{footage.name}: {walkable.area:.0f} m^2 of free ground out of {frame.area:.0f} m^2 in the picture.",
                f"The mask does not say how high things are: {self.wall_height:g} m is assumed for what is wider than "
                f"{WIDE:g} m, {self.obstacle_height:g} m for the rest.",
                f"{carved} of {total} recorded positions lie where the mask says that one cannot walk; "
                "where somebody walked is taken to be free.",
                "Shadows in the picture are those of the day of the recording.",
            ),
            pictures={"walkable area": _show(footage, walkable, entrances)},
        )


def _draw(
    footage: _Footage,
    frame: Polygon,
    solids: list[tuple[Polygon, str, str, float]],
    entrances: tuple[Entrance, ...],
    walkable: MultiPolygon,
) -> tuple[list[SceneObject], list[Landmark]]:
    """Return ground and solids, and the entrances as landmarks."""
    place = _Plan(frame, footage)
    around = frame.buffer(SURROUNDINGS, join_style="mitre").difference(frame)
    color = _mean_color(place.picture.reshape(-1, 3))
    patches = [Point(e.position).buffer(0.8, quad_segs=2).intersection(frame) for e in entrances]
    ground = frame.difference(shapely.union_all(patches))
    print_ = Material(texture=place.picture, specular=0.0)
    objects = [
        _thing("surroundings", "ground", 1, sheet(around, -0.02), Material(color=color), "Background", solid=False),
        _thing("ground", "ground", 2, place.lay(ground, 0.0), print_, "SideWalk", solid=False),
    ]
    landmarks = []
    middle = np.array(walkable.centroid.coords[0])
    for k, (entrance, patch) in enumerate(zip(entrances, patches, strict=True)):
        x, y = entrance.position
        objects.append(_thing(entrance.name, "way out", 3 + k, place.lay(patch, 0.0), print_, "SideWalk", solid=False))
        landmarks.append(
            Landmark(
                name=entrance.name,
                kind="exit",
                text="",
                position=entrance.position,
                anchor=(x, y, 0.02),
                facing=float(np.arctan2(middle[1] - y, middle[0] - x)),
                region=footage.name,
                instance=3 + k,
            )
        )
    lift = Lift(footage.to_world, footage.picture.shape[:2])
    first = 3 + len(entrances)
    for k, (part, label, semantic, height) in enumerate(solids):
        name, instance = f"{label} {k + 1}", first + k
        objects.append(_thing(name, label, instance, place.lay(part, height), print_, semantic))
        plain: list[Mesh] = []
        shade = Material(color=_mean_color(place.sample(part)))
        turned = shapely.orient_polygons(part)  # the solid to the left of every ring
        for ring in (turned.exterior, *turned.interiors):
            corners = shapely.get_coordinates(ring)
            for p, q in pairwise(corners):
                side = wall(q, p, 0.0, height)
                seen = lift.view(q, p, height, footage.picture, FACADE)
                if seen is None:
                    plain.append(side)
                else:
                    name_ = f"{name} side {len(objects)}"
                    objects.append(_thing(name_, label, instance, side, Material(texture=seen), semantic))
        if plain:
            objects.append(_thing(f"{name} sides", label, instance, join(plain), shade, semantic))
    return objects, landmarks


class _Plan:
    """The picture as a map: north up, metres to texture."""

    def __init__(self, frame: Polygon, footage: _Footage) -> None:
        west, south, east, north = frame.bounds
        self.corner, self.size = np.array([west, south]), np.array([east - west, north - south])
        scale = TEXTURE / self.size.max()
        width, height = (max(int(v), 1) for v in self.size * scale)
        to_map = np.array([[scale, 0.0, -scale * west], [0.0, -scale, scale * north], [0.0, 0.0, 1.0]])
        self._to_map = to_map
        warped = cv2.warpPerspective(
            footage.picture, to_map @ footage.to_world, (width, height), flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
        self.picture: Picture = np.ascontiguousarray(warped)

    def lay(self, ground: BaseGeometry, z: float) -> Mesh:
        """Return a level surface that shows its part of the picture."""
        flat = sheet(ground, z)
        uv = (flat.vertices[:, :2] - self.corner) / self.size
        return Mesh(vertices=flat.vertices, faces=flat.faces, normals=flat.normals, uv=uv.astype(np.float32))

    def sample(self, ground: BaseGeometry) -> Picture:
        """Return the colours (K, 3) of a part of the picture."""
        inside = np.zeros(self.picture.shape[:2], dtype=np.uint8)
        for part in shapely.get_parts(ground):
            ring = np.column_stack([shapely.get_coordinates(part.exterior), np.ones(len(part.exterior.coords))])
            cv2.fillPoly(inside, [np.rint((ring @ self._to_map.T)[:, :2]).astype(np.int32)], 1)
        found: Picture = self.picture[inside > 0]
        return found if len(found) else self.picture.reshape(-1, 3)


def _thing(
    name: str, label: str, instance: int, mesh: Mesh, material: Material, semantic: str, *, solid: bool = True
) -> SceneObject:
    return SceneObject(
        name=name, label=label, mesh=mesh, material=material, semantic=SEMANTIC_ID[semantic], instance=instance,
        solid=solid,
    )  # fmt: skip


def _mean_color(pixels: Picture) -> tuple[float, float, float]:
    r, g, b = (float(v) / 255.0 for v in np.median(pixels.reshape(-1, 3), axis=0))
    return r, g, b


def _read(folder: Path) -> _Footage:
    if not folder.is_dir():
        raise FileNotFoundError(f"scene.path: expected the folder of a recorded place, found none at {folder}")
    to_world = _read_homography(folder / "H_image_to_world.txt")
    name = next((n for n in ("background.png", "reference.png") if (folder / n).is_file()), "background.png")
    picture = _read_picture(folder / name, cv2.IMREAD_COLOR)
    mask = _read_picture(folder / "segmentation.png", cv2.IMREAD_GRAYSCALE)
    if mask.shape != picture.shape[:2]:
        (h, w), (height, width) = mask.shape, picture.shape[:2]
        raise ValueError(
            f"{folder / 'segmentation.png'}: expected {width} x {height} pixels as {name} has, got {w} x {h}; "
            "give the mask of this picture"
        )
    return _Footage(
        name=folder.resolve().name.replace("_", " "),
        picture=np.ascontiguousarray(picture[..., ::-1]),
        mask=mask > 0,
        to_world=to_world,
        tracks=_read_tracks(folder / "traj.csv"),
    )


def _read_homography(path: Path) -> FloatArray:
    if not path.is_file():
        raise FileNotFoundError(f"{path}: expected a 3 x 3 homography from pixels to metres, found no such file")
    try:
        matrix = np.array(path.read_text(encoding="utf-8").split(), dtype=np.float64)
    except (ValueError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: expected nine numbers, got something else ({error})") from error
    if matrix.size != 9 or not np.isfinite(matrix).all():
        raise ValueError(f"{path}: expected nine finite numbers, got {matrix.size}; write three rows of three")
    matrix = matrix.reshape(3, 3)
    if np.linalg.matrix_rank(matrix) < 3:
        raise ValueError(f"{path}: expected a homography that can be inverted, got a singular one")
    return matrix


def _read_picture(path: Path, mode: int) -> Picture:
    if not path.is_file():
        raise FileNotFoundError(f"{path}: expected a picture, found no such file")
    picture = cv2.imread(str(path), mode)
    if picture is None:
        raise ValueError(f"{path}: expected a picture, got a file that cannot be decoded")
    return np.asarray(picture, dtype=np.uint8)


def _read_tracks(path: Path) -> tuple[FloatArray, ...]:
    if not path.is_file():
        return ()
    tracks: dict[str, list[tuple[float, float]]] = {}
    with path.open(newline="", encoding="utf-8") as file:
        try:
            for row in csv.DictReader(file):
                tracks.setdefault(row["agent_id"], []).append((float(row["x_m"]), float(row["y_m"])))
        except (KeyError, ValueError, TypeError, csv.Error) as error:
            raise ValueError(f"{path}: expected rows of t_s,agent_id,x_m,y_m, got something else ({error})") from error
    return tuple(np.array(track) for track in tracks.values())


def _project(points: FloatArray, matrix: npt.NDArray[np.floating]) -> FloatArray:
    """Return (K, 2) points mapped by a (3, 3) homography."""
    mapped = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    return np.asarray(mapped[:, :2] / mapped[:, 2:])


def _rasterise(footage: _Footage) -> tuple[Polygon, npt.NDArray[np.bool_], FloatArray]:
    """Return the outline of the picture on the ground, the free cells (H, W), row 0 in the south, and their origin."""
    height, width = footage.mask.shape
    corners = np.array([[0.0, 0.0], [width, 0.0], [width, height], [0.0, height]])
    weights = np.column_stack([corners, np.ones(4)]) @ footage.to_world[2]
    if weights.min() * weights.max() <= 0.0:
        raise ValueError("H_image_to_world.txt: expected a picture of ground alone, got one that shows the horizon")
    frame = shapely.orient_polygons(Polygon(_project(corners, footage.to_world)))
    west, south, east, north = frame.bounds
    if not frame.is_valid or max(east - west, north - south) > MOST or frame.area < SMALLEST[1]:
        raise ValueError(
            f"H_image_to_world.txt: expected a place of {SMALLEST[1]:g} m^2 to {MOST:g} m on a side, got "
            f"{east - west:.3g} m x {north - south:.3g} m; is it from pixels (column, row) to metres?"
        )
    columns, rows = (int(np.ceil(v / CELL)) for v in (east - west, north - south))
    to_cells = np.array([[1 / CELL, 0.0, -west / CELL - 0.5], [0.0, 1 / CELL, -south / CELL - 0.5], [0.0, 0.0, 1.0]])
    warped = cv2.warpPerspective(
        footage.mask.astype(np.uint8), to_cells @ footage.to_world, (columns, rows), flags=cv2.INTER_NEAREST,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    for track in footage.tracks:
        points = np.rint(_project(track, to_cells) * 16).astype(np.int32)
        cv2.polylines(warped, [points.reshape(-1, 1, 2)], False, 1, max(1, round(2 * BODY / CELL)), cv2.LINE_8, 4)
    inside = np.zeros_like(warped)
    cv2.fillPoly(inside, [np.rint(_project(shapely.get_coordinates(frame), to_cells)).astype(np.int32)], 1)
    return frame, (warped > 0) & (inside > 0), np.array([west, south])


def _sort_by_width(blocked: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return the cells (H, W) of what is wider than `WIDE`, going on beyond the border, and of what is not."""
    pad = round(WIDE / CELL)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (pad, pad))
    cells = np.pad(blocked.astype(np.uint8), pad, mode="edge")
    wide = cv2.morphologyEx(cells, cv2.MORPH_OPEN, disc)[pad:-pad, pad:-pad] > 0
    narrow = cv2.morphologyEx((blocked & ~wide).astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(narrow, connectivity=4)
    things = stats[:, cv2.CC_STAT_AREA] * CELL**2 > 0.5  # m^2; less is the rounded corner of something wide
    things[0] = False
    apart = np.asarray(things[labels])
    count, labels = cv2.connectedComponents(wide.astype(np.uint8))
    if count == 1:
        return wide, blocked
    return blocked & ~apart, apart


def _pixels(footage: _Footage) -> npt.NDArray[np.int64]:
    """Return (K, 2) column and row of every recorded position that lies in the picture."""
    if not footage.tracks:
        return np.zeros((0, 2), dtype=np.int64)
    height, width = footage.mask.shape
    found = np.floor(_project(np.concatenate(footage.tracks), np.linalg.inv(footage.to_world))).astype(np.int64)
    inside = (found >= 0).all(axis=1) & (found < (width, height)).all(axis=1)
    return np.asarray(found[inside])


def _find_entrances(tracks: tuple[FloatArray, ...], walkable: MultiPolygon, frame: Polygon) -> tuple[Entrance, ...]:
    """Return where people came from and left by; without tracks, where free ground meets the picture's border."""
    if tracks:
        ends = np.array([track[k] for track in tracks for k in (0, -1)])
    else:
        rim = walkable.intersection(frame.exterior.buffer(0.5))
        ends = shapely.get_coordinates(shapely.segmentize(rim.boundary, 0.5))
    shrunk = walkable.buffer(-BODY)
    room: BaseGeometry = walkable if shrunk.is_empty else shrunk
    labels = fcluster(linkage(ends, "average"), CLUSTER, "distance") if len(ends) > 1 else np.ones(len(ends), int)
    sizes = [(int((labels == k).sum()), k) for k in np.unique(labels)]
    middle, entrances = np.array(walkable.centroid.coords[0]), []
    for size, k in sorted(sizes, reverse=True)[:8]:
        if size < 0.02 * len(ends):
            continue
        near = nearest_points(room, Point(ends[labels == k].mean(axis=0)))[0]
        entrances.append(((near.x, near.y), size))
    names: dict[str, int] = {}
    result = []
    for (x, y), size in entrances:
        word = ("east", "north east", "north", "north west", "west", "south west", "south", "south east")[
            int(np.rint(np.arctan2(y - middle[1], x - middle[0]) / (np.pi / 4))) % 8
        ]
        names[word] = names.get(word, 0) + 1
        name = f"{word} exit" if names[word] == 1 else f"{ORDINALS[names[word] - 2]} {word} exit"
        result.append(Entrance(name=name, position=(x, y), radius=0.3, weight=size / len(ends)))
    return tuple(result)


def _draw_spots(rng: np.random.Generator, walkable: MultiPolygon, count: int = 8) -> tuple[Spot, ...]:
    """Return places to stand, a body away from everything."""
    room = walkable.buffer(-2 * BODY)
    west, south, east, north = room.bounds if not room.is_empty else walkable.bounds
    spots: list[Spot] = []
    for x, y in rng.uniform((west, south), (east, north), (200, 2)):
        if len(spots) < count and room.contains(Point(x, y)):
            spots.append(Spot(kind="stand", position=(float(x), float(y)), yaw=float(rng.uniform(-np.pi, np.pi))))
    return tuple(spots)


def _show(footage: _Footage, walkable: MultiPolygon, entrances: tuple[Entrance, ...]) -> Picture:
    """Return the picture with free ground tinted green, recorded positions, and entrances."""
    to_picture = np.linalg.inv(footage.to_world)
    shown = footage.picture.copy()
    tint = np.zeros_like(shown)
    for part in walkable.geoms:
        rings = [np.rint(_project(shapely.get_coordinates(r), to_picture)).astype(np.int32)
                 for r in (part.exterior, *part.interiors)]  # fmt: skip
        cv2.fillPoly(tint, rings, (60, 200, 90))
    shown = np.where(tint.any(axis=2, keepdims=True), (0.65 * shown + 0.35 * tint).astype(np.uint8), shown)
    u, v = _pixels(footage).T
    shown[v, u] = (255, 240, 90)
    for entrance in entrances:
        x, y = np.rint(_project(np.array([entrance.position]), to_picture)[0]).astype(int).tolist()
        cv2.circle(shown, (x, y), 7, (230, 60, 40), 2, cv2.LINE_AA)
        at = (min(max(x + 10, 4), shown.shape[1] - 110), min(max(y + 4, 14), shown.shape[0] - 6))
        cv2.putText(shown, entrance.name, at, cv2.FONT_HERSHEY_SIMPLEX, 0.45, (255, 255, 255), 1, cv2.LINE_AA)
    return np.ascontiguousarray(shown)
