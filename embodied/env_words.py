"""Words in observations and actions, and their way through the shared memory of vector environments.

Gymnasium 1.4 reads a `Text` of `AsyncVectorEnv` once, when the environments are made, and gives that out for ever. Here
words lie in shared memory as code points, and are read when they are looked at, or copied.
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import Any, overload

import numpy as np
import numpy.typing as npt
from gymnasium import spaces
from gymnasium.vector.utils.shared_memory import (
    create_shared_memory,
    read_from_shared_memory,
    write_to_shared_memory,
)

# What people write in English, accents of borrowed words included.
CHARSET = "".join(sorted(string.ascii_letters + string.digits + string.punctuation + " \n’‘“”–—…éèêëàâäçîïôöûüñÉ€£"))  # noqa: RUF001
LONGEST = 1000  # characters of instruction, question, and of what was heard since the last action


class Words(spaces.Text):
    """Any English text of up to LONGEST characters, "" included."""

    def __init__(self) -> None:
        super().__init__(min_length=0, max_length=LONGEST, charset=CHARSET)


class SharedWords(Sequence[str]):
    """The words of each environment, read from shared memory when asked for; a deep copy is a tuple of them."""

    def __init__(self, codes: npt.NDArray[np.int32]) -> None:
        """Take the memory: (n, LONGEST) code points, 0 behind the end."""
        self._codes = codes

    def __len__(self) -> int:
        return len(self._codes)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[str, ...]: ...
    def __getitem__(self, index: int | slice) -> str | tuple[str, ...]:
        if isinstance(index, slice):
            return tuple(self[k] for k in range(*index.indices(len(self))))
        return "".join(map(chr, self._codes[index][self._codes[index] > 0].tolist()))

    def __deepcopy__(self, memo: dict[int, Any]) -> tuple[str, ...]:
        return tuple(self)

    def __repr__(self) -> str:
        return repr(tuple(self))


@create_shared_memory.register(Words)
def _create(space: Words, n: int = 1, ctx: Any = None) -> Any:
    return ctx.Array("i", n * LONGEST)


@read_from_shared_memory.register(Words)
def _read(space: Words, shared_memory: Any, n: int = 1) -> SharedWords:
    return SharedWords(np.frombuffer(shared_memory.get_obj(), dtype=np.int32).reshape(n, LONGEST))


@write_to_shared_memory.register(Words)
def _write(space: Words, index: int, values: str, shared_memory: Any) -> None:
    row = np.frombuffer(shared_memory.get_obj(), dtype=np.int32)[index * LONGEST : (index + 1) * LONGEST]
    row[:] = 0
    row[: len(values)] = [ord(letter) for letter in values]
