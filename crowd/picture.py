"""From a picture of a place to a `Site`, without handwork: read, check, segment, tidy.

The metres come from a scale (a picture or map seen straight from above) or from a homography: nine numbers, pixels
(column, row, 1) to metres on the ground; or four or more lines `column row x y`, of points whose metres are known.
"""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from crowd.segmentation import Picture, Segmenter
from crowd.site import CLASSES, SIDEWALK, WALKED, Site
from crowd.trajectory import FloatArray

SMALLEST, LARGEST = 2.0, 300.0  # m across the ground of a picture
PIXELS = 16, 8000  # least and most along a side
COARSEST = 0.5  # m of ground that a pixel may cover; farther off, towards the horizon, nobody is put
ISLAND, SPECK = 3.0, 0.6  # m^2: smaller free patches, and smaller things on free ground, are noise of a segmenter
APART = 0.25  # m by which point pairs of a homography may miss, as a share of the ground's size: 0.25 m in 10 m


def read_picture(path: str | Path) -> Picture:
    """Return a picture (H, W, 3) uint8, RGB.

    Raises:
        FileNotFoundError: no such file. ValueError: it is no picture, or absurdly small or large.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"picture={path}: expected a picture, found no such file; check the path")
    try:
        with Image.open(path) as image:
            picture = np.asarray(image.convert("RGB"), np.uint8)
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise ValueError(
            f"picture={path}: expected a picture, got something else ({error}); give PNG or JPEG"
        ) from error
    height, width = picture.shape[:2]
    if not PIXELS[0] <= min(height, width) <= max(height, width) <= PIXELS[1]:
        raise ValueError(
            f"picture={path}: expected {PIXELS[0]} to {PIXELS[1]} pixels on a side, got {width} x {height}; resize it"
        )
    return picture


def read_mask(path: str | Path, shape: tuple[int, int]) -> Picture:
    """Return the user's mask as ids (H, W) of CLASSES.

    Where it has 0 and 1 only, or 0 and 255 only, it says where one cannot (0, building) and can walk (sidewalk); else
    it has ids of CLASSES.

    Args:
        path: an 8-bit picture with one channel (or equal ones), or a palette whose indices count.
        shape: height and width of the picture that it belongs to.

    Raises:
        FileNotFoundError: no such file. ValueError: another size, other values, or no ground to walk on.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"mask={path}: expected a mask, found no such file; check the path")
    try:
        with Image.open(path) as image:
            values = np.asarray(image.convert("L") if image.mode == "1" else image)
    except (UnidentifiedImageError, OSError, ValueError) as error:
        raise ValueError(f"mask={path}: expected a picture of ids, got something else ({error}); give a PNG") from error
    if values.ndim == 3:
        colours = values[..., :3] if values.shape[2] >= 3 else values[..., :1]
        if (colours != colours[..., :1]).any():
            raise ValueError(f"mask={path}: expected one id a pixel, got colours; give a grey or palette PNG of ids")
        values = colours[..., 0]
    if values.shape != shape:
        raise ValueError(
            f"mask={path}: expected {shape[1]} x {shape[0]} pixels as the picture has, got {values.shape[1]} x "
            f"{values.shape[0]}; resize it without smoothing"
        )
    found = np.unique(values)
    if np.isin(found, (0, 1)).all() or np.isin(found, (0, 255)).all():
        ids = np.where(values > 0, SIDEWALK, CLASSES.index("building")).astype(np.uint8)
    elif found.max() < len(CLASSES):
        ids = values.astype(np.uint8)
    else:
        raise ValueError(
            f"mask={path}: expected 0/1, 0/255 or ids 0 to {len(CLASSES) - 1} ({', '.join(CLASSES)}), got values such "
            f"as {int(found[found >= len(CLASSES)][0])}; save it without smoothing or JPEG"
        )
    if not np.isin(ids, WALKED).any():
        walked = ", ".join(f"{CLASSES[k]} {k}" for k in WALKED)
        raise ValueError(f"mask={path}: expected ground to walk on ({walked}, or 255), got none; mark some")
    return ids


def scale_homography(scale: float, height: int) -> FloatArray:
    """Return (3, 3) from pixels to metres, y up, of a picture `height` pixels high from straight above.

    Raises:
        ValueError: the scale is no number of metres above 0.
    """
    if not (math.isfinite(scale) and scale > 0.0):
        raise ValueError(f"scale={scale}: expected metres per pixel above 0; e.g. 0.05 where 20 pixels are a metre")
    return np.array([[scale, 0.0, 0.0], [0.0, -scale, scale * height], [0.0, 0.0, 1.0]])


