"""`embodied motion "TEXT" people=2 out=FILE`: what two people do together, or how one reacts to the clip of another."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from embodied.arguments import ASSETS, one_of, whole
from embodied.arguments import number as number_of
from motion.clip import Body, PairClip, check_roles
from motion.meeting import MEETINGS, meet
from motion.meeting_words import meeting_of
from motion.retarget import figure_of

KEYS = ("people", "a", "b", "roles", "model", "actor", "reactor", "role", "seconds", "seed", "weights", "assets")
MODELS = ("auto", "in2in", "timotion", "dualmdm", "moreact", "guided", "composed")
TOGETHER = "two people", "two persons", "each other", "one another", "one person"


def is_of_two(text: str, given: Mapping[str, str]) -> bool:
    """Return whether two people are asked for: by a key that only they have, or by the text.

    Raises:
        ValueError: another number of people.
    """
    people = given.get("people", "")
    if people not in ("", "1", "2"):
        raise ValueError(f"people={people}: expected 1 or 2, since networks and meetings are of two; leave it out")
    asked = bool({"a", "b", "roles", "actor", "reactor", "role", "model"} & set(given))
    if people == "1" and asked:
        raise ValueError("people=1: expected none of a, b, roles, role, model, actor, reactor with it; leave them out")
    return people != "1" and (people == "2" or asked or any(words in text.lower() for words in TOGETHER))


def make_pair(text: str, bodies: tuple[Body, Body], given: Mapping[str, str]) -> tuple[PairClip, tuple[str, ...]]:
    """Return two bodies doing what a text says, and lines that tell how it was made.

    Raises:
        FileNotFoundError: weights or clips are not there.
        ValueError: bad input, in one line.
    """
    model, seed = one_of(given, "model", MODELS), whole(given, "seed", 0)
    assets, rng = one_of(given, "assets", ASSETS), np.random.default_rng(seed)
    seconds = number_of(given, "seconds", low=0.3, high=60.0) if "seconds" in given else None
    if ("a" in given) != ("b" in given):
        missing = "b" if "a" in given else "a"
        raise ValueError(f"{missing}: expected what each of two people does, got that of one; add {missing}=TEXT")
    roles = tuple(given["roles"].split(",")) if "roles" in given else ("actor", "reactor")
    check_roles(roles)
    if "reactor" in given or "actor" in given:
        return _given(text, bodies, given, seconds, rng)
    if model == "moreact":
        raise ValueError("model=moreact: expected actor=FILE with it, the clip that is reacted to; add it")
    if "role" in given:
        raise ValueError(f"role={given['role']}: expected actor=FILE with it, the clip that is reacted to; add it")
    kind = meeting_of(text)
    if model == "guided" and kind is None:
        raise ValueError(f"{text!r}: expected one of {', '.join(MEETINGS)} for model=guided; say so, or name another")
    if model == "guided" or (model == "auto" and kind is not None):
        pair = meet(str(kind), bodies, rng, seconds=seconds)
        return pair, tuple(_lines(pair))
    if "a" not in given:
        raise ValueError('a, b: expected what each of two people does, got neither; add a="A person …" b="A person …"')
    if model == "composed" or (model == "auto" and assets == "permissive"):
        return _composed(text, bodies, (given["a"], given["b"]), (roles[0], roles[1]), given, rng)
    if assets == "permissive":
        raise ValueError(
            f"model={model}: expected guided or composed with assets=permissive, since what networks know of two "
            "people is for research only; name one of these"
        )
    from motion.in2in import In2IN
    from motion.pair_generate import PairPrompt, generate_pairs
    from motion.pair_weights import PAIRS, load_pair

    prompt = PairPrompt(
        text=text, texts=(given["a"], given["b"]), roles=(roles[0], roles[1]), seconds=seconds or 3.0
    )  # fmt: skip
    name = "timotion" if model == "timotion" else "in2in"
    network, space, _ = load_pair(Path(given.get("weights", PAIRS[name])))
    prior = load_pair(PAIRS["prior"])[0] if model == "dualmdm" else None
    figures = (figure_of(bodies[0].joints), figure_of(bodies[1].joints))
    pair = generate_pairs(
        network, space, [prompt], [figures], [rng], prior=prior if isinstance(prior, In2IN) else None
    )[0]  # fmt: skip
    return pair, (*_lines(pair), RESEARCH)


def _composed(
    text: str, bodies: tuple[Body, Body], texts: tuple[str, str], roles: tuple[str, str], given: Mapping[str, str],
    rng: np.random.Generator,
) -> tuple[PairClip, tuple[str, ...]]:  # fmt: skip
    """Return what each does by itself, by the single-person network, put opposite each other."""
    from embodied.motion_text import make_motion
    from motion.composed_pairs import face_to_face

    figures = (figure_of(bodies[0].joints), figure_of(bodies[1].joints))
    own = {key: value for key, value in given.items() if key in ("seconds", "assets", "weights")}
    clips = [
        make_motion(said, figure, own | {"seed": str(int(rng.integers(2**31)))})[0]
        for said, figure in zip(texts, figures, strict=True)
    ]
    pair = face_to_face((clips[0], clips[1]), figures, text, texts, roles, rng)
    return pair, tuple(_lines(pair) if given.get("assets") == "permissive" else (*_lines(pair), RESEARCH))


def _given(
    text: str, bodies: tuple[Body, Body], given: Mapping[str, str], seconds: float | None, rng: np.random.Generator
) -> tuple[PairClip, tuple[str, ...]]:
    """Return the pair of a given actor and of a given reactor, or one made by MoReact."""
    from motion.exchange import import_motion
    from motion.pair_generate import answering, react
    from motion.pair_weights import PAIRS, load_reaction
    from motion.pairs import part_of_clip, sample_of_clip

    if "actor" not in given:
        raise ValueError(f"reactor={given['reactor']}: expected actor=FILE with it; add it")
    if (asked := given.get("model", "auto")) not in ("auto", "moreact"):
        raise ValueError(f"model={asked}: expected moreact with actor=FILE, since no other reacts; leave it out")
    figures = (figure_of(bodies[0].joints), figure_of(bodies[1].joints))
    actor = import_motion(given["actor"], figures[0])
    own = (given.get("a", "A person moves."), given.get("b", text))
    if "reactor" in given:
        reactor = import_motion(given["reactor"], figures[1])
        both = tuple(given.get("roles", "alike,alike").split(","))
        pair = PairClip(
            clips=(actor, reactor), figures=figures, text=text, texts=own, roles=(both[0], both[1]), by="captured"
        )  # fmt: skip
        return pair, tuple(_lines(pair))
    if one_of(given, "assets", ASSETS) == "permissive":
        raise ValueError("actor: expected no reaction with assets=permissive, whose weights are for research only")
    role = given.get("role", given.get("roles", "actor,reactor").split(",")[1])
    first = answering(role)
    if seconds is not None:
        count = max(2, min(len(actor.root), round(seconds * actor.fps)))
        actor = part_of_clip(actor, np.arange(count))
    model, space, _ = load_reaction(Path(given.get("weights", PAIRS["moreact"])))
    sample = sample_of_clip(actor, figures[0], own[0])
    made = react(model, space, [sample], [text], [role], [figures[1]], [rng])[0]
    length = min(len(actor.root), len(made.root))
    clips = tuple(part_of_clip(clip, np.arange(length)) for clip in (actor, made))
    pair = PairClip(clips=(clips[0], clips[1]), figures=figures, text=text, texts=own, roles=(first, role))
    return pair, (*_lines(pair), RESEARCH)


RESEARCH = "weights learned from recordings that are CC BY-NC 4.0; assets=permissive does without"


def _lines(pair: PairClip) -> list[str]:
    both = [f"{role:9} {said}" for role, said in zip(pair.roles, pair.texts, strict=True)]
    return [f"{pair.by:9} {pair.text}", *both]
