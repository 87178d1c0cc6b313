"""The tasks, by name."""

from embodied.tasks.direction_inquiry import DirectionInquiry
from embodied.tasks.frontal_approach import FrontalApproach
from embodied.tasks.point_nav import PointNav
from embodied.tasks.vln import Vln
from embodied.tasks.watch import Watch

TASKS: dict[str, type[DirectionInquiry] | type[FrontalApproach] | type[PointNav] | type[Vln] | type[Watch]] = {
    "direction_inquiry": DirectionInquiry,
    "frontal_approach": FrontalApproach,
    "point_nav": PointNav,
    "vln": Vln,
    "watch": Watch,
}
