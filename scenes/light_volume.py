"""How much of the sky, and of the light of the lamps, gets to each place of a scene: a coarse grid, computed once.

The scene is cut into voxels; rays are marched through them from every probe of the grid, to the sky and to each lamp.
What bounces is a blurred share of what arrives. Light from all around is kept apart from its mean direction, so
that a wall that faces a lamp is brighter than one that does not: the first two terms of R. Ramamoorthi and P. Hanrahan,
An efficient representation for irradiance environment maps, SIGGRAPH 2001.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter

from scenes.scene import SEMANTIC_ID, FloatArray, Scene, SceneObject

Float32Array = npt.NDArray[np.float32]

VOXEL, MOST_VOXELS = 0.25, 20_000_000  # m per side, as fine as this number of them allows
SPACING, LEVELS, FIRST, RISE = 0.5, 8, 0.3, 0.7  # m between probes; levels above the ground, and their heights
MOST_PROBES = 300_000  # further apart where it takes more
MARGIN, AROUND, TOP = 1.0, 12.0, 16.0  # m around the scene; around the walkable ground at most; above it at most
REACH, WAYS = 5.0, 14  # m; outdoors, what is further away hides no sky: it is as bright as the sky. Rays.
REACH_INDOORS, WAYS_INDOORS = 25.0, 20  # indoors, a ray that goes so far ends at a window
FARTHEST, FAINT = 20.0, 0.012  # m that a lamp shines at most; the irradiance at which it ends
HEAD = 0.6  # m around a lamp that cast no shadow: its own housing
WINDOW_POWER = 0.35  # of a glowing surface, per square metre: irradiance at 1 m in front of it
MOST_WINDOWS = 150
BOUNCED, BOUNCED_INDOORS, BLUR = 0.12, 0.5, 2.0  # share of the light that comes again from all around; m
OPEN_WAYS = 8.0  # rays that find the sky count for more under a roof: few do, and what they bring bounces


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LightVolume:
    """Light on a grid of probes; `flow` and `sky` are (LEVELS, Y, X, ...), levels upwards.

    Attributes:
        origin: (3,) of the first probe, world, metres; step: (3,) between probes.
        flow: (LEVELS, Y, X, 3) float32, light of the lamps from all sides, linear, 1 as of the sun at noon.
        direction: (LEVELS, Y, X, 3) float32, whence on the mean; shorter than 1 where it comes from many sides.
        sky: (LEVELS, Y, X) float32, share of the sky that is seen.
        open: (LEVELS, Y, X) float32, 1 where rain falls.
    """

    origin: FloatArray
    step: FloatArray
    flow: Float32Array
    direction: Float32Array
    sky: Float32Array
    open: Float32Array


def compute_volume(scene: Scene) -> LightVolume:
    """Return the light of a scene whose lamps burn as `scene.light` says."""
    triangles = [_world_triangles(item) for item in scene.objects if _blocks(item, indoor=scene.indoor)]
    solid = np.concatenate(triangles) if triangles else np.zeros((0, 3, 3), np.float32)
    low, high = _bound(scene, solid)
    size = max(VOXEL, float(np.prod(high - low) / MOST_VOXELS) ** (1 / 3))
    taken = np.zeros(tuple(np.ceil((high - low) / size).astype(int)), dtype=np.uint8)
    _fill(taken, solid, low.astype(np.float32), size)

    spacing = max(SPACING, float(LEVELS * np.prod((high - low)[:2]) / MOST_PROBES) ** 0.5)
    origin, step = np.array([*low[:2], FIRST]), np.array([spacing, spacing, RISE])
    grid = (LEVELS, *np.maximum((high - low)[1::-1] // spacing, 2).astype(int))
    starts = [
        np.minimum((origin[k] - low[k] + step[k] * np.arange(grid[2 - k])) / size, taken.shape[k] - 1).astype(np.int64)
        for k in range(3)
    ]
    reach, count = (REACH_INDOORS, WAYS_INDOORS) if scene.indoor else (REACH, WAYS)
    far = np.cumsum(np.concatenate([[size], np.minimum(size * 1.2 ** np.arange(400), 2.0 * size)]))
    far = far[far < reach]
    steps = np.round(_spread(count)[:, None] * far[:, None] / size).astype(np.int32)
    sky, valid, above = np.zeros(grid, np.float32), np.zeros(grid, np.uint8), np.zeros(grid, np.float32)
    _see_sky(
        taken, starts[0], starts[1], starts[2], steps, 0.0 * far if scene.indoor else far / reach, sky, valid, above
    )
    flow, way = np.zeros((*grid, 3), np.float32), np.zeros((*grid, 3), np.float32)
    for position, color, power, normal in _list_lamps(scene):
        _shine(
            taken, starts[0], starts[1], starts[2], size, origin, step, position, color, power, normal, valid, flow, way
        )

    spread = BLUR / step[::-1]
    share = BOUNCED_INDOORS if scene.indoor else BOUNCED
    around = np.stack([gaussian_filter(flow[..., k], spread, mode="nearest") for k in range(3)], axis=-1)
    if scene.indoor:
        sky = np.minimum(OPEN_WAYS * (0.4 * sky + 0.6 * gaussian_filter(sky, spread, mode="nearest")), 1.0)
    brightness = flow.sum(axis=-1)
    flow += share * around * np.where(scene.indoor, 1.0, sky)[..., None]
    way *= (brightness / np.maximum(flow.sum(axis=-1), 1e-6))[..., None]
    filled = [_fill_gaps(np.concatenate([flow, way, sky[..., None], above[..., None]], axis=-1), valid)]
    flow, way, sky, above = np.split(filled[0], [3, 6, 7], axis=-1)
    return LightVolume(origin=origin, step=step, flow=flow, direction=way, sky=sky[..., 0], open=above[..., 0])


def _bound(scene: Scene, solid: Float32Array) -> tuple[FloatArray, FloatArray]:
    """Return the lowest and highest corner (3,) of the room that is looked at, world."""
    low, high = np.zeros(3), np.ones(3)
    if len(solid):
        low, high = solid.min(axis=(0, 1)).astype(np.float64) - MARGIN, solid.max(axis=(0, 1)) + MARGIN
    if not scene.walkable.is_empty:
        x0, y0, x1, y1 = scene.walkable.bounds
        low[:2] = np.maximum(low[:2], np.array([x0, y0]) - AROUND)
        high[:2] = np.minimum(high[:2], np.array([x1, y1]) + AROUND)
    low[2], high[2] = -0.5 * VOXEL, max(min(high[2], TOP), FIRST + RISE * LEVELS)
    return low, np.maximum(high, low + 2.0)


def _blocks(item: SceneObject, *, indoor: bool) -> bool:
    """Return whether light stops at an object: not at what shines itself, nor indoors at a pane."""
    pane = indoor and item.semantic == SEMANTIC_ID["Window"]
    return item.material.glow <= 0.0 and item.material.emissive < 0.5 and not pane


def _world_triangles(item: SceneObject) -> Float32Array:
    world = item.mesh.vertices @ item.pose[:3, :3].T + item.pose[:3, 3]
    return np.asarray(world[item.mesh.faces], dtype=np.float32)


def _list_lamps(scene: Scene) -> list[tuple[FloatArray, FloatArray, float, FloatArray]]:
    """Return position, linear colour, power and normal of what shines; a zero normal: in all directions below it."""
    found = []
    for lamp in scene.lamps:
        power = lamp.power * (1.0 if lamp.always else scene.light.lamps)
        if power > 0.0:
            found.append((np.array(lamp.position), np.square(lamp.color), power, np.zeros(3)))
    if scene.light.lamps > 0.0:
        found += _list_windows(scene.objects, scene.light.lamps, [lamp.position for lamp in scene.lamps])
    return found


def _list_windows(
    objects: Sequence[SceneObject], lamps: float, positions: Sequence[tuple[float, float, float]]
) -> list[tuple[FloatArray, FloatArray, float, FloatArray]]:
    """Return the largest glowing surfaces that are not the heads of lamps, as lamps before their middles."""
    found = []
    places = np.array(positions).reshape(-1, 3)
    for item in objects:
        if item.material.glow <= 0.1:
            continue
        corners = _world_triangles(item).astype(np.float64)
        across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]) / 2
        normal, area = across.sum(axis=0), float(np.linalg.norm(across, axis=1).sum())
        length = float(np.linalg.norm(normal))
        middle = corners.mean(axis=(0, 1))
        if area < 0.3 or (len(places) and np.linalg.norm(places - middle, axis=1).min() < 1.0):
            continue
        normal = normal / length if length > 0.3 * area else np.zeros(3)
        texture = item.material.texture
        color = np.array(item.material.color) * (1.0 if texture is None else texture.mean(axis=(0, 1)) / 255.0)
        power = WINDOW_POWER * lamps * item.material.glow * min(area, 12.0)
        found.append((middle + 0.3 * normal, np.square(color), power, normal))
    found.sort(key=lambda entry: -entry[2])
    return found[:MOST_WINDOWS]


def _spread(count: int) -> FloatArray:
    """Return (count, 3) directions that spread evenly over the upper half sphere, on a spiral."""
    height = (np.arange(count) + 0.5) / count
    angle = np.pi * (3.0 - 5.0**0.5) * np.arange(count)
    level = np.sqrt(1.0 - height * height)
    return np.stack([level * np.cos(angle), level * np.sin(angle), height], axis=1)


def _fill_gaps(values: Float32Array, valid: npt.NDArray[np.uint8]) -> Float32Array:
    """Return (Z, Y, X, C) values whose probes inside of solids have the mean of their neighbours outside."""
    weight = valid.astype(np.float32)
    for _ in range(2):
        sums, counts = np.zeros_like(values), np.zeros_like(weight)
        for axis, way in ((2, 1), (2, -1), (1, 1), (1, -1), (0, -1)):
            near = np.roll(weight, way, axis=axis)
            sums += np.roll(values, way, axis=axis) * near[..., None]
            counts += near
        gap = (weight == 0.0) & (counts > 0.0)
        values[gap] = sums[gap] / counts[gap][:, None]
        weight[gap] = 1.0
    return values


@numba.njit(cache=True)
def _fill(taken, triangles, low, size):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Mark the voxels that triangles (T, 3, 3) pass through."""
    nx, ny, nz = taken.shape
    top = low[2] + nz * size
    for t in range(len(triangles)):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        if max(a[0], b[0], c[0]) < low[0] or max(a[1], b[1], c[1]) < low[1] or min(a[2], b[2], c[2]) > top:
            continue
        longest = max(np.sqrt(((b - a) ** 2).sum()), np.sqrt(((c - a) ** 2).sum()), np.sqrt(((c - b) ** 2).sum()))
        parts = int(longest / (0.7 * size)) + 1
        for i in range(parts + 1):
            u = i / parts
            for j in range(parts + 1 - i):
                v = j / parts
                x = int((a[0] + u * (b[0] - a[0]) + v * (c[0] - a[0]) - low[0]) / size)
                y = int((a[1] + u * (b[1] - a[1]) + v * (c[1] - a[1]) - low[1]) / size)
                z = int(np.floor((a[2] + u * (b[2] - a[2]) + v * (c[2] - a[2]) - low[2]) / size))
                if 0 <= x < nx and 0 <= y < ny and 0 <= z < nz:
                    taken[x, y, z] = 1


