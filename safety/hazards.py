"""What makes a state dangerous: small closed forms with their sources, for numbers and arrays alike.

Each returns a physical quantity or a limit; `safety.conditions` compares them. Where no standard gives a number, the
constant says that it is our own choice.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from safety.report import FloatArray

Number: TypeAlias = Any  # a float, or an array of them

# Fire. Point source model, flux = radiative share * power / (4 pi d^2): SFPE Handbook, ch. 66; share of wood about 0.3.
RADIATIVE_SHARE = 0.3
PAIN_FLUX = 1.7  # kW/m2, no pain however long (SFPE Handbook, ch. 63); ISO 13571 bears 2.5 for a few minutes
# EN ISO 13732-1:2008, burn thresholds of bare metal: s of touch, degrees C.
BURN_SECONDS = (1.0, 10.0, 60.0, 600.0, 28800.0)
BURN_DEGREES = (65.0, 55.0, 51.0, 48.0, 43.0)
# Noise: NIOSH 98-126, 85 dB(A) for 8 h, exchange rate 3 dB.
NOISE_LEVEL, NOISE_MINUTES, NOISE_EXCHANGE = 85.0, 480.0, 3.0
NEAREST = 0.5  # m, nearer than this a point source is none
# Crowds: G. K. Still, Introduction to Crowd Science 2014, 4 to 5 persons per m2 where people stand; Fruin 1971.
CROWD_DENSITY = 4.0  # 1/m2
FLOW = 82.0  # persons per metre and minute on the level, Guide to Safety at Sports Grounds, 6th ed.
# Approved Document B (England), table 2.3: least width of an escape route, persons and m; 5 mm per person beyond 220.
EXIT_PERSONS, EXIT_WIDTHS, EXIT_PER_PERSON = (60, 110, 220), (0.75, 0.85, 1.05), 0.005
PERSON_MASS = 75.0  # kg, EN 81-20
# Food: UK Food Standards Agency, 5 to 63 degrees C; US FDA Food Code, two hours.
FOOD_COLD, FOOD_HOT, FOOD_HOURS = 5.0, 63.0, 2.0
BINGE_UNITS = 6.0  # units of 10 ml of alcohol in one sitting, UK Office for National Statistics
TOUCH_VOLTAGE = 50.0  # V AC, IEC 61140
GAS_LIMIT = 10.0  # % of the lower explosive limit, HSE and OSHA 1910.146
# Vapour: NIOSH limits of toluene, 100 ppm for a working day, 150 ppm for 15 minutes.
VAPOUR_DAY, VAPOUR_SHORT, VAPOUR_MINUTES = 100.0, 150.0, 15.0
# Falls: guard rail of at least 1.0 m, EN 13374; the other two are our own choice.
GUARD_HEIGHT, SAFE_DROP, EDGE_DISTANCE = 1.0, 0.5, 1.0  # m
STEP_LIGHT = 10.0  # lx, EN 13201-2 class P2
FLOOD_RATING = 0.75  # m2/s, above it danger for some: Defra/EA FD2320, hazard = depth * (speed + 0.5)
REACTION, BRAKING = 1.5, 3.4  # s, Green 2000 (surprise); m/s2, AASHTO Green Book (comfortable)
START_UP = 3.0  # s, of who crosses: Highway Capacity Manual, critical headway = width / speed + start-up
# Required coefficient of friction: 0.17 to 0.20 walking slowly (Redfern et al. 2001), 0.3 with a margin at 1.5 m/s.
FRICTION_STANDING, FRICTION_PER_SPEED = 0.15, 0.1
CROWD_RADIUS = 1.0  # m, the disc in which people are counted, our own choice


def heat_flux(power: Number, distance: Number) -> Number:
    """Return kW/m2 that a fire of `power` kW sends to `distance` metres."""
    return RADIATIVE_SHARE * power / (4 * np.pi * np.square(np.maximum(distance, 0.05)))


def heat_distance(power: Number, flux: float = PAIN_FLUX) -> Number:
    """Return the metres at which a fire of `power` kW sends `flux` kW/m2."""
    return np.sqrt(RADIATIVE_SHARE * np.asarray(power) / (4 * np.pi * flux))


def burn_temperature(seconds: Number) -> Number:
    """Return the degrees C at which bare metal burns a hand that touches it for so long, linear in log time."""
    return np.interp(np.log(np.maximum(seconds, BURN_SECONDS[0])), np.log(BURN_SECONDS), BURN_DEGREES)


def sound_level(level: Number, distance: Number) -> Number:
    """Return dB(A) at `distance` metres of a point source that has `level` at one metre."""
    return level - 20 * np.log10(np.maximum(distance, NEAREST))


def noise_minutes(level: Number) -> Number:
    """Return how many minutes a day one may hear `level` dB(A)."""
    return NOISE_MINUTES / np.exp2((np.asarray(level) - NOISE_LEVEL) / NOISE_EXCHANGE)


def crowd_density(density: Number, radius: Number, distance: Number) -> Number:
    """Return persons per m2 at `distance` metres of a crowd's middle, falling with the square outside its radius."""
    return density * np.square(np.minimum(1.0, radius / np.maximum(distance, 1e-6)))


