import json

import pytest

from embodied.cli import main

RUN = ["generate", "agent=oracle", "crowd.people=4", "scene.seed=3", "task.max_time=30", "video=0", "seed=5"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    out = tmp_path_factory.mktemp("run") / "a"
    assert main([*RUN, "episodes=2", f"out={out}"]) == 0
    return out


def read(out):
    return {
        path.relative_to(out): path.read_bytes() for path in sorted((out / "episodes").rglob("*")) if path.is_file()
    }


def test_a_run_leaves_logs_results_and_report(finished):
    results = json.loads((finished / "results.json").read_text())
    assert results["schema"] == 1 and results["verb"] == "generate"
    (row,) = results["rows"]
    assert row["agent"] == "oracle" and row["n"] == 2
    assert {"sr", "osr", "spl", "ne", "tl", "inquiries", "min_distance", "human_collisions"} <= set(row["metrics"])
    assert len(list((finished / "episodes").glob("*/log.parquet"))) == 2
    assert "<html" in (finished / "report.html").read_text()


def test_two_workers_write_the_same_bytes(finished, tmp_path):
    assert main([*RUN, "episodes=2", "workers=2", f"out={tmp_path / 'b'}"]) == 0
    assert read(tmp_path / "b") == read(finished)


def test_a_second_run_keeps_what_is_there_and_makes_what_is_missing(finished, tmp_path):
    import shutil

    copy = tmp_path / "c"
    shutil.copytree(finished, copy)
    gone = sorted((copy / "episodes").iterdir())[0]
    shutil.rmtree(gone)
    assert main([*RUN, "episodes=2", f"out={copy}"]) == 0
    assert read(copy) == read(finished)


def test_a_folder_of_another_configuration_is_refused(finished, capsys):
    before = read(finished)
    assert main([*RUN, "episodes=2", "crowd.people=5", f"out={finished}"]) == 2
    assert "another configuration" in capsys.readouterr().err
    assert read(finished) == before
