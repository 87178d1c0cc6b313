"""A railway terminus: a large hall with shops, counters and queues, and the heads of its platforms, all on the flat."""

from __future__ import annotations

from typing import cast

import numpy as np
import shapely
from shapely import affinity
from shapely.geometry import Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from scenes.procedural import hall, platform
from scenes.procedural.concourse import Concourse
from scenes.procedural.draft import Draft
from scenes.procedural.fittings import Kit
from scenes.procedural.hall import Finish
from scenes.procedural.station_fill import choose_places, dress_walls, furnish_platforms
from scenes.procedural.station_plan import LOBBY, PLATFORM_LENGTH, StationPlan, draw_plan
from scenes.procedural.surroundings import surround
from scenes.scene import Entrance, FloatArray, Lamp, Landmark, Light, Region, Scene, SceneObject, Spot

BODY = 0.45  # m, half the breadth of what must reach every landmark
WAITING = 9.0  # m, length of the part of the hall that is called waiting area


class Station:
    """Builds stations whose halls measure 52 m x 26 m to 80 m x 33 m, with four to eight platforms."""

    def build(self, rng: np.random.Generator, seed: int) -> Scene:
        """Return the station that `rng` draws; `seed` is recorded."""
        plan = draw_plan(rng)
        draft, finish = Draft(), Finish.draw(rng)
        kit = Kit.draw(rng, finish.accent)
        hall.lay_floor(draft, plan, finish, hall.guide_lines(plan))
        hall.build_walls(draft, plan, finish)
        hall.build_columns(rng, draft, plan, finish)
        hall.build_roofing(draft, plan, finish)
        lamps = hall.hang_lamps(draft, plan, finish)
        platform.lay_tracks(rng, draft, plan, finish)
        platform.park_trains(rng, draft, plan)
        lamps += platform.roof_platforms(rng, draft, plan, finish)
        platform.number_openings(draft, plan, finish)
        platform.fence_ends(draft, plan)
        concourse = Concourse(rng, draft, plan, finish, kit)
        for portal in plan.portals:
            name, (middle, out) = plan.exit_name(portal), portal.axis(plan.length)
            sign = hall.build_portal(draft, plan, portal, finish)
            yaw = float(np.arctan2(-out[1], -out[0]))
            at = (float(middle[0]), float(middle[1]))
            concourse.mark(name, "exit", name.upper(), at, yaw, (1.6, 0.0), (0.16, 0.0, 3.7), sign)
        for edge in plan.platforms:
            name = f"platform {edge.number}"
            sign = platform.hang_platform_sign(draft, plan, edge, finish)
            at = ((edge.low + edge.high) / 2, plan.depth + platform.SIGN_AT)
            concourse.mark(name, "platform", name.upper(), at, -np.pi / 2, (1.7, 0.0), (0.07, 0.0, 3.12), sign)
        concourse.line_walls()
        concourse.fill_hall()
        dress_walls(concourse)
        furnish_platforms(concourse)
        choose_places(concourse)
        surround(rng, draft, plan, finish)
        return _finish_scene(seed, draft, plan, concourse, [*lamps, *concourse.lamps])


def _finish_scene(seed: int, draft: Draft, plan: StationPlan, concourse: Concourse, lamps: list[Lamp]) -> Scene:
    """Return the scene, turned as its plan says."""
    walkable = _walkable(draft, plan)
    regions = _regions(plan)
    reachable = max(shapely.get_parts(walkable.buffer(-BODY)), key=lambda part: part.area)
    landmarks = []
    for name, kind, text, at, anchor, facing, instance in concourse.marks:
        point = (
            Point(at) if reachable.covers(Point(at)) else Point(shapely.shortest_line(reachable, Point(at)).coords[0])
        )
        region = min(regions, key=lambda region: region.polygon.distance(point)).name
        landmarks.append(
            Landmark(name=name, kind=kind, text=text, position=(point.x, point.y), anchor=anchor, facing=facing,  # type: ignore[arg-type]
                     region=region, instance=instance)
        )  # fmt: skip
    spots = _spots(concourse, reachable)
    turn = _Turn(plan.quarter)
    return Scene(
        name="station",
        seed=seed,
        objects=tuple(turn.thing(item) for item in draft.objects),
        walkable=cast(Polygon, turn.shape(walkable)),
        regions=tuple(
            Region(name=region.name, kind=region.kind, polygon=cast(Polygon, turn.shape(region.polygon)))
            for region in regions
        ),
        landmarks=tuple(turn.landmark(mark) for mark in landmarks),
        entrances=tuple(turn.entrance(entrance) for entrance in _entrances(plan)),
        spots=tuple(turn.spot(spot) for spot in spots),
        light=Light(sun=_sun(seed), ambient=(0.62, 0.64, 0.66)),
        lamps=tuple(
            Lamp(
                position=(*turn.point(lamp.position[:2]), lamp.position[2]),
                color=lamp.color,
                power=lamp.power,
                always=True,
            )
            for lamp in lamps
        ),
        indoor=True,
    )


def _sun(seed: int) -> tuple[float, float, float]:
    rng = np.random.default_rng(seed)
    azimuth, height = rng.uniform(-2.6, -0.5), rng.uniform(0.6, 0.95)
    return float(np.cos(azimuth) * np.cos(height)), float(np.sin(azimuth) * np.cos(height)), float(np.sin(height))


