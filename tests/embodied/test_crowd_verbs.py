"""`embodied train crowd` and `embodied evaluate crowd` on small recordings that are made here."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from safetensors import safe_open

from crowd.crowdes_weights import load as load_crowdes
from crowd.recordings import ETH_UCY, PICTURES
from embodied import cli
from embodied.compose import compose_runs
from embodied.log import EpisodeLog


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of recordings like the real ones: people cross a yard of 20 x 12 m with a house in its corner."""
    root = tmp_path_factory.mktemp("crowd")
    for number, name in enumerate(ETH_UCY):
        rng = np.random.default_rng(number)
        folder = root / "eth_ucy" / name
        folder.mkdir(parents=True)
        rows = []
        for person in range(14):
            start, steps = 2 * person, int(rng.integers(15, 30))
            ends = np.array([[0.5, rng.uniform(1, 8)], [19.5, rng.uniform(1, 8)]])[:: 1 if person % 2 else -1]
            way = ends[0] + np.linspace(0, 1, steps)[:, None] * (ends[1] - ends[0]) + rng.normal(0, 0.05, (steps, 2))
            rows += [(0.4 * (start + k), person + 1, *way[k]) for k in range(steps)]
        table = "".join(f"{t:.3f},{p},{x:.4f},{y:.4f}\n" for t, p, x, y in rows)
        (folder / "traj.csv").write_text("t_s,agent_id,x_m,y_m\n" + table)
        np.savetxt(folder / "H_image_to_world.txt", np.diag([0.1, 0.1, 1.0]))
        if PICTURES.get(name, name) == name:
            mask = np.ones((120, 200), np.uint8)
            mask[90:, 150:] = 0
            cv2.imwrite(str(folder / "segmentation.png"), mask)
    return root


