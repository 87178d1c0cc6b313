"""The empty house: floors, walls, ceilings with their lights, doors, windows, signs, and the outside of its walls."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from shapely.geometry import Polygon
from shapely.geometry import box as rectangle

from scenes.procedural import interior
from scenes.procedural import office_texture as paint
from scenes.procedural import office_things as things
from scenes.procedural.draft import Draft, Part, place
from scenes.procedural.furniture import rect
from scenes.procedural.geometry import box, join, move, sheet, tube
from scenes.procedural.office_doors import DOOR_TOP, HEIGHT, SHAFT, Gap, find_sides
from scenes.procedural.office_furniture import Finish
from scenes.procedural.office_plan import SHELL, WALL, Space
from scenes.procedural.texture import Texture, slabs
from scenes.scene import Lamp, Material

OPENED = ("door", "pair", "passage")
PLATE, BLADE = (0.84, 0.42, 2.34), (0.9, 0.45, 2.3)  # m: width, height and lower edge of the signs at a door
PITCH = 2.7  # m, about, between lights
WARM = (1.0, 0.95, 0.86)


class Shell:
    """Adds the empty house to a draft.

    Attributes:
        sides: the walls of each space. floors: its floor with the thresholds of its own doors.
        signs: instance of the sign at each gap that has one, by the place of the gap.
        lamps: the lights. house: the outline of the outer walls.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        draft: Draft,
        finish: Finish,
        spaces: Sequence[Space],
        gaps: Sequence[Gap],
        outline: Polygon,
    ) -> None:
        self._rng, self._draft, self._finish = rng, draft, finish
        self._spaces, self._gaps = spaces, gaps
        self.signs: dict[int, int] = {}
        self.lamps: list[Lamp] = []
        self.house = outline
        nets = [space.net for space in spaces]
        self.sides = [
            find_sides(net, [gap for gap in gaps if k in (gap.inside, gap.outside)]) for k, net in enumerate(nets)
        ]
        self.floors: list[Polygon] = [
            shapely.union_all(  # type: ignore[misc]
                [net, *(g.threshold() for g in gaps if g.inside == k and g.kind in OPENED)]
            )
            for k, net in enumerate(nets)
        ]
        self._plaster = paint.plaster(rng)
        pale = ((0.88, 0.87, 0.84), (0.86, 0.87, 0.87), (0.90, 0.87, 0.82))[int(rng.integers(3))]
        self._white = Material(color=pale, texture=self._plaster, specular=0.0)
        self._door = Material(
            texture=paint.veneer(rng, ((0.66, 0.5, 0.34), (0.5, 0.36, 0.25), (0.85, 0.83, 0.8))[int(rng.integers(3))])
        )
        self._frame = Material(
            color=((0.3, 0.31, 0.33), (0.9, 0.9, 0.88), (0.62, 0.63, 0.64))[int(rng.integers(3))], specular=0.1
        )
        self._sash = Material(color=((0.22, 0.23, 0.25), (0.93, 0.93, 0.92))[int(rng.integers(2))], specular=0.1)
        self._exit = Material(texture=paint.exit_sign(), emissive=0.9, glow=1.0)
        self._dots = bool(rng.random() < 0.5)
        red, green, blue = finish.accent
        self.sign_color = (0.62 * red, 0.62 * green, 0.62 * blue)

    def build(self, outline: Polygon) -> None:
        """Add everything."""
        self._lay_floors()
        self._raise_walls()
        self._close_above(outline)
        self._hang_doors()

    def _lay_floors(self) -> None:
        rng, finish = self._rng, self._finish
        base = np.array(finish.floor)
        carpets = [
            Material(texture=paint.carpet(rng, tuple((base * shade).tolist())), specular=0.0) for shade in (1.0, 0.78)
        ]
        warm = Material(
            texture=paint.carpet(rng, tuple((0.55 * base + 0.3 * np.array(finish.accent)).tolist())), specular=0.0
        )
        wood = Material(texture=paint.parquet(rng, (0.62, 0.46, 0.32)), specular=0.12)
        lino = Material(
            texture=paint.linoleum(
                rng, ((0.60, 0.60, 0.56), (0.55, 0.58, 0.60), (0.66, 0.61, 0.53))[int(rng.integers(3))]
            ),
            specular=0.12,
        )
        stone = Material(
            texture=paint.tiles(
                rng, ((0.72, 0.70, 0.66), (0.5, 0.5, 0.5), (0.80, 0.76, 0.70))[int(rng.integers(3))], rows=2
            ),
            specular=0.18,
        )
        small = Material(texture=paint.tiles(rng, (0.62, 0.66, 0.68), rows=4, joint=0.8), specular=0.15)
        raised = Material(texture=paint.tiles(rng, (0.78, 0.78, 0.76), rows=2, joint=0.6), specular=0.1)
        walk = (lino, carpets[1])[int(rng.integers(2))]
        looks = {
            "corridor": (walk, 2.0 if walk is lino else 1.0), "lobby": (stone, 1.2), "office": (carpets[0], 1.0),
            "shared": (carpets[0], 1.0), "open": (carpets[0], 1.0), "meeting": (warm, 1.0), "kitchen": (small, 1.2),
            "copy": (lino, 2.0), "toilets": (small, 0.8), "server": (raised, 1.2), "storage": (lino, 2.0),
            "lounge": (wood, 1.6),
        }  # fmt: skip
        for k, (space, floor) in enumerate(zip(self._spaces, self.floors, strict=True)):
            if space.use != "shaft":
                material, tile = looks[space.use]
                panes = [
                    _sill(gap)
                    for gap in self._gaps
                    if k in (gap.inside, gap.outside) and gap.bottom < 0.2 and gap.kind not in OPENED
                ]
                shape = shapely.union_all([floor, *panes])
                mesh = sheet(shape, 0.0, tile)
                self._draft.add(f"{space.name} floor", "floor", "Floor", [Part(mesh=mesh, material=material)])

    def _paints(self, space: Space, k: int) -> list[Material]:
        """Return the paint of each side of a space."""
        rng, finish, sides = self._rng, self._finish, self.sides[k]
        paints = [self._white] * len(sides)
        mixed = 0.25 * np.array((0.93, 0.92, 0.9)) + 0.75 * np.array(
            finish.accent if rng.random() < 0.6 else finish.second
        )
        accent = Material(color=(mixed[0], mixed[1], mixed[2]), texture=self._plaster, specular=0.0)
        if space.use == "toilets":
            tiled = Material(texture=self._tiles(), specular=0.2)
            return [tiled] * len(sides)
        if space.use in ("corridor", "lobby"):
            for i, side in enumerate(sides):
                if (space.use == "corridor" and side.length < 3.2) or (space.use == "lobby" and not side.gaps):
                    paints[i] = accent
        elif rng.random() < 0.75:
            blank = [i for i, side in enumerate(sides) if not side.gaps] or [int(rng.integers(len(sides)))]
            paints[blank[int(rng.integers(len(blank)))]] = accent
        return paints

    def _tiles(self) -> Texture:
        return paint.tiles(self._rng, (0.86, 0.88, 0.88), rows=8, joint=0.85)

    def _raise_walls(self) -> None:
        board = Material(color=(0.36, 0.35, 0.34), specular=0.05)
        for k, space in enumerate(self._spaces):
            if k == SHAFT:
                continue
            parts: list[Part] = []
            skirts = []
            for side, material in zip(self.sides[k], self._paints(space, k), strict=True):
                tile = 1.2 if space.use == "toilets" else 2.0
                meshes = [interior.pierce(side.p, side.q, 0.0, HEIGHT, side.holes, tile=tile)]
                for hole, gap in zip(side.holes, side.gaps, strict=True):
                    if gap.inside == k and gap.kind in ("passage", "glass", "window", "entrance"):
                        depth = SHELL if gap.outside < 0 else WALL
                        meshes.append(interior.line_hole(side.p, side.q, hole, depth, tile=tile))
                parts.append(Part(mesh=join(meshes), material=material))
                skirt = interior.skirt(side.p, side.q, side.holes)
                if skirt is not None:
                    skirts.append(skirt)
            if space.use != "toilets":
                parts.append(Part(mesh=join(skirts), material=board, solid=False))
            self._draft.add(f"{space.name} walls", "wall", "Wall", parts)

    def _close_above(self, outline: Polygon) -> None:
        """Add ceilings and lights, the tops of the walls, and the outside of the house."""
        rng, draft = self._rng, self._draft
        grid = Material(texture=paint.ceiling_tiles(rng), emissive=0.48, specular=0.0)  # what the walls throw up
        lit = Material(texture=paint.light_panel(), emissive=1.0, specular=0.0)
        steel = Material(color=(0.9, 0.9, 0.9))
        for space in self._spaces:
            if space.use == "shaft":
                continue
            ground = space.net
            spots, size = _light_spots(ground, space)
            for x, y in spots:
                self.lamps.append(Lamp(position=(x, y, HEIGHT - 0.08), color=WARM, power=3.2, always=True))
            detectors = [
                move(interior.smoke_detector(), x + 0.75, y + 0.3, HEIGHT)
                for x, y in spots[::3] if ground.contains(shapely.Point(x + 0.75, y + 0.3))
            ]  # fmt: skip
            parts = [
                Part(mesh=sheet(ground, HEIGHT, 1.2, down=True), material=grid, solid=False),
                Part(mesh=interior.light_panels(spots, size, HEIGHT - 0.012), material=lit, solid=False),
            ]
            if detectors:
                parts.append(Part(mesh=join(detectors), material=steel, solid=False))
            draft.add(f"{space.name} ceiling", "ceiling", "Ceiling", parts)
        house = self.house = outline.buffer(SHELL - WALL / 2, join_style="mitre")
        open_above = [space.net for k, space in enumerate(self._spaces) if k != SHAFT]
        cut = Material(color=(0.32, 0.33, 0.35), specular=0.0)
        tops = shapely.set_precision(house.difference(shapely.union_all(open_above)), 1e-3)
        draft.add("wall tops", "wall", "Wall", [Part(mesh=sheet(tops, HEIGHT, 1.0), material=cut, solid=False)])
        outside = [gap for gap in self._gaps if gap.outside < 0]
        faces = []
        for side in find_sides(house, outside, 0.5):
            holes = [
                interior.Hole(at=side.length - h.at, width=h.width, bottom=h.bottom, top=h.top) for h in side.holes
            ]
            faces.append(interior.pierce(side.q, side.p, -0.2, HEIGHT + 0.5, holes, tile=1.6))
        brick = Material(texture=self._facade(), specular=0.0)
        draft.add("outer walls", "facade", "Building", [Part(mesh=join(faces), material=brick)])

    def _facade(self) -> Texture:
        if self._rng.random() < 0.5:
            return self._plaster
        return slabs(self._rng, (0.62, 0.38, 0.3), rows=20, columns=7, joint=0.85)

    def _hang_doors(self) -> None:
        finish, draft = self._finish, self._draft
        for number, gap in enumerate(self._gaps):
            x, y = gap.at
            name = f"{gap.kind} {number + 1}"
            if gap.kind in ("door", "pair"):
                frame = interior.door_frame(gap.clear, gap.top, WALL)
                draft.add(
                    f"{name} frame",
                    "door frame",
                    "Door",
                    [Part(mesh=frame, material=self._frame)],
                    x=x,
                    y=y,
                    yaw=gap.yaw,
                )
                self._hang_leaves(gap, name)
            elif gap.kind == "glass":
                parts = interior.glass_wall(gap.clear, gap.top, self._sash, finish.film, dots=self._dots)
                draft.add(name, "glass wall", "Window", parts, x=x, y=y, yaw=gap.yaw)
            elif gap.kind == "window":
                self._add_window(gap, name)
            elif gap.kind == "entrance":
                self._add_entrance(gap, name)
            elif gap.kind in ("exit", "stairs"):
                self._add_closed(gap, name, number)
            elif gap.kind == "lift":
                x, y = gap.before(WALL / 2)
                parts = things.build_lift(finish, gap.clear, gap.top)
                self.signs[number] = draft.add(f"lift {number}", "lift", "Door", parts, x=x, y=y, yaw=gap.yaw)

    def _hang_leaves(self, gap: Gap, name: str) -> None:
        """Add the open leaves of a door; they stand in the room."""
        finish = self._finish
        pane = finish.glass if gap.kind == "pair" or self._rng.random() < 0.25 else None
        width = gap.clear / 2 if gap.kind == "pair" else gap.clear
        for hinge in (1, -1) if gap.kind == "pair" else (gap.hinge,):
            if gap.beside_wall:
                at, yaw = gap.before(-WALL / 2 - 0.01, hinge * (gap.clear / 2 + 0.05)), gap.yaw + np.pi / 2
            else:
                at = gap.before(-WALL / 2 - 0.075, hinge * (gap.clear / 2 + 0.075))
                yaw = gap.yaw if hinge > 0 else gap.yaw + np.pi
            parts = interior.door_leaf(width - 0.01, gap.top, self._door, finish.chrome, pane)
            foot = rectangle(-0.05, 0.0, 0.05, width)
            self._draft.add(
                f"{name} leaf" if hinge > 0 else f"{name} other leaf", "door", "Door", parts,
                x=at[0], y=at[1], yaw=float(yaw), footprint=foot,
            )  # fmt: skip

    def _add_window(self, gap: Gap, name: str) -> None:
        x, y = gap.before((SHELL - WALL) / 2 + 0.05)
        lights = max(1, round(gap.clear / 1.0))
        transom = gap.bottom + 0.72 * (gap.top - gap.bottom) if gap.top - gap.bottom > 1.2 else None
        bars = interior.window_frame(gap.clear, gap.bottom, gap.top, lights=lights, transom=transom)
        parts = [Part(mesh=bars, material=self._sash)]
        if gap.bottom > 0.2:
            sill = box(
                (SHELL / 2 + 0.06, gap.clear + 0.06, 0.03), (-SHELL / 2 - 0.03, 0, gap.bottom - 0.002), bottom=True
            )
            parts.append(Part(mesh=sill, material=self._finish.white, semantic="Wall", solid=False))
        self._draft.add(name, "window", "Window", parts, x=x, y=y, yaw=gap.yaw)

    def _add_entrance(self, gap: Gap, name: str) -> None:
        """Add two closed glass doors, a light over them, and a mat."""
        x, y = gap.at
        half = gap.clear / 2
        leaf = interior.glazed_leaf(half - 0.01, gap.top - 0.05, self._sash, self._finish.chrome)
        parts = [Part(mesh=move(part.mesh, 0.0, -half), material=part.material, solid=part.solid) for part in leaf]
        parts += [Part(mesh=move(part.mesh, 0.0, half, 0.0, np.pi), material=part.material) for part in leaf]
        head = box((0.1, gap.clear, 0.06), (0, 0, gap.top - 0.06), bottom=True)
        parts.append(Part(mesh=head, material=self._sash))
        self._draft.add(name, "entrance door", "Door", parts, x=x, y=y, yaw=gap.yaw)
        mat = Material(texture=paint.carpet(self._rng, (0.2, 0.2, 0.21)), specular=0.0)
        at = gap.before(-1.1)
        self._draft.add(
            f"{name} mat",
            "mat",
            "Floor",
            [Part(mesh=box((1.5, 2.0, 0.012), tile=1.0), material=mat, solid=False)],
            x=at[0],
            y=at[1],
            yaw=gap.yaw,
        )
        at = gap.before(-WALL / 2)
        self.signs[self._gaps.index(gap)] = self._draft.add(
            f"{name} sign",
            "exit sign",
            "Obstacle",
            things.build_exit_sign(self._exit, 2.45),
            x=at[0],
            y=at[1],
            yaw=gap.yaw + np.pi,
        )

    def _add_closed(self, gap: Gap, name: str, number: int) -> None:
        """Add a closed door: a way out, or the stairs behind it."""
        finish = self._finish
        x, y = gap.at
        frame = interior.door_frame(gap.clear, gap.top, WALL)
        leaf = interior.door_leaf(
            gap.clear - 0.01, gap.top, self._frame if gap.kind == "exit" else self._door, finish.chrome, finish.glass
        )
        shut = [
            Part(
                mesh=move(part.mesh, 0.0, -gap.clear / 2),
                material=part.material,
                semantic=part.semantic,
                solid=part.solid,
            )
            for part in leaf
        ]
        if gap.kind == "exit":
            bars = [tube((-0.09, -0.42, 1.02), (-0.09, 0.42, 1.02), 0.018, 6)]
            bars += [box((0.08, 0.04, 0.05), (-0.055, y0, 1.0), bottom=True) for y0 in (-0.42, 0.42)]
            shut.append(Part(mesh=join(bars), material=finish.red, solid=False))
        self._draft.add(name, "door", "Door", [Part(mesh=frame, material=self._frame), *shut], x=x, y=y, yaw=gap.yaw)
        into = -1.0 if gap.kind == "exit" else 1.0  # where those stand who read the sign
        at = gap.before(into * WALL / 2)
        yaw = gap.yaw if into > 0 else gap.yaw + np.pi
        if gap.kind == "exit":
            parts = things.build_exit_sign(self._exit, DOOR_TOP + 0.16)
        else:
            parts = things.build_plate("STAIRS", things.paint_sign("STAIRS", self.sign_color), self.sign_color, *PLATE)
        self.signs[number] = self._draft.add(
            f"{name} sign", f"{gap.kind} sign", "Obstacle", parts, x=at[0], y=at[1], yaw=float(yaw)
        )

    def add_sign(self, number: int, words: str) -> None:
        """Add the two signs of a room at the gap of this number, on the side of the corridor."""
        gap = self._gaps[number]
        x, y = gap.before(WALL / 2)
        picture = things.paint_sign(words, self.sign_color)
        plate = things.build_plate(words, picture, self.sign_color, *PLATE)
        side = -gap.hinge * (gap.clear / 2 + 0.22)
        blade = things.build_blade(words, picture, *BLADE)
        moved = [Part(mesh=move(p.mesh, 0.0, side), material=p.material, text=p.text, solid=False) for p in blade]
        self.signs[number] = self._draft.add(
            f"{words.lower()} sign", f"{words.lower()} sign", "Obstacle", [*plate, *moved], x=x, y=y, yaw=gap.yaw
        )


