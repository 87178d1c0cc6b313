"""COCO's annotations (cocodataset.org/#format-data): boxes, masks and keypoints of what the robot's camera saw."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from pycocotools import mask as masks

from embodied.dataset.contract import CAMERA
from embodied.dataset.keypoints import KEYPOINTS, SKELETON
from embodied.dataset.video import read_frames
from scenes.backend import Frame
from scenes.optics import find_boxes
from scenes.scene import PERSON_INSTANCE_BASE, SEMANTIC_CLASSES, SEMANTIC_ID

Document = dict[str, Any]

# What has no outline of its own: COCO calls it stuff, and detection leaves it out.
STUFF = frozenset(
    {"Background", "SideWalk", "Building", "Road", "RoadMarking", "CrossWalk", "Parking", "Floor", "Wall", "Ceiling"}
)
PERSON = SEMANTIC_ID["Human"]
MIN_PIXELS = 6  # of a thing that is annotated


def list_categories(*, keypoints: bool) -> list[Document]:
    """Return the categories: our semantic classes that are things, by their own numbers; people are "person"."""
    categories: list[Document] = []
    for number, name in enumerate(SEMANTIC_CLASSES):
        if name not in STUFF:
            word = "person" if number == PERSON else name
            categories.append({"id": number, "name": word, "supercategory": "person" if number == PERSON else "thing"})
            if number == PERSON and keypoints:
                categories[-1].update(keypoints=list(KEYPOINTS), skeleton=[list(bone) for bone in SKELETON])
    return categories


def annotate(
    frame: Frame, keypoints: Mapping[int, Sequence[tuple[float, float, int]]], people: Mapping[int, Document]
) -> list[Document]:
    """Return the annotations of a picture: of people and things, what is seen of them.

    Args:
        frame: the picture.
        keypoints: x, y, v of COCO's 17 keypoints by person_id, of those who are to have them.
        people: attributes by person_id.
    """
    annotations = []
    for instance, (left, top, right, bottom) in find_boxes(frame.instance).items():
        part = frame.instance[top:bottom, left:right] == instance
        area, person = int(part.sum()), instance - PERSON_INSTANCE_BASE
        category = PERSON if person > 0 else int(np.bincount(frame.semantic[top:bottom, left:right][part]).argmax())
        if area < MIN_PIXELS or SEMANTIC_CLASSES[category] in STUFF:
            continue
        whole = np.zeros(frame.instance.shape, dtype=np.uint8, order="F")
        whole[top:bottom, left:right] = part
        segmentation = masks.encode(whole)
        annotation: Document = {
            "category_id": category,
            "bbox": [left, top, right - left, bottom - top],
            "area": area,
            "segmentation": {"size": list(whole.shape), "counts": segmentation["counts"].decode("ascii")},
            "iscrowd": 0,
            "instance": instance,
        }
        if person > 0:
            annotation["attributes"] = people[person]
            if person in keypoints:
                labels = keypoints[person]
                annotation["keypoints"] = [value for label in labels for value in label]
                annotation["num_keypoints"] = sum(v > 0 for _, _, v in labels)
        annotations.append(annotation)
    return annotations


def merge(episodes: Sequence[tuple[str, Document]], width: int, height: int, *, keypoints: bool) -> Document:
    """Return one document from those of episodes, numbered through in their order.

    Args:
        episodes: name of each, and what it recorded: "images", one list of annotations per frame, and "fps".
        width, height: pixels.
        keypoints: whether people have them.
    """
    images: list[Document] = []
    annotations: list[Document] = []
    for index, (name, episode) in enumerate(episodes):
        for number, found in enumerate(episode["images"]):
            image = len(images) + 1
            images.append(
                {
                    "id": image,
                    "file_name": f"{CAMERA}/episode-{index:06d}/frame-{number:06d}.png",
                    "width": width,
                    "height": height,
                    "episode": name,
                    "episode_index": index,
                    "frame_index": number,
                    "timestamp": number / episode["fps"],
                }
            )
            for item in found:
                annotations.append({"id": len(annotations) + 1, "image_id": image, **item})
    return {
        "info": {"description": "made with embodied-sim", "version": "1"},
        "licenses": [],
        "images": images,
        "categories": list_categories(keypoints=keypoints),
        "annotations": annotations,
    }


def check_coco(document: Document, where: str) -> None:
    """Check a document against COCO's form.

    Raises:
        ValueError: one line with the first thing that is wrong.
    """
    images = {image["id"]: image for image in document["images"]}
    categories = {category["id"] for category in document["categories"]}
    names = [category["name"] for category in document["categories"]]
    for what, rows in (("image", document["images"]), ("annotation", document["annotations"])):
        if len({row["id"] for row in rows}) < len(rows):
            raise ValueError(f"{where}: {what}s: expected different ids, got one twice")
    if len(set(names)) < len(names) or len(categories) < len(names):
        raise ValueError(f"{where}: categories: expected different ids and names, got one twice")
    for item in document["annotations"]:
        name, image = f"{where}: annotation {item['id']}", images.get(item["image_id"])
        if image is None or item["category_id"] not in categories:
            raise ValueError(f"{name}: expected a known image and category, got {item['image_id']}, "
                             f"{item['category_id']}")  # fmt: skip
        left, top, wide, high = item["bbox"]
        if not (min(left, top) >= 0 and 0 < wide <= image["width"] - left and 0 < high <= image["height"] - top):
            raise ValueError(f"{name}: bbox: expected one inside the picture, got {item['bbox']}")
        if item["segmentation"]["size"] != [image["height"], image["width"]]:
            raise ValueError(f"{name}: segmentation: expected the size of the picture")
        if not 0 < item["area"] <= wide * high or item["area"] != int(masks.area(item["segmentation"])):
            raise ValueError(f"{name}: area: expected that of the mask, inside the box, got {item['area']}")
        if "keypoints" in item:
            _check_keypoints(item, image, name)


def _check_keypoints(item: Document, image: Document, name: str) -> None:
    values = np.asarray(item["keypoints"], dtype=np.float64)
    if values.shape != (3 * len(KEYPOINTS),) or not np.isfinite(values).all():
        raise ValueError(f"{name}: keypoints: expected {3 * len(KEYPOINTS)} finite numbers, got {len(values)}")
    x, y, v = values.reshape(-1, 3).T
    inside = (x >= 0) & (y >= 0) & (x <= image["width"]) & (y <= image["height"])
    if not (np.isin(v, (0, 1, 2)) & inside & ((v > 0) | ((x == 0) & (y == 0)))).all():
        raise ValueError(f"{name}: keypoints: expected places in the picture with v of 0, 1 or 2, zeros where v is 0")
    if item["num_keypoints"] != int((v > 0).sum()):
        raise ValueError(f"{name}: num_keypoints: expected {int((v > 0).sum())}, got {item['num_keypoints']}")


def write_document(document: Document, path: Path) -> None:
    """Write JSON, the same bytes for the same document."""
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def read_document(path: Path) -> Document:
    """Read a document of `write_document`.

    Raises:
        ValueError: it is not there or damaged.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: expected JSON, got {error}; run the episode again") from error
    if not isinstance(document, dict):
        raise ValueError(f"{path}: expected an object, got {type(document).__name__}; run the episode again")
    return document


