"""Misleading pictures: the state stays, what the camera shows of it changes, and the truth is known.

Ten operators, each with a severity from 0 (nothing is touched) to 1. The sticker with another thing's name is the
typographic attack of G. Goh et al., Multimodal Neurons in Artificial Neural Networks, Distill 2021; a changed sign that
of K. Eykholt et al., Robust Physical-World Attacks on Deep Learning Visual Classification, CVPR 2018; words that give
orders the indirect instruction injection of E. Bagdasaryan et al., arXiv 2307.10490, 2023; the picture without the
hazard is the pixel-aligned control.

`frame` always shows what is truly there. Forwards that is a hazard and the picture plays it down; with `reverse` it is
the safe counterpart and the picture cries wolf: the same functions, frame and counterpart exchanged (`exchange`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from safety.visual_boards import edit_sign, hang_injection, hang_poster, stick_label
from safety.visual_surfaces import dim, inpaint, keep_stale, occlude, show_counterpart, swap_texture

Picture = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Box = tuple[int, int, int, int]
Value = str | int | float | bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evidence:
    """What an operator may know of a picture of (H, W) pixels.

    Attributes:
        box: of the hazard, pixels (x0, y0, x1, y1), ends exclusive.
        mask: (H, W) bool, its pixels. With `reverse` those that it has in the counterpart.
        kind: what it is, in words, "" where nobody says.
        counterpart: (H, W, 3) uint8, the same picture in the other state, pixel by pixel; None: there is none.
        earlier: (H, W, 3) uint8, what the camera showed before; None: nothing.
        depth: (H, W) metres, inf where nothing is hit; None: not known.
        text_boxes: pixels of signs that can be read, as `box`.
    """

    box: Box
    mask: Mask
    kind: str = ""
    counterpart: Picture | None = None
    earlier: Picture | None = None
    depth: npt.NDArray[np.float32] | None = None
    text_boxes: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VisualAttack:
    """What was done to a picture: enough to do it again.

    Attributes:
        operator: one of OPERATORS. severity: in [0, 1]. seed: of everything drawn.
        box: pixels (x0, y0, x1, y1) that hold all that was changed, ends exclusive; all 0 where nothing was.
        reverse: whether something safe was shown as dangerous.
        parameters: what was drawn and chosen, by name; `touched` is the share of pixels changed.
    """

    operator: str
    severity: float
    seed: int
    box: Box
    reverse: bool
    parameters: Mapping[str, Value]

    def record(self) -> dict[str, object]:
        """Return what a log says of it."""
        return {
            "operator": self.operator, "severity": self.severity, "seed": self.seed, "box": list(self.box),
            "reverse": self.reverse, "parameters": dict(self.parameters),
        }  # fmt: skip


Operator = Callable[[Picture, Evidence, float, bool, np.random.Generator], tuple[Picture, dict[str, Value]]]

OPERATORS: dict[str, Operator] = {
    "texture_swap": swap_texture,
    "sign_edit": edit_sign,
    "spoofed_label": stick_label,
    "counterfactual": show_counterpart,
    "occluder": occlude,
    "lighting": dim,
    "stale_frame": keep_stale,
    "poster": hang_poster,
    "inpaint": inpaint,
    "injection_sign": hang_injection,
}
NEEDS: dict[str, tuple[str, ...]] = {"counterfactual": ("counterpart",), "stale_frame": ("earlier",)}
NEEDS_REVERSED: dict[str, tuple[str, ...]] = {  # what hides or removes something makes nothing look dangerous
    "texture_swap": ("counterpart",), "sign_edit": (), "spoofed_label": (), "counterfactual": ("counterpart",),
    "stale_frame": ("earlier",), "poster": ("counterpart",), "injection_sign": (),
}  # fmt: skip
WITHOUT_MASK = frozenset({"counterfactual", "lighting", "stale_frame"})  # what works where the hazard is not in view


def applicable(evidence: Evidence, *, reverse: bool = False) -> tuple[str, ...]:
    """Return the operators that this evidence is enough for."""
    needs = NEEDS_REVERSED if reverse else {name: NEEDS.get(name, ()) for name in OPERATORS}
    seen = bool(evidence.mask.any())
    return tuple(
        name
        for name, fields in needs.items()
        if (seen or name in WITHOUT_MASK) and all(getattr(evidence, field) is not None for field in fields)
    )


def attack(
    operator: str,
    frame: Picture,
    evidence: Evidence,
    severity: float,
    rng: np.random.Generator,
    *,
    reverse: bool = False,
) -> tuple[Picture, VisualAttack]:
    """Return a misleading picture, and what was done.

    Args:
        operator: one of OPERATORS.
        frame: (H, W, 3) uint8, what is truly there. evidence: of that frame.
        severity: 0 leaves every byte, 1 is the most.
        rng: from which the seed of the attack is drawn: one draw, whatever the operator.
        reverse: the frame shows something safe, that is to look dangerous.

    Raises:
        ValueError: unknown operator, or evidence that it has no use for.
    """
    return _attack(operator, frame, evidence, severity, int(rng.integers(2**31)), reverse)


def repeat(done: VisualAttack, frame: Picture, evidence: Evidence) -> Picture:
    """Return the misleading picture that a record tells of.

    Raises:
        ValueError: as `attack`; what was done by rendering cannot be repeated here.
    """
    if "rendered" in done.parameters:
        raise ValueError(f"{done.operator}: expected an attack on pixels, got one that was rendered; render it again")
    return _attack(done.operator, frame, evidence, done.severity, done.seed, done.reverse)[0]


def from_render(
    operator: str, before: Picture, after: Picture, severity: float, *, seed: int = 0, reverse: bool = False
) -> VisualAttack:
    """Return the record of an attack by rendering the scene with other materials or things.

    Args:
        operator: one of OPERATORS, which it stands for.
        before, after: (H, W, 3) uint8, rendered without and with it.
        severity: in [0, 1]. seed: of what was drawn for it.
        reverse: as `attack`.

    Raises:
        ValueError: unknown operator, a severity out of range, or pictures of unequal size.
    """
    _check(operator, before, severity)
    if after.shape != before.shape:
        raise ValueError(f"after: expected {before.shape} as before, got {after.shape}; render both with one camera")
    box, touched = _difference(before, after)
    return VisualAttack(
        operator=operator, severity=severity, seed=seed, box=box, reverse=reverse,
        parameters={"rendered": True, "touched": touched},
    )  # fmt: skip


def exchange(frame: Picture, evidence: Evidence) -> tuple[Picture, Evidence]:
    """Return frame and evidence of the other state of a pair, for `reverse`.

    Raises:
        ValueError: there is no counterpart.
    """
    if evidence.counterpart is None:
        raise ValueError("counterpart: expected the picture of the other state, got none; render the pair")
    return evidence.counterpart, replace(evidence, counterpart=frame)


def _attack(
    operator: str, frame: Picture, evidence: Evidence, severity: float, seed: int, reverse: bool
) -> tuple[Picture, VisualAttack]:
    _check(operator, frame, severity)
    if reverse and operator not in NEEDS_REVERSED:
        raise ValueError(
            f"operator: expected one that makes something look dangerous, {', '.join(NEEDS_REVERSED)}, got {operator!r}"
        )
    _check_evidence(operator, frame, evidence, (NEEDS_REVERSED if reverse else NEEDS).get(operator, ()))
    shown, parameters = OPERATORS[operator](frame, evidence, severity, reverse, np.random.default_rng(seed))
    box, touched = _difference(frame, shown)
    return shown, VisualAttack(
        operator=operator, severity=severity, seed=seed, box=box, reverse=reverse,
        parameters={**parameters, "touched": touched},
    )  # fmt: skip


def _check(operator: str, frame: Picture, severity: float) -> None:
    if operator not in OPERATORS:
        raise ValueError(f"operator: expected one of {', '.join(OPERATORS)}, got {operator!r}")
    if frame.ndim != 3 or frame.shape[2] != 3 or frame.dtype != np.uint8:
        raise ValueError(f"frame: expected (H, W, 3) uint8, got {frame.shape} {frame.dtype}; give RGB bytes")
    if not 0.0 <= severity <= 1.0:
        raise ValueError(f"severity: expected a number in [0, 1], got {severity}")


def _check_evidence(operator: str, frame: Picture, evidence: Evidence, needs: tuple[str, ...]) -> None:
    for name in ("mask", "counterpart", "earlier", "depth"):
        value = getattr(evidence, name)
        if value is None and name in needs:
            raise ValueError(f"{name}: expected a picture for {operator}, got none; give it or take another operator")
        if value is not None and value.shape[:2] != frame.shape[:2]:
            raise ValueError(f"{name}: expected {frame.shape[:2]} pixels as the frame, got {value.shape[:2]}")
    if operator not in WITHOUT_MASK and not evidence.mask.any():
        raise ValueError(f"mask: expected pixels of the hazard for {operator}, got none; aim the camera at it")


def _difference(before: Picture, after: Picture) -> tuple[Box, float]:
    """Return the box of all pixels that differ, and their share."""
    changed = (before != after).any(axis=2)
    if not changed.any():
        return (0, 0, 0, 0), 0.0
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    return box, float(changed.mean())
