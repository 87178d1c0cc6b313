"""PyBullet physics of a scene: collisions, contacts, rays, one robot, kinematic people."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol, get_args

import numpy as np
import numpy.typing as npt

from scenes.backend import Camera, Contact, Frame, Layer, RayHits, RobotState, SkinnedMesh
from scenes.meshfile import write_stl
from scenes.physics import pybullet
from scenes.robot import COURIER, Robot, split_pose
from scenes.scene import PERSON_INSTANCE_BASE, ROBOT_INSTANCE, FloatArray, Mesh, Scene, SceneObject
from scenes.tiny import TinyPainter
from scenes.urdf import LinkVisual, read_visuals

SIM_DT = 0.01  # s
FLAT = 0.03  # m; objects that rise no higher are ground: rays hit them, bodies pass through them
CONTACT_SLACK = 0.002  # m; Bullet reports pairs that are near, a touch is nearer than this
AWAY = (0.0, 0.0, 1000.0)  # where bodies get their collision groups, which do not undo pairs that exist already
MOST_REMOVED = 3000  # bodies; PyBullet keeps almost 1 kB of each
RAY_BATCH = 8_192  # per call; at its limit of 16,384 PyBullet answers one ray too few

# Collision groups. Bullet casts rays as members of group 1, so what a ray may hit has RAY in its mask.
RAY, SOLID, PLANE, BODY, PERSON = 1, 2, 4, 8, 16


class Painter(Protocol):
    """Draws what a backend holds; it knows nothing of physics."""

    name: str

    def load(self, scene: Scene) -> None: ...

    def add_person(self, person_id: int, mesh: SkinnedMesh) -> None: ...

    def remove_person(self, person_id: int) -> None: ...

    def set_robot(self, visuals: tuple[LinkVisual, ...]) -> None:
        """Hold these as the robot's looks; empty: no robot."""

    def draw(
        self,
        cameras: Sequence[Camera],
        joints: Mapping[int, FloatArray],
        links: Mapping[str, FloatArray],
        layers: Sequence[Layer],
        time: float,
    ) -> tuple[Frame, ...]:
        """Draw people by world transforms of their joints, (J, 4, 4) each, and the robot by those of its links.

        `time` is what rain falls by, in seconds.
        """

    def close(self) -> None: ...


