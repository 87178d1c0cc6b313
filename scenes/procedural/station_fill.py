"""The last things of a station: what stands along bare walls and on its platforms, and who waits where."""

from __future__ import annotations

import numpy as np
from shapely.geometry import box

from scenes.procedural import fittings
from scenes.procedural.concourse import Concourse, turned
from scenes.procedural.furniture import disc, rect
from scenes.procedural.platform import FIRST_POST, POST_STEP, posts, spine
from scenes.procedural.station_plan import PLATFORM_LENGTH
from scenes.procedural.ticketing import build_gates

WIDTHS = {"vending": 2.0, "bins": 1.3, "plant": 1.25, "seats": 2.6, "poster": 1.5, "hydrant": 1.5}  # m along a wall
BARE = (0.18, 0.14, 0.18, 0.16, 0.22, 0.12)  # shares of these on plain walls
PARAPET = (0.2, 0.16, 0.18, 0.46, 0.0, 0.0)  # and below the windows to the tracks


def dress_walls(station: Concourse) -> None:
    """Put machines, seats, posters, hydrants, bins and plants where walls are bare."""
    plan, rng = station.plan, station.rng
    ends = [0.0, *(edge for low, high in plan.islands for edge in (low + 0.7, high - 0.7)), plan.length]
    walls = list(station.fills)
    for low, high in zip(ends[::2], ends[1::2], strict=True):
        if high - low > 1.6:
            walls.append(((low + high) / 2, plan.depth, -np.pi / 2, high - low - 0.8))
    hydrants = number = 0
    for x, y, yaw, width in walls:
        north, s = y == plan.depth, -width / 2 + 0.25
        kinds = ["hydrant"] if not north and hydrants == 0 else []
        while True:
            kind = kinds.pop() if kinds else str(rng.choice(list(WIDTHS), p=PARAPET if north else BARE))
            if s + WIDTHS[kind] > width / 2 - 0.2:
                break
            number += 1
            hydrants += kind == "hydrant"
            _dress(station, kind, number, turned((0.0, s + WIDTHS[kind] / 2), (x, y), yaw), yaw)
            s += WIDTHS[kind] + float(rng.uniform(0.1, 0.5))


def _dress(station: Concourse, kind: str, number: int, at: tuple[float, float], yaw: float) -> None:
    """Put one thing before a wall."""
    kit, rng = station.kit, station.rng
    if kind == "vending":
        for k, across in enumerate((-0.49, 0.49)):
            _put_vending(station, f"{number} {k + 1}", k, turned((0.04, across), at, yaw), yaw)
    elif kind == "bins":
        spot = turned((0.3, 0.0), at, yaw)
        station.set_down(
            f"wall bins {number}", "bin", "Obstacle", fittings.build_bins(kit), spot, yaw, [rect(0.45, 1.2)]
        )
    elif kind == "plant":
        parts, spot = fittings.build_plant(rng, kit), turned((0.7, 0.0), at, yaw)
        station.set_down(f"wall plant {number}", "plant", "Vegetation", parts, spot, yaw, [disc(0.55)])
    elif kind == "seats":
        parts, spot = fittings.build_seats(kit, 4, double=False, wooden=True), turned((0.4, 0.0), at, yaw)
        station.set_down(f"wall seats {number}", "bench", "Chair", parts, spot, yaw, [rect(0.66, 2.5)])
    elif kind == "poster":
        material, words = kit.posters[int(rng.integers(len(kit.posters)))]
        station.set_down(f"poster {number}", "poster", "Advertising", fittings.build_frame(material, words), at, yaw)
    else:
        shape = box(0.0, -0.66, 0.31, 0.66)
        station.set_down(f"hydrant {number}", "fire hydrant", "Obstacle", fittings.build_hydrant(rng), at, yaw, [shape])


def _put_vending(station: Concourse, name: str, kind: int, at: tuple[float, float], yaw: float) -> None:
    parts, shape = fittings.build_vending(station.kit, kind), box(0.0, -0.475, 0.79, 0.475)
    station.set_down(f"vending machine {name}", "vending machine", "Furniture", parts, at, yaw, [shape])


def furnish_platforms(station: Concourse) -> None:
    """Put gates before the platforms, and seats, bins, timetables and machines on them."""
    plan, kit, rng = station.plan, station.kit, station.rng
    for k, (low, high) in enumerate(plan.islands):
        x, middle = spine(plan, k), (low + high) / 2
        double = abs(x - middle) < 0.1
        if plan.gates and double:
            parts, shape = build_gates(kit, 4)
            at = (middle, plan.depth + 1.4)
            station.set_down(f"gates {k + 1}", "ticket gate", "Obstacle", parts, at, np.pi / 2, [shape])
        yaw = 0.0 if double or x < middle else np.pi
        for bay, post in enumerate(posts(plan)[:-1]):
            at, name = (x, post + POST_STEP / 2), f"{k + 1} {bay + 1}"
            kind = int(rng.integers(3))
            if bay % 2 == 0:
                parts = fittings.build_seats(kit, 5, double=double, wooden=True)
                shape = rect(1.3 if double else 0.7, 5 * fittings.SEAT + 0.1)
                station.set_down(f"platform seats {name}", "bench", "Chair", parts, at, yaw, [shape])
            elif kind == 0:
                parts = fittings.build_bins(kit)
                station.set_down(f"platform bins {name}", "bin", "Obstacle", parts, at, yaw, [rect(0.45, 1.2)])
            elif kind == 1:
                for side, face in ((0.02, np.pi / 2), (-0.02, -np.pi / 2)):
                    back = (at[0], at[1] + side)
                    _put_vending(station, f"{name} {'back' if side < 0 else 'front'}", int(side > 0), back, face)
            else:
                parts = fittings.build_timetable(rng, kit)
                station.set_down(
                    f"platform timetable {name}", "timetable", "TrafficSign", parts, at, yaw, [rect(0.32, 1.9)]
                )


def choose_places(station: Concourse) -> None:
    """Let people wait on the platforms, beside columns, and here and there in the hall."""
    plan, rng = station.plan, station.rng
    for platform in plan.platforms:
        out = 1.0 if platform.track > platform.edge else -1.0
        for _ in range(4):
            y = plan.depth + float(rng.uniform(FIRST_POST - 1.0, PLATFORM_LENGTH - 10.0))
            x = platform.edge - out * float(rng.uniform(1.4, 2.4))
            station.standing.append((x, y, float((0.0 if out > 0 else np.pi) + rng.uniform(-0.5, 0.5))))
    columns = [(x, y) for x in plan.columns for y in plan.rows]
    for index in rng.permutation(len(columns))[:8].tolist():
        x, y = columns[index]
        angle = float(rng.choice((0.25, 0.75, 1.25, 1.75))) * np.pi
        station.standing.append((x + 1.05 * np.cos(angle), y + 1.05 * np.sin(angle), angle))
    low, high = (3.0, plan.rows[0] + 1.0), (plan.length - 3.0, plan.rows[1] - 1.0)
    for _ in range(14):
        x, y = rng.uniform(low, high).tolist()
        station.standing.append((x, y, float(rng.uniform(-np.pi, np.pi))))
