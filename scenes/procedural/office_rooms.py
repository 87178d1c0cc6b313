"""How rooms are furnished, by their use."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from scenes.procedural import office_furniture as furniture
from scenes.procedural import office_texture as paint
from scenes.procedural import office_things as things
from scenes.procedural.furniture import rect
from scenes.procedural.office_room import Item, Placed, Prop, Room
from scenes.procedural.office_sets import Sets
from scenes.scene import Material

FIRMS = ("NORDWIND", "HELVIA", "ARGENT & CO", "LUMEN", "OAKFIELD", "TERRANOVA", "BLUEPEAK", "KESTREL")
OPENINGS = ("door", "pair", "passage", "glass", "window", "entrance", "exit")


class Decorator:
    """Furnishes rooms in one finish."""

    def __init__(self, rng: np.random.Generator, sets: Sets) -> None:
        self.rng, self.sets = rng, sets
        finish = self.finish = sets.finish
        self._pictures = [Material(texture=paint.painting(rng), specular=0.0) for _ in range(6)]
        self._boards = [Material(texture=paint.whiteboard(rng), specular=0.1) for _ in range(2)]
        self._notices = [Material(texture=paint.notice_board(rng), specular=0.0) for _ in range(2)]
        self._clock = Material(texture=paint.clock_face(), specular=0.0)
        self._rack = Material(texture=paint.rack_front(rng), emissive=0.55, glow=0.8)
        self._stone = Material(texture=paint.speckle_stone(rng), specular=0.2)
        firm = FIRMS[int(rng.integers(len(FIRMS)))]
        self._logo = Material(texture=paint.logo(rng, firm, finish.accent), specular=0.0)
        self._welcome = Material(
            texture=paint.plate("RECEPTION", things.SIGN_FACE, finish.accent, lines=1, size=(512, 128)), emissive=0.4
        )
        self._sofa_count = 0
        self.kinds: dict[str, Callable[[Room], None]] = {
            "office": self.furnish_office, "shared": self.furnish_shared, "open": self.furnish_open,
            "meeting": self.furnish_meeting, "kitchen": self.furnish_kitchen, "copy": self.furnish_copy,
            "toilets": self.furnish_toilets, "server": self.furnish_server, "storage": self.furnish_storage,
            "lounge": self.furnish_lounge, "lobby": self.furnish_lobby, "corridor": self.furnish_corridor,
        }  # fmt: skip

    # what hangs

    def _hang_picture(self, room: Room, order: list[int] | None = None) -> None:
        size = float(self.rng.choice((0.6, 0.8, 1.0)))
        picture = self._pictures[int(self.rng.integers(len(self._pictures)))]
        frame = self.finish.black if self.rng.random() < 0.5 else self.finish.wood
        low = 1.6 - size / 2
        parts = things.build_picture(picture, frame, size, size, low)
        room.hang(Item(label="picture", semantic="Obstacle", parts=parts), size, low, low + size, order)

    def _hang_board(self, room: Room) -> None:
        board = self._boards[int(self.rng.integers(2))]
        parts = [
            *things.build_picture(board, self.finish.steel, 2.0, 1.0, 0.95),
            *things.build_pen_tray(self.finish, 1.6, 0.93),
        ]
        room.hang(Item(label="whiteboard", semantic="Obstacle", parts=parts), 2.0, 0.93, 1.95)

    def _hang_notice(self, room: Room, order: list[int] | None = None, *, name: str = "") -> None:
        parts = things.build_picture(self._notices[int(self.rng.integers(2))], self.finish.wood, 1.6, 0.8, 1.1)
        hung = room.hang(Item(label="notice board", semantic="Advertising", parts=parts), 1.6, 1.1, 1.9, order)
        if hung is not None and name:
            self._mark_hung(room, name, hung, 1.5)

    def _hang_clock(self, room: Room) -> None:
        parts = things.build_clock(self._clock, self.finish)
        room.hang(Item(label="clock", semantic="Obstacle", parts=parts), 0.34, 1.85, 2.32)

    def _hang_screen(self, room: Room, order: list[int] | None = None) -> int | None:
        parts = things.build_picture(self.finish.screens[4], self.finish.black, 1.5, 0.86, 1.05)
        hung = room.hang(Item(label="screen", semantic="Furniture", parts=parts), 1.5, 1.05, 1.91, order)
        return None if hung is None else hung[1]

    def _hang_extinguisher(self, room: Room, name: str = "") -> None:
        parts = things.build_extinguisher(self.finish)
        item = Item(label="fire extinguisher", semantic="Obstacle", parts=parts)
        order = self.rng.permutation(len(room.sides)).tolist()
        for k in order:
            side = room.sides[k]
            for at in (0.3, side.length - 0.3, *self.rng.uniform(0.3, max(side.length - 0.3, 0.31), 3).tolist()):
                prop = Prop(items=(item,), footprint=rect(0.23, 0.24), height=1.8)
                placed = room.lean(prop, k, float(at), off=0.0)
                if placed is None:
                    continue
                if name:
                    room.mark(name, "other", placed, 1.0, 0.85)
                return

    def _mark_hung(self, room: Room, name: str, hung: tuple[int, int, float], height: float) -> None:
        instance, k, at = hung
        x, y = room.sides[k].point(at)
        placed = Placed(x=float(x), y=float(y), yaw=room.sides[k].yaw, instances=(instance,))
        room.mark(name, "other", placed, height, 0.9)

    # small things on the floor

    def _add(self, room: Room, *labels: str) -> None:
        """Add common things, as far as there is room."""
        sets, finish, rng = self.sets, self.finish, self.rng
        for label in labels:
            if label == "plant":
                room.stand(sets.plant(), corner=True)
            elif label == "bin":
                room.stand(sets.single("bin", furniture.build_bin(finish), 0.27, 0.27, 0.33), corner=rng.random() < 0.5)
            elif label == "coat stand":
                parts = furniture.build_coat_stand(rng, finish)
                room.stand(sets.single("coat stand", parts, 0.46, 0.46, 1.8), corner=True)
            elif label == "shelf":
                room.stand(sets.shelf(), room.walls_without("glass"))
            elif label == "low shelf":
                room.stand(sets.shelf(low=True))
            elif label == "cabinet":
                room.stand(sets.cabinet())
            elif label == "tall cabinet":
                room.stand(sets.cabinet(tall=True), room.walls_without("glass"))
            elif label == "picture":
                self._hang_picture(room)
            elif label == "whiteboard":
                self._hang_board(room)
            elif label == "clock":
                self._hang_clock(room)

    def _add_some(self, room: Room, *labels: str, share: float = 0.7) -> None:
        self._add(room, *(label for label in labels if self.rng.random() < share))

    def _middle(self, room: Room, prop: Prop) -> Placed | None:
        """Put something in the middle of a room, or as near to it as it fits, along or across."""
        x0, y0, x1, y1 = room.net.bounds
        turns = [0.0, np.pi / 2] if y1 - y0 >= x1 - x0 else [np.pi / 2, 0.0]
        for yaw in turns:
            for share in (0.0, 0.15, -0.15, 0.3, -0.3, 0.42, -0.42):
                for other in (0.0, 0.15, -0.15, 0.3, -0.3):
                    x, y = x0 + (0.5 + other) * (x1 - x0), y0 + (0.5 + share) * (y1 - y0)
                    placed = room.put(prop, x, y, yaw)
                    if placed is not None:
                        return placed
        return None

    # rooms

    def furnish_office(self, room: Room) -> None:
        """Furnish an office for one."""
        far = [
            k for k, side in enumerate(room.sides) if not any(g.kind in ("door", "pair", "glass") for g in side.gaps)
        ]
        boss = self.sets.executive()
        placed = room.stand(boss, self.rng.permutation(far).tolist()) if self.rng.random() < 0.45 else None
        if placed is None:
            placed = room.stand(self.sets.workplace(), self.rng.permutation(far).tolist())
        self._add(room, "shelf", "plant")
        self._add_some(room, "low shelf", "cabinet", "coat stand", "bin", "whiteboard", "picture", "clock")

    def furnish_shared(self, room: Room) -> None:
        """Furnish an office for two to six."""
        seats = 0
        if self.rng.random() < 0.6:
            for columns in (3, 2, 1):
                if self._middle(room, self.sets.island(columns)) is not None:
                    seats = 2 * columns
                    break
        for _ in range(4 - seats):
            room.stand(self.sets.workplace())
        self._add(room, "shelf", "plant", "bin")
        self._add_some(room, "whiteboard", "low shelf", "coat stand", "picture", "cabinet", "clock", "picture")

    def furnish_open(self, room: Room) -> None:
        """Furnish a large office: islands of desks, low shelves, plants, a corner to meet in."""
        x0, y0, x1, y1 = room.net.bounds
        lengthwise = x1 - x0 > y1 - y0
        length, deep = max(x1 - x0, y1 - y0), min(x1 - x0, y1 - y0)
        pitch = 3.24 + 1.15  # across an island, and a way
        count = max(1, int((length - 0.6) // pitch))
        for k in range(count):
            along = (k + 0.5) * length / count
            for columns in (3, 2, 1):
                if columns * 1.62 > deep - 1.4:
                    continue
                done = False
                for share in (0.5, 0.62, 0.38, 0.7, 0.3):
                    across = share * deep
                    x, y = (x0 + along, y0 + across) if lengthwise else (x0 + across, y0 + along)
                    if room.put(self.sets.island(columns), x, y, 0.0 if lengthwise else np.pi / 2) is not None:
                        done = True
                        break
                if done:
                    break
        if self.rng.random() < 0.5:
            room.stand(self.sets.sitting(armchairs=0))
        self._add(room, "plant", "plant", "low shelf", "shelf", "whiteboard", "bin", "bin", "cabinet", "clock")
        self._add_some(room, "plant", "low shelf", "tall cabinet", "coat stand", "picture", "whiteboard", "picture")

    def furnish_meeting(self, room: Room) -> None:
        """Furnish a meeting room."""
        self._hang_screen(room, room.walls_without("door", "glass", "window") or None)
        for seats in (5, 4, 3, 2):
            if self._middle(room, self.sets.meeting(seats)) is not None:
                break
        self._add(room, "whiteboard", "plant")
        self._add_some(room, "cabinet", "picture", "low shelf", "bin", "clock", "picture")

    def furnish_kitchen(self, room: Room) -> None:
        """Furnish a kitchen: counter, tables, a water cooler."""
        order = room.walls_without("door", "pair", "passage", "glass")
        for width in (3.6, 3.0, 2.4, 1.8):
            placed = room.stand(self.sets.kitchen(width, self._stone), order)
            if placed is not None:
                room.mark("coffee machine", "other", placed, 1.1, 0.85, item=1)
                room.linger(placed, 0.75, -width / 2 + 0.3, np.pi)
                room.linger(placed, 0.85, width / 2 - 0.5, np.pi + 0.4)
                break
        cooler = self.sets.single("water cooler", furniture.build_cooler(self.finish), 0.36, 0.36, 1.42)
        room.stand(cooler, corner=True)
        for _ in range(2):
            self._middle(room, self.sets.dining() if self.rng.random() < 0.65 else self.sets.bar())
        self._hang_notice(room)
        self._add(room, "bin", "plant", "clock")
        self._add_some(room, "picture", "low shelf", "picture")

    def furnish_copy(self, room: Room) -> None:
        """Furnish a copy room."""
        printer = self.sets.single("printer", things.build_printer(self.finish), 0.7, 0.7, 1.15)
        placed = room.stand(printer, room.walls_without("door", "pair"))
        if placed is not None:
            room.mark("printer", "other", placed, 0.9, 0.85)
            room.linger(placed, 0.8, 0.0, np.pi)
        self._add(room, "cabinet", "tall cabinet", "shelf")
        room.stand(
            self.sets.single("cartons", things.build_cartons(self.rng, self.finish), 0.36, 0.5, 0.8), corner=True
        )
        self._hang_notice(room)
        self._add(room, "bin")
        self._add_some(room, "cabinet", "clock", "plant")

    def furnish_toilets(self, room: Room) -> None:
        """Furnish toilets: cabins, a washstand with mirrors."""
        order = room.walls_without("door", "pair", "passage")
        for count in (4, 3, 2, 1):
            cabins = self.sets.single(
                "cabins", things.build_cabins(self.finish, count), 1.44, 0.95 * count + 0.04, 1.0, "Wall"
            )
            if room.stand(cabins, order) is not None:
                break
        for width in (2.7, 1.8, 0.9):
            parts = things.build_washstand(self.finish, width, self._stone)
            if room.stand(self.sets.single("washstand", parts, 0.5, width, 1.7)) is not None:
                break
        self._add(room, "bin", "plant")

    def furnish_server(self, room: Room) -> None:
        """Furnish a server room: racks in a row."""
        for count in (4, 3, 2, 1):
            width = 0.62 * count
            rack = things.build_rack(self.finish, self._rack)
            items = tuple(
                Item(label="rack", semantic="Furniture", parts=rack, y=0.62 * (k - (count - 1) / 2))
                for k in range(count)
            )
            prop = Prop(items=items, footprint=rect(0.92, width), height=2.05)
            if room.stand(prop, room.walls_without("door", "pair")) is not None:
                break
        self._add(room, "cabinet")
        self._hang_extinguisher(room)
        room.stand(
            self.sets.single("cartons", things.build_cartons(self.rng, self.finish), 0.36, 0.5, 0.8), corner=True
        )

    def furnish_storage(self, room: Room) -> None:
        """Furnish a storage room: steel shelves, cartons."""
        for _ in range(7):
            width = float(self.rng.choice((1.2, 1.6, 2.0)))
            parts = things.build_storage(self.rng, self.finish, width)
            room.stand(self.sets.single("steel shelf", parts, 0.5, width, 1.95))
        for _ in range(2):
            cartons = things.build_cartons(self.rng, self.finish)
            room.stand(self.sets.single("cartons", cartons, 0.36, 0.5, 0.8), corner=True)

    def furnish_lounge(self, room: Room) -> None:
        """Furnish a lounge: sofas, shelves, plants."""
        placed = room.stand(self.sets.sitting(armchairs=2)) or room.stand(self.sets.sitting(armchairs=1))
        if placed is not None:
            self._mark_sofa(room, placed)
        self._add(room, "plant", "shelf", "plant", "low shelf")
        room.stand(self.sets.sitting(armchairs=0))
        self._middle(room, self.sets.bar())
        self._hang_screen(room)
        self._add(room, "picture", "picture", "clock")

    def _mark_sofa(self, room: Room, placed: Placed) -> None:
        self._sofa_count += 1
        if self._sofa_count == 1:
            room.mark("sofa", "other", placed, 0.5, 2.15)

    def furnish_lobby(self, room: Room) -> None:
        """Furnish the lobby: reception, seats, plants, brochures, the name of the firm."""
        order = room.walls_without("entrance", "passage", "window", "door", "pair") or list(range(len(room.sides)))
        placed = self._stand_reception(room, order)
        if placed is not None:
            room.mark("reception", "desk", placed, 0.6, 1.25)
            room.keys.append(placed.local(-0.95, 0.5))
        entrance = [k for k, side in enumerate(room.sides) if any(g.kind == "entrance" for g in side.gaps)]
        seats = room.stand(self.sets.sitting(armchairs=2)) or room.stand(self.sets.sitting(armchairs=1))
        if seats is not None:
            self._mark_sofa(room, seats)
        self._add(room, "plant", "plant")
        stand = room.stand(self.sets.stand(), corner=True)
        if stand is not None:
            room.mark("brochure stand", "other", stand, 1.0, 0.85)
        room.stand(self.sets.sitting(armchairs=0), [k for k in range(len(room.sides)) if k not in entrance])
        parts = things.build_picture(self._logo, self.finish.white, 2.4, 0.6, 1.75)
        room.hang(Item(label="name of the firm", semantic="Obstacle", parts=parts), 2.4, 1.75, 2.35)
        self._add(room, "clock", "picture", "plant", "picture")

    def _stand_reception(self, room: Room, order: list[int]) -> Placed | None:
        """Put the reception desk before a wall, with room for who works there."""
        prop = self.sets.reception(self._welcome)
        for k in order:
            side = room.sides[k]
            for share in (0.5, 0.4, 0.6, 0.3, 0.7):
                x, y = side.point(share * side.length, 1.85)
                placed = room.put(prop, float(x), float(y), side.yaw)
                if placed is not None:
                    return placed
        return None

    def furnish_corridor(self, room: Room) -> None:
        """Furnish corridors: pictures, notices, plants, fire extinguishers, a water cooler."""
        self._hang_extinguisher(room, "fire extinguisher")
        self._hang_notice(room, name="notice board")
        cooler = self.sets.single("water cooler", furniture.build_cooler(self.finish), 0.36, 0.36, 1.42)
        placed = room.stand(cooler)
        if placed is not None:
            room.mark("water cooler", "other", placed, 0.9, 0.8)
            room.linger(placed, 0.75, 0.0, np.pi)
        plant = room.stand(self.sets.plant(), corner=True) or room.stand(self.sets.plant())
        if plant is not None:
            room.mark("plant", "other", plant, 1.0, 0.9)
        self._hang_extinguisher(room)
        copier = self.sets.single("copier", things.build_printer(self.finish), 0.7, 0.7, 1.15)
        if self.rng.random() < 0.4:
            placed = room.stand(copier)
            if placed is not None:
                room.mark("copier", "other", placed, 0.9, 0.85)
        self._add(room, "plant")
        self._hang_notice(room)
        for k in range(min(10, 2 * len(room.sides))):
            self._hang_picture(room, [k % len(room.sides)])
        self._hang_clock(room)
