"""The fallback painter: PyBullet's software rasteriser, which needs no system library.

It draws in a PyBullet world of its own that holds looks and no collisions. People are rigid parts, one body each.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pybullet
from PIL import Image

from scenes.backend import Camera, Frame, SkinnedMesh
from scenes.robot import split_pose
from scenes.scene import PERSON_INSTANCE_BASE, ROBOT_INSTANCE, SEMANTIC_ID, FloatArray, Light, Mesh, Scene
from scenes.skinning import cut_rigid
from scenes.urdf import LinkVisual

SUN_DISTANCE = 40.0  # m, from where TinyRenderer looks to find shadows


class TinyPainter:
    """Draws with PyBullet's TinyRenderer."""

    name = "tiny"

    def __init__(self) -> None:
        self._client: int = pybullet.connect(pybullet.DIRECT)
        self._folder = tempfile.TemporaryDirectory(prefix="scenes_tiny_")
        self._light = Light()
        self._textures: dict[int, tuple[object, int]] = {}  # id of the array -> (the array, PyBullet's texture)
        self._files = 0
        self._parts: dict[int, list[tuple[int, int, FloatArray]]] = {}  # person -> (body, joint, inverse bind)
        self._drawn: dict[int, FloatArray] = {}  # joints a person was last posed by
        self._links: list[tuple[int, str]] = []
        self._semantic = np.zeros(64, dtype=np.int32)  # by body
        self._instance = np.zeros(64, dtype=np.int32)

    def load(self, scene: Scene) -> None:
        """Hold a scene and nothing else."""
        pybullet.resetSimulation(physicsClientId=self._client)
        self._textures, self._parts, self._drawn, self._links = {}, {}, {}, []
        self._light = scene.light
        for item in scene.objects:
            material = item.material
            body = self._add(item.mesh, material.color, material.texture, item.semantic, item.instance)
            self._move(body, item.pose)

    def add_person(self, person_id: int, mesh: SkinnedMesh) -> None:
        """Add a person as rigid parts, by the coarsest level of detail that has a face for each 4 cm^2 or so."""
        fine = [m for m in (mesh, *mesh.lods) if len(m.faces) >= 1000]
        shape = fine[-1] if fine else mesh
        self._parts[person_id] = [
            (
                self._add(part.mesh, (1.0, 1.0, 1.0), shape.texture, SEMANTIC_ID["Human"],
                          PERSON_INSTANCE_BASE + person_id),
                part.joint,
                shape.inverse_bind[part.joint],
            )
            for part in cut_rigid(shape)
        ]  # fmt: skip

    def remove_person(self, person_id: int) -> None:
        """Remove a person."""
        for body, _, _ in self._parts.pop(person_id):
            pybullet.removeBody(body, physicsClientId=self._client)
        self._drawn.pop(person_id, None)

    def set_robot(self, visuals: tuple[LinkVisual, ...]) -> None:
        """Hold these as the robot's looks; empty: no robot."""
        for body, _ in self._links:
            pybullet.removeBody(body, physicsClientId=self._client)
        self._links = [
            (self._add(v.mesh, v.color, None, SEMANTIC_ID["Robot"], ROBOT_INSTANCE), v.link) for v in visuals
        ]

    def draw(self, camera: Camera, joints: Mapping[int, FloatArray], links: Mapping[str, FloatArray]) -> Frame:
        """Draw a frame."""
        for person_id, pose in joints.items():
            if self._drawn.get(person_id) is not pose:
                for body, joint, inverse_bind in self._parts[person_id]:
                    self._move(body, pose[joint] @ inverse_bind)
                self._drawn[person_id] = pose
        for body, link in self._links:
            self._move(body, links[link])
        flip = np.diag([1.0, -1.0, -1.0, 1.0])  # OpenGL cameras look along -z, with y up
        view = np.linalg.inv(camera.pose @ flip)
        ambient = float(np.mean(np.square(self._light.ambient)))
        _, _, rgba, buffer, mask = pybullet.getCameraImage(
            camera.width, camera.height, viewMatrix=view.T.ravel().tolist(),
            projectionMatrix=_project(camera).T.ravel().tolist(), lightDirection=list(self._light.sun),
            lightColor=list(self._light.sun_color), lightDistance=SUN_DISTANCE, shadow=1,
            lightAmbientCoeff=0.45 + ambient / 2, lightDiffuseCoeff=0.55, lightSpecularCoeff=0.0,
            renderer=pybullet.ER_TINY_RENDERER, physicsClientId=self._client,
        )  # fmt: skip
        shape = (camera.height, camera.width)
        bodies = np.reshape(mask, shape)
        hit = bodies >= 0
        ndc = 2.0 * np.reshape(buffer, shape).astype(np.float64) - 1.0
        near, far = camera.near, camera.far
        depth = np.where(hit, 2.0 * near * far / (far + near - ndc * (far - near)), np.inf)
        rgb = np.reshape(rgba, (*shape, 4))[..., :3].astype(np.uint8)
        rgb[~hit] = np.round(255 * np.array(self._light.sky))
        return Frame(
            rgb=rgb,
            depth=depth.astype(np.float32),
            semantic=np.where(hit, self._semantic[bodies], 0).astype(np.int32),
            instance=np.where(hit, self._instance[bodies], 0).astype(np.int32),
            renderer=self.name,
        )

    def close(self) -> None:
        """Free everything. Closing twice is allowed."""
        if self._client >= 0:
            pybullet.disconnect(physicsClientId=self._client)
            self._client = -1
            self._folder.cleanup()

    def _add(
        self,
        mesh: Mesh,
        color: tuple[float, float, float],
        texture: npt.NDArray[np.uint8] | None,
        semantic: int,
        instance: int,
    ) -> int:
        shape = pybullet.createVisualShape(
            pybullet.GEOM_MESH, vertices=mesh.vertices.tolist(), indices=mesh.faces.ravel().tolist(),
            uvs=mesh.uv.tolist(), normals=mesh.normals.tolist(), rgbaColor=[*color, 1.0],
            physicsClientId=self._client,
        )  # fmt: skip
        body: int = pybullet.createMultiBody(0.0, -1, shape, physicsClientId=self._client)
        if texture is not None:
            pybullet.changeVisualShape(
                body, -1, textureUniqueId=self._load_texture(texture), physicsClientId=self._client
            )
        if body >= len(self._instance):
            self._semantic = np.pad(self._semantic, (0, body))
            self._instance = np.pad(self._instance, (0, body))
        self._semantic[body], self._instance[body] = semantic, instance
        return body

    def _load_texture(self, texture: npt.NDArray[np.uint8]) -> int:
        if id(texture) not in self._textures:
            path = Path(self._folder.name) / f"{self._files}.png"
            self._files += 1
            Image.fromarray(texture).save(path, compress_level=1)
            self._textures[id(texture)] = (texture, pybullet.loadTexture(str(path), physicsClientId=self._client))
            path.unlink()
        return self._textures[id(texture)][1]

    def _move(self, body: int, pose: FloatArray) -> None:
        pybullet.resetBasePositionAndOrientation(body, *split_pose(pose), physicsClientId=self._client)


def _project(camera: Camera) -> FloatArray:
    """Return the OpenGL projection matrix (4, 4), moved by half a pixel: TinyRenderer samples at (column, row + 1)."""
    focal, near, far = 1.0 / np.tan(0.5 * camera.fov), camera.near, camera.far
    matrix = np.zeros((4, 4))
    matrix[0, 0], matrix[1, 1] = focal * camera.height / camera.width, focal
    matrix[:2, 2] = 1.0 / camera.width, 1.0 / camera.height
    matrix[2, 2:] = (far + near) / (near - far), 2.0 * far * near / (near - far)
    matrix[3, 2] = -1.0
    return matrix