class BulletBackend:
    """A SceneBackend on PyBullet, drawn by its TinyRenderer or by another painter.

    Solids collide as they are drawn (boxes as boxes, all else as triangles); the ground is the plane z = 0. Objects
    that rise no more than 3 cm above it are ground too: rays hit them, bodies do not. Rays hit people's capsules,
    and never the physical plane, so that a ray meets what a camera would see. People are kinematic: they push, and
    are not pushed. Loading the same Scene object again keeps its static geometry and removes robot and people.

    What happens after `load` does not depend on what happened before it, to the last bit.

    Each instance has a world of its own. Not for use by several threads at once.
    """

    def __init__(self, painter: Painter | None = None, *, sim_dt: float = SIM_DT) -> None:
        """Open an empty world whose physics step is `sim_dt` seconds."""
        self.sim_dt = sim_dt
        self._painter: Painter = TinyPainter() if painter is None else painter
        self.renderer = self._painter.name
        self._client: int = pybullet.connect(pybullet.DIRECT)
        self._folder = tempfile.TemporaryDirectory(prefix="scenes_bullet_")
        self._files = 0
        self._speck = -1
        self._scene: Scene | None = None
        self._instances: dict[int, int] = {}  # body -> instance
        self._capsules: dict[tuple[float, float], int] = {}  # (radius, height) -> collision shape
        self._people: dict[int, tuple[int, float]] = {}  # person_id -> (body, height of the capsule's centre)
        self._joints: dict[int, FloatArray] = {}
        self._removed = 0  # people since the world was built
        self._robot: Robot | None = None
        self._parked: Robot | None = None  # the last episode's, for the next: PyBullet leaks a little per robot
        self._visuals: dict[Path, tuple[LinkVisual, ...]] = {}
        self._meshes: dict[int, SkinnedMesh] = {}  # looks of people, by person_id
        self._shown: dict[int, SkinnedMesh] = {}  # those of them that the painter holds
        self._shown_scene: Scene | None = None
        self._shown_robot: Path | None = None
        self._contacts: dict[int, Contact] = {}
        self._steps = 0  # of physics since the scene was loaded

    def load(self, scene: Scene) -> None:
        """Load a scene into the empty world, removing whatever was there.

        Loading the same object again is a cheap reset: only robot and people go. Now and then it builds the world
        anew, since only that frees what PyBullet keeps of removed bodies.
        """
        for person_id in tuple(self._people):
            self.remove_person(person_id)
        if self._robot is not None:
            self._robot.park(AWAY)
            self._parked, self._robot = self._robot, None
        self._contacts, self._steps = {}, 0
        if scene is not self._scene or self._removed > MOST_REMOVED:
            self._load_static(scene)

    def add_person(self, person_id: int, mesh: SkinnedMesh) -> None:
        """Add a person in its rest pose at the origin; `pose_person` puts it where it belongs.

        Raises:
            ValueError: the person is there already, or no scene is loaded.
        """
        self._check_loaded()
        if person_id in self._people:
            raise ValueError(f"person_id: expected one that is not in the world, got {person_id}; remove it first")
        size = (float(mesh.radius), float(mesh.height))
        if size not in self._capsules:
            self._capsules[size] = pybullet.createCollisionShape(
                pybullet.GEOM_CAPSULE, radius=size[0], height=max(size[1] - 2.0 * size[0], 0.01),
                physicsClientId=self._client,
            )  # fmt: skip
        pose = np.eye(4)
        pose[2, 3] = 0.5 * mesh.height
        body = self._add_body(self._capsules[size], PERSON_INSTANCE_BASE + person_id, PERSON, RAY | BODY, pose)
        self._people[person_id] = (body, 0.5 * mesh.height)
        self._joints[person_id] = np.asarray(np.linalg.inv(mesh.inverse_bind), dtype=np.float64)
        self._meshes[person_id] = mesh

    def remove_person(self, person_id: int) -> None:
        """Remove a person.

        Raises:
            KeyError: no such person.
        """
        self._check_person(person_id)
        body, _ = self._people.pop(person_id)
        del self._joints[person_id], self._meshes[person_id], self._instances[body]
        pybullet.removeBody(body, physicsClientId=self._client)
        self._removed += 1

    def pose_person(self, person_id: int, joints: FloatArray) -> None:
        """Pose a person by world transforms of its joints (J, 4, 4); its capsule follows joint 0 in x, y.

        Raises:
            KeyError: no such person.
            ValueError: another number of joints than the person's mesh has.
        """
        self._check_person(person_id)
        if np.shape(joints) != self._joints[person_id].shape:
            raise ValueError(f"joints: expected {self._joints[person_id].shape}, got {np.shape(joints)}")
        self._joints[person_id] = np.array(joints, dtype=np.float64)
        body, height = self._people[person_id]
        x, y = float(joints[0, 0, 3]), float(joints[0, 1, 3])
        pybullet.resetBasePositionAndOrientation(
            body, (x, y, height), (0.0, 0.0, 0.0, 1.0), physicsClientId=self._client
        )

    def move_people(self, person_ids: Sequence[int], positions: FloatArray) -> None:
        """Put the capsules of people at (N, 2) metres without posing their bodies: enough where nothing is drawn.

        Raises:
            KeyError: no such person.
        """
        for person_id, (x, y) in zip(person_ids, positions.tolist(), strict=True):
            self._check_person(person_id)
            body, height = self._people[person_id]
            pybullet.resetBasePositionAndOrientation(
                body, (x, y, height), (0.0, 0.0, 0.0, 1.0), physicsClientId=self._client
            )

    def add_robot(self, urdf: Path = COURIER) -> None:
        """Add a robot, standing at the origin.

        Raises:
            ValueError: there is a robot already, or no scene is loaded.
        """
        self._check_loaded()
        if self._robot is not None:
            raise ValueError("robot: expected none in the world, got a second one; load the scene again first")
        if urdf not in self._visuals:
            self._visuals[urdf] = read_visuals(urdf)
        if self._parked is not None and (self._parked.urdf != urdf or self._people):
            del self._instances[self._parked.body]
            self._parked.remove()
            self._parked = None
        self._robot = self._parked or Robot(self._client, urdf, AWAY)
        self._parked = None
        self._instances[self._robot.body] = ROBOT_INSTANCE
        for link in range(-1, len(self._robot.links) - 1):
            pybullet.setCollisionFilterGroupMask(
                self._robot.body, link, BODY, RAY | SOLID | PLANE | PERSON, physicsClientId=self._client
            )
        self._robot.place(0.0, 0.0, 0.0)

    def place_robot(self, x: float, y: float, yaw: float) -> None:
        """Teleport the robot, at rest."""
        self._require_robot().place(x, y, yaw)
        self._contacts = {}

    def drive_robot(self, v: float, w: float) -> None:
        """Set the commanded velocity: v m/s forward, w rad/s left; held until the next command.

        Commands are cut to 1 m/s and 2 rad/s and approached at 1 m/s^2 and 4 rad/s^2.
        """
        self._require_robot().command(v, w)

    def robot_state(self) -> RobotState:
        """Return the measured pose and velocity of the robot."""
        return self._require_robot().state()

    def step(self, dt: float) -> None:
        """Advance physics by dt seconds, in whole steps of sim_dt.

        Raises:
            ValueError: dt is not a whole multiple of sim_dt.
        """
        self._check_loaded()
        count = round(dt / self.sim_dt)
        if count < 1 or abs(count * self.sim_dt - dt) > 1e-9:
            raise ValueError(f"dt: expected a whole multiple of sim_dt = {self.sim_dt} s, got {dt}")
        self._contacts = {}
        self._steps += count
        for _ in range(count):
            if self._robot is not None:
                self._robot.act(self.sim_dt)
            pybullet.stepSimulation(physicsClientId=self._client)
            if self._robot is not None:
                self._note_contacts(self._robot.body)

    def contacts(self) -> tuple[Contact, ...]:
        """Return what the robot touched during the last `step`, ground excluded, sorted by instance.

        One contact per instance, at its deepest.
        """
        return tuple(self._contacts[instance] for instance in sorted(self._contacts))

    def cast_rays(
        self, origins: npt.ArrayLike, directions: npt.ArrayLike, max_distance: float = 50.0, *, robot: bool = False
    ) -> RayHits:
        """Cast rays, (R, 3) origins and (R, 3) directions of any length, world frame; `robot`: rays hit it too.

        Raises:
            ValueError: shapes that are not (R, 3), or a direction without length.
        """
        start = np.atleast_2d(np.asarray(origins, dtype=np.float64))
        way = np.atleast_2d(np.asarray(directions, dtype=np.float64))
        if start.shape != way.shape or start.ndim != 2 or start.shape[1] != 3:
            raise ValueError(f"origins, directions: expected (R, 3) twice, got {start.shape} and {way.shape}")
        length = np.linalg.norm(way, axis=1, keepdims=True)
        if not np.all(length > 0.0):
            raise ValueError("directions: expected vectors with a length, got a zero vector; drop those rays")
        end = start + way / length * max_distance
        mask = SOLID | PERSON | (BODY if robot else 0)
        bodies, fractions = [], []
        for first in range(0, len(start), RAY_BATCH):
            part = slice(first, first + RAY_BATCH)
            hits = pybullet.rayTestBatch(
                start[part].tolist(), end[part].tolist(), numThreads=1, collisionFilterMask=mask,
                physicsClientId=self._client,
            )  # fmt: skip
            bodies += [hit[0] for hit in hits]
            fractions += [hit[2] for hit in hits]
        instance = np.array([self._instances.get(body, 0) for body in bodies], dtype=np.int32)
        distance = np.where(np.array(bodies, dtype=np.int64) < 0, np.inf, np.array(fractions) * max_distance)
        return RayHits(distance=distance, instance=instance)

    def render(self, camera: Camera, layers: Sequence[Layer] = ()) -> Frame:
        """Return what `camera` sees.

        Raises:
            ValueError: no scene is loaded, or an unknown layer.
        """
        return self.render_many((camera,), layers)[0]

    def render_many(self, cameras: Sequence[Camera], layers: Sequence[Layer] = ()) -> tuple[Frame, ...]:
        """Return what each of `cameras` sees at this instant; people are bent once for all of them.

        Raises:
            ValueError: no scene is loaded, or an unknown layer.
        """
        self._check_loaded()
        unknown = sorted(set(layers) - set(get_args(Layer)))
        if unknown:
            raise ValueError(f"layers: expected some of {', '.join(get_args(Layer))}, got {', '.join(unknown)}")
        self._show()
        links = {} if self._robot is None else self._robot.link_poses()
        return self._painter.draw(cameras, self._joints, links, layers, self._steps * self.sim_dt)

    def close(self) -> None:
        """Free the world and everything drawn; the backend is of no use afterwards. Closing twice is allowed."""
        if self._client >= 0:
            self._painter.close()
            pybullet.resetSimulation(physicsClientId=self._client)  # disconnecting alone frees less
            pybullet.disconnect(physicsClientId=self._client)
            self._folder.cleanup()
            self._client, self._scene = -1, None

    def _show(self) -> None:
        """Tell the painter what there is, as far as it has changed since it last drew; who never draws pays nothing."""
        scene, urdf = self._scene, None if self._robot is None else self._robot.urdf
        assert scene is not None
        fresh = scene is not self._shown_scene
        for person_id, mesh in tuple(self._shown.items()):
            if fresh or self._meshes.get(person_id) is not mesh:
                self._painter.remove_person(person_id)
                del self._shown[person_id]
        if (fresh or urdf is None) and self._shown_robot is not None:
            self._painter.set_robot(())
            self._shown_robot = None
        if fresh:
            self._painter.load(scene)
            self._shown_scene = scene
        if urdf is not None and urdf != self._shown_robot:
            self._painter.set_robot(self._visuals[urdf])
            self._shown_robot = urdf
        for person_id, mesh in self._meshes.items():
            if person_id not in self._shown:
                self._painter.add_person(person_id, mesh)
                self._shown[person_id] = mesh

    def _load_static(self, scene: Scene) -> None:
        self._scene = self._parked = None
        pybullet.resetSimulation(physicsClientId=self._client)
        pybullet.setGravity(0.0, 0.0, -9.81, physicsClientId=self._client)
        pybullet.setPhysicsEngineParameter(
            fixedTimeStep=self.sim_dt, numSolverIterations=50, deterministicOverlappingPairs=1, collisionFilterMode=0,
            enableFileCaching=0, physicsClientId=self._client,
        )  # fmt: skip
        self._instances, self._capsules, self._removed = {}, {}, 0
        # The looks of every body; without any, PyBullet would keep its collision mesh a second time, to draw it.
        self._speck = pybullet.createVisualShape(pybullet.GEOM_SPHERE, radius=0.001, physicsClientId=self._client)
        plane = pybullet.createCollisionShape(
            pybullet.GEOM_PLANE, planeNormal=[0.0, 0.0, 1.0], physicsClientId=self._client
        )
        self._add_body(plane, 0, PLANE, BODY, np.eye(4))
        # What shares an instance is one body: Bullet's time for a step grows with the number of bodies.
        groups: dict[tuple[int, int], list[SceneObject]] = {}
        for item in scene.objects:
            if item.solid:
                groups.setdefault((item.instance, _solid_mask(item)), []).append(item)
        for (instance, mask), items in groups.items():
            self._add_solid(instance, mask, items)
        self._scene = scene

    def _add_solid(self, instance: int, mask: int, items: Sequence[SceneObject]) -> None:
        vertices = items[0].mesh.vertices.astype(np.float64)
        half = _box_half_extents(vertices, items[0].mesh.faces) if len(items) == 1 else None
        pose = items[0].pose.copy() if len(items) == 1 else np.eye(4)
        if half is not None:
            pose[:3, 3] += pose[:3, :3] @ ((vertices.min(axis=0) + vertices.max(axis=0)) / 2)
            shape = pybullet.createCollisionShape(
                pybullet.GEOM_BOX, halfExtents=half.tolist(), physicsClientId=self._client
            )
        else:
            self._files += 1
            path = Path(self._folder.name) / f"{self._files}.stl"
            write_stl(path, items[0].mesh if len(items) == 1 else _join(items))
            shape = pybullet.createCollisionShape(
                pybullet.GEOM_MESH, fileName=str(path), flags=pybullet.GEOM_FORCE_CONCAVE_TRIMESH,
                physicsClientId=self._client,
            )  # fmt: skip
            path.unlink()
        self._add_body(shape, instance, SOLID, mask, pose)

    def _add_body(self, shape: int, instance: int, group: int, mask: int, pose: FloatArray) -> int:
        if shape < 0:
            raise ValueError(f"instance {instance}: expected a mesh that PyBullet accepts, got one that it refused")
        body: int = pybullet.createMultiBody(
            0.0, shape, self._speck, AWAY, useMaximalCoordinates=1, physicsClientId=self._client
        )  # a rigid body: Bullet steps it faster than a multi-body without links
        pybullet.setCollisionFilterGroupMask(body, -1, group, mask, physicsClientId=self._client)
        pybullet.resetBasePositionAndOrientation(body, *split_pose(pose), physicsClientId=self._client)
        self._instances[body] = instance
        return body

    def _note_contacts(self, robot: int) -> None:
        for row in pybullet.getContactPoints(bodyA=robot, physicsClientId=self._client):
            instance = self._instances[row[2]]
            if instance in (0, ROBOT_INSTANCE) or row[8] > CONTACT_SLACK:
                continue
            depth = max(-row[8], 0.0)
            if instance not in self._contacts or depth > self._contacts[instance].depth:
                self._contacts[instance] = Contact(instance=instance, point=row[6], normal=row[7], depth=depth)

    def _require_robot(self) -> Robot:
        if self._robot is None:
            raise ValueError("robot: expected one in the world, got none; call add_robot first")
        return self._robot

    def _check_loaded(self) -> None:
        if self._scene is None:
            raise ValueError("scene: expected one to be loaded, got none; call load first")

    def _check_person(self, person_id: int) -> None:
        if person_id not in self._people:
            raise KeyError(f"person_id: expected one of {sorted(self._people)}, got {person_id}; add it first")


