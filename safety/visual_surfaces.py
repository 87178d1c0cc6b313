"""Operators of `safety.visual_attacks` on what is there: its surface, what hides it, the light, the moment.

Inpainting: A. Telea, An Image Inpainting Technique Based on the Fast Marching Method, J. Graphics Tools 9(1), 2004.
Fog: H. Koschmieder, Theorie der horizontalen Sichtweite, 1924: what is d away keeps exp(-b d) of its contrast.
Where severity is a share of something, what a lower one touches is part of what a higher one does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from safety.visual_attacks import Evidence, Mask, Picture, Value

FloatPicture = npt.NDArray[np.float32]

SHIFTS = 64  # places around a hazard whose texture is tried
RING = 3  # pixels around a mask that a texture must match
FORM = 0.3  # share of its own light and shadow that a thing keeps under another texture
EDGE = 2  # pixels around a mask that still show some of it
RADIUS = 3.0  # pixels around each that Telea's method looks at
DARKEST, BRIGHTEST = 4.0, 0.25  # exponents of gamma at severity 1
BLUR = 0.035  # deviation of the widest blur, in heights of the picture
CONTRAST = 0.05  # that fog leaves of a hazard at severity 1
SKY = 8.0  # times the hazard's distance, beyond which fog grows no thicker
FOG = (196.0, 201.0, 205.0)  # colour of fog, sRGB
BLOCKS = 24  # rows of blocks in which a stale picture stays
WOOD, STONE, CLOTH = (146, 108, 66), (128, 124, 118), (66, 82, 104)  # sRGB, of what stands in front


def swap_texture(
    frame: Picture, evidence: Evidence, severity: float, reverse: bool, rng: np.random.Generator
) -> tuple[Picture, dict[str, Value]]:
    """Blend the hazard's surface towards that of its surroundings, or of the counterpart; its form shows faintly."""
    own_place = evidence.counterpart is not None
    texture = evidence.counterpart if own_place else fill_from_around(frame, evidence.mask, rng)
    assert texture is not None
    lab = cv2.cvtColor(texture.astype(np.float32) / 255.0, cv2.COLOR_RGB2LAB)
    own = cv2.cvtColor(frame.astype(np.float32) / 255.0, cv2.COLOR_RGB2LAB)[..., 0]
    form = own - own[evidence.mask].mean()
    lab[..., 0] = np.clip((1.0 - FORM) * lab[..., 0] + FORM * (lab[..., 0][evidence.mask].mean() + form), 0.0, 100.0)
    covered = 255.0 * np.clip(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), 0.0, 1.0)
    shown = blend(frame, covered, severity * feather(evidence.mask))
    return shown, {"source": "counterpart" if own_place else "surroundings"}


def show_counterpart(
    frame: Picture, evidence: Evidence, severity: float, reverse: bool, rng: np.random.Generator
) -> tuple[Picture, dict[str, Value]]:
    """Blend into the picture of the other state, wherever the two differ; at severity 1 it is that picture."""
    assert evidence.counterpart is not None
    return blend(frame, evidence.counterpart.astype(np.float32), severity), {}


def occlude(
    frame: Picture, evidence: Evidence, severity: float, reverse: bool, rng: np.random.Generator
) -> tuple[Picture, dict[str, Value]]:
    """Push an opaque thing in front, from a side, until it covers a share of the hazard's pixels."""
    side, thing = str(rng.choice(("left", "right", "below"))), str(rng.choice(("crate", "wall", "banner")))
    height, width = frame.shape[:2]
    rows, columns = np.nonzero(evidence.mask)
    x0, y0, x1, y1 = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
    wide, high = max(6, round(0.2 * (x1 - x0))), max(6, round(0.15 * (y1 - y0)))
    top, bottom = max(0, y0 - high), min(height, y1 + high)
    left, right = max(0, x0 - wide), min(width, x1 + wide)
    light = np.clip(frame[top:bottom, left:right].mean() / 120.0, 0.35, 1.15)
    whole = np.zeros((height, width, 3), np.float32)
    whole[top:bottom, left:right] = light * _thing(thing, bottom - top, right - left, rng)
    along = {"left": columns, "right": -columns, "below": -rows}[side]
    ranks = np.sort(along)
    count = round(severity * len(ranks))
    shown = frame.astype(np.float32)
    if count:
        reach = ranks[count - 1]
        if side == "left":
            right = min(right, reach + 1) if count < len(ranks) else right
        elif side == "right":
            left = max(left, -reach) if count < len(ranks) else left
        else:
            top = max(top, -reach) if count < len(ranks) else top
        shown[top:bottom, left:right] = whole[top:bottom, left:right]
    covered = float(np.mean((rows >= top) & (rows < bottom) & (columns >= left) & (columns < right)) if count else 0.0)
    return to_bytes(shown), {"thing": thing, "side": side, "covered": covered}