def _walkable(draft: Draft, plan: StationPlan) -> Polygon:
    """Return the free ground: one piece, a hand's breadth off every wall."""
    platforms = [platform.ground(plan, edge) for edge in plan.platforms]
    lobbies = [plan.lobby(portal, LOBBY - 0.25) for portal in plan.portals]
    ground = shapely.union_all([plan.hall, *platforms, *lobbies]).buffer(-0.1, join_style="mitre")
    free = ground.difference(shapely.union_all([platform.edges(plan), *draft.blocked]))
    return cast(Polygon, max(shapely.get_parts(free), key=lambda part: part.area))


def _regions(plan: StationPlan) -> list[Region]:
    waiting = box(plan.length - WAITING, plan.rows[0], plan.length, plan.rows[1])
    regions = [
        Region(name="main hall", kind="hall", polygon=cast(Polygon, plan.hall.difference(waiting))),
        Region(name="waiting area", kind="area", polygon=waiting),
    ]
    for portal in plan.portals:
        name = plan.exit_name(portal).replace(" exit", "").replace("exit ", "")
        label = f"entrance {name}" if plan.lettered else f"{name} entrance"
        regions.append(Region(name=label, kind="corridor", polygon=plan.lobby(portal)))
    regions += [
        Region(name=f"platform {edge.number}", kind="platform", polygon=platform.ground(plan, edge))
        for edge in plan.platforms
    ]
    return regions


def _entrances(plan: StationPlan) -> list[Entrance]:
    """Return where people come from: the porches, and the doors of the trains."""
    entrances = []
    for portal in plan.portals:
        middle, out = portal.axis(plan.length)
        x, y = middle + 1.7 * out
        weight = 3.0 if portal.side == "south" else 2.0
        entrances.append(
            Entrance(name=plan.exit_name(portal), position=(float(x), float(y)), radius=0.8, weight=weight)
        )
    for edge in plan.platforms:
        if edge.number not in plan.trains:
            continue
        inward = 1.0 if edge.track < edge.edge else -1.0
        at = (edge.edge + 1.9 * inward, plan.depth + PLATFORM_LENGTH - 9.0)
        entrances.append(Entrance(name=f"train at platform {edge.number}", position=at, radius=0.8, weight=1.0))
    return entrances


def _spots(concourse: Concourse, reachable: Polygon) -> list[Spot]:
    """Return keepers, queues, and free places to stand that do not disturb one another."""
    shapely.prepare(reachable)
    spots = [
        Spot(kind="keeper", position=(float(at[0]), float(at[1])), yaw=_wrap(yaw), landmark=name)
        for at, yaw, name in concourse.keepers
    ]
    for name, places in concourse.queues:
        spots += [
            Spot(kind="queue", position=(float(x), float(y)), yaw=_wrap(yaw), landmark=name, order=order)
            for order, (x, y, yaw) in enumerate(places.tolist())
        ]
    taken = [np.array(spot.position) for spot in spots]
    for x, y, yaw in concourse.standing:
        point = np.array((x, y))
        if reachable.contains(Point(x, y)) and all(np.hypot(*(point - other)) > 1.0 for other in taken):
            taken.append(point)
            spots.append(Spot(kind="stand", position=(x, y), yaw=_wrap(yaw)))
    return spots


def _wrap(yaw: float) -> float:
    return float(np.pi - (np.pi - yaw) % (2 * np.pi))


class _Turn:
    """A turn of everything by quarter turns about the origin, without rounding."""

    def __init__(self, quarter: int) -> None:
        self._quarter = quarter % 4
        self._c, self._s = ((1, 0), (0, 1), (-1, 0), (0, -1))[self._quarter]

    def point(self, point: tuple[float, ...] | FloatArray) -> tuple[float, float]:
        x, y = float(point[0]), float(point[1])
        return self._c * x - self._s * y, self._s * x + self._c * y

    def yaw(self, yaw: float) -> float:
        return _wrap(yaw + self._quarter * np.pi / 2)

    def shape(self, shape: BaseGeometry) -> BaseGeometry:
        return affinity.affine_transform(shape, (self._c, -self._s, self._s, self._c, 0.0, 0.0))

    def thing(self, item: SceneObject) -> SceneObject:
        pose = np.eye(4)
        pose[:2, :2] = [[self._c, -self._s], [self._s, self._c]]
        return SceneObject(
            name=item.name, label=item.label, mesh=item.mesh, material=item.material, semantic=item.semantic,
            instance=item.instance, text=item.text, pose=pose @ item.pose, solid=item.solid,
        )  # fmt: skip

    def landmark(self, mark: Landmark) -> Landmark:
        return Landmark(
            name=mark.name, kind=mark.kind, text=mark.text, position=self.point(mark.position),
            anchor=(*self.point(mark.anchor), mark.anchor[2]), facing=self.yaw(mark.facing), region=mark.region,
            instance=mark.instance,
        )  # fmt: skip

    def entrance(self, entrance: Entrance) -> Entrance:
        return Entrance(
            name=entrance.name, position=self.point(entrance.position), radius=entrance.radius, weight=entrance.weight
        )

    def spot(self, spot: Spot) -> Spot:
        return Spot(
            kind=spot.kind, position=self.point(spot.position), yaw=self.yaw(spot.yaw), landmark=spot.landmark,
            order=spot.order,
        )  # fmt: skip
