"""What the tests of all families of scenes ask of a scene that was built."""

import hashlib

import numpy as np

from scenes.scene import Scene, SceneObject


def world_triangles(item: SceneObject) -> np.ndarray:
    """Return the corners (F, 3, 3) of an object's triangles, world, metres."""
    vertices = item.mesh.vertices @ item.pose[:3, :3].T + item.pose[:3, 3]
    return vertices[item.mesh.faces]


def digest(scene: Scene) -> str:
    """Return a hash of all that a scene is made of."""
    out = hashlib.sha256()
    for item in scene.objects:
        material = item.material
        out.update(f"{item.name} {item.label} {item.text} {item.semantic} {item.instance} {item.solid}".encode())
        out.update(f"{material.color} {material.specular} {material.emissive} {material.glow}".encode())
        for part in (item.mesh.vertices, item.mesh.faces, item.mesh.normals, item.mesh.uv, item.pose):
            out.update(part.tobytes())
        out.update(b"" if material.texture is None else material.texture.tobytes())
    out.update(repr((scene.walkable.wkb, scene.landmarks, scene.entrances, scene.spots)).encode())
    out.update(repr((scene.light, scene.lamps)).encode())
    out.update(repr([(region.name, region.polygon.wkb) for region in scene.regions]).encode())
    return out.hexdigest()


def check_mesh(item: SceneObject, *, facing: float = 0.2, smallest: float = 1e-6) -> None:
    """Assert that arrays fit together, normals are unit, and triangles are wound as their normals say.

    Triangles of which twice the area is at most `smallest`, m^2, may face any way; the cosine between the normal of
    the others and their mean shading normal is above `facing`.
    """
    mesh = item.mesh
    assert mesh.vertices.dtype == mesh.normals.dtype == mesh.uv.dtype == np.float32
    assert mesh.faces.dtype == np.int32
    assert np.isfinite(mesh.vertices).all() and np.isfinite(mesh.uv).all() and np.isfinite(mesh.normals).all()
    assert mesh.faces.min() >= 0 and mesh.faces.max() < len(mesh.vertices)
    np.testing.assert_allclose(np.linalg.norm(mesh.normals, axis=1), 1.0, atol=1e-4)
    a, b, c = np.moveaxis(mesh.vertices[mesh.faces].astype(float), 1, 0)
    normal = np.cross(b - a, c - a)
    area = np.linalg.norm(normal, axis=1)
    shading = mesh.normals[mesh.faces].mean(axis=1)
    cosine = np.einsum("ij,ij->i", normal, shading) / np.maximum(area, 1e-12)
    assert (cosine[area > smallest] > facing).all(), item.name
