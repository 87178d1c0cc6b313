"""The OpenGL painter: one pass that gives colour, planar depth and ids, without a display (EGL).

Static geometry is uploaded once and culled per object; its shadow map and grid of light are computed once per scene.
People are bent on the CPU at the level of detail that their size in pixels asks for; they and the robot cast shadows
into a second, small map around the camera.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace

import cv2
import moderngl
import numpy as np
import numpy.typing as npt

from scenes.backend import Camera, Frame, Layer, SkinnedMesh
from scenes.bullet import SIM_DT, BulletBackend
from scenes.gl_batch import INSTANCE_BITS, SEMANTIC_BITS, SHELLS, StaticBatch, group_by_texture
from scenes.gl_body import Drawable, Machine
from scenes.gl_light import UNITS, Lighting
from scenes.gl_mirror import Mirror, flip_pose
from scenes.gl_people import Figure, Wardrobe
from scenes.gl_shaders import LAYER_FRAGMENT, LAYER_VERTEX, SHADOW_FRAGMENT, SHADOW_VERTEX, compose
from scenes.gl_shadow import ShadowMap
from scenes.gl_sky import Sky
from scenes.gl_sprites import (
    Sprites,
    let_rain,
    list_lamps,
    place_halos,
    shade_disc,
    shade_people,
)
from scenes.scene import FloatArray, Scene
from scenes.smoothing import smooth_borders
from scenes.urdf import LinkVisual

STATIC_MAP, MOVING_MAP = 3072, 768  # pixels per side of the shadow maps
MOVING_REACH = 12.0  # m, half side of the square that the map of moving things covers, ahead of the camera
TALLEST = 2.3  # m, up to where moving things cast shadows
SHADOW_MARGIN = 2.5  # m beyond the frustum from where a person's shadow may still reach into it
COARSE_SHADOW = 0.4  # of a person's size in pixels, for the level of detail that casts its shadow
SHADE_IN_SUN, SHADE_UNDER_CLOUD = 0.7, 1.0  # strength of the shade below what moves


class GLBackend(BulletBackend):
    """A SceneBackend on PyBullet, drawn by OpenGL."""

    def __init__(self, *, sim_dt: float = SIM_DT, samples: int = 1) -> None:
        """Open an empty world; colours are the mean of `samples` x `samples` in a pixel, all else is at its centre.

        Raises:
            RuntimeError: no EGL context can be made on this machine.
        """
        super().__init__(GLPainter(samples=samples), sim_dt=sim_dt)


class GLPainter:
    """Draws with OpenGL 4.3 in a context of its own."""

    name = "gl"

    def __init__(self, *, samples: int = 1) -> None:
        self._samples = samples
        # Mesa's software driver otherwise keeps threads that a forked process lacks: there, the first frame would never
        # come (Gymnasium's asynchronous environments fork). A frame costs the same; set it to draw by several cores.
        os.environ.setdefault("LP_NUM_THREADS", "0")
        try:
            self._context = moderngl.create_context(standalone=True, backend="egl", require=430)  # type: ignore[arg-type]
        except Exception as error:
            raise RuntimeError(
                f"gl: expected an EGL context with OpenGL 4.3, got {error}; install libegl1 and Mesa, or use 'tiny'"
            ) from error
        with self._context as context:
            self._shadow = context.program(compose(SHADOW_VERTEX), compose(SHADOW_FRAGMENT))
            self._layer = context.program(compose(LAYER_VERTEX), compose(LAYER_FRAGMENT))
            self._lighting = Lighting(context)
            self._sky, self._sprites = Sky(context, UNITS["u_noise"]), Sprites(context)
            self._mirror = Mirror(context)
            self._static_map, self._moving_map = ShadowMap(context, STATIC_MAP), ShadowMap(context, MOVING_MAP)
            context.front_face = "cw"  # image rows grow downwards, which mirrors the windings
        self._targets: dict[tuple[int, int], moderngl.Framebuffer] = {}
        self._layer_targets: dict[tuple[int, int], moderngl.Framebuffer] = {}
        self._scene: Scene | None = None
        self._batches: list[StaticBatch] = []
        self._lamps: list[tuple[FloatArray, FloatArray]] = []
        self._wardrobe = Wardrobe(self._context)
        self._people: dict[int, Figure] = {}
        self._robot: Machine | None = None
        self._closed = False

    @property
    def driver(self) -> str:
        """Return what OpenGL calls the machine that draws."""
        with self._context as context:
            return str(context.info["GL_RENDERER"])

    def load(self, scene: Scene) -> None:
        """Hold a scene and nothing else."""
        if scene is self._scene:
            return
        self._scene = scene
        with self._context as context:
            for batch in self._batches:
                batch.release()
            self._batches = [
                StaticBatch(context, size, objects) for size, objects in group_by_texture(scene.objects).items()
            ]
            self._lamps = [] if scene.indoor else list_lamps(scene)
            self._lighting.load(scene)
            self._lighting.set_sky(self._sky.program)
            if "SUN" in self._lighting.features:
                self._draw_static_shadow(context)

    def add_person(self, person_id: int, mesh: SkinnedMesh) -> None:
        """Add a person."""
        with self._context:
            self._people[person_id] = Figure(self._wardrobe, person_id, mesh)

    def remove_person(self, person_id: int) -> None:
        """Remove a person."""
        with self._context:
            self._people.pop(person_id).leave()

    def set_robot(self, visuals: tuple[LinkVisual, ...]) -> None:
        """Hold these as the robot's looks; empty: no robot."""
        with self._context:
            if self._robot is not None:
                self._robot.release()
            self._robot = Machine(self._context, visuals) if visuals else None

    def draw(
        self,
        cameras: Sequence[Camera],
        joints: Mapping[int, FloatArray],
        links: Mapping[str, FloatArray],
        layers: Sequence[Layer],
        time: float,
    ) -> tuple[Frame, ...]:
        """Draw a frame for each camera; each level of detail of a person is bent once."""
        with self._context as context:
            pieces = [] if self._robot is None else self._robot.move(links)
            foot = None if self._robot is None else self._robot.measure_foot(links)
            frames = []
            for view in map(View, cameras):
                seen, casting = self._choose_people(view, joints)
                if "SUN" in self._lighting.features:
                    self._draw_moving_shadow(context, view.camera, casting + pieces)
                sprites = self._place_sprites(view, joints, foot, time)
                frame = self._draw_picture(context, view, seen + pieces, sprites)
                if self._samples > 1:
                    width, height = (self._samples * side for side in view.size)
                    fine = View(replace(view.camera, width=width, height=height))
                    rgb = self._draw_picture(context, fine, seen + pieces, sprites).rgb
                    mean = cv2.resize(rgb, view.size, interpolation=cv2.INTER_AREA)
                    frame = replace(frame, rgb=np.asarray(mean, dtype=np.uint8))
                frames.append(self._add_layers(context, view, seen + pieces, frame, layers) if layers else frame)
            return tuple(frames)

    def close(self) -> None:
        """Free everything. Closing twice is allowed."""
        if not self._closed:
            self._closed = True
            self._context.release()

    def _draw_static_shadow(self, context: moderngl.Context) -> None:
        if self._batches:
            low = np.min([batch.bounds[0] for batch in self._batches], axis=0)
            high = np.max([batch.bounds[1] for batch in self._batches], axis=0)
            self._static_map.fit(self._lighting.sun, low, high)
        self._begin_shadow(context, self._static_map)
        for batch in self._batches:
            batch.draw_all(self._shadow)
        shift = 1.5 * self._static_map.texel
        self._lighting.set({"u_static_light": self._static_map.lookup.T.ravel(), "u_shift": shift})

    def _draw_moving_shadow(self, context: moderngl.Context, camera: Camera, casting: list[Drawable]) -> None:
        ahead = camera.pose[:2, 2] / max(float(np.linalg.norm(camera.pose[:2, 2])), 1e-6)
        center = camera.pose[:2, 3] + 0.7 * MOVING_REACH * ahead
        low = np.array([*(center - MOVING_REACH), -0.1])
        self._moving_map.fit(self._lighting.sun, low, np.array([*(center + MOVING_REACH), TALLEST]))
        self._begin_shadow(context, self._moving_map)
        for drawable in casting:
            drawable.draw(self._shadow)
        self._lighting.set({"u_moving_light": self._moving_map.lookup.T.ravel()})

    def _begin_shadow(self, context: moderngl.Context, shadow: ShadowMap) -> None:
        shadow.target.use()
        shadow.target.clear(depth=1.0)
        context.enable_only(moderngl.DEPTH_TEST)  # no culling: what has one side casts a shadow too
        _set_matrix(self._shadow, "u_light", shadow.clip)

    def _choose_people(self, view: View, joints: Mapping[int, FloatArray]) -> tuple[list[Drawable], list[Drawable]]:
        """Return the people that are seen, nearest first, and those that cast shadows, bent as their joints say."""
        if not self._people:
            return [], []
        camera, planes = view.camera, view.planes
        ids = list(self._people)
        heights = np.array([self._people[k].height for k in ids])
        centers = np.array([joints[k][0, :3, 3] for k in ids])
        reach = (centers @ planes[:, :3].T + planes[:, 3]).min(axis=1) + 0.8 * heights
        distance = np.linalg.norm(centers - view.eye, axis=1)
        pixels = camera.intrinsics()[1, 1] * heights / np.maximum(distance, 0.3)
        shadows = (distance < 2.0 * MOVING_REACH) & ("SUN" in self._lighting.features)
        seen, casting = [], []
        for k in np.argsort(distance, kind="stable"):
            if reach[k] < (-SHADOW_MARGIN if shadows[k] else 0.0):
                continue
            figure, pose = self._people[ids[k]], joints[ids[k]]
            if reach[k] > 0.0:
                seen.append(figure.bend(pose, pixels[k]))
            if shadows[k]:
                casting.append(figure.bend(pose, COARSE_SHADOW * pixels[k]))
        return seen, casting

    def _place_sprites(
        self, view: View, joints: Mapping[int, FloatArray], foot: tuple[FloatArray, float] | None, time: float
    ) -> npt.NDArray[np.void]:
        light, volume = self._lighting.light, self._lighting.volume
        strength = SHADE_IN_SUN if "SUN" in self._lighting.features else SHADE_UNDER_CLOUD
        borne = {k: figure.borne for k, figure in self._people.items()}
        sprites = [
            shade_people(
                [joints[k][borne[k]] for k in self._people],
                [self._people[k].rest[borne[k]] for k in self._people],
                view.eye,
                strength,
            )
        ]
        if foot is not None:
            sprites.append(shade_disc(foot[0], 1.3 * foot[1], 0.7 * strength))
        if self._lamps and light.lamps > 0.0:
            sprites.append(place_halos(self._lamps, view.camera.pose, light))
        if light.rain > 0.0 and volume is not None and self._scene is not None and not self._scene.indoor:
            sprites.append(let_rain(view.camera.pose, time, light, volume))
        return np.concatenate(sprites)

    def _draw_picture(
        self, context: moderngl.Context, view: View, moving: list[Drawable], sprites: npt.NDArray[np.void]
    ) -> Frame:
        camera, size = view.camera, view.size
        if size not in self._targets:
            attachments = [context.renderbuffer(size, 4), context.renderbuffer(size, 2, dtype="u4")]
            self._targets[size] = context.framebuffer(attachments, context.depth_renderbuffer(size))
        target = self._targets[size]
        lighting = self._lighting
        lighting.use()
        self._static_map.texture.use(UNITS["u_static_shadow"])
        self._moving_map.texture.use(UNITS["u_moving_shadow"])
        if "WET" in lighting.features:
            mirrored = View(camera, mirrored=True)
            context.front_face = "ccw"
            self._draw_colors(context, self._mirror.begin(size), lighting.dry, mirrored, moving)
            context.front_face = "cw"
            if self._lamps and lighting.light.lamps > 0.0:
                halos = place_halos(self._lamps, camera.pose, lighting.light)
                halos["center"][:, 2] *= -1.0
                self._sprites.draw(view.clip, view.eye, halos)
            self._mirror.end(size, UNITS["u_mirror"])
            lighting.set({"u_pixel": (1.0 / size[0], 1.0 / size[1])})
        self._draw_colors(context, target, lighting.program, view, moving)
        self._sprites.draw(view.clip, view.eye, sprites)
        return self._read(target, camera)

    def _draw_colors(
        self,
        context: moderngl.Context,
        target: moderngl.Framebuffer,
        program: moderngl.Program,
        view: View,
        moving: list[Drawable],
    ) -> None:
        program["u_eye"] = tuple(view.eye)
        self._draw_solids(context, target, program, view, moving)
        context.depth_func = "<="
        context.disable(moderngl.CULL_FACE)
        self._sky.draw(view.pose, np.diag(_project(view.camera))[:2])

    def _draw_solids(
        self,
        context: moderngl.Context,
        target: moderngl.Framebuffer,
        program: moderngl.Program,
        view: View,
        moving: list[Drawable],
    ) -> None:
        target.use()
        target.depth_mask = True
        context.clear(depth=1.0)
        context.enable_only(moderngl.DEPTH_TEST | moderngl.CULL_FACE)
        context.depth_func = "<"
        _set_matrix(program, "u_view_projection", view.clip)
        for drawable in moving:
            drawable.draw(program)
        if "u_has_parts" in program:
            program["u_has_parts"] = False
        for batch in self._batches:
            batch.choose(view.planes, view.eye)
        for shell in range(len(SHELLS) + 1):  # what is near first, so that little is lit in vain
            for batch in self._batches:
                batch.draw(program, shell)

    def _add_layers(
        self, context: moderngl.Context, view: View, moving: list[Drawable], frame: Frame, layers: Sequence[Layer]
    ) -> Frame:
        """Draw the same triangles in the same order again, for what is seldom asked for."""
        size = view.size
        if size not in self._layer_targets:
            attachments = [context.renderbuffer(size, 4, dtype="f4")]
            self._layer_targets[size] = context.framebuffer(attachments, context.depth_renderbuffer(size))
        target = self._layer_targets[size]
        self._draw_solids(context, target, self._layer, view, moving)
        data = np.empty((size[1], size[0], 4), dtype=np.float32)
        target.read_into(data, components=4, dtype="f4")
        return replace(
            frame,
            normal=np.ascontiguousarray(data[..., :3]) if "normal" in layers else None,
            part=data[..., 3].astype(np.int32) if "part" in layers else None,
        )

    def _read(self, target: moderngl.Framebuffer, camera: Camera) -> Frame:
        rgba = np.empty((camera.height, camera.width, 4), dtype=np.uint8)
        data = np.empty((camera.height, camera.width, 2), dtype=np.uint32)
        target.read_into(rgba, components=4, attachment=0)
        target.read_into(data, components=2, attachment=1, dtype="u4")
        ids = np.ascontiguousarray(data[..., 1])
        return Frame(
            rgb=smooth_borders(rgba, ids),
            depth=np.ascontiguousarray(data.view(np.float32)[..., 0]),
            semantic=(ids >> INSTANCE_BITS & ((1 << SEMANTIC_BITS) - 1)).astype(np.int32),
            instance=(ids & ((1 << INSTANCE_BITS) - 1)).astype(np.int32),
            renderer=self.name,
        )