def _light_spots(ground: Polygon, space: Space) -> tuple[list[tuple[float, float]], tuple[float, float]]:
    """Return where the lights of a space are, on the ceiling's grid of 0.6 m, and their size."""
    if space.use != "corridor":
        x0, y0, x1, y1 = ground.bounds
        spots = [
            (_on_grid(x0 + (i + 0.5) * (x1 - x0) / nx), _on_grid(y0 + (j + 0.5) * (y1 - y0) / ny))
            for nx, ny in [(max(1, round((x1 - x0) / PITCH)), max(1, round((y1 - y0) / PITCH)))]
            for i in range(nx)
            for j in range(ny)
        ]
        return spots, (0.59, 0.59)
    spots = []
    for _, part in space.parts:
        x0, y0, x1, y1 = part.bounds
        lengthwise = x1 - x0 > y1 - y0
        length = max(x1 - x0, y1 - y0)
        count = max(1, round(length / 3.3))
        for i in range(count):
            along = (i + 0.5) * length / count
            x, y = (x0 + along, (y0 + y1) / 2) if lengthwise else ((x0 + x1) / 2, y0 + along)
            spots.append((_on_grid(x), _on_grid(y)))
    return spots, (0.59, 0.59)


def _sill(gap: Gap) -> Polygon:
    """Return the floor in an opening that nobody goes through; that of the outer wall is deeper."""
    deep = SHELL if gap.outside < 0 else WALL
    return place(rect(deep, gap.clear), *gap.before((deep - WALL) / 2), gap.yaw)


def _on_grid(value: float) -> float:
    return round((value - 0.3) / 0.6) * 0.6 + 0.3
