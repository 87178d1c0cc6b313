"""Two people made to move together by in2IN, TIMotion or DualMDM, or one by MoReact from the clip of the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from motion.apart import part
from motion.clip import ROLES, FloatArray, MotionClip, PairClip, check_roles
from motion.codec import PATCH
from motion.diffusion import denoise, draw_noise
from motion.features import FPS
from motion.in2in import Guidance, In2IN, Predict, blended, guided
from motion.moreact import Given, MoReact
from motion.pair_space import LatentSpace, PairSpace
from motion.pair_text import reads
from motion.pair_training import TOKENS, role_of
from motion.pairs import frames_of, placed_clip
from motion.retarget import leg_of
from motion.single import Sample
from motion.text import encode_ids
from motion.timotion import TIMotion

GUIDANCE = Guidance(whole=1.0, both=0.0, each=0.0)  # chosen on validation pairs
ALONE = Guidance(whole=0.0, both=0.0, each=2.5)  # of the prior of DualMDM
STEPS = 10  # of DDIM
MOST = 64  # reactions at once
OVERLAP = 10  # tokens of a window that are those of the one before


@dataclass(frozen=True, slots=True, kw_only=True)
class PairPrompt:
    """What two people are to do: together and each, their roles, and for how long, seconds.

    Raises:
        ValueError: a text is missing, roles do not answer each other, or no time.
    """

    text: str
    texts: tuple[str, str]
    roles: tuple[str, str] = ("alike", "alike")
    seconds: float = TOKENS * PATCH / FPS

    def __post_init__(self) -> None:
        """Check that it is whole."""
        if len(self.texts) != 2 or not all(text.strip() for text in (self.text, *self.texts)):
            raise ValueError(
                f"texts: expected one of both and one of each of two people, got {sum(map(bool, self.texts))} of each; "
                "write what each of them does"
            )
        check_roles(self.roles)
        if not 0.3 <= self.seconds <= 60.0:
            raise ValueError(f"seconds: expected 0.3 to 60 of two people, got {self.seconds:g}")


@torch.no_grad()
def generate_pairs(
    network: In2IN | TIMotion, space: PairSpace, prompts: Sequence[PairPrompt],
    figures: Sequence[tuple[FloatArray, FloatArray]], rngs: Sequence[np.random.Generator], *, steps: int = STEPS,
    guidance: Guidance = GUIDANCE, prior: In2IN | None = None, read: Callable[[Sequence[str]], Tensor] | None = None,
) -> list[PairClip]:  # fmt: skip
    """Return a pair for each prompt, each of its own figures and generator.

    What is longer than a window goes on from it: the next begins with the last second of the one before. Who is in the
    other is taken out of it, see `motion.apart`.

    Args:
        steps: of DDIM. guidance: weights of texts. prior: of single people, by which it becomes DualMDM.
        read: makes of texts what the network reads; None: what it learned with.

    Raises:
        ValueError: the prior knows other tokens, or is none.
    """
    if not prompts:
        return []
    if prior is not None and not prior.config.alone:
        raise ValueError("prior: expected weights of single people, got some of two; train model=prior or name others")
    if prior is not None and prior.config.numbers != space.numbers:
        raise ValueError(
            f"prior: expected one of {space.numbers} numbers a token as the network, got {prior.config.numbers}; "
            "do without it"
        )
    counts = [max(1, round(prompt.seconds * FPS / space.patch)) for prompt in prompts]
    overlap = OVERLAP * PATCH // space.patch
    told = [text for prompt in prompts for text in (prompt.text, *prompt.texts)]
    ids = (read or reads(network.reader.kind))(told)
    ids = ids.view(len(prompts), 3, *ids.shape[1:])
    roles = torch.tensor([[role_of(role) for role in prompt.roles] for prompt in prompts])
    made: list[Tensor] = []
    while not made or made[0].shape[2] < max(counts):
        done = made[0].shape[2] if made else 0
        here = min(space.length, max(counts) - max(done - overlap, 0))
        if isinstance(space, LatentSpace):  # whole windows, as in training, however long others in the batch take
            here = space.length
        there = torch.arange(here) < (torch.tensor(counts)[:, None] - max(done - overlap, 0)).clamp(min=1)
        predict = _predictor(network, prior, ids, roles, there, guidance)
        noise = draw_noise((2, here, space.numbers), rngs)
        if not made:
            made = [denoise(predict, noise, steps)]
            continue
        last = made[0][:, :, -overlap:]
        origin = space.origin(last[:, 0, 0])
        known = space.seen_from(last, origin)

        def impose(clean: Tensor, known: Tensor = known) -> Tensor:
            return torch.cat([known, clean[:, :, overlap:]], dim=2)

        new = denoise(predict, noise, steps, impose)
        made = [torch.cat([made[0], space.seen_from(new, origin, back=True)[:, :, overlap:]], dim=2)]
    return [
        part(
            PairClip(
                clips=space.clips(x[:, :count], own), figures=own, text=prompt.text, texts=prompt.texts,
                roles=prompt.roles, by="learned",
            )
        )
        for x, count, prompt, own in zip(made[0], counts, prompts, figures, strict=True)
    ]  # fmt: skip


@torch.no_grad()
def react(
    model: MoReact, space: LatentSpace, actors: Sequence[Sample], texts: Sequence[str], roles: Sequence[str],
    figures: Sequence[FloatArray], rngs: Sequence[np.random.Generator], *, steps: int = STEPS,
) -> list[MotionClip]:  # fmt: skip
    """Return how reactors (N) move, each in the world of its actor, from whose whole clip and a text it is made.

    Args:
        roles: of the reactors. figures: (22, 3) of the reactors. Longer actors are reacted to window by window.

    Raises:
        ValueError: an actor's clip is shorter than two tokens.
    """
    lengths = [len(actor.local) // PATCH for actor in actors]
    if min(lengths, default=2) < 2:
        raise ValueError(
            f"actor: expected 0.2 s or more, got {min(len(a.local) for a in actors) / FPS:.2g} s; take more"
        )
    made: dict[int, MotionClip] = {}
    for length in sorted(set(lengths)):
        rows = [row for row, own in enumerate(lengths) if own == length]
        for first in range(0, len(rows), MOST):
            some = rows[first : first + MOST]
            tokens = _reacted(
                model, space, length, [actors[row] for row in some], [texts[row] for row in some],
                [roles[row] for row in some], [figures[row] for row in some], [rngs[row] for row in some], steps,
            )  # fmt: skip
            for row, own in zip(some, tokens, strict=True):
                made[row] = _beside(space, actors[row], own, figures[row], texts[row], roles[row])
    return [made[row] for row in range(len(actors))]


def _reacted(
    model: MoReact, space: LatentSpace, length: int, actors: Sequence[Sample], texts: Sequence[str],
    roles: Sequence[str], figures: Sequence[FloatArray], rngs: Sequence[np.random.Generator], steps: int,
) -> Tensor:  # fmt: skip
    """Return tokens (B, length, NUMBERS) of reactors, seen from where the actors, all as long, begin."""
    units = [(leg_of(one.figure) + leg_of(figure)) / 2.0 for one, figure in zip(actors, figures, strict=True)]
    count, done = len(actors), torch.zeros(len(actors), 0, space.numbers)
    told, kinds = encode_ids(list(texts)), torch.tensor([role_of(role) for role in roles])
    for first in range(0, max(length - OVERLAP, 1), TOKENS - OVERLAP):
        last = min(first + TOKENS, length)
        frames = np.arange(PATCH * first, PATCH * last)
        begun = [frames_of(actor, frames) for actor in actors]
        seen = torch.stack([space.tokens([one], unit)[0] for one, unit in zip(begun, units, strict=True)])
        known = (torch.arange(first, last) < done.shape[1]).expand(count, -1)
        past = torch.zeros(count, last - first, space.numbers)
        places = [(actor.path[0], one.path[0]) for actor, one in zip(actors, begun, strict=True)]
        for row, (start, here) in enumerate(places if done.shape[1] else ()):
            past[row, : done.shape[1] - first] = _moved(done[row, first:], start, here, units[row], space)
        given = Given(
            actor=seen, seen=torch.ones_like(known), bodied=torch.ones(count, dtype=torch.bool), known=known,
            there=torch.ones_like(known), told=told, roles=kinds,
        )  # fmt: skip
        ways = model.draw_ways(given, past, rngs, steps) if model.way is not None else None
        new = model.draw_bodies(given, ways, past, rngs, steps)
        own = [
            _moved(one, here, start, unit, space) for one, (start, here), unit in zip(new, places, units, strict=True)
        ]
        done = torch.cat([done, torch.stack(own)[:, done.shape[1] - first :]], dim=1)
    return done


def _beside(space: LatentSpace, actor: Sample, tokens: Tensor, figure: FloatArray, text: str, role: str) -> MotionClip:
    """Return the clip of a reactor's tokens (T, NUMBERS) in the world of its actor, who stays where it is."""
    unit = (leg_of(actor.figure) + leg_of(figure)) / 2.0
    both = torch.stack([space.tokens([actor], unit)[0][: len(tokens)], tokens])
    clip = space.clips(both, (actor.figure, figure))[1]
    clip = placed_clip(clip, float(actor.path[0, 2]), actor.path[0, :2])
    acts = frames_of(actor, np.arange(len(clip.root))).clip
    apart = part(
        PairClip(
            clips=(acts, clip), figures=(actor.figure, figure), text=text, texts=(text, text),
            roles=(answering(role), role),
        )
    )  # fmt: skip
    return placed_clip(apart.clips[1], 0.0, acts.root[0, :2] - apart.clips[0].root[0, :2])