@pytest.fixture(scope="module")
def weights(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("weights")
    words = ["train", "crowd", "model=plan_diffusion", "fold=zara1", f"data={data}", f"out={out}", "steps=30"]
    assert cli.main(words) == 0
    return out


@pytest.mark.slow
def test_a_fold_is_learned_and_judged(data: Path, weights: Path, tmp_path: Path) -> None:
    assert sorted(path.name for path in weights.iterdir()) == [
        "plan_diffusion-zara1.json",
        "plan_diffusion-zara1.safetensors",
    ]
    curve = json.loads((weights / "plan_diffusion-zara1.json").read_text())
    assert curve["verb"] == "train" and curve["rows"][-1]["step"] == 30 and curve["rows"][-1]["part"] == "plans"
    words = ["evaluate", "crowd", "protocol=replayed", f"data={data}", "scene=zara1", f"weights={weights}", "samples=3"]
    models = "model=[real,straight,social_force,ours]"
    for workers, out in ((1, tmp_path / "one"), (2, tmp_path / "two")):
        assert cli.main([*words, models, f"workers={workers}", f"out={out}"]) == 0
    one, two = (json.loads((tmp_path / out / "results.json").read_text()) for out in ("one", "two"))
    assert one["rows"] == two["rows"]
    rows = {(row["scene"], row["model"]): row["metrics"] for row in one["rows"]}
    assert set(rows) == {(s, m) for s in ("zara1", "all") for m in ("real", "straight", "social_force", "ours")}
    straight = rows["zara1", "straight"]
    assert straight["ade"]["value"] < 0.2 and straight["min_ade_3"]["value"] <= straight["ade"]["value"] + 0.3
    for model in ("social_force", "ours"):
        assert (
            rows["zara1", model]["col_02"]["value"] == 0.0 and rows["zara1", model]["wall_transitions"]["value"] == 0.0
        )
    assert {"stop_share_floor", "nn_p5_floor"} <= rows["all", "real"].keys()


def test_a_data_set_that_nothing_has_learned_from_is_judged_by_the_weights_of_all(
    weights: Path, tmp_path: Path
) -> None:
    lines = []
    for person in range(6):
        track = "; ".join(f"[{60 + 9 * k} {100 + 50 * person} {40 * person + 5 * k}]" for k in range(50))
        lines += [f"Properties.R{person + 1}= [50 0 0];", f"TRACK.R{person + 1}= [{track}];"]
    (tmp_path / "edin").mkdir()
    (tmp_path / "edin" / "tracks.01Aug.txt.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    (tmp_path / "plan_diffusion.safetensors").write_bytes((weights / "plan_diffusion-zara1.safetensors").read_bytes())
    words = ["evaluate", "crowd", "protocol=replayed", "scene=edin", f"data={tmp_path}", f"weights={tmp_path}"]
    assert cli.main([*words, "model=[straight,ours]", "samples=2", f"out={tmp_path / 'out'}"]) == 0
    rows = json.loads((tmp_path / "out" / "results.json").read_text())["rows"]
    found = {row["model"]: row["metrics"] for row in rows if row["scene"] == "edin"}
    assert found["straight"]["ade"]["value"] < 0.1 and found["ours"]["col_02"]["value"] == 0.0


@pytest.mark.slow
def test_crowds_are_made_of_pictures_alone(data: Path, weights: Path, tmp_path: Path) -> None:
    for model in ("emitter", "crowdes"):
        words = ["train", "crowd", f"model={model}", "fold=zara1", f"data={data}", f"out={tmp_path}", "steps=3"]
        assert cli.main(words) == 0
    layout = tmp_path / "crowdes-zara1.safetensors"
    words = ["train", "crowd", "model=crowdes", "paper_compat=true", "fold=zara1", f"data={data}", "steps=3"]
    assert cli.main([*words, f"layout={layout}", f"out={tmp_path}"]) == 0
    compat = load_crowdes(tmp_path / "crowdes-compat-zara1.safetensors")
    for key, value in load_crowdes(layout).layout.state_dict().items():
        assert value.equal(compat.layout.state_dict()[key]), key
    with safe_open(tmp_path / "crowdes-compat-zara1.safetensors", "pt") as file:
        assert {key.split(".")[0] for key in file.keys()} == {"emitter", "simulator"}  # noqa: SIM118
    plans = "plan_diffusion-zara1.safetensors"
    (tmp_path / plans).write_bytes((weights / plans).read_bytes())
    words = ["evaluate", "crowd", "protocol=generated", f"data={data}", "scene=zara1", f"weights={tmp_path}"]
    for workers, out in ((1, tmp_path / "one"), (2, tmp_path / "two")):
        models = "model=[real,crowdes,ours]"
        assert cli.main([*words, models, "samples=2", f"workers={workers}", f"out={out}"]) == 0
    one, two = (json.loads((tmp_path / out / "results.json").read_text()) for out in ("one", "two"))
    assert one["rows"] == two["rows"]
    rows = {(row["scene"], row["model"]): row["metrics"] for row in one["rows"]}
    assert set(rows) == {(s, m) for s in ("zara1", "all") for m in ("real", "crowdes", "ours")}
    measures = {"dens", "freq", "cov", "pop", "kinem", "dtw", "div", "col"}
    assert measures <= rows["all", "ours"].keys() and rows["all", "ours"]["col"]["value"] == 0.0
    assert rows["zara1", "ours"]["pop"]["value"] != rows["zara1", "crowdes"]["pop"]["value"]
    assert cli.main([*words, "model=crowdes_compat", "samples=1", f"out={tmp_path / 'compat'}"]) == 0
    rows = json.loads((tmp_path / "compat" / "results.json").read_text())["rows"]
    assert {row["model"] for row in rows} == {"crowdes_compat"} and measures <= rows[0]["metrics"].keys()


def test_all_models_without_own_weights_leave_out_what_is_not_shipped(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["evaluate", "crowd", "protocol=generated", f"data={data}", "scene=zara1", "samples=1", f"out={tmp_path}"]
    assert cli.main(words) == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert first == "crowdes_compat: left out, as its weights are not shipped; weights=DIR names others"
    rows = json.loads((tmp_path / "results.json").read_text())["rows"]
    assert {row["model"] for row in rows} == {"real", "crowdes", "ours"}


@pytest.mark.slow
def test_training_again_gives_the_same_bytes(data: Path, weights: Path, tmp_path: Path) -> None:
    words = ["train", "crowd", "model=plan_diffusion", "fold=zara1", f"data={data}", f"out={tmp_path}", "steps=30"]
    assert cli.main(words) == 0
    name = "plan_diffusion-zara1.safetensors"
    assert (tmp_path / name).read_bytes() == (weights / name).read_bytes()


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["train", "crowd", "model=plan_diffusion", "out={out}"], "expected data=DIR, got none"),
        (
            ["train", "crowd", "model=wave", "data={data}", "out={out}"],
            "model=wave: expected one of plan_diffusion, emitter, crowdes, segmentation",
        ),
        (
            ["train", "crowd", "model=plan_diffusion", "size=small", "data={data}", "out={out}"],
            "of use for model=crowdes only",
        ),
        (
            ["train", "crowd", "model=crowdes", "fold=moon", "data={data}", "out={out}"],
            "fold=moon: expected all or one of",
        ),
        (
            ["train", "crowd", "model=crowdes", "fold=eth", "data={out}", "out={out}"],
            "expected a file of the trajectory pack",
        ),
        (
            ["train", "crowd", "model=crowdes", "steps=0", "data={data}", "out={out}"],
            "steps=0: expected a whole number",
        ),
        (["evaluate", "crowd", "data={data}"], "protocol=: expected"),
        (["evaluate", "crowd", "protocol=replayed"], "expected data=DIR"),
        (
            ["evaluate", "crowd", "protocol=replayed", "data={data}", "scene=moon"],
            "scene=moon: expected all or some of",
        ),
        (["evaluate", "crowd", "protocol=replayed", "data={data}", "model=ours,x"], "model=x: expected all or some of"),
        (
            [
                "evaluate",
                "crowd",
                "protocol=replayed",
                "data={data}",
                "scene=eth",
                "model=ours",
                "weights={out}",
                "out={out}/a",
            ],
            "plan_diffusion-eth.safetensors, found no such file; make them with `embodied train crowd",
        ),
        (
            ["evaluate", "crowd", "protocol=generated", "data={data}", "model=[real,crowdes_compat]", "out={out}/a"],
            "crowdes-compat-eth.safetensors, found no such file; make them with `embodied train crowd model=crowdes "
            "paper_compat=true fold=eth data={data} out=DIR` and name weights=DIR",
        ),
    ],
)
def test_bad_input_is_one_line(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], line: str
) -> None:
    code = cli.main([word.format(data=data, out=tmp_path) for word in words])
    said, error = capsys.readouterr()
    assert code == 2 and line.format(data=data) in error and error.count("\n") == 1
    assert not said and not list(tmp_path.iterdir())  # before anything is computed or written