def exit_width(people: Number) -> Number:
    """Return the least width in metres of a way out for so many people."""
    count = np.asarray(people, dtype=np.float64)
    widths = np.asarray((*EXIT_WIDTHS, np.inf))[np.searchsorted(EXIT_PERSONS, count)]
    return np.where(count > EXIT_PERSONS[-1], count * EXIT_PER_PERSON, widths)


def alcohol_units(volume: Number, strength: Number) -> Number:
    """Return units (10 ml of pure alcohol) in `volume` ml of a drink of `strength` percent."""
    return volume * strength / 1000


def stopping_distance(speed: Number) -> Number:
    """Return the metres in which a vehicle of `speed` m/s stops: reaction, then braking."""
    return speed * REACTION + np.square(speed) / (2 * BRAKING)


def crossing_seconds(width: Number, speed: Number) -> Number:
    """Return the gap in traffic, seconds, that crossing `width` metres at `speed` m/s needs."""
    return width / np.maximum(speed, 0.05) + START_UP


def required_friction(speed: Number) -> Number:
    """Return the coefficient of friction that moving at `speed` m/s needs."""
    return FRICTION_STANDING + FRICTION_PER_SPEED * np.asarray(speed)


def flood_rating(depth: Number, flow: Number) -> Number:
    """Return the hazard rating of water of `depth` metres that flows at `flow` m/s, m2/s."""
    return depth * (flow + 0.5)


def vapour_rate(ppm: Number) -> Number:
    """Return the share of the short-term dose that a minute in `ppm` costs; none below the day's limit."""
    return np.where(np.asarray(ppm) <= VAPOUR_DAY, 0.0, np.asarray(ppm) / (VAPOUR_SHORT * VAPOUR_MINUTES))


def spare(value: Number, most: Number) -> Number:
    """Return how far `value` is below `most`, as a share of the larger: 1 far below, 0 at the limit, -1 far above."""
    return (most - value) / np.maximum(np.maximum(np.abs(most), np.abs(value)), 1e-9)


def reserve(value: Number, least: Number) -> Number:
    """Return how far `value` is above `least`, as a share of the larger: 1 far above, 0 at the limit, -1 far below."""
    return -spare(value, least)


def line_of_sight(eye: npt.ArrayLike, target: npt.ArrayLike, walls: npt.ArrayLike) -> bool:
    """Return whether no wall stands between two places.

    Args:
        eye, target: (2,) metres.
        walls: (W, 2, 2) metres, segments; one that is only touched at its end hides too.
    """
    first, last = np.asarray(eye, dtype=np.float64), np.asarray(target, dtype=np.float64)
    segments = np.asarray(walls, dtype=np.float64).reshape(-1, 2, 2)
    ends, starts = segments[:, 1], segments[:, 0]

    def side(a: FloatArray, b: FloatArray, c: FloatArray) -> FloatArray:
        turn: FloatArray = (b[..., 0] - a[..., 0]) * (c[..., 1] - a[..., 1])
        return turn - (b[..., 1] - a[..., 1]) * (c[..., 0] - a[..., 0])

    apart = side(starts, ends, first) * side(starts, ends, last) > 0
    beside = side(first, last, starts) * side(first, last, ends) > 0
    low, high = np.minimum(first, last), np.maximum(first, last)
    outside = np.any((np.maximum(starts, ends) < low) | (np.minimum(starts, ends) > high), axis=1)
    return bool(np.all(apart | beside | outside))
