"""The folder of a run: of one configuration, with one writer at a time, and with nothing half-written in it."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import yaml

from embodied.compose import as_plain
from embodied.config import RunConfig

LOCK, CONFIG = ".lock", "config.yaml"
LEFTOVERS = (".*.partial", "*/.*.partial")  # what a killed run has not finished
FULL = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def claimed_folder(out: Path, verb: str, runs: Sequence[RunConfig]) -> Iterator[None]:
    """Make `out` the folder of these runs, or go on in it if it is theirs already; nobody else writes meanwhile.

    The kernel frees the lock when its holder ends, however it ends. What a killed run left unfinished is removed. A
    folder that was made here and has no episode yet is gone again when the block fails.

    Raises:
        ValueError: the folder belongs to another configuration, is being written, is something else, or cannot be made.
        OSError: the disk is full.
    """
    document, made, lock = document_runs(verb, runs), not out.exists(), -1
    _check_owner(out, document)
    try:
        lock = _lock(out)
        made &= not (out / CONFIG).exists()  # another command may have been faster
        _check_owner(out, document)
        remove_leftovers(out)
        if not (out / CONFIG).exists():
            draft = out / f".{CONFIG}.partial"
            draft.write_text(document, encoding="utf-8")
            draft.replace(out / CONFIG)
        yield
    except BaseException as error:
        done = count_episodes(out)
        if made and lock >= 0 and not done:
            shutil.rmtree(out)
        if is_full(error):
            raise OSError(
                f"{out}: the disk is full; {done} episode{'s' * (done != 1)} kept whole; "
                "free some space and give the same command again, it goes on where it stopped"
            ) from error
        raise
    finally:
        if lock >= 0:
            remove_leftovers(out)
            (out / LOCK).unlink(missing_ok=True)  # while it is held: who opens it now sees below that it is gone
            os.close(lock)


@contextmanager
def locked_folder(out: Path) -> Iterator[None]:
    """Let nobody else write the folder of a run meanwhile.

    Raises:
        ValueError: it is being written, or cannot be.
    """
    lock = _lock(out)
    try:
        yield
    finally:
        (out / LOCK).unlink(missing_ok=True)
        os.close(lock)


def count_episodes(out: Path) -> int:
    """Return how many episodes a folder holds."""
    return sum(1 for _ in (out / "episodes").glob("[!.]*"))


def remove_leftovers(out: Path) -> None:
    """Remove what a killed run was writing; only for who holds the lock."""
    for pattern in LEFTOVERS:
        for path in out.glob(pattern):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def is_full(error: BaseException | None) -> bool:
    """Return whether an error, or what it came from, is a full disk or quota; libraries tell it in various ways."""
    while error is not None:
        texts = [os.strerror(code) for code in FULL]
        if getattr(error, "errno", None) in FULL or any(text in str(error) for text in texts):
            return True
        error = error.__cause__ or error.__context__
    return False


def document_runs(verb: str, runs: Sequence[RunConfig]) -> str:
    """Return what `config.yaml` says: the verb and all that identifies its runs."""
    return yaml.safe_dump({"verb": verb, "runs": [as_plain(run) for run in runs]}, sort_keys=False)


def _check_owner(out: Path, document: str) -> None:
    if (out / CONFIG).is_file():
        if (out / CONFIG).read_text(encoding="utf-8") != document:
            raise ValueError(f"out={out}: holds a run with another configuration; choose another folder or remove it")
    elif out.exists() and not (
        out.is_dir() and {entry.name for entry in out.iterdir()} <= {LOCK, f".{CONFIG}.partial"}
    ):
        raise ValueError(f"out={out}: expected a new or empty folder, or that of the same run; choose another")


def _lock(out: Path) -> int:
    """Return the descriptor of the locked file `out/.lock`, which says who holds it; the folder is made if missing."""
    path = out / LOCK
    while True:
        try:
            out.mkdir(parents=True, exist_ok=True)
            lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            if is_full(error):
                raise
            raise ValueError(f"out={out}: cannot be written: {error.strerror}; choose another folder") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(lock).st_nlink > 0:
                os.ftruncate(lock, 0)
                os.pwrite(lock, f"process {os.getpid()} on {socket.gethostname()}".encode(), 0)
                return lock
        except BlockingIOError:
            holder = os.pread(lock, 200, 0).decode("utf-8", "replace") or "another process"
            os.close(lock)
            raise ValueError(
                f"out={out}: {holder} is writing it; wait until it ends or choose another folder"
            ) from None
        except BaseException:
            os.close(lock)
            raise
        os.close(lock)  # its holder has removed it meanwhile: this is not the lock any more
