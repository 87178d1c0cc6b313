"""How people react to a robot that comes near: the six ways of HuNavSim, chosen by traits.

N. Pérez-Higueras et al., HuNavSim: A ROS 2 Human Navigation Simulator for Benchmarking Human-Aware Robot Navigation,
RA-L 2023: regular (the robot is like anybody), impassive (like a lamp post), surprised (stops and looks), curious
(leaves its way, approaches slowly), scared (keeps away), threatening (blocks its path). The weights of the traits are
ours. Who has reacted goes on with its day, and only lets the robot pass where the gap is too small for it, see
`accepted_gap`.
"""

from __future__ import annotations

from typing import Any

from embodied.minds.behaviour_tree import RUNNING, Status
from embodied.minds.intentions import go_on
from embodied.minds.moment import Moment
from embodied.minds.persona import LEVELS
from embodied.minds.utility import Option

PERSONAL, SOCIAL = 1.2, 3.6  # m, how far personal and social distance reach, Hall 1966
AGAIN = 45.0  # s from a reaction to the next
NEARER = 0.05  # m by which a robot must have come nearer to be approaching
FORGOTTEN = 5.0  # s after which nobody knows any more how far off it was
GAP_SPREAD, TIME_SPREAD = 0.15, 0.3  # log-normal, of the accepted gap and of how long something takes
SLOWLY = 0.5  # times the usual pace, towards a robot
MARVELS = 0.4  # share of those who look at a robot who say something

REACTIONS: tuple[Option, ...] = (
    Option(name="regular", base=0.5),
    Option(name="impassive", base=0.1, weights=(("boldness", 0.1), ("curiosity", -0.25), ("caution", -0.1))),
    Option(name="surprised", base=0.1, weights=(("boldness", -0.1), ("curiosity", 0.1))),
    Option(name="curious", base=-0.1, weights=(("boldness", 0.1), ("curiosity", 0.4), ("caution", -0.2))),
    Option(name="scared", base=-0.5, weights=(("boldness", -0.25), ("caution", 0.4))),
    Option(name="threatening", base=-1.5, weights=(("boldness", 0.4), ("caution", -0.2))),
)

TREE: Any = {
    "selector": [
        {
            "cooldown": {
                "sequence": [
                    "choose_reaction",
                    {
                        "selector": [
                            {"when": "is_scared", "do": {"timeout": "keep_away", "seconds": 12}},
                            {
                                "when": "is_threatening",
                                "do": {"timeout": {"sequence": ["step_into_its_way", "stay_there"]}, "seconds": 15},
                            },
                            {
                                "when": "is_curious",
                                "do": {"timeout": {"sequence": ["approach_it", "look_at_it"]}, "seconds": 20},
                            },
                            {"when": "is_surprised", "do": {"timeout": "stop_and_look", "seconds": 4}},
                            {"when": "is_impassive", "do": "pass_it"},
                            {"when": "has_no_gap", "do": "let_it_pass"},
                            "share_the_way",
                        ]
                    },
                ]
            },
            "seconds": AGAIN,
        },
        {"when": {"invert": "is_impassive"}, "do": {"when": "has_no_gap", "do": "let_it_pass"}},
    ]
}


def accepted_gap(boldness: float) -> float:
    """Return the gap, m, at which half of the people of a level of boldness go on in front of an approaching robot.

    From as far as social distance reaches, level 1, to personal distance, level 5: a factor from level to level. Below
    their gap people wait until it has passed (`wait`, target "robot"), else they go on (`go`); each draws its own gap,
    log-normal around this one, each time.
    """
    share = (LEVELS[1] - boldness) / (LEVELS[1] - LEVELS[0])
    return float(PERSONAL * (SOCIAL / PERSONAL) ** share)


def sight(moment: Moment) -> None:
    """Take in where the robot is, and whether it came nearer since it was last seen."""
    if moment.robot is None:
        return
    then, distance = moment.life.robot
    moment.approaches = moment.time - then > FORGOTTEN or moment.robot.distance < distance - NEARER
    moment.life.robot = (moment.time, moment.robot.distance)


def robot_near(moment: Moment) -> bool:
    """Tell whether a robot came near, or is, and nobody speaks to the person."""
    near = moment.robot is not None and (moment.observation.event == "robot" or moment.robot.distance < SOCIAL)
    return near and moment.heard is None


