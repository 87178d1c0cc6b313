import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from embodied import experiment
from embodied.cli import main
from embodied.compose import compose_runs
from embodied.dry_run import Cost, count_missing, measure_costs, predict_disk, predict_time, show
from embodied.experiment import describe
from embodied.rollout import DEFAULTS

RUN = ["benchmark", "agent=[oracle,never_ask]", "crowd.people=3", "scene.seed=3", "task.max_time=3", "seed=5",
       "episodes=2"]  # fmt: skip


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run of two workers."""
    out = tmp_path_factory.mktemp("run") / "a"
    assert main([*RUN, "workers=2", f"out={out}"]) == 0
    return out


def read(out):
    return {
        path.relative_to(out): path.read_bytes() for path in sorted((out / "episodes").rglob("*")) if path.is_file()
    }


def read_rows(out):
    return json.loads((out / "results.json").read_text())["rows"]


def test_a_run_leaves_logs_results_and_report(finished):
    results = json.loads((finished / "results.json").read_text())
    assert results["schema"] == 1 and results["verb"] == "benchmark"
    assert [(row["agent"], row["n"], row["variant"]) for row in results["rows"]] == [
        ("oracle", 2, "default"), ("never_ask", 2, "default"),
    ]  # fmt: skip
    for row in results["rows"]:
        assert {"sr", "osr", "spl", "ne", "tl", "inquiries", "min_distance", "human_collisions"} <= set(row["metrics"])
    assert len(list((finished / "episodes").glob("*/log.parquet"))) == 4
    assert {path.name for path in finished.iterdir()} == {"config.yaml", "episodes", "report.html", "results.json"}
    assert "<html" in (finished / "report.html").read_text()


@pytest.mark.slow
def test_one_worker_killed_and_continued_leaves_the_bytes_and_rows_of_two_workers(finished, tmp_path):
    out = tmp_path / "killed"
    command = [sys.executable, "-m", "embodied.cli", *RUN, f"out={out}"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, env={**os.environ, "OMP_NUM_THREADS": "1"})
    end = time.monotonic() + 300
    while not list((out / "episodes").glob("plaza-*")):
        assert process.poll() is None and time.monotonic() < end, "no episode came"
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert (out / ".lock").exists() and len(list((out / "episodes").glob("plaza-*"))) < 4
    assert main([*RUN, f"out={out}"]) == 0
    assert read(out) == read(finished) and read_rows(out) == read_rows(finished)
    assert not list(out.glob(".*")) and not list(out.glob("episodes/.*"))


def test_a_second_run_keeps_what_is_there_and_makes_what_is_missing(finished, tmp_path):
    copy = tmp_path / "c"
    shutil.copytree(finished, copy)
    gone = sorted((copy / "episodes").iterdir())[0]
    shutil.rmtree(gone)
    kept = sorted((copy / "episodes").iterdir())[0] / "log.parquet"
    before = kept.stat()
    assert main([*RUN, f"out={copy}"]) == 0
    assert read(copy) == read(finished)
    assert kept.stat().st_mtime_ns == before.st_mtime_ns


def test_a_folder_of_another_configuration_is_refused(finished, capsys):
    before = read(finished)
    assert main([*RUN, "crowd.people=5", f"out={finished}"]) == 2
    assert "another configuration" in capsys.readouterr().err
    assert read(finished) == before


def test_an_error_names_its_episode(tmp_path, capsys, monkeypatch):
    (tmp_path / "clumsy.py").write_text(
        "from embodied.agents.straight import Straight\n"
        "class Clumsy(Straight):\n    def act(self, observation):\n        raise KeyError('lost')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert main(["rollout", "agent=clumsy:Clumsy", "episodes=2", f"out={tmp_path / 'run'}"]) == 2
    assert capsys.readouterr().err.strip() == "embodied rollout: lost (episode corridor-clumsy.Clumsy-0000)"
    assert not (tmp_path / "run").exists()


def test_a_full_disk_stops_with_one_line_and_the_run_goes_on(tmp_path, capsys):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=48k", "tmpfs", str(disk)]
    if os.geteuid() or not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a file system cannot be mounted here; run as root")
    words = ["rollout", "video=0", "episodes=3", "task.max_time=2"]
    try:
        assert main([*words, f"out={disk / 'run'}"]) == 1
        (line,) = [line for line in capsys.readouterr().err.splitlines() if "/3 " not in line]
        assert line.startswith(f"embodied rollout: {disk / 'run'}: the disk is full; ")
        names = [path.name for path in (disk / "run" / "episodes").iterdir()]
        assert 0 < len(names) < 3 and not any(name.startswith(".") for name in names)
        assert {path.name for path in (disk / "run").iterdir()} == {"config.yaml", "episodes"}
        subprocess.run(["mount", "-o", "remount,size=16m", str(disk)], check=True)
        assert main([*words, f"out={disk / 'run'}"]) == 0
        assert main([*words, f"out={tmp_path / 'whole'}"]) == 0
        assert read(disk / "run") == read(tmp_path / "whole")
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_lists_whose_runs_would_share_folders_are_refused(tmp_path, capsys):
    assert main(["generate", "backend=[gl,tiny]", f"out={tmp_path / 'run'}"]) == 2
    assert "expected lists of scenes and agents alone" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_help_tells_of_every_key():
    words = describe("generate", {})
    assert "  workers=1" in words and "  dry_run=false" in words and "  out=null" in words


def test_a_dry_run_leaves_nothing_and_comes_close(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    words = ["rollout", "video=0", "episodes=2", "task.max_time=3", f"out={tmp_path / 'run'}"]
    kept = []
    monkeypatch.setattr(experiment, "estimate", lambda runs: kept.append(measure_costs(runs)) or show(runs, *kept[0]))
    assert main([*words, "dry_run=true"]) == 0
    assert not list(tmp_path.iterdir())
    text = capsys.readouterr().out
    assert "straight · corridor" in text and "\ntime     " in text and "\ndisk     " in text

    ((_, costs),) = kept
    started = time.perf_counter()
    assert main(words) == 0
    low, high = predict_time(0.0, costs, workers=1, processors=2)
    assert low / 3 < time.perf_counter() - started < high * 3
    size = sum(len(value) for value in read(tmp_path / "run").values())
    low, high = predict_disk(costs)
    assert low / 1.5 < size < high * 1.5
    assert count_missing(compose_runs(words[1:], DEFAULTS)[0]) == 0


def test_predicted_time_is_bound_by_workers_or_by_cores():
    cost = Cost(name="", episodes=2, lasts=(1, 2), work=(30, 60), cores=1.0, alone=(0, 5), disk=(7, 8))
    assert predict_time(3.0, [cost, cost], workers=1, processors=4) == (63, 133)
    assert predict_time(3.0, [cost, cost], workers=2, processors=4) == (33, 73)
    assert predict_time(3.0, [cost, cost], workers=8, processors=2) == (33, 73)  # two cores do no more
    assert predict_disk([cost, cost]) == (14, 16)
