"""Furnishing a station: what stands along its walls, in its hall and on its platforms, and who stands where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import shapely
from shapely.geometry import LineString, Polygon, box
from shapely.geometry.base import BaseGeometry

from scenes.procedural import fittings
from scenes.procedural.concession import TRADES, Unit, build_desk, build_kiosk, build_shop
from scenes.procedural.draft import Draft, Part, place
from scenes.procedural.face import Face
from scenes.procedural.fittings import DARK, Kit
from scenes.procedural.furniture import disc, rect
from scenes.procedural.geometry import box as block
from scenes.procedural.geometry import join, tube
from scenes.procedural.hall import Finish
from scenes.procedural.signage import draw_board
from scenes.procedural.station_plan import UNIT_DEPTH, StationPlan
from scenes.procedural.ticketing import (
    Counter,
    build_machines,
    build_office,
    machines_width,
    office_width,
)
from scenes.scene import FloatArray, Lamp, Material

AXIS = 4.4  # m, breadth of the ways from the portals that are kept free
BOARD = (4.35, 6.95)  # m, lower and upper edge of the departure board
BOARD_WIDTH = 5.2  # m, of one of its halves
Mark = tuple[str, str, str, tuple[float, float], tuple[float, float, float], float, int]
# name, kind, text, position, anchor, facing, instance


@dataclass(slots=True, eq=False)
class Concourse:
    """A station while it is being furnished, in the coordinates of its plan."""

    rng: np.random.Generator
    draft: Draft
    plan: StationPlan
    finish: Finish
    kit: Kit
    kept_free: list[BaseGeometry] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    keepers: list[tuple[FloatArray, float, str]] = field(default_factory=list)
    queues: list[tuple[str, FloatArray]] = field(default_factory=list)
    standing: list[tuple[float, float, float]] = field(default_factory=list)
    shops: set[str] = field(default_factory=set)
    terrace: list[tuple[tuple[float, float], float, float]] = field(default_factory=list)
    lamps: list[Lamp] = field(default_factory=list)
    fills: list[tuple[float, float, float, float]] = field(default_factory=list)  # x, y, yaw and width of bare walls

    # ------------------------------------------------------------ placing

    def set_down(
        self,
        name: str,
        label: str,
        semantic: str,
        parts: Sequence[Part],
        at: tuple[float, float],
        yaw: float,
        blocked: Sequence[Polygon] = (),
    ) -> int:
        """Add a thing that blocks several pieces of ground; return its instance."""
        self.draft.blocked += [place(shape, *at, yaw) for shape in blocked]
        return self.draft.add(name, label, semantic, parts, x=at[0], y=at[1], yaw=yaw)

    def fits(self, shapes: Sequence[Polygon], at: tuple[float, float], yaw: float, room: float) -> bool:
        """Tell whether a thing fits with `room` metres round it, off the ways that are kept free."""
        spot = shapely.union_all([place(shape, *at, yaw) for shape in shapes])
        wide = spot.buffer(room, quad_segs=2)
        if not self.plan.hall.buffer(0.01).contains(spot) or any(area.intersects(spot) for area in self.kept_free):
            return False
        return not bool(shapely.intersects(np.array(self.draft.blocked), wide).any())

    def mark(
        self, name: str, kind: str, text: str, at: tuple[float, float], yaw: float,
        front: tuple[float, float], anchor: tuple[float, float, float], instance: int,
    ) -> None:  # fmt: skip
        """Note a landmark; `front` and `anchor` are in the frame of a thing at `at` that faces `yaw`."""
        x, y = turned(front, at, yaw)
        ax, ay = turned(anchor[:2], at, yaw)
        self.marks.append((name, kind, text, (x, y), (ax, ay, anchor[2]), yaw, instance))

    # ------------------------------------------------------------ along the walls

    def line_walls(self) -> None:
        """Put the ticket office, machines, lockers and shops along the walls."""
        rng, plan = self.rng, self.plan
        for portal in plan.portals:
            middle, out = portal.axis(plan.length)
            self.kept_free.append(LineString([middle, middle - 7.0 * out]).buffer(AXIS / 2, cap_style="flat"))
            if portal.side == "south":
                end = (portal.at, plan.depth - 2.0)
                self.kept_free.append(LineString([(portal.at, 0.0), end]).buffer(AXIS / 2, cap_style="flat"))
        stretches = self._stretches()
        stretches.sort(key=lambda stretch: -stretch[1])
        windows = int(rng.integers(3, 5))
        snake = bool(rng.random() < 0.5)
        plans: list[list[tuple[str, float]]] = [[] for _ in stretches]
        room = [stretch[1] for stretch in stretches]

        def take(kind: str, width: float, south: bool = False) -> bool:
            order = sorted(range(len(room)), key=lambda k: -room[k])
            for k in order:
                if room[k] >= width and (not south or stretches[k][0] == "south"):
                    plans[k].append((kind, width))
                    room[k] -= width
                    return True
            return False

        while not take("office", office_width(windows), south=True):
            windows -= 1
        machines = int(rng.integers(2, 4))
        take("machines", machines_width(machines))
        take("lockers", 1.6 * 3 + 0.3)
        names = ["cafe", *rng.permutation([name for name in TRADES if name != "cafe"]).tolist()]
        most = int(rng.integers(5, 8))
        for name in names[:most]:
            take(name, float(rng.uniform(5.4, 7.2)))
        self.shops = {kind for chosen in plans for kind, _ in chosen} & set(TRADES)
        for stretch, chosen, left in zip(stretches, plans, room, strict=True):
            self._line(stretch, [chosen[k] for k in rng.permutation(len(chosen))], left, windows, snake, machines)

    def _stretches(self) -> list[tuple[str, float, tuple[float, float], tuple[float, float], float]]:
        """Return the walls between portals: side, length, start, direction and yaw of what stands there."""
        plan, out = self.plan, []
        for side, low, high in (
            ("south", 0.3, plan.length - 0.3),
            ("west", UNIT_DEPTH + 4.6, plan.depth - 3.6),
            ("east", UNIT_DEPTH + 4.6, plan.depth - 3.6),
        ):
            cuts = [low]
            for portal in sorted((p for p in plan.portals if p.side == side), key=lambda p: p.at):
                cuts += [portal.at - portal.width / 2 - 1.2, portal.at + portal.width / 2 + 1.2]
            cuts.append(high)
            for a, b in zip(cuts[::2], cuts[1::2], strict=True):
                if b - a < 1.0:
                    continue
                if side == "south":
                    out.append((side, b - a, (a, 0.0), (1.0, 0.0), np.pi / 2))
                elif side == "west":
                    out.append((side, b - a, (0.0, a), (0.0, 1.0), 0.0))
                else:
                    out.append((side, b - a, (plan.length, a), (0.0, 1.0), np.pi))
        return out

    def _line(
        self, stretch: tuple[str, float, tuple[float, float], tuple[float, float], float],
        chosen: list[tuple[str, float]], left: float, windows: int, snake: bool, machines: int,
    ) -> None:  # fmt: skip
        """Put units on one stretch of wall, what is left of it between and beside them."""
        _, _, start, along, yaw = stretch
        gap = left / (len(chosen) + 1)
        s = 0.0
        for kind, width in [*chosen, ("", 0.0)]:
            middle = s + gap / 2
            if gap > 0.9:
                self.fills.append((start[0] + middle * along[0], start[1] + middle * along[1], yaw, gap))
            s += gap
            at = (start[0] + (s + width / 2) * along[0], start[1] + (s + width / 2) * along[1])
            s += width
            if kind == "office":
                self._open_counter(build_office(self.rng, self.kit, windows, snake=snake), "ticket office", at, yaw)
            elif kind == "machines":
                self._open_counter(build_machines(self.rng, self.kit, machines, 4), "ticket machines", at, yaw)
            elif kind == "lockers":
                parts = fittings.build_lockers(self.kit, 3)
                shape = box(0.0, -2.4, fittings.LOCKER[0] + 0.02, 2.4)
                instance = self.set_down("lockers", "lockers", "Furniture", parts, at, yaw, [shape])
                self.mark("lockers", "other", "LOCKERS", at, yaw, (1.6, 0.0), (0.5, 0.0, 2.36), instance)
                self.kept_free.append(place(box(0.0, -2.4, 2.6, 2.4), *at, yaw))
            elif kind:
                unit = build_shop(self.rng, self.kit, kind, width)
                self._open_shop(unit, kind, at, yaw, "StoreFront", width / 2)
                if kind == "cafe":
                    self.terrace.append((at, yaw, width))

    def _open_shop(
        self, unit: Unit, name: str, at: tuple[float, float], yaw: float, semantic: str, half: float = 1.6
    ) -> None:
        """Set down a shop or kiosk, its sign, its keeper and the landmark."""
        self.set_down(f"{name} front", f"{name} front", semantic, unit.parts, at, yaw, unit.blocked)
        sign = self.set_down(f"{name} sign", f"{name} sign", semantic, unit.sign, at, yaw)
        x, z = unit.anchor
        kind = "desk" if name == "information desk" else "shop"
        text = next(part.text for part in unit.sign if part.text)
        self.mark(name, kind, text, at, yaw, unit.front, (x, 0.0, z), sign)
        self.keepers.append((np.array(turned(unit.keeper, at, yaw)), yaw, name))
        self._line_up(name, unit.queue, at, yaw)
        if kind == "shop":
            x, y = turned((unit.keeper[0] + 0.5, 0.0), at, yaw)
            self.lamps.append(Lamp(position=(x, y, 2.3), color=(1.0, 0.95, 0.86), power=2.6, always=True))
        self.kept_free.append(place(box(unit.front[0] - 1.4, -half, unit.front[0] + 1.0, half), *at, yaw))

    def _open_counter(self, counter: Counter, name: str, at: tuple[float, float], yaw: float) -> None:
        """Set down ticket counters or machines with their queues."""
        unit = self.set_down(name, name, "Booth", counter.parts, at, yaw, counter.blocked)
        if counter.belts:
            self.set_down("belts", "belt barrier", "Obstacle", counter.belts, at, yaw)
        if name == "ticket office":
            for side in (-2.4, 2.4):
                x, y = turned((UNIT_DEPTH - 2.0, side), at, yaw)
                self.lamps.append(Lamp(position=(x, y, 2.5), color=(1.0, 0.96, 0.9), power=2.6, always=True))
            self.mark(name, "desk", "", at, yaw, (UNIT_DEPTH + 3.9, 0.0), (UNIT_DEPTH, 0.0, 3.1), unit)
        for desk in counter.desks:
            instance = self.set_down(f"{desk.name} sign", desk.name, "Booth", desk.sign, at, yaw)
            text = next(part.text for part in desk.sign if part.text)
            self.mark(desk.name, "desk", text, at, yaw, desk.front, desk.anchor, instance)
            if desk.keeper is not None:
                self.keepers.append((np.array(turned(desk.keeper, at, yaw)), yaw, desk.name))
            self._line_up(desk.name, desk.queue, at, yaw)

    def _line_up(self, name: str, queue: FloatArray, at: tuple[float, float], yaw: float) -> None:
        """Note a queue and keep its ground free."""
        if len(queue):
            spots = np.array([(*turned(spot[:2], at, yaw), spot[2] + yaw) for spot in queue])
            self.queues.append((name, spots))
            self.kept_free.append(shapely.MultiPoint(spots[:, :2]).buffer(0.9))

    # ------------------------------------------------------------ in the hall

    def fill_hall(self) -> None:
        """Put the information desk, kiosks, the board, seats, pillars and plants into the hall."""
        rng, plan, kit = self.rng, self.plan, self.kit
        south, north = plan.rows
        span = north - south
        self.kept_free.append(box(0.0, plan.depth - 3.3, plan.length, plan.depth))
        self._hang_board()
        bays = np.asarray(plan.pitch * (np.arange(len(plan.columns) + 1) + 0.5), dtype=np.float64)
        middle = [(x, south + share * span) for share in (0.5, 0.36, 0.64) for x in bays[1:-1].tolist()]
        near_portal = sorted(middle, key=lambda p: abs(p[0] - plan.portals[0].at) + abs(p[1] - (south + 0.5 * span)))
        desk = build_desk(kit)
        self._stand_unit(desk, "information desk", near_portal, (-np.pi / 2,), "Booth")
        kiosks = [name for name in TRADES if TRADES[name].kiosk and name not in self.shops]
        for name in rng.permutation(kiosks)[: int(rng.integers(1, 3))].tolist() if kiosks else []:
            order = [middle[k] for k in rng.permutation(len(middle))]
            self._stand_unit(
                build_kiosk(rng, kit, name), name, order, (-np.pi / 2, np.pi / 2, 0.0, np.pi), "StoreFront"
            )
        order = [middle[k] for k in rng.permutation(len(middle))]
        self._stand("clock", "clock", "Furniture", fittings.build_clock_post(kit), [disc(0.3)], order, (0.0,), 1.9,
                    landmark=("other", (1.6, 0.0), (0.0, 0.0, 3.76)))  # fmt: skip
        self._set_seats(bays)
        self._set_tables()
        spread = [
            (float(x), float(y)) for x, y in rng.uniform((3.0, south - 1.0), (plan.length - 3.0, north), (260, 2))
        ]
        for label, semantic, count, shapes, build, yaws in (
            ("advertising pillar", "Advertising", 4, [rect(0.4, 1.3)], partial(fittings.build_pillar, rng, kit),
             (0.0, np.pi / 2)),
            ("timetable", "TrafficSign", 2, [rect(0.32, 1.9)], partial(fittings.build_timetable, rng, kit),
             (np.pi / 2, 0.0)),
        ):  # fmt: skip
            for k in range(count):
                order = [middle[i] for i in rng.permutation(len(middle))] + spread
                self._stand(f"{label} {k + 1}", label, semantic, build(), shapes, order, yaws, 1.9)
        rows = [(x, y) for y in plan.rows for x in plan.columns]
        for k, index in enumerate(rng.permutation(len(rows)).tolist()):
            x, y = rows[index]
            kind = k % 3
            side = float(rng.choice((-1.0, 1.0)))
            if kind == 0:
                self._stand(f"plant {k}", "plant", "Vegetation", fittings.build_plant(rng, kit), [disc(0.55)],
                            [(x + 1.25 * side, y)], (0.0,), 0.04)  # fmt: skip
            elif kind == 1:
                self._stand(f"bins {k}", "bin", "Obstacle", fittings.build_bins(kit), [rect(0.45, 1.2)],
                            [(x + 0.85 * side, y)], (0.0 if side > 0 else np.pi,), 0.02)  # fmt: skip

    def _stand_unit(
        self, unit: Unit, name: str, order: Sequence[tuple[float, float]], yaws: Sequence[float], semantic: str
    ) -> None:
        for at in order:
            for yaw in self.rng.permutation(list(yaws)).tolist():
                if self.fits(unit.blocked, at, yaw, 2.0):
                    self._open_shop(unit, name, at, yaw, semantic)
                    return

    def _stand(
        self, name: str, label: str, semantic: str, parts: Sequence[Part], shapes: Sequence[Polygon],
        order: Sequence[tuple[float, float]], yaws: Sequence[float], room: float,
        landmark: tuple[str, tuple[float, float], tuple[float, float, float]] | None = None,
    ) -> bool:  # fmt: skip
        """Set a thing down at the first place where it fits."""
        for at in order:
            for yaw in self.rng.permutation(list(yaws)).tolist():
                if self.fits(shapes, at, yaw, room):
                    instance = self.set_down(name, label, semantic, parts, at, yaw, shapes)
                    if landmark is not None:
                        self.mark(name, landmark[0], "", at, yaw, landmark[1], landmark[2], instance)
                    return True
        return False

    def _set_seats(self, bays: FloatArray) -> None:
        """Put seats between columns, back to back, and a block of rows where one waits."""
        rng, plan, kit = self.rng, self.plan, self.kit
        wooden = bool(rng.random() < 0.5)
        heads = np.array([(low + high) / 2 for low, high in plan.islands])
        count = 0
        for y in plan.rows:
            for x in bays[rng.random(len(bays)) < 0.55].tolist():
                if y > plan.depth / 2 and np.abs(heads - x).min() < 3.4:
                    continue
                seats = 4
                parts = fittings.build_seats(kit, seats, double=True, wooden=wooden)
                shape = [rect(1.3, seats * fittings.SEAT + 0.1)]
                count += self._stand(f"seats {count}", "bench", "Chair", parts, shape, [(x, y)], (np.pi / 2,), 0.95)

        rows = 0
        for y in np.linspace(plan.rows[0] + 2.4, plan.rows[1] - 2.4, 5).tolist():
            for x in (plan.length - 5.6, plan.length - 8.2):
                parts = fittings.build_seats(kit, 5, double=True, wooden=wooden)
                shape = [rect(1.3, 5 * fittings.SEAT + 0.1)]
                rows += self._stand(f"waiting seats {rows}", "bench", "Chair", parts, shape, [(x, y)], (0.0,), 1.0)

    def _set_tables(self) -> None:
        """Put tables before the café."""
        for at, yaw, width in self.terrace:
            count = max(2, round(width / 2.8))
            for k in range(count):
                spot = turned((UNIT_DEPTH + 2.85, (k - (count - 1) / 2) * 2.9), at, yaw)
                parts = fittings.build_table(self.kit)
                self._stand(f"table {k + 1}", "café table", "Table", parts, [rect(0.8, 2.2)], [spot], (yaw,), 0.45)

    def _hang_board(self) -> None:
        """Hang the departure board over the hall and let people look up to it."""
        rng, plan = self.rng, self.plan
        x, y = self.board_at()
        low, high = BOARD
        parts = []
        for yaw in (1.0, -1.0):
            face = Face((yaw * BOARD_WIDTH, 0.0), (-yaw * BOARD_WIDTH, 0.0))
            for s, title in ((1.5 * BOARD_WIDTH, "DEPARTURES"), (0.5 * BOARD_WIDTH, "ARRIVALS")):
                texture = draw_board(rng, title, len(plan.platforms), self.kit.minute)
                mesh = face.board(s, low + 0.04, BOARD_WIDTH - 0.08, high - low - 0.08, 0.166)
                parts.append(Part(mesh=mesh, material=Material(texture=texture, emissive=0.85), text="DEPARTURES"))
        case = block((2 * BOARD_WIDTH + 0.1, 0.32, high - low + 0.1), (0.0, 0.0, low - 0.05), bottom=True)
        rods = [tube((s, 0.0, high), (s, 0.0, plan.height), 0.04, 6) for s in (-4.4, -1.5, 1.5, 4.4)]
        parts.append(Part(mesh=join([case, *rods]), material=DARK))
        instance = self.set_down("departure board", "departure board", "TrafficSign", parts, (x, y), 0.0)
        mark = ("departure board", "sign", "DEPARTURES", (x, y - 4.5), (x, y - 0.17, (low + high) / 2), -np.pi / 2)
        self.marks.append((*mark, instance))
        self.kept_free.append(box(x - 4.5, y - 5.5, x + 4.5, y - 1.5))
        for k in range(9):
            place_x, place_y = x + 1.15 * (k - 4) + float(rng.uniform(-0.2, 0.2)), y - float(rng.uniform(2.4, 5.2))
            self.standing.append((place_x, place_y, float(np.arctan2(y - place_y, 0.4 * (x - place_x)))))

    def board_at(self) -> tuple[float, float]:
        """Return x and y of the departure board."""
        plan = self.plan
        x = plan.portals[0].at if plan.portals[0].side == "south" else plan.length / 2
        return float(np.clip(x, 9.0, plan.length - 9.0)), plan.rows[1] - 1.7


def turned(point: Sequence[float] | FloatArray, at: Sequence[float], yaw: float) -> tuple[float, float]:
    """Return a point of the frame at `at` that faces `yaw`, in the coordinates of the plan."""
    c, s = np.cos(yaw), np.sin(yaw)
    return float(at[0] + c * point[0] - s * point[1]), float(at[1] + s * point[0] + c * point[1])