def _solid_mask(item: SceneObject) -> int:
    """Return what meets a solid: what hardly rises above the ground is met by rays alone."""
    top = float((item.mesh.vertices.astype(np.float64) @ item.pose[2, :3]).max() + item.pose[2, 3])
    return RAY if top <= FLAT else RAY | BODY


def _join(items: Sequence[SceneObject]) -> Mesh:
    """Return the meshes of several objects as one, in the world frame; only vertices and faces are of use."""
    vertices = [item.mesh.vertices @ item.pose[:3, :3].T + item.pose[:3, 3] for item in items]
    starts = np.cumsum([0, *(len(part) for part in vertices[:-1])])
    faces = [item.mesh.faces + start for item, start in zip(items, starts, strict=True)]
    joined = np.concatenate(vertices).astype(np.float32)
    return Mesh(
        vertices=joined,
        faces=np.concatenate(faces).astype(np.int32),
        normals=np.zeros_like(joined),
        uv=np.zeros((len(joined), 2), dtype=np.float32),
    )


def _box_half_extents(vertices: FloatArray, faces: npt.NDArray[np.int32]) -> FloatArray | None:
    """Return (3,) half extents when the mesh is a closed box along its own axes, else None."""
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    if len(faces) != 12 or np.any(high - low < 1e-3):
        return None
    at_low, at_high = np.abs(vertices - low) < 1e-6, np.abs(vertices - high) < 1e-6
    corners = np.unique(at_high @ np.array([1, 2, 4]))
    return (high - low) / 2 if np.all(at_low | at_high) and len(corners) == 8 else None