def test_an_episode_among_people_with_plans(tmp_path: Path) -> None:
    words = ["generate", "scene=plaza", "crowd=plan_diffusion", "crowd.people=8", "agent=random", "task.max_time=8"]
    for name in ("one", "two"):
        assert cli.main([*words, "seed=3", "video=0", f"out={tmp_path / name}"]) == 0
    logs = [next((tmp_path / name / "episodes").iterdir()) / "log.parquet" for name in ("one", "two")]
    assert logs[0].read_bytes() == logs[1].read_bytes()
    log = EpisodeLog.read(logs[0].parent)
    assert log.metadata["crowd"] == "plan_diffusion"
    walks = (log.column("kind") == "human") & (log.column("activity") == "walk")
    assert np.hypot(log.column("vx"), log.column("vy"))[walks].max() > 0.8


def test_permissive_assets_leave_learned_people_out() -> None:
    def crowds(*words: str) -> list[str]:
        return [run.crowd.name for run in compose_runs(words, {})]

    assert crowds() == ["plan_diffusion"]
    assert crowds("assets=permissive") == crowds("assets=permissive", "crowd=plan_diffusion") == ["social_force"]
    assert crowds("assets=permissive", "crowd=[social_force,replay]") == ["social_force", "replay"]
    assert crowds("assets=permissive", "scene=recording", "scene.path=x") == ["replay"]
    motions = [run.motion.name for run in compose_runs(["assets=permissive", "motion=[learned,gait]"], {})]
    assert motions == ["learned_cmu", "gait"]
    (run,) = compose_runs(["assets=permissive", "crowd.people=7"], {})
    assert run.crowd.people == 7 and run.assets == "permissive"
    with pytest.raises(ValueError, match="assets: expected one of all, permissive, got 'some'"):
        crowds("assets=some")
