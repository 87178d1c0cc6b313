"""What a person senses: whom and what it sees, by field of view and walls, and what it calls them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import LineString

from crowd.trajectory import CrowdState
from embodied.drive import wrap
from embodied.episode import FloatArray, Seen
from scenes.backend import RobotState
from scenes.scene import Scene

VIEW = math.radians(105.0)  # to each side: about what people see without turning
NEAR = 1.0  # m within which somebody behind is noticed, too
PEOPLE_REACH, SIGN_REACH = 12.0, 10.0  # m
CLOSE, STEP, FLIGHT = 1.2, 2.0, 10.0  # m: before what one looks at; aside; away from danger
TURNS = (0.0, 0.5, -0.5, 1.0, -1.0, 1.5, -1.5)  # rad off the straight way
MOST_PEOPLE, MOST_SIGNS = 8, 4  # that somebody minds at once
HAZARD_REACH = 8.0  # m
BERTH, SPARE = 0.6, 0.3  # m kept to what looks dangerous, and more on the way round
ROUND = (0.8, 1.2, 1.6, 2.0, 2.5)  # rad from straight ahead, as seen from its middle: where one passes it


@dataclass(frozen=True, slots=True, kw_only=True)
class Danger:
    """What looks dangerous to who sees it: its name in words, where it is and how far it reaches, metres."""

    name: str
    position: tuple[float, float]
    radius: float


class PersonSenses:
    """What people see of a scene and of each other."""

    def __init__(self, scene: Scene, hazards: Sequence[Danger] = ()) -> None:
        """Prepare the ground that one can see across; walls and furniture hide what is behind them.

        `hazards`: what looks dangerous there.
        """
        self.hazards = tuple(hazards)
        self._open = scene.walkable
        shapely.prepare(self._open)
        self._signs = tuple(mark for mark in scene.landmarks if mark.kind != "crossing")
        self._anchors = np.array([mark.anchor[:2] for mark in self._signs]).reshape(-1, 2)
        self._fronts = np.array([mark.position for mark in self._signs]).reshape(-1, 2)

    def sees(self, here: FloatArray, there: FloatArray) -> bool:
        """Tell whether nothing solid is between two places (2,), metres."""
        return bool(shapely.covers(self._open, LineString([here, there])))

    def hears(self, here: FloatArray, there: FloatArray, earshot: float) -> bool:
        """Tell whether somebody hears another's words: within `earshot` metres, half of it round a corner."""
        distance = math.dist(here, there)
        return distance <= earshot and (distance <= earshot / 2 or self.sees(here, there))

    def hearers(
        self, speaker: int, crowd: CrowdState, rows: Mapping[int, int], earshot: float
    ) -> dict[int, FloatArray]:
        """Return who else hears what a person says, by id, and where each is (2,); `rows` of the crowd by id."""
        here = crowd.positions[rows[speaker]]
        return {
            person: crowd.positions[row]
            for person, row in rows.items()
            if person != speaker and self.hears(here, crowd.positions[row], earshot)
        }

    def beside(self, here: FloatArray, there: FloatArray, how: str, radius: float = 0.0) -> tuple[float, float] | None:
        """Return where somebody goes who wants to `approach`, `avoid` or `flee` what is at `there`; None: nowhere.

        Approaching ends 1.2 m before it; else the free place is taken, of some 2 m (avoid) or 10 m (flee) off, that is
        farthest from it; who is within its `radius`, metres, goes out of it.
        """
        away = here - there
        angle = math.atan2(away[1], away[0])
        if how == "approach":
            spots = [there + CLOSE * np.array([math.cos(angle + turn), math.sin(angle + turn)]) for turn in TURNS]
            spots = spots if float(np.hypot(*away)) > CLOSE else []
        else:
            out = radius + BERTH - float(np.hypot(*away)) if radius else 0.0
            far = FLIGHT if how == "flee" else max(STEP, out)
            spots = [here + far * np.array([math.cos(angle + turn), math.sin(angle + turn)]) for turn in TURNS]
        for spot in spots:
            if self.sees(here, spot):
                return float(spot[0]), float(spot[1])
        return None

    def danger(self, name: str, here: FloatArray) -> Danger | None:
        """Return the nearest danger of a name, None where there is none."""
        known = [danger for danger in self.hazards if danger.name == name]
        return min(known, key=lambda danger: math.dist(danger.position, here) - danger.radius, default=None)

    def crosses(self, here: FloatArray, there: FloatArray, danger: Danger) -> bool:
        """Tell whether the straight way between two places (2,) comes near a danger; never when it leads out of it."""
        to, way = np.asarray(danger.position) - here, there - here
        if float(to @ way) <= 0.0 or math.dist(there, danger.position) < danger.radius + BERTH:
            return False
        return _gap(here, there, danger) < danger.radius + BERTH

    def around(
        self, here: FloatArray, there: FloatArray, danger: Danger, side: int = 0
    ) -> tuple[tuple[float, float], int] | None:
        """Return a place beside or beyond a danger, on the way round it, and the side taken; None: there is no room.

        Args:
            here, there: (2,) metres, a way that leads through it.
            side: 1: keep it on the right, -1: on the left, as before; 0: whichever is shorter.
        """
        middle, way = np.asarray(danger.position), there - here
        heading = math.atan2(way[1], way[0])
        to = middle - here
        shorter = 1 if way[0] * to[1] - way[1] * to[0] < 0 else -1
        reach = danger.radius + BERTH + SPARE
        for way_round in (side or shorter, -(side or shorter)):
            for turn in ROUND:
                angle = heading + way_round * turn
                spot = middle + reach * np.array([math.cos(angle), math.sin(angle)])
                kept = min(danger.radius + 0.5 * BERTH, float(np.hypot(*to)) - 0.05)
                if _gap(here, spot, danger) >= kept and self.sees(here, spot):
                    return (float(spot[0]), float(spot[1])), way_round
        return None

    def look(
        self, person: int, row: int, yaw: float, crowd: CrowdState, robot: RobotState | None,
        names: Mapping[int, tuple[str, str]],
    ) -> tuple[Seen, ...]:  # fmt: skip
        """Return what somebody sees, the nearest first.

        Args:
            person: who looks, in `row` of the crowd; yaw: where it faces, radians.
            robot: None where there is none.
            names: of others, what it calls them and what they are to it.
        """
        here = crowd.positions[row]
        found: list[Seen] = []
        gaps = crowd.positions - here
        distances = np.hypot(gaps[:, 0], gaps[:, 1])
        for other in np.argsort(distances, kind="stable").tolist():
            if other == row or distances[other] > PEOPLE_REACH or len(found) >= MOST_PEOPLE:
                continue
            number = int(crowd.person_ids[other])
            name, relation = names.get(number, ("somebody", ""))
            bearing = wrap(math.atan2(gaps[other, 1], gaps[other, 0]) - yaw)
            if self._notices(here, crowd.positions[other], bearing, float(distances[other])):
                found.append(
                    Seen(
                        id=number, kind="person", name=name, bearing=bearing, distance=float(distances[other]),
                        activity=crowd.activities[other], relation=relation,
                    )
                )  # fmt: skip
        if robot is not None:
            there = np.array([robot.x, robot.y])
            distance = math.dist(here, there)
            bearing = wrap(math.atan2(*(there - here)[::-1]) - yaw)
            if distance <= PEOPLE_REACH and self._notices(here, there, bearing, distance):
                moves = "drive" if abs(robot.v) > 0.05 else "stand"
                found.append(
                    Seen(id=0, kind="robot", name="a robot", bearing=bearing, distance=distance, activity=moves)
                )
        found += [
            Seen(id=-1, kind="hazard", name=danger.name, bearing=bearing, distance=distance)
            for danger, bearing, distance in self.dangers(here, yaw)
        ]
        found += self._read(here, yaw)
        return tuple(sorted(found, key=lambda seen: (seen.distance, seen.id)))

    def dangers(self, here: FloatArray, yaw: float) -> list[tuple[Danger, float, float]]:
        """Return what looks dangerous in view: bearing, rad, and distance, m, to its edge, which may be solid."""
        found = []
        for danger in self.hazards:
            gap = np.asarray(danger.position) - here
            middle = float(np.hypot(*gap))
            distance = max(middle - danger.radius, 0.0)
            bearing = wrap(math.atan2(gap[1], gap[0]) - yaw)
            edge = here + gap * (distance / middle) if middle > 0.0 else here
            if distance <= HAZARD_REACH and self._notices(here, edge, bearing, distance):
                found.append((danger, bearing, distance))
        return found

    def _notices(self, here: FloatArray, there: FloatArray, bearing: float, distance: float) -> bool:
        return (distance <= NEAR or abs(bearing) <= VIEW) and self.sees(here, there)

    def _read(self, here: FloatArray, yaw: float) -> list[Seen]:
        """Return the signs and things that somebody can make out."""
        found: list[Seen] = []
        gaps = self._anchors - here
        distances = np.hypot(gaps[:, 0], gaps[:, 1])
        for k in np.argsort(distances, kind="stable").tolist():
            if distances[k] > SIGN_REACH or len(found) >= MOST_SIGNS:
                break
            bearing = wrap(math.atan2(gaps[k, 1], gaps[k, 0]) - yaw)
            mark = self._signs[k]
            if abs(bearing) <= VIEW and self.sees(here, self._fronts[k]):
                found.append(
                    Seen(
                        id=-1, kind="sign" if mark.text else "thing", name=mark.name, bearing=bearing,
                        distance=float(distances[k]), text=mark.text,
                    )
                )  # fmt: skip
        return found


def _gap(here: FloatArray, there: FloatArray, danger: Danger) -> float:
    """Return how near the straight way between two places (2,) comes to the middle of a danger, metres."""
    way, to = there - here, np.asarray(danger.position) - here
    share = min(max(float(to @ way) / max(float(way @ way), 1e-12), 0.0), 1.0)
    return float(np.hypot(*(to - share * way)))