def choose_reaction(moment: Moment) -> bool:
    """Choose one of the six."""
    moment.life.reaction = moment.choose(REACTIONS)
    return True


def has_no_gap(moment: Moment) -> bool:
    """Tell whether the robot approaches and is too near for this person to go on in front of it."""
    if moment.robot is None or not moment.approaches:
        return False
    return moment.robot.distance < accepted_gap(moment.traits["boldness"]) * moment.spread(GAP_SPREAD)


def let_it_pass(moment: Moment) -> bool:
    """Wait until the robot has passed."""
    return _decide(moment, "wait", "let the robot pass", "the robot comes too near to go on in front of it", 5.0)


def share_the_way(moment: Moment) -> bool:
    """Go on as among people."""
    go_on(moment)
    moment.fields["reason"] = f"treats the robot like anybody else; {moment.fields['reason']}"
    return True


def pass_it(moment: Moment) -> bool:
    """Go on as if it were a thing."""
    go_on(moment)
    moment.fields["reason"] = f"minds the robot no more than a lamp post; {moment.fields['reason']}"
    return True


def stop_and_look(moment: Moment) -> Status | bool:
    """Stop, and look at the robot."""
    words = moment.since("marvel") > AGAIN and moment.life.rng.random() < MARVELS
    if _decide(moment, "wait", "see what the robot is doing", "is surprised by the robot", 3.0):
        if words:
            moment.note("marvel")
            moment.say("chat", "marvel")
        return RUNNING
    return False


def approach_it(moment: Moment) -> Status | bool:
    """Leave the way for a while and come up to the robot, slowly, to personal distance."""
    if moment.robot is not None and moment.robot.distance <= PERSONAL:
        return True
    seconds = 6.0 * 2.0 ** (0.25 * (moment.traits["curiosity"] - 3))
    speed = moment.speed(SLOWLY)
    return _run(moment, "approach", "see the robot from near", "is curious about the robot", seconds, speed)


def look_at_it(moment: Moment) -> Status | bool:
    """Stand before the robot and look at it."""
    return _run(moment, "wait", "look at the robot", "is curious about the robot", 6.0)


def keep_away(moment: Moment) -> Status | bool:
    """Keep away from the robot; run from it where it is within personal distance of somebody who is very cautious."""
    if moment.robot is not None and moment.robot.distance < PERSONAL and moment.traits["caution"] == LEVELS[1]:
        speed = moment.speed(fast=True)
        return _run(moment, "flee", "get away from the robot", "is scared, the robot is very near", 5.0, speed)
    return _run(moment, "avoid", "keep away from the robot", "is scared of the robot", 8.0, moment.speed())


def step_into_its_way(moment: Moment) -> Status | bool:
    """Go up to the robot, at full pace."""
    if moment.robot is not None and moment.robot.distance <= PERSONAL:
        return True
    reason = "does not want the robot here"
    return _run(moment, "approach", "stand in the robot's way", reason, 5.0, moment.speed())


def stay_there(moment: Moment) -> Status | bool:
    """Block its path."""
    status = _run(moment, "wait", "stand in the robot's way", "does not want the robot here", 8.0)
    if status is RUNNING and moment.since("threat") > AGAIN:
        moment.note("threat")
        moment.say("complain", "threaten")
    return status


def _run(
    moment: Moment, activity: str, goal: str, reason: str, seconds: float, speed: float | None = None
) -> Status | bool:
    return RUNNING if _decide(moment, activity, goal, reason, seconds, speed) else False


def _decide(moment: Moment, activity: str, goal: str, reason: str, seconds: float, speed: float | None = None) -> bool:
    """Decide about the robot, for about so many seconds; fail where it is gone."""
    if moment.robot is None:
        return False
    minutes = round(seconds * moment.spread(TIME_SPREAD) / 60.0, 3)
    moment.decide(activity, goal, reason, target="robot", minutes=minutes, speed=speed)
    return True


LEAVES: dict[str, Any] = {
    function.__name__: function
    for function in (
        *(choose_reaction, has_no_gap, let_it_pass, share_the_way, pass_it, stop_and_look, approach_it, look_at_it),
        *(keep_away, step_into_its_way, stay_there, robot_near),
    )
}
LEAVES |= {f"is_{option.name}": (lambda m, name=option.name: m.life.reaction == name) for option in REACTIONS}
