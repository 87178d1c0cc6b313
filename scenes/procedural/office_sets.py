"""Groups of furniture: workplaces, islands of desks, meetings, meals, sofas; and what lies on their tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

import numpy as np
from shapely.geometry import Polygon, box

from scenes.procedural import office_furniture as furniture
from scenes.procedural import office_things as things
from scenes.procedural.draft import Part
from scenes.procedural.geometry import box as block
from scenes.procedural.geometry import lathe, move, prism
from scenes.procedural.office_furniture import COUNTER, DESK_TOP, Finish
from scenes.procedural.office_room import Item, Prop
from scenes.scene import Material

DESK = (1.6, 0.8)  # m, along y and x
CHAIR_ROOM = 0.78  # m, that a chair takes before a desk


def raise_parts(parts: Sequence[Part], z: float) -> list[Part]:
    """Return parts lifted by z."""
    return [
        Part(mesh=move(p.mesh, 0, 0, z), material=p.material, semantic=p.semantic, text=p.text, solid=p.solid)
        for p in parts
    ]


def on_top(label: str, parts: Sequence[Part], z: float, x: float, y: float, yaw: float = 0.0) -> Item:
    """Return a small thing that rests on a surface at height z."""
    return Item(label=label, semantic="Furniture", parts=raise_parts(parts, z), x=x, y=y, yaw=yaw)


class Sets:
    """Makes groups of furniture in one finish; what occurs often is built once."""

    def __init__(self, rng: np.random.Generator, finish: Finish) -> None:
        self.rng, self.finish = rng, finish
        self._desk = furniture.build_desk(finish, *DESK)
        self._chair = furniture.build_office_chair(finish, finish.chair)
        self._side_chair = furniture.build_side_chair(finish, finish.cloth if rng.random() < 0.5 else finish.accented)
        self._monitors = [things.build_monitor(finish, screen) for screen in finish.screens]
        self._made: dict[str, list[list[Part]]] = {}
        self._keyboard = raise_parts(things.build_keyboard(finish), DESK_TOP)

    def one_of(self, label: str, count: int, make: Callable[[], list[Part]]) -> list[Part]:
        """Return one of `count` variants of a thing; each is built once."""
        made = self._made.setdefault(label, [])
        if len(made) < count:
            made.append(make())
            return made[-1]
        return made[int(self.rng.integers(count))]

    def small_plant(self) -> list[Part]:
        """Return a plant for a table."""
        return self.one_of("small plant", 4, lambda: furniture.build_plant(self.rng, self.finish, tall=False))

    def mug(self) -> list[Part]:
        """Return a mug."""
        return self.one_of("mug", 4, lambda: things.build_mug(self.rng, self.finish))

    def papers(self) -> list[Part]:
        """Return papers."""
        return self.one_of("papers", 5, lambda: things.build_papers(self.rng, self.finish))

    def books(self) -> list[Part]:
        """Return a pile of books."""
        return self.one_of("books", 4, lambda: things.build_books(self.rng, self.finish))

    def sofa(self, seats: int, material: Material) -> list[Part]:
        """Return a sofa or an armchair."""
        return self.one_of(
            f"sofa {seats} {id(material)}", 1, lambda: furniture.build_sofa(self.finish, seats, material)
        )

    def laptop(self) -> list[Part]:
        """Return a laptop."""
        screens = self.finish.screens
        return self.one_of(
            "laptop", 3, lambda: things.build_laptop(self.finish, screens[int(self.rng.integers(len(screens)))])
        )

    def _small(self) -> tuple[str, list[Part]]:
        """Return something that lies about on desks."""
        makers: list[tuple[str, Callable[[], list[Part]]]] = [
            ("mug", self.mug),
            ("papers", self.papers),
            ("papers", self.papers),
            ("telephone", lambda: self.one_of("telephone", 1, lambda: things.build_phone(self.finish))),
            ("desk lamp", lambda: self.one_of("desk lamp", 1, lambda: things.build_desk_lamp(self.finish))),
            ("books", self.books),
            ("small plant", self.small_plant),
        ]
        label, make = makers[int(self.rng.integers(len(makers)))]
        return label, make()

    def workplace(self, *, chair: bool = True) -> Prop:
        """Return a desk with what lies on it, and its chair; the desk's far side is the back."""
        rng = self.rng
        items = [Item(label="desk", semantic="Table", parts=self._desk)]
        if rng.random() < 0.8:
            places = (0.0,) if rng.random() < 0.5 else (-0.3, 0.3)
            for y in places:
                parts = self._monitors[int(rng.integers(len(self._monitors)))]
                items.append(
                    on_top("monitor", parts, DESK_TOP, -0.2, y + float(rng.uniform(-0.02, 0.02)) * (len(places) < 2))
                )
            items.append(Item(label="keyboard", semantic="Furniture", parts=self._keyboard, x=0.1))
        else:
            items.append(on_top("laptop", self.laptop(), DESK_TOP, 0.02, 0.0))
        for x, y in ((0.17, -0.56), (0.17, 0.58), (-0.22, -0.66), (-0.22, 0.66)):
            if rng.random() < 0.55:
                label, parts = self._small()
                if x < 0 and label in ("papers", "telephone", "books"):
                    continue  # there is no room beside two screens
                turn = {"papers": 0.2, "mug": 3.0, "desk lamp": 0.2}.get(label, 0.25)
                items.append(
                    on_top(
                        label,
                        parts,
                        DESK_TOP,
                        x,
                        y,
                        float(rng.uniform(-turn, turn)) + (np.pi if label == "telephone" else 0.0),
                    )
                )
        if chair:
            items.append(self.swivel(0.42 + 0.36, float(rng.uniform(-0.12, 0.12))))
        deep = DESK[1] / 2 + (CHAIR_ROOM if chair else 0.0)
        return Prop(
            items=tuple(items), footprint=box(-DESK[1] / 2, -DESK[0] / 2, deep, DESK[0] / 2), height=DESK_TOP + 0.05
        )

    def swivel(self, x: float, y: float) -> Item:
        """Return a chair that faces -x, more or less."""
        return Item(
            label="office chair",
            semantic="Chair",
            parts=self._chair,
            x=x,
            y=y,
            yaw=np.pi + float(self.rng.uniform(-0.5, 0.5)),
        )

    def _join(
        self, places: Sequence[tuple[Prop, float, float, float]], more: Sequence[Item], footprint: Polygon
    ) -> Prop:
        items = list(more)
        for prop, x, y, yaw in places:
            c, s = float(np.cos(yaw)), float(np.sin(yaw))
            items += [
                Item(label=i.label, semantic=i.semantic, parts=i.parts,
                     x=x + c * i.x - s * i.y, y=y + s * i.x + c * i.y, yaw=yaw + i.yaw)
                for i in prop.items
            ]  # fmt: skip
        return Prop(items=tuple(items), footprint=footprint, height=1.2)

    def island(self, columns: int, *, double: bool = True) -> Prop:
        """Return desks side by side in one or two rows, back to back, with a screen of cloth between them."""
        half = DESK[1] / 2
        places = []
        for k in range(columns):
            y = (k - (columns - 1) / 2) * (DESK[0] + 0.01)
            places.append((self.workplace(), half + 0.03, y, 0.0))
            if double:
                places.append((self.workplace(), -half - 0.03, y, np.pi))
        width = columns * (DESK[0] + 0.01)
        screen = block((0.04, width - 0.1, 0.47), (0, 0, 0.7), tile=0.4, bottom=True)
        cloth = Item(
            label="screen", semantic="Furniture", parts=[Part(mesh=screen, material=self.finish.pillow, solid=False)]
        )
        reach = DESK[1] + 0.03 + CHAIR_ROOM
        back = -reach if double else -0.03
        return self._join(places, [cloth], box(back, -width / 2, reach, width / 2))

    def executive(self) -> Prop:
        """Return a desk whose user faces the room, and two chairs for visitors; the user's back is the back."""
        place = self.workplace()
        visitors = [
            Item(
                label="chair",
                semantic="Chair",
                parts=self._side_chair,
                x=0.78,
                y=y,
                yaw=np.pi + float(self.rng.uniform(-0.3, 0.3)),
            )
            for y in (-0.42, 0.42)
        ]
        return self._join([(place, 0.0, 0.0, np.pi)], visitors, box(-1.18, -0.8, 1.08, 0.8))

    def meeting(self, seats: int) -> Prop:
        """Return a table along y with chairs on both sides and at one end, and what lies on it."""
        rng, finish = self.rng, self.finish
        length, wide = 0.72 * seats + 0.3, 1.15 if seats > 3 else 1.0
        items = [Item(label="meeting table", semantic="Table", parts=furniture.build_table(finish, length, wide))]
        for k in range(seats):
            y = (k - (seats - 1) / 2) * 0.72
            for way in (-1.0, 1.0):
                out = wide / 2 + 0.3 + float(rng.choice((0.0, 0.0, 0.0, 0.12)))
                yaw = (np.pi if way > 0 else 0.0) + float(rng.uniform(-0.25, 0.25))
                items.append(Item(label="chair", semantic="Chair", parts=self._side_chair, x=way * out, y=y, yaw=yaw))
                draw, x = rng.random(), way * (wide / 2 - 0.28)
                if draw < 0.22:
                    turn = 0.0 if way > 0 else np.pi
                    items.append(on_top("laptop", self.laptop(), DESK_TOP, x - 0.04 * way, y, turn))
                elif draw < 0.45:
                    items.append(on_top("papers", self.papers(), DESK_TOP, x, y))
                elif draw < 0.65:
                    items.append(
                        on_top(
                            "mug",
                            self.mug(),
                            DESK_TOP,
                            x + 0.1 * way,
                            y + 0.1,
                            float(rng.uniform(0, 6)),
                        )
                    )
        half, deep = length / 2 + 0.05, wide / 2 + 0.75
        return Prop(items=tuple(items), footprint=box(-deep, -half, deep, half), height=DESK_TOP)

    def dining(self) -> Prop:
        """Return a table for four with a bowl of fruit."""
        finish = self.finish
        items = [Item(label="table", semantic="Table", parts=furniture.build_round_table(finish, 0.5, DESK_TOP))]
        if self.rng.random() < 0.5:
            items.append(on_top("fruit bowl", things.build_bowl(self.rng, finish), DESK_TOP, 0.0, 0.0))
        else:
            plant = self.small_plant()
            items.append(on_top("small plant", plant, DESK_TOP, 0.0, 0.0))
        for angle in np.arange(4) * np.pi / 2 + np.pi / 4 + float(self.rng.uniform(-0.1, 0.1)):
            c, s = float(np.cos(angle)), float(np.sin(angle))
            items.append(
                Item(label="chair", semantic="Chair", parts=self._side_chair, x=0.82 * c, y=0.82 * s, yaw=angle + np.pi)
            )
        return Prop(items=tuple(items), footprint=box(-0.98, -0.98, 0.98, 0.98), height=DESK_TOP)

    def bar(self) -> Prop:
        """Return a high table with stools."""
        items = [Item(label="high table", semantic="Table", parts=furniture.build_round_table(self.finish, 0.36, 1.05))]
        stool = furniture.build_stool(self.finish)
        for angle in (0.5, 2.6, 4.7):
            c, s = float(np.cos(angle)), float(np.sin(angle))
            items.append(Item(label="stool", semantic="Chair", parts=stool, x=0.6 * c, y=0.6 * s, yaw=angle))
        items.append(on_top("mug", self.mug(), 1.05, 0.12, 0.08, 1.0))
        return Prop(items=tuple(items), footprint=box(-0.8, -0.8, 0.8, 0.82), height=1.05)

    def sitting(self, *, armchairs: int = 1) -> Prop:
        """Return a sofa with its back to the wall, armchairs, a low table and a rug."""
        rng, finish = self.rng, self.finish
        low = 0.42
        table = furniture.build_round_table(finish, 0.42, low)
        rug = Part(
            mesh=prism(furniture.rounded(1.5, 2.3, 0.05), 0.0, 0.008, tile=0.4), material=finish.pillow, solid=False
        )
        items = [
            Item(label="sofa", semantic="Furniture", parts=self.sofa(3, finish.sofa)),
            Item(label="coffee table", semantic="Table", parts=table, x=1.05),
            Item(label="rug", semantic="Floor", parts=[rug], x=1.1),
            on_top("books", self.books(), low, 1.0, 0.12, 0.5),
            on_top("mug", self.mug(), low, 1.12, -0.16, 1.0),
        ]
        chair = self.sofa(1, finish.sofa if rng.random() < 0.5 else finish.pillow)
        for k in range(armchairs):
            items.append(
                Item(
                    label="armchair",
                    semantic="Chair",
                    parts=chair,
                    x=1.15,
                    y=(1.1 if k == 0 else -1.1),
                    yaw=(-np.pi / 2 if k == 0 else np.pi / 2),
                )
            )
        wide = 1.55 if armchairs else 1.1
        low_y = -wide if armchairs > 1 else -1.1
        return Prop(items=tuple(items), footprint=box(-0.42, low_y, 1.65, wide), height=0.82)

    def shelf(self, *, low: bool = False) -> Prop:
        """Return a bookcase, high or low; on a low one stands something."""
        rng = self.rng
        width, height = (1.1, 0.82) if low else (float(rng.choice((0.8, 1.0, 1.2))), 1.96)
        cover = self.finish.covers[int(rng.integers(len(self.finish.covers)))]
        items = [
            Item(label="bookcase", semantic="Furniture", parts=furniture.build_shelf(self.finish, width, height, cover))
        ]
        if low:
            items.append(on_top("small plant", self.small_plant(), height, 0.0, 0.3))
            items.append(on_top("books", self.books(), height, 0.0, -0.25))
        return Prop(
            items=tuple(items), footprint=box(-0.18, -width / 2, 0.18, width / 2), height=height + (0.25 if low else 0)
        )

    def cabinet(self, *, tall: bool = False) -> Prop:
        """Return a cabinet; on a low one stands something."""
        width, height = float(self.rng.choice((0.9, 1.2, 1.6))), 1.9 if tall else 0.8
        items = [Item(label="cabinet", semantic="Furniture", parts=furniture.build_cabinet(self.finish, width, height))]
        if not tall:
            for y in (-0.26, 0.22):
                label, parts = self._small()
                items.append(on_top(label, parts, height, -0.02, y, float(self.rng.uniform(-0.2, 0.2))))
        return Prop(
            items=tuple(items), footprint=box(-0.235, -width / 2 - 0.01, 0.235, width / 2 + 0.01), height=height
        )

    def single(
        self, label: str, parts: Sequence[Part], length: float, width: float, height: float, semantic: str = "Furniture"
    ) -> Prop:
        """Return one thing that takes `length` along x and `width` along y."""
        foot = box(-length / 2, -width / 2, length / 2, width / 2)
        return Prop(items=(Item(label=label, semantic=semantic, parts=parts),), footprint=foot, height=height)

    def plant(self) -> Prop:
        """Return a tall plant."""
        parts = self.one_of("plant", 6, lambda: furniture.build_plant(self.rng, self.finish, tall=True))
        return self.single("plant", parts, 0.6, 0.6, 1.3, "Vegetation")

    def kitchen(self, width: float, stone: Material) -> Prop:
        """Return a kitchen counter with its machines, and a fridge at its right end."""
        rng, finish = self.rng, self.finish
        items = [Item(label="kitchen counter", semantic="Furniture", parts=things.build_kitchen(finish, width, stone))]
        y = -width / 2 + 0.3
        for label, parts in (
            ("coffee machine", things.build_coffee_machine(finish)),
            ("microwave", things.build_microwave(finish)),
            ("kettle", things.build_kettle(finish)),
        ):
            half = {"coffee machine": 0.16, "microwave": 0.26, "kettle": 0.13}[label]
            if y + half < width / 2 - 0.9:
                items.append(on_top(label, parts, COUNTER, -0.08, y if label == "coffee machine" else y + half - 0.15))
                y += 2 * half + 0.16
        for k in range(2):
            items.append(
                on_top(
                    "mug",
                    self.mug(),
                    COUNTER,
                    0.18,
                    width / 2 - 1.0 - 0.14 * k,
                    float(rng.uniform(0, 6)),
                )
            )
        items.append(
            Item(label="fridge", semantic="Furniture", parts=things.build_fridge(finish), x=0.0, y=-width / 2 - 0.33)
        )
        return Prop(items=tuple(items), footprint=box(-0.32, -width / 2 - 0.64, 0.32, width / 2), height=2.1)

    def reception(self, sign: Material) -> Prop:
        """Return a reception desk with its screen, telephone and chair; visitors come from +x."""
        width = 2.8
        items = [
            Item(
                label="reception desk", semantic="Table", parts=things.build_reception(self.finish, width, sign, sign)
            ),
            on_top("monitor", self._monitors[0], DESK_TOP, 0.1, 0.55, np.pi),
            on_top("monitor", self._monitors[3], DESK_TOP, 0.1, -0.55, np.pi),
            Item(label="keyboard", semantic="Furniture", parts=self._keyboard, x=-0.16, y=0.5, yaw=np.pi),
            on_top("telephone", things.build_phone(self.finish), DESK_TOP, -0.1, -0.1, 0.0),
            on_top("papers", self.papers(), DESK_TOP, -0.1, -0.95, 0.1),
            on_top("small plant", self.small_plant(), 1.12, 0.3, -1.15),
            Item(label="office chair", semantic="Chair", parts=self._chair, x=-0.75, y=-0.75, yaw=0.3),
        ]
        desk, chair = box(-0.42, -width / 2 - 0.03, 0.5, width / 2 + 0.03), box(-1.1, -1.2, -0.42, -0.38)
        return Prop(items=tuple(items), footprint=cast(Polygon, desk.union(chair)), height=1.12)

    def stand(self) -> Prop:
        """Return a stand of brochures."""
        finish = self.finish
        back = block((0.03, 0.6, 1.5), (-0.1, 0, 0.03), bottom=True)
        foot = lathe([(0.19, 0.0), (0.19, 0.02), (0.0, 0.03)], 16)
        rows = [block((0.1, 0.56, 0.1), (-0.05, 0, z), bottom=True) for z in (0.5, 0.85, 1.2)]
        leaves = [block((0.02, 0.15, 0.22), (-0.05, y, z + 0.04)) for z in (0.5, 0.85, 1.2) for y in (-0.18, 0.0, 0.18)]
        parts = [Part(mesh=m, material=finish.steel) for m in (back, foot)] + [
            Part(mesh=m, material=finish.steel, solid=False) for m in rows
        ]
        parts += [
            Part(mesh=m, material=(finish.accented, finish.paper, finish.pillow)[k % 3], solid=False)
            for k, m in enumerate(leaves)
        ]
        return self.single("brochure stand", parts, 0.4, 0.6, 1.5)
