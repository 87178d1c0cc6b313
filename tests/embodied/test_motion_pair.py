"""`embodied motion "TEXT"` of two people: guided, by networks, or reacting to a clip; bad input is one line."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch

from crowd.weights import save_weights
from embodied.cli import main
from motion.clip import JOINT_NAMES
from motion.moreact import MoReact, MoReactConfig
from motion.pair_space import LatentSpace
from motion.pair_weights import build, codec_digest, joined
from motion.weights import SHIPPED, load_single

WRISTS = [JOINT_NAMES.index("left_wrist"), JOINT_NAMES.index("right_wrist")]
BOTH = ["a=A person walks.", "b=A person walks, too."]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Leave weights of networks that have learned nothing: pair.safetensors, reaction.safetensors."""
    folder, codec = tmp_path_factory.mktemp("weights"), load_single(SHIPPED["default"])[0].codec
    torch.manual_seed(0)
    space = LatentSpace(codec, 30)
    network = build("in2in", space.numbers)
    torch.nn.init.normal_(network.outward.weight, std=0.02)
    about = {"kind": "in2in", "without": None, "config": asdict(network.config), "codec_sha256": codec_digest()}
    save_weights(joined(network=network, space=space), folder / "pair.safetensors", "motion_pair", about)
    config = MoReactConfig(width=16, blocks=1, heads=2, inner=24)
    about = {"config": asdict(config), "codec_sha256": codec_digest()}
    tensors = joined(network=MoReact(config), space=space)
    save_weights(tensors, folder / "reaction.safetensors", "motion_reaction", about)
    return folder


