"""One floor of an office house: a lobby, corridors, and rooms of all kinds, furnished, lit, and with signs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import cast

import numpy as np
import shapely
from shapely.geometry import Polygon

from scenes.procedural.draft import Draft
from scenes.procedural.office_doors import CORRIDOR, LOBBY, SHAFT, open_walls
from scenes.procedural.office_furniture import Finish
from scenes.procedural.office_grounds import lay_grounds
from scenes.procedural.office_people import DOORWAYS, Census, choose_spots, free_ground, name_gaps, name_things
from scenes.procedural.office_plan import Space, draw_spaces
from scenes.procedural.office_room import Room
from scenes.procedural.office_rooms import Decorator
from scenes.procedural.office_sets import Sets
from scenes.procedural.office_shell import Shell
from scenes.scene import Region, Scene
from scenes.weather import light_at


class Office:
    """Builds office floors of 34-48 m x 15-26 m with 10 to 22 rooms round a lobby and its corridors."""

    def build(self, rng: np.random.Generator, seed: int) -> Scene:
        """Return the floor that `rng` draws; `seed` is recorded."""
        shape, spaces = draw_spaces(rng)
        outline, gaps = open_walls(rng, spaces)
        draft, finish = Draft(), Finish.draw(rng)
        shell = Shell(rng, draft, finish, spaces, gaps, outline)
        shell.build(outline)
        doors = [gap.before(0.3) for gap in gaps if gap.kind in ("entrance", "exit")]
        lay_grounds(rng, draft, shell.house, doors)
        decorator, counts = Decorator(rng, Sets(rng, finish)), Counter[str]()
        rooms = []
        for k, space in enumerate(spaces):
            if k != SHAFT:
                near = [gap for gap in gaps if k in (gap.inside, gap.outside)]
                room = Room(rng=rng, draft=draft, counts=counts, net=space.net, sides=shell.sides[k], gaps=near)
                decorator.kinds[space.use](room)
                rooms.append(room)
        regions = _name_regions(spaces, shell.floors)
        floor = shapely.union_all([floor for k, floor in enumerate(shell.floors) if k != SHAFT])
        ground = free_ground(cast(Polygon, floor), draft.blocked)
        census = Census(ground, regions)
        named: set[int] = set()
        for number, gap in enumerate(gaps):
            if gap.kind in DOORWAYS and gap.inside > SHAFT and gap.inside not in named:
                shell.add_sign(number, spaces[gap.inside].name.upper())
                named.add(gap.inside)
        name_gaps(rng, census, spaces, gaps, shell.signs)
        name_things(census, rooms)
        choose_spots(rng, census, spaces, rooms, gaps)
        return Scene(
            name="office",
            seed=seed,
            objects=tuple(draft.objects),
            walkable=ground,
            regions=regions,
            landmarks=tuple(census.landmarks),
            entrances=tuple(census.entrances),
            spots=tuple(census.spots),
            light=light_at(11.0, "clear", indoor=True),
            lamps=tuple(shell.lamps),
            indoor=True,
            notes=(f"An office floor in the shape of a {shape} with {len(spaces) - 3} rooms.",),
        )


def _name_regions(spaces: Sequence[Space], floors: Sequence[Polygon]) -> tuple[Region, ...]:
    regions = [
        Region(name=name, kind="corridor", polygon=cast(Polygon, floors[CORRIDOR].intersection(part)))
        for name, part in spaces[CORRIDOR].parts
    ]
    regions.append(Region(name="lobby", kind="hall", polygon=floors[LOBBY]))
    for space, floor in list(zip(spaces, floors, strict=True))[SHAFT + 1 :]:
        regions.append(Region(name=space.name, kind="room", polygon=floor))
    return tuple(regions)