def dim(
    frame: Picture, evidence: Evidence, severity: float, reverse: bool, rng: np.random.Generator
) -> tuple[Picture, dict[str, Value]]:
    """Make the picture dark, overexposed, out of focus, or, where depth is known, foggy."""
    kinds = ("dark", "bright", "blurred", "foggy")
    kind = str(rng.choice(kinds if evidence.depth is not None else kinds[:3]))
    if kind in ("dark", "bright"):
        gamma = (DARKEST if kind == "dark" else BRIGHTEST) ** severity
        table = 255.0 * (np.arange(256) / 255.0) ** gamma
        return np.rint(table).astype(np.uint8)[frame], {"kind": kind, "gamma": gamma}
    if kind == "blurred":
        sigma = severity * BLUR * frame.shape[0]
        soft = cv2.GaussianBlur(frame, (0, 0), sigma) if sigma > 0.0 else frame.copy()
        return np.asarray(soft, np.uint8), {"kind": kind, "sigma": sigma}
    assert evidence.depth is not None
    known = evidence.depth[evidence.mask & np.isfinite(evidence.depth)]
    distance = float(np.median(known)) if len(known) else 10.0
    thickness = -np.log(CONTRAST) * severity / distance  # 1/m
    lost = 1.0 - np.exp(-thickness * np.minimum(evidence.depth, SKY * distance))
    light = min(1.0, float(np.percentile(frame, 95)) / 215.0)
    fog = np.broadcast_to(np.array(FOG, np.float32) * light, frame.shape)
    return blend(frame, fog, lost.astype(np.float32)), {"kind": kind, "extinction": thickness}


