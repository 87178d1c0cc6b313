"""What people remember: a stream of events, thoughts and chats on disk, and what of it comes to mind.

Retrieval is that of Generative Agents (Park et al., UIST 2023): recency, importance and relevance, each scaled to
[0, 1] among what is remembered, weighted and summed. Where we depart from the published code: it gives the greatest
recency to what was used longest ago; here recency decays with the simulated time since the last use.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, get_args

import numpy as np

from embodied.minds.similarity import FloatArray, HashedSimilarity, Similarity

Kind = Literal["event", "thought", "chat"]

KINDS: tuple[str, ...] = get_args(Kind)
IMPORTANCE = (1.0, 10.0)  # from what one does every day to what one never forgets
DECAY = 0.995  # of recency in an hour of simulated time, Park et al.
HOUR = 3600.0  # s
FORMAT = 1  # of the file
APPLICATION = 0x454D424D  # "EMBM", which marks the file as ours
DIGITS = 12  # of a score: what is equal to these is a tie

_TABLES = """
CREATE TABLE memories (
    id INTEGER PRIMARY KEY AUTOINCREMENT, person_id INTEGER NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL,
    triple TEXT, importance REAL NOT NULL, created REAL NOT NULL, used REAL NOT NULL, expires REAL,
    evidence TEXT NOT NULL
);
CREATE INDEX of_person ON memories (person_id, id);
CREATE TABLE marks (
    person_id INTEGER NOT NULL, name TEXT NOT NULL, value INTEGER NOT NULL, PRIMARY KEY (person_id, name)
);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """One thing that a person remembers.

    Attributes:
        id: larger for what was added later. person_id: whose. kind: event, thought or chat. text: in plain words.
        importance: 1 to 10. created, used: s of simulated time, when it was added and when it last came to mind.
        triple: subject, predicate and object, or None. evidence: ids of what a thought was concluded from;
            some may be forgotten.
        expires: s of simulated time from which it does not come to mind any more, or None.
    """

    id: int
    person_id: int
    kind: Kind
    text: str
    importance: float
    created: float
    used: float
    triple: tuple[str, str, str] | None = None
    evidence: tuple[int, ...] = ()
    expires: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How much each part of a score counts; the paper has 1 each, its code 0.5, 2 and 3."""

    recency: float = 1.0
    importance: float = 1.0
    relevance: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieved:
    """What came to mind, and why: its score and the parts of it, each in [0, 1] before they are weighted."""

    memory: Memory
    score: float
    recency: float
    importance: float
    relevance: float


class MemoryStore:
    """The memories of a population, in one file that survives its process.

    Each change is a transaction of its own, unless several are made within `transaction()`. What was committed is still
    there when the process is killed. One process has the file at a time.
    """

    def __init__(self, path: Path | str, *, similarity: Similarity | None = None) -> None:
        """Open the memories of a file, made where there is none; ":memory:" keeps them in this process only.

        Args:
            path: of the file. similarity: measures relevance, by default `HashedSimilarity()`.

        Raises:
            ValueError: the file is something else, or of a later version.
            RuntimeError: another process has it open.
            FileNotFoundError: there is no such folder.
        """
        self._similarity = similarity or HashedSimilarity()
        if str(path) != ":memory:" and not Path(path).parent.is_dir():
            raise FileNotFoundError(f"{path}: expected a folder {Path(path).parent}, found none; make it first")
        try:
            self._database = sqlite3.connect(path, timeout=0.0, isolation_level=None)
        except sqlite3.OperationalError as error:
            raise ValueError(f"{path}: expected a file of memories: {error}") from None
        try:
            self._open(str(path))
        except sqlite3.OperationalError as error:
            self._database.close()
            if "locked" not in str(error):
                raise ValueError(f"{path}: expected a file of memories that can be written: {error}") from None
            raise RuntimeError(
                f"{path}: expected to have it alone, another process has it open; end that one or take a copy"
            ) from None
        except sqlite3.DatabaseError:
            self._database.close()
            raise ValueError(f"{path}: expected a file of memories, got something else; choose another path") from None
        except ValueError:
            self._database.close()
            raise

    def __enter__(self) -> MemoryStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Write everything into the one file and leave it to others."""
        self._database.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make all changes within it at once: all of them last, or none where an error or a kill comes between."""
        if self._database.in_transaction:  # part of the one that is under way
            yield
            return
        self._database.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    def add(
        self,
        person_id: int,
        kind: Kind,
        text: str,
        *,
        time: float,
        importance: float = 3.0,
        triple: tuple[str, str, str] | None = None,
        evidence: Sequence[int] = (),
        expires: float | None = None,
    ) -> int:
        """Add what a person remembers from `time` (s, simulated) on, and return its id; see `Memory`.

        Raises:
            ValueError: an unknown kind, no text, an importance out of 1 to 10, a time that is no number, or evidence
                that this person does not remember.
        """
        if kind not in KINDS:
            raise ValueError(f"kind: expected one of {', '.join(KINDS)}, got {kind!r}")
        if not text.strip():
            raise ValueError("text: expected words, got none")
        if not IMPORTANCE[0] <= importance <= IMPORTANCE[1]:
            raise ValueError(f"importance: expected {IMPORTANCE[0]:g} to {IMPORTANCE[1]:g}, got {importance}")
        if not np.isfinite(time):
            raise ValueError(f"time: expected seconds of simulated time, got {time}")
        own = {memory.id for memory in self.find(evidence) if memory.person_id == person_id}
        if missing := [number for number in evidence if number not in own]:
            raise ValueError(f"evidence: expected ids of what person {person_id} remembers, got {missing[0]}")
        added = self._database.execute(
            "INSERT INTO memories (person_id, kind, text, triple, importance, created, used, expires, evidence)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(person_id, kind, text, None if triple is None else json.dumps(triple, ensure_ascii=False)),
                *(importance, time, time, expires, json.dumps(list(evidence))),
            ),
        )
        assert added.lastrowid is not None
        return added.lastrowid

    def find(self, ids: Sequence[int]) -> tuple[Memory, ...]:
        """Return the memories of these ids, in order of id; ids that nobody has are left out."""
        return self._select(f"id IN ({', '.join('?' * len(ids))})", *ids)

    def of(self, person_id: int, *, now: float, after: int = 0) -> tuple[Memory, ...]:
        """Return what a person remembers at `now` (s, simulated), oldest first: nothing expired, nothing yet to come.

        `after`: only memories with a larger id.
        """
        return self._select(
            "person_id = ? AND id > ? AND created <= ? AND (expires IS NULL OR expires > ?)", person_id, after, now, now
        )

    def retrieve(
        self,
        person_id: int,
        query: str,
        *,
        now: float,
        count: int = 30,
        weights: Weights | None = None,
        decay: float = DECAY,
    ) -> tuple[Retrieved, ...]:
        """Return what comes to a person's mind, best first; of equals what is older. It counts as used at `now`.

        Args:
            person_id: whose memories. query: in plain words, what it is about. now: s, simulated.
            count: of memories at most. weights: of the parts of the score, by default 1 each.
            decay: of recency in an hour since the last use, in (0, 1].

        Raises:
            ValueError: a count below 1, or a decay out of (0, 1].
        """
        if count < 1:
            raise ValueError(f"count: expected 1 or more, got {count}")
        if not 0.0 < decay <= 1.0:
            raise ValueError(f"decay: expected a factor in (0, 1], got {decay}")
        memories = self.of(person_id, now=now)
        if not memories:
            return ()
        recency = scale(recencies([memory.used for memory in memories], now, decay))
        importance = scale(np.array([memory.importance for memory in memories]))
        relevance = scale(self._similarity(query, [memory.text for memory in memories]))
        weights = weights or Weights()
        scores = weights.recency * recency + weights.importance * importance + weights.relevance * relevance
        order = sorted(range(len(memories)), key=lambda k: (-round(float(scores[k]), DIGITS), memories[k].id))[:count]
        with self.transaction():
            self._database.executemany(
                "UPDATE memories SET used = max(used, ?) WHERE id = ?", [(now, memories[k].id) for k in order]
            )
        return tuple(
            Retrieved(
                memory=memories[k],
                score=float(scores[k]),
                recency=float(recency[k]),
                importance=float(importance[k]),
                relevance=float(relevance[k]),
            )
            for k in order
        )

    def forget(self, *, now: float) -> int:
        """Remove what has expired at `now` (s, simulated), and return how many memories that were."""
        return self._database.execute("DELETE FROM memories WHERE expires <= ?", (now,)).rowcount

    def mark(self, person_id: int, name: str) -> int:
        """Return the whole number that was kept under a name for a person, 0 if none was."""
        found = self._database.execute("SELECT value FROM marks WHERE person_id = ? AND name = ?", (person_id, name))
        row = found.fetchone()
        return 0 if row is None else int(row[0])

    def set_mark(self, person_id: int, name: str, value: int) -> None:
        """Keep a whole number under a name for a person."""
        self._database.execute("INSERT OR REPLACE INTO marks VALUES (?, ?, ?)", (person_id, name, value))

    def _open(self, path: str) -> None:
        execute = self._database.execute
        execute("PRAGMA locking_mode = EXCLUSIVE")
        execute("PRAGMA journal_mode = WAL")
        execute("PRAGMA synchronous = NORMAL")  # a kill loses nothing that was committed
        execute("BEGIN IMMEDIATE")  # keeps the file for this process until it is closed
        application, version = (execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version"))
        with closing(execute("SELECT count(*) FROM sqlite_master")) as found:
            empty = found.fetchone()[0] == 0
        if empty:
            for statement in filter(str.strip, _TABLES.split(";")):
                execute(statement)
            execute(f"PRAGMA application_id = {APPLICATION}")
            execute(f"PRAGMA user_version = {FORMAT}")
        elif application != APPLICATION or version > FORMAT:
            execute("ROLLBACK")
            known = f"got version {version}" if application == APPLICATION else "got another database"
            raise ValueError(f"{path}: expected a file of memories of version {FORMAT}, {known}; choose another path")
        execute("COMMIT")

    def _select(self, condition: str, *values: Any) -> tuple[Memory, ...]:
        rows = self._database.execute(
            "SELECT id, person_id, kind, text, triple, importance, created, used, expires, evidence FROM memories"
            f" WHERE {condition} ORDER BY id",
            values,
        )
        return tuple(
            Memory(
                id=row[0],
                person_id=row[1],
                kind=row[2],
                text=row[3],
                triple=None if row[4] is None else tuple(json.loads(row[4])),
                importance=row[5],
                created=row[6],
                used=row[7],
                expires=row[8],
                evidence=tuple(json.loads(row[9])),
            )
            for row in rows
        )


def recencies(used: Sequence[float], now: float, decay: float = DECAY) -> FloatArray:
    """Return (K,) how fresh memories are at `now`: `decay` to the power of the hours since each was `used` (s)."""
    hours = np.maximum(now - np.asarray(used, dtype=np.float64), 0.0) / HOUR
    return np.asarray(decay**hours, dtype=np.float64)


def scale(values: FloatArray) -> FloatArray:
    """Return values (K,) scaled to [0, 1] by their least and greatest; 0.5 where all are equal."""
    low, high = float(values.min()), float(values.max())
    return (values - low) / (high - low) if high - low > 1e-12 else np.full(values.shape, 0.5)