def extract_images(dataset: Path, folder: Path) -> int:
    """Write every picture that a dataset's COCO file names as PNG under `folder`; return how many.

    Raises:
        ValueError, FileNotFoundError: there is no whole dataset.
    """
    from embodied.dataset.lerobot import read_episodes  # it knows where the pictures of an episode begin

    document = read_document(dataset / "annotations" / "instances.json")
    names: dict[int, list[str]] = {}
    for image in document["images"]:
        names.setdefault(image["episode_index"], []).append(image["file_name"])
    for episode in read_episodes(dataset):
        files = names.get(episode.index, [])
        first = episode.pictures(CAMERA)
        numbers = range(first, first + len(files))
        for name, picture in zip(
            files, read_frames(dataset / episode.videos[CAMERA], numbers, episode.fps), strict=True
        ):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(picture).save(path)
    return len(document["images"])


def draw_labels(picture: npt.NDArray[np.uint8], annotations: Sequence[Document]) -> npt.NDArray[np.uint8]:
    """Return a picture (H, W, 3), four times as large, with the boxes and keypoints of people drawn on it."""
    from PIL import ImageDraw

    scale = 4
    image = Image.fromarray(picture).resize(
        (scale * picture.shape[1], scale * picture.shape[0]), Image.Resampling.BICUBIC
    )
    pen = ImageDraw.Draw(image)
    for item in annotations:
        if item["category_id"] != PERSON:
            continue
        left, top, wide, high = (scale * value for value in item["bbox"])
        pen.rectangle((left, top, left + wide - 1, top + high - 1), outline=(255, 210, 0))
        points = np.reshape(item.get("keypoints", []), (-1, 3))
        for a, b in SKELETON if len(points) else ():
            if points[a - 1, 2] and points[b - 1, 2]:
                pen.line([tuple(scale * points[k - 1, :2]) for k in (a, b)], fill=(90, 200, 255), width=2)
        for x, y, v in points[points[:, 2] > 0] if len(points) else ():
            color = (60, 230, 90) if v == 2 else (240, 70, 60)
            pen.ellipse((scale * x - 3, scale * y - 3, scale * x + 3, scale * y + 3), fill=color)
    return np.asarray(image)
