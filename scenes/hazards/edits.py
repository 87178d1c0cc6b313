"""Changes of what a scene looks like and says, its shape left alone: for pictures that mislead."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from scenes.hazards.piece import words
from scenes.hazards.props import PAPER, board
from scenes.procedural.fittings import picture
from scenes.procedural.geometry import pose_at
from scenes.procedural.texture import Color
from scenes.scene import ROBOT_INSTANCE, SEMANTIC_ID, FloatArray, Material, Mesh, Scene, SceneObject

EDGE = 0.02  # m that a poster stands off its wall


def restyle(scene: Scene, names: Collection[str], material: Material | npt.NDArray[np.uint8]) -> Scene:
    """Return the scene with another material, or another texture (H, W, 3) uint8, on the objects called `names`.

    Raises:
        ValueError: an object is not there, or the texture has another shape.
    """
    _check_names(scene, names)
    if not isinstance(material, Material):
        _check_picture("texture", material)
    wanted = set(names)
    return replace(
        scene, objects=tuple(_dress(item, material) if item.name in wanted else item for item in scene.objects)
    )


def edit_sign(scene: Scene, name: str, text: str, colors: tuple[Color, Color] = PAPER) -> Scene:
    """Return the scene with other words on a sign, `colors` of ink and ground.

    Raises:
        ValueError: no such object, or nothing can be read on it.
    """
    _check_names(scene, [name])
    sign = next(item for item in scene.objects if item.name == name)
    if not sign.text:
        readable = sorted(item.name for item in scene.objects if item.text)[:12]
        raise ValueError(f"name: expected a sign with words ({', '.join(readable)}, ...), got {name!r}")
    old = sign.material.texture
    height, width = (128, 256) if old is None else old.shape[:2]
    edited = replace(
        sign, text=text, material=words(text, *colors, width=width, height=height, emissive=sign.material.emissive)
    )
    return replace(scene, objects=tuple(edited if item is sign else item for item in scene.objects))


def add_poster(
    scene: Scene, position: tuple[float, float, float], yaw: float, image: npt.NDArray[np.uint8],
    size: tuple[float, float], *, text: str = "", label: str = "poster",
) -> Scene:  # fmt: skip
    """Return the scene with a picture hung up: `position` is the middle of its lower edge, `size` width and height.

    Args:
        image: (H, W, 3) uint8 sRGB. yaw: where it faces. text: what can be read on it.

    Raises:
        ValueError: the picture has another shape, or a side is not longer than 0.
    """
    _check_picture("image", image)
    width, height = size
    if width <= 0.0 or height <= 0.0:
        raise ValueError(f"size: expected width and height above 0 m, got {size}")
    material = Material(texture=image, emissive=0.25, glow=0.4)
    pose = pose_at(*position, yaw)
    face = picture(EDGE, width, 0.0, height)
    return _add(scene, "poster", [("poster", face, material, text)], label, "Advertising", pose, solid=False)


def add_sign(
    scene: Scene, position: tuple[float, float], yaw: float, text: str, colors: tuple[Color, Color] = PAPER
) -> Scene:
    """Return the scene with a sign on a post, 0.9 m wide, that faces `yaw`."""
    face, back = board("sign", text, colors, at=(0.0, 0.0))
    parts = [("words", face.mesh, face.material, text), ("post", back.mesh, back.material, "")]
    return _add(scene, "added sign", parts, "sign", "TrafficSign", pose_at(*position, 0.0, yaw), solid=False)


def _add(
    scene: Scene, kind: str, parts: list[tuple[str, Mesh, Material, str]], label: str, semantic: str,
    pose: FloatArray, *, solid: bool,
) -> Scene:  # fmt: skip
    taken = {item.name for item in scene.objects}
    instance = 1 + max((item.instance for item in scene.objects), default=0)
    if instance >= ROBOT_INSTANCE:
        raise ValueError(f"instances: expected fewer than {ROBOT_INSTANCE} things, got one more ({kind})")
    count = 1
    while any(name.startswith(f"{kind} {count} ") for name in taken):
        count += 1
    added = tuple(
        SceneObject(
            name=f"{kind} {count} {name}",
            label=label,
            mesh=mesh,
            material=material,
            semantic=SEMANTIC_ID[semantic],
            instance=instance,
            text=text,
            pose=pose,
            solid=solid,
        )
        for name, mesh, material, text in parts
    )
    return replace(scene, objects=scene.objects + added)


def _dress(item: SceneObject, material: Material | npt.NDArray[np.uint8]) -> SceneObject:
    if isinstance(material, Material):
        return replace(item, material=material)
    return replace(item, material=replace(item.material, texture=material, color=(1.0, 1.0, 1.0)))


def _check_names(scene: Scene, names: Collection[str]) -> None:
    missing = sorted(set(names) - {item.name for item in scene.objects})
    if missing:
        raise ValueError(f"names: expected objects of {scene.name}, got {', '.join(missing)}; see `scene.objects`")


def _check_picture(field: str, image: npt.NDArray[np.uint8]) -> None:
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or 0 in image.shape:
        raise ValueError(f"{field}: expected (H, W, 3) uint8, got {image.shape} {image.dtype}")
