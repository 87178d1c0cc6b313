"""Meshes as files, which is how PyBullet takes them without a leak.

Its Python binding keeps a reference to each row of a list of vertices for ever (3.2.7), and to the content of files
unless file caching is off; so meshes go through a temporary folder, each under a name of its own.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from scenes.scene import Mesh

STL = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
STL_HEADER = 80  # bytes, then the number of triangles as uint32


def write_stl(path: Path, mesh: Mesh) -> None:
    """Write the triangles of a mesh as binary STL."""
    triangles = np.zeros(len(mesh.faces), dtype=STL)
    triangles["corners"] = mesh.vertices[mesh.faces]
    path.write_bytes(bytes(STL_HEADER) + np.uint32(len(mesh.faces)).tobytes() + triangles.tobytes())


def write_obj(path: Path, mesh: Mesh) -> None:
    """Write a mesh with texture coordinates and normals as OBJ."""
    rows = ["v {:.6g} {:.6g} {:.6g}".format(*row) for row in mesh.vertices.tolist()]
    rows += ["vt {:.6g} {:.6g}".format(*row) for row in mesh.uv.tolist()]
    rows += ["vn {:.4g} {:.4g} {:.4g}".format(*row) for row in mesh.normals.tolist()]
    rows += ["f {0}/{0}/{0} {1}/{1}/{1} {2}/{2}/{2}".format(*row) for row in (mesh.faces + 1).tolist()]
    path.write_text("\n".join(rows) + "\n")


def read_triangles(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Return the corners (F, 3, 3) of the triangles in an OBJ or binary STL file.

    Raises:
        FileNotFoundError: no such file.
        ValueError: another format.
    """
    if path.suffix.lower() == ".stl":
        corners = np.frombuffer(path.read_bytes()[STL_HEADER + 4 :], dtype=STL)["corners"]
        return corners.astype(np.float64)
    if path.suffix.lower() != ".obj":
        raise ValueError(f"{path}: expected an .obj or binary .stl mesh, got {path.suffix!r}; convert it")
    lines = [line.split() for line in path.read_text().splitlines()]
    points = np.array([[float(word) for word in words[1:4]] for words in lines if words[:1] == ["v"]])
    rings = [[int(word.split("/")[0]) for word in words[1:]] for words in lines if words[:1] == ["f"]]
    index = np.array([(ring[0], ring[k], ring[k + 1]) for ring in rings for k in range(1, len(ring) - 1)])
    triangles: np.ndarray[tuple[int, ...], np.dtype[np.float64]] = points[np.where(index > 0, index - 1, index)]
    return triangles
