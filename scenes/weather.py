"""Light of the hour and of the weather.

The sun stands where it does at 50 degrees north on the longest day, by local solar time (noon is at 12); +x is east and
+y north. Position from hour angle, declination and latitude: J. Meeus, Astronomical Algorithms, 2nd ed. (1998), eqs
13.5 and 13.6. The colours are chosen by eye along the altitude of the sun; an overcast sky is brightest above, as the
CIE standard overcast sky is (ISO 15469:2004).
"""

from __future__ import annotations

import numpy as np

from scenes.scene import FloatArray, Light

WEATHERS = ("clear", "overcast", "rain", "fog")
LATITUDE, DECLINATION = np.radians(50.0), np.radians(23.4)
GLOOM = 5.0  # degrees by which the sun stands higher when lamps go on under cloud
LOWEST = np.radians(4.0)  # of the light that casts shadows: lower, they would have no end
MOON = (0.42, 0.38, 0.8241)

Color = tuple[float, float, float]

# By the altitude of the sun, degrees, under a clear sky, sRGB.
ALTITUDES = (-12.0, -6.0, -2.0, 1.0, 5.0, 12.0, 25.0, 60.0)
SUN_COLOR = (
    (0.22, 0.25, 0.34), (0.12, 0.13, 0.18), (0.0, 0.0, 0.0), (0.62, 0.33, 0.16),
    (0.92, 0.60, 0.33), (1.0, 0.78, 0.54), (1.0, 0.90, 0.74), (1.0, 0.96, 0.88),
)  # fmt: skip
AMBIENT = (
    (0.15, 0.18, 0.28), (0.22, 0.25, 0.36), (0.33, 0.35, 0.46), (0.39, 0.41, 0.50),
    (0.46, 0.49, 0.57), (0.50, 0.54, 0.62), (0.54, 0.58, 0.66), (0.56, 0.61, 0.69),
)  # fmt: skip
SKY = (
    (0.03, 0.05, 0.12), (0.11, 0.17, 0.34), (0.25, 0.35, 0.57), (0.34, 0.47, 0.70),
    (0.38, 0.55, 0.79), (0.39, 0.59, 0.85), (0.37, 0.59, 0.88), (0.35, 0.58, 0.88),
)  # fmt: skip
HORIZON = (
    (0.08, 0.10, 0.17), (0.32, 0.31, 0.40), (0.72, 0.53, 0.46), (0.91, 0.68, 0.50),
    (0.94, 0.79, 0.63), (0.91, 0.86, 0.79), (0.85, 0.89, 0.93), (0.80, 0.88, 0.95),
)  # fmt: skip
DAYLIGHT = (0.0, 0.16, 0.36, 0.50, 0.62, 0.78, 0.93, 1.0)  # under cloud, of the sRGB value at noon
LAMPS = (1.0, 1.0, 0.85, 0.45, 0.1, 0.0, 0.0, 0.0)
EXPOSURE = (2.2, 2.0, 1.7, 1.5, 1.4, 1.3, 1.2, 1.15)

# Under cloud at noon, sRGB: light from above, sky at the zenith, horizon; then fog, 1/m, and the least share of lamps.
CLOUDY: dict[str, tuple[Color, Color, Color, float, float]] = {
    "overcast": ((0.86, 0.88, 0.92), (0.80, 0.83, 0.87), (0.76, 0.79, 0.82), 0.002, 0.0),
    "rain": ((0.76, 0.79, 0.84), (0.58, 0.62, 0.67), (0.63, 0.67, 0.71), 0.009, 0.5),
    "fog": ((0.80, 0.82, 0.85), (0.78, 0.80, 0.82), (0.76, 0.78, 0.80), 0.04, 0.3),
}
CLOUDY_NIGHT: tuple[Color, Color, Color] = ((0.20, 0.21, 0.27), (0.09, 0.09, 0.12), (0.13, 0.12, 0.14))


def light_at(hour: float, weather: str, *, indoor: bool = False) -> Light:
    """Return the light outside at an hour of the day, local solar time, or what a room has of it with its lamps on.

    Args:
        hour: 0 to 24.
        weather: one of WEATHERS.
        indoor: no fog, no rain, lamps on; the sun and the sky are those behind the windows.

    Raises:
        ValueError: an hour outside [0, 24], or an unknown weather.
    """
    if not 0.0 <= hour <= 24.0:
        raise ValueError(f"hour: expected 0 to 24, got {hour}; count from midnight")
    if weather not in WEATHERS:
        raise ValueError(f"weather: expected one of {', '.join(WEATHERS)}, got {weather!r}")
    direction = locate_sun(hour)
    altitude = float(np.degrees(np.arcsin(direction[2])))
    lamps, exposure = float(np.interp(altitude, ALTITUDES, LAMPS)), float(np.interp(altitude, ALTITUDES, EXPOSURE))
    if indoor:
        lamps, exposure = 1.0, 1.0
    sun: Color = MOON if altitude < -4.0 else _lift(direction)
    if weather == "clear":
        return Light(
            sun=sun,
            sun_color=_look_up(SUN_COLOR, altitude),
            ambient=_look_up(AMBIENT, altitude),
            sky=_look_up(SKY, altitude),
            horizon=_look_up(HORIZON, altitude),
            overcast=0.2,
            fog=0.0 if indoor else 0.0012,
            lamps=lamps,
            exposure=exposure,
        )
    *noon, fog, least = CLOUDY[weather]
    early = float(np.interp(altitude - GLOOM, ALTITUDES, LAMPS))
    share = float(np.interp(altitude, ALTITUDES, DAYLIGHT))
    ambient, sky, horizon = (_mix(night, day, share) for night, day in zip(CLOUDY_NIGHT, noon, strict=True))
    wet = weather == "rain" and not indoor
    return Light(
        sun=sun,
        sun_color=(0.0, 0.0, 0.0),
        ambient=ambient,
        sky=sky,
        horizon=horizon,
        overcast=1.0,
        fog=0.0 if indoor else fog,
        wetness=0.9 if wet else 0.0,
        rain=1.0 if wet else 0.0,
        lamps=max(lamps, early, least),
        exposure=exposure,
    )


def locate_sun(hour: float) -> FloatArray:
    """Return the unit vector (3,) towards the sun, east, north, up, at an hour of local solar time."""
    angle = np.pi * (hour - 12.0) / 12.0
    return np.array(
        [
            -np.cos(DECLINATION) * np.sin(angle),
            np.sin(DECLINATION) * np.cos(LATITUDE) - np.cos(DECLINATION) * np.sin(LATITUDE) * np.cos(angle),
            np.sin(DECLINATION) * np.sin(LATITUDE) + np.cos(DECLINATION) * np.cos(LATITUDE) * np.cos(angle),
        ]
    )


def _lift(direction: FloatArray) -> Color:
    """Return a unit vector of the same bearing, at least LOWEST above the horizon."""
    height = max(float(direction[2]), float(np.sin(LOWEST)))
    level = direction[:2] / np.linalg.norm(direction[:2]) * (1.0 - height * height) ** 0.5
    return float(level[0]), float(level[1]), height


def _look_up(colors: tuple[Color, ...], altitude: float) -> Color:
    red, green, blue = (float(np.interp(altitude, ALTITUDES, [color[k] for color in colors])) for k in range(3))
    return red, green, blue


def _mix(low: Color, high: Color, share: float) -> Color:
    red, green, blue = (a + (b - a) * share for a, b in zip(low, high, strict=True))
    return red, green, blue