@numba.njit(cache=True)
def _see_sky(taken, columns_at, rows_at, levels_at, steps, dark, sky, valid, above):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Set what share of the rays `steps` (W, S, 3), voxels from the start, is free; a stop at step s leaves dark[s]."""
    nx, ny, nz = taken.shape
    levels, rows, columns = sky.shape
    for k in range(levels):
        z = levels_at[k]
        for j in range(rows):
            y = rows_at[j]
            for i in range(columns):
                x = columns_at[i]
                valid[k, j, i] = taken[x, y, z] == 0
                above[k, j, i] = 1.0
                for height in range(z + 1, nz):
                    if taken[x, y, height]:
                        above[k, j, i] = 0.0
                        break
                if not valid[k, j, i]:
                    continue
                seen = 0.0
                for w in range(steps.shape[0]):
                    free = 1.0
                    for s in range(steps.shape[1]):
                        p, q, r = x + steps[w, s, 0], y + steps[w, s, 1], z + steps[w, s, 2]
                        if p < 0 or q < 0 or p >= nx or q >= ny or r >= nz:
                            break
                        if taken[p, q, r]:
                            free = dark[s]
                            break
                    seen += free
                sky[k, j, i] = seen / steps.shape[0]


@numba.njit(cache=True)
def _shine(taken, columns_at, rows_at, levels_at, size, origin, step, lamp, color, power, normal, valid, flow, way):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Add the light of a lamp to every probe that sees it; `way` is kept as the mean direction."""
    levels, rows, columns = valid.shape
    nx, ny, nz = taken.shape
    reach = min(FARTHEST, np.sqrt(power / FAINT))
    directed = (normal**2).sum() > 0.0
    first_row, last_row = int((lamp[1] - reach - origin[1]) / step[1]), int((lamp[1] + reach - origin[1]) / step[1])
    first, last = int((lamp[0] - reach - origin[0]) / step[0]), int((lamp[0] + reach - origin[0]) / step[0])
    for k in range(levels):
        z = origin[2] + k * step[2]
        under = 1.0 if directed else min(max((lamp[2] - z) / 0.6 + 0.3, 0.0), 1.0)
        if under <= 0.0:
            continue
        for j in range(max(first_row, 0), min(last_row + 1, rows)):
            for i in range(max(first, 0), min(last + 1, columns)):
                if valid[k, j, i] == 0:
                    continue
                dx = lamp[0] - (origin[0] + i * step[0])
                dy = lamp[1] - (origin[1] + j * step[1])
                dz = lamp[2] - z
                far = np.sqrt(dx * dx + dy * dy + dz * dz)
                if far >= reach:
                    continue
                fade = 1.0 - (far / reach) ** 4
                gain = power * under * fade * fade / max(far * far, 0.25)
                if directed:
                    gain *= max(-(dx * normal[0] + dy * normal[1] + dz * normal[2]) / max(far, 1e-3), 0.0)
                if gain <= 0.0:
                    continue
                count = int((far - HEAD) / size)
                share = size / far
                x, y, h = columns_at[i] + 0.5, rows_at[j] + 0.5, levels_at[k] + 0.5
                sx, sy, sz = share * dx / size, share * dy / size, share * dz / size
                blocked = False
                for _ in range(count):
                    x += sx
                    y += sy
                    h += sz
                    p, q, r = int(x), int(y), int(h)
                    if p < 0 or q < 0 or r < 0 or p >= nx or q >= ny or r >= nz:
                        break
                    if taken[p, q, r]:
                        blocked = True
                        break
                if blocked:
                    continue
                before = flow[k, j, i, 0] + flow[k, j, i, 1] + flow[k, j, i, 2]
                added = gain * (color[0] + color[1] + color[2])
                share = added / (before + added)
                for c in range(3):
                    flow[k, j, i, c] += gain * color[c]
                way[k, j, i, 0] += share * (dx / far - way[k, j, i, 0])
                way[k, j, i, 1] += share * (dy / far - way[k, j, i, 1])
                way[k, j, i, 2] += share * (dz / far - way[k, j, i, 2])
