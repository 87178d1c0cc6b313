"""Light on the graphics side: the program that a scene's weather asks for, its uniforms, and the grid of light."""

from __future__ import annotations

from collections.abc import Mapping

import moderngl
import numpy as np
import numpy.typing as npt

from scenes.gl_shaders import LIT_FRAGMENT, LIT_VERTEX, SHOULDER, compose
from scenes.gl_sky import upload_noise
from scenes.light_volume import LightVolume, compute_volume
from scenes.scene import FloatArray, Light, Scene

UNITS = {name: unit for unit, name in enumerate(
    ("u_texture", "u_static_shadow", "u_moving_shadow", "u_flow", "u_way", "u_noise", "u_mirror")
)}  # fmt: skip
SUN_STRENGTH = 1.15
GROUND = np.array([0.36, 0.34, 0.31])  # share of the light that the ground gives back
LEAST, LEAST_INDOORS = 0.22, 0.04  # share of the ambient light that the darkest corner has
FLOW_RANGE = 6.0  # irradiance that the grid can hold
DARK = 0.004  # linear; a sun below it casts no shadow


class Lighting:
    """What all solids of a scene are lit by."""

    def __init__(self, context: moderngl.Context) -> None:
        self._context = context
        self._noise = upload_noise(context)
        self._programs: dict[frozenset[str], moderngl.Program] = {}
        self._grids: list[moderngl.Texture3D] = []
        self.volume: LightVolume | None = None
        self.light = Light()
        self.features: frozenset[str] = frozenset()
        self.sun = np.array([0.0, 0.0, 1.0])
        self.program = self.dry = self._compile(frozenset())

    def load(self, scene: Scene) -> None:
        """Take a scene's light; `program` draws its solids, `dry` those that wet ground mirrors."""
        light = self.light = scene.light
        self.sun = np.array(light.sun) / np.linalg.norm(light.sun)
        self.volume = compute_volume(scene)
        features = set()
        if max(_linear(light.sun_color)) * SUN_STRENGTH > DARK:
            features.add("SUN")
        if self.volume.flow.max() > 0.0:
            features.add("LAMPS")
        if light.fog > 0.0:
            features.add("FOG")
        if light.wetness > 0.0 and not scene.indoor:
            features.add("WET")
        self.features = frozenset(features)
        self.program, self.dry = self._compile(self.features), self._compile(self.features - {"WET"})
        self._upload(self.volume)
        self._set(light, indoor=scene.indoor)

    def set(self, values: Mapping[str, float | npt.ArrayLike]) -> None:
        """Set uniforms of the programs in use; one that does not read a uniform goes without it."""
        for program in {id(p): p for p in (self.program, self.dry)}.values():
            _set(program, values)

    def use(self) -> None:
        """Bind the textures that every program of the light reads."""
        for unit, grid in enumerate(self._grids, UNITS["u_flow"]):
            grid.use(unit)
        self._noise.use(UNITS["u_noise"])

    def set_sky(self, sky: moderngl.Program) -> None:
        """Give the sky its colours."""
        light = self.light
        shining = _linear(light.sun_color) * (1.0 - light.overcast)
        lit = 0.9 * _display(light.horizon) + 0.35 * _linear(light.ambient) * (1.0 - light.overcast)
        cloud = lit + 0.5 * _linear(light.sun_color)
        _set(sky, {
            "u_sun": self.sun, "u_glow": shining, "u_sky": _display(light.sky), "u_horizon": _display(light.horizon),
            "u_cloud": np.minimum(cloud, 1.3), "u_overcast": light.overcast, "u_exposure": light.exposure,
        })  # fmt: skip

    def _compile(self, features: frozenset[str]) -> moderngl.Program:
        if features not in self._programs:
            program = self._context.program(compose(LIT_VERTEX, features), compose(LIT_FRAGMENT, features))
            _set(program, UNITS)
            self._programs[features] = program
        return self._programs[features]

    def _upload(self, volume: LightVolume) -> None:
        for grid in self._grids:
            grid.release()
        flow = np.sqrt(np.clip(volume.flow / FLOW_RANGE, 0.0, 1.0))
        way = 0.5 + 0.5 * volume.direction
        levels, rows, columns = volume.sky.shape
        self._grids = []
        for color, alpha in ((flow, volume.sky), (way, volume.open)):
            values = np.concatenate([color, alpha[..., None]], axis=-1)
            data = np.round(255.0 * np.clip(values, 0.0, 1.0)).astype(np.uint8)
            grid = self._context.texture3d((columns, rows, levels), 4, data.tobytes())
            grid.filter = (moderngl.LINEAR, moderngl.LINEAR)
            grid.repeat_x = grid.repeat_y = grid.repeat_z = False
            self._grids.append(grid)
        scale = 1.0 / (volume.step * (columns, rows, levels))
        shift = 0.5 / np.array([columns, rows, levels]) - volume.origin * scale
        self.set({"u_volume_scale": scale, "u_volume_shift": shift, "u_flow_range": FLOW_RANGE})

    def _set(self, light: Light, *, indoor: bool) -> None:
        sun, ambient = SUN_STRENGTH * _linear(light.sun_color), _linear(light.ambient)
        below = GROUND * (ambient + (0.0 if indoor else 0.6) * sun * self.sun[2])
        self.set({
            "u_sun": self.sun, "u_sun_color": sun, "u_above": ambient, "u_below": below, "u_sky": _display(light.sky),
            "u_horizon": _display(light.horizon), "u_least": LEAST_INDOORS if indoor else LEAST, "u_fog": light.fog,
            "u_exposure": light.exposure, "u_wetness": light.wetness, "u_lamps": light.lamps,
        })  # fmt: skip


def _linear(color: tuple[float, float, float]) -> FloatArray:
    return np.square(np.asarray(color, dtype=np.float64))


def _display(color: tuple[float, float, float]) -> FloatArray:
    """Return the linear light that an exposure of 1 stores as `color`, the inverse of the shoulder."""
    stored = np.square(np.minimum(color, 0.98))
    return np.asarray(stored / np.sqrt(1.0 - SHOULDER * stored * stored))


def _set(program: moderngl.Program, values: Mapping[str, float | npt.ArrayLike]) -> None:
    """Set the uniforms that a program has, and leave out those that it does not read."""
    for name, value in values.items():
        if name in program:
            program[name] = value if isinstance(value, (int, float)) else tuple(np.asarray(value).tolist())
