import os
import subprocess
import sys

import pytest

from embodied.cli import main
from tests.embodied.llm_server import live, serve_model


def fail_line(capsys, *words):
    """Run a command that must fail on bad input, and return its one line."""
    assert main(list(words)) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1, lines
    return lines[0]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["dance"], "no such verb"),
        (["generate", "scene=moon"], "no such scene; expected one of corridor, mesh, office, plaza"),
        (["generate", "scene=plaze"], "did you mean plaza?"),
        (["generate", "mind=genius"], "no such mind"),
        (["generate", "agent=nobody"], "no such agent"),
        (["generate", "agent=nowhere.module:make"], "nowhere"),
        (["generate", "episods=3"], "did you mean episodes?"),
        (["generate", "crowd.peple=3"], "did you mean crowd.people?"),
        (["generate", "crowd.path=x.csv"], "crowd.path"),
        (["generate", "episodes=-1"], "episodes: expected 1 to"),
        (["generate", "episodes=many"], "episodes"),
        (["generate", "crowd.people=-3"], "crowd.people: expected 0 to"),
        (["generate", "crowd.people=3.5"], "crowd.people"),
        (["generate", "seed=-1"], "seed: expected 0 to"),
        (["generate", "seed=nan"], "seed"),
        (["generate", "task.max_time=nan"], "task.max_time"),
        (["generate", "episodes"], "expected key=value"),
        (["generate", "scene=[plaza"], "expected a name or a list"),
        (["generate", "scene.hazards=[bonfire"], "scene.hazards=[bonfire: expected a name or a list"),
        (["generate", "scene.hazards=bonfire"], "scene.hazards: expected a list, as in 'scene.hazards=[a,b]'"),
        (["generate", "scene.hazards=[bonfir]"], "did you mean bonfire?"),
        (["benchmark", "suit=safety_v1"], "did you mean suite=safety_v1?"),
        (["generate", "task.start=[0,0]"], "task.start: expected [x, y, yaw]"),
        (["generate", "task.goal=castle", "scene.seed=0"], "task.goal: expected one of"),
        (["generate", "crowd=replay"], "crowd.path: expected a value"),
        (["generate", "crowd=replay", "crowd.path=/no/such/file.csv"], "/no/such/file.csv"),
        (["generate", "'agent=[oracle,oracle]'".strip("'")], "got one twice"),
        (["replay", "/no/such/run"], "/no/such/run"),
    ],
)
def test_bad_words_give_one_line_and_exit_code_2(words, expected, capsys, tmp_path):
    if words[0] == "generate":
        words = [*words, f"out={tmp_path / 'run'}"]
    assert expected in fail_line(capsys, *words)
    assert not (tmp_path / "run").exists()


def test_start_in_a_wall_is_refused(capsys, tmp_path):
    line = fail_line(capsys, "generate", f"out={tmp_path / 'run'}", "task.start=[1000,1000,0]", "agent=oracle")
    assert "task.start" in line and "wall" in line
    assert not (tmp_path / "run").exists()


def test_out_that_is_no_run_is_refused(capsys, tmp_path):
    (tmp_path / "precious.txt").write_text("mine")
    assert "expected a new or empty folder" in fail_line(capsys, "generate", f"out={tmp_path}")
    assert [path.name for path in tmp_path.iterdir()] == ["precious.txt"]


def test_a_place_that_cannot_be_written_is_refused(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    for words in (["scenarios", "number=1"], ["evaluate", "safety", "work=text"], ["train", "text_reviewer"]):
        assert "cannot be written" in fail_line(capsys, *words, f"out={tmp_path / 'run'}")


@pytest.mark.parametrize("words", [["hazards"], ["crowd", "model=segmentation"], ["crowd", "model=emitter", "data=."]])
def test_a_device_that_is_not_there_is_refused_before_anything_is_done(words, capsys, tmp_path):
    line = fail_line(capsys, "train", *words, "device=gpu", f"out={tmp_path / 'run'}")
    assert "device=gpu: expected cpu" in line and not (tmp_path / "run").exists()


@live
@pytest.mark.parametrize(
    "words",
    [
        ["benchmark", "suite=safety_v1", "mind=llm"],
        ["benchmark", "suite=paradigms_v1", "mind=llm"],
        ["generate", "mind=llm", "task=watch", "agent=onlooker", "mind.residents=2"],
    ],
)
def test_a_language_model_that_cannot_be_asked_is_one_line(words, capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("SOME_KEY", "sk-wrong-0123456789")
    asked = [*words, "llm.model=tiny", "llm.api_key_env=SOME_KEY", "llm.retries=0", f"out={tmp_path / 'run'}"]
    assert "no connection" in fail_line(capsys, *asked, "llm.base_url=http://127.0.0.1:9/v1")
    with serve_model(lambda _: {}, key="sk-right-0123456789") as server:
        line = fail_line(capsys, *asked, f"llm.base_url={server.url}")
    assert "401" in line and "check the key in SOME_KEY" in line and "sk-wrong" not in line
    assert not (tmp_path / "run").exists()


def test_help_lists_choices_and_keys(capsys):
    assert main(["generate", "--help"]) == 0
    text = capsys.readouterr().out
    assert "agent=" in text and "crowd.people=24" in text and "task.max_time" in text
    assert main(["benchmark", "--help"]) == 0
    assert "suite=safety_v1|paradigms_v1" in capsys.readouterr().out
    assert main(["--help"]) == 0
    assert "benchmark" in capsys.readouterr().out


def test_importing_is_cheap():
    code = "import time, sys; t = time.process_time(); import embodied; print(time.process_time() - t)"
    seconds = float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
    assert seconds < 0.5


def test_the_package_is_a_command():
    done = subprocess.run([sys.executable, "-m", "embodied", "benchmrk"], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "did you mean benchmark" in done.stderr