@pytest.fixture(scope="module")
def shake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Leave shake_a.npz and shake_b.npz: two people who shake hands; and short_b.npz, the first half of the second."""
    folder = tmp_path_factory.mktemp("shake")
    assert main(["motion", "two people shake hands", f"out={folder}/shake.npz", "body=man_tall,woman_young"]) == 0
    with np.load(folder / "shake_b.npz") as file:
        arrays = dict(file)
    for key in ("root", "rotations", "positions"):
        arrays[key] = arrays[key][: len(arrays[key]) // 2]
    np.savez(folder / "short_b.npz", **arrays)
    return folder


def test_a_handshake_is_two_files_in_one_world(shake: Path) -> None:
    assert sorted(path.name for path in shake.iterdir()) == ["shake_a.npz", "shake_b.npz", "short_b.npz"]
    with np.load(shake / "shake_a.npz") as one, np.load(shake / "shake_b.npz") as other:
        first, second = one["positions"], other["positions"]
        assert one["fps"] == other["fps"] == 30.0
    assert first.shape == second.shape
    gaps = np.linalg.norm(first[:, WRISTS[1]] - second[:, WRISTS[1]], axis=1)
    assert gaps.min() < 0.25 < gaps[0]  # right hands come together


def test_it_says_how_it_was_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["motion", "wave to each other", "people=2", "seconds=6", f"out={tmp_path}/w.bvh", "fps=10"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "guided    Two people wave to each other."
    assert told[1].startswith("actor     A person waves") and told[2].startswith("reactor   A person waves back")
    assert told[3] == "6.0 s at 10 fps, man_young, woman_young"
    assert told[4:] == [f"{tmp_path}/w_a.bvh", f"{tmp_path}/w_b.bvh"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["w_a.bvh", "w_b.bvh"]


def test_the_same_seed_gives_the_same_pair(weights: Path, tmp_path: Path) -> None:
    words = ["motion", "two people walk on", *BOTH, f"weights={weights}/pair.safetensors", "seconds=1"]
    for name, seed in (("one", 0), ("same", 0), ("other", 1)):
        assert main([*words, f"out={tmp_path}/{name}.npz", f"seed={seed}"]) == 0
    clips = {name: dict(np.load(tmp_path / f"{name}_b.npz")) for name in ("one", "same", "other")}
    assert clips["one"]["root"].shape == (30, 3)
    np.testing.assert_array_equal(clips["one"]["positions"], clips["same"]["positions"])
    assert not np.array_equal(clips["one"]["positions"], clips["other"]["positions"])


def test_somebody_reacts_to_a_clip(
    shake: Path, weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["motion", "a person steps aside", f"actor={shake}/shake_a.npz", f"weights={weights}/reaction.safetensors"]
    assert main([*words, f"out={tmp_path}/x.npz", "seconds=4", "body=man_tall,girl", "role=follower"]) == 0
    told = capsys.readouterr().out
    assert "learned   a person steps aside" in told and "CC BY-NC 4.0" in told
    assert "leader" in told and "follower" in told
    with np.load(shake / "shake_a.npz") as given, np.load(tmp_path / "x_a.npz") as actor:
        np.testing.assert_allclose(actor["positions"], given["positions"][:120], atol=1e-6)  # as it was
    with np.load(tmp_path / "x_b.npz") as reactor:
        assert reactor["positions"].shape == (120, 22, 3) and np.isfinite(reactor["positions"]).all()


def test_roles_of_given_clips_are_those_that_are_told(
    shake: Path, weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [
        "motion",
        "a person takes it",
        f"actor={shake}/shake_a.npz",
        "roles=giver,receiver",
        f"out={tmp_path}/x.npz",
    ]
    for more in (f"reactor={shake}/shake_b.npz", f"weights={weights}/reaction.safetensors"):
        assert main([*words, more]) == 0
        told = capsys.readouterr().out
        assert "giver     A person moves." in told and "receiver  a person takes it" in told


def test_two_clips_are_shown_beside_each_other(shake: Path, tmp_path: Path) -> None:
    words = ["motion", "two people meet", f"actor={shake}/shake_a.npz", f"reactor={shake}/shake_b.npz"]
    assert main([*words, f"out={tmp_path}/x.npz", "body=man_tall,woman_young"]) == 0
    for letter in "ab":
        with np.load(shake / f"shake_{letter}.npz") as given, np.load(tmp_path / f"x_{letter}.npz") as made:
            np.testing.assert_allclose(made["positions"], given["positions"], atol=1e-6)


@pytest.mark.parametrize(
    ("text", "words", "match"),
    [
        ("two people shake hands", ["people=3"], "people=3: expected 1 or 2"),
        ("two people shake hands", ["people=1", "a=A person walks."], "people=1: expected none of a, b, roles"),
        ("two people walk on", ["a=A person walks."], "b: expected what each of two people does, got that of one; add"),
        ("two people walk on", ["b=A person walks."], "a: expected what each of two people does, got that of one; add"),
        ("two people sneeze", [], "a, b: expected what each of two people does, got neither; add"),
        ("two people walk on", ["a= ", "b=A person walks."], "texts: expected one of both and one of each"),
        ("two people shake hands", ["roles=king,queen"], "roles: expected actor and reactor"),
        ("two people shake hands", ["roles=actor"], "roles: expected actor and reactor"),
        ("two people shake hands", ["body=girl"], "body=girl: expected 2 of them, got 1; name one for each"),
        ("two people shake hands", ["body=girl,girl,girl"], "expected 2 of them, got 3; name one for each person"),
        ("a person walks", ["body=girl,girl"], "body=girl,girl: expected 1 of them, got 2"),
        ("two people shake hands", ["body=girl,giant"], "body=giant: expected one of"),
        ("two people shake hands", ["body=girl,boy_wheelchair"], "expected somebody who walks without wheelchair"),
        ("two people shake hands", ["path=0,0;1,0"], "path=0,0;1,0: expected it for one person only; leave it out"),
        ("two people shake hands", ["seconds=90"], "seconds=90: expected a number from 0.3 to 60"),
        ("two people shake hands", ["seed=x"], "seed=x: expected a whole number"),
        ("two people shake hands", ["model=gpt"], "model=gpt: expected one of auto, in2in"),
        ("two people sneeze", ["model=guided"], "expected one of handshake, "),
        (
            "two people walk on",
            [*BOTH, "assets=permissive", "model=in2in"],
            "model=in2in: expected guided or composed with",
        ),
        (
            "two people walk on",
            [*BOTH, "weights={0}/none.safetensors"],
            "of motion_pair, found no such file",
        ),
        ("two people walk on", [*BOTH, "weights={w}/reaction.safetensors"], "got motion_reaction; name others"),
        ("two people walk on", [*BOTH, "model=moreact"], "model=moreact: expected actor=FILE with it"),
        ("steps aside", ["role=reactor"], "role=reactor: expected actor=FILE with it"),
        ("steps aside", ["reactor={s}/shake_b.npz"], "expected actor=FILE with it; add it"),
        ("steps aside", ["actor={0}/none.npz"], "none.npz: expected a file with a motion, found none"),
        ("steps aside", ["actor={s}/shake_a.npz", "role=king"], "role=king: expected one of actor, alike"),
        ("steps aside", ["actor={s}/shake_a.npz", "model=in2in"], "model=in2in: expected moreact with actor"),
        ("steps aside", ["actor={s}/shake_a.npz", "assets=permissive"], "actor: expected no reaction with assets="),
        ("steps aside", ["actor={s}/shake_a.npz", "weights={w}/pair.safetensors"], "got motion_pair; name others"),
        (
            "steps aside",
            ["actor={s}/shake_a.npz", "reactor={s}/short_b.npz"],
            "clips: expected both as long and at one rate",
        ),
        ("steps aside", ["actor={0}/tiny.npz", "weights={w}/reaction.safetensors"], "expected 0.2 s or more, got"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    shake: Path,
    weights: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    text: str,
    words: list[str],
    match: str,
) -> None:
    with np.load(shake / "shake_a.npz") as file:
        arrays = dict(file)
    for key in ("root", "rotations", "positions"):
        arrays[key] = arrays[key][:4]
    np.savez(tmp_path / "tiny.npz", **arrays)
    before = sorted(path.name for path in tmp_path.iterdir())
    given = [
        word.replace("{0}", str(tmp_path)).replace("{w}", str(weights)).replace("{s}", str(shake)) for word in words
    ]
    capsys.readouterr()
    assert main(["motion", text, *given, f"out={tmp_path}/x.npz"]) == 2
    told = capsys.readouterr().err
    assert match in told and told.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == before