def read_homography(path: str | Path) -> FloatArray:
    """Return (3, 3) from pixels (column, row) to metres: nine numbers, or lines `column row x y`, four or more.

    Raises:
        FileNotFoundError: no such file. ValueError: neither is in it, it is singular, or the points contradict.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"homography={path}: expected nine numbers or point pairs, found no such file")
    try:
        text = path.read_text(encoding="utf-8")
        lines = [line.split("#", 1)[0].replace(",", " ").split() for line in text.splitlines()]
        rows = [[float(word) for word in line] for line in lines if line]
    except (ValueError, UnicodeDecodeError) as error:
        raise ValueError(
            f"homography={path}: expected numbers, got something else ({error}); write plain text"
        ) from error
    widths = sorted({len(row) for row in rows})
    if widths == [4] and len(rows) >= 4:
        return _fit(path, np.array(rows))
    numbers = np.array([number for row in rows for number in row])
    if len(numbers) != 9 or not np.isfinite(numbers).all():
        raise ValueError(
            f"homography={path}: expected 3 x 3 finite numbers, or four or more lines `column row x y`, got "
            f"{len(rows)} lines of {widths} numbers; write one of the two"
        )
    matrix: FloatArray = numbers.reshape(3, 3)
    scaled = matrix / np.maximum(np.abs(matrix).max(axis=1, keepdims=True), 1e-300)
    if np.linalg.matrix_rank(scaled / np.maximum(np.abs(scaled).max(axis=0, keepdims=True), 1e-300), tol=1e-9) < 3:
        raise ValueError(f"homography={path}: expected one that can be inverted, got a singular one; fit it anew")
    return matrix


def _fit(path: Path, pairs: FloatArray) -> FloatArray:
    pixels, metres = pairs[:, :2], pairs[:, 2:]
    flat = [float(np.linalg.svd(p - p.mean(axis=0), compute_uv=False)[1]) for p in (pixels, metres)]
    matrix = None
    if np.isfinite(pairs).all() and min(flat) > 1e-6:
        matrix, _ = cv2.findHomography(pixels, metres, 0)
    if matrix is None or not np.isfinite(matrix).all() or abs(np.linalg.det(matrix)) < 1e-12:
        raise ValueError(
            f"homography={path}: expected four points or more of which no three lie on a line, got {pairs.tolist()}; "
            "choose others"
        )
    mapped = np.column_stack([pixels, np.ones(len(pixels))]) @ np.asarray(matrix).T
    miss = np.hypot(*(mapped[:, :2] / mapped[:, 2:] - metres).T)
    size = float(np.ptp(metres, axis=0).max())
    if not float(miss.max()) <= max(0.05, APART * size / 10.0):
        worst = int(np.nanargmax(miss))
        raise ValueError(
            f"homography={path}: expected points that fit one plane, got {pairs[worst].tolist()} which is "
            f"{miss[worst]:.2f} m off; check its metres"
        )
    return np.asarray(matrix, np.float64)


def site_of_picture(
    picture: Picture,
    homography: FloatArray,
    *,
    name: str,
    segmenter: Segmenter | None = None,
    mask: Picture | None = None,
) -> Site:
    """Return the place that a picture shows.

    Args:
        picture: (H, W, 3) uint8, RGB.
        homography: (3, 3), pixels to metres.
        name: of the place.
        segmenter: says what lies where; not asked if there is a mask.
        mask: (H, W) uint8, ids of CLASSES; taken as it is, but for what lies at the horizon.

    Raises:
        ValueError: neither segmenter nor mask, a homography that is of no use, a place of absurd size, or nothing in
            it can be walked on.
    """
    height, width = picture.shape[:2]
    pitch = ground_pitch(homography, (height, width))
    near = pitch <= COARSEST
    if not near.any():
        raise ValueError(
            f"{name}: expected pixels that cover {COARSEST:g} m of ground or less, got {np.min(pitch):.3g} m at the "
            "nearest; check the scale or the homography, or give a larger picture"
        )
    _check_size(name, near, homography, least_only=True)
    if mask is None:
        if segmenter is None:
            raise ValueError(f"{name}: expected a segmenter or a mask, got neither; give one")
        ids = tidy(segmenter.segment(picture), np.where(near, pitch, COARSEST))
    else:
        ids = mask.copy()
    ids[~near] = 0
    if not np.isin(ids, WALKED).any():
        what = "the mask" if mask is not None else "the segmenter"
        raise ValueError(f"{name}: expected ground to walk on in the picture, {what} has none; give a mask that has")
    site = Site(name=name, semantic=ids, homography=homography)
    _check_size(name, site.walked, homography)
    return site


def _check_size(name: str, where: npt.NDArray[np.bool_], homography: FloatArray, *, least_only: bool = False) -> None:
    """Check how large the ground of the pixels (H, W) is that are `where`."""
    rows, columns = np.nonzero(where)
    mapped = np.column_stack([columns + 0.5, rows + 0.5, np.ones(len(rows))]) @ homography.T
    across = float(np.ptp(mapped[:, :2] / mapped[:, 2:], axis=0).max())
    if across < SMALLEST or (across > LARGEST and not least_only):
        raise ValueError(
            f"{name}: expected ground {SMALLEST:g} to {LARGEST:g} m across, got {across:.3g} m; check the scale or "
            "the homography, or crop the picture"
        )


def ground_pitch(homography: FloatArray, shape: tuple[int, int]) -> FloatArray:
    """Return how much ground each pixel (H, W) covers, metres; inf on the far side of the horizon.

    The near side is that of the lower half's middle; a homography without a horizon has one side only.
    """
    height, width = shape
    columns, rows = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    depth = homography[2, 0] * columns + homography[2, 1] * rows + homography[2, 2]
    depth = depth * np.sign(depth[-1, width // 2])
    with np.errstate(divide="ignore", invalid="ignore"):
        pitch = np.sqrt(abs(np.linalg.det(homography)) / depth**3)  # of the Jacobian's determinant
    return np.where(depth > 0.0, np.nan_to_num(pitch, nan=np.inf), np.inf)


def tidy(ids: Picture, pitch: FloatArray) -> Picture:
    """Return ids (H, W) without specks: small free patches become structure, small things on free ground go.

    Args:
        ids: of CLASSES, guessed. pitch: (H, W) metres of ground that each pixel covers.
    """
    result = ids.copy()
    area = pitch**2
    for free, smallest in ((False, SPECK), (True, ISLAND)):
        walked = np.isin(result, WALKED)
        count, labels = cv2.connectedComponents((walked == free).astype(np.uint8), connectivity=4)
        sizes = np.bincount(labels.ravel(), weights=area.ravel(), minlength=count)
        small = sizes < smallest
        small[0] = False
        if not small.any():
            continue
        if free and small[1:].all():  # nothing else is free
            continue
        change = small[labels]
        result[change] = CLASSES.index("structure") if free else SIDEWALK
    return result
