"""Jobs on several processes: results, errors on their way, lost workers, and that nothing outlives its parent."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embodied.pool import carry_out

JOBS = '''
"""What the processes of these tests do."""
import os, signal, sys, time
from pathlib import Path


class Odd(Exception):
    def __init__(self, first, second):
        super().__init__(f"{first} and {second}")


def double(job):
    yield job
    yield 2 * job


def fail(job):
    if job == 1:
        error = KeyError("no such thing")
        error.add_note("(job 1)")
        raise error
    time.sleep(60)
    yield job


def fail_oddly(job):
    raise Odd("one", "another")


def die(job):
    if job == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    yield job


def interrupt(job):
    if job == 1:
        os.kill(os.getppid(), signal.SIGINT)
    time.sleep(60)
    yield job


def linger(folder):
    Path(folder, str(os.getpid())).touch()
    time.sleep(60)
    yield folder


if __name__ == "__main__":
    import pool_jobs
    from embodied.pool import carry_out
    list(carry_out(pool_jobs.linger, [sys.argv[1]] * 2, 2))
'''


@pytest.fixture
def jobs(tmp_path, monkeypatch):
    (tmp_path / "pool_jobs.py").write_text(JOBS)
    monkeypatch.syspath_prepend(tmp_path)
    import importlib

    sys.modules.pop("pool_jobs", None)
    return importlib.import_module("pool_jobs")


def workers():
    import psutil

    return [child for child in psutil.Process().children() if "spawn_main" in " ".join(child.cmdline())]


@given(st.lists(st.integers(), max_size=8))
def test_one_worker_keeps_the_order_and_stays_in_this_process(numbers):
    seen = list(carry_out(lambda job: [(job, os.getpid())], numbers, 1))
    assert seen == [(number, os.getpid()) for number in numbers]


def test_two_workers_do_each_job_once(jobs):
    expected = Counter(value for job in range(5) for value in (job, 2 * job))
    assert Counter(carry_out(jobs.double, range(5), 2)) == expected


def test_an_error_comes_as_it_is_and_stops_the_others(jobs):
    started = time.monotonic()
    with pytest.raises(KeyError, match="no such thing") as caught:
        list(carry_out(jobs.fail, range(4), 2))
    assert caught.value.__notes__ == ["(job 1)"]
    assert time.monotonic() - started < 50 and not workers()


def test_an_error_that_cannot_be_sent_is_told_in_words(jobs):
    with pytest.raises(RuntimeError, match="Odd: one and another"):
        list(carry_out(jobs.fail_oddly, range(2), 2))


def test_a_worker_that_dies_is_told(jobs):
    with pytest.raises(ChildProcessError, match="a worker process died"):
        list(carry_out(jobs.die, range(4), 2))
    assert not workers()


def test_ctrl_c_leaves_no_worker(jobs):
    started = time.monotonic()
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
    try:
        with pytest.raises(KeyboardInterrupt):
            list(carry_out(jobs.interrupt, range(4), 2))
    finally:
        signal.signal(signal.SIGINT, before)
    assert time.monotonic() - started < 50 and not workers()


def test_workers_end_with_a_parent_that_is_killed(jobs, tmp_path):
    folder = tmp_path / "pids"
    folder.mkdir()
    command = [sys.executable, str(tmp_path / "pool_jobs.py"), str(folder)]
    parent = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    wait_for(lambda: len(list(folder.iterdir())) == 2)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    pids = [int(path.name) for path in folder.iterdir()]
    wait_for(lambda: not any(alive(pid) for pid in pids), seconds=10)


def alive(pid):
    import psutil

    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)
