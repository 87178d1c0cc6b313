"""One writer per folder, leftovers, and a disk that is full."""

import errno
import os
import shutil
import subprocess

import pytest

from embodied.claim import claimed_folder, is_full
from embodied.cli import main
from embodied.compose import compose_runs
from embodied.log import atomic_folder


@pytest.fixture(scope="module")
def runs():
    return compose_runs(["episodes=2"], {})


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 64 KB, and a function that makes it larger."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if os.geteuid() or not shutil.which("mount") or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("a file system cannot be mounted here; run as root")
    yield folder, lambda: subprocess.run(["mount", "-o", "remount,size=4m", str(folder)], check=True)
    subprocess.run(["umount", str(folder)], check=True)


def tree(folder):
    return {path.relative_to(folder): path.is_file() and path.read_bytes() for path in folder.rglob("*")}


def test_a_second_writer_is_refused_and_changes_nothing(runs, tmp_path, capsys):
    out = tmp_path / "run"
    with claimed_folder(out, "generate", runs):
        (out / "episodes" / ".a.1.partial").mkdir(parents=True)
        before = tree(out)
        assert main(["generate", "video=0", "episodes=2", f"out={out}"]) == 2
        assert tree(out) == before
    line = capsys.readouterr().err
    assert f"process {os.getpid()} on " in line and "is writing it" in line and line.count("\n") == 1
    with claimed_folder(out, "generate", runs):
        pass


def test_what_a_killed_run_left_is_removed(runs, tmp_path):
    out = tmp_path / "run"
    with claimed_folder(out, "generate", runs):
        (out / "episodes" / "whole").mkdir(parents=True)
    kept = tree(out)
    (out / ".lock").write_text("process 1 on nowhere")  # its holder is gone, and with it the lock
    (out / "episodes" / ".next.77.partial").mkdir()
    (out / "episodes" / ".next.77.partial" / "log.parquet").write_text("half")
    (out / ".results.json.77.partial").write_text("half")
    with claimed_folder(out, "generate", runs):
        assert {path.name for path in out.rglob("*")} == {".lock", "config.yaml", "episodes", "whole"}
    assert tree(out) == kept


def test_a_new_folder_is_gone_when_nothing_came_of_it(runs, tmp_path):
    with pytest.raises(ZeroDivisionError), claimed_folder(tmp_path / "run", "generate", runs):
        raise ZeroDivisionError
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("verb", ["generate", "benchmark"])
def test_a_folder_of_something_else_is_not_touched(verb, runs, tmp_path):
    out = tmp_path / "run"
    with claimed_folder(out, "rollout", runs):
        pass
    before = tree(out)
    with pytest.raises(ValueError, match="another configuration"), claimed_folder(out, verb, runs):
        pytest.fail("claimed")
    (out / "config.yaml").rename(out / "notes.txt")
    with pytest.raises(ValueError, match="expected a new or empty folder"), claimed_folder(out, verb, runs):
        pytest.fail("claimed")
    assert list(tree(out).values()) == list(before.values())


def test_workers_and_place_do_not_make_another_run(tmp_path):
    for words in (["workers=2"], ["workers=1", "out=elsewhere"]):
        with claimed_folder(tmp_path / "run", "generate", compose_runs(words, {})):
            (tmp_path / "run" / "episodes" / "whole").mkdir(parents=True, exist_ok=True)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(errno.ENOSPC, "whatever"), True),
        (OSError(errno.EDQUOT, "whatever"), True),
        (OSError("[Errno 28] Error writing bytes to file. Detail: [errno 28] No space left on device"), True),
        (OSError(errno.EACCES, "Permission denied"), False),
        (ValueError("space"), False),
    ],
)
def test_a_full_disk_is_known_however_it_is_told(error, expected):
    assert is_full(error) is expected
    wrapped = RuntimeError("episode 3")
    wrapped.__cause__ = error
    assert is_full(wrapped) is expected


def test_a_full_disk_is_known_from_arrow_and_video(small_disk):
    from fractions import Fraction

    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    from embodied.video import HEIGHT, WIDTH, encode

    folder, _ = small_disk
    noise = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    with pytest.raises(Exception) as arrow:
        pq.write_table(pa.table({"x": np.random.default_rng(0).normal(size=100_000)}), folder / "x.parquet")
    (folder / "x.parquet").unlink(missing_ok=True)
    with pytest.raises(Exception) as video:
        encode(folder / "x.mp4", [noise] * 3, Fraction(10))
    assert is_full(arrow.value) and is_full(video.value)
    assert not list(folder.iterdir())


def test_an_episode_that_does_not_fit_is_not_there(small_disk, runs):
    folder, enlarge = small_disk
    out = folder / "run"

    def write(count):
        with claimed_folder(out, "generate", runs):
            for number in range(count):
                path = out / "episodes" / f"e{number}"
                if not path.exists():
                    with atomic_folder(path) as draft:
                        (draft / "log").write_bytes(b"x" * 20_000)

    with pytest.raises(OSError, match=r"the disk is full; 2 episodes kept whole; free some space and give the same"):
        write(4)
    assert sorted(path.name for path in out.rglob("*")) == ["config.yaml", "e0", "e1", "episodes", "log", "log"]
    enlarge()
    write(4)
    assert len(list(out.glob("episodes/e?/log"))) == 4