def _predictor(
    network: In2IN | TIMotion, prior: In2IN | None, ids: Tensor, roles: Tensor, there: Tensor, guidance: Guidance
) -> Predict:
    told = network.reader(ids.flatten(0, 1)).view(len(ids), 3, -1)
    together = guided(network, told, roles, there, guidance)
    if prior is not None:
        own = prior.reader(ids.flatten(0, 1)).view(len(ids), 3, -1)
        together = blended(together, guided(prior, own, roles, there, ALONE))
    return lambda x, level: together(x * there[:, None, :, None], level)  # absent tokens are empty, as in training


def _moved(tokens: Tensor, origin: FloatArray, other: FloatArray, unit: float, space: LatentSpace) -> Tensor:
    """Return tokens (T, NUMBERS) seen from x, y, yaw as seen from another place, both in one world, metres."""
    turn = other[2] - origin[2]
    away = np.array(other[:2] - origin[:2]) / unit
    c, s = np.cos(origin[2]), np.sin(origin[2])
    place = [c * away[0] + s * away[1], c * away[1] - s * away[0], np.cos(turn), np.sin(turn)]
    return space.seen_from(tokens[None, None], torch.tensor([place]).float())[0, 0]


def answering(role: str) -> str:
    """Return the role that answers a role.

    Raises:
        ValueError: there is no such role.
    """
    found = ROLES.get(role) or next((first for first, second in ROLES.items() if second == role), None)
    if found is None:
        known = ", ".join(sorted({*ROLES, *ROLES.values()}))
        raise ValueError(f"role={role}: expected one of {known}")
    return found
