"""The fallback painter: PyBullet's software rasteriser, which needs no system library.

It draws in a PyBullet world of its own that holds looks and no collisions. People are rigid parts, one body each.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from scenes.backend import Camera, Frame, Layer, SkinnedMesh
from scenes.meshfile import write_obj
from scenes.physics import pybullet
from scenes.robot import split_pose
from scenes.scene import PERSON_INSTANCE_BASE, ROBOT_INSTANCE, SEMANTIC_ID, FloatArray, Mesh, Scene
from scenes.skinning import RigidPart, cut_rigid
from scenes.tiny_camera import find_normals, shoot
from scenes.tiny_light import add_fog, tint
from scenes.tiny_shadow import SunMap
from scenes.urdf import LinkVisual

FEWEST_FACES = 1000  # of the level of detail that people are drawn with
AMBIENT, DIFFUSE = 0.72, 0.28  # their sum is at most 1, so that codes are not cut
MAX_IDLE = 400  # bodies kept for reuse, about 25 people
CODES = 128  # pixels per side of the texture that stands for where on a person's own texture a pixel lies
WHITE = (1.0, 1.0, 1.0)

Color = tuple[float, float, float]
Texture = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Piece:
    """A body in PyBullet's world that follows a joint of a person or a link, and its mesh's pose in that frame."""

    body: int
    mesh: Mesh
    joint: int = -1
    link: str = ""
    offset: FloatArray
    color: Color = WHITE


class TinyPainter:
    """Draws with PyBullet's TinyRenderer."""

    name = "tiny"

    def __init__(self) -> None:
        self._client: int = pybullet.connect(pybullet.DIRECT)
        self._folder = tempfile.TemporaryDirectory(prefix="scenes_tiny_")
        self._scene: Scene | None = None
        self._sun: SunMap | None = None
        self._shapes: dict[tuple[int, Color], tuple[Mesh, int]] = {}  # by id of the vertices, which it keeps alive
        self._cuts: dict[int, tuple[SkinnedMesh, tuple[RigidPart, ...]]] = {}  # likewise
        self._textures: dict[int, tuple[Texture, int]] = {}  # of the scene, by id of the array
        self._files = 0
        self._codes = -1  # the texture of all people
        self._looks: dict[int, Texture] = {}  # by instance
        self._people: dict[int, list[Piece]] = {}
        self._drawn: dict[int, FloatArray] = {}  # joints a person was last posed by
        self._robot: list[Piece] = []
        self._idle: dict[tuple[int, Color], list[int]] = {}  # hidden bodies, by what they look like
        self._semantic = np.zeros(64, dtype=np.int32)  # by body
        self._instance = np.zeros(64, dtype=np.int32)
        self._part = np.zeros(64, dtype=np.int32)

    def load(self, scene: Scene) -> None:
        """Hold a scene and nothing else."""
        if scene is self._scene:
            return
        pybullet.resetSimulation(physicsClientId=self._client)
        for path in Path(self._folder.name).iterdir():
            path.unlink()
        pybullet.setPhysicsEngineParameter(enableFileCaching=0, physicsClientId=self._client)  # kept for ever otherwise
        self._shapes, self._cuts, self._textures, self._people, self._robot = {}, {}, {}, {}, []
        self._idle = {}
        self._drawn, self._looks, self._scene, self._sun = {}, {}, scene, None
        self._codes = self._load_texture(_make_codes())
        low, high = np.full(3, np.inf), np.full(3, -np.inf)
        for item in scene.objects:
            material = item.material
            texture = None if material.texture is None else self._load_scene_texture(material.texture)
            body = self._add(item.mesh, material.color, texture, item.semantic, item.instance)
            self._move(body, item.pose)
            world = item.mesh.vertices @ item.pose[:3, :3].T + item.pose[:3, 3]
            low, high = np.minimum(low, world.min(axis=0)), np.maximum(high, world.max(axis=0))
        if scene.objects:
            sun = np.array(scene.light.sun)
            self._sun = SunMap(self._client, sun / np.linalg.norm(sun), low, high)

    def add_person(self, person_id: int, mesh: SkinnedMesh) -> None:
        """Add a person as rigid parts."""
        fine = [level for level in (mesh, *mesh.lods) if len(level.faces) >= FEWEST_FACES]
        level = fine[-1] if fine else mesh
        if id(level.vertices) not in self._cuts:
            self._cuts[id(level.vertices)] = (level, cut_rigid(level))
        instance = PERSON_INSTANCE_BASE + person_id
        self._looks[instance] = level.texture
        self._people[person_id] = [
            Piece(
                body=self._add(part.mesh, WHITE, self._codes, SEMANTIC_ID["Human"], instance, 1 + part.joint),
                mesh=part.mesh,
                joint=part.joint,
                offset=level.inverse_bind[part.joint],
            )
            for part in self._cuts[id(level.vertices)][1]
        ]

    def remove_person(self, person_id: int) -> None:
        """Remove a person."""
        for piece in self._people.pop(person_id):
            self._hide(piece)
        self._drawn.pop(person_id, None)
        del self._looks[PERSON_INSTANCE_BASE + person_id]

    def set_robot(self, visuals: tuple[LinkVisual, ...]) -> None:
        """Hold these as the robot's looks; empty: no robot."""
        for piece in self._robot:
            self._hide(piece)
        self._robot = [
            Piece(
                body=self._add(v.mesh, v.color, None, SEMANTIC_ID["Robot"], ROBOT_INSTANCE),
                mesh=v.mesh,
                link=v.link,
                color=v.color,
                offset=np.eye(4),
            )
            for v in visuals
        ]

    def draw(
        self,
        cameras: Sequence[Camera],
        joints: Mapping[int, FloatArray],
        links: Mapping[str, FloatArray],
        layers: Sequence[Layer],
        time: float,
    ) -> tuple[Frame, ...]:
        """Draw a frame for each camera. Normals come from the depth, so they are flat, and coarse far away."""
        if self._scene is None:
            raise ValueError("scene: expected one to be loaded, got none; call load first")
        cast = [_posed(piece, links[piece.link]) for piece in self._robot]
        for piece in self._robot:
            self._move(piece.body, links[piece.link])
        for person_id, pose in joints.items():
            pieces = self._people[person_id]
            if self._drawn.get(person_id) is not pose:
                for piece in pieces:
                    self._move(piece.body, pose[piece.joint] @ piece.offset)
                self._drawn[person_id] = pose
            cast += [_posed(piece, pose[piece.joint] @ piece.offset) for piece in pieces]
        points = np.concatenate(cast) if cast else np.empty((0, 3), dtype=np.float32)
        return tuple(self._shoot(camera, points, layers) for camera in cameras)

    def _shoot(self, camera: Camera, cast: npt.NDArray[np.float32], layers: Sequence[Layer]) -> Frame:
        assert self._scene is not None
        light = self._scene.light
        rgb, depth, bodies = shoot(self._client, camera, np.array(light.sun), AMBIENT, DIFFUSE)
        hit = bodies >= 0
        instance = np.where(hit, self._instance[bodies], 0).astype(np.int32)
        self._dress(rgb, instance)
        if self._sun is not None:
            bright = self._sun.shade(camera, depth, cast)[..., None] if max(light.sun_color) > 0.0 else 1.0
            color = tint(light, lamps=bool(self._scene.lamps), indoor=self._scene.indoor)
            rgb = np.minimum(rgb * bright * color, 255.0).astype(np.uint8)
        if light.fog > 0.0:
            rgb = add_fog(rgb, depth, light)
        rgb[~hit] = np.round(255 * np.array(light.sky))
        return Frame(
            rgb=rgb,
            depth=depth,
            semantic=np.where(hit, self._semantic[bodies], 0).astype(np.int32),
            instance=instance,
            renderer=self.name,
            normal=find_normals(camera, depth, bodies) if "normal" in layers else None,
            part=np.where(hit, self._part[bodies], 0).astype(np.int32) if "part" in layers else None,
        )

    def close(self) -> None:
        """Free everything. Closing twice is allowed."""
        if self._client >= 0:
            pybullet.resetSimulation(physicsClientId=self._client)  # disconnecting alone frees less
            pybullet.disconnect(physicsClientId=self._client)
            self._client = -1
            self._folder.cleanup()

    def _dress(self, rgb: npt.NDArray[np.uint8], instance: npt.NDArray[np.int32]) -> None:
        """Replace the codes of people's pixels by their textures, lit alike; PyBullet frees no texture of its own."""
        rows, columns = np.nonzero(instance >= PERSON_INSTANCE_BASE)
        red, green, light = rgb[rows, columns].astype(np.float32).T
        u, v = (np.minimum(channel / np.maximum(light, 1.0), 0.999) for channel in (red, green))
        who = instance[rows, columns]
        for k in np.unique(who):
            mine, texture = who == k, self._looks[int(k)]
            height, width = texture.shape[:2]
            color = texture[((1.0 - v[mine]) * height).astype(int).clip(0, height - 1), (u[mine] * width).astype(int)]
            rgb[rows[mine], columns[mine]] = (color * (light[mine, None] / 255.0)).astype(np.uint8)

    def _add(self, mesh: Mesh, color: Color, texture: int | None, semantic: int, instance: int, part: int = 0) -> int:
        key = (id(mesh.vertices), color)
        if key not in self._shapes:
            self._shapes[key] = (mesh, self._make_shape(mesh, color))
        idle = self._idle.setdefault(key, [])
        if idle:
            body = idle.pop()
            pybullet.changeVisualShape(body, -1, rgbaColor=[*color, 1.0], physicsClientId=self._client)
        else:
            body = pybullet.createMultiBody(0.0, -1, self._shapes[key][1], physicsClientId=self._client)
            if texture is not None:
                pybullet.changeVisualShape(body, -1, textureUniqueId=texture, physicsClientId=self._client)
        if body >= len(self._instance):
            self._semantic = np.pad(self._semantic, (0, body))
            self._instance = np.pad(self._instance, (0, body))
            self._part = np.pad(self._part, (0, body))
        self._semantic[body], self._instance[body], self._part[body] = semantic, instance, part
        return body

    def _hide(self, piece: Piece) -> None:
        """Keep a body, unseen, for the next use of its mesh: PyBullet loses a kilobyte per body that it removes."""
        if sum(map(len, self._idle.values())) >= MAX_IDLE:
            pybullet.removeBody(piece.body, physicsClientId=self._client)
            return
        pybullet.changeVisualShape(piece.body, -1, rgbaColor=[*piece.color, 0.0], physicsClientId=self._client)
        self._idle[id(piece.mesh.vertices), piece.color].append(piece.body)

    def _make_shape(self, mesh: Mesh, color: Color) -> int:
        path = self._name_file("obj")  # which PyBullet reads for each body that has the shape
        write_obj(path, mesh)
        shape: int = pybullet.createVisualShape(
            pybullet.GEOM_MESH, fileName=str(path), rgbaColor=[*color, 1.0], physicsClientId=self._client
        )
        return shape

    def _load_scene_texture(self, texture: Texture) -> int:
        if id(texture) not in self._textures:
            self._textures[id(texture)] = (texture, self._load_texture(texture))
        return self._textures[id(texture)][1]

    def _load_texture(self, texture: Texture) -> int:
        path = self._name_file("png")
        cv2.imwrite(str(path), texture[..., ::-1])
        loaded: int = pybullet.loadTexture(str(path), physicsClientId=self._client)
        path.unlink()
        return loaded

    def _name_file(self, suffix: str) -> Path:
        self._files += 1  # PyBullet takes two files of one name for the same
        return Path(self._folder.name) / f"{self._files}.{suffix}"

    def _move(self, body: int, pose: FloatArray) -> None:
        pybullet.resetBasePositionAndOrientation(body, *split_pose(pose), physicsClientId=self._client)


def _make_codes() -> Texture:
    """Return (CODES, CODES, 3): u in red, v in green, 255 in blue, by which the light on a pixel is known."""
    steps = np.round(255.0 * (np.arange(CODES) + 0.5) / CODES).astype(np.uint8)
    codes = np.full((CODES, CODES, 3), 255, dtype=np.uint8)
    codes[..., 0], codes[..., 1] = steps[None, :], steps[::-1, None]
    return codes


def _posed(piece: Piece, pose: FloatArray) -> npt.NDArray[np.float32]:
    """Return (P, 3) world points that stand for a piece in the sun: its corners and the middles of its faces."""
    vertices = piece.mesh.vertices @ pose[:3, :3].T.astype(np.float32) + pose[:3, 3].astype(np.float32)
    return np.concatenate([vertices, vertices[piece.mesh.faces].mean(axis=1)])
