"""A small square with boxes, a ball and a sign, and a person made of a tube, for the tests of the backends."""

import numpy as np
from shapely.geometry import Polygon

from scenes.backend import SkinnedMesh
from scenes.scene import SEMANTIC_ID, Material, Mesh, Scene, SceneObject
from scenes.urdf import _box, _revolve


def checker(first=(200, 190, 170), second=(150, 140, 120), size=128, cells=8):
    grid = (np.indices((size, size)) * cells // size).sum(axis=0) % 2
    return np.where(grid[..., None] == 0, np.array(first), np.array(second)).astype(np.uint8)


def slab(size, cells=1):
    """A square of `size` metres at z = 0, facing up, cut into cells x cells quads."""
    line = np.linspace(-size / 2, size / 2, cells + 1)
    x, y = np.meshgrid(line, line)
    vertices = np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1)
    i = np.arange(x.size).reshape(x.shape)
    a, b, c, d = i[:-1, :-1].ravel(), i[:-1, 1:].ravel(), i[1:, 1:].ravel(), i[1:, :-1].ravel()
    faces = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])
    normals = np.tile([0.0, 0.0, 1.0], (len(vertices), 1))
    return Mesh(
        vertices=vertices.astype(np.float32), faces=faces.astype(np.int32), normals=normals.astype(np.float32),
        uv=(vertices[:, :2] / 2).astype(np.float32),
    )  # fmt: skip


def box(size):
    return _box(np.array(size, dtype=float))


def ball(radius):
    angles = np.linspace(-np.pi / 2, np.pi / 2, 25)
    profile = radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return _revolve(np.repeat(profile, 2, axis=0)[1:-1].tolist(), smooth=True)


def at(x, y, z, yaw=0.0):
    pose = np.eye(4)
    pose[:2, :2] = [[np.cos(yaw), -np.sin(yaw)], [np.sin(yaw), np.cos(yaw)]]
    pose[:3, 3] = x, y, z
    return pose


def arrow_sign():
    """A 2 m x 1 m sign that faces -x; its texture is red at the top left, green top right, blue bottom left."""
    vertices = np.array([[0, 1, 0], [0, -1, 0], [0, -1, 1], [0, 1, 1]], dtype=np.float32)
    texture = np.full((64, 128, 3), 230, np.uint8)
    texture[:32, :64], texture[:32, 64:], texture[32:, :64] = (220, 30, 30), (30, 200, 30), (30, 30, 220)
    mesh = Mesh(
        vertices=vertices, faces=np.array([[0, 1, 2], [0, 2, 3]], np.int32),
        normals=np.tile(np.array([-1, 0, 0], np.float32), (4, 1)),
        uv=np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32),
    )  # fmt: skip
    return mesh, texture


def make_scene(*, cells=1):
    sign, words = arrow_sign()
    floor = Material(texture=checker())
    wall = Material(color=(0.9, 0.75, 0.6), texture=checker((255, 255, 255), (200, 200, 200)))
    rows = [
        ("floor", slab(40.0, cells), floor, "Road", 1, np.eye(4)),
        ("wall", box((0.5, 12.0, 4.0)), wall, "Building", 2, at(8.0, 0.0, 2.0)),
        ("crate", box((1.0, 1.0, 1.0)), Material(color=(0.7, 0.3, 0.2)), "Obstacle", 3, at(4.0, 2.0, 0.5, 0.4)),
        ("ball", ball(0.6), Material(color=(0.2, 0.5, 0.3)), "Vegetation", 4, at(4.5, -2.0, 0.6)),
        ("sign", sign, Material(texture=words), "TrafficSign", 5, at(7.7, -3.0, 1.2)),
    ]
    objects = tuple(
        SceneObject(
            name=name, label=name, mesh=mesh, material=material, semantic=SEMANTIC_ID[kind], instance=i, pose=pose
        )
        for name, mesh, material, kind, i, pose in rows
    )
    walkable = Polygon([(-20, -20), (20, -20), (20, 20), (-20, 20)])
    return Scene(
        name="room", seed=0, objects=objects, walkable=walkable, regions=(), landmarks=(), entrances=(), spots=()
    )


def make_person(rings=24, sides=20, height=1.7, lods=True):
    """A tube with a hip, a chest and a head joint, weights blended along z, closed at both ends."""
    z = np.linspace(0.0, height, rings)
    radius = 0.18 * np.sqrt(np.clip(1 - (2 * z / height - 1) ** 8, 0.0, 1.0))
    angle = np.linspace(0, 2 * np.pi, sides + 1)
    x, y = radius[:, None] * np.cos(angle), radius[:, None] * np.sin(angle)
    vertices = np.stack([x, y, np.repeat(z[:, None], sides + 1, 1)], axis=-1).reshape(-1, 3)
    i = np.arange(rings * (sides + 1)).reshape(rings, sides + 1)
    a, b, c, d = i[:-1, :-1].ravel(), i[:-1, 1:].ravel(), i[1:, 1:].ravel(), i[1:, :-1].ravel()
    faces = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])
    heights = height * np.array([0.5, 0.7, 0.9])
    far = (vertices[:, 2:3] - heights) ** 2 / 0.02
    near = np.exp(far.min(axis=1, keepdims=True) - far)
    weights = np.concatenate([near / near.sum(1, keepdims=True), np.zeros((len(vertices), 1))], axis=1)
    inverse_bind = np.tile(np.eye(4), (3, 1, 1))
    inverse_bind[:, 2, 3] = -heights
    u, v = np.tile(angle / (2 * np.pi), rings), np.repeat(z / height, sides + 1)
    texture = np.zeros((64, 64, 3), np.uint8)
    texture[:16], texture[16:40], texture[40:] = (225, 180, 150), (60, 90, 190), (60, 60, 70)
    coarse = (make_person(10, 8, height, lods=False),) if lods else ()
    return SkinnedMesh(
        vertices=vertices.astype(np.float32), faces=faces.astype(np.int32),
        uv=np.stack([u, v], 1).astype(np.float32), texture=texture,
        joint_indices=np.tile(np.array([0, 1, 2, 0], np.int32), (len(vertices), 1)),
        joint_weights=weights.astype(np.float32), inverse_bind=inverse_bind,
        parents=np.array([-1, 0, 1], np.int32), height=height, radius=0.25, lods=coarse,
    )  # fmt: skip


def rest_joints(mesh, x=0.0, y=0.0, yaw=0.0):
    return at(x, y, 0.0, yaw) @ np.linalg.inv(mesh.inverse_bind)
