"""Jobs on several processes that end with this one, stop at once when it is stopped, and tell when one is lost."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import pickle
import signal
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")
_PR_SET_PDEATHSIG = 1  # Linux, prctl(2)


def carry_out(
    do: Callable[[Job], Iterable[Result]], jobs: Sequence[Job], workers: int
) -> Generator[Result, None, None]:
    """Do jobs and yield their results: in order with one worker, that is this process; else in the order they come.

    When the generator is closed or fails, what is under way is killed.

    Args:
        do: a function of a module, called with a job.
        jobs: what can be pickled.
        workers: how many processes at most.

    Raises:
        ChildProcessError: a worker died. What `do` raises comes as it is.
    """
    if min(workers, len(jobs)) <= 1:
        for job in jobs:
            yield from do(job)
        return
    others = {child.pid for child in multiprocessing.active_children()}
    context = multiprocessing.get_context("spawn")  # a forked OpenGL context is broken
    pool = ProcessPoolExecutor(min(workers, len(jobs)), context, _tie_to_parent, (os.getpid(),))
    try:
        for future in as_completed(_submit(pool, do, jobs)):
            yield from future.result()
    except BrokenProcessPool as error:
        raise ChildProcessError(
            "a worker process died (killed, or out of memory: then use fewer workers); what is whole is kept, the same "
            "command goes on where it stopped"
        ) from error
    except BaseException:  # GeneratorExit and Ctrl-C, too: nobody waits for what they do
        for child in multiprocessing.active_children():
            if child.pid not in others:
                child.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _submit(
    pool: ProcessPoolExecutor, do: Callable[[Job], Iterable[Result]], jobs: Sequence[Job]
) -> list[Future[list[Result]]]:
    """Submit jobs, which starts the workers; they leave Ctrl-C to this process."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return [pool.submit(_do_all, do, job) for job in jobs]
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _tie_to_parent(parent: int) -> None:
    """Let the kernel end this process when its parent ends, even by kill -9."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it has ended already
        os._exit(1)


def _do_all(do: Callable[[Job], Iterable[Result]], job: Job) -> list[Result]:
    try:
        return list(do(job))
    except Exception as error:
        try:
            pickle.loads(pickle.dumps(error))
        except Exception:  # it would be lost on the way
            raise RuntimeError(
                " ".join([f"{type(error).__name__}: {error}", *getattr(error, "__notes__", [])])
            ) from None
        raise
