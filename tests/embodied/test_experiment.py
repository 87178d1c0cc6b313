import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from embodied.cli import main
from embodied.experiment import describe

RUN = ["benchmark", "agent=[oracle,never_ask]", "crowd.people=4", "scene.seed=3", "task.max_time=8", "seed=5",
       "episodes=2"]  # fmt: skip


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    out = tmp_path_factory.mktemp("run") / "a"
    assert main([*RUN, f"out={out}"]) == 0
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


def test_two_workers_write_the_same_bytes_and_rows(finished, tmp_path):
    assert main([*RUN, "workers=2", f"out={tmp_path / 'b'}"]) == 0
    assert read(tmp_path / "b") == read(finished)
    assert read_rows(tmp_path / "b") == read_rows(finished)


def test_a_killed_run_goes_on_to_the_same_bytes(finished, tmp_path):
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
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if os.geteuid() or not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a file system cannot be mounted here; run as root")
    words = ["rollout", "video=0", "episodes=4", "task.max_time=6"]
    try:
        assert main([*words, f"out={disk / 'run'}"]) == 1
        (line,) = [line for line in capsys.readouterr().err.splitlines() if "/4 " not in line]
        assert line.startswith(f"embodied rollout: {disk / 'run'}: the disk is full; ")
        names = [path.name for path in (disk / "run" / "episodes").iterdir()]
        assert 0 < len(names) < 4 and not any(name.startswith(".") for name in names)
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


def test_a_dry_run_leaves_nothing_and_comes_close(finished, tmp_path, capsys, monkeypatch):
    from embodied.compose import compose_runs
    from embodied.dry_run import measure_costs, predict_disk

    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    assert main([*RUN, "dry_run=true", f"out={tmp_path / 'run'}"]) == 0
    assert not list(tmp_path.iterdir())
    words = capsys.readouterr().out
    assert words.count("plaza") == 2 and "\ntime     " in words and "\ndisk     " in words

    runs = compose_runs([*RUN[1:], f"out={tmp_path / 'run'}"], {})
    _, costs = measure_costs(runs)
    started = time.perf_counter()
    assert main([*RUN, f"out={tmp_path / 'run'}"]) == 0
    seconds = time.perf_counter() - started
    low, high = (sum(cost.work[end] for cost in costs) for end in (0, 1))
    assert low / 3 < seconds < high * 3
    size = sum(len(value) for value in read(finished).values())
    low, high = predict_disk(costs)
    assert low / 1.5 < size < high * 1.5
    _, costs = measure_costs(runs)  # all is there now
    assert [cost.episodes for cost in costs] == [0, 0] and predict_disk(costs) == (0, 0)