class View:
    """A camera and what follows from it."""

    def __init__(self, camera: Camera, *, mirrored: bool = False) -> None:
        self.camera, self.size = camera, (camera.width, camera.height)
        self.pose = flip_pose(camera.pose) if mirrored else camera.pose
        self.eye = self.pose[:3, 3]
        self.clip = _project(camera) @ np.linalg.inv(self.pose)  # world to clip coordinates
        planes = np.concatenate([self.clip[3] - self.clip[:3], self.clip[3] + self.clip[:3]])
        self.planes = planes / np.linalg.norm(planes[:, :3], axis=1, keepdims=True)  # (6, 4), inside where positive


def _project(camera: Camera) -> FloatArray:
    """Return the (4, 4) matrix from the camera (y down, z forward) to clip coordinates whose rows grow downwards."""
    near, far = camera.near, camera.far
    matrix = np.zeros((4, 4))
    k = camera.intrinsics()
    matrix[0, 0], matrix[1, 1] = 2.0 * k[0, 0] / camera.width, 2.0 * k[1, 1] / camera.height
    matrix[2, 2:] = (far + near) / (far - near), -2.0 * far * near / (far - near)
    matrix[3, 2] = 1.0
    return matrix


def _set_matrix(program: moderngl.Program, name: str, matrix: FloatArray) -> None:
    program[name] = tuple(matrix.T.ravel().tolist())
