"""The tasks, by name."""

from embodied.tasks.direction_inquiry import DirectionInquiry
from embodied.tasks.frontal_approach import FrontalApproach

TASKS: dict[str, type[DirectionInquiry] | type[FrontalApproach]] = {
    "direction_inquiry": DirectionInquiry,
    "frontal_approach": FrontalApproach,
}