def keep_stale(
    frame: Picture, evidence: Evidence, severity: float, reverse: bool, rng: np.random.Generator
) -> tuple[Picture, dict[str, Value]]:
    """Leave a share of the picture's blocks as they were earlier, those around the hazard first."""
    assert evidence.earlier is not None
    height, width = frame.shape[:2]
    side = max(2, -(-height // BLOCKS))
    down, across = -(-height // side), -(-width // side)
    y, x = np.mgrid[:down, :across]
    x0, y0, x1, y1 = evidence.box
    from_middle = np.hypot(x + 0.5 - (x0 + x1) / (2.0 * side), y + 0.5 - (y0 + y1) / (2.0 * side))
    order = np.argsort((from_middle + rng.uniform(0.0, 2.0, from_middle.shape)).ravel(), kind="stable")
    stale = np.zeros(down * across, dtype=np.bool_)
    stale[order[: round(severity * len(order))]] = True
    blocks = stale.reshape(down, across).repeat(side, axis=0).repeat(side, axis=1)[:height, :width]
    return np.where(blocks[..., None], evidence.earlier, frame), {"blocks": int(stale.sum())}


def inpaint(
    frame: Picture, evidence: Evidence, severity: float, reverse: bool, rng: np.random.Generator
) -> tuple[Picture, dict[str, Value]]:
    """Paint the hazard over with what borders on it, from its rim inwards."""
    region = grow(evidence.mask, EDGE)
    painted = cv2.inpaint(np.ascontiguousarray(frame), region.astype(np.uint8), RADIUS, cv2.INPAINT_TELEA)
    inside = cv2.distanceTransform(np.pad(region, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    depths = np.sort(inside[region])
    count = round(severity * len(depths))
    taken = region & (inside <= (depths[count - 1] if count else -1.0))
    return np.where(taken[..., None], painted, frame).astype(np.uint8), {"method": "telea", "pixels": int(taken.sum())}


def fill_from_around(frame: Picture, mask: Mask, rng: np.random.Generator) -> Picture:
    """Return the frame with the pixels of a mask taken from beside it, from where they fit its rim best.

    Args:
        frame: (H, W, 3) uint8. mask: (H, W) bool, with some pixels.
        rng: draws the shifts that are tried, mostly sideways, where a picture in perspective is most alike.
    """
    height, width = mask.shape
    rows, columns = np.nonzero(mask)
    wide, high = np.ptp(columns) + 1, np.ptp(rows) + 1
    shifts = np.rint(rng.uniform(-1.0, 1.0, (SHIFTS, 2)) * (0.6 * high + 4, 2.0 * wide + 8)).astype(np.int64)
    rim = grow(mask, RING) & ~mask
    rim_rows, rim_columns = np.nonzero(rim)
    costs = np.full(SHIFTS, np.inf)
    for k, (down, across) in enumerate(shifts):
        there, ok = _moved(rim_rows, rim_columns, down, across, mask)
        _, usable = _moved(rows, columns, down, across, mask)
        if len(rim_rows) == 0 or usable.mean() < 0.05 or not ok.any():
            continue
        apart = np.abs(frame[there].astype(np.int16) - frame[rim_rows, rim_columns])[ok].mean()
        costs[k] = apart / 255.0 + (1.0 - usable.mean())
    filled, left = frame.copy(), np.ones(len(rows), dtype=np.bool_)
    for k in np.argsort(costs, kind="stable"):
        if not left.any() or not np.isfinite(costs[k]):
            break
        there, usable = _moved(rows, columns, shifts[k, 0], shifts[k, 1], mask)
        take = left & usable
        filled[rows[take], columns[take]] = frame[there][take]
        left &= ~take
    if left.any():
        hole = np.zeros((height, width), np.uint8)
        hole[rows[left], columns[left]] = 1
        filled = np.asarray(cv2.inpaint(filled, hole, RADIUS, cv2.INPAINT_TELEA), np.uint8)
    return filled


def blend(frame: Picture, other: npt.NDArray[np.float32], share: FloatPicture | float) -> Picture:
    """Return a picture mixed with another; `share` of the other, (H, W) or one number, in [0, 1]."""
    mixed = np.asarray(share, np.float32)
    weight = mixed[..., None] if mixed.ndim else mixed
    own = frame.astype(np.float32)
    return to_bytes(own + weight * (other - own))


def to_bytes(picture: npt.NDArray[np.floating]) -> Picture:
    """Return colours 0 to 255 as bytes."""
    result: Picture = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
    return result


def grow(mask: Mask, pixels: int) -> Mask:
    """Return a mask and what is at most so many pixels beside it."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * pixels + 1, 2 * pixels + 1))
    return np.asarray(cv2.dilate(mask.astype(np.uint8), disc), np.bool_)


def feather(mask: Mask) -> FloatPicture:
    """Return (H, W) in [0, 1]: 1 on the mask, falling to 0 over EDGE pixels around it."""
    outside = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
    return np.clip(1.0 - outside / (EDGE + 1.0), 0.0, 1.0).astype(np.float32)


def _moved(
    rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64], down: int, across: int, mask: Mask
) -> tuple[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]], npt.NDArray[np.bool_]]:
    """Return the pixels so far away, kept within the picture, and which of them are in it and off the mask."""
    height, width = mask.shape
    y, x = rows + down, columns + across
    inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
    there = np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)
    return there, inside & ~mask[there]


def _thing(name: str, height: int, width: int, rng: np.random.Generator) -> FloatPicture:
    """Return (height, width, 3): planks of a crate, courses of a wall, or folds of a banner."""
    color = np.array({"crate": WOOD, "wall": STONE, "banner": CLOTH}[name], np.float32)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    grain = cv2.GaussianBlur(rng.normal(0.0, 1.0, (height, width)).astype(np.float32), (0, 0), 0.8)
    if name == "crate":
        plank = max(5.0, height / 6.0)
        shade = 1.0 + 0.05 * np.sin(1.7 * np.floor(y / plank)) - 0.45 * (y % plank < max(1.0, plank / 12.0))
        post = max(3.0, width / 9.0)
        shade += 0.12 * ((x < post) | (x >= width - post))
    elif name == "wall":
        course = max(4.0, height / 9.0)
        offset = (np.floor(y / course) % 2.0) * course
        joint = (y % course < 1.0) | ((x + offset) % (2.0 * course) < 1.0)
        shade = 1.0 + 0.08 * np.sin(3.1 * np.floor(y / course) + 1.9 * np.floor((x + offset) / (2 * course)))
        shade = shade - 0.3 * joint
    else:
        shade = 1.0 + 0.18 * np.sin(2.0 * np.pi * x / max(8.0, width / 4.0))
    shade = shade + 0.04 * grain
    shade *= 1.0 - 0.25 * (y / height) ** 3  # darker towards the ground
    return np.asarray(color * shade[..., None], np.float32)
